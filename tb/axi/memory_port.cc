// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AxiMemoryPort: accepting bursts, moving beats. Which burst answers next is in
// memory_port_queues.cc, broken protocol in memory_port_break.cc.

#include "axi/memory_port.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace tb {
namespace {

// What an error beat carries instead of data: easy to spot, and never right.
constexpr uint64_t kPoisonWord = 0xBAD0BAD1BAD2BAD3;

}  // namespace

AxiMemoryPort::AxiMemoryPort(Simulation& sim, AxiPins& pins, BusTarget& target,
                             const MemoryPortConfig& config)
    : sim_(sim), pins_(pins), target_(target), config_(config), bus_bytes_(pins.data_bytes) {
  const bool whole_burst_ahead =
      config.coupling != WriteCoupling::kAwAfterLastW || config.max_w_ahead >= 256;
  if (config.max_reads == 0 || config.max_writes == 0 || config.max_w_ahead == 0 ||
      !whole_burst_ahead) {
    throw std::invalid_argument("AxiMemoryPort: a depth is too small for its mode");
  }
  bus_words_ = std::max(1u, bus_bytes_ / 8);
  pool_.resize(config.max_reads + config.max_writes);
  ahead_.resize(config.max_w_ahead);
  const Random seed(config.seed);
  stall_ar_ = StallSource(config.stall_ar, seed.Fork(1));
  stall_r_ = StallSource(config.stall_r, seed.Fork(2));
  stall_aw_ = StallSource(config.stall_aw, seed.Fork(3));
  stall_w_ = StallSource(config.stall_w, seed.Fork(4));
  stall_b_ = StallSource(config.stall_b, seed.Fork(5));
  read_random_ = seed.Fork(6);
  write_random_ = seed.Fork(7);
  read_order_random_ = seed.Fork(8);
  write_order_random_ = seed.Fork(9);
  Reset();
  sim_.Add(*this);
}

AxiMemoryPort::~AxiMemoryPort() { sim_.Remove(*this); }

void AxiMemoryPort::Reset() {
  reads_ = Answers{};
  writes_ = Answers{};
  collecting_ = List{};
  ahead_head_ = ahead_count_ = ahead_bursts_ = 0;
  open_reads_ = open_writes_ = 0;
  read_rows_.assign(std::max(1u, config_.read_latency.banks), ~uint64_t{0});
  write_rows_.assign(std::max(1u, config_.write_latency.banks), ~uint64_t{0});
  credit_ = 0;
  early_b_ = false;
  for (uint32_t i = 0; i < pool_.size(); ++i) pool_[i].next = i + 1;
  pool_.back().next = kNil;
  free_ = 0;
  pins_.r = AxiReadPins{.ready = pins_.r.ready};
  pins_.b = AxiResponsePins{.ready = pins_.b.ready};
  pins_.ar.ready = pins_.aw.ready = pins_.w.ready = 0;
}

// ---- Accepting ----

uint32_t AxiMemoryPort::DrawLatency(const Latency& latency, Random& random,
                                    std::vector<uint64_t>& rows, uint64_t address) {
  switch (latency.kind) {
    case Latency::Kind::kFixed:
      break;
    case Latency::Kind::kUniform:
      return std::max<uint32_t>(1,
                                static_cast<uint32_t>(random.Between(latency.low, latency.high)));
    case Latency::Kind::kDramRows: {
      const uint64_t row = address / latency.row_bytes;
      if (rows.size() != latency.banks) rows.assign(latency.banks, ~uint64_t{0});
      uint64_t& open = rows[row % rows.size()];
      const bool hit = open == row;
      open = row;
      return std::max(1u, hit ? latency.low : latency.high);
    }
  }
  return std::max(1u, latency.low);
}

uint32_t AxiMemoryPort::Accept(const AxiAddress& ax, bool write) {
  const uint32_t index = Allocate();
  Burst& burst = pool_[index];
  const uint64_t size = uint64_t{1} << ax.size;
  burst = Burst{};
  burst.ax = ax;
  burst.beats = static_cast<uint16_t>(Beats(ax));
  const bool fixed = ax.burst == kBurstFixed;
  const uint64_t moves =
      fixed ? size : burst.beats * size;  // from the first beat's aligned address
  burst.access = {.write = write,
                  .address = ax.addr,
                  .bytes = static_cast<uint32_t>(moves - (ax.addr & (size - 1))),
                  .device_id = ax.user,
                  .id = ax.id,
                  .prot = ax.prot,
                  .fixed = fixed,
                  .beats = burst.beats};
  const BusRoute route = target_.Begin(burst.access);
  burst.resp = route.resp;
  burst.shift = route.address - ax.addr;
  burst.ready = sim_.now() + route.delay_cycles;
  if (!faults_.empty()) ApplyFaults(burst, write);
  return index;
}

