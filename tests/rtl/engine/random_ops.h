// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What RapidCheck draws and shrinks for random_plan.cc: operations, memories, and plans of both. A
// plan says what is to be done, not where: addresses are given when it is played.

#ifndef SGDMA_TESTS_RTL_ENGINE_RANDOM_OPS_H_
#define SGDMA_TESTS_RTL_ENGINE_RANDOM_OPS_H_

#include <rapidcheck.h>

#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "axi/memory_port.h"
#include "dut/dut.h"

namespace tb {

enum class Kind : uint8_t {
  kCopy,
  kFill,
  kPair,
  kFillPair,
  kChain,
  kNop,
  kList,
  kPacket,   // SENDs, the last one with EOP
  kReceive,  // a packet and the RECVs that take it
  kFixed,    // COPY or FILL with a peripheral on one side or on both
  kDirect,   // without the ring, when it is empty
  // Bad ones, from here on:
  kBadOpcode,
  kBadLength,
  kNoRows,       // STRIDE of 0 rows: its transfer is passed over
  kNoTransfer,   // STRIDE in front of a NOP
  kBadTransfer,  // STRIDE in front of a COPY of 0 bytes
  kWrap,         // row 1 begins below 0
  kCount
};
enum class Hurt : uint8_t { kNot, kNot2, kNot3, kRead, kWrite, kFetch };

struct Op {
  Kind kind = Kind::kCopy;
  uint32_t len = 1;
  unsigned src_offset = 0;
  unsigned dst_offset = 0;
  bool cpl = true;
  bool irq = false;
  bool fence = false;
  Hurt hurt = Hurt::kNot;
  uint32_t hurt_at = 0;     // byte, modulo the length
  bool skip = false;        // way out of an error; else RETRY
  unsigned entries = 1;     // of a list: transfers and pairs like this one
  unsigned jump_after = 0;  // items before a tail jump; 0: none
  unsigned rows = 1;        // of a pair
  int src_stride = 0;
  unsigned gap = 0;  // between two rows of the destination
  bool down = false;
  unsigned variant = 0;  // of kinds that have several, and of the items of a list
  bool fifo = false;     // the memory side of SEND or RECV is a peripheral instead
};

struct Memories {
  uint64_t seed = 1;
  uint32_t latency = 1;
  uint32_t latency_spread = 0;
  uint8_t ordering = 0;
  uint8_t coupling = 0;
  unsigned stall_percent = 0;  // of every channel
  unsigned starved = 5;        // one channel stalled nearly always; 5: none
  bool long_stalls = false;    // 1,000 cycles at times
};

// Of every channel, and the devices beside it.
struct Pacing {
  unsigned mode = 0;
  unsigned beats = 0;
  unsigned gap = 0;
  unsigned drq = 50;  // percent of cycles with DRQ
  unsigned element_log2 = 0;
  unsigned fixed_beats = 1;
  unsigned stream_stall = 0;  // percent of cycles in which sink or source rest
};

struct Plan {
  bool hurt = false;
  std::vector<Op> ops;  // dealt to the channels in turn
  Memories memories;
  Pacing pacing;
  unsigned sub_log2 = 2;
  unsigned cpl_log2 = 2;
  bool carry_on = false;
  unsigned pauses = 0;  // percent of rounds with a PAUSE
  unsigned lazy = 0;    // percent of rounds without looking at records
};

inline void showValue(const Op& o, std::ostream& out) {
  out << "{kind " << int(o.kind) << " len " << o.len << " off " << o.src_offset << "->"
      << o.dst_offset << " cpl " << o.cpl << " irq " << o.irq << " fence " << o.fence << " hurt "
      << int(o.hurt) << " at " << o.hurt_at << " skip " << o.skip << " entries " << o.entries
      << " jump " << o.jump_after << " rows " << o.rows << " strides " << o.src_stride << " gap "
      << (o.down ? "-" : "") << o.gap << " variant " << o.variant << " fifo " << o.fifo << "}\n";
}

inline void showValue(const Plan& p, std::ostream& out) {
  const Memories& m = p.memories;
  out << "rings 2^" << p.sub_log2 << " 2^" << p.cpl_log2 << " continue " << p.carry_on << " pauses "
      << p.pauses << "% lazy " << p.lazy << "% seed " << m.seed << " latency " << m.latency << "+"
      << m.latency_spread << " ordering " << int(m.ordering) << " coupling " << int(m.coupling)
      << " stalls " << m.stall_percent << "% starved " << m.starved << " long " << m.long_stalls
      << "\n";
  const Pacing& c = p.pacing;
  out << "pace " << c.mode << " beats " << c.beats << " gap " << c.gap << " drq " << c.drq
      << "% element 2^" << c.element_log2 << " burst " << c.fixed_beats << " streams rest "
      << c.stream_stall << "%\n";
  for (const Op& o : p.ops) showValue(o, out);
}

// From its whole range, whatever the size: only the number of operations grows with that. (In a
// small size RapidCheck draws from the beginning of a range alone.)
template <typename T>
rc::Gen<T> Whole(rc::Gen<T> gen) {
  return rc::gen::resize(rc::kNominalSize, std::move(gen));
}

// From a 64-byte line; on a bus word as often as not.
inline rc::Gen<unsigned> AnyOffset() {
  using namespace rc;
  return gen::oneOf(gen::inRange(0u, 64u), gen::just(0u), gen::just(5u));
}

inline rc::Gen<Op> AnyOp() {
  using namespace rc;
  return gen::build<Op>(
      gen::set(&Op::kind, gen::map(gen::inRange(-2, static_cast<int>(Kind::kCount)),
                                   [](int k) { return static_cast<Kind>(k < 0 ? 0 : k); })),
      gen::set(&Op::len, gen::oneOf(gen::inRange<uint32_t>(1, 20), gen::inRange<uint32_t>(1, 400),
                                    gen::inRange<uint32_t>(1, 5000),
                                    gen::element(1u, Dut::kDataBytes, 4097u))),
      gen::set(&Op::src_offset, AnyOffset()), gen::set(&Op::dst_offset, AnyOffset()),
      gen::set(&Op::cpl, gen::arbitrary<bool>()), gen::set(&Op::irq, gen::arbitrary<bool>()),
      gen::set(&Op::fence, gen::map(gen::inRange(0, 4), [](int n) { return n == 3; })),
      gen::set(&Op::hurt, gen::map(gen::inRange(0, 6), [](int k) { return static_cast<Hurt>(k); })),
      gen::set(&Op::hurt_at, gen::inRange<uint32_t>(0, 5000)),
      gen::set(&Op::skip, gen::arbitrary<bool>()), gen::set(&Op::entries, gen::inRange(1u, 12u)),
      gen::set(&Op::jump_after, gen::inRange(0u, 6u)),
      gen::set(&Op::rows, gen::oneOf(gen::inRange(1u, 5u), gen::inRange(1u, 40u))),
      gen::set(&Op::src_stride, gen::inRange(-300, 300)), gen::set(&Op::gap, gen::inRange(0u, 70u)),
      gen::set(&Op::down, gen::arbitrary<bool>()), gen::set(&Op::variant, gen::inRange(0u, 24u)),
      gen::set(&Op::fifo, gen::map(gen::inRange(0, 3), [](int n) { return n == 2; })));
}

inline rc::Gen<Memories> AnyMemories() {
  using namespace rc;
  return gen::build<Memories>(
      gen::set(&Memories::seed, gen::inRange<uint64_t>(1, 1'000'000)),
      gen::set(&Memories::latency,
               gen::oneOf(gen::inRange(1u, 4u), gen::inRange(1u, 60u), gen::just(200u))),
      gen::set(&Memories::latency_spread, gen::oneOf(gen::just(0u), gen::inRange(0u, 60u))),
      gen::set(&Memories::ordering, gen::inRange<uint8_t>(0, 3)),
      gen::set(&Memories::coupling, gen::inRange<uint8_t>(0, 4)),
      gen::set(&Memories::stall_percent, gen::oneOf(gen::just(0u), gen::inRange(0u, 95u))),
      gen::set(&Memories::starved, gen::inRange(0u, 10u)),
      gen::set(&Memories::long_stalls, gen::map(gen::inRange(0, 8), [](int n) { return n == 7; })));
}

inline rc::Gen<Pacing> AnyPacing() {
  using namespace rc;
  return gen::build<Pacing>(
      gen::set(&Pacing::mode, gen::element(0u, 0u, 0u, 1u, 2u, 3u)),
      gen::set(&Pacing::beats, gen::inRange(0u, 17u)), gen::set(&Pacing::gap, gen::inRange(0u, 9u)),
      gen::set(&Pacing::drq, gen::element(20u, 50u, 100u)),
      gen::set(&Pacing::element_log2, gen::inRange(0u, 4u)),
      gen::set(&Pacing::fixed_beats, gen::inRange(1u, 17u)),
      gen::set(&Pacing::stream_stall, gen::oneOf(gen::just(0u), gen::inRange(0u, 90u))));
}

inline rc::Gen<Plan> AnyPlan(bool hurt) {
  using namespace rc;
  const auto ops = gen::container<std::vector<Op>>(Whole(AnyOp()));
  return gen::build<Plan>(gen::set(&Plan::hurt, gen::just(hurt)),
                          gen::set(&Plan::pacing, Whole(AnyPacing())),
                          gen::set(&Plan::ops, gen::map(ops,
                                                        [hurt](std::vector<Op> all) {
                                                          for (Op& o : all) {
                                                            if (hurt) continue;
                                                            o.hurt = Hurt::kNot;
                                                            if (o.kind >= Kind::kBadOpcode)
                                                              o.kind = Kind::kCopy;
                                                          }
                                                          return all;
                                                        })),
                          gen::set(&Plan::memories, Whole(AnyMemories())),
                          gen::set(&Plan::sub_log2, Whole(gen::inRange(2u, 7u))),
                          gen::set(&Plan::cpl_log2, Whole(gen::inRange(2u, 7u))),
                          gen::set(&Plan::carry_on, gen::arbitrary<bool>()),
                          gen::set(&Plan::pauses, gen::element(0u, 0u, 5u, 30u)),
                          gen::set(&Plan::lazy, gen::element(0u, 50u, 95u)));
}

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RANDOM_OPS_H_
