// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The operating system's side of the IOMMU, with the sequences of the Linux driver: domains with
// page tables of their own, devices attached to them, buffers mapped at IOVAs it chooses, faults
// drained.
//
//   IommuDriver driver(host, {});
//   driver.Init();
//   auto domain = driver.CreateDomain(PageTableMode::kSv39);
//   driver.Attach(5, domain);
//   const std::vector<uint64_t> pages = {0x8000'0000, 0x9000'0000};
//   auto iova = driver.Map(domain, pages, {.read = true});   // two pages, one IOVA range
//   ...the device works...
//   driver.Unmap(domain, *iova);   // after it returns, nothing touches the two pages any more
//
// It touches the IOMMU only through its registers and memory, and lets time pass only through
// IommuHost::advance. Every wait is bounded. Misuse (an unknown domain, an IOVA that is not mapped)
// throws std::logic_error; what the hardware does to us is an IommuStatus.

#ifndef SGDMA_TB_HAL_IOMMU_DRIVER_H_
#define SGDMA_TB_HAL_IOMMU_DRIVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hal/iommu_commands.h"
#include "hal/iommu_host.h"
#include "hal/iommu_iova.h"
#include "hal/iommu_page_table.h"
#include "iommu/formats.h"
#include "sim/cycles.h"

namespace tb {

struct IommuDriverConfig {
  iommu::DirectoryMode directory = iommu::DirectoryMode::k3Level;  // 1Level: device ids below 128
  uint8_t command_vector = 0;  // stays low: commands are waited for by polling
  uint8_t fault_vector = 1;
  Cycles poll_interval{4};
  Cycles wait_limit{1'000'000};  // of every single wait
  unsigned command_log2 = 8;     // entries of the queues; a page holds 256 commands, 128 records
  unsigned fault_log2 = 7;
  IovaPolicy iova_policy = IovaPolicy::kRandom;
  uint64_t seed = 1;
  unsigned guard_pages = 1;  // unmapped pages behind each mapping
  bool hardware_ad = true;   // SADE = 1; 0: A and D are set when mapping
  // Unmap() keeps so many mappings back and invalidates them together. Until then the device may
  // still reach their pages: neither IOVA nor pages are given back. 0: each Unmap() is final when
  // it returns.
  unsigned deferred_unmaps = 0;
  // More pages than this are invalidated by PSCID instead of one by one.
  uint64_t invalidate_by_page_limit = 64;
};

struct IommuMapping {
  uint64_t iova = 0;
  std::vector<uint64_t> pages;  // physical, 4 KiB each, in IOVA order
  DmaProtection protection;
};

class IommuDriver {
 public:
  using DomainId = uint32_t;  // is the PSCID
  using Released = std::function<void(DomainId, const IommuMapping&)>;

  IommuDriver(IommuHost host, const IommuDriverConfig& config);
  IommuDriver(const IommuDriver&) = delete;
  IommuDriver& operator=(const IommuDriver&) = delete;
  ~IommuDriver();

  // Capabilities, vectors, both queues, an empty directory, ddtp. Call once, before everything
  // else.
  IommuStatus Init();

  // ---- Domains and devices ----
  DomainId CreateDomain(PageTableMode mode);
  // Makes the domain that of the device. A device that has one already is taken from it first, in
  // the order for a live context: V = 0, invalidate, fence, rewrite, V = 1, invalidate, fence.
  IommuStatus Attach(uint32_t device_id, DomainId domain);
  // Bursts of the device are refused from now on.
  IommuStatus Detach(uint32_t device_id);
  std::optional<DomainId> DomainOf(uint32_t device_id) const;

  // ---- Mappings ----
  // Maps 4 KiB pages, in this order, at an IOVA of the driver's choice; nullopt when there is no
  // room. Runs of 512 pages that lie together and aligned become one 2 MiB page. A new entry needs
  // no invalidation: what was not valid is not cached.
  std::optional<uint64_t> Map(DomainId domain, std::span<const uint64_t> pages,
                              const DmaProtection& protection);
  // The same at a given IOVA; false when something is there already or it is beyond the domain's
  // range.
  bool MapAt(DomainId domain, uint64_t iova, std::span<const uint64_t> pages,
             const DmaProtection& protection);
  // Unmaps what was mapped at `iova`, or at an address inside its first page. When it fails the
  // pages are not given back: FlushDeferred() tries again.
  IommuStatus Unmap(DomainId domain, uint64_t iova);
  // Ends the window of the deferred unmaps now.
  IommuStatus FlushDeferred();
  // Called when the device can no longer reach the pages of a mapping that was unmapped.
  void SetReleased(Released released) { released_ = std::move(released); }

