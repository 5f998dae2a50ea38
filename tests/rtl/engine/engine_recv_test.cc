// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// RECV: stream to memory. Packets of any length into any destination, TLAST early, late, alone and
// missing, bad beats, overrun, errors that cut a RECV and what is discarded then (fault-cases
// G1-G4, G8, A2, A18, F10 for RECV), isolation of a silent stream.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "fixed_jobs.h"
#include "model/reference.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;
using Data = std::vector<uint8_t>;

constexpr unsigned kBus = Dut::kDataBytes;

MemoryPortConfig Port(unsigned which) {
  return which == 0 ? IdealPort(1) : which == 1 ? IdealPort(40) : StallingPort(which);
}
Stall Mood(unsigned which) {
  return which == 0 ? Stall::Never() : which == 1 ? Stall::Random(0.6) : Stall::Bursts(0.05, 5, 80);
}

// A source into channel 0, and targets that know what belongs in them.
struct Scene {
  explicit Scene(const MemoryPortConfig& port = IdealPort(3), const Stall& gap = {})
      : bench(port), source(bench.AddSource(0, {.seed = 5, .gap = gap})) {}
  EngineChannel& ch() { return bench.channel(0); }

  // A RECV of at most `len` bytes, which will get `data`.
  Descriptor NewRecv(uint32_t len, const Data& data, unsigned offset = 0, uint16_t flags = kCpl) {
    Data whole = data;
    whole.resize(len, 0xEE);  // what no byte behind `data` may become
    const uint64_t dst = bench.NewTarget(whole, offset);
    targets.push_back({dst, len});
    proven.push_back(static_cast<uint32_t>(data.size()));
    old.push_back(bench.memory.Bytes(dst, len));
    return RecvOf(dst, static_cast<uint16_t>(len), flags);
  }
  // Each target has its data, and behind it nothing was written.
  void ExpectTargets(size_t first = 0) {
    for (size_t i = first; i < targets.size(); ++i) {
      ASSERT_EQ(bench.CheckTarget(targets[i].dst, targets[i].len, proven[i]), "") << "target " << i;
      const Data now = bench.memory.Bytes(targets[i].dst, targets[i].len);
      ASSERT_TRUE(std::equal(now.begin() + proven[i], now.end(), old[i].begin() + proven[i]))
          << "target " << i << " behind its data";
    }
  }
  uint32_t discarded() { return ch().Read(SGDMA_CH_CNT_STREAM_DISCARD); }

  EngineBench bench;
  StreamSource& source;
  std::vector<Target> targets;
  std::vector<uint32_t> proven;
  std::vector<Data> old;
};

TEST(EngineRecv, BringsAPacketToMemoryAndSaysWhereItEnded) {
  Scene s;
  s.ch().Start(3, 3);
  const Data data = Bytes(100, 1);
  s.source.Send({.bytes = data});
  s.ch().Submit({s.NewRecv(1500, data, 3, kCpl | kIrq)});

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 100, .slot = 0, .eop = true}}));
  s.ExpectTargets();
  EXPECT_TRUE(s.bench.Settle());
  EXPECT_EQ(s.ch().TakeCauses(), kCauseDone);
  EXPECT_EQ(s.discarded(), 0u);
}

// ---- Every destination offset x packet length ----

class EngineRecvOffsets : public ::testing::TestWithParam<std::tuple<unsigned, unsigned>> {};
INSTANTIATE_TEST_SUITE_P(All, EngineRecvOffsets,
                         ::testing::Combine(::testing::Range(0u, kBus), ::testing::Range(0u, 3u)));

TEST_P(EngineRecvOffsets, EveryPacketLengthIsExact) {
  const auto [offset, mood] = GetParam();
  Scene s(Port(mood), Mood(mood));
  s.ch().Start(6, 6);
  std::vector<Descriptor> work;
  Records expected;
  for (unsigned len = 1; len <= 3 * kBus; ++len) {
    const Data data = Bytes(len, len);
    s.source.Send({.bytes = data});
    work.push_back(s.NewRecv(len + 20, data, offset));
    expected.push_back({.bytes = len, .slot = static_cast<uint16_t>(len - 1), .eop = true});
  }

  ASSERT_EQ(s.ch().Run(work), expected);

  s.ExpectTargets();
}

