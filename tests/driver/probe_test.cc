// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Probe, mapping, request and release: what the driver accepts, and what it refuses by name.

#include <tuple>

#include "fixture.h"

namespace driver_test {
namespace {

struct ProbeTest : testing::Test {
  FakeEngine engine;
  sgdma_dev_t dev = {};
  sgdma_result_t Probe() { return sgdma_probe(&dev, engine.hal(), 50); }
};

TEST_F(ProbeTest, ReadsTheCapabilities) {
  ASSERT_EQ(Probe(), SGDMA_OK);

  EXPECT_EQ(dev.caps.channels, 2);
  EXPECT_EQ(dev.caps.bus_bytes, 8);
  EXPECT_EQ(dev.caps.address_bits, 48);
  EXPECT_EQ(dev.caps.max_burst_beats, 16);
  EXPECT_EQ(dev.caps.reads, 32);
  EXPECT_EQ(dev.caps.buffer_bytes, 2048u);
  EXPECT_EQ(dev.caps.tracker, 64);
  EXPECT_EQ(dev.caps.page_bytes, 4096u);
}

TEST_F(ProbeTest, EnablesTheEngineAndMasksItsInterrupts) {
  engine.global[SGDMA_GLB_IRQ_MASK] = 3;

  ASSERT_EQ(Probe(), SGDMA_OK);

  EXPECT_EQ(engine.global[SGDMA_GLB_CONTROL], 1u);
  EXPECT_EQ(engine.global[SGDMA_GLB_IRQ_MASK], 0u);
}

TEST_F(ProbeTest, AnAbsentDeviceIsAWrongId) {
  engine.gone = true;
  EXPECT_EQ(Probe(), SGDMA_WRONG_ID);
}

TEST_F(ProbeTest, AFailedProbeLeavesADeviceThatRefusesWork) {
  engine.global[SGDMA_GLB_ID] = 0x12345678;
  ASSERT_EQ(Probe(), SGDMA_WRONG_ID);
  sgdma_chan_t chan = {};
  sgdma_chan_config_t config = {};
  EXPECT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_BAD_ARGUMENT);
}

TEST_F(ProbeTest, ANewerMajorVersionIsRefused) {
  engine.global[SGDMA_GLB_VERSION] = SGDMA_GLB_VERSION_RESET + (1u << 24);
  EXPECT_EQ(Probe(), SGDMA_NEWER_VERSION);
}

TEST_F(ProbeTest, ANewerMinorVersionIsAccepted) {
  engine.global[SGDMA_GLB_VERSION] = SGDMA_GLB_VERSION_RESET + (1u << 16);
  EXPECT_EQ(Probe(), SGDMA_OK);
}

TEST_F(ProbeTest, ZeroChannelsAreRefused) {
  engine.global[SGDMA_GLB_CAP0] &= ~SGDMA_GLB_CAP0_CHANNELS_MASK;
  EXPECT_EQ(Probe(), SGDMA_NO_CHANNELS);
}

TEST_F(ProbeTest, RegistersThatForgetAreDead) {
  engine.forced[SGDMA_GLB_SCRATCH] = 0;
  EXPECT_EQ(Probe(), SGDMA_DEAD_REGISTERS);
}

TEST_F(ProbeTest, AChannelPageThatContradictsTheGlobalPageIsRefused) {
  engine.forced[2 * 4096 + SGDMA_CH_CAP2] = 0;
  EXPECT_EQ(Probe(), SGDMA_BAD_CAPABILITY);
}

TEST_F(ProbeTest, AMissingHalFunctionIsABadArgument) {
  sgdma_hal_t hal = *engine.hal();
  hal.rmb = nullptr;
  EXPECT_EQ(sgdma_probe(&dev, &hal, 0), SGDMA_BAD_ARGUMENT);
}

// E15: unbind, kexec.
TEST_F(ProbeTest, AnEngineThatIsRunningIsResetFirst) {
  engine.channel(0).state = SGDMA_CH_STATE_STATE_RUN;
  engine.channel(1).state = SGDMA_CH_STATE_STATE_PAUSED;
  engine.channel(1).config[SGDMA_CH_SUB_BASE_LO] = 0xDEAD0000;

  ASSERT_EQ(Probe(), SGDMA_OK);

  EXPECT_EQ(engine.channel(0).state, SGDMA_CH_STATE_STATE_IDLE);
  EXPECT_EQ(engine.channel(1).state, SGDMA_CH_STATE_STATE_IDLE);
  EXPECT_TRUE(engine.channel(1).config.empty());
}

TEST_F(ProbeTest, AnEngineThatDoesNotBecomeIdleIsBusyAndNotEnabled) {
  engine.channel(1).state = SGDMA_CH_STATE_STATE_DRAINING;
  engine.unfinished = true;

  EXPECT_EQ(Probe(), SGDMA_BUSY);
  EXPECT_EQ(engine.global[SGDMA_GLB_CONTROL], 0u);
}

// Each impossible value of a capability word, alone.
class AbsurdCapability : public testing::TestWithParam<std::tuple<uint32_t, uint32_t, uint32_t>> {};

TEST_P(AbsurdCapability, IsRefused) {
  const auto [offset, mask, value] = GetParam();
  FakeEngine engine;
  engine.global[offset] = (engine.global[offset] & ~mask) | value;
  sgdma_dev_t dev = {};
  EXPECT_EQ(sgdma_probe(&dev, engine.hal(), 50), SGDMA_BAD_CAPABILITY);
}

INSTANTIATE_TEST_SUITE_P(Words, AbsurdCapability,
                         testing::Values(std::tuple{SGDMA_GLB_CAP0, 0x1Fu, 17u},
                                         std::tuple{SGDMA_GLB_CAP0, 0x1Fu, 31u},
                                         std::tuple{SGDMA_GLB_CAP0, 7u << 8, 1u << 8},
                                         std::tuple{SGDMA_GLB_CAP0, 7u << 8, 7u << 8},
                                         std::tuple{SGDMA_GLB_CAP0, 63u << 16, 31u << 16},
                                         std::tuple{SGDMA_GLB_CAP0, 63u << 16, 49u << 16},
                                         std::tuple{SGDMA_GLB_CAP0, 3u << 24, 3u << 24},
                                         std::tuple{SGDMA_GLB_CAP1, 0xFFu, 2u},
                                         std::tuple{SGDMA_GLB_CAP1, 0xFFu << 8, 0u},
                                         std::tuple{SGDMA_GLB_CAP1, 0xFFu << 16, 1u << 16},
                                         std::tuple{SGDMA_GLB_CAP1, 15u << 24, 0u},
                                         std::tuple{SGDMA_GLB_CAP1, 15u << 24, 10u << 24},
                                         std::tuple{SGDMA_GLB_CAP2, 0xFFFFu, 15u},
                                         std::tuple{SGDMA_GLB_CAP2, 0xFFu << 16, 2u << 16},
                                         std::tuple{SGDMA_GLB_CAP2, 0xFFu << 24, 0u}));

// ---- Memory

// E9.
TEST_F(DriverTest, AMappingFailureIsReportedAndLeavesNothing) {
  engine.pending_map_failure = true;
  sgdma_mapping_t m = {};
  uint8_t bytes[16];
  EXPECT_EQ(sgdma_map(&dev, bytes, sizeof bytes, SGDMA_TO_DEVICE, &m), SGDMA_NO_MAPPING);
  EXPECT_EQ(m.cpu, nullptr);
}

TEST_F(DriverTest, NullZeroLengthAndWrappingMapsAreRefused) {
  sgdma_mapping_t m = {};
  uint8_t bytes[16];
  EXPECT_EQ(sgdma_map(&dev, nullptr, 16, SGDMA_TO_DEVICE, &m), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_map(&dev, bytes, 0, SGDMA_TO_DEVICE, &m), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_map(&dev, bytes, SIZE_MAX, SGDMA_TO_DEVICE, &m), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_map(&dev, bytes, 16, static_cast<sgdma_direction_t>(0), &m), SGDMA_BAD_ARGUMENT);
}

TEST_F(DriverTest, ABusAddressTheEngineCanNotReachIsUnmappedAgain) {
  const int live = engine.live_mappings();
  engine.map_base = (uint64_t{1} << 48) - 8;
  sgdma_mapping_t m = {};
  uint8_t bytes[16];
  EXPECT_EQ(sgdma_map(&dev, bytes, sizeof bytes, SGDMA_TO_DEVICE, &m), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(engine.live_mappings(), live);
}

// E11.
TEST_F(DriverTest, ASecondUnmapIsRefused) {
  EXPECT_EQ(sgdma_unmap(&dev, &src), SGDMA_OK);
  EXPECT_EQ(sgdma_unmap(&dev, &src), SGDMA_BAD_STATE);
}

TEST_F(DriverTest, ASyncOutsideTheMappingIsRefused) {
  EXPECT_EQ(sgdma_sync_for_cpu(&dev, &dst, 0, kBufferBytes + 1), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_sync_for_cpu(&dev, &dst, kBufferBytes, 1), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_sync_for_device(&dev, &dst, 1, SIZE_MAX), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_sync_for_device(&dev, &dst, 0, 0), SGDMA_BAD_ARGUMENT);
}

// ---- Channel

TEST_F(DriverTest, RequestStartsTheChannelWithItsConfiguration) {
  config.device_id = 0x00ABCDEF;
  Open(4, 5);

  EXPECT_EQ(engine.channel(0).state, SGDMA_CH_STATE_STATE_RUN);
  EXPECT_EQ(engine.channel(0).config[SGDMA_CH_SUB_SIZE], 4u);
  EXPECT_EQ(engine.channel(0).config[SGDMA_CH_CPL_SIZE], 5u);
  EXPECT_EQ(engine.channel(0).config[SGDMA_CH_SUB_BASE_HI], config.sub_ring.iova >> 32);
  EXPECT_EQ(engine.global[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_DEVID], 0x00ABCDEFu);
  EXPECT_EQ(sgdma_room(&chan), 15u);
}

TEST_F(DriverTest, AChannelIsRequestedOnce) {
  Open();
  sgdma_chan_t second = {};
  EXPECT_EQ(sgdma_chan_request(&dev, 0, &config, &second), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_chan_request(&dev, 1, &config, &chan), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_chan_request(&dev, 2, &config, &second), SGDMA_BAD_ARGUMENT);
}

// E8, E19: also with a completion ring nobody has read.
TEST_F(DriverTest, ReleaseWorksWithAFullCompletionRingAndTwiceIsRefused) {
  Open(4, 2);
  for (int i = 0; i < 8; ++i) Copy(0, 0, 8, SGDMA_CPL);
  Issue();
  engine.Run(20);
  ASSERT_NE(engine.channel(0).head, engine.channel(0).tail) << "stalled";

  EXPECT_EQ(sgdma_chan_release(&chan), SGDMA_OK);
  EXPECT_EQ(engine.channel(0).state, SGDMA_CH_STATE_STATE_IDLE);
  EXPECT_EQ(sgdma_chan_release(&chan), SGDMA_BAD_STATE);
}

TEST_F(DriverTest, AReleaseTheHardwareCanNotFinishIsBusyAndKeepsTheChannel) {
  Open();
  engine.unfinished = true;
  ASSERT_EQ(sgdma_chan_release(&chan), SGDMA_BUSY);
  EXPECT_EQ(sgdma_remove(&dev), SGDMA_BAD_STATE);

  engine.unfinished = false;
  EXPECT_EQ(sgdma_chan_release(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_remove(&dev), SGDMA_OK);
}

TEST_F(DriverTest, ACallOnAReleasedChannelIsRefused) {
  Open();
  ASSERT_EQ(sgdma_chan_release(&chan), SGDMA_OK);
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(sgdma_prep_memcpy(&chan, dst.iova, src.iova, 1, 0, &cookie), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_issue_pending(&chan), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_pause(&chan), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_terminate(&chan), SGDMA_BAD_STATE);
  EXPECT_FALSE(sgdma_handle_irq(&chan));
}

TEST_F(DriverTest, AStartThatIsRefusedLeavesTheChannelUnclaimed) {
  Rings(4, 4);
  engine.refuse_start = true;
  EXPECT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_FREE);

  engine.refuse_start = false;
  EXPECT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_OK);
}

// E14: a record of another life.
TEST_F(DriverTest, StaleRecordsInTheCompletionRingAreClearedBeforeStart) {
  Rings(4, 4);
  for (uint8_t& byte : cpl_bytes) byte = 0xFF;  // PHASE 1 everywhere: they look new
  ASSERT_EQ(sgdma_sync_for_device(&dev, &config.cpl_ring, 0, cpl_bytes.size()), SGDMA_OK);

  ASSERT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_OK);

