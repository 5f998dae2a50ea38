// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Each checker of the machine catches its violator: a driver's client, a driver or an engine that
// does wrong on purpose must be reported, by name.

#include "support/sgdma_test.h"

namespace tb {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ViolatorTest : public SgdmaTest {
 protected:
  sgdma_cookie_t Queue(sgdma_iova_t dst, sgdma_iova_t src, uint32_t bytes) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_memcpy(chan(), dst, src, bytes, SGDMA_NOTIFY, &cookie), SGDMA_OK);
    EXPECT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    return cookie;
  }
  void Copy(sgdma_iova_t dst, sgdma_iova_t src, uint32_t bytes) {
    Queue(dst, src, bytes);
    ASSERT_TRUE(sim().RunUntilIrq(Cycles{10'000}));
    sgdma_handle_irq(chan());
  }
};

// ---- What the engine writes ----

// The page would allow it; the buffer ends before it does.
TEST_F(ViolatorTest, AWriteBehindTheBufferInTheSamePageIsAStray) {
  platform().submits.Enable(false);
  const Buffer src = host().Map(64, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(60, {.offset = 128, .name = "rx"});

  Copy(dst.iova(), src.iova(), 61);
  EXPECT_THAT(host().Finish(), IsEmpty());

  const auto found = TakeViolations();
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0], AllOf(HasSubstr("memory"), HasSubstr("0 past the end of 'rx'"),
                              HasSubstr("written by channel 0 (id 0), slot 0")));
}

TEST_F(ViolatorTest, AWriteToASourceIsAStray) {
  Boot({.platform = {.iommu = false}});  // nobody else would stop it
  platform().submits.Enable(false);
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer other = host().Map(64, Pattern::Random(), {.name = "tx"});

  Copy(other.iova(), src.iova(), 64);
  EXPECT_THAT(host().Finish(), IsEmpty());

  const auto found = TakeViolations();
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0], HasSubstr("byte 0 of 'tx'"));
}

TEST_F(ViolatorTest, AReadOfUnmappedMemoryIsAStray) {
  Boot({.platform = {.iommu = false}});
  platform().submits.Enable(false);
  const Buffer dst = host().Map(64);
  Buffer src = host().Map(64, Pattern::Random());
  const sgdma_iova_t stale = src.iova();
  host().Unmap(src);

  Copy(dst.iova(), stale, 64);

  const auto found = TakeViolations();
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0], AllOf(HasSubstr("memory"), HasSubstr("read by channel 0")));
}

// ---- Missing syncs ----

TEST_F(ViolatorTest, AMissingSyncForCpuShowsOldBytesAndIsNamed) {
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64, {.name = "rx"});
  Copy(dst.iova(), src.iova(), 64);

  EXPECT_EQ(dst.PeekBytes(), Bytes(64, 0xEE)) << "the bytes a cache would still hold";

  EXPECT_THAT(TakeViolations(),
              ElementsAre(AllOf(HasSubstr("LEDGER-4"), HasSubstr("byte 0 of 'rx'"),
                                HasSubstr("sync_for_cpu is missing"))));
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(ViolatorTest, AMissingSyncForDeviceSendsOldBytesAndIsNamed) {
  const Buffer src = host().Map(64, Pattern::Fill(0x11), {.name = "tx"});
  const Buffer dst = host().Map(64);
  src.Store(5, {0x22});  // after map, without a sync

  Copy(dst.iova(), src.iova(), 64);

  EXPECT_EQ(dst.bytes(), Bytes(64, 0x11)) << "the bytes memory still holds";
  static_cast<void>(src.bytes());
  EXPECT_THAT(TakeViolations(),
              ElementsAre(AllOf(HasSubstr("LEDGER-3"), HasSubstr("byte 5 of 'tx'"))));
}

