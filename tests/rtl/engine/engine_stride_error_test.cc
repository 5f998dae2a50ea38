// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong with a STRIDE pair: bad STRIDEs, bad partners in their order, rows that wrap, bus
// errors in each row; who is named, and each way out (fault-cases A2, A4, A10, A18, B1, B2, B6, B14
// for pairs).

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "row_jobs.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint64_t kTop = uint64_t{1} << 48;
constexpr uint32_t kPattern = 0xD4C3B2A1;

using Records = std::vector<Record>;

Record Bad(Status status, uint64_t fault, unsigned slot, uint16_t index = kRingIndex) {
  return {.slot = static_cast<uint16_t>(slot),
          .index = index,
          .fault = fault,
          .status = status,
          .where = Where::kDescriptor};
}

Record Skipped(uint64_t at, unsigned slot, uint16_t index = kRingIndex) {
  return {
      .slot = static_cast<uint16_t>(slot), .index = index, .fault = at, .status = Status::kSkipped};
}

uint16_t WithOpcode(uint16_t ctl, unsigned opcode) {
  return static_cast<uint16_t>((ctl & ~0xF) | opcode);
}

// ---- Bad STRIDEs and bad partners ----

// Who is named, and what happens to the transfer when the channel goes on.
enum class Blame : uint8_t {
  kStride,       // the STRIDE; what is behind it runs as usual
  kStrideAlone,  // the STRIDE; its transfer is passed over
  kPartner,      // the partner; the channel goes on behind both
};

struct BadPair {
  std::string name;
  Status status;
  Blame blame;
  std::function<void(Descriptor& stride, Descriptor& partner)> spoil;
  bool always_halts = false;
};

void AddOwnFaults(std::vector<BadPair>& cases) {
  cases.push_back({"ZeroRows", Status::kBadStride, Blame::kStrideAlone,
                   [](Descriptor& s, Descriptor&) { s.len = 0; }});
  cases.push_back({"ZeroRowsOfAFill", Status::kBadStride, Blame::kStrideAlone,
                   [](Descriptor& s, Descriptor& p) {
                     s.len = 0;
                     p = FillOf(kPattern, p.dst, p.len, kCpl);
                   }});
  // A3, A18: a STRIDE takes no flag at all.
  for (unsigned bit = 4; bit < 15; ++bit) {
    cases.push_back(
        {"StrideCtlBit" + std::to_string(bit), Status::kBadCtl, Blame::kStrideAlone,
         [bit](Descriptor& s, Descriptor&) { s.ctl = static_cast<uint16_t>(s.ctl | 1u << bit); }});
  }
  cases.push_back({"CtlBeforeRows", Status::kBadCtl, Blame::kStrideAlone,
                   [](Descriptor& s, Descriptor&) { s.len = 0, s.ctl |= kCpl; }});
}

void AddOtherPartners(std::vector<BadPair>& cases) {
  for (const unsigned opcode : {0u, 5u, 6u, 7u, 8u, 15u}) {
    cases.push_back({"PartnerOpcode" + std::to_string(opcode), Status::kBadStride, Blame::kStride,
                     [opcode](Descriptor&, Descriptor& p) { p.ctl = WithOpcode(p.ctl, opcode); }});
  }
  cases.push_back({"PartnerLink", Status::kBadStride, Blame::kStride,
                   [](Descriptor&, Descriptor& p) { p = LinkTo(kArrayArea, 0); }});
  cases.push_back({"PartnerStride", Status::kBadStride, Blame::kStride,
                   [](Descriptor&, Descriptor& p) { p = StrideOf(1, 0, 0); }});
  // The opcode is looked at first.
  cases.push_back({"OpcodeBeforeFixed", Status::kBadStride, Blame::kStride,
                   [](Descriptor&, Descriptor& p) { p = Nop(kSrcFixed); }});
}

void AddBadTransfers(std::vector<BadPair>& cases) {
  const auto spoil_ctl = [&](const std::string& name, Status status, Blame blame, uint16_t flags) {
    cases.push_back(
        {"Copy" + name, status, blame, [flags](Descriptor&, Descriptor& p) { p.ctl |= flags; }});
    cases.push_back({"Fill" + name, status, blame, [flags](Descriptor&, Descriptor& p) {
                       p.ctl = WithOpcode(static_cast<uint16_t>(p.ctl | flags), 2);
                     }});
  };
  spoil_ctl("SrcFixed", Status::kBadStride, Blame::kStrideAlone, kSrcFixed);
  spoil_ctl("DstFixed", Status::kBadStride, Blame::kStrideAlone, kDstFixed);
  spoil_ctl("FixedBeforeCtl", Status::kBadStride, Blame::kStrideAlone, kDstFixed | kEop);
  spoil_ctl("Eop", Status::kBadCtl, Blame::kPartner, kEop);
  for (unsigned bit = 10; bit < 15; ++bit) {
    spoil_ctl("CtlBit" + std::to_string(bit), Status::kBadCtl, Blame::kPartner,
              static_cast<uint16_t>(1u << bit));
  }
  cases.push_back({"PartnerLengthZero", Status::kBadLength, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.len = 0; }});
  cases.push_back({"PartnerSourceWraps", Status::kBadAddress, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.src = kTop - p.len + 1; }});
  cases.push_back({"PartnerDestinationWraps", Status::kBadAddress, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.dst = kTop - 1; }});
  cases.push_back({"CtlBeforeLength", Status::kBadCtl, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.len = 0, p.ctl |= kEop; }});
  cases.push_back({"LengthBeforeAddress", Status::kBadLength, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.len = 0, p.dst = kTop - 1; }});
  cases.push_back({"PartnerPhase", Status::kBadPhase, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.ctl ^= kPhase; }, true});
  cases.push_back({"PhaseBeforeOpcode", Status::kBadPhase, Blame::kPartner,
                   [](Descriptor&, Descriptor& p) { p.ctl = kPhase | 15; }, true});
}

