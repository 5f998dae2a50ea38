// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A latch: q keeps its value while en is low.
module latch (
  input  logic       clk_i,
  input  logic       a_i,
  input  logic [3:0] b_i,
  input  logic [3:0] c_i,
  output logic [3:0] y_o
);
  logic       a_q;
  logic [3:0] b_q, c_q;
  always_ff @(posedge clk_i) {a_q, b_q, c_q} <= {a_i, b_i, c_i};
  logic q;
  /* verilator lint_off LATCH */
  always @* if (a_q) q = b_q[0];
  always_ff @(posedge clk_i) y_o <= {3'b0, q};
endmodule
