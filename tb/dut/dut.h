// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The Verilated engine as a Device. The only place that names the Verilated class.
//
//   Dut dut;                       // or Dut dut({.seed = 7}): what uninitialised state holds
//   Simulation sim(dut);
//   AxiMemoryPort port(sim, dut.m_axi(), memory);
//
// Which model this is (channels, width, waves, assertions, coverage) is decided when it is built;
// see tb/CMakeLists.txt.

#ifndef SGDMA_TB_DUT_DUT_H_
#define SGDMA_TB_DUT_DUT_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "sim/device.h"
#include "sim/pins.h"

namespace tb {

struct DutConfig {
  uint64_t seed = 1;  // of the values uninitialised state starts with
};

class Dut final : public Device {
 public:
  static constexpr unsigned kChannels = SGDMA_NUM_CHANNELS;
  static constexpr unsigned kDataBytes = SGDMA_DATA_WIDTH / 8;
  // Descriptors, records and messages have a port of their own.
  static constexpr bool kSgPort = SGDMA_SG_PORT != 0;

  // Facts of this build.
  static bool HasWaves();
  static bool HasAssertions();
  static bool HasCoverage();

  explicit Dut(const DutConfig& config = {});
  ~Dut() override;
  Dut(const Dut&) = delete;
  Dut& operator=(const Dut&) = delete;

  AxiPins& m_axi() { return m_axi_; }
  AxiPins& m_axi_sg() { return m_axi_sg_; }  // silent without kSgPort
  // The port of descriptors, records and messages, whichever it is.
  AxiPins& control() { return kSgPort ? m_axi_sg_ : m_axi_; }
  LitePins& s_axil() { return s_axil_; }
  uint32_t irq() const { return irq_; }                              // bit c: level of channel c
  StreamPins& m_axis(unsigned channel) { return m_axis_[channel]; }  // SEND: out of the engine
  StreamPins& s_axis(unsigned channel) { return s_axis_[channel]; }  // RECV: into it
  DemandPins& demand() { return demand_; }

  void Cycle() override;
  void SetReset(bool asserted) override { reset_ = asserted; }
  bool OpenWaves(const std::string& path, std::string* why) override;
  void CloseWaves() override;
  std::string ErrorText(uint64_t index) const override;

  // Adds what this model covered to a Verilator coverage file. Throws std::runtime_error when it
  // was built without.
  void WriteCoverage(const std::string& path) const;

 private:
  struct Impl;

  void SetInputs();
  void SetPorts();
  void SetStreams();
  void GetOutputs();
  void GetPorts();
  void GetStreams();
  void CollectErrors();

  AxiPins m_axi_;
  AxiPins m_axi_sg_;
  LitePins s_axil_;
  uint32_t irq_ = 0;
  std::array<StreamPins, kChannels> m_axis_;
  std::array<StreamPins, kChannels> s_axis_;
  DemandPins demand_;
  bool reset_ = true;  // until the first Simulation::Reset() has ended
  std::unique_ptr<Impl> impl_;
};

}  // namespace tb

#endif  // SGDMA_TB_DUT_DUT_H_
