// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Simulated cycles per second of processor time: the Verilated model alone, and with more and more
// of the laboratory around it, doing the same work. Variants take turns in one run; the median of
// the turns counts. Only their ratios mean something: absolute numbers are those of the machine and
// what else it did.

#ifndef SGDMA_TESTS_BENCH_SPEED_H_
#define SGDMA_TESTS_BENCH_SPEED_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tb {

struct SpeedRow {
  std::string what;
  double cycles_per_second = 0;
  double share = 0;  // of the model alone
};

// Throws std::runtime_error when a run broke a rule, or the model alone did not do what it did in
// its surroundings.
std::vector<SpeedRow> MeasureSpeed(uint64_t cycles, unsigned turns);

}  // namespace tb

#endif  // SGDMA_TESTS_BENCH_SPEED_H_
