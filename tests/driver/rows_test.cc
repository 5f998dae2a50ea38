// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// FILL and STRIDE: memset, rectangles, and what a failed pair means.

#include <string>
#include <tuple>

#include "fixture.h"

namespace driver_test {
namespace {

// What 32-bit pattern `p` writes into `bytes` bytes.
std::vector<uint8_t> Filled(uint32_t p, uint32_t bytes) {
  std::vector<uint8_t> out;
  for (uint32_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(p >> (8 * (i % 4))));
  return out;
}

// ---- memset

class MemsetTest : public DriverTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(MemsetTest, ThePatternGoesOnOverTheCuts) {
  Open();
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memset(&chan, dst.iova + 3, 0x44332211, GetParam(), SGDMA_CPL, &cookie),
            SGDMA_OK);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(3, GetParam()), Filled(0x44332211, GetParam()));
  EXPECT_EQ(Destination(3 + GetParam(), 1)[0], 0);
}

INSTANTIATE_TEST_SUITE_P(Lengths, MemsetTest,
                         testing::Values(1u, 5u, 65535u, 65536u, 131007u, 131008u));

TEST_F(DriverTest, AMemsetOfNothingOrNowhereOrWithoutFillIsRefused) {
  Open();
  sgdma_cookie_t cookie = 0;
  const auto prep = [&](uint64_t to, uint32_t bytes, uint32_t flags = 0) {
    return sgdma_prep_memset(&chan, to, 1, bytes, flags, &cookie);
  };
  EXPECT_EQ(prep(dst.iova, 0), SGDMA_BAD_LENGTH);
  EXPECT_EQ(prep(0, 8), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep((uint64_t{1} << 48) - 7, 8), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(prep(dst.iova, 8, 1u << 30), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(prep(dst.iova, 0xFFFFFFFF), SGDMA_TOO_LONG);
  dev.caps.features &= ~SGDMA_GLB_CAP3_FILL_MASK;
  EXPECT_EQ(prep(dst.iova, 8), SGDMA_UNSUPPORTED);
  EXPECT_EQ(sgdma_room(&chan), 15u);
}

// The pattern turns with the bytes that are done.
TEST_F(DriverTest, TheRestOfAMemsetGoesOnInThePattern) {
  Open();
  engine.errors[dst.iova + 6] = SGDMA_FAULT_SLVERR;
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memset(&chan, dst.iova, 0x44332211, 100, SGDMA_CPL, &cookie), SGDMA_OK);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(Fault().bytes, 6u);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_WRITE);
  engine.errors.clear();

  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  EXPECT_EQ(engine.Descriptor(0, 0).src_lo, 0x22114433u);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);

  EXPECT_EQ(Destination(0, 100), Filled(0x44332211, 100));
}

// ---- Rectangles

class RowsTest : public DriverTest {
 protected:
  // 5 rows of 10 bytes, 100 apart in the source and 50 in the destination.
  sgdma_rows_t Rectangle() const { return {src.iova, dst.iova, 100, 50, 10, 5, false, 0}; }

  sgdma_cookie_t Prep(const sgdma_rows_t& rows, uint32_t flags = SGDMA_CPL) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_interleaved(&chan, &rows, flags, &cookie), SGDMA_OK);
    return cookie;
  }
  sgdma_result_t Refuse(const sgdma_rows_t& rows, uint32_t flags = 0) {
    sgdma_cookie_t cookie = 0;
    const sgdma_result_t result = sgdma_prep_interleaved(&chan, &rows, flags, &cookie);
    EXPECT_EQ(cookie, 0u);
    return result;
  }
  void ExpectRows(uint32_t from, int from_stride, uint32_t to, int to_stride, uint32_t bytes,
                  int rows) {
    for (int r = 0; r < rows; ++r) {
      const auto at = static_cast<uint32_t>(static_cast<int>(to) + r * to_stride);
      const auto source = static_cast<uint32_t>(static_cast<int>(from) + r * from_stride);
      ASSERT_EQ(Destination(at, bytes), Source(source, bytes)) << "row " << r;
    }
  }
};

