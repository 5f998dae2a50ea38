// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The translator against one that is too simple to be wrong in the same way: no cache, no classes,
// straight from the text of the specification. Random directories and page tables, with random bits
// flipped and random words broken.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/random.h"
#include "unit/iommu_fixture.h"

namespace tb {
namespace {

struct Answer {
  unsigned cause = 0;
  uint64_t physical = 0;
};

// ---- The naive translator ----

class Naive {
 public:
  Naive(TinyMemory* memory, unsigned levels) : memory_(memory), levels_(levels) {}

  Answer Translate(uint32_t device_id, uint64_t iova, bool write) {
    const unsigned widths[] = {0, 7, 16, 24};
    if (device_id >= 1u << widths[levels_]) return {260};
    uint64_t at = kDirectory;
    if (levels_ == 3) {
      const uint64_t e = Load(at + device_id / 65536 * 8);
      if (const unsigned cause = NonLeafCause(at + device_id / 65536 * 8, e)) return {cause};
      at = e / 1024 * 4096;
    }
    if (levels_ >= 2) {
      const uint64_t slot = at + device_id / 128 % 512 * 8;
      const uint64_t e = Load(slot);
      if (const unsigned cause = NonLeafCause(slot, e)) return {cause};
      at = e / 1024 * 4096;
    }
    at += device_id % 128 * 32;
    for (int i = 0; i < 4; ++i) {
      if (Broken(at + 8 * i)) return {257};
    }
    for (int i = 0; i < 4; ++i) {
      if (memory_->poisoned.contains(at + 8 * i)) return {268};
    }
    const uint64_t tc = Load(at), gatp = Load(at + 8), ta = Load(at + 16), fsc = Load(at + 24);
    const uint64_t mode = fsc >> 60;
    if (tc % 2 == 0) return {258};
    // Allowed in tc: V, DTF, PDTV, GADE, SADE, DPE = 0x3b1.
    if ((tc & ~uint64_t{0x3b1}) != 0 || gatp >> 60 != 0 || ta << 52 != 0 || ta >> 32 != 0 ||
        (fsc << 4 >> 48) != 0) {
      return {259};
    }
    const bool pdtv = (tc >> 5 & 1) != 0;
    if (pdtv ? mode != 0 : ((tc >> 9 & 1) != 0 || (mode != 0 && mode != 8 && mode != 9))) {
      return {259};
    }
    if (mode == 0) return {0, iova};
    const auto extended = static_cast<int64_t>(iova << (mode == 8 ? 25 : 16));
    if (static_cast<uint64_t>(extended >> (mode == 8 ? 25 : 16)) != iova) return {Page(write)};
    return Walk(fsc % (uint64_t{1} << 44) * 4096, mode == 8 ? 2 : 3, iova, write,
                (tc >> 8 & 1) != 0);
  }

 private:
  static unsigned Page(bool write) { return write ? 15 : 13; }
  uint64_t Load(uint64_t address) { return memory_->words[address]; }
  bool Broken(uint64_t address) {
    return address >= uint64_t{1} << 48 || memory_->access_errors.contains(address);
  }
  unsigned NonLeafCause(uint64_t slot, uint64_t e) {
    if (Broken(slot)) return 257;
    if (memory_->poisoned.contains(slot)) return 268;
    if (e % 2 == 0) return 258;
    return (e << 10 >> 20) * 1024 + 1 != e ? 259 : 0;
  }
  Answer Walk(uint64_t table, int level, uint64_t iova, bool write, bool sade) {
    const uint64_t span = uint64_t{4096} << (9 * level);
    const uint64_t slot = table + iova / span % 512 * 8;
    if (Broken(slot)) return {write ? 7u : 5u};
    if (memory_->poisoned.contains(slot)) return {274};
    const uint64_t e = Load(slot);
    const auto bit = [e](int n) { return (e >> n & 1) != 0; };
    const bool v = bit(0), r = bit(1), w = bit(2), x = bit(3), u = bit(4), a = bit(6), d = bit(7),
               n = bit(63);
    if (!v || (w && !r) || (e << 1 >> 55) != 0 || (n && level > 0)) return {Page(write)};
    const uint64_t target = (e << 10 >> 20) * 4096;
    if (!r && !x) {
      if (level == 0 || a || d || u || n) return {Page(write)};
      return Walk(target, level - 1, iova, write, sade);
    }
    const uint64_t size = n ? 65536 : span;
    if (!(write ? w : r) || !u || (n ? target % size != 0x8000 : target % size != 0)) {
      return {Page(write)};
    }
    if (!a || (write && !d)) {
      if (!sade) return {Page(write)};
      memory_->words[slot] |= write ? 0xc0 : 0x40;
    }
    return {0, target / size * size + iova % size};
  }

  TinyMemory* memory_;
  unsigned levels_;
};

// ---- A random world ----
// RapidCheck draws a seed and the number of accesses; the rest follows from the seed, so that a
// failure is two numbers.

struct World {
  TinyMemory memory;
  unsigned levels = 1;
  std::vector<std::pair<uint32_t, uint64_t>> pages;  // device and IOVA
};

enum class Kind {
  kWild,  // anything
  kTidy,  // nothing a cache may answer differently: no NAPOT page with neighbours that differ, no
          // global page that is not in every table, no two tables of one PSCID
};

class WorldMaker {
 public:
  WorldMaker(uint64_t seed, Kind kind) : random_(seed), kind_(kind) {}

