// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// FIXED sides: every element size, address lane and length, order behind older work, bad
// descriptors, PAUSE and ABORT at every cycle (fault-cases A18, A19). Errors on the bus are in
// engine_fixed_error_test.cc, requests of peripherals in engine_pacing_test.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>
#include <tuple>
#include <vector>

#include "fixed_jobs.h"
#include "model/reference.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;
constexpr unsigned kElementSizes = static_cast<unsigned>(std::countr_zero(kBus)) + 1;

using Records = std::vector<Record>;

TEST(EngineFixed, IsNamedInTheCapabilities) {
  EngineBench bench;
  EXPECT_NE(bench.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_FIXED_MASK, 0u);
  EXPECT_NE(bench.channel(0).Read(SGDMA_CH_CAP3) & SGDMA_CH_CAP3_FIXED_MASK, 0u);
}

TEST(EngineFixed, RegisterRefusesAnElementAboveTheBusAndIsLockedInRun) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  for (unsigned log2 = 0; log2 < 8; ++log2) {
    ch.Write(SGDMA_CH_FIXED, 0);
    ch.TakeRefused();
    const uint32_t value = log2 | 3u << SGDMA_CH_FIXED_BEATS_SHIFT;
    ch.Write(SGDMA_CH_FIXED, value);
    const bool legal = (1u << log2) <= kBus;
    EXPECT_EQ(ch.TakeRefused(), !legal) << log2;
    EXPECT_EQ(ch.Read(SGDMA_CH_FIXED), legal ? value : 0) << log2;
  }
  ch.SetFixed(2, 4);
  const uint32_t kept = ch.Read(SGDMA_CH_FIXED);
  ch.Start(3, 3);

  ch.SetFixed(1, 1);

  EXPECT_TRUE(ch.TakeRefused());
  EXPECT_EQ(ch.Read(SGDMA_CH_FIXED), kept);
}

// ---- Every element size x burst x address lane x length ----

class EngineFixedShapes : public ::testing::TestWithParam<std::tuple<unsigned, unsigned, bool>> {
 protected:
  static unsigned element() { return 1u << std::get<0>(GetParam()); }
  static unsigned beats() { return std::get<1>(GetParam()); }
  static MemoryPortConfig port() {
    return std::get<2>(GetParam()) ? StallingPort(element() + beats()) : IdealPort(3);
  }
  static unsigned Bursts(unsigned count) { return (count + beats() - 1) / beats(); }
};

std::string ShapeName(const ::testing::TestParamInfo<std::tuple<unsigned, unsigned, bool>>& info) {
  return "Element" + std::to_string(1u << std::get<0>(info.param)) + "Beats" +
         std::to_string(std::get<1>(info.param)) + (std::get<2>(info.param) ? "Stalls" : "");
}

INSTANTIATE_TEST_SUITE_P(All, EngineFixedShapes,
                         ::testing::Combine(::testing::Range(0u, kElementSizes),
                                            ::testing::Values(1, 2, 5, 16), ::testing::Bool()),
                         ShapeName);

TEST_P(EngineFixedShapes, SourceGivesEachElementOnceAndInOrder) {
  for (unsigned lane = 0; lane < kBus; lane += element()) {
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSource, element(), lane);
    ch.SetFixed(element(), beats());
    ch.Start(6, 6);
    std::vector<Target> targets;
    std::vector<Descriptor> work;
    Records expected;
    unsigned bursts = 0;
    std::vector<uint8_t> supply;
    for (unsigned count = 1; count <= 2 * beats() + 1; ++count) {
      const std::vector<uint8_t> data = Bytes(count * element(), count);
      supply.insert(supply.end(), data.begin(), data.end());
      targets.push_back({bench.NewTarget(data, (lane + count) % kBus), count * element()});
      work.push_back(CopyOf(FifoAddress(lane), targets.back().dst,
                            static_cast<uint16_t>(targets.back().len), kSrcFixed | kCpl));
      expected.push_back({.bytes = targets.back().len, .slot = static_cast<uint16_t>(count - 1)});
      bursts += Bursts(count);
    }
    fifo.Stock(supply);

    ASSERT_EQ(ch.Run(work), expected);

    for (const Target& t : targets) ASSERT_EQ(bench.CheckTarget(t.dst, t.len), "");
    EXPECT_TRUE(fifo.drained());
    EXPECT_EQ(fifo.bursts(), bursts);
  }
}

