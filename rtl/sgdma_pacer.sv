// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Says when the paced side of a channel may ask for its next burst: one burst at a time, then a gap, or one for each
// peripheral request.
//
//   burst    ▔▔▔▔╲______________________╱▔▔▔▔      gap: idle cycles behind the last R beat, or the last W beat
//   DACK     ____╱▔╲_________________________      demand: behind the last R beat, or the B
//   DRQ          . . . ^ sampled from here on      two cycles behind DACK
//
// The paced side is the read side, or the write side for jobs with a FIXED destination and for those without reads; a
// job has one of the two, so one burst open at a time is enough to know.
// may_o is constantly high when one_i is low.

module sgdma_pacer (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        flush_i,
  input  logic        one_i,         // one burst at a time
  input  logic        demand_i,      // one for each DRQ
  input  logic [15:0] gap_i,         // cycles
  input  logic        drq_i,         // synchronous level
  output logic        dack_o,
  output logic        may_o,
  input  logic        read_begin_i,  // address of a paced read burst granted
  input  logic        read_end_i,    // last R beat of a data burst, paced or not: they come in order
  input  logic [8:0]  reads_i,       // data bursts open before it
  input  logic        write_begin_i, // first beat of a paced write burst taken
  input  logic        write_last_i,  // last W beat of a data burst accepted
  input  logic        b_i,           // response to a data burst
  input  logic [8:0]  writes_i       // data bursts open before it
);

  localparam logic [1:0] Hold = 2'd3;  // DACK, one cycle, and the register behind DRQ

  logic        read_q, write_q, over, drq_q, dack_q;
  logic [15:0] gap_q;
  logic [1:0]  hold_q;

  // Bursts that are not paced may still be open before the one that is: their ends come first.
  logic [8:0] ahead_q;
  logic       answer;
  assign answer = read_q ? read_end_i : (write_q && b_i);
  assign over   = (read_q || demand_i) ? (answer && (ahead_q == '0)) : (write_q && write_last_i);
  assign may_o = !one_i || (!read_q && !write_q && (gap_q == '0) && (!demand_i || (drq_q && (hold_q == '0))));

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i || !one_i) begin
      read_q  <= 1'b0;
      write_q <= 1'b0;
      gap_q   <= '0;
      hold_q  <= '0;
      dack_q  <= 1'b0;
      ahead_q <= '0;
    end else begin
      if (read_begin_i) ahead_q <= reads_i - 9'(read_end_i);
      else if (write_begin_i) ahead_q <= writes_i - 9'(b_i);
      else if (answer && (ahead_q != '0)) ahead_q <= ahead_q - 9'd1;
      if (over) begin
        read_q  <= 1'b0;
        write_q <= 1'b0;
        gap_q   <= gap_i;
        hold_q  <= Hold;
      end else begin
        if (read_begin_i) read_q <= 1'b1;
        if (write_begin_i) write_q <= 1'b1;
        if (gap_q != '0) gap_q <= gap_q - 16'd1;
        if (hold_q != '0) hold_q <= hold_q - 2'd1;
      end
      dack_q <= over && demand_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) drq_q <= 1'b0;
    else drq_q <= drq_i;
  end

  assign dack_o = dack_q;

endmodule
