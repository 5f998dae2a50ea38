// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The IOTLB: sets x ways, least recently used out first, page sizes 4K, 64K, 2M, 1G and 512G side
// by side.
//
// An entry is tagged with PSCID and page number; a global one matches every PSCID. Invalidation
// removes exactly what the command names, so a test can rely on everything else staying, stale or
// not.

#ifndef SGDMA_TB_IOMMU_TLB_H_
#define SGDMA_TB_IOMMU_TLB_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tb::iommu {

// Index into the page sizes, small to large.
enum class PageSize : uint8_t { k4K, k64K, k2M, k1G, k512G };
inline constexpr size_t kPageSizes = 5;
inline constexpr std::array<uint8_t, kPageSizes> kPageSizeShift = {12, 16, 21, 30, 39};

constexpr unsigned ShiftOf(PageSize size) { return kPageSizeShift[static_cast<size_t>(size)]; }

struct TlbEntry {
  uint64_t tag = 0;       // IOVA >> shift of its size
  uint64_t physical = 0;  // first byte of the page
  uint64_t last_use = 0;
  uint32_t pscid = 0;
  PageSize size = PageSize::k4K;
  bool valid = false;
  bool global = false;
  bool read = false;
  bool write = false;
  bool dirty = false;  // D was 1: a write needs no walk
};

class Tlb {
 public:
  Tlb(unsigned sets, unsigned ways);

  // The entry that translates `iova` for `pscid`, or null. Counts as a use.
  const TlbEntry* Lookup(uint64_t iova, uint32_t pscid) {
    for (size_t size = 0; size < kPageSizes; ++size) {
      if (live_[size] == 0) continue;
      const uint64_t tag = iova >> kPageSizeShift[size];
      TlbEntry* way = &entries_[(tag & set_mask_) * ways_];
      for (TlbEntry* end = way + ways_; way != end; ++way) {
        if (way->valid && way->tag == tag && way->size == static_cast<PageSize>(size) &&
            (way->pscid == pscid || way->global)) {
          way->last_use = ++clock_;
          return way;
        }
      }
    }
    return nullptr;
  }

  // Replaces the entry for the same page and PSCID, else an unused one, else the least recently
  // used of the set.
  void Insert(const TlbEntry& entry);

  // The four forms of IOTINVAL.VMA.
  void InvalidateAll();                                        // global ones too
  void InvalidatePscid(uint32_t pscid);                        // not the global ones
  void InvalidateAddress(uint64_t iova);                       // every PSCID, global ones too
  void InvalidateAddressPscid(uint64_t iova, uint32_t pscid);  // not the global ones

  size_t size() const;
  const std::vector<TlbEntry>& entries() const { return entries_; }

 private:
  template <typename Condition>
  void RemoveIf(Condition condition);

  uint64_t set_mask_;
  unsigned ways_;
  uint64_t clock_ = 0;
  std::array<uint32_t, kPageSizes> live_{};
  std::vector<TlbEntry> entries_;  // set by set
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_TLB_H_
