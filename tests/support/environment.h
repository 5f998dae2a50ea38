// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What a test is asked for from outside (scripts/waves.sh): SGDMA_WAVES, a file for the waves
// (.vcd, .fst), and SGDMA_WAVES_FROM and _TO, the first and last cycle of them. A test with several
// models leaves those of the last.

#ifndef SGDMA_TESTS_SUPPORT_ENVIRONMENT_H_
#define SGDMA_TESTS_SUPPORT_ENVIRONMENT_H_

#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/cycles.h"

namespace tb {

inline uint64_t NumberFromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

struct WaveRequest {
  std::string file;  // empty: none wanted
  Cycles from{0};
  Cycles to = Cycles::Forever();

  static WaveRequest FromEnvironment() {
    const char* file = std::getenv("SGDMA_WAVES");
    return {file == nullptr ? "" : file, Cycles{NumberFromEnvironment("SGDMA_WAVES_FROM", 0)},
            Cycles{NumberFromEnvironment("SGDMA_WAVES_TO", Cycles::Forever().count)}};
  }
};

}  // namespace tb

#endif  // SGDMA_TESTS_SUPPORT_ENVIRONMENT_H_
