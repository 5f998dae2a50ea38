// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A translator with a memory of its own, and raw words for its structures. Nothing here uses the
// formats of the model: every structure is written by its bit numbers from the specification.

#ifndef SGDMA_TESTS_UNIT_IOMMU_FIXTURE_H_
#define SGDMA_TESTS_UNIT_IOMMU_FIXTURE_H_

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "iommu/iommu.h"
#include "iommu/physical_memory.h"
#include "mem/bus_target.h"

namespace tb {

// 48 bits of zeros, by words, with addresses that answer errors.
class TinyMemory final : public PhysicalMemory, public BusTarget {
 public:
  std::unordered_map<uint64_t, uint64_t> words;
  std::set<uint64_t> access_errors;  // word addresses
  std::set<uint64_t> poisoned;
  std::set<uint64_t> read_only;  // writes answer an error
  std::vector<uint64_t> reads;   // addresses of Read64, in order
  std::vector<BusAccess> bursts;
  unsigned races = 0;  // so many CompareExchange64 find that somebody set A before them

  MemoryOutcome Read64(uint64_t address, uint64_t* value) override {
    reads.push_back(address);
    const MemoryOutcome outcome = OutcomeAt(address);
    if (outcome == MemoryOutcome::kOk) *value = words[address];
    return outcome;
  }
  MemoryOutcome Write64(uint64_t address, uint64_t value) override {
    const MemoryOutcome outcome = OutcomeAt(address);
    if (outcome == MemoryOutcome::kOk && read_only.contains(address)) {
      return MemoryOutcome::kAccessError;
    }
    if (outcome == MemoryOutcome::kOk) words[address] = value;
    return outcome;
  }
  MemoryOutcome Write32(uint64_t address, uint32_t value) override {
    const uint64_t word = address & ~uint64_t{7};
    const unsigned shift = (address & 4) != 0 ? 32 : 0;
    const uint64_t kept = words[word] & ~(uint64_t{0xffffffff} << shift);
    return Write64(word, kept | uint64_t{value} << shift);
  }
  MemoryOutcome CompareExchange64(uint64_t address, uint64_t expected, uint64_t desired,
                                  uint64_t* observed) override {
    if (races > 0) {
      --races;
      words[address] |= 1 << 6;
    }
    const MemoryOutcome outcome = OutcomeAt(address);
    if (outcome != MemoryOutcome::kOk) return outcome;
    *observed = words[address];
    return *observed == expected ? Write64(address, desired) : MemoryOutcome::kOk;
  }

  BusRoute Begin(const BusAccess& burst) override {
    bursts.push_back(burst);
    const bool there = burst.address >> 48 == 0;
    return {there ? AxiResp::kOkay : AxiResp::kDecErr, burst.address, 0};
  }
  AxiResp ReadBeat(const BusAccess&, uint64_t, std::span<uint8_t>) override {
    return AxiResp::kOkay;
  }
  AxiResp WriteBeat(const BusAccess&, uint64_t, std::span<const uint8_t>, uint64_t) override {
    return AxiResp::kOkay;
  }

 private:
  MemoryOutcome OutcomeAt(uint64_t address) const {
    if (access_errors.contains(address) || address >> 48 != 0) return MemoryOutcome::kAccessError;
    return poisoned.contains(address) ? MemoryOutcome::kPoison : MemoryOutcome::kOk;
  }
};

inline constexpr uint64_t kPageSize = 4096;

// Page-table entry bits.
inline constexpr uint64_t kV = 1, kR = 2, kW = 4, kX = 8, kU = 16, kG = 32, kA = 64, kD = 128;
inline constexpr uint64_t kN = uint64_t{1} << 63;
inline constexpr uint64_t kUserRw = kV | kR | kW | kU | kA | kD;
inline constexpr uint64_t kUserRo = kV | kR | kU | kA;

constexpr uint64_t Pte(uint64_t physical, uint64_t flags) { return (physical >> 12) << 10 | flags; }

// tc bits.
inline constexpr uint64_t kTcV = 1, kDtf = 1 << 4, kPdtv = 1 << 5, kSade = 1 << 8;
inline constexpr uint64_t kSv39 = 8, kSv48 = 9;
inline constexpr uint64_t kMode1Level = 2, kMode2Level = 3, kMode3Level = 4;

// Where things lie.
inline constexpr uint64_t kDirectory = 0x10'0000;
inline constexpr uint64_t kCommands = 0x20'0000;
inline constexpr uint64_t kFaults = 0x30'0000;
inline constexpr uint64_t kRoot = 0x40'0000;
inline constexpr uint64_t kRoot2 = 0x50'0000;
inline constexpr uint64_t kTables = 0x100'0000;  // lower tables, handed out from here on

struct Fault {
  unsigned cause;
  unsigned type;
  uint32_t device_id;
  uint64_t iova;
  bool operator==(const Fault&) const = default;
};

class IommuTest : public ::testing::Test {
 protected:
  explicit IommuTest(const IommuConfig& config = {})
      : iommu(std::make_unique<Iommu>(config, &memory, &memory)) {}

  void Restart(const IommuConfig& config) {
    iommu = std::make_unique<Iommu>(config, &memory, &memory);
  }

  uint64_t Reg4(uint32_t offset) const { return iommu->ReadReg(offset, 4); }
  uint64_t Reg8(uint32_t offset) const { return iommu->ReadReg(offset, 8); }
  void Set4(uint32_t offset, uint64_t value) { iommu->WriteReg(offset, 4, value); }
  void Set8(uint32_t offset, uint64_t value) { iommu->WriteReg(offset, 8, value); }

