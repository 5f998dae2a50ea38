// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Packets that do not come to their end: errors, terminate, broken ones; and that the next packets
// are whole (fault-cases B14, G3, G7, G8).

#include "stream_fixture.h"

namespace tb {
namespace {

// Row G7: a sink that is never ready is no hang, and a terminate closes what was begun.
TEST_F(StreamTest, TerminateInMidPacketClosesItAsBroken) {
  sgdma_tuning_t tuning{};
  tuning.watchdog_cycles = 500;
  Boot({.channel = {.tuning = tuning}});
  const Buffer src = host().Map(5000, Pattern::Random());
  StreamSink& sink = host().sink();
  const sgdma_cookie_t cookie = Send({Whole(src)});
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntil([&] { return sink.bytes_taken() >= 800; }, Cycles{5000}));
  sink.SetStall(Stall::Always());
  sim().Step(3000);
  EXPECT_EQ(sgdma_poll(chan()), 0u);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING) << "the sink's business, not a hang";

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  sink.SetStall(Stall::Never());
  sim().Step(100);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_TRUE(sink.packets()[0].user);
  EXPECT_GE(sink.packets()[0].bytes.size(), 800u);
  EXPECT_EQ(sink.packets()[0].bytes, First(src.bytes(), sink.packets()[0].bytes.size()));
  ExpectNextPacketsExact();
}

TEST_F(StreamTest, AMissingPageInMidPacketCutsItAndASkipPassesItsRestOver) {
  host().AcceptIommuFaults();
  const Buffer head = host().Map(100, Pattern::Random());
  const Buffer body = host().Map(8192, Pattern::Random(), {.offset = 0});
  const Buffer tail = host().Map(100, Pattern::Random());
  StreamSink& sink = host().sink();
  platform().dma.PageOut(platform().device_id(0), body.iova() + 4096);
  const sgdma_cookie_t cut = Send({Whole(head), Whole(body), Whole(tail)});
  const sgdma_cookie_t next = Send({Whole(tail)});
  IssueAndServe();

  EXPECT_EQ(Fault().code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_READ);
  EXPECT_EQ(Fault().cookie, cut);
  EXPECT_EQ(Fault().slot, 1u) << "the second fragment";
  EXPECT_EQ(Fault().bytes, 4096u);
  EXPECT_EQ(Fault().tx_bytes, 4196u);
  EXPECT_EQ(Fault().iova, body.iova() + 4096);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_TRUE(sink.packets()[0].user);
  EXPECT_EQ(sink.packets()[0].bytes, Concat({head.bytes(), First(body.bytes(), 4096)}));
  head.GiveToDevice();
  body.GiveToDevice();

  ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), Fault().iova));
  EXPECT_EQ(sgdma_retry(chan()), SGDMA_REFUSED) << "a byte of the packet has gone";
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cut), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), next), SGDMA_COMPLETE);
  ASSERT_EQ(sink.packets().size(), 2u);
  EXPECT_EQ(sink.packets()[1].bytes, tail.bytes());
}

TEST_F(StreamTest, APacketOfWhichNothingHasGoneIsPagedInAndSentWhole) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(6000, Pattern::Random(), {.offset = 0});
  StreamSink& sink = host().sink();
  platform().dma.PageOut(platform().device_id(0), src.iova());
  const sgdma_cookie_t cookie = Send({Whole(src)});
  IssueAndServe();
  EXPECT_EQ(Fault().bytes, 0u);
  EXPECT_EQ(sink.bytes_taken(), 0u);

  ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), src.iova()));
  ASSERT_EQ(sgdma_retry(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_EQ(sink.packets()[0].bytes, src.bytes());
  EXPECT_FALSE(sink.packets()[0].user);
}

// Row G8: TUSER with TLAST says that the packet is bad.
TEST_F(StreamTest, ABrokenPacketIsAnErrorOfItsBufferAndTheNextOneIsWhole) {
  const Buffer dst = host().Map(2 * 100);
  List list = {Piece(dst, 0, 100), Piece(dst, 100, 100)};
  const sgdma_cookie_t cookie = Receive(&list);
  host().source().Send({.bytes = host().RandomBytes(50), .user = true});
  const Bytes good = Arrive(60);
  IssueAndServe();

  EXPECT_EQ(Fault().code, SGDMA_FAULT_STREAM_ERROR);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_STREAM);
  EXPECT_EQ(Fault().bytes, 50u);
  EXPECT_EQ(sgdma_retry(chan()), SGDMA_REFUSED);
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR);
  EXPECT_EQ(list[0].status, SGDMA_ERROR);
  EXPECT_EQ(list[1].status, SGDMA_COMPLETE);
  EXPECT_EQ(list[1].received, 60u);
  EXPECT_EQ(dst.bytes(100, 60), good);
}

