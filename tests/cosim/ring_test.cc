// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Rings: full, wrapping, tiny; and a completion ring that nobody empties.

#include "sgdma/sgdma_regs.h"
#include "support/sgdma_test.h"

namespace tb {
namespace {

class RingTest : public SgdmaTest {
 protected:
  // Queues and issues a copy of 16 bytes at `index`.
  sgdma_result_t Copy(const Buffer& dst, const Buffer& src, uint32_t index, uint32_t flags,
                      sgdma_cookie_t* cookie) {
    const sgdma_result_t result = sgdma_prep_memcpy(chan(), dst.iova() + 16 * index,
                                                    src.iova() + 16 * index, 16, flags, cookie);
    return result == SGDMA_OK ? sgdma_issue_pending(chan()) : result;
  }
};

TEST_F(RingTest, IsFullOneSlotBeforeItsSizeAndTakesWorkAgainAfterACompletion) {
  Boot({.channel = {.sub_log2 = 2}});
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64);
  sgdma_cookie_t cookies[4] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova() + 16 * i, src.iova() + 16 * i, 16, SGDMA_NOTIFY,
                                &cookies[i]),
              SGDMA_OK);
  }
  EXPECT_EQ(sgdma_room(chan()), 0u);
  EXPECT_EQ(
      sgdma_prep_memcpy(chan(), dst.iova() + 48, src.iova() + 48, 16, SGDMA_NOTIFY, &cookies[3]),
      SGDMA_AGAIN);

  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookies[2], 100), SGDMA_OK);
  EXPECT_EQ(Copy(dst, src, 3, SGDMA_NOTIFY, &cookies[3]), SGDMA_OK);
  EXPECT_EQ(sgdma_wait(chan(), cookies[3], 100), SGDMA_OK);

  sgdma_handle_irq(chan());
  EXPECT_EQ(dst.bytes(), src.bytes());
}

class RingWrapTest : public RingTest, public testing::WithParamInterface<uint32_t> {};

// From every start index, three laps of both rings.
TEST_P(RingWrapTest, KeepsOrderAndPhaseOverThreeLaps) {
  Boot({.channel = {.sub_log2 = 3, .cpl_log2 = 2}});
  const Buffer src = host().Map(16 * 40, Pattern::Random());
  const Buffer dst = host().Map(16 * 40);
  sgdma_cookie_t cookie = 0;
  for (uint32_t i = 0; i < GetParam(); ++i) {
    ASSERT_EQ(sgdma_prep_nop(chan(), SGDMA_CPL, &cookie), SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
  }

  for (uint32_t i = 0; i < 40; ++i) {
    while (Copy(dst, src, i, i % 2 != 0 ? SGDMA_CPL : 0, &cookie) == SGDMA_AGAIN) {
      sgdma_poll(chan());
      sim().Step(20);
      ASSERT_LT(sim().now(), 200'000u);
    }
  }
  ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

INSTANTIATE_TEST_SUITE_P(StartIndex, RingWrapTest, testing::Range(0u, 8u));

TEST_F(RingTest, OneDoorbellHandsOverManyTransactions) {
  const Buffer src = host().Map(16 * 20, Pattern::Random());
  const Buffer dst = host().Map(16 * 20);
  sgdma_cookie_t cookie = 0;
  for (uint32_t i = 0; i < 20; ++i) {
    const uint32_t flags = i == 19 ? SGDMA_NOTIFY : 0;
    ASSERT_EQ(
        sgdma_prep_memcpy(chan(), dst.iova() + 16 * i, src.iova() + 16 * i, 16, flags, &cookie),
        SGDMA_OK);
  }

  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{5000}));
  sgdma_handle_irq(chan());

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// A full completion ring stalls the channel; taken late, nothing is lost.
TEST_F(RingTest, AFullCompletionRingStallsTheChannelAndLosesNothing) {
  Boot({.channel = {.sub_log2 = 5, .cpl_log2 = 2}});
  const Buffer src = host().Map(16 * 20, Pattern::Random());
  const Buffer dst = host().Map(16 * 20);
  sgdma_cookie_t cookies[20] = {};
  for (uint32_t i = 0; i < 20; ++i) {
    ASSERT_EQ(Copy(dst, src, i, SGDMA_CPL, &cookies[i]), SGDMA_OK);
  }
  sim().Step(5000);  // three records fit, then the channel waits for software
  ASSERT_EQ(sgdma_status(chan(), cookies[19]), SGDMA_IN_PROGRESS);

  ASSERT_EQ(sgdma_wait(chan(), cookies[19], 1000), SGDMA_OK);

  for (const sgdma_cookie_t cookie : cookies) {
    EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  }
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Row E19: nobody takes the records any more, because the process is gone.
TEST_F(RingTest, AChannelWithAFullCompletionRingIsReleasedAndTheNextOwnerStartsClean) {
  Boot({.channel = {.cpl_log2 = 2}});
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  sgdma_cookie_t cookie = 0;
  for (unsigned i = 0; i < 10; ++i) {
    ASSERT_EQ(sgdma_prep_nop(chan(), SGDMA_CPL, &cookie), SGDMA_OK);
  }
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(2000);
  const uint32_t index = platform().registers.Read(SGDMA_PAGE_BYTES(0) + SGDMA_CH_CPL_INDEX);
  ASSERT_EQ(index, 3u) << "full";

  ASSERT_EQ(host().channel().Release(), SGDMA_OK);

  ASSERT_EQ(platform().Open(0, {.cpl_log2 = 2}).released(), false);
  ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), 100, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  IssueAndServe();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Row C10: a record is seen and answered long before the engine has its B. Smallest rings, polled.
TEST_F(RingTest, ARecordMayBeAnsweredBeforeTheEngineHasItsB) {
  Boot({.platform = {.port = {.write_latency = Latency::Fixed(400)}},
        .channel = {.sub_log2 = 2, .cpl_log2 = 2}});
  const Buffer src = host().Map(16 * 30, Pattern::Random());
  const Buffer dst = host().Map(16 * 30);
  uint32_t answered_early = 0;
  sgdma_cookie_t cookie = 0;
  for (uint32_t i = 0; i < 30; ++i) {
    while (Copy(dst, src, i, SGDMA_CPL, &cookie) == SGDMA_AGAIN) {
      const bool news = sgdma_poll(chan()) != 0;
      answered_early += news && platform().monitor.id(1).open_writes > 0;
      sim().Step(5);
      ASSERT_LT(sim().now(), 500'000u);
    }
  }
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);

  EXPECT_GT(answered_early, 5u) << "the case this test is about did not happen";
  EXPECT_EQ(chan()->refusals, 0u);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(RingTest, AFencedTransactionReadsWhatTheOneBeforeHasWritten) {
  const Buffer src = host().Map(2000, Pattern::Random());
  const Buffer middle = host().Map(2000, {.direction = SGDMA_BIDIRECTIONAL});
  const Buffer dst = host().Map(2000);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(chan(), middle.iova(), src.iova(), 2000, 0, &cookie), SGDMA_OK);
  ASSERT_EQ(
      sgdma_prep_memcpy(chan(), dst.iova(), middle.iova(), 2000, SGDMA_FENCE | SGDMA_CPL, &cookie),
      SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);

  ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);

  EXPECT_EQ(dst.bytes(), src.bytes());
}

}  // namespace
}  // namespace tb