void PrintTo(const BadPair& bad, std::ostream* out) { *out << bad.name; }

std::vector<BadPair> BadPairs() {
  std::vector<BadPair> cases;
  AddOwnFaults(cases);
  AddOtherPartners(cases);
  AddBadTransfers(cases);
  return cases;
}

class EngineBadPair : public ::testing::TestWithParam<BadPair> {
 protected:
  // A COPY, the bad pair in slots 1 and 2, a COPY in slot 3.
  struct Scene {
    explicit Scene(RowMaker& make)
        : jobs{make.Copy({.len = 40}),
               make.Pair({.rows = 3, .len = 30, .src_stride = 40, .dst_stride = 40}),
               make.Copy({.len = 50})},
          ring(RingOf(jobs)) {
      GetParam().spoil(ring[1], ring[2]);
    }
    std::vector<RowJob> jobs;
    std::vector<Descriptor> ring;
  };

  static Record Error(const EngineChannel& ch) {
    const unsigned slot = GetParam().blame == Blame::kPartner ? 2 : 1;
    return Bad(GetParam().status, ch.SlotAddress(static_cast<uint16_t>(slot)), slot);
  }

  // Records of slots 2 and 3 once the channel goes on behind the error.
  static Records Behind(const EngineChannel& ch, const Scene& scene) {
    switch (GetParam().blame) {
      case Blame::kPartner:
        return {{.bytes = 50, .slot = 3}};
      case Blame::kStrideAlone:
        return {Skipped(ch.SlotAddress(2), 2), {.bytes = 50, .slot = 3}};
      case Blame::kStride:
        break;
    }
    const Opcode next = scene.ring[2].opcode();
    if (next == Opcode::kStride) return {{.bytes = 50, .slot = 3}};  // of one row
    if (next == Opcode::kLink) return {Bad(Status::kBadLink, ch.SlotAddress(2), 2)};
    if (next != Opcode::kNop) return {Bad(Status::kBadOpcode, ch.SlotAddress(2), 2)};
    if ((scene.ring[2].ctl & kSrcFixed) != 0) return {Bad(Status::kBadCtl, ch.SlotAddress(2), 2)};
    return {{.slot = 2}, {.bytes = 50, .slot = 3}};
  }

  // What a later step makes of SEND and RECV alone is not this test's business.
  static bool NextIsAStream() {
    return GetParam().name == "PartnerOpcode5" || GetParam().name == "PartnerOpcode6";
  }
};

TEST_P(EngineBadPair, HaltsOnTheStrideAndEachWayOutIsExact) {
  for (const Recovery recovery : {Recovery::kRetry, Recovery::kAbortAndStart, Recovery::kReset}) {
    for (unsigned which = 0; which < 3; ++which) {
      SCOPED_TRACE(std::string(Name(recovery)) + ", port " + std::to_string(which));
      EngineBench bench(SomePort(which));
      RowMaker make(bench);
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      const Scene scene(make);

      ch.Submit(scene.ring);

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      const Record error = Error(ch);
      EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 40, .slot = 0}, error}));
      EXPECT_EQ(ch.HeadRegister(), 1) << "head is the STRIDE's";
      EXPECT_EQ(ch.error_image(), error);
      EXPECT_EQ(ch.error_count(), 1u);
      EXPECT_EQ(ch.TakeCauses(), kCauseError | kCauseHalted);
      EXPECT_TRUE(make.UntouchedFrom(scene.jobs[1]));
      EXPECT_TRUE(make.UntouchedFrom(scene.jobs[2]));
      ch.Rewrite(1, scene.jobs[1].ring[0]);
      ch.Rewrite(2, scene.jobs[1].ring[1]);
      make.RecoverJobs(ch, recovery, {scene.jobs[1], scene.jobs[2]});
      if (HasFailure()) return;
    }
  }
}

