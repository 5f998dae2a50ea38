// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// One engine with one long ring a channel, for measurements: no driver, no software in the loop.
// All descriptors are in memory before the doorbell, so what is measured is the engine and its bus.

#ifndef SGDMA_TESTS_BENCH_BENCH_RIG_H_
#define SGDMA_TESTS_BENCH_BENCH_RIG_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "axi/bus_monitor.h"
#include "axi/lite_manager.h"
#include "axi/memory_port.h"
#include "axi/protocol_checker.h"
#include "dut/dut.h"
#include "hal/iommu_driver.h"
#include "iommu/bus_memory.h"
#include "iommu/iommu.h"
#include "mem/memory.h"
#include "mem/scoreboard.h"
#include "model/layout.h"
#include "sim/simulation.h"

namespace tb {

// What surrounds the engine.
enum class Surroundings : uint8_t {
  kPort,   // clock, bus port, memory
  kWatch,  // and the bus monitor
  kAll,    // and protocol checkers, scoreboard, IOMMU
};

// Passes clock cycles on to the engine and keeps what was on its input pins, so that the model
// alone can be run again.
class InputRecorder final : public Device {
 public:
  struct Frame {
    uint64_t r_data;
    uint32_t lite_address;
    uint32_t lite_data;
    uint8_t r_id, r_resp, b_id, b_resp;
    uint8_t ready;  // AR, AW, W
    uint8_t valid;  // R, R last, B, lite AW, W, AR, B ready, R ready
    uint8_t reset;
  };

  explicit InputRecorder(Dut& dut) : dut_(dut) {}
  void Record(bool on) { on_ = on; }
  const std::vector<Frame>& frames() const { return frames_; }

  void Cycle() override;
  void SetReset(bool asserted) override {
    reset_ = asserted;
    dut_.SetReset(asserted);
  }

  // Puts a frame on the pins of another model.
  static void Apply(const Frame& frame, Dut& dut);

 private:
  Dut& dut_;
  bool on_ = false;
  bool reset_ = false;
  std::vector<Frame> frames_;
};

class BenchRig {
 public:
  static constexpr uint64_t kRing = 0x1000'0000;
  static constexpr uint64_t kRecords = 0x2000'0000;
  static constexpr uint64_t kSource = 0x4000'0000;
  static constexpr uint64_t kDestination = 0x8000'0000;
  static constexpr uint64_t kTables = 0xC000'0000;
  static constexpr unsigned kRingLog2 = 16;

  BenchRig(const MemoryPortConfig& port, Surroundings around, uint64_t area_bytes);
  ~BenchRig();

  // Fills the ring of a channel from slot 0 (at most 65 535 descriptors) and starts it. Nothing
  // moves before RingDoorbell().
  void Prepare(const std::vector<Descriptor>& work, unsigned channel = 0);
  void RingDoorbell(unsigned channel = 0);
  void Start(const std::vector<Descriptor>& work, unsigned channel = 0) {
    Prepare(work, channel);
    RingDoorbell(channel);
  }

  // A register of a channel's page; a low half latches its high half.
  uint32_t ReadCounter(unsigned channel, uint32_t offset);

  // Bytes of data written so far, records left out.
  uint64_t payload() const;
  // At the port of descriptors and records, whichever it is.
  const BusMonitor& control() const { return Dut::kSgPort ? *sg_monitor : *monitor; }

  Dut dut;
  InputRecorder recorder;
  Simulation sim;
  Memory memory;
  Scoreboard board;
  BusMemory tables;
  std::unique_ptr<Iommu> iommu;
  std::unique_ptr<AxiMemoryPort> port;
  std::unique_ptr<AxiMemoryPort> sg_port;  // of descriptors and records, in a build that has it
  LiteManager registers;
  std::unique_ptr<ProtocolChecker> checker;
  std::unique_ptr<LiteChecker> lite_checker;
  std::unique_ptr<BusMonitor> monitor;
  std::unique_ptr<BusMonitor> sg_monitor;

 private:
  class Ticker;
  void StartIommu(uint64_t area_bytes);

  static constexpr uint64_t kRingBytes = 16ull << kRingLog2;
  static uint64_t RingOf(unsigned channel) { return kRing + channel * kRingBytes; }
  static uint64_t RecordsOf(unsigned channel) { return kRecords + channel * kRingBytes; }

  std::array<uint32_t, Dut::kChannels> tails_{};
  uint64_t next_table_ = kTables;
  std::unique_ptr<PhysicalMemory> cpu_;
  std::unique_ptr<IommuDriver> iommu_driver_;
  std::unique_ptr<Ticker> ticker_;
};

}  // namespace tb

#endif  // SGDMA_TESTS_BENCH_BENCH_RIG_H_
