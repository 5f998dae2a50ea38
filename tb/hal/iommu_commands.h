// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The driver's end of the command queue: posts commands, waits for them, recovers the queue.

#ifndef SGDMA_TB_HAL_IOMMU_COMMANDS_H_
#define SGDMA_TB_HAL_IOMMU_COMMANDS_H_

#include <cstdint>

#include "hal/iommu_host.h"
#include "iommu/formats.h"
#include "sim/cycles.h"

namespace tb {

iommu::Command FenceCommand();  // IOFENCE.C, PR = PW = 1
iommu::Command InvalDdtCommand(uint32_t device_id);
iommu::Command InvalPscidCommand(uint32_t pscid);
iommu::Command InvalAddressCommand(uint64_t iova);
iommu::Command InvalPageCommand(uint32_t pscid, uint64_t iova);

class IommuCommands {
 public:
  // `host` outlives this. The queue is the page at `page`, 2^log2 entries, running and empty.
  IommuCommands(const IommuHost* host, uint64_t page, unsigned log2, Cycles poll, Cycles limit)
      : host_(host), page_(page), mask_((1u << log2) - 1), poll_(poll), limit_(limit) {}

  // Waits for room, then rings; does not wait for the command.
  IommuStatus Post(const iommu::Command& command);
  // Until everything posted has been executed.
  IommuStatus Wait();
  // The queue stands at a command it cannot execute: puts a fence in its place, clears the errors,
  // goes on.
  IommuStatus Recover();

 private:
  IommuStatus Error() const;
  uint64_t Slot(uint64_t index) const { return page_ + index * iommu::kCommandBytes; }
  void Put(uint64_t index, const iommu::Command& command);

  const IommuHost* host_;
  uint64_t page_;
  uint32_t mask_;
  Cycles poll_;
  Cycles limit_;
  uint32_t tail_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_IOMMU_COMMANDS_H_
