// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// ipsr: set by the queues, cleared by software. The queues set it again while their condition
// holds.

#ifndef SGDMA_TB_IOMMU_INTERRUPT_PENDING_H_
#define SGDMA_TB_IOMMU_INTERRUPT_PENDING_H_

#include <cstdint>

namespace tb::iommu {

class InterruptPending {
 public:
  void Raise(uint32_t bits) { bits_ |= bits; }
  void Clear(uint32_t bits) { bits_ &= ~bits; }
  uint32_t bits() const { return bits_; }

 private:
  uint32_t bits_ = 0;
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_INTERRUPT_PENDING_H_
