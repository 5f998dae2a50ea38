// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Completions: records, head register, interrupts, callbacks.

#include <algorithm>

#include "fixture.h"

namespace driver_test {
namespace {

class CompleteTest : public DriverTest {
 protected:
  void OpenWithInterrupts(uint8_t sub = 4, uint8_t cpl = 4) {
    config.interrupts = true;
    Open(sub, cpl);
  }
};

TEST_F(CompleteTest, AnInterruptDeliversTheCallbackWithoutPolling) {
  OpenWithInterrupts();
  const sgdma_cookie_t cookie = Copy(0, 0, 64);
  Listen(cookie);
  Issue();
  engine.Run(1);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookie, SGDMA_COMPLETE}));
}

TEST_F(CompleteTest, TransactionsWithoutRecordsAreLearntFromTheHead) {
  Open();
  const sgdma_cookie_t first = Copy(0, 0, 64, 0);
  const sgdma_cookie_t second = Copy(0, 64, 64, 0);
  Issue();
  engine.Run(1);
  EXPECT_EQ(sgdma_poll(&chan), 1u);
  EXPECT_EQ(sgdma_status(&chan, first), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(&chan, second), SGDMA_IN_PROGRESS);
  engine.Run(1);
  EXPECT_EQ(sgdma_poll(&chan), 1u);
}

TEST_F(CompleteTest, TransactionsWithRecordsReadNoHeadRegister) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 64);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(engine.head_reads, 0u);
}

TEST_F(CompleteTest, AnInterruptWithoutARecordReadsTheHead) {
  OpenWithInterrupts();
  const sgdma_cookie_t cookie = Copy(0, 0, 64, SGDMA_IRQ);
  Issue();
  engine.Run(1);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
}

