// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What happened when an error came, in words: the error as the driver tells it, what the translator
// said, and how the work went on.

#ifndef SGDMA_TB_CLI_FAULT_STORY_H_
#define SGDMA_TB_CLI_FAULT_STORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "iommu/formats.h"
#include "sgdma/sgdma.h"

namespace tb::cli {

struct FaultStory {
  uint64_t cycle = 0;
  sgdma_fault_t fault{};
  std::string place;                           // which fragment of the file
  std::vector<iommu::FaultRecord> translator;  // its records, if any
  std::vector<std::string> recovery;           // one sentence a step

  // Lines without newline, the first one the summary.
  std::vector<std::string> Lines() const;
};

// "read page fault at 0x...", from the translator's record.
std::string DescribeTranslatorFault(const iommu::FaultRecord& record);

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_FAULT_STORY_H_