  World Make() {
    world_.levels = static_cast<unsigned>(random_.Between(1, 3));
    for (uint64_t pscid = 1; pscid <= 3; ++pscid) AddDevice(pscid);
    Damage();
    return std::move(world_);
  }

 private:
  bool OneIn(uint64_t n) { return random_.Below(n) == 0; }

  uint64_t NewPage() { return next_ += kPageSize; }

  uint64_t Child(uint64_t slot) {
    uint64_t& entry = world_.memory.words[slot];
    if (entry == 0) entry = Pte(NewPage(), kV);
    return entry >> 10 << 12;
  }

  void AddDevice(uint64_t pscid) {
    const unsigned bits = OneIn(8) ? 24 : world_.levels == 1 ? 7 : world_.levels == 2 ? 16 : 24;
    const auto id = static_cast<uint32_t>(random_.Below(uint64_t{1} << bits));
    uint64_t table = kDirectory;
    if (world_.levels == 3) table = Child(table + 8 * (id >> 16));
    if (world_.levels >= 2) table = Child(table + 8 * (id >> 7 & 511));
    const uint64_t context = table + 32 * (id & 127);
    const uint64_t mode = OneIn(8) ? random_.Below(16) : random_.Between(8, 9);
    const uint64_t root = NewPage();
    auto& words = world_.memory.words;
    words[context] = 1 | (OneIn(2) ? kSade : 0) | (OneIn(8) ? uint64_t{1} << random_.Below(64) : 0);
    words[context + 16] = pscid << 12;
    words[context + 24] = mode << 60 | root >> 12;
    for (unsigned page = 0; page < 6; ++page) AddPage(id, root, mode == 8 ? 3 : 4);
  }

  void AddPage(uint32_t id, uint64_t root, unsigned levels) {
    const uint64_t iova = random_.Below(OneIn(2) ? 1 << 22 : uint64_t{1} << (11 + 9 * levels));
    const auto level = static_cast<unsigned>(OneIn(3) ? random_.Below(levels) : 0);
    uint64_t table = root;
    for (unsigned at = levels - 1; at > level; --at) {
      table = Child(table + 8 * (iova >> (12 + 9 * at) & 511));
    }
    world_.memory.words[table + 8 * (iova >> (12 + 9 * level) & 511)] = Leaf(level);
    world_.pages.emplace_back(id, iova);
  }

  uint64_t Leaf(unsigned level) {
    uint64_t flags = kUserRw;
    for (uint64_t flag : {kA, kD, kW, kU, kR}) {
      if (OneIn(10)) flags &= ~flag;
    }
    uint64_t physical = random_.Below(uint64_t{1} << 36) << 12;
    if (!OneIn(6)) physical &= ~((uint64_t{4096} << (9 * level)) - 1);
    if (kind_ == Kind::kWild && level == 0 && OneIn(3)) {
      flags |= kN;
      physical = (physical & ~uint64_t{0xffff}) | 0x8000;
    }
    return Pte(physical, flags);
  }

  // Flipped bits, broken and poisoned words.
  void Damage() {
    auto& words = world_.memory.words;
    std::vector<uint64_t> used;
    for (const auto& [address, word] : words) used.push_back(address);
    std::sort(used.begin(), used.end());
    const auto any = [&] { return used[random_.Below(used.size())]; };
    for (uint64_t i = kind_ == Kind::kWild ? random_.Below(5) : 0; i > 0; --i) {
      words[any()] ^= uint64_t{1} << random_.Below(64);
    }
    if (OneIn(3)) world_.memory.access_errors.insert(any());
    if (OneIn(3)) world_.memory.poisoned.insert(any());
  }

