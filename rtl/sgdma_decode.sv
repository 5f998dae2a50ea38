// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Takes descriptors in order, from the ring or from the arrays of the list a ring LINK started, checks them and hands
// them on as jobs. Follows LINKs: the next array's address and count are always known, so nothing is guessed.
//
//   ring  ──┐            ┌─► job (to read, write and completion sides together)
//           ├─► D ─check─┤
//   array ──┤            └─► array start (LINK)
//   DIRECT ─┘
//
// A STRIDE moves on to S and waits for its transfer; then D is handed on once a row, with N holding the addresses of the
// next row. What is wrong with the pair is found when the transfer is in D.
//
//   D ─► S (rows, strides)      D.src, D.dst ◄── N ◄── + stride
//
// When the last array of a list has been handed on, an entry of its own stands for the end of the ring's LINK: it
// carries the LINK's IRQ and CPL and ends the LINK's ring slot.
//
// Handshake: job_valid_o does not depend on job_ready_i. A descriptor with FENCE, LINK included, or with a FIXED side waits here until
// empty_i (no earlier descriptor of the channel incomplete). After an error that halts nothing more is handed on until
// load_i. load_i places the next descriptor (START, RETRY, SKIP) and must only be used after flush_i; skip_* move on from
// there, while run_i is low.