TEST_P(EngineBadPair, SkipPassesOverWhatBelongsToIt) {
  if (NextIsAStream()) return;
  for (unsigned which = 0; which < 3; ++which) {
    SCOPED_TRACE(which);
    EngineBench bench(SomePort(which));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const Scene scene(make);
    ch.Submit(scene.ring);
    ASSERT_TRUE(ch.WaitState(State::kHalted));
    ch.TakeRecords();
    ch.TakeCauses();

    ch.Give(Command::kSkip);

    const Records behind = Behind(ch, scene);
    EXPECT_EQ(ch.Records(static_cast<unsigned>(behind.size())), behind);
    const bool good = behind.back().status == Status::kOk;
    EXPECT_TRUE(ch.WaitState(good ? State::kRun : State::kHalted));
    EXPECT_TRUE(bench.Settle());
    EXPECT_EQ(ch.HeadRegister(), good ? 4 : 2);
    EXPECT_EQ(ch.error_count(), good ? 1u : 2u) << "SKIPPED is no error";
    EXPECT_TRUE(make.UntouchedFrom(scene.jobs[1]));
    if (good) {
      EXPECT_EQ(make.Check(scene.jobs[2]), "");
    }
  }
}

TEST_P(EngineBadPair, UnderContinueThePipeGoesOnInTheSameWay) {
  if (NextIsAStream()) return;
  for (unsigned which = 0; which < 3; ++which) {
    SCOPED_TRACE(which);
    EngineBench bench(SomePort(which));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ChooseContinue(ch);
    ch.Start(4, 4);
    const Scene scene(make);
    Records expected = {{.bytes = 40, .slot = 0}, Error(ch)};
    bool halts = GetParam().always_halts;
    if (!halts) {
      const Records behind = Behind(ch, scene);
      expected.insert(expected.end(), behind.begin(), behind.end());
      halts = behind.back().status == Status::kBadLink;
      const bool stops_short = behind.back().slot == 2;
      if (!halts && stops_short) expected.push_back({.bytes = 50, .slot = 3});
    }

    ch.Submit(scene.ring);

    EXPECT_EQ(ch.Records(static_cast<unsigned>(expected.size())), expected);
    EXPECT_TRUE(ch.WaitState(halts ? State::kHalted : State::kRun));
    EXPECT_TRUE(make.UntouchedFrom(scene.jobs[1]));
    EXPECT_EQ(make.Check(scene.jobs[0]), "");
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineBadPair, ::testing::ValuesIn(BadPairs()),
                         [](const auto& info) { return info.param.name; });

// A bad STRIDE at the tail may wait for what is behind it or be reported at once; if at once, SKIP
// must remember that the transfer, when it comes, is to be passed over.
TEST(EngineStrideError, TransferOfABadStrideMayComeLater) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob copy = make.Copy({.len = 9});
  const RowJob after = make.Copy({.len = 10});
  ch.Submit({StrideOf(2, 1, 1, kIrq)});
  bench.sim.Step(200);
  const bool waited = ch.state() == State::kRun;
  if (waited) ch.Submit(copy.ring);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{Bad(Status::kBadCtl, ch.SlotAddress(0), 0)}));
  ch.Give(Command::kSkip);
  bench.sim.Step(200);

  if (!waited) ch.Submit(copy.ring);
  ch.Submit(after.ring);

  EXPECT_EQ(ch.Records(2), (Records{Skipped(ch.SlotAddress(1), 1), {.bytes = 10, .slot = 2}}));
  EXPECT_TRUE(make.UntouchedFrom(copy));
  EXPECT_EQ(make.Check(after), "");
}

// SKIP has passed the STRIDE, so its transfer must not run alone, whenever it can be fetched.
TEST(EngineStrideError, TransferToBePassedOverIsStillSoBehindAFetchError) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob job = make.Copy({.len = 9});
  bench.port.AddError({ch.SlotAddress(1), 16, AxiResp::kDecErr, true, false});
  ch.Submit({StrideOf(0, 1, 1), job.transfer(), Nop(kCpl)});
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  ch.Give(Command::kSkip);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{Bad(Status::kBadStride, ch.SlotAddress(0), 0),
                                       Bad(Status::kDecErr, ch.SlotAddress(1), 1)}));

  bench.port.ClearErrors();
  ch.Give(Command::kRetry);

  EXPECT_EQ(ch.Records(2), (Records{Skipped(ch.SlotAddress(1), 1), {.slot = 2}}));
  EXPECT_TRUE(make.UntouchedFrom(job));
}

TEST(EngineStrideError, SkippedTransferWithIrqRaisesDone) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob job = make.Copy({.len = 9, .flags = kIrq});
  ch.Submit({StrideOf(0, 1, 1), job.transfer(), Nop(kCpl)});
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeCauses(), kCauseError | kCauseHalted);

  ch.Give(Command::kSkip);

  EXPECT_EQ(ch.Records(3).size(), 3u);
  EXPECT_TRUE(bench.Settle());
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
}

// ---- The partner's fetch ----

