// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Says which register is being written, in each cycle in which the write may act: from when its
// address and data are both taken until a few cycles behind its response.
//
//   RegisterWatch watch(sim, dut.s_axil(), [&](uint32_t offset) { ... });

#ifndef SGDMA_TB_HAL_REGISTER_WATCH_H_
#define SGDMA_TB_HAL_REGISTER_WATCH_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "sim/pins.h"
#include "sim/simulation.h"

namespace tb {

class RegisterWatch final : public Model {
 public:
  RegisterWatch(Simulation& sim, const LitePins& pins, std::function<void(uint32_t)> on_write)
      : sim_(sim), pins_(pins), on_write_(std::move(on_write)) {
    sim_.Add(*this);
  }
  ~RegisterWatch() override { sim_.Remove(*this); }

  void Sample() override {
    if (pins_.aw.Fires()) addresses_.push_back(pins_.aw.addr);
    if (pins_.w.Fires()) ++data_;
    for (; data_ > 0 && !addresses_.empty(); --data_) {
      open_.push_back({addresses_.front(), kForEver});
      addresses_.pop_front();
    }
    if (pins_.b.Fires()) {
      for (Write& write : open_) {
        if (write.cycles != kForEver) continue;
        write.cycles = kBehind;
        break;
      }
    }
    for (Write& write : open_) {
      on_write_(write.offset);
      if (write.cycles != kForEver) --write.cycles;
    }
    while (!open_.empty() && open_.front().cycles == 0) open_.pop_front();
  }
  void Drive() override {}
  void Reset() override {
    addresses_.clear();
    open_.clear();
    data_ = 0;
  }

 private:
  static constexpr uint32_t kForEver = ~uint32_t{0};
  static constexpr uint32_t kBehind = 4;  // the level is a register of the engine
  struct Write {
    uint32_t offset;
    uint32_t cycles;  // still to be told, once it is answered
  };

  Simulation& sim_;
  const LitePins& pins_;
  std::function<void(uint32_t)> on_write_;
  std::deque<uint32_t> addresses_;  // without their data
  uint32_t data_ = 0;               // without their addresses
  std::deque<Write> open_;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_REGISTER_WATCH_H_