// A record can be seen before the engine has its B; its head is behind then (row C10).
TEST_F(CompleteTest, AHeadRegisterBehindTheRecordsIsNotBelievedTooEarly) {
  Open(2, 4);
  const sgdma_cookie_t loud = Copy(0, 0, 8, SGDMA_CPL);
  Issue();
  engine.Run(1);
  engine.channel(0).open_records = 1;
  engine.forced[4096 + SGDMA_CH_SUB_HEAD] = 0;
  sgdma_poll(&chan);
  ASSERT_EQ(sgdma_status(&chan, loud), SGDMA_COMPLETE);
  const sgdma_cookie_t silent = Copy(0, 0, 8, 0);
  Copy(0, 0, 8, 0);
  Copy(0, 0, 8, 0);  // the ring is full: head 0 could also mean "three ended"
  Issue();

  EXPECT_EQ(sgdma_poll(&chan), 0u);
  EXPECT_EQ(sgdma_status(&chan, silent), SGDMA_IN_PROGRESS);

  engine.channel(0).open_records = 0;
  engine.forced.clear();
  engine.Run(3);
  EXPECT_EQ(sgdma_poll(&chan), 3u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

// F6.
TEST_F(CompleteTest, AFullCompletionRingDrainedLateLosesNothing) {
  Open(4, 2);
  for (int i = 0; i < 10; ++i) Listen(Copy(0, 0, 8, SGDMA_CPL));
  Issue();
  engine.Run(50);
  EXPECT_EQ(engine.channel(0).cpl_index, 3u) << "stalled with size - 1 records";

  EXPECT_EQ(sgdma_poll(&chan), 3u);
  for (int i = 0; i < 10; ++i) {
    engine.Run(10);
    sgdma_poll(&chan);
  }
  EXPECT_EQ(heard.ends.size(), 10u);
}

// F5.
TEST_F(CompleteTest, ASpuriousInterruptIsCountedAndDeclined) {
  OpenWithInterrupts();
  Copy(0, 0, 8);
  EXPECT_FALSE(sgdma_handle_irq(&chan));
  EXPECT_FALSE(sgdma_handle_irq(&chan));
  EXPECT_EQ(chan.spurious_irqs, 2u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

TEST_F(CompleteTest, ADoneCauseWithoutNewsHarmsNothing) {
  OpenWithInterrupts();
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  engine.channel(0).cause = SGDMA_CH_CAUSE_DONE_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  engine.Run(1);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
}

TEST_F(CompleteTest, CausesAreClearedBeforeRecordsAreRead) {
  OpenWithInterrupts();
  Listen(Copy(0, 0, 8));
  const sgdma_cookie_t second = Copy(0, 8, 8);
  ASSERT_EQ(sgdma_set_callback(
                &chan, second,
                [](void* arg, sgdma_cookie_t, sgdma_tx_status_t) {
                  // The next end comes while this handler runs: its cause must survive.
                  auto* engine = static_cast<FakeEngine*>(arg);
                  engine->Step();
                },
                &engine),
            SGDMA_OK);
  const sgdma_cookie_t third = Copy(0, 16, 8);
  Issue();
  engine.Run(2);
  EXPECT_EQ(sgdma_status(&chan, third), SGDMA_IN_PROGRESS);
  EXPECT_NE(engine.channel(0).cause & SGDMA_CH_CAUSE_DONE_MASK, 0u) << "still pending";
  engine.Step();
  EXPECT_EQ(sgdma_status(&chan, third), SGDMA_COMPLETE);
}

TEST_F(CompleteTest, ARefusedWriteIsCounted) {
  OpenWithInterrupts();
  engine.channel(0).cause = SGDMA_CH_CAUSE_REFUSED_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  EXPECT_EQ(chan.refusals, 1u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

// F8: two channels, one line.
TEST_F(CompleteTest, ASharedLineIsDeclinedByTheChannelThatHasNoCause) {
  OpenWithInterrupts();
  sgdma_chan_config_t other_config = config;
  std::vector<uint8_t> sub(256), cpl(256);
  std::vector<sgdma_tx_t> table2(64);
  other_config.tx = table2.data();
  Map(sub, SGDMA_SHARED, &other_config.sub_ring);
  Map(cpl, SGDMA_SHARED, &other_config.cpl_ring);
  sgdma_chan_t other = {};
  ASSERT_EQ(sgdma_chan_request(&dev, 1, &other_config, &other), SGDMA_OK);
  EXPECT_EQ(engine.global[SGDMA_GLB_IRQ_MASK], 3u);
  engine.on_irq = nullptr;
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  engine.Run(1);

  EXPECT_FALSE(sgdma_handle_irq(&other));
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_chan_release(&other), SGDMA_OK);
  EXPECT_EQ(engine.global[SGDMA_GLB_IRQ_MASK], 1u);
}

// ---- Callbacks

struct Resubmit {
  sgdma_chan_t* chan;
  uint64_t src, dst;
  int left;
  sgdma_cookie_t last;
};

void ResubmitCallback(void* arg, sgdma_cookie_t, sgdma_tx_status_t) {
  auto* r = static_cast<Resubmit*>(arg);
  if (r->left-- == 0) return;
  ASSERT_EQ(sgdma_prep_memcpy(r->chan, r->dst, r->src, 8, SGDMA_NOTIFY, &r->last), SGDMA_OK);
  ASSERT_EQ(sgdma_set_callback(r->chan, r->last, ResubmitCallback, r), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(r->chan), SGDMA_OK);
}

// E8.
TEST_F(CompleteTest, ACallbackMaySubmitAlsoIntoAFullRing) {
  OpenWithInterrupts(2, 4);
  Resubmit resubmit{&chan, src.iova, dst.iova, 20, 0};
  const sgdma_cookie_t first = Copy(0, 0, 8);
  Copy(0, 0, 8);
  Copy(0, 0, 8);
  ASSERT_EQ(sgdma_room(&chan), 0u);
  ASSERT_EQ(sgdma_set_callback(&chan, first, ResubmitCallback, &resubmit), SGDMA_OK);
  Issue();
  engine.Run(40);
  EXPECT_EQ(resubmit.left, -1);
  EXPECT_EQ(sgdma_status(&chan, resubmit.last), SGDMA_COMPLETE);
}

// The second transaction has ended, but has not been told: its entry is not free.
TEST_F(CompleteTest, ACallbackDoesNotOverwriteOnesThatAreStillToBeCalled) {
  Open(4, 4, 1);
  const sgdma_cookie_t first = Copy(0, 0, 8);
  const sgdma_cookie_t second = Copy(0, 0, 8);
  Listen(second);
  std::vector<sgdma_result_t> results;
  struct Context {
    sgdma_chan_t* chan;
    std::vector<sgdma_result_t>* results;
  } context{&chan, &results};
  ASSERT_EQ(sgdma_set_callback(
                &chan, first,
                [](void* arg, sgdma_cookie_t, sgdma_tx_status_t) {
                  auto* c = static_cast<Context*>(arg);
                  sgdma_cookie_t cookie = 0;
                  c->results->push_back(sgdma_prep_nop(c->chan, 0, &cookie));
                  c->results->push_back(sgdma_prep_nop(c->chan, 0, &cookie));
                },
                &context),
            SGDMA_OK);
  Issue();
  engine.Run(2);
  EXPECT_EQ(sgdma_poll(&chan), 2u);
  EXPECT_THAT(results, testing::ElementsAre(SGDMA_OK, SGDMA_AGAIN));
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{second, SGDMA_COMPLETE}));
}

void ReleaseCallback(void* arg, sgdma_cookie_t, sgdma_tx_status_t) {
  EXPECT_EQ(sgdma_chan_release(static_cast<sgdma_chan_t*>(arg)), SGDMA_OK);
}

// E8.
TEST_F(CompleteTest, ACallbackMayReleaseTheChannelAndNoOtherIsCalledAfterIt) {
  OpenWithInterrupts();
  const sgdma_cookie_t first = Copy(0, 0, 8, SGDMA_CPL);
  ASSERT_EQ(sgdma_set_callback(&chan, first, ReleaseCallback, &chan), SGDMA_OK);
  Listen(Copy(0, 0, 8));
  Issue();
  engine.Run(3);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_FREE);
  EXPECT_TRUE(heard.ends.empty());
  EXPECT_EQ(sgdma_chan_release(&chan), SGDMA_BAD_STATE);
}

TEST_F(CompleteTest, AWaitWhoseCallbackReleasesTheChannelReturns) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  ASSERT_EQ(sgdma_set_callback(&chan, cookie, ReleaseCallback, &chan), SGDMA_OK);
  Issue();
  EXPECT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_BAD_STATE);
}

