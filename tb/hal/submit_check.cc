// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/submit_check.h"

#include <cstdio>
#include <cstring>
#include <set>

#include "sgdma/sgdma_regs.h"

namespace tb {
namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 48) - 1;

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

// ---- What a descriptor means ----

SubmitCheck::Decoded SubmitCheck::Decode(const sgdma_desc_t& d) {
  return {.src = d.src_lo | uint64_t{d.src_hi_len & 0xFFFF} << 32,
          .dst = d.dst_lo | uint64_t{d.dst_hi_ctl & 0xFFFF} << 32,
          .len = d.src_hi_len >> 16,
          .ctl = d.dst_hi_ctl >> 16};
}

SubmitCheck::Rows SubmitCheck::RowsOf(const std::optional<Decoded>& stride,
                                      const Decoded& transfer) {
  if (!stride) return {.transfer = transfer};
  return {.transfer = transfer,
          .count = stride->len,
          .src_stride = stride->src,
          .dst_stride = stride->dst};
}

std::optional<std::pair<uint64_t, uint32_t>> SubmitCheck::Touched(const Rows& rows, uint64_t row,
                                                                  bool write) {
  const Decoded& d = rows.transfer;
  const uint32_t op = d.opcode();
  const bool does = write ? op == SGDMA_OP_COPY || op == SGDMA_OP_FILL || op == SGDMA_OP_RECV
                          : op == SGDMA_OP_COPY || op == SGDMA_OP_SEND;
  if (!does) return std::nullopt;
  const bool fixed = (d.ctl & (write ? SGDMA_CTL_DST_FIXED : SGDMA_CTL_SRC_FIXED)) != 0;
  const uint64_t first = write ? d.dst + row * rows.dst_stride : d.src + row * rows.src_stride;
  return std::pair{first & kAddressMask, fixed ? 1 : d.len};
}

bool SubmitCheck::ReadEntry(const Channel& channel, uint64_t iova, Decoded* descriptor) {
  sgdma_desc_t raw;
  uint8_t bytes[sizeof raw];
  if (!dma_.DeviceView(channel.device_id, iova, bytes)) return false;
  std::memcpy(&raw, bytes, sizeof raw);
  *descriptor = Decode(raw);
  return true;
}

std::string SubmitCheck::SlotOf(unsigned number, uint64_t iova, bool write) {
  if (number >= channels_.size()) return {};
  const Channel& channel = channels_[number];
  const uint32_t slots = uint32_t{1} << (channel.size_log2 & 31);
  for (uint32_t back = 1; channel.size_log2 <= 16 && back < slots; ++back) {
    const uint32_t slot = (channel.tail - back) & (slots - 1);
    const uint32_t before = (slot - 1) & (slots - 1);
    Decoded transfer;
    Decoded prefix;
    if (!ReadEntry(channel, channel.base + uint64_t{slot} * sizeof(sgdma_desc_t), &transfer) ||
        !ReadEntry(channel, channel.base + uint64_t{before} * sizeof(sgdma_desc_t), &prefix)) {
      return {};
    }
    const bool pair = prefix.opcode() == SGDMA_OP_STRIDE;
    const Rows rows = RowsOf(pair ? std::optional(prefix) : std::nullopt, transfer);
    for (uint64_t row = 0; row < rows.count; ++row) {
      const auto touched = Touched(rows, row, write);
      if (!touched) break;
      if (iova < touched->first || iova - touched->first >= touched->second) continue;
      return "slot " + std::to_string(slot) + (pair ? ", row " + std::to_string(row) : "");
    }
  }
  return {};
}

// ---- Register writes ----

void SubmitCheck::OnWrite(uint32_t offset, uint32_t value) {
  const uint32_t page = offset / SGDMA_PAGE_BYTES(0);
  const uint32_t word = offset % SGDMA_PAGE_BYTES(0);
  if (page == 0) {
    const uint32_t number = (word - SGDMA_GLB_CH_BASE) / SGDMA_GLB_CH_STRIDE;
    const bool device =
        word >= SGDMA_GLB_CH_BASE && word % SGDMA_GLB_CH_STRIDE == SGDMA_GLB_CH_DEVID;
    if (device && number < channels_.size()) channels_[number].device_id = value;
    return;
  }
  if (page <= channels_.size()) OnChannelWrite(page - 1, word, value);
}