TEST_P(EngineFixedShapes, DestinationGetsEachElementOnceAndInOrder) {
  for (unsigned lane = 0; lane < kBus; lane += element()) {
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSink, element(), lane);
    ch.SetFixed(element(), beats());
    ch.Start(6, 6);
    std::vector<Descriptor> work;
    std::vector<uint8_t> data;
    Records expected;
    unsigned bursts = 0;
    for (unsigned count = 1; count <= 2 * beats() + 1; ++count) {
      const uint32_t len = count * element();
      const uint64_t src = bench.NewSource(len, (lane + 3 * count) % kBus);
      const std::vector<uint8_t> some = bench.memory.Bytes(src, len);
      data.insert(data.end(), some.begin(), some.end());
      work.push_back(CopyOf(src, FifoAddress(lane), static_cast<uint16_t>(len), kDstFixed | kCpl));
      expected.push_back({.bytes = len, .slot = static_cast<uint16_t>(count - 1)});
      bursts += Bursts(count);
    }

    ASSERT_EQ(ch.Run(work), expected);

    bench.sim.Step(10 + data.size());
    EXPECT_EQ(fifo.taken(), data);
    EXPECT_EQ(fifo.bursts(), bursts);
  }
}

TEST_P(EngineFixedShapes, FillRepeatsItsPatternOverTheElements) {
  for (unsigned lane = 0; lane < kBus; lane += element()) {
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSink, element(), lane);
    ch.SetFixed(element(), beats());
    ch.Start(6, 6);
    std::vector<Descriptor> work;
    std::vector<uint8_t> data;
    Records expected;
    for (unsigned count = 1; count <= 2 * beats() + 1; ++count) {
      const uint32_t pattern = 0x9E3779B1u * count;
      const uint32_t len = count * element();
      for (unsigned i = 0; i < len; ++i)
        data.push_back(static_cast<uint8_t>(pattern >> (i % 4 * 8)));
      work.push_back(
          FillOf(pattern, FifoAddress(lane), static_cast<uint16_t>(len), kDstFixed | kCpl));
      expected.push_back({.bytes = len, .slot = static_cast<uint16_t>(count - 1)});
    }

    ASSERT_EQ(ch.Run(work), expected);

    bench.sim.Step(10 + data.size());
    EXPECT_EQ(fifo.taken(), data);
  }
}

TEST_P(EngineFixedShapes, FromOneFifoToAnotherInAnyPairOfLanes) {
  for (unsigned from = 0; from < kBus; from += element()) {
    for (unsigned to = 0; to < kBus; to += element()) {
      EngineBench bench(port());
      EngineChannel& ch = bench.channel(0);
      FifoPeripheral& source = NewFifo(bench, FifoPeripheral::Kind::kSource, element(), from);
      FifoPeripheral& sink = NewFifo(bench, FifoPeripheral::Kind::kSink, element(), to, 1);
      ch.SetFixed(element(), beats());
      ch.Start(4, 4);
      const std::vector<unsigned> counts = {1, beats(), beats() + 1, 3 * beats() + 2};
      std::vector<Descriptor> work;
      Records expected;
      unsigned all = 0;
      for (const unsigned count : counts) {
        work.push_back(CopyOf(FifoAddress(from), FifoAddress(to, 1),
                              static_cast<uint16_t>(count * element()),
                              kSrcFixed | kDstFixed | kCpl));
        expected.push_back(
            {.bytes = count * element(), .slot = static_cast<uint16_t>(expected.size())});
        all += count * element();
      }
      const std::vector<uint8_t> data = Bytes(all, from);
      source.Stock(data);

      ASSERT_EQ(ch.Run(work), expected);

      bench.sim.Step(10 + data.size());
      ASSERT_EQ(sink.taken(), data) << from << " to " << to;
    }
  }
}

// ---- Memory on the other side: every offset, and pages ----

