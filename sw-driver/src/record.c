// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Completion records: taken from memory, judged against what the driver itself has queued, and only
// then believed. No field of a record is an index before it was compared with one.

#include "internal.h"

typedef struct judged {
  uint32_t counter;  // ring counter of the slot
  uint32_t unit;     // where head stands while this descriptor runs: the STRIDE of a pair
  uint32_t index;
  uint32_t distance;  // of an endless list's entry, from the oldest not ended
  uint32_t bytes;
  sgdma_fault_code_t status;
  sgdma_where_t where;
  sgdma_iova_t iova;
  bool eop;
  sgdma_tx_t *tx;
  sgdmai_place_t place;  // the descriptor, if `placed`
  bool placed;
} judged_t;

sgdma_tx_t *sgdmai_tx_at(const sgdma_chan_t *chan, uint32_t counter) {
  for (uint32_t t = chan->tx_ended; t != chan->tx_tail; ++t) {
    sgdma_tx_t *tx = sgdmai_tx(chan, t);
    if (sgdmai_ahead(tx->first, counter) <= 0 && sgdmai_ahead(counter, tx->end) < 0) return tx;
  }
  return NULL;
}

// Copies the next record if the engine has written it.
static bool fetch(sgdma_chan_t *chan, sgdma_record_t *record) {
  const sgdma_hal_t *hal = chan->dev->hal;
  const sgdma_mapping_t *ring = &chan->config.cpl_ring;
  const uint32_t slot = chan->cpl & sgdmai_cpl_mask(chan);
  const size_t offset = (size_t)slot * SGDMA_ENTRY_BYTES;
  const volatile sgdma_record_t *shared = (const volatile sgdma_record_t *)ring->cpu + slot;
  const bool first_lap = (chan->cpl >> chan->config.cpl_log2 & 1u) == 0;

  hal->sync_for_cpu(hal->ctx, ring, offset + offsetof(sgdma_record_t, tail), sizeof shared->tail);
  record->tail = shared->tail;
  if (((record->tail & SGDMA_REC_PHASE) != 0) != first_lap) return false;
  hal->rmb(hal->ctx);  // PHASE is the last bit written: only now is the rest there
  hal->sync_for_cpu(hal->ctx, ring, offset, SGDMA_ENTRY_BYTES);
  record->bytes = shared->bytes;
  record->index_slot = shared->index_slot;
  record->fault_lo = shared->fault_lo;
  chan->cpl++;
  chan->head_lags = true;
  return true;
}

// Finds slot and transaction of a record.
static sgdma_fault_code_t judge_slot(const sgdma_chan_t *chan, uint32_t slot, judged_t *j) {
  const uint32_t mask = sgdmai_sub_mask(chan);
  if (slot > mask) return SGDMA_FAULT_RECORD_SLOT;
  j->counter = chan->head + ((slot - chan->head) & mask);
  if (sgdmai_ahead(j->counter, chan->issued) >= 0) return SGDMA_FAULT_RECORD_SLOT;
  j->tx = sgdmai_tx_at(chan, j->counter);
  if (j->tx == NULL) return SGDMA_FAULT_RECORD_SLOT;
  j->unit = sgdmai_unit_first(chan, j->tx, j->counter);
  return SGDMA_FAULT_NONE;
}

// Finds the descriptor of a record.
static sgdma_fault_code_t judge_index(judged_t *j) {
  j->placed = true;
  if (j->index == SGDMA_INDEX_RING) {
    j->place = (sgdmai_place_t){NULL, j->counter};
    return SGDMA_FAULT_NONE;
  }
  if (j->tx->cyclic != NULL) {
    j->distance = sgdmai_cyclic_distance(j->tx->cyclic, j->index);
    const bool found = sgdmai_cyclic_find(j->tx, j->distance, &j->place);
    return found ? SGDMA_FAULT_NONE : SGDMA_FAULT_RECORD_MISSING;
  }
  bool exists = false;
  j->placed = sgdmai_list_find_index(j->tx, j->index, &j->place, &exists);
  return exists ? SGDMA_FAULT_NONE : SGDMA_FAULT_RECORD_INDEX;
}

static bool receives(const sgdma_chan_t *chan, const judged_t *j) {
  return j->placed && sgdmai_desc_op(sgdmai_place_desc(chan, &j->place)) == SGDMA_OP_RECV;
}

