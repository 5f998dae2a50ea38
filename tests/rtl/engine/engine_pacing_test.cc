// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Pacing, measured on the bus: cycle stealing and its gap under load, demand with DRQ and DACK and
// with slow and bursty peripherals, the operating system's bounds (fault-cases G5, G6).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "bus_log.h"
#include "fixed_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;
using Burst = BusLog::Burst;

constexpr unsigned kLongest = 16;  // beats, of this build
// How late a burst that may begin, on an idle bus, is allowed to be.
constexpr uint64_t kLate = 8;

// What is paced, and how it gets there.
enum class Work : uint8_t { kCopy, kFill, kToFifo, kFromFifo };

std::string Name(Work work) {
  static constexpr const char* kNames[] = {"Copy", "Fill", "ToFifo", "FromFifo"};
  return kNames[static_cast<unsigned>(work)];
}

bool WritesArePaced(Work work) { return work == Work::kFill || work == Work::kToFifo; }

// One channel with work that is paced on one of its sides.
struct Scene {
  Scene(Work kind, const MemoryPortConfig& port) : bench(port), log(bench, 0), work(kind) {}
  EngineChannel& ch() { return bench.channel(0); }
  const std::vector<Burst>& paced() const {
    return WritesArePaced(work) ? log.writes() : log.reads();
  }

