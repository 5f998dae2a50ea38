// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// FILL: the pattern at every offset and length, pages, order with COPYs, lists, bad descriptors,
// errors with each way out, ABORT and POSITION (fault-cases A2, A4, A6, A7, A18, B6, B14 for FILL).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "row_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint64_t kTop = uint64_t{1} << 48;
constexpr uint32_t kPattern = 0xD4C3B2A1;
constexpr uint64_t kDataWrites = 1;  // id of channel 0

void ExpectFilled(RowMaker& make, const std::vector<RowJob>& jobs) {
  for (const RowJob& job : jobs) ASSERT_EQ(make.Check(job), "");
}

TEST(EngineFill, IsNamedInTheCapabilities) {
  EngineBench bench;
  EXPECT_NE(bench.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_FILL_MASK, 0u);
  EXPECT_NE(bench.channel(0).Read(SGDMA_CH_CAP3) & SGDMA_CH_CAP3_FILL_MASK, 0u);
}

TEST(EngineFill, WritesThePatternFromItsFirstByteAndOneRecord) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 2);
  const RowJob job = make.Fill(kPattern, {.len = 6, .dst_offset = 3, .flags = kCpl | kIrq});

  ch.Submit(job.ring);

  EXPECT_EQ(ch.Records(1), (std::vector<Record>{{.bytes = 6, .slot = 0}}));
  EXPECT_EQ(bench.memory.Bytes(job.transfer().dst, 6),
            (std::vector<uint8_t>{0xA1, 0xB2, 0xC3, 0xD4, 0xA1, 0xB2}));
  EXPECT_TRUE(bench.Settle());
  EXPECT_EQ(ch.HeadRegister(), 1);
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
}

// ---- Every destination offset x length 1 .. 3 bus widths, in any company ----

class EngineFillOffsets : public ::testing::TestWithParam<std::tuple<unsigned, bool>> {};

TEST_P(EngineFillOffsets, EveryLengthIsExact) {
  const auto [dst_offset, stalls] = GetParam();
  EngineBench bench(stalls ? StallingPort(dst_offset + 1) : IdealPort());
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 8);
  std::vector<RowJob> jobs;
  for (unsigned len = 1; len <= 3 * kBus; ++len) {
    const uint32_t pattern = kPattern + len * 0x0701'0305;
    jobs.push_back(make.Fill(pattern, {.len = len, .dst_offset = dst_offset}));
    // A COPY in between, so that neither sees the other's data.
    if (len % 3 == 0) jobs.push_back(make.Copy({.len = len, .src_offset = len % kBus}));
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  ExpectFilled(make, jobs);
}

INSTANTIATE_TEST_SUITE_P(All, EngineFillOffsets,
                         ::testing::Combine(::testing::Range(0u, kBus), ::testing::Bool()));

class EngineFillBoundary : public ::testing::TestWithParam<unsigned> {};

TEST_P(EngineFillBoundary, ThePatternGoesOnBehindAPage) {
  EngineBench bench(IdealPort(GetParam() % 5 + 1));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  const unsigned before = GetParam();
  std::vector<RowJob> jobs;
  uint64_t page = kDestinationArea + 4096;
  for (const unsigned len : {before, before + 1, before + 3, before + kBus, 200u, 4096 + before}) {
    if (len == 0) continue;
    jobs.push_back(make.At({}, FillOf(kPattern, page - before, static_cast<uint16_t>(len), kCpl)));
    page += 4 * 4096;
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  ExpectFilled(make, jobs);
}

INSTANTIATE_TEST_SUITE_P(All, EngineFillBoundary,
                         ::testing::Values(0, 1, 2, 3, kBus - 1, kBus, kBus + 1, 16 * kBus - 1,
                                           16 * kBus, 16 * kBus + 1));

TEST(EngineFill, Fills65535BytesAtAnyOffset) {
  EngineBench bench(IdealPort(10));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(3, 3);
  std::vector<RowJob> jobs;
  for (const unsigned offset : {0u, 1u, kBus - 1})
    jobs.push_back(make.Fill(kPattern, {.len = 65535, .dst_offset = offset}));

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  ExpectFilled(make, jobs);
}

TEST(EngineFill, MayEndAtTheTopOfTheAddressSpace) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  bench.memory.AddRam(kTop - 8192, 8192);
  const RowJob job = make.At({}, FillOf(kPattern, kTop - 5000, 5000, kCpl));

  EXPECT_EQ(ch.Run(job.ring), OkRecords(ch, {job}));

  EXPECT_EQ(make.Check(job), "");
}

