// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// STRIDE pairs and the channel's life: waiting at the tail, POSITION, PAUSE, ABORT and RESET in the
// middle (fault-cases A10: at the tail; E2-E4 for pairs).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "row_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint32_t kPattern = 0xD4C3B2A1;
constexpr uint64_t kChannel0Data = 1;

using Records = std::vector<Record>;

// ---- Waiting at the tail ----

class EngineStrideTail : public ::testing::Test {
 protected:
  EngineStrideTail() {
    ch.Start(2, 2);
    ch.Run({Nop(), Nop()});
    ch.Submit({job.ring[0]});
    bench.sim.Step(100);
  }
  void ExpectWaiting(State state) {
    EXPECT_EQ(ch.state(), state);
    EXPECT_EQ(ch.HeadRegister(), 2);
    EXPECT_FALSE(ch.RecordThere());
    EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
    EXPECT_EQ(ch.Read(SGDMA_CH_CAUSE) & ~kCauseHalted, 0u);
  }
  void ExpectPairRuns() {
    ch.Submit({job.ring[1]});
    EXPECT_EQ(ch.Records(1), (Records{{.bytes = 60, .slot = 3}}));
    EXPECT_EQ(make.Check(job), "");
    EXPECT_EQ(ch.HeadRegister(), 0);
  }

  EngineBench bench;
  RowMaker make{bench};
  EngineChannel& ch = bench.channel(0);
  RowJob job = make.Pair({.rows = 3, .len = 20, .src_stride = 30, .dst_stride = 30});
};

TEST_F(EngineStrideTail, ItWaitsForItsTransferAndIsQuiescedMeanwhile) {
  ExpectWaiting(State::kRun);
  ExpectPairRuns();
}

TEST_F(EngineStrideTail, TheSameTailTwiceChangesNothing) {
  ch.RingDoorbell();
  bench.sim.Step(50);
  EXPECT_FALSE(ch.TakeRefused());
  ExpectWaiting(State::kRun);
  ExpectPairRuns();
}

TEST_F(EngineStrideTail, ItMayBePausedAndResumed) {
  ch.Give(Command::kPause);
  EXPECT_TRUE(ch.WaitState(State::kPaused));
  ExpectWaiting(State::kPaused);
  ch.Give(Command::kResume);
  bench.sim.Step(50);
  ExpectWaiting(State::kRun);
  ExpectPairRuns();
}

TEST_F(EngineStrideTail, ItsTransferMayComeWhilePaused) {
  ch.Give(Command::kPause);
  EXPECT_TRUE(ch.WaitState(State::kPaused));
  ch.Submit({job.ring[1]});
  bench.sim.Step(100);
  ExpectWaiting(State::kPaused);
  ch.Give(Command::kResume);
  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 60, .slot = 3}}));
  EXPECT_EQ(make.Check(job), "");
}

TEST_F(EngineStrideTail, AbortLeavesItNotEnded) {
  ch.Give(Command::kAbort);
  EXPECT_TRUE(ch.WaitState(State::kHalted));
  ExpectWaiting(State::kHalted);
  ch.Restart();
  EXPECT_EQ(ch.Run(job.ring), (Records{{.bytes = 60, .slot = 1}}));
  EXPECT_EQ(make.Check(job), "");
}

TEST_F(EngineStrideTail, ResetForgetsIt) {
  ch.Reset();
  EXPECT_EQ(ch.state(), State::kIdle);
  ch.Start(2, 2);
  const RowJob copy = make.Copy({.len = 8});
  EXPECT_EQ(ch.Run(copy.ring), (Records{{.bytes = 8, .slot = 0}}));
  EXPECT_EQ(make.Check(copy), "");
  EXPECT_TRUE(make.UntouchedFrom(job));
}

// Each descriptor by a doorbell of its own, at any time.
TEST(EngineStride, PairsComeInPiecesWithoutLoss) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    EngineBench bench(StallingPort(seed));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(6, 6);
    std::vector<RowJob> jobs;
    for (unsigned i = 0; i < 12; ++i) {
      jobs.push_back(make.Pair({.rows = 1 + i % 4, .len = 20, .src_stride = 25, .dst_stride = 30}));
    }
    Random random(seed);
    for (const Descriptor& d : RingOf(jobs)) {
      ch.Submit({d});
      bench.sim.Step(random.Between(1, 40));
    }

    EXPECT_EQ(ch.Records(12), OkRecords(ch, jobs));

    for (const RowJob& job : jobs) EXPECT_EQ(make.Check(job), "");
  }
}

// ---- POSITION ----

TEST(EngineStride, PositionNamesTheStrideAndTheBytesOfItsRows) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  ch.Run({Nop()});
  // Rows of two bursts; the first burst of row 2 is not answered.
  const RowJob job =
      make.Pair({.rows = 4, .len = 20 * kBus, .src_stride = 1000, .dst_stride = 1024});
  bench.port.Arm({.on = PortFault::On::kWriteBurst,
                  .nth = 5,
                  .ids = kChannel0Data,
                  .does = PortFault::Does::kSilence});
  ch.Submit(job.ring);
  bench.sim.Step(600);

  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 1u | 0xFFFF'0000u);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(ch.SlotAddress(1)));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 2 * 20 * kBus);
  EXPECT_EQ(ch.HeadRegister(), 1);
  bench.AnswerAll();
  EXPECT_EQ(ch.Records(1), OkRecords(ch, {job}, 1));
}

