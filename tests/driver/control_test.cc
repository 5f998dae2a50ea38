// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Pause, terminate, and the ways out of a halt.

#include "fixture.h"

namespace driver_test {
namespace {

class ControlTest : public DriverTest {
 protected:
  // Three copies of 100 bytes in one transaction each; the second fails at its byte 40.
  void FailTheSecond() {
    engine.errors[src.iova + 140] = SGDMA_FAULT_SLVERR;
    for (uint32_t i = 0; i < 3; ++i) {
      cookies[i] = Copy(100 * i, 100 * i, 100);
      Listen(cookies[i]);
    }
    Issue();
    engine.Run(5);
    sgdma_poll(&chan);
  }
  sgdma_cookie_t cookies[3] = {};
};

// ---- Pause

TEST_F(ControlTest, APausedChannelTakesWorkAndMovesNothing) {
  Open();
  ASSERT_EQ(sgdma_pause(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_pause(&chan), SGDMA_OK) << "twice is harmless";
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  engine.Run(5);
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_PAUSED);

  ASSERT_EQ(sgdma_resume(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(Destination(0, 8), Source(0, 8));
}

TEST_F(ControlTest, APauseTheHardwareDoesNotFinishIsBusyAndBounded) {
  Open();
  engine.unfinished = true;
  EXPECT_EQ(sgdma_pause(&chan), SGDMA_BUSY);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

TEST_F(ControlTest, APauseThatMeetsAnErrorSaysHalted) {
  Open();
  engine.errors[src.iova] = SGDMA_FAULT_DECERR;
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  engine.Run(1);
  EXPECT_EQ(sgdma_pause(&chan), SGDMA_HALTED);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_pause(&chan), SGDMA_HALTED);
  EXPECT_EQ(sgdma_resume(&chan), SGDMA_HALTED);
}

TEST_F(ControlTest, AResumeWithoutAPauseIsRefused) {
  Open();
  EXPECT_EQ(sgdma_resume(&chan), SGDMA_BAD_STATE);
}

// ---- Halt

TEST_F(ControlTest, AnErrorNamesTransactionPlaceAndProvenBytes) {
  Open();
  FailTheSecond();

  EXPECT_EQ(sgdma_status(&chan, cookies[0]), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(&chan, cookies[2]), SGDMA_IN_PROGRESS);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_READ);
  EXPECT_EQ(Fault().cookie, cookies[1]);
  EXPECT_EQ(Fault().slot, 1);
  EXPECT_EQ(Fault().index, SGDMA_INDEX_RING);
  EXPECT_EQ(Fault().bytes, 40u);
  EXPECT_EQ(Fault().iova, src.iova + 140);
  EXPECT_EQ(Fault().count, 1u);
  EXPECT_EQ(heard.ends.size(), 1u) << "the failed one is the engine's until it is decided";
}

TEST_F(ControlTest, BytesOfTheTransactionCountTheDescriptorsBeforeTheFailedOne) {
  Open();
  engine.errors[dst.iova + 250] = SGDMA_FAULT_SLVERR;
  const sgdma_segment_t list[] = {{src.iova, dst.iova, 100},
                                  {src.iova + 100, dst.iova + 100, 100},
                                  {src.iova + 200, dst.iova + 200, 100}};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_sg(&chan, list, 3, SGDMA_CPL, &cookie), SGDMA_OK);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(Fault().bytes, 50u);
  EXPECT_EQ(Fault().tx_bytes, 250u);
}

TEST_F(ControlTest, RetryRunsTheFailedDescriptorAgain) {
  Open();
  FailTheSecond();
  engine.errors.clear();

  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_IN_PROGRESS);
  ASSERT_EQ(sgdma_wait(&chan, cookies[2], 20), SGDMA_OK);

  EXPECT_EQ(Destination(0, 300), Source(0, 300));
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookies[0], SGDMA_COMPLETE},
                                               std::pair{cookies[1], SGDMA_COMPLETE},
                                               std::pair{cookies[2], SGDMA_COMPLETE}));
  sgdma_fault_t fault;
  EXPECT_FALSE(sgdma_error(&chan, &fault)) << "cleared by the retry";
}

