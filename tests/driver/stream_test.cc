// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Streams: packets sent, buffers filled, the receive ring, and the counters that tell of overruns.

#include <numeric>

#include "fixture.h"

namespace driver_test {
namespace {

using Packet = FakeEngine::Packet;
using testing::ElementsAre;

std::vector<uint8_t> Bytes(uint32_t n, uint8_t from = 1) {
  std::vector<uint8_t> bytes(n);
  std::iota(bytes.begin(), bytes.end(), from);
  return bytes;
}

class StreamTest : public DriverTest {
 protected:
  sgdma_buffer_t From(uint32_t at, uint32_t len) const { return {src.iova + at, len, 0, false, 0}; }
  sgdma_buffer_t To(uint32_t at, uint32_t len) const { return {dst.iova + at, len, 0, false, 0}; }
  void Arrive(std::vector<uint8_t> bytes, bool last = true, bool broken = false) {
    engine.channel(0).incoming.push_back({std::move(bytes), last, broken});
  }
  sgdma_result_t Send(std::vector<sgdma_buffer_t> list, uint32_t flags = SGDMA_NOTIFY) {
    return sgdma_prep_slave_sg(&chan, SGDMA_TO_STREAM, list.data(), list.size(), flags, &cookie);
  }
  sgdma_result_t Receive(std::vector<sgdma_buffer_t>& list, uint32_t flags = SGDMA_NOTIFY) {
    return sgdma_prep_slave_sg(&chan, SGDMA_FROM_STREAM, list.data(), list.size(), flags, &cookie);
  }
  void Finish(sgdma_tx_status_t status = SGDMA_COMPLETE) {
    Issue();
    ASSERT_EQ(sgdma_wait(&chan, cookie, 70), SGDMA_OK);
    ASSERT_EQ(sgdma_status(&chan, cookie), status);
  }
  sgdma_cookie_t cookie = 0;
};

// ---- To a stream

TEST_F(StreamTest, SegmentsAreSentAsOnePacket) {
  Open();
  ASSERT_EQ(Send({From(0, 10), From(500, 7)}), SGDMA_OK);
  Finish();
  std::vector<uint8_t> expected = Source(0, 10);
  for (const uint8_t byte : Source(500, 7)) expected.push_back(byte);
  EXPECT_THAT(engine.channel(0).sent, ElementsAre(Packet{expected, true, false}));
}

TEST_F(StreamTest, OnlyTheVeryLastPieceEndsThePacket) {
  Open();
  ASSERT_EQ(Send({From(0, 10), From(0, 65536)}), SGDMA_OK);
  Issue();
  EXPECT_EQ(engine.DescriptorCtl(0, 0), SGDMA_OP_SEND | SGDMA_CTL_PHASE);
  EXPECT_EQ(engine.DescriptorCtl(0, 1), SGDMA_OP_SEND | SGDMA_CTL_PHASE);
  EXPECT_EQ(engine.DescriptorCtl(0, 2),
            SGDMA_OP_SEND | SGDMA_CTL_PHASE | SGDMA_CTL_EOP | SGDMA_CTL_IRQ | SGDMA_CTL_CPL);
  EXPECT_EQ(engine.Descriptor(0, 0).dst_lo, 0u);
}

TEST_F(StreamTest, MoreJoinsTransactionsToOnePacket) {
  Open();
  ASSERT_EQ(Send({From(0, 10)}, SGDMA_CPL | SGDMA_MORE), SGDMA_OK);
  ASSERT_EQ(Send({From(10, 10)}), SGDMA_OK);
  Finish();
  EXPECT_THAT(engine.channel(0).sent, ElementsAre(Packet{Source(0, 20), true, false}));
}

TEST_F(StreamTest, ASendThatMovedBytesIsNotRetried) {
  Open();
  engine.errors[src.iova + 4] = SGDMA_FAULT_SLVERR;
  ASSERT_EQ(Send({From(0, 10)}), SGDMA_OK);
  Finish(SGDMA_ERROR);
  EXPECT_EQ(Fault().bytes, 4u);
  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED);
  EXPECT_EQ(sgdma_retry_rest(&chan), SGDMA_REFUSED);
  EXPECT_EQ(engine.DescriptorLen(0, 0), 10u);
  EXPECT_EQ(sgdma_skip(&chan), SGDMA_OK);
}

// ---- From a stream

TEST_F(StreamTest, EachBufferSaysWhatCameAndWhereThePacketEnded) {
  Open();
  std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 100), To(200, 100)};
  ASSERT_EQ(Receive(list), SGDMA_OK);
  Arrive(Bytes(150));
  Arrive(Bytes(7, 200));
  Finish();

  EXPECT_EQ(list[0].received, 100u);
  EXPECT_FALSE(list[0].eop);
  EXPECT_EQ(list[1].received, 50u);
  EXPECT_TRUE(list[1].eop);
  EXPECT_EQ(list[2].received, 7u);
  EXPECT_TRUE(list[2].eop);
  for (const sgdma_buffer_t& b : list) EXPECT_EQ(b.status, SGDMA_COMPLETE);
  EXPECT_EQ(Destination(0, 150), Bytes(150));
  EXPECT_EQ(Destination(200, 7), Bytes(7, 200));
}

