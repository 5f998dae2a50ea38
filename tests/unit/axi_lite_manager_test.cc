// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "axi/lite_manager.h"
#include "axi/protocol_checker.h"
#include "axi_fixture.h"

namespace tb {
namespace {

using First = LiteWriteOrder::First;

// A register file that takes address and data in any order and answers one access after the other.
class Registers final : public Model {
 public:
  struct Seen {
    uint64_t cycle = 0;
    uint32_t address = 0;
    uint32_t data = 0;
    uint8_t strobe = 0;
    uint8_t prot = 0;
  };
  Registers(Simulation& sim, LitePins& pins) : sim_(sim), pins_(pins) { sim_.Add(*this); }
  ~Registers() override { sim_.Remove(*this); }

  void Sample() override {
    if (pins_.aw.Fires()) addresses_.push_back({sim_.now(), pins_.aw.addr, 0, 0, pins_.aw.prot});
    if (pins_.w.Fires()) words_.push_back({sim_.now(), 0, pins_.w.data, pins_.w.strb, 0});
    if (pins_.b.Fires()) ++b_taken_;
    if (pins_.ar.Fires()) {
      reads.push_back({sim_.now(), pins_.ar.addr, 0, 0, pins_.ar.prot});
      ++r_due_;
    }
    if (pins_.r.Fires()) --r_due_;
    while (writes.size() < addresses_.size() && writes.size() < words_.size()) {
      const Seen& a = addresses_[writes.size()];
      Seen w = words_[writes.size()];
      aw_cycles.push_back(a.cycle);
      w_cycles.push_back(w.cycle);
      w.address = a.address;
      w.prot = a.prot;
      for (unsigned i = 0; i < 4; ++i) {
        if ((w.strobe >> i & 1) == 0) continue;
        const uint32_t mask = 0xFFu << (8 * i);
        values[w.address] = (values[w.address] & ~mask) | (w.data & mask);
      }
      writes.push_back(w);
    }
  }
  void Drive() override {
    pins_.aw.ready = !aw_stall.Next();
    pins_.w.ready = !w_stall.Next();
    pins_.ar.ready = !ar_stall.Next() && r_due_ == 0;
    pins_.b.valid = !silent && b_taken_ < writes.size();
    if (r_due_ == 0) pins_.r.valid = 0;
    if (!silent && r_due_ > 0 && pins_.r.valid == 0) {
      pins_.r.valid = 1;
      pins_.r.data = values[reads.back().address];
    }
  }
  void Reset() override { pins_.b.valid = pins_.r.valid = 0; }

  StallSource aw_stall;
  StallSource w_stall;
  StallSource ar_stall;
  bool silent = false;
  std::map<uint32_t, uint32_t> values;
  std::vector<Seen> writes;
  std::vector<Seen> reads;
  std::vector<uint64_t> aw_cycles;
  std::vector<uint64_t> w_cycles;

 private:
  Simulation& sim_;
  LitePins& pins_;
  std::vector<Seen> addresses_;
  std::vector<Seen> words_;
  size_t b_taken_ = 0;
  int r_due_ = 0;
};

struct LiteBench {
  explicit LiteBench(const LiteConfig& config = {})
      : sim(device), registers(sim, pins), manager(sim, pins, config), checker(sim, pins) {
    sim.Reset();
  }
  ~LiteBench() { EXPECT_TRUE(sim.violations().empty()) << sim.violations().Report(); }

