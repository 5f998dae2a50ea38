// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// From segments to descriptors, and the doorbell.

#include "internal.h"

enum {
  // A segment too long for one descriptor is cut here: the most whole 64-byte words, so that the
  // pieces keep the alignment of the first.
  CUT_BYTES = SGDMA_DESC_MAX_BYTES & ~63,
};

void sgdmai_desc_set(sgdma_desc_t *d, sgdma_iova_t src, sgdma_iova_t dst, uint32_t len,
                     uint32_t ctl) {
  d->src_lo = (uint32_t)src;
  d->src_hi_len = (uint32_t)(src >> 32) | len << 16;
  d->dst_lo = (uint32_t)dst;
  d->dst_hi_ctl = (uint32_t)(dst >> 32) | ctl << 16;
}

uint32_t sgdmai_desc_bytes(const sgdma_desc_t *d) {
  switch (sgdmai_desc_op(d)) {
    case SGDMA_OP_COPY:
    case SGDMA_OP_FILL:
    case SGDMA_OP_SEND:
    case SGDMA_OP_RECV:
      return sgdmai_desc_len(d);
    default:
      return 0;
  }
}

sgdmai_kind_t sgdmai_kind(uint32_t opcode, uint32_t flags) {
  sgdmai_kind_t kind = {opcode, true, true};
  if ((flags & SGDMA_SRC_FIXED) != 0) kind.ctl |= SGDMA_CTL_SRC_FIXED;
  if ((flags & SGDMA_DST_FIXED) != 0) kind.ctl |= SGDMA_CTL_DST_FIXED;
  kind.src_is_iova = opcode != SGDMA_OP_FILL && opcode != SGDMA_OP_RECV;
  kind.dst_is_iova = opcode != SGDMA_OP_SEND;
  return kind;
}

sgdma_segment_t sgdmai_take_piece(const sgdmai_kind_t *kind, sgdma_segment_t *rest) {
  sgdma_segment_t piece = *rest;
  if (piece.len > SGDMA_DESC_MAX_BYTES) piece.len = CUT_BYTES;
  if ((kind->ctl & SGDMA_CTL_OPCODE_MASK) == SGDMA_OP_RECV) piece.src = 0;
  if (!kind->dst_is_iova) piece.dst = 0;
  if (kind->src_is_iova && (kind->ctl & SGDMA_CTL_SRC_FIXED) == 0) rest->src += piece.len;
  if (kind->dst_is_iova && (kind->ctl & SGDMA_CTL_DST_FIXED) == 0) rest->dst += piece.len;
  rest->len -= piece.len;
  return piece;
}

static uint32_t pieces_of(uint32_t len) {
  if (len <= SGDMA_DESC_MAX_BYTES) return 1;
  return 1u + (len - SGDMA_DESC_MAX_BYTES + CUT_BYTES - 1u) / CUT_BYTES;
}

// One side of a segment. FIXED: `len` bytes go through the one element at the address.
static sgdma_result_t check_side(const sgdma_chan_t *chan, sgdma_iova_t iova, uint32_t len,
                                 bool fixed) {
  const uint32_t element = chan->config.tuning.element_bytes;
  const uint32_t unit = fixed && element != 0 ? element : 1;  // a power of two
  if ((len & (unit - 1)) != 0) return SGDMA_BAD_LENGTH;
  const uint32_t reach = fixed ? unit : len;
  const bool aligned = (iova & (unit - 1)) == 0;
  return aligned && sgdmai_reachable(chan->dev, iova, reach) ? SGDMA_OK : SGDMA_BAD_ADDRESS;
}

static sgdma_result_t check_segment(const sgdma_chan_t *chan, const sgdmai_kind_t *kind,
                                    const sgdma_segment_t *s) {
  sgdma_result_t result = s->len != 0 ? SGDMA_OK : SGDMA_BAD_LENGTH;
  if (result == SGDMA_OK && kind->src_is_iova) {
    result = check_side(chan, s->src, s->len, (kind->ctl & SGDMA_CTL_SRC_FIXED) != 0);
  }
  if (result == SGDMA_OK && kind->dst_is_iova) {
    result = check_side(chan, s->dst, s->len, (kind->ctl & SGDMA_CTL_DST_FIXED) != 0);
  }
  return result;
}

sgdma_result_t sgdmai_check_list(const sgdma_chan_t *chan, const sgdmai_kind_t *kind,
                                 const sgdma_segment_t *list, size_t n, uint32_t most,
                                 uint32_t *descriptors) {
  if (list == NULL) return SGDMA_BAD_ARGUMENT;
  if (n == 0) return SGDMA_BAD_LENGTH;

  uint32_t needed = 0;
  for (size_t i = 0; i < n; ++i) {
    const sgdma_result_t result = check_segment(chan, kind, &list[i]);
    if (result != SGDMA_OK) return result;
    const uint32_t pieces = pieces_of(list[i].len);
    if (pieces > most - needed) return SGDMA_TOO_LONG;
    needed += pieces;
  }
  *descriptors = needed;
  return SGDMA_OK;
}

