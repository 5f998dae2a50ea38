// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupts as messages, and coalesced: each enters the handler, none is lost, nobody can forge
// one (fault-cases B9, D17, F3, F4, F9, F10). What the MessageCatcher watches (invariant 11) is
// checked at the end of each test.

#include "sgdma/sgdma_regs.h"
#include "support/sgdma_test.h"

namespace tb {
namespace {

class MessageTest : public SgdmaTest {
 protected:
  void BootWithMessages(const MemoryPortConfig& port = {}, bool iommu = true) {
    Boot({.platform = {.port = port, .iommu = iommu}, .channel = {.messages = true}});
  }
  size_t messages(unsigned number = 0) { return platform().messages.messages(number).size(); }
  sgdma_cookie_t Copy(const Buffer& dst, const Buffer& src, unsigned number = 0) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(
        sgdma_prep_memcpy(chan(number), dst.iova(), src.iova(), src.size(), SGDMA_NOTIFY, &cookie),
        SGDMA_OK);
    EXPECT_EQ(sgdma_issue_pending(chan(number)), SGDMA_OK);
    return cookie;
  }
};

TEST_F(MessageTest, EntersTheHandlerWhenTheRecordCanBeSeen) {
  BootWithMessages();
  const Buffer src = host().Map(777, Pattern::Random());
  const Buffer dst = host().Map(777);
  sgdma_tx_status_t seen = SGDMA_UNKNOWN;
  sgdma_cookie_t cookie = 0;
  platform().hal.SetHandler(0, [&] {
    sgdma_handle_irq(chan());
    seen = sgdma_status(chan(), cookie);
  });
  cookie = Copy(dst, src);

  ASSERT_TRUE(sim().RunUntil([&] { return messages() > 0; }, Cycles{2000}));
  sim().Step(1);
  EXPECT_TRUE(sim().RunUntil([&] { return seen != SGDMA_UNKNOWN; }, Cycles{10}));

  EXPECT_EQ(seen, SGDMA_COMPLETE) << "in the first handler that a message entered";
  EXPECT_EQ(messages(), 1u);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(MessageTest, CarriesItsDataUnderADeviceIdOfItsOwn) {
  BootWithMessages();
  host().TakeInterrupts();
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64);
  ASSERT_TRUE(sim().RunUntilEnded(Copy(dst, src)));

  ASSERT_EQ(messages(), 1u);
  EXPECT_EQ(platform().messages.messages(0)[0].data, host().channel().config().message.data);
  EXPECT_EQ(platform().messages.messages(0)[0].device_id, platform().message_id(0));
}

TEST_F(MessageTest, GoesToItsPageWithoutAnIommuToo) {
  BootWithMessages({}, false);
  host().TakeInterrupts();
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64);

  ASSERT_TRUE(sim().RunUntilEnded(Copy(dst, src)));

  EXPECT_EQ(messages(), 1u);
}

TEST_F(MessageTest, OfTwoChannelsEachEntersItsOwnHandler) {
  BootWithMessages();
  std::vector<Buffer> sources;
  std::vector<Buffer> destinations;
  sgdma_cookie_t cookies[2] = {};
  for (unsigned c = 0; c < 2; ++c) {
    host().TakeInterrupts(c);
    sources.push_back(host().Map(2000, Pattern::Random(), {.channel = c}));
    destinations.push_back(host().Map(2000, {.channel = c}));
  }
  for (unsigned c = 0; c < 2; ++c) cookies[c] = Copy(destinations[c], sources[c], c);

  for (unsigned c = 0; c < 2; ++c) EXPECT_TRUE(sim().RunUntilEnded(cookies[c], Cycles{5000}, c));

  for (unsigned c = 0; c < 2; ++c) {
    EXPECT_EQ(messages(c), 1u);
    EXPECT_EQ(destinations[c].bytes(), sources[c].bytes());
  }
}

