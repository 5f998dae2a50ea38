// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "latency.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <stdexcept>

#include "bench_rig.h"

namespace tb {
namespace {

constexpr unsigned kWord = Dut::kDataBytes;

// The cycle of each event, the first or the last time it happened.
class Watch final : public Model {
 public:
  // Ports of data, and of descriptors and records: perhaps one.
  Watch(Simulation& sim, const AxiPins& axi, const AxiPins& control, const LitePins& lite)
      : sim_(sim), axi_(axi), control_(control), lite_(lite) {
    sim_.Add(*this);
  }
  ~Watch() override { sim_.Remove(*this); }

  using Time = std::optional<uint64_t>;
  Time doorbell;    // the later handshake of a register write's AW and W
  Time fetch;       // ARVALID of a descriptor
  Time descriptor;  // its last beat
  Time read;        // ARVALID of data
  Time data;        // the last R beat of data
  Time write_aw;    // AWVALID of data
  Time write_w;     // its WVALID
  Time answer;      // B of data
  Time record;      // AWVALID of the record

  void Sample() override {
    const auto first = [&](Time& time, bool happens) {
      if (happens && !time) time = sim_.now();
    };
    if (lite_.aw.Fires() || lite_.w.Fires()) doorbell = sim_.now();
    first(fetch, control_.ar.valid && (control_.ar.id & 1) == 1);
    first(descriptor, control_.r.Fires() && control_.r.last && (control_.r.id & 1) == 1);
    first(read, axi_.ar.valid && (axi_.ar.id & 1) == 0);
    first(data, axi_.r.Fires() && axi_.r.last && (axi_.r.id & 1) == 0);
    first(write_aw, axi_.aw.valid && (axi_.aw.id & 1) == 0);
    first(write_w, axi_.w.valid);
    first(answer, axi_.b.Fires() && (axi_.b.id & 1) == 0);
    first(record, control_.aw.valid && (control_.aw.id & 1) == 1);
  }
  void Drive() override {}

 private:
  Simulation& sim_;
  const AxiPins& axi_;
  const AxiPins& control_;
  const LitePins& lite_;
};

constexpr std::array<const char*, 5> kNames = {
    "tail write to descriptor ARVALID", "last beat of a descriptor to data ARVALID",
    "last R beat to AWVALID", "last R beat to WVALID", "last B to record AWVALID"};

// One descriptor of one burst.
std::array<uint64_t, 5> Once(uint32_t latency, unsigned src, unsigned dst, unsigned bytes) {
  MemoryPortConfig port;
  port.read_latency = port.write_latency = Latency::Fixed(latency);
  BenchRig rig(port, Surroundings::kWatch, 1 << 16);
  rig.Prepare({CopyOf(BenchRig::kSource + src, BenchRig::kDestination + dst,
                      static_cast<uint16_t>(bytes), kCpl)});
  rig.sim.Step(20);
  Watch watch(rig.sim, rig.dut.m_axi(), rig.dut.control(), rig.dut.s_axil());
  rig.RingDoorbell();
  if (!rig.sim.RunUntil([&] { return watch.record.has_value(); }, Cycles{5000}))
    throw std::runtime_error("a descriptor left no record");
  return {*watch.fetch - *watch.doorbell, *watch.read - *watch.descriptor,
          *watch.write_aw - *watch.data, *watch.write_w - *watch.data,
          *watch.record - *watch.answer};
}

// A long queue, all in memory before the doorbell: its first payload waits for one fetch of 4
// descriptors at most, behind the fetch's own AR.
LatencyRow MeasureFirstPayload(uint64_t step) {
  MemoryPortConfig port;
  port.read_latency = port.write_latency = Latency::Fixed(1);
  BenchRig rig(port, Surroundings::kWatch, 1 << 16);
  rig.Prepare(std::vector<Descriptor>(200, CopyOf(BenchRig::kSource, BenchRig::kDestination, 64)));
  rig.sim.Step(20);
  Watch watch(rig.sim, rig.dut.m_axi(), rig.dut.control(), rig.dut.s_axil());
  rig.RingDoorbell();
  if (!rig.sim.RunUntil([&] { return watch.read.has_value(); }, Cycles{5000}))
    throw std::runtime_error("a queue moves nothing");
  const uint64_t fetch = 4 * kEntryBytes / std::min(kWord, 4 * kEntryBytes);
  return {8 * kWord,
          Dut::kChannels,
          Dut::kSgPort,
          "fetch ARVALID to data ARVALID, first of a long queue",
          *watch.read - *watch.fetch,
          1 + fetch + step};
}

}  // namespace

std::vector<LatencyRow> MeasureLatencies() {
  const std::set<unsigned> offsets = {0, 1, 3, kWord / 2, kWord - 1};
  std::array<uint64_t, 5> worst{};
  for (const uint32_t latency : {1u, 7u}) {
    for (const unsigned src : offsets) {
      for (const unsigned dst : offsets) {
        for (const unsigned bytes : {1u, kWord, 5 * kWord}) {
          const auto cycles = Once(latency, src, dst, bytes);
          for (size_t i = 0; i < worst.size(); ++i) worst[i] = std::max(worst[i], cycles[i]);
        }
      }
    }
  }
  const uint64_t limit = kWord > 16 || Dut::kChannels > 4 ? 3 : 2;
  std::vector<LatencyRow> rows;
  for (size_t i = 0; i < worst.size(); ++i) {
    rows.push_back({8 * kWord, Dut::kChannels, Dut::kSgPort, kNames[i], worst[i], limit});
  }
  rows.push_back(MeasureFirstPayload(limit));
  return rows;
}

}  // namespace tb
