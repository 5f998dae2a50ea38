// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// DIRECT: source, destination, count, go; no fetch, no ring (fault-cases E16).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rtl/engine/recovery.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

void Word(EngineChannel& ch, const Descriptor& d, unsigned word, uint8_t strobe = 0xF) {
  const Entry raw = d.Encode();
  uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= uint32_t{raw[4 * word + i]} << (8 * i);
  ch.Write(SGDMA_CH_DIRECT0 + 4 * word, value, strobe);
}

void Go(EngineChannel& ch, const Descriptor& d) {
  for (unsigned word = 0; word < 4; ++word) Word(ch, d, word);
}

TEST(EngineDirect, CopiesWithoutAnyRing) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(0, 0);
  const Descriptor copy = bench.NewCopy(300, 3, 6);

  Go(ch, copy);

  ASSERT_TRUE(bench.sim.RunUntil([&] { return (bench.dut.irq() & 1) != 0; }, Cycles{1000}));
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
  EXPECT_EQ(bench.CheckCopy(copy), "");
}

TEST(EngineDirect, LeavesARecordThatSaysSoAndHeadWhereItWas) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 3);
  uint16_t slot = 0;
  for (unsigned round = 0; round < 7; ++round) {
    const Descriptor ring = bench.NewCopy(20 + round, 1, 2, kCpl);
    const Descriptor direct = bench.NewCopy(30 + round, 2, 1);
    EXPECT_EQ(ch.Run({ring}), (Records{{.bytes = 20 + round, .slot = slot}}));
    slot = static_cast<uint16_t>((slot + 1) % 4);

    Go(ch, direct);

    EXPECT_EQ(ch.Records(1), (Records{{.bytes = 30 + round, .slot = 0, .direct = true}}));
    EXPECT_EQ(ch.HeadRegister(), slot);
    EXPECT_EQ(bench.CheckCopy(ring) + bench.CheckCopy(direct), "");
  }
}

TEST(EngineDirect, TakesNopAndListAndIgnoresPhase) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(3, 4);
  const std::vector<Descriptor> work = {bench.NewCopy(50, 1, 2, kCpl), bench.NewCopy(60, 2, 1)};

  for (const uint16_t phase : {uint16_t{0}, kPhase}) {
    Descriptor nop = Nop();
    nop.ctl |= phase;
    Go(ch, nop);
    EXPECT_EQ(ch.Records(1), (Records{{.slot = 0, .direct = true}}));
  }
  Go(ch, LinkTo(bench.NewArray(work), 2));
  EXPECT_EQ(ch.Records(2), (Records{{.bytes = 50, .slot = 0, .index = 0, .direct = true},
                                    {.slot = 0, .direct = true}}));

  for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
}

TEST(EngineDirect, FillsMemory) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(0, 3);
  const uint64_t dst = kDestinationArea + 5;
  bench.board.Declare("filled", dst, 21, Permission::kWrite);
  Descriptor fill = CopyOf(0x44332211, dst, 21);
  fill.ctl = static_cast<uint16_t>(Opcode::kFill);

  Go(ch, fill);

  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 21, .slot = 0, .direct = true}}));
  const std::vector<uint8_t> got = bench.memory.Bytes(dst, 21);
  for (unsigned i = 0; i < 21; ++i) EXPECT_EQ(got[i], 0x11 * (1 + i % 4)) << i;
}

