// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "iommu/command_queue.h"

#include <algorithm>

namespace tb::iommu {
namespace {

constexpr uint64_t kStopping = kCsrMemoryFault | kCqcsrTimeout | kCqcsrIllegal;
constexpr uint64_t kErrors = kStopping | kCqcsrFenceDone;

// Reserved bits of the two words, the func3 field (0 in each command known here) among them.
struct Reserved {
  uint64_t word[2];
};
// 59:44 is GSCID: defined, and without a second stage nothing looks at it.
constexpr Reserved kIotinvalReserved = {
    {Mask(9, 7) | Bit(11) | Mask(43, 34) | Mask(63, 60), Mask(9, 0) | Mask(63, 62)}};
constexpr Reserved kIofenceReserved = {{Mask(9, 7) | Mask(31, 14), Mask(63, 62)}};
constexpr Reserved kIodirReserved = {{Mask(32, 7) | Mask(39, 34), ~uint64_t{0}}};

bool HasNone(const Command& command, const Reserved& reserved) {
  return ((command.word[0] & reserved.word[0]) | (command.word[1] & reserved.word[1])) == 0;
}

uint32_t DeviceIdOf(const Command& command) {
  return static_cast<uint32_t>(Field(command.word[0], 63, 40));
}

bool FitsMode(uint32_t device_id, DirectoryMode mode) {
  if (mode == DirectoryMode::kOff || mode == DirectoryMode::kBare) return true;
  return (device_id >> DeviceIdBits(mode)) == 0;
}

}  // namespace

bool IsLegal(const Command& command, DirectoryMode mode) {
  switch (Field(command.word[0], 6, 0)) {
    case kOpIotinval:
      return HasNone(command, kIotinvalReserved);
    case kOpIofence:
      return HasNone(command, kIofenceReserved);
    case kOpIodir:
      if (!HasNone(command, kIodirReserved)) return false;
      return (command.word[0] & kIodirDv) == 0 || FitsMode(DeviceIdOf(command), mode);
    default:
      return false;
  }
}

bool CommandQueue::CanRun() const {
  return control_.running() && (errors_ & kStopping) == 0 && head_ != tail_;
}

void CommandQueue::Run(uint64_t cycles) {
  while (CanRun()) {
    if (!started_) {
      started_ = true;
      cycles_left_ = config_.command_cycles;
    }
    const uint64_t taken = std::min(cycles, cycles_left_);
    cycles -= taken;
    cycles_left_ -= taken;
    if (cycles_left_ != 0) return;
    if (fence_waiting_) fence_waited_ += cycles;

    const Progress progress = Execute();
    if (progress == Progress::kWaiting) return;
    DropCurrent();
    if (progress == Progress::kStopped) return;
    head_ = (head_ + 1) & ring_.index_mask();
    ++executed_;
  }
}

CommandQueue::Progress CommandQueue::Execute() {
  Command command;
  const uint64_t address = ring_.AddressOf(head_, kCommandBytes);
  for (unsigned i = 0; i < 2; ++i) {
    if (links_.memory->Read64(address + 8 * i, &command.word[i]) != MemoryOutcome::kOk) {
      Stop(kCsrMemoryFault);
      return Progress::kStopped;
    }
  }
  if (!IsLegal(command, *links_.mode)) {
    Stop(kCqcsrIllegal);
    return Progress::kStopped;
  }
  switch (Field(command.word[0], 6, 0)) {
    case kOpIotinval:
      ExecuteIotinval(command);
      return Progress::kDone;
    case kOpIofence:
      return ExecuteFence(command);
    default:
      if ((command.word[0] & kIodirDv) != 0) {
        links_.directory->Invalidate(DeviceIdOf(command));
      } else {
        links_.directory->InvalidateAll();
      }
      return Progress::kDone;
  }
}

void CommandQueue::ExecuteIotinval(const Command& command) {
  // GV names entries of a guest; with no second stage there are none.
  if ((command.word[0] & kIotinvalGv) != 0) return;
  const auto pscid = static_cast<uint32_t>(Field(command.word[0], 31, 12));
  const uint64_t iova = Field(command.word[1], 61, 10) << kPageShift;
  const bool by_address = (command.word[0] & kIotinvalAv) != 0;
  const bool by_pscid = (command.word[0] & kIotinvalPscv) != 0;
  if (by_address && by_pscid) {
    links_.tlb->InvalidateAddressPscid(iova, pscid);
  } else if (by_address) {
    links_.tlb->InvalidateAddress(iova);
  } else if (by_pscid) {
    links_.tlb->InvalidatePscid(pscid);
  } else {
    links_.tlb->InvalidateAll();
  }
}

bool CommandQueue::FenceMustWait(bool reads, bool writes) {
  if (!config_.fence_waits_for_bursts) return false;
  if (!fence_waiting_) {
    fence_waiting_ = true;
    fence_waited_ = 0;
    fence_since_ = links_.in_flight->begun();
  }
  const bool reads_over = !reads || links_.in_flight->OverSince(fence_since_, false);
  const bool writes_over = !writes || links_.in_flight->OverSince(fence_since_, true);
  if (reads_over && writes_over) return false;
  if (config_.fence_limit_cycles == 0 || fence_waited_ < config_.fence_limit_cycles) return true;
  links_.in_flight->GiveUp(fence_since_);
  ++fences_given_up_;
  return false;
}

CommandQueue::Progress CommandQueue::ExecuteFence(const Command& command) {
  const bool reads = (command.word[0] & kIofencePr) != 0;
  const bool writes = (command.word[0] & kIofencePw) != 0;
  if (FenceMustWait(reads, writes)) return Progress::kWaiting;
  if ((command.word[0] & kIofenceAv) != 0) {
    const uint64_t address = Field(command.word[1], 61, 0) << 2;
    const auto data = static_cast<uint32_t>(Field(command.word[0], 63, 32));
    if (links_.memory->Write32(address, data) != MemoryOutcome::kOk) {
      Stop(kCsrMemoryFault);
      return Progress::kStopped;
    }
  }
  if ((command.word[0] & kIofenceWsi) != 0) {
    errors_ |= kCqcsrFenceDone;
    RaiseIfCondition();
  }
  return Progress::kDone;
}

void CommandQueue::Stop(uint64_t error) {
  errors_ |= error;
  RaiseIfCondition();
}

void CommandQueue::DropCurrent() {
  started_ = false;
  fence_waiting_ = false;
}

void CommandQueue::WriteBase(uint64_t value) {
  if (control_.idle()) ring_.base = value & QueueRing::kWritable;
}

void CommandQueue::WriteCsr(uint64_t value) {
  const QueueControl::Change change = control_.Write(value, config_.csr_busy_cycles);
  if (change == QueueControl::Change::kIgnored) return;
  errors_ &= ~(value & kErrors);
  if (change == QueueControl::Change::kStarted) {
    head_ = 0;
    errors_ = 0;
  }
  if (change == QueueControl::Change::kStopped) DropCurrent();
  RaiseIfCondition();
}

void CommandQueue::RaiseIfCondition() {
  if (control_.interrupt_enable() && errors_ != 0) links_.pending->Raise(kIpsrCommand);
}

}  // namespace tb::iommu
