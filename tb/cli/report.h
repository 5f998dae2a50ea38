// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What `sgdma copy` prints: a table, or the same as JSON; and the progress bar of a terminal.

#ifndef SGDMA_TB_CLI_REPORT_H_
#define SGDMA_TB_CLI_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/copy_job.h"

namespace tb::cli {

struct CopyReport {
  std::string input;
  std::string output;
  uint64_t seed = 1;
  CopyCounts counts;
  unsigned bus_bytes = 8;
  uint64_t interrupts = 0;
  bool iommu = true;
  uint64_t iommu_hits = 0;
  uint64_t iommu_walks = 0;
  uint64_t iommu_faults = 0;
  uint64_t read_bursts = 0;
  uint64_t write_bursts = 0;
  uint64_t simulated_cycles = 0;  // all of them, set-up and end included
  double cpu_seconds = 0;
  std::string fault_spec;  // "" for none
  bool fault_happened = false;
  std::vector<FaultStory> stories;

  double BytesPerCycle() const;
  // Of what no engine can exceed with fragments of this mean size: n/(n+16) of the bus.
  double ShareOfLimit() const;
  double CyclesPerSecond() const;

  std::string Table() const;
  std::string Json() const;
};

// On stderr, when it is a terminal; otherwise nothing is printed at all.
class ProgressBar {
 public:
  ProgressBar(uint64_t total, bool wanted);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void Show(uint64_t done);

 private:
  uint64_t total_;
  bool on_;
  int last_permille_ = -1;
};

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_REPORT_H_
