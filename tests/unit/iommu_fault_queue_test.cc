// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include "unit/iommu_fixture.h"

namespace tb {
namespace {

constexpr uint64_t kOverflow = 1 << 9, kMemoryFault = 1 << 8;

class IommuFaults : public IommuTest {
 protected:
  void SetUp() override {
    StartDirectory(kMode1Level);
    SetContext(5, {kTcV, 0, 7 << 12, kSv39 << 60 | kRoot >> 12});
    SetContext(6, {kTcV | kDtf, 0, 8 << 12, kSv39 << 60 | kRoot2 >> 12});
  }
  void TearDown() override {
    const iommu::FaultCounters& c = iommu->fault_counters();
    EXPECT_EQ(iommu->total_faults(), c.recorded + c.dropped + c.silenced);
    EXPECT_EQ(iommu->total_faults(), iommu->statistics().faults);
  }
};

TEST_F(IommuFaults, RecordSaysWhoWhatAndWhere) {
  StartFaultQueue();
  Read(0x12'3456'7890);
  Write(0x3f'ffff'fff8, 0x55);

  EXPECT_EQ(Drain(),
            (std::vector<Fault>{{13, 2, 5, 0x12'3456'7890}, {258, 3, 0x55, 0x3f'ffff'fff8}}));
  EXPECT_EQ(iommu->fault_counters().recorded, 2u);
}

TEST_F(IommuFaults, WithoutAQueueFaultsAreDroppedAndCounted) {
  Read(0x1000);

  EXPECT_EQ(iommu->fault_counters().dropped, 1u);
  EXPECT_EQ(Reg4(84), 0u);
  EXPECT_EQ(memory.words[kFaults], 0u);
}

TEST_F(IommuFaults, EachRecordRaisesTheInterruptIfEnabled) {
  StartFaultQueue();
  Read(0x1000);
  EXPECT_EQ(Reg4(84), 2u);
  Set4(84, 2);
  EXPECT_EQ(Reg4(84), 0u) << "a record is an event, not a condition";
  Read(0x1000);
  EXPECT_EQ(Reg4(84), 2u);
  Set4(84, 2);
  Set4(76, 1);
  Read(0x1000);

  EXPECT_EQ(Reg4(84), 0u);
}

TEST_F(IommuFaults, OverflowDropsUntilClearedThenRecordsAgain) {
  StartFaultQueue(2);
  for (uint64_t i = 1; i <= 5; ++i) Read(i * kPageSize);
  EXPECT_EQ(Reg4(76) & kOverflow, kOverflow);
  EXPECT_EQ(Reg4(52), 3u);
  EXPECT_EQ(iommu->fault_counters().dropped, 2u);
  EXPECT_EQ(Drain().size(), 3u);
  Read(0x9000);
  EXPECT_EQ(Reg4(52), 3u) << "room again, but fqof still stands";

  Set4(76, 3 | kOverflow);
  Read(0xa000);

  EXPECT_EQ(Drain(), (std::vector<Fault>{{13, 2, 5, 0xa000}}));
  EXPECT_EQ(iommu->fault_counters().dropped, 3u);
  EXPECT_EQ(iommu->fault_counters().recorded, 4u);
}

TEST_F(IommuFaults, OverflowKeepsItsInterruptUntilCleared) {
  StartFaultQueue(1);
  Read(0x1000);
  Read(0x1000);
  ASSERT_EQ(Reg4(76) & kOverflow, kOverflow);
  Set4(84, 2);
  EXPECT_EQ(Reg4(84), 2u);

  Set4(76, 3 | kOverflow);
  Set4(84, 2);

  EXPECT_EQ(Reg4(84), 0u);
}

TEST_F(IommuFaults, QueueWrapsManyTimes) {
  StartFaultQueue(2);
  for (uint64_t i = 0; i < 50; ++i) {
    Read(i * kPageSize);
    ASSERT_EQ(Drain(), (std::vector<Fault>{{13, 2, 5, i * kPageSize}}));
  }
}

TEST_F(IommuFaults, MemoryFaultDropsUntilCleared) {
  StartFaultQueue();
  for (unsigned word = 0; word < 4; ++word) {
    memory.access_errors = {kFaults + 32 * Reg4(52) + 8 * word};
    Read(0x1000);
    EXPECT_EQ(Reg4(76) & kMemoryFault, kMemoryFault);
    EXPECT_EQ(Reg4(84), 2u);
    memory.access_errors.clear();
    Read(0x2000);
    EXPECT_TRUE(Drain().empty());
    Set4(76, 3 | kMemoryFault);
    Read(0x3000);
    EXPECT_EQ(Drain(), (std::vector<Fault>{{13, 2, 5, 0x3000}}));
  }
  EXPECT_EQ(iommu->fault_counters().dropped, 8u);
}

TEST_F(IommuFaults, EnablingAgainStartsEmptyAndWithoutErrors) {
  StartFaultQueue(2);
  for (int i = 0; i < 6; ++i) Read(0x1000);
  Set4(76, 0);
  iommu->Tick(100);
  EXPECT_EQ(Reg4(76) & kOverflow, kOverflow);
  Read(0x1000);
  Set4(48, 0);
  Set4(76, 3);
  iommu->Tick(100);

  EXPECT_EQ(Reg4(76), 1u << 16 | 3);
  EXPECT_EQ(Reg4(52), 0u);
  EXPECT_EQ(iommu->fault_counters().dropped, 4u);
}

// DTF silences what happens in the translation, not what happens on the way to the context.
TEST_F(IommuFaults, DtfSilencesTranslationFaultsOnly) {
  StartFaultQueue();
  EXPECT_EQ(Read(0x1000, 6).resp, AxiResp::kSlvErr);
  memory.access_errors = {kRoot2};
  EXPECT_EQ(Write(0x1000, 6).resp, AxiResp::kSlvErr);
  memory.access_errors.clear();
  memory.poisoned = {kRoot2};
  EXPECT_EQ(Write(0x1000, 6).resp, AxiResp::kSlvErr);
  EXPECT_EQ(iommu->fault_counters().silenced, 3u);
  EXPECT_TRUE(Drain().empty());

  EXPECT_EQ(CauseOf(false, 0x1000, 7), 258u);
  EXPECT_EQ(iommu->fault_counters().silenced, 3u);
}

TEST_F(IommuFaults, MisconfiguredContextIsReportedDespiteItsDtf) {
  StartFaultQueue();
  SetContext(9, {kTcV | kDtf | 1 << 9, 0, 0, 0});

  EXPECT_EQ(CauseOf(false, 0, 9), 259u);
}

TEST_F(IommuFaults, FaultsByTheHundredThousandStallNobody) {
  StartFaultQueue();
  for (uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(Read(0x1000).resp, AxiResp::kSlvErr);
  }
  EXPECT_EQ(iommu->fault_counters().recorded, 63u);
  Entry(0x1000) = Pte(0x9000, kUserRw);

  EXPECT_EQ(Where(0x1000), 0x9000u);
}

}  // namespace
}  // namespace tb