// What needs a partner has none here; SEND and RECV are not built.
TEST(EngineDirect, ReportsWhatItCanNotRunAndRetryRunsTheImageAgain) {
  struct Case {
    Descriptor bad;
    Status status;
  };
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(3, 4);
  Descriptor stride = CopyOf(8, 8, 4);
  stride.ctl = static_cast<uint16_t>(Opcode::kStride);
  const Case cases[] = {
      {stride, Status::kBadStride},
      {CopyOf(0, 0, 0), Status::kBadLength},
      {CopyOf((uint64_t{1} << 48) - 1, 0, 2), Status::kBadAddress},
      {Descriptor{}, Status::kBadOpcode},
      {CopyOf(0, 0, 5, kEop), Status::kBadCtl},
      {LinkTo(8, 1), Status::kBadAddress},
      {LinkTo(kArrayArea, 0), Status::kBadLink},
  };
  for (const bool skip : {false, true}) {
    for (const Case& c : cases) {
      SCOPED_TRACE(Name(c.status));
      const Record expected = {
          .slot = 0, .status = c.status, .where = Where::kDescriptor, .direct = true};
      Go(ch, c.bad);
      ASSERT_TRUE(ch.WaitState(State::kHalted));
      EXPECT_EQ(ch.TakeRecords(), Records{expected});
      EXPECT_EQ(ch.error_image(), expected);
      EXPECT_EQ(ch.TakeCauses(), kCauseError | kCauseHalted);
      ch.Write(SGDMA_CH_ERR_CTRL, 1);
      const Descriptor good = bench.NewCopy(44, 1, 3);
      if (skip) {
        ch.Give(Command::kSkip);
        ASSERT_EQ(ch.state(), State::kRun);
        EXPECT_TRUE(bench.Settle());
        EXPECT_EQ(ch.TakeRecords(), Records{});
        Go(ch, good);
      } else {
        // DIRECT3 submits, so of the image only the other words can be mended: opcode and flags
        // stay.
        if (c.bad.opcode() != Opcode::kCopy || c.status == Status::kBadCtl) {
          ch.Give(Command::kRetry);
          ASSERT_TRUE(ch.WaitState(State::kHalted));
          EXPECT_EQ(ch.TakeRecords(), Records{expected});
          ch.Write(SGDMA_CH_ERR_CTRL, 1);
          ch.Give(Command::kSkip);
          Go(ch, good);
        } else {
          for (unsigned word = 0; word < 3; ++word) Word(ch, good, word);
          ch.Give(Command::kRetry);
        }
      }
      EXPECT_EQ(ch.Records(1), (Records{{.bytes = 44, .slot = 0, .direct = true}}));
      EXPECT_EQ(bench.CheckCopy(good), "");
      ch.TakeCauses();
    }
  }
}

TEST(EngineDirect, BusErrorNamesByteAndRetryIsExact) {
  for (const bool write : {false, true}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(3, 4);
    const Descriptor copy = bench.NewCopy(400, 0, 0);
    PortFault fault{.on = write ? PortFault::On::kWriteBurst : PortFault::On::kReadBeat,
                    .nth = write ? 2u : 20u,
                    .ids = kDataIds};
    bench.port.Arm(fault);

    Go(ch, copy);
    ASSERT_TRUE(ch.WaitState(State::kHalted));

    const uint32_t done = write ? 128 : 19 * 8;
    EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = done,
                                          .slot = 0,
                                          .fault = (write ? copy.dst : copy.src) + done,
                                          .status = Status::kSlvErr,
                                          .where = write ? Where::kWrite : Where::kRead,
                                          .direct = true}}));
    bench.Reopen(copy);
    ch.Give(Command::kRetry);
    EXPECT_EQ(ch.Records(1), (Records{{.bytes = 400, .slot = 0, .direct = true}}));
    EXPECT_EQ(bench.CheckCopy(copy), "");
    const Descriptor next = bench.NewCopy(9, 0, 0, kCpl);
    EXPECT_EQ(ch.Run({next}), (Records{{.bytes = 9, .slot = 0}}));
  }
}

