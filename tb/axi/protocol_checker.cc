// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "axi/protocol_checker.h"

#include <bit>

namespace tb {
namespace {

constexpr uint8_t ChannelBit(AxiChannel c) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(c));
}
constexpr uint8_t kArBit = ChannelBit(AxiChannel::kAr);
constexpr uint8_t kRBit = ChannelBit(AxiChannel::kR);
constexpr uint8_t kAwBit = ChannelBit(AxiChannel::kAw);
constexpr uint8_t kWBit = ChannelBit(AxiChannel::kW);
constexpr uint8_t kBBit = ChannelBit(AxiChannel::kB);

template <typename Pins>
uint8_t Waits(const Pins& pins, uint8_t bit) {
  return pins.valid != 0 && pins.ready == 0 ? bit : 0;
}

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string Text(const AxiAddress& a) {
  return "id " + std::to_string(a.id) + ", address " + Hex(a.addr) + ", len " +
         std::to_string(a.len) + ", size " + std::to_string(a.size) + ", burst " +
         std::to_string(a.burst);
}

// Whether the set bits of `strb` are neighbours.
bool OneRun(uint64_t strb) {
  const uint64_t run = strb >> std::countr_zero(strb);
  return (run & (run + 1)) == 0;
}

void ReportTo(Simulation& sim, Rule rule, const std::string& seen) {
  sim.Report(RuleId(rule), std::string(RuleSentence(rule)) + " (" + seen + ")");
}

}  // namespace

ProtocolChecker::ProtocolChecker(Simulation& sim, const AxiPins& pins, const CheckerConfig& config)
    : sim_(sim), pins_(pins), config_(config), collecting_(kWriteDepth), early_(kWriteDepth) {
  if (!config.engine_rules) {
    for (Rule rule :
         {Rule::kIncr, Rule::kFullSize, Rule::kNoLock, Rule::kAddressBits, Rule::kIdRange,
          Rule::kStrobeRun, Rule::kAlwaysReady, Rule::kFixedAligned, Rule::kFixedStrobes}) {
      Ignore(rule);
    }
  }
  sim_.Add(*this);
}

ProtocolChecker::~ProtocolChecker() { sim_.Remove(*this); }

void ProtocolChecker::Break(Rule rule, const std::string& seen) {
  if ((ignored_ >> static_cast<unsigned>(rule) & 1) == 0) ReportTo(sim_, rule, seen);
}

// ---- Reset ----

void ProtocolChecker::Reset() {
  for (ReadBook& book : reads_) book.head = book.count = book.seen = 0;
  writes_.fill(WriteBook{});
  open_reads_ = open_writes_ = 0;
  collecting_head_ = collecting_count_ = write_beat_ = 0;
  early_head_ = early_count_ = 0;
  waiting_ = 0;
  quiet_ = true;
  reset_cycles_ = 0;
}

void ProtocolChecker::SampleReset() {
  // The first edge with reset active is the one that lets a synchronous design fall silent.
  if (++reset_cycles_ > 1) CheckQuiet();
}

void ProtocolChecker::CheckQuiet() {
  if ((pins_.ar.valid | pins_.aw.valid | pins_.w.valid) != 0)
    Break(Rule::kManagerQuietInReset, "a VALID is high");
  if ((pins_.r.valid | pins_.b.valid) != 0)
    Break(Rule::kSubordinateQuietInReset, "a VALID is high");
}

// ---- One cycle ----

