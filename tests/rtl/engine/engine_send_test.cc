// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// SEND: memory to stream. Packing across descriptors, packets of any length into sinks of any mood,
// packets cut by an error or ABORT (fault-cases G2, G7, A2, A18 for SEND), isolation of a stalled
// sink.

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

// Channel 0 into a sink; SENDs of fresh memory whose bytes are kept.
struct Scene {
  explicit Scene(const MemoryPortConfig& port = IdealPort(3), const Stall& stall = {})
      : bench(port), sink(bench.AddSink(0, {.seed = 5, .stall = stall})) {}
  EngineChannel& ch() { return bench.channel(0); }

  Descriptor NewSend(uint32_t len, unsigned offset = 0, uint16_t flags = kCpl) {
    const uint64_t src = bench.NewSource(len, offset);
    const Data some = bench.memory.Bytes(src, len);
    open.insert(open.end(), some.begin(), some.end());
    if ((flags & kEop) != 0) packets.push_back(std::exchange(open, {}));
    return SendOf(src, static_cast<uint16_t>(len), flags);
  }
  // Whether the sink has exactly the packets that were made, none of them bad.
  void ExpectPackets() {
    bench.sim.RunUntil([&] { return sink.packets().size() >= packets.size(); }, Cycles{50'000});
    ASSERT_EQ(sink.packets().size(), packets.size());
    for (size_t i = 0; i < packets.size(); ++i) {
      ASSERT_EQ(sink.packets()[i].bytes, packets[i]) << "packet " << i;
      ASSERT_FALSE(sink.packets()[i].user);
    }
  }

  EngineBench bench;
  StreamSink& sink;
  std::vector<Data> packets;
  Data open;
};

MemoryPortConfig Port(unsigned which) {
  return which == 0 ? IdealPort(1) : which == 1 ? IdealPort(40) : StallingPort(which);
}
Stall Mood(unsigned which) {
  return which == 0 ? Stall::Never() : which == 1 ? Stall::Random(0.6) : Stall::Bursts(0.05, 5, 80);
}

TEST(EngineSend, IsNamedInTheCapabilities) {
  EngineBench bench;
  EXPECT_NE(bench.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_STREAM_MASK, 0u);
  EXPECT_NE(bench.channel(0).Read(SGDMA_CH_CAP3) & SGDMA_CH_CAP3_STREAM_MASK, 0u);
}

TEST(EngineSend, MakesAPacketAndARecord) {
  Scene s;
  s.ch().Start(3, 3);
  s.ch().Submit({s.NewSend(100, 3, kEop | kCpl | kIrq)});

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 100, .slot = 0}}));
  s.ExpectPackets();
  EXPECT_TRUE(s.bench.Settle());
  EXPECT_EQ(s.ch().TakeCauses(), kCauseDone);
  EXPECT_EQ(s.ch().HeadRegister(), 1);
}

// ---- Every source offset x length ----

class EngineSendOffsets : public ::testing::TestWithParam<std::tuple<unsigned, unsigned>> {};
INSTANTIATE_TEST_SUITE_P(All, EngineSendOffsets,
                         ::testing::Combine(::testing::Range(0u, kBus), ::testing::Range(0u, 3u)));

TEST_P(EngineSendOffsets, EveryLengthIsAPacketOfItsOwn) {
  const auto [offset, mood] = GetParam();
  Scene s(Port(mood), Mood(mood));
  s.ch().Start(6, 6);
  std::vector<Descriptor> work;
  Records expected;
  for (unsigned len = 1; len <= 3 * kBus; ++len) {
    work.push_back(s.NewSend(len, offset, kEop | kCpl));
    expected.push_back({.bytes = len, .slot = static_cast<uint16_t>(len - 1)});
  }

  ASSERT_EQ(s.ch().Run(work), expected);

  s.ExpectPackets();
}

