// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The ledger's look at the doorbell: when a tail or the last word of DIRECT is written, each new
// descriptor must name bytes that are mapped in the channel's context, in the right direction, and
// that the device owns. Of a pair each row is looked at, of a FIXED side its first byte.
//   LEDGER-8 submit of bytes that are not mapped, mapped in the other direction, or the CPU's
//
// It watches the driver's register writes and reads rings and arrays as the engine will see them.

#ifndef SGDMA_TB_HAL_SUBMIT_CHECK_H_
#define SGDMA_TB_HAL_SUBMIT_CHECK_H_

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  struct Decoded {
    uint64_t src = 0;
    uint64_t dst = 0;
    uint32_t len = 0;
    uint32_t ctl = 0;
    uint32_t opcode() const { return ctl & SGDMA_CTL_OPCODE_MASK; }
  };
  // What a transfer does to memory, once or per row.
  struct Rows {
    Decoded transfer;
    uint64_t count = 1;
    uint64_t src_stride = 0;  // modulo 2^48
    uint64_t dst_stride = 0;
  };
  struct Channel {
    uint32_t device_id = 0;
    uint64_t base = 0;
    uint32_t size_log2 = 0;
    uint32_t tail = 0;
    std::optional<Decoded> stride;  // the last descriptor looked at, if it waits for its partner
    std::array<uint32_t, 4> direct{};
  };

  static Decoded Decode(const sgdma_desc_t& d);
  static Rows RowsOf(const std::optional<Decoded>& stride, const Decoded& transfer);
  // The bytes of row `row` that are read (written), if it reads (writes) at all.
  static std::optional<std::pair<uint64_t, uint32_t>> Touched(const Rows& rows, uint64_t row,
                                                              bool write);

  bool ReadEntry(const Channel& channel, uint64_t iova, Decoded* descriptor);
  void OnChannelWrite(unsigned number, uint32_t word, uint32_t value);
  void CheckSlots(unsigned number, uint32_t tail);
  void CheckOne(unsigned number, const std::string& where, const Decoded& descriptor,
                std::optional<Decoded>* stride);
  void CheckArray(unsigned number, const std::string& where, uint64_t base, uint32_t entries);
  void CheckBytes(unsigned number, const std::string& where, uint64_t iova, uint32_t bytes,
                  bool write);

  DmaMemory& dma_;
  Report report_;
  std::vector<Channel> channels_;
  bool enabled_ = true;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_SUBMIT_CHECK_H_
