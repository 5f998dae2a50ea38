// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// DIRECT through the driver: copies given to registers, between those of the ring, and their errors
// (fault-cases C10, D4, E16).

#include "support/sgdma_test.h"

namespace tb {
namespace {

class DirectTest : public SgdmaTest {
 protected:
  static constexpr uint32_t kBytes = 3 * 4096;

  void MapBuffers(const MapOptions& source = {}) {
    src = host().Map(kBytes, Pattern::Random(), source);
    dst = host().Map(kBytes);
    ASSERT_NE(chan(), nullptr);
  }
  sgdma_result_t Direct(uint32_t offset, uint32_t bytes) {
    return sgdma_direct_copy(chan(), dst->iova() + offset, src->iova() + offset, bytes, 0, &cookie);
  }
  // The whole source, by the ring.
  sgdma_cookie_t Queue(uint32_t offset, uint32_t bytes) {
    sgdma_cookie_t queued = 0;
    EXPECT_EQ(sgdma_prep_memcpy(chan(), dst->iova() + offset, src->iova() + offset, bytes,
                                SGDMA_CPL, &queued),
              SGDMA_OK);
    EXPECT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    return queued;
  }
  // 0xEE but for these bytes of the source.
  Bytes Only(uint32_t offset, uint32_t bytes) const {
    Bytes want(kBytes, 0xEE);
    const Bytes from = src->DeviceBytes();
    std::copy_n(from.begin() + offset, bytes, want.begin() + offset);
    return want;
  }

  std::optional<Buffer> src;
  std::optional<Buffer> dst;
  sgdma_cookie_t cookie = 0;
};

TEST_F(DirectTest, CopiesWithoutADescriptorInMemory) {
  MapBuffers();
  const uint64_t fetched = platform().monitor.id(1).read_bursts;

  ASSERT_EQ(Direct(5, 333), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{2000}));
  sgdma_handle_irq(chan());

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(platform().monitor.id(1).read_bursts, fetched);
  EXPECT_EQ(dst->bytes(), Only(5, 333));
}

TEST_F(DirectTest, TakesTheLongestDescriptor) {
  const Buffer from = host().Map(65535, Pattern::Random());
  const Buffer to = host().Map(65535);
  ASSERT_EQ(sgdma_direct_copy(chan(), to.iova(), from.iova(), 65535, 0, &cookie), SGDMA_OK);

  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(to.bytes(), from.bytes());
}

// Both share the completion ring, which goes round many times.
TEST_F(DirectTest, AlternatesWithTheRingOverManyLapsOfTheSmallestRings) {
  Boot({.channel = {.sub_log2 = 2, .cpl_log2 = 2}});
  MapBuffers();
  for (uint32_t i = 0; i < 30; ++i) {
    const uint32_t at = i * 400;
    ASSERT_EQ(Direct(at, 100 + i), SGDMA_OK) << "round " << i;
    ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
    ASSERT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
    ASSERT_EQ(sgdma_wait(chan(), Queue(at + 100 + i, 300 - i), 100), SGDMA_OK);
  }
  ServeIrqs();
  EXPECT_EQ(chan()->refusals, 0u);
  Bytes want = src->bytes();
  std::fill(want.begin() + 30 * 400, want.end(), uint8_t{0xEE});
  EXPECT_EQ(dst->bytes(), want);
}

TEST_F(DirectTest, WhileSomethingRunsItSaysAgainAndTheRingTakesTheCopy) {
  MapBuffers();
  const sgdma_cookie_t running = Queue(0, 4096);

  EXPECT_EQ(Direct(4096, 64), SGDMA_AGAIN);
  const sgdma_cookie_t second = Queue(4096, 64);
  ASSERT_EQ(sgdma_wait(chan(), second, 1000), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), running), SGDMA_COMPLETE);
  EXPECT_EQ(chan()->refusals, 0u);
  EXPECT_EQ(dst->bytes(), Only(0, 4096 + 64));
}

// A slow memory: the ring's copy is prepared, issued and waits behind the one in the registers.
TEST_F(DirectTest, WhatIsQueuedBehindItEndsBehindIt) {
  Boot({.platform = {.port = {.read_latency = Latency::Fixed(300)}}});
  MapBuffers();
  ASSERT_EQ(Direct(0, 2000), SGDMA_OK);
  const sgdma_cookie_t behind = Queue(2000, 100);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_IN_PROGRESS);

  ASSERT_EQ(sgdma_wait(chan(), behind, 100), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(chan(), behind), SGDMA_COMPLETE);
  EXPECT_EQ(dst->bytes(), Only(0, 2100));
  ServeIrqs();
}

