// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// STRIDE pairs that are right: rows and strides of every kind, rings and lists, order, records.
// Commands and waiting are in engine_stride_life_test.cc, what is wrong with a pair in
// engine_stride_error_test.cc.

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
constexpr uint64_t kChannel0Data = 1;

using Records = std::vector<Record>;

TEST(EngineStride, IsNamedInTheCapabilities) {
  EngineBench bench;
  EXPECT_NE(bench.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_STRIDE_MASK, 0u);
  EXPECT_NE(bench.channel(0).Read(SGDMA_CH_CAP3) & SGDMA_CH_CAP3_STRIDE_MASK, 0u);
}

TEST(EngineStride, RepeatsTheTransferForEachRowAndLeavesOneRecord) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 2);
  const RowJob job = make.Pair({.rows = 3,
                                .len = 10,
                                .src_stride = 64,
                                .dst_stride = 12,
                                .src_offset = 1,
                                .dst_offset = 3,
                                .flags = kCpl | kIrq});

  ch.Submit(job.ring);

  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 30, .slot = 1}}));
  EXPECT_EQ(make.Check(job), "");
  EXPECT_TRUE(bench.Settle());
  EXPECT_EQ(ch.HeadRegister(), 2);
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
}

// ---- Shapes ----

struct ShapeCase {
  const char* name;
  RowMaker::Shape shape;
};

const ShapeCase kShapes[] = {
    {"OneRow", {.rows = 1, .len = 50, .src_stride = 1000, .dst_stride = -1000}},
    {"TwoRows", {.rows = 2, .len = 50, .src_stride = 77, .dst_stride = 61}},
    {"RowsSideBySide", {.rows = 7, .len = 13, .src_stride = 13, .dst_stride = 13}},
    {"Gather", {.rows = 9, .len = 5, .src_stride = 131, .dst_stride = 5}},
    {"Scatter", {.rows = 9, .len = 5, .src_stride = 5, .dst_stride = 131}},
    {"Upwards", {.rows = 6, .len = 33, .src_stride = -40, .dst_stride = 40}},
    {"Downwards", {.rows = 6, .len = 33, .src_stride = 40, .dst_stride = -40}},
    {"BothDown", {.rows = 6, .len = 33, .src_stride = -33, .dst_stride = -33}},
    {"SourceStrideZero", {.rows = 5, .len = 20, .src_stride = 0, .dst_stride = 24}},
    {"SourceRowsOverlap", {.rows = 5, .len = 20, .src_stride = 3, .dst_stride = 24}},
    {"RowsOfOneByte", {.rows = 40, .len = 1, .src_stride = 3, .dst_stride = 2}},
    {"RowsOfSeveralBursts", {.rows = 3, .len = 700, .src_stride = 800, .dst_stride = 719}},
    {"RowsOverPages", {.rows = 5, .len = 300, .src_stride = 4096, .dst_stride = 4096 - 64}},
};

class EngineStrideShape : public ::testing::TestWithParam<ShapeCase> {};

