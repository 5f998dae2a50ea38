// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// The message catcher behind a memory port, with levels set by hand.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "axi/message_catcher.h"
#include "axi_fixture.h"

namespace tb {
namespace {

constexpr uint64_t kAddress = 0xFEE0'0010;
constexpr uint8_t kControl0 = 1;
constexpr uint8_t kControl1 = 3;

struct CatcherBench {
  CatcherBench()
      : sim(device),
        pins{.data_bytes = 8},
        catcher(sim, memory, [this] { return levels; }),
        port(sim, pins, catcher),
        manager(sim, pins) {
    memory.AddRam(PortBench::kBase, 1 << 16);
    catcher.Watch(0, kAddress);
    catcher.Watch(1, kAddress + 4);
    sim.Reset();
  }
  void SetLevels(uint32_t value) {
    levels = value;
    sim.Step(2);
  }
  void Write(uint8_t id, uint64_t address, const std::vector<uint8_t>& bytes) {
    manager.Write(id, address, bytes);
    ASSERT_TRUE(sim.RunUntil([&] { return manager.done(); }, Cycles{1000}));
  }
  void Message(uint8_t id = kControl0, uint64_t address = kAddress) {
    Write(id, address, {0x78, 0x56, 0x34, 0x12});
  }
  std::string Problems() {
    catcher.Check();
    return sim.violations().Report();
  }

  NoDevice device;
  Simulation sim;
  AxiPins pins;
  Memory memory;
  uint32_t levels = 0;
  MessageCatcher catcher;
  AxiMemoryPort port;
  TestManager manager;
};

TEST(MessageCatcher, KeepsMessagesByChannel) {
  CatcherBench bench;
  bench.SetLevels(3);
  bench.Message();
  bench.Message(kControl1, kAddress + 4);

  ASSERT_EQ(bench.catcher.messages(0).size(), 1u);
  EXPECT_EQ(bench.catcher.messages(0)[0].data, 0x12345678u);
  EXPECT_EQ(bench.catcher.messages(1).size(), 1u);
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Problems();
  EXPECT_EQ(bench.manager.b[0].resp, AxiResp::kOkay);
}

TEST(MessageCatcher, OtherAccessesAreTheMemorysBusiness) {
  CatcherBench bench;

  bench.Write(0, PortBench::kBase + 5, Counting(50));

  EXPECT_EQ(bench.memory.Bytes(PortBench::kBase + 5, 50), Counting(50));
  EXPECT_TRUE(bench.catcher.messages(0).empty());
  EXPECT_EQ(bench.sim.violations().empty(), true) << bench.Problems();
}

TEST(MessageCatcher, ALevelThatRoseWithoutAMessageIsMissed) {
  CatcherBench bench;
  bench.SetLevels(1);

  EXPECT_NE(bench.Problems().find("channel 0: the level is high, and no message"),
            std::string::npos)
      << bench.Problems();
}

TEST(MessageCatcher, ALevelThatFellAgainNeedsNone) {
  CatcherBench bench;
  bench.SetLevels(1);
  bench.SetLevels(0);

  bench.catcher.Check();

  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Problems();
}

TEST(MessageCatcher, ASecondRiseNeedsASecondMessage) {
  CatcherBench bench;
  bench.SetLevels(1);
  bench.Message();
  bench.SetLevels(0);
  bench.SetLevels(1);
  EXPECT_NE(bench.Problems().find("no message"), std::string::npos);
}

TEST(MessageCatcher, AWriteThatLeavesTheLevelHighNeedsAnother) {
  CatcherBench bench;
  bench.SetLevels(1);
  bench.Message();
  bench.sim.Step(5);
  bench.catcher.NoteWrite(0);
  bench.sim.Step(5);
  EXPECT_NE(bench.Problems().find("no message"), std::string::npos);

  CatcherBench good;
  good.SetLevels(1);
  good.Message();
  good.sim.Step(5);
  good.catcher.NoteWrite(0);
  good.Message();
  good.catcher.Check();
  EXPECT_TRUE(good.sim.violations().empty()) << good.Problems();
}

TEST(MessageCatcher, AWriteThatLetsTheLevelFallIsNoReason) {
  CatcherBench bench;
  bench.SetLevels(1);
  bench.Message();
  bench.SetLevels(0);
  bench.catcher.NoteWrite(0);

  bench.Message();

  EXPECT_NE(bench.Problems().find("without a reason"), std::string::npos);
}

TEST(MessageCatcher, AMessageTooManyIsReported) {
  CatcherBench bench;
  bench.SetLevels(1);
  bench.Message();
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Problems();

  bench.Message();

  EXPECT_NE(bench.Problems().find("channel 0: a message without a reason"), std::string::npos);
}

// Two reasons one after the other may be answered by one message or by two, but only for a while.
TEST(MessageCatcher, ReasonsCloseTogetherMayShareAMessage) {
  CatcherBench one;
  one.SetLevels(1), one.SetLevels(0), one.SetLevels(1);
  one.Message();
  one.catcher.Check();
  EXPECT_TRUE(one.sim.violations().empty()) << one.Problems();

  CatcherBench late;
  late.SetLevels(1), late.SetLevels(0), late.SetLevels(1);
  late.sim.Step(100);
  late.Message();
  late.Message();
  EXPECT_NE(late.Problems().find("without a reason"), std::string::npos);
}

TEST(MessageCatcher, WritesThatAreNoMessageOfTheChannelAreReported) {
  struct Case {
    uint8_t id;
    uint64_t address;
    size_t bytes;
  };
  for (const Case& c : {Case{0, kAddress, 4},              // a data id: forged by a COPY
                        Case{kControl1, kAddress, 4},      // another channel's address
                        Case{kControl0, kAddress + 2, 2},  // not its first byte
                        Case{kControl0, kAddress, 2},      // too short
                        Case{kControl0, kAddress, 8}}) {   // too long
    CatcherBench bench;
    bench.SetLevels(3);
    bench.Write(c.id, c.address, Counting(c.bytes));
    EXPECT_NE(bench.sim.violations().Report().find("that is no"), std::string::npos)
        << unsigned{c.id} << " " << c.bytes;
    EXPECT_TRUE(bench.catcher.messages(0).empty() && bench.catcher.messages(1).empty());
  }
}

TEST(MessageCatcher, AForgivenOneChecksNothingAtTheEnd) {
  CatcherBench bench;
  bench.SetLevels(1);
  bench.catcher.Forgive();

  bench.catcher.Check();

  EXPECT_TRUE(bench.sim.violations().empty());
}

}  // namespace
}  // namespace tb
