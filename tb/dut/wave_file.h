// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// One wave file of a Verilated model that was built with FST tracing: .fst as the model writes it,
// or .vcd, for which the .fst is written beside it and converted when the file is closed.
// (Verilator writes one format a model.)

#ifndef SGDMA_TB_DUT_WAVE_FILE_H_
#define SGDMA_TB_DUT_WAVE_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

class VerilatedFstC;

namespace tb {

class WaveFile {
 public:
  static constexpr uint64_t kUnitsPerCycle =
      10;  // time units of the file; the falling edge is at 5

  // Null, with a sentence in `why`, when the file cannot be written. `attach` has the model
  // register its signals.
  static std::unique_ptr<WaveFile> Open(const std::string& path, std::string* why,
                                        const std::function<void(VerilatedFstC*)>& attach);
  ~WaveFile();

  void Dump(uint64_t cycle, bool falling_edge);

 private:
  WaveFile();

  std::unique_ptr<VerilatedFstC> file_;
  std::string fst_path_;
  std::string vcd_path_;  // empty: no conversion
};

}  // namespace tb

#endif  // SGDMA_TB_DUT_WAVE_FILE_H_
