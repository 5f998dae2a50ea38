// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A logic loop: two gates that wait for each other.
module loop (
  input  logic       clk_i,
  input  logic       a_i,
  input  logic [3:0] b_i,
  input  logic [3:0] c_i,
  output logic [3:0] y_o
);
  logic       a_q;
  logic [3:0] b_q, c_q;
  always_ff @(posedge clk_i) {a_q, b_q, c_q} <= {a_i, b_i, c_i};
  logic s, t;
  assign s = ~(a_q & t);
  assign t = ~(b_q[0] & s);
  always_ff @(posedge clk_i) y_o <= {3'b0, t};
endmodule
