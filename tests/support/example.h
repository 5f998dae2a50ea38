// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the programs in examples/ have in common: calls of the driver that must succeed, stop
// watches, tables, and the end, where the machine is looked at as in every test.

#ifndef SGDMA_TESTS_SUPPORT_EXAMPLE_H_
#define SGDMA_TESTS_SUPPORT_EXAMPLE_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sgdma/sgdma.h"
#include "support/host.h"

namespace tb {

// Throws the driver's sentence for anything but SGDMA_OK.
inline void Must(sgdma_result_t result) {
  if (result != SGDMA_OK) throw std::runtime_error(sgdma_result_name(result));
}

inline const char* YesNo(bool yes) { return yes ? "yes" : "NO"; }

// The CPU takes bytes of a buffer over from the device, looks at them or changes them, and gives
// them back.
inline Bytes Look(const Buffer& buffer, size_t at, size_t bytes) {
  Bytes now = buffer.bytes(at, bytes);
  buffer.GiveToDevice(at, bytes);
  return now;
}
inline void Change(const Buffer& buffer, size_t at, const Bytes& bytes) {
  static_cast<void>(buffer.bytes(at, bytes.size()));
  buffer.Store(at, bytes);
  buffer.GiveToDevice(at, bytes.size());
}

// Memory for a list of so many descriptors. The host owns it.
inline sgdma_array_t ListMemory(Host& host, size_t descriptors) {
  const MapOptions shared = {.offset = 0, .direction = SGDMA_SHARED};
  return {host.Map(SGDMA_ENTRY_BYTES * descriptors, Pattern::Fill(0), shared).mapping(), 0, 0};
}

// Cycles that pass while f runs; the fewest of three times.
template <typename Function>
uint64_t CyclesOf(Host& host, Function&& f) {
  const uint64_t start = host.sim().now();
  f();
  return host.sim().now() - start;
}
template <typename Function>
uint64_t BestOfThree(Host& host, Function&& f) {
  uint64_t best = ~uint64_t{0};
  for (int i = 0; i < 3; ++i) best = std::min(best, CyclesOf(host, f));
  return best;
}

// Numbers in columns, and some by themselves, named_like_this. As JSON: {"rows": [{column:
// number}], name: number}.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<uint64_t>> rows = {};
  std::vector<std::pair<std::string, uint64_t>> facts = {};

  void Print(bool json) const {
    std::string text = json ? "{\"rows\": [" : Line(columns);
    for (const auto& row : rows) {
      std::vector<std::string> cells;
      for (size_t i = 0; i < row.size(); ++i) {
        cells.push_back((json ? "\"" + columns[i] + "\": " : "") + std::to_string(row[i]));
      }
      text += json ? (&row == &rows[0] ? "\n{" : ",\n{") + Join(cells) + "}" : Line(cells);
    }
    text += json ? "]" : "";
    for (const auto& [name, number] : facts) {
      std::string words = name;
      if (!json) std::replace(words.begin(), words.end(), '_', ' ');
      text += (json ? ", \"" + words + "\": " : words + " ") + std::to_string(number);
      text += json ? "" : "\n";
    }
    std::printf("%s%s", text.c_str(), json ? "}\n" : "");
  }

 private:
  static std::string Join(const std::vector<std::string>& cells) {
    std::string text;
    for (const std::string& cell : cells) text += (text.empty() ? "" : ", ") + cell;
    return text;
  }
  static std::string Line(const std::vector<std::string>& cells) {
    std::string text;
    for (const std::string& cell : cells) {
      text += std::string(cell.size() < 10 ? 10 - cell.size() : 1, ' ') + cell;
    }
    return text + "\n";
  }
};

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
