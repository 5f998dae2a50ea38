// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Write side of one channel: turns jobs into write bursts, offers a burst only when all its data is in the buffer, and
// makes its beats.
//
//   job ─► J ─split─► B (one burst) ─ all words there? ─► request ─► beats, one a cycle while take_i
//                       │                                   └► one entry a burst to the completion side (meta)
//                       └ a job that ends without a burst goes to meta alone
//
// Handshake: req_valid_o with req_addr_o/req_len_o and the first beat; the port takes a beat with take_i and, having
// taken the first, takes the others of the burst before anything else. A burst under way never lacks data.
// meta: bus = wait for a B; row = the job ends with this entry, with `status`; last = its descriptor does.
// A read error cuts the job behind its last good byte; nothing younger is written if that error halts.
// A job without reads (FILL) takes its bytes from a 32-bit pattern, whose first byte goes to its first byte.
// abort_i: no new burst; a job with bursts out is ended as ABORTED. stop: run_i low, burst boundaries.

module sgdma_write #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned MaxBurstBeats = 16,
  parameter int unsigned BufferWords   = 256,
  parameter int unsigned Jobs          = 64,
  localparam int unsigned BusBytes     = DataWidth / 8,
  localparam int unsigned LaneBits     = $clog2(BusBytes),
  localparam int unsigned PtrBits      = $clog2(BufferWords) + 1,
  localparam int unsigned MetaBits     = 1 + 1 + 1 + 1 + 13 + 4 + 3 + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  flush_i,
  input  logic                  run_i,
  input  logic                  abort_i,
  // Jobs.
  input  logic                  job_valid_i,
  output logic                  job_ready_o,
  input  logic                  job_data_i,
  input  logic                  job_reads_i,
  input  logic                  job_send_i,   // to the stream
  input  logic                  job_recv_i,   // from it
  input  logic                  job_eop_i,    // SEND: the packet ends with this job
  input  logic                  job_src_fixed_i,
  input  logic                  job_dst_fixed_i,
  input  logic                  job_last_i,   // of its descriptor
  input  logic [31:0]           job_src_i,    // the lane it begins in; without reads the pattern
  input  logic [47:0]           job_dst_i,
  input  logic [15:0]           job_len_i,
  input  logic [14:0]           job_words_i,  // bus words the source touches
  input  logic [3:0]            job_status_i,
  input  logic                  job_halt_i,
  // Burst lengths and pace.
  input  logic [8:0]            cap_i,
  input  logic [2:0]            element_i,
  input  logic [4:0]            elements_i,
  input  logic                  may_i,        // bursts of paced jobs may begin
  output logic                  paced_o,      // the burst on offer is one
  // Data buffer.
  input  logic [DataWidth-1:0]  head_i,
  input  logic [DataWidth-1:0]  next_i,
  input  logic [1:0]            out_count_i,
  input  logic [PtrBits-1:0]    count_i,
  input  logic                  push_i,
  input  logic [PtrBits-1:0]    rptr_i,
  output logic [1:0]            pop_o,
  // Results of the read side.
  input  logic                  res_valid_i,
  output logic                  res_ready_o,
  input  logic                  res_bad_i,
  input  logic                  res_halt_i,
  input  logic [1:0]            res_kind_i,
  input  logic                  res_eop_i,
  input  logic [PtrBits-1:0]    res_ptr_i,
  input  logic [LaneBits-1:0]   res_part_i,
  input  logic                  live_bad_i,
  input  logic                  live_halt_i,
  input  logic [1:0]            live_kind_i,
  input  logic [PtrBits-1:0]    live_ptr_i,
  input  logic [LaneBits-1:0]   live_part_i,
  // Stream: one beat at a time, taken with send_ready_i. A packet is cut by send_close_o.
  output logic                  send_valid_o,
  input  logic                  send_ready_i,
  output logic [LaneBits:0]     send_bytes_o,
  output logic                  send_last_o,
  output logic                  send_close_o,
  output logic                  send_cut_o,    // SENDs up to EOP end as SKIPPED
  input  logic                  unproven_i,   // data writes without an answer: what is sent can not be taken back
  input  logic                  clear_i,      // START, RESET
  input  logic                  skip_i,       // SKIP of a SEND: the rest of its packet ends as SKIPPED
  // Write request and beats.
  output logic                  req_valid_o,
  output logic [47:0]           req_addr_o,
  output logic [7:0]            req_len_o,
  output logic                  req_fixed_o,
  input  logic                  take_i,
  output logic [DataWidth-1:0]  data_o,
  output logic [BusBytes-1:0]   strb_o,
  output logic                  last_o,
  // One entry a burst, and for jobs that end without one.
  output logic                  meta_valid_o,
  input  logic                  meta_ready_i,
  output logic [MetaBits-1:0]   meta_o,      // {bus, last, row, eop, bytes[13], status[4], where[3], halt}
  output logic                  busy_o       // inside a burst, or an ABORTED end is due
);

  localparam logic [3:0] StOk = sgdma_pkg::StOk[3:0];

  // ---- Jobs waiting ------------------------------------------------------------------------------------------------
  // What a job has besides destination and length: with reads where its source begins and how many words it touches,
  // without them the pattern, without data how it ends.
  localparam int unsigned JobBits = 8 + 32 + 48 + 16;
  logic [JobBits-1:0]        job_in, job_out;
  logic [31:0]               job_aux, in_aux, turned;
  logic                      fifo_valid, j_load;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [$clog2(Jobs-1)-1:0] job_count;
  /* verilator lint_on UNUSEDSIGNAL */

  always_comb begin
    job_aux = job_src_i;
    if (!job_data_i) begin
      job_aux = {27'd0, job_status_i, job_halt_i};
    end else if (job_reads_i) begin
      job_aux                = 32'd0;
      job_aux[LaneBits-1:0]  = (job_src_fixed_i || job_recv_i) ? '0 : job_src_i[LaneBits-1:0];
      job_aux[16+:15]        = job_words_i;
    end
  end
  assign job_in = {job_data_i, job_reads_i, job_send_i, job_recv_i, job_eop_i,
                   job_src_fixed_i && job_dst_fixed_i, job_dst_fixed_i, job_last_i, job_aux, job_dst_i, job_len_i};

  sgdma_fifo #(
    .Width(JobBits),
    .Depth(Jobs - 2)  // with J and B as many as there is room for results
  ) u_jobs (
    .clk_i,
    .rst_ni,
    .flush_i,
    .valid_i(job_valid_i),
    .ready_o(job_ready_o),
    .data_i(job_in),
    .valid_o(fifo_valid),
    .ready_i(j_load),
    .data_o(job_out),
    .count_o(job_count)
  );

  // ---- J: the job being cut into bursts ----------------------------------------------------------------------------
  logic                j_valid_q, j_data_q, j_reads_q, j_send_q, j_recv_q, j_eop_q, j_both_q, j_fixed_q, j_final_q;
  logic [31:0]         j_aux_q;      // as in the queue; the pattern is turned to its lanes
  logic [LaneBits-1:0] j_lane;       // of the next byte in its source word
  logic [47:0]         j_addr_q;
  logic [15:0]         j_left_q;
  logic [14:0]         j_src;        // bus words the rest of the source touches
  logic [14:0]         j_words_q;    // bus words the rest of the destination touches
  logic [3:0]          j_status;     // of a job without data
  logic                j_halt;
  logic [12:0]         j_bytes;
  logic [8:0]          j_beats;
  logic                j_last, b_load, cut, j_drop;

  // Beats the burst may have: known when J takes a job, or goes on behind a burst.
  logic [8:0]  j_limit_q, limit_next;
  logic [12:0] j_more_bytes;
  logic [8:0]  j_more_beats;
  sgdma_limit #(
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_limit (
    .word_i(j_load ? job_out[16+LaneBits+:12-LaneBits] : j_addr_q[11:LaneBits] + (12 - LaneBits)'(j_more_beats)),
    .cap_i,
    .limit_o(limit_next)
  );
  always_ff @(posedge clk_i) begin
    if (j_load || b_load) j_limit_q <= (j_load ? in_send : j_send_q) ? 9'd1 : limit_next;
  end

  sgdma_split #(
    .DataWidth(DataWidth)
  ) u_split (
    .lane_i(j_dl),
    .left_i(j_left_q),
    .words_i(j_words_q),
    .limit_i(j_limit_q),
    .fixed_i(j_fixed_q),
    .element_i,
    .elements_i,
    .bytes_o(j_bytes),
    .beats_o(j_beats),
    .last_o(j_last),
    .more_bytes_o(j_more_bytes),
    .more_beats_o(j_more_beats)
  );

  logic [LaneBits-1:0] in_lane;  // destination lane and length of the job J takes next
  logic [15:0]         in_len;
  logic                in_send;
  assign in_send = job_out[JobBits-3];
  assign in_lane = job_out[16+:LaneBits];
  assign in_len  = job_out[15:0];
  assign in_aux  = job_out[64+:32];

  // The pattern after so many bytes have gone out at one lane.
  function automatic logic [31:0] stepped(input logic [31:0] word, input logic [1:0] bytes);
    case (bytes)
      2'd0:    stepped = word;
      2'd1:    stepped = {word[7:0], word[31:8]};
      2'd2:    stepped = {word[15:0], word[31:16]};
      default: stepped = {word[23:0], word[31:24]};
    endcase
  endfunction

  // Lane i gets byte (i - first lane) mod 4 of the pattern.
  always_comb begin
    case (in_lane[1:0])
      2'd0:    turned = in_aux;
      2'd1:    turned = {in_aux[23:0], in_aux[31:24]};
      2'd2:    turned = {in_aux[15:0], in_aux[31:16]};
      default: turned = {in_aux[7:0], in_aux[31:8]};
    endcase
  end

  assign j_lane   = j_aux_q[LaneBits-1:0];
  assign j_src    = j_aux_q[16+:15];
  assign j_status = j_aux_q[4:1];
  assign j_halt   = j_aux_q[0];

  // Source words: a burst that is not the last fills whole destination words, so only the two lanes decide whether it
  // reaches into one source word more (sp > dl), and whether it leaves one begun (sp < dl). The last burst needs the rest.
  logic [LaneBits-1:0] j_dl;
  logic [14:0]         j_need;
  logic [LaneBits-1:0] j_end;  // lanes of its last word, 0: all
  logic [14:0]         j_reach, j_rest;  // FIXED: source words from the first one's lane 0 to the burst's end, or the job's
  assign j_dl    = j_addr_q[LaneBits-1:0];
  assign j_reach = 15'(j_lane) + 15'(j_more_bytes);
  assign j_rest  = 15'((17'(j_left_q) + 17'(BusBytes - 1)) >> LaneBits);  // both sides FIXED: its words are its own
  assign j_need  = j_last ? (j_both_q ? j_rest : j_src) :
                   j_fixed_q ? (j_reach + 15'(BusBytes - 1)) >> LaneBits : 15'(j_more_beats) + 15'(j_lane > j_dl);
  assign j_end  = j_fixed_q ? LaneBits'((LaneBits + 1)'(j_dl) + ((LaneBits + 1)'(1) << element_i)) : j_last ? LaneBits'(16'(j_dl) + j_left_q) : '0;

  assign j_load = !j_valid_q || (b_load && (j_last || !j_data_q)) || j_drop;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) j_valid_q <= 1'b0;
    else if (j_load) j_valid_q <= fifo_valid;
  end

  always_ff @(posedge clk_i) begin
    if (j_load) begin
      {j_data_q, j_reads_q, j_send_q, j_recv_q, j_eop_q, j_both_q, j_fixed_q, j_final_q, j_aux_q, j_addr_q, j_left_q} <= job_out;
      if (job_out[JobBits-1] && !job_out[JobBits-2]) j_aux_q <= turned;
      j_words_q <= 15'((17'(in_lane) + 17'(in_len) + 17'(BusBytes - 1)) >> LaneBits);
    end else if (b_load) begin
      if (!j_fixed_q) j_addr_q <= {j_addr_q[47:LaneBits] + (48 - LaneBits)'(j_more_beats), {LaneBits{1'b0}}};
      j_left_q  <= j_left_q - 16'(j_more_bytes);
      j_words_q <= j_words_q - 15'(j_more_beats);
      if (j_reads_q) begin
        j_aux_q[16+:15]       <= j_fixed_q ? j_src - (j_reach >> LaneBits) :
                                             j_src - 15'(j_more_beats) + 15'(j_lane < j_dl);
        j_aux_q[LaneBits-1:0] <= j_both_q ? '0 : j_fixed_q ? j_reach[LaneBits-1:0] : j_lane - j_dl;
      end else if (j_fixed_q) begin
        j_aux_q <= stepped(j_aux_q, j_more_bytes[1:0]);
      end
    end
  end

  // ---- B: the burst on offer or under way --------------------------------------------------------------------------
  localparam int unsigned MissBits = (PtrBits > 9) ? PtrBits + 1 : 10;

  logic                b_valid_q;
  logic                b_data_q;     // a burst; low: the job ends without one
  logic                b_begun_q;    // its first beat is out
  logic                b_last_q;     // the job ends with it
  logic                b_final_q;    // and with the job its descriptor
  logic                b_reads_q;    // the job has reads, so a result of theirs
  logic                b_fill_q;     // its bytes are those of the pattern
  logic                b_send_q, b_recv_q, b_eop_q;
  logic                b_whole_q;    // its words are its own: the job ends with it, or both sides are FIXED
  logic                b_fixed_q;    // to one address, an element a beat
  logic                b_stray_q;    // cut to nothing, but a word of it is in the buffer
  logic [31:0]         b_pattern_q;
  logic                b_cut_q;      // cut short by a read error
  logic                b_clear_q;    // the job has a read error, but behind this burst
  logic [47:0]         b_addr_q;
  logic [8:0]          b_beats_q;    // beats of the burst
  logic [8:0]          b_togo_q;     // beats not yet out
  logic [12:0]         b_bytes_q;    // bytes of the burst
  logic                b_two_q;      // its first beat may need two source words
  logic [14:0]         b_need_q;     // source words of the burst
  logic [MissBits-1:0] b_miss_q;     // source words not yet here, minus 1: negative when all are
  logic [LaneBits-1:0] b_lane_q;     // sp: source lane of the next byte
  logic [LaneBits-1:0] b_dl_q;       // dl: its destination lane
  logic [LaneBits-1:0] b_end_q;      // lanes of the last word, 0: all
  logic [3:0]          b_status_q;
  logic [2:0]          b_where_q;
  logic                b_halt_q;
  logic                started_q;    // bursts of this job are out, its end is not
  logic                stop_q;       // an error that halts has been passed on

  logic                b_done, end_now, abort_now, first_beat, mid, beat_last, take, offer;
  logic [LaneBits:0]   end_lane;     // one past the last lane of this beat
  logic [LaneBits+1:0] reach;        // source lanes from head's lane 0 to the last byte of this beat
  logic [1:0]          uses;         // words this beat pops

  assign mid        = b_valid_q && b_begun_q;
  // A beat of the stream is a burst of its own, which nobody answers; of a packet that is skipped it goes nowhere.
  logic send_offer, send_skip, skipped_q, skipping, close_q, stopped_q;
  assign skipping   = b_send_q && skipped_q;
  assign send_skip  = send_offer && skipping;
  assign take       = take_i || (send_valid_o && send_ready_i) || send_skip;
  assign first_beat = take && !b_begun_q;
  assign beat_last  = (b_togo_q == 9'd1);
  assign end_lane   = ((beat_last || b_fixed_q) && (b_end_q != '0)) ? {1'b0, b_end_q} : (LaneBits + 1)'(BusBytes);
  assign reach      = {2'b0, b_lane_q} + {1'b0, end_lane} - {2'b0, b_dl_q};

  // Words popped with a beat: those used up, and at the end of a job the last one even if it was used in part.
  always_comb begin
    if (b_fill_q) uses = 2'd0;
    else if (beat_last && b_whole_q) uses = (reach > (LaneBits + 2)'(BusBytes)) ? 2'd2 : 2'd1;
    else uses = (reach >= (LaneBits + 2)'(BusBytes)) ? 2'd1 : 2'd0;
  end
  assign pop_o = take ? uses : (end_now && b_stray_q) ? 2'd1 : 2'd0;

  // ---- Read errors --------------------------------------------------------------------------------------------------
  // The result at the head, or else the reads still coming, belong to the job in B: jobs pass in order, and a job
  // leaves B only after its last word, so after its result, has arrived. A job that is cut in a channel that goes on
  // (CONTINUE) waits for the rest of its reads, so that its result can be taken with its end.
  // Errors take their time: a burst of a bad job is first looked at (b_clear_q, or cut), then offered.
  logic                bad, bad_halt, look, hit;
  logic [1:0]          bad_kind;
  logic [PtrBits-1:0]  good;      // good words from head on
  logic [LaneBits-1:0] part, cut_end;
  logic [12:0]         cut_bytes;
  logic [LaneBits+2:0] cut_over;  // lanes past the whole words: signed

  assign bad      = b_reads_q && (res_valid_i ? res_bad_i : live_bad_i);
  assign bad_kind = res_valid_i ? res_kind_i : live_kind_i;
  assign bad_halt = res_valid_i ? res_halt_i : live_halt_i;
  assign good     = (res_valid_i ? res_ptr_i : live_ptr_i) - rptr_i;
  assign look     = b_valid_q && b_data_q && !b_begun_q && bad && !b_cut_q && !b_clear_q;
  // A bad packet may end with the job's last byte: that is its error all the same.
  assign hit      = (15'(good) < b_need_q) || ((15'(good) == b_need_q) && (cut_bytes < b_bytes_q)) ||
                    (b_last_q && bad_kind == 2'd3);
  assign cut      = look && hit && (res_valid_i || bad_halt);
  assign j_drop   = cut && !b_last_q;  // J holds the rest of the job that is cut
  assign part     = res_valid_i ? res_part_i : live_part_i;

  // Good bytes of the burst, and of a plain destination how many words they touch: as many as of the source, and one
  // more or less. A FIXED destination takes whole elements.
  assign cut_bytes = (13'(good) << LaneBits) - 13'(b_lane_q) - ((part == '0) ? 13'd0 : 13'(BusBytes) - 13'(part));
  assign cut_over  = (LaneBits + 3)'(b_dl_q) - (LaneBits + 3)'(b_lane_q) -
                     ((part == '0) ? '0 : (LaneBits + 3)'(BusBytes) - (LaneBits + 3)'(part));
  assign cut_end   = cut_over[LaneBits-1:0];
  logic [8:0]  cut_beats;
  logic [12:0] cut_whole;
  assign cut_whole = b_fixed_q ? ((cut_bytes >> element_i) << element_i) : cut_bytes;
  always_comb begin
    cut_beats = 9'(good);
    if (b_fixed_q) cut_beats = 9'(cut_bytes >> element_i);
    else if (!cut_over[LaneBits+2] && (cut_over != '0)) cut_beats = 9'(good) + 9'd1;
    else if (cut_over[LaneBits+2] && (cut_over <= -(LaneBits + 3)'(BusBytes))) cut_beats = 9'(good) - 9'd1;
  end

  // ---- Offers ---------------------------------------------------------------------------------------------------------
  logic here, may;
  // Two words must be in the buffer's output registers before a burst begins whose first beat uses two. With sp < dl that
  // beat needs one and pops none, and the second word is there a cycle later.
  assign here = b_fill_q || (b_miss_q[MissBits-1] && (out_count_i >= (b_two_q ? 2'd2 : 2'd1)));
  assign paced_o = b_fixed_q || b_recv_q || (!b_reads_q && b_data_q);
  assign may  = run_i && !stop_q && meta_ready_i;

  assign offer       = b_valid_q && b_data_q && may && here && (!bad || b_cut_q || b_clear_q);
  assign req_valid_o = b_valid_q && b_data_q && !b_send_q && (b_begun_q || (offer && (may_i || !paced_o)));

  assign send_offer   = offer && b_send_q && !close_q;
  assign send_valid_o = send_offer && !skipping && !unproven_i;
  assign send_bytes_o = b_bytes_q[LaneBits:0];
  assign send_last_o  = b_last_q && b_eop_q && !b_cut_q;
  assign send_close_o = close_q;
  assign send_cut_o   = skipped_q;
  assign req_fixed_o = b_fixed_q;
  assign req_addr_o  = b_addr_q;
  assign req_len_o   = 8'(b_beats_q - 9'd1);
  assign last_o      = beat_last;

  assign end_now   = b_valid_q && !b_data_q && may && !close_q;
  assign abort_now = abort_i && started_q && !mid && meta_ready_i;
  assign b_done    = (take && beat_last) || end_now;
  assign b_load    = j_valid_q && (!b_valid_q || b_done);

  assign res_ready_o = b_reads_q && b_last_q && b_done;
  assign busy_o      = mid || (abort_i && started_q);

  // ---- Beats ----------------------------------------------------------------------------------------------------------
  // A pattern needs no turning: source lane and destination lane are the same then.
  sgdma_align #(
    .DataWidth(DataWidth)
  ) u_align (
    .head_i(b_fill_q ? {(BusBytes / 4){b_pattern_q}} : head_i),
    .next_i,
    .sp_i(b_fill_q ? b_dl_q : b_lane_q),
    .dl_i(b_dl_q),
    .data_o
  );

  always_comb begin
    for (int unsigned i = 0; i < BusBytes; i++) begin
      strb_o[i] = (LaneBits'(i) >= b_dl_q) && ((LaneBits + 1)'(i) < end_lane);
    end
  end

  // ---- Meta -----------------------------------------------------------------------------------------------------------
  assign meta_valid_o = first_beat || end_now || abort_now;
  always_comb begin
    if (abort_now) begin
      meta_o = {1'b0, 1'b1, 1'b1, 1'b0, 13'd0, sgdma_pkg::StAborted[3:0], sgdma_pkg::WhereNone[2:0], 1'b0};
    end else begin
      meta_o = {b_data_q && !b_send_q, b_last_q && (b_final_q || b_halt_q), b_last_q,
                b_recv_q && b_last_q && res_valid_i && res_eop_i,
                (b_data_q && !skipping) ? b_bytes_q : 13'd0,
                (skipping && b_last_q && b_status_q == StOk) ? sgdma_pkg::StSkipped[3:0] : b_status_q,
                b_where_q, b_halt_q};
    end
  end

  // Bytes the pattern goes on by with an element, modulo 4.
  logic [1:0] step;
  assign step = (element_i == 3'd0) ? 2'd1 : (element_i == 3'd1) ? 2'd2 : 2'd0;

  // ---- Registers --------------------------------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      b_valid_q <= 1'b0;
      b_begun_q <= 1'b0;
      b_cut_q   <= 1'b0;
      b_clear_q <= 1'b0;
      started_q <= 1'b0;
      stop_q    <= 1'b0;
    end else begin
      if (b_load) b_valid_q <= 1'b1;
      else if (b_done) b_valid_q <= 1'b0;
      if (b_done) b_begun_q <= 1'b0;
      else if (take) b_begun_q <= 1'b1;
      if (b_load) b_cut_q <= 1'b0;
      else if (cut) b_cut_q <= 1'b1;
      if (b_load) b_clear_q <= 1'b0;
      else if (look && !hit) b_clear_q <= 1'b1;
      if (first_beat || end_now) started_q <= !(b_last_q && (b_final_q || b_halt_q));
      else if (abort_now) started_q <= 1'b0;
      if ((first_beat || end_now) && b_last_q && b_halt_q) stop_q <= 1'b1;
    end
  end

  // Missing words of the next burst minus 1, for both cases, so that the port's answer only has to choose. What is here
  // is known early, what is needed late: a - 1 - b is a + ~b.
  logic [MissBits-1:0] here_kept, here_used, miss_kept, miss_used;
  assign here_kept = MissBits'(count_i) + MissBits'(push_i) - MissBits'(end_now && b_stray_q);
  assign here_used = MissBits'(count_i) + MissBits'(push_i) - MissBits'(uses);
  assign miss_kept = MissBits'(j_need) + ~here_kept;
  assign miss_used = MissBits'(j_need) + ~here_used;

  always_ff @(posedge clk_i) begin
    if (b_load) begin
      b_data_q     <= j_data_q;
      b_reads_q    <= j_data_q && j_reads_q;
      b_fill_q     <= j_data_q && !j_reads_q;
      b_fixed_q    <= j_fixed_q;
      b_send_q     <= j_send_q;
      b_whole_q    <= j_last || !j_data_q || j_both_q;
      b_recv_q     <= j_data_q && j_recv_q;
      b_eop_q      <= j_eop_q;
      b_pattern_q  <= j_aux_q;
      b_final_q    <= j_final_q;
      b_last_q     <= j_last || !j_data_q;
      b_addr_q     <= j_addr_q;
      b_beats_q    <= j_beats;
      b_togo_q     <= j_beats;
      b_bytes_q    <= j_bytes;
      b_two_q      <= (j_need != 15'd1) && (j_fixed_q || (j_lane >= j_dl));
      b_need_q     <= j_need;
      b_miss_q     <= take ? miss_used : miss_kept;
      b_stray_q    <= 1'b0;
      b_lane_q     <= j_reads_q ? j_lane : j_dl;
      b_dl_q       <= j_dl;
      b_end_q      <= j_end;
      b_status_q   <= j_data_q ? StOk : j_status;
      b_where_q    <= (j_data_q || j_status == StOk || j_status == sgdma_pkg::StSkipped[3:0]) ?
                      sgdma_pkg::WhereNone[2:0] : sgdma_pkg::WhereDesc[2:0];
      b_halt_q     <= !j_data_q && j_halt;
    end else if (cut) begin
      b_data_q   <= (good != '0) && (cut_whole != '0);
      b_last_q   <= 1'b1;
      b_whole_q  <= 1'b1;
      b_stray_q  <= (good != '0) && (cut_whole == '0);
      b_beats_q  <= cut_beats;
      b_togo_q   <= cut_beats;
      b_bytes_q  <= cut_whole;
      b_two_q    <= (good != PtrBits'(1));
      b_miss_q   <= '1;  // the good words are here
      if (!b_fixed_q) b_end_q <= cut_end;
      case (bad_kind)
        2'd0:    b_status_q <= sgdma_pkg::StSlvErr[3:0];
        2'd1:    b_status_q <= sgdma_pkg::StDecErr[3:0];
        2'd2:    b_status_q <= StOk;
        default: b_status_q <= sgdma_pkg::StStreamError[3:0];
      endcase
      case (bad_kind)
        2'd0, 2'd1: b_where_q <= sgdma_pkg::WhereRead[2:0];
        2'd2:       b_where_q <= sgdma_pkg::WhereNone[2:0];
        default:    b_where_q <= sgdma_pkg::WhereStream[2:0];
      endcase
      b_halt_q   <= bad_halt;
    end else begin
      b_miss_q <= b_miss_q - MissBits'(push_i && !b_miss_q[MissBits-1]);
      if (take) begin
        b_togo_q <= b_togo_q - 9'd1;
        b_lane_q <= b_lane_q + end_lane[LaneBits-1:0] - b_dl_q;
        if (!b_fixed_q) b_dl_q <= '0;
        if (b_fixed_q) b_pattern_q <= stepped(b_pattern_q, step);
      end
    end
  end

  // ---- Packets cut --------------------------------------------------------------------------------------------------------
  // Behind a SEND that failed, and when the channel is stopped for good. The rest of the packet is passed over: under
  // CONTINUE at once, else when software says SKIP.
  logic send_failed;
  assign send_failed = b_send_q && b_done && b_last_q && (b_status_q != StOk);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      close_q   <= 1'b0;
      skipped_q <= 1'b0;
      stopped_q <= 1'b0;
    end else begin
      stopped_q <= abort_i;
      close_q   <= (send_failed && !skipping) || (abort_i && !stopped_q) || clear_i;
      if (clear_i) skipped_q <= 1'b0;
      else if (skip_i) skipped_q <= 1'b1;
      else if (send_failed && !b_halt_q && !b_eop_q) skipped_q <= 1'b1;
      else if (b_send_q && b_done && b_last_q && b_eop_q) skipped_q <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni && !flush_i) begin
      assert (!(take_i && !req_valid_o)) else $error("sgdma_write: a beat was taken that was not offered");
      assert (!(take && pop_o > out_count_i)) else $error("sgdma_write: a burst under way lacks data");
      assert (!(res_ready_o && !res_valid_i && !bad_halt)) else $error("sgdma_write: job ends before its reads");
    end
  end
`endif

endmodule
