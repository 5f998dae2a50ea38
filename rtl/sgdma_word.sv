// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// One register word that software may write byte by byte. Bits outside Wmask stay at their reset value.
//
// Handshake: with we_i the bytes of wdata_i whose strb_i is high are taken at the edge; clear_i wins.

module sgdma_word #(
  parameter logic [31:0] Reset = '0,
  parameter logic [31:0] Wmask = '1
) (
  input  logic        clk_i,
  input  logic        clear_i,
  input  logic        we_i,
  input  logic [3:0]  strb_i,
  input  logic [31:0] wdata_i,
  output logic [31:0] word_o
);

  logic [31:0] word_q;

  always_ff @(posedge clk_i) begin
    if (clear_i) begin
      word_q <= Reset;
    end else if (we_i) begin
      for (int unsigned i = 0; i < 4; i++) begin
        if (strb_i[i]) word_q[8*i+:8] <= wdata_i[8*i+:8];
      end
    end
  end

  assign word_o = (word_q & Wmask) | (Reset & ~Wmask);

endmodule
