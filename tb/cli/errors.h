// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// How the program ends when it does not end well. what() is one sentence that says what to do.

#ifndef SGDMA_TB_CLI_ERRORS_H_
#define SGDMA_TB_CLI_ERRORS_H_

#include <stdexcept>

namespace tb::cli {

enum ExitCode : int {
  kExitDone = 0,
  kExitViolation = 1,  // data wrong, or a rule broken
  kExitUsage = 2,      // nothing was simulated, or a file could not be read or written
  kExitHang = 124,
  kExitInterrupted = 130,
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ViolationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_ERRORS_H_