TEST(EngineStrideError, PartnersFetchErrorFailsThePairAtThePartnersSlot) {
  for (const Recovery recovery : kRecoveries) {
    for (unsigned start = 0; start < 4; ++start) {  // slot of the STRIDE; 3: the ring's end between
      SCOPED_TRACE(std::string(Name(recovery)) + ", slot " + std::to_string(start));
      EngineBench bench(SomePort(start % 3));
      RowMaker make(bench);
      EngineChannel& ch = bench.channel(0);
      ch.Start(2, 4);
      for (unsigned i = 0; i < start; ++i) ch.Run({Nop()});
      const std::vector<RowJob> jobs = {
          make.Pair({.rows = 3, .len = 30, .src_stride = 40, .dst_stride = 40}),
          make.Copy({.len = 50})};
      const auto slot = static_cast<uint16_t>((start + 1) % 4);
      bench.port.AddError({ch.SlotAddress(slot) + 8, 1, AxiResp::kDecErr, true, false});

      ch.Submit(RingOf(jobs));

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      EXPECT_EQ(ch.TakeRecords(), (Records{Bad(Status::kDecErr, ch.SlotAddress(slot), slot)}));
      EXPECT_EQ(ch.HeadRegister(), start % 4);
      bench.port.ClearErrors();
      if (recovery == Recovery::kReset) {
        ch.Reset();
        ch.Start(2, 4);
        EXPECT_EQ(ch.Run(RingOf(jobs)), OkRecords(ch, jobs));
        EXPECT_EQ(make.Check(jobs[0]) + make.Check(jobs[1]), "");
      } else {
        make.RecoverJobs(ch, recovery, jobs);
      }
      if (HasFailure()) return;
    }
  }
}

// ---- In arrays ----

class EngineStrideArray : public ::testing::TestWithParam<bool> {
 protected:
  // A list of `entries`, with a NOP behind it in the ring; CONTINUE or SKIP goes on.
  Records RunList(const std::vector<Descriptor>& entries) {
    if (GetParam()) ChooseContinue(ch);
    ch.Start(4, 4);
    array = bench.NewArray(entries);
    ch.Submit({LinkTo(array, static_cast<uint16_t>(entries.size()), kCpl), Nop(kCpl)});
    Records records;
    for (unsigned turn = 0; turn < 200; ++turn) {
      bench.sim.Step(20);
      const bool halted = ch.state() == State::kHalted;
      const Records some = ch.TakeRecords();
      records.insert(records.end(), some.begin(), some.end());
      if (!records.empty() && records.back().slot == 1) break;
      if (halted) ch.Give(Command::kSkip);
    }
    return records;
  }
  uint64_t Entry(unsigned index) const { return array + 16 * index; }

  EngineBench bench{IdealPort(7)};
  RowMaker make{bench};
  EngineChannel& ch = bench.channel(0);
  uint64_t array = 0;
  RowJob pair = make.Pair({.rows = 3, .len = 30, .src_stride = 40, .dst_stride = 40});
  RowJob copy = make.Copy({.len = 50});
};

INSTANTIATE_TEST_SUITE_P(Ways, EngineStrideArray, ::testing::Bool(), [](const auto& info) {
  return info.param ? std::string("Continue") : std::string("Skip");
});

TEST_P(EngineStrideArray, BadStridePassesItsTransferOver) {
  const Records records = RunList({StrideOf(0, 1, 1), pair.ring[1], copy.ring[0]});
  EXPECT_EQ(records, (Records{Bad(Status::kBadStride, Entry(0), 0, 0),
                              Skipped(Entry(1), 0, 1),
                              {.bytes = 50, .slot = 0, .index = 2},
                              {.slot = 0},
                              {.slot = 1}}));
  EXPECT_TRUE(make.UntouchedFrom(pair));
  EXPECT_EQ(make.Check(copy), "");
}

TEST_P(EngineStrideArray, PartnerThatIsNoTransferRunsAsUsual) {
  const Records records = RunList({pair.ring[0], Nop(kCpl), copy.ring[0]});
  EXPECT_EQ(records, (Records{Bad(Status::kBadStride, Entry(0), 0, 0),
                              {.slot = 0, .index = 1},
                              {.bytes = 50, .slot = 0, .index = 2},
                              {.slot = 0},
                              {.slot = 1}}));
}

TEST_P(EngineStrideArray, TailJumpIsNoPartner) {
  const uint64_t second = bench.NewArray({copy.ring[0]});
  const Records records = RunList({Nop(kCpl), pair.ring[0], LinkTo(second, 1)});
  EXPECT_EQ(records, (Records{{.slot = 0, .index = 0},
                              Bad(Status::kBadStride, Entry(1), 0, 1),
                              {.bytes = 50, .slot = 0, .index = 3},
                              {.slot = 0},
                              {.slot = 1}}));
  EXPECT_EQ(make.Check(copy), "");
}

TEST_P(EngineStrideArray, BadPartnerIsNamedByItsIndex) {
  Descriptor bad = pair.ring[1];
  bad.len = 0;
  const Records records = RunList({Nop(kCpl), pair.ring[0], bad, copy.ring[0]});
  EXPECT_EQ(records, (Records{{.slot = 0, .index = 0},
                              Bad(Status::kBadLength, Entry(2), 0, 2),
                              {.bytes = 50, .slot = 0, .index = 3},
                              {.slot = 0},
                              {.slot = 1}}));
}

