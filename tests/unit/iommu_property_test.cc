// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The translator against one that is too simple to be wrong in the same way: no cache, no classes, straight from
// the text of the specification. Random directories and page tables, with random bits flipped and random words broken.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <utility>
#include <vector>

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

struct World {
  TinyMemory memory;
  unsigned levels = 1;
  std::vector<uint32_t> devices;
  std::vector<uint64_t> iovas;
};

// `one_in` times less likely than not.
bool Rarely(unsigned one_in) { return *rc::gen::inRange(0u, one_in) == 0; }

template <typename T>
T OneOf(const std::vector<T>& values) {
  return *rc::gen::elementOf(values);
}

uint64_t RandomContextWord0() {
  uint64_t tc = 1;
  if (Rarely(2)) tc |= kSade;
  if (Rarely(8)) tc |= uint64_t{1} << *rc::gen::inRange(0, 64);
  return tc;
}

uint64_t RandomLeaf(unsigned level) {
  uint64_t flags = kUserRw;
  const uint64_t often_missing[] = {kA, kD, kW, kU, kR};
  for (uint64_t flag : often_missing) {
    if (Rarely(5)) flags &= ~flag;
  }
  uint64_t physical = *rc::gen::inRange<uint64_t>(0, uint64_t{1} << 30) << 12;
  if (!Rarely(6)) physical &= ~((uint64_t{4096} << (9 * level)) - 1);
  if (level == 0 && Rarely(3)) {
    flags |= kN;
    physical = (physical & ~uint64_t{0xffff}) | 0x8000;
  }
  return Pte(physical, flags);
}

World RandomWorld() {
  World world;
  world.levels = *rc::gen::inRange(1u, 4u);
  auto& words = world.memory.words;
  uint64_t next = kTables;
  const auto child = [&](uint64_t slot) {
    if (words[slot] == 0) {
      words[slot] = Pte(next, kV);
      next += kPageSize;
    }
    return (words[slot] >> 10) << 12;
  };
  for (unsigned i = 0; i < 3; ++i) {
    const uint32_t id = *rc::gen::inRange(0u, 1u << 24) & (Rarely(2) ? 0x7f : 0xffffff);
    world.devices.push_back(id);
    uint64_t table = kDirectory;
    if (world.levels == 3) table = child(table + 8 * (id >> 16));
    if (world.levels >= 2) table = child(table + 8 * (id >> 7 & 511));
    const uint64_t mode = Rarely(8) ? *rc::gen::inRange(0u, 16u) : 8 + *rc::gen::inRange(0u, 2u);
    const uint64_t context = table + 32 * (id & 127);
    words[context] = RandomContextWord0();
    words[context + 16] = uint64_t{i + 1} << 12;
    words[context + 24] = mode << 60 | next >> 12;
    uint64_t root = next;
    next += kPageSize;
    for (unsigned page = 0; page < 6; ++page) {
      const unsigned bits = mode == 8 ? 38 : 47;
      uint64_t iova = (*rc::gen::inRange<uint64_t>(0, uint64_t{1} << (bits - 12))) << 12;
      if (Rarely(2)) iova &= 0x3f'ffff;
      const unsigned top = mode == 8 ? 2 : 3;
      const unsigned level = Rarely(3) ? *rc::gen::inRange(0u, top + 1) : 0;
      table = root;
      for (unsigned at = top; at > level; --at) table = child(table + 8 * (iova >> (12 + 9 * at) & 511));
      words[table + 8 * (iova >> (12 + 9 * level) & 511)] = RandomLeaf(level);
      world.iovas.push_back(iova + *rc::gen::inRange(0u, 512u) * 8);
    }
  }
  // Damage: flipped bits, broken and poisoned words.
  std::vector<uint64_t> used;
  for (const auto& [address, word] : words) used.push_back(address);
  std::sort(used.begin(), used.end());
  for (unsigned i = *rc::gen::inRange(0u, 4u); i > 0; --i) {
    words[OneOf(used)] ^= uint64_t{1} << *rc::gen::inRange(0, 64);
  }
  if (Rarely(3)) world.memory.access_errors.insert(OneOf(used));
  if (Rarely(3)) world.memory.poisoned.insert(OneOf(used));
  return world;
}

