// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Completion side of one channel: matches write responses with bursts, adds up the proven bytes, and says how each
// descriptor ended, in order.
//
//   meta (one entry a burst, in AW order) ──► head ──┐
//   B responses (same order) ────────────────────────┴─► bytes, first error ─► end (to the record side)
//
// Handshake: B is never refused (bounded by the bursts out). end_valid_o does not depend on end_ready_i.
// An error that halts raises halt_o for one cycle; then the writes still out are waited for, younger descriptors leave
// no end, the failed one's end is passed on, and nothing moves until flush_i. The failed descriptor stays at the head
// of the tracker, where the life side reads its context.
// Of two errors in one descriptor the one at the lower offset counts: a write error always lies below the read error
// that cut its job, since nothing at or above that was written.
// The rows of a STRIDE pair come as jobs of one descriptor; how far the row at hand is from the first one is added up
// here, for the address of an error.

module sgdma_complete #(
  parameter int unsigned Outstanding = 32,  // write bursts
  localparam int unsigned MetaBits   = 1 + 1 + 1 + 1 + 13 + 4 + 3 + 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          flush_i,
  input  logic                          run_i,         // low while PAUSED: nothing is passed on
  input  logic                          cont_i,
  input  logic                          kill_i,        // RESET: everything ends silently
  input  logic                          drained_i,     // no write burst under way and none will begin
  // Bursts.
  input  logic                          meta_valid_i,
  output logic                          meta_ready_o,
  input  logic [MetaBits-1:0]           meta_i,        // {bus, last, row, eop, bytes[13], status[4], where[3], halt}
  input  logic                          b_valid_i,
  input  logic [1:0]                    b_resp_i,
  // Oldest descriptor.
  input  logic [sgdma_pkg::CtxBits-1:0] ctx_i,
  input  logic [47:0]                   src_i,
  input  logic [47:0]                   dst_i,
  input  logic                          src_fixed_i,
  input  logic                          dst_fixed_i,
  input  logic [41:0]                   base_i,        // of the submission ring [47:6]
  input  logic [15:0]                   mask_i,
  input  logic [47:0]                   src_stride_i,  // of a pair
  input  logic [47:0]                   dst_stride_i,
  input  logic                          irq_i,
  input  logic                          cpl_i,
  output logic                          pop_o,
  // Ends.
  output logic                          end_valid_o,
  input  logic                          end_ready_i,
  output sgdma_pkg::end_t               end_o,
  output logic                          halt_o,
  output logic [2:0]                    where_o,       // of a bad end
  output logic                          unproven_o,    // bursts whose response has not been looked at
  output logic [31:0]                   bytes_o,       // proven bytes of the oldest descriptor
  output logic [12:0]                   proven_o,      // added to them in this cycle
  output logic                          idle_o,
  output logic [8:0]                    count_o        // bursts on the bus
);

  localparam int unsigned CountBits = $clog2(Outstanding + 1);
  localparam logic [3:0] StOk      = sgdma_pkg::StOk[3:0];
  localparam logic [3:0] StAborted = sgdma_pkg::StAborted[3:0];
  localparam logic [3:0] StSkipped = sgdma_pkg::StSkipped[3:0];

  typedef enum logic [1:0] {
    StNormal,  // matching bursts and responses
    StReport,  // the oldest descriptor ended badly: its end is due, after the drain if it halts
    StDead     // halted: what is left is only taken
  } state_e;

  /* verilator lint_off UNUSEDSIGNAL */  // lap, list flags and entries left are for the life side
  sgdma_pkg::ctx_t ctx;
  /* verilator lint_on UNUSEDSIGNAL */
  assign ctx = ctx_i;

  logic [8:0] count_q;  // bursts on the bus

  // ---- Bursts and responses ---------------------------------------------------------------------------------------
  logic [MetaBits-1:0]  head;
  logic                 head_valid, head_bus, head_last, head_row, head_eop, head_halt, step;
  logic [12:0]          head_bytes;
  logic [3:0]           head_status;
  logic [2:0]           head_where;
  logic                 resp_valid;
  logic [1:0]           resp;
  logic [CountBits-1:0] meta_count;
  /* verilator lint_off UNUSEDSIGNAL */  // a response can not come without its burst, so there is always room
  logic                 resp_ready;
  logic [CountBits-1:0] resp_count;
  /* verilator lint_on UNUSEDSIGNAL */

  sgdma_fifo #(
    .Width(MetaBits),
    .Depth(Outstanding)
  ) u_meta (
    .clk_i,
    .rst_ni,
    .flush_i,
    .valid_i(meta_valid_i),
    .ready_o(meta_ready_o),
    .data_i(meta_i),
    .valid_o(head_valid),
    .ready_i(step),
    .data_o(head),
    .count_o(meta_count)
  );
  assign {head_bus, head_last, head_row, head_eop, head_bytes, head_status, head_where, head_halt} = head;

  sgdma_fifo #(
    .Width(2),
    .Depth(Outstanding),
    .FallThrough(1'b1)
  ) u_resp (
    .clk_i,
    .rst_ni,
    .flush_i,
    .valid_i(b_valid),
    .ready_o(resp_ready),
    .data_i(b_resp_i),
    .valid_o(resp_valid),
    .ready_i(step && head_bus),
    .data_o(resp),
    .count_o(resp_count)
  );

  // ---- Account of the oldest descriptor -----------------------------------------------------------------------------
  state_e      state_q;
  logic [31:0] acc_q, acc;         // proven bytes
  logic [15:0] part_q;             // of them in the row at hand
  logic        bad_q, bad;         // an error of it is known: what comes behind proves nothing
  logic [3:0]  status_q, status;
  logic [2:0]  where_q, where;
  logic        halt_q, eop_q, b_bad, ends, ends_well, ends_badly, halts;
  logic [12:0] bytes;

  assign b_bad  = head_bus && (resp != sgdma_pkg::RespOkay);
  assign bad    = bad_q || b_bad || (head_status != StOk);
  assign bytes  = (bad_q || b_bad) ? 13'd0 : head_bytes;
  assign acc    = acc_q + 32'(bytes);
  assign status = bad_q ? status_q :
                  !b_bad ? head_status :
                  (resp == sgdma_pkg::RespDecErr) ? sgdma_pkg::StDecErr[3:0] : sgdma_pkg::StSlvErr[3:0];
  assign where  = bad_q ? where_q : b_bad ? sgdma_pkg::WhereWrite[2:0] : head_where;
  assign halts  = (b_bad && !bad_q && !cont_i) || head_halt;

  // A step: the head burst is answered, and where the descriptor ends well the record side takes its end.
  logic ready;
  // A response that nobody waits for, behind a FORCE_RESET, is sunk.
  logic b_valid;
  assign b_valid    = b_valid_i && (count_q != '0);
  assign ready      = head_valid && (!head_bus || resp_valid);
  assign ends       = head_last && !kill_i;
  assign ends_well  = ends && !halts && (status == StOk);
  assign ends_badly = (ends && !ends_well) || (halts && !kill_i);
  always_comb begin
    case (state_q)
      StNormal: step = ready && (kill_i || (run_i && (!ends_well || end_ready_i)));
      StReport: step = ready && (kill_i || halt_q);
      default:  step = ready;
    endcase
  end

  assign halt_o = (state_q == StNormal) && step && halts && !kill_i;

  // ---- Where ------------------------------------------------------------------------------------------------------------
  // Slot and index of the record: of a pair those of its transfer.
  logic [15:0] slot, index;
  assign slot  = ctx.direct ? 16'd0 : (ctx.slot[15:0] + 16'(ctx.pair && !ctx.in_array)) & mask_i;
  assign index = !(ctx.pair && ctx.in_array) ? ctx.index : (ctx.index == 16'hFFFE) ? 16'd0 : ctx.index + 16'd1;

  // Distance of the row at hand from the first one; of an error, in two steps, the address of its row or descriptor, and
  // where in the row. A FIXED side stays where it is, and so does a descriptor.
  logic [47:0] src_off_q, dst_off_q, dst_from, dst_by;
  logic        placed_q, located_q, at_source, at_desc;

  assign at_source = (where_q == sgdma_pkg::WhereRead[2:0]);
  assign at_desc   = (where_q == sgdma_pkg::WhereDesc[2:0]) || (status_q == StSkipped);

  always_comb begin
    dst_from = dst_off_q;
    dst_by   = dst_stride_i;
    if (placed_q) begin
      dst_by = (at_desc || (at_source ? src_fixed_i : dst_fixed_i)) ? '0 : {32'd0, part_q};
    end else if (state_q == StReport) begin
      dst_by = at_source ? src_i : dst_i;
      if (at_source) dst_from = src_off_q;
      if (at_desc) begin
        dst_from = ctx.in_array ? {ctx.addr, 4'b0} : ctx.direct ? '0 : {base_i, 6'b0};
        dst_by   = ctx.in_array ? {43'd0, ctx.pair, 4'b0} : {28'd0, slot, 4'b0};
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i || pop_o) begin
      src_off_q <= '0;
      dst_off_q <= '0;
      placed_q  <= 1'b0;
      located_q <= 1'b0;
    end else if ((state_q == StReport) ? !located_q : (step && head_row && !head_last && !bad)) begin
      src_off_q <= src_off_q + src_stride_i;
      dst_off_q <= dst_from + dst_by;
      placed_q  <= (state_q == StReport);
      located_q <= placed_q;
    end
  end

  // ---- End --------------------------------------------------------------------------------------------------------------
  logic        report, error;
  assign report = (state_q == StReport) && located_q && !kill_i && run_i &&
                  (!halt_q || (drained_i && (meta_count == '0)));
  assign error  = (status_q != StAborted) && (status_q != StSkipped);

  assign end_valid_o = report || ((state_q == StNormal) && run_i && ready && ends_well);
  assign pop_o       = end_valid_o && end_ready_i && !((state_q == StReport) && halt_q);

  always_comb begin
    end_o.slot  = slot;
    end_o.index = index;
    end_o.slots = (ctx.in_array || ctx.direct) ? 2'd0 : ctx.pair ? 2'd2 : 2'd1;
    end_o.direct = ctx.direct;
    end_o.eop    = (state_q == StReport) ? eop_q : head_eop;
    if (state_q == StReport) begin
      end_o.bytes  = acc_q;
      end_o.status = status_q;
      end_o.where  = where_q;
      end_o.fault  = dst_off_q;
      end_o.record = 1'b1;
      end_o.error  = error;
      end_o.irq    = irq_i && !error;
      if (halt_q) end_o.slots = 2'd0;
    end else begin
      end_o.bytes  = acc;
      end_o.status = StOk;
      end_o.where  = sgdma_pkg::WhereNone[2:0];
      end_o.fault  = '0;
      end_o.record = cpl_i;
      end_o.error  = 1'b0;
      end_o.irq    = irq_i;
    end
  end

  assign bytes_o  = acc_q;
  assign proven_o = ((state_q == StNormal) && step && !kill_i) ? bytes : '0;
  assign idle_o  = (meta_count == '0) && (state_q != StReport);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      state_q  <= StNormal;
      acc_q    <= '0;
      part_q   <= '0;
      bad_q    <= 1'b0;
      status_q <= StOk;
      where_q  <= '0;
      halt_q   <= 1'b0;
      eop_q    <= 1'b0;
    end else if (kill_i) begin
      state_q <= StDead;
    end else if (state_q == StNormal && step) begin
      if (ends_badly) state_q <= StReport;
      halt_q   <= halts;
      eop_q    <= head_eop && !bad_q && !b_bad;
      status_q <= status;
      where_q  <= where;
      bad_q    <= bad && !ends_well;
      acc_q    <= ends_well ? '0 : acc;
      part_q   <= (head_row && !bad) ? '0 : part_q + 16'(bytes);
    end else if (report && end_ready_i) begin
      if (halt_q) begin
        state_q <= StDead;
      end else begin
        state_q <= StNormal;
        acc_q   <= '0;
        part_q  <= '0;
        bad_q   <= 1'b0;
      end
    end
  end

  // ---- Bursts on the bus ----------------------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + 9'(meta_valid_i && meta_i[MetaBits-1]) - 9'(b_valid);
  end
  assign count_o = count_q;

  logic [8:0] unproven_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) unproven_q <= '0;
    else unproven_q <= unproven_q + 9'(meta_valid_i && meta_i[MetaBits-1]) - 9'(step && head_bus);
  end
  assign unproven_o = (unproven_q != '0);
  assign where_o    = where_q;

endmodule
