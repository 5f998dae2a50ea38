// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// COPY: every alignment, lengths, 4 KiB boundaries, and rings: wrap, full, smallest, large
// (fault-cases A5, A6, C8, E7).

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;

std::vector<Record> OkRecords(const std::vector<Descriptor>& descriptors, unsigned first_slot,
                              unsigned slots) {
  std::vector<Record> records;
  for (const Descriptor& d : descriptors) {
    records.push_back({.bytes = d.len, .slot = static_cast<uint16_t>(first_slot++ % slots)});
  }
  return records;
}

void ExpectCopied(EngineBench& bench, const std::vector<Descriptor>& descriptors) {
  for (const Descriptor& d : descriptors) ASSERT_EQ(bench.CheckCopy(d), "");
}

TEST(EngineCopy, MovesOneByteAndWritesOneRecord) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 2);
  const Descriptor copy = bench.NewCopy(1, 3, 5, kCpl | kIrq);

  ch.Submit({copy});

  ASSERT_TRUE(ch.WaitRecords(1));
  EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.bytes = 1, .slot = 0}}));
  EXPECT_EQ(bench.CheckCopy(copy), "");
  EXPECT_TRUE(bench.Settle());
  EXPECT_EQ(ch.HeadRegister(), 1);
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
}

// ---- Every source offset x destination offset x length 1 .. 3 bus widths ----

class EngineCopyOffsets : public ::testing::TestWithParam<std::tuple<unsigned, bool>> {};

TEST_P(EngineCopyOffsets, EveryDestinationOffsetAndLengthIsExact) {
  const auto [src_offset, stalls] = GetParam();
  EngineBench bench(stalls ? StallingPort(src_offset + 1) : IdealPort());
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 8);
  std::vector<Descriptor> work;
  for (unsigned dst_offset = 0; dst_offset < kBus; ++dst_offset) {
    for (unsigned len = 1; len <= 3 * kBus; ++len)
      work.push_back(bench.NewCopy(len, src_offset, dst_offset, kCpl));
  }

  EXPECT_EQ(ch.Run(work), OkRecords(work, 0, ch.slots()));

  ExpectCopied(bench, work);
}

INSTANTIATE_TEST_SUITE_P(All, EngineCopyOffsets,
                         ::testing::Combine(::testing::Range(0u, kBus), ::testing::Bool()));

// ---- 4 KiB boundaries ----

// Source and destination each begin `before` bytes before a page's end, for lengths that end
// before, at and behind it.
class EngineCopyBoundary : public ::testing::TestWithParam<unsigned> {};

TEST_P(EngineCopyBoundary, SplitsAtThePageOfEitherSide) {
  EngineBench bench(IdealPort(GetParam() % 5 + 1));
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  const unsigned before = GetParam();
  std::vector<Descriptor> work;
  uint64_t page = 1;
  for (const unsigned src : {before, 3 * kBus + 1, 0u}) {
    for (const unsigned dst : {before, 5 * kBus + 3, 0u}) {
      for (const unsigned len : {before, before + 1, before + kBus, 200u}) {
        if (len == 0) continue;
        work.push_back(bench.CopyAt(kSourceArea + page * 4096 - src,
                                    kDestinationArea + page * 4096 - dst, len, kCpl));
        page += 2;
      }
    }
  }

  EXPECT_EQ(ch.Run(work), OkRecords(work, 0, ch.slots()));

  ExpectCopied(bench, work);
}

INSTANTIATE_TEST_SUITE_P(All, EngineCopyBoundary,
                         ::testing::Values(0, 1, 2, kBus - 1, kBus, kBus + 1, 2 * kBus,
                                           16 * kBus - 1, 16 * kBus, 16 * kBus + 1));

TEST(EngineCopy, FullRateBurstsEndExactlyAtThePage) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 8; ++i) {
    work.push_back(bench.CopyAt(kSourceArea + i * 8192, kDestinationArea + i * 8192, 4096, kCpl));
  }

  EXPECT_EQ(ch.Run(work), OkRecords(work, 0, ch.slots()));

  ExpectCopied(bench, work);
}

class EngineCopyLongest : public ::testing::TestWithParam<std::tuple<unsigned, unsigned>> {};