// Two descriptors of every pair of lengths make one packet, whatever lane the first one ends in.
TEST_P(EngineSendOffsets, BytesOfDescriptorsArePackedWithoutGaps) {
  const auto [offset, mood] = GetParam();
  Scene s(Port(mood), Mood(mood));
  s.ch().Start(8, 8);
  std::vector<Descriptor> work;
  for (unsigned first = 1; first <= kBus + 1; ++first) {
    for (unsigned second = 1; second <= kBus + 1; second += 1 + second / 3) {
      work.push_back(s.NewSend(first, offset, 0));
      work.push_back(s.NewSend(second, (offset + first) % kBus, kEop));
    }
  }
  work.push_back(Nop(kCpl));

  ASSERT_EQ(s.ch().Run(work).size(), 1u);

  s.ExpectPackets();
}

// G2: longer than every buffer on the way, in one descriptor and in many.
TEST(EngineSend, PacketMayBeLongerThanAllBuffers) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    Scene s(Port(mood), Mood(mood));
    s.ch().Start(6, 6);
    std::vector<Descriptor> work = {s.NewSend(65535, 5, kEop | kCpl)};
    for (unsigned i = 0; i < 40; ++i) work.push_back(s.NewSend(900 + 7 * i, i % kBus, 0));
    work.push_back(s.NewSend(1, 1, kEop | kCpl));

    EXPECT_EQ(s.ch().Run(work), (Records{{.bytes = 65535, .slot = 0}, {.bytes = 1, .slot = 41}}));

    s.ExpectPackets();
  }
}

// Without EOP the last word stays where it is until it is full.
TEST(EngineSend, IsCompleteWhenItsBytesAreInThePacker) {
  Scene s;
  s.ch().Start(4, 4);
  const Descriptor first = s.NewSend(kBus - 1, 2, kCpl);

  EXPECT_EQ(s.ch().Run({first}), (Records{{.bytes = kBus - 1, .slot = 0}}));
  s.bench.sim.Step(200);
  EXPECT_EQ(s.sink.bytes_taken(), 0u);
  EXPECT_EQ(s.ch().Read(SGDMA_CH_QUIESCED), 1u);

  EXPECT_EQ(s.ch().Run({s.NewSend(2, 0, kEop | kCpl)}), (Records{{.bytes = 2, .slot = 1}}));
  s.ExpectPackets();
}

TEST(EngineSend, MixesWithOtherWorkInRingListAndDirect) {
  for (unsigned mood = 0; mood < 3; ++mood) {
    Scene s(Port(mood), Mood(mood));
    s.ch().Start(7, 7);
    std::vector<Descriptor> work;
    std::vector<Descriptor> copies;
    Records expected;
    for (unsigned i = 0; i < 20; ++i) {
      work.push_back(s.NewSend(30 + 17 * i, i % kBus, i % 3 == 2 ? kCpl | kEop : kCpl));
      copies.push_back(s.bench.NewCopy(10 + 13 * i, i % kBus, 3 * i % kBus, kCpl));
      work.push_back(copies.back());
    }
    const std::vector<Descriptor> list = {s.NewSend(77, 1, kCpl), Nop(kCpl),
                                          s.NewSend(5, 3, kCpl | kEop | kFence)};
    for (size_t i = 0; i < work.size(); ++i)
      expected.push_back({.bytes = work[i].len, .slot = static_cast<uint16_t>(i)});
    const auto slot = static_cast<uint16_t>(work.size());
    expected.push_back({.bytes = 77, .slot = slot, .index = 0});
    expected.push_back({.slot = slot, .index = 1});
    expected.push_back({.bytes = 5, .slot = slot, .index = 2});
    work.push_back(LinkTo(s.bench.NewArray(list), 3));

    EXPECT_EQ(s.ch().Run(work), expected);

    s.ExpectPackets();
    for (const Descriptor& d : copies) EXPECT_EQ(s.bench.CheckCopy(d), "");

    const Entry raw = s.NewSend(50, 2, kEop).Encode();
    for (unsigned word = 0; word < 4; ++word) {
      uint32_t value = 0;
      for (unsigned i = 0; i < 4; ++i) value |= uint32_t{raw[4 * word + i]} << (8 * i);
      s.ch().Write(SGDMA_CH_DIRECT0 + 4 * word, value);
    }
    EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 50, .slot = 0, .direct = true}}));
    s.ExpectPackets();
  }
}

