// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// How many beats a burst may have that begins at an address: up to cap_i, and not past the end of its 4 KiB page.
// MaxBurstBeats divides the page, so only in the page's last MaxBurstBeats words there are fewer. Combinational.

module sgdma_limit #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned MaxBurstBeats = 16,
  localparam int unsigned LaneBits     = $clog2(DataWidth / 8)
) (
  input  logic [11:LaneBits] word_i,  // its bus word in the page
  input  logic [8:0]         cap_i,   // 1..MaxBurstBeats
  output logic [8:0]         limit_o
);

  localparam int unsigned BurstBits = $clog2(MaxBurstBeats);
  localparam int unsigned HighBits  = 12 - LaneBits - BurstBits;  // 0: a burst may be a whole page

  logic       at_end;
  logic [8:0] room;

  if (HighBits == 0) begin : gen_page
    assign at_end = 1'b1;
  end else begin : gen_burst
    assign at_end = &word_i[11:LaneBits+BurstBits];
  end
  assign room    = 9'(MaxBurstBeats) - 9'(word_i[LaneBits+BurstBits-1:LaneBits]);
  assign limit_o = (at_end && (room < cap_i)) ? room : cap_i;

endmodule