// Row G3.
TEST_F(StreamTest, AHoleInTkeepIsAStreamErrorAndTheRestOfThePacketIsThrownAway) {
  const Buffer dst = host().Map(500);
  List list = {Whole(dst)};
  Receive(&list);
  host().source().BreakOnce(StreamBreak::kHole);
  Arrive(400);
  IssueAndServe();

  EXPECT_EQ(Fault().code, SGDMA_FAULT_STREAM_ERROR);
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ServeIrqs();
  EXPECT_EQ(list[0].status, SGDMA_ERROR);
  EXPECT_EQ(list[0].received + Discarded(), host().source().bytes_sent());
  ExpectNextPacketsExact();
}

TEST_F(StreamTest, UnderContinueABrokenPacketStopsNothing) {
  Boot({.channel = {.policy = SGDMA_CONTINUE}});
  const Buffer dst = host().Map(2 * 100);
  List bad = {Piece(dst, 0, 100)};
  List good = {Piece(dst, 100, 100)};
  const sgdma_cookie_t first = Receive(&bad);
  const sgdma_cookie_t second = Receive(&good);
  host().source().Send({.bytes = host().RandomBytes(50), .user = true});
  const Bytes packet = Arrive(60);
  IssueAndServe();

  EXPECT_EQ(sgdma_status(chan(), first), SGDMA_ERROR);
  EXPECT_EQ(bad[0].status, SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), second), SGDMA_COMPLETE);
  EXPECT_EQ(good[0].received, 60u);
  EXPECT_EQ(dst.bytes(100, 60), packet);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);
}

TEST_F(StreamTest, AMissingPageUnderABufferCutsItsPacketAndEveryByteIsAccountedFor) {
  host().AcceptIommuFaults();
  const Buffer dst = host().Map(8192, {.offset = 0});
  const Buffer behind = host().Map(1000);
  platform().dma.PageOut(platform().device_id(0), dst.iova() + 4096);
  List list = {Whole(dst), Whole(behind)};
  const sgdma_cookie_t cookie = Receive(&list);
  const Bytes cut = Arrive(8000);
  const Bytes next = Arrive(900);
  IssueAndServe();

  EXPECT_EQ(Fault().where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(Fault().bytes, 4096u);
  EXPECT_EQ(Fault().iova, dst.iova() + 4096);
  ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), Fault().iova));
  EXPECT_EQ(sgdma_retry(chan()), SGDMA_REFUSED) << "the stream will not say it again";
  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR);
  EXPECT_EQ(list[0].received, 4096u);
  EXPECT_EQ(dst.bytes(0, 4096), First(cut, 4096));
  EXPECT_EQ(list[1].status, SGDMA_COMPLETE);
  EXPECT_EQ(behind.bytes(0, 900), next);
  EXPECT_EQ(Discarded(), 8000u - 4096u);
}

TEST_F(StreamTest, TerminateWithABufferPostedAndNoPacketTakesNothing) {
  const Buffer dst = host().Map(1000);
  List list = {Whole(dst)};
  const sgdma_cookie_t cookie = Receive(&list);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(3000);
  EXPECT_EQ(sgdma_poll(chan()), 0u);

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  EXPECT_EQ(list[0].status, SGDMA_TERMINATED);
  EXPECT_EQ(list[0].received, 0u);
  EXPECT_EQ(dst.bytes(), Bytes(1000, 0xEE));
  ExpectNextPacketsExact();
}

