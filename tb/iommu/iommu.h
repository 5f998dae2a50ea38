// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Address translator after the RISC-V IOMMU specification 1.0, first stage only (Sv39, Sv48), in
// front of a memory:
//
//   AxiMemoryPort ──► Iommu ──► BusTarget          bursts, translated in Begin()
//                       └─────► PhysicalMemory     its own accesses: directory, tables, queues
//
//   Iommu iommu({.tlb_ways = 2}, &tables, &memory);
//   iommu.WriteReg(iommu::kDdtp, 8, iommu::AddressToPpnField(root) | 4);
//   while (iommu.ReadReg(iommu::kDdtp, 8) & iommu::kDdtpBusy) iommu.Tick(1);
//
// hal/iommu_driver.h does that, and the rest, as an operating system would.
//
// A burst that may not pass gets SLVERR from Begin() and, unless silenced or dropped, leaves a
// fault record. A translation beyond the physical width is no fault here: the burst goes on and the
// memory answers it. Translation itself takes no simulated time; its cost is
// BusRoute::delay_cycles. Tick() moves the queues.

#ifndef SGDMA_TB_IOMMU_IOMMU_H_
#define SGDMA_TB_IOMMU_IOMMU_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "iommu/command_queue.h"
#include "iommu/config.h"
#include "iommu/directory.h"
#include "iommu/fault_queue.h"
#include "iommu/formats.h"
#include "iommu/in_flight.h"
#include "iommu/interrupt_pending.h"
#include "iommu/physical_memory.h"
#include "iommu/table_memory.h"
#include "iommu/tlb.h"
#include "iommu/walker.h"
#include "mem/bus_target.h"

namespace tb {

// Counts since construction, per device.
struct IommuStatistics {
  uint64_t translations = 0;  // bursts looked at, whatever came of them
  uint64_t tlb_hits = 0;
  uint64_t tlb_misses = 0;  // each one a page-table walk
  uint64_t pte_reads = 0;   // updates of A and D included
  uint64_t directory_hits = 0;
  uint64_t directory_misses = 0;
  uint64_t directory_reads = 0;
  uint64_t faults = 0;

  IommuStatistics& operator+=(const IommuStatistics& other);
};

// What became of one burst. Handed to the authorisation log while Begin() runs.
struct Authorisation {
  const BusAccess& burst;  // as it came in: address is an IOVA
  iommu::Cause cause;      // kNone: allowed
  uint64_t physical = 0;   // of the first byte, if allowed
  uint32_t pscid = 0;      // 0 where no page table was used
  uint8_t page_shift = 0;  // of the page that allowed it; 64: no page table (Bare)
  bool tlb_hit = false;    // possibly a stale answer
  uint64_t cycle = 0;      // sum of all Tick()
};

class Iommu : public BusTarget {
 public:
  using Log = std::function<void(const Authorisation&)>;

  Iommu(const IommuConfig& config, PhysicalMemory* tables, BusTarget* memory);
  Iommu(const Iommu&) = delete;
  Iommu& operator=(const Iommu&) = delete;

  // Registers: little-endian, size 4 or 8, naturally aligned. An 8-byte register may be accessed in
  // halves, a 4-byte one only as itself. Anything else reads 0 and ignores writes.
  uint64_t ReadReg(uint32_t offset, unsigned size) const;
  void WriteReg(uint32_t offset, unsigned size, uint64_t value);

  // Level of wired interrupt line `vector` (0..15).
  bool interrupt(unsigned vector) const {
    const uint32_t bits = pending_.bits();
    return ((bits & iommu::kIpsrCommand) != 0 && (icvec_ & 15) == vector) ||
           ((bits & iommu::kIpsrFault) != 0 && (icvec_ >> 4 & 15) == vector);
  }

  // Time passes. Cheap while no register write has left work to do; one call for many cycles is as
  // good as many calls, except that a fence ends in the call after the burst it waits for.
  void Tick(uint64_t cycles) {
    now_ += cycles;
    if (work_) Work(cycles);
  }

  BusRoute Begin(const BusAccess& burst) override;
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override;
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override;

  // For a port that ends a burst without moving its last beat, as when it injects an error: called
  // once for every burst that Begin() let through, at its end. A port that always moves all beats
  // need not call it.
  virtual void End(const BusAccess& burst) { in_flight_.End(burst.write, burst.id); }

