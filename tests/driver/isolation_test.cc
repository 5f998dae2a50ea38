// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What only the operating system does: bounds of a channel, and the reset of the whole engine.

#include "fixture.h"

namespace driver_test {
namespace {

constexpr uint32_t kBlock1 = SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_STRIDE;

// ---- Bounds

class BoundsTest : public DriverTest {
 protected:
  sgdma_result_t Set(unsigned number, const sgdma_bounds_t& bounds) {
    return sgdma_set_bounds(&dev, number, &bounds);
  }
};

TEST_F(BoundsTest, AreWrittenForAChannelThatNobodyRequested) {
  ASSERT_EQ(Set(1, {100000, 8, 300}), SGDMA_OK);
  EXPECT_EQ(engine.global[kBlock1 + SGDMA_GLB_CH_WDOG_MIN], 100000u);
  EXPECT_EQ(engine.global[kBlock1 + SGDMA_GLB_CH_PACE_BOUNDS], 8u | 300u << 16);
  EXPECT_EQ(engine.writes[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_WDOG_MIN], 1u) << "by the probe only";
}

TEST_F(BoundsTest, ChangeUnderARunningChannelAndOutliveItsRequestAndRelease) {
  ASSERT_EQ(Set(0, {1000, 0, 0}), SGDMA_OK);
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  ASSERT_EQ(Set(0, {2000, 4, 5}), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_chan_release(&chan), SGDMA_OK);
  EXPECT_EQ(engine.global[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_WDOG_MIN], 2000u);
  EXPECT_EQ(engine.global[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_PACE_BOUNDS], 4u | 5u << 16);
}

// Row E15.
TEST_F(BoundsTest, AProbeRemovesThoseOfAFormerOwner) {
  ASSERT_EQ(Set(1, {1000, 4, 5}), SGDMA_OK);
  ASSERT_EQ(sgdma_probe(&dev, engine.hal(), 200), SGDMA_OK);
  EXPECT_EQ(engine.global[kBlock1 + SGDMA_GLB_CH_WDOG_MIN], 0u);
  EXPECT_EQ(engine.global[kBlock1 + SGDMA_GLB_CH_PACE_BOUNDS], 0u);
}

TEST_F(BoundsTest, WhatCanNotBeIsRefused) {
  EXPECT_EQ(Set(FakeEngine::kChannels, {1, 0, 0}), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_set_bounds(&dev, 0, nullptr), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_set_bounds(nullptr, 0, nullptr), SGDMA_BAD_ARGUMENT);
  dev.caps.features &= ~(SGDMA_GLB_CAP3_WATCHDOG_MASK | SGDMA_GLB_CAP3_PACING_MASK);
  EXPECT_EQ(Set(0, {1, 0, 0}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(Set(0, {0, 1, 0}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(Set(0, {0, 0, 1}), SGDMA_UNSUPPORTED);
  EXPECT_EQ(Set(0, {0, 0, 0}), SGDMA_OK) << "no bounds";
  EXPECT_EQ(engine.writes[SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_WDOG_MIN], 1u) << "by the probe only";
  ASSERT_EQ(sgdma_remove(&dev), SGDMA_OK);
  EXPECT_EQ(Set(0, {0, 0, 0}), SGDMA_BAD_STATE);
}

// ---- FORCE_RESET

class ForceResetTest : public DriverTest {
 protected:
  // Nothing on the bus is answered any more, and channel 0 has a copy under way.
  void Freeze() {
    Open();
    cookie = Copy(0, 0, 8);
    Listen(cookie);
    Issue();
    engine.unfinished = true;
    ASSERT_EQ(sgdma_terminate(&chan), SGDMA_BUSY);
    ASSERT_EQ(sgdma_chan_release(&chan), SGDMA_BUSY);
  }
  // Channel 1, with rings of its own.
  void OpenOther() {
    sgdma_chan_config_t c = config;
    c.tx = other_table.data();
    Map(other_sub, SGDMA_SHARED, &c.sub_ring);
    Map(other_cpl, SGDMA_SHARED, &c.cpl_ring);
    ASSERT_EQ(sgdma_chan_request(&dev, 1, &c, &other), SGDMA_OK);
  }
  sgdma_cookie_t cookie = 0;
  sgdma_chan_t other = {};
  std::vector<uint8_t> other_sub = std::vector<uint8_t>(256), other_cpl = other_sub;
  std::vector<sgdma_tx_t> other_table = std::vector<sgdma_tx_t>(64);
};

TEST_F(ForceResetTest, GivesBackWhatNeitherTerminateNorReleaseCan) {
  Freeze();
  ASSERT_EQ(sgdma_force_reset(&dev), SGDMA_OK);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_FREE);
  EXPECT_EQ(engine.channel(0).state, SGDMA_CH_STATE_STATE_IDLE);
  EXPECT_TRUE(heard.ends.empty()) << "as behind a release";

  ASSERT_EQ(sgdma_probe(&dev, engine.hal(), 200), SGDMA_OK);
  ASSERT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_OK);
  const sgdma_cookie_t next = Copy(100, 100, 50);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, next, 10), SGDMA_OK);
  EXPECT_EQ(Destination(100, 50), Source(100, 50));
}

TEST_F(ForceResetTest, ReleasesEveryChannelAndTheirCallsAreRefused) {
  config.interrupts = true;
  Open();
  OpenOther();
  cookie = Copy(0, 0, 8);
  Issue();
  ASSERT_EQ(sgdma_force_reset(&dev), SGDMA_OK);

  for (sgdma_chan_t* c : {&chan, &other}) {
    uint64_t left = 0;
    sgdma_fault_t fault = {};
    EXPECT_EQ(sgdma_chan_state(c), SGDMA_CHAN_FREE);
    EXPECT_EQ(sgdma_prep_nop(c, 0, &cookie), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_issue_pending(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_wait(c, cookie, 5), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_residue(c, cookie, &left), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_pause(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_resume(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_retry(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_skip(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_end_list(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_terminate(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_chan_release(c), SGDMA_BAD_STATE);
    EXPECT_EQ(sgdma_poll(c), 0u);
    EXPECT_FALSE(sgdma_handle_irq(c));
    EXPECT_FALSE(sgdma_error(c, &fault));
    EXPECT_EQ(sgdma_status(c, cookie), SGDMA_UNKNOWN);
    EXPECT_EQ(sgdma_room(c), 0u);
  }
  const sgdma_coalescing_t coalescing = {};
  const sgdma_tuning_t tuning = {};
  sgdma_counters_t counters = {};
  EXPECT_EQ(sgdma_set_coalescing(&chan, &coalescing), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_set_tuning(&chan, &tuning), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_read_counters(&chan, &counters), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_direct_copy(&chan, dst.iova, src.iova, 8, 0, &cookie), SGDMA_BAD_STATE);
  sgdma_clear_error(&chan);
}

TEST_F(ForceResetTest, GivesTheEngineUpAndAProbeTakesItAgain) {
  Freeze();
  ASSERT_EQ(sgdma_force_reset(&dev), SGDMA_OK);
  EXPECT_EQ(engine.global[SGDMA_GLB_CONTROL], 0u);
  EXPECT_EQ(engine.global[SGDMA_GLB_IRQ_MASK], 0u);
  EXPECT_EQ(sgdma_force_reset(&dev), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_remove(&dev), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_irq_summary(&dev), 0u);

  ASSERT_EQ(sgdma_probe(&dev, engine.hal(), 200), SGDMA_OK);
  EXPECT_EQ(sgdma_unmap(&dev, &src), SGDMA_OK) << "a mapping of the time before";
}

// An interrupt or a timer looks at the channel while the registers are those of a reset channel.
TEST_F(ForceResetTest, IsNotTakenForAFaultByAPollFromAnInterrupt) {
  int errors = 0;
  config.on_error_arg = &errors;
  config.on_error = [](void* arg, sgdma_chan_t* c, const sgdma_fault_t*) {
    ++*static_cast<int*>(arg);
    EXPECT_EQ(sgdma_terminate(c), SGDMA_OK);
  };
  Open();
  Copy(0, 0, 8);
  Issue();
  engine.before_read = [&](uint32_t offset) {
    if (offset != 4096 + SGDMA_CH_QUIESCED) return;
    for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  };
  ASSERT_EQ(sgdma_force_reset(&dev), SGDMA_OK);
  engine.before_read = nullptr;
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(engine.channel(0).state, SGDMA_CH_STATE_STATE_IDLE) << "nobody started it anew";
}

// Row E12: registers that do not follow.
TEST_F(ForceResetTest, ADeviceThatDoesNotFollowIsBusyAndGivesNothingBack) {
  Open();
  OpenOther();
  engine.forced[2 * 4096 + SGDMA_CH_STATE] = SGDMA_CH_STATE_STATE_STUCK;
  EXPECT_EQ(sgdma_force_reset(&dev), SGDMA_BUSY);
  for (sgdma_chan_t* c : {&chan, &other}) {
    EXPECT_EQ(sgdma_chan_state(c), SGDMA_CHAN_TERMINATING);
    EXPECT_EQ(sgdma_prep_nop(c, 0, &cookie), SGDMA_BUSY);
  }
  engine.gone = true;
  EXPECT_EQ(sgdma_force_reset(&dev), SGDMA_BUSY);
  engine.gone = false;
  engine.forced.clear();
  EXPECT_EQ(sgdma_force_reset(&dev), SGDMA_OK);
  EXPECT_EQ(sgdma_chan_state(&other), SGDMA_CHAN_FREE);
}

TEST_F(ForceResetTest, WithoutItOrWithoutADeviceItTouchesNothing) {
  EXPECT_EQ(sgdma_force_reset(nullptr), SGDMA_BAD_ARGUMENT);
  Open();
  dev.caps.features &= ~SGDMA_GLB_CAP3_FORCE_RESET_MASK;
  EXPECT_EQ(sgdma_force_reset(&dev), SGDMA_UNSUPPORTED);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
  EXPECT_EQ(engine.writes[SGDMA_GLB_FORCE_RESET], 0u);
}

}  // namespace
}  // namespace driver_test
