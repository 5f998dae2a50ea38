// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Driver of the sgdma scatter-gather DMA engine. This header is its manual.
//
//   probe ──► chan_request ──► prep ──► issue_pending ──► handle_irq, poll or wait
//                               ▲                                   │
//                               └───── callback, sgdma_status ◄─────┘
//
// One channel is a ring of descriptors the engine reads and a ring of records it writes. A
// *transaction* is what one prep call queues: one or more consecutive descriptors, named by a
// *cookie*. Transactions end in the order they were queued. Prep writes descriptors and touches no
// register; issue_pending makes everything prepared so far visible with one doorbell.
//
// What can be queued: memcpy and lists of copies (sg, list), memset, rectangles (interleaved),
// packets to and buffers from a stream (slave_sg; rx for a receive ring), endless lists (cyclic),
// and nop. direct_copy needs no queue.
//
//   static sgdma_dev_t dev;    // or anywhere else: the driver has no memory of its own
//   static sgdma_chan_t chan;  // zeroed before the first request
//
//   sgdma_probe(&dev, &hal, 0);
//   sgdma_map(&dev, ring_memory, sizeof ring_memory, SGDMA_SHARED, &config.sub_ring);
//   ...                                         the same for config.cpl_ring
//   sgdma_chan_request(&dev, 0, &config, &chan);
//   sgdma_prep_memcpy(&chan, dst.iova, src.iova, 1500, SGDMA_NOTIFY, &cookie);
//   sgdma_issue_pending(&chan);
//   sgdma_wait(&chan, cookie, 1000);            or sgdma_handle_irq from the interrupt
//   sgdma_status(&chan, cookie);                SGDMA_COMPLETE
//
// Ownership. Buffers and arrays belong to the engine from issue_pending until the transaction has
// ended: its callback is called, or sgdma_status says COMPLETE, TERMINATED, or ERROR while the
// channel is not halted. Rings and tables belong to the driver from request until release returned
// SGDMA_OK. When a call returned SGDMA_BUSY nothing has come back yet.
//
// Errors. A *result* says how a call went, a *fault* what happened to a transfer. The driver
// believes nothing the device writes: a record, head or position that can not be true makes the
// channel BROKEN with a fault code of its own, and is never used as an index. Every wait is bounded
// by the timeout given to sgdma_probe.
//
// Contexts. Calls on one channel may come from task level and from the interrupt handler; critical
// sections of the HAL keep them apart. On several CPUs, task-level calls on one channel need a lock
// of the caller's. Different channels are independent. No call recurses, allocates, or keeps static
// data.
//
// Units: lengths in bytes, times in microseconds, IOVAs are bus addresses.

#ifndef SGDMA_SGDMA_H_
#define SGDMA_SGDMA_H_

#include "sgdma/sgdma_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SGDMA_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SGDMA_MUST_CHECK
#endif

#define SGDMA_DEFAULT_TIMEOUT_US UINT32_C(10000)

// ---- Engine

// Takes the engine: checks identity, version and capabilities, resets every channel (it may be
// running: a process died, another kernel was booted from), masks all interrupts and enables the
// engine. `hal` must live as long as *dev. `timeout_us` bounds every wait of the driver on this
// engine; 0 means the default. SGDMA_BUSY: a channel did not become idle; the engine may still
// write memory. Call again, or reset the system. Bounds a former owner set are removed.
SGDMA_MUST_CHECK sgdma_result_t sgdma_probe(sgdma_dev_t *dev, const sgdma_hal_t *hal,
                                            uint32_t timeout_us);

// Gives the engine up: masks interrupts and disables it. SGDMA_BAD_STATE while a channel is
// requested.
SGDMA_MUST_CHECK sgdma_result_t sgdma_remove(sgdma_dev_t *dev);

