// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// DIRECT: copies given to registers, when they can not be, and how they end.

#include "fixture.h"

namespace driver_test {
namespace {

using testing::ElementsAre;

class DirectTest : public DriverTest {
 protected:
  sgdma_result_t Direct(uint32_t bytes = 40, uint32_t flags = 0) {
    cookie = 0;
    return sgdma_direct_copy(&chan, dst.iova + 3, src.iova + 5, bytes, flags, &cookie);
  }
  void FailAtByte20() {
    engine.errors[src.iova + 25] = SGDMA_FAULT_SLVERR;
    ASSERT_EQ(Direct(), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  }
  sgdma_cookie_t cookie = 0;
};

TEST_F(DirectTest, CopiesWithoutARingSlotOrADoorbell) {
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(3, 40), Source(5, 40));
  EXPECT_EQ(engine.doorbells, 0u);
  EXPECT_EQ(sgdma_room(&chan), 15u);
}

TEST_F(DirectTest, RaisesAnInterruptAtItsEnd) {
  config.interrupts = true;
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  engine.Run(1);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
}

// Records of both ways share a ring.
TEST_F(DirectTest, AlternatesWithTheRingOverTheWrapOfTheRecords) {
  Open(2, 2);
  for (uint32_t i = 0; i < 20; ++i) {
    ASSERT_EQ(Direct(8 + i), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
    EXPECT_EQ(Destination(3, 8 + i), Source(5, 8 + i));
    const sgdma_cookie_t copy = Copy(100 * i, 1000, 50, i % 2 == 0 ? SGDMA_CPL : 0);
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, copy, 10), SGDMA_OK);
    EXPECT_EQ(Destination(1000, 50), Source(100 * i, 50));
  }
}

TEST_F(DirectTest, WhatIsQueuedBehindItEndsBehindIt) {
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  const sgdma_cookie_t copy = Copy(1000, 1000, 50);
  Issue();
  uint64_t left = 0;
  ASSERT_EQ(sgdma_residue(&chan, cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 40u);
  ASSERT_EQ(sgdma_residue(&chan, copy, &left), SGDMA_OK);
  EXPECT_EQ(left, 50u);
  ASSERT_EQ(sgdma_wait(&chan, copy, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(&chan, copy), SGDMA_COMPLETE);
}

// ---- Row E16: not now

TEST_F(DirectTest, WhileAnotherDirectRunsItSaysAgain) {
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  EXPECT_EQ(Direct(), SGDMA_AGAIN);
  EXPECT_EQ(cookie, 0u);
}

TEST_F(DirectTest, WhileTheRingHasWorkItSaysAgainPreparedOrIssuedOrNotYetPolled) {
  Open();
  Copy(0, 0, 8);
  EXPECT_EQ(Direct(), SGDMA_AGAIN) << "prepared";
  Issue();
  EXPECT_EQ(Direct(), SGDMA_AGAIN) << "issued";
  engine.Run(1);
  EXPECT_EQ(Direct(), SGDMA_AGAIN) << "ended, but the driver does not know";
  sgdma_poll(&chan);
  EXPECT_EQ(Direct(), SGDMA_OK);
}

TEST_F(DirectTest, AnEngineThatDisagreesRefusesAndNothingIsQueued) {
  Open();
  engine.channel(0).state = SGDMA_CH_STATE_STATE_PAUSED;
  EXPECT_EQ(Direct(), SGDMA_REFUSED);
  EXPECT_EQ(cookie, 0u);
  engine.channel(0).state = SGDMA_CH_STATE_STATE_RUN;
  EXPECT_EQ(engine.channel(0).cause & SGDMA_CH_CAUSE_REFUSED_MASK, 0u) << "told, so cleared";
  engine.Run(3);
  EXPECT_EQ(Destination(3, 40), std::vector<uint8_t>(40, 0));
  ASSERT_EQ(Direct(), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
}

// A refusal of something else, long ago, is not this one's.
TEST_F(DirectTest, AnOldRefusalIsNotTakenForItsOwn) {
  Open();
  engine.channel(0).cause |= SGDMA_CH_CAUSE_REFUSED_MASK;
  EXPECT_EQ(Direct(), SGDMA_OK);
}

TEST_F(DirectTest, PausedOrHaltedItSaysSo) {
  Open();
  ASSERT_EQ(sgdma_pause(&chan), SGDMA_OK);
  EXPECT_EQ(Direct(), SGDMA_BAD_STATE);
  ASSERT_EQ(sgdma_resume(&chan), SGDMA_OK);
  FailAtByte20();
  EXPECT_EQ(Direct(), SGDMA_HALTED);
}

TEST_F(DirectTest, BadCopiesAreRefused) {
  Open();
  EXPECT_EQ(Direct(0), SGDMA_BAD_LENGTH);
  EXPECT_EQ(Direct(65536), SGDMA_TOO_LONG);
  EXPECT_EQ(Direct(8, SGDMA_IRQ), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_direct_copy(&chan, 0, src.iova, 8, 0, &cookie), SGDMA_BAD_ADDRESS);
  EXPECT_EQ(sgdma_direct_copy(&chan, dst.iova, src.iova, 8, 0, nullptr), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_direct_copy(nullptr, dst.iova, src.iova, 8, 0, &cookie), SGDMA_BAD_ARGUMENT);
  dev.caps.features &= ~SGDMA_GLB_CAP3_DIRECT_MASK;
  EXPECT_EQ(Direct(), SGDMA_UNSUPPORTED);
  EXPECT_EQ(engine.writes[4096 + SGDMA_CH_DIRECT3], 0u);
}

TEST_F(DirectTest, ItTakesNoCallback) {
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  EXPECT_EQ(sgdma_set_callback(&chan, cookie, Heard::Callback, &heard), SGDMA_BAD_STATE);
}

struct Next {
  sgdma_chan_t* chan;
  uint64_t src, dst;
  sgdma_result_t result;
};

// Row E8: from a callback of the ring, when that was the last.
TEST_F(DirectTest, ACallbackMaySubmitOne) {
  config.interrupts = true;
  Open();
  Next next{&chan, src.iova, dst.iova + 500, SGDMA_BUSY};
  const sgdma_cookie_t copy = Copy(0, 0, 8);
  ASSERT_EQ(sgdma_set_callback(
                &chan, copy,
                [](void* arg, sgdma_cookie_t, sgdma_tx_status_t) {
                  auto* n = static_cast<Next*>(arg);
                  sgdma_cookie_t c = 0;
                  n->result = sgdma_direct_copy(n->chan, n->dst, n->src, 9, 0, &c);
                },
                &next),
            SGDMA_OK);
  Issue();
  engine.Run(3);
  EXPECT_EQ(next.result, SGDMA_OK);
  EXPECT_EQ(Destination(500, 9), Source(0, 9));
}

// ---- Errors

TEST_F(DirectTest, AnErrorHaltsAndNamesIt) {
  Open();
  FailAtByte20();
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(Fault().cookie, cookie);
  EXPECT_EQ(Fault().bytes, 20u);
  EXPECT_EQ(Fault().tx_bytes, 20u);
  EXPECT_EQ(Fault().slot, 0);
  EXPECT_EQ(Fault().index, SGDMA_INDEX_RING);
  EXPECT_EQ(Fault().iova, src.iova + 25);
}

TEST_F(DirectTest, RetryRunsItAgain) {
  Open();
  FailAtByte20();
  engine.errors.clear();
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_UNSUPPORTED) << "20 bytes are proven";
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
  EXPECT_EQ(Destination(3, 40), Source(5, 40));
}

TEST_F(DirectTest, SkipDropsItAndTheRingGoesOn) {
  Open();
  FailAtByte20();
  const sgdma_cookie_t copy = Copy(1000, 1000, 50);
  Issue();
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  ASSERT_EQ(sgdma_wait(&chan, copy, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, copy), SGDMA_COMPLETE);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
}

TEST_F(DirectTest, UnderContinueItEndsAsAnError) {
  config.policy = SGDMA_CONTINUE;
  Open();
  FailAtByte20();
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
  engine.errors.clear();
  ASSERT_EQ(Direct(), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
}

TEST_F(DirectTest, ARefusedRetryLeavesTheChannelHalted) {
  Open();
  FailAtByte20();
  engine.channel(0).retry_legal = engine.channel(0).skip_legal = false;
  engine.forced[4096 + SGDMA_CH_STATE] = SGDMA_CH_STATE_STATE_HALTED |
                                         SGDMA_CH_STATE_RETRY_LEGAL_MASK |
                                         SGDMA_CH_STATE_SKIP_LEGAL_MASK;
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_skip(&chan), SGDMA_REFUSED);
  engine.forced.clear();
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_HALTED);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
  EXPECT_EQ(Fault().bytes, 20u) << "still known";
  EXPECT_EQ(sgdma_terminate(&chan), SGDMA_OK);
}

TEST_F(DirectTest, TerminateCutsIt) {
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_TERMINATED);
  ASSERT_EQ(Direct(), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 10), SGDMA_OK);
}

