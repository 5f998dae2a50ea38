// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "bench_rig.h"

#include <stdexcept>

#include "sgdma/sgdma_regs.h"

namespace tb {
namespace {

constexpr uint64_t kTableBytes = 16 << 20;
constexpr uint32_t kDeviceId = 5;

uint32_t PageOf(unsigned channel) { return 0x1000 * (channel + 1); }

}  // namespace

void InputRecorder::Cycle() {
  if (on_) {
    const AxiPins& m = dut_.m_axi();
    const LitePins& s = dut_.s_axil();
    Frame f{};
    f.r_data = m.r.data[0];
    f.lite_address = s.aw.valid != 0 ? s.aw.addr : s.ar.addr;
    f.lite_data = s.w.data;
    f.r_id = m.r.id;
    f.r_resp = m.r.resp;
    f.b_id = m.b.id;
    f.b_resp = m.b.resp;
    f.ready = static_cast<uint8_t>(m.ar.ready | m.aw.ready << 1 | m.w.ready << 2);
    f.valid =
        static_cast<uint8_t>(m.r.valid | m.r.last << 1 | m.b.valid << 2 | s.aw.valid << 3 |
                             s.w.valid << 4 | s.ar.valid << 5 | s.b.ready << 6 | s.r.ready << 7);
    f.reset = reset_ ? 1 : 0;
    frames_.push_back(f);
  }
  dut_.Cycle();
  error_count_ = dut_.error_count();
}

void InputRecorder::Apply(const Frame& f, Dut& dut) {
  AxiPins& m = dut.m_axi();
  LitePins& s = dut.s_axil();
  m.r.data[0] = f.r_data;
  m.r.id = f.r_id;
  m.r.resp = f.r_resp;
  m.r.valid = f.valid & 1;
  m.r.last = f.valid >> 1 & 1;
  m.b.id = f.b_id;
  m.b.resp = f.b_resp;
  m.b.valid = f.valid >> 2 & 1;
  m.ar.ready = f.ready & 1;
  m.aw.ready = f.ready >> 1 & 1;
  m.w.ready = f.ready >> 2 & 1;
  s.aw.addr = s.ar.addr = f.lite_address;
  s.w.data = f.lite_data;
  s.w.strb = 0xF;
  s.aw.valid = f.valid >> 3 & 1;
  s.w.valid = f.valid >> 4 & 1;
  s.ar.valid = f.valid >> 5 & 1;
  s.b.ready = f.valid >> 6 & 1;
  s.r.ready = f.valid >> 7 & 1;
  dut.SetReset(f.reset != 0);
}

// Lets the translator's queues see time.
class BenchRig::Ticker final : public Model {
 public:
  Ticker(Simulation& sim, Iommu& iommu) : sim_(sim), iommu_(iommu) { sim_.Add(*this); }
  ~Ticker() override { sim_.Remove(*this); }
  void Sample() override { iommu_.Tick(1); }
  void Drive() override {}