// G1: TLAST exactly at the end, one byte early, one byte late. A packet goes on in the next RECV
// from the next byte, whatever lane that is in.
TEST_P(EngineRecvOffsets, PacketEndsAtBeforeAndBehindTheLength) {
  const auto [offset, mood] = GetParam();
  Scene s(Port(mood), Mood(mood));
  s.ch().Start(8, 8);
  std::vector<Descriptor> work;
  Records expected;
  const auto expect = [&](uint32_t bytes, bool eop) {
    expected.push_back(
        {.bytes = bytes, .slot = static_cast<uint16_t>(expected.size()), .eop = eop});
  };
  for (unsigned len = 2; len <= 2 * kBus + 2; ++len) {
    const Data data = Bytes(3 * len, len);
    s.source.Send({.bytes = {data.begin(), data.begin() + len}});
    work.push_back(s.NewRecv(len, {data.begin(), data.begin() + len}, offset));
    expect(len, true);
    s.source.Send({.bytes = {data.begin() + 1, data.begin() + len}});
    work.push_back(s.NewRecv(len, {data.begin() + 1, data.begin() + len}, offset + 1));
    expect(len - 1, true);
    s.source.Send({.bytes = data});
    for (unsigned part = 0; part < 3; ++part) {
      work.push_back(s.NewRecv(len, {data.begin() + part * len, data.begin() + (part + 1) * len},
                               offset + part));
      expect(len, part == 2);
    }
  }

  ASSERT_EQ(s.ch().Run(work), expected);

  s.ExpectTargets();
}

// G1: no TLAST at all.
TEST(EngineRecv, StreamWithoutTlastFillsOneRecvAfterTheOther) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    Scene s(Port(mood), Mood(mood));
    s.ch().Start(6, 6);
    const Data data = Bytes(kBus * 500, 3);
    s.source.Send({.bytes = data, .last = false});
    std::vector<Descriptor> work;
    Records expected;
    uint32_t at = 0;
    for (unsigned i = 0; at + 10 + 23 * i <= data.size(); ++i) {
      const uint32_t len = 10 + 23 * i;
      work.push_back(s.NewRecv(len, {data.begin() + at, data.begin() + at + len}, i % kBus));
      expected.push_back({.bytes = len, .slot = static_cast<uint16_t>(i)});
      at += len;
    }

    EXPECT_EQ(s.ch().Run(work), expected);

    s.ExpectTargets();
  }
}

// G2: longer than every buffer on the way.
TEST(EngineRecv, PacketMayBeLongerThanAllBuffers) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    Scene s(Port(mood), Mood(mood));
    s.ch().Start(4, 4);
    const Data data = Bytes(100'000, 8);
    s.source.Send({.bytes = data});
    const std::vector<Descriptor> work = {s.NewRecv(65535, {data.begin(), data.begin() + 65535}, 5),
                                          s.NewRecv(65535, {data.begin() + 65535, data.end()}, 2)};

    EXPECT_EQ(s.ch().Run(work),
              (Records{{.bytes = 65535, .slot = 0}, {.bytes = 34465, .slot = 1, .eop = true}}));

    s.ExpectTargets();
  }
}

// G8: a TLAST beat without bytes ends a RECV; behind a RECV that was full it ends the next one.
TEST(EngineRecv, TlastWithoutBytesEndsARecv) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    for (unsigned len = 0; len <= 2 * kBus; ++len) {
      SCOPED_TRACE(len);
      Scene s(Port(mood), Mood(mood));
      s.ch().Start(4, 4);
      // Whole words: only a TLAST beat may be partial.
      const Data data = Bytes(len / kBus * kBus, len);
      s.source.Send({.bytes = data, .empty_end = true});
      s.source.Send({.bytes = Bytes(9, 4)});
      const auto bytes = static_cast<uint32_t>(data.size());
      std::vector<Descriptor> work;
      Records expected;
      if (bytes > 0) {
        work.push_back(s.NewRecv(bytes, data, 1));
        expected.push_back({.bytes = bytes, .slot = 0});
      }
      work.push_back(s.NewRecv(40, {}, 2));
      expected.push_back({.bytes = 0, .slot = static_cast<uint16_t>(expected.size()), .eop = true});
      work.push_back(s.NewRecv(40, Bytes(9, 4), 3));
      expected.push_back({.bytes = 9, .slot = static_cast<uint16_t>(expected.size()), .eop = true});

      ASSERT_EQ(s.ch().Run(work), expected);

      s.ExpectTargets();
    }
  }
}

