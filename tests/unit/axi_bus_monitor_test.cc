// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "axi/bus_monitor.h"
#include "axi_fixture.h"

namespace tb {
namespace {

constexpr uint64_t kBase = PortBench::kBase;

struct MonitorBench : PortBench {
  explicit MonitorBench(const MemoryPortConfig& config = {})
      : PortBench(config), monitor(sim, pins) {}
  BusMonitor monitor;
};

TEST(BusMonitor, CountsBeatsBurstsAndWrittenBytes) {
  MonitorBench bench;
  bench.manager.Read(2, kBase, 4);
  bench.manager.Read(3, kBase, 1);
  bench.manager.Write(2, kBase + 3, Counting(50));

  bench.Finish();

  const BusCounts& total = bench.monitor.total();
  EXPECT_EQ(total.read_bursts(), 2u);
  EXPECT_EQ(total.write_bursts(), 1u);
  EXPECT_EQ(total[AxiChannel::kR].beats, 5u);
  EXPECT_EQ(total[AxiChannel::kW].beats, 7u);
  EXPECT_EQ(total[AxiChannel::kB].beats, 1u);
  EXPECT_EQ(total.written_bytes, 50u);
  EXPECT_EQ(bench.monitor.id(2).read_bursts, 1u);
  EXPECT_EQ(bench.monitor.id(2).read_beats, 4u);
  EXPECT_EQ(bench.monitor.id(3).read_bursts, 1u);
  EXPECT_EQ(bench.monitor.id(2).write_bursts, 1u);
}

TEST(BusMonitor, MeasuresTheLatenciesThePortWasGiven) {
  MonitorBench bench({.read_latency = Latency::Fixed(26), .write_latency = Latency::Fixed(13)});
  bench.manager.Read(0, kBase, 8);
  bench.manager.Write(0, kBase, Counting(32));

  bench.Finish();

  EXPECT_EQ(bench.monitor.read_first().least(), 26u);
  EXPECT_EQ(bench.monitor.read_first().most(), 26u);
  EXPECT_EQ(bench.monitor.read_last().most(), 33u);
  // AW and the first of four W beats in one cycle, B 13 after the last.
  EXPECT_EQ(bench.monitor.write().most(), 16u);
}

TEST(BusMonitor, TellsStallsFromMovement) {
  MonitorBench bench;
  bench.port.SetStall(AxiChannel::kW, Stall::Always());
  bench.manager.Write(0, kBase, Counting(8));
  bench.sim.Step(21);
  bench.port.SetStall(AxiChannel::kW, Stall::Never());

  bench.Finish();

  const ChannelCounts& w = bench.monitor.total()[AxiChannel::kW];
  EXPECT_EQ(w.beats, 1u);
  EXPECT_GE(w.stalls(), 20u);
}

TEST(BusMonitor, AWindowMeasuresUtilisationBetweenStartAndStop) {
  MonitorBench bench;
  for (int i = 0; i < 100; ++i) bench.manager.Read(0, kBase, 16);
  bench.sim.Step(50);

  bench.monitor.StartWindow();
  bench.sim.Step(1000);
  bench.monitor.StopWindow();
  bench.Finish();

  EXPECT_EQ(bench.monitor.window().cycles, 1000u);
  EXPECT_DOUBLE_EQ(bench.monitor.window().read_utilisation(), 1.0);
  EXPECT_DOUBLE_EQ(bench.monitor.window().write_utilisation(), 0.0);
}

TEST(BusMonitor, KnowsHowManyBurstsWereOpenAtMost) {
  MonitorBench bench({.read_latency = Latency::Fixed(50), .max_reads = 7});
  for (int i = 0; i < 20; ++i) bench.manager.Read(0, kBase, 1);
  for (int i = 0; i < 3; ++i) bench.manager.Read(2, kBase, 1);

  bench.Finish();

  // A port frees a place when it offers the last beat, one cycle before the handshake.
  EXPECT_GE(bench.monitor.most_open_reads(), 7u);
  EXPECT_LE(bench.monitor.most_open_reads(), 8u);
  EXPECT_EQ(bench.monitor.id(2).most_open_reads, 3u);
  EXPECT_EQ(bench.monitor.open_reads(), 0u);
}

TEST(BusMonitor, KeepsLatenciesRightWhenAnswersMix) {
  MonitorBench bench(
      {.read_latency = Latency::Uniform(10, 12), .ordering = Ordering::kInterleaved});
  for (unsigned i = 0; i < 200; ++i) {
    bench.manager.Read(static_cast<uint8_t>(i % 4), kBase, 1);
    bench.Finish();
  }

  EXPECT_EQ(bench.monitor.read_first().count(), 200u);
  EXPECT_EQ(bench.monitor.read_first().least(), 10u);
  EXPECT_EQ(bench.monitor.read_first().most(), 12u);
}

TEST(BusMonitor, DescribesEachChannelAndWhatIsOpen) {
  MonitorBench bench;
  bench.port.SetStall(AxiChannel::kAw, Stall::Always());
  bench.port.SilenceReads();
  bench.sim.Step();
  bench.manager.Read(3, kBase, 1);
  bench.manager.Write(0, kBase, Counting(8));
  bench.sim.Step(20);

  std::string text;
  bench.monitor.DescribeWaits(&text);

  EXPECT_THAT(text, ::testing::HasSubstr("AW: VALID waits for READY"));
  EXPECT_THAT(text, ::testing::HasSubstr("id 3 (channel 1 control): 1 reads and 0 writes open"));
}

TEST(BusMonitor, ClearKeepsWhatIsOpen) {
  MonitorBench bench({.read_latency = Latency::Fixed(50)});
  bench.manager.Read(0, kBase, 1);
  bench.sim.Step(10);

  bench.monitor.Clear();

  EXPECT_EQ(bench.monitor.total().cycles, 0u);
  EXPECT_EQ(bench.monitor.open_reads(), 1u);
  bench.Finish();
  EXPECT_EQ(bench.monitor.read_first().count(), 1u);
  EXPECT_EQ(bench.monitor.open_reads(), 0u);
}

TEST(LatencyHistogram, EveryLatencyLiesWithinTheBoundsOfItsBucket) {
  for (uint64_t cycles = 0; cycles < 20'000; ++cycles) {
    LatencyHistogram one;
    one.Add(cycles);
    unsigned bucket = 0;
    while (one.bucket(bucket) == 0) ++bucket;
    ASSERT_LE(cycles, LatencyHistogram::BucketBound(bucket));
    if (bucket > 0) {
      ASSERT_GT(cycles, LatencyHistogram::BucketBound(bucket - 1));
    }
  }
}

TEST(LatencyHistogram, PercentilesAndMean) {
  LatencyHistogram histogram;
  for (uint64_t i = 1; i <= 50; ++i) histogram.Add(i);

  EXPECT_EQ(histogram.Percentile(0.5), 25u);
  EXPECT_EQ(histogram.Percentile(1.0), 50u);
  EXPECT_DOUBLE_EQ(histogram.mean(), 25.5);
}

}  // namespace
}  // namespace tb
