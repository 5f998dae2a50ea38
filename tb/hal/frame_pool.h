// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Hands out the 4 KiB frames of one piece of RAM, at random, so that neighbours in a bus address
// range are strangers in memory; or a run of them side by side, for a system without address
// translation.

#ifndef SGDMA_TB_HAL_FRAME_POOL_H_
#define SGDMA_TB_HAL_FRAME_POOL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/random.h"

namespace tb {

class FramePool {
 public:
  static constexpr uint64_t kFrameBytes = 4096;

  // `base` and `bytes` are multiples of 4 KiB. Throws std::invalid_argument otherwise.
  FramePool(uint64_t base, uint64_t bytes, Random random);

  // Addresses of `count` frames, anywhere; nothing when there are not so many.
  std::optional<std::vector<uint64_t>> Allocate(size_t count);
  // The same, side by side in rising order.
  std::optional<std::vector<uint64_t>> AllocateRun(size_t count);
  // Throws std::logic_error for a frame that is not in use.
  void Free(uint64_t frame);

  size_t free_count() const { return free_.size(); }

 private:
  void Take(uint32_t frame);

  uint64_t base_;
  Random random_;
  std::vector<uint32_t> free_;      // numbers of the free frames, in no order
  std::vector<uint32_t> position_;  // of each frame in free_; kUsed: in use
  static constexpr uint32_t kUsed = ~uint32_t{0};
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_FRAME_POOL_H_
