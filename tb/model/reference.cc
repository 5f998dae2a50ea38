// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Reference: memory, rings, lists, and what comes behind a descriptor.

#include "model/reference.h"

#include <algorithm>
#include <utility>

namespace tb {
namespace {

// Indices in a list count modulo 65 535.
uint16_t IndexBehind(uint16_t index, unsigned entries) {
  return static_cast<uint16_t>((index + entries) % 0xFFFFu);
}

}  // namespace

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
  halted_ = pass_over_ = pass_packet_ = direct_ = false;
}

void Reference::Run(uint16_t tail) {
  while (!halted_ && !Waits(tail)) Step();
}

void Reference::Direct(const Descriptor& d) {
  image_ = d;
  direct_ = true;
  Run(slot_);
}

void Reference::Skip() {
  halted_ = false;
  GoOn(failed_);
}

// ---- One unit ----

// The descriptor `ahead` entries behind the next one, in its list or in the ring.
Reference::Found Reference::Fetch(unsigned ahead) {
  Found f;
  f.direct = direct_;
  if (direct_ && left_ == 0) {
    f.d = image_;
    return f;
  }
  if (left_ > 0) {
    f.at = array_ + uint64_t{kEntryBytes} * ahead;
    f.slot = direct_ ? 0 : slot_;
    f.index = IndexBehind(index_, ahead);
    f.left = static_cast<uint16_t>(left_ - ahead);
  } else {
    f.slot = static_cast<uint16_t>((slot_ + ahead) % slots_);
    f.phase = phase_ != (slot_ + ahead >= slots_);
    f.at = base_ + uint64_t{kEntryBytes} * f.slot;
  }
  Entry raw;
  std::ranges::copy(Bytes(f.at, kEntryBytes), raw.begin());
  f.d = Descriptor::Decode(raw);
  f.fetch = Ask(f.at, kEntryBytes, false);
  return f;
}

// Whether there is nothing to be done now: no descriptor, no partner, or not enough of a stream.
bool Reference::Waits(uint16_t tail) {
  if (!direct_ && left_ == 0 && slot_ == tail) return true;
  const Found f = Fetch(0);
  if (f.fetch != Status::kOk || Check(f) != Status::kOk) return false;
  if (f.d.opcode() == Opcode::kRecv) return !EndsNow(f.d.len);
  const bool partner_later = !f.in_list() && !f.direct && (slot_ + 1u) % slots_ == tail;
  return f.d.opcode() == Opcode::kStride && partner_later;
}

void Reference::Step() {
  const Found f = Fetch(0);
  const bool stride = f.d.opcode() == Opcode::kStride && Built(Opcode::kStride);
  Outcome out = stride && f.fetch == Status::kOk ? Pair(f) : Single(f);
  CutPacket(&out);
  if (out.end.good() && f.d.opcode() == Opcode::kLink) return Enter(f);  // the list ends it

  Leave(out.end, out.of);
  const bool error = !out.end.good() && out.end.status != Status::kSkipped;
  halted_ = error && (out.must_halt || !config_.carry_on);
  if (halted_) {
    failed_ = out;
    return;
  }
  // CONTINUE: a bad LINK in mid-array was not followed (D-10).
  out.ends_list = out.ends_list && left_ == 1;
  GoOn(out);
}

// A list goes on in the array that a LINK, in the ring or as the last entry, names.
void Reference::Enter(const Found& link) {
  if (link.in_list()) {
    index_ = IndexBehind(index_, 1);
  } else {
    index_ = 0;
    list_irq_ = link.irq();
    list_cpl_ = link.cpl();
  }
  pass_over_ = false;
  array_ = link.d.dst;
  left_ = link.d.len;
}

// ---- Behind a unit ----

void Reference::GoOn(const Outcome& out) {
  pass_packet_ = pass_packet_ || out.cuts;
  if (left_ > 0 && out.ends_list) return EndList(Status::kSkipped);
  Advance(out.entries);
  pass_over_ = out.pass_over;
}

void Reference::Advance(unsigned entries) {
  if (left_ > 0) {
    array_ += uint64_t{kEntryBytes} * entries;
    index_ = IndexBehind(index_, entries);
    left_ = static_cast<uint16_t>(left_ - entries);
    if (left_ == 0) EndList(Status::kOk);
    return;
  }
  if (std::exchange(direct_, false)) return;  // head does not move
  phase_ = phase_ != (slot_ + entries >= slots_);
  slot_ = static_cast<uint16_t>((slot_ + entries) % slots_);
}

// The ring's LINK ends with its list.
void Reference::EndList(Status status) {
  left_ = 0;
  Found link = Fetch(0);
  link.d.ctl = static_cast<uint16_t>((list_irq_ ? kIrq : 0) | (list_cpl_ ? kCpl : 0));
  End end;
  end.status = status;
  if (status != Status::kOk) end.fault = link.at;
  Leave(end, link);
  Advance(1);
}

// SKIPPED has always a record and is no error; a descriptor that failed raises no DONE.
void Reference::Leave(const End& end, const Found& of) {
  const bool error = !end.good() && end.status != Status::kSkipped;
  if (error) ++errors_;
  if (of.irq() && !error) ++interrupts_;
  if ((!of.cpl() && end.good()) || !config_.writes_records) return;
  records_.push_back(
      {end.bytes, of.slot, of.index, end.fault, end.status, end.where, end.eop, of.direct});
}

}  // namespace tb
