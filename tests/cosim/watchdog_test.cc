// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A memory that does not answer: what the driver says of it, and what may be done while it waits
// (fault-cases C6).

#include "support/sgdma_test.h"

namespace tb {
namespace {

struct Silence {
  const char* name;
  uint64_t reads;
  uint64_t writes;
  sgdma_axi_t stuck;
  bool seen = false;                       // software has the record already
  std::optional<AxiChannel> refused = {};  // READY stays low
};

void PrintTo(const Silence& silence, std::ostream* out) { *out << silence.name; }

class WatchdogTest : public SgdmaTest, public testing::WithParamInterface<Silence> {};

TEST_P(WatchdogTest, NamesWhatIsMissingAndWorkGoesOnWhenTheAnswerHasCome) {
  sgdma_tuning_t tuning{};
  tuning.watchdog_cycles = 1000;
  Boot({.platform = {.driver_timeout_us = 20}, .channel = {.tuning = tuning}});
  const Buffer src = host().Map(3000, Pattern::Random());
  const Buffer dst = host().Map(3000);
  ASSERT_NE(chan(), nullptr);
  platform().port.SilenceReads(GetParam().reads);
  platform().port.SilenceWrites(GetParam().writes);
  if (GetParam().refused) platform().port.SetStall(*GetParam().refused, Stall::Always());
  sgdma_cookie_t cookie = 0;
  ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), 3000, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{5000}));
  while (sgdma_handle_irq(chan())) {
  }

  EXPECT_EQ(Fault().code, SGDMA_FAULT_TIMEOUT);
  EXPECT_EQ(Fault().where, SGDMA_WHERE_WATCHDOG);
  EXPECT_EQ(Fault().stuck, GetParam().stuck);
  EXPECT_EQ(Fault().cookie, GetParam().seen ? 0 : cookie);
  EXPECT_EQ(sgdma_chan_state(chan()), SGDMA_CHAN_HALTED);
  EXPECT_NE(sgdma_retry(chan()), SGDMA_OK);
  EXPECT_EQ(sgdma_terminate(chan()), SGDMA_BUSY) << "the memory is still the engine's";

  platform().port.Release();
  if (GetParam().refused) platform().port.SetStall(*GetParam().refused, Stall::Never());
  ASSERT_EQ(sgdma_terminate(chan()), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(), cookie), GetParam().seen ? SGDMA_COMPLETE : SGDMA_TERMINATED);
  ServeIrqs();
  ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), 3000, SGDMA_NOTIFY, &cookie),
            SGDMA_OK);
  IssueAndServe();
  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), src.bytes());
}

INSTANTIATE_TEST_SUITE_P(
    Of, WatchdogTest,
    testing::Values(Silence{"Fetch", kControlIds, 0, SGDMA_AXI_R},
                    Silence{"ReadData", kDataIds, 0, SGDMA_AXI_R},
                    Silence{"ReadAddress", 0, 0, SGDMA_AXI_AR, false, AxiChannel::kAr},
                    Silence{"WriteAddress", 0, 0, SGDMA_AXI_AW, false, AxiChannel::kAw},
                    Silence{"WriteData", 0, 0, SGDMA_AXI_W, false, AxiChannel::kW},
                    Silence{"WriteResponse", 0, kDataIds, SGDMA_AXI_B},
                    Silence{"RecordResponse", 0, kControlIds, SGDMA_AXI_B, true}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tb
