// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Packs the bytes of SEND descriptors into words of an AXI4-Stream. Bytes of one packet follow each other without holes,
// whatever the lengths of its descriptors; only the beat with TLAST may be partial.
//
//   in    a b c - | d e f g | h - - -       bytes from lane 0 on, 1..all of them
//   out   a b c d | e f g h                 a word as soon as it is full, or at the end of the packet
//
// Handshake in: a beat is taken in a cycle with valid_i and ready_o. last_i: the packet ends with this beat.
// close_i (one cycle, not together with a beat): the packet is cut. If bytes of it have been taken, it is closed with one
// TLAST beat with TUSER, which carries what is left, maybe nothing. A beat that is offered stays offered.
// open_o: bytes of a packet have been taken, and its end has not.

module sgdma_send #(
  parameter int unsigned DataWidth = 64,
  localparam int unsigned BusBytes = DataWidth / 8,
  localparam int unsigned LaneBits = $clog2(BusBytes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 valid_i,
  output logic                 ready_o,
  input  logic [DataWidth-1:0] data_i,
  input  logic [LaneBits:0]    bytes_i,   // 1..BusBytes
  input  logic                 last_i,
  input  logic                 close_i,
  output logic                 open_o,
  output logic [DataWidth-1:0] tdata_o,
  output logic [BusBytes-1:0]  tkeep_o,
  output logic                 tlast_o,
  output logic                 tuser_o,
  output logic                 tvalid_o,
  input  logic                 tready_i
);

  logic [DataWidth-1:0]   held_q, clean, out_q;    // bytes not yet sent, from lane 0 on, 0 above them
  logic [2*DataWidth-1:0] joined;
  logic [LaneBits:0]      held_n_q;                // how many, at most BusBytes (behind an end)
  logic [LaneBits+1:0]    total;
  logic                   open_q, rest_q, cut_q;   // rest: held bytes are the end of a packet; cut: of one that is cut
  logic                   out_valid_q, out_last_q, out_user_q, free, take, full;
  logic [BusBytes-1:0]    out_keep_q;

  // Lanes from 0 on that hold `n` bytes.
  function automatic logic [BusBytes-1:0] lanes(input logic [LaneBits:0] n);
    for (int unsigned i = 0; i < BusBytes; i++) lanes[i] = ((LaneBits + 1)'(i) < n);
  endfunction

  always_comb begin
    for (int unsigned i = 0; i < BusBytes; i++) begin
      clean[8*i+:8] = ((LaneBits + 1)'(i) < bytes_i) ? data_i[8*i+:8] : 8'd0;
    end
  end

  assign free    = !out_valid_q || tready_i;
  assign ready_o = free && !rest_q && !cut_q;
  assign take    = valid_i && ready_o;
  assign total   = {1'b0, held_n_q} + {1'b0, bytes_i};
  assign full    = (total >= (LaneBits + 2)'(BusBytes));
  assign joined  = {{DataWidth{1'b0}}, held_q} | ({{DataWidth{1'b0}}, clean} << {held_n_q, 3'b000});

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_n_q    <= '0;
      held_q      <= '0;
      open_q      <= 1'b0;
      rest_q      <= 1'b0;
      cut_q       <= 1'b0;
      out_valid_q <= 1'b0;
    end else begin
      if (free) out_valid_q <= (take && (full || last_i)) || rest_q || cut_q;
      if (take) begin
        open_q <= !last_i;
        if (full) begin
          held_q   <= joined[DataWidth+:DataWidth];
          held_n_q <= (LaneBits + 1)'(total - (LaneBits + 2)'(BusBytes));
          rest_q   <= last_i && (total != (LaneBits + 2)'(BusBytes));
        end else begin
          held_q   <= last_i ? '0 : joined[DataWidth-1:0];
          held_n_q <= last_i ? '0 : total[LaneBits:0];
        end
      end else if (free && (rest_q || cut_q)) begin
        rest_q   <= 1'b0;
        cut_q    <= 1'b0;
        held_q   <= '0;
        held_n_q <= '0;
      end
      if (close_i && open_q) begin
        cut_q  <= 1'b1;
        open_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (free) begin
      out_q      <= (rest_q || cut_q) ? held_q : joined[DataWidth-1:0];
      out_keep_q <= lanes((rest_q || cut_q) ? held_n_q : full ? (LaneBits + 1)'(BusBytes) : total[LaneBits:0]);
      out_last_q <= rest_q || cut_q || (last_i && (total <= (LaneBits + 2)'(BusBytes)));
      out_user_q <= cut_q;
    end
  end

  assign open_o   = open_q;
  assign tdata_o  = out_q;
  assign tkeep_o  = out_keep_q;
  assign tlast_o  = out_last_q;
  assign tuser_o  = out_user_q;
  assign tvalid_o = out_valid_q;

endmodule
