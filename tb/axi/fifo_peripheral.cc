// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "axi/fifo_peripheral.h"

#include <algorithm>
#include <stdexcept>

namespace tb {

FifoPeripheral::FifoPeripheral(Simulation& sim, BusTarget& next, DemandPins& demand, Kind kind,
                               const FifoConfig& config)
    : sim_(sim),
      next_(next),
      demand_(demand),
      kind_(kind),
      config_(config),
      gaps_(config.gaps, Random(config.seed)) {
  const uint32_t size = config.element_bytes;
  if (size == 0 || (size & (size - 1)) != 0 || size > kMaxBusBytes || config.address % size != 0 ||
      config.threshold == 0 || config.threshold > config.depth || config.period == 0) {
    throw std::invalid_argument("FifoPeripheral: element, address, depth or period");
  }
  sim_.Add(*this);
}

FifoPeripheral::~FifoPeripheral() { sim_.Remove(*this); }

void FifoPeripheral::Supply(std::span<const uint8_t> bytes) {
  if (kind_ != Kind::kSource || bytes.size() % config_.element_bytes != 0)
    throw std::invalid_argument("FifoPeripheral: a source is given whole elements");
  supply_.insert(supply_.end(), bytes.begin(), bytes.end());
}

// ---- Bus ----

bool FifoPeripheral::Mine(const BusAccess& burst) const {
  return burst.address < config_.address + config_.element_bytes &&
         config_.address < burst.address + burst.bytes;
}

BusRoute FifoPeripheral::Begin(const BusAccess& burst) {
  if (!Mine(burst)) return next_.Begin(burst);
  ++bursts_;
  if (burst.write != (kind_ == Kind::kSink)) Report("accessed in the wrong direction");
  if (!burst.fixed || burst.address != config_.address || burst.bytes != config_.element_bytes)
    Report("not a FIXED burst of its element at its address");
  if (config_.demand) {
    if (open_) Report("a burst began before the DACK of the last one");
    if (!asked_) Report("a burst began that no DRQ asked for");
  }
  asked_ = false;
  open_ = true;
  beats_left_ = burst.beats;
  return {.resp = AxiResp::kOkay, .address = burst.address};
}

void FifoPeripheral::FailElement(uint64_t nth, AxiResp resp) {
  fail_in_ = nth;
  fail_resp_ = resp;
}

// False when it is the one to fail.
bool FifoPeripheral::NoteBeat() {
  if (beats_left_ > 0) --beats_left_;
  return fail_in_ == 0 || --fail_in_ != 0;
}

AxiResp FifoPeripheral::ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) {
  if (!Mine(burst)) return next_.ReadBeat(burst, address, out);
  if (!NoteBeat()) return fail_resp_;
  if (kind_ != Kind::kSource) return AxiResp::kSlvErr;
  if (fifo_.size() < out.size()) {
    Report("read while it is empty");
    return AxiResp::kSlvErr;
  }
  const auto end = fifo_.begin() + static_cast<ptrdiff_t>(out.size());
  std::copy(fifo_.begin(), end, out.begin());
  fifo_.erase(fifo_.begin(), end);
  ++moved_;
  return AxiResp::kOkay;
}

AxiResp FifoPeripheral::WriteBeat(const BusAccess& burst, uint64_t address,
                                  std::span<const uint8_t> data, uint64_t strobe) {
  if (!Mine(burst)) return next_.WriteBeat(burst, address, data, strobe);
  if (!NoteBeat()) return fail_resp_;
  if (kind_ != Kind::kSink) return AxiResp::kSlvErr;
  if (strobe != AllLanes(static_cast<uint32_t>(data.size())))
    Report("a part of an element written");
  if (fifo_.size() + data.size() > uint64_t{config_.depth} * config_.element_bytes) {
    Report("written while it is full");
    return AxiResp::kSlvErr;
  }
  fifo_.insert(fifo_.end(), data.begin(), data.end());
  ++moved_;
  return AxiResp::kOkay;
}

// ---- Demand ----

bool FifoPeripheral::WantsBurst() const {
  if (hold_) return false;
  if (kind_ == Kind::kSink) return config_.depth - fill() >= config_.threshold;
  return fill() >= config_.threshold || (supply_.empty() && fill() > 0);
}

void FifoPeripheral::Sample() {
  const uint32_t bit = 1u << config_.channel;
  if (config_.demand && (demand_.dack & bit) != 0) {
    ++dacks_;
    if (!open_) Report("a DACK without a burst");
    if (beats_left_ > 0) Report("a DACK before the last beat of its burst");
    open_ = false;
    look_from_ = sim_.now() + 2;
  }
  if ((demand_.drq & bit) != 0 && !open_ && sim_.now() >= look_from_) asked_ = true;
}

void FifoPeripheral::Drive() {
  Refill();
  const uint32_t bit = 1u << config_.channel;
  demand_.drq = WantsBurst() ? demand_.drq | bit : demand_.drq & ~bit;
}

// One element on the device's own side, when its time has come.
void FifoPeripheral::Refill() {
  if (gaps_.Next()) return;
  if (wait_ > 0) --wait_;
  if (wait_ > 0) return;
  std::deque<uint8_t>& from = kind_ == Kind::kSource ? supply_ : fifo_;
  if (from.size() < config_.element_bytes) return;
  if (kind_ == Kind::kSource && fill() == config_.depth) return;
  wait_ = config_.period;
  for (uint32_t i = 0; i < config_.element_bytes; ++i) {
    if (kind_ == Kind::kSource) {
      fifo_.push_back(from.front());
    } else {
      taken_.push_back(from.front());
    }
    from.pop_front();
  }
}

// The bus is reset; the device keeps what it has.
void FifoPeripheral::Reset() {
  asked_ = open_ = false;
  beats_left_ = 0;
  look_from_ = 0;
  demand_.drq &= ~(1u << config_.channel);
}

void FifoPeripheral::DescribeWaits(std::string* out) const {
  if (open_ && config_.demand) *out += "  fifo: a burst has no DACK yet\n";
  if (WantsBurst() && !open_)
    *out += "  fifo: asks for a burst, holds " + std::to_string(fill()) + " elements\n";
}

}  // namespace tb
