// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Reference: checks, and what a descriptor or a STRIDE pair does to memory.

#include <algorithm>

#include "model/reference.h"

namespace tb {
namespace {

bool IsTransfer(const Descriptor& d) {
  return d.opcode() == Opcode::kCopy || d.opcode() == Opcode::kFill;
}

int64_t Signed48(uint64_t field) { return static_cast<int64_t>(field << 16) / (int64_t{1} << 16); }

}  // namespace

// ---- Checks, in the contract's order: PHASE, opcode, ctl, length, address, LINK, STRIDE ----

Status Reference::Check(const Found& f) const {
  const Descriptor& d = f.d;
  const Opcode op = d.opcode();
  if (!f.in_list() && d.phase() != f.phase) return Status::kBadPhase;
  if (!Built(op)) return Status::kBadOpcode;
  uint16_t allowed = kIrq | kCpl | kFence;
  if (op == Opcode::kStride || (op == Opcode::kLink && f.in_list())) allowed = 0;
  if ((d.ctl & ~(allowed | kPhase | 0xF)) != 0) return Status::kBadCtl;
  if (IsTransfer(d) && d.len == 0) return Status::kBadLength;
  if (const Status status = CheckAddresses(d); status != Status::kOk) return status;
  if (op == Opcode::kLink && (d.len == 0 || f.left > 1)) return Status::kBadLink;
  if (op == Opcode::kStride && (d.len == 0 || f.left == 1)) return Status::kBadStride;
  return Status::kOk;
}

// Strides are differences, a FILL's src is its pattern: neither is an address.
Status Reference::CheckAddresses(const Descriptor& d) const {
  const uint64_t top = uint64_t{1} << config_.address_bits;
  const auto fits = [&](uint64_t first, uint64_t bytes) {
    return first < top && first + bytes <= top;
  };
  bool good = true;
  if (d.opcode() == Opcode::kCopy) good = fits(d.src, d.len);
  if (IsTransfer(d)) good = good && fits(d.dst, d.len);
  if (d.opcode() == Opcode::kLink)
    good = d.dst % kEntryBytes == 0 && fits(d.dst, uint64_t{d.len} * kEntryBytes);
  return good ? Status::kOk : Status::kBadAddress;
}

// A fault of the descriptor itself: it has moved no byte.
Reference::Outcome Reference::Fail(const Found& f, Status status, unsigned entries) {
  Outcome out;
  out.of = f;
  out.entries = entries;
  out.end = {.status = status, .where = Where::kDescriptor, .fault = f.at};
  out.must_halt =
      f.fetch != Status::kOk || status == Status::kBadPhase || status == Status::kBadLink;
  // There is no way to the entries behind these.
  out.ends_list = f.in_list() && (f.fetch != Status::kOk || f.d.opcode() == Opcode::kLink);
  return out;
}

// ---- Units ----

Reference::Outcome Reference::Single(const Found& f) {
  if (f.fetch != Status::kOk) return Fail(f, f.fetch);
  const Status status = Check(f);
  if (pass_over_ && status != Status::kBadPhase && IsTransfer(f.d) && Built(f.d.opcode())) {
    Outcome out;
    out.of = f;
    out.end = {.status = Status::kSkipped, .fault = f.at};
    return out;
  }
  if (status != Status::kOk) return Fail(f, status);
  Outcome out;
  out.of = f;
  if (IsTransfer(f.d)) out.end = Transfer(f.d);
  return out;
}

// A STRIDE and the transfer behind it: one unit, whose record is the transfer's. Rows one after the
// other; the first that fails ends it, and the bytes done are those of all rows so far.
Reference::Outcome Reference::Pair(const Found& stride) {
  Outcome out;
  if (!CheckPartner(stride, &out)) return out;
  out.end = {};
  Descriptor row = out.of.d;
  for (unsigned n = 0; n < stride.d.len && out.end.good(); ++n) {
    const uint64_t before = uint64_t{n} * row.len;
    // Signed sums stay small: a row that leaves the address space is the last one.
    if (CheckAddresses(row) != Status::kOk) {
      out.end = {.status = Status::kBadAddress, .where = Where::kDescriptor, .fault = out.of.at};
    } else {
      out.end = Transfer(row);
    }
    out.end.bytes += static_cast<uint32_t>(before);
    if (row.opcode() == Opcode::kCopy) row.src += static_cast<uint64_t>(Signed48(stride.d.src));
    row.dst += static_cast<uint64_t>(Signed48(stride.d.dst));
  }
  return out;
}

// True when the pair can begin. Else `out` says how it fails: a bad STRIDE at its own slot, with
// what is behind it passed over if that is a transfer; a bad partner at the partner's slot, for
// both.
bool Reference::CheckPartner(const Found& stride, Outcome* out) {
  *out = Fail(stride, Check(stride));
  // A stale slot is no STRIDE.
  out->pass_over = out->end.status != Status::kBadPhase && stride.left != 1;
  if (!out->end.good()) return false;

  const Found partner = Fetch(1);
  const Status status = partner.fetch != Status::kOk ? partner.fetch : Check(partner);
  const bool there = partner.fetch == Status::kOk && status != Status::kBadPhase;
  const bool usable = IsTransfer(partner.d) && Built(partner.d.opcode()) &&
                      (partner.d.ctl & (kSrcFixed | kDstFixed)) == 0;
  if (there && !usable) {
    *out = Fail(stride, Status::kBadStride);
    out->pass_over = true;
    return false;
  }
  *out = Fail(partner, status, 2);
  return status == Status::kOk;
}

// ---- Transfers ----

// Good bytes before the first bad one are written, bad ones never. The bus answers for whole words,
// but for what is before the first byte of a burst.
Reference::End Reference::Transfer(const Descriptor& d) {
  const uint64_t word = config_.bus_bytes;
  std::vector<uint8_t> data;
  End read;
  if (d.opcode() == Opcode::kFill) {
    for (unsigned i = 0; i < d.len; ++i) data.push_back(static_cast<uint8_t>(d.src >> i % 4 * 8));
  } else {
    uint64_t readable = d.len;
    for (uint64_t at = d.src & ~(word - 1); at < d.src + d.len; at += word) {
      const uint64_t fault = std::max(at, d.src);
      const Status status = Ask(fault, at + word - fault, false);
      if (status == Status::kOk) continue;
      readable = fault - d.src;
      read = {.status = status, .where = Where::kRead, .fault = fault};
      break;
    }
    data = Bytes(d.src, readable);
  }
  const End write = Write(d.dst, data);
  if (!write.good()) return write;
  read.bytes = write.bytes;
  return read;
}

// A failed burst proves nothing behind its start.
Reference::End Reference::Write(uint64_t dst, std::span<const uint8_t> data) {
  const uint64_t word = config_.bus_bytes;
  for (uint64_t done = 0; done < data.size();) {
    const uint64_t to = dst + done;
    const uint64_t burst_end = (to & ~(word - 1)) + word * config_.burst_beats;
    const uint64_t page_end = (to & ~(kPageBytes - 1)) + kPageBytes;
    const uint64_t count = std::min({burst_end - to, page_end - to, data.size() - done});
    const uint64_t word_end = (to + count + word - 1) & ~(word - 1);
    if (const Status status = Ask(to, word_end - to, true); status != Status::kOk)
      return {status, Where::kWrite, static_cast<uint32_t>(done), to};
    Store(to, data.subspan(done, count));
    done += count;
  }
  return {.bytes = static_cast<uint32_t>(data.size())};
}

}  // namespace tb
