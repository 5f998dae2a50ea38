// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Watchdog, STUCK and FORCE_RESET: silence on each AXI channel is named; the answers come late, or
// never (fault-cases C6, E4).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr uint32_t kLimit = 800;

// What never comes, and the name of the channel it is missing on.
struct Silence {
  const char* name;
  uint32_t stuck;
  MemoryPortConfig port;
  uint64_t reads;   // ids whose R is withheld
  uint64_t writes;  // ids whose B is withheld
};

MemoryPortConfig Refusing(Stall MemoryPortConfig::*channel) {
  MemoryPortConfig port = IdealPort(4);
  port.*channel = Stall::Always();
  return port;
}

std::vector<Silence> Silences() {
  return {{"Ar", 1, Refusing(&MemoryPortConfig::stall_ar), 0, 0},
          {"FetchR", 2, IdealPort(4), kControlIds, 0},
          {"DataR", 2, IdealPort(4), kDataIds, 0},
          {"Aw", 3, Refusing(&MemoryPortConfig::stall_aw), 0, 0},
          {"W", 4, Refusing(&MemoryPortConfig::stall_w), 0, 0},
          {"DataB", 5, IdealPort(4), 0, kDataIds},
          {"RecordB", 5, IdealPort(4), 0, kControlIds}};
}

void PrintTo(const Silence& s, std::ostream* out) { *out << s.name; }

uint32_t Stuck(EngineChannel& ch) {
  return ch.Read(SGDMA_CH_ERR_CTRL) >> SGDMA_CH_ERR_CTRL_STUCK_SHIFT & 7;
}

class EngineWatchdog : public ::testing::TestWithParam<Silence> {
 protected:
  EngineWatchdog() : bench_(GetParam().port), ch_(bench_.channel(0)) {
    ch_.Write(SGDMA_CH_WATCHDOG, kLimit);
    ch_.Start(4, 4);
    if (GetParam().reads != 0) bench_.port.SilenceReads(GetParam().reads);
    if (GetParam().writes != 0) bench_.port.SilenceWrites(GetParam().writes);
    for (unsigned i = 0; i < 3; ++i) work_.push_back(bench_.NewCopy(200 + i, i, 3, kCpl));
  }

  // What was missing comes after all.
  void Relieve() {
    for (const AxiChannel c : {AxiChannel::kAr, AxiChannel::kAw, AxiChannel::kW}) {
      bench_.port.SetStall(c, Stall::Never());
    }
    bench_.AnswerAll();
  }

  EngineBench bench_;
  EngineChannel& ch_;
  std::vector<Descriptor> work_;
};

TEST_P(EngineWatchdog, NamesTheChannelAndGoesToStuckWithoutARecord) {
  ch_.Submit(work_);
  const uint64_t begin = bench_.sim.now();

  ASSERT_TRUE(bench_.sim.RunUntil([&] { return (bench_.dut.irq() & 1) != 0; }, Cycles{3000}));

  EXPECT_GE(bench_.sim.now() - begin, kLimit - 30);
  EXPECT_LE(bench_.sim.now() - begin, kLimit + kLimit / 8 + 200);
  EXPECT_EQ(ch_.state(), State::kStuck);
  EXPECT_EQ(ch_.TakeCauses(), kCauseStuck | kCauseError);
  EXPECT_EQ(Stuck(ch_), GetParam().stuck);
  EXPECT_EQ(ch_.error_image().status, Status::kTimeout);
  EXPECT_EQ(ch_.error_image().where, Where::kWatchdog);
  EXPECT_EQ(ch_.Read(SGDMA_CH_QUIESCED), 0u);
  for (const Record& record : ch_.TakeRecords()) EXPECT_EQ(record.status, Status::kOk);
  for (const Command command : {Command::kStart, Command::kPause, Command::kRetry, Command::kSkip,
                                Command::kAbort, Command::kEndList}) {
    ch_.Give(command);
    EXPECT_TRUE(ch_.TakeRefused());
  }
  ch_.Write(SGDMA_CH_SUB_TAIL, ch_.tail());
  EXPECT_TRUE(ch_.TakeRefused()) << "doorbell in STUCK";
  bench_.port.Release();
  bench_.Forgive();
}

TEST_P(EngineWatchdog, LateAnswersLeadToHaltedAndStartIsExact) {
  ch_.Submit(work_);
  ASSERT_TRUE(ch_.WaitState(State::kStuck));
  ch_.TakeCauses();

  Relieve();

  ASSERT_TRUE(ch_.WaitState(State::kHalted));
  EXPECT_EQ(ch_.TakeCauses(), kCauseHalted);
  EXPECT_EQ(ch_.Read(SGDMA_CH_QUIESCED), 1u);
  ch_.Give(Command::kRetry);
  EXPECT_TRUE(ch_.TakeRefused());
  ch_.Restart();
  for (const Descriptor& d : work_) bench_.Reopen(d);
  EXPECT_EQ(ch_.Run(work_).size(), 3u);
  for (const Descriptor& d : work_) EXPECT_EQ(bench_.CheckCopy(d), "");
}