// Row G2: exactly full; row G8: nothing but the end.
TEST_F(StreamTest, APacketThatFillsItsBufferAndAnEmptyOne) {
  Open();
  std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 100)};
  ASSERT_EQ(Receive(list), SGDMA_OK);
  Arrive(Bytes(100));
  Arrive({});
  Finish();
  EXPECT_EQ(list[0].received, 100u);
  EXPECT_TRUE(list[0].eop);
  EXPECT_EQ(list[1].received, 0u);
  EXPECT_TRUE(list[1].eop);
  EXPECT_EQ(list[1].status, SGDMA_COMPLETE);
}

TEST_F(StreamTest, BuffersThatAreFilledAreToldBeforeTheOthers) {
  Open();
  std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 100)};
  ASSERT_EQ(Receive(list), SGDMA_OK);
  Issue();
  Arrive(Bytes(3));
  engine.Run(5);
  sgdma_poll(&chan);
  EXPECT_EQ(list[0].status, SGDMA_COMPLETE);
  EXPECT_EQ(list[1].status, SGDMA_IN_PROGRESS);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_IN_PROGRESS);

  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(list[0].status, SGDMA_COMPLETE);
  EXPECT_EQ(list[1].status, SGDMA_TERMINATED);
  EXPECT_EQ(list[1].received, 0u);
}

TEST_F(StreamTest, ABrokenPacketIsAnErrorOfItsBuffer) {
  Open();
  std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 100), To(200, 100)};
  ASSERT_EQ(Receive(list), SGDMA_OK);
  Arrive(Bytes(5));
  Arrive(Bytes(9), true, true);
  Arrive(Bytes(6));
  Finish(SGDMA_ERROR);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_STREAM_ERROR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_STREAM);
  EXPECT_EQ(Fault().bytes, 9u);
  EXPECT_EQ(Fault().tx_bytes, 14u) << "what came, not what the buffers hold";
  EXPECT_EQ(list[1].status, SGDMA_IN_PROGRESS) << "the engine's until it is decided";

  EXPECT_EQ(sgdma_retry(&chan), SGDMA_REFUSED) << "the packet has moved";
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(&chan, cookie, 20), SGDMA_OK);
  EXPECT_EQ(list[1].status, SGDMA_ERROR);
  EXPECT_EQ(list[1].received, 9u);
  EXPECT_EQ(list[2].status, SGDMA_COMPLETE);
  EXPECT_EQ(list[2].received, 6u);
  EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_ERROR);
}

TEST_F(StreamTest, UnderContinueTheOtherBuffersGoOn) {
  config.policy = SGDMA_CONTINUE;
  Open();
  std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 100)};
  ASSERT_EQ(Receive(list), SGDMA_OK);
  Arrive(Bytes(9), true, true);
  Arrive(Bytes(6));
  Finish(SGDMA_ERROR);
  EXPECT_EQ(list[0].status, SGDMA_ERROR);
  EXPECT_EQ(list[1].status, SGDMA_COMPLETE);
}

