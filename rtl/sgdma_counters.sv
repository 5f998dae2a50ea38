// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Event counters of one channel: 32-bit words in one small memory, with one adder.
//
//   events ─► a few bits each ─► turn ─► + ─► memory        a read takes the turn of its own word
//
// Each event is counted in a few bits of its own, which are added to their word when it has its turn. A read is a turn:
// so what it returns is exact, everything up to the cycle before included. The carry of a low half waits as an event of
// its high half; the cycle behind the read of a low half is the turn of the high one, which holds for that moment.
//
// Handshake: value_o belongs to the cycle of re_i; high_o, the high half that goes with the low one read, to the cycle of
// latch_o. Limitation: reads come at most every third cycle, so that others have their turn: no word then waits longer
// than 30 cycles.

module sgdma_counters #(
  parameter int unsigned BytesBits = 13  // of bytes_i
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic [BytesBits-1:0] bytes_i,
  input  logic [6:0]           event_i,  // busy, descriptor, read stall, write stall, starved, stream stall, error
  input  logic                 re_i,
  input  logic [3:0]           word_i,   // 0, 1 bytes; 2, 3 busy; 4 .. 8 as in event_i; 9 errors
  output logic [31:0]          value_o,
  output logic                 latch_o,
  output logic [31:0]          high_o
);

  localparam int unsigned Words       = 10;
  localparam int unsigned EventBits   = 5;
  localparam int unsigned PendingBits = BytesBits + EventBits;

  // ---- Whose turn it is ------------------------------------------------------------------------------------------------
  logic [3:0] turn_q, addr;
  logic       latch_q, high_q;  // of the pair read in the last cycle

  always_comb begin
    addr = turn_q;
    if (re_i) addr = word_i;
    if (latch_q) addr = {2'b00, high_q, 1'b1};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      turn_q  <= '0;
      latch_q <= 1'b0;
      high_q  <= 1'b0;
    end else begin
      if (!re_i && !latch_q) turn_q <= (turn_q == 4'(Words - 1)) ? '0 : turn_q + 4'd1;
      latch_q <= re_i && ((word_i == 4'd0) || (word_i == 4'd2));
      high_q  <= word_i[1];
    end
  end

  // ---- Events not yet added ----------------------------------------------------------------------------------------------
  logic [PendingBits-1:0] bytes_q, pending;
  logic [7*EventBits-1:0] count_q;
  logic [1:0]             carry_q, carry;  // of the low halves

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      bytes_q <= '0;
      carry_q <= '0;
    end else begin
      bytes_q    <= ((addr == 4'd0) ? '0 : bytes_q) + PendingBits'(bytes_i);
      carry_q[0] <= carry[0] || (carry_q[0] && (addr != 4'd1));
      carry_q[1] <= carry[1] || (carry_q[1] && (addr != 4'd3));
    end
  end

  // The first event has word 2, the others 4 and on.
  for (genvar i = 0; i < 7; i++) begin : gen_event
    localparam logic [3:0] Word = (i == 0) ? 4'd2 : 4'(i + 3);
    always_ff @(posedge clk_i) begin
      if (!rst_ni || clear_i) count_q[EventBits*i+:EventBits] <= '0;
      else count_q[EventBits*i+:EventBits] <= ((addr == Word) ? '0 : count_q[EventBits*i+:EventBits]) +
                                              EventBits'(event_i[i]);
    end
  end

  always_comb begin
    case (addr)
      4'd0:    pending = bytes_q;
      4'd1:    pending = PendingBits'(carry_q[0]);
      4'd2:    pending = PendingBits'(count_q[0+:EventBits]);
      4'd3:    pending = PendingBits'(carry_q[1]);
      4'd4:    pending = PendingBits'(count_q[1*EventBits+:EventBits]);
      4'd5:    pending = PendingBits'(count_q[2*EventBits+:EventBits]);
      4'd6:    pending = PendingBits'(count_q[3*EventBits+:EventBits]);
      4'd7:    pending = PendingBits'(count_q[4*EventBits+:EventBits]);
      4'd8:    pending = PendingBits'(count_q[5*EventBits+:EventBits]);
      default: pending = PendingBits'(count_q[6*EventBits+:EventBits]);
    endcase
  end

  // ---- The words ---------------------------------------------------------------------------------------------------------
  // Of a word that was not written since the last clear, the memory's content means nothing.
  logic [31:0]      mem [16];
  logic [Words-1:0] known_q;
  logic [31:0]      base, sum;
  logic             over;

  assign base        = known_q[addr] ? mem[addr] : '0;
  assign {over, sum} = {1'b0, base} + 33'(pending);
  assign carry[0]    = over && (addr == 4'd0);
  assign carry[1]    = over && (addr == 4'd2);

  always_ff @(posedge clk_i) begin
    mem[addr] <= sum;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) known_q <= '0;
    else known_q[addr] <= 1'b1;
  end

`ifndef SYNTHESIS
  for (genvar i = 0; i < 7; i++) begin : gen_check
    localparam logic [3:0] Word = (i == 0) ? 4'd2 : 4'(i + 3);
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        assert (!(event_i[i] && (count_q[EventBits*i+:EventBits] == '1) && (addr != Word)))
        else $error("sgdma_counters: an event waited too long for its turn");
      end
    end
  end
`endif

  assign value_o = sum;
  assign latch_o = latch_q;
  assign high_o  = sum;

endmodule