TEST_P(EngineStrideArray, BadPairAtTheEndEndsTheListWell) {
  Descriptor bad = pair.ring[1];
  bad.ctl |= kEop;
  const Records records = RunList({copy.ring[0], pair.ring[0], bad});
  EXPECT_EQ(records, (Records{{.bytes = 50, .slot = 0, .index = 0},
                              Bad(Status::kBadCtl, Entry(2), 0, 2),
                              {.slot = 0},
                              {.slot = 1}}));
}

// A10: last in an array. What is behind the list is no partner, and nothing is passed over there.
TEST_P(EngineStrideArray, StrideAsLastEntryIsBadStride) {
  for (const uint16_t flags : {uint16_t{0}, kCpl}) {
    Descriptor last = pair.ring[0];
    last.ctl |= flags;
    const Records records = RunList({Nop(kCpl), last});
    EXPECT_EQ(records,
              (Records{{.slot = 0, .index = 0},
                       Bad(flags == 0 ? Status::kBadStride : Status::kBadCtl, Entry(1), 0, 1),
                       {.slot = 0},
                       {.slot = 1}}));
    ch.Give(Command::kAbort);
    ASSERT_TRUE(ch.WaitState(State::kHalted));
  }
}

TEST_P(EngineStrideArray, TransferBehindAListThatEndsInAStrideIsNotPassedOver) {
  if (GetParam()) ChooseContinue(ch);
  ch.Start(4, 4);
  array = bench.NewArray({pair.ring[0]});
  ch.Submit({LinkTo(array, 1), copy.ring[0]});
  if (!GetParam()) {
    ASSERT_TRUE(ch.WaitState(State::kHalted));
    ch.Give(Command::kSkip);
  }
  EXPECT_EQ(ch.Records(2),
            (Records{Bad(Status::kBadStride, Entry(0), 0, 0), {.bytes = 50, .slot = 1}}));
  EXPECT_EQ(make.Check(copy), "");
}

// "Behind an array entry that could not be fetched, SKIP ends the list": also when it is a partner.
TEST(EngineStrideError, PartnerOfAnArrayThatCouldNotBeFetchedEndsTheListOnSkip) {
  EngineBench bench(IdealPort(7));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowJob pair = make.Pair({.rows = 3, .len = 30, .src_stride = 40, .dst_stride = 40});
  const RowJob copy = make.Copy({.len = 50});
  const uint64_t array = bench.NewArray({Nop(), pair.ring[0], pair.ring[1], copy.ring[0]});
  bench.port.AddError({array + 32, 16, AxiResp::kSlvErr, true, false});

  ch.Submit({LinkTo(array, 4), Nop(kCpl)});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{Bad(Status::kSlvErr, array + 32, 0, 2)}));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 0u | 1u << 16);
  ch.Give(Command::kSkip);
  EXPECT_EQ(ch.Records(2), (Records{Skipped(ch.SlotAddress(0), 0), {.slot = 1}}));
  EXPECT_TRUE(make.UntouchedFrom(pair) && make.UntouchedFrom(copy));
}

// ---- Rows that wrap ----

struct WrapCase {
  const char* name;
  uint64_t src;
  uint64_t dst;
  int64_t src_stride;
  int64_t dst_stride;
  unsigned good_rows;  // of 60 bytes
};

constexpr uint64_t kSrc = kSourceArea + 0x1000;
constexpr uint64_t kDst = kDestinationArea + 0x1000;

const WrapCase kWraps[] = {
    {"DestinationStepsBeyondTheTop", kSrc, kTop - 3 * 64, 64, 64, 3},
    {"DestinationRowCrossesTheTop", kSrc, kTop - 100, 64, 70, 1},
    {"DestinationStepsBelowZero", kSrc, 130, 64, -64, 3},
    {"SourceStepsBeyondTheTop", kTop - 2 * 60, kDst, 60, 64, 2},
    {"SourceRowCrossesTheTop", kTop - 60 - 90, kDst, 50, 64, 2},
    {"SourceStepsBelowZero", 3, kDst, -4, 64, 1},
    {"LongStepDown", kSrc, kDst, -static_cast<int64_t>(kTop / 2), 64, 1},
};

class EngineStrideWrap : public ::testing::TestWithParam<WrapCase> {
 protected:
  EngineStrideWrap() {
    bench.memory.AddRam(0, 4096);
    bench.memory.AddRam(kTop - 4096, 4096);
  }
  unsigned rows() const { return GetParam().good_rows; }
  Descriptor prefix(unsigned count) const {
    return StrideOf(static_cast<uint16_t>(count), GetParam().src_stride, GetParam().dst_stride);
  }

  EngineBench bench{IdealPort(3)};
  RowMaker make{bench};
  EngineChannel& ch = bench.channel(0);
};

INSTANTIATE_TEST_SUITE_P(All, EngineStrideWrap, ::testing::ValuesIn(kWraps),
                         [](const auto& info) { return info.param.name; });

