// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI4 subordinate in front of a BusTarget: how the rest of the system answers the engine's manager
// port.
//
//   AxiMemoryPort port(sim, dut.m_axi(), memory, {.read_latency = Latency::Fixed(26)});
//
// By default it accepts one AR, one AW and one W and gives one R each cycle, in order, for ever.
//
// Latency L of a read: with the AR handshake in cycle t, RVALID of its first beat is high in cycle
// t + L at the earliest; the other beats follow one a cycle. Latency L of a write: with the later
// of the AW and the last W handshake in cycle t, BVALID is high in cycle t + L at the earliest. The
// least L is 1. What a target adds in BusRoute::delay_cycles comes on top. This is the L of the
// engine's limits.
//
// A W beat is written, and so visible to everyone, in the cycle of its handshake, or in that of its
// AW if that comes later. A read beat is read when its RVALID first rises. Every beat of a FIXED
// burst goes to the same bytes; AxSIZE may be less than the bus.
//
// Everything random comes from `seed`; each channel draws from a sequence of its own. Reset()
// forgets what is open and keeps configuration, armed faults, error map and silence.

#ifndef SGDMA_TB_AXI_MEMORY_PORT_H_
#define SGDMA_TB_AXI_MEMORY_PORT_H_

#include <array>
#include <cstdint>
#include <vector>

#include "axi/pins.h"
#include "axi/stall.h"
#include "mem/bus_target.h"
#include "sim/simulation.h"

namespace tb {

inline constexpr uint64_t kAllIds = ~uint64_t{0};
inline constexpr uint64_t kDataIds = 0x5555'5555'5555'5555;     // bit 0 of the id: 0 data
inline constexpr uint64_t kControlIds = 0xAAAA'AAAA'AAAA'AAAA;  // 1 descriptors, records, messages

// The ids of one channel, as a mask.
constexpr uint64_t ChannelIds(unsigned channel) { return uint64_t{3} << (2 * channel); }

struct Latency {
  enum class Kind : uint8_t { kFixed, kUniform, kDramRows };
  Kind kind = Kind::kFixed;
  uint32_t low = 1;   // the latency; the least one; that of an access to an open row
  uint32_t high = 1;  // the most; that of an access that opens a row
  uint32_t row_bytes = 2048;
  uint32_t banks = 8;  // row r lives in bank r mod banks; each bank has one open row

