// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// FILL and STRIDE from the driver's call to the bytes: patterns, rectangles, and nothing between
// their rows.

#include "rows_fixture.h"

namespace tb {
namespace {

// ---- Memset ----

class MemsetTest : public SgdmaTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(MemsetTest, RepeatsItsPatternFromTheFirstByteOverEveryCut) {
  const uint32_t bytes = GetParam();
  const Buffer dst = host().Map(bytes);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), dst.iova(), 0x4433'2211, bytes, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);

  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Repeat(0x4433'2211, bytes));
  EXPECT_EQ(platform().monitor.id(0).read_bursts, 0u) << "a pattern has no source";
}

INSTANTIATE_TEST_SUITE_P(Lengths, MemsetTest,
                         testing::Values(1u, 2u, 3u, 4u, 7u, 4097u, 65535u, 65536u, 200'001u));

// ---- Rectangles ----

struct Shape {
  const char* name;
  Rectangle r;
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

class ShapeTest : public RowsTest, public testing::WithParamInterface<Shape> {
 protected:
  static constexpr size_t kBytes = 240'000;
};

TEST_P(ShapeTest, IsCopiedRowByRowAndNothingBetweenTheRowsIsTouched) {
  const Rectangle& r = GetParam().r;
  const Buffer src = host().Map(kBytes, Pattern::Random());
  const Buffer dst = host().Map(kBytes);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(r, dst, src));

  IssueAndServe(Cycles{2'000'000});

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(kBytes, r, src.bytes()));
}

TEST_P(ShapeTest, IsFilledEachRowFromTheFirstByteOfThePattern) {
  const Rectangle& r = GetParam().r;
  const Buffer dst = host().Map(kBytes);
  const sgdma_cookie_t cookie = PrepRows(FillOf(r, dst));

  IssueAndServe(Cycles{2'000'000});

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(kBytes, r, {}));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ShapeTest,
    testing::Values(Shape{"OneByte", {5, 9, 0, 0, 1, 1}},
                    Shape{"Sprite", {3, 1001, 64 * 4, 2560, 64 * 4, 64}},
                    Shape{"Column", {0, 0, 512, 300, 1, 400}},
                    Shape{"OddRows", {7, 11, 37, 53, 29, 100}},
                    Shape{"UpsideDown", {0, 99 * 160, 160, -160, 160, 100}},
                    Shape{"Backwards", {99 * 160, 0, -160, 160, 150, 100}},
                    Shape{"OneRowAgainAndAgain", {100, 200, 0, 333, 333, 50}},
                    Shape{"RowsOfWholePages", {4096, 8192, 4096, 8192, 4096, 20}},
                    Shape{"RowsLongerThanADescriptor", {1, 2, 70'001, 79'999, 70'000, 3}},
                    Shape{"MoreRowsThanAPair", {0, 0, 1, 3, 1, 70'000}}),
    [](const auto& info) { return std::string(info.param.name); });

// Rows that lie on each other: the younger wins.
TEST_F(RowsTest, OverlappingRowsOfAFillLeaveTheYoungest) {
  const Rectangle r{.dst = 10, .dst_stride = 3, .row_bytes = 50, .rows = 40};
  const Buffer dst = host().Map(1000);
  const sgdma_cookie_t cookie = PrepRows(FillOf(r, dst));

  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(1000, r, {}));
}

// ---- Rings ----

class PairRingTest : public RowsTest, public testing::WithParamInterface<uint32_t> {};

// Two slots each, in rings of four and eight, from every start index.
TEST_P(PairRingTest, PairsGoAroundTheRingAndLoseNothing) {
  Boot({.channel = {.sub_log2 = GetParam() % 2 == 0 ? uint8_t{2} : uint8_t{3}, .cpl_log2 = 2}});
  const Buffer src = host().Map(4000, Pattern::Random());
  const Buffer dst = host().Map(4000);
  Bytes want(4000, 0xEE);
  sgdma_cookie_t cookie = 0;
  for (uint32_t i = 0; i < GetParam() / 2; ++i) {
    ASSERT_EQ(sgdma_prep_nop(chan(), SGDMA_CPL, &cookie), SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
  }

  for (uint32_t i = 0; i < 20; ++i) {
    const sgdma_rows_t rows = {
        src.iova() + 200 * i, dst.iova() + 200 * i, 20, 20, 13, 10, false, 0};
    while (sgdma_prep_interleaved(chan(), &rows, SGDMA_CPL, &cookie) == SGDMA_AGAIN) {
      sgdma_poll(chan());
      sim().Step(20);
      ASSERT_LT(sim().now(), 200'000u);
    }
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  }
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  const Bytes from = src.bytes();
  for (size_t i = 0; i < 200; ++i) std::copy_n(from.begin() + 20 * i, 13, want.begin() + 20 * i);
  EXPECT_EQ(dst.bytes(), want);
}

INSTANTIATE_TEST_SUITE_P(StartIndex, PairRingTest, testing::Range(0u, 8u));

TEST_F(RowsTest, EachPairOfALongTransactionHasARecordWhenAsked) {
  const Rectangle r{.dst_stride = 70'000, .row_bytes = 66'000, .rows = 2};
  const Buffer dst = host().Map(140'000);
  const sgdma_cookie_t cookie = PrepRows(FillOf(r, dst), SGDMA_IRQ | SGDMA_CPL_EACH);

  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(platform().monitor.id(1).write_bursts, 2u) << "two columns, one record each";
  EXPECT_EQ(dst.bytes(), Image(140'000, r, {}));
}

// A fence on a pair holds back the whole of it.
TEST_F(RowsTest, AFencedRectangleReadsWhatTheOneBeforeHasWritten) {
  Boot({.platform = {.port = {.write_latency = Latency::Fixed(300)}}});
  const Buffer screen = host().Map(6400, {.direction = SGDMA_BIDIRECTIONAL});
  const Buffer dst = host().Map(6400);
  const Rectangle all{.src_stride = 64, .dst_stride = 64, .row_bytes = 64, .rows = 100};
  PrepRows(FillOf(all, screen), 0);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(all, dst, screen), SGDMA_FENCE | SGDMA_NOTIFY);

  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(6400, all, {}));
}

// ---- Memories of every temper ----

struct Temper {
  const char* name;
  MemoryPortConfig port;
};

void PrintTo(const Temper& temper, std::ostream* out) { *out << temper.name; }

class RowsOverMemoryTest : public RowsTest, public testing::WithParamInterface<Temper> {};

// Clears a screen, then puts a sprite on it upside down: writes of a channel are in order.
TEST_P(RowsOverMemoryTest, ABlitOverAClearedScreenIsExact) {
  Boot({.platform = {.port = GetParam().port}});
  const Rectangle sprite{.src = 63 * 40,
                         .dst = 2013,
                         .src_stride = -40,
                         .dst_stride = 200,
                         .row_bytes = 39,
                         .rows = 64};
  const Buffer src = host().Map(64 * 40, Pattern::Random());
  const Buffer dst = host().Map(20'000);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), dst.iova(), 0xEEEE'EEEE, 20'000, 0, &cookie), SGDMA_OK);
  cookie = PrepRows(CopyOf(sprite, dst, src));

  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(20'000, sprite, src.bytes()));
}

constexpr Stall kHalf{Stall::Kind::kRandom, 0.5};
constexpr Stall kLong{Stall::Kind::kBursts, 0.05, 1, 100};

INSTANTIATE_TEST_SUITE_P(Memories, RowsOverMemoryTest,
                         testing::Values(Temper{"AtOnce", {}},
                                         Temper{"Latency200",
                                                {.read_latency = Latency::Fixed(200),
                                                 .write_latency = Latency::Fixed(200)}},
                                         Temper{"Interleaved",
                                                {.read_latency = Latency::Uniform(1, 90),
                                                 .write_latency = Latency::Uniform(1, 90),
                                                 .ordering = Ordering::kInterleaved}},
                                         Temper{"StalledHalfTheTime",
                                                {.stall_ar = kHalf,
                                                 .stall_r = kHalf,
                                                 .stall_aw = kHalf,
                                                 .stall_w = kHalf,
                                                 .stall_b = kHalf}},
                                         Temper{"StalledInBursts",
                                                {.stall_ar = kLong,
                                                 .stall_r = kLong,
                                                 .stall_aw = kLong,
                                                 .stall_w = kLong,
                                                 .stall_b = kLong}},
                                         Temper{"AwAfterLastW",
                                                {.coupling = WriteCoupling::kAwAfterLastW}}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tb
