// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Types and constants shared by every block of the engine: descriptor and record layout, status codes,
// commands and states, and the structs that cross module ports.
//
// Rule for structs here: scalar fields and plain vectors only. A packed array of structs, or a function that
// returns a struct field by field, is read wrongly by Yosys; vectors of structs are flattened at the ports.

package sgdma_pkg;

  // ---- Descriptor (16 bytes) -------------------------------------------------------------------------------
  localparam int unsigned DescBytes = 16;
  localparam int unsigned DescBits  = 128;

  localparam logic [3:0] OpInvalid = 4'd0;
  localparam logic [3:0] OpCopy    = 4'd1;
  localparam logic [3:0] OpFill    = 4'd2;
  localparam logic [3:0] OpLink    = 4'd3;
  localparam logic [3:0] OpStride  = 4'd4;
  localparam logic [3:0] OpSend    = 4'd5;
  localparam logic [3:0] OpRecv    = 4'd6;
  localparam logic [3:0] OpNop     = 4'd7;

  // ctl word, bit numbers within word 1 [63:48].
  typedef struct packed {
    logic       phase;      // 15
    logic [4:0] reserved;   // 14:10
    logic       dst_fixed;  // 9
    logic       src_fixed;  // 8
    logic       eop;        // 7
    logic       fence;      // 6
    logic       cpl;        // 5
    logic       irq;        // 4
    logic [3:0] opcode;     // 3:0
  } ctl_t;

  typedef struct packed {
    ctl_t        ctl;  // 127:112
    logic [47:0] dst;  // 111:64
    logic [15:0] len;  //  63:48
    logic [47:0] src;  //  47:0
  } desc_t;

  // ---- Completion record (16 bytes) ------------------------------------------------------------------------
  localparam logic [7:0] StOk          = 8'd0;
  localparam logic [7:0] StSlvErr      = 8'd1;
  localparam logic [7:0] StDecErr      = 8'd2;
  localparam logic [7:0] StBadOpcode   = 8'd3;
  localparam logic [7:0] StBadCtl      = 8'd4;
  localparam logic [7:0] StBadLength   = 8'd5;
  localparam logic [7:0] StBadAddress  = 8'd6;
  localparam logic [7:0] StBadPhase    = 8'd7;
  localparam logic [7:0] StBadLink     = 8'd8;
  localparam logic [7:0] StBadStride   = 8'd9;
  localparam logic [7:0] StAborted     = 8'd10;
  localparam logic [7:0] StSkipped     = 8'd11;
  localparam logic [7:0] StTimeout     = 8'd12;
  localparam logic [7:0] StStreamError = 8'd13;

  localparam logic [3:0] WhereNone     = 4'd0;
  localparam logic [3:0] WhereDesc     = 4'd1;
  localparam logic [3:0] WhereRead     = 4'd2;
  localparam logic [3:0] WhereWrite    = 4'd3;
  localparam logic [3:0] WhereRecord   = 4'd4;
  localparam logic [3:0] WhereMessage  = 4'd5;
  localparam logic [3:0] WhereStream   = 4'd6;
  localparam logic [3:0] WhereWatchdog = 4'd7;

  // Record without its PHASE bit's lap logic; phase is filled in when the record is written.
  typedef struct packed {
    logic        phase;   // 127
    logic        zero;    // 126
    logic        direct;  // 125
    logic        eop;     // 124
    logic [3:0]  where;   // 123:120
    logic [7:0]  status;  // 119:112
    logic [47:0] fault;   // 111:64
    logic [15:0] index;   //  63:48
    logic [15:0] slot;    //  47:32
    logic [31:0] bytes;   //  31:0
  } record_t;

  localparam logic [15:0] RingIndex = 16'hFFFF;  // record index of the ring's own slots

  // ---- AXI -------------------------------------------------------------------------------------------------
  localparam logic [1:0] RespOkay   = 2'd0;
  localparam logic [1:0] RespExOkay = 2'd1;
  localparam logic [1:0] RespSlvErr = 2'd2;
  localparam logic [1:0] RespDecErr = 2'd3;

  // ---- Channel life ----------------------------------------------------------------------------------------
  localparam logic [2:0] StateIdle     = 3'd0;
  localparam logic [2:0] StateRun      = 3'd1;
  localparam logic [2:0] StatePaused   = 3'd2;
  localparam logic [2:0] StateDraining = 3'd3;
  localparam logic [2:0] StateHalted   = 3'd4;
  localparam logic [2:0] StateStuck    = 3'd5;

  localparam logic [2:0] CmdStart   = 3'd1;
  localparam logic [2:0] CmdPause   = 3'd2;
  localparam logic [2:0] CmdResume  = 3'd3;
  localparam logic [2:0] CmdRetry   = 3'd4;
  localparam logic [2:0] CmdSkip    = 3'd5;
  localparam logic [2:0] CmdAbort   = 3'd6;
  localparam logic [2:0] CmdEndList = 3'd7;

  // ---- Register bus: AXI-Lite front end to a register page ---------------------------------------------------
  // One access a cycle. A write takes effect at the edge that ends the cycle in which `we` is high, which is the
  // cycle of the AXI handshake. Read data is combinational from `addr`; `re` marks the one cycle of a read
  // (side effects: latching a high half).
  typedef struct packed {
    logic        we;
    logic        re;
    logic [11:0] addr;   // byte offset in the page, word aligned
    logic [31:0] wdata;
    logic [3:0]  wstrb;
  } reg_req_t;

  // ---- Channel registers to channel core -------------------------------------------------------------------
  typedef struct packed {
    // Configuration; the register page refuses writes in states where it is locked.
    logic        enable;     // engine and channel enabled; low acts as RESET
    logic        reset;      // one cycle: RESET from the global page
    logic        cont;       // CONTINUE chosen and permitted
    logic [47:0] sub_base;
    logic [4:0]  sub_log2;   // 0: no such ring
    logic [47:0] cpl_base;
    logic [4:0]  cpl_log2;
    logic [23:0] devid;
    logic [3:0]  axcache;
    logic [2:0]  axprot;
    logic [3:0]  qos;
    logic [127:0] direct;    // desc_t of a DIRECT submission
    logic [31:0] watchdog;   // cycles, 0: off
    logic        pace_one;     // one paced burst at a time
    logic        pace_demand;  // one for each DRQ
    logic        pace_yield;   // data yields to other channels
    logic [15:0] pace_gap;     // idle cycles behind a paced burst
    logic [8:0]  burst_cap;    // most beats of a data burst
    logic [2:0]  fixed_log2;   // log2 of the bytes of a FIXED element
    logic [4:0]  fixed_beats;  // most elements of a FIXED burst, 1..16
    logic [23:0] msg_devid;
    logic [47:0] msg_addr;   // 0: no messages
    logic [31:0] msg_data;
    // Strobes, one cycle each, only with all byte strobes set.
    logic        cmd_we;      // wdata[31:0] is the COMMAND code (values above 7 are refused by the core too)
    logic        tail_we;     // wdata is the new tail
    logic        cpl_head_we; // wdata is the new completion head
    logic        direct_we;   // wdata is the last word of `direct`: submit it
    logic        msg_go;      // the level rose, or was left high by a write: send a message
    logic        ring_we;     // a ring register was written: RETRY and SKIP become illegal
    logic        err_clear;   // clear the error image and count
    logic        pos_latch;   // hold the position outputs of this cycle (done by the register page)
    logic [31:0] wdata;
  } chan_cfg_t;

  // ---- Channel core to channel registers -------------------------------------------------------------------
  typedef struct packed {
    logic [2:0]   state;
    logic         pausing;
    logic         retry_legal;
    logic         skip_legal;
    logic         quiesced;
    logic         resetting;    // RESET in progress
    logic         refused;      // combinational in the cycle of cmd_we, tail_we, cpl_head_we or direct_we
    logic [15:0]  sub_head;     // reported: moves only after the B of what it reports
    logic [15:0]  sub_tail;
    logic [15:0]  cpl_head;
    logic [15:0]  cpl_index;
    logic         waits;        // nothing more to come by itself: a record without space, or not in RUN
    logic         idle;         // ring empty and nothing in progress
    // Events, one cycle each.
    logic         ev_done;      // a descriptor with IRQ ended, its record (if any) answered
    logic         ev_error;
    logic         ev_message;   // that error is a failed message's, and nothing else
    logic         msg_failed;   // no message has gone out since one failed
    logic         ev_halted;
    logic         ev_stuck;
    // Error registers.
    logic         err_valid;
    logic [31:0]  err_count;
    logic [2:0]   err_stuck;    // AXI channel the watchdog named: 1 AR, 2 R, 3 AW, 4 W, 5 B
    logic [127:0] err_image;    // record_t
    // POSITION.
    logic [15:0]  pos_slot;
    logic [15:0]  pos_index;
    logic [47:0]  pos_addr;
    logic [31:0]  pos_bytes;
    // Outstanding transactions.
    logic [8:0]   out_reads;
    logic [8:0]   out_writes;
    logic [8:0]   out_records;
    logic [8:0]   out_fetches;
    // What the event counters count, in this cycle; errors are counted by ev_error.
    logic [12:0]  cnt_bytes;
    logic         cnt_busy;
    logic         cnt_descriptor;
    logic         cnt_read_stall;
    logic         cnt_write_stall;
    logic         cnt_starved;
    logic         cnt_stream_stall;
    logic [31:0]  stream_discard;  // bytes, counted in the channel
  } chan_status_t;

  // Widths of the two, as numbers: not every tool reads $bits of a type. sgdma_regs checks them.
  localparam int unsigned ChanCfgBits    = 484;
  localparam int unsigned ChanStatusBits = 444;

  // ---- Requests of a channel to the AXI ports --------------------------------------------------------------
  // Address request. Held until granted, but may change while it is not: it is not an AXI channel.
  typedef struct packed {
    logic        ctl;     // 1: descriptors, records, messages; 0: data. Bit 0 of the AXI id
    logic        record;  // a completion record
    logic        yield;   // goes when no other channel asks
    logic        fixed;   // AxBURST FIXED
    logic [2:0]  size;    // AxSIZE
    logic [47:0] addr;    // byte address of the first byte
    logic [7:0]  len;     // beats - 1
    logic [23:0] user;    // device id
    logic [3:0]  cache;
    logic [2:0]  prot;
    logic [3:0]  qos;
  } axi_req_t;

  localparam int unsigned AxiReqBits = 1 + 1 + 1 + 1 + 3 + 48 + 8 + 24 + 4 + 3 + 4;
  // Where two of the fields are, for vectors of requests.
  localparam int unsigned AxiReqYieldLsb = AxiReqBits - 3;
  localparam int unsigned AxiReqQosLsb   = 0;

  // ---- Descriptor context: where a descriptor stands --------------------------------------------------------
  // Enough to name it in a record (slot, index), to show it in POSITION and to fetch it again (RETRY). A STRIDE pair stands
  // where its STRIDE does; the transfer is the slot or entry behind it.
  typedef struct packed {
    logic [16:0] slot;       // {lap, ring slot}; the PHASE expected in the ring is ~lap
    logic        pair;       // a STRIDE pair
    logic        passes;     // a bad STRIDE: the transfer behind it is passed over
    logic        passed;     // stands where such a transfer would be
    logic        in_array;   // an entry of a list; slot is that of the ring's LINK
    logic        list_irq;   // flags of the ring's LINK, for the end of its list
    logic        list_cpl;
    logic        ends_list;  // SKIP of this one ends the list (a failed LINK, an entry that could not be fetched)
    logic        list_end;   // not an entry: the end of the ring's LINK itself
    logic        packet;     // SEND, and its packet goes on behind it
    logic        direct;     // submitted by DIRECT, or of its list; slot is the ring's next one
    logic [15:0] index;      // entries since the ring's LINK, modulo 65 535; RingIndex for the ring itself
    logic [43:0] addr;       // in an array: descriptor address [47:4]; in the ring it follows from slot
    logic [15:0] left;       // in an array: its entries from this one on, itself included
  } ctx_t;

  localparam int unsigned CtxBits = 17 + 10 + 16 + 44 + 16;

  // ---- Job: what the read side, the write side and the completion side need --------------------------------
  // A descriptor is one job; a STRIDE pair is one for each row.
  typedef struct packed {
    logic        data;    // moves bytes; low: ends at once with `status`
    logic        reads;   // the bytes come from memory; low: from the pattern in src[31:0]
    logic        src_fixed;
    logic        dst_fixed;
    logic        send;    // the bytes go to the stream
    logic        recv;    // they come from it (and through the buffer, so `reads` is set)
    logic        eop;     // SEND: the packet ends with them
    logic        first;   // of its descriptor
    logic        last;
    logic [47:0] src;
    logic [47:0] dst;
    logic [15:0] len;
    logic [14:0] words;   // bus words the source touches
    logic [8:0]  limit;   // most beats of the first read burst
    logic [3:0]  status;  // StOk, or what decode found wrong
    logic        halt;    // an error that halts the channel
    logic        irq;
    logic        cpl;
  } job_t;

  // How a descriptor ended, from the completion side to the record side.
  typedef struct packed {
    logic [31:0] bytes;
    logic [15:0] slot;
    logic [15:0] index;
    logic [47:0] fault;
    logic [3:0]  status;
    logic [2:0]  where;
    logic        record;  // write a record
    logic        irq;     // raise DONE
    logic        error;   // raise ERROR and fill the error registers
    logic        eop;
    logic        direct;
    logic [1:0]  slots;   // ring slots that have ended with it
  } end_t;

  localparam int unsigned EndBits = 32 + 16 + 16 + 48 + 4 + 3 + 1 + 1 + 1 + 1 + 1 + 2;

endpackage
