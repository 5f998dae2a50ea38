// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// RESET, FORCE_RESET and a silent memory at every cycle of a job with COPYs, both streams and both
// FIXED sides: nothing outside of the job changes, what was begun is closed, the other channel does
// not notice (but of FORCE_RESET), and the next job is exact. And what FORCE_RESET makes of a
// memory that breaks the protocol (fault-cases C5, C6, E4).

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "fixed_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Data = std::vector<uint8_t>;

constexpr unsigned kElement = 4;
constexpr uint32_t kWatchdog = 200;

// One run of everything, in a ring of 16; each descriptor leaves a record.
struct Job {
  std::vector<Descriptor> work;
  std::vector<Record> records;
  std::vector<Target> targets;
  std::vector<uint32_t> proven;  // of each target, when all went well
  FifoPeripheral* fifo = nullptr;
  Data played;  // what belongs in the FIFO
  Data packet;  // what belongs in the sink
};

class Mixture {
 public:
  explicit Mixture(const MemoryPortConfig& port)
      : bench(port), sink(bench.AddSink(0)), source(bench.AddSource(0)) {
    for (unsigned i = 0; i < 2; ++i) {
      ins_.push_back(&NewFifo(bench, FifoPeripheral::Kind::kSource, kElement, 0, 2 * i));
      outs_.push_back(&NewFifo(bench, FifoPeripheral::Kind::kSink, kElement, 0, 2 * i + 1));
    }
    if (&other != &ch) other.Start(4, 4);
    Start();
  }

  void Start() {
    ch.SetFixed(kElement, 4);
    ch.Write(SGDMA_CH_WATCHDOG, kWatchdog);
    ch.Start(4, 4);
  }

  // The first (second) job, with packets that the source sends and FIFOs of its own.
  Job NewJob() {
    Job job;
    const unsigned n = jobs_++;
    const Data in = Bytes(64, 10 + n);
    const uint64_t played = bench.NewSource(48, 2);
    job.played = bench.memory.Bytes(played, 48);
    job.fifo = outs_[n];
    ins_[n]->Stock(in);
    Copy(&job, 90, 1, 4);
    Send(&job, 50, 3, 0);
    Send(&job, 43, 1, kEop);
    Receive(&job, 200, 120, 30 + n);
    Note(&job, CopyOf(FifoAddress(0, 2 * n), bench.NewTarget(in, 5), 64, kSrcFixed | kCpl), 64);
    job.targets.push_back({job.work.back().dst, 64});
    job.proven.push_back(64);
    Note(&job, CopyOf(played, FifoAddress(0, 2 * n + 1), 48, kDstFixed | kCpl), 48);
    Receive(&job, 100, 70, 40 + n);
    Copy(&job, 70, 0, 3);
    return job;
  }

  void SubmitOther() {
    if (&other == &ch) return;
    for (unsigned i = 0; i < 4; ++i) others_.push_back(bench.NewCopy(60 + i, i, 2 * i, kCpl));
    other.Submit(others_);
  }
  void ExpectOtherExact() {
    if (&other == &ch) return;
    EXPECT_EQ(other.Records(4).size(), 4u);
    for (const Descriptor& d : others_) EXPECT_EQ(bench.CheckCopy(d), "");
  }

  void RunExactly(Job job) {
    const size_t packets = sink.packets().size();
    for (Record& record : job.records) record.slot = (record.slot + ch.tail()) % 16;
    ch.Submit(job.work);
    EXPECT_EQ(ch.Records(static_cast<unsigned>(job.records.size())), job.records);
    bench.sim.Step(200);
    for (size_t i = 0; i < job.targets.size(); ++i) {
      EXPECT_EQ(bench.CheckTarget(job.targets[i].dst, job.targets[i].len, job.proven[i]), "");
    }
    EXPECT_EQ(job.fifo->taken(), job.played);
    ASSERT_EQ(sink.packets().size(), packets + 1);
    EXPECT_EQ(sink.packets().back().bytes, job.packet);
    EXPECT_FALSE(sink.packets().back().user);
  }

