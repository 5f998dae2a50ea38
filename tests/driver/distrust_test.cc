// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// E12: the device writes what can not be true. Each lie has a fault code of its own, the channel is
// BROKEN, nothing is indexed with it (the asan build watches), and terminate brings it back.

#include <algorithm>

#include "fixture.h"

namespace driver_test {
namespace {

class DistrustTest : public DriverTest {
 protected:
  // Three copies of 100 bytes in flight, slots 0 to 2; nothing has ended.
  void SetUp() override {
    DriverTest::SetUp();
    Open();
    for (sgdma_cookie_t& cookie : cookies) {
      cookie = Copy(0, 0, 100);
      Listen(cookie);
    }
    Issue();
  }

  void ExpectBroken(sgdma_fault_code_t code) {
    sgdma_poll(&chan);
    EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
    EXPECT_EQ(Fault().code, code) << sgdma_fault_name(Fault().code);
    EXPECT_TRUE(heard.ends.empty()) << "nothing is given back";
    for (const sgdma_cookie_t cookie : cookies) {
      EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
    }
    ExpectEverythingRefused();
    ExpectRecovery();
  }

  void ExpectEverythingRefused() {
    sgdma_cookie_t refused = 0;
    uint64_t bytes = 0;
    EXPECT_EQ(sgdma_prep_nop(&chan, 0, &refused), SGDMA_DEVICE_FAULT);
    EXPECT_EQ(sgdma_issue_pending(&chan), SGDMA_DEVICE_FAULT);
    EXPECT_EQ(sgdma_pause(&chan), SGDMA_DEVICE_FAULT);
    EXPECT_EQ(sgdma_retry(&chan), SGDMA_DEVICE_FAULT);
    EXPECT_EQ(sgdma_residue(&chan, cookies[0], &bytes), SGDMA_DEVICE_FAULT);
    EXPECT_EQ(engine.channel(0).config[SGDMA_CH_ENABLE], 0u) << "no interrupt storm";
  }

  void ExpectRecovery() {
    engine.forced.clear();
    engine.write_records = true;
    ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
    EXPECT_EQ(heard.ends.size(), 3u);
    const sgdma_cookie_t next = Copy(1000, 1000, 100);
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, next, 20), SGDMA_OK);
    EXPECT_EQ(sgdma_status(&chan, next), SGDMA_COMPLETE);
    EXPECT_EQ(Destination(1000, 100), Source(1000, 100));
  }

  sgdma_cookie_t cookies[3] = {};
};

TEST_F(DistrustTest, ASlotBeyondTheRing) {
  engine.PostRecord(0, FakeEngine::Record(16, 100));
  ExpectBroken(SGDMA_FAULT_RECORD_SLOT);
}

TEST_F(DistrustTest, TheLargestSlot) {
  engine.PostRecord(0, FakeEngine::Record(0xFFFF, 100));
  ExpectBroken(SGDMA_FAULT_RECORD_SLOT);
}

TEST_F(DistrustTest, ASlotNotInFlight) {
  engine.PostRecord(0, FakeEngine::Record(3, 100));
  ExpectBroken(SGDMA_FAULT_RECORD_SLOT);
}

