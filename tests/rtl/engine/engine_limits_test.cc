// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The limits of the contract's section 5: cycles from handshake to VALID, bubbles, bus utilisation.
// And what a port may do to the engine without hurting it: starved channels, coupled AW and W, long
// stalls (fault-cases C1-C4, C7).

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "sim/random.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;

// First cycle of each kind of event since Clear(); a cycle counts from before its rising edge.
class EventLog final : public Model {
 public:
  EventLog(Simulation& sim, const AxiPins& pins, const LitePins& lite)
      : sim_(sim), pins_(pins), lite_(lite) {
    sim_.Add(*this);
  }
  ~EventLog() override { sim_.Remove(*this); }

  struct Events {
    std::optional<uint64_t>
        register_write;                   // last of the handshakes of AW and W of a register write
    std::optional<uint64_t> fetch_valid;  // ARVALID of a descriptor
    std::optional<uint64_t> fetch_last;   // last R beat of it
    std::optional<uint64_t> read_valid;   // ARVALID of data
    std::optional<uint64_t> read_last;    // last R beat of data
    std::optional<uint64_t> write_aw;     // AWVALID of data
    std::optional<uint64_t> write_w;      // WVALID
    std::optional<uint64_t> write_b;      // B
    std::optional<uint64_t> record_aw;    // AWVALID of a record
  };
  Events events;

  void Sample() override {
    const uint64_t now = sim_.now();
    const auto first = [&](std::optional<uint64_t>& event, bool happens) {
      if (happens && !event) event = now;
    };
    const auto latest = [&](std::optional<uint64_t>& event, bool happens) {
      if (happens) event = now;
    };
    latest(events.register_write, lite_.aw.Fires() || lite_.w.Fires());
    first(events.fetch_valid, pins_.ar.valid && (pins_.ar.id & 1) == 1);
    first(events.fetch_last, pins_.r.Fires() && pins_.r.last && (pins_.r.id & 1) == 1);
    first(events.read_valid, pins_.ar.valid && (pins_.ar.id & 1) == 0);
    first(events.read_last, pins_.r.Fires() && pins_.r.last && (pins_.r.id & 1) == 0);
    first(events.write_aw, pins_.aw.valid && (pins_.aw.id & 1) == 0);
    first(events.write_w, pins_.w.valid);
    first(events.write_b, pins_.b.Fires() && (pins_.b.id & 1) == 0);
    first(events.record_aw, pins_.aw.valid && (pins_.aw.id & 1) == 1);
  }
  void Drive() override {}

 private:
  Simulation& sim_;
  const AxiPins& pins_;
  const LitePins& lite_;
};

// One burst of one descriptor on an idle port, for every alignment of a short one.
TEST(EngineLatency, FromHandshakeToValidIsAtMostTwoCycles) {
  constexpr uint64_t kMost = kBus > 16 || Dut::kChannels > 4 ? 3 : 2;
  for (const uint32_t latency : {1u, 7u}) {
    for (unsigned src = 0; src < kBus; ++src) {
      for (unsigned dst = 0; dst < kBus; ++dst) {
        for (const unsigned len : {1u, kBus, 5 * kBus}) {
          SCOPED_TRACE(std::to_string(len) + " bytes, " + std::to_string(src) + " to " +
                       std::to_string(dst));
          EngineBench bench(IdealPort(latency));
          EngineChannel& ch = bench.channel(0);
          ch.Start(4, 4);
          ch.Push(bench.NewCopy(len, src, dst, kCpl));
          bench.sim.Step(20);
          EventLog log(bench.sim, bench.dut.m_axi(), bench.dut.s_axil());

          ch.RingDoorbell();
          ASSERT_TRUE(ch.WaitRecords(1));

          const EventLog::Events& e = log.events;
          ASSERT_TRUE(e.register_write && e.fetch_last && e.read_last && e.write_b && e.record_aw);
          EXPECT_LE(*e.fetch_valid - *e.register_write, kMost)
              << "tail write to descriptor ARVALID";
          EXPECT_LE(*e.read_valid - *e.fetch_last, kMost) << "descriptor to data ARVALID";
          EXPECT_LE(*e.write_aw - *e.read_last, kMost) << "last R beat to AWVALID";
          EXPECT_LE(*e.write_w - *e.read_last, kMost) << "last R beat to WVALID";
          EXPECT_LE(*e.record_aw - *e.write_b, kMost) << "last B to record AWVALID";
          if (::testing::Test::HasFailure()) return;
        }
      }
    }
  }
}

