// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the bench itself must notice while it watches the engine.

#include "support/engine_bench.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "row_jobs.h"

namespace tb {
namespace {

constexpr uint64_t kMailbox = kDestinationArea + 0x1'0000;

bool Says(EngineBench& bench, const std::string& what) {
  bench.Forgive();
  return bench.Problems().find(what) != std::string::npos;
}

// Runs `job`, and behind its record a COPY of the same bytes into one of its rows.
void WriteAgain(EngineBench& bench, const RowJob& job, size_t row, bool reopen) {
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  ASSERT_EQ(ch.Run(job.ring), OkRecords(ch, {job}));
  const Descriptor& again = job.rows[row];
  bench.board.Declare("the same bytes", again.src, again.len, Permission::kRead);
  if (reopen) bench.Reopen(again);
  ch.Run({CopyOf(again.src, again.dst, again.len, kCpl)});
}

TEST(EngineBench, SeesAWriteBehindTheRecordOfAFill) {
  for (const bool reopen : {false, true}) {
    EngineBench bench;
    RowMaker make(bench);
    WriteAgain(bench, make.Fill(0x1234, {.len = 50}), 0, reopen);
    EXPECT_EQ(Says(bench, "not writable now"), !reopen);
  }
}

TEST(EngineBench, SeesAWriteBehindTheRecordOfAPairInAnyOfItsRows) {
  for (size_t row = 0; row < 3; ++row) {
    EngineBench bench;
    RowMaker make(bench);
    const RowJob job = make.Pair({.rows = 3, .len = 40, .src_stride = 64, .dst_stride = -48});
    WriteAgain(bench, job, row, false);
    EXPECT_TRUE(Says(bench, "not writable now")) << row;
  }
}

TEST(EngineBench, TellsTheMessageCatcherOfWritesThatLeaveTheLevelHigh) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  MessageCatcher& messages = bench.CatchMessages();
  messages.Watch(0, kMailbox);
  ch.WriteGlobal(SGDMA_GLB_CH_MSG_ADDR_LO, static_cast<uint32_t>(kMailbox));
  ch.WriteGlobal(SGDMA_GLB_CH_MSG_DATA, 7);
  ch.Start(4, 4);

  ch.Run({Nop(kIrq)});
  ch.Give(Command::kResume);  // refused: a second cause
  bench.sim.Step(50);
  EXPECT_EQ(messages.messages(0).size(), 1u);
  ch.Write(SGDMA_CH_CAUSE, kCauseDone);
  bench.sim.Step(50);
  EXPECT_EQ(messages.messages(0).size(), 2u);
  bench.registers.Write(SGDMA_GLB_IRQ_MASK, 0);
  bench.registers.Write(SGDMA_GLB_IRQ_MASK, 1);
  bench.sim.Step(50);
  EXPECT_EQ(messages.messages(0).size(), 3u);
  ch.Write(SGDMA_CH_CAUSE, kCauseRefused);
  bench.sim.Step(50);
  EXPECT_EQ(messages.messages(0).size(), 3u);
}

TEST(EngineBench, MissesAMessageThatDoesNotCome) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  bench.CatchMessages().Watch(0, kMailbox);  // and no address in the registers
  ch.Start(4, 4);
  ch.Run({Nop(kIrq)});
  EXPECT_TRUE(Says(bench, "no message came"));
}

// Without anything attached the pins are still; with a sink and a source nothing moves unasked.
TEST(EngineBench, StreamsAndDemandLinesRestWithoutWork) {
  EngineBench bench;
  StreamSink& sink = bench.AddSink(0);
  StreamSource& source = bench.AddSource(0);
  source.Send({.bytes = {1, 2, 3}});
  bench.dut.demand().drq = ~0u;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(100, 1, 2, kCpl);

  EXPECT_EQ(ch.Run({copy}), (std::vector<Record>{{.bytes = 100, .slot = 0}}));

  EXPECT_EQ(sink.bytes_taken(), 0u);
  EXPECT_EQ(source.bytes_sent(), 0u);
  EXPECT_EQ(bench.dut.demand().dack, 0u);
}

}  // namespace
}  // namespace tb