void ProtocolChecker::Sample() {
  if (quiet_) {
    CheckQuiet();
    quiet_ = false;
  }
  if (waiting_ != 0) CheckStable();
  // Answers first: they must rest on handshakes of earlier cycles.
  if (pins_.r.valid != 0) {
    if ((waiting_ & kRBit) == 0) OfferR();
    if (pins_.r.ready != 0) {
      TakeR();
    } else {
      Break(Rule::kAlwaysReady, "id " + std::to_string(pins_.r.id));
    }
  }
  if (pins_.b.valid != 0) {
    if ((waiting_ & kBBit) == 0) OfferB();
    if (pins_.b.ready != 0) TakeB();
  }
  if (pins_.ar.valid != 0) {
    if ((waiting_ & kArBit) == 0) CheckAddress(pins_.ar);
    if (pins_.ar.ready != 0) TakeAr();
  }
  if (pins_.aw.valid != 0) {
    if ((waiting_ & kAwBit) == 0) CheckAddress(pins_.aw);
    if (pins_.aw.ready != 0) TakeAw();
  }
  if (pins_.w.Fires()) TakeW();
  Remember();
}

void ProtocolChecker::Remember() {
  waiting_ =
      static_cast<uint8_t>(Waits(pins_.ar, kArBit) | Waits(pins_.r, kRBit) |
                           Waits(pins_.aw, kAwBit) | Waits(pins_.w, kWBit) | Waits(pins_.b, kBBit));
  if (waiting_ == 0) return;
  if ((waiting_ & kArBit) != 0) ar_ = pins_.ar;
  if ((waiting_ & kRBit) != 0) r_ = pins_.r;
  if ((waiting_ & kAwBit) != 0) aw_ = pins_.aw;
  if ((waiting_ & kWBit) != 0) w_ = pins_.w;
  if ((waiting_ & kBBit) != 0) b_ = pins_.b;
}

void ProtocolChecker::CheckStable() {
  const auto address = [&](const AxiAddressPins& now, const AxiAddressPins& before, Rule rule) {
    if (now.valid == 0) {
      Break(rule, "VALID fell; " + Text(before));
    } else if (static_cast<const AxiAddress&>(now) != static_cast<const AxiAddress&>(before)) {
      Break(rule, "changed; before: " + Text(before) + "; now: " + Text(now));
    }
  };
  if ((waiting_ & kArBit) != 0) address(pins_.ar, ar_, Rule::kArHeld);
  if ((waiting_ & kAwBit) != 0) address(pins_.aw, aw_, Rule::kAwHeld);
  if ((waiting_ & kWBit) != 0) {
    const AxiWritePins& now = pins_.w;
    const bool same = now.data == w_.data && now.strb == w_.strb && now.last == w_.last;
    if (now.valid == 0 || !same) Break(Rule::kWHeld, now.valid == 0 ? "VALID fell" : "changed");
  }
  if ((waiting_ & kRBit) != 0) {
    const AxiReadPins& now = pins_.r;
    const bool same =
        now.data == r_.data && now.id == r_.id && now.resp == r_.resp && now.last == r_.last;
    if (now.valid == 0 || !same) Break(Rule::kRHeld, now.valid == 0 ? "VALID fell" : "changed");
  }
  if ((waiting_ & kBBit) != 0) {
    const AxiResponsePins& now = pins_.b;
    const bool same = now.id == b_.id && now.resp == b_.resp;
    if (now.valid == 0 || !same) Break(Rule::kBHeld, now.valid == 0 ? "VALID fell" : "changed");
  }
}

// ---- Addresses ----

void ProtocolChecker::CheckAddress(const AxiAddress& a) {
  const uint64_t size = uint64_t{1} << a.size;
  const uint64_t bytes = size * Beats(a);
  const uint64_t start = a.addr & ~(size - 1);
  if (a.burst == kBurstIncr && (start & (kBurstBoundary - 1)) + bytes > kBurstBoundary) {
    Break(Rule::kBoundary, Text(a));
  }
  if (size > pins_.data_bytes) Break(Rule::kSize, Text(a));
  if (a.burst != kBurstIncr) CheckOtherBurst(a, size);
  if ((a.cache & 0x2) == 0 && (a.cache & 0xC) != 0)
    Break(Rule::kCache, "cache " + Hex(a.cache) + ", " + Text(a));
  if (a.lock != 0) {
    if (bytes > 128 || !std::has_single_bit(bytes) || a.addr % bytes != 0 || Beats(a) > 16) {
      Break(Rule::kExclusive, Text(a));
    }
    Break(Rule::kNoLock, Text(a));
  }
  const bool element = a.burst == kBurstFixed && config_.allow_fixed;
  if (size != pins_.data_bytes && !element) Break(Rule::kFullSize, Text(a));
  if (a.addr >> config_.address_bits != 0) Break(Rule::kAddressBits, Text(a));
  if (a.id >= config_.id_count) Break(Rule::kIdRange, Text(a));
}

