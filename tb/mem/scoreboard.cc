// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "mem/scoreboard.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace tb {
namespace {

constexpr uint8_t kReadBit = static_cast<uint8_t>(Permission::kRead);
constexpr uint8_t kWriteBit = static_cast<uint8_t>(Permission::kWrite);
constexpr uint8_t kTranslatorBit = static_cast<uint8_t>(Permission::kTranslator);
constexpr uint8_t kPermissionBits = kReadBit | kWriteBit | kTranslatorBit;
constexpr size_t kStraysKept = 100;

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// A repeatable byte for canaries, never the same in neighbours.
uint8_t CanaryByte(uint64_t address) {
  return static_cast<uint8_t>(0xA5 ^ (address * 0x9D) ^ (address >> 8));
}

// Bit i of an 8-bit strobe becomes byte i: 0x00 or 0xFF.
uint64_t SpreadStrobe(uint8_t strobe) {
  const uint64_t bits = (strobe * 0x0101010101010101u) & 0x8040201008040201u;
  return ((bits + 0x7F7F7F7F7F7F7F7Fu) >> 7 & 0x0101010101010101u) * 0xFF;
}

// Calls piece(page base, first offset in page, bytes) for each page of [base, base + size).
template <typename Piece>
void ForEachPage(uint64_t base, uint64_t size, Piece&& piece) {
  for (uint64_t at = base; at < base + size;) {
    const uint64_t bytes = std::min(base + size - at, kPageBytes - at % kPageBytes);
    piece(at & ~(kPageBytes - 1), at % kPageBytes, bytes);
    at += bytes;
  }
}

}  // namespace

Scoreboard::Scoreboard(Memory& memory, Permission outside)
    : memory_(memory), outside_(static_cast<uint8_t>(outside)) {}

// ---- Regions ----

Scoreboard::Page& Scoreboard::Touch(uint64_t address) {
  if (Page* page = pages_.Find(address)) return *page;
  Page& page = pages_.Get(address);
  page.uniform = outside_;
  return page;
}

void Scoreboard::Split(Page& page) {
  if (page.flags != nullptr) return;
  page.flags = std::make_unique<uint8_t[]>(kPageBytes);
  std::memset(page.flags.get(), page.uniform, kPageBytes);
}

void Scoreboard::SetFlags(uint64_t base, uint64_t size, uint8_t clear, uint8_t set) {
  if ((set & (kWriteBit | kTranslatorBit)) != 0) set |= kEverWritable;
  ForEachPage(base, size, [&](uint64_t page_base, uint64_t offset, uint64_t bytes) {
    Page& page = Touch(page_base);
    if (bytes == kPageBytes && page.flags == nullptr) {
      page.uniform = static_cast<uint8_t>((page.uniform & ~clear) | set);
      return;
    }
    Split(page);
    uint8_t* flags = page.flags.get() + offset;
    for (uint64_t i = 0; i < bytes; ++i) flags[i] = static_cast<uint8_t>((flags[i] & ~clear) | set);
  });
}

uint8_t Scoreboard::FlagsAt(uint64_t address) const {
  const Page* page = pages_.Find(address);
  if (page == nullptr) return outside_;
  return page->flags == nullptr ? page->uniform : page->flags[address % kPageBytes];
}

const Scoreboard::Declared& Scoreboard::At(Region region) const {
  if (region >= regions_.size() || !regions_[region].live)
    throw std::invalid_argument("no such scoreboard region");
  return regions_[region];
}

Scoreboard::Region Scoreboard::Declare(std::string name, uint64_t base, uint64_t size,
                                       Permission permission) {
  if (size == 0 || base + size < base)
    throw std::invalid_argument("scoreboard region '" + name + "' is empty or wraps");
  regions_.push_back({std::move(name), base, size, true, false});
  SetFlags(base, size, kPermissionBits | kChecked, static_cast<uint8_t>(permission));
  return static_cast<Region>(regions_.size() - 1);
}

void Scoreboard::Release(Region region) {
  const Declared& d = At(region);
  SetFlags(d.base, d.size, kPermissionBits | kChecked, outside_);
  regions_[region].live = false;
}

void Scoreboard::Permit(Region region, Permission permission) {
  Permit(region, 0, At(region).size, permission);
}