TEST(EngineRecv, GoesToAFifoAndMixesWithOtherWork) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    Scene s(Port(mood), Mood(mood));
    FifoPeripheral& fifo = NewFifo(s.bench, FifoPeripheral::Kind::kSink, 4, 0);
    s.ch().SetFixed(4, 5);
    s.ch().Start(6, 6);
    std::vector<Descriptor> work;
    std::vector<Descriptor> copies;
    Records expected;
    Data brought;
    const auto expect = [&](uint32_t bytes, bool eop) {
      expected.push_back(
          {.bytes = bytes, .slot = static_cast<uint16_t>(expected.size()), .eop = eop});
    };
    for (unsigned i = 0; i < 10; ++i) {
      const Data data = Bytes(4 * (3 + 5 * i), i);
      s.source.Send({.bytes = data});
      brought.insert(brought.end(), data.begin(), data.end());
      work.push_back(
          RecvOf(FifoAddress(0), static_cast<uint16_t>(data.size() + 8), kDstFixed | kCpl));
      expect(static_cast<uint32_t>(data.size()), true);
      copies.push_back(s.bench.NewCopy(40 + 31 * i, i % kBus, 0, kCpl));
      work.push_back(copies.back());
      expect(copies.back().len, false);
      const Data other = Bytes(33 + i, 50 + i);
      s.source.Send({.bytes = other});
      work.push_back(s.NewRecv(64, other, i));
      expect(static_cast<uint32_t>(other.size()), true);
    }

    ASSERT_EQ(s.ch().Run(work), expected);

    s.ExpectTargets();
    for (const Descriptor& d : copies) EXPECT_EQ(s.bench.CheckCopy(d), "");
    s.bench.sim.Step(500);
    EXPECT_EQ(fifo.taken(), brought);
  }
}

TEST(EngineRecv, RunsInListsAndAsDirect) {
  Scene s;
  s.ch().Start(4, 4);
  const Data one = Bytes(70, 1);
  const Data two = Bytes(20, 2);
  for (const Data& data : {one, two, two}) s.source.Send({.bytes = data});
  const std::vector<Descriptor> list = {s.NewRecv(100, one), Nop(kCpl), s.NewRecv(20, two, 3)};

  EXPECT_EQ(s.ch().Run({LinkTo(s.bench.NewArray(list), 3, kCpl)}),
            (Records{{.bytes = 70, .slot = 0, .index = 0, .eop = true},
                     {.slot = 0, .index = 1},
                     {.bytes = 20, .slot = 0, .index = 2, .eop = true},
                     {.slot = 0}}));

  const Entry raw = s.NewRecv(50, two, 1).Encode();
  for (unsigned word = 0; word < 4; ++word) {
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= uint32_t{raw[4 * word + i]} << (8 * i);
    s.ch().Write(SGDMA_CH_DIRECT0 + 4 * word, value);
  }
  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 20, .slot = 0, .eop = true, .direct = true}}));
  s.ExpectTargets();
}

// ---- G4: nobody receives ----

TEST(EngineRecv, WithoutARecvNothingIsTakenAndTheStallIsCounted) {
  Scene s;
  s.ch().Start(4, 4);
  const Data data = Bytes(200, 1);
  s.source.Send({.bytes = data});
  const uint32_t before = s.ch().Read(SGDMA_CH_CNT_STREAM_STALL);
  s.bench.sim.Step(1000);
  EXPECT_EQ(s.source.bytes_sent(), 0u);
  EXPECT_GE(s.ch().Read(SGDMA_CH_CNT_STREAM_STALL), before + 1000);

  s.ch().Submit({s.NewRecv(300, data)});

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 200, .slot = 0, .eop = true}}));
  s.ExpectTargets();
  EXPECT_EQ(s.discarded(), 0u);
}