TEST_F(StreamTest, StreamsThatCanNotWorkAreRefused) {
  Open();
  std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 65536)};
  EXPECT_EQ(Receive(list), SGDMA_BAD_LENGTH) << "packets end where they like";
  list[1].len = 0;
  EXPECT_EQ(Receive(list), SGDMA_BAD_LENGTH);
  list[1] = {0, 8, 0, false, 0};
  EXPECT_EQ(Receive(list), SGDMA_BAD_ADDRESS);
  list.assign(16, To(0, 8));
  EXPECT_EQ(Receive(list), SGDMA_TOO_LONG);
  EXPECT_EQ(sgdma_prep_slave_sg(&chan, SGDMA_TO_STREAM, list.data(), 0, 0, &cookie),
            SGDMA_BAD_LENGTH);
  list = {To(0, 8)};
  EXPECT_EQ(Receive(list, SGDMA_MORE), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(Receive(list, SGDMA_SRC_FIXED), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(Send(list, SGDMA_DST_FIXED), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_prep_slave_sg(&chan, SGDMA_NO_STREAM, list.data(), 1, 0, &cookie),
            SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_prep_slave_sg(&chan, SGDMA_TO_STREAM, nullptr, 1, 0, &cookie),
            SGDMA_BAD_ARGUMENT);
  dev.caps.features &= ~SGDMA_GLB_CAP3_STREAM_MASK;
  EXPECT_EQ(Receive(list), SGDMA_UNSUPPORTED);
  EXPECT_EQ(Send(list), SGDMA_UNSUPPORTED);
  EXPECT_EQ(sgdma_room(&chan), 15u);
}

TEST_F(StreamTest, APeripheralsFifoMayBeTheOtherSide) {
  Open();
  constexpr uint64_t kFifo = 0x4000'0000;
  engine.fifos[kFifo] = {1, 2, 3, 4};
  ASSERT_EQ(Send({{kFifo, 4, 0, false, 0}}, SGDMA_CPL | SGDMA_SRC_FIXED), SGDMA_OK);
  Finish();
  EXPECT_THAT(engine.channel(0).sent, ElementsAre(Packet{{1, 2, 3, 4}, true, false}));
}

// ---- Endless

TEST_F(StreamTest, AnEndlessListFillsItsPeriodsFromAStream) {
  Open();
  std::vector<uint8_t> memory(16 * 3);
  sgdma_array_t array = {};
  Map(memory, SGDMA_SHARED, &array.mem);
  sgdma_cyclic_t cyclic = {&array, 1, nullptr, nullptr, SGDMA_FROM_STREAM, 0, 0, 0, 0, 0};
  const sgdma_segment_t list[] = {{UINT64_MAX, dst.iova, 8}, {0, dst.iova + 8, 8}};
  ASSERT_EQ(sgdma_prep_cyclic(&chan, &cyclic, list, 2, SGDMA_CPL, &cookie), SGDMA_OK);
  Issue();
  Arrive(Bytes(20), false);
  engine.Run(10);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 2u);
  Arrive(Bytes(4, 100), false);
  engine.Run(2);
  sgdma_poll(&chan);
  EXPECT_EQ(cyclic.periods, 3u);
  EXPECT_EQ(Destination(8, 8), Bytes(8, 9));
  EXPECT_EQ(Destination(0, 8), (std::vector<uint8_t>{17, 18, 19, 20, 100, 101, 102, 103}));
  cyclic.stream = static_cast<sgdma_stream_t>(3);
  EXPECT_EQ(sgdma_prep_cyclic(&chan, &cyclic, list, 2, SGDMA_CPL, &cookie), SGDMA_BAD_ARGUMENT);
  cyclic.stream = SGDMA_TO_STREAM;
  dev.caps.features &= ~SGDMA_GLB_CAP3_STREAM_MASK;
  EXPECT_EQ(sgdma_prep_cyclic(&chan, &cyclic, list, 2, SGDMA_CPL, &cookie), SGDMA_UNSUPPORTED);
}

// ---- Receive ring

class RxTest : public StreamTest {
 protected:
  void OpenRx(uint32_t n, uint32_t flags = SGDMA_IRQ) {
    for (uint32_t i = 0; i < n; ++i) buffers.push_back(To(100 * i, 100));
    ASSERT_EQ(sgdma_rx_open(&rx, &chan, buffers.data(), n, flags, Heard::Callback, &heard),
              SGDMA_OK);
  }
  uint32_t Refill() {
    uint32_t posted = 0;
    EXPECT_EQ(sgdma_rx_refill(&rx, &posted), SGDMA_OK);
    return posted;
  }
  sgdma_buffer_t* Take() {
    sgdma_buffer_t* buffer = nullptr;
    EXPECT_EQ(sgdma_rx_take(&rx, &buffer), SGDMA_OK);
    return buffer;
  }
  sgdma_result_t TakeResult() {
    sgdma_buffer_t* buffer = nullptr;
    return sgdma_rx_take(&rx, &buffer);
  }
  std::vector<sgdma_buffer_t> buffers;
  sgdma_rx_t rx = {};
};

