// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "sim/violations.h"

namespace tb {

void Violations::Add(uint64_t cycle, std::string_view rule, std::string_view text) {
  ++total_;
  if (list_.size() < kKept) list_.push_back({cycle, std::string(rule), std::string(text)});
}

uint64_t Violations::Count(std::string_view rule) const {
  uint64_t count = 0;
  for (const Violation& v : list_) count += v.rule == rule;
  return count;
}

std::string Violations::Report() const {
  std::string out;
  for (const Violation& v : list_) {
    out += "cycle " + std::to_string(v.cycle) + ": " + v.rule + ": " + v.text + "\n";
  }
  if (total_ > list_.size()) out += "... and " + std::to_string(total_ - list_.size()) + " more\n";
  return out;
}

void Violations::Clear() {
  list_.clear();
  total_ = 0;
}

}  // namespace tb
