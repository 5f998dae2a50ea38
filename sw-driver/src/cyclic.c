// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Endless lists: arrays of periods, the last one jumps to the first. The index of records and
// POSITION counts on through all laps, modulo 65,535; so the driver keeps where the oldest entry
// not ended is, and only ever asks how far the engine is behind it.

#include "internal.h"

enum { INDEX_MODULUS = 65535 };

uint32_t sgdmai_cyclic_distance(const sgdma_cyclic_t *cyclic, uint32_t index) {
  return (index + INDEX_MODULUS - cyclic->index) % INDEX_MODULUS;
}

static bool at_jump(const sgdma_tx_t *tx, const sgdma_cyclic_t *c) {
  return c->entry == tx->arrays[c->array].entries;
}

// Array by array; jumps are no periods.
static void pass(const sgdma_tx_t *tx, sgdma_cyclic_t *c, uint32_t entries) {
  c->index = (c->index + entries) % INDEX_MODULUS;
  while (entries != 0) {
    const uint32_t periods = tx->arrays[c->array].entries - c->entry;
    if (entries <= periods) {
      c->periods += entries;
      c->entry += entries;
      return;
    }
    c->periods += periods;
    c->entry = 0;
    c->array = c->array + 1 < tx->n_arrays ? c->array + 1 : 0;
    entries -= periods + 1;
  }
}

void sgdmai_cyclic_pass(const sgdma_tx_t *tx, uint32_t entries) { pass(tx, tx->cyclic, entries); }

bool sgdmai_cyclic_find(const sgdma_tx_t *tx, uint32_t distance, sgdmai_place_t *place) {
  const uint32_t silent = at_jump(tx, tx->cyclic) ? 1 : 0;  // a jump leaves no record
  if (tx->wants_record && distance > silent) return false;
  sgdma_cyclic_t there = *tx->cyclic;
  pass(tx, &there, distance);
  *place = (sgdmai_place_t){&tx->arrays[there.array], there.entry};
  return true;
}

void sgdmai_cyclic_look(sgdma_chan_t *chan) {
  if (chan->tx_ended == chan->tx_tail) return;
  const sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_ended);
  if (tx->cyclic == NULL || tx->wants_record || sgdmai_ahead(tx->first, chan->issued) >= 0) return;

  const uint32_t mask = sgdmai_sub_mask(chan);
  const uint32_t word = sgdmai_read(chan, SGDMA_CH_POS_SLOT_INDEX);
  const uint32_t slot = SGDMAI_FIELD(word, SGDMA_CH_POS_SLOT_INDEX_SLOT);
  const uint32_t index = SGDMAI_FIELD(word, SGDMA_CH_POS_SLOT_INDEX_INDEX);
  const uint32_t counter = chan->head + ((slot - chan->head) & mask);
  if (slot > mask || sgdmai_ahead(counter, chan->issued) > 0) {
    sgdmai_break(chan, word == SGDMAI_GONE ? SGDMA_FAULT_GONE : SGDMA_FAULT_POSITION_RANGE, slot,
                 index);
  } else if (counter == tx->first && index != SGDMA_INDEX_RING) {
    sgdmai_cyclic_pass(tx, sgdmai_cyclic_distance(tx->cyclic, index));
  }
}

static sgdma_result_t check_periods(const sgdma_segment_t *list, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (list[i].len > SGDMA_DESC_MAX_BYTES) return SGDMA_BAD_LENGTH;
  }
  return SGDMA_OK;
}

// Lays the periods into the arrays and closes the circle. Returns how many arrays are used.
static size_t build(const sgdma_dev_t *dev, const sgdmai_kind_t *kind, sgdma_array_t *arrays,
                    const sgdma_segment_t *list, uint32_t left) {
  size_t i = 0;
  size_t used = 0;
  for (; left != 0; ++used) {
    const uint32_t room = sgdmai_array_capacity(&arrays[used]) - 1;
    const uint32_t count = left < room ? left : room;
    sgdma_segment_t rest = {0, 0, 0};
    sgdmai_fill_array(kind, &arrays[used], count, list, &i, &rest);
    left -= count;
  }
  for (size_t k = 0; k < used; ++k) {
    const sgdma_array_t *next = &arrays[k + 1 < used ? k + 1 : 0];
    sgdmai_desc_set(sgdmai_array_entry(&arrays[k], arrays[k].entries), 0, next->mem.iova,
                    next->entries + 1, SGDMA_OP_LINK);
    dev->hal->sync_for_device(dev->hal->ctx, &arrays[k].mem, 0,
                              (size_t)(arrays[k].entries + 1) * SGDMA_ENTRY_BYTES);
  }
  return used;
}

