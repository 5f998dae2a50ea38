// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A scenario that succeeds is run again once for each cycle, with PAUSE, ABORT, RESET or the enable
// cleared in that cycle; with and without stalls, with and without a bus error of its own
// (fault-cases E2, E3, E4, E13).

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

enum class Hit : uint8_t { kPause, kWithdrawnPause, kAbort, kReset, kDisable };
enum class Trouble : uint8_t { kNone, kRead, kWrite, kDescriptor, kRecord };

constexpr const char* kHitNames[] = {"Pause", "WithdrawnPause", "Abort", "Reset", "Disable"};
constexpr const char* kTroubleNames[] = {"", "ReadError", "WriteError", "BadDescriptor",
                                         "RecordError"};

// COPYs, a list of two arrays, FENCE and NOP; every descriptor leaves a record. The other channel
// has work too.
class Scenario {
 public:
  Scenario(uint64_t seed, Trouble trouble) : bench(seed == 0 ? IdealPort(10) : StallingPort(seed)) {
    const Descriptor a = Take(40, 1, 4, kRingIndex, 0);
    const Descriptor b = Take(150, 3, 6, 0, 1);
    Note(Nop(kCpl), 1, 1);
    const Descriptor c = Take(30, 0, 0, 2, 1);
    const Descriptor d = Take(20, 7, 1, 4, 1);
    const uint64_t second = bench.NewArray({d});
    const uint64_t first = bench.NewArray({b, Nop(kCpl), c, LinkTo(second, 1)});
    full.push_back({.slot = 1});
    copies.push_back({});
    Descriptor e = Take(330, 5, 2, kRingIndex, 2);
    e.ctl |= kFence;
    const Descriptor f = Take(16, 0, 0, kRingIndex, 3);
    work = {a, LinkTo(first, 4, kCpl | kIrq), e, f};
    victim_ = e;
    ch.Start(3, 4);
    if (trouble == Trouble::kRead)
      bench.port.AddError({e.src + 190, 1, AxiResp::kSlvErr, true, false});
    if (trouble == Trouble::kWrite)
      bench.port.AddError({e.dst + 190, 1, AxiResp::kDecErr, false, true});
    if (trouble == Trouble::kRecord)
      bench.port.AddError({ch.completion_ring() + 48, 1, AxiResp::kSlvErr, false, true});
    trouble_ = trouble;
    if (&other != &ch) {
      other.Start(4, 4);
      for (unsigned i = 0; i < 4; ++i) others.push_back(bench.NewCopy(60 + i, i, 2 * i, kCpl));
    }
  }

  void Begin() {
    if (&other != &ch) other.Submit(others);
    for (const Descriptor& d : work) ch.Push(d);
    if (trouble_ == Trouble::kDescriptor) {
      Descriptor bad = victim_;
      bad.len = 0;
      ch.Rewrite(2, bad);
    }
    ch.RingDoorbell();
  }

  // Again from the start, without trouble.
  void Again() {
    bench.port.ClearErrors();
    for (const Descriptor& d : copies) {
      if (d.len != 0) bench.Reopen(d);
    }
    ch.Submit(work);
    EXPECT_EQ(ch.Records(static_cast<unsigned>(full.size())), full);
    ExpectAllCopied();
  }

  void ExpectAllCopied() {
    for (const Descriptor& d : copies) EXPECT_EQ(d.len == 0 ? "" : bench.CheckCopy(d), "");
  }

  // The other channel must not have noticed.
  void ExpectOthersExact() {
    if (&other == &ch) return;
    EXPECT_EQ(other.Records(4).size(), 4u);
    for (const Descriptor& d : others) EXPECT_EQ(bench.CheckCopy(d), "");
  }

  uint64_t handshakes() const {
    uint64_t sum = 0;
    for (const ChannelCounts& c : bench.monitor.total().channels) sum += c.busy;
    return sum;
  }

  // Waits until all four slots have ended or the channel is no longer in RUN; cycles from the
  // doorbell.
  uint64_t Length() {
    const uint64_t from = bench.sim.now();
    while (ch.state() == State::kRun && ch.HeadRegister() != 4) {
    }
    return bench.sim.now() - from;
  }

  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  EngineChannel& other = bench.channel(Dut::kChannels - 1);
  std::vector<Descriptor> work;
  std::vector<Descriptor> others;
  std::vector<Record> full;        // when nothing goes wrong
  std::vector<Descriptor> copies;  // of each record of `full`; len 0: none

 private:
  Descriptor Take(uint32_t len, unsigned src, unsigned dst, uint16_t index, uint16_t slot) {
    const Descriptor d = bench.NewCopy(len, src, dst, kCpl);
    Note(d, index, slot);
    return d;
  }
  void Note(const Descriptor& d, uint16_t index, uint16_t slot) {
    full.push_back({.bytes = d.len, .slot = slot, .index = index});
    copies.push_back(d);
  }

