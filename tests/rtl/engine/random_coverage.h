// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Cover points of the random programs: how often each opcode ran with each flag, alignment class
// and length class, in each place, and how each error was left behind.
//
//   Coverage coverage;
//   PlaySeed(7, /*hurt=*/false, &coverage);
//   coverage.Missing();     // classes no program has reached, by name
//
// A class is {what, flag, where, how much}. Counted is what programs hold and the reference model
// has confirmed to have run, or to have failed as it must.

#ifndef SGDMA_TESTS_RTL_ENGINE_RANDOM_COVERAGE_H_
#define SGDMA_TESTS_RTL_ENGINE_RANDOM_COVERAGE_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "model/layout.h"

namespace tb {

enum class Place : uint8_t { kRing, kArray, kDirect };

class Coverage {
 public:
  // `fixed_element` and `fixed_beats`: what a burst to a peripheral is.
  void SetFixed(unsigned element_bytes, unsigned beats);
  // A descriptor of a program; with `stride`, the transfer of that pair.
  void Count(const Descriptor& d, Place place, const Descriptor* stride = nullptr);
  // A RECV that gets `bytes`, and how it ends.
  void CountRecv(const Descriptor& d, Place place, uint32_t bytes, const std::string& end);
  // An error, and what was done behind it: "RETRY", "SKIP" or "CONTINUE".
  void CountWayOut(Status status, const std::string& way);
  void CountPace(unsigned mode);

  void Add(const Coverage& more);
  // What is counted, in all: classes, and those that must be reached.
  std::vector<std::string> Missing() const;
  size_t goals() const;
  // Markdown: for each opcode a table of alignment or place by length.
  std::string Tables() const;

 private:
  using Class = std::tuple<std::string, std::string, std::string, std::string>;
  struct Family {
    std::string what;
    std::vector<std::string> flags;
    std::vector<std::string> where;
    std::vector<std::string> sizes;
  };
  static std::vector<Family> Families();
  void Hit(const std::string& what, const Descriptor& d, const std::string& where,
           const std::string& size);
  std::string FixedSize(uint32_t bytes) const;
  void CountTransfer(const Descriptor& d, const std::string& prefix);
  uint64_t At(const Class& c) const;

  std::map<Class, uint64_t> counts_;
  unsigned element_bytes_ = 1;
  unsigned fixed_beats_ = 1;
};

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RANDOM_COVERAGE_H_