// Each buffer that is filled has a record, in order.
static sgdma_fault_code_t judge_buffer(const judged_t *j) {
  if (j->tx->buffers == NULL || j->counter == j->tx->first) return SGDMA_FAULT_NONE;
  const sgdma_buffer_t *before = &j->tx->buffers[j->counter - j->tx->first - 1];
  return before->status == SGDMA_IN_PROGRESS ? SGDMA_FAULT_RECORD_MISSING : SGDMA_FAULT_NONE;
}

// Success writes a record only where it was asked for. (So a STRIDE leaves none unless it is bad.)
static sgdma_fault_code_t judge_asked(const sgdma_chan_t *chan, const judged_t *j) {
  if (j->eop && !receives(chan, j)) return SGDMA_FAULT_RECORD_FLAGS;
  if (!j->placed || j->status != SGDMA_FAULT_NONE) return SGDMA_FAULT_NONE;
  const uint32_t ctl = sgdmai_desc_ctl(sgdmai_place_desc(chan, &j->place));
  return (ctl & SGDMA_CTL_CPL) != 0 ? SGDMA_FAULT_NONE : SGDMA_FAULT_RECORD_FLAGS;
}

static sgdma_fault_code_t judge_bytes(const sgdma_chan_t *chan, const judged_t *j) {
  const uint32_t most =
      j->placed ? sgdmai_place_bytes(chan, j->tx, &j->place) : (uint32_t)SGDMA_DESC_MAX_BYTES;
  if (j->bytes > most) return SGDMA_FAULT_RECORD_BYTES;
  const bool may_be_short = j->eop;  // the packet has ended before the buffer
  if (j->status == SGDMA_FAULT_NONE && j->placed && j->bytes != most && !may_be_short) {
    return SGDMA_FAULT_RECORD_BYTES;
  }
  return SGDMA_FAULT_NONE;
}

// A DIRECT descriptor is in no slot; its record says 0.
static sgdma_fault_code_t judge_direct(const sgdma_chan_t *chan, uint32_t slot, judged_t *j) {
  if (!sgdmai_runs_direct(chan)) return SGDMA_FAULT_RECORD_FLAGS;
  j->tx = sgdmai_tx(chan, chan->tx_ended);
  if (j->eop) return SGDMA_FAULT_RECORD_FLAGS;
  if (slot != 0) return SGDMA_FAULT_RECORD_SLOT;
  if (j->index != SGDMA_INDEX_RING) return SGDMA_FAULT_RECORD_INDEX;
  const bool short_success = j->status == SGDMA_FAULT_NONE && j->bytes != j->tx->bytes;
  return j->bytes > j->tx->bytes || short_success ? SGDMA_FAULT_RECORD_BYTES : SGDMA_FAULT_NONE;
}

static sgdma_fault_code_t judge(const sgdma_chan_t *chan, const sgdma_record_t *record,
                                judged_t *j) {
  const uint32_t status = (record->tail & SGDMA_REC_STATUS_MASK) >> SGDMA_REC_STATUS_SHIFT;
  const uint32_t where = (record->tail & SGDMA_REC_WHERE_MASK) >> SGDMA_REC_WHERE_SHIFT;

  *j = (judged_t){0};
  j->index = record->index_slot >> SGDMA_REC_INDEX_SHIFT;
  j->bytes = record->bytes;
  j->status = (sgdma_fault_code_t)status;
  j->where = (sgdma_where_t)where;
  j->iova = record->fault_lo | (sgdma_iova_t)(record->tail & SGDMA_REC_FAULT_HI_MASK) << 32;
  if (status > SGDMA_FAULT_STREAM_ERROR || where > SGDMA_WHERE_WATCHDOG ||
      (status == SGDMA_FAULT_NONE && where != SGDMA_WHERE_NONE)) {
    return SGDMA_FAULT_RECORD_STATUS;
  }
  j->eop = (record->tail & SGDMA_REC_EOP) != 0;
  if ((record->tail & SGDMA_REC_ZERO) != 0) return SGDMA_FAULT_RECORD_FLAGS;
  const uint32_t slot = record->index_slot & SGDMA_REC_SLOT_MASK;
  if ((record->tail & SGDMA_REC_DIRECT) != 0) return judge_direct(chan, slot, j);
  if (sgdmai_runs_direct(chan)) return SGDMA_FAULT_RECORD_MISSING;  // ends are in order
  sgdma_fault_code_t bad = judge_slot(chan, slot, j);
  if (bad == SGDMA_FAULT_NONE) bad = judge_index(j);
  if (bad == SGDMA_FAULT_NONE) bad = judge_buffer(j);
  if (bad == SGDMA_FAULT_NONE) bad = judge_asked(chan, j);
  if (bad == SGDMA_FAULT_NONE) bad = judge_bytes(chan, j);
  return bad;
}

