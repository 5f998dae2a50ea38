// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Random programs over random memories, streams and peripherals against the reference model
// (fault-cases B14, C1-C4, C7), and what of the engine they reach.
//
// Environment: SGDMA_SEED          EngineRandom.SeedOfTheEnvironment… plays this plan alone
//              SGDMA_COVERAGE_DOC  file in which EngineRandomCover renews its tables

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>

#include "random_plan.h"
#include "support/environment.h"

namespace tb {
namespace {

// "" or what was wrong, with the command that runs it again.
std::string PlayAndTell(uint64_t seed, bool hurt, Coverage* coverage) {
  try {
    PlaySeed(seed, hurt, coverage);
    return {};
  } catch (const std::exception& error) {
    return std::string(hurt ? "plan with errors" : "good plan") + ", seed " + std::to_string(seed) +
           ": " + error.what() + "\n  again: SGDMA_SEED=" + std::to_string(seed) +
           " build/check/bin/rtl_engine_test " +
           "--gtest_filter=EngineRandom.SeedOfTheEnvironmentMatchesTheReferenceModel";
  }
}

TEST(EngineRandom, GoodProgramsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("good programs", [] { PlayRandomPlan(false); }));
}

TEST(EngineRandom, ProgramsWithErrorsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("programs with errors", [] { PlayRandomPlan(true); }));
}

TEST(EngineRandom, SeedOfTheEnvironmentMatchesTheReferenceModel) {
  const uint64_t seed = NumberFromEnvironment("SGDMA_SEED", 1);
  for (const bool hurt : {false, true}) EXPECT_EQ(PlayAndTell(seed, hurt, nullptr), "");
}

TEST(EngineRandom, SameSeedIsTheSameTrace) {
  for (const bool hurt : {false, true}) {
    const Played first = PlaySeed(11, hurt);
    EXPECT_EQ(PlaySeed(11, hurt), first);
    EXPECT_NE(PlaySeed(12, hurt).trace, first.trace);
  }
}

// The same plans each time: what they reach does not depend on luck.
TEST(EngineRandomCover, EveryOpcodeFlagAndAlignmentClassIsReached) {
  constexpr uint64_t kSeeds = 40;
  Coverage coverage;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const bool hurt : {false, true}) ASSERT_EQ(PlayAndTell(seed, hurt, &coverage), "");
  }

  std::string missing;
  for (const std::string& name : coverage.Missing()) missing += "\n  " + name;
  EXPECT_EQ(missing, "");

  const char* const file = std::getenv("SGDMA_COVERAGE_DOC");
  if (file == nullptr) return;
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  const std::string begin = "<!-- coverage: begin -->\n";
  const size_t at = text.str().find(begin);
  ASSERT_NE(at, std::string::npos) << file << " has no place for the tables";
  std::ofstream(file) << text.str().substr(0, at) << begin << "\n"
                      << coverage.goals() << " classes, " << kSeeds
                      << " good plans and as many with errors.\n"
                      << coverage.Tables() << "\n<!-- coverage: end -->\n";
}

class EngineRandomLong : public ::testing::TestWithParam<unsigned> {};

// Twenty shards, each with random plans of its own (RC_PARAMS sets the seed of all).
TEST_P(EngineRandomLong, ManyProgramsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("many programs, shard " + std::to_string(GetParam()), [] {
    for (unsigned i = 0; i < GetParam(); ++i) *rc::gen::arbitrary<bool>();  // plans of its own
    for (unsigned i = 0; i < 4; ++i) PlayRandomPlan(i % 2 == 0);
  }));
}

INSTANTIATE_TEST_SUITE_P(Shards, EngineRandomLong, ::testing::Range(0u, 20u));

}  // namespace
}  // namespace tb