// Plans what the armed faults do to this burst.
void AxiMemoryPort::ApplyFaults(Burst& burst, bool write) {
  for (ArmedFault& armed : faults_) {
    const PortFault& fault = armed.fault;
    if (!Has(fault.ids, burst.ax.id)) continue;
    const bool by_beat = fault.on == PortFault::On::kReadBeat;
    if (write != (fault.on == PortFault::On::kWriteBurst)) continue;

    const uint64_t first = armed.seen + 1;  // number of this burst's first event
    const uint64_t events = by_beat ? burst.beats : 1;
    armed.seen += events;
    const uint64_t fault_end = fault.nth + fault.count;
    if (armed.seen < fault.nth || first >= fault_end) continue;

    ++faults_fired_;
    const uint64_t from = by_beat && fault.nth > first ? fault.nth - first : 0;
    const uint64_t to = by_beat ? std::min<uint64_t>(burst.beats, fault_end - first) : burst.beats;
    if (fault.does == PortFault::Does::kRespond) {
      burst.bad_first = static_cast<uint16_t>(from);
      burst.bad_end = static_cast<uint16_t>(to);
      burst.bad_resp = fault.resp;
      burst.lands = fault.write_lands;
    } else {
      burst.event = fault.does;
      burst.event_beat = static_cast<uint16_t>(write ? burst.beats : from);
      burst.event_delay = fault.delay;
    }
  }
}

void AxiMemoryPort::Arm(const PortFault& fault) {
  if (fault.nth == 0 || fault.count == 0)
    throw std::invalid_argument("PortFault: nth and count start at 1");
  faults_.push_back({fault, 0});
}

// Response the error map gives beat `beat`, or OKAY.
AxiResp AxiMemoryPort::RangeError(const Burst& burst, unsigned beat, bool write) const {
  const uint64_t address = BeatAddress(burst.ax, beat);
  const uint64_t size = uint64_t{1} << burst.ax.size;
  const uint64_t end = (address & ~(size - 1)) + size;
  for (const PortErrorRange& range : errors_) {
    if (!(write ? range.writes : range.reads)) continue;
    if (range.beat >= 0 && static_cast<unsigned>(range.beat) != beat) continue;
    if (address < range.base + range.size && range.base < end) return range.resp;
  }
  return AxiResp::kOkay;
}

void AxiMemoryPort::AcceptRead() {
  const uint32_t index = Accept(pins_.ar, false);
  Burst& burst = pool_[index];
  burst.ready +=
      DrawLatency(config_.read_latency, read_random_, read_rows_, burst.ax.addr + burst.shift);
  ++open_reads_;
  Enqueue(reads_, index);
  if (Has(silent_reads_, burst.ax.id)) {
    burst.event = PortFault::Does::kSilence;
    burst.event_beat = 0;
  }
}

void AxiMemoryPort::AcceptWrite() {
  const uint32_t index = Accept(pins_.aw, true);
  Burst& burst = pool_[index];
  ++open_writes_;
  if (Has(silent_writes_, burst.ax.id)) {
    burst.event = PortFault::Does::kSilence;
    burst.event_beat = burst.beats;
  }
  Append(collecting_, index);
  if (misbehave_ == Misbehave::kBBeforeLastW) {
    early_b_ = true;
    early_b_id_ = burst.ax.id;
    burst.answered_early = true;  // its regular answer must not come too
    MisbehaviourDone();
  }
  // Its data may have come before it.
  while (ahead_count_ > 0 && collecting_.head != kNil) {
    const AheadBeat& beat = ahead_[ahead_head_];
    ahead_head_ = (ahead_head_ + 1) % config_.max_w_ahead;
    --ahead_count_;
    ahead_bursts_ -= beat.last;
    WriteBeat(beat.data, beat.strb);
  }
}

