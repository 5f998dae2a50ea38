// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/random.h"
#include "sim/simulation.h"

namespace tb {
namespace {

// A design that only counts, fails on request and notes what it is told.
class FakeDevice final : public Device {
 public:
  explicit FakeDevice(std::vector<std::string>* log = nullptr) : log_(log) {}

  void Cycle() override {
    ++edges;
    edges_in_reset += in_reset_before_edge_;
    in_reset_before_edge_ = reset;
    if (log_ != nullptr) log_->push_back("edge");
  }
  void SetReset(bool asserted) override { reset = asserted; }
  bool OpenWaves(const std::string& path, std::string* why) override {
    *why = "no disk";
    if (path == "bad.fst") return false;
    waves.push_back("open " + path + " at " + std::to_string(edges));
    return true;
  }
  void CloseWaves() override { waves.push_back("close at " + std::to_string(edges)); }
  std::string ErrorText(uint64_t index) const override { return "broken " + std::to_string(index); }
  void Fail() { ++error_count_; }

  uint64_t edges = 0;
  uint64_t edges_in_reset = 0;
  bool reset = false;
  std::vector<std::string> waves;

 private:
  std::vector<std::string>* log_;
  bool in_reset_before_edge_ = false;
};

class LoggingModel final : public Model {
 public:
  LoggingModel(Simulation& sim, std::string name, std::vector<std::string>* log)
      : sim_(sim), name_(std::move(name)), log_(log) {
    sim_.Add(*this);
  }
  ~LoggingModel() override { sim_.Remove(*this); }
  void Sample() override {
    log_->push_back("sample " + name_);
    if (progress) sim_.NoteProgress();
  }
  void Drive() override { log_->push_back("drive " + name_); }
  void Reset() override { log_->push_back("reset " + name_); }
  void SampleReset() override { log_->push_back("sample-reset " + name_); }
  void DescribeWaits(std::string* out) const override { *out += name_ + " waits\n"; }

  bool progress = false;

