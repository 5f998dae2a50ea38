// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "model/reference.h"

#include <algorithm>

namespace tb {

// ---- Memory ----

uint8_t& Reference::Byte(uint64_t address) {
  const uint64_t page = address / kPageBytes;
  auto [at, fresh] = pages_.try_emplace(page);
  if (fresh) load_(page * kPageBytes, at->second);
  return at->second[address % kPageBytes];
}

std::vector<uint8_t> Reference::Bytes(uint64_t address, uint64_t size) {
  std::vector<uint8_t> out(size);
  for (uint64_t i = 0; i < size; ++i) out[i] = Byte(address + i);
  return out;
}

void Reference::Store(uint64_t address, std::span<const uint8_t> data) {
  for (uint8_t value : data) Byte(address++) = value;
}

void Reference::Reload(uint64_t address, uint64_t size) {
  std::vector<uint8_t> now(size);
  load_(address, now);
  Store(address, now);
}

Status Reference::Ask(uint64_t address, uint64_t bytes, bool write) const {
  return answer_ ? answer_(address, bytes, write) : Status::kOk;
}

// ---- Life ----

void Reference::Start(uint64_t ring_base, unsigned ring_log2) {
  base_ = ring_base;
  slots_ = uint32_t{1} << ring_log2;
  slot_ = 0;
  phase_ = true;
  left_ = 0;
  halted_ = false;
}

void Reference::Run(uint16_t tail) {
  while (!halted_ && (left_ > 0 || slot_ != tail)) Step();
}

// Behind the descriptor that failed: in an array the next entry, or the end of the list.
void Reference::Skip() {
  halted_ = false;
  if (left_ > 0 && skip_ends_list_) {
    EndList(Status::kSkipped);
  } else {
    Advance();
  }
}

// ---- One descriptor ----

void Reference::Step() {
  const uint64_t here = Here();
  const bool in_list = left_ > 0;
  Entry raw;
  std::ranges::copy(Bytes(here, kEntryBytes), raw.begin());
  const Descriptor d = Descriptor::Decode(raw);

  End end;
  end.status = Ask(here, kEntryBytes, false);
  const bool fetched = end.status == Status::kOk;
  if (fetched) end.status = Check(d);
  const bool must_halt =
      !fetched || end.status == Status::kBadPhase || end.status == Status::kBadLink;
  if (end.status != Status::kOk) {
    end.where = Where::kDescriptor;
    end.fault = here;
  } else {
    end = Execute(d);
    if (d.opcode() == Opcode::kLink) return;  // the list ends it
  }

  const bool good = end.status == Status::kOk;
  skip_ends_list_ = in_list && !good && (!fetched || d.opcode() == Opcode::kLink);
  Leave(end, slot_, in_list ? index_ : kRingIndex, d.irq() && good, d.cpl() || !good);
  if (!good && (must_halt || !config_.carry_on)) {
    halted_ = true;
  } else if (!good && skip_ends_list_ && left_ == 1) {
    EndList(Status::kSkipped);
  } else {
    Advance();
  }
}

// The contract's order: PHASE, opcode, ctl, length, address, LINK.
Status Reference::Check(const Descriptor& d) const {
  const bool in_list = left_ > 0;
  const Opcode op = d.opcode();
  uint16_t allowed = kIrq | kCpl | kFence;
  if (!in_list && d.phase() != phase_) return Status::kBadPhase;
  switch (op) {
    case Opcode::kCopy:
    case Opcode::kNop:
      break;
    case Opcode::kLink:
      if (in_list) allowed = 0;
      break;
    default:
      return Status::kBadOpcode;
  }
  if ((d.ctl & ~(allowed | kPhase | 0xF)) != 0) return Status::kBadCtl;
  if (op == Opcode::kCopy && d.len == 0) return Status::kBadLength;
  if (const Status status = CheckAddresses(d); status != Status::kOk) return status;
  if (op == Opcode::kLink && (d.len == 0 || (in_list && left_ > 1))) return Status::kBadLink;
  return Status::kOk;
}

Status Reference::CheckAddresses(const Descriptor& d) const {
  const uint64_t top = uint64_t{1} << config_.address_bits;
  const auto fits = [&](uint64_t first, uint64_t bytes) {
    return first < top && first + bytes <= top;
  };
  bool good = true;
  if (d.opcode() == Opcode::kCopy) good = fits(d.src, d.len) && fits(d.dst, d.len);
  if (d.opcode() == Opcode::kLink)
    good = d.dst % kEntryBytes == 0 && fits(d.dst, uint64_t{d.len} * kEntryBytes);
  return good ? Status::kOk : Status::kBadAddress;
}

Reference::End Reference::Execute(const Descriptor& d) {
  if (d.opcode() == Opcode::kCopy) return Copy(d);
  if (d.opcode() == Opcode::kLink) {
    if (left_ == 0) {
      index_ = 0;
      list_irq_ = d.irq();
      list_cpl_ = d.cpl();
    } else {
      index_ = index_ == 0xFFFE ? 0 : static_cast<uint16_t>(index_ + 1);
    }
    array_ = d.dst;
    left_ = d.len;
  }
  return {};
}

// Good bytes before the first bad one are written, bad ones never; a failed burst proves nothing
// behind its start.
Reference::End Reference::Copy(const Descriptor& d) {
  const uint64_t word = config_.bus_bytes;
  End end;
  uint64_t readable = d.len;
  for (uint64_t at = d.src & ~(word - 1); at < d.src + d.len; at += word) {
    end.status = Ask(at, word, false);
    if (end.status == Status::kOk) continue;
    readable = std::max(at, d.src) - d.src;
    end.where = Where::kRead;
    break;
  }
  const std::vector<uint8_t> data = Bytes(d.src, readable);
  end.bytes = static_cast<uint32_t>(readable);
  end.fault = end.status == Status::kOk ? 0 : d.src + readable;

  for (uint64_t done = 0; done < readable;) {
    const uint64_t to = d.dst + done;
    const uint64_t burst_end = (to & ~(word - 1)) + word * config_.burst_beats;
    const uint64_t page_end = (to & ~(kPageBytes - 1)) + kPageBytes;
    const uint64_t count = std::min({burst_end - to, page_end - to, readable - done});
    if (const Status status = Ask(to, count, true); status != Status::kOk) {
      return {status, Where::kWrite, static_cast<uint32_t>(done), to};
    }
    Store(to, std::span(data).subspan(done, count));
    done += count;
  }
  return end;
}

// ---- Behind a descriptor ----

void Reference::Advance() {
  if (left_ > 0) {
    array_ += kEntryBytes;
    index_ = index_ == 0xFFFE ? 0 : static_cast<uint16_t>(index_ + 1);
    if (--left_ == 0) EndList(Status::kOk);
    return;
  }
  slot_ = static_cast<uint16_t>((slot_ + 1u) % slots_);
  if (slot_ == 0) phase_ = !phase_;
}

// The ring's LINK ends with its list.
void Reference::EndList(Status status) {
  left_ = 0;
  End end;
  end.status = status;
  if (status != Status::kOk) end.fault = Here();
  Leave(end, slot_, kRingIndex, list_irq_, list_cpl_ || status != Status::kOk);
  Advance();
}

void Reference::Leave(const End& end, uint16_t slot, uint16_t index, bool irq, bool cpl) {
  if (end.status != Status::kOk && end.status != Status::kSkipped) ++errors_;
  if (irq) ++interrupts_;
  if (!cpl || !config_.writes_records) return;
  records_.push_back({end.bytes, slot, index, end.fault, end.status, end.where});
}

}  // namespace tb
