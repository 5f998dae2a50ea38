// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "iommu/walker.h"

namespace tb::iommu {
namespace {

constexpr uint64_t kNapotPpnBits = Mask(3, 0);
constexpr uint64_t kNapot64K = 0x8;

// Somebody else may store to the entry between our read and our update; each time the entry is
// judged anew.
constexpr unsigned kMostUpdateAttempts = 16;

Cause PageFault(bool write) { return write ? Cause::kWritePage : Cause::kReadPage; }

Cause LoadCause(MemoryOutcome outcome, bool write) {
  switch (outcome) {
    case MemoryOutcome::kOk:
      return Cause::kNone;
    case MemoryOutcome::kAccessError:
      return write ? Cause::kWriteAccess : Cause::kReadAccess;
    case MemoryOutcome::kPoison:
      return Cause::kTableCorruption;
  }
  return Cause::kInternal;
}

// What is wrong in any entry, pointer or leaf.
bool IsMalformed(uint64_t pte, unsigned level) {
  if ((pte & kPteValid) == 0) return true;
  if ((pte & kPteWrite) != 0 && (pte & kPteRead) == 0) return true;
  if ((pte & (kPteReserved | kPtePbmt)) != 0) return true;
  return (pte & kPteNapot) != 0 && level != 0;
}

bool IsLeaf(uint64_t pte) { return (pte & (kPteRead | kPteExecute)) != 0; }

bool IsBadPointer(uint64_t pte, unsigned level) {
  return level == 0 || (pte & (kPteAccessed | kPteDirty | kPteUser)) != 0;
}

bool LeafForbids(uint64_t pte, unsigned level, bool write) {
  if ((pte & (write ? kPteWrite : kPteRead)) == 0) return true;
  if ((pte & kPteUser) == 0) return true;
  const uint64_t ppn = Field(pte, 53, 10);
  const uint64_t below = level == 0 ? 0 : Mask(9 * level - 1, 0);
  if ((ppn & below) != 0) return true;
  return (pte & kPteNapot) != 0 && (ppn & kNapotPpnBits) != kNapot64K;
}

PageSize SizeOf(uint64_t pte, unsigned level) {
  if ((pte & kPteNapot) != 0) return PageSize::k64K;
  constexpr PageSize kByLevel[] = {PageSize::k4K, PageSize::k2M, PageSize::k1G, PageSize::k512G};
  return kByLevel[level];
}

TlbEntry MakeEntry(uint64_t pte, unsigned level, uint64_t iova, uint32_t pscid, bool global) {
  const PageSize size = SizeOf(pte, level);
  const uint64_t offset_mask = Mask(ShiftOf(size) - 1, 0);
  TlbEntry page;
  page.tag = iova >> ShiftOf(size);
  page.physical = PpnFieldToAddress(pte) & ~offset_mask;  // drops the 1000 of a NAPOT entry
  page.pscid = pscid;
  page.size = size;
  page.valid = true;
  page.global = global;
  page.read = (pte & kPteRead) != 0;
  page.write = (pte & kPteWrite) != 0;
  page.dirty = (pte & kPteDirty) != 0;
  return page;
}

}  // namespace

WalkResult WalkPageTable(TableMemory* memory, const DeviceContext& context, uint64_t iova,
                         bool write) {
  WalkResult result;
  if (!IsCanonical(context.mode, iova)) {
    result.cause = PageFault(write);
    return result;
  }

  uint64_t table = context.root;
  unsigned level = context.mode == FirstStageMode::kSv39 ? 2 : 3;
  bool global = false;
  unsigned attempts = 0;
  while (true) {
    const uint64_t address = table + 8 * Field(iova >> (kPageShift + 9 * level), 8, 0);
    uint64_t pte = 0;
    ++result.reads;
    result.cause = LoadCause(memory->Read64(address, &pte), write);
    if (result.cause != Cause::kNone) return result;

    result.cause = PageFault(write);  // of everything below, until it has passed
    if (IsMalformed(pte, level)) return result;
    if (!IsLeaf(pte)) {
      if (IsBadPointer(pte, level)) return result;
      global = global || (pte & kPteGlobal) != 0;
      table = PpnFieldToAddress(pte);
      --level;
      continue;
    }
    if (LeafForbids(pte, level, write)) return result;

    const uint64_t wanted = pte | kPteAccessed | (write ? kPteDirty : 0);
    if (wanted != pte) {
      if (!context.sade) return result;
      if (++attempts > kMostUpdateAttempts) {
        result.cause = Cause::kInternal;
        return result;
      }
      uint64_t observed = 0;
      ++result.reads;
      result.cause = LoadCause(memory->CompareExchange64(address, pte, wanted, &observed), write);
      if (result.cause != Cause::kNone) return result;
      if (observed != pte) continue;  // the same entry once more
    }
    global = global || (pte & kPteGlobal) != 0;
    result.cause = Cause::kNone;
    result.page = MakeEntry(wanted, level, iova, context.pscid, global);
    return result;
  }
}

}  // namespace tb::iommu
