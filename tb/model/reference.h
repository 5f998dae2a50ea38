// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What a ring of descriptors must do to memory and which records it must leave, without a notion of
// time: descriptors are carried out one after the other, each at once.
//
//   Reference model([&](uint64_t at, std::span<uint8_t> out) { memory.Read(at, out); });
//   model.Start(ring_base, 6);
//   model.Run(tail);                 // up to the tail, or to an error that halts
//   model.records();  model.head();  model.Bytes(dst, len);
//
// Memory is what `load` gives (asked once for each page, when first touched) plus what the model
// wrote since. Software that changes memory later tells the model with Store(). Where engine.md
// leaves more than one outcome open, the program must avoid it: a transfer whose source an earlier
// one writes carries FENCE, a COPY onto itself has dst <= src, no row of a STRIDE pair reads what
// another one writes, and a bad STRIDE comes with the same doorbell as what is behind it. What a
// FIFO or a stream has lost behind an error depends on time, too; the model loses the least: of a
// FIFO the rest of the burst, of a stream the rest of the packet.
//
// Peripherals are functions (SetFifo), streams are queues of bytes:
//
//   model.Offer({.bytes = {1, 2, 3}});   // what a RECV gets; Run() again goes on where one waited
//   model.sent();                        // packets that SEND has closed
//
// Rings, lists and what comes behind an error are in reference.cc; checks and what a descriptor
// does to memory and peripherals in reference_execute.cc, SEND and RECV in reference_stream.cc.

#ifndef SGDMA_TB_MODEL_REFERENCE_H_
#define SGDMA_TB_MODEL_REFERENCE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "model/layout.h"

namespace tb {

struct ReferenceConfig {
  unsigned address_bits = 48;
  unsigned bus_bytes = 8;  // these two say which bytes share the answer of one beat or burst
  unsigned burst_beats = 16;
  bool carry_on = false;       // CONTINUE chosen and permitted
  bool writes_records = true;  // false: a completion ring of size 0
  bool fixed = false;          // SRC_FIXED and DST_FIXED are built
  // Opcodes this engine has (CAP3 of a real one); each other one is BAD_OPCODE.
  uint16_t opcodes = OpcodeBit(Opcode::kCopy) | OpcodeBit(Opcode::kLink) | OpcodeBit(Opcode::kNop);
};

class Reference {
 public:
  using Load = std::function<void(uint64_t address, std::span<uint8_t> out)>;
  // Answer of the bus to [address, address + bytes): kOk, kSlvErr or kDecErr.
  using Answer = std::function<Status(uint64_t address, uint64_t bytes, bool write)>;

  // A peripheral's register at `address`: gives or takes one element, or answers with an error.
  using Give = std::function<Status(uint64_t address, std::span<uint8_t> element)>;
  using Take = std::function<Status(uint64_t address, std::span<const uint8_t> element)>;
  struct Packet {
    std::vector<uint8_t> bytes;
    bool user = false;       // TUSER with TLAST
    bool last = true;        // false: the next one goes on with it
    bool empty_end = false;  // TLAST in a beat without bytes; always so for a packet of none
    bool operator==(const Packet&) const = default;
  };

  explicit Reference(Load load, const ReferenceConfig& config = {})
      : load_(std::move(load)), config_(config) {}
  void SetAnswer(Answer answer) { answer_ = std::move(answer); }

  // ---- Peripherals and streams ----
  void SetFifo(Give give, Take take);
  void SetFixed(unsigned element_bytes, unsigned beats);
  void Offer(const Packet& packet);
  // A beat with a hole in TKEEP.
  void OfferHole(bool last);

  // ---- Commands ----
  void Start(uint64_t ring_base, unsigned ring_log2);
  // A STRIDE whose partner is not before the tail waits for a later Run(), and so does a RECV for
  // which there are not enough bytes and no TLAST.
  void Run(uint16_t tail);
  // A submission without the ring, which must be empty. What it leaves to wait for goes on in
  // Run().
  void Direct(const Descriptor& d);
  void Retry() { halted_ = false; }
  void Skip();

  // ---- What must have happened ----
  const std::vector<Record>& records() const { return records_; }
  uint16_t head() const { return slot_; }
  bool halted() const { return halted_; }
  unsigned interrupts() const { return interrupts_; }  // descriptors that raise DONE
  unsigned errors() const { return errors_; }

  const std::vector<Packet>& sent() const { return sent_; }
  const std::vector<uint8_t>& packet_begun() const { return begun_; }  // sent without TLAST so far
  uint64_t discarded() const { return discarded_; }  // stream bytes up to the TLAST of a cut RECV

  std::vector<uint8_t> Bytes(uint64_t address, uint64_t size);
  void Store(uint64_t address, std::span<const uint8_t> data);
  // Software has written memory: takes it over again.
  void Reload(uint64_t address, uint64_t size);

