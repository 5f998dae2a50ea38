// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Test wrapper of sgdma_regs: every field of the configuration and status structs is a pin of its own, one array
// element a channel, so that a test names fields and not bit numbers. Unpacked arrays of ports: Verilator only.

module registers_bench #(
  parameter int unsigned NumChannels        = 2,
  parameter int unsigned DataWidth          = 64,
  parameter int unsigned AddrWidth          = 48,
  parameter int unsigned MaxBurstBeats      = 16,
  parameter int unsigned ReadsOutstanding   = 32,
  parameter int unsigned WritesOutstanding  = 32,
  parameter int unsigned RecordsOutstanding = 32,
  parameter int unsigned BufferBytes        = 2048,
  parameter int unsigned PrefetchDepth      = 32,
  parameter int unsigned TrackerDepth       = 64,
  parameter int unsigned PageLog2           = 12
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic [PageLog2+4:0]    awaddr,
  input  logic                   awvalid,
  output logic                   awready,
  input  logic [31:0]            wdata,
  input  logic [3:0]             wstrb,
  input  logic                   wvalid,
  output logic                   wready,
  output logic [1:0]             bresp,
  output logic                   bvalid,
  input  logic                   bready,
  input  logic [PageLog2+4:0]    araddr,
  input  logic                   arvalid,
  output logic                   arready,
  output logic [31:0]            rdata,
  output logic [1:0]             rresp,
  output logic                   rvalid,
  input  logic                   rready,
  output logic [NumChannels-1:0] irq,

  output logic                   enable      [NumChannels],
  output logic                   reset       [NumChannels],
  output logic                   cont        [NumChannels],
  output logic [47:0]            sub_base    [NumChannels],
  output logic [4:0]             sub_log2    [NumChannels],
  output logic [47:0]            cpl_base    [NumChannels],
  output logic [4:0]             cpl_log2    [NumChannels],
  output logic [23:0]            devid       [NumChannels],
  output logic [3:0]             axcache     [NumChannels],
  output logic [2:0]             axprot      [NumChannels],
  output logic [3:0]             qos         [NumChannels],
  output logic                   cmd_we      [NumChannels],
  output logic                   tail_we     [NumChannels],
  output logic                   cpl_head_we [NumChannels],
  output logic                   ring_we     [NumChannels],
  output logic                   err_clear   [NumChannels],
  output logic                   pos_latch   [NumChannels],
  output logic [31:0]            cfg_wdata   [NumChannels],

  input  logic [2:0]             state       [NumChannels],
  input  logic                   pausing     [NumChannels],
  input  logic                   retry_legal [NumChannels],
  input  logic                   quiesced    [NumChannels],
  input  logic                   resetting   [NumChannels],
  input  logic                   refused     [NumChannels],
  input  logic [15:0]            sub_head    [NumChannels],
  input  logic [15:0]            sub_tail    [NumChannels],
  input  logic [15:0]            cpl_head    [NumChannels],
  input  logic [15:0]            cpl_index   [NumChannels],
  input  logic [3:0]             events      [NumChannels],  // done, error, halted, stuck from bit 0
  input  logic                   err_valid   [NumChannels],
  input  logic [31:0]            err_count   [NumChannels],
  input  logic [63:0]            err_low     [NumChannels],
  input  logic [63:0]            err_high    [NumChannels],
  input  logic [15:0]            pos_slot    [NumChannels],
  input  logic [15:0]            pos_index   [NumChannels],
  input  logic [47:0]            pos_addr    [NumChannels],
  input  logic [31:0]            pos_bytes   [NumChannels],
  input  logic [8:0]             out_reads   [NumChannels],
  input  logic [8:0]             out_writes  [NumChannels],
  input  logic [8:0]             out_records [NumChannels],
  input  logic [8:0]             out_fetches [NumChannels],
  input  logic [12:0]            cnt_bytes   [NumChannels],
  input  logic [5:0]             cnt_events  [NumChannels]  // busy, descriptor, read, write stall, starved, stream stall
);

  localparam int unsigned CfgBits    = $bits(sgdma_pkg::chan_cfg_t);
  localparam int unsigned StatusBits = $bits(sgdma_pkg::chan_status_t);

  logic [NumChannels*CfgBits-1:0]    cfg_flat;
  logic [NumChannels*StatusBits-1:0] status_flat;

  sgdma_regs #(
    .NumChannels       (NumChannels),
    .DataWidth         (DataWidth),
    .AddrWidth         (AddrWidth),
    .MaxBurstBeats     (MaxBurstBeats),
    .ReadsOutstanding  (ReadsOutstanding),
    .WritesOutstanding (WritesOutstanding),
    .RecordsOutstanding(RecordsOutstanding),
    .BufferBytes       (BufferBytes),
    .PrefetchDepth     (PrefetchDepth),
    .TrackerDepth      (TrackerDepth),
    .PageLog2          (PageLog2)
  ) u_regs (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr (awaddr),
    .s_axil_awvalid(awvalid),
    .s_axil_awready(awready),
    .s_axil_wdata  (wdata),
    .s_axil_wstrb  (wstrb),
    .s_axil_wvalid (wvalid),
    .s_axil_wready (wready),
    .s_axil_bresp  (bresp),
    .s_axil_bvalid (bvalid),
    .s_axil_bready (bready),
    .s_axil_araddr (araddr),
    .s_axil_arvalid(arvalid),
    .s_axil_arready(arready),
    .s_axil_rdata  (rdata),
    .s_axil_rresp  (rresp),
    .s_axil_rvalid (rvalid),
    .s_axil_rready (rready),
    .cfg_o         (cfg_flat),
    .status_i      (status_flat),
    .core_rst_no   (),
    .irq_o         (irq)
  );

  for (genvar c = 0; c < NumChannels; c++) begin : gen_ch
    sgdma_pkg::chan_cfg_t    cfg;
    sgdma_pkg::chan_status_t status;

    assign cfg                                     = cfg_flat[c*CfgBits +: CfgBits];
    assign status_flat[c*StatusBits +: StatusBits] = status;

    assign enable[c]      = cfg.enable;
    assign reset[c]       = cfg.reset;
    assign cont[c]        = cfg.cont;
    assign sub_base[c]    = cfg.sub_base;
    assign sub_log2[c]    = cfg.sub_log2;
    assign cpl_base[c]    = cfg.cpl_base;
    assign cpl_log2[c]    = cfg.cpl_log2;
    assign devid[c]       = cfg.devid;
    assign axcache[c]     = cfg.axcache;
    assign axprot[c]      = cfg.axprot;
    assign qos[c]         = cfg.qos;
    assign cmd_we[c]      = cfg.cmd_we;
    assign tail_we[c]     = cfg.tail_we;
    assign cpl_head_we[c] = cfg.cpl_head_we;
    assign ring_we[c]     = cfg.ring_we;
    assign err_clear[c]   = cfg.err_clear;
    assign pos_latch[c]   = cfg.pos_latch;
    assign cfg_wdata[c]   = cfg.wdata;

    always_comb begin
      status             = '0;
      status.state       = state[c];
      status.pausing     = pausing[c];
      status.retry_legal = retry_legal[c];
      status.quiesced    = quiesced[c];
      status.resetting   = resetting[c];
      status.refused     = refused[c];
      status.sub_head    = sub_head[c];
      status.sub_tail    = sub_tail[c];
      status.cpl_head    = cpl_head[c];
      status.cpl_index   = cpl_index[c];
      status.ev_done     = events[c][0];
      status.ev_error    = events[c][1];
      status.ev_halted   = events[c][2];
      status.ev_stuck    = events[c][3];
      status.err_valid   = err_valid[c];
      status.err_count   = err_count[c];
      status.err_image   = {err_high[c], err_low[c]};
      status.pos_slot    = pos_slot[c];
      status.pos_index   = pos_index[c];
      status.pos_addr    = pos_addr[c];
      status.pos_bytes   = pos_bytes[c];
      status.out_reads   = out_reads[c];
      status.out_writes  = out_writes[c];
      status.out_records = out_records[c];
      status.out_fetches = out_fetches[c];
      status.cnt_bytes   = cnt_bytes[c];
      {status.cnt_stream_stall, status.cnt_starved, status.cnt_write_stall, status.cnt_read_stall,
       status.cnt_descriptor, status.cnt_busy} = cnt_events[c];
    end
  end

endmodule
