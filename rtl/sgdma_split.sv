// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts the next burst off a transfer. Combinational; used by the read side and by the write side.
//
//   page ────────────────────────────┤├─────────────
//          |  .xxx|xxxx|xxxx|xxxx|xx..|                    up to cap_i words, never past 4096
//             addr                                        first word from addr on, last word up to the transfer's end
//
// How many words the rest of the transfer touches is known to the caller, so nothing here adds up address and length.
// Bursts end at the page end; inside a page they end after cap_i words (MaxBurstBeats at most, which divides the page).
// A FIXED burst goes to one address, in whole elements, and knows no page.

module sgdma_split #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned MaxBurstBeats = 16
) (
  input  logic [11:0] addr_i,     // first byte, low 12 bits
  input  logic [15:0] left_i,     // bytes left in the transfer, at least 1
  input  logic [14:0] words_i,    // bus words these bytes touch
  input  logic [8:0]  cap_i,      // most beats of a burst, 1..MaxBurstBeats
  input  logic        fixed_i,
  input  logic [2:0]  element_i,  // FIXED: log2 of the element's bytes
  input  logic [4:0]  elements_i, // FIXED: most elements of a burst, 1..16
  output logic [12:0] bytes_o,    // 1..4096
  output logic [8:0]  beats_o,    // 1..256
  output logic        last_o      // nothing left behind this burst
);

  localparam int unsigned LaneBits  = $clog2(DataWidth / 8);
  localparam int unsigned BurstBits = $clog2(MaxBurstBeats);
  localparam int unsigned HighBits  = 12 - LaneBits - BurstBits;  // 0: a burst may be a whole page

  logic       at_end;  // in the last MaxBurstBeats words of a page
  logic [8:0] room, limit;

  if (HighBits == 0) begin : gen_page
    assign at_end = 1'b1;
  end else begin : gen_burst
    assign at_end = &addr_i[11:LaneBits+BurstBits];
  end
  assign room  = 9'(MaxBurstBeats) - (at_end ? 9'(addr_i[LaneBits+BurstBits-1:LaneBits]) : 9'd0);
  assign limit = (cap_i < room) ? cap_i : room;

  logic [15:0] fixed_bytes, fixed_beats;
  logic        fixed_last, plain_last;
  assign fixed_bytes = 16'(elements_i) << element_i;
  assign fixed_last  = (left_i <= fixed_bytes);
  assign fixed_beats = fixed_last ? (left_i >> element_i) : 16'(elements_i);
  assign plain_last  = (words_i <= {6'd0, limit});

  assign last_o = fixed_i ? fixed_last : plain_last;
  always_comb begin
    if (fixed_i) begin
      beats_o = fixed_beats[8:0];
      bytes_o = fixed_last ? left_i[12:0] : fixed_bytes[12:0];
    end else begin
      beats_o = plain_last ? words_i[8:0] : limit;
      bytes_o = plain_last ? left_i[12:0] : (13'(limit) << LaneBits) - 13'(addr_i[LaneBits-1:0]);
    end
  end

  /* verilator lint_off UNUSEDSIGNAL */  // a last burst is at most 4096 bytes, a FIXED one 1024 bytes and 16 beats
  logic unused;
  assign unused = ^{left_i, fixed_bytes, fixed_beats};
  /* verilator lint_on UNUSEDSIGNAL */

endmodule
