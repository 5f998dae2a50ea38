// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Endless lists: periods from records and from POSITION, stops, and errors in the middle.

#include <deque>

#include "fixture.h"

namespace driver_test {
namespace {

using testing::ElementsAre;

struct Periods {
  std::vector<uint32_t> told;
  static void Callback(void* arg, sgdma_cookie_t, uint32_t periods) {
    static_cast<Periods*>(arg)->told.push_back(periods);
  }
};

class CyclicTest : public DriverTest {
 protected:
  // Arrays of these many descriptors each.
  void Arrays(std::initializer_list<size_t> sizes) {
    for (const size_t n : sizes) {
      memory.emplace_back(16 * n);
      arrays.push_back({});
      Map(memory.back(), SGDMA_SHARED, &arrays.back().mem);
    }
    cyclic = {
        arrays.data(), arrays.size(), Periods::Callback, &periods, SGDMA_NO_STREAM, 0, 0, 0, 0, 0};
  }
  // n periods of `period_bytes` bytes.
  std::vector<sgdma_segment_t> Segments(uint32_t n) const {
    std::vector<sgdma_segment_t> list;
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t at = period_bytes * i;
      list.push_back({src.iova + at, dst.iova + at, period_bytes});
    }
    return list;
  }
  sgdma_cookie_t Start(uint32_t n, uint32_t flags) {
    const auto list = Segments(n);
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_cyclic(&chan, &cyclic, list.data(), n, flags, &cookie), SGDMA_OK);
    Listen(cookie);
    Issue();
    return cookie;
  }

  uint32_t period_bytes = 100;
  std::deque<std::vector<uint8_t>> memory;
  std::vector<sgdma_array_t> arrays;
  sgdma_cyclic_t cyclic = {};
  Periods periods;
};

TEST_F(CyclicTest, EachPeriodIsToldAndTheListDoesNotEnd) {
  config.interrupts = true;
  Open();
  Arrays({4});
  const sgdma_cookie_t cookie = Start(3, SGDMA_NOTIFY);
  engine.Run(1 + 3 + 1 + 2);  // LINK, a lap, the jump, two of the next lap

  EXPECT_THAT(periods.told, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(cyclic.periods, 5u);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  EXPECT_EQ(Destination(0, 300), Source(0, 300));
}

// A LINK in an array takes no flags; the period's entry does.
TEST_F(CyclicTest, FlagsGoToThePeriodsAndToTheRingsLink) {
  Open();
  Arrays({4});
  Start(3, SGDMA_NOTIFY | SGDMA_FENCE);
  const auto* entries = reinterpret_cast<const sgdma_desc_t*>(memory[0].data());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(entries[i].dst_hi_ctl >> 16, SGDMA_OP_COPY | SGDMA_CTL_IRQ | SGDMA_CTL_CPL);
  }
  EXPECT_EQ(entries[3].dst_hi_ctl >> 16, static_cast<uint32_t>(SGDMA_OP_LINK));
  EXPECT_EQ(entries[3].src_hi_len >> 16, 4u) << "all entries, the jump included";
  EXPECT_EQ(entries[3].dst_lo, static_cast<uint32_t>(arrays[0].mem.iova));
  EXPECT_EQ(engine.DescriptorCtl(0, 0),
            SGDMA_OP_LINK | SGDMA_CTL_PHASE | SGDMA_CTL_FENCE | SGDMA_CTL_IRQ | SGDMA_CTL_CPL);
}

TEST_F(CyclicTest, PeriodsFoundTogetherAreToldInOneCall) {
  Open();
  Arrays({4});
  Start(3, SGDMA_CPL);
  engine.Run(1 + 3 + 1 + 1);
  sgdma_poll(&chan);
  EXPECT_THAT(periods.told, ElementsAre(4));
}

TEST_F(CyclicTest, WithoutRecordsThePeriodsAreCountedFromThePosition) {
  Open();
  Arrays({4});
  Start(3, SGDMA_IRQ);
  engine.Run(1 + 2);
  sgdma_poll(&chan);
  engine.Run(1 + 1 + 2);
  sgdma_poll(&chan);
  sgdma_poll(&chan);
  EXPECT_THAT(periods.told, ElementsAre(2, 5));
  EXPECT_EQ(engine.channel(0).cpl_index, 0u);
}

