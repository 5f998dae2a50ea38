// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the benchmark measures, a row for each line of its output, and how it is printed and kept.
//
// The limits are those of section 5 of the contract. Each build of the engine is a program of its
// own; the first one gathers the rows of all.

#ifndef SGDMA_TESTS_BENCH_RESULTS_H_
#define SGDMA_TESTS_BENCH_RESULTS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "speed.h"

namespace tb {

// Bus utilisation: payload bytes a cycle over bus bytes.
struct UtilisationRow {
  unsigned data_bits = 64;
  unsigned channels = 1;  // busy ones
  unsigned built = 1;     // channels of the build
  bool sg_port = false;   // descriptors and records have a port of their own
  uint32_t fragment = 0;  // bytes of a descriptor
  uint32_t latency = 0;   // cycles, read and write
  bool aligned = true;    // else source at offset 3, destination at offset 5 of a bus word
  bool records = false;   // CPL on each descriptor
  double measured = 0;
  double limit = 0;
  bool promised = true;   // the contract names this point
  std::string violation;  // "" or the first rule broken
  double share() const { return measured / limit; }
  bool missed() const { return !violation.empty() || (promised && share() < 0.97); }
};

// Cycles from a handshake to a VALID on an idle port: the worst of all alignments tried.
struct LatencyRow {
  unsigned data_bits = 64;
  unsigned built = 1;  // channels of the build
  bool sg_port = false;
  std::string what;
  uint64_t cycles = 0;
  uint64_t limit = 2;
  bool missed() const { return cycles > limit; }
};

// Descriptors decoded a cycle, while nothing else is to be done.
struct DecodeRow {
  unsigned data_bits = 64;
  unsigned built = 1;  // channels of the build
  bool sg_port = false;
  double measured = 0;
  double limit = 1;
  bool missed() const { return measured < 0.97 * limit; }
};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UtilisationRow, data_bits, channels, built, sg_port, fragment,
                                   latency, aligned, records, measured, limit, promised, violation)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LatencyRow, data_bits, built, sg_port, what, cycles, limit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DecodeRow, data_bits, built, sg_port, measured, limit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SpeedRow, what, cycles_per_second, share)

struct Results {
  std::vector<UtilisationRow> utilisation;
  std::vector<LatencyRow> latency;
  std::vector<DecodeRow> decode;
  std::vector<SpeedRow> speed;

  void Append(const Results& more);
  // The lines that miss their limit or broke a rule, as printed.
  std::vector<std::string> Misses() const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Results, utilisation, latency, decode, speed)

std::string Line(const UtilisationRow& row);
std::string Line(const LatencyRow& row);
std::string Line(const DecodeRow& row);
std::string Line(const SpeedRow& row);

// Markdown for docs/performance.md.
std::string Tables(const Results& results);

}  // namespace tb

#endif  // SGDMA_TESTS_BENCH_RESULTS_H_