  Descriptor victim_;
  Trouble trouble_;
};

// The records of a run that was cut: a prefix of `full`, then at most one that ended otherwise. Its
// position, or size().
size_t ExpectPrefix(const Scenario& s, const std::vector<Record>& records) {
  EXPECT_LE(records.size(), s.full.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i] == s.full[i]) continue;
    EXPECT_EQ(i + 1, records.size()) << "records behind " << records[i];
    EXPECT_NE(records[i].status, Status::kOk) << records[i];
    EXPECT_EQ(records[i].slot, s.full[i].slot);
    EXPECT_EQ(records[i].index, s.full[i].index);
    return i;
  }
  return records.size();
}

// Memory after a run that was cut: what ended is exact, what failed as its record says, the rest as
// `touched` allows.
void ExpectMemory(Scenario& s, const std::vector<Record>& records, bool rest_untouched) {
  for (size_t i = 0; i < s.copies.size(); ++i) {
    const Descriptor& d = s.copies[i];
    if (d.len == 0) continue;
    const bool ended = i < records.size();
    EXPECT_EQ(s.bench.CheckCopy(d, ended ? records[i].bytes : 0), "") << "descriptor " << i;
    if (!ended && rest_untouched) {
      EXPECT_TRUE(s.bench.Untouched(d)) << "descriptor " << i;
    }
  }
}

void HitPause(Scenario& s, Trouble trouble) {
  s.ch.Give(Command::kPause);
  while (s.ch.state() == State::kRun) {
  }
  if (s.ch.state() == State::kPaused) {
    EXPECT_EQ(s.ch.Read(SGDMA_CH_QUIESCED), 1u);
    EXPECT_EQ(s.ch.Read(SGDMA_CH_OUT_DATA) | s.ch.Read(SGDMA_CH_OUT_CTL), 0u);
    s.ExpectOthersExact();
    s.bench.sim.Step(10);
    const uint64_t before = s.handshakes();
    s.bench.sim.Step(40);
    EXPECT_EQ(s.handshakes(), before) << "PAUSED is silent";
    s.ch.Give(Command::kResume);
    EXPECT_FALSE(s.ch.TakeRefused());
  } else {
    s.ExpectOthersExact();
  }
  if (trouble == Trouble::kNone) {
    EXPECT_EQ(s.ch.Records(static_cast<unsigned>(s.full.size())), s.full);
    s.ExpectAllCopied();
    return;
  }
  ASSERT_TRUE(s.ch.WaitState(State::kHalted)) << "an error drops a pending PAUSE";
  if (trouble != Trouble::kRecord) {
    const std::vector<Record> records = s.ch.TakeRecords();
    EXPECT_EQ(ExpectPrefix(s, records), 6u);
    ExpectMemory(s, records, trouble != Trouble::kWrite);
  }
  s.ch.Restart();
  s.Again();
}

void HitWithdrawnPause(Scenario& s) {
  s.ch.Give(Command::kPause);
  s.bench.sim.Step(3);
  s.ch.Give(Command::kResume);
  EXPECT_EQ(s.ch.Records(static_cast<unsigned>(s.full.size())), s.full);
  s.ExpectAllCopied();
  EXPECT_EQ(s.ch.state(), State::kRun);
  s.ExpectOthersExact();
}

void HitAbort(Scenario& s, Trouble trouble) {
  s.ch.Give(Command::kAbort);
  ASSERT_TRUE(s.ch.WaitState(State::kHalted));
  EXPECT_EQ(s.ch.Read(SGDMA_CH_QUIESCED), 1u);
  if (trouble != Trouble::kRecord) {
    const std::vector<Record> records = s.ch.TakeRecords();
    const size_t cut = ExpectPrefix(s, records);
    uint16_t head = 0;
    for (const Record& r : records) {
      if (r.index == kRingIndex) head = static_cast<uint16_t>(r.slot + 1);
    }
    if (cut < records.size()) {
      const Record& r = records[cut];
      if (r.status == Status::kAborted) {
        EXPECT_LT(r.bytes, s.copies[cut].len);
        EXPECT_EQ(r.fault, s.copies[cut].dst + r.bytes);
        EXPECT_EQ(r.where, Where::kNone);
      } else {
        EXPECT_NE(trouble, Trouble::kNone) << r;
        EXPECT_EQ(cut, 6u);
        head = r.slot;  // a failed descriptor has not ended
      }
    }
    EXPECT_EQ(s.ch.HeadRegister(), head);
    ExpectMemory(s, records, trouble != Trouble::kWrite);
  }
  s.ch.Give(Command::kRetry);
  EXPECT_TRUE(s.ch.TakeRefused()) << "RETRY after ABORT";
  s.ExpectOthersExact();
  s.ch.Restart();
  s.Again();
}

