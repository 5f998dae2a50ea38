// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// Stream source into stream sink over one set of pins, with the checker watching.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "axi/stream.h"
#include "axi_fixture.h"

namespace tb {
namespace {

struct StreamBench {
  explicit StreamBench(uint32_t data_bytes = 8, const StreamSourceConfig& from = {},
                       const StreamSinkConfig& to = {})
      : sim(device),
        pins{.data_bytes = data_bytes},
        source(sim, pins, from),
        sink(sim, pins, to),
        checker(sim, pins, "loop") {
    sim.Reset();
  }
  void Finish() {
    ASSERT_TRUE(sim.RunUntil([&] { return source.idle(); }, Cycles{100'000}));
    sim.Step();
  }

  NoDevice device;
  Simulation sim;
  StreamPins pins;
  StreamSource source;
  StreamSink sink;
  StreamChecker checker;
};

TEST(Stream, PacketsOfAnyLengthArriveWholeOnAnyWidth) {
  for (const uint32_t width : {4u, 8u, 16u, 64u}) {
    SCOPED_TRACE(width);
    StreamBench bench(width);
    for (unsigned size = 0; size <= 3 * width; ++size)
      bench.source.Send({.bytes = Counting(size, size), .user = size % 5 == 4});

    bench.Finish();

    ASSERT_EQ(bench.sink.packets().size(), 3 * width + 1);
    for (unsigned size = 0; size <= 3 * width; ++size) {
      EXPECT_EQ(bench.sink.packets()[size].bytes, Counting(size, size));
      EXPECT_EQ(bench.sink.packets()[size].user, size % 5 == 4);
    }
    EXPECT_TRUE(bench.sim.violations().empty()) << bench.sim.violations().Report();
  }
}

TEST(Stream, ABeatIsSentEveryCycle) {
  StreamBench bench;
  bench.source.Send({.bytes = Counting(8 * 100)});
  bench.source.Send({.bytes = Counting(8 * 100)});

  bench.Finish();

  EXPECT_EQ(bench.sink.packets()[1].cycle - bench.sink.packets()[0].cycle, 100u);
}

TEST(Stream, GapsAndStallsLoseNothingAndFollowTheSeed) {
  std::vector<uint64_t> ends;
  for (const uint64_t seed : {1u, 1u, 2u}) {
    StreamBench bench(8, {.seed = seed, .gap = Stall::Random(0.4)},
                      {.seed = seed, .stall = Stall::Bursts(0.1, 3, 20)});
    for (unsigned i = 0; i < 30; ++i) bench.source.Send({.bytes = Counting(7 * i + 1, i)});

    bench.Finish();

    for (unsigned i = 0; i < 30; ++i)
      EXPECT_EQ(bench.sink.packets().at(i).bytes, Counting(7 * i + 1, i));
    EXPECT_TRUE(bench.sim.violations().empty()) << bench.sim.violations().Report();
    ends.push_back(bench.sink.packets().back().cycle);
  }
  EXPECT_EQ(ends[0], ends[1]);
  EXPECT_NE(ends[0], ends[2]);
}

TEST(Stream, ASinkThatIsNeverReadyTakesNothing) {
  StreamBench bench(8, {}, {.stall = Stall::Always()});
  bench.source.Send({.bytes = Counting(20)});
  bench.sim.Step(100);
  EXPECT_EQ(bench.sink.bytes_taken(), 0u);
  EXPECT_FALSE(bench.source.idle());

  bench.sink.SetStall(Stall::Never());
  bench.Finish();

  EXPECT_EQ(bench.sink.packets().at(0).bytes, Counting(20));
}

TEST(Stream, WithoutTlastThePacketGoesOn) {
  StreamBench bench;
  bench.source.Send({.bytes = Counting(16), .last = false});
  bench.Finish();
  EXPECT_TRUE(bench.sink.packets().empty());
  EXPECT_EQ(bench.sink.begun(), Counting(16));

  bench.source.Send({.bytes = {1, 2, 3}});
  bench.Finish();

  std::vector<uint8_t> whole = Counting(16);
  whole.insert(whole.end(), {1, 2, 3});
  EXPECT_EQ(bench.sink.packets().at(0).bytes, whole);
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.sim.violations().Report();
}

TEST(Stream, TlastMayComeWithABeatThatHasNoByte) {
  StreamBench bench;
  bench.source.Send({.bytes = Counting(16), .user = true, .empty_end = true});

  bench.Finish();

  ASSERT_EQ(bench.sink.packets().size(), 1u);
  EXPECT_EQ(bench.sink.packets()[0].bytes, Counting(16));
  EXPECT_TRUE(bench.sink.packets()[0].user);
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.sim.violations().Report();
}

TEST(Stream, ResetForgetsWhatIsOnTheWay) {
  StreamBench bench(8, {}, {.stall = Stall::Always()});
  bench.source.Send({.bytes = Counting(20)});
  bench.sim.Step(5);
  EXPECT_EQ(bench.pins.valid, 1);

  bench.sim.Reset();

  EXPECT_TRUE(bench.source.idle());
  bench.sink.SetStall(Stall::Never());
  bench.source.Send({.bytes = {9}});
  bench.Finish();
  EXPECT_EQ(bench.sink.packets().at(0).bytes, (std::vector<uint8_t>{9}));
  EXPECT_TRUE(bench.sim.violations().empty()) << bench.sim.violations().Report();
}

// ---- The source's own ways to break the rules ----

struct Breach {
  const char* name;
  StreamBreak what;
  Rule rule;
  bool waits;  // only a beat that waits can do it
};

const Breach kBreaches[] = {
    {"Hole", StreamBreak::kHole, Rule::kStreamKeepRun, false},
    {"PartialBeat", StreamBreak::kPartialBeat, Rule::kStreamWhole, false},
    {"HighStart", StreamBreak::kHighStart, Rule::kStreamKeepRun, false},
    {"EarlyUser", StreamBreak::kEarlyUser, Rule::kStreamUser, false},
    {"DropValid", StreamBreak::kDropValid, Rule::kStreamHeld, true},
    {"ChangeData", StreamBreak::kChangeData, Rule::kStreamHeld, true},
};

class StreamBreach : public ::testing::TestWithParam<Breach> {};

TEST_P(StreamBreach, HappensOnceAndTripsItsRule) {
  StreamBench bench(8, {}, {.stall = GetParam().waits ? Stall::Always() : Stall::Never()});
  bench.source.BreakOnce(GetParam().what);
  EXPECT_FALSE(bench.source.broken());
  bench.source.Send({.bytes = Counting(64)});
  bench.sim.Step(20);

  EXPECT_TRUE(bench.source.broken());
  EXPECT_EQ(bench.sim.violations().Count(RuleId(GetParam().rule)), 1u)
      << bench.sim.violations().Report();
}

INSTANTIATE_TEST_SUITE_P(Each, StreamBreach, ::testing::ValuesIn(kBreaches),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Stream, TheReportNamesThePort) {
  StreamBench bench;
  bench.source.BreakOnce(StreamBreak::kHole);
  bench.source.Send({.bytes = Counting(64)});
  bench.Finish();

  EXPECT_NE(bench.sim.violations().Report().find("loop: TKEEP 253"), std::string::npos)
      << bench.sim.violations().Report();
}

}  // namespace
}  // namespace tb
