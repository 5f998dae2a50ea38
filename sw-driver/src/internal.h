// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the source files share. "Locked" functions are called inside a critical section; the others
// outside of one.

#ifndef SGDMA_SRC_INTERNAL_H_
#define SGDMA_SRC_INTERNAL_H_

#include "sgdma/sgdma.h"
#include "sgdma/sgdma_regs.h"

#define SGDMAI_GONE UINT32_C(0xFFFFFFFF)  // what a register reads when the device is not there
#define SGDMAI_FIELD(value, name) (((value)&name##_MASK) >> name##_SHIFT)
#define SGDMAI_COOKIE_BIT UINT32_C(0x80000000)

// ---- Registers

static inline uint32_t sgdmai_glb_read(const sgdma_dev_t *dev, uint32_t offset) {
  return dev->hal->read32(dev->hal->ctx, offset);
}

static inline void sgdmai_glb_write(const sgdma_dev_t *dev, uint32_t offset, uint32_t value) {
  dev->hal->write32(dev->hal->ctx, offset, value);
}

static inline uint32_t sgdmai_read(const sgdma_chan_t *chan, uint32_t offset) {
  return sgdmai_glb_read(chan->dev, chan->page + offset);
}

static inline void sgdmai_write(const sgdma_chan_t *chan, uint32_t offset, uint32_t value) {
  sgdmai_glb_write(chan->dev, chan->page + offset, value);
}

// Locked. Writes a register whose refusal is to be known: false, and nothing has changed.
bool sgdmai_write_taken(const sgdma_chan_t *chan, uint32_t offset, uint32_t value);

static inline void sgdmai_delay_us(const sgdma_dev_t *dev, uint32_t us) {
  dev->hal->delay_us(dev->hal->ctx, us);
}

static inline void sgdmai_log(const sgdma_dev_t *dev, int channel, const char *what, uint32_t v) {
  if (dev->hal->log != NULL) dev->hal->log(dev->hal->ctx, channel, what, v);
}

static inline uint32_t sgdmai_lock(const sgdma_dev_t *dev) {
  return dev->hal->enter_critical(dev->hal->ctx);
}

static inline void sgdmai_unlock(const sgdma_dev_t *dev, uint32_t state) {
  dev->hal->leave_critical(dev->hal->ctx, state);
}

// ---- Rings

static inline uint32_t sgdmai_sub_mask(const sgdma_chan_t *chan) {
  return (UINT32_C(1) << chan->config.sub_log2) - 1u;
}

static inline uint32_t sgdmai_cpl_mask(const sgdma_chan_t *chan) {
  return (UINT32_C(1) << chan->config.cpl_log2) - 1u;
}

// Distance on the circle of free-running counters; negative: a is behind b.
static inline int32_t sgdmai_ahead(uint32_t a, uint32_t b) { return (int32_t)(a - b); }

static inline sgdma_desc_t *sgdmai_slot(const sgdma_chan_t *chan, uint32_t counter) {
  return (sgdma_desc_t *)chan->config.sub_ring.cpu + (counter & sgdmai_sub_mask(chan));
}

static inline sgdma_tx_t *sgdmai_tx(const sgdma_chan_t *chan, uint32_t number) {
  return &chan->config.tx[number & ((UINT32_C(1) << chan->config.tx_log2) - 1u)];
}

static inline uint32_t sgdmai_desc_len(const sgdma_desc_t *d) { return d->src_hi_len >> 16; }
static inline uint32_t sgdmai_desc_ctl(const sgdma_desc_t *d) { return d->dst_hi_ctl >> 16; }
static inline uint32_t sgdmai_desc_op(const sgdma_desc_t *d) {
  return sgdmai_desc_ctl(d) & SGDMA_CTL_OPCODE_MASK;
}
static inline sgdma_iova_t sgdmai_desc_src(const sgdma_desc_t *d) {
  return d->src_lo | (sgdma_iova_t)(d->src_hi_len & 0xFFFFu) << 32;
}
static inline sgdma_iova_t sgdmai_desc_dst(const sgdma_desc_t *d) {
  return d->dst_lo | (sgdma_iova_t)(d->dst_hi_ctl & 0xFFFFu) << 32;
}