// The ring is always short of descriptors while packets arrive: nothing is lost or mixed up.
TEST(EngineRecv, RingThatRunsDryLosesNothing) {
  Scene s(IdealPort(6), Stall::Random(0.2));
  s.bench.sim.SetWatchdog(Cycles{50'000});
  s.ch().Start(2, 2);
  Random random(4);
  std::vector<Data> packets;
  for (unsigned i = 0; i < 60; ++i) {
    packets.push_back(Bytes(random.Between(1, 300), i));
    s.source.Send({.bytes = packets.back()});
  }
  for (const Data& data : packets) {
    s.bench.sim.Step(random.Between(0, 120));
    s.ch().Submit({s.NewRecv(300, data, static_cast<unsigned>(random.Between(0, 63)))});
    const Records got = s.ch().Records(1);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].bytes, data.size());
    EXPECT_EQ(got[0].status, Status::kOk);
    EXPECT_TRUE(got[0].eop);
  }
  s.ExpectTargets();
  EXPECT_EQ(s.discarded(), 0u);
}

// ---- A RECV that waits ----

TEST(EngineRecv, SilentStreamIsNoHangAndStopsNobodyElse) {
  Scene s;
  s.bench.sim.SetWatchdog(Cycles{100'000});
  s.ch().Write(SGDMA_CH_WATCHDOG, 60);
  s.ch().Start(4, 4);
  const Data data = Bytes(kBus * 3 + 5, 1);
  s.source.Send({.bytes = {data.begin(), data.begin() + 2 * kBus}, .last = false});
  s.ch().Submit({s.NewRecv(300, data)});
  s.bench.sim.Step(3000);

  EXPECT_EQ(s.ch().state(), State::kRun);
  EXPECT_EQ(s.ch().TakeCauses(), 0u);
  if (Dut::kChannels > 1) {
    EngineChannel& ch = s.bench.channel(1);
    ch.Start(4, 4);
    const Descriptor copy = s.bench.NewCopy(3000, 1, 2, kCpl);
    EXPECT_EQ(ch.Run({copy}), (Records{{.bytes = 3000, .slot = 0}}));
    EXPECT_EQ(s.bench.CheckCopy(copy), "");
  }
  s.source.Send({.bytes = {data.begin() + 2 * kBus, data.end()}});
  EXPECT_EQ(s.ch().Records(1),
            (Records{{.bytes = static_cast<uint32_t>(data.size()), .slot = 0, .eop = true}}));
  s.ExpectTargets();
}

// F10: the interrupt of an end before a RECV that waits for ever comes by time.
TEST(EngineRecv, CoalescedInterruptIsNotLostBehindARecvThatWaitsForEver) {
  Scene s;
  s.ch().Start(4, 4);
  s.ch().Write(SGDMA_CH_COALESCE, 4 | 200 << SGDMA_CH_COALESCE_TIME_SHIFT);
  const Descriptor copy = s.bench.NewCopy(60, 0, 1, kIrq | kCpl);
  s.ch().Submit({copy, s.NewRecv(100, {}, 0, kIrq | kCpl)});

  ASSERT_TRUE(s.bench.sim.RunUntil([&] { return (s.bench.dut.irq() & 1) != 0; }, Cycles{600}));
  EXPECT_EQ(s.ch().TakeCauses(), kCauseDone);
  s.bench.sim.Step(2000);
  EXPECT_EQ(s.bench.dut.irq(), 0u) << "nothing has ended since";
  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 60, .slot = 0}}));
  s.ch().Reset();
}

TEST(EngineRecv, PauseAtEveryCycleLosesNothing) {
  for (unsigned cycle = 0; cycle < 160; ++cycle) {
    SCOPED_TRACE(cycle);
    Scene s(IdealPort(4), cycle % 2 == 0 ? Stall::Never() : Stall::Random(0.5));
    s.ch().Start(4, 4);
    const Data one = Bytes(333, 1);
    const Data two = Bytes(50, 2);
    s.source.Send({.bytes = one});
    s.source.Send({.bytes = two});
    s.ch().Submit({s.NewRecv(300, {one.begin(), one.begin() + 300}, 3),
                   s.NewRecv(300, {one.begin() + 300, one.end()}, 1), s.NewRecv(60, two)});
    s.bench.sim.Step(cycle);
    s.ch().Give(Command::kPause);
    ASSERT_TRUE(s.ch().WaitState(State::kPaused));
    s.bench.sim.Step(30);
    s.ch().Give(Command::kResume);

    ASSERT_EQ(s.ch().Records(3), (Records{{.bytes = 300, .slot = 0},
                                          {.bytes = 33, .slot = 1, .eop = true},
                                          {.bytes = 50, .slot = 2, .eop = true}}));
    s.ExpectTargets();
  }
}

