// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Memory as a driver sees it: CPU buffers, the frames the device sees instead, and the ledger of
// who owns what.
//
//   CPU buffer ──clean──► frames in Memory ◄── Iommu ◄── engine          (map, sync_for_device)
//              ◄─invalidate─                                             (unmap, sync_for_cpu)
//
// CPU and device never see the same bytes: only map, unmap and the sync calls copy between them. So
// a missing sync gives the wrong data that a board with a write-back cache would give. Stores of
// the CPU wait in a store buffer until Barrier() (wmb): a doorbell without a barrier shows the
// engine old descriptors.
//
// The device may touch exactly the mapped bytes, in the mapped direction, while it owns them; the
// scoreboard holds it to that, also where the page would allow more. Ledger rules, reported with
// the name of the buffer:
//   LEDGER-1 unmap or sync of something that is not mapped (double unmap)
//   LEDGER-2 unmap or sync with the wrong size or direction
//   LEDGER-3 the CPU wrote what the device owned (no sync_for_device, or touched too early)
//   LEDGER-4 the CPU looked at what the device owned (no sync_for_cpu; see CheckCpuMayRead)
//   LEDGER-5 unmap while a burst is open on it
//   LEDGER-6 still mapped at the end (see CheckNothingMapped)
//   LEDGER-7 sync outside the mapping
//   LEDGER-8 submit of what the device may not use (see hal/submit_check.h)

#ifndef SGDMA_TB_HAL_DMA_MEMORY_H_
#define SGDMA_TB_HAL_DMA_MEMORY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hal/burst_book.h"
#include "hal/frame_pool.h"
#include "hal/iommu_driver.h"
#include "mem/memory.h"
#include "mem/scoreboard.h"
#include "sgdma/sgdma_hal.h"

namespace tb {

// One live mapping. Read-only for everybody but DmaMemory.
struct DmaMapping {
  std::string name;
  uint8_t* cpu = nullptr;
  uint64_t iova = 0;
  size_t bytes = 0;
  sgdma_direction_t direction = SGDMA_BIDIRECTIONAL;
  uint32_t device_id = 0;  // context it was mapped into
  std::vector<uint64_t> frames;
  std::vector<Scoreboard::Region> regions;  // one a frame
  std::vector<bool> paged_out;              // one a frame
  std::vector<uint8_t> handed_over;         // the CPU's bytes when they changed hands last
  std::vector<uint8_t> device_owns;         // per byte; empty for SGDMA_SHARED, which has no owner

  bool DeviceReads() const { return direction != SGDMA_FROM_DEVICE; }
  bool DeviceWrites() const { return direction != SGDMA_TO_DEVICE; }
};

class DmaMemory {
 public:
  struct Parts {
    Memory& memory;
    Scoreboard& board;
    FramePool& frames;
    BurstBook& bursts;
    IommuDriver* iommu = nullptr;  // null: bus addresses are physical addresses
    std::function<void(std::string_view rule, std::string_view text)> report;
  };

  explicit DmaMemory(Parts parts) : parts_(std::move(parts)) {}
  // From now on bus addresses are the IOMMU's. Before the first mapping.
  void SetIommu(IommuDriver* iommu) { parts_.iommu = iommu; }

  // ---- What the HAL needs ----
  // Into the context of `device_id`, which must be attached to a domain. False: no frames or no bus
  // addresses.
  bool Map(sgdma_mapping_t* m, uint32_t device_id);
  void Unmap(const sgdma_mapping_t& m);
  void SyncForDevice(const sgdma_mapping_t& m, size_t offset, size_t bytes);
  void SyncForCpu(const sgdma_mapping_t& m, size_t offset, size_t bytes);
  void Barrier();

  // ---- Around it ----
  // Name of the next mapping in reports; otherwise "mapping <n>".
  void NameNext(std::string name) { next_name_ = std::move(name); }
  // LEDGER-4 unless the CPU may read every byte of the range now.
  void CheckCpuMayRead(const sgdma_mapping_t& m, size_t offset, size_t bytes);
  // LEDGER-6 for each live mapping.
  void CheckNothingMapped();
  size_t mapping_count() const { return live_.size(); }

