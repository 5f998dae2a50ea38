// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Event counters against what the pins and the records show.

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

constexpr unsigned kBus = Dut::kDataBytes;

uint64_t Pair(EngineChannel& ch, uint32_t low) {
  const uint64_t value = ch.Read(low);
  return value | uint64_t{ch.Read(low + 4)} << 32;
}
uint64_t Bytes(EngineChannel& ch) { return Pair(ch, SGDMA_CH_CNT_BYTES_LO); }
uint64_t Busy(EngineChannel& ch) { return Pair(ch, SGDMA_CH_CNT_BUSY_LO); }

// Cycles in which addresses, or data, of each channel were refused.
class StallWatch final : public Model {
 public:
  explicit StallWatch(EngineBench& bench) : bench_(bench) { bench_.sim.Add(*this); }
  ~StallWatch() override { bench_.sim.Remove(*this); }
  void Sample() override {
    const AxiPins& pins = bench_.dut.m_axi();
    // A burst's address and its first beat come together.
    if (pins.aw.valid != 0 && !aw_seen_) writer_ = pins.aw.id / 2;
    aw_seen_ = pins.aw.valid != 0 && pins.aw.ready == 0;
    if (pins.ar.valid != 0 && pins.ar.ready == 0) ++reads[pins.ar.id / 2];
    const bool aw = pins.aw.valid != 0 && pins.aw.ready == 0;
    const bool w = pins.w.valid != 0 && pins.w.ready == 0;
    if (aw || w) ++writes[writer_];
  }
  void Drive() override {}

  std::array<uint32_t, Dut::kChannels> reads{};
  std::array<uint32_t, Dut::kChannels> writes{};

 private:
  EngineBench& bench_;
  unsigned writer_ = 0;
  bool aw_seen_ = false;
};

std::vector<Descriptor> SomeWork(EngineBench& bench, unsigned count) {
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < count; ++i) {
    work.push_back(bench.NewCopy(1 + i * 37 % 700, i % kBus, i * 3 % kBus, i % 3 == 0 ? kCpl : 0));
    if (i % 5 == 0) work.push_back(Nop(kCpl));
    if (i % 7 == 0)
      work.push_back(FillOf(0, bench.NewTarget(std::vector<uint8_t>(100, 0), 3), 100));
  }
  return work;
}

TEST(EngineCounters, AreNamedInTheCapabilities) {
  EngineBench bench;
  EXPECT_NE(bench.channel(0).Read(SGDMA_CH_CAP3) & SGDMA_CH_CAP3_COUNTERS_MASK, 0u);
}

TEST(EngineCounters, BytesAndDescriptorsAreThoseOfTheBus) {
  for (const bool stalling : {false, true}) {
    EngineBench bench(stalling ? StallingPort(3) : IdealPort(7));
    EngineChannel& ch = bench.channel(0);
    ch.Start(8, 8);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 60; ++i) {
      work.push_back(
          bench.NewCopy(1 + i * 37 % 700, i % kBus, i * 3 % kBus, i % 3 == 0 ? kCpl : 0));
      if (i % 5 == 0) work.push_back(Nop(kCpl));
    }
    const uint64_t array = bench.NewArray({bench.NewCopy(99), bench.NewCopy(5)});
    work.push_back(LinkTo(array, 2, kCpl));

    const Records records = ch.Run(work);
    ASSERT_TRUE(bench.Settle());

    EXPECT_EQ(Bytes(ch), bench.monitor.total().written_bytes - 16 * records.size());
    EXPECT_EQ(ch.Read(SGDMA_CH_CNT_DESCS), work.size() + 2);
    EXPECT_EQ(ch.Read(SGDMA_CH_CNT_ERRORS), 0u);
  }
}

