// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Work made of rows: a COPY, a FILL, or a STRIDE with its transfer, each in memory of its own.
//
//   RowMaker make(bench);
//   const RowJob job = make.Pair({.rows = 3, .len = 40, .src_stride = 64, .dst_stride = -48});
//   EXPECT_EQ(ch.Run(job.ring), (std::vector<Record>{job.Ok(ch, 0)}));
//   EXPECT_EQ(make.Check(job), "");
//
// Each row is declared to the bench as a COPY (EngineBench::CopyAt), so every write beat is held
// against the byte that belongs there. The "source" of a FILL's row is an image of the pattern that
// nobody may read.

#ifndef SGDMA_TESTS_RTL_ENGINE_ROW_JOBS_H_
#define SGDMA_TESTS_RTL_ENGINE_ROW_JOBS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "recovery.h"
#include "support/engine_bench.h"

namespace tb {

struct RowJob {
  std::vector<Descriptor> ring;  // {transfer}, or {STRIDE, transfer}
  std::vector<Descriptor> rows;  // each as a COPY the bench knows
  std::vector<std::vector<uint8_t>> before;

  const Descriptor& transfer() const { return ring.back(); }
  uint32_t bytes() const { return static_cast<uint32_t>(rows.size()) * rows[0].len; }
  // Address of the byte at `offset` into the destination, rows counted one after the other.
  uint64_t Destination(uint32_t offset) const {
    return rows[offset / rows[0].len].dst + offset % rows[0].len;
  }
  // The record of its success, with the job's first descriptor in `slot`.
  Record Ok(const EngineChannel& ch, unsigned slot) const {
    return {.bytes = bytes(), .slot = static_cast<uint16_t>((slot + ring.size() - 1) % ch.slots())};
  }
};

inline std::vector<Descriptor> RingOf(const std::vector<RowJob>& jobs) {
  std::vector<Descriptor> all;
  for (const RowJob& job : jobs) all.insert(all.end(), job.ring.begin(), job.ring.end());
  return all;
}

inline std::vector<Record> OkRecords(const EngineChannel& ch, const std::vector<RowJob>& jobs,
                                     unsigned slot = 0) {
  std::vector<Record> records;
  for (const RowJob& job : jobs) {
    records.push_back(job.Ok(ch, slot));
    slot += static_cast<unsigned>(job.ring.size());
  }
  return records;
}

class RowMaker {
 public:
  struct Shape {
    unsigned rows = 1;
    unsigned len = 1;
    int64_t src_stride = 0;
    int64_t dst_stride = 0;
    unsigned src_offset = 0;  // of row 0, from a 64-byte line
    unsigned dst_offset = 0;
    uint16_t flags = kCpl;
  };

  explicit RowMaker(EngineBench& bench) : bench_(bench) {}

  RowJob Copy(const Shape& s) {
    return At({}, CopyOf(Source(s), Destination(s), static_cast<uint16_t>(s.len), s.flags));
  }
  RowJob Fill(uint32_t pattern, const Shape& s) {
    return At({}, FillOf(pattern, Destination(s), static_cast<uint16_t>(s.len), s.flags));
  }
  RowJob Pair(const Shape& s) {
    return At(Prefix(s), CopyOf(Source(s), Destination(s), static_cast<uint16_t>(s.len), s.flags));
  }
  RowJob FillPair(uint32_t pattern, const Shape& s) {
    return At(Prefix(s), FillOf(pattern, Destination(s), static_cast<uint16_t>(s.len), s.flags));
  }

  // A transfer at given addresses; with a STRIDE of `rows` rows when prefix.len is not 0. Rows must
  // not overlap in the destination.
  RowJob At(const Descriptor& prefix, const Descriptor& transfer, unsigned rows = 0) {
    RowJob job;
    if (prefix.len != 0) job.ring.push_back(prefix);
    job.ring.push_back(transfer);
    if (rows == 0) rows = std::max<unsigned>(1, prefix.len);
    const bool fill = transfer.opcode() == Opcode::kFill;
    const uint64_t image = fill ? NewImage(static_cast<uint32_t>(transfer.src), transfer.len) : 0;
    uint64_t src = transfer.src;
    uint64_t dst = transfer.dst;
    for (unsigned row = 0; row < rows; ++row) {
      if (!job.rows.empty() && Distance(dst, job.rows.back().dst) < transfer.len)
        throw std::logic_error("RowMaker: rows overlap in the destination");
      job.before.push_back(bench_.memory.Bytes(dst, transfer.len));
      job.rows.push_back(bench_.CopyAt(fill ? image : src, dst, transfer.len));
      src = (src + prefix.src) & kField;
      dst = (dst + prefix.dst) & kField;
    }
    if (fill) bench_.board.Declare("image of a pattern", image, transfer.len, Permission::kNone);
    return job;
  }

  // The first `proven` bytes, rows one after the other, are right; each byte behind is old or new.
  std::string Check(const RowJob& job, uint32_t proven = ~0u) {
    for (size_t row = 0; row < job.rows.size(); ++row) {
      const auto before = static_cast<uint32_t>(row) * job.rows[row].len;
      const std::string wrong =
          bench_.CheckCopy(job.rows[row], proven > before ? proven - before : 0);
      if (!wrong.empty()) return "row " + std::to_string(row) + ": " + wrong;
    }
    return {};
  }
  // No byte behind the first `offset` was written.
  bool UntouchedFrom(const RowJob& job, uint32_t offset = 0) {
    for (size_t row = 0; row < job.rows.size(); ++row) {
      const std::vector<uint8_t> now = bench_.memory.Bytes(job.rows[row].dst, job.rows[row].len);
      for (size_t i = 0; i < now.size(); ++i) {
        if (row * now.size() + i >= offset && now[i] != job.before[row][i]) return false;
      }
    }
    return true;
  }

