// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// One deliberate violator for each rule of the protocol checker, and traffic that is right and must
// stay silent. Pins are set by hand between two steps.

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "axi/protocol_checker.h"
#include "axi/stream.h"
#include "axi_fixture.h"

namespace tb {
namespace {

struct Pins {
  explicit Pins(const CheckerConfig& config = {})
      : sim(device),
        checker(sim, axi, config),
        lite_checker(sim, lite),
        stream_checker(sim, stream) {}

  // Manager and subordinate pins for one cycle, then all VALIDs low.
  void Clock() {
    sim.Step();
    axi.ar.valid = axi.aw.valid = axi.w.valid = axi.r.valid = axi.b.valid = 0;
    lite.ar.valid = lite.aw.valid = lite.w.valid = lite.r.valid = lite.b.valid = 0;
    stream.valid = 0;
  }
  static AxiAddress Good(unsigned beats = 1, uint64_t address = 0x1000, uint8_t id = 0) {
    return {.addr = address,
            .id = id,
            .len = static_cast<uint8_t>(beats - 1),
            .size = 3,
            .burst = kBurstIncr,
            .cache = 3};
  }
  void OfferAr(const AxiAddress& a, bool ready = true) {
    static_cast<AxiAddress&>(axi.ar) = a;
    axi.ar.valid = 1;
    axi.ar.ready = ready;
  }
  void OfferAw(const AxiAddress& a, bool ready = true) {
    static_cast<AxiAddress&>(axi.aw) = a;
    axi.aw.valid = 1;
    axi.aw.ready = ready;
  }
  void OfferW(bool last, uint64_t strb = 0xFF, bool ready = true) {
    axi.w.strb = strb;
    axi.w.last = last;
    axi.w.valid = 1;
    axi.w.ready = ready;
  }
  void OfferR(uint8_t id, bool last, uint8_t resp = 0, bool ready = true) {
    axi.r.id = id;
    axi.r.last = last;
    axi.r.resp = resp;
    axi.r.valid = 1;
    axi.r.ready = ready;
  }
  void OfferB(uint8_t id, uint8_t resp = 0, bool ready = true) {
    axi.b.id = id;
    axi.b.resp = resp;
    axi.b.valid = 1;
    axi.b.ready = ready;
  }
  void Ar(const AxiAddress& a) { OfferAr(a), Clock(); }
  void Aw(const AxiAddress& a) { OfferAw(a), Clock(); }
  void W(bool last, uint64_t strb = 0xFF) { OfferW(last, strb), Clock(); }
  void R(uint8_t id, bool last, uint8_t resp = 0) { OfferR(id, last, resp), Clock(); }
  void B(uint8_t id, uint8_t resp = 0) { OfferB(id, resp), Clock(); }
  void LiteAw(bool ready = true) { lite.aw.valid = 1, lite.aw.ready = ready, Clock(); }
  void LiteW(bool ready = true) { lite.w.valid = 1, lite.w.ready = ready, Clock(); }
  void LiteB(uint8_t resp = 0, bool ready = true) {
    lite.b.valid = 1, lite.b.resp = resp, lite.b.ready = ready, Clock();
  }
  void LiteAr(bool ready = true) { lite.ar.valid = 1, lite.ar.ready = ready, Clock(); }
  void LiteR(uint8_t resp = 0, bool ready = true) {
    lite.r.valid = 1, lite.r.resp = resp, lite.r.ready = ready, Clock();
  }
  // One stream beat.
  void T(uint64_t keep, bool last, bool user = false, bool ready = true) {
    stream.keep = keep;
    stream.last = last;
    stream.user = user;
    stream.valid = 1;
    stream.ready = ready;
    Clock();
  }

