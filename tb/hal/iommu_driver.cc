// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/iommu_driver.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace tb {

using iommu::Command;
using iommu::DirectoryMode;

namespace {

constexpr uint64_t kPage = IommuPageTable::kPage;
constexpr uint64_t kLarge = IommuPageTable::kLarge;
constexpr uint64_t kPagesOfLarge = kLarge / kPage;
constexpr uint64_t kFaultErrors = iommu::kCsrMemoryFault | iommu::kFqcsrOverflow;

// Pages [at, at + 512) lie together in memory, aligned to 2 MiB.
bool IsLargeRun(std::span<const uint64_t> pages, size_t at) {
  if (pages.size() - at < kPagesOfLarge || pages[at] % kLarge != 0) return false;
  for (size_t i = 1; i < kPagesOfLarge; ++i) {
    if (pages[at + i] != pages[at] + i * kPage) return false;
  }
  return true;
}

}  // namespace

IommuDriver::IommuDriver(IommuHost host, const IommuDriverConfig& config)
    : host_(std::move(host)), config_(config) {
  if (config.command_log2 < 1 || config.command_log2 > 8 || config.fault_log2 < 1 ||
      config.fault_log2 > 7) {
    throw std::invalid_argument("IOMMU queues are one page: 2..256 commands, 2..128 records");
  }
  if (config.directory < DirectoryMode::k1Level || config.directory > DirectoryMode::k3Level) {
    throw std::invalid_argument("the IOMMU driver needs a device directory");
  }
}

IommuDriver::~IommuDriver() {
  if (!host_.free_page) return;
  for (uint64_t page : owned_pages_) host_.free_page(page);
  for (const auto& [id, domain] : domains_) {
    for (uint64_t page : domain.table->pages()) host_.free_page(page);
  }
}

// ---- Start ----

IommuStatus IommuDriver::Init() {
  if (directory_page_ != 0) throw std::logic_error("the IOMMU is initialised already");
  const uint64_t capabilities = Reg(iommu::kCapabilities, 8);
  const uint64_t needed =
      iommu::kCapSv39 | iommu::kCapSv48 | (config_.hardware_ad ? iommu::kCapAmoHwad : 0);
  if (iommu::Field(capabilities, 7, 0) != iommu::kCapVersion || (capabilities & needed) != needed ||
      (Reg(iommu::kFctl, 4) & iommu::kFctlWsi) == 0) {
    return IommuStatus::kUnsupported;
  }
  if (IommuStatus status = StopWhatRuns(); status != IommuStatus::kOk) return status;
  SetReg(iommu::kIcvec, 8, config_.command_vector | uint64_t{config_.fault_vector} << 4);

  const auto own_page = [this] {
    owned_pages_.push_back(host_.AllocateZeroedPage());
    return owned_pages_.back();
  };
  command_page_ = own_page();
  fault_page_ = own_page();
  directory_page_ = own_page();
  SetReg(iommu::kCqt, 4, 0);
  IommuStatus status = StartQueue(iommu::kCqb, iommu::kCqcsr, command_page_, config_.command_log2);
  if (status != IommuStatus::kOk) return status;
  commands_.emplace(&host_, command_page_, config_.command_log2, config_.poll_interval,
                    config_.wait_limit);
  SetReg(iommu::kFqh, 4, 0);
  status = StartQueue(iommu::kFqb, iommu::kFqcsr, fault_page_, config_.fault_log2);
  if (status != IommuStatus::kOk) return status;

  const uint64_t mode = static_cast<uint64_t>(config_.directory);
  SetReg(iommu::kDdtp, 8, iommu::AddressToPpnField(directory_page_) | mode);
  if (!WaitUntil([&] { return (Reg(iommu::kDdtp, 8) & iommu::kDdtpBusy) == 0; })) {
    return IommuStatus::kTimeout;
  }
  if (iommu::Field(Reg(iommu::kDdtp, 8), 3, 0) != mode) return IommuStatus::kRefused;
  for (const Command& command : {Command{{iommu::kOpIodir, 0}}, Command{{iommu::kOpIotinval, 0}}}) {
    if (IommuStatus post = commands().Post(command); post != IommuStatus::kOk) return post;
  }
  return Fence();
}

