// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Gathers ends with IRQ into one DONE: by count, by time since the first one not yet signalled, or when there is
// nothing to wait for (ring idle, a record that lacks space, channel not in RUN).
//
// done_o is high for one cycle; it may come in the cycle of the end itself. A count of 0 or 1 passes each end on at
// once. Ends not yet signalled are kept when the settings change, and dropped by clear_i.

module sgdma_coalesce (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  input  logic        end_i,    // one end with IRQ
  input  logic [7:0]  count_i,
  input  logic [23:0] time_i,   // cycles, 0: no limit (then count_i is at most 1)
  input  logic        now_i,    // nothing to wait for
  output logic        done_o
);

  logic [7:0]  held_q, held;  // ends not yet signalled
  logic [23:0] age_q;         // cycles since the first of them

  assign held   = (held_q == 8'hFF) ? held_q : held_q + 8'(end_i);
  assign done_o = (held != '0) && ((held >= count_i) || now_i || ((time_i != '0) && (age_q >= time_i)));

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i || done_o) begin
      held_q <= '0;
      age_q  <= '0;
    end else begin
      held_q <= held;
      if (held != '0 && age_q != '1) age_q <= age_q + 24'd1;
    end
  end

endmodule
