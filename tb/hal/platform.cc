// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/platform.h"

#include <stdexcept>
#include <utility>

#include "hal/engine_report.h"
#include "sgdma/sgdma_regs.h"

namespace tb {
namespace {

// RAM as the CPU stores to it: never an error, no scoreboard.
class CpuTables final : public PhysicalMemory {
 public:
  explicit CpuTables(Memory& memory) : memory_(memory) {}

  MemoryOutcome Read64(uint64_t address, uint64_t* value) override {
    *value = memory_.Load<uint64_t>(address);
    return MemoryOutcome::kOk;
  }
  MemoryOutcome Write64(uint64_t address, uint64_t value) override {
    memory_.Store<uint64_t>(address, value);
    return MemoryOutcome::kOk;
  }
  MemoryOutcome Write32(uint64_t address, uint32_t value) override {
    memory_.Store<uint32_t>(address, value);
    return MemoryOutcome::kOk;
  }
  MemoryOutcome CompareExchange64(uint64_t address, uint64_t expected, uint64_t desired,
                                  uint64_t* observed) override {
    *observed = memory_.Load<uint64_t>(address);
    if (*observed == expected) memory_.Store<uint64_t>(address, desired);
    return MemoryOutcome::kOk;
  }

 private:
  Memory& memory_;
};

void MustBeOk(sgdma_result_t result, const std::string& what) {
  if (result != SGDMA_OK) throw std::runtime_error(what + ": " + sgdma_result_name(result));
}

void MustBeOk(IommuStatus status, const std::string& what) {
  if (status != IommuStatus::kOk) throw std::runtime_error("the IOMMU failed at: " + what);
}

std::unique_ptr<Iommu> MakeIommu(const PlatformConfig& config, PhysicalMemory& tables,
                                 BusTarget& memory) {
  return config.iommu ? std::make_unique<Iommu>(config.translator, &tables, &memory) : nullptr;
}

}  // namespace

PlatformConfig Platform::Seeded(PlatformConfig config) {
  const Random seed(config.seed);
  config.port.seed = seed.Fork(1).Next();
  config.registers.seed = seed.Fork(2).Next();
  config.iommu_driver.seed = seed.Fork(3).Next();
  return config;
}

Platform::Platform(const EnginePins& pins, const PlatformConfig& wanted)
    : config(Seeded(wanted)),
      engine(pins),
      sim(engine.device, {.watchdog = config.watchdog}),
      memory(Memory::Fill::kPattern, Random(config.seed).Fork(4).Next()),
      board(memory),
      front(board),
      messages(sim, front, engine.irq),
      writes(sim, engine.s_axil, [this](uint32_t offset) { NoteWrite(offset); }),
      translator_memory(&board, &memory),
      iommu(MakeIommu(config, translator_memory, messages)),
      bursts(sim, engine.m_axi, iommu != nullptr ? static_cast<BusTarget&>(*iommu) : messages,
             iommu.get()),
      port(sim, engine.m_axi, bursts, config.port),
      registers(sim, engine.s_axil, config.registers),
      checker(sim, engine.m_axi, {.allow_fixed = true, .id_count = 2 * engine.channels}),
      register_checker(sim, engine.s_axil),
      monitor(sim, engine.m_axi),
      frames(config.ram_base, config.ram_bytes, Random(config.seed).Fork(5)),
      cpu_tables(std::make_unique<CpuTables>(memory)),
      dma({.memory = memory,
           .board = board,
           .frames = frames,
           .bursts = bursts,
           .iommu = nullptr,
           .report = [this](std::string_view rule,
                            std::string_view text) { sim.Report(rule, text); }}),
      hal(
          sim, registers, dma, [this] { return lines(); }, config.hal),
      submits(dma, engine.channels,
              [this](std::string_view rule, std::string_view text) { sim.Report(rule, text); }) {
  memory.AddRam(config.ram_base, config.ram_bytes);
  Wire();
}

Platform::~Platform() {
  channels_.clear();
  iommu_driver.reset();  // gives its pages back to parts that go next
}

void Platform::Wire() {
  board.SetReporter([this](const std::string& text) { sim.Report("memory", text); });
  board.SetSlotLookup([this](const BusAccess& burst, uint64_t physical) {
    return burst.translator
               ? std::string{}
               : submits.SlotOf(burst.id >> 1, dma.IovaOf(burst.device_id, physical), burst.write);
  });
  submits.Enable(config.check_submits);
  hal.SetWriteObserver([this](uint32_t offset, uint32_t value) { submits.OnWrite(offset, value); });
  hal.SetAcknowledge([this](unsigned line) { TakeMessages(line); });
  for (unsigned c = 0; c < engine.m_axis.size(); ++c) {
    stream_checkers_.push_back(std::make_unique<StreamChecker>(
        sim, *engine.m_axis[c], "stream out of channel " + std::to_string(c)));
  }
  sim.AddReporter([this] {
    return EngineReport(sim, registers, engine.s_axil, engine.channels, SGDMA_PAGE_BYTES(0));
  });
  if (iommu == nullptr) return;
  iommu_driver = std::make_unique<IommuDriver>(
      IommuHost{
          .read_reg = [this](uint32_t offset,
                             unsigned size) { return iommu->ReadReg(offset, size); },
          .write_reg = [this](uint32_t offset, unsigned size,
                              uint64_t value) { iommu->WriteReg(offset, size, value); },
          .memory = cpu_tables.get(),
          .allocate_page =
              [this] {
                const auto page = frames.Allocate(1);
                if (!page) throw std::runtime_error("no memory left for the IOMMU's tables");
                table_regions_[(*page)[0]] = board.Declare(
                    "IOMMU tables", (*page)[0], FramePool::kFrameBytes, Permission::kTranslator);
                return (*page)[0];
              },
          .free_page =
              [this](uint64_t page) {
                board.Release(table_regions_.extract(page).mapped());
                frames.Free(page);
              },
          .advance = [this](Cycles cycles) { sim.Step(cycles.count); },
      },
      config.iommu_driver);
}

void Platform::StartIommu() {
  if (iommu == nullptr) return;
  MustBeOk(iommu_driver->Init(), "initialisation");
  for (unsigned c = 0; c < engine.channels; ++c) {
    MustBeOk(iommu_driver->Attach(device_id(c), iommu_driver->CreateDomain(config.page_tables)),
             "attaching a device");
  }
  dma.SetIommu(iommu_driver.get());
}

void Platform::Start() {
  if (!config.waves.empty()) sim.SetWaves(config.waves, config.waves_from, config.waves_to);
  sim.Reset();
  StartIommu();
  const sgdma_result_t result = Probe();
  hal.Rethrow();
  MustBeOk(result, "the driver did not accept the engine");
  board.Snapshot();
}

HostChannel& Platform::Open(unsigned number, HostChannelConfig channel) {
  if (channel.device_id == 0) channel.device_id = device_id(number);
  if (channel.messages) channel.message = OpenMessages(number);
  auto& slot = channels_[number];
  if (slot != nullptr && !slot->released()) MustBeOk(slot->Release(), "release of the channel");
  slot = std::make_unique<HostChannel>(hal, dma, dev, number, channel);
  return *slot;
}

HostChannel* Platform::channel(unsigned number) {
  const auto it = channels_.find(number);
  return it == channels_.end() ? nullptr : it->second.get();
}

// ---- Messages ----

// A write that may be a reason for a message.
void Platform::NoteWrite(uint32_t offset) {
  const uint32_t page = offset / SGDMA_PAGE_BYTES(0);
  const uint32_t word = offset % SGDMA_PAGE_BYTES(0);
  if (page == 0 && word == SGDMA_GLB_IRQ_MASK) {
    for (unsigned c = 0; c < engine.channels; ++c) messages.NoteWrite(c);
  }
  if (page == 0 || page > engine.channels) return;
  if (word == SGDMA_CH_CAUSE || word == SGDMA_CH_ENABLE) messages.NoteWrite(page - 1);
}

sgdma_message_t Platform::OpenMessages(unsigned number) {
  const uint64_t page = kMessagePages + uint64_t{number} * FramePool::kFrameBytes;
  const uint32_t id = message_id(number);
  if (message_iovas_[number] == 0 && iommu == nullptr) message_iovas_[number] = page;
  if (message_iovas_[number] == 0) {
    const auto domain = iommu_driver->CreateDomain(config.page_tables);
    MustBeOk(iommu_driver->Attach(id, domain), "attaching the messages of a channel");
    const auto iova = iommu_driver->Map(domain, std::array{page}, {.read = false, .write = true});
    if (!iova) throw std::runtime_error("the page of the messages could not be mapped");
    message_iovas_[number] = *iova;
  }
  messages.Watch(number, page);
  return {.iova = message_iovas_[number], .data = 0xC0DE0000 + number, .device_id = id};
}

void Platform::RefuseMessages(unsigned channel, bool refuse) {
  const auto domain = *iommu_driver->DomainOf(message_id(channel));
  const uint64_t iova = message_iova(channel);
  if (!refuse) {
    iommu_driver->page_table(domain).Map(iova,
                                         kMessagePages + uint64_t{channel} * FramePool::kFrameBytes,
                                         FramePool::kFrameBytes, {.read = false, .write = true});
    return;
  }
  iommu_driver->page_table(domain).Unmap(iova);
  MustBeOk(iommu_driver->InvalidatePage(domain, iova), "invalidating the page of the messages");
  MustBeOk(iommu_driver->Fence(), "a fence");
}

// ---- Peripherals ----

Platform::Fifo Platform::AddFifo(FifoPeripheral::Kind kind, FifoConfig fifo) {
  if (engine.demand == nullptr) throw std::logic_error("this engine has no DRQ pins");
  const uint32_t device = device_id(fifo.channel);
  const uint64_t page = kFifoPages + fifos_.size() * FramePool::kFrameBytes;
  fifo.address = page;
  fifo.seed = Random(config.seed).Fork(100 + fifos_.size()).Next();
  fifos_.push_back(std::make_unique<FifoPeripheral>(sim, front.to(), *engine.demand, kind, fifo));
  front.PassTo(*fifos_.back());
  uint64_t iova = page;
  if (iommu != nullptr) {
    const bool source = kind == FifoPeripheral::Kind::kSource;
    const auto mapped = iommu_driver->Map(*iommu_driver->DomainOf(device), std::array{page},
                                          {.read = source, .write = !source});
    if (!mapped) throw std::runtime_error("the page of the peripheral could not be mapped");
    iova = *mapped;
  }
  dma.AddDevice(device, iova, fifo.element_bytes);
  return {*fifos_.back(), iova};
}

// ---- Streams ----

StreamSink& Platform::sink(unsigned channel) {
  if (channel >= engine.m_axis.size()) throw std::logic_error("this engine has no stream ports");
  auto& sink = sinks_[channel];
  if (sink == nullptr) {
    const uint64_t seed = Random(config.seed).Fork(200 + channel).Next();
    sink =
        std::make_unique<StreamSink>(sim, *engine.m_axis[channel], StreamSinkConfig{.seed = seed});
  }
  return *sink;
}

StreamSource& Platform::source(unsigned channel) {
  if (channel >= engine.s_axis.size()) throw std::logic_error("this engine has no stream ports");
  auto& source = sources_[channel];
  if (source == nullptr) {
    const uint64_t seed = Random(config.seed).Fork(300 + channel).Next();
    source = std::make_unique<StreamSource>(sim, *engine.s_axis[channel],
                                            StreamSourceConfig{.seed = seed});
  }
  return *source;
}

uint32_t Platform::lines() const {
  uint32_t lines = engine.irq();
  for (unsigned c = 0; c < engine.channels; ++c) {
    if (message_iovas_[c] == 0) continue;
    const bool untaken = messages.messages(c).size() > messages_taken_[c];
    lines = (lines & ~(uint32_t{1} << c)) | (untaken ? uint32_t{1} << c : 0);
  }
  return lines;
}

void Platform::TakeMessages(unsigned channel) {
  messages_taken_[channel] = messages.messages(channel).size();
}

// ---- Buffers ----

sgdma_mapping_t Platform::Map(unsigned channel, const std::string& name, void* cpu, size_t bytes,
                              sgdma_direction_t direction) {
  sgdma_mapping_t mapping{};
  UseChannel(channel);
  dma.NameNext(name);
  const sgdma_result_t result = sgdma_map(&dev, cpu, bytes, direction, &mapping);
  hal.Rethrow();
  MustBeOk(result, "mapping '" + name + "'");
  return mapping;
}

void Platform::Unmap(sgdma_mapping_t* m) {
  const sgdma_result_t result = sgdma_unmap(&dev, m);
  hal.Rethrow();
  MustBeOk(result, "unmap");
}

void Platform::SyncForCpu(const sgdma_mapping_t& m, size_t offset, size_t bytes) {
  const sgdma_result_t result = sgdma_sync_for_cpu(&dev, &m, offset, bytes);
  hal.Rethrow();
  MustBeOk(result, "sync_for_cpu");
}

void Platform::SyncForDevice(const sgdma_mapping_t& m, size_t offset, size_t bytes) {
  const sgdma_result_t result = sgdma_sync_for_device(&dev, &m, offset, bytes);
  hal.Rethrow();
  MustBeOk(result, "sync_for_device");
}

std::vector<iommu::FaultRecord> Platform::TakeIommuFaults() {
  std::vector<iommu::FaultRecord> taken;
  if (iommu_driver == nullptr || !iommu->interrupt(config.iommu_driver.fault_vector)) return taken;
  taken = iommu_driver->HandleInterrupt();
  iommu_faults.insert(iommu_faults.end(), taken.begin(), taken.end());
  return taken;
}

// ---- The end of a run ----

void Platform::CheckQuiet(std::vector<std::string>* problems) {
  constexpr unsigned kPatience =
      200;  // register reads; work the test waited for ends in a few cycles
  for (unsigned c = 0; c < engine.channels; ++c) {
    const uint32_t page = (1 + c) * SGDMA_PAGE_BYTES(0);
    bool quiet = false;
    for (unsigned i = 0; i < kPatience && !quiet; ++i) {
      quiet = registers.Read(page + SGDMA_CH_QUIESCED) != 0;
    }
    if (!quiet) {
      problems->push_back(
          "channel " + std::to_string(c) + " is not quiet:\n" +
          EngineReport(sim, registers, engine.s_axil, engine.channels, SGDMA_PAGE_BYTES(0)));
    }
  }
  if (!port.idle()) problems->push_back("the memory port still has a transaction open");
  try {
    port.CheckSelf();
  } catch (const std::logic_error& e) {
    problems->push_back(e.what());
  }
}

void Platform::CheckInterrupts(std::vector<std::string>* problems) {
  messages.Check();
  const uint32_t lines = engine.irq();
  for (unsigned c = 0; c < engine.channels; ++c) {
    if ((lines >> c & 1) == 0) continue;
    problems->push_back("the interrupt of channel " + std::to_string(c) + " was never served");
  }
}

void Platform::CheckFaults(std::vector<std::string>* problems) {
  if (iommu == nullptr) return;
  TakeIommuFaults();
  const iommu::FaultCounters& counted = iommu->fault_counters();
  if (counted.recorded + counted.dropped + counted.silenced != iommu->total_faults() ||
      counted.recorded != iommu_faults.size()) {
    problems->push_back(
        "the translator's faults are not accounted for: " + std::to_string(iommu->total_faults()) +
        " faults, " + std::to_string(counted.recorded) + " recorded, " +
        std::to_string(iommu_faults.size()) + " of these read, " + std::to_string(counted.dropped) +
        " dropped, " + std::to_string(counted.silenced) + " silenced");
  }
}

std::vector<std::string> Platform::Settle() {
  std::vector<std::string> problems;
  settled_ = true;
  if (hal.failed()) return problems;
  for (unsigned line = 0; line < engine.channels; ++line) hal.SetHandler(line, nullptr);
  CheckQuiet(&problems);
  CheckInterrupts(&problems);
  for (auto& [number, channel] : channels_) {
    if (channel->released() || channel->Release() == SGDMA_OK) continue;
    problems.push_back("channel " + std::to_string(number) + " can not be released");
  }
  sim.Step(10);
  return problems;
}

std::vector<std::string> Platform::Finish() {
  std::vector<std::string> problems;
  if (!settled_) problems = Settle();
  if (!hal.failed()) CheckFaults(&problems);
  board.Compare();
  dma.CheckNothingMapped();
  return problems;
}

}  // namespace tb
