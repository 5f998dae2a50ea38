// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// First-in first-out queue with valid/ready streams on both sides.
//
// Handshake: ready_o is a register's function only (it does not look at ready_i), so a full queue takes nothing even
// when it is read in the same cycle. valid_o does not depend on ready_i. With FallThrough an item offered to an empty
// queue is visible at the output in the same cycle (one combinational path valid_i/data_i -> valid_o/data_o).
// flush_i empties it at the next edge and wins over both sides.
// Storage is read asynchronously: it becomes distributed RAM, not block RAM.

module sgdma_fifo #(
  parameter int unsigned Width       = 8,
  parameter int unsigned Depth       = 4,  // any number from 2; storage is the next power of two
  parameter bit          FallThrough = 1'b0,
  localparam int unsigned PtrBits    = $clog2(Depth),
  localparam int unsigned CountBits  = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 flush_i,
  input  logic                 valid_i,
  output logic                 ready_o,
  input  logic [Width-1:0]     data_i,
  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [Width-1:0]     data_o,
  output logic [CountBits-1:0] count_o
);

  logic [Width-1:0]     mem [2**PtrBits];
  logic [PtrBits-1:0]   wptr_q, rptr_q;
  logic [CountBits-1:0] count_q;
  logic                 empty, through, push, pop;

  assign empty   = (count_q == '0);
  assign ready_o = (count_q != CountBits'(Depth));
  assign through = FallThrough && empty;
  assign valid_o = through ? valid_i : !empty;
  assign data_o  = through ? data_i : mem[rptr_q];
  assign count_o = count_q;

  // An item that falls through and is taken at once is stored all the same, and passed over: so the storage's write
  // enable does not wait for the reader.
  assign push = valid_i && ready_o;
  assign pop  = valid_o && ready_i;

  always_ff @(posedge clk_i) begin
    if (push) mem[wptr_q] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      wptr_q  <= '0;
      rptr_q  <= '0;
      count_q <= '0;
    end else begin
      if (push) wptr_q <= wptr_q + 1'b1;
      if (pop)  rptr_q <= rptr_q + 1'b1;
      if (push && !pop) count_q <= count_q + 1'b1;
      if (pop && !push) count_q <= count_q - 1'b1;
    end
  end

endmodule
