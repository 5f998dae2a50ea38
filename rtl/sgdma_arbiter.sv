// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Round-robin choice among N requesters: the one after the last granted is looked at first, so nobody starves.
//
// Handshake: sel_o and any_o follow req_i combinationally; the memory of who was last moves only with take_i.

module sgdma_arbiter #(
  parameter int unsigned N        = 2,
  localparam int unsigned SelBits = (N > 1) ? $clog2(N) : 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [N-1:0]       req_i,
  input  logic               take_i,  // the choice is used in this cycle
  output logic               any_o,
  output logic [SelBits-1:0] sel_o
);

  logic [SelBits-1:0] last_q;
  logic [N-1:0]       later;  // requesters behind the last one served

  always_comb begin
    for (int unsigned i = 0; i < N; i++) later[i] = req_i[i] && (SelBits'(i) > last_q);
  end

  assign any_o = |req_i;

  // Lowest requester behind the last one; if there is none, the lowest of all.
  always_comb begin
    sel_o = '0;
    for (int unsigned i = N; i > 0; i--) if (req_i[i-1]) sel_o = SelBits'(i - 1);
    if (|later) begin
      for (int unsigned i = N; i > 0; i--) if (later[i-1]) sel_o = SelBits'(i - 1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_q <= '0;
    else if (take_i && any_o) last_q <= sel_o;
  end

endmodule
