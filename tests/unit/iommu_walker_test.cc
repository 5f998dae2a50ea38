// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <string>

#include "unit/iommu_fixture.h"

namespace tb {
namespace {

class IommuWalk : public IommuTest {
 protected:
  void SetUp() override {
    StartAll();
    SetContext(6, {kTcV | kSade, 0, 7 << 12, kSv39 << 60 | kRoot >> 12});
    SetContext(48, {kTcV, 0, 9 << 12, kSv48 << 60 | kRoot2 >> 12});
  }
  uint64_t& Entry48(uint64_t iova, unsigned level = 0) {
    return memory.words[EntryAt(kRoot2, 4, iova, level)];
  }
  // Nothing of the last answer is left over.
  void Flush() { Invalidate(-1, -1); }
};

TEST_F(IommuWalk, TranslatesAPageOfSv39AndOfSv48) {
  Entry(0x3f'ffff'f000) = Pte(0x1234'5000, kUserRw);
  Entry48(0x7fff'ffff'f000) = Pte(0xabc'd000, kUserRw);

  EXPECT_EQ(Where(0x3f'ffff'f678), 0x1234'5678u);
  EXPECT_EQ(Where(0x7fff'ffff'fabc, 48), 0xabc'dabcu);
  EXPECT_EQ(iommu->statistics(5).pte_reads, 3u);
  EXPECT_EQ(iommu->statistics(48).pte_reads, 4u);
}

TEST_F(IommuWalk, EveryIndexBitSelectsAnotherEntry) {
  for (unsigned bit = 12; bit < 38; ++bit) {
    Entry(uint64_t{1} << bit) = Pte(uint64_t{bit} << 20, kUserRw);
  }
  for (unsigned bit = 12; bit < 47; ++bit) {
    Entry48(uint64_t{1} << bit) = Pte(uint64_t{bit} << 20, kUserRw);
  }

  for (unsigned bit = 12; bit < 47; ++bit) {
    if (bit < 38) {
      EXPECT_EQ(Where(uint64_t{1} << bit), uint64_t{bit} << 20);
    }
    EXPECT_EQ(Where(uint64_t{1} << bit, 48), uint64_t{bit} << 20);
  }
}

TEST_F(IommuWalk, NonCanonicalAddressIsAPageFaultBeforeAnyRead) {
  Entry(0x0) = Pte(0x9000, kUserRw);
  Entry48(0x0) = Pte(0x9000, kUserRw);
  Read(0x0);
  Read(0x0, 48);
  memory.reads.clear();

  for (uint64_t iova : {uint64_t{1} << 38, uint64_t{1} << 39, uint64_t{1} << 47,
                        (uint64_t{1} << 48) - 8, uint64_t{1} << 63}) {
    EXPECT_EQ(CauseOf(false, iova), 13u) << std::hex << iova;
    EXPECT_EQ(CauseOf(true, iova), 15u) << std::hex << iova;
  }
  for (uint64_t iova : {uint64_t{1} << 47, uint64_t{1} << 48, uint64_t{0xffff'0000'0000'0000}}) {
    EXPECT_EQ(CauseOf(true, iova, 48), 15u) << std::hex << iova;
  }
  EXPECT_TRUE(memory.reads.empty());
}

TEST_F(IommuWalk, SignExtendedAddressesAreCanonical) {
  Entry(0xffff'ffff'ffff'f000) = Pte(0x9000, kUserRw);

  EXPECT_EQ(Where(0xffff'ffff'ffff'f010), 0x9010u);
}

TEST_F(IommuWalk, PermissionsAreCheckedForReadAndWrite) {
  Entry(0x1000) = Pte(0x9000, kUserRo);
  Entry(0x2000) = Pte(0x9000, kV | kX | kU | kA);
  Entry(0x3000) = Pte(0x9000, kV | kR | kW | kA | kD);  // U = 0

  EXPECT_EQ(Read(0x1000).resp, AxiResp::kOkay);
  EXPECT_EQ(CauseOf(true, 0x1000), 15u);
  EXPECT_EQ(CauseOf(false, 0x2000), 13u);
  EXPECT_EQ(CauseOf(true, 0x2000), 15u);
  EXPECT_EQ(CauseOf(false, 0x3000), 13u);
  EXPECT_EQ(CauseOf(true, 0x3000), 15u);
}

TEST_F(IommuWalk, InvalidAndWriteOnlyEntriesFault) {
  Entry(0x1000) = Pte(0x9000, kUserRw) & ~kV;
  Entry(0x2000) = Pte(0x9000, kV | kW | kU | kA | kD);
  Entry(0x3000) = Pte(0x9000, kV | kW | kX | kU | kA | kD);

  for (uint64_t iova : {0x1000, 0x2000, 0x3000, 0x4000}) {
    EXPECT_EQ(CauseOf(false, iova), 13u) << iova;
    EXPECT_EQ(CauseOf(true, iova), 15u) << iova;
  }
}

TEST_F(IommuWalk, EachReservedBitFaultsAtEachLevel) {
  Entry(0x5000) = Pte(0x9000, kUserRw);
  for (unsigned level = 0; level < 3; ++level) {
    uint64_t& entry = Entry(0x5000, level);
    const uint64_t good = entry;
    for (unsigned bit = 54; bit < 63; ++bit) {
      entry = good | uint64_t{1} << bit;
      EXPECT_EQ(CauseOf(false, 0x5000), 13u) << level << " " << bit;
    }
    entry = good;
  }
  EXPECT_EQ(Where(0x5000), 0x9000u);
}

TEST_F(IommuWalk, PointersWithLeafBitsFault) {
  Entry(0x5000) = Pte(0x9000, kUserRw);
  for (unsigned level = 1; level < 3; ++level) {
    uint64_t& entry = Entry(0x5000, level);
    const uint64_t good = entry;
    for (uint64_t bit : {kU, kA, kD, kN}) {
      entry = good | bit;
      EXPECT_EQ(CauseOf(true, 0x5000), 15u) << level << " " << bit;
    }
    entry = good | kG | 3 << 8;  // G and the software bits are no matter
    EXPECT_EQ(Where(0x5000), 0x9000u);
    Flush();
    entry = good;
  }
}

TEST_F(IommuWalk, PointerAtTheLastLevelFaults) {
  Entry(0x5000) = Pte(0x9000, kV);

  EXPECT_EQ(CauseOf(false, 0x5000), 13u);
}

TEST_F(IommuWalk, SuperpagesTranslateTheirWholeRange) {
  Entry(0x20'0000, 1) = Pte(0x4020'0000, kUserRw);
  Entry(0x4000'0000, 2) = Pte(0x8000'0000, kUserRw);
  Entry48(0x80'0000'0000, 3) = Pte(0x100'0000'0000, kUserRw);

  EXPECT_EQ(Where(0x20'0000), 0x4020'0000u);
  EXPECT_EQ(Where(0x3f'fff8), 0x403f'fff8u);
  EXPECT_EQ(Where(0x7fff'fff8), 0xbfff'fff8u);
  EXPECT_EQ(Where(0xff'ffff'fff8, 48), 0x17f'ffff'fff8u);
  EXPECT_EQ(CauseOf(false, 0x40'0000), 13u);
  EXPECT_EQ(CauseOf(false, 0x100'0000'0000, 48), 13u);
}

TEST_F(IommuWalk, EachMisalignedBitOfASuperpageFaults) {
  for (unsigned level = 1; level < 4; ++level) {
    const uint64_t iova = uint64_t{1} << (12 + 9 * level);
    for (unsigned bit = 12; bit < 12 + 9 * level; ++bit) {
      Entry48(iova, level) = Pte(uint64_t{1} << 40 | uint64_t{1} << bit, kUserRw);
      EXPECT_EQ(CauseOf(false, iova, 48), 13u) << level << " " << bit;
    }
    Entry48(iova, level) = Pte(uint64_t{1} << 40, kUserRw);
    EXPECT_EQ(Where(iova, 48), uint64_t{1} << 40);
    Entry48(iova, level) = 0;
  }
}

TEST_F(IommuWalk, NapotPageCoversSixtyFourKilobytes) {
  for (uint64_t page = 0; page < 16; ++page) {
    Entry(0x7'0000 + page * kPageSize) = Pte(0x123'8000, kUserRw | kN);
  }

  EXPECT_EQ(Where(0x7'3458), 0x123'3458u);
  EXPECT_EQ(Where(0x7'f000), 0x123'f000u);
  EXPECT_EQ(iommu->statistics(5).tlb_misses, 1u) << "one entry for all";
}

TEST_F(IommuWalk, EveryOtherNapotShapeFaults) {
  for (uint64_t low = 0; low < 16; ++low) {
    Entry(0x7'0000) = Pte(0x123'0000 | low << 12, kUserRw | kN);
    if (low == 8) continue;
    EXPECT_EQ(CauseOf(false, 0x7'0000), 13u) << low;
  }
  Entry(0x20'0000, 1) = Pte(0x4000'0000 | 8 << 12, kUserRw | kN);
  EXPECT_EQ(CauseOf(false, 0x20'0000), 13u) << "N above level 0";
  Entry(0x20'0000, 1) = Pte(0x4000'0000, kUserRw | kN);
  EXPECT_EQ(CauseOf(false, 0x20'0000), 13u) << "N above level 0";
}

// ---- A and D ----

TEST_F(IommuWalk, WithoutSadeClearAOrDFaultsAndStoresNothing) {
  Entry(0x1000) = Pte(0x9000, kUserRw & ~kA);
  Entry(0x2000) = Pte(0x9000, kUserRw & ~kD);
  const auto before = memory.words[EntryAt(kRoot, 3, 0x1000)];

  EXPECT_EQ(CauseOf(false, 0x1000), 13u);
  EXPECT_EQ(CauseOf(true, 0x1000), 15u);
  EXPECT_EQ(Read(0x2000).resp, AxiResp::kOkay);
  EXPECT_EQ(CauseOf(true, 0x2000), 15u) << "although the page is cached";
  EXPECT_EQ(memory.words[EntryAt(kRoot, 3, 0x1000)], before);
}

TEST_F(IommuWalk, WithSadeAAndDAreSet) {
  uint64_t& entry = Entry(0x1000);
  entry = Pte(0x9000, kUserRw & ~(kA | kD));

  EXPECT_EQ(Where(0x1000, 6), 0x9000u);
  EXPECT_EQ(entry, Pte(0x9000, kUserRw & ~kD)) << "a read sets A alone";
  EXPECT_EQ(Write(0x1000, 6).resp, AxiResp::kOkay);
  EXPECT_EQ(entry, Pte(0x9000, kUserRw));
  const uint64_t reads = iommu->statistics(6).pte_reads;
  EXPECT_EQ(Write(0x1000, 6).resp, AxiResp::kOkay);
  EXPECT_EQ(iommu->statistics(6).pte_reads, reads) << "D is known to be set";
}

TEST_F(IommuWalk, AAndDAreTheLastCheck) {
  const uint64_t bare = kUserRw & ~(kA | kD);
  const struct {
    uint64_t iova;
    unsigned level;
    uint64_t pte;
    bool write;
  } cases[] = {
      {0x1000, 0, Pte(0x9000, bare & ~kW), true},
      {0x2000, 0, Pte(0x9000, bare & ~kU), false},
      {0x20'0000, 1, Pte(0x9000, bare), false},
      {0x3000, 0, Pte(0x9000, bare | kN), false},
  };
  for (const auto& c : cases) {
    Entry(c.iova, c.level) = c.pte;
    EXPECT_EQ(CauseOf(c.write, c.iova, 6), c.write ? 15u : 13u);
    EXPECT_EQ(Entry(c.iova, c.level), c.pte) << "a refused access leaves A and D alone";
  }
}

TEST_F(IommuWalk, AnotherStoreDuringTheUpdateMakesItLookAgain) {
  uint64_t& entry = Entry(0x1000);
  entry = Pte(0x9000, kUserRw & ~(kA | kD));
  memory.races = 1;

  EXPECT_EQ(Write(0x1000, 6).resp, AxiResp::kOkay);
  EXPECT_EQ(entry, Pte(0x9000, kUserRw));
}

TEST_F(IommuWalk, UpdateThatCannotBeStoredIsAnAccessFault) {
  const uint64_t address = EntryAt(kRoot, 3, 0x1000);
  memory.words[address] = Pte(0x9000, kUserRw & ~(kA | kD));
  memory.read_only = {address};

  EXPECT_EQ(CauseOf(false, 0x1000, 6), 5u);
  EXPECT_EQ(CauseOf(true, 0x1000, 6), 7u);
}

// ---- Memory ----

TEST_F(IommuWalk, BusErrorAndPoisonOnEachLevel) {
  Entry(0x5000) = Pte(0x9000, kUserRw);
  for (unsigned level = 0; level < 3; ++level) {
    const uint64_t address = EntryAt(kRoot, 3, 0x5000, level);
    memory.poisoned = {address};
    EXPECT_EQ(CauseOf(false, 0x5000), 274u) << level;
    EXPECT_EQ(CauseOf(true, 0x5000), 274u) << level;
    memory.access_errors = {address};
    EXPECT_EQ(CauseOf(false, 0x5000), 5u) << level;
    EXPECT_EQ(CauseOf(true, 0x5000), 7u) << level;
    memory.access_errors.clear();
    memory.poisoned.clear();
  }
  EXPECT_EQ(Where(0x5000), 0x9000u);
}

TEST_F(IommuWalk, TableBeyondThePhysicalWidthIsAnAccessFault) {
  Entry(0x4000'0000, 2) = Pte(uint64_t{1} << 48, kV);
  SetContext(9, {kTcV, 0, 1 << 12, kSv39 << 60 | uint64_t{1} << 48 >> 12});

  EXPECT_EQ(CauseOf(false, 0x4000'0000), 5u);
  EXPECT_EQ(CauseOf(true, 0x4000'0000), 7u);
  EXPECT_EQ(CauseOf(false, 0x1000, 9), 5u);
}

TEST_F(IommuWalk, FinalAddressBeyondThePhysicalWidthIsLeftToTheBus) {
  Entry(0x1000) = Pte(uint64_t{1} << 48, kUserRw);

  const BusRoute route = Read(0x1000);

  EXPECT_EQ(route.resp, AxiResp::kDecErr);
  EXPECT_EQ(memory.bursts.back().address, uint64_t{1} << 48);
  EXPECT_TRUE(Drain().empty());
  EXPECT_EQ(iommu->total_faults(), 0u);
}

TEST_F(IommuWalk, PhysicalWidthIsAKnob) {
  Restart({.physical_bits = 40});
  StartAll();
  Entry(0x4000'0000, 2) = Pte(uint64_t{1} << 40, kV);

  EXPECT_EQ(CauseOf(false, 0x4000'0000), 5u);
  EXPECT_EQ(Reg8(0) >> 32, 40u);
}

TEST_F(IommuWalk, BareFirstStageIsIdentity) {
  SetContext(9, {kTcV, 0, 0, 0});

  EXPECT_EQ(Where(0xffff'ffff'f000, 9), 0xffff'ffff'f000u);
  EXPECT_EQ(iommu->statistics(9).tlb_misses, 0u);
}

// ---- Time ----

TEST_F(IommuWalk, DelayGrowsWithTheReadsOfTheWalk) {
  Restart({.hit_cycles = 2, .table_read_cycles = 10});
  StartAll();
  Entry(0x1000) = Pte(0x9000, kUserRw);
  Entry(0x2000) = Pte(0x9000, kUserRw);

  EXPECT_EQ(Read(0x1000).delay_cycles, 2u + 10 * (1 + 3)) << "context and three entries";
  EXPECT_EQ(Read(0x1000).delay_cycles, 2u);
  EXPECT_EQ(Read(0x2000).delay_cycles, 2u + 10 * 3);
  EXPECT_EQ(Read(0x3000).delay_cycles, 2u + 10 * 3) << "a fault takes the time of its walk";
}

TEST_F(IommuWalk, OneWalkerMakesTheSecondWalkWait) {
  Restart({.hit_cycles = 0, .table_read_cycles = 10, .walkers = 1, .hit_under_miss = false});
  StartAll();
  for (uint64_t page = 1; page < 5; ++page) Entry(page * kPageSize) = Pte(0x9000, kUserRw);
  Read(0x4000);
  iommu->Tick(1000);

  EXPECT_EQ(Read(0x1000).delay_cycles, 30u);
  EXPECT_EQ(Read(0x2000).delay_cycles, 60u);
  EXPECT_EQ(Read(0x4000).delay_cycles, 60u) << "a hit waits as well";
  iommu->Tick(60);
  EXPECT_EQ(Read(0x4000).delay_cycles, 0u);
}

}  // namespace
}  // namespace tb
