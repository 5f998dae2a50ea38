// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// The memory port with FIXED bursts and beats narrower than the bus, and the FIFO peripheral that
// such bursts are for.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "axi/fifo_peripheral.h"
#include "axi_fixture.h"

namespace tb {
namespace {

constexpr uint64_t kBase = PortBench::kBase;

// ---- The port alone ----

class FixedPortTest : public ::testing::TestWithParam<unsigned> {
 protected:
  FixedPortTest() : bench_({}, 1u << GetParam()) {
    bench_.checker.Ignore(Rule::kIncr);
    bench_.checker.Ignore(Rule::kFullSize);
  }
  unsigned width() const { return 1u << GetParam(); }

  PortBench bench_;
};

INSTANTIATE_TEST_SUITE_P(BusWidths, FixedPortTest, ::testing::Values(2, 3, 4, 6));

TEST_P(FixedPortTest, EveryBeatOfAReadGivesTheSameElement) {
  for (unsigned size = 0; (1u << size) <= width(); ++size) {
    const uint64_t address = kBase + 0x100 + (1u << size);
    const auto element = Counting(1u << size, 7 + size);
    bench_.memory.Write(address, element);
    bench_.manager.r.clear();
    bench_.manager.Read(bench_.manager.Fixed(0, address, 5, size));

    bench_.Finish();

    ASSERT_EQ(bench_.manager.r.size(), 5u);
    for (const auto& beat : bench_.manager.r) {
      const auto* lanes = reinterpret_cast<const uint8_t*>(beat.data.data()) + address % width();
      EXPECT_TRUE(std::equal(element.begin(), element.end(), lanes)) << "size " << size;
    }
  }
}

TEST_P(FixedPortTest, TheLastBeatOfAWriteStaysAndNeighboursAreKept) {
  for (unsigned size = 0; (1u << size) <= width(); ++size) {
    const unsigned bytes = 1u << size;
    const uint64_t address = kBase + 0x1000 - bytes;
    bench_.memory.FillBytes(address - 64, 128, 0x11);
    const auto data = Counting(16 * bytes, size);
    bench_.manager.Write(bench_.manager.Fixed(0, address, 16, size), data);

    bench_.Finish();

    std::vector<uint8_t> expected(128, 0x11);
    std::copy(data.end() - bytes, data.end(), expected.begin() + 64);
    EXPECT_EQ(bench_.memory.Bytes(address - 64, 64 + bytes),
              std::vector<uint8_t>(expected.begin() + 0, expected.begin() + 64 + bytes));
    EXPECT_EQ(bench_.memory.Load<uint8_t>(kBase + 0x1000), 0x11);
  }
}

TEST_P(FixedPortTest, NarrowIncrementingBeatsWalkThroughTheLanes) {
  for (unsigned size = 0; (1u << size) <= width(); ++size) {
    AxiAddress burst = bench_.manager.Burst(0, kBase + 0x200, 8);
    burst.size = static_cast<uint8_t>(size);
    const auto data = Counting(8u << size, 3);
    bench_.manager.Write(burst, data);

    bench_.Finish();

    EXPECT_EQ(bench_.memory.Bytes(kBase + 0x200, data.size()), data) << "size " << size;
  }
}

// What a target is told of a burst.
class Listener final : public BusTarget {
 public:
  BusRoute Begin(const BusAccess& burst) override {
    seen.push_back(burst);
    return {.resp = AxiResp::kOkay, .address = burst.address};
  }
  AxiResp ReadBeat(const BusAccess&, uint64_t address, std::span<uint8_t> out) override {
    beats.emplace_back(address, out.size());
    return AxiResp::kOkay;
  }
  AxiResp WriteBeat(const BusAccess&, uint64_t, std::span<const uint8_t>, uint64_t) override {
    return AxiResp::kOkay;
  }
  std::vector<BusAccess> seen;
  std::vector<std::pair<uint64_t, size_t>> beats;
};

TEST(FixedPort, ATargetIsToldTheElementAndTheNumberOfBeats) {
  NoDevice device;
  Simulation sim(device);
  AxiPins pins{.data_bytes = 8};
  Listener target;
  AxiMemoryPort port(sim, pins, target);
  TestManager manager(sim, pins);
  sim.Reset();
  manager.Read(manager.Fixed(3, 0x1004, 6, 2));
  manager.Read(0, 0x2003, 4);

  ASSERT_TRUE(sim.RunUntil([&] { return manager.done(); }, Cycles{1000}));

  ASSERT_EQ(target.seen.size(), 2u);
  EXPECT_TRUE(target.seen[0].fixed);
  EXPECT_EQ(target.seen[0].bytes, 4u);
  EXPECT_EQ(target.seen[0].beats, 6u);
  EXPECT_FALSE(target.seen[1].fixed);
  EXPECT_EQ(target.seen[1].bytes, 29u);
  EXPECT_EQ(target.seen[1].beats, 4u);
  for (unsigned beat = 0; beat < 6; ++beat)
    EXPECT_EQ(target.beats[beat], (std::pair<uint64_t, size_t>(0x1004, 4)));
}

// ---- The peripheral ----

constexpr uint64_t kRegister = 0xF000'0004;

struct FifoBench {
  FifoBench(FifoPeripheral::Kind kind, const FifoConfig& config)
      : sim(device),
        pins{.data_bytes = 8},
        fifo(sim, memory, demand, kind, config),
        port(sim, pins, fifo),
        manager(sim, pins),
        checker(sim, pins, {.allow_fixed = true}) {
    checker.Ignore(Rule::kAlwaysReady);
    memory.AddRam(kBase, 1 << 20);
    sim.Reset();
  }

