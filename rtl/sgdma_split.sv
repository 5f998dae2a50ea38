// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts the next burst off a transfer: not across 4 KiB, not longer than MaxBurstBeats, not longer than what is left.
// Combinational; the read side and the write side use the same one.
//
//   address  ....|..ab|cdef|ghij|k...|....      4 lanes, 11 bytes from lane 2: words 4, beats 4, bytes 11
//
// The caller keeps the number of bus words the rest touches. Counted in words the limit is MaxBurstBeats everywhere but
// in the last MaxBurstBeats words of a 4 KiB page, so no addresses are subtracted here.

module sgdma_split #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned MaxBurstBeats = 16
) (
  input  logic [11:0] addr_i,   // first byte, low 12 bits
  input  logic [15:0] left_i,   // bytes left in the transfer, at least 1
  input  logic [14:0] words_i,  // bus words these bytes touch
  output logic [12:0] bytes_o,  // 1..4096
  output logic [8:0]  beats_o,  // 1..256
  output logic        last_o    // nothing left behind this burst
);

  localparam int unsigned LaneBits  = $clog2(DataWidth / 8);
  localparam int unsigned BurstBits = $clog2(MaxBurstBeats);
  localparam int unsigned HighBits  = 12 - LaneBits - BurstBits;  // 0: a burst may be a whole page

  logic       at_end;  // in the last MaxBurstBeats words of a page
  logic [8:0] limit;

  if (HighBits == 0) begin : gen_page
    assign at_end = 1'b1;
  end else begin : gen_burst
    assign at_end = &addr_i[11:LaneBits+BurstBits];
  end
  assign limit = 9'(MaxBurstBeats) - (at_end ? 9'(addr_i[LaneBits+BurstBits-1:LaneBits]) : 9'd0);

  /* verilator lint_off UNUSEDSIGNAL */  // a last burst is at most 4096 bytes
  logic [15:0] left;
  /* verilator lint_on UNUSEDSIGNAL */
  assign left    = left_i;
  assign last_o  = (words_i <= {6'd0, limit});
  assign beats_o = last_o ? words_i[8:0] : limit;
  assign bytes_o = last_o ? left[12:0] : (13'(limit) << LaneBits) - 13'(addr_i[LaneBits-1:0]);

endmodule