TEST_F(ViolatorTest, ASubmitOfABufferTheCpuOwnsIsNamed) {
  const Buffer src = host().Map(64, Pattern::Random(), {.name = "tx"});
  const Buffer dst = host().Map(64);
  static_cast<void>(src.bytes());  // the CPU takes it over and does not give it back

  Copy(dst.iova(), src.iova(), 64);

  const auto found = TakeViolations();
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0],
              AllOf(HasSubstr("LEDGER-8"), HasSubstr("'tx'"), HasSubstr("the CPU owns it")));
}

// A driver without its barrier: the doorbell overtakes the descriptor, and PHASE finds out.
TEST_F(ViolatorTest, ADoorbellWithoutABarrierShowsTheEngineAStaleSlot) {
  const Buffer src = host().Map(64, Pattern::Random());
  const Buffer dst = host().Map(64);
  ASSERT_NE(chan(), nullptr);
  auto* hal = const_cast<sgdma_hal_t*>(platform().hal.table());
  hal->wmb = [](void*) {};
  Queue(dst.iova(), src.iova(), 64);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{10'000}));
  sgdma_handle_irq(chan());

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.code, SGDMA_FAULT_BAD_PHASE);
}

// ---- The ledger's books ----

TEST_F(ViolatorTest, ASubmitOfAnUnmappedAddressIsNamed) {
  host().AcceptIommuFaults();
  const Buffer dst = host().Map(64);

  Copy(dst.iova(), 0x1234'5000, 64);
  sgdma_handle_irq(chan());

  EXPECT_THAT(TakeViolations(),
              ElementsAre(AllOf(HasSubstr("LEDGER-8"), HasSubstr("slot 0 reads 64 bytes"),
                                HasSubstr("not mapped"))));
}

TEST_F(ViolatorTest, ASubmitInTheWrongDirectionIsNamed) {
  host().AcceptIommuFaults();
  const Buffer one = host().Map(64, Pattern::Random());
  const Buffer two = host().Map(64, Pattern::Random(), {.name = "tx"});

  Copy(two.iova(), one.iova(), 64);

  EXPECT_THAT(TakeViolations(), ElementsAre(AllOf(HasSubstr("LEDGER-8"), HasSubstr("'tx'"),
                                                  HasSubstr("the other direction"))));
}

TEST_F(ViolatorTest, AStreamFromOrToTheWrongMemoryIsNamed) {
  host().AcceptIommuFaults();
  const Buffer tx = host().Map(64, Pattern::Random(), {.name = "tx"});
  const Buffer rx = host().Map(64, {.name = "rx"});
  sgdma_buffer_t packet = {rx.iova(), 64, 0, false, 0};
  sgdma_buffer_t filled = {tx.iova(), 64, 0, false, 0};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_slave_sg(chan(), SGDMA_FROM_STREAM, &filled, 1, 0, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_prep_slave_sg(chan(), SGDMA_TO_STREAM, &packet, 1, 0, &cookie), SGDMA_OK);

  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);

  EXPECT_THAT(TakeViolations(),
              ElementsAre(AllOf(HasSubstr("LEDGER-8"), HasSubstr("slot 0 writes"),
                                HasSubstr("'tx'"), HasSubstr("the other direction")),
                          AllOf(HasSubstr("LEDGER-8"), HasSubstr("slot 1 reads"), HasSubstr("'rx'"),
                                HasSubstr("the other direction"))));
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
}

TEST_F(ViolatorTest, ADoubleUnmapIsNamed) {
  Buffer buffer = host().Map(64);
  const sgdma_mapping_t copy = buffer.mapping();
  host().Unmap(buffer);

  const sgdma_hal_t* hal = platform().hal.table();
  hal->unmap(hal->ctx, &copy);

  EXPECT_THAT(TakeViolations(), ElementsAre(AllOf(HasSubstr("LEDGER-1"), HasSubstr("unmap"))));
}

TEST_F(ViolatorTest, AnUnmapOfTheWrongSizeIsNamed) {
  Buffer buffer = host().Map(64, {.name = "rx"});

  buffer.mapping().bytes = 63;
  host().Unmap(buffer);

  EXPECT_THAT(TakeViolations(), ElementsAre(AllOf(HasSubstr("LEDGER-2"), HasSubstr("'rx'"))));
}