// ---- Row E12

class AbsurdDirect : public DirectTest {
 protected:
  void ExpectBroken(sgdma_record_t record, sgdma_fault_code_t code, uint32_t flags) {
    Open();
    ASSERT_EQ(Direct(), SGDMA_OK);
    record.tail |= flags;
    engine.PostRecord(0, record);
    sgdma_poll(&chan);
    EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
    EXPECT_EQ(Fault().code, code) << sgdma_fault_name(Fault().code);
    EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
    ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  }
};

TEST_F(AbsurdDirect, ASlot) {
  ExpectBroken(FakeEngine::Record(1, 40), SGDMA_FAULT_RECORD_SLOT, SGDMA_REC_DIRECT);
}

TEST_F(AbsurdDirect, AListEntry) {
  ExpectBroken(FakeEngine::Record(0, 40, 0, 0, 0), SGDMA_FAULT_RECORD_INDEX, SGDMA_REC_DIRECT);
}

TEST_F(AbsurdDirect, TooManyBytes) {
  ExpectBroken(FakeEngine::Record(0, 41, SGDMA_FAULT_SLVERR, SGDMA_WHERE_READ),
               SGDMA_FAULT_RECORD_BYTES, SGDMA_REC_DIRECT);
}

TEST_F(AbsurdDirect, ASuccessWithTooFewBytes) {
  ExpectBroken(FakeEngine::Record(0, 39), SGDMA_FAULT_RECORD_BYTES, SGDMA_REC_DIRECT);
}

TEST_F(AbsurdDirect, ARecordOfTheRing) {
  ExpectBroken(FakeEngine::Record(0, 40), SGDMA_FAULT_RECORD_MISSING, 0);
}

TEST_F(AbsurdDirect, TwoRecords) {
  Open();
  ASSERT_EQ(Direct(), SGDMA_OK);
  sgdma_record_t record = FakeEngine::Record(0, 40);
  record.tail |= SGDMA_REC_DIRECT;
  engine.PostRecord(0, record);
  engine.PostRecord(0, record);
  sgdma_poll(&chan);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_RECORD_FLAGS) << "of a kind that was not asked for";
}

}  // namespace
}  // namespace driver_test
