// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// An AXI bench without an engine: pins, a clock, and a small manager that a test gives bursts to. A
// test of rules sets pins by hand instead: what it writes between two Step() calls is what the
// models sample next.

#ifndef SGDMA_TESTS_UNIT_AXI_FIXTURE_H_
#define SGDMA_TESTS_UNIT_AXI_FIXTURE_H_

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <deque>
#include <vector>

#include "axi/memory_port.h"
#include "axi/pins.h"
#include "axi/protocol_checker.h"
#include "axi/stall.h"
#include "mem/memory.h"
#include "sim/simulation.h"

namespace tb {

class NoDevice final : public Device {
 public:
  void Cycle() override {}
  void SetReset(bool) override {}
};

// Issues bursts in the order given, as fast as the port takes them, and keeps every answer.
class TestManager final : public Model {
 public:
  struct Beat {
    uint64_t cycle = 0;
    uint8_t id = 0;
    AxiResp resp = AxiResp::kOkay;
    bool last = false;
    BusData data{};
  };
  struct Answer {
    uint64_t cycle = 0;
    uint8_t id = 0;
    AxiResp resp = AxiResp::kOkay;
  };

  TestManager(Simulation& sim, AxiPins& pins) : sim_(sim), pins_(pins) { sim_.Add(*this); }
  ~TestManager() override { sim_.Remove(*this); }

  AxiAddress Burst(uint8_t id, uint64_t address, unsigned beats) const {
    return {.addr = address,
            .id = id,
            .len = static_cast<uint8_t>(beats - 1),
            .size = static_cast<uint8_t>(std::countr_zero(pins_.data_bytes)),
            .burst = kBurstIncr,
            .cache = 3};
  }
  void Read(uint8_t id, uint64_t address, unsigned beats) {
    reads_.push_back(Burst(id, address, beats));
  }

  // Writes `bytes` from `address` on with exact strobes; all in one burst.
  void Write(uint8_t id, uint64_t address, const std::vector<uint8_t>& bytes) {
    const uint64_t width = pins_.data_bytes;
    const uint64_t first = address / width;
    const uint64_t beats = (address + bytes.size() - 1) / width - first + 1;
    writes_.push_back(Burst(id, address, static_cast<unsigned>(beats)));
    for (uint64_t b = 0; b < beats; ++b) {
      AxiWritePins w;
      for (uint64_t lane = 0; lane < width; ++lane) {
        const uint64_t at = (first + b) * width + lane;
        if (at < address || at >= address + bytes.size()) continue;
        w.strb |= uint64_t{1} << lane;
        reinterpret_cast<uint8_t*>(w.data.data())[lane] = bytes[at - address];
      }
      w.last = b + 1 == beats;
      beats_.push_back(w);
    }
  }

  // A FIXED burst of `beats` elements of 2^size bytes.
  AxiAddress Fixed(uint8_t id, uint64_t address, unsigned beats, unsigned size) const {
    AxiAddress a = Burst(id, address, beats);
    a.size = static_cast<uint8_t>(size);
    a.burst = kBurstFixed;
    return a;
  }
  void Read(const AxiAddress& burst) { reads_.push_back(burst); }
  // Any burst: its beats take their bytes from `bytes`, one after the other.
  void Write(const AxiAddress& burst, const std::vector<uint8_t>& bytes) {
    writes_.push_back(burst);
    size_t next = 0;
    for (unsigned b = 0; b < Beats(burst); ++b) {
      AxiWritePins w;
      w.strb = BeatLanes(burst, b, pins_.data_bytes);
      for (unsigned lane = 0; lane < pins_.data_bytes; ++lane) {
        if ((w.strb >> lane & 1) != 0)
          reinterpret_cast<uint8_t*>(w.data.data())[lane] = bytes.at(next++);
      }
      w.last = b + 1 == Beats(burst);
      beats_.push_back(w);
    }
  }

  bool done() const {
    return reads_.empty() && writes_.empty() && beats_.empty() && open_reads == 0 &&
           open_writes == 0;
  }

