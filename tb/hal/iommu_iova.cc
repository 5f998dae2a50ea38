// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/iommu_iova.h"

#include <iterator>
#include <stdexcept>

namespace tb {
namespace {

constexpr unsigned kRandomTries = 64;

constexpr uint64_t AlignUp(uint64_t value, uint64_t align) {
  return (value + align - 1) & ~(align - 1);
}

}  // namespace

IovaAllocator::IovaAllocator(uint64_t low, uint64_t high, uint64_t guard, IovaPolicy policy,
                             uint64_t seed)
    : low_(low), high_(high), guard_(guard), policy_(policy), random_(seed) {}

bool IovaAllocator::IsFree(uint64_t iova, uint64_t bytes) const {
  if (iova < low_ || bytes > high_ || iova > high_ - bytes) return false;
  const auto next = taken_.lower_bound(iova);
  if (next != taken_.end() && next->first < iova + bytes + guard_) return false;
  return next == taken_.begin() || std::prev(next)->second <= iova;
}

std::optional<uint64_t> IovaAllocator::LowestGap(uint64_t bytes, uint64_t align) const {
  uint64_t candidate = AlignUp(low_, align);
  for (const auto& [first, end] : taken_) {
    if (candidate + bytes + guard_ <= first) break;
    if (end > candidate) candidate = AlignUp(end, align);
  }
  if (!IsFree(candidate, bytes)) return std::nullopt;
  return candidate;
}

std::optional<uint64_t> IovaAllocator::Allocate(uint64_t bytes, uint64_t align) {
  std::optional<uint64_t> found;
  if (policy_ == IovaPolicy::kRandom && bytes <= high_ - low_) {
    for (unsigned i = 0; i < kRandomTries && !found; ++i) {
      const uint64_t candidate = random_.Between(low_, high_ - bytes) & ~(align - 1);
      if (IsFree(candidate, bytes)) found = candidate;
    }
  }
  if (!found) found = LowestGap(bytes, align);
  if (found) taken_[*found] = *found + bytes + guard_;
  return found;
}

bool IovaAllocator::Reserve(uint64_t iova, uint64_t bytes) {
  if (!IsFree(iova, bytes)) return false;
  taken_[iova] = iova + bytes + guard_;
  return true;
}

void IovaAllocator::Free(uint64_t iova) {
  if (taken_.erase(iova) == 0) throw std::logic_error("IOVA range was not handed out");
}

}  // namespace tb
