// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/cosim_hal.h"

#include <bit>
#include <cstdio>
#include <stdexcept>

namespace tb {
namespace {

constexpr uint32_t kGone = 0xFFFF'FFFF;  // what a register of a device that is gone reads

CosimHal& Self(void* ctx) { return *static_cast<CosimHal*>(ctx); }

}  // namespace

CosimHal::CosimHal(Simulation& sim, LiteManager& registers, DmaMemory& dma,
                   std::function<uint32_t()> lines, const CosimHalConfig& config)
    : sim_(sim), registers_(registers), dma_(dma), lines_(std::move(lines)), config_(config) {
  table_.ctx = this;
  FillRegisterCalls();
  FillMemoryCalls();
  FillCpuCalls();
}

void CosimHal::Fail() noexcept {
  if (failure_ == nullptr) failure_ = std::current_exception();
}

// One call of the driver: does f unless the device is gone, then lets waiting interrupts in.
template <typename Result, typename Function>
Result CosimHal::Call(Result if_dead, Function&& f) noexcept {
  if (failure_ != nullptr) return if_dead;
  try {
    const Result result = f();
    EnterHandlers();
    return result;
  } catch (...) {
    Fail();
    return if_dead;
  }
}

// ---- The driver's calls ----

void CosimHal::FillRegisterCalls() {
  table_.read32 = [](void* ctx, uint32_t offset) {
    CosimHal& hal = Self(ctx);
    return hal.Call(kGone, [&] {
      ++hal.register_accesses_;
      hal.Pass(hal.config_.register_cycles);
      const uint32_t value = hal.registers_.Read(offset);
      hal.Note("read", offset, value);
      return value;
    });
  };
  table_.write32 = [](void* ctx, uint32_t offset, uint32_t value) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.Note("write", offset, value);
      ++hal.register_accesses_;
      if (!hal.config_.posted_writes) hal.Pass(hal.config_.register_cycles);
      if (hal.write_observer_) hal.write_observer_(offset, value);
      if (hal.config_.posted_writes) {
        hal.registers_.Post(offset, value);
        hal.Pass(1);
      } else {
        hal.registers_.Write(offset, value);
      }
      return 0;
    });
  };
}

void CosimHal::FillMemoryCalls() {
  table_.map = [](void* ctx, sgdma_mapping_t* m) {
    CosimHal& hal = Self(ctx);
    return hal.Call(false, [&] {
      const bool mapped = hal.dma_.Map(m, hal.context_);
      hal.Note("map", m->iova, m->bytes);
      hal.Pass(hal.config_.call_cycles);
      return mapped;
    });
  };
  table_.unmap = [](void* ctx, const sgdma_mapping_t* m) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.Note("unmap", m->iova, m->bytes);
      hal.dma_.Unmap(*m);
      hal.Pass(hal.config_.call_cycles);
      return 0;
    });
  };
  table_.sync_for_device = [](void* ctx, const sgdma_mapping_t* m, size_t offset, size_t bytes) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.dma_.SyncForDevice(*m, offset, bytes);
      hal.Pass(hal.config_.call_cycles);
      return 0;
    });
  };
  table_.sync_for_cpu = [](void* ctx, const sgdma_mapping_t* m, size_t offset, size_t bytes) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.Pass(hal.config_.call_cycles);
      hal.dma_.SyncForCpu(*m, offset, bytes);
      return 0;
    });
  };
}

void CosimHal::FillCpuCalls() {
  table_.wmb = [](void* ctx) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.dma_.Barrier();
      hal.Pass(hal.config_.call_cycles);
      return 0;
    });
  };
  table_.rmb = [](void* ctx) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.Pass(hal.config_.call_cycles);
      return 0;
    });
  };
  table_.delay_us = [](void* ctx, uint32_t us) {
    CosimHal& hal = Self(ctx);
    hal.Call(0, [&] {
      hal.Delay(uint64_t{us} * hal.config_.cycles_per_us);
      return 0;
    });
  };
  table_.enter_critical = [](void* ctx) {
    CosimHal& hal = Self(ctx);
    const uint32_t before = hal.critical_;
    hal.critical_ = true;
    return before;
  };
  table_.leave_critical = [](void* ctx, uint32_t state) {
    CosimHal& hal = Self(ctx);
    hal.critical_ = state != 0;
    hal.Call(0, [] { return 0; });
  };
  table_.log = [](void* ctx, int channel, const char* what, uint32_t value) {
    CosimHal& hal = Self(ctx);
    hal.Note("", static_cast<uint64_t>(channel), value);
    hal.log_[(hal.log_count_ - 1) % kLogLines].text = what;
  };
}

// A delay with interrupts let in: they make it longer, as on a real CPU.
void CosimHal::Delay(uint64_t cycles) {
  if (critical_) throw std::logic_error("delay_us inside a critical section");
  for (; cycles > 0; --cycles) {
    Pass(1);
    if (InterruptDue()) EnterHandlers();
  }
}

// ---- Interrupts ----

void CosimHal::SetHandler(unsigned line, std::function<void()> handler) {
  if (line >= kLines) throw std::invalid_argument("no such interrupt line");
  handlers_[line] = std::move(handler);
  MaskLine(line, (masked_lines_ >> line & 1) != 0);
}

void CosimHal::MaskLine(unsigned line, bool masked) {
  const uint32_t bit = uint32_t{1} << line;
  masked_lines_ = masked ? masked_lines_ | bit : masked_lines_ & ~bit;
  wanted_lines_ =
      handlers_[line] != nullptr && !masked ? wanted_lines_ | bit : wanted_lines_ & ~bit;
}

void CosimHal::EnterHandlers() {
  storm_ = 0;
  while (InterruptDue()) {
    const auto line = static_cast<unsigned>(std::countr_zero(lines_() & wanted_lines_));
    if (++storm_ > config_.storm_limit) {
      sim_.Report("interrupt",
                  "line " + std::to_string(line) + " stays high: nobody clears its cause");
      MaskLine(line, true);
      return;
    }
    ++handler_entries_;
    Note("interrupt", line, 0);
    in_handler_ = true;
    if (acknowledge_) acknowledge_(line);
    Guard(handlers_[line]);
    in_handler_ = false;
    if (failure_ != nullptr) return;
    Pass(config_.return_cycles);
  }
}

// ---- Log ----

std::vector<std::string> CosimHal::Log() const {
  std::vector<std::string> lines;
  const uint64_t first = log_count_ < kLogLines ? 0 : log_count_ - kLogLines;
  for (uint64_t i = first; i < log_count_; ++i) {
    const Event& event = log_[i % kLogLines];
    char text[160];
    if (event.what[0] != '\0') {
      std::snprintf(text, sizeof text, "%10llu  %-9s 0x%llx  0x%llx",
                    static_cast<unsigned long long>(event.cycle), event.what,
                    static_cast<unsigned long long>(event.a),
                    static_cast<unsigned long long>(event.b));
    } else {
      std::snprintf(text, sizeof text, "%10llu  driver    channel %d: %s (0x%llx)",
                    static_cast<unsigned long long>(event.cycle), static_cast<int>(event.a),
                    event.text.c_str(), static_cast<unsigned long long>(event.b));
    }
    lines.emplace_back(text);
  }
  return lines;
}

}  // namespace tb