TEST(EngineFixed, MemorySideMayBeginAnywhereAndCrossPages) {
  for (unsigned element = 1; element <= kBus; element *= 2) {
    for (unsigned offset = 0; offset < kBus; ++offset) {
      EngineBench bench(IdealPort(7));
      EngineChannel& ch = bench.channel(0);
      FifoPeripheral& adc = NewFifo(bench, FifoPeripheral::Kind::kSource, element, 0);
      FifoPeripheral& dac = NewFifo(bench, FifoPeripheral::Kind::kSink, element, 0, 1);
      ch.SetFixed(element, 16);
      ch.Start(4, 4);
      const uint32_t len = 300 * kBus;
      const std::vector<uint8_t> data = Bytes(len, offset);
      adc.Stock(data);
      const uint64_t dst = bench.NewTarget(data, offset);
      const uint64_t src = bench.NewSource(len, offset);

      const Records got = ch.Run({CopyOf(FifoAddress(0), dst, len, kSrcFixed | kCpl),
                                  CopyOf(src, FifoAddress(0, 1), len, kDstFixed | kCpl)});

      ASSERT_EQ(got, (Records{{.bytes = len, .slot = 0}, {.bytes = len, .slot = 1}}));
      ASSERT_EQ(bench.CheckTarget(dst, len), "");
      bench.sim.Step(len);
      ASSERT_EQ(dac.taken(), bench.memory.Bytes(src, len));
    }
  }
}

TEST(EngineFixed, MovesTheLongestLength) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  FifoPeripheral& adc = NewFifo(bench, FifoPeripheral::Kind::kSource, 1, 3, 0, 70'000);
  ch.SetFixed(1, 16);
  ch.Start(2, 2);
  const std::vector<uint8_t> data = Bytes(65535, 9);
  adc.Stock(data);
  const uint64_t dst = bench.NewTarget(data, 5);

  EXPECT_EQ(ch.Run({CopyOf(FifoAddress(3), dst, 65535, kSrcFixed | kCpl)}),
            (Records{{.bytes = 65535, .slot = 0}}));

  EXPECT_EQ(bench.CheckTarget(dst, 65535), "");
}

// A FIXED address at the top of the address space does not wrap, whatever the length.
TEST(EngineFixed, AddressDoesNotGrowWithTheLength) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  FifoPeripheral& fifo =
      bench.AddFifo(FifoPeripheral::Kind::kSink,
                    {.address = (uint64_t{1} << 48) - 4, .depth = 4096, .demand = false});
  ch.SetFixed(4, 8);
  ch.Start(4, 4);

  EXPECT_EQ(ch.Run({FillOf(1, (uint64_t{1} << 48) - 4, 400, kDstFixed | kCpl)}),
            (Records{{.bytes = 400, .slot = 0}}));

  EXPECT_EQ(fifo.moved(), 100u);
}

// ---- In company ----

// FIXED and other work in turn, in the ring and in a list; each sees its own data.
TEST(EngineFixed, MixesWithOtherWorkInRingAndList) {
  for (const bool list : {false, true}) {
    for (unsigned which = 0; which < 3; ++which) {
      EngineBench bench(which == 0 ? IdealPort(1) : which == 1 ? IdealPort(40) : StallingPort(3));
      EngineChannel& ch = bench.channel(0);
      FifoPeripheral& adc = NewFifo(bench, FifoPeripheral::Kind::kSource, 4, 4);
      FifoPeripheral& dac = NewFifo(bench, FifoPeripheral::Kind::kSink, 4, 0, 1);
      ch.SetFixed(4, 3);
      ch.Start(7, 7);
      std::vector<Descriptor> work;
      std::vector<Descriptor> copies;
      std::vector<Target> targets;
      std::vector<uint8_t> supply;
      std::vector<uint8_t> brought;
      for (unsigned i = 0; i < 12; ++i) {
        const uint32_t len = 4 * (1 + 3 * i);
        const std::vector<uint8_t> data = Bytes(len, 7 * i);
        supply.insert(supply.end(), data.begin(), data.end());
        targets.push_back({bench.NewTarget(data, i), len});
        work.push_back(CopyOf(FifoAddress(4), targets.back().dst, static_cast<uint16_t>(len),
                              kSrcFixed | kCpl));
        copies.push_back(bench.NewCopy(50 + 11 * i, i, 3 * i, kCpl));
        work.push_back(copies.back());
        const uint64_t src = bench.NewSource(len, i);
        const std::vector<uint8_t> some = bench.memory.Bytes(src, len);
        brought.insert(brought.end(), some.begin(), some.end());
        work.push_back(
            CopyOf(src, FifoAddress(0, 1), static_cast<uint16_t>(len), kDstFixed | kCpl));
        if (i % 3 == 0) work.push_back(Nop(kCpl));
      }
      adc.Stock(supply);
      Records expected;
      for (size_t i = 0; i < work.size(); ++i) {
        Record r{.bytes = work[i].len, .slot = static_cast<uint16_t>(i)};
        if (list) {
          r.index = r.slot;
          r.slot = 0;
        }
        expected.push_back(r);
      }

      const Records got =
          ch.Run(list ? std::vector<Descriptor>{LinkTo(bench.NewArray(work),
                                                       static_cast<uint16_t>(work.size()))}
                      : work);

      ASSERT_EQ(got, expected);
      for (const Descriptor& d : copies) ASSERT_EQ(bench.CheckCopy(d), "");
      for (const Target& t : targets) ASSERT_EQ(bench.CheckTarget(t.dst, t.len), "");
      bench.sim.Step(2000);
      EXPECT_EQ(dac.taken(), brought);
    }
  }
}

