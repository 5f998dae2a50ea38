// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Types of the driver: results, states, faults, and the objects the caller gives memory for. The
// manual is sgdma.h.

#ifndef SGDMA_SGDMA_TYPES_H_
#define SGDMA_SGDMA_TYPES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sgdma/sgdma_hal.h"
#include "sgdma/sgdma_hw.h"

#ifdef __cplusplus
extern "C" {
#endif

// How a call went. "Untouched": the hardware was not touched and nothing was queued.
typedef enum sgdma_result {
  SGDMA_OK = 0,
  // Ring or transaction table full; for DIRECT: not empty. Untouched. Retry after a completion.
  SGDMA_AGAIN,
  // The hardware has not finished in time and goes on; memory stays its own. Call again.
  SGDMA_BUSY,
  // sgdma_wait only: the transaction has not ended. Nothing changed. Wait again, or terminate.
  SGDMA_TIMEOUT,
  // Null pointer, unknown flag, value out of range. Untouched. No retry: fix the caller.
  SGDMA_BAD_ARGUMENT,
  // Empty list, a segment of 0 bytes, or one too long where it can not be cut. Untouched. No retry.
  SGDMA_BAD_LENGTH,
  // IOVA 0, past the engine's width, wrapping, misaligned, overlapping. Untouched. No retry.
  SGDMA_BAD_ADDRESS,
  // Does not fit even into an empty ring or the arrays. Untouched. No retry: split the list.
  SGDMA_TOO_LONG,
  // Not legal now (not requested, not halted, already issued ...). Untouched.
  SGDMA_BAD_STATE,
  // An error came first, the channel is halted: sgdma_error, then retry, skip or terminate.
  SGDMA_HALTED,
  // The engine refused the command and changed nothing. Terminate.
  SGDMA_REFUSED,
  // Not built into this engine. Untouched. No retry.
  SGDMA_UNSUPPORTED,
  // The platform could not map the memory. Untouched. Retry once other memory was unmapped.
  SGDMA_NO_MAPPING,
  // The device said something impossible and is not believed any more. Terminate.
  SGDMA_DEVICE_FAULT,

  // sgdma_probe only, all without retry:
  SGDMA_WRONG_ID,        // no engine answers at this address
  SGDMA_NEWER_VERSION,   // the engine's register interface is newer than this driver
  SGDMA_NO_CHANNELS,     // the capability word says 0 channels
  SGDMA_BAD_CAPABILITY,  // a capability word is absurd, or a channel page contradicts it
  SGDMA_DEAD_REGISTERS,  // the scratch register does not keep what is written
} sgdma_result_t;

// Where a transaction stands. In the states marked "yours" buffers and arrays are the caller's.
typedef enum sgdma_tx_status {
  SGDMA_UNKNOWN = 0,  // never queued, or so long ago that the table has forgotten it
  SGDMA_IN_PROGRESS,  // queued, issued or running
  SGDMA_PAUSED,       // not ended, and the channel is paused
  SGDMA_COMPLETE,     // every byte is at its destination. Yours
  SGDMA_ERROR,        // a descriptor failed. Yours, unless the channel is halted on it
  SGDMA_TERMINATED,   // cut off by sgdma_terminate. Yours
} sgdma_tx_status_t;

// What went wrong with a transfer or with the device. The first group is the engine's status code.
typedef enum sgdma_fault_code {
  SGDMA_FAULT_NONE = 0,
  SGDMA_FAULT_SLVERR = 1,
  SGDMA_FAULT_DECERR = 2,
  SGDMA_FAULT_BAD_OPCODE = 3,
  SGDMA_FAULT_BAD_CTL = 4,
  SGDMA_FAULT_BAD_LENGTH = 5,
  SGDMA_FAULT_BAD_ADDRESS = 6,
  SGDMA_FAULT_BAD_PHASE = 7,
  SGDMA_FAULT_BAD_LINK = 8,
  SGDMA_FAULT_BAD_STRIDE = 9,
  SGDMA_FAULT_ABORTED = 10,
  SGDMA_FAULT_SKIPPED = 11,
  SGDMA_FAULT_TIMEOUT = 12,
  SGDMA_FAULT_STREAM_ERROR = 13,
  // Found by the driver: the device contradicts itself. The channel is BROKEN until terminated.
  SGDMA_FAULT_RECORD_STATUS = 64,  // a record with a status or place the contract does not know
  SGDMA_FAULT_RECORD_FLAGS,    // a record with reserved bits, or of a kind that was not asked for
  SGDMA_FAULT_RECORD_SLOT,     // a record for a slot that is not in flight
  SGDMA_FAULT_RECORD_INDEX,    // a record for an array entry that does not exist
  SGDMA_FAULT_RECORD_BYTES,    // more bytes than the descriptor has, or a success with too few
  SGDMA_FAULT_RECORD_MISSING,  // a descriptor that owed a record has ended: lost, or stale PHASE
  SGDMA_FAULT_HEAD_RANGE,  // the head register is not between the driver's head and its doorbell
  SGDMA_FAULT_POSITION_RANGE,  // the POSITION registers name nothing that is in flight
  SGDMA_FAULT_STATE,           // an unknown state
  SGDMA_FAULT_LOST,            // the channel was reset or disabled behind the driver's back
  SGDMA_FAULT_GONE,            // registers read all ones: the device is not there any more
} sgdma_fault_code_t;

// Where a transfer failed.
typedef enum sgdma_where {
  SGDMA_WHERE_NONE = 0,
  SGDMA_WHERE_DESC = 1,
  SGDMA_WHERE_READ = 2,
  SGDMA_WHERE_WRITE = 3,
  SGDMA_WHERE_RECORD = 4,
  SGDMA_WHERE_MESSAGE = 5,
  SGDMA_WHERE_STREAM = 6,
  SGDMA_WHERE_WATCHDOG = 7,
} sgdma_where_t;

// What the channel does, as the driver sees it.
typedef enum sgdma_chan_state {
  SGDMA_CHAN_FREE = 0,     // not requested (zeroed memory)
  SGDMA_CHAN_RUNNING,      // takes work
  SGDMA_CHAN_PAUSED,       // takes work, moves nothing
  SGDMA_CHAN_HALTED,       // stopped by an error, takes work; retry, skip or terminate
  SGDMA_CHAN_TERMINATING,  // terminate or release has not finished: call it again
  SGDMA_CHAN_BROKEN,       // the device is not believed any more; terminate or release
} sgdma_chan_state_t;

typedef uint32_t sgdma_cookie_t;  // names one transaction of one channel; never 0

// One contiguous copy. Any byte addresses; a segment longer than 65,535 bytes is cut into several
// descriptors.
typedef struct sgdma_segment {
  sgdma_iova_t src;
  sgdma_iova_t dst;
  uint32_t len;  // bytes
} sgdma_segment_t;

// A rectangle: `rows` rows of `row_bytes` bytes, each a stride behind the one before. Strides are
// signed bytes, -2^47 .. 2^47 - 1, and may be 0 or make rows overlap.
typedef struct sgdma_rows {
  sgdma_iova_t src;  // first byte of the first row
  sgdma_iova_t dst;
  int64_t src_stride;
  int64_t dst_stride;
  uint32_t row_bytes;
  uint32_t rows;
  bool fill;         // writes `pattern` instead; src and src_stride are ignored
  uint32_t pattern;  // little-endian; each row begins with its first byte
} sgdma_rows_t;

// Flags of the prep calls. Without a record the end of a transaction is learnt from the engine's
// head register: one register read in each sgdma_poll or sgdma_handle_irq, nothing on the bus.
enum {
  SGDMA_IRQ = 1 << 0,                    // interrupt at the end of the transaction
  SGDMA_CPL = 1 << 1,                    // completion record at the end of the transaction
  SGDMA_FENCE = 1 << 2,                  // starts only when everything queued before it has ended
  SGDMA_CPL_EACH = 1 << 3,               // a record for each of its slots in the ring (implies CPL)
  SGDMA_SRC_FIXED = 1 << 4,              // every element is read from the one address `src`
  SGDMA_DST_FIXED = 1 << 5,              // every element is written to the one address `dst`
  SGDMA_MORE = 1 << 6,                   // to a stream: the packet goes on in the next transaction
  SGDMA_NOTIFY = SGDMA_IRQ | SGDMA_CPL,  // the usual choice
};

// The side of a transfer that is the channel's AXI-Stream port.
typedef enum sgdma_stream {
  SGDMA_NO_STREAM = 0,
  SGDMA_TO_STREAM = 1,    // SEND: memory to stream
  SGDMA_FROM_STREAM = 2,  // RECV: stream to memory
} sgdma_stream_t;

// A piece of memory that goes to a stream, or is filled from one. What came of it is written by the
// driver, for buffers that are filled.
typedef struct sgdma_buffer {
  sgdma_iova_t iova;
  uint32_t len;       // bytes; at most 65,535 where it is filled
  uint32_t received;  // bytes; a prefix of the buffer
  bool eop;           // a packet ends with the last of them
  uint8_t status;     // sgdma_tx_status_t: IN_PROGRESS is the engine's, what follows is yours
} sgdma_buffer_t;

typedef enum sgdma_policy {
  SGDMA_HALT_ON_ERROR = 0,  // the channel halts; retry, skip or terminate
  // The transaction ends as SGDMA_ERROR and the next ones run. Errors of descriptor fetch, PHASE,
  // LINK and record writes halt all the same.
  SGDMA_CONTINUE = 1,
} sgdma_policy_t;

// The AXI channel a watchdog gave up on.
typedef enum sgdma_axi {
  SGDMA_AXI_NONE = 0,
  SGDMA_AXI_AR = 1,  // a read address is refused
  SGDMA_AXI_R = 2,   // read data is missing
  SGDMA_AXI_AW = 3,  // a write address is refused
  SGDMA_AXI_W = 4,   // write data is refused
  SGDMA_AXI_B = 5,   // a write response is missing
} sgdma_axi_t;

// When DONE is raised: at the first of these. Times are cycles of the engine's clock, as its
// registers count them: the driver knows no clock, which may change while it runs.
// cycles = microseconds * MHz.
typedef struct sgdma_coalescing {
  uint8_t count;   // ends with SGDMA_IRQ; 0, 1: each one
  bool when_idle;  // or the ring has nothing to do
  uint32_t
      time_cycles;  // or since the first one not signalled, 1 .. 2^24 - 1; 0 only with count <= 1
} sgdma_coalescing_t;

// How data bursts follow each other.
typedef enum sgdma_pacing_mode {
  SGDMA_PACE_BURST = 0,           // back to back
  SGDMA_PACE_CYCLE_STEALING = 1,  // one of at most `beats`, then at least `gap_cycles` idle
  SGDMA_PACE_DEMAND = 2,          // one of at most `beats` for each DRQ of the peripheral
  SGDMA_PACE_BACKGROUND = 3,      // after those of every other channel
} sgdma_pacing_mode_t;

// What is locked while a channel runs. All 0: full speed, elements of one byte, no watchdog.
typedef struct sgdma_tuning {
  sgdma_pacing_mode_t mode;
  uint8_t beats;             // CYCLE_STEALING, DEMAND; 0: the engine's longest burst
  uint16_t gap_cycles;       // CYCLE_STEALING only
  uint8_t element_bytes;     // of a FIXED side: a power of two up to the bus; 0 is 1
  uint8_t fixed_beats;       // of its bursts: 1 .. 16; 0 is 1
  uint32_t watchdog_cycles;  // an AXI handshake may stay open so long; 0: for ever
} sgdma_tuning_t;

// What the tuning of a channel, and whoever its register page was given to, can not go beyond.
// All 0: no bounds.
typedef struct sgdma_bounds {
  uint32_t watchdog_min_cycles;  // a shorter watchdog, but not none, acts as this one
  uint8_t beats_max;             // of a burst, where one is sent at a time; 0: the engine's longest
  uint16_t gap_min_cycles;       // not 0: one burst at a time in every mode, so much idle behind it
} sgdma_bounds_t;

typedef struct sgdma_fault {
  sgdma_fault_code_t code;
  sgdma_where_t where;
  sgdma_cookie_t cookie;  // transaction that failed; 0: none can be named
  uint16_t slot;          // of the submission ring (where = RECORD: of the completion ring)
  uint16_t index;         // list entry, modulo 65,535; SGDMA_INDEX_RING: the slot itself
  uint32_t bytes;         // proven bytes of the failed descriptor: a prefix
  uint64_t tx_bytes;      // proven bytes of the transaction: a prefix of its list
  sgdma_iova_t iova;      // first byte not proven
  uint32_t count;         // errors since the last clear, this first one included
  sgdma_axi_t stuck;      // SGDMA_FAULT_TIMEOUT: what has no answer
} sgdma_fault_t;

typedef struct sgdma_chan sgdma_chan_t;

// A transaction has ended; its memory is the caller's again. Called once for each cookie, in order,
// outside critical sections, from sgdma_handle_irq, sgdma_poll, sgdma_wait or sgdma_terminate.
// Never nested, so it may call everything but sgdma_wait: prep and issue (also when the ring was
// full), terminate, release. status: SGDMA_COMPLETE, SGDMA_ERROR or SGDMA_TERMINATED.
typedef void (*sgdma_callback_t)(void *arg, sgdma_cookie_t cookie, sgdma_tx_status_t status);

// An error was reported (all policies) or the channel broke. Same context and freedom as a
// callback: retry, skip and terminate are its usual content. Errors found together come as one
// call: the first, with their count.
typedef void (*sgdma_error_hook_t)(void *arg, sgdma_chan_t *chan, const sgdma_fault_t *fault);

// One array of descriptors in memory both sides reach (SGDMA_SHARED, 16-byte aligned, at most
// 65,535 descriptors used). The caller fills in `mem`; the rest is the driver's.
typedef struct sgdma_array {
  sgdma_mapping_t mem;
  uint32_t entries;  // private: transfers, without the jump behind them
  uint64_t bytes;    // private
} sgdma_array_t;

// Periods of an endless list have ended: `periods` in all, modulo 2^32. One call may tell of
// several. Same context and freedom as sgdma_callback_t; the last call comes before that of the
// transaction's end.
typedef void (*sgdma_period_callback_t)(void *arg, sgdma_cookie_t cookie, uint32_t periods);

// An endless list. The caller fills in the first group; it needs one array entry a period, and one
// in each array for the jump to the next. The end of an array is where sgdma_end_list can stop: one
// array stops at the end of a lap, one array a period (of 2 entries, for 1 memory latency each)
// behind each period.
typedef struct sgdma_cyclic {
  sgdma_array_t *arrays;
  size_t n_arrays;
  sgdma_period_callback_t on_period;  // optional
  void *arg;
  sgdma_stream_t stream;  // the source or destination of every period, if one is a stream

  uint32_t periods;  // readable: how many have ended, modulo 2^32
  uint32_t told;     // private, as what follows: on_period knows of these
  uint32_t index;    // the oldest entry not ended, as records count: modulo 65,535
  uint32_t array;    // where it is
  uint32_t entry;
} sgdma_cyclic_t;

// Buffers that go round between a stream and the caller, as those of a network card:
//
//   free ──refill──► posted ──a packet, or a part of one──► filled ──take──► held ──give──► free
//
// Always in this order, from buffers[0] on. The fields are private.
typedef struct sgdma_rx {
  sgdma_chan_t *chan;
  sgdma_buffer_t *buffers;
  uint32_t n;
  uint32_t flags;
  sgdma_callback_t notify;
  void *arg;
  uint32_t n_free;
  uint32_t n_posted;  // filled ones included
  uint32_t n_held;
  uint32_t next_post;
  uint32_t next_take;
} sgdma_rx_t;

// What the engine has counted since the channel's RESET, exact up to the read. 32-bit counts wrap.
// All cycles are of the engine's clock; of a paused or idle channel none is counted.
typedef struct sgdma_counters {
  uint64_t bytes;                 // proven, also of what failed; what runs again counts again
  uint64_t busy_cycles;           // not quiesced
  uint32_t descriptors;           // ends, good or bad, records written; a pair is one
  uint32_t read_stall_cycles;     // the bus refused an address of a read
  uint32_t write_stall_cycles;    // it refused an address or data of a write
  uint32_t starved_cycles;        // a descriptor was on its way, and nothing else to do meanwhile
  uint32_t stream_stall_cycles;   // a stream waited: for the source, that is an overrun
  uint32_t stream_discard_bytes;  // received and thrown away
  uint32_t errors;
} sgdma_counters_t;

// ---- Memory the caller gives; the fields are private

// One transaction. An array of a power of two of them is the channel's table.
typedef struct sgdma_tx {
  sgdma_callback_t callback;
  void *arg;
  sgdma_array_t *arrays;  // NULL: its descriptors are in the ring
  size_t n_arrays;
  sgdma_cyclic_t *cyclic;   // NULL: the list ends by itself
  sgdma_buffer_t *buffers;  // NULL: nothing is filled from a stream; else one a slot
  uint64_t bytes;           // of a lap, where it does not
  uint32_t first;           // ring counter of its first slot
  uint32_t end;             // one past its last slot
  sgdma_cookie_t cookie;
  uint8_t status;  // sgdma_tx_status_t
  bool direct;     // in no slot: given to the registers
  bool wants_record;
  bool got_record;
  bool failed;
} sgdma_tx_t;

typedef struct sgdma_caps {
  uint32_t version;   // 31:24 major, 23:16 minor, 15:0 patch
  uint32_t features;  // SGDMA_GLB_CAP3_*
  uint8_t channels;
  uint8_t address_bits;
  uint16_t bus_bytes;
  uint16_t max_burst_beats;
  uint16_t reads;  // outstanding at once, per channel
  uint16_t writes;
  uint16_t records;
  uint16_t prefetch;  // descriptors
  uint16_t tracker;   // descriptors
  uint32_t buffer_bytes;
  uint32_t page_bytes;  // stride of the register pages
} sgdma_caps_t;

enum { SGDMA_CHANNELS_MAX = 16 };  // of one engine

typedef struct sgdma_dev {
  const sgdma_hal_t *hal;
  sgdma_caps_t caps;
  uint32_t timeout_us;
  sgdma_chan_t *chans[SGDMA_CHANNELS_MAX];  // NULL: not requested
} sgdma_dev_t;

// A message interrupt: `data` is written to `iova`, with a device id of its own (not the channel's:
// a copy could forge it), when the interrupt level rises or stays high behind a clear.
typedef struct sgdma_message {
  sgdma_iova_t iova;  // a multiple of 4; 0: no messages
  uint32_t data;
  uint32_t device_id;  // 24 bits
} sgdma_message_t;

// What sgdma_chan_request needs. The memory it names must live until sgdma_chan_release was OK.
typedef struct sgdma_chan_config {
  sgdma_mapping_t sub_ring;  // SGDMA_SHARED, 64-byte aligned, at least 16 << sub_log2 bytes
  sgdma_mapping_t cpl_ring;  // SGDMA_SHARED, 64-byte aligned, at least 16 << cpl_log2 bytes
  uint8_t sub_log2;          // slots, 2..16; one slot is always empty
  uint8_t cpl_log2;          // slots, 2..16; when full the channel stalls, nothing is lost
  uint8_t tx_log2;           // entries of `tx`, 0..16: how many transactions are remembered
  bool interrupts;           // let the channel's interrupt through; false: poll
  sgdma_tx_t *tx;
  uint32_t device_id;  // on every bus access, 24 bits: what the IOMMU knows the channel by
  uint8_t qos;         // 0..15, on every bus access; the larger goes first
  sgdma_message_t message;
  sgdma_policy_t policy;
  sgdma_coalescing_t coalescing;
  sgdma_tuning_t tuning;
  sgdma_error_hook_t on_error;  // optional
  void *on_error_arg;
} sgdma_chan_config_t;

struct sgdma_chan {
  sgdma_dev_t *dev;
  sgdma_chan_config_t config;
  uint32_t page;       // register offset of the channel page
  uint32_t glb_block;  // register offset of the channel's block in the global page
  uint8_t number;
  uint8_t state;  // sgdma_chan_state_t

  // Ring counters run freely modulo 2^32 from 0 at START: the slot is the low bits, the lap above.
  uint32_t head;    // first descriptor not ended
  uint32_t issued;  // behind the last one the engine has been told of
  uint32_t tail;    // behind the last one written
  uint32_t cpl;     // next record to read

  // Transaction numbers: entry of the table is the low bits, the cookie has bit 31 set.
  uint32_t tx_tail;       // next to be queued
  uint32_t tx_ended;      // first not ended
  uint32_t tx_delivered;  // first whose callback is still to be called
  uint32_t silent;        // not ended and without a record: the head register is needed

  bool need_head;   // a skipped descriptor may leave no record: the head register is needed
  bool head_lags;   // records were taken whose B the engine may not have: its head may be behind
  bool fault_news;  // on_error is due
  bool *alive;      // set while callbacks are delivered: release clears what it points to

  uint32_t polls;          // every 64th looks at registers
  uint32_t spurious_irqs;  // readable: interrupts without a cause
  uint32_t refusals;       // readable: REFUSED causes seen
  sgdma_fault_t fault;     // the first since the last clear, or the one that halted
};

#ifdef __cplusplus
}
#endif

#endif  // SGDMA_SGDMA_TYPES_H_
