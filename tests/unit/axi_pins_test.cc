// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <set>

#include "axi/pins.h"
#include "axi/stall.h"

namespace tb {
namespace {

// The addresses of a burst by the formulas of the AXI specification (A3.4.1), byte by byte.
std::set<uint64_t> SpecBytes(const AxiAddress& a, unsigned beat) {
  const uint64_t bytes = uint64_t{1} << a.size;
  const uint64_t aligned = a.addr / bytes * bytes;
  uint64_t start = beat == 0 ? a.addr : aligned + beat * bytes;
  if (a.burst == kBurstFixed) start = a.addr;
  if (a.burst == kBurstWrap) {
    const uint64_t lower = a.addr / (bytes * Beats(a)) * (bytes * Beats(a));
    const uint64_t upper = lower + bytes * Beats(a);
    if (start >= upper) start -= bytes * Beats(a);
  }
  std::set<uint64_t> out;
  for (uint64_t at = start; at < start / bytes * bytes + bytes; ++at) out.insert(at);
  return out;
}

class BurstTest : public ::testing::TestWithParam<AxiBurst> {};

TEST_P(BurstTest, AddressesAndLanesFollowTheSpecification) {
  for (unsigned bus = 4; bus <= 64; bus *= 2) {
    for (uint8_t size = 0; (1u << size) <= bus; ++size) {
      for (uint64_t addr = 0x1000; addr < 0x1000 + 2 * bus; ++addr) {
        AxiAddress a{
            .addr = addr, .len = 7, .size = size, .burst = static_cast<uint8_t>(GetParam())};
        if (GetParam() == kBurstWrap) a.addr &= ~((uint64_t{1} << size) - 1);  // must be aligned
        for (unsigned beat = 0; beat < Beats(a); ++beat) {
          const std::set<uint64_t> bytes = SpecBytes(a, beat);
          uint64_t lanes = 0;
          for (uint64_t at : bytes) lanes |= uint64_t{1} << (at % bus);
          ASSERT_EQ(BeatAddress(a, beat), *bytes.begin())
              << "bus " << bus << " size " << +size << " beat " << beat;
          ASSERT_EQ(BeatLanes(a, beat, bus), lanes)
              << "bus " << bus << " size " << +size << " beat " << beat;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, BurstTest, ::testing::Values(kBurstFixed, kBurstIncr, kBurstWrap));

double StalledShare(const Stall& profile, int cycles = 100'000) {
  StallSource source(profile, Random(3));
  int stalled = 0;
  for (int i = 0; i < cycles; ++i) stalled += source.Next();
  return static_cast<double>(stalled) / cycles;
}

TEST(Stall, NeverAndAlwaysAreExact) {
  EXPECT_EQ(StalledShare(Stall::Never()), 0.0);
  EXPECT_EQ(StalledShare(Stall::Always()), 1.0);
}

TEST(Stall, RandomHoldsBackAsOftenAsAsked) {
  EXPECT_NEAR(StalledShare(Stall::Random(0.3)), 0.3, 0.01);
}

TEST(Stall, BurstsAreAsLongAsAsked) {
  StallSource source(Stall::Bursts(0.05, 10, 20), Random(5));
  int run = 0;
  int runs = 0;
  int longest = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (source.Next()) {
      ++run;
      continue;
    }
    if (run == 0) continue;
    ++runs;
    EXPECT_GE(run, 10);
    longest = std::max(longest, run);
    run = 0;
  }
  EXPECT_GT(runs, 100);
  // Two bursts may touch, so a run can be longer than one of them.
  EXPECT_GE(longest, 20);
}

TEST(Stall, SameSeedSameSequence) {
  StallSource a(Stall::Random(0.5), Random(9));
  StallSource b(Stall::Random(0.5), Random(9));

  for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.Next(), b.Next());
}

}  // namespace
}  // namespace tb
