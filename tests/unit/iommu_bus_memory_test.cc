// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The translator in front of the real memory, with the scoreboard between them.

#include <gtest/gtest.h>

#include <array>

#include "iommu/bus_memory.h"
#include "iommu/iommu.h"
#include "mem/memory.h"
#include "mem/scoreboard.h"

namespace tb {
namespace {

constexpr uint64_t kDirectory = 0x8000'0000, kRoot = 0x8000'1000, kMiddle = 0x8000'2000,
                   kLast = 0x8000'3000, kFaults = 0x8000'4000, kData = 0x8001'0000;

class IommuBusMemory : public ::testing::Test {
 protected:
  IommuBusMemory() {
    memory.AddRam(0x8000'0000, 0x10'0000);
    board.Declare("tables", kDirectory, 0x5000, Permission::kTranslator);
    board.Declare("data", kData, 0x1000, Permission::kBoth);
    // Device 5, one level, Sv39, SADE: IOVA 0x1000 is kData, A and D clear.
    memory.Store<uint64_t>(kDirectory + 32 * 5, 1 | 1 << 8);
    memory.Store<uint64_t>(kDirectory + 32 * 5 + 16, 7 << 12);
    memory.Store<uint64_t>(kDirectory + 32 * 5 + 24, uint64_t{8} << 60 | kRoot >> 12);
    memory.Store<uint64_t>(kRoot, kMiddle >> 12 << 10 | 1);
    memory.Store<uint64_t>(kMiddle, kLast >> 12 << 10 | 1);
    memory.Store<uint64_t>(kLast + 8, kData >> 12 << 10 | 0x17);
    iommu.WriteReg(16, 8, kDirectory >> 12 << 10 | 2);
    iommu.WriteReg(40, 8, kFaults >> 12 << 10 | 3);
    iommu.WriteReg(76, 4, 1);
    iommu.Tick(100);
  }

  BusAccess Burst(bool write, uint64_t iova) const {
    return {.write = write, .address = iova, .bytes = 8, .device_id = 5};
  }
  uint64_t FirstFault() { return memory.Load<uint64_t>(kFaults) & 0xfff; }

  Memory memory;
  Scoreboard board{memory};
  BusMemory tables{&board, &memory};
  Iommu iommu{{}, &tables, &board};
};

TEST_F(IommuBusMemory, BurstAndWalkReachMemoryAndTheScoreboardKnowsWhichIsWhich) {
  const std::array<uint8_t, 8> data = {1, 2, 3, 4, 5, 6, 7, 8};
  const BusAccess burst = Burst(true, 0x1010);
  const BusRoute route = iommu.Begin(burst);
  ASSERT_EQ(route.resp, AxiResp::kOkay);
  EXPECT_EQ(route.address, kData + 0x10);
  EXPECT_EQ(iommu.WriteBeat(burst, route.address, data, 0xff), AxiResp::kOkay);

  EXPECT_EQ(memory.Load<uint64_t>(kData + 0x10), 0x0807'0605'0403'0201u);
  EXPECT_EQ(memory.Load<uint64_t>(kLast + 8), kData >> 12 << 10 | 0xd7) << "A and D set";
  EXPECT_EQ(board.stray_count(), 0u);
}

TEST_F(IommuBusMemory, WalkIntoOtherMemoryIsAStray) {
  memory.Store<uint64_t>(kRoot, (kData + 0x1000) >> 12 << 10 | 1);
  iommu.Begin(Burst(false, 0x1000));

  EXPECT_EQ(board.stray_count(), 1u);
}

TEST_F(IommuBusMemory, WalkOutsideRamIsAnAccessFault) {
  memory.Store<uint64_t>(kRoot, uint64_t{0x7000'0000} >> 12 << 10 | 1);

  EXPECT_EQ(iommu.Begin(Burst(false, 0x1000)).resp, AxiResp::kSlvErr);
  EXPECT_EQ(FirstFault(), 5u);
}

TEST_F(IommuBusMemory, ErrorOnTheBusIsAnAccessFault) {
  memory.SetError(kMiddle, 8, AxiResp::kSlvErr);

  EXPECT_EQ(iommu.Begin(Burst(true, 0x1000)).resp, AxiResp::kSlvErr);
  EXPECT_EQ(FirstFault(), 7u);
}

TEST_F(IommuBusMemory, PoisonIsCorruptionAndNotAnAccessFault) {
  memory.SetPoison(kMiddle, 8);

  EXPECT_EQ(iommu.Begin(Burst(true, 0x1000)).resp, AxiResp::kSlvErr);
  EXPECT_EQ(FirstFault(), 274u);
}

TEST_F(IommuBusMemory, TranslationOutOfRamIsADecodeErrorWithoutARecord) {
  memory.Store<uint64_t>(kLast + 8, uint64_t{0x7000'0000} >> 12 << 10 | 0xd7);

  EXPECT_EQ(iommu.Begin(Burst(true, 0x1000)).resp, AxiResp::kDecErr);
  EXPECT_EQ(FirstFault(), 0u);
}

}  // namespace
}  // namespace tb