TEST_F(CyclicTest, APositionInterruptTellsThePeriodAndReadsNoHead) {
  config.interrupts = true;
  Open();
  Arrays({4});
  Start(3, SGDMA_IRQ);
  const uint32_t before = engine.head_reads;
  engine.Run(1 + 1);
  EXPECT_THAT(periods.told, ElementsAre(1));
  EXPECT_LE(engine.head_reads, before + 1) << "one for the transaction without a record";
}

// The index of records counts modulo 65,535, and no lap is a divisor of it.
TEST_F(CyclicTest, CountingGoesOnOverTheWrapOfTheIndex) {
  period_bytes = 1;
  Open();
  Arrays({5});
  Start(4, SGDMA_CPL);
  engine.Run(1);
  for (int i = 0; i < 7000; ++i) {
    engine.Run(10);  // two laps
    sgdma_poll(&chan);
  }
  EXPECT_EQ(cyclic.periods, 56000u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

TEST_F(CyclicTest, PositionsGoOnOverTheWrapOfTheIndex) {
  period_bytes = 1;
  Open();
  Arrays({5});
  Start(4, SGDMA_IRQ);
  engine.Run(1);
  for (int i = 0; i < 5; ++i) {
    engine.Run(5 * 13000);
    sgdma_poll(&chan);
  }
  EXPECT_EQ(cyclic.periods, 5u * 4u * 13000u);
}

TEST_F(CyclicTest, PeriodsGoRoundThroughSeveralArrays) {
  Open();
  Arrays({2, 3, 9});
  Start(5, SGDMA_CPL);  // 1 + 2 + 2 of the 8 the last one has room for
  engine.Run(1 + 2 + 3 + 3 + 2);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 6u);
  EXPECT_EQ(Destination(0, 500), Source(0, 500));
}

// ---- Stops

TEST_F(CyclicTest, EndListStopsCleanlyAtTheEndOfTheArray) {
  Open();
  Arrays({4});
  const sgdma_cookie_t cookie = Start(3, SGDMA_CPL);
  const sgdma_cookie_t next = Copy(5000, 5000, 8);
  Issue();
  engine.Run(1 + 4 + 1);
  ASSERT_EQ(sgdma_end_list(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, next, 20), SGDMA_OK);

  EXPECT_EQ(cyclic.periods, 6u);
  EXPECT_EQ(periods.told.back(), 6u) << "told before the end";
  EXPECT_THAT(heard.ends, ElementsAre(std::pair{cookie, SGDMA_COMPLETE}));
  EXPECT_EQ(sgdma_status(&chan, next), SGDMA_COMPLETE);
}

TEST_F(CyclicTest, EndListEndsAListWithoutRecordsToo) {
  Open();
  Arrays({2, 2, 2});
  const sgdma_cookie_t cookie = Start(3, 0);
  engine.Run(1 + 2);
  ASSERT_EQ(sgdma_end_list(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 20), SGDMA_OK);
  EXPECT_THAT(heard.ends, ElementsAre(std::pair{cookie, SGDMA_COMPLETE}));
}

TEST_F(CyclicTest, TerminateCutsTheListAndTheArraysCanBeUsedAnew) {
  Open();
  Arrays({4});
  const sgdma_cookie_t cookie = Start(3, SGDMA_CPL);
  engine.Run(1 + 2);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_THAT(periods.told, ElementsAre(2));
  EXPECT_THAT(heard.ends, ElementsAre(std::pair{cookie, SGDMA_TERMINATED}));

  Start(3, SGDMA_CPL);
  engine.Run(1 + 1);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 1u) << "counted anew";
}

struct Stopper {
  sgdma_chan_t* chan;
  uint32_t calls = 0;
  sgdma_result_t result = SGDMA_BUSY;
};

// Row E8: from the period's callback.
TEST_F(CyclicTest, APeriodCallbackMayTerminate) {
  config.interrupts = true;
  Open();
  Arrays({4});
  Stopper stopper{&chan};
  cyclic.arg = &stopper;
  cyclic.on_period = [](void* arg, sgdma_cookie_t, uint32_t) {
    auto* s = static_cast<Stopper*>(arg);
    ++s->calls;
    s->result = sgdma_terminate(s->chan);
  };
  const sgdma_cookie_t cookie = Start(3, SGDMA_NOTIFY);
  engine.Run(20);
  EXPECT_EQ(stopper.result, SGDMA_OK);
  EXPECT_EQ(stopper.calls, 1u);
  EXPECT_THAT(heard.ends, ElementsAre(std::pair{cookie, SGDMA_TERMINATED}));
}