// Somebody may have left it running: directory off, so that every device is refused, then the
// queues.
IommuStatus IommuDriver::StopWhatRuns() {
  const auto idle = [this] { return (Reg(iommu::kDdtp, 8) & iommu::kDdtpBusy) == 0; };
  if (!WaitUntil(idle)) return IommuStatus::kTimeout;
  SetReg(iommu::kDdtp, 8, 0);
  if (!WaitUntil(idle)) return IommuStatus::kTimeout;
  for (uint32_t csr : {iommu::kCqcsr, iommu::kFqcsr}) {
    if ((Reg(csr, 4) & (iommu::kCsrOn | iommu::kCsrBusy | iommu::kCsrEnable)) == 0) continue;
    if (!WaitUntil([&] { return (Reg(csr, 4) & iommu::kCsrBusy) == 0; })) {
      return IommuStatus::kTimeout;
    }
    SetReg(csr, 4, 0);
    if (!WaitUntil([&] { return (Reg(csr, 4) & (iommu::kCsrOn | iommu::kCsrBusy)) == 0; })) {
      return IommuStatus::kTimeout;
    }
  }
  return IommuStatus::kOk;
}

IommuStatus IommuDriver::StartQueue(uint32_t base_register, uint32_t csr, uint64_t page,
                                    unsigned log2) {
  SetReg(base_register, 8, iommu::AddressToPpnField(page) | (log2 - 1));
  const uint64_t interrupt = csr == iommu::kFqcsr ? iommu::kCsrInterruptEnable : 0;
  SetReg(csr, 4, iommu::kCsrEnable | interrupt);
  const bool on =
      WaitUntil([&] { return (Reg(csr, 4) & (iommu::kCsrOn | iommu::kCsrBusy)) == iommu::kCsrOn; });
  return on ? IommuStatus::kOk : IommuStatus::kTimeout;
}

// ---- Domains and devices ----

IommuDriver::DomainId IommuDriver::CreateDomain(PageTableMode mode) {
  const DomainId id = domains_.empty() ? 1 : domains_.rbegin()->first + 1;
  Domain domain;
  domain.table = std::make_unique<IommuPageTable>(
      host_.memory, [this] { return host_.AllocateZeroedPage(); }, mode, !config_.hardware_ad);
  domain.mode = mode;
  // The lowest megabyte stays empty: a null pointer, or a small number taken for an address,
  // faults.
  domain.iovas =
      std::make_unique<IovaAllocator>(0x10'0000, domain.table->limit(), config_.guard_pages * kPage,
                                      config_.iova_policy, Random(config_.seed).Fork(id).Next());
  domains_.emplace(id, std::move(domain));
  return id;
}

std::optional<IommuDriver::DomainId> IommuDriver::DomainOf(uint32_t device_id) const {
  const auto it = attached_.find(device_id);
  return it == attached_.end() ? std::nullopt : std::optional(it->second);
}

IommuStatus IommuDriver::Attach(uint32_t device_id, DomainId domain) {
  const Domain& target = At(domain);
  const uint64_t context = ContextAddress(device_id);
  if (attached_.contains(device_id)) {
    if (IommuStatus status = Detach(device_id); status != IommuStatus::kOk) return status;
  }
  host_.Store(context + 24, uint64_t{static_cast<uint8_t>(target.mode)} << 60 |
                                target.table->root() >> iommu::kPageShift);
  host_.Store(context + 16, uint64_t{domain} << 12);
  host_.Store(context + 8, 0);
  // A barrier belongs here: everything else before V. The stores of this host are in order.
  host_.Store(context, iommu::kTcValid | (config_.hardware_ad ? iommu::kTcSade : 0));
  attached_[device_id] = domain;
  return InvalidateContext(device_id, domain);
}

IommuStatus IommuDriver::Detach(uint32_t device_id) {
  const auto it = attached_.find(device_id);
  if (it == attached_.end()) throw std::logic_error("device is not attached to a domain");
  const DomainId domain = it->second;
  host_.Store(ContextAddress(device_id), 0);
  attached_.erase(it);
  return InvalidateContext(device_id, domain);
}

IommuStatus IommuDriver::InvalidateContext(uint32_t device_id, DomainId domain) {
  for (const Command& command : {InvalDdtCommand(device_id), InvalPscidCommand(domain)}) {
    if (IommuStatus status = commands().Post(command); status != IommuStatus::kOk) return status;
  }
  return Fence();
}

