// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Is a ring usable? 64-byte aligned, 4 to 65 536 entries of 16 bytes, inside the address space; or not there (size 0).
// Combinational; the submission ring and the completion ring use the same one.

module sgdma_ring_check #(
  parameter int unsigned AddrWidth = 48
) (
  input  logic [47:0] base_i,
  input  logic [4:0]  log2_i,
  output logic        there_o,
  output logic        good_o,   // usable, or not there
  output logic [15:0] mask_o    // entries - 1
);

  logic [16:0] entries;
  logic [48:0] ring_end;

  assign entries  = 17'd1 << log2_i;
  assign mask_o   = 16'(entries - 17'd1);
  assign ring_end = {1'b0, base_i} + {28'd0, entries, 4'd0};
  assign there_o  = (log2_i != '0);
  assign good_o   = !there_o || ((log2_i >= 5'd2) && (log2_i <= 5'd16) && (base_i[5:0] == '0) &&
                                 (ring_end <= (49'd1 << AddrWidth)));

endmodule