  // Narrower than the direction allows, for a buffer whose use is known: the submission ring is
  // only read.
  void Permit(const sgdma_mapping_t& m, Permission permission);

  // The mapping that holds this bus address in this context, or null.
  const DmaMapping* FindByIova(uint32_t device_id, uint64_t iova) const;
  // "'tail'+0x10", or "an unmapped address".
  std::string NameOf(uint32_t device_id, uint64_t iova) const;
  // The bus address behind which this context has the frame of `physical`, also outside the mapped
  // bytes of that page; `physical` itself without an IOMMU or when there is none.
  uint64_t IovaOf(uint32_t device_id, uint64_t physical) const;
  // Bytes as the device sees them, also where a page is out. False: not all of the range is mapped.
  bool DeviceView(uint32_t device_id, uint64_t iova, std::span<uint8_t> out);

  // A register of a peripheral, which this context may use and which nobody owns.
  void AddDevice(uint32_t device_id, uint64_t iova, uint32_t bytes) {
    devices_.push_back({Context(device_id), iova, bytes});
  }

  // Why the device may not read or write these bytes now; null: it may.
  const char* WhyNotForDevice(uint32_t device_id, uint64_t iova, size_t bytes, bool write) const;

  // ---- Demand paging (with an IOMMU only) ----
  // Takes the page that holds `iova` away from the device, invalidates and fences; the frame and
  // its contents stay.
  void PageOut(uint32_t device_id, uint64_t iova);
  // Gives it back. False: it was not out.
  bool PageIn(uint32_t device_id, uint64_t iova);

  // ---- Migration (with an IOMMU only) ----
  // Puts the mapped bytes of the page that holds `iova` into another frame. A page that is out: at
  // once. One that is in, which the device must only read: its entry changes by one store, and
  // until EndMoves() the device may see either frame; the CPU's stores go to the new one.
  void Move(uint32_t device_id, uint64_t iova);
  // Invalidates what was moved and fences: from now on a burst on one of the old frames is a stray.
  void EndMoves();

 private:
  using Key = std::pair<uintptr_t, uint64_t>;  // CPU address and IOVA
  struct PendingStore {
    uint64_t address;
    std::vector<uint8_t> bytes;
  };

  // Without an IOMMU there is one context.
  uint32_t Context(uint32_t device_id) const { return parts_.iommu == nullptr ? 0 : device_id; }
  DmaMapping* Find(const sgdma_mapping_t& m, const char* what);
  DmaMapping* FindByIova(uint32_t device_id, uint64_t iova);
  bool FindRange(const sgdma_mapping_t& m, size_t offset, size_t bytes, const char* what,
                 DmaMapping** found);
  bool Place(DmaMapping& mapping);
  void MoveBytes(DmaMapping& mapping, size_t frame);
  void Clean(const DmaMapping& mapping, size_t offset, size_t bytes);
  void Invalidate(DmaMapping& mapping, size_t offset, size_t bytes);
  void PassToDevice(DmaMapping& mapping, size_t offset, size_t bytes);
  void PassToCpu(DmaMapping& mapping, size_t offset, size_t bytes);
  void CheckUntouched(const DmaMapping& mapping, size_t offset, size_t bytes);
  Permission DevicePermission(const DmaMapping& mapping) const;
  void PermitRange(const DmaMapping& mapping, size_t offset, size_t bytes, Permission permission);
  void Report(const char* rule, const std::string& text) { parts_.report(rule, text); }

  Parts parts_;
  std::map<Key, std::unique_ptr<DmaMapping>> live_;
  std::map<std::pair<uint32_t, uint64_t>, DmaMapping*> by_iova_;  // device, first byte
  struct Device {
    uint32_t device_id;
    uint64_t iova;
    uint32_t bytes;
  };
  std::vector<Device> devices_;
  struct Moved {
    uint32_t device_id;
    uint64_t iova;
    uint64_t frame;
    Scoreboard::Region region;
  };
  std::vector<Moved> moved_;  // frames that may still be seen
  std::vector<PendingStore> store_buffer_;
  std::string next_name_;
  uint64_t mapped_ever_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_DMA_MEMORY_H_
