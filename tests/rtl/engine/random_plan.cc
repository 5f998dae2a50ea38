// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "random_plan.h"

#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fixed_jobs.h"
#include "model/reference.h"
#include "random_ops.h"
#include "random_program.h"
#include "random_sweep.h"
#include "row_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

MemoryPortConfig PortOf(const Memories& m) {
  MemoryPortConfig config;
  config.seed = m.seed;
  config.read_latency = Latency::Uniform(m.latency, m.latency + m.latency_spread);
  config.write_latency = config.read_latency;
  config.ordering = static_cast<Ordering>(m.ordering);
  config.coupling = static_cast<WriteCoupling>(m.coupling);
  Stall* const stalls[] = {&config.stall_ar, &config.stall_r, &config.stall_aw, &config.stall_w,
                           &config.stall_b};
  for (Stall* stall : stalls) {
    if (m.stall_percent != 0) *stall = Stall::Random(m.stall_percent / 100.0);
  }
  if (m.starved < 5) *stalls[m.starved] = Stall::Bursts(0.2, 5, 60);
  if (m.long_stalls) config.stall_w = config.stall_r = Stall::Bursts(0.001, 1000, 1000);
  return config;
}

void Require(bool condition, const std::string& otherwise) {
  if (!condition) throw std::runtime_error(otherwise);
}

template <typename List>
std::string Show(const List& records) {
  std::ostringstream out;
  for (const auto& record : records) out << "\n  " << record;
  return out.str();
}

// ---- Devices of a plan ----

// DRQ of all channels: high in so many percent of the cycles, each channel by its own coin.
class RandomDrq final : public Model {
 public:
  RandomDrq(EngineBench& bench, unsigned percent, uint64_t seed)
      : bench_(bench), percent_(percent), random_(seed) {
    bench_.sim.Add(*this);
  }
  ~RandomDrq() override { bench_.sim.Remove(*this); }
  void Sample() override {}
  void Drive() override {
    uint32_t drq = 0;
    for (unsigned c = 0; c < Dut::kChannels; ++c) {
      if (random_.Chance(percent_ / 100.0)) drq |= 1u << c;
    }
    bench_.dut.demand().drq = drq;
  }

 private:
  EngineBench& bench_;
  unsigned percent_;
  Random random_;
};

// Folds what is on the pins in each cycle into one number.
class BusTrace final : public Model {
 public:
  explicit BusTrace(EngineBench& bench) : bench_(bench) { bench_.sim.Add(*this); }
  ~BusTrace() override { bench_.sim.Remove(*this); }
  uint64_t value() const { return value_; }
  void Sample() override {
    const AxiPins& m = bench_.dut.m_axi();
    for (const auto* a : {&m.ar, &m.aw}) {
      Fold(a->valid | a->ready << 1);
      if (a->valid != 0) Fold(a->addr ^ uint64_t{a->len} << 48 ^ uint64_t{a->id} << 56);
    }
    Fold(m.r.valid | m.w.valid << 1 | m.w.ready << 2 | m.b.valid << 3 | bench_.dut.irq() << 8);
    if (m.r.valid != 0) Fold(m.r.data[0] ^ uint64_t{m.r.id} << 56 ^ m.r.last);
    if (m.w.valid != 0) Fold(m.w.data[0] ^ m.w.strb << 1 ^ m.w.last);
    if (m.b.valid != 0) Fold(m.b.id | uint64_t{m.b.resp} << 8);
    for (unsigned c = 0; c < Dut::kChannels; ++c) {
      for (const StreamPins* s : {&bench_.dut.m_axis(c), &bench_.dut.s_axis(c)}) {
        Fold(s->valid | s->ready << 1);
        if (s->valid != 0) Fold(s->data[0] ^ s->keep << 1 ^ s->last);
      }
    }
  }
  void Drive() override {}

 private:
  void Fold(uint64_t word) { value_ = (value_ ^ word) * 0x100000001B3u + (value_ >> 29); }

  EngineBench& bench_;
  uint64_t value_ = 0xCBF29CE484222325u;
};

// ---- Running a plan ----

