// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The translator's own accesses: bounded by the physical width, and counted.

#ifndef SGDMA_TB_IOMMU_TABLE_MEMORY_H_
#define SGDMA_TB_IOMMU_TABLE_MEMORY_H_

#include <cstdint>

#include "iommu/physical_memory.h"

namespace tb::iommu {

class TableMemory {
 public:
  TableMemory(PhysicalMemory* memory, unsigned physical_bits)
      : memory_(memory), physical_bits_(physical_bits) {}

  MemoryOutcome Read64(uint64_t address, uint64_t* value) {
    return Beyond(address) ? MemoryOutcome::kAccessError : memory_->Read64(address, value);
  }
  MemoryOutcome Write64(uint64_t address, uint64_t value) {
    return Beyond(address) ? MemoryOutcome::kAccessError : memory_->Write64(address, value);
  }
  MemoryOutcome Write32(uint64_t address, uint32_t value) {
    return Beyond(address) ? MemoryOutcome::kAccessError : memory_->Write32(address, value);
  }
  MemoryOutcome CompareExchange64(uint64_t address, uint64_t expected, uint64_t desired,
                                  uint64_t* observed) {
    return Beyond(address) ? MemoryOutcome::kAccessError
                           : memory_->CompareExchange64(address, expected, desired, observed);
  }

 private:
  bool Beyond(uint64_t address) const { return (address >> physical_bits_) != 0; }

  PhysicalMemory* memory_;
  unsigned physical_bits_;
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_TABLE_MEMORY_H_