TEST(EngineSend, TakesElementsOfAFifo) {
  for (unsigned element = 1; element <= kBus; element *= 2) {
    Scene s(IdealPort(4), Stall::Random(0.3));
    FifoPeripheral& fifo = NewFifo(s.bench, FifoPeripheral::Kind::kSource, element, 0);
    s.ch().SetFixed(element, 5);
    s.ch().Start(4, 4);
    const Data data = Bytes(element * 23, element);
    fifo.Stock(data);
    const auto first = static_cast<uint16_t>(element * 9);
    const auto second = static_cast<uint16_t>(element * 14);

    EXPECT_EQ(s.ch().Run({SendOf(FifoAddress(0), first, kSrcFixed | kCpl),
                          SendOf(FifoAddress(0), second, kSrcFixed | kCpl | kEop)}),
              (Records{{.bytes = first, .slot = 0}, {.bytes = second, .slot = 1}}));

    s.packets = {data};
    s.ExpectPackets();
  }
}

// ---- Order ----

// It waits for the answers to older writes, and not for their records.
TEST(EngineSend, WaitsForOlderDataAndNotForRecords) {
  for (const bool data : {true, false}) {
    Scene s;
    s.ch().Start(4, 4);
    const Descriptor copy = s.bench.NewCopy(200, 1, 2, kCpl);
    const Descriptor send = s.NewSend(64, 0, kEop | kCpl);
    s.bench.port.SilenceWrites(data ? kDataIds : kControlIds);

    s.ch().Submit({copy, send});
    s.bench.sim.Step(1000);

    EXPECT_EQ(s.sink.packets().size(), data ? 0u : 1u);
    s.bench.AnswerAll();
    EXPECT_EQ(s.ch().Records(2), (Records{{.bytes = 200, .slot = 0}, {.bytes = 64, .slot = 1}}));
    s.ExpectPackets();
  }
}

// ---- A sink that does not take ----

