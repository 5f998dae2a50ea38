// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A whole machine around one engine: clock, bus, checkers, translator, memory, and the driver's
// platform on it.
//
//   Dut dut;
//   Platform platform(PinsOf(dut), {.seed = 7});
//   platform.Start();                                   // reset, IOMMU, probe
//   HostChannel& channel = platform.Open(0);
//   sgdma_prep_memcpy(channel.chan(), ...);
//
//   driver ─► CosimHal ─► LiteManager ─► engine ─► AxiMemoryPort ─► BurstBook ──► [Iommu ─►] ...
//                 └────── DmaMemory ─► IommuDriver    ... MessageCatcher ─► Scoreboard ──► Memory
//
// Peripherals (AddFifo) stand between MessageCatcher and Scoreboard. What sends packets to a
// channel and what takes those it sends (source, sink) stand at the engine's stream ports.
//
// A channel that is opened with `messages` has no line: its messages go to a page of the interrupt
// controller, through the IOMMU under a device id of their own, and each enters the handler once.
//
// Two platforms may live in one process. Members are public parts of the laboratory: a test may
// turn any screw.

#ifndef SGDMA_TB_HAL_PLATFORM_H_
#define SGDMA_TB_HAL_PLATFORM_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "axi/bus_monitor.h"
#include "axi/fifo_peripheral.h"
#include "axi/lite_manager.h"
#include "axi/memory_port.h"
#include "axi/message_catcher.h"
#include "axi/protocol_checker.h"
#include "axi/stream.h"
#include "hal/burst_book.h"
#include "hal/bus_front.h"
#include "hal/cosim_hal.h"
#include "hal/dma_memory.h"
#include "hal/frame_pool.h"
#include "hal/host_channel.h"
#include "hal/iommu_driver.h"
#include "hal/register_watch.h"
#include "hal/submit_check.h"
#include "iommu/bus_memory.h"
#include "iommu/iommu.h"
#include "mem/memory.h"
#include "mem/scoreboard.h"
#include "sgdma/sgdma.h"
#include "sim/simulation.h"

namespace tb {

// The engine as the platform sees it. The object it was made from must outlive the platform.
struct EnginePins {
  Device& device;
  AxiPins& m_axi;
  LitePins& s_axil;
  std::function<uint32_t()> irq;  // bit c: level of channel c
  unsigned channels;
  DemandPins* demand = nullptr;  // null: peripherals can not ask
  // Of each channel. Empty: no stream ports.
  std::vector<StreamPins*> m_axis = {};
  std::vector<StreamPins*> s_axis = {};
};

template <typename Engine>
EnginePins PinsOf(Engine& engine) {
  EnginePins pins{engine, engine.m_axi(), engine.s_axil(), [&engine] { return engine.irq(); },
                  Engine::kChannels};
  if constexpr (requires { engine.demand(); }) pins.demand = &engine.demand();
  if constexpr (requires { engine.m_axis(0); }) {
    for (unsigned c = 0; c < Engine::kChannels; ++c) {
      pins.m_axis.push_back(&engine.m_axis(c));
      pins.s_axis.push_back(&engine.s_axis(c));
    }
  }
  return pins;
}

struct PlatformConfig {
  // Everything random comes from it; the seeds in the parts below are overwritten.
  uint64_t seed = 1;
  MemoryPortConfig port = {};
  LiteConfig registers = {};
  bool iommu = true;
  IommuConfig translator = {};
  IommuDriverConfig iommu_driver = {};
  PageTableMode page_tables = PageTableMode::kSv39;
  CosimHalConfig hal = {};
  uint64_t ram_base = 0x8000'0000;
  uint64_t ram_bytes = 64 << 20;
  uint32_t driver_timeout_us = 0;  // 0: the driver's default
  uint32_t first_device_id =
      0x1A05;  // channel c is the device first_device_id + c, in a context of its own
  Cycles watchdog{20'000};
  uint32_t first_message_id = 0x1A85;  // channel c sends its messages as first_message_id + c
  bool check_submits = true;           // see hal/submit_check.h
  std::string waves = {};  // file (.vcd, .fst) for these cycles, reset included; "": none
  Cycles waves_from{0};
  Cycles waves_to = Cycles::Forever();
};

class Platform {
 public:
  // Pages of the interrupt controller, one a channel; messages go to the first word.
  static constexpr uint64_t kMessagePages = 0x2400'0000;
  // Pages of peripherals, each with the register of a FIFO in its first bytes.
  static constexpr uint64_t kFifoPages = 0x2500'0000;

  Platform(const EnginePins& engine, const PlatformConfig& config = {});
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  // Resets the engine, brings the IOMMU up with one domain a channel, probes. Throws
  // std::runtime_error with a sentence when one of them fails.
  void Start();
  // Its pieces, for tests that need something in between.
  void StartIommu();
  sgdma_result_t Probe() { return sgdma_probe(&dev, hal.table(), config.driver_timeout_us); }