sgdma_result_t sgdmai_check_takes_work(const sgdma_chan_t *chan) {
  switch ((sgdma_chan_state_t)chan->state) {
    case SGDMA_CHAN_RUNNING:
    case SGDMA_CHAN_PAUSED:
    case SGDMA_CHAN_HALTED:
      return SGDMA_OK;
    case SGDMA_CHAN_TERMINATING:
      return SGDMA_BUSY;
    case SGDMA_CHAN_BROKEN:
      return SGDMA_DEVICE_FAULT;
    case SGDMA_CHAN_FREE:
      break;
  }
  return SGDMA_BAD_STATE;
}

sgdma_result_t sgdmai_check_prep(const sgdma_chan_t *chan, uint32_t flags, uint32_t known,
                                 const sgdma_cookie_t *cookie) {
  if (chan == NULL || cookie == NULL || (flags & ~known) != 0) return SGDMA_BAD_ARGUMENT;
  const sgdma_result_t result = sgdmai_check_takes_work(chan);
  if (result == SGDMA_OK && (flags & SGDMAI_FIXED_FLAGS) != 0 &&
      !sgdmai_has(chan->dev, SGDMA_GLB_CAP3_FIXED_MASK)) {
    return SGDMA_UNSUPPORTED;
  }
  return result;
}

static uint32_t room(const sgdma_chan_t *chan) {
  return sgdmai_sub_mask(chan) - (chan->tail - chan->head);
}

uint32_t sgdma_room(const sgdma_chan_t *chan) {
  if (chan == NULL || sgdmai_check_takes_work(chan) != SGDMA_OK) return 0;
  return room(chan);
}

sgdma_result_t sgdmai_open_tx(sgdma_chan_t *chan, uint32_t slots, uint32_t flags, sgdma_tx_t **tx) {
  const sgdma_result_t result = sgdmai_check_takes_work(chan);  // an interrupt may have changed it
  if (result != SGDMA_OK) return result;
  const uint32_t table_size = UINT32_C(1) << chan->config.tx_log2;
  if (slots > room(chan) || chan->tx_tail - chan->tx_delivered >= table_size) return SGDMA_AGAIN;

  sgdma_tx_t *opened = sgdmai_tx(chan, chan->tx_tail);
  *opened = (sgdma_tx_t){0};
  opened->first = chan->tail;
  opened->end = chan->tail + slots;
  opened->cookie = chan->tx_tail | SGDMAI_COOKIE_BIT;
  opened->status = SGDMA_IN_PROGRESS;
  opened->wants_record = (flags & (SGDMA_CPL | SGDMA_CPL_EACH)) != 0;
  *tx = opened;
  return SGDMA_OK;
}

void sgdmai_append(sgdma_chan_t *chan, const sgdma_tx_t *tx, sgdma_iova_t src, sgdma_iova_t dst,
                   uint32_t len, uint32_t ctl, uint32_t flags) {
  const bool last = chan->tail + 1 == tx->end;
  const bool first_lap = (chan->tail >> chan->config.sub_log2 & 1u) == 0;
  const bool prefix = (ctl & SGDMA_CTL_OPCODE_MASK) == SGDMA_OP_STRIDE;  // takes no flags
  const bool first = sgdmai_unit_first(chan, tx, chan->tail) == tx->first;
  if (first_lap) ctl |= SGDMA_CTL_PHASE;
  if (first && !prefix && (flags & SGDMA_FENCE) != 0) ctl |= SGDMA_CTL_FENCE;
  if (last && (flags & SGDMA_IRQ) != 0) ctl |= SGDMA_CTL_IRQ;
  if ((last && tx->wants_record) || (!prefix && (flags & SGDMA_CPL_EACH) != 0)) {
    ctl |= SGDMA_CTL_CPL;
  }
  sgdmai_desc_set(sgdmai_slot(chan, chan->tail), src, dst, len, ctl);
  chan->tail++;
}

void sgdmai_close_tx(sgdma_chan_t *chan, sgdma_cookie_t *cookie) {
  const sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_tail);
  if (!tx->wants_record) chan->silent++;
  chan->tx_tail++;
  *cookie = tx->cookie;
}

