// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Says what is wrong with a descriptor. Combinational.
//
// The order is the contract's: fetch, PHASE, opcode, ctl, length, address, LINK; the first that fails is the status.

module sgdma_check #(
  parameter int unsigned AddrWidth = 48
) (
  input  logic [127:0] desc_i,
  input  logic [1:0]   err_i,       // AXI response of its fetch
  input  logic         in_array_i,  // PHASE is ignored, LINK takes no flags
  input  logic         lap_i,       // ring lap: PHASE expected is ~lap
  input  logic         last_i,      // last entry of its array
  output logic [3:0]   status_o,    // StOk or the fault
  output logic         always_halts_o,  // also under CONTINUE
  output logic         link_o       // opcode is LINK
);

  sgdma_pkg::desc_t desc;
  assign desc = desc_i;

  logic is_copy, is_link, is_nop;
  assign is_copy = (desc.ctl.opcode == sgdma_pkg::OpCopy);
  assign is_link = (desc.ctl.opcode == sgdma_pkg::OpLink);
  assign is_nop  = (desc.ctl.opcode == sgdma_pkg::OpNop);
  assign link_o  = is_link;

  // Transfer end, one bit more than an address. Touching 2^AddrWidth with the end is fine, passing it is not.
  logic [AddrWidth:0]   src_end, dst_end;
  logic [AddrWidth-4:0] array_end;
  logic                 src_bad, dst_bad, array_bad, src_high, dst_high;

  assign src_end   = {1'b0, desc.src[AddrWidth-1:0]} + (AddrWidth + 1)'(desc.len);
  assign dst_end   = {1'b0, desc.dst[AddrWidth-1:0]} + (AddrWidth + 1)'(desc.len);
  assign array_end = {1'b0, desc.dst[AddrWidth-1:4]} + (AddrWidth - 3)'(desc.len);
  if (AddrWidth < 48) begin : gen_high
    assign src_high = |desc.src[47:AddrWidth];
    assign dst_high = |desc.dst[47:AddrWidth];
  end else begin : gen_no_high
    assign src_high = 1'b0;
    assign dst_high = 1'b0;
  end
  assign src_bad   = src_high || (src_end[AddrWidth] && |src_end[AddrWidth-1:0]);
  assign dst_bad   = dst_high || (dst_end[AddrWidth] && |dst_end[AddrWidth-1:0]);
  assign array_bad = dst_high || |desc.dst[3:0] || (array_end[AddrWidth-4] && |array_end[AddrWidth-5:0]);

  logic ctl_bad, some_flag;
  assign some_flag = desc.ctl.irq || desc.ctl.cpl || desc.ctl.fence;
  assign ctl_bad   = |desc.ctl.reserved || desc.ctl.eop || desc.ctl.src_fixed || desc.ctl.dst_fixed ||
                     (is_link && in_array_i && some_flag);

  always_comb begin
    status_o       = sgdma_pkg::StOk[3:0];
    always_halts_o = 1'b0;
    if (err_i != sgdma_pkg::RespOkay) begin
      status_o       = (err_i == sgdma_pkg::RespDecErr) ? sgdma_pkg::StDecErr[3:0] : sgdma_pkg::StSlvErr[3:0];
      always_halts_o = 1'b1;
    end else if (!in_array_i && (desc.ctl.phase == lap_i)) begin
      status_o       = sgdma_pkg::StBadPhase[3:0];
      always_halts_o = 1'b1;
    end else if (!is_copy && !is_link && !is_nop) begin
      status_o = sgdma_pkg::StBadOpcode[3:0];
    end else if (ctl_bad) begin
      status_o = sgdma_pkg::StBadCtl[3:0];
    end else if (is_copy && (desc.len == '0)) begin
      status_o = sgdma_pkg::StBadLength[3:0];
    end else if ((is_copy && (src_bad || dst_bad)) || (is_link && array_bad)) begin
      status_o = sgdma_pkg::StBadAddress[3:0];
    end else if (is_link && ((desc.len == '0) || (in_array_i && !last_i))) begin
      status_o       = sgdma_pkg::StBadLink[3:0];
      always_halts_o = 1'b1;
    end
  end

endmodule
