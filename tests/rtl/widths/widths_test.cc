// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What every build of the engine must do, whatever its bus width, address width, burst and number
// of channels: all alignments, both kinds of descriptor fetch, every opcode, errors, random
// programs. Each executable is one build; CMakeLists.txt lists them.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "rtl/engine/random_plan.h"
#include "rtl/engine/row_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint32_t kBurst = SGDMA_WIDTHS_BURST * kBus;  // bytes of the longest burst
constexpr unsigned kAddressBits = SGDMA_WIDTHS_ADDRESS;

constexpr unsigned Log2(unsigned n) { return n <= 1 ? 0 : 1 + Log2(n / 2); }

Records OkRecords(const EngineChannel& ch, const std::vector<Descriptor>& work, unsigned slot = 0) {
  Records records;
  for (const Descriptor& d : work)
    records.push_back({.bytes = d.len, .slot = static_cast<uint16_t>(slot++ % ch.slots())});
  return records;
}

void ExpectCopied(EngineBench& bench, const std::vector<Descriptor>& work) {
  for (const Descriptor& d : work) ASSERT_EQ(bench.CheckCopy(d), "");
}

// All lengths to three bus words on a narrow bus; on a wide one those at which something changes,
// and some in between.
std::set<uint32_t> Lengths(unsigned src_offset, unsigned dst_offset) {
  std::set<uint32_t> all;
  if (kBus <= 8) {
    for (uint32_t len = 1; len <= 3 * kBus; ++len) all.insert(len);
    return all;
  }
  const unsigned pair = src_offset * kBus + dst_offset;
  all = {1 + pair % 5, 1 + pair * 7 % kBus, kBus + 1 + pair * 11 % (2 * kBus)};
  const uint32_t ends[] = {kBus - src_offset, kBus - dst_offset, 2 * kBus - dst_offset,
                           2 * kBus - src_offset + 1};
  all.insert(ends[pair % 4]);
  return all;
}

TEST(EngineWidths, IsTheBuildItSaysItIs) {
  EngineBench bench;
  const auto field = [&](uint32_t offset, uint32_t mask, unsigned shift) {
    return (bench.registers.Read(offset) & mask) >> shift;
  };
  EXPECT_EQ(field(SGDMA_GLB_CAP0, SGDMA_GLB_CAP0_CHANNELS_MASK, SGDMA_GLB_CAP0_CHANNELS_SHIFT),
            Dut::kChannels);
  EXPECT_EQ(field(SGDMA_GLB_CAP0, SGDMA_GLB_CAP0_BUS_LOG2_MASK, SGDMA_GLB_CAP0_BUS_LOG2_SHIFT),
            Log2(kBus));
  EXPECT_EQ(field(SGDMA_GLB_CAP0, SGDMA_GLB_CAP0_ADDR_WIDTH_MASK, SGDMA_GLB_CAP0_ADDR_WIDTH_SHIFT),
            kAddressBits);
  EXPECT_EQ(field(SGDMA_GLB_CAP1, SGDMA_GLB_CAP1_BURST_LOG2_MASK, SGDMA_GLB_CAP1_BURST_LOG2_SHIFT),
            Log2(SGDMA_WIDTHS_BURST));
  EXPECT_EQ(field(SGDMA_GLB_CAP3, SGDMA_GLB_CAP3_SG_PORT_MASK, SGDMA_GLB_CAP3_SG_PORT_SHIFT),
            Dut::kSgPort ? 1u : 0u);
}

// ---- COPY ----

class EngineWidthsOffsets : public ::testing::TestWithParam<bool> {};

TEST_P(EngineWidthsOffsets, CopyFromAnyToAnyIsExact) {
  for (unsigned src_offset = 0; src_offset < kBus; ++src_offset) {
    SCOPED_TRACE("source offset " + std::to_string(src_offset));
    EngineBench bench(GetParam() ? StallingPort(src_offset + 1) : IdealPort());
    EngineChannel& ch = bench.channel(src_offset % Dut::kChannels);
    ch.Start(8, 8);
    std::vector<Descriptor> work;
    for (unsigned dst_offset = 0; dst_offset < kBus; ++dst_offset) {
      for (const uint32_t len : Lengths(src_offset, dst_offset))
        work.push_back(bench.NewCopy(len, src_offset, dst_offset, kCpl));
    }

    EXPECT_EQ(ch.Run(work), OkRecords(ch, work));

    ExpectCopied(bench, work);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineWidthsOffsets, ::testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "Stalling" : "Ideal");
});

