// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "random_plan.h"

#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "model/reference.h"
#include "random_ops.h"
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

// ---- Running a plan ----

// On a wider bus a bad word is bad for its other descriptors too, which no plan can know.
constexpr bool kFetchErrors = Dut::kDataBytes <= 16;

// One channel's share of the plan.
class Player {
 public:
  struct Error {
    uint64_t address = 0;
    uint64_t size = 1;
    bool write = false;
    Status status = Status::kSlvErr;
  };

  Player(EngineBench& bench, RowMaker& make, unsigned channel, const Plan& plan)
      : bench_(bench),
        make_(make),
        ch_(bench.channel(channel)),
        plan_(plan),
        model_([this](uint64_t at, std::span<uint8_t> out) { Load(at, out); },
               {.bus_bytes = Dut::kDataBytes, .carry_on = plan.carry_on, .opcodes = kOpcodes}) {
    model_.SetAnswer(
        [this](uint64_t at, uint64_t bytes, bool write) { return Answer(at, bytes, write); });
    for (size_t i = channel; i < plan.ops.size(); i += Dut::kChannels) Translate(plan.ops[i]);
    ch_.WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
    ch_.Write(SGDMA_CH_POLICY, plan.carry_on);
    ch_.Start(plan.sub_log2, plan.cpl_log2);
    model_.Start(ch_.ring(), plan.sub_log2);
  }

  // One round of software. False when there is nothing left to do.
  bool Round(Random& random) {
    if (ch_.state() == State::kPaused) ch_.Give(Command::kResume);
    if (!random.Chance(plan_.lazy / 100.0)) Take();
    Submit(random);
    if (ch_.state() == State::kHalted) {
      Take();
      RC_ASSERT(model_.halted());
      LeaveHalted();
    } else if (random.Chance(plan_.pauses / 100.0) && ch_.state() == State::kRun) {
      ch_.Give(Command::kPause);
    }
    return next_ < work_.size() || model_.halted() || records_.size() < model_.records().size() ||
           ch_.HeadRegister() != model_.head() || ch_.state() != State::kRun;
  }

  void Check() {
    Take();
    RC_ASSERT(records_ == model_.records());
    RC_ASSERT(ch_.error_count() == model_.errors());
    const uint32_t causes = ch_.Read(SGDMA_CH_CAUSE);
    RC_ASSERT(((causes & kCauseDone) != 0) == (model_.interrupts() > 0));
    RC_ASSERT(((causes & kCauseError) != 0) == (model_.errors() > 0));
    // A PAUSE may come too late: PAUSED or HALTED already.
    RC_ASSERT(plan_.pauses > 0 || (causes & kCauseRefused) == 0u);
    for (const Sure& s : sure_)
      RC_ASSERT(bench_.memory.Bytes(s.dst, s.len) == model_.Bytes(s.dst, s.len));
    for (const Descriptor& d : unsure_) RC_ASSERT(bench_.CheckCopy(d, 0) == "");
  }

  std::string Where() {
    return "channel " + std::to_string(ch_.number()) + ": " + std::to_string(records_.size()) +
           " of " + std::to_string(model_.records().size()) + " records, head " +
           std::to_string(ch_.HeadRegister()) + " of " + std::to_string(model_.head()) +
           ", state " + std::to_string(static_cast<int>(ch_.state()));
  }

  const std::vector<Error>& errors() const { return errors_; }
  // `rearm` tells the port when the errors have changed.
  void SetRearm(std::function<void()> rearm) { rearm_ = std::move(rearm); }

 private:
  static constexpr uint16_t kOpcodes = OpcodeBit(Opcode::kCopy) | OpcodeBit(Opcode::kFill) |
                                       OpcodeBit(Opcode::kLink) | OpcodeBit(Opcode::kStride) |
                                       OpcodeBit(Opcode::kNop);
  struct Sure {
    uint64_t dst = 0;
    uint64_t len = 0;
  };

  void Load(uint64_t at, std::span<uint8_t> out) {
    if (bench_.memory.IsRam(at)) bench_.memory.Read(at, out);
  }

