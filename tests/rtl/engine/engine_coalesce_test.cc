// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Coalescing of DONE: by count, by time, and when there is nothing to wait for (fault-cases F3, F4,
// F10).

#include <gtest/gtest.h>

#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

void Coalesce(EngineChannel& ch, unsigned count, unsigned time, bool on_idle = false) {
  ch.Write(SGDMA_CH_COALESCE, count | time << 8);
  ch.Write(SGDMA_CH_COALESCE_CTRL, on_idle ? 1 : 0);
}

bool Level(EngineBench& bench) { return (bench.dut.irq() & 1) != 0; }

void SubmitNops(EngineChannel& ch, unsigned n) { ch.Submit(std::vector<Descriptor>(n, Nop(kIrq))); }

class EngineCoalesceCount : public ::testing::TestWithParam<unsigned> {};

// F3: one fewer than the count does not raise DONE, the count does, and one more waits for the
// next.
TEST_P(EngineCoalesceCount, RaisesDoneAtTheCountAndNotBefore) {
  const unsigned count = GetParam();
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(10, 4);
  Coalesce(ch, count, 0xFFFFFF);

  if (count > 1) {
    SubmitNops(ch, count - 1);
    bench.sim.Step(3000);
    EXPECT_FALSE(Level(bench));
    EXPECT_EQ(ch.HeadRegister(), count - 1);
  }
  SubmitNops(ch, 1);
  ASSERT_TRUE(bench.sim.RunUntil([&] { return Level(bench); }, Cycles{200}));
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);

  if (count > 1) {
    SubmitNops(ch, 1);
    bench.sim.Step(3000);
    EXPECT_FALSE(Level(bench));
    SubmitNops(ch, count - 1);
    ASSERT_TRUE(bench.sim.RunUntil([&] { return Level(bench); }, Cycles{3000}));
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, EngineCoalesceCount, ::testing::Values(0, 1, 2, 3, 17, 255));

TEST(EngineCoalesce, RaisesDoneWhenTheTimeSinceTheFirstHasPassed) {
  for (const unsigned time : {60u, 200u, 1000u}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(6, 4);
    Coalesce(ch, 200, time);
    bench.sim.Step(2 * time);  // a timer with nothing pending does nothing
    EXPECT_FALSE(Level(bench));

    SubmitNops(ch, 1);
    ASSERT_TRUE(bench.sim.RunUntil([&] { return ch.HeadRegister() == 1; }, Cycles{200}));
    const uint64_t seen = bench.sim.now();
    SubmitNops(ch, 1);  // a younger one does not begin the time anew
    ASSERT_TRUE(bench.sim.RunUntil([&] { return Level(bench); }, Cycles{time + 10}));

    // Head was read some register accesses after the end itself.
    EXPECT_LE(bench.sim.now(), seen + time + 2);
    EXPECT_GE(bench.sim.now() + 60, seen + time);
    ch.TakeCauses();
    bench.sim.Step(3 * time + 10);
    EXPECT_FALSE(Level(bench));
  }
}

TEST(EngineCoalesce, IdleRingRaisesDoneWhenAsked) {
  for (const bool on_idle : {false, true}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(6, 4);
    Coalesce(ch, 100, 0xFFFFFF, on_idle);
    SubmitNops(ch, 5);
    bench.sim.Step(500);
    EXPECT_EQ(Level(bench), on_idle);
  }
}

TEST(EngineCoalesce, RaisesDoneWhenTheChannelLeavesRun) {
  for (const Command command : {Command::kPause, Command::kAbort}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(6, 4);
    Coalesce(ch, 100, 0xFFFFFF);
    SubmitNops(ch, 5);
    ASSERT_TRUE(bench.Settle());
    EXPECT_FALSE(Level(bench));
    ch.Give(command);
    ASSERT_TRUE(ch.WaitState(command == Command::kPause ? State::kPaused : State::kHalted));
    EXPECT_NE(ch.TakeCauses() & kCauseDone, 0u);
  }
}

// F10: software that waits for the interrupt before it frees records would wait for ever.
TEST(EngineCoalesce, FullCompletionRingRaisesDone) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 2);
  Coalesce(ch, 100, 0xFFFFFF);
  ch.Submit(std::vector<Descriptor>(20, Nop(kIrq | kCpl)));
  unsigned records = 0;
  while (records < 18) {
    ASSERT_TRUE(bench.sim.RunUntil([&] { return Level(bench); }, Cycles{1000})) << records;
    ch.TakeCauses();
    records += static_cast<unsigned>(ch.TakeRecords().size());
  }
}

TEST(EngineCoalesce, CountWithoutTimeIsRefusedAsAWhole) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 4);
  Coalesce(ch, 7, 9);
  for (const uint32_t bad : {2u, 255u}) {
    ch.Write(SGDMA_CH_COALESCE, bad);
    EXPECT_TRUE(ch.TakeRefused());
    EXPECT_EQ(ch.Read(SGDMA_CH_COALESCE), 7u | 9u << 8);
  }
  ch.Write(SGDMA_CH_COALESCE, 0, 0xE);  // would leave a count of 7 without a time
  EXPECT_TRUE(ch.TakeRefused());
  ch.Write(SGDMA_CH_COALESCE, 1);
  EXPECT_FALSE(ch.TakeRefused());
}

// Lowering the count signals what is already there.
TEST(EngineCoalesce, NewSettingsApplyToWhatIsHeld) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 4);
  Coalesce(ch, 10, 0xFFFFFF);
  SubmitNops(ch, 4);
  ASSERT_TRUE(bench.Settle());
  EXPECT_FALSE(Level(bench));
  Coalesce(ch, 4, 0xFFFFFF);
  bench.sim.Step(4);
  EXPECT_TRUE(Level(bench));
}

// F4: 10^5 completions; interrupts are bounded by the count, and none is lost at the end.
TEST(EngineCoalesce, ManyCompletionsRaiseFewInterrupts) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  constexpr unsigned kEnds = 100'000;
  constexpr unsigned kCount = 64;
  ch.Start(12, 4);
  Coalesce(ch, kCount, 2000);
  uint64_t pushed = 0;
  uint64_t ended = 0;
  unsigned interrupts = 0;
  while (ended < kEnds) {
    unsigned n = 0;
    while (pushed < kEnds && ch.free_slots() > 0 && n < 1000) {
      ch.Push(Nop(kIrq));
      ++pushed;
      ++n;
    }
    if (n > 0) ch.RingDoorbell();
    ASSERT_TRUE(bench.sim.RunUntil([&] { return Level(bench); }, Cycles{10'000})) << ended;
    ++interrupts;
    ch.Write(SGDMA_CH_CAUSE, kCauseDone);
    const uint16_t head = ch.HeadRegister();
    ended += static_cast<uint16_t>(head - ended) % ch.slots();
    ch.SyncHead();
  }
  EXPECT_LE(interrupts, kEnds / kCount + 200);
  bench.sim.Step(3000);
  ch.TakeCauses();
  bench.sim.Step(4);
  EXPECT_FALSE(Level(bench));
}

}  // namespace
}  // namespace tb
