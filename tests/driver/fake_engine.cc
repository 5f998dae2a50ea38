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

// Everything of the contract: a test takes away what it wants to miss.
constexpr uint32_t kFeatures =
    SGDMA_GLB_CAP3_FILL_MASK | SGDMA_GLB_CAP3_LINK_MASK | SGDMA_GLB_CAP3_STRIDE_MASK |
    SGDMA_GLB_CAP3_STREAM_MASK | SGDMA_GLB_CAP3_FIXED_MASK | SGDMA_GLB_CAP3_DIRECT_MASK |
    SGDMA_GLB_CAP3_COALESCE_MASK | SGDMA_GLB_CAP3_PACING_MASK | SGDMA_GLB_CAP3_WATCHDOG_MASK |
    SGDMA_GLB_CAP3_END_LIST_MASK | SGDMA_GLB_CAP3_CONTINUE_MASK | SGDMA_GLB_CAP3_COUNTERS_MASK |
    SGDMA_GLB_CAP3_POSITION_MASK | SGDMA_GLB_CAP3_CACHE_MASK | SGDMA_GLB_CAP3_MESSAGE_MASK |
    SGDMA_GLB_CAP3_QOS_MASK | SGDMA_GLB_CAP3_FORCE_RESET_MASK;

}  // namespace

FakeEngine::FakeEngine() {
  global[SGDMA_GLB_ID] = SGDMA_GLB_ID_RESET;
  global[SGDMA_GLB_VERSION] = SGDMA_GLB_VERSION_RESET;
  global[SGDMA_GLB_CAP0] =
      kChannels | 3u << SGDMA_GLB_CAP0_BUS_LOG2_SHIFT | 48u << SGDMA_GLB_CAP0_ADDR_WIDTH_SHIFT;
  global[SGDMA_GLB_CAP1] = 31u | 31u << 8 | 31u << 16 | 4u << 24;
  global[SGDMA_GLB_CAP2] = 2048u / 16u | 31u << 16 | 63u << 24;
  global[SGDMA_GLB_CAP3] = kFeatures;

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
      return ch.state | (ch.retry_legal ? SGDMA_CH_STATE_RETRY_LEGAL_MASK : 0) |
             (ch.skip_legal ? SGDMA_CH_STATE_SKIP_LEGAL_MASK : 0);
    case SGDMA_CH_QUIESCED:
      return ch.state != kDraining;
    case SGDMA_CH_ERR_IMAGE0:
    case SGDMA_CH_ERR_IMAGE1:
    case SGDMA_CH_ERR_IMAGE2:
    case SGDMA_CH_ERR_IMAGE3:
      return ch.image[(offset - SGDMA_CH_ERR_IMAGE0) / 4];
    case SGDMA_CH_ERR_CTRL:
      return ch.image_valid ? 1 | Word(ch, SGDMA_CH_ERR_CTRL) : 0;
    case SGDMA_CH_CNT_BYTES_LO:
      ch.latched = static_cast<uint32_t>(ch.bytes_moved >> 32);
      return static_cast<uint32_t>(ch.bytes_moved);
    case SGDMA_CH_CNT_BYTES_HI:
      return ch.latched;
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
  ++writes[offset];
  if (offset >= kPage) {
    WriteChannel(channels_[offset / kPage - 1], offset % kPage, value);
    return;
  }
  if (offset == SGDMA_GLB_FORCE_RESET) {
    if (value == SGDMA_GLB_FORCE_RESET_KEY_GO) ForceReset();
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
  const bool acts =
      offset == SGDMA_CH_COMMAND || offset == SGDMA_CH_SUB_TAIL || offset == SGDMA_CH_DIRECT3;
  if (acts && !stores_fenced_) ++misuse;
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
      if (Locked(ch, offset) || !Acceptable(ch, offset, value)) {
        ch.cause |= SGDMA_CH_CAUSE_REFUSED_MASK;
        break;
      }
      ch.config[offset] = value;
      if (offset == SGDMA_CH_DIRECT3) ch.direct = true;
      break;
  }
}

// Rings, pacing, FIXED and watchdog: writable in IDLE and HALTED.
bool FakeEngine::Locked(const Channel& ch, uint32_t offset) const {
  const bool ring = offset >= SGDMA_CH_SUB_BASE_LO && offset <= SGDMA_CH_CPL_SIZE;
  const bool mode = offset == SGDMA_CH_PACING || offset == SGDMA_CH_FIXED ||
                    offset == SGDMA_CH_WATCHDOG || offset == SGDMA_CH_POLICY;
  return (ring || mode) && ch.state != kIdle && ch.state != kHalted;
}