// FIXED sides wait for all older work: nothing is asked of the peripheral while an older write has
// no answer.
TEST(EngineFixed, WaitsForTheAnswersToAllOlderWrites) {
  for (const bool write : {false, true}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    const auto kind = write ? FifoPeripheral::Kind::kSink : FifoPeripheral::Kind::kSource;
    FifoPeripheral& fifo = NewFifo(bench, kind, 4, 0);
    ch.SetFixed(4, 4);
    ch.Start(4, 4);
    const std::vector<uint8_t> data = Bytes(64, 1);
    if (!write) fifo.Stock(data);
    const uint64_t dst = bench.NewTarget(data);
    const uint64_t src = bench.NewSource(64);
    const Descriptor copy = bench.NewCopy(500, 1, 2, kCpl);
    bench.port.SilenceWrites(kDataIds);

    ch.Submit({copy, write ? CopyOf(src, FifoAddress(0), 64, kDstFixed | kCpl)
                           : CopyOf(FifoAddress(0), dst, 64, kSrcFixed | kCpl)});
    bench.sim.Step(500);
    EXPECT_EQ(fifo.bursts(), 0u);
    bench.AnswerAll();

    EXPECT_EQ(ch.Records(2), (Records{{.bytes = 500, .slot = 0}, {.bytes = 64, .slot = 1}}));
    EXPECT_EQ(fifo.moved(), 16u);
    EXPECT_EQ(bench.CheckCopy(copy), "");
  }
}

// The record says that the peripheral has everything: not before the last B.
TEST(EngineFixed, RecordComesBehindTheLastAnswer) {
  EngineBench bench(IdealPort(30));
  EngineChannel& ch = bench.channel(0);
  FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSink, 4, 0);
  ch.SetFixed(4, 4);
  ch.Start(4, 4);
  const uint64_t src = bench.NewSource(64);
  bench.port.Arm({.on = PortFault::On::kWriteBurst,
                  .nth = 4,
                  .ids = kDataIds,
                  .does = PortFault::Does::kDelay,
                  .delay = 300});

  ch.Submit({CopyOf(src, FifoAddress(0), 64, kDstFixed | kCpl)});

  ASSERT_TRUE(bench.sim.RunUntil([&] { return fifo.moved() == 16; }, Cycles{2000}));
  EXPECT_FALSE(ch.WaitRecords(1, Cycles{250}));
  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 64, .slot = 0}}));
}

TEST(EngineFixed, TwoChannelsServeTheirPeripheralsSideBySide) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  EngineBench bench(StallingPort(5));
  std::vector<FifoPeripheral*> fifos;
  std::vector<uint64_t> targets;
  const std::vector<uint8_t> data = Bytes(400, 3);
  for (unsigned c = 0; c < 2; ++c) {
    fifos.push_back(&NewFifo(bench, FifoPeripheral::Kind::kSource, 2 << c, 0, c));
    bench.channel(c).SetFixed(2 << c, 5 + c);
    bench.channel(c).Start(4, 4);
    fifos[c]->Stock(data);
    targets.push_back(bench.NewTarget(data, 3 + c));
  }

  for (unsigned c = 0; c < 2; ++c)
    bench.channel(c).Submit({CopyOf(FifoAddress(0, c), targets[c], 400, kSrcFixed | kCpl)});

  for (unsigned c = 0; c < 2; ++c) {
    EXPECT_EQ(bench.channel(c).Records(1), (Records{{.bytes = 400, .slot = 0}}));
    EXPECT_EQ(bench.CheckTarget(targets[c], 400), "");
  }
}