  NoDevice device;
  AxiPins axi;
  LitePins lite;
  StreamPins stream;
  Simulation sim;
  ProtocolChecker checker;
  LiteChecker lite_checker;
  StreamChecker stream_checker;
};

struct Violator {
  Rule rule;
  const char* name;
  std::function<void(Pins&)> act;
};

using A = AxiAddress;

A With(A a, const std::function<void(A&)>& change) {
  change(a);
  return a;
}

// A FIXED burst of elements of 2^size bytes.
A Fixed(unsigned beats, unsigned size, uint64_t address = 0x1000) {
  return With(Pins::Good(beats, address), [size](A& a) {
    a.burst = kBurstFixed;
    a.size = static_cast<uint8_t>(size);
  });
}

const Violator kViolators[] = {
    // Handshakes. Either VALID falls, or the payload changes.
    {Rule::kArHeld, "ArValidFalls",
     [](Pins& p) { p.OfferAr(Pins::Good(), false), p.Clock(), p.Clock(); }},
    {Rule::kArHeld, "ArAddressChanges",
     [](Pins& p) { p.OfferAr(Pins::Good(), false), p.Clock(), p.Ar(Pins::Good(1, 0x1008)); }},
    {Rule::kAwHeld, "AwValidFalls",
     [](Pins& p) { p.OfferAw(Pins::Good(), false), p.Clock(), p.Clock(); }},
    {Rule::kAwHeld, "AwUserChanges",
     [](Pins& p) {
       p.OfferAw(Pins::Good(), false), p.Clock(),
           p.Aw(With(Pins::Good(), [](A& a) { a.user = 1; }));
     }},
    {Rule::kWHeld, "WValidFalls",
     [](Pins& p) { p.OfferW(true, 0xFF, false), p.Clock(), p.Clock(); }},
    {Rule::kWHeld, "WDataChanges",
     [](Pins& p) {
       p.Aw(Pins::Good()), p.OfferW(true, 0xFF, false), p.Clock();
       p.axi.w.data[0] = 1, p.W(true);
     }},
    {Rule::kWHeld, "WStrobeChanges",
     [](Pins& p) { p.Aw(Pins::Good()), p.OfferW(true, 0xFF, false), p.Clock(), p.W(true, 0x7F); }},
    {Rule::kRHeld, "RValidFalls",
     [](Pins& p) {
       p.checker.Ignore(Rule::kAlwaysReady);
       p.Ar(Pins::Good()), p.OfferR(0, true, 0, false), p.Clock(), p.Clock();
     }},
    {Rule::kRHeld, "RResponseChanges",
     [](Pins& p) {
       p.checker.Ignore(Rule::kAlwaysReady);
       p.Ar(Pins::Good()), p.OfferR(0, true, 0, false), p.Clock(), p.R(0, true, 2);
     }},
    {Rule::kBHeld, "BValidFalls",
     [](Pins& p) { p.Aw(Pins::Good()), p.W(true), p.OfferB(0, 0, false), p.Clock(), p.Clock(); }},
    {Rule::kBHeld, "BResponseChanges",
     [](Pins& p) { p.Aw(Pins::Good()), p.W(true), p.OfferB(0, 0, false), p.Clock(), p.B(0, 2); }},
    {Rule::kManagerQuietInReset, "AwValidInReset",
     [](Pins& p) { p.axi.aw.valid = 1, p.sim.Reset(3), p.axi.aw.valid = 0; }},
    {Rule::kManagerQuietInReset, "ArValidWithTheEndOfReset",
     [](Pins& p) { p.sim.Reset(3), p.Ar(Pins::Good()); }},
    {Rule::kSubordinateQuietInReset, "BValidInReset",
     [](Pins& p) { p.axi.b.valid = 1, p.sim.Reset(3), p.axi.b.valid = 0; }},
    // Addresses.
    {Rule::kBoundary, "ReadAcross4K", [](Pins& p) { p.Ar(Pins::Good(2, 0x1FF8)); }},
    {Rule::kBoundary, "UnalignedWriteAcross4K", [](Pins& p) { p.Aw(Pins::Good(256, 0x1809)); }},
    {Rule::kBurstType, "ReservedBurst",
     [](Pins& p) { p.Ar(With(Pins::Good(), [](A& a) { a.burst = 3; })); }},
    {Rule::kSize, "WiderThanTheBus",
     [](Pins& p) { p.Ar(With(Pins::Good(), [](A& a) { a.size = 4; })); }},
    {Rule::kFixedLength, "LongFixed",
     [](Pins& p) { p.Ar(With(Pins::Good(17), [](A& a) { a.burst = kBurstFixed; })); }},
    {Rule::kWrapLength, "WrapOfThree",
     [](Pins& p) { p.Ar(With(Pins::Good(3), [](A& a) { a.burst = kBurstWrap; })); }},
    {Rule::kWrapLength, "WrapUnaligned",
     [](Pins& p) { p.Ar(With(Pins::Good(4, 0x1004), [](A& a) { a.burst = kBurstWrap; })); }},
    {Rule::kCache, "AllocateWithoutModifiable",
     [](Pins& p) { p.Aw(With(Pins::Good(), [](A& a) { a.cache = 4; })); }},
    {Rule::kExclusive, "ExclusiveOfThreeBeats",
     [](Pins& p) { p.Ar(With(Pins::Good(3), [](A& a) { a.lock = 1; })); }},
    // Data and responses.
    {Rule::kWLast, "WLastEarly", [](Pins& p) { p.Aw(Pins::Good(2)), p.W(true); }},
    {Rule::kWLast, "WLastMissing", [](Pins& p) { p.Aw(Pins::Good(2)), p.W(false), p.W(false); }},
    {Rule::kWLast, "WLastMissingBeforeAw", [](Pins& p) { p.W(false), p.Aw(Pins::Good(1)); }},
    {Rule::kStrobeLanes, "StrobeBelowTheStart",
     [](Pins& p) { p.Aw(Pins::Good(1, 0x1003)), p.W(true, 0xFF); }},
    {Rule::kStrobeLanes, "StrobeOutsideANarrowBeat",
     [](Pins& p) { p.Aw(With(Pins::Good(), [](A& a) { a.size = 2; })), p.W(true, 0x1F); }},
    {Rule::kRLast, "RLastMissing", [](Pins& p) { p.Ar(Pins::Good()), p.R(0, false); }},
    {Rule::kRLast, "RLastEarly", [](Pins& p) { p.Ar(Pins::Good(2)), p.R(0, true); }},
    {Rule::kRId, "RWithoutRead", [](Pins& p) { p.R(3, true); }},
    {Rule::kRId, "RBeatTooMany", [](Pins& p) { p.Ar(Pins::Good()), p.R(0, true), p.R(0, true); }},
    {Rule::kRId, "RInTheCycleOfItsAr", [](Pins& p) { p.OfferAr(Pins::Good()), p.R(0, true); }},
    {Rule::kBId, "BWithoutWrite", [](Pins& p) { p.B(0); }},
    {Rule::kBId, "BWithTheWrongId", [](Pins& p) { p.Aw(Pins::Good()), p.W(true), p.B(1); }},
    {Rule::kBId, "BTwice", [](Pins& p) { p.Aw(Pins::Good()), p.W(true), p.B(0), p.B(0); }},
    {Rule::kBAfterData, "BBeforeLastW", [](Pins& p) { p.Aw(Pins::Good(2)), p.W(false), p.B(0); }},
    {Rule::kBAfterData, "BInTheCycleOfTheLastW",
     [](Pins& p) { p.Aw(Pins::Good()), p.OfferW(true), p.B(0); }},
    {Rule::kBId, "BBeforeAw", [](Pins& p) { p.W(true), p.B(0); }},
    {Rule::kNoExOkay, "ExOkayOnR", [](Pins& p) { p.Ar(Pins::Good()), p.R(0, true, 1); }},
    {Rule::kNoExOkay, "ExOkayOnB", [](Pins& p) { p.Aw(Pins::Good()), p.W(true), p.B(0, 1); }},
    {Rule::kOpenReads, "NineReadsWhereEightMayBeOpen",
     [](Pins& p) {
       for (int i = 0; i < 9; ++i) p.Ar(Pins::Good());
     }},
    {Rule::kOpenWrites, "NineWritesWhereEightMayBeOpen",
     [](Pins& p) {
       for (int i = 0; i < 9; ++i) p.Aw(Pins::Good());
     }},
    // The engine's promises.
    {Rule::kIncr, "WrapFromTheEngine",
     [](Pins& p) { p.Ar(With(Pins::Good(2), [](A& a) { a.burst = kBurstWrap; })); }},
    {Rule::kIncr, "FixedWhereItIsOff",
     [](Pins& p) { p.Ar(With(Pins::Good(2), [](A& a) { a.burst = kBurstFixed; })); }},
    {Rule::kFullSize, "NarrowFromTheEngine",
     [](Pins& p) { p.Ar(With(Pins::Good(), [](A& a) { a.size = 2; })); }},
    {Rule::kNoLock, "LockFromTheEngine",
     [](Pins& p) { p.Ar(With(Pins::Good(), [](A& a) { a.lock = 1; })); }},
    {Rule::kAddressBits, "AddressBit48", [](Pins& p) { p.Ar(Pins::Good(1, uint64_t{1} << 48)); }},
    {Rule::kIdRange, "IdAboveTheChannels", [](Pins& p) { p.Ar(Pins::Good(1, 0x1000, 4)); }},
    {Rule::kStrobeRun, "HoleInABeat", [](Pins& p) { p.Aw(Pins::Good()), p.W(true, 0xEF); }},
    {Rule::kStrobeRun, "HoleBetweenBeats",
     [](Pins& p) { p.Aw(Pins::Good(2)), p.W(false, 0x7F), p.W(true, 0xFF); }},
    {Rule::kStrobeRun, "StartsAboveAwaddr", [](Pins& p) { p.Aw(Pins::Good()), p.W(true, 0xFE); }},
    {Rule::kStrobeRun, "SecondBeatStartsLate",
     [](Pins& p) { p.Aw(Pins::Good(2)), p.W(false), p.W(true, 0xFE); }},
    {Rule::kAlwaysReady, "RReadyLow",
     [](Pins& p) { p.Ar(Pins::Good()), p.OfferR(0, true, 0, false), p.Clock(); }},
    {Rule::kFixedAligned, "FixedBetweenElements", [](Pins& p) { p.Ar(Fixed(2, 2, 0x1002)); }},
    {Rule::kFixedStrobes, "FixedWithHalfAnElement",
     [](Pins& p) { p.Aw(Fixed(2, 2)), p.W(false, 0xF), p.W(true, 0x3); }},
    {Rule::kFixedStrobes, "FixedWithoutAByte", [](Pins& p) { p.Aw(Fixed(1, 2)), p.W(true, 0); }},
    {Rule::kStrobeLanes, "FixedThatWalks",
     [](Pins& p) { p.Aw(Fixed(2, 2)), p.W(false, 0x0F), p.W(true, 0xF0); }},
    {Rule::kFixedLength, "FixedOfSeventeenElements", [](Pins& p) { p.Aw(Fixed(17, 2)); }},
    {Rule::kSize, "ElementWiderThanTheBus", [](Pins& p) { p.Ar(Fixed(2, 4)); }},
    // Streams.
    {Rule::kStreamHeld, "TValidFalls", [](Pins& p) { p.T(0xFF, true, false, false), p.Clock(); }},
    {Rule::kStreamHeld, "TLastChanges",
     [](Pins& p) { p.T(0xFF, true, false, false), p.T(0xFF, false); }},
    {Rule::kStreamQuiet, "TValidInReset",
     [](Pins& p) { p.stream.valid = 1, p.sim.Reset(3), p.stream.valid = 0; }},
    {Rule::kStreamQuiet, "TValidWithTheEndOfReset",
     [](Pins& p) { p.sim.Reset(3), p.T(0xFF, true); }},
    {Rule::kStreamKeepRun, "HoleInTKeep", [](Pins& p) { p.T(0xEF, true); }},
    {Rule::kStreamKeepRun, "TKeepAboveLane0", [](Pins& p) { p.T(0xF0, true); }},
    {Rule::kStreamWhole, "PartialBeatInAPacket", [](Pins& p) { p.T(0x7F, false); }},
    {Rule::kStreamWhole, "EmptyBeatInAPacket", [](Pins& p) { p.T(0, false); }},
    {Rule::kStreamUser, "TUserBeforeTLast", [](Pins& p) { p.T(0xFF, false, true); }},
    // AXI4-Lite.
    {Rule::kLiteArHeld, "LiteArFalls", [](Pins& p) { p.LiteAr(false), p.Clock(); }},
    {Rule::kLiteArHeld, "LiteArChanges",
     [](Pins& p) { p.LiteAr(false), p.lite.ar.addr = 4, p.LiteAr(); }},
    {Rule::kLiteAwHeld, "LiteAwFalls", [](Pins& p) { p.LiteAw(false), p.Clock(); }},
    {Rule::kLiteWHeld, "LiteWFalls", [](Pins& p) { p.LiteW(false), p.Clock(); }},
    {Rule::kLiteWHeld, "LiteWChanges",
     [](Pins& p) { p.LiteW(false), p.lite.w.data = 4, p.LiteW(); }},
    {Rule::kLiteRHeld, "LiteRFalls", [](Pins& p) { p.LiteAr(), p.LiteR(0, false), p.Clock(); }},
    {Rule::kLiteRHeld, "LiteRChanges",
     [](Pins& p) { p.LiteAr(), p.LiteR(0, false), p.lite.r.data = 5, p.LiteR(); }},
    {Rule::kLiteBHeld, "LiteBFalls",
     [](Pins& p) { p.LiteAw(), p.LiteW(), p.LiteB(0, false), p.Clock(); }},
    {Rule::kLiteManagerQuiet, "LiteArInReset",
     [](Pins& p) { p.lite.ar.valid = 1, p.sim.Reset(3), p.lite.ar.valid = 0; }},
    {Rule::kLiteSubordinateQuiet, "LiteRInReset",
     [](Pins& p) { p.lite.r.valid = 1, p.sim.Reset(3), p.lite.r.valid = 0; }},
    {Rule::kLiteBAfterBoth, "LiteBWithoutW", [](Pins& p) { p.LiteAw(), p.LiteB(); }},
    {Rule::kLiteBAfterBoth, "LiteBWithoutAw", [](Pins& p) { p.LiteW(), p.LiteB(); }},
    {Rule::kLiteBAfterBoth, "LiteBTwice",
     [](Pins& p) { p.LiteAw(), p.LiteW(), p.LiteB(), p.LiteB(); }},
    {Rule::kLiteRAfterAr, "LiteRWithoutAr", [](Pins& p) { p.LiteR(); }},
    {Rule::kLiteNoExOkay, "LiteExOkay", [](Pins& p) { p.LiteAr(), p.LiteR(1); }},
    {Rule::kLiteOkay, "LiteSlvErr", [](Pins& p) { p.LiteAw(), p.LiteW(), p.LiteB(2); }},
};

class ViolatorTest : public ::testing::TestWithParam<Violator> {};

TEST_P(ViolatorTest, TripsItsRule) {
  Pins pins({.id_count = 4, .max_open_reads = 8, .max_open_writes = 8});

  GetParam().act(pins);

  EXPECT_GE(pins.sim.violations().Count(RuleId(GetParam().rule)), 1u)
      << RuleId(GetParam().rule) << ": " << RuleSentence(GetParam().rule) << "\n"
      << pins.sim.violations().Report();
}

INSTANTIATE_TEST_SUITE_P(Each, ViolatorTest, ::testing::ValuesIn(kViolators),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Rules, EachHasAViolator) {
  std::set<Rule> covered;
  for (const Violator& violator : kViolators) covered.insert(violator.rule);

  for (unsigned i = 0; i < kRuleCount; ++i) {
    EXPECT_EQ(covered.count(static_cast<Rule>(i)), 1u) << kRules[i].id << " " << kRules[i].text;
  }
}

TEST(Rules, NumbersAreUnique) {
  std::set<std::string> ids;
  for (const RuleText& rule : kRules) EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
}

// ---- Right traffic is silent ----

class SilentTest : public ::testing::Test {
 protected:
  ~SilentTest() override {
    EXPECT_TRUE(pins_.sim.violations().empty()) << pins_.sim.violations().Report();
  }

