// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A path from an input pin to an output pin.
module pin_path (
  input  logic       clk_i,
  input  logic       a_i,
  input  logic [3:0] b_i,
  input  logic [3:0] c_i,
  output logic [3:0] y_o
);
  logic       a_q;
  logic [3:0] b_q, c_q;
  always_ff @(posedge clk_i) {a_q, b_q, c_q} <= {a_i, b_i, c_i};
  assign y_o = b_i ^ c_q;
endmodule
