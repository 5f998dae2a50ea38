// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the IOMMU driver runs on: registers, memory, pages and time. And what can become of a call.

#ifndef SGDMA_TB_HAL_IOMMU_HOST_H_
#define SGDMA_TB_HAL_IOMMU_HOST_H_

#include <cstdint>
#include <functional>

#include "iommu/physical_memory.h"
#include "sim/cycles.h"

namespace tb {

// What the driver needs from the machine it runs on.
struct IommuHost {
  std::function<uint64_t(uint32_t offset, unsigned size)> read_reg;
  std::function<void(uint32_t offset, unsigned size, uint64_t value)> write_reg;
  PhysicalMemory* memory = nullptr;         // as the CPU sees it
  std::function<uint64_t()> allocate_page;  // 4 KiB of RAM; throws when there is none
  std::function<void(uint64_t page)> free_page;
  std::function<void(Cycles)> advance;  // lets that much time pass

  // The driver's own memory; throws std::runtime_error when it does not answer.
  uint64_t Load(uint64_t address) const;
  void Store(uint64_t address, uint64_t value) const;
  uint64_t AllocateZeroedPage() const;

  // Lets time pass in steps until condition() holds. False when it does not within `limit`.
  template <typename Condition>
  bool WaitUntil(Condition condition, Cycles step, Cycles limit) const {
    for (Cycles waited; !condition(); waited = waited + step) {
      if (waited >= limit) return false;
      advance(step);
    }
    return true;
  }
};

enum class [[nodiscard]] IommuStatus{
    kOk,
    kTimeout,         // hardware did not answer within the bound; registers may have been written
    kCommandIllegal,  // the queue stopped at one of our commands (cqh says which)
    kCommandFault,    // the queue stopped at a memory fault
    kUnsupported,     // capabilities lack what this driver needs; nothing was written
    kRefused,         // ddtp did not take the mode
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_IOMMU_HOST_H_