// ---- Bad packets ----

TEST(EngineRecv, TuserAtTlastEndsItWithStreamErrorBehindAllItsBytes) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    for (unsigned len = 0; len <= 3 * kBus; ++len) {
      SCOPED_TRACE(len);
      Scene s(Port(mood), Mood(mood));
      s.ch().Start(4, 4);
      const Data data = Bytes(len, 1);
      const Data next = Bytes(17, 2);
      s.source.Send({.bytes = data, .user = true});
      s.ch().Submit({s.NewRecv(100, data, 3)});
      ASSERT_TRUE(s.ch().WaitState(State::kHalted));

      const Records got = s.ch().TakeRecords();
      ASSERT_EQ(got.size(), 1u);
      EXPECT_EQ(got[0], (Record{.bytes = len,
                                .slot = 0,
                                .fault = s.targets[0].dst + len,
                                .status = Status::kStreamError,
                                .where = Where::kStream,
                                .eop = true}));
      s.source.Send({.bytes = next});
      s.ch().Give(Command::kSkip);
      s.ch().Submit({s.NewRecv(100, next, 1)});
      EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 17, .slot = 1, .eop = true}}));
      s.ExpectTargets();
      EXPECT_EQ(s.discarded(), 0u) << "nothing was left of the packet";
    }
  }
}

// G3: the bytes before the bad beat are there; the rest of the packet, and no more, is discarded.
TEST(EngineRecv, HolesInTkeepEndItWithStreamErrorAndTheRestIsDiscarded) {
  for (const StreamBreak what :
       {StreamBreak::kHole, StreamBreak::kPartialBeat, StreamBreak::kHighStart}) {
    for (unsigned beats = 0; beats < 6; ++beats) {
      for (const bool retry : {false, true}) {
        SCOPED_TRACE(std::to_string(static_cast<unsigned>(what)) + " at " + std::to_string(beats));
        Scene s(IdealPort(5), Stall::Random(0.2));
        s.ch().Start(4, 4);
        const Data data = Bytes(10 * kBus, 1);
        const Data next = Bytes(29, 2);
        s.ch().Submit({s.NewRecv(20 * kBus, {data.begin(), data.begin() + beats * kBus}, 1)});
        // The good beats first, then the packet's rest with the break in its first beat.
        if (beats > 0)
          s.source.Send({.bytes = {data.begin(), data.begin() + beats * kBus}, .last = false});
        ASSERT_TRUE(s.bench.sim.RunUntil([&] { return s.source.idle(); }, Cycles{500}));
        s.source.BreakOnce(what);
        s.source.Send({.bytes = {data.begin() + beats * kBus, data.end()}});
        ASSERT_TRUE(s.ch().WaitState(State::kHalted));

        const Records got = s.ch().TakeRecords();
        ASSERT_EQ(got.size(), 1u);
        EXPECT_EQ(got[0], (Record{.bytes = beats * kBus,
                                  .slot = 0,
                                  .fault = s.targets[0].dst + beats * kBus,
                                  .status = Status::kStreamError,
                                  .where = Where::kStream}));
        if (retry && beats > 0) {
          EXPECT_EQ(s.ch().Read(SGDMA_CH_STATE) & SGDMA_CH_STATE_RETRY_LEGAL_MASK, 0u);
          s.ch().Give(Command::kRetry);
          EXPECT_TRUE(s.ch().TakeRefused());
        }
        s.source.Send({.bytes = next});
        s.ch().Give(Command::kSkip);
        s.ch().Submit({s.NewRecv(100, next, 2)});
        EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 29, .slot = 1, .eop = true}}));
        s.ExpectTargets();
        // At least the whole beats behind the bad one, at most all behind the good ones.
        EXPECT_GE(s.discarded(), (9 - beats) * kBus);
        EXPECT_LE(s.discarded(), (10 - beats) * kBus);
      }
    }
  }
}

// ---- Errors that cut a RECV ----

