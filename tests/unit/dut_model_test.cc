// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// The Verilated engine behind the laboratory: reset state, registers, waves, two in one process.

#include <gtest/gtest.h>
#include <verilated.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "axi/bus_monitor.h"
#include "axi/lite_manager.h"
#include "axi/memory_port.h"
#include "axi/protocol_checker.h"
#include "dut/dut.h"
#include "mem/memory.h"
#include "sim/simulation.h"

namespace tb {
namespace {

constexpr uint32_t kIdOffset = 0x000;
constexpr uint32_t kIdValue = 0x5347'444D;
constexpr uint32_t kCap0Offset = 0x008;
constexpr uint32_t kScratchOffset = 0x018;

struct Lab {
  explicit Lab(uint64_t seed = 1)
      : dut({.seed = seed}),
        sim(dut),
        port(sim, dut.m_axi(), memory),
        registers(sim, dut.s_axil()),
        checker(sim, dut.m_axi(), {.id_count = 2 * Dut::kChannels}),
        lite_checker(sim, dut.s_axil()) {
    memory.AddRam(0, 1 << 20);
    sim.Reset();
  }
  ~Lab() { EXPECT_TRUE(sim.violations().empty()) << sim.violations().Report(); }

  Dut dut;
  Simulation sim;
  Memory memory;
  AxiMemoryPort port;
  LiteManager registers;
  ProtocolChecker checker;
  LiteChecker lite_checker;
};

TEST(Dut, IsQuietAfterResetWhateverItsStateHeldBefore) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Lab lab(seed);

    lab.sim.Step(100);

    EXPECT_EQ(lab.dut.irq(), 0u);
    EXPECT_TRUE(lab.port.idle());
  }
}

TEST(Dut, AnswersOnItsRegisterPort) {
  Lab lab;

  EXPECT_EQ(lab.registers.Read(kIdOffset), kIdValue);
  lab.registers.Write(kScratchOffset, 0xCAFE'F00D);
  EXPECT_EQ(lab.registers.Read(kScratchOffset), 0xCAFE'F00Du);
}

TEST(Dut, ReportsTheChannelsAndWidthItWasBuiltWith) {
  Lab lab;

  const uint32_t cap0 = lab.registers.Read(kCap0Offset);

  EXPECT_EQ(cap0 & 0x1F, Dut::kChannels);
  EXPECT_EQ(1u << (cap0 >> 8 & 7), Dut::kDataBytes);
}

TEST(Dut, ResetClearsRegistersInMidRun) {
  Lab lab;
  lab.registers.Write(kScratchOffset, 1);

  lab.sim.Reset();

  EXPECT_EQ(lab.registers.Read(kScratchOffset), 0u);
}

TEST(Dut, TwoSimulationsLiveInOneProcessAndDoNotMix) {
  auto first = std::make_unique<Lab>(1);
  auto second = std::make_unique<Lab>(2);

  first->registers.Write(kScratchOffset, 111);
  second->registers.Write(kScratchOffset, 222);
  EXPECT_EQ(first->registers.Read(kScratchOffset), 111u);
  EXPECT_EQ(second->registers.Read(kScratchOffset), 222u);
  const uint64_t second_time = second->sim.now();
  first->sim.Step(1000);
  EXPECT_EQ(second->sim.now(), second_time);

  // Destroyed in either order, the other one lives on.
  first.reset();
  EXPECT_EQ(second->registers.Read(kScratchOffset), 222u);
}

// The call a model makes when one of its assertions fails, made in its stead right after a cycle of
// its own.
TEST(Dut, AFailedAssertionIsCollectedAndTheProcessLivesOn) {
  Dut broken;
  Dut healthy;
  Simulation other(healthy);
  Simulation sim(broken);
  other.Reset(2);
  sim.Reset(2);

  VL_STOP_MT("engine.sv", 42, "");
  VL_STOP_MT("engine.sv", 43, "");
  sim.Step(10);
  other.Step(10);

  EXPECT_EQ(sim.violations().Count("assertion"), 2u);
  EXPECT_TRUE(other.violations().empty());
  EXPECT_EQ(sim.now(), 13u);
}

TEST(Dut, SameSeedSameCycles) {
  uint64_t times[2];
  for (uint64_t& time : times) {
    Lab lab(7);
    for (uint32_t i = 0; i < 20; ++i) lab.registers.Write(kScratchOffset, i);
    time = lab.sim.now();
  }

  EXPECT_EQ(times[0], times[1]);
}

class WavesTest : public ::testing::TestWithParam<const char*> {
 protected:
  WavesTest()
      : path_(std::filesystem::temp_directory_path() /
              (std::string("sgdma_dut_test_") + Unique() + GetParam())) {}
  ~WavesTest() override { std::filesystem::remove(path_); }

  // Test programs run beside each other.
  static std::string Unique() {
    std::ostringstream out;
    out << std::hex << reinterpret_cast<uintptr_t>(&out)
        << ::testing::UnitTest::GetInstance()->random_seed()
        << std::filesystem::file_time_type::clock::now().time_since_epoch().count();
    return out.str();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST_P(WavesTest, AreWrittenForTheWindowOrRefusedWithAReason) {
  Lab lab;
  if (!Dut::HasWaves()) {
    EXPECT_THROW(lab.sim.StartWaves(path()), std::runtime_error);
    return;
  }
  const uint64_t start = lab.sim.now() + 10;

  lab.sim.SetWaves(path(), Cycles{start}, Cycles{start + 20});
  lab.registers.Write(kScratchOffset, 5);
  lab.sim.Step(100);

  EXPECT_FALSE(lab.sim.waves_open());
  EXPECT_GT(std::filesystem::file_size(path()), 500u);
  EXPECT_FALSE(std::filesystem::exists(path() + ".fst")) << "left over from the conversion";
  if (std::string(GetParam()) == ".vcd") {
    std::ifstream file(path());
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_NE(text.find("m_axi_arvalid"), std::string::npos);
    EXPECT_NE(text.find("#" + std::to_string(start * 10)), std::string::npos)
        << "first cycle of the window";
    EXPECT_EQ(text.find("#" + std::to_string((start + 21) * 10)), std::string::npos)
        << "first cycle after it";
  }
}

TEST_P(WavesTest, ASecondFileInOneRunIsWrittenToo) {
  Lab lab;
  if (!Dut::HasWaves()) {
    EXPECT_THROW(lab.sim.StartWaves(path()), std::runtime_error);
    return;
  }
  lab.sim.StartWaves(path());
  lab.sim.Step(20);
  lab.sim.StopWaves();
  std::filesystem::remove(path());

  lab.sim.StartWaves(path());
  lab.sim.Step(20);
  lab.sim.StopWaves();

  EXPECT_GT(std::filesystem::file_size(path()), 500u);
}

INSTANTIATE_TEST_SUITE_P(Formats, WavesTest, ::testing::Values(".fst", ".vcd"),
                         [](const auto& info) { return std::string(info.param + 1); });

TEST(Dut, AWaveFileOfAnUnknownFormatIsRefused) {
  Lab lab;

  EXPECT_THROW(lab.sim.StartWaves("waves.txt"), std::runtime_error);
}

}  // namespace
}  // namespace tb
