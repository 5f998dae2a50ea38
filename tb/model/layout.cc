// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "model/layout.h"

#include <sstream>

namespace tb {
namespace {

void Put(Entry& raw, unsigned first, unsigned bytes, uint64_t value) {
  for (unsigned i = 0; i < bytes; ++i) raw[first + i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t Get(const Entry& raw, unsigned first, unsigned bytes) {
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= uint64_t{raw[first + i]} << (8 * i);
  return value;
}

}  // namespace

const char* Name(Status status) {
  static constexpr const char* kNames[] = {
      "OK",        "SLVERR",   "DECERR",     "BAD_OPCODE", "BAD_CTL", "BAD_LENGTH", "BAD_ADDRESS",
      "BAD_PHASE", "BAD_LINK", "BAD_STRIDE", "ABORTED",    "SKIPPED", "TIMEOUT",    "STREAM_ERROR"};
  const auto index = static_cast<unsigned>(status);
  return index < sizeof kNames / sizeof kNames[0] ? kNames[index] : "?";
}

const char* Name(Where where) {
  static constexpr const char* kNames[] = {"none",   "descriptor", "read",   "write",
                                           "record", "message",    "stream", "watchdog"};
  const auto index = static_cast<unsigned>(where);
  return index < sizeof kNames / sizeof kNames[0] ? kNames[index] : "?";
}

Entry Descriptor::Encode() const {
  Entry raw;
  Put(raw, 0, 6, src);
  Put(raw, 6, 2, len);
  Put(raw, 8, 6, dst);
  Put(raw, 14, 2, ctl);
  return raw;
}

Descriptor Descriptor::Decode(const Entry& raw) {
  return {Get(raw, 0, 6), Get(raw, 8, 6), static_cast<uint16_t>(Get(raw, 6, 2)),
          static_cast<uint16_t>(Get(raw, 14, 2))};
}

Entry Record::Encode(bool phase) const {
  Entry raw;
  Put(raw, 0, 4, bytes);
  Put(raw, 4, 2, slot);
  Put(raw, 6, 2, index);
  Put(raw, 8, 6, fault);
  raw[14] = static_cast<uint8_t>(status);
  raw[15] =
      static_cast<uint8_t>(static_cast<unsigned>(where) | eop << 4 | direct << 5 | phase << 7);
  return raw;
}

Record Record::Decode(const Entry& raw) {
  return {.bytes = static_cast<uint32_t>(Get(raw, 0, 4)),
          .slot = static_cast<uint16_t>(Get(raw, 4, 2)),
          .index = static_cast<uint16_t>(Get(raw, 6, 2)),
          .fault = Get(raw, 8, 6),
          .status = static_cast<Status>(raw[14]),
          .where = static_cast<Where>(raw[15] & 0xF),
          .eop = (raw[15] & 0x10) != 0,
          .direct = (raw[15] & 0x20) != 0};
}

std::ostream& operator<<(std::ostream& out, const Record& r) {
  out << "{slot " << r.slot;
  if (r.index != kRingIndex) out << " index " << r.index;
  out << ' ' << Name(r.status) << ", " << r.bytes << " bytes";
  if (r.where != Where::kNone) out << ", " << Name(r.where);
  if (r.fault != 0) out << " at 0x" << std::hex << r.fault << std::dec;
  return out << (r.eop ? ", EOP" : "") << (r.direct ? ", DIRECT" : "") << '}';
}

std::ostream& operator<<(std::ostream& out, const Descriptor& d) {
  return out << "{opcode " << static_cast<unsigned>(d.opcode()) << std::hex << " ctl 0x" << d.ctl
             << " src 0x" << d.src << " dst 0x" << d.dst << std::dec << " len " << d.len << '}';
}

std::string ToString(const Record& record) {
  std::ostringstream out;
  out << record;
  return out.str();
}

}  // namespace tb
