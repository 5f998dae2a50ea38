// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Which translated bursts are not over yet, so that IOFENCE.C can wait for exactly those that are
// older. Bursts of one id and direction end in the order they began (AXI), so counters per id are
// enough.
//
// A burst is over when its last beat was moved, or when the port says so, whichever comes first: a
// port that answers an error of its own making moves no beats.

#ifndef SGDMA_TB_IOMMU_IN_FLIGHT_H_
#define SGDMA_TB_IOMMU_IN_FLIGHT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tb::iommu {

class InFlightBursts {
 public:
  using Counts = std::array<std::array<uint64_t, 256>, 2>;  // [write][id]

  void Begin(bool write, uint8_t id) { ++begun_[write][id]; }
  void LastBeat(bool write, uint8_t id) { Count(&moved_, write, id); }
  void End(bool write, uint8_t id) { Count(&ended_, write, id); }
  // Those that had begun by `then` are taken for over.
  void GiveUp(const Counts& then) {
    for (size_t write = 0; write < 2; ++write) {
      for (size_t id = 0; id < 256; ++id) {
        ended_[write][id] = std::max(ended_[write][id], then[write][id]);
        moved_[write][id] = std::max(moved_[write][id], then[write][id]);
      }
    }
  }
  void ForgetAll() { moved_ = ended_ = begun_; }

  const Counts& begun() const { return begun_; }

  // Every burst of this direction that had begun by `then` is over.
  bool OverSince(const Counts& then, bool write) const {
    for (size_t id = 0; id < 256; ++id) {
      if (Over(write, id) < then[write][id]) return false;
    }
    return true;
  }

  uint64_t open() const {
    uint64_t sum = 0;
    for (size_t id = 0; id < 256; ++id) {
      sum += begun_[0][id] - Over(false, id) + begun_[1][id] - Over(true, id);
    }
    return sum;
  }

 private:
  uint64_t Over(bool write, size_t id) const {
    return std::max(moved_[write][id], ended_[write][id]);
  }
  void Count(Counts* counts, bool write, uint8_t id) {
    if ((*counts)[write][id] < begun_[write][id]) ++(*counts)[write][id];
  }

  Counts begun_{};
  Counts moved_{};
  Counts ended_{};
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_IN_FLIGHT_H_
