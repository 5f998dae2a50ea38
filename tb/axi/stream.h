// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Stream: a source that sends packets, a sink that collects them, and the checker of the STR
// rules, which watches a port whoever drives it.
//
//   StreamSource source(sim, pins, {.gap = Stall::Random(0.3)});
//   source.Send({.bytes = data});             // TLAST with its last byte
//   StreamSink sink(sim, pins, {.stall = Stall::Bursts(0.1, 5, 50)});
//   sink.packets();                           // complete ones
//
// Who waits for whom: the source never waits for TREADY to raise TVALID, and the sink may hold
// TREADY low for ever (Stall::Always). Reset() forgets the beat offered, the queue and the packet
// begun; packets received stay.

#ifndef SGDMA_TB_AXI_STREAM_H_
#define SGDMA_TB_AXI_STREAM_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "axi/pins.h"
#include "axi/protocol_checker.h"
#include "axi/stall.h"
#include "sim/simulation.h"

namespace tb {

struct StreamPacket {
  std::vector<uint8_t> bytes;
  bool user = false;  // TUSER with TLAST: the packet is bad
  bool last = true;   // false: sent without TLAST, so the next one goes on with it
  // TLAST comes with a beat of its own that has no byte. Always so for a packet of no bytes.
  bool empty_end = false;
  bool operator==(const StreamPacket&) const = default;
};

struct StreamSourceConfig {
  uint64_t seed = 1;
  Stall gap = {};  // cycles without TVALID
};

// Ways to break the STR rules, or what a RECV takes; each acts once, on the next beat it fits.
enum class StreamBreak : uint8_t {
  kNone,
  kHole,         // TKEEP of a beat of at least three bytes has a hole
  kPartialBeat,  // a beat without TLAST lacks its last byte
  kHighStart,    // TKEEP does not begin at lane 0
  kEarlyUser,    // TUSER without TLAST
  kDropValid,    // TVALID falls without a handshake (needs TREADY low)
  kChangeData,   // data changes while it waits
};

class StreamSource final : public Model {
 public:
  StreamSource(Simulation& sim, StreamPins& pins, const StreamSourceConfig& config = {});
  ~StreamSource() override;

  void Send(StreamPacket packet) { queue_.push_back(std::move(packet)); }
  void SetGap(const Stall& gap) { gap_.Set(gap); }
  void BreakOnce(StreamBreak what) { break_ = what; }
  bool broken() const { return break_ == StreamBreak::kNone; }

  // Everything has been taken.
  bool idle() const { return queue_.empty() && pins_.valid == 0; }
  uint64_t bytes_sent() const { return bytes_sent_; }

  void Sample() override;
  void Drive() override;
  void Reset() override;
  void DescribeWaits(std::string* out) const override;

 private:
  void Offer();
  void BreakBeat();
  void BreakWaiting();

  Simulation& sim_;
  StreamPins& pins_;
  StallSource gap_;
  std::deque<StreamPacket> queue_;
  size_t offset_ = 0;  // bytes of the first packet already offered
  uint64_t bytes_sent_ = 0;
  StreamBreak break_ = StreamBreak::kNone;
};

struct StreamSinkConfig {
  uint64_t seed = 1;
  Stall stall = {};  // cycles without TREADY
};

class StreamSink final : public Model {
 public:
  struct Packet {
    std::vector<uint8_t> bytes;
    bool user = false;
    uint64_t cycle = 0;  // of its TLAST
  };

  StreamSink(Simulation& sim, StreamPins& pins, const StreamSinkConfig& config = {});
  ~StreamSink() override;

  void SetStall(const Stall& stall) { stall_.Set(stall); }
  const std::vector<Packet>& packets() const { return packets_; }
  // Bytes behind the last TLAST.
  const std::vector<uint8_t>& begun() const { return begun_; }
  uint64_t bytes_taken() const { return bytes_taken_; }

  void Sample() override;
  void Drive() override;
  void Reset() override;

 private:
  Simulation& sim_;
  StreamPins& pins_;
  StallSource stall_;
  std::vector<Packet> packets_;
  std::vector<uint8_t> begun_;
  uint64_t bytes_taken_ = 0;
};

class StreamChecker final : public Model {
 public:
  // `name` stands in front of what is seen: which port it was.
  StreamChecker(Simulation& sim, const StreamPins& pins, std::string name = "stream");
  ~StreamChecker() override;

  // A rule this test breaks on purpose is not reported.
  void Ignore(Rule rule) { ignored_ |= uint64_t{1} << static_cast<unsigned>(rule); }

  void Sample() override;
  void Drive() override {}
  void Reset() override;
  void SampleReset() override;

 private:
  void Break(Rule rule, const std::string& seen);
  void CheckHeld();
  void CheckBeat();

  Simulation& sim_;
  const StreamPins& pins_;
  std::string name_;
  uint64_t ignored_ = 0;
  StreamPins before_;  // while a beat waits
  bool waiting_ = false;
  bool quiet_ = false;  // TVALID must be low: reset is active or has just ended
  uint32_t reset_cycles_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_STREAM_H_
