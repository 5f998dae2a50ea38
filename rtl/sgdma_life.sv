// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Life of one channel: states, commands, doorbells, and where to go on after an error.
//
//         START            PAUSE/RESUME           error, ABORT               drained
//  IDLE ─────────► RUN ◄──────────────► PAUSED      RUN ───────► DRAINING ───────────► HALTED ──RETRY, SKIP──► RUN
//   ▲                                                                                     └─START──► RUN (rings anew)
//   └──────────── RESET, from any state
//
// A command or doorbell is judged in the cycle of its strobe; refused_o is combinational in that cycle.
// run_o gates everything that may open something on the bus; drain and quiet inputs say when all of it has closed.
// STUCK is left when the missing answers have come (HALTED), or by RESET, which waits for them too.

module sgdma_life #(
  parameter int unsigned AddrWidth = 48
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  /* verilator lint_off UNUSEDSIGNAL */  // bus attributes and CONTINUE are for others
  input  sgdma_pkg::chan_cfg_t          cfg_i,
  /* verilator lint_on UNUSEDSIGNAL */
  output logic                          refused_o,
  // State.
  output logic [2:0]                    state_o,
  output logic                          pausing_o,
  output logic                          retry_legal_o,
  output logic                          skip_legal_o,
  output logic                          resetting_o,
  output logic                          ev_halted_o,
  // What the rest may do.
  output logic                          run_o,      // open new things: fetches, reads, writes
  output logic                          pass_o,     // pass ends and records on: not PAUSED
  output logic                          draining_o,
  output logic                          abort_o,    // DRAINING because of ABORT
  output logic                          kill_o,     // RESET under way: no records, no events
  output logic                          stuck_o,    // STUCK: no new records; what is open is waited for
  output logic                          wdog_armed_o,
  input  logic                          wdog_i,     // the watchdog gives up
  output logic                          ev_stuck_o,
  output logic                          flush_o,    // drop everything inside; nothing is open
  output logic                          clear_o,    // ring positions to 0
  // What the rest does.
  input  logic                          halt_i,     // an error that halts was found
  input  logic                          fail_i,     // a record write failed
  input  logic                          drained_i,  // nothing open, no end or record left
  input  logic                          quiet_i,    // PAUSED may be shown
  // Rings.
  output logic [15:0]                   sub_mask_o,
  output logic                          sub_there_o,
  output logic [15:0]                   cpl_mask_o,
  output logic                          cpl_there_o,
  input  logic [15:0]                   head_checked_i,
  input  logic [15:0]                   index_checked_i,
  output logic [15:0]                   tail_o,
  output logic [15:0]                   cpl_head_o,
  // DIRECT.
  input  logic                          direct_busy_i,  // something is in progress, the ring's tail aside
  output logic                          direct_valid_o,
  input  logic                          direct_ready_i,
  // Lists.
  input  logic                          in_list_i,
  output logic                          end_list_o,
  // Where to go on.
  input  logic [sgdma_pkg::CtxBits-1:0] oldest_ctx_i,   // oldest descriptor not ended, or the next one
  input  logic [31:0]                   oldest_bytes_i,
  input  logic                          once_i,         // it can not be run again
  output logic                          load_o,
  output logic [sgdma_pkg::CtxBits-1:0] load_ctx_o,
  output logic                          load_skipped_o,
  output logic                          skip_packet_o,  // SKIP of a SEND whose packet goes on
  output logic [16:0]                   load_slot_o,
  output logic                          skip_slot_o,    // behind load_o: past one ring slot
  output logic                          skip_entry_o,   // and past one entry of the array
  output logic [1:0]                    head_step_o,    // ring slots that end with SKIP
  // POSITION.
  output logic [15:0]                   pos_slot_o,
  output logic [15:0]                   pos_index_o,
  output logic [43:0]                   pos_addr_o,  // descriptor address [47:4]
  output logic [31:0]                   pos_bytes_o
);

  // ---- Rings ----------------------------------------------------------------------------------------------------------
  logic sub_good, cpl_good;

  sgdma_ring_check #(
    .AddrWidth(AddrWidth)
  ) u_sub (
    .base_i(cfg_i.sub_base),
    .log2_i(cfg_i.sub_log2),
    .there_o(sub_there_o),
    .good_o(sub_good),
    .mask_o(sub_mask_o)
  );
  sgdma_ring_check #(
    .AddrWidth(AddrWidth)
  ) u_cpl (
    .base_i(cfg_i.cpl_base),
    .log2_i(cfg_i.cpl_log2),
    .there_o(cpl_there_o),
    .good_o(cpl_good),
    .mask_o(cpl_mask_o)
  );

  // ---- Commands ---------------------------------------------------------------------------------------------------------
  logic [2:0]      state_q;
  logic            pausing_q, kill_q, enable_q, abort_q, aborted_q, error_q, failed_q, rewritten_q, once_q;
  sgdma_pkg::ctx_t pos_q;
  logic [31:0]     pos_bytes_q;

  logic is_idle, is_run, is_paused, is_draining, is_halted, is_stuck;
  assign is_idle     = (state_q == sgdma_pkg::StateIdle);
  assign is_run      = (state_q == sgdma_pkg::StateRun);
  assign is_paused   = (state_q == sgdma_pkg::StatePaused);
  assign is_draining = (state_q == sgdma_pkg::StateDraining);
  assign is_halted   = (state_q == sgdma_pkg::StateHalted);
  assign is_stuck    = (state_q == sgdma_pkg::StateStuck);

  logic            reset_req, legal, go, start, pause, resume, retry, skip, abort, end_list, in_list;
  /* verilator lint_off UNUSEDSIGNAL */  // only whether it belongs to a list
  sgdma_pkg::ctx_t oldest;
  /* verilator lint_on UNUSEDSIGNAL */
  assign oldest        = oldest_ctx_i;
  assign reset_req     = cfg_i.reset || (enable_q && !cfg_i.enable);
  assign skip_legal_o  = is_halted && error_q && !aborted_q && !failed_q && !rewritten_q;
  assign retry_legal_o = skip_legal_o && !once_q;

  // A list is in progress until it has ended, also when its last array has long been fetched and there is nothing to cut.
  assign in_list       = in_list_i || oldest.in_array || oldest.list_end;

  always_comb begin
    case (cfg_i.wdata)
      {29'd0, sgdma_pkg::CmdStart}:   legal = (is_idle || is_halted) && cfg_i.enable && sub_good && cpl_good;
      {29'd0, sgdma_pkg::CmdPause}:   legal = is_run;
      {29'd0, sgdma_pkg::CmdResume}:  legal = is_paused || (is_run && pausing_q);
      {29'd0, sgdma_pkg::CmdRetry}:   legal = retry_legal_o;
      {29'd0, sgdma_pkg::CmdSkip}:    legal = skip_legal_o;
      {29'd0, sgdma_pkg::CmdAbort}:   legal = is_run || is_paused || is_draining || is_halted;
      {29'd0, sgdma_pkg::CmdEndList}: legal = is_halted ? (pos_q.in_array && skip_legal_o) :
                                                          ((is_run || is_paused) && in_list);
      default:                        legal = 1'b0;
    endcase
  end

  assign go       = cfg_i.cmd_we && legal && !kill_q && !reset_req;
  assign start    = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdStart);
  assign pause    = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdPause);
  assign resume   = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdResume);
  assign retry    = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdRetry);
  assign skip     = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdSkip);
  assign abort    = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdAbort);
  assign end_list = go && (cfg_i.wdata[2:0] == sgdma_pkg::CmdEndList);

  // ---- Doorbells ----------------------------------------------------------------------------------------------------------
  logic [15:0] tail_q, cpl_head_q, tail_new, tail_old, head_new, head_most;
  logic        tail_ok, head_ok;

  // Descriptors between head and tail may only become more.
  assign tail_new  = (cfg_i.wdata[15:0] - head_checked_i) & sub_mask_o;
  assign tail_old  = (tail_q - head_checked_i) & sub_mask_o;
  assign tail_ok   = (is_run || is_paused || is_draining || is_halted) && !kill_q && sub_there_o &&
                     ((cfg_i.wdata & ~{16'd0, sub_mask_o}) == '0) && (tail_new >= tail_old);
  // Records freed are at most those written.
  assign head_new  = (cfg_i.wdata[15:0] - cpl_head_q) & cpl_mask_o;
  assign head_most = (index_checked_i - cpl_head_q) & cpl_mask_o;
  assign head_ok   = !kill_q && cpl_there_o && ((cfg_i.wdata & ~{16'd0, cpl_mask_o}) == '0) && (head_new <= head_most);

  // DIRECT: with the ring empty and nothing in progress.
  logic direct_ok, direct_q;
  assign direct_ok = is_run && !kill_q && (tail_q == head_checked_i) && !direct_busy_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_o) direct_q <= 1'b0;
    else if (cfg_i.direct_we && direct_ok) direct_q <= 1'b1;
    else if (retry) direct_q <= pos_q.direct && !pos_q.in_array;
    else if (direct_ready_i) direct_q <= 1'b0;
  end
  assign direct_valid_o = direct_q;

  assign refused_o = (cfg_i.cmd_we && !go) || (cfg_i.direct_we && !direct_ok) || (cfg_i.tail_we && !tail_ok) ||
                     (cfg_i.cpl_head_we && !head_ok);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_o) begin
      tail_q     <= '0;
      cpl_head_q <= '0;
    end else begin
      if (cfg_i.tail_we && tail_ok) tail_q <= cfg_i.wdata[15:0];
      if (cfg_i.cpl_head_we && head_ok) cpl_head_q <= cfg_i.wdata[15:0];
    end
  end

  // ---- State --------------------------------------------------------------------------------------------------------------
  logic reset_done, halted;
  assign reset_done = kill_q && (is_idle || (is_draining && drained_i));
  assign halted     = (is_draining || is_stuck) && drained_i && !kill_q && !reset_req;
  assign ev_stuck_o = wdog_i && !kill_q && !reset_req;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q     <= sgdma_pkg::StateIdle;
      pausing_q   <= 1'b0;
      kill_q      <= 1'b0;
      enable_q    <= 1'b0;
      abort_q     <= 1'b0;
      aborted_q   <= 1'b0;
      error_q     <= 1'b0;
      failed_q    <= 1'b0;
      rewritten_q <= 1'b0;
      once_q      <= 1'b0;
    end else begin
      enable_q <= cfg_i.enable;

      if (reset_done) begin
        state_q   <= sgdma_pkg::StateIdle;
        kill_q    <= reset_req;
        pausing_q <= 1'b0;
        abort_q   <= 1'b0;
      end else if (reset_req || kill_q) begin
        kill_q <= 1'b1;
        if (!is_idle) state_q <= sgdma_pkg::StateDraining;
      end else if (wdog_i) begin
        state_q   <= sgdma_pkg::StateStuck;
        pausing_q <= 1'b0;
        abort_q   <= 1'b0;
      end else if (start || retry || skip) begin
        state_q <= sgdma_pkg::StateRun;
      end else if ((halt_i || fail_i) && !is_stuck) begin
        state_q   <= sgdma_pkg::StateDraining;
        pausing_q <= 1'b0;
      end else if (abort && (is_run || is_paused)) begin
        state_q   <= sgdma_pkg::StateDraining;
        pausing_q <= 1'b0;
        abort_q   <= 1'b1;
      end else if (halted) begin
        state_q <= sgdma_pkg::StateHalted;
        abort_q <= 1'b0;
      end else if (is_paused) begin
        if (resume) state_q <= sgdma_pkg::StateRun;
      end else if (is_run) begin
        if (pause) pausing_q <= 1'b1;
        else if (resume) pausing_q <= 1'b0;
        else if (pausing_q && quiet_i) begin
          state_q   <= sgdma_pkg::StatePaused;
          pausing_q <= 1'b0;
        end
      end

      // Why it halted, as far as RETRY and SKIP depend on it.
      if (start || retry || skip || reset_done) begin
        error_q     <= 1'b0;
        aborted_q   <= 1'b0;
        failed_q    <= 1'b0;
        rewritten_q <= 1'b0;
        once_q      <= 1'b0;
      end else begin
        if (halted) once_q <= once_i;
        if (halt_i) error_q <= 1'b1;
        if (fail_i) failed_q <= 1'b1;
        if (abort || wdog_i) aborted_q <= 1'b1;
        if (cfg_i.ring_we) rewritten_q <= 1'b1;
      end
    end
  end

  // ---- Where to go on -------------------------------------------------------------------------------------------------------
  // RETRY and SKIP load the position of the failed descriptor; fetch and decode are then moved past what has ended with
  // their own incrementers, a step a cycle, before anything runs: the ring past the LINK of a list and past what is
  // skipped, an array past what is skipped.
  sgdma_pkg::ctx_t load_ctx;
  logic [1:0]      skips, slots_q, entries_q;
  logic            ends;

  assign skips = !skip ? 2'd0 : pos_q.pair ? 2'd2 : 2'd1;
  assign ends  = pos_q.in_array && (pos_q.ends_list || (pos_q.left == (pos_q.pair ? 16'd2 : 16'd1)));  // SKIP ends the list

  always_comb begin
    load_ctx           = start ? '0 : pos_q;
    load_ctx.pair      = 1'b0;
    load_ctx.passes    = !start && (skip ? pos_q.passes : pos_q.passed);
    load_ctx.passed    = 1'b0;
    load_ctx.ends_list = 1'b0;
    load_ctx.packet    = 1'b0;
    if (skip && ends) begin
      load_ctx.in_array = 1'b0;
      load_ctx.list_end = 1'b1;
      load_ctx.index    = sgdma_pkg::RingIndex;
    end
  end

  assign load_o         = start || retry || skip;
  assign load_ctx_o     = load_ctx;
  assign load_skipped_o = skip && pos_q.ends_list;
  assign load_slot_o    = load_ctx.slot;
  assign skip_packet_o  = skip && pos_q.packet;
  assign skip_slot_o    = (slots_q != '0);
  assign skip_entry_o   = (entries_q != '0);
  assign head_step_o    = (pos_q.in_array || pos_q.direct) ? 2'd0 : skips;
  assign end_list_o     = end_list && (is_halted || in_list_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slots_q   <= '0;
      entries_q <= '0;
    end else begin
      if (load_o) slots_q <= (start || pos_q.direct) ? 2'd0 : pos_q.in_array ? 2'd1 : skips;
      else if (skip_slot_o) slots_q <= slots_q - 2'd1;
      if (load_o) entries_q <= (pos_q.in_array && !ends) ? skips : 2'd0;
      else if (skip_entry_o) entries_q <= entries_q - 2'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_o) begin
      pos_q       <= '0;
      pos_bytes_q <= '0;
    end else if (halted) begin
      pos_q       <= oldest_ctx_i;
      pos_bytes_q <= oldest_bytes_i;
    end
  end

  // ---- POSITION -------------------------------------------------------------------------------------------------------------
  /* verilator lint_off UNUSEDSIGNAL */  // what names it
  sgdma_pkg::ctx_t shown;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [43:0]     slot_addr;
  assign shown      = (is_halted || is_idle) ? pos_q : oldest;
  assign slot_addr  = cfg_i.sub_base[47:4] + 44'(shown.slot[15:0]);
  assign pos_slot_o  = shown.direct ? 16'd0 : shown.slot[15:0];
  assign pos_index_o = shown.index;
  assign pos_addr_o  = shown.in_array ? shown.addr : shown.direct ? '0 : slot_addr;

  // ---- Outputs ----------------------------------------------------------------------------------------------------------------
  assign state_o     = state_q;
  assign pausing_o   = pausing_q;
  assign resetting_o = kill_q;
  assign ev_halted_o = halted;
  assign run_o       = is_run && !pausing_q && !skip_slot_o && !skip_entry_o;
  assign pass_o      = !is_paused;
  assign draining_o  = is_draining;
  assign abort_o     = is_draining && abort_q && !kill_q;
  assign kill_o      = kill_q;
  assign stuck_o     = is_stuck;
  assign wdog_armed_o = !is_idle && !is_stuck && !kill_q;
  assign flush_o     = halted || reset_done;
  assign clear_o     = start || reset_done;
  assign tail_o      = tail_q;
  assign cpl_head_o  = cpl_head_q;
  assign pos_bytes_o = (is_halted || is_idle) ? pos_bytes_q : oldest_bytes_i;

endmodule