  Status Answer(uint64_t at, uint64_t bytes, bool write) const {
    for (const Error& e : errors_) {
      if (e.write == write && e.address < at + bytes && at < e.address + e.size) return e.status;
    }
    return Status::kOk;
  }

  static uint16_t Flags(const Op& op) {
    return static_cast<uint16_t>((op.cpl ? kCpl : 0) | (op.irq ? kIrq : 0) |
                                 (op.fence ? kFence : 0));
  }

  void AddError(uint64_t address, bool write, const Op& op) {
    errors_.push_back({address, 1, write, op.len % 2 == 0 ? Status::kSlvErr : Status::kDecErr});
    skips_[address] = op.skip;
  }

  Descriptor NewCopy(const Op& op, bool may_hurt) {
    const Descriptor d = bench_.NewCopy(op.len, op.src_offset, op.dst_offset, Flags(op));
    const uint32_t at = op.hurt_at % op.len;
    const bool writes = may_hurt && op.hurt == Hurt::kWrite;
    if (may_hurt && op.hurt == Hurt::kRead) AddError(d.src + at, false, op);
    if (writes) AddError(d.dst + at, true, op);
    if (writes && (op.skip || plan_.carry_on)) {
      unsure_.push_back(d);
    } else {
      sure_.push_back({d.dst, d.len});
    }
    return d;
  }

  // A FILL, or a pair of either opcode. What an error leaves open is not compared: behind a failed
  // burst, and under CONTINUE in the rows behind any error.
  std::vector<Descriptor> NewRows(const Op& op, Kind kind, bool may_hurt) {
    const bool pair = kind != Kind::kFill;
    RowMaker::Shape shape = {.len = op.len,
                             .src_offset = op.src_offset,
                             .dst_offset = op.dst_offset,
                             .flags = Flags(op)};
    if (pair) {
      shape.rows = op.rows;
      shape.len = op.rows <= 3 ? 1 + op.len % 2000 : 1 + op.len % 100;
      shape.src_stride = op.src_stride;
      shape.dst_stride = static_cast<int64_t>(shape.len + op.gap) * (op.down ? -1 : 1);
    }
    const uint32_t pattern = (op.hurt_at + 1) * 0x9E3779B1u;
    const RowJob job = kind == Kind::kFill       ? make_.Fill(pattern, shape)
                       : kind == Kind::kFillPair ? make_.FillPair(pattern, shape)
                                                 : make_.Pair(shape);
    const Descriptor& hurt = job.rows[op.hurt_at % job.rows.size()];
    const uint32_t at = op.hurt_at % shape.len;
    const bool reads = may_hurt && op.hurt == Hurt::kRead && kind == Kind::kPair;
    const bool writes = may_hurt && op.hurt == Hurt::kWrite;
    if (reads) AddError(hurt.src + at, false, op);
    if (writes) AddError(hurt.dst + at, true, op);
    const bool unsure = (writes && op.skip) || ((writes || reads) && plan_.carry_on);
    for (const Descriptor& row : job.rows) {
      if (unsure) {
        unsure_.push_back(row);
      } else {
        sure_.push_back({row.dst, row.len});
      }
    }
    return job.ring;
  }

  // A pair that is bad; row 0 of the last kind is good.
  std::vector<Descriptor> NewBadPair(const Op& op) {
    Op clean = op;
    clean.hurt = Hurt::kNot;
    std::vector<Descriptor> pair = NewRows(clean, Kind::kPair, false);
    switch (op.kind) {
      case Kind::kNoRows:
        pair[0].len = 0;
        break;
      case Kind::kNoTransfer:
        pair[1] = Nop(Flags(op));
        break;
      case Kind::kBadTransfer:
        pair[1].len = 0;
        break;
      default:
        pair[0] = StrideOf(static_cast<uint16_t>(op.rows + 1), op.src_stride,
                           -static_cast<int64_t>(pair[1].dst) - 1 - op.gap);
        break;
    }
    return pair;
  }

