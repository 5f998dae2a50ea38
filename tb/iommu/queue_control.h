// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What command and fault queue have in common: base register, index arithmetic, enable / on / busy.

#ifndef SGDMA_TB_IOMMU_QUEUE_CONTROL_H_
#define SGDMA_TB_IOMMU_QUEUE_CONTROL_H_

#include <algorithm>
#include <cstdint>

#include "iommu/formats.h"

namespace tb::iommu {

// cqb or fqb: 4:0 log2(entries) - 1, 53:10 PPN.
struct QueueRing {
  static constexpr uint64_t kWritable = Mask(53, 10) | Mask(4, 0);

  uint64_t base = 0;  // the register

  uint32_t index_mask() const {
    return static_cast<uint32_t>((uint64_t{2} << Field(base, 4, 0)) - 1);
  }
  // A queue larger than a page is aligned to its size: low PPN bits do not count.
  uint64_t AddressOf(uint32_t index, unsigned entry_bytes) const {
    const uint64_t bytes = (uint64_t{index_mask()} + 1) * entry_bytes;
    return (PpnFieldToAddress(base) & ~(bytes - 1)) + uint64_t{index} * entry_bytes;
  }
};

// Bits 0, 1, 16 and 17 of cqcsr and fqcsr. After a change of the enable bit the queue is busy for a
// while and then on or off. Writes while busy are ignored.
class QueueControl {
 public:
  enum class Change { kIgnored, kNone, kStarted, kStopped };

  Change Write(uint64_t value, uint32_t busy_cycles) {
    if (busy()) return Change::kIgnored;
    interrupt_enable_ = (value & kCsrInterruptEnable) != 0;
    const bool enable = (value & kCsrEnable) != 0;
    if (enable == enable_) return Change::kNone;
    enable_ = enable;
    busy_left_ = busy_cycles;
    if (!busy()) on_ = enable_;
    return enable ? Change::kStarted : Change::kStopped;
  }

  // Returns the cycles left over.
  uint64_t Tick(uint64_t cycles) {
    if (!busy()) return cycles;
    const uint64_t taken = std::min(cycles, busy_left_);
    busy_left_ -= taken;
    if (!busy()) on_ = enable_;
    return cycles - taken;
  }

  bool busy() const { return busy_left_ != 0; }
  bool running() const { return on_ && enable_; }
  bool idle() const { return !on_ && !enable_ && !busy(); }
  bool interrupt_enable() const { return interrupt_enable_; }

  uint64_t bits() const {
    return (enable_ ? kCsrEnable : 0) | (interrupt_enable_ ? kCsrInterruptEnable : 0) |
           (on_ ? kCsrOn : 0) | (busy() ? kCsrBusy : 0);
  }

 private:
  bool enable_ = false;
  bool on_ = false;
  bool interrupt_enable_ = false;
  uint64_t busy_left_ = 0;
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_QUEUE_CONTROL_H_
