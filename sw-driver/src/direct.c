// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// DIRECT: a descriptor given to registers instead of memory. Its transaction takes no slot; it is
// the oldest one until its record says otherwise.

#include "internal.h"

// Locked. Nothing is left to do, for the engine or the driver: all that was prepared has ended.
static sgdma_result_t check_empty(const sgdma_chan_t *chan) {
  if (chan->state == SGDMA_CHAN_HALTED) return SGDMA_HALTED;
  if (chan->state == SGDMA_CHAN_PAUSED) return SGDMA_BAD_STATE;
  return chan->tx_ended == chan->tx_tail ? SGDMA_OK : SGDMA_AGAIN;
}

// Locked. The last word submits.
static bool submit(const sgdma_chan_t *chan, const sgdma_desc_t *d) {
  sgdmai_write(chan, SGDMA_CH_DIRECT0, d->src_lo);
  sgdmai_write(chan, SGDMA_CH_DIRECT1, d->src_hi_len);
  sgdmai_write(chan, SGDMA_CH_DIRECT2, d->dst_lo);
  chan->dev->hal->wmb(chan->dev->hal->ctx);  // what the copy reads before the copy
  return sgdmai_write_taken(chan, SGDMA_CH_DIRECT3, d->dst_hi_ctl);
}

static sgdma_result_t queue(sgdma_chan_t *chan, const sgdma_desc_t *d, sgdma_cookie_t *cookie) {
  sgdma_tx_t *tx = NULL;
  sgdma_result_t result = check_empty(chan);
  if (result == SGDMA_OK) result = sgdmai_open_tx(chan, 0, SGDMA_CPL, &tx);
  if (result != SGDMA_OK) return result;
  if (!submit(chan, d)) {
    *tx = (sgdma_tx_t){0};
    return SGDMA_REFUSED;
  }
  tx->direct = true;
  tx->bytes = sgdmai_desc_len(d);
  sgdmai_close_tx(chan, cookie);
  return SGDMA_OK;
}

sgdma_result_t sgdma_direct_copy(sgdma_chan_t *chan, sgdma_iova_t dst, sgdma_iova_t src,
                                 uint32_t bytes, uint32_t flags, sgdma_cookie_t *cookie) {
  const sgdmai_kind_t kind = sgdmai_kind(SGDMA_OP_COPY, flags);
  const sgdma_segment_t segment = {src, dst, bytes};
  uint32_t needed = 0;
  sgdma_result_t result = sgdmai_check_prep(chan, flags, SGDMAI_FIXED_FLAGS, cookie);
  if (result == SGDMA_OK && !sgdmai_has(chan->dev, SGDMA_GLB_CAP3_DIRECT_MASK)) {
    result = SGDMA_UNSUPPORTED;
  }
  if (result == SGDMA_OK) result = sgdmai_check_list(chan, &kind, &segment, 1, 1, &needed);
  if (result != SGDMA_OK) return result;

  sgdma_desc_t d;
  sgdmai_desc_set(&d, src, dst, bytes, kind.ctl | SGDMA_CTL_CPL | SGDMA_CTL_IRQ);
  const uint32_t lock = sgdmai_lock(chan->dev);
  result = queue(chan, &d, cookie);
  sgdmai_unlock(chan->dev, lock);
  return result;
}
