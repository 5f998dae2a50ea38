// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "iommu/iommu.h"

#include <algorithm>
#include <stdexcept>

namespace tb {

using iommu::Cause;
using iommu::DirectoryMode;

namespace {
constexpr uint64_t kInPage = iommu::kPageBytes - 1;

constexpr Cause PageFault(bool write) { return write ? Cause::kWritePage : Cause::kReadPage; }
}  // namespace

IommuStatistics& IommuStatistics::operator+=(const IommuStatistics& other) {
  translations += other.translations;
  tlb_hits += other.tlb_hits;
  tlb_misses += other.tlb_misses;
  pte_reads += other.pte_reads;
  directory_hits += other.directory_hits;
  directory_misses += other.directory_misses;
  directory_reads += other.directory_reads;
  faults += other.faults;
  return *this;
}

Iommu::Iommu(const IommuConfig& config, PhysicalMemory* tables, BusTarget* memory)
    : config_(config),
      memory_(memory),
      tables_(tables, config.physical_bits),
      tlb_(config.tlb_sets, config.tlb_ways),
      directory_(config.directory_entries),
      command_queue_({.memory = &tables_,
                      .pending = &pending_,
                      .tlb = &tlb_,
                      .directory = &directory_,
                      .in_flight = &in_flight_,
                      .mode = &mode_},
                     config),
      fault_queue_(&tables_, &pending_, config.csr_busy_cycles),
      walker_free_at_(config.walkers) {
  if (config.physical_bits < 32 || config.physical_bits > 56) {
    throw std::invalid_argument("physical width of the IOMMU must be 32..56 bits");
  }
}

void Iommu::Work(uint64_t cycles) {
  ddtp_busy_left_ -= std::min(ddtp_busy_left_, cycles);
  command_queue_.Tick(cycles);
  fault_queue_.Tick(cycles);
  if (debug_left_ != 0) {
    debug_left_ -= std::min(debug_left_, cycles);
    if (debug_left_ == 0) FinishDebugRequest();
  }
  work_ =
      ddtp_busy_left_ != 0 || debug_left_ != 0 || command_queue_.active() || fault_queue_.busy();
}

BusRoute Iommu::Begin(const BusAccess& burst) {
  IommuStatistics* statistics = StatisticsOf(burst.device_id);
  ++statistics->translations;
  Translation translation;
  Translate({.device_id = burst.device_id, .iova = burst.address, .write = burst.write}, statistics,
            &translation);
  if (log_) {
    log_({.burst = burst,
          .cause = translation.cause,
          .physical = translation.physical,
          .pscid = translation.pscid,
          .page_shift = translation.page_shift,
          .tlb_hit = translation.tlb_hit,
          .cycle = now_});
  }
  if (translation.cause != Cause::kNone) {
    ++statistics->faults;
    return Refuse(burst, translation);
  }

  BusAccess physical = burst;
  physical.address = translation.physical;
  const BusRoute route = memory_->Begin(physical);
  if (route.resp == AxiResp::kOkay) in_flight_.Begin(burst.write, burst.id);
  return {.resp = route.resp,
          .address = route.address,
          .delay_cycles = route.delay_cycles + DelayOf(translation)};
}

BusRoute Iommu::Refuse(const BusAccess& burst, const Translation& translation) {
  ++total_faults_;
  fault_queue_.Report(
      iommu::MakeFaultRecord(translation.cause, burst.write, burst.device_id, burst.address),
      translation.dtf);
  return {.resp = AxiResp::kSlvErr, .address = 0, .delay_cycles = DelayOf(translation)};
}

// The order of the checks is part of the specification.
void Iommu::Translate(const Request& request, IommuStatistics* statistics, Translation* result) {
  if (mode_ == DirectoryMode::kOff) {
    result->cause = Cause::kAllDisallowed;
    return;
  }
  if (mode_ == DirectoryMode::kBare) {
    result->physical = request.iova;
    return;
  }
  if ((request.device_id >> iommu::DeviceIdBits(mode_)) != 0) {
    result->cause = Cause::kTypeDisallowed;
    return;
  }

  const iommu::DeviceContext* context = directory_.Lookup(request.device_id);
  if (context != nullptr) {
    ++statistics->directory_hits;
    TranslateInContext(request, *context, statistics, result);
    return;
  }
  const iommu::DirectoryResult walk =
      iommu::WalkDirectory(&tables_, mode_, directory_root_, request.device_id);
  ++statistics->directory_misses;
  statistics->directory_reads += walk.reads;
  result->reads = walk.reads;
  result->cause = walk.cause;
  if (walk.cause != Cause::kNone) return;
  directory_.Insert(request.device_id, walk.context);
  TranslateInContext(request, walk.context, statistics, result);
}

void Iommu::TranslateInContext(const Request& request, const iommu::DeviceContext& context,
                               IommuStatistics* statistics, Translation* result) {
  result->dtf = context.dtf;
  if (request.process_id_valid && !context.pdtv) {
    result->cause = Cause::kTypeDisallowed;
    return;
  }
  if (context.mode == iommu::FirstStageMode::kBare) {
    result->physical = request.iova;
    return;
  }

  // Two domains of different modes may share a PSCID by mistake: no hit for what the mode cannot
  // reach.
  const iommu::TlbEntry* entry = nullptr;
  if (iommu::IsCanonical(context.mode, request.iova)) {
    entry = tlb_.Lookup(request.iova, context.pscid);
  }
  result->pscid = context.pscid;
  // A clean page that is written needs a walk, to set D or to fault.
  if (entry == nullptr || (request.write && entry->write && !entry->dirty)) {
    TranslateByWalk(request, context, statistics, result);
    return;
  }
  ++statistics->tlb_hits;
  const unsigned shift = iommu::ShiftOf(entry->size);
  result->tlb_hit = true;
  result->page_shift = static_cast<uint8_t>(shift);
  result->physical = entry->physical | (request.iova & ((uint64_t{1} << shift) - 1));
  if (!(request.write ? entry->write : entry->read)) result->cause = PageFault(request.write);
}

void Iommu::TranslateByWalk(const Request& request, const iommu::DeviceContext& context,
                            IommuStatistics* statistics, Translation* result) {
  const iommu::WalkResult walk =
      iommu::WalkPageTable(&tables_, context, request.iova, request.write);
  ++statistics->tlb_misses;
  statistics->pte_reads += walk.reads;
  result->reads += walk.reads;
  result->cause = walk.cause;
  if (walk.cause != Cause::kNone) return;
  tlb_.Insert(walk.page);
  const unsigned shift = iommu::ShiftOf(walk.page.size);
  result->page_shift = static_cast<uint8_t>(shift);
  result->physical = walk.page.physical | (request.iova & ((uint64_t{1} << shift) - 1));
}

uint32_t Iommu::DelayOf(const Translation& translation) {
  uint64_t start = now_;
  const uint64_t walk = uint64_t{translation.reads} * config_.table_read_cycles;
  if (translation.reads != 0) {
    if (!walker_free_at_.empty()) {
      uint64_t& free_at = *std::min_element(walker_free_at_.begin(), walker_free_at_.end());
      start = std::max(start, free_at);
      free_at = start + walk;
    }
    last_walk_end_ = std::max(last_walk_end_, start + walk);
  } else if (!config_.hit_under_miss) {
    start = std::max(start, last_walk_end_);
  }
  return static_cast<uint32_t>(start - now_ + walk + config_.hit_cycles);
}

// The memory sees the burst as it was after translation; the offset in the page is the same.
AxiResp Iommu::ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) {
  BusAccess physical = burst;
  physical.address = (address & ~kInPage) | (burst.address & kInPage);
  const AxiResp resp = memory_->ReadBeat(physical, address, out);
  NoteBeat(burst, address, out.size());
  return resp;
}

