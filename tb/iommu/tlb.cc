// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "iommu/tlb.h"

#include <algorithm>
#include <stdexcept>

namespace tb::iommu {

Tlb::Tlb(unsigned sets, unsigned ways)
    : set_mask_(sets == 0 ? 0 : sets - 1), ways_(ways), entries_(static_cast<size_t>(sets) * ways) {
  if ((sets & (sets - 1)) != 0) throw std::invalid_argument("IOTLB sets must be a power of two");
}

void Tlb::Insert(const TlbEntry& entry) {
  if (entries_.empty()) return;
  TlbEntry* const begin = &entries_[(entry.tag & set_mask_) * ways_];
  TlbEntry* const end = begin + ways_;

  TlbEntry* victim = std::find_if(begin, end, [&](const TlbEntry& way) {
    return way.valid && way.tag == entry.tag && way.size == entry.size &&
           (way.pscid == entry.pscid || way.global);
  });
  if (victim == end) {
    victim = std::find_if(begin, end, [](const TlbEntry& way) { return !way.valid; });
  }
  if (victim == end) {
    victim = std::min_element(
        begin, end, [](const TlbEntry& a, const TlbEntry& b) { return a.last_use < b.last_use; });
  }
  if (victim->valid) --live_[static_cast<size_t>(victim->size)];
  *victim = entry;
  victim->valid = true;
  victim->last_use = ++clock_;
  ++live_[static_cast<size_t>(victim->size)];
}

template <typename Condition>
void Tlb::RemoveIf(Condition condition) {
  for (TlbEntry& entry : entries_) {
    if (!entry.valid || !condition(entry)) continue;
    entry.valid = false;
    --live_[static_cast<size_t>(entry.size)];
  }
}

namespace {
bool Covers(const TlbEntry& entry, uint64_t iova) {
  return (iova >> ShiftOf(entry.size)) == entry.tag;
}
}  // namespace

void Tlb::InvalidateAll() {
  RemoveIf([](const TlbEntry&) { return true; });
}

void Tlb::InvalidatePscid(uint32_t pscid) {
  RemoveIf([=](const TlbEntry& e) { return !e.global && e.pscid == pscid; });
}

void Tlb::InvalidateAddress(uint64_t iova) {
  RemoveIf([=](const TlbEntry& e) { return Covers(e, iova); });
}

void Tlb::InvalidateAddressPscid(uint64_t iova, uint32_t pscid) {
  RemoveIf([=](const TlbEntry& e) { return !e.global && e.pscid == pscid && Covers(e, iova); });
}

size_t Tlb::size() const {
  size_t sum = 0;
  for (uint32_t n : live_) sum += n;
  return sum;
}

}  // namespace tb::iommu
