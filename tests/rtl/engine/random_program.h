// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// From a plan to descriptors: what one channel is to do, with memory, packets and errors of the bus
// in their places.
//
//   Program program = ProgramMaker(bench, rows, channel, plan, build).Make();

#ifndef SGDMA_TESTS_RTL_ENGINE_RANDOM_PROGRAM_H_
#define SGDMA_TESTS_RTL_ENGINE_RANDOM_PROGRAM_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "random_coverage.h"
#include "random_ops.h"
#include "row_jobs.h"
#include "support/engine_bench.h"

namespace tb {

// What this engine has, as its registers say.
struct Build {
  bool streams = false;
  bool fixed = false;
  bool direct = false;
  unsigned burst_beats = 16;
  unsigned pace_beats = 0;     // PACING.BEATS: 0, or at most the longest burst
  unsigned paced_beats = 16;   // the longest burst in the plan's mode
  unsigned element_bytes = 1;  // as the plan asks, where the bus has them
  unsigned fixed_beats = 1;

  static Build Of(EngineBench& bench, const Plan& plan);
};

// One byte at which the bus errs, in one direction, as long as it is there.
struct BusError {
  uint64_t address = 0;
  bool write = false;
  Status status = Status::kSlvErr;
  bool skip = false;  // the way out of it; else RETRY
};

// A descriptor for the ring, or for DIRECT.
struct Work {
  Descriptor d;
  Op op;
  bool direct = false;
  // What a RECV gets: offered when all that is older has ended. Otherwise it is there before.
  std::optional<StreamPacket> packet = {};
};

struct MemoryRange {
  uint64_t at = 0;
  uint64_t size = 0;
};

struct Program {
  std::vector<Work> works;
  std::vector<BusError> errors;
  std::vector<StreamPacket> packets;  // there from the beginning
  uint64_t fifo_bytes = 0;            // read from the source FIFO when everything runs once
  bool fifos = false;
  std::vector<MemoryRange> sure;            // must be what the model says
  std::vector<Descriptor> unsure;           // copies of which each byte is old or new
  std::vector<MemoryRange> unsure_targets;  // the same for EngineBench::NewTarget
  Coverage coverage;
};

class ProgramMaker {
 public:
  ProgramMaker(EngineBench& bench, RowMaker& rows, unsigned channel, const Plan& plan,
               const Build& build)
      : bench_(bench), rows_(rows), channel_(channel), plan_(plan), build_(build) {}

  // The plan's operations from the `channel`th on, every Dut::kChannels.
  Program Make();

  static uint64_t SourceFifo(unsigned channel);
  static uint64_t SinkFifo(unsigned channel);

 private:
  using Items = std::vector<Descriptor>;

  static uint16_t Flags(const Op& op);
  void Translate(Op op);
  void Add(const Descriptor& d, const Op& op, bool direct = false);
  void AddAll(const Items& all, const Op& op);
  void AddError(uint64_t address, bool write, const Op& op);

  Descriptor NewCopy(const Op& op, bool may_hurt);
  Items NewRows(const Op& op, Kind kind, bool may_hurt);
  Items NewBadPair(const Op& op);
  void AddChain(const Op& op);
  Descriptor NewList(const Op& op, Place place);
  Items NewItem(const Op& op, unsigned number);
  Descriptor NewSend(const Op& op, unsigned number, unsigned count, bool may_hurt, Place place);
  void AddPacket(const Op& op);
  void AddReceives(const Op& op);
  Descriptor NewReceive(const Op& op, StreamPacket* packet, Place place);
  Descriptor NewFixed(const Op& op, Place place);
  void AddDirect(const Op& op);
  void Count(const Items& all, Place place);
  // A length of whole elements, and what the FIFO will give for it.
  uint16_t Elements(const Op& op) const;
  std::vector<uint8_t> Data(size_t size, const Op& op) const;

  EngineBench& bench_;
  RowMaker& rows_;
  unsigned channel_;
  const Plan& plan_;
  const Build& build_;
  Program program_;
};

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RANDOM_PROGRAM_H_