// Each side begins shortly before a page ends, and ends around a burst's length behind.
TEST(EngineWidths, CopyIsCutAtPagesAndBursts) {
  for (const uint32_t latency : {1u, 30u}) {
    EngineBench bench(IdealPort(latency));
    EngineChannel& ch = bench.channel(0);
    ch.Start(7, 7);
    std::vector<Descriptor> work;
    uint64_t page = 4;
    for (const uint32_t src : {0u, 1u, kBus, kBus + 1, kBurst}) {
      for (const uint32_t dst : {0u, kBus - 1, kBus, 2 * kBus + 3, kBurst}) {
        for (const uint32_t len : {kBurst - 1, kBurst, kBurst + 1, 2 * kBurst + kBus + 1}) {
          work.push_back(bench.CopyAt(kSourceArea + page * 4096 - src,
                                      kDestinationArea + page * 4096 - dst, len, kCpl));
          page += 4;
        }
      }
    }

    EXPECT_EQ(ch.Run(work), OkRecords(ch, work));

    ExpectCopied(bench, work);
  }
}

TEST(EngineWidths, LongestCopyIsExactAndItsBurstsAreTheLongest) {
  EngineBench bench(IdealPort(10));
  EngineChannel& ch = bench.channel(Dut::kChannels - 1);
  ch.Start(2, 2);
  const std::vector<Descriptor> work = {
      bench.CopyAt(kSourceArea + 0x40'0000, kDestinationArea + 0x40'0000, 65535, kCpl),
      bench.NewCopy(65535, kBus - 1, 1, kCpl)};
  const uint64_t before = bench.monitor.total().write_bursts();

  EXPECT_EQ(ch.Run({work[0]}), OkRecords(ch, {work[0]}));
  const unsigned record = Dut::kSgPort ? 0 : 1;
  EXPECT_EQ(bench.monitor.total().write_bursts() - before, (65535 + kBurst - 1) / kBurst + record);
  EXPECT_EQ(ch.Run({work[1]}), OkRecords(ch, {work[1]}, 1));

  ExpectCopied(bench, work);
}

// ---- Descriptors: several in a bus word, or several bus words each ----

// A fetch begins at any slot and ends at any tail; what is behind the tail must not be kept.
TEST(EngineWidths, RingIsTakenInPiecesOfAnySizeFromAnySlot) {
  for (const uint32_t latency : {1u, 20u}) {
    EngineBench bench(IdealPort(latency));
    EngineChannel& ch = bench.channel(0);
    ch.Start(3, 3);
    unsigned slot = 0;
    for (unsigned i = 0; i < 60; ++i) {
      SCOPED_TRACE("slot " + std::to_string(slot % 8) + ", piece " + std::to_string(i % 7 + 1));
      std::vector<Descriptor> work;
      for (unsigned n = 0; n <= i % 7; ++n)
        work.push_back(bench.NewCopy(5 + n, n % kBus, i % kBus, kCpl));

      ch.Submit(work);
      EXPECT_EQ(ch.Records(static_cast<unsigned>(work.size())), OkRecords(ch, work, slot));

      ExpectCopied(bench, work);
      ASSERT_TRUE(bench.Settle());
      ch.SyncHead();
      slot += static_cast<unsigned>(work.size());
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(EngineWidths, TailMayMoveWhileItsLineIsFetched) {
  EngineBench bench(IdealPort(3));
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 60; ++i) {
    work.push_back(bench.NewCopy(9 + i, i % kBus, 3 % kBus, kCpl));
    ch.Submit({work.back()});
    bench.sim.Step(i % 4);
  }

  EXPECT_EQ(ch.Records(60), OkRecords(ch, work));

  ExpectCopied(bench, work);
}

// The array begins at any entry of a 64-byte line; nothing behind its last entry may be fetched.
TEST(EngineWidths, ArraysOfAnyLengthBeginAtAnyEntryOfALine) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  uint16_t slot = 0;
  for (unsigned offset = 0; offset < 4; ++offset) {
    for (uint16_t count = 1; count <= 9; ++count) {
      SCOPED_TRACE("entry " + std::to_string(offset) + ", count " + std::to_string(count));
      const uint64_t array = kArrayArea + 0x1'0000 + 16 * offset;
      std::vector<Descriptor> entries;
      Records expected;
      for (uint16_t i = 0; i < count; ++i) {
        entries.push_back(bench.NewCopy(8u + i, i % kBus, offset, kCpl));
        expected.push_back({.bytes = 8u + i, .slot = slot, .index = i});
      }
      expected.push_back({.slot = slot});
      bench.WriteArray(array, entries);
      const auto region = bench.board.Declare("array", array, 16ull * count, Permission::kRead);

      EXPECT_EQ(ch.Run({LinkTo(array, count, kCpl)}), expected);

      ExpectCopied(bench, entries);
      bench.board.Release(region);
      slot = static_cast<uint16_t>((slot + 1) % 16);
      ASSERT_FALSE(HasFailure());
    }
  }
}

// ---- FILL, STRIDE, NOP, DIRECT, messages ----

TEST(EngineWidths, FillOfAnyLengthAtAnyOffsetIsExact) {
  EngineBench bench(StallingPort(7));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 8);
  std::vector<RowJob> jobs;
  for (unsigned offset = 0; offset < kBus; ++offset) {
    std::set<uint32_t> lengths = Lengths(offset * 3 % kBus, offset);
    lengths.insert({1, 2, 3, 4, kBus, kBurst + 1});
    for (const uint32_t len : lengths)
      jobs.push_back(make.Fill(0x44332211 + offset, {.len = len, .dst_offset = offset}));
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  for (const RowJob& job : jobs) ASSERT_EQ(make.Check(job), "");
}

TEST(EngineWidths, PairsOfAnyShapeAreExact) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  std::vector<RowJob> jobs;
  for (unsigned i = 0; i < 40; ++i) {
    const unsigned len = 1 + i * 13 % (3 * kBus);
    const auto away = static_cast<int64_t>(len + i % 5);
    const RowMaker::Shape shape = {.rows = 1 + i % 6,
                                   .len = len,
                                   .src_stride = (i % 3 == 0 ? -1 : 1) * int64_t{i},
                                   .dst_stride = i % 2 == 0 ? away : -away,
                                   .src_offset = i * 5 % kBus,
                                   .dst_offset = i * 3 % kBus};
    jobs.push_back(i % 4 == 3 ? make.FillPair(0xA1B2C3D4, shape) : make.Pair(shape));
  }

  EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));

  for (const RowJob& job : jobs) ASSERT_EQ(make.Check(job), "");
}

