// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/engine_report.h"

#include <cstdio>

#include "sgdma/sgdma_regs.h"

namespace tb {
namespace {

constexpr const char* kStates[] = {"IDLE",   "RUN",   "PAUSED", "DRAINING",
                                   "HALTED", "STUCK", "6?",     "7?"};

}  // namespace

std::optional<uint32_t> PeekRegister(Simulation& sim, LiteManager& registers, const LitePins& pins,
                                     uint32_t offset, uint64_t patience) {
  if (registers.read_open() || registers.open_writes() > 0) return std::nullopt;
  registers.BeginRead(offset);
  for (bool answered = false; !answered;) {
    if (patience-- == 0) return std::nullopt;
    sim.NoteProgress();  // this is no wait of the work itself
    answered = pins.r.Fires();
    sim.Step();
  }
  return registers.FinishRead();
}

std::string EngineReport(Simulation& sim, LiteManager& registers, const LitePins& pins,
                         unsigned channels, uint32_t page_bytes) {
  std::string report;
  for (unsigned c = 0; c < channels; ++c) {
    const uint32_t page = (1 + c) * page_bytes;
    const auto read = [&](uint32_t offset) {
      return PeekRegister(sim, registers, pins, page + offset);
    };
    const auto state = read(SGDMA_CH_STATE);
    if (!state) return report + "  engine: the register port does not answer\n";
    const uint32_t head = read(SGDMA_CH_SUB_HEAD).value_or(0);
    const uint32_t tail = read(SGDMA_CH_SUB_TAIL).value_or(0);
    const uint32_t records = read(SGDMA_CH_CPL_INDEX).value_or(0);
    const uint32_t data = read(SGDMA_CH_OUT_DATA).value_or(0);
    const uint32_t control = read(SGDMA_CH_OUT_CTL).value_or(0);
    const uint32_t errors = read(SGDMA_CH_ERR_COUNT).value_or(0);
    const uint32_t cause = read(SGDMA_CH_CAUSE).value_or(0);
    char line[200];
    std::snprintf(
        line, sizeof line,
        "  channel %u: %s%s, head %u, tail %u, record %u; open: %u reads, %u writes, %u records, "
        "%u fetches; errors %u, cause 0x%x\n",
        c, kStates[*state & 7], (*state & SGDMA_CH_STATE_PAUSING_MASK) != 0 ? " (pausing)" : "",
        head, tail, records, data & 0x1FF, data >> 16 & 0x1FF, control & 0x1FF,
        control >> 16 & 0x1FF, errors, cause);
    report += line;
  }
  return report;
}

}  // namespace tb