// Makes the tables on the way where they are missing.
uint64_t IommuDriver::ContextAddress(uint32_t device_id) {
  if (directory_page_ == 0) throw std::logic_error("the IOMMU is not initialised");
  const unsigned levels = static_cast<unsigned>(config_.directory) - 1;
  const unsigned bits = levels == 1 ? 7 : levels == 2 ? 16 : 24;
  if (device_id >> bits != 0) throw std::logic_error("device_id is too wide for the directory");
  const uint64_t index[] = {iommu::Field(device_id, 6, 0), iommu::Field(device_id, 15, 7),
                            iommu::Field(device_id, 23, 16)};
  uint64_t table = directory_page_;
  for (unsigned level = levels - 1; level > 0; --level) {
    const uint64_t slot = table + 8 * index[level];
    uint64_t entry = host_.Load(slot);
    if ((entry & iommu::kDirectoryValid) == 0) {
      owned_pages_.push_back(host_.AllocateZeroedPage());
      entry = iommu::AddressToPpnField(owned_pages_.back()) | iommu::kDirectoryValid;
      host_.Store(slot, entry);
    }
    table = iommu::PpnFieldToAddress(entry);
  }
  return table + iommu::kContextBytes * index[0];
}

// ---- Mappings ----

std::optional<uint64_t> IommuDriver::Map(DomainId domain, std::span<const uint64_t> pages,
                                         const DmaProtection& protection) {
  if (pages.empty()) throw std::logic_error("mapping of no pages");
  Domain& target = At(domain);
  const uint64_t align = IsLargeRun(pages, 0) ? kLarge : kPage;
  const std::optional<uint64_t> iova = target.iovas->Allocate(pages.size() * kPage, align);
  if (iova) MapPages(&target, *iova, pages, protection);
  return iova;
}

bool IommuDriver::MapAt(DomainId domain, uint64_t iova, std::span<const uint64_t> pages,
                        const DmaProtection& protection) {
  if (pages.empty() || iova % kPage != 0) throw std::logic_error("mapping is empty or misaligned");
  Domain& target = At(domain);
  if (!target.iovas->Reserve(iova, pages.size() * kPage)) return false;
  MapPages(&target, iova, pages, protection);
  return true;
}

std::optional<uint64_t> IommuDriver::MapRange(DomainId domain, uint64_t physical, uint64_t bytes,
                                              const DmaProtection& protection) {
  if (bytes == 0) throw std::logic_error("mapping of no bytes");
  std::vector<uint64_t> pages;
  for (uint64_t page = physical & ~(kPage - 1); page < physical + bytes; page += kPage) {
    pages.push_back(page);
  }
  const std::optional<uint64_t> iova = Map(domain, pages, protection);
  return iova ? std::optional(*iova + physical % kPage) : std::nullopt;
}

void IommuDriver::MapPages(Domain* domain, uint64_t iova, std::span<const uint64_t> pages,
                           const DmaProtection& protection) {
  for (size_t at = 0; at < pages.size();) {
    const uint64_t here = iova + at * kPage;
    const bool large =
        here % kLarge == 0 && IsLargeRun(pages, at) && domain->table->HasRoomForLarge(here);
    domain->table->Map(here, pages[at], large ? kLarge : kPage, protection);
    at += large ? kPagesOfLarge : 1;
  }
  domain->mappings[iova] = {
      .iova = iova, .pages = {pages.begin(), pages.end()}, .protection = protection};
}

IommuStatus IommuDriver::Unmap(DomainId domain, uint64_t iova) {
  Domain& target = At(domain);
  const auto it = target.mappings.find(iova & ~(kPage - 1));
  if (it == target.mappings.end()) throw std::logic_error("IOVA is not mapped");
  IommuMapping mapping = std::move(it->second);
  target.mappings.erase(it);
  const uint64_t end = mapping.iova + mapping.pages.size() * kPage;
  for (uint64_t at = mapping.iova; at < end;) {
    const uint64_t bytes = target.table->Unmap(at);
    at += bytes == 0 ? kPage : bytes;  // 0: a test has cleared the entry itself
  }
  // A barrier belongs here: the cleared entries before the invalidation.
  deferred_.push_back({domain, std::move(mapping)});
  if (config_.deferred_unmaps == 0) return FinishUnmaps(1);
  return deferred_.size() >= config_.deferred_unmaps ? FlushDeferred() : IommuStatus::kOk;
}

IommuStatus IommuDriver::FlushDeferred() { return FinishUnmaps(deferred_.size()); }

