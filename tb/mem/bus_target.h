// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What stands behind an AXI subordinate port: the one interface between the bus models (tb/axi),
// the address translator (tb/iommu) and the memory (tb/mem).
//
//   AxiMemoryPort ──► BusTarget                 (memory alone)
//   AxiMemoryPort ──► Iommu : BusTarget ──► BusTarget (memory behind a translator)
//
// Call order for one burst: Begin() once, when the address is accepted; then ReadBeat() or
// WriteBeat() for each beat, at the cycle the beat is moved, unless Begin() answered an error: then
// no beat call is made at all. Addresses are bytes; a beat never leaves the bus word it starts in;
// a burst never leaves a 4 KiB page.

#ifndef SGDMA_TB_MEM_BUS_TARGET_H_
#define SGDMA_TB_MEM_BUS_TARGET_H_

#include <cstdint>
#include <span>

namespace tb {

enum class AxiResp : uint8_t { kOkay = 0, kExOkay = 1, kSlvErr = 2, kDecErr = 3 };

// One AXI burst as a target sees it.
struct BusAccess {
  bool write = false;
  uint64_t address = 0;     // first byte: an IOVA in front of the IOMMU, physical behind it
  uint32_t bytes = 0;       // from `address` to the end of the burst's last beat
  uint32_t device_id = 0;   // AxUSER, 24 bits
  uint8_t id = 0;           // AxID: {channel, 1 bit: 0 data, 1 descriptors, records and messages}
  uint8_t prot = 0;         // AxPROT
  bool translator = false;  // the IOMMU's own access: walk, A/D update, queue entry (it sets this)
  bool fixed = false;       // FIXED burst: `beats` beats, all of [address, address + bytes)
  uint16_t beats = 1;
};

// The target's answer to the address.
struct BusRoute {
  // Not kOkay: every beat of the burst gets this response and memory is not touched.
  AxiResp resp = AxiResp::kOkay;
  uint64_t address = 0;       // where the first byte really is (physical)
  uint32_t delay_cycles = 0;  // to be added to the burst's latency (page walks)
};

class BusTarget {
 public:
  virtual ~BusTarget() = default;

  virtual BusRoute Begin(const BusAccess& burst) = 0;

  // Reads out.size() bytes at physical `address`. The response is that of this beat.
  virtual AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) = 0;

  // Writes the bytes of `data` whose bit in `strobe` is set (bit i: data[i]). Visible at once, also
  // to ReadBeat.
  virtual AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                            uint64_t strobe) = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_MEM_BUS_TARGET_H_
