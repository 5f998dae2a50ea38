// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/dma_memory.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace tb {
namespace {

constexpr uint64_t kPage = FramePool::kFrameBytes;

std::string Hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

size_t PagesOf(uint64_t iova, size_t bytes) {
  return static_cast<size_t>((iova % kPage + bytes + kPage - 1) / kPage);
}

// Calls piece(physical address, offset in the mapping, bytes) for each page of the range.
template <typename Piece>
void ForEachPiece(const DmaMapping& m, size_t offset, size_t bytes, Piece&& piece) {
  while (bytes > 0) {
    const uint64_t in_page = (m.iova + offset) % kPage;
    const size_t frame = static_cast<size_t>((m.iova % kPage + offset) / kPage);
    const size_t n = std::min<size_t>(bytes, kPage - in_page);
    piece(m.frames[frame] + in_page, offset, n);
    offset += n;
    bytes -= n;
  }
}

// A bus address inside the mapping and its frame `i`.
uint64_t PageAddress(const DmaMapping& m, size_t i) {
  return i == 0 ? m.iova : (m.iova & ~(kPage - 1)) + i * kPage;
}

std::string Range(const DmaMapping& m, size_t offset) {
  return "byte " + std::to_string(offset) + " of '" + m.name + "'";
}

}  // namespace

// ---- Looking up ----

DmaMapping* DmaMemory::Find(const sgdma_mapping_t& m, const char* what) {
  const auto it = live_.find({reinterpret_cast<uintptr_t>(m.cpu), m.iova});
  if (it == live_.end()) {
    Report("LEDGER-1",
           std::string(what) + " of bus address " + Hex(m.iova) + ", which is not mapped");
    return nullptr;
  }
  DmaMapping* found = it->second.get();
  if (found->bytes != m.bytes || found->direction != m.direction) {
    Report("LEDGER-2",
           std::string(what) + " of '" + found->name + "' with size " + std::to_string(m.bytes) +
               " and direction " + std::to_string(m.direction) + "; it was mapped with " +
               std::to_string(found->bytes) + " and " + std::to_string(found->direction));
  }
  return found;
}

bool DmaMemory::FindRange(const sgdma_mapping_t& m, size_t offset, size_t bytes, const char* what,
                          DmaMapping** found) {
  *found = Find(m, what);
  if (*found == nullptr) return false;
  if (offset <= (*found)->bytes && bytes <= (*found)->bytes - offset) return true;
  Report("LEDGER-7", std::string(what) + " of " + std::to_string(bytes) + " bytes at " +
                         std::to_string(offset) + " leaves '" + (*found)->name + "'");
  return false;
}

DmaMapping* DmaMemory::FindByIova(uint32_t device_id, uint64_t iova) {
  device_id = Context(device_id);
  auto it = by_iova_.upper_bound({device_id, iova});
  if (it == by_iova_.begin()) return nullptr;
  DmaMapping* m = std::prev(it)->second;
  return m->device_id == device_id && iova - m->iova < m->bytes ? m : nullptr;
}

const DmaMapping* DmaMemory::FindByIova(uint32_t device_id, uint64_t iova) const {
  return const_cast<DmaMemory*>(this)->FindByIova(device_id, iova);
}

std::string DmaMemory::NameOf(uint32_t device_id, uint64_t iova) const {
  const DmaMapping* m = FindByIova(device_id, iova);
  return m == nullptr ? "an unmapped address" : "'" + m->name + "'+" + Hex(iova - m->iova);
}

uint64_t DmaMemory::IovaOf(uint32_t device_id, uint64_t physical) const {
  if (parts_.iommu == nullptr) return physical;
  for (const auto& [key, m] : live_) {
    for (size_t i = 0; m->device_id == device_id && i < m->frames.size(); ++i) {
      if (m->frames[i] != (physical & ~(kPage - 1))) continue;
      return (m->iova & ~(kPage - 1)) + i * kPage + physical % kPage;
    }
  }
  return physical;
}

