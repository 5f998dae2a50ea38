// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Errors in patterns and rectangles: pages that are missing, buses that say no, each way out; and
// how far a rectangle has come.

#include "rows_fixture.h"

namespace tb {
namespace {

class RowsErrorTest : public RowsTest {
 protected:
  uint32_t device() { return platform().device_id(0); }
  // New where proven, old or new behind that, and nothing else anywhere.
  static void ExpectProven(const Bytes& now, const Rectangle& r, const Bytes& source,
                           uint64_t proven) {
    const Bytes least = Image(now.size(), r, source, proven);
    const Bytes most = Image(now.size(), r, source);
    for (size_t i = 0; i < now.size(); ++i) {
      if (least[i] == 0xEE) continue;
      ASSERT_EQ(now[i], least[i]) << "byte " << i << " was proven";
    }
    for (size_t i = 0; i < now.size(); ++i) {
      ASSERT_TRUE(now[i] == most[i] || now[i] == 0xEE) << "byte " << i << " is neither old nor new";
    }
  }
};

// ---- Row D4: pages that are missing ----

// 40 rows of 300 bytes, 400 apart: page 2 is reached in row 20, 192 bytes into it.
constexpr Rectangle kRows{.src_stride = 400, .dst_stride = 400, .row_bytes = 300, .rows = 40};
constexpr uint32_t kProven = 20 * 300 + 192;  // 2 * 4096 = 20 * 400 + 192

TEST_F(RowsErrorTest, AMissingSourcePageIsPagedInAndOnlyTheRowsLeftRunAgain) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(16'384, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(16'384);
  platform().dma.PageOut(device(), src.iova() + 8192);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(kRows, dst, src));
  IssueAndServe();

  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, SGDMA_WHERE_READ);
  EXPECT_EQ(fault.cookie, cookie);
  EXPECT_EQ(fault.bytes, kProven);
  EXPECT_EQ(fault.tx_bytes, kProven);
  EXPECT_EQ(fault.iova, src.iova() + 8192);
  ExpectProven(dst.DeviceBytes(), kRows, src.DeviceBytes(), kProven);

  ASSERT_TRUE(platform().dma.PageIn(device(), fault.iova));
  const uint64_t before = platform().monitor.total().written_bytes;
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(platform().monitor.total().written_bytes - before, 20u * 300 + 16)
      << "rows 20 to 39, and a record";
  EXPECT_EQ(dst.bytes(), Image(16'384, kRows, src.bytes()));
}

TEST_F(RowsErrorTest, AMissingDestinationPageIsPagedInAndTheRowsLeftRunAgain) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(16'384, Pattern::Random());
  const Buffer dst = host().Map(16'384, {.offset = 0});
  platform().dma.PageOut(device(), dst.iova() + 8192);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(kRows, dst, src));
  IssueAndServe();

  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(fault.bytes, kProven);
  EXPECT_EQ(fault.iova, dst.iova() + 8192);

  ASSERT_TRUE(platform().dma.PageIn(device(), fault.iova));
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrqs();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(16'384, kRows, src.bytes()));
}

// A row that wholly precedes the page, and a retry of everything.
TEST_F(RowsErrorTest, AFillWithAMissingPageIsRetriedFromItsFirstRow) {
  host().AcceptIommuFaults();
  const Buffer dst = host().Map(16'384, {.offset = 0});
  platform().dma.PageOut(device(), dst.iova() + 8192);
  const sgdma_cookie_t cookie = PrepRows(FillOf(kRows, dst));
  IssueAndServe();

  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(fault.bytes, kProven);
  EXPECT_EQ(fault.iova, dst.iova() + 8192);
  ASSERT_TRUE(platform().dma.PageIn(device(), fault.iova));
  ASSERT_EQ(sgdma_retry(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(16'384, kRows, {}));
}

TEST_F(RowsErrorTest, ASkippedRectangleEndsAsAnErrorAndTheNextTransactionIsExact) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(16'384, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(16'384);
  const Buffer next = host().Map(1000);
  platform().dma.PageOut(device(), src.iova() + 8192);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(kRows, dst, src));
  sgdma_cookie_t behind = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), next.iova(), 0x0807'0605, 1000, SGDMA_NOTIFY, &behind),
            SGDMA_OK);
  IssueAndServe();
  ASSERT_EQ(Fault().bytes, kProven);
  EXPECT_EQ(sgdma_status(chan(), behind), SGDMA_IN_PROGRESS);

  ASSERT_EQ(sgdma_skip(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), behind), SGDMA_COMPLETE);
  EXPECT_EQ(next.bytes(), Repeat(0x0807'0605, 1000));
  ExpectProven(dst.bytes(), kRows, src.bytes(), kProven);
}

// Each page of source and destination is missing in its turn: one fault a page, each with progress.
TEST_F(RowsErrorTest, DemandPagingOfEveryPageTakesOneFaultEach) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(16'384, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(16'384, {.offset = 0});
  for (uint32_t page = 0; page < 4; ++page) {
    platform().dma.PageOut(device(), src.iova() + page * 4096);
    platform().dma.PageOut(device(), dst.iova() + page * 4096);
  }
  const sgdma_cookie_t cookie = PrepRows(CopyOf(kRows, dst, src));
  IssueAndServe();

  uint32_t faults = 0;
  for (; sgdma_chan_state(chan()) == SGDMA_CHAN_HALTED && faults <= 8; ++faults) {
    ASSERT_TRUE(platform().dma.PageIn(device(), Fault().iova)) << "fault " << faults;
    ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
    ServeIrqs();
    platform().TakeIommuFaults();
  }

  EXPECT_EQ(faults, 8u);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(16'384, kRows, src.bytes()));
}

// The page ends after a number of bytes that is no multiple of the pattern's.
TEST_F(RowsErrorTest, TheRestOfAMemsetGoesOnInThePattern) {
  host().AcceptIommuFaults();
  const Buffer dst = host().Map(10'000, {.offset = 4093});
  platform().dma.PageOut(device(), dst.iova() + 3);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), dst.iova(), 0x4433'2211, 10'000, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  IssueAndServe();

  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(fault.bytes, 3u);
  EXPECT_EQ(fault.iova, dst.iova() + 3);
  ASSERT_TRUE(platform().dma.PageIn(device(), fault.iova));
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Repeat(0x4433'2211, 10'000));
}

// Row D17: the fetch of the pair's second half fails; the unit is one.
TEST_F(RowsErrorTest, APairWhoseTransferCanNotBeFetchedIsRetriedWhole) {
  Boot({.channel = {.sub_log2 = 9}});  // 512 slots: two pages
  host().AcceptIommuFaults();
  const Buffer src = host().Map(16'384, Pattern::Random());
  const Buffer dst = host().Map(16'384);
  sgdma_cookie_t cookie = 0;
  for (uint32_t i = 0; i < 255; ++i) {  // the STRIDE is the last slot of the first page
    ASSERT_EQ(sgdma_prep_nop(chan(), i % 16 == 0 ? SGDMA_CPL : 0, &cookie), SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    ASSERT_EQ(sgdma_wait(chan(), cookie, 100), SGDMA_OK);
  }
  const sgdma_iova_t second = host().channel().sub_ring().iova + 4096;
  platform().dma.PageOut(device(), second);
  cookie = PrepRows(CopyOf(kRows, dst, src));
  IssueAndServe();

  const sgdma_fault_t fault = Fault();
  EXPECT_EQ(fault.code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, SGDMA_WHERE_DESC);
  EXPECT_EQ(fault.slot, 256u);
  EXPECT_EQ(fault.bytes, 0u);
  EXPECT_EQ(fault.iova, second);
  EXPECT_EQ(fault.cookie, cookie);

  ASSERT_TRUE(platform().dma.PageIn(device(), second));
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrqs();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Image(16'384, kRows, src.bytes()));
}

// ---- Row B14: errors of the bus, each opcode, each way out ----

enum class Job { kMemset, kCopyRows, kFillRows };
enum class Way { kRetry, kRetryRest, kSkip, kTerminate };

struct BusError {
  const char* name;
  PortFault::On on;
  uint64_t ids;
  uint64_t nth;
  sgdma_where_t where;
};

class RowsBusErrorTest
    : public RowsErrorTest,
      public testing::WithParamInterface<std::tuple<Job, BusError, AxiResp, Way>> {
 protected:
  static constexpr size_t kBytes = 16'384;

  sgdma_cookie_t Prep(Job job) {
    sgdma_cookie_t cookie = 0;
    switch (job) {
      case Job::kMemset:
        EXPECT_EQ(sgdma_prep_memset(chan(), dst_->iova(), kPattern, kBytes, SGDMA_NOTIFY, &cookie),
                  SGDMA_OK);
        return cookie;
      case Job::kCopyRows:
        return PrepRows(CopyOf(kRows, *dst_, *src_));
      case Job::kFillRows:
        return PrepRows(FillOf(kRows, *dst_));
    }
    return 0;
  }
  Bytes Want(Job job) {
    if (job == Job::kMemset) return Repeat(kPattern, kBytes);
    return Image(kBytes, kRows, job == Job::kCopyRows ? src_->bytes() : Bytes{});
  }
  sgdma_result_t Leave(Way way) {
    switch (way) {
      case Way::kRetry:
        return sgdma_retry(chan());
      case Way::kRetryRest:
        return sgdma_retry_rest(chan());
      case Way::kSkip:
        return sgdma_skip(chan());
      case Way::kTerminate:
        return sgdma_terminate(chan());
    }
    return SGDMA_BAD_ARGUMENT;
  }

  std::optional<Buffer> src_;
  std::optional<Buffer> dst_;
};

TEST_P(RowsBusErrorTest, IsNamedAndLeftBehindAndTheNextJobIsExact) {
  const auto& [job, error, resp, way] = GetParam();
  src_ = host().Map(kBytes, Pattern::Random());
  dst_ = host().Map(kBytes);
  ASSERT_NE(chan(), nullptr);
  platform().port.Arm({.on = error.on, .nth = error.nth, .ids = error.ids, .resp = resp});
  const sgdma_cookie_t cookie = Prep(job);
  IssueAndServe();

  EXPECT_EQ(Fault().code, resp == AxiResp::kDecErr ? SGDMA_FAULT_DECERR : SGDMA_FAULT_SLVERR);
  EXPECT_EQ(Fault().where, error.where);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_HALTED);
  const bool legal = error.where != SGDMA_WHERE_RECORD || way == Way::kTerminate;
  ASSERT_EQ(Leave(way), legal ? SGDMA_OK : SGDMA_REFUSED);
  if (!legal) {
    ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  }
  ServeIrqs();

  if (legal && (way == Way::kRetry || way == Way::kRetryRest)) {
    EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
    EXPECT_EQ(dst_->bytes(), Want(job));
  } else {
    EXPECT_EQ(sgdma_status(chan(), cookie),
              legal && way == Way::kSkip ? SGDMA_ERROR : SGDMA_TERMINATED);
    static_cast<void>(dst_->bytes());
  }
  src_->GiveToDevice();
  dst_->Store(0, Bytes(kBytes, 0xEE));
  dst_->GiveToDevice();
  const sgdma_cookie_t again = Prep(job);
  IssueAndServe();
  EXPECT_EQ(sgdma_status(chan(), again), SGDMA_COMPLETE);
  EXPECT_EQ(dst_->bytes(), Want(job));
}

constexpr BusError kRead{"Read", PortFault::On::kReadBurst, kDataIds, 37, SGDMA_WHERE_READ};
constexpr BusError kWrite{"Write", PortFault::On::kWriteBurst, kDataIds, 37, SGDMA_WHERE_WRITE};
constexpr BusError kFetch{"Fetch", PortFault::On::kReadBurst, kControlIds, 1, SGDMA_WHERE_DESC};
constexpr BusError kRecord{"Record", PortFault::On::kWriteBurst, kControlIds, 1,
                           SGDMA_WHERE_RECORD};

std::string NameOf(const testing::TestParamInfo<RowsBusErrorTest::ParamType>& info) {
  static constexpr const char* kJobs[] = {"Memset", "CopyRows", "FillRows"};
  static constexpr const char* kWays[] = {"Retry", "RetryRest", "Skip", "Terminate"};
  const auto& [job, error, resp, way] = info.param;
  return std::string(kJobs[static_cast<int>(job)]) + error.name +
         (resp == AxiResp::kSlvErr ? "SlvErr" : "DecErr") + "Then" + kWays[static_cast<int>(way)];
}

const auto kEachResponse = testing::Values(AxiResp::kSlvErr, AxiResp::kDecErr);
const auto kEachWay = testing::Values(Way::kRetry, Way::kRetryRest, Way::kSkip, Way::kTerminate);

const auto kEachJob = testing::Values(Job::kMemset, Job::kCopyRows, Job::kFillRows);

INSTANTIATE_TEST_SUITE_P(Everywhere, RowsBusErrorTest,
                         testing::Combine(kEachJob, testing::Values(kWrite, kFetch, kRecord),
                                          kEachResponse, kEachWay),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(OfTheSource, RowsBusErrorTest,
                         testing::Combine(testing::Values(Job::kCopyRows), testing::Values(kRead),
                                          kEachResponse, kEachWay),
                         NameOf);

TEST_F(RowsErrorTest, UnderContinueOnlyTheBadRectangleEndsAsAnError) {
  Boot({.channel = {.policy = SGDMA_CONTINUE}});
  host().AcceptIommuFaults();
  const Buffer src = host().Map(16'384, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(16'384);
  const Buffer before = host().Map(1000);
  const Buffer behind = host().Map(1000);
  platform().dma.PageOut(device(), src.iova() + 8192);
  const Rectangle small{.dst_stride = 100, .row_bytes = 60, .rows = 10};
  const sgdma_cookie_t first = PrepRows(FillOf(small, before), SGDMA_CPL);
  const sgdma_cookie_t bad = PrepRows(CopyOf(kRows, dst, src), SGDMA_CPL);
  const sgdma_cookie_t last = PrepRows(FillOf(small, behind));

  IssueAndServe();
  ASSERT_EQ(sgdma_wait(chan(), last, 1000), SGDMA_OK);
  ServeIrqs();

  EXPECT_EQ(sgdma_status(chan(), first), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(chan(), bad), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), last), SGDMA_COMPLETE);
  EXPECT_EQ(Fault().bytes, kProven);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);
  EXPECT_EQ(before.bytes(), Image(1000, small, {}));
  EXPECT_EQ(behind.bytes(), Image(1000, small, {}));
  ExpectProven(dst.bytes(), kRows, src.bytes(), kProven);
}

// ---- How far it has come ----

class RowsResidueTest : public RowsErrorTest, public testing::WithParamInterface<uint32_t> {};

// Paused after some hundred cycles: what is not left is there, and no more than that is claimed.
TEST_P(RowsResidueTest, OfAPausedRectangleIsWhatHasNotArrived) {
  const Buffer src = host().Map(16'384, Pattern::Random());
  const Buffer dst = host().Map(16'384);
  const Buffer other = host().Map(500);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(kRows, dst, src), SGDMA_CPL);
  sgdma_cookie_t behind = 0;
  ASSERT_EQ(sgdma_prep_memset(chan(), other.iova(), 0, 500, SGDMA_CPL, &behind), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(GetParam());
  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);

  uint64_t left = 0;
  uint64_t left_behind = 0;
  ASSERT_EQ(sgdma_residue(chan(), cookie, &left), SGDMA_OK);
  ASSERT_EQ(sgdma_residue(chan(), behind, &left_behind), SGDMA_OK);
  ASSERT_LE(left, 12'000u);
  EXPECT_EQ(left_behind, 500u);
  // Quiesced: everything written is proven, so the image is that of the bytes done.
  EXPECT_EQ(dst.DeviceBytes(), Image(16'384, kRows, src.DeviceBytes(), 12'000 - left));

  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), behind, 1000), SGDMA_OK);
  ASSERT_EQ(sgdma_residue(chan(), cookie, &left), SGDMA_OK);
  EXPECT_EQ(left, 0u);
  EXPECT_EQ(dst.bytes(), Image(16'384, kRows, src.bytes()));
}

INSTANTIATE_TEST_SUITE_P(After, RowsResidueTest,
                         testing::Values(1u, 40u, 100u, 333u, 700u, 1000u, 1500u));

class ListResidueTest : public SgdmaTest, public testing::WithParamInterface<uint32_t> {};

// The same for a list of arrays: entry and bytes of it.
TEST_P(ListResidueTest, OfAPausedListIsWhatHasNotArrived) {
  const Buffer src = host().Map(40 * 300, Pattern::Random());
  const Buffer dst = host().Map(40 * 300);
  std::vector<Buffer> memory;
  sgdma_array_t arrays[3] = {};
  for (sgdma_array_t& array : arrays) {
    memory.push_back(host().Map(256, Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED}));
    array.mem = memory.back().mapping();
  }
  std::vector<sgdma_segment_t> list;
  for (uint32_t i = 0; i < 40; ++i) {
    list.push_back({src.iova() + 300 * i, dst.iova() + 300 * i, 300});
  }
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(chan(), arrays, 3, list.data(), list.size(), SGDMA_CPL, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(GetParam());
  ASSERT_EQ(sgdma_pause(chan()), SGDMA_OK);

  uint64_t left = 0;
  ASSERT_EQ(sgdma_residue(chan(), cookie, &left), SGDMA_OK);
  ASSERT_LE(left, dst.size());
  Bytes want = src.DeviceBytes();
  std::fill(want.end() - static_cast<ptrdiff_t>(left), want.end(), uint8_t{0xEE});
  EXPECT_EQ(dst.DeviceBytes(), want);

  ASSERT_EQ(sgdma_resume(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookie, 1000), SGDMA_OK);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

INSTANTIATE_TEST_SUITE_P(After, ListResidueTest, testing::Values(100u, 700u, 1500u));

TEST_F(RowsErrorTest, TerminateInMidRectangleLeavesEachByteNewOrOld) {
  const Buffer src = host().Map(16'384, Pattern::Random());
  const Buffer dst = host().Map(16'384);
  const sgdma_cookie_t cookie = PrepRows(CopyOf(kRows, dst, src), SGDMA_CPL);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  sim().Step(900);

  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  const Bytes now = dst.bytes();
  ExpectProven(now, kRows, src.bytes(), 300);
  EXPECT_NE(now, Image(16'384, kRows, src.bytes())) << "it was over before the terminate";
}

}  // namespace
}  // namespace tb
