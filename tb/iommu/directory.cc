// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "iommu/directory.h"

#include <algorithm>

namespace tb::iommu {
namespace {

constexpr uint64_t kNonLeafReserved = ~(kDirectoryValid | Mask(53, 10));
constexpr uint64_t kTcReserved = Mask(63, 12);
// Features that capabilities do not offer, and SBE / SXL that must equal fctl.BE / fctl.GXL = 0.
constexpr uint64_t kTcUnsupported = kTcEnAts | kTcEnPri | kTcT2gpa | kTcPrpr | kTcSbe | kTcSxl;
constexpr uint64_t kTaReserved = ~Mask(31, 12);
constexpr uint64_t kFscReserved = Mask(59, 44);

Cause LoadCause(MemoryOutcome outcome) {
  switch (outcome) {
    case MemoryOutcome::kOk:
      return Cause::kNone;
    case MemoryOutcome::kAccessError:
      return Cause::kDirectoryAccess;
    case MemoryOutcome::kPoison:
      return Cause::kDirectoryCorruption;
  }
  return Cause::kInternal;
}

// All four words are one 32-byte access: an access error anywhere in it goes before poison.
Cause LoadContext(TableMemory* memory, uint64_t address, uint64_t (&words)[4]) {
  Cause cause = Cause::kNone;
  for (unsigned i = 0; i < 4; ++i) {
    const Cause one = LoadCause(memory->Read64(address + 8 * i, &words[i]));
    if (one == Cause::kDirectoryAccess) return one;
    if (one != Cause::kNone) cause = one;
  }
  return cause;
}

}  // namespace

bool IsMisconfigured(const uint64_t (&words)[4]) {
  const auto [tc, iohgatp, ta, fsc] = words;
  if ((tc & (kTcReserved | kTcUnsupported)) != 0) return true;
  if ((ta & kTaReserved) != 0 || (fsc & kFscReserved) != 0) return true;
  if (Field(iohgatp, 63, 60) != 0) return true;

  const uint64_t mode = Field(fsc, 63, 60);
  if ((tc & kTcPdtv) != 0) return mode != 0;  // fsc is a process directory then; none is supported
  if ((tc & kTcDpe) != 0) return true;
  return mode != static_cast<uint64_t>(FirstStageMode::kBare) &&
         mode != static_cast<uint64_t>(FirstStageMode::kSv39) &&
         mode != static_cast<uint64_t>(FirstStageMode::kSv48);
}

DirectoryResult WalkDirectory(TableMemory* memory, DirectoryMode mode, uint64_t root,
                              uint32_t device_id) {
  const uint64_t index[3] = {Field(device_id, 6, 0), Field(device_id, 15, 7),
                             Field(device_id, 23, 16)};
  DirectoryResult result;
  uint64_t table = root;
  const unsigned levels = static_cast<unsigned>(mode) - 1;
  for (unsigned level = levels - 1; level > 0; --level) {
    uint64_t entry = 0;
    ++result.reads;
    result.cause = LoadCause(memory->Read64(table + 8 * index[level], &entry));
    if (result.cause != Cause::kNone) return result;
    if ((entry & kDirectoryValid) == 0) {
      result.cause = Cause::kDirectoryInvalid;
      return result;
    }
    if ((entry & kNonLeafReserved) != 0) {
      result.cause = Cause::kDirectoryMisconfigured;
      return result;
    }
    table = PpnFieldToAddress(entry);
  }

  uint64_t words[4] = {};
  ++result.reads;
  result.cause = LoadContext(memory, table + kContextBytes * index[0], words);
  if (result.cause != Cause::kNone) return result;
  if ((words[0] & kTcValid) == 0) {
    result.cause = Cause::kDirectoryInvalid;
  } else if (IsMisconfigured(words)) {
    result.cause = Cause::kDirectoryMisconfigured;
  } else {
    result.context = {.root = Field(words[3], 43, 0) << kPageShift,
                      .pscid = static_cast<uint32_t>(Field(words[2], 31, 12)),
                      .mode = static_cast<FirstStageMode>(Field(words[3], 63, 60)),
                      .dtf = (words[0] & kTcDtf) != 0,
                      .pdtv = (words[0] & kTcPdtv) != 0,
                      .sade = (words[0] & kTcSade) != 0};
  }
  return result;
}

void DirectoryCache::Insert(uint32_t device_id, const DeviceContext& context) {
  if (entries_.empty()) return;
  // An unused entry has the smallest possible last_use of all: 0.
  Entry* victim =
      &*std::min_element(entries_.begin(), entries_.end(),
                         [](const Entry& a, const Entry& b) { return a.last_use < b.last_use; });
  *victim = {.last_use = ++clock_, .context = context, .device_id = device_id, .valid = true};
}

void DirectoryCache::InvalidateAll() {
  for (Entry& entry : entries_) entry = Entry{};
}

void DirectoryCache::Invalidate(uint32_t device_id) {
  for (Entry& entry : entries_) {
    if (entry.valid && entry.device_id == device_id) entry = Entry{};
  }
}

size_t DirectoryCache::size() const {
  return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                           [](const Entry& entry) { return entry.valid; }));
}

}  // namespace tb::iommu
