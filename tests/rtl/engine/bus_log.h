// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What a channel's data bursts did on the bus, cycle by cycle, for tests that measure pace.
//
//   BusLog log(bench, 0);
//   ...
//   log.reads()[3].offered;     // first cycle its ARVALID was high

#ifndef SGDMA_TESTS_RTL_ENGINE_BUS_LOG_H_
#define SGDMA_TESTS_RTL_ENGINE_BUS_LOG_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {

class BusLog final : public Model {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};
  struct Burst {
    uint64_t offered = 0;        // first cycle with VALID of its address
    uint64_t accepted = 0;       // its handshake
    uint64_t last = kNever;      // handshake of the last R or W beat
    uint64_t answered = kNever;  // of the last R beat, or of B
    uint64_t address = 0;
    unsigned beats = 0;
    bool fixed = false;
  };

  BusLog(EngineBench& bench, unsigned channel) : bench_(bench), channel_(channel) {
    bench_.sim.Add(*this);
  }
  ~BusLog() override { bench_.sim.Remove(*this); }

  const std::vector<Burst>& reads() const { return reads_; }
  const std::vector<Burst>& writes() const { return writes_; }
  const std::vector<uint64_t>& dacks() const { return dacks_; }  // cycles in which DACK was high
  // Whether DRQ was high in any cycle of [from, to].
  bool DrqIn(uint64_t from, uint64_t to) const {
    return std::ranges::any_of(drqs_, [&](uint64_t at) { return from <= at && at <= to; });
  }
  void Clear() {
    reads_.clear();
    writes_.clear();
    dacks_.clear();
    drqs_.clear();
    last_reads_ = answered_writes_ = last_writes_ = 0;
  }

  void Sample() override {
    const AxiPins& pins = bench_.dut.m_axi();
    const uint64_t now = bench_.sim.now();
    const auto id = static_cast<uint8_t>(2 * channel_);
    Address(pins.ar, id, &read_offered_, &reads_);
    Address(pins.aw, id, &write_offered_, &writes_);
    if (pins.r.Fires() && pins.r.id == id && pins.r.last != 0 && last_reads_ < reads_.size()) {
      Burst& burst = reads_[last_reads_++];
      burst.last = burst.answered = now;
    }
    // W has no id: its bursts come in the order of the addresses, before or behind them.
    if (pins.aw.Fires()) order_.push_back(pins.aw.id);
    if (pins.w.Fires() && pins.w.last != 0) ends_.push_back(now);
    for (; paired_ < std::min(order_.size(), ends_.size()); ++paired_) {
      if (order_[paired_] == id) writes_[last_writes_++].last = ends_[paired_];
    }
    if (pins.b.Fires() && pins.b.id == id && answered_writes_ < writes_.size())
      writes_[answered_writes_++].answered = now;
    if ((bench_.dut.demand().dack >> channel_ & 1) != 0) dacks_.push_back(now);
    if ((bench_.dut.demand().drq >> channel_ & 1) != 0) drqs_.push_back(now);
  }
  void Drive() override {}

 private:
  void Address(const AxiAddressPins& pins, uint8_t id, uint64_t* offered,
               std::vector<Burst>* bursts) const {
    if (pins.valid == 0 || pins.id != id) return;
    if (*offered == kNever) *offered = bench_.sim.now();
    if (pins.ready == 0) return;
    bursts->push_back({.offered = *offered,
                       .accepted = bench_.sim.now(),
                       .address = pins.addr,
                       .beats = Beats(pins),
                       .fixed = pins.burst == kBurstFixed});
    *offered = kNever;
  }

  EngineBench& bench_;
  unsigned channel_;
  std::vector<Burst> reads_;
  std::vector<Burst> writes_;
  std::vector<uint64_t> dacks_;
  std::vector<uint64_t> drqs_;
  std::vector<uint8_t> order_;  // ids of all write addresses
  std::vector<uint64_t> ends_;  // last beats of W
  size_t paired_ = 0;
  size_t last_reads_ = 0;
  size_t last_writes_ = 0;
  size_t answered_writes_ = 0;
  uint64_t read_offered_ = kNever;
  uint64_t write_offered_ = kNever;
};

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_BUS_LOG_H_