  void Sample() override {
    if (pins_.ar.Fires()) {
      ar_cycles.push_back(sim_.now());
      reads_.pop_front();
      ++open_reads;
    }
    if (pins_.aw.Fires()) {
      aw_cycles.push_back(sim_.now());
      writes_.pop_front();
      ++open_writes;
    }
    if (pins_.w.Fires()) {
      w_cycles.push_back(sim_.now());
      beats_.pop_front();
    }
    if (pins_.r.Fires()) {
      r.push_back({sim_.now(), pins_.r.id, static_cast<AxiResp>(pins_.r.resp), pins_.r.last != 0,
                   pins_.r.data});
      open_reads -= pins_.r.last;
    }
    if (pins_.b.Fires()) {
      b.push_back({sim_.now(), pins_.b.id, static_cast<AxiResp>(pins_.b.resp)});
      --open_writes;
    }
  }

  void Drive() override {
    const bool hold_aw = hold_aw_until > sim_.now();
    const bool hold_w = hold_w_until > sim_.now();
    pins_.ar.valid = !reads_.empty();
    if (!reads_.empty()) static_cast<AxiAddress&>(pins_.ar) = reads_.front();
    pins_.aw.valid = !writes_.empty() && !hold_aw;
    if (!writes_.empty()) static_cast<AxiAddress&>(pins_.aw) = writes_.front();
    pins_.w.valid = !beats_.empty() && !hold_w;
    if (!beats_.empty()) {
      pins_.w.data = beats_.front().data;
      pins_.w.strb = beats_.front().strb;
      pins_.w.last = beats_.front().last;
    }
    pins_.r.ready = !r_stall.Next();
    pins_.b.ready = !b_stall.Next();
  }

  void Reset() override {
    reads_.clear();
    writes_.clear();
    beats_.clear();
    open_reads = open_writes = 0;
    pins_.ar.valid = pins_.aw.valid = pins_.w.valid = 0;
  }

  // The bytes of the R beats of one id, in order of arrival.
  std::vector<uint8_t> Bytes(uint8_t id) const {
    std::vector<uint8_t> out;
    for (const Beat& beat : r) {
      if (beat.id != id) continue;
      const auto* from = reinterpret_cast<const uint8_t*>(beat.data.data());
      out.insert(out.end(), from, from + pins_.data_bytes);
    }
    return out;
  }

  uint64_t hold_aw_until = 0;  // cycle
  uint64_t hold_w_until = 0;
  StallSource r_stall;
  StallSource b_stall;
  std::vector<Beat> r;
  std::vector<Answer> b;
  std::vector<uint64_t> ar_cycles;
  std::vector<uint64_t> aw_cycles;
  std::vector<uint64_t> w_cycles;
  int open_reads = 0;
  int open_writes = 0;

 private:
  Simulation& sim_;
  AxiPins& pins_;
  std::deque<AxiAddress> reads_;
  std::deque<AxiAddress> writes_;
  std::deque<AxiWritePins> beats_;
};

inline std::vector<uint8_t> Counting(size_t size, unsigned first = 0) {
  std::vector<uint8_t> out(size);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(first + i * 3 + (i >> 8));
  return out;
}

// A memory port between the manager and memory, with the checker watching.
struct PortBench {
  static constexpr uint64_t kBase = 0x8000'0000;

  explicit PortBench(const MemoryPortConfig& config = {}, uint32_t data_bytes = 8)
      : sim(device),
        pins{.data_bytes = data_bytes},
        port(sim, pins, memory, config),
        manager(sim, pins),
        checker(sim, pins) {
    checker.Ignore(Rule::kAlwaysReady);
    memory.AddRam(kBase, 1 << 20);
    sim.Reset();
  }
  ~PortBench() {
    EXPECT_TRUE(violations_expected || sim.violations().empty()) << sim.violations().Report();
    EXPECT_NO_THROW(port.CheckSelf());
  }
  // Until every burst of the manager is answered.
  void Finish() {
    ASSERT_TRUE(sim.RunUntil([&] { return manager.done(); }, Cycles{100'000}));
  }

  NoDevice device;
  Simulation sim;
  AxiPins pins;
  Memory memory;
  AxiMemoryPort port;
  TestManager manager;
  ProtocolChecker checker;
  bool violations_expected = false;
};

}  // namespace tb

#endif  // SGDMA_TESTS_UNIT_AXI_FIXTURE_H_
