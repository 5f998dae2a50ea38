// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A span of clock cycles, as a type of its own so that a limit is never mixed up with an address or
// a byte count.

#ifndef SGDMA_TB_SIM_CYCLES_H_
#define SGDMA_TB_SIM_CYCLES_H_

#include <compare>
#include <cstdint>

namespace tb {

struct Cycles {
  uint64_t count = 0;

  constexpr Cycles() = default;
  constexpr explicit Cycles(uint64_t n) : count(n) {}

  constexpr auto operator<=>(const Cycles&) const = default;
  constexpr Cycles operator+(Cycles other) const { return Cycles(count + other.count); }
  constexpr Cycles operator-(Cycles other) const { return Cycles(count - other.count); }
  constexpr Cycles operator*(uint64_t n) const { return Cycles(count * n); }

  static constexpr Cycles Forever() { return Cycles(~uint64_t{0}); }
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_CYCLES_H_
