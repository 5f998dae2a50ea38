// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The engine: register file, channels, AXI4 manager port. Pins carry AMBA names.
//
// Clocking: everything on clk_i; rst_ni is synchronous, active low, and resets the bus interface too, so the
// interconnect in front of the memory has to be reset with it.
// Order of use: docs/programmers-guide.md. Registers: docs/registers.md.
// What a build does not have reads 0 in CAP3 and is refused as BAD_OPCODE or BAD_CTL.

module sgdma_top #(
  parameter int unsigned NumChannels /* verilator public */        = 2,     // 1..16
  parameter int unsigned DataWidth /* verilator public */          = 64,    // 32, 64, 128, 256, 512
  parameter int unsigned AddrWidth /* verilator public */          = 48,    // 32..48
  parameter int unsigned MaxBurstBeats /* verilator public */      = 16,    // power of two; 16..4096 bytes
  parameter int unsigned ReadsOutstanding /* verilator public */   = 32,    // 4..256, per channel
  parameter int unsigned WritesOutstanding /* verilator public */  = 32,    // 4..256, per channel
  parameter int unsigned RecordsOutstanding /* verilator public */ = 32,    // 4..256, per channel
  parameter int unsigned BufferBytes /* verilator public */        = 2048,  // per channel, power of two, >= 2 bursts
  parameter int unsigned PrefetchDepth /* verilator public */      = 32,    // 4..256 descriptors, per channel
  parameter int unsigned TrackerDepth /* verilator public */       = 64,    // 4..256 descriptors, per channel
  parameter bit          Streams /* verilator public */            = 1'b1,  // stream ports, SEND and RECV
  parameter bit          SgPort /* verilator public */             = 1'b0,  // descriptors, records, messages: m_axi_sg_*
  parameter int unsigned PageLog2 /* verilator public */           = 12,    // register page stride: 12, 14, 16
  localparam int unsigned ChBits      = (NumChannels > 1) ? $clog2(NumChannels) : 1,
  localparam int unsigned IdWidth     = ChBits + 1,
  localparam int unsigned BusBytes    = DataWidth / 8
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  // AXI4-Lite subordinate: registers.
  input  logic [PageLog2+4:0]    s_axil_awaddr,
  input  logic [2:0]             s_axil_awprot,
  input  logic                   s_axil_awvalid,
  output logic                   s_axil_awready,
  input  logic [31:0]            s_axil_wdata,
  input  logic [3:0]             s_axil_wstrb,
  input  logic                   s_axil_wvalid,
  output logic                   s_axil_wready,
  output logic [1:0]             s_axil_bresp,
  output logic                   s_axil_bvalid,
  input  logic                   s_axil_bready,
  input  logic [PageLog2+4:0]    s_axil_araddr,
  input  logic [2:0]             s_axil_arprot,
  input  logic                   s_axil_arvalid,
  output logic                   s_axil_arready,
  output logic [31:0]            s_axil_rdata,
  output logic [1:0]             s_axil_rresp,
  output logic                   s_axil_rvalid,
  input  logic                   s_axil_rready,

  // AXI4 manager: data, and without SgPort descriptors, records and messages too.
  output logic [IdWidth-1:0]     m_axi_awid,
  output logic [AddrWidth-1:0]   m_axi_awaddr,
  output logic [7:0]             m_axi_awlen,
  output logic [2:0]             m_axi_awsize,
  output logic [1:0]             m_axi_awburst,
  output logic                   m_axi_awlock,
  output logic [3:0]             m_axi_awcache,
  output logic [2:0]             m_axi_awprot,
  output logic [3:0]             m_axi_awqos,
  output logic [3:0]             m_axi_awregion,
  output logic [23:0]            m_axi_awuser,
  output logic                   m_axi_awvalid,
  input  logic                   m_axi_awready,
  output logic [DataWidth-1:0]   m_axi_wdata,
  output logic [BusBytes-1:0]    m_axi_wstrb,
  output logic                   m_axi_wlast,
  output logic                   m_axi_wvalid,
  input  logic                   m_axi_wready,
  input  logic [IdWidth-1:0]     m_axi_bid,
  input  logic [1:0]             m_axi_bresp,
  input  logic                   m_axi_bvalid,
  output logic                   m_axi_bready,
  output logic [IdWidth-1:0]     m_axi_arid,
  output logic [AddrWidth-1:0]   m_axi_araddr,
  output logic [7:0]             m_axi_arlen,
  output logic [2:0]             m_axi_arsize,
  output logic [1:0]             m_axi_arburst,
  output logic                   m_axi_arlock,
  output logic [3:0]             m_axi_arcache,
  output logic [2:0]             m_axi_arprot,
  output logic [3:0]             m_axi_arqos,
  output logic [3:0]             m_axi_arregion,
  output logic [23:0]            m_axi_aruser,
  output logic                   m_axi_arvalid,
  input  logic                   m_axi_arready,
  input  logic [IdWidth-1:0]     m_axi_rid,
  input  logic [DataWidth-1:0]   m_axi_rdata,
  input  logic [1:0]             m_axi_rresp,
  input  logic                   m_axi_rlast,
  input  logic                   m_axi_rvalid,
  output logic                   m_axi_rready,

  // AXI4 manager of descriptors, records and messages. Without SgPort: silent, and nothing is taken.
  output logic [IdWidth-1:0]     m_axi_sg_awid,
  output logic [AddrWidth-1:0]   m_axi_sg_awaddr,
  output logic [7:0]             m_axi_sg_awlen,
  output logic [2:0]             m_axi_sg_awsize,
  output logic [1:0]             m_axi_sg_awburst,
  output logic                   m_axi_sg_awlock,
  output logic [3:0]             m_axi_sg_awcache,
  output logic [2:0]             m_axi_sg_awprot,
  output logic [3:0]             m_axi_sg_awqos,
  output logic [3:0]             m_axi_sg_awregion,
  output logic [23:0]            m_axi_sg_awuser,
  output logic                   m_axi_sg_awvalid,
  input  logic                   m_axi_sg_awready,
  output logic [DataWidth-1:0]   m_axi_sg_wdata,
  output logic [BusBytes-1:0]    m_axi_sg_wstrb,
  output logic                   m_axi_sg_wlast,
  output logic                   m_axi_sg_wvalid,
  input  logic                   m_axi_sg_wready,
  input  logic [IdWidth-1:0]     m_axi_sg_bid,
  input  logic [1:0]             m_axi_sg_bresp,
  input  logic                   m_axi_sg_bvalid,
  output logic                   m_axi_sg_bready,
  output logic [IdWidth-1:0]     m_axi_sg_arid,
  output logic [AddrWidth-1:0]   m_axi_sg_araddr,
  output logic [7:0]             m_axi_sg_arlen,
  output logic [2:0]             m_axi_sg_arsize,
  output logic [1:0]             m_axi_sg_arburst,
  output logic                   m_axi_sg_arlock,
  output logic [3:0]             m_axi_sg_arcache,
  output logic [2:0]             m_axi_sg_arprot,
  output logic [3:0]             m_axi_sg_arqos,
  output logic [3:0]             m_axi_sg_arregion,
  output logic [23:0]            m_axi_sg_aruser,
  output logic                   m_axi_sg_arvalid,
  input  logic                   m_axi_sg_arready,
  input  logic [IdWidth-1:0]     m_axi_sg_rid,
  input  logic [DataWidth-1:0]   m_axi_sg_rdata,
  input  logic [1:0]             m_axi_sg_rresp,
  input  logic                   m_axi_sg_rlast,
  input  logic                   m_axi_sg_rvalid,
  output logic                   m_axi_sg_rready,

  // AXI4-Stream, one pair a channel, concatenated, channel 0 lowest. Without streams: silent, and nothing is taken.
  output logic [NumChannels*DataWidth-1:0] m_axis_tdata,
  output logic [NumChannels*BusBytes-1:0]  m_axis_tkeep,
  output logic [NumChannels-1:0]           m_axis_tlast,
  output logic [NumChannels-1:0]           m_axis_tuser,
  output logic [NumChannels-1:0]           m_axis_tvalid,
  input  logic [NumChannels-1:0]           m_axis_tready,
  input  logic [NumChannels*DataWidth-1:0] s_axis_tdata,
  input  logic [NumChannels*BusBytes-1:0]  s_axis_tkeep,
  input  logic [NumChannels-1:0]           s_axis_tlast,
  input  logic [NumChannels-1:0]           s_axis_tuser,
  input  logic [NumChannels-1:0]           s_axis_tvalid,
  output logic [NumChannels-1:0]           s_axis_tready,

  // Level interrupts, one a channel.
  output logic [NumChannels-1:0] irq_o,

  // Peripheral requests (pacing mode "demand"): a level each, synchronous to clk_i, and a pulse for each burst served.
  input  logic [NumChannels-1:0] drq_i,
  output logic [NumChannels-1:0] dack_o
);

  // ---- Illegal builds stop here, with a sentence ---------------------------------------------------------------------
  if (NumChannels < 1 || NumChannels > 16) begin : gen_bad_channels
    $error("sgdma_top: NumChannels must be 1..16");
  end
  if (DataWidth != 32 && DataWidth != 64 && DataWidth != 128 && DataWidth != 256 && DataWidth != 512) begin : gen_bad_width
    $error("sgdma_top: DataWidth must be 32, 64, 128, 256 or 512");
  end
  if (AddrWidth < 32 || AddrWidth > 48) begin : gen_bad_addr
    $error("sgdma_top: AddrWidth must be 32..48");
  end
  if (MaxBurstBeats < 2 || MaxBurstBeats > 256 || 2 ** $clog2(MaxBurstBeats) != MaxBurstBeats ||
      MaxBurstBeats * BusBytes < 16 || MaxBurstBeats * BusBytes > 4096) begin : gen_bad_burst
    $error("sgdma_top: MaxBurstBeats must be a power of two of 2..256, and a burst 16..4096 bytes");
  end
  if (ReadsOutstanding < 4 || ReadsOutstanding > 256 || WritesOutstanding < 4 || WritesOutstanding > 256 ||
      RecordsOutstanding < 4 || RecordsOutstanding > 256) begin : gen_bad_windows
    $error("sgdma_top: ReadsOutstanding, WritesOutstanding and RecordsOutstanding must be 4..256");
  end
  if (BufferBytes < 2 * MaxBurstBeats * BusBytes || 2 ** $clog2(BufferBytes) != BufferBytes ||
      BufferBytes > 65536) begin : gen_bad_buffer
    $error("sgdma_top: BufferBytes must be a power of two, at least two bursts, at most 65536");
  end
  if (PrefetchDepth < 4 || PrefetchDepth > 256 || PrefetchDepth * 16 < 2 * BusBytes) begin : gen_bad_prefetch
    $error("sgdma_top: PrefetchDepth must be 4..256 descriptors and at least two bus words");
  end
  if (TrackerDepth < 4 || TrackerDepth > 256) begin : gen_bad_tracker
    $error("sgdma_top: TrackerDepth must be 4..256");
  end
  if (PageLog2 != 12 && PageLog2 != 14 && PageLog2 != 16) begin : gen_bad_page
    $error("sgdma_top: PageLog2 must be 12, 14 or 16");
  end

  // ---- Registers ---------------------------------------------------------------------------------------------------------
  localparam int unsigned CfgBits    = sgdma_pkg::ChanCfgBits;
  localparam int unsigned StatusBits = sgdma_pkg::ChanStatusBits;
  localparam int unsigned ReqBits    = sgdma_pkg::AxiReqBits;

  logic [NumChannels*CfgBits-1:0]    cfg;
  logic [NumChannels*StatusBits-1:0] status;
  logic                              core_rst_n;  // rst_ni, or FORCE_RESET

  // AxPROT of a register access decides nothing here: who may reach which page is the interconnect's business.
  /* verilator lint_off UNUSEDSIGNAL */
  logic unused_prot;
  assign unused_prot = ^{s_axil_awprot, s_axil_arprot};
  /* verilator lint_on UNUSEDSIGNAL */

  sgdma_regs #(
    .NumChannels(NumChannels),
    .DataWidth(DataWidth),
    .AddrWidth(AddrWidth),
    .MaxBurstBeats(MaxBurstBeats),
    .ReadsOutstanding(ReadsOutstanding),
    .WritesOutstanding(WritesOutstanding),
    .RecordsOutstanding(RecordsOutstanding),
    .BufferBytes(BufferBytes),
    .PrefetchDepth(PrefetchDepth),
    .TrackerDepth(TrackerDepth),
    .Streams(Streams),
    .SgPort(SgPort),
    .PageLog2(PageLog2)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr,
    .s_axil_awvalid,
    .s_axil_awready,
    .s_axil_wdata,
    .s_axil_wstrb,
    .s_axil_wvalid,
    .s_axil_wready,
    .s_axil_bresp,
    .s_axil_bvalid,
    .s_axil_bready,
    .s_axil_araddr,
    .s_axil_arvalid,
    .s_axil_arready,
    .s_axil_rdata,
    .s_axil_rresp,
    .s_axil_rvalid,
    .s_axil_rready,
    .cfg_o(cfg),
    .status_i(status),
    .core_rst_no(core_rst_n),
    .irq_o
  );

  // ---- Channels ----------------------------------------------------------------------------------------------------------
  logic [NumChannels-1:0]           fetch_valid, fetch_grant, fetch_beat, read_valid, read_grant, read_beat;
  logic [NumChannels-1:0]           w_valid, w_last, w_take, record_wout, data_wout, data_b, record_b;
  logic [NumChannels-1:0]           ar_refused, aw_refused, w_refused;
  logic [NumChannels*ReqBits-1:0]   fetch_req, read_req, w_req;
  logic [NumChannels*DataWidth-1:0] w_data;
  logic [NumChannels*BusBytes-1:0]  w_strb;
  // Descriptors, records and messages: at m_axi_* or at m_axi_sg_*.
  logic [NumChannels-1:0]           c_valid, c_last, c_take, f_ar_refused, c_aw_refused, c_w_refused;
  logic [NumChannels*ReqBits-1:0]   c_req;
  logic [NumChannels*DataWidth-1:0] c_data;
  logic [NumChannels*BusBytes-1:0]  c_strb;
  logic [NumChannels-1:0]           port_fetch_valid, port_fetch_grant, port_fetch_beat;  // at m_axi_*
  logic [NumChannels-1:0]           port_record_wout, port_record_b;
  logic [DataWidth-1:0]             f_data;
  logic [1:0]                       f_resp, c_resp;
  logic                             f_last;

  for (genvar c = 0; c < NumChannels; c++) begin : gen_chan
    sgdma_pkg::chan_cfg_t    chan_cfg;
    sgdma_pkg::chan_status_t chan_status;
    sgdma_pkg::axi_req_t     chan_fetch_req, chan_read_req, chan_w_req, chan_c_req;

    assign chan_cfg                          = cfg[c*CfgBits+:CfgBits];
    assign status[c*StatusBits+:StatusBits]  = chan_status;
    assign fetch_req[c*ReqBits+:ReqBits]     = chan_fetch_req;
    assign read_req[c*ReqBits+:ReqBits]      = chan_read_req;
    assign w_req[c*ReqBits+:ReqBits]         = chan_w_req;
    assign c_req[c*ReqBits+:ReqBits]         = chan_c_req;

    sgdma_channel #(
      .DataWidth(DataWidth),
      .AddrWidth(AddrWidth),
      .MaxBurstBeats(MaxBurstBeats),
      .ReadsOutstanding(ReadsOutstanding),
      .WritesOutstanding(WritesOutstanding),
      .RecordsOutstanding(RecordsOutstanding),
      .BufferBytes(BufferBytes),
      .PrefetchDepth(PrefetchDepth),
      .TrackerDepth(TrackerDepth),
      .Streams(Streams),
      .SgPort(SgPort)
    ) u_channel (
      .clk_i,
      .rst_ni(core_rst_n),
      .cfg_i(chan_cfg),
      .status_o(chan_status),
      .fetch_req_valid_o(fetch_valid[c]),
      .fetch_req_o(chan_fetch_req),
      .fetch_grant_i(fetch_grant[c]),
      .read_req_valid_o(read_valid[c]),
      .read_req_o(chan_read_req),
      .read_grant_i(read_grant[c]),
      .fetch_beat_i(fetch_beat[c]),
      .f_data_i(f_data),
      .f_resp_i(f_resp),
      .f_last_i(f_last),
      .read_beat_i(read_beat[c]),
      .r_data_i(m_axi_rdata),
      .r_resp_i(m_axi_rresp),
      .r_last_i(m_axi_rlast),
      .w_req_valid_o(w_valid[c]),
      .w_req_o(chan_w_req),
      .w_data_o(w_data[c*DataWidth+:DataWidth]),
      .w_strb_o(w_strb[c*BusBytes+:BusBytes]),
      .w_last_o(w_last[c]),
      .w_take_i(w_take[c]),
      .c_req_valid_o(c_valid[c]),
      .c_req_o(chan_c_req),
      .c_data_o(c_data[c*DataWidth+:DataWidth]),
      .c_strb_o(c_strb[c*BusBytes+:BusBytes]),
      .c_last_o(c_last[c]),
      .c_take_i(c_take[c]),
      .record_wout_i(record_wout[c]),
      .data_wout_i(data_wout[c]),
      .data_b_i(data_b[c]),
      .b_resp_i(m_axi_bresp),
      .record_b_i(record_b[c]),
      .c_resp_i(c_resp),
      .m_axis_tdata(m_axis_tdata[c*DataWidth+:DataWidth]),
      .m_axis_tkeep(m_axis_tkeep[c*BusBytes+:BusBytes]),
      .m_axis_tlast(m_axis_tlast[c]),
      .m_axis_tuser(m_axis_tuser[c]),
      .m_axis_tvalid(m_axis_tvalid[c]),
      .m_axis_tready(m_axis_tready[c]),
      .s_axis_tdata(s_axis_tdata[c*DataWidth+:DataWidth]),
      .s_axis_tkeep(s_axis_tkeep[c*BusBytes+:BusBytes]),
      .s_axis_tlast(s_axis_tlast[c]),
      .s_axis_tuser(s_axis_tuser[c]),
      .s_axis_tvalid(s_axis_tvalid[c]),
      .s_axis_tready(s_axis_tready[c]),
      .drq_i(drq_i[c]),
      .dack_o(dack_o[c]),
      .ar_refused_i(ar_refused[c]),
      .aw_refused_i(aw_refused[c]),
      .w_refused_i(w_refused[c]),
      .f_ar_refused_i(f_ar_refused[c]),
      .c_aw_refused_i(c_aw_refused[c]),
      .c_w_refused_i(c_w_refused[c])
    );
  end

  // ---- AXI4 manager port of data -------------------------------------------------------------------------------------------------
  sgdma_axi_read #(
    .NumChannels(NumChannels),
    .AddrWidth(AddrWidth),
    .IdWidth(IdWidth)
  ) u_axi_read (
    .clk_i,
    .rst_ni(core_rst_n),
    .fetch_valid_i(port_fetch_valid),
    .fetch_req_i(fetch_req),
    .fetch_grant_o(port_fetch_grant),
    .data_valid_i(read_valid),
    .data_req_i(read_req),
    .data_grant_o(read_grant),
    .fetch_beat_o(port_fetch_beat),
    .data_beat_o(read_beat),
    .ar_refused_o(ar_refused),
    .m_axi_arid,
    .m_axi_araddr,
    .m_axi_arlen,
    .m_axi_arsize,
    .m_axi_arburst,
    .m_axi_arlock,
    .m_axi_arcache,
    .m_axi_arprot,
    .m_axi_arqos,
    .m_axi_arregion,
    .m_axi_aruser,
    .m_axi_arvalid,
    .m_axi_arready,
    .m_axi_rid,
    .m_axi_rvalid,
    .m_axi_rready
  );

  sgdma_axi_write #(
    .NumChannels(NumChannels),
    .DataWidth(DataWidth),
    .AddrWidth(AddrWidth),
    .IdWidth(IdWidth)
  ) u_axi_write (
    .clk_i,
    .rst_ni(core_rst_n),
    .valid_i(w_valid),
    .req_i(w_req),
    .data_i(w_data),
    .strb_i(w_strb),
    .last_i(w_last),
    .take_o(w_take),
    .record_wout_o(port_record_wout),
    .data_wout_o(data_wout),
    .data_b_o(data_b),
    .record_b_o(port_record_b),
    .aw_refused_o(aw_refused),
    .w_refused_o(w_refused),
    .m_axi_awid,
    .m_axi_awaddr,
    .m_axi_awlen,
    .m_axi_awsize,
    .m_axi_awburst,
    .m_axi_awlock,
    .m_axi_awcache,
    .m_axi_awprot,
    .m_axi_awqos,
    .m_axi_awregion,
    .m_axi_awuser,
    .m_axi_awvalid,
    .m_axi_awready,
    .m_axi_wdata,
    .m_axi_wstrb,
    .m_axi_wlast,
    .m_axi_wvalid,
    .m_axi_wready,
    .m_axi_bid,
    .m_axi_bvalid,
    .m_axi_bready
  );

  // ---- Port of descriptors, records and messages ----------------------------------------------------------------------------
  if (SgPort) begin : gen_sg_port
    assign port_fetch_valid = '0;
    assign f_data           = m_axi_sg_rdata;
    assign f_resp           = m_axi_sg_rresp;
    assign f_last           = m_axi_sg_rlast;
    assign c_resp           = m_axi_sg_bresp;

    /* verilator lint_off UNUSEDSIGNAL */  // what each port does not carry
    logic [NumChannels-1:0] no_grant, no_beat, no_wout, no_b;
    logic                   unused_sg;
    assign unused_sg = ^{port_fetch_grant, port_fetch_beat, port_record_wout, port_record_b, no_grant, no_beat, no_wout,
                         no_b};
    /* verilator lint_on UNUSEDSIGNAL */

    sgdma_axi_read #(
      .NumChannels(NumChannels),
      .AddrWidth(AddrWidth),
      .IdWidth(IdWidth)
    ) u_sg_read (
      .clk_i,
      .rst_ni(core_rst_n),
      .fetch_valid_i(fetch_valid),
      .fetch_req_i(fetch_req),
      .fetch_grant_o(fetch_grant),
      .data_valid_i({NumChannels{1'b0}}),
      .data_req_i(fetch_req),  // for its QoS
      .data_grant_o(no_grant),
      .fetch_beat_o(fetch_beat),
      .data_beat_o(no_beat),
      .ar_refused_o(f_ar_refused),
      .m_axi_arid(m_axi_sg_arid),
      .m_axi_araddr(m_axi_sg_araddr),
      .m_axi_arlen(m_axi_sg_arlen),
      .m_axi_arsize(m_axi_sg_arsize),
      .m_axi_arburst(m_axi_sg_arburst),
      .m_axi_arlock(m_axi_sg_arlock),
      .m_axi_arcache(m_axi_sg_arcache),
      .m_axi_arprot(m_axi_sg_arprot),
      .m_axi_arqos(m_axi_sg_arqos),
      .m_axi_arregion(m_axi_sg_arregion),
      .m_axi_aruser(m_axi_sg_aruser),
      .m_axi_arvalid(m_axi_sg_arvalid),
      .m_axi_arready(m_axi_sg_arready),
      .m_axi_rid(m_axi_sg_rid),
      .m_axi_rvalid(m_axi_sg_rvalid),
      .m_axi_rready(m_axi_sg_rready)
    );

    sgdma_axi_write #(
      .NumChannels(NumChannels),
      .DataWidth(DataWidth),
      .AddrWidth(AddrWidth),
      .IdWidth(IdWidth)
    ) u_sg_write (
      .clk_i,
      .rst_ni(core_rst_n),
      .valid_i(c_valid),
      .req_i(c_req),
      .data_i(c_data),
      .strb_i(c_strb),
      .last_i(c_last),
      .take_o(c_take),
      .record_wout_o(record_wout),
      .data_wout_o(no_wout),
      .data_b_o(no_b),
      .record_b_o(record_b),
      .aw_refused_o(c_aw_refused),
      .w_refused_o(c_w_refused),
      .m_axi_awid(m_axi_sg_awid),
      .m_axi_awaddr(m_axi_sg_awaddr),
      .m_axi_awlen(m_axi_sg_awlen),
      .m_axi_awsize(m_axi_sg_awsize),
      .m_axi_awburst(m_axi_sg_awburst),
      .m_axi_awlock(m_axi_sg_awlock),
      .m_axi_awcache(m_axi_sg_awcache),
      .m_axi_awprot(m_axi_sg_awprot),
      .m_axi_awqos(m_axi_sg_awqos),
      .m_axi_awregion(m_axi_sg_awregion),
      .m_axi_awuser(m_axi_sg_awuser),
      .m_axi_awvalid(m_axi_sg_awvalid),
      .m_axi_awready(m_axi_sg_awready),
      .m_axi_wdata(m_axi_sg_wdata),
      .m_axi_wstrb(m_axi_sg_wstrb),
      .m_axi_wlast(m_axi_sg_wlast),
      .m_axi_wvalid(m_axi_sg_wvalid),
      .m_axi_wready(m_axi_sg_wready),
      .m_axi_bid(m_axi_sg_bid),
      .m_axi_bvalid(m_axi_sg_bvalid),
      .m_axi_bready(m_axi_sg_bready)
    );
  end else begin : gen_no_sg_port
    assign port_fetch_valid = fetch_valid;
    assign fetch_grant      = port_fetch_grant;
    assign fetch_beat       = port_fetch_beat;
    assign record_wout      = port_record_wout;
    assign record_b         = port_record_b;
    assign f_data           = m_axi_rdata;
    assign f_resp           = m_axi_rresp;
    assign f_last           = m_axi_rlast;
    assign c_resp           = m_axi_bresp;
    assign c_take           = '0;
    assign f_ar_refused     = ar_refused;
    assign c_aw_refused     = aw_refused;
    assign c_w_refused      = w_refused;
    assign m_axi_sg_awid     = '0;
    assign m_axi_sg_awaddr   = '0;
    assign m_axi_sg_awlen    = '0;
    assign m_axi_sg_awsize   = '0;
    assign m_axi_sg_awburst  = '0;
    assign m_axi_sg_awlock   = '0;
    assign m_axi_sg_awcache  = '0;
    assign m_axi_sg_awprot   = '0;
    assign m_axi_sg_awqos    = '0;
    assign m_axi_sg_awregion = '0;
    assign m_axi_sg_awuser   = '0;
    assign m_axi_sg_awvalid  = '0;
    assign m_axi_sg_wdata    = '0;
    assign m_axi_sg_wstrb    = '0;
    assign m_axi_sg_wlast    = '0;
    assign m_axi_sg_wvalid   = '0;
    assign m_axi_sg_bready   = '0;
    assign m_axi_sg_arid     = '0;
    assign m_axi_sg_araddr   = '0;
    assign m_axi_sg_arlen    = '0;
    assign m_axi_sg_arsize   = '0;
    assign m_axi_sg_arburst  = '0;
    assign m_axi_sg_arlock   = '0;
    assign m_axi_sg_arcache  = '0;
    assign m_axi_sg_arprot   = '0;
    assign m_axi_sg_arqos    = '0;
    assign m_axi_sg_arregion = '0;
    assign m_axi_sg_aruser   = '0;
    assign m_axi_sg_arvalid  = '0;
    assign m_axi_sg_rready   = '0;

    /* verilator lint_off UNUSEDSIGNAL */
    logic unused_sg;
    assign unused_sg = ^{c_valid, c_req, c_data, c_strb, c_last, m_axi_sg_awready, m_axi_sg_wready, m_axi_sg_bid,
                         m_axi_sg_bresp, m_axi_sg_bvalid, m_axi_sg_arready, m_axi_sg_rid, m_axi_sg_rdata, m_axi_sg_rresp,
                         m_axi_sg_rlast, m_axi_sg_rvalid};
    /* verilator lint_on UNUSEDSIGNAL */
  end

endmodule