TEST_P(EngineCopyLongest, Moves65535Bytes) {
  const auto [src_offset, dst_offset] = GetParam();
  EngineBench bench(IdealPort(10));
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 2);
  const std::vector<Descriptor> work = {bench.NewCopy(65535, src_offset, dst_offset, kCpl),
                                        bench.NewCopy(65535, dst_offset, src_offset, kCpl)};

  EXPECT_EQ(ch.Run(work), OkRecords(work, 0, ch.slots()));

  ExpectCopied(bench, work);
}

INSTANTIATE_TEST_SUITE_P(Some, EngineCopyLongest,
                         ::testing::Values(std::tuple(0, 0), std::tuple(1, 0),
                                           std::tuple(0, kBus - 1), std::tuple(3, 6),
                                           std::tuple(kBus - 1, kBus - 1)));

// ---- Rings ----

class EngineRingStart : public ::testing::TestWithParam<unsigned> {};

TEST_P(EngineRingStart, WrapsFromEveryIndex) {
  const unsigned start = GetParam();
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(3, 2);
  std::vector<Descriptor> before;
  for (unsigned i = 0; i < start; ++i) before.push_back(bench.NewCopy(5, i % kBus, 1, kCpl));
  EXPECT_EQ(ch.Run(before), OkRecords(before, 0, 8));

  // A full ring at once, then twice more around.
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 7 + 16; ++i)
    work.push_back(bench.NewCopy(1 + i * 3, i % kBus, (3 * i) % kBus, kCpl));
  const std::vector<Descriptor> first(work.begin(), work.begin() + 7);
  std::vector<Record> records = ch.Run(first);
  const std::vector<Record> rest = ch.Run({work.begin() + 7, work.end()});
  records.insert(records.end(), rest.begin(), rest.end());

  EXPECT_EQ(records, OkRecords(work, start, 8));
  ExpectCopied(bench, work);
  EXPECT_EQ(ch.HeadRegister(), (start + 23) % 8);
}

INSTANTIATE_TEST_SUITE_P(All, EngineRingStart, ::testing::Range(0u, 17u));

TEST(EngineRing, SmallestRingsGoAroundManyTimes) {
  EngineBench bench(StallingPort(3));
  EngineChannel& ch = bench.channel(0);
  ch.Start(2, 2);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 100; ++i)
    work.push_back(bench.NewCopy(1 + i % 40, i % kBus, (i * 5) % kBus, kCpl | kIrq));

  EXPECT_EQ(ch.Run(work), OkRecords(work, 0, 4));

  ExpectCopied(bench, work);
}

TEST(EngineRing, FullRingIsTakenWithOneDoorbell) {
  EngineBench bench(IdealPort(26));
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 63; ++i) work.push_back(bench.NewCopy(40 + i, i % kBus, 2, kCpl));

  ch.Submit(work);

  EXPECT_EQ(ch.Records(63), OkRecords(work, 0, 64));
  ExpectCopied(bench, work);
}

TEST(EngineRing, LargestRingWrapsItsIndexAt65536) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(16, 4);
  // NOPs bring head next to the end; only the last of them leaves a record.
  for (unsigned round = 0; round < 2; ++round) {
    for (unsigned i = 0; i < 32767; ++i) ch.Push(Nop(i == 32766 ? kCpl : 0));
    ch.RingDoorbell();
    ASSERT_EQ(ch.Records(1, Cycles{400'000}),
              (std::vector<Record>{{.slot = static_cast<uint16_t>(32766 + 32767 * round)}}));
    ASSERT_TRUE(bench.Settle());
    ch.SyncHead();
  }
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 10; ++i) work.push_back(bench.NewCopy(33, 1, i % kBus, kCpl));

  EXPECT_EQ(ch.Run(work), OkRecords(work, 65534, 65536));

  ExpectCopied(bench, work);
  EXPECT_EQ(ch.HeadRegister(), 8);
}

TEST(EngineRing, BothChannelsRunAtOnceWithoutMixing) {
  EngineBench bench(StallingPort(11));
  std::vector<Descriptor> work[Dut::kChannels];
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    bench.channel(c).Start(6, 6);
    for (unsigned i = 0; i < 60; ++i) {
      work[c].push_back(
          bench.NewCopy(1 + (i * 37 + c * 11) % 300, (i + c) % kBus, (i * 3) % kBus, kCpl));
    }
    bench.channel(c).Submit(work[c]);
  }

  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    EXPECT_EQ(bench.channel(c).Records(60), OkRecords(work[c], 0, 64));
    ExpectCopied(bench, work[c]);
  }
}

}  // namespace
}  // namespace tb