// One channel's share of the plan, and its model.
class Player {
 public:
  Player(EngineBench& bench, RowMaker& rows, unsigned channel, const Plan& plan, const Build& build)
      : bench_(bench),
        ch_(bench.channel(channel)),
        plan_(plan),
        build_(build),
        model_([this](uint64_t at, std::span<uint8_t> out) { Load(at, out); }, Config()),
        program_(ProgramMaker(bench, rows, channel, plan, build).Make()) {
    model_.SetAnswer(
        [this](uint64_t at, uint64_t bytes, bool write) { return Answer(at, bytes, write); });
    AddDevices();
    ch_.WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
    ch_.Write(SGDMA_CH_POLICY, plan.carry_on);
    if (build_.fixed) ch_.SetFixed(build_.element_bytes, build_.fixed_beats);
    ch_.SetPacing(static_cast<Pace>(plan.pacing.mode), build_.pace_beats, plan.pacing.gap);
    program_.coverage.CountPace(plan.pacing.mode);
    ch_.Start(plan.sub_log2, plan.cpl_log2);
    model_.Start(ch_.ring(), plan.sub_log2);
    in_slot_.resize(ch_.slots());
  }

  // One round of software. False when there is nothing left to do.
  bool Round(Random& random) {
    if (ch_.state() == State::kPaused) ch_.Give(Command::kResume);
    if (!random.Chance(plan_.lazy / 100.0)) Take();
    Submit(random);
    if (ch_.state() == State::kHalted) {
      Take();
      Require(model_.halted(), "HALTED, but the model is not");
      LeaveHalted();
    } else if (random.Chance(plan_.pauses / 100.0) && ch_.state() == State::kRun) {
      ch_.Give(Command::kPause);
    }
    return next_ < program_.works.size() || model_.halted() || !CaughtUp() || Waits() ||
           ch_.state() != State::kRun || !DevicesAreDone();
  }

  void Check() {
    Take();
    Require(records_ == model_.records(),
            Name() + "records" + Show(records_) + "\nmodel" + Show(model_.records()));
    Require(ch_.error_count() == model_.errors(), Name() + "ERR_COUNT");
    const uint32_t causes = ch_.Read(SGDMA_CH_CAUSE);
    Require(((causes & kCauseDone) != 0) == (model_.interrupts() > 0), Name() + "DONE");
    Require(((causes & kCauseError) != 0) == (model_.errors() > 0), Name() + "ERROR");
    // A PAUSE may come too late: PAUSED or HALTED already.
    Require(plan_.pauses > 0 || (causes & kCauseRefused) == 0u, Name() + "REFUSED");
    for (const MemoryRange& r : program_.sure)
      Require(bench_.memory.Bytes(r.at, r.size) == model_.Bytes(r.at, r.size), Name() + "memory");
    for (const Descriptor& d : program_.unsure) {
      const std::string wrong = bench_.CheckCopy(d, 0);
      Require(wrong.empty(), Name() + wrong);
    }
    for (const MemoryRange& r : program_.unsure_targets) {
      const std::string wrong = bench_.CheckTarget(r.at, static_cast<uint32_t>(r.size), 0);
      Require(wrong.empty(), Name() + wrong);
    }
    CheckDevices();
  }

  std::string Where() {
    return Name() + std::to_string(records_.size()) + " of " +
           std::to_string(model_.records().size()) + " records, head " +
           std::to_string(ch_.HeadRegister()) + " of " + std::to_string(model_.head()) + ", tail " +
           std::to_string(ch_.tail()) + ", state " + std::to_string(static_cast<int>(ch_.state()));
  }

  const std::vector<BusError>& errors() const { return program_.errors; }
  const Coverage& coverage() const { return program_.coverage; }
  // `rearm` tells the port when the errors have changed.
  void SetRearm(std::function<void()> rearm) { rearm_ = std::move(rearm); }

 private:
  std::string Name() const { return "channel " + std::to_string(ch_.number()) + ": "; }

  ReferenceConfig Config() const {
    ReferenceConfig config{.bus_bytes = Dut::kDataBytes,
                           .burst_beats = build_.paced_beats,
                           .carry_on = plan_.carry_on,
                           .fixed = build_.fixed};
    for (const Opcode op : {Opcode::kCopy, Opcode::kFill, Opcode::kLink, Opcode::kStride,
                            Opcode::kNop, Opcode::kSend, Opcode::kRecv}) {
      const bool stream = op == Opcode::kSend || op == Opcode::kRecv;
      if (!stream || build_.streams) config.opcodes |= OpcodeBit(op);
    }
    return config;
  }

  void Load(uint64_t at, std::span<uint8_t> out) {
    if (bench_.memory.IsRam(at)) bench_.memory.Read(at, out);
  }