  bool drq() const { return (demand.drq & 1) != 0; }
  void Dack() {
    demand.dack = 1;
    sim.Step();
    demand.dack = 0;
  }
  void Finish() {
    ASSERT_TRUE(sim.RunUntil([&] { return manager.done(); }, Cycles{10'000}));
  }
  // A burst as a good engine makes it: DRQ, beats, DACK.
  void Burst(bool write, unsigned beats, const std::vector<uint8_t>& data = {}) {
    ASSERT_TRUE(sim.RunUntil([&] { return drq(); }, Cycles{10'000}));
    sim.Step(3);
    const AxiAddress a = manager.Fixed(0, kRegister, beats, 2);
    if (write) {
      manager.Write(a, data);
    } else {
      manager.Read(a);
    }
    Finish();
    Dack();
  }
  std::vector<uint8_t> Got() const {
    std::vector<uint8_t> out;
    for (const auto& beat : manager.r) {
      const auto* lanes = reinterpret_cast<const uint8_t*>(beat.data.data()) + 4;
      out.insert(out.end(), lanes, lanes + 4);
    }
    return out;
  }
  std::string Violations() const { return sim.violations().Report(); }

  NoDevice device;
  Simulation sim;
  AxiPins pins;
  DemandPins demand;
  Memory memory;
  FifoPeripheral fifo;
  AxiMemoryPort port;
  TestManager manager;
  ProtocolChecker checker;
};

constexpr FifoConfig kConfig = {.address = kRegister, .depth = 16, .threshold = 4, .period = 5};

TEST(FifoPeripheral, ASourceGivesItsSupplyInOrderAndAsksBurstByBurst) {
  FifoBench bench(FifoPeripheral::Kind::kSource, kConfig);
  bench.sim.Step(20);
  EXPECT_FALSE(bench.drq());
  bench.fifo.Supply(Counting(4 * 10));

  bench.Burst(false, 4);
  EXPECT_FALSE(bench.drq()) << "four elements take 20 cycles";
  bench.Burst(false, 4);
  bench.Burst(false, 2);  // the rest, though it is no whole burst

  EXPECT_EQ(bench.Got(), Counting(40));
  EXPECT_TRUE(bench.fifo.drained());
  EXPECT_EQ(bench.fifo.bursts(), 3u);
  EXPECT_EQ(bench.fifo.dacks(), 3u);
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Violations();
}

TEST(FifoPeripheral, ASinkAsksWhileItHasRoomAndConsumesInOrder) {
  FifoBench bench(FifoPeripheral::Kind::kSink, kConfig);
  const auto data = Counting(4 * 4 * 6);

  for (unsigned burst = 0; burst < 6; ++burst) {
    bench.Burst(true, 4, {data.begin() + 16 * burst, data.begin() + 16 * (burst + 1)});
  }
  EXPECT_GT(bench.fifo.fill(), 0u);
  bench.sim.Step(200);

  EXPECT_EQ(bench.fifo.taken(), data);
  EXPECT_TRUE(bench.fifo.drained());
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Violations();
}

TEST(FifoPeripheral, OtherAddressesAreTheMemorysBusiness) {
  FifoBench bench(FifoPeripheral::Kind::kSink, kConfig);

  bench.manager.Write(0, kBase + 3, Counting(100));
  bench.Finish();

  EXPECT_EQ(bench.memory.Bytes(kBase + 3, 100), Counting(100));
  EXPECT_EQ(bench.fifo.bursts(), 0u);
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Violations();
}

TEST(FifoPeripheral, AHeldDrqStaysLow) {
  FifoBench bench(FifoPeripheral::Kind::kSource, kConfig);
  bench.fifo.HoldDrq(true);
  bench.fifo.Supply(Counting(40));
  bench.sim.Step(200);
  EXPECT_FALSE(bench.drq());

  bench.fifo.HoldDrq(false);
  bench.sim.Step(2);

  EXPECT_TRUE(bench.drq());
}

TEST(FifoPeripheral, WithoutDemandNobodyAsksForAcknowledges) {
  FifoConfig config = kConfig;
  config.demand = false;
  config.period = 1;
  FifoBench bench(FifoPeripheral::Kind::kSource, config);
  bench.fifo.Supply(Counting(64));
  bench.sim.Step(30);

  for (unsigned burst = 0; burst < 4; ++burst)
    bench.manager.Read(bench.manager.Fixed(0, kRegister, 4, 2));
  bench.Finish();

  EXPECT_EQ(bench.Got(), Counting(64));
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.Violations();
}

TEST(FifoPeripheral, AnElementThatFailsIsNeitherGivenNorTaken) {
  FifoBench from(FifoPeripheral::Kind::kSource, kConfig);
  from.fifo.Supply(Counting(4 * 4));
  from.fifo.FailElement(2, AxiResp::kDecErr);
  from.Burst(false, 3);
  ASSERT_EQ(from.manager.r.size(), 3u);
  EXPECT_EQ(from.manager.r[1].resp, static_cast<uint8_t>(AxiResp::kDecErr));
  EXPECT_EQ(from.fifo.moved(), 2u);
  from.Burst(false, 2);
  EXPECT_TRUE(from.fifo.drained());
  EXPECT_TRUE(from.sim.violations().empty()) << from.Violations();

  FifoBench to(FifoPeripheral::Kind::kSink, kConfig);
  to.fifo.FailElement(2);
  to.Burst(true, 3, Counting(12));
  to.sim.Step(100);
  EXPECT_EQ(to.fifo.taken(), (std::vector<uint8_t>{0, 1, 2, 3, 8, 9, 10, 11}));
  EXPECT_TRUE(to.sim.violations().empty()) << to.Violations();
}

// ---- What it must notice ----

struct Misuse {
  const char* name;
  FifoPeripheral::Kind kind;
  const char* said;
  void (*act)(FifoBench&);
};

const Misuse kMisuses[] = {
    {"ReadEmpty", FifoPeripheral::Kind::kSource, "empty",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(4 * 4));
       b.Burst(false, 5);
     }},
    {"WriteFull", FifoPeripheral::Kind::kSink, "full",
     [](FifoBench& b) {
       b.fifo.SetPeriod(10'000);
       for (unsigned i = 0; i < 5; ++i) {
         b.demand.drq |= 1;
         b.manager.Write(b.manager.Fixed(0, kRegister, 4, 2), Counting(16));
         b.Finish();
         b.Dack();
         b.sim.Step(3);
       }
     }},
    {"Incrementing", FifoPeripheral::Kind::kSource, "not a FIXED burst",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(16));
       b.sim.Step(50);
       b.manager.Read(0, kRegister, 1);
       b.Finish();
     }},
    {"WrongElement", FifoPeripheral::Kind::kSource, "not a FIXED burst",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(16));
       b.sim.Step(50);
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 1));
       b.Finish();
     }},
    {"WrongDirection", FifoPeripheral::Kind::kSource, "wrong direction",
     [](FifoBench& b) {
       b.manager.Write(b.manager.Fixed(0, kRegister, 1, 2), Counting(4));
       b.Finish();
     }},
    {"NoDrq", FifoPeripheral::Kind::kSource, "no DRQ asked for",
     [](FifoBench& b) {
       b.fifo.HoldDrq(true);
       b.fifo.Supply(Counting(16));
       b.sim.Step(50);
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 2));
       b.Finish();
     }},
    {"TwoBurstsForOneDrq", FifoPeripheral::Kind::kSource, "before the DACK",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(64));
       b.sim.Step(100);
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 2));
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 2));
       b.Finish();
     }},
    {"BurstRightBehindItsDack", FifoPeripheral::Kind::kSource, "no DRQ asked for",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(64));
       b.sim.Step(100);
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 2));
       b.Finish();
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 2));
       b.Dack();
       b.Finish();
     }},
    {"DackWithoutBurst", FifoPeripheral::Kind::kSource, "without a burst",
     [](FifoBench& b) { b.Dack(); }},
    {"DackTwice", FifoPeripheral::Kind::kSource, "without a burst",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(16));
       b.Burst(false, 4);
       b.Dack();
     }},
    {"DackTooEarly", FifoPeripheral::Kind::kSource, "before the last beat",
     [](FifoBench& b) {
       b.fifo.Supply(Counting(64));
       b.sim.Step(100);
       b.manager.Read(b.manager.Fixed(0, kRegister, 4, 2));
       b.sim.RunUntil([&] { return b.fifo.bursts() == 1; }, Cycles{100});
       b.Dack();
       b.Finish();
     }},
};

class FifoMisuse : public ::testing::TestWithParam<Misuse> {};

TEST_P(FifoMisuse, IsReported) {
  FifoBench bench(GetParam().kind, kConfig);

  GetParam().act(bench);

  EXPECT_NE(bench.Violations().find(GetParam().said), std::string::npos) << bench.Violations();
}

INSTANTIATE_TEST_SUITE_P(Each, FifoMisuse, ::testing::ValuesIn(kMisuses),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FifoPeripheral, APartOfAnElementWrittenIsReported) {
  FifoBench bench(FifoPeripheral::Kind::kSink, kConfig);
  bench.sim.Step(5);
  AxiAddress burst = bench.manager.Fixed(0, kRegister, 1, 2);
  bench.manager.Write(burst, Counting(4));
  bench.sim.Step(1);
  bench.pins.w.strb = 0x30;  // in front of the handshake
  bench.Finish();

  EXPECT_NE(bench.Violations().find("a part of an element"), std::string::npos)
      << bench.Violations();
}

}  // namespace
}  // namespace tb