TEST_P(EngineStrideShape, EveryAlignmentIsExact) {
  for (const bool stalls : {false, true}) {
    EngineBench bench(stalls ? StallingPort(17) : IdealPort());
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(6, 6);
    std::vector<RowJob> jobs;
    for (unsigned offset = 0; offset < kBus; ++offset) {
      RowMaker::Shape shape = GetParam().shape;
      shape.src_offset = (3 * offset + 1) % kBus;
      shape.dst_offset = offset;
      jobs.push_back(make.Pair(shape));
      shape.flags = kCpl | kIrq;
      jobs.push_back(make.FillPair(kPattern + offset, shape));
      jobs.push_back(make.Copy({.len = 11, .src_offset = offset}));
    }

    EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

    for (const RowJob& job : jobs) ASSERT_EQ(make.Check(job), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineStrideShape, ::testing::ValuesIn(kShapes),
                         [](const auto& info) { return info.param.name; });

// Every row length 1 .. 2 bus widths at every destination offset that a stride of one brings.
TEST(EngineStride, EveryRowLengthAtEveryOffsetIsExact) {
  EngineBench bench(StallingPort(2));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(7, 7);
  std::vector<RowJob> jobs;
  for (unsigned len = 1; len <= 2 * kBus; ++len) {
    const int64_t step = 8 * kBus + 1;  // each row one byte further in its bus word
    jobs.push_back(make.Pair({.rows = kBus, .len = len, .src_stride = 71, .dst_stride = step}));
    jobs.push_back(make.FillPair(kPattern, {.rows = kBus, .len = len, .dst_stride = step}));
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  for (const RowJob& job : jobs) ASSERT_EQ(make.Check(job), "");
}

TEST(EngineStride, MostRowsOfAll) {
  struct Case {
    unsigned len;
    uint16_t stride;
  };
  for (const Case& c : {Case{1, 1}, Case{3, 8}}) {
    EngineBench bench(IdealPort(5));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    constexpr unsigned kRows = 65535;
    const uint64_t src = kSourceArea + 1;
    const uint64_t dst = kDestinationArea + 2;
    const uint64_t span = uint64_t{kRows} * c.stride;
    bench.board.Declare("source", src, span, Permission::kRead);
    const Scoreboard::Region rows = bench.board.Declare("rows", dst, span, Permission::kNone);
    for (uint64_t row = 0; row < kRows; ++row)
      bench.board.Permit(rows, row * c.stride, c.len, Permission::kWrite);
    bench.board.Expect(rows, 0, bench.memory.Bytes(src, span));

    EXPECT_EQ(ch.Run({StrideOf(kRows, c.stride, c.stride),
                      CopyOf(src, dst, static_cast<uint16_t>(c.len), kCpl)}),
              (Records{{.bytes = kRows * c.len, .slot = 1}}));

    const std::vector<uint8_t> source = bench.memory.Bytes(src, span);
    const std::vector<uint8_t> got = bench.memory.Bytes(dst, span);
    for (uint64_t row = 0; row < kRows; ++row) {
      const auto at = static_cast<ptrdiff_t>(row * c.stride);
      ASSERT_TRUE(std::equal(got.begin() + at, got.begin() + at + c.len, source.begin() + at))
          << "row " << row;
    }
  }
}

// Rows of one pair are written in order, so the last one stays.
TEST(EngineStride, WithDestinationStrideZeroTheLastRowStays) {
  for (unsigned which = 0; which < 3; ++which) {
    EngineBench bench(SomePort(which));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const uint64_t src = kSourceArea + 3;
    const uint64_t dst = kDestinationArea + 5;
    bench.board.Declare("source", src, 4096, Permission::kRead);
    bench.board.Declare("destination", dst, 200, Permission::kWrite);

    EXPECT_EQ(ch.Run({StrideOf(12, 250, 0), CopyOf(src, dst, 200, kCpl)}),
              (Records{{.bytes = 2400, .slot = 1}}));

    EXPECT_EQ(bench.memory.Bytes(dst, 200), bench.memory.Bytes(src + 11 * 250, 200));
  }
}

TEST(EngineStride, StridesHave48Bits) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  constexpr uint64_t kHalf = kTop / 2;
  bench.memory.AddRam(kHalf, 1 << 16);
  // Up by 2^47 - 1, down by 2^47: the ends of the range.
  const RowJob up = make.At(StrideOf(2, 0, static_cast<int64_t>(kHalf - 1)),
                            CopyOf(kSourceArea + 64, kDestinationArea + 7, 90, kCpl), 1);
  bench.memory.AddRam(kHalf + kDestinationArea, 1 << 16);
  const Descriptor up_row = bench.CopyAt(kSourceArea + 64, kHalf + kDestinationArea + 6, 90);
  bench.memory.AddRam(0, 1 << 16);
  const RowJob down = make.At(StrideOf(2, 1, -static_cast<int64_t>(kHalf)),
                              CopyOf(kSourceArea + 64, kHalf + 7, 90, kCpl), 1);
  const Descriptor down_row = bench.CopyAt(kSourceArea + 65, 7, 90);

  EXPECT_EQ(ch.Run(RingOf({up, down})),
            (Records{{.bytes = 180, .slot = 1}, {.bytes = 180, .slot = 3}}));

  EXPECT_EQ(make.Check(up) + make.Check(down), "");
  EXPECT_EQ(bench.CheckCopy(up_row) + bench.CheckCopy(down_row), "");
}

TEST(EngineStride, RowsMayTouchBothEndsOfTheAddressSpace) {
  struct Case {
    Descriptor stride;
    Descriptor transfer;
  };
  const Case cases[] = {
      {StrideOf(4, 64, 70), CopyOf(kSourceArea + 64, kTop - 3 * 70 - 60, 60, kCpl)},
      {StrideOf(4, 64, -70), CopyOf(kSourceArea + 64, 3 * 70, 60, kCpl)},
      {StrideOf(4, 70, 64), CopyOf(kTop - 3 * 70 - 60, kDestinationArea + 64, 60, kCpl)},
      {StrideOf(4, -70, 64), CopyOf(3 * 70, kDestinationArea + 64, 60, kCpl)},
  };
  for (const Case& c : cases) {
    EngineBench bench;
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    bench.memory.AddRam(0, 4096);
    bench.memory.AddRam(kTop - 4096, 4096);
    const RowJob job = make.At(c.stride, c.transfer);

    EXPECT_EQ(ch.Run(job.ring), OkRecords(ch, {job}));

    EXPECT_EQ(make.Check(job), "");
  }
}

// Of a FILL only the destination moves; what the source stride says does not matter.
TEST(EngineStride, SourceStrideOfAFillIsIgnored) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  RowJob job = make.FillPair(kPattern, {.rows = 6, .len = 7, .dst_stride = 9});
  job.ring[0].src = kTop - 5;

  EXPECT_EQ(ch.Run(job.ring), OkRecords(ch, {job}));

  EXPECT_EQ(make.Check(job), "");
}

// ---- Rings and lists ----

class EngineStrideRing : public ::testing::TestWithParam<unsigned> {};

// From every index of a ring of four, so also with the ring's end between the two.
TEST_P(EngineStrideRing, PairGoesOverTheEnd) {
  EngineBench bench(StallingPort(GetParam() + 1));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 2);
  std::vector<RowJob> jobs;
  const unsigned start = GetParam();
  for (unsigned i = 0; i < start; ++i) jobs.push_back(make.Copy({.len = 3 + i}));
  for (unsigned i = 0; i < 9; ++i) {
    jobs.push_back(make.Pair({.rows = 2 + i % 3, .len = 9, .src_stride = 30, .dst_stride = 20}));
    if (i % 4 == 3) jobs.push_back(make.Fill(kPattern, {.len = 3}));
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  for (const RowJob& job : jobs) EXPECT_EQ(make.Check(job), "");
}

INSTANTIATE_TEST_SUITE_P(All, EngineStrideRing, ::testing::Range(0u, 8u));

TEST(EngineStride, EntriesOfAnArrayCountBothOfAPair) {
  EngineBench bench(IdealPort(12));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowMaker::Shape shape = {.rows = 3, .len = 30, .src_stride = 40, .dst_stride = 50};
  const std::vector<RowJob> first = {make.Pair(shape), make.Copy({.len = 8}),
                                     make.FillPair(kPattern, shape)};
  const std::vector<RowJob> second = {make.Copy({.len = 9}), make.Pair(shape)};
  const uint64_t tail = bench.NewArray(RingOf(second));
  std::vector<Descriptor> head = RingOf(first);
  head.push_back(LinkTo(tail, 3));
  const uint64_t array = bench.NewArray(head);

  EXPECT_EQ(ch.Run({LinkTo(array, 6, kCpl | kIrq), Nop(kCpl)}),
            (Records{{.bytes = 90, .slot = 0, .index = 1},
                     {.bytes = 8, .slot = 0, .index = 2},
                     {.bytes = 90, .slot = 0, .index = 4},
                     {.bytes = 9, .slot = 0, .index = 6},
                     {.bytes = 90, .slot = 0, .index = 8},
                     {.slot = 0},
                     {.slot = 1}}));

  for (const RowJob& job : first) EXPECT_EQ(make.Check(job), "");
  for (const RowJob& job : second) EXPECT_EQ(make.Check(job), "");
}

// Arrays that begin at each entry of a line, so that the fetch parts each pair at some time.
TEST(EngineStride, PairsInArraysMayBePartedByTheFetch) {
  EngineBench bench(StallingPort(4));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  uint16_t slot = 0;
  for (unsigned offset = 0; offset < 8; ++offset) {
    const uint64_t array = kArrayArea + 0x10'0000 + 0x1000 * (offset + 1) - 64 + 16 * (offset % 4);
    std::vector<RowJob> jobs;
    for (unsigned i = 0; i < 4; ++i) {
      jobs.push_back(
          make.Pair({.rows = 2, .len = 12, .src_stride = 20, .dst_stride = 20, .flags = 0}));
    }
    const std::vector<Descriptor> entries = RingOf(jobs);
    bench.board.Declare("array", array, 16 * entries.size(), Permission::kRead);
    bench.WriteArray(array, entries);

    EXPECT_EQ(ch.Run({LinkTo(array, static_cast<uint16_t>(entries.size()), kCpl)}),
              (Records{{.slot = slot++}}));

    for (const RowJob& job : jobs) EXPECT_EQ(make.Check(job), "");
  }
}

// ---- Order ----

// FENCE stands on the transfer and holds back the whole pair.
TEST(EngineStride, FenceHoldsBackEachRow) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob before = make.Copy({.len = 100});
  const RowJob pair =
      make.Pair({.rows = 4, .len = 20, .src_stride = 30, .dst_stride = 30, .flags = kCpl | kFence});
  bench.port.SilenceWrites(kDataIds);
  ch.Submit(RingOf({before, pair}));
  bench.sim.Step(300);
  EXPECT_EQ(ch.Read(SGDMA_CH_OUT_DATA), 1u << SGDMA_CH_OUT_DATA_WRITES_SHIFT)
      << "one write, no read";
  EXPECT_TRUE(make.UntouchedFrom(pair));

  bench.AnswerAll();

  EXPECT_EQ(ch.Records(2), OkRecords(ch, {before, pair}));
  EXPECT_EQ(make.Check(pair), "");
}

