// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Puts 16-byte descriptors together from bus words and queues them: two queues in one memory, one for the ring and one
// for the arrays of a list, of which decode reads one at a time. One descriptor a cycle comes out, whatever the bus width:
//
//   bus < 128 bits   words are collected; an entry of a queue is one descriptor
//   bus >= 128 bits  an entry is a bus word with a mask of the descriptors in it that were asked for
//
// Handshake: array_i says to which queue a word belongs, sel_i (not too late in the cycle) which queue is read. Space is
// reserved by the fetch side before it asks (free_o: an entry of the queue that is read became free), so there is no
// ready towards the bus. The output falls through: the last beat of a descriptor can be taken in the cycle it arrives.
// Storage is read asynchronously: it becomes distributed RAM.

module sgdma_prefetch #(
  parameter int unsigned DataWidth = 64,
  parameter int unsigned Entries   = 32  // a queue
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 flush_i,
  // Bus words.
  input  logic                 beat_i,
  input  logic                 array_i,
  input  logic [DataWidth-1:0] data_i,
  input  logic [1:0]           err_i,    // AXI response, 0 when it was OKAY
  input  logic [3:0]           lanes_i,  // bus > 128 bits: which 16-byte lanes of this word were asked for
  // Descriptors in order.
  input  logic                 sel_i,    // of the arrays
  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [127:0]         desc_o,
  output logic [1:0]           desc_err_o,
  output logic                 free_o
);

  localparam int unsigned Lanes    = (DataWidth > 128) ? DataWidth / 128 : 1;
  localparam int unsigned WordBits = (DataWidth > 128) ? DataWidth : 128;
  localparam int unsigned Width    = 2 + Lanes + WordBits;
  localparam int unsigned IdxBits  = $clog2(Entries);

  // ---- What arrives as an entry -----------------------------------------------------------------------------------
  logic                in_valid;
  logic [1:0]          in_err;
  logic [Lanes-1:0]    in_mask;
  logic [WordBits-1:0] in_word;

  if (DataWidth < 128) begin : gen_narrow
    localparam int unsigned Words   = 128 / DataWidth;
    localparam int unsigned CntBits = $clog2(Words);

    logic [127-DataWidth:0] part_q;
    logic [CntBits-1:0]     cnt_q;
    logic [1:0]             err_q;
    logic                   last;
    /* verilator lint_off UNUSEDSIGNAL */  // lanes only exist on wider buses
    logic                   unused;
    assign unused = ^lanes_i;
    /* verilator lint_on UNUSEDSIGNAL */

    assign last     = (cnt_q == CntBits'(Words - 1));
    assign in_valid = beat_i && last;
    assign in_err   = (err_q != 2'd0) ? err_q : err_i;
    assign in_mask  = '1;
    assign in_word  = {data_i, part_q};

    always_ff @(posedge clk_i) begin
      if (!rst_ni || flush_i) begin
        cnt_q <= '0;
        err_q <= '0;
      end else if (beat_i) begin
        cnt_q <= cnt_q + 1'b1;
        err_q <= last ? 2'd0 : in_err;
      end
    end

    always_ff @(posedge clk_i) begin
      if (beat_i) part_q <= in_word[127:DataWidth];
    end
  end else begin : gen_wide
    /* verilator lint_off UNUSEDSIGNAL */  // a 128-bit bus has one lane
    logic unused;
    assign unused = ^lanes_i;
    /* verilator lint_on UNUSEDSIGNAL */
    assign in_valid = beat_i;
    assign in_err   = err_i;
    assign in_mask  = lanes_i[Lanes-1:0];
    assign in_word  = data_i;
  end

  // ---- The queues ---------------------------------------------------------------------------------------------------
  logic [Width-1:0]    mem [2**(IdxBits+1)];
  logic [IdxBits:0]    ring_w_q, ring_r_q, array_w_q, array_r_q;
  logic [IdxBits-1:0]  wptr, rptr;
  logic                empty, through, word_last;
  logic [1:0]          err;
  logic [Lanes-1:0]    mask;
  logic [WordBits-1:0] word;

  assign wptr    = array_i ? array_w_q[IdxBits-1:0] : ring_w_q[IdxBits-1:0];
  assign rptr    = sel_i ? array_r_q[IdxBits-1:0] : ring_r_q[IdxBits-1:0];
  assign empty   = sel_i ? (array_r_q == array_w_q) : (ring_r_q == ring_w_q);
  assign through = empty && in_valid && (array_i == sel_i);
  assign valid_o = !empty || through;
  assign free_o  = valid_o && ready_i && word_last;
  assign {err, mask, word} = empty ? {in_err, in_mask, in_word} : mem[{sel_i, rptr}];

  // An entry that falls through and is taken at once is stored all the same, and passed over.
  always_ff @(posedge clk_i) begin
    if (in_valid) mem[{array_i, wptr}] <= {in_err, in_mask, in_word};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      ring_w_q  <= '0;
      ring_r_q  <= '0;
      array_w_q <= '0;
      array_r_q <= '0;
    end else begin
      if (in_valid && !array_i) ring_w_q <= ring_w_q + 1'b1;
      if (in_valid && array_i) array_w_q <= array_w_q + 1'b1;
      if (free_o && !sel_i) ring_r_q <= ring_r_q + 1'b1;
      if (free_o && sel_i) array_r_q <= array_r_q + 1'b1;
    end
  end

  // ---- Descriptors of an entry ----------------------------------------------------------------------------------------
  assign desc_err_o = err;
  if (Lanes == 1) begin : gen_one
    /* verilator lint_off UNUSEDSIGNAL */
    logic unused_mask;
    assign unused_mask = ^mask;
    /* verilator lint_on UNUSEDSIGNAL */
    assign word_last = 1'b1;
    assign desc_o    = word;
  end else begin : gen_lanes
    logic [Lanes-1:0] ring_done_q, array_done_q, left;  // handed out; the lowest of those left is next

    assign left      = mask & ~(sel_i ? array_done_q : ring_done_q);
    assign word_last = ((left & (left - 1'b1)) == '0);
    always_comb begin
      desc_o = word[127:0];
      for (int unsigned i = Lanes; i > 0; i--) if (left[i-1]) desc_o = word[128*(i-1)+:128];
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni || flush_i) begin
        ring_done_q  <= '0;
        array_done_q <= '0;
      end else if (valid_o && ready_i) begin
        if (!sel_i) ring_done_q <= word_last ? '0 : (ring_done_q | (left & (~left + 1'b1)));
        if (sel_i) array_done_q <= word_last ? '0 : (array_done_q | (left & (~left + 1'b1)));
      end
    end
  end

endmodule