void Scoreboard::Permit(Region region, uint64_t offset, uint64_t size, Permission permission) {
  const Declared& d = At(region);
  if (offset > d.size || size > d.size - offset)
    throw std::invalid_argument("past the end of '" + d.name + "'");
  SetFlags(d.base + offset, size, kPermissionBits, static_cast<uint8_t>(permission));
}

void Scoreboard::Expect(Region region, uint64_t offset, std::span<const uint8_t> values) {
  const Declared& d = At(region);
  if (offset > d.size || values.size() > d.size - offset) {
    throw std::invalid_argument("past the end of '" + d.name + "'");
  }
  SetFlags(d.base + offset, values.size(), 0, kChecked);
  const uint8_t* from = values.data();
  ForEachPage(d.base + offset, values.size(), [&](uint64_t page_base, uint64_t at, uint64_t bytes) {
    Page& page = Touch(page_base);
    if (page.expected == nullptr) page.expected = std::make_unique<uint8_t[]>(kPageBytes);
    std::memcpy(page.expected.get() + at, from, bytes);
    from += bytes;
  });
}

void Scoreboard::Forget(Region region) {
  const Declared& d = At(region);
  SetFlags(d.base, d.size, kChecked, 0);
}

Scoreboard::Region Scoreboard::Canary(std::string name, uint64_t base, uint64_t size) {
  const Region region = Declare(std::move(name), base, size, Permission::kNone);
  regions_[region].canary = true;
  std::vector<uint8_t> pattern(size);
  for (uint64_t i = 0; i < size; ++i) pattern[i] = CanaryByte(base + i);
  memory_.Write(base, pattern);
  return region;
}

// ---- End of a run ----

void Scoreboard::Snapshot() {
  memory_.Snapshot();
  const auto renew = [](uint8_t flags) {
    const bool writable = (flags & (kWriteBit | kTranslatorBit)) != 0;
    return static_cast<uint8_t>(writable ? flags | kEverWritable : flags & ~kEverWritable);
  };
  pages_.ForEach([&](uint64_t, Page& page) {
    page.uniform = renew(page.uniform);
    if (page.flags == nullptr) return;
    for (uint64_t i = 0; i < kPageBytes; ++i) page.flags[i] = renew(page.flags[i]);
  });
}

bool Scoreboard::Compare() {
  const bool writable_outside = (outside_ & kWriteBit) != 0;
  bool clean = CheckCanaries();
  uint64_t run_end = 0;
  for (const Memory::Change& change : memory_.Changes()) {
    const bool known = pages_.Find(change.address) != nullptr;
    if (known ? (FlagsAt(change.address) & kEverWritable) != 0 : writable_outside) continue;
    clean = false;
    if (change.address != run_end) {
      Add(Name(change.address) + " was changed from " + Hex(change.before) + " to " +
          Hex(change.after) + " and was never writable");
    }
    run_end = change.address + 1;
  }
  return clean;
}

bool Scoreboard::CheckCanaries() {
  bool clean = true;
  for (const Declared& d : regions_) {
    if (!d.live || !d.canary) continue;
    const std::vector<uint8_t> bytes = memory_.Bytes(d.base, d.size);
    for (uint64_t i = 0; i < d.size; ++i) {
      if (bytes[i] == CanaryByte(d.base + i)) continue;
      Add("canary damaged: " + Name(d.base + i) + " holds " + Hex(bytes[i]));
      clean = false;
      break;
    }
  }
  return clean;
}

// ---- Reports ----

std::string Scoreboard::Name(uint64_t address) const {
  const Declared* below = nullptr;
  for (auto it = regions_.rbegin(); it != regions_.rend(); ++it) {
    if (!it->live || address < it->base) continue;
    if (address - it->base < it->size) {
      return "byte " + std::to_string(address - it->base) + " of '" + it->name + "' (" +
             Hex(address) + ")";
    }
    if (below == nullptr || it->base + it->size > below->base + below->size) below = &*it;
  }
  if (below == nullptr) return "byte " + Hex(address) + ", in no declared region";
  return "byte " + Hex(address) + ", in no declared region (" +
         std::to_string(address - below->base - below->size) + " past the end of '" + below->name +
         "')";
}

void Scoreboard::Add(std::string text) {
  ++stray_count_;
  if (reporter_) reporter_(text);
  if (strays_.size() < kStraysKept) strays_.push_back(std::move(text));
}

