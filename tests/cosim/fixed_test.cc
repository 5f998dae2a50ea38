// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Peripherals with a FIFO: FIXED sides at the pace of DRQ, from the driver's call to the samples
// (fault-cases A19, G5). The peripheral itself reports a burst that nobody asked for, a wrong DACK,
// an access that is no whole element.

#include "support/sgdma_test.h"

namespace tb {
namespace {

using Kind = FifoPeripheral::Kind;

class FixedTest : public SgdmaTest {
 protected:
  static constexpr uint32_t kBytes = 2048;

  // Bursts of eight elements of four bytes, one for each DRQ.
  static sgdma_tuning_t AtDrq() {
    sgdma_tuning_t tuning{};
    tuning.mode = SGDMA_PACE_DEMAND;
    tuning.beats = 8;
    tuning.element_bytes = 4;
    tuning.fixed_beats = 8;
    return tuning;
  }
  void BootAtDrq() {
    Boot({.channel = {.tuning = AtDrq()}});
    ASSERT_NE(chan(), nullptr);
  }
  sgdma_cookie_t Copy(sgdma_iova_t dst, sgdma_iova_t src, uint32_t bytes, uint32_t flags) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_memcpy(chan(), dst, src, bytes, flags | SGDMA_NOTIFY, &cookie), SGDMA_OK);
    EXPECT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    return cookie;
  }
};

TEST_F(FixedTest, PlaysABufferIntoAFifoAtItsPace) {
  BootAtDrq();
  const auto dac = platform().AddFifo(Kind::kSink, {.period = 20});
  const Buffer src = host().Map(kBytes, Pattern::Random());
  const uint64_t start = sim().now();

  const sgdma_cookie_t cookie = Copy(dac.iova, src.iova(), kBytes, SGDMA_DST_FIXED);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{50'000}));
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_TRUE(sim().RunUntil([&] { return dac.device.drained(); }, Cycles{2000}));
  EXPECT_EQ(dac.device.taken(), src.bytes());
  EXPECT_EQ(dac.device.bursts(), kBytes / 32);
  EXPECT_EQ(dac.device.dacks(), kBytes / 32);
  EXPECT_GE(sim().now() - start, (kBytes / 4 - 32) * 20) << "all but what the FIFO holds";
}

TEST_F(FixedTest, RecordsSamplesFromAFifo) {
  BootAtDrq();
  const auto adc = platform().AddFifo(Kind::kSource, {.period = 10});
  const Buffer samples = host().Map(kBytes, Pattern::Random());
  adc.device.Supply(samples.PeekBytes());
  const Buffer dst = host().Map(kBytes);

  const sgdma_cookie_t cookie = Copy(dst.iova(), adc.iova, kBytes, SGDMA_SRC_FIXED);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{50'000}));
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), samples.bytes());
}

TEST_F(FixedTest, FillsAFifoWithAPattern) {
  BootAtDrq();
  const auto dac = platform().AddFifo(Kind::kSink, {.period = 2});
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), dac.iova, 0x4433'2211, 400, SGDMA_NOTIFY | SGDMA_DST_FIXED,
                              &cookie),
            SGDMA_OK);
  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  sim().Step(200);
  EXPECT_EQ(dac.device.taken(), Repeat(0x4433'2211, 400));
}

// Four periods round and round, as a sound card does it.
TEST_F(FixedTest, PlaysAnEndlessListAndStopsBehindALap) {
  BootAtDrq();
  host().TakeInterrupts();
  const auto dac = platform().AddFifo(Kind::kSink, {.period = 4});
  const Buffer src = host().Map(kBytes, Pattern::Random());
  const Buffer memory = host().Map(80, Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED});
  sgdma_array_t array{memory.mapping(), 0, 0};
  sgdma_cyclic_t cyclic{};
  cyclic.arrays = &array;
  cyclic.n_arrays = 1;
  std::vector<sgdma_segment_t> periods;
  for (uint32_t i = 0; i < 4; ++i) periods.push_back({src.iova() + 512 * i, dac.iova, 512});
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(
      sgdma_prep_cyclic(chan(), &cyclic, periods.data(), 4, SGDMA_IRQ | SGDMA_DST_FIXED, &cookie),
      SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntil([&] { return cyclic.periods >= 6; }, Cycles{100'000}));
  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(cookie));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  sim().Step(400);
  const Bytes lap = src.bytes();
  EXPECT_EQ(dac.device.taken(), Concat({lap, lap})) << "two whole laps, each sample once";
}

// A peripheral would see what is sent twice: no retry, but the rest may be left out.
TEST_F(FixedTest, WhatHasMovedIsNotSentAgain) {
  BootAtDrq();
  host().AcceptIommuFaults();
  const auto dac = platform().AddFifo(Kind::kSink, {});
  const Buffer src = host().Map(8192, Pattern::Random(), {.offset = 0});
  platform().dma.PageOut(platform().device_id(0), src.iova() + 4096);
  const sgdma_cookie_t cookie = Copy(dac.iova, src.iova(), 8192, SGDMA_DST_FIXED);
  const sgdma_cookie_t behind = Copy(dac.iova, src.iova(), 64, SGDMA_DST_FIXED);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{50'000}));
  ServeIrqs();

  EXPECT_EQ(Fault().where, SGDMA_WHERE_READ);
  EXPECT_EQ(Fault().bytes, 4096u);
  EXPECT_EQ(sgdma_retry(chan()), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_retry_rest(chan()), SGDMA_REFUSED);
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), behind), SGDMA_COMPLETE);
  Bytes want = src.bytes();
  want.resize(4096);
  want.insert(want.end(), want.begin(), want.begin() + 64);
  EXPECT_EQ(dac.device.taken(), want) << "a page, then the next transaction";
}

// Row G5: it waits for ever, without harm, and can be cut; the watchdog does not count that.
TEST_F(FixedTest, AnAskThatNeverComesIsWaitedForAndCanBeCut) {
  sgdma_tuning_t tuning = AtDrq();
  tuning.watchdog_cycles = 500;
  Boot({.channel = {.tuning = tuning}});
  ASSERT_NE(chan(), nullptr);
  const auto adc = platform().AddFifo(Kind::kSource, {});
  const Buffer dst = host().Map(kBytes);
  const sgdma_cookie_t cookie = Copy(dst.iova(), adc.iova, kBytes, SGDMA_SRC_FIXED);
  sim().Step(5000);
  EXPECT_EQ(sgdma_poll(chan()), 0u);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  EXPECT_EQ(adc.device.bursts(), 0u);
  EXPECT_EQ(dst.bytes(), Bytes(kBytes, 0xEE));
}

// Row A19, before anything reaches the engine.
TEST_F(FixedTest, SidesThatAreNoWholeElementsAreRefused) {
  BootAtDrq();
  const Buffer src = host().Map(kBytes, Pattern::Random());
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(sgdma_prep_memcpy(chan(), 0x1002, src.iova(), 64, SGDMA_DST_FIXED, &cookie),
            SGDMA_BAD_ADDRESS);
  EXPECT_EQ(sgdma_prep_memcpy(chan(), 0x1000, src.iova(), 66, SGDMA_DST_FIXED, &cookie),
            SGDMA_BAD_LENGTH);
  EXPECT_EQ(sgdma_issue_pending(chan()), SGDMA_OK) << "nothing to do";
}

}  // namespace
}  // namespace tb
