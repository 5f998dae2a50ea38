// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/iommu_page_table.h"

#include <stdexcept>
#include <utility>

#include "iommu/formats.h"

namespace tb {

IommuPageTable::IommuPageTable(PhysicalMemory* memory,
                               std::function<uint64_t()> allocate_zeroed_page, PageTableMode mode,
                               bool set_ad)
    : memory_(memory),
      allocate_(std::move(allocate_zeroed_page)),
      mode_(mode),
      set_ad_(set_ad),
      root_(allocate_()) {
  pages_.push_back(root_);
}

uint64_t IommuPageTable::limit() const { return uint64_t{1} << (11 + 9 * levels()); }

uint64_t IommuPageTable::Load(uint64_t address) const {
  uint64_t value = 0;
  if (memory_->Read64(address, &value) != MemoryOutcome::kOk) {
    throw std::runtime_error("page table of the IOMMU driver cannot be read");
  }
  return value;
}

void IommuPageTable::Store(uint64_t address, uint64_t value) {
  if (memory_->Write64(address, value) != MemoryOutcome::kOk) {
    throw std::runtime_error("page table of the IOMMU driver cannot be written");
  }
}

// The entry for `iova` at `level`, with the tables above it made where they are missing.
uint64_t IommuPageTable::SlotFor(uint64_t iova, unsigned level) {
  uint64_t table = root_;
  for (unsigned at = levels() - 1;; --at) {
    const uint64_t slot = table + 8 * iommu::Field(iova >> (12 + 9 * at), 8, 0);
    if (at == level) return slot;
    uint64_t pointer = Load(slot);
    if ((pointer & iommu::kPteValid) == 0) {
      pages_.push_back(allocate_());
      pointer = iommu::AddressToPpnField(pages_.back()) | iommu::kPteValid;
      Store(slot, pointer);
    } else if ((pointer & (iommu::kPteRead | iommu::kPteExecute)) != 0) {
      throw std::logic_error("IOVA lies in a large page that is mapped");
    }
    table = iommu::PpnFieldToAddress(pointer);
  }
}

void IommuPageTable::Map(uint64_t iova, uint64_t physical, uint64_t bytes,
                         const DmaProtection& protection) {
  if (bytes != kPage && bytes != kLarge) throw std::logic_error("IOMMU pages are 4K or 2M");
  if (iova % bytes != 0 || physical % bytes != 0 || iova >= limit()) {
    throw std::logic_error("IOMMU mapping is misaligned or out of range");
  }
  if (!protection.read && !protection.write) throw std::logic_error("mapping without permission");

  const uint64_t slot = SlotFor(iova, bytes == kLarge ? 1 : 0);
  if ((Load(slot) & iommu::kPteValid) != 0) throw std::logic_error("IOVA is mapped already");
  // W without R is reserved: what may be written may be read.
  uint64_t entry =
      iommu::AddressToPpnField(physical) | iommu::kPteValid | iommu::kPteUser | iommu::kPteRead;
  if (protection.write) entry |= iommu::kPteWrite;
  if (protection.global) entry |= iommu::kPteGlobal;
  if (set_ad_) entry |= iommu::kPteAccessed | (protection.write ? iommu::kPteDirty : 0);
  Store(slot, entry);
}

uint64_t IommuPageTable::Unmap(uint64_t iova) {
  const std::optional<Leaf> leaf = FindLeaf(iova);
  if (!leaf) return 0;
  Store(leaf->slot, 0);
  return leaf->bytes;
}

std::optional<uint64_t> IommuPageTable::LeafAddress(uint64_t iova) const {
  const std::optional<Leaf> leaf = FindLeaf(iova);
  return leaf ? std::optional(leaf->slot) : std::nullopt;
}

bool IommuPageTable::HasRoomForLarge(uint64_t iova) const {
  uint64_t table = root_;
  for (unsigned at = levels() - 1; at > 0; --at) {
    const uint64_t entry = Load(table + 8 * iommu::Field(iova >> (12 + 9 * at), 8, 0));
    if ((entry & iommu::kPteValid) == 0) return true;
    table = iommu::PpnFieldToAddress(entry);
  }
  return false;
}

std::optional<IommuPageTable::Leaf> IommuPageTable::FindLeaf(uint64_t iova) const {
  uint64_t table = root_;
  for (unsigned at = levels(); at-- > 0;) {
    const unsigned shift = 12 + 9 * at;
    const uint64_t slot = table + 8 * iommu::Field(iova >> shift, 8, 0);
    const uint64_t entry = Load(slot);
    if ((entry & iommu::kPteValid) == 0) return std::nullopt;
    if ((entry & (iommu::kPteRead | iommu::kPteExecute)) != 0) {
      return Leaf{.slot = slot, .bytes = uint64_t{1} << shift};
    }
    table = iommu::PpnFieldToAddress(entry);
  }
  return std::nullopt;
}

}  // namespace tb
