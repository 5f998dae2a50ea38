// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI4 read half of the manager port: chooses among the channels' requests and sorts the answers back.
//
// Each channel has two requesters, descriptors and data; descriptors go first within a channel (they are few and limit
// themselves), channels are chosen by QoS and turn (sgdma_arbiter). AR is a register: a request granted in cycle t is on the pins in t+1. R is never
// refused (RREADY is constantly 1); beats are handed to the channel that ARID's upper bits name, in the same cycle.
// A beat whose id names no channel is ignored.

module sgdma_axi_read #(
  parameter int unsigned NumChannels = 2,
  parameter int unsigned AddrWidth   = 48,
  parameter int unsigned IdWidth     = 2
) (
  input  logic                                         clk_i,
  input  logic                                         rst_ni,
  // Channels; requests are sgdma_pkg::axi_req_t, concatenated, channel 0 lowest.
  input  logic [NumChannels-1:0]                       fetch_valid_i,
  input  logic [NumChannels*sgdma_pkg::AxiReqBits-1:0] fetch_req_i,
  output logic [NumChannels-1:0]                       fetch_grant_o,
  input  logic [NumChannels-1:0]                       data_valid_i,
  input  logic [NumChannels*sgdma_pkg::AxiReqBits-1:0] data_req_i,
  output logic [NumChannels-1:0]                       data_grant_o,
  output logic [NumChannels-1:0]                       fetch_beat_o,
  output logic [NumChannels-1:0]                       data_beat_o,
  output logic [NumChannels-1:0]                       ar_refused_o,  // ARVALID of the channel, and no ARREADY
  // AXI4.
  output logic [IdWidth-1:0]                           m_axi_arid,
  output logic [AddrWidth-1:0]                         m_axi_araddr,
  output logic [7:0]                                   m_axi_arlen,
  output logic [2:0]                                   m_axi_arsize,
  output logic [1:0]                                   m_axi_arburst,
  output logic                                         m_axi_arlock,
  output logic [3:0]                                   m_axi_arcache,
  output logic [2:0]                                   m_axi_arprot,
  output logic [3:0]                                   m_axi_arqos,
  output logic [3:0]                                   m_axi_arregion,
  output logic [23:0]                                  m_axi_aruser,
  output logic                                         m_axi_arvalid,
  input  logic                                         m_axi_arready,
  input  logic [IdWidth-1:0]                           m_axi_rid,
  input  logic                                         m_axi_rvalid,
  output logic                                         m_axi_rready
);

  localparam int unsigned ReqBits = sgdma_pkg::AxiReqBits;
  localparam int unsigned ChBits  = IdWidth - 1;
  localparam int unsigned SelBits = (NumChannels > 1) ? $clog2(NumChannels) : 1;

  logic [NumChannels-1:0]   want, yields;
  logic [NumChannels*4-1:0] qos;
  logic [SelBits-1:0]     sel;
  logic                   any, take, free, fetch;
  /* verilator lint_off UNUSEDSIGNAL */  // AddrWidth may be narrower than the address field
  sgdma_pkg::axi_req_t    req;
  /* verilator lint_on UNUSEDSIGNAL */

  assign want = fetch_valid_i | data_valid_i;
  // Descriptors never yield.
  for (genvar c = 0; c < NumChannels; c++) begin : gen_rank
    assign yields[c]   = data_req_i[c*ReqBits+sgdma_pkg::AxiReqYieldLsb] && !fetch_valid_i[c];
    assign qos[4*c+:4] = data_req_i[c*ReqBits+sgdma_pkg::AxiReqQosLsb+:4];
  end
  assign free = !m_axi_arvalid || m_axi_arready;
  assign take = any && free;

  sgdma_arbiter #(
    .N(NumChannels)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .req_i(want),
    .yield_i(yields),
    .qos_i(qos),
    .take_i(take),
    .any_o(any),
    .sel_o(sel)
  );

  always_comb begin
    fetch         = fetch_valid_i[sel];
    req           = fetch ? fetch_req_i[sel*ReqBits+:ReqBits] : data_req_i[sel*ReqBits+:ReqBits];
    fetch_grant_o = '0;
    data_grant_o  = '0;
    if (take) begin
      fetch_grant_o[sel] = fetch;
      data_grant_o[sel]  = !fetch;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) m_axi_arvalid <= 1'b0;
    else if (free) m_axi_arvalid <= any;
  end

  always_ff @(posedge clk_i) begin
    if (free) begin
      m_axi_arid    <= {ChBits'(sel), req.ctl};
      m_axi_araddr  <= req.addr[AddrWidth-1:0];
      m_axi_arlen   <= req.len;
      m_axi_arsize  <= req.size;
      m_axi_arburst <= req.fixed ? 2'b00 : 2'b01;  // FIXED or INCR
      m_axi_arcache <= req.cache;
      m_axi_arprot  <= req.prot;
      m_axi_arqos   <= req.qos;
      m_axi_aruser  <= req.user;
    end
  end

  assign m_axi_arlock   = 1'b0;
  assign m_axi_arregion = 4'd0;
  assign m_axi_rready   = 1'b1;

  always_comb begin
    for (int unsigned c = 0; c < NumChannels; c++) begin
      fetch_beat_o[c] = m_axi_rvalid && (m_axi_rid == {ChBits'(c), 1'b1});
      data_beat_o[c]  = m_axi_rvalid && (m_axi_rid == {ChBits'(c), 1'b0});
      ar_refused_o[c] = m_axi_arvalid && !m_axi_arready && (m_axi_arid[IdWidth-1:1] == ChBits'(c));
    end
  end

endmodule
