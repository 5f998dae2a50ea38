// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The pin structs (sim/pins.h) and the few facts of a burst or a stream beat that every model of
// this folder needs.

#ifndef SGDMA_TB_AXI_PINS_H_
#define SGDMA_TB_AXI_PINS_H_

#include <cstdint>

#include "sim/pins.h"

namespace tb {

enum class AxiChannel : uint8_t { kAr, kR, kAw, kW, kB };
inline constexpr unsigned kAxiChannels = 5;
inline constexpr const char* kAxiChannelNames[kAxiChannels] = {"AR", "R", "AW", "W", "B"};

enum AxiBurst : uint8_t { kBurstFixed = 0, kBurstIncr = 1, kBurstWrap = 2 };

inline constexpr uint64_t kBurstBoundary = 4096;  // bytes; no burst crosses it

// Number of beats of a burst.
inline unsigned Beats(const AxiAddress& a) { return a.len + 1u; }

// First byte that beat `beat` may touch: the start address for beat 0 (any byte), aligned to the
// beat size after that; the same for every beat of a FIXED burst.
inline uint64_t BeatAddress(const AxiAddress& a, unsigned beat) {
  if (beat == 0 || a.burst == kBurstFixed) return a.addr;
  const uint64_t size = uint64_t{1} << a.size;
  const uint64_t next = (a.addr & ~(size - 1)) + beat * size;
  if (a.burst != kBurstWrap) return next;
  const uint64_t span = size * Beats(a);
  const uint64_t base = a.addr & ~(span - 1);
  return base + ((next - base) & (span - 1));
}

// The byte lanes beat `beat` may touch on a bus of `bus_bytes`, bit i = lane i.
inline uint64_t BeatLanes(const AxiAddress& a, unsigned beat, unsigned bus_bytes) {
  const uint64_t first = BeatAddress(a, beat);
  const uint64_t size = uint64_t{1} << a.size;
  const uint64_t end = (first & ~(size - 1)) + size;
  const unsigned lane = static_cast<unsigned>(first & (bus_bytes - 1));
  const unsigned count = static_cast<unsigned>(end - first);
  const uint64_t ones = count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  return ones << lane;
}

// The lanes of a stream beat that is full.
inline uint64_t AllLanes(uint32_t data_bytes) {
  return data_bytes >= 64 ? ~uint64_t{0} : (uint64_t{1} << data_bytes) - 1;
}

}  // namespace tb

#endif  // SGDMA_TB_AXI_PINS_H_
