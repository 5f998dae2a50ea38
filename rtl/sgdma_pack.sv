// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Puts the elements of FIXED reads together to whole words, from lane 0 on.
//
//   beats   . . a . | . . b . | . . c .      element of 1 byte at lane 2
//   word    a b c -                          pushed when full, or with the last element of its job
//
// Handshake: beat_i with the element in data_i; word_o is valid with push_o, in the same cycle. bad_i: an element that
// must not be kept; what was gathered before it is pushed. count_o: elements' bytes gathered and not yet pushed.

module sgdma_pack #(
  parameter int unsigned DataWidth = 64,
  localparam int unsigned BusBytes = DataWidth / 8,
  localparam int unsigned LaneBits = $clog2(BusBytes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 flush_i,
  input  logic                 beat_i,
  input  logic                 bad_i,
  input  logic                 last_i,     // of its job, or of a burst whose words are its own
  input  logic [LaneBits-1:0]  lane_i,     // of the element; a multiple of its size
  input  logic [2:0]           element_i,  // log2 of its bytes
  input  logic [DataWidth-1:0] data_i,
  output logic                 push_o,
  output logic [DataWidth-1:0] word_o,
  output logic [LaneBits-1:0]  count_o
);

  logic [DataWidth-1:0] word_q, merged;
  logic [LaneBits-1:0]  fill_q, mask;     // mask: bits of a lane number inside the element
  logic [LaneBits-1:0]  from;
  logic [LaneBits:0]    fill;

  assign mask = LaneBits'((LaneBits + 1)'((LaneBits + 1)'(1) << element_i) - (LaneBits + 1)'(1));
  assign fill = {1'b0, fill_q} + ((LaneBits + 1)'(1) << element_i);

  // Byte i of the word is byte i of the element, for each element that begins at a multiple of its size.
  always_comb begin
    for (int unsigned i = 0; i < BusBytes; i++) begin
      from           = (lane_i & ~mask) | (LaneBits'(i) & mask);
      merged[8*i+:8] = ((LaneBits'(i) & ~mask) == fill_q) ? data_i[8*from+:8] : word_q[8*i+:8];
    end
  end

  assign push_o  = bad_i ? (fill_q != '0) : (beat_i && (fill[LaneBits] || last_i));
  assign word_o  = bad_i ? word_q : merged;
  assign count_o = fill_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) fill_q <= '0;
    else if (push_o || bad_i) fill_q <= '0;
    else if (beat_i) fill_q <= fill[LaneBits-1:0];
  end

  always_ff @(posedge clk_i) begin
    if (beat_i) word_q <= merged;
  end

endmodule