 private:
  Simulation& sim_;
  Iommu& iommu_;
};

BenchRig::BenchRig(const MemoryPortConfig& config, Surroundings around, uint64_t area_bytes)
    : recorder(dut),
      sim(recorder),
      board(memory, Permission::kBoth),
      tables(&memory, &memory),
      registers(sim, dut.s_axil()) {
  memory.AddRam(kRing, Dut::kChannels * kRingBytes);
  memory.AddRam(kRecords, Dut::kChannels * kRingBytes);
  memory.AddRam(kSource, area_bytes);
  memory.AddRam(kDestination, area_bytes);
  memory.AddRam(kTables, kTableBytes);
  BusTarget* target = &memory;
  if (around == Surroundings::kAll) {
    target = &board;
    board.SetReporter([this](const std::string& text) { sim.Report("memory", text); });
    iommu = std::make_unique<Iommu>(IommuConfig{}, &tables, &board);
    target = iommu.get();
    checker = std::make_unique<ProtocolChecker>(sim, dut.m_axi(),
                                                CheckerConfig{.id_count = 2 * Dut::kChannels});
    lite_checker = std::make_unique<LiteChecker>(sim, dut.s_axil());
    ticker_ = std::make_unique<Ticker>(sim, *iommu);
  }
  port = std::make_unique<AxiMemoryPort>(sim, dut.m_axi(), *target, config);
  if (Dut::kSgPort) {
    sg_port = std::make_unique<AxiMemoryPort>(sim, dut.m_axi_sg(), *target, config);
    sg_monitor = std::make_unique<BusMonitor>(sim, dut.m_axi_sg());
  }
  if (around != Surroundings::kPort) monitor = std::make_unique<BusMonitor>(sim, dut.m_axi());
  recorder.Record(around == Surroundings::kPort);
  sim.Reset();
  if (iommu != nullptr) StartIommu(area_bytes);
}

BenchRig::~BenchRig() = default;

// Every area at its own address, in 4 KiB pages, as a driver's buffers are.
void BenchRig::StartIommu(uint64_t area_bytes) {
  cpu_ = std::make_unique<BusMemory>(&memory, &memory);
  IommuDriverConfig config;
  config.guard_pages = 0;  // the areas are mapped in pieces, side by side
  iommu_driver_ = std::make_unique<IommuDriver>(
      IommuHost{.read_reg = [this](uint32_t offset,
                                   unsigned size) { return iommu->ReadReg(offset, size); },
                .write_reg = [this](uint32_t offset, unsigned size,
                                    uint64_t value) { iommu->WriteReg(offset, size, value); },
                .memory = cpu_.get(),
                .allocate_page = [this] { return next_table_ += 4096; },
                .free_page = [](uint64_t) {},
                .advance = [this](Cycles cycles) { sim.Step(cycles.count); }},
      config);
  if (iommu_driver_->Init() != IommuStatus::kOk)
    throw std::runtime_error("the IOMMU did not start");
  const auto domain = iommu_driver_->CreateDomain(PageTableMode::kSv39);
  if (iommu_driver_->Attach(kDeviceId, domain) != IommuStatus::kOk)
    throw std::runtime_error("attach failed");
  const auto map = [&](uint64_t base, uint64_t bytes) {
    for (uint64_t a = base; a < base + bytes; a += 64 * 4096) {
      std::vector<uint64_t> pages;
      for (uint64_t p = a; p < base + bytes && p < a + 64 * 4096; p += 4096) pages.push_back(p);
      if (!iommu_driver_->MapAt(domain, a, pages, {.read = true, .write = true}))
        throw std::runtime_error("mapping failed");
    }
  };
  map(kRing, Dut::kChannels * kRingBytes);
  map(kRecords, Dut::kChannels * kRingBytes);
  map(kSource, area_bytes);
  map(kDestination, area_bytes);
}

void BenchRig::Prepare(const std::vector<Descriptor>& work, unsigned channel) {
  if (work.size() >= uint64_t{1} << kRingLog2)
    throw std::invalid_argument("more descriptors than the ring holds");
  for (size_t i = 0; i < work.size(); ++i) {
    Descriptor d = work[i];
    d.ctl |= kPhase;
    memory.Write(RingOf(channel) + kEntryBytes * i, d.Encode());
  }
  const uint32_t block = SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_STRIDE * channel;
  registers.Write(SGDMA_GLB_CONTROL, 1);
  registers.Write(block + SGDMA_GLB_CH_CTRL, 1);
  registers.Write(block + SGDMA_GLB_CH_DEVID, kDeviceId);
  registers.Write(PageOf(channel) + SGDMA_CH_SUB_BASE_LO, static_cast<uint32_t>(RingOf(channel)));
  registers.Write(PageOf(channel) + SGDMA_CH_SUB_SIZE, kRingLog2);
  registers.Write(PageOf(channel) + SGDMA_CH_CPL_BASE_LO,
                  static_cast<uint32_t>(RecordsOf(channel)));
  registers.Write(PageOf(channel) + SGDMA_CH_CPL_SIZE, kRingLog2);
  registers.Write(PageOf(channel) + SGDMA_CH_COMMAND, 1);
  tails_[channel] = static_cast<uint32_t>(work.size());
}

void BenchRig::RingDoorbell(unsigned channel) {
  registers.Write(PageOf(channel) + SGDMA_CH_SUB_TAIL, tails_[channel]);
}

uint32_t BenchRig::ReadCounter(unsigned channel, uint32_t offset) {
  return registers.Read(PageOf(channel) + offset);
}

uint64_t BenchRig::payload() const {
  uint64_t bytes = monitor->total().written_bytes;
  for (unsigned c = 0; c < Dut::kChannels; ++c)
    bytes -= kEntryBytes * monitor->id(2 * c + 1).write_bursts;
  return bytes;
}

}  // namespace tb