  Status Answer(uint64_t at, uint64_t bytes, bool write) const {
    for (const BusError& e : program_.errors) {
      if (e.write == write && e.address < at + bytes && at <= e.address) return e.status;
    }
    return Status::kOk;
  }

  // ---- Devices ----

  void AddDevices() {
    const unsigned c = ch_.number();
    if (build_.streams) {
      const Stall rest = Stall::Random(plan_.pacing.stream_stall / 100.0);
      sink_ = &bench_.AddSink(c, {.seed = plan_.memories.seed + c, .stall = rest});
      source_ = &bench_.AddSource(c, {.seed = plan_.memories.seed + 77 + c, .gap = rest});
      for (const StreamPacket& packet : program_.packets) Offer(packet);
    }
    if (!program_.fifos) return;
    const unsigned e = build_.element_bytes;
    from_ = &NewFifo(bench_, FifoPeripheral::Kind::kSource, e, 0, 2 * c);
    to_ = &NewFifo(bench_, FifoPeripheral::Kind::kSink, e, 0, 2 * c + 1);
    supply_ = Bytes(program_.fifo_bytes, c);
    from_->Stock(supply_);
    model_.SetFixed(e, build_.fixed_beats);
    model_.SetFifo(
        [this](uint64_t, std::span<uint8_t> out) {
          Require(given_ + out.size() <= supply_.size(), "the model reads more than there is");
          std::copy_n(supply_.begin() + static_cast<ptrdiff_t>(given_), out.size(), out.begin());
          given_ += out.size();
          return Status::kOk;
        },
        [this](uint64_t, std::span<const uint8_t> in) {
          taken_.insert(taken_.end(), in.begin(), in.end());
          return Status::kOk;
        });
  }

  void Offer(const StreamPacket& packet) {
    source_->Send(packet);
    model_.Offer({.bytes = packet.bytes, .user = packet.user, .empty_end = packet.empty_end});
  }

  bool DevicesAreDone() const {
    return (sink_ == nullptr || sink_->packets().size() >= model_.sent().size()) &&
           (to_ == nullptr || to_->fill() == 0);
  }

  void CheckDevices() {
    if (sink_ != nullptr) {
      Require(sink_->packets().size() == model_.sent().size(),
              Name() + std::to_string(sink_->packets().size()) + " packets sent, model " +
                  std::to_string(model_.sent().size()));
      for (size_t i = 0; i < model_.sent().size(); ++i) {
        const bool same = sink_->packets()[i].bytes == model_.sent()[i].bytes &&
                          sink_->packets()[i].user == model_.sent()[i].user;
        Require(same, Name() + "packet " + std::to_string(i));
      }
      // Of a packet without end the last bytes wait for a whole beat.
      const std::vector<uint8_t>& begun = sink_->begun();
      const std::vector<uint8_t>& model = model_.packet_begun();
      Require(begun.size() <= model.size() && model.size() - begun.size() < Dut::kDataBytes &&
                  std::equal(begun.begin(), begun.end(), model.begin()),
              Name() + "the packet begun");
      Require(source_->idle(), Name() + "stream bytes are left");
    }
    if (from_ == nullptr) return;
    Require(from_->moved() * build_.element_bytes == given_,
            Name() + std::to_string(from_->moved()) + " elements read, model " +
                std::to_string(given_ / build_.element_bytes));
    Require(to_->taken() == taken_, Name() + "elements written");
  }

  // ---- Submission ----

  bool CaughtUp() {
    return records_.size() == model_.records().size() && ch_.HeadRegister() == model_.head() &&
           !direct_open_;
  }
  // The model waits for a packet.
  bool Waits() const { return model_.head() != ch_.tail(); }

  void Submit(Random& random) {
    if (FeedWaitingRecv() || direct_open_) return;
    const size_t first = next_;
    const uint64_t most = random.Between(1, ch_.slots());
    ch_.SyncHead();
    while (next_ < program_.works.size() && !program_.works[next_].direct && ch_.free_slots() > 0 &&
           next_ - first < most) {
      const Work& work = program_.works[next_];
      const uint16_t slot = ch_.Push(work.d);
      in_slot_[slot] = next_;
      // Of a pair the transfer's fetch: without its STRIDE it would be a transfer of its own.
      const Op& op = work.op;
      const bool stride = work.d.opcode() == Opcode::kStride;
      if (op.hurt == Hurt::kFetch && op.kind != Kind::kList && !stride)
        program_.errors.push_back({ch_.SlotAddress(slot) + op.hurt_at % 16, false,
                                   op.len % 2 == 0 ? Status::kSlvErr : Status::kDecErr, op.skip});
      ++next_;
    }
    Arm();
    if (next_ == first) return SubmitDirect();
    model_.Reload(ch_.ring(), 16ull * ch_.slots());
    model_.Run(ch_.tail());
    ch_.RingDoorbell();
  }