TEST_F(RxTest, PacketsAreTakenInOrderAndTheirBuffersGoRound) {
  config.interrupts = true;
  Open();
  OpenRx(3);
  ASSERT_EQ(Refill(), 3u);
  EXPECT_EQ(engine.doorbells, 1u) << "one for all of them";
  for (uint8_t i = 0; i < 40; ++i) {
    Arrive(Bytes(10 + i, i));
    engine.Run(2);
    sgdma_buffer_t* buffer = Take();
    ASSERT_EQ(buffer, &buffers[i % 3]);
    EXPECT_EQ(buffer->received, 10u + i);
    EXPECT_TRUE(buffer->eop);
    EXPECT_EQ(Destination(100 * (i % 3), 10 + i), Bytes(10 + i, i));
    ASSERT_EQ(sgdma_rx_give(&rx), SGDMA_OK);
    ASSERT_EQ(Refill(), 1u);
  }
  EXPECT_EQ(heard.ends.size(), 40u) << "told of each";
}

TEST_F(RxTest, APacketLongerThanABufferTakesSeveral) {
  Open();
  OpenRx(4, 0);
  Refill();
  Arrive(Bytes(250));
  engine.Run(5);
  sgdma_poll(&chan);
  EXPECT_FALSE(Take()->eop);
  EXPECT_FALSE(Take()->eop);
  const sgdma_buffer_t* last = Take();
  EXPECT_TRUE(last->eop);
  EXPECT_EQ(last->received, 50u);
  EXPECT_EQ(TakeResult(), SGDMA_AGAIN);
}

// Row G4: the ring runs dry and is filled again; nothing is lost, nothing is overwritten.
TEST_F(RxTest, ADryRingStallsTheStreamAndLosesNothing) {
  Open();
  OpenRx(2, 0);
  Refill();
  for (uint8_t i = 0; i < 5; ++i) Arrive(Bytes(10, i));
  engine.Run(20);
  sgdma_poll(&chan);
  const sgdma_buffer_t* first = Take();
  const sgdma_buffer_t* second = Take();
  EXPECT_EQ(Refill(), 0u) << "both are held";
  EXPECT_EQ(TakeResult(), SGDMA_AGAIN);
  EXPECT_EQ(Destination(0, 10), Bytes(10, 0));
  EXPECT_EQ(first->status, SGDMA_COMPLETE);
  EXPECT_EQ(second->status, SGDMA_COMPLETE);
  for (uint8_t i = 2; i < 5; ++i) {
    ASSERT_EQ(sgdma_rx_give(&rx), SGDMA_OK);
    ASSERT_EQ(Refill(), 1u);
    engine.Run(3);
    sgdma_poll(&chan);
    Take();
    EXPECT_EQ(Destination(100 * (i % 2), 10), Bytes(10, i));
  }
}

TEST_F(RxTest, ABufferMayBeReplacedBeforeItIsGivenBack) {
  Open();
  OpenRx(1, 0);
  Refill();
  Arrive(Bytes(10));
  engine.Run(2);
  sgdma_poll(&chan);
  sgdma_buffer_t* buffer = Take();
  buffer->iova = dst.iova + 5000;
  buffer->len = 20;
  ASSERT_EQ(sgdma_rx_give(&rx), SGDMA_OK);
  ASSERT_EQ(Refill(), 1u);
  Arrive(Bytes(15, 50));
  engine.Run(2);
  sgdma_poll(&chan);
  EXPECT_EQ(Take()->received, 15u);
  EXPECT_EQ(Destination(5000, 15), Bytes(15, 50));
}

TEST_F(RxTest, MoreBuffersThanRoomArePostedAsTheyFit) {
  Open(2, 4);
  OpenRx(5, 0);
  EXPECT_EQ(Refill(), 3u);
  uint32_t posted = 7;
  EXPECT_EQ(sgdma_rx_refill(&rx, &posted), SGDMA_AGAIN);
  EXPECT_EQ(posted, 0u);
  Arrive(Bytes(10));
  engine.Run(2);
  sgdma_poll(&chan);
  EXPECT_EQ(Refill(), 1u);
}

