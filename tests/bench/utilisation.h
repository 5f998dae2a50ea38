// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// How much of the bus carries payload, against the most any engine with 16-byte descriptors could
// reach.

#ifndef SGDMA_TESTS_BENCH_UTILISATION_H_
#define SGDMA_TESTS_BENCH_UTILISATION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tb {

struct UtilisationRow {
  uint32_t fragment = 0;  // bytes of a descriptor
  uint32_t latency = 0;   // cycles, read and write
  bool aligned = true;    // else source at offset 3, destination at offset 5 of a bus word
  bool records = false;   // CPL on each descriptor
  double measured = 0;    // payload bytes a cycle / bus bytes
  double limit = 0;
  bool promised = true;   // the contract names this point
  std::string violation;  // "" or the first rule broken
  double share() const { return measured / limit; }
  bool missed() const { return promised && share() < 0.97; }
};

// Measured between the first and the last quarter of the payload, from the bus monitor.
std::vector<UtilisationRow> MeasureUtilisation(
    bool quick, const std::function<void(const UtilisationRow&)>& done);

}  // namespace tb

#endif  // SGDMA_TESTS_BENCH_UTILISATION_H_
