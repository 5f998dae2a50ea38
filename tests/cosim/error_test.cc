// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Errors through the whole path: what the driver says about them, and that work goes on exactly.

#include "support/sgdma_test.h"

namespace tb {
namespace {

class ErrorTest : public SgdmaTest {
 protected:
  // Queues a copy and waits until its interrupt was served.
  void CopyUntilIrq(const Buffer& dst, const Buffer& src, sgdma_cookie_t* cookie) {
    ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), src.size(), SGDMA_NOTIFY, cookie),
              SGDMA_OK);
    ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
    ServeIrq();
  }
  // Serves interrupts until the channel neither raises one nor runs into its halt.
  void ServeIrq() {
    ASSERT_TRUE(sim().RunUntilIrq(Cycles{100'000}));
    while (sim().RunUntilIrq(Cycles{500})) sgdma_handle_irq(chan());
  }
  // The bytes in front of `proven` are new, those behind it old or new.
  static void ExpectPrefix(const Bytes& now, const Bytes& want, size_t proven) {
    ASSERT_LE(proven, now.size());
    EXPECT_TRUE(
        std::equal(now.begin(), now.begin() + static_cast<ptrdiff_t>(proven), want.begin()));
    for (size_t i = proven; i < now.size(); ++i) {
      ASSERT_TRUE(now[i] == want[i] || now[i] == 0xEE) << "byte " << i << " is neither old nor new";
    }
  }
};

// The middle one of five source pages is not there: everything in front of it is proven.
TEST_F(ErrorTest, AMissingPageInTheMiddleIsPagedInAndTheRestRetried) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(5 * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(5 * 4096);
  platform().dma.PageOut(platform().device_id(0), src.iova() + 2 * 4096);
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, SGDMA_WHERE_READ);
  EXPECT_EQ(fault.cookie, cookie);
  EXPECT_EQ(fault.bytes, 2 * 4096u);
  EXPECT_EQ(fault.iova, src.iova() + 2 * 4096);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_HALTED);
  const auto records = platform().TakeIommuFaults();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records[0].cause(), iommu::Cause::kReadPage);
  EXPECT_EQ(records[0].device_id(), platform().device_id(0));
  EXPECT_EQ(records[0].iova(), src.iova() + 2 * 4096);
  const Bytes after_the_fault = dst.bytes();
  dst.GiveToDevice();
  ExpectPrefix(after_the_fault, src.bytes(), 2 * 4096);
  src.GiveToDevice();

  ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), fault.iova));
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrq();

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

