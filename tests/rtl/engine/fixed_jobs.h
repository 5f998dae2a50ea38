// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Peripherals with a FIFO for the tests of FIXED sides, and data for them.
//
//   FifoPeripheral& adc = NewFifo(bench, FifoPeripheral::Kind::kSource, 4, 0);
//   adc.Stock(Bytes(64, 1));
//   ch.SetFixed(4, 8);
//   CopyOf(FifoAddress(0), bench.NewTarget(Bytes(64, 1)), 64, kSrcFixed | kCpl)

#ifndef SGDMA_TESTS_RTL_ENGINE_FIXED_JOBS_H_
#define SGDMA_TESTS_RTL_ENGINE_FIXED_JOBS_H_

#include <cstdint>
#include <vector>

#include "support/engine_bench.h"

namespace tb {

// Memory a test has declared with EngineBench::NewTarget.
struct Target {
  uint64_t dst = 0;
  uint32_t len = 0;
};

// The register of the `number`th peripheral, `lane` bytes into a line of its own.
inline uint64_t FifoAddress(unsigned lane, unsigned number = 0) {
  return kFifoArea + 0x1000 * number + lane;
}

// One that nobody has to wait for: deep, and without requests.
inline FifoPeripheral& NewFifo(EngineBench& bench, FifoPeripheral::Kind kind, unsigned element,
                               unsigned lane, unsigned number = 0, uint32_t depth = 65'536) {
  return bench.AddFifo(kind, {.address = FifoAddress(lane, number),
                              .element_bytes = element,
                              .depth = depth,
                              .threshold = 1,
                              .demand = false});
}

inline std::vector<uint8_t> Bytes(size_t size, unsigned seed) {
  std::vector<uint8_t> out(size);
  uint32_t state = 0x9E3779B1u * (seed + 1);
  for (uint8_t& byte : out) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return out;
}

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_FIXED_JOBS_H_
