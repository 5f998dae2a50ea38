// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for the engine behind the driver's HAL: registers, memory (fake_engine.cc) and a small
// executor of rings (fake_executor.cc). It moves one descriptor per microsecond of delay_us (or per
// Step), and can misbehave in the ways a driver must survive. Test-only; what is right is decided
// by the contract, not by it.
//
// Memory has two sides, as behind a write-back cache: the driver's stores reach the engine only
// through map, sync_for_device, and the engine's reach the driver only through sync_for_cpu, unmap.

#ifndef SGDMA_TESTS_DRIVER_FAKE_ENGINE_H_
#define SGDMA_TESTS_DRIVER_FAKE_ENGINE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sgdma/sgdma.h"
#include "sgdma/sgdma_regs.h"

namespace driver_test {

class FakeEngine {
 public:
  static constexpr unsigned kChannels = 2;
  static constexpr uint32_t kPage = 4096;

  // Bytes that arrive at (or were sent by) a channel's stream. Not last: the packet goes on.
  struct Packet {
    std::vector<uint8_t> bytes;
    bool last = true;
    bool broken = false;  // TUSER at TLAST
    bool operator==(const Packet&) const = default;
  };

  struct Channel {
    uint32_t state = SGDMA_CH_STATE_STATE_IDLE;
    bool retry_legal = false, skip_legal = false;
    uint32_t head = 0, tail = 0, cpl_head = 0, cpl_index = 0;
    uint32_t lap = 0, cpl_lap = 0;
    uint32_t cause = 0;
    std::map<uint32_t, uint32_t> config;  // plain words of the channel page, by offset
    std::array<uint32_t, 4> image{};
    bool image_valid = false;
    // A linked list in progress.
    bool in_list = false;
    uint64_t entry_iova = 0;
    uint32_t entries_left = 0, index = 0;
    bool last_array = false;   // END_LIST
    uint32_t unit_slots = 1;   // of the descriptor that runs or failed: 2 for a STRIDE pair
    bool pass_over = false;    // the transfer behind a bad STRIDE
    bool direct = false;       // a DIRECT descriptor runs or has failed
    uint32_t unsignalled = 0;  // ends with IRQ that have not raised DONE
    uint32_t unsignalled_age = 0;
    uint32_t open_records = 0;  // what OUT_CTL says
    uint64_t bytes_moved = 0;   // what CNT_BYTES says
    uint32_t latched = 0;
    // Streams.
    std::deque<Packet> incoming;
    uint32_t received = 0;  // by the RECV that waits
    Packet sending{{}, false, false};
    std::vector<Packet> sent;
  };

  FakeEngine();
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  const sgdma_hal_t* hal() const { return &hal_; }
  Channel& channel(unsigned c) { return channels_[c]; }

  // ---- Time: one descriptor of each running channel; then the interrupt, if it is not masked.
  void Step();
  void Run(int steps);

  // ---- What a test turns
  std::map<uint32_t, uint32_t> global;  // plain words of the global page; RO words may be changed
  std::map<uint32_t, uint32_t> forced;  // register offset -> what it reads, whatever is true
  std::map<uint64_t, uint32_t> errors;  // IOVA -> status: the access that touches it fails
  std::set<uint64_t> passing_errors;    // of these: the first access clears the error
  std::map<uint64_t, std::deque<uint8_t>> fifos;  // peripherals, by the IOVA of their one register
  bool gone = false;                              // every register reads all ones
  bool unfinished = false;                        // ABORT, RESET and PAUSE never end
  bool refuse_start = false;
  bool refuse_skip = false;   // whatever STATE says
  bool write_records = true;  // false: descriptors end, records are lost
  bool fail_records = false;  // record writes get SLVERR
  bool pending_map_failure = false;
  uint64_t map_base = 0x1'0000'0040;
  std::function<void(unsigned)> on_irq;       // interrupt of channel c
  std::function<void(uint32_t)> before_read;  // register offset: something happens just before

  // The watchdog of channel c gives up on AXI channel `axi` (ERR_CTRL.STUCK).
  void Stick(unsigned c, uint32_t axi);

