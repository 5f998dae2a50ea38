// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The pins of the engine as plain structs: the only thing a bus model sees of the design.
//
// A field is driven by the side AXI says drives it. After each clock cycle the design's outputs in
// these structs are the settled values before the next rising edge; what a model writes into an
// input reaches the design right after the edge of the running cycle (see sim/simulation.h for the
// order).
//
// Data up to 512 bits: word i of `data` holds byte lanes 8i..8i+7, lane 0 in bits 7:0. A 64-bit bus
// lives in data[0] alone (a 32-bit bus in its lower half), so the narrow case costs one load. Words
// above the bus width stay 0.

#ifndef SGDMA_TB_SIM_PINS_H_
#define SGDMA_TB_SIM_PINS_H_

#include <array>
#include <cstdint>

namespace tb {

inline constexpr unsigned kMaxBusBytes = 64;
inline constexpr unsigned kMaxAxiIds = 64;  // ids 0..63; the widest engine uses 5 bits

using BusData = std::array<uint64_t, kMaxBusBytes / 8>;

// Everything AW or AR carries besides the handshake.
struct AxiAddress {
  uint64_t addr = 0;
  uint32_t user = 0;
  uint8_t id = 0;
  uint8_t len = 0;    // beats - 1
  uint8_t size = 0;   // log2 bytes of a beat
  uint8_t burst = 0;  // 0 FIXED, 1 INCR, 2 WRAP
  uint8_t lock = 0;
  uint8_t cache = 0;
  uint8_t prot = 0;
  uint8_t qos = 0;
  uint8_t region = 0;

  bool operator==(const AxiAddress&) const = default;
};

struct AxiAddressPins : AxiAddress {
  uint8_t valid = 0;
  uint8_t ready = 0;
  bool Fires() const { return (valid & ready) != 0; }
};

struct AxiReadPins {
  BusData data = {};
  uint8_t id = 0;
  uint8_t resp = 0;
  uint8_t last = 0;
  uint8_t valid = 0;
  uint8_t ready = 0;
  bool Fires() const { return (valid & ready) != 0; }
};

struct AxiWritePins {
  BusData data = {};
  uint64_t strb = 0;
  uint8_t last = 0;
  uint8_t valid = 0;
  uint8_t ready = 0;
  bool Fires() const { return (valid & ready) != 0; }
};

struct AxiResponsePins {
  uint8_t id = 0;
  uint8_t resp = 0;
  uint8_t valid = 0;
  uint8_t ready = 0;
  bool Fires() const { return (valid & ready) != 0; }
};

// One AXI4 port, seen from the manager: ar, aw, w out; r, b in.
struct AxiPins {
  AxiAddressPins ar = {};
  AxiAddressPins aw = {};
  AxiReadPins r = {};
  AxiWritePins w = {};
  AxiResponsePins b = {};
  uint32_t data_bytes = 8;  // width of the data buses; fixed for the life of the port
};

// One AXI4-Lite port, 32-bit, seen from the subordinate (the engine's register port).
struct LitePins {
  struct Address {
    uint32_t addr = 0;
    uint8_t prot = 0;
    uint8_t valid = 0;
    uint8_t ready = 0;
    bool Fires() const { return (valid & ready) != 0; }
  };
  struct Write {
    uint32_t data = 0;
    uint8_t strb = 0;
    uint8_t valid = 0;
    uint8_t ready = 0;
    bool Fires() const { return (valid & ready) != 0; }
  };
  struct Response {
    uint8_t resp = 0;
    uint8_t valid = 0;
    uint8_t ready = 0;
    bool Fires() const { return (valid & ready) != 0; }
  };
  struct Read {
    uint32_t data = 0;
    uint8_t resp = 0;
    uint8_t valid = 0;
    uint8_t ready = 0;
    bool Fires() const { return (valid & ready) != 0; }
  };

  Address aw;
  Write w;
  Response b;
  Address ar;
  Read r;
};

// One AXI4-Stream port; the side that sends drives all but `ready`. Data words as in AxiPins.
struct StreamPins {
  BusData data = {};
  uint64_t keep = 0;  // bit i: byte lane i
  uint8_t last = 0;
  uint8_t user = 0;
  uint8_t valid = 0;
  uint8_t ready = 0;
  uint32_t data_bytes = 8;  // fixed for the life of the port
  bool Fires() const { return (valid & ready) != 0; }
};

// Request and acknowledge of peripherals (DRQ, DACK); bit c is that of channel c.
struct DemandPins {
  uint32_t drq = 0;   // into the engine, a level
  uint32_t dack = 0;  // out of it, a pulse a burst
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_PINS_H_
