// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "support/sgdma_test.h"

#include <cstdio>
#include <stdexcept>

#include "support/environment.h"

namespace tb {
namespace {

std::string TestName() {
  const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

}  // namespace

// FNV-1a of the name: stable, and different for each test.
uint64_t SgdmaTest::ChooseSeed() {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : TestName()) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  return NumberFromEnvironment("SGDMA_SEED", hash % 1'000'000'000);
}

HostConfig SgdmaTest::Configure(HostConfig config) const {
  if (config.platform.seed == PlatformConfig{}.seed) config.platform.seed = seed_;
  const WaveRequest waves = WaveRequest::FromEnvironment();
  config.platform.waves = waves.file;
  config.platform.waves_from = waves.from;
  config.platform.waves_to = waves.to;
  return config;
}

void SgdmaTest::Boot(const HostConfig& config) {
  if (host_ != nullptr) throw std::logic_error("the host is there already: Boot comes first");
  host_ = std::make_unique<Host>(Configure(config));
}

Host& SgdmaTest::host() {
  if (host_ == nullptr) Boot({});
  return *host_;
}

void SgdmaTest::ServeIrqs(Cycles quiet, unsigned number) {
  while (sim().RunUntilIrq(quiet, number)) {
    platform().TakeMessages(number);
    sgdma_handle_irq(chan(number));
  }
}

void SgdmaTest::IssueAndServe(Cycles limit) {
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(limit));
  ServeIrqs();
}

sgdma_fault_t SgdmaTest::Fault(unsigned number) {
  sgdma_fault_t fault{};
  EXPECT_TRUE(sgdma_error(chan(number), &fault)) << "there is no error";
  return fault;
}

void SgdmaTest::TearDown() {
  if (host_ == nullptr) return;
  if (!host_->finished()) {
    for (const std::string& problem : host_->Finish()) ADD_FAILURE() << problem;
  }
  if (!host_->sim().violations().empty()) ADD_FAILURE() << host_->sim().violations().Report();
  if (HasFailure()) TellHowToLookAtIt();
  host_.reset();
}

void SgdmaTest::TellHowToLookAtIt() {
  std::string text = "The last calls of the driver (cycle, call, register or address, value):\n";
  for (const std::string& line : host_->platform().hal.Log()) text += line + "\n";
  text += "seed " + std::to_string(seed_) + ", " + std::to_string(host_->sim().now()) + " cycles\n";
  text += "again:   SGDMA_SEED=" + std::to_string(seed_) + " ctest --preset check -R '^" +
          TestName() + "$'\n";
  text += "waves:   SGDMA_SEED=" + std::to_string(seed_) + " make waves TEST=" + TestName() + "\n";
  std::fputs(text.c_str(), stdout);
}

}  // namespace tb