  // Each byte old or new, whole elements from the first on, at most one packet and that closed.
  void ExpectCutCleanly(const Job& job) {
    bench.sim.Step(200);
    for (const Target& target : job.targets) {
      EXPECT_EQ(bench.CheckTarget(target.dst, target.len, 0), "");
    }
    const Data& taken = job.fifo->taken();
    EXPECT_EQ(taken.size() % kElement, 0u);
    ASSERT_LE(taken.size(), job.played.size());
    EXPECT_TRUE(std::equal(taken.begin(), taken.end(), job.played.begin())) << "each once";
    EXPECT_TRUE(sink.begun().empty());
    ASSERT_LE(sink.packets().size(), 1u);
    for (const StreamSink::Packet& packet : sink.packets()) {
      EXPECT_EQ(packet.user, packet.bytes.size() != job.packet.size());
      EXPECT_TRUE(std::equal(packet.bytes.begin(), packet.bytes.end(), job.packet.begin()));
    }
  }

  // Packets nobody has begun are still there, and whole.
  void TakePacketsLeft() {
    uint64_t before = 0;
    for (const Data& packet : packets_) {
      const bool begun = source.bytes_sent() > before;
      before += packet.size();
      if (begun) continue;
      const uint64_t dst = bench.NewTarget(packet);
      ch.Submit({RecvOf(dst, static_cast<uint16_t>(packet.size()), kCpl)});
      const std::vector<Record> got = ch.Records(1);
      ASSERT_EQ(got.size(), 1u);
      EXPECT_EQ(got[0].bytes, packet.size());
      EXPECT_EQ(bench.CheckTarget(dst, static_cast<uint32_t>(packet.size())), "");
    }
    EXPECT_TRUE(source.idle());
    packets_.clear();
  }

  uint64_t handshakes() const {
    uint64_t sum = 0;
    for (const ChannelCounts& c : bench.monitor.total().channels) sum += c.busy;
    return sum;
  }

  // What software and integrator do behind FORCE_RESET: the bus and the streams are reset too.
  void ComeBack() {
    bench.ResetAround();
    packets_.clear();
    bench.registers.Write(SGDMA_GLB_CONTROL, 1);
    bench.registers.Write(SGDMA_GLB_IRQ_MASK, (1u << Dut::kChannels) - 1);
    for (EngineChannel* c : {&ch, &other}) {
      c->WriteGlobal(SGDMA_GLB_CH_CTRL, 1);
      c->Write(SGDMA_CH_ENABLE, kAllCauses);
    }
    Start();
  }

  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  EngineChannel& other = bench.channel(Dut::kChannels - 1);
  StreamSink& sink;
  StreamSource& source;

 private:
  void Note(Job* job, const Descriptor& d, uint32_t bytes, bool eop = false) {
    job->records.push_back(
        {.bytes = bytes, .slot = static_cast<uint16_t>(job->work.size()), .eop = eop});
    job->work.push_back(d);
  }
  void Copy(Job* job, uint32_t len, unsigned src, unsigned dst) {
    const uint64_t from = bench.NewSource(len, src);
    const uint64_t to = bench.NewTarget(bench.memory.Bytes(from, len), dst);
    Note(job, CopyOf(from, to, static_cast<uint16_t>(len), kCpl), len);
    job->targets.push_back({to, len});
    job->proven.push_back(len);
  }
  void Send(Job* job, uint32_t len, unsigned offset, uint16_t flags) {
    const uint64_t from = bench.NewSource(len, offset);
    const Data data = bench.memory.Bytes(from, len);
    job->packet.insert(job->packet.end(), data.begin(), data.end());
    Note(job, SendOf(from, static_cast<uint16_t>(len), flags | kCpl), len);
  }
  void Receive(Job* job, uint32_t room, uint32_t len, unsigned seed) {
    const Data data = Bytes(len, seed);
    source.Send({.bytes = data});
    packets_.push_back(data);
    const uint64_t to = bench.NewTarget(data, 3);
    Note(job, RecvOf(to, static_cast<uint16_t>(room), kCpl), len, true);
    job->targets.push_back({to, len});
    job->proven.push_back(len);
  }

