// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/frame_pool.h"

#include <stdexcept>

namespace tb {

FramePool::FramePool(uint64_t base, uint64_t bytes, Random random) : base_(base), random_(random) {
  if (base % kFrameBytes != 0 || bytes % kFrameBytes != 0 || bytes == 0) {
    throw std::invalid_argument("a frame pool needs whole pages");
  }
  const auto count = static_cast<uint32_t>(bytes / kFrameBytes);
  for (uint32_t frame = 0; frame < count; ++frame) {
    free_.push_back(frame);
    position_.push_back(frame);
  }
}

void FramePool::Take(uint32_t frame) {
  const uint32_t at = position_[frame];
  const uint32_t last = free_.back();
  free_[at] = last;
  position_[last] = at;
  free_.pop_back();
  position_[frame] = kUsed;
}

std::optional<std::vector<uint64_t>> FramePool::Allocate(size_t count) {
  if (count > free_.size()) return std::nullopt;
  std::vector<uint64_t> frames;
  for (; count > 0; --count) {
    const uint32_t frame = free_[random_.Below(free_.size())];
    Take(frame);
    frames.push_back(base_ + frame * kFrameBytes);
  }
  return frames;
}

std::optional<std::vector<uint64_t>> FramePool::AllocateRun(size_t count) {
  const size_t total = position_.size();
  if (count == 0 || count > free_.size()) return std::nullopt;
  const size_t start = random_.Below(total);
  size_t run = 0;
  for (size_t i = 0; i < total + count - 1; ++i) {
    const size_t frame = (start + i) % total;
    if (frame == 0) run = 0;  // a run does not wrap
    run = position_[frame] == kUsed ? 0 : run + 1;
    if (run < count) continue;
    std::vector<uint64_t> frames;
    for (size_t f = frame + 1 - count; f <= frame; ++f) {
      Take(static_cast<uint32_t>(f));
      frames.push_back(base_ + f * kFrameBytes);
    }
    return frames;
  }
  return std::nullopt;
}

void FramePool::Free(uint64_t address) {
  const uint64_t frame = (address - base_) / kFrameBytes;
  if (address < base_ || frame >= position_.size() || position_[frame] != kUsed) {
    throw std::logic_error("a frame was given back that is not in use");
  }
  position_[frame] = static_cast<uint32_t>(free_.size());
  free_.push_back(static_cast<uint32_t>(frame));
}

}  // namespace tb
