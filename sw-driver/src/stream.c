// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI-Stream: packets out of memory, and buffers filled from packets. A filled buffer is one slot
// and one record, so slot `first + b` of a transaction is buffer b.

#include "internal.h"

void sgdmai_close_buffers(const sgdma_tx_t *tx, sgdma_tx_status_t status) {
  if (tx->buffers == NULL) return;
  for (uint32_t b = 0; b != tx->end - tx->first; ++b) {
    if (tx->buffers[b].status == SGDMA_IN_PROGRESS) tx->buffers[b].status = (uint8_t)status;
  }
}

static sgdma_segment_t segment_of(const sgdma_buffer_t *b) {
  return (sgdma_segment_t){b->iova, b->iova, b->len};  // the kind says which side counts
}

static sgdma_result_t check_buffers(const sgdma_chan_t *chan, const sgdmai_kind_t *kind,
                                    const sgdma_buffer_t *list, size_t n, uint32_t *slots) {
  const bool filled = !kind->src_is_iova;
  if (list == NULL) return SGDMA_BAD_ARGUMENT;
  if (n == 0) return SGDMA_BAD_LENGTH;
  *slots = 0;
  for (size_t i = 0; i < n; ++i) {
    const sgdma_segment_t segment = segment_of(&list[i]);
    const uint32_t most = sgdmai_sub_mask(chan) - *slots;
    uint32_t pieces = 0;
    if (filled && segment.len > SGDMA_DESC_MAX_BYTES) return SGDMA_BAD_LENGTH;
    const sgdma_result_t result = sgdmai_check_list(chan, kind, &segment, 1, most, &pieces);
    if (result != SGDMA_OK) return result;
    *slots += pieces;
  }
  return SGDMA_OK;
}

// Locked. EOP goes to the last piece of all.
static void append_buffer(sgdma_chan_t *chan, sgdma_tx_t *tx, const sgdmai_kind_t *kind,
                          const sgdma_buffer_t *buffer, uint32_t flags) {
  const bool ends_packet = kind->src_is_iova && (flags & SGDMA_MORE) == 0;
  for (sgdma_segment_t rest = segment_of(buffer); rest.len != 0;) {
    const sgdma_segment_t piece = sgdmai_take_piece(kind, &rest);
    const bool last = chan->tail + 1 == tx->end;
    const uint32_t eop = last && ends_packet ? SGDMA_CTL_EOP : 0;
    sgdmai_append(chan, tx, piece.src, piece.dst, piece.len, kind->ctl | eop, flags);
  }
  tx->bytes += buffer->len;
}

static sgdma_result_t queue(sgdma_chan_t *chan, const sgdmai_kind_t *kind, sgdma_buffer_t *list,
                            size_t n, uint32_t flags, sgdma_cookie_t *cookie) {
  uint32_t slots = 0;
  sgdma_result_t result = check_buffers(chan, kind, list, n, &slots);
  if (result != SGDMA_OK) return result;

  sgdma_tx_t *tx = NULL;
  const bool filled = !kind->src_is_iova;
  const uint32_t lock = sgdmai_lock(chan->dev);
  result = sgdmai_open_tx(chan, slots, flags, &tx);
  if (result == SGDMA_OK) {
    for (size_t i = 0; i < n; ++i) {
      append_buffer(chan, tx, kind, &list[i], flags);
      if (!filled) continue;
      list[i].received = 0;
      list[i].eop = false;
      list[i].status = SGDMA_IN_PROGRESS;
    }
    if (filled) tx->buffers = list;
    sgdmai_close_tx(chan, cookie);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

sgdma_result_t sgdma_prep_slave_sg(sgdma_chan_t *chan, sgdma_stream_t direction,
                                   sgdma_buffer_t *list, size_t n, uint32_t flags,
                                   sgdma_cookie_t *cookie) {
  const bool send = direction == SGDMA_TO_STREAM;
  if (!send && direction != SGDMA_FROM_STREAM) return SGDMA_BAD_ARGUMENT;
  const uint32_t known =
      SGDMAI_RING_FLAGS | (send ? SGDMA_SRC_FIXED | SGDMA_MORE : SGDMA_DST_FIXED);
  const sgdma_result_t result = sgdmai_check_prep(chan, flags, known, cookie);
  if (result != SGDMA_OK) return result;
  if (!sgdmai_has(chan->dev, SGDMA_GLB_CAP3_STREAM_MASK)) return SGDMA_UNSUPPORTED;

  const sgdmai_kind_t kind = sgdmai_kind(send ? SGDMA_OP_SEND : SGDMA_OP_RECV, flags);
  const uint32_t records = send ? 0 : SGDMA_CPL_EACH;  // how much came is in them
  return queue(chan, &kind, list, n, flags | records, cookie);
}
