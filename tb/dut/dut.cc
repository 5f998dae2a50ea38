// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "dut/dut.h"

#include <verilated.h>

#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "Vsgdma_top.h"
#include "dut/wave_file.h"

#if VM_COVERAGE
#include <verilated_cov.h>
#endif

namespace tb {
namespace {

constexpr size_t kErrorsKept = 100;

// A data bus of up to 64 bits is a scalar of the model, a wider one an array of 32-bit words,
// lowest first.
template <typename Port>
void GetBus(const Port& port, BusData& out) {
  if constexpr (std::is_integral_v<Port>) {
    out[0] = port;
  } else {
    std::memcpy(out.data(), &port[0], sizeof(Port));
  }
}

template <typename Port>
void SetBus(Port& port, const BusData& in) {
  if constexpr (std::is_integral_v<Port>) {
    port = static_cast<Port>(in[0]);
  } else {
    std::memcpy(&port[0], in.data(), sizeof(Port));
  }
}

// Streams of all channels share a port: the bits of one, lowest first, as bytes.
template <typename Port>
void GetBits(const Port& port, unsigned first, unsigned bits, void* out) {
  if constexpr (std::is_integral_v<Port>) {
    const uint64_t value = static_cast<uint64_t>(port) >> first;
    std::memcpy(out, &value, (bits + 7) / 8);
  } else {
    auto* bytes = static_cast<uint8_t*>(out);
    for (unsigned done = 0; done < bits; done += 8) {
      const unsigned at = first + done;
      bytes[done / 8] = static_cast<uint8_t>(port[at / 32] >> at % 32);
    }
  }
  // A field of less than a byte has neighbours above it.
  if (bits % 8 != 0) static_cast<uint8_t*>(out)[bits / 8] &= (1u << bits % 8) - 1;
}

template <typename Port>
void SetBits(Port& port, unsigned first, unsigned bits, const void* in) {
  const auto* bytes = static_cast<const uint8_t*>(in);
  for (unsigned done = 0; done < bits; done += 8) {
    const unsigned at = first + done;
    const uint64_t mask = bits - done < 8 ? (uint64_t{1} << (bits - done)) - 1 : 0xFF;
    if constexpr (std::is_integral_v<Port>) {
      const uint64_t kept = static_cast<uint64_t>(port) & ~(mask << at);
      port = static_cast<Port>(kept | (bytes[done / 8] & mask) << at);
    } else {
      auto& word = port[at / 32];
      const auto shifted = static_cast<uint32_t>(mask << at % 32);
      word = (word & ~shifted) | (static_cast<uint32_t>(bytes[done / 8]) << at % 32 & shifted);
    }
  }
}

// READY is the other side's.
void SetAddress(AxiAddressPins& pins, const AxiAddress& address, uint8_t valid) {
  static_cast<AxiAddress&>(pins) = address;
  pins.valid = valid;
}

}  // namespace

struct Dut::Impl {
  VerilatedContext context;
  std::unique_ptr<Vsgdma_top> model;
  std::unique_ptr<WaveFile> waves;
  uint64_t cycle = 0;
  uint64_t seen = 0;  // errors the context has counted
  std::vector<std::string> errors;
};

bool Dut::HasWaves() { return VM_TRACE != 0; }
bool Dut::HasAssertions() { return SGDMA_DUT_ASSERT != 0; }
bool Dut::HasCoverage() { return VM_COVERAGE != 0; }

Dut::Dut(const DutConfig& config) : impl_(std::make_unique<Impl>()) {
  VerilatedContext& context = impl_->context;
  context.fatalOnError(false);
  context.randReset(2);
  context.randSeed(static_cast<int>(config.seed & 0x7FFF'FFFF) |
                   1);  // 0 would mean: from the clock
  context.traceEverOn(HasWaves());
  Verilated::threadContextp(&context);
  impl_->model = std::make_unique<Vsgdma_top>(&context, "sgdma_top");
  m_axi_.data_bytes = m_axi_sg_.data_bytes = kDataBytes;
  for (StreamPins& pins : m_axis_) pins.data_bytes = kDataBytes;
  for (StreamPins& pins : s_axis_) pins.data_bytes = kDataBytes;
  impl_->model->clk_i = 0;
  impl_->model->rst_ni = 0;
  SetInputs();
  impl_->model->eval();
  GetOutputs();
}

Dut::~Dut() {
  CloseWaves();
  // Without this, destroying one of two models can crash (Verilator 5.006, 5.050).
  Verilated::threadContextp(&impl_->context);
  impl_->model->final();
  impl_->model.reset();
}

void Dut::Cycle() {
  Vsgdma_top& model = *impl_->model;
  // A model counts a failed assertion in the thread's context, which eval() does not choose itself.
  Verilated::threadContextp(&impl_->context);
  impl_->context.time(impl_->cycle * WaveFile::kUnitsPerCycle);
  model.clk_i = 1;
  model.eval();
  SetInputs();
  if (impl_->waves != nullptr) {
    // The picture shows inputs changing with the edge, not half a cycle later.
    model.eval();
    impl_->waves->Dump(impl_->cycle, false);
  }
  model.clk_i = 0;
  model.eval();
  if (impl_->waves != nullptr) impl_->waves->Dump(impl_->cycle, true);
  GetOutputs();
  ++impl_->cycle;
  if (static_cast<uint64_t>(impl_->context.errorCount()) != impl_->seen) CollectErrors();
}

void Dut::CollectErrors() {
  const auto count = static_cast<uint64_t>(impl_->context.errorCount());
  for (; impl_->seen < count; ++impl_->seen, ++error_count_) {
    if (impl_->errors.size() == kErrorsKept) continue;
    impl_->errors.push_back("an assertion of the model failed in cycle " +
                            std::to_string(impl_->cycle - 1) + "; the model printed which");
  }
}

std::string Dut::ErrorText(uint64_t index) const {
  return index < impl_->errors.size() ? impl_->errors[index]
                                      : std::string("a further assertion of the model failed");
}

void Dut::SetInputs() {
  Vsgdma_top& model = *impl_->model;
  model.rst_ni = !reset_;
  model.s_axil_awaddr = s_axil_.aw.addr;
  model.s_axil_awprot = s_axil_.aw.prot;
  model.s_axil_awvalid = s_axil_.aw.valid;
  model.s_axil_wdata = s_axil_.w.data;
  model.s_axil_wstrb = s_axil_.w.strb;
  model.s_axil_wvalid = s_axil_.w.valid;
  model.s_axil_bready = s_axil_.b.ready;
  model.s_axil_araddr = s_axil_.ar.addr;
  model.s_axil_arprot = s_axil_.ar.prot;
  model.s_axil_arvalid = s_axil_.ar.valid;
  model.s_axil_rready = s_axil_.r.ready;

  model.drq_i = demand_.drq & ((1u << kChannels) - 1);
  SetPorts();
  SetStreams();
}

void Dut::SetPorts() {
  Vsgdma_top& model = *impl_->model;
  model.m_axi_awready = m_axi_.aw.ready;
  model.m_axi_wready = m_axi_.w.ready;
  model.m_axi_bid = m_axi_.b.id;
  model.m_axi_bresp = m_axi_.b.resp;
  model.m_axi_bvalid = m_axi_.b.valid;
  model.m_axi_arready = m_axi_.ar.ready;
  model.m_axi_rid = m_axi_.r.id;
  SetBus(model.m_axi_rdata, m_axi_.r.data);
  model.m_axi_rresp = m_axi_.r.resp;
  model.m_axi_rlast = m_axi_.r.last;
  model.m_axi_rvalid = m_axi_.r.valid;
  if constexpr (!kSgPort) return;
  model.m_axi_sg_awready = m_axi_sg_.aw.ready;
  model.m_axi_sg_wready = m_axi_sg_.w.ready;
  model.m_axi_sg_bid = m_axi_sg_.b.id;
  model.m_axi_sg_bresp = m_axi_sg_.b.resp;
  model.m_axi_sg_bvalid = m_axi_sg_.b.valid;
  model.m_axi_sg_arready = m_axi_sg_.ar.ready;
  model.m_axi_sg_rid = m_axi_sg_.r.id;
  SetBus(model.m_axi_sg_rdata, m_axi_sg_.r.data);
  model.m_axi_sg_rresp = m_axi_sg_.r.resp;
  model.m_axi_sg_rlast = m_axi_sg_.r.last;
  model.m_axi_sg_rvalid = m_axi_sg_.r.valid;
}

void Dut::SetStreams() {
  Vsgdma_top& model = *impl_->model;
  uint32_t ready = 0;
  uint32_t valid = 0;
  uint32_t last = 0;
  uint32_t user = 0;
  for (unsigned c = 0; c < kChannels; ++c) {
    ready |= uint32_t{m_axis_[c].ready} << c;
    const StreamPins& in = s_axis_[c];
    if (in.valid == 0) continue;  // the rest may be anything
    valid |= 1u << c;
    last |= uint32_t{in.last} << c;
    user |= uint32_t{in.user} << c;
    SetBits(model.s_axis_tdata, c * kDataBytes * 8, kDataBytes * 8, in.data.data());
    SetBits(model.s_axis_tkeep, c * kDataBytes, kDataBytes, &in.keep);
  }
  model.m_axis_tready = ready;
  model.s_axis_tvalid = valid;
  model.s_axis_tlast = last;
  model.s_axis_tuser = user;
}

void Dut::GetOutputs() {
  const Vsgdma_top& model = *impl_->model;
  s_axil_.aw.ready = model.s_axil_awready;
  s_axil_.w.ready = model.s_axil_wready;
  s_axil_.b.resp = model.s_axil_bresp;
  s_axil_.b.valid = model.s_axil_bvalid;
  s_axil_.ar.ready = model.s_axil_arready;
  s_axil_.r.data = model.s_axil_rdata;
  s_axil_.r.resp = model.s_axil_rresp;
  s_axil_.r.valid = model.s_axil_rvalid;

  irq_ = model.irq_o;
  demand_.dack = model.dack_o;
  GetPorts();
  GetStreams();
}

void Dut::GetPorts() {
  const Vsgdma_top& model = *impl_->model;
  SetAddress(m_axi_.aw,
             {model.m_axi_awaddr, model.m_axi_awuser, model.m_axi_awid, model.m_axi_awlen,
              model.m_axi_awsize, model.m_axi_awburst, model.m_axi_awlock, model.m_axi_awcache,
              model.m_axi_awprot, model.m_axi_awqos, model.m_axi_awregion},
             model.m_axi_awvalid);
  SetAddress(m_axi_.ar,
             {model.m_axi_araddr, model.m_axi_aruser, model.m_axi_arid, model.m_axi_arlen,
              model.m_axi_arsize, model.m_axi_arburst, model.m_axi_arlock, model.m_axi_arcache,
              model.m_axi_arprot, model.m_axi_arqos, model.m_axi_arregion},
             model.m_axi_arvalid);
  GetBus(model.m_axi_wdata, m_axi_.w.data);
  m_axi_.w.strb = model.m_axi_wstrb;
  m_axi_.w.last = model.m_axi_wlast;
  m_axi_.w.valid = model.m_axi_wvalid;
  m_axi_.b.ready = model.m_axi_bready;
  m_axi_.r.ready = model.m_axi_rready;
  if constexpr (!kSgPort) return;
  SetAddress(
      m_axi_sg_.aw,
      {model.m_axi_sg_awaddr, model.m_axi_sg_awuser, model.m_axi_sg_awid, model.m_axi_sg_awlen,
       model.m_axi_sg_awsize, model.m_axi_sg_awburst, model.m_axi_sg_awlock, model.m_axi_sg_awcache,
       model.m_axi_sg_awprot, model.m_axi_sg_awqos, model.m_axi_sg_awregion},
      model.m_axi_sg_awvalid);
  SetAddress(
      m_axi_sg_.ar,
      {model.m_axi_sg_araddr, model.m_axi_sg_aruser, model.m_axi_sg_arid, model.m_axi_sg_arlen,
       model.m_axi_sg_arsize, model.m_axi_sg_arburst, model.m_axi_sg_arlock, model.m_axi_sg_arcache,
       model.m_axi_sg_arprot, model.m_axi_sg_arqos, model.m_axi_sg_arregion},
      model.m_axi_sg_arvalid);
  GetBus(model.m_axi_sg_wdata, m_axi_sg_.w.data);
  m_axi_sg_.w.strb = model.m_axi_sg_wstrb;
  m_axi_sg_.w.last = model.m_axi_sg_wlast;
  m_axi_sg_.w.valid = model.m_axi_sg_wvalid;
  m_axi_sg_.b.ready = model.m_axi_sg_bready;
  m_axi_sg_.r.ready = model.m_axi_sg_rready;
}

void Dut::GetStreams() {
  const Vsgdma_top& model = *impl_->model;
  for (unsigned c = 0; c < kChannels; ++c) {
    s_axis_[c].ready = model.s_axis_tready >> c & 1;
    StreamPins& out = m_axis_[c];
    out.valid = model.m_axis_tvalid >> c & 1;
    if (out.valid == 0) continue;
    out.last = model.m_axis_tlast >> c & 1;
    out.user = model.m_axis_tuser >> c & 1;
    GetBits(model.m_axis_tdata, c * kDataBytes * 8, kDataBytes * 8, out.data.data());
    GetBits(model.m_axis_tkeep, c * kDataBytes, kDataBytes, &out.keep);
  }
}

// ---- Waves and coverage ----

bool Dut::OpenWaves(const std::string& path, std::string* why) {
  CloseWaves();
#if VM_TRACE
  Verilated::threadContextp(&impl_->context);
  impl_->waves =
      WaveFile::Open(path, why, [this](VerilatedFstC* file) { impl_->model->trace(file, 99); });
  return impl_->waves != nullptr;
#else
  (void)path;
  *why = "this build has no waves; configure with -DSGDMA_TRACE=ON (preset debug)";
  return false;
#endif
}

void Dut::CloseWaves() { impl_->waves.reset(); }

void Dut::WriteCoverage(const std::string& path) const {
#if VM_COVERAGE
  impl_->context.coveragep()->write(path.c_str());
#else
  throw std::runtime_error("No coverage in '" + path +
                           "': configure with -DSGDMA_COVERAGE=ON (preset coverage)");
#endif
}

}  // namespace tb
