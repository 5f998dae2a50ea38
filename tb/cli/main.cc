// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// sgdma: the engine on the command line. Exit codes are in errors.h and in docs/cli.md.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>

#include "cli/commands.h"
#include "cli/errors.h"
#include "sgdma_build_info.h"
#include "sim/simulation.h"

namespace {

using namespace tb::cli;

volatile std::sig_atomic_t g_stop = 0;  // the one thing a signal handler can reach

void CatchSignals() {
  const auto stop = [](int) { g_stop = 1; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
#ifdef SIGXFSZ
  std::signal(SIGXFSZ, SIG_IGN);  // a full disk or quota is then an error of the write
#endif
}

// Runs the chosen command and turns how it ended into an exit code and one message.
int Run(const std::function<int()>& command) {
  const auto fail = [](int code, const char* text) {
    fmt::print(stderr, "sgdma: {}\n", text);
    return code;
  };
  try {
    const int code = command();
    return std::fflush(stdout) == 0
               ? code
               : fail(kExitUsage, "Cannot write the report to standard output.");
  } catch (const UsageError& e) {
    return fail(kExitUsage, e.what());
  } catch (const Interrupted& e) {
    return fail(kExitInterrupted, e.what());
  } catch (const tb::HangError& e) {
    return fail(kExitHang, (std::string("Hang: the output was not written.\n") + e.what()).c_str());
  } catch (const std::exception& e) {
    return fail(kExitViolation, e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scatter-gather DMA: a simulated engine moves real files, checked on the way.",
               "sgdma");
  app.set_version_flag("--version", "sgdma " SGDMA_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 data or a rule violated, 2 wrong use, 124 hang, 130 interrupted.\n"
      "More in docs/cli.md.");
  const std::function<int()> copy = AddCopyCommand(app, &g_stop);
  const std::function<int()> info = AddInfoCommand(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kExitDone : kExitUsage;
  }
  CatchSignals();
  return Run(app.got_subcommand("copy") ? copy : info);
}
