// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Global register page: what only the operating system may touch, and per channel what a process must not choose.
//
// An access is for this page when sel_i is high; rdata_o is combinational from req_i.addr. Per-channel outputs are
// concatenated, channel 0 lowest. A device id or attribute write outside IDLE changes nothing and raises refused_o of
// that channel for the cycle of the write.

module sgdma_global_regs #(
  parameter int unsigned NumChannels = 2,
  parameter logic [31:0] Cap0        = '0,
  parameter logic [31:0] Cap1        = '0,
  parameter logic [31:0] Cap2        = '0,
  parameter logic [31:0] Cap3        = '0
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      sel_i,
  input  sgdma_pkg::reg_req_t       req_i,
  output logic [31:0]               rdata_o,

  input  logic [NumChannels-1:0]    idle_i,       // state is IDLE
  input  logic [NumChannels-1:0]    resetting_i,
  input  logic [NumChannels-1:0]    pending_i,    // an enabled cause is pending

  output logic [NumChannels-1:0]    irq_mask_o,
  output logic [NumChannels-1:0]    enable_o,     // of the engine and of the channel
  output logic [NumChannels-1:0]    reset_o,      // one cycle
  output logic [NumChannels-1:0]    cont_permitted_o,
  output logic [NumChannels-1:0]    refused_o,
  output logic [NumChannels*24-1:0] devid_o,
  output logic [NumChannels*4-1:0]  axcache_o,
  output logic [NumChannels*3-1:0]  axprot_o,
  output logic [NumChannels*32-1:0] wdog_min_o,
  output logic [NumChannels*24-1:0] pace_bounds_o,   // {least gap, most beats} of each channel
  output logic [NumChannels*4-1:0]  qos_o,
  output logic                      force_o,         // one cycle: FORCE_RESET
  output logic [NumChannels*24-1:0] msg_devid_o,
  output logic [NumChannels*48-1:0] msg_addr_o,
  output logic [NumChannels*32-1:0] msg_data_o,
  output logic                      mask_written_o  // one cycle: a write to the interrupt mask
);

  logic        we;
  logic [31:0] lanes;  // bits of wdata that carry a strobe
  assign we    = sel_i && req_i.we;
  assign lanes = {{8{req_i.wstrb[3]}}, {8{req_i.wstrb[2]}}, {8{req_i.wstrb[1]}}, {8{req_i.wstrb[0]}}};

  // ---- Words of the whole engine ----------------------------------------------------------------------------
  localparam logic [31:0] IrqMaskBits = sgdma_reg_pkg::GlbIrqMaskWmask & 32'((33'd1 << NumChannels) - 33'd1);

  logic [31:0] scratch_q, control_q, irq_mask_q;

  sgdma_word #(
    .Reset(sgdma_reg_pkg::GlbScratchReset),
    .Wmask(sgdma_reg_pkg::GlbScratchWmask)
  ) u_scratch (
    .clk_i,
    .clear_i(!rst_ni),
    .we_i(we && (req_i.addr == sgdma_reg_pkg::GlbScratchOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(scratch_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::GlbControlReset),
    .Wmask(sgdma_reg_pkg::GlbControlWmask)
  ) u_control (
    .clk_i,
    .clear_i(!rst_ni),
    .we_i(we && (req_i.addr == sgdma_reg_pkg::GlbControlOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(control_q)
  );
  sgdma_word #(
    .Reset(sgdma_reg_pkg::GlbIrqMaskReset),
    .Wmask(IrqMaskBits)
  ) u_irq_mask (
    .clk_i,
    .clear_i(!rst_ni),
    .we_i(we && (req_i.addr == sgdma_reg_pkg::GlbIrqMaskOffset)),
    .strb_i(req_i.wstrb),
    .wdata_i(req_i.wdata),
    .word_o(irq_mask_q)
  );

  assign irq_mask_o     = irq_mask_q[NumChannels-1:0];
  assign force_o        = we && req_i.addr == sgdma_reg_pkg::GlbForceResetOffset && req_i.wstrb == 4'hF &&
                          req_i.wdata == sgdma_reg_pkg::GlbForceResetKeyGo;
  assign mask_written_o = we && req_i.addr == sgdma_reg_pkg::GlbIrqMaskOffset;

  // ---- One block a channel ----------------------------------------------------------------------------------
  logic [NumChannels*32-1:0] block_rdata;

  for (genvar c = 0; c < NumChannels; c++) begin : gen_ch
    localparam int unsigned Base = sgdma_reg_pkg::GlbChBase + c * sgdma_reg_pkg::GlbChStride;

    logic        hit;
    logic [11:0] offset;
    logic [31:0] ctrl_q, devid_q, attr_q, policy_q, msg_devid_q, msg_addr_lo_q, msg_addr_hi_q, msg_data_q, wdog_min_q, bounds_q, qos_q, rdata;

    assign hit    = req_i.addr[11:6] == Base[11:6];
    assign offset = {6'd0, req_i.addr[5:0]};

    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChCtrlReset),
      .Wmask(sgdma_reg_pkg::GlbChCtrlWmask)
    ) u_ctrl (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChCtrlOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(ctrl_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChDevidReset),
      .Wmask(sgdma_reg_pkg::GlbChDevidWmask)
    ) u_devid (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && idle_i[c] && (offset == sgdma_reg_pkg::GlbChDevidOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(devid_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChAttrReset),
      .Wmask(sgdma_reg_pkg::GlbChAttrWmask)
    ) u_attr (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && idle_i[c] && (offset == sgdma_reg_pkg::GlbChAttrOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(attr_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChPolicyReset),
      .Wmask(sgdma_reg_pkg::GlbChPolicyWmask)
    ) u_policy (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChPolicyOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(policy_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChMsgDevidReset),
      .Wmask(sgdma_reg_pkg::GlbChMsgDevidWmask)
    ) u_msg_devid (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChMsgDevidOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(msg_devid_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChMsgAddrLoReset),
      .Wmask(sgdma_reg_pkg::GlbChMsgAddrLoWmask)
    ) u_msg_addr_lo (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChMsgAddrLoOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(msg_addr_lo_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChMsgAddrHiReset),
      .Wmask(sgdma_reg_pkg::GlbChMsgAddrHiWmask)
    ) u_msg_addr_hi (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChMsgAddrHiOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(msg_addr_hi_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChMsgDataReset),
      .Wmask(sgdma_reg_pkg::GlbChMsgDataWmask)
    ) u_msg_data (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChMsgDataOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(msg_data_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChWdogMinReset),
      .Wmask(sgdma_reg_pkg::GlbChWdogMinWmask)
    ) u_wdog_min (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChWdogMinOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(wdog_min_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChPaceBoundsReset),
      .Wmask(sgdma_reg_pkg::GlbChPaceBoundsWmask)
    ) u_bounds (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChPaceBoundsOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(bounds_q)
    );
    sgdma_word #(
      .Reset(sgdma_reg_pkg::GlbChQosReset),
      .Wmask(sgdma_reg_pkg::GlbChQosWmask)
    ) u_qos (
      .clk_i,
      .clear_i(!rst_ni),
      .we_i(we && hit && (offset == sgdma_reg_pkg::GlbChQosOffset)),
      .strb_i(req_i.wstrb),
      .wdata_i(req_i.wdata),
      .word_o(qos_q)
    );

    assign reset_o[c] = we && hit && offset == sgdma_reg_pkg::GlbChResetOffset &&
                        (req_i.wdata & lanes & sgdma_reg_pkg::GlbChResetGoMask) != '0;
    assign refused_o[c] = we && hit && !idle_i[c] &&
                          (offset == sgdma_reg_pkg::GlbChDevidOffset || offset == sgdma_reg_pkg::GlbChAttrOffset);

    always_comb begin
      rdata = '0;
      case (offset)
        sgdma_reg_pkg::GlbChCtrlOffset:   rdata = ctrl_q;
        sgdma_reg_pkg::GlbChResetOffset:  rdata[sgdma_reg_pkg::GlbChResetGoLsb] = resetting_i[c];
        sgdma_reg_pkg::GlbChDevidOffset:  rdata = devid_q;
        sgdma_reg_pkg::GlbChAttrOffset:   rdata = attr_q;
        sgdma_reg_pkg::GlbChPolicyOffset: rdata = policy_q;
        sgdma_reg_pkg::GlbChMsgDevidOffset:  rdata = msg_devid_q;
        sgdma_reg_pkg::GlbChMsgAddrLoOffset: rdata = msg_addr_lo_q;
        sgdma_reg_pkg::GlbChMsgAddrHiOffset: rdata = msg_addr_hi_q;
        sgdma_reg_pkg::GlbChMsgDataOffset:   rdata = msg_data_q;
        sgdma_reg_pkg::GlbChWdogMinOffset:   rdata = wdog_min_q;
        sgdma_reg_pkg::GlbChPaceBoundsOffset: rdata = bounds_q;
        sgdma_reg_pkg::GlbChQosOffset:       rdata = qos_q;
        default: ;
      endcase
    end
    assign block_rdata[c*32 +: 32] = hit ? rdata : '0;

    assign enable_o[c]            = control_q[sgdma_reg_pkg::GlbControlEnableLsb] &&
                                    ctrl_q[sgdma_reg_pkg::GlbChCtrlEnableLsb];
    assign cont_permitted_o[c]    = policy_q[sgdma_reg_pkg::GlbChPolicyContinuePermittedLsb];
    assign devid_o[c*24 +: 24]    = devid_q[23:0];
    assign axcache_o[c*4 +: 4]    = attr_q[sgdma_reg_pkg::GlbChAttrCacheLsb +: 4];
    assign axprot_o[c*3 +: 3]     = attr_q[sgdma_reg_pkg::GlbChAttrProtLsb +: 3];
    assign msg_devid_o[c*24 +: 24] = msg_devid_q[23:0];
    assign msg_addr_o[c*48 +: 48]  = {msg_addr_hi_q[15:0], msg_addr_lo_q};
    assign msg_data_o[c*32 +: 32]  = msg_data_q;
    assign wdog_min_o[c*32 +: 32]  = wdog_min_q;
    assign pace_bounds_o[c*24 +: 24] = {bounds_q[31:16], bounds_q[7:0]};
    assign qos_o[c*4 +: 4]         = qos_q[3:0];
  end

  // ---- Read -------------------------------------------------------------------------------------------------
  logic [31:0] word;

  always_comb begin
    word = '0;
    case (req_i.addr)
      sgdma_reg_pkg::GlbIdOffset:         word = sgdma_reg_pkg::GlbIdReset;
      sgdma_reg_pkg::GlbVersionOffset:    word = sgdma_reg_pkg::GlbVersionReset;
      sgdma_reg_pkg::GlbCap0Offset:       word = Cap0;
      sgdma_reg_pkg::GlbCap1Offset:       word = Cap1;
      sgdma_reg_pkg::GlbCap2Offset:       word = Cap2;
      sgdma_reg_pkg::GlbCap3Offset:       word = Cap3;
      sgdma_reg_pkg::GlbScratchOffset:    word = scratch_q;
      sgdma_reg_pkg::GlbControlOffset:    word = control_q;
      sgdma_reg_pkg::GlbIrqSummaryOffset: word[NumChannels-1:0] = pending_i;
      sgdma_reg_pkg::GlbIrqMaskOffset:    word = irq_mask_q;
      default: ;
    endcase
  end

  always_comb begin
    rdata_o = word;
    for (int unsigned c = 0; c < NumChannels; c++) rdata_o |= block_rdata[c*32 +: 32];
  end

  // No read has a side effect here.
  logic unused;
  assign unused = req_i.re;

endmodule
