// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The fault queue: writes records into memory, never stalls anybody. A record that finds the queue
// full, off, or in an error state is dropped and counted.

#ifndef SGDMA_TB_IOMMU_FAULT_QUEUE_H_
#define SGDMA_TB_IOMMU_FAULT_QUEUE_H_

#include <cstdint>

#include "iommu/formats.h"
#include "iommu/interrupt_pending.h"
#include "iommu/queue_control.h"
#include "iommu/table_memory.h"

namespace tb::iommu {

// Where each fault ended. Their sum is the number of faults.
struct FaultCounters {
  uint64_t recorded = 0;
  uint64_t dropped = 0;   // queue off, full, or stopped by fqof / fqmf
  uint64_t silenced = 0;  // DTF of the device context
};

FaultRecord MakeFaultRecord(Cause cause, bool write, uint32_t device_id, uint64_t iova);

// DTF = 1 does not silence these.
constexpr bool IsReportedDespiteDtf(Cause cause) {
  switch (cause) {
    case Cause::kAllDisallowed:
    case Cause::kDirectoryAccess:
    case Cause::kDirectoryInvalid:
    case Cause::kDirectoryMisconfigured:
    case Cause::kDirectoryCorruption:
    case Cause::kInternal:
      return true;
    default:
      return false;
  }
}

class FaultQueue {
 public:
  FaultQueue(TableMemory* memory, InterruptPending* pending, uint32_t busy_cycles)
      : memory_(memory), pending_(pending), busy_cycles_(busy_cycles) {}

  void Report(const FaultRecord& record, bool dtf);
  void Tick(uint64_t cycles) { control_.Tick(cycles); }
  bool busy() const { return control_.busy(); }
  const FaultCounters& counters() const { return counters_; }

  // Registers.
  uint64_t base() const { return ring_.base; }
  uint32_t head() const { return head_; }
  uint32_t tail() const { return tail_; }
  uint64_t csr() const { return control_.bits() | errors_; }
  void WriteBase(uint64_t value);  // ignored unless the queue is off
  void WriteHead(uint32_t value) { head_ = value & ring_.index_mask(); }
  void WriteCsr(uint64_t value);
  void RaiseIfCondition();  // ipsr.fip again while fqof or fqmf holds

 private:
  bool Store(const FaultRecord& record);

  TableMemory* memory_;
  InterruptPending* pending_;
  uint32_t busy_cycles_;
  QueueRing ring_;
  QueueControl control_;
  uint64_t errors_ = 0;  // kCsrMemoryFault, kFqcsrOverflow
  uint32_t head_ = 0;
  uint32_t tail_ = 0;
  FaultCounters counters_;
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_FAULT_QUEUE_H_