TEST(EngineStride, ChainsOfPairsWithFenceReadWhatWasWritten) {
  for (unsigned which = 0; which < 3; ++which) {
    EngineBench bench(SomePort(which));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const uint64_t middle = kDestinationArea + 3;
    const uint64_t end = kDestinationArea + 8192 + 6;
    bench.board.Declare("source", kSourceArea, 4096, Permission::kRead);
    bench.board.Declare("middle", middle, 2000, Permission::kBoth);
    bench.board.Declare("end", end, 2000, Permission::kBoth);

    // A matrix of 10 x 20 elements of 4 bytes is gathered by columns of 40 bytes, and back.
    ch.Run({StrideOf(20, 40, 40), CopyOf(kSourceArea + 1, middle, 40), StrideOf(20, 40, -40),
            CopyOf(middle, end + 19 * 40, 40, kFence), CopyOf(end, middle, 800, kFence | kCpl)});

    for (unsigned row = 0; row < 20; ++row) {
      EXPECT_EQ(bench.memory.Bytes(middle + 40 * row, 40),
                bench.memory.Bytes(kSourceArea + 1 + 40 * (19 - row), 40));
    }
  }
}

TEST(EngineStride, RecordComesAfterTheLastAnswerOfAllRows) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob job =
      make.Pair({.rows = 5, .len = 16, .src_stride = 64, .dst_stride = 64, .flags = kCpl | kIrq});
  bench.port.Arm({.on = PortFault::On::kWriteBurst,
                  .nth = 5,
                  .ids = kChannel0Data,
                  .does = PortFault::Does::kSilence});
  ch.Submit(job.ring);
  bench.sim.Step(300);
  EXPECT_FALSE(ch.RecordThere());
  EXPECT_EQ(ch.Read(SGDMA_CH_CAUSE), 0u);
  EXPECT_EQ(ch.HeadRegister(), 0);

  bench.AnswerAll();

  EXPECT_EQ(ch.Records(1), OkRecords(ch, {job}));
}