// Under CONTINUE these halt all the same: the descriptor was not read, or can not be trusted.
static bool halts(const sgdma_chan_t *chan, const judged_t *j) {
  if (chan->config.policy == SGDMA_HALT_ON_ERROR) return true;
  const bool bus = j->status == SGDMA_FAULT_SLVERR || j->status == SGDMA_FAULT_DECERR;
  return (bus && j->where == SGDMA_WHERE_DESC) || j->status == SGDMA_FAULT_BAD_PHASE ||
         j->status == SGDMA_FAULT_BAD_LINK || j->status == SGDMA_FAULT_ABORTED;
}

// Proven bytes of the transaction in front of this descriptor.
static uint64_t bytes_before(const sgdma_chan_t *chan, const judged_t *j) {
  if (!j->placed) return 0;
  if (j->tx->buffers == NULL) return j->tx->bytes - sgdmai_bytes_from(chan, j->tx, &j->place);
  uint64_t bytes = 0;
  for (uint32_t b = 0; b != j->counter - j->tx->first; ++b) bytes += j->tx->buffers[b].received;
  return bytes;
}

// What came of a buffer. One that halts the channel stays the engine's until that is decided.
static void fill_in(const judged_t *j, bool halting) {
  sgdma_buffer_t *buffer = &j->tx->buffers[j->counter - j->tx->first];
  buffer->received = j->bytes;
  buffer->eop = j->eop;
  if (!halting) buffer->status = j->status == SGDMA_FAULT_NONE ? SGDMA_COMPLETE : SGDMA_ERROR;
}

// The cut of a terminate is what was asked for, not an error.
static void note(sgdma_chan_t *chan, const judged_t *j, bool halting) {
  if (chan->state == SGDMA_CHAN_TERMINATING) return;
  sgdma_fault_t fault = {0};
  fault.code = j->status;
  fault.where = j->where;
  fault.cookie = j->tx->cookie;
  fault.slot = j->tx->direct ? 0 : (uint16_t)(j->counter & sgdmai_sub_mask(chan));
  fault.index = (uint16_t)j->index;
  fault.bytes = j->bytes;
  fault.tx_bytes = j->bytes + bytes_before(chan, j);
  fault.iova = j->iova;
  sgdmai_note_fault(chan, &fault, halting);
}

static void apply_direct(sgdma_chan_t *chan, const judged_t *j, bool halting) {
  j->tx->got_record = true;
  if (j->status != SGDMA_FAULT_NONE) note(chan, j, halting);
  if (halting) return;
  j->tx->failed = j->status != SGDMA_FAULT_NONE;
  sgdmai_end_oldest(chan);
}

static void apply(sgdma_chan_t *chan, const judged_t *j) {
  const bool ring = j->index == SGDMA_INDEX_RING;
  const bool error = j->status != SGDMA_FAULT_NONE && j->status != SGDMA_FAULT_SKIPPED;
  const bool halting = error && halts(chan, j);

  if (j->tx->direct) {
    apply_direct(chan, j, halting);
    return;
  }
  if (ring && j->counter + 1 == j->tx->end) j->tx->got_record = true;
  sgdmai_advance(chan, j->unit);  // descriptors end in order
  if (!sgdmai_is_believed(chan)) return;
  if (ring && j->tx->buffers != NULL) fill_in(j, halting);
  if (j->status != SGDMA_FAULT_NONE && !halting) j->tx->failed = true;
  if (!ring && j->tx->cyclic != NULL) sgdmai_cyclic_pass(j->tx, j->distance + (halting ? 0u : 1u));
  if (error) note(chan, j, halting);
  if (ring && !halting) sgdmai_advance(chan, j->counter + 1);
}

bool sgdmai_take_record(sgdma_chan_t *chan) {
  sgdma_record_t record;
  if (!fetch(chan, &record)) return false;

  judged_t j;
  const sgdma_fault_code_t bad = judge(chan, &record, &j);
  if (bad != SGDMA_FAULT_NONE) {
    sgdmai_break(chan, bad, record.index_slot & SGDMA_REC_SLOT_MASK,
                 record.index_slot >> SGDMA_REC_INDEX_SHIFT);
    return false;
  }
  apply(chan, &j);
  return true;
}
