// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// What stays and what goes in the IOTLB. Pages are removed from the table behind the cache's back,
// so an address that still translates was answered by a stale entry.

#include <gtest/gtest.h>

#include <stdexcept>

#include "unit/iommu_fixture.h"

namespace tb {
namespace {

// Devices 5 (PSCID 7) and 6 (PSCID 8) with tables of their own; 2 pages, a global page and a
// superpage each.
class IommuTlb : public IommuTest {
 protected:
  static constexpr uint64_t kPage = 0x1000, kOther = 0x2000, kGlobal = 0x5000, kLarge = 0x20'0000;

  void SetUp() override { Prepare(); }

  void Prepare() {
    StartAll();
    SetContext(6, {kTcV, 0, 8 << 12, kSv39 << 60 | kRoot2 >> 12});
    for (uint64_t root : {kRoot, kRoot2}) {
      const uint64_t base = root == kRoot ? 0x1000'0000 : 0x2000'0000;
      memory.words[EntryAt(root, 3, kPage)] = Pte(base + 0x1000, kUserRw);
      memory.words[EntryAt(root, 3, kOther)] = Pte(base + 0x2000, kUserRw);
      memory.words[EntryAt(root, 3, kLarge, 1)] = Pte(base + 0x20'0000, kUserRw);
    }
    Entry(kGlobal) = Pte(0x3000'0000, kUserRw | kG);
  }
  void Touch() {
    for (uint32_t id : {5u, 6u}) {
      for (uint64_t iova : {kPage, kOther, kLarge}) ASSERT_EQ(Read(iova, id).resp, AxiResp::kOkay);
    }
    ASSERT_EQ(Read(kGlobal, 5).resp, AxiResp::kOkay);
  }
  void UnmapEverything() {
    memory.words[kRoot] = 0;
    memory.words[kRoot2] = 0;
  }
  bool Stale(uint64_t iova, uint32_t id = 5) { return Read(iova, id).resp == AxiResp::kOkay; }
};

TEST_F(IommuTlb, StaleAnswersStayUntilInvalidated) {
  Touch();
  UnmapEverything();

  EXPECT_TRUE(Stale(kPage));
  EXPECT_TRUE(Stale(kLarge, 6));
  Invalidate(-1, -1);
  EXPECT_EQ(iommu->tlb().size(), 0u);
  EXPECT_FALSE(Stale(kPage));
}

TEST_F(IommuTlb, FaultsAreNotCached) {
  EXPECT_EQ(Where(0x9000), ~uint64_t{0});
  Entry(0x9000) = Pte(0x7000, kUserRw);

  EXPECT_EQ(Where(0x9000), 0x7000u);
}

TEST_F(IommuTlb, FormWithoutOperandsRemovesEverything) {
  Touch();
  UnmapEverything();
  Invalidate(-1, -1);

  for (uint32_t id : {5u, 6u}) {
    for (uint64_t iova : {kPage, kOther, kLarge, kGlobal}) EXPECT_FALSE(Stale(iova, id));
  }
}

TEST_F(IommuTlb, PscidFormLeavesOtherPscidsAndGlobalPages) {
  Touch();
  UnmapEverything();
  Invalidate(-1, 7);

  for (uint64_t iova : {kPage, kOther, kLarge}) {
    EXPECT_FALSE(Stale(iova, 5));
    EXPECT_TRUE(Stale(iova, 6));
  }
  EXPECT_TRUE(Stale(kGlobal, 5));
}

TEST_F(IommuTlb, AddressFormRemovesThatPageOfEveryPscidAndGlobalOnes) {
  Touch();
  UnmapEverything();
  Invalidate(kPage, -1);
  Invalidate(kGlobal, -1);

  for (uint32_t id : {5u, 6u}) {
    EXPECT_FALSE(Stale(kPage, id));
    EXPECT_TRUE(Stale(kOther, id));
    EXPECT_TRUE(Stale(kLarge, id));
    EXPECT_FALSE(Stale(kGlobal, id));
  }
}

TEST_F(IommuTlb, AddressAndPscidFormRemovesOnePageOfOnePscid) {
  Touch();
  UnmapEverything();
  Invalidate(kPage, 7);
  Invalidate(kGlobal, 7);

  EXPECT_FALSE(Stale(kPage, 5));
  EXPECT_TRUE(Stale(kOther, 5));
  EXPECT_TRUE(Stale(kPage, 6));
  EXPECT_TRUE(Stale(kGlobal, 5)) << "global pages stay";
}

TEST_F(IommuTlb, WrongPscidRemovesNothing) {
  Touch();
  UnmapEverything();
  Invalidate(-1, 9);
  Invalidate(kPage, 9);

  EXPECT_TRUE(Stale(kPage, 5));
  EXPECT_TRUE(Stale(kPage, 6));
}

TEST_F(IommuTlb, AnyAddressInsideASuperpageRemovesIt) {
  Touch();
  UnmapEverything();
  Invalidate(kLarge + 0x1f'f000, 7);

  EXPECT_FALSE(Stale(kLarge, 5));
  EXPECT_TRUE(Stale(kLarge, 6));
}

TEST_F(IommuTlb, FormWithGvConcernsNobodyHere) {
  Touch();
  UnmapEverything();
  Run(1 | uint64_t{1} << 33 | uint64_t{3} << 44);

  EXPECT_TRUE(Stale(kPage));
  EXPECT_EQ(Reg4(72) & 1 << 10, 0u);
}

TEST_F(IommuTlb, GlobalPageServesEveryPscid) {
  Touch();

  EXPECT_EQ(Where(kGlobal, 6), 0x3000'0000u) << "though the table of 6 does not have it";
}

TEST_F(IommuTlb, GlobalBitOfAPointerMakesThePagesBelowGlobal) {
  Entry(kPage, 1) |= kG;
  Read(kPage);
  UnmapEverything();
  Invalidate(-1, 7);

  EXPECT_TRUE(Stale(kPage));
}

TEST_F(IommuTlb, SamePscidSharesEntriesBetweenDevices) {
  SetContext(9, {kTcV, 0, 7 << 12, kSv39 << 60 | kRoot >> 12});
  Read(kPage, 5);
  UnmapEverything();

  EXPECT_TRUE(Stale(kPage, 9));
}

TEST_F(IommuTlb, NoHitForAnAddressTheModeCannotReach) {
  SetContext(9, {kTcV, 0, 7 << 12, kSv48 << 60 | kRoot2 >> 12});
  const uint64_t high = uint64_t{1} << 40;
  memory.words[EntryAt(kRoot2, 4, high)] = Pte(0x9000, kUserRw);
  ASSERT_EQ(Where(high, 9), 0x9000u);

  EXPECT_EQ(CauseOf(false, high, 5), 13u) << "device 5 has the same PSCID and Sv39";
}

TEST_F(IommuTlb, StalePermissionsAnswerToo) {
  Entry(0x9000) = Pte(0x7000, kUserRo);
  Read(0x9000);
  Entry(0x9000) = Pte(0x7000, kUserRw);

  EXPECT_EQ(CauseOf(true, 0x9000), 15u) << "the old answer is legal before the fence";
  Invalidate(0x9000, 7);
  EXPECT_EQ(Write(0x9000).resp, AxiResp::kOkay);
}

TEST_F(IommuTlb, RemappedPageIsSeenAfterInvalidation) {
  Read(kPage);
  Entry(kPage) = Pte(0x4444'0000, kUserRw);
  EXPECT_EQ(Where(kPage), 0x1000'1000u);
  Invalidate(kPage, 7);

  EXPECT_EQ(Where(kPage), 0x4444'0000u);
}

TEST_F(IommuTlb, LeastRecentlyUsedPageOfTheSetGoes) {
  Restart({.tlb_sets = 1, .tlb_ways = 2});
  Prepare();
  Read(kPage);
  Read(kOther);
  Read(kPage);
  Read(kLarge);  // takes the place of kOther
  UnmapEverything();

  EXPECT_TRUE(Stale(kPage));
  EXPECT_TRUE(Stale(kLarge));
  EXPECT_FALSE(Stale(kOther));
}

TEST_F(IommuTlb, UntouchedPagesGoInTheOrderTheyCame) {
  Restart({.tlb_sets = 1, .tlb_ways = 3});
  Prepare();
  for (uint64_t page = 0x10; page < 0x16; ++page) Entry(page * kPageSize) = Pte(0x9000, kUserRw);
  for (uint64_t page = 0x10; page < 0x15; ++page) Read(page * kPageSize);
  EXPECT_EQ(iommu->tlb().size(), 3u);
  UnmapEverything();

  for (uint64_t page = 0x10; page < 0x16; ++page) {
    EXPECT_EQ(Stale(page * kPageSize), page >= 0x12 && page <= 0x14) << page;
  }
}

TEST_F(IommuTlb, PagesOfDifferentSetsDoNotDisplaceEachOther) {
  Restart({.tlb_sets = 2, .tlb_ways = 1});
  Prepare();
  for (uint64_t page = 0x10; page < 0x14; ++page) Entry(page * kPageSize) = Pte(0x9000, kUserRw);
  for (uint64_t page = 0x10; page < 0x14; ++page) Read(page * kPageSize);
  UnmapEverything();

  EXPECT_FALSE(Stale(0x10 * kPageSize));
  EXPECT_FALSE(Stale(0x11 * kPageSize));
  EXPECT_TRUE(Stale(0x12 * kPageSize));
  EXPECT_TRUE(Stale(0x13 * kPageSize));
}

TEST_F(IommuTlb, OneEntryIsEnoughToHit) {
  Restart({.tlb_sets = 1, .tlb_ways = 1});
  Prepare();
  Read(kPage);
  Read(kPage);
  Read(kOther);
  Read(kPage);

  EXPECT_EQ(iommu->statistics(5).tlb_hits, 1u);
  EXPECT_EQ(iommu->statistics(5).tlb_misses, 3u);
}

TEST_F(IommuTlb, WithoutEntriesEveryBurstWalks) {
  for (const auto& [sets, ways] : {std::pair{0u, 4u}, {16u, 0u}, {0u, 0u}}) {
    Restart({.tlb_sets = sets, .tlb_ways = ways});
    Prepare();
    Read(kPage);
    Read(kPage);
    Invalidate(-1, -1);
    EXPECT_EQ(iommu->statistics(5).tlb_hits, 0u);
    EXPECT_EQ(iommu->statistics(5).pte_reads, 6u);
  }
}

TEST_F(IommuTlb, SetsMustBeAPowerOfTwo) {
  EXPECT_THROW(Restart({.tlb_sets = 3}), std::invalid_argument);
}

TEST_F(IommuTlb, ContextIsCachedUntilInvalDdtOfThatDevice) {
  Read(kPage, 5);
  Read(kPage, 6);
  SetContext(5, {});
  SetContext(6, {});
  Run(3 | uint64_t{1} << 33 | uint64_t{5} << 40);

  EXPECT_FALSE(Stale(kPage, 5));
  EXPECT_TRUE(Stale(kPage, 6));
  Run(3);
  EXPECT_FALSE(Stale(kPage, 6));
}

TEST_F(IommuTlb, InvalDdtLeavesTranslationsAlone) {
  Read(kPage, 5);
  UnmapEverything();
  Run(3);

  EXPECT_TRUE(Stale(kPage, 5)) << "context read again, page still cached";
}

TEST_F(IommuTlb, CountsPerDevice) {
  Read(kPage, 5);
  Read(kPage, 5);
  Read(kPage, 6);
  Read(0x9000, 6);
  Read(kPage, 5 + 16);  // shares nothing with 5

  EXPECT_EQ(iommu->statistics(5).translations, 2u);
  EXPECT_EQ(iommu->statistics(5).tlb_hits, 1u);
  EXPECT_EQ(iommu->statistics(6).tlb_misses, 2u);
  EXPECT_EQ(iommu->statistics(6).faults, 1u);
  EXPECT_EQ(iommu->statistics(21).faults, 1u);
  EXPECT_EQ(iommu->statistics().translations, 5u);
  EXPECT_EQ(iommu->statistics_by_device().size(), 3u);
  EXPECT_EQ(iommu->statistics(1234).translations, 0u);
}

TEST_F(IommuTlb, LogSeesEveryBurstAndHowItWasAnswered) {
  std::vector<std::tuple<iommu::Cause, uint64_t, bool>> log;
  iommu->SetLog([&](const Authorisation& a) {
    log.emplace_back(a.cause, a.physical, a.tlb_hit);
    if (a.cause == iommu::Cause::kNone) {
      EXPECT_EQ(a.page_shift, 12);
      EXPECT_EQ(a.pscid, 7u);
    }
  });
  Read(kPage + 8);
  Read(kPage + 16);
  Read(0x9000);

  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0], std::tuple(iommu::Cause::kNone, uint64_t{0x1000'1008}, false));
  EXPECT_EQ(log[1], std::tuple(iommu::Cause::kNone, uint64_t{0x1000'1010}, true));
  EXPECT_EQ(std::get<0>(log[2]), iommu::Cause::kReadPage);
}

}  // namespace
}  // namespace tb
