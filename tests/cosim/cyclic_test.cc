// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Endless lists: every period is counted, the clean stop, the cut, and errors on the way.

#include "support/sgdma_test.h"

namespace tb {
namespace {

// `n` periods of `each` bytes from one buffer to another, over and over.
class CyclicTest : public SgdmaTest {
 protected:
  struct Told {
    uint32_t periods = 0;
    uint32_t calls = 0;
    bool ended = false;
    bool told_behind_the_end = false;
  };

  void Map(uint32_t n, uint32_t each, size_t n_arrays = 1, const MapOptions& source = {}) {
    src = host().Map(n * each, Pattern::Random(), source);
    dst = host().Map(n * each);
    for (uint32_t i = 0; i < n; ++i) {
      periods.push_back({src->iova() + i * each, dst->iova() + i * each, each});
    }
    const size_t entries = (n + n_arrays - 1) / n_arrays + 1;
    arrays.resize(n_arrays);
    for (sgdma_array_t& array : arrays) {
      memory.push_back(
          host().Map(entries * 16, Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED}));
      array.mem = memory.back().mapping();
    }
    cyclic.arrays = arrays.data();
    cyclic.n_arrays = arrays.size();
    cyclic.arg = this;
    cyclic.on_period = [](void* arg, sgdma_cookie_t, uint32_t count) {
      auto& self = *static_cast<CyclicTest*>(arg);
      self.told.periods = count;
      ++self.told.calls;
      self.told.told_behind_the_end |= self.told.ended;
      if (self.each_period) self.each_period();
    };
  }
  void Start(uint32_t flags) {
    ASSERT_EQ(sgdma_prep_cyclic(chan(), &cyclic, periods.data(), periods.size(), flags, &cookie),
              SGDMA_OK);
    ASSERT_EQ(host().channel().SetCallback(
                  cookie, [this](sgdma_cookie_t, sgdma_tx_status_t) { told.ended = true; }),
              SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  }
  bool RunUntilTold(uint32_t count, Cycles limit = Cycles{200'000}) {
    return sim().RunUntil([&] { return told.periods >= count; }, limit);
  }
  uint64_t residue() {
    uint64_t bytes = ~uint64_t{0};
    EXPECT_EQ(sgdma_residue(chan(), cookie, &bytes), SGDMA_OK);
    return bytes;
  }

  std::optional<Buffer> src;
  std::optional<Buffer> dst;
  std::vector<Buffer> memory;
  std::vector<sgdma_array_t> arrays;
  std::vector<sgdma_segment_t> periods;
  sgdma_cyclic_t cyclic{};
  sgdma_cookie_t cookie = 0;
  Told told;
  std::function<void()> each_period;
};

TEST_F(CyclicTest, EachPeriodIsToldFromItsRecordAndTheListEndsBehindTheLap) {
  host().TakeInterrupts();
  Map(4, 256);
  Start(SGDMA_NOTIFY);
  ASSERT_TRUE(RunUntilTold(10));
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_IN_PROGRESS);

  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(cookie));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_TRUE(sim().RunUntil([&] { return told.ended; }, Cycles{1000}));
  EXPECT_EQ(told.periods % 4, 0u) << "the end of a lap";
  EXPECT_EQ(told.periods, cyclic.periods);
  EXPECT_FALSE(told.told_behind_the_end);
  EXPECT_EQ(platform().monitor.total().written_bytes, told.periods * (256u + 16) + 16)
      << "no period ran that was not told: each has a record, and the list one";
  EXPECT_EQ(dst->bytes(), src->bytes());
}

// Without records the channel never waits; the interrupts tell of what they find.
TEST_F(CyclicTest, EachPeriodIsToldFromThePositionToo) {
  host().TakeInterrupts();
  Map(4, 2000);
  Start(SGDMA_IRQ);
  ASSERT_TRUE(RunUntilTold(13));
  const uint32_t before = told.periods;

  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(cookie));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_GE(told.calls, 10u) << "a period takes longer than an interrupt";
  const uint64_t ran = platform().monitor.total().written_bytes / 2000;
  EXPECT_EQ(platform().monitor.total().written_bytes % 8000, 0u) << "whole laps, no record";
  EXPECT_LE(told.periods, ran);
  EXPECT_GE(told.periods, before);
  EXPECT_EQ(dst->bytes(), src->bytes());
}