TEST_F(RowsTest, CopiesEachRowAndNothingBetweenThem) {
  Open();
  const sgdma_cookie_t cookie = Prep(Rectangle());
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 100, 0, 50, 10, 5);
  EXPECT_EQ(Destination(10, 40), std::vector<uint8_t>(40, 0));
}

TEST_F(RowsTest, NegativeStridesTurnARectangleOver) {
  Open();
  const sgdma_cookie_t cookie = Prep({src.iova, dst.iova + 4000, 10, -1000, 10, 5, false, 0});
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ExpectRows(0, 10, 4000, -1000, 10, 5);
}

TEST_F(RowsTest, EachRowOfAFillBeginsThePattern) {
  Open();
  const sgdma_cookie_t cookie = Prep({0, dst.iova, 1, 50, 7, 3, true, 0x44332211});
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  for (const uint32_t at : {0u, 50u, 100u}) {
    EXPECT_EQ(Destination(at, 7), Filled(0x44332211, 7));
  }
}

// A STRIDE takes no flags; fence and notification are the transfer's.
TEST_F(RowsTest, FlagsGoToTheTransferAndNoneToTheStride) {
  Open();
  Prep(Rectangle(), SGDMA_NOTIFY | SGDMA_FENCE | SGDMA_CPL_EACH);
  Issue();
  EXPECT_EQ(engine.DescriptorCtl(0, 0), SGDMA_OP_STRIDE | SGDMA_CTL_PHASE);
  EXPECT_EQ(engine.DescriptorLen(0, 0), 5u);
  EXPECT_EQ(engine.DescriptorCtl(0, 1),
            SGDMA_OP_COPY | SGDMA_CTL_PHASE | SGDMA_CTL_FENCE | SGDMA_CTL_IRQ | SGDMA_CTL_CPL);
  EXPECT_EQ(engine.DescriptorLen(0, 1), 10u);
}

// Only the first of several pairs waits, only the last notifies.
TEST_F(RowsTest, MoreThan65535RowsBecomeSeveralPairs) {
  Open();
  const sgdma_cookie_t cookie =
      Prep({src.iova, dst.iova, 1, 2, 1, 70000, false, 0}, SGDMA_CPL | SGDMA_FENCE);
  Issue();
  ASSERT_EQ(engine.channel(0).tail, 4u);
  EXPECT_EQ(engine.DescriptorCtl(0, 1) & SGDMA_CTL_FENCE, SGDMA_CTL_FENCE);
  EXPECT_EQ(engine.DescriptorCtl(0, 3) & (SGDMA_CTL_FENCE | SGDMA_CTL_CPL), SGDMA_CTL_CPL);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 1, 0, 2, 1, 70000);
}

TEST_F(RowsTest, RowsLongerThanADescriptorAreDoneInColumns) {
  Open();
  const sgdma_cookie_t cookie = Prep({src.iova, dst.iova, 70000, 70001, 66000, 3, false, 0});
  Issue();
  EXPECT_EQ(engine.channel(0).tail, 4u);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 70000, 0, 70001, 66000, 3);
}

TEST_F(RowsTest, ColumnsOfAFillKeepThePattern) {
  Open();
  const sgdma_cookie_t cookie = Prep({0, dst.iova, 0, 70000, 66001, 2, true, 0x44332211});
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(Destination(70000, 66001), Filled(0x44332211, 66001));
}