  // Two jobs of `len` bytes. Registers must have been set; peripherals are not waited for.
  std::vector<Descriptor> Jobs(uint32_t len) {
    std::vector<Descriptor> jobs;
    for (unsigned n = 0; n < 2; ++n) {
      const auto size = static_cast<uint16_t>(len);
      if (work == Work::kCopy) jobs.push_back(bench.NewCopy(len, 3, 5 * n, kCpl));
      if (work == Work::kFill) {
        const std::vector<uint8_t> zeros(len, 0);
        jobs.push_back(FillOf(0, bench.NewTarget(zeros, 3 * n), size, kCpl));
      }
      if (work == Work::kToFifo) {
        const uint64_t src = bench.NewSource(len, 1);
        const std::vector<uint8_t> some = bench.memory.Bytes(src, len);
        data.insert(data.end(), some.begin(), some.end());
        jobs.push_back(CopyOf(src, FifoAddress(0), size, kDstFixed | kCpl));
      }
      if (work == Work::kFromFifo) {
        const std::vector<uint8_t> some = Bytes(len, n);
        data.insert(data.end(), some.begin(), some.end());
        targets.push_back({bench.NewTarget(some, 3), len});
        jobs.push_back(CopyOf(FifoAddress(0), targets.back().dst, size, kSrcFixed | kCpl));
      }
    }
    return jobs;
  }
  // Runs them and looks at what has arrived.
  void RunJobs(uint32_t len) {
    std::vector<Descriptor> jobs = Jobs(len);
    if (fifo != nullptr && work == Work::kFromFifo) fifo->Supply(data);
    ASSERT_EQ(ch().Run(jobs), (Records{{.bytes = len, .slot = 0}, {.bytes = len, .slot = 1}}));
    Check(jobs);
  }
  void Check(const std::vector<Descriptor>& jobs) {
    for (const Descriptor& d : jobs) {
      const std::string wrong = work == Work::kCopy   ? bench.CheckCopy(d)
                                : work == Work::kFill ? bench.CheckTarget(d.dst, d.len)
                                                      : "";
      ASSERT_EQ(wrong, "");
    }
    for (const Target& t : targets) ASSERT_EQ(bench.CheckTarget(t.dst, t.len), "");
    if (work == Work::kToFifo) {
      ASSERT_TRUE(bench.sim.RunUntil([&] { return fifo->drained(); }, Cycles{20'000}));
      ASSERT_EQ(fifo->taken(), data);
    }
  }
  // With a peripheral where the work has one; `demand`: it asks for bursts of `beats`.
  void AddFifo(unsigned beats, bool demand, uint32_t period = 1, const Stall& gaps = {}) {
    ch().SetFixed(4, beats);
    if (work != Work::kToFifo && work != Work::kFromFifo) return;
    fifo = &bench.AddFifo(
        work == Work::kToFifo ? FifoPeripheral::Kind::kSink : FifoPeripheral::Kind::kSource,
        {.address = FifoAddress(0),
         .depth = demand ? 2 * beats : 4096,
         .threshold = beats,
         .period = period,
         .gaps = gaps,
         .seed = 7,
         .demand = demand});
  }

  EngineBench bench;
  BusLog log;
  Work work;
  FifoPeripheral* fifo = nullptr;
  std::vector<uint8_t> data;
  std::vector<Target> targets;
};

// One burst at a time, of at most `beats`, and `gap` idle cycles between its last beat and the next
// address.
void ExpectStolen(const std::vector<Burst>& bursts, unsigned beats, uint64_t gap,
                  uint64_t late = BusLog::kNever) {
  ASSERT_GT(bursts.size(), 2u);
  for (size_t i = 0; i < bursts.size(); ++i) {
    ASSERT_LE(bursts[i].beats, beats);
    ASSERT_NE(bursts[i].last, BusLog::kNever);
    if (i == 0) continue;
    ASSERT_GT(bursts[i].offered, bursts[i - 1].last + gap) << "burst " << i;
    if (late != BusLog::kNever) {
      ASSERT_LE(bursts[i].offered, bursts[i - 1].last + 1 + gap + late) << "burst " << i;
    }
  }
}

// ---- Registers ----

TEST(EnginePacing, IsNamedInTheCapabilities) {
  EngineBench bench;
  EXPECT_NE(bench.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_PACING_MASK, 0u);
}

TEST(EnginePacing, RegisterRefusesBurstsAboveTheLongestAndIsLockedInRun) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.SetPacing(Pace::kCycleStealing, kLongest, 0xFFFF);
  EXPECT_FALSE(ch.TakeRefused());
  const uint32_t kept = ch.Read(SGDMA_CH_PACING);
  EXPECT_EQ(kept, 0xFFFF'1001u);

  for (const unsigned beats : {kLongest + 1, 255u}) {
    ch.SetPacing(Pace::kDemand, beats, 3);
    EXPECT_TRUE(ch.TakeRefused());
    EXPECT_EQ(ch.Read(SGDMA_CH_PACING), kept) << "refused whole";
  }
  ch.Start(3, 3);
  ch.SetPacing(Pace::kBurst);
  EXPECT_TRUE(ch.TakeRefused());
  EXPECT_EQ(ch.Read(SGDMA_CH_PACING), kept);
}

// ---- Cycle stealing ----

class EngineCycleStealing : public ::testing::TestWithParam<std::tuple<Work, unsigned, unsigned>> {
};

std::string StealingName(
    const ::testing::TestParamInfo<std::tuple<Work, unsigned, unsigned>>& info) {
  return Name(std::get<0>(info.param)) + "Beats" + std::to_string(std::get<1>(info.param)) + "Gap" +
         std::to_string(std::get<2>(info.param));
}

INSTANTIATE_TEST_SUITE_P(
    All, EngineCycleStealing,
    ::testing::Combine(::testing::Values(Work::kCopy, Work::kFill, Work::kToFifo, Work::kFromFifo),
                       ::testing::Values(0, 1, 4, 16), ::testing::Values(0, 1, 7, 100)),
    StealingName);

TEST_P(EngineCycleStealing, KeepsTheGapAndIsNotLate) {
  const auto [work, beats, gap] = GetParam();
  for (const unsigned latency : {1u, 25u}) {
    Scene s(work, IdealPort(latency));
    s.AddFifo(8, false);
    s.ch().SetPacing(Pace::kCycleStealing, beats, gap);
    s.ch().Start(4, 4);
    s.RunJobs(408);

    const unsigned most = beats == 0 ? kLongest : beats;
    const bool fixed = work == Work::kToFifo || work == Work::kFromFifo;
    // Between two jobs there is more to wait for than the gap; FIXED ones wait for older answers.
    const bool prompt = work == Work::kCopy && latency == 1;
    ExpectStolen(s.paced(), fixed ? std::min(most, 8u) : most, gap,
                 prompt ? kLate : BusLog::kNever);
  }
}

// The longest bursts are used where the mode allows them.
TEST(EnginePacing, StealsWholeBursts) {
  Scene s(Work::kCopy, IdealPort(1));
  s.ch().SetPacing(Pace::kCycleStealing, 4, 10);
  s.ch().Start(4, 4);
  const Descriptor copy = s.bench.NewCopy(40 * Dut::kDataBytes, 0, 0, kCpl);
  s.ch().Run({copy});

  ASSERT_EQ(s.log.reads().size(), 10u);
  for (const Burst& burst : s.log.reads()) EXPECT_EQ(burst.beats, 4u);
}

// G6: whatever the memory and the other channel do.
TEST_P(EngineCycleStealing, KeepsTheGapUnderLoad) {
  const auto [work, beats, gap] = GetParam();
  Scene s(work, StallingPort(beats + gap));
  s.AddFifo(8, false);
  s.ch().SetPacing(Pace::kCycleStealing, beats, gap);
  s.ch().Start(4, 4);
  std::vector<Descriptor> load;
  for (unsigned c = 1; c < Dut::kChannels; ++c) {
    s.bench.channel(c).Start(6, 6);
    for (unsigned i = 0; i < 20; ++i) {
      load.push_back(s.bench.NewCopy(900, i % 8, 3 * i % 8));
      s.bench.channel(c).Push(load.back());
    }
    s.bench.channel(c).RingDoorbell();
  }
  s.RunJobs(400);

  const unsigned most = beats == 0 ? kLongest : beats;
  ExpectStolen(s.paced(), most, gap);
  ASSERT_TRUE(s.bench.sim.RunUntil(
      [&] {
        return std::ranges::all_of(
            load, [&](const Descriptor& d) { return s.bench.CheckCopy(d).empty(); });
      },
      Cycles{60'000}));
}

// ---- Demand: DRQ by hand ----

// Raises DRQ as a pattern of cycles says, from the start.
class Requester final : public Model {
 public:
  Requester(EngineBench& bench, uint32_t high, uint32_t low)
      : bench_(bench), high_(high), low_(low) {
    bench_.sim.Add(*this);
  }
  ~Requester() override { bench_.sim.Remove(*this); }
  void Sample() override {}
  void Drive() override {
    const bool on = tick_++ % (high_ + low_) < high_;
    bench_.dut.demand().drq = on ? 1 : 0;
  }

 private:
  EngineBench& bench_;
  uint32_t high_;
  uint32_t low_;
  uint32_t tick_ = 0;
};

// One burst for each DRQ seen high from two cycles behind the last DACK; one DACK, a cycle long,
// behind each burst.
void ExpectDemanded(const BusLog& log, const std::vector<Burst>& bursts, unsigned beats) {
  ASSERT_EQ(log.dacks().size(), bursts.size());
  for (size_t i = 0; i < bursts.size(); ++i) {
    const uint64_t from = i == 0 ? 0 : log.dacks()[i - 1] + 2;
    ASSERT_LE(bursts[i].beats, beats);
    ASSERT_GT(bursts[i].offered, from) << "burst " << i;
    ASSERT_TRUE(log.DrqIn(from, bursts[i].offered - 1)) << "burst " << i;
    ASSERT_GT(log.dacks()[i], bursts[i].answered) << "burst " << i;
    ASSERT_LE(log.dacks()[i], bursts[i].answered + 4) << "burst " << i;
  }
}

class EngineDemand
    : public ::testing::TestWithParam<std::tuple<Work, unsigned, std::pair<unsigned, unsigned>>> {};

std::string DemandName(
    const ::testing::TestParamInfo<std::tuple<Work, unsigned, std::pair<unsigned, unsigned>>>&
        info) {
  const auto [high, low] = std::get<2>(info.param);
  return Name(std::get<0>(info.param)) + "Beats" + std::to_string(std::get<1>(info.param)) +
         "High" + std::to_string(high) + "Low" + std::to_string(low);
}

INSTANTIATE_TEST_SUITE_P(All, EngineDemand,
                         ::testing::Combine(::testing::Values(Work::kCopy, Work::kFill),
                                            ::testing::Values(0, 1, 4),
                                            ::testing::Values(std::pair{1u, 0u}, std::pair{1u, 40u},
                                                              std::pair{3u, 7u},
                                                              std::pair{90u, 300u})),
                         DemandName);

// Memory to memory: the peripheral only sets the pace.
TEST_P(EngineDemand, AnswersEachRequestWithOneBurstAndOneDack) {
  const auto [work, beats, pattern] = GetParam();
  for (unsigned which = 0; which < 3; ++which) {
    Scene s(work, which == 0 ? IdealPort(1) : which == 1 ? IdealPort(20) : StallingPort(beats + 1));
    s.bench.sim.SetWatchdog(Cycles{50'000});
    Requester requester(s.bench, pattern.first, pattern.second);
    s.ch().SetPacing(Pace::kDemand, beats);
    s.ch().Start(4, 4);
    s.RunJobs(300);
    s.bench.sim.Step(20);

    ExpectDemanded(s.log, s.paced(), beats == 0 ? kLongest : beats);
    for (size_t i = 1; i < s.log.dacks().size(); ++i)
      ASSERT_GT(s.log.dacks()[i], s.log.dacks()[i - 1] + 1) << "a pulse is one cycle long";
  }
}

// COPYs, whose reads are paced, in turn with FILLs, whose writes are: what a COPY writes is
// nobody's answer.
std::vector<Burst> RunMixed(EngineBench& bench, const BusLog& log) {
  EngineChannel& ch = bench.channel(0);
  std::vector<Descriptor> work;
  Records expected;
  const std::vector<uint8_t> zeros(100, 0);
  for (unsigned i = 0; i < 16; ++i) {
    const uint16_t slot = static_cast<uint16_t>(i);
    work.push_back(i % 2 == 0 ? bench.NewCopy(100, 3, i % 8, kCpl)
                              : FillOf(0, bench.NewTarget(zeros, i % 8), 100, kCpl));
    expected.push_back({.bytes = 100, .slot = slot});
  }
  ch.Start(5, 5);
  EXPECT_EQ(ch.Run(work), expected);
  bench.sim.Step(20);
  for (unsigned i = 0; i < 16; ++i)
    EXPECT_EQ(i % 2 == 0 ? bench.CheckCopy(work[i]) : bench.CheckTarget(work[i].dst, 100), "");

  std::vector<Burst> paced = log.reads();
  for (const Burst& burst : log.writes()) {
    for (unsigned i = 1; i < 16; i += 2) {
      if (work[i].dst <= burst.address && burst.address < work[i].dst + 100) paced.push_back(burst);
    }
  }
  std::ranges::sort(paced, {}, &Burst::offered);
  return paced;
}

TEST(EnginePacing, DemandKeepsPacedReadsAndWritesApart) {
  for (unsigned which = 0; which < 3; ++which) {
    SCOPED_TRACE(which);
    EngineBench bench(which == 0 ? IdealPort(1) : which == 1 ? IdealPort(50) : StallingPort(2));
    BusLog log(bench, 0);
    bench.dut.demand().drq = 1;
    bench.channel(0).SetPacing(Pace::kDemand, 3);

    const std::vector<Burst> paced = RunMixed(bench, log);

    ExpectDemanded(log, paced, 3);
  }
}

TEST(EnginePacing, GapIsKeptBetweenPacedReadsAndWrites) {
  for (unsigned which = 0; which < 3; ++which) {
    SCOPED_TRACE(which);
    EngineBench bench(which == 0 ? IdealPort(1) : which == 1 ? IdealPort(50) : StallingPort(2));
    BusLog log(bench, 0);
    bench.channel(0).SetPacing(Pace::kCycleStealing, 3, 15);

    const std::vector<Burst> paced = RunMixed(bench, log);

    ExpectStolen(paced, 3, 15);
  }
}

TEST(EnginePacing, WithoutDrqNothingIsPaced) {
  for (const Pace mode : {Pace::kBurst, Pace::kCycleStealing, Pace::kBackground}) {
    Scene s(Work::kCopy, IdealPort(2));
    s.ch().SetPacing(mode, 4, 3);
    s.ch().Start(4, 4);
    s.RunJobs(500);
    EXPECT_TRUE(s.log.dacks().empty()) << "DACK is demand's";
  }
}

// ---- Demand: peripherals ----

struct Device {
  const char* name;
  uint32_t period;
  Stall gaps;
};

const Device kDevices[] = {
    {"Fast", 1, Stall::Never()},
    {"Slow", 40, Stall::Never()},
    {"Irregular", 3, Stall::Random(0.5)},
    {"Bursty", 1, Stall::Bursts(0.05, 50, 200)},
};

class EngineDemandDevice : public ::testing::TestWithParam<std::tuple<Work, unsigned, unsigned>> {};

std::string DeviceName(const ::testing::TestParamInfo<std::tuple<Work, unsigned, unsigned>>& info) {
  return Name(std::get<0>(info.param)) + "Beats" + std::to_string(std::get<1>(info.param)) +
         kDevices[std::get<2>(info.param)].name;
}

INSTANTIATE_TEST_SUITE_P(All, EngineDemandDevice,
                         ::testing::Combine(::testing::Values(Work::kToFifo, Work::kFromFifo),
                                            ::testing::Values(1, 4, 16), ::testing::Range(0u, 4u)),
                         DeviceName);

// The peripheral itself reports a read while it is empty, a write while it is full, a burst it did
// not ask for and a DACK out of place.
TEST_P(EngineDemandDevice, IsNeverReadEmptyWrittenFullOrServedUnasked) {
  const auto [work, beats, which] = GetParam();
  for (unsigned port = 0; port < 3; ++port) {
    Scene s(work, port == 0 ? IdealPort(1) : port == 1 ? IdealPort(30) : StallingPort(beats));
    s.bench.sim.SetWatchdog(Cycles{50'000});
    s.AddFifo(beats, true, kDevices[which].period, kDevices[which].gaps);
    s.ch().SetPacing(Pace::kDemand);
    s.ch().Start(4, 4);
    s.RunJobs(4 * 50);
    s.bench.sim.Step(20);

    ExpectDemanded(s.log, s.paced(), beats);
    EXPECT_EQ(s.fifo->bursts(), 2 * ((50 + beats - 1) / beats));
    EXPECT_EQ(s.fifo->dacks(), s.fifo->bursts());
  }
}

TEST(EnginePacing, DemandOfADestinationPacesAFifoToFifoCopy) {
  EngineBench bench(IdealPort(6));
  EngineChannel& ch = bench.channel(0);
  FifoPeripheral& source = NewFifo(bench, FifoPeripheral::Kind::kSource, 4, 0, 1);
  FifoPeripheral& sink =
      bench.AddFifo(FifoPeripheral::Kind::kSink,
                    {.address = FifoAddress(0), .depth = 8, .threshold = 4, .period = 9});
  ch.SetFixed(4, 4);
  ch.SetPacing(Pace::kDemand);
  ch.Start(4, 4);
  const std::vector<uint8_t> data = Bytes(4 * 37, 1);
  source.Stock(data);

  EXPECT_EQ(
      ch.Run({CopyOf(FifoAddress(0, 1), FifoAddress(0), 4 * 37, kSrcFixed | kDstFixed | kCpl)}),
      (Records{{.bytes = 4 * 37, .slot = 0}}));

  ASSERT_TRUE(bench.sim.RunUntil([&] { return sink.drained(); }, Cycles{5000}));
  EXPECT_EQ(sink.taken(), data);
  EXPECT_EQ(sink.dacks(), 10u);
}

TEST(EnginePacing, DemandPacesAFillOfAPeripheral) {
  EngineBench bench(IdealPort(6));
  EngineChannel& ch = bench.channel(0);
  FifoPeripheral& sink =
      bench.AddFifo(FifoPeripheral::Kind::kSink,
                    {.address = FifoAddress(0), .depth = 8, .threshold = 4, .period = 9});
  ch.SetFixed(4, 4);
  ch.SetPacing(Pace::kDemand);
  ch.Start(4, 4);

  EXPECT_EQ(ch.Run({FillOf(7, FifoAddress(0), 400, kDstFixed | kCpl)}),
            (Records{{.bytes = 400, .slot = 0}}));

  EXPECT_EQ(sink.dacks(), 25u);
}

// ---- G5: DRQ never, and in the way of commands ----

// Waiting for DRQ is no hang of the bus: the watchdog does not count it.
TEST(EnginePacing, WithoutDrqTheJobWaitsForEverAndTheWatchdogIsSilent) {
  for (const Work work : {Work::kCopy, Work::kFill, Work::kToFifo, Work::kFromFifo}) {
    SCOPED_TRACE(Name(work));
    Scene s(work, IdealPort(2));
    s.AddFifo(4, true);
    if (s.fifo != nullptr) s.fifo->HoldDrq(true);
    s.ch().SetPacing(Pace::kDemand, 4);
    s.ch().Write(SGDMA_CH_WATCHDOG, 50);
    s.ch().Start(4, 4);
    const std::vector<Descriptor> jobs = s.Jobs(64);
    if (work == Work::kFromFifo) s.fifo->Supply(s.data);
    s.ch().Submit(jobs);

    s.bench.sim.Step(3000);
    EXPECT_EQ(s.ch().state(), State::kRun);
    EXPECT_EQ(s.ch().TakeCauses(), 0u);
    EXPECT_TRUE(s.paced().empty());

    if (s.fifo != nullptr) s.fifo->HoldDrq(false);
    if (s.fifo == nullptr) s.bench.dut.demand().drq = 1;
    EXPECT_EQ(s.ch().Records(2), (Records{{.bytes = 64, .slot = 0}, {.bytes = 64, .slot = 1}}));
    s.Check(jobs);
  }
}

TEST(EnginePacing, AJobThatWaitsForDrqCanBePausedAndAborted) {
  for (const Work work : {Work::kCopy, Work::kFill, Work::kToFifo, Work::kFromFifo}) {
    SCOPED_TRACE(Name(work));
    Scene s(work, IdealPort(2));
    s.AddFifo(4, true);
    if (s.fifo != nullptr) s.fifo->HoldDrq(true);
    s.ch().SetPacing(Pace::kDemand, 4);
    s.ch().Start(4, 4);
    s.ch().Submit(s.Jobs(64));
    s.bench.sim.Step(100);

    s.ch().Give(Command::kPause);
    ASSERT_TRUE(s.ch().WaitState(State::kPaused, Cycles{200}));
    s.ch().Give(Command::kResume);
    s.bench.sim.Step(100);
    s.ch().Give(Command::kAbort);
    ASSERT_TRUE(s.ch().WaitState(State::kHalted, Cycles{200}));

    EXPECT_EQ(s.ch().TakeRecords(), Records{}) << "no write was issued";
    EXPECT_EQ(s.ch().HeadRegister(), 0);
    s.ch().Restart();
    EXPECT_EQ(s.ch().Run({Nop(kCpl)}), (Records{{.slot = 0}}));
  }
}

class EngineDemandLife : public ::testing::TestWithParam<Work> {};
INSTANTIATE_TEST_SUITE_P(Each, EngineDemandLife, ::testing::Values(Work::kToFifo, Work::kFromFifo),
                         [](const auto& info) { return Name(info.param); });

TEST_P(EngineDemandLife, PauseAtEveryCycleLosesNoElementAndNoDack) {
  for (unsigned cycle = 0; cycle < 330; cycle += 1 + cycle / 60) {
    SCOPED_TRACE(cycle);
    Scene s(GetParam(), IdealPort(4));
    s.AddFifo(4, true, 3);
    s.ch().SetPacing(Pace::kDemand);
    s.ch().Start(4, 4);
    const std::vector<Descriptor> jobs = s.Jobs(4 * 18);
    if (GetParam() == Work::kFromFifo) s.fifo->Supply(s.data);
    s.ch().Submit(jobs);
    s.bench.sim.Step(cycle);
    s.ch().Give(Command::kPause);
    ASSERT_TRUE(s.ch().WaitState(State::kPaused));
    const uint64_t bursts = s.fifo->bursts();
    s.bench.sim.Step(60);
    EXPECT_EQ(s.fifo->bursts(), bursts);
    EXPECT_EQ(s.fifo->dacks(), bursts) << "PAUSED";
    s.ch().Give(Command::kResume);

    ASSERT_EQ(s.ch().Records(2), (Records{{.bytes = 72, .slot = 0}, {.bytes = 72, .slot = 1}}));
    s.Check(jobs);
    EXPECT_EQ(s.fifo->dacks(), 10u);
  }
}

TEST_P(EngineDemandLife, AbortAtEveryCycleAcknowledgesEachBurst) {
  for (unsigned cycle = 0; cycle < 330; cycle += 1 + cycle / 60) {
    SCOPED_TRACE(cycle);
    Scene s(GetParam(), IdealPort(4));
    s.AddFifo(4, true, 3);
    s.ch().SetPacing(Pace::kDemand);
    s.ch().Start(4, 4);
    const std::vector<Descriptor> jobs = s.Jobs(4 * 18);
    if (GetParam() == Work::kFromFifo) s.fifo->Supply(s.data);
    s.ch().Submit(jobs);
    s.bench.sim.Step(cycle);
    s.ch().Give(Command::kAbort);
    ASSERT_TRUE(s.ch().WaitState(State::kHalted));
    s.bench.sim.Step(10);

    EXPECT_EQ(s.fifo->dacks(), s.fifo->bursts());
    uint32_t bytes = 0;
    for (const Record& r : s.ch().TakeRecords()) {
      EXPECT_TRUE(r.status == Status::kOk || r.status == Status::kAborted);
      bytes += r.bytes;
    }
    if (GetParam() == Work::kToFifo) {
      EXPECT_EQ(bytes, 4 * s.fifo->moved());
    } else {
      EXPECT_LE(bytes, 4 * s.fifo->moved());
    }

    // The next job finds the lines as at the beginning, and a source's next element.
    s.ch().Restart();
    Descriptor next = FillOf(1, FifoAddress(0), 40, kDstFixed | kCpl);
    std::vector<uint8_t> rest;
    if (GetParam() == Work::kFromFifo) {
      const std::vector<uint8_t> more = Bytes(40, 9);
      s.fifo->Supply(more);
      rest.assign(s.data.begin() + static_cast<ptrdiff_t>(4 * s.fifo->moved()), s.data.end());
      rest.insert(rest.end(), more.begin(), more.end());
      rest.resize(40);
      next = CopyOf(FifoAddress(0), s.bench.NewTarget(rest, 1), 40, kSrcFixed | kCpl);
    }
    ASSERT_EQ(s.ch().Run({next}), (Records{{.bytes = 40, .slot = 0}}));
    if (GetParam() == Work::kFromFifo) {
      ASSERT_EQ(s.bench.CheckTarget(next.dst, 40), "");
    }
  }
}

// An error ends its burst as well: it is acknowledged.
TEST_P(EngineDemandLife, AFailedBurstIsAcknowledged) {
  for (unsigned k = 1; k <= 18; ++k) {
    Scene s(GetParam(), IdealPort(4));
    s.AddFifo(4, true, 2);
    s.fifo->FailElement(k);
    s.ch().SetPacing(Pace::kDemand);
    s.ch().Start(4, 4);
    const std::vector<Descriptor> jobs = s.Jobs(4 * 18);
    if (GetParam() == Work::kFromFifo) s.fifo->Supply(s.data);
    s.ch().Submit({jobs[0]});

    ASSERT_TRUE(s.ch().WaitState(State::kHalted));
    s.bench.sim.Step(10);

    const Records records = s.ch().TakeRecords();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].status, Status::kSlvErr);
    EXPECT_EQ(records[0].bytes, GetParam() == Work::kToFifo ? (k - 1) / 4 * 16 : (k - 1) * 4) << k;
    EXPECT_EQ(s.fifo->dacks(), s.fifo->bursts());
  }
}

// ---- The operating system's bounds ----

struct Bounds {
  const char* name;
  Pace mode;
  unsigned beats;
  unsigned gap;
  unsigned beats_max;
  unsigned gap_min;
  unsigned most;   // beats that must come out
  uint64_t least;  // cycles
};

void PrintTo(const Bounds& bounds, std::ostream* out) { *out << bounds.name; }

const Bounds kBounds[] = {
    {"BurstBecomesStealing", Pace::kBurst, 0, 0, 3, 30, 3, 30},
    {"BurstWithAGapAlone", Pace::kBurst, 0, 0, 0, 30, kLongest, 30},
    {"StricterThanTheChannel", Pace::kCycleStealing, 8, 5, 2, 50, 2, 50},
    {"LooserThanTheChannel", Pace::kCycleStealing, 2, 60, 8, 10, 2, 60},
    {"OnlyTheLength", Pace::kCycleStealing, 0, 7, 4, 0, 4, 7},
    {"OnlyTheGap", Pace::kCycleStealing, 4, 7, 0, 20, 4, 20},
    {"DemandLength", Pace::kDemand, 8, 0, 2, 0, 2, 0},
    {"DemandGap", Pace::kDemand, 8, 0, 0, 40, 8, 40},
};

class EnginePaceBounds : public ::testing::TestWithParam<Bounds> {};
INSTANTIATE_TEST_SUITE_P(Each, EnginePaceBounds, ::testing::ValuesIn(kBounds),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EnginePaceBounds, HoldReadsAndWrites) {
  const Bounds& b = GetParam();
  for (const Work work : {Work::kCopy, Work::kFill}) {
    SCOPED_TRACE(Name(work));
    Scene s(work, IdealPort(3));
    s.bench.dut.demand().drq = 1;
    s.ch().WriteGlobal(SGDMA_GLB_CH_PACE_BOUNDS,
                       b.beats_max | b.gap_min << SGDMA_GLB_CH_PACE_BOUNDS_GAP_MIN_SHIFT);
    s.ch().SetPacing(b.mode, b.beats, b.gap);
    s.ch().Start(4, 4);
    s.RunJobs(600);

    ExpectStolen(s.paced(), b.most, b.least);
    const auto longest = std::ranges::max(s.paced(), {}, &Burst::beats);
    EXPECT_EQ(longest.beats, b.most) << "and no shorter than needed";
  }
}

TEST(EnginePacing, ABoundOfBeatsAloneLeavesBurstModeAlone) {
  Scene s(Work::kCopy, IdealPort(10));
  s.ch().WriteGlobal(SGDMA_GLB_CH_PACE_BOUNDS, 2);
  s.ch().Start(4, 4);
  s.RunJobs(1024);

  EXPECT_EQ(std::ranges::max(s.log.reads(), {}, &Burst::beats).beats, kLongest);
  bool overlap = false;
  for (size_t i = 1; i < s.log.reads().size(); ++i)
    overlap = overlap || s.log.reads()[i].offered < s.log.reads()[i - 1].last;
  EXPECT_TRUE(overlap) << "more than one burst is open";
}

// ---- RESET forgets the pace ----

TEST(EnginePacing, ResetClearsThePageAndNotTheBounds) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.WriteGlobal(SGDMA_GLB_CH_PACE_BOUNDS, 0x0005'0002);
  ch.SetPacing(Pace::kDemand, 4, 9);
  ch.SetFixed(4, 4);
  ch.Start(3, 3);

  ch.Reset();

  EXPECT_EQ(ch.Read(SGDMA_CH_PACING), 0u);
  EXPECT_EQ(ch.Read(SGDMA_CH_FIXED), 0u);
  EXPECT_EQ(ch.ReadGlobal(SGDMA_GLB_CH_PACE_BOUNDS), 0x0005'0002u);
}

}  // namespace
}  // namespace tb
