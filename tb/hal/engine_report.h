// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the engine says about itself, for the hang report: state, head, tail, position, open
// transactions and errors of each channel, read through the register port like any software would.
// Cannot hang: when the port does not answer, the report says that instead.

#ifndef SGDMA_TB_HAL_ENGINE_REPORT_H_
#define SGDMA_TB_HAL_ENGINE_REPORT_H_

#include <optional>
#include <string>

#include "axi/lite_manager.h"
#include "sim/simulation.h"

namespace tb {

// One register; nothing when the port is busy with a read that has no answer, or gives none within
// `patience` cycles. Time advances; no watchdog bites meanwhile.
std::optional<uint32_t> PeekRegister(Simulation& sim, LiteManager& registers, const LitePins& pins,
                                     uint32_t offset, uint64_t patience = 200);

// One line a channel.
std::string EngineReport(Simulation& sim, LiteManager& registers, const LitePins& pins,
                         unsigned channels, uint32_t page_bytes);

}  // namespace tb

#endif  // SGDMA_TB_HAL_ENGINE_REPORT_H_