  static Latency Fixed(uint32_t cycles) { return {Kind::kFixed, cycles, cycles}; }
  static Latency Uniform(uint32_t low, uint32_t high) { return {Kind::kUniform, low, high}; }
  static Latency DramRows(uint32_t hit, uint32_t miss, uint32_t row_bytes = 2048,
                          uint32_t banks = 8) {
    return {Kind::kDramRows, hit, miss, row_bytes, banks};
  }
};

enum class Ordering : uint8_t {
  kInOrder,      // answers in the order of the addresses, whatever the id
  kReordered,    // whole bursts of different ids overtake each other
  kInterleaved,  // and their R beats mix
};

// How AW waits for W and W for AW.
enum class WriteCoupling : uint8_t {
  kFree,           // each on its own; W may run ahead of AW
  kAwAfterWValid,  // AWREADY only while WVALID is, or data of that burst has been taken
  kAwAfterLastW,   // AWREADY only when the whole burst has been taken
  kWAfterAw,       // WREADY only when the AW has been taken
};

struct MemoryPortConfig {
  uint64_t seed = 1;
  Latency read_latency = {};
  Latency write_latency = {};
  Ordering ordering = Ordering::kInOrder;
  WriteCoupling coupling = WriteCoupling::kFree;
  Stall stall_ar = {};
  Stall stall_r = {};
  Stall stall_aw = {};
  Stall stall_w = {};
  Stall stall_b = {};
  // Most beats per cycle on R and W together, 0 < x <= 2; 0: no limit.
  double bandwidth = 0;
  uint32_t max_reads = 1024;    // bursts accepted and not finished; ARREADY is low above that
  uint32_t max_writes = 1024;   // the same for AWREADY
  uint32_t max_w_ahead = 1024;  // W beats taken before their AW; WREADY is low above that
};

// Beats in a range of bus addresses (in front of a translator) that are answered with an error.
struct PortErrorRange {
  uint64_t base = 0;
  uint64_t size = 0;
  AxiResp resp = AxiResp::kSlvErr;
  bool reads = true;
  bool writes = true;
  int beat = -1;  // only on this beat of a burst, from 0; -1: on each that touches the range
};

// One fault to happen once (or `count` times), at the nth matching event since Arm(), from 1.
// Events are numbered in the order the addresses are accepted, so the same run hurts the same beat
// whatever the answer's order. Of two faults on one burst the one armed last acts.
struct PortFault {
  enum class On : uint8_t { kReadBeat, kReadBurst, kWriteBurst };
  enum class Does : uint8_t {
    kRespond,  // that beat, or each beat of that burst, or that B has `resp`
    kDelay,    // comes `delay` cycles later
    kSilence,  // that and all younger answers of its id are withheld until Release()
  };
  On on = On::kReadBeat;
  uint64_t nth = 1;
  uint64_t count = 1;
  uint64_t ids = kAllIds;
  Does does = Does::kRespond;
  AxiResp resp = AxiResp::kSlvErr;
  uint32_t delay = 0;
  bool write_lands = false;  // for an error on B: the data is written all the same
};

// Ways to break the protocol, for tests of the checker and of the engine (fault-cases C5). Each
// acts once.
enum class Misbehave : uint8_t {
  kNone,
  kBBeforeLastW,  // B as soon as AW is taken (of a burst whose data is not complete then)
  kSpuriousB,     // a B nobody asked for
  kWrongBId,      // B with an id that has nothing open
  kWrongRId,      // the same for one R beat
  kExtraRBeat,    // one beat more after RLAST
  kMissingRLast,  // RLAST low on the last beat
  kEarlyRLast,    // RLAST on the first beat of a longer burst
  kDropRValid,    // RVALID falls without a handshake (needs RREADY low)
  kChangeRData,   // R data changes while it waits
  kDropBValid,    // BVALID falls without a handshake (needs BREADY low)
  kChangeBResp,   // B response changes while it waits
};

class AxiMemoryPort final : public Model {
 public:
  AxiMemoryPort(Simulation& sim, AxiPins& pins, BusTarget& target,
                const MemoryPortConfig& config = {});
  ~AxiMemoryPort() override;

  // ---- Change behaviour while running ----
  void SetStall(AxiChannel channel, const Stall& stall);
  void SetReadLatency(const Latency& latency) { config_.read_latency = latency; }
  void SetWriteLatency(const Latency& latency) { config_.write_latency = latency; }

  // ---- Errors and silence ----
  void AddError(const PortErrorRange& range) { errors_.push_back(range); }
  void ClearErrors() { errors_.clear(); }

  void Arm(const PortFault& fault);
  void Disarm() { faults_.clear(); }
  uint64_t faults_fired() const { return faults_fired_; }

  // Answers to bursts accepted from now on, of these ids, are withheld until Release().
  void SilenceReads(uint64_t ids = kAllIds) { silent_reads_ |= ids; }
  void SilenceWrites(uint64_t ids = kAllIds) { silent_writes_ |= ids; }
  // Everything withheld goes out, in order per id; later bursts are answered again.
  void Release();
  uint32_t withheld() const { return reads_.held_count + writes_.held_count; }

  void BreakOnce(Misbehave what) {
    misbehave_ = what;
    misbehave_done_ = false;
  }
  bool broken() const { return misbehave_done_; }  // the last BreakOnce has happened

  // ---- State ----
  uint32_t open_reads() const { return open_reads_; }
  uint32_t open_writes() const { return open_writes_; }
  // Nothing accepted, offered or taken ahead.
  bool idle() const {
    return open_reads_ == 0 && open_writes_ == 0 && ahead_count_ == 0 && pins_.r.valid == 0 &&
           pins_.b.valid == 0;
  }

  // Throws std::logic_error when the port's own books do not balance (a queue lost or duplicated a
  // burst).
  void CheckSelf() const;

  void Sample() override;
  void Drive() override;
  void Reset() override;
  void DescribeWaits(std::string* out) const override;

