// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Bytes arrive: lengths, alignments, memories of every temper, long segments, lists.

#include "support/sgdma_test.h"

namespace tb {
namespace {

class CopyTest : public SgdmaTest {
 protected:
  // Queues a copy, waits for its interrupt, serves it.
  void CopyAndServe(const Buffer& dst, const Buffer& src) {
    sgdma_cookie_t cookie = 0;
    ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), src.size(), SGDMA_NOTIFY, &cookie),
              SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    ASSERT_TRUE(sim().RunUntilIrq(Cycles{500'000}));
    sgdma_handle_irq(chan());
    ASSERT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  }
};

TEST_F(CopyTest, MovesOneByteFromTheEndOfAPageToTheEndOfAnother) {
  const Buffer src = host().Map(1, Pattern::Random(), {.offset = 4095});
  const Buffer dst = host().Map(1, {.offset = 4095});

  CopyAndServe(dst, src);

  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(CopyTest, CutsASegmentLongerThanADescriptorCanSay) {
  constexpr uint32_t kBytes = 3 * 65535 + 1;
  const Buffer src = host().Map(kBytes, Pattern::Random());
  const Buffer dst = host().Map(kBytes);
  const uint32_t room = sgdma_room(chan());

  CopyAndServe(dst, src);

  EXPECT_EQ(dst.bytes(), src.bytes());
  EXPECT_GT(platform().monitor.total().write_bursts(), kBytes / 128u);
  EXPECT_EQ(sgdma_room(chan()), room) << "every descriptor of the cut segment has come back";
}

TEST_F(CopyTest, CopiesWithoutAnIommuToo) {
  Boot({.platform = {.iommu = false}});
  const Buffer src = host().Map(10'000, Pattern::Random());
  const Buffer dst = host().Map(10'000);

  CopyAndServe(dst, src);

  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(CopyTest, LearnsTheEndFromTheHeadRegisterWhenThereIsNoRecord) {
  const Buffer src = host().Map(700, Pattern::Random());
  const Buffer dst = host().Map(700);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), 700, 0, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(CopyTest, WritesARecordForEachSlotWhenAsked) {
  const Buffer src = host().Map(300, Pattern::Random());
  const Buffer dst = host().Map(300);
  const sgdma_segment_t list[] = {{src.iova(), dst.iova(), 100},
                                  {src.iova() + 100, dst.iova() + 100, 100},
                                  {src.iova() + 200, dst.iova() + 200, 100}};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(chan(), list, 3, SGDMA_IRQ | SGDMA_CPL_EACH, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{5000}));
  sgdma_handle_irq(chan());

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(platform().monitor.id(1).write_bursts, 3u) << "control id: one burst a record";
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(CopyTest, FollowsALinkedListOfTwoArraysLongerThanTheRing) {
  Boot({.channel = {.sub_log2 = 2}});
  constexpr size_t kEntries = 90;
  const Buffer src = host().Map(kEntries * 50, Pattern::Random());
  const Buffer dst = host().Map(kEntries * 50);
  Buffer first = host().Map(64 * 16, Pattern::Fill(0), {.offset = 64, .direction = SGDMA_SHARED});
  Buffer second = host().Map(64 * 16, Pattern::Fill(0), {.offset = 16, .direction = SGDMA_SHARED});
  sgdma_array_t arrays[2] = {{first.mapping(), 0, 0}, {second.mapping(), 0, 0}};
  std::vector<sgdma_segment_t> list;
  for (size_t i = 0; i < kEntries; ++i) {
    const size_t to = (i * 37) % kEntries;  // 37 and 90 share no factor: each place once
    list.push_back({src.iova() + to * 50, dst.iova() + to * 50, 50});
  }
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(chan(), arrays, 2, list.data(), list.size(), SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{20'000}));
  sgdma_handle_irq(chan());

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// ---- The same transfer over memories of every temper ----

struct Temper {
  const char* name;
  MemoryPortConfig port;
  bool posted_writes = false;
};

void PrintTo(const Temper& temper, std::ostream* out) { *out << temper.name; }

class CopyOverMemoryTest : public CopyTest, public testing::WithParamInterface<Temper> {};

TEST_P(CopyOverMemoryTest, ScatteredFragmentsArriveExactly) {
  Boot({.platform = {.port = GetParam().port, .hal = {.posted_writes = GetParam().posted_writes}}});
  constexpr uint32_t kSizes[] = {1, 4096, 2, 63, 64, 65, 129, 4095, 3, 8, 1000, 17};
  std::vector<Buffer> sources;
  std::vector<Buffer> destinations;
  std::vector<sgdma_segment_t> list;
  for (const uint32_t bytes : kSizes) {
    sources.push_back(host().Map(bytes, Pattern::Random()));
    destinations.push_back(host().Map(bytes));
    list.push_back({sources.back().iova(), destinations.back().iova(), bytes});
  }
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(chan(), list.data(), list.size(), SGDMA_NOTIFY, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{200'000}));
  sgdma_handle_irq(chan());

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  for (size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(destinations[i].bytes(), sources[i].bytes()) << "fragment " << i;
  }
}

constexpr Stall kHalf{Stall::Kind::kRandom, 0.5};
constexpr Stall kLong{Stall::Kind::kBursts, 0.05, 1, 100};

INSTANTIATE_TEST_SUITE_P(
    Memories, CopyOverMemoryTest,
    testing::Values(
        Temper{"AtOnce", {}}, Temper{"PostedRegisterWrites", {}, true},
        Temper{"Latency30",
               {.read_latency = Latency::Fixed(30), .write_latency = Latency::Fixed(30)}},
        Temper{"Latency200",
               {.read_latency = Latency::Fixed(200), .write_latency = Latency::Fixed(200)}},
        Temper{
            "DramRows",
            {.read_latency = Latency::DramRows(12, 50), .write_latency = Latency::Uniform(1, 90)}},
        Temper{"Reordered",
               {.read_latency = Latency::Uniform(1, 90), .ordering = Ordering::kReordered}},
        Temper{"Interleaved",
               {.read_latency = Latency::Uniform(1, 90), .ordering = Ordering::kInterleaved}},
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
        Temper{"AwAfterLastW", {.coupling = WriteCoupling::kAwAfterLastW}},
        Temper{"WAfterAw", {.coupling = WriteCoupling::kWAfterAw}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tb
