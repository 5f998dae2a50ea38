// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Choice among N requesters. In this order: those that yield only when nobody else asks; one that was passed over 15
// times; the highest QoS; and among equals the one behind the last granted. So nobody starves but who yields.
//
// Handshake: sel_o and any_o follow req_i combinationally; the memory of who was served moves only with take_i.

module sgdma_arbiter #(
  parameter int unsigned N        = 2,
  localparam int unsigned SelBits = (N > 1) ? $clog2(N) : 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [N-1:0]       req_i,
  input  logic [N-1:0]       yield_i,
  input  logic [N*4-1:0]     qos_i,
  input  logic               take_i,  // the choice is used in this cycle
  output logic               any_o,
  output logic [SelBits-1:0] sel_o
);

  assign any_o = |req_i;

  if (N == 1) begin : gen_one
    /* verilator lint_off UNUSEDSIGNAL */
    logic unused;
    assign unused = ^{clk_i, rst_ni, yield_i, qos_i, take_i};
    /* verilator lint_on UNUSEDSIGNAL */
    assign sel_o = '0;
  end else begin : gen_some
    logic [SelBits-1:0] last_q;
    logic [N-1:0]       firm, asking, waited, level, best, later;

    assign firm = req_i & ~yield_i;

    always_comb begin
      asking = (firm != '0) ? firm : req_i;
      if ((asking & waited) != '0) asking = asking & waited;
      // Highest QoS, from its top bit down: where one has the bit, those without it drop out.
      best = asking;
      for (int unsigned b = 4; b > 0; b--) begin
        for (int unsigned i = 0; i < N; i++) level[i] = best[i] && qos_i[4*i+b-1];
        if (level != '0) best = level;
      end
      for (int unsigned i = 0; i < N; i++) later[i] = best[i] && (SelBits'(i) > last_q);
      if (later != '0) best = later;
      sel_o = '0;
      for (int unsigned i = N; i > 0; i--) if (best[i-1]) sel_o = SelBits'(i - 1);
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) last_q <= '0;
      else if (take_i && any_o) last_q <= sel_o;
    end

    for (genvar i = 0; i < N; i++) begin : gen_age
      logic [3:0] passed_q;
      always_ff @(posedge clk_i) begin
        if (!rst_ni || !firm[i]) passed_q <= '0;
        else if (take_i) passed_q <= (sel_o == SelBits'(i)) ? '0 : (passed_q == 4'd15) ? passed_q : passed_q + 4'd1;
      end
      assign waited[i] = (passed_q == 4'd15);
    end
  end

endmodule
