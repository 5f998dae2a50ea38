// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// From segments to descriptors: cutting, guards, ring full, wrap, doorbells, linked lists.

#include <deque>
#include <string>

#include "fixture.h"

namespace driver_test {
namespace {

TEST_F(DriverTest, CopiesBytes) {
  Open();
  const sgdma_cookie_t cookie = Copy(3, 5, 1000);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  Issue();

  engine.Run(1);
  EXPECT_EQ(sgdma_poll(&chan), 1u);

  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(5, 1000), Source(3, 1000));
}

TEST_F(DriverTest, NothingReachesTheEngineBeforeIssuePending) {
  Open();
  Copy(0, 0, 8);
  engine.Run(5);
  EXPECT_EQ(engine.doorbells, 0u);
  EXPECT_EQ(engine.channel(0).head, 0u);
}

TEST_F(DriverTest, OneDoorbellIssuesTheWholeBatchAndNoneIsRungWithoutNews) {
  Open();
  for (int i = 0; i < 5; ++i) Copy(0, 0, 8);
  Issue();
  Issue();
  EXPECT_EQ(engine.doorbells, 1u);
  EXPECT_EQ(engine.channel(0).tail, 5u);
}

// One IRQ and one record at the end, one fence at the start.
TEST_F(DriverTest, FlagsGoToTheRightDescriptorOfAList) {
  Open();
  const sgdma_segment_t list[] = {
      {src.iova, dst.iova, 1}, {src.iova, dst.iova + 1, 2}, {src.iova, dst.iova + 3, 3}};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(&chan, list, 3, SGDMA_NOTIFY | SGDMA_FENCE, &cookie), SGDMA_OK);
  Issue();

  const uint32_t base = SGDMA_OP_COPY | SGDMA_CTL_PHASE;
  EXPECT_EQ(engine.DescriptorCtl(0, 0), base | SGDMA_CTL_FENCE);
  EXPECT_EQ(engine.DescriptorCtl(0, 1), base);
  EXPECT_EQ(engine.DescriptorCtl(0, 2), base | SGDMA_CTL_IRQ | SGDMA_CTL_CPL);
}

TEST_F(DriverTest, CplEachAsksForARecordOfEverySlot) {
  Open();
  const sgdma_segment_t list[] = {{src.iova, dst.iova, 1}, {src.iova, dst.iova + 1, 2}};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(&chan, list, 2, SGDMA_CPL_EACH, &cookie), SGDMA_OK);
  Issue();
  engine.Run(2);
  EXPECT_EQ(engine.channel(0).cpl_index, 2u);
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
}

// ---- Cutting

struct Cut {
  uint32_t bytes;
  uint32_t descriptors;
};
class CutTest : public DriverTest, public testing::WithParamInterface<Cut> {};

TEST_P(CutTest, LongSegmentsAreCutAndArriveWhole) {
  Open();
  const sgdma_cookie_t cookie = Copy(1, 2, GetParam().bytes);
  Issue();
  EXPECT_EQ(engine.channel(0).tail, GetParam().descriptors);
  engine.Run(10);
  sgdma_poll(&chan);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(2, GetParam().bytes), Source(1, GetParam().bytes));
}

// 65,472 = the most whole 64-byte words in 65,535.
INSTANTIATE_TEST_SUITE_P(Lengths, CutTest,
                         testing::Values(Cut{1, 1}, Cut{65535, 1}, Cut{65536, 2},
                                         Cut{65472 + 65535, 2}, Cut{65472 + 65536, 3},
                                         Cut{200000, 4}),
                         [](const auto& param) {
                           return std::to_string(param.param.bytes) + "Bytes";
                         });

// ---- Guards: nothing is queued

TEST_F(DriverTest, BadSegmentsAreRefusedAndQueueNothing) {
  Open();
  sgdma_cookie_t cookie = 0;
  const uint64_t limit = uint64_t{1} << 48;
  const auto prep = [&](sgdma_segment_t s) {
    const sgdma_segment_t list[] = {{src.iova, dst.iova, 8}, s};
    return sgdma_prep_sg(&chan, list, 2, 0, &cookie);
  };
  EXPECT_EQ(prep({src.iova, dst.iova, 0}), SGDMA_BAD_LENGTH);
  EXPECT_EQ(prep({0, dst.iova, 8}), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep({src.iova, 0, 8}), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep({limit, dst.iova, 8}), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep({src.iova, limit - 7, 8}), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep({UINT64_MAX, dst.iova, 8}), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep({src.iova, limit - 8, 8}), SGDMA_OK) << "the last byte can be reached";
  EXPECT_EQ(sgdma_room(&chan), 13u);
}

TEST_F(DriverTest, NullAndEmptyListsAndUnknownFlagsAreRefused) {
  Open();
  sgdma_cookie_t cookie = 0;
  const sgdma_segment_t one = {src.iova, dst.iova, 8};
  EXPECT_EQ(sgdma_prep_sg(&chan, nullptr, 1, 0, &cookie), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_prep_sg(&chan, &one, 0, 0, &cookie), SGDMA_BAD_LENGTH);
  EXPECT_EQ(sgdma_prep_sg(&chan, &one, 1, 1u << 31, &cookie), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_prep_sg(&chan, &one, 1, 0, nullptr), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_prep_sg(nullptr, &one, 1, 0, &cookie), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_room(&chan), 15u);
}