  EXPECT_EQ(sgdma_poll(&chan), 0u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

// E17: each bad ring, alone.
TEST_F(DriverTest, RingsThatCanNotWorkAreRefused) {
  Rings(4, 4);
  const sgdma_chan_config_t good = config;
  const auto request = [&] { return sgdma_chan_request(&dev, 0, &config, &chan); };

  config.sub_ring.iova += 16;
  EXPECT_EQ(request(), SGDMA_BAD_ADDRESS) << "misaligned";
  config = good;
  config.sub_log2 = 5;
  EXPECT_EQ(request(), SGDMA_BAD_ADDRESS) << "longer than its memory";
  config = good;
  config.cpl_ring = config.sub_ring;
  EXPECT_EQ(request(), SGDMA_BAD_ADDRESS) << "overlapping";
  config = good;
  config.sub_ring.iova = uint64_t{1} << 48;
  EXPECT_EQ(request(), SGDMA_BAD_ADDRESS) << "beyond the address width";
  config = good;
  config.sub_log2 = 1;
  EXPECT_EQ(request(), SGDMA_BAD_ARGUMENT) << "too small";
  config = good;
  config.cpl_log2 = 17;
  EXPECT_EQ(request(), SGDMA_BAD_ARGUMENT) << "too large";
  config = good;
  config.device_id = 1u << 24;
  EXPECT_EQ(request(), SGDMA_BAD_ARGUMENT) << "device id of 25 bits";
  config = good;
  config.tx = nullptr;
  EXPECT_EQ(request(), SGDMA_BAD_ARGUMENT) << "no table";
}

TEST_F(DriverTest, TheContinuePolicyNeedsAnEngineThatHasIt) {
  Rings(4, 4);
  config.policy = SGDMA_CONTINUE;
  dev.caps.features &= ~SGDMA_GLB_CAP3_CONTINUE_MASK;
  EXPECT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_UNSUPPORTED);
}

TEST(NamesTest, EveryCodeHasASentenceOfItsOwn) {
  EXPECT_STRNE(sgdma_result_name(SGDMA_BUSY), sgdma_result_name(SGDMA_AGAIN));
  EXPECT_STREQ(sgdma_result_name(static_cast<sgdma_result_t>(999)), "unknown result");
  EXPECT_STRNE(sgdma_fault_name(SGDMA_FAULT_GONE), "unknown fault");
  EXPECT_STREQ(sgdma_fault_name(static_cast<sgdma_fault_code_t>(40)), "unknown fault");
  EXPECT_STREQ(sgdma_where_name(SGDMA_WHERE_WRITE), "write");
}

}  // namespace
}  // namespace driver_test
