// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The driver's sequences against the translator model.

#include "hal/iommu_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include "iommu/iommu.h"
#include "sim/random.h"
#include "unit/iommu_fixture.h"

namespace tb {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr DmaProtection kReadOnly = {.read = true};
constexpr DmaProtection kReadWrite = {.read = true, .write = true};
constexpr uint64_t kBuffer = 0x8000'0000;

class IommuDriverTest : public ::testing::Test {
 protected:
  void SetUp() override { Start({}); }

  void Start(const IommuDriverConfig& config, const IommuConfig& hardware = {}) {
    driver.reset();
    iommu = std::make_unique<Iommu>(hardware, &memory, &memory);
    NewDriver(config);
    ASSERT_EQ(driver->Init(), IommuStatus::kOk);
  }
  void NewDriver(const IommuDriverConfig& config) {
    driver = std::make_unique<IommuDriver>(
        IommuHost{
            .read_reg = [this](uint32_t at, unsigned size) { return iommu->ReadReg(at, size); },
            .write_reg = [this](uint32_t at, unsigned size,
                                uint64_t value) { iommu->WriteReg(at, size, value); },
            .memory = &memory,
            .allocate_page =
                [this] {
                  next_page += kPageSize;
                  live_pages.insert(next_page);
                  memory.words[next_page + 8] = 0xdead;  // the driver has to zero it
                  return next_page;
                },
            .free_page = [this](uint64_t page) { EXPECT_EQ(live_pages.erase(page), 1u); },
            .advance = [this](Cycles cycles) { iommu->Tick(cycles.count); },
        },
        config);
  }
  AxiResp Access(bool write, uint64_t iova, uint32_t device_id = 5) {
    return iommu->Begin({.write = write, .address = iova, .bytes = 8, .device_id = device_id}).resp;
  }
  // Physical address a read reaches; ~0 when refused.
  uint64_t Where(uint64_t iova, uint32_t device_id = 5) {
    const BusRoute route = iommu->Begin({.address = iova, .bytes = 8, .device_id = device_id});
    iommu->ForgetOpenBursts();
    return route.resp == AxiResp::kOkay ? route.address : kRefused;
  }
  // Domain with device 5 in it.
  IommuDriver::DomainId AttachedDomain(PageTableMode mode = PageTableMode::kSv39) {
    const IommuDriver::DomainId domain = driver->CreateDomain(mode);
    EXPECT_EQ(driver->Attach(5, domain), IommuStatus::kOk);
    return domain;
  }
  static std::vector<uint64_t> Pages(uint64_t first, size_t count) {
    std::vector<uint64_t> pages;
    for (size_t i = 0; i < count; ++i) pages.push_back(first + i * kPageSize);
    return pages;
  }