void ProtocolChecker::CheckOtherBurst(const AxiAddress& a, uint64_t size) {
  const unsigned beats = Beats(a);
  if (a.burst > kBurstWrap) Break(Rule::kBurstType, Text(a));
  if (a.burst == kBurstFixed && beats > 16) Break(Rule::kFixedLength, Text(a));
  if (a.burst == kBurstWrap) {
    const bool length = beats == 2 || beats == 4 || beats == 8 || beats == 16;
    if (!length || a.addr % size != 0) Break(Rule::kWrapLength, Text(a));
  }
  if (a.burst == kBurstFixed && a.addr % size != 0) Break(Rule::kFixedAligned, Text(a));
  if (a.burst != kBurstFixed || !config_.allow_fixed) Break(Rule::kIncr, Text(a));
}

// ---- Reads ----

void ProtocolChecker::TakeAr() {
  const AxiAddress& a = pins_.ar;
  ReadBook& book = reads_[a.id % kMaxAxiIds];
  if (book.count >= config_.max_open_reads || book.count == kDepth)
    Break(Rule::kOpenReads, Text(a));
  if (book.count == kDepth) return;
  book.bursts[(book.head + book.count) % kDepth] = {static_cast<uint16_t>(Beats(a)), a.lock != 0};
  ++book.count;
  ++open_reads_;
}

void ProtocolChecker::OfferR() {
  const AxiReadPins& r = pins_.r;
  const ReadBook& book = reads_[r.id % kMaxAxiIds];
  if (book.count == 0) {
    Break(Rule::kRId, "id " + std::to_string(r.id) + " has no open read");
    return;
  }
  const OpenRead& burst = book.bursts[book.head];
  const bool last = book.seen + 1u == burst.beats;
  if (last != (r.last != 0)) {
    Break(Rule::kRLast, "id " + std::to_string(r.id) + ", beat " + std::to_string(book.seen + 1) +
                            " of " + std::to_string(burst.beats) + ", RLAST " +
                            std::to_string(r.last));
  }
  if (r.resp == 1 && !burst.exclusive) Break(Rule::kNoExOkay, "R, id " + std::to_string(r.id));
}

// Bursts end by their length, so one wrong RLAST is one report.
void ProtocolChecker::TakeR() {
  ReadBook& book = reads_[pins_.r.id % kMaxAxiIds];
  if (book.count == 0) return;
  if (++book.seen < book.bursts[book.head].beats) return;
  book.seen = 0;
  book.head = (book.head + 1) % kDepth;
  --book.count;
  --open_reads_;
}

// ---- Writes ----

void ProtocolChecker::TakeAw() {
  const AxiAddress& a = pins_.aw;
  WriteBook& book = writes_[a.id % kMaxAxiIds];
  if (book.open >= config_.max_open_writes || collecting_count_ == kWriteDepth)
    Break(Rule::kOpenWrites, Text(a));
  if (collecting_count_ == kWriteDepth) return;
  ++book.open;
  ++open_writes_;
  book.exclusive = book.exclusive || a.lock != 0;
  collecting_[(collecting_head_ + collecting_count_) % kWriteDepth] = a;
  ++collecting_count_;
  while (early_count_ > 0 && collecting_count_ > 0) {
    const EarlyBeat beat = early_[early_head_];
    early_head_ = (early_head_ + 1) % kWriteDepth;
    --early_count_;
    TakeWriteBeat(beat.strb, beat.last);
  }
}

