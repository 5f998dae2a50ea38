// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The one owner of the clock: time, reset, waves and the hang watchdog of one design and its
// models.
//
//   Dut dut;
//   Simulation sim(dut);
//   Memory memory;  memory.AddRam(0x8000'0000, 64 << 20);
//   AxiMemoryPort port(sim, dut.m_axi(), memory);
//   LiteManager registers(sim, dut.s_axil());
//   sim.Reset();
//   registers.Write(0x01C, 1);
//   const bool done = sim.RunUntil([&] { return dut.irq() != 0; }, Cycles{2000});
//
// Models add themselves in their constructors and must be destroyed before the Simulation. One
// cycle is:
//   every Model::Sample()  ->  every Model::Drive()  ->  Device::Cycle()
// Drive() only prepares input pins; the design takes them over after the rising edge inside
// Device::Cycle(). Two simulations may live in one process; one object is for one thread.

#ifndef SGDMA_TB_SIM_SIMULATION_H_
#define SGDMA_TB_SIM_SIMULATION_H_

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/cycles.h"
#include "sim/device.h"
#include "sim/model.h"
#include "sim/violations.h"

namespace tb {

// Nothing moved for too long while work was expected. what() is the report: what each channel waits
// for, and the state the reporters add.
class HangError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct SimulationConfig {
  // No handshake on any port for this long while work is expected is a hang. 0 switches the
  // watchdog off.
  Cycles watchdog{20'000};
};

class Simulation {
 public:
  explicit Simulation(Device& device, SimulationConfig config = {});
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // ---- Time ----
  // Number of rising edges so far.
  uint64_t now() const { return now_; }

  // Advances n cycles. Throws HangError only while ExpectWork(true).
  void Step(uint64_t n = 1) {
    for (; n > 0; --n) {
      Tick();
      if (expect_work_) CheckHang();
    }
  }

  // Advances until condition() is true, asked before each cycle; false when `limit` cycles passed
  // without. Throws HangError when the watchdog finds that nothing moves. Time moves only here and
  // in Step() and Reset().
  template <typename Condition>
  bool RunUntil(Condition&& condition, Cycles limit = Cycles::Forever()) {
    for (uint64_t n = 0; !condition(); ++n) {
      if (n == limit.count) return false;
      if (n == 0) NoteProgress();  // silence before the wait is not a hang
      Tick();
      CheckHang();
    }
    return true;
  }

  // Asserts reset for `cycles` >= 1 edges, beginning after the next one, so time advances by cycles
  // + 1. Models forget what is open; memory contents stay.
  void Reset(uint64_t cycles = 4);
  bool in_reset() const { return in_reset_; }

  // ---- Watchdog ----
  // A port reports each handshake here.
  void NoteProgress() { last_progress_ = now_; }
  // Makes Step() watch for hangs too (RunUntil always does).
  void ExpectWork(bool expected) {
    expect_work_ = expected;
    NoteProgress();
  }
  void SetWatchdog(Cycles cycles) { watchdog_ = cycles.count == 0 ? ~uint64_t{0} : cycles.count; }
  // Called when a hang report is written, to append, for example, the engine's state.
  void AddReporter(std::function<std::string()> reporter) {
    reporters_.push_back(std::move(reporter));
  }
  // The report a HangError would carry now.
  std::string HangReport() const;

  // ---- What went wrong ----
  Violations& violations() { return violations_; }
  const Violations& violations() const { return violations_; }
  void Report(std::string_view rule, std::string_view text) { violations_.Add(now_, rule, text); }

  // ---- Waves (off until asked for) ----
  // Writes cycles first..last to `path`; the suffix .vcd or .fst chooses the format. Throws
  // std::runtime_error with a sentence when this build can not.
  void SetWaves(const std::string& path, Cycles first = Cycles{0}, Cycles last = Cycles::Forever());
  void StartWaves(const std::string& path) { SetWaves(path, Cycles{now_}); }
  void StopWaves();
  bool waves_open() const { return waves_open_; }

  // ---- Called by models ----
  void Add(Model& model) { models_.push_back(&model); }
  void Remove(Model& model);

  Device& device() { return device_; }

 private:
  void Tick() {
    for (Model* model : models_) model->Sample();
    for (Model* model : models_) model->Drive();
    CycleDevice();
  }
  void CycleDevice() {
    if (now_ == next_wave_event_) WaveEvent();
    device_.Cycle();
    ++now_;
    if (device_.error_count() != seen_errors_) CollectErrors();
  }
  void CheckHang() const {
    if (now_ - last_progress_ > watchdog_) Hang();
  }
  [[noreturn]] void Hang() const;
  void CollectErrors();
  void WaveEvent();

  Device& device_;
  std::vector<Model*> models_;
  uint64_t now_ = 0;
  uint64_t next_wave_event_ = ~uint64_t{0};
  uint64_t last_progress_ = 0;
  uint64_t watchdog_;
  uint64_t seen_errors_ = 0;
  bool expect_work_ = false;
  bool in_reset_ = false;
  bool waves_open_ = false;
  std::string wave_path_;
  uint64_t wave_last_ = 0;
  Violations violations_;
  std::vector<std::function<std::string()>> reporters_;
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_SIMULATION_H_