TEST(EngineWidths, DirectCopyNeedsNoRing) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(Dut::kChannels - 1);
  ch.Start(0, 0);
  const Descriptor copy = bench.NewCopy(300, 3, 2);
  const Entry raw = copy.Encode();

  for (unsigned word = 0; word < 4; ++word) {
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) value |= uint32_t{raw[4 * word + i]} << (8 * i);
    ch.Write(SGDMA_CH_DIRECT0 + 4 * word, value);
  }

  ASSERT_TRUE(bench.sim.RunUntil([&] { return bench.dut.irq() >> ch.number() != 0; }, Cycles{900}));
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
  EXPECT_EQ(bench.CheckCopy(copy), "");
}

// The four bytes and no others, whatever lane they are in; the scoreboard sees any other.
TEST(EngineWidths, MessageGoesToAnyWordOfALine) {
  for (uint64_t offset = 0; offset < 64; offset += 4) {
    const uint64_t mailbox = kDestinationArea + 0x1'0000 + offset;
    EngineBench bench;
    bench.board.Declare("mailbox", mailbox, 4, Permission::kWrite);
    EngineChannel& ch = bench.channel(0);
    ch.WriteGlobal(SGDMA_GLB_CH_MSG_ADDR_LO, static_cast<uint32_t>(mailbox));
    ch.WriteGlobal(SGDMA_GLB_CH_MSG_DATA, 0xC0FFEE11);
    ch.Start(4, 4);

    ch.Run({Nop(kIrq)});

    const auto came = [&] { return bench.memory.Load<uint32_t>(mailbox) == 0xC0FFEE11; };
    EXPECT_TRUE(bench.sim.RunUntil(came, Cycles{100})) << offset;
  }
}

// ---- Speed ----

