// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Operations that go through the classes of random_coverage.h one after the other: over kSweepSeeds
// plans each opcode has had each flag with each alignment and each length. All else about them is
// drawn.

#ifndef SGDMA_TESTS_RTL_ENGINE_RANDOM_SWEEP_H_
#define SGDMA_TESTS_RTL_ENGINE_RANDOM_SWEEP_H_

#include <cstdint>
#include <iterator>

#include "random_ops.h"

namespace tb {

inline constexpr unsigned kSweepSeeds = 30;
inline constexpr unsigned kSweepTurns = 5;  // operations of each kind in one plan
inline constexpr Kind kSweepKinds[] = {Kind::kCopy,     Kind::kFill,  Kind::kPair,  Kind::kNop,
                                       Kind::kFillPair, Kind::kList,  Kind::kFixed, Kind::kPacket,
                                       Kind::kReceive,  Kind::kDirect};
static_assert(kSweepSeeds * kSweepTurns >= 4 * 6 * 6, "flags, alignments, lengths");

// Some length of the `size`th class.
inline uint32_t SweepLength(unsigned size, unsigned step) {
  constexpr uint32_t kBus = Dut::kDataBytes;
  constexpr uint32_t kBurst = 16 * kBus;
  switch (size) {
    case 0:
      return 1;
    case 1:
      return 2 + step % (kBus - 2);
    case 2:
      return kBus;
    case 3:
      return kBus + 1 + step * 7 % (kBurst - kBus);
    case 4:
      return kBurst + 1 + step * 37 % (2 * kBurst);
    default:
      return 4097 + step * 13 % 800;
  }
}

// Both sides of the `align`th class, from a 64-byte line.
inline void SweepOffsets(unsigned align, Op* op) {
  constexpr unsigned kBus = Dut::kDataBytes;
  const unsigned low = 1;
  const unsigned high = kBus - 1;
  const unsigned src[] = {0, low, 0, high, low, high};
  const unsigned dst[] = {0, 0, low, high, high, low};
  op->src_offset = src[align];
  op->dst_offset = dst[align];
}

// The `step`th operation of its kind.
inline void Sweep(unsigned step, Op* op) {
  const unsigned flag = step % 4;
  op->irq = flag == 1;
  op->cpl = flag == 2;
  op->fence = flag == 3;
  const unsigned rest = step / 4;
  switch (op->kind) {
    case Kind::kCopy:
    case Kind::kPair:
      SweepOffsets(rest % 6, op);
      op->len = SweepLength(rest / 6 % (op->kind == Kind::kPair ? 5 : 6), step);
      break;
    case Kind::kPacket:
      op->entries = step % 8 < 4 ? 4 : 1;  // one SEND, or two
      [[fallthrough]];
    case Kind::kReceive:
      op->variant = 0;
      op->fifo = rest % 3 == 2;
      [[fallthrough]];
    case Kind::kFill:
    case Kind::kFillPair:
      op->src_offset = op->dst_offset = rest % 2 * 3;
      op->len = SweepLength(rest / 2 % (op->kind == Kind::kFillPair ? 5 : 6), step);
      if (op->kind == Kind::kPacket || op->kind == Kind::kReceive) {
        op->src_offset = op->dst_offset = rest / 3 % 2 * 3;
        op->len = SweepLength(rest / 6 % 6, step);
      }
      if (op->fifo) op->len = rest / 3 % 3 == 0 ? 1 : rest / 3 % 3 == 1 ? 2 : 100;
      break;
    case Kind::kFixed:
      op->variant = rest % 4 * 6;
      op->src_offset = op->dst_offset = rest / 4 % 2 * 3;
      op->len = rest / 8 % 3 == 0 ? 1 : rest / 8 % 3 == 1 ? 2 : 100;
      break;
    case Kind::kList:
      op->entries = rest % 2 == 0 ? 1 : op->entries + 1;
      break;
    case Kind::kDirect:
      op->variant = rest;
      op->entries = rest / 8 % 2 == 0 ? 1 : op->entries + 1;
      break;
    default:
      break;
  }
  if (op->kind == Kind::kPair || op->kind == Kind::kFillPair) op->rows = 1 + step % 3;
}

// To go behind what was drawn: with `extra` drawn operations, as many as there are kinds and turns.
inline void AddSweep(uint64_t seed, std::vector<Op> extra, Plan* plan) {
  constexpr unsigned kKinds = std::size(kSweepKinds);
  // A burst of a peripheral has more than one element.
  plan->pacing.fixed_beats = std::max(2u, plan->pacing.fixed_beats);
  for (unsigned i = 0; i < extra.size(); ++i) {
    Op& op = extra[i];
    op.kind = kSweepKinds[i % kKinds];
    op.hurt = Hurt::kNot;
    Sweep(static_cast<unsigned>(seed - 1) * kSweepTurns + i / kKinds, &op);
    plan->ops.push_back(op);
  }
}

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RANDOM_SWEEP_H_
