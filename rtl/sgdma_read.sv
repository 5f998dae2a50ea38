// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Read side of one channel: turns jobs into read bursts and keeps the account of what came back.
//
//   job ─► split ─► AR request           R beat ─► good? ─► data buffer
//            │ reserve buffer words          └ burst and job accounting ─► result per job
//
// Space in the data buffer is reserved before the address goes out, so a beat is never refused. The words of all jobs
// follow each other in the buffer in job order. From the first bad beat of a job on, its words are not kept; their
// space is given back at once. So what the buffer holds of a job is always its good prefix.
//
// Handshake: job_valid_i/job_ready_o; a job without data is taken at once, one with data when its first burst is
// granted. res_* has one entry a job with data, once its last beat has come; live_* is the job whose beats are coming.
// Elements of a FIXED source are put together to whole words first; space is reserved for as many words as beats, and
// given back as they come. may_i holds back the bursts of paced jobs; a job with two FIXED sides reads a burst only when
// the buffer is empty, and the words of a burst are its own.
// Limitations: one id, so beats come in the order of the grants. At most Outstanding bursts are on the bus.

module sgdma_read #(
  parameter int unsigned DataWidth     = 64,
  parameter int unsigned MaxBurstBeats = 16,
  parameter int unsigned Outstanding   = 32,
  parameter int unsigned BufferWords   = 256,
  parameter int unsigned Jobs          = 64,
  localparam int unsigned LaneBits     = $clog2(DataWidth / 8),
  localparam int unsigned PtrBits      = $clog2(BufferWords) + 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               flush_i,
  input  logic               run_i,
  input  logic               cont_i,
  // Jobs.
  input  logic               job_valid_i,
  output logic               job_ready_o,
  input  logic               job_data_i,
  input  logic               job_recv_i,     // from the stream: recv_* instead of reads
  input  logic               job_src_fixed_i,
  input  logic               job_dst_fixed_i,
  input  logic [47:0]        job_src_i,
  input  logic [15:0]        job_len_i,
  input  logic [14:0]        job_words_i,  // bus words the source touches
  input  logic [8:0]         job_limit_i,  // beats its first burst may have
  // Burst lengths and pace.
  input  logic [8:0]         cap_i,
  input  logic [2:0]         element_i,
  input  logic [4:0]         elements_i,
  input  logic               may_i,
  output logic               paced_o,      // the burst asked for is
  // Read requests.
  output logic               req_valid_o,
  output logic [47:0]        req_addr_o,
  output logic [7:0]         req_len_o,
  output logic               req_fixed_o,
  input  logic               grant_i,
  // Read data.
  input  logic               beat_i,
  input  logic [1:0]         beat_resp_i,
  input  logic               beat_last_i,
  input  logic [DataWidth-1:0] beat_data_i,
  output logic               push_o,       // into the buffer
  output logic [DataWidth-1:0] push_data_o,
  input  logic [PtrBits-1:0] wptr_i,       // words pushed before this cycle
  input  logic [1:0]         pop_i,        // words the write side takes
  // Stream.
  output logic               recv_start_o,
  output logic               recv_room_o,
  input  logic               recv_idle_i,
  input  logic               recv_push_i,
  input  logic [DataWidth-1:0] recv_word_i,
  input  logic               recv_done_i,
  input  logic [LaneBits-1:0] recv_part_i,
  input  logic               recv_short_i,
  input  logic               recv_eop_i,
  input  logic               recv_bad_i,
  // How the reads of a job ended: bad_o with the buffer position behind its last good word.
  output logic               res_valid_o,
  input  logic               res_ready_i,
  output logic               res_bad_o,
  output logic               res_halt_o,   // the error halts the channel (decided when the bad beat came)
  output logic [1:0]         res_kind_o,   // 0 SLVERR, 1 DECERR, 2 end of a packet, 3 a bad packet
  output logic               res_eop_o,
  output logic [PtrBits-1:0] res_ptr_o,
  output logic [LaneBits-1:0] res_part_o,  // bytes of that word that are good, 0: all
  output logic               live_bad_o,
  output logic               live_halt_o,
  output logic [1:0]         live_kind_o,
  output logic [PtrBits-1:0] live_ptr_o,
  output logic [LaneBits-1:0] live_part_o,
  output logic [8:0]         count_o       // bursts on the bus
);

  // ---- Next burst -------------------------------------------------------------------------------------------------
  logic        more_q;  // a job is begun: its rest is in addr_q, left_q
  logic [47:0] addr_q, addr;
  logic [15:0] left_q, left;
  logic [14:0] words_q, words;
  logic [12:0] more_bytes;
  logic [8:0]  beats, more_beats, limit_q, limit;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [12:0] bytes;
  /* verilator lint_on UNUSEDSIGNAL */
  logic        last, meta_ready, stop_q, src_fixed_q, dst_fixed_q, src_fixed, dst_fixed;

  assign addr = more_q ? addr_q : job_src_i;
  assign left = more_q ? left_q : job_len_i;
  assign words = more_q ? words_q : job_words_i;
  assign src_fixed = more_q ? src_fixed_q : job_src_fixed_i;
  assign dst_fixed = more_q ? dst_fixed_q : job_dst_fixed_i;

  // What the burst behind this one may have is known when this one is granted.
  logic [8:0] limit_next;
  sgdma_limit #(
    .DataWidth(DataWidth),
    .MaxBurstBeats(MaxBurstBeats)
  ) u_limit (
    .word_i(addr[11:LaneBits] + (12 - LaneBits)'(more_beats)),
    .cap_i,
    .limit_o(limit_next)
  );
  assign limit = more_q ? limit_q : job_limit_i;

  sgdma_split #(
    .DataWidth(DataWidth)
  ) u_split (
    .lane_i(addr[LaneBits-1:0]),
    .left_i(left),
    .words_i(words),
    .limit_i(limit),
    .fixed_i(src_fixed),
    .element_i,
    .elements_i,
    .bytes_o(bytes),
    .beats_o(beats),
    .last_o(last),
    .more_bytes_o(more_bytes),
    .more_beats_o(more_beats)
  );

  logic room_q;   // a longest burst has space
  logic empty_q;  // everything has
  assign paced_o     = !dst_fixed;
  assign req_valid_o = run_i && !stop_q && room_q && meta_ready && recv_idle_i &&
                       (more_q || (job_valid_i && job_data_i && !job_recv_i)) &&
                       (may_i || dst_fixed) && (!(src_fixed && dst_fixed) || empty_q);
  assign req_fixed_o = src_fixed;
  assign req_addr_o  = addr;
  assign req_len_o   = 8'(beats - 9'd1);
  assign job_ready_o = !more_q && (!job_data_i || (job_recv_i ? recv_free : grant_i));

  // A RECV begins when everything older has arrived: words lie in the buffer in job order. Nothing younger is read
  // before it has ended.
  logic recv_free, some_q;
  assign recv_free    = run_i && !stop_q && recv_idle_i && (meta_count == '0);
  assign recv_start_o = job_valid_i && job_data_i && job_recv_i && !more_q && recv_free;
  assign recv_room_o  = some_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      more_q <= 1'b0;
    end else if (grant_i) begin
      more_q <= !last;
    end
  end

  always_ff @(posedge clk_i) begin
    if (grant_i) begin
      // A burst that is not the last ends with a whole word.
      addr_q  <= src_fixed ? addr : {addr[47:LaneBits] + (48 - LaneBits)'(more_beats), {LaneBits{1'b0}}};
      src_fixed_q <= src_fixed;
      dst_fixed_q <= dst_fixed;
      left_q  <= left - 16'(more_bytes);
      words_q <= words - 15'(more_beats);
      limit_q <= limit_next;
    end
  end

  // ---- Bursts on the bus: is it the last one of its job? ------------------------------------------------------------
  localparam int unsigned MetaCountBits = $clog2(Outstanding + 1);
  logic                     meta_valid, meta_last, meta_fixed, meta_both;
  logic [LaneBits-1:0]      meta_lane;
  logic [MetaCountBits-1:0] meta_count;

  sgdma_fifo #(
    .Width(3 + LaneBits),
    .Depth(Outstanding)
  ) u_meta (
    .clk_i,
    .rst_ni,
    .flush_i(1'b0),
    .valid_i(grant_i),
    .ready_o(meta_ready),
    .data_i({last, src_fixed, src_fixed && dst_fixed, addr[LaneBits-1:0]}),
    .valid_o(meta_valid),
    .ready_i(beat_i && beat_last_i),
    .data_o({meta_last, meta_fixed, meta_both, meta_lane}),
    .count_o(meta_count)
  );
  assign count_o = 9'(meta_count);

  // ---- Arrival -------------------------------------------------------------------------------------------------------
  logic               bad_q, halt_q, dec_q, beat, beat_bad, beat_dec, job_end, drop;
  logic [PtrBits-1:0]  bad_ptr_q, good_ptr;  // behind the last good word
  logic [LaneBits-1:0] bad_part_q, good_part, gathered;
  logic                gather_push;
  logic [DataWidth-1:0] gather_word;

  assign beat     = beat_i && meta_valid;
  assign beat_bad = (beat_resp_i != sgdma_pkg::RespOkay);
  assign beat_dec = (beat_resp_i == sgdma_pkg::RespDecErr);
  logic bus_push;
  assign bus_push = beat && (meta_fixed ? gather_push : (!bad_q && !beat_bad));
  assign push_o   = bus_push || recv_push_i;
  assign drop     = beat && !bus_push;

  assign push_data_o = recv_push_i ? recv_word_i : meta_fixed ? gather_word : beat_data_i;
  assign good_ptr    = wptr_i + PtrBits'(meta_fixed && (gathered != '0));
  assign good_part   = meta_fixed ? gathered : '0;

  sgdma_pack #(
    .DataWidth(DataWidth)
  ) u_pack (
    .clk_i,
    .rst_ni,
    .flush_i,
    .beat_i(beat && meta_fixed && !bad_q && !beat_bad),
    .bad_i(beat && meta_fixed && !bad_q && beat_bad),
    .last_i(beat_last_i && (meta_last || meta_both)),
    .lane_i(meta_lane),
    .element_i,
    .data_i(beat_data_i),
    .push_o(gather_push),
    .word_o(gather_word),
    .count_o(gathered)
  );
  assign job_end  = beat && beat_last_i && meta_last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      bad_q     <= 1'b0;
      halt_q    <= 1'b0;
      dec_q     <= 1'b0;
      bad_ptr_q <= '0;
      bad_part_q <= '0;
      stop_q    <= 1'b0;
    end else if (beat) begin
      if (job_end) begin
        bad_q <= 1'b0;
      end else if (beat_bad && !bad_q) begin
        bad_q     <= 1'b1;
        halt_q    <= !cont_i;
        dec_q     <= beat_dec;
        bad_ptr_q <= good_ptr;
        bad_part_q <= good_part;
      end
      if (beat_bad && !bad_q && !cont_i) stop_q <= 1'b1;  // this error will halt the channel: ask for nothing more
    end else if (recv_done_i && recv_bad_i && !cont_i) begin
      stop_q <= 1'b1;
    end
  end

  assign live_bad_o = bad_q;
  assign live_halt_o = halt_q;
  assign live_kind_o = {1'b0, dec_q};
  assign live_ptr_o = bad_ptr_q;
  assign live_part_o = bad_part_q;

  logic                      res_space;
  /* verilator lint_off UNUSEDSIGNAL */  // only the order of results matters
  logic [$clog2(Jobs+1)-1:0] res_count;
  /* verilator lint_on UNUSEDSIGNAL */
  sgdma_fifo #(
    .Width(5 + LaneBits + PtrBits),
    .Depth(Jobs)
  ) u_result (
    .clk_i,
    .rst_ni,
    .flush_i,
    .valid_i(job_end || recv_done_i),
    .ready_o(res_space),
    .data_i(recv_done_i ? {recv_bad_i || recv_short_i, recv_bad_i && !cont_i, 1'b1, recv_bad_i, recv_eop_i,
                           recv_part_i, wptr_i + PtrBits'(recv_push_i)} :
                          {bad_q || beat_bad, bad_q ? halt_q : !cont_i, 1'b0, bad_q ? dec_q : beat_dec, 1'b0,
                           bad_q ? bad_part_q : good_part, bad_q ? bad_ptr_q : good_ptr}),
    .valid_o(res_valid_o),
    .ready_i(res_ready_i),
    .data_o({res_bad_o, res_halt_o, res_kind_o, res_eop_o, res_part_o, res_ptr_o}),
    .count_o(res_count)
  );
  // ---- Space ---------------------------------------------------------------------------------------------------------
  // Known a cycle ahead for both cases, so that a grant only has to choose.
  logic [PtrBits-1:0] free_q, free_kept, free_used;
  assign free_kept = free_q + PtrBits'(pop_i) + PtrBits'(drop) - PtrBits'(recv_push_i);
  assign free_used = free_kept - PtrBits'(beats);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) begin
      free_q <= PtrBits'(BufferWords);
      room_q <= 1'b1;
      empty_q <= 1'b1;
      some_q <= 1'b1;
    end else begin
      free_q <= grant_i ? free_used : free_kept;
      room_q <= (grant_i ? free_used : free_kept) >= PtrBits'(MaxBurstBeats);
      some_q <= (free_kept != '0);  // asked only while no burst can be granted
      empty_q <= !grant_i && (free_kept == PtrBits'(BufferWords));
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(job_end && !res_space)) else $error("sgdma_read: more jobs in flight than results have room for");
      assert (!(grant_i && !req_valid_o)) else $error("sgdma_read: granted without a request");
    end
  end
`endif

endmodule
