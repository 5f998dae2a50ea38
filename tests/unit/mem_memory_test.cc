// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <stdexcept>

#include "mem/memory.h"

namespace tb {
namespace {

constexpr uint64_t kBase = 0x8000'0000;

class MemoryTest : public ::testing::Test {
 protected:
  MemoryTest() { memory_.AddRam(kBase, 16 * kPageBytes); }

  AxiResp BusWrite(uint64_t address, std::vector<uint8_t> data, uint64_t strobe = ~uint64_t{0}) {
    return memory_.WriteBeat({.write = true, .address = address}, address, data, strobe);
  }
  AxiResp BusRead(uint64_t address, std::vector<uint8_t>* data) {
    return memory_.ReadBeat({.address = address}, address, *data);
  }

  Memory memory_;
};

TEST_F(MemoryTest, HoldsWhatTheCpuWroteAcrossAPageBoundary) {
  std::vector<uint8_t> data(10'000);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i * 7);

  memory_.Write(kBase + 1234, data);

  EXPECT_EQ(memory_.Bytes(kBase + 1234, data.size()), data);
  EXPECT_EQ(memory_.Load<uint8_t>(kBase + 1233), 0);
}

TEST_F(MemoryTest, StoresScalarsLittleEndian) {
  memory_.Store<uint32_t>(kBase + 2, 0x11223344);

  EXPECT_EQ(memory_.Bytes(kBase, 8), (std::vector<uint8_t>{0, 0, 0x44, 0x33, 0x22, 0x11, 0, 0}));
  EXPECT_EQ(memory_.Load<uint64_t>(kBase), 0x0000'1122'3344'0000u);
}

TEST_F(MemoryTest, WritesOnlyStrobedBytes) {
  BusWrite(kBase, {1, 2, 3, 4, 5, 6, 7, 8}, 0b0101'0010);

  EXPECT_EQ(memory_.Bytes(kBase, 8), (std::vector<uint8_t>{0, 2, 0, 0, 5, 0, 7, 0}));
}

TEST_F(MemoryTest, TakesABeatOfAnyWidthUpTo64Bytes) {
  std::vector<uint8_t> data(64);
  for (size_t i = 0; i < 64; ++i) data[i] = static_cast<uint8_t>(i + 1);

  BusWrite(kBase + 64, data);

  std::vector<uint8_t> back(64);
  EXPECT_EQ(BusRead(kBase + 64, &back), AxiResp::kOkay);
  EXPECT_EQ(back, data);
}

TEST_F(MemoryTest, AnswersDecodeErrorOutsideRam) {
  std::vector<uint8_t> data(8);

  EXPECT_EQ(memory_.Begin({.address = kBase - 1}).resp, AxiResp::kDecErr);
  EXPECT_EQ(memory_.Begin({.address = kBase + 16 * kPageBytes}).resp, AxiResp::kDecErr);
  EXPECT_EQ(memory_.Begin({.address = uint64_t{1} << 48}).resp, AxiResp::kDecErr);
  EXPECT_EQ(BusRead(kBase + 16 * kPageBytes, &data), AxiResp::kDecErr);
  EXPECT_EQ(BusWrite(0, {1}), AxiResp::kDecErr);
  EXPECT_EQ(memory_.Begin({.address = kBase}).resp, AxiResp::kOkay);
}

TEST_F(MemoryTest, ReachesTheTopOf48BitsAndNoFurther) {
  memory_.AddRam((uint64_t{1} << 48) - kPageBytes, kPageBytes);

  memory_.Store<uint64_t>((uint64_t{1} << 48) - 8, 42);

  EXPECT_EQ(memory_.Load<uint64_t>((uint64_t{1} << 48) - 8), 42u);
  EXPECT_THROW(memory_.AddRam(uint64_t{1} << 48, kPageBytes), std::invalid_argument);
}

TEST_F(MemoryTest, RefusesWhatIsNoWholePageAndAccessOutsideRam) {
  EXPECT_THROW(memory_.AddRam(0x100, kPageBytes), std::invalid_argument);
  EXPECT_THROW(memory_.AddRam(0, 100), std::invalid_argument);
  EXPECT_THROW(memory_.Load<uint8_t>(0), std::out_of_range);
}

TEST_F(MemoryTest, GivesTheErrorOfARangeToTheBeatsThatTouchIt) {
  memory_.SetError(kBase + 16, 1, AxiResp::kSlvErr);
  std::vector<uint8_t> data(8);

  EXPECT_EQ(BusRead(kBase + 8, &data), AxiResp::kOkay);
  EXPECT_EQ(BusRead(kBase + 16, &data), AxiResp::kSlvErr);
  EXPECT_EQ(BusWrite(kBase + 16, {1, 1, 1, 1, 1, 1, 1, 1}), AxiResp::kSlvErr);
  EXPECT_EQ(memory_.Load<uint64_t>(kBase + 16), 0u);
  memory_.ClearErrors();
  EXPECT_EQ(BusRead(kBase + 16, &data), AxiResp::kOkay);
}

TEST_F(MemoryTest, AnErrorMayBeForOneDirectionAlone) {
  memory_.SetError(kBase, kPageBytes, AxiResp::kDecErr, false, true);
  std::vector<uint8_t> data(8);

  EXPECT_EQ(BusRead(kBase, &data), AxiResp::kOkay);
  EXPECT_EQ(BusWrite(kBase, {1}), AxiResp::kDecErr);
}

TEST_F(MemoryTest, AnErrorRangeSetBeforeAPageExistsStillCounts) {
  memory_.SetError(kBase + 5 * kPageBytes, 8, AxiResp::kSlvErr);
  std::vector<uint8_t> data(8);

  EXPECT_EQ(BusRead(kBase + 5 * kPageBytes, &data), AxiResp::kSlvErr);
}

TEST_F(MemoryTest, PoisonIsSeenByWhoAsksAndReadsAsError) {
  memory_.SetPoison(kBase + 32, 16);
  std::vector<uint8_t> data(8);

  EXPECT_TRUE(memory_.poisoned(kBase + 40, 8));
  EXPECT_FALSE(memory_.poisoned(kBase + 48, 8));
  EXPECT_EQ(BusRead(kBase + 40, &data), AxiResp::kSlvErr);

  memory_.SetPoison(kBase + 40, 8, false);

  EXPECT_FALSE(memory_.poisoned(kBase + 40, 8));
  EXPECT_TRUE(memory_.poisoned(kBase + 32, 8));
  EXPECT_EQ(BusRead(kBase + 40, &data), AxiResp::kOkay);
}

TEST_F(MemoryTest, ChangesListsWhatTheBusChangedSinceTheSnapshotAndNotWhatTheCpuDid) {
  memory_.Store<uint32_t>(kBase, 0xAAAAAAAA);
  memory_.Snapshot();

  BusWrite(kBase + 1, {0x55});
  BusWrite(kBase + 2, {0xAA});  // the value that was there
  memory_.Store<uint8_t>(kBase + 3, 1);
  memory_.Store<uint8_t>(kBase + 9 * kPageBytes, 1);
  BusWrite(kBase + 7 * kPageBytes, {9});

  const auto changes = memory_.Changes();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].address, kBase + 1);
  EXPECT_EQ(changes[0].before, 0xAA);
  EXPECT_EQ(changes[0].after, 0x55);
  EXPECT_EQ(changes[1].address, kBase + 7 * kPageBytes);
}

TEST_F(MemoryTest, ASecondSnapshotForgetsEarlierChanges) {
  memory_.Snapshot();
  BusWrite(kBase, {1});

  memory_.Snapshot();

  EXPECT_TRUE(memory_.Changes().empty());
  BusWrite(kBase, {2});
  EXPECT_EQ(memory_.Changes().size(), 1u);
}

TEST(MemoryFill, PatternRamIsRepeatableAndDependsOnTheSeed) {
  Memory a(Memory::Fill::kPattern, 1);
  Memory b(Memory::Fill::kPattern, 1);
  Memory c(Memory::Fill::kPattern, 2);
  for (Memory* m : {&a, &b, &c}) m->AddRam(0, kPageBytes);

  EXPECT_EQ(a.Bytes(0, 4096), b.Bytes(0, 4096));
  EXPECT_NE(a.Bytes(0, 4096), c.Bytes(0, 4096));
}

TEST(PageTable, FindsPagesThatShareACacheSlot) {
  PageTable<int> table;
  for (uint64_t i = 0; i < 5000; ++i) table.Get(i * kPageBytes * 1024) = static_cast<int>(i);

  for (uint64_t i = 0; i < 5000; ++i) {
    ASSERT_NE(table.Find(i * kPageBytes * 1024 + 5), nullptr);
    ASSERT_EQ(*table.Find(i * kPageBytes * 1024 + 5), static_cast<int>(i));
  }
  EXPECT_EQ(table.Find(kPageBytes), nullptr);
}

}  // namespace
}  // namespace tb