TEST(EngineRecv, WriteErrorInEachBurstCutsItAndTheNextPacketIsWhole) {
  constexpr uint32_t kLen = 600;
  for (unsigned mood = 0; mood < 3; ++mood) {
    for (unsigned nth = 1; nth <= 4; ++nth) {
      SCOPED_TRACE(nth);
      Scene s(Port(mood), Mood(mood));
      s.ch().Start(4, 4);
      const Data data = Bytes(kLen, 1);
      const Data next = Bytes(77, 2);
      s.bench.port.Arm({.on = PortFault::On::kWriteBurst, .nth = nth, .ids = kDataIds});
      s.source.Send({.bytes = data});
      const Descriptor recv = s.NewRecv(kLen + 50, data, 0);
      s.ch().Submit({recv});
      ASSERT_TRUE(s.ch().WaitState(State::kHalted));

      const Records got = s.ch().TakeRecords();
      ASSERT_EQ(got.size(), 1u);
      EXPECT_EQ(got[0].status, Status::kSlvErr);
      EXPECT_EQ(got[0].where, Where::kWrite);
      EXPECT_EQ(got[0].fault, recv.dst + got[0].bytes);
      EXPECT_EQ(got[0].bytes, (nth - 1) * 16 * kBus) << "the bursts before it";
      EXPECT_EQ(s.bench.CheckTarget(recv.dst, recv.len, got[0].bytes), "");
      s.ch().Give(Command::kRetry);
      EXPECT_TRUE(s.ch().TakeRefused());
      s.source.Send({.bytes = next});
      s.ch().Give(Command::kSkip);
      s.ch().Submit({s.NewRecv(100, next, 1)});
      EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 77, .slot = 1, .eop = true}}));
      s.ExpectTargets(1);
      EXPECT_LE(s.discarded(), kLen - got[0].bytes);
    }
  }
}

TEST(EngineRecv, AFetchErrorTakesNothingFromTheStreamAndMayBeRetried) {
  Scene s;
  s.ch().Start(4, 4);
  const Data data = Bytes(88, 1);
  s.source.Send({.bytes = data});
  s.bench.port.Arm({.on = PortFault::On::kReadBurst, .ids = kControlIds});
  s.ch().Submit({s.NewRecv(100, data)});
  ASSERT_TRUE(s.ch().WaitState(State::kHalted));
  s.ch().TakeRecords();
  EXPECT_EQ(s.source.bytes_sent(), 0u);

  s.ch().Give(Command::kRetry);

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 88, .slot = 0, .eop = true}}));
  s.ExpectTargets();
}

// Each byte the stream has given is in a record that ended, or counted as discarded; the packet
// behind the cut one is whole.
TEST(EngineRecv, AbortAndResetAtEveryCycleAccountForEveryByte) {
  for (unsigned cycle = 0; cycle < 160; ++cycle) {
    for (const bool reset : {false, true}) {
      SCOPED_TRACE(std::to_string(cycle) + (reset ? " RESET" : " ABORT"));
      Scene s(IdealPort(4), cycle % 3 == 0 ? Stall::Random(0.5) : Stall::Never());
      s.ch().Start(4, 4);
      const Data one = Bytes(150, 1);
      const Data two = Bytes(200, 2);
      s.source.Send({.bytes = one});
      s.source.Send({.bytes = two, .last = false});
      s.ch().Submit({s.NewRecv(300, one, 3), s.NewRecv(400, two, 1)});
      s.bench.sim.Step(cycle);
      uint32_t recorded = 0;
      bool first_ended = false;
      if (reset) {
        s.ch().Reset();
      } else {
        s.ch().Give(Command::kAbort);
        ASSERT_TRUE(s.ch().WaitState(State::kHalted));
        for (const Record& r : s.ch().TakeRecords()) {
          recorded += r.bytes;
          if (r.slot == 0 && r.status == Status::kOk) first_ended = true;
          EXPECT_EQ(s.bench.CheckTarget(s.targets[r.slot].dst, s.targets[r.slot].len, r.bytes), "");
        }
      }

      // The end of what was cut, and one packet more; a packet nobody began comes whole.
      s.source.Send({.bytes = {9, 9, 9}});
      const Data last = Bytes(44, 3);
      s.source.Send({.bytes = last});
      s.ch().Start(4, 4);
      std::vector<Descriptor> work;
      for (unsigned i = 0; i < 3; ++i) {
        s.bench.board.Declare("any packet", kDestinationArea + kAreaBytes / 2 + 0x1000 * i, 500,
                              Permission::kWrite);
        work.push_back(RecvOf(kDestinationArea + kAreaBytes / 2 + 0x1000 * i, 500, kCpl));
      }
      s.ch().Submit(work);
      s.bench.sim.Step(1500);
      const Records got = s.ch().TakeRecords();
      ASSERT_GE(got.size(), 1u);
      EXPECT_EQ(got.back().bytes, 44u);
      EXPECT_TRUE(got.back().eop);
      const uint64_t at = kDestinationArea + kAreaBytes / 2 + 0x1000 * got.back().slot;
      EXPECT_EQ(s.bench.memory.Bytes(at, 44), last);
      for (const Record& r : got) {
        // Whole packets: 150, 200 + 3, or 44 bytes.
        EXPECT_TRUE(r.eop);
        EXPECT_TRUE(r.bytes == 150 || r.bytes == 203 || r.bytes == 44) << r;
        EXPECT_FALSE(first_ended && r.bytes == 150) << "received twice";
        recorded += r.bytes;
      }
      EXPECT_TRUE(s.source.idle());
      if (!reset) {
        EXPECT_EQ(recorded + s.discarded(), s.source.bytes_sent());
      }
      s.ch().Reset();
    }
  }
}