TEST_F(ControlTest, ARetryThatFailsAgainHaltsAgain) {
  Open();
  FailTheSecond();
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  engine.Run(2);
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_ERROR);
  EXPECT_EQ(Fault().bytes, 40u);
}

TEST_F(ControlTest, RetryRestShortensByTheProvenBytesOnly) {
  Open();
  FailTheSecond();
  engine.errors.clear();
  dst_bytes[139] ^= 0xFF;  // proven already: must not be written again
  ASSERT_EQ(sgdma_sync_for_device(&dev, &dst, 139, 1), SGDMA_OK);

  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  EXPECT_EQ(engine.DescriptorLen(0, 1), 60u);
  ASSERT_EQ(sgdma_wait(&chan, cookies[2], 20), SGDMA_OK);

  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(140, 60), Source(140, 60));
  EXPECT_NE(Destination(139, 1), Source(139, 1));
}

// A write error at the first byte behind the copy's end can not be; all bytes proven can.
TEST_F(ControlTest, RetryRestOfACompletelyProvenCopyMovesNothing) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 100);
  Issue();
  engine.PostRecord(0, FakeEngine::Record(0, 100, SGDMA_FAULT_SLVERR, SGDMA_WHERE_READ));
  engine.channel(0).state = SGDMA_CH_STATE_STATE_HALTED;
  engine.channel(0).retry_legal = true;
  sgdma_poll(&chan);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);

  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 20), SGDMA_OK);

  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 100), std::vector<uint8_t>(100, 0));
}

TEST_F(ControlTest, SkipEndsTheFailedTransactionAndTheNextOnesRun) {
  config.interrupts = true;
  Open();
  FailTheSecond();
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  engine.Run(3);

  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_ERROR);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookies[0], SGDMA_COMPLETE},
                                               std::pair{cookies[1], SGDMA_ERROR},
                                               std::pair{cookies[2], SGDMA_COMPLETE}));
  EXPECT_EQ(Destination(200, 100), Source(200, 100));
}

// Nothing is behind it that could raise an interrupt or leave a record.
TEST_F(ControlTest, SkipOfTheLastDescriptorEndsItsTransactionAtOnce) {
  config.interrupts = true;
  Open();
  engine.errors[src.iova] = SGDMA_FAULT_SLVERR;
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Listen(cookie);
  Issue();
  engine.Run(2);
  ASSERT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookie, SGDMA_ERROR}));
}

// Each command has a bit of its own in STATE.
TEST_F(ControlTest, WhatTheEngineSaysIsIllegalIsRefusedAndNothingElse) {
  Open();
  FailTheSecond();
  engine.channel(0).retry_legal = false;
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_REFUSED);
  EXPECT_EQ(engine.DescriptorLen(0, 1), 100u);
  engine.channel(0).retry_legal = true;
  engine.channel(0).skip_legal = false;
  EXPECT_EQ(sgdma_skip(&chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(engine.writes[4096 + SGDMA_CH_COMMAND], 1u) << "START";
  engine.channel(0).retry_legal = false;
  engine.channel(0).skip_legal = true;
  EXPECT_EQ(sgdma_skip(&chan), SGDMA_OK);
}

TEST_F(ControlTest, RetryAndSkipNeedAHalt) {
  Open();
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_skip(&chan), SGDMA_BAD_STATE);
  EXPECT_EQ(sgdma_end_list(&chan), SGDMA_REFUSED) << "no list in progress";
}

TEST_F(ControlTest, AWaitBehindAHaltSaysSo) {
  Open();
  FailTheSecond();
  EXPECT_EQ(sgdma_wait(&chan, cookies[2], 20), SGDMA_HALTED);
}