  // What an op means in the ring.
  void Translate(const Op& op) {
    switch (op.kind) {
      case Kind::kCopy:
        Add(NewCopy(op, true), op);
        break;
      case Kind::kFill:
      case Kind::kPair:
      case Kind::kFillPair:
        for (const Descriptor& d : NewRows(op, op.kind, true)) Add(d, op);
        break;
      case Kind::kNoRows:
      case Kind::kNoTransfer:
      case Kind::kBadTransfer:
      case Kind::kWrap:
        for (const Descriptor& d : NewBadPair(op)) Add(d, op);
        break;
      case Kind::kChain: {
        // The second copy reads what the first one writes, so it carries FENCE.
        Op clean = op;
        clean.hurt = Hurt::kNot;
        const Descriptor place = bench_.NewCopy(op.len + 1, op.src_offset, op.dst_offset);
        const Descriptor end = bench_.NewCopy(op.len + 1, 0, op.src_offset);
        bench_.board.Declare("chain link", place.dst, op.len, Permission::kBoth);
        bench_.board.Declare("chain end", end.dst, op.len, Permission::kWrite);
        const auto len = static_cast<uint16_t>(op.len);
        Add(CopyOf(place.src, place.dst, len, Flags(op)), clean);
        Add(CopyOf(place.dst, end.dst, len, static_cast<uint16_t>(Flags(op) | kFence)), clean);
        sure_.push_back({place.dst, len});
        sure_.push_back({end.dst, len});
        break;
      }
      case Kind::kNop:
        Add(Nop(Flags(op)), op);
        break;
      case Kind::kList:
        Add(List(op), op);
        break;
      case Kind::kBadOpcode:
        Add(Descriptor{.ctl = static_cast<uint16_t>(0xB | Flags(op))}, op);
        break;
      case Kind::kBadLength:
        Add(CopyOf(kSourceArea, kDestinationArea, 0, Flags(op)), op);
        break;
      case Kind::kCount:
        break;
    }
  }

  void Add(const Descriptor& d, const Op& op) {
    work_.push_back(d);
    ops_.push_back(op);
  }

  // The first item may be hurt; a tail jump in the middle, never between the two of a pair.
  Descriptor List(const Op& op) {
    std::vector<std::vector<Descriptor>> items;
    for (unsigned i = 0; i < op.entries; ++i) {
      Op item = op;
      item.len = 1 + (op.len + 37 * i) % 300;
      item.rows = 1 + (op.rows + i) % 4;
      item.fence = false;
      item.src_offset = (op.src_offset + 5 * i) % 64;
      items.push_back(NewItem(item, i));
    }
    const auto jump = std::min<size_t>(op.jump_after, items.size() - 1);
    std::vector<Descriptor> entries = Flat(items, 0, jump > 0 ? jump : items.size());
    if (jump > 0) {
      const std::vector<Descriptor> rest = Flat(items, jump, items.size());
      entries.push_back(LinkTo(bench_.NewArray(rest), static_cast<uint16_t>(rest.size())));
    }
    const uint64_t array = bench_.NewArray(entries);
    if (op.hurt == Hurt::kFetch && kFetchErrors)
      AddError(array + op.hurt_at % (16 * entries.size()), false, op);
    return LinkTo(array, static_cast<uint16_t>(entries.size()), Flags(op));
  }

  std::vector<Descriptor> NewItem(const Op& op, unsigned number) {
    switch ((number + op.gap) % 5) {
      case 1:
        return NewRows(op, Kind::kPair, number == 0);
      case 2:
        return NewRows(op, op.down ? Kind::kFill : Kind::kFillPair, number == 0);
      case 3:
        return {Nop(Flags(op))};
      default:
        return {NewCopy(op, number == 0)};
    }
  }

  static std::vector<Descriptor> Flat(const std::vector<std::vector<Descriptor>>& items,
                                      size_t first, size_t end) {
    std::vector<Descriptor> all;
    for (; first < end; ++first) all.insert(all.end(), items[first].begin(), items[first].end());
    return all;
  }

