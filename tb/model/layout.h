// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Descriptors and completion records as the contract defines them: fields, and their 16 bytes in
// memory. Written from the contract, not from the driver's header or the RTL, so that a wrong bit
// in one of those shows.

#ifndef SGDMA_TB_MODEL_LAYOUT_H_
#define SGDMA_TB_MODEL_LAYOUT_H_

#include <array>
#include <cstdint>
#include <ostream>
#include <string>

namespace tb {

enum class Opcode : uint8_t { kInvalid, kCopy, kFill, kLink, kStride, kSend, kRecv, kNop };

enum class Status : uint8_t {
  kOk,
  kSlvErr,
  kDecErr,
  kBadOpcode,
  kBadCtl,
  kBadLength,
  kBadAddress,
  kBadPhase,
  kBadLink,
  kBadStride,
  kAborted,
  kSkipped,
  kTimeout,
  kStreamError,
};

enum class Where : uint8_t {
  kNone,
  kDescriptor,
  kRead,
  kWrite,
  kRecord,
  kMessage,
  kStream,
  kWatchdog
};

const char* Name(Status status);
const char* Name(Where where);

// Bits of the ctl word.
inline constexpr uint16_t kIrq = 1 << 4;
inline constexpr uint16_t kCpl = 1 << 5;
inline constexpr uint16_t kFence = 1 << 6;
inline constexpr uint16_t kEop = 1 << 7;
inline constexpr uint16_t kSrcFixed = 1 << 8;
inline constexpr uint16_t kDstFixed = 1 << 9;
inline constexpr uint16_t kReserved = 0x1F << 10;
inline constexpr uint16_t kPhase = 1 << 15;

// A set of opcodes, as bits.
constexpr uint16_t OpcodeBit(Opcode opcode) {
  return static_cast<uint16_t>(1u << static_cast<unsigned>(opcode));
}

inline constexpr uint16_t kRingIndex = 0xFFFF;  // record index of the ring's own slots
inline constexpr unsigned kEntryBytes = 16;

using Entry = std::array<uint8_t, kEntryBytes>;

struct Descriptor {
  uint64_t src = 0;
  uint64_t dst = 0;
  uint16_t len = 0;
  uint16_t ctl = 0;

  Opcode opcode() const { return static_cast<Opcode>(ctl & 0xF); }
  bool irq() const { return (ctl & kIrq) != 0; }
  bool cpl() const { return (ctl & kCpl) != 0; }
  bool phase() const { return (ctl & kPhase) != 0; }

  Entry Encode() const;
  static Descriptor Decode(const Entry& raw);
  bool operator==(const Descriptor&) const = default;
};

// PHASE is the ring's business: 0 here, set where a descriptor is put into a ring.
constexpr Descriptor CopyOf(uint64_t src, uint64_t dst, uint16_t len, uint16_t flags = 0) {
  return {src, dst, len, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kCopy) | flags)};
}
// Repeats `pattern`, its low byte first, over `len` bytes.
constexpr Descriptor FillOf(uint32_t pattern, uint64_t dst, uint16_t len, uint16_t flags = 0) {
  return {pattern, dst, len, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kFill) | flags)};
}
// Prefix of a COPY or FILL: `rows` of them, each row's addresses these many bytes behind the last.
constexpr Descriptor StrideOf(uint16_t rows, int64_t src_stride, int64_t dst_stride,
                              uint16_t flags = 0) {
  constexpr uint64_t kField = (uint64_t{1} << 48) - 1;
  return {static_cast<uint64_t>(src_stride) & kField, static_cast<uint64_t>(dst_stride) & kField,
          rows, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kStride) | flags)};
}
// Memory to stream; kEop ends the packet.
constexpr Descriptor SendOf(uint64_t src, uint16_t len, uint16_t flags = 0) {
  return {src, 0, len, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kSend) | flags)};
}
// Stream to memory: up to `len` bytes, or to the end of a packet.
constexpr Descriptor RecvOf(uint64_t dst, uint16_t len, uint16_t flags = 0) {
  return {0, dst, len, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kRecv) | flags)};
}
constexpr Descriptor LinkTo(uint64_t array, uint16_t entries, uint16_t flags = 0) {
  return {0, array, entries, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kLink) | flags)};
}
constexpr Descriptor Nop(uint16_t flags = 0) {
  return {0, 0, 0, static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kNop) | flags)};
}

struct Record {
  uint32_t bytes = 0;
  uint16_t slot = 0;
  uint16_t index = kRingIndex;
  uint64_t fault = 0;
  Status status = Status::kOk;
  Where where = Where::kNone;
  bool eop = false;
  bool direct = false;

  Entry Encode(bool phase) const;
  // Bit 62 of word 1 must be 0; that and PHASE are for the reader of the ring to check.
  static Record Decode(const Entry& raw);
  bool operator==(const Record&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Record& record);
std::ostream& operator<<(std::ostream& out, const Descriptor& descriptor);
std::string ToString(const Record& record);

}  // namespace tb

#endif  // SGDMA_TB_MODEL_LAYOUT_H_