// The pattern is no address: not one the engine reads from, nor one it checks.
TEST(EngineFill, ReadsNothingAndTakesOnly32BitsOfThePattern) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  std::vector<RowJob> jobs;
  for (const uint64_t high : {uint64_t{0}, uint64_t{0xFFFF} << 32}) {
    for (const uint64_t pattern : {kSourceArea + 64, kNoMemory, uint64_t{0xFFFF'FFFF}}) {
      jobs.push_back(make.Fill(static_cast<uint32_t>(pattern), {.len = 300, .dst_offset = 1}));
      jobs.back().ring[0].src |= high;
    }
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  ExpectFilled(make, jobs);
}

// ---- Order ----

// Writes of a channel reach one memory in order, whatever the opcode.
TEST(EngineFill, OfFillAndCopyToOnePlaceTheYoungerWins) {
  for (unsigned which = 0; which < 6; ++which) {
    SCOPED_TRACE(which);
    EngineBench bench(SomePort(which / 2));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const uint64_t dst = kDestinationArea + 3;
    bench.board.Declare("source", kSourceArea, 4096, Permission::kRead);
    bench.board.Declare("destination", dst, 300, Permission::kWrite);
    const Descriptor copy = CopyOf(kSourceArea + 1, dst, 300);
    const Descriptor fill = FillOf(kPattern, dst + 40, 200);
    std::vector<uint8_t> expected = bench.memory.Bytes(kSourceArea + 1, 300);

    if (which % 2 == 0) {
      ch.Run({copy, fill, Nop(kCpl | kFence)});
      for (unsigned i = 0; i < 200; ++i)
        expected[40 + i] = static_cast<uint8_t>(kPattern >> (i % 4 * 8));
    } else {
      ch.Run({fill, copy, Nop(kCpl | kFence)});
    }

    EXPECT_EQ(bench.memory.Bytes(dst, 300), expected);
  }
}

TEST(EngineFill, CopyWithFenceReadsWhatItWrote) {
  for (unsigned which = 0; which < 3; ++which) {
    EngineBench bench(SomePort(which));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const uint64_t middle = kDestinationArea + 5;
    const uint64_t end = kDestinationArea + 8192 + 2;
    bench.board.Declare("middle", middle, 700, Permission::kBoth);
    bench.board.Declare("end", end, 700, Permission::kWrite);

    ch.Run({FillOf(kPattern, middle, 700), CopyOf(middle, end, 700, kFence | kCpl)});

    EXPECT_EQ(bench.memory.Bytes(end, 700), bench.memory.Bytes(middle, 700));
    EXPECT_EQ(bench.memory.Load<uint32_t>(end + 696), kPattern);
  }
}

TEST(EngineFill, WithFenceWaitsForTheLastAnswerToEarlierWrites) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob copy = make.Copy({.len = 100});
  const RowJob fill = make.Fill(kPattern, {.len = 100, .flags = kCpl | kFence});
  bench.port.SilenceWrites(kDataIds);
  ch.Submit(RingOf({copy, fill}));
  bench.sim.Step(500);
  EXPECT_TRUE(make.UntouchedFrom(fill));

  bench.AnswerAll();

  EXPECT_EQ(ch.Records(2), OkRecords(ch, {copy, fill}));
  EXPECT_EQ(make.Check(fill), "");
}

TEST(EngineFill, RecordComesAfterTheLastAnswerToItsData) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob fill = make.Fill(kPattern, {.len = 600});
  bench.port.Arm({.on = PortFault::On::kWriteBurst,
                  .nth = 5,
                  .ids = kDataWrites,
                  .does = PortFault::Does::kSilence});
  ch.Submit(fill.ring);
  bench.sim.Step(400);
  EXPECT_FALSE(ch.RecordThere());
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 0xFFFF'0000u);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(ch.SlotAddress(0)));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 4 * 16 * kBus) << "four bursts are answered";

  bench.AnswerAll();

  EXPECT_EQ(ch.Records(1), OkRecords(ch, {fill}));
}

