// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Event counters.

#include "internal.h"

// The low half latches the high one. Locked: there is one latch a page.
static uint64_t read_pair(const sgdma_chan_t *chan, uint32_t low_offset) {
  const uint64_t low = sgdmai_read(chan, low_offset);
  return low | (uint64_t)sgdmai_read(chan, low_offset + 4) << 32;
}

sgdma_result_t sgdma_read_counters(const sgdma_chan_t *chan, sgdma_counters_t *counters) {
  if (chan == NULL || counters == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;
  // A counter that is not built reads 0.
  if (!sgdmai_has(chan->dev, SGDMA_GLB_CAP3_COUNTERS_MASK) &&
      !sgdmai_has(chan->dev, SGDMA_GLB_CAP3_STREAM_MASK)) {
    return SGDMA_UNSUPPORTED;
  }

  const uint32_t lock = sgdmai_lock(chan->dev);
  counters->bytes = read_pair(chan, SGDMA_CH_CNT_BYTES_LO);
  counters->busy_cycles = read_pair(chan, SGDMA_CH_CNT_BUSY_LO);
  counters->descriptors = sgdmai_read(chan, SGDMA_CH_CNT_DESCS);
  counters->read_stall_cycles = sgdmai_read(chan, SGDMA_CH_CNT_RD_STALL);
  counters->write_stall_cycles = sgdmai_read(chan, SGDMA_CH_CNT_WR_STALL);
  counters->starved_cycles = sgdmai_read(chan, SGDMA_CH_CNT_STARVE);
  counters->stream_stall_cycles = sgdmai_read(chan, SGDMA_CH_CNT_STREAM_STALL);
  counters->stream_discard_bytes = sgdmai_read(chan, SGDMA_CH_CNT_STREAM_DISCARD);
  counters->errors = sgdmai_read(chan, SGDMA_CH_CNT_ERRORS);
  sgdmai_unlock(chan->dev, lock);
  return SGDMA_OK;
}