TEST(EngineStride, PositionNamesTheEntryOfTheStrideInAnArray) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob job = make.FillPair(kPattern, {.rows = 4, .len = 9, .dst_stride = 64});
  const uint64_t array = bench.NewArray({Nop(), job.ring[0], job.ring[1]});
  bench.port.Arm({.on = PortFault::On::kWriteBurst,
                  .nth = 4,
                  .ids = kChannel0Data,
                  .does = PortFault::Does::kSilence});
  ch.Submit({LinkTo(array, 3, kCpl)});
  bench.sim.Step(400);

  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 0u | 1u << 16);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(array + 16));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 27u);
  bench.AnswerAll();
  EXPECT_EQ(ch.Records(2).size(), 2u);
}

// ---- PAUSE, ABORT, RESET in the middle ----

const RowMaker::Shape kLongPair = {
    .rows = 7, .len = 150, .src_stride = 200, .dst_stride = -190, .src_offset = 3, .dst_offset = 6};

class EngineStrideMiddle : public ::testing::TestWithParam<bool> {
 protected:
  // A pair of COPYs or FILLs, between two COPYs.
  std::vector<RowJob> Jobs(RowMaker& make) const {
    return {make.Copy({.len = 40}),
            GetParam() ? make.FillPair(kPattern, kLongPair) : make.Pair(kLongPair),
            make.Copy({.len = 50})};
  }
  static MemoryPortConfig Port(unsigned cycle) {
    return cycle % 2 == 0 ? IdealPort(20) : StallingPort(cycle);
  }
};

INSTANTIATE_TEST_SUITE_P(Opcodes, EngineStrideMiddle, ::testing::Bool(), [](const auto& info) {
  return info.param ? std::string("Fill") : std::string("Copy");
});

TEST_P(EngineStrideMiddle, PauseAndResumeLoseNothing) {
  for (unsigned cycle = 0; cycle < 260; cycle += 3) {
    SCOPED_TRACE(cycle);
    EngineBench bench(Port(cycle));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const std::vector<RowJob> jobs = Jobs(make);
    ch.Submit(RingOf(jobs));
    bench.sim.Step(cycle);

    ch.Give(Command::kPause);
    ASSERT_TRUE(ch.WaitState(State::kPaused));
    EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
    ch.Give(Command::kResume);

    ASSERT_EQ(ch.Records(3), OkRecords(ch, jobs));
    for (const RowJob& job : jobs) EXPECT_EQ(make.Check(job), "");
  }
}

// ABORT cuts at a burst: rows before it are whole, the record has their bytes, and behind it
// nothing was written. The pair is one unit: head passes both slots.
TEST_P(EngineStrideMiddle, AbortCutsThePairAtABurst) {
  unsigned cut = 0;
  for (unsigned cycle = 0; cycle < 360; cycle += 3) {
    SCOPED_TRACE(cycle);
    EngineBench bench(Port(cycle));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const std::vector<RowJob> jobs = Jobs(make);
    const RowJob& pair = jobs[1];
    ch.Submit(RingOf(jobs));
    bench.sim.Step(cycle);

    ch.Give(Command::kAbort);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    const Records records = ch.TakeRecords();
    if (!records.empty() && records.back().status == Status::kAborted && records.back().slot == 2) {
      ++cut;
      const uint32_t bytes = records.back().bytes;
      EXPECT_EQ(records.back(), (Record{.bytes = bytes,
                                        .slot = 2,
                                        .fault = pair.Destination(bytes),
                                        .status = Status::kAborted}));
      EXPECT_GT(bytes, 0u);
      const uint32_t row = bytes / 150;
      const std::vector<uint32_t> bursts = WriteBurstOffsets(pair.rows[row].dst, 150);
      EXPECT_EQ(std::ranges::count(bursts, bytes % 150), 1) << bytes;
      EXPECT_EQ(make.Check(jobs[0]), "");
      EXPECT_EQ(make.Check(pair, bytes), "");
      EXPECT_TRUE(make.UntouchedFrom(pair, bytes));
      EXPECT_TRUE(make.UntouchedFrom(jobs[2]));
      EXPECT_EQ(ch.HeadRegister(), 3);
      EXPECT_EQ(ch.error_count(), 0u);
    } else {
      const uint16_t head = ch.HeadRegister();
      EXPECT_NE(head, 2) << "between the two of a pair";
      EXPECT_TRUE(head > 1 || make.UntouchedFrom(pair));
    }
    ch.Restart();
    for (const RowJob& job : jobs) {
      for (const Descriptor& d : job.rows) bench.Reopen(d);
    }
    EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));
    for (const RowJob& job : jobs) EXPECT_EQ(make.Check(job), "");
    if (HasFailure()) return;
  }
  EXPECT_GT(cut, 10u);
}

TEST_P(EngineStrideMiddle, ResetLeavesACleanChannel) {
  for (unsigned cycle = 0; cycle < 260; cycle += 5) {
    SCOPED_TRACE(cycle);
    EngineBench bench(Port(cycle));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const std::vector<RowJob> jobs = Jobs(make);
    ch.Submit(RingOf(jobs));
    bench.sim.Step(cycle);

    ch.Reset();

    for (const RowJob& job : jobs) {
      EXPECT_EQ(make.Check(job, 0), "");
      for (const Descriptor& d : job.rows) bench.Reopen(d);
    }
    ch.Start(4, 4);
    EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));
    for (const RowJob& job : jobs) EXPECT_EQ(make.Check(job), "");
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tb
