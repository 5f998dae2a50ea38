// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupt messages: one write when the level rises, and again after a write that leaves it high
// (fault-cases B9, F9; invariant 11).

#include <gtest/gtest.h>

#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr uint64_t kMailbox = kDestinationArea + 0x1'0000;
constexpr uint32_t kValue = 0xC0FFEE11;

// Four bytes of memory that hold the value when a message has come since last looked at.
class Mailbox {
 public:
  explicit Mailbox(EngineBench& bench, uint64_t address = kMailbox)
      : bench_(bench), address_(address) {
    bench_.board.Declare("mailbox", address, 4, Permission::kWrite);
    bench_.memory.Store<uint32_t>(address_, 0);
  }
  void Open(EngineChannel& ch, uint32_t devid = 0x5A) {
    ch.WriteGlobal(SGDMA_GLB_CH_MSG_DEVID, devid);
    ch.WriteGlobal(SGDMA_GLB_CH_MSG_ADDR_LO, static_cast<uint32_t>(address_));
    ch.WriteGlobal(SGDMA_GLB_CH_MSG_ADDR_HI, static_cast<uint32_t>(address_ >> 32));
    ch.WriteGlobal(SGDMA_GLB_CH_MSG_DATA, kValue);
  }
  bool Take(Cycles wait = Cycles{60}) {
    const bool came =
        bench_.sim.RunUntil([&] { return bench_.memory.Load<uint32_t>(address_) == kValue; }, wait);
    bench_.memory.Store<uint32_t>(address_, 0);
    return came;
  }

 private:
  EngineBench& bench_;
  uint64_t address_;
};

TEST(EngineMessage, IsWrittenWhenTheLevelRisesAndOnlyThen) {
  EngineBench bench;
  Mailbox box(bench);
  EngineChannel& ch = bench.channel(0);
  box.Open(ch);
  ch.Start(4, 4);
  EXPECT_FALSE(box.Take());

  ch.Run({Nop(kIrq)});
  EXPECT_TRUE(box.Take());
  ch.Run({Nop(kIrq)});
  EXPECT_FALSE(box.Take()) << "the level was high all the time";
  ch.TakeCauses();
  EXPECT_FALSE(box.Take()) << "cleared";
  ch.Run({Nop(kIrq)});
  EXPECT_TRUE(box.Take());
}

// The four bytes and no others, whatever lane they are in; the scoreboard sees any other.
TEST(EngineMessage, MayGoToAnyWordOfALine) {
  for (uint64_t offset = 0; offset < 64; offset += 4) {
    EngineBench bench;
    Mailbox box(bench, kMailbox + offset);
    EngineChannel& ch = bench.channel(0);
    box.Open(ch);
    ch.Start(4, 4);
    ch.Run({Nop(kIrq)});
    EXPECT_TRUE(box.Take());
  }
}

// F9: a second cause between reading the first and clearing it.
TEST(EngineMessage, IsRepeatedByAClearThatLeavesTheLevelHigh) {
  EngineBench bench;
  Mailbox box(bench);
  EngineChannel& ch = bench.channel(0);
  box.Open(ch);
  ch.Start(4, 4);
  ch.Run({Nop(kIrq)});
  ASSERT_TRUE(box.Take());
  ch.Give(Command::kResume);  // refused: a second cause
  EXPECT_FALSE(box.Take());

  ch.Write(SGDMA_CH_CAUSE, kCauseDone);
  EXPECT_TRUE(box.Take());
  ch.Write(SGDMA_CH_CAUSE, kCauseRefused);
  EXPECT_FALSE(box.Take());
}

TEST(EngineMessage, IsSentByEnableAndMaskWritesThatLeaveTheLevelHigh) {
  EngineBench bench;
  Mailbox box(bench);
  EngineChannel& ch = bench.channel(0);
  box.Open(ch);
  ch.Start(4, 4);
  ch.Write(SGDMA_CH_ENABLE, 0);
  ch.Run({Nop(kIrq)});
  EXPECT_FALSE(box.Take()) << "not enabled";
  ch.Write(SGDMA_CH_ENABLE, kCauseDone);
  EXPECT_TRUE(box.Take()) << "F1";
  ch.Write(SGDMA_CH_ENABLE, kAllCauses);
  EXPECT_TRUE(box.Take()) << "again, since it is left high";
  bench.registers.Write(SGDMA_GLB_IRQ_MASK, 0);
  EXPECT_FALSE(box.Take()) << "masked";
  bench.registers.Write(SGDMA_GLB_IRQ_MASK, 1);
  EXPECT_TRUE(box.Take()) << "unmasked";
}

