// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "mem/scoreboard.h"

namespace tb {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kBase = 0x8000'0000;

class ScoreboardTest : public ::testing::Test {
 protected:
  ScoreboardTest() : board_(memory_) {
    memory_.AddRam(kBase, 64 * kPageBytes);
    board_.SetReporter([this](const std::string& text) { reported_.push_back(text); });
  }

  void Write(uint64_t address, std::vector<uint8_t> data, uint64_t strobe = ~uint64_t{0},
             uint8_t id = 2) {
    board_.WriteBeat({.write = true, .address = address, .id = id}, address, data, strobe);
  }
  void Read(uint64_t address, size_t bytes = 8) {
    std::vector<uint8_t> out(bytes);
    board_.ReadBeat({.address = address, .id = 2}, address, out);
  }

  const std::vector<uint8_t> eight_ = {1, 2, 3, 4, 5, 6, 7, 8};
  Memory memory_;
  Scoreboard board_;
  std::vector<std::string> reported_;
};

TEST_F(ScoreboardTest, AWriteIntoAWritableRegionIsSilent) {
  board_.Declare("rx", kBase + 100, 8, Permission::kWrite);

  Write(kBase + 100, eight_);

  EXPECT_TRUE(board_.strays().empty());
  EXPECT_EQ(memory_.Bytes(kBase + 100, 8), eight_);
}

TEST_F(ScoreboardTest, AStrayByteIsNamedWithRegionChannelAndSlot) {
  board_.Declare("rx ring", kBase, 64, Permission::kRead);
  board_.SetSlotLookup([](const BusAccess&, uint64_t) { return std::string("slot 7"); });

  Write(kBase + 3, {9});

  ASSERT_EQ(reported_.size(), 1u);
  EXPECT_THAT(reported_[0], HasSubstr("byte 3 of 'rx ring'"));
  EXPECT_THAT(reported_[0], HasSubstr("written by channel 1 (id 2), slot 7: not writable"));
  EXPECT_EQ(memory_.Load<uint8_t>(kBase + 3), 9) << "the stray write must still be seen in memory";
}

TEST_F(ScoreboardTest, EachSingleByteOfABeatIsChecked) {
  board_.Declare("all but one", kBase, 64, Permission::kWrite);
  for (uint64_t hole = 0; hole < 64; ++hole) {
    const auto region = board_.Declare("hole", kBase + hole, 1, Permission::kNone);
    const uint64_t before = board_.stray_count();

    Write(kBase, std::vector<uint8_t>(64, 1), ~(uint64_t{1} << hole));
    ASSERT_EQ(board_.stray_count(), before) << "hole " << hole;
    Write(kBase, std::vector<uint8_t>(64, 1));
    ASSERT_EQ(board_.stray_count(), before + 1) << "hole " << hole;

    board_.Permit(region, Permission::kWrite);
  }
}

TEST_F(ScoreboardTest, AReadNeedsOneReadableByteInItsBusWord) {
  board_.Declare("tx", kBase + 6, 1, Permission::kRead);

  Read(kBase);
  EXPECT_TRUE(reported_.empty());
  Read(kBase + 8);

  ASSERT_EQ(reported_.size(), 1u);
  EXPECT_THAT(reported_[0], HasSubstr("read by channel 1"));
}

TEST_F(ScoreboardTest, MemoryOutsideEveryRegionIsForbiddenAndNamedByItsNeighbour) {
  board_.Declare("rx", kBase, 16, Permission::kBoth);

  Write(kBase + 20, {1});
  Read(kBase + 40 * kPageBytes);

  ASSERT_EQ(reported_.size(), 2u);
  EXPECT_THAT(reported_[0], HasSubstr("4 past the end of 'rx'"));
}

TEST_F(ScoreboardTest, PermissionsEndWithRelease) {
  const auto region = board_.Declare("rx", kBase, 2 * kPageBytes, Permission::kBoth);
  Write(kBase + kPageBytes, eight_);
  ASSERT_TRUE(reported_.empty());

  board_.Release(region);
  Write(kBase + kPageBytes, eight_);

  EXPECT_EQ(reported_.size(), 1u);
  EXPECT_THROW(board_.Permit(region, Permission::kRead), std::invalid_argument);
}

TEST_F(ScoreboardTest, AWrongValueIsReportedWhenTheBeatArrives) {
  const auto region = board_.Declare("rx", kBase, kPageBytes, Permission::kWrite);
  board_.Expect(region, 8, eight_);

  Write(kBase + 8, eight_);
  Write(kBase + 16, {99});  // nothing expected here
  EXPECT_TRUE(reported_.empty());
  Write(kBase + 8, {1, 2, 3, 44, 5, 6, 7, 8});

  ASSERT_EQ(reported_.size(), 1u);
  EXPECT_THAT(reported_[0], HasSubstr("byte 11 of 'rx'"));
  EXPECT_THAT(reported_[0], HasSubstr("wrote 0x2c, expected 0x4"));
}

TEST_F(ScoreboardTest, AnUnstrobedByteMayDifferFromWhatIsExpected) {
  const auto region = board_.Declare("rx", kBase, 64, Permission::kWrite);
  board_.Expect(region, 0, eight_);

  Write(kBase, {1, 99, 3, 4, 5, 6, 7, 8}, 0xFD);

  EXPECT_TRUE(reported_.empty());
}

TEST_F(ScoreboardTest, ExpectationsOfWholePagesAreCheckedToo) {
  const auto region = board_.Declare("rx", kBase, 4 * kPageBytes, Permission::kWrite);
  board_.Expect(region, 0, std::vector<uint8_t>(4 * kPageBytes, 0x11));

  Write(kBase + 2 * kPageBytes, std::vector<uint8_t>(8, 0x11));
  EXPECT_TRUE(reported_.empty());
  Write(kBase + 2 * kPageBytes, std::vector<uint8_t>(8, 0x12));
  EXPECT_EQ(reported_.size(), 1u);

  board_.Forget(region);
  Write(kBase + 2 * kPageBytes, std::vector<uint8_t>(8, 0x12));
  EXPECT_EQ(reported_.size(), 1u);
}

TEST_F(ScoreboardTest, OnlyTheTranslatorTouchesItsTables) {
  board_.Declare("page tables", kBase, kPageBytes, Permission::kTranslator);
  BusAccess walk{.write = true, .address = kBase, .translator = true};

  board_.WriteBeat(walk, kBase, eight_, 0xFF);
  std::vector<uint8_t> out(8);
  board_.ReadBeat(walk, kBase, out);
  EXPECT_TRUE(reported_.empty());
  Write(kBase, eight_);
  Read(kBase);

  EXPECT_EQ(reported_.size(), 2u);
}

TEST_F(ScoreboardTest, CompareFindsWhatWasNeverWritableAndIgnoresWhatOnceWas) {
  const auto rx = board_.Declare("rx", kBase, 64, Permission::kWrite);
  board_.Declare("secret", kBase + 64, 64, Permission::kRead);
  board_.Snapshot();
  Write(kBase, eight_);
  board_.Release(rx);
  EXPECT_TRUE(board_.Compare());

  // Past the scoreboard, as a broken model would.
  memory_.WriteBeat({.write = true}, kBase + 70, eight_, 0xFF);

  EXPECT_FALSE(board_.Compare());
  ASSERT_EQ(reported_.size(), 1u) << "one run of bytes is one report";
  EXPECT_THAT(reported_[0], HasSubstr("byte 6 of 'secret'"));
}

TEST_F(ScoreboardTest, ADamagedCanaryIsFound) {
  board_.Canary("red zone", kBase + 8, 24);
  EXPECT_TRUE(board_.CheckCanaries());

  memory_.WriteBeat({.write = true}, kBase + 20, std::vector<uint8_t>{0xEE}, 1);

  EXPECT_FALSE(board_.CheckCanaries());
  EXPECT_THAT(reported_.back(), HasSubstr("byte 12 of 'red zone'"));
}

TEST_F(ScoreboardTest, KeepsTheFirstStraysAndCountsAll) {
  for (int i = 0; i < 300; ++i) Write(kBase, {1});

  EXPECT_EQ(board_.stray_count(), 300u);
  EXPECT_EQ(board_.strays().size(), 100u);
}

}  // namespace
}  // namespace tb
