// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Counts what happens on one AXI4 port: always on, a few additions a cycle, no allocation while
// running.
//
//   BusMonitor monitor(sim, dut.m_axi());
//   monitor.StartWindow();  ...  monitor.StopWindow();
//   monitor.window().read_utilisation();

#ifndef SGDMA_TB_AXI_BUS_MONITOR_H_
#define SGDMA_TB_AXI_BUS_MONITOR_H_

#include <array>
#include <cstdint>
#include <string>

#include "axi/pins.h"
#include "sim/simulation.h"

namespace tb {

// Latencies in cycles, exact up to 63, then four buckets for each doubling.
class LatencyHistogram {
 public:
  static constexpr unsigned kBuckets = 64 + 4 * 26;

  void Add(uint64_t cycles) {
    ++buckets_[Bucket(cycles)];
    ++count_;
    sum_ += cycles;
    if (cycles < least_) least_ = cycles;
    if (cycles > most_) most_ = cycles;
  }

  uint64_t count() const { return count_; }
  uint64_t least() const { return count_ == 0 ? 0 : least_; }
  uint64_t most() const { return most_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  // Smallest bucket bound that at least `share` (0..1) of the samples do not exceed.
  uint64_t Percentile(double share) const;
  uint64_t bucket(unsigned index) const { return buckets_[index]; }
  // Largest latency that falls into bucket `index`.
  static uint64_t BucketBound(unsigned index);

 private:
  static unsigned Bucket(uint64_t cycles);

  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t least_ = ~uint64_t{0};
  uint64_t most_ = 0;
};

struct ChannelCounts {
  uint64_t busy = 0;   // cycles with VALID
  uint64_t beats = 0;  // handshakes
  uint64_t stalls() const { return busy - beats; }
};

struct BusCounts {
  uint64_t cycles = 0;
  std::array<ChannelCounts, kAxiChannels> channels{};
  uint64_t written_bytes = 0;  // strobed

  const ChannelCounts& operator[](AxiChannel c) const { return channels[static_cast<unsigned>(c)]; }
  uint64_t read_bursts() const { return (*this)[AxiChannel::kAr].beats; }
  uint64_t write_bursts() const { return (*this)[AxiChannel::kAw].beats; }
  // Beats per cycle of R and W, 0..1.
  double read_utilisation() const { return Share((*this)[AxiChannel::kR].beats); }
  double write_utilisation() const { return Share((*this)[AxiChannel::kW].beats); }

 private:
  double Share(uint64_t beats) const {
    return cycles == 0 ? 0 : static_cast<double>(beats) / static_cast<double>(cycles);
  }
};

struct IdCounts {
  uint64_t read_bursts = 0;
  uint64_t write_bursts = 0;
  uint64_t read_beats = 0;
  uint32_t open_reads = 0;  // now
  uint32_t open_writes = 0;
  uint32_t most_open_reads = 0;
  uint32_t most_open_writes = 0;
};

class BusMonitor final : public Model {
 public:
  BusMonitor(Simulation& sim, const AxiPins& pins);
  ~BusMonitor() override;

  // From construction, or the last Clear().
  const BusCounts& total() const { return total_; }
  const IdCounts& id(unsigned id) const { return ids_[id]; }
  uint32_t most_open_reads() const { return most_open_reads_; }
  uint32_t most_open_writes() const { return most_open_writes_; }
  uint32_t open_reads() const { return open_reads_; }
  uint32_t open_writes() const { return open_writes_; }

  // AR handshake to first R beat, AR to last R beat, AW handshake to B.
  const LatencyHistogram& read_first() const { return read_first_; }
  const LatencyHistogram& read_last() const { return read_last_; }
  const LatencyHistogram& write() const { return write_; }

  // A measured stretch of cycles; window() is up to now while it is open.
  void StartWindow();
  void StopWindow();
  BusCounts window() const;

  void Clear();

  void Sample() override;
  void Drive() override {}
  void Reset() override;
  void DescribeWaits(std::string* out) const override;

 private:
  // Start cycles of the open bursts of one id, oldest first. Answers of an id come in order.
  struct Times {
    static constexpr uint32_t kDepth =
        1024;  // more open bursts than this are counted without a latency
    std::array<uint32_t, kDepth> at;
    uint32_t head = 0;
    uint32_t count = 0;
    bool known = true;  // false from an overflow until the id has been idle
    void Push(uint32_t cycle) {
      if (count < kDepth) {
        at[(head + count) % kDepth] = cycle;
      } else {
        known = false;
      }
      ++count;
    }
    void Pop() {
      head = (head + 1) % kDepth;
      if (--count == 0) known = true;
    }
    void Clear() {
      head = count = 0;
      known = true;
    }
  };
  struct Open {
    Times reads;
    Times writes;
    bool in_burst = false;  // first R beat seen
  };

  void OnAr();
  void OnAw();
  void OnR();
  void OnB();

  Simulation& sim_;
  const AxiPins& pins_;
  BusCounts total_;
  BusCounts window_start_;
  BusCounts window_end_;
  bool window_open_ = false;
  std::array<IdCounts, kMaxAxiIds> ids_{};
  std::array<Open, kMaxAxiIds> open_{};
  uint32_t open_reads_ = 0;
  uint32_t open_writes_ = 0;
  uint32_t most_open_reads_ = 0;
  uint32_t most_open_writes_ = 0;
  LatencyHistogram read_first_;
  LatencyHistogram read_last_;
  LatencyHistogram write_;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_BUS_MONITOR_H_