// Row E9, for rectangles.
TEST_F(RowsTest, RectanglesThatCanNotWorkAreRefused) {
  Open();
  const auto with = [&](auto change) {
    sgdma_rows_t rows = Rectangle();
    change(rows);
    return Refuse(rows);
  };
  const int64_t limit = int64_t{1} << 48;
  EXPECT_EQ(with([](auto& r) { r.rows = 0; }), SGDMA_BAD_LENGTH);
  EXPECT_EQ(with([](auto& r) { r.row_bytes = 0; }), SGDMA_BAD_LENGTH);
  EXPECT_EQ(with([](auto& r) { r.src = 0; }), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(with([](auto& r) { r.dst = 0; }), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(with([&](auto& r) { r.dst = limit - 5; }), SGDMA_BAD_ADDRESS) << "first row";
  EXPECT_EQ(with([&](auto& r) { r.dst = limit - 209; }), SGDMA_BAD_ADDRESS) << "last row";
  EXPECT_EQ(with([](auto& r) { r.src = 400, r.src_stride = -100; }), SGDMA_BAD_ADDRESS)
      << "last row at address 0";
  EXPECT_EQ(with([](auto& r) { r.src = 300, r.src_stride = -100; }), SGDMA_BAD_ADDRESS)
      << "last row below address 0";
  EXPECT_EQ(with([&](auto& r) { r.src_stride = limit / 2; }), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(with([&](auto& r) { r.dst_stride = -limit / 2 - 1; }), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(with([&](auto& r) { r.dst_stride = INT64_MIN; }), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(with([&](auto& r) { r.rows = 0xFFFFFFFF, r.dst_stride = limit / 2 - 1; }),
            SGDMA_BAD_ADDRESS);
  EXPECT_EQ(with([&](auto& r) { r.rows = 8 * 65535, r.src_stride = r.dst_stride = 0; }),
            SGDMA_TOO_LONG);
  EXPECT_EQ(Refuse(Rectangle(), 1u << 30), SGDMA_BAD_ARGUMENT);
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(sgdma_prep_interleaved(&chan, nullptr, 0, &cookie), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_room(&chan), 15u) << "nothing is queued";
}

TEST_F(RowsTest, TheLastReachableRectangleIsTaken) {
  Open();
  sgdma_rows_t rows = Rectangle();
  rows.dst = (uint64_t{1} << 48) - 210;  // its last byte is the last there is
  Prep(rows, 0);
  EXPECT_EQ(sgdma_room(&chan), 13u);
}

TEST_F(RowsTest, WhatIsNotBuiltIsUnsupported) {
  Open();
  sgdma_rows_t rows = Rectangle();
  rows.fill = true;
  dev.caps.features &= ~SGDMA_GLB_CAP3_FILL_MASK;
  EXPECT_EQ(Refuse(rows), SGDMA_UNSUPPORTED);
  EXPECT_EQ(sgdma_room(&chan), 15u);
  Prep(Rectangle(), 0);
  dev.caps.features &= ~SGDMA_GLB_CAP3_STRIDE_MASK;
  EXPECT_EQ(Refuse(Rectangle()), SGDMA_UNSUPPORTED);
}

// With room for one slot nothing of the pair is queued, so no STRIDE waits alone.
TEST_F(RowsTest, APairIsNeverSplitByAFullRing) {
  Open(2, 4);
  Copy(0, 0, 8);
  Copy(0, 0, 8);
  EXPECT_EQ(Refuse(Rectangle()), SGDMA_AGAIN);
  EXPECT_EQ(sgdma_room(&chan), 1u);
}

// Row E7: the pair lies over the end of the ring.
class RowsWrap : public RowsTest, public testing::WithParamInterface<int> {};

TEST_P(RowsWrap, APairCrossesTheEndOfTheRing) {
  Open(2, 3);
  for (int i = 0; i < GetParam(); ++i) {
    const sgdma_cookie_t cookie = Copy(0, 0, 1);
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  }
  for (uint32_t round = 0; round < 6; ++round) {
    sgdma_rows_t rows = Rectangle();
    rows.src += round * 1000, rows.dst += round * 1000;
    const sgdma_cookie_t cookie = Prep(rows, round % 2 == 0 ? SGDMA_CPL : 0);
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
    ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
    ExpectRows(round * 1000, 100, round * 1000, 50, 10, 5);
  }
}

INSTANTIATE_TEST_SUITE_P(StartIndices, RowsWrap, testing::Range(0, 4));

// ---- Errors of a pair

class FailedPair : public RowsTest, public testing::WithParamInterface<int> {
 protected:
  // Slot `GetParam()` is the STRIDE. Byte 3 of row 2 can not be read.
  void Fail(uint32_t flags = SGDMA_CPL, bool fill = false) {
    Open(2, 4);
    for (int i = 0; i < GetParam(); ++i) {
      const sgdma_cookie_t before = Copy(9000, 9000, 1);
      Issue();
      ASSERT_EQ(sgdma_wait(&chan, before, 10), SGDMA_OK);
    }
    sgdma_rows_t rows = Rectangle();
    rows.fill = fill;
    rows.pattern = 0x44332211;
    if (fill) {
      engine.errors[dst.iova + 103] = SGDMA_FAULT_SLVERR;
    } else {
      engine.errors[src.iova + 203] = SGDMA_FAULT_SLVERR;
    }
    cookie = Prep(rows, flags);
    Issue();
    engine.Run(2);
    for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  }
  sgdma_cookie_t cookie = 0;
};

TEST_P(FailedPair, NamesTheTransferAndTheBytesOfAllItsRows) {
  Fail();
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(Fault().slot, (GetParam() + 1) % 4);
  EXPECT_EQ(Fault().bytes, 23u);
  EXPECT_EQ(Fault().tx_bytes, 23u);
  EXPECT_EQ(Fault().iova, src.iova + 203);
  EXPECT_EQ(sgdma_room(&chan), 1u) << "head stands on the STRIDE";
}

TEST_P(FailedPair, RetryRunsThePairFromItsFirstRow) {
  Fail();
  engine.errors.clear();
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 100, 0, 50, 10, 5);
}

TEST_P(FailedPair, RetryRestLeavesOutWholeRows) {
  Fail();
  engine.errors.clear();
  dst_bytes[59] ^= 0xFF;   // row 1: proven, not to be written again
  dst_bytes[100] ^= 0xFF;  // row 2: begun, so it is done again
  ASSERT_EQ(sgdma_sync_for_device(&dev, &dst, 0, 200), SGDMA_OK);

  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  EXPECT_EQ(engine.DescriptorLen(0, static_cast<uint32_t>(GetParam()) % 4), 3u);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);

  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_NE(Destination(59, 1), Source(109, 1));
  ExpectRows(200, 100, 100, 50, 10, 3);
}

TEST_P(FailedPair, RetryRestOfAFillLeavesItsPatternAlone) {
  Fail(SGDMA_CPL, true);
  engine.errors.clear();
  ASSERT_EQ(Fault().bytes, 23u);
  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(100, 10), Filled(0x44332211, 10));
  EXPECT_EQ(Destination(200, 10), Filled(0x44332211, 10));
}

TEST_P(FailedPair, SkipGoesOnBehindBothSlots) {
  Fail(0);
  const sgdma_cookie_t next = Copy(5000, 5000, 8);
  Issue();
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, next, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(&chan, next), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(150, 10), std::vector<uint8_t>(10, 0));
}

INSTANTIATE_TEST_SUITE_P(Slots, FailedPair, testing::Values(0, 1, 3));

// The engine can not know that it was a STRIDE, and would run the transfer alone.
class UnreadStride : public RowsTest,
                     public testing::WithParamInterface<std::tuple<int, uint32_t>> {
 protected:
  // The STRIDE is in slot `Slot()`; the pair asks for what `Flags()` say.
  uint32_t Slot() const { return static_cast<uint32_t>(std::get<0>(GetParam())); }
  uint32_t Flags() const { return std::get<1>(GetParam()); }
  void Fail() {
    Open(2, 4);
    for (uint32_t i = 0; i < Slot(); ++i) {
      const sgdma_cookie_t before = Copy(9000, 9000, 1);
      Issue();
      ASSERT_EQ(sgdma_wait(&chan, before, 10), SGDMA_OK);
    }
    stride_iova = config.sub_ring.iova + 16 * Slot();
    engine.errors[stride_iova] = SGDMA_FAULT_SLVERR;
    cookie = Prep(Rectangle(), Flags());
    Listen(cookie);
    Issue();
    engine.Run(2);
    for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
    ASSERT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
    ASSERT_EQ(Fault().where, SGDMA_WHERE_DESC);
    ASSERT_EQ(Fault().slot, Slot());
  }
  uint64_t stride_iova = 0;
  sgdma_cookie_t cookie = 0;
};

TEST_P(UnreadStride, IsSkippedWithItsTransferAndTheNextJobIsExact) {
  Fail();
  const sgdma_cookie_t next = Copy(5000, 5000, 8);
  Listen(next);
  Issue();
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, next, 10), SGDMA_OK);

  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookie, SGDMA_ERROR},
                                               std::pair{next, SGDMA_COMPLETE}));
  EXPECT_EQ(Destination(0, 250), std::vector<uint8_t>(250, 0)) << "not one row of it";
  EXPECT_EQ(Destination(5000, 8), Source(5000, 8));
}