// The table has forgotten the transaction; the buffer has not.
TEST_F(RxTest, AFilledBufferOutlivesItsEntryInTheTable) {
  Open(4, 4, 1);
  OpenRx(2, 0);
  Refill();
  Arrive(Bytes(10));
  Arrive(Bytes(11));
  engine.Run(4);
  sgdma_poll(&chan);
  const sgdma_cookie_t copy = Copy(0, 1000, 8);
  Issue();
  ASSERT_EQ(sgdma_wait(&chan, copy, 10), SGDMA_OK);
  EXPECT_EQ(Take()->received, 10u);
  EXPECT_EQ(Take()->received, 11u);
}

TEST_F(RxTest, BehindABadPacketTheRingSaysHaltedAndAfterASkipGoesOn) {
  Open();
  OpenRx(3, 0);
  Refill();
  Arrive(Bytes(10), true, true);
  Arrive(Bytes(12));
  engine.Run(3);
  sgdma_poll(&chan);
  EXPECT_EQ(TakeResult(), SGDMA_HALTED);
  ASSERT_EQ(sgdma_skip(&chan), SGDMA_OK);
  EXPECT_EQ(Take()->status, SGDMA_ERROR);
  engine.Run(3);
  sgdma_poll(&chan);
  EXPECT_EQ(Take()->received, 12u);
}

// Row E8, E14: terminated with buffers posted; all come back, and the ring starts anew.
TEST_F(RxTest, ATerminateGivesEveryBufferBack) {
  Open();
  OpenRx(3, 0);
  Refill();
  Arrive(Bytes(10));
  engine.Run(2);
  ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
  EXPECT_EQ(Take()->status, SGDMA_COMPLETE);
  EXPECT_EQ(Take()->status, SGDMA_TERMINATED);
  EXPECT_EQ(Take()->status, SGDMA_TERMINATED);
  EXPECT_EQ(TakeResult(), SGDMA_AGAIN);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(sgdma_rx_give(&rx), SGDMA_OK);
  EXPECT_EQ(Refill(), 3u);
  Arrive(Bytes(12));
  engine.Run(2);
  sgdma_poll(&chan);
  EXPECT_EQ(Take()->received, 12u);
}