// Invalidates the youngest `count` of the unmapped and gives them back. Older ones are there only
// if an invalidation failed.
IommuStatus IommuDriver::FinishUnmaps(size_t count) {
  const auto first = deferred_.end() - static_cast<std::ptrdiff_t>(count);
  std::set<DomainId> whole;
  for (auto it = first; it != deferred_.end(); ++it) {
    if (!it->mapping.protection.global && count > 1) {
      whole.insert(it->domain);
      continue;
    }
    IommuStatus status = PostInvalidation(it->domain, it->mapping);
    if (status != IommuStatus::kOk) return status;
  }
  for (DomainId domain : whole) {
    IommuStatus status = commands().Post(InvalPscidCommand(domain));
    if (status != IommuStatus::kOk) return status;
  }
  if (IommuStatus status = Fence(); status != IommuStatus::kOk) return status;

  std::vector<Deferred> done(std::make_move_iterator(first),
                             std::make_move_iterator(deferred_.end()));
  deferred_.erase(first, deferred_.end());
  for (const Deferred& one : done) {
    At(one.domain).iovas->Free(one.mapping.iova);
    if (released_) released_(one.domain, one.mapping);
  }
  return IommuStatus::kOk;
}

IommuStatus IommuDriver::PostInvalidation(DomainId domain, const IommuMapping& mapping) {
  const bool global = mapping.protection.global;
  if (!global && mapping.pages.size() > config_.invalidate_by_page_limit) {
    return commands().Post(InvalPscidCommand(domain));
  }
  for (size_t i = 0; i < mapping.pages.size(); ++i) {
    const uint64_t iova = mapping.iova + i * kPage;
    IommuStatus status =
        commands().Post(global ? InvalAddressCommand(iova) : InvalPageCommand(domain, iova));
    if (status != IommuStatus::kOk) return status;
  }
  return IommuStatus::kOk;
}

const IommuMapping* IommuDriver::Find(DomainId domain, uint64_t iova) const {
  const auto& mappings = At(domain).mappings;
  auto it = mappings.upper_bound(iova);
  if (it == mappings.begin()) return nullptr;
  const IommuMapping& mapping = std::prev(it)->second;
  return iova < mapping.iova + mapping.pages.size() * kPage ? &mapping : nullptr;
}

// ---- Commands ----

IommuStatus IommuDriver::InvalidatePage(DomainId domain, uint64_t iova) {
  IommuStatus status = commands().Post(InvalPageCommand(domain, iova));
  return status == IommuStatus::kOk ? commands().Wait() : status;
}

IommuStatus IommuDriver::InvalidateDomain(DomainId domain) {
  IommuStatus status = commands().Post(InvalPscidCommand(domain));
  return status == IommuStatus::kOk ? commands().Wait() : status;
}

IommuStatus IommuDriver::Fence() {
  IommuStatus status = commands().Post(FenceCommand());
  return status == IommuStatus::kOk ? commands().Wait() : status;
}

IommuStatus IommuDriver::Execute(const Command& command) {
  IommuStatus status = commands().Post(command);
  return status == IommuStatus::kOk ? commands().Wait() : status;
}

IommuStatus IommuDriver::RecoverCommandQueue() { return commands().Recover(); }

// ---- Interrupts ----

std::vector<iommu::FaultRecord> IommuDriver::HandleInterrupt() {
  std::vector<iommu::FaultRecord> records;
  Drain(&records);
  const uint64_t csr = Reg(iommu::kFqcsr, 4);
  if ((csr & kFaultErrors) != 0) {
    ++fault_queue_errors_;
    SetReg(iommu::kFqcsr, 4, csr & (iommu::kCsrEnable | iommu::kCsrInterruptEnable | kFaultErrors));
  }
  SetReg(iommu::kIpsr, 4, iommu::kIpsrFault);
  Drain(&records);  // what came before the pending bit was cleared raised no new interrupt
  return records;
}

void IommuDriver::Drain(std::vector<iommu::FaultRecord>* records) {
  const uint64_t mask = (uint64_t{1} << config_.fault_log2) - 1;
  const uint64_t tail = Reg(iommu::kFqt, 4);
  uint64_t head = Reg(iommu::kFqh, 4);
  if (head == tail) return;
  for (; head != tail; head = (head + 1) & mask) {
    iommu::FaultRecord record;
    for (unsigned i = 0; i < 4; ++i) {
      record.word[i] = host_.Load(fault_page_ + head * iommu::kFaultBytes + 8 * i);
    }
    records->push_back(record);
  }
  SetReg(iommu::kFqh, 4, head);
}

// ---- Small things ----

IommuDriver::Domain& IommuDriver::At(DomainId domain) {
  const auto it = domains_.find(domain);
  if (it == domains_.end()) throw std::logic_error("no such IOMMU domain");
  return it->second;
}

const IommuDriver::Domain& IommuDriver::At(DomainId domain) const {
  return const_cast<IommuDriver*>(this)->At(domain);
}

IommuCommands& IommuDriver::commands() {
  if (!commands_) throw std::logic_error("the IOMMU is not initialised");
  return *commands_;
}

}  // namespace tb
