// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Puts 16-byte descriptors together from bus words and queues them, one queue of this kind for the ring and one for
// the arrays of a list. One descriptor a cycle comes out, whatever the bus width:
//
//   bus < 128 bits   words are collected; an entry of the queue is one descriptor
//   bus >= 128 bits  an entry is a bus word with a mask of the descriptors in it that were asked for
//
// Handshake: space is reserved by the fetch side before it asks (entries freed are reported by free_o), so there is no
// ready towards the bus. The output falls through: the last beat of a descriptor can be taken in the cycle it arrives.

module sgdma_prefetch #(
  parameter int unsigned DataWidth = 64,
  parameter int unsigned Entries   = 32
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 flush_i,
  // Bus words of fetches that belong to this queue.
  input  logic                 beat_i,
  input  logic [DataWidth-1:0] data_i,
  input  logic [1:0]           err_i,    // AXI response, 0 when it was OKAY
  input  logic [3:0]           lanes_i,  // bus > 128 bits: which 16-byte lanes of this word were asked for
  // Descriptors in order.
  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [127:0]         desc_o,
  output logic [1:0]           desc_err_o,
  output logic                 free_o    // one entry became free in this cycle
);

  if (DataWidth < 128) begin : gen_narrow
    localparam int unsigned Words   = 128 / DataWidth;
    localparam int unsigned CntBits = $clog2(Words);

    logic [127-DataWidth:0] part_q;
    logic [CntBits-1:0]     cnt_q;
    logic [1:0]             err_q, err;
    logic                   last, fifo_ready;
    logic [127:0]           word;
    /* verilator lint_off UNUSEDSIGNAL */  // lanes only exist on wider buses; the reservation makes ready redundant
    logic [$clog2(Entries+1)-1:0] fifo_count;
    logic                         unused;
    assign unused = &{1'b0, lanes_i, fifo_ready, fifo_count};
    /* verilator lint_on UNUSEDSIGNAL */

    assign last = (cnt_q == CntBits'(Words - 1));
    assign err  = (err_q != 2'd0) ? err_q : err_i;
    assign word = {data_i, part_q};

    always_ff @(posedge clk_i) begin
      if (!rst_ni || flush_i) begin
        cnt_q <= '0;
        err_q <= '0;
      end else if (beat_i) begin
        cnt_q <= cnt_q + 1'b1;
        err_q <= last ? 2'd0 : err;
      end
    end

    always_ff @(posedge clk_i) begin
      if (beat_i) part_q <= word[127:DataWidth];
    end

    sgdma_fifo #(
      .Width(130),
      .Depth(Entries),
      .FallThrough(1'b1)
    ) u_fifo (
      .clk_i,
      .rst_ni,
      .flush_i,
      .valid_i(beat_i && last),
      .ready_o(fifo_ready),
      .data_i({err, word}),
      .valid_o,
      .ready_i,
      .data_o({desc_err_o, desc_o}),
      .count_o(fifo_count)
    );

    assign free_o = valid_o && ready_i;
  end else begin : gen_wide
    localparam int unsigned Lanes = DataWidth / 128;

    logic [DataWidth-1:0] word;
    logic [Lanes-1:0]     mask, left, done_q;
    logic [1:0]           err;
    logic                 word_valid, word_last, fifo_ready;
    logic [127:0]         desc;
    /* verilator lint_off UNUSEDSIGNAL */  // a 128-bit bus has one lane; the reservation makes ready redundant
    logic [$clog2(Entries+1)-1:0] fifo_count;
    logic                         unused;
    assign unused = &{1'b0, lanes_i, fifo_ready, fifo_count};
    /* verilator lint_on UNUSEDSIGNAL */

    sgdma_fifo #(
      .Width(2 + Lanes + DataWidth),
      .Depth(Entries),
      .FallThrough(1'b1)
    ) u_fifo (
      .clk_i,
      .rst_ni,
      .flush_i,
      .valid_i(beat_i),
      .ready_o(fifo_ready),
      .data_i({err_i, lanes_i[Lanes-1:0], data_i}),
      .valid_o(word_valid),
      .ready_i(ready_i && word_last),
      .data_o({err, mask, word}),
      .count_o(fifo_count)
    );

    // The lowest lane not yet handed out.
    assign left = mask & ~done_q;
    always_comb begin
      desc = word[127:0];
      for (int unsigned i = Lanes; i > 0; i--) if (left[i-1]) desc = word[128*(i-1)+:128];
    end
    assign word_last = ((left & (left - 1'b1)) == '0);

    always_ff @(posedge clk_i) begin
      if (!rst_ni || flush_i) done_q <= '0;
      else if (word_valid && ready_i) done_q <= word_last ? '0 : (done_q | (left & (~left + 1'b1)));
    end

    assign valid_o    = word_valid;
    assign desc_o     = desc;
    assign desc_err_o = err;
    assign free_o     = word_valid && ready_i && word_last;
  end

endmodule