// B8, B13 as the driver sees them: a halt without a record.
TEST_F(ControlTest, AFailedRecordWriteIsFoundByPollingAndOnlyTerminateLeaves) {
  Open();
  engine.fail_records = true;
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, cookie, 200), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_RECORD);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_skip(&chan), SGDMA_REFUSED);

  engine.fail_records = false;
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  const sgdma_cookie_t next = Copy(0, 0, 8);
  Issue();
  EXPECT_EQ(sgdma_wait(&chan, next, 10), SGDMA_OK);
}

// The record comes after the last look at memory and before the look at STATE.
TEST_F(ControlTest, AHaltWhoseRecordComesLateIsOneError) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 100);
  Issue();
  bool posted = false;
  engine.before_read = [&](uint32_t offset) {
    if (offset != 4096 + SGDMA_CH_STATE || posted) return;
    posted = true;
    engine.PostRecord(0, FakeEngine::Record(0, 30, SGDMA_FAULT_DECERR, SGDMA_WHERE_WRITE));
    engine.channel(0).state = SGDMA_CH_STATE_STATE_HALTED;
  };
  engine.channel(0).cause = SGDMA_CH_CAUSE_ERROR_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  engine.before_read = nullptr;  // it looks at a local, and TearDown reads registers
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_DECERR);
  EXPECT_EQ(Fault().bytes, 30u);
  EXPECT_EQ(Fault().count, 1u);
}

TEST_F(ControlTest, TheErrorHookMayRetry) {
  config.interrupts = true;
  config.on_error = [](void* arg, sgdma_chan_t* chan, const sgdma_fault_t* fault) {
    *static_cast<sgdma_fault_t*>(arg) = *fault;
    EXPECT_EQ(sgdma_retry(chan), SGDMA_OK);
  };
  sgdma_fault_t told = {};
  config.on_error_arg = &told;
  Open();
  engine.errors[src.iova + 4] = SGDMA_FAULT_SLVERR;
  engine.passing_errors.insert(src.iova + 4);
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Issue();
  engine.Run(3);
  EXPECT_EQ(told.cookie, cookie);
  EXPECT_EQ(told.bytes, 4u);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 8), Source(0, 8));
}

// ---- Continue

TEST_F(ControlTest, UnderContinueAnErrorEndsItsTransactionOnly) {
  config.policy = SGDMA_CONTINUE;
  Open();
  FailTheSecond();
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookies[0], SGDMA_COMPLETE},
                                               std::pair{cookies[1], SGDMA_ERROR},
                                               std::pair{cookies[2], SGDMA_COMPLETE}));
  EXPECT_EQ(Fault().cookie, cookies[1]);
  sgdma_clear_error(&chan);
  sgdma_fault_t fault;
  EXPECT_FALSE(sgdma_error(&chan, &fault));
}

TEST_F(ControlTest, UnderContinueTheFirstErrorIsKeptAndAllAreCounted) {
  config.policy = SGDMA_CONTINUE;
  Open();
  engine.errors[src.iova + 240] = SGDMA_FAULT_DECERR;
  FailTheSecond();
  EXPECT_EQ(Fault().cookie, cookies[1]);
  EXPECT_EQ(Fault().count, 2u);
  EXPECT_EQ(sgdma_status(&chan, cookies[2]), SGDMA_ERROR);
}

TEST_F(ControlTest, UnderContinueAFetchErrorHaltsAllTheSame) {
  config.policy = SGDMA_CONTINUE;
  Open();
  engine.errors[config.sub_ring.iova + 16] = SGDMA_FAULT_SLVERR;
  FailTheSecond();
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_ERROR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_DESC);
  engine.errors.clear();
  ASSERT_EQ(sgdma_retry_rest(&chan), SGDMA_OK) << "nothing proven: the same as retry";
  ASSERT_EQ(sgdma_wait(&chan, cookies[2], 20), SGDMA_OK);
  EXPECT_EQ(Destination(0, 300), Source(0, 300));
}

// ---- Terminate

