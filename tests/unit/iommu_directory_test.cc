// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>

#include "unit/iommu_fixture.h"

namespace tb {
namespace {

class IommuDirectory : public IommuTest {
 protected:
  void SetUp() override { StartFaultQueue(); }

  // A context in Bare first stage lets everything through untranslated: enough to see it was found.
  static constexpr std::array<uint64_t, 4> kBareContext = {kTcV, 0, 0, 0};

  void Put(uint64_t table, uint32_t index, const std::array<uint64_t, 4>& context) {
    for (unsigned i = 0; i < 4; ++i) memory.words[table + 32 * index + 8 * i] = context[i];
  }
};

TEST_F(IommuDirectory, OffRefusesWith256) {
  Read(0x1234);
  Write(0x5678, 0xffffff);

  EXPECT_EQ(Drain(), (std::vector<Fault>{{256, 2, 5, 0x1234}, {256, 3, 0xffffff, 0x5678}}));
}

TEST_F(IommuDirectory, BareLetsThroughUntranslated) {
  StartDirectory(1);

  EXPECT_EQ(Where(0xffff'ffff'f123, 0xffffff), 0xffff'ffff'f123u);
  EXPECT_TRUE(memory.reads.empty());
}

TEST_F(IommuDirectory, UnmappedReadLeavesTheRecordOfTheSpecification) {
  StartDirectory(kMode1Level);
  SetContext(5, {kTcV, 0, 0, kSv39 << 60 | kRoot >> 12});

  Read(0x8060'5678);

  EXPECT_EQ(memory.words[kFaults], 0x0000'0508'0000'000du);
  EXPECT_EQ(memory.words[kFaults + 8], 0u);
  EXPECT_EQ(memory.words[kFaults + 16], 0x8060'5678u);
  EXPECT_EQ(memory.words[kFaults + 24], 0u);
  EXPECT_EQ(Reg4(52), 1u);
}

TEST_F(IommuDirectory, DeviceIdWiderThanTheModeIs260) {
  struct {
    uint64_t mode;
    uint32_t widest;
  } const cases[] = {{kMode1Level, 0x7f}, {kMode2Level, 0xffff}, {kMode3Level, 0xffffff}};
  for (const auto& c : cases) {
    Restart({});
    StartFaultQueue();
    StartDirectory(c.mode);
    EXPECT_EQ(CauseOf(false, 0x1000, c.widest), 258u);
    if (c.widest != 0xffffff) {
      EXPECT_EQ(CauseOf(true, 0x1000, c.widest + 1), 260u);
    }
  }
}

// device_id 0x008005 and 0x000005 differ in the ninth bit of DDI1 alone.
TEST_F(IommuDirectory, NinthBitOfTheMiddleIndexSelectsAnotherTable) {
  StartDirectory(kMode2Level);
  memory.words[kDirectory + 8 * 0] = Pte(0x11'0000, 1);
  memory.words[kDirectory + 8 * 0x100] = Pte(0x12'0000, 1);
  Put(0x11'0000, 5, {kTcV, 0, 0, kSv39 << 60 | kRoot >> 12});
  Put(0x12'0000, 5, kBareContext);
  Entry(0x1000) = Pte(0x7'7000, kUserRw);

  EXPECT_EQ(Where(0x1000, 0x8005), 0x1000u);
  EXPECT_EQ(Where(0x1000, 0x0005), 0x7'7000u);
  EXPECT_EQ(Where(0x1000, 0x8005), 0x1000u);
}

TEST_F(IommuDirectory, ThreeLevelsUseEveryBitOfTheDeviceId) {
  StartDirectory(kMode3Level);
  for (unsigned bit = 0; bit < 24; ++bit) {
    const uint32_t id = 1u << bit;
    memory.words.clear();
    memory.words[kDirectory + 8 * (id >> 16)] = Pte(0x11'0000, 1);
    memory.words[0x11'0000 + 8 * (id >> 7 & 0x1ff)] = Pte(0x12'0000, 1);
    Put(0x12'0000, id & 0x7f, kBareContext);

    EXPECT_EQ(Where(0x1000, id), 0x1000u) << bit;
    EXPECT_EQ(CauseOf(false, 0x1000, id ^ 0xffffff), 258u) << bit;
  }
}

TEST_F(IommuDirectory, EachLevelReportsAccessPoisonInvalidAndReserved) {
  const uint64_t entries[] = {kDirectory + 8 * 1, 0x11'0000 + 8 * 2};
  const uint32_t id = 1 << 16 | 2 << 7 | 3;
  StartDirectory(kMode3Level);
  for (uint64_t entry : entries) {
    memory.words[entries[0]] = Pte(0x11'0000, 1);
    memory.words[entries[1]] = Pte(0x12'0000, 1);
    const uint64_t good = memory.words[entry];

    memory.access_errors = {entry};
    memory.poisoned = {entry};
    EXPECT_EQ(CauseOf(false, 0, id), 257u) << "access goes before poison";
    memory.access_errors.clear();
    memory.words[entry] = 0;
    EXPECT_EQ(CauseOf(false, 0, id), 268u) << "poison goes before V";
    memory.poisoned.clear();
    memory.words[entry] = (good & ~uint64_t{1}) | 2;
    EXPECT_EQ(CauseOf(false, 0, id), 258u) << "V goes before reserved bits";
    for (unsigned bit = 1; bit < 64; ++bit) {
      if (bit >= 10 && bit <= 53) continue;
      memory.words[entry] = good | uint64_t{1} << bit;
      EXPECT_EQ(CauseOf(false, 0, id), 259u) << bit;
    }
    memory.words[entry] = good;
  }
}

TEST_F(IommuDirectory, ContextReportsAccessPoisonAndInvalid) {
  StartDirectory(kMode1Level);
  for (unsigned word = 0; word < 4; ++word) {
    const uint64_t address = kDirectory + 32 * 5 + 8 * word;
    memory.poisoned = {kDirectory + 32 * 5, address};
    memory.access_errors = {address};
    EXPECT_EQ(CauseOf(false, 0), 257u) << word;
    memory.access_errors.clear();
    EXPECT_EQ(CauseOf(false, 0), 268u) << word;
    memory.poisoned.clear();
  }
  SetContext(5, {kTcV - 1 + 2, 0, 0, 0});
  EXPECT_EQ(CauseOf(false, 0), 258u) << "V goes before everything else in the context";
}

TEST_F(IommuDirectory, DirectoryBeyondThePhysicalWidthIs257) {
  Set8(16, (uint64_t{1} << 48 >> 12) << 10 | kMode1Level);
  iommu->Tick(100);

  EXPECT_EQ(CauseOf(false, 0), 257u);
}

TEST_F(IommuDirectory, OnlyValidContextsAreCached) {
  StartDirectory(kMode1Level);
  EXPECT_EQ(CauseOf(false, 0), 258u);
  SetContext(5, kBareContext);
  EXPECT_EQ(Where(0x1000), 0x1000u);
  SetContext(5, {});

  EXPECT_EQ(Where(0x1000), 0x1000u) << "cached until INVAL_DDT";
  EXPECT_EQ(iommu->directory_cache().size(), 1u);
}

TEST_F(IommuDirectory, CacheKeepsTheMostRecentlyUsedContexts) {
  Restart({.directory_entries = 2});
  StartDirectory(kMode1Level);
  for (uint32_t id : {1u, 2u, 3u}) SetContext(id, kBareContext);
  Read(0, 1);
  Read(0, 2);
  Read(0, 1);
  Read(0, 3);  // takes the place of 2
  memory.words.clear();

  EXPECT_EQ(Read(0, 1).resp, AxiResp::kOkay);
  EXPECT_EQ(Read(0, 3).resp, AxiResp::kOkay);
  EXPECT_EQ(Read(0, 2).resp, AxiResp::kSlvErr);
}

TEST_F(IommuDirectory, WithoutACacheEveryBurstWalks) {
  Restart({.directory_entries = 0});
  StartDirectory(kMode1Level);
  SetContext(5, kBareContext);
  Read(0);
  Read(0);

  EXPECT_EQ(iommu->statistics(5).directory_misses, 2u);
  EXPECT_EQ(iommu->statistics(5).directory_reads, 2u);
}

// ---- What makes a context misconfigured: one word, one change, legal or not ----

struct ContextCase {
  std::string name;
  std::array<uint64_t, 4> context;
  bool legal;
};
void PrintTo(const ContextCase& c, std::ostream* out) { *out << c.name; }

std::vector<ContextCase> ContextCases() {
  std::vector<ContextCase> cases;
  const std::array<uint64_t, 4> base = {kTcV, 0, 0, 0};
  const auto add = [&](std::string name, unsigned word, uint64_t value, bool legal) {
    std::array<uint64_t, 4> context = base;
    context[word] |= value;
    cases.push_back({std::move(name), context, legal});
  };
  // tc: DTF 4, PDTV 5 (its fsc is Bare here), GADE 7, SADE 8 are fine; DPE 9 alone is not.
  for (unsigned bit = 1; bit < 64; ++bit) {
    const bool legal = bit == 4 || bit == 5 || bit == 7 || bit == 8;
    add("Tc" + std::to_string(bit), 0, uint64_t{1} << bit, legal);
  }
  add("TcDpeWithPdtv", 0, 1 << 9 | kPdtv, true);
  for (unsigned bit = 0; bit < 64; ++bit) {
    add("Iohgatp" + std::to_string(bit), 1, uint64_t{1} << bit, bit < 60);
    add("Ta" + std::to_string(bit), 2, uint64_t{1} << bit, bit >= 12 && bit <= 31);
    if (bit < 60) add("Fsc" + std::to_string(bit), 3, uint64_t{1} << bit, bit < 44);
  }
  for (uint64_t mode = 1; mode < 16; ++mode) {
    const bool known = mode == 8 || mode == 9;
    add("FscMode" + std::to_string(mode), 3, mode << 60, known);
    std::array<uint64_t, 4> context = {kTcV | kPdtv, 0, 0, mode << 60};
    cases.push_back({"PdtpMode" + std::to_string(mode), context, false});
  }
  return cases;
}

class IommuContext : public IommuTest, public ::testing::WithParamInterface<ContextCase> {};

TEST_P(IommuContext, IsMisconfiguredOrNot) {
  StartFaultQueue();
  StartDirectory(kMode1Level);
  SetContext(5, GetParam().context);

  Read(0x1000);

  const std::vector<Fault> faults = Drain();
  const bool misconfigured = faults.size() == 1 && faults[0].cause == 259;
  EXPECT_EQ(misconfigured, !GetParam().legal);
  EXPECT_EQ(iommu->directory_cache().size(), GetParam().legal ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(EachBit, IommuContext, ::testing::ValuesIn(ContextCases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tb