  // The next one, when all before it has ended and no PAUSE is pending.
  void SubmitDirect() {
    if (next_ == program_.works.size() || model_.halted() || !CaughtUp() || Waits()) return;
    if ((ch_.Read(SGDMA_CH_STATE) & (SGDMA_CH_STATE_STATE_MASK | SGDMA_CH_STATE_PAUSING_MASK)) !=
        static_cast<uint32_t>(State::kRun))
      return;
    in_direct_ = next_++;
    direct_open_ = true;
    const Entry raw = program_.works[in_direct_].d.Encode();
    if (plan_.pauses > 0) ch_.TakeRefused();  // of a PAUSE that came too late
    for (unsigned word = 0; word < 4; ++word) {
      uint32_t value = 0;
      for (unsigned i = 0; i < 4; ++i) value |= uint32_t{raw[4 * word + i]} << (8 * i);
      ch_.Write(SGDMA_CH_DIRECT0 + 4 * word, value);
    }
    Require(plan_.pauses == 0 || !ch_.TakeRefused(), Name() + "DIRECT was refused");
    model_.Direct(program_.works[in_direct_].d);
  }

  // A RECV gets the packet that is its own when everything before it has ended.
  bool FeedWaitingRecv() {
    if (model_.halted() || records_.size() != model_.records().size() ||
        ch_.HeadRegister() != model_.head())
      return false;
    if (!direct_open_ && !Waits()) return false;
    std::optional<StreamPacket>& packet =
        program_.works[direct_open_ ? in_direct_ : in_slot_[model_.head()]].packet;
    if (!packet) return false;
    Offer(*packet);
    packet.reset();
    model_.Run(ch_.tail());
    return true;
  }

  void Take() {
    for (const Record& r : ch_.TakeRecords()) {
      records_.push_back(r);
      const size_t n = records_.size();
      Require(n <= model_.records().size() && r == model_.records()[n - 1],
              Name() + "records" + Show(records_) + "\nmodel" + Show(model_.records()));
      if (r.direct && r.index == kRingIndex) direct_open_ = false;
      const bool error = r.status != Status::kOk && r.status != Status::kSkipped;
      if (error && plan_.carry_on) program_.coverage.CountWayOut(r.status, "CONTINUE");
    }
  }

  // ---- Behind an error ----

  const Work& WorkOf(const Record& r) const {
    return program_.works[r.direct ? in_direct_ : in_slot_[r.slot]];
  }
  static bool MovesOnlyMemory(const Work& work) {
    const Opcode op = work.d.opcode();
    return op != Opcode::kSend && op != Opcode::kRecv &&
           (work.d.ctl & (kSrcFixed | kDstFixed)) == 0;
  }

  // The error's address says which plan it was, and so which way out.
  void LeaveHalted() {
    Require(!records_.empty(), "HALTED without a record");
    const Record& r = records_.back();
    bool skip = r.slot % 2 == 0;
    for (size_t i = 0; i < program_.errors.size(); ++i) {
      if (!Explains(program_.errors[i], r)) continue;
      skip = program_.errors[i].skip;
      program_.errors.erase(program_.errors.begin() + static_cast<ptrdiff_t>(i));
      Arm();
      break;
    }
    const bool descriptor =
        r.where == Where::kDescriptor && r.status != Status::kSlvErr && r.status != Status::kDecErr;
    const uint32_t state = ch_.Read(SGDMA_CH_STATE);
    const bool retry_legal = (state & SGDMA_CH_STATE_RETRY_LEGAL_MASK) != 0;
    Require((state & SGDMA_CH_STATE_SKIP_LEGAL_MASK) != 0, Name() + "SKIP is not legal");
    Require(retry_legal || !MovesOnlyMemory(WorkOf(r)), Name() + "RETRY is not legal");
    // What DIRECT has submitted can not be rewritten here.
    skip = skip || !retry_legal || (descriptor && r.direct);
    program_.coverage.CountWayOut(r.status, skip ? "SKIP" : "RETRY");
    if (descriptor && !skip) {
      ch_.Rewrite(r.slot, Nop(kCpl));
      model_.Reload(ch_.ring(), 16ull * ch_.slots());
    }
    if (skip) {
      ch_.Give(Command::kSkip);
      model_.Skip();
    } else {
      if (r.direct && r.index == kRingIndex) direct_open_ = true;
      ch_.Give(Command::kRetry);
      model_.Retry();
    }
    model_.Run(ch_.tail());
  }