  Pins pins_{{.id_count = 4, .max_open_reads = 8, .max_open_writes = 8}};
};

TEST_F(SilentTest, ABurstThatEndsExactlyAt4K) { pins_.Ar(Pins::Good(256, 0x1800)); }

TEST_F(SilentTest, AnUnalignedWriteWithExactStrobes) {
  pins_.Aw(Pins::Good(3, 0x1005));
  pins_.W(false, 0xE0);
  pins_.W(false, 0xFF);
  pins_.W(true, 0x01);
  pins_.B(0);
}

TEST_F(SilentTest, AWriteInsideOneBeat) {
  pins_.Aw(Pins::Good(1, 0x1002));
  pins_.W(true, 0x3C);
  pins_.B(0);
}

TEST_F(SilentTest, DataBeforeItsAddress) {
  pins_.W(false);
  pins_.W(true, 0x0F);
  pins_.Aw(Pins::Good(2));
  pins_.B(0);
}

TEST_F(SilentTest, ReadsOfDifferentIdsMix) {
  pins_.Ar(Pins::Good(2, 0x1000, 0));
  pins_.Ar(Pins::Good(2, 0x2000, 2));
  pins_.R(2, false);
  pins_.R(0, false);
  pins_.R(2, true);
  pins_.R(0, true);
}

TEST_F(SilentTest, AnErrorResponseIsNoViolation) {
  pins_.Ar(Pins::Good());
  pins_.R(0, true, 2);
  pins_.Aw(Pins::Good());
  pins_.W(true);
  pins_.B(0, 3);
}

TEST_F(SilentTest, PacketsOfWholeBeatsAndAnyLastOne) {
  pins_.T(0xFF, false);
  pins_.T(0xFF, true, false, false), pins_.T(0xFF, true);
  pins_.T(0x01, true);
  pins_.T(0x00, true, true);
}

TEST(Checker, FixedBurstsOfElementsAreSilentWhereTheyAreSwitchedOn) {
  Pins pins({.allow_fixed = true});

  for (unsigned size = 0; size <= 3; ++size) {
    pins.Ar(Fixed(16, size, 0x1FF8));
    for (unsigned beat = 0; beat < 16; ++beat) pins.R(0, beat == 15);
    const uint64_t address = 0x1000 + (uint64_t{4} >> size << size);
    pins.Aw(Fixed(2, size, address));
    const uint64_t lanes = BeatLanes(Fixed(2, size, address), 1, 8);
    pins.W(false, lanes), pins.W(true, lanes), pins.B(0);
  }

  EXPECT_TRUE(pins.sim.violations().empty()) << pins.sim.violations().Report();
}

TEST(Checker, FixedSwitchedOnLeavesTheOtherBurstsAsTheyAre) {
  Pins pins({.allow_fixed = true});

  pins.Ar(With(Pins::Good(), [](A& a) { a.size = 2; }));
  pins.Ar(With(Pins::Good(2), [](A& a) { a.burst = kBurstWrap; }));

  EXPECT_EQ(pins.sim.violations().Count("ENG-02"), 1u);
  EXPECT_EQ(pins.sim.violations().Count("ENG-01"), 1u);
}

TEST_F(SilentTest, PayloadMayChangeAfterTheHandshake) {
  pins_.OfferAr(Pins::Good(), false);
  pins_.Clock();
  pins_.Ar(Pins::Good());
  pins_.Ar(Pins::Good(4, 0x5000, 1));
}

// A manager that falls silent when it is reset.
class ObeysReset final : public Model {
 public:
  explicit ObeysReset(Pins& pins) : pins_(pins) { pins_.sim.Add(*this); }
  ~ObeysReset() override { pins_.sim.Remove(*this); }
  void Sample() override {}
  void Drive() override {}
  void Reset() override { pins_.axi.ar.valid = 0; }