void ProtocolChecker::TakeW() {
  if (collecting_count_ > 0) return TakeWriteBeat(pins_.w.strb, pins_.w.last != 0);
  if (early_count_ == kWriteDepth) {
    Break(Rule::kOpenWrites, std::to_string(kWriteDepth) + " W beats without an AW");
    return;
  }
  early_[(early_head_ + early_count_) % kWriteDepth] = {pins_.w.strb, pins_.w.last != 0};
  ++early_count_;
}

// One W beat of the oldest write whose data is not complete.
void ProtocolChecker::TakeWriteBeat(uint64_t strb, bool last) {
  const AxiAddress& a = collecting_[collecting_head_];
  const uint64_t lanes = BeatLanes(a, write_beat_, pins_.data_bytes);
  if (strb != lanes || strobe_ended_) CheckStrobes(a, strb, lanes);
  const bool is_last = write_beat_ + 1 == Beats(a);
  if (last != is_last) {
    Break(Rule::kWLast, "beat " + std::to_string(write_beat_ + 1) + " of " + Text(a) + ", WLAST " +
                            std::to_string(static_cast<int>(last)));
  }
  ++write_beat_;
  if (!is_last) return;

  WriteBook& book = writes_[a.id % kMaxAxiIds];
  if (book.answered_early > 0) {
    --book.answered_early;
  } else {
    ++book.answerable;
  }
  write_beat_ = 0;
  strobe_ended_ = false;
  collecting_head_ = (collecting_head_ + 1) % kWriteDepth;
  --collecting_count_;
}

// Called when not simply all allowed lanes are written.
void ProtocolChecker::CheckStrobes(const AxiAddress& a, uint64_t strb, uint64_t lanes) {
  const auto text = [&] {
    return "strobes " + Hex(strb) + ", allowed " + Hex(lanes) + ", beat " +
           std::to_string(write_beat_ + 1) + " of " + Text(a);
  };
  if ((strb & ~lanes) != 0) {
    Break(Rule::kStrobeLanes, text());
    return;
  }
  if (a.burst == kBurstFixed && strb != lanes) Break(Rule::kFixedStrobes, text());
  if (a.burst != kBurstIncr) return;
  const bool starts_right =
      strb == 0 ? write_beat_ > 0 : (strb & lanes & -lanes) != 0 && OneRun(strb);
  if (!starts_right || (strobe_ended_ && strb != 0)) Break(Rule::kStrobeRun, text());
  if (strb != lanes) strobe_ended_ = true;
}

void ProtocolChecker::OfferB() {
  const AxiResponsePins& b = pins_.b;
  const WriteBook& book = writes_[b.id % kMaxAxiIds];
  if (book.open == 0) {
    Break(Rule::kBId, "id " + std::to_string(b.id) + " has no open write");
  } else if (book.answerable == 0) {
    Break(Rule::kBAfterData, "id " + std::to_string(b.id) + " has no write with all its data");
  }
  if (b.resp == 1 && !book.exclusive) Break(Rule::kNoExOkay, "B, id " + std::to_string(b.id));
}

void ProtocolChecker::TakeB() {
  WriteBook& book = writes_[pins_.b.id % kMaxAxiIds];
  if (book.open == 0) return;
  --book.open;
  --open_writes_;
  if (book.answerable > 0) {
    --book.answerable;
  } else {
    ++book.answered_early;
  }
}

// ---- AXI4-Lite ----

LiteChecker::LiteChecker(Simulation& sim, const LitePins& pins) : sim_(sim), pins_(pins) {
  sim_.Add(*this);
}

LiteChecker::~LiteChecker() { sim_.Remove(*this); }

