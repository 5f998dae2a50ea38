// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the stand-in does with descriptors.

#include <cstring>

#include "fake_engine.h"

namespace driver_test {
namespace {

constexpr uint32_t kRun = SGDMA_CH_STATE_STATE_RUN;
constexpr uint64_t kMask48 = (uint64_t{1} << 48) - 1;

uint64_t Src(const sgdma_desc_t& d) { return d.src_lo | uint64_t{d.src_hi_len & 0xFFFF} << 32; }
uint64_t Dst(const sgdma_desc_t& d) { return d.dst_lo | uint64_t{d.dst_hi_ctl & 0xFFFF} << 32; }
uint32_t Len(const sgdma_desc_t& d) { return d.src_hi_len >> 16; }
uint32_t Ctl(const sgdma_desc_t& d) { return d.dst_hi_ctl >> 16; }
uint32_t Op(const sgdma_desc_t& d) { return Ctl(d) & SGDMA_CTL_OPCODE_MASK; }

void MoveTo(sgdma_desc_t* d, uint64_t src, uint64_t dst) {
  d->src_lo = static_cast<uint32_t>(src);
  d->src_hi_len = (d->src_hi_len & 0xFFFF0000) | static_cast<uint32_t>(src >> 32);
  d->dst_lo = static_cast<uint32_t>(dst);
  d->dst_hi_ctl = (d->dst_hi_ctl & 0xFFFF0000) | static_cast<uint32_t>(dst >> 32);
}

// Which ctl bits an opcode knows.
uint32_t KnownBits(uint32_t op) {
  const uint32_t common =
      SGDMA_CTL_OPCODE_MASK | SGDMA_CTL_PHASE | SGDMA_CTL_IRQ | SGDMA_CTL_CPL | SGDMA_CTL_FENCE;
  switch (op) {
    case SGDMA_OP_COPY:
      return common | SGDMA_CTL_SRC_FIXED | SGDMA_CTL_DST_FIXED;
    case SGDMA_OP_FILL:
    case SGDMA_OP_RECV:
      return common | SGDMA_CTL_DST_FIXED;
    case SGDMA_OP_SEND:
      return common | SGDMA_CTL_EOP | SGDMA_CTL_SRC_FIXED;
    case SGDMA_OP_STRIDE:
      return SGDMA_CTL_OPCODE_MASK | SGDMA_CTL_PHASE;
    default:
      return common;
  }
}

// What a stream or a peripheral has given or taken can not be had again.
bool MovesOnce(uint32_t ctl) {
  const uint32_t op = ctl & SGDMA_CTL_OPCODE_MASK;
  return op == SGDMA_OP_SEND || op == SGDMA_OP_RECV ||
         (ctl & (SGDMA_CTL_SRC_FIXED | SGDMA_CTL_DST_FIXED)) != 0;
}

}  // namespace

// ---- Memory and peripherals

FakeEngine::Outcome FakeEngine::Touch(uint64_t iova, uint32_t bytes, uint32_t where) {
  for (uint32_t i = 0; i < bytes; ++i) {
    uint64_t offset = 0;
    if (Find(iova + i, 1, &offset) == nullptr) {
      return {SGDMA_FAULT_DECERR, where, i, iova + i};
    }
    if (const auto it = errors.find(iova + i); it != errors.end()) {
      const Outcome o{it->second, where, i, iova + i};
      if (passing_errors.count(iova + i) != 0) errors.erase(it);
      return o;
    }
  }
  return {0, 0, bytes, 0};
}

bool FakeEngine::Fetch(uint64_t iova, sgdma_desc_t* d) {
  if (Touch(iova, sizeof *d, SGDMA_WHERE_DESC).status != 0) return false;
  std::memcpy(d, Peek(iova, sizeof *d), sizeof *d);
  return true;
}

uint8_t FakeEngine::TakeByte(const sgdma_desc_t& d, uint32_t i) {
  if (Op(d) == SGDMA_OP_FILL) return static_cast<uint8_t>(d.src_lo >> (8 * (i % 4)));
  if ((Ctl(d) & SGDMA_CTL_SRC_FIXED) == 0) return *Peek(Src(d) + i, 1);
  std::deque<uint8_t>& fifo = fifos[Src(d)];
  const uint8_t byte = fifo.empty() ? 0 : fifo.front();
  if (!fifo.empty()) fifo.pop_front();
  return byte;
}

void FakeEngine::PutByte(const sgdma_desc_t& d, uint32_t i, uint8_t byte) {
  if ((Ctl(d) & SGDMA_CTL_DST_FIXED) != 0) {
    fifos[Dst(d)].push_back(byte);
    return;
  }
  uint64_t to = 0;
  Mapping* m = Find(Dst(d) + i, 1, &to);
  m->device[to] = byte;
}

// ---- Opcodes

FakeEngine::Outcome FakeEngine::Move(Channel& ch, const sgdma_desc_t& d) {
  const bool from_memory = Op(d) == SGDMA_OP_COPY && (Ctl(d) & SGDMA_CTL_SRC_FIXED) == 0;
  const bool to_memory = (Ctl(d) & SGDMA_CTL_DST_FIXED) == 0;
  const Outcome all{0, 0, Len(d), 0};
  const Outcome read = from_memory ? Touch(Src(d), Len(d), SGDMA_WHERE_READ) : all;
  const Outcome write = to_memory ? Touch(Dst(d), Len(d), SGDMA_WHERE_WRITE) : all;
  const Outcome& worst = read.status != 0 && read.bytes <= write.bytes ? read : write;
  for (uint32_t i = 0; i < worst.bytes; ++i) PutByte(d, i, TakeByte(d, i));
  ch.bytes_moved += worst.bytes;
  return worst;
}

FakeEngine::Outcome FakeEngine::Send(Channel& ch, const sgdma_desc_t& d) {
  const bool fixed = (Ctl(d) & SGDMA_CTL_SRC_FIXED) != 0;
  const Outcome o = fixed ? Outcome{0, 0, Len(d), 0} : Touch(Src(d), Len(d), SGDMA_WHERE_READ);
  for (uint32_t i = 0; i < o.bytes; ++i) ch.sending.bytes.push_back(TakeByte(d, i));
  if (o.status != 0 || (Ctl(d) & SGDMA_CTL_EOP) != 0) {
    ch.sent.push_back({ch.sending.bytes, true, o.status != 0});
    ch.sending.bytes.clear();
  }
  return o;
}

FakeEngine::Outcome FakeEngine::Receive(Channel& ch, const sgdma_desc_t& d) {
  bool ended = false, eop = false, broken = false;
  while (!ended && !ch.incoming.empty()) {
    Packet& packet = ch.incoming.front();
    for (; !packet.bytes.empty() && ch.received < Len(d); ++ch.received) {
      PutByte(d, ch.received, packet.bytes.front());
      packet.bytes.erase(packet.bytes.begin());
    }
    eop = packet.bytes.empty() && packet.last;
    broken = eop && packet.broken;
    ended = eop || ch.received == Len(d);
    if (packet.bytes.empty()) ch.incoming.pop_front();
  }
  Outcome o;
  o.waiting = !ended;
  if (o.waiting) return o;
  o.bytes = ch.received;
  ch.received = 0;
  if (eop) o.flags = SGDMA_REC_EOP;
  if (broken) {
    o.status = SGDMA_FAULT_STREAM_ERROR;
    o.where = SGDMA_WHERE_STREAM;
    o.iova = Dst(d) + o.bytes;
  }
  return o;
}

// Everything but LINK and STRIDE. `at`: address of the descriptor.
FakeEngine::Outcome FakeEngine::Perform(Channel& ch, const sgdma_desc_t& d, uint64_t at) {
  const uint32_t op = Op(d);
  const uint32_t element = 1u << Word(ch, SGDMA_CH_FIXED) % 8;
  const bool src_fixed = (Ctl(d) & SGDMA_CTL_SRC_FIXED) != 0;
  const bool dst_fixed = (Ctl(d) & SGDMA_CTL_DST_FIXED) != 0;
  const bool odd_address =
      (src_fixed && Src(d) % element != 0) || (dst_fixed && Dst(d) % element != 0);
  if (op == SGDMA_OP_INVALID || op > SGDMA_OP_NOP) {
    return {SGDMA_FAULT_BAD_OPCODE, SGDMA_WHERE_DESC, 0, at};
  }
  if ((Ctl(d) & ~KnownBits(op)) != 0) return {SGDMA_FAULT_BAD_CTL, SGDMA_WHERE_DESC, 0, at};
  if (op == SGDMA_OP_NOP) return {};
  if (Len(d) == 0 || ((src_fixed || dst_fixed) && Len(d) % element != 0)) {
    return {SGDMA_FAULT_BAD_LENGTH, SGDMA_WHERE_DESC, 0, at};
  }
  if (odd_address) return {SGDMA_FAULT_BAD_ADDRESS, SGDMA_WHERE_DESC, 0, at};
  if (op == SGDMA_OP_SEND) return Send(ch, d);
  if (op == SGDMA_OP_RECV) return Receive(ch, d);
  return Move(ch, d);
}

// ---- Ring, list, DIRECT

void FakeEngine::Execute(Channel& ch) {
  const uint32_t cpl_mask = (1u << Word(ch, SGDMA_CH_CPL_SIZE)) - 1;
  if (((ch.cpl_index + 1) & cpl_mask) == ch.cpl_head) return;  // no room for a record: stalled
  if (ch.direct) {
    ExecuteDirect(ch);
  } else if (ch.in_list) {
    ExecuteEntry(ch);
  } else if (ch.head != ch.tail) {
    ExecuteRing(ch);
  }
}

bool FakeEngine::InPhase(const Channel& ch, uint32_t ahead, const sgdma_desc_t& d) const {
  const uint32_t size = 1u << Word(ch, SGDMA_CH_SUB_SIZE);
  const uint32_t lap = ch.lap + (ch.head + ahead) / size;
  return ((Ctl(d) & SGDMA_CTL_PHASE) != 0) == (lap % 2 == 0);
}

void FakeEngine::ExecuteRing(Channel& ch) {
  sgdma_desc_t d;
  const uint64_t at = Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head;
  ch.unit_slots = 1;
  if (!Fetch(at, &d)) {
    End(ch, {SGDMA_FAULT_SLVERR, SGDMA_WHERE_DESC, 0, at}, 0, SGDMA_INDEX_RING, ch.head);
    return;
  }
  Outcome o;
  if (!InPhase(ch, 0, d)) {
    o = {SGDMA_FAULT_BAD_PHASE, SGDMA_WHERE_DESC, 0, at};
  } else if (ch.pass_over) {
    o = {SGDMA_FAULT_SKIPPED, 0, 0, at};
    ch.pass_over = false;
  } else if (Op(d) == SGDMA_OP_STRIDE) {
    ExecutePair(ch, d);
    return;
  } else if (Op(d) == SGDMA_OP_LINK && Len(d) != 0) {
    ch.in_list = true;
    ch.last_array = false;
    ch.entry_iova = Dst(d);
    ch.entries_left = Len(d);
    ch.index = 0;
    return;
  } else {
    o = Perform(ch, d, at);
  }
  if (!o.waiting) End(ch, o, Ctl(d), SGDMA_INDEX_RING, ch.head);
}

void FakeEngine::ExecutePair(Channel& ch, const sgdma_desc_t& stride) {
  const uint64_t at = Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head;
  const uint32_t partner = (ch.head + 1) & ((1u << Word(ch, SGDMA_CH_SUB_SIZE)) - 1);
  const uint64_t partner_at = Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * partner;
  if (partner == ch.tail) return;  // waits for it
  sgdma_desc_t d;
  std::memcpy(&d, Peek(partner_at, sizeof d), sizeof d);
  const bool transfer = Op(d) == SGDMA_OP_COPY || Op(d) == SGDMA_OP_FILL;
  const bool fixed = (Ctl(d) & (SGDMA_CTL_SRC_FIXED | SGDMA_CTL_DST_FIXED)) != 0;
  const bool bad_ctl = (Ctl(stride) & ~KnownBits(SGDMA_OP_STRIDE)) != 0;
  if (bad_ctl || Len(stride) == 0 || !transfer || fixed) {
    const uint32_t status = bad_ctl ? SGDMA_FAULT_BAD_CTL : SGDMA_FAULT_BAD_STRIDE;
    ch.pass_over = transfer;
    End(ch, {status, SGDMA_WHERE_DESC, 0, at}, 0, SGDMA_INDEX_RING, ch.head);
    return;
  }
  ch.unit_slots = 2;
  Outcome all;
  const sgdma_desc_t first = d;
  for (uint32_t row = 0; row < Len(stride) && all.status == 0; ++row) {
    MoveTo(&d, Op(d) == SGDMA_OP_FILL ? Src(first) : (Src(first) + row * Src(stride)) & kMask48,
           (Dst(first) + row * Dst(stride)) & kMask48);
    const Outcome o = InPhase(ch, 1, d)
                          ? Perform(ch, d, partner_at)
                          : Outcome{SGDMA_FAULT_BAD_PHASE, SGDMA_WHERE_DESC, 0, partner_at};
    all = {o.status, o.where, all.bytes + o.bytes, o.iova};
  }
  End(ch, all, Ctl(d), SGDMA_INDEX_RING, partner);
}

void FakeEngine::ExecuteEntry(Channel& ch) {
  sgdma_desc_t d;
  ch.unit_slots = 1;
  if (!Fetch(ch.entry_iova, &d)) {
    End(ch, {SGDMA_FAULT_SLVERR, SGDMA_WHERE_DESC, 0, ch.entry_iova}, 0, ch.index, ch.head);
    return;
  }
  if (Op(d) == SGDMA_OP_LINK) {
    ch.index = (ch.index + 1) % 65535;
    ch.entry_iova = Dst(d);
    ch.entries_left = Len(d);
    if (ch.last_array) EndList(ch, 0);
    return;
  }
  const Outcome o = Perform(ch, d, ch.entry_iova);
  if (o.waiting) return;
  End(ch, o, Ctl(d), ch.index, ch.head);
  if (ch.state != kRun) return;
  ch.index = (ch.index + 1) % 65535;
  ch.entry_iova += 16;
  if (--ch.entries_left == 0) EndList(ch, 0);
}

void FakeEngine::ExecuteDirect(Channel& ch) {
  sgdma_desc_t d;
  d.src_lo = Word(ch, SGDMA_CH_DIRECT0);
  d.src_hi_len = Word(ch, SGDMA_CH_DIRECT1);
  d.dst_lo = Word(ch, SGDMA_CH_DIRECT2);
  d.dst_hi_ctl = Word(ch, SGDMA_CH_DIRECT3);
  ch.unit_slots = 0;
  Outcome o = Perform(ch, d, 0);
  o.flags |= SGDMA_REC_DIRECT;
  if (o.waiting) return;
  // It ends in DONE or ERROR and in a record, whatever its flags say.
  End(ch, o, Ctl(d) | SGDMA_CTL_IRQ | SGDMA_CTL_CPL, SGDMA_INDEX_RING, 0);
  if (ch.state == kRun) ch.direct = false;
}

void FakeEngine::EndList(Channel& ch, uint32_t status) {
  ch.in_list = false;
  sgdma_desc_t link;
  std::memcpy(&link, Peek(Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head, sizeof link), 16);
  End(ch, {status, 0, 0, 0}, Ctl(link), SGDMA_INDEX_RING, ch.head);
}

void FakeEngine::EndUnit(Channel& ch) {
  for (uint32_t i = 0; i < ch.unit_slots; ++i) {
    ch.head = (ch.head + 1) & ((1u << Word(ch, SGDMA_CH_SUB_SIZE)) - 1);
    if (ch.head == 0) ++ch.lap;
  }
}

// A descriptor has ended with this outcome: record, causes, head, state.
void FakeEngine::End(Channel& ch, const Outcome& o, uint32_t ctl, uint32_t index, uint32_t slot) {
  const bool error = o.status != 0 && o.status != SGDMA_FAULT_SKIPPED;
  const bool halts = error && (Word(ch, SGDMA_CH_POLICY) == 0 ||
                               (o.where == SGDMA_WHERE_DESC && o.status <= SGDMA_FAULT_DECERR) ||
                               o.status == SGDMA_FAULT_BAD_PHASE);
  if (o.status != 0 || (ctl & SGDMA_CTL_CPL) != 0) {
    if (!WriteRecord(ch, o, index, slot)) {
      Halt(ch);
      return;
    }
  }
  if (error) ch.cause |= SGDMA_CH_CAUSE_ERROR_MASK;
  if (!error && (ctl & SGDMA_CTL_IRQ) != 0) EndWithIrq(ch);
  if (!halts && index == SGDMA_INDEX_RING) EndUnit(ch);
  if (!halts) return;
  Halt(ch);
  ch.skip_legal = true;
  ch.retry_legal = o.bytes == 0 || !MovesOnce(ctl);
}

void FakeEngine::EndWithIrq(Channel& ch) {
  if (ch.unsignalled++ == 0) ch.unsignalled_age = 0;  // the time is since the first
}

// A cycle of this engine is a step.
void FakeEngine::Coalesce(Channel& ch) {
  if (ch.unsignalled == 0) return;
  const uint32_t word = Word(ch, SGDMA_CH_COALESCE);
  const bool idle = ch.head == ch.tail && (Word(ch, SGDMA_CH_COALESCE_CTRL) & 1) != 0;
  const bool old = word >> 8 != 0 && ++ch.unsignalled_age > word >> 8;
  if (ch.unsignalled < (word & 0xFF) && !idle && !old) return;
  ch.unsignalled = 0;
  ch.cause |= SGDMA_CH_CAUSE_DONE_MASK;
}

// ---- Records

bool FakeEngine::WriteRecord(Channel& ch, const Outcome& o, uint32_t index, uint32_t slot) {
  sgdma_record_t r = Record(slot, o.bytes, o.status, o.where, index);
  r.fault_lo = static_cast<uint32_t>(o.iova);
  r.tail |= static_cast<uint32_t>(o.iova >> 32) | o.flags;
  if (fail_records) {
    const sgdma_record_t image =
        Record(ch.cpl_index, 0, SGDMA_FAULT_SLVERR, SGDMA_WHERE_RECORD, index);
    ch.image = {image.bytes, image.index_slot, image.fault_lo, image.tail};
    ch.image_valid = true;
    return false;
  }
  if (write_records) PostRecord(static_cast<unsigned>(&ch - channels_.data()), r);
  return true;
}

sgdma_record_t FakeEngine::Record(uint32_t slot, uint32_t bytes, uint32_t status, uint32_t where,
                                  uint32_t index) {
  return {bytes, slot | index << SGDMA_REC_INDEX_SHIFT, 0,
          status << SGDMA_REC_STATUS_SHIFT | where << SGDMA_REC_WHERE_SHIFT};
}

void FakeEngine::PostRecord(unsigned c, const sgdma_record_t& record, bool right_phase) {
  Channel& ch = channels_[c];
  sgdma_record_t r = record;
  if ((ch.cpl_lap % 2 == 0) == right_phase) r.tail |= SGDMA_REC_PHASE;
  uint64_t offset = 0;
  Mapping* m = Find(Base(ch, SGDMA_CH_CPL_BASE_LO) + 16 * ch.cpl_index, sizeof r, &offset);
  std::memcpy(m->device.data() + offset, &r, sizeof r);
  ch.cpl_index = (ch.cpl_index + 1) & ((1u << Word(ch, SGDMA_CH_CPL_SIZE)) - 1);
  if (ch.cpl_index == 0) ++ch.cpl_lap;
}

sgdma_desc_t FakeEngine::Descriptor(unsigned c, uint32_t slot) const {
  sgdma_desc_t d;
  std::memcpy(&d, Peek(Base(channels_[c], SGDMA_CH_SUB_BASE_LO) + 16 * slot, sizeof d), sizeof d);
  return d;
}

uint32_t FakeEngine::DescriptorCtl(unsigned c, uint32_t slot) const {
  return Ctl(Descriptor(c, slot));
}

uint32_t FakeEngine::DescriptorLen(unsigned c, uint32_t slot) const {
  return Len(Descriptor(c, slot));
}

}  // namespace driver_test