// The last resort, where terminate and release stay SGDMA_BUSY because the bus never answers:
// resets the whole engine, whatever it has open. The platform has to reset the interconnect with
// it, behind this call and before the next sgdma_probe: until then late writes may still reach
// memory, and late answers be taken for those of new work. For task level, with no other call on
// this engine in progress (so not from a callback).
//
// SGDMA_OK: every channel of it is released as by sgdma_chan_release, without callbacks, and the
// engine given up as by sgdma_remove; once the interconnect is reset all memory is yours again.
// Call sgdma_probe (then sgdma_unmap, if anything is to be unmapped). SGDMA_BUSY: the registers do
// not say so; nothing has come back. SGDMA_UNSUPPORTED: not built.
SGDMA_MUST_CHECK sgdma_result_t sgdma_force_reset(sgdma_dev_t *dev);

// Bounds channel `number`, requested or not, at any time; at once, also for work that runs. The
// engine keeps to them by itself, so they hold for a process that was given the channel's register
// page (never the global page). They last until the next call, probe or force_reset.
// SGDMA_BAD_ARGUMENT: no such channel. SGDMA_UNSUPPORTED: watchdog or pacing is not built.
SGDMA_MUST_CHECK sgdma_result_t sgdma_set_bounds(const sgdma_dev_t *dev, unsigned number,
                                                 const sgdma_bounds_t *bounds);

// Channels with a cause pending, bit c for channel c: for handlers that several channels share.
uint32_t sgdma_irq_summary(const sgdma_dev_t *dev);

// A sentence for a human; never NULL.
const char *sgdma_result_name(sgdma_result_t result);
const char *sgdma_fault_name(sgdma_fault_code_t code);
const char *sgdma_where_name(sgdma_where_t where);
const char *sgdma_axi_name(sgdma_axi_t axi);

// ---- Memory

// Gives [cpu, cpu + bytes) a bus address and fills in *m. The buffer is the engine's until
// sync_for_cpu or unmap. SGDMA_BAD_ARGUMENT: null, 0 bytes or a wrap. SGDMA_NO_MAPPING: the
// platform has no room. SGDMA_BAD_ADDRESS: the bus address is beyond the engine's width (mapping
// undone).
SGDMA_MUST_CHECK sgdma_result_t sgdma_map(const sgdma_dev_t *dev, void *cpu, size_t bytes,
                                          sgdma_direction_t direction, sgdma_mapping_t *m);

// Ends the mapping and empties *m: a second unmap is SGDMA_BAD_STATE. Only after the last
// transaction that uses it ended.
SGDMA_MUST_CHECK sgdma_result_t sgdma_unmap(const sgdma_dev_t *dev, sgdma_mapping_t *m);

// Passes a range to the other side without unmapping. SGDMA_BAD_ARGUMENT: range outside the
// mapping, or 0 bytes.
SGDMA_MUST_CHECK sgdma_result_t sgdma_sync_for_device(const sgdma_dev_t *dev,
                                                      const sgdma_mapping_t *m, size_t offset,
                                                      size_t bytes);
SGDMA_MUST_CHECK sgdma_result_t sgdma_sync_for_cpu(const sgdma_dev_t *dev, const sgdma_mapping_t *m,
                                                   size_t offset, size_t bytes);

// ---- Channel

// Claims channel `number`, resets it, clears the completion ring and starts it. *config is copied;
// *chan and the memory it names must live until release. *chan must be zeroed before its first
// request. SGDMA_BAD_STATE: already requested. SGDMA_BAD_ADDRESS: ring misaligned, too short,
// overlapping or out of range; or the message's address. SGDMA_UNSUPPORTED: CONTINUE policy,
// messages, QoS, or what coalescing or tuning ask for, not built. SGDMA_BUSY, SGDMA_REFUSED: the
// channel did not start (REFUSED: or the engine does not take its tuning); it stays unclaimed and
// reset, but after SGDMA_BUSY the rings may still be written.
SGDMA_MUST_CHECK sgdma_result_t sgdma_chan_request(sgdma_dev_t *dev, unsigned number,
                                                   const sgdma_chan_config_t *config,
                                                   sgdma_chan_t *chan);