 private:
  Simulation& sim_;
  std::string name_;
  std::vector<std::string>* log_;
};

using Log = std::vector<std::string>;

TEST(Simulation, SamplesEveryModelBeforeAnyDrivesAndTheEdgeComesLast) {
  Log log;
  FakeDevice device(&log);
  Simulation sim(device);
  LoggingModel a(sim, "a", &log);
  LoggingModel b(sim, "b", &log);

  sim.Step();

  EXPECT_EQ(log, (Log{"sample a", "sample b", "drive a", "drive b", "edge"}));
}

TEST(Simulation, StepAdvancesTimeByExactlyItsArgument) {
  FakeDevice device;
  Simulation sim(device);

  sim.Step(17);

  EXPECT_EQ(sim.now(), 17u);
  EXPECT_EQ(device.edges, 17u);
}

TEST(Simulation, RunUntilStopsInTheCycleTheConditionHolds) {
  FakeDevice device;
  Simulation sim(device);

  EXPECT_TRUE(sim.RunUntil([&] { return device.edges == 5; }, Cycles{100}));

  EXPECT_EQ(sim.now(), 5u);
}

TEST(Simulation, RunUntilGivesUpAfterItsLimit) {
  FakeDevice device;
  Simulation sim(device);

  EXPECT_FALSE(sim.RunUntil([] { return false; }, Cycles{9}));

  EXPECT_EQ(sim.now(), 9u);
}

TEST(Simulation, RunUntilTakesNoTimeWhenTheConditionHoldsAlready) {
  FakeDevice device;
  Simulation sim(device);

  EXPECT_TRUE(sim.RunUntil([] { return true; }, Cycles{0}));

  EXPECT_EQ(sim.now(), 0u);
}

TEST(Simulation, ResetIsActiveForTheEdgesAskedForAndModelsOnlyWatchItThen) {
  Log log;
  FakeDevice device;
  Simulation sim(device);
  LoggingModel model(sim, "m", &log);

  sim.Reset(2);

  EXPECT_EQ(device.edges_in_reset, 2u);
  EXPECT_FALSE(device.reset);
  EXPECT_EQ(log, (Log{"reset m", "sample-reset m", "sample-reset m"}));
}

TEST(Simulation, AResetInFlightStillSamplesWhatTheNextEdgeMoves) {
  Log log;
  FakeDevice device;
  Simulation sim(device);
  LoggingModel model(sim, "m", &log);
  sim.Step();
  log.clear();

  sim.Reset(1);

  EXPECT_EQ(log, (Log{"sample m", "reset m", "sample-reset m"}));
}

TEST(Simulation, ARemovedModelIsCalledNoMore) {
  Log log;
  FakeDevice device;
  Simulation sim(device);
  { LoggingModel model(sim, "m", &log); }

  sim.Step();

  EXPECT_TRUE(log.empty());
}

TEST(Simulation, AFailedAssertionOfTheDesignIsAViolationAndNotTheEnd) {
  FakeDevice device;
  Simulation sim(device);
  sim.Step(3);
  device.Fail();
  device.Fail();

  sim.Step(2);

  ASSERT_EQ(sim.violations().total(), 2u);
  EXPECT_EQ(sim.violations().list()[1].rule, "assertion");
  EXPECT_EQ(sim.violations().list()[1].text, "broken 1");
}

TEST(Watchdog, ThrowsWithWhatEachModelWaitsForAndTheReportersWords) {
  Log log;
  FakeDevice device;
  Simulation sim(device, {.watchdog = Cycles{50}});
  LoggingModel model(sim, "the port", &log);
  sim.AddReporter([] { return std::string("engine: RUN\n"); });

  try {
    sim.RunUntil([] { return false; });
    FAIL() << "no hang was found";
  } catch (const HangError& hang) {
    const std::string report = hang.what();
    EXPECT_NE(report.find("the port waits"), std::string::npos) << report;
    EXPECT_NE(report.find("engine: RUN"), std::string::npos) << report;
  }
  EXPECT_EQ(sim.now(), 51u);
}

TEST(Watchdog, IsQuietWhileHandshakesHappen) {
  Log log;
  FakeDevice device;
  Simulation sim(device, {.watchdog = Cycles{5}});
  LoggingModel model(sim, "m", &log);
  model.progress = true;

  EXPECT_FALSE(sim.RunUntil([] { return false; }, Cycles{100}));
}

TEST(Watchdog, StepMindsItOnlyWhileWorkIsExpected) {
  FakeDevice device;
  Simulation sim(device, {.watchdog = Cycles{5}});

  EXPECT_NO_THROW(sim.Step(100));
  sim.ExpectWork(true);

  EXPECT_THROW(sim.Step(100), HangError);
}

TEST(Watchdog, SilenceBeforeAWaitDoesNotCount) {
  FakeDevice device;
  Simulation sim(device, {.watchdog = Cycles{50}});
  sim.Step(1000);

  EXPECT_FALSE(sim.RunUntil([] { return false; }, Cycles{50}));
}

TEST(Watchdog, ZeroSwitchesItOff) {
  FakeDevice device;
  Simulation sim(device, {.watchdog = Cycles{0}});

  EXPECT_FALSE(sim.RunUntil([] { return false; }, Cycles{100'000}));
}

TEST(Waves, OpenAndCloseAtTheCyclesOfTheirWindow) {
  FakeDevice device;
  Simulation sim(device);

  sim.SetWaves("w.fst", Cycles{3}, Cycles{5});
  sim.Step(10);

  // Cycles 3, 4 and 5: opened before edge 3, closed before edge 6.
  EXPECT_EQ(device.waves, (Log{"open w.fst at 3", "close at 6"}));
}

TEST(Waves, StartAndStopWhileRunning) {
  FakeDevice device;
  Simulation sim(device);
  sim.Step(4);

  sim.StartWaves("w.vcd");
  sim.Step(2);
  sim.StopWaves();
  sim.Step(2);

  EXPECT_EQ(device.waves, (Log{"open w.vcd at 4", "close at 6"}));
  EXPECT_FALSE(sim.waves_open());
}

TEST(Waves, AFileThatCannotBeWrittenIsSaidWithItsReason) {
  FakeDevice device;
  Simulation sim(device);

  try {
    sim.StartWaves("bad.fst");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no disk"), std::string::npos);
  }
  EXPECT_NO_THROW(sim.Step(5));
}

TEST(Violations, AreCountedBeyondThoseThatAreKept) {
  Violations violations;

  for (int i = 0; i < 250; ++i) violations.Add(i, i % 2 == 0 ? "even" : "odd", "text");

  EXPECT_EQ(violations.total(), 250u);
  EXPECT_EQ(violations.list().size(), Violations::kKept);
  EXPECT_EQ(violations.Count("odd"), Violations::kKept / 2);
  EXPECT_NE(violations.Report().find("and 150 more"), std::string::npos);
}

TEST(Random, ForksOfOneSeedAreRepeatableAndDiffer) {
  const Random seed(7);
  Random a = seed.Fork(1);
  Random a_again = seed.Fork(1);
  Random b = seed.Fork(2);

  const uint64_t first = a.Next();

  EXPECT_EQ(first, a_again.Next());
  EXPECT_NE(first, b.Next());
}

}  // namespace
}  // namespace tb
