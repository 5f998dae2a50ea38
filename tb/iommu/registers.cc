// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The register page of the translator: decoding, ddtp, and the translation request for debugging.

#include "iommu/iommu.h"

namespace tb {

using iommu::Bit;
using iommu::DirectoryMode;
using iommu::Field;
using iommu::Mask;

namespace {

constexpr uint32_t kRegisterBytes = 4096;
constexpr uint64_t kIcvecWritable = Mask(7, 0);  // civ, fiv
// Go, NW, PID, PV, DID. Priv and Exe stay 0: no privileged and no fetching device here.
constexpr uint64_t kTrReqCtlWritable =
    iommu::kTrGo | iommu::kTrReadOnly | Mask(31, 12) | iommu::kTrProcessValid | Mask(63, 40);
constexpr uint64_t kTrResponseFault = Bit(0);
constexpr uint64_t kTrResponseSuperpage = Bit(9);

bool IsAccess(uint32_t offset, unsigned size) {
  return (size == 4 || size == 8) && offset % size == 0 && offset < kRegisterBytes;
}

bool IsLevel(DirectoryMode mode) {
  return mode != DirectoryMode::kOff && mode != DirectoryMode::kBare;
}

}  // namespace

uint64_t Iommu::ReadReg(uint32_t offset, unsigned size) const {
  if (!IsAccess(offset, size)) return 0;
  if (size == 8) return Read8(offset);
  uint64_t value = 0;
  if (Read4(offset, &value)) return value;
  return (Read8(offset & ~7u) >> (offset % 8 * 8)) & Mask(31, 0);
}

void Iommu::WriteReg(uint32_t offset, unsigned size, uint64_t value) {
  if (!IsAccess(offset, size)) return;
  work_ = true;
  if (size == 8) {
    Write8(offset, value, ~uint64_t{0});
  } else if (!Write4(offset, static_cast<uint32_t>(value))) {
    const unsigned shift = offset % 8 * 8;
    Write8(offset & ~7u, value << shift, Mask(31, 0) << shift);
  }
}

uint64_t Iommu::Read8(uint32_t offset) const {
  switch (offset) {
    case iommu::kCapabilities:
      return iommu::kCapVersion | iommu::kCapSv39 | iommu::kCapSv48 | iommu::kCapAmoHwad |
             iommu::kCapIgsWired | iommu::kCapDbg |
             uint64_t{config_.physical_bits} << iommu::kCapPasShift;
    case iommu::kDdtp:
      return static_cast<uint64_t>(mode_) | (ddtp_busy_left_ != 0 ? iommu::kDdtpBusy : 0) |
             iommu::AddressToPpnField(directory_root_);
    case iommu::kCqb:
      return command_queue_.base();
    case iommu::kFqb:
      return fault_queue_.base();
    case iommu::kTrReqIova:
      return tr_req_iova_;
    case iommu::kTrReqCtl:
      return tr_req_ctl_;
    case iommu::kTrResponse:
      return tr_response_;
    case iommu::kIcvec:
      return icvec_;
    default:
      return 0;
  }
}

bool Iommu::Read4(uint32_t offset, uint64_t* value) const {
  switch (offset) {
    case iommu::kFctl:
      *value = iommu::kFctlWsi;
      return true;
    case iommu::kCqh:
      *value = command_queue_.head();
      return true;
    case iommu::kCqt:
      *value = command_queue_.tail();
      return true;
    case iommu::kFqh:
      *value = fault_queue_.head();
      return true;
    case iommu::kFqt:
      *value = fault_queue_.tail();
      return true;
    case iommu::kCqcsr:
      *value = command_queue_.csr();
      return true;
    case iommu::kFqcsr:
      *value = fault_queue_.csr();
      return true;
    case iommu::kIpsr:
      *value = pending_.bits();
      return true;
    default:
      return false;
  }
}

// `mask` selects the half of a 4-byte access.
void Iommu::Write8(uint32_t offset, uint64_t value, uint64_t mask) {
  const uint64_t merged = (Read8(offset) & ~mask) | (value & mask);
  switch (offset) {
    case iommu::kDdtp:
      WriteDdtp(merged, mask);
      break;
    case iommu::kCqb:
      command_queue_.WriteBase(merged);
      break;
    case iommu::kFqb:
      fault_queue_.WriteBase(merged);
      break;
    case iommu::kTrReqIova:
      if (debug_left_ == 0) tr_req_iova_ = merged & Mask(63, 12);
      break;
    case iommu::kTrReqCtl:
      WriteTrReqCtl(merged);
      break;
    case iommu::kIcvec:
      icvec_ = merged & kIcvecWritable;
      break;
    default:
      break;
  }
}

bool Iommu::Write4(uint32_t offset, uint32_t value) {
  switch (offset) {
    case iommu::kCqt:
      command_queue_.WriteTail(value);
      return true;
    case iommu::kFqh:
      fault_queue_.WriteHead(value);
      return true;
    case iommu::kCqcsr:
      command_queue_.WriteCsr(value);
      return true;
    case iommu::kFqcsr:
      fault_queue_.WriteCsr(value);
      return true;
    case iommu::kIpsr:
      pending_.Clear(value);
      command_queue_.RaiseIfCondition();
      fault_queue_.RaiseIfCondition();
      return true;
    case iommu::kFctl:  // all of it is fixed here
    case iommu::kCqh:
    case iommu::kFqt:
      return true;
    default:
      return false;
  }
}

// One directory level to another, or to another root, goes only through Off or Bare: refused and
// counted.
void Iommu::WriteDdtp(uint64_t value, uint64_t mask) {
  const uint64_t root = iommu::PpnFieldToAddress(value);
  const uint64_t mode_bits = Field(value, 3, 0);
  const bool legal_mode = mode_bits <= static_cast<uint64_t>(DirectoryMode::k3Level);
  const auto mode = static_cast<DirectoryMode>(mode_bits);
  const bool moves = mode != mode_ || root != directory_root_;
  if (ddtp_busy_left_ != 0 || !legal_mode || (IsLevel(mode_) && IsLevel(mode) && moves)) {
    ++refused_ddtp_writes_;
    return;
  }
  directory_root_ = root;
  mode_ = mode;
  if ((mask & Mask(3, 0)) != 0) ddtp_busy_left_ = config_.ddtp_busy_cycles;
}

void Iommu::WriteTrReqCtl(uint64_t value) {
  if (debug_left_ != 0) return;
  tr_req_ctl_ = value & kTrReqCtlWritable;
  if ((value & iommu::kTrGo) == 0) return;
  debug_left_ = config_.debug_cycles;
  if (debug_left_ == 0) FinishDebugRequest();
}

// Uses and fills the caches and updates A and D as a burst would, but reports no fault: the answer
// says it.
void Iommu::FinishDebugRequest() {
  tr_req_ctl_ &= ~iommu::kTrGo;
  Translation translation;
  Translate({.device_id = static_cast<uint32_t>(Field(tr_req_ctl_, 63, 40)),
             .iova = tr_req_iova_,
             .write = (tr_req_ctl_ & iommu::kTrReadOnly) == 0,
             .process_id_valid = (tr_req_ctl_ & iommu::kTrProcessValid) != 0},
            &debug_statistics_, &translation);
  if (translation.cause != iommu::Cause::kNone) {
    tr_response_ = kTrResponseFault;
    return;
  }
  const bool superpage = translation.page_shift > iommu::kPageShift && translation.page_shift < 64;
  if (!superpage) {
    tr_response_ = iommu::AddressToPpnField(translation.physical);
    return;
  }
  // The size of a superpage is told by the lowest clear bit of the PPN: 2^(n+1) pages for bit n.
  const uint64_t in_page = Mask(translation.page_shift - 1u, 0);
  const uint64_t size_mark = in_page >> 1 & ~(iommu::kPageBytes - 1);
  tr_response_ = kTrResponseSuperpage |
                 iommu::AddressToPpnField((translation.physical & ~in_page) | size_mark);
}

}  // namespace tb