// Resets and gives up the channel, whatever it does, also with a full completion ring. No callback
// is called any more, also when it is called from one. Transactions not ended are lost. SGDMA_BUSY:
// the engine still holds bus transactions open; all memory stays its own, call again. Releasing
// twice: SGDMA_BAD_STATE. Called from a callback it takes effect at once; *chan may be reused when
// the driver call that delivered the callback has returned.
SGDMA_MUST_CHECK sgdma_result_t sgdma_chan_release(sgdma_chan_t *chan);

sgdma_chan_state_t sgdma_chan_state(const sgdma_chan_t *chan);

// Descriptors that can be queued now.
uint32_t sgdma_room(const sgdma_chan_t *chan);

// Changes how interrupts are coalesced, at any time, also with work in flight.
// SGDMA_BAD_ARGUMENT: a time of more than 24 bits, or a count above 1 without one (the last
// interrupt could be lost). SGDMA_REFUSED: the engine does not take it; nothing has changed.
SGDMA_MUST_CHECK sgdma_result_t sgdma_set_coalescing(sgdma_chan_t *chan,
                                                     const sgdma_coalescing_t *coalescing);

// Changes pacing, FIXED side and watchdog. They are locked while a channel runs, so this starts it
// anew: SGDMA_BAD_STATE while anything is queued. SGDMA_BAD_ARGUMENT: a value out of range, or one
// that means nothing in its mode. SGDMA_REFUSED: the engine does not take it; the old values hold.
// SGDMA_BUSY: as sgdma_terminate, which then has to be called again. What is outside of
// sgdma_set_bounds is taken, and acts as the bound.
SGDMA_MUST_CHECK sgdma_result_t sgdma_set_tuning(sgdma_chan_t *chan, const sgdma_tuning_t *tuning);

// ---- Queue
// All prep calls: nothing is half queued; on SGDMA_OK *cookie names the transaction. `flags`:
// SGDMA_IRQ, SGDMA_CPL, SGDMA_FENCE, SGDMA_CPL_EACH, or 0. Allowed in RUNNING, PAUSED and HALTED
// (where the work waits).
//
// SGDMA_SRC_FIXED and SGDMA_DST_FIXED, where a call takes them, make a side the one register of a
// peripheral: its address and every length are multiples of the element of sgdma_tuning_t
// (SGDMA_BAD_ADDRESS, SGDMA_BAD_LENGTH). A FIXED transfer waits for everything before it, and is
// not retried once a byte has moved (SGDMA_REFUSED): the peripheral would see it twice.

// Copies each segment of the list, in order, as one transaction. `list` may go when the call
// returns. Needs one descriptor a segment, and one more for each further 65,472 bytes of a segment
// longer than 65,535. Segments run in parallel unless fenced: one must not read what an earlier one
// of the same transaction writes. Takes the FIXED flags.
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_sg(sgdma_chan_t *chan, const sgdma_segment_t *list,
                                              size_t n, uint32_t flags, sgdma_cookie_t *cookie);

// Copies `bytes` bytes. Takes the FIXED flags.
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_memcpy(sgdma_chan_t *chan, sgdma_iova_t dst,
                                                  sgdma_iova_t src, uint32_t bytes, uint32_t flags,
                                                  sgdma_cookie_t *cookie);

// Writes `bytes` bytes with the 32-bit pattern, little-endian and repeated from the first byte on.
// Longer than 65,535 bytes: as a segment of prep_sg; the pattern goes on. Takes SGDMA_DST_FIXED.
// SGDMA_UNSUPPORTED: FILL is not built.
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_memset(sgdma_chan_t *chan, sgdma_iova_t dst,
                                                  uint32_t pattern, uint32_t bytes, uint32_t flags,
                                                  sgdma_cookie_t *cookie);

// Copies or fills a rectangle, as one transaction. *rows may go when the call returns. Takes two
// descriptors for each 65,535 rows, and that for each column: a row of more than 65,535 bytes is
// done in columns of 65,472 and a last one. So the proven bytes of an error are a prefix in order
// of rows where one pair is enough, and of columns where not. SGDMA_BAD_ADDRESS also: a row beyond
// the engine's reach. SGDMA_BAD_ARGUMENT also: a stride of more than 48 bits. SGDMA_UNSUPPORTED:
// STRIDE, or FILL where it is asked for, is not built.
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_interleaved(sgdma_chan_t *chan, const sgdma_rows_t *rows,
                                                       uint32_t flags, sgdma_cookie_t *cookie);

