// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Watchdog of one channel: gives up when an AXI handshake of the channel has been open for too long, and names the AXI
// channel.
//
// Each kind of handshake has an age of its own, counted in eighths of the limit, so that a few small counters and one
// prescaler do: it fires not before `limit_i` cycles (rounded down to a multiple of 8, at least 8) and at most an eighth
// of it, or two cycles, later. open_i bits stay high as long as something is open, moved_i bits are high for a
// cycle when something of that kind went on. fire_o is high for one cycle.
//
//   bit   0 AR refused   1 R of descriptors   2 R of data   3 AW refused   4 W refused
//         5 B of data    6 B of records       7 B of messages   8 .. 10 AR, AW, W refused at the separate port

module sgdma_watchdog (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        armed_i,
  input  logic [31:0] limit_i,  // cycles, 0: off
  input  logic [10:0] open_i,
  input  logic [10:0] moved_i,
  output logic        fire_o,
  output logic [2:0]  which_o   // 1 AR, 2 R, 3 AW, 4 W, 5 B
);

  localparam logic [3:0] Old = 4'd9;  // the first tick may come at once, eight more are eight eighths

  logic [28:0] left_q, eighth;  // cycles to the next tick
  logic        on, tick;
  logic [10:0] old;

  assign on     = armed_i && (limit_i != '0);
  assign eighth = (limit_i[31:3] == '0) ? 29'd1 : limit_i[31:3];
  assign tick   = (left_q <= 29'd1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || !on || tick) left_q <= eighth;
    else left_q <= left_q - 29'd1;
  end

  for (genvar i = 0; i < 11; i++) begin : gen_age
    logic [3:0] age_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || !on || !open_i[i] || moved_i[i]) age_q <= '0;
      else if (tick && age_q != Old) age_q <= age_q + 4'd1;
    end
    assign old[i] = (age_q == Old);
  end

  assign fire_o = on && (old != '0);

  always_comb begin
    which_o = 3'd5;
    if (old[4] || old[10]) which_o = 3'd4;
    if (old[3] || old[9]) which_o = 3'd3;
    if (old[2] || old[1]) which_o = 3'd2;
    if (old[0] || old[8]) which_o = 3'd1;
  end

endmodule