  Random random_;
  Kind kind_;
  World world_;
  uint64_t next_ = kTables;
};

BusAccess RandomAccess(const World& world, Random* random) {
  const auto any = [&] { return world.pages[random->Below(world.pages.size())]; };
  auto [device_id, iova] = any();
  if (random->Below(6) == 0) iova = any().second;
  if (random->Below(10) == 0) device_id ^= 1u << random->Below(24);
  if (random->Below(10) == 0) iova ^= uint64_t{1} << random->Below(64);
  return {.write = random->Below(2) == 0, .address = iova, .bytes = 8, .device_id = device_id};
}

// Returns how many accesses were allowed.
unsigned CompareOn(uint64_t seed, unsigned accesses, Kind kind, const IommuConfig& config) {
  const World world = WorldMaker(seed, kind).Make();
  TinyMemory device_memory = world.memory;
  TinyMemory naive_memory = world.memory;
  Iommu iommu(config, &device_memory, &device_memory);
  Naive naive(&naive_memory, world.levels);
  iommu.WriteReg(16, 8, (kDirectory >> 12) << 10 | (world.levels + 1));
  unsigned cause = 0;
  iommu.SetLog([&](const Authorisation& a) { cause = static_cast<unsigned>(a.cause); });

  unsigned allowed = 0;
  Random random = Random(seed).Fork(1);
  for (unsigned i = 0; i < accesses; ++i) {
    const BusAccess access = RandomAccess(world, &random);
    const Answer expected = naive.Translate(access.device_id, access.address, access.write);
    device_memory.bursts.clear();
    const BusRoute route = iommu.Begin(access);
    RC_ASSERT(cause == expected.cause);
    if (expected.cause == 0) {
      ++allowed;
      RC_ASSERT(device_memory.bursts.size() == 1u);
      RC_ASSERT(device_memory.bursts[0].address == expected.physical);
    } else {
      RC_ASSERT(route.resp == AxiResp::kSlvErr);
      RC_ASSERT(device_memory.bursts.empty());
    }
  }
  for (const auto& [address, word] : world.memory.words) {
    RC_ASSERT(device_memory.words[address] == naive_memory.words[address]);
  }
  return allowed;
}

void Compare(Kind kind, const IommuConfig& config) {
  const auto seed = *rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>());
  CompareOn(seed, *rc::gen::inRange(1u, 60u), kind, config);
}

TEST(IommuProperty, AnswersAsTheNaiveTranslatorWithoutCaches) {
  EXPECT_TRUE(rc::check("any tables, no caches",
                        [] { Compare(Kind::kWild, {.tlb_sets = 0, .directory_entries = 0}); }));
}

TEST(IommuProperty, AnswersAsTheNaiveTranslatorWithCachesOverTablesThatStay) {
  EXPECT_TRUE(rc::check("default caches", [] { Compare(Kind::kTidy, {}); }));
  EXPECT_TRUE(rc::check("one entry", [] {
    Compare(Kind::kTidy, {.tlb_sets = 1, .tlb_ways = 1, .directory_entries = 1});
  }));
}

// The comparison is worth something only if a good share of the accesses gets through, and a good
// share does not.
TEST(IommuProperty, RandomWorldsAreNeitherAllFaultsNorAllRight) {
  unsigned allowed = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    allowed += CompareOn(seed, 50, Kind::kWild, {.tlb_sets = 0, .directory_entries = 0});
  }

  EXPECT_GT(allowed, 2000u);
  EXPECT_LT(allowed, 8000u);
}

// ---- Staleness ----
// Pages change, are invalidated in every form, and are read. An answer is right if the entry had
// that target at some time since the last invalidation that covers the page; right after one, only
// the present target is.

class IommuStaleness : public IommuTest {
 protected:
  static constexpr uint64_t kUnmapped = ~uint64_t{0};
  using Key = std::pair<uint32_t, uint64_t>;  // device, page

  void Begin() {
    memory.words.clear();
    next_table = kTables;
    Restart({.tlb_sets = 2, .tlb_ways = 2});
    StartDirectory(kMode1Level);
    StartCommandQueue();
    SetContext(1, {kTcV, 0, 1 << 12, kSv39 << 60 | kRoot >> 12});
    SetContext(2, {kTcV, 0, 2 << 12, kSv39 << 60 | kRoot2 >> 12});
    legal.clear();
    for (uint32_t device : {1u, 2u}) {
      for (uint64_t page = 0; page < 4; ++page) legal[{device, page}] = {kUnmapped};
    }
  }
  uint64_t& EntryOf(const Key& key) {
    return memory.words[EntryAt(key.first == 1 ? kRoot : kRoot2, 3, key.second << 12)];
  }
  uint64_t Target(const Key& key) {
    const uint64_t entry = EntryOf(key);
    return entry == 0 ? kUnmapped : entry >> 10 << 12;
  }
  void Step(Random* random) {
    const Key key{1 + random->Below(2), random->Below(4)};
    const auto [device, page] = key;
    switch (random->Below(4)) {
      case 0: {
        const uint64_t target = random->Below(8) << 12;
        EntryOf(key) = target == 0 ? 0 : Pte(target, kUserRw);
        legal[key].insert(Target(key));
        break;
      }
      case 1: {
        const bool by_address = random->Below(2) == 0;
        const bool by_pscid = random->Below(2) == 0;
        Invalidate(by_address ? static_cast<int64_t>(page << 12) : -1,
                   by_pscid ? int64_t{device} : -1);
        for (auto& [other, targets] : legal) {
          const bool covered =
              (!by_address || other.second == page) && (!by_pscid || other.first == device);
          if (covered) targets = {Target(other)};
        }
        break;
      }
      default:
        RC_ASSERT(legal[key].contains(Where(page << 12, device)));
        break;
    }
  }

  std::map<Key, std::set<uint64_t>> legal;
};

TEST_F(IommuStaleness, OldAnswersEndAtTheInvalidationThatCoversThem) {
  EXPECT_TRUE(rc::check("staleness", [this] {
    Begin();
    Random random(*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>()));
    const unsigned steps = *rc::gen::inRange(1u, 200u);
    for (unsigned i = 0; i < steps; ++i) Step(&random);
  }));
}

}  // namespace
}  // namespace tb
