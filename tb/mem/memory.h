// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Sparse physical memory, 48-bit, behind the bus and in front of the CPU.
//
// Only declared RAM exists: a burst elsewhere is answered DECERR, a CPU access elsewhere throws
// (misuse). Pages are created when first touched. Bus writes are visible to everyone at once, beat
// by beat.
//
// Two views of change: the bus side (BusTarget) and the CPU side (Read, Write, Load, Store). After
// Snapshot(), Changes() lists the bytes that bus writes altered; CPU writes are what software meant
// to do and do not count.

#ifndef SGDMA_TB_MEM_MEMORY_H_
#define SGDMA_TB_MEM_MEMORY_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "mem/bus_target.h"
#include "mem/page_table.h"

namespace tb {

inline constexpr unsigned kPhysicalBits = 48;

class Memory final : public BusTarget {
 public:
  // What untouched RAM holds: zeros, or bytes derived from address and seed, so that a byte never
  // written is unlikely to look like a right one.
  enum class Fill : uint8_t { kZero, kPattern };
  explicit Memory(Fill fill = Fill::kZero, uint64_t seed = 1) : fill_(fill), seed_(seed) {}

  // Declares RAM; base and size are multiples of 4 KiB. Throws std::invalid_argument otherwise.
  void AddRam(uint64_t base, uint64_t size);
  bool IsRam(uint64_t address) const;

  // ---- Bus side ----
  BusRoute Begin(const BusAccess& burst) override;
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override;
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override;

  // ---- CPU side: any address and length inside RAM, else std::out_of_range. Never sees errors or
  // poison ----
  void Read(uint64_t address, std::span<uint8_t> out);
  void Write(uint64_t address, std::span<const uint8_t> data);
  void FillBytes(uint64_t address, uint64_t size, uint8_t value);
  std::vector<uint8_t> Bytes(uint64_t address, uint64_t size);

  // Little-endian scalars. One Store is one step for the bus: no beat comes between its bytes.
  template <typename T>
  T Load(uint64_t address) {
    static_assert(std::is_unsigned_v<T>);
    uint8_t raw[sizeof(T)];
    Read(address, raw);
    T value;
    std::memcpy(&value, raw, sizeof(T));
    return value;
  }
  template <typename T>
  void Store(uint64_t address, T value) {
    static_assert(std::is_unsigned_v<T>);
    uint8_t raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    Write(address, raw);
  }

  // ---- Errors on the bus side ----
  // Beats that touch [base, base + size) get `resp`: reads return no data, writes change nothing.
  void SetError(uint64_t base, uint64_t size, AxiResp resp, bool reads = true, bool writes = true);
  void ClearErrors();

  // Uncorrectable-error mark (ECC) on a range: bus reads answer SLVERR; a translator asks
  // poisoned() first, since for it poison and a bus error are different faults. Stays until
  // cleared.
  void SetPoison(uint64_t base, uint64_t size, bool on = true);
  bool poisoned(uint64_t address, uint64_t size = 1) const;

  // ---- Image ----
  struct Change {
    uint64_t address = 0;
    uint8_t before = 0;
    uint8_t after = 0;
  };
  // Forgets earlier changes and remembers the image from now on (pages are copied when first
  // written).
  void Snapshot();
  // Bytes the bus changed since Snapshot(), in address order.
  std::vector<Change> Changes() const;

 private:
  struct Page {
    uint8_t data[kPageBytes];
    std::unique_ptr<uint8_t[]> before;  // image at the snapshot, once a bus write came
    uint64_t before_epoch = 0;          // snapshot number `before` belongs to
    bool special = false;               // an error or poison range touches this page
  };
  struct Range {
    uint64_t base = 0;
    uint64_t size = 0;
    AxiResp resp = AxiResp::kOkay;
    bool reads = false;
    bool writes = false;
    bool Touches(uint64_t address, uint64_t bytes) const {
      return address < base + size && base < address + bytes;
    }
  };

  Page& Touch(uint64_t address) {
    if (Page* page = pages_.Find(address)) return *page;
    return Create(address);
  }
  Page& Create(uint64_t address);
  void Keep(Page& page);
  void MarkSpecial(uint64_t base, uint64_t size);
  AxiResp ErrorAt(uint64_t address, uint64_t bytes, bool write) const;

  Fill fill_;
  uint64_t seed_;
  uint64_t epoch_ = 0;  // 0: no snapshot
  PageTable<Page> pages_;
  std::vector<Range> ram_;
  std::vector<Range> errors_;
  std::vector<Range> poison_;
};

}  // namespace tb

#endif  // SGDMA_TB_MEM_MEMORY_H_
