// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite subordinate front end: turns the five channels into one register access a cycle.
//
// Write: once AWVALID and WVALID are both seen and no response waits, address, data and strobes are taken into
// registers; the next cycle is the handshake (AWREADY = WREADY = 1) and req_o.we is high in it, so the register has its
// new value in the cycle after the handshake. Read: ARREADY one cycle after ARVALID; req_o.re in that cycle, or in the
// next one when a write has it; rdata_i is taken at its end. Every response is OKAY. Neither direction waits for the
// other, and no input pin reaches an output pin without a register.
//
// Limitations: one write and one read at a time; reads are three cycles apart (sgdma_counters counts on it). Address bits 1:0 are ignored; AWPROT and ARPROT are not looked at.

module sgdma_axil #(
  parameter int unsigned PageLog2 = 12  // page stride of the register map: 12, 14 or 16 address bits
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic [PageLog2+4:0]   awaddr_i,
  input  logic                  awvalid_i,
  output logic                  awready_o,
  input  logic [31:0]           wdata_i,
  input  logic [3:0]            wstrb_i,
  input  logic                  wvalid_i,
  output logic                  wready_o,
  output logic                  bvalid_o,
  input  logic                  bready_i,
  input  logic [PageLog2+4:0]   araddr_i,
  input  logic                  arvalid_i,
  output logic                  arready_o,
  output logic [31:0]           rdata_o,
  output logic                  rvalid_o,
  input  logic                  rready_i,

  output sgdma_pkg::reg_req_t   req_o,
  output logic [4:0]            page_o,  // page of this access
  output logic                  hole_o,  // the access is above the first 4 KiB of its page
  input  logic [31:0]           rdata_i  // combinational from req_o.addr and page_o
);

  logic [PageLog2+2:0] waddr_q, raddr_q, addr;  // word addresses
  logic [31:0]         wdata_q, rdata_q;
  logic [3:0]          wstrb_q;
  logic                write_q;    // handshake cycle of a write
  logic                bvalid_q;
  logic                arready_q;
  logic                read_q;     // an address waits for its access
  logic                rvalid_q;
  logic                take_write, take_read, read_now;

  assign take_write = awvalid_i && wvalid_i && !write_q && (!bvalid_q || bready_i);
  assign take_read  = arvalid_i && !read_q && !rvalid_q;
  assign read_now   = read_q && !write_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q   <= 1'b0;
      bvalid_q  <= 1'b0;
      arready_q <= 1'b0;
      read_q    <= 1'b0;
      rvalid_q  <= 1'b0;
    end else begin
      write_q   <= take_write;
      bvalid_q  <= write_q || (bvalid_q && !bready_i);
      arready_q <= take_read;
      read_q    <= take_read || (read_q && !read_now);
      rvalid_q  <= read_now || (rvalid_q && !rready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_write) begin
      waddr_q <= awaddr_i[PageLog2+4:2];
      wdata_q <= wdata_i;
      wstrb_q <= wstrb_i;
    end
    if (take_read) raddr_q <= araddr_i[PageLog2+4:2];
    if (read_now) rdata_q <= rdata_i;
  end

  assign awready_o = write_q;
  assign wready_o  = write_q;
  assign bvalid_o  = bvalid_q;
  assign arready_o = arready_q;
  assign rvalid_o  = rvalid_q;
  assign rdata_o   = rdata_q;

  assign addr   = write_q ? waddr_q : raddr_q;
  assign page_o = addr[PageLog2+2:PageLog2-2];
  if (PageLog2 > 12) begin : gen_hole
    assign hole_o = |addr[PageLog2-3:10];
  end else begin : gen_no_hole
    assign hole_o = 1'b0;
  end

  always_comb begin
    req_o.we    = write_q;
    req_o.re    = read_now;
    req_o.addr  = {addr[9:0], 2'b00};
    req_o.wdata = wdata_q;
    req_o.wstrb = wstrb_q;
  end

  // Byte lanes are chosen by the strobes; the low address bits say nothing more.
  logic unused;
  assign unused = ^{awaddr_i[1:0], araddr_i[1:0]};

endmodule