TEST_P(EngineStrideWrap, IsBadAddressWhenReachedAndEarlierRowsStay) {
  ch.Start(4, 4);
  const WrapCase& c = GetParam();
  const RowJob job = make.At(prefix(9), CopyOf(c.src, c.dst, 60, kCpl | kIrq), rows());
  const RowJob copy = make.Copy({.len = 50});

  ch.Submit({job.ring[0], job.ring[1], copy.ring[0]});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  const Record error = {.bytes = 60 * rows(),
                        .slot = 1,
                        .fault = ch.SlotAddress(1),
                        .status = Status::kBadAddress,
                        .where = Where::kDescriptor};
  EXPECT_EQ(ch.TakeRecords(), (Records{error}));
  EXPECT_EQ(ch.HeadRegister(), 0);
  EXPECT_EQ(ch.error_image(), error);
  EXPECT_EQ(ch.TakeCauses(), kCauseError | kCauseHalted);
  EXPECT_EQ(make.Check(job), "");
  EXPECT_TRUE(make.UntouchedFrom(copy));

  // Shortened to its good rows it ends well.
  ch.Rewrite(0, prefix(rows()));
  ch.Give(Command::kRetry);
  EXPECT_EQ(ch.Records(2), (Records{{.bytes = 60 * rows(), .slot = 1}, {.bytes = 50, .slot = 2}}));
  EXPECT_EQ(make.Check(copy), "");
}

TEST_P(EngineStrideWrap, UnderContinueThePipeGoesOnBehindThePair) {
  ChooseContinue(ch);
  ch.Start(4, 4);
  const WrapCase& c = GetParam();
  const RowJob job = make.At(prefix(9), CopyOf(c.src, c.dst, 60, kCpl | kIrq), rows());
  const RowJob copy = make.Copy({.len = 50});

  EXPECT_EQ(ch.Run({job.ring[0], job.ring[1], copy.ring[0]}),
            (Records{{.bytes = 60 * rows(),
                      .slot = 1,
                      .fault = ch.SlotAddress(1),
                      .status = Status::kBadAddress,
                      .where = Where::kDescriptor},
                     {.bytes = 50, .slot = 2}}));

  EXPECT_EQ(make.Check(job) + make.Check(copy), "");
}

TEST(EngineStrideError, WrapIsSeenBehindTheSecondLongStep) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  constexpr uint64_t kStep = kTop / 2 - 1;
  bench.memory.AddRam(kDst + kStep - (kDst + kStep) % 4096, 8192);
  const RowJob job =
      make.At(StrideOf(9, 0, static_cast<int64_t>(kStep)), FillOf(kPattern, kDst, 60, kCpl), 2);

  ch.Submit(job.ring);

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 120,
                                        .slot = 1,
                                        .fault = ch.SlotAddress(1),
                                        .status = Status::kBadAddress,
                                        .where = Where::kDescriptor}}));
  EXPECT_EQ(make.Check(job), "");
}

TEST(EngineStrideError, FillWrapsOnlyByItsDestination) {
  EngineBench bench;
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  bench.memory.AddRam(kTop - 4096, 4096);
  const RowJob job =
      make.At(StrideOf(9, 1 << 20, 64), FillOf(0xFFFF'FFFF, kTop - 3 * 64, 60, kCpl), 3);

  ch.Submit(job.ring);

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 180,
                                        .slot = 1,
                                        .fault = ch.SlotAddress(1),
                                        .status = Status::kBadAddress,
                                        .where = Where::kDescriptor}}));
  EXPECT_EQ(make.Check(job), "");
}

// ---- Bus errors in each row ----

constexpr unsigned kRows = 5;
constexpr unsigned kRowBytes = 150;

// A pair of five rows of two bursts each, between two COPYs. Its rows lie anywhere in pages and
// words.
struct RowScene {
  explicit RowScene(RowMaker& make, uint32_t pattern = 0)
      : jobs{make.Copy({.len = 70, .src_offset = 1, .dst_offset = 4}),
             make.At(StrideOf(kRows, 1003, -997),
                     pattern == 0
                         ? CopyOf(kSourceArea + 0x1FB1, kDestinationArea + 0x2FC3, kRowBytes,
                                  kCpl | kIrq)
                         : FillOf(pattern, kDestinationArea + 0x2FC3, kRowBytes, kCpl | kIrq)),
             make.Copy({.len = 50, .src_offset = 2, .dst_offset = 2})} {}
  const RowJob& pair() const { return jobs[1]; }
  std::vector<RowJob> FromPair() const { return {jobs.begin() + 1, jobs.end()}; }

  std::vector<RowJob> jobs;
};

using ErrorParam = std::tuple<AxiResp, Recovery>;

class EngineRowError : public ::testing::TestWithParam<ErrorParam> {
 protected:
  AxiResp resp() const { return std::get<0>(GetParam()); }
  Status status() const { return resp() == AxiResp::kDecErr ? Status::kDecErr : Status::kSlvErr; }

