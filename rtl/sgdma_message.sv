// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Interrupt message of one channel: one 32-bit write {address, data} a request. Requests that come before it has gone
// out are one; a request behind that is another message.
//
// Handshake: req_valid_o/data_o/strb_o are held until take_i, which takes the one beat there is. Its response is found
// among those of the records, which have the same AXI id: ahead_i records were asked for before it (counted with the
// take), and responses come in order. Address 0: there are no messages. kill_i drops a request that has not gone out.
// failed_o: the last one failed, and no other has gone out since.

module sgdma_message #(
  parameter int unsigned DataWidth = 64,
  localparam int unsigned BusBytes = DataWidth / 8,
  localparam int unsigned LaneBits = $clog2(BusBytes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 kill_i,
  input  logic                 go_i,
  /* verilator lint_off UNUSEDSIGNAL */  // 4-byte aligned
  input  logic [47:0]          addr_i,
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic [31:0]          value_i,
  output logic                 req_valid_o,
  output logic [47:0]          req_addr_o,
  output logic [DataWidth-1:0] data_o,
  output logic [BusBytes-1:0]  strb_o,
  input  logic                 take_i,
  input  logic [8:0]           ahead_i,   // records open on the bus
  input  logic                 b_valid_i, // a response to a record or a message
  input  logic                 b_bad_i,   // with an error
  output logic                 mine_o,    // it is the message's
  output logic                 failed_o,
  output logic                 busy_o     // due, or open on the bus
);

  logic       due_q, open_q, failed_q;
  logic [8:0] ahead_q;

  assign req_valid_o = due_q && !open_q && !kill_i;
  assign req_addr_o  = {addr_i[47:2], 2'b00};
  assign data_o      = {(BusBytes / 4){value_i}};
  assign mine_o      = b_valid_i && open_q && (ahead_q == '0);
  assign busy_o      = due_q || open_q;
  assign failed_o    = failed_q;

  if (BusBytes == 4) begin : gen_word
    assign strb_o = '1;
  end else begin : gen_lanes
    always_comb begin
      for (int unsigned i = 0; i < BusBytes / 4; i++) begin
        strb_o[4*i+:4] = (addr_i[LaneBits-1:2] == (LaneBits - 2)'(i)) ? 4'hF : 4'h0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      due_q    <= 1'b0;
      open_q   <= 1'b0;
      failed_q <= 1'b0;
      ahead_q  <= '0;
    end else begin
      if (kill_i) due_q <= 1'b0;
      else if (go_i && (addr_i[47:2] != '0)) due_q <= 1'b1;
      else if (take_i) due_q <= 1'b0;
      if (take_i) open_q <= 1'b1;
      else if (mine_o) open_q <= 1'b0;
      if (kill_i || take_i) failed_q <= 1'b0;
      else if (mine_o && b_bad_i) failed_q <= 1'b1;
      // A response in the cycle of the take belongs to a record ahead.
      if (take_i) ahead_q <= ahead_i - 9'(b_valid_i);
      else if (b_valid_i && (ahead_q != '0)) ahead_q <= ahead_q - 9'd1;
    end
  end

endmodule
