// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupts as on a real CPU: the handler comes from inside whatever call is running, never into a
// critical section, never nested; and callbacks may do everything.

#include "support/sgdma_test.h"

namespace tb {
namespace {

class InterruptTest : public SgdmaTest {
 protected:
  sgdma_cookie_t Queue(const Buffer& dst, const Buffer& src, HostChannel::Callback callback) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), src.size(), SGDMA_NOTIFY, &cookie),
              SGDMA_OK);
    if (callback) {
      EXPECT_EQ(host().channel().SetCallback(cookie, std::move(callback)), SGDMA_OK);
    }
    EXPECT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    return cookie;
  }
};

TEST_F(InterruptTest, TheHandlerIsEnteredFromInsideAnotherCall) {
  host().TakeInterrupts();
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  bool told = false;
  Queue(dst, src, [&](sgdma_cookie_t, sgdma_tx_status_t) { told = true; });
  EXPECT_FALSE(told);

  // A busy task that knows nothing of the interrupt.
  for (int i = 0; i < 20; ++i) platform().hal.table()->delay_us(platform().hal.table()->ctx, 1);

  EXPECT_TRUE(told);
  EXPECT_EQ(platform().hal.handler_entries(), 1u);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(InterruptTest, ACriticalSectionKeepsTheHandlerOutAndItsEndLetsItIn) {
  host().TakeInterrupts();
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  bool told = false;
  Queue(dst, src, [&](sgdma_cookie_t, sgdma_tx_status_t) { told = true; });
  const sgdma_hal_t* hal = platform().hal.table();

  const uint32_t state = hal->enter_critical(hal->ctx);
  for (int i = 0; i < 500; ++i) hal->rmb(hal->ctx);
  EXPECT_FALSE(told);
  hal->leave_critical(hal->ctx, state);

  EXPECT_TRUE(told);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// A mask at the CPU keeps the level waiting; nothing is lost.
TEST_F(InterruptTest, AMaskedInterruptIsServedWhenTheMaskGoes) {
  host().TakeInterrupts();
  platform().hal.MaskLine(0, true);
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  const sgdma_cookie_t cookie = Queue(dst, src, nullptr);
  sim().Step(2000);
  ASSERT_EQ(sgdma_status(chan(), cookie), SGDMA_IN_PROGRESS);

  platform().hal.MaskLine(0, false);

  EXPECT_TRUE(sim().RunUntilEnded(cookie, Cycles{100}));
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(InterruptTest, ASpuriousInterruptIsCountedAndHarmsNothing) {
  EXPECT_FALSE(sgdma_handle_irq(chan()));

  EXPECT_EQ(chan()->spurious_irqs, 1u);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);
}

// Each end starts the next copy, from buffer to buffer, a hundred times.
TEST_F(InterruptTest, ACallbackMaySubmitTheNextTransaction) {
  host().TakeInterrupts();
  const Buffer a = host().Map(64, Pattern::Random(), {.direction = SGDMA_BIDIRECTIONAL});
  const Buffer b = host().Map(64, {.direction = SGDMA_BIDIRECTIONAL});
  const Bytes before = a.bytes();
  a.GiveToDevice();
  constexpr int kHops = 100;
  int hops = 0;
  std::function<void(sgdma_cookie_t, sgdma_tx_status_t)> next = [&](sgdma_cookie_t,
                                                                    sgdma_tx_status_t status) {
    EXPECT_EQ(status, SGDMA_COMPLETE);
    ++hops;
    if (hops < kHops) Queue(hops % 2 == 0 ? b : a, hops % 2 == 0 ? a : b, next);
  };

  Queue(b, a, next);

  EXPECT_TRUE(sim().RunUntil([&] { return hops == kHops; }, Cycles{200'000}));
  EXPECT_EQ(a.bytes(), before);
}

TEST_F(InterruptTest, ACallbackMayReleaseTheChannel) {
  host().TakeInterrupts();
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64);
  sgdma_result_t released = SGDMA_BUSY;
  HostChannel& channel = host().channel();
  Queue(dst, src, [&](sgdma_cookie_t, sgdma_tx_status_t) { released = channel.Release(); });

  EXPECT_TRUE(sim().RunUntil([&] { return channel.released(); }, Cycles{20'000}));

  EXPECT_EQ(released, SGDMA_OK);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(InterruptTest, TerminateFromACallbackTellsTheRestRightAfterIt) {
  host().TakeInterrupts();
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(20'000);
  const Buffer far = host().Map(20'000, Pattern::Random());
  std::vector<sgdma_tx_status_t> told;
  Queue(host().Map(64), src, [&](sgdma_cookie_t, sgdma_tx_status_t) {
    EXPECT_EQ(sgdma_terminate(chan()), SGDMA_OK);
    EXPECT_TRUE(told.empty());
  });
  Queue(dst, far, [&](sgdma_cookie_t, sgdma_tx_status_t status) { told.push_back(status); });

  EXPECT_TRUE(sim().RunUntil([&] { return !told.empty(); }, Cycles{20'000}));

  EXPECT_EQ(told, std::vector<sgdma_tx_status_t>{SGDMA_TERMINATED});
}

}  // namespace
}  // namespace tb
