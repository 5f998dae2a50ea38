// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// From device_id to device context: the directory walk, the checks of a context, and the cache of
// valid contexts.
//
//   device_id  23..16   15..7   6..0
//              DDI2     DDI1    DDI0        3LVL uses all, 2LVL DDI1 and DDI0, 1LVL DDI0
//              8 bits   9 bits  7 bits

#ifndef SGDMA_TB_IOMMU_DIRECTORY_H_
#define SGDMA_TB_IOMMU_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "iommu/formats.h"
#include "iommu/table_memory.h"

namespace tb::iommu {

struct DeviceContext {
  uint64_t root = 0;  // byte address of the first-stage root table
  uint32_t pscid = 0;
  FirstStageMode mode = FirstStageMode::kBare;
  bool dtf = false;
  bool pdtv = false;
  bool sade = false;
};

// Bits of device_id the mode can look up.
constexpr unsigned DeviceIdBits(DirectoryMode mode) {
  return mode == DirectoryMode::k1Level ? 7 : mode == DirectoryMode::k2Level ? 16 : 24;
}

struct DirectoryResult {
  Cause cause = Cause::kNone;
  DeviceContext context;  // meaningful without a cause
  uint32_t reads = 0;     // memory reads done; the context's 32 bytes count as one
};

// The four words of a context with V = 1: misconfigured or not. In: tc, iohgatp, ta, fsc.
bool IsMisconfigured(const uint64_t (&words)[4]);

// Walks the directory at `root`. The caller has checked that the mode is wide enough for device_id.
DirectoryResult WalkDirectory(TableMemory* memory, DirectoryMode mode, uint64_t root,
                              uint32_t device_id);

// Fully associative, least recently used out first; valid contexts only.
class DirectoryCache {
 public:
  explicit DirectoryCache(unsigned entries) : entries_(entries) {}

  const DeviceContext* Lookup(uint32_t device_id) {
    for (Entry& entry : entries_) {
      if (entry.valid && entry.device_id == device_id) {
        entry.last_use = ++clock_;
        return &entry.context;
      }
    }
    return nullptr;
  }

  void Insert(uint32_t device_id, const DeviceContext& context);
  void InvalidateAll();
  void Invalidate(uint32_t device_id);
  size_t size() const;

 private:
  struct Entry {
    uint64_t last_use = 0;
    DeviceContext context;
    uint32_t device_id = 0;
    bool valid = false;
  };

  std::vector<Entry> entries_;
  uint64_t clock_ = 0;
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_DIRECTORY_H_