static sgdma_result_t queue(sgdma_chan_t *chan, sgdma_cyclic_t *cyclic, size_t used, uint32_t flags,
                            sgdma_cookie_t *cookie) {
  sgdma_tx_t *tx = NULL;
  const uint32_t lock = sgdmai_lock(chan->dev);
  const sgdma_result_t result = sgdmai_open_tx(chan, 1, flags, &tx);
  if (result == SGDMA_OK) {
    cyclic->periods = cyclic->told = cyclic->index = cyclic->array = cyclic->entry = 0;
    tx->cyclic = cyclic;
    tx->arrays = cyclic->arrays;
    tx->n_arrays = used;
    for (size_t k = 0; k < used; ++k) tx->bytes += tx->arrays[k].bytes;
    sgdmai_append(chan, tx, 0, tx->arrays[0].mem.iova, sgdmai_array_entries(tx, 0), SGDMA_OP_LINK,
                  flags);
    sgdmai_close_tx(chan, cookie);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

static uint32_t known_flags(sgdma_stream_t stream) {
  uint32_t known = SGDMA_IRQ | SGDMA_CPL | SGDMA_FENCE;
  if (stream != SGDMA_FROM_STREAM) known |= SGDMA_SRC_FIXED;
  if (stream != SGDMA_TO_STREAM) known |= SGDMA_DST_FIXED;
  return known;
}

static sgdmai_kind_t kind_of_periods(sgdma_stream_t stream, uint32_t flags) {
  const uint32_t opcode = stream == SGDMA_TO_STREAM     ? SGDMA_OP_SEND
                          : stream == SGDMA_FROM_STREAM ? SGDMA_OP_RECV
                                                        : SGDMA_OP_COPY;
  sgdmai_kind_t kind = sgdmai_kind(opcode, flags);
  if ((flags & SGDMA_IRQ) != 0) kind.ctl |= SGDMA_CTL_IRQ;
  if ((flags & SGDMA_CPL) != 0) kind.ctl |= SGDMA_CTL_CPL;
  return kind;
}

static sgdma_result_t check_features(const sgdma_dev_t *dev, sgdma_stream_t stream,
                                     uint32_t flags) {
  if (stream > SGDMA_FROM_STREAM) return SGDMA_BAD_ARGUMENT;
  uint32_t features = SGDMA_GLB_CAP3_LINK_MASK;
  if ((flags & SGDMA_CPL) == 0) features |= SGDMA_GLB_CAP3_POSITION_MASK;
  if (stream != SGDMA_NO_STREAM) features |= SGDMA_GLB_CAP3_STREAM_MASK;
  return sgdmai_has(dev, features) ? SGDMA_OK : SGDMA_UNSUPPORTED;
}

sgdma_result_t sgdma_prep_cyclic(sgdma_chan_t *chan, sgdma_cyclic_t *cyclic,
                                 const sgdma_segment_t *list, size_t n, uint32_t flags,
                                 sgdma_cookie_t *cookie) {
  uint32_t most = 0;
  uint32_t periods = 0;
  if (cyclic == NULL) return SGDMA_BAD_ARGUMENT;

  const sgdmai_kind_t kind = kind_of_periods(cyclic->stream, flags);
  sgdma_result_t result = sgdmai_check_prep(chan, flags, known_flags(cyclic->stream), cookie);
  if (result == SGDMA_OK) result = check_features(chan->dev, cyclic->stream, flags);
  if (result == SGDMA_OK) {
    result = sgdmai_check_arrays(chan, cyclic->arrays, cyclic->n_arrays, true, &most);
  }
  if (result == SGDMA_OK) result = sgdmai_check_list(chan, &kind, list, n, UINT32_MAX, &periods);
  if (result == SGDMA_OK) result = check_periods(list, n);
  if (result == SGDMA_OK && periods > most) result = SGDMA_TOO_LONG;
  if (result != SGDMA_OK) return result;

  const size_t used = build(chan->dev, &kind, cyclic->arrays, list, periods);
  return queue(chan, cyclic, used, flags, cookie);
}