void SubmitCheck::OnChannelWrite(unsigned number, uint32_t word, uint32_t value) {
  Channel& channel = channels_[number];
  switch (word) {
    case SGDMA_CH_SUB_BASE_LO:
      channel.base = (channel.base & ~uint64_t{0xFFFF'FFFF}) | value;
      break;
    case SGDMA_CH_SUB_BASE_HI:
      channel.base = (channel.base & 0xFFFF'FFFF) | uint64_t{value} << 32;
      break;
    case SGDMA_CH_SUB_SIZE:
      channel.size_log2 = value;
      break;
    case SGDMA_CH_COMMAND:
      if (value != SGDMA_CH_COMMAND_CODE_START) break;
      channel.tail = 0;
      channel.stride.reset();
      break;
    case SGDMA_CH_SUB_TAIL:
      if (channel.size_log2 <= 16 && value >> channel.size_log2 == 0) CheckSlots(number, value);
      channel.tail = value;
      break;
    case SGDMA_CH_DIRECT0:
    case SGDMA_CH_DIRECT1:
    case SGDMA_CH_DIRECT2:
    case SGDMA_CH_DIRECT3: {
      auto& d = channel.direct;
      d[(word - SGDMA_CH_DIRECT0) / 4] = value;
      std::optional<Decoded> none;
      if (word == SGDMA_CH_DIRECT3) {
        CheckOne(number, "DIRECT", Decode({d[0], d[1], d[2], d[3]}), &none);
      }
      break;
    }
    default:
      break;
  }
}

// ---- The look ----

void SubmitCheck::CheckSlots(unsigned number, uint32_t tail) {
  Channel& channel = channels_[number];
  const uint32_t mask = (uint32_t{1} << channel.size_log2) - 1;
  for (uint32_t slot = channel.tail; enabled_ && slot != tail; slot = (slot + 1) & mask) {
    const std::string where = "slot " + std::to_string(slot);
    Decoded descriptor;
    if (!ReadEntry(channel, channel.base + uint64_t{slot} * sizeof(sgdma_desc_t), &descriptor)) {
      report_("LEDGER-8",
              "channel " + std::to_string(number) + ": ring " + where + " is not mapped");
      return;
    }
    CheckOne(number, where, descriptor, &channel.stride);
  }
}

// `stride`: the descriptor in front of it, if that is a STRIDE; becomes what the next one needs.
void SubmitCheck::CheckOne(unsigned number, const std::string& where, const Decoded& descriptor,
                           std::optional<Decoded>* stride) {
  const Rows rows = RowsOf(*stride, descriptor);
  stride->reset();
  if (!enabled_) return;
  if (descriptor.opcode() == SGDMA_OP_STRIDE) *stride = descriptor;
  if (descriptor.opcode() == SGDMA_OP_LINK) {
    CheckArray(number, where, descriptor.dst, descriptor.len);
  }
  for (const bool write : {false, true}) {
    for (uint64_t row = 0; row < rows.count; ++row) {
      const auto touched = Touched(rows, row, write);
      if (!touched) break;
      CheckBytes(number, where, touched->first, touched->second, write);
    }
  }
}

// An array, and those its last entry jumps to, each once: an endless list comes back to one.
void SubmitCheck::CheckArray(unsigned number, const std::string& where, uint64_t base,
                             uint32_t entries) {
  const Channel& channel = channels_[number];
  std::set<uint64_t> seen;
  while (entries > 0 && seen.insert(base).second) {
    std::optional<Decoded> stride;
    Decoded entry;
    for (uint32_t i = 0; i < entries; ++i) {
      if (!ReadEntry(channel, base + i * sizeof(sgdma_desc_t), &entry)) {
        report_("LEDGER-8", "channel " + std::to_string(number) + ", " + where +
                                ": list entry at " + Hex(base + i * sizeof(sgdma_desc_t)) +
                                " is not mapped");
        return;
      }
      if (entry.opcode() != SGDMA_OP_LINK) CheckOne(number, where, entry, &stride);
    }
    if (entry.opcode() != SGDMA_OP_LINK) return;
    base = entry.dst;
    entries = entry.len;
  }
}

void SubmitCheck::CheckBytes(unsigned number, const std::string& where, uint64_t iova,
                             uint32_t bytes, bool write) {
  const char* why = dma_.WhyNotForDevice(channels_[number].device_id, iova, bytes, write);
  if (why == nullptr) return;
  report_("LEDGER-8", "channel " + std::to_string(number) + ", " + where +
                          (write ? " writes " : " reads ") + std::to_string(bytes) + " bytes at " +
                          Hex(iova) + " (" + dma_.NameOf(channels_[number].device_id, iova) +
                          "): " + why);
}

}  // namespace tb
