// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "mem/memory.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace tb {
namespace {

constexpr uint64_t kPhysicalEnd = uint64_t{1} << kPhysicalBits;

// One byte per address, repeatable (the finaliser of splitmix64 on the address's word).
uint64_t PatternWord(uint64_t seed, uint64_t word) {
  uint64_t z = seed * 0x9E3779B97F4A7C15u + word;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// Calls piece(address, offset in the whole, bytes) for each part of [address, address + size)
// within one page.
template <typename Piece>
void ForEachPage(uint64_t address, uint64_t size, Piece&& piece) {
  for (uint64_t done = 0; done < size;) {
    const uint64_t at = address + done;
    const uint64_t bytes = std::min(size - done, kPageBytes - at % kPageBytes);
    piece(at, done, bytes);
    done += bytes;
  }
}

}  // namespace

void Memory::AddRam(uint64_t base, uint64_t size) {
  if (base % kPageBytes != 0 || size % kPageBytes != 0 || size == 0) {
    throw std::invalid_argument("RAM must be whole 4 KiB pages: base " + Hex(base) + ", size " +
                                Hex(size));
  }
  if (base >= kPhysicalEnd || size > kPhysicalEnd - base) {
    throw std::invalid_argument("RAM above 48 bits: base " + Hex(base) + ", size " + Hex(size));
  }
  ram_.push_back({base, size});
}

bool Memory::IsRam(uint64_t address) const {
  return std::any_of(ram_.begin(), ram_.end(), [&](const Range& r) {
    return address >= r.base && address - r.base < r.size;
  });
}

Memory::Page& Memory::Create(uint64_t address) {
  if (!IsRam(address)) throw std::out_of_range("access outside RAM at " + Hex(address));
  Page& page = pages_.Get(address);
  const uint64_t base = address & ~(kPageBytes - 1);
  for (uint64_t i = 0; i < kPageBytes; i += 8) {
    const uint64_t word = fill_ == Fill::kZero ? 0 : PatternWord(seed_, base + i);
    std::memcpy(page.data + i, &word, 8);
  }
  const auto touches = [&](const Range& r) { return r.Touches(base, kPageBytes); };
  page.special = std::any_of(errors_.begin(), errors_.end(), touches) ||
                 std::any_of(poison_.begin(), poison_.end(), touches);
  return page;
}

// ---- Bus side ----

BusRoute Memory::Begin(const BusAccess& burst) {
  const bool there = pages_.Find(burst.address) != nullptr || IsRam(burst.address);
  return {there ? AxiResp::kOkay : AxiResp::kDecErr, burst.address, 0};
}

AxiResp Memory::ReadBeat(const BusAccess& /*burst*/, uint64_t address, std::span<uint8_t> out) {
  const Page* page = pages_.Find(address);
  if (page == nullptr) {
    if (!IsRam(address)) return AxiResp::kDecErr;
    page = &Create(address);
  }
  if (page->special) {
    const AxiResp resp = ErrorAt(address, out.size(), false);
    if (resp != AxiResp::kOkay) return resp;
  }
  const uint8_t* from = page->data + address % kPageBytes;
  if (out.size() == 8) {
    std::memcpy(out.data(), from, 8);
  } else {
    std::memcpy(out.data(), from, out.size());
  }
  return AxiResp::kOkay;
}

AxiResp Memory::WriteBeat(const BusAccess& /*burst*/, uint64_t address,
                          std::span<const uint8_t> data, uint64_t strobe) {
  Page* page = pages_.Find(address);
  if (page == nullptr) {
    if (!IsRam(address)) return AxiResp::kDecErr;
    page = &Create(address);
  }
  if (page->special) {
    const AxiResp resp = ErrorAt(address, data.size(), true);
    if (resp != AxiResp::kOkay) return resp;
  }
  if (page->before_epoch != epoch_) Keep(*page);
  uint8_t* to = page->data + address % kPageBytes;
  if (data.size() == 8 && strobe == 0xFF) {
    std::memcpy(to, data.data(), 8);
    return AxiResp::kOkay;
  }
  for (size_t i = 0; i < data.size(); ++i) {
    if ((strobe >> i & 1) != 0) to[i] = data[i];
  }
  return AxiResp::kOkay;
}

// ---- CPU side ----

void Memory::Read(uint64_t address, std::span<uint8_t> out) {
  ForEachPage(address, out.size(), [&](uint64_t at, uint64_t done, uint64_t bytes) {
    std::memcpy(out.data() + done, Touch(at).data + at % kPageBytes, bytes);
  });
}

void Memory::Write(uint64_t address, std::span<const uint8_t> data) {
  ForEachPage(address, data.size(), [&](uint64_t at, uint64_t done, uint64_t bytes) {
    Page& page = Touch(at);
    std::memcpy(page.data + at % kPageBytes, data.data() + done, bytes);
    if (page.before != nullptr)
      std::memcpy(page.before.get() + at % kPageBytes, data.data() + done, bytes);
  });
}

void Memory::FillBytes(uint64_t address, uint64_t size, uint8_t value) {
  uint8_t block[kPageBytes];
  std::memset(block, value, sizeof block);
  ForEachPage(address, size, [&](uint64_t at, uint64_t, uint64_t bytes) {
    Write(at, std::span<const uint8_t>(block, bytes));
  });
}

std::vector<uint8_t> Memory::Bytes(uint64_t address, uint64_t size) {
  std::vector<uint8_t> out(size);
  Read(address, out);
  return out;
}

// ---- Errors ----

void Memory::MarkSpecial(uint64_t base, uint64_t size) {
  pages_.ForEach([&](uint64_t at, Page& page) {
    if (at < base + size && base < at + kPageBytes) page.special = true;
  });
}

void Memory::SetError(uint64_t base, uint64_t size, AxiResp resp, bool reads, bool writes) {
  errors_.push_back({base, size, resp, reads, writes});
  MarkSpecial(base, size);
}

void Memory::ClearErrors() {
  errors_.clear();
  pages_.ForEach([&](uint64_t at, Page& page) { page.special = poisoned(at, kPageBytes); });
}

void Memory::SetPoison(uint64_t base, uint64_t size, bool on) {
  if (on) {
    poison_.push_back({base, size});
    MarkSpecial(base, size);
    return;
  }
  // Cut [base, base + size) out of what is poisoned. A page may stay special for nothing: slower,
  // not wrong.
  std::vector<Range> rest;
  for (const Range& r : poison_) {
    if (!r.Touches(base, size)) {
      rest.push_back(r);
      continue;
    }
    if (r.base < base) rest.push_back({r.base, base - r.base});
    const uint64_t end = base + size;
    if (r.base + r.size > end) rest.push_back({end, r.base + r.size - end});
  }
  poison_ = std::move(rest);
}

bool Memory::poisoned(uint64_t address, uint64_t size) const {
  return std::any_of(poison_.begin(), poison_.end(),
                     [&](const Range& r) { return r.Touches(address, size); });
}

AxiResp Memory::ErrorAt(uint64_t address, uint64_t bytes, bool write) const {
  for (const Range& r : errors_) {
    if ((write ? r.writes : r.reads) && r.Touches(address, bytes)) return r.resp;
  }
  if (!write && poisoned(address, bytes)) return AxiResp::kSlvErr;
  return AxiResp::kOkay;
}

// ---- Image ----

void Memory::Snapshot() {
  ++epoch_;
  pages_.ForEach([](uint64_t, Page& page) { page.before.reset(); });
}

void Memory::Keep(Page& page) {
  page.before_epoch = epoch_;
  page.before = std::make_unique<uint8_t[]>(kPageBytes);
  std::memcpy(page.before.get(), page.data, kPageBytes);
}

std::vector<Memory::Change> Memory::Changes() const {
  std::vector<Change> out;
  pages_.ForEach([&](uint64_t base, const Page& page) {
    if (page.before == nullptr) return;
    for (uint64_t i = 0; i < kPageBytes; ++i) {
      if (page.before[i] != page.data[i]) out.push_back({base + i, page.before[i], page.data[i]});
    }
  });
  std::sort(out.begin(), out.end(),
            [](const Change& a, const Change& b) { return a.address < b.address; });
  return out;
}

}  // namespace tb
