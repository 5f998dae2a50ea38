// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "unit/iommu_fixture.h"

namespace tb {
namespace {

constexpr uint64_t kCmdIllegal = 1 << 10, kCmdFault = 1 << 8, kFenceDone = 1 << 11;

class IommuCommands : public IommuTest {
 protected:
  void SetUp() override {
    StartAll();
    Entry(0x1000) = Pte(0x9000, kUserRw);
  }
};

TEST_F(IommuCommands, HeadFollowsTailOneCommandAtATime) {
  for (int i = 0; i < 3; ++i) Post(2);
  EXPECT_EQ(Reg4(32), 0u);
  iommu->Tick(IommuConfig{}.command_cycles);
  EXPECT_EQ(Reg4(32), 1u);
  iommu->Tick(2 * IommuConfig{}.command_cycles - 1);
  EXPECT_EQ(Reg4(32), 2u);
  iommu->Tick(1);

  EXPECT_EQ(Reg4(32), 3u);
  EXPECT_EQ(iommu->commands_executed(), 3u);
}

TEST_F(IommuCommands, NothingHappensWhileTheQueueIsOff) {
  Set4(72, 0);
  iommu->Tick(100);
  Post(2);
  iommu->Tick(1000);

  EXPECT_EQ(Reg4(32), 0u);
}

TEST_F(IommuCommands, QueueWrapsFromEveryIndex) {
  for (unsigned i = 0; i < 200; ++i) {
    Run(2);
    ASSERT_EQ(Reg4(32), (i + 1) % 64);
  }
}

TEST_F(IommuCommands, FullQueueRunsDry) {
  Restart({});
  StartCommandQueue(2);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) Post(2);
    EXPECT_EQ(Reg4(36), (Reg4(32) + 3) % 4) << "full: tail == head - 1";
    iommu->Tick(1000);
    EXPECT_EQ(Reg4(32), Reg4(36));
  }
  EXPECT_EQ(iommu->commands_executed(), 15u);
}

TEST_F(IommuCommands, IllegalCommandStopsTheQueueOnItself) {
  Run(2);
  Post(0x7f);
  Post(2);
  iommu->Tick(1000);
  EXPECT_EQ(Reg4(72) & kCmdIllegal, kCmdIllegal);
  EXPECT_EQ(Reg4(32), 1u);
  EXPECT_EQ(Reg4(84) & 1, 1u);

  memory.words[kCommands + 16] = 2;  // repaired
  Set4(72, 3 | kCmdIllegal);
  iommu->Tick(1000);

  EXPECT_EQ(Reg4(72) & kCmdIllegal, 0u);
  EXPECT_EQ(Reg4(32), 3u);
}

// Each single bit added to a legal command: reserved ones make it illegal, and only they.
struct CommandCase {
  std::string name;
  uint64_t opcode;
  std::array<uint64_t, 2> fields;  // bits a legal command may have besides opcode
};

class IommuCommandBits : public IommuCommands {};

TEST_F(IommuCommandBits, EachReservedBitIsIllegalAndNoOther) {
  const auto range = [](unsigned hi, unsigned lo) {
    return (~uint64_t{0} >> (63 - hi)) & (~uint64_t{0} << lo);
  };
  const CommandCase cases[] = {
      {"IOTINVAL.VMA",
       1,
       {range(10, 10) | range(33, 12) | range(59, 44), range(61, 10)}},  // 59:44 GSCID
      {"IOFENCE.C", 2, {range(13, 10) | range(63, 32), range(61, 0)}},
      {"IODIR.INVAL_DDT", 3, {range(33, 33) | range(63, 40), 0}},
  };
  for (const CommandCase& c : cases) {
    for (unsigned bit = 7; bit < 128; ++bit) {
      std::array<uint64_t, 2> words = {c.opcode, 0};
      words[bit / 64] |= uint64_t{1} << bit % 64;
      const bool field = (c.fields[bit / 64] >> bit % 64 & 1) != 0;
      const uint64_t head = Reg4(32);
      Run(words[0], words[1]);
      EXPECT_EQ((Reg4(72) & kCmdIllegal) != 0, !field) << c.name << " bit " << bit;
      if (!field) {
        EXPECT_EQ(Reg4(32), head) << c.name << " bit " << bit;
        memory.words[kCommands + 16 * head] = 2;
        memory.words[kCommands + 16 * head + 8] = 0;
        Set4(72, 3 | kCmdIllegal);
        iommu->Tick(100);
      }
    }
  }
}