void sgdmai_desc_set(sgdma_desc_t *d, sgdma_iova_t src, sgdma_iova_t dst, uint32_t len,
                     uint32_t ctl);

// Bytes a transfer moves: 0 for LINK, STRIDE and NOP. Of a row where it is one of a pair.
uint32_t sgdmai_desc_bytes(const sgdma_desc_t *d);

// Features of CAP3, all of them.
static inline bool sgdmai_has(const sgdma_dev_t *dev, uint32_t features) {
  return (dev->caps.features & features) == features;
}

// ---- probe.c

// RESETs a channel through the global page and waits until it is idle and quiet.
sgdma_result_t sgdmai_reset(const sgdma_dev_t *dev, unsigned number);

// ---- map.c

// Bytes [iova, iova + bytes) can be addressed by the engine; IOVA 0 can not.
bool sgdmai_reachable(const sgdma_dev_t *dev, sgdma_iova_t iova, uint64_t bytes);

// ---- channel.c

// No callback is called and no interrupt let through any more; the rings are still the engine's.
void sgdmai_silence(sgdma_chan_t *chan);

// The engine has left its memory alone: nobody's again.
void sgdmai_give_up(sgdma_chan_t *chan);

// From IDLE or HALTED to RUN, with empty rings and cleared completion memory. No transaction is
// queued. Also lets interrupts through.
sgdma_result_t sgdmai_start(sgdma_chan_t *chan);

// Waits until STATE is one of `states` (bit s: state s). OK, or BUSY when the time is over.
// *state gets the last word read. With `drain` records are taken meanwhile.
sgdma_result_t sgdmai_wait_state(sgdma_chan_t *chan, uint32_t states, bool drain, uint32_t *state);

// ---- tune.c

sgdma_result_t sgdmai_check_coalescing(const sgdma_dev_t *dev, const sgdma_coalescing_t *c);
sgdma_result_t sgdmai_check_tuning(const sgdma_dev_t *dev, const sgdma_tuning_t *t);

// Removes the bounds of a channel.
void sgdmai_clear_bounds(const sgdma_dev_t *dev, unsigned number);

// Writes both, as they are in the configuration. In IDLE or HALTED.
void sgdmai_write_tuning(const sgdma_chan_t *chan);

// ---- submit.c

// How the segments of a call become descriptors. A side that is no address (the pattern of a FILL)
// or is FIXED is the same in each piece.
typedef struct sgdmai_kind {
  uint32_t ctl;  // opcode, and what else is the same in each descriptor
  bool src_is_iova;
  bool dst_is_iova;
} sgdmai_kind_t;

sgdmai_kind_t sgdmai_kind(uint32_t opcode, uint32_t flags);

// Every segment is one the engine can do, and they need *descriptors descriptors (stops counting
// beyond `most` with TOO_LONG).
sgdma_result_t sgdmai_check_list(const sgdma_chan_t *chan, const sgdmai_kind_t *kind,
                                 const sgdma_segment_t *list, size_t n, uint32_t most,
                                 uint32_t *descriptors);

// Takes the next piece off the front of *rest.
sgdma_segment_t sgdmai_take_piece(const sgdmai_kind_t *kind, sgdma_segment_t *rest);

// Flags of work in the ring.
#define SGDMAI_RING_FLAGS ((uint32_t)(SGDMA_IRQ | SGDMA_CPL | SGDMA_FENCE | SGDMA_CPL_EACH))

#define SGDMAI_FIXED_FLAGS ((uint32_t)(SGDMA_SRC_FIXED | SGDMA_DST_FIXED))

// Guards common to all prep calls. `known`: the flags this one takes.
sgdma_result_t sgdmai_check_prep(const sgdma_chan_t *chan, uint32_t flags, uint32_t known,
                                 const sgdma_cookie_t *cookie);

