// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/iommu_commands.h"

namespace tb {

using iommu::Command;

namespace {
constexpr uint64_t kErrors = iommu::kCsrMemoryFault | iommu::kCqcsrTimeout | iommu::kCqcsrIllegal;
}  // namespace

Command FenceCommand() { return {{iommu::kOpIofence | iommu::kIofencePr | iommu::kIofencePw, 0}}; }

Command InvalDdtCommand(uint32_t device_id) {
  return {{iommu::kOpIodir | iommu::kIodirDv | uint64_t{device_id} << 40, 0}};
}

Command InvalPscidCommand(uint32_t pscid) {
  return {{iommu::kOpIotinval | iommu::kIotinvalPscv | uint64_t{pscid} << 12, 0}};
}

Command InvalAddressCommand(uint64_t iova) {
  return {{iommu::kOpIotinval | iommu::kIotinvalAv, iova >> 12 << 10}};
}

Command InvalPageCommand(uint32_t pscid, uint64_t iova) {
  Command command = InvalPscidCommand(pscid);
  command.word[0] |= iommu::kIotinvalAv;
  command.word[1] = iova >> 12 << 10;
  return command;
}

IommuStatus IommuCommands::Error() const {
  const uint64_t csr = host_->read_reg(iommu::kCqcsr, 4);
  if ((csr & iommu::kCqcsrIllegal) != 0) return IommuStatus::kCommandIllegal;
  if ((csr & iommu::kCsrMemoryFault) != 0) return IommuStatus::kCommandFault;
  return (csr & iommu::kCqcsrTimeout) != 0 ? IommuStatus::kTimeout : IommuStatus::kOk;
}

void IommuCommands::Put(uint64_t index, const Command& command) {
  host_->Store(Slot(index), command.word[0]);
  host_->Store(Slot(index) + 8, command.word[1]);
}

IommuStatus IommuCommands::Post(const Command& command) {
  const uint32_t next = (tail_ + 1) & mask_;
  IommuStatus error = IommuStatus::kOk;
  const auto room = [&] {
    error = Error();
    return error != IommuStatus::kOk || host_->read_reg(iommu::kCqh, 4) != next;
  };
  if (!host_->WaitUntil(room, poll_, limit_)) return IommuStatus::kTimeout;
  if (error != IommuStatus::kOk) return error;
  Put(tail_, command);
  tail_ = next;
  host_->write_reg(iommu::kCqt, 4, tail_);
  return IommuStatus::kOk;
}

IommuStatus IommuCommands::Wait() {
  IommuStatus error = IommuStatus::kOk;
  const auto ended = [&] {
    error = Error();
    return error != IommuStatus::kOk || host_->read_reg(iommu::kCqh, 4) == tail_;
  };
  if (!host_->WaitUntil(ended, poll_, limit_)) return IommuStatus::kTimeout;
  return error;
}

IommuStatus IommuCommands::Recover() {
  const uint64_t head = host_->read_reg(iommu::kCqh, 4);
  if (head != tail_) Put(head, FenceCommand());
  const uint64_t kept = iommu::kCsrEnable | iommu::kCsrInterruptEnable;
  const uint64_t csr = host_->read_reg(iommu::kCqcsr, 4);
  host_->write_reg(iommu::kCqcsr, 4, csr & (kept | kErrors));
  return Wait();
}

}  // namespace tb