void LiteChecker::Break(Rule rule, const std::string& seen) {
  if ((ignored_ >> static_cast<unsigned>(rule) & 1) == 0) ReportTo(sim_, rule, seen);
}

void LiteChecker::Reset() {
  waiting_ = 0;
  quiet_ = true;
  reset_cycles_ = open_reads_ = addresses_ = data_ = 0;
}

void LiteChecker::SampleReset() {
  if (++reset_cycles_ > 1) CheckQuiet();
}

void LiteChecker::CheckQuiet() {
  if ((pins_.ar.valid | pins_.aw.valid | pins_.w.valid) != 0)
    Break(Rule::kLiteManagerQuiet, "a VALID is high");
  if ((pins_.r.valid | pins_.b.valid) != 0) Break(Rule::kLiteSubordinateQuiet, "a VALID is high");
}

void LiteChecker::Sample() {
  if (quiet_) {
    CheckQuiet();
    quiet_ = false;
  }
  const unsigned any =
      pins_.ar.valid | pins_.aw.valid | pins_.w.valid | pins_.r.valid | pins_.b.valid;
  if ((any | waiting_) == 0) return;
  if (waiting_ != 0) CheckStable();
  CheckAnswers();
  open_reads_ += pins_.ar.Fires();
  addresses_ += pins_.aw.Fires();
  data_ += pins_.w.Fires();
  waiting_ =
      static_cast<uint8_t>(Waits(pins_.ar, kArBit) | Waits(pins_.r, kRBit) |
                           Waits(pins_.aw, kAwBit) | Waits(pins_.w, kWBit) | Waits(pins_.b, kBBit));
  if (waiting_ != 0) last_ = pins_;
}

void LiteChecker::CheckAnswers() {
  const auto response = [&](uint8_t resp, const char* name) {
    if (resp == 1) Break(Rule::kLiteNoExOkay, name);
    if (resp != 0) Break(Rule::kLiteOkay, std::string(name) + " response " + std::to_string(resp));
  };
  if (pins_.r.valid != 0 && (waiting_ & kRBit) == 0) {
    if (open_reads_ == 0) Break(Rule::kLiteRAfterAr, "no read is open");
    response(pins_.r.resp, "R");
  }
  if (pins_.b.valid != 0 && (waiting_ & kBBit) == 0) {
    if (addresses_ == 0 || data_ == 0) {
      Break(Rule::kLiteBAfterBoth, std::to_string(addresses_) + " addresses and " +
                                       std::to_string(data_) + " data words taken");
    }
    response(pins_.b.resp, "B");
  }
  if (pins_.r.Fires() && open_reads_ > 0) --open_reads_;
  if (pins_.b.Fires()) {
    addresses_ -= addresses_ > 0;
    data_ -= data_ > 0;
  }
}

void LiteChecker::CheckStable() {
  const auto held = [&](uint8_t bit, unsigned valid, bool same, Rule rule) {
    if ((waiting_ & bit) != 0 && (valid == 0 || !same))
      Break(rule, valid == 0 ? "VALID fell" : "changed");
  };
  const LitePins& p = pins_;
  held(kArBit, p.ar.valid, p.ar.addr == last_.ar.addr && p.ar.prot == last_.ar.prot,
       Rule::kLiteArHeld);
  held(kAwBit, p.aw.valid, p.aw.addr == last_.aw.addr && p.aw.prot == last_.aw.prot,
       Rule::kLiteAwHeld);
  held(kWBit, p.w.valid, p.w.data == last_.w.data && p.w.strb == last_.w.strb, Rule::kLiteWHeld);
  held(kRBit, p.r.valid, p.r.data == last_.r.data && p.r.resp == last_.r.resp, Rule::kLiteRHeld);
  held(kBBit, p.b.valid, p.b.resp == last_.b.resp, Rule::kLiteBHeld);
}

}  // namespace tb
