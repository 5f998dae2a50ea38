// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Record side of one channel: writes completion records, and moves head, causes and error registers when what they
// report has really happened.
//
//   end ─► R (one record) ─► write request ─┐
//     └ without record ─────────────────────┴─► queue of ends ──► checked ──► reported
//                                                              W out     B answered
//
// Two pointers walk the queue of ends. "checked" passes a record when its last W beat has been accepted: from then on
// software may have seen it, so doorbells are checked against it. "reported" passes it when its B has come: head,
// completion index, causes and error registers follow that one.
//
// Handshake: end_ready_o does not depend on end_valid_i, nor on take_i. Without Fast a cycle passes between a record's
// last beat and the next one's first. req_* and beats as in sgdma_write. wout_i: the last W beat of
// one record was accepted. A record without space in the completion ring waits here (blocked_o).
// A failed record stops reporting (fail_o) until flush_i; kill_i (RESET) drops what has not begun.

module sgdma_record #(
  parameter int unsigned DataWidth   = 64,
  parameter int unsigned Outstanding = 32,   // records on the bus
  parameter int unsigned Ends        = 128,  // ends not yet reported; a power of two
  parameter bit          Fast        = 1'b0, // records follow each other without a gap
  localparam int unsigned BusBytes   = DataWidth / 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                flush_i,
  input  logic                clear_i,      // START, RESET: ring positions to 0
  input  logic                run_i,        // low while PAUSED: nothing begins
  input  logic                kill_i,
  input  logic                stop_i,       // STUCK: nothing begins, what is out is still reported
  // Completion ring.
  input  logic [43:0]         base_i,       // address [47:4]
  input  logic [15:0]         mask_i,
  input  logic                ring_i,       // there is one
  input  logic [15:0]         cpl_head_i,
  // Ends.
  input  logic                end_valid_i,
  output logic                end_ready_o,
  input  sgdma_pkg::end_t     end_i,
  // Write request and beats.
  output logic                req_valid_o,
  output logic [47:0]         req_addr_o,
  output logic [7:0]          req_len_o,
  input  logic                take_i,
  output logic [DataWidth-1:0] data_o,
  output logic [BusBytes-1:0] strb_o,
  output logic                last_o,
  input  logic                wout_i,
  input  logic                b_valid_i,
  input  logic [1:0]          b_resp_i,
  // Submission ring position.
  input  logic [15:0]         sub_mask_i,
  input  logic [1:0]          head_step_i,  // SKIP: so many ring slots have ended
  output logic [15:0]         head_checked_o,
  output logic [15:0]         head_o,
  output logic [15:0]         index_checked_o,
  output logic [15:0]         index_o,
  // Events and errors.
  output logic                ev_end_o,     // an end has been reported
  output logic                ev_done_o,
  output logic                ev_error_o,
  output logic                ev_message_o, // that error is a failed message's, and nothing else
  output logic                fail_o,       // one cycle: a record write failed
  input  logic                err_clear_i,
  input  logic                timeout_i,    // one cycle: the watchdog gave up
  input  logic [2:0]          timeout_which_i,
  /* verilator lint_off UNUSEDSIGNAL */  // slot and index are named
  input  logic [sgdma_pkg::CtxBits-1:0] timeout_ctx_i,
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic [31:0]         timeout_bytes_i,
  output logic [2:0]          err_stuck_o,
  input  logic                msg_bad_i,    // one cycle: a message write failed
  input  logic                msg_dec_i,    // with DECERR
  input  logic [47:0]         msg_addr_i,
  output logic                err_valid_o,
  output logic [31:0]         err_count_o,
  output logic [127:0]        err_image_o,  // counts when err_valid_o
  // Status.
  output logic                busy_o,       // a record is under way
  output logic                blocked_o,
  output logic                unchecked_o,  // an end that "checked" has not passed
  output logic                idle_o,
  output logic [8:0]          count_o       // records on the bus
);

  localparam int unsigned PtrBits  = $clog2(Ends) + 1;
  localparam int unsigned IdxBits  = $clog2(Ends);
  localparam int unsigned LaneBits = $clog2(BusBytes);
  localparam int unsigned Beats    = (DataWidth < 128) ? 128 / DataWidth : 1;

  // ---- R: the end at hand --------------------------------------------------------------------------------------------
  logic             r_valid_q, r_begun_q, wants, space, queue_room, window, r_done, begin_ok;
  sgdma_pkg::end_t  r_q;
  logic [16:0]      index_q;  // {lap, next completion slot}
  logic [15:0]      index_next;
  logic [8:0]       count_q;
  logic [1:0]       beat_q;
  logic             failed_q, dead, b_valid;

  assign dead        = kill_i || stop_i;
  assign index_next  = (index_q[15:0] + 16'd1) & mask_i;
  assign wants       = r_q.record && ring_i;
  assign space       = (index_next != cpl_head_i);
  assign window      = (count_q != 9'(Outstanding));
  assign begin_ok    = run_i && !dead && !failed_q && space && window && queue_room;
  assign req_valid_o = r_valid_q && wants && (r_begun_q || begin_ok);
  assign blocked_o   = r_valid_q && wants && !r_begun_q && !space;
  assign r_done      = r_valid_q && (wants ? (take_i && last_o) : (queue_room && run_i && !dead && !failed_q));
  assign busy_o      = r_begun_q;

  // Without Fast R is not refilled in the cycle a record's last beat leaves: the port's answer comes late. With it an end
  // may wait in E, so that what the completion side sees is a register.
  logic            r_load, e_valid_q;
  sgdma_pkg::end_t e_q;
  if (Fast) begin : gen_fast
    assign r_load      = !r_valid_q || r_done;
    assign end_ready_o = !e_valid_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || flush_i || dead || failed_q) e_valid_q <= 1'b0;
      else e_valid_q <= !r_load && (e_valid_q || end_valid_i);
    end
    always_ff @(posedge clk_i) begin
      if (!e_valid_q) e_q <= end_i;
    end
  end else begin : gen_slow
    assign r_load      = !r_valid_q || (!wants && r_done);
    assign end_ready_o = r_load;
    assign e_valid_q   = 1'b0;
    assign e_q         = end_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      r_valid_q <= 1'b0;
      r_begun_q <= 1'b0;
      beat_q    <= '0;
    end else begin
      if (r_load) r_valid_q <= (e_valid_q || end_valid_i) && !dead && !failed_q;
      else if (r_done || ((dead || failed_q) && !r_begun_q && !take_i)) r_valid_q <= 1'b0;
      if (r_done) r_begun_q <= 1'b0;
      else if (take_i) r_begun_q <= 1'b1;
      if (take_i) beat_q <= last_o ? '0 : beat_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (r_load) r_q <= e_valid_q ? e_q : end_i;
  end

  // ---- The record's beats --------------------------------------------------------------------------------------------
  sgdma_pkg::record_t record;
  logic [43:0]        addr, addr_q;  // of the next record [47:4]

  always_comb begin
    record        = '0;
    record.bytes  = r_q.bytes;
    record.slot   = r_q.slot;
    record.index  = r_q.index;
    record.fault  = r_q.fault;
    record.status = {4'b0, r_q.status};
    record.where  = {1'b0, r_q.where};
    record.direct = r_q.direct;
    record.eop    = r_q.eop;
    record.phase  = !index_q[16];
  end

  assign addr       = addr_q;
  assign req_addr_o = {addr, 4'b0};
  assign req_len_o  = 8'(Beats - 1);

  logic [127:0] record_bits;
  assign record_bits = record;
  if (DataWidth < 128) begin : gen_narrow
    assign last_o = (beat_q == 2'(Beats - 1));
    assign strb_o = '1;
    always_comb begin
      data_o = record_bits[DataWidth-1:0];
      for (int unsigned i = 1; i < Beats; i++) if (beat_q == 2'(i)) data_o = record_bits[DataWidth*i+:DataWidth];
    end
  end else begin : gen_wide
    localparam int unsigned Lanes = DataWidth / 128;
    assign last_o = 1'b1;
    assign data_o = {Lanes{record_bits}};
    if (Lanes == 1) begin : gen_one
      assign strb_o = '1;
    end else begin : gen_some
      always_comb begin
        for (int unsigned i = 0; i < Lanes; i++) begin
          strb_o[16*i+:16] = (addr[LaneBits-5:0] == (LaneBits - 4)'(i)) ? 16'hFFFF : 16'h0000;
        end
      end
    end
  end

  // Behind a failed record no other begins until START: then the address is that of the one that failed.
  logic [43:0] from;
  logic [15:0] by;
  logic        locate, located_q;
  assign locate = fail_due_q && !located_q && !r_begun_q;
  assign from   = (locate || (index_next == '0)) ? base_i : addr_q;
  assign by     = locate ? fail_index_q : 16'(index_next != '0);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) located_q <= 1'b0;
    else if (locate) located_q <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      index_q <= '0;
      addr_q  <= base_i;
    end else begin
      if (r_done && wants) index_q <= {index_q[16] ^ (index_next == '0), index_next};
      if ((r_done && wants && !failed_q) || locate) addr_q <= from + 44'(by);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + 9'(take_i && !r_begun_q) - 9'(b_valid);
  end
  assign count_o = count_q;
  // A response that nobody waits for, behind a FORCE_RESET, is sunk.
  assign b_valid = b_valid_i && (count_q != '0);

  // ---- Ends not yet reported: {record, irq, error, captured, slots} ----------------------------------------------------
  localparam int unsigned EndBits = 6;
  logic [EndBits-1:0] mem [Ends];
  logic [PtrBits-1:0] wptr_q, cptr_q, rptr_q, fill;
  logic [EndBits-1:0] at_c, at_r;
  logic [8:0]         wout_q, good_q;  // records with W out, with a good B, not yet passed
  logic               c_go, r_go, c_record, r_record, r_irq, r_error, r_captured, captured;
  logic [1:0]         c_slots, r_slots;
  /* verilator lint_off UNUSEDSIGNAL */  // the checked pointer only looks at records and slots
  logic [2:0]         c_unused;
  /* verilator lint_on UNUSEDSIGNAL */

  assign fill       = wptr_q - rptr_q;
  assign queue_room = (fill != PtrBits'(Ends));

  always_ff @(posedge clk_i) begin
    if (r_done) mem[wptr_q[IdxBits-1:0]] <= {wants, r_q.irq, r_q.error, captured, r_q.slots};
  end
  assign at_c = mem[cptr_q[IdxBits-1:0]];
  assign at_r = mem[rptr_q[IdxBits-1:0]];
  assign {c_record, c_unused, c_slots}                    = at_c;
  assign {r_record, r_irq, r_error, r_captured, r_slots}  = at_r;

  assign c_go = (cptr_q != wptr_q) && (!c_record || (wout_q != '0));
  assign r_go = (rptr_q != cptr_q) && (!r_record || (good_q != '0));

  logic b_good, b_bad;
  assign b_good = b_valid && (b_resp_i == sgdma_pkg::RespOkay) && !failed_q;
  assign b_bad  = b_valid && (b_resp_i != sgdma_pkg::RespOkay) && !failed_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      wptr_q   <= '0;
      cptr_q   <= '0;
      rptr_q   <= '0;
      wout_q   <= '0;
      good_q   <= '0;
    end else begin
      if (r_done) wptr_q <= wptr_q + 1'b1;
      if (c_go)   cptr_q <= cptr_q + 1'b1;
      if (r_go)   rptr_q <= rptr_q + 1'b1;
      wout_q <= wout_q + 9'(wout_i) - 9'(c_go && c_record);
      good_q <= good_q + 9'(b_good) - 9'(r_go && r_record);
    end
  end

  // ---- Head and completion index --------------------------------------------------------------------------------------
  logic [15:0] head_c_q, head_r_q, index_c_q, index_r_q, index_b_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      head_c_q  <= '0;
      head_r_q  <= '0;
      index_c_q <= '0;
      index_r_q <= '0;
      index_b_q <= '0;
    end else begin
      if (head_step_i != '0) begin
        head_c_q <= (head_c_q + 16'(head_step_i)) & sub_mask_i;
        head_r_q <= (head_r_q + 16'(head_step_i)) & sub_mask_i;
      end else begin
        if (c_go) head_c_q <= (head_c_q + 16'(c_slots)) & sub_mask_i;
        if (r_go) head_r_q <= (head_r_q + 16'(r_slots)) & sub_mask_i;
      end
      if (c_go && c_record) index_c_q <= (index_c_q + 16'd1) & mask_i;
      if (r_go && r_record) index_r_q <= (index_r_q + 16'd1) & mask_i;
      if (b_valid && !failed_q) index_b_q <= (index_b_q + 16'd1) & mask_i;
    end
  end

  assign head_checked_o  = head_c_q;
  assign head_o          = head_r_q;
  assign index_checked_o = index_c_q;
  assign index_o         = index_r_q;

  // ---- Events and error registers ------------------------------------------------------------------------------------
  // The content of the first error on its way is kept in cap; it becomes the image when it is reported.
  logic               cap_q, fail_due_q, fail_now, fail_dec_q, err_valid_q, msg_due_q, msg_dec_q, msg_now;
  sgdma_pkg::record_t cap_record_q, image_q;
  logic [31:0]        err_count_q;
  logic [15:0]        fail_index_q;

  // Everything good before the failed record has been reported.
  assign fail_now   = fail_due_q && located_q && !timeout_i && !r_go && (good_q == '0);
  assign msg_now    = msg_due_q && !(r_go && r_error) && !fail_now && !timeout_i;
  assign captured   = r_q.error && (!cap_q || (r_go && r_captured));
  assign ev_end_o   = r_go && !kill_i;
  assign ev_done_o  = r_go && r_irq && !kill_i;
  assign ev_message_o = msg_now && !kill_i;
  assign ev_error_o = ((r_go && r_error) || fail_now || msg_now || timeout_i) && !kill_i;
  assign fail_o     = b_bad && !kill_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      failed_q   <= 1'b0;
      fail_due_q <= 1'b0;
      msg_due_q  <= 1'b0;
      cap_q      <= 1'b0;
    end else begin
      if (b_bad) failed_q <= 1'b1;
      if (b_bad) fail_due_q <= 1'b1;
      else if (fail_now) fail_due_q <= 1'b0;
      if (msg_bad_i) msg_due_q <= 1'b1;
      else if (msg_now) msg_due_q <= 1'b0;
      if (r_done && captured) cap_q <= 1'b1;
      else if (r_go && r_captured) cap_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (b_bad) begin
      fail_dec_q   <= (b_resp_i == sgdma_pkg::RespDecErr);
      fail_index_q <= index_b_q;
    end
    if (msg_bad_i) msg_dec_q <= msg_dec_i;
    if (r_done && captured) cap_record_q <= record;
  end

  logic [2:0]      stuck_q;
  /* verilator lint_off UNUSEDSIGNAL */
  sgdma_pkg::ctx_t timeout_ctx;
  /* verilator lint_on UNUSEDSIGNAL */
  assign timeout_ctx = timeout_ctx_i;
  assign err_stuck_o = stuck_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || (clear_i && kill_i)) begin
      err_valid_q <= 1'b0;
      err_count_q <= '0;
      stuck_q     <= '0;
    end else begin
      if (timeout_i) stuck_q <= timeout_which_i;
      else if (err_clear_i) stuck_q <= '0;
      if (ev_error_o) begin
        // A clear that meets a new error leaves the new one.
        err_count_q <= err_clear_i ? 32'd1 : ((err_count_q == '1) ? err_count_q : err_count_q + 32'd1);
        if (!err_valid_q || err_clear_i) err_valid_q <= r_captured || fail_now || msg_now || timeout_i;
      end else if (err_clear_i) begin
        err_valid_q <= 1'b0;
        err_count_q <= '0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (ev_error_o && (!err_valid_q || err_clear_i)) begin
      if (timeout_i) begin  // of the oldest descriptor not ended
        image_q        <= '0;
        image_q.bytes  <= timeout_bytes_i;
        image_q.slot   <= timeout_ctx.direct ? 16'd0 : timeout_ctx.slot[15:0];
        image_q.index  <= timeout_ctx.index;
        image_q.direct <= timeout_ctx.direct;
        image_q.status <= sgdma_pkg::StTimeout;
        image_q.where  <= sgdma_pkg::WhereWatchdog;
      end else if (fail_now) begin
        image_q        <= '0;
        image_q.slot   <= fail_index_q;
        image_q.fault  <= {addr_q, 4'b0};
        image_q.status <= fail_dec_q ? sgdma_pkg::StDecErr : sgdma_pkg::StSlvErr;
        image_q.where  <= sgdma_pkg::WhereRecord;
      end else if (msg_now) begin
        image_q        <= '0;
        image_q.fault  <= msg_addr_i;
        image_q.status <= msg_dec_q ? sgdma_pkg::StDecErr : sgdma_pkg::StSlvErr;
        image_q.where  <= sgdma_pkg::WhereMessage;
      end else begin
        image_q <= cap_record_q;
      end
    end
  end

  assign err_valid_o = err_valid_q;
  assign err_count_o = err_count_q;
  assign err_image_o = image_q;

  assign unchecked_o = r_valid_q || e_valid_q || (cptr_q != wptr_q);

  // ---- Quiet? -----------------------------------------------------------------------------------------------------------
  assign idle_o = (count_q == '0) && !r_begun_q && !fail_due_q &&
                  (dead || failed_q || (!r_valid_q && !e_valid_q && (fill == '0)));

endmodule