// ---- Bad descriptors ----

struct Bad {
  const char* name;
  Descriptor d;
  Status status;
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class EngineRecvBad : public ::testing::TestWithParam<Bad> {};

const Bad kBads[] = {
    {"NoLength", RecvOf(kDestinationArea, 0), Status::kBadLength},
    {"Wraps", RecvOf((uint64_t{1} << 48) - 1, 2), Status::kBadAddress},
    {"SrcFixed", RecvOf(kDestinationArea, 8, kSrcFixed), Status::kBadCtl},
    {"Eop", RecvOf(kDestinationArea, 8, kEop), Status::kBadCtl},
    {"Reserved", RecvOf(kDestinationArea, 8, 1 << 11), Status::kBadCtl},
    {"FixedLength", RecvOf(kFifoArea, 6, kDstFixed), Status::kBadLength},
    {"FixedAddress", RecvOf(kFifoArea + 2, 8, kDstFixed), Status::kBadAddress},
};

INSTANTIATE_TEST_SUITE_P(Each, EngineRecvBad, ::testing::ValuesIn(kBads),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EngineRecvBad, TakesNothingAndTheNextOneGetsThePacket) {
  Scene s;
  s.ch().SetFixed(4, 4);
  s.ch().Start(4, 4);
  const Data data = Bytes(50, 1);
  s.source.Send({.bytes = data});
  s.ch().Submit({GetParam().d});
  ASSERT_TRUE(s.ch().WaitState(State::kHalted));
  EXPECT_EQ(s.ch().TakeRecords(), (Records{{.slot = 0,
                                            .fault = s.ch().SlotAddress(0),
                                            .status = GetParam().status,
                                            .where = Where::kDescriptor}}));
  EXPECT_EQ(s.source.bytes_sent(), 0u);

  s.ch().Rewrite(0, s.NewRecv(60, data));
  s.ch().Give(Command::kRetry);

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 50, .slot = 0, .eop = true}}));
  s.ExpectTargets();
}

TEST(EngineRecv, IgnoresTheSource) {
  Scene s;
  s.ch().Start(4, 4);
  const Data data = Bytes(50, 1);
  s.source.Send({.bytes = data});
  Descriptor recv = s.NewRecv(60, data);
  recv.src = (uint64_t{1} << 48) - 1;
  EXPECT_EQ(s.ch().Run({recv}), (Records{{.bytes = 50, .slot = 0, .eop = true}}));
  s.ExpectTargets();
}

// ---- Loop-back, and the reference model ----

