// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Watches every beat that reaches memory and says at once what a stray one did:
//   "byte 3 of 'rx ring' (0x80001003), written by channel 1 (id 2), slot 7: not writable now"
//
// Stands between the bus and the memory, in physical addresses (behind a translator, if there is
// one):
//   AxiMemoryPort ──► [Iommu ──►] Scoreboard ──► Memory
// A stray beat still takes its way, so that memory shows what really happened.
//
// Memory outside declared regions has the default permission (none unless set). A read beat is
// legal when any byte it moves is readable: an engine may fetch the whole bus words it touches. A
// write is checked byte by byte.

#ifndef SGDMA_TB_MEM_SCOREBOARD_H_
#define SGDMA_TB_MEM_SCOREBOARD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mem/bus_target.h"
#include "mem/memory.h"
#include "mem/page_table.h"

namespace tb {

// What the device may do to a byte. kTranslator is for page tables and queues: only accesses with
// BusAccess::translator set may touch them.
enum class Permission : uint8_t { kNone = 0, kRead = 1, kWrite = 2, kBoth = 3, kTranslator = 4 };

class Scoreboard final : public BusTarget {
 public:
  using Region = uint32_t;

  explicit Scoreboard(Memory& memory, Permission outside = Permission::kNone);

  // ---- Regions. Later declarations override earlier ones where they overlap ----
  Region Declare(std::string name, uint64_t base, uint64_t size, Permission permission);
  // Gives the bytes back to the default permission.
  void Release(Region region);
  void Permit(Region region, Permission permission);
  void Permit(Region region, uint64_t offset, uint64_t size, Permission permission);

  // From now on each byte written at region + offset must have this value (until Forget or a new
  // Expect).
  void Expect(Region region, uint64_t offset, std::span<const uint8_t> values);
  void Forget(Region region);

  // Fills [base, base + size) with a pattern nobody may touch; CheckCanaries() reports what was
  // damaged.
  Region Canary(std::string name, uint64_t base, uint64_t size);

  // ---- End of a run ----
  // Starts the image compare: from now on no byte may be changed by the bus but those that were
  // writable at some time since.
  void Snapshot();
  // Reports each run of changed bytes that was never writable, and each damaged canary. True when
  // there is none.
  bool Compare();
  bool CheckCanaries();

  // ---- What was found ----
  // Called for each stray; to be tied to Simulation::Report. Without one, strays are only kept.
  void SetReporter(std::function<void(const std::string&)> reporter) {
    reporter_ = std::move(reporter);
  }
  // Names the work an access belongs to ("slot 7"); asked only for a stray.
  void SetSlotLookup(std::function<std::string(const BusAccess&, uint64_t address)> lookup) {
    slot_lookup_ = std::move(lookup);
  }
  const std::vector<std::string>& strays() const { return strays_; }
  uint64_t stray_count() const { return stray_count_; }

  // "byte 3 of 'rx ring' (0x80001003)", or where the address lies relative to the nearest region.
  std::string Name(uint64_t address) const;

  // ---- BusTarget ----
  BusRoute Begin(const BusAccess& burst) override { return memory_.Begin(burst); }
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override;
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override;

 private:
  // Flags of a byte: the permission, and these.
  static constexpr uint8_t kChecked = 8;        // has an expected value
  static constexpr uint8_t kEverWritable = 16;  // since the snapshot
  struct Page {
    uint8_t uniform = 0;                  // flags of every byte while `flags` is null
    std::unique_ptr<uint8_t[]> flags;     // per byte
    std::unique_ptr<uint8_t[]> expected;  // per byte, where kChecked
  };
  struct Declared {
    std::string name;
    uint64_t base = 0;
    uint64_t size = 0;
    bool live = false;
    bool canary = false;
  };
  enum class Fault : uint8_t { kRead, kWrite, kValue };

  uint8_t FlagsAt(uint64_t address) const;
  void SetFlags(uint64_t base, uint64_t size, uint8_t clear, uint8_t set);
  void CheckBytes(const Page& page, const BusAccess& burst, uint64_t address,
                  std::span<const uint8_t> data, uint64_t strobe, uint8_t need);
  void Stray(Fault fault, const BusAccess& burst, uint64_t address, uint8_t got, uint8_t want);
  void Add(std::string text);
  Page& Touch(uint64_t address);
  void Split(Page& page);
  const Declared& At(Region region) const;

  Memory& memory_;
  uint8_t outside_;
  PageTable<Page> pages_;
  std::vector<Declared> regions_;
  std::vector<std::string> strays_;
  uint64_t stray_count_ = 0;
  std::function<void(const std::string&)> reporter_;
  std::function<std::string(const BusAccess&, uint64_t)> slot_lookup_;
};

}  // namespace tb

#endif  // SGDMA_TB_MEM_SCOREBOARD_H_
