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

  logic        high;
  logic [16:0] entries;
  logic [20:0] past;  // where the ring ends, as far as it can pass the end of the last MiB

  assign entries  = 17'd1 << log2_i;
  assign mask_o   = 16'(entries - 17'd1);
  assign past     = {1'b0, base_i[19:0]} + {entries, 4'd0};
  assign there_o  = (log2_i != '0);
  assign good_o   = !there_o || ((log2_i >= 5'd2) && (log2_i <= 5'd16) && (base_i[5:0] == '0) && !high &&
                                 !(&base_i[AddrWidth-1:20] && past[20] && (past[19:0] != '0)));
  if (AddrWidth < 48) begin : gen_high
    assign high = |base_i[47:AddrWidth];
  end else begin : gen_no_high
    assign high = 1'b0;
  end

endmodule