  // The port forgot its open bursts (reset): a fence does not wait for them any longer.
  void ForgetOpenBursts() { in_flight_.ForgetAll(); }

  // Called once a burst from inside Begin(), allowed or not. Empty: none.
  void SetLog(Log log) { log_ = std::move(log); }

  // Every burst refused; equals recorded + dropped + silenced of fault_counters().
  uint64_t total_faults() const { return total_faults_; }
  const iommu::FaultCounters& fault_counters() const { return fault_queue_.counters(); }
  IommuStatistics statistics() const;  // sum of all devices
  IommuStatistics statistics(uint32_t device_id) const;
  const std::map<uint32_t, IommuStatistics>& statistics_by_device() const { return statistics_; }
  uint64_t refused_ddtp_writes() const { return refused_ddtp_writes_; }
  uint64_t commands_executed() const { return command_queue_.executed(); }
  // Fences that ended by IommuConfig::fence_limit_cycles: their promise may be broken.
  uint64_t fences_given_up() const { return command_queue_.fences_given_up(); }
  uint64_t open_bursts() const { return in_flight_.open(); }
  const IommuConfig& config() const { return config_; }

  // What is cached now, for tests of staleness.
  const iommu::Tlb& tlb() const { return tlb_; }
  const iommu::DirectoryCache& directory_cache() const { return directory_; }

 private:
  struct Request {
    uint32_t device_id = 0;
    uint64_t iova = 0;
    bool write = false;
    bool process_id_valid = false;  // only a debug request can have one
  };
  struct Translation {
    iommu::Cause cause = iommu::Cause::kNone;
    uint64_t physical = 0;
    uint32_t reads = 0;
    uint32_t pscid = 0;
    uint8_t page_shift = 64;
    bool tlb_hit = false;
    bool dtf = false;
  };

  // Results are filled in place: copying them costs more than the look-ups of a hit.
  void Translate(const Request& request, IommuStatistics* statistics, Translation* result);
  void TranslateInContext(const Request& request, const iommu::DeviceContext& context,
                          IommuStatistics* statistics, Translation* result);
  void TranslateByWalk(const Request& request, const iommu::DeviceContext& context,
                       IommuStatistics* statistics, Translation* result);
  BusRoute Refuse(const BusAccess& burst, const Translation& translation);
  uint32_t DelayOf(const Translation& translation);
  IommuStatistics* StatisticsOf(uint32_t device_id);
  void NoteBeat(const BusAccess& burst, uint64_t address, size_t bytes);

  void Work(uint64_t cycles);

  // registers.cc
  uint64_t Read8(uint32_t offset) const;
  bool Read4(uint32_t offset, uint64_t* value) const;
  void Write8(uint32_t offset, uint64_t value, uint64_t mask);
  bool Write4(uint32_t offset, uint32_t value);
  void WriteDdtp(uint64_t value, uint64_t mask);
  void WriteTrReqCtl(uint64_t value);
  void FinishDebugRequest();

  IommuConfig config_;
  BusTarget* memory_;
  iommu::TableMemory tables_;
  iommu::Tlb tlb_;
  iommu::DirectoryCache directory_;
  iommu::InFlightBursts in_flight_;
  iommu::InterruptPending pending_;
  iommu::DirectoryMode mode_ = iommu::DirectoryMode::kOff;
  iommu::CommandQueue command_queue_;
  iommu::FaultQueue fault_queue_;

  uint64_t now_ = 0;
  bool work_ = false;  // something waits for time to pass
  uint64_t directory_root_ = 0;
  uint64_t ddtp_busy_left_ = 0;
  uint64_t refused_ddtp_writes_ = 0;
  uint64_t icvec_ = 0;
  uint64_t tr_req_iova_ = 0;
  uint64_t tr_req_ctl_ = 0;
  uint64_t tr_response_ = 0;
  uint64_t debug_left_ = 0;

  std::vector<uint64_t> walker_free_at_;
  uint64_t last_walk_end_ = 0;

  uint64_t total_faults_ = 0;
  std::map<uint32_t, IommuStatistics> statistics_;
  struct Recent {
    uint32_t device_id = 0;
    IommuStatistics* statistics = nullptr;
  };
  std::array<Recent, 16> recent_;  // statistics_ without the search
  IommuStatistics debug_statistics_;
  Log log_;
};

}  // namespace tb

#endif  // SGDMA_TB_IOMMU_IOMMU_H_