// Whatever the moment of the second end, after the clear either nothing is pending or a message
// comes.
TEST(EngineMessage, NoCauseIsLostAtAnyCycle) {
  for (unsigned delay = 0; delay < 50; ++delay) {
    EngineBench bench;
    Mailbox box(bench);
    EngineChannel& ch = bench.channel(0);
    box.Open(ch);
    ch.Start(4, 4);
    ch.Run({Nop(kIrq)});
    ASSERT_TRUE(box.Take());
    ch.Submit({Nop(kIrq | kCpl)});
    bench.sim.Step(delay);
    ch.Write(SGDMA_CH_CAUSE, kCauseDone);
    const bool seen = ch.RecordThere();
    ASSERT_TRUE(seen || box.Take(Cycles{200})) << delay;
  }
}

TEST(EngineMessage, CarriesADeviceIdOfItsOwn) {
  EngineBench bench;
  Mailbox box(bench);
  EngineChannel& ch = bench.channel(0);
  ch.WriteGlobal(SGDMA_GLB_CH_DEVID, 0x111);
  box.Open(ch, 0x222);
  ch.Start(4, 4);
  ch.Submit({Nop(kIrq | kCpl)});
  std::vector<uint32_t> ids;
  bench.sim.RunUntil(
      [&] {
        const AxiAddressPins& aw = bench.dut.m_axi().aw;
        if (aw.Fires()) ids.push_back(aw.user);
        return false;
      },
      Cycles{200});
  EXPECT_EQ(ids, (std::vector<uint32_t>{0x111, 0x222}));
}

// B9: reported, halts nothing, and the next event sends again.
TEST(EngineMessage, FailureIsReportedAndHaltsNothing) {
  for (const AxiResp resp : {AxiResp::kSlvErr, AxiResp::kDecErr}) {
    EngineBench bench;
    Mailbox box(bench);
    EngineChannel& ch = bench.channel(0);
    box.Open(ch);
    ch.Start(4, 4);
    bench.port.Arm({.on = PortFault::On::kWriteBurst, .nth = 1, .ids = kControlIds, .resp = resp});

    ch.Run({Nop(kIrq)});
    EXPECT_FALSE(box.Take());
    EXPECT_EQ(ch.error_image(),
              (Record{.slot = 0,
                      .index = 0,
                      .fault = kMailbox,
                      .status = resp == AxiResp::kDecErr ? Status::kDecErr : Status::kSlvErr,
                      .where = Where::kMessage}));
    EXPECT_EQ(ch.state(), State::kRun);
    const Descriptor copy = bench.NewCopy(100, 1, 2, kCpl);
    EXPECT_EQ(ch.Run({copy}), (std::vector<Record>{{.bytes = 100, .slot = 1}}));
    EXPECT_EQ(ch.TakeCauses(), kCauseDone | kCauseError);
    ch.Run({Nop(kIrq)});
    EXPECT_TRUE(box.Take());
  }
}

// The message goes out and is answered among records; each response finds its own.
TEST(EngineMessage, GoesAmongRecords) {
  for (const unsigned latency : {1u, 7u, 40u}) {
    EngineBench bench(IdealPort(latency));
    Mailbox box(bench);
    EngineChannel& ch = bench.channel(0);
    box.Open(ch);
    ch.Start(6, 6);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 40; ++i) {
      work.push_back(bench.NewCopy(8 + i, i % 8, 0, i % 5 == 0 ? kCpl | kIrq : kCpl));
    }
    ch.Submit(work);
    unsigned messages = 0;
    unsigned records = 0;
    for (unsigned i = 0; i < 400 && records < 40; ++i) {
      messages += box.Take(Cycles{10});
      ch.TakeCauses();
      records += static_cast<unsigned>(ch.TakeRecords().size());
    }
    EXPECT_EQ(records, 40u);
    EXPECT_GE(messages, 2u);
    for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
  }
}

// A paused or halted channel still sends, and is QUIESCED only then; in a channel being reset
// nothing is left behind.
TEST(EngineMessage, HoldsBackQuiesced) {
  EngineBench bench;
  Mailbox box(bench);
  EngineChannel& ch = bench.channel(0);
  box.Open(ch);
  ch.Start(4, 4);
  ch.Give(Command::kPause);
  ASSERT_TRUE(ch.WaitState(State::kPaused));
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
  bench.port.SilenceWrites(kControlIds);
  ch.Give(Command::kPause);  // refused: a cause
  bench.sim.Step(30);
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 0u);
  bench.AnswerAll();
  bench.sim.Step(30);
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
  EXPECT_TRUE(box.Take());
}

}  // namespace
}  // namespace tb