// Bus utilisation of many copies without records, over the middle half of them.
double Utilisation(uint32_t len, unsigned src_offset, unsigned dst_offset, uint32_t latency) {
  const unsigned count = latency > 100 ? 3000 : 600;
  EngineBench bench(IdealPort(latency));
  EngineChannel& ch = bench.channel(0);
  ch.Start(12, 0);
  for (unsigned i = 0; i < count; ++i) ch.Push(bench.NewCopy(len, src_offset, dst_offset));
  const auto written = [&] { return bench.monitor.total().written_bytes; };
  ch.RingDoorbell();
  bench.sim.RunUntil([&] { return written() >= count / 4 * len; }, Cycles{200'000});
  const uint64_t cycle = bench.sim.now();
  const uint64_t bytes = written();
  bench.sim.RunUntil([&] { return written() >= count / 4 * 3 * len; }, Cycles{200'000});
  return static_cast<double>(written() - bytes) / static_cast<double>(bench.sim.now() - cycle) /
         kBus;
}

// R carries the source's words and the descriptor, if that has no port of its own; W the
// destination's words.
double Limit(uint32_t len, unsigned src_offset, unsigned dst_offset) {
  const auto words = [&](unsigned offset) { return (offset + len + kBus - 1) / kBus * kBus; };
  const double descriptor = Dut::kSgPort ? 0.0 : 16.0;
  return static_cast<double>(len) /
         std::max(words(src_offset) + descriptor, 1.0 * words(dst_offset));
}

#if SGDMA_OUTSTANDING >= 32
TEST(EngineWidths, CopiesOfAnyAlignmentRunAtTheLimit) {
  for (const uint32_t len : {64u, 256u}) {
    for (const unsigned src_offset : {0u, 1u, kBus - 1}) {
      for (const unsigned dst_offset : {0u, 1u, 2u, kBus - 1}) {
        EXPECT_GE(Utilisation(len, src_offset, dst_offset, 1),
                  0.97 * Limit(len, src_offset, dst_offset))
            << len << " bytes from offset " << src_offset << " to " << dst_offset;
      }
    }
  }
}
#endif

// With windows and queues for it a latency of 200 cycles costs nothing: on 512 bits 0.44
// descriptors a cycle, so 90 of them on the way in and 180 between first read and last B.
#if SGDMA_OUTSTANDING >= 256
TEST(EngineWidths, LongLatencyIsCoveredByDeepQueues) {
  EXPECT_GE(Utilisation(64, 3, 5, 200), 0.97 * Limit(64, 3, 5));
}
#endif

// ---- Addresses ----

TEST(EngineWidths, AddressesUpToTheWidthAreTakenAndNoneAbove) {
  constexpr uint64_t kTop = uint64_t{1} << kAddressBits;
  for (const bool source : {false, true}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    bench.memory.AddRam(kTop - 4096, 4096);
    const Descriptor last = bench.CopyAt(source ? kTop - 100 : kSourceArea,
                                         source ? kDestinationArea : kTop - 100, 100, kCpl);
    Descriptor beyond = last;  // begins below the top and ends behind it
    (source ? beyond.src : beyond.dst) += 1;

    EXPECT_EQ(ch.Run({last}), OkRecords(ch, {last}));
    ch.Submit({beyond});

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(ch.TakeRecords(), (Records{{.slot = 1,
                                          .fault = ch.SlotAddress(1),
                                          .status = Status::kBadAddress,
                                          .where = Where::kDescriptor}}));
    EXPECT_EQ(bench.CheckCopy(last), "");
  }
  for (unsigned bit = kAddressBits; bit < 48; ++bit) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    Descriptor bad = bench.NewCopy(64, 0, 0, kCpl);
    (bit % 2 == 0 ? bad.src : bad.dst) |= uint64_t{1} << bit;
    ch.Submit({bad});
    ASSERT_TRUE(ch.WaitRecords(1)) << bit;
    EXPECT_EQ(ch.TakeRecords()[0].status, Status::kBadAddress) << bit;
  }
}

// ---- All channels ----

TEST(EngineWidths, AllChannelsRunAtOnceWithoutMixing) {
  EngineBench bench(StallingPort(11));
  std::vector<std::vector<Descriptor>> work(Dut::kChannels);
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    bench.channel(c).Start(5, 5);
    for (unsigned i = 0; i < 30; ++i) {
      work[c].push_back(bench.NewCopy(1 + (i * 37 + c * 11) % (4 * kBus + 200), (i + c) % kBus,
                                      i * 3 % kBus, kCpl));
    }
    bench.channel(c).Submit(work[c]);
  }

  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    EXPECT_EQ(bench.channel(c).Records(30), OkRecords(bench.channel(c), work[c]));
    ExpectCopied(bench, work[c]);
  }
}

// ---- Random programs ----

TEST(EngineWidths, GoodProgramsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("good programs", [] { PlayRandomPlan(false); }));
}

// The plans know where write bursts begin for bursts of 16 beats only.
#if SGDMA_WIDTHS_BURST == 16
TEST(EngineWidths, ProgramsWithErrorsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("programs with errors", [] { PlayRandomPlan(true); }));
}
#endif

}  // namespace
}  // namespace tb