  // Writes a record of the test's making where the engine would put its next one.
  void PostRecord(unsigned c, const sgdma_record_t& record, bool right_phase = true);
  static sgdma_record_t Record(uint32_t slot, uint32_t bytes, uint32_t status = 0,
                               uint32_t where = 0, uint32_t index = SGDMA_INDEX_RING);

  // ---- What a test looks at
  uint32_t doorbells = 0;
  uint32_t head_reads = 0;
  int live_mappings() const { return static_cast<int>(mappings_.size()); }
  // Waits inside a critical section, nested sections, sync of unmapped memory, a doorbell or
  // command with descriptors or cleared records behind it and no barrier, a record read without
  // one.
  int misuse = 0;
  sgdma_desc_t Descriptor(unsigned c, uint32_t slot) const;
  uint32_t DescriptorCtl(unsigned c, uint32_t slot) const;
  uint32_t DescriptorLen(unsigned c, uint32_t slot) const;
  std::map<uint32_t, uint32_t> writes;  // register offset -> how often it was written

  // Registers as the bus sees them.
  uint32_t Read32(uint32_t offset);
  void Write32(uint32_t offset, uint32_t value);

 private:
  struct Mapping {
    uint8_t* cpu;
    std::vector<uint8_t> device;
    sgdma_direction_t direction;
  };
  struct Outcome {
    uint32_t status = 0, where = 0, bytes = 0;
    uint64_t iova = 0;
    uint32_t flags = 0;    // of the record
    bool waiting = false;  // a RECV without data
  };

  static FakeEngine& Self(void* ctx) { return *static_cast<FakeEngine*>(ctx); }
  Mapping* Find(uint64_t iova, size_t bytes, uint64_t* offset);
  const uint8_t* Peek(uint64_t iova, size_t bytes) const;
  void Interrupts();

  uint32_t ReadChannel(Channel& ch, uint32_t offset);
  void WriteChannel(Channel& ch, uint32_t offset, uint32_t value);
  void Command(Channel& ch, uint32_t code);
  void Reset(Channel& ch);
  void ForceReset();
  void Halt(Channel& ch);
  uint64_t Base(const Channel& ch, uint32_t lo) const;
  static uint32_t Word(const Channel& ch, uint32_t offset);

  bool Locked(const Channel& ch, uint32_t offset) const;
  bool Acceptable(const Channel& ch, uint32_t offset, uint32_t value);
  void Skip(Channel& ch);

  void Execute(Channel& ch);
  void ExecuteRing(Channel& ch);
  void ExecutePair(Channel& ch, const sgdma_desc_t& stride);
  void ExecuteEntry(Channel& ch);
  void ExecuteDirect(Channel& ch);
  Outcome Perform(Channel& ch, const sgdma_desc_t& d, uint64_t at);
  Outcome Move(Channel& ch, const sgdma_desc_t& d);
  Outcome Send(Channel& ch, const sgdma_desc_t& d);
  Outcome Receive(Channel& ch, const sgdma_desc_t& d);
  Outcome Touch(uint64_t iova, uint32_t bytes, uint32_t where);
  bool Fetch(uint64_t iova, sgdma_desc_t* d);
  bool InPhase(const Channel& ch, uint32_t ahead, const sgdma_desc_t& d) const;
  uint8_t TakeByte(const sgdma_desc_t& d, uint32_t i);
  void PutByte(const sgdma_desc_t& d, uint32_t i, uint8_t byte);
  void End(Channel& ch, const Outcome& o, uint32_t ctl, uint32_t index, uint32_t slot);
  void EndUnit(Channel& ch);
  void EndList(Channel& ch, uint32_t status);
  void EndWithIrq(Channel& ch);
  void Coalesce(Channel& ch);
  bool WriteRecord(Channel& ch, const Outcome& o, uint32_t index, uint32_t slot);

  sgdma_hal_t hal_;
  std::array<Channel, kChannels> channels_;
  std::map<uint64_t, Mapping> mappings_;
  uint64_t next_iova_ = 0;
  bool masked_ = false;
  bool in_handler_ = false;
  bool stores_fenced_ = true;  // wmb since the last sync_for_device of shared memory
  bool loads_fenced_ = true;   // rmb since PHASE was looked at
};

}  // namespace driver_test

#endif  // SGDMA_TESTS_DRIVER_FAKE_ENGINE_H_