TEST_P(EngineWatchdog, ResetInStuckEndsWhenTheAnswersHaveCome) {
  ch_.Submit(work_);
  ASSERT_TRUE(ch_.WaitState(State::kStuck));
  ch_.WriteGlobal(SGDMA_GLB_CH_RESET, 1);
  bench_.sim.Step(3 * kLimit);
  EXPECT_EQ(ch_.ReadGlobal(SGDMA_GLB_CH_RESET), 1u);
  EXPECT_NE(ch_.state(), State::kIdle);

  Relieve();
  bench_.sim.Step(100);

  EXPECT_EQ(ch_.ReadGlobal(SGDMA_GLB_CH_RESET), 0u);
  EXPECT_EQ(ch_.state(), State::kIdle);
  ch_.Start(4, 4);
  ch_.Write(SGDMA_CH_ENABLE, kAllCauses);
  for (const Descriptor& d : work_) bench_.Reopen(d);
  EXPECT_EQ(ch_.Run(work_).size(), 3u);
  for (const Descriptor& d : work_) EXPECT_EQ(bench_.CheckCopy(d), "");
}

// The integrator resets the interconnect with it.
TEST_P(EngineWatchdog, ForceResetLeavesAnEngineAsFromPowerOn) {
  ch_.Submit(work_);
  ASSERT_TRUE(ch_.WaitState(State::kStuck));
  bench_.registers.Write(SGDMA_GLB_FORCE_RESET, SGDMA_GLB_FORCE_RESET_KEY_GO + 1);
  EXPECT_EQ(ch_.state(), State::kStuck) << "a wrong key";

  bench_.registers.Write(SGDMA_GLB_FORCE_RESET, SGDMA_GLB_FORCE_RESET_KEY_GO);

  EXPECT_EQ(ch_.state(), State::kIdle);
  EXPECT_EQ(ch_.Read(SGDMA_CH_QUIESCED), 1u);
  EXPECT_EQ(bench_.registers.Read(SGDMA_GLB_CONTROL), 0u);
  EXPECT_EQ(ch_.Read(SGDMA_CH_OUT_DATA) + ch_.Read(SGDMA_CH_OUT_CTL), 0u);
  bench_.Forgive();  // the checkers saw VALIDs fall and answers without a request
}

INSTANTIATE_TEST_SUITE_P(All, EngineWatchdog, ::testing::ValuesIn(Silences()),
                         [](const auto& param) { return std::string(param.param.name); });

// Another channel goes on unless AR, AW or W itself is stuck.
TEST(EngineWatchdogOthers, KeepWorkingWhileOneIsStuck) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  EngineChannel& other = bench.channel(1);
  ch.Write(SGDMA_CH_WATCHDOG, kLimit);
  ch.Start(4, 4);
  other.Start(4, 4);
  bench.port.SilenceReads(ChannelIds(0));
  ch.Submit({bench.NewCopy(100)});
  ASSERT_TRUE(ch.WaitState(State::kStuck));
  const Descriptor copy = bench.NewCopy(5000, 1, 2, kCpl);
  EXPECT_EQ(other.Run({copy}), (std::vector<Record>{{.bytes = 5000, .slot = 0}}));
  EXPECT_EQ(bench.CheckCopy(copy), "");
  bench.AnswerAll();
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  ch.TakeCauses();
}

// Waiting for software or PAUSE is no silence.
TEST(EngineWatchdogQuiet, DoesNotCountWhereNothingIsOpen) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Write(SGDMA_CH_WATCHDOG, 100);
  ch.Start(4, 2);
  bench.sim.Step(1000);
  EXPECT_EQ(ch.state(), State::kRun) << "an empty ring";
  ch.Give(Command::kPause);
  ASSERT_TRUE(ch.WaitState(State::kPaused));
  bench.sim.Step(1000);
  EXPECT_EQ(ch.state(), State::kPaused);
  ch.Give(Command::kResume);
  ch.Submit(std::vector<Descriptor>(6, Nop(kCpl)));
  bench.sim.Step(1000);
  EXPECT_EQ(ch.state(), State::kRun) << "a full completion ring";
  EXPECT_EQ(ch.Records(6).size(), 6u);
}

// Slow is not silent: each answer takes nearly the limit.
TEST(EngineWatchdogQuiet, SlowMemoryIsNotStuck) {
  EngineBench bench(IdealPort(90));
  EngineChannel& ch = bench.channel(0);
  ch.Write(SGDMA_CH_WATCHDOG, 104);
  ch.Start(6, 6);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 30; ++i) work.push_back(bench.NewCopy(50 + 40 * i, i % 8, 0, kCpl));
  EXPECT_EQ(ch.Run(work).size(), 30u);
  for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
}

TEST(EngineWatchdogQuiet, ShortestLimitIsTheOperatingSystems) {
  EngineBench bench(IdealPort(300));
  EngineChannel& ch = bench.channel(0);
  ch.WriteGlobal(SGDMA_GLB_CH_WDOG_MIN, 1000);
  ch.Write(SGDMA_CH_WATCHDOG, 16);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(64, 0, 0, kCpl);
  EXPECT_EQ(ch.Run({copy}), (std::vector<Record>{{.bytes = 64, .slot = 0}}));
}

}  // namespace
}  // namespace tb
