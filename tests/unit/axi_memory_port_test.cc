// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "axi_fixture.h"
#include "mem/memory.h"

namespace tb {
namespace {

constexpr uint64_t kBase = PortBench::kBase;
using Bench = PortBench;

TEST(AxiMemoryPort, ReadLatencyIsCountedFromTheArHandshake) {
  for (uint32_t latency : {1u, 2u, 26u, 200u}) {
    Bench bench({.read_latency = Latency::Fixed(latency)});
    bench.manager.Read(0, kBase, 4);

    bench.Finish();

    for (unsigned i = 0; i < 4; ++i) {
      EXPECT_EQ(bench.manager.r[i].cycle, bench.manager.ar_cycles[0] + latency + i)
          << "L = " << latency;
    }
  }
}

TEST(AxiMemoryPort, WriteLatencyIsCountedFromTheLastWHandshake) {
  for (uint32_t latency : {1u, 2u, 26u}) {
    Bench bench({.write_latency = Latency::Fixed(latency)});
    bench.manager.Write(0, kBase, Counting(40));

    bench.Finish();

    EXPECT_EQ(bench.manager.b[0].cycle, bench.manager.w_cycles.back() + latency);
  }
}

TEST(AxiMemoryPort, ByDefaultEveryChannelMovesInEveryCycle) {
  Bench bench;
  for (unsigned i = 0; i < 64; ++i) {
    bench.manager.Read(0, kBase + i * 8, 1);
    bench.manager.Write(0, kBase + 4096 + i * 8, Counting(8, i));
  }

  bench.Finish();

  EXPECT_EQ(bench.manager.ar_cycles.back() - bench.manager.ar_cycles.front(), 63u);
  EXPECT_EQ(bench.manager.r.back().cycle - bench.manager.r.front().cycle, 63u);
  EXPECT_EQ(bench.manager.w_cycles.back() - bench.manager.w_cycles.front(), 63u);
  EXPECT_EQ(bench.manager.b.back().cycle - bench.manager.b.front().cycle, 63u);
}

TEST(AxiMemoryPort, LatencyDoesNotLimitThroughput) {
  Bench bench({.read_latency = Latency::Fixed(200)});
  for (unsigned i = 0; i < 100; ++i) bench.manager.Read(0, kBase, 16);

  bench.Finish();

  EXPECT_EQ(bench.manager.r.back().cycle - bench.manager.r.front().cycle, 1599u);
}

class WidthTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(WidthTest, EveryAlignmentAndLengthIsWrittenAndReadExactly) {
  const uint32_t width = GetParam();
  for (uint64_t offset = 0; offset < width; ++offset) {
    for (size_t length = 1; length <= 3 * width; length += width > 16 ? 5 : 1) {
      Bench bench({}, width);
      const std::vector<uint8_t> data = Counting(length, 17);
      bench.manager.Write(0, kBase + offset, data);
      bench.Finish();
      ASSERT_EQ(bench.memory.Bytes(kBase + offset, length), data);
      ASSERT_EQ(bench.memory.Load<uint8_t>(kBase + offset + length), 0);

      bench.manager.Read(0, kBase + offset,
                         static_cast<unsigned>((offset + length - 1) / width + 1));
      bench.Finish();
      const std::vector<uint8_t> got = bench.manager.Bytes(0);
      ASSERT_TRUE(std::equal(data.begin(), data.end(), got.begin() + static_cast<long>(offset)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bytes, WidthTest, ::testing::Values(4, 8, 16, 32, 64));

TEST(AxiMemoryPort, AWriteIsVisibleBeatByBeat) {
  Bench bench;
  bench.manager.Write(0, kBase, Counting(64, 1));
  const auto expected = Counting(64, 1);

  for (size_t beats = 1; beats <= 8; ++beats) {
    ASSERT_TRUE(
        bench.sim.RunUntil([&] { return bench.manager.w_cycles.size() == beats; }, Cycles{50}));
    const auto seen = bench.memory.Bytes(kBase, 64);
    EXPECT_TRUE(
        std::equal(seen.begin(), seen.begin() + static_cast<long>(beats) * 8, expected.begin()));
    EXPECT_TRUE(std::all_of(seen.begin() + static_cast<long>(beats) * 8, seen.end(),
                            [](uint8_t b) { return b == 0; }));
  }
  bench.Finish();
}

TEST(AxiMemoryPort, WTakenBeforeItsAwIsWrittenWhenTheAwComes) {
  Bench bench;
  bench.manager.hold_aw_until = 100;
  bench.manager.Write(0, kBase, Counting(64, 1));
  bench.sim.Step(90);
  ASSERT_EQ(bench.manager.w_cycles.size(), 8u);
  EXPECT_EQ(bench.memory.Load<uint64_t>(kBase), 0u);

  bench.Finish();

  EXPECT_EQ(bench.memory.Bytes(kBase, 64), Counting(64, 1));
  EXPECT_EQ(bench.manager.b[0].cycle, bench.manager.aw_cycles[0] + 1);
}

class CouplingTest : public ::testing::TestWithParam<WriteCoupling> {};

TEST_P(CouplingTest, EveryWriteArrivesWhateverWaitsForWhat) {
  Bench bench({.coupling = GetParam()});
  for (unsigned i = 0; i < 20; ++i)
    bench.manager.Write(static_cast<uint8_t>(i % 4), kBase + i * 100, Counting(100, i));

  bench.Finish();

  for (unsigned i = 0; i < 20; ++i)
    EXPECT_EQ(bench.memory.Bytes(kBase + i * 100, 100), Counting(100, i));
}

INSTANTIATE_TEST_SUITE_P(Kinds, CouplingTest,
                         ::testing::Values(WriteCoupling::kFree, WriteCoupling::kAwAfterWValid,
                                           WriteCoupling::kAwAfterLastW, WriteCoupling::kWAfterAw));

TEST(AxiMemoryPort, AwAfterWValidKeepsAwReadyLowUntilDataIsOffered) {
  Bench bench({.coupling = WriteCoupling::kAwAfterWValid});
  bench.manager.hold_w_until = 50;
  bench.manager.Write(0, kBase, Counting(8));

  bench.Finish();

  EXPECT_GT(bench.manager.aw_cycles[0], 50u);
}

TEST(AxiMemoryPort, AwAfterLastWTakesTheWholeBurstFirst) {
  Bench bench({.coupling = WriteCoupling::kAwAfterLastW});
  bench.manager.Write(0, kBase, Counting(64));

  bench.Finish();

  EXPECT_GT(bench.manager.aw_cycles[0], bench.manager.w_cycles.back());
}

TEST(AxiMemoryPort, WAfterAwKeepsWReadyLowUntilTheAddressIsTaken) {
  Bench bench({.coupling = WriteCoupling::kWAfterAw});
  bench.manager.hold_aw_until = 50;
  bench.manager.Write(0, kBase, Counting(8));

  bench.Finish();

  EXPECT_GT(bench.manager.w_cycles[0], bench.manager.aw_cycles[0]);
}

std::vector<uint8_t> OrderOfIds(const TestManager& manager) {
  std::vector<uint8_t> ids;
  for (const auto& beat : manager.r) {
    if (ids.empty() || ids.back() != beat.id) ids.push_back(beat.id);
  }
  return ids;
}

void ReadFromFourIds(Bench& bench) {
  for (unsigned i = 0; i < 80; ++i) {
    bench.memory.Write(kBase + i * 64, Counting(64, i));
    bench.manager.Read(static_cast<uint8_t>(i % 4), kBase + i * 64, 8);
  }
  bench.Finish();
  for (uint8_t id = 0; id < 4; ++id) {
    std::vector<uint8_t> expected;
    for (unsigned i = id; i < 80; i += 4) {
      const auto part = Counting(64, i);
      expected.insert(expected.end(), part.begin(), part.end());
    }
    EXPECT_EQ(bench.manager.Bytes(id), expected) << "order within id " << +id;
  }
}

TEST(AxiMemoryPort, InOrderAnswersInTheOrderOfTheAddresses) {
  Bench bench({.read_latency = Latency::Uniform(1, 40)});

  ReadFromFourIds(bench);

  const std::vector<uint8_t> order = OrderOfIds(bench.manager);
  ASSERT_EQ(order.size(), 80u);
  for (unsigned i = 0; i < 80; ++i) EXPECT_EQ(order[i], i % 4);
}

TEST(AxiMemoryPort, ReorderedBurstsOvertakeButStayWhole) {
  Bench bench({.read_latency = Latency::Uniform(1, 40), .ordering = Ordering::kReordered});

  ReadFromFourIds(bench);

  std::vector<uint8_t> in_order(80);
  for (unsigned i = 0; i < 80; ++i) in_order[i] = i % 4;
  EXPECT_NE(OrderOfIds(bench.manager), in_order);
  for (size_t i = 0; i < bench.manager.r.size(); ++i) {
    EXPECT_EQ(bench.manager.r[i].id, bench.manager.r[i - i % 8].id)
        << "a burst was cut at beat " << i;
  }
}

TEST(AxiMemoryPort, InterleavedBeatsMix) {
  Bench bench({.read_latency = Latency::Uniform(1, 40), .ordering = Ordering::kInterleaved});

  ReadFromFourIds(bench);

  EXPECT_GT(OrderOfIds(bench.manager).size(), 200u);
}

TEST(AxiMemoryPort, WriteAnswersOfDifferentIdsAreReorderedToo) {
  Bench bench({.write_latency = Latency::Uniform(1, 60), .ordering = Ordering::kReordered});
  for (unsigned i = 0; i < 40; ++i)
    bench.manager.Write(static_cast<uint8_t>(i % 4), kBase + i * 8, Counting(8, i));

  bench.Finish();

  std::vector<uint8_t> ids;
  for (const auto& answer : bench.manager.b) ids.push_back(answer.id);
  std::vector<uint8_t> in_order(40);
  for (unsigned i = 0; i < 40; ++i) in_order[i] = i % 4;
  EXPECT_NE(ids, in_order);
}

TEST(AxiMemoryPort, UniformLatencyStaysInItsRange) {
  Bench bench({.read_latency = Latency::Uniform(5, 9)});
  std::vector<uint64_t> seen;
  for (unsigned i = 0; i < 100; ++i) {
    bench.manager.Read(0, kBase, 1);
    bench.Finish();
    seen.push_back(bench.manager.r.back().cycle - bench.manager.ar_cycles.back());
  }

  EXPECT_EQ(*std::min_element(seen.begin(), seen.end()), 5u);
  EXPECT_EQ(*std::max_element(seen.begin(), seen.end()), 9u);
}

TEST(AxiMemoryPort, DramRowsAreFastOnlyWhileOpen) {
  Bench bench({.read_latency = Latency::DramRows(4, 20, 1024, 2)});
  // Rows 0, 0, 2 (same bank, closes row 0), 0, 1 (the other bank), 0.
  const uint64_t rows[] = {0, 0, 2, 0, 1, 0};
  std::vector<uint64_t> seen;

  for (uint64_t row : rows) {
    bench.manager.Read(0, kBase + row * 1024 + 8, 1);
    bench.Finish();
    seen.push_back(bench.manager.r.back().cycle - bench.manager.ar_cycles.back());
  }

  EXPECT_EQ(seen, (std::vector<uint64_t>{20, 4, 20, 20, 20, 4}));
}

TEST(AxiMemoryPort, BandwidthIsSharedByReadsAndWrites) {
  Bench bench({.bandwidth = 0.5});
  for (unsigned i = 0; i < 50; ++i) {
    bench.manager.Read(0, kBase, 16);
    bench.manager.Write(0, kBase + 8192, Counting(128));
  }
  const uint64_t start = bench.sim.now();

  bench.Finish();

  // 1,600 beats at one beat every two cycles.
  EXPECT_NEAR(static_cast<double>(bench.sim.now() - start), 3200, 100);
}

TEST(AxiMemoryPort, EveryChannelCanStallAtRandomAndNothingIsLost) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Stall stall = seed % 2 == 0 ? Stall::Random(0.4) : Stall::Bursts(0.1, 1, 30);
    Bench bench({.seed = seed,
                 .read_latency = Latency::Uniform(1, 20),
                 .write_latency = Latency::Uniform(1, 20),
                 .ordering = Ordering::kInterleaved,
                 .stall_ar = stall,
                 .stall_r = stall,
                 .stall_aw = stall,
                 .stall_w = stall,
                 .stall_b = stall});
    bench.manager.r_stall = StallSource(Stall::Random(0.3), Random(seed));
    bench.manager.b_stall = StallSource(Stall::Random(0.3), Random(seed + 1));
    for (unsigned i = 0; i < 40; ++i) {
      bench.manager.Write(static_cast<uint8_t>(i % 4), kBase + (1 << 16) + i * 100,
                          Counting(100, i));
    }

    ReadFromFourIds(bench);

    for (unsigned i = 0; i < 40; ++i) {
      ASSERT_EQ(bench.memory.Bytes(kBase + (1 << 16) + i * 100, 100), Counting(100, i));
    }
  }
}

TEST(AxiMemoryPort, AStarvedChannelStopsItsDirectionOnly) {
  Bench bench;
  bench.port.SetStall(AxiChannel::kAw, Stall::Always());
  bench.manager.Write(0, kBase, Counting(8));
  bench.manager.Read(0, kBase, 4);

  bench.sim.Step(200);

  EXPECT_EQ(bench.manager.r.size(), 4u);
  EXPECT_TRUE(bench.manager.aw_cycles.empty());
  bench.port.SetStall(AxiChannel::kAw, Stall::Never());
  bench.Finish();
}

TEST(AxiMemoryPort, DepthsBoundWhatIsOpen) {
  Bench bench({.read_latency = Latency::Fixed(100),
               .write_latency = Latency::Fixed(100),
               .max_reads = 3,
               .max_writes = 2});
  uint32_t most_reads = 0;
  uint32_t most_writes = 0;
  for (unsigned i = 0; i < 20; ++i) {
    bench.manager.Read(0, kBase, 1);
    bench.manager.Write(0, kBase, Counting(8));
  }

  ASSERT_TRUE(bench.sim.RunUntil(
      [&] {
        most_reads = std::max(most_reads, bench.port.open_reads());
        most_writes = std::max(most_writes, bench.port.open_writes());
        return bench.manager.done();
      },
      Cycles{10'000}));

  EXPECT_EQ(most_reads, 3u);
  EXPECT_EQ(most_writes, 2u);
}

TEST(AxiMemoryPort, SameSeedSameCycles) {
  std::vector<uint64_t> cycles[2];
  for (auto& list : cycles) {
    Bench bench({.seed = 42,
                 .read_latency = Latency::Uniform(1, 50),
                 .ordering = Ordering::kInterleaved,
                 .stall_r = Stall::Random(0.3)});
    ReadFromFourIds(bench);
    for (const auto& beat : bench.manager.r) list.push_back(beat.cycle * 16 + beat.id);
  }

  EXPECT_EQ(cycles[0], cycles[1]);
}

TEST(AxiMemoryPort, ResetForgetsWhatIsOpenAndKeepsMemory) {
  Bench bench({.read_latency = Latency::Fixed(100), .write_latency = Latency::Fixed(100)});
  bench.memory.Store<uint32_t>(kBase, 77);
  bench.manager.Read(0, kBase, 16);
  bench.manager.Write(1, kBase + 64, Counting(128));
  bench.sim.Step(6);
  ASSERT_FALSE(bench.port.idle());

  bench.sim.Reset();

  EXPECT_TRUE(bench.port.idle());
  bench.sim.Step(300);
  EXPECT_TRUE(bench.manager.b.empty());
  EXPECT_EQ(bench.memory.Load<uint32_t>(kBase), 77u);
}

// A target that moves addresses and takes its time, as a translator does.
class MovingTarget final : public BusTarget {
 public:
  explicit MovingTarget(Memory& memory) : memory_(memory) {}
  BusRoute Begin(const BusAccess& burst) override {
    bursts.push_back(burst);
    if (burst.address < 0x1000) return {AxiResp::kSlvErr, 0, 7};
    return {AxiResp::kOkay, burst.address - 0x10000 + kBase, 30};
  }
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override {
    ++beats;
    return memory_.ReadBeat(burst, address, out);
  }
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override {
    ++beats;
    return memory_.WriteBeat(burst, address, data, strobe);
  }

  std::vector<BusAccess> bursts;
  int beats = 0;

 private:
  Memory& memory_;
};

class TargetTest : public ::testing::Test {
 protected:
  TargetTest()
      : sim_(device_), target_(memory_), port_(sim_, pins_, target_), manager_(sim_, pins_) {
    memory_.AddRam(kBase, 1 << 20);
    sim_.Reset();
  }
  void Finish() {
    ASSERT_TRUE(sim_.RunUntil([&] { return manager_.done(); }, Cycles{1000}));
  }

  NoDevice device_;
  Simulation sim_;
  AxiPins pins_;
  Memory memory_;
  MovingTarget target_;
  AxiMemoryPort port_;
  TestManager manager_;
};

TEST_F(TargetTest, SeesEachBurstOnceWithItsExtent) {
  manager_.Read(3, 0x10005, 4);

  Finish();

  ASSERT_EQ(target_.bursts.size(), 1u);
  EXPECT_FALSE(target_.bursts[0].write);
  EXPECT_EQ(target_.bursts[0].address, 0x10005u);
  EXPECT_EQ(target_.bursts[0].bytes, 27u);
  EXPECT_EQ(target_.bursts[0].id, 3);
}

TEST_F(TargetTest, ItsAddressAndDelayAreUsed) {
  manager_.Write(0, 0x10013, Counting(50, 3));
  Finish();
  EXPECT_EQ(memory_.Bytes(kBase + 0x13, 50), Counting(50, 3));

  manager_.Read(0, 0x10013, 2);
  Finish();

  EXPECT_EQ(manager_.r[0].cycle, manager_.ar_cycles[0] + 1 + 30);
}

TEST_F(TargetTest, ARefusedReadGetsAllItsBeatsWithTheErrorAndNoData) {
  memory_.FillBytes(kBase, 64, 0x5A);
  manager_.Read(0, 0x100, 5);

  Finish();

  ASSERT_EQ(manager_.r.size(), 5u);
  for (const auto& beat : manager_.r) {
    EXPECT_EQ(beat.resp, AxiResp::kSlvErr);
    EXPECT_NE(beat.data[0], 0x5A5A5A5A5A5A5A5A);
  }
  EXPECT_EQ(target_.beats, 0);
}

TEST_F(TargetTest, ARefusedWriteSinksItsBeatsAndAnswersTheError) {
  manager_.Write(0, 0x100, Counting(40));

  Finish();

  ASSERT_EQ(manager_.b.size(), 1u);
  EXPECT_EQ(manager_.b[0].resp, AxiResp::kSlvErr);
  EXPECT_EQ(manager_.w_cycles.size(), 5u);
  EXPECT_EQ(target_.beats, 0);
}

}  // namespace
}  // namespace tb
