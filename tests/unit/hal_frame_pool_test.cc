// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "hal/frame_pool.h"

namespace tb {
namespace {

constexpr uint64_t kBase = 0x8000'0000;
constexpr uint64_t kFrame = FramePool::kFrameBytes;

TEST(FramePool, HandsOutEachFrameOnceAndThenNoMore) {
  FramePool pool(kBase, 64 * kFrame, Random(1));
  std::set<uint64_t> seen;
  for (int i = 0; i < 32; ++i) {
    const auto two = pool.Allocate(2);
    ASSERT_TRUE(two);
    seen.insert(two->begin(), two->end());
  }

  EXPECT_EQ(seen.size(), 64u);
  EXPECT_EQ(*seen.begin(), kBase);
  EXPECT_EQ(*seen.rbegin(), kBase + 63 * kFrame);
  EXPECT_FALSE(pool.Allocate(1));
}

TEST(FramePool, ScattersNeighbours) {
  FramePool pool(kBase, 1024 * kFrame, Random(1));

  const auto frames = pool.Allocate(100);

  int side_by_side = 0;
  for (size_t i = 1; i < 100; ++i) side_by_side += (*frames)[i] == (*frames)[i - 1] + kFrame;
  EXPECT_LT(side_by_side, 10);
}

TEST(FramePool, ARunLiesSideBySideAlsoBetweenUsedFrames) {
  FramePool pool(kBase, 64 * kFrame, Random(3));
  const auto all = *pool.Allocate(64);
  for (uint64_t f = 20; f < 25; ++f) pool.Free(kBase + f * kFrame);
  pool.Free(kBase);
  pool.Free(kBase + 63 * kFrame);  // no neighbour of frame 0

  EXPECT_FALSE(pool.AllocateRun(6));
  const auto run = pool.AllocateRun(5);

  ASSERT_TRUE(run);
  for (uint64_t i = 0; i < 5; ++i) EXPECT_EQ((*run)[i], kBase + (20 + i) * kFrame);
  EXPECT_FALSE(pool.AllocateRun(2));
  EXPECT_EQ(pool.free_count(), 2u);
}

TEST(FramePool, RefusesAFrameThatIsNotInUse) {
  FramePool pool(kBase, 4 * kFrame, Random(1));
  const uint64_t frame = (*pool.Allocate(1))[0];
  pool.Free(frame);

  EXPECT_THROW(pool.Free(frame), std::logic_error);
  EXPECT_THROW(pool.Free(kBase + 4 * kFrame), std::logic_error);
  EXPECT_THROW(pool.Free(0), std::logic_error);
}

}  // namespace
}  // namespace tb