  HostChannel& Open(unsigned number, HostChannelConfig channel = {});
  // nullptr when it is not open.
  HostChannel* channel(unsigned number);

  uint32_t device_id(unsigned channel) const { return config.first_device_id + channel; }
  uint32_t message_id(unsigned channel) const { return config.first_message_id + channel; }
  // The bus address of the channel's messages; 0 when it has none.
  uint64_t message_iova(unsigned channel) const { return message_iovas_[channel]; }
  // Takes the page of the messages away from the channel, and gives it back.
  void RefuseMessages(unsigned channel, bool refuse);
  // Buffers mapped from now on are for this channel.
  void UseChannel(unsigned number) { hal.UseContext(device_id(number)); }

  // Maps, unmaps and passes buffers in the context of a channel; throws with the driver's sentence.
  sgdma_mapping_t Map(unsigned channel, const std::string& name, void* cpu, size_t bytes,
                      sgdma_direction_t direction);
  void Unmap(sgdma_mapping_t* m);
  void SyncForCpu(const sgdma_mapping_t& m, size_t offset, size_t bytes);
  void SyncForDevice(const sgdma_mapping_t& m, size_t offset, size_t bytes);

  // Puts a peripheral with a FIFO into the machine, for config.channel: DRQ and DACK are that
  // channel's, and its register is mapped into the channel's context. config.address is chosen
  // here. Not while a burst is open.
  struct Fifo {
    FifoPeripheral& device;
    uint64_t iova;
  };
  Fifo AddFifo(FifoPeripheral::Kind kind, FifoConfig fifo);

  // What takes the packets a channel sends, and what brings those it receives: there, and ready,
  // when first asked for; before, TREADY and TVALID are low. Throw std::logic_error when the engine
  // has no stream ports.
  StreamSink& sink(unsigned channel);
  StreamSource& source(unsigned channel);

  // What the interrupt controller shows: bit c is the level of channel c, or a message of it that
  // was not taken yet.
  uint32_t lines() const;
  // Takes the messages of a channel that came so far: they are one interrupt.
  void TakeMessages(unsigned channel);

  // Takes the translator's fault records while its line is high; they are also kept in
  // iommu_faults.
  std::vector<iommu::FaultRecord> TakeIommuFaults();

  // The end of a run, good or bad: one sentence for each thing that is not as it must be. Rule
  // violations are in sim.violations() besides. Settle: gives the engine a moment; every channel
  // quiet, no interrupt waiting, bus books balanced; then releases the channels and unmaps their
  // rings.
  std::vector<std::string> Settle();
  // Finish, once the buffers are unmapped too (settles first, if that was not done): nothing
  // changed that nobody declared, no mapping left, the translator's faults accounted for.
  std::vector<std::string> Finish();

  PlatformConfig config;
  EnginePins engine;
  Simulation sim;
  Memory memory;
  Scoreboard board;
  BusFront front;
  MessageCatcher messages;
  RegisterWatch writes;
  BusMemory translator_memory;
  std::unique_ptr<Iommu> iommu;  // null: none
  BurstBook bursts;
  AxiMemoryPort port;
  LiteManager registers;
  ProtocolChecker checker;
  LiteChecker register_checker;
  BusMonitor monitor;
  FramePool frames;
  std::unique_ptr<PhysicalMemory> cpu_tables;  // memory as the IOMMU's driver stores to it
  std::unique_ptr<IommuDriver> iommu_driver;
  DmaMemory dma;
  CosimHal hal;
  SubmitCheck submits;
  sgdma_dev_t dev{};
  std::vector<iommu::FaultRecord> iommu_faults;

 private:
  static PlatformConfig Seeded(PlatformConfig config);
  void CheckQuiet(std::vector<std::string>* problems);
  void CheckInterrupts(std::vector<std::string>* problems);
  void CheckFaults(std::vector<std::string>* problems);
  void Wire();
  void NoteWrite(uint32_t offset);
  sgdma_message_t OpenMessages(unsigned number);

  std::map<unsigned, std::unique_ptr<HostChannel>> channels_;
  std::vector<std::unique_ptr<FifoPeripheral>> fifos_;
  std::vector<std::unique_ptr<StreamChecker>> stream_checkers_;
  std::map<unsigned, std::unique_ptr<StreamSink>> sinks_;
  std::map<unsigned, std::unique_ptr<StreamSource>> sources_;
  std::map<uint64_t, Scoreboard::Region> table_regions_;  // pages of the IOMMU's driver
  std::array<uint64_t, MessageCatcher::kMaxChannels> message_iovas_{};
  std::array<size_t, MessageCatcher::kMaxChannels> messages_taken_{};
  bool settled_ = false;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_PLATFORM_H_