  void Submit(Random& random) {
    const size_t first = next_;
    const uint64_t most = random.Between(1, ch_.slots());
    ch_.SyncHead();
    while (next_ < work_.size() && ch_.free_slots() > 0 && next_ - first < most) {
      const uint16_t slot = ch_.Push(work_[next_]);
      const Op& op = ops_[next_];
      // Of a pair the transfer's fetch: without its STRIDE it would be a transfer of its own.
      const bool stride = work_[next_].opcode() == Opcode::kStride;
      if (op.hurt == Hurt::kFetch && kFetchErrors && op.kind != Kind::kList && !stride)
        AddError(ch_.SlotAddress(slot) + op.hurt_at % 16, false, op);
      ++next_;
    }
    Arm();
    if (next_ == first) return;
    model_.Reload(ch_.ring(), 16ull * ch_.slots());
    model_.Run(ch_.tail());
    ch_.RingDoorbell();
  }

  void Take() {
    const std::vector<Record> some = ch_.TakeRecords();
    records_.insert(records_.end(), some.begin(), some.end());
  }

  // The error's address says which plan it was, and so which way out.
  void LeaveHalted() {
    RC_ASSERT(!records_.empty());
    const Record& r = records_.back();
    bool skip = r.slot % 2 == 0;
    for (size_t i = 0; i < errors_.size(); ++i) {
      const Error& e = errors_[i];
      if (!Explains(e, r)) continue;
      skip = skips_[e.address];
      errors_.erase(errors_.begin() + static_cast<ptrdiff_t>(i));
      Arm();
      break;
    }
    const bool descriptor =
        r.where == Where::kDescriptor && r.status != Status::kSlvErr && r.status != Status::kDecErr;
    if (descriptor && !skip) {
      ch_.Rewrite(r.slot, Nop(kCpl));
      model_.Reload(ch_.ring(), 16ull * ch_.slots());
    }
    if (skip) {
      ch_.Give(Command::kSkip);
      model_.Skip();
    } else {
      ch_.Give(Command::kRetry);
      model_.Retry();
    }
    model_.Run(ch_.tail());
  }

  // The fault address is that of the first byte not proven; the error lies behind it, in the same
  // word or burst.
  static bool Explains(const Error& e, const Record& r) {
    const uint64_t reach =
        r.where == Where::kWrite ? 16 * Dut::kDataBytes : std::max(16u, Dut::kDataBytes);
    return e.write == (r.where == Where::kWrite) && e.status == r.status &&
           e.address + Dut::kDataBytes > r.fault && e.address < r.fault + reach;
  }

  void Arm() {
    if (rearm_) rearm_();
  }

  EngineBench& bench_;
  RowMaker& make_;
  EngineChannel& ch_;
  const Plan& plan_;
  Reference model_;
  std::vector<Descriptor> work_;
  std::vector<Op> ops_;
  std::vector<Error> errors_;
  std::map<uint64_t, bool> skips_;
  std::vector<Sure> sure_;
  std::vector<Descriptor> unsure_;
  std::vector<Record> records_;
  size_t next_ = 0;
  std::function<void()> rearm_;
};

void Play(const Plan& plan) {
  EngineBench bench(PortOf(plan.memories), plan.memories.seed);
  bench.sim.SetWatchdog(Cycles{20'000});
  RowMaker make(bench);
  std::vector<std::unique_ptr<Player>> players;
  for (unsigned c = 0; c < Dut::kChannels; ++c)
    players.push_back(std::make_unique<Player>(bench, make, c, plan));
  // The port knows the errors of all players.
  const auto rearm = [&] {
    bench.ClearErrors();
    for (const auto& player : players) {
      for (const auto& e : player->errors()) {
        bench.AddError({e.address, e.size,
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
      RC_FAIL("no end: " + where);
    }
  }
  for (auto& player : players) player->Check();
  const std::string problems = bench.Problems();
  bench.Forgive();
  RC_ASSERT(problems == "");
}

}  // namespace

void PlayRandomPlan(bool hurt) { Play(*AnyPlan(hurt)); }

}  // namespace tb