TEST_P(UnreadStride, RetryRunsAllItsRows) {
  Fail();
  engine.errors.clear();
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 100, 0, 50, 10, 5);
}

// STATE said that it is legal, COMMAND disagrees.
TEST_P(UnreadStride, ASkipThatIsRefusedLeavesThePairWhole) {
  Fail();
  engine.refuse_skip = true;
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_REFUSED);
  engine.errors.clear();
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 100, 0, 50, 10, 5);
}

TEST_P(UnreadStride, ItsLeftOutTransferMayFailToBeReadToo) {
  Fail();
  engine.errors.clear();
  const uint64_t transfer_iova = config.sub_ring.iova + 16 * ((Slot() + 1) % 4);
  engine.errors[transfer_iova] = SGDMA_FAULT_DECERR;
  engine.passing_errors.insert(transfer_iova);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  engine.Run(2);
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  ASSERT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(Fault().slot, (Slot() + 1) % 4);
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Destination(0, 250), std::vector<uint8_t>(250, 0));
}

INSTANTIATE_TEST_SUITE_P(SlotsAndFlags, UnreadStride,
                         testing::Combine(testing::Values(0, 1, 3),
                                          testing::Values(uint32_t{0}, uint32_t{SGDMA_CPL},
                                                          uint32_t{SGDMA_CPL_EACH})));

