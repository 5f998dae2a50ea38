// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Two dimensions: a STRIDE in one slot and the transfer of a row in the next are one unit. Head,
// POSITION and RETRY name the STRIDE, records the transfer.
//
//   ring: | STRIDE rows, strides | COPY or FILL of row 0 | ...

#include "internal.h"

enum {
  ROWS_MAX = 65535,
  // A row longer than one descriptor is cut into columns of whole 64-byte words, so that pieces
  // keep their alignment and a pattern goes on.
  COLUMN_BYTES = SGDMA_DESC_MAX_BYTES & ~63,
};

#define MASK48 UINT64_C(0xFFFFFFFFFFFF)

static bool is_stride(const sgdma_chan_t *chan, uint32_t counter) {
  return sgdmai_desc_op(sgdmai_slot(chan, counter)) == SGDMA_OP_STRIDE;
}

// A slot of the transaction in front of this one is its STRIDE.
static bool has_prefix(const sgdma_chan_t *chan, const sgdma_tx_t *tx, uint32_t counter) {
  return counter != tx->first && is_stride(chan, counter - 1);
}

// Behind a bad STRIDE, which has ended, its transfer stands alone.
uint32_t sgdmai_unit_first(const sgdma_chan_t *chan, const sgdma_tx_t *tx, uint32_t counter) {
  return counter != chan->head && has_prefix(chan, tx, counter) ? counter - 1 : counter;
}

uint32_t sgdmai_slot_bytes(const sgdma_chan_t *chan, const sgdma_tx_t *tx, uint32_t counter) {
  const uint32_t bytes = sgdmai_desc_bytes(sgdmai_slot(chan, counter));
  if (!has_prefix(chan, tx, counter)) return bytes;
  return sgdmai_desc_len(sgdmai_slot(chan, counter - 1)) * bytes;  // below 2^32: 65,535 squared
}

static uint32_t blocks(uint32_t n, uint32_t most) { return n / most + (n % most != 0 ? 1u : 0u); }

// A row of more than a descriptor is cut where all columns but the last are whole ones.
static uint32_t columns_of(const sgdma_rows_t *r) {
  if (r->row_bytes <= SGDMA_DESC_MAX_BYTES) return 1;
  return 1u + blocks(r->row_bytes - SGDMA_DESC_MAX_BYTES, COLUMN_BYTES);
}

// The last row of `rows` is within reach as well as the first, and so are all between them.
static bool rows_are_reachable(const sgdma_dev_t *dev, sgdma_iova_t first, int64_t stride,
                               const sgdma_rows_t *r) {
  const uint64_t step = stride < 0 ? (uint64_t)0 - (uint64_t)stride : (uint64_t)stride;
  const uint32_t steps = r->rows - 1;
  const uint64_t high = (uint64_t)(steps >> 16) * step;  // below 2^63, as a stride has 48 bits
  if (high >> 32 != 0) return false;
  const uint64_t span = (high << 16) + (steps & 0xFFFFu) * step;
  if (stride < 0 && span >= first) return false;
  return sgdmai_reachable(dev, first, r->row_bytes) &&
         (stride < 0 ? sgdmai_reachable(dev, first - span, r->row_bytes)
                     : span <= MASK48 && sgdmai_reachable(dev, first + span, r->row_bytes));
}

static bool stride_fits(int64_t stride) {
  return -(INT64_C(1) << 47) <= stride && stride < INT64_C(1) << 47;
}

static sgdma_result_t check_rows(const sgdma_chan_t *chan, const sgdma_rows_t *r) {
  const uint32_t features =
      SGDMA_GLB_CAP3_STRIDE_MASK | (r->fill ? SGDMA_GLB_CAP3_FILL_MASK : UINT32_C(0));
  if (!sgdmai_has(chan->dev, features)) return SGDMA_UNSUPPORTED;
  if (r->rows == 0 || r->row_bytes == 0) return SGDMA_BAD_LENGTH;
  if (!stride_fits(r->dst_stride) || (!r->fill && !stride_fits(r->src_stride))) {
    return SGDMA_BAD_ARGUMENT;
  }
  if (!rows_are_reachable(chan->dev, r->dst, r->dst_stride, r) ||
      (!r->fill && !rows_are_reachable(chan->dev, r->src, r->src_stride, r))) {
    return SGDMA_BAD_ADDRESS;
  }
  // Each product is below 2^33, and the last one is below 2^51.
  const uint64_t slots = (uint64_t)2 * columns_of(r) * blocks(r->rows, ROWS_MAX);
  return slots > sgdmai_sub_mask(chan) ? SGDMA_TOO_LONG : SGDMA_OK;
}

// One column of row_bytes <= 65,535: a pair for each 65,535 rows. Locked.
static void append_column(sgdma_chan_t *chan, sgdma_tx_t *tx, sgdma_rows_t r, uint32_t flags) {
  const uint64_t src_stride = r.fill ? 0 : (uint64_t)r.src_stride & MASK48;
  const uint64_t dst_stride = (uint64_t)r.dst_stride & MASK48;
  const uint32_t opcode = r.fill ? SGDMA_OP_FILL : SGDMA_OP_COPY;
  while (r.rows != 0) {
    const uint32_t rows = r.rows < ROWS_MAX ? r.rows : ROWS_MAX;
    sgdmai_append(chan, tx, src_stride, dst_stride, rows, SGDMA_OP_STRIDE, flags);
    sgdmai_append(chan, tx, r.fill ? r.pattern : r.src, r.dst, r.row_bytes, opcode, flags);
    tx->bytes += (uint64_t)rows * r.row_bytes;
    r.src = (r.src + rows * src_stride) & MASK48;
    r.dst = (r.dst + rows * dst_stride) & MASK48;
    r.rows -= rows;
  }
}

sgdma_result_t sgdma_prep_interleaved(sgdma_chan_t *chan, const sgdma_rows_t *rows, uint32_t flags,
                                      sgdma_cookie_t *cookie) {
  sgdma_result_t result = sgdmai_check_prep(chan, flags, SGDMAI_RING_FLAGS, cookie);
  if (result == SGDMA_OK && rows == NULL) result = SGDMA_BAD_ARGUMENT;
  if (result == SGDMA_OK) result = check_rows(chan, rows);
  if (result != SGDMA_OK) return result;

  sgdma_tx_t *tx = NULL;
  const uint32_t slots = 2u * columns_of(rows) * blocks(rows->rows, ROWS_MAX);
  const uint32_t lock = sgdmai_lock(chan->dev);
  result = sgdmai_open_tx(chan, slots, flags, &tx);
  if (result == SGDMA_OK) {
    sgdma_rows_t column = *rows;
    for (uint32_t left = rows->row_bytes; left != 0; left -= column.row_bytes) {
      column.row_bytes = left <= SGDMA_DESC_MAX_BYTES ? left : (uint32_t)COLUMN_BYTES;
      append_column(chan, tx, column, flags);
      column.src += column.row_bytes;
      column.dst += column.row_bytes;
    }
    sgdmai_close_tx(chan, cookie);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}
