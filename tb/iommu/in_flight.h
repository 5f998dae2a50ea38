// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Which translated bursts have not moved their last beat yet, so that IOFENCE.C can wait for exactly those that
// are older. Bursts of one id and direction end in the order they began (AXI), so two counters an id are enough.

#ifndef SGDMA_TB_IOMMU_IN_FLIGHT_H_
#define SGDMA_TB_IOMMU_IN_FLIGHT_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace tb::iommu {

class InFlightBursts {
 public:
  using Snapshot = std::array<std::array<uint64_t, 256>, 2>;  // [write][id], bursts begun

  void Begin(bool write, uint8_t id) { ++begun_[write][id]; }

  void End(bool write, uint8_t id) {
    if (ended_[write][id] < begun_[write][id]) ++ended_[write][id];
  }

  void ForgetAll() { ended_ = begun_; }

  const Snapshot& begun() const { return begun_; }

  // Every burst of this direction that had begun by `then` has ended.
  bool EndedSince(const Snapshot& then, bool write) const {
    for (size_t id = 0; id < 256; ++id) {
      if (ended_[write][id] < then[write][id]) return false;
    }
    return true;
  }

  uint64_t open() const {
    uint64_t sum = 0;
    for (size_t write = 0; write < 2; ++write) {
      for (size_t id = 0; id < 256; ++id) sum += begun_[write][id] - ended_[write][id];
    }
    return sum;
  }

 private:
  Snapshot begun_{};
  Snapshot ended_{};
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_IN_FLIGHT_H_