// The same as prep_sg, but the descriptors go into `arrays`, one behind the other, and take one
// slot of the ring: for lists longer than the ring. `arrays` (the objects and their memory) are the
// engine's until the transaction has ended. Each array but the last used one gives its last entry
// to the jump to the next. Takes the FIXED flags, not SGDMA_CPL_EACH. SGDMA_TOO_LONG: more entries
// are needed. (The contents of `arrays` are then undefined.)
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_list(sgdma_chan_t *chan, sgdma_array_t *arrays,
                                                size_t n_arrays, const sgdma_segment_t *list,
                                                size_t n, uint32_t flags, sgdma_cookie_t *cookie);

// Copies the segments of the list in turn, without end: each is a period of at most 65,535 bytes
// (longer: SGDMA_BAD_LENGTH). Takes one slot of the ring; *cyclic, its arrays and their memory are
// the engine's until the transaction has ended, `list` may go. Flags: IRQ and CPL are for each
// period, and for the end of the list; FENCE for its start; and the FIXED flags.
//
//   ring: | LINK ──► [ period 0, period 1 ... period n-1, jump ]
//                      ▲                                   │
//                      └───────────────────────────────────┘
//
// It ends by sgdma_end_list, behind the array that is being fetched, or is cut by sgdma_terminate.
//
// Periods are counted from their records with SGDMA_CPL: none is missed, but the channel stalls
// when nobody takes them. It stalls late: as many periods as the completion ring and the tracker
// (sgdma_caps_t) hold, and one more, may have moved by then. In a shorter list some are written
// again that nobody has seen; where that must not be, use a receive ring. Without SGDMA_CPL, from
// POSITION, one register read in each poll or interrupt: the channel never stalls, but someone has
// to look every 65,535 periods, and those between the last look and the end of the list are not
// counted. A period that failed and was left out counts too. sgdma_residue: bytes to the end of the
// lap. SGDMA_UNSUPPORTED: LINK, or POSITION where it is needed, or the stream, is not built.
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_cyclic(sgdma_chan_t *chan, sgdma_cyclic_t *cyclic,
                                                  const sgdma_segment_t *list, size_t n,
                                                  uint32_t flags, sgdma_cookie_t *cookie);

// Streams. SGDMA_TO_STREAM sends the buffers as one packet, its end (EOP, TLAST) behind the last
// one, unless SGDMA_MORE says that the packet goes on. Lengths as in prep_sg; takes
// SGDMA_SRC_FIXED; `list` may go.
//
// SGDMA_FROM_STREAM fills them: each buffer ends when it is full or the packet does, and the next
// one takes what follows. Each has a record, which fills in `received`, `eop` and `status` of its
// list entry; `list` is the driver's until the transaction has ended. A buffer of more than 65,535
// bytes is SGDMA_BAD_LENGTH: it can not be cut, since packets end where they like. Takes
// SGDMA_DST_FIXED.
//
// A packet that arrives broken is an error of its buffer, SGDMA_FAULT_STREAM_ERROR. Retry is
// SGDMA_REFUSED once a byte of the packet has moved; skip drops the rest of it.
// SGDMA_UNSUPPORTED: the engine has no stream ports.
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_slave_sg(sgdma_chan_t *chan, sgdma_stream_t direction,
                                                    sgdma_buffer_t *list, size_t n, uint32_t flags,
                                                    sgdma_cookie_t *cookie);

// Moves nothing: ends when everything before it has ended (an interrupt, a marker, with SGDMA_FENCE
// a barrier).
SGDMA_MUST_CHECK sgdma_result_t sgdma_prep_nop(sgdma_chan_t *chan, uint32_t flags,
                                               sgdma_cookie_t *cookie);