// Copies the beats of one channel's output into another one's input.
class Wire final : public Model {
 public:
  Wire(EngineBench& bench, unsigned from, unsigned to) : bench_(bench), from_(from), to_(to) {
    bench_.sim.Add(*this);
  }
  ~Wire() override { bench_.sim.Remove(*this); }
  void Sample() override {
    StreamPins& in = bench_.dut.s_axis(to_);
    const StreamPins& out = bench_.dut.m_axis(from_);
    if (in.Fires()) queue_.pop_front();
    if (out.Fires()) queue_.push_back(out);
  }
  void Drive() override {
    StreamPins& in = bench_.dut.s_axis(to_);
    bench_.dut.m_axis(from_).ready = queue_.size() < 8;
    const uint8_t ready = in.ready;
    in.valid = 0;
    if (queue_.empty()) return;
    in = queue_.front();
    in.valid = 1;
    in.ready = ready;
  }

 private:
  EngineBench& bench_;
  unsigned from_;
  unsigned to_;
  std::deque<StreamPins> queue_;
};

TEST(EngineRecv, LoopBackFromAnotherChannelIsExact) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  for (unsigned mood = 0; mood < 3; ++mood) {
    EngineBench bench(Port(mood));
    Wire wire(bench, 0, 1);
    bench.channel(0).Start(6, 6);
    bench.channel(1).Start(6, 6);
    std::vector<Target> targets;
    for (unsigned i = 0; i < 30; ++i) {
      const uint32_t len = 1 + 47 * i;
      const uint64_t src = bench.NewSource(len, i % 11);
      targets.push_back({bench.NewTarget(bench.memory.Bytes(src, len), 3 * i % kBus), len});
      bench.channel(0).Push(SendOf(src, static_cast<uint16_t>(len), kEop));
      bench.channel(1).Push(RecvOf(targets.back().dst, static_cast<uint16_t>(len), kCpl));
    }
    bench.channel(1).RingDoorbell();
    bench.channel(0).RingDoorbell();

    const Records got = bench.channel(1).Records(30);

    ASSERT_EQ(got.size(), 30u);
    for (unsigned i = 0; i < 30; ++i) {
      EXPECT_EQ(got[i],
                (Record{.bytes = targets[i].len, .slot = static_cast<uint16_t>(i), .eop = true}));
      EXPECT_EQ(bench.CheckTarget(targets[i].dst, targets[i].len), "");
    }
  }
}

TEST(EngineRecv, RandomPacketsDoWhatTheReferenceDoes) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Scene s(seed % 2 == 0 ? StallingPort(seed) : IdealPort(static_cast<uint32_t>(seed)),
            Stall::Random(0.1 * static_cast<double>(seed % 8)));
    Reference model([&](uint64_t at, std::span<uint8_t> out) { s.bench.memory.Read(at, out); },
                    {.bus_bytes = kBus, .opcodes = 0xFE});
    uint64_t total = 0;
    for (unsigned i = 0; i < 60; ++i) {
      const Data data = Bytes(random.Between(0, 500) >> random.Between(0, 8), i);
      const bool own_end = data.size() % kBus == 0 && random.Chance(0.3);
      s.source.Send({.bytes = data, .empty_end = own_end});
      model.Offer({.bytes = data, .empty_end = own_end});
      total += data.size();
    }
    s.bench.board.Declare("received", kDestinationArea, 0x4'0000, Permission::kWrite);
    std::vector<Descriptor> work;
    uint64_t at = kDestinationArea;
    for (uint64_t room = 0; work.size() < 120 && room < total + 2000;) {
      const auto len = static_cast<uint16_t>(random.Between(1, 600) >> random.Between(0, 5));
      const auto size = std::max<uint16_t>(len, 1);
      work.push_back(RecvOf(at, size, kCpl));
      at += size + random.Between(0, 40);
      room += size;
    }
    s.ch().Start(8, 8);
    for (const Descriptor& d : work) s.ch().Push(d);
    model.Start(s.ch().ring(), 8);
    model.Run(s.ch().tail());
    s.ch().RingDoorbell();

    const Records got = s.ch().Records(static_cast<unsigned>(model.records().size()));

    EXPECT_EQ(got, model.records());
    s.bench.sim.Step(300);  // registers report by the B of a record
    EXPECT_EQ(s.ch().HeadRegister(), model.head());
    for (size_t i = 0; i < got.size(); ++i)
      ASSERT_EQ(s.bench.memory.Bytes(work[i].dst, got[i].bytes),
                model.Bytes(work[i].dst, got[i].bytes))
          << i;
    s.ch().Reset();
  }
}

}  // namespace
}  // namespace tb