  NoDevice device;
  LitePins pins;
  Simulation sim;
  Registers registers;
  LiteManager manager;
  LiteChecker checker;
};

TEST(LiteManager, ReadsBackWhatItWrote) {
  LiteBench bench;

  bench.manager.Write(0x40, 0x12345678);

  EXPECT_EQ(bench.manager.Read(0x40), 0x12345678u);
  EXPECT_EQ(bench.registers.writes[0].prot, 2) << "non-secure by default";
}

TEST(LiteManager, PassesPartialStrobes) {
  LiteBench bench;
  bench.manager.Write(0x40, 0xFFFFFFFF);

  bench.manager.Write(0x40, 0x11223344, 0x5);

  EXPECT_EQ(bench.manager.Read(0x40), 0xFF22FF44u);
}

struct Order {
  First first;
  uint32_t lag;
};

class OrderTest : public ::testing::TestWithParam<Order> {};

TEST_P(OrderTest, AddressAndDataAreOfferedWithTheLagAsked) {
  LiteBench bench;
  const auto [first, lag] = GetParam();
  bench.manager.SetWriteOrder({first, lag});

  bench.manager.Write(0x10, 1);
  bench.manager.Write(0x14, 2);

  const int64_t expected = first == First::kTogether  ? 0
                           : first == First::kAddress ? lag
                                                      : -static_cast<int64_t>(lag);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(static_cast<int64_t>(bench.registers.w_cycles[i] - bench.registers.aw_cycles[i]),
              expected);
  }
  EXPECT_EQ(bench.manager.Read(0x14), 2u);
}

INSTANTIATE_TEST_SUITE_P(All, OrderTest,
                         ::testing::Values(Order{First::kTogether, 0}, Order{First::kAddress, 1},
                                           Order{First::kAddress, 7}, Order{First::kData, 1},
                                           Order{First::kData, 7}));

TEST(LiteManager, PostedWritesTakeNoTimeAndKeepTheirOrder) {
  for (uint32_t in_flight : {1u, 2u, 8u}) {
    LiteBench bench({.writes_in_flight = in_flight});
    bench.registers.aw_stall = StallSource(Stall::Random(0.5), Random(1));
    bench.registers.w_stall = StallSource(Stall::Random(0.5), Random(2));
    const uint64_t before = bench.sim.now();
    for (uint32_t i = 0; i < 50; ++i) bench.manager.Post(4 * i, i);
    EXPECT_EQ(bench.sim.now(), before);

    bench.manager.Flush();

    ASSERT_EQ(bench.registers.writes.size(), 50u);
    for (uint32_t i = 0; i < 50; ++i) {
      EXPECT_EQ(bench.registers.writes[i].address, 4 * i);
      EXPECT_EQ(bench.registers.writes[i].data, i);
    }
  }
}

TEST(LiteManager, MorePostedWritesThanItHoldsAdvanceTimeInsteadOfBeingLost) {
  LiteBench bench;

  for (uint32_t i = 0; i < 3 * LiteManager::kQueue; ++i) bench.manager.Post(0x20, i);
  bench.manager.Flush();

  EXPECT_EQ(bench.registers.writes.size(), 3 * LiteManager::kQueue);
  EXPECT_EQ(bench.manager.Read(0x20), 3 * LiteManager::kQueue - 1);
}

TEST(LiteManager, AReadComesAfterEarlierPostedWrites) {
  LiteBench bench;
  bench.registers.aw_stall = StallSource(Stall::Random(0.9), Random(4));
  for (uint32_t i = 0; i < 10; ++i) bench.manager.Post(0x30, i);

  EXPECT_EQ(bench.manager.Read(0x30), 9u);
}

TEST(LiteManager, ABegunReadMeetsAWriteInTheSameCycle) {
  LiteBench bench;

  bench.manager.Post(0x30, 5);
  bench.manager.BeginRead(0x30);
  bench.manager.FinishRead();
  bench.manager.Flush();

  EXPECT_EQ(bench.registers.reads[0].cycle, bench.registers.writes[0].cycle);
}

TEST(LiteManager, EveryReadySideMayStall) {
  LiteBench bench({.stall_b = Stall::Random(0.7), .stall_r = Stall::Random(0.7)});
  bench.registers.aw_stall = StallSource(Stall::Random(0.7), Random(1));
  bench.registers.w_stall = StallSource(Stall::Random(0.7), Random(2));
  bench.registers.ar_stall = StallSource(Stall::Random(0.7), Random(3));

  for (uint32_t i = 0; i < 100; ++i) {
    bench.manager.Write(4 * (i % 5), i);
    ASSERT_EQ(bench.manager.Read(4 * (i % 5)), i);
  }
}

TEST(LiteManager, NoAnswerIsAHangThatNamesTheAccess) {
  LiteBench bench({.timeout = Cycles{100}});
  bench.registers.silent = true;

  try {
    bench.manager.Read(0x104C);
    FAIL() << "nothing was thrown";
  } catch (const HangError& hang) {
    EXPECT_THAT(hang.what(), ::testing::HasSubstr("register read at 0x104c"));
    EXPECT_THAT(hang.what(), ::testing::HasSubstr("waits for RVALID"));
  }
}

TEST(LiteManager, ResetDropsWhatWasPosted) {
  LiteBench bench;
  bench.registers.aw_stall = StallSource(Stall::Always(), Random(1));
  bench.registers.w_stall = StallSource(Stall::Always(), Random(1));
  bench.manager.Post(0, 1);
  bench.sim.Step(5);

  bench.sim.Reset();
  bench.registers.aw_stall.Set(Stall::Never());
  bench.registers.w_stall.Set(Stall::Never());
  bench.sim.Step(50);

  EXPECT_EQ(bench.manager.open_writes(), 0u);
  EXPECT_TRUE(bench.registers.writes.empty());
}

TEST(LiteManager, AnImpossibleConfigurationIsRefused) {
  NoDevice device;
  Simulation sim(device);
  LitePins pins;

  EXPECT_THROW(LiteManager(sim, pins, {.writes_in_flight = 0}), std::invalid_argument);
  EXPECT_THROW(LiteManager(sim, pins, {.writes_in_flight = LiteManager::kQueue + 1}),
               std::invalid_argument);
}

}  // namespace
}  // namespace tb