TEST(EngineSend, StalledSinkIsNoHangIsCountedAndStopsNobodyElse) {
  Scene s(IdealPort(3), Stall::Always());
  s.bench.sim.SetWatchdog(Cycles{100'000});
  s.ch().Write(SGDMA_CH_WATCHDOG, 60);
  s.ch().Start(4, 4);
  s.ch().Submit({s.NewSend(20'000, 3, kEop | kCpl)});
  s.bench.sim.Step(2000);
  const uint32_t before = s.ch().Read(SGDMA_CH_CNT_STREAM_STALL);

  if (Dut::kChannels > 1) {
    // The other channel takes as long as it would alone.
    uint64_t alone = 0;
    for (const bool load : {false, true}) {
      EngineBench quiet(IdealPort(3));
      EngineBench& bench = load ? s.bench : quiet;
      EngineChannel& ch = bench.channel(1);
      ch.Start(4, 4);
      const Descriptor copy = bench.NewCopy(30'000, 1, 2, kCpl);
      const uint64_t from = bench.sim.now();
      ch.Submit({copy});
      ASSERT_TRUE(ch.WaitRecords(1));
      const uint64_t took = bench.sim.now() - from;
      if (!load) alone = took;
      EXPECT_LE(took, alone + 20);
      EXPECT_EQ(bench.CheckCopy(copy), "");
    }
  }
  s.bench.sim.Step(1000);
  EXPECT_EQ(s.ch().state(), State::kRun);
  EXPECT_EQ(s.ch().TakeCauses(), 0u);
  EXPECT_GE(s.ch().Read(SGDMA_CH_CNT_STREAM_STALL), before + 1000);

  s.sink.SetStall(Stall::Never());
  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 20'000, .slot = 0}}));
  s.ExpectPackets();
}

// A beat already offered stays offered, and does not hold back PAUSED or HALTED.
TEST(EngineSend, StalledSinkHoldsBackNeitherPauseNorAbort) {
  for (const Command command : {Command::kPause, Command::kAbort}) {
    Scene s(IdealPort(3), Stall::Always());
    s.ch().Start(4, 4);
    s.ch().Submit({s.NewSend(500, 0, kEop | kCpl)});
    s.bench.sim.Step(300);
    ASSERT_NE(s.bench.dut.m_axis(0).valid, 0);

    s.ch().Give(command);

    const State wanted = command == Command::kPause ? State::kPaused : State::kHalted;
    ASSERT_TRUE(s.ch().WaitState(wanted, Cycles{1000}));
    EXPECT_EQ(s.ch().Read(SGDMA_CH_QUIESCED), 1u);
    EXPECT_NE(s.bench.dut.m_axis(0).valid, 0);
    s.sink.SetStall(Stall::Never());
    if (command == Command::kPause) {
      s.ch().Give(Command::kResume);
      EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 500, .slot = 0}}));
      s.ExpectPackets();
    }
  }
}

TEST(EngineSend, PauseAtEveryCycleLosesNothing) {
  for (unsigned cycle = 0; cycle < 160; ++cycle) {
    SCOPED_TRACE(cycle);
    Scene s(IdealPort(4), cycle % 2 == 0 ? Stall::Never() : Stall::Random(0.5));
    s.ch().Start(4, 4);
    s.ch().Submit(
        {s.NewSend(333, 3), s.NewSend(40, 1, kEop | kCpl), s.NewSend(99, 0, kEop | kCpl)});
    s.bench.sim.Step(cycle);
    s.ch().Give(Command::kPause);
    ASSERT_TRUE(s.ch().WaitState(State::kPaused));
    s.bench.sim.Step(30);
    s.ch().Give(Command::kResume);

    ASSERT_EQ(
        s.ch().Records(3),
        (Records{{.bytes = 333, .slot = 0}, {.bytes = 40, .slot = 1}, {.bytes = 99, .slot = 2}}));
    s.ExpectPackets();
  }
}

// ---- G7: packets that are cut ----

// What the sink has: whole packets as made, and perhaps a cut one (a beginning of the next packet,
// TUSER at its TLAST). Returns all bytes.
uint32_t CheckCut(Scene& s, bool* cut) {
  uint32_t bytes = 0;
  *cut = false;
  for (size_t i = 0; i < s.sink.packets().size(); ++i) {
    const StreamSink::Packet& p = s.sink.packets()[i];
    bytes += static_cast<uint32_t>(p.bytes.size());
    EXPECT_LT(i, s.packets.size());
    if (i >= s.packets.size()) break;
    EXPECT_FALSE(*cut) << "a packet behind the cut one";
    if (p.user) {
      *cut = true;
      EXPECT_LE(p.bytes.size(), s.packets[i].size());
      EXPECT_TRUE(std::equal(p.bytes.begin(), p.bytes.end(), s.packets[i].begin()));
    } else {
      EXPECT_EQ(p.bytes, s.packets[i]);
    }
  }
  return bytes;
}

TEST(EngineSend, ReadErrorInEachWordCutsThePacketBehindTheLastGoodByte) {
  constexpr unsigned kWords = 20;
  for (unsigned mood = 0; mood < 3; ++mood) {
    for (unsigned word = 0; word < kWords; ++word) {
      for (const bool in_second : {false, true}) {
        SCOPED_TRACE(std::to_string(word) + (in_second ? " second" : " first"));
        Scene s(Port(mood), Mood(mood));
        s.ch().Start(4, 4);
        const uint32_t len = kWords * kBus - 3;
        const Descriptor first = in_second ? s.NewSend(50, 1, 0) : s.NewSend(len, 0, 0);
        const Descriptor second = in_second ? s.NewSend(len, 0, kEop) : s.NewSend(50, 1, kEop);
        const Descriptor& bad = in_second ? second : first;
        s.bench.port.AddError({.base = bad.src + word * kBus, .size = 1, .writes = false});
        const Descriptor next = s.NewSend(70, 2, kEop | kCpl);
        s.ch().Submit({first, second, next});
        ASSERT_TRUE(s.ch().WaitState(State::kHalted));

        const auto slot = static_cast<uint16_t>(in_second ? 1 : 0);
        EXPECT_EQ(s.ch().TakeRecords(), (Records{{.bytes = word * kBus,
                                                  .slot = slot,
                                                  .fault = bad.src + word * kBus,
                                                  .status = Status::kSlvErr,
                                                  .where = Where::kRead}}));
        s.bench.sim.Step(1000);
        const uint32_t sent = word * kBus + (in_second ? 50 : 0);
        bool cut = false;
        EXPECT_EQ(CheckCut(s, &cut), sent);
        EXPECT_EQ(cut, sent > 0);
        const uint32_t legal = s.ch().Read(SGDMA_CH_STATE);
        EXPECT_EQ((legal & SGDMA_CH_STATE_RETRY_LEGAL_MASK) != 0, sent == 0);
        EXPECT_NE(legal & SGDMA_CH_STATE_SKIP_LEGAL_MASK, 0u);
        s.bench.port.ClearErrors();
        const size_t packets = s.sink.packets().size();
        if (sent == 0) {
          s.ch().Give(Command::kRetry);
          EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 70, .slot = 2}}));
          s.ExpectPackets();
          continue;
        }
        // The rest of the packet is passed over, the next one is whole.
        s.ch().Give(Command::kSkip);
        Records expected;
        if (!in_second)
          expected.push_back(
              {.slot = 1, .fault = s.ch().SlotAddress(1), .status = Status::kSkipped});
        expected.push_back({.bytes = 70, .slot = 2});
        EXPECT_EQ(s.ch().Records(static_cast<unsigned>(expected.size())), expected);
        ASSERT_TRUE(
            s.bench.sim.RunUntil([&] { return s.sink.packets().size() > packets; }, Cycles{5000}));
        EXPECT_EQ(s.sink.packets().back().bytes, s.packets.back());
        EXPECT_FALSE(s.sink.packets().back().user);
      }
    }
  }
}