TEST(EngineCounters, StallsAreTheCyclesAPinOfTheChannelWasRefused) {
  EngineBench bench(StallingPort(5));
  StallWatch watch(bench);
  std::vector<std::vector<Descriptor>> work(Dut::kChannels);
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    bench.channel(c).Start(7, 7);
    for (unsigned i = 0; i < 40 + 10 * c; ++i)
      work[c].push_back(bench.NewCopy(1 + i * 53 % 500, i % kBus, c, kCpl));
    bench.channel(c).Submit(work[c]);
  }
  for (unsigned c = 0; c < Dut::kChannels; ++c)
    ASSERT_EQ(bench.channel(c).Records(40 + 10 * c).size(), work[c].size());
  ASSERT_TRUE(bench.Settle());

  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    EXPECT_GT(watch.reads[c], 20u);
    EXPECT_GT(watch.writes[c], 20u);
    EXPECT_EQ(bench.channel(c).Read(SGDMA_CH_CNT_RD_STALL), watch.reads[c]) << c;
    EXPECT_EQ(bench.channel(c).Read(SGDMA_CH_CNT_WR_STALL), watch.writes[c]) << c;
  }
}

TEST(EngineCounters, APortThatTakesAllHasNoStalls) {
  EngineBench bench(IdealPort(20));
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 8);

  ch.Run(SomeWork(bench, 50));

  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_RD_STALL), 0u);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_WR_STALL), 0u);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_STREAM_STALL), 0u);
}

// From the cycle behind the doorbell to the last B: at least what is open on the bus.
TEST(EngineCounters, BusyIsWhatLiesBetweenDoorbellAndLastAnswer) {
  for (const uint32_t latency : {1u, 40u}) {
    EngineBench bench(IdealPort(latency));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    EXPECT_EQ(Busy(ch), 0u) << "an empty ring is no work";
    uint64_t open = 0;
    ch.Submit({bench.NewCopy(300, 1, 2, kCpl)});
    const auto last = [&] { return bench.monitor.total()[AxiChannel::kB].beats > 3; };
    const uint64_t begin = bench.sim.now();
    ASSERT_TRUE(bench.sim.RunUntil(
        [&] {
          open += bench.monitor.open_reads() + bench.monitor.open_writes() > 0 ? 1 : 0;
          return last();
        },
        Cycles{5000}));
    const uint64_t took = bench.sim.now() - begin;

    const uint64_t busy = Busy(ch);
    EXPECT_GE(busy, open);
    EXPECT_LE(busy, took + 12);  // the doorbell's own cycles, and the account behind the last B
    bench.sim.Step(500);
    EXPECT_EQ(Busy(ch), busy) << "at rest";
    ch.Give(Command::kPause);
    bench.sim.Step(500);
    EXPECT_EQ(Busy(ch), busy) << "paused";
  }
}

TEST(EngineCounters, BusyGoesOnWhileARecordWaitsForSoftware) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 2);
  std::vector<Descriptor> work(5, Nop(kCpl));
  ch.Submit(work);
  ASSERT_TRUE(ch.WaitRecords(3));
  bench.sim.Step(100);
  const uint64_t before = Busy(ch);
  const uint64_t from = bench.sim.now();
  bench.sim.Step(1000);

  EXPECT_NEAR(static_cast<double>(Busy(ch) - before), static_cast<double>(bench.sim.now() - from),
              12);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_DESCS), 3u);
  EXPECT_EQ(ch.Records(5).size(), 5u);
}

// What an idle channel waits for its first descriptor, once; with more of them behind it no more.
TEST(EngineCounters, StarvationIsTheLatencyOfAFetchNothingHides) {
  const auto starved = [](uint32_t latency, unsigned count) {
    EngineBench bench(IdealPort(latency));
    EngineChannel& ch = bench.channel(0);
    ch.Start(8, 8);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < count; ++i) work.push_back(bench.NewCopy(256));
    ch.Submit(work);
    bench.Settle();
    const uint32_t value = ch.Read(SGDMA_CH_CNT_STARVE);
    EXPECT_TRUE(bench.Settle());
    EXPECT_EQ(ch.Read(SGDMA_CH_CNT_STARVE), value) << "an empty ring does not starve";
    return value;
  };
  const uint32_t fast = starved(1, 1);
  EXPECT_LE(fast, 8u);
  EXPECT_EQ(starved(101, 1), fast + 100);
  EXPECT_EQ(starved(101, 100), starved(101, 4));
}