// Nobody looks for long: the count goes on where the engine is.
TEST_F(CyclicTest, PeriodsThatNobodyLookedAtAreCountedByTheNextLook) {
  Map(3, 64);
  Start(0);
  sim().Step(20'000);
  EXPECT_EQ(told.periods, 0u);

  sgdma_poll(chan());

  // What was written is ahead of what is proven by at most what is open.
  const uint64_t written = platform().monitor.total().written_bytes;
  EXPECT_LE(told.periods, written / 64);
  EXPECT_GE(told.periods + 32, written / 64);
  EXPECT_EQ(told.calls, 1u);
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
}

// With records it waits for software, and nothing is missed.
TEST_F(CyclicTest, WithRecordsTheListWaitsForSoftwareAndMissesNothing) {
  Boot({.channel = {.cpl_log2 = 3}});
  Map(4, 64);
  Start(SGDMA_CPL);
  sim().Step(20'000);
  EXPECT_EQ(told.periods, 0u);

  sgdma_poll(chan());
  EXPECT_EQ(told.periods, 7u) << "all that a ring of eight holds";
  for (uint32_t i = 0; i < 20; ++i) {
    sim().Step(2000);
    sgdma_poll(chan());
  }
  EXPECT_EQ(told.periods, 7u * 21);

  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(platform().monitor.total().written_bytes, told.periods * 80u + 16);
  EXPECT_EQ(dst->bytes(), src->bytes());
}

// An array for each period: it stops behind the one that runs, not at the end of the lap.
TEST_F(CyclicTest, WithAnArrayForEachPeriodItStopsBehindThatPeriod) {
  Boot({.platform = {.port = {.read_latency = Latency::Fixed(20)}}});
  host().TakeInterrupts();
  Map(8, 4000, 8);
  Start(SGDMA_NOTIFY);
  ASSERT_TRUE(RunUntilTold(3));

  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(cookie));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_GE(told.periods, 3u);
  EXPECT_EQ(platform().monitor.total().written_bytes, told.periods * 4016u + 16);
  static_cast<void>(dst->bytes());
}

TEST_F(CyclicTest, WhatIsQueuedBehindItRunsWhenItHasEnded) {
  host().TakeInterrupts();
  Map(4, 256);
  const Buffer next = host().Map(500);
  Start(SGDMA_NOTIFY);
  sgdma_cookie_t behind = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), next.iova(), 7, 500, SGDMA_NOTIFY, &behind), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(RunUntilTold(20));
  EXPECT_EQ(sgdma_status(chan(), behind), SGDMA_IN_PROGRESS);

  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(behind));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(next.bytes(), Repeat(7, 500));
  EXPECT_EQ(sgdma_end_list(chan()), SGDMA_REFUSED) << "no list is in progress";
  ServeIrqs();
}

TEST_F(CyclicTest, TerminateCutsItAndTheArraysCanBeUsedAnew) {
  host().TakeInterrupts();
  Map(4, 1000);
  Start(SGDMA_NOTIFY);
  ASSERT_TRUE(RunUntilTold(5));

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  EXPECT_TRUE(told.ended);
  told = {};

  Start(SGDMA_NOTIFY);
  ASSERT_TRUE(RunUntilTold(6));
  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilEnded(cookie));
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst->bytes(), src->bytes());
}

TEST_F(CyclicTest, ReleaseEndsIt) {
  Map(4, 1000);
  Start(SGDMA_IRQ);
  sim().Step(3000);

  EXPECT_EQ(host().channel().Release(), SGDMA_OK);

  EXPECT_TRUE(platform().port.idle());
}

TEST_F(CyclicTest, ThePeriodCallbackMayEndTheList) {
  host().TakeInterrupts();
  Map(4, 1000);
  each_period = [&] {
    if (told.calls == 9) {
      EXPECT_EQ(sgdma_end_list(chan()), SGDMA_OK);
    }
  };
  Start(SGDMA_NOTIFY);

  ASSERT_TRUE(sim().RunUntilEnded(cookie));

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_GE(told.periods, 12u);
  EXPECT_EQ(told.periods % 4, 0u);
  EXPECT_EQ(dst->bytes(), src->bytes());
}

