// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "utilisation.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench_rig.h"
#include "sgdma/sgdma_regs.h"
#include "sim/random.h"

namespace tb {
namespace {

constexpr uint64_t kArea = 32 << 20;
constexpr uint32_t kWord = Dut::kDataBytes;

uint32_t Words(uint32_t offset, uint32_t bytes) {
  return (offset % kWord + bytes + kWord - 1) / kWord;
}

// The read channel carries the source words and the descriptor; the write channel the destination
// words and, with records, the record. With a port of their own descriptors and records take no
// share of that, but must pass there.
double Limit(const UtilisationRow& row) {
  const double n = row.fragment;
  const double read = kWord * Words(row.aligned ? 0 : 3, row.fragment);
  const double write = kWord * Words(row.aligned ? 0 : 5, row.fragment);
  const double record = row.records ? std::max(16.0, 1.0 * kWord) : 0.0;
  if (row.sg_port) return n / std::max({read, write, 16.0, record});
  return n / std::max(read + 16.0, write + record);
}

// A descriptor is tracked from its first read to its last B, so for two latencies and a few cycles;
// with more in flight than a tracker may hold no engine of this kind reaches the limit.
bool TrackerSuffices(const UtilisationRow& row) {
  constexpr double kMostTracked = 256;  // the largest there is
  const double cycles = row.fragment / (kWord * row.limit);
  return (2.0 * row.latency + 10) / cycles <= kMostTracked;
}

// Fragments scattered over pages, each inside one.
std::vector<Descriptor> Work(const UtilisationRow& row, uint64_t count, uint64_t seed) {
  Random random(seed);
  const uint64_t pages = kArea / 8192;
  const uint32_t step = (row.fragment + 127) / 64 * 64;
  const uint32_t places = std::max(1u, 4096 / step);
  std::vector<Descriptor> work;
  for (uint64_t i = 0; i < count; ++i) {
    const auto place = [&] { return random.Below(pages) * 8192 + random.Below(places) * step; };
    const uint16_t flags = row.records ? kCpl : 0;
    work.push_back(CopyOf(BenchRig::kSource + place() + (row.aligned ? 0 : 3),
                          BenchRig::kDestination + place() + (row.aligned ? 0 : 5),
                          static_cast<uint16_t>(row.fragment), flags));
  }
  return work;
}

// The engine's own counters against the bus: "" or what differs.
std::string Compare(BenchRig& rig, unsigned channels, uint64_t descriptors) {
  if ((rig.registers.Read(SGDMA_GLB_CAP3) & SGDMA_GLB_CAP3_COUNTERS_MASK) == 0) return {};
  uint64_t bytes = 0;
  for (unsigned c = 0; c < channels; ++c) {
    bytes += rig.ReadCounter(c, SGDMA_CH_CNT_BYTES_LO);
    bytes += uint64_t{rig.ReadCounter(c, SGDMA_CH_CNT_BYTES_HI)} << 32;
    const uint32_t counted = rig.ReadCounter(c, SGDMA_CH_CNT_DESCS);
    if (counted != descriptors)
      return fmt::format("CNT_DESCS is {}, submitted were {}", counted, descriptors);
  }
  if (bytes == rig.payload()) return {};
  return fmt::format("CNT_BYTES is {}, on the bus were {}", bytes, rig.payload());
}

void Measure(UtilisationRow* row, bool quick) {
  MemoryPortConfig port;
  port.read_latency = port.write_latency = Latency::Fixed(row->latency);
  BenchRig rig(port, Surroundings::kWatch, kArea);
  const uint64_t most = quick ? 3'000 : 12'000;
  const uint64_t count =
      std::clamp<uint64_t>((quick ? 400'000 : 1'600'000) / row->fragment, 600, most);
  const uint64_t total = count * row->fragment * row->channels;
  for (unsigned c = 0; c < row->channels; ++c) rig.Prepare(Work(*row, count, 7 + c), c);
  for (unsigned c = 0; c < row->channels; ++c) rig.RingDoorbell(c);
  const Cycles limit{100'000'000};
  rig.sim.RunUntil([&] { return rig.payload() >= total / 4; }, limit);
  const uint64_t cycle = rig.sim.now();
  const uint64_t bytes = rig.payload();
  rig.sim.RunUntil([&] { return rig.payload() >= total / 4 * 3; }, limit);
  row->measured = static_cast<double>(rig.payload() - bytes) /
                  static_cast<double>(rig.sim.now() - cycle) / kWord;
  rig.sim.RunUntil([&] { return rig.payload() >= total; }, limit);
  rig.sim.Step(4 * row->latency + 200);  // the last answers
  row->violation = Compare(rig, row->channels, count);
  if (!rig.sim.violations().empty()) row->violation = rig.sim.violations().list().front().text;
}

}  // namespace

std::vector<UtilisationRow> MeasureUtilisation(
    bool quick, const std::function<void(const UtilisationRow&)>& done) {
  std::vector<UtilisationRow> rows;
  // One busy channel in the builds of the bus widths; several where there are several.
  const bool many = Dut::kChannels > 2;
  for (unsigned channels = many ? 2 : 1; channels <= Dut::kChannels; channels *= 2) {
    for (const bool records : {false, true}) {
      for (const bool aligned : {true, false}) {
        if (channels > 1 && aligned == records) continue;  // the easiest and the hardest
        for (const uint32_t fragment : {8u, 16u, 64u, 256u, 1024u, 4096u}) {
          for (const uint32_t latency : {1u, 26u, 200u}) {
            UtilisationRow row;
            row.data_bits = 8 * kWord;
            row.channels = channels;
            row.built = Dut::kChannels;
            row.sg_port = Dut::kSgPort;
            row.fragment = fragment;
            row.latency = latency;
            row.aligned = aligned;
            row.records = records;
            row.limit = Limit(row);
            row.promised = (fragment >= 64 || latency <= 26) && TrackerSuffices(row);
            Measure(&row, quick);
            done(row);
            rows.push_back(row);
          }
        }
      }
    }
  }
  return rows;
}

// NOPs: fetched and decoded, nothing else. What the bus can bring is the other limit.
DecodeRow MeasureDecode() {
  constexpr uint64_t kCount = 8'000;
  MemoryPortConfig port;
  port.read_latency = port.write_latency = Latency::Fixed(1);
  BenchRig rig(port, Surroundings::kWatch, 4096);
  rig.Start(std::vector<Descriptor>(kCount, Nop()));
  const auto taken = [&] { return rig.control().id(1).read_beats * kWord / kEntryBytes; };
  const Cycles limit{1'000'000};
  rig.sim.RunUntil([&] { return taken() >= kCount / 4; }, limit);
  const uint64_t cycle = rig.sim.now();
  const uint64_t before = taken();
  rig.sim.RunUntil([&] { return taken() >= kCount / 4 * 3; }, limit);
  DecodeRow row;
  row.data_bits = 8 * kWord;
  row.built = Dut::kChannels;
  row.measured = static_cast<double>(taken() - before) / static_cast<double>(rig.sim.now() - cycle);
  row.sg_port = Dut::kSgPort;
  row.limit = std::min(1.0, kWord / 16.0);
  return row;
}

}  // namespace tb
