// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "fake_engine.h"

#include <algorithm>
#include <cstring>

namespace driver_test {
namespace {

constexpr uint32_t kIdle = SGDMA_CH_STATE_STATE_IDLE;
constexpr uint32_t kRun = SGDMA_CH_STATE_STATE_RUN;
constexpr uint32_t kPaused = SGDMA_CH_STATE_STATE_PAUSED;
constexpr uint32_t kDraining = SGDMA_CH_STATE_STATE_DRAINING;
constexpr uint32_t kHalted = SGDMA_CH_STATE_STATE_HALTED;

uint64_t Src(const sgdma_desc_t& d) { return d.src_lo | uint64_t{d.src_hi_len & 0xFFFF} << 32; }
uint64_t Dst(const sgdma_desc_t& d) { return d.dst_lo | uint64_t{d.dst_hi_ctl & 0xFFFF} << 32; }
uint32_t Len(const sgdma_desc_t& d) { return d.src_hi_len >> 16; }
uint32_t Ctl(const sgdma_desc_t& d) { return d.dst_hi_ctl >> 16; }

}  // namespace

FakeEngine::FakeEngine() {
  global[SGDMA_GLB_ID] = SGDMA_GLB_ID_RESET;
  global[SGDMA_GLB_VERSION] = SGDMA_GLB_VERSION_RESET;
  global[SGDMA_GLB_CAP0] =
      kChannels | 3u << SGDMA_GLB_CAP0_BUS_LOG2_SHIFT | 48u << SGDMA_GLB_CAP0_ADDR_WIDTH_SHIFT;
  global[SGDMA_GLB_CAP1] = 31u | 31u << 8 | 31u << 16 | 4u << 24;
  global[SGDMA_GLB_CAP2] = 2048u / 16u | 31u << 16 | 63u << 24;
  global[SGDMA_GLB_CAP3] = SGDMA_GLB_CAP3_RESET;

  hal_ = {};
  hal_.ctx = this;
  hal_.read32 = [](void* ctx, uint32_t offset) { return Self(ctx).Read32(offset); };
  hal_.write32 = [](void* ctx, uint32_t offset, uint32_t v) { Self(ctx).Write32(offset, v); };
  hal_.map = [](void* ctx, sgdma_mapping_t* m) {
    FakeEngine& self = Self(ctx);
    if (self.pending_map_failure) return false;
    m->iova = std::max(self.map_base, self.next_iova_);
    auto* cpu = static_cast<uint8_t*>(m->cpu);
    self.mappings_[m->iova] = {cpu, std::vector<uint8_t>(cpu, cpu + m->bytes), m->direction};
    self.next_iova_ = (m->iova + m->bytes + 0x1FFF) & ~uint64_t{0xFFF};
    return true;
  };
  hal_.unmap = [](void* ctx, const sgdma_mapping_t* m) {
    FakeEngine& self = Self(ctx);
    const auto it = self.mappings_.find(m->iova);
    if (it == self.mappings_.end() || it->second.device.size() != m->bytes) {
      ++self.misuse;
      return;
    }
    if (m->direction != SGDMA_TO_DEVICE) {
      std::memcpy(m->cpu, it->second.device.data(), m->bytes);
    }
    self.mappings_.erase(it);
  };
  hal_.sync_for_device = [](void* ctx, const sgdma_mapping_t* m, size_t offset, size_t bytes) {
    uint64_t at = 0;
    Mapping* mapping = Self(ctx).Find(m->iova + offset, bytes, &at);
    if (mapping == nullptr) {
      ++Self(ctx).misuse;
      return;
    }
    std::memcpy(mapping->device.data() + at, mapping->cpu + at, bytes);
    if (m->direction == SGDMA_SHARED) Self(ctx).stores_fenced_ = false;
  };
  hal_.sync_for_cpu = [](void* ctx, const sgdma_mapping_t* m, size_t offset, size_t bytes) {
    uint64_t at = 0;
    Mapping* mapping = Self(ctx).Find(m->iova + offset, bytes, &at);
    if (mapping == nullptr) {
      ++Self(ctx).misuse;
      return;
    }
    std::memcpy(mapping->cpu + at, mapping->device.data() + at, bytes);
    if (m->direction == SGDMA_SHARED) {
      if (bytes == sizeof(sgdma_record_t) && !Self(ctx).loads_fenced_) ++Self(ctx).misuse;
      Self(ctx).loads_fenced_ = bytes != sizeof(uint32_t);
    }
  };
  hal_.wmb = [](void* ctx) { Self(ctx).stores_fenced_ = true; };
  hal_.rmb = [](void* ctx) { Self(ctx).loads_fenced_ = true; };
  hal_.delay_us = [](void* ctx, uint32_t us) {
    if (Self(ctx).masked_) ++Self(ctx).misuse;
    Self(ctx).Run(static_cast<int>(us));
  };
  hal_.enter_critical = [](void* ctx) -> uint32_t {
    FakeEngine& self = Self(ctx);
    if (self.masked_) ++self.misuse;
    self.masked_ = true;
    return 0;
  };
  hal_.leave_critical = [](void* ctx, uint32_t) {
    Self(ctx).masked_ = false;
    Self(ctx).Interrupts();
  };
}

// ---- Memory

FakeEngine::Mapping* FakeEngine::Find(uint64_t iova, size_t bytes, uint64_t* offset) {
  auto it = mappings_.upper_bound(iova);
  if (it == mappings_.begin()) return nullptr;
  --it;
  *offset = iova - it->first;
  return *offset + bytes <= it->second.device.size() ? &it->second : nullptr;
}

const uint8_t* FakeEngine::Peek(uint64_t iova, size_t bytes) const {
  uint64_t offset = 0;
  Mapping* m = const_cast<FakeEngine*>(this)->Find(iova, bytes, &offset);
  return m == nullptr ? nullptr : m->device.data() + offset;
}

// ---- Registers

uint32_t FakeEngine::Word(const Channel& ch, uint32_t offset) {
  const auto it = ch.config.find(offset);
  return it == ch.config.end() ? 0 : it->second;
}

uint64_t FakeEngine::Base(const Channel& ch, uint32_t lo) const {
  return Word(ch, lo) | uint64_t{Word(ch, lo + 4)} << 32;
}

uint32_t FakeEngine::Read32(uint32_t offset) {
  if (gone) return 0xFFFFFFFF;
  if (before_read) before_read(offset);
  if (const auto it = forced.find(offset); it != forced.end()) return it->second;
  if (offset >= kPage) return ReadChannel(channels_[offset / kPage - 1], offset % kPage);
  if (offset >= SGDMA_GLB_CH_BASE) {
    const uint32_t c = (offset - SGDMA_GLB_CH_BASE) / SGDMA_GLB_CH_STRIDE;
    const uint32_t word = (offset - SGDMA_GLB_CH_BASE) % SGDMA_GLB_CH_STRIDE;
    if (word == SGDMA_GLB_CH_RESET) return unfinished && channels_[c].state != kIdle ? 1 : 0;
  }
  return global[offset];
}

uint32_t FakeEngine::ReadChannel(Channel& ch, uint32_t offset) {
  switch (offset) {
    case SGDMA_CH_CAP0:
    case SGDMA_CH_CAP1:
    case SGDMA_CH_CAP2:
    case SGDMA_CH_CAP3:
      return global[SGDMA_GLB_CAP0 + offset];
    case SGDMA_CH_STATE:
      return ch.state | (ch.retry_legal ? SGDMA_CH_STATE_RETRY_LEGAL_MASK : 0);
    case SGDMA_CH_QUIESCED:
      return ch.state != kDraining;
    case SGDMA_CH_ERR_IMAGE0:
    case SGDMA_CH_ERR_IMAGE1:
    case SGDMA_CH_ERR_IMAGE2:
    case SGDMA_CH_ERR_IMAGE3:
      return ch.image[(offset - SGDMA_CH_ERR_IMAGE0) / 4];
    case SGDMA_CH_ERR_CTRL:
      return ch.image_valid;
    case SGDMA_CH_SUB_HEAD:
      ++head_reads;
      return ch.head;
    case SGDMA_CH_CAUSE:
      return ch.cause;
    case SGDMA_CH_POS_SLOT_INDEX:
      return ch.head | (ch.in_list ? ch.index : SGDMA_INDEX_RING) << 16;
    case SGDMA_CH_POS_ADDR_LO:
      return static_cast<uint32_t>(ch.in_list ? ch.entry_iova
                                              : Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head);
    case SGDMA_CH_POS_ADDR_HI:
      return static_cast<uint32_t>(
          (ch.in_list ? ch.entry_iova : Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head) >> 32);
    case SGDMA_CH_OUT_CTL:
      return ch.open_records;
    default:
      return Word(ch, offset);
  }
}

void FakeEngine::Write32(uint32_t offset, uint32_t value) {
  if (gone) return;
  if (offset >= kPage) {
    WriteChannel(channels_[offset / kPage - 1], offset % kPage, value);
    return;
  }
  if (offset >= SGDMA_GLB_CH_BASE) {
    Channel& ch = channels_[(offset - SGDMA_GLB_CH_BASE) / SGDMA_GLB_CH_STRIDE];
    const uint32_t word = (offset - SGDMA_GLB_CH_BASE) % SGDMA_GLB_CH_STRIDE;
    if (word == SGDMA_GLB_CH_RESET || (word == SGDMA_GLB_CH_CTRL && value == 0)) Reset(ch);
    if (word == SGDMA_GLB_CH_RESET) return;
  }
  global[offset] = value;
}

void FakeEngine::WriteChannel(Channel& ch, uint32_t offset, uint32_t value) {
  const uint32_t sub_mask = (1u << Word(ch, SGDMA_CH_SUB_SIZE)) - 1;
  if ((offset == SGDMA_CH_COMMAND || offset == SGDMA_CH_SUB_TAIL) && !stores_fenced_) ++misuse;
  switch (offset) {
    case SGDMA_CH_COMMAND:
      Command(ch, value);
      break;
    case SGDMA_CH_CAUSE:
      ch.cause &= ~value;
      break;
    case SGDMA_CH_ERR_CTRL:
      if ((value & 1) != 0) ch.image_valid = false;
      break;
    case SGDMA_CH_SUB_TAIL:
      ++doorbells;
      if (value > sub_mask || ch.state == kIdle ||
          ((value - ch.head) & sub_mask) < ((ch.tail - ch.head) & sub_mask)) {
        ch.cause |= SGDMA_CH_CAUSE_REFUSED_MASK;
      } else {
        ch.tail = value;
      }
      break;
    case SGDMA_CH_CPL_HEAD:
      ch.cpl_head = value;
      break;
    default:
      ch.config[offset] = value;
      break;
  }
}

void FakeEngine::Reset(Channel& ch) {
  if (!unfinished) ch = Channel{};
}

void FakeEngine::Halt(Channel& ch, bool retry_legal) {
  ch.state = kHalted;
  ch.retry_legal = retry_legal;
  ch.cause |= SGDMA_CH_CAUSE_HALTED_MASK;
}

void FakeEngine::Command(Channel& ch, uint32_t code) {
  const bool run = ch.state == kRun;
  const bool halted = ch.state == kHalted;
  if (code == SGDMA_CH_COMMAND_CODE_START && (ch.state == kIdle || halted) && !refuse_start) {
    Channel fresh;
    fresh.config = ch.config;
    fresh.state = kRun;
    ch = fresh;
  } else if (code == SGDMA_CH_COMMAND_CODE_PAUSE && run) {
    if (!unfinished) ch.state = kPaused;
  } else if (code == SGDMA_CH_COMMAND_CODE_RESUME && ch.state == kPaused) {
    ch.state = kRun;
  } else if (code == SGDMA_CH_COMMAND_CODE_RETRY && ch.retry_legal) {
    ch.state = kRun;
    ch.retry_legal = false;
  } else if (code == SGDMA_CH_COMMAND_CODE_SKIP && ch.retry_legal) {
    ch.state = kRun;
    ch.retry_legal = false;
    if (!ch.in_list) {
      EndSlot(ch);
    } else if (--ch.entries_left == 0) {
      EndList(ch, SGDMA_FAULT_SKIPPED);
    } else {
      ch.entry_iova += 16;
      ++ch.index;
    }
  } else if (code == SGDMA_CH_COMMAND_CODE_ABORT && ch.state != kIdle) {
    if (unfinished) {
      ch.state = kDraining;
    } else {
      Halt(ch, false);
    }
  } else if (code == SGDMA_CH_COMMAND_CODE_END_LIST && ch.in_list) {
    // Lists of the tests end by themselves.
  } else {
    ch.cause |= SGDMA_CH_CAUSE_REFUSED_MASK;
  }
}

// ---- Time

void FakeEngine::Run(int steps) {
  for (int i = 0; i < steps; ++i) Step();
}

void FakeEngine::Step() {
  for (Channel& ch : channels_) {
    if (ch.state == kRun && !gone && !unfinished) Execute(ch);
  }
  Interrupts();
}

void FakeEngine::Interrupts() {
  for (unsigned c = 0; c < kChannels && !masked_ && !in_handler_ && on_irq; ++c) {
    if ((channels_[c].cause & Word(channels_[c], SGDMA_CH_ENABLE)) != 0 &&
        (global[SGDMA_GLB_IRQ_MASK] >> c & 1) != 0) {
      in_handler_ = true;
      on_irq(c);
      in_handler_ = false;
    }
  }
}

// ---- Rings

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

FakeEngine::Outcome FakeEngine::Copy(const sgdma_desc_t& d) {
  if (Len(d) == 0) return {SGDMA_FAULT_BAD_LENGTH, SGDMA_WHERE_DESC, 0, 0};
  const Outcome read = Touch(Src(d), Len(d), SGDMA_WHERE_READ);
  const Outcome write = Touch(Dst(d), Len(d), SGDMA_WHERE_WRITE);
  const Outcome& worst = read.status != 0 && read.bytes <= write.bytes ? read : write;
  for (uint32_t i = 0; i < worst.bytes; ++i) {
    uint64_t to = 0;
    Mapping* m = Find(Dst(d) + i, 1, &to);
    m->device[to] = *Peek(Src(d) + i, 1);
  }
  return worst;
}

void FakeEngine::Execute(Channel& ch) {
  const uint32_t cpl_mask = (1u << Word(ch, SGDMA_CH_CPL_SIZE)) - 1;
  if (((ch.cpl_index + 1) & cpl_mask) == ch.cpl_head) return;  // no room for a record: stalled
  if (ch.in_list) {
    ExecuteEntry(ch);
  } else if (ch.head != ch.tail) {
    ExecuteRing(ch);
  }
}

void FakeEngine::ExecuteRing(Channel& ch) {
  sgdma_desc_t d;
  const uint64_t at = Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head;
  if (!Fetch(at, &d)) {
    End(ch, {SGDMA_FAULT_SLVERR, SGDMA_WHERE_DESC, 0, at}, 0, SGDMA_INDEX_RING);
    return;
  }
  const bool phase = (Ctl(d) & SGDMA_CTL_PHASE) != 0;
  Outcome o;
  if (phase != (ch.lap % 2 == 0)) {
    o = {SGDMA_FAULT_BAD_PHASE, SGDMA_WHERE_DESC, 0, at};
  } else if ((Ctl(d) & SGDMA_CTL_OPCODE_MASK) == SGDMA_OP_COPY) {
    o = Copy(d);
  } else if ((Ctl(d) & SGDMA_CTL_OPCODE_MASK) == SGDMA_OP_LINK && Len(d) != 0) {
    ch.in_list = true;
    ch.entry_iova = Dst(d);
    ch.entries_left = Len(d);
    ch.index = 0;
    return;
  } else if ((Ctl(d) & SGDMA_CTL_OPCODE_MASK) != SGDMA_OP_NOP) {
    o = {SGDMA_FAULT_BAD_OPCODE, SGDMA_WHERE_DESC, 0, at};
  }
  End(ch, o, Ctl(d), SGDMA_INDEX_RING);
}

void FakeEngine::ExecuteEntry(Channel& ch) {
  sgdma_desc_t d;
  if (!Fetch(ch.entry_iova, &d)) {
    End(ch, {SGDMA_FAULT_SLVERR, SGDMA_WHERE_DESC, 0, ch.entry_iova}, 0, ch.index);
    return;
  }
  ++ch.index;
  if ((Ctl(d) & SGDMA_CTL_OPCODE_MASK) == SGDMA_OP_LINK) {
    ch.entry_iova = Dst(d);
    ch.entries_left = Len(d);
    return;
  }
  const Outcome o = (Ctl(d) & SGDMA_CTL_OPCODE_MASK) == SGDMA_OP_NOP ? Outcome{} : Copy(d);
  if (o.status != 0) {
    --ch.index;
    End(ch, o, 0, ch.index);
    if (ch.state != kRun) return;
    ++ch.index;
  }
  ch.entry_iova += 16;
  if (--ch.entries_left == 0) EndList(ch, 0);
}

void FakeEngine::EndList(Channel& ch, uint32_t status) {
  ch.in_list = false;
  sgdma_desc_t link;
  std::memcpy(&link, Peek(Base(ch, SGDMA_CH_SUB_BASE_LO) + 16 * ch.head, sizeof link), 16);
  End(ch, {status, 0, 0, 0}, Ctl(link), SGDMA_INDEX_RING);
}

void FakeEngine::EndSlot(Channel& ch) {
  ch.head = (ch.head + 1) & ((1u << Word(ch, SGDMA_CH_SUB_SIZE)) - 1);
  if (ch.head == 0) ++ch.lap;
}

// A descriptor has ended with this outcome: record, causes, head, state.
void FakeEngine::End(Channel& ch, const Outcome& o, uint32_t ctl, uint32_t index) {
  const bool error = o.status != 0 && o.status != SGDMA_FAULT_SKIPPED;
  const bool halts = error && (Word(ch, SGDMA_CH_POLICY) == 0 ||
                               (o.where == SGDMA_WHERE_DESC && o.status <= SGDMA_FAULT_DECERR) ||
                               o.status == SGDMA_FAULT_BAD_PHASE);
  if (o.status != 0 || (ctl & SGDMA_CTL_CPL) != 0) {
    if (!WriteRecord(ch, o, index)) {
      Halt(ch, false);
      return;
    }
  }
  if (error) ch.cause |= SGDMA_CH_CAUSE_ERROR_MASK;
  if (!halts && index == SGDMA_INDEX_RING) {
    if ((ctl & SGDMA_CTL_IRQ) != 0) ch.cause |= SGDMA_CH_CAUSE_DONE_MASK;
    EndSlot(ch);
  }
  if (halts) Halt(ch, true);
}

bool FakeEngine::WriteRecord(Channel& ch, const Outcome& o, uint32_t index) {
  sgdma_record_t r = Record(ch.head, o.bytes, o.status, o.where, index);
  r.fault_lo = static_cast<uint32_t>(o.iova);
  r.tail |= static_cast<uint32_t>(o.iova >> 32);
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

uint32_t FakeEngine::DescriptorCtl(unsigned c, uint32_t slot) const {
  sgdma_desc_t d;
  std::memcpy(&d, Peek(Base(channels_[c], SGDMA_CH_SUB_BASE_LO) + 16 * slot, sizeof d), sizeof d);
  return Ctl(d);
}

uint32_t FakeEngine::DescriptorLen(unsigned c, uint32_t slot) const {
  sgdma_desc_t d;
  std::memcpy(&d, Peek(Base(channels_[c], SGDMA_CH_SUB_BASE_LO) + 16 * slot, sizeof d), sizeof d);
  return Len(d);
}

}  // namespace driver_test
