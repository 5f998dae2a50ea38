// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "cli/copy_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cli/errors.h"
#include "sgdma/sgdma_regs.h"

namespace tb::cli {
namespace {

// What lies around the fragments of a destination, and must stay.
uint8_t Around(uint64_t i) { return static_cast<uint8_t>(0xC3 ^ (i * 0x35)); }

uint32_t DescriptorsOf(uint32_t bytes) { return bytes > SGDMA_DESC_MAX_BYTES ? 2 : 1; }

void MustBeOk(Platform& platform, sgdma_result_t result, const char* what) {
  platform.hal.Rethrow();
  if (result != SGDMA_OK) {
    throw ViolationError(
        fmt::format("The driver refused {}: {}.", what, sgdma_result_name(result)));
  }
}

}  // namespace

CopyJob::CopyJob(Platform& platform, HostChannel& channel, const InputFile& input,
                 OutputFile& output, CopyJobConfig config)
    : platform_(platform),
      channel_(channel),
      input_(input),
      output_(output),
      config_(std::move(config)),
      random_(Random(config_.seed).Fork(77)) {
  const uint32_t slots = uint32_t{1} << channel.config().sub_log2;
  most_descriptors_ = std::max<uint32_t>(2, std::min<uint32_t>(slots / kBatches, 512));
  channel_.SetErrorHook([this](const sgdma_fault_t& fault) {
    fault_ = fault;
    halted_ = true;
  });
  for (Batch& batch : batches_) {
    MakeBlocks(batch.src);
    MakeBlocks(batch.dst);
  }
}

CopyJob::~CopyJob() { channel_.SetErrorHook(nullptr); }

// ---- Blocks ----

void CopyJob::MakeBlocks(std::vector<Block>& blocks) {
  for (size_t i = 0; i <= kPageBlocks; ++i) {
    Block block;
    block.memory = CpuMemory(i < kPageBlocks ? kPageBytes : kLongBytes);
    for (size_t k = 0; k < block.memory.size(); ++k) block.memory.data()[k] = Around(k);
    blocks.push_back(std::move(block));
  }
}

void CopyJob::MapBlocks(Batch& batch) {
  const unsigned number = channel_.number();
  for (size_t i = 0; i <= kPageBlocks; ++i) {
    Block& src = batch.src[i];
    Block& dst = batch.dst[i];
    src.mapping = platform_.Map(number, fmt::format("source block {}", i), src.memory.data(),
                                src.memory.size(), SGDMA_TO_DEVICE);
    dst.mapping = platform_.Map(number, fmt::format("destination block {}", i), dst.memory.data(),
                                dst.memory.size(), SGDMA_FROM_DEVICE);
    platform_.SyncForCpu(src.mapping, 0, src.mapping.bytes);
    platform_.SyncForCpu(dst.mapping, 0, dst.mapping.bytes);
  }
}

void CopyJob::UnmapBlocks(Batch& batch) {
  for (auto* blocks : {&batch.src, &batch.dst}) {
    for (Block& block : *blocks) {
      if (block.mapping.cpu != nullptr) platform_.Unmap(&block.mapping);
    }
  }
}

// Room for one fragment behind what a block already holds, with a small gap in front where there is
// room for it.
std::optional<CopyJob::Spot> CopyJob::FindSpot(std::vector<Block>& blocks, size_t bytes) {
  const size_t first = random_.Below(blocks.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    const size_t number = (first + i) % blocks.size();
    const Block& block = blocks[number];
    const size_t room = block.memory.size() - block.used;
    if (bytes > room) continue;
    return Spot{number, block.used + random_.Below(std::min<size_t>(room - bytes, 40) + 1)};
  }
  return std::nullopt;
}

// ---- One batch ----

void CopyJob::Shuffle(std::vector<Fragment>& fragments) {
  for (size_t i = fragments.size(); i > 1; --i) {
    std::swap(fragments[i - 1], fragments[random_.Below(i)]);
  }
}

// Cuts the next bytes of the file into fragments until the batch is full.
void CopyJob::PlaceFragments(Batch& batch) {
  batch.fragments.clear();
  batch.bytes = 0;
  batch.descriptors = 0;
  while (next_offset_ < input_.size()) {
    const uint32_t drawn = next_size_ != 0 ? next_size_ : config_.fragments.Draw(random_);
    const auto bytes =
        static_cast<uint32_t>(std::min<uint64_t>(drawn, input_.size() - next_offset_));
    next_size_ = drawn;
    const uint32_t descriptors = DescriptorsOf(bytes);
    if (batch.descriptors + descriptors > most_descriptors_ ||
        (batch.bytes > 0 && batch.bytes + bytes > kBatchBytes)) {
      return;
    }
    const auto src = FindSpot(batch.src, bytes);
    const auto dst = FindSpot(batch.dst, bytes);
    if (!src || !dst) return;
    batch.src[src->block].used = src->offset + bytes;
    batch.dst[dst->block].used = dst->offset + bytes;
    batch.fragments.push_back({.file_offset = next_offset_,
                               .bytes = bytes,
                               .src_block = src->block,
                               .src_offset = src->offset,
                               .dst_block = dst->block,
                               .dst_offset = dst->offset});
    batch.bytes += bytes;
    batch.descriptors += descriptors;
    next_offset_ += bytes;
    next_size_ = 0;
  }
}

void CopyJob::Fill(Batch& batch) {
  if (batch.uses++ % kUsesOfABlock == 0) {
    UnmapBlocks(batch);
    MapBlocks(batch);
  }
  for (size_t i = 0; i <= kPageBlocks; ++i) {
    batch.src[i].used = 0;
    Block& dst = batch.dst[i];
    dst.used = 0;
    for (size_t k = 0; k < dst.memory.size(); ++k) dst.memory.data()[k] = Around(k);
    dst.image.assign(dst.memory.data(), dst.memory.data() + dst.memory.size());
  }
  PlaceFragments(batch);
  Shuffle(batch.fragments);
  batch.list.clear();
  for (const Fragment& fragment : batch.fragments) {
    Block& src = batch.src[fragment.src_block];
    Block& dst = batch.dst[fragment.dst_block];
    const std::span<uint8_t> bytes(src.memory.data() + fragment.src_offset, fragment.bytes);
    input_.Read(fragment.file_offset, bytes);
    std::copy(bytes.begin(), bytes.end(),
              dst.image.begin() + static_cast<ptrdiff_t>(fragment.dst_offset));
    batch.list.push_back({.src = src.mapping.iova + fragment.src_offset,
                          .dst = dst.mapping.iova + fragment.dst_offset,
                          .len = fragment.bytes});
  }
  for (size_t i = 0; i <= kPageBlocks; ++i) {
    if (batch.src[i].used == 0 && batch.dst[i].used == 0) continue;
    platform_.SyncForDevice(batch.src[i].mapping, 0, batch.src[i].mapping.bytes);
    platform_.SyncForDevice(batch.dst[i].mapping, 0, batch.dst[i].mapping.bytes);
  }
  batch.state = BatchState::kFilled;
  counts_.fragments += batch.fragments.size();
  ++counts_.batches;
  TakePageAway(batch);
}

// --fault translate:N: the page with the first byte of the N-th source fragment is not there when
// it is needed.
void CopyJob::TakePageAway(Batch& batch) {
  const uint64_t first = source_fragments_ + 1;
  source_fragments_ += batch.list.size();
  if (config_.fault.where != FaultSpec::Where::kTranslate || page_taken_) return;
  if (config_.fault.nth < first || config_.fault.nth > source_fragments_) return;
  platform_.dma.PageOut(channel_.device_id(), batch.list[config_.fault.nth - first].src);
  page_taken_ = true;
}

// False: no room in the ring now.
bool CopyJob::Queue(Batch& batch) {
  sgdma_cookie_t cookie = 0;
  const sgdma_result_t result =
      sgdma_prep_sg(channel_.chan(), batch.list.data(), batch.list.size(), SGDMA_NOTIFY, &cookie);
  if (result == SGDMA_AGAIN) return false;
  MustBeOk(platform_, result, "a batch");
  MustBeOk(platform_,
           channel_.SetCallback(cookie,
                                [&batch](sgdma_cookie_t, sgdma_tx_status_t status) {
                                  batch.state = status == SGDMA_COMPLETE ? BatchState::kArrived
                                                                         : BatchState::kBroken;
                                }),
           "a callback");
  batch.state = BatchState::kQueued;
  counts_.descriptors += batch.descriptors;
  MustBeOk(platform_, sgdma_issue_pending(channel_.chan()), "the doorbell");
  return true;
}

// All bytes have arrived: they, and all around them, must be right.
void CopyJob::Check(Batch& batch) {
  for (size_t i = 0; i <= kPageBlocks; ++i) {
    Block& src = batch.src[i];
    Block& dst = batch.dst[i];
    if (src.used == 0 && dst.used == 0) continue;
    platform_.SyncForCpu(src.mapping, 0, src.mapping.bytes);
    platform_.SyncForCpu(dst.mapping, 0, dst.mapping.bytes);
    const auto [want, got] = std::mismatch(dst.image.begin(), dst.image.end(), dst.memory.data());
    if (want == dst.image.end()) continue;
    const auto at = static_cast<size_t>(want - dst.image.begin());
    throw ViolationError(fmt::format(
        "Byte 0x{:x} ({}) holds 0x{:02x} instead of 0x{:02x}; run again with --seed {} and waves "
        "to see why.",
        dst.mapping.iova + at, FragmentAt(dst.mapping.iova + at), *got, *want, config_.seed));
  }
}

void CopyJob::Finish(Batch& batch) {
  Check(batch);
  scratch_.reserve(FragmentSizes::kLongest);
  for (const Fragment& fragment : batch.fragments) {
    const uint8_t* from = batch.dst[fragment.dst_block].memory.data() + fragment.dst_offset;
    output_.Write(fragment.file_offset, {from, fragment.bytes});
  }
  counts_.bytes += batch.bytes;
  batch.state = BatchState::kFree;
  if (config_.progress) config_.progress(counts_.bytes);
}

// ---- The loop ----

void CopyJob::CheckStop() const {
  if (config_.stop != nullptr && *config_.stop != 0) {
    throw Interrupted("Interrupted: the output was not written.");
  }
}

bool CopyJob::Idle() const {
  return next_offset_ == input_.size() &&
         std::all_of(batches_.begin(), batches_.end(),
                     [](const Batch& batch) { return batch.state == BatchState::kFree; });
}

// Sleeps until an interrupt brought news.
void CopyJob::Wait() {
  platform_.hal.RunUntil(
      [this] {
        if (halted_ || (config_.stop != nullptr && *config_.stop != 0)) return true;
        return std::any_of(batches_.begin(), batches_.end(), [](const Batch& batch) {
          return batch.state == BatchState::kArrived || batch.state == BatchState::kBroken;
        });
      },
      Cycles::Forever());
}

CopyCounts CopyJob::Run() {
  ArmFault();
  uint64_t start = 0;
  while (!Idle()) {
    CheckStop();
    if (halted_) Recover();
    for (Batch& batch : batches_) {
      if (batch.state == BatchState::kArrived) {
        counts_.cycles = platform_.sim.now() - start;
        Finish(batch);
      }
      if (batch.state == BatchState::kBroken) {
        batch.state = BatchState::kFilled;
        ++counts_.repeated_batches;
      }
      if (batch.state == BatchState::kFree && next_offset_ < input_.size()) Fill(batch);
      if (batch.state == BatchState::kFilled && !halted_) {
        if (start == 0) {
          start = platform_.sim.now();
          platform_.monitor.StartWindow();
        }
        if (!Queue(batch)) break;
      }
    }
    if (!Idle() && !halted_) Wait();
  }
  platform_.monitor.StopWindow();
  for (Batch& batch : batches_) UnmapBlocks(batch);
  return counts_;
}

}  // namespace tb::cli
