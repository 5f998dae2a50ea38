// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Stands between the memory port and what is behind it, and knows which bursts are open: it tells
// the translator when one is over (its fences wait for that, also when the port answered an error
// of its own and moved no beat), lets the translator's time pass, and says whether a range of bus
// addresses is in use.
//
//   AxiMemoryPort ──► BurstBook ──► Iommu or Scoreboard

#ifndef SGDMA_TB_HAL_BURST_BOOK_H_
#define SGDMA_TB_HAL_BURST_BOOK_H_

#include <array>
#include <cstdint>
#include <deque>

#include "iommu/iommu.h"
#include "mem/bus_target.h"
#include "sim/pins.h"
#include "sim/simulation.h"

namespace tb {

class BurstBook final : public BusTarget, public Model {
 public:
  // `iommu` may be null; otherwise it is `target` itself. Add it to the simulation before the port.
  BurstBook(Simulation& sim, const AxiPins& pins, BusTarget& target, Iommu* iommu)
      : sim_(sim), pins_(pins), target_(target), iommu_(iommu) {
    sim_.Add(*this);
  }
  ~BurstBook() override { sim_.Remove(*this); }

  // An open burst of this device (without an IOMMU: of any) touches [iova, iova + bytes).
  bool InUse(uint32_t device_id, uint64_t iova, uint64_t bytes) const {
    for (const auto& direction : open_) {
      for (const auto& bursts : direction) {
        for (const Open& burst : bursts) {
          if ((iommu_ == nullptr || burst.device_id == device_id) && burst.address < iova + bytes &&
              iova < burst.address + burst.bytes) {
            return true;
          }
        }
      }
    }
    return false;
  }

  // ---- BusTarget ----
  BusRoute Begin(const BusAccess& burst) override {
    const BusRoute route = target_.Begin(burst);
    open_[burst.write][burst.id % kMaxAxiIds].push_back(
        {burst.address, burst.bytes, burst.device_id, route.resp == AxiResp::kOkay});
    return route;
  }
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override {
    return target_.ReadBeat(burst, address, out);
  }
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override {
    return target_.WriteBeat(burst, address, data, strobe);
  }

  // ---- Model ----
  void Sample() override {
    if (pins_.r.Fires() && pins_.r.last != 0) End(false, pins_.r.id);
    if (pins_.b.Fires()) End(true, pins_.b.id);
  }
  void Drive() override {
    if (iommu_ != nullptr) iommu_->Tick(1);
  }
  void Reset() override {
    for (auto& direction : open_) {
      for (auto& bursts : direction) bursts.clear();
    }
    if (iommu_ != nullptr) iommu_->ForgetOpenBursts();
  }

 private:
  struct Open {
    uint64_t address = 0;
    uint32_t bytes = 0;
    uint32_t device_id = 0;
    bool passed = false;  // not refused
  };

  void End(bool write, uint8_t id) {
    auto& bursts = open_[write][id % kMaxAxiIds];
    if (bursts.empty()) return;  // an answer nobody asked for: the checker says so
    const bool passed = bursts.front().passed;
    bursts.pop_front();
    if (!passed || iommu_ == nullptr) return;
    BusAccess over;
    over.write = write;
    over.id = id;
    iommu_->End(over);
  }

  Simulation& sim_;
  const AxiPins& pins_;
  BusTarget& target_;
  Iommu* iommu_;
  std::array<std::array<std::deque<Open>, kMaxAxiIds>, 2> open_;  // [write][id], oldest first
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_BURST_BOOK_H_
