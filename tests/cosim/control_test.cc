// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Pause, resume, terminate, residue, release: with work on the way.

#include "support/sgdma_test.h"

namespace tb {
namespace {

class ControlTest : public SgdmaTest {
 protected:
  static constexpr uint32_t kBytes = 30'000;

  // A copy that is under way.
  void StartLongCopy(sgdma_cookie_t* cookie) {
    src = host().Map(kBytes, Pattern::Random());
    dst = host().Map(kBytes);
    ASSERT_EQ(sgdma_prep_memcpy(chan(), dst->iova(), src->iova(), kBytes, SGDMA_CPL, cookie),
              SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    sim().Step(1000);
  }

  std::optional<Buffer> src;
  std::optional<Buffer> dst;
};

TEST_F(ControlTest, APausedChannelMovesNothingAndLosesNothing) {
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);

  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);
  const uint64_t beats = platform().monitor.total()[AxiChannel::kW].beats;
  sim().Step(2000);
  EXPECT_EQ(platform().monitor.total()[AxiChannel::kW].beats, beats);
  EXPECT_TRUE(platform().port.idle());
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_PAUSED);

  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);
  EXPECT_EQ(dst->bytes(), src->bytes());
}

TEST_F(ControlTest, TheResidueFallsFromAllToNothing) {
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);
  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);

  uint64_t halfway = 0;
  ASSERT_EQ(sgdma_residue(chan(), cookie, &halfway), SGDMA_OK);
  EXPECT_GT(halfway, 0u);
  EXPECT_LT(halfway, kBytes);

  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);
  uint64_t end = 1;
  ASSERT_EQ(sgdma_residue(chan(), cookie, &end), SGDMA_OK);
  EXPECT_EQ(end, 0u);
}

TEST_F(ControlTest, TerminateCutsTheWorkOffAndTheNextJobIsExact) {
  sgdma_cookie_t cut = 0;
  StartLongCopy(&cut);
  std::vector<sgdma_tx_status_t> told;
  sgdma_cookie_t behind = 0;
  ASSERT_EQ(sgdma_prep_memcpy(chan(), dst->iova(), src->iova(), 8, SGDMA_CPL, &behind), SGDMA_OK);
  ASSERT_EQ(host().channel().SetCallback(
                behind, [&](sgdma_cookie_t, sgdma_tx_status_t status) { told.push_back(status); }),
            SGDMA_OK);

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cut), SGDMA_TERMINATED);
  EXPECT_EQ(told, std::vector<sgdma_tx_status_t>{SGDMA_TERMINATED});
  EXPECT_TRUE(platform().port.idle());
  const Buffer next_src = host().Map(5000, Pattern::Random());
  const Buffer next_dst = host().Map(5000);
  sgdma_cookie_t next = 0;
  ASSERT_EQ(sgdma_prep_memcpy(chan(), next_dst.iova(), next_src.iova(), 5000, SGDMA_CPL, &next),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), next, 1000), SGDMA_OK);
  EXPECT_EQ(next_dst.bytes(), next_src.bytes());
}

// What was cut off left a prefix of the new bytes and, behind it, the old ones.
TEST_F(ControlTest, TerminateLeavesEachByteNewOrOld) {
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  const Bytes now = dst->bytes();
  const Bytes want = src->bytes();
  const auto cut = std::mismatch(now.begin(), now.end(), want.begin()).first;
  EXPECT_GT(cut - now.begin(), 0);
  EXPECT_THAT(Bytes(cut, now.end()), testing::Each(testing::Eq(0xEE)));
}

TEST_F(ControlTest, TerminateSaysBusyWhileTheMemoryDoesNotAnswer) {
  Boot({.platform = {.driver_timeout_us = 20}});
  ASSERT_NE(chan(), nullptr);
  platform().port.SilenceWrites(kDataIds);
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);

  EXPECT_EQ(sgdma_terminate(chan()), SGDMA_BUSY);
  platform().port.Release();
  EXPECT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
}

TEST_F(ControlTest, ReleaseEndsWorkOnTheWay) {
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);

  EXPECT_EQ(host().channel().Release(), SGDMA_OK);

  EXPECT_TRUE(platform().port.idle());
  EXPECT_EQ(sgdma_chan_release(host().channel().chan()), SGDMA_BAD_STATE);
}

TEST_F(ControlTest, AnEngineLeftRunningByItsLastOwnerIsQuietAfterProbe) {
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);
  sgdma_dev_t successor{};

  EXPECT_EQ(sgdma_probe(&successor, platform().hal.table(), 0), SGDMA_OK);

  EXPECT_TRUE(platform().port.idle());
  sgdma_poll(chan());  // the old owner learns of it without harm
}

TEST_F(ControlTest, TheCountersSayWhatWasMovedAndBeginAnewWithTheChannel) {
  sgdma_counters_t counters = {};
  sgdma_cookie_t cookie = 0;
  StartLongCopy(&cookie);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);

  ASSERT_EQ(sgdma_read_counters(chan(), &counters), SGDMA_OK);
  EXPECT_EQ(counters.bytes, kBytes);
  EXPECT_EQ(counters.descriptors, 1u);
  EXPECT_EQ(counters.errors, 0u);
  // A word a cycle, no faster, and not much slower.
  EXPECT_GT(counters.busy_cycles, kBytes / Dut::kDataBytes);
  EXPECT_LT(counters.busy_cycles, 3 * kBytes / Dut::kDataBytes);
  EXPECT_GT(counters.starved_cycles, 0u) << "the fetch of the first descriptor";

  ASSERT_EQ(sgdma_chan_release(chan()), SGDMA_OK);
  EXPECT_EQ(sgdma_read_counters(chan(), &counters), SGDMA_BAD_STATE);
}

}  // namespace
}  // namespace tb