TEST(EngineFill, EntriesOfAnArrayAreFilledInTheirOrder) {
  EngineBench bench(IdealPort(12));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const std::vector<RowJob> jobs = {make.Fill(1, {.len = 9}), make.Copy({.len = 70}),
                                    make.Fill(kPattern, {.len = 333, .dst_offset = 7})};
  const uint64_t array = bench.NewArray(RingOf(jobs));

  EXPECT_EQ(ch.Run({LinkTo(array, 3, kCpl | kIrq)}),
            (std::vector<Record>{{.bytes = 9, .slot = 0, .index = 0},
                                 {.bytes = 70, .slot = 0, .index = 1},
                                 {.bytes = 333, .slot = 0, .index = 2},
                                 {.slot = 0}}));

  ExpectFilled(make, jobs);
}

TEST(EngineFill, FlagsMeanWhatTheyMeanForCopy) {
  for (const uint16_t flags : {uint16_t{0}, kIrq, kCpl, static_cast<uint16_t>(kIrq | kCpl)}) {
    SCOPED_TRACE(flags);
    EngineBench bench;
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const RowJob job = make.Fill(kPattern, {.len = 20, .flags = flags});

    EXPECT_EQ(ch.Run(job.ring).size(), (flags & kCpl) != 0 ? 1u : 0u);

    EXPECT_TRUE(bench.Settle());
    EXPECT_EQ(ch.TakeCauses(), (flags & kIrq) != 0 ? kCauseDone : 0u);
    EXPECT_EQ(make.Check(job), "");
  }
}

// ---- Bad descriptors ----

struct BadFill {
  const char* name;
  Status status;
  void (*spoil)(Descriptor&);
};

const BadFill kBadFills[] = {
    {"Eop", Status::kBadCtl, [](Descriptor& d) { d.ctl |= kEop; }},
    {"SrcFixed", Status::kBadCtl, [](Descriptor& d) { d.ctl |= kSrcFixed; }},
    {"Reserved10", Status::kBadCtl, [](Descriptor& d) { d.ctl |= 1 << 10; }},
    {"Reserved11", Status::kBadCtl, [](Descriptor& d) { d.ctl |= 1 << 11; }},
    {"Reserved12", Status::kBadCtl, [](Descriptor& d) { d.ctl |= 1 << 12; }},
    {"Reserved13", Status::kBadCtl, [](Descriptor& d) { d.ctl |= 1 << 13; }},
    {"Reserved14", Status::kBadCtl, [](Descriptor& d) { d.ctl |= 1 << 14; }},
    {"LengthZero", Status::kBadLength, [](Descriptor& d) { d.len = 0; }},
    {"EndsOneByteBeyond", Status::kBadAddress, [](Descriptor& d) { d.dst = kTop - d.len + 1; }},
    {"IsTheLastByte", Status::kBadAddress, [](Descriptor& d) { d.dst = kTop - 1; }},
    {"CtlBeforeLength", Status::kBadCtl, [](Descriptor& d) { d.len = 0, d.ctl |= kEop; }},
    {"LengthBeforeAddress", Status::kBadLength, [](Descriptor& d) { d.len = 0, d.dst = kTop - 1; }},
    {"PhaseBeforeCtl", Status::kBadPhase, [](Descriptor& d) { d.ctl |= kPhase | kReserved; }},
};

class EngineBadFill : public ::testing::TestWithParam<BadFill> {};