  static constexpr uint64_t kRefused = ~uint64_t{0};
  TinyMemory memory;
  uint64_t next_page = 0x1000'0000;
  std::set<uint64_t> live_pages;
  std::unique_ptr<Iommu> iommu;
  std::unique_ptr<IommuDriver> driver;
};

// ---- Start ----

TEST_F(IommuDriverTest, InitLeavesTranslatorOnAndEveryDeviceRefused) {
  EXPECT_EQ(iommu->ReadReg(16, 8) & 0x1f, 4u);
  EXPECT_EQ(iommu->ReadReg(72, 4) & 1u << 16, 1u << 16);
  EXPECT_EQ(iommu->ReadReg(76, 4) & 1u << 16, 1u << 16);
  EXPECT_EQ(Where(0x1000), kRefused);
}

TEST_F(IommuDriverTest, EachDirectoryModeWorks) {
  for (auto mode : {iommu::DirectoryMode::k1Level, iommu::DirectoryMode::k2Level,
                    iommu::DirectoryMode::k3Level}) {
    Start({.directory = mode});
    const auto domain = AttachedDomain();
    const auto iova = driver->Map(domain, Pages(kBuffer, 1), kReadOnly);
    EXPECT_EQ(Where(*iova), kBuffer);
  }
}

TEST_F(IommuDriverTest, TakesOverATranslatorThatIsRunning) {
  const auto old_domain = AttachedDomain();
  const auto old_iova = driver->Map(old_domain, Pages(kBuffer, 1), kReadOnly);
  ASSERT_EQ(Where(*old_iova), kBuffer);
  NewDriver({.directory = iommu::DirectoryMode::k2Level});

  EXPECT_EQ(driver->Init(), IommuStatus::kOk);
  EXPECT_EQ(Where(*old_iova), kRefused) << "nothing of the old tables is left in the caches";
}

TEST_F(IommuDriverTest, HardwareThatNeverAnswersIsATimeout) {
  IommuHost host{
      .read_reg = [](uint32_t at, unsigned) { return at == 0   ? 0x3091000610
                                                     : at == 8 ? 2
                                                               : 0; },
      .write_reg = [](uint32_t, unsigned, uint64_t) {},
      .memory = &memory,
      .allocate_page = [this] { return next_page += kPageSize; },
      .free_page = {},
      .advance = [](Cycles) {}};

  EXPECT_EQ(IommuDriver(host, {}).Init(), IommuStatus::kTimeout);
}

TEST_F(IommuDriverTest, MissingCapabilitiesAreRefusedWithoutAWrite) {
  unsigned writes = 0;
  for (uint64_t capabilities : {uint64_t{0}, ~uint64_t{0}, uint64_t{0x10 | 1 << 9 | 1 << 10}}) {
    IommuHost host{.read_reg = [=](uint32_t at, unsigned) { return at == 0 ? capabilities : 2; },
                   .write_reg = [&](uint32_t, unsigned, uint64_t) { ++writes; },
                   .memory = &memory,
                   .allocate_page = [this] { return next_page += kPageSize; },
                   .free_page = {},
                   .advance = [](Cycles) {}};
    EXPECT_EQ(IommuDriver(host, {}).Init(), IommuStatus::kUnsupported);
  }
  EXPECT_EQ(writes, 0u);
}

TEST_F(IommuDriverTest, EveryPageIsGivenBack) {
  AttachedDomain(PageTableMode::kSv48);
  driver->Map(driver->CreateDomain(PageTableMode::kSv39), Pages(kBuffer, 20), kReadOnly);
  ASSERT_FALSE(live_pages.empty());
  driver.reset();

  EXPECT_TRUE(live_pages.empty());
}

// ---- Mappings ----

TEST_F(IommuDriverTest, ScatteredPagesBecomeOneIovaRange) {
  for (auto mode : {PageTableMode::kSv39, PageTableMode::kSv48}) {
    Start({});
    const auto domain = AttachedDomain(mode);
    const std::vector<uint64_t> pages = {0x8000'3000, 0x9000'0000, 0x8000'1000};
    const auto iova = driver->Map(domain, pages, kReadOnly);

    for (size_t i = 0; i < pages.size(); ++i) {
      EXPECT_EQ(Where(*iova + i * kPageSize + 0x18), pages[i] + 0x18);
    }
    EXPECT_EQ(Where(*iova + 3 * kPageSize), kRefused) << "guard page";
    EXPECT_EQ(Where(*iova - 8), kRefused);
  }
}

TEST_F(IommuDriverTest, ProtectionIsEnforced) {
  const auto domain = AttachedDomain();
  const auto source = driver->Map(domain, Pages(kBuffer, 1), kReadOnly);
  const auto target = driver->Map(domain, Pages(kBuffer, 1), kReadWrite);

  EXPECT_EQ(Access(true, *source), AxiResp::kSlvErr);
  EXPECT_EQ(Access(false, *source), AxiResp::kOkay);
  EXPECT_EQ(Access(true, *target), AxiResp::kOkay);
}

TEST_F(IommuDriverTest, WithoutHardwareUpdatesPagesAreMappedAccessedAndDirty) {
  Start({.hardware_ad = false});
  const auto domain = AttachedDomain();
  const auto iova = driver->Map(domain, Pages(kBuffer, 1), kReadWrite);

  EXPECT_EQ(Access(true, *iova), AxiResp::kOkay);
}

TEST_F(IommuDriverTest, RangesNeedNotBeAligned) {
  const auto domain = AttachedDomain();
  const auto iova = driver->MapRange(domain, kBuffer + 0xff8, 16, kReadOnly);

  EXPECT_EQ(*iova % kPageSize, 0xff8u);
  EXPECT_EQ(Where(*iova), kBuffer + 0xff8);
  EXPECT_EQ(Where(*iova + 8), kBuffer + 0x1000);
  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kOk);
  EXPECT_EQ(Where(*iova), kRefused);
}

TEST_F(IommuDriverTest, LargeRunsUseLargePages) {
  const auto domain = AttachedDomain();
  const auto pages = Pages(0x4000'0000, 512 + 3);
  const auto iova = driver->Map(domain, pages, kReadOnly);
  iommu->Begin({.address = *iova, .bytes = 8, .device_id = 5});

  EXPECT_EQ(Where(*iova + 0x1f'fff8), 0x401f'fff8u);
  EXPECT_EQ(iommu->statistics(5).tlb_misses, 1u) << "both in one entry";
  EXPECT_EQ(Where(*iova + 0x20'2000), 0x4020'2000u);
  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kOk);
  for (uint64_t offset : {0x0, 0x1f'f000, 0x20'0000, 0x20'2000}) {
    EXPECT_EQ(Where(*iova + offset), kRefused) << offset;
  }
}

TEST_F(IommuDriverTest, LargePageDoesNotReplaceATableOfSmallOnes) {
  Start({.iova_policy = IovaPolicy::kCompact});
  const auto domain = AttachedDomain();
  ASSERT_TRUE(driver->MapAt(domain, 0x4000'0000, Pages(kBuffer, 1), kReadOnly));
  ASSERT_EQ(driver->Unmap(domain, 0x4000'0000), IommuStatus::kOk);

  ASSERT_TRUE(driver->MapAt(domain, 0x4000'0000, Pages(0x4000'0000, 512), kReadOnly));
  EXPECT_EQ(Where(0x401f'f000), 0x401f'f000u);
}

TEST_F(IommuDriverTest, MapAtRefusesWhatIsTakenOrOutOfRange) {
  const auto domain = AttachedDomain();
  EXPECT_TRUE(driver->MapAt(domain, 0x4000'0000, Pages(kBuffer, 2), kReadOnly));
  EXPECT_FALSE(driver->MapAt(domain, 0x4000'1000, Pages(kBuffer, 1), kReadOnly));
  EXPECT_FALSE(driver->MapAt(domain, 0x3fff'f000, Pages(kBuffer, 2), kReadOnly));
  EXPECT_FALSE(driver->MapAt(domain, 0x3fff'f000, Pages(kBuffer, 1), kReadOnly)) << "its guard";
  EXPECT_FALSE(driver->MapAt(domain, uint64_t{1} << 38, Pages(kBuffer, 1), kReadOnly));
  EXPECT_TRUE(driver->MapAt(domain, (uint64_t{1} << 38) - kPageSize, Pages(kBuffer, 1), kReadOnly));
}

TEST_F(IommuDriverTest, FindNamesTheMappingOfAnAddress) {
  const auto domain = AttachedDomain();
  driver->MapAt(domain, 0x4000'0000, Pages(kBuffer, 2), kReadOnly);

  EXPECT_EQ(driver->Find(domain, 0x3fff'ffff), nullptr);
  ASSERT_NE(driver->Find(domain, 0x4000'1fff), nullptr);
  EXPECT_EQ(driver->Find(domain, 0x4000'1fff)->iova, 0x4000'0000u);
  EXPECT_EQ(driver->Find(domain, 0x4000'2000), nullptr);
}

TEST_F(IommuDriverTest, MisuseThrows) {
  const auto domain = AttachedDomain();

  EXPECT_THROW((void)driver->Unmap(domain, 0x1000), std::logic_error);
  EXPECT_THROW((void)driver->Map(99, Pages(kBuffer, 1), kReadOnly), std::logic_error);
  EXPECT_THROW((void)driver->Map(domain, {}, kReadOnly), std::logic_error);
  EXPECT_THROW((void)driver->Map(domain, Pages(kBuffer, 1), {}), std::logic_error);
  EXPECT_THROW((void)driver->Detach(6), std::logic_error);
  EXPECT_THROW((void)driver->Attach(1 << 24, domain), std::logic_error);
  EXPECT_THROW((void)driver->Init(), std::logic_error);
}

// ---- Taking back ----

TEST_F(IommuDriverTest, AfterUnmapNothingReachesThePage) {
  const auto domain = AttachedDomain();
  const auto iova = driver->Map(domain, Pages(kBuffer, 1), kReadOnly);
  ASSERT_EQ(Where(*iova), kBuffer) << "cached now";
  std::vector<uint64_t> released;
  driver->SetReleased([&](IommuDriver::DomainId, const IommuMapping& mapping) {
    released = mapping.pages;
    EXPECT_EQ(Where(*iova), kRefused);
  });

  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kOk);

  EXPECT_THAT(released, ElementsAre(kBuffer));
  EXPECT_EQ(Where(*iova), kRefused);
  EXPECT_EQ(driver->mapping_count(domain), 0u);
}

TEST_F(IommuDriverTest, UnmapWaitsForABurstInFlight) {
  Start({.wait_limit = Cycles(2000)});
  const auto domain = AttachedDomain();
  const auto iova = driver->Map(domain, Pages(kBuffer, 1), kReadOnly);
  const BusAccess burst = {.address = *iova, .bytes = 8, .device_id = 5, .id = 4};
  ASSERT_EQ(iommu->Begin(burst).resp, AxiResp::kOkay);
  bool released = false;
  driver->SetReleased([&](auto, const auto&) { released = true; });

  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kTimeout);
  EXPECT_FALSE(released);
  EXPECT_EQ(driver->deferred_count(), 1u);
  std::array<uint8_t, 8> data{};
  iommu->ReadBeat(burst, kBuffer, data);
  EXPECT_EQ(driver->FlushDeferred(), IommuStatus::kOk);

  EXPECT_TRUE(released);
}

TEST_F(IommuDriverTest, ManyPagesAreInvalidatedTogether) {
  Start({.invalidate_by_page_limit = 8});
  const auto domain = AttachedDomain();
  const auto few = driver->Map(domain, Pages(kBuffer, 8), kReadOnly);
  const auto many = driver->Map(domain, Pages(kBuffer, 9), kReadOnly);
  for (unsigned i = 0; i < 8; ++i) Where(*few + i * kPageSize);
  for (unsigned i = 0; i < 9; ++i) Where(*many + i * kPageSize);

  const uint64_t before = iommu->commands_executed();
  EXPECT_EQ(driver->Unmap(domain, *few), IommuStatus::kOk);
  EXPECT_EQ(iommu->commands_executed() - before, 8u + 1);
  EXPECT_EQ(driver->Unmap(domain, *many), IommuStatus::kOk);
  EXPECT_EQ(iommu->commands_executed() - before, 8u + 1 + 1 + 1);

  for (unsigned i = 0; i < 9; ++i) EXPECT_EQ(Where(*many + i * kPageSize), kRefused);
}

TEST_F(IommuDriverTest, UnmapOfMoreCommandsThanTheQueueHolds) {
  Start({.command_log2 = 2, .invalidate_by_page_limit = 1000});
  const auto domain = AttachedDomain();
  const auto iova = driver->Map(domain, Pages(kBuffer, 100), kReadOnly);

  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kOk);
}

TEST_F(IommuDriverTest, GlobalPagesAreInvalidatedByAddress) {
  const auto domain = AttachedDomain();
  const auto iova = driver->Map(domain, Pages(kBuffer, 1), {.read = true, .global = true});
  ASSERT_EQ(Where(*iova), kBuffer);

  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kOk);

  EXPECT_EQ(Where(*iova), kRefused);
}

TEST_F(IommuDriverTest, DeferredUnmapsKeepTheirPagesUntilTheWindowEnds) {
  Start({.deferred_unmaps = 3});
  const auto domain = AttachedDomain();
  std::vector<uint64_t> released;
  driver->SetReleased([&](auto, const IommuMapping& m) { released.push_back(m.pages[0]); });
  std::vector<uint64_t> iovas;
  for (uint64_t i = 0; i < 3; ++i) {
    iovas.push_back(*driver->Map(domain, Pages(kBuffer + i * 0x10'0000, 1), kReadOnly));
    Where(iovas.back());
  }
  EXPECT_EQ(driver->Unmap(domain, iovas[0]), IommuStatus::kOk);
  EXPECT_EQ(driver->Unmap(domain, iovas[1]), IommuStatus::kOk);
  EXPECT_TRUE(released.empty());
  EXPECT_EQ(Where(iovas[0]), kBuffer) << "still cached: that is the window";

  EXPECT_EQ(driver->Unmap(domain, iovas[2]), IommuStatus::kOk);

  EXPECT_THAT(released, ElementsAre(kBuffer, kBuffer + 0x10'0000, kBuffer + 0x20'0000));
  for (uint64_t iova : iovas) EXPECT_EQ(Where(iova), kRefused);
}

// ---- Contexts ----

TEST_F(IommuDriverTest, DomainsIsolateTheirDevices) {
  const auto one = driver->CreateDomain(PageTableMode::kSv39);
  const auto two = driver->CreateDomain(PageTableMode::kSv48);
  ASSERT_EQ(driver->Attach(5, one), IommuStatus::kOk);
  ASSERT_EQ(driver->Attach(0x80'8005, two), IommuStatus::kOk);
  driver->MapAt(one, 0x4000'0000, Pages(0x8000'0000, 1), kReadOnly);
  driver->MapAt(two, 0x4000'0000, Pages(0x9000'0000, 1), kReadOnly);
  driver->MapAt(two, 0x5000'0000, Pages(0x9000'1000, 1), kReadOnly);

  EXPECT_EQ(Where(0x4000'0000, 5), 0x8000'0000u);
  EXPECT_EQ(Where(0x4000'0000, 0x80'8005), 0x9000'0000u);
  EXPECT_EQ(Where(0x5000'0000, 5), kRefused);
}

TEST_F(IommuDriverTest, ChangeOfALiveContextTakesEffect) {
  const auto one = AttachedDomain();
  const auto two = driver->CreateDomain(PageTableMode::kSv39);
  driver->MapAt(one, 0x4000'0000, Pages(0x8000'0000, 1), kReadOnly);
  driver->MapAt(two, 0x4000'0000, Pages(0x9000'0000, 1), kReadOnly);
  ASSERT_EQ(Where(0x4000'0000), 0x8000'0000u);

  ASSERT_EQ(driver->Attach(5, two), IommuStatus::kOk);

  EXPECT_EQ(driver->DomainOf(5), two);
  EXPECT_EQ(Where(0x4000'0000), 0x9000'0000u);
  ASSERT_EQ(driver->Detach(5), IommuStatus::kOk);
  EXPECT_EQ(Where(0x4000'0000), kRefused);
}

// The context is written with V last, and cleared by V first.
TEST_F(IommuDriverTest, ContextIsNeverValidAndHalfWritten) {
  struct Watch final : PhysicalMemory {
    TinyMemory* memory;
    std::vector<std::pair<uint64_t, uint64_t>> stores;
    MemoryOutcome Read64(uint64_t a, uint64_t* v) override { return memory->Read64(a, v); }
    MemoryOutcome Write64(uint64_t a, uint64_t v) override {
      stores.emplace_back(a, v);
      return memory->Write64(a, v);
    }
    MemoryOutcome Write32(uint64_t a, uint32_t v) override { return memory->Write32(a, v); }
    MemoryOutcome CompareExchange64(uint64_t a, uint64_t e, uint64_t d, uint64_t* o) override {
      return memory->CompareExchange64(a, e, d, o);
    }
  } watch;
  watch.memory = &memory;
  IommuDriver other(
      {.read_reg = [this](uint32_t at, unsigned n) { return iommu->ReadReg(at, n); },
       .write_reg = [this](uint32_t at, unsigned n, uint64_t v) { iommu->WriteReg(at, n, v); },
       .memory = &watch,
       .allocate_page = [this] { return next_page += kPageSize; },
       .free_page = {},
       .advance = [this](Cycles n) { iommu->Tick(n.count); }},
      {.directory = iommu::DirectoryMode::k1Level});
  ASSERT_EQ(other.Init(), IommuStatus::kOk);
  const uint64_t context = (iommu->ReadReg(16, 8) >> 10 << 12) + 32 * 5;
  const auto one = other.CreateDomain(PageTableMode::kSv39);
  const auto two = other.CreateDomain(PageTableMode::kSv48);
  ASSERT_EQ(other.Attach(5, one), IommuStatus::kOk);
  watch.stores.clear();

  ASSERT_EQ(other.Attach(5, two), IommuStatus::kOk);

  std::vector<uint64_t> order;
  for (const auto& [address, value] : watch.stores) {
    if (address >= context && address < context + 32) order.push_back(address - context);
  }
  EXPECT_THAT(order, ElementsAre(0, 24, 16, 8, 0));
}

// ---- Commands and faults ----

TEST_F(IommuDriverTest, IllegalCommandIsReportedAndRecovered) {
  const auto domain = AttachedDomain();
  EXPECT_EQ(driver->Execute({{0x7f, 0}}), IommuStatus::kCommandIllegal);
  EXPECT_EQ(driver->Fence(), IommuStatus::kCommandIllegal);
  EXPECT_EQ(driver->RecoverCommandQueue(), IommuStatus::kOk);

  EXPECT_EQ(driver->Fence(), IommuStatus::kOk);
  const auto iova = driver->Map(domain, Pages(kBuffer, 1), kReadOnly);
  EXPECT_EQ(driver->Unmap(domain, *iova), IommuStatus::kOk);
}

TEST_F(IommuDriverTest, CommandMemoryFaultIsReportedAndRecovered) {
  memory.read_only = {0x8000};
  EXPECT_EQ(driver->Execute({{2 | 1 << 10, 0x8000 >> 2}}), IommuStatus::kCommandFault);
  EXPECT_EQ(driver->RecoverCommandQueue(), IommuStatus::kOk);
  EXPECT_EQ(driver->Fence(), IommuStatus::kOk);
}

TEST_F(IommuDriverTest, FaultInterruptIsDrained) {
  AttachedDomain();
  EXPECT_FALSE(iommu->interrupt(1));
  Access(false, 0x1000);
  Access(true, 0x2000, 9);
  ASSERT_TRUE(iommu->interrupt(1));

  const auto records = driver->HandleInterrupt();

  EXPECT_FALSE(iommu->interrupt(1));
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].cause(), iommu::Cause::kReadPage);
  EXPECT_EQ(records[0].iova(), 0x1000u);
  EXPECT_EQ(records[1].cause(), iommu::Cause::kDirectoryInvalid);
  EXPECT_EQ(records[1].device_id(), 9u);
  EXPECT_EQ(records[1].type(), iommu::TransactionType::kWrite);
  EXPECT_TRUE(driver->HandleInterrupt().empty());
}

TEST_F(IommuDriverTest, FaultQueueOverflowIsLeftBehind) {
  Start({.fault_log2 = 2});
  AttachedDomain();
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < 10; ++i) Access(false, 0x1000);
    EXPECT_EQ(driver->HandleInterrupt().size(), 3u);
    EXPECT_FALSE(iommu->interrupt(1));
    EXPECT_EQ(driver->fault_queue_errors(), static_cast<uint64_t>(round));
  }
  EXPECT_EQ(iommu->fault_counters().recorded, 9u);
  EXPECT_EQ(iommu->fault_counters().dropped, 21u);
}

TEST_F(IommuDriverTest, DemandPagingNeedsNoInvalidation) {
  const auto domain = AttachedDomain();
  ASSERT_EQ(Access(true, 0x4000'0123), AxiResp::kSlvErr);
  const auto records = driver->HandleInterrupt();
  ASSERT_EQ(records.size(), 1u);

  driver->MapAt(domain, records[0].iova() & ~(kPageSize - 1), Pages(kBuffer, 1), kReadWrite);

  EXPECT_EQ(Where(0x4000'0123), kBuffer + 0x123);
}

// A ledger of live mappings over a long random history: every burst that gets through was
// authorised.
TEST_F(IommuDriverTest, EveryBurstThatPassesIsCoveredByALiveMapping) {
  for (unsigned window : {0u, 4u}) {
    Start({.iova_policy = IovaPolicy::kCompact, .deferred_unmaps = window},
          {.tlb_sets = 2, .tlb_ways = 2});
    const auto domain = AttachedDomain();
    std::set<uint64_t> reachable;  // physical pages that are mapped or not yet released
    driver->SetReleased([&](auto, const IommuMapping& m) {
      for (uint64_t page : m.pages) EXPECT_EQ(reachable.erase(page), 1u);
    });
    unsigned passed = 0;
    iommu->SetLog([&](const Authorisation& a) {
      if (a.cause != iommu::Cause::kNone) return;
      ++passed;
      EXPECT_TRUE(reachable.contains(a.physical & ~(kPageSize - 1)));
    });
    Random random(window + 1);
    std::vector<uint64_t> mapped;
    uint64_t next = kBuffer;
    for (int i = 0; i < 3000; ++i) {
      if (mapped.size() < 3 || random.Below(4) == 0) {
        const auto pages = Pages(next, random.Between(1, 3));
        next += 0x10'0000;
        reachable.insert(pages.begin(), pages.end());
        mapped.push_back(*driver->Map(domain, pages, kReadWrite));
      } else if (mapped.size() > 6) {
        const size_t at = random.Below(mapped.size());
        ASSERT_EQ(driver->Unmap(domain, mapped[at]), IommuStatus::kOk);
        mapped.erase(mapped.begin() + static_cast<std::ptrdiff_t>(at));
      }
      Where(0x10'0000 + random.Below(40) * kPageSize);
    }
    EXPECT_GT(passed, 500u);
  }
}

// ---- The IOVA allocator ----

TEST(IovaAllocatorTest, RangesNeverTouchEachOtherOrTheirGuards) {
  for (auto policy : {IovaPolicy::kCompact, IovaPolicy::kRandom}) {
    IovaAllocator allocator(0x1000, 0x100'0000, kPageSize, policy, 3);
    Random random(5);
    std::map<uint64_t, uint64_t> ranges;  // first -> end
    for (int i = 0; i < 2000; ++i) {
      if (!ranges.empty() && random.Below(3) == 0) {
        auto it = ranges.begin();
        std::advance(it, random.Below(ranges.size()));
        allocator.Free(it->first);
        ranges.erase(it);
        continue;
      }
      const uint64_t bytes = random.Between(1, 9) * kPageSize;
      const uint64_t align = kPageSize << random.Below(4);
      const auto iova = allocator.Allocate(bytes, align);
      if (!iova) continue;
      ASSERT_EQ(*iova % align, 0u);
      ASSERT_GE(*iova, 0x1000u);
      ASSERT_LE(*iova + bytes, 0x100'0000u);
      const auto next = ranges.lower_bound(*iova);
      if (next != ranges.end()) {
        ASSERT_GE(next->first, *iova + bytes + kPageSize);
      }
      if (next != ranges.begin()) {
        ASSERT_LE(std::prev(next)->second + kPageSize, *iova);
      }
      ranges[*iova] = *iova + bytes;
    }
    EXPECT_EQ(allocator.size(), ranges.size());
  }
}

TEST(IovaAllocatorTest, CompactFillsTheRangeToTheLastPage) {
  IovaAllocator allocator(0x1000, 0x9000, 0, IovaPolicy::kCompact, 1);
  for (uint64_t at = 0x1000; at < 0x9000; at += kPageSize) {
    EXPECT_EQ(allocator.Allocate(kPageSize, kPageSize), at);
  }
  EXPECT_EQ(allocator.Allocate(kPageSize, kPageSize), std::nullopt);
  allocator.Free(0x4000);
  EXPECT_EQ(allocator.Allocate(kPageSize, kPageSize), 0x4000u);
  EXPECT_THROW(allocator.Free(0x4800), std::logic_error);
}

TEST(IovaAllocatorTest, RandomFindsTheLastGap) {
  IovaAllocator allocator(0, 1 << 24, 0, IovaPolicy::kRandom, 1);
  for (unsigned i = 0; i < 1 << 12; ++i) ASSERT_TRUE(allocator.Allocate(kPageSize, kPageSize));

  EXPECT_EQ(allocator.Allocate(kPageSize, kPageSize), std::nullopt);
}

}  // namespace
}  // namespace tb
