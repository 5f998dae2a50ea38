// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI4 write half of the manager port: lets one channel's burst through at a time, and sorts the answers back.
//
// A channel only asks when it has all data of the burst, so W never waits for data and the next burst follows without
// a gap. The address and the first beat leave together: AW and W are registers, both loaded in the cycle of the grant,
// so the order of bursts on W is that on AW by construction. B is never refused (BREADY is constantly 1).
// Limitation: AW runs at most one burst ahead of W.

module sgdma_axi_write #(
  parameter int unsigned NumChannels = 2,
  parameter int unsigned DataWidth   = 64,
  parameter int unsigned AddrWidth   = 48,
  parameter int unsigned IdWidth     = 2,
  localparam int unsigned BusBytes   = DataWidth / 8
) (
  input  logic                                         clk_i,
  input  logic                                         rst_ni,
  // Channels, concatenated, channel 0 lowest.
  input  logic [NumChannels-1:0]                       valid_i,
  input  logic [NumChannels*sgdma_pkg::AxiReqBits-1:0] req_i,
  input  logic [NumChannels*DataWidth-1:0]             data_i,
  input  logic [NumChannels*BusBytes-1:0]              strb_i,
  input  logic [NumChannels-1:0]                       last_i,
  output logic [NumChannels-1:0]                       take_o,         // this beat is taken
  output logic [NumChannels-1:0]                       record_wout_o,  // the last W beat of a record was accepted
  output logic [NumChannels-1:0]                       data_wout_o,    // that of a data burst was
  output logic [NumChannels-1:0]                       data_b_o,
  output logic [NumChannels-1:0]                       record_b_o,
  output logic [NumChannels-1:0]                       aw_refused_o,  // AWVALID of the channel, and no AWREADY
  output logic [NumChannels-1:0]                       w_refused_o,
  // AXI4.
  output logic [IdWidth-1:0]                           m_axi_awid,
  output logic [AddrWidth-1:0]                         m_axi_awaddr,
  output logic [7:0]                                   m_axi_awlen,
  output logic [2:0]                                   m_axi_awsize,
  output logic [1:0]                                   m_axi_awburst,
  output logic                                         m_axi_awlock,
  output logic [3:0]                                   m_axi_awcache,
  output logic [2:0]                                   m_axi_awprot,
  output logic [3:0]                                   m_axi_awqos,
  output logic [3:0]                                   m_axi_awregion,
  output logic [23:0]                                  m_axi_awuser,
  output logic                                         m_axi_awvalid,
  input  logic                                         m_axi_awready,
  output logic [DataWidth-1:0]                         m_axi_wdata,
  output logic [BusBytes-1:0]                          m_axi_wstrb,
  output logic                                         m_axi_wlast,
  output logic                                         m_axi_wvalid,
  input  logic                                         m_axi_wready,
  input  logic [IdWidth-1:0]                           m_axi_bid,
  input  logic                                         m_axi_bvalid,
  output logic                                         m_axi_bready
);

  localparam int unsigned ReqBits = sgdma_pkg::AxiReqBits;
  localparam int unsigned ChBits  = IdWidth - 1;
  localparam int unsigned SelBits = (NumChannels > 1) ? $clog2(NumChannels) : 1;

  logic [NumChannels-1:0]   yields;
  logic [NumChannels*4-1:0] qos;
  logic [SelBits-1:0]  pick, sel, owner_q;
  logic                any, mid_q, aw_free, w_free, first, take;
  /* verilator lint_off UNUSEDSIGNAL */  // AddrWidth may be narrower than the address field
  sgdma_pkg::axi_req_t req;
  /* verilator lint_on UNUSEDSIGNAL */

  sgdma_arbiter #(
    .N(NumChannels)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .req_i(valid_i),
    .yield_i(yields),
    .qos_i(qos),
    .take_i(first),
    .any_o(any),
    .sel_o(pick)
  );

  for (genvar c = 0; c < NumChannels; c++) begin : gen_rank
    assign yields[c]   = req_i[c*ReqBits+sgdma_pkg::AxiReqYieldLsb];
    assign qos[4*c+:4] = req_i[c*ReqBits+sgdma_pkg::AxiReqQosLsb+:4];
  end

  assign aw_free = !m_axi_awvalid || m_axi_awready;
  assign w_free  = !m_axi_wvalid || m_axi_wready;
  assign sel     = mid_q ? owner_q : pick;
  assign first   = !mid_q && any && aw_free && w_free;
  assign take    = first || (mid_q && w_free);
  assign req     = req_i[sel*ReqBits+:ReqBits];

  always_comb begin
    take_o = '0;
    if (take) take_o[sel] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      m_axi_awvalid <= 1'b0;
      m_axi_wvalid  <= 1'b0;
      mid_q         <= 1'b0;
      owner_q       <= '0;
    end else begin
      if (aw_free) m_axi_awvalid <= first;
      if (w_free)  m_axi_wvalid  <= take;
      if (take) begin
        mid_q   <= !last_i[sel];
        owner_q <= sel;
      end
    end
  end

  logic               w_record_q;  // the beat on W is a record's
  logic               w_data_q;    // it is data
  logic [SelBits-1:0] w_owner_q;

  always_ff @(posedge clk_i) begin
    if (first) begin
      m_axi_awid    <= {ChBits'(sel), req.ctl};
      m_axi_awaddr  <= req.addr[AddrWidth-1:0];
      m_axi_awlen   <= req.len;
      m_axi_awsize  <= req.size;
      m_axi_awburst <= req.fixed ? 2'b00 : 2'b01;  // FIXED or INCR
      m_axi_awcache <= req.cache;
      m_axi_awprot  <= req.prot;
      m_axi_awqos   <= req.qos;
      m_axi_awuser  <= req.user;
      w_record_q    <= req.record;
      w_data_q      <= !req.ctl;
      w_owner_q     <= sel;
    end
    if (take) begin
      m_axi_wdata <= data_i[sel*DataWidth+:DataWidth];
      m_axi_wstrb <= strb_i[sel*BusBytes+:BusBytes];
      m_axi_wlast <= last_i[sel];
    end
  end

  assign m_axi_awlock   = 1'b0;
  assign m_axi_awregion = 4'd0;
  assign m_axi_bready   = 1'b1;

  always_comb begin
    for (int unsigned c = 0; c < NumChannels; c++) begin
      record_wout_o[c] = m_axi_wvalid && m_axi_wready && m_axi_wlast && w_record_q && (w_owner_q == SelBits'(c));
      data_wout_o[c]   = m_axi_wvalid && m_axi_wready && m_axi_wlast && w_data_q && (w_owner_q == SelBits'(c));
      data_b_o[c]      = m_axi_bvalid && (m_axi_bid == {ChBits'(c), 1'b0});
      record_b_o[c]    = m_axi_bvalid && (m_axi_bid == {ChBits'(c), 1'b1});
      aw_refused_o[c]  = m_axi_awvalid && !m_axi_awready && (m_axi_awid[IdWidth-1:1] == ChBits'(c));
      w_refused_o[c]   = m_axi_wvalid && !m_axi_wready && (w_owner_q == SelBits'(c));
    end
  end

endmodule
