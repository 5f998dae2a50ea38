// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Register page of one channel.
//
// An access is for this page when sel_i is high; rdata_o is combinational from req_i. The doorbell strobes of
// cfg_o are high in the cycle of the write, ring_we in the one after; status_i.refused answers a strobe in its own
// cycle. No signal of cfg_o depends on status_i in the same cycle. A write that is refused, here or by the channel,
// changes nothing and sets CAUSE.REFUSED.
//
// RESET: in the cycle after status_i.resetting falls the whole page goes back to its reset values: so the channel still
// sees its configuration while it drains. Until then doorbells (by this page or by the channel) and ring words are
// refused, and a write of another word is lost with the rest. resetting_o is what software is to see.

module sgdma_chan_regs #(
  parameter int unsigned BusLog2       = 3,   // log2 of the bus bytes
  parameter int unsigned MaxBurstBeats = 16,
  parameter logic [31:0] Cap0 = '0,
  parameter logic [31:0] Cap1 = '0,
  parameter logic [31:0] Cap2 = '0,
  parameter logic [31:0] Cap3 = '0
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    sel_i,
  input  sgdma_pkg::reg_req_t     req_i,
  output logic [31:0]             rdata_o,

  // From the global page.
  input  logic                    enable_i,
  input  logic                    reset_i,           // one cycle
  input  logic                    cont_permitted_i,
  input  logic                    refused_i,         // one cycle: the global page refused a write to this channel
  input  logic [23:0]             devid_i,
  input  logic [3:0]              axcache_i,
  input  logic [2:0]              axprot_i,
  input  logic [31:0]             wdog_min_i,
  input  logic [23:0]             pace_bounds_i,     // {least gap, most beats}
  input  logic [3:0]              qos_i,
  input  logic [23:0]             msg_devid_i,
  input  logic [47:0]             msg_addr_i,
  input  logic [31:0]             msg_data_i,
  input  logic                    msg_go_i,          // one cycle: a message is due

  output sgdma_pkg::chan_cfg_t    cfg_o,
  input  sgdma_pkg::chan_status_t status_i,
  output logic                    idle_o,            // state is IDLE
  output logic                    resetting_o,       // RESET in progress, as software is to see it
  output logic                    pending_o,         // an enabled cause is pending
  output logic                    touched_o          // a message is due if the level is high in the next cycle
);

  localparam int unsigned CntBytesBits = $clog2(MaxBurstBeats) + BusLog2 + 1;  // a burst at a time is proven

  // The word after a write: `mask` are the bits that may change.
  function automatic logic [31:0] written(input logic [31:0] word, input logic [31:0] data,
                                          input logic [31:0] mask);
    written = (word & ~mask) | (data & mask);
  endfunction

  logic        we;
  logic [31:0] lanes;  // bits of wdata that carry a strobe
  assign we    = sel_i && req_i.we;
  assign lanes = {{8{req_i.wstrb[3]}}, {8{req_i.wstrb[2]}}, {8{req_i.wstrb[1]}}, {8{req_i.wstrb[0]}}};

  logic [31:0] coalesce_q, gather_ctrl_q, pacing_q, fixed_q;
  /* verilator lint_off UNUSEDSIGNAL */  // of each the fields that may be refused
  logic [31:0] pacing, fixed;
  /* verilator lint_on UNUSEDSIGNAL */

  // ---- Which word, and whether it may be written now ---------------------------------------------------------
  logic resetting_q, clear, ring_open, ring_we_q;
  logic command, tail, cpl_head, direct, door, door_legal, ring, tuning, gather, gather_legal, refused_here;
  logic [31:0] door_bits, coalesce;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      resetting_q <= 1'b0;
      ring_we_q   <= 1'b0;
    end else begin
      resetting_q <= status_i.resetting;
      ring_we_q   <= ring && ring_open;
    end
  end
  assign clear       = resetting_q && !status_i.resetting;
  assign resetting_o = resetting_q || status_i.resetting;
  assign idle_o      = status_i.state == sgdma_pkg::StateIdle;

  assign ring_open = !resetting_o && (idle_o || status_i.state == sgdma_pkg::StateHalted);

  always_comb begin
    command  = we && req_i.addr == sgdma_reg_pkg::ChCommandOffset;
    tail     = we && req_i.addr == sgdma_reg_pkg::ChSubTailOffset;
    cpl_head = we && req_i.addr == sgdma_reg_pkg::ChCplHeadOffset;
    direct   = we && req_i.addr == sgdma_reg_pkg::ChDirect3Offset;
    door     = command || tail || cpl_head || direct;
    door_bits  = command ? sgdma_reg_pkg::ChCommandWmask :
                 direct ? sgdma_reg_pkg::ChDirect3Wmask : sgdma_reg_pkg::ChSubTailWmask;
    door_legal = req_i.wstrb == 4'hF && !resetting_q && (req_i.wdata & ~door_bits) == '0;
    ring   = 1'b0;
    tuning = 1'b0;
    case (req_i.addr)
      sgdma_reg_pkg::ChSubBaseLoOffset, sgdma_reg_pkg::ChSubBaseHiOffset, sgdma_reg_pkg::ChSubSizeOffset,
      sgdma_reg_pkg::ChCplBaseLoOffset, sgdma_reg_pkg::ChCplBaseHiOffset, sgdma_reg_pkg::ChCplSizeOffset:
        ring = we;
      sgdma_reg_pkg::ChWatchdogOffset, sgdma_reg_pkg::ChPacingOffset, sgdma_reg_pkg::ChFixedOffset:
        tuning = we;
      default: ;
    endcase
  end
  // Apart from the block above: nothing that goes to the channel may seem to depend on its status.
  assign refused_here = (door && !door_legal) || ((ring || tuning) && !ring_open) || (gather && !gather_legal) ||
                        (we && req_i.addr == sgdma_reg_pkg::ChPacingOffset && !pacing_legal) ||
                        (we && req_i.addr == sgdma_reg_pkg::ChFixedOffset && !fixed_legal);

  // Bursts longer than this build's, and elements wider than its bus.
  logic pacing_legal, fixed_legal;
  assign pacing       = written(pacing_q, req_i.wdata, lanes & sgdma_reg_pkg::ChPacingWmask);
  assign fixed        = written(fixed_q, req_i.wdata, lanes & sgdma_reg_pkg::ChFixedWmask);
  assign pacing_legal = {1'b0, pacing[sgdma_reg_pkg::ChPacingBeatsLsb +: 8]} <= 9'(MaxBurstBeats);
  assign fixed_legal  = fixed[sgdma_reg_pkg::ChFixedElementLog2Lsb +: 3] <= 3'(BusLog2) &&
                        {5'd0, fixed[sgdma_reg_pkg::ChFixedBeatsLsb +: 4]} < 9'(MaxBurstBeats);

  // More than one end may only be gathered with a limit in time: so the last interrupt can not be lost.
  assign gather       = we && req_i.addr == sgdma_reg_pkg::ChCoalesceOffset;
  assign coalesce     = written(coalesce_q, req_i.wdata, lanes & sgdma_reg_pkg::ChCoalesceWmask);
  assign gather_legal = coalesce[7:0] <= 8'd1 || coalesce[31:8] != '0;

  // ---- Words that are kept here ------------------------------------------------------------------------------
  logic [31:0] sub_base_lo_q, sub_base_hi_q, sub_size_q, cpl_base_lo_q, cpl_base_hi_q, cpl_size_q;
  logic [31:0] watchdog_q, enable_q, policy_q, cause_q, cause_clear, cause_set;
  logic [31:0] direct0_q, direct1_q, direct2_q, direct3_q;
  logic        done;

  logic word_clear, word_we;
  assign word_clear = !rst_ni || clear;
  assign word_we    = we && !refused_here;

  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChSubBaseLoReset),
    .Wmask(sgdma_reg_pkg::ChSubBaseLoWmask)
  ) u_sub_base_lo (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChSubBaseLoOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(sub_base_lo_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChSubBaseHiReset),
    .Wmask(sgdma_reg_pkg::ChSubBaseHiWmask)
  ) u_sub_base_hi (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChSubBaseHiOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(sub_base_hi_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChSubSizeReset),
    .Wmask(sgdma_reg_pkg::ChSubSizeWmask)
  ) u_sub_size (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChSubSizeOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(sub_size_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChCplBaseLoReset),
    .Wmask(sgdma_reg_pkg::ChCplBaseLoWmask)
  ) u_cpl_base_lo (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChCplBaseLoOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(cpl_base_lo_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChCplBaseHiReset),
    .Wmask(sgdma_reg_pkg::ChCplBaseHiWmask)
  ) u_cpl_base_hi (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChCplBaseHiOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(cpl_base_hi_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChCplSizeReset),
    .Wmask(sgdma_reg_pkg::ChCplSizeWmask)
  ) u_cpl_size (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChCplSizeOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(cpl_size_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChWatchdogReset),
    .Wmask(sgdma_reg_pkg::ChWatchdogWmask)
  ) u_watchdog (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChWatchdogOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(watchdog_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChPacingReset),
    .Wmask(sgdma_reg_pkg::ChPacingWmask)
  ) u_pacing (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChPacingOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(pacing_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChFixedReset),
    .Wmask(sgdma_reg_pkg::ChFixedWmask)
  ) u_fixed (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChFixedOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(fixed_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChEnableReset),
    .Wmask(sgdma_reg_pkg::ChEnableWmask)
  ) u_enable (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChEnableOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(enable_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChPolicyReset),
    .Wmask(sgdma_reg_pkg::ChPolicyWmask)
  ) u_policy (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChPolicyOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(policy_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChCoalesceReset),
    .Wmask(sgdma_reg_pkg::ChCoalesceWmask)
  ) u_coalesce_word (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChCoalesceOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(coalesce_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChCoalesceCtrlReset),
    .Wmask(sgdma_reg_pkg::ChCoalesceCtrlWmask)
  ) u_gather_ctrl (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChCoalesceCtrlOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(gather_ctrl_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChDirect0Reset),
    .Wmask(sgdma_reg_pkg::ChDirect0Wmask)
  ) u_direct0 (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChDirect0Offset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(direct0_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChDirect1Reset),
    .Wmask(sgdma_reg_pkg::ChDirect1Wmask)
  ) u_direct1 (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChDirect1Offset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(direct1_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::ChDirect2Reset),
    .Wmask(sgdma_reg_pkg::ChDirect2Wmask)
  ) u_direct2 (
    .clk_i,
    .clear_i(word_clear),
    .we_i(word_we && (req_i.addr == sgdma_reg_pkg::ChDirect2Offset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(direct2_q)
  );

  // The last word of DIRECT is kept only when the channel takes the submission.
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear) direct3_q <= sgdma_reg_pkg::ChDirect3Reset;
    else if (direct && door_legal && !status_i.refused) direct3_q <= req_i.wdata;
  end

  // ---- Causes: a set in the cycle of a write wins -------------------------------------------------------------
  always_comb begin
    cause_clear = '0;
    if (we && req_i.addr == sgdma_reg_pkg::ChCauseOffset)
      cause_clear = req_i.wdata & lanes & sgdma_reg_pkg::ChCauseW1c;
    if (clear) cause_clear = sgdma_reg_pkg::ChCauseW1c;
    cause_set = '0;
    cause_set[sgdma_reg_pkg::ChCauseDoneLsb]    = done;
    cause_set[sgdma_reg_pkg::ChCauseErrorLsb]   = status_i.ev_error;
    cause_set[sgdma_reg_pkg::ChCauseHaltedLsb]  = status_i.ev_halted;
    cause_set[sgdma_reg_pkg::ChCauseStuckLsb]   = status_i.ev_stuck;
    cause_set[sgdma_reg_pkg::ChCauseRefusedLsb] = status_i.refused || refused_here || refused_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) cause_q <= sgdma_reg_pkg::ChCauseReset;
    else cause_q <= (cause_q & ~cause_clear) | cause_set;
  end

  assign pending_o = (cause_q & enable_q) != '0;

  // A write to CAUSE or ENABLE that leaves the level high, or, behind a failed message, the next event: not the ERROR of
  // that failure itself, or an address that is gone would make messages for ever.
  logic [31:0] cause_news;
  always_comb begin
    cause_news = cause_set & enable_q;
    if (status_i.ev_message) cause_news[sgdma_reg_pkg::ChCauseErrorLsb] = 1'b0;
  end
  assign touched_o = (we && (req_i.addr == sgdma_reg_pkg::ChCauseOffset ||
                             req_i.addr == sgdma_reg_pkg::ChEnableOffset)) ||
                     (status_i.msg_failed && cause_news != '0);

  sgdma_coalesce u_coalesce (
    .clk_i,
    .rst_ni,
    .clear_i(clear),
    .end_i(status_i.ev_done),
    .count_i(coalesce_q[sgdma_reg_pkg::ChCoalesceCountLsb +: 8]),
    .time_i(coalesce_q[sgdma_reg_pkg::ChCoalesceTimeLsb +: 24]),
    .now_i(status_i.waits || (status_i.idle && gather_ctrl_q[sgdma_reg_pkg::ChCoalesceCtrlIdleLsb])),
    .done_o(done)
  );

  // ---- Pace: the mode and the operating system's bounds -----------------------------------------------------------
  logic [1:0]  mode;
  logic [8:0]  beats, beats_most;
  logic [15:0] gap, gap_least;
  logic        steals, bounded;
  logic [4:0]  elements;       // of a FIXED burst: its own length, and what bounds any burst
  logic [8:0]  elements_most;
  assign elements      = 5'(fixed_q[sgdma_reg_pkg::ChFixedBeatsLsb +: 4]) + 5'd1;
  assign elements_most = (steals && beats < beats_most) ? beats : beats_most;
  assign mode       = pacing_q[sgdma_reg_pkg::ChPacingModeLsb +: 2];
  assign steals     = (32'(mode) == sgdma_reg_pkg::ChPacingModeCycleStealing);
  assign gap_least  = pace_bounds_i[23:8];
  assign bounded    = (gap_least != '0) || steals || (32'(mode) == sgdma_reg_pkg::ChPacingModeDemand);
  assign gap        = steals ? pacing_q[sgdma_reg_pkg::ChPacingGapLsb +: 16] : 16'd0;
  assign beats_most = (bounded && pace_bounds_i[7:0] != '0 && {1'b0, pace_bounds_i[7:0]} < 9'(MaxBurstBeats)) ?
                      {1'b0, pace_bounds_i[7:0]} : 9'(MaxBurstBeats);
  assign beats      = ((steals || (32'(mode) == sgdma_reg_pkg::ChPacingModeDemand)) &&
                       pacing_q[sgdma_reg_pkg::ChPacingBeatsLsb +: 8] != '0) ?
                      {1'b0, pacing_q[sgdma_reg_pkg::ChPacingBeatsLsb +: 8]} : 9'(MaxBurstBeats);

  // Not known at once: words that lock do not change while anything runs.
  logic        pace_one_q, pace_demand_q;
  logic [15:0] pace_gap_q;
  logic [8:0]  burst_cap_q;
  logic [4:0]  fixed_beats_q;
  always_ff @(posedge clk_i) begin
    pace_one_q    <= bounded;
    pace_demand_q <= (32'(mode) == sgdma_reg_pkg::ChPacingModeDemand);
    pace_gap_q    <= (gap < gap_least) ? gap_least : gap;
    burst_cap_q   <= (beats < beats_most) ? beats : beats_most;
    fixed_beats_q <= (9'(elements) < elements_most) ? elements : 5'(elements_most);
  end

  // ---- To the channel ------------------------------------------------------------------------------------------
  logic pos_read;
  assign pos_read = sel_i && req_i.re && req_i.addr == sgdma_reg_pkg::ChPosSlotIndexOffset;

  always_comb begin
    cfg_o             = '0;
    cfg_o.qos         = qos_i;
    cfg_o.pace_one    = pace_one_q;
    cfg_o.pace_demand = pace_demand_q;
    cfg_o.pace_yield  = (32'(mode) == sgdma_reg_pkg::ChPacingModeBackground);
    cfg_o.pace_gap    = pace_gap_q;
    cfg_o.burst_cap   = burst_cap_q;
    cfg_o.fixed_log2  = fixed_q[sgdma_reg_pkg::ChFixedElementLog2Lsb +: 3];
    cfg_o.fixed_beats = fixed_beats_q;
    cfg_o.enable      = enable_i;
    cfg_o.reset       = reset_i;
    cfg_o.cont        = policy_q[sgdma_reg_pkg::ChPolicyContinueLsb] && cont_permitted_i;
    cfg_o.sub_base    = {sub_base_hi_q[15:0], sub_base_lo_q};
    cfg_o.sub_log2    = sub_size_q[4:0];
    cfg_o.cpl_base    = {cpl_base_hi_q[15:0], cpl_base_lo_q};
    cfg_o.cpl_log2    = cpl_size_q[4:0];
    cfg_o.devid       = devid_i;
    cfg_o.axcache     = axcache_i;
    cfg_o.axprot      = axprot_i;
    cfg_o.watchdog    = (watchdog_q != '0 && watchdog_q < wdog_min_i) ? wdog_min_i : watchdog_q;
    cfg_o.msg_devid   = msg_devid_i;
    cfg_o.msg_addr    = msg_addr_i;
    cfg_o.msg_data    = msg_data_i;
    cfg_o.msg_go      = msg_go_i;
    cfg_o.direct      = {direct3_q, direct2_q, direct1_q, direct0_q};
    cfg_o.direct_we   = direct && door_legal;
    cfg_o.cmd_we      = command && door_legal;
    cfg_o.tail_we     = tail && door_legal;
    cfg_o.cpl_head_we = cpl_head && door_legal;
    cfg_o.ring_we     = ring_we_q;
    cfg_o.err_clear   = we && req_i.addr == sgdma_reg_pkg::ChErrCtrlOffset &&
                        (req_i.wdata & lanes & sgdma_reg_pkg::ChErrCtrlW1c) != '0;
    cfg_o.pos_latch   = pos_read;
    cfg_o.wdata       = req_i.wdata;
  end

  // ---- Event counters --------------------------------------------------------------------------------------------
  logic        cnt_hit, cnt_high, cnt_latch;
  logic [3:0]  cnt_word;
  logic [31:0] cnt_value, cnt_high_value;

  always_comb begin
    cnt_hit  = 1'b1;
    cnt_high = 1'b0;
    cnt_word = req_i.addr[5:2];
    case (req_i.addr)
      sgdma_reg_pkg::ChCntBytesLoOffset, sgdma_reg_pkg::ChCntBusyLoOffset, sgdma_reg_pkg::ChCntDescsOffset,
      sgdma_reg_pkg::ChCntRdStallOffset, sgdma_reg_pkg::ChCntWrStallOffset, sgdma_reg_pkg::ChCntStarveOffset,
      sgdma_reg_pkg::ChCntStreamStallOffset: ;
      sgdma_reg_pkg::ChCntErrorsOffset: cnt_word = 4'd9;
      sgdma_reg_pkg::ChCntBytesHiOffset, sgdma_reg_pkg::ChCntBusyHiOffset: begin
        cnt_hit  = 1'b0;
        cnt_high = 1'b1;
      end
      default: cnt_hit = 1'b0;
    endcase
  end

  sgdma_counters #(
    .BytesBits(CntBytesBits)
  ) u_counters (
    .clk_i,
    .rst_ni,
    .clear_i(clear),
    .bytes_i(status_i.cnt_bytes[CntBytesBits-1:0]),
    .event_i({status_i.ev_error, status_i.cnt_stream_stall, status_i.cnt_starved, status_i.cnt_write_stall,
              status_i.cnt_read_stall, status_i.cnt_descriptor, status_i.cnt_busy}),
    .re_i(sel_i && req_i.re && cnt_hit),
    .word_i(cnt_word),
    .value_o(cnt_value),
    .latch_o(cnt_latch),
    .high_o(cnt_high_value)
  );

  // ---- Read; the one latch of the page holds the rest of POSITION, or the high half of a counter --------------------
  logic [47:0]  pos_addr_q;
  logic [31:0]  pos_bytes_q;
  logic [127:0] image;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear) begin
      pos_addr_q  <= '0;
      pos_bytes_q <= '0;
    end else if (pos_read) begin
      pos_addr_q  <= status_i.pos_addr;
      pos_bytes_q <= status_i.pos_bytes;
    end else if (cnt_latch) begin
      pos_bytes_q <= cnt_high_value;
    end
  end

  assign image = status_i.err_valid ? status_i.err_image : '0;

  always_comb begin
    rdata_o = '0;
    case (req_i.addr)
      sgdma_reg_pkg::ChCap0Offset: rdata_o = Cap0;
      sgdma_reg_pkg::ChCap1Offset: rdata_o = Cap1;
      sgdma_reg_pkg::ChCap2Offset: rdata_o = Cap2;
      sgdma_reg_pkg::ChCap3Offset: rdata_o = Cap3;
      sgdma_reg_pkg::ChStateOffset: begin
        rdata_o[sgdma_reg_pkg::ChStateStateLsb +: 3]  = status_i.state;
        rdata_o[sgdma_reg_pkg::ChStatePausingLsb]     = status_i.pausing;
        rdata_o[sgdma_reg_pkg::ChStateRetryLegalLsb]  = status_i.retry_legal;
        rdata_o[sgdma_reg_pkg::ChStateSkipLegalLsb]   = status_i.skip_legal;
      end
      sgdma_reg_pkg::ChQuiescedOffset:  rdata_o[0] = status_i.quiesced;
      sgdma_reg_pkg::ChErrImage0Offset: rdata_o = image[31:0];
      sgdma_reg_pkg::ChErrImage1Offset: rdata_o = image[63:32];
      sgdma_reg_pkg::ChErrImage2Offset: rdata_o = image[95:64];
      sgdma_reg_pkg::ChErrImage3Offset: rdata_o = image[127:96];
      sgdma_reg_pkg::ChErrCtrlOffset: begin
        rdata_o[sgdma_reg_pkg::ChErrCtrlValidLsb]      = status_i.err_valid;
        rdata_o[sgdma_reg_pkg::ChErrCtrlStuckLsb +: 3] = status_i.err_stuck;
      end
      sgdma_reg_pkg::ChErrCountOffset:  rdata_o = status_i.err_count;
      sgdma_reg_pkg::ChSubBaseLoOffset: rdata_o = sub_base_lo_q;
      sgdma_reg_pkg::ChSubBaseHiOffset: rdata_o = sub_base_hi_q;
      sgdma_reg_pkg::ChSubSizeOffset:   rdata_o = sub_size_q;
      sgdma_reg_pkg::ChSubHeadOffset:   rdata_o[15:0] = status_i.sub_head;
      sgdma_reg_pkg::ChSubTailOffset:   rdata_o[15:0] = status_i.sub_tail;
      sgdma_reg_pkg::ChCplBaseLoOffset: rdata_o = cpl_base_lo_q;
      sgdma_reg_pkg::ChCplBaseHiOffset: rdata_o = cpl_base_hi_q;
      sgdma_reg_pkg::ChCplSizeOffset:   rdata_o = cpl_size_q;
      sgdma_reg_pkg::ChCplHeadOffset:   rdata_o[15:0] = status_i.cpl_head;
      sgdma_reg_pkg::ChCplIndexOffset:  rdata_o[15:0] = status_i.cpl_index;
      sgdma_reg_pkg::ChCauseOffset:     rdata_o = cause_q;
      sgdma_reg_pkg::ChEnableOffset:    rdata_o = enable_q;
      sgdma_reg_pkg::ChWatchdogOffset:  rdata_o = watchdog_q;
      sgdma_reg_pkg::ChPacingOffset:    rdata_o = pacing_q;
      sgdma_reg_pkg::ChFixedOffset:     rdata_o = fixed_q;
      sgdma_reg_pkg::ChPolicyOffset:    rdata_o = policy_q;
      sgdma_reg_pkg::ChCoalesceOffset:  rdata_o = coalesce_q;
      sgdma_reg_pkg::ChCoalesceCtrlOffset: rdata_o = gather_ctrl_q;
      sgdma_reg_pkg::ChDirect0Offset:   rdata_o = direct0_q;
      sgdma_reg_pkg::ChDirect1Offset:   rdata_o = direct1_q;
      sgdma_reg_pkg::ChDirect2Offset:   rdata_o = direct2_q;
      sgdma_reg_pkg::ChDirect3Offset:   rdata_o = direct3_q;
      sgdma_reg_pkg::ChPosSlotIndexOffset: begin
        rdata_o[sgdma_reg_pkg::ChPosSlotIndexSlotLsb +: 16]  = status_i.pos_slot;
        rdata_o[sgdma_reg_pkg::ChPosSlotIndexIndexLsb +: 16] = status_i.pos_index;
      end
      sgdma_reg_pkg::ChPosAddrLoOffset: rdata_o = pos_addr_q[31:0];
      sgdma_reg_pkg::ChPosAddrHiOffset: rdata_o[15:0] = pos_addr_q[47:32];
      sgdma_reg_pkg::ChPosBytesOffset:  rdata_o = pos_bytes_q;
      sgdma_reg_pkg::ChOutDataOffset: begin
        rdata_o[sgdma_reg_pkg::ChOutDataReadsLsb +: 9]  = status_i.out_reads;
        rdata_o[sgdma_reg_pkg::ChOutDataWritesLsb +: 9] = status_i.out_writes;
      end
      sgdma_reg_pkg::ChOutCtlOffset: begin
        rdata_o[sgdma_reg_pkg::ChOutCtlRecordsLsb +: 9] = status_i.out_records;
        rdata_o[sgdma_reg_pkg::ChOutCtlFetchesLsb +: 9] = status_i.out_fetches;
      end
      sgdma_reg_pkg::ChCntStreamDiscardOffset: rdata_o = status_i.stream_discard;
      default: begin
        if (cnt_hit) rdata_o = cnt_value;
        if (cnt_high) rdata_o = pos_bytes_q;
      end
    endcase
  end

endmodule