TEST_F(RxTest, MisuseIsRefused) {
  Open();
  std::vector<sgdma_buffer_t> one = {To(0, 8)};
  const auto open = [&](sgdma_rx_t* r, sgdma_chan_t* c, sgdma_buffer_t* b, uint32_t n,
                        uint32_t flags) {
    return sgdma_rx_open(r, c, b, n, flags, nullptr, nullptr);
  };
  EXPECT_EQ(open(nullptr, &chan, one.data(), 1, 0), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(open(&rx, nullptr, one.data(), 1, 0), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(open(&rx, &chan, nullptr, 1, 0), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(open(&rx, &chan, one.data(), 0, 0), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(open(&rx, &chan, one.data(), 1, SGDMA_CPL), SGDMA_BAD_ARGUMENT);
  EXPECT_EQ(sgdma_rx_refill(&rx, nullptr), SGDMA_BAD_ARGUMENT) << "not open";
  EXPECT_EQ(TakeResult(), SGDMA_BAD_ARGUMENT) << "not open";
  ASSERT_EQ(open(&rx, &chan, one.data(), 1, 0), SGDMA_OK);
  EXPECT_EQ(sgdma_rx_give(&rx), SGDMA_BAD_STATE) << "none is held";
  EXPECT_EQ(TakeResult(), SGDMA_AGAIN) << "none is posted";
  one[0].len = 0;
  uint32_t posted = 9;
  EXPECT_EQ(sgdma_rx_refill(&rx, &posted), SGDMA_BAD_LENGTH);
  EXPECT_EQ(posted, 0u);
  dev.caps.features &= ~SGDMA_GLB_CAP3_STREAM_MASK;
  EXPECT_EQ(open(&rx, &chan, one.data(), 1, 0), SGDMA_UNSUPPORTED);
}

// ---- Counters

TEST_F(StreamTest, CountersAreReadAndA64BitOneIsWhole) {
  Open();
  engine.channel(0).bytes_moved = 0xFFFF'FFFF;
  engine.before_read = [&](uint32_t offset) {  // row E18: a carry between the halves
    if (offset == FakeEngine::kPage + SGDMA_CH_CNT_BYTES_HI) ++engine.channel(0).bytes_moved;
  };
  engine.forced[FakeEngine::kPage + SGDMA_CH_CNT_STREAM_STALL] = 77;
  engine.forced[FakeEngine::kPage + SGDMA_CH_CNT_STREAM_DISCARD] = 88;
  sgdma_counters_t counters = {};
  ASSERT_EQ(sgdma_read_counters(&chan, &counters), SGDMA_OK);
  engine.before_read = nullptr;
  EXPECT_EQ(counters.bytes, 0xFFFF'FFFFu);
  EXPECT_EQ(counters.stream_stall_cycles, 77u);
  EXPECT_EQ(counters.stream_discard_bytes, 88u);
  EXPECT_EQ(sgdma_read_counters(&chan, nullptr), SGDMA_BAD_ARGUMENT);
  dev.caps.features &= ~SGDMA_GLB_CAP3_COUNTERS_MASK;
  EXPECT_EQ(sgdma_read_counters(&chan, &counters), SGDMA_OK) << "the streams' counters are there";
  dev.caps.features &= ~SGDMA_GLB_CAP3_STREAM_MASK;
  EXPECT_EQ(sgdma_read_counters(&chan, &counters), SGDMA_UNSUPPORTED);
}

// ---- Row E12

class AbsurdStream : public StreamTest {
 protected:
  // Two buffers of 100 bytes wait in slots 0 and 1.
  void ExpectBroken(sgdma_record_t record, sgdma_fault_code_t code, uint32_t flags = 0) {
    Open();
    std::vector<sgdma_buffer_t> list = {To(0, 100), To(100, 100)};
    ASSERT_EQ(Receive(list), SGDMA_OK);
    Issue();
    record.tail |= flags;
    engine.PostRecord(0, record);
    sgdma_poll(&chan);
    EXPECT_EQ(sgdma_chan_state(&chan), SGDMA_CHAN_BROKEN);
    EXPECT_EQ(Fault().code, code) << sgdma_fault_name(Fault().code);
    for (const sgdma_buffer_t& b : list) {
      EXPECT_EQ(b.status, SGDMA_IN_PROGRESS) << "nothing is given back";
      EXPECT_EQ(b.received, 0u);
    }
    ASSERT_EQ(sgdma_terminate(&chan), SGDMA_OK);
    EXPECT_EQ(list[0].status, SGDMA_TERMINATED);
  }
};

TEST_F(AbsurdStream, MoreBytesThanTheBuffer) {
  ExpectBroken(FakeEngine::Record(0, 101), SGDMA_FAULT_RECORD_BYTES, SGDMA_REC_EOP);
}

TEST_F(AbsurdStream, AFullLengthRecordOfAnAbsurdLength) {
  ExpectBroken(FakeEngine::Record(0, 0xFFFFFFFF), SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(AbsurdStream, TooFewBytesWithoutTheEndOfAPacket) {
  ExpectBroken(FakeEngine::Record(0, 99), SGDMA_FAULT_RECORD_BYTES);
}

TEST_F(AbsurdStream, ALaterBufferFirst) {
  ExpectBroken(FakeEngine::Record(1, 100), SGDMA_FAULT_RECORD_MISSING);
}

TEST_F(AbsurdStream, ABufferOfALaterTransactionWhileAnEarlierOneOwesItsRecord) {
  Open();
  std::vector<sgdma_buffer_t> first = {To(0, 100)}, second = {To(100, 100)};
  ASSERT_EQ(Receive(first), SGDMA_OK);
  ASSERT_EQ(Receive(second), SGDMA_OK);
  Issue();
  engine.PostRecord(0, FakeEngine::Record(1, 100));
  sgdma_poll(&chan);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_RECORD_MISSING);
  EXPECT_EQ(second[0].status, SGDMA_IN_PROGRESS);
  EXPECT_EQ(second[0].received, 0u);
}

TEST_F(AbsurdStream, AReservedFlag) {
  ExpectBroken(FakeEngine::Record(0, 100), SGDMA_FAULT_RECORD_FLAGS, SGDMA_REC_ZERO);
}

TEST_F(AbsurdStream, TheEndOfAPacketThatWasSent) {
  Open();
  ASSERT_EQ(Send({From(0, 10)}), SGDMA_OK);
  Issue();
  sgdma_record_t record = FakeEngine::Record(0, 10);
  record.tail |= SGDMA_REC_EOP;
  engine.PostRecord(0, record);
  sgdma_poll(&chan);
  EXPECT_EQ(Fault().code, SGDMA_FAULT_RECORD_FLAGS);
}

}  // namespace
}  // namespace driver_test