// The states in which work is taken.
sgdma_result_t sgdmai_check_takes_work(const sgdma_chan_t *chan);

// Queues the pieces of a list as one transaction. The guards of sgdmai_check_prep are the caller's.
sgdma_result_t sgdmai_prep_pieces(sgdma_chan_t *chan, const sgdmai_kind_t *kind,
                                  const sgdma_segment_t *list, size_t n, uint32_t flags,
                                  sgdma_cookie_t *cookie);

// Locked. Room for a transaction of `slots` slots: opens it, or AGAIN.
sgdma_result_t sgdmai_open_tx(sgdma_chan_t *chan, uint32_t slots, uint32_t flags, sgdma_tx_t **tx);

// Locked. Writes the next slot of the open transaction; `ctl` without PHASE and what `flags` ask
// for: the fence goes to the first descriptor that can carry it, the notification to the last.
void sgdmai_append(sgdma_chan_t *chan, const sgdma_tx_t *tx, sgdma_iova_t src, sgdma_iova_t dst,
                   uint32_t len, uint32_t ctl, uint32_t flags);

// Locked. All slots are written: names the transaction.
void sgdmai_close_tx(sgdma_chan_t *chan, sgdma_cookie_t *cookie);

// ---- rows.c: a STRIDE and its transfer are one unit

// First slot of the unit this one belongs to, not below the head: the STRIDE of a pair.
uint32_t sgdmai_unit_first(const sgdma_chan_t *chan, const sgdma_tx_t *tx, uint32_t counter);

// Bytes of the descriptor in this slot; all rows for the transfer of a pair, none for a STRIDE.
uint32_t sgdmai_slot_bytes(const sgdma_chan_t *chan, const sgdma_tx_t *tx, uint32_t counter);

// ---- list.c

// A descriptor of a transaction: in the ring (array NULL, at ring counter `entry`), or in an array.
typedef struct sgdmai_place {
  sgdma_array_t *array;
  uint32_t entry;
} sgdmai_place_t;

// Arrays as the caller must give them; *most: transfers they can take. Cyclic: the last one ends
// with a jump too.
sgdma_result_t sgdmai_check_arrays(const sgdma_chan_t *chan, const sgdma_array_t *arrays,
                                   size_t n_arrays, bool cyclic, uint32_t *most);

// Descriptors that fit into the array.
uint32_t sgdmai_array_capacity(const sgdma_array_t *array);

sgdma_desc_t *sgdmai_array_entry(const sgdma_array_t *array, uint32_t entry);

// Writes `count` transfers from the front of the array on: pieces of the list at *i and *rest.
void sgdmai_fill_array(const sgdmai_kind_t *kind, sgdma_array_t *array, uint32_t count,
                       const sgdma_segment_t *list, size_t *i, sgdma_segment_t *rest);

// Entries of array k as the engine counts them: the jump is one.
uint32_t sgdmai_array_entries(const sgdma_tx_t *tx, size_t k);

// Entry `index` of the list, as a record names it. False: there is none, or (lists longer than the
// index can count) it can not be told; *exists says which.
bool sgdmai_list_find_index(const sgdma_tx_t *tx, uint32_t index, sgdmai_place_t *place,
                            bool *exists);

// Entry at bus address `iova`.
bool sgdmai_list_find_iova(const sgdma_tx_t *tx, sgdma_iova_t iova, sgdmai_place_t *place);

sgdma_desc_t *sgdmai_place_desc(const sgdma_chan_t *chan, const sgdmai_place_t *place);

// Bytes of the descriptor there, as sgdmai_slot_bytes.
uint32_t sgdmai_place_bytes(const sgdma_chan_t *chan, const sgdma_tx_t *tx,
                            const sgdmai_place_t *place);

// Bytes of the transaction from this descriptor on, itself included.
uint64_t sgdmai_bytes_from(const sgdma_chan_t *chan, const sgdma_tx_t *tx,
                           const sgdmai_place_t *place);

// ---- cyclic.c