bool DmaMemory::DeviceView(uint32_t device_id, uint64_t iova, std::span<uint8_t> out) {
  const DmaMapping* m = FindByIova(device_id, iova);
  if (m == nullptr || out.size() > m->bytes - (iova - m->iova)) return false;
  const auto offset = static_cast<size_t>(iova - m->iova);
  ForEachPiece(*m, offset, out.size(), [&](uint64_t physical, size_t at, size_t n) {
    parts_.memory.Read(physical, out.subspan(at - offset, n));
  });
  return true;
}

// ---- Map and unmap ----

// Frames and a bus address for bytes whose place in the page is the CPU's.
bool DmaMemory::Place(DmaMapping& mapping) {
  const uint64_t in_page = reinterpret_cast<uintptr_t>(mapping.cpu) % kPage;
  const size_t pages = PagesOf(in_page, mapping.bytes);
  auto frames =
      parts_.iommu == nullptr ? parts_.frames.AllocateRun(pages) : parts_.frames.Allocate(pages);
  if (!frames) return false;
  mapping.frames = std::move(*frames);
  if (parts_.iommu == nullptr) {
    mapping.iova = mapping.frames[0] + in_page;
    return true;
  }
  const auto domain = parts_.iommu->DomainOf(mapping.device_id);
  if (!domain) throw std::logic_error("map for a device that is attached to no domain");
  const auto iova = parts_.iommu->Map(
      *domain, mapping.frames, {.read = mapping.DeviceReads(), .write = mapping.DeviceWrites()});
  if (iova) {
    mapping.iova = *iova + in_page;
    return true;
  }
  for (const uint64_t frame : mapping.frames) parts_.frames.Free(frame);
  return false;
}

bool DmaMemory::Map(sgdma_mapping_t* m, uint32_t device_id) {
  auto mapping = std::make_unique<DmaMapping>();
  mapping->cpu = static_cast<uint8_t*>(m->cpu);
  mapping->bytes = m->bytes;
  mapping->direction = m->direction;
  mapping->device_id = Context(device_id);
  mapping->name = next_name_.empty() ? "mapping " + std::to_string(mapped_ever_) : next_name_;
  next_name_.clear();
  if (!Place(*mapping)) return false;
  ++mapped_ever_;

  mapping->paged_out.resize(mapping->frames.size());
  ForEachPiece(*mapping, 0, mapping->bytes, [&](uint64_t physical, size_t offset, size_t n) {
    const std::string name =
        offset == 0 ? mapping->name : mapping->name + "+" + std::to_string(offset);
    mapping->regions.push_back(parts_.board.Declare(name, physical, n, Permission::kNone));
  });
  if (mapping->direction != SGDMA_SHARED) mapping->device_owns.assign(mapping->bytes, 0);
  mapping->handed_over.resize(mapping->bytes);
  PassToDevice(*mapping, 0, mapping->bytes);
  PermitRange(*mapping, 0, mapping->bytes, DevicePermission(*mapping));
  m->iova = mapping->iova;
  by_iova_[{mapping->device_id, mapping->iova}] = mapping.get();
  live_[{reinterpret_cast<uintptr_t>(m->cpu), m->iova}] = std::move(mapping);
  return true;
}

