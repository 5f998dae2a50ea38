// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Linked lists: descriptors in arrays of the caller, chained by a jump at the end of each array,
// and started by one LINK in the ring.
//
//   ring: | LINK ──► [ copy ... copy jump ] ──► [ copy ... jump ] ──► [ copy ], back to the ring

#include "internal.h"

uint32_t sgdmai_array_capacity(const sgdma_array_t *array) {
  const size_t fit = array->mem.bytes / SGDMA_ENTRY_BYTES;
  return fit < SGDMA_ARRAY_MAX ? (uint32_t)fit : SGDMA_ARRAY_MAX;
}

// Transfers the array takes when `left` are still to be placed, and whether a jump follows them.
static uint32_t share(const sgdma_array_t *array, uint32_t left, bool *jump) {
  const uint32_t room = sgdmai_array_capacity(array);
  *jump = left > room;
  return *jump ? room - 1 : left;
}

sgdma_desc_t *sgdmai_array_entry(const sgdma_array_t *array, uint32_t entry) {
  return (sgdma_desc_t *)array->mem.cpu + entry;
}

sgdma_result_t sgdmai_check_arrays(const sgdma_chan_t *chan, const sgdma_array_t *arrays,
                                   size_t n_arrays, bool cyclic, uint32_t *most) {
  if (arrays == NULL || n_arrays == 0) return SGDMA_BAD_ARGUMENT;
  uint32_t total = 0;
  for (size_t k = 0; k < n_arrays; ++k) {
    const sgdma_mapping_t *m = &arrays[k].mem;
    if (m->cpu == NULL) return SGDMA_BAD_ARGUMENT;
    if (m->iova % SGDMA_ENTRY_BYTES != 0 || (uintptr_t)m->cpu % sizeof(uint32_t) != 0 ||
        !sgdmai_reachable(chan->dev, m->iova, m->bytes)) {
      return SGDMA_BAD_ADDRESS;
    }
    const uint32_t room = sgdmai_array_capacity(&arrays[k]);
    if (room < 2) return SGDMA_BAD_ARGUMENT;  // a transfer and a jump
    const uint32_t gain = cyclic || k + 1 < n_arrays ? room - 1 : room;
    total = gain > UINT32_MAX - total ? UINT32_MAX : total + gain;
  }
  *most = total;
  return SGDMA_OK;
}

void sgdmai_fill_array(const sgdmai_kind_t *kind, sgdma_array_t *array, uint32_t count,
                       const sgdma_segment_t *list, size_t *i, sgdma_segment_t *rest) {
  array->entries = count;
  array->bytes = 0;
  for (uint32_t e = 0; e < count; ++e) {
    if (rest->len == 0) *rest = list[(*i)++];
    const sgdma_segment_t piece = sgdmai_take_piece(kind, rest);
    sgdmai_desc_set(sgdmai_array_entry(array, e), piece.src, piece.dst, piece.len, kind->ctl);
    array->bytes += piece.len;
  }
}

// Lays `left` transfers into the arrays. Returns how many arrays are used.
static size_t build(const sgdma_dev_t *dev, const sgdmai_kind_t *kind, sgdma_array_t *arrays,
                    const sgdma_segment_t *list, uint32_t left) {
  size_t i = 0;
  sgdma_segment_t rest = {0, 0, 0};
  bool jump = true;
  size_t k = 0;
  for (; jump; ++k) {
    const uint32_t count = share(&arrays[k], left, &jump);
    sgdmai_fill_array(kind, &arrays[k], count, list, &i, &rest);
    left -= count;
    if (jump) {
      bool further = false;
      const uint32_t next = share(&arrays[k + 1], left, &further);
      sgdmai_desc_set(sgdmai_array_entry(&arrays[k], count), 0, arrays[k + 1].mem.iova,
                      further ? next + 1 : next, SGDMA_OP_LINK);
    }
    dev->hal->sync_for_device(dev->hal->ctx, &arrays[k].mem, 0,
                              (size_t)(jump ? count + 1 : count) * SGDMA_ENTRY_BYTES);
  }
  return k;
}

uint32_t sgdmai_array_entries(const sgdma_tx_t *tx, size_t k) {
  return tx->arrays[k].entries + (tx->cyclic != NULL || k + 1 < tx->n_arrays ? 1u : 0u);
}