// Entries from the oldest one not ended to `index`.
uint32_t sgdmai_cyclic_distance(const sgdma_cyclic_t *cyclic, uint32_t index);

// The entry so many behind the oldest one not ended. False: one that owes a record is in between.
bool sgdmai_cyclic_find(const sgdma_tx_t *tx, uint32_t distance, sgdmai_place_t *place);

// Locked. So many entries more have ended.
void sgdmai_cyclic_pass(const sgdma_tx_t *tx, uint32_t entries);

// Locked. Asks POSITION where the oldest transaction is an endless list without records.
void sgdmai_cyclic_look(sgdma_chan_t *chan);

// ---- stream.c

// Locked. Buffers of the transaction that have no news yet get this status.
void sgdmai_close_buffers(const sgdma_tx_t *tx, sgdma_tx_status_t status);

// ---- record.c

// Locked. Takes the next completion record, if there is one: true.
bool sgdmai_take_record(sgdma_chan_t *chan);

// Locked. The transaction not ended that owns this ring counter, or NULL.
sgdma_tx_t *sgdmai_tx_at(const sgdma_chan_t *chan, uint32_t counter);

// ---- fault.c

// Locked. Keeps the fault (first one, or one that halts) and counts it; on_error is due.
void sgdmai_note_fault(sgdma_chan_t *chan, const sgdma_fault_t *fault, bool halts);

// Locked. The device can not be believed any more.
void sgdmai_break(sgdma_chan_t *chan, sgdma_fault_code_t code, uint32_t slot, uint32_t index);

// No fault of the device itself is known.
bool sgdmai_is_believed(const sgdma_chan_t *chan);

// Locked. Looks at STATE and at the error image, for what leaves no record.
void sgdmai_check_life(sgdma_chan_t *chan);

// Locked.
void sgdmai_forget_fault(sgdma_chan_t *chan);

// ---- control.c

// The channel is halted, and the engine agrees that it may go on as asked: `legal` is its bit of
// STATE. *tx: the transaction that failed.
sgdma_result_t sgdmai_check_halt(sgdma_chan_t *chan, uint32_t legal, sgdma_tx_t **tx);

// Sends RETRY.
sgdma_result_t sgdmai_retry(sgdma_chan_t *chan, sgdma_tx_t *tx);

// ---- rest.c

// Locked, before SKIP. Behind a STRIDE the engine could not read, it does not know that the next
// slot is a transfer of rows, and would run it alone: makes it a NOP. True: *transfer was there.
bool sgdmai_drop_transfer(sgdma_chan_t *chan, const sgdma_tx_t *tx, sgdma_desc_t *transfer);

// Locked. Undoes that: the SKIP was refused.
void sgdmai_restore_transfer(const sgdma_chan_t *chan, const sgdma_desc_t *transfer);

// ---- complete.c

// Locked. Head register if needed, then records, then ends. With `look` the head register is read
// in any case.
void sgdmai_collect(sgdma_chan_t *chan, bool look);

// Locked. The oldest transaction has ended: complete, or failed.
void sgdmai_end_oldest(sgdma_chan_t *chan);

// Locked. The oldest transaction that has not ended is a DIRECT one.
bool sgdmai_runs_direct(const sgdma_chan_t *chan);

// Locked. Everything before this ring counter has ended.
void sgdmai_advance(sgdma_chan_t *chan, uint32_t head);

typedef enum sgdmai_look {
  SGDMAI_LOOK_IF_NEEDED,   // head register for transactions without a record
  SGDMAI_LOOK_IF_NOTHING,  // also when nothing else shows news
  SGDMAI_LOOK,
} sgdmai_look_t;

// Collects, and calls what is due. Returns how many transactions ended.
uint32_t sgdmai_service(sgdma_chan_t *chan, sgdmai_look_t look, bool check_life);

// Calls callbacks and on_error, unless a caller further up the stack is doing so.
void sgdmai_deliver(sgdma_chan_t *chan);

#endif  // SGDMA_SRC_INTERNAL_H_