  // Submits the scene, expects `error` and the memory that goes with it, and recovers.
  void Try(EngineBench& bench, RowMaker& make, const RowScene& scene, const Record& error) {
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    ch.Submit(RingOf(scene.jobs));

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 70, .slot = 0}, error}));
    EXPECT_EQ(ch.HeadRegister(), 1) << "head is the STRIDE's";
    EXPECT_EQ(ch.error_image(), error);
    EXPECT_EQ(ch.error_count(), 1u);
    EXPECT_EQ(ch.TakeCauses(), kCauseError | kCauseHalted);
    EXPECT_EQ(make.Check(scene.jobs[0]), "");
    EXPECT_EQ(make.Check(scene.pair(), error.bytes), "");
    EXPECT_EQ(make.Check(scene.jobs[2], 0), "");
    EXPECT_TRUE(error.where == Where::kWrite || make.UntouchedFrom(scene.pair(), error.bytes))
        << "bytes behind a read error";
    EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
    bench.port.ClearErrors();
    make.RecoverJobs(ch, std::get<1>(GetParam()), scene.FromPair());
  }
};

INSTANTIATE_TEST_SUITE_P(All, EngineRowError,
                         ::testing::Combine(::testing::Values(AxiResp::kSlvErr, AxiResp::kDecErr),
                                            ::testing::ValuesIn(kRecoveries)),
                         [](const auto& info) {
                           const bool decode = std::get<0>(info.param) == AxiResp::kDecErr;
                           return std::string(decode ? "DecErr" : "SlvErr") +
                                  Name(std::get<1>(info.param));
                         });

TEST_P(EngineRowError, OnAReadBeatOfAnyRowProvesTheRowsBeforeIt) {
  for (unsigned row = 0; row < kRows; ++row) {
    for (const unsigned offset : {0u, 63u, kRowBytes - 1}) {
      for (unsigned which = 0; which < 3; ++which) {
        SCOPED_TRACE("row " + std::to_string(row) + ", byte " + std::to_string(offset) + ", port " +
                     std::to_string(which));
        EngineBench bench(SomePort(which, 7 * row + offset));
        RowMaker make(bench);
        const RowScene scene(make);
        const uint64_t src = scene.pair().rows[row].src;
        bench.port.AddError({src + offset, 1, resp(), true, false});
        const uint64_t fault = std::max(src, (src + offset) / kBus * kBus);

        Try(bench, make, scene,
            {.bytes = static_cast<uint32_t>(row * kRowBytes + (fault - src)),
             .slot = 2,
             .fault = fault,
             .status = status(),
             .where = Where::kRead});
        if (HasFailure()) return;
      }
    }
  }
}

TEST_P(EngineRowError, OnAWriteBurstOfAnyRowProvesWhatIsBeforeIt) {
  for (const uint32_t pattern : {0u, kPattern}) {
    for (unsigned row = 0; row < kRows; ++row) {
      for (unsigned burst = 0; burst < 2; ++burst) {
        for (unsigned which = 0; which < 3; ++which) {
          SCOPED_TRACE("pattern " + std::to_string(pattern) + ", row " + std::to_string(row) +
                       ", burst " + std::to_string(burst) + ", port " + std::to_string(which));
          EngineBench bench(SomePort(which, 7 * row + burst));
          RowMaker make(bench);
          const RowScene scene(make, pattern);
          const uint64_t dst = scene.pair().rows[row].dst;
          const uint32_t offset = WriteBurstOffsets(dst, kRowBytes)[burst];
          bench.port.AddError({dst + offset, 1, resp(), false, true});

          Try(bench, make, scene,
              {.bytes = row * kRowBytes + offset,
               .slot = 2,
               .fault = dst + offset,
               .status = status(),
               .where = Where::kWrite});
          if (HasFailure()) return;
        }
      }
    }
  }
}

// B7: of two errors in one pair the lower offset is reported, then the read.
TEST(EngineStrideError, OfTwoErrorsInAPairTheLowerOffsetIsReported) {
  struct Case {
    unsigned read_row;
    unsigned write_row;
  };
  for (const Case& c : {Case{1, 3}, Case{3, 1}, Case{2, 2}, Case{0, 4}, Case{4, 0}}) {
    for (unsigned which = 0; which < 3; ++which) {
      SCOPED_TRACE("read " + std::to_string(c.read_row) + ", write " + std::to_string(c.write_row) +
                   ", port " + std::to_string(which));
      EngineBench bench(SomePort(which));
      RowMaker make(bench);
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      const RowScene scene(make);
      const std::vector<Descriptor>& rows = scene.pair().rows;
      bench.port.AddError({rows[c.read_row].src, 1, AxiResp::kSlvErr, true, false});
      bench.port.AddError({rows[c.write_row].dst, 1, AxiResp::kDecErr, false, true});
      const bool read = c.read_row <= c.write_row;
      const unsigned row = std::min(c.read_row, c.write_row);

      ch.Submit(RingOf(scene.jobs));

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 70, .slot = 0},
                                           {.bytes = row * kRowBytes,
                                            .slot = 2,
                                            .fault = read ? rows[row].src : rows[row].dst,
                                            .status = read ? Status::kSlvErr : Status::kDecErr,
                                            .where = read ? Where::kRead : Where::kWrite}}));
      bench.port.ClearErrors();
      make.RecoverJobs(ch, Recovery::kRetry, scene.FromPair());
      if (HasFailure()) return;
    }
  }
}