TEST(EngineFixed, RunsAsDirect) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSource, 4, 0);
  const std::vector<uint8_t> data = Bytes(100, 3);
  ch.SetFixed(4, 8);
  ch.Start(0, 3);
  fifo.Stock(data);
  const uint64_t dst = bench.NewTarget(data, 1);
  const Entry raw = CopyOf(FifoAddress(0), dst, 100, kSrcFixed).Encode();
  for (unsigned word = 0; word < 4; ++word) {
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= uint32_t{raw[4 * word + i]} << (8 * i);
    ch.Write(SGDMA_CH_DIRECT0 + 4 * word, value);
  }

  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 100, .slot = 0, .direct = true}}));
  EXPECT_EQ(bench.CheckTarget(dst, 100), "");
}

// Random programs of all that moves bytes, from and to two peripherals, against the reference.
TEST(EngineFixed, RandomProgramsDoWhatTheReferenceDoes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const unsigned element = 1u << random.Below(kElementSizes);
    const auto beats = static_cast<unsigned>(random.Between(1, 16));
    EngineBench bench(seed % 2 == 0 ? StallingPort(seed) : IdealPort(static_cast<uint32_t>(seed)),
                      seed);
    EngineChannel& ch = bench.channel(0);
    FifoPeripheral& adc = NewFifo(bench, FifoPeripheral::Kind::kSource, element, 0);
    FifoPeripheral& dac = NewFifo(bench, FifoPeripheral::Kind::kSink, element, 0, 1);
    const std::vector<uint8_t> supply = Bytes(element * 60'000u, static_cast<unsigned>(seed));
    adc.Stock(supply);
    ch.SetFixed(element, beats);
    ch.Start(8, 8);
    bench.board.Declare("sources", kSourceArea, 0x1'0000, Permission::kRead);
    bench.board.Declare("destinations", kDestinationArea, 0x10'0000, Permission::kWrite);

    size_t given = 0;
    std::vector<uint8_t> taken;
    Reference model([&](uint64_t at, std::span<uint8_t> out) { bench.memory.Read(at, out); },
                    {.bus_bytes = kBus, .fixed = true, .opcodes = 0x9E});
    model.SetFixed(element, beats);
    model.SetFifo(
        [&](uint64_t, std::span<uint8_t> out) {
          std::copy_n(supply.begin() + static_cast<ptrdiff_t>(given), out.size(), out.begin());
          given += out.size();
          return Status::kOk;
        },
        [&](uint64_t, std::span<const uint8_t> in) {
          taken.insert(taken.end(), in.begin(), in.end());
          return Status::kOk;
        });

    std::vector<Descriptor> work;
    uint64_t dst = kDestinationArea;
    for (unsigned i = 0; i < 90; ++i) {
      const auto count = static_cast<unsigned>(random.Between(1, 300) >> random.Below(9));
      const auto len = static_cast<uint16_t>(std::max(count, 1u) * element);
      const uint16_t flags = random.Chance(0.8) ? kCpl : 0;
      const uint64_t src = kSourceArea + random.Below(4096);
      const auto kind = random.Below(6);
      dst += random.Below(70);
      if (kind == 0) work.push_back(CopyOf(FifoAddress(0), dst, len, kSrcFixed | flags));
      if (kind == 1) work.push_back(CopyOf(src, FifoAddress(0, 1), len, kDstFixed | flags));
      if (kind == 2)
        work.push_back(
            CopyOf(FifoAddress(0), FifoAddress(0, 1), len, kSrcFixed | kDstFixed | flags));
      if (kind == 3)
        work.push_back(FillOf(static_cast<uint32_t>(random.Next()), FifoAddress(0, 1), len,
                              kDstFixed | flags));
      if (kind == 4) work.push_back(CopyOf(src, dst, len, flags));
      if (kind == 5) work.push_back(FillOf(static_cast<uint32_t>(random.Next()), dst, len, flags));
      dst += len;
    }
    work.push_back(Nop(kCpl | kFence));
    for (const Descriptor& d : work) ch.Push(d);
    model.Start(ch.ring(), 8);
    model.Run(ch.tail());
    ch.RingDoorbell();

    const Records got = ch.Records(static_cast<unsigned>(model.records().size()));

    ASSERT_EQ(got, model.records());
    const uint64_t size = dst - kDestinationArea;
    EXPECT_EQ(bench.memory.Bytes(kDestinationArea, size), model.Bytes(kDestinationArea, size));
    EXPECT_EQ(adc.moved() * element, given);
    bench.sim.Step(taken.size() / element + 20);
    EXPECT_EQ(dac.taken(), taken);
  }
}

// ---- Bad descriptors (A18, A19) ----

struct Bad {
  const char* name;
  Descriptor d;
  Status status;
};

constexpr uint64_t kPort = kFifoArea;

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class EngineFixedBad : public ::testing::TestWithParam<Bad> {};

// The element is 4 bytes. In the order of the checks: flags, length, address.
const Bad kBads[] = {
    {"SourceLength", CopyOf(kPort, kDestinationArea, 6, kSrcFixed), Status::kBadLength},
    {"SourceLengthBelowOne", CopyOf(kPort, kDestinationArea, 3, kSrcFixed), Status::kBadLength},
    {"SourceNoLength", CopyOf(kPort, kDestinationArea, 0, kSrcFixed), Status::kBadLength},
    {"DestinationLength", CopyOf(kSourceArea, kPort, 65535, kDstFixed), Status::kBadLength},
    {"FillLength", FillOf(5, kPort, 5, kDstFixed), Status::kBadLength},
    {"SourceAddress", CopyOf(kPort + 2, kDestinationArea, 8, kSrcFixed), Status::kBadAddress},
    {"DestinationAddress", CopyOf(kSourceArea, kPort + 1, 8, kDstFixed), Status::kBadAddress},
    {"FillAddress", FillOf(5, kPort + 3, 8, kDstFixed), Status::kBadAddress},
    {"BothSource", CopyOf(kPort + 1, kPort, 8, kSrcFixed | kDstFixed), Status::kBadAddress},
    {"BothDestination", CopyOf(kPort, kPort + 2, 8, kSrcFixed | kDstFixed), Status::kBadAddress},
    {"OtherSideWraps", CopyOf(kPort, (uint64_t{1} << 48) - 4, 8, kSrcFixed), Status::kBadAddress},
    {"LengthBeforeAddress", CopyOf(kPort + 1, kDestinationArea, 7, kSrcFixed), Status::kBadLength},
    {"FlagBeforeLength", FillOf(5, kPort + 1, 7, kSrcFixed | kDstFixed), Status::kBadCtl},
    {"FillHasNoSource", FillOf(5, kDestinationArea, 8, kSrcFixed), Status::kBadCtl},
    {"NopSource", Nop(kSrcFixed), Status::kBadCtl},
    {"NopDestination", Nop(kDstFixed), Status::kBadCtl},
    {"LinkSource", LinkTo(kArrayArea, 1, kSrcFixed), Status::kBadCtl},
    {"LinkDestination", LinkTo(kArrayArea, 1, kDstFixed), Status::kBadCtl},
    {"StrideSource", StrideOf(2, 0, 0, kSrcFixed), Status::kBadCtl},
    {"StrideDestination", StrideOf(2, 0, 0, kDstFixed), Status::kBadCtl},
    {"ReservedFlag", CopyOf(kPort, kDestinationArea, 8, kSrcFixed | 1 << 10), Status::kBadCtl},
    {"Eop", CopyOf(kPort, kDestinationArea, 8, kSrcFixed | kEop), Status::kBadCtl},
};

INSTANTIATE_TEST_SUITE_P(Each, EngineFixedBad, ::testing::ValuesIn(kBads),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EngineFixedBad, TouchesNothingAndTheNextJobIsExact) {
  for (const bool retry : {false, true}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSink, 4, 0);
    ch.SetFixed(4, 4);
    ch.Start(4, 4);
    const uint64_t src = bench.NewSource(40, 1);
    const Descriptor next = CopyOf(src, kPort, 40, kDstFixed | kCpl);

    ch.Submit({GetParam().d});
    ASSERT_TRUE(ch.WaitState(State::kHalted));

    EXPECT_EQ(ch.TakeRecords(), (Records{{.slot = 0,
                                          .fault = ch.SlotAddress(0),
                                          .status = GetParam().status,
                                          .where = Where::kDescriptor}}));
    EXPECT_EQ(fifo.bursts(), 0u);
    EXPECT_EQ(bench.monitor.id(0).write_bursts + bench.monitor.id(0).read_bursts, 0u);
    if (retry) {
      ch.Rewrite(0, next);
      ch.Give(Command::kRetry);
      EXPECT_EQ(ch.Records(1), (Records{{.bytes = 40, .slot = 0}}));
    } else {
      ch.Give(Command::kSkip);
      // What stands behind a bad STRIDE would be passed over.
      const bool stride = GetParam().d.opcode() == Opcode::kStride;
      if (stride) ch.Submit({Nop()});
      ch.Submit({next});
      EXPECT_EQ(ch.Records(1),
                (Records{{.bytes = 40, .slot = static_cast<uint16_t>(stride ? 2 : 1)}}));
    }
    bench.sim.Step(50);
    EXPECT_EQ(fifo.taken(), bench.memory.Bytes(src, 40));
  }
}

TEST(EngineFixed, StrideWithAFixedPartnerIsBadStrideAndPassesItOver) {
  const Descriptor partners[] = {
      CopyOf(kPort, kDestinationArea, 8, kSrcFixed), CopyOf(kSourceArea, kPort, 8, kDstFixed),
      CopyOf(kPort, kPort, 8, kSrcFixed | kDstFixed), FillOf(5, kPort, 8, kDstFixed)};
  for (const Descriptor& partner : partners) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    FifoPeripheral& fifo = NewFifo(bench, FifoPeripheral::Kind::kSink, 4, 0);
    ch.SetFixed(4, 4);
    ch.Start(4, 4);

    ch.Submit({StrideOf(3, 0, 0), partner, Nop(kCpl)});
    ASSERT_TRUE(ch.WaitState(State::kHalted));
    ch.Give(Command::kSkip);

    EXPECT_EQ(ch.Records(3),
              (Records{{.slot = 0,
                        .fault = ch.SlotAddress(0),
                        .status = Status::kBadStride,
                        .where = Where::kDescriptor},
                       {.slot = 1, .fault = ch.SlotAddress(1), .status = Status::kSkipped},
                       {.slot = 2}}));
    EXPECT_EQ(fifo.bursts(), 0u);
  }
}

