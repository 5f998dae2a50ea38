// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Chooses IOVA ranges: packed from below, or anywhere at random, so that tests meet addresses all
// over the range.

#ifndef SGDMA_TB_HAL_IOMMU_IOVA_H_
#define SGDMA_TB_HAL_IOMMU_IOVA_H_

#include <cstdint>
#include <map>
#include <optional>

#include "sim/random.h"

namespace tb {

enum class IovaPolicy : uint8_t {
  kCompact,  // lowest gap that is large enough
  kRandom,
};

class IovaAllocator {
 public:
  // Hands out ranges in [low, high), multiples of 4 KiB, each with `guard` bytes behind it that
  // nobody gets.
  IovaAllocator(uint64_t low, uint64_t high, uint64_t guard, IovaPolicy policy, uint64_t seed);

  // `align` is a power of two, at least 4 KiB.
  std::optional<uint64_t> Allocate(uint64_t bytes, uint64_t align);
  // A given range; false when any of it, or of the guard behind it, is taken.
  bool Reserve(uint64_t iova, uint64_t bytes);
  // Gives back what started at `iova`. Throws std::logic_error if nothing did.
  void Free(uint64_t iova);

  size_t size() const { return taken_.size(); }

 private:
  bool IsFree(uint64_t iova, uint64_t bytes) const;
  std::optional<uint64_t> LowestGap(uint64_t bytes, uint64_t align) const;

  uint64_t low_;
  uint64_t high_;
  uint64_t guard_;
  IovaPolicy policy_;
  Random random_;
  std::map<uint64_t, uint64_t> taken_;  // first byte -> end, guard included
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_IOMMU_IOVA_H_
