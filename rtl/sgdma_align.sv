// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Puts one destination bus word together from the two oldest source words of the data buffer. Combinational.
//
//   head   . . . d e f g h      sp = 3: the next byte to write is in lane 3 of head
//   next   i j k l m n o p      dl = 1: it goes to lane 1 of the destination word
//   out    . d e f g h i j      rotation sp - dl; source lanes below sp come from next
//
// Bytes outside [dl, dl + bytes) are don't-care; the strobes say which count.

module sgdma_align #(
  parameter int unsigned DataWidth = 64,
  localparam int unsigned BusBytes = DataWidth / 8,
  localparam int unsigned LaneBits = $clog2(BusBytes)
) (
  input  logic [DataWidth-1:0] head_i,
  input  logic [DataWidth-1:0] next_i,
  input  logic [LaneBits-1:0]  sp_i,
  input  logic [LaneBits-1:0]  dl_i,
  output logic [DataWidth-1:0] data_o
);

  logic [DataWidth-1:0] mixed;
  logic [LaneBits-1:0]  rot;

  always_comb begin
    for (int unsigned i = 0; i < BusBytes; i++) begin
      mixed[8*i+:8] = (LaneBits'(i) >= sp_i) ? head_i[8*i+:8] : next_i[8*i+:8];
    end
  end

  assign rot = sp_i - dl_i;

  // Rotate right by rot lanes, one power of two a stage.
  always_comb begin
    data_o = mixed;
    for (int unsigned s = 0; s < LaneBits; s++) begin
      if (rot[s]) data_o = (data_o >> (8 << s)) | (data_o << (DataWidth - (8 << s)));
    end
  end

endmodule
