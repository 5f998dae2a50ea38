// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Random programs over random memories against the reference model (fault-cases B14, C1-C4, C7).

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "random_plan.h"

namespace tb {
namespace {

TEST(EngineRandom, GoodProgramsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("good programs", [] { PlayRandomPlan(false); }));
}

TEST(EngineRandom, ProgramsWithErrorsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("programs with errors", [] { PlayRandomPlan(true); }));
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
