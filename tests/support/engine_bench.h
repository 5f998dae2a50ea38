// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The engine on a bench, at register level and without the driver: model, memory, bus port,
// checkers, and one object a channel that plays the software's part with rings, doorbells and
// records.
//
//   EngineBench bench({.read_latency = Latency::Fixed(26)});
//   EngineChannel& ch = bench.channel(0);
//   ch.Start(4, 4);                                           // rings of 16
//   const Descriptor copy = bench.NewCopy(100, 3, 5, kCpl);   // from offset 3 to offset 5 of fresh
//   memory ch.Submit({copy}); ASSERT_TRUE(ch.WaitRecords(1)); EXPECT_EQ(ch.TakeRecords(),
//   (std::vector<Record>{{.bytes = 100, .slot = 0}})); EXPECT_EQ(bench.CheckCopy(copy), "");
//
// Checked all the time: bus rules, assertions of the model, and each write beat against what the
// copies declared may write (NewCopy, CopyAt: the right byte in the right place, nothing after the
// record). Checked by the destructor: Problems(). A test that must end otherwise calls Problems()
// itself and then Forgive().
//
// Devices around the engine are there when a test adds them:
//
//   FifoPeripheral& adc = bench.AddFifo(FifoPeripheral::Kind::kSource, {.address = kFifoArea});
//   StreamSink& sink = bench.AddSink(0);  StreamSource& source = bench.AddSource(1);
//   bench.CatchMessages().Watch(0, kMailbox);      // checked by Problems()
//
// Memory map (bus addresses): submission rings, completion rings, arrays, sources, destinations,
// below. Untouched memory holds a pattern made of its address, so fresh sources have content and
// destinations do not look right.

#ifndef SGDMA_TESTS_SUPPORT_ENGINE_BENCH_H_
#define SGDMA_TESTS_SUPPORT_ENGINE_BENCH_H_

#include <array>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "axi/bus_monitor.h"
#include "axi/fifo_peripheral.h"
#include "axi/lite_manager.h"
#include "axi/memory_port.h"
#include "axi/message_catcher.h"
#include "axi/protocol_checker.h"
#include "axi/stream.h"
#include "dut/dut.h"
#include "mem/memory.h"
#include "mem/scoreboard.h"
#include "model/layout.h"
#include "sgdma/sgdma_regs.h"
#include "sim/simulation.h"

namespace tb {

enum class State : uint8_t { kIdle, kRun, kPaused, kDraining, kHalted, kStuck };
enum class Pace : uint32_t { kBurst, kCycleStealing, kDemand, kBackground };
enum class Command : uint32_t { kStart = 1, kPause, kResume, kRetry, kSkip, kAbort, kEndList };

// Bits of CAUSE and ENABLE.
inline constexpr uint32_t kCauseDone = 1;
inline constexpr uint32_t kCauseError = 2;
inline constexpr uint32_t kCauseHalted = 4;
inline constexpr uint32_t kCauseStuck = 8;
inline constexpr uint32_t kCauseRefused = 16;
inline constexpr uint32_t kAllCauses = 31;

inline constexpr uint64_t kRingArea =
    0x1000'0000;  // each channel 2 MiB, the same for completion rings
inline constexpr uint64_t kCompletionArea = 0x2000'0000;
inline constexpr uint64_t kArrayArea = 0x3000'0000;
inline constexpr uint64_t kSourceArea = 0x4000'0000;
inline constexpr uint64_t kDestinationArea = 0x8000'0000;
inline constexpr uint64_t kAreaBytes = 0x0200'0000;
inline constexpr uint64_t kNoMemory = 0xF000'0000;  // answers DECERR
inline constexpr uint64_t kFifoArea = 0xE000'0000;  // for peripherals: no memory either

class EngineBench;

// Software's side of one channel.
class EngineChannel {
 public:
  EngineChannel(EngineBench& bench, unsigned number);

  unsigned number() const { return number_; }
  uint64_t ring() const { return ring_; }
  uint64_t completion_ring() const { return completion_ring_; }