// The reason for a device id of its own: a copy to the page of the messages is refused.
TEST_F(MessageTest, CanNotBeForgedByACopy) {
  BootWithMessages();
  host().AcceptIommuFaults();
  platform().submits.Enable(false);
  host().TakeInterrupts();
  const Buffer src = host().Map(4, Pattern::Fill(0xC0));
  sgdma_cookie_t cookie = 0;
  ASSERT_NE(chan(), nullptr);
  ASSERT_EQ(sgdma_prep_memcpy(chan(), platform().message_iova(0), src.iova(), 4, 0, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(cookie));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(Fault().iova, platform().message_iova(0));
  for (const auto& message : platform().messages.messages(0)) {
    EXPECT_EQ(message.device_id, platform().message_id(0));
  }
}

class MessageChainTest : public MessageTest, public testing::WithParamInterface<uint32_t> {};

// Each end starts the next copy from its callback; one lost message and the chain stops. Row F9.
TEST_P(MessageChainTest, NoneIsLostInAChainOfTwoHundredCopies) {
  BootWithMessages({.read_latency = Latency::Uniform(1, GetParam()),
                    .write_latency = Latency::Uniform(1, GetParam()),
                    .ordering = Ordering::kInterleaved});
  host().TakeInterrupts();
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64);
  int ends = 0;
  std::function<void()> next = [&] {
    // Two at a time: the second end falls between reading and clearing the cause of the first.
    sgdma_cookie_t cookie = 0;
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova() + 32 * i, src.iova() + 32 * i, 32,
                                  SGDMA_NOTIFY, &cookie),
                SGDMA_OK);
    }
    ASSERT_EQ(host().channel().SetCallback(cookie,
                                           [&](sgdma_cookie_t, sgdma_tx_status_t) {
                                             if (++ends < 100) next();
                                           }),
              SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  };

  next();

  EXPECT_TRUE(sim().RunUntil([&] { return ends == 100; }, Cycles{400'000})) << ends << " pairs";
  EXPECT_EQ(dst.bytes(), src.bytes());
}

INSTANTIATE_TEST_SUITE_P(Latency, MessageChainTest, testing::Values(1u, 8u, 30u, 120u));

// ---- Messages that fail ----

// Row D17: the translator refuses the write. The error registers and the fault queue say so, work
// goes on, and the next event is told again.
TEST_F(MessageTest, RefusedByTheTranslatorHaltsNothingAndTheNextEventSendsAgain) {
  BootWithMessages();
  host().AcceptIommuFaults();
  host().TakeInterrupts();
  platform().messages.Forgive();
  const Buffer src = host().Map(500, Pattern::Random());
  const Buffer dst = host().Map(500);
  ASSERT_NE(chan(), nullptr);
  platform().RefuseMessages(0, true);
  const sgdma_cookie_t cookie = Copy(dst, src);
  sim().Step(3000);
  EXPECT_EQ(messages(), 0u);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_IN_PROGRESS) << "nobody has told the driver";

  ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);
  const uint32_t image =
      platform().registers.Read(SGDMA_PAGE_BYTES(0) + SGDMA_CH_ERR_IMAGE3) & SGDMA_REC_WHERE_MASK;
  EXPECT_EQ(image >> SGDMA_REC_WHERE_SHIFT, unsigned{SGDMA_WHERE_MESSAGE});
  const auto records = platform().TakeIommuFaults();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].cause(), iommu::Cause::kWritePage);
  EXPECT_EQ(records[0].device_id(), platform().message_id(0));
  EXPECT_EQ(records[0].iova(), platform().message_iova(0));

  platform().RefuseMessages(0, false);
  sgdma_handle_irq(chan());  // the watchdog of a driver that waits for a message in vain
  const sgdma_cookie_t next = Copy(dst, src);
  EXPECT_TRUE(sim().RunUntilEnded(next, Cycles{5000}));
  EXPECT_EQ(messages(), 1u);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// "Sent again with the next event": also while the level stays high because nobody was told.