void AxiMemoryPort::TakeW() {
  if (collecting_.head != kNil) return WriteBeat(pins_.w.data, pins_.w.strb);
  if (ahead_count_ == config_.max_w_ahead)
    throw std::logic_error("AxiMemoryPort: W taken without room");
  AheadBeat& beat = ahead_[(ahead_head_ + ahead_count_) % config_.max_w_ahead];
  beat = {pins_.w.data, pins_.w.strb, pins_.w.last != 0};
  ++ahead_count_;
  ahead_bursts_ += beat.last;
}

// One W beat of the oldest write that waits for data. The burst ends by its length; WLAST is the
// checker's business.
void AxiMemoryPort::WriteBeat(const BusData& data, uint64_t strb) {
  const uint32_t index = collecting_.head;
  Burst& burst = pool_[index];
  const unsigned beat = burst.done;
  const uint64_t at = BeatAddress(burst.ax, beat);
  AxiResp resp = burst.resp;
  if (resp == AxiResp::kOkay && !errors_.empty()) resp = RangeError(burst, beat, true);
  const bool bad = beat >= burst.bad_first && beat < burst.bad_end;
  if (resp == AxiResp::kOkay && (!bad || burst.lands)) {
    const uint64_t size = uint64_t{1} << burst.ax.size;
    const auto lane = static_cast<uint32_t>(at & (bus_bytes_ - 1));
    const auto bytes = static_cast<uint32_t>((at & ~(size - 1)) + size - at);
    const auto* from = reinterpret_cast<const uint8_t*>(data.data()) + lane;
    resp = target_.WriteBeat(burst.access, at + burst.shift, {from, bytes},
                             strb >> lane & Ones(bytes));
  }
  if (bad && resp == AxiResp::kOkay) resp = burst.bad_resp;
  // The first error is the burst's answer; later beats are still written where the target takes
  // them.
  if (burst.answer == AxiResp::kOkay) burst.answer = resp;
  if (++burst.done < burst.beats) return;

  PopFront(collecting_);
  burst.ready =
      std::max(burst.ready, sim_.now()) +
      DrawLatency(config_.write_latency, write_random_, write_rows_, burst.ax.addr + burst.shift);
  Enqueue(writes_, index);
}

// ---- Phases ----

void AxiMemoryPort::Sample() {
  const bool ar = pins_.ar.Fires();
  const bool aw = pins_.aw.Fires();
  const bool w = pins_.w.Fires();
  if (ar) AcceptRead();
  if (aw) AcceptWrite();
  if (w) TakeW();
  if (ar | aw | w | pins_.r.Fires() | pins_.b.Fires()) sim_.NoteProgress();
}

void AxiMemoryPort::Drive() {
  if (config_.bandwidth > 0) {
    credit_ = std::min(credit_ + config_.bandwidth, 2.0);
    if (pins_.w.Fires()) credit_ -= 1;
  }
  DriveR();
  DriveB();
  DriveReady();
}

void AxiMemoryPort::DriveR() {
  if (pins_.r.valid != 0 && pins_.r.ready == 0) {
    if (misbehave_ != Misbehave::kNone) BreakWaitingR();
    return;
  }
  pins_.r.valid = 0;
  const bool stall = stall_r_.Next();
  if (reads_.pending == 0 || stall || (config_.bandwidth > 0 && credit_ < 1)) return;
  const uint32_t queue =
      Select(reads_, read_order_random_, config_.ordering == Ordering::kInterleaved);
  if (queue != kNil) PresentR(queue);
}

void AxiMemoryPort::PresentR(uint32_t queue) {
  const uint32_t index = reads_.queues[queue].head;
  Burst& burst = pool_[index];
  const unsigned beat = burst.done;
  AxiReadPins& r = pins_.r;
  AxiResp resp = burst.resp;
  if (resp == AxiResp::kOkay && !errors_.empty()) resp = RangeError(burst, beat, false);
  if (beat >= burst.bad_first && beat < burst.bad_end) resp = burst.bad_resp;
  for (uint32_t i = 0; i < bus_words_; ++i) r.data[i] = kPoisonWord;
  if (resp == AxiResp::kOkay || resp == AxiResp::kExOkay) {
    const uint64_t at = BeatAddress(burst.ax, beat);
    const uint64_t size = uint64_t{1} << burst.ax.size;
    const auto lane = static_cast<uint32_t>(at & (bus_bytes_ - 1));
    const auto bytes = static_cast<uint32_t>((at & ~(size - 1)) + size - at);
    auto* to = reinterpret_cast<uint8_t*>(r.data.data()) + lane;
    const AxiResp got = target_.ReadBeat(burst.access, at + burst.shift, {to, bytes});
    if (got != AxiResp::kOkay) resp = got;
  }
  if (bus_bytes_ == 4) r.data[0] &= 0xFFFF'FFFF;
  r.valid = 1;
  r.id = burst.ax.id;
  r.resp = static_cast<uint8_t>(resp);
  if (config_.bandwidth > 0) credit_ -= 1;
  ++burst.done;
  r.last = burst.done == burst.beats;
  if (misbehave_ != Misbehave::kNone && BreakR(burst)) return;
  if (burst.done < burst.beats) return;
  DropFront(reads_, queue);
  Free(index);
  --open_reads_;
}

