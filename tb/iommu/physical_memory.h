// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The memory as the translator itself uses it: directory, page tables and queues, in aligned
// little-endian words. The bursts it passes on go through mem/bus_target.h instead. Also what
// hal/iommu_driver stores its tables with, so that a test can put a CPU cache model between the
// driver and the memory.

#ifndef SGDMA_TB_IOMMU_PHYSICAL_MEMORY_H_
#define SGDMA_TB_IOMMU_PHYSICAL_MEMORY_H_

#include <cstdint>

namespace tb {

enum class MemoryOutcome : uint8_t {
  kOk,
  kAccessError,  // nothing there, or the bus answered an error; nothing was read or written
  kPoison,       // the word is marked as corrupted; a write may answer this too
};

// Addresses are multiples of the access size. Out-parameters are written only with kOk.
class PhysicalMemory {
 public:
  virtual ~PhysicalMemory() = default;

  virtual MemoryOutcome Read64(uint64_t address, uint64_t* value) = 0;
  virtual MemoryOutcome Write64(uint64_t address, uint64_t value) = 0;
  virtual MemoryOutcome Write32(uint64_t address, uint32_t value) = 0;  // data of an IOFENCE.C

  // One atomic step: stores `desired` if the word equals `expected`. `observed` is the word before
  // the step, so the store happened exactly if observed == expected.
  virtual MemoryOutcome CompareExchange64(uint64_t address, uint64_t expected, uint64_t desired,
                                          uint64_t* observed) = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_IOMMU_PHYSICAL_MEMORY_H_