  // Takes the channel out of HALTED, as Recover() does for COPYs: `jobs` begins with the failed
  // one, repaired in memory where it was wrong.
  void RecoverJobs(EngineChannel& ch, Recovery recovery, const std::vector<RowJob>& jobs) {
    const bool from_ring = recovery == Recovery::kRetry || recovery == Recovery::kSkip;
    unsigned slot = from_ring ? ch.HeadRegister() : 0;
    Leave(ch, recovery);
    ASSERT_FALSE(ch.TakeRefused());
    ASSERT_EQ(ch.state(), State::kRun);

    const std::vector<RowJob> left(jobs.begin() + (recovery == Recovery::kSkip ? 1 : 0),
                                   jobs.end());
    if (recovery == Recovery::kSkip) slot += static_cast<unsigned>(jobs[0].ring.size());
    std::vector<Record> expected = OkRecords(ch, left, slot);
    EXPECT_EQ(ch.Run(from_ring ? std::vector<Descriptor>{} : RingOf(jobs)), expected);
    for (const RowJob& job : left) EXPECT_EQ(Check(job), "");

    // The next job is exact too.
    slot += static_cast<unsigned>(RingOf(left).size());
    const RowJob next = Copy({.len = 77, .src_offset = 5, .dst_offset = 2});
    EXPECT_EQ(ch.Run(next.ring), (std::vector<Record>{next.Ok(ch, slot)}));
    EXPECT_EQ(Check(next), "");
  }

 private:
  static constexpr uint64_t kField = (uint64_t{1} << 48) - 1;
  static constexpr uint64_t kLine = 64;
  // The upper halves of the bench's areas: NewCopy() takes from the lower ones.
  static constexpr uint64_t kUpper = kAreaBytes / 2;

  static uint64_t Distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }
  static Descriptor Prefix(const Shape& s) {
    return StrideOf(static_cast<uint16_t>(s.rows), s.src_stride, s.dst_stride);
  }

  // Room for all rows between lines nobody may touch; where row 0 begins.
  static uint64_t Place(uint64_t& next, const Shape& s, int64_t stride, unsigned offset) {
    const int64_t reach = stride * static_cast<int64_t>(s.rows - 1);
    const auto below = static_cast<uint64_t>(reach < 0 ? -reach : 0);
    const auto above = static_cast<uint64_t>(reach > 0 ? reach : 0);
    const uint64_t first = next + kLine + (below + kLine - 1) / kLine * kLine + offset;
    next = (first + above + s.len + 2 * kLine) / kLine * kLine;
    return first;
  }
  uint64_t Source(const Shape& s) { return Place(next_source_, s, s.src_stride, s.src_offset); }
  uint64_t Destination(const Shape& s) {
    return Place(next_destination_, s, s.dst_stride, s.dst_offset);
  }

  uint64_t NewImage(uint32_t pattern, unsigned len) {
    const uint64_t image = Place(next_source_, {.len = len}, 0, 0);
    std::vector<uint8_t> bytes(len);
    for (unsigned i = 0; i < len; ++i) bytes[i] = static_cast<uint8_t>(pattern >> (i % 4 * 8));
    bench_.memory.Write(image, bytes);
    return image;
  }

  static void Leave(EngineChannel& ch, Recovery recovery) {
    switch (recovery) {
      case Recovery::kRetry:
        ch.Give(Command::kRetry);
        break;
      case Recovery::kSkip:
        ch.Give(Command::kSkip);
        break;
      case Recovery::kAbortAndStart:
        ch.Give(Command::kAbort);
        ch.Restart();
        break;
      case Recovery::kReset:
        ch.Reset();
        ch.Start(4, 4);
        break;
    }
  }

  EngineBench& bench_;
  uint64_t next_source_ = kSourceArea + kUpper;
  uint64_t next_destination_ = kDestinationArea + kUpper;
};

// A channel that must go on behind errors: chosen, and permitted by the global page.
inline void ChooseContinue(EngineChannel& ch) {
  ch.WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
  ch.Write(SGDMA_CH_POLICY, 1);
}

// Ports that let much and little be in flight when something happens.
inline MemoryPortConfig SomePort(unsigned which, uint64_t seed = 5) {
  if (which == 0) return IdealPort(1);
  return which == 1 ? IdealPort(40) : StallingPort(seed + 1);
}

// Offsets in a transfer of `len` bytes to `dst` at which its write bursts begin: full bus words up
// to the burst length or 4 KiB.
inline std::vector<uint32_t> WriteBurstOffsets(uint64_t dst, uint32_t len) {
  constexpr uint64_t kBus = Dut::kDataBytes;
  std::vector<uint32_t> offsets;
  for (uint32_t done = 0; done < len;) {
    offsets.push_back(done);
    const uint64_t to = dst + done;
    const uint64_t burst_end = to / kBus * kBus + 16 * kBus;
    const uint64_t page_end = (to / 4096 + 1) * 4096;
    done = static_cast<uint32_t>(std::min(burst_end, page_end) - dst);
  }
  return offsets;
}

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_ROW_JOBS_H_
