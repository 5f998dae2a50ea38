// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// One channel: everything between its registers and the two AXI ports.
//
//   fetch ─► decode ─┬─► read ──► AR          R ─► buffer ─┐
//     ▲              ├─► tracker                            ▼
//   ring, arrays     └─► write queue ──────────────────► write ─► AW, W
//                                                           │ meta
//                        tracker ──► complete ◄── B ◄───────┘
//                                       │ ends
//                                       ▼
//                                    record ─► AW, W     life: states, commands, doorbells
//
// Nothing here waits for another channel: windows, buffer, prefetch and tracker are this channel's own.
// Handshake with the ports: *_req_valid_o/*_req_o are held until *_grant_i; w_take_i and c_take_i take one beat, the first
// one together with the request, and a burst is taken whole. R and B are never refused.

module sgdma_channel #(
  parameter int unsigned DataWidth          = 64,
  parameter int unsigned AddrWidth          = 48,
  parameter int unsigned MaxBurstBeats      = 16,
  parameter int unsigned ReadsOutstanding   = 32,
  parameter int unsigned WritesOutstanding  = 32,
  parameter int unsigned RecordsOutstanding = 32,
  parameter int unsigned BufferBytes        = 2048,
  parameter int unsigned PrefetchDepth      = 32,
  parameter int unsigned TrackerDepth       = 64,
  parameter bit          Streams            = 1'b1,
  parameter bit          SgPort             = 1'b0   // descriptors, records and messages have a port of their own
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  sgdma_pkg::chan_cfg_t    cfg_i,
  output sgdma_pkg::chan_status_t status_o,
  // Descriptor reads and data reads.
  output logic                    fetch_req_valid_o,
  output sgdma_pkg::axi_req_t     fetch_req_o,
  input  logic                    fetch_grant_i,
  output logic                    read_req_valid_o,
  output sgdma_pkg::axi_req_t     read_req_o,
  input  logic                    read_grant_i,
  input  logic                    fetch_beat_i,
  input  logic [DataWidth-1:0]    f_data_i,  // of descriptors
  input  logic [1:0]              f_resp_i,
  input  logic                    f_last_i,
  input  logic                    read_beat_i,
  input  logic [DataWidth-1:0]    r_data_i,
  input  logic [1:0]              r_resp_i,
  input  logic                    r_last_i,
  // Writes: data, and without SgPort records and messages too.
  output logic                    w_req_valid_o,
  output sgdma_pkg::axi_req_t     w_req_o,
  output logic [DataWidth-1:0]    w_data_o,
  output logic [DataWidth/8-1:0]  w_strb_o,
  output logic                    w_last_o,
  input  logic                    w_take_i,
  // With SgPort: records and messages.
  output logic                    c_req_valid_o,
  output sgdma_pkg::axi_req_t     c_req_o,
  output logic [DataWidth-1:0]    c_data_o,
  output logic [DataWidth/8-1:0]  c_strb_o,
  output logic                    c_last_o,
  input  logic                    c_take_i,
  input  logic                    record_wout_i,  // the last W beat of a record was accepted
  input  logic                    data_wout_i,    // that of a data burst was
  input  logic                    data_b_i,
  input  logic [1:0]              b_resp_i,  // of data
  input  logic                    record_b_i,
  input  logic [1:0]              c_resp_i,  // of records and messages
  // Streams.
  output logic [DataWidth-1:0]    m_axis_tdata,
  output logic [DataWidth/8-1:0]  m_axis_tkeep,
  output logic                    m_axis_tlast,
  output logic                    m_axis_tuser,
  output logic                    m_axis_tvalid,
  input  logic                    m_axis_tready,
  input  logic [DataWidth-1:0]    s_axis_tdata,
  input  logic [DataWidth/8-1:0]  s_axis_tkeep,
  input  logic                    s_axis_tlast,
  input  logic                    s_axis_tuser,
  input  logic                    s_axis_tvalid,
  output logic                    s_axis_tready,
  // Peripheral request and its answer.
  input  logic                    drq_i,
  output logic                    dack_o,
  // VALID of this channel refused, at the port of data and at that of descriptors, records and messages: without SgPort
  // the same signals.
  input  logic                    ar_refused_i,
  input  logic                    aw_refused_i,
  input  logic                    w_refused_i,
  input  logic                    f_ar_refused_i,
  input  logic                    c_aw_refused_i,
  input  logic                    c_w_refused_i
);

  localparam int unsigned BusBytes    = DataWidth / 8;
  localparam int unsigned LaneBits    = $clog2(BusBytes);
  localparam int unsigned BufferWords = BufferBytes / BusBytes;
  localparam int unsigned PtrBits     = $clog2(BufferWords) + 1;
  localparam int unsigned MetaBits    = 1 + 1 + 1 + 1 + 13 + 4 + 3 + 1;
  localparam int unsigned TrackBits   = sgdma_pkg::CtxBits + 48 + 48 + 1 + 1 + 1 + 1 + 1;
  localparam int unsigned Ends        = 2 * (2 ** $clog2(TrackerDepth));

  // ---- Life -----------------------------------------------------------------------------------------------------------
  logic                          run, pass, draining, abort, kill, flush, clear, load, load_skipped;
  logic                          halt, fail, drained, quiet, in_list, end_list;
  logic [sgdma_pkg::CtxBits-1:0] load_ctx_bits, oldest_ctx, next_ctx;
  logic [16:0]                   load_slot;
  logic                          skip_slot, skip_entry;
  logic [15:0]                   pos_slot, pos_index;
  logic [43:0]                   pos_addr;
  logic [1:0]                    head_step;
  logic [31:0]                   oldest_bytes, acc_bytes, pos_bytes;
  logic [15:0]                   sub_mask, cpl_mask, head_checked, head, index_checked, cpl_index, tail, cpl_head;
  logic                          sub_there, cpl_there, refused, pausing, retry_legal, skip_legal, resetting, ev_halted;
  logic [2:0]                    state;
  logic                          wdog_fire, wdog_armed, stuck, ev_stuck;
  logic [2:0]                    wdog_which, err_stuck;
  logic                          direct_valid, direct_ready, unchecked;
  /* verilator lint_off UNUSEDSIGNAL */  // looked at for a few of its fields
  sgdma_pkg::ctx_t               load_ctx;
  /* verilator lint_on UNUSEDSIGNAL */
  assign load_ctx = load_ctx_bits;

  sgdma_life #(
    .AddrWidth(AddrWidth)
  ) u_life (
    .clk_i,
    .rst_ni,
    .cfg_i,
    .refused_o(refused),
    .state_o(state),
    .pausing_o(pausing),
    .retry_legal_o(retry_legal),
    .skip_legal_o(skip_legal),
    .resetting_o(resetting),
    .ev_halted_o(ev_halted),
    .run_o(run),
    .pass_o(pass),
    .draining_o(draining),
    .abort_o(abort),
    .kill_o(kill),
    .stuck_o(stuck),
    .wdog_armed_o(wdog_armed),
    .wdog_i(wdog_fire),
    .ev_stuck_o(ev_stuck),
    .flush_o(flush),
    .clear_o(clear),
    .halt_i(halt),
    .fail_i(fail),
    .drained_i(drained),
    .quiet_i(quiet),
    .sub_mask_o(sub_mask),
    .sub_there_o(sub_there),
    .cpl_mask_o(cpl_mask),
    .cpl_there_o(cpl_there),
    .head_checked_i(head_checked),
    .index_checked_i(index_checked),
    .tail_o(tail),
    .cpl_head_o(cpl_head),
    .direct_busy_i(!decode_idle || track_valid || unchecked),
    .direct_valid_o(direct_valid),
    .direct_ready_i(direct_ready),
    .in_list_i(in_list),
    .end_list_o(end_list),
    .oldest_ctx_i(oldest_ctx),
    .oldest_bytes_i(oldest_bytes),
    .once_i(once),
    .load_o(load),
    .load_ctx_o(load_ctx_bits),
    .load_skipped_o(load_skipped),
    .skip_packet_o(skip_packet),
    .load_slot_o(load_slot),
    .skip_slot_o(skip_slot),
    .skip_entry_o(skip_entry),
    .head_step_o(head_step),
    .pos_slot_o(pos_slot),
    .pos_index_o(pos_index),
    .pos_addr_o(pos_addr),
    .pos_bytes_o(pos_bytes)
  );

  // ---- Fetch and decode ---------------------------------------------------------------------------------------------------
  logic         desc_sel, desc_valid, desc_ready, dec_array_start, caught_up, decode_idle;
  logic [127:0] desc;
  logic [1:0]   desc_err;
  logic [43:0]  dec_array_addr;
  logic [15:0]  dec_array_count;
  logic [47:0]  fetch_addr, read_addr, data_addr, record_addr;
  logic [7:0]   fetch_len, read_len, data_len, record_len;
  logic [8:0]   out_fetches, out_reads, out_writes, out_records;

  sgdma_fetch #(
    .DataWidth(DataWidth),
    .PrefetchDepth(PrefetchDepth)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .run_i(run),
    .drop_i(draining),
    .load_i(load),
    .load_slot_i(load_slot[15:0]),
    .skip_slot_i(skip_slot),
    .base_i(cfg_i.sub_base[47:6]),
    .mask_i(sub_mask),
    .ring_i(sub_there),
    .tail_i(tail),
    .array_start_i(dec_array_start || (load && load_ctx.in_array)),
    .array_addr_i(load ? load_ctx.addr : dec_array_addr),
    .array_count_i(load ? load_ctx.left : dec_array_count),
    .skip_entry_i(skip_entry),
    .req_valid_o(fetch_req_valid_o),
    .req_addr_o(fetch_addr),
    .req_len_o(fetch_len),
    .grant_i(fetch_grant_i),
    .beat_i(fetch_beat_i),
    .beat_data_i(f_data_i),
    .beat_resp_i(f_resp_i),
    .beat_last_i(f_last_i),
    .sel_i(desc_sel),
    .valid_o(desc_valid),
    .ready_i(desc_ready),
    .desc_o(desc),
    .err_o(desc_err),
    .count_o(out_fetches),
    .caught_up_o(caught_up)
  );

  logic                          job_valid, job_ready, job_go, read_ready, queue_ready, track_ready, track_valid;
  sgdma_pkg::job_t               job;
  logic [sgdma_pkg::CtxBits-1:0] job_ctx;
  logic [47:0]                   job_src_stride, job_dst_stride;

  sgdma_decode #(
    .Streams(Streams),
    .DataWidth(DataWidth),
    .AddrWidth(AddrWidth),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_decode (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .run_i(run),
    .element_i(cfg_i.fixed_log2),
    .cap_i(cfg_i.burst_cap),
    .cont_i(cfg_i.cont),
    .empty_i(!track_valid),
    .load_i(load),
    .load_ctx_i(load_ctx_bits),
    .load_skipped_i(load_skipped),
    .load_slot_i(load_slot),
    .skip_slot_i(skip_slot),
    .skip_entry_i(skip_entry),
    .mask_i(sub_mask),
    .sel_o(desc_sel),
    .valid_i(desc_valid),
    .ready_o(desc_ready),
    .desc_i(desc),
    .err_i(desc_err),
    .direct_valid_i(direct_valid),
    .direct_ready_o(direct_ready),
    .direct_desc_i(cfg_i.direct),
    .array_start_o(dec_array_start),
    .array_addr_o(dec_array_addr),
    .array_count_o(dec_array_count),
    .job_valid_o(job_valid),
    .job_ready_i(job_ready),
    .job_o(job),
    .job_ctx_o(job_ctx),
    .src_stride_o(job_src_stride),
    .dst_stride_o(job_dst_stride),
    .end_list_i(end_list),
    .packet_cut_i(send_cut),
    .in_list_o(in_list),
    .next_ctx_o(next_ctx),
    .idle_o(decode_idle)
  );

  // A job goes to the read side, the write queue and, the first of a descriptor, the tracker in the same cycle.
  assign job_ready = read_ready && queue_ready && track_ready;
  assign job_go    = job_valid && job_ready;

  // ---- Tracker: descriptors between first read and last B --------------------------------------------------------------
  logic [sgdma_pkg::CtxBits-1:0]     track_ctx;
  logic [47:0]                       track_src, track_dst;
  logic                              track_irq, track_cpl, track_pop, track_src_fixed, track_dst_fixed, track_recv;
  /* verilator lint_off UNUSEDSIGNAL */  // only whether it is empty or full matters
  logic [$clog2(TrackerDepth+1)-1:0] track_count;
  /* verilator lint_on UNUSEDSIGNAL */

  sgdma_fifo #(
    .Width(TrackBits),
    .Depth(TrackerDepth)
  ) u_tracker (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .valid_i(job_go && job.first),
    .ready_o(track_ready),
    .data_i({job_ctx, job.src, job.dst, job.src_fixed, job.dst_fixed, job.recv, job.irq, job.cpl}),
    .valid_o(track_valid),
    .ready_i(track_pop),
    .data_o({track_ctx, track_src, track_dst, track_src_fixed, track_dst_fixed, track_recv, track_irq, track_cpl}),
    .count_o(track_count)
  );

  // Strides of the pairs among them.
  logic [47:0]                       track_src_stride, track_dst_stride;
  /* verilator lint_off UNUSEDSIGNAL */  // whether it is a pair; there is room, and an entry, whenever the tracker says so
  sgdma_pkg::ctx_t                   job_ctx_fields, track_ctx_fields;
  logic                              strides_ready, strides_valid;
  logic [$clog2(TrackerDepth+1)-1:0] strides_count;
  /* verilator lint_on UNUSEDSIGNAL */
  assign job_ctx_fields   = job_ctx;
  assign track_ctx_fields = track_ctx;

  sgdma_fifo #(
    .Width(96),
    .Depth(TrackerDepth)
  ) u_strides (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .valid_i(job_go && job.first && job_ctx_fields.pair),
    .ready_o(strides_ready),
    .data_i({job_src_stride, job_dst_stride}),
    .valid_o(strides_valid),
    .ready_i(track_pop && track_ctx_fields.pair),
    .data_o({track_src_stride, track_dst_stride}),
    .count_o(strides_count)
  );

  assign oldest_ctx   = track_valid ? track_ctx : next_ctx;
  assign oldest_bytes = track_valid ? acc_bytes : 32'd0;

  // ---- Read side and buffer -----------------------------------------------------------------------------------------------
  logic                 push, res_valid, res_ready, res_bad, res_halt, res_eop, live_bad, live_halt;
  logic [1:0]           res_kind, live_kind;
  logic                 recv_start, recv_room, recv_idle, recv_push, recv_done, recv_short, recv_eop, recv_bad;
  logic [DataWidth-1:0] recv_word;
  logic [$clog2(BusBytes)-1:0] recv_part;
  logic                 send_valid, send_ready, send_last, send_close, send_cut, send_open, unproven, skip_packet, once;
  logic [$clog2(BusBytes):0]   send_bytes;
  logic                 stream_stall;
  logic [31:0]          stream_discard;
  logic [2:0]           end_where;
  logic [PtrBits-1:0]   wptr, rptr, buf_count, res_ptr, live_ptr;
  logic [1:0]           pop, out_count;
  logic [DataWidth-1:0] buf_head, buf_next, push_data;
  logic [LaneBits-1:0]  res_part, live_part;
  logic                 may, read_paced, read_fixed, data_paced, data_fixed, data_first;

  sgdma_read #(
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats),
    .Outstanding(ReadsOutstanding),
    .BufferWords(BufferWords),
    .Jobs(TrackerDepth)
  ) u_read (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .run_i(run),
    .cont_i(cfg_i.cont),
    .job_valid_i(job_valid && queue_ready && track_ready),
    .job_ready_o(read_ready),
    .job_data_i(job.data && job.reads),
    .job_recv_i(job.recv),
    .job_src_fixed_i(job.src_fixed),
    .job_dst_fixed_i(job.dst_fixed),
    .job_src_i(job.src),
    .job_len_i(job.len),
    .job_words_i(job.words),
    .job_limit_i(job.limit),
    .cap_i(cfg_i.burst_cap),
    .element_i(cfg_i.fixed_log2),
    .elements_i(cfg_i.fixed_beats),
    .may_i(may),
    .paced_o(read_paced),
    .req_valid_o(read_req_valid_o),
    .req_addr_o(read_addr),
    .req_len_o(read_len),
    .req_fixed_o(read_fixed),
    .grant_i(read_grant_i),
    .beat_i(read_beat_i),
    .beat_resp_i(r_resp_i),
    .beat_last_i(r_last_i),
    .beat_data_i(r_data_i),
    .push_o(push),
    .push_data_o(push_data),
    .wptr_i(wptr),
    .pop_i(pop),
    .recv_start_o(recv_start),
    .recv_room_o(recv_room),
    .recv_idle_i(recv_idle),
    .recv_push_i(recv_push),
    .recv_word_i(recv_word),
    .recv_done_i(recv_done),
    .recv_part_i(recv_part),
    .recv_short_i(recv_short),
    .recv_eop_i(recv_eop),
    .recv_bad_i(recv_bad),
    .res_valid_o(res_valid),
    .res_ready_i(res_ready),
    .res_bad_o(res_bad),
    .res_halt_o(res_halt),
    .res_kind_o(res_kind),
    .res_eop_o(res_eop),
    .res_ptr_o(res_ptr),
    .res_part_o(res_part),
    .live_bad_o(live_bad),
    .live_halt_o(live_halt),
    .live_kind_o(live_kind),
    .live_ptr_o(live_ptr),
    .live_part_o(live_part),
    .count_o(out_reads)
  );

  sgdma_buffer #(
    .Width(DataWidth),
    .Depth(BufferWords)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .push_i(push),
    .data_i(push_data),
    .pop_i(pop),
    .head_o(buf_head),
    .next_o(buf_next),
    .out_count_o(out_count),
    .count_o(buf_count),
    .wptr_o(wptr),
    .rptr_o(rptr)
  );

  // ---- Write side ------------------------------------------------------------------------------------------------------------
  logic                 data_valid, data_take, data_last, meta_valid, meta_ready, write_busy;
  logic [DataWidth-1:0] data_word, record_word;
  logic [BusBytes-1:0]  data_strb, record_strb;
  logic [MetaBits-1:0]  meta;

  sgdma_write #(
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats),
    .BufferWords(BufferWords),
    .Jobs(TrackerDepth)
  ) u_write (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .run_i(run),
    .abort_i(abort),
    .job_valid_i(job_go),
    .job_ready_o(queue_ready),
    .job_data_i(job.data),
    .job_reads_i(job.reads),
    .job_send_i(job.send),
    .job_recv_i(job.recv),
    .job_eop_i(job.eop),
    .job_src_fixed_i(job.src_fixed),
    .job_dst_fixed_i(job.dst_fixed),
    .job_last_i(job.last),
    .job_src_i(job.src[31:0]),
    .job_dst_i(job.dst),
    .job_len_i(job.len),
    .job_words_i(job.words),
    .job_status_i(job.status),
    .job_halt_i(job.halt),
    .cap_i(cfg_i.burst_cap),
    .element_i(cfg_i.fixed_log2),
    .elements_i(cfg_i.fixed_beats),
    .may_i(may && !(read_req_valid_o && read_paced)),
    .paced_o(data_paced),
    .head_i(buf_head),
    .next_i(buf_next),
    .out_count_i(out_count),
    .count_i(buf_count),
    .push_i(push),
    .rptr_i(rptr),
    .pop_o(pop),
    .res_valid_i(res_valid),
    .res_ready_o(res_ready),
    .res_bad_i(res_bad),
    .res_halt_i(res_halt),
    .res_kind_i(res_kind),
    .res_eop_i(res_eop),
    .res_ptr_i(res_ptr),
    .res_part_i(res_part),
    .live_bad_i(live_bad),
    .live_halt_i(live_halt),
    .live_kind_i(live_kind),
    .live_ptr_i(live_ptr),
    .live_part_i(live_part),
    .send_valid_o(send_valid),
    .send_ready_i(send_ready),
    .send_bytes_o(send_bytes),
    .send_last_o(send_last),
    .send_close_o(send_close),
    .send_cut_o(send_cut),
    .unproven_i(unproven),
    .clear_i(clear || kill || stuck),
    .skip_i(skip_packet),
    .req_valid_o(data_valid),
    .req_addr_o(data_addr),
    .req_len_o(data_len),
    .req_fixed_o(data_fixed),
    .take_i(data_take),
    .data_o(data_word),
    .strb_o(data_strb),
    .last_o(data_last),
    .meta_valid_o(meta_valid),
    .meta_ready_i(meta_ready),
    .meta_o(meta),
    .busy_o(write_busy)
  );

  // ---- Completion and records -----------------------------------------------------------------------------------------------
  logic            end_valid, end_ready, complete_idle, record_valid, record_take, record_last;
  logic            msg_valid, msg_take, msg_b, msg_busy, msg_failed, b_bad;
  assign b_bad = c_resp_i != sgdma_pkg::RespOkay;
  logic [47:0]     msg_addr;
  logic            record_busy, record_blocked, record_idle, ev_end, ev_done, ev_error, ev_message, err_valid;
  logic [12:0]     proven;
  sgdma_pkg::end_t ending;
  logic [31:0]     err_count;
  logic [127:0]    err_image;

  sgdma_complete #(
    .Outstanding(WritesOutstanding)
  ) u_complete (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .run_i(pass),
    .cont_i(cfg_i.cont),
    .kill_i(kill || stuck),
    .drained_i(draining && !write_busy),
    .meta_valid_i(meta_valid),
    .meta_ready_o(meta_ready),
    .meta_i(meta),
    .b_valid_i(data_b_i),
    .b_resp_i,
    .ctx_i(track_ctx),
    .src_i(track_src),
    .dst_i(track_dst),
    .src_fixed_i(track_src_fixed),
    .dst_fixed_i(track_dst_fixed),
    .base_i(cfg_i.sub_base[47:6]),
    .mask_i(sub_mask),
    .src_stride_i(track_src_stride),
    .dst_stride_i(track_dst_stride),
    .irq_i(track_irq),
    .cpl_i(track_cpl),
    .pop_o(track_pop),
    .end_valid_o(end_valid),
    .end_ready_i(end_ready),
    .end_o(ending),
    .halt_o(halt),
    .where_o(end_where),
    .unproven_o(unproven),
    .bytes_o(acc_bytes),
    .proven_o(proven),
    .idle_o(complete_idle),
    .count_o(out_writes)
  );

  sgdma_record #(
    .DataWidth(DataWidth),
    .Outstanding(RecordsOutstanding),
    .Ends(Ends),
    .Fast(SgPort)
  ) u_record (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .clear_i(clear),
    .run_i(pass),
    .kill_i(kill),
    .stop_i(stuck),
    .base_i(cfg_i.cpl_base[47:4]),
    .mask_i(cpl_mask),
    .ring_i(cpl_there),
    .cpl_head_i(cpl_head),
    .end_valid_i(end_valid),
    .end_ready_o(end_ready),
    .end_i(ending),
    .req_valid_o(record_valid),
    .req_addr_o(record_addr),
    .req_len_o(record_len),
    .take_i(record_take),
    .data_o(record_word),
    .strb_o(record_strb),
    .last_o(record_last),
    .wout_i(record_wout_i),
    .b_valid_i(record_b_i && !msg_b),
    .b_resp_i(c_resp_i),
    .sub_mask_i(sub_mask),
    .head_step_i(head_step),
    .head_checked_o(head_checked),
    .head_o(head),
    .index_checked_o(index_checked),
    .index_o(cpl_index),
    .ev_end_o(ev_end),
    .ev_done_o(ev_done),
    .ev_error_o(ev_error),
    .ev_message_o(ev_message),
    .fail_o(fail),
    .err_clear_i(cfg_i.err_clear),
    .msg_bad_i(msg_b && b_bad),
    .msg_dec_i(c_resp_i == sgdma_pkg::RespDecErr),
    .msg_addr_i(cfg_i.msg_addr),
    .timeout_i(ev_stuck),
    .timeout_which_i(wdog_which),
    .timeout_ctx_i(oldest_ctx),
    .timeout_bytes_i(oldest_bytes),
    .err_stuck_o(err_stuck),
    .err_valid_o(err_valid),
    .err_count_o(err_count),
    .err_image_o(err_image),
    .busy_o(record_busy),
    .blocked_o(record_blocked),
    .unchecked_o(unchecked),
    .idle_o(record_idle),
    .count_o(out_records)
  );

  logic [DataWidth-1:0] msg_word;
  logic [BusBytes-1:0]  msg_strb;

  sgdma_message #(
    .DataWidth(DataWidth)
  ) u_message (
    .clk_i,
    .rst_ni,
    .kill_i(kill),
    .go_i(cfg_i.msg_go),
    .addr_i(cfg_i.msg_addr),
    .value_i(cfg_i.msg_data),
    .req_valid_o(msg_valid),
    .req_addr_o(msg_addr),
    .data_o(msg_word),
    .strb_o(msg_strb),
    .take_i(msg_take),
    .ahead_i(out_records),
    .b_valid_i(record_b_i),
    .b_bad_i(b_bad),
    .mine_o(msg_b),
    .failed_o(msg_failed),
    .busy_o(msg_busy)
  );

  // At burst boundaries messages go first, then records; data last, or through a port of its own.
  logic data_mid_q, record_mid_q, use_msg, use_record, hold;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      data_mid_q   <= 1'b0;
      record_mid_q <= 1'b0;
    end else begin
      if (data_take) data_mid_q <= !data_last;
      if (record_take) record_mid_q <= !record_last;
    end
  end
  assign hold        = data_mid_q && !SgPort;  // a data burst is under way at the port of the records
  assign use_msg     = msg_valid && !hold && !record_mid_q;
  assign use_record  = record_valid && !hold && !use_msg;
  assign data_first  = data_take && !data_mid_q;

  logic ctl_take;
  assign msg_take    = ctl_take && use_msg;
  assign record_take = ctl_take && use_record;

  if (SgPort) begin : gen_ctl_port
    assign ctl_take      = c_take_i;
    assign data_take     = w_take_i;
    assign w_req_valid_o = data_valid;
    assign w_data_o      = data_word;
    assign w_strb_o      = data_strb;
    assign w_last_o      = data_last;
    assign c_req_valid_o = use_msg || use_record;
    assign c_data_o      = use_msg ? msg_word : record_word;
    assign c_strb_o      = use_msg ? msg_strb : record_strb;
    assign c_last_o      = use_msg || record_last;
  end else begin : gen_one_port
    assign ctl_take      = w_take_i;
    assign data_take     = w_take_i && !use_record && !use_msg;
    assign w_req_valid_o = use_msg || use_record || data_valid;
    assign w_data_o      = use_msg ? msg_word : use_record ? record_word : data_word;
    assign w_strb_o      = use_msg ? msg_strb : use_record ? record_strb : data_strb;
    assign w_last_o      = use_msg || (use_record ? record_last : data_last);
    assign c_req_valid_o = 1'b0;
    assign c_data_o      = '0;
    assign c_strb_o      = '0;
    assign c_last_o      = 1'b0;
    /* verilator lint_off UNUSEDSIGNAL */
    logic unused_ctl;
    assign unused_ctl = c_take_i;
    /* verilator lint_on UNUSEDSIGNAL */
  end

  // ---- Pace -------------------------------------------------------------------------------------------------------------------
  sgdma_pacer u_pacer (
    .clk_i,
    .rst_ni,
    .flush_i(flush),
    .one_i(cfg_i.pace_one),
    .demand_i(cfg_i.pace_demand),
    .gap_i(cfg_i.pace_gap),
    .drq_i,
    .dack_o,
    .may_o(may),
    .read_begin_i(read_grant_i && read_paced),
    .read_end_i(read_beat_i && r_last_i),
    .reads_i(out_reads),
    .write_begin_i(data_first && data_paced),
    .write_last_i(data_wout_i),
    .b_i(data_b_i),
    .writes_i(out_writes)
  );

  // ---- Streams ----------------------------------------------------------------------------------------------------------------
  if (Streams) begin : gen_streams
    logic [LaneBits:0] recv_count, recv_discard;
    logic              recv_stall;
    logic [31:0]       discard_q, taken_q;  // taken: by RECVs that have not ended

    sgdma_send #(
      .DataWidth(DataWidth)
    ) u_send (
      .clk_i,
      .rst_ni,
      .valid_i(send_valid),
      .ready_o(send_ready),
      .data_i(data_word),
      .bytes_i(send_bytes),
      .last_i(send_last),
      .close_i(send_close),
      .open_o(send_open),
      .tdata_o(m_axis_tdata),
      .tkeep_o(m_axis_tkeep),
      .tlast_o(m_axis_tlast),
      .tuser_o(m_axis_tuser),
      .tvalid_o(m_axis_tvalid),
      .tready_i(m_axis_tready)
    );

    sgdma_recv #(
      .DataWidth(DataWidth)
    ) u_recv (
      .clk_i,
      .rst_ni,
      .run_i(run),
      .drop_i(flush),
      .start_i(recv_start),
      .bytes_i(job.len),
      .idle_o(recv_idle),
      .room_i(recv_room),
      .push_o(recv_push),
      .word_o(recv_word),
      .count_o(recv_count),
      .done_o(recv_done),
      .part_o(recv_part),
      .short_o(recv_short),
      .eop_o(recv_eop),
      .bad_o(recv_bad),
      .discard_o(recv_discard),
      .stall_o(recv_stall),
      .tdata_i(s_axis_tdata),
      .tkeep_i(s_axis_tkeep),
      .tlast_i(s_axis_tlast),
      .tuser_i(s_axis_tuser),
      .tvalid_i(s_axis_tvalid),
      .tready_o(s_axis_tready)
    );

    // What was taken and has not reached memory when everything inside is dropped is thrown away.
    always_ff @(posedge clk_i) begin
      if (!rst_ni || (clear && kill)) begin
        discard_q <= '0;
        taken_q   <= '0;
      end else begin
        discard_q <= discard_q + 32'(recv_discard) + (flush ? taken_q - (track_recv ? acc_bytes : 32'd0) : 32'd0);
        taken_q   <= flush ? '0 : taken_q + 32'(recv_count) - ((track_pop && track_recv) ? ending.bytes : 32'd0);
      end
    end
    assign stream_stall   = recv_stall || (m_axis_tvalid && !m_axis_tready);
    assign stream_discard = discard_q;
  end else begin : gen_no_streams
    /* verilator lint_off UNUSEDSIGNAL */
    logic unused_streams;
    assign unused_streams = ^{send_valid, send_bytes, send_last, send_close, unproven, recv_start, recv_room,
                              m_axis_tready, s_axis_tdata, s_axis_tkeep, s_axis_tlast, s_axis_tuser, s_axis_tvalid};
    /* verilator lint_on UNUSEDSIGNAL */
    assign send_ready     = 1'b0;
    assign send_open      = 1'b0;
    assign m_axis_tdata   = '0;
    assign m_axis_tkeep   = '0;
    assign m_axis_tlast   = 1'b0;
    assign m_axis_tuser   = 1'b0;
    assign m_axis_tvalid  = 1'b0;
    assign s_axis_tready  = 1'b0;
    assign recv_idle      = 1'b1;
    assign recv_push      = 1'b0;
    assign recv_word      = '0;
    assign recv_done      = 1'b0;
    assign recv_part      = '0;
    assign recv_short     = 1'b0;
    assign recv_eop       = 1'b0;
    assign recv_bad       = 1'b0;
    assign stream_stall   = 1'b0;
    assign stream_discard = '0;
  end

  // What a FIXED side has given or taken can not be had again (the oldest descriptor's, since it began alone); nor can
  // the bytes of a packet begun, nor what a RECV took.
  assign once = once_q || (track_valid && track_recv &&
                           ((end_where == sgdma_pkg::WhereWrite[2:0]) || (oldest_bytes != '0)));
  logic once_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush || track_pop) once_q <= 1'b0;
    else if ((read_grant_i && read_fixed) || (data_first && data_fixed) || (send_close && send_open)) once_q <= 1'b1;
  end

  // ---- Watchdog ---------------------------------------------------------------------------------------------------------------
  // A response is missing only once its address, and a write's data, are out.
  logic w_open, c_open;
  assign w_open = aw_refused_i || w_refused_i;
  assign c_open = c_aw_refused_i || c_w_refused_i;

  sgdma_watchdog u_watchdog (
    .clk_i,
    .rst_ni,
    .armed_i(wdog_armed),
    .limit_i(cfg_i.watchdog),
    .open_i({c_w_refused_i && SgPort, c_aw_refused_i && SgPort, f_ar_refused_i && SgPort,
             msg_busy && !msg_valid && !c_open, (out_records != '0) && !c_open, (out_writes != '0) && !w_open,
             w_refused_i, aw_refused_i, (out_reads != '0) && !ar_refused_i, (out_fetches != '0) && !f_ar_refused_i,
             ar_refused_i}),
    .moved_i({3'b000, 1'b0, record_b_i, data_b_i, 2'b00, read_beat_i, fetch_beat_i, 1'b0}),
    .fire_o(wdog_fire),
    .which_o(wdog_which)
  );

  // ---- Requests -----------------------------------------------------------------------------------------------------------------
  sgdma_pkg::axi_req_t attributes, data_req, ctl_req;
  always_comb begin
    attributes       = '0;
    attributes.user  = cfg_i.devid;
    attributes.cache = cfg_i.axcache;
    attributes.prot  = cfg_i.axprot;
    attributes.qos   = cfg_i.qos;
    attributes.size  = 3'(LaneBits);
    fetch_req_o      = attributes;
    fetch_req_o.ctl  = 1'b1;
    fetch_req_o.addr = fetch_addr;
    fetch_req_o.len  = fetch_len;
    read_req_o       = attributes;
    read_req_o.addr  = read_addr;
    read_req_o.len   = read_len;
    read_req_o.yield = cfg_i.pace_yield;
    read_req_o.fixed = read_fixed;
    if (read_fixed) read_req_o.size = cfg_i.fixed_log2;
    data_req         = attributes;
    data_req.yield   = cfg_i.pace_yield;
    data_req.fixed   = data_fixed;
    if (data_fixed) data_req.size = cfg_i.fixed_log2;
    data_req.addr    = data_addr;
    data_req.len     = data_len;
    ctl_req          = attributes;
    ctl_req.ctl      = 1'b1;
    ctl_req.record   = use_record;
    ctl_req.addr     = use_msg ? msg_addr : record_addr;
    ctl_req.len      = use_msg ? 8'd0 : record_len;
    if (use_msg) ctl_req.user = cfg_i.msg_devid;
    w_req_o          = (!SgPort && (use_msg || use_record)) ? ctl_req : data_req;
    c_req_o          = SgPort ? ctl_req : '0;
  end

  // ---- Quiet, drained, quiesced ---------------------------------------------------------------------------------------------------
  logic reads_closed, writes_closed, idle, quiesced;
  assign reads_closed  = (out_fetches == '0) && (out_reads == '0);
  assign writes_closed = (out_writes == '0) && !write_busy && (out_records == '0) && !record_busy;
  assign drained       = reads_closed && writes_closed && complete_idle && record_idle && (!(kill || stuck) || !msg_busy);
  assign quiet         = reads_closed && writes_closed && ((complete_idle && record_idle) || record_blocked);
  assign idle          = reads_closed && writes_closed && complete_idle && record_idle && !track_valid &&
                         decode_idle && caught_up;
  // A message that is due, also one that a register write asks for, is not yet quiet.
  assign quiesced      = !msg_busy && !cfg_i.msg_go &&
                         ((state == sgdma_pkg::StateRun) ? idle :
                          (state != sgdma_pkg::StateDraining) && (state != sgdma_pkg::StateStuck));

  always_comb begin
    status_o             = '0;
    status_o.state       = state;
    status_o.pausing     = pausing;
    status_o.retry_legal = retry_legal;
    status_o.skip_legal  = skip_legal;
    status_o.quiesced    = quiesced;
    status_o.resetting   = resetting;
    status_o.refused     = refused;
    status_o.sub_head    = head;
    status_o.sub_tail    = tail;
    status_o.cpl_head    = cpl_head;
    status_o.cpl_index   = cpl_index;
    status_o.ev_done     = ev_done;
    status_o.ev_error    = ev_error;
    status_o.ev_message  = ev_message;
    status_o.msg_failed  = msg_failed;
    status_o.ev_halted   = ev_halted;
    status_o.ev_stuck    = ev_stuck;
    status_o.err_valid   = err_valid;
    status_o.err_stuck   = err_stuck;
    status_o.err_count   = err_count;
    status_o.err_image   = err_image;
    status_o.waits       = record_blocked || (state != sgdma_pkg::StateRun);
    status_o.idle        = idle;
    status_o.pos_slot    = pos_slot;
    status_o.pos_index   = pos_index;
    status_o.pos_addr    = {pos_addr, 4'b0};
    status_o.pos_bytes   = pos_bytes;
    status_o.cnt_bytes        = proven;
    status_o.cnt_busy         = !quiesced;
    status_o.cnt_descriptor   = ev_end;
    status_o.cnt_read_stall   = ar_refused_i || f_ar_refused_i;
    status_o.cnt_write_stall  = w_open || c_open;
    status_o.cnt_starved      = run && (!caught_up || (out_fetches != '0)) && !track_valid && !job_valid;
    status_o.cnt_stream_stall = stream_stall;
    status_o.stream_discard   = stream_discard;
    status_o.out_reads   = out_reads;
    status_o.out_writes  = out_writes;
    status_o.out_records = out_records;
    status_o.out_fetches = out_fetches;
  end

endmodule