bool FakeEngine::Acceptable(const Channel& ch, uint32_t offset, uint32_t value) {
  const uint32_t bus_log2 = global[SGDMA_GLB_CAP0] >> SGDMA_GLB_CAP0_BUS_LOG2_SHIFT & 7;
  const uint32_t burst = 1u << (global[SGDMA_GLB_CAP1] >> SGDMA_GLB_CAP1_BURST_LOG2_SHIFT & 15);
  if (offset == SGDMA_CH_COALESCE) return (value & 0xFF) <= 1 || value >> 8 != 0;
  if (offset == SGDMA_CH_PACING) return (value >> 8 & 0xFF) <= burst;
  if (offset == SGDMA_CH_FIXED) return (value & 7) <= bus_log2 && (value >> 8 & 15) < burst;
  if (offset == SGDMA_CH_DIRECT3) {
    return ch.state == kRun && ch.head == ch.tail && !ch.in_list && !ch.direct;
  }
  return true;
}

void FakeEngine::Reset(Channel& ch) {
  if (!unfinished) ch = Channel{};
}

// As from power-on, whatever is open; only what says how it is built stays.
void FakeEngine::ForceReset() {
  unfinished = false;
  channels_ = {};
  global.erase(global.upper_bound(SGDMA_GLB_FORCE_RESET), global.end());
  global.erase(SGDMA_GLB_CONTROL);
}

void FakeEngine::Halt(Channel& ch) {
  ch.state = kHalted;
  ch.retry_legal = ch.skip_legal = false;
  ch.cause |= SGDMA_CH_CAUSE_HALTED_MASK;
  if (ch.unsignalled != 0) ch.cause |= SGDMA_CH_CAUSE_DONE_MASK;
  ch.unsignalled = 0;
}

void FakeEngine::Stick(unsigned c, uint32_t axi) {
  Channel& ch = channels_[c];
  const sgdma_record_t image = Record(ch.head, 0, SGDMA_FAULT_TIMEOUT, SGDMA_WHERE_WATCHDOG);
  ch.state = SGDMA_CH_STATE_STATE_STUCK;
  ch.image = {image.bytes, image.index_slot, image.fault_lo, image.tail};
  ch.image_valid = true;
  ch.config[SGDMA_CH_ERR_CTRL] = axi << SGDMA_CH_ERR_CTRL_STUCK_SHIFT;
  ch.cause |= SGDMA_CH_CAUSE_STUCK_MASK;
}

void FakeEngine::Skip(Channel& ch) {
  if (ch.direct) {
    ch.direct = false;
  } else if (!ch.in_list) {
    EndUnit(ch);
  } else if (--ch.entries_left == 0) {
    EndList(ch, SGDMA_FAULT_SKIPPED);
  } else {
    ch.entry_iova += 16;
    ++ch.index;
  }
}

void FakeEngine::Command(Channel& ch, uint32_t code) {
  const bool run = ch.state == kRun;
  const bool halted = ch.state == kHalted;
  if (code == SGDMA_CH_COMMAND_CODE_START && (ch.state == kIdle || halted) && !refuse_start) {
    Channel fresh;
    fresh.config = ch.config;
    fresh.incoming = ch.incoming;
    fresh.sent = ch.sent;
    fresh.state = kRun;
    ch = fresh;
  } else if (code == SGDMA_CH_COMMAND_CODE_PAUSE && run) {
    if (!unfinished) ch.state = kPaused;
  } else if (code == SGDMA_CH_COMMAND_CODE_RESUME && ch.state == kPaused) {
    ch.state = kRun;
  } else if (code == SGDMA_CH_COMMAND_CODE_RETRY && ch.retry_legal) {
    ch.state = kRun;
    ch.retry_legal = ch.skip_legal = false;
  } else if (code == SGDMA_CH_COMMAND_CODE_SKIP && ch.skip_legal && !refuse_skip) {
    ch.state = kRun;
    ch.retry_legal = ch.skip_legal = false;
    Skip(ch);
  } else if (code == SGDMA_CH_COMMAND_CODE_ABORT && ch.state != kIdle) {
    if (unfinished) {
      ch.state = kDraining;
    } else {
      Halt(ch);
    }
  } else if (code == SGDMA_CH_COMMAND_CODE_END_LIST && ch.in_list) {
    ch.last_array = true;
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
    Coalesce(ch);
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

}  // namespace driver_test
