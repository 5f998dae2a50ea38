// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "engine_bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/environment.h"

namespace tb {
namespace {

constexpr uint64_t kChannelArea = 0x20'0000;  // of the ring areas
constexpr uint64_t kGuard = 64;
constexpr uint32_t kLongestList = 4096;  // entries noted of a list; endless ones are cut here
constexpr uint32_t kMostRows = 4096;     // rows looked at of a pair
constexpr uint64_t kAddressMask = (uint64_t{1} << 48) - 1;

// Of each kind in the usual build; a build with other windows says so.
#ifndef SGDMA_OUTSTANDING
#define SGDMA_OUTSTANDING 32
#endif
constexpr unsigned kMostOpen = SGDMA_OUTSTANDING * Dut::kChannels;

constexpr CheckerConfig kBusRules = {.allow_fixed = true,
                                     .id_count = 2 * Dut::kChannels,
                                     .max_open_reads = kMostOpen,
                                     .max_open_writes = kMostOpen};

uint32_t PageOf(unsigned channel) { return 0x1000 * (channel + 1); }
uint32_t BlockOf(unsigned channel) { return SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_STRIDE * channel; }

Entry Load(Memory& memory, uint64_t address) {
  Entry raw;
  memory.Read(address, raw);
  return raw;
}

uint64_t RoundUp(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

// ---- EngineChannel: registers ----

EngineChannel::EngineChannel(EngineBench& bench, unsigned number)
    : bench_(bench),
      number_(number),
      ring_(kRingArea + number * kChannelArea),
      completion_ring_(kCompletionArea + number * kChannelArea) {}

uint32_t EngineChannel::Read(uint32_t offset) {
  return bench_.registers.Read(PageOf(number_) + offset);
}

void EngineChannel::Write(uint32_t offset, uint32_t value, uint8_t strobe) {
  bench_.registers.Write(PageOf(number_) + offset, value, strobe);
}

uint32_t EngineChannel::ReadGlobal(uint32_t offset) {
  return bench_.registers.Read(BlockOf(number_) + offset);
}

void EngineChannel::WriteGlobal(uint32_t offset, uint32_t value) {
  bench_.registers.Write(BlockOf(number_) + offset, value);
}

void EngineChannel::Give(Command command) {
  Write(SGDMA_CH_COMMAND, static_cast<uint32_t>(command));
}

State EngineChannel::state() {
  return static_cast<State>(Read(SGDMA_CH_STATE) & SGDMA_CH_STATE_STATE_MASK);
}

bool EngineChannel::WaitState(State wanted, Cycles limit) {
  const uint64_t end = bench_.sim.now() + limit.count;
  while (state() != wanted) {
    if (bench_.sim.now() > end) return false;
  }
  return true;
}

bool EngineChannel::TakeRefused() {
  const bool refused = (Read(SGDMA_CH_CAUSE) & kCauseRefused) != 0;
  if (refused) Write(SGDMA_CH_CAUSE, kCauseRefused);
  return refused;
}

uint32_t EngineChannel::TakeCauses() {
  const uint32_t causes = Read(SGDMA_CH_CAUSE);
  Write(SGDMA_CH_CAUSE, causes);
  return causes;
}

void EngineChannel::Reset() {
  WriteGlobal(SGDMA_GLB_CH_RESET, 1);
  const uint64_t end = bench_.sim.now() + 20'000;
  while (ReadGlobal(SGDMA_GLB_CH_RESET) != 0) {
    if (bench_.sim.now() > end) throw std::runtime_error("RESET does not end");
  }
  Write(SGDMA_CH_ENABLE, kAllCauses);
}

void EngineChannel::SetFixed(unsigned element_bytes, unsigned beats) {
  Write(SGDMA_CH_FIXED, static_cast<uint32_t>(std::countr_zero(element_bytes)) |
                            (beats - 1) << SGDMA_CH_FIXED_BEATS_SHIFT);
}

void EngineChannel::SetPacing(Pace mode, unsigned beats, unsigned gap) {
  Write(SGDMA_CH_PACING, static_cast<uint32_t>(mode) | beats << SGDMA_CH_PACING_BEATS_SHIFT |
                             gap << SGDMA_CH_PACING_GAP_SHIFT);
}

bool EngineChannel::error_valid() {
  return (Read(SGDMA_CH_ERR_CTRL) & SGDMA_CH_ERR_CTRL_VALID_MASK) != 0;
}

Record EngineChannel::error_image() {
  Entry raw;
  for (unsigned word = 0; word < 4; ++word) {
    const uint32_t value = Read(SGDMA_CH_ERR_IMAGE0 + 4 * word);
    for (unsigned byte = 0; byte < 4; ++byte)
      raw[4 * word + byte] = static_cast<uint8_t>(value >> (8 * byte));
  }
  return Record::Decode(raw);
}

uint32_t EngineChannel::error_count() { return Read(SGDMA_CH_ERR_COUNT); }

// ---- EngineChannel: rings ----

void EngineChannel::SetRings(unsigned sub_log2, unsigned cpl_log2) {
  sub_log2_ = sub_log2;
  cpl_log2_ = cpl_log2;
  if (declared_) {
    bench_.board.Release(ring_region_);
    bench_.board.Release(completion_region_);
  }
  declared_ = true;
  const std::string name = "ring of channel " + std::to_string(number_);
  ring_region_ =
      bench_.board.Declare("submission " + name, ring_, 16ull << sub_log2, Permission::kNone);
  const uint64_t records = cpl_log2 == 0 ? 0 : 16ull << cpl_log2;
  completion_region_ =
      bench_.board.Declare("completion " + name, completion_ring_, std::max<uint64_t>(records, 16),
                           records == 0 ? Permission::kNone : Permission::kWrite);
  Write(SGDMA_CH_SUB_BASE_LO, static_cast<uint32_t>(ring_));
  Write(SGDMA_CH_SUB_BASE_HI, static_cast<uint32_t>(ring_ >> 32));
  Write(SGDMA_CH_SUB_SIZE, sub_log2);
  Write(SGDMA_CH_CPL_BASE_LO, static_cast<uint32_t>(completion_ring_));
  Write(SGDMA_CH_CPL_BASE_HI, static_cast<uint32_t>(completion_ring_ >> 32));
  Write(SGDMA_CH_CPL_SIZE, cpl_log2);
}

void EngineChannel::Start(unsigned sub_log2, unsigned cpl_log2) {
  SetRings(sub_log2, cpl_log2);
  Restart();
}

void EngineChannel::Restart() {
  if (cpl_log2_ != 0) bench_.memory.FillBytes(completion_ring_, 16ull << cpl_log2_, 0);
  pushed_ = rung_ = ended_ = taken_ = 0;
  marks_.clear();
  PermitSlots();
  Give(Command::kStart);
}

uint16_t EngineChannel::Push(const Descriptor& descriptor) {
  if (free_slots() == 0) SyncHead();
  if (free_slots() == 0) throw std::logic_error("EngineChannel: the submission ring is full");
  const uint16_t slot = tail();
  Descriptor d = descriptor;
  if ((pushed_ >> sub_log2_ & 1) == 0)
    d.ctl ^= kPhase;  // a descriptor that brings PHASE is a wrong one on purpose
  bench_.memory.Write(SlotAddress(slot), d.Encode());
  NoteSlot(pushed_++);
  return slot;
}

void EngineChannel::Rewrite(uint16_t slot, const Descriptor& descriptor) {
  uint64_t n = ended_;
  while (n % slots() != slot) ++n;
  Descriptor d = descriptor;
  if ((n >> sub_log2_ & 1) == 0) d.ctl ^= kPhase;
  bench_.memory.Write(SlotAddress(slot), d.Encode());
  NoteSlot(n);
  if (n + 1 < pushed_) NoteSlot(n + 1);  // it may be a STRIDE, or may have been one
}

// Looks at what memory holds in the slot, the `number`th since START, and in the one before it.
void EngineChannel::NoteSlot(uint64_t number) {
  const auto slot = static_cast<uint16_t>(number % slots());
  const Descriptor d = Descriptor::Decode(Load(bench_.memory, SlotAddress(slot)));
  if (d.opcode() == Opcode::kLink) return NoteList(slot, d);
  Descriptor before;
  if (number > 0) {
    const auto other = static_cast<uint16_t>((number - 1) % slots());
    before = Descriptor::Decode(Load(bench_.memory, SlotAddress(other)));
  }
  Note(slot, kRingIndex, d, before);
}

void EngineChannel::Note(uint16_t slot, uint16_t index, const Descriptor& d,
                         const Descriptor& before) {
  marks_.erase({slot, index});
  const Opcode op = d.opcode();
  const bool writes = op == Opcode::kCopy || op == Opcode::kFill || op == Opcode::kRecv;
  if (!writes || (d.ctl & kDstFixed) != 0) return;
  Mark mark{.dst = d.dst, .len = d.len};
  if (before.opcode() == Opcode::kStride && op != Opcode::kRecv) {
    mark.stride = before.dst;
    mark.rows = std::min<uint32_t>(before.len, kMostRows);
  }
  marks_[{slot, index}] = mark;
}

void EngineChannel::NoteList(uint16_t slot, const Descriptor& link) {
  uint64_t at = link.dst;
  uint32_t left = link.len;
  Descriptor before;
  for (uint32_t index = 0; left > 0 && index < kLongestList; ++index) {
    if (!bench_.memory.IsRam(at)) return;
    const Descriptor d = Descriptor::Decode(Load(bench_.memory, at));
    Note(slot, static_cast<uint16_t>(index), d, before);
    before = d;
    at += kEntryBytes;
    --left;
    if (left == 0 && d.opcode() == Opcode::kLink) {
      at = d.dst;
      left = d.len;
    }
  }
}

// The engine may read the slots between head and tail, no other.
void EngineChannel::PermitSlots() {
  bench_.board.Permit(ring_region_, Permission::kNone);
  for (uint64_t n = ended_; n < rung_; ++n) {
    bench_.board.Permit(ring_region_, 16ull * (n % slots()), 16, Permission::kRead);
  }
}

void EngineChannel::RingDoorbell() {
  for (; rung_ < pushed_; ++rung_) {
    bench_.board.Permit(ring_region_, 16ull * (rung_ % slots()), 16, Permission::kRead);
  }
  Write(SGDMA_CH_SUB_TAIL, tail());
}

void EngineChannel::Submit(std::initializer_list<Descriptor> descriptors) {
  Submit(std::vector<Descriptor>(descriptors));
}

void EngineChannel::Submit(const std::vector<Descriptor>& descriptors) {
  for (const Descriptor& d : descriptors) Push(d);
  RingDoorbell();
}

void EngineChannel::SyncHead() {
  const uint16_t head = HeadRegister();
  for (; ended_ % slots() != head; ++ended_) {
    if (ended_ == rung_) throw std::runtime_error("SUB_HEAD is beyond the tail");
    bench_.board.Permit(ring_region_, 16ull * (ended_ % slots()), 16, Permission::kNone);
  }
}

void EngineChannel::NoteEnded(unsigned slots) {
  if (ended_ + slots > rung_)
    throw std::logic_error("EngineChannel: more ended than the tail has named");
  ended_ += slots;
}

// ---- EngineChannel: records ----

bool EngineChannel::RecordThere() {
  if (cpl_log2_ == 0) return false;
  const uint64_t at = completion_ring_ + 16ull * (taken_ % (1u << cpl_log2_));
  const bool phase = bench_.memory.Load<uint8_t>(at + 15) >> 7 != 0;
  return phase == ((taken_ >> cpl_log2_ & 1) == 0);
}

std::vector<Record> EngineChannel::TakeRecords(bool acknowledge) {
  std::vector<Record> records;
  while (RecordThere()) {
    const Entry raw = Load(bench_.memory, completion_ring_ + 16ull * (taken_ % (1u << cpl_log2_)));
    if ((raw[15] & 0x40) != 0)
      bench_.sim.Report("record", "bit 62 of a record's second word is not 0");
    records.push_back(Record::Decode(raw));
    ++taken_;
  }
  if (acknowledge && !records.empty()) Acknowledge();
  return records;
}

void EngineChannel::Acknowledge() {
  Write(SGDMA_CH_CPL_HEAD, static_cast<uint32_t>(taken_ % (uint64_t{1} << cpl_log2_)));
}

uint64_t EngineChannel::VisibleRecords() {
  const uint64_t kept = taken_;
  while (RecordThere() && taken_ - kept < (uint64_t{1} << cpl_log2_)) ++taken_;
  const uint64_t visible = taken_ - kept;
  taken_ = kept;
  return visible;
}

bool EngineChannel::WaitRecords(unsigned count, Cycles limit) {
  return bench_.sim.RunUntil([&] { return VisibleRecords() >= count; }, limit);
}

std::vector<Record> EngineChannel::Records(unsigned count, Cycles limit) {
  std::vector<Record> records;
  while (records.size() < count && WaitRecords(1, limit)) {
    const std::vector<Record> some = TakeRecords();
    records.insert(records.end(), some.begin(), some.end());
  }
  return records;
}

std::vector<Record> EngineChannel::Run(const std::vector<Descriptor>& descriptors, Cycles limit) {
  std::vector<Record> all;
  const uint64_t end = bench_.sim.now() + limit.count;
  size_t next = 0;
  do {
    const size_t first = next;
    while (next < descriptors.size() && free_slots() > 0) Push(descriptors[next++]);
    if (next != first) RingDoorbell();
    bench_.sim.Step(4);
    SyncHead();
    const std::vector<Record> some = TakeRecords();
    all.insert(all.end(), some.begin(), some.end());
  } while ((next < descriptors.size() || ended_ != pushed_) && bench_.sim.now() < end &&
           state() == State::kRun);
  const std::vector<Record> some = TakeRecords();
  all.insert(all.end(), some.begin(), some.end());
  return all;
}

// ---- RecordWatch ----

EngineBench::RecordWatch::RecordWatch(EngineBench& bench) : bench_(bench) { bench_.sim.Add(*this); }
EngineBench::RecordWatch::~RecordWatch() { bench_.sim.Remove(*this); }

BusRoute EngineBench::RecordWatch::Begin(const BusAccess& burst) {
  return bench_.board.Begin(burst);
}

AxiResp EngineBench::RecordWatch::ReadBeat(const BusAccess& burst, uint64_t address,
                                           std::span<uint8_t> out) {
  return bench_.board.ReadBeat(burst, address, out);
}

AxiResp EngineBench::RecordWatch::WriteBeat(const BusAccess& burst, uint64_t address,
                                            std::span<const uint8_t> data, uint64_t strobe) {
  const AxiResp resp = bench_.board.WriteBeat(burst, address, data, strobe);
  const unsigned channel = burst.id / 2;
  if ((burst.id & 1) == 0 || channel >= Dut::kChannels || resp != AxiResp::kOkay) return resp;
  const uint64_t record = burst.address & ~uint64_t{15};
  if (record + 16 <= address + data.size()) {
    OnRecord(*bench_.channels_[channel], Record::Decode(Load(bench_.memory, record)));
  }
  return resp;
}

void EngineBench::RecordWatch::OnRecord(EngineChannel& channel, const Record& record) {
  if (record.direct) return;  // names no slot
  const auto mark = channel.marks_.find({record.slot, record.index});
  if (mark == channel.marks_.end()) return;
  const EngineChannel::Mark& m = mark->second;
  for (uint32_t row = 0; row < m.rows; ++row) {
    const uint64_t first = (m.dst + row * m.stride) & kAddressMask;
    const auto copy = bench_.copies_.find({first, m.len});
    if (copy == bench_.copies_.end()) continue;  // not declared as one destination
    if (IsOpen(channel.number(), first, first + m.len))
      bench_.sim.Report("record", "visible before the answer to its data: " + ToString(record));
    if (record.status == Status::kOk) bench_.board.Permit(copy->second.region, Permission::kNone);
  }
}

bool EngineBench::RecordWatch::IsOpen(unsigned channel, uint64_t first, uint64_t end) const {
  return std::ranges::any_of(
      open_[channel], [&](const Open& open) { return open.first < end && first < open.end; });
}

void EngineBench::RecordWatch::Reset() {
  for (auto& open : open_) open.clear();
}

void EngineBench::RecordWatch::Sample() {
  const AxiPins& pins = bench_.dut.m_axi();
  if (pins.b.Fires() && (pins.b.id & 1) == 0 && pins.b.id / 2 < Dut::kChannels) {
    auto& open = open_[pins.b.id / 2];
    if (!open.empty()) open.pop_front();
  }
  if (pins.aw.Fires() && (pins.aw.id & 1) == 0 && pins.aw.id / 2 < Dut::kChannels) {
    const uint64_t size = uint64_t{1} << pins.aw.size;
    const uint64_t span = pins.aw.burst == kBurstFixed ? size : size * Beats(pins.aw);
    open_[pins.aw.id / 2].push_back({pins.aw.addr, (pins.aw.addr & ~(size - 1)) + span});
  }
}

// ---- MessageWatch ----

EngineBench::MessageWatch::MessageWatch(EngineBench& bench) : bench_(bench) {
  bench_.sim.Add(*this);
}
EngineBench::MessageWatch::~MessageWatch() { bench_.sim.Remove(*this); }

// A level is what it must be one cycle behind the handshake of the write.
void EngineBench::MessageWatch::Sample() {
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    if ((before_ >> c & 1) != 0) bench_.messages_->NoteWrite(c);
  }
  before_ = std::exchange(written_, 0);
  const LitePins::Address& aw = bench_.dut.s_axil().aw;
  if (!aw.Fires()) return;
  if (aw.addr == SGDMA_GLB_IRQ_MASK) written_ = ~0u;
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    if (aw.addr == PageOf(c) + SGDMA_CH_CAUSE || aw.addr == PageOf(c) + SGDMA_CH_ENABLE)
      written_ |= 1u << c;
  }
}

// ---- EngineBench ----

EngineBench::EngineBench(const MemoryPortConfig& config, uint64_t seed)
    : dut({.seed = seed}),
      sim(dut, {.watchdog = Cycles{5'000}}),
      memory(Memory::Fill::kPattern, seed),
      board(memory),
      watch_(*this),
      front_(watch_),
      port(sim, dut.m_axi(), front_, config),
      registers(sim, dut.s_axil()),
      checker(sim, dut.m_axi(), kBusRules),
      lite_checker(sim, dut.s_axil()),
      monitor(sim, dut.m_axi()) {
  if (Dut::kSgPort) {
    sg_port = std::make_unique<AxiMemoryPort>(sim, dut.m_axi_sg(), front_, config);
    sg_checker = std::make_unique<ProtocolChecker>(sim, dut.m_axi_sg(), kBusRules);
    sg_monitor = std::make_unique<BusMonitor>(sim, dut.m_axi_sg());
  }
  for (const uint64_t area :
       {kRingArea, kCompletionArea, kArrayArea, kSourceArea, kDestinationArea}) {
    memory.AddRam(area, kAreaBytes);
  }
  board.SetReporter([this](const std::string& text) { sim.Report("memory", text); });
  for (unsigned c = 0; c < Dut::kChannels; ++c) {
    channels_.push_back(std::make_unique<EngineChannel>(*this, c));
    stream_checkers_.push_back(std::make_unique<StreamChecker>(
        sim, dut.m_axis(c), "stream of channel " + std::to_string(c)));
  }
  sinks_.resize(Dut::kChannels);
  sources_.resize(Dut::kChannels);
  board.Snapshot();
  const WaveRequest waves = WaveRequest::FromEnvironment();
  if (!waves.file.empty()) sim.SetWaves(waves.file, waves.from, waves.to);
  sim.Reset();
  registers.Write(SGDMA_GLB_CONTROL, 1);
  registers.Write(SGDMA_GLB_IRQ_MASK, (1u << Dut::kChannels) - 1);
  for (auto& ch : channels_) {
    ch->WriteGlobal(SGDMA_GLB_CH_CTRL, 1);
    ch->Write(SGDMA_CH_ENABLE, kAllCauses);
  }
}

EngineBench::~EngineBench() {
  if (forgiven_ || std::uncaught_exceptions() > 0) return;
  try {
    EXPECT_EQ(Problems(), "");
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

EngineBench::Copy& EngineBench::Find(uint64_t dst, uint32_t len) {
  const auto found = copies_.find({dst, len});
  if (found == copies_.end())
    throw std::logic_error("EngineBench: this copy was not made by NewCopy or CopyAt");
  return found->second;
}

// Where the next `len` bytes of an area begin, between guards.
uint64_t EngineBench::Fresh(uint64_t& next, uint32_t len, unsigned offset) {
  const uint64_t first = next + kGuard + offset;
  next = RoundUp(first + len + kGuard, kGuard);
  return first;
}

Descriptor EngineBench::NewCopy(uint32_t len, unsigned src_offset, unsigned dst_offset,
                                uint16_t flags) {
  const uint64_t src = Fresh(next_source_, len, src_offset);
  const uint64_t dst = Fresh(next_destination_, len, dst_offset);
  return CopyAt(src, dst, len, flags);
}

Descriptor EngineBench::CopyAt(uint64_t src, uint64_t dst, uint32_t len, uint16_t flags) {
  const std::string number = std::to_string(number_++);
  board.Declare("source " + number, src, len, Permission::kRead);
  DeclareTarget(number, dst, memory.Bytes(src, len));
  return CopyOf(src, dst, static_cast<uint16_t>(len), flags);
}

void EngineBench::DeclareTarget(const std::string& number, uint64_t dst,
                                std::vector<uint8_t> data) {
  const auto len = static_cast<uint32_t>(data.size());
  Copy copy;
  copy.region = board.Declare("destination " + number, dst, len, Permission::kWrite);
  copy.before = memory.Bytes(dst, len);
  copy.data = std::move(data);
  board.Expect(copy.region, 0, copy.data);
  copies_[{dst, len}] = std::move(copy);
}

uint64_t EngineBench::NewSource(uint32_t len, unsigned offset) {
  const uint64_t src = Fresh(next_source_, len, offset);
  board.Declare("source " + std::to_string(number_++), src, len, Permission::kRead);
  return src;
}

uint64_t EngineBench::NewTarget(const std::vector<uint8_t>& data, unsigned offset) {
  const uint64_t dst = Fresh(next_destination_, static_cast<uint32_t>(data.size()), offset);
  DeclareTarget(std::to_string(number_++), dst, data);
  return dst;
}

uint64_t EngineBench::NewArray(const std::vector<Descriptor>& entries) {
  const uint64_t address = next_array_;
  next_array_ = RoundUp(address + 16 * entries.size() + kGuard, kGuard);
  board.Declare("array " + std::to_string(number_++), address, 16 * entries.size(),
                Permission::kRead);
  WriteArray(address, entries);
  return address;
}

void EngineBench::WriteArray(uint64_t address, const std::vector<Descriptor>& entries) {
  for (const Descriptor& d : entries) {
    memory.Write(address, d.Encode());
    address += kEntryBytes;
  }
}

std::string EngineBench::CheckCopy(const Descriptor& copy, uint32_t proven) {
  if (memory.Bytes(copy.src, copy.len) != Find(copy.dst, copy.len).data)
    return "the source changed";
  const std::string wrong = CheckTarget(copy.dst, copy.len, proven);
  if (wrong.empty()) return {};
  std::ostringstream out;
  out << wrong << " of " << copy;
  return out.str();
}

std::string EngineBench::CheckTarget(uint64_t dst, uint32_t len, uint32_t proven) {
  const Copy& known = Find(dst, len);
  const std::vector<uint8_t> now = memory.Bytes(dst, len);
  for (uint32_t i = 0; i < now.size(); ++i) {
    if (now[i] == known.data[i] || (i >= proven && now[i] == known.before[i])) continue;
    return "byte " + std::to_string(i) +
           (i < proven ? " is not what belongs there" : " is neither old nor new");
  }
  return {};
}

bool EngineBench::Untouched(const Descriptor& copy) {
  return memory.Bytes(copy.dst, copy.len) == Find(copy.dst, copy.len).before;
}

void EngineBench::Reopen(const Descriptor& copy) {
  board.Permit(Find(copy.dst, copy.len).region, Permission::kWrite);
}

// ---- EngineBench: devices ----

FifoPeripheral& EngineBench::AddFifo(FifoPeripheral::Kind kind, const FifoConfig& config) {
  fifos_.push_back(std::make_unique<FifoPeripheral>(sim, front_.to(), dut.demand(), kind, config));
  front_.Go(*fifos_.back());
  return *fifos_.back();
}

MessageCatcher& EngineBench::CatchMessages() {
  if (messages_ != nullptr) throw std::logic_error("EngineBench: messages are caught already");
  messages_ = std::make_unique<MessageCatcher>(sim, front_.to(), [this] { return dut.irq(); });
  message_watch_ = std::make_unique<MessageWatch>(*this);
  front_.Go(*messages_);
  return *messages_;
}

StreamSink& EngineBench::AddSink(unsigned channel, const StreamSinkConfig& config) {
  if (sinks_.at(channel) != nullptr) throw std::logic_error("EngineBench: a sink is there already");
  sinks_[channel] = std::make_unique<StreamSink>(sim, dut.m_axis(channel), config);
  return *sinks_[channel];
}

StreamSource& EngineBench::AddSource(unsigned channel, const StreamSourceConfig& config) {
  if (sources_.at(channel) != nullptr)
    throw std::logic_error("EngineBench: a source is there already");
  sources_[channel] = std::make_unique<StreamSource>(sim, dut.s_axis(channel), config);
  return *sources_[channel];
}

void EngineBench::AnswerAll() {
  for (unsigned quiet = 0; quiet < 40; ++quiet) {
    if (port.withheld() + control_port().withheld() > 0) quiet = 0;
    port.Release();
    control_port().Release();
    sim.Step(1);
  }
}

void EngineBench::AddError(const PortErrorRange& range) {
  port.AddError(range);
  if (sg_port != nullptr) sg_port->AddError(range);
}

void EngineBench::ClearErrors() {
  port.ClearErrors();
  if (sg_port != nullptr) sg_port->ClearErrors();
}

void EngineBench::ResetAround() {
  port.Release();
  control_port().Release();
  sim.Step(20);
  for (Model* model : std::initializer_list<Model*>{&port, &checker, &monitor, &watch_}) {
    model->Reset();
  }
  if (Dut::kSgPort) {
    for (Model* model :
         std::initializer_list<Model*>{sg_port.get(), sg_checker.get(), sg_monitor.get()})
      model->Reset();
  }
  for (const auto& model : stream_checkers_) model->Reset();
  for (const auto& model : sinks_) {
    if (model != nullptr) model->Reset();
  }
  for (const auto& model : sources_) {
    if (model != nullptr) model->Reset();
  }
  sim.Step(20);
  sim.violations().Clear();
}

bool EngineBench::Settle(Cycles limit) {
  const uint64_t end = sim.now() + limit.count;
  for (auto& ch : channels_) {
    while (ch->Read(SGDMA_CH_QUIESCED) == 0) {
      if (sim.now() > end) return false;
    }
  }
  return true;
}

std::string EngineBench::Problems() {
  std::ostringstream out;
  Settle();
  const uint32_t mask = registers.Read(SGDMA_GLB_IRQ_MASK);
  uint32_t levels = 0;
  for (auto& ch : channels_) {
    const std::string name = "channel " + std::to_string(ch->number()) + ": ";
    if (ch->Read(SGDMA_CH_QUIESCED) != 1) out << name << "QUIESCED is 0\n";
    if (ch->Read(SGDMA_CH_OUT_DATA) != 0) out << name << "data transactions are open\n";
    if (ch->Read(SGDMA_CH_OUT_CTL) != 0) out << name << "records or fetches are open\n";
    if ((ch->Read(SGDMA_CH_CAUSE) & ch->Read(SGDMA_CH_ENABLE)) != 0) levels |= 1u << ch->number();
  }
  if (registers.Read(SGDMA_GLB_IRQ_SUMMARY) != levels)
    out << "IRQ_SUMMARY differs from CAUSE and ENABLE\n";
  if (dut.irq() != (levels & mask)) out << "the interrupt level differs from CAUSE and ENABLE\n";
  if (!port.idle() || !checker.idle()) out << "the bus port is not idle\n";
  if (sg_port != nullptr && (!sg_port->idle() || !sg_checker->idle()))
    out << "the port of descriptors is not idle\n";
  if (messages_ != nullptr) messages_->Check();
  port.CheckSelf();
  control_port().CheckSelf();
  board.Compare();
  board.CheckCanaries();
  if (!sim.violations().empty()) out << sim.violations().Report();
  return out.str();
}

// ---- Ports ----

MemoryPortConfig IdealPort(uint32_t latency) {
  return {.read_latency = Latency::Fixed(latency), .write_latency = Latency::Fixed(latency)};
}

MemoryPortConfig StallingPort(uint64_t seed) {
  return {.seed = seed,
          .read_latency = Latency::Uniform(1, 12),
          .write_latency = Latency::Uniform(1, 12),
          .ordering = Ordering::kInterleaved,
          .stall_ar = Stall::Random(0.3),
          .stall_r = Stall::Random(0.3),
          .stall_aw = Stall::Random(0.3),
          .stall_w = Stall::Random(0.3),
          .stall_b = Stall::Random(0.3)};
}

}  // namespace tb
