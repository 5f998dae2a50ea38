// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A channel that is stalled takes nothing from another one: for each reason of a stall, the busy
// channel's share of the bus is that of a run in which the other channel is idle.
//
// Both channels compete while the stall sets in, so the stalled one has filled whatever it may
// fill: prefetch, windows, data buffer. What is counted comes behind that, from the bus monitor.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr uint64_t kSettle = 1'500;
constexpr Cycles kLimit{20'000};
constexpr uint64_t kMeasured = 8'000;
constexpr double kTolerance = 0.01;

// What the busy channel does for as long as it is looked at: the same all the time.
struct Load {
  const char* name;
  uint16_t bytes;
  unsigned src_lane;
  unsigned dst_lane;
  uint16_t flags;
  double least;  // share of R that it surely takes
};

constexpr Load kLoads[] = {{"16 bytes", 16, 0, 0, 0, 0.3},
                           {"64 bytes with records", 64, 0, 0, kCpl, 0.5},
                           {"1000 bytes, unaligned", 1000, 3, 6, 0, 0.8}};

class Scene {
 public:
  Scene(const Load& load, unsigned busy)
      : bench(IdealPort(20)), stalled(bench.channel(1 - busy)), busy_(bench.channel(busy)) {
    bench.sim.SetWatchdog(Cycles{50'000});
    bench.board.Declare("sources", kSourceArea, kAreaBytes, Permission::kRead);
    bench.board.Declare("destinations", kDestinationArea, kAreaBytes, Permission::kWrite);
    busy_.Start(13, 13);
    while (busy_.free_slots() > 0) {
      const uint64_t at = kAreaBytes / 2 + next_++ % 1024 * 4096;
      busy_.Push(CopyOf(kSourceArea + at + load.src_lane, kDestinationArea + at + load.dst_lane,
                        load.bytes, load.flags));
    }
    busy_.RingDoorbell();
    bench.sim.Step(500);
  }
  // Whatever the stall was, it ends, and RESET takes both channels out of their work.
  ~Scene() {
    bench.port.ClearErrors();
    if (sink != nullptr) sink->SetStall(Stall::Never());
    bench.AnswerAll();
    stalled.Reset();
    busy_.Reset();
  }

  // Work for the stalled channel: more than it can begin.
  Descriptor Copy(uint16_t flags = 0) {
    const uint64_t at = next_++ % 1024 * 4096;
    return CopyOf(kSourceArea + at, kDestinationArea + at, 1000, flags);
  }
  std::vector<Descriptor> Copies(unsigned count, uint16_t flags = 0) {
    std::vector<Descriptor> all;
    for (unsigned i = 0; i < count; ++i) all.push_back(Copy(flags));
    return all;
  }
  void StartAndSubmit(const std::vector<Descriptor>& work, unsigned cpl_log2 = 4) {
    stalled.Start(4, cpl_log2);
    stalled.Submit(work);
  }
  uint64_t Ids(uint64_t kind) const { return ChannelIds(stalled.number()) & kind; }
  // Bursts and beats of the stalled channel so far.
  uint64_t Taken() const {
    uint64_t taken = 0;
    for (const unsigned id : {2 * stalled.number(), 2 * stalled.number() + 1}) {
      const IdCounts& counts = bench.monitor.id(id);
      taken += counts.read_bursts + counts.write_bursts + counts.read_beats;
    }
    return taken;
  }

  // Steps until the stalled channel has issued `bursts` of its data.
  void UntilReads(uint64_t bursts) {
    const IdCounts& counts = bench.monitor.id(2 * stalled.number());
    bench.sim.RunUntil([&] { return counts.read_bursts >= bursts; }, kLimit);
  }
  void UntilWrites(uint64_t bursts) {
    const IdCounts& counts = bench.monitor.id(2 * stalled.number());
    bench.sim.RunUntil([&] { return counts.write_bursts >= bursts; }, kLimit);
  }
  // Steps until it has not been on the bus for a while.
  void Settle() {
    for (uint64_t before = ~uint64_t{0}; before != Taken();) {
      before = Taken();
      bench.sim.Step(kSettle);
    }
  }

  // Cycles in which a beat of the busy channel's data was on R, as a share of all.
  double Measure() {
    const IdCounts& counts = bench.monitor.id(2 * busy_.number());
    const uint64_t before = counts.read_beats;
    bench.sim.Step(kMeasured);
    return static_cast<double>(counts.read_beats - before) / kMeasured;
  }

  EngineBench bench;
  EngineChannel& stalled;
  StreamSink* sink = nullptr;

 private:
  EngineChannel& busy_;
  uint64_t next_ = 0;
};

// Why a channel does not go on, how it comes to that, and the state it is in then.
struct Reason {
  const char* name;
  State state;
  void (*enter)(Scene& s);
};

const Reason kReasons[] = {
    {"StreamSinkIsNotReady", State::kRun,
     [](Scene& s) {
       s.sink = &s.bench.AddSink(s.stalled.number(), {.stall = Stall::Always()});
       s.StartAndSubmit(std::vector<Descriptor>(8, SendOf(kSourceArea, 1000, kEop | kCpl)));
     }},
    {"StreamSourceIsSilent", State::kRun,
     [](Scene& s) {
       s.bench.AddSource(s.stalled.number());
       s.StartAndSubmit(std::vector<Descriptor>(8, RecvOf(kDestinationArea, 1000, kCpl)));
     }},
    {"StreamSourceStopsInMidPacket", State::kRun,
     [](Scene& s) {
       s.bench.AddSource(s.stalled.number())
           .Send({.bytes = std::vector<uint8_t>(1536, 7), .last = false});
       s.StartAndSubmit(std::vector<Descriptor>(8, RecvOf(kDestinationArea, 1000, kCpl)));
     }},
    {"CompletionRingIsFull", State::kRun,
     [](Scene& s) { s.StartAndSubmit(s.Copies(15, kCpl), 2); }},
    {"FetchesAreNotAnswered", State::kRun,
     [](Scene& s) {
       s.bench.port.SilenceReads(s.Ids(kControlIds));
       s.StartAndSubmit(s.Copies(15, kCpl));
     }},
    {"ReadsAreNotAnswered", State::kRun,
     [](Scene& s) {
       s.bench.port.SilenceReads(s.Ids(kDataIds));
       s.StartAndSubmit(s.Copies(15, kCpl));
     }},
    {"WritesAreNotAnswered", State::kRun,
     [](Scene& s) {
       s.bench.port.SilenceWrites(s.Ids(kDataIds));
       s.StartAndSubmit(s.Copies(15, kCpl));
     }},
    {"RecordsAreNotAnswered", State::kRun,
     [](Scene& s) {
       s.bench.port.SilenceWrites(s.Ids(kControlIds));
       s.StartAndSubmit(std::vector<Descriptor>(15, Nop(kCpl)));
     }},
    {"HaltedByABadDescriptor", State::kHalted,
     [](Scene& s) {
       std::vector<Descriptor> work = s.Copies(15, kCpl);
       work[4].ctl = 0;
       s.StartAndSubmit(work);
     }},
    {"HaltedByAReadError", State::kHalted,
     [](Scene& s) {
       std::vector<Descriptor> work = s.Copies(15, kCpl);
       work[4].src = kNoMemory;
       s.StartAndSubmit(work);
     }},
    {"Paused", State::kPaused,
     [](Scene& s) {
       s.StartAndSubmit(s.Copies(15, kCpl));
       s.UntilWrites(20);
       s.stalled.Give(Command::kPause);
     }},
    {"DrqNeverComes", State::kRun,
     [](Scene& s) {
       s.stalled.SetPacing(Pace::kDemand, 4);
       s.StartAndSubmit(s.Copies(15, kCpl));
     }},
    {"Stuck", State::kStuck,
     [](Scene& s) {
       s.stalled.Write(SGDMA_CH_WATCHDOG, 400);
       s.bench.port.SilenceReads(s.Ids(kDataIds));
       s.StartAndSubmit(s.Copies(15, kCpl));
     }},
    {"AbortWaitsForAnAnswer", State::kDraining,
     [](Scene& s) {
       s.bench.port.SilenceWrites(s.Ids(kDataIds));
       s.StartAndSubmit(s.Copies(15, kCpl));
       s.UntilWrites(1);
       s.stalled.Give(Command::kAbort);
     }},
    {"AbortWaitsForCompletionSpace", State::kDraining,
     [](Scene& s) {
       s.StartAndSubmit(s.Copies(15, kCpl), 2);
       s.Settle();
       s.stalled.Give(Command::kAbort);
     }},
    {"ResetWaitsForAnAnswer", State::kDraining,
     [](Scene& s) {
       s.bench.port.SilenceReads(s.Ids(kDataIds));
       s.StartAndSubmit(s.Copies(15, kCpl));
       s.UntilReads(1);
       s.stalled.WriteGlobal(SGDMA_GLB_CH_RESET, 1);
     }},
    {"FenceBehindASlowWrite", State::kRun,
     [](Scene& s) {
       s.bench.port.SilenceWrites(s.Ids(kDataIds));
       std::vector<Descriptor> work = s.Copies(15, kCpl);
       work[1].ctl |= kFence;
       s.StartAndSubmit(work);
     }},
    {"SendBehindASlowWrite", State::kRun,
     [](Scene& s) {
       s.sink = &s.bench.AddSink(s.stalled.number());
       s.bench.port.SilenceWrites(s.Ids(kDataIds));
       std::vector<Descriptor> work = s.Copies(15, kCpl);
       work[1] = SendOf(kSourceArea, 1000, kEop);
       s.StartAndSubmit(work);
     }},
    {"StrideWaitsForItsTransfer", State::kRun,
     [](Scene& s) {
       s.StartAndSubmit({s.Copy(), StrideOf(3, 2000, 2000)});
     }},
    {"RingIsEmpty", State::kRun, [](Scene& s) { s.StartAndSubmit({s.Copy(kCpl)}); }},
};

// The busy channel's share in a run of the same length with the other one in IDLE.
double Alone(const Load& load, unsigned busy) {
  Scene scene(load, busy);
  scene.Settle();
  return scene.Measure();
}

using Param = std::tuple<Reason, unsigned>;

class EngineIsolation : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  }
};

void ExpectItsShare(const Reason& reason, const Load& load, unsigned busy) {
  SCOPED_TRACE(load.name);
  const double alone = Alone(load, busy);
  Scene scene(load, busy);
  reason.enter(scene);
  scene.Settle();
  const uint64_t taken = scene.Taken();

  const double beside = scene.Measure();

  EXPECT_EQ(scene.Taken(), taken) << "the stalled channel was on the bus";
  EXPECT_EQ(scene.stalled.state(), reason.state);
  EXPECT_GT(alone, load.least) << "nothing was measured";
  EXPECT_NEAR(beside / alone, 1.0, kTolerance) << beside << " instead of " << alone;
}

// The busy channel has records too.
TEST_P(EngineIsolation, LeavesTheOtherChannelItsShareOfTheBus) {
  const auto& [reason, busy] = GetParam();
  ExpectItsShare(reason, kLoads[1], busy);
}

class EngineIsolationLong : public EngineIsolation {};

TEST_P(EngineIsolationLong, LeavesTheOtherChannelItsShareOfTheBus) {
  const auto& [reason, busy] = GetParam();
  for (const Load& load : kLoads) ExpectItsShare(reason, load, busy);
}

const auto kStalls = ::testing::Combine(::testing::ValuesIn(kReasons), ::testing::Values(0u, 1u));
const auto kStallName = [](const auto& info) {
  return std::string(std::get<0>(info.param).name) + "Beside" +
         std::to_string(std::get<1>(info.param));
};
INSTANTIATE_TEST_SUITE_P(Stalled, EngineIsolation, kStalls, kStallName);
INSTANTIATE_TEST_SUITE_P(Stalled, EngineIsolationLong, kStalls, kStallName);

// The comparison can fail: a channel that works takes half.
TEST(EngineIsolationMeasure, SeesAChannelThatIsNotStalled) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  for (const Load& load : kLoads) {
    SCOPED_TRACE(load.name);
    const double alone = Alone(load, 0);
    Scene scene(load, 0);
    scene.stalled.Start(13, 13);
    while (scene.stalled.free_slots() > 0) scene.stalled.Push(scene.Copy());
    scene.stalled.RingDoorbell();
    scene.bench.sim.Step(kSettle);

    EXPECT_LT(scene.Measure(), 0.7 * alone);
  }
}

}  // namespace
}  // namespace tb