// The classic way, for copies too short to be worth a fetch: writes source, destination and count
// to registers, and the copy runs. No issue_pending; six register writes and one read (so that a
// refusal is known at once). At most 65,535 bytes (longer: SGDMA_TOO_LONG). Takes the FIXED
// flags. There is always a record and an interrupt, and no callback: poll, wait or ask
// sgdma_status. Only while nothing is queued, prepared or running on this channel; what is queued
// behind it waits for it. SGDMA_AGAIN: something is; use the ring, or poll until it has ended.
// SGDMA_HALTED: behind an error. SGDMA_BAD_STATE: paused. SGDMA_REFUSED: the engine disagrees;
// nothing is queued. SGDMA_UNSUPPORTED: DIRECT is not built. Behind an error retry and skip work as
// in the ring; retry_rest is SGDMA_UNSUPPORTED once bytes are proven.
SGDMA_MUST_CHECK sgdma_result_t sgdma_direct_copy(sgdma_chan_t *chan, sgdma_iova_t dst,
                                                  sgdma_iova_t src, uint32_t bytes, uint32_t flags,
                                                  sgdma_cookie_t *cookie);

// To be called between prep and issue_pending. SGDMA_BAD_STATE: unknown cookie, or already issued
// (a DIRECT copy always is).
SGDMA_MUST_CHECK sgdma_result_t sgdma_set_callback(sgdma_chan_t *chan, sgdma_cookie_t cookie,
                                                   sgdma_callback_t callback, void *arg);

// Hands everything prepared so far to the engine: one barrier, one doorbell. Without news it does
// nothing.
SGDMA_MUST_CHECK sgdma_result_t sgdma_issue_pending(sgdma_chan_t *chan);

// ---- Receive ring
// Buffers for packets that come when they like. A transaction each, so the channel's table needs as
// many entries as buffers are to be posted at once. To stop: sgdma_terminate; then the posted ones
// can be taken, as TERMINATED.

// Hands the buffers over, all of them free; sgdma_rx_refill posts them. `flags`: SGDMA_IRQ,
// SGDMA_DST_FIXED, or 0. `notify` (optional) is called for each buffer that was filled.
SGDMA_MUST_CHECK sgdma_result_t sgdma_rx_open(sgdma_rx_t *rx, sgdma_chan_t *chan,
                                              sgdma_buffer_t *buffers, uint32_t n, uint32_t flags,
                                              sgdma_callback_t notify, void *arg);

// Posts the free buffers, as many as there is room for, and rings once. *posted (optional): how
// many. SGDMA_AGAIN: none, though some are free. Otherwise what prep_slave_sg says of the first
// one that can not be posted; those before it are.
SGDMA_MUST_CHECK sgdma_result_t sgdma_rx_refill(sgdma_rx_t *rx, uint32_t *posted);

// The oldest buffer that was filled, failed or cut off, as of the last interrupt or poll. It is the
// caller's until given back. SGDMA_AGAIN: there is none. SGDMA_HALTED, SGDMA_DEVICE_FAULT: nor will
// there be, before something is done about the channel.
SGDMA_MUST_CHECK sgdma_result_t sgdma_rx_take(sgdma_rx_t *rx, sgdma_buffer_t **buffer);

// Gives the buffer that is held longest back, with the iova and len it has now. SGDMA_BAD_STATE:
// none is held.
SGDMA_MUST_CHECK sgdma_result_t sgdma_rx_give(sgdma_rx_t *rx);

// ---- Completion

// The interrupt handler. Clears the causes first, then looks at records and head, then calls the
// callbacks. Returns false when the channel had no cause (shared line, spurious interrupt).
bool sgdma_handle_irq(sgdma_chan_t *chan);

// The same without an interrupt: looks at memory (and at the head register, for transactions
// without a record). Every 64th call without news also looks at the causes, for events that leave
// no record. Returns how many transactions ended.
uint32_t sgdma_poll(sgdma_chan_t *chan);

// Where the transaction stands, as of the last interrupt or poll. Reads no register.
sgdma_tx_status_t sgdma_status(const sgdma_chan_t *chan, sgdma_cookie_t cookie);

