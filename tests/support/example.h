// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the programs in examples/ have in common: calls of the driver that must succeed, and the
// end, where the machine is looked at as in every test.

#ifndef SGDMA_TESTS_SUPPORT_EXAMPLE_H_
#define SGDMA_TESTS_SUPPORT_EXAMPLE_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "sgdma/sgdma.h"
#include "support/host.h"

namespace tb {

// Throws the driver's sentence for anything but SGDMA_OK.
inline void Must(sgdma_result_t result) {
  if (result != SGDMA_OK) throw std::runtime_error(sgdma_result_name(result));
}

inline const char* YesNo(bool yes) { return yes ? "yes" : "NO"; }

// The command line: "--name" is there; the number behind it.
inline bool HasOption(int argc, char** argv, const char* name) {
  return std::find(argv, argv + argc, std::string_view(name)) != argv + argc;
}
inline uint32_t NumberOption(int argc, char** argv, const char* name, uint32_t otherwise) {
  char** const found = std::find(argv, argv + argc, std::string_view(name));
  return argv + argc - found < 2 ? otherwise : static_cast<uint32_t>(std::stoul(found[1]));
}

// Says what is wrong with the machine: broken rules, an engine that is not quiet, bytes changed
// that nobody declared, mappings left. The exit status of the program.
inline int Finish(Host& host, bool right = true) {
  int problems = right ? 0 : 1;
  for (const std::string& problem : host.Finish()) {
    std::printf("problem: %s\n", problem.c_str());
    ++problems;
  }
  for (const std::string& violation : host.TakeViolations()) {
    std::printf("violation: %s\n", violation.c_str());
    ++problems;
  }
  return problems == 0 ? 0 : 1;
}

// Runs an example; what it throws becomes a sentence and exit status 1.
template <typename Example>
int Run(Example&& example) {
  try {
    return example();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "failed: %s\n", e.what());
    return 1;
  }
}

}  // namespace tb

#endif  // SGDMA_TESTS_SUPPORT_EXAMPLE_H_