AxiResp Iommu::WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                         uint64_t strobe) {
  BusAccess physical = burst;
  physical.address = (address & ~kInPage) | (burst.address & kInPage);
  const AxiResp resp = memory_->WriteBeat(physical, address, data, strobe);
  NoteBeat(burst, address, data.size());
  return resp;
}

// A beat that reaches the end of the burst was its last.
void Iommu::NoteBeat(const BusAccess& burst, uint64_t address, size_t bytes) {
  const uint64_t end = (burst.address & kInPage) + burst.bytes;
  if ((address & kInPage) + bytes >= end) in_flight_.LastBeat(burst.write, burst.id);
}

IommuStatistics* Iommu::StatisticsOf(uint32_t device_id) {
  Recent& recent = recent_[device_id % recent_.size()];
  if (recent.statistics == nullptr || recent.device_id != device_id) {
    recent = {.device_id = device_id, .statistics = &statistics_[device_id]};
  }
  return recent.statistics;
}

IommuStatistics Iommu::statistics() const {
  IommuStatistics sum;
  for (const auto& [device_id, one] : statistics_) sum += one;
  return sum;
}

IommuStatistics Iommu::statistics(uint32_t device_id) const {
  const auto it = statistics_.find(device_id);
  return it == statistics_.end() ? IommuStatistics{} : it->second;
}

}  // namespace tb