TEST_F(MessageTest, BehindAFailedOneTheNextEventSendsThoughNobodyHasCleared) {
  BootWithMessages();
  host().TakeInterrupts();
  platform().messages.Forgive();
  const Buffer src = host().Map(500, Pattern::Random());
  const Buffer dst = host().Map(500);
  ASSERT_NE(chan(), nullptr);
  platform().port.Arm({.on = PortFault::On::kWriteBurst, .nth = 2, .ids = kControlIds});
  const sgdma_cookie_t first = Copy(dst, src);
  sim().Step(3000);
  EXPECT_EQ(platform().port.faults_fired(), 1u);
  EXPECT_EQ(messages(), 0u) << "the failure itself is no event to tell";
  EXPECT_EQ(sgdma_status(chan(), first), SGDMA_IN_PROGRESS) << "nobody has told the driver";

  EXPECT_TRUE(sim().RunUntilEnded(Copy(dst, src), Cycles{3000}));

  EXPECT_EQ(messages(), 1u);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Row B9.
TEST_F(MessageTest, AnsweredWithAnErrorHaltsNothing) {
  BootWithMessages();
  host().TakeInterrupts();
  platform().messages.Forgive();
  const Buffer src = host().Map(500, Pattern::Random());
  const Buffer dst = host().Map(500);
  ASSERT_NE(chan(), nullptr);
  platform().port.Arm({.on = PortFault::On::kWriteBurst, .nth = 2, .ids = kControlIds});
  const sgdma_cookie_t cookie = Copy(dst, src);
  sim().Step(3000);
  EXPECT_EQ(platform().port.faults_fired(), 1u) << "the write behind the record's";
  EXPECT_EQ(messages(), 0u);

  ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);
  sgdma_handle_irq(chan());
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// ---- Coalescing, by line and by message ----

class CoalesceTest : public MessageTest, public testing::WithParamInterface<bool> {
 protected:
  void BootCoalesced(const sgdma_coalescing_t& coalescing, uint8_t cpl_log2 = 6) {
    Boot({.channel = {.cpl_log2 = cpl_log2, .coalescing = coalescing, .messages = GetParam()}});
    host().TakeInterrupts();
    ASSERT_NE(chan(), nullptr);
  }
  // So many ends with IRQ, one doorbell each.
  sgdma_cookie_t End(uint32_t count) {
    sgdma_cookie_t cookie = 0;
    for (uint32_t i = 0; i < count; ++i) {
      EXPECT_EQ(sgdma_prep_nop(chan(), SGDMA_NOTIFY, &cookie), SGDMA_OK);
      EXPECT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    }
    return cookie;
  }
  uint64_t entries() { return platform().hal.handler_entries(); }
};

TEST_P(CoalesceTest, AnInterruptComesForEachCountOfEnds) {
  BootCoalesced({.count = 8, .when_idle = false, .time_cycles = 0xFF'FFFF});
  End(7);
  sim().Step(2000);
  EXPECT_EQ(entries(), 0u);

  ASSERT_TRUE(sim().RunUntilEnded(End(1), Cycles{2000}));
  EXPECT_EQ(entries(), 1u);
  ASSERT_TRUE(sim().RunUntilEnded(End(8), Cycles{2000}));
  EXPECT_EQ(entries(), 2u);
}

TEST_P(CoalesceTest, TheTimeSinceTheFirstBringsTheRest) {
  BootCoalesced({.count = 200, .when_idle = false, .time_cycles = 3000});
  const uint64_t before = sim().now();
  const sgdma_cookie_t last = End(5);
  const uint64_t behind = sim().now();

  ASSERT_TRUE(sim().RunUntilEnded(last, Cycles{10'000}));

  EXPECT_EQ(entries(), 1u);
  EXPECT_GE(sim().now(), before + 3000);
  EXPECT_LE(sim().now(), behind + 3000 + 500);
}

TEST_P(CoalesceTest, AnIdleRingBringsThemAtOnceWhenAsked) {
  BootCoalesced({.count = 200, .when_idle = true, .time_cycles = 0xFF'FFFF});
  EXPECT_TRUE(sim().RunUntilEnded(End(5), Cycles{2000}));
}

// Row F10: a record that waits for space does not wait for the count.
TEST_P(CoalesceTest, AFullCompletionRingBringsThemToo) {
  BootCoalesced({.count = 200, .when_idle = false, .time_cycles = 0xFF'FFFF}, 2);
  const sgdma_cookie_t last = End(20);
  const sgdma_tx_status_t status = sgdma_status(chan(), last);
  EXPECT_TRUE(sim().RunUntil([&] { return entries() >= 4; }, Cycles{20'000})) << status;
  ASSERT_EQ(sgdma_wait(chan(), last, 100), SGDMA_OK);
}

// New values hold for what is on its way, and the last interrupt is never lost.
TEST_P(CoalesceTest, MayBeChangedWithWorkInFlight) {
  BootCoalesced({});
  sgdma_coalescing_t often{.count = 1, .when_idle = false, .time_cycles = 0};
  sgdma_coalescing_t seldom{.count = 100, .when_idle = false, .time_cycles = 2000};
  sgdma_cookie_t last = 0;
  for (uint32_t i = 0; i < 20; ++i) {
    last = End(3);
    ASSERT_EQ(sgdma_set_coalescing(chan(), i % 2 == 0 ? &seldom : &often), SGDMA_OK);
  }
  EXPECT_TRUE(sim().RunUntilEnded(last, Cycles{5000}));

  seldom.time_cycles = 0;
  EXPECT_EQ(sgdma_set_coalescing(chan(), &seldom), SGDMA_BAD_ARGUMENT);
}

TEST_P(CoalesceTest, AnErrorIsNotHeldBack) {
  BootCoalesced({.count = 200, .when_idle = false, .time_cycles = 0xFF'FFFF});
  host().AcceptIommuFaults();
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  platform().dma.PageOut(platform().device_id(0), src.iova());

  Copy(dst, src);

  EXPECT_TRUE(
      sim().RunUntil([&] { return sgdma_chan_state(chan()) == SGDMA_CHAN_HALTED; }, Cycles{3000}));
}

INSTANTIATE_TEST_SUITE_P(By, CoalesceTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Message" : "Line"; });

// Row F4: interrupts stay in proportion to time, not to ends.
class CoalesceManyTest : public CoalesceTest {
 protected:
  void RunMany(uint32_t ends) {
    Boot({.channel = {.sub_log2 = 8,
                      .cpl_log2 = 8,
                      .tx_log2 = 9,
                      .coalescing = {.count = 32, .when_idle = false, .time_cycles = 4000},
                      .messages = GetParam()}});
    host().TakeInterrupts();
    sgdma_cookie_t last = 0;
    for (uint32_t i = 0; i < ends;) {
      const sgdma_result_t result = sgdma_prep_nop(chan(), SGDMA_NOTIFY, &last);
      ASSERT_TRUE(result == SGDMA_OK || result == SGDMA_AGAIN);
      i += result == SGDMA_OK;
      if (i % 16 == 0 || result == SGDMA_AGAIN) {
        ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
        sim().Step(result == SGDMA_OK ? 1 : 20);
      }
    }
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    ASSERT_TRUE(sim().RunUntilEnded(last, Cycles{20'000}));
    EXPECT_LE(entries(), ends / 32 + sim().now() / 4000 + 2);
    EXPECT_GE(entries(), ends / 256) << "the ring holds no more without one";
  }
};

TEST_P(CoalesceManyTest, TenThousandEndsTakeAFewHundredInterrupts) { RunMany(10'000); }

class CoalesceManyLongTest : public CoalesceManyTest {};
TEST_P(CoalesceManyLongTest, AHundredThousandEndsTakeAFewThousandInterrupts) { RunMany(100'000); }

INSTANTIATE_TEST_SUITE_P(By, CoalesceManyTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Message" : "Line"; });
INSTANTIATE_TEST_SUITE_P(By, CoalesceManyLongTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Message" : "Line"; });

}  // namespace
}  // namespace tb
