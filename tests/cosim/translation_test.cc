// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Page tables that are damaged, change or move while the engine works, and a fault queue that is
// full: driver, engine and translator together (fault-cases D9, D11, D12, D14, D15).

#include "support/sgdma_test.h"

namespace tb {
namespace {

class TranslationTest : public SgdmaTest {
 protected:
  uint32_t device() { return platform().device_id(0); }
  IommuPageTable& table() {
    return platform().iommu_driver->page_table(*platform().iommu_driver->DomainOf(device()));
  }
  sgdma_cookie_t Queue(const Buffer& dst, const Buffer& src, uint32_t flags = SGDMA_NOTIFY) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), src.size(), flags, &cookie),
              SGDMA_OK);
    return cookie;
  }
  // Gives a page back as often as it is missed, until the transaction has ended.
  void ServeMissingPages(sgdma_cookie_t cookie) {
    while (sgdma_status(chan(), cookie) == SGDMA_IN_PROGRESS ||
           sgdma_chan_state(chan()) == SGDMA_CHAN_HALTED) {
      ASSERT_TRUE(sim().RunUntilIrq(Cycles{20'000}));
      sgdma_handle_irq(chan());
      if (sgdma_chan_state(chan()) != SGDMA_CHAN_HALTED) continue;
      platform().dma.PageIn(device(), Fault().iova);  // it may be there again already
      ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
    }
    ServeIrqs(Cycles{500});
  }
};

// ---- Row D9: an entry that can not be read ----

struct BadEntry {
  const char* name;
  bool poison;
  bool write;
  iommu::Cause cause;
};

class BadEntryTest : public TranslationTest, public testing::WithParamInterface<BadEntry> {};

TEST_P(BadEntryTest, IsAFaultOfItsPageAndTheRestIsCopiedWhenItIsWhole) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(3 * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(3 * 4096, {.offset = 0});
  const uint64_t page = (GetParam().write ? dst : src).iova() + 4096;
  const uint64_t entry = *table().LeafAddress(page);
  if (GetParam().poison) {
    platform().memory.SetPoison(entry, 8);
  } else {
    platform().memory.SetError(entry, 8, AxiResp::kSlvErr);
  }
  const sgdma_cookie_t cookie = Queue(dst, src);
  IssueAndServe();

  EXPECT_EQ(Fault().code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(Fault().where, GetParam().write ? SGDMA_WHERE_WRITE : SGDMA_WHERE_READ);
  EXPECT_EQ(Fault().bytes, 4096u);
  EXPECT_EQ(Fault().iova, page);
  const auto records = platform().TakeIommuFaults();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records[0].cause(), GetParam().cause);
  EXPECT_EQ(records[0].iova(), page);

  platform().memory.SetPoison(entry, 8, false);
  platform().memory.ClearErrors();
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrqs();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

INSTANTIATE_TEST_SUITE_P(
    Of, BadEntryTest,
    testing::Values(BadEntry{"SourcePoisoned", true, false, iommu::Cause::kTableCorruption},
                    BadEntry{"SourceUnreadable", false, false, iommu::Cause::kReadAccess},
                    BadEntry{"DestinationPoisoned", true, true, iommu::Cause::kTableCorruption},
                    BadEntry{"DestinationUnreadable", false, true, iommu::Cause::kWriteAccess}),
    [](const auto& info) { return std::string(info.param.name); });

// ---- Row D11: stale translations ----

// An entry is changed and nothing is invalidated: old and new are legal, each byte for itself.
// Behind the fence there is only the new one.
TEST_F(TranslationTest, AStaleOneIsLegalUntilTheFenceAndGoneBehindIt) {
  const Buffer src = host().Map(4096, Pattern::Fill(0x11), {.offset = 0});
  const Buffer before = host().Map(4096);
  const Buffer after = host().Map(4096);
  Queue(before, src);
  IssueAndServe();  // and the translator knows the page
  EXPECT_EQ(before.bytes(), Bytes(4096, 0x11));
  before.GiveToDevice();

  platform().dma.Move(device(), src.iova());
  static_cast<void>(src.bytes());
  src.Store(0, Bytes(4096, 0x22));
  src.GiveToDevice();
  Queue(before, src);
  IssueAndServe();
  EXPECT_THAT(before.bytes(), testing::Each(testing::AnyOf(0x11, 0x22)));

  platform().dma.EndMoves();
  Queue(after, src);
  IssueAndServe();
  EXPECT_EQ(after.bytes(), Bytes(4096, 0x22));
}

// The fence comes while bursts on the old frame are open: it waits for them. The scoreboard names
// one that comes later.
TEST_F(TranslationTest, AFenceInMidTransferLeavesNoBurstBehindOnTheOldFrames) {
  Boot({.platform = {.port = {.read_latency = Latency::Fixed(200)}}});
  const Buffer src = host().Map(4 * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(4 * 4096);
  const sgdma_cookie_t cookie = Queue(dst, src);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  for (uint32_t page = 0; page < 4; ++page) {
    ASSERT_TRUE(sim().RunUntil([&] { return platform().port.open_reads() >= 8; }, Cycles{2000}));
    platform().dma.Move(device(), src.iova() + 4096 * page);
    platform().dma.EndMoves();
  }
  ServeIrqs(Cycles{5000});

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(TranslationTest, ATranslatorWhoseFenceDoesNotWaitIsNoticed) {
  Boot({.platform = {.port = {.read_latency = Latency::Fixed(200)},
                     .translator = {.fence_waits_for_bursts = false}}});
  const Buffer src = host().Map(4 * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(4 * 4096);
  Queue(dst, src);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntil([&] { return platform().port.open_reads() >= 8; }, Cycles{2000}));

  platform().dma.Move(device(), src.iova());
  platform().dma.EndMoves();
  ServeIrqs(Cycles{5000});

  const auto found = TakeViolations();
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0], testing::HasSubstr("read by channel 0"));
}

// ---- Row D12: pages move to other frames during a transfer ----

class MigrationTest : public TranslationTest, public testing::WithParamInterface<uint32_t> {};

// As an operating system moves a page under a device: out, invalidate, fence, copy, in. What the
// engine misses meanwhile is retried.
TEST_P(MigrationTest, AtAnyTimeMovesAPageUnderACopyAndNoByteIsLost) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(4 * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(4 * 4096, {.offset = 0});
  const sgdma_cookie_t cookie = Queue(dst, src);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(GetParam());
  for (const Buffer& moved : {src, dst}) {
    for (uint32_t page = 0; page < 4; ++page) {
      const uint64_t iova = moved.iova() + 4096 * page;
      platform().dma.PageOut(device(), iova);
      sim().Step(20);
      platform().dma.Move(device(), iova);
      platform().dma.PageIn(device(), iova);
    }
  }
  ServeMissingPages(cookie);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

INSTANTIATE_TEST_SUITE_P(After, MigrationTest, testing::Range(0u, 2400u, 150u));

// ---- Row D14: the context is read again in mid-transfer ----

TEST_F(TranslationTest, InvalidatingTheContextInMidTransferChangesNothing) {
  const Buffer src = host().Map(20'000, Pattern::Random());
  const Buffer dst = host().Map(20'000);
  const sgdma_cookie_t cookie = Queue(dst, src);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  const uint64_t misses = platform().iommu->statistics(device()).directory_misses;
  for (unsigned i = 0; i < 10; ++i) {
    sim().Step(200);
    const iommu::Command invalidate = {
        {iommu::kOpIodir | uint64_t{1} << 33 | uint64_t{device()} << 40, 0}};
    ASSERT_EQ(platform().iommu_driver->Execute(invalidate), IommuStatus::kOk);
  }
  ServeIrqs();

  EXPECT_GT(platform().iommu->statistics(device()).directory_misses, misses) << "it was read again";
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// ---- Row D15: the fault queue is full ----

// The engine names every error by itself, so only the reasons are lost, and they are counted.
TEST_F(TranslationTest, FaultsBeyondAFullQueueAreCountedAndItRecovers) {
  Boot({.platform = {.iommu_driver = {.fault_log2 = 2}}, .channel = {.policy = SGDMA_CONTINUE}});
  host().AcceptIommuFaults();
  constexpr uint32_t kCopies = 8;
  const Buffer dst = host().Map(64);
  std::vector<Buffer> pages;
  std::vector<sgdma_cookie_t> cookies;
  for (uint32_t i = 0; i < kCopies; ++i) {
    pages.push_back(host().Map(64, Pattern::Fill(static_cast<uint8_t>(i)), {.offset = 0}));
    platform().dma.PageOut(device(), pages.back().iova());
    cookies.push_back(Queue(dst, pages.back()));
  }
  IssueAndServe();

  for (const sgdma_cookie_t cookie : cookies) {
    EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR);
  }
  EXPECT_NE(platform().iommu->ReadReg(iommu::kFqcsr, 4) & iommu::kFqcsrOverflow, 0u);
  EXPECT_EQ(platform().iommu->fault_counters().recorded, 3u) << "a queue of 4 holds 3";
  EXPECT_EQ(platform().iommu->fault_counters().dropped, kCopies - 3);
  EXPECT_EQ(platform().TakeIommuFaults().size(), 3u);
  EXPECT_EQ(platform().iommu->ReadReg(iommu::kFqcsr, 4) & iommu::kFqcsrOverflow, 0u);

  const sgdma_cookie_t again = Queue(dst, pages[0]);
  IssueAndServe();
  EXPECT_EQ(sgdma_status(chan(), again), SGDMA_ERROR);
  EXPECT_EQ(platform().TakeIommuFaults().size(), 1u) << "faults are recorded again";
  ASSERT_TRUE(platform().dma.PageIn(device(), pages[0].iova()));
  const sgdma_cookie_t whole = Queue(dst, pages[0]);
  IssueAndServe();
  EXPECT_EQ(sgdma_status(chan(), whole), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), pages[0].bytes());
}

}  // namespace
}  // namespace tb