// Row E8.
TEST_F(CyclicTest, APeriodCallbackMayReleaseTheChannel) {
  config.interrupts = true;
  Open();
  Arrays({4});
  cyclic.arg = &chan;
  cyclic.on_period = [](void* arg, sgdma_cookie_t, uint32_t) {
    EXPECT_EQ(sgdma_chan_release(static_cast<sgdma_chan_t*>(arg)), SGDMA_OK);
  };
  Start(3, SGDMA_NOTIFY);
  engine.Run(20);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_FREE);
  EXPECT_TRUE(heard.ends.empty());
}

// ---- Errors

class CyclicError : public CyclicTest, public testing::WithParamInterface<uint32_t> {
 protected:
  // Period 1 of the second lap fails at its byte 30.
  void Fail() {
    Open();
    Arrays({4});
    cookie = Start(3, GetParam());
    engine.Run(1 + 3 + 1 + 1);
    engine.errors[src.iova + 130] = SGDMA_FAULT_SLVERR;
    engine.Run(2);
    for (int i = 0; i < 2; ++i) sgdma_poll(&chan);
  }
  sgdma_cookie_t cookie = 0;
};

TEST_P(CyclicError, NamesEntryAndBytesOfTheLap) {
  Fail();
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().index, 5);
  EXPECT_EQ(Fault().bytes, 30u);
  EXPECT_EQ(Fault().tx_bytes, 130u);
  EXPECT_EQ(cyclic.periods, 4u);
}

TEST_P(CyclicError, RetryGoesOnWithoutLosingAPeriod) {
  Fail();
  engine.errors.clear();
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  engine.Run(2);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 6u);
}

TEST_P(CyclicError, SkipLeavesThePeriodOutAndCountsIt) {
  Fail();
  engine.errors.clear();
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  EXPECT_EQ(cyclic.periods, 5u);
  engine.Run(1);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 6u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

// The entry is run again in the next lap, so it can not be shortened.
TEST_P(CyclicError, RetryRestIsUnsupportedAndChangesNothing) {
  Fail();
  const std::vector<uint8_t> before = memory[0];
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_UNSUPPORTED);
  EXPECT_EQ(memory[0], before);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
}

INSTANTIATE_TEST_SUITE_P(Flags, CyclicError, testing::Values(SGDMA_CPL, SGDMA_IRQ));

TEST_F(CyclicTest, UnderContinueAFailedPeriodCountsAndTheListGoesOn) {
  config.policy = SGDMA_CONTINUE;
  Open();
  Arrays({4});
  engine.errors[src.iova + 130] = SGDMA_FAULT_SLVERR;
  engine.passing_errors.insert(src.iova + 130);
  const sgdma_cookie_t cookie = Start(3, SGDMA_CPL);
  engine.Run(1 + 3 + 1 + 3);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 6u);
  EXPECT_EQ(Fault().index, 1);
  ASSERT_EQ(sgdma_end_list(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 20), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR) << "one of its periods failed";
}

// ---- Residue

TEST_F(CyclicTest, TheResidueIsWhatIsLeftOfTheLap) {
  Open();
  Arrays({2, 3});
  const sgdma_cookie_t cookie = Start(3, SGDMA_CPL);
  engine.Run(1 + 2 + 3 + 2 + 1);  // a lap, then period 0, its jump, and period 1
  engine.forced[4096 + SGDMA_CH_POS_BYTES] = 40;
  uint64_t left = 0;
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 60u);
}

// ---- Bad input

