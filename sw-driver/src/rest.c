// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Descriptors changed in place behind a halt: shortened by what they have proven, or left out with
// their STRIDE.

#include "internal.h"

#define MASK48 UINT64_C(0xFFFFFFFFFFFF)

static void make_nop(sgdma_desc_t *d) {
  const uint32_t ctl = sgdmai_desc_ctl(d) & ~(uint32_t)SGDMA_CTL_OPCODE_MASK;
  sgdmai_desc_set(d, 0, 0, 0, ctl | SGDMA_OP_NOP);
}

// The pattern as it goes on behind `bytes` bytes: byte k of a FILL is byte k mod 4 of its pattern.
static uint32_t pattern_behind(uint32_t pattern, uint32_t bytes) {
  const uint32_t bits = 8u * (bytes & 3u);
  return bits == 0 ? pattern : pattern >> bits | pattern << (32u - bits);
}

// Takes the proven bytes off the front of a COPY or FILL; all of them: it becomes a NOP. (The ring
// is shared memory: the length was compared with the record's bytes, and is compared again.)
static void shorten(sgdma_desc_t *d, uint32_t bytes) {
  if (bytes >= sgdmai_desc_len(d)) {
    make_nop(d);
    return;
  }
  const uint32_t left = sgdmai_desc_len(d) - bytes;
  const bool fill = sgdmai_desc_op(d) == SGDMA_OP_FILL;
  const sgdma_iova_t src = fill ? pattern_behind(d->src_lo, bytes) : sgdmai_desc_src(d) + bytes;
  sgdmai_desc_set(d, src, sgdmai_desc_dst(d) + bytes, left, sgdmai_desc_ctl(d));
}

// Takes the rows that are wholly proven off a pair. Addresses wrap as the engine's do.
static void shorten_pair(sgdma_desc_t *stride, sgdma_desc_t *transfer, uint32_t bytes) {
  const uint32_t row_bytes = sgdmai_desc_len(transfer);
  const uint32_t rows = row_bytes == 0 ? 0 : bytes / row_bytes;
  if (rows >= sgdmai_desc_len(stride)) {
    make_nop(stride);
    make_nop(transfer);
    return;
  }
  const uint32_t left = sgdmai_desc_len(stride) - rows;
  const sgdma_iova_t src_stride = sgdmai_desc_src(stride);
  const sgdma_iova_t dst_stride = sgdmai_desc_dst(stride);
  const bool fill = sgdmai_desc_op(transfer) == SGDMA_OP_FILL;
  const sgdma_iova_t src = sgdmai_desc_src(transfer) + (fill ? 0 : rows * src_stride);
  const sgdma_iova_t dst = sgdmai_desc_dst(transfer) + rows * dst_stride;
  sgdmai_desc_set(stride, src_stride, dst_stride, left, sgdmai_desc_ctl(stride));
  sgdmai_desc_set(transfer, src & MASK48, dst & MASK48, row_bytes, sgdmai_desc_ctl(transfer));
}

// What went to a peripheral, or came from one, is gone.
static bool may_be_shortened(const sgdma_desc_t *d) {
  const uint32_t op = sgdmai_desc_op(d);
  const uint32_t fixed = sgdmai_desc_ctl(d) & (SGDMA_CTL_SRC_FIXED | SGDMA_CTL_DST_FIXED);
  return (op == SGDMA_OP_COPY || op == SGDMA_OP_FILL || op == SGDMA_OP_STRIDE) && fixed == 0;
}

static bool find_failed(const sgdma_chan_t *chan, const sgdma_tx_t *tx, sgdmai_place_t *place) {
  bool exists = false;
  if (tx->cyclic != NULL || tx->direct) return false;
  if (chan->fault.index != SGDMA_INDEX_RING) {
    return sgdmai_list_find_index(tx, chan->fault.index, place, &exists);
  }
  *place = (sgdmai_place_t){NULL, chan->head};  // head stands on the failed slot
  return true;
}

static void sync_slot(const sgdma_chan_t *chan, uint32_t counter) {
  const sgdma_hal_t *hal = chan->dev->hal;
  const size_t offset = (size_t)(counter & sgdmai_sub_mask(chan)) * SGDMA_ENTRY_BYTES;
  hal->sync_for_device(hal->ctx, &chan->config.sub_ring, offset, SGDMA_ENTRY_BYTES);
}

static void shorten_slots(sgdma_chan_t *chan, uint32_t counter, uint32_t bytes) {
  sgdma_desc_t *d = sgdmai_slot(chan, counter);
  if (sgdmai_desc_op(d) == SGDMA_OP_STRIDE) {
    shorten_pair(d, sgdmai_slot(chan, counter + 1), bytes);
    sync_slot(chan, counter + 1);
  } else {
    shorten(d, bytes);
  }
  sync_slot(chan, counter);
}

static void shorten_entry(sgdma_chan_t *chan, const sgdmai_place_t *place, uint32_t bytes) {
  const sgdma_hal_t *hal = chan->dev->hal;
  shorten(sgdmai_place_desc(chan, place), bytes);
  place->array->bytes -= bytes;
  hal->sync_for_device(hal->ctx, &place->array->mem, (size_t)place->entry * SGDMA_ENTRY_BYTES,
                       SGDMA_ENTRY_BYTES);
}

// (In an array the engine ends the list behind an entry it could not read.)
bool sgdmai_drop_transfer(sgdma_chan_t *chan, const sgdma_tx_t *tx, sgdma_desc_t *transfer) {
  const bool at_head = !tx->direct && chan->fault.index == SGDMA_INDEX_RING &&
                       chan->fault.slot == (chan->head & sgdmai_sub_mask(chan));
  if (!at_head || sgdmai_desc_op(sgdmai_slot(chan, chan->head)) != SGDMA_OP_STRIDE) return false;
  sgdma_desc_t *d = sgdmai_slot(chan, chan->head + 1);
  *transfer = *d;
  make_nop(d);
  sync_slot(chan, chan->head + 1);
  chan->dev->hal->wmb(chan->dev->hal->ctx);  // the NOP before SKIP
  return true;
}

void sgdmai_restore_transfer(const sgdma_chan_t *chan, const sgdma_desc_t *transfer) {
  *sgdmai_slot(chan, chan->head + 1) = *transfer;
  sync_slot(chan, chan->head + 1);
  chan->dev->hal->wmb(chan->dev->hal->ctx);  // before any command that goes on
}

sgdma_result_t sgdma_retry_rest(sgdma_chan_t *chan) {
  sgdma_tx_t *tx = NULL;
  const sgdma_result_t result = sgdmai_check_halt(chan, SGDMA_CH_STATE_RETRY_LEGAL_MASK, &tx);
  if (result != SGDMA_OK || chan->fault.bytes == 0) {
    return result == SGDMA_OK ? sgdmai_retry(chan, tx) : result;
  }
  sgdmai_place_t place = {NULL, 0};
  if (!find_failed(chan, tx, &place)) return SGDMA_UNSUPPORTED;
  if (!may_be_shortened(sgdmai_place_desc(chan, &place))) return SGDMA_REFUSED;

  if (place.array == NULL) {
    shorten_slots(chan, place.entry, chan->fault.bytes);
  } else {
    shorten_entry(chan, &place, chan->fault.bytes);
  }
  chan->dev->hal->wmb(chan->dev->hal->ctx);  // the shortened descriptor before RETRY
  return sgdmai_retry(chan, tx);
}