TEST(EngineStride, FlagsOfTheTransferCountOnceForThePair) {
  for (const uint16_t flags : {uint16_t{0}, kIrq, kCpl, static_cast<uint16_t>(kIrq | kCpl)}) {
    SCOPED_TRACE(flags);
    EngineBench bench;
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const RowJob job =
        make.Pair({.rows = 3, .len = 20, .src_stride = 30, .dst_stride = 30, .flags = flags});

    EXPECT_EQ(ch.Run(job.ring).size(), (flags & kCpl) != 0 ? 1u : 0u);

    EXPECT_TRUE(bench.Settle());
    EXPECT_EQ(ch.TakeCauses(), (flags & kIrq) != 0 ? kCauseDone : 0u);
    EXPECT_EQ(make.Check(job), "");
  }
}

TEST(EngineStride, PairsOfBothChannelsDoNotMix) {
  EngineBench bench(StallingPort(9));
  RowMaker make(bench);
  std::vector<RowJob> jobs[Dut::kChannels];
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    bench.channel(c).Start(6, 6);
    for (unsigned i = 0; i < 25; ++i) {
      const RowMaker::Shape shape = {
          .rows = 1 + (i + c) % 5, .len = 7 + 3 * i, .src_stride = 91, .dst_stride = 85};
      jobs[c].push_back(i % 3 == c ? make.FillPair(kPattern + i, shape) : make.Pair(shape));
    }
    bench.channel(c).Submit(RingOf(jobs[c]));
  }

  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    EXPECT_EQ(bench.channel(c).Records(25), OkRecords(bench.channel(c), jobs[c]));
    for (const RowJob& job : jobs[c]) EXPECT_EQ(make.Check(job), "");
  }
}

}  // namespace
}  // namespace tb
