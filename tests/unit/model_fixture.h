// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The reference model with a ring of four, memory whose bytes are known, and errors of the bus.

#ifndef SGDMA_TESTS_UNIT_MODEL_FIXTURE_H_
#define SGDMA_TESTS_UNIT_MODEL_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <vector>

#include "model/reference.h"

namespace tb {

inline constexpr uint64_t kRing = 0x1000;
inline constexpr uint64_t kArray = 0x2000;
inline constexpr uint64_t kSrc = 0x10000;
inline constexpr uint64_t kDst = 0x20000;
inline constexpr uint64_t kTop = uint64_t{1} << 48;
inline constexpr uint16_t kAllOpcodes = OpcodeBit(Opcode::kCopy) | OpcodeBit(Opcode::kFill) |
                                        OpcodeBit(Opcode::kLink) | OpcodeBit(Opcode::kStride) |
                                        OpcodeBit(Opcode::kNop);

using Bytes = std::vector<uint8_t>;
using Records = std::vector<Record>;

// Untouched memory: each byte is the sum of its address bytes 0 and 1.
inline uint8_t Old(uint64_t at) { return static_cast<uint8_t>(at + (at >> 8)); }

inline Record Bad(Status status, uint64_t fault, uint16_t slot, uint16_t index = kRingIndex) {
  return {
      .slot = slot, .index = index, .fault = fault, .status = status, .where = Where::kDescriptor};
}

inline Record Skipped(uint64_t at, uint16_t slot, uint16_t index = kRingIndex) {
  return {.slot = slot, .index = index, .fault = at, .status = Status::kSkipped};
}

class ModelReference : public ::testing::Test {
 protected:
  explicit ModelReference(const ReferenceConfig& config = {.opcodes = kAllOpcodes})
      : model([this](uint64_t at, std::span<uint8_t> out) { Load(at, out); }, config) {
    model.SetAnswer([this](uint64_t at, uint64_t bytes, bool write) {
      for (const auto& [bad, status] : write ? bad_writes : bad_reads) {
        if (at <= bad && bad < at + bytes) return status;
      }
      return Status::kOk;
    });
    model.Start(kRing, 2);
  }

  // Puts descriptors into the ring of four, from the slot behind the last one.
  void Push(const std::vector<Descriptor>& some) {
    for (Descriptor d : some) {
      if (pushed / 4 % 2 == 0) d.ctl ^= kPhase;
      Poke(kRing + 16 * (pushed++ % 4), d.Encode());
    }
  }
  void Run() { model.Run(static_cast<uint16_t>(pushed % 4)); }
  void Run(const std::vector<Descriptor>& some) {
    Push(some);
    Run();
  }
  Descriptor ListOf(const std::vector<Descriptor>& entries, uint16_t flags = 0) {
    uint64_t at = kArray;
    for (const Descriptor& d : entries) {
      Poke(at, d.Encode());
      at += 16;
    }
    return LinkTo(kArray, static_cast<uint16_t>(entries.size()), flags);
  }
  Bytes At(uint64_t at, uint64_t size) { return model.Bytes(at, size); }
  static Bytes OldAt(uint64_t at, uint64_t size) {
    Bytes out;
    for (uint64_t i = 0; i < size; ++i) out.push_back(Old(at + i));
    return out;
  }

  std::map<uint64_t, Status> bad_reads;
  std::map<uint64_t, Status> bad_writes;
  unsigned pushed = 0;
  Reference model;

 private:
  void Load(uint64_t at, std::span<uint8_t> out) {
    for (uint8_t& byte : out) {
      byte = cpu.contains(at) ? cpu[at] : Old(at);
      ++at;
    }
  }
  void Poke(uint64_t at, const Entry& raw) {
    for (const uint8_t byte : raw) cpu[at++] = byte;
    model.Reload(at - 16, 16);
  }

  std::map<uint64_t, uint8_t> cpu;
};

}  // namespace tb

#endif  // SGDMA_TESTS_UNIT_MODEL_FIXTURE_H_
