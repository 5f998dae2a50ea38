// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// Errors, silence and broken protocol on request.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "axi_fixture.h"

namespace tb {
namespace {

constexpr uint64_t kBase = PortBench::kBase;
using On = PortFault::On;
using Does = PortFault::Does;

std::vector<AxiResp> Responses(const TestManager& manager) {
  std::vector<AxiResp> out;
  for (const auto& beat : manager.r) out.push_back(beat.resp);
  return out;
}

TEST(PortFault, HurtsExactlyTheNthReadBeat) {
  for (uint64_t nth = 1; nth <= 12; ++nth) {
    PortBench bench;
    bench.port.Arm({.on = On::kReadBeat, .nth = nth, .resp = AxiResp::kDecErr});
    for (unsigned i = 0; i < 3; ++i) bench.manager.Read(0, kBase + i * 32, 4);

    bench.Finish();

    for (uint64_t i = 0; i < 12; ++i) {
      EXPECT_EQ(bench.manager.r[i].resp, i + 1 == nth ? AxiResp::kDecErr : AxiResp::kOkay)
          << "beat " << i + 1;
    }
    EXPECT_EQ(bench.port.faults_fired(), 1u);
  }
}

TEST(PortFault, CountsOnlyTheIdsAskedForFromTheTimeItIsArmed) {
  PortBench bench;
  bench.manager.Read(2, kBase, 5);
  bench.Finish();
  bench.manager.r.clear();
  bench.port.Arm({.on = On::kReadBeat, .nth = 2, .ids = ChannelIds(1) & kDataIds});
  bench.manager.Read(0, kBase, 4);
  bench.manager.Read(3, kBase, 4);
  bench.manager.Read(2, kBase, 4);

  bench.Finish();

  for (unsigned i = 0; i < 12; ++i) {
    EXPECT_EQ(bench.manager.r[i].resp, i == 9 ? AxiResp::kSlvErr : AxiResp::kOkay) << i;
  }
}

TEST(PortFault, ARunOfBeatsMaySpanBursts) {
  PortBench bench;
  bench.port.Arm({.on = On::kReadBeat, .nth = 3, .count = 4});
  for (unsigned i = 0; i < 3; ++i) bench.manager.Read(0, kBase, 4);

  bench.Finish();

  const AxiResp ok = AxiResp::kOkay;
  const AxiResp bad = AxiResp::kSlvErr;
  EXPECT_EQ(Responses(bench.manager),
            (std::vector<AxiResp>{ok, ok, bad, bad, bad, bad, ok, ok, ok, ok, ok, ok}));
}

TEST(PortFault, AWholeReadBurstFails) {
  PortBench bench;
  bench.port.Arm({.on = On::kReadBurst, .nth = 2});
  for (unsigned i = 0; i < 3; ++i) bench.manager.Read(0, kBase, 2);

  bench.Finish();

  const AxiResp ok = AxiResp::kOkay;
  const AxiResp bad = AxiResp::kSlvErr;
  EXPECT_EQ(Responses(bench.manager), (std::vector<AxiResp>{ok, ok, bad, bad, ok, ok}));
}

TEST(PortFault, AnErrorBeatCarriesNoData) {
  PortBench bench;
  bench.memory.FillBytes(kBase, 8, 0x33);
  bench.port.Arm({.on = On::kReadBeat});
  bench.manager.Read(0, kBase, 1);

  bench.Finish();

  EXPECT_NE(bench.manager.r[0].data[0], 0x3333333333333333u);
}

TEST(PortFault, TheNthWriteFailsAndItsDataIsLost) {
  PortBench bench;
  bench.port.Arm({.on = On::kWriteBurst, .nth = 2});
  for (unsigned i = 0; i < 3; ++i) bench.manager.Write(0, kBase + i * 16, Counting(16, 1));

  bench.Finish();

  EXPECT_EQ(bench.manager.b[0].resp, AxiResp::kOkay);
  EXPECT_EQ(bench.manager.b[1].resp, AxiResp::kSlvErr);
  EXPECT_EQ(bench.manager.b[2].resp, AxiResp::kOkay);
  EXPECT_EQ(bench.memory.Bytes(kBase, 16), Counting(16, 1));
  EXPECT_EQ(bench.memory.Bytes(kBase + 16, 16), std::vector<uint8_t>(16, 0));
}

TEST(PortFault, AFailedWriteMayHaveLanded) {
  PortBench bench;
  bench.port.Arm({.on = On::kWriteBurst, .write_lands = true});
  bench.manager.Write(0, kBase, Counting(16, 1));

  bench.Finish();

  EXPECT_EQ(bench.manager.b[0].resp, AxiResp::kSlvErr);
  EXPECT_EQ(bench.memory.Bytes(kBase, 16), Counting(16, 1));
}

TEST(PortFault, ADelayedBeatIsThatMuchLate) {
  PortBench bench;
  bench.port.Arm({.on = On::kReadBeat, .nth = 3, .does = Does::kDelay, .delay = 1000});
  bench.manager.Read(0, kBase, 4);

  bench.Finish();

  EXPECT_EQ(bench.manager.r[2].cycle - bench.manager.r[1].cycle, 1001u);
  EXPECT_EQ(bench.manager.r[3].cycle - bench.manager.r[2].cycle, 1u);
}

TEST(PortFault, ADelayedWriteAnswerIsThatMuchLate) {
  PortBench bench;
  bench.port.Arm({.on = On::kWriteBurst, .does = Does::kDelay, .delay = 500});
  bench.manager.Write(0, kBase, Counting(8));

  bench.Finish();

  EXPECT_EQ(bench.manager.b[0].cycle - bench.manager.w_cycles[0], 501u);
}

TEST(PortFault, NumbersStartAtOne) {
  PortBench bench;

  EXPECT_THROW(bench.port.Arm({.nth = 0}), std::invalid_argument);
}

TEST(Silence, WithholdsOneIdInMidBurstAndOthersGoOn) {
  for (Ordering ordering : {Ordering::kInOrder, Ordering::kReordered, Ordering::kInterleaved}) {
    PortBench bench({.ordering = ordering});
    bench.memory.Write(kBase, Counting(256));
    bench.port.Arm(
        {.on = On::kReadBeat, .nth = 3, .ids = uint64_t{1} << 2, .does = Does::kSilence});
    bench.manager.Read(2, kBase, 4);
    bench.manager.Read(0, kBase, 4);
    bench.manager.Read(2, kBase + 32, 4);
    bench.manager.Read(0, kBase + 32, 4);
    bench.sim.Step(300);
    EXPECT_EQ(bench.manager.Bytes(2).size(), 16u);
    EXPECT_EQ(bench.manager.Bytes(0), Counting(64));
    EXPECT_EQ(bench.port.withheld(), 2u);

    bench.port.Release();
    bench.Finish();

    EXPECT_EQ(bench.manager.Bytes(2), Counting(64));
    EXPECT_EQ(bench.port.withheld(), 0u);
  }
}

TEST(Silence, HoldsBackWriteAnswersWhileTheirDataIsVisible) {
  PortBench bench;
  bench.port.SilenceWrites(ChannelIds(0));
  for (uint8_t id = 0; id < 4; ++id) bench.manager.Write(id, kBase + id * 8u, Counting(8, id));

  bench.sim.Step(100);

  ASSERT_EQ(bench.manager.b.size(), 2u);
  EXPECT_EQ(bench.manager.b[0].id, 2);
  EXPECT_EQ(bench.memory.Bytes(kBase, 8), Counting(8, 0));
  bench.port.Release();
  bench.Finish();
}

// Several bursts of one id were accepted in silence: the first is withheld, the others stand behind
// it.
TEST(Silence, EndsForAllBurstsAcceptedInIt) {
  for (Ordering ordering : {Ordering::kInOrder, Ordering::kReordered}) {
    PortBench bench({.ordering = ordering});
    bench.port.SilenceReads();
    bench.port.SilenceWrites();
    for (uint64_t i = 0; i < 3; ++i) {
      bench.manager.Read(0, kBase, 1);
      bench.manager.Write(0, kBase + 8 * i, Counting(8));
    }
    bench.sim.Step(50);
    EXPECT_TRUE(bench.manager.r.empty());
    EXPECT_TRUE(bench.manager.b.empty());

    bench.port.Release();
    bench.Finish();

    EXPECT_EQ(bench.manager.r.size(), 3u);
    EXPECT_EQ(bench.manager.b.size(), 3u);
  }
}

TEST(Silence, EndsForLaterBurstsWithRelease) {
  PortBench bench;
  bench.port.SilenceReads();
  bench.manager.Read(0, kBase, 1);
  bench.sim.Step(50);
  EXPECT_TRUE(bench.manager.r.empty());

  bench.port.Release();
  bench.manager.Read(0, kBase, 1);
  bench.Finish();

  EXPECT_EQ(bench.manager.r.size(), 2u);
}

TEST(Silence, IsNamedInTheHangReport) {
  PortBench bench;
  bench.sim.SetWatchdog(Cycles{100});
  bench.port.SilenceReads();
  bench.manager.Read(0, kBase, 1);

  try {
    bench.sim.RunUntil([&] { return bench.manager.done(); });
    FAIL() << "no hang was found";
  } catch (const HangError& hang) {
    EXPECT_THAT(hang.what(), ::testing::HasSubstr("withholds 1 reads"));
  }
}

TEST(PortErrorRange, HurtsTheBeatsThatTouchIt) {
  PortBench bench;
  bench.port.AddError({.base = kBase + 17, .size = 1, .resp = AxiResp::kDecErr});
  bench.manager.Read(0, kBase, 4);
  bench.manager.Write(0, kBase + 8, Counting(24, 1));

  bench.Finish();

  const AxiResp ok = AxiResp::kOkay;
  EXPECT_EQ(Responses(bench.manager), (std::vector<AxiResp>{ok, ok, AxiResp::kDecErr, ok}));
  EXPECT_EQ(bench.manager.b[0].resp, AxiResp::kDecErr);
  EXPECT_EQ(bench.memory.Load<uint64_t>(kBase + 16), 0u) << "the bad beat must not be written";
  EXPECT_NE(bench.memory.Load<uint64_t>(kBase + 8), 0u) << "a good one is";
}

TEST(PortErrorRange, MayNameOneBeatAndOneDirection) {
  PortBench bench;
  bench.port.AddError({.base = kBase, .size = 4096, .writes = false, .beat = 2});
  bench.manager.Read(0, kBase, 4);
  bench.manager.Write(0, kBase, Counting(32, 1));

  bench.Finish();

  const AxiResp ok = AxiResp::kOkay;
  EXPECT_EQ(Responses(bench.manager), (std::vector<AxiResp>{ok, ok, AxiResp::kSlvErr, ok}));
  EXPECT_EQ(bench.manager.b[0].resp, ok);
  bench.port.ClearErrors();
  bench.manager.Read(0, kBase, 4);
  bench.Finish();
  EXPECT_EQ(bench.manager.r.back().resp, ok);
}

// ---- A port that breaks the protocol is caught, and by the right rule ----

struct Breakage {
  const char* name;
  Misbehave what;
  Rule rule;
  bool stall;  // needs an answer that has to wait
};

class MisbehaveTest : public ::testing::TestWithParam<Breakage> {};

TEST_P(MisbehaveTest, IsNamedByTheCheckerFirst) {
  PortBench bench({.write_latency = Latency::Fixed(30)});
  bench.violations_expected = true;
  if (GetParam().stall) {
    bench.manager.r_stall = StallSource(Stall::Always(), Random(1));
    bench.manager.b_stall = StallSource(Stall::Always(), Random(1));
  }
  bench.port.BreakOnce(GetParam().what);
  bench.manager.Read(0, kBase, 8);
  bench.manager.hold_w_until = 30;
  bench.manager.Write(0, kBase, Counting(64));

  bench.sim.Step(200);

  EXPECT_TRUE(bench.port.broken());
  ASSERT_FALSE(bench.sim.violations().empty());
  EXPECT_EQ(bench.sim.violations().list()[0].rule, RuleId(GetParam().rule))
      << bench.sim.violations().Report();
}

INSTANTIATE_TEST_SUITE_P(
    Each, MisbehaveTest,
    ::testing::Values(Breakage{"BBeforeLastW", Misbehave::kBBeforeLastW, Rule::kBAfterData, false},
                      Breakage{"SpuriousB", Misbehave::kSpuriousB, Rule::kBId, false},
                      Breakage{"WrongBId", Misbehave::kWrongBId, Rule::kBId, false},
                      Breakage{"WrongRId", Misbehave::kWrongRId, Rule::kRId, false},
                      Breakage{"ExtraRBeat", Misbehave::kExtraRBeat, Rule::kRId, false},
                      Breakage{"MissingRLast", Misbehave::kMissingRLast, Rule::kRLast, false},
                      Breakage{"EarlyRLast", Misbehave::kEarlyRLast, Rule::kRLast, false},
                      Breakage{"DropRValid", Misbehave::kDropRValid, Rule::kRHeld, true},
                      Breakage{"ChangeRData", Misbehave::kChangeRData, Rule::kRHeld, true},
                      Breakage{"DropBValid", Misbehave::kDropBValid, Rule::kBHeld, true},
                      Breakage{"ChangeBResp", Misbehave::kChangeBResp, Rule::kBHeld, true}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tb