// Bytes of the transaction not yet known to be at their destination; reads the POSITION registers.
// Walks the descriptors of this one transaction. Ended: 0 when COMPLETE. SGDMA_BAD_STATE: unknown
// cookie, terminated or ended with an error.
SGDMA_MUST_CHECK sgdma_result_t sgdma_residue(sgdma_chan_t *chan, sgdma_cookie_t cookie,
                                              uint64_t *bytes);

// Reads the channel's event counters: they begin with sgdma_chan_request. Those that are not built
// (the streams' come with stream ports, the others by themselves) as 0. SGDMA_UNSUPPORTED: none is
// built.
SGDMA_MUST_CHECK sgdma_result_t sgdma_read_counters(const sgdma_chan_t *chan,
                                                    sgdma_counters_t *counters);

// Polls until the transaction is no longer in progress (then SGDMA_OK: ask sgdma_status), or
// `timeout_us` have passed. For task level only.
SGDMA_MUST_CHECK sgdma_result_t sgdma_wait(sgdma_chan_t *chan, sgdma_cookie_t cookie,
                                           uint32_t timeout_us);

// ---- Control

// Stops moving data; waits until nothing is open on the bus. SGDMA_BUSY: the pause is still
// pending: call again, or resume to withdraw it. SGDMA_HALTED: an error came first.
SGDMA_MUST_CHECK sgdma_result_t sgdma_pause(sgdma_chan_t *chan);

// Goes on where it was paused. Nothing is lost.
SGDMA_MUST_CHECK sgdma_result_t sgdma_resume(sgdma_chan_t *chan);

// Cuts off everything queued and issued, clears the rings and starts the channel anew, ready for
// work. Each transaction that had not ended gets its callback with SGDMA_TERMINATED (with COMPLETE,
// if it was faster), before this call returns when called from task level, right after it when
// called from a callback. SGDMA_BUSY: the hardware could not finish in time (a transaction on the
// bus has no answer): nothing has come back, no memory may be touched. Call again later; each call
// waits once more. An answer that never comes: sgdma_force_reset.
SGDMA_MUST_CHECK sgdma_result_t sgdma_terminate(sgdma_chan_t *chan);

// Halted only. Runs the failed descriptor again, from its first byte.
// SGDMA_REFUSED: not legal behind this error (sgdma_terminate is). The channel stays halted.
SGDMA_MUST_CHECK sgdma_result_t sgdma_retry(sgdma_chan_t *chan);

// Halted only. As retry, but the failed descriptor is first shortened by the bytes it has proven:
// linear time for demand paging, and right for copies whose source was overwritten by what is
// already done. A pair of prep_interleaved loses the rows that are wholly proven.
// SGDMA_UNSUPPORTED: the descriptor can not be told (lists of 65,535 entries and more, errors of
// the fetch), or is needed whole in the next lap (sgdma_prep_cyclic). SGDMA_REFUSED: also a FIXED
// transfer that has moved bytes.
SGDMA_MUST_CHECK sgdma_result_t sgdma_retry_rest(sgdma_chan_t *chan);

// Halted only. Leaves the failed descriptor out and goes on behind it; of a pair of
// prep_interleaved always both. Its transaction ends as SGDMA_ERROR. SGDMA_REFUSED: as retry, but
// legal also behind a FIXED transfer or a packet that has moved bytes.
SGDMA_MUST_CHECK sgdma_result_t sgdma_skip(sgdma_chan_t *chan);

// Makes the array that is being fetched the last one of its list: the clean stop of an endless one.
// SGDMA_REFUSED: no list is in progress.
SGDMA_MUST_CHECK sgdma_result_t sgdma_end_list(sgdma_chan_t *chan);

// The first error since the last clear: true and *fault, or false. Cleared by retry, skip,
// sgdma_clear_error and by a terminate that succeeded.
bool sgdma_error(const sgdma_chan_t *chan, sgdma_fault_t *fault);
void sgdma_clear_error(sgdma_chan_t *chan);

#ifdef __cplusplus
}
#endif

#endif  // SGDMA_SGDMA_H_
