// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Reference: checks, and what a descriptor or a STRIDE pair does to memory.

#include <algorithm>

#include "model/reference.h"

namespace tb {
namespace {

// What a STRIDE may repeat.
bool IsTransfer(const Descriptor& d) {
  return d.opcode() == Opcode::kCopy || d.opcode() == Opcode::kFill;
}
bool MovesBytes(const Descriptor& d) {
  return IsTransfer(d) || d.opcode() == Opcode::kSend || d.opcode() == Opcode::kRecv;
}
bool HasSource(const Descriptor& d) {
  return d.opcode() == Opcode::kCopy || d.opcode() == Opcode::kSend;
}
bool HasDestination(const Descriptor& d) { return IsTransfer(d) || d.opcode() == Opcode::kRecv; }
bool SrcFixed(const Descriptor& d) { return (d.ctl & kSrcFixed) != 0; }
bool DstFixed(const Descriptor& d) { return (d.ctl & kDstFixed) != 0; }

int64_t Signed48(uint64_t field) { return static_cast<int64_t>(field << 16) / (int64_t{1} << 16); }

}  // namespace

// ---- Checks, in the contract's order: PHASE, opcode, ctl, length, address, LINK, STRIDE ----

Status Reference::Check(const Found& f) const {
  const Descriptor& d = f.d;
  const Opcode op = d.opcode();
  if (!f.in_list() && !f.direct && d.phase() != f.phase) return Status::kBadPhase;
  if (!Built(op)) return Status::kBadOpcode;
  if ((d.ctl & ~(AllowedFlags(f) | kPhase | 0xF)) != 0) return Status::kBadCtl;
  const bool fixed = SrcFixed(d) || DstFixed(d);
  if (MovesBytes(d) && (d.len == 0 || (fixed && !Aligned(d.len)))) return Status::kBadLength;
  if (const Status status = CheckAddresses(d); status != Status::kOk) return status;
  if (op == Opcode::kLink && (d.len == 0 || f.left > 1)) return Status::kBadLink;
  if (op == Opcode::kStride && (d.len == 0 || f.left == 1 || f.alone())) return Status::kBadStride;
  return Status::kOk;
}

uint16_t Reference::AllowedFlags(const Found& f) const {
  const Descriptor& d = f.d;
  if (d.opcode() == Opcode::kStride || (d.opcode() == Opcode::kLink && f.in_list())) return 0;
  uint16_t allowed = kIrq | kCpl | kFence;
  if (d.opcode() == Opcode::kSend) allowed |= kEop;
  if (config_.fixed && HasSource(d)) allowed |= kSrcFixed;
  if (config_.fixed && HasDestination(d)) allowed |= kDstFixed;
  return allowed;
}

// Strides are differences, a FILL's src is its pattern: neither is an address.
Status Reference::CheckAddresses(const Descriptor& d) const {
  const uint64_t top = uint64_t{1} << config_.address_bits;
  const auto fits = [&](uint64_t first, uint64_t bytes, bool fixed) {
    if (fixed) return first < top && Aligned(first);
    return first < top && first + bytes <= top;
  };
  bool good = true;
  if (HasSource(d)) good = fits(d.src, d.len, SrcFixed(d));
  if (HasDestination(d)) good = good && fits(d.dst, d.len, DstFixed(d));
  if (d.opcode() == Opcode::kLink)
    good = d.dst % kEntryBytes == 0 && fits(d.dst, uint64_t{d.len} * kEntryBytes, false);
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
  const bool of_packet = pass_packet_ && f.d.opcode() == Opcode::kSend;
  const bool of_stride = pass_over_ && IsTransfer(f.d);
  if (status != Status::kBadPhase && (of_packet || of_stride) && Built(f.d.opcode())) {
    if (of_packet) pass_packet_ = (f.d.ctl & kEop) == 0;
    Outcome out;
    out.of = f;
    out.end = {.status = Status::kSkipped, .fault = f.at};
    return out;
  }
  if (status != Status::kOk) return Fail(f, status);
  Outcome out;
  out.of = f;
  if (MovesBytes(f.d)) out.end = Transfer(f.d);
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
  out->pass_over = out->end.status != Status::kBadPhase && stride.left != 1 && !stride.alone();
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

Reference::End Reference::Transfer(const Descriptor& d) {
  switch (d.opcode()) {
    case Opcode::kSend:
      return Send(d);
    case Opcode::kRecv:
      return Receive(d);
    default:
      return SrcFixed(d) && DstFixed(d) ? FifoToFifo(d) : Copy(d);
  }
}

// Good bytes before the first bad one are written, bad ones never.
Reference::End Reference::Copy(const Descriptor& d) {
  std::vector<uint8_t> data;
  End read = Gather(d, &data);
  const End write = Deliver(d, data);
  End end = write.good() ? read : write;
  end.bytes = write.bytes;
  if (SrcFixed(d) || DstFixed(d)) end.bytes -= end.bytes % element_bytes_;
  if (end.where == Where::kRead && !SrcFixed(d)) end.fault = d.src + end.bytes;
  if (end.where == Where::kWrite && !DstFixed(d)) end.fault = d.dst + end.bytes;
  return end;
}

// A burst is read when nothing read earlier is still unwritten.
Reference::End Reference::FifoToFifo(const Descriptor& d) {
  End end;
  Descriptor burst = d;
  for (uint32_t done = 0; done < d.len && end.good(); done = end.bytes) {
    burst.len = static_cast<uint16_t>(std::min(d.len - done, element_bytes_ * fixed_beats_));
    end = Copy(burst);
    end.bytes += done;
  }
  return end;
}

// ---- Sources ----

Reference::End Reference::Gather(const Descriptor& d, std::vector<uint8_t>* data) {
  if (d.opcode() == Opcode::kFill) {
    for (unsigned i = 0; i < d.len; ++i) data->push_back(static_cast<uint8_t>(d.src >> i % 4 * 8));
    return {};
  }
  return SrcFixed(d) ? ReadFifo(d.src, d.len, data) : Read(d.src, d.len, data);
}

// The bus answers for whole words, but for what is before the first byte of a burst.
Reference::End Reference::Read(uint64_t src, uint64_t bytes, std::vector<uint8_t>* data) {
  const uint64_t word = config_.bus_bytes;
  End end;
  for (uint64_t at = src & ~(word - 1); at < src + bytes; at += word) {
    const uint64_t fault = std::max(at, src);
    const Status status = Ask(fault, at + word - fault, false);
    if (status == Status::kOk) continue;
    bytes = fault - src;
    end = {.status = status, .where = Where::kRead, .fault = fault};
    break;
  }
  *data = Bytes(src, bytes);
  return end;
}

// What a burst has fetched behind a bad element is lost.
Reference::End Reference::ReadFifo(uint64_t src, uint64_t bytes, std::vector<uint8_t>* data) {
  const uint64_t burst = uint64_t{element_bytes_} * fixed_beats_;
  std::vector<uint8_t> element(element_bytes_);
  End end;
  for (uint64_t done = 0; done < bytes && (end.good() || done % burst != 0);
       done += element_bytes_) {
    const Status status = give_(src, element);
    if (end.good() && status != Status::kOk)
      end = {.status = status, .where = Where::kRead, .fault = src};
    if (end.good()) data->insert(data->end(), element.begin(), element.end());
  }
  return end;
}

// ---- Destinations: bytes proven, and what went wrong behind them ----

Reference::End Reference::Deliver(const Descriptor& d, std::span<const uint8_t> data) {
  return DstFixed(d) ? WriteFifo(d.dst, data) : Write(d.dst, data);
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

// Of a failed burst the peripheral may have taken some; a part of an element is never written.
Reference::End Reference::WriteFifo(uint64_t dst, std::span<const uint8_t> data) {
  const size_t burst = size_t{element_bytes_} * fixed_beats_;
  const size_t whole = data.size() - data.size() % element_bytes_;
  for (size_t done = 0; done < whole; done += burst) {
    const size_t end = std::min(done + burst, whole);
    Status first = Status::kOk;
    for (size_t at = done; at < end; at += element_bytes_) {
      const Status status = take_(dst, data.subspan(at, element_bytes_));
      if (first == Status::kOk) first = status;
    }
    if (first != Status::kOk) return {first, Where::kWrite, static_cast<uint32_t>(done), dst};
  }
  return {.bytes = static_cast<uint32_t>(whole)};
}

}  // namespace tb
