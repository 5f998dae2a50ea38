// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Packets out of memory and into it: driver, engine, translator and streams together (fault-cases
// G1, G2, G4, G8).

#include "stream_fixture.h"

namespace tb {
namespace {

// ---- Out of memory ----

TEST_F(StreamTest, GathersThreeFragmentsIntoOnePacket) {
  const Buffer head = host().Map(14, Pattern::Random());
  const Buffer body = host().Map(4000, Pattern::Random());
  const Buffer tail = host().Map(7, Pattern::Random());
  StreamSink& sink = host().sink();

  const sgdma_cookie_t cookie = Send({Whole(head), Whole(body), Whole(tail)});
  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_EQ(sink.packets()[0].bytes, Concat({head, body, tail}));
  EXPECT_FALSE(sink.packets()[0].user);
}

TEST_F(StreamTest, SendsPacketsOfEachLengthUpToThreeWordsFromEachOffset) {
  Boot({.channel = {.sub_log2 = 9, .cpl_log2 = 9, .tx_log2 = 9}});
  const Buffer src = host().Map(64, Pattern::Random());
  const Bytes all = src.PeekBytes();
  host().sink().SetStall(Stall::Random(0.3));
  std::vector<Bytes> want;
  for (uint32_t at = 0; at < 8; ++at) {
    for (uint32_t bytes = 1; bytes <= 24; ++bytes) {
      Send({Piece(src, at, bytes)}, at == 7 && bytes == 24 ? SGDMA_NOTIFY : 0);
      want.emplace_back(all.begin() + at, all.begin() + at + bytes);
    }
  }
  IssueAndServe();

  std::vector<Bytes> sent;
  for (const auto& packet : host().sink().packets()) sent.push_back(packet.bytes);
  EXPECT_EQ(sent, want);
}

TEST_F(StreamTest, APacketMayBeLongerThanADescriptorCanSayAndThanATransaction) {
  const Buffer src = host().Map(140'000, Pattern::Random());
  StreamSink& sink = host().sink();

  Send({Piece(src, 0, 70'001)}, SGDMA_MORE);
  const sgdma_cookie_t cookie = Send({Piece(src, 70'001, 69'999)});
  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_EQ(sink.packets()[0].bytes, src.bytes());
}

// ---- Into memory ----

TEST_F(StreamTest, EachBufferSaysWhatCameAndWhereThePacketEnded) {
  const Buffer dst = host().Map(3 * 100);
  List list = {Piece(dst, 0, 100), Piece(dst, 100, 100), Piece(dst, 200, 100)};
  const sgdma_cookie_t cookie = Receive(&list);
  const Bytes longer = Arrive(150);
  const Bytes shorter = Arrive(7);
  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(list[0].received, 100u);
  EXPECT_FALSE(list[0].eop);
  EXPECT_EQ(list[1].received, 50u);
  EXPECT_TRUE(list[1].eop);
  EXPECT_EQ(list[2].received, 7u);
  EXPECT_TRUE(list[2].eop);
  EXPECT_EQ(dst.bytes(0, 150), longer);
  EXPECT_EQ(dst.bytes(150, 50), Bytes(50, 0xEE)) << "nothing behind the end of a packet";
  EXPECT_EQ(dst.bytes(200, 7), shorter);
  EXPECT_EQ(dst.bytes(207, 93), Bytes(93, 0xEE));
}

// Row G1: TLAST with the first beat, with the last byte of the buffer, and missing.
TEST_F(StreamTest, APacketMayEndAtOnceOrWithItsBufferOrNotAtAll) {
  const Buffer dst = host().Map(4 * 64);
  List list = {Piece(dst, 0, 64), Piece(dst, 64, 64), Piece(dst, 128, 64), Piece(dst, 192, 64)};
  Receive(&list);
  const Bytes one = Arrive(1);
  const Bytes full = Arrive(64);
  const Bytes endless = host().RandomBytes(128);
  host().source().Send({.bytes = endless, .last = false});
  IssueAndServe();

  EXPECT_EQ(list[0].received, 1u);
  EXPECT_TRUE(list[0].eop);
  EXPECT_EQ(list[1].received, 64u);
  EXPECT_TRUE(list[1].eop);
  EXPECT_FALSE(list[2].eop);
  EXPECT_FALSE(list[3].eop);
  EXPECT_EQ(dst.bytes(0, 1), one);
  EXPECT_EQ(dst.bytes(64, 64), full);
  EXPECT_EQ(dst.bytes(128, 128), endless);
}

// Row G8: a TLAST without a byte ends a buffer that has none.
TEST_F(StreamTest, AnEmptyPacketTakesABufferOfItsOwn) {
  const Buffer dst = host().Map(2 * 64);
  List list = {Piece(dst, 0, 64), Piece(dst, 64, 64)};
  Receive(&list);
  host().source().Send({});
  const Bytes behind = Arrive(10);
  IssueAndServe();

  EXPECT_EQ(list[0].received, 0u);
  EXPECT_TRUE(list[0].eop);
  EXPECT_EQ(list[0].status, SGDMA_COMPLETE);
  EXPECT_EQ(list[1].received, 10u);
  EXPECT_EQ(dst.bytes(0, 64), Bytes(64, 0xEE));
  EXPECT_EQ(dst.bytes(64, 10), behind);
}

// Row G4: nobody posts a buffer. The source waits, the wait is counted, and nothing is lost.
TEST_F(StreamTest, WithoutABufferTheSourceWaitsAndTheOverrunIsCounted) {
  ASSERT_NE(chan(), nullptr);
  const Bytes first = Arrive(300);
  const Bytes second = Arrive(200);
  const uint32_t before = Counter(SGDMA_CH_CNT_STREAM_STALL);
  sim().Step(1000);
  EXPECT_EQ(host().source().bytes_sent(), 0u);
  EXPECT_GE(Counter(SGDMA_CH_CNT_STREAM_STALL) - before, 990u);

  const Buffer dst = host().Map(600);
  List list = {Piece(dst, 0, 300), Piece(dst, 300, 300)};
  Receive(&list);
  IssueAndServe();

  EXPECT_EQ(dst.bytes(0, 300), first);
  EXPECT_EQ(dst.bytes(300, 200), second);
  EXPECT_EQ(Discarded(), 0u);
}

TEST_F(StreamTest, APausedChannelTakesNothingAndLosesNothing) {
  const Buffer dst = host().Map(20'000);
  List list = {Whole(dst)};
  const sgdma_cookie_t cookie = Receive(&list);
  const Bytes packet = Arrive(20'000);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(800);

  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);
  const uint64_t taken = host().source().bytes_sent();
  sim().Step(1000);
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, 20'000u);
  EXPECT_LE(host().source().bytes_sent() - taken, 2048u) << "what the engine can hold at most";
  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), packet);
}

TEST_F(StreamTest, AnEndlessListIsFilledFromAStream) {
  host().TakeInterrupts();
  const Buffer dst = host().Map(4 * 256);
  const Buffer memory = host().Map(80, Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED});
  sgdma_array_t array{memory.mapping(), 0, 0};
  sgdma_cyclic_t cyclic{};
  cyclic.arrays = &array;
  cyclic.n_arrays = 1;
  cyclic.stream = SGDMA_FROM_STREAM;
  sgdma_segment_t periods[4];
  for (uint32_t i = 0; i < 4; ++i) periods[i] = {0, dst.iova() + 256 * i, 256};
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_cyclic(chan(), &cyclic, periods, 4, SGDMA_NOTIFY, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  const Bytes samples = host().RandomBytes(2048);
  host().source().Send({.bytes = samples, .last = false});
  ASSERT_TRUE(sim().RunUntil([&] { return cyclic.periods == 8; }, Cycles{20'000}));

  EXPECT_EQ(dst.bytes(), Bytes(samples.begin() + 1024, samples.end())) << "the second lap";
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
}

// Nobody takes the records: the list stalls, and this far behind them.
TEST_F(StreamTest, AnEndlessListIsAheadOfItsRecordsByTheTrackerAtMost) {
  Boot({.channel = {.cpl_log2 = 2}});
  constexpr uint32_t kPeriods = 200;
  const uint32_t tracker = dev()->caps.tracker;
  ASSERT_LT(tracker + 4, kPeriods);
  const Buffer dst = host().Map(8 * kPeriods);
  const Buffer memory =
      host().Map(16 * (kPeriods + 1), Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED});
  sgdma_array_t array{memory.mapping(), 0, 0};
  sgdma_cyclic_t cyclic{};
  cyclic.arrays = &array;
  cyclic.n_arrays = 1;
  cyclic.stream = SGDMA_FROM_STREAM;
  std::vector<sgdma_segment_t> periods;
  for (uint32_t i = 0; i < kPeriods; ++i) periods.push_back({0, dst.iova() + 8 * i, 8});
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_cyclic(chan(), &cyclic, periods.data(), kPeriods, SGDMA_CPL, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  const Bytes samples = host().RandomBytes(8 * kPeriods);
  host().source().Send({.bytes = samples, .last = false});
  sim().Step(5000);

  const auto taken = static_cast<uint32_t>(host().source().bytes_sent());
  EXPECT_GT(taken, 8 * 3u);
  EXPECT_LE(taken, 8 * (3 + tracker + 1)) << "three records, the tracker, and one in its way";

  for (unsigned i = 0; i < 10'000 && cyclic.periods < kPeriods; ++i) sgdma_poll(chan());
  EXPECT_EQ(cyclic.periods, kPeriods);
  EXPECT_EQ(dst.bytes(), samples) << "and nothing is lost";
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
}

// ---- Receive ring ----

// Buffers of 512 bytes that go round between a stream and a client who puts packets together.
class ReceiveRingTest : public StreamTest {
 protected:
  static constexpr uint32_t kBytes = 512;

  void Open(uint32_t buffers) {
    for (uint32_t i = 0; i < buffers; ++i) {
      memory_.push_back(host().Map(kBytes));
      buffers_.push_back(Whole(memory_.back()));
    }
    ASSERT_EQ(sgdma_rx_open(&rx_, chan(), buffers_.data(), buffers, SGDMA_IRQ, nullptr, nullptr),
              SGDMA_OK);
    Refill();
  }
  void Refill() {
    const sgdma_result_t result = sgdma_rx_refill(&rx_, nullptr);
    EXPECT_TRUE(result == SGDMA_OK || result == SGDMA_AGAIN) << sgdma_result_name(result);
  }
  // Takes what is filled; a packet is in packets_ when its last buffer was.
  void TakeAll() {
    sgdma_buffer_t* taken = nullptr;
    while (sgdma_rx_take(&rx_, &taken) == SGDMA_OK) {
      const Buffer& memory = memory_[static_cast<size_t>(taken - buffers_.data())];
      const Bytes bytes = memory.bytes();
      begun_.insert(begun_.end(), bytes.begin(), bytes.begin() + taken->received);
      memory.GiveToDevice();
      if (taken->eop) packets_.push_back(std::exchange(begun_, {}));
      ASSERT_EQ(sgdma_rx_give(&rx_), SGDMA_OK);
    }
  }
  void ServeUntilPackets(size_t count) {
    while (packets_.size() < count && sim().RunUntilIrq(Cycles{20'000})) {
      sgdma_handle_irq(chan());
      TakeAll();
      Refill();
    }
    ServeIrqs(Cycles{500});
  }
  void Close() {
    ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
    TakeAll();
    EXPECT_EQ(rx_.n_free, rx_.n) << "every buffer has come back";
  }

  std::vector<Buffer> memory_;
  List buffers_;
  sgdma_rx_t rx_{};
  std::vector<Bytes> packets_;
  Bytes begun_;
};

TEST_F(ReceiveRingTest, DeliversEveryPacketOnceAndInOrder) {
  Boot({.platform = {.port = {.read_latency = Latency::Uniform(1, 60),
                              .write_latency = Latency::Uniform(1, 60),
                              .stall_w = Stall::Bursts(0.02, 5, 40)}}});
  Open(8);
  host().source().SetGap(Stall::Bursts(0.05, 1, 30));
  Random random(seed());
  std::vector<Bytes> want;
  for (unsigned i = 0; i < 60; ++i) want.push_back(Arrive(random.Between(1, 1500)));

  ServeUntilPackets(60);

  EXPECT_EQ(packets_, want);
  EXPECT_EQ(Discarded(), 0u);
  Close();
}

// Row G4: the client is away while the packets come.
TEST_F(ReceiveRingTest, ThatRanDryIsRefilledAndLosesNothing) {
  Open(3);
  std::vector<Bytes> want;
  for (unsigned i = 0; i < 12; ++i) want.push_back(Arrive(100 + i));
  sim().Step(3000);
  EXPECT_EQ(host().source().bytes_sent() / 100, 3u) << "the posted ones are full, no more";
  EXPECT_GT(Counter(SGDMA_CH_CNT_STREAM_STALL), 2000u);

  ServeUntilPackets(12);

  EXPECT_EQ(packets_, want);
  Close();
}

TEST_F(ReceiveRingTest, GoesOnAfterATerminate) {
  Open(4);
  const Bytes first = Arrive(700);
  ServeUntilPackets(1);
  Close();
  Refill();
  const Bytes second = Arrive(300);
  ServeUntilPackets(2);

  EXPECT_EQ(packets_, (std::vector<Bytes>{first, second}));
  Close();
}

}  // namespace
}  // namespace tb