void Scoreboard::Stray(Fault fault, const BusAccess& burst, uint64_t address, uint8_t got,
                       uint8_t want) {
  std::string text = Name(address) + (fault == Fault::kRead ? ", read by " : ", written by ");
  text += burst.translator ? "the translator"
                           : "channel " + std::to_string(burst.id >> 1) + " (id " +
                                 std::to_string(burst.id) + ")";
  if (slot_lookup_) {
    const std::string slot = slot_lookup_(burst, address);
    if (!slot.empty()) text += ", " + slot;
  }
  switch (fault) {
    case Fault::kRead:
      text += ": not readable now";
      break;
    case Fault::kWrite:
      text += ": not writable now";
      break;
    case Fault::kValue:
      text += ": wrote " + Hex(got) + ", expected " + Hex(want);
      break;
  }
  Add(text + "; burst at bus address " + Hex(burst.address));
}

// ---- Bus ----

AxiResp Scoreboard::ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) {
  const uint8_t need = burst.translator ? kReadBit | kTranslatorBit : kReadBit;
  const Page* page = pages_.Find(address);
  const uint8_t uniform = page == nullptr ? outside_ : page->uniform;
  bool legal;
  if (page == nullptr || page->flags == nullptr) {
    legal = (uniform & need) != 0;
  } else {
    const uint8_t* flags = page->flags.get() + address % kPageBytes;
    legal = std::any_of(flags, flags + out.size(), [&](uint8_t f) { return (f & need) != 0; });
  }
  if (!legal) Stray(Fault::kRead, burst, address, 0, 0);
  return memory_.ReadBeat(burst, address, out);
}

AxiResp Scoreboard::WriteBeat(const BusAccess& burst, uint64_t address,
                              std::span<const uint8_t> data, uint64_t strobe) {
  const uint8_t need = burst.translator ? kWriteBit | kTranslatorBit : kWriteBit;
  const Page* page = pages_.Find(address);
  if (page == nullptr) {
    if (outside_ == 0 || (outside_ & need) == 0) {
      if (strobe != 0) CheckBytes(Touch(address), burst, address, data, strobe, need);
    }
  } else if (page->flags != nullptr) {
    CheckBytes(*page, burst, address, data, strobe, need);
  } else if ((page->uniform & need) == 0 || (page->uniform & kChecked) != 0) {
    CheckBytes(*page, burst, address, data, strobe, need);
  }
  return memory_.WriteBeat(burst, address, data, strobe);
}

// Reports the first offending byte of the beat.
void Scoreboard::CheckBytes(const Page& page, const BusAccess& burst, uint64_t address,
                            std::span<const uint8_t> data, uint64_t strobe, uint8_t need) {
  const uint64_t offset = address % kPageBytes;
  for (size_t i = 0; i < data.size(); ++i) {
    // Eight bytes at once where every strobed one is plainly writable.
    if (i % 8 == 0 && i + 8 <= data.size() && page.flags != nullptr) {
      uint64_t flags;
      std::memcpy(&flags, page.flags.get() + offset + i, 8);
      const uint64_t mask = SpreadStrobe(static_cast<uint8_t>(strobe >> i));
      const uint64_t wanted = mask & (0x0101010101010101u * kWriteBit);
      const uint64_t checked = mask & flags & (0x0101010101010101u * kChecked);
      if ((flags & wanted) == wanted) {
        uint64_t got = 0;
        uint64_t want = 0;
        if (checked != 0) {
          std::memcpy(&got, data.data() + i, 8);
          std::memcpy(&want, page.expected.get() + offset + i, 8);
        }
        if (((got ^ want) & ((checked / kChecked) * 0xFF)) == 0) {
          i += 7;
          continue;
        }
      }
    }
    if ((strobe >> i & 1) == 0) continue;
    const uint8_t flags = page.flags == nullptr ? page.uniform : page.flags[offset + i];
    if ((flags & need) == 0) return Stray(Fault::kWrite, burst, address + i, data[i], 0);
    if ((flags & kChecked) == 0) continue;
    const uint8_t want = page.expected[offset + i];
    if (data[i] != want) return Stray(Fault::kValue, burst, address + i, data[i], want);
  }
}

}  // namespace tb
