// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The commands. Each adds its options to the program and returns what main() calls when it was
// chosen: an exit code, or one of errors.h.

#ifndef SGDMA_TB_CLI_COMMANDS_H_
#define SGDMA_TB_CLI_COMMANDS_H_

#include <CLI/App.hpp>
#include <csignal>
#include <functional>

namespace tb::cli {

// `stop` becomes not 0 when the user interrupts.
std::function<int()> AddCopyCommand(CLI::App& app, const volatile std::sig_atomic_t* stop);
std::function<int()> AddInfoCommand(CLI::App& app);

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_COMMANDS_H_