TEST_F(IommuCommandBits, EveryOtherOpcodeIsIllegal) {
  for (uint64_t opcode = 0; opcode < 128; ++opcode) {
    Restart({});
    StartCommandQueue();
    Run(opcode);
    const bool known = opcode >= 1 && opcode <= 3;
    EXPECT_EQ((Reg4(72) & kCmdIllegal) == 0, known) << opcode;
  }
}

TEST_F(IommuCommands, InvalDdtOfADeviceWiderThanTheModeIsIllegal) {
  Run(3 | uint64_t{1} << 33 | uint64_t{0x7f} << 40);
  EXPECT_EQ(Reg4(72) & kCmdIllegal, 0u);
  Run(3 | uint64_t{1} << 33 | uint64_t{0x80} << 40);

  EXPECT_EQ(Reg4(72) & kCmdIllegal, kCmdIllegal);
}

TEST_F(IommuCommands, QueueMemoryFaultStopsTheQueueUntilCleared) {
  const uint64_t second = kCommands + 8;  // second word of the first command
  memory.access_errors = {second};
  Run(2);
  EXPECT_EQ(Reg4(72) & kCmdFault, kCmdFault);
  EXPECT_EQ(Reg4(32), 0u);
  EXPECT_EQ(Reg4(84) & 1, 1u);
  memory.access_errors.clear();
  memory.poisoned = {second};
  Set4(72, 3 | kCmdFault);
  iommu->Tick(100);
  EXPECT_EQ(Reg4(72) & kCmdFault, kCmdFault);

  memory.poisoned.clear();
  Set4(72, 3 | kCmdFault);
  iommu->Tick(100);

  EXPECT_EQ(Reg4(72) & kCmdFault, 0u);
  EXPECT_EQ(Reg4(32), 1u);
}

TEST_F(IommuCommands, QueueBeyondThePhysicalWidthFaults) {
  Restart({});
  Set8(24, (uint64_t{1} << 48 >> 12) << 10 | 5);
  Set4(72, 1);
  iommu->Tick(100);
  Set4(36, 1);
  iommu->Tick(100);

  EXPECT_EQ(Reg4(72) & kCmdFault, kCmdFault);
}

TEST_F(IommuCommands, DisablingTheQueueDropsTheCommandUnderWay) {
  Read(0x1000);
  Post(1);
  iommu->Tick(IommuConfig{}.command_cycles - 1);
  Set4(72, 0);
  iommu->Tick(1000);

  EXPECT_EQ(iommu->tlb().size(), 1u);
  EXPECT_EQ(Reg4(32), 0u);
}

// ---- IOFENCE.C ----

