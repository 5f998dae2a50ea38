// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Takes the bytes of RECV descriptors from an AXI4-Stream: words for the data buffer, from lane 0 on for each descriptor,
// until its length is reached or the packet ends.
//
//   stream   a b c d | e f g h | i(TLAST)        lengths 6, 8:   a b c d  e f - -   g h i -  (3 bytes, EOP)
//
// Handshake: start_i with bytes_i begins a job when idle_o; push_o/word_o goes to the buffer only while room_i; done_o
// ends the job (with a last word or without), with part_o bytes in its last word (0: all), eop_o, and bad_o when the
// packet was not good: TKEEP with holes or not full before TLAST (that beat is not taken over), or TUSER at TLAST.
// drop_i: what was taken for a job not ended is lost; the rest of a packet begun is thrown away, with or without a job.
// discard_o: bytes thrown away from the stream in this cycle. stall_o: a beat waits because no job is there.

module sgdma_recv #(
  parameter int unsigned DataWidth = 64,
  localparam int unsigned BusBytes = DataWidth / 8,
  localparam int unsigned LaneBits = $clog2(BusBytes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 run_i,
  input  logic                 drop_i,
  input  logic                 start_i,
  input  logic [15:0]          bytes_i,
  output logic                 idle_o,
  input  logic                 room_i,
  output logic                 push_o,
  output logic [DataWidth-1:0] word_o,
  output logic [LaneBits:0]    count_o,    // bytes in that word
  output logic                 done_o,
  output logic [LaneBits-1:0]  part_o,
  output logic                 short_o,    // before its length was reached
  output logic                 eop_o,
  output logic                 bad_o,
  output logic [LaneBits:0]    discard_o,
  output logic                 stall_o,
  input  logic [DataWidth-1:0] tdata_i,
  input  logic [BusBytes-1:0]  tkeep_i,
  input  logic                 tlast_i,
  input  logic                 tuser_i,
  input  logic                 tvalid_i,
  output logic                 tready_o
);

  logic                 busy_q, discard_q, mid_q;       // mid: a packet was begun and its TLAST has not come
  logic [15:0]          left_q;                         // bytes the job may still take
  logic [DataWidth-1:0] held_q, clean, source;          // bytes behind the last job's end, from lane 0 on
  logic [LaneBits:0]    held_n_q, beat_n, have, want, give;
  logic                 held_last_q, held_user_q;       // they end their packet
  logic [2*DataWidth-1:0] joined;
  logic [LaneBits+1:0]  total, rest;
  logic                 legal, use_held, beat, act, ends, last, user, hole;

  // Bytes of the beat; legal when they are the lowest lanes, and all of them before TLAST.
  always_comb begin
    beat_n = '0;
    for (int unsigned i = 0; i < BusBytes; i++) beat_n = beat_n + (LaneBits + 1)'(tkeep_i[i]);
    for (int unsigned i = 0; i < BusBytes; i++) clean[8*i+:8] = tkeep_i[i] ? tdata_i[8*i+:8] : 8'd0;
  end
  assign legal = ((tkeep_i & (tkeep_i + 1'b1)) == '0) && (tlast_i || (&tkeep_i));

  // The job's next word comes from the held bytes alone when they suffice or end their packet, else with one more beat.
  assign want     = (left_q >= 16'(BusBytes)) ? (LaneBits + 1)'(BusBytes) : left_q[LaneBits:0];
  assign use_held = (held_n_q >= want) || held_last_q;
  assign act      = busy_q && run_i && room_i && !discard_q && (use_held || tvalid_i);
  assign hole     = act && !use_held && !legal;
  assign beat     = act && !use_held && legal;
  assign total    = {1'b0, held_n_q} + (beat ? {1'b0, beat_n} : '0);
  assign joined   = {{DataWidth{1'b0}}, held_q} | (beat ? ({{DataWidth{1'b0}}, clean} << {held_n_q, 3'b000}) : '0);
  assign have     = (total > (LaneBits + 2)'(BusBytes)) ? (LaneBits + 1)'(BusBytes) : total[LaneBits:0];
  assign give     = (have < want) ? have : want;
  assign rest     = total - {1'b0, give};
  assign last     = beat ? tlast_i : held_last_q;
  assign user     = beat ? tuser_i : held_user_q;
  // The job ends at its length, at the end of the packet, or at a bad beat. A packet that ends with the length ends here.
  assign ends     = act && (hole || (16'(give) == left_q) || (last && (rest == '0)));

  assign source    = joined[DataWidth-1:0];
  assign push_o    = act && (give != '0);
  assign word_o    = source;
  assign count_o   = push_o ? give : '0;
  assign done_o    = ends;
  assign part_o    = give[LaneBits-1:0];
  assign short_o   = (16'(give) != left_q);
  assign eop_o     = last && (rest == '0) && !hole;
  assign bad_o     = hole || (eop_o && user);
  assign idle_o    = !busy_q;
  assign tready_o  = discard_q || (busy_q && run_i && room_i && !use_held);
  assign stall_o   = tvalid_i && !tready_o && !busy_q;
  assign discard_o = ((discard_q && tvalid_i) || hole) ? beat_n : drop_i ? held_n_q : '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      discard_q   <= 1'b0;
      mid_q       <= 1'b0;
      held_n_q    <= '0;
      held_q      <= '0;
      held_last_q <= 1'b0;
      held_user_q <= 1'b0;
    end else begin
      if (drop_i || done_o) busy_q <= 1'b0;
      else if (start_i) busy_q <= 1'b1;

      if (tvalid_i && tready_o) mid_q <= !tlast_i;

      if (drop_i) discard_q <= (tvalid_i && tready_o) ? !tlast_i : (mid_q || discard_q);
      else if (discard_q) discard_q <= !(tvalid_i && tlast_i);
      else if (hole) discard_q <= !tlast_i;

      if (drop_i || hole) begin
        held_n_q    <= '0;
        held_q      <= '0;
        held_last_q <= 1'b0;
      end else if (act) begin
        held_n_q    <= rest[LaneBits:0];
        held_q      <= DataWidth'(joined >> {give, 3'b000});
        held_last_q <= last && (rest != '0);
        held_user_q <= user;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) left_q <= bytes_i;
    else if (act) left_q <= left_q - 16'(give);
  end

endmodule