  // The fault address is that of the first byte not proven; the error lies behind it, in the same
  // word or burst.
  bool Explains(const BusError& e, const Record& r) const {
    const uint64_t reach = r.where == Where::kWrite ? build_.paced_beats * Dut::kDataBytes
                                                    : std::max(16u, Dut::kDataBytes);
    return e.write == (r.where == Where::kWrite) && e.status == r.status &&
           e.address + Dut::kDataBytes > r.fault && e.address < r.fault + reach;
  }

  void Arm() {
    if (rearm_) rearm_();
  }

  EngineBench& bench_;
  EngineChannel& ch_;
  const Plan& plan_;
  const Build& build_;
  Reference model_;
  Program program_;
  std::vector<Record> records_;
  size_t next_ = 0;              // of works
  std::vector<size_t> in_slot_;  // which of works is, or was last, in each slot
  size_t in_direct_ = 0;         // and was submitted by DIRECT
  bool direct_open_ = false;
  StreamSink* sink_ = nullptr;
  StreamSource* source_ = nullptr;
  FifoPeripheral* from_ = nullptr;
  FifoPeripheral* to_ = nullptr;
  std::vector<uint8_t> supply_;
  size_t given_ = 0;
  std::vector<uint8_t> taken_;
  std::function<void()> rearm_;
};

Played Play(const Plan& plan, Coverage* coverage) {
  EngineBench bench(PortOf(plan.memories), plan.memories.seed);
  bench.sim.SetWatchdog(Cycles{20'000});
  const BusTrace trace(bench);
  const Build build = Build::Of(bench, plan);
  RowMaker rows(bench);
  std::vector<std::unique_ptr<Player>> players;
  for (unsigned c = 0; c < Dut::kChannels; ++c)
    players.push_back(std::make_unique<Player>(bench, rows, c, plan, build));
  const RandomDrq drq(bench, plan.pacing.drq, plan.memories.seed);
  // The port knows the errors of all players.
  const auto rearm = [&] {
    bench.ClearErrors();
    for (const auto& player : players) {
      for (const BusError& e : player->errors()) {
        bench.AddError({e.address, 1,
                        e.status == Status::kSlvErr ? AxiResp::kSlvErr : AxiResp::kDecErr, !e.write,
                        e.write});
      }
    }
  };
  for (auto& player : players) player->SetRearm(rearm);
  rearm();

  Random random(plan.memories.seed);
  const uint64_t limit = bench.sim.now() + 50'000 + plan.ops.size() * 100'000;
  for (bool more = true; more;) {
    more = false;
    for (auto& player : players) more |= player->Round(random);
    bench.sim.Step(random.Between(1, 80));
    if (bench.sim.now() > limit) {
      std::string where;
      for (auto& player : players) where += player->Where() + "; ";
      throw std::runtime_error("no end: " + where);
    }
  }
  bench.Settle();  // causes come behind the B of a record
  for (auto& player : players) player->Check();
  const std::string problems = bench.Problems();
  bench.Forgive();
  Require(problems.empty(), problems);
  if (coverage != nullptr) {
    for (const auto& player : players) coverage->Add(player->coverage());
  }
  return {bench.sim.now(), trace.value()};
}

}  // namespace

void PlayRandomPlan(bool hurt) { Play(*AnyPlan(hurt), nullptr); }

Played PlaySeed(uint64_t seed, bool hurt, Coverage* coverage) {
  // Sizes as RapidCheck's own: plans of up to so many operations.
  const int size = 10 + static_cast<int>(seed * 7 % 40);
  rc::Random random(seed);
  Plan plan = AnyPlan(hurt)(random.split(), size).value();
  if (!hurt) {
    const auto all = std::size(kSweepKinds) * kSweepTurns;
    AddSweep(seed, rc::gen::container<std::vector<Op>>(all, Whole(AnyOp()))(random, size).value(),
             &plan);
  }
  return Play(plan, coverage);
}

}  // namespace tb