TEST(EngineDirect, RefusedUnlessRunningEmptyAndIdle) {
  EngineBench bench(IdealPort(20));
  EngineChannel& ch = bench.channel(0);
  const Descriptor copy = bench.NewCopy(64);

  Go(ch, copy);
  EXPECT_TRUE(ch.TakeRefused()) << "IDLE";
  ch.Start(3, 3);
  EXPECT_FALSE(ch.TakeRefused());
  EXPECT_NE(ch.Read(SGDMA_CH_DIRECT3), uint32_t{copy.ctl} << 16 | copy.dst >> 32) << "kept nothing";

  Word(ch, copy, 3, 0x7);
  EXPECT_TRUE(ch.TakeRefused()) << "strobes";

  const Descriptor in_ring = bench.NewCopy(1000, 0, 0, kCpl);
  ch.Submit({in_ring});
  Word(ch, copy, 3);
  EXPECT_TRUE(ch.TakeRefused()) << "work in the ring";
  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 1000, .slot = 0}}));

  const Descriptor first = bench.NewCopy(2000);
  Go(ch, first);
  EXPECT_FALSE(ch.TakeRefused());
  Word(ch, copy, 3);
  EXPECT_TRUE(ch.TakeRefused()) << "DIRECT in progress";
  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 2000, .slot = 0, .direct = true}}));

  ch.Give(Command::kPause);
  ASSERT_TRUE(ch.WaitState(State::kPaused));
  Word(ch, copy, 3);
  EXPECT_TRUE(ch.TakeRefused()) << "PAUSED";
  ch.Give(Command::kResume);
  ch.Give(Command::kAbort);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  Word(ch, copy, 3);
  EXPECT_TRUE(ch.TakeRefused()) << "HALTED";
  EXPECT_TRUE(bench.Untouched(copy));
}

// C10: as soon as the record is there, whether or not the engine has its B.
TEST(EngineDirect, NextOneIsTakenBeforeTheBOfTheRecord) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(0, 4);
  bench.port.SilenceWrites(kControlIds);
  for (unsigned i = 0; i < 5; ++i) {
    const Descriptor copy = bench.NewCopy(16 + i, i, 7 - i);

    Go(ch, copy);

    EXPECT_FALSE(ch.TakeRefused());
    EXPECT_EQ(ch.Records(1), (Records{{.bytes = 16 + i, .slot = 0, .direct = true}}));
    EXPECT_EQ(bench.CheckCopy(copy), "");
  }
  bench.AnswerAll();
}

// Work given to the ring while it runs comes behind it.
TEST(EngineDirect, RingGoesOnBehindIt) {
  EngineBench bench(IdealPort(26));
  EngineChannel& ch = bench.channel(0);
  ch.Start(3, 4);
  const Descriptor direct = bench.NewCopy(500, 1, 1);
  const Descriptor behind = bench.NewCopy(40, 2, 2, kCpl);

  Go(ch, direct);
  ch.Submit({behind});

  EXPECT_EQ(ch.Records(2),
            (Records{{.bytes = 500, .slot = 0, .direct = true}, {.bytes = 40, .slot = 0}}));
  EXPECT_EQ(bench.CheckCopy(direct) + bench.CheckCopy(behind), "");
}

TEST(EngineDirect, PauseAndAbortAtEveryCycle) {
  for (unsigned cycle = 0; cycle < 90; ++cycle) {
    SCOPED_TRACE(cycle);
    for (const bool abort : {false, true}) {
      EngineBench bench(IdealPort(5));
      EngineChannel& ch = bench.channel(0);
      ch.Start(3, 4);
      const Descriptor copy = bench.NewCopy(300, 3, 1);
      Go(ch, copy);
      bench.sim.Step(cycle);
      ch.Give(abort ? Command::kAbort : Command::kPause);
      ASSERT_TRUE(ch.WaitState(abort ? State::kHalted : State::kPaused));
      if (!abort) {
        ch.Give(Command::kResume);
        EXPECT_EQ(ch.Records(1), (Records{{.bytes = 300, .slot = 0, .direct = true}}));
        EXPECT_EQ(bench.CheckCopy(copy), "");
        continue;
      }
      const Records records = ch.TakeRecords();
      ASSERT_LE(records.size(), 1u);
      if (records.empty()) {
        EXPECT_TRUE(bench.Untouched(copy));
      } else {
        EXPECT_TRUE(records[0].direct);
        EXPECT_TRUE(records[0].status == Status::kAborted || records[0].bytes == 300);
        EXPECT_EQ(bench.CheckCopy(copy, records[0].bytes), "");
      }
      ch.Restart();
      bench.Reopen(copy);
      Go(ch, copy);
      EXPECT_EQ(ch.Records(1), (Records{{.bytes = 300, .slot = 0, .direct = true}}));
    }
  }
}

}  // namespace
}  // namespace tb
