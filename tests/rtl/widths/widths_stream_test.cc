// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Streams and FIXED sides, in every build: bytes are packed into, and unpacked from, beats of the
// bus's width, and an element of a peripheral has its lane in it.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rtl/engine/fixed_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;
using Data = std::vector<uint8_t>;

constexpr unsigned kBus = Dut::kDataBytes;

// A few of the lengths to three bus words, others for each offset; those around a word always.
std::vector<uint32_t> Lengths(unsigned offset) {
  std::vector<uint32_t> some = {1, kBus - 1, kBus, kBus + 1, 2 * kBus, 3 * kBus};
  for (unsigned i = 0; i < 6; ++i) some.push_back(1 + (offset * 7 + i * i * 5) % (3 * kBus));
  return some;
}

class EngineWidthsStream : public ::testing::TestWithParam<bool> {
 protected:
  MemoryPortConfig port() const { return GetParam() ? StallingPort(3) : IdealPort(2); }
  Stall mood() const { return GetParam() ? Stall::Random(0.5) : Stall::Never(); }
};
INSTANTIATE_TEST_SUITE_P(All, EngineWidthsStream, ::testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "Stalling" : "Ideal");
});

// Packets of one, two and three descriptors, so that each begins in any lane of a beat.
TEST_P(EngineWidthsStream, SendPacksDescriptorsFromAnyOffset) {
  EngineBench bench(port());
  StreamSink& sink = bench.AddSink(0, {.seed = 5, .stall = mood()});
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  std::vector<Descriptor> work;
  std::vector<Data> packets;
  Data open;
  for (unsigned offset = 0; offset < kBus; ++offset) {
    for (const uint32_t len : Lengths(offset)) {
      const uint64_t src = bench.NewSource(len, offset);
      const Data bytes = bench.memory.Bytes(src, len);
      open.insert(open.end(), bytes.begin(), bytes.end());
      const bool end = work.size() % 6 == 0 || work.size() % 6 == 2 || work.size() % 6 == 5;
      work.push_back(SendOf(src, static_cast<uint16_t>(len), end ? kEop | kCpl : kCpl));
      if (end) packets.push_back(std::exchange(open, {}));
    }
  }

  const Records records = ch.Run(work);

  ASSERT_EQ(records.size(), work.size());
  for (size_t i = 0; i < work.size(); ++i) EXPECT_EQ(records[i].bytes, work[i].len);
  bench.sim.RunUntil([&] { return sink.packets().size() >= packets.size(); }, Cycles{50'000});
  ASSERT_EQ(sink.packets().size(), packets.size());
  for (size_t i = 0; i < packets.size(); ++i)
    ASSERT_EQ(sink.packets()[i].bytes, packets[i]) << "packet " << i;
}

// TLAST in any lane, destinations at any offset; every third buffer is shorter than its packet.
TEST_P(EngineWidthsStream, RecvUnpacksToAnyOffset) {
  EngineBench bench(port());
  StreamSource& source = bench.AddSource(0, {.seed = 5, .gap = mood()});
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  std::vector<Descriptor> work;
  std::vector<Target> targets;
  Records expected;
  const auto receive = [&](const Data& data, unsigned offset, uint32_t room, bool eop) {
    Data whole = data;
    whole.resize(room, 0xEE);
    targets.push_back({bench.NewTarget(whole, offset), room});
    work.push_back(RecvOf(targets.back().dst, static_cast<uint16_t>(room), kCpl));
    expected.push_back({.bytes = static_cast<uint32_t>(data.size()),
                        .slot = static_cast<uint16_t>(expected.size() % ch.slots()),
                        .eop = eop});
  };
  for (unsigned offset = 0; offset < kBus; ++offset) {
    for (const uint32_t len : Lengths(offset)) {
      const Data data = Bytes(len, len + offset);
      source.Send({.bytes = data});
      const uint32_t first = work.size() % 3 == 2 ? len / 2 : 0;
      if (first != 0) receive({data.begin(), data.begin() + first}, offset, first, false);
      receive({data.begin() + first, data.end()}, offset, len - first + 5, true);
    }
  }

  EXPECT_EQ(ch.Run(work), expected);

  for (size_t i = 0; i < targets.size(); ++i) {
    ASSERT_EQ(bench.CheckTarget(targets[i].dst, targets[i].len, expected[i].bytes), "")
        << "buffer " << i;
  }
}

// ---- FIXED ----

TEST_P(EngineWidthsStream, EveryElementHasItsLaneOnEitherSide) {
  for (unsigned element = 1; element <= kBus; element *= 2) {
    const unsigned last = kBus - element;
    for (const unsigned lane : {0u, element <= last ? element : 0u, last}) {
      SCOPED_TRACE("element of " + std::to_string(element) + " bytes at " + std::to_string(lane));
      EngineBench bench(port());
      EngineChannel& ch = bench.channel(0);
      FifoPeripheral& in = NewFifo(bench, FifoPeripheral::Kind::kSource, element, lane, 0);
      FifoPeripheral& out = NewFifo(bench, FifoPeripheral::Kind::kSink, element, lane, 1);
      ch.SetFixed(element, std::min(3, SGDMA_WIDTHS_BURST));
      ch.Start(6, 6);
      std::vector<Descriptor> work;
      std::vector<Target> targets;
      Data supply;
      Data taken;
      for (unsigned count = 1; count <= 7; ++count) {
        const auto len = static_cast<uint16_t>(count * element);
        const Data data = Bytes(len, count);
        supply.insert(supply.end(), data.begin(), data.end());
        targets.push_back({bench.NewTarget(data, count % kBus), len});
        work.push_back(CopyOf(FifoAddress(lane, 0), targets.back().dst, len, kSrcFixed | kCpl));
        const uint64_t src = bench.NewSource(len, count * 3 % kBus);
        const Data given = bench.memory.Bytes(src, len);
        taken.insert(taken.end(), given.begin(), given.end());
        work.push_back(CopyOf(src, FifoAddress(lane, 1), len, kDstFixed | kCpl));
      }
      in.Stock(supply);

      EXPECT_EQ(ch.Run(work).size(), work.size());

      for (const Target& t : targets) EXPECT_EQ(bench.CheckTarget(t.dst, t.len), "");
      EXPECT_TRUE(in.drained());
      bench.sim.Step(10 + taken.size());
      EXPECT_EQ(out.taken(), taken);
      ASSERT_FALSE(HasFailure());
    }
  }
}

}  // namespace
}  // namespace tb