TEST(EngineSend, RetryIsRefusedOnceAByteOfThePacketHasGone) {
  Scene s;
  s.ch().Start(4, 4);
  const Descriptor bad = SendOf(kSourceArea, 0, kEop);
  s.ch().Submit({s.NewSend(9, 1, kCpl), bad});
  ASSERT_TRUE(s.ch().WaitState(State::kHalted));
  EXPECT_EQ(s.ch().TakeRecords(), (Records{{.bytes = 9, .slot = 0},
                                           {.slot = 1,
                                            .fault = s.ch().SlotAddress(1),
                                            .status = Status::kBadLength,
                                            .where = Where::kDescriptor}}));

  s.ch().Give(Command::kRetry);

  EXPECT_TRUE(s.ch().TakeRefused());
  s.bench.sim.Step(100);
  ASSERT_EQ(s.sink.packets().size(), 1u);
  EXPECT_TRUE(s.sink.packets()[0].user);
  EXPECT_EQ(s.sink.packets()[0].bytes.size(), 9u);
}

TEST(EngineSend, ContinuePassesTheRestOfACutPacketOver) {
  Scene s;
  s.ch().WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
  s.ch().Write(SGDMA_CH_POLICY, 1);
  s.ch().Start(5, 5);
  const Descriptor first = s.NewSend(100, 0, kCpl);
  const Descriptor hurt = s.NewSend(100, 0, kCpl);
  const Descriptor copy = s.bench.NewCopy(55, 1, 2, kCpl);
  const std::vector<Descriptor> work = {first,
                                        hurt,
                                        s.NewSend(30, 0, kCpl),
                                        copy,
                                        s.NewSend(30, 0, kEop | kCpl | kIrq),
                                        s.NewSend(44, 4, kEop | kCpl)};
  s.bench.port.AddError({.base = hurt.src + 5 * kBus, .size = 1, .writes = false});

  const Records got = s.ch().Run(work);

  const auto skipped = [&](uint16_t slot) {
    return Record{.slot = slot, .fault = s.ch().SlotAddress(slot), .status = Status::kSkipped};
  };
  EXPECT_EQ(got, (Records{{.bytes = 100, .slot = 0},
                          {.bytes = 5 * kBus,
                           .slot = 1,
                           .fault = hurt.src + 5 * kBus,
                           .status = Status::kSlvErr,
                           .where = Where::kRead},
                          skipped(2),
                          {.bytes = 55, .slot = 3},
                          skipped(4),
                          {.bytes = 44, .slot = 5}}));
  s.bench.sim.Step(200);
  ASSERT_EQ(s.sink.packets().size(), 2u);
  EXPECT_TRUE(s.sink.packets()[0].user);
  EXPECT_EQ(s.sink.packets()[0].bytes.size(), 100 + 5 * kBus);
  EXPECT_EQ(s.sink.packets()[1].bytes, s.packets[1]);
}