TEST_F(DriverTest, AListLongerThanTheRingIsTooLongAndNotAgain) {
  Open();
  const std::vector<sgdma_segment_t> list(16, {src.iova, dst.iova, 1});
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(sgdma_prep_sg(&chan, list.data(), 16, 0, &cookie), SGDMA_TOO_LONG);
  EXPECT_EQ(sgdma_prep_sg(&chan, list.data(), 15, 0, &cookie), SGDMA_OK);
}

// E7: full ring.
TEST_F(DriverTest, AFullRingSaysAgainAndHalfQueuesNothing) {
  Open();
  for (int i = 0; i < 14; ++i) Copy(0, 0, 8);
  const sgdma_segment_t two[] = {{src.iova, dst.iova, 1}, {src.iova, dst.iova, 1}};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(&chan, two, 2, 0, &cookie), SGDMA_AGAIN);
  EXPECT_EQ(cookie, 0u);
  EXPECT_EQ(sgdma_room(&chan), 1u);
  Issue();
  EXPECT_EQ(engine.channel(0).tail, 14u);

  engine.Run(1);
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_prep_sg(&chan, two, 2, 0, &cookie), SGDMA_OK);
}

TEST_F(DriverTest, AFullTransactionTableSaysAgain) {
  Open(4, 4, 1);
  Copy(0, 0, 8);
  Copy(0, 0, 8);
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(sgdma_prep_nop(&chan, 0, &cookie), SGDMA_AGAIN);
}

TEST_F(DriverTest, ACookieTheTableHasForgottenIsUnknown) {
  Open(4, 4, 0);
  const sgdma_cookie_t first = Copy(0, 0, 8);
  Issue();
  engine.Run(1);
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_status(&chan, first), SGDMA_COMPLETE);
  Copy(0, 0, 8);
  EXPECT_EQ(sgdma_status(&chan, first), SGDMA_UNKNOWN);
  EXPECT_EQ(sgdma_status(&chan, 0), SGDMA_UNKNOWN);
}

// E7, F7: the rings wrap at every start index, PHASE of both toggles.
class WrapTest : public DriverTest, public testing::WithParamInterface<int> {};

TEST_P(WrapTest, TransactionsCrossTheEndsOfBothRings) {
  Open(2, 3);
  for (int i = 0; i < GetParam(); ++i) {
    const sgdma_cookie_t cookie = Copy(0, 0, 1);
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  }
  for (uint32_t round = 0; round < 12; ++round) {
    const uint32_t at = 100 * round;
    const sgdma_segment_t list[] = {{src.iova + at, dst.iova + at, 33},
                                    {src.iova + at + 33, dst.iova + at + 33, 33},
                                    {src.iova + at + 66, dst.iova + at + 66, 34}};
    sgdma_cookie_t cookie = 0;
    ASSERT_EQ(sgdma_prep_sg(&chan, list, 3, SGDMA_NOTIFY, &cookie), SGDMA_OK);
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
    ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
    ASSERT_EQ(Destination(at, 100), Source(at, 100));
  }
}

INSTANTIATE_TEST_SUITE_P(StartIndices, WrapTest, testing::Range(0, 8));

// E7: index overflow at 2^16, largest ring.
TEST_F(DriverTest, TheLargestRingWrapsAtTwoToTheSixteen) {
  Open(16, 16, 0);
  sgdma_cookie_t cookie = 0;
  for (int batch = 0; batch < 5; ++batch) {
    const std::vector<sgdma_segment_t> list(20000, {src.iova, dst.iova, 1});
    ASSERT_EQ(sgdma_prep_sg(&chan, list.data(), list.size(), SGDMA_CPL, &cookie), SGDMA_OK);
    Issue();
    engine.Run(20000);
    sgdma_poll(&chan);
    ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  }
  EXPECT_EQ(engine.channel(0).head, 100000u % 65536u);
}

TEST_F(DriverTest, ANopEndsWhenEverythingBeforeItHasEnded) {
  Open();
  const sgdma_cookie_t copy = Copy(0, 0, 8, 0);
  sgdma_cookie_t nop = 0;
  ASSERT_EQ(sgdma_prep_nop(&chan, SGDMA_CPL, &nop), SGDMA_OK);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, nop, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, copy), SGDMA_COMPLETE);
}

// ---- Linked lists