// Only the pair that could not be read is left out; the columns behind it are done.
TEST_F(RowsTest, TheOtherPairsOfASkippedTransactionRun) {
  Open();
  engine.errors[config.sub_ring.iova] = SGDMA_FAULT_SLVERR;
  const sgdma_cookie_t cookie = Prep({src.iova, dst.iova, 70000, 70001, 66000, 3, false, 0});
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Destination(0, 65472), std::vector<uint8_t>(65472, 0));
  ExpectRows(65472, 70000, 65472, 70001, 528, 3);
}

// A failed DIRECT copy says slot 0 too.
TEST_F(RowsTest, APairBehindASkippedDirectCopyIsLeftAlone) {
  Open();
  engine.errors[src.iova + 9000] = SGDMA_FAULT_SLVERR;
  sgdma_cookie_t direct = 0;
  ASSERT_EQ(sgdma_direct_copy(&chan, dst.iova + 9000, src.iova + 9000, 8, 0, &direct), SGDMA_OK);
  const sgdma_cookie_t cookie = Prep(Rectangle());
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, direct, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  ExpectRows(0, 100, 0, 50, 10, 5);
}

TEST_F(RowsTest, APairThatIsWhollyProvenBecomesNothing) {
  Open();
  const sgdma_cookie_t cookie = Prep(Rectangle());
  Issue();
  engine.PostRecord(0, FakeEngine::Record(1, 50, SGDMA_FAULT_SLVERR, SGDMA_WHERE_READ));
  engine.channel(0).state = SGDMA_CH_STATE_STATE_HALTED;
  engine.channel(0).retry_legal = true;
  sgdma_poll(&chan);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 250), std::vector<uint8_t>(250, 0));
}