  void StartDirectory(uint64_t mode) {
    Set8(16, (kDirectory >> 12) << 10 | mode);
    iommu->Tick(100);
  }
  void StartFaultQueue(unsigned log2_entries = 6) {
    Set8(40, (kFaults >> 12) << 10 | (log2_entries - 1));
    Set4(76, 0x3);
    iommu->Tick(100);
  }
  void StartCommandQueue(unsigned log2_entries = 6) {
    Set8(24, (kCommands >> 12) << 10 | (log2_entries - 1));
    Set4(36, 0);
    Set4(72, 0x3);
    iommu->Tick(100);
    command_mask = (1u << log2_entries) - 1;
  }

  // Everything on, one level, device 5 in Sv39 with an empty root at kRoot and PSCID 7.
  void StartAll() {
    StartDirectory(kMode1Level);
    StartFaultQueue();
    StartCommandQueue();
    SetContext(5, {kTcV, 0, 7 << 12, kSv39 << 60 | kRoot >> 12});
  }

  // One-level directory.
  void SetContext(uint32_t device_id, const std::array<uint64_t, 4>& context) {
    for (unsigned i = 0; i < 4; ++i) {
      memory.words[kDirectory + 32 * device_id + 8 * i] = context[i];
    }
  }

  // Address of the entry for `iova` at `level` of the table at `root`, with pointers made on the
  // way.
  uint64_t EntryAt(uint64_t root, unsigned levels, uint64_t iova, unsigned level = 0) {
    uint64_t table = root;
    for (unsigned at = levels - 1; at > level; --at) {
      uint64_t& pointer = memory.words[table + 8 * (iova >> (12 + 9 * at) & 511)];
      if (pointer == 0) {
        pointer = Pte(next_table, kV);
        next_table += kPageSize;
      }
      table = (pointer >> 10 & 0xfff'ffff'ffff) << 12;
    }
    return table + 8 * (iova >> (12 + 9 * level) & 511);
  }
  uint64_t& Entry(uint64_t iova, unsigned level = 0) {
    return memory.words[EntryAt(kRoot, 3, iova, level)];
  }

  BusRoute Access(bool write, uint64_t iova, uint32_t device_id = 5, uint8_t id = 0) {
    return iommu->Begin(
        {.write = write, .address = iova, .bytes = 8, .device_id = device_id, .id = id});
  }
  BusRoute Read(uint64_t iova, uint32_t device_id = 5) { return Access(false, iova, device_id); }
  BusRoute Write(uint64_t iova, uint32_t device_id = 5) { return Access(true, iova, device_id); }

  // Where a read really went; ~0 when it was refused.
  uint64_t Where(uint64_t iova, uint32_t device_id = 5) {
    const BusRoute route = Read(iova, device_id);
    return route.resp == AxiResp::kOkay ? route.address : ~uint64_t{0};
  }

  // The records since the last call, which moves the head.
  std::vector<Fault> Drain() {
    std::vector<Fault> faults;
    const uint64_t tail = Reg4(52);
    const unsigned mask = (2u << (Reg8(40) & 31)) - 1;
    for (uint64_t head = Reg4(48); head != tail; head = (head + 1) & mask) {
      const uint64_t record = kFaults + 32 * head;
      const uint64_t word = memory.words[record];
      EXPECT_EQ(word & 0xffff'f000, 0u) << "PID of a transaction without one";
      EXPECT_EQ(word >> 32 & 3, 0u) << "PV and PRIV of a transaction without process id";
      EXPECT_EQ(memory.words[record + 8], 0u);
      EXPECT_EQ(memory.words[record + 24], 0u);
      faults.push_back({static_cast<unsigned>(word & 0xfff), static_cast<unsigned>(word >> 34 & 63),
                        static_cast<uint32_t>(word >> 40), memory.words[record + 16]});
    }
    Set4(48, tail);
    return faults;
  }
  // Cause of the one record; 0 when there is not exactly one.
  unsigned DrainCause() {
    const std::vector<Fault> faults = Drain();
    return faults.size() == 1 ? faults[0].cause : 0;
  }
  unsigned CauseOf(bool write, uint64_t iova, uint32_t device_id = 5) {
    EXPECT_EQ(Access(write, iova, device_id).resp, AxiResp::kSlvErr);
    return DrainCause();
  }

  // Puts one command at the tail and rings; Run() lets it happen.
  void Post(uint64_t word0, uint64_t word1 = 0) {
    const uint64_t tail = Reg4(36);
    memory.words[kCommands + 16 * tail] = word0;
    memory.words[kCommands + 16 * tail + 8] = word1;
    Set4(36, (tail + 1) & command_mask);
  }
  void Run(uint64_t word0, uint64_t word1 = 0) {
    Post(word0, word1);
    iommu->Tick(100);
  }
  // IOTINVAL.VMA; a negative argument leaves that operand out.
  void Invalidate(int64_t iova, int64_t pscid) {
    uint64_t word0 = 1;
    if (iova >= 0) word0 |= 1 << 10;
    if (pscid >= 0) word0 |= uint64_t{1} << 32 | static_cast<uint64_t>(pscid) << 12;
    Run(word0, iova >= 0 ? static_cast<uint64_t>(iova) >> 12 << 10 : 0);
    EXPECT_EQ(Reg4(32), Reg4(36)) << "the invalidation was not executed";
  }

  TinyMemory memory;
  std::unique_ptr<Iommu> iommu;
  uint64_t next_table = kTables;
  unsigned command_mask = 63;
};

}  // namespace tb

#endif  // SGDMA_TESTS_UNIT_IOMMU_FIXTURE_H_
