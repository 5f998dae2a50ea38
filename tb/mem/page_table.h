// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A sparse table of 4 KiB pages keyed by page number, with a small direct-mapped cache in front:
// the common access costs a compare and a load. Pages are created on demand and never move.

#ifndef SGDMA_TB_MEM_PAGE_TABLE_H_
#define SGDMA_TB_MEM_PAGE_TABLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace tb {

inline constexpr uint64_t kPageBytes = 4096;

template <typename Page>
class PageTable {
 public:
  // The page holding `address`, or nullptr.
  Page* Find(uint64_t address) const {
    const uint64_t number = address / kPageBytes;
    Slot& slot = cache_[SlotOf(number)];
    if (slot.number == number) return slot.page;
    const auto it = pages_.find(number);
    if (it == pages_.end()) return nullptr;
    slot = {number, it->second.get()};
    return slot.page;
  }

  // The page holding `address`, created if it is not there.
  Page& Get(uint64_t address) {
    if (Page* page = Find(address)) return *page;
    const uint64_t number = address / kPageBytes;
    auto& owned = pages_[number];
    owned = std::make_unique<Page>();
    cache_[SlotOf(number)] = {number, owned.get()};
    return *owned;
  }

  // Calls visit(base address, page) for each page, in no particular order.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const auto& [number, page] : pages_) visit(number * kPageBytes, *page);
  }

  size_t size() const { return pages_.size(); }

  void Clear() {
    pages_.clear();
    cache_.fill(Slot{});
  }

 private:
  static constexpr uint64_t kSlots = 1024;
  // Folded, so that buffers a power of two apart do not share a slot.
  static uint64_t SlotOf(uint64_t number) {
    return (number ^ (number >> 10) ^ (number >> 20)) % kSlots;
  }
  struct Slot {
    uint64_t number = ~uint64_t{0};
    Page* page = nullptr;
  };
  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;
  mutable std::array<Slot, kSlots> cache_{};
};

}  // namespace tb

#endif  // SGDMA_TB_MEM_PAGE_TABLE_H_