TEST_F(DistrustTest, MoreBytesThanTheDescriptorHas) {
  engine.PostRecord(0, FakeEngine::Record(0, 101));
  ExpectBroken(SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(DistrustTest, MoreBytesThanTheDescriptorHasInAnError) {
  engine.PostRecord(0, FakeEngine::Record(0, 0xFFFFFFFF, SGDMA_FAULT_SLVERR, SGDMA_WHERE_READ));
  ExpectBroken(SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(DistrustTest, ASuccessWithTooFewBytes) {
  engine.PostRecord(0, FakeEngine::Record(0, 99));
  ExpectBroken(SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(DistrustTest, AnUnknownStatus) {
  engine.PostRecord(0, FakeEngine::Record(0, 100, 14));
  ExpectBroken(SGDMA_FAULT_RECORD_STATUS);
}

TEST_F(DistrustTest, AnUnknownPlace) {
  engine.PostRecord(0, FakeEngine::Record(0, 0, SGDMA_FAULT_SLVERR, 8));
  ExpectBroken(SGDMA_FAULT_RECORD_STATUS);
}

TEST_F(DistrustTest, ASuccessThatFailedSomewhere) {
  engine.PostRecord(0, FakeEngine::Record(0, 100, 0, SGDMA_WHERE_WRITE));
  ExpectBroken(SGDMA_FAULT_RECORD_STATUS);
}

TEST_F(DistrustTest, AListEntryOfACopyThatHasNoList) {
  engine.PostRecord(0, FakeEngine::Record(0, 0, 0, 0, 0));
  ExpectBroken(SGDMA_FAULT_RECORD_INDEX);
}

class ReservedFlag : public DistrustTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(ReservedFlag, IsRefused) {
  sgdma_record_t record = FakeEngine::Record(0, 100);
  record.tail |= GetParam();
  engine.PostRecord(0, record);
  ExpectBroken(SGDMA_FAULT_RECORD_FLAGS);
}

INSTANTIATE_TEST_SUITE_P(Bits, ReservedFlag,
                         testing::Values(SGDMA_REC_ZERO, SGDMA_REC_DIRECT, SGDMA_REC_EOP));

TEST_F(DistrustTest, ARecordForALaterTransactionWhileAnEarlierOneOwesOne) {
  engine.PostRecord(0, FakeEngine::Record(1, 100));
  ExpectBroken(SGDMA_FAULT_RECORD_MISSING);
}

TEST_F(DistrustTest, TheSameRecordTwice) {
  engine.PostRecord(0, FakeEngine::Record(0, 100));
  engine.PostRecord(0, FakeEngine::Record(0, 100));
  sgdma_poll(&chan);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_RECORD_SLOT);
  EXPECT_EQ(heard.ends.size(), 1u);
}

// E12: stale phase. The engine says DONE and has moved its head, and the record is of another lap.
TEST_F(DistrustTest, AStalePhaseBehindADoneCause) {
  engine.PostRecord(0, FakeEngine::Record(0, 100), false);
  engine.channel(0).head = 1;
  engine.channel(0).cause = SGDMA_CH_CAUSE_DONE_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  ExpectBroken(SGDMA_FAULT_RECORD_MISSING);
}

TEST_F(DistrustTest, AStalePhaseIsFoundByPollingToo) {
  engine.write_records = false;
  engine.Run(3);
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  ExpectBroken(SGDMA_FAULT_RECORD_MISSING);
}

TEST_F(DistrustTest, AStalePhaseAloneIsNoNews) {
  engine.PostRecord(0, FakeEngine::Record(0, 100), false);
  EXPECT_EQ(sgdma_poll(&chan), 0u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

class AbsurdHead : public DistrustTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(AbsurdHead, IsRefused) {
  engine.forced[4096 + SGDMA_CH_SUB_HEAD] = GetParam();
  engine.channel(0).cause = SGDMA_CH_CAUSE_DONE_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  ExpectBroken(SGDMA_FAULT_HEAD_RANGE);
}

INSTANTIATE_TEST_SUITE_P(Values, AbsurdHead, testing::Values(4u, 15u, 16u, 0xFFFFu));

TEST_F(DistrustTest, AnUnknownState) {
  engine.forced[4096 + SGDMA_CH_STATE] = 6;
  engine.channel(0).cause = SGDMA_CH_CAUSE_ERROR_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  ExpectBroken(SGDMA_FAULT_STATE);
}

TEST_F(DistrustTest, AChannelResetBehindTheDriversBack) {
  engine.Write32(SGDMA_GLB_CH_BASE + SGDMA_GLB_CH_RESET, 1);
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  ExpectBroken(SGDMA_FAULT_LOST);
}

class AbsurdPosition : public DistrustTest, public testing::WithParamInterface<uint32_t> {};

TEST_P(AbsurdPosition, IsRefused) {
  engine.forced[4096 + SGDMA_CH_POS_SLOT_INDEX] = GetParam() | SGDMA_INDEX_RING << 16;
  uint64_t bytes = 0;
  EXPECT_EQ(sgdma_residue(&chan, cookies[1], &bytes), SGDMA_DEVICE_FAULT);
  ExpectBroken(SGDMA_FAULT_POSITION_RANGE);
}

INSTANTIATE_TEST_SUITE_P(Slots, AbsurdPosition, testing::Values(4u, 15u, 16u, 0xFFFFu));

TEST_F(DistrustTest, APositionWithMoreBytesThanTheDescriptor) {
  engine.forced[4096 + SGDMA_CH_POS_BYTES] = 101;
  uint64_t bytes = 0;
  EXPECT_EQ(sgdma_residue(&chan, cookies[0], &bytes), SGDMA_DEVICE_FAULT);
  ExpectBroken(SGDMA_FAULT_POSITION_RANGE);
}

TEST_F(DistrustTest, AnErrorImageWithAnUnknownStatus) {
  engine.channel(0).state = SGDMA_CH_STATE_STATE_HALTED;
  engine.channel(0).image = {0, 0, 0, 0x00FF0000};
  engine.channel(0).image_valid = true;
  engine.channel(0).cause = SGDMA_CH_CAUSE_HALTED_MASK;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  ExpectBroken(SGDMA_FAULT_RECORD_STATUS);
}

TEST_F(DistrustTest, ADeviceThatIsGoneIsBusyForTerminateAndRelease) {
  engine.gone = true;
  EXPECT_TRUE(sgdma_handle_irq(&chan));
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_GONE);

  EXPECT_EQ(sgdma_terminate(&chan), SGDMA_BUSY);
  EXPECT_EQ(sgdma_chan_release(&chan), SGDMA_BUSY);
  EXPECT_TRUE(heard.ends.empty());
}

TEST_F(DistrustTest, TheErrorHookHearsOfABrokenChannel) {
  ASSERT_EQ(sgdma_chan_release(&chan), SGDMA_OK);
  std::vector<sgdma_fault_code_t> told;
  config.on_error = [](void* arg, sgdma_chan_t*, const sgdma_fault_t* fault) {
    static_cast<std::vector<sgdma_fault_code_t>*>(arg)->push_back(fault->code);
  };
  config.on_error_arg = &told;
  ASSERT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_OK);
  Copy(0, 0, 100);
  Issue();
  engine.PostRecord(0, FakeEngine::Record(9, 100));
  sgdma_poll(&chan);
  sgdma_poll(&chan);
  EXPECT_THAT(told, testing::ElementsAre(SGDMA_FAULT_RECORD_SLOT));
}

// A retried descriptor owes a record of its own; the error's does not stand in for it.
TEST_F(DistrustTest, ARetryThatEndsWithoutARecord) {
  engine.errors[src.iova + 10] = SGDMA_FAULT_SLVERR;
  engine.Run(1);
  sgdma_poll(&chan);
  ASSERT_EQ(sgdma_status(&chan, cookies[0]), SGDMA_ERROR);
  engine.errors.clear();
  engine.write_records = false;
  ASSERT_EQ(sgdma_retry(&chan), SGDMA_OK);
  engine.Run(1);
  for (int i = 0; i < 64; ++i) sgdma_poll(&chan);
  ExpectBroken(SGDMA_FAULT_RECORD_MISSING);
}

// A lie told while terminate waits does not keep it from ending; the channel is reset then.
TEST_F(DistrustTest, ALieDuringTerminateEndsInAReset) {
  engine.unfinished = true;
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_BUSY);
  engine.PostRecord(0, FakeEngine::Record(99, 100));
  engine.unfinished = false;
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(heard.ends.size(), 3u);
  EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_RUNNING);
}

}  // namespace
}  // namespace driver_test