TEST_P(EngineBadFill, HaltsAndEachWayOutIsExact) {
  for (const Recovery recovery : kRecoveries) {
    for (unsigned position = 0; position < 3; ++position) {
      SCOPED_TRACE(std::string(Name(recovery)) + ", position " + std::to_string(position));
      EngineBench bench(position == 1 ? StallingPort(position) : IdealPort(8));
      RowMaker make(bench);
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      std::vector<RowJob> jobs;
      for (unsigned i = 0; i < 3; ++i) jobs.push_back(make.Fill(kPattern + i, {.len = 40 + i}));
      std::vector<Descriptor> ring = RingOf(jobs);
      GetParam().spoil(ring[position]);

      ch.Submit(ring);

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      const auto slot = static_cast<uint16_t>(position);
      const Record error = {.slot = slot,
                            .fault = ch.SlotAddress(slot),
                            .status = GetParam().status,
                            .where = Where::kDescriptor};
      std::vector<Record> expected = OkRecords(ch, {jobs.begin(), jobs.begin() + position});
      expected.push_back(error);
      EXPECT_EQ(ch.TakeRecords(), expected);
      EXPECT_EQ(ch.HeadRegister(), slot);
      EXPECT_EQ(ch.error_image(), error);
      for (unsigned i = position; i < 3; ++i) EXPECT_TRUE(make.UntouchedFrom(jobs[i]));
      ch.Rewrite(slot, jobs[position].transfer());
      make.RecoverJobs(ch, recovery, {jobs.begin() + position, jobs.end()});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineBadFill, ::testing::ValuesIn(kBadFills),
                         [](const auto& info) { return info.param.name; });

// ---- Bus errors ----

using ErrorParam = std::tuple<AxiResp, Recovery>;

class EngineFillError : public ::testing::TestWithParam<ErrorParam> {
 protected:
  AxiResp resp() const { return std::get<0>(GetParam()); }
  Status status() const { return resp() == AxiResp::kDecErr ? Status::kDecErr : Status::kSlvErr; }
  Recovery recovery() const { return std::get<1>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(All, EngineFillError,
                         ::testing::Combine(::testing::Values(AxiResp::kSlvErr, AxiResp::kDecErr),
                                            ::testing::ValuesIn(kRecoveries)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) == AxiResp::kDecErr
                                                  ? "DecErr"
                                                  : "SlvErr") +
                                  Name(std::get<1>(info.param));
                         });

TEST_P(EngineFillError, OnEachWriteBurstProvesWhatIsBeforeItAndRecovers) {
  const uint64_t dst = kDestinationArea + 0x10'0000 - 201;
  for (const uint32_t offset : WriteBurstOffsets(dst, 330)) {
    for (unsigned which = 0; which < 3; ++which) {
      SCOPED_TRACE("burst at " + std::to_string(offset) + ", port " + std::to_string(which));
      EngineBench bench(SomePort(which, offset));
      RowMaker make(bench);
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      const std::vector<RowJob> jobs = {make.Fill(7, {.len = 70, .dst_offset = 4}),
                                        make.At({}, FillOf(kPattern, dst, 330, kCpl)),
                                        make.Copy({.len = 50, .src_offset = 2})};
      bench.port.AddError({dst + offset, 1, resp(), false, true});

      ch.Submit(RingOf(jobs));

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      const Record error = {.bytes = offset,
                            .slot = 1,
                            .fault = dst + offset,
                            .status = status(),
                            .where = Where::kWrite};
      EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.bytes = 70, .slot = 0}, error}));
      EXPECT_EQ(ch.HeadRegister(), 1);
      EXPECT_EQ(ch.error_image(), error);
      EXPECT_EQ(make.Check(jobs[0]), "");
      EXPECT_EQ(make.Check(jobs[1], offset), "");
      EXPECT_EQ(make.Check(jobs[2], 0), "");
      bench.port.ClearErrors();
      make.RecoverJobs(ch, recovery(), {jobs[1], jobs[2]});
      if (HasFailure()) return;
    }
  }
}

// Software may shorten it in place by the bytes done, rounded down so that the pattern goes on.
TEST(EngineFill, RetryGoesOnWhereAShortenedOneStopped) {
  EngineBench bench(IdealPort(5));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob job = make.Fill(kPattern, {.len = 1000, .dst_offset = 6});
  const Descriptor fill = job.transfer();
  bench.port.AddError({fill.dst + 500, 1, AxiResp::kSlvErr, false, true});
  ch.Submit(job.ring);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  const std::vector<Record> failed = ch.TakeRecords();
  ASSERT_EQ(failed.size(), 1u);
  const uint32_t done = failed[0].bytes / 4 * 4;
  ASSERT_GT(done, 0u);

  bench.port.ClearErrors();
  const auto left = static_cast<uint16_t>(1000 - done);
  ch.Rewrite(0, FillOf(kPattern, fill.dst + done, left, kCpl));
  ch.Give(Command::kRetry);

  EXPECT_EQ(ch.Records(1), (std::vector<Record>{{.bytes = left, .slot = 0}}));
  EXPECT_EQ(make.Check(job), "");
}

TEST(EngineFill, UnderContinueAnErrorLeavesARecordAndThePipeGoesOn) {
  for (unsigned which = 0; which < 3; ++which) {
    EngineBench bench(SomePort(which));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ChooseContinue(ch);
    ch.Start(4, 4);
    std::vector<RowJob> jobs;
    for (unsigned i = 0; i < 5; ++i) jobs.push_back(make.Fill(kPattern + i, {.len = 300 + i}));
    const uint64_t second = jobs[1].transfer().dst + 16 * kBus;
    bench.port.AddError({second, 1, AxiResp::kDecErr, false, true});
    std::vector<Descriptor> ring = RingOf(jobs);
    ring[3].len = 0;
    std::vector<Record> expected = OkRecords(ch, jobs);
    expected[1] = {.bytes = 16 * kBus,
                   .slot = 1,
                   .fault = second,
                   .status = Status::kDecErr,
                   .where = Where::kWrite};
    expected[3] = {.slot = 3,
                   .fault = ch.SlotAddress(3),
                   .status = Status::kBadLength,
                   .where = Where::kDescriptor};

    EXPECT_EQ(ch.Run(ring), expected);

    EXPECT_EQ(ch.state(), State::kRun);
    EXPECT_EQ(make.Check(jobs[1], 16 * kBus), "");
    EXPECT_TRUE(make.UntouchedFrom(jobs[3]));
    for (const unsigned i : {0u, 2u, 4u}) EXPECT_EQ(make.Check(jobs[i]), "");
  }
}