// A bus error before the row that wraps: the error comes first.
TEST(EngineStrideError, BusErrorBeforeARowThatWrapsIsReported) {
  for (unsigned which = 0; which < 3; ++which) {
    EngineBench bench(SomePort(which));
    RowMaker make(bench);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    bench.memory.AddRam(kTop - 4096, 4096);
    const RowJob job = make.At(StrideOf(9, 60, 60), CopyOf(kSrc, kTop - 240, 60, kCpl), 4);
    bench.port.AddError({job.rows[2].dst, 1, AxiResp::kSlvErr, false, true});

    ch.Submit(job.ring);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 120,
                                          .slot = 1,
                                          .fault = job.rows[2].dst,
                                          .status = Status::kSlvErr,
                                          .where = Where::kWrite}}));
    EXPECT_EQ(make.Check(job, 120), "");
  }
}

// "Of a pair whole rows, in both slots": demand paging goes on in the row that failed.
TEST(EngineStrideError, RetryGoesOnAtTheRowThatFailed) {
  EngineBench bench(IdealPort(5));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowScene scene(make);
  const RowJob& pair = scene.pair();
  bench.port.AddError({pair.rows[3].src + 80, 1, AxiResp::kSlvErr, true, false});
  ch.Submit(RingOf(scene.jobs));
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  const uint32_t done = ch.TakeRecords().back().bytes / kRowBytes;
  ASSERT_EQ(done, 3u);

  bench.port.ClearErrors();
  Descriptor stride = pair.ring[0];
  stride.len = kRows - 3;
  ch.Rewrite(1, stride);
  ch.Rewrite(2, CopyOf(pair.rows[3].src, pair.rows[3].dst, kRowBytes, kCpl));
  ch.Give(Command::kRetry);

  EXPECT_EQ(ch.Records(2),
            (Records{{.bytes = 2 * kRowBytes, .slot = 2}, {.bytes = 50, .slot = 3}}));
  EXPECT_EQ(make.Check(pair), "");
}

// Later rows may still be written; what the record proves is a prefix.
TEST(EngineStrideError, UnderContinueNeighboursDoNotNotice) {
  for (unsigned row = 0; row < kRows; ++row) {
    for (const bool write : {false, true}) {
      for (unsigned which = 0; which < 3; ++which) {
        SCOPED_TRACE("row " + std::to_string(row) + (write ? ", write" : ", read"));
        EngineBench bench(SomePort(which, row));
        RowMaker make(bench);
        EngineChannel& ch = bench.channel(0);
        ChooseContinue(ch);
        ch.Start(4, 4);
        const RowScene scene(make);
        const Descriptor& d = scene.pair().rows[row];
        const uint64_t fault = write ? d.dst : d.src;
        bench.port.AddError({fault, 1, AxiResp::kDecErr, !write, write});

        EXPECT_EQ(ch.Run(RingOf(scene.jobs)),
                  (Records{{.bytes = 70, .slot = 0},
                           {.bytes = row * kRowBytes,
                            .slot = 2,
                            .fault = fault,
                            .status = Status::kDecErr,
                            .where = write ? Where::kWrite : Where::kRead},
                           {.bytes = 50, .slot = 3}}));

        EXPECT_EQ(ch.state(), State::kRun);
        EXPECT_EQ(make.Check(scene.jobs[0]), "");
        EXPECT_EQ(make.Check(scene.pair(), row * kRowBytes), "");
        EXPECT_EQ(make.Check(scene.jobs[2]), "");
        if (HasFailure()) return;
      }
    }
  }
}

TEST(EngineStrideError, InAnArrayTheTransfersIndexIsNamedAndSkipGoesOnBehindThePair) {
  EngineBench bench(IdealPort(9));
  RowMaker make(bench);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const RowScene scene(make);
  const uint64_t array = bench.NewArray(RingOf(scene.jobs));
  const uint64_t fault = scene.pair().rows[2].dst;
  bench.port.AddError({fault, 1, AxiResp::kSlvErr, false, true});

  ch.Submit({LinkTo(array, 4, kCpl)});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 70, .slot = 0, .index = 0},
                                       {.bytes = 2 * kRowBytes,
                                        .slot = 0,
                                        .index = 2,
                                        .fault = fault,
                                        .status = Status::kSlvErr,
                                        .where = Where::kWrite}}));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 0u | 1u << 16);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(array + 16));
  ch.Give(Command::kSkip);
  EXPECT_EQ(ch.Records(2), (Records{{.bytes = 50, .slot = 0, .index = 3}, {.slot = 0}}));
  EXPECT_EQ(make.Check(scene.jobs[2]), "");
}

}  // namespace
}  // namespace tb
