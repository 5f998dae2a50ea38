// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Register file: AXI4-Lite front end, the global page and one page a channel.
//
// Page 0 is global, page 1 + c belongs to channel c; pages are 2^PageLog2 bytes apart. Every access is answered OKAY;
// holes read 0. cfg_o and status_i are sgdma_pkg::chan_cfg_t and chan_status_t of each channel, concatenated, channel 0
// lowest. irq_o is a register: it follows a cause by one cycle.

module sgdma_regs #(
  parameter int unsigned NumChannels        = 2,     // 1..16
  parameter int unsigned DataWidth          = 64,    // bits of the AXI manager port
  parameter int unsigned AddrWidth          = 48,
  parameter int unsigned MaxBurstBeats      = 16,
  parameter int unsigned ReadsOutstanding   = 32,
  parameter int unsigned WritesOutstanding  = 32,
  parameter int unsigned RecordsOutstanding = 32,
  parameter int unsigned BufferBytes        = 2048,
  parameter int unsigned PrefetchDepth      = 32,
  parameter int unsigned TrackerDepth       = 64,
  parameter bit          Streams            = 1'b1,
  parameter bit          SgPort             = 1'b0,
  parameter int unsigned PageLog2           = 12,    // 12, 14 or 16
  // Widths of the two structs; a number, because not every tool reads $bits of a type. Checked below.
  localparam int unsigned ChanCfgBits       = 484,
  localparam int unsigned ChanStatusBits    = 444
) (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,

  input  logic [PageLog2+4:0]                   s_axil_awaddr,
  input  logic                                  s_axil_awvalid,
  output logic                                  s_axil_awready,
  input  logic [31:0]                           s_axil_wdata,
  input  logic [3:0]                            s_axil_wstrb,
  input  logic                                  s_axil_wvalid,
  output logic                                  s_axil_wready,
  output logic [1:0]                            s_axil_bresp,
  output logic                                  s_axil_bvalid,
  input  logic                                  s_axil_bready,
  input  logic [PageLog2+4:0]                   s_axil_araddr,
  input  logic                                  s_axil_arvalid,
  output logic                                  s_axil_arready,
  output logic [31:0]                           s_axil_rdata,
  output logic [1:0]                            s_axil_rresp,
  output logic                                  s_axil_rvalid,
  input  logic                                  s_axil_rready,

  output logic [NumChannels*ChanCfgBits-1:0]    cfg_o,
  input  logic [NumChannels*ChanStatusBits-1:0] status_i,
  output logic                                  core_rst_no,  // low: reset of the rest of the engine
  output logic [NumChannels-1:0]                irq_o
);

  localparam logic [31:0] Cap0 = (32'(NumChannels) << sgdma_reg_pkg::GlbCap0ChannelsLsb) |
                                 (32'($clog2(DataWidth / 8)) << sgdma_reg_pkg::GlbCap0BusLog2Lsb) |
                                 (32'(AddrWidth) << sgdma_reg_pkg::GlbCap0AddrWidthLsb) |
                                 (32'((PageLog2 - 12) / 2) << sgdma_reg_pkg::GlbCap0StrideLsb);
  localparam logic [31:0] Cap1 = (32'(ReadsOutstanding - 1) << sgdma_reg_pkg::GlbCap1ReadsLsb) |
                                 (32'(WritesOutstanding - 1) << sgdma_reg_pkg::GlbCap1WritesLsb) |
                                 (32'(RecordsOutstanding - 1) << sgdma_reg_pkg::GlbCap1RecordsLsb) |
                                 (32'($clog2(MaxBurstBeats)) << sgdma_reg_pkg::GlbCap1BurstLog2Lsb);
  localparam logic [31:0] Cap2 = (32'(BufferBytes / 16) << sgdma_reg_pkg::GlbCap2BufferLsb) |
                                 (32'(PrefetchDepth - 1) << sgdma_reg_pkg::GlbCap2PrefetchLsb) |
                                 (32'(TrackerDepth - 1) << sgdma_reg_pkg::GlbCap2TrackerLsb);

  // What every build has, and what is a parameter.
  localparam logic [31:0] Cap3 = (32'd1 << sgdma_reg_pkg::GlbCap3FillLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3LinkLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3StrideLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3FixedLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3DirectLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3CoalesceLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3MessageLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3PacingLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3WatchdogLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3ForceResetLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3EndListLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3ContinueLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3QosLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3CountersLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3PositionLsb) |
                                 (32'd1 << sgdma_reg_pkg::GlbCap3CacheLsb) |
                                 (32'(Streams) << sgdma_reg_pkg::GlbCap3StreamLsb) |
                                 (32'(SgPort) << sgdma_reg_pkg::GlbCap3SgPortLsb);

  // ---- Front end --------------------------------------------------------------------------------------------
  sgdma_pkg::reg_req_t req;
  logic [4:0]          page;
  logic                hole;
  logic [31:0]         rdata;

  sgdma_axil #(
    .PageLog2(PageLog2)
  ) u_axil (
    .clk_i,
    .rst_ni,
    .awaddr_i (s_axil_awaddr),
    .awvalid_i(s_axil_awvalid),
    .awready_o(s_axil_awready),
    .wdata_i  (s_axil_wdata),
    .wstrb_i  (s_axil_wstrb),
    .wvalid_i (s_axil_wvalid),
    .wready_o (s_axil_wready),
    .bvalid_o (s_axil_bvalid),
    .bready_i (s_axil_bready),
    .araddr_i (s_axil_araddr),
    .arvalid_i(s_axil_arvalid),
    .arready_o(s_axil_arready),
    .rdata_o  (s_axil_rdata),
    .rvalid_o (s_axil_rvalid),
    .rready_i (s_axil_rready),
    .req_o    (req),
    .page_o   (page),
    .hole_o   (hole),
    .rdata_i  (rdata)
  );

  assign s_axil_bresp = sgdma_pkg::RespOkay;
  assign s_axil_rresp = sgdma_pkg::RespOkay;

  // ---- FORCE_RESET: everything but the front end, which still answers the write -----------------------------
  always_ff @(posedge clk_i) begin
    if (!rst_ni) force_q <= 1'b0;
    else force_q <= force_go;
  end
  assign rst_n        = rst_ni && !force_q;
  assign core_rst_no  = rst_n;

  // ---- Global page ------------------------------------------------------------------------------------------
  logic [NumChannels-1:0]    idle, resetting, pending, irq_mask, irq_q;
  logic [NumChannels-1:0]    enable, reset, cont_permitted, glb_refused;
  logic [NumChannels*24-1:0] devid;
  logic [NumChannels*4-1:0]  axcache;
  logic [NumChannels*3-1:0]  axprot;
  logic [NumChannels*24-1:0] msg_devid;
  logic [NumChannels*48-1:0] msg_addr;
  logic [NumChannels*32-1:0] msg_data;
  logic [NumChannels-1:0]    level, touched, touched_q;
  logic                      mask_written, force_go, force_q, rst_n;
  logic [NumChannels*32-1:0] wdog_min;
  logic [NumChannels*24-1:0] pace_bounds;
  logic [NumChannels*4-1:0]  qos;

  logic        glb_hit;
  logic [31:0] glb_rdata;

  assign glb_hit = page == 5'd0 && !hole;

  sgdma_global_regs #(
    .NumChannels(NumChannels),
    .Cap0       (Cap0),
    .Cap1       (Cap1),
    .Cap2       (Cap2),
    .Cap3       (Cap3)
  ) u_global (
    .clk_i,
    .rst_ni          (rst_n),
    .sel_i           (glb_hit),
    .req_i           (req),
    .rdata_o         (glb_rdata),
    .idle_i          (idle),
    .resetting_i     (resetting),
    .pending_i       (pending),
    .irq_mask_o      (irq_mask),
    .enable_o        (enable),
    .reset_o         (reset),
    .cont_permitted_o(cont_permitted),
    .refused_o       (glb_refused),
    .devid_o         (devid),
    .axcache_o       (axcache),
    .axprot_o        (axprot),
    .msg_devid_o     (msg_devid),
    .msg_addr_o      (msg_addr),
    .msg_data_o      (msg_data),
    .mask_written_o  (mask_written),
    .wdog_min_o      (wdog_min),
    .pace_bounds_o   (pace_bounds),
    .qos_o           (qos),
    .force_o         (force_go)
  );

  // ---- Channel pages ----------------------------------------------------------------------------------------
  logic [NumChannels*32-1:0] ch_rdata;

  for (genvar c = 0; c < NumChannels; c++) begin : gen_ch
    logic        hit;
    logic [31:0] page_rdata;

    assign hit                  = page == 5'(c + 1) && !hole;
    assign ch_rdata[c*32 +: 32] = hit ? page_rdata : '0;

    sgdma_chan_regs #(
      .BusLog2($clog2(DataWidth / 8)),
      .MaxBurstBeats(MaxBurstBeats),
      .Cap0(Cap0),
      .Cap1(Cap1),
      .Cap2(Cap2),
      .Cap3(Cap3)
    ) u_chan (
      .clk_i,
      .rst_ni          (rst_n),
      .sel_i           (hit),
      .req_i           (req),
      .rdata_o         (page_rdata),
      .enable_i        (enable[c]),
      .reset_i         (reset[c]),
      .cont_permitted_i(cont_permitted[c]),
      .refused_i       (glb_refused[c]),
      .devid_i         (devid[c*24 +: 24]),
      .axcache_i       (axcache[c*4 +: 4]),
      .axprot_i        (axprot[c*3 +: 3]),
      .msg_devid_i     (msg_devid[c*24 +: 24]),
      .msg_addr_i      (msg_addr[c*48 +: 48]),
      .msg_data_i      (msg_data[c*32 +: 32]),
      .wdog_min_i      (wdog_min[c*32 +: 32]),
      .pace_bounds_i   (pace_bounds[c*24 +: 24]),
      .qos_i           (qos[c*4 +: 4]),
      .msg_go_i        (level[c] && (!irq_q[c] || touched_q[c])),
      .cfg_o           (cfg_o[c*ChanCfgBits +: ChanCfgBits]),
      .status_i        (status_i[c*ChanStatusBits +: ChanStatusBits]),
      .idle_o          (idle[c]),
      .resetting_o     (resetting[c]),
      .pending_o       (pending[c]),
      .touched_o       (touched[c])
    );
  end

  always_comb begin
    rdata = glb_hit ? glb_rdata : '0;
    for (int unsigned c = 0; c < NumChannels; c++) rdata |= ch_rdata[c*32 +: 32];
  end

  // ---- Interrupt level, and when it asks for a message --------------------------------------------------------
  // A message goes out when the level rises, and after a write to CAUSE, ENABLE or the mask that leaves it high; behind a
  // failed one with the next event as well.
  assign level = pending & irq_mask;
  always_ff @(posedge clk_i) begin
    if (!rst_n) begin
      irq_q     <= '0;
      touched_q <= '0;
    end else begin
      irq_q     <= level;
      touched_q <= touched | {NumChannels{mask_written}};
    end
  end
  assign irq_o = irq_q;

  // ---- What the parameters must be --------------------------------------------------------------------------
  if (NumChannels < 1 || NumChannels > 16) begin : gen_channels_check
    $error("sgdma_regs: NumChannels must be 1..16");
  end
  if (PageLog2 != 12 && PageLog2 != 14 && PageLog2 != 16) begin : gen_page_check
    $error("sgdma_regs: PageLog2 must be 12, 14 or 16");
  end
`ifndef YOSYS
  if (ChanCfgBits != $bits(sgdma_pkg::chan_cfg_t) || ChanStatusBits != $bits(sgdma_pkg::chan_status_t))
  begin : gen_width_check
    $error("sgdma_regs: ChanCfgBits and ChanStatusBits must be the widths of the structs in sgdma_pkg");
  end
`endif
  // The codes software reads about are those the channel uses.
  if (sgdma_reg_pkg::ChStateStateHalted != 32'(sgdma_pkg::StateHalted) ||
      sgdma_reg_pkg::ChStateStateIdle != 32'(sgdma_pkg::StateIdle) ||
      sgdma_reg_pkg::ChStateStateRun != 32'(sgdma_pkg::StateRun) ||
      sgdma_reg_pkg::ChStateStatePaused != 32'(sgdma_pkg::StatePaused) ||
      sgdma_reg_pkg::ChStateStateDraining != 32'(sgdma_pkg::StateDraining) ||
      sgdma_reg_pkg::ChStateStateStuck != 32'(sgdma_pkg::StateStuck)) begin : gen_state_check
    $error("sgdma_regs: the states of sgdma_pkg and of the register description differ");
  end
  if (sgdma_reg_pkg::ChCommandCodeStart != 32'(sgdma_pkg::CmdStart) ||
      sgdma_reg_pkg::ChCommandCodePause != 32'(sgdma_pkg::CmdPause) ||
      sgdma_reg_pkg::ChCommandCodeResume != 32'(sgdma_pkg::CmdResume) ||
      sgdma_reg_pkg::ChCommandCodeRetry != 32'(sgdma_pkg::CmdRetry) ||
      sgdma_reg_pkg::ChCommandCodeSkip != 32'(sgdma_pkg::CmdSkip) ||
      sgdma_reg_pkg::ChCommandCodeAbort != 32'(sgdma_pkg::CmdAbort) ||
      sgdma_reg_pkg::ChCommandCodeEndList != 32'(sgdma_pkg::CmdEndList)) begin : gen_command_check
    $error("sgdma_regs: the commands of sgdma_pkg and of the register description differ");
  end

endmodule