// ---- Utilisation ----

// Counts bytes of data (not records) as they are written.
class DataBytes final : public Model {
 public:
  DataBytes(Simulation& sim, const AxiPins& pins) : sim_(sim), pins_(pins) { sim_.Add(*this); }
  ~DataBytes() override { sim_.Remove(*this); }

  uint64_t bytes() const { return bytes_; }
  void Sample() override {
    if (pins_.aw.Fires()) record_.push_back((pins_.aw.id & 1) == 1);
    if (!pins_.w.Fires()) return;
    // AW is never later than its first W beat here.
    if (at_ < record_.size() && !record_[at_])
      bytes_ += static_cast<unsigned>(__builtin_popcountll(pins_.w.strb));
    if (pins_.w.last) ++at_;
  }
  void Drive() override {}

 private:
  Simulation& sim_;
  const AxiPins& pins_;
  std::vector<bool> record_;
  size_t at_ = 0;
  uint64_t bytes_ = 0;
};

struct Load {
  uint32_t bytes;
  uint32_t latency;
  bool cpl;
  bool aligned;
};

// Scattered buffers; the middle half of the run is measured. Fraction of the bus used.
double Utilisation(const Load& load, unsigned channels, double* limit) {
  EngineBench bench(IdealPort(load.latency));
  Random random(load.bytes * 31 + load.latency);
  const uint32_t count = std::clamp<uint32_t>(120'000 / load.bytes, 200, 3000);
  const unsigned src_lane = load.aligned ? 0 : 3 % kBus;
  const unsigned dst_lane = load.aligned ? 0 : 6 % kBus;
  bench.board.Declare("sources", kSourceArea, kAreaBytes, Permission::kRead);
  bench.board.Declare("destinations", kDestinationArea, kAreaBytes, Permission::kWrite);
  for (unsigned c = 0; c < channels; ++c) {
    EngineChannel& ch = bench.channel(c);
    ch.Start(13, 13);
    for (uint32_t i = 0; i < count / channels; ++i) {
      const uint64_t span = (load.bytes + 64) / 64 * 64 + 64;
      const uint64_t from = kSourceArea + random.Below(kAreaBytes / 8192) * 8192 +
                            random.Below(std::max<uint64_t>(1, 4096 / span)) * span;
      const uint64_t to = kDestinationArea + random.Below(kAreaBytes / 8192) * 8192;
      ch.Push(CopyOf(from + src_lane, to + dst_lane, static_cast<uint16_t>(load.bytes),
                     load.cpl ? kCpl : 0));
    }
  }
  const double total = static_cast<double>(load.bytes) * (count / channels) * channels;
  DataBytes data(bench.sim, bench.dut.m_axi());
  for (unsigned c = 0; c < channels; ++c) bench.channel(c).RingDoorbell();
  bench.sim.RunUntil([&] { return static_cast<double>(data.bytes()) >= total / 4; },
                     Cycles{500'000});
  const uint64_t from_cycle = bench.sim.now();
  const uint64_t from_bytes = data.bytes();
  bench.sim.RunUntil([&] { return static_cast<double>(data.bytes()) >= total * 3 / 4; },
                     Cycles{500'000});
  const double used = static_cast<double>(data.bytes() - from_bytes) /
                      (static_cast<double>(bench.sim.now() - from_cycle) * kBus);

  const double n = load.bytes;
  const double w = kBus;
  const double rb = (src_lane + load.bytes + kBus - 1) / kBus;
  const double wb = (dst_lane + load.bytes + kBus - 1) / kBus;
  *limit = n / (w * rb + 16);
  if (load.cpl) *limit = std::min(*limit, n / (w * wb + std::max(16.0, w)));
  return used;
}

using LoadParam = std::tuple<uint32_t, uint32_t, bool, bool>;

class EngineUtilisation : public ::testing::TestWithParam<LoadParam> {};

TEST_P(EngineUtilisation, ReachesTheLimit) {
  const auto [bytes, latency, cpl, aligned] = GetParam();
  double limit = 0;

  const double used = Utilisation({bytes, latency, cpl, aligned}, 1, &limit);

  EXPECT_GE(used, 0.97 * limit) << used << " of " << limit;
  EXPECT_LE(used, 1.01 * limit) << "more than possible: the measurement is wrong";
}

std::string LoadName(const ::testing::TestParamInfo<LoadParam>& info) {
  return std::to_string(std::get<0>(info.param)) + "BytesLatency" +
         std::to_string(std::get<1>(info.param)) + (std::get<2>(info.param) ? "Cpl" : "") +
         (std::get<3>(info.param) ? "Aligned" : "Unaligned");
}

INSTANTIATE_TEST_SUITE_P(ShortLatency, EngineUtilisation,
                         ::testing::Combine(::testing::Values(8, 16, 32, 64, 256, 1024, 4096),
                                            ::testing::Values(1, 26), ::testing::Bool(),
                                            ::testing::Bool()),
                         LoadName);
INSTANTIATE_TEST_SUITE_P(LongLatency, EngineUtilisation,
                         ::testing::Combine(::testing::Values(64, 256, 1024, 4096),
                                            ::testing::Values(200), ::testing::Bool(),
                                            ::testing::Bool()),
                         LoadName);

// Two or more busy channels: the same total.
TEST(EngineUtilisationShared, AllChannelsTogetherReachTheLimitOfOne) {
  for (const uint32_t bytes : {16u, 64u, 1024u}) {
    for (const uint32_t latency : {1u, 26u}) {
      double limit = 0;
      const double used = Utilisation({bytes, latency, false, true}, Dut::kChannels, &limit);
      EXPECT_GE(used, 0.97 * limit) << bytes << " bytes, latency " << latency;
    }
  }
}

// No bubble inside an array: the same formula, and lists side by side do not pay.
TEST(EngineUtilisationLists, ArraysRunAtTheRateOfTheRing) {
  for (const uint16_t entries : {256, 16}) {
    EngineBench bench(IdealPort(26));
    EngineChannel& ch = bench.channel(0);
    ch.Start(8, 4);
    constexpr uint32_t kBytes = 64;
    constexpr unsigned kTotal = 2048;
    bench.board.Declare("sources", kSourceArea, kAreaBytes, Permission::kRead);
    bench.board.Declare("destinations", kDestinationArea, kAreaBytes, Permission::kWrite);
    for (unsigned list = 0; list < kTotal / entries; ++list) {
      std::vector<Descriptor> array;
      for (unsigned i = 0; i < entries; ++i) {
        const uint64_t at = (uint64_t{list} * entries + i) * 256;
        array.push_back(CopyOf(kSourceArea + at, kDestinationArea + at, kBytes));
      }
      ch.Push(LinkTo(bench.NewArray(array), entries));
    }
    DataBytes data(bench.sim, bench.dut.m_axi());
    ch.RingDoorbell();
    bench.sim.RunUntil([&] { return data.bytes() >= kTotal * kBytes / 4; }, Cycles{200'000});
    const uint64_t from = bench.sim.now();
    bench.sim.RunUntil([&] { return data.bytes() >= kTotal * kBytes * 3 / 4; }, Cycles{200'000});
    const double used =
        kTotal * kBytes / 2.0 / (static_cast<double>(bench.sim.now() - from) * kBus);
    // Each list costs a LINK of its own: 16 bytes more. Between lists one memory latency may pass.
    const double cycles = entries * (kBytes + 16.0) / kBus + 16.0 / kBus;
    const double limit = entries * kBytes / (kBus * (cycles + (entries < 256 ? 26 + 4 : 0)));
    EXPECT_GE(used, 0.97 * limit) << "lists of " << entries;
  }
}

// W never waits, no bubble inside a burst or between bursts: full rate once the first word is out.
TEST(EngineBubbles, LongCopyWritesInEveryCycle) {
  EngineBench bench(IdealPort(26));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  ch.Submit({bench.NewCopy(32768, 0, 0), bench.NewCopy(32768, 3, 5)});
  bench.sim.RunUntil([&] { return bench.monitor.total()[AxiChannel::kW].beats >= 300; },
                     Cycles{2000});
  bench.monitor.StartWindow();
  bench.sim.Step(7000);
  bench.monitor.StopWindow();

  // Two descriptor words, and at the seam of two pages a word on each side, are all that may be
  // missing.
  EXPECT_GE(bench.monitor.window().write_utilisation(), 0.995);
  EXPECT_TRUE(bench.Settle());
}

// First payload of an idle channel: delayed by at most one fetch burst of 4 descriptors of the
// other one.
TEST(EngineLatency, FirstPayloadIsNotHeldUpByALongQueue) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 4);
  for (unsigned i = 0; i < 200; ++i) ch.Push(bench.NewCopy(64));
  bench.sim.Step(20);
  EventLog log(bench.sim, bench.dut.m_axi(), bench.dut.s_axil());
  ch.RingDoorbell();
  EXPECT_TRUE(bench.Settle());

  // Doorbell to ARVALID, memory, one fetch of 4 descriptors, the next AR.
  const uint64_t fetch = 4 * 16 / std::min(kBus, 64u);
  EXPECT_LE(*log.events.read_valid - *log.events.fetch_valid, 1 + fetch + 2);
}

// A channel whose answers do not come does not slow the other one down.
TEST(EngineChannels, StarvedOneDoesNotSlowTheOther) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  std::vector<uint64_t> cycles;
  for (const bool starved : {false, true}) {
    EngineBench bench(IdealPort(10));
    EngineChannel& ch = bench.channel(0);
    EngineChannel& other = bench.channel(1);
    ch.Start(6, 6);
    other.Start(6, 6);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 40; ++i) work.push_back(bench.NewCopy(100, 1, 2, kCpl));
    if (starved) {
      bench.port.SilenceReads(ChannelIds(1) & kDataIds);
      other.Submit({bench.NewCopy(5000, 0, 0), bench.NewCopy(5000, 0, 0)});
      bench.sim.Step(300);
    }
    const uint64_t from = bench.sim.now();
    ch.Submit(work);
    ASSERT_TRUE(ch.WaitRecords(40));
    cycles.push_back(bench.sim.now() - from);
    ch.TakeRecords();
    for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
    bench.AnswerAll();
  }
  EXPECT_LE(cycles[1], cycles[0] + 20);
}

// ---- Ports that are hard to live with ----

struct HardPort {
  std::string name;
  MemoryPortConfig config;
};

std::vector<HardPort> HardPorts() {
  std::vector<HardPort> ports;
  const auto add = [&](const std::string& name, const MemoryPortConfig& config) {
    ports.push_back({name, config});
  };
  for (const unsigned percent : {1u, 50u, 99u}) {
    const Stall stall = Stall::Random(percent / 100.0);
    add("Ar" + std::to_string(percent), {.stall_ar = stall});
    add("R" + std::to_string(percent), {.stall_r = stall});
    add("Aw" + std::to_string(percent), {.stall_aw = stall});
    add("W" + std::to_string(percent), {.stall_w = stall});
    add("B" + std::to_string(percent), {.stall_b = stall});
  }
  add("AwOnlyAfterWValid", {.coupling = WriteCoupling::kAwAfterWValid});
  add("AwOnlyAfterLastW", {.coupling = WriteCoupling::kAwAfterLastW});
  add("WOnlyAfterAw", {.coupling = WriteCoupling::kWAfterAw, .stall_aw = Stall::Random(0.6)});
  add("WLongBeforeAw", {.stall_aw = Stall::Bursts(0.9, 20, 60)});
  add("Reordered", {.read_latency = Latency::Uniform(1, 80),
                    .write_latency = Latency::Uniform(1, 80),
                    .ordering = Ordering::kReordered});
  add("Interleaved", {.read_latency = Latency::Uniform(1, 80),
                      .write_latency = Latency::Uniform(1, 80),
                      .ordering = Ordering::kInterleaved});
  add("DramRows",
      {.read_latency = Latency::DramRows(12, 45), .write_latency = Latency::DramRows(12, 45)});
  add("Stall1000InMidBurst",
      {.stall_r = Stall::Bursts(0.003, 1000, 1000), .stall_w = Stall::Bursts(0.003, 1000, 1000)});
  add("OneAtATime", {.max_reads = 1, .max_writes = 1});
  add("HalfBandwidth", {.bandwidth = 0.5});
  return ports;
}

class EngineHardPort : public ::testing::TestWithParam<HardPort> {};

TEST_P(EngineHardPort, DataAndRecordsAreExact) {
  MemoryPortConfig config = GetParam().config;
  config.seed = 5;
  EngineBench bench(config);
  std::vector<Descriptor> work[Dut::kChannels];
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    bench.channel(c).Start(6, 6);
    for (unsigned i = 0; i < 24; ++i) {
      work[c].push_back(
          bench.NewCopy(1 + (i * i * 13 + c * 7) % 400, (i + c) % 8, (i * 3) % 8, kCpl));
    }
    bench.channel(c).Submit(work[c]);
  }
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    const std::vector<Record> records = bench.channel(c).Records(24, Cycles{300'000});
    ASSERT_EQ(records.size(), 24u);
    for (unsigned i = 0; i < 24; ++i) {
      EXPECT_EQ(records[i], (Record{.bytes = work[c][i].len, .slot = static_cast<uint16_t>(i)}));
      EXPECT_EQ(bench.CheckCopy(work[c][i]), "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineHardPort, ::testing::ValuesIn(HardPorts()),
                         [](const auto& info) { return info.param.name; });

// Never is for ever: nothing is lost when it ends.
class EngineSilentChannel : public ::testing::TestWithParam<AxiChannel> {};

TEST_P(EngineSilentChannel, HoldsTheChannelAndLosesNothing) {
  EngineBench bench(IdealPort(3));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const std::vector<Descriptor> work = {bench.NewCopy(300, 1, 2, kCpl),
                                        bench.NewCopy(5, 3, 3, kCpl)};
  bench.port.SetStall(GetParam(), Stall::Always());
  ch.Submit(work);
  bench.sim.Step(3000);
  EXPECT_FALSE(ch.RecordThere());
  EXPECT_EQ(ch.state(), State::kRun);
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 0u);

  bench.port.SetStall(GetParam(), Stall::Never());

  EXPECT_EQ(ch.Records(2).size(), 2u);
  for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
}

INSTANTIATE_TEST_SUITE_P(All, EngineSilentChannel,
                         ::testing::Values(AxiChannel::kAr, AxiChannel::kR, AxiChannel::kAw,
                                           AxiChannel::kW, AxiChannel::kB),
                         [](const auto& info) {
                           return kAxiChannelNames[static_cast<unsigned>(info.param)];
                         });

}  // namespace
}  // namespace tb