class ListTest : public DriverTest {
 protected:
  // Arrays of these many descriptors each, in memory of their own.
  void Arrays(std::initializer_list<size_t> sizes) {
    for (const size_t n : sizes) {
      memory.emplace_back(16 * n);
      arrays.push_back({});
      Map(memory.back(), SGDMA_SHARED, &arrays.back().mem);
    }
  }
  std::vector<sgdma_segment_t> Fragments(uint32_t n, uint32_t bytes) {
    std::vector<sgdma_segment_t> list;
    for (uint32_t i = 0; i < n; ++i) {
      list.push_back({src.iova + i * bytes, dst.iova + i * bytes, bytes});
    }
    return list;
  }
  std::deque<std::vector<uint8_t>> memory;
  std::vector<sgdma_array_t> arrays;
};

TEST_F(ListTest, ALongListTakesOneSlotAndArrivesWhole) {
  Open();
  Arrays({4, 2, 10});
  const auto list = Fragments(14, 50);  // 3 + 1 + 10: all arrays full
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(&chan, arrays.data(), 3, list.data(), 14, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  Issue();
  EXPECT_EQ(engine.channel(0).tail, 1u);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 100), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 700), Source(0, 700));
}

TEST_F(ListTest, OneEntryTooManyIsTooLong) {
  Open();
  Arrays({4, 2, 10});
  const auto list = Fragments(15, 50);
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(sgdma_prep_list(&chan, arrays.data(), 3, list.data(), 15, 0, &cookie), SGDMA_TOO_LONG);
  EXPECT_EQ(sgdma_room(&chan), 15u);
}

TEST_F(ListTest, LongSegmentsAreCutAcrossArrays) {
  Open();
  Arrays({2, 2, 2});
  const sgdma_segment_t list[] = {{src.iova, dst.iova, 200000}};  // 4 pieces: 1 + 1 + 2
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(&chan, arrays.data(), 3, list, 1, SGDMA_CPL, &cookie), SGDMA_OK);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 100), SGDMA_OK);
  EXPECT_EQ(Destination(0, 200000), Source(0, 200000));
}

TEST_F(ListTest, BadArraysAreRefused) {
  Open();
  Arrays({4});
  const auto list = Fragments(2, 8);
  sgdma_cookie_t cookie = 0;
  const auto prep = [&](sgdma_array_t* a, size_t n, uint32_t flags = 0) {
    return sgdma_prep_list(&chan, a, n, list.data(), 2, flags, &cookie);
  };
  EXPECT_EQ(prep(nullptr, 1), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(prep(arrays.data(), 0), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(prep(arrays.data(), 1, SGDMA_CPL_EACH), SGDMA_BAD_ARGUMENT);
  sgdma_array_t bad = arrays[0];
  bad.mem.iova += 8;
  EXPECT_EQ(prep(&bad, 1), SGDMA_BAD_ADDRESS);
  bad = arrays[0];
  bad.mem.bytes = 16;
  EXPECT_EQ(prep(&bad, 1), SGDMA_BAD_ARGUMENT);
  bad = {};
  EXPECT_EQ(prep(&bad, 1), SGDMA_BAD_ARGUMENT);
  dev.caps.features &= ~SGDMA_GLB_CAP3_LINK_MASK;
  EXPECT_EQ(prep(arrays.data(), 1), SGDMA_UNSUPPORTED);
}

TEST_F(ListTest, AnErrorInAListNamesItsEntryAndTheProvenBytes) {
  Open();
  Arrays({4, 10});
  const auto list = Fragments(10, 100);
  engine.errors[src.iova + 530] = SGDMA_FAULT_SLVERR;  // transfer 5: entry 6, behind a jump
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(&chan, arrays.data(), 2, list.data(), 10, SGDMA_CPL, &cookie),
            SGDMA_OK);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 100), SGDMA_OK);

  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().index, 6);
  EXPECT_EQ(Fault().bytes, 30u);
  EXPECT_EQ(Fault().tx_bytes, 530u);
  EXPECT_EQ(Fault().iova, src.iova + 530);

  engine.errors.clear();
  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 100), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 1000), Source(0, 1000));
}

TEST_F(ListTest, ASkippedEntryFailsTheTransactionAndTheRestArrives) {
  Open();
  Arrays({8});
  const auto list = Fragments(4, 100);
  engine.errors[src.iova + 100] = SGDMA_FAULT_SLVERR;
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(&chan, arrays.data(), 1, list.data(), 4, SGDMA_CPL, &cookie), SGDMA_OK);
  Listen(cookie);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 100), SGDMA_OK);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 100), SGDMA_OK);

  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookie, SGDMA_ERROR}));
  EXPECT_EQ(Destination(0, 100), Source(0, 100));
  EXPECT_EQ(Destination(200, 200), Source(200, 200));
}

TEST_F(ListTest, TheResidueOfAListFollowsItsEntries) {
  Open();
  Arrays({4, 10});
  const auto list = Fragments(10, 100);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(&chan, arrays.data(), 2, list.data(), 10, SGDMA_CPL, &cookie),
            SGDMA_OK);
  Issue();
  engine.Run(1 + 3 + 1 + 2);  // LINK, three transfers, jump, two transfers
  engine.forced[4096 + SGDMA_CH_POS_BYTES] = 40;

  uint64_t left = 0;
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 460u);
}

}  // namespace
}  // namespace driver_test