// Records and sink agree about every byte; what was begun is closed; the next packet is whole.
TEST(EngineSend, AbortAndResetAtEveryCycleCloseWhatWasBegun) {
  for (unsigned cycle = 0; cycle < 160; ++cycle) {
    for (const bool reset : {false, true}) {
      SCOPED_TRACE(std::to_string(cycle) + (reset ? " RESET" : " ABORT"));
      Scene s(IdealPort(4), cycle % 3 == 0 ? Stall::Random(0.5) : Stall::Never());
      s.ch().Start(4, 4);
      s.ch().Submit({s.NewSend(150, 3, kCpl), s.NewSend(40, 1, kEop | kCpl),
                     s.NewSend(200, 0, kCpl), s.NewSend(40, 1, kEop | kCpl)});
      s.bench.sim.Step(cycle);
      uint32_t recorded = 0;
      if (reset) {
        s.ch().Reset();
      } else {
        s.ch().Give(Command::kAbort);
        ASSERT_TRUE(s.ch().WaitState(State::kHalted));
        for (const Record& r : s.ch().TakeRecords()) {
          EXPECT_TRUE(r.status == Status::kOk || r.status == Status::kAborted);
          recorded += r.bytes;
        }
      }
      s.bench.sim.Step(300);
      bool cut = false;
      const uint32_t sent = CheckCut(s, &cut);
      if (!reset) {
        EXPECT_EQ(sent, recorded);
      }
      EXPECT_TRUE(s.sink.begun().empty()) << "closed";

      s.ch().Start(4, 4);
      const size_t packets = s.sink.packets().size();
      const Descriptor next = s.NewSend(61, 5, kEop | kCpl);
      ASSERT_EQ(s.ch().Run({next}), (Records{{.bytes = 61, .slot = 0}}));
      ASSERT_TRUE(
          s.bench.sim.RunUntil([&] { return s.sink.packets().size() > packets; }, Cycles{1000}));
      EXPECT_EQ(s.sink.packets().back().bytes, s.packets.back());
      EXPECT_FALSE(s.sink.packets().back().user);
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

class EngineSendBad : public ::testing::TestWithParam<Bad> {};

const Bad kBads[] = {
    {"NoLength", SendOf(kSourceArea, 0), Status::kBadLength},
    {"Wraps", SendOf((uint64_t{1} << 48) - 1, 2), Status::kBadAddress},
    {"DstFixed", SendOf(kSourceArea, 8, kDstFixed), Status::kBadCtl},
    {"Reserved", SendOf(kSourceArea, 8, 1 << 12), Status::kBadCtl},
    {"FixedLength", SendOf(kFifoArea, 6, kSrcFixed), Status::kBadLength},
    {"FixedAddress", SendOf(kFifoArea + 2, 8, kSrcFixed), Status::kBadAddress},
};

INSTANTIATE_TEST_SUITE_P(Each, EngineSendBad, ::testing::ValuesIn(kBads),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EngineSendBad, SendsNothingAndTheNextPacketIsWhole) {
  Scene s;
  s.ch().SetFixed(4, 4);
  s.ch().Start(4, 4);
  s.ch().Submit({GetParam().d});
  ASSERT_TRUE(s.ch().WaitState(State::kHalted));
  EXPECT_EQ(s.ch().TakeRecords(), (Records{{.slot = 0,
                                            .fault = s.ch().SlotAddress(0),
                                            .status = GetParam().status,
                                            .where = Where::kDescriptor}}));
  s.bench.sim.Step(100);
  EXPECT_EQ(s.bench.dut.m_axis(0).valid, 0);

  const Descriptor next = s.NewSend(33, 3, kEop | kCpl);
  s.ch().Rewrite(0, next);
  s.ch().Give(Command::kRetry);

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 33, .slot = 0}}));
  s.ExpectPackets();
}

// The destination is no field of it.
TEST(EngineSend, IgnoresTheDestination) {
  Scene s;
  s.ch().Start(4, 4);
  Descriptor send = s.NewSend(33, 3, kEop | kCpl);
  send.dst = (uint64_t{1} << 48) - 1;
  EXPECT_EQ(s.ch().Run({send}), (Records{{.bytes = 33, .slot = 0}}));
  s.ExpectPackets();
}

