// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Page tables of one domain, built in memory with single 64-bit stores. Knows nothing of caches:
// who clears or changes a valid entry has to invalidate.

#ifndef SGDMA_TB_HAL_IOMMU_PAGE_TABLE_H_
#define SGDMA_TB_HAL_IOMMU_PAGE_TABLE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "iommu/physical_memory.h"

namespace tb {

enum class PageTableMode : uint8_t { kSv39 = 8, kSv48 = 9 };

// What the device may do; both false makes no sense and is refused.
struct DmaProtection {
  bool read = false;
  bool write = false;
  bool global = false;  // in every domain: invalidated by address without PSCID
};

class IommuPageTable {
 public:
  static constexpr uint64_t kPage = 4096;
  static constexpr uint64_t kLarge = 512 * kPage;

  // `set_ad`: entries get A = 1, and D = 1 when writable, so that the hardware need not.
  IommuPageTable(PhysicalMemory* memory, std::function<uint64_t()> allocate_zeroed_page,
                 PageTableMode mode, bool set_ad);

  uint64_t root() const { return root_; }
  // IOVAs below this one can be mapped: half of the mode's range, as addresses on the bus are not
  // sign-extended.
  uint64_t limit() const;

  // The entry is not valid yet; `iova` and `physical` are aligned to `bytes` (kPage or kLarge).
  // Throws std::logic_error otherwise.
  void Map(uint64_t iova, uint64_t physical, uint64_t bytes, const DmaProtection& protection);
  // Clears the entry with one store and returns the size it had; 0 if there was none.
  uint64_t Unmap(uint64_t iova);

  // Address of the leaf entry for `iova`, of either size; nullopt when there is no valid one.
  std::optional<uint64_t> LeafAddress(uint64_t iova) const;
  // No entry and no table of small pages is in the way of a 2 MiB page. Tables stay when they
  // become empty: to take one out of use needs an invalidation of its own.
  bool HasRoomForLarge(uint64_t iova) const;
  const std::vector<uint64_t>& pages() const { return pages_; }  // of the tables themselves

 private:
  struct Leaf {
    uint64_t slot;
    uint64_t bytes;
  };

  unsigned levels() const { return mode_ == PageTableMode::kSv39 ? 3 : 4; }
  uint64_t Load(uint64_t address) const;
  void Store(uint64_t address, uint64_t value);
  uint64_t SlotFor(uint64_t iova, unsigned level);
  std::optional<Leaf> FindLeaf(uint64_t iova) const;

  PhysicalMemory* memory_;
  std::function<uint64_t()> allocate_;
  PageTableMode mode_;
  bool set_ad_;
  std::vector<uint64_t> pages_;
  uint64_t root_;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_IOMMU_PAGE_TABLE_H_
