// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The fixture of the co-simulation tests: driver, engine, IOMMU and memory, checked all the time.
//
//   TEST_F(SgdmaTest, CopiesABuffer) {
//     const Buffer src = host().Map(100, Pattern::Random());
//     const Buffer dst = host().Map(100);
//     sgdma_cookie_t cookie = 0;
//
//     ASSERT_EQ(sgdma_prep_memcpy(chan(), dst.iova(), src.iova(), 100, SGDMA_NOTIFY, &cookie),
//     SGDMA_OK); ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
//     ASSERT_TRUE(sim().RunUntilIrq(Cycles{2000}));
//     sgdma_handle_irq(chan());
//
//     EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
//     EXPECT_EQ(dst.bytes(), src.bytes());
//   }
//
// TearDown fails the test when a rule was broken (assertion, bus, scoreboard, ledger), the engine
// is not quiet, an interrupt was not served, memory changed that nobody declared, a mapping is
// left, or the translator refused a burst nobody expected. A failing test prints its seed, the last
// driver calls and the command that shows its waves.
//
// Environment: SGDMA_SEED    everything random; otherwise made from the test's name
//              SGDMA_WAVES   file (.vcd, .fst) for the waves of the first host, with
//              SGDMA_WAVES_FROM and _TO

#ifndef SGDMA_TESTS_SUPPORT_SGDMA_TEST_H_
#define SGDMA_TESTS_SUPPORT_SGDMA_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sgdma/sgdma.h"
#include "support/host.h"

namespace tb {

// Time, as a test sees it.
class TestClock {
 public:
  explicit TestClock(Host& host) : host_(host) {}

  uint64_t now() const { return host_.sim().now(); }
  void Step(uint64_t cycles = 1) { host_.sim().Step(cycles); }
  // See Host.
  bool RunUntilIrq(Cycles limit, unsigned channel = 0) { return host_.RunUntilIrq(limit, channel); }
  bool RunUntilEnded(sgdma_cookie_t cookie, Cycles limit = Cycles{100'000}, unsigned channel = 0) {
    return host_.RunUntilEnded(cookie, limit, channel);
  }
  // Handlers, where they are taken, are entered meanwhile.
  template <typename Condition>
  bool RunUntil(Condition&& condition, Cycles limit) {
    return host_.platform().hal.RunUntil(std::forward<Condition>(condition), limit);
  }

 private:
  Host& host_;
};

class SgdmaTest : public testing::Test {
 protected:
  // Makes the host, of this configuration. Before anything else; otherwise it is made when first
  // used.
  void Boot(const HostConfig& config);
  // For a test that makes a Host of its own: this configuration with the test's seed, unless it
  // names one, and with the waves the environment asks for.
  HostConfig Configure(HostConfig config = {}) const;

  Host& host();
  Platform& platform() { return host().platform(); }
  TestClock sim() { return TestClock(host()); }
  sgdma_dev_t* dev() { return host().dev(); }
  sgdma_chan_t* chan(unsigned number = 0) { return host().chan(number); }
  uint64_t seed() const { return seed_; }

  // Serves interrupts, as task level would, until none has come for so long.
  void ServeIrqs(Cycles quiet = Cycles{5000}, unsigned number = 0);
  // Issues what was prepared, waits for an interrupt, and serves until no more come.
  void IssueAndServe(Cycles limit = Cycles{500'000});
  // What the driver says of the channel's error; the test fails when it knows of none.
  sgdma_fault_t Fault(unsigned number = 0);

  // The rules broken so far, which the test expected: TearDown does not see them any more.
  std::vector<std::string> TakeViolations() { return host().TakeViolations(); }

  void TearDown() override;

 private:
  static uint64_t ChooseSeed();
  void TellHowToLookAtIt();

  uint64_t seed_ = ChooseSeed();
  std::unique_ptr<Host> host_;
};

}  // namespace tb

#endif  // SGDMA_TESTS_SUPPORT_SGDMA_TEST_H_
