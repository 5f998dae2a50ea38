// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Where rules the design (or a model) broke are collected. Nothing aborts: a test asks at its end
// whether any were seen and prints them.

#ifndef SGDMA_TB_SIM_VIOLATIONS_H_
#define SGDMA_TB_SIM_VIOLATIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tb {

struct Violation {
  uint64_t cycle = 0;
  std::string rule;  // "AXI-07", "assertion", "memory", ...
  std::string text;  // one sentence with the values seen
};

class Violations {
 public:
  // Keeps the first kKept in full and counts all.
  static constexpr size_t kKept = 100;

  void Add(uint64_t cycle, std::string_view rule, std::string_view text);

  bool empty() const { return total_ == 0; }
  uint64_t total() const { return total_; }
  const std::vector<Violation>& list() const { return list_; }

  // How often `rule` was broken, among the kept ones.
  uint64_t Count(std::string_view rule) const;

  // One line each, "cycle 123: AXI-07 ...", and how many were not kept.
  std::string Report() const;

  void Clear();

 private:
  std::vector<Violation> list_;
  uint64_t total_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_VIOLATIONS_H_
