// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "axi/bus_monitor.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tb {

// ---- LatencyHistogram: 0..63 exactly, then 4 buckets per power of two ----

unsigned LatencyHistogram::Bucket(uint64_t cycles) {
  if (cycles < 64) return static_cast<unsigned>(cycles);
  const unsigned log2 = static_cast<unsigned>(std::bit_width(cycles)) - 1;  // 6..
  const unsigned quarter = static_cast<unsigned>(cycles >> (log2 - 2)) & 3;
  return std::min(64 + (log2 - 6) * 4 + quarter, kBuckets - 1);
}

uint64_t LatencyHistogram::BucketBound(unsigned index) {
  if (index < 64) return index;
  const unsigned log2 = (index - 64) / 4 + 6;
  const uint64_t quarter = (index - 64) % 4 + 1;
  return (uint64_t{1} << log2) + (quarter << (log2 - 2)) - 1;
}

uint64_t LatencyHistogram::Percentile(double share) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (unsigned i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0) return std::min(BucketBound(i), most_);
  }
  return most_;
}

// ---- BusMonitor ----

BusMonitor::BusMonitor(Simulation& sim, const AxiPins& pins) : sim_(sim), pins_(pins) {
  sim_.Add(*this);
}

BusMonitor::~BusMonitor() { sim_.Remove(*this); }

void BusMonitor::Reset() {
  for (Open& open : open_) {
    open.reads.Clear();
    open.writes.Clear();
    open.in_burst = false;
  }
  for (IdCounts& id : ids_) id.open_reads = id.open_writes = 0;
  open_reads_ = open_writes_ = 0;
}

void BusMonitor::Sample() {
  const bool ar = pins_.ar.Fires();
  const bool r = pins_.r.Fires();
  const bool aw = pins_.aw.Fires();
  const bool w = pins_.w.Fires();
  const bool b = pins_.b.Fires();
  ++total_.cycles;
  auto& channels = total_.channels;
  channels[0].busy += pins_.ar.valid;
  channels[1].busy += pins_.r.valid;
  channels[2].busy += pins_.aw.valid;
  channels[3].busy += pins_.w.valid;
  channels[4].busy += pins_.b.valid;
  channels[0].beats += ar;
  channels[1].beats += r;
  channels[2].beats += aw;
  channels[3].beats += w;
  channels[4].beats += b;
  if (w) total_.written_bytes += static_cast<uint64_t>(std::popcount(pins_.w.strb));
  if (ar) OnAr();
  if (r) OnR();
  if (aw) OnAw();
  if (b) OnB();
}

void BusMonitor::OnAr() {
  const unsigned index = pins_.ar.id % kMaxAxiIds;
  IdCounts& id = ids_[index];
  open_[index].reads.Push(static_cast<uint32_t>(sim_.now()));
  ++id.read_bursts;
  id.most_open_reads = std::max(id.most_open_reads, ++id.open_reads);
  most_open_reads_ = std::max(most_open_reads_, ++open_reads_);
}

void BusMonitor::OnAw() {
  const unsigned index = pins_.aw.id % kMaxAxiIds;
  IdCounts& id = ids_[index];
  open_[index].writes.Push(static_cast<uint32_t>(sim_.now()));
  ++id.write_bursts;
  id.most_open_writes = std::max(id.most_open_writes, ++id.open_writes);
  most_open_writes_ = std::max(most_open_writes_, ++open_writes_);
}

void BusMonitor::OnR() {
  const unsigned index = pins_.r.id % kMaxAxiIds;
  IdCounts& id = ids_[index];
  Open& open = open_[index];
  ++id.read_beats;
  if (id.open_reads == 0) return;  // not asked for; the checker says so
  const uint32_t began = open.reads.at[open.reads.head];
  const bool known = open.reads.known;
  const uint32_t took = static_cast<uint32_t>(sim_.now()) - began;
  if (!open.in_burst && known) read_first_.Add(took);
  open.in_burst = pins_.r.last == 0;
  if (pins_.r.last == 0) return;
  if (known) read_last_.Add(took);
  open.reads.Pop();
  --id.open_reads;
  --open_reads_;
}

void BusMonitor::OnB() {
  const unsigned index = pins_.b.id % kMaxAxiIds;
  IdCounts& id = ids_[index];
  if (id.open_writes == 0) return;
  Times& writes = open_[index].writes;
  if (writes.known) write_.Add(static_cast<uint32_t>(sim_.now()) - writes.at[writes.head]);
  writes.Pop();
  --id.open_writes;
  --open_writes_;
}

void BusMonitor::StartWindow() {
  window_start_ = total_;
  window_open_ = true;
}

void BusMonitor::StopWindow() {
  window_end_ = total_;
  window_open_ = false;
}

BusCounts BusMonitor::window() const {
  BusCounts counts = window_open_ ? total_ : window_end_;
  counts.cycles -= window_start_.cycles;
  counts.written_bytes -= window_start_.written_bytes;
  for (unsigned i = 0; i < kAxiChannels; ++i) {
    counts.channels[i].busy -= window_start_.channels[i].busy;
    counts.channels[i].beats -= window_start_.channels[i].beats;
  }
  return counts;
}

// Counts restart; what is open stays open.
void BusMonitor::Clear() {
  total_ = window_start_ = window_end_ = BusCounts{};
  window_open_ = false;
  read_first_ = read_last_ = write_ = LatencyHistogram{};
  for (IdCounts& id : ids_) {
    const IdCounts old = id;
    id = IdCounts{.open_reads = old.open_reads,
                  .open_writes = old.open_writes,
                  .most_open_reads = old.open_reads,
                  .most_open_writes = old.open_writes};
  }
  most_open_reads_ = open_reads_;
  most_open_writes_ = open_writes_;
}

void BusMonitor::DescribeWaits(std::string* out) const {
  const auto channel = [&](const char* name, unsigned valid, unsigned ready) {
    const char* state = valid == 0   ? (ready == 0 ? "idle" : "idle, READY is high")
                        : ready == 0 ? "VALID waits for READY"
                                     : "moving";
    *out += std::string("  ") + name + ": " + state + "\n";
  };
  channel("AR", pins_.ar.valid, pins_.ar.ready);
  channel("R ", pins_.r.valid, pins_.r.ready);
  channel("AW", pins_.aw.valid, pins_.aw.ready);
  channel("W ", pins_.w.valid, pins_.w.ready);
  channel("B ", pins_.b.valid, pins_.b.ready);
  for (unsigned i = 0; i < kMaxAxiIds; ++i) {
    const IdCounts& id = ids_[i];
    if (id.open_reads == 0 && id.open_writes == 0) continue;
    *out += "  id " + std::to_string(i) + " (channel " + std::to_string(i >> 1) +
            ((i & 1) != 0 ? " control): " : " data): ") + std::to_string(id.open_reads) +
            " reads and " + std::to_string(id.open_writes) + " writes open\n";
  }
}

}  // namespace tb