// E8, E14.
TEST_F(ControlTest, TerminateEndsEverythingOnceAndTheNextJobIsExact) {
  Open();
  const sgdma_cookie_t done = Copy(0, 0, 8);
  const sgdma_cookie_t cut = Copy(0, 0, 8);
  Listen(done);
  Listen(cut);
  Issue();
  const sgdma_cookie_t prepared = Copy(0, 0, 8);
  Listen(prepared);
  engine.Run(1);

  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);

  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{done, SGDMA_COMPLETE},
                                               std::pair{cut, SGDMA_TERMINATED},
                                               std::pair{prepared, SGDMA_TERMINATED}));
  EXPECT_EQ(sgdma_room(&chan), 15u);
  const sgdma_cookie_t next = Copy(500, 500, 100);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, next, 10), SGDMA_OK);
  EXPECT_EQ(Destination(500, 100), Source(500, 100));
  EXPECT_EQ(sgdma_status(&chan, cut), SGDMA_TERMINATED);
}

TEST_F(ControlTest, TerminateSeesWhatEndedWithoutARecord) {
  Open();
  const sgdma_cookie_t done = Copy(0, 0, 8, 0);
  const sgdma_cookie_t cut = Copy(0, 0, 8, 0);
  Issue();
  engine.Run(1);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, done), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(&chan, cut), SGDMA_TERMINATED);
}

TEST_F(ControlTest, TerminateLeavesAHalt) {
  Open();
  FailTheSecond();
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookies[1]), SGDMA_TERMINATED);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

TEST_F(ControlTest, ATerminateTheHardwareCanNotFinishIsBusyAndGivesNothingBack) {
  Open();
  const sgdma_cookie_t cookie = Copy(0, 0, 8);
  Listen(cookie);
  Issue();
  engine.unfinished = true;

  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_BUSY);

  EXPECT_TRUE(heard.ends.empty());
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  sgdma_cookie_t refused = 0;
  EXPECT_EQ(sgdma_prep_nop(&chan, 0, &refused), SGDMA_BUSY);
  EXPECT_EQ(sgdma_issue_pending(&chan), SGDMA_BUSY);
  EXPECT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_BUSY);
  EXPECT_EQ(sgdma_terminate(&chan), SGDMA_BUSY);

  engine.unfinished = false;
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{cookie, SGDMA_TERMINATED}));
}

// ABORT needs completion space, so it needs somebody who reads.
TEST_F(ControlTest, TerminateWorksWithAFullCompletionRing) {
  Open(4, 2);
  for (int i = 0; i < 8; ++i) Listen(Copy(0, 0, 8, SGDMA_CPL));
  Issue();
  engine.Run(20);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(heard.ends.size(), 8u);
  EXPECT_EQ(heard.ends[2].second, SGDMA_COMPLETE);
  EXPECT_EQ(heard.ends[3].second, SGDMA_TERMINATED);
}

struct Terminator {
  sgdma_chan_t* chan;
  sgdma_result_t result;
};

// E8.
TEST_F(ControlTest, ACallbackMayTerminateAndTheOthersAreToldAfterIt) {
  config.interrupts = true;
  Open();
  Terminator t{&chan, SGDMA_BUSY};
  const sgdma_cookie_t first = Copy(0, 0, 8);
  ASSERT_EQ(sgdma_set_callback(
                &chan, first,
                [](void* arg, sgdma_cookie_t, sgdma_tx_status_t) {
                  auto* self = static_cast<Terminator*>(arg);
                  self->result = sgdma_terminate(self->chan);
                },
                &t),
            SGDMA_OK);
  const sgdma_cookie_t second = Copy(0, 0, 8);
  Listen(second);
  Issue();
  engine.Run(1);
  EXPECT_EQ(t.result, SGDMA_OK);
  EXPECT_THAT(heard.ends, testing::ElementsAre(std::pair{second, SGDMA_TERMINATED}));
  const sgdma_cookie_t next = Copy(0, 0, 8);
  Issue();
  engine.Run(1);
  EXPECT_EQ(sgdma_status(&chan, next), SGDMA_COMPLETE);
}

}  // namespace
}  // namespace driver_test
