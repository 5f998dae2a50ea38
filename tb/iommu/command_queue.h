// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The command queue: fetches commands in order, one at a time, each after
// IommuConfig::command_cycles. An illegal command or a memory fault stops the queue with cqh on
// that command until software clears the bit. IOFENCE.C with PR or PW completes when every burst
// translated before it has moved its last beat.

#ifndef SGDMA_TB_IOMMU_COMMAND_QUEUE_H_
#define SGDMA_TB_IOMMU_COMMAND_QUEUE_H_

#include <cstdint>

#include "iommu/config.h"
#include "iommu/directory.h"
#include "iommu/formats.h"
#include "iommu/in_flight.h"
#include "iommu/interrupt_pending.h"
#include "iommu/queue_control.h"
#include "iommu/table_memory.h"
#include "iommu/tlb.h"

namespace tb::iommu {

// Known opcode and func3, no reserved bit set, DID no wider than the directory mode.
bool IsLegal(const Command& command, DirectoryMode mode);

class CommandQueue {
 public:
  // What the commands act on; all of it outlives the queue.
  struct Links {
    TableMemory* memory;
    InterruptPending* pending;
    Tlb* tlb;
    DirectoryCache* directory;
    InFlightBursts* in_flight;
    const DirectoryMode* mode;
  };

  CommandQueue(const Links& links, const IommuConfig& config) : links_(links), config_(config) {}

  void Tick(uint64_t cycles) {
    if (control_.busy()) cycles = control_.Tick(cycles);
    if (CanRun()) Run(cycles);
  }

  // Busy, or a command is being executed or waits.
  bool active() const { return control_.busy() || CanRun(); }
  uint64_t fences_given_up() const { return fences_given_up_; }
  uint64_t executed() const { return executed_; }

  // Registers.
  uint64_t base() const { return ring_.base; }
  uint32_t head() const { return head_; }
  uint32_t tail() const { return tail_; }
  uint64_t csr() const { return control_.bits() | errors_; }
  void WriteBase(uint64_t value);  // ignored unless the queue is off
  void WriteTail(uint32_t value) { tail_ = value & ring_.index_mask(); }
  void WriteCsr(uint64_t value);
  void RaiseIfCondition();  // ipsr.cip again while an error or fence_w_ip holds

 private:
  enum class Progress { kDone, kWaiting, kStopped };

  bool CanRun() const;
  void Run(uint64_t cycles);
  Progress Execute();
  bool FenceMustWait(bool reads, bool writes);
  Progress ExecuteFence(const Command& command);
  void ExecuteIotinval(const Command& command);
  void Stop(uint64_t error);
  void DropCurrent();

  Links links_;
  IommuConfig config_;
  QueueRing ring_;
  QueueControl control_;
  uint64_t errors_ = 0;  // kCsrMemoryFault, kCqcsr*
  uint32_t head_ = 0;
  uint32_t tail_ = 0;
  uint64_t executed_ = 0;

  bool started_ = false;  // the command at head_ is being fetched and executed
  uint64_t cycles_left_ = 0;
  bool fence_waiting_ = false;
  uint64_t fence_waited_ = 0;  // cycles
  uint64_t fences_given_up_ = 0;
  InFlightBursts::Counts fence_since_{};
};

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_COMMAND_QUEUE_H_
