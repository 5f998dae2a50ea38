// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Cuts the next burst off a transfer: not across 4 KiB, not longer than MaxBurstBeats, not longer than what is left.
// Combinational; the read side and the write side use the same one.
//
//   address  ....|..ab|cdef|ghij|k...|....      W = 4, 11 bytes from lane 2: beats 4, bytes 11

module sgdma_split #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned MaxBurstBeats = 16
) (
  input  logic [11:0] addr_i,   // first byte, low 12 bits
  input  logic [15:0] left_i,   // bytes left in the transfer, at least 1
  output logic [12:0] bytes_o,  // 1..4096
  output logic [8:0]  beats_o,  // 1..256
  output logic        last_o    // nothing left behind this burst
);

  localparam int unsigned BusBytes = DataWidth / 8;
  localparam int unsigned LaneBits = $clog2(BusBytes);
  localparam int unsigned MaxBytes = MaxBurstBeats * BusBytes;  // at most 4096

  logic [12:0] to_page, to_burst, limit;
  logic [13:0] end_lane;

  assign to_page  = 13'd4096 - {1'b0, addr_i};
  assign to_burst = 13'(MaxBytes) - 13'(addr_i[LaneBits-1:0]);
  assign limit    = (to_page < to_burst) ? to_page : to_burst;
  assign last_o   = (left_i <= {3'b0, limit});
  assign bytes_o  = last_o ? left_i[12:0] : limit;
  assign end_lane = 14'(addr_i[LaneBits-1:0]) + 14'(bytes_o) + 14'(BusBytes - 1);
  assign beats_o  = 9'(end_lane >> LaneBits);

endmodule
