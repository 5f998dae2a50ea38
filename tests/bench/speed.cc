// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "speed.h"

#include <time.h>

#include <algorithm>
#include <stdexcept>

#include "bench_rig.h"
#include "sim/random.h"

namespace tb {
namespace {

constexpr uint64_t kArea = 1 << 20;  // 256 pages a side: more than the IOTLB holds

double ProcessSeconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::vector<Descriptor> Work() {
  Random random(11);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 65'000; ++i) {
    const uint32_t bytes = 64 + static_cast<uint32_t>(random.Below(960));
    const auto place = [&] { return random.Below(kArea - 1024); };
    work.push_back(CopyOf(BenchRig::kSource + place(), BenchRig::kDestination + place(),
                          static_cast<uint16_t>(bytes), i % 8 == 7 ? kCpl : 0));
  }
  return work;
}

MemoryPortConfig Port() {
  MemoryPortConfig port;
  port.read_latency = port.write_latency = Latency::Fixed(26);
  return port;
}

// What the model put on its write port, to see that a replay is the same run.
uint64_t Fold(uint64_t sum, const AxiPins& m) {
  return (sum ^ (m.w.data[0] + m.w.valid + (m.aw.addr << 1) + (m.ar.addr << 2))) *
         0x9E37'79B9'7F4A'7C15;
}

double Run(Surroundings around, uint64_t cycles) {
  BenchRig rig(Port(), around, kArea);
  rig.recorder.Record(false);
  rig.Start(Work());
  const double begin = ProcessSeconds();
  rig.sim.Step(cycles);
  const double seconds = ProcessSeconds() - begin;
  if (!rig.sim.violations().empty())
    throw std::runtime_error(rig.sim.violations().list().front().text);
  return static_cast<double>(cycles) / seconds;
}

struct Recording {
  std::vector<InputRecorder::Frame> frames;
  uint64_t sum = 0;
};

Recording RecordRun(uint64_t cycles) {
  BenchRig rig(Port(), Surroundings::kPort, kArea);
  rig.Start(Work());
  rig.sim.Step(cycles);
  Recording recording{rig.recorder.frames(), Fold(0, rig.dut.m_axi())};
  return recording;
}

double Replay(const Recording& recording) {
  Dut dut;
  const double begin = ProcessSeconds();
  for (const InputRecorder::Frame& frame : recording.frames) {
    InputRecorder::Apply(frame, dut);
    dut.Cycle();
  }
  const double seconds = ProcessSeconds() - begin;
  if (Fold(0, dut.m_axi()) != recording.sum)
    throw std::runtime_error("the model alone did not repeat the recorded run");
  return static_cast<double>(recording.frames.size()) / seconds;
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

std::vector<SpeedRow> MeasureSpeed(uint64_t cycles, unsigned turns) {
  const Recording recording = RecordRun(cycles);
  std::vector<double> alone, port, watch, all;
  for (unsigned i = 0; i < turns; ++i) {
    alone.push_back(Replay(recording));
    port.push_back(Run(Surroundings::kPort, cycles));
    watch.push_back(Run(Surroundings::kWatch, cycles));
    all.push_back(Run(Surroundings::kAll, cycles));
  }
  const double base = Median(alone);
  const auto row = [base](std::string what, const std::vector<double>& values) {
    return SpeedRow{std::move(what), Median(values), Median(values) / base};
  };
  return {row("model alone, inputs replayed", alone), row("harness: clock, bus port, memory", port),
          row("harness with bus monitor", watch),
          row("harness with monitor, checkers, scoreboard, IOMMU", all)};
}

}  // namespace tb
