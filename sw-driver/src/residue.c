// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// How far a transaction has come.

#include "internal.h"

typedef struct position {
  uint32_t slot;
  uint32_t index;
  uint32_t bytes;
  sgdma_iova_t iova;  // of the descriptor
} position_t;

// Locked: the first read latches the others.
static position_t read_position(const sgdma_chan_t *chan) {
  position_t p;
  const uint32_t word = sgdmai_read(chan, SGDMA_CH_POS_SLOT_INDEX);
  p.slot = SGDMAI_FIELD(word, SGDMA_CH_POS_SLOT_INDEX_SLOT);
  p.index = SGDMAI_FIELD(word, SGDMA_CH_POS_SLOT_INDEX_INDEX);
  p.iova = sgdmai_read(chan, SGDMA_CH_POS_ADDR_LO);
  p.iova |= (sgdma_iova_t)(sgdmai_read(chan, SGDMA_CH_POS_ADDR_HI) & 0xFFFFu) << 32;
  p.bytes = sgdmai_read(chan, SGDMA_CH_POS_BYTES);
  return p;
}

// Bytes left of `tx` when the engine stands at `p`, a descriptor of this transaction.
static bool left_at(const sgdma_chan_t *chan, const sgdma_tx_t *tx, uint32_t counter,
                    const position_t *p, uint64_t *left) {
  sgdmai_place_t place = {NULL, counter};
  if (tx->arrays != NULL && p->index != SGDMA_INDEX_RING &&
      !sgdmai_list_find_iova(tx, p->iova, &place)) {
    return false;
  }
  // A pair is named by its STRIDE, and counts the bytes of all its rows.
  sgdmai_place_t transfer = place;
  if (place.array == NULL && sgdmai_desc_op(sgdmai_slot(chan, counter)) == SGDMA_OP_STRIDE) {
    transfer.entry = counter + 1;
  }
  if (p->bytes > sgdmai_place_bytes(chan, tx, &transfer)) return false;
  *left = sgdmai_bytes_from(chan, tx, &place) - p->bytes;
  return true;
}

// Locked.
static sgdma_result_t residue_of(sgdma_chan_t *chan, const sgdma_tx_t *tx, uint64_t *bytes) {
  const uint32_t mask = sgdmai_sub_mask(chan);
  *bytes = tx->bytes;
  // A DIRECT copy is told to the byte only when it has ended; what is behind it has not begun.
  if (sgdmai_runs_direct(chan) || sgdmai_ahead(tx->first, chan->issued) >= 0 ||
      (chan->dev->caps.features & SGDMA_GLB_CAP3_POSITION_MASK) == 0) {
    return SGDMA_OK;
  }
  const position_t p = read_position(chan);
  const uint32_t counter = chan->head + ((p.slot - chan->head) & mask);
  if (p.slot > mask || sgdmai_ahead(counter, chan->issued) > 0) {
    sgdmai_break(chan, SGDMA_FAULT_POSITION_RANGE, p.slot, p.index);
    return SGDMA_DEVICE_FAULT;
  }
  if (sgdmai_ahead(counter, tx->end) >= 0) {
    *bytes = 0;  // ended; its record is on the way
  } else if (sgdmai_ahead(counter, tx->first) >= 0 && !left_at(chan, tx, counter, &p, bytes)) {
    sgdmai_break(chan, SGDMA_FAULT_POSITION_RANGE, p.slot, p.index);
    return SGDMA_DEVICE_FAULT;
  }
  return SGDMA_OK;
}

sgdma_result_t sgdma_residue(sgdma_chan_t *chan, sgdma_cookie_t cookie, uint64_t *bytes) {
  if (chan == NULL || bytes == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_FREE || cookie == 0) return SGDMA_BAD_STATE;

  sgdma_result_t result = SGDMA_BAD_STATE;
  const uint32_t lock = sgdmai_lock(chan->dev);
  const sgdma_tx_t *tx = sgdmai_tx(chan, cookie & ~SGDMAI_COOKIE_BIT);
  if (chan->state == SGDMA_CHAN_BROKEN) {
    result = SGDMA_DEVICE_FAULT;
  } else if (tx->cookie == cookie && tx->status == SGDMA_COMPLETE) {
    *bytes = 0;
    result = SGDMA_OK;
  } else if (tx->cookie == cookie && tx->status == SGDMA_IN_PROGRESS) {
    result = residue_of(chan, tx, bytes);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}