struct Access {
  uint32_t device_id;
  uint64_t iova;
  bool write;
};

Access RandomAccess(const World& world) {
  Access access{OneOf(world.devices), OneOf(world.iovas), *rc::gen::arbitrary<bool>()};
  if (Rarely(10)) access.device_id ^= 1u << *rc::gen::inRange(0, 24);
  if (Rarely(10)) access.iova ^= uint64_t{1} << *rc::gen::inRange(12, 64);
  return access;
}

// Returns how many accesses were allowed.
unsigned CompareOn(const World& world, const IommuConfig& config) {
  TinyMemory device_memory = world.memory;
  TinyMemory naive_memory = world.memory;
  Iommu iommu(config, &device_memory, &device_memory);
  Naive naive(&naive_memory, world.levels);
  iommu.WriteReg(16, 8, (kDirectory >> 12) << 10 | (world.levels + 1));
  unsigned cause = 0;
  iommu.SetLog([&](const Authorisation& a) { cause = static_cast<unsigned>(a.cause); });

  unsigned allowed = 0;
  for (unsigned i = 0; i < 40; ++i) {
    const Access access = RandomAccess(world);
    const Answer expected = naive.Translate(access.device_id, access.iova, access.write);
    device_memory.bursts.clear();
    const BusRoute route = iommu.Begin({.write = access.write,
                                        .address = access.iova,
                                        .bytes = 8,
                                        .device_id = access.device_id});
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

TEST(IommuProperty, AnswersAsTheNaiveTranslatorWithoutCaches) {
  EXPECT_TRUE(rc::check("no caches", [] {
    CompareOn(RandomWorld(), {.tlb_sets = 0, .directory_entries = 0});
  }));
}

TEST(IommuProperty, AnswersAsTheNaiveTranslatorWithCachesOverTablesThatStay) {
  EXPECT_TRUE(rc::check("caches", [] {
    const IommuConfig configs[] = {
        {}, {.tlb_sets = 1, .tlb_ways = 1, .directory_entries = 1}, {.tlb_sets = 4, .tlb_ways = 2}};
    CompareOn(RandomWorld(), configs[*rc::gen::inRange(0, 3)]);
  }));
}

// The comparison is worth something only if a good share of the accesses gets through.
TEST(IommuProperty, RandomWorldsAreNotAllFaults) {
  unsigned allowed = 0;
  EXPECT_TRUE(rc::check("allowed", [&] {
    allowed += CompareOn(RandomWorld(), {.tlb_sets = 0, .directory_entries = 0});
  }));
  EXPECT_GT(allowed, 200u);
}

// ---- Staleness ----
// Pages change, are invalidated in every form, and are read. An answer is right if the entry had that target at some
// time since the last invalidation that covers the page; right after one, only the present target is.

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
  void Step() {
    const Key key{*rc::gen::inRange(1u, 3u), *rc::gen::inRange<uint64_t>(0, 4)};
    const auto [device, page] = key;
    switch (*rc::gen::inRange(0, 4)) {
      case 0: {
        const uint64_t target = *rc::gen::inRange<uint64_t>(0, 8) << 12;
        EntryOf(key) = target == 0 ? 0 : Pte(target, kUserRw);
        legal[key].insert(Target(key));
        break;
      }
      case 1: {
        const bool by_address = *rc::gen::arbitrary<bool>();
        const bool by_pscid = *rc::gen::arbitrary<bool>();
        Invalidate(by_address ? static_cast<int64_t>(page << 12) : -1, by_pscid ? device : -1);
        for (auto& [other, targets] : legal) {
          const bool covered = (!by_address || other.second == page) &&
                               (!by_pscid || other.first == device);
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
    for (int i = 0; i < 100; ++i) Step();
  }));
}

}  // namespace
}  // namespace tb