TEST_F(ViolatorTest, AnUnmapInFlightIsNamed) {
  Boot({.platform = {.port = {.read_latency = Latency::Fixed(200)}}});
  host().AcceptIommuFaults();
  Buffer src = host().Map(8000, Pattern::Random(), {.name = "tx"});
  const Buffer dst = host().Map(8000);
  Queue(dst.iova(), src.iova(), 8000);
  sim().Step(900);

  host().Unmap(src);

  EXPECT_THAT(TakeViolations(), ElementsAre(AllOf(HasSubstr("LEDGER-5"), HasSubstr("'tx'"))));
  while (sim().RunUntilIrq(Cycles{3000})) sgdma_handle_irq(chan());
}

TEST_F(ViolatorTest, ALeakedMappingIsNamed) {
  Host leaky(Configure());
  alignas(64) static uint8_t memory[64];
  const sgdma_mapping_t leak = leaky.platform().Map(0, "leak", memory, 64, SGDMA_TO_DEVICE);

  EXPECT_THAT(leaky.Finish(), IsEmpty());

  EXPECT_NE(leak.iova, 0u);
  EXPECT_THAT(leaky.TakeViolations(),
              ElementsAre(AllOf(HasSubstr("LEDGER-6"), HasSubstr("'leak' (64 bytes"))));
}

// ---- The end of a run ----

TEST_F(ViolatorTest, AnInterruptNobodyServedIsNamed) {
  Host host(Configure());
  const Buffer src = host.Map(64, Pattern::Random());
  const Buffer dst = host.Map(64);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(host.chan(), dst.iova(), src.iova(), 64, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(host.chan()), SGDMA_OK);
  ASSERT_TRUE(host.RunUntilIrq(Cycles{5000}));

  EXPECT_THAT(host.Finish(), ElementsAre(HasSubstr("interrupt of channel 0 was never served")));
}

TEST_F(ViolatorTest, AnEngineThatIsNotQuietIsNamed) {
  Host host(Configure({.platform = {.driver_timeout_us = 20}}));
  const Buffer src = host.Map(64, Pattern::Random());
  const Buffer dst = host.Map(64);
  host.platform().port.SilenceReads(kDataIds);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(host.chan(), dst.iova(), src.iova(), 64, SGDMA_CPL, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(host.chan()), SGDMA_OK);

  const auto problems = host.Finish();

  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems[0], AllOf(HasSubstr("channel 0 is not quiet"), HasSubstr("RUN")));
}

TEST_F(ViolatorTest, AFaultOfTheTranslatorNobodyExpectedIsNamed) {
  Host host(Configure());
  host.platform().submits.Enable(false);
  const Buffer dst = host.Map(64);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(host.chan(), dst.iova(), 0x5000, 64, SGDMA_CPL, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(host.chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(host.chan(), cookie, 100), SGDMA_OK);
  while (host.RunUntilIrq(Cycles{500})) sgdma_handle_irq(host.chan());

  EXPECT_THAT(host.Finish(), ElementsAre(HasSubstr("the translator refused 1 bursts")));
}

TEST_F(ViolatorTest, ALineNobodyClearsIsMaskedAndNamed) {
  Host host(Configure());
  const Buffer src = host.Map(64, Pattern::Random());
  const Buffer dst = host.Map(64);
  ASSERT_NE(host.chan(), nullptr);
  host.platform().hal.SetHandler(0, [] {});  // serves nothing
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(host.chan(), dst.iova(), src.iova(), 64, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(host.chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_wait(host.chan(), cookie, 1000), SGDMA_OK);

  EXPECT_THAT(host.TakeViolations(), ElementsAre(HasSubstr("line 0 stays high")));
  EXPECT_THAT(host.Finish(), Not(IsEmpty()));
}

}  // namespace
}  // namespace tb
