// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/submit_check.h"

#include <cstdio>
#include <cstring>

#include "sgdma/sgdma_regs.h"

namespace tb {
namespace {

constexpr unsigned kListLimit =
    1'000'000;  // entries looked at behind one LINK: an endless list ends here

struct Decoded {
  uint64_t src;
  uint64_t dst;
  uint32_t len;
  uint32_t opcode;
};

Decoded Decode(const sgdma_desc_t& d) {
  return {.src = d.src_lo | uint64_t{d.src_hi_len & 0xFFFF} << 32,
          .dst = d.dst_lo | uint64_t{d.dst_hi_ctl & 0xFFFF} << 32,
          .len = d.src_hi_len >> 16,
          .opcode = d.dst_hi_ctl >> 16 & SGDMA_CTL_OPCODE_MASK};
}

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

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
  if (page > channels_.size()) return;
  Channel& channel = channels_[page - 1];
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
      if (value == SGDMA_CH_COMMAND_CODE_START) channel.tail = 0;
      break;
    case SGDMA_CH_SUB_TAIL:
      if (enabled_ && channel.size_log2 <= 16 && value >> channel.size_log2 == 0) {
        CheckSlots(page - 1, value);
      }
      channel.tail = value;
      break;
    default:
      break;
  }
}

bool SubmitCheck::ReadSlot(const Channel& channel, uint32_t slot, sgdma_desc_t* descriptor) {
  uint8_t raw[sizeof *descriptor];
  const uint64_t at = channel.base + uint64_t{slot} * sizeof raw;
  if (!dma_.DeviceView(channel.device_id, at, raw)) return false;
  std::memcpy(descriptor, raw, sizeof raw);
  return true;
}

std::string SubmitCheck::SlotOf(unsigned number, uint64_t iova, bool write) {
  if (number >= channels_.size()) return {};
  const Channel& channel = channels_[number];
  const uint32_t slots = uint32_t{1} << (channel.size_log2 & 31);
  for (uint32_t back = 1; channel.size_log2 <= 16 && back < slots; ++back) {
    const uint32_t slot = (channel.tail - back) & (slots - 1);
    sgdma_desc_t descriptor;
    if (!ReadSlot(channel, slot, &descriptor)) return {};
    const Decoded decoded = Decode(descriptor);
    const uint64_t base = write ? decoded.dst : decoded.src;
    if (decoded.opcode != SGDMA_OP_COPY || iova < base || iova - base >= decoded.len) continue;
    return "slot " + std::to_string(slot);
  }
  return {};
}

void SubmitCheck::CheckSlots(unsigned number, uint32_t tail) {
  const Channel& channel = channels_[number];
  const uint32_t mask = (uint32_t{1} << channel.size_log2) - 1;
  for (uint32_t slot = channel.tail; slot != tail; slot = (slot + 1) & mask) {
    sgdma_desc_t descriptor;
    if (!ReadSlot(channel, slot, &descriptor)) {
      report_("LEDGER-8", "channel " + std::to_string(number) + ": ring slot " +
                              std::to_string(slot) + " is not mapped");
      return;
    }
    CheckDescriptor(number, slot, descriptor, false);
  }
}

void SubmitCheck::CheckDescriptor(unsigned number, uint32_t slot, const sgdma_desc_t& d,
                                  bool in_array) {
  const Decoded decoded = Decode(d);
  if (decoded.opcode == SGDMA_OP_COPY) {
    CheckBytes(number, slot, decoded.src, decoded.len, false);
    CheckBytes(number, slot, decoded.dst, decoded.len, true);
  } else if (decoded.opcode == SGDMA_OP_LINK && !in_array) {
    CheckArray(number, slot, decoded.dst, decoded.len);
  }
}

// An array, and those its last entry jumps to.
void SubmitCheck::CheckArray(unsigned number, uint32_t slot, uint64_t base, uint32_t entries) {
  const Channel& channel = channels_[number];
  uint32_t left = entries;
  for (unsigned seen = 0; left > 0 && seen < kListLimit; ++seen, base += sizeof(sgdma_desc_t)) {
    uint8_t raw[sizeof(sgdma_desc_t)];
    if (!dma_.DeviceView(channel.device_id, base, raw)) {
      report_("LEDGER-8", "channel " + std::to_string(number) + ", slot " + std::to_string(slot) +
                              ": list entry at " + Hex(base) + " is not mapped");
      return;
    }
    sgdma_desc_t descriptor;
    std::memcpy(&descriptor, raw, sizeof raw);
    const Decoded decoded = Decode(descriptor);
    --left;
    if (decoded.opcode == SGDMA_OP_LINK && left == 0) {
      left = decoded.len;
      base = decoded.dst - sizeof raw;
      continue;
    }
    CheckDescriptor(number, slot, descriptor, true);
  }
}

void SubmitCheck::CheckBytes(unsigned number, uint32_t slot, uint64_t iova, uint32_t bytes,
                             bool write) {
  const char* why = dma_.WhyNotForDevice(channels_[number].device_id, iova, bytes, write);
  if (why == nullptr) return;
  report_("LEDGER-8", "channel " + std::to_string(number) + ", slot " + std::to_string(slot) +
                          (write ? " writes " : " reads ") + std::to_string(bytes) + " bytes at " +
                          Hex(iova) + " (" + dma_.NameOf(channels_[number].device_id, iova) +
                          "): " + why);
}

}  // namespace tb
