// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts the next burst off a transfer. Combinational; used by the read side and by the write side.
//
//   page ────────────────────────────┤├─────────────
//          |  .xxx|xxxx|xxxx|xxxx|xx..|                    up to limit_i words, which never pass the page's end
//             lane                                        first word from lane on, last word up to the transfer's end
//
// How many words the rest of the transfer touches, and how many a burst may have (sgdma_limit), is known to the caller, so
// nothing here adds up address and length. What is left behind a burst does not wait for last_o: it only counts when
// last_o is low.
// A FIXED burst goes to one address, in whole elements, and knows no page.

module sgdma_split #(
  parameter int unsigned DataWidth = 64,
  localparam int unsigned LaneBits = $clog2(DataWidth / 8)
) (
  input  logic [LaneBits-1:0] lane_i,     // of the first byte
  input  logic [15:0]         left_i,     // bytes left in the transfer, at least 1
  input  logic [14:0]         words_i,    // bus words these bytes touch
  input  logic [8:0]          limit_i,    // most beats of this burst
  input  logic                fixed_i,
  input  logic [2:0]          element_i,  // FIXED: log2 of the element's bytes
  input  logic [4:0]          elements_i, // FIXED: most elements of a burst, 1..16
  output logic [12:0]         bytes_o,    // 1..4096
  output logic [8:0]          beats_o,    // 1..256
  output logic                last_o,     // nothing left behind this burst
  output logic [12:0]         more_bytes_o, // bytes and beats of it when something is
  output logic [8:0]          more_beats_o
);

  logic [10:0] fixed_bytes;
  logic [10:0] fixed_beats;
  logic        fixed_last, plain_last;
  assign fixed_bytes = 11'(elements_i) << element_i;
  assign fixed_last  = (left_i <= {5'd0, fixed_bytes});
  assign fixed_beats = left_i[10:0] >> element_i;
  assign plain_last  = (words_i <= {6'd0, limit_i});

  assign last_o       = fixed_i ? fixed_last : plain_last;
  assign more_beats_o = fixed_i ? {4'd0, elements_i} : limit_i;
  assign more_bytes_o = fixed_i ? {2'd0, fixed_bytes} : (13'(limit_i) << LaneBits) - 13'(lane_i);
  assign beats_o      = !last_o ? more_beats_o : fixed_i ? {4'd0, fixed_beats[4:0]} : words_i[8:0];
  assign bytes_o      = last_o ? left_i[12:0] : more_bytes_o;

  /* verilator lint_off UNUSEDSIGNAL */  // a last burst is at most 4096 bytes, a FIXED one 16 beats
  logic unused;
  assign unused = ^{left_i, fixed_beats};
  /* verilator lint_on UNUSEDSIGNAL */

endmodule
