// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// CopyJob: the fault that is asked for, and how work goes on behind an error.

#include <fmt/format.h>

#include <utility>

#include "cli/copy_job.h"
#include "cli/errors.h"

namespace tb::cli {

void CopyJob::ArmFault() {
  using Where = FaultSpec::Where;
  const FaultSpec& fault = config_.fault;
  if (fault.where == Where::kNone || fault.where == Where::kTranslate) return;
  const bool data = fault.where == Where::kRead || fault.where == Where::kWrite;
  const bool read = fault.where == Where::kRead || fault.where == Where::kDesc;
  platform_.port.Arm({.on = read ? PortFault::On::kReadBurst : PortFault::On::kWriteBurst,
                      .nth = fault.nth,
                      .ids = ChannelIds(channel_.number()) & (data ? kDataIds : kControlIds),
                      .does = fault.silence ? PortFault::Does::kSilence : PortFault::Does::kRespond,
                      .resp = fault.resp});
}

bool CopyJob::fault_happened() const {
  return platform_.port.faults_fired() > 0 || (page_taken_ && !stories_.empty());
}

std::string CopyJob::FragmentAt(uint64_t iova) const {
  for (const Batch& batch : batches_) {
    for (size_t i = 0; i < batch.list.size(); ++i) {
      const sgdma_segment_t& segment = batch.list[i];
      for (const bool source : {true, false}) {
        const uint64_t base = source ? segment.src : segment.dst;
        if (iova < base || iova - base >= segment.len) continue;
        return fmt::format("byte {} of a {} fragment of {} bytes, offset {} of the file",
                           iova - base, source ? "source" : "destination", segment.len,
                           batch.fragments[i].file_offset + (iova - base));
      }
    }
  }
  return "in no fragment";
}

// One way of going on. False: the driver says it is not legal here.
bool CopyJob::TryRecovery(FaultStory& story, Recovery recovery) {
  sgdma_chan_t* chan = channel_.chan();
  sgdma_result_t result = SGDMA_OK;
  switch (recovery) {
    case Recovery::kAuto:
    case Recovery::kRetry:
      result = sgdma_retry(chan);
      story.recovery.push_back("RETRY, the descriptor runs again from its first byte");
      break;
    case Recovery::kRetryRest:
      result = sgdma_retry_rest(chan);
      story.recovery.push_back("RETRY of the rest, the descriptor is shortened by what is proven");
      break;
    case Recovery::kSkip:
      result = sgdma_skip(chan);
      story.recovery.push_back("SKIP, the batch is queued again behind the others");
      break;
    case Recovery::kRestart:
      result = sgdma_terminate(chan);
      story.recovery.push_back(
          "terminate and START, everything that had not ended is queued again");
      break;
  }
  platform_.hal.Rethrow();
  if (result == SGDMA_OK) return true;
  story.recovery.back() += fmt::format(": not possible, {}", sgdma_result_name(result));
  return false;
}

void CopyJob::Recover() {
  halted_ = false;
  if (++recoveries_ > kMostRecoveries) {
    throw ViolationError("The same work fails again and again: look at it with --waves.");
  }
  FaultStory story;
  story.cycle = platform_.sim.now();
  story.fault = fault_;
  if (fault_.where == SGDMA_WHERE_READ || fault_.where == SGDMA_WHERE_WRITE) {
    story.place = FragmentAt(fault_.iova);
  }
  story.translator = platform_.TakeIommuFaults();
  for (const iommu::FaultRecord& record : story.translator) {
    if (platform_.dma.PageIn(record.device_id(), record.iova())) {
      story.recovery.push_back(
          fmt::format("the page at 0x{:x} is mapped", record.iova() & ~uint64_t{4095}));
    }
  }
  Recovery wanted = config_.recovery;
  if (wanted == Recovery::kAuto && !story.translator.empty()) wanted = Recovery::kRetryRest;
  const bool went_on = TryRecovery(story, wanted) ||
                       (wanted == Recovery::kRetryRest && TryRecovery(story, Recovery::kRetry)) ||
                       (wanted != Recovery::kRestart && TryRecovery(story, Recovery::kRestart));
  stories_.push_back(std::move(story));
  if (!went_on)
    throw ViolationError("The channel can not be brought back to work; see the error record.");
}

}  // namespace tb::cli