// ---- PAUSE and ABORT ----

enum class Side : uint8_t { kSource, kDestination, kBoth, kFill };

class EngineFixedLife : public ::testing::TestWithParam<Side> {
 protected:
  static constexpr uint32_t kLen = 4 * 30;

  // A bench with one FIXED job of 30 elements, in bursts of 4, between two COPYs.
  struct Scene {
    explicit Scene(Side side, const MemoryPortConfig& port = IdealPort(4)) : bench(port) {
      source = &NewFifo(bench, FifoPeripheral::Kind::kSource, 4, 0);
      sink = &NewFifo(bench, FifoPeripheral::Kind::kSink, 4, 4, 1);
      ch().SetFixed(4, 4);
      ch().Start(4, 4);
      data = Bytes(kLen, 77);
      source->Stock(data);
      dst = bench.NewTarget(data, 3);
      const uint64_t src = bench.NewSource(kLen, 1);
      const uint64_t to = FifoAddress(4, 1);
      if (side == Side::kSource) job = CopyOf(FifoAddress(0), dst, kLen, kSrcFixed | kCpl);
      if (side == Side::kDestination) {
        job = CopyOf(src, to, kLen, kDstFixed | kCpl);
        data = bench.memory.Bytes(src, kLen);
      }
      if (side == Side::kBoth) job = CopyOf(FifoAddress(0), to, kLen, kSrcFixed | kDstFixed | kCpl);
      if (side == Side::kFill) {
        job = FillOf(0x44332211, to, kLen, kDstFixed | kCpl);
        for (unsigned i = 0; i < kLen; ++i) data[i] = static_cast<uint8_t>(0x11 * (1 + i % 4));
      }
      before = bench.NewCopy(60, 1, 2, kCpl);
      behind = bench.NewCopy(70, 3, 4, kCpl);
    }
    EngineChannel& ch() { return bench.channel(0); }
    bool writes_memory() const { return (job.ctl & kDstFixed) == 0; }
    // The first `proven` bytes have arrived.
    void Check(uint32_t proven) {
      if (writes_memory()) {
        EXPECT_EQ(bench.CheckTarget(dst, kLen, proven), "");
        return;
      }
      bench.sim.Step(100);
      const std::vector<uint8_t>& got = sink->taken();
      ASSERT_GE(got.size(), proven);
      ASSERT_LE(got.size(), kLen);
      EXPECT_TRUE(std::equal(got.begin(), got.end(), data.begin()));
    }

