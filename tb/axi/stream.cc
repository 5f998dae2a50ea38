// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "axi/stream.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tb {
namespace {

uint8_t* Bytes(BusData& data) { return reinterpret_cast<uint8_t*>(data.data()); }
const uint8_t* Bytes(const BusData& data) { return reinterpret_cast<const uint8_t*>(data.data()); }

// What the lanes a beat does not keep carry: easy to spot, and never right.
constexpr uint8_t kNoByte = 0xBD;

}  // namespace

// ---- Source ----

StreamSource::StreamSource(Simulation& sim, StreamPins& pins, const StreamSourceConfig& config)
    : sim_(sim), pins_(pins), gap_(config.gap, Random(config.seed)) {
  sim_.Add(*this);
}

StreamSource::~StreamSource() { sim_.Remove(*this); }

void StreamSource::Reset() {
  queue_.clear();
  offset_ = 0;
  pins_.valid = 0;
}

void StreamSource::Sample() {
  if (!pins_.Fires()) return;
  sim_.NoteProgress();
  bytes_sent_ += static_cast<uint64_t>(std::popcount(pins_.keep));
}

void StreamSource::Drive() {
  if (pins_.valid != 0 && pins_.ready == 0) return BreakWaiting();
  pins_.valid = 0;
  if (!gap_.Next() && !queue_.empty()) Offer();
}

// The next beat of the first packet.
void StreamSource::Offer() {
  StreamPacket& packet = queue_.front();
  const size_t count = std::min<size_t>(packet.bytes.size() - offset_, pins_.data_bytes);
  std::fill_n(Bytes(pins_.data), pins_.data_bytes, kNoByte);
  std::copy_n(packet.bytes.begin() + static_cast<ptrdiff_t>(offset_), count, Bytes(pins_.data));
  offset_ += count;
  const bool ends = offset_ == packet.bytes.size() && !(packet.empty_end && count > 0);
  pins_.keep = AllLanes(static_cast<uint32_t>(count));
  pins_.last = ends && packet.last;
  pins_.user = pins_.last != 0 && packet.user;
  pins_.valid = 1;
  if (break_ != StreamBreak::kNone) BreakBeat();
  if (!ends) return;
  queue_.pop_front();
  offset_ = 0;
}

void StreamSource::BreakBeat() {
  const int bytes = std::popcount(pins_.keep);
  switch (break_) {
    case StreamBreak::kHole:
      if (bytes < 3) return;
      pins_.keep &= ~uint64_t{2};
      break;
    case StreamBreak::kPartialBeat:
      if (bytes < 2 || pins_.last != 0) return;
      pins_.keep >>= 1;
      break;
    case StreamBreak::kHighStart:
      if (bytes < 2) return;
      pins_.keep &= ~uint64_t{1};
      break;
    case StreamBreak::kEarlyUser:
      if (pins_.last != 0) return;
      pins_.user = 1;
      break;
    default:
      return;
  }
  break_ = StreamBreak::kNone;
}

void StreamSource::BreakWaiting() {
  if (break_ == StreamBreak::kDropValid) {
    pins_.valid = 0;
  } else if (break_ == StreamBreak::kChangeData) {
    pins_.data[0] ^= 1;
  } else {
    return;
  }
  break_ = StreamBreak::kNone;
}

void StreamSource::DescribeWaits(std::string* out) const {
  if (!idle()) *out += "  stream source: " + std::to_string(queue_.size()) + " packets to send\n";
}

// ---- Sink ----

StreamSink::StreamSink(Simulation& sim, StreamPins& pins, const StreamSinkConfig& config)
    : sim_(sim), pins_(pins), stall_(config.stall, Random(config.seed)) {
  sim_.Add(*this);
}

StreamSink::~StreamSink() { sim_.Remove(*this); }

void StreamSink::Reset() {
  begun_.clear();
  pins_.ready = 0;
}

void StreamSink::Sample() {
  if (!pins_.Fires()) return;
  sim_.NoteProgress();
  for (uint32_t lane = 0; lane < pins_.data_bytes; ++lane) {
    if ((pins_.keep >> lane & 1) != 0) begun_.push_back(Bytes(std::as_const(pins_.data))[lane]);
  }
  bytes_taken_ += static_cast<uint64_t>(std::popcount(pins_.keep));
  if (pins_.last == 0) return;
  packets_.push_back({std::exchange(begun_, {}), pins_.user != 0, sim_.now()});
}

void StreamSink::Drive() { pins_.ready = !stall_.Next(); }

// ---- Checker ----

StreamChecker::StreamChecker(Simulation& sim, const StreamPins& pins, std::string name)
    : sim_(sim), pins_(pins), name_(std::move(name)) {
  sim_.Add(*this);
}

StreamChecker::~StreamChecker() { sim_.Remove(*this); }

void StreamChecker::Break(Rule rule, const std::string& seen) {
  if ((ignored_ >> static_cast<unsigned>(rule) & 1) != 0) return;
  sim_.Report(RuleId(rule), std::string(RuleSentence(rule)) + " (" + name_ + ": " + seen + ")");
}

void StreamChecker::Reset() {
  waiting_ = false;
  quiet_ = true;
  reset_cycles_ = 0;
}

void StreamChecker::SampleReset() {
  // The first edge with reset active is the one that lets a synchronous design fall silent.
  if (++reset_cycles_ > 1 && pins_.valid != 0) Break(Rule::kStreamQuiet, "TVALID is high");
}

void StreamChecker::Sample() {
  if (quiet_ && pins_.valid != 0) Break(Rule::kStreamQuiet, "TVALID is high");
  quiet_ = false;
  if (waiting_) CheckHeld();
  if (pins_.valid != 0 && !waiting_) CheckBeat();
  waiting_ = pins_.valid != 0 && pins_.ready == 0;
  if (waiting_) before_ = pins_;
}

void StreamChecker::CheckHeld() {
  const bool same = pins_.data == before_.data && pins_.keep == before_.keep &&
                    pins_.last == before_.last && pins_.user == before_.user;
  if (pins_.valid == 0 || !same)
    Break(Rule::kStreamHeld, pins_.valid == 0 ? "TVALID fell" : "changed");
}

void StreamChecker::CheckBeat() {
  const uint64_t all = AllLanes(pins_.data_bytes);
  const std::string seen =
      "TKEEP " + std::to_string(pins_.keep) + ", TLAST " + std::to_string(pins_.last);
  if ((pins_.keep & ~all) != 0 || (pins_.keep & (pins_.keep + 1)) != 0)
    Break(Rule::kStreamKeepRun, seen);
  if (pins_.last == 0 && pins_.keep != all) Break(Rule::kStreamWhole, seen);
  if (pins_.last == 0 && pins_.user != 0) Break(Rule::kStreamUser, seen);
}

}  // namespace tb
