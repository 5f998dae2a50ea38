// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A BusTarget that passes everything on, and can be given another one to pass it to: the place
// where peripherals are put in front of memory.

#ifndef SGDMA_TB_HAL_BUS_FRONT_H_
#define SGDMA_TB_HAL_BUS_FRONT_H_

#include <cstdint>
#include <span>

#include "mem/bus_target.h"

namespace tb {

class BusFront final : public BusTarget {
 public:
  explicit BusFront(BusTarget& to) : to_(&to) {}

  BusTarget& to() { return *to_; }
  // No burst may be open.
  void PassTo(BusTarget& to) { to_ = &to; }

  BusRoute Begin(const BusAccess& burst) override { return to_->Begin(burst); }
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override {
    return to_->ReadBeat(burst, address, out);
  }
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override {
    return to_->WriteBeat(burst, address, data, strobe);
  }

 private:
  BusTarget* to_;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_BUS_FRONT_H_