void DmaMemory::Unmap(const sgdma_mapping_t& m) {
  DmaMapping* mapping = Find(m, "unmap");
  if (mapping == nullptr) return;
  if (parts_.bursts.InUse(mapping->device_id, mapping->iova, mapping->bytes)) {
    Report("LEDGER-5", "unmap of '" + mapping->name + "' while a burst is open on it");
  }
  Barrier();
  if (parts_.iommu != nullptr) {
    EndMoves();
    for (size_t i = 0; i < mapping->frames.size(); ++i) {
      if (mapping->paged_out[i]) PageIn(mapping->device_id, PageAddress(*mapping, i));
    }
    const IommuStatus status =
        parts_.iommu->Unmap(*parts_.iommu->DomainOf(mapping->device_id), mapping->iova);
    if (status != IommuStatus::kOk) throw std::runtime_error("the IOMMU did not finish an unmap");
  }
  PassToCpu(*mapping, 0, mapping->bytes);
  for (const Scoreboard::Region region : mapping->regions) parts_.board.Release(region);
  for (const uint64_t frame : mapping->frames) parts_.frames.Free(frame);
  by_iova_.erase({mapping->device_id, mapping->iova});
  live_.erase({reinterpret_cast<uintptr_t>(mapping->cpu), mapping->iova});
}

// ---- Passing bytes to and fro ----

void DmaMemory::Clean(const DmaMapping& mapping, size_t offset, size_t bytes) {
  ForEachPiece(mapping, offset, bytes, [&](uint64_t physical, size_t at, size_t n) {
    store_buffer_.push_back({physical, {mapping.cpu + at, mapping.cpu + at + n}});
  });
}

void DmaMemory::Barrier() {
  for (const PendingStore& store : store_buffer_) parts_.memory.Write(store.address, store.bytes);
  store_buffer_.clear();
}

void DmaMemory::Invalidate(DmaMapping& mapping, size_t offset, size_t bytes) {
  ForEachPiece(mapping, offset, bytes, [&](uint64_t physical, size_t at, size_t n) {
    parts_.memory.Read(physical, {mapping.cpu + at, n});
  });
}

void DmaMemory::CheckUntouched(const DmaMapping& mapping, size_t offset, size_t bytes) {
  for (size_t i = offset; i < offset + bytes; ++i) {
    if (mapping.device_owns[i] == 0 || mapping.cpu[i] == mapping.handed_over[i]) continue;
    Report("LEDGER-3", "the CPU wrote " + Range(mapping, i) +
                           " while the device owned it: a sync_for_device is missing, or it was "
                           "touched too early");
    return;
  }
}

void DmaMemory::PassToDevice(DmaMapping& mapping, size_t offset, size_t bytes) {
  Clean(mapping, offset, bytes);
  if (mapping.device_owns.empty()) return;
  std::memcpy(mapping.handed_over.data() + offset, mapping.cpu + offset, bytes);
  std::fill_n(mapping.device_owns.begin() + static_cast<ptrdiff_t>(offset), bytes, uint8_t{1});
}

void DmaMemory::PassToCpu(DmaMapping& mapping, size_t offset, size_t bytes) {
  if (mapping.device_owns.empty()) {
    Invalidate(mapping, offset, bytes);
    return;
  }
  CheckUntouched(mapping, offset, bytes);
  // Runs the CPU owns already hold its own, possibly newer bytes.
  for (size_t i = offset; i < offset + bytes;) {
    size_t end = i;
    while (end < offset + bytes && mapping.device_owns[end] == mapping.device_owns[i]) ++end;
    if (mapping.device_owns[i] != 0 && mapping.DeviceWrites()) Invalidate(mapping, i, end - i);
    i = end;
  }
  std::fill_n(mapping.device_owns.begin() + static_cast<ptrdiff_t>(offset), bytes, uint8_t{0});
}

void DmaMemory::SyncForDevice(const sgdma_mapping_t& m, size_t offset, size_t bytes) {
  DmaMapping* mapping = nullptr;
  if (!FindRange(m, offset, bytes, "sync_for_device", &mapping)) return;
  if (!mapping->device_owns.empty()) {
    PermitRange(*mapping, offset, bytes, DevicePermission(*mapping));
  }
  PassToDevice(*mapping, offset, bytes);
}

void DmaMemory::SyncForCpu(const sgdma_mapping_t& m, size_t offset, size_t bytes) {
  DmaMapping* mapping = nullptr;
  if (!FindRange(m, offset, bytes, "sync_for_cpu", &mapping)) return;
  Barrier();
  PassToCpu(*mapping, offset, bytes);
  if (!mapping->device_owns.empty()) PermitRange(*mapping, offset, bytes, Permission::kNone);
}

