// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The platform the driver runs on: sgdma_hal.h over a simulated register port, memory and interrupt
// line.
//
//   CosimHal hal(sim, registers, dma, [&] { return dut.irq(); }, {});
//   sgdma_probe(&dev, hal.table(), 0);
//   hal.SetHandler(0, [&] { sgdma_handle_irq(&chan); });      // enters by itself from now on
//
// It is one CPU. Time passes only inside HAL calls (and in RunUntil, its "wait for interrupt").
// After each of them, when a line with a handler is high, no critical section is open and no
// handler runs, the handler is entered: from inside the driver call that happened to be running, as
// on a real CPU. Handlers do not nest.
//
// Bounded: no call waits for ever. What goes wrong in a call (a hang, with its report) may not fly
// through C code: it is kept, and from then on the device is gone (registers read all ones, time
// stands still), so that the driver returns; Rethrow() throws it in C++.

#ifndef SGDMA_TB_HAL_COSIM_HAL_H_
#define SGDMA_TB_HAL_COSIM_HAL_H_

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "axi/lite_manager.h"
#include "hal/dma_memory.h"
#include "sgdma/sgdma_hal.h"
#include "sim/simulation.h"

namespace tb {

struct CosimHalConfig {
  uint32_t cycles_per_us = 100;  // what delay_us(1) lets pass: a 100 MHz engine
  uint32_t call_cycles = 1;      // of calls that are no register access: map, sync, barriers
  uint32_t register_cycles = 0;  // more that a register access takes: bridges on the way
  uint32_t return_cycles = 4;    // from the end of a handler to the next look at the lines
  bool posted_writes = false;    // a register write returns before it has arrived, as on Arm
  // Handler entries in a row that leave the line high; then it is reported and masked ("nobody
  // cared").
  uint32_t storm_limit = 1000;
};

class CosimHal {
 public:
  static constexpr unsigned kLines = 32;

  CosimHal(Simulation& sim, LiteManager& registers, DmaMemory& dma, std::function<uint32_t()> lines,
           const CosimHalConfig& config = {});
  CosimHal(const CosimHal&) = delete;
  CosimHal& operator=(const CosimHal&) = delete;

  // For sgdma_probe(); lives as long as this object.
  const sgdma_hal_t* table() const { return &table_; }

  // The context (device id) that map calls go to from now on: a driver knows only one, a test of
  // two isolated channels needs two.
  void UseContext(uint32_t device_id) { context_ = device_id; }

  // Told each register write of the driver before it happens.
  void SetWriteObserver(std::function<void(uint32_t offset, uint32_t value)> observer) {
    write_observer_ = std::move(observer);
  }

  // ---- Interrupts ----
  // An empty handler takes it away: the line is then nobody's business here.
  void SetHandler(unsigned line, std::function<void()> handler);
  // Called with the line before its handler is entered: for lines that are remembered messages.
  void SetAcknowledge(std::function<void(unsigned line)> acknowledge) {
    acknowledge_ = std::move(acknowledge);
  }
  // The CPU's own mask.
  void MaskLine(unsigned line, bool masked);
  uint64_t handler_entries() const { return handler_entries_; }
  uint64_t register_accesses() const { return register_accesses_; }

  // Advances until condition() is true, entering handlers meanwhile; false when `limit` cycles have
  // passed. Throws HangError when nothing moves, and what went wrong in a handler.
  template <typename Condition>
  bool RunUntil(Condition&& condition, Cycles limit) {
    const uint64_t start = sim_.now();
    while (!condition()) {
      const uint64_t passed = sim_.now() - start;
      if (passed >= limit.count) return false;
      sim_.RunUntil([&] { return condition() || InterruptDue(); }, limit - Cycles(passed));
      EnterHandlers();
      Rethrow();
    }
    return true;
  }

  // ---- What went wrong ----
  bool failed() const { return failure_ != nullptr; }
  void Rethrow() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }
  // For callbacks of the driver written in C++: runs f and keeps what it throws.
  template <typename Function>
  void Guard(Function&& f) noexcept {
    try {
      f();
    } catch (...) {
      Fail();
    }
  }

  // The last calls, oldest first, one line each.
  std::vector<std::string> Log() const;

 private:
  struct Event {
    uint64_t cycle = 0;
    const char* what = "";  // of static storage, or "" with `text`
    uint64_t a = 0;
    uint64_t b = 0;
    std::string text;
  };
  static constexpr size_t kLogLines = 200;

  template <typename Result, typename Function>
  Result Call(Result if_dead, Function&& f) noexcept;
  void Fail() noexcept;
  void Pass(uint64_t cycles) { sim_.Step(cycles); }
  bool InterruptDue() const {
    return wanted_lines_ != 0 && !critical_ && !in_handler_ && (lines_() & wanted_lines_) != 0;
  }
  void EnterHandlers();
  void Delay(uint64_t cycles);
  void Note(const char* what, uint64_t a, uint64_t b) {
    Event& event = log_[log_count_++ % kLogLines];
    event.cycle = sim_.now();
    event.what = what;
    event.a = a;
    event.b = b;
  }
  void FillRegisterCalls();
  void FillMemoryCalls();
  void FillCpuCalls();

  Simulation& sim_;
  LiteManager& registers_;
  DmaMemory& dma_;
  std::function<uint32_t()> lines_;
  CosimHalConfig config_;
  sgdma_hal_t table_{};
  uint32_t context_ = 0;
  std::function<void(uint32_t, uint32_t)> write_observer_;
  std::function<void(unsigned)> acknowledge_;

  std::array<std::function<void()>, kLines> handlers_;
  uint32_t wanted_lines_ = 0;  // handler there, not masked
  uint32_t masked_lines_ = 0;
  uint32_t storm_ = 0;
  uint64_t handler_entries_ = 0;
  uint64_t register_accesses_ = 0;
  bool critical_ = false;
  bool in_handler_ = false;

  std::exception_ptr failure_;
  std::array<Event, kLogLines> log_;
  uint64_t log_count_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_COSIM_HAL_H_
