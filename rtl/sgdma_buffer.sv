// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Data buffer of one channel: bus words in arrival order, with the two oldest in registers, so that the write side can
// put one bus word together from two of them in every cycle.
//
//   push ─►[ RAM ]─► next ─► head        pop 0, 1 or 2 words a cycle, refill 1 a cycle
//        └──────────────┴───────┴        an arriving word goes past the RAM when that is empty
//
// Handshake: the producer must have reserved the space (there is no ready); count_o says how many words are inside.
// A word pushed in cycle t can be used in cycle t+1. out_count_o (0..2) says how many of head/next are valid.
// Pointers are free-running, one bit longer than an index, so that differences are exact.

module sgdma_buffer #(
  parameter int unsigned Width    = 64,
  parameter int unsigned Depth    = 256,  // words, a power of two
  localparam int unsigned PtrBits = $clog2(Depth) + 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               flush_i,
  input  logic               push_i,
  input  logic [Width-1:0]   data_i,
  input  logic [1:0]         pop_i,
  output logic [Width-1:0]   head_o,
  output logic [Width-1:0]   next_o,
  output logic [1:0]         out_count_o,
  output logic [PtrBits-1:0] count_o,
  output logic [PtrBits-1:0] wptr_o,  // words pushed so far
  output logic [PtrBits-1:0] rptr_o   // words popped so far
);

  localparam int unsigned IdxBits = $clog2(Depth);

  logic [Width-1:0]   mem [Depth];
  logic [IdxBits-1:0] mem_w_q, mem_r_q;
  logic [PtrBits-1:0] mem_count_q, count_q, wptr_q, rptr_q;
  logic [Width-1:0]   head_q, next_q, refill;
  logic [1:0]         out_q, stay;
  logic               mem_empty, refill_valid, mem_push, mem_pop;

  assign mem_empty    = (mem_count_q == '0);
  assign stay         = out_q - pop_i;  // registers still valid after this cycle's pop
  assign refill_valid = (stay != 2'd2) && (!mem_empty || push_i);
  assign refill       = mem_empty ? data_i : mem[mem_r_q];
  assign mem_pop      = refill_valid && !mem_empty;
  assign mem_push     = push_i && !(refill_valid && mem_empty);

  always_ff @(posedge clk_i) begin
    if (mem_push) mem[mem_w_q] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      mem_w_q     <= '0;
      mem_r_q     <= '0;
      mem_count_q <= '0;
      count_q     <= '0;
      wptr_q      <= '0;
      rptr_q      <= '0;
      out_q       <= '0;
    end else begin
      if (mem_push) mem_w_q <= mem_w_q + 1'b1;
      if (mem_pop)  mem_r_q <= mem_r_q + 1'b1;
      mem_count_q <= mem_count_q + PtrBits'(mem_push) - PtrBits'(mem_pop);
      count_q     <= count_q + PtrBits'(push_i) - PtrBits'(pop_i);
      wptr_q      <= wptr_q + PtrBits'(push_i);
      rptr_q      <= rptr_q + PtrBits'(pop_i);
      out_q       <= stay + 2'(refill_valid);
    end
  end

  // Data registers need no reset: out_q says whether they count.
  always_ff @(posedge clk_i) begin
    if (stay == 2'd0) head_q <= refill;
    else if (pop_i == 2'd1) head_q <= next_q;
    if (stay == 2'd1) next_q <= refill;
  end

  assign head_o      = head_q;
  assign next_o      = next_q;
  assign out_count_o = out_q;
  assign count_o     = count_q;
  assign wptr_o      = wptr_q;
  assign rptr_o      = rptr_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !flush_i) begin
      assert (pop_i <= out_q) else $error("sgdma_buffer: popped more words than are there");
      assert (!(push_i && count_q == PtrBits'(Depth))) else $error("sgdma_buffer: pushed into a full buffer");
    end
  end
`endif

endmodule