module sgdma_decode #(
  parameter bit          Streams   = 1'b1,
  parameter int unsigned DataWidth = 64,
  parameter int unsigned AddrWidth = 48,
  parameter int unsigned MaxBurstBeats = 16
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          flush_i,
  input  logic                          run_i,
  input  logic [2:0]                    element_i,  // log2 of the bytes of a FIXED element
  input  logic [8:0]                    cap_i,      // most beats of a burst
  input  logic                          cont_i,   // CONTINUE: errors that need not halt do not
  input  logic                          empty_i,
  // Where to go on.
  input  logic                          load_i,
  input  logic [sgdma_pkg::CtxBits-1:0] load_ctx_i,
  input  logic                          load_skipped_i,  // ctx is the end of a list: it ends as SKIPPED
  input  logic [16:0]                   load_slot_i,     // next ring slot, {lap, slot}
  input  logic                          skip_slot_i,     // past one slot
  input  logic                          skip_entry_i,    // past one entry of the array
  input  logic [15:0]                   mask_i,
  // Descriptors, of the ring or of the arrays.
  output logic                          sel_o,
  input  logic                          valid_i,
  output logic                          ready_o,
  input  logic [127:0]                  desc_i,
  input  logic [1:0]                    err_i,
  input  logic                          direct_valid_i,  // goes before the ring's next
  output logic                          direct_ready_o,
  input  logic [127:0]                  direct_desc_i,
  output logic                          array_start_o,
  output logic [43:0]                   array_addr_o,
  output logic [15:0]                   array_count_o,
  // Jobs.
  output logic                          job_valid_o,
  input  logic                          job_ready_i,
  output sgdma_pkg::job_t               job_o,
  output logic [sgdma_pkg::CtxBits-1:0] job_ctx_o,
  output logic [47:0]                   src_stride_o,  // of a pair, with its jobs
  output logic [47:0]                   dst_stride_o,
  // Lists.
  input  logic                          end_list_i,  // END_LIST command
  input  logic                          packet_cut_i,  // SENDs up to EOP end as SKIPPED
  output logic                          in_list_o,
  // What comes next: the descriptor in D, or the one that will be.
  output logic [sgdma_pkg::CtxBits-1:0] next_ctx_o,
  output logic                          idle_o
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned LaneBits = $clog2(BusBytes);

  // ---- State ----------------------------------------------------------------------------------------------------
  logic             d_valid_q, d_first_q, d_wrap_q, d_skipped_q, stop_q;
  logic [127:0]     d_desc_q;
  logic [1:0]       d_err_q;
  sgdma_pkg::ctx_t  d_ctx_q;

  logic [16:0]      slot_q;       // next ring slot, {lap, slot}
  logic             list_q, end_list_q, list_direct_q;
  logic [16:0]      list_slot_q;
  logic             list_irq_q, list_cpl_q;
  logic [15:0]      index_q, left_q;
  logic [43:0]      array_addr_q;

  logic             s_valid_q;          // a STRIDE whose transfer is in D, or still to come
  logic [15:0]      s_rows_q;           // rows not yet handed on
  logic [47:0]      s_src_q, s_dst_q;   // strides
  sgdma_pkg::ctx_t  s_ctx_q;
  logic             n_valid_q, n_wrap_q;
  logic [47:0]      n_src_q, n_dst_q;   // the next row
  logic             pass_q;             // behind a bad STRIDE: the next transfer ends as SKIPPED

  // ---- Check: flags are made while D is filled, the verdict is read from D -------------------------------------------
  sgdma_pkg::desc_t desc;
  sgdma_pkg::ctx_t  load_ctx;
  logic [127:0]     in_desc;
  logic [1:0]       in_err;
  logic [9:0]       in_flags, d_flags_q;
  logic [3:0]       status;
  logic [14:0]      d_words_q;  // bus words the source touches
  logic [8:0]  d_limit_q, in_limit;  // most beats of its first burst
  logic [15:0]      in_len;
  logic [LaneBits-1:0] in_lane;
  logic             in_array, in_direct, in_lap, rows_left;
  logic             no_desc, always_halts, flags_bad, bad, is_link, is_stride, is_fill, is_xfer, is_fixed, is_send, is_recv;
  logic             link_ok, stride_ok, last_entry;

  assign desc       = d_desc_q;
  assign load_ctx   = load_ctx_i;
  assign last_entry = (d_ctx_q.left == 16'd1);

  // D takes the next row of its pair, or the next descriptor.
  assign rows_left = d_valid_q && s_valid_q && (s_rows_q != 16'd1);
  assign in_desc   = rows_left ? {desc.ctl, n_dst_q, desc.len, n_src_q} :
                     (!list_q && direct_valid_i) ? direct_desc_i : desc_i;
  assign in_err    = (rows_left || in_direct) ? sgdma_pkg::RespOkay : err_i;
  assign in_array  = rows_left ? d_ctx_q.in_array : list_q;
  assign in_direct = rows_left ? d_ctx_q.direct : (!list_q && direct_valid_i);
  assign in_lap    = rows_left ? d_ctx_q.slot[16] : slot_q[16];
  // Elements of SRC_FIXED and bytes of a stream are packed from lane 0 on.
  assign in_lane   = (in_desc[112+8] || in_desc[112+:4] == sgdma_pkg::OpRecv) ? '0 : in_desc[LaneBits-1:0];
  assign in_len    = in_desc[63:48];

  sgdma_limit #(
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_limit (
    .word_i(in_desc[11:LaneBits]),
    .cap_i,
    .limit_o(in_limit)
  );

  sgdma_check #(
    .Streams(Streams),
    .AddrWidth(AddrWidth)
  ) u_check (
    .desc_i(in_desc),
    .err_i(in_err),
    .in_array_i(in_array),
    .direct_i(in_direct),
    .lap_i(in_lap),
    .last_i(left_q == 16'd1),
    .element_i,
    .flags_o(in_flags),
    .flags_i(d_flags_q),
    .bad_o(flags_bad),
    .status_o(status),
    .no_desc_o(no_desc),
    .always_halts_o(always_halts)
  );

  assign is_link   = (desc.ctl.opcode == sgdma_pkg::OpLink);
  assign is_stride = (desc.ctl.opcode == sgdma_pkg::OpStride);
  assign is_fill   = (desc.ctl.opcode == sgdma_pkg::OpFill);
  assign is_xfer   = is_fill || (desc.ctl.opcode == sgdma_pkg::OpCopy);
  assign is_send   = Streams && (desc.ctl.opcode == sgdma_pkg::OpSend);
  assign is_recv   = Streams && (desc.ctl.opcode == sgdma_pkg::OpRecv);
  assign is_fixed  = desc.ctl.src_fixed || desc.ctl.dst_fixed;
  assign bad       = !d_ctx_q.list_end && (flags_bad || d_wrap_q);

  // What D is: the end of a list, a transfer to be passed over, one that its STRIDE can not have, or what it says.
  // A SEND from a FIFO, of a packet that was cut, reads nothing: it has waited for all that is older, so that is known.
  logic passed, dropped, s_fails;
  assign passed    = pass_q && !d_ctx_q.list_end && !no_desc && is_xfer;
  assign dropped   = packet_cut_i && is_send && desc.ctl.src_fixed && !d_ctx_q.list_end && !no_desc && !flags_bad;
  assign s_fails   = s_valid_q && !no_desc && (!is_xfer || is_fixed);
  assign link_ok   = !d_ctx_q.list_end && !flags_bad && is_link && !s_valid_q;
  assign stride_ok = !d_ctx_q.list_end && !flags_bad && is_stride && !s_valid_q;

  // ---- Hand on ----------------------------------------------------------------------------------------------------
  logic            go, accept, job_done, link_done, stride_done, more_rows;
  sgdma_pkg::ctx_t job_ctx;

  assign more_rows   = rows_left && !s_fails && !bad;
  assign go          = d_valid_q && run_i && !stop_q &&
                       (d_ctx_q.list_end || bad || passed || s_fails || !d_first_q ||
                        !(desc.ctl.fence || is_fixed) || empty_i);
  assign job_valid_o = go && !link_ok && !stride_ok && (!more_rows || n_valid_q);
  assign job_done    = job_valid_o && job_ready_i;
  assign link_done   = go && link_ok;
  assign stride_done = go && stride_ok;
  assign accept      = (job_done && !s_fails && !more_rows) || link_done || stride_done;

  // What DIRECT submits always says that it has ended.
  logic alone;
  assign alone = d_ctx_q.direct && !d_ctx_q.in_array;

  always_comb begin
    job_ctx           = s_valid_q ? s_ctx_q : d_ctx_q;  // a pair stands where its STRIDE does
    job_ctx.pair      = s_valid_q;
    job_ctx.passed    = pass_q;
    job_ctx.ends_list = d_ctx_q.in_array && bad && (is_link || (d_err_q != sgdma_pkg::RespOkay));
    job_ctx.passes    = is_stride && bad && !no_desc && !alone && !(d_ctx_q.in_array && last_entry);
    job_o.reads       = !is_fill;
    job_o.send        = is_send && !d_ctx_q.list_end && !no_desc;
    job_o.recv        = is_recv && !d_ctx_q.list_end && !no_desc;
    job_o.eop         = desc.ctl.eop;
    job_ctx.packet    = is_send && !desc.ctl.eop && !d_ctx_q.list_end && !no_desc;
    job_o.src_fixed   = desc.ctl.src_fixed;
    job_o.dst_fixed   = desc.ctl.dst_fixed;
    job_o.first       = d_first_q;
    job_o.last        = !more_rows;
    job_o.src         = desc.src;
    job_o.dst         = is_send ? '0 : desc.dst;  // words of a stream begin in lane 0
    job_o.len         = desc.len;
    job_o.words       = d_words_q;
    job_o.limit       = d_limit_q;
    job_o.data        = 1'b0;
    job_o.halt        = 1'b0;
    job_o.irq         = desc.ctl.irq || alone;
    job_o.cpl         = desc.ctl.cpl || alone;
    if (d_ctx_q.list_end) begin
      job_o.status = d_skipped_q ? sgdma_pkg::StSkipped[3:0] : sgdma_pkg::StOk[3:0];
      job_o.irq    = d_ctx_q.list_irq;
      job_o.cpl    = d_ctx_q.list_cpl;
    end else if (passed || dropped) begin
      job_o.status = sgdma_pkg::StSkipped[3:0];
    end else if (s_fails) begin
      job_ctx.pair      = 1'b0;
      job_ctx.ends_list = 1'b0;
      job_ctx.passes    = is_xfer;
      job_o.status   = sgdma_pkg::StBadStride[3:0];
      job_o.halt     = !cont_i;
    end else begin
      job_o.data   = !bad && (is_xfer || is_send || is_recv);
      job_o.status = d_wrap_q ? sgdma_pkg::StBadAddress[3:0] : status;
      job_o.halt   = bad && (!cont_i || always_halts);
      if (bad) job_o.irq = 1'b0;
    end
  end

  assign src_stride_o  = s_src_q;
  assign dst_stride_o  = s_dst_q;
  assign job_ctx_o     = job_ctx;
  assign array_start_o = link_done && !(d_ctx_q.in_array && end_list_q);
  assign array_addr_o  = desc.dst[47:4];
  assign array_count_o = desc.len;

  // ---- What D takes next ----------------------------------------------------------------------------------------
  logic            can_load, list_over, take, take_ring, take_array, take_direct;
  sgdma_pkg::ctx_t end_ctx, ring_ctx, direct_ctx, array_ctx, after;

  // The list is over behind the last entry of an array that does not lead on, or where END_LIST cuts it.
  assign list_over  = accept && d_ctx_q.in_array && last_entry && (!link_ok || end_list_q);
  assign can_load   = !d_valid_q || (accept && !link_ok && !rows_left);
  assign direct_ready_o = can_load && !list_over && !list_q && !load_i;
  assign ready_o     = can_load && !list_over && !load_i && (list_q || !direct_valid_i);
  assign take_direct = direct_ready_o && direct_valid_i;
  assign take_ring   = ready_o && !list_q && valid_i;
  assign take_array  = ready_o && list_q && valid_i;
  assign take        = take_ring || take_array || take_direct;
  assign sel_o       = list_q;

  always_comb begin
    end_ctx           = '0;
    end_ctx.slot      = list_slot_q;
    end_ctx.list_irq  = list_irq_q;
    end_ctx.list_cpl  = list_cpl_q;
    end_ctx.list_end  = 1'b1;
    end_ctx.index     = sgdma_pkg::RingIndex;
    end_ctx.direct    = list_direct_q;
    ring_ctx          = '0;
    ring_ctx.slot     = slot_q;
    ring_ctx.index    = sgdma_pkg::RingIndex;
    direct_ctx        = '0;
    direct_ctx.slot   = slot_q;
    direct_ctx.index  = sgdma_pkg::RingIndex;
    direct_ctx.direct = 1'b1;
    array_ctx          = '0;
    array_ctx.slot     = list_slot_q;
    array_ctx.in_array = 1'b1;
    array_ctx.list_irq = list_irq_q;
    array_ctx.list_cpl = list_cpl_q;
    array_ctx.index    = index_q;
    array_ctx.addr     = array_addr_q;
    array_ctx.left     = left_q;
    array_ctx.direct   = list_direct_q;
  end

  assign after      = list_q ? array_ctx : direct_valid_i ? direct_ctx : ring_ctx;
  assign next_ctx_o = s_valid_q ? s_ctx_q : d_valid_q ? d_ctx_q : after;
  assign in_list_o  = list_q;
  assign idle_o     = !d_valid_q && !list_q && !direct_valid_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      d_valid_q <= 1'b0;
      s_valid_q <= 1'b0;
      n_valid_q <= 1'b0;
      pass_q    <= 1'b0;
      stop_q    <= 1'b0;
    end else begin
      if (load_i) d_valid_q <= load_ctx.list_end;
      else if (list_over || take) d_valid_q <= 1'b1;
      else if (accept) d_valid_q <= 1'b0;
      if (job_done && job_o.halt) stop_q <= 1'b1;
      if (stride_done) s_valid_q <= 1'b1;
      else if (job_done && !more_rows) s_valid_q <= 1'b0;
      n_valid_q <= d_valid_q && s_valid_q && !(job_done && !more_rows);
      if (load_i) pass_q <= load_ctx.passes;
      else if (job_done && job_ctx.passes) pass_q <= 1'b1;
      else if (accept) pass_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      d_ctx_q     <= load_ctx;
      d_skipped_q <= load_skipped_i;
    end else if (list_over) begin
      d_ctx_q     <= end_ctx;
      d_skipped_q <= job_ctx.ends_list;
    end else if (take) begin
      d_ctx_q <= after;
    end
    if (take || (job_done && more_rows)) begin
      d_desc_q  <= in_desc;
      d_err_q   <= in_err;
      d_flags_q <= in_flags;
      d_words_q <= 15'((17'(in_lane) + 17'(in_len) + 17'(BusBytes - 1)) >> LaneBits);
      d_limit_q <= in_limit;
      d_first_q <= !rows_left;
      d_wrap_q  <= rows_left && n_wrap_q;
    end else if (load_i || list_over) begin
      d_first_q <= 1'b1;
      d_wrap_q  <= 1'b0;
    end
  end

  // ---- STRIDE -----------------------------------------------------------------------------------------------------
  // Strides are signed: bit 48 of the sum says that the row begins below 0 or at 2^48 or beyond.
  logic [48:0] src_sum, dst_sum;
  assign src_sum = {1'b0, n_valid_q ? n_src_q : desc.src} + {s_src_q[47], s_src_q};
  assign dst_sum = {1'b0, n_valid_q ? n_dst_q : desc.dst} + {s_dst_q[47], s_dst_q};

  always_ff @(posedge clk_i) begin
    if (stride_done) begin
      s_rows_q <= desc.len;
      s_src_q  <= desc.src;
      s_dst_q  <= desc.dst;
      s_ctx_q  <= d_ctx_q;
    end else if (job_done && more_rows) begin
      s_rows_q <= s_rows_q - 16'd1;
    end
    if (!n_valid_q || (job_done && more_rows)) begin
      n_src_q  <= is_fill ? desc.src : src_sum[47:0];
      n_dst_q  <= dst_sum[47:0];
      n_wrap_q <= dst_sum[48] || (src_sum[48] && !is_fill);
    end
  end

  // ---- Ring position --------------------------------------------------------------------------------------------
  logic [15:0] slot_next;
  assign slot_next = (slot_q[15:0] + 16'd1) & mask_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) slot_q <= '0;
    else if (load_i) slot_q <= load_slot_i;
    else if (take_ring || skip_slot_i) slot_q <= {slot_q[16] ^ (slot_next == '0), slot_next};
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
      list_direct_q <= 1'b0;
      index_q      <= '0;
      left_q       <= '0;
      array_addr_q <= '0;
    end else begin
      if (load_i) begin
        list_q       <= load_ctx.in_array;
        list_slot_q  <= load_ctx.slot;
        list_irq_q   <= load_ctx.list_irq;
        list_cpl_q   <= load_ctx.list_cpl;
        list_direct_q <= load_ctx.direct;
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
          list_irq_q  <= desc.ctl.irq || alone;
          list_cpl_q  <= desc.ctl.cpl || alone;
          list_direct_q <= d_ctx_q.direct;
        end
      end else if (take_array || skip_entry_i) begin
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
