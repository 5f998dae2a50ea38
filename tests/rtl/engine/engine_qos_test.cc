// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Who goes next when channels compete for AR and AW: QoS, turns among equals, nobody starved, and
// background channels that yield.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

constexpr unsigned kPatience = 15;  // times a requester is passed over

// The channels of data bursts, in the order their addresses were accepted.
class GrantLog final : public Model {
 public:
  explicit GrantLog(EngineBench& bench) : bench_(bench) { bench_.sim.Add(*this); }
  ~GrantLog() override { bench_.sim.Remove(*this); }
  void Sample() override {
    const AxiPins& pins = bench_.dut.m_axi();
    for (const auto& [a, list] : {std::pair{&pins.ar, &reads}, std::pair{&pins.aw, &writes}}) {
      if (a->Fires() && a->id % 2 == 0) list->push_back(a->id / 2u);
    }
  }
  void Drive() override {}

  std::vector<unsigned> reads;
  std::vector<unsigned> writes;

 private:
  EngineBench& bench_;
};

// How often `channel` was granted in a row, each time, without the first and the last (they may
// have begun or ended before the measurement).
std::vector<unsigned> Runs(const std::vector<unsigned>& grants, unsigned channel) {
  std::vector<unsigned> runs;
  unsigned run = 0;
  for (const unsigned c : grants) {
    if (c == channel) {
      ++run;
    } else if (run > 0) {
      runs.push_back(run);
      run = 0;
    }
  }
  if (!runs.empty()) runs.erase(runs.begin());
  return runs;
}

unsigned Count(const std::vector<unsigned>& grants, unsigned channel) {
  return static_cast<unsigned>(std::ranges::count(grants, channel));
}

