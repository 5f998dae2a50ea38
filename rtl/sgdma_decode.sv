// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Takes descriptors in order, from the ring or from the arrays of the list a ring LINK started, checks them and hands
// them on as jobs. Follows LINKs: the next array's address and count are always known, so nothing is guessed.
//
//   ring  ──┐            ┌─► job (to read, write and completion sides together)
//           ├─► D ─check─┤
//   array ──┘            └─► array start (LINK)
//
// When the last array of a list has been handed on, an entry of its own stands for the end of the ring's LINK: it
// carries the LINK's IRQ and CPL and ends the LINK's ring slot.
//
// Handshake: job_valid_o does not depend on job_ready_i. A descriptor with FENCE, LINK included, waits here until
// empty_i (no earlier descriptor of the channel incomplete). After an error that halts nothing more is handed on until
// load_i. load_i places the next descriptor (START, RETRY, SKIP) and must only be used after flush_i.

module sgdma_decode #(
  parameter int unsigned DataWidth = 64,
  parameter int unsigned AddrWidth = 48
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          flush_i,
  input  logic                          run_i,
  input  logic                          cont_i,   // CONTINUE: errors that need not halt do not
  input  logic                          empty_i,
  // Where to go on.
  input  logic                          load_i,
  input  logic [sgdma_pkg::CtxBits-1:0] load_ctx_i,
  input  logic                          load_skipped_i,  // ctx is the end of a list: it ends as SKIPPED
  input  logic [16:0]                   load_slot_i,     // next ring slot, {lap, slot}
  input  logic [43:0]                   base_i,          // ring address [47:4]
  input  logic [15:0]                   mask_i,
  // Descriptors.
  input  logic                          ring_valid_i,
  output logic                          ring_ready_o,
  input  logic [127:0]                  ring_desc_i,
  input  logic [1:0]                    ring_err_i,
  input  logic                          array_valid_i,
  output logic                          array_ready_o,
  input  logic [127:0]                  array_desc_i,
  input  logic [1:0]                    array_err_i,
  output logic                          array_start_o,
  output logic [43:0]                   array_addr_o,
  output logic [15:0]                   array_count_o,
  // Jobs.
  output logic                          job_valid_o,
  input  logic                          job_ready_i,
  output sgdma_pkg::job_t               job_o,
  output logic [sgdma_pkg::CtxBits-1:0] job_ctx_o,
  // Lists.
  input  logic                          end_list_i,  // END_LIST command
  output logic                          in_list_o,
  // What comes next: the descriptor in D, or the one that will be.
  output logic [sgdma_pkg::CtxBits-1:0] next_ctx_o,
  output logic                          idle_o
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned LaneBits = $clog2(BusBytes);

  // ---- State ----------------------------------------------------------------------------------------------------
  logic             d_valid_q, d_skipped_q, stop_q;
  logic [127:0]     d_desc_q;
  logic [1:0]       d_err_q;
  sgdma_pkg::ctx_t  d_ctx_q;

  logic [16:0]      slot_q;       // next ring slot, {lap, slot}
  logic [43:0]      ring_addr_q;
  logic             list_q, end_list_q;
  logic [16:0]      list_slot_q;
  logic             list_irq_q, list_cpl_q;
  logic [15:0]      index_q, left_q;
  logic [43:0]      array_addr_q;

  // ---- Check: flags are made while D is filled, the verdict is read from D -------------------------------------------
  sgdma_pkg::desc_t desc;
  sgdma_pkg::ctx_t  load_ctx;
  logic [127:0]     in_desc;
  logic [1:0]       in_err;
  logic [8:0]       in_flags, d_flags_q;
  logic [3:0]       status;
  logic [14:0]      d_words_q;  // bus words the source touches
  logic [15:0]      in_len;
  logic [LaneBits-1:0] in_lane;
  logic             always_halts, is_link, link_ok, bad, flags_bad, last_entry;

  assign desc       = d_desc_q;
  assign load_ctx   = load_ctx_i;
  assign last_entry = (d_ctx_q.left == 16'd1);
  assign in_desc    = list_q ? array_desc_i : ring_desc_i;
  assign in_lane    = in_desc[LaneBits-1:0];
  assign in_len     = in_desc[63:48];
  assign in_err     = list_q ? array_err_i : ring_err_i;

  sgdma_check #(
    .AddrWidth(AddrWidth)
  ) u_check (
    .desc_i(in_desc),
    .err_i(in_err),
    .in_array_i(list_q),
    .lap_i(slot_q[16]),
    .last_i(left_q == 16'd1),
    .flags_o(in_flags),
    .flags_i(d_flags_q),
    .bad_o(flags_bad),
    .status_o(status),
    .always_halts_o(always_halts)
  );

  assign is_link = (desc.ctl.opcode == sgdma_pkg::OpLink);
  assign bad     = !d_ctx_q.list_end && flags_bad;
  assign link_ok = !d_ctx_q.list_end && !flags_bad && is_link;

  // ---- Hand on ----------------------------------------------------------------------------------------------------
  logic            go, accept, job_done, link_done;
  sgdma_pkg::ctx_t job_ctx;

  assign go          = d_valid_q && run_i && !stop_q &&
                       (d_ctx_q.list_end || bad || !desc.ctl.fence || empty_i);
  assign job_valid_o = go && !link_ok;
  assign job_done    = job_valid_o && job_ready_i;
  assign link_done   = go && link_ok;
  assign accept      = job_done || link_done;

  always_comb begin
    job_ctx           = d_ctx_q;
    job_ctx.ends_list = d_ctx_q.in_array && bad && (is_link || (d_err_q != sgdma_pkg::RespOkay));
    job_o.src         = desc.src;
    job_o.dst         = desc.dst;
    job_o.len         = desc.len;
    job_o.words       = d_words_q;
    if (d_ctx_q.list_end) begin
      job_o.data   = 1'b0;
      job_o.status = d_skipped_q ? sgdma_pkg::StSkipped[3:0] : sgdma_pkg::StOk[3:0];
      job_o.halt   = 1'b0;
      job_o.irq    = d_ctx_q.list_irq;
      job_o.cpl    = d_ctx_q.list_cpl;
    end else begin
      job_o.data   = !bad && (desc.ctl.opcode == sgdma_pkg::OpCopy);
      job_o.status = status;
      job_o.halt   = bad && (!cont_i || always_halts);
      job_o.irq    = desc.ctl.irq && !bad;
      job_o.cpl    = desc.ctl.cpl;
    end
  end

  assign job_ctx_o     = job_ctx;
  assign array_start_o = link_done && !(d_ctx_q.in_array && end_list_q);
  assign array_addr_o  = desc.dst[47:4];
  assign array_count_o = desc.len;

  // ---- What D takes next ----------------------------------------------------------------------------------------
  logic            can_load, list_over, take_ring, take_array;
  logic [43:0]     list_addr;
  sgdma_pkg::ctx_t end_ctx, ring_ctx, array_ctx, after;

  // The list is over behind the last entry of an array that does not lead on, or where END_LIST cuts it.
  assign list_over  = accept && d_ctx_q.in_array && last_entry && (!link_ok || end_list_q);
  assign can_load   = !d_valid_q || (accept && !link_ok);
  assign take_ring  = can_load && !list_over && !list_q && ring_valid_i && !load_i;
  assign take_array = can_load && !list_over && list_q && array_valid_i && !load_i;
  assign ring_ready_o  = can_load && !list_over && !list_q && !load_i;
  assign array_ready_o = can_load && !list_over && list_q && !load_i;
  assign list_addr  = base_i + 44'(list_slot_q[15:0]);

  always_comb begin
    end_ctx           = '0;
    end_ctx.slot      = list_slot_q;
    end_ctx.list_irq  = list_irq_q;
    end_ctx.list_cpl  = list_cpl_q;
    end_ctx.list_end  = 1'b1;
    end_ctx.index     = sgdma_pkg::RingIndex;
    end_ctx.addr      = list_addr;
    ring_ctx          = '0;
    ring_ctx.slot     = slot_q;
    ring_ctx.index    = sgdma_pkg::RingIndex;
    ring_ctx.addr     = ring_addr_q;
    array_ctx          = '0;
    array_ctx.slot     = list_slot_q;
    array_ctx.in_array = 1'b1;
    array_ctx.list_irq = list_irq_q;
    array_ctx.list_cpl = list_cpl_q;
    array_ctx.index    = index_q;
    array_ctx.addr     = array_addr_q;
    array_ctx.left     = left_q;
  end

  assign after      = list_q ? array_ctx : ring_ctx;
  assign next_ctx_o = d_valid_q ? d_ctx_q : after;
  assign in_list_o  = list_q;
  assign idle_o     = !d_valid_q && !list_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      d_valid_q <= 1'b0;
      stop_q    <= 1'b0;
    end else begin
      if (load_i) d_valid_q <= load_ctx.list_end;
      else if (list_over || take_ring || take_array) d_valid_q <= 1'b1;
      else if (accept) d_valid_q <= 1'b0;
      if (job_done && job_o.halt) stop_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      d_ctx_q     <= load_ctx;
      d_skipped_q <= load_skipped_i;
    end else if (list_over) begin
      d_ctx_q     <= end_ctx;
      d_skipped_q <= job_ctx.ends_list;
    end else if (take_ring || take_array) begin
      d_ctx_q     <= after;
      d_desc_q    <= in_desc;
      d_err_q     <= in_err;
      d_flags_q   <= in_flags;
      d_words_q   <= 15'((17'(in_lane) + 17'(in_len) + 17'(BusBytes - 1)) >> LaneBits);
    end
  end

  // ---- Ring position --------------------------------------------------------------------------------------------
  logic [15:0] slot_next;
  assign slot_next = (slot_q[15:0] + 16'd1) & mask_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      slot_q      <= '0;
      ring_addr_q <= '0;
    end else if (load_i) begin
      slot_q      <= load_slot_i;
      ring_addr_q <= base_i + 44'(load_slot_i[15:0]);
    end else if (take_ring) begin
      slot_q      <= {slot_q[16] ^ (slot_next == '0), slot_next};
      ring_addr_q <= (slot_next == '0) ? base_i : ring_addr_q + 44'd1;
    end
  end

  // ---- List position --------------------------------------------------------------------------------------------
  logic [15:0] index_next;
  assign index_next = (index_q == 16'hFFFE) ? 16'd0 : index_q + 16'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      list_q       <= 1'b0;
      end_list_q   <= 1'b0;
      list_slot_q  <= '0;
      list_irq_q   <= 1'b0;
      list_cpl_q   <= 1'b0;
      index_q      <= '0;
      left_q       <= '0;
      array_addr_q <= '0;
    end else begin
      if (load_i) begin
        list_q       <= load_ctx.in_array;
        list_slot_q  <= load_ctx.slot;
        list_irq_q   <= load_ctx.list_irq;
        list_cpl_q   <= load_ctx.list_cpl;
        index_q      <= load_ctx.index;
        array_addr_q <= load_ctx.addr;
        left_q       <= load_ctx.left;
      end else if (list_over) begin
        list_q <= 1'b0;
      end else if (link_done) begin
        list_q       <= 1'b1;
        array_addr_q <= array_addr_o;
        left_q       <= array_count_o;
        if (!d_ctx_q.in_array) begin
          index_q     <= '0;
          list_slot_q <= d_ctx_q.slot;
          list_irq_q  <= desc.ctl.irq;
          list_cpl_q  <= desc.ctl.cpl;
        end
      end else if (take_array) begin
        index_q      <= index_next;
        array_addr_q <= array_addr_q + 44'd1;
        left_q       <= left_q - 16'd1;
      end
      // END_LIST holds until the list has ended.
      if (list_over || (load_i && !load_ctx.in_array)) end_list_q <= 1'b0;
      else if (end_list_i) end_list_q <= 1'b1;
    end
  end

endmodule