TEST_F(IommuCommands, FenceStoresItsDataAtAnyWord) {
  memory.words[0x8000] = 0x1111'1111'2222'2222;
  Run(2 | 1 << 10 | uint64_t{0xcafe'f00d} << 32, 0x8004 >> 2);
  EXPECT_EQ(memory.words[0x8000], 0xcafe'f00d'2222'2222u);

  Run(2 | uint64_t{0x5555'5555} << 32, 0x8000 >> 2);
  EXPECT_EQ(memory.words[0x8000], 0xcafe'f00d'2222'2222u) << "AV = 0 stores nothing";
}

TEST_F(IommuCommands, FenceThatCannotStoreIsAMemoryFault) {
  memory.read_only = {0x8000};
  Run(2 | 1 << 10, 0x8000 >> 2);
  EXPECT_EQ(Reg4(72) & kCmdFault, kCmdFault);
  EXPECT_EQ(Reg4(32), 0u);

  memory.read_only.clear();
  Set4(72, 3 | kCmdFault);
  iommu->Tick(100);

  EXPECT_EQ(Reg4(32), 1u);
}

TEST_F(IommuCommands, FenceWithWsiRaisesTheCommandInterrupt) {
  Run(2);
  EXPECT_EQ(Reg4(84), 0u);
  Run(2 | 1 << 11);
  EXPECT_EQ(Reg4(72) & kFenceDone, kFenceDone);
  EXPECT_EQ(Reg4(84), 1u);
  EXPECT_EQ(Reg4(32), Reg4(36)) << "a finished fence does not stop the queue";

  Set4(72, 3 | kFenceDone);
  Set4(84, 1);

  EXPECT_EQ(Reg4(84), 0u);
}

class IommuFence : public IommuCommands {
 protected:
  static constexpr uint64_t kPr = 1 << 12, kPw = 1 << 13;
  bool Done() {
    iommu->Tick(1000);
    return Reg4(32) == Reg4(36);
  }
  BusAccess Open(bool write, uint8_t id) {
    const BusAccess burst = {
        .write = write, .address = 0x1000, .bytes = 16, .device_id = 5, .id = id};
    EXPECT_EQ(iommu->Begin(burst).resp, AxiResp::kOkay);
    return burst;
  }
  void Beat(const BusAccess& burst, unsigned beat) {
    std::array<uint8_t, 8> data{};
    if (burst.write) {
      iommu->WriteBeat(burst, 0x9000 + 8 * beat, data, 0xff);
    } else {
      iommu->ReadBeat(burst, 0x9000 + 8 * beat, data);
    }
  }
};

TEST_F(IommuFence, WaitsForTheLastBeatOfOlderBursts) {
  for (bool write : {false, true}) {
    const BusAccess burst = Open(write, 2);
    Post(2 | kPr | kPw);
    EXPECT_FALSE(Done());
    Beat(burst, 0);
    EXPECT_FALSE(Done());
    Beat(burst, 1);
    EXPECT_TRUE(Done());
  }
  EXPECT_EQ(iommu->open_bursts(), 0u);
}

TEST_F(IommuFence, WaitsOnlyForTheDirectionItNames) {
  const BusAccess read = Open(false, 2);
  Post(2 | kPw);
  EXPECT_TRUE(Done());
  const BusAccess write = Open(true, 2);
  Post(2);
  EXPECT_TRUE(Done());
  Post(2 | kPr);
  EXPECT_FALSE(Done());
  Beat(read, 1);

  EXPECT_TRUE(Done());
  Beat(write, 1);
}

TEST_F(IommuFence, DoesNotWaitForYoungerBursts) {
  const BusAccess old = Open(false, 2);
  Post(2 | kPr | kPw);
  EXPECT_FALSE(Done());
  Open(false, 2);
  Open(true, 3);
  Beat(old, 0);
  Beat(old, 1);

  EXPECT_TRUE(Done());
  EXPECT_EQ(iommu->open_bursts(), 2u);
}

TEST_F(IommuFence, ABeatOfAnotherIdDoesNotCount) {
  Open(false, 2);
  Post(2 | kPr);
  EXPECT_FALSE(Done());
  Beat(Open(false, 3), 1);

  EXPECT_FALSE(Done());
}

TEST_F(IommuFence, BurstThatEndsWithoutBeatsCountsWhenThePortSaysSo) {
  const BusAccess lost = Open(true, 2);
  const BusAccess next = Open(true, 2);
  Post(2 | kPw);
  EXPECT_FALSE(Done());
  iommu->End(lost);
  EXPECT_FALSE(Done());
  Beat(next, 1);
  iommu->End(next);

  EXPECT_TRUE(Done());
}

TEST_F(IommuFence, ResetOfThePortEndsTheWait) {
  Open(true, 2);
  Post(2 | kPw);
  EXPECT_FALSE(Done());
  iommu->ForgetOpenBursts();

  EXPECT_TRUE(Done());
}

TEST_F(IommuFence, GivesUpOnLostBurstsAndSaysSo) {
  Restart({.fence_limit_cycles = 5000});
  StartAll();
  Open(true, 2);
  Post(2 | kPr | kPw);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(Done()) << i;
  }
  EXPECT_TRUE(Done());
  EXPECT_EQ(iommu->fences_given_up(), 1u);
  Post(2 | kPr | kPw);

  EXPECT_TRUE(Done()) << "the next one does not wait for them again";
  const BusAccess burst = Open(true, 2);
  Post(2 | kPr | kPw);
  EXPECT_FALSE(Done());
  Beat(burst, 1);
  EXPECT_TRUE(Done()) << "and a burst after them counts for itself";
  EXPECT_EQ(iommu->fences_given_up(), 1u);
}

TEST_F(IommuFence, WithoutALimitItWaitsForEver) {
  Restart({.fence_limit_cycles = 0});
  StartAll();
  Open(false, 2);
  Post(2 | kPr);
  iommu->Tick(10'000'000);
  iommu->Tick(10'000'000);

  EXPECT_FALSE(Done());
}

TEST_F(IommuFence, RefusedBurstsAreNotWaitedFor) {
  iommu->Begin({.write = true, .address = 0x7000, .bytes = 8, .device_id = 5});
  Post(2 | kPw);

  EXPECT_TRUE(Done());
}

TEST_F(IommuFence, TranslatorThatBreaksItsPromiseCanBeHad) {
  Restart({.fence_waits_for_bursts = false});
  StartAll();
  Open(true, 2);
  Post(2 | kPw);

  EXPECT_TRUE(Done());
}

}  // namespace
}  // namespace tb
