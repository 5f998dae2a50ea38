// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Fetches descriptors ahead of decode: from the ring up to the tail, and from the array a LINK named.
//
// Fetches are of up to 4 descriptors and end at a 64-byte boundary: so they never pass the tail, the ring's end (rings
// are 64-byte aligned, a power of two of at least 4 slots) or a 4 KiB boundary. Space in the queues is reserved before
// the address goes out. A fetch is not asked for before the previous one's beats could have passed, so that data reads
// are not pushed aside by more than one fetch.
//
// Handshake: req_valid_o/req_o wait for grant_i; beats of this channel's descriptor reads come in order of the grants
// and are never refused. load_i places the ring pointer; array_start_i names an array when the previous one was taken;
// skip_* move them on, while run_i is low.
// flush_i drops everything prefetched and must only be used when count_o is 0.

module sgdma_fetch #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned PrefetchDepth = 32  // descriptors, per queue
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 flush_i,
  input  logic                 run_i,   // may ask for descriptors
  input  logic                 drop_i,  // what arrives now is not kept
  // Ring.
  input  logic                 load_i,
  input  logic [15:0]          load_slot_i,
  input  logic                 skip_slot_i,  // past one slot
  input  logic [41:0]          base_i,       // address [47:6]
  input  logic [15:0]          mask_i,       // slots - 1
  input  logic                 ring_i,       // there is a ring
  input  logic [15:0]          tail_i,
  // Array.
  input  logic                 array_start_i,
  input  logic [43:0]          array_addr_i,
  input  logic [15:0]          array_count_i,
  input  logic                 skip_entry_i,  // past one entry
  // Read request, and the answer.
  output logic                 req_valid_o,
  output logic [47:0]          req_addr_o,
  output logic [7:0]           req_len_o,
  input  logic                 grant_i,
  input  logic                 beat_i,
  input  logic [DataWidth-1:0] beat_data_i,
  input  logic [1:0]           beat_resp_i,
  input  logic                 beat_last_i,
  // Descriptors in order, of the ring or of the arrays.
  input  logic                 sel_i,
  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [127:0]         desc_o,
  output logic [1:0]           err_o,
  // Status.
  output logic [8:0]           count_o,   // fetches on the bus
  output logic                 caught_up_o  // nothing left to ask for
);

  localparam int unsigned BusBytes   = DataWidth / 8;
  localparam int unsigned PerEntry   = (DataWidth > 128) ? DataWidth / 128 : 1;
  localparam int unsigned Entries    = PrefetchDepth / PerEntry;
  localparam int unsigned CreditBits = $clog2(Entries + 1);
  // Enough to fill ring and array queue by fetches of 4 descriptors: a long latency is covered as far as they are deep.
  localparam int unsigned MaxFetches = (PrefetchDepth > 32) ? PrefetchDepth / 2 : 16;
  localparam int unsigned MetaBits   = 1 + 2 + 2;  // array, first descriptor within 64 bytes, descriptors - 1

  logic [15:0]           slot_q;
  logic [43:0]           array_addr_q;
  logic [41:0]           ring_line_q;   // address [47:6] of the slot; the ring is 64-byte aligned
  logic                  ring_fresh_q;  // of this slot
  logic [15:0]           array_left_q, pending;
  logic [CreditBits-1:0] ring_credit_q, array_credit_q;
  logic [4:0]            pace_q;

  // ---- What to ask for next -----------------------------------------------------------------------------------
  logic [2:0]  ring_chunk, array_chunk, chunk;
  logic [2:0]  ring_room, array_room;
  /* verilator lint_off UNUSEDSIGNAL */  // the top bit of a number of 0..3
  logic [2:0]  more;
  /* verilator lint_on UNUSEDSIGNAL */
  logic        ring_room_q, array_room_q, array_some_q;
  logic        ring_want, array_want, from_array, meta_ready;
  logic [43:0] addr;
  logic [4:0]  beats;

  // Queue entries that a fetch of up to 4 descriptors can take: descriptors on a narrow bus, bus words on a wide one.
  localparam int unsigned Most = (DataWidth <= 128) ? 4 : (DataWidth == 256) ? 2 : 1;

  function automatic logic [2:0] entries_of(input logic first_odd, input logic [2:0] n);
    if (DataWidth <= 128) entries_of = n;
    else if (DataWidth == 256) entries_of = 3'((4'(first_odd) + 4'(n) + 4'd1) >> 1);
    else entries_of = 3'd1;
  endfunction

  assign pending     = (tail_i - slot_q) & mask_i;
  assign ring_room   = 3'd4 - {1'b0, slot_q[1:0]};
  assign ring_chunk  = (pending < {13'd0, ring_room}) ? pending[2:0] : ring_room;
  assign array_room  = 3'd4 - {1'b0, array_addr_q[1:0]};
  assign array_chunk = (array_left_q < {13'd0, array_room}) ? array_left_q[2:0] : array_room;

  // Asked for only when the longest fetch has space: two flags, known a cycle ahead.
  assign ring_want  = ring_i && (tail_i != slot_q) && ring_room_q && ring_fresh_q;
  assign array_want = array_some_q && array_room_q;
  assign from_array = array_want;
  assign addr       = from_array ? array_addr_q : {ring_line_q, slot_q[1:0]};
  assign chunk      = from_array ? array_chunk : ring_chunk;

  assign more       = chunk - 3'd1;

  if (DataWidth < 128) begin : gen_beats_narrow
    assign beats = {2'b0, chunk} << $clog2(16 / BusBytes);
  end else begin : gen_beats_wide
    assign beats = {2'b0, entries_of(addr[0], chunk)};
  end

  assign req_valid_o = run_i && (ring_want || array_want) && (pace_q == '0) && meta_ready;
  assign req_addr_o  = {addr, 4'b0};
  assign req_len_o   = 8'(beats) - 8'd1;
  assign caught_up_o = (!ring_i || tail_i == slot_q) && !array_some_q;

  // ---- Fetches on the bus ---------------------------------------------------------------------------------------
  logic                meta_valid, meta_array;
  logic [1:0]          meta_first, meta_more;
  logic [MetaBits-1:0] meta_out;
  logic [$clog2(MaxFetches+1)-1:0] meta_count;

  sgdma_fifo #(
    .Width(MetaBits),
    .Depth(MaxFetches)
  ) u_meta (
    .clk_i,
    .rst_ni,
    .flush_i(1'b0),
    .valid_i(grant_i),
    .ready_o(meta_ready),
    .data_i({from_array, addr[1:0], more[1:0]}),
    .valid_o(meta_valid),
    .ready_i(beat_i && beat_last_i),
    .data_o(meta_out),
    .count_o(meta_count)
  );

  assign {meta_array, meta_first, meta_more} = meta_out;
  assign count_o = 9'(meta_count);

  // Lanes of the arriving word that were asked for; only a bus wider than 128 bits has more than one.
  logic [3:0] lanes, span;
  logic [1:0] word_q;  // bus words of this fetch already here

  assign span = (4'b1111 >> (2'd3 - meta_more)) << meta_first;
  if (DataWidth == 256) begin : gen_lanes_256
    assign lanes = (meta_first[1] || word_q[0]) ? {2'b00, span[3:2]} : {2'b00, span[1:0]};
  end else begin : gen_lanes
    assign lanes = (DataWidth == 512) ? span : 4'b0001;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) word_q <= '0;
    else if (beat_i) word_q <= beat_last_i ? '0 : word_q + 1'b1;
  end

  logic [1:0] err;
  logic       freed, ring_free, array_free;
  // EXOKAY is no answer to a request that was not exclusive.
  assign err = (beat_resp_i == sgdma_pkg::RespExOkay) ? sgdma_pkg::RespSlvErr : beat_resp_i;

  sgdma_prefetch #(
    .DataWidth(DataWidth),
    .Entries(Entries)
  ) u_prefetch (
    .clk_i,
    .rst_ni,
    .flush_i,
    .beat_i(beat_i && meta_valid && !drop_i),
    .array_i(meta_array),
    .data_i(beat_data_i),
    .err_i(err),
    .lanes_i(lanes),
    .sel_i,
    .valid_o,
    .ready_i,
    .desc_o,
    .desc_err_o(err_o),
    .free_o(freed)
  );
  assign ring_free  = freed && !sel_i;
  assign array_free = freed && sel_i;

  // ---- Pointers and credits ----------------------------------------------------------------------------------
  logic [15:0] slot_next;
  logic        ring_step;
  assign slot_next = (slot_q + 16'(ring_chunk)) & mask_i;
  assign ring_step = grant_i && !from_array;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) slot_q <= '0;
    else if (load_i) slot_q <= load_slot_i;
    else if (skip_slot_i) slot_q <= (slot_q + 16'd1) & mask_i;
    else if (ring_step) slot_q <= slot_next;
  end

  always_ff @(posedge clk_i) begin
    ring_line_q  <= base_i + 42'(slot_q[15:2]);
    ring_fresh_q <= rst_ni && !load_i && !skip_slot_i && !ring_step;
  end

  // One entry passed over, or those asked for.
  logic [15:0] array_left;
  logic [2:0]  array_step;
  assign array_step = skip_entry_i ? 3'd1 : array_chunk;
  assign array_left = array_left_q - 16'(array_step);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      array_left_q <= '0;
      array_some_q <= 1'b0;
    end else if (array_start_i) begin
      array_left_q <= array_count_i;
      array_some_q <= (array_count_i != '0);
    end else if (skip_entry_i || (grant_i && from_array)) begin
      array_left_q <= array_left;
      array_some_q <= (array_left != '0);
    end
  end

  always_ff @(posedge clk_i) begin
    if (array_start_i) array_addr_q <= array_addr_i;
    else if (skip_entry_i || (grant_i && from_array)) array_addr_q <= array_addr_q + 44'(array_step);
  end

  logic [CreditBits-1:0] ring_kept, array_kept, used;
  assign used       = CreditBits'(entries_of(addr[0], chunk));
  assign ring_kept  = ring_credit_q + CreditBits'(ring_free);
  assign array_kept = array_credit_q + CreditBits'(array_free);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      ring_credit_q  <= CreditBits'(Entries);
      array_credit_q <= CreditBits'(Entries);
      ring_room_q    <= 1'b1;
      array_room_q   <= 1'b1;
      pace_q         <= '0;
    end else begin
      ring_credit_q  <= (grant_i && !from_array) ? ring_kept - used : ring_kept;
      array_credit_q <= (grant_i && from_array) ? array_kept - used : array_kept;
      ring_room_q    <= ((grant_i && !from_array) ? ring_kept - used : ring_kept) >= CreditBits'(Most);
      array_room_q   <= ((grant_i && from_array) ? array_kept - used : array_kept) >= CreditBits'(Most);
      if (grant_i) pace_q <= beats - 5'd1;
      else if (pace_q != '0) pace_q <= pace_q - 1'b1;
    end
  end

endmodule
