// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Coalescing, pacing, FIXED sides and the watchdog.

#include <string>

#include "fixture.h"

namespace driver_test {
namespace {

constexpr uint32_t kPage0 = FakeEngine::kPage;

class TuneTest : public DriverTest {
 protected:
  uint32_t Word(uint32_t offset) { return engine.channel(0).config[offset]; }
  sgdma_result_t Request() {
    Rings(4, 4);
    const sgdma_result_t result = sgdma_chan_request(&dev, 0, &config, &chan);
    engine.on_irq = [this](unsigned) {
      ++interrupts;
      sgdma_handle_irq(&chan);
    };
    return result;
  }
  int interrupts = 0;
};

// ---- Coalescing

TEST_F(TuneTest, CoalescingIsWrittenAtTheStart) {
  config.coalescing = {8, true, 0x123456};
  ASSERT_EQ(Request(), SGDMA_OK);
  EXPECT_EQ(Word(SGDMA_CH_COALESCE), 8u | 0x123456u << 8);
  EXPECT_EQ(Word(SGDMA_CH_COALESCE_CTRL), 1u);
}

// Row F3: n - 1, n, and the timer for the rest.
TEST_F(TuneTest, ManyEndsRaiseFewInterruptsAndTheLastIsNotLost) {
  config.interrupts = true;
  config.coalescing = {4, false, 20};
  ASSERT_EQ(Request(), SGDMA_OK);
  for (int i = 0; i < 10; ++i) Listen(Copy(0, 0, 8));
  Issue();
  engine.Run(3);
  EXPECT_EQ(interrupts, 0);
  engine.Run(1);
  EXPECT_EQ(interrupts, 1);
  EXPECT_EQ(heard.ends.size(), 4u);
  engine.Run(6);
  EXPECT_EQ(interrupts, 2);
  engine.Run(30);
  EXPECT_EQ(interrupts, 3) << "the timer";
  EXPECT_EQ(heard.ends.size(), 10u);
}

TEST_F(TuneTest, CoalescingChangesWithWorkInFlight) {
  config.interrupts = true;
  ASSERT_EQ(Request(), SGDMA_OK);
  for (int i = 0; i < 3; ++i) Listen(Copy(0, 0, 8));
  Issue();
  const sgdma_coalescing_t many = {100, true, 1000};
  ASSERT_EQ(sgdma_set_coalescing(&chan, &many), SGDMA_OK);
  engine.Run(2);
  EXPECT_EQ(interrupts, 0);
  engine.Run(1);
  EXPECT_EQ(interrupts, 1) << "idle";
  EXPECT_EQ(heard.ends.size(), 3u);
  const sgdma_coalescing_t off = {};
  ASSERT_EQ(sgdma_set_coalescing(&chan, &off), SGDMA_OK);
  EXPECT_EQ(Word(SGDMA_CH_COALESCE), 0u);
}

// RESET clears the register.
TEST_F(TuneTest, CoalescingOutlivesATerminateByReset) {
  config.coalescing = {8, false, 50};
  ASSERT_EQ(Request(), SGDMA_OK);
  const sgdma_coalescing_t other = {9, true, 60};
  ASSERT_EQ(sgdma_set_coalescing(&chan, &other), SGDMA_OK);
  engine.Write32(SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_RESET, 1);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(Word(SGDMA_CH_COALESCE), 9u | 60u << 8);
  EXPECT_EQ(Word(SGDMA_CH_COALESCE_CTRL), 1u);
}

TEST_F(TuneTest, CoalescingThatCouldLoseAnInterruptIsRefused) {
  ASSERT_EQ(Request(), SGDMA_OK);
  const auto set = [&](sgdma_coalescing_t c) { return sgdma_set_coalescing(&chan, &c); };
  EXPECT_EQ(set({2, false, 0}), SGDMA_BAD_ARGUMENT) << "no time";
  EXPECT_EQ(set({2, true, 0}), SGDMA_BAD_ARGUMENT) << "no time";
  EXPECT_EQ(set({1, false, 1 << 24}), SGDMA_BAD_ARGUMENT) << "25 bits";
  EXPECT_EQ(sgdma_set_coalescing(&chan, nullptr), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(set({1, false, (1 << 24) - 1}), SGDMA_OK);
  EXPECT_EQ(Word(SGDMA_CH_COALESCE), 0xFFFFFF01u);
  dev.caps.features &= ~SGDMA_GLB_CAP3_COALESCE_MASK;
  EXPECT_EQ(set({2, false, 5}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(set({0, true, 0}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(set({1, false, 0}), SGDMA_OK) << "off is always built";
  EXPECT_EQ(Word(SGDMA_CH_COALESCE), 0xFFFFFF01u) << "and touches nothing";
}

TEST_F(TuneTest, ARequestWithBadSettingsTouchesNothing) {
  config.coalescing = {2, false, 0};
  EXPECT_EQ(Request(), SGDMA_BAD_ARGUMENT);
  config.coalescing = {};
  config.tuning.gap_cycles = 4;  // in BURST mode
  EXPECT_EQ(Request(), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(engine.writes[kPage0 + SGDMA_CH_SUB_SIZE], 0u);
}

// ---- Messages and QoS: in the global page, which no RESET clears

class GlobalPageTest : public TuneTest {
 protected:
  uint32_t Global(uint32_t offset) { return engine.global[SGDMA_GLB_CH_BASE + offset]; }
};

TEST_F(GlobalPageTest, AMessageAndAPriorityAreWritten) {
  config.message = {0x1234'5678'9ABC, 0xCAFE, 0x00ABCDEF};
  config.qos = 9;
  ASSERT_EQ(Request(), SGDMA_OK);
  EXPECT_EQ(Global(SGDMA_GLB_CH_MSG_ADDR_LO), 0x5678'9ABCu);
  EXPECT_EQ(Global(SGDMA_GLB_CH_MSG_ADDR_HI), 0x1234u);
  EXPECT_EQ(Global(SGDMA_GLB_CH_MSG_DATA), 0xCAFEu);
  EXPECT_EQ(Global(SGDMA_GLB_CH_MSG_DEVID), 0x00ABCDEFu);
  EXPECT_EQ(Global(SGDMA_GLB_CH_QOS), 9u);
}

// Row E15.
TEST_F(GlobalPageTest, WhatSomebodyLeftBehindIsCleared) {
  engine.global[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_MSG_ADDR_LO] = 0xDEAD0000;
  engine.global[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_MSG_ADDR_HI] = 7;
  engine.global[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_QOS] = 15;
  ASSERT_EQ(Request(), SGDMA_OK);
  EXPECT_EQ(Global(SGDMA_GLB_CH_MSG_ADDR_LO), 0u);
  EXPECT_EQ(Global(SGDMA_GLB_CH_MSG_ADDR_HI), 0u);
  EXPECT_EQ(Global(SGDMA_GLB_CH_QOS), 0u);
}

TEST_F(GlobalPageTest, WhatCanNotBeIsRefused) {
  config.message.iova = 0x1002;
  EXPECT_EQ(Request(), SGDMA_BAD_ADDRESS) << "misaligned";
  config.message.iova = uint64_t{1} << 48;
  EXPECT_EQ(Request(), SGDMA_BAD_ADDRESS) << "out of reach";
  config.message = {0x1000, 0, 1 << 24};
  EXPECT_EQ(Request(), SGDMA_BAD_ARGUMENT) << "device id of 25 bits";
  config.message.device_id = 1;
  dev.caps.features &= ~SGDMA_GLB_CAP3_MESSAGE_MASK;
  EXPECT_EQ(Request(), SGDMA_UNSUPPORTED);
  config.message = {};
  config.qos = 16;
  EXPECT_EQ(Request(), SGDMA_BAD_ARGUMENT);
  config.qos = 1;
  dev.caps.features &= ~SGDMA_GLB_CAP3_QOS_MASK;
  EXPECT_EQ(Request(), SGDMA_UNSUPPORTED);
  config.qos = 0;
  EXPECT_EQ(Request(), SGDMA_OK);
}

// ---- Pacing, FIXED side, watchdog

TEST_F(TuneTest, TuningIsWrittenAtTheStart) {
  config.tuning = {SGDMA_PACE_CYCLE_STEALING, 8, 300, 4, 16, 5000};
  ASSERT_EQ(Request(), SGDMA_OK);
  EXPECT_EQ(Word(SGDMA_CH_PACING), 1u | 8u << 8 | 300u << 16);
  EXPECT_EQ(Word(SGDMA_CH_FIXED), 2u | 15u << 8);
  EXPECT_EQ(Word(SGDMA_CH_WATCHDOG), 5000u);
}

// 0 beats: the engine's longest burst, also where that is 256.
TEST_F(TuneTest, CycleStealingMayTakeTheLongestBursts) {
  config.tuning = {SGDMA_PACE_CYCLE_STEALING, 0, 9, 0, 0, 0};
  ASSERT_EQ(Request(), SGDMA_OK);
  EXPECT_EQ(Word(SGDMA_CH_PACING), 1u | 9u << 16);
}

TEST_F(TuneTest, TuningStartsAnIdleChannelAnewAndItWorks) {
  ASSERT_EQ(Request(), SGDMA_OK);
  sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  const sgdma_tuning_t demand = {SGDMA_PACE_DEMAND, 4, 0, 8, 4, 0};

  ASSERT_EQ(sgdma_set_tuning(&chan, &demand), SGDMA_OK);

  EXPECT_EQ(Word(SGDMA_CH_PACING), 2u | 4u << 8);
  EXPECT_EQ(Word(SGDMA_CH_FIXED), 3u | 3u << 8);
  cookie = Copy(100, 100, 8);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(Destination(100, 8), Source(100, 8));
}

TEST_F(TuneTest, TuningIsRefusedWhileAnythingIsQueued) {
  ASSERT_EQ(Request(), SGDMA_OK);
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  const sgdma_tuning_t plain = {};
  EXPECT_EQ(sgdma_set_tuning(&chan, &plain), SGDMA_BAD_STATE);
  Issue();
  EXPECT_EQ(sgdma_set_tuning(&chan, &plain), SGDMA_BAD_STATE);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_set_tuning(&chan, &plain), SGDMA_OK);
}

// The driver was told of longer bursts and a wider bus than there are.
TEST_F(TuneTest, TuningTheEngineDoesNotTakeKeepsTheOldOne) {
  config.tuning = {SGDMA_PACE_DEMAND, 4, 0, 8, 4, 2000};
  ASSERT_EQ(Request(), SGDMA_OK);
  dev.caps.max_burst_beats = 256;
  dev.caps.bus_bytes = 64;
  const sgdma_tuning_t long_burst = {SGDMA_PACE_DEMAND, 17, 0, 8, 4, 1000};
  const sgdma_tuning_t wide = {SGDMA_PACE_DEMAND, 4, 0, 16, 4, 1000};

  EXPECT_EQ(sgdma_set_tuning(&chan, &long_burst), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_set_tuning(&chan, &wide), SGDMA_REFUSED);

  EXPECT_EQ(Word(SGDMA_CH_PACING), 2u | 4u << 8);
  EXPECT_EQ(Word(SGDMA_CH_FIXED), 3u | 3u << 8);
  EXPECT_EQ(Word(SGDMA_CH_WATCHDOG), 2000u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  EXPECT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
}

TEST_F(TuneTest, ARequestWithATuningTheEngineDoesNotTakeIsRefused) {
  dev.caps.max_burst_beats = 256;
  config.tuning.mode = SGDMA_PACE_DEMAND;
  config.tuning.beats = 17;
  EXPECT_EQ(Request(), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_FREE);
}

struct BadTuning {
  const char* name;
  sgdma_tuning_t tuning;
};
class BadTuningTest : public TuneTest, public testing::WithParamInterface<BadTuning> {};

TEST_P(BadTuningTest, IsABadArgument) {
  ASSERT_EQ(Request(), SGDMA_OK);
  EXPECT_EQ(sgdma_set_tuning(&chan, &GetParam().tuning), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(engine.writes[kPage0 + SGDMA_CH_COMMAND], 1u) << "still running";
}

INSTANTIATE_TEST_SUITE_P(
    Values, BadTuningTest,
    testing::Values(BadTuning{"UnknownMode", {static_cast<sgdma_pacing_mode_t>(4), 0, 0, 0, 0, 0}},
                    BadTuning{"BeatsInBurstMode", {SGDMA_PACE_BURST, 1, 0, 0, 0, 0}},
                    BadTuning{"GapInBackgroundMode", {SGDMA_PACE_BACKGROUND, 0, 1, 0, 0, 0}},
                    BadTuning{"LongerThanABurst", {SGDMA_PACE_CYCLE_STEALING, 17, 9, 0, 0, 0}},
                    BadTuning{"GapInDemandMode", {SGDMA_PACE_DEMAND, 1, 1, 0, 0, 0}},
                    BadTuning{"ElementOf3", {SGDMA_PACE_BURST, 0, 0, 3, 0, 0}},
                    BadTuning{"ElementAboveTheBus", {SGDMA_PACE_BURST, 0, 0, 16, 0, 0}},
                    BadTuning{"FixedBurstOf17", {SGDMA_PACE_BURST, 0, 0, 1, 17, 0}}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(TuneTest, WhatIsNotBuiltIsUnsupported) {
  ASSERT_EQ(Request(), SGDMA_OK);
  const auto set = [&](sgdma_tuning_t t) { return sgdma_set_tuning(&chan, &t); };
  dev.caps.features &=
      ~(SGDMA_GLB_CAP3_PACING_MASK | SGDMA_GLB_CAP3_FIXED_MASK | SGDMA_GLB_CAP3_WATCHDOG_MASK);
  EXPECT_EQ(set({SGDMA_PACE_BACKGROUND, 0, 0, 0, 0, 0}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(set({SGDMA_PACE_BURST, 0, 0, 4, 0, 0}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(set({SGDMA_PACE_BURST, 0, 0, 0, 2, 0}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(set({SGDMA_PACE_BURST, 0, 0, 0, 0, 1}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(set({}), SGDMA_OK);
}

// ---- FIXED transfers

class FixedTest : public TuneTest {
 protected:
  static constexpr uint64_t kFifo = 0x4000'0000;
  void SetUp() override {
    TuneTest::SetUp();
    config.tuning.element_bytes = 4;
    config.tuning.fixed_beats = 4;
    ASSERT_EQ(Request(), SGDMA_OK);
  }
  std::vector<uint8_t> Fifo() const {
    const auto it = engine.fifos.find(kFifo);
    if (it == engine.fifos.end()) return {};
    return {it->second.begin(), it->second.end()};
  }
  sgdma_result_t ToFifo(uint64_t fifo, uint32_t bytes) {
    return sgdma_prep_memcpy(&chan, fifo, src.iova, bytes, SGDMA_CPL | SGDMA_DST_FIXED, &cookie);
  }
  void Finish(sgdma_tx_status_t status = SGDMA_COMPLETE) {
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, cookie, 50), SGDMA_OK);
    ASSERT_EQ(sgdma_status(&chan, cookie), status);
  }
  sgdma_cookie_t cookie = 0;
};

TEST_F(FixedTest, EveryByteGoesToTheOneAddressAlsoOverTheCuts) {
  ASSERT_EQ(ToFifo(kFifo, 70000), SGDMA_OK);
  Finish();
  EXPECT_EQ(Fifo(), Source(0, 70000));
  EXPECT_EQ(engine.channel(0).tail, 2u);
}

TEST_F(FixedTest, EveryByteComesFromTheOneAddress) {
  const std::vector<uint8_t> words = Source(500, 400);
  engine.fifos[kFifo].assign(words.begin(), words.end());
  ASSERT_EQ(
      sgdma_prep_memcpy(&chan, dst.iova + 1, kFifo, 400, SGDMA_CPL | SGDMA_SRC_FIXED, &cookie),
      SGDMA_OK);
  Finish();
  EXPECT_EQ(Destination(1, 400), words);
}

TEST_F(FixedTest, AMemsetAndADirectCopyReachAFifoToo) {
  ASSERT_EQ(sgdma_prep_memset(&chan, kFifo, 0x44332211, 8, SGDMA_CPL | SGDMA_DST_FIXED, &cookie),
            SGDMA_OK);
  Finish();
  ASSERT_EQ(sgdma_direct_copy(&chan, kFifo, src.iova, 4, SGDMA_DST_FIXED, &cookie), SGDMA_OK);
  Finish();
  std::vector<uint8_t> expected = {0x11, 0x22, 0x33, 0x44, 0x11, 0x22, 0x33, 0x44};
  for (const uint8_t byte : Source(0, 4)) expected.push_back(byte);
  EXPECT_EQ(Fifo(), expected);
}

TEST_F(FixedTest, AnEndlessListFeedsAFifo) {
  std::vector<uint8_t> memory(16 * 4);
  sgdma_array_t array = {};
  Map(memory, SGDMA_SHARED, &array.mem);
  sgdma_cyclic_t cyclic = {&array, 1, nullptr, nullptr, SGDMA_NO_STREAM, 0, 0, 0, 0, 0};
  const sgdma_segment_t list[] = {{src.iova, kFifo, 8}, {src.iova + 8, kFifo, 8}};
  ASSERT_EQ(sgdma_prep_cyclic(&chan, &cyclic, list, 2, SGDMA_CPL | SGDMA_DST_FIXED, &cookie),
            SGDMA_OK);
  Issue();
  engine.Run(1 + 3 + 1);
  std::vector<uint8_t> expected = Source(0, 16);
  for (const uint8_t byte : Source(0, 8)) expected.push_back(byte);
  EXPECT_EQ(Fifo(), expected);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
}

TEST_F(FixedTest, AListMayFeedAFifo) {
  std::vector<uint8_t> memory(16 * 4);
  sgdma_array_t array = {};
  Map(memory, SGDMA_SHARED, &array.mem);
  const sgdma_segment_t list[] = {{src.iova, kFifo, 8}, {src.iova + 100, kFifo, 4}};
  ASSERT_EQ(sgdma_prep_list(&chan, &array, 1, list, 2, SGDMA_CPL | SGDMA_DST_FIXED, &cookie),
            SGDMA_OK);
  Finish();
  EXPECT_EQ(Fifo().size(), 12u);
}

// Row A19, as far as the driver knows the element.
TEST_F(FixedTest, AnAddressOrLengthThatIsNotWholeElementsIsRefused) {
  EXPECT_EQ(ToFifo(kFifo + 2, 8), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(ToFifo(kFifo, 7), SGDMA_BAD_LENGTH);
  EXPECT_EQ(ToFifo(kFifo, 0), SGDMA_BAD_LENGTH);
  EXPECT_EQ(ToFifo(0, 8), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(ToFifo((uint64_t{1} << 48) - 4, 70000), SGDMA_OK) << "one element, however long";
  EXPECT_EQ(sgdma_prep_memset(&chan, dst.iova, 0, 8, SGDMA_SRC_FIXED, &cookie), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_prep_nop(&chan, SGDMA_DST_FIXED, &cookie), SGDMA_BAD_ARGUMENT);
  const sgdma_rows_t rows = {src.iova, dst.iova, 8, 8, 4, 2, false, 0};
  EXPECT_EQ(sgdma_prep_interleaved(&chan, &rows, SGDMA_DST_FIXED, &cookie), SGDMA_BAD_ARGUMENT);
  dev.caps.features &= ~SGDMA_GLB_CAP3_FIXED_MASK;
  EXPECT_EQ(ToFifo(kFifo, 8), SGDMA_UNSUPPORTED);
}

// What the peripheral has seen can not be taken back.
TEST_F(FixedTest, AFixedTransferThatMovedBytesIsNotRetriedButSkipped) {
  engine.errors[src.iova + 20] = SGDMA_FAULT_SLVERR;
  ASSERT_EQ(ToFifo(kFifo, 40), SGDMA_OK);
  Finish(SGDMA_ERROR);
  ASSERT_EQ(Fault().bytes, 20u);
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_REFUSED);
  engine.channel(0).retry_legal = true;
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_REFUSED) << "whatever the engine says";
  EXPECT_EQ(engine.DescriptorLen(0, 0), 40u) << "unchanged";
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
}

TEST_F(FixedTest, OneThatMovedNothingIsRetried) {
  engine.errors[src.iova] = SGDMA_FAULT_SLVERR;
  engine.passing_errors.insert(src.iova);
  ASSERT_EQ(ToFifo(kFifo, 40), SGDMA_OK);
  Finish(SGDMA_ERROR);
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 50), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Fifo(), Source(0, 40));
}

// ---- Watchdog

TEST_F(TuneTest, AWatchdogNamesTheStuckChannelOfTheBus) {
  config.interrupts = true;
  config.tuning.watchdog_cycles = 100;
  ASSERT_EQ(Request(), SGDMA_OK);
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  engine.Stick(0, SGDMA_AXI_B);
  engine.Run(1);

  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_TIMEOUT);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_WATCHDOG);
  EXPECT_EQ(Fault().stuck, SGDMA_AXI_B);
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED);

  engine.unfinished = true;
  EXPECT_EQ(sgdma_terminate(&chan), SGDMA_BUSY) << "the answer is still missing";
  engine.unfinished = false;
  EXPECT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_TERMINATED);
}

// Row E12.
TEST_F(TuneTest, AnUnknownStuckChannelIsNone) {
  ASSERT_EQ(Request(), SGDMA_OK);
  engine.Stick(0, 7);
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_TIMEOUT);
  EXPECT_EQ(Fault().stuck, SGDMA_AXI_NONE);
  EXPECT_STREQ(sgdma_axi_name(static_cast<sgdma_axi_t>(7)), "unknown AXI channel");
  EXPECT_STRNE(sgdma_axi_name(SGDMA_AXI_W), sgdma_axi_name(SGDMA_AXI_AW));
}

TEST_F(TuneTest, AnErrorImageWithAnUnknownPlaceIsNotBelieved) {
  ASSERT_EQ(Request(), SGDMA_OK);
  engine.Stick(0, SGDMA_AXI_R);
  engine.channel(0).image[3] = 0x080C0000;  // TIMEOUT, where 8
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_RECORD_STATUS);
}

}  // namespace
}  // namespace driver_test