TEST_F(CyclicTest, TheResidueIsWhatIsLeftOfTheLap) {
  Map(5, 600);
  Start(SGDMA_IRQ);
  for (int i = 0; i < 20; ++i) {
    sim().Step(777);
    ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);
    const uint64_t left = residue();
    const uint64_t written =
        platform().monitor.total().written_bytes;  // quiesced: all of it proven
    EXPECT_EQ((3000 - left) % 3000, written % 3000) << "round " << i;
    ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  }
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  ServeIrqs();
}

// ---- Errors ----

// Eight periods of a page, each with the border of two pages in its middle. After the first lap the
// fourth page of the source goes away.
class CyclicErrorTest : public CyclicTest, public testing::WithParamInterface<uint32_t> {
 protected:
  void FailInTheThirdPeriod() {
    host().AcceptIommuFaults();
    host().TakeInterrupts();
    Map(8, 4096, 1, {.offset = 2048});
    Start(GetParam());
    ASSERT_TRUE(RunUntilTold(8));
    platform().dma.PageOut(platform().device_id(0), missing());
    ASSERT_TRUE(sim().RunUntil([&] { return sgdma_chan_state(chan()) == SGDMA_CHAN_HALTED; },
                               Cycles{100'000}));
  }
  sgdma_iova_t missing() const { return src->iova() + 2048 + 2 * 4096; }
  void PageIn() { ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), missing())); }
  void EndBehindThisLap() {
    const uint32_t now = told.periods;
    ASSERT_TRUE(RunUntilTold(now + 10));
    ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
    ASSERT_TRUE(sim().RunUntilEnded(cookie));
  }
};

TEST_P(CyclicErrorTest, AMissingPageNamesEntryAndBytesAndRetryLosesNoPeriod) {
  FailInTheThirdPeriod();
  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.where, SGDMA_WHERE_READ);
  EXPECT_EQ(fault.cookie, cookie);
  EXPECT_EQ(fault.index % 9, 2u) << "eight periods and a jump a lap";
  EXPECT_EQ(fault.bytes, 2048u);
  EXPECT_EQ(fault.tx_bytes, 2 * 4096u + 2048);
  EXPECT_EQ(fault.iova, missing());
  EXPECT_EQ(told.periods % 8, 2u);
  EXPECT_EQ(sgdma_retry_rest(chan()), SGDMA_UNSUPPORTED) << "the next lap needs it whole";

  PageIn();
  ASSERT_EQ(sgdma_retry(chan()), SGDMA_OK);
  EndBehindThisLap();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  if (GetParam() == SGDMA_NOTIFY) {
    EXPECT_EQ(told.periods % 8, 0u);
  }
  EXPECT_EQ(dst->bytes(), src->bytes());
}

TEST_P(CyclicErrorTest, ASkippedPeriodCountsAndTheLapGoesOn) {
  FailInTheThirdPeriod();
  ASSERT_EQ(told.periods % 8, 2u);
  const uint32_t before = told.periods;

  PageIn();
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ASSERT_TRUE(RunUntilTold(before + 1));
  EndBehindThisLap();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR) << "one of its periods was left out";
  if (GetParam() == SGDMA_NOTIFY) {
    EXPECT_EQ(told.periods % 8, 0u);
  }
  EXPECT_EQ(dst->bytes(), src->bytes()) << "the next lap has made up for it";
}

INSTANTIATE_TEST_SUITE_P(Counted, CyclicErrorTest, testing::Values(SGDMA_NOTIFY, SGDMA_IRQ),
                         [](const auto& info) {
                           return info.param == SGDMA_NOTIFY ? "FromRecords" : "FromPosition";
                         });

// ---- The wrap of the index at 65,535 ----

class CyclicLongTest : public CyclicTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(CyclicLongTest, CountingGoesOnOverTheWrapOfTheIndex) {
  Map(7, 3);
  Start(GetParam());
  while (cyclic.periods < 150'000 && sim().now() < 3'000'000) {
    sim().Step(200);
    sgdma_poll(chan());
  }
  EXPECT_GE(cyclic.periods, 150'000u);
  ASSERT_EQ(sgdma_end_list(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  if (GetParam() == SGDMA_CPL) {
    EXPECT_EQ(platform().monitor.total().written_bytes, uint64_t{told.periods} * 19 + 16);
  }
  EXPECT_EQ(dst->bytes(), src->bytes());
}

INSTANTIATE_TEST_SUITE_P(Counted, CyclicLongTest, testing::Values(SGDMA_CPL, 0));

}  // namespace
}  // namespace tb