// ---- The ledger's other rules ----

void DmaMemory::CheckCpuMayRead(const sgdma_mapping_t& m, size_t offset, size_t bytes) {
  DmaMapping* mapping = nullptr;
  if (!FindRange(m, offset, bytes, "CPU read", &mapping) || mapping->device_owns.empty()) return;
  for (size_t i = offset; i < offset + bytes; ++i) {
    if (mapping->device_owns[i] == 0 || !mapping->DeviceWrites()) continue;
    Report("LEDGER-4", "the CPU read " + Range(*mapping, i) +
                           " while the device owned it: a sync_for_cpu is missing");
    return;
  }
}

void DmaMemory::CheckNothingMapped() {
  for (const auto& [key, mapping] : live_) {
    Report("LEDGER-6", "'" + mapping->name + "' (" + std::to_string(mapping->bytes) + " bytes at " +
                           Hex(mapping->iova) + ") was never unmapped");
  }
}

const char* DmaMemory::WhyNotForDevice(uint32_t device_id, uint64_t iova, size_t bytes,
                                       bool write) const {
  for (const Device& device : devices_) {
    if (device.device_id == Context(device_id) && iova >= device.iova &&
        iova - device.iova + bytes <= device.bytes) {
      return nullptr;
    }
  }
  const DmaMapping* m = FindByIova(device_id, iova);
  if (m == nullptr) return "not mapped";
  const auto offset = static_cast<size_t>(iova - m->iova);
  if (bytes > m->bytes - offset) return "goes past the end of the mapping";
  if (!(write ? m->DeviceWrites() : m->DeviceReads())) return "mapped in the other direction";
  if (m->device_owns.empty()) return nullptr;
  const uint8_t* owned = m->device_owns.data() + offset;
  return std::all_of(owned, owned + bytes, [](uint8_t o) { return o != 0; })
             ? nullptr
             : "the CPU owns it: a sync_for_device is missing";
}

Permission DmaMemory::DevicePermission(const DmaMapping& mapping) const {
  const unsigned read = mapping.DeviceReads() ? static_cast<unsigned>(Permission::kRead) : 0;
  const unsigned write = mapping.DeviceWrites() ? static_cast<unsigned>(Permission::kWrite) : 0;
  return static_cast<Permission>(read | write);
}

void DmaMemory::PermitRange(const DmaMapping& mapping, size_t offset, size_t bytes,
                            Permission permission) {
  const uint64_t first = mapping.iova % kPage;
  ForEachPiece(mapping, offset, bytes, [&](uint64_t, size_t at, size_t n) {
    const size_t frame = static_cast<size_t>((first + at) / kPage);
    const uint64_t region_start = frame == 0 ? 0 : frame * kPage - first;
    parts_.board.Permit(mapping.regions[frame], at - region_start, n, permission);
  });
}

void DmaMemory::Permit(const sgdma_mapping_t& m, Permission permission) {
  if (DmaMapping* mapping = Find(m, "permit")) PermitRange(*mapping, 0, mapping->bytes, permission);
}

// ---- Demand paging ----

void DmaMemory::PageOut(uint32_t device_id, uint64_t iova) {
  DmaMapping* m = FindByIova(device_id, iova);
  if (parts_.iommu == nullptr || m == nullptr) throw std::logic_error("no such page to take away");
  const auto frame = static_cast<size_t>((m->iova % kPage + (iova - m->iova)) / kPage);
  if (m->paged_out[frame]) throw std::logic_error("that page is out already");
  Barrier();
  const auto domain = *parts_.iommu->DomainOf(device_id);
  const uint64_t page = iova & ~(kPage - 1);
  parts_.iommu->page_table(domain).Unmap(page);
  if (parts_.iommu->InvalidatePage(domain, page) != IommuStatus::kOk ||
      parts_.iommu->Fence() != IommuStatus::kOk) {
    throw std::runtime_error("the IOMMU did not finish an invalidation");
  }
  m->paged_out[frame] = true;
}

