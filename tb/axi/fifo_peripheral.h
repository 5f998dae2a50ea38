// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A peripheral with a FIFO behind one register, as SRC_FIXED and DST_FIXED are for, in front of a
// BusTarget that gets every other access:
//
//   AxiMemoryPort ──► FifoPeripheral ──► Scoreboard ──► Memory
//                        │  ▲
//                    DRQ ▼  │ DACK
//
//   FifoPeripheral adc(sim, board, demand, FifoPeripheral::Kind::kSource, {.address = 0x1000});
//   adc.Supply(samples);       // what a source will have, one element each `period` cycles
//   dac.taken();               // what a sink's own side has consumed
//
// DRQ is high while the FIFO has a burst of `threshold` elements to give or room for one; at the
// end of a source's supply, while it has any. Reported as "fifo": an access that is not a FIXED
// burst of whole elements at the register, a read of an empty FIFO, a write into a full one; with
// `demand` also a burst that no DRQ asked for (sampled high since two cycles after the last DACK)
// and a DACK that is not one for each burst, behind its last beat.

#ifndef SGDMA_TB_AXI_FIFO_PERIPHERAL_H_
#define SGDMA_TB_AXI_FIFO_PERIPHERAL_H_

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "axi/pins.h"
#include "axi/stall.h"
#include "mem/bus_target.h"
#include "sim/simulation.h"

namespace tb {

struct FifoConfig {
  uint64_t address = 0;  // a multiple of the element
  uint32_t element_bytes = 4;
  uint32_t depth = 32;     // elements
  uint32_t threshold = 8;  // elements that raise DRQ: the channel's burst
  uint32_t period = 1;     // cycles from one element to the next on the device's own side
  Stall gaps = {};         // and cycles without one
  uint64_t seed = 1;
  unsigned channel = 0;  // whose DRQ and DACK
  bool demand = true;    // false: DRQ and DACK are not looked at
};

class FifoPeripheral final : public BusTarget, public Model {
 public:
  enum class Kind : uint8_t { kSource, kSink };

  FifoPeripheral(Simulation& sim, BusTarget& next, DemandPins& demand, Kind kind,
                 const FifoConfig& config);
  ~FifoPeripheral() override;

  // ---- The device's own side ----
  // Whole elements.
  void Supply(std::span<const uint8_t> bytes);
  const std::vector<uint8_t>& taken() const { return taken_; }
  uint32_t fill() const { return static_cast<uint32_t>(fifo_.size()) / config_.element_bytes; }
  // No element is to come, and none is inside.
  bool drained() const { return supply_.empty() && fifo_.empty(); }
  void SetPeriod(uint32_t cycles) { config_.period = cycles; }
  // The device does not ask, whatever its FIFO says.
  void HoldDrq(bool hold) { hold_ = hold; }

  // The nth element the bus asks for or brings from now on (from 1) is answered with `resp`, and
  // neither given nor taken.
  void FailElement(uint64_t nth, AxiResp resp = AxiResp::kSlvErr);

  uint64_t moved() const { return moved_; }  // elements given to the bus, or taken from it
  uint64_t bursts() const { return bursts_; }
  uint64_t dacks() const { return dacks_; }

  // ---- BusTarget ----
  BusRoute Begin(const BusAccess& burst) override;
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override;
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override;

  // ---- Model ----
  void Sample() override;
  void Drive() override;
  void Reset() override;
  void DescribeWaits(std::string* out) const override;

 private:
  bool Mine(const BusAccess& burst) const;
  bool WantsBurst() const;
  void Report(const std::string& text) { sim_.Report("fifo", text); }
  bool NoteBeat();
  void Refill();

  Simulation& sim_;
  BusTarget& next_;
  DemandPins& demand_;
  Kind kind_;
  FifoConfig config_;
  StallSource gaps_;
  std::deque<uint8_t> supply_;
  std::deque<uint8_t> fifo_;
  std::vector<uint8_t> taken_;
  uint32_t wait_ = 0;  // cycles until the next element on the device's side
  bool hold_ = false;
  bool asked_ = false;       // DRQ was high where the engine looks at it
  uint32_t beats_left_ = 0;  // of the burst that is open
  bool open_ = false;        // a burst that has no DACK yet
  uint64_t look_from_ = 0;   // first cycle in which DRQ counts
  uint64_t moved_ = 0;
  uint64_t fail_in_ = 0;  // elements until one fails, itself included; 0: none
  AxiResp fail_resp_ = AxiResp::kSlvErr;
  uint64_t bursts_ = 0;
  uint64_t dacks_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_FIFO_PERIPHERAL_H_