    EngineBench bench;
    FifoPeripheral* source = nullptr;
    FifoPeripheral* sink = nullptr;
    std::vector<uint8_t> data;
    uint64_t dst = 0;
    Descriptor job;
    Descriptor before;
    Descriptor behind;
  };
};

std::string SideName(const ::testing::TestParamInfo<Side>& info) {
  static constexpr const char* kNames[] = {"Source", "Destination", "Both", "Fill"};
  return kNames[static_cast<unsigned>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Each, EngineFixedLife,
                         ::testing::Values(Side::kSource, Side::kDestination, Side::kBoth,
                                           Side::kFill),
                         SideName);

TEST_P(EngineFixedLife, PauseAtEveryCycleLosesAndRepeatsNothing) {
  for (unsigned cycle = 0; cycle < 400; cycle += 1 + cycle / 60) {
    SCOPED_TRACE(cycle);
    Scene s(GetParam());
    s.ch().Submit({s.before, s.job, s.behind});
    s.bench.sim.Step(cycle);
    s.ch().Give(Command::kPause);
    ASSERT_TRUE(s.ch().WaitState(State::kPaused));
    const uint64_t moved = s.source->moved() + s.sink->moved();
    s.bench.sim.Step(40);
    EXPECT_EQ(s.source->moved() + s.sink->moved(), moved) << "PAUSED";
    s.ch().Give(Command::kResume);

    ASSERT_EQ(
        s.ch().Records(3),
        (Records{{.bytes = 60, .slot = 0}, {.bytes = kLen, .slot = 1}, {.bytes = 70, .slot = 2}}));
    s.Check(kLen);
    EXPECT_EQ(s.bench.CheckCopy(s.before) + s.bench.CheckCopy(s.behind), "");
  }
}

// The record's bytes are whole elements, all of them have arrived, and of a destination no more.
TEST_P(EngineFixedLife, AbortAtEveryCycleLeavesWholeElements) {
  for (unsigned cycle = 0; cycle < 400; cycle += 1 + cycle / 60) {
    SCOPED_TRACE(cycle);
    Scene s(GetParam());
    s.ch().Submit({s.before, s.job, s.behind});
    s.bench.sim.Step(cycle);
    s.ch().Give(Command::kAbort);
    ASSERT_TRUE(s.ch().WaitState(State::kHalted));
    uint32_t proven = 0;
    for (const Record& r : s.ch().TakeRecords()) {
      if (r.slot != 1) continue;
      proven = r.bytes;
      EXPECT_EQ(r.bytes % 4, 0u);
      EXPECT_TRUE(r.status == Status::kAborted || (r.status == Status::kOk && r.bytes == kLen));
    }
    s.Check(proven);
    if (!s.writes_memory()) {
      EXPECT_EQ(s.sink->taken().size(), proven);
    }

    // The next job is exact.
    s.ch().Restart();
    const Descriptor next = s.bench.NewCopy(90, 1, 6, kCpl);
    EXPECT_EQ(s.ch().Run({next}), (Records{{.bytes = 90, .slot = 0}}));
    EXPECT_EQ(s.bench.CheckCopy(next), "");
  }
}

// POSITION counts whole elements that have arrived, and never goes back.
TEST_P(EngineFixedLife, PositionCountsWhatHasArrived) {
  Scene s(GetParam(), IdealPort(9));
  s.ch().Submit({s.job});
  uint32_t last = 0;
  for (unsigned i = 0; i < 200 && !s.ch().RecordThere(); ++i) {
    const uint32_t slot = s.ch().Read(SGDMA_CH_POS_SLOT_INDEX) & 0xFFFF;
    const uint32_t bytes = s.ch().Read(SGDMA_CH_POS_BYTES);
    if (slot != 0) break;
    EXPECT_GE(bytes, last);
    if (!s.writes_memory()) {
      EXPECT_LE(bytes, 4 * s.sink->moved());
      EXPECT_EQ(bytes % 4, 0u);
    }
    last = bytes;
  }
  // To memory it is one burst.
  if (!s.writes_memory()) {
    EXPECT_GT(last, 0u);
  }
  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = kLen, .slot = 0}}));
}

}  // namespace
}  // namespace tb