  // Maps the pages that hold `bytes` at `physical`, which need not be aligned; answers the IOVA of
  // the first byte.
  std::optional<uint64_t> MapRange(DomainId domain, uint64_t physical, uint64_t bytes,
                                   const DmaProtection& protection);

  // The mapping that holds `iova`, or null.
  const IommuMapping* Find(DomainId domain, uint64_t iova) const;
  size_t mapping_count(DomainId domain) const { return At(domain).mappings.size(); }
  size_t deferred_count() const { return deferred_.size(); }
  IommuPageTable& page_table(DomainId domain) { return *At(domain).table; }

  // ---- Invalidation, for tests that store entries themselves ----
  IommuStatus InvalidatePage(DomainId domain, uint64_t iova);
  IommuStatus InvalidateDomain(DomainId domain);
  IommuStatus Fence();  // IOFENCE.C with PR = PW = 1, waits for it
  // Posts one raw command and waits until the queue has taken it.
  IommuStatus Execute(const iommu::Command& command);
  // After kCommandIllegal or kCommandFault: replaces the command the queue stands at by a fence and
  // goes on.
  IommuStatus RecoverCommandQueue();

  // ---- Interrupts ----
  // To be called while the line of the fault vector is high. Drains the fault queue and clears what
  // was pending.
  std::vector<iommu::FaultRecord> HandleInterrupt();
  // Records lost to overflow or memory faults of the queue, as far as a driver can know: times it
  // saw the bit.
  uint64_t fault_queue_errors() const { return fault_queue_errors_; }
  const IommuDriverConfig& config() const { return config_; }

 private:
  struct Domain {
    PageTableMode mode;
    std::unique_ptr<IommuPageTable> table;
    std::unique_ptr<IovaAllocator> iovas;
    std::map<uint64_t, IommuMapping> mappings;  // by first IOVA
  };
  struct Deferred {
    DomainId domain;
    IommuMapping mapping;
  };

  Domain& At(DomainId domain);
  const Domain& At(DomainId domain) const;
  uint64_t Reg(uint32_t offset, unsigned size) const { return host_.read_reg(offset, size); }
  void SetReg(uint32_t offset, unsigned size, uint64_t value) {
    host_.write_reg(offset, size, value);
  }
  template <typename Condition>
  bool WaitUntil(Condition condition) const {
    return host_.WaitUntil(condition, config_.poll_interval, config_.wait_limit);
  }
  IommuCommands& commands();
  IommuStatus StartQueue(uint32_t base_register, uint32_t csr, uint64_t page, unsigned log2);
  IommuStatus StopWhatRuns();
  uint64_t ContextAddress(uint32_t device_id);
  void Drain(std::vector<iommu::FaultRecord>* records);
  void MapPages(Domain* domain, uint64_t iova, std::span<const uint64_t> pages,
                const DmaProtection& protection);
  IommuStatus PostInvalidation(DomainId domain, const IommuMapping& mapping);
  IommuStatus FinishUnmaps(size_t count);
  IommuStatus InvalidateContext(uint32_t device_id, DomainId domain);

  IommuHost host_;
  IommuDriverConfig config_;
  uint64_t directory_page_ = 0;  // 0: Init() has not been called
  uint64_t command_page_ = 0;
  uint64_t fault_page_ = 0;
  std::optional<IommuCommands> commands_;
  std::vector<uint64_t> owned_pages_;
  std::map<DomainId, Domain> domains_;
  std::map<uint32_t, DomainId> attached_;
  std::vector<Deferred> deferred_;
  Released released_;
  uint64_t fault_queue_errors_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_IOMMU_DRIVER_H_