 private:
  // An accepted burst: waits for its data (writes), then for its turn to answer. Lives in a pool,
  // linked in lists.
  struct Burst {
    AxiAddress ax;
    BusAccess access;
    uint64_t shift = 0;  // physical minus bus address
    uint64_t ready = 0;  // first cycle in which an answer may be valid
    uint32_t next = 0;
    uint16_t beats = 0;
    uint16_t done = 0;                  // beats moved
    AxiResp resp = AxiResp::kOkay;      // of the whole burst; not kOkay: memory is not touched
    AxiResp bad_resp = AxiResp::kOkay;  // of the beats bad_first .. bad_end - 1
    uint16_t bad_first = 0;
    uint16_t bad_end = 0;
    uint16_t event_beat = 0;  // before this beat, `event` happens
    PortFault::Does event = PortFault::Does::kRespond;
    uint32_t event_delay = 0;
    bool lands = false;               // bad beats are written all the same
    bool answered_early = false;      // by Misbehave::kBBeforeLastW
    AxiResp answer = AxiResp::kOkay;  // of a write: its first error so far
  };
  struct List {
    uint32_t head = kNil;
    uint32_t tail = kNil;
  };
  struct AheadBeat {
    BusData data{};
    uint64_t strb = 0;
    bool last = false;
  };
  struct ArmedFault {
    PortFault fault;
    uint64_t seen = 0;
  };
  // Answers of one direction: per id (or all in queue 0 when in order), and those withheld.
  struct Answers {
    std::array<List, kMaxAxiIds> queues{};
    uint64_t pending = 0;   // queues that are not empty
    uint64_t held_ids = 0;  // ids whose answers are withheld
    List held;
    uint32_t held_count = 0;
    uint32_t locked = kNil;  // queue whose burst has begun and must not be left (not interleaved)
  };
  static constexpr uint32_t kNil = ~uint32_t{0};

  uint32_t Allocate();
  void Free(uint32_t index);
  void Append(List& list, uint32_t index);
  uint32_t PopFront(List& list);
  void Enqueue(Answers& answers, uint32_t index);
  void DropFront(Answers& answers, uint32_t queue);
  void Hold(Answers& answers, uint32_t queue);
  uint32_t Select(Answers& answers, Random& random, bool interleave);
  bool Eligible(Answers& answers, uint32_t queue);
  void ReleaseHeld(Answers& answers);

  uint32_t Accept(const AxiAddress& ax, bool write);
  void ApplyFaults(Burst& burst, bool write);
  uint32_t DrawLatency(const Latency& latency, Random& random, std::vector<uint64_t>& rows,
                       uint64_t address);
  AxiResp RangeError(const Burst& burst, unsigned beat, bool write) const;
  void AcceptRead();
  void AcceptWrite();
  void TakeW();
  void WriteBeat(const BusData& data, uint64_t strb);
  void DriveR();
  void PresentR(uint32_t queue);
  void DriveB();
  void DriveReady();

  void MisbehaviourDone();
  uint8_t UnusedId() const;
  bool BreakR(Burst& burst);
  void BreakWaitingR();
  void BreakWaitingB();
  void BreakB();

  static bool Has(uint64_t ids, uint8_t id) { return (ids >> (id % kMaxAxiIds) & 1) != 0; }
  static uint64_t Bit(uint32_t index) { return uint64_t{1} << index; }
  static uint64_t Ones(uint32_t count) {
    return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  }

  Simulation& sim_;
  AxiPins& pins_;
  BusTarget& target_;
  MemoryPortConfig config_;
  uint32_t bus_bytes_;
  uint32_t bus_words_;

  std::vector<Burst> pool_;
  uint32_t free_ = kNil;
  Answers reads_;
  Answers writes_;
  List collecting_;  // writes that wait for data, in AW order
  std::vector<AheadBeat> ahead_;
  uint32_t ahead_head_ = 0;
  uint32_t ahead_count_ = 0;
  uint32_t ahead_bursts_ = 0;  // complete bursts among them
  uint32_t open_reads_ = 0;
  uint32_t open_writes_ = 0;

  StallSource stall_ar_;
  StallSource stall_r_;
  StallSource stall_aw_;
  StallSource stall_w_;
  StallSource stall_b_;
  Random read_random_;
  Random write_random_;
  Random read_order_random_;
  Random write_order_random_;
  std::vector<uint64_t> read_rows_;
  std::vector<uint64_t> write_rows_;
  double credit_ = 0;

  std::vector<PortErrorRange> errors_;
  std::vector<ArmedFault> faults_;
  uint64_t faults_fired_ = 0;
  uint64_t silent_reads_ = 0;
  uint64_t silent_writes_ = 0;

  Misbehave misbehave_ = Misbehave::kNone;
  bool misbehave_done_ = false;
  bool early_b_ = false;
  uint8_t early_b_id_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_MEMORY_PORT_H_