// Two channels with more work than a test runs, and one of the address channels so narrow that both
// always ask for it: reads behind a stalled AR, or writes behind a W that is full.
class Contest {
 public:
  explicit Contest(bool writes)
      : bench(writes ? IdealPort(2) : MemoryPortConfig{.seed = 3, .stall_ar = Stall::Random(0.97)}),
        log(bench),
        writes_(writes) {
    bench.sim.SetWatchdog(Cycles{50'000});
    bench.board.Declare("source", kSourceArea, 0x20'0000, Permission::kRead);
    bench.board.Declare("destination", kDestinationArea, 0x20'0000, Permission::kWrite);
  }

  void SetQos(unsigned channel, unsigned value) {
    bench.channel(channel).WriteGlobal(SGDMA_GLB_CH_QOS, value);
  }
  void SetBackground(unsigned channel) { bench.channel(channel).SetPacing(Pace::kBackground); }
  void Start(unsigned channel, unsigned jobs = 12) {
    EngineChannel& ch = bench.channel(channel);
    ch.Start(4, 4);
    for (unsigned i = 0; i < jobs; ++i) ch.Push(Job(channel, i + 1 == jobs ? kCpl : 0));
    ch.RingDoorbell();
  }
  Descriptor Job(unsigned channel, uint16_t flags) const {
    const uint64_t at = 0x10'0000 * channel;
    if (writes_) return FillOf(channel + 1, kDestinationArea + at, 65535, flags);
    return CopyOf(kSourceArea + at, kDestinationArea + at, 65535, flags);
  }
  // What was granted in the next `bursts` grants.
  std::vector<unsigned> Next(size_t bursts) {
    std::vector<unsigned>& grants = writes_ ? log.writes : log.reads;
    bench.sim.Step(writes_ ? 200 : 400);  // what was under way
    grants.clear();
    EXPECT_TRUE(bench.sim.RunUntil([&] { return grants.size() >= bursts; }, Cycles{100'000}));
    return grants;
  }
  // Takes the channels out of what they have not finished.
  void End() {
    for (unsigned c = 0; c < 2; ++c) bench.channel(c).Reset();
  }

  EngineBench bench;
  GrantLog log;

 private:
  bool writes_;
};

class EngineQos : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  }
};

INSTANTIATE_TEST_SUITE_P(Of, EngineQos, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Writes" : "Reads"; });

TEST(EngineQosRegister, KeepsFourBitsAndMayBeWrittenAtAnyTime) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  EXPECT_NE(bench.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_QOS_MASK, 0u);
  EXPECT_EQ(ch.ReadGlobal(SGDMA_GLB_CH_QOS), 0u);
  for (unsigned value = 0; value < 16; ++value) {
    ch.WriteGlobal(SGDMA_GLB_CH_QOS, value | 0xFFFF'FFF0);
    EXPECT_EQ(ch.ReadGlobal(SGDMA_GLB_CH_QOS), value);
  }
  ch.Start(3, 3);
  ch.WriteGlobal(SGDMA_GLB_CH_QOS, 4);
  EXPECT_EQ(ch.ReadGlobal(SGDMA_GLB_CH_QOS), 4u);
  EXPECT_FALSE(ch.TakeRefused());
  ch.Reset();
  EXPECT_EQ(ch.ReadGlobal(SGDMA_GLB_CH_QOS), 4u) << "RESET clears the channel page only";
}

TEST_P(EngineQos, EqualValuesTakeTurns) {
  for (const unsigned value : {0u, 7u, 15u}) {
    Contest contest(GetParam());
    for (unsigned c = 0; c < 2; ++c) contest.SetQos(c, value);
    for (unsigned c = 0; c < 2; ++c) contest.Start(c);

    const std::vector<unsigned> grants = contest.Next(60);

    for (size_t i = 1; i < grants.size(); ++i) ASSERT_NE(grants[i], grants[i - 1]) << i;
    contest.End();
  }
}

TEST_P(EngineQos, HigherValueWinsAndTheOtherOneGoesAfterFifteen) {
  struct Case {
    unsigned zero;
    unsigned one;
  };
  for (const Case& c : {Case{0, 1}, Case{1, 0}, Case{15, 14}, Case{7, 8}, Case{0, 15}}) {
    SCOPED_TRACE(std::to_string(c.zero) + " against " + std::to_string(c.one));
    Contest contest(GetParam());
    contest.SetQos(0, c.zero);
    contest.SetQos(1, c.one);
    for (unsigned channel = 0; channel < 2; ++channel) contest.Start(channel);
    const unsigned winner = c.one > c.zero ? 1 : 0;

    const std::vector<unsigned> grants = contest.Next(160);

    const std::vector<unsigned> runs = Runs(grants, winner);
    ASSERT_GE(runs.size(), 5u) << "the other one is starved";
    for (const unsigned run : runs) EXPECT_EQ(run, kPatience);
    for (const unsigned run : Runs(grants, 1 - winner)) EXPECT_EQ(run, 1u);
    contest.End();
  }
}

TEST_P(EngineQos, ANewValueActsOnARunningChannel) {
  Contest contest(GetParam());
  for (unsigned c = 0; c < 2; ++c) contest.Start(c);
  for (const unsigned winner : {1u, 0u, 1u}) {
    contest.SetQos(winner, 9);
    contest.SetQos(1 - winner, 2);
    const std::vector<unsigned> grants = contest.Next(64);
    EXPECT_GE(Count(grants, winner), 58u);
  }
  contest.End();
}

// ---- Background ----

TEST_P(EngineQos, BackgroundYieldsToAnyOtherChannelHoweverLong) {
  for (const unsigned value : {0u, 15u}) {
    Contest contest(GetParam());
    contest.SetBackground(0);
    contest.SetQos(0, value);
    contest.Start(0, 2);
    contest.bench.sim.Step(300);
    contest.Start(1);

    const std::vector<unsigned> grants = contest.Next(100);
    EXPECT_EQ(Count(grants, 0), 0u) << "QoS " << value;

    // When the other one has gone it goes on at once.
    contest.bench.channel(1).Reset();
    const std::vector<unsigned> alone = contest.Next(20);
    EXPECT_EQ(Count(alone, 0), 20u);
    contest.End();
  }
}

TEST_P(EngineQos, TwoBackgroundChannelsTakeTurns) {
  Contest contest(GetParam());
  for (unsigned c = 0; c < 2; ++c) contest.SetBackground(c);
  for (unsigned c = 0; c < 2; ++c) contest.Start(c);

  const std::vector<unsigned> grants = contest.Next(60);

  for (size_t i = 1; i < grants.size(); ++i) ASSERT_NE(grants[i], grants[i - 1]) << i;
  contest.End();
}

// Its descriptors and records do not yield, and it can be paused, aborted and reset at once.
TEST_P(EngineQos, ABackgroundChannelObeysUnderAnothersLoad) {
  for (const Command command : {Command::kPause, Command::kAbort}) {
    Contest contest(GetParam());
    EngineChannel& ch = contest.bench.channel(0);
    contest.SetBackground(0);
    contest.Start(1);
    ch.Start(4, 4);
    ch.Submit({Nop(kCpl), Nop(kCpl)});
    EXPECT_EQ(ch.Records(2, Cycles{3000}), (Records{{.slot = 0}, {.slot = 1}}));
    ch.Submit({contest.Job(0, 0)});
    contest.bench.sim.Step(500);

    ch.Give(command);

    EXPECT_TRUE(
        ch.WaitState(command == Command::kPause ? State::kPaused : State::kHalted, Cycles{2000}));
    contest.End();
  }
}

TEST_P(EngineQos, BackgroundAloneIsAsFastAsBurst) {
  std::vector<uint64_t> cycles;
  for (const Pace mode : {Pace::kBurst, Pace::kBackground}) {
    EngineBench bench(IdealPort(5));
    EngineChannel& ch = bench.channel(1);
    ch.SetPacing(mode);
    ch.Start(4, 4);
    const std::vector<uint8_t> zeros(20'000, 0);
    const Descriptor job = GetParam() ? FillOf(0, bench.NewTarget(zeros, 3), 20'000, kCpl)
                                      : bench.NewCopy(20'000, 1, 2, kCpl);
    const uint64_t from = bench.sim.now();
    ch.Submit({job});
    ASSERT_TRUE(ch.WaitRecords(1));
    cycles.push_back(bench.sim.now() - from);
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

}  // namespace
}  // namespace tb
