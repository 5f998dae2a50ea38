// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A small repeatable random source (splitmix64). Each consumer takes a Fork() with a number of its
// own, so that changing what one channel does never shifts the sequence of another.

#ifndef SGDMA_TB_SIM_RANDOM_H_
#define SGDMA_TB_SIM_RANDOM_H_

#include <cstdint>

namespace tb {

class Random {
 public:
  explicit Random(uint64_t seed = 1) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // 0 .. bound-1; bound 0 gives 0.
  uint64_t Below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * bound) >> 64);
  }

  // first .. last, both included.
  uint64_t Between(uint64_t first, uint64_t last) { return first + Below(last - first + 1); }

  bool Chance(double probability) {
    return static_cast<double>(Next() >> 11) * 0x1.0p-53 < probability;
  }

  Random Fork(uint64_t number) const {
    return Random(Random(state_ ^ (number * 0xD1342543DE82EF95u)).Next());
  }

 private:
  uint64_t state_;
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_RANDOM_H_