struct Order {
  sgdma_chan_t* chan;
  int depth = 0;
  int deepest = 0;
  std::vector<sgdma_cookie_t> seen = {};
};

// E8: a look from a callback, and interrupts that come meanwhile, do not nest deliveries.
TEST_F(CompleteTest, CallbacksComeInOrderAndAreNeverNested) {
  OpenWithInterrupts();
  Order order{&chan};
  std::vector<sgdma_cookie_t> queued;
  for (int i = 0; i < 6; ++i) {
    queued.push_back(Copy(0, 0, 8));
    ASSERT_EQ(sgdma_set_callback(
                  &chan, queued.back(),
                  [](void* arg, sgdma_cookie_t cookie, sgdma_tx_status_t) {
                    auto* o = static_cast<Order*>(arg);
                    o->deepest = std::max(o->deepest, ++o->depth);
                    o->seen.push_back(cookie);
                    o->chan->dev->hal->delay_us(o->chan->dev->hal->ctx, 2);
                    sgdma_poll(o->chan);
                    --o->depth;
                  },
                  &order),
              SGDMA_OK);
  }
  Issue();
  for (int i = 0; i < 10; ++i) {
    engine.hal()->delay_us(engine.hal()->ctx, 1);
    sgdma_poll(&chan);
  }
  EXPECT_EQ(order.deepest, 1);
  EXPECT_EQ(order.seen, queued);
}

TEST_F(CompleteTest, ACallbackIsSetBeforeIssueOnly) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  EXPECT_EQ(sgdma_set_callback(&chan, cookie, Heard::Callback, &heard), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_set_callback(&chan, cookie + 1, Heard::Callback, &heard), SGDMA_BAD_STATE);
}

// ---- Waiting and residue

TEST_F(CompleteTest, AWaitIsBounded) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 8);  // never issued
  EXPECT_EQ(sgdma_wait(&chan, cookie, 25), SGDMA_TIMEOUT);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  EXPECT_EQ(sgdma_wait(&chan, cookie + 7, 25), SGDMA_BAD_ARGUMENT);
}

TEST_F(CompleteTest, TheResidueFollowsThePosition) {
  Open();
  const sgdma_segment_t list[] = {{src.iova, dst.iova, 100}, {src.iova, dst.iova + 100, 200}};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(&chan, list, 2, SGDMA_CPL, &cookie), SGDMA_OK);
  const sgdma_cookie_t behind = Copy(0, 0, 50);
  uint64_t left = 0;
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 300u) << "not issued";
  Issue();
  engine.Run(1);
  engine.forced[4096 + SGDMA_CH_POS_BYTES] = 70;
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 130u) << "70 bytes into the second";
  ASSERT_EQ(sgdma_residue(&chan, behind, &left), SGDMA_OK);
  EXPECT_EQ(left, 50u) << "not reached";
  engine.forced.clear();
  engine.Run(1);
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 0u) << "ended, record not yet read";
  sgdma_poll(&chan);
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 0u);
  EXPECT_EQ(sgdma_residue(&chan, cookie + 9, &left), SGDMA_BAD_STATE);
}

}  // namespace
}  // namespace driver_test