// Row C10: the record is seen, and the next copy given, before the engine has the record's B.
TEST_F(DirectTest, IsTakenWhileTheRecordBeforeItWaitsForItsB) {
  Boot({.platform = {.port = {.write_latency = Latency::Fixed(400)}}});
  MapBuffers();
  uint32_t early = 0;
  for (uint32_t i = 0; i < 10; ++i) {
    ASSERT_EQ(Direct(i * 64, 64), SGDMA_OK) << "copy " << i;
    while (sgdma_poll(chan()) == 0) {
      sim().Step(5);
      ASSERT_LT(sim().now(), 100'000u);
    }
    early += platform().monitor.id(1).open_writes > 0;
  }
  EXPECT_GT(early, 5u) << "the case this test is about did not happen";
  EXPECT_EQ(chan()->refusals, 0u);
  ServeIrqs();
  EXPECT_EQ(dst->bytes(), Only(0, 640));
}

TEST_F(DirectTest, APausedChannelTakesNone) {
  MapBuffers();
  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);

  EXPECT_EQ(Direct(0, 64), SGDMA_BAD_STATE);

  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  EXPECT_EQ(Direct(0, 64), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
  ServeIrqs();
  EXPECT_EQ(dst->bytes(), Only(0, 64));
}

TEST_F(DirectTest, PauseAndResumeInTheMiddleOfOneLoseNothing) {
  MapBuffers();
  ASSERT_EQ(Direct(0, kBytes), SGDMA_OK);
  sim().Step(300);
  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);
  const uint64_t beats = platform().monitor.total()[AxiChannel::kW].beats;
  sim().Step(2000);
  EXPECT_EQ(platform().monitor.total()[AxiChannel::kW].beats, beats);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_PAUSED);

  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);
  ServeIrqs();
  EXPECT_EQ(dst->bytes(), src->bytes());
}

// ---- Errors ----

class DirectErrorTest : public DirectTest {
 protected:
  // A copy of three pages of which the second is missing.
  void FailInTheSecondPage() {
    host().AcceptIommuFaults();
    MapBuffers({.offset = 0});
    platform().dma.PageOut(platform().device_id(0), src->iova() + 4096);
    ASSERT_EQ(Direct(0, kBytes), SGDMA_OK);
    ASSERT_TRUE(sim().RunUntilIrq(Cycles{10'000}));
    ServeIrqs();
    ASSERT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_HALTED);
  }
  void PageIn() { ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), src->iova() + 4096)); }
  void ExpectTheNextIsExact() {
    static_cast<void>(dst->bytes());
    dst->Store(0, Bytes(kBytes, 0xEE));
    dst->GiveToDevice();
    ASSERT_EQ(Direct(0, 500), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(chan(), Queue(500, kBytes - 500), 1000), SGDMA_OK);
    ServeIrqs();
    EXPECT_EQ(dst->bytes(), src->DeviceBytes());
  }
};

TEST_F(DirectErrorTest, IsNamedAndRetriedFromItsFirstByte) {
  FailInTheSecondPage();
  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, SGDMA_WHERE_READ);
  EXPECT_EQ(fault.cookie, cookie);
  EXPECT_EQ(fault.bytes, 4096u);
  EXPECT_EQ(fault.iova, src->iova() + 4096);
  EXPECT_EQ(sgdma_retry_rest(chan()), SGDMA_UNSUPPORTED) << "the image is the engine's";

  PageIn();
  ASSERT_EQ(sgdma_retry(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst->bytes(), src->bytes());
}

TEST_F(DirectErrorTest, SkippedItEndsAsAnErrorAndWhatIsBehindRuns) {
  FailInTheSecondPage();
  const sgdma_cookie_t failed = cookie;
  const sgdma_cookie_t behind = Queue(8192, 100);
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), behind, 100), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), failed), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), behind), SGDMA_COMPLETE);
  PageIn();
  ExpectTheNextIsExact();
}

TEST_F(DirectErrorTest, TerminatedItIsGoneAndTheNextIsExact) {
  FailInTheSecondPage();
  EXPECT_EQ(Direct(0, 1), SGDMA_HALTED);
  const sgdma_cookie_t failed = cookie;
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), failed), SGDMA_TERMINATED);
  PageIn();
  ExpectTheNextIsExact();
}

TEST_F(DirectErrorTest, TerminateInTheMiddleLeavesEachByteNewOrOld) {
  Boot({.platform = {.port = {.read_latency = Latency::Fixed(100)}}});
  MapBuffers();
  ASSERT_EQ(Direct(0, kBytes), SGDMA_OK);
  sim().Step(700);

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  const Bytes now = dst->DeviceBytes();
  const Bytes want = src->DeviceBytes();
  const auto cut = std::mismatch(now.begin(), now.end(), want.begin()).first;
  EXPECT_GT(cut - now.begin(), 0);
  EXPECT_LT(cut - now.begin(), kBytes);
  EXPECT_THAT(Bytes(cut, now.end()), testing::Each(testing::Eq(0xEE)));
  ExpectTheNextIsExact();
}

TEST_F(DirectErrorTest, ARecordThatCanNotBeWrittenIsToldByTheErrorRegisters) {
  host().AcceptIommuFaults();
  MapBuffers();
  const sgdma_iova_t ring = host().channel().cpl_ring().iova;
  platform().dma.PageOut(platform().device_id(0), ring);
  ASSERT_EQ(Direct(0, 64), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{5000}));
  ServeIrqs();

  EXPECT_EQ(Fault().where, SGDMA_WHERE_RECORD);
  EXPECT_EQ(sgdma_retry(chan()), SGDMA_REFUSED);
  ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), ring));
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  ExpectTheNextIsExact();
}

}  // namespace
}  // namespace tb