sgdma_result_t sgdmai_prep_pieces(sgdma_chan_t *chan, const sgdmai_kind_t *kind,
                                  const sgdma_segment_t *list, size_t n, uint32_t flags,
                                  sgdma_cookie_t *cookie) {
  uint32_t slots = 0;
  sgdma_result_t result = sgdmai_check_list(chan, kind, list, n, sgdmai_sub_mask(chan), &slots);
  if (result != SGDMA_OK) return result;

  sgdma_tx_t *tx = NULL;
  const uint32_t lock = sgdmai_lock(chan->dev);
  result = sgdmai_open_tx(chan, slots, flags, &tx);
  if (result == SGDMA_OK) {
    for (size_t i = 0; i < n; ++i) {
      for (sgdma_segment_t rest = list[i]; rest.len != 0;) {
        const sgdma_segment_t piece = sgdmai_take_piece(kind, &rest);
        sgdmai_append(chan, tx, piece.src, piece.dst, piece.len, kind->ctl, flags);
      }
      tx->bytes += list[i].len;
    }
    sgdmai_close_tx(chan, cookie);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

sgdma_result_t sgdma_prep_sg(sgdma_chan_t *chan, const sgdma_segment_t *list, size_t n,
                             uint32_t flags, sgdma_cookie_t *cookie) {
  const sgdmai_kind_t kind = sgdmai_kind(SGDMA_OP_COPY, flags);
  const sgdma_result_t result =
      sgdmai_check_prep(chan, flags, SGDMAI_RING_FLAGS | SGDMAI_FIXED_FLAGS, cookie);
  return result == SGDMA_OK ? sgdmai_prep_pieces(chan, &kind, list, n, flags, cookie) : result;
}

sgdma_result_t sgdma_prep_memcpy(sgdma_chan_t *chan, sgdma_iova_t dst, sgdma_iova_t src,
                                 uint32_t bytes, uint32_t flags, sgdma_cookie_t *cookie) {
  const sgdma_segment_t segment = {src, dst, bytes};
  return sgdma_prep_sg(chan, &segment, 1, flags, cookie);
}

// All pieces but the last are a multiple of 4 long, so the pattern goes on in the next one.
sgdma_result_t sgdma_prep_memset(sgdma_chan_t *chan, sgdma_iova_t dst, uint32_t pattern,
                                 uint32_t bytes, uint32_t flags, sgdma_cookie_t *cookie) {
  const sgdmai_kind_t kind = sgdmai_kind(SGDMA_OP_FILL, flags);
  const sgdma_segment_t segment = {pattern, dst, bytes};
  const sgdma_result_t result =
      sgdmai_check_prep(chan, flags, SGDMAI_RING_FLAGS | SGDMA_DST_FIXED, cookie);
  if (result != SGDMA_OK) return result;
  if (!sgdmai_has(chan->dev, SGDMA_GLB_CAP3_FILL_MASK)) return SGDMA_UNSUPPORTED;
  return sgdmai_prep_pieces(chan, &kind, &segment, 1, flags, cookie);
}

sgdma_result_t sgdma_prep_nop(sgdma_chan_t *chan, uint32_t flags, sgdma_cookie_t *cookie) {
  sgdma_result_t result = sgdmai_check_prep(chan, flags, SGDMAI_RING_FLAGS, cookie);
  if (result != SGDMA_OK) return result;

  sgdma_tx_t *tx = NULL;
  const uint32_t lock = sgdmai_lock(chan->dev);
  result = sgdmai_open_tx(chan, 1, flags, &tx);
  if (result == SGDMA_OK) {
    sgdmai_append(chan, tx, 0, 0, 0, SGDMA_OP_NOP, flags);
    sgdmai_close_tx(chan, cookie);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

sgdma_result_t sgdma_set_callback(sgdma_chan_t *chan, sgdma_cookie_t cookie,
                                  sgdma_callback_t callback, void *arg) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  sgdma_result_t result = sgdmai_check_takes_work(chan);
  if (result != SGDMA_OK) return result;

  const uint32_t lock = sgdmai_lock(chan->dev);
  sgdma_tx_t *tx = sgdmai_tx(chan, cookie & ~SGDMAI_COOKIE_BIT);
  if (tx->cookie != cookie || tx->status != SGDMA_IN_PROGRESS || tx->direct ||
      sgdmai_ahead(tx->first, chan->issued) < 0) {
    result = SGDMA_BAD_STATE;
  } else {
    tx->callback = callback;
    tx->arg = arg;
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

// Slots [issued, tail) reach the engine's view of memory; at the ring's end in two parts.
static void sync_new_slots(const sgdma_chan_t *chan) {
  const sgdma_hal_t *hal = chan->dev->hal;
  const uint32_t size = sgdmai_sub_mask(chan) + 1;
  const uint32_t from = chan->issued & (size - 1);
  const uint32_t count = chan->tail - chan->issued;
  const uint32_t straight = count < size - from ? count : size - from;

  hal->sync_for_device(hal->ctx, &chan->config.sub_ring, (size_t)from * SGDMA_ENTRY_BYTES,
                       (size_t)straight * SGDMA_ENTRY_BYTES);
  if (count > straight) {
    hal->sync_for_device(hal->ctx, &chan->config.sub_ring, 0,
                         (size_t)(count - straight) * SGDMA_ENTRY_BYTES);
  }
}

sgdma_result_t sgdma_issue_pending(sgdma_chan_t *chan) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;

  const uint32_t lock = sgdmai_lock(chan->dev);
  const sgdma_result_t result = sgdmai_check_takes_work(chan);
  if (result == SGDMA_OK && chan->tail != chan->issued) {
    sync_new_slots(chan);
    chan->dev->hal->wmb(chan->dev->hal->ctx);  // descriptors before the doorbell
    chan->issued = chan->tail;
    sgdmai_write(chan, SGDMA_CH_SUB_TAIL, chan->tail & sgdmai_sub_mask(chan));
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}