TEST_F(RowsTest, UnderContinueTheNextTransactionRunsBehindAFailedPair) {
  config.policy = SGDMA_CONTINUE;
  Open();
  engine.errors[src.iova + 203] = SGDMA_FAULT_SLVERR;
  const sgdma_cookie_t cookie = Prep(Rectangle());
  const sgdma_cookie_t next = Copy(5000, 5000, 8);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, next, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(&chan, next), SGDMA_COMPLETE);
}

// Software wrote over the ring: the STRIDE is bad, its transfer is passed over.
TEST_F(RowsTest, ABadStrideIsReportedAtItsOwnSlotAndItsTransferIsSkipped) {
  Open();
  const sgdma_cookie_t cookie = Prep(Rectangle());
  reinterpret_cast<sgdma_desc_t*>(sub_bytes.data())[0].src_hi_len &= 0xFFFF;  // 0 rows
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_BAD_STRIDE);
  EXPECT_EQ(Fault().slot, 0);
  EXPECT_EQ(Fault().bytes, 0u);

  Listen(Copy(5000, 5000, 8));
  Issue();
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  engine.Run(3);
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
  ASSERT_EQ(heard.ends.size(), 1u);
  EXPECT_EQ(heard.ends[0].second, SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 250), std::vector<uint8_t>(250, 0));
}

// ---- Residue

TEST_F(RowsTest, TheResidueOfAPairCountsAllItsRows) {
  Open();
  const sgdma_cookie_t cookie = Prep(Rectangle());
  uint64_t left = 0;
  Issue();
  engine.forced[4096 + SGDMA_CH_POS_BYTES] = 23;
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 27u);
  engine.forced[4096 + SGDMA_CH_POS_BYTES] = 51;
  EXPECT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_DEVICE_FAULT);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_POSITION_RANGE);
}

// ---- Row E12: what a pair's record can not say

class AbsurdPairRecord : public RowsTest {
 protected:
  void ExpectBroken(const sgdma_record_t& record, sgdma_fault_code_t code) {
    Open();
    const sgdma_cookie_t cookie = Prep(Rectangle());
    Listen(cookie);
    Issue();
    engine.PostRecord(0, record);
    sgdma_poll(&chan);
    EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
    EXPECT_EQ(Fault().code, code) << sgdma_fault_name(Fault().code);
    EXPECT_TRUE(heard.ends.empty());
    ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  }
};

TEST_F(AbsurdPairRecord, MoreBytesThanAllRows) {
  ExpectBroken(FakeEngine::Record(1, 51, SGDMA_FAULT_SLVERR, SGDMA_WHERE_READ),
               SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(AbsurdPairRecord, ASuccessOfOneRowOnly) {
  ExpectBroken(FakeEngine::Record(1, 10), SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(AbsurdPairRecord, ASuccessOfTheStride) {
  ExpectBroken(FakeEngine::Record(0, 0), SGDMA_FAULT_RECORD_FLAGS);
}

TEST_F(AbsurdPairRecord, AStrideThatMovedBytes) {
  ExpectBroken(FakeEngine::Record(0, 1, SGDMA_FAULT_BAD_STRIDE, SGDMA_WHERE_DESC),
               SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(AbsurdPairRecord, AListEntryOfAPair) {
  ExpectBroken(FakeEngine::Record(1, 50, 0, 0, 0), SGDMA_FAULT_RECORD_INDEX);
}

}  // namespace
}  // namespace driver_test