 private:
  Pins& pins_;
};

TEST_F(SilentTest, ResetEndsWhatWasOpen) {
  ObeysReset manager(pins_);
  pins_.Aw(Pins::Good(2));
  pins_.W(false);
  pins_.OfferAr(Pins::Good(), false);
  pins_.sim.Reset(3);
  pins_.Clock();
  EXPECT_TRUE(pins_.checker.idle());
  pins_.Aw(Pins::Good(1));
  pins_.W(true);
  pins_.B(0);
}

TEST_F(SilentTest, RegisterAccessesInEveryOrder) {
  pins_.LiteAw(), pins_.LiteW(), pins_.LiteB();
  pins_.LiteW(), pins_.LiteAw(), pins_.LiteB();
  pins_.LiteAr(), pins_.LiteR();
}

TEST(Checker, AnIgnoredRuleIsNotReported) {
  Pins pins;
  pins.checker.Ignore(Rule::kBoundary);

  pins.Ar(Pins::Good(2, 0x1FF8));

  EXPECT_TRUE(pins.sim.violations().empty());
}

TEST(Checker, OtherManagersMayDoWithoutTheEnginesPromises) {
  Pins pins({.engine_rules = false});

  pins.Ar(With(Pins::Good(4, 0x1004), [](A& a) { a.size = 2, a.burst = kBurstWrap; }));
  pins.Aw(Pins::Good());
  pins.W(true, 0xA5);

  EXPECT_TRUE(pins.sim.violations().empty()) << pins.sim.violations().Report();
}

TEST(Checker, TheReportSaysRuleSentenceAndValues) {
  Pins pins;

  pins.Ar(Pins::Good(2, 0x1FF8));

  const std::string report = pins.sim.violations().Report();
  EXPECT_NE(report.find("AXI-10: no burst crosses a 4 KiB boundary"), std::string::npos) << report;
  EXPECT_NE(report.find("address 0x1ff8"), std::string::npos) << report;
}

}  // namespace
}  // namespace tb
