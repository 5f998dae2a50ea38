// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <string>

#include "unit/iommu_fixture.h"

namespace tb {
namespace {

using IommuRegisters = IommuTest;

TEST_F(IommuRegisters, CapabilitiesAreThoseOfTheFirstStageSubset) {
  // Version 1.0, Sv39, Sv48, AMO_HWAD, IGS wired, DBG, PAS 48.
  const uint64_t expected =
      0x10u | 1u << 9 | 1u << 10 | 1u << 24 | 1u << 28 | uint64_t{1} << 31 | uint64_t{48} << 32;

  EXPECT_EQ(Reg8(0), expected);
  EXPECT_EQ(Reg4(0), expected & 0xffff'ffff);
  EXPECT_EQ(Reg4(4), expected >> 32);
}

TEST_F(IommuRegisters, ResetStateDeniesEverything) {
  EXPECT_EQ(Reg8(16), 0u);
  EXPECT_EQ(Reg4(72), 0u);
  EXPECT_EQ(Reg4(76), 0u);
  EXPECT_EQ(Reg4(84), 0u);
  EXPECT_EQ(Read(0x1000).resp, AxiResp::kSlvErr);
}

TEST_F(IommuRegisters, FctlIsFixedToWiredInterrupts) {
  Set4(8, 0xffff'ffff);

  EXPECT_EQ(Reg4(8), 2u);
}

TEST_F(IommuRegisters, ReadOnlyRegistersIgnoreWrites) {
  for (uint32_t offset : {0u, 616u}) {
    const uint64_t before = Reg8(offset);
    Set8(offset, ~before);
    EXPECT_EQ(Reg8(offset), before) << offset;
  }
  for (uint32_t offset : {32u, 52u}) {
    Set4(offset, 5);
    EXPECT_EQ(Reg4(offset), 0u) << offset;
  }
}

TEST_F(IommuRegisters, PageRequestQueueAndHolesReadZero) {
  for (uint32_t offset : {56u, 60u, 64u, 68u, 80u, 88u, 12u, 592u, 4092u}) {
    Set4(offset, 0xffff'ffff);
    EXPECT_EQ(Reg4(offset), 0u) << offset;
  }
}

TEST_F(IommuRegisters, MisalignedOddSizedAndOutsideAccessesDoNothing) {
  Set8(760, 0x55);

  for (const auto& [offset, size] :
       {std::pair{760u, 1u}, {760u, 2u}, {762u, 4u}, {764u, 8u}, {761u, 1u}, {760u, 16u}}) {
    EXPECT_EQ(iommu->ReadReg(offset, size), 0u) << offset << " " << size;
    iommu->WriteReg(offset, size, ~uint64_t{0});
  }
  iommu->WriteReg(4096 + 760, 8, 0xaa);

  EXPECT_EQ(iommu->ReadReg(4096 + 760, 8), 0u);
  EXPECT_EQ(Reg8(760), 0x55u);
}

TEST_F(IommuRegisters, AnEightByteAccessDoesNotReachFourByteRegisters) {
  StartCommandQueue();
  Post(2);

  EXPECT_EQ(iommu->ReadReg(32, 8), 0u);
  iommu->WriteReg(32, 8, 0);
  EXPECT_EQ(Reg4(36), 1u);
}

TEST_F(IommuRegisters, EightByteRegistersMayBeWrittenInHalves) {
  Set4(28, 0x0012'3456);
  Set4(24, 0x89ab'cc05);

  EXPECT_EQ(Reg8(24), 0x0012'3456'89ab'cc05u);
  EXPECT_EQ(Reg4(28), 0x0012'3456u);
}

TEST_F(IommuRegisters, QueueBasesKeepOnlyTheirFields) {
  for (uint32_t offset : {24u, 40u}) {
    Set8(offset, ~uint64_t{0});
    EXPECT_EQ(Reg8(offset), 0x003f'ffff'ffff'fc1fu) << offset;
  }
}

TEST_F(IommuRegisters, QueueBasesAreLockedWhileTheQueueIsOn) {
  StartCommandQueue();
  StartFaultQueue();
  const uint64_t cqb = Reg8(24);
  const uint64_t fqb = Reg8(40);

  Set8(24, 0);
  Set8(40, 0);

  EXPECT_EQ(Reg8(24), cqb);
  EXPECT_EQ(Reg8(40), fqb);
}

TEST_F(IommuRegisters, IndicesKeepOnlyTheBitsOfTheQueueSize) {
  Set8(24, 3);  // 16 entries
  Set8(40, 0);  // 2 entries
  Set4(36, 0xffff'ffff);
  Set4(48, 0xffff'ffff);

  EXPECT_EQ(Reg4(36), 15u);
  EXPECT_EQ(Reg4(48), 1u);
}

TEST_F(IommuRegisters, VectorsKeepFourBitsEach) {
  Set8(760, ~uint64_t{0});

  EXPECT_EQ(Reg8(760), 0xffu);
}

TEST_F(IommuRegisters, DdtpIsBusyForAWhileAndIgnoresWritesMeanwhile) {
  Set8(16, (kDirectory >> 12) << 10 | kMode1Level);
  EXPECT_EQ(Reg8(16), (kDirectory >> 12) << 10 | 1 << 4 | kMode1Level);
  Set8(16, 0);
  iommu->Tick(IommuConfig{}.ddtp_busy_cycles - 1);
  EXPECT_EQ(Reg8(16) & 0x10, 0x10u);
  iommu->Tick(1);

  EXPECT_EQ(Reg8(16), (kDirectory >> 12) << 10 | kMode1Level);
}

// Every pair of modes: level to level, or to another root, is refused; the rest happens.
TEST_F(IommuRegisters, DdtpGoesFromLevelToLevelOnlyThroughOffOrBare) {
  for (uint64_t from = 0; from <= 4; ++from) {
    for (uint64_t to = 0; to <= 4; ++to) {
      Restart({});
      StartDirectory(from);
      Set8(16, uint64_t{0x77} << 10 | to);
      iommu->Tick(100);

      const bool refused = from >= 2 && to >= 2;
      EXPECT_EQ(Reg8(16) & 0xf, refused ? from : to) << from << " to " << to;
      EXPECT_EQ(iommu->refused_ddtp_writes(), refused ? 1u : 0u) << from << " to " << to;
    }
  }
}

TEST_F(IommuRegisters, DdtpRefusesReservedModes) {
  for (uint64_t mode = 5; mode < 16; ++mode) {
    Set8(16, mode);
    iommu->Tick(100);
    EXPECT_EQ(Reg8(16), 0u) << mode;
  }
}

TEST_F(IommuRegisters, EnablingTheCommandQueueIsBusyThenOnAndClearsHeadAndErrors) {
  StartCommandQueue();
  Run(2);
  Run(0x7f);  // illegal
  ASSERT_EQ(Reg4(32), 1u);
  ASSERT_EQ(Reg4(72) & 1 << 10, 1u << 10);
  Set4(72, 0);
  EXPECT_EQ(Reg4(72) & (1 << 17 | 1 << 16 | 1), 1u << 17 | 1 << 16);
  iommu->Tick(IommuConfig{}.csr_busy_cycles);
  EXPECT_EQ(Reg4(72), 1u << 10);

  Set4(72, 1);
  EXPECT_EQ(Reg4(72), 1u << 17 | 1);
  iommu->Tick(IommuConfig{}.csr_busy_cycles);

  EXPECT_EQ(Reg4(72), 1u << 16 | 1);
  EXPECT_EQ(Reg4(32), 0u);
}

TEST_F(IommuRegisters, WritesToABusyQueueControlAreIgnored) {
  Set4(72, 1);
  Set4(76, 1);
  Set4(72, 0);
  Set4(76, 0);
  iommu->Tick(100);

  EXPECT_EQ(Reg4(72), 1u << 16 | 1);
  EXPECT_EQ(Reg4(76), 1u << 16 | 1);
}

TEST_F(IommuRegisters, InterruptGoesToTheVectorOfItsSource) {
  Set8(760, 0x93);  // fault queue 9, command queue 3
  StartCommandQueue();
  StartFaultQueue();
  Read(0x1000);
  EXPECT_TRUE(iommu->interrupt(9));
  EXPECT_FALSE(iommu->interrupt(3));

  Run(2 | 1 << 11);  // IOFENCE.C WSI

  EXPECT_TRUE(iommu->interrupt(3));
  EXPECT_EQ(Reg4(84), 3u);
  for (unsigned vector : {0u, 1u, 2u, 8u, 10u, 15u}) EXPECT_FALSE(iommu->interrupt(vector));
}

TEST_F(IommuRegisters, PendingBitComesBackWhileItsConditionHolds) {
  StartCommandQueue();
  Run(0x7f);
  ASSERT_EQ(Reg4(84), 1u);
  Set4(84, 1);
  EXPECT_EQ(Reg4(84), 1u);

  Set4(72, 0x3 | 1 << 10);
  Set4(84, 1);
  EXPECT_EQ(Reg4(84), 0u);
  iommu->Tick(100);

  EXPECT_EQ(Reg4(84), 1u) << "the illegal command is still at the head and was tried again";
}

TEST_F(IommuRegisters, NoInterruptWithoutItsEnableBit) {
  StartCommandQueue();
  Set4(72, 1);
  Run(0x7f);
  EXPECT_EQ(Reg4(84), 0u);

  Set4(72, 3);

  EXPECT_EQ(Reg4(84), 1u) << "a condition that holds raises it as soon as it is enabled";
}

// ---- Translation request for debugging ----

class IommuDebugRequest : public IommuTest {
 protected:
  void SetUp() override { StartAll(); }

  uint64_t Ask(uint64_t iova, bool read_only, uint32_t device_id = 5, uint64_t more = 0) {
    Set8(600, iova);
    Set8(608, uint64_t{device_id} << 40 | (read_only ? 8u : 0u) | more | 1);
    EXPECT_EQ(Reg8(608) & 1, 1u);
    iommu->Tick(IommuConfig{}.debug_cycles);
    EXPECT_EQ(Reg8(608) & 1, 0u);
    return Reg8(616);
  }
};

TEST_F(IommuDebugRequest, AnswersThePageOfAReadableAddress) {
  Entry(0x5000) = Pte(0x9000, kUserRo);

  EXPECT_EQ(Ask(0x5678, true), Pte(0x9000, 0));
}

TEST_F(IommuDebugRequest, AsksForWritingUnlessReadOnly) {
  Entry(0x5000) = Pte(0x9000, kUserRo);

  EXPECT_EQ(Ask(0x5000, false), 1u);
}

TEST_F(IommuDebugRequest, FaultIsAnsweredAndNotReported) {
  EXPECT_EQ(Ask(0x5000, true), 1u);

  EXPECT_TRUE(Drain().empty());
  EXPECT_EQ(iommu->total_faults(), 0u);
}

TEST_F(IommuDebugRequest, SizeOfASuperpageIsInTheLowBitsOfItsPageNumber) {
  Entry(0x20'0000, 1) = Pte(0x4000'0000, kUserRw);
  Entry(0x1'5000) = Pte(0x7'8000, kUserRw | kN);

  EXPECT_EQ(Ask(0x20'3000, false), (uint64_t{0x4'0000} | 0xff) << 10 | 1 << 9);
  EXPECT_EQ(Ask(0x1'5000, false), (uint64_t{0x70} | 0x7) << 10 | 1 << 9);
}

TEST_F(IommuDebugRequest, ProcessIdWithoutProcessDirectoryIsRefused) {
  Entry(0x5000) = Pte(0x9000, kUserRo);

  EXPECT_EQ(Ask(0x5000, true, 5, uint64_t{1} << 32), 1u);
}

TEST_F(IommuDebugRequest, WritesWhileBusyAreIgnored) {
  Entry(0x5000) = Pte(0x9000, kUserRo);
  Set8(600, 0x5000);
  Set8(608, uint64_t{5} << 40 | 8 | 1);
  Set8(600, 0x6000);
  Set8(608, 1);
  iommu->Tick(100);

  EXPECT_EQ(Reg8(600), 0x5000u);
  EXPECT_EQ(Reg8(616), Pte(0x9000, 0));
}

}  // namespace
}  // namespace tb