sgdma_result_t sgdma_prep_list(sgdma_chan_t *chan, sgdma_array_t *arrays, size_t n_arrays,
                               const sgdma_segment_t *list, size_t n, uint32_t flags,
                               sgdma_cookie_t *cookie) {
  const sgdmai_kind_t kind = sgdmai_kind(SGDMA_OP_COPY, flags);
  const uint32_t known = SGDMA_IRQ | SGDMA_CPL | SGDMA_FENCE | SGDMAI_FIXED_FLAGS;
  sgdma_result_t result = sgdmai_check_prep(chan, flags, known, cookie);
  if (result == SGDMA_OK && !sgdmai_has(chan->dev, SGDMA_GLB_CAP3_LINK_MASK)) {
    result = SGDMA_UNSUPPORTED;
  }
  uint32_t most = 0;
  uint32_t transfers = 0;
  if (result == SGDMA_OK) result = sgdmai_check_arrays(chan, arrays, n_arrays, false, &most);
  if (result == SGDMA_OK) result = sgdmai_check_list(chan, &kind, list, n, most, &transfers);
  if (result != SGDMA_OK) return result;

  const size_t used =
      build(chan->dev, &kind, arrays, list, transfers);  // the arrays are the caller's yet

  sgdma_tx_t *tx = NULL;
  const uint32_t lock = sgdmai_lock(chan->dev);
  result = sgdmai_open_tx(chan, 1, flags, &tx);
  if (result == SGDMA_OK) {
    tx->arrays = arrays;
    tx->n_arrays = used;
    for (size_t k = 0; k < used; ++k) tx->bytes += arrays[k].bytes;
    sgdmai_append(chan, tx, 0, arrays[0].mem.iova, sgdmai_array_entries(tx, 0), SGDMA_OP_LINK,
                  flags);
    sgdmai_close_tx(chan, cookie);
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

static uint64_t total_entries(const sgdma_tx_t *tx) {
  uint64_t total = 0;
  for (size_t k = 0; k < tx->n_arrays; ++k) total += sgdmai_array_entries(tx, k);
  return total;
}

bool sgdmai_list_find_index(const sgdma_tx_t *tx, uint32_t index, sgdmai_place_t *place,
                            bool *exists) {
  const uint64_t total = total_entries(tx);
  *exists = index < total && index < SGDMA_INDEX_RING;
  if (!*exists || total > SGDMA_INDEX_RING) return false;  // the index counts modulo 65,535
  size_t k = 0;
  for (; index >= sgdmai_array_entries(tx, k); ++k) index -= sgdmai_array_entries(tx, k);
  *place = (sgdmai_place_t){&tx->arrays[k], index};
  return true;
}

bool sgdmai_list_find_iova(const sgdma_tx_t *tx, sgdma_iova_t iova, sgdmai_place_t *place) {
  for (size_t k = 0; k < tx->n_arrays; ++k) {
    const sgdma_iova_t base = tx->arrays[k].mem.iova;
    const uint64_t bytes = (uint64_t)sgdmai_array_entries(tx, k) * SGDMA_ENTRY_BYTES;
    if (iova >= base && iova - base < bytes && (iova - base) % SGDMA_ENTRY_BYTES == 0) {
      *place = (sgdmai_place_t){&tx->arrays[k], (uint32_t)((iova - base) / SGDMA_ENTRY_BYTES)};
      return true;
    }
  }
  return false;
}

sgdma_desc_t *sgdmai_place_desc(const sgdma_chan_t *chan, const sgdmai_place_t *place) {
  return place->array == NULL ? sgdmai_slot(chan, place->entry)
                              : sgdmai_array_entry(place->array, place->entry);
}

uint32_t sgdmai_place_bytes(const sgdma_chan_t *chan, const sgdma_tx_t *tx,
                            const sgdmai_place_t *place) {
  return place->array == NULL ? sgdmai_slot_bytes(chan, tx, place->entry)
                              : sgdmai_desc_bytes(sgdmai_array_entry(place->array, place->entry));
}

uint64_t sgdmai_bytes_from(const sgdma_chan_t *chan, const sgdma_tx_t *tx,
                           const sgdmai_place_t *place) {
  uint64_t bytes = 0;
  if (place->array == NULL) {
    if (tx->arrays != NULL) return tx->bytes;  // the LINK itself: nothing of the list is done
    for (uint32_t c = place->entry; c != tx->end; ++c) bytes += sgdmai_slot_bytes(chan, tx, c);
    return bytes;
  }
  for (uint32_t e = place->entry; e < place->array->entries; ++e) {
    bytes += sgdmai_desc_bytes(sgdmai_array_entry(place->array, e));
  }
  for (sgdma_array_t *a = place->array + 1; a < tx->arrays + tx->n_arrays; ++a) bytes += a->bytes;
  return bytes;
}