void AxiMemoryPort::DriveB() {
  AxiResponsePins& b = pins_.b;
  if (b.valid != 0 && b.ready == 0) {
    if (misbehave_ != Misbehave::kNone) BreakWaitingB();
    return;
  }
  b.valid = 0;
  if (early_b_ || misbehave_ == Misbehave::kSpuriousB) {
    BreakB();
    return;
  }
  const bool stall = stall_b_.Next();
  if (writes_.pending == 0 || stall) return;
  const uint32_t queue = Select(writes_, write_order_random_, true);
  if (queue == kNil) return;

  const uint32_t index = writes_.queues[queue].head;
  const Burst& burst = pool_[index];
  if (!burst.answered_early) {
    b.valid = 1;
    b.id = burst.ax.id;
    b.resp = static_cast<uint8_t>(burst.answer);
    if (misbehave_ == Misbehave::kWrongBId) {
      b.id = UnusedId();
      MisbehaviourDone();
    }
  }
  DropFront(writes_, queue);
  Free(index);
  --open_writes_;
}

void AxiMemoryPort::DriveReady() {
  const bool stall_ar = stall_ar_.Next();
  const bool stall_aw = stall_aw_.Next();
  const bool stall_w = stall_w_.Next();
  bool aw = open_writes_ < config_.max_writes && !stall_aw;
  bool w = ahead_count_ < config_.max_w_ahead && !stall_w;
  if (config_.bandwidth > 0 && credit_ < 1) w = false;

  switch (config_.coupling) {
    case WriteCoupling::kFree:
      break;
    case WriteCoupling::kAwAfterWValid: {
      const bool w_offered = pins_.w.valid != 0 && pins_.w.ready == 0;
      aw = aw && collecting_.head == kNil && (ahead_count_ > 0 || w_offered);
      break;
    }
    case WriteCoupling::kAwAfterLastW:
      aw = aw && collecting_.head == kNil && ahead_bursts_ > 0;
      break;
    case WriteCoupling::kWAfterAw:
      w = w && collecting_.head != kNil;
      break;
  }
  pins_.ar.ready = open_reads_ < config_.max_reads && !stall_ar;
  pins_.aw.ready = aw;
  pins_.w.ready = w;
}

void AxiMemoryPort::SetStall(AxiChannel channel, const Stall& stall) {
  switch (channel) {
    case AxiChannel::kAr:
      return stall_ar_.Set(stall);
    case AxiChannel::kR:
      return stall_r_.Set(stall);
    case AxiChannel::kAw:
      return stall_aw_.Set(stall);
    case AxiChannel::kW:
      return stall_w_.Set(stall);
    case AxiChannel::kB:
      return stall_b_.Set(stall);
  }
}

// ---- Looking in ----

void AxiMemoryPort::DescribeWaits(std::string* out) const {
  const auto line = [&](const std::string& text) { *out += "  memory port: " + text + "\n"; };
  if (withheld() != 0) {
    line("withholds " + std::to_string(reads_.held_count) + " reads and " +
         std::to_string(writes_.held_count) + " writes (silence asked for)");
  }
  if (open_reads_ > reads_.held_count)
    line(std::to_string(open_reads_ - reads_.held_count) + " reads to answer");
  if (collecting_.head != kNil) {
    const Burst& burst = pool_[collecting_.head];
    line("a write of id " + std::to_string(burst.ax.id) + " waits for W beat " +
         std::to_string(burst.done + 1) + " of " + std::to_string(burst.beats));
  }
  if (ahead_count_ != 0) line(std::to_string(ahead_count_) + " W beats wait for their AW");
}

}  // namespace tb
