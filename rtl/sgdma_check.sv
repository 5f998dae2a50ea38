// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Says what is wrong with a descriptor. Combinational, in two halves so that a register fits between them: flags, from
// the descriptor as it arrives, and the verdict, from the flags.
//
// The order is the contract's: fetch, PHASE, opcode, ctl, length, address, LINK, STRIDE; the first that fails is the
// status. What a STRIDE's partner must be is the decoder's business.

module sgdma_check #(
  parameter bit          Streams   = 1'b1,
  parameter int unsigned AddrWidth = 48
) (
  // First half.
  input  logic [127:0] desc_i,
  input  logic [1:0]   err_i,       // AXI response of its fetch
  input  logic         in_array_i,  // PHASE is ignored, LINK takes no flags
  input  logic         direct_i,    // PHASE is ignored, nothing follows
  input  logic         lap_i,       // ring lap: PHASE expected is ~lap
  input  logic         last_i,      // last entry of its array
  input  logic [2:0]   element_i,   // log2 of the bytes of a FIXED element
  output logic [9:0]   flags_o,
  // Second half.
  input  logic [9:0]   flags_i,
  output logic         bad_o,
  output logic [3:0]   status_o,        // StOk or the fault
  output logic         no_desc_o,       // the fault is that of the fetch or PHASE: this is no descriptor
  output logic         always_halts_o   // also under CONTINUE
);

  sgdma_pkg::desc_t desc;
  assign desc = desc_i;

  logic is_copy, is_fill, is_link, is_stride, is_nop, is_send, is_recv, from_src, to_dst;
  assign is_copy   = (desc.ctl.opcode == sgdma_pkg::OpCopy);
  assign is_fill   = (desc.ctl.opcode == sgdma_pkg::OpFill);
  assign is_link   = (desc.ctl.opcode == sgdma_pkg::OpLink);
  assign is_stride = (desc.ctl.opcode == sgdma_pkg::OpStride);
  assign is_nop    = (desc.ctl.opcode == sgdma_pkg::OpNop);

  assign is_send   = Streams && (desc.ctl.opcode == sgdma_pkg::OpSend);
  assign is_recv   = Streams && (desc.ctl.opcode == sgdma_pkg::OpRecv);
  assign from_src  = is_copy || is_send;             // src is an address
  assign to_dst    = is_copy || is_fill || is_recv;  // dst is

  // Touching 2^AddrWidth with the end is fine, passing it is not. A length has 16 bits, so only an address in the last
  // 64 KiB (of an array: the last 65 536 entries) can pass it, and only the low 16 bits are added.
  logic src_bad, dst_bad, array_bad, src_high, dst_high;

  function automatic logic passes(input logic [15:0] low, input logic [15:0] len);
    logic [16:0] sum;
    sum    = {1'b0, low} + {1'b0, len};
    passes = sum[16] && (sum[15:0] != '0);
  endfunction

  if (AddrWidth < 48) begin : gen_high
    assign src_high = |desc.src[47:AddrWidth];
    assign dst_high = |desc.dst[47:AddrWidth];
  end else begin : gen_no_high
    assign src_high = 1'b0;
    assign dst_high = 1'b0;
  end
  // A FIXED side is one element at a multiple of its size; its length is whole elements.
  logic [5:0] part;  // address or length bits below an element
  logic       len_odd;
  assign part      = (6'd1 << element_i) - 6'd1;
  assign src_bad   = src_high || (desc.ctl.src_fixed ? ((desc.src[5:0] & part) != '0) :
                                                       (&desc.src[AddrWidth-1:16] && passes(desc.src[15:0], desc.len)));
  assign dst_bad   = dst_high || (desc.ctl.dst_fixed ? ((desc.dst[5:0] & part) != '0) :
                                                       (&desc.dst[AddrWidth-1:16] && passes(desc.dst[15:0], desc.len)));
  assign len_odd   = (desc.ctl.src_fixed || desc.ctl.dst_fixed) && ((desc.len[5:0] & part) != '0);
  assign array_bad = dst_high || |desc.dst[3:0] || (&desc.dst[AddrWidth-1:20] && passes(desc.dst[19:4], desc.len));

  // Faults found before addresses are looked at; StOk if none.
  logic [3:0] early;
  logic       early_halts, ctl_bad, some_flag, stride_bad, addr_bad;
  assign some_flag = desc.ctl.irq || desc.ctl.cpl || desc.ctl.fence;
  assign ctl_bad   = |desc.ctl.reserved || (desc.ctl.eop && !is_send) || (desc.ctl.src_fixed && !from_src) ||
                     (desc.ctl.dst_fixed && !to_dst) ||
                     (((is_link && in_array_i) || is_stride) && some_flag);

  always_comb begin
    early       = sgdma_pkg::StOk[3:0];
    early_halts = 1'b0;
    if (err_i != sgdma_pkg::RespOkay) begin
      early       = (err_i == sgdma_pkg::RespDecErr) ? sgdma_pkg::StDecErr[3:0] : sgdma_pkg::StSlvErr[3:0];
      early_halts = 1'b1;
    end else if (!in_array_i && !direct_i && (desc.ctl.phase == lap_i)) begin
      early       = sgdma_pkg::StBadPhase[3:0];
      early_halts = 1'b1;
    end else if (!from_src && !to_dst && !is_link && !is_stride && !is_nop) begin
      early = sgdma_pkg::StBadOpcode[3:0];
    end else if (ctl_bad) begin
      early = sgdma_pkg::StBadCtl[3:0];
    end else if ((from_src || to_dst) && ((desc.len == '0) || len_odd)) begin
      early = sgdma_pkg::StBadLength[3:0];
    end
  end

  logic link_bad, found_early;
  assign link_bad    = is_link && ((desc.len == '0) || (in_array_i && !last_i));
  assign stride_bad  = is_stride && ((desc.len == '0) || (in_array_i && last_i) || direct_i);
  assign found_early = (early != sgdma_pkg::StOk[3:0]) || link_bad || stride_bad;
  assign addr_bad    = (from_src && src_bad) || (to_dst && dst_bad);
  assign flags_o     = {found_early, early_halts, early, addr_bad, is_link && array_bad, link_bad, stride_bad};

  // ---- Verdict ------------------------------------------------------------------------------------------------------
  logic       f_found, f_halts, f_addr, f_link_addr, f_link, f_stride;
  logic [3:0] f_early;
  assign {f_found, f_halts, f_early, f_addr, f_link_addr, f_link, f_stride} = flags_i;

  assign bad_o     = f_found || f_addr || f_link_addr;
  assign no_desc_o = f_halts;
  always_comb begin
    always_halts_o = f_halts;
    if (f_early != sgdma_pkg::StOk[3:0]) begin
      status_o = f_early;
    end else if (f_addr || f_link_addr) begin
      status_o = sgdma_pkg::StBadAddress[3:0];
    end else if (f_link) begin
      status_o       = sgdma_pkg::StBadLink[3:0];
      always_halts_o = 1'b1;
    end else if (f_stride) begin
      status_o = sgdma_pkg::StBadStride[3:0];
    end else begin
      status_o = sgdma_pkg::StOk[3:0];
    end
  end

endmodule
