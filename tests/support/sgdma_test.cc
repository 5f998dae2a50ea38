// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "support/sgdma_test.h"

#include <cstdio>
#include <cstdlib>

namespace tb {
namespace {

std::string TestName() {
  const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

uint64_t CycleFromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

}  // namespace

// FNV-1a of the name: stable, and different for each test.
uint64_t SgdmaTest::ChooseSeed() {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : TestName()) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  return CycleFromEnvironment("SGDMA_SEED", hash % 1'000'000'000);
}

void SgdmaTest::Boot(HostConfig config) {
  if (config.platform.seed == PlatformConfig{}.seed) config.platform.seed = seed_;
  const char* waves = std::getenv("SGDMA_WAVES");
  if (waves != nullptr) config.platform.waves = waves;
  config.platform.waves_from = Cycles{CycleFromEnvironment("SGDMA_WAVES_FROM", 0)};
  config.platform.waves_to =
      Cycles{CycleFromEnvironment("SGDMA_WAVES_TO", Cycles::Forever().count)};
  host_.reset();
  host_ = std::make_unique<Host>(config);
}

Host& SgdmaTest::host() {
  if (host_ == nullptr) Boot({});
  return *host_;
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
