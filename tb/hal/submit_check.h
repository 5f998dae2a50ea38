// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The ledger's look at the doorbell: when a tail is written, each new descriptor must name bytes
// that are mapped in the channel's context, in the right direction, and that the device owns.
//   LEDGER-8 submit of bytes that are not mapped, mapped in the other direction, or the CPU's
//
// It watches the driver's register writes and reads rings and arrays as the engine will see them.

#ifndef SGDMA_TB_HAL_SUBMIT_CHECK_H_
#define SGDMA_TB_HAL_SUBMIT_CHECK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/dma_memory.h"
#include "sgdma/sgdma_hw.h"

namespace tb {

class SubmitCheck {
 public:
  using Report = std::function<void(std::string_view rule, std::string_view text)>;

  SubmitCheck(DmaMemory& dma, unsigned channels, Report report)
      : dma_(dma), report_(std::move(report)), channels_(channels) {}

  // A test that submits bad addresses on purpose switches it off.
  void Enable(bool enabled) { enabled_ = enabled; }

  // "slot 7" for the descriptor of this channel's ring that covers the bus address, the youngest if
  // there are several; "" when none does (an entry of a list, for example).
  std::string SlotOf(unsigned number, uint64_t iova, bool write);

  // To be called for each register write before it reaches the engine.
  void OnWrite(uint32_t offset, uint32_t value);

 private:
  struct Channel {
    uint32_t device_id = 0;
    uint64_t base = 0;
    uint32_t size_log2 = 0;
    uint32_t tail = 0;
  };

  bool ReadSlot(const Channel& channel, uint32_t slot, sgdma_desc_t* descriptor);
  void CheckSlots(unsigned number, uint32_t tail);
  void CheckDescriptor(unsigned number, uint32_t slot, const sgdma_desc_t& d, bool in_array);
  void CheckArray(unsigned number, uint32_t slot, uint64_t base, uint32_t entries);
  void CheckBytes(unsigned number, uint32_t slot, uint64_t iova, uint32_t bytes, bool write);

  DmaMemory& dma_;
  Report report_;
  std::vector<Channel> channels_;
  bool enabled_ = true;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_SUBMIT_CHECK_H_