TEST(EngineSend, EopIsAFlagOfSendAlone) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  const Descriptor others[] = {
      CopyOf(kSourceArea, kDestinationArea, 8, kEop), FillOf(1, kDestinationArea, 8, kEop),
      RecvOf(kDestinationArea, 8, kEop), Nop(kEop), LinkTo(kArrayArea, 1, kEop)};
  for (const Descriptor& d : others) {
    ch.Start(4, 4);
    ch.Submit({d});
    ASSERT_TRUE(ch.WaitState(State::kHalted)) << d;
    const Records records = ch.TakeRecords();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].status, Status::kBadCtl) << d;
  }
}

TEST(EngineSend, HasNoRows) {
  Scene s;
  s.ch().Start(4, 4);
  s.ch().Submit({StrideOf(3, 8, 8), s.NewSend(8, 0, kEop | kCpl)});
  ASSERT_TRUE(s.ch().WaitState(State::kHalted));
  const Records records = s.ch().TakeRecords();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].status, Status::kBadStride);
  EXPECT_EQ(records[0].slot, 0u);

  s.ch().Give(Command::kSkip);

  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 8, .slot = 1}})) << "it is no transfer of rows";
  s.ExpectPackets();
}

// ---- Two channels ----

TEST(EngineSend, ChannelsHaveStreamsOfTheirOwn) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  Scene s(StallingPort(3), Stall::Random(0.4));
  StreamSink& other = s.bench.AddSink(1, {.seed = 9, .stall = Stall::Random(0.7)});
  s.ch().Start(5, 5);
  s.bench.channel(1).Start(5, 5);
  std::vector<Data> others;
  for (unsigned i = 0; i < 12; ++i) {
    s.ch().Push(s.NewSend(20 + 31 * i, i % kBus, kEop));
    const uint32_t len = 400 - 29 * i;
    const uint64_t src = s.bench.NewSource(len, i % 5);
    others.push_back(s.bench.memory.Bytes(src, len));
    s.bench.channel(1).Push(SendOf(src, static_cast<uint16_t>(len), kEop));
  }
  s.ch().RingDoorbell();
  s.bench.channel(1).RingDoorbell();

  s.ExpectPackets();
  ASSERT_TRUE(s.bench.sim.RunUntil([&] { return other.packets().size() == 12; }, Cycles{20'000}));
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(other.packets()[i].bytes, others[i]);
}

// ---- Against the reference model ----

TEST(EngineSend, RandomProgramsDoWhatTheReferenceDoes) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Scene s(seed % 2 == 0 ? StallingPort(seed) : IdealPort(static_cast<uint32_t>(seed)),
            Stall::Random(0.1 * static_cast<double>(seed % 8)));
    Reference model([&](uint64_t at, std::span<uint8_t> out) { s.bench.memory.Read(at, out); },
                    {.bus_bytes = kBus, .opcodes = 0xFE});
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 100; ++i) {
      const auto len = static_cast<uint32_t>(random.Between(1, 600) >> random.Between(0, 9));
      uint16_t flags = kCpl;
      if (random.Chance(0.4)) flags |= kEop;
      if (random.Chance(0.1)) flags |= kFence;
      work.push_back(
          s.NewSend(std::max(len, 1u), static_cast<unsigned>(random.Between(0, 63)), flags));
      if (random.Chance(0.1)) work.push_back(Nop(kCpl));
    }
    work.push_back(s.NewSend(1, 0, kEop | kCpl));
    s.ch().Start(8, 8);

    const Records got = s.ch().Run(work);

    model.Start(s.ch().ring(), 8);
    model.Run(s.ch().tail());
    EXPECT_EQ(got, model.records());
    s.ExpectPackets();
    ASSERT_EQ(s.sink.packets().size(), model.sent().size());
    for (size_t i = 0; i < model.sent().size(); ++i)
      EXPECT_EQ(s.sink.packets()[i].bytes, model.sent()[i].bytes);
  }
}

}  // namespace
}  // namespace tb