 private:
  static constexpr uint64_t kPageBytes = 4096;
  // A descriptor as the fetch finds it.
  struct Found {
    Descriptor d;
    Status fetch = Status::kOk;
    uint64_t at = 0;
    uint16_t slot = 0;
    uint16_t index = kRingIndex;
    bool phase = true;  // what PHASE must be, in the ring
    uint16_t left = 0;  // entries of the list from here on; 0 in the ring
    bool direct = false;
    bool alone() const { return direct && left == 0; }  // the DIRECT descriptor itself
    bool irq() const { return d.irq() || alone(); }
    bool cpl() const { return d.cpl() || alone(); }
    bool in_list() const { return left > 0; }
  };
  struct End {
    Status status = Status::kOk;
    Where where = Where::kNone;
    uint32_t bytes = 0;
    uint64_t fault = 0;
    bool eop = false;
    bool good() const { return status == Status::kOk; }
  };
  // How a unit (a descriptor, or a STRIDE with its transfer) ended, and what comes behind it.
  struct Outcome {
    Found of;  // whose slot, index and flags the record has
    End end;
    unsigned entries = 1;    // the unit's
    bool must_halt = false;  // also under CONTINUE
    bool ends_list = false;  // going on behind it ends the list
    bool pass_over = false;  // going on behind it passes the transfer behind a bad STRIDE over
    bool cuts = false;       // and the rest of its packet
  };
  // What a stream brings: a byte, or TLAST alone, or a beat that is no beat.
  struct Item {
    enum class Kind : uint8_t { kByte, kEmpty, kHole };
    Kind kind = Kind::kByte;
    uint8_t byte = 0;
    bool last = false;
    bool user = false;
  };

  uint8_t& Byte(uint64_t address);
  Status Ask(uint64_t address, uint64_t bytes, bool write) const;
  Found Fetch(unsigned ahead);
  bool Waits(uint16_t tail);
  void Step();
  void GoOn(const Outcome& out);
  void Advance(unsigned entries);
  void EndList(Status status);
  void Enter(const Found& link);
  void Leave(const End& end, const Found& of);

  Outcome Single(const Found& f);
  Outcome Pair(const Found& stride);
  bool CheckPartner(const Found& stride, Outcome* out);
  static Outcome Fail(const Found& f, Status status, unsigned entries = 1);
  bool Built(Opcode opcode) const { return (config_.opcodes & OpcodeBit(opcode)) != 0; }
  Status Check(const Found& f) const;
  Status CheckAddresses(const Descriptor& d) const;
  bool Aligned(uint64_t value) const { return value % element_bytes_ == 0; }
  uint16_t AllowedFlags(const Found& f) const;

  End Transfer(const Descriptor& d);
  End Copy(const Descriptor& d);
  End FifoToFifo(const Descriptor& d);
  End Receive(const Descriptor& d);
  End Send(const Descriptor& d);
  End Gather(const Descriptor& d, std::vector<uint8_t>* data);
  End Read(uint64_t src, uint64_t bytes, std::vector<uint8_t>* data);
  End ReadFifo(uint64_t src, uint64_t bytes, std::vector<uint8_t>* data);
  End Deliver(const Descriptor& d, std::span<const uint8_t> data);
  End Write(uint64_t dst, std::span<const uint8_t> data);
  End WriteFifo(uint64_t dst, std::span<const uint8_t> data);

  bool EndsNow(uint64_t len) const;
  void Discard();
  void CutPacket(Outcome* out);

  Load load_;
  Answer answer_;
  ReferenceConfig config_;
  std::map<uint64_t, std::array<uint8_t, kPageBytes>> pages_;
  Give give_;
  Take take_;
  unsigned element_bytes_ = 1;
  unsigned fixed_beats_ = 1;
  std::deque<Item> stream_;
  bool discarding_ = false;  // up to the next TLAST
  uint64_t discarded_ = 0;
  std::vector<Packet> sent_;
  std::vector<uint8_t> begun_;

  uint64_t base_ = 0;
  uint32_t slots_ = 0;
  uint16_t slot_ = 0;
  bool phase_ = true;
  uint64_t array_ = 0;  // next entry of the list, while left_ > 0
  uint16_t left_ = 0;
  uint16_t index_ = 0;
  bool list_irq_ = false;
  bool list_cpl_ = false;
  bool direct_ = false;  // a DIRECT submission has not ended
  Descriptor image_;
  bool pass_over_ = false;
  bool pass_packet_ = false;  // SENDs up to EOP belong to a packet that was cut
  bool halted_ = false;
  Outcome failed_;  // what Skip() leaves behind
  std::vector<Record> records_;
  unsigned interrupts_ = 0;
  unsigned errors_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_MODEL_REFERENCE_H_