  // ---- Registers of the channel page (SGDMA_CH_*), and of its block in the global page
  // (SGDMA_GLB_CH_*) ----
  uint32_t Read(uint32_t offset);
  void Write(uint32_t offset, uint32_t value, uint8_t strobe = 0xF);
  uint32_t ReadGlobal(uint32_t offset);
  void WriteGlobal(uint32_t offset, uint32_t value);

  void Give(Command command);
  State state();
  bool WaitState(State state, Cycles limit = Cycles{20'000});
  // Whether REFUSED was set since last asked; clears it.
  bool TakeRefused();
  uint32_t TakeCauses();
  // RESET, until it is done. Enables are written again, since RESET clears the page.
  void Reset();
  // These lock like the rings: before Start(). Beats 0: the longest burst.
  void SetFixed(unsigned element_bytes, unsigned beats);
  void SetPacing(Pace mode, unsigned beats = 0, unsigned gap = 0);
  // Error registers: VALID, the image, the count.
  bool error_valid();
  Record error_image();
  uint32_t error_count();

  // ---- Rings ----
  // Writes the ring registers, clears the completion ring and forgets the software's pointers. log2
  // 0: no ring.
  void SetRings(unsigned sub_log2, unsigned cpl_log2);
  void Start(unsigned sub_log2 = 6, unsigned cpl_log2 = 6);
  // Gives START again with the rings as they are, the completion ring cleared.
  void Restart();
  uint32_t slots() const { return uint32_t{1} << sub_log2_; }
  uint32_t free_slots() const { return slots() - 1 - static_cast<uint32_t>(pushed_ - ended_); }
  uint64_t SlotAddress(uint16_t slot) const { return ring_ + 16ull * slot; }
  // Puts a descriptor with the PHASE of its lap into the next slot and returns the slot. No
  // doorbell.
  uint16_t Push(const Descriptor& descriptor);
  // Rewrites a slot not yet ended, with the right PHASE.
  void Rewrite(uint16_t slot, const Descriptor& descriptor);
  void RingDoorbell();
  void Submit(std::initializer_list<Descriptor> descriptors);
  void Submit(const std::vector<Descriptor>& descriptors);
  uint16_t tail() const { return static_cast<uint16_t>(pushed_ % slots()); }
  uint16_t HeadRegister() { return static_cast<uint16_t>(Read(SGDMA_CH_SUB_HEAD)); }
  // Takes over SUB_HEAD as "ended up to here". Done by RingDoorbell() when the ring would be full.
  void SyncHead();
  // Software has learned from records that this many more ring slots have ended.
  void NoteEnded(unsigned slots);

  // ---- Records ----
  // Looks at memory alone: the next record is there when its PHASE bit is right.
  bool RecordThere();
  // Takes all records visible now, and frees their slots in the completion ring unless told not to.
  std::vector<Record> TakeRecords(bool acknowledge = true);
  void Acknowledge();
  bool WaitRecords(unsigned count, Cycles limit = Cycles{50'000});
  // Waits for `count` records and takes them; fewer if they do not come.
  std::vector<Record> Records(unsigned count, Cycles limit = Cycles{50'000});
  uint64_t taken() const { return taken_; }

  // Submits everything as slots become free, taking and acknowledging records, until head has
  // reached the tail. Returns all records. Stops early when the channel leaves RUN or `limit`
  // cycles have passed.
  std::vector<Record> Run(const std::vector<Descriptor>& descriptors,
                          Cycles limit = Cycles{2'000'000});

 private:
  friend class EngineBench;
  // Where a transfer to memory writes: one row, or those of its STRIDE.
  struct Mark {
    uint64_t dst = 0;
    uint32_t len = 0;
    uint64_t stride = 0;
    uint32_t rows = 1;
  };

  uint64_t VisibleRecords();
  void NoteList(uint16_t slot, const Descriptor& link);
  void NoteSlot(uint64_t number);
  void Note(uint16_t slot, uint16_t index, const Descriptor& d, const Descriptor& before);
  void PermitSlots();

  EngineBench& bench_;
  unsigned number_;
  uint64_t ring_;
  uint64_t completion_ring_;
  unsigned sub_log2_ = 0;
  unsigned cpl_log2_ = 0;
  uint64_t pushed_ = 0;  // descriptors put into the ring since START
  uint64_t rung_ = 0;    // of these, those the tail has named
  uint64_t ended_ = 0;   // of these, those known to have ended
  uint64_t taken_ = 0;   // records taken since START
  Scoreboard::Region ring_region_ = 0;
  Scoreboard::Region completion_region_ = 0;
  bool declared_ = false;
  std::map<std::pair<uint16_t, uint16_t>, Mark>
      marks_;  // {slot, index}: where the descriptor writes
};

class EngineBench {
 public:
  explicit EngineBench(const MemoryPortConfig& port = {}, uint64_t seed = 1);
  ~EngineBench();
  EngineBench(const EngineBench&) = delete;
  EngineBench& operator=(const EngineBench&) = delete;

  EngineChannel& channel(unsigned c = 0) { return *channels_[c]; }

  // ---- Work ----
  // A COPY between fresh memory, each side on a 64-byte line of its own (offsets from there), with
  // guards around.
  Descriptor NewCopy(uint32_t len, unsigned src_offset = 0, unsigned dst_offset = 0,
                     uint16_t flags = 0);
  // A COPY between given addresses, declared in the same way. Its source must not change before it
  // has run.
  Descriptor CopyAt(uint64_t src, uint64_t dst, uint32_t len, uint16_t flags = 0);
  // For what a COPY does not describe. Fresh memory to read from; fresh memory in which exactly
  // `data` belongs, checked at each write as that of a copy is.
  uint64_t NewSource(uint32_t len, unsigned offset = 0);
  uint64_t NewTarget(const std::vector<uint8_t>& data, unsigned offset = 0);
  // The first `proven` bytes are the declared ones, each byte behind is old or new.
  std::string CheckTarget(uint64_t dst, uint32_t len, uint32_t proven = ~0u);

  // An array of descriptors in fresh memory; its address. `entries` may be longer than what a LINK
  // will name.
  uint64_t NewArray(const std::vector<Descriptor>& entries);
  void WriteArray(uint64_t address, const std::vector<Descriptor>& entries);

  // The first `proven` bytes (all by default) are those of the source; each byte behind is old or
  // new. "" or what is not.
  std::string CheckCopy(const Descriptor& copy, uint32_t proven = ~0u);
  // No byte of the destination was touched.
  bool Untouched(const Descriptor& copy);
  // A copy will be run again: its destination may be written once more.
  void Reopen(const Descriptor& copy);

  // ---- Devices ----
  // In front of what stands at the port already; addresses that are not theirs go on to memory.
  FifoPeripheral& AddFifo(FifoPeripheral::Kind kind, const FifoConfig& config);
  // At most one. Told of each write of CAUSE, ENABLE and the mask.
  MessageCatcher& CatchMessages();
  // What takes SEND's packets, and what brings RECV's: at most one of each per channel.
  StreamSink& AddSink(unsigned channel, const StreamSinkConfig& config = {});
  StreamSource& AddSource(unsigned channel, const StreamSourceConfig& config = {});

  // Ends every silence of the port; time passes until nothing is withheld any more.
  void AnswerAll();

  // The integrator's part of a FORCE_RESET that has just been written: memory port and streams are
  // reset as well, and what the checkers saw of the cut is forgotten.
  void ResetAround();

  // Steps until every channel is QUIESCED; false when `limit` cycles passed.
  bool Settle(Cycles limit = Cycles{50'000});

  // What is wrong, a line each; "" when nothing: violations, strays, open transactions, QUIESCED,
  // level against CAUSE and ENABLE. Settles first.
  std::string Problems();
  void Forgive() { forgiven_ = true; }

  // ---- Parts, in the order of the path ----
  Dut dut;
  Simulation sim;
  Memory memory;
  Scoreboard board;

 private:
  // Sees each record when its last beat reaches memory: its data must have been answered by then,
  // and from then on nothing of that descriptor may be written.
  class RecordWatch final : public BusTarget, public Model {
   public:
    explicit RecordWatch(EngineBench& bench);
    ~RecordWatch() override;
    BusRoute Begin(const BusAccess& burst) override;
    AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override;
    AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                      uint64_t strobe) override;
    void Sample() override;
    void Drive() override {}
    void Reset() override;

   private:
    struct Open {
      uint64_t first = 0;
      uint64_t end = 0;
    };
    void OnRecord(EngineChannel& channel, const Record& record);
    bool IsOpen(unsigned channel, uint64_t first, uint64_t end) const;

    EngineBench& bench_;
    std::array<std::deque<Open>, Dut::kChannels> open_;  // data writes, AW to B
  };
  // The device at the port: the last one added, or what sees the records.
  class Front final : public BusTarget {
   public:
    explicit Front(BusTarget& to) : to_(&to) {}
    void Go(BusTarget& to) { to_ = &to; }
    BusTarget& to() { return *to_; }
    BusRoute Begin(const BusAccess& burst) override { return to_->Begin(burst); }
    AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override {
      return to_->ReadBeat(burst, address, out);
    }
    AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                      uint64_t strobe) override {
      return to_->WriteBeat(burst, address, data, strobe);
    }

   private:
    BusTarget* to_;
  };
  // Tells the message catcher of register writes that may leave a level high, when they have acted.
  class MessageWatch final : public Model {
   public:
    explicit MessageWatch(EngineBench& bench);
    ~MessageWatch() override;
    void Sample() override;
    void Drive() override {}

   private:
    EngineBench& bench_;
    uint32_t written_ = 0;  // channels, this cycle and the last
    uint32_t before_ = 0;
  };
  friend class EngineChannel;

  struct Copy {
    Scoreboard::Region region = 0;
    std::vector<uint8_t> before;
    std::vector<uint8_t> data;
  };
  Copy& Find(uint64_t dst, uint32_t len);
  void DeclareTarget(const std::string& number, uint64_t dst, std::vector<uint8_t> data);
  static uint64_t Fresh(uint64_t& next, uint32_t len, unsigned offset);

  RecordWatch watch_;
  Front front_;

 public:
  AxiMemoryPort port;
  LiteManager registers;
  ProtocolChecker checker;
  LiteChecker lite_checker;
  BusMonitor monitor;
  // Of descriptors, records and messages, in a build that has it (Dut::kSgPort); else null.
  std::unique_ptr<AxiMemoryPort> sg_port;
  std::unique_ptr<ProtocolChecker> sg_checker;
  std::unique_ptr<BusMonitor> sg_monitor;
  // The port of descriptors, records and messages, whichever it is.
  AxiMemoryPort& control_port() { return sg_port != nullptr ? *sg_port : port; }
  // Errors at either port.
  void AddError(const PortErrorRange& range);
  void ClearErrors();

 private:
  std::vector<std::unique_ptr<StreamChecker>> stream_checkers_;
  std::vector<std::unique_ptr<FifoPeripheral>> fifos_;
  std::vector<std::unique_ptr<StreamSink>> sinks_;
  std::vector<std::unique_ptr<StreamSource>> sources_;
  std::unique_ptr<MessageCatcher> messages_;
  std::unique_ptr<MessageWatch> message_watch_;
  std::vector<std::unique_ptr<EngineChannel>> channels_;
  std::map<std::pair<uint64_t, uint32_t>, Copy> copies_;  // by {dst, len}
  uint64_t next_source_ = kSourceArea;
  uint64_t next_destination_ = kDestinationArea;
  uint64_t next_array_ = kArrayArea;
  unsigned number_ = 0;
  bool forgiven_ = false;
};

// Ports tests use often. `seed` decides every coin.
MemoryPortConfig IdealPort(uint32_t latency = 1);
MemoryPortConfig StallingPort(uint64_t seed);

}  // namespace tb

#endif  // SGDMA_TESTS_SUPPORT_ENGINE_BENCH_H_