TEST_F(StreamTest, TerminateInMidPacketThrowsTheRestAwayAndCountsIt) {
  const Buffer dst = host().Map(5000);
  List list = {Whole(dst)};
  Receive(&list);
  const Bytes packet = Arrive(5000);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntil([&] { return host().source().bytes_sent() >= 2000; }, Cycles{20'000}));

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(list[0].status, SGDMA_TERMINATED);
  ASSERT_TRUE(sim().RunUntil([&] { return host().source().idle(); }, Cycles{20'000}));
  EXPECT_EQ(list[0].received + Discarded(), 5000u);
  const Bytes now = dst.bytes();
  const auto cut = std::mismatch(now.begin(), now.end(), packet.begin()).first;
  EXPECT_GE(cut - now.begin(), static_cast<ptrdiff_t>(list[0].received));
  EXPECT_THAT(Bytes(cut, now.end()), testing::Each(testing::Eq(0xEE)));
  ExpectNextPacketsExact();
}

// ---- Errors of the bus: each place, each way out (row B14) ----

enum class Way { kRetry, kRetryRest, kSkip, kTerminate };

struct StreamFault {
  const char* name;
  bool send;
  PortFault::On on;
  uint64_t ids;
  uint64_t nth;
  sgdma_where_t where;
  bool may_retry;
  bool may_skip;
  bool takes_packet;  // out of the stream, or into it
};

class StreamErrorTest : public StreamTest,
                        public testing::WithParamInterface<std::tuple<StreamFault, Way>> {
 protected:
  static sgdma_result_t Leave(sgdma_chan_t* chan, Way way) {
    switch (way) {
      case Way::kRetry:
        return sgdma_retry(chan);
      case Way::kRetryRest:
        return sgdma_retry_rest(chan);
      case Way::kSkip:
        return sgdma_skip(chan);
      case Way::kTerminate:
        return sgdma_terminate(chan);
    }
    return SGDMA_BAD_ARGUMENT;
  }
};

TEST_P(StreamErrorTest, IsNamedAndLeftBehindAndTheNextPacketsAreExact) {
  const auto& [error, way] = GetParam();
  const Buffer src = host().Map(700, Pattern::Random());
  const Buffer dst = host().Map(700);
  StreamSink& sink = host().sink();
  platform().port.Arm({.on = error.on, .nth = error.nth, .ids = error.ids});
  List list = {Whole(dst)};
  const sgdma_cookie_t cookie = error.send ? Send({Whole(src)}) : Receive(&list);
  const Bytes packet = error.send ? Bytes{} : Arrive(600);
  IssueAndServe();

  EXPECT_EQ(Fault().code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(Fault().where, error.where);
  const bool retry = way == Way::kRetry || way == Way::kRetryRest;
  const bool legal = way == Way::kTerminate || (retry ? error.may_retry : error.may_skip);
  ASSERT_EQ(Leave(chan(), way), legal ? SGDMA_OK : SGDMA_REFUSED);
  if (!legal) {
    ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  }
  ServeIrqs();

  const bool skipped = legal && way == Way::kSkip;
  const sgdma_tx_status_t left = skipped ? SGDMA_ERROR : SGDMA_TERMINATED;
  EXPECT_EQ(sgdma_status(chan(), cookie), legal && retry ? SGDMA_COMPLETE : left);
  if (legal && retry && !error.send) {
    EXPECT_EQ(dst.bytes(0, 600), packet);
  }
  if (error.send) {
    const bool whole = (legal && retry) || error.where == SGDMA_WHERE_RECORD;
    ASSERT_EQ(sink.packets().size(), whole || error.takes_packet ? 1u : 0u);
    if (!sink.packets().empty()) {
      EXPECT_EQ(sink.packets()[0].user, !whole);
      EXPECT_EQ(sink.packets()[0].bytes, First(src.bytes(), sink.packets()[0].bytes.size()));
    }
  } else if (!error.takes_packet && !retry) {  // it is still there, for the next one
    const Buffer later = host().Map(700);
    list = {Whole(later)};
    Receive(&list);
    IssueAndServe();
    EXPECT_EQ(later.bytes(0, 600), packet);
  }
  ExpectNextPacketsExact();
}

constexpr StreamFault kSendFirst{"SendFirstRead",
                                 true,
                                 PortFault::On::kReadBurst,
                                 kDataIds,
                                 1,
                                 SGDMA_WHERE_READ,
                                 true,
                                 true,
                                 false};
constexpr StreamFault kSendLater{"SendLaterRead", true, PortFault::On::kReadBurst,
                                 kDataIds,        3,    SGDMA_WHERE_READ,
                                 false,           true, true};
constexpr StreamFault kSendFetch{"SendFetch", true, PortFault::On::kReadBurst,
                                 kControlIds, 1,    SGDMA_WHERE_DESC,
                                 true,        true, false};
constexpr StreamFault kSendRecord{"SendRecord", true,  PortFault::On::kWriteBurst,
                                  kControlIds,  1,     SGDMA_WHERE_RECORD,
                                  false,        false, true};
constexpr StreamFault kRecvWrite{"RecvWrite", false, PortFault::On::kWriteBurst,
                                 kDataIds,    2,     SGDMA_WHERE_WRITE,
                                 false,       true,  true};
constexpr StreamFault kRecvFetch{"RecvFetch", false, PortFault::On::kReadBurst,
                                 kControlIds, 1,     SGDMA_WHERE_DESC,
                                 true,        true,  false};
constexpr StreamFault kRecvRecord{"RecvRecord", false, PortFault::On::kWriteBurst,
                                  kControlIds,  1,     SGDMA_WHERE_RECORD,
                                  false,        false, true};

std::string NameOf(const testing::TestParamInfo<StreamErrorTest::ParamType>& info) {
  static constexpr const char* kWays[] = {"Retry", "RetryRest", "Skip", "Terminate"};
  const auto& [error, way] = info.param;
  return std::string(error.name) + "Then" + kWays[static_cast<int>(way)];
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, StreamErrorTest,
    testing::Combine(testing::Values(kSendFirst, kSendLater, kSendFetch, kSendRecord, kRecvWrite,
                                     kRecvFetch, kRecvRecord),
                     testing::Values(Way::kRetry, Way::kRetryRest, Way::kSkip, Way::kTerminate)),
    NameOf);

}  // namespace
}  // namespace tb
