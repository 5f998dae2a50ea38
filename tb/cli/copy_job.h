// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Moves a file through the engine, a few batches at a time, so that files larger than the simulated
// memory pass and the engine always has work:
//
//   file ─► source fragments ─► engine ─► destination fragments ─► compare ─► file
//
// A batch is one transaction of the driver. Its fragments lie at random offsets in mapped blocks
// with random bus addresses, sources and destinations independently, in random order. What is
// around a destination fragment must stay as it was. Errors are handled as a client of the driver
// does: retry, skip and queue again, or terminate and queue again; so the bytes are right in the
// end.

#ifndef SGDMA_TB_CLI_COPY_JOB_H_
#define SGDMA_TB_CLI_COPY_JOB_H_

#include <array>
#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/fault_story.h"
#include "cli/files.h"
#include "cli/specs.h"
#include "hal/platform.h"

namespace tb::cli {

struct CopyJobConfig {
  uint64_t seed = 1;
  FragmentSizes fragments;
  FaultSpec fault;
  Recovery recovery = Recovery::kAuto;
  std::function<void(uint64_t bytes)> progress;      // bytes that have arrived so far
  const volatile std::sig_atomic_t* stop = nullptr;  // not 0: throw Interrupted
};

struct CopyCounts {
  uint64_t bytes = 0;        // of the file
  uint64_t descriptors = 0;  // queued, those of repeated batches included
  uint64_t fragments = 0;
  uint64_t batches = 0;
  uint64_t repeated_batches = 0;
  uint64_t cycles = 0;  // from the first doorbell to the last byte known to be there
};

class CopyJob {
 public:
  CopyJob(Platform& platform, HostChannel& channel, const InputFile& input, OutputFile& output,
          CopyJobConfig config);
  ~CopyJob();

  // Throws ViolationError when a byte is wrong, HangError when nothing moves, Interrupted,
  // UsageError for the files.
  CopyCounts Run();

  const std::vector<FaultStory>& stories() const { return stories_; }
  // The injected fault has happened.
  bool fault_happened() const;

 private:
  static constexpr size_t kBatches = 4;
  static constexpr size_t kPageBlocks = 12;
  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kLongBytes = FragmentSizes::kLongest + kPageBytes;
  static constexpr size_t kBatchBytes = 65536;
  static constexpr unsigned kUsesOfABlock = 8;  // then it gets new bus addresses
  static constexpr unsigned kMostRecoveries = 1000;

  struct Block {
    CpuMemory memory;
    sgdma_mapping_t mapping{};
    size_t used = 0;
    std::vector<uint8_t> image;  // destinations: what must be there in the end
  };
  struct Fragment {
    uint64_t file_offset = 0;
    uint32_t bytes = 0;
    size_t src_block = 0;
    size_t src_offset = 0;
    size_t dst_block = 0;
    size_t dst_offset = 0;
  };
  enum class BatchState : uint8_t { kFree, kFilled, kQueued, kArrived, kBroken };
  struct Batch {
    BatchState state = BatchState::kFree;
    unsigned uses = 0;
    std::vector<Block> src;
    std::vector<Block> dst;
    std::vector<Fragment> fragments;
    std::vector<sgdma_segment_t> list;
    uint64_t bytes = 0;
    uint32_t descriptors = 0;
  };
  struct Spot {
    size_t block;
    size_t offset;
  };

  void MapBlocks(Batch& batch);
  void UnmapBlocks(Batch& batch);
  void MakeBlocks(std::vector<Block>& blocks);
  std::optional<Spot> FindSpot(std::vector<Block>& blocks, size_t bytes);
  void Fill(Batch& batch);
  void PlaceFragments(Batch& batch);
  void Shuffle(std::vector<Fragment>& fragments);
  void TakePageAway(Batch& batch);
  bool Queue(Batch& batch);
  void Finish(Batch& batch);
  void Check(Batch& batch);
  void ArmFault();
  void Recover();
  bool TryRecovery(FaultStory& story, Recovery recovery);
  std::string FragmentAt(uint64_t iova) const;
  void Wait();
  void CheckStop() const;
  bool Idle() const;

  Platform& platform_;
  HostChannel& channel_;
  const InputFile& input_;
  OutputFile& output_;
  CopyJobConfig config_;
  Random random_;
  std::array<Batch, kBatches> batches_;
  std::vector<uint8_t> scratch_;
  uint64_t next_offset_ = 0;  // first byte of the file that is in no batch yet
  uint32_t next_size_ = 0;    // of the fragment that did not fit into the last batch; 0: none
  uint64_t source_fragments_ = 0;
  uint32_t most_descriptors_ = 1;  // of a batch
  bool page_taken_ = false;
  bool halted_ = false;  // an error was reported and not recovered from yet
  sgdma_fault_t fault_{};
  unsigned recoveries_ = 0;
  CopyCounts counts_;
  std::vector<FaultStory> stories_;
};

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_COPY_JOB_H_
