// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "cli/fault_story.h"

#include <fmt/format.h>

namespace tb::cli {
namespace {

const char* CauseName(iommu::Cause cause) {
  switch (cause) {
    case iommu::Cause::kReadAccess:
      return "a page-table entry could not be read";
    case iommu::Cause::kWriteAccess:
      return "a page-table entry could not be read for a write";
    case iommu::Cause::kReadPage:
      return "page fault on a read";
    case iommu::Cause::kWritePage:
      return "page fault on a write";
    case iommu::Cause::kAllDisallowed:
      return "all translation is off";
    case iommu::Cause::kDirectoryInvalid:
      return "the device has no context";
    default:
      return "fault";
  }
}

}  // namespace

std::string DescribeTranslatorFault(const iommu::FaultRecord& record) {
  return fmt::format("{} of device 0x{:x} at 0x{:x} (cause {})", CauseName(record.cause()),
                     record.device_id(), record.iova(), static_cast<unsigned>(record.cause()));
}

std::vector<std::string> FaultStory::Lines() const {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{} ({}), cycle {}", sgdma_fault_name(fault.code),
                              sgdma_where_name(fault.where), cycle));
  if (fault.where == SGDMA_WHERE_RECORD) {
    lines.push_back(fmt::format("  error image: completion slot {}", fault.slot));
  } else {
    const std::string index =
        fault.index == SGDMA_INDEX_RING ? "" : fmt::format(", list entry {}", fault.index);
    lines.push_back(
        fmt::format("  record: slot {}{}, {} bytes of the descriptor proven, {} of the transaction",
                    fault.slot, index, fault.bytes, fault.tx_bytes));
  }
  lines.push_back(fmt::format("  first byte not proven: 0x{:x}{}", fault.iova,
                              place.empty() ? "" : ", " + place));
  for (const iommu::FaultRecord& record : translator) {
    lines.push_back("  IOMMU: " + DescribeTranslatorFault(record));
  }
  for (const std::string& step : recovery) lines.push_back("  recovery: " + step);
  return lines;
}

}  // namespace tb::cli