TEST_F(CyclicTest, ListsThatCanNotGoRoundAreRefused) {
  Open();
  Arrays({4});
  auto list = Segments(4);
  sgdma_cookie_t cookie = 0;
  const auto prep = [&](size_t n, uint32_t flags = SGDMA_CPL) {
    return sgdma_prep_cyclic(&chan, &cyclic, list.data(), n, flags, &cookie);
  };
  EXPECT_EQ(prep(4), SGDMA_TOO_LONG) << "no entry is left for the jump";
  EXPECT_EQ(prep(0), SGDMA_BAD_LENGTH);
  EXPECT_EQ(prep(3, SGDMA_CPL_EACH), SGDMA_BAD_ARGUMENT);
  list[1].len = 65536;
  EXPECT_EQ(prep(3), SGDMA_BAD_LENGTH) << "a period is one entry";
  list[1].len = 0;
  EXPECT_EQ(prep(3), SGDMA_BAD_LENGTH);
  list[1] = {0, dst.iova, 8};
  EXPECT_EQ(prep(3), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(sgdma_prep_cyclic(&chan, nullptr, list.data(), 1, 0, &cookie), SGDMA_BAD_ARGUMENT);
  cyclic.n_arrays = 0;
  EXPECT_EQ(prep(1), SGDMA_BAD_ARGUMENT);
  cyclic.n_arrays = 1;
  dev.caps.features &= ~SGDMA_GLB_CAP3_POSITION_MASK;
  EXPECT_EQ(prep(1, SGDMA_IRQ), SGDMA_UNSUPPORTED) << "nothing to count periods from";
  EXPECT_EQ(prep(1, SGDMA_CPL), SGDMA_OK);
  dev.caps.features &= ~SGDMA_GLB_CAP3_LINK_MASK;
  EXPECT_EQ(prep(1), SGDMA_UNSUPPORTED);
  EXPECT_EQ(sgdma_room(&chan), 14u);
}

// ---- Row E12

class AbsurdPeriod : public CyclicTest {
 protected:
  void ExpectBroken(sgdma_fault_code_t code) {
    sgdma_poll(&chan);
    EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
    EXPECT_EQ(Fault().code, code) << sgdma_fault_name(Fault().code);
    EXPECT_TRUE(periods.told.empty());
    engine.forced.clear();
    ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  }
};

TEST_F(AbsurdPeriod, ARecordOfALaterPeriodThanTheNext) {
  Open();
  Arrays({4});
  Start(3, SGDMA_CPL);
  engine.PostRecord(0, FakeEngine::Record(0, 100, 0, 0, 1));
  ExpectBroken(SGDMA_FAULT_RECORD_MISSING);
}

TEST_F(AbsurdPeriod, ARecordOfTheJump) {
  Open();
  Arrays({2});
  Start(1, SGDMA_CPL);
  engine.PostRecord(0, FakeEngine::Record(0, 100, 0, 0, 0));
  sgdma_poll(&chan);
  ASSERT_EQ(cyclic.periods, 1u);
  periods.told.clear();
  engine.PostRecord(0, FakeEngine::Record(0, 0, 0, 0, 1));
  ExpectBroken(SGDMA_FAULT_RECORD_FLAGS);
}

TEST_F(AbsurdPeriod, ASuccessThatWasNotAskedFor) {
  Open();
  Arrays({4});
  Start(3, SGDMA_IRQ);
  engine.PostRecord(0, FakeEngine::Record(0, 100, 0, 0, 0));
  ExpectBroken(SGDMA_FAULT_RECORD_FLAGS);
}

TEST_F(AbsurdPeriod, MoreBytesThanThePeriod) {
  Open();
  Arrays({4});
  Start(3, SGDMA_CPL);
  engine.PostRecord(0, FakeEngine::Record(0, 101, 0, 0, 0));
  ExpectBroken(SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(AbsurdPeriod, APositionOutsideOfWhatIsInFlight) {
  Open();
  Arrays({4});
  Start(3, SGDMA_IRQ);
  engine.forced[4096 + SGDMA_CH_POS_SLOT_INDEX] = 7;
  ExpectBroken(SGDMA_FAULT_POSITION_RANGE);
}

TEST_F(AbsurdPeriod, AnEndThatOwesItsRecord) {
  Open();
  Arrays({4});
  Start(3, SGDMA_CPL);
  engine.channel(0).head = 1;
  for (int i = 0; i < 63; ++i) sgdma_poll(&chan);
  ExpectBroken(SGDMA_FAULT_RECORD_MISSING);
}

}  // namespace
}  // namespace driver_test