TEST_F(ErrorTest, AMissingDestinationPageIsPagedInAndTheRestRetried) {
  host().AcceptIommuFaults();
  const Buffer src = host().Map(3 * 4096, Pattern::Random());
  const Buffer dst = host().Map(3 * 4096, {.offset = 0});
  platform().dma.PageOut(platform().device_id(0), dst.iova() + 4096);
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(fault.bytes, 4096u);
  EXPECT_EQ(fault.iova, dst.iova() + 4096);

  ASSERT_TRUE(platform().dma.PageIn(platform().device_id(0), fault.iova));
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrq();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Each page is missing in its turn: one fault a page, each with progress.
TEST_F(ErrorTest, DemandPagingOfEveryPageTakesOneFaultEach) {
  host().AcceptIommuFaults();
  constexpr uint32_t kPages = 6;
  const uint32_t device = platform().device_id(0);
  const Buffer src = host().Map(kPages * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(kPages * 4096);
  for (uint32_t i = 0; i < kPages; ++i) platform().dma.PageOut(device, src.iova() + i * 4096);
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);

  uint32_t faults = 0;
  for (; sgdma_chan_state(chan()) == SGDMA_CHAN_HALTED && faults <= kPages; ++faults) {
    sgdma_fault_t fault{};
    ASSERT_TRUE(sgdma_error(chan(), &fault));
    EXPECT_EQ(fault.iova, src.iova() + faults * 4096);
    ASSERT_TRUE(platform().dma.PageIn(device, fault.iova));
    ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
    ServeIrq();
  }

  EXPECT_EQ(faults, kPages);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// The record names the entry of the list, and the rest of that entry is what runs again.
TEST_F(ErrorTest, AMissingPageUnderALinkedListNamesTheEntry) {
  host().AcceptIommuFaults();
  const uint32_t device = platform().device_id(0);
  const Buffer src = host().Map(4 * 4096, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(4 * 4096);
  Buffer memory = host().Map(16 * 16, Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED});
  sgdma_array_t array{memory.mapping(), 0, 0};
  const sgdma_segment_t list[] = {{src.iova(), dst.iova(), 3000},
                                  {src.iova() + 3000, dst.iova() + 3000, 9000},
                                  {src.iova() + 12000, dst.iova() + 12000, 4384}};
  platform().dma.PageOut(device, src.iova() + 8192);
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_list(chan(), &array, 1, list, 3, SGDMA_NOTIFY, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ServeIrq();

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.index, 1u);
  EXPECT_EQ(fault.bytes, 8192u - 3000u);
  EXPECT_EQ(fault.tx_bytes, 8192u);
  EXPECT_EQ(fault.iova, src.iova() + 8192);

  ASSERT_TRUE(platform().dma.PageIn(device, fault.iova));
  ASSERT_EQ(sgdma_retry_rest(chan()), SGDMA_OK);
  ServeIrq();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Row D17: the ring itself is not mapped any more.
TEST_F(ErrorTest, AMissingPageUnderTheRingIsAnErrorOfTheFetchAndCanBeRetried) {
  host().AcceptIommuFaults();
  const uint32_t device = platform().device_id(0);
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  platform().dma.PageOut(device, host().channel().sub_ring().iova);
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, SGDMA_WHERE_DESC);
  EXPECT_EQ(fault.iova, host().channel().sub_ring().iova);

  ASSERT_TRUE(platform().dma.PageIn(device, fault.iova));
  ASSERT_EQ(sgdma_retry(chan()), SGDMA_OK);
  ServeIrq();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Row D17: a record that can not be written is told by the error registers alone.
TEST_F(ErrorTest, AMissingPageUnderTheCompletionRingIsToldByTheErrorRegisters) {
  host().AcceptIommuFaults();
  const uint32_t device = platform().device_id(0);
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  platform().dma.PageOut(device, host().channel().cpl_ring().iova);
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.where, SGDMA_WHERE_RECORD);
  EXPECT_EQ(fault.slot, 0u);

  EXPECT_EQ(sgdma_retry(chan()), SGDMA_REFUSED);
  ASSERT_TRUE(platform().dma.PageIn(device, host().channel().cpl_ring().iova));
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_TERMINATED);
  static_cast<void>(dst.bytes());
  dst.GiveToDevice();
  CopyUntilIrq(dst, src, &cookie);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// Row D5: the mapping says read only, the descriptor writes.
TEST_F(ErrorTest, AWriteToAReadOnlyPageIsAFaultAndChangesNothing) {
  host().AcceptIommuFaults();
  platform().submits.Enable(false);
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer read_only = host().Map(100, Pattern::Fill(0x77));
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(chan(), read_only.iova(), src.iova(), 100, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ServeIrq();

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.where, SGDMA_WHERE_WRITE);
  const auto records = platform().TakeIommuFaults();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records[0].cause(), iommu::Cause::kWritePage);
  EXPECT_EQ(read_only.bytes(), Bytes(100, 0x77));
}

// Row E9: the platform has no memory left to map.
TEST_F(ErrorTest, AMappingThatDoesNotFitIsRefusedAndLeavesNothing) {
  Boot({.platform = {.ram_bytes = 1 << 20}});
  std::vector<uint8_t> large(2 << 20);
  sgdma_mapping_t mapping{};

  EXPECT_EQ(sgdma_map(dev(), large.data(), large.size(), SGDMA_TO_DEVICE, &mapping),
            SGDMA_NO_MAPPING);

  EXPECT_EQ(mapping.cpu, nullptr);
  const Buffer src = host().Map(100, Pattern::Random());
  const Buffer dst = host().Map(100);
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

// ---- Errors of the bus itself: each place, each response, each way out ----

enum class Way { kRetry, kRetryRest, kSkip, kTerminate };

struct BusError {
  const char* name;
  PortFault::On on;
  uint64_t ids;
  uint64_t nth;
  sgdma_where_t where;
  bool recoverable = true;
};

class BusErrorTest : public ErrorTest,
                     public testing::WithParamInterface<std::tuple<BusError, AxiResp, Way>> {
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

TEST_P(BusErrorTest, IsNamedAndLeftBehindAndTheNextJobIsExact) {
  const auto& [error, resp, way] = GetParam();
  const Buffer src = host().Map(3000, Pattern::Random());
  const Buffer dst = host().Map(3000);
  ASSERT_NE(chan(), nullptr);
  platform().port.Arm({.on = error.on, .nth = error.nth, .ids = error.ids, .resp = resp});
  if (resp == AxiResp::kExOkay) platform().checker.Ignore(Rule::kNoExOkay);  // on purpose
  sgdma_cookie_t cookie = 0;
  CopyUntilIrq(dst, src, &cookie);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(), &fault));
  EXPECT_EQ(fault.code, resp == AxiResp::kDecErr ? SGDMA_FAULT_DECERR : SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, error.where);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_HALTED);

  const bool legal = error.recoverable || way == Way::kTerminate;
  ASSERT_EQ(Leave(chan(), way), legal ? SGDMA_OK : SGDMA_REFUSED);
  if (!legal) {
    ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  }
  while (sim().RunUntilIrq(Cycles{3000})) sgdma_handle_irq(chan());

  const bool retried = legal && (way == Way::kRetry || way == Way::kRetryRest);
  const sgdma_tx_status_t skipped = way == Way::kSkip && legal ? SGDMA_ERROR : SGDMA_TERMINATED;
  EXPECT_EQ(sgdma_status(chan(), cookie), retried ? SGDMA_COMPLETE : skipped);
  if (retried) {
    EXPECT_EQ(dst.bytes(), src.bytes());
    dst.GiveToDevice();
    src.GiveToDevice();
  }
  CopyUntilIrq(dst, src, &cookie);
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

constexpr BusError kReadError{"Read", PortFault::On::kReadBurst, kDataIds, 2, SGDMA_WHERE_READ};
constexpr BusError kWriteError{"Write", PortFault::On::kWriteBurst, kDataIds, 3, SGDMA_WHERE_WRITE};
constexpr BusError kFetchError{"Fetch", PortFault::On::kReadBurst, kControlIds, 1,
                               SGDMA_WHERE_DESC};
constexpr BusError kRecordError{"Record", PortFault::On::kWriteBurst, kControlIds,
                                1,        SGDMA_WHERE_RECORD,         false};

std::string NameOf(const testing::TestParamInfo<BusErrorTest::ParamType>& info) {
  static constexpr const char* kResponses[] = {"Okay", "ExOkay", "SlvErr", "DecErr"};
  static constexpr const char* kWays[] = {"Retry", "RetryRest", "Skip", "Terminate"};
  const auto& [error, resp, way] = info.param;
  return std::string(error.name) + kResponses[static_cast<int>(resp)] + "Then" +
         kWays[static_cast<int>(way)];
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere, BusErrorTest,
    testing::Combine(testing::Values(kReadError, kWriteError, kFetchError, kRecordError),
                     testing::Values(AxiResp::kSlvErr, AxiResp::kDecErr, AxiResp::kExOkay),
                     testing::Values(Way::kRetry, Way::kRetryRest, Way::kSkip, Way::kTerminate)),
    NameOf);

// With CONTINUE the channel does not stop: the bad transaction ends as an error, its neighbours
// complete.
TEST_F(ErrorTest, UnderContinueOnlyTheBadTransactionEndsAsAnError) {
  Boot({.channel = {.policy = SGDMA_CONTINUE}});
  const Buffer src = host().Map(3 * 256, Pattern::Random(), {.offset = 0});
  const Buffer dst = host().Map(3 * 256, {.offset = 0});
  sgdma_cookie_t cookies[3] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova() + 256 * i, src.iova() + 256 * i, 256, SGDMA_CPL,
                                &cookies[i]),
              SGDMA_OK);
  }
  platform().port.Arm({.on = PortFault::On::kReadBurst, .nth = 3, .ids = kDataIds});
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(), cookies[2], 1000), SGDMA_OK);
  ServeIrq();

  EXPECT_EQ(sgdma_status(chan(), cookies[0]), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_status(chan(), cookies[1]), SGDMA_ERROR);
  EXPECT_EQ(sgdma_status(chan(), cookies[2]), SGDMA_COMPLETE);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_RUNNING);
}

}  // namespace
}  // namespace tb
