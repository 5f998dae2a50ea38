// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// PhysicalMemory through the bus: the translator's own accesses take the same way as the bursts
// behind it, marked as the translator's, so that a scoreboard in between sees them.
//
//   Memory memory;  Scoreboard board(memory);
//   BusMemory tables(&board, &memory);  Iommu iommu({}, &tables, &board);

#ifndef SGDMA_TB_IOMMU_BUS_MEMORY_H_
#define SGDMA_TB_IOMMU_BUS_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "iommu/physical_memory.h"
#include "mem/bus_target.h"
#include "mem/memory.h"

namespace tb {

class BusMemory final : public PhysicalMemory {
 public:
  // `memory` is asked which words are poisoned: on the bus that is only a SLVERR.
  BusMemory(BusTarget* bus, const Memory* memory) : bus_(bus), memory_(memory) {}

  MemoryOutcome Read64(uint64_t address, uint64_t* value) override {
    return Read(address, value, sizeof *value);
  }
  MemoryOutcome Write64(uint64_t address, uint64_t value) override {
    return Write(address, &value, sizeof value);
  }
  MemoryOutcome Write32(uint64_t address, uint32_t value) override {
    return Write(address, &value, sizeof value);
  }
  MemoryOutcome CompareExchange64(uint64_t address, uint64_t expected, uint64_t desired,
                                  uint64_t* observed) override {
    uint64_t before = 0;
    const MemoryOutcome read = Read(address, &before, sizeof before);
    if (read != MemoryOutcome::kOk) return read;
    if (before == expected) {
      const MemoryOutcome written = Write(address, &desired, sizeof desired);
      if (written != MemoryOutcome::kOk) return written;
    }
    *observed = before;
    return MemoryOutcome::kOk;
  }

 private:
  static BusAccess Access(bool write, uint64_t address, size_t bytes) {
    BusAccess access;
    access.write = write;
    access.address = address;
    access.bytes = static_cast<uint32_t>(bytes);
    access.translator = true;
    return access;
  }

  MemoryOutcome Read(uint64_t address, void* value, size_t bytes) {
    const BusAccess access = Access(false, address, bytes);
    if (bus_->Begin(access).resp != AxiResp::kOkay) return MemoryOutcome::kAccessError;
    if (memory_->poisoned(address, bytes)) return MemoryOutcome::kPoison;
    std::array<uint8_t, 8> raw{};
    const std::span<uint8_t> out(raw.data(), bytes);
    if (bus_->ReadBeat(access, address, out) != AxiResp::kOkay) return MemoryOutcome::kAccessError;
    std::memcpy(value, raw.data(), bytes);
    return MemoryOutcome::kOk;
  }

  MemoryOutcome Write(uint64_t address, const void* value, size_t bytes) {
    const BusAccess access = Access(true, address, bytes);
    if (bus_->Begin(access).resp != AxiResp::kOkay) return MemoryOutcome::kAccessError;
    std::array<uint8_t, 8> raw{};
    std::memcpy(raw.data(), value, bytes);
    const uint64_t strobe = (uint64_t{1} << bytes) - 1;
    const AxiResp resp = bus_->WriteBeat(access, address, std::span(raw.data(), bytes), strobe);
    return resp == AxiResp::kOkay ? MemoryOutcome::kOk : MemoryOutcome::kAccessError;
  }

  BusTarget* bus_;
  const Memory* memory_;
};

}  // namespace tb

#endif  // SGDMA_TB_IOMMU_BUS_MEMORY_H_