  unsigned jobs_ = 0;
  std::vector<FifoPeripheral*> ins_;
  std::vector<FifoPeripheral*> outs_;
  std::vector<Descriptor> others_;
  std::vector<Data> packets_;
};

enum class Hit : uint8_t { kReset, kForceReset, kSilentReads, kSilentWrites };
constexpr const char* kHitNames[] = {"Reset", "ForceReset", "SilentReads", "SilentWrites"};

void HitReset(Mixture& m, const Job& job) {
  m.ch.Reset();
  EXPECT_EQ(m.ch.state(), State::kIdle);
  EXPECT_EQ(m.ch.Read(SGDMA_CH_OUT_DATA) | m.ch.Read(SGDMA_CH_OUT_CTL), 0u);
  m.ExpectOtherExact();
  m.ExpectCutCleanly(job);
  const uint64_t before = m.handshakes();
  m.bench.sim.Step(40);
  EXPECT_EQ(m.handshakes(), before) << "IDLE is silent";
  m.Start();
  m.TakePacketsLeft();
}

void HitForceReset(Mixture& m) {
  m.bench.registers.Write(SGDMA_GLB_FORCE_RESET, SGDMA_GLB_FORCE_RESET_KEY_GO);
  for (EngineChannel* ch : {&m.ch, &m.other}) {
    EXPECT_EQ(ch->state(), State::kIdle);
    EXPECT_EQ(ch->Read(SGDMA_CH_QUIESCED), 1u);
    EXPECT_EQ(ch->Read(SGDMA_CH_SUB_SIZE), 0u);
    EXPECT_EQ(ch->Read(SGDMA_CH_OUT_DATA) | ch->Read(SGDMA_CH_OUT_CTL), 0u);
  }
  EXPECT_EQ(m.bench.registers.Read(SGDMA_GLB_CONTROL), 0u);
  m.ComeBack();
}

// The watchdog finds it, or there was nothing left to be silent about. True: it has.
bool HitSilence(Mixture& m, const Job& job, bool reads) {
  reads ? m.bench.port.SilenceReads(ChannelIds(0)) : m.bench.port.SilenceWrites(ChannelIds(0));
  m.bench.sim.Step(3 * kWatchdog);
  const bool stuck = m.ch.state() == State::kStuck;
  if (stuck) {
    EXPECT_EQ(m.ch.error_image().status, Status::kTimeout);
    const uint32_t channel = m.ch.Read(SGDMA_CH_ERR_CTRL) >> SGDMA_CH_ERR_CTRL_STUCK_SHIFT & 7;
    EXPECT_EQ(channel, reads ? 2u : 5u);
  } else {
    EXPECT_EQ(m.ch.TakeRecords(), job.records);
  }
  m.bench.AnswerAll();
  if (stuck) {
    EXPECT_TRUE(m.ch.WaitState(State::kHalted));
    EXPECT_EQ(m.ch.Read(SGDMA_CH_QUIESCED), 1u);
  }
  HitReset(m, job);
  return stuck;
}

void Campaign(Hit hit, uint64_t seed, unsigned step) {
  const MemoryPortConfig port = seed == 0 ? IdealPort(8) : StallingPort(seed);
  uint64_t length = 0;
  {
    Mixture whole(port);
    const Job job = whole.NewJob();
    whole.SubmitOther();
    const uint64_t begin = whole.bench.sim.now();
    whole.RunExactly(job);
    length = whole.bench.sim.now() - begin - 200;
  }
  ASSERT_GT(length, 150u);
  uint64_t found = 0;
  for (uint64_t cycle = 0; cycle < length + 10; cycle += step) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    Mixture m(port);
    const Job job = m.NewJob();
    m.SubmitOther();
    m.ch.Submit(job.work);
    m.bench.sim.Step(cycle);
    switch (hit) {
      case Hit::kReset:
        HitReset(m, job);
        break;
      case Hit::kForceReset:
        HitForceReset(m);
        break;
      case Hit::kSilentReads:
      case Hit::kSilentWrites:
        found += HitSilence(m, job, hit == Hit::kSilentReads);
        break;
    }
    m.RunExactly(m.NewJob());
    if (::testing::Test::HasFailure()) return;
  }
}