TEST(EngineCounters, ErrorsStayWhenTheErrorRegistersAreCleared) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
  ch.Start(6, 6);
  ch.Write(SGDMA_CH_POLICY, 1);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 12; ++i) {
    work.push_back(bench.NewCopy(64, 0, 0, kCpl));
    if (i % 3 == 0) work.back().len = 0;
  }

  ch.Run(work);
  ASSERT_EQ(ch.error_count(), 4u);
  ch.Write(SGDMA_CH_ERR_CTRL, SGDMA_CH_ERR_CTRL_VALID_MASK);

  EXPECT_EQ(ch.error_count(), 0u);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_ERRORS), 4u);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_DESCS), 12u);
  EXPECT_EQ(Bytes(ch), 8u * 64u);
}

// What is proven counts, also of a copy that fails; and again when it runs again.
TEST(EngineCounters, BytesAreTheSumOfTheRecordsAlsoAcrossRetry) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(4000, 0, 0, kCpl);
  bench.port.AddError({copy.src + 1000, 1, AxiResp::kSlvErr, true, false});
  ch.Submit({copy, bench.NewCopy(500, 0, 0, kCpl)});
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  Records records = ch.TakeRecords();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(Bytes(ch), records[0].bytes);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_DESCS), 1u);

  bench.port.ClearErrors();
  ch.Give(Command::kRetry);
  ASSERT_EQ(ch.Records(2).size(), 2u);

  EXPECT_EQ(Bytes(ch), records[0].bytes + 4000u + 500u);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_DESCS), 3u);
}

TEST(EngineCounters, BytesOfStreamsCountToo) {
  EngineBench bench(IdealPort(3));
  bench.AddSink(0, {.seed = 5, .stall = Stall::Random(0.5)});
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const uint64_t src = bench.NewSource(1000, 3);

  ch.Run({SendOf(src, 1000, kCpl | kEop)});

  EXPECT_EQ(Bytes(ch), 1000u);
  EXPECT_GT(ch.Read(SGDMA_CH_CNT_STREAM_STALL), 20u);
}

TEST(EngineCounters, BelongToTheirChannelAndBeginAnewWithItsReset) {
  EngineBench bench(StallingPort(9));
  EngineChannel& ch = bench.channel(Dut::kChannels - 1);
  ch.Start(8, 8);
  ch.Run(SomeWork(bench, 30));
  ASSERT_TRUE(bench.Settle());
  for (const uint32_t word : {SGDMA_CH_CNT_BYTES_LO, SGDMA_CH_CNT_BUSY_LO, SGDMA_CH_CNT_DESCS,
                              SGDMA_CH_CNT_RD_STALL, SGDMA_CH_CNT_WR_STALL, SGDMA_CH_CNT_STARVE}) {
    EXPECT_NE(ch.Read(word), 0u) << std::hex << word;
  }
  for (unsigned c = 0; c + 1 < Dut::kChannels; ++c) {
    for (uint32_t word = SGDMA_CH_CNT_BYTES_LO; word <= SGDMA_CH_CNT_ERRORS; word += 4)
      EXPECT_EQ(bench.channel(c).Read(word), 0u) << c << " " << std::hex << word;
  }

  ch.Reset();

  for (uint32_t word = SGDMA_CH_CNT_BYTES_LO; word <= SGDMA_CH_CNT_ERRORS; word += 4)
    EXPECT_EQ(ch.Read(word), 0u) << std::hex << word;
}

}  // namespace
}  // namespace tb