void HitReset(Scenario& s, bool disable) {
  if (disable) {
    s.ch.WriteGlobal(SGDMA_GLB_CH_CTRL, 0);
    ASSERT_TRUE(s.ch.WaitState(State::kIdle));
    s.ch.WriteGlobal(SGDMA_GLB_CH_CTRL, 1);
    s.ch.Write(SGDMA_CH_ENABLE, kAllCauses);
  } else {
    s.ch.Reset();
  }
  EXPECT_EQ(s.ch.state(), State::kIdle);
  EXPECT_EQ(s.ch.Read(SGDMA_CH_SUB_SIZE), 0u);
  EXPECT_EQ(s.ch.Read(SGDMA_CH_SUB_HEAD), 0u);
  EXPECT_EQ(s.ch.Read(SGDMA_CH_CAUSE), 0u);
  EXPECT_FALSE(s.ch.error_valid());
  EXPECT_EQ(s.ch.Read(SGDMA_CH_OUT_DATA) | s.ch.Read(SGDMA_CH_OUT_CTL), 0u);
  s.ExpectOthersExact();
  s.bench.sim.Step(10);
  const uint64_t before = s.handshakes();
  s.bench.sim.Step(40);
  EXPECT_EQ(s.handshakes(), before) << "IDLE is silent";
  for (const Descriptor& d : s.copies) EXPECT_EQ(d.len == 0 ? "" : s.bench.CheckCopy(d, 0), "");
  s.ch.Start(3, 4);
  s.Again();
}

using Param = std::tuple<Hit, Trouble, uint64_t>;

void Campaign(const Param& param) {
  const auto [hit, trouble, seed] = param;
  uint64_t length = 0;
  {
    Scenario whole(seed, trouble);
    whole.Begin();
    length = whole.Length();
    whole.bench.Forgive();
    if (trouble == Trouble::kNone) {
      ASSERT_EQ(whole.ch.TakeRecords(), whole.full);
    }
  }
  ASSERT_GT(length, 100u);
  for (uint64_t cycle = 0; cycle < length + 10; ++cycle) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    Scenario s(seed, trouble);
    s.Begin();
    s.bench.sim.Step(cycle);
    switch (hit) {
      case Hit::kPause:
        HitPause(s, trouble);
        break;
      case Hit::kWithdrawnPause:
        HitWithdrawnPause(s);
        break;
      case Hit::kAbort:
        HitAbort(s, trouble);
        break;
      case Hit::kReset:
      case Hit::kDisable:
        HitReset(s, hit == Hit::kDisable);
        break;
    }
    if (::testing::Test::HasFailure()) return;
  }
}

std::string CampaignName(const ::testing::TestParamInfo<Param>& info) {
  const auto [hit, trouble, seed] = info.param;
  return std::string(kHitNames[static_cast<unsigned>(hit)]) +
         kTroubleNames[static_cast<unsigned>(trouble)] +
         (seed == 0 ? "Ideal" : "Stalls" + std::to_string(seed));
}

class EngineEveryCycle : public ::testing::TestWithParam<Param> {};
TEST_P(EngineEveryCycle, MayBeHit) { Campaign(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Good, EngineEveryCycle,
                         ::testing::Combine(::testing::Values(Hit::kPause, Hit::kWithdrawnPause,
                                                              Hit::kAbort, Hit::kReset,
                                                              Hit::kDisable),
                                            ::testing::Values(Trouble::kNone),
                                            ::testing::Values(0, 1)),
                         CampaignName);
INSTANTIATE_TEST_SUITE_P(
    Bad, EngineEveryCycle,
    ::testing::Combine(::testing::Values(Hit::kPause, Hit::kAbort, Hit::kReset),
                       ::testing::Values(Trouble::kRead, Trouble::kWrite, Trouble::kDescriptor,
                                         Trouble::kRecord),
                       ::testing::Values(0)),
    CampaignName);

// The same under many other stalls.
class EngineEveryCycleLong : public ::testing::TestWithParam<Param> {};
TEST_P(EngineEveryCycleLong, MayBeHit) { Campaign(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Good, EngineEveryCycleLong,
                         ::testing::Combine(::testing::Values(Hit::kPause, Hit::kWithdrawnPause,
                                                              Hit::kAbort, Hit::kReset),
                                            ::testing::Values(Trouble::kNone),
                                            ::testing::Range<uint64_t>(2, 12)),
                         CampaignName);
INSTANTIATE_TEST_SUITE_P(
    Bad, EngineEveryCycleLong,
    ::testing::Combine(::testing::Values(Hit::kPause, Hit::kAbort, Hit::kReset),
                       ::testing::Values(Trouble::kRead, Trouble::kWrite, Trouble::kDescriptor,
                                         Trouble::kRecord),
                       ::testing::Range<uint64_t>(1, 8)),
    CampaignName);

}  // namespace
}  // namespace tb