using Param = std::tuple<Hit, uint64_t>;

std::string CampaignName(const ::testing::TestParamInfo<Param>& info) {
  const auto [hit, seed] = info.param;
  return std::string(kHitNames[static_cast<unsigned>(hit)]) +
         (seed == 0 ? "Ideal" : "Stalls" + std::to_string(seed));
}

// Every fifth cycle; the long one takes all.
class EngineMixtureEveryCycle : public ::testing::TestWithParam<Param> {};
TEST_P(EngineMixtureEveryCycle, MayBeHit) {
  Campaign(std::get<0>(GetParam()), std::get<1>(GetParam()), 5);
}

INSTANTIATE_TEST_SUITE_P(With, EngineMixtureEveryCycle,
                         ::testing::Combine(::testing::Values(Hit::kReset, Hit::kForceReset,
                                                              Hit::kSilentReads,
                                                              Hit::kSilentWrites),
                                            ::testing::Values(0, 1)),
                         CampaignName);

class EngineMixtureEveryCycleLong : public ::testing::TestWithParam<Param> {};
TEST_P(EngineMixtureEveryCycleLong, MayBeHit) {
  Campaign(std::get<0>(GetParam()), std::get<1>(GetParam()), 1);
}

INSTANTIATE_TEST_SUITE_P(With, EngineMixtureEveryCycleLong,
                         ::testing::Combine(::testing::Values(Hit::kReset, Hit::kForceReset,
                                                              Hit::kSilentReads,
                                                              Hit::kSilentWrites),
                                            ::testing::Range<uint64_t>(0, 3)),
                         CampaignName);

// ---- A memory that breaks the protocol ----

struct Breach {
  const char* name;
  Misbehave what;
  const char* rule;
};

void PrintTo(const Breach& breach, std::ostream* out) { *out << breach.name; }

class EngineBrokenMemory : public ::testing::TestWithParam<Breach> {};

// The checker names it, and FORCE_RESET with a reset of the memory brings an engine back that is
// exact, whatever it has made of the breach.
TEST_P(EngineBrokenMemory, IsNamedAndForceResetBringsTheEngineBack) {
  Mixture m(IdealPort(8));
  const Job job = m.NewJob();
  m.bench.port.BreakOnce(GetParam().what);
  m.ch.Submit(job.work);
  ASSERT_TRUE(m.bench.sim.RunUntil([&] { return m.bench.port.broken(); }, Cycles{2000}));
  m.bench.sim.Step(3 * kWatchdog);
  EXPECT_NE(m.bench.sim.violations().Report().find(GetParam().rule), std::string::npos)
      << m.bench.sim.violations().Report();

  HitForceReset(m);

  m.RunExactly(m.NewJob());
}

INSTANTIATE_TEST_SUITE_P(
    With, EngineBrokenMemory,
    ::testing::Values(Breach{"BBeforeLastW", Misbehave::kBBeforeLastW, "AXI-25"},
                      Breach{"SpuriousB", Misbehave::kSpuriousB, "AXI-24"},
                      Breach{"WrongBId", Misbehave::kWrongBId, "AXI-24"},
                      Breach{"WrongRId", Misbehave::kWrongRId, "AXI-23"},
                      Breach{"ExtraRBeat", Misbehave::kExtraRBeat, "AXI-23"},
                      Breach{"MissingRLast", Misbehave::kMissingRLast, "AXI-22"},
                      Breach{"EarlyRLast", Misbehave::kEarlyRLast, "AXI-22"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tb