// ---- ABORT, PAUSE, RESET in the middle ----

// ABORT cuts at a burst boundary; the record says what was written, and nothing behind it was.
TEST(EngineFill, AbortCutsItAtABurst) {
  unsigned cut = 0;
  for (unsigned cycle = 0; cycle < 200; cycle += 3) {
    SCOPED_TRACE(cycle);
    EngineBench bench(cycle % 2 == 0 ? IdealPort(20) : StallingPort(cycle));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const RowJob job = make.Fill(kPattern, {.len = 900, .dst_offset = 5});
    ch.Submit(job.ring);
    bench.sim.Step(cycle);

    ch.Give(Command::kAbort);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    const std::vector<Record> records = ch.TakeRecords();
    if (records.empty()) {
      EXPECT_TRUE(make.UntouchedFrom(job));
      EXPECT_EQ(ch.HeadRegister(), 0);
    } else if (records[0].status == Status::kOk) {
      EXPECT_EQ(records, OkRecords(ch, {job}));
      EXPECT_EQ(make.Check(job), "");
    } else {
      ++cut;
      const uint32_t bytes = records[0].bytes;
      EXPECT_EQ(records, (std::vector<Record>{{.bytes = bytes,
                                               .slot = 0,
                                               .fault = job.Destination(bytes),
                                               .status = Status::kAborted}}));
      const std::vector<uint32_t> bursts = WriteBurstOffsets(job.transfer().dst, 900);
      EXPECT_TRUE(std::ranges::count(bursts, bytes) == 1 && bytes > 0) << bytes;
      EXPECT_EQ(make.Check(job, bytes), "");
      EXPECT_TRUE(make.UntouchedFrom(job, bytes));
      EXPECT_EQ(ch.HeadRegister(), 1);
    }
    ch.Restart();
    for (const Descriptor& row : job.rows) bench.Reopen(row);
    EXPECT_EQ(ch.Run(job.ring), OkRecords(ch, {job}));
    EXPECT_EQ(make.Check(job), "");
  }
  EXPECT_GT(cut, 5u);
}

TEST(EngineFill, PauseAndResumeLoseNothing) {
  for (unsigned cycle = 0; cycle < 120; cycle += 2) {
    SCOPED_TRACE(cycle);
    EngineBench bench(cycle % 4 == 0 ? IdealPort(20) : StallingPort(cycle));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const std::vector<RowJob> jobs = {make.Fill(kPattern, {.len = 500, .dst_offset = 5}),
                                      make.Copy({.len = 90})};
    ch.Submit(RingOf(jobs));
    bench.sim.Step(cycle);

    ch.Give(Command::kPause);
    ASSERT_TRUE(ch.WaitState(State::kPaused));
    EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
    ch.Give(Command::kResume);

    EXPECT_EQ(ch.Records(2), OkRecords(ch, jobs));
    ExpectFilled(make, jobs);
  }
}

TEST(EngineFill, ResetInTheMiddleLeavesACleanChannel) {
  for (unsigned cycle = 0; cycle < 120; cycle += 3) {
    SCOPED_TRACE(cycle);
    EngineBench bench(cycle % 2 == 0 ? IdealPort(20) : StallingPort(cycle));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const RowJob job = make.Fill(kPattern, {.len = 900, .dst_offset = 5});
    ch.Submit(job.ring);
    bench.sim.Step(cycle);

    ch.Reset();

    EXPECT_EQ(make.Check(job, 0), "");
    ch.Start(4, 4);
    for (const Descriptor& row : job.rows) bench.Reopen(row);
    EXPECT_EQ(ch.Run(job.ring), OkRecords(ch, {job}));
    EXPECT_EQ(make.Check(job), "");
  }
}

}  // namespace
}  // namespace tb
