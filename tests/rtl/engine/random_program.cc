// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "random_program.h"

#include <algorithm>
#include <bit>

#include "fixed_jobs.h"

namespace tb {
namespace {

// On a wider bus a bad word is bad for its other descriptors too, which no plan can know.
constexpr bool kFetchErrors = Dut::kDataBytes <= 16;
constexpr uint32_t kMostElements = 200;
constexpr uint32_t kMostOfAPacket = 6000;

uint32_t PatternOf(const Op& op) { return (op.hurt_at + 1) * 0x9E3779B1u; }

}  // namespace

Build Build::Of(EngineBench& bench, const Plan& plan) {
  const uint32_t cap = bench.registers.Read(SGDMA_GLB_CAP3);
  Build build;
  build.streams = (cap & SGDMA_GLB_CAP3_STREAM_MASK) != 0;
  build.fixed = (cap & SGDMA_GLB_CAP3_FIXED_MASK) != 0;
  build.direct = (cap & SGDMA_GLB_CAP3_DIRECT_MASK) != 0;
  build.burst_beats =
      1u << ((bench.registers.Read(SGDMA_GLB_CAP1) & SGDMA_GLB_CAP1_BURST_LOG2_MASK) >>
             SGDMA_GLB_CAP1_BURST_LOG2_SHIFT);
  const Pacing& pacing = plan.pacing;
  build.pace_beats = std::min(pacing.beats, build.burst_beats);
  const auto mode = static_cast<Pace>(pacing.mode);
  const bool bound = mode == Pace::kCycleStealing || mode == Pace::kDemand;
  build.paced_beats = bound && build.pace_beats != 0 ? build.pace_beats : build.burst_beats;
  build.element_bytes = std::min(1u << pacing.element_log2, unsigned{Dut::kDataBytes});
  build.fixed_beats = std::min(pacing.fixed_beats, build.burst_beats);
  return build;
}

uint64_t ProgramMaker::SourceFifo(unsigned channel) { return FifoAddress(0, 2 * channel); }
uint64_t ProgramMaker::SinkFifo(unsigned channel) { return FifoAddress(0, 2 * channel + 1); }

Program ProgramMaker::Make() {
  program_.coverage.SetFixed(build_.element_bytes, build_.fixed_beats);
  for (size_t i = channel_; i < plan_.ops.size(); i += Dut::kChannels) Translate(plan_.ops[i]);
  return std::move(program_);
}

// What an op means. What this engine has not becomes a copy.
void ProgramMaker::Translate(Op op) {
  const bool stream = op.kind == Kind::kPacket || op.kind == Kind::kReceive;
  if ((stream && !build_.streams) || (op.kind == Kind::kFixed && !build_.fixed) ||
      (op.kind == Kind::kDirect && !build_.direct))
    op.kind = Kind::kCopy;
  op.fifo = op.fifo && build_.fixed;
  switch (op.kind) {
    case Kind::kCopy:
      return AddAll({NewCopy(op, true)}, op);
    case Kind::kFill:
    case Kind::kPair:
    case Kind::kFillPair:
      return AddAll(NewRows(op, op.kind, true), op);
    case Kind::kNoRows:
    case Kind::kNoTransfer:
    case Kind::kBadTransfer:
    case Kind::kWrap:
      for (const Descriptor& d : NewBadPair(op)) Add(d, op);
      return;
    case Kind::kChain:
      return AddChain(op);
    case Kind::kNop:
      return AddAll({Nop(Flags(op))}, op);
    case Kind::kList:
      return AddAll({NewList(op, Place::kRing)}, op);
    case Kind::kPacket:
      return AddPacket(op);
    case Kind::kReceive:
      return AddReceives(op);
    case Kind::kFixed:
      return Add(NewFixed(op, Place::kRing), op);
    case Kind::kDirect:
      return AddDirect(op);
    case Kind::kBadOpcode:
      return Add(Descriptor{.ctl = static_cast<uint16_t>(0xB | Flags(op))}, op);
    case Kind::kBadLength:
      return Add(CopyOf(kSourceArea, kDestinationArea, 0, Flags(op)), op);
    case Kind::kCount:
      return;
  }
}

uint16_t ProgramMaker::Flags(const Op& op) {
  return static_cast<uint16_t>((op.cpl ? kCpl : 0) | (op.irq ? kIrq : 0) | (op.fence ? kFence : 0));
}

void ProgramMaker::Add(const Descriptor& d, const Op& op, bool direct) {
  program_.works.push_back({.d = d, .op = op, .direct = direct});
  if (!kFetchErrors && op.hurt == Hurt::kFetch) program_.works.back().op.hurt = Hurt::kNot;
}

void ProgramMaker::AddAll(const Items& all, const Op& op) {
  Count(all, Place::kRing);
  for (const Descriptor& d : all) Add(d, op);
}

void ProgramMaker::Count(const Items& all, Place place) {
  const Descriptor* stride = nullptr;
  for (const Descriptor& d : all) {
    if (d.opcode() != Opcode::kStride) program_.coverage.Count(d, place, stride);
    stride = d.opcode() == Opcode::kStride ? &d : nullptr;
  }
}

void ProgramMaker::AddError(uint64_t address, bool write, const Op& op) {
  program_.errors.push_back(
      {address, write, op.len % 2 == 0 ? Status::kSlvErr : Status::kDecErr, op.skip});
}

// ---- COPY, FILL, pairs ----

Descriptor ProgramMaker::NewCopy(const Op& op, bool may_hurt) {
  const Descriptor d = bench_.NewCopy(op.len, op.src_offset, op.dst_offset, Flags(op));
  const uint32_t at = op.hurt_at % op.len;
  const bool writes = may_hurt && op.hurt == Hurt::kWrite;
  if (may_hurt && op.hurt == Hurt::kRead) AddError(d.src + at, false, op);
  if (writes) AddError(d.dst + at, true, op);
  if (writes && (op.skip || plan_.carry_on)) {
    program_.unsure.push_back(d);
  } else {
    program_.sure.push_back({d.dst, d.len});
  }
  return d;
}

// A FILL, or a pair of either opcode. What an error leaves open is not compared: behind a failed
// burst, and under CONTINUE in the rows behind any error.
ProgramMaker::Items ProgramMaker::NewRows(const Op& op, Kind kind, bool may_hurt) {
  RowMaker::Shape shape = {
      .len = op.len, .src_offset = op.src_offset, .dst_offset = op.dst_offset, .flags = Flags(op)};
  if (kind != Kind::kFill) {
    shape.rows = op.rows;
    const bool exact = op.len <= 100 || (op.len <= 2000 && op.rows <= 3);
    shape.len = exact ? op.len : op.rows <= 3 ? 1 + op.len % 2000 : 1 + op.len % 100;
    shape.src_stride = op.src_stride;
    shape.dst_stride = static_cast<int64_t>(shape.len + op.gap) * (op.down ? -1 : 1);
  }
  const RowJob job = kind == Kind::kFill       ? rows_.Fill(PatternOf(op), shape)
                     : kind == Kind::kFillPair ? rows_.FillPair(PatternOf(op), shape)
                                               : rows_.Pair(shape);
  const Descriptor& hurt = job.rows[op.hurt_at % job.rows.size()];
  const uint32_t at = op.hurt_at % shape.len;
  const bool reads = may_hurt && op.hurt == Hurt::kRead && kind == Kind::kPair;
  const bool writes = may_hurt && op.hurt == Hurt::kWrite;
  if (reads) AddError(hurt.src + at, false, op);
  if (writes) AddError(hurt.dst + at, true, op);
  const bool unsure = (writes && op.skip) || ((writes || reads) && plan_.carry_on);
  for (const Descriptor& row : job.rows) {
    if (unsure) {
      program_.unsure.push_back(row);
    } else {
      program_.sure.push_back({row.dst, row.len});
    }
  }
  return job.ring;
}

// A pair that is bad; row 0 of the last kind is good.
ProgramMaker::Items ProgramMaker::NewBadPair(const Op& op) {
  Op clean = op;
  clean.hurt = Hurt::kNot;
  Items pair = NewRows(clean, Kind::kPair, false);
  switch (op.kind) {
    case Kind::kNoRows:
      pair[0].len = 0;
      break;
    case Kind::kNoTransfer:
      pair[1] = Nop(Flags(op));
      break;
    case Kind::kBadTransfer:
      pair[1].len = 0;
      break;
    default:
      pair[0] = StrideOf(static_cast<uint16_t>(op.rows + 1), op.src_stride,
                         -static_cast<int64_t>(pair[1].dst) - 1 - op.gap);
      break;
  }
  return pair;
}

// The second copy reads what the first one writes, so it carries FENCE.
void ProgramMaker::AddChain(const Op& op) {
  Op clean = op;
  clean.hurt = Hurt::kNot;
  const Descriptor place = bench_.NewCopy(op.len + 1, op.src_offset, op.dst_offset);
  const Descriptor end = bench_.NewCopy(op.len + 1, 0, op.src_offset);
  bench_.board.Declare("chain link", place.dst, op.len, Permission::kBoth);
  bench_.board.Declare("chain end", end.dst, op.len, Permission::kWrite);
  const auto len = static_cast<uint16_t>(op.len);
  AddAll({CopyOf(place.src, place.dst, len, Flags(op)),
          CopyOf(place.dst, end.dst, len, static_cast<uint16_t>(Flags(op) | kFence))},
         clean);
  program_.sure.push_back({place.dst, len});
  program_.sure.push_back({end.dst, len});
}

// ---- Lists ----

// The first item may be hurt; a tail jump in the middle, never between the two of a pair.
Descriptor ProgramMaker::NewList(const Op& op, Place place) {
  std::vector<Items> items;
  for (unsigned i = 0; i < op.entries; ++i) {
    Op item = op;
    item.len = 1 + (op.len + 37 * i) % 300;
    item.rows = 1 + (op.rows + i) % 4;
    item.fence = op.fence && i % 3 == 1;
    item.src_offset = (op.src_offset + 5 * i) % 64;
    items.push_back(NewItem(item, i));
  }
  const auto flat = [&](size_t first, size_t end) {
    Items all;
    for (; first < end; ++first) all.insert(all.end(), items[first].begin(), items[first].end());
    Count(all, Place::kArray);
    return all;
  };
  const auto jump = std::min<size_t>(op.jump_after, items.size() - 1);
  Items entries = flat(0, jump > 0 ? jump : items.size());
  if (jump > 0) {
    const Items rest = flat(jump, items.size());
    entries.push_back(LinkTo(bench_.NewArray(rest), static_cast<uint16_t>(rest.size())));
    Count({entries.back()}, Place::kArray);
  }
  const uint64_t array = bench_.NewArray(entries);
  if (op.hurt == Hurt::kFetch && kFetchErrors)
    AddError(array + op.hurt_at % (16 * entries.size()), false, op);
  const Descriptor link = LinkTo(array, static_cast<uint16_t>(entries.size()), Flags(op));
  if (place == Place::kDirect) Count({link}, place);
  return link;
}

// Streams and peripherals only where nothing goes wrong: what they lose depends on time.
ProgramMaker::Items ProgramMaker::NewItem(const Op& op, unsigned number) {
  const bool devices = !plan_.hurt;
  switch ((number + op.variant) % 9) {
    case 1:
      return NewRows(op, Kind::kPair, number == 0);
    case 2:
      return NewRows(op, op.down ? Kind::kFill : Kind::kFillPair, number == 0);
    case 3:
      return {Nop(Flags(op))};
    case 4:
      if (devices && build_.streams) return {NewSend(op, 0, 1, false, Place::kArray)};
      break;
    case 5:
      if (devices && build_.streams) {
        StreamPacket packet{.bytes = Data(op.fifo ? Elements(op) : op.len, op)};
        program_.packets.push_back(packet);
        return {NewReceive(op, &packet, Place::kArray)};
      }
      break;
    case 6:
      if (devices && build_.fixed) return {NewFixed(op, Place::kArray)};
      break;
    default:
      break;
  }
  return {NewCopy(op, number == 0)};
}

// ---- Streams ----

std::vector<uint8_t> ProgramMaker::Data(size_t size, const Op& op) const {
  return Bytes(size, op.hurt_at + static_cast<unsigned>(program_.works.size()));
}

uint16_t ProgramMaker::Elements(const Op& op) const {
  return static_cast<uint16_t>((1 + (op.len - 1) % kMostElements) * build_.element_bytes);
}

// The `number`th of the `count` SENDs of a packet. Counted here where no caller does.
Descriptor ProgramMaker::NewSend(const Op& op, unsigned number, unsigned count, bool may_hurt,
                                 Place place) {
  const auto flags = static_cast<uint16_t>(Flags(op) | (number + 1 == count ? kEop : 0));
  Descriptor d;
  if (op.fifo && !(may_hurt && op.hurt == Hurt::kRead)) {
    d = SendOf(SourceFifo(channel_), Elements(op), static_cast<uint16_t>(flags | kSrcFixed));
    program_.fifo_bytes += d.len;
    program_.fifos = true;
  } else {
    const auto len = static_cast<uint16_t>(1 + (op.len - 1 + 97 * number) % 5000);
    d = SendOf(bench_.NewSource(len, (op.src_offset + number) % 64), len, flags);
    if (may_hurt && op.hurt == Hurt::kRead) AddError(d.src + op.hurt_at % len, false, op);
  }
  if (place != Place::kArray) Count({d}, place);
  return d;
}

void ProgramMaker::AddPacket(const Op& op) {
  const unsigned count = 1 + op.entries % 4;
  for (unsigned i = 0; i < count; ++i) {
    Op one = op;
    if (i != op.variant % count) one.hurt = Hurt::kNot;
    Add(NewSend(one, i, count, true, Place::kRing), one);
  }
}

// A RECV that gets the packet, or the first part of it; what it gets is taken out of the packet.
Descriptor ProgramMaker::NewReceive(const Op& op, StreamPacket* packet, Place place) {
  const bool fifo = op.fifo;
  const auto len = fifo ? Elements(op) : static_cast<uint16_t>(op.len);
  const size_t taken = std::min<size_t>(len, packet->bytes.size());
  const std::vector<uint8_t> data(packet->bytes.begin(),
                                  packet->bytes.begin() + static_cast<ptrdiff_t>(taken));
  packet->bytes.erase(packet->bytes.begin(), packet->bytes.begin() + static_cast<ptrdiff_t>(taken));
  Descriptor d = RecvOf(0, len, Flags(op));
  if (fifo) {
    d.dst = SinkFifo(channel_);
    d.ctl |= kDstFixed;
    program_.fifos = true;
  } else {
    d.dst = bench_.NewTarget(data, op.dst_offset);
    const bool sure = op.hurt != Hurt::kWrite || !plan_.hurt;
    (sure ? program_.sure : program_.unsure_targets).push_back({d.dst, taken});
  }
  const bool ends = packet->bytes.empty();
  const std::string end = ends && packet->empty_end ? "at TLAST without bytes"
                          : ends && packet->last    ? "at TLAST"
                                                    : "at its length";
  program_.coverage.CountRecv(d, place, static_cast<uint32_t>(taken), end);
  return d;
}

// Where something may go wrong each RECV gets a packet of its own, which it can hold, when its turn
// has come. Elsewhere packets are there before, and may be longer than a RECV.
void ProgramMaker::AddReceives(const Op& op) {
  const uint32_t most = plan_.hurt ? op.len : std::min(3 * op.len, kMostOfAPacket);
  uint32_t size = op.variant % 3 == 0 ? op.len : 1 + op.hurt_at % most;
  if (op.fifo && !plan_.hurt) size = Elements(op) * (1 + op.hurt_at % 3);
  // TLAST in a beat of its own, behind whole ones.
  const bool own_end = op.variant % 4 == 1 && !op.fifo && !plan_.hurt;
  if (own_end) size = (size + Dut::kDataBytes - 1) / Dut::kDataBytes * Dut::kDataBytes;
  StreamPacket packet{.bytes = Data(size, op)};
  if (plan_.hurt) {
    Op one = op;
    one.fifo = false;
    packet.user = op.variant % 5 == 1;
    StreamPacket rest = packet;
    const Descriptor d = NewReceive(one, &rest, Place::kRing);
    if (op.hurt == Hurt::kWrite) AddError(d.dst + op.hurt_at % size, true, op);
    Add(d, op);
    program_.works.back().packet = packet;
    return;
  }
  packet.empty_end = own_end && size % op.len != 0;
  program_.packets.push_back(packet);
  while (!packet.bytes.empty()) {
    const Descriptor d = NewReceive(op, &packet, Place::kRing);
    Add(d, op);
  }
}

// ---- Peripherals ----

Descriptor ProgramMaker::NewFixed(const Op& op, Place place) {
  const uint16_t len = Elements(op);
  const unsigned sides = op.variant / 6 % 4;  // to memory, to the sink, between both, a pattern
  program_.fifos = true;
  Descriptor d = bench_.NewCopy(len, op.src_offset, op.dst_offset, Flags(op));
  if (sides == 0) {
    bench_.board.Declare("from a peripheral", d.dst, len, Permission::kWrite);
    program_.sure.push_back({d.dst, len});
  }
  if (sides == 3) d = FillOf(PatternOf(op), 0, len, Flags(op));
  if (sides == 0 || sides == 2) {
    d.src = SourceFifo(channel_);
    d.ctl |= kSrcFixed;
    program_.fifo_bytes += len;
  }
  if (sides != 0) {
    d.dst = SinkFifo(channel_);
    d.ctl |= kDstFixed;
  }
  if (place != Place::kArray) Count({d}, place);
  return d;
}

// ---- DIRECT ----

void ProgramMaker::AddDirect(const Op& op) {
  Op one = op;
  if (one.hurt == Hurt::kFetch && op.variant % 8 != 4) one.hurt = Hurt::kNot;
  Items all;
  switch (op.variant % 8) {
    case 2:
      all = NewRows(one, Kind::kFill, true);
      break;
    case 3:
      all = {Nop(Flags(one))};
      break;
    case 4:
      return Add(NewList(one, Place::kDirect), one, true);
    case 5:
      if (!build_.streams) break;
      return Add(NewSend(one, 0, 1, true, Place::kDirect), one, true);
    case 6: {
      if (!build_.streams) break;
      one.hurt = Hurt::kNot;
      StreamPacket packet{.bytes = Data(one.fifo ? Elements(one) : one.len, one)};
      const StreamPacket whole = packet;
      Add(NewReceive(one, &packet, Place::kDirect), one, true);
      if (plan_.hurt) {
        program_.works.back().packet = whole;
      } else {
        program_.packets.push_back(whole);
      }
      return;
    }
    case 7:
      if (plan_.hurt) return Add(CopyOf(kSourceArea, kDestinationArea, 0, Flags(one)), one, true);
      if (build_.fixed) return Add(NewFixed(one, Place::kDirect), one, true);
      break;
    default:
      break;
  }
  if (all.empty()) all = {NewCopy(one, true)};
  Count(all, Place::kDirect);
  Add(all[0], one, true);
}

}  // namespace tb
