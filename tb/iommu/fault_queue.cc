// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "iommu/fault_queue.h"

namespace tb::iommu {
namespace {
constexpr uint64_t kErrors = kCsrMemoryFault | kFqcsrOverflow;
}  // namespace

FaultRecord MakeFaultRecord(Cause cause, bool write, uint32_t device_id, uint64_t iova) {
  const TransactionType type = write ? TransactionType::kWrite : TransactionType::kRead;
  FaultRecord record;
  record.word[0] = static_cast<uint64_t>(cause) | static_cast<uint64_t>(type) << 34 |
                   static_cast<uint64_t>(device_id) << 40;
  record.word[2] = iova;
  return record;
}

void FaultQueue::Report(const FaultRecord& record, bool dtf) {
  if (dtf && !IsReportedDespiteDtf(record.cause())) {
    ++counters_.silenced;
    return;
  }
  if (!control_.running() || errors_ != 0) {
    ++counters_.dropped;
    return;
  }
  const uint32_t next = (tail_ + 1) & ring_.index_mask();
  if (next == head_) {
    errors_ |= kFqcsrOverflow;
    ++counters_.dropped;
  } else if (!Store(record)) {
    errors_ |= kCsrMemoryFault;
    ++counters_.dropped;
  } else {
    tail_ = next;
    ++counters_.recorded;
  }
  if (control_.interrupt_enable()) pending_->Raise(kIpsrFault);
}

bool FaultQueue::Store(const FaultRecord& record) {
  const uint64_t address = ring_.AddressOf(tail_, kFaultBytes);
  for (unsigned i = 0; i < 4; ++i) {
    if (memory_->Write64(address + 8 * i, record.word[i]) != MemoryOutcome::kOk) return false;
  }
  return true;
}

void FaultQueue::WriteBase(uint64_t value) {
  if (control_.idle()) ring_.base = value & QueueRing::kWritable;
}

void FaultQueue::WriteCsr(uint64_t value) {
  const QueueControl::Change change = control_.Write(value, busy_cycles_);
  if (change == QueueControl::Change::kIgnored) return;
  errors_ &= ~(value & kErrors);
  if (change == QueueControl::Change::kStarted) {
    tail_ = 0;
    errors_ = 0;
  }
  RaiseIfCondition();
}

void FaultQueue::RaiseIfCondition() {
  if (control_.interrupt_enable() && errors_ != 0) pending_->Raise(kIpsrFault);
}

}  // namespace tb::iommu