bool DmaMemory::PageIn(uint32_t device_id, uint64_t iova) {
  DmaMapping* m = FindByIova(device_id, iova);
  if (parts_.iommu == nullptr || m == nullptr) return false;
  const auto frame = static_cast<size_t>((m->iova % kPage + (iova - m->iova)) / kPage);
  if (!m->paged_out[frame]) return false;
  Barrier();
  parts_.iommu->page_table(*parts_.iommu->DomainOf(device_id))
      .Map(iova & ~(kPage - 1), m->frames[frame], kPage,
           {.read = m->DeviceReads(), .write = m->DeviceWrites()});
  m->paged_out[frame] = false;
  return true;
}

// ---- Migration ----

// Another frame with the same bytes and the same permissions.
void DmaMemory::MoveBytes(DmaMapping& m, size_t frame) {
  const auto fresh = parts_.frames.Allocate(1);
  if (!fresh) throw std::runtime_error("no frame is left to move a page to");
  const auto in_page = static_cast<size_t>(m.iova % kPage);
  const size_t first = frame == 0 ? 0 : frame * kPage - in_page;
  const size_t end = std::min(m.bytes, (frame + 1) * kPage - in_page);
  std::vector<uint8_t> bytes(end - first);
  ForEachPiece(m, first, bytes.size(),
               [&](uint64_t physical, size_t, size_t) { parts_.memory.Read(physical, bytes); });
  m.frames[frame] = (*fresh)[0];
  ForEachPiece(m, first, bytes.size(), [&](uint64_t physical, size_t, size_t n) {
    m.regions[frame] =
        parts_.board.Declare(m.name + "+" + std::to_string(first), physical, n, Permission::kNone);
    parts_.memory.Write(physical, bytes);
  });
  for (size_t i = first; i < end; ++i) {
    if (m.device_owns[i] != 0) PermitRange(m, i, 1, DevicePermission(m));
  }
}

void DmaMemory::Move(uint32_t device_id, uint64_t iova) {
  DmaMapping* m = FindByIova(device_id, iova);
  if (parts_.iommu == nullptr || m == nullptr || m->device_owns.empty()) {
    throw std::logic_error("no such page to move");
  }
  const auto frame = static_cast<size_t>((m->iova % kPage + (iova - m->iova)) / kPage);
  if (m->DeviceWrites() && !m->paged_out[frame]) {
    throw std::logic_error("what the device writes meanwhile would be lost: page it out first");
  }
  Barrier();
  const Moved moved = {device_id, iova & ~(kPage - 1), m->frames[frame], m->regions[frame]};
  MoveBytes(*m, frame);
  if (m->paged_out[frame]) {
    parts_.board.Release(moved.region);
    parts_.frames.Free(moved.frame);
    return;
  }
  moved_.push_back(moved);
  IommuPageTable& table = parts_.iommu->page_table(*parts_.iommu->DomainOf(device_id));
  table.Unmap(moved.iova);  // no time passes in between: one store
  table.Map(moved.iova, m->frames[frame], kPage, {.read = m->DeviceReads(), .write = false});
}

void DmaMemory::EndMoves() {
  for (const Moved& moved : moved_) {
    const auto domain = *parts_.iommu->DomainOf(moved.device_id);
    if (parts_.iommu->InvalidatePage(domain, moved.iova) != IommuStatus::kOk ||
        parts_.iommu->Fence() != IommuStatus::kOk) {
      throw std::runtime_error("the IOMMU did not finish an invalidation");
    }
    parts_.board.Release(moved.region);
    parts_.frames.Free(moved.frame);
  }
  moved_.clear();
}

}  // namespace tb
