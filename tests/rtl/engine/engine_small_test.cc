// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Another build of the engine: one channel, 40 address bits, every window, queue and buffer as
// small as it may be. So what rarely fills up in the usual build is full here all the time
// (fault-cases A17).

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "random_plan.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBits = 40;
constexpr uint64_t kTop = uint64_t{1} << kBits;

TEST(EngineSmall, IsTheBuildThisFileIsAbout) {
  EngineBench bench;
  EXPECT_EQ(Dut::kChannels, 1u);
  EXPECT_EQ((bench.registers.Read(SGDMA_GLB_CAP0) & SGDMA_GLB_CAP0_ADDR_WIDTH_MASK) >>
                SGDMA_GLB_CAP0_ADDR_WIDTH_SHIFT,
            kBits);
  EXPECT_EQ((bench.registers.Read(SGDMA_GLB_CAP2) & SGDMA_GLB_CAP2_TRACKER_MASK) >>
                SGDMA_GLB_CAP2_TRACKER_SHIFT,
            3u);
}

// A17: any bit at or above AddrWidth, in each field an opcode uses.
TEST(EngineSmall, AddressBitsAboveTheWidthAreBadAddress) {
  for (unsigned bit = kBits; bit < 48; ++bit) {
    const uint64_t high = uint64_t{1} << bit;
    for (unsigned field = 0; field < 3; ++field) {
      SCOPED_TRACE("bit " + std::to_string(bit) + ", field " + std::to_string(field));
      EngineBench bench;
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      const Descriptor good = bench.NewCopy(64, 0, 0, kCpl);
      Descriptor bad = good;
      if (field == 0) bad.src |= high;
      if (field == 1) bad.dst |= high;
      if (field == 2) bad = LinkTo(kArrayArea | high, 1);

      ch.Submit({bad, good});

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.slot = 0,
                                                        .fault = ch.SlotAddress(0),
                                                        .status = Status::kBadAddress,
                                                        .where = Where::kDescriptor}}));
      ch.Give(Command::kSkip);
      EXPECT_EQ(ch.Records(1), (std::vector<Record>{{.bytes = 64, .slot = 1}}));
      EXPECT_EQ(bench.CheckCopy(good), "");
    }
  }
}

TEST(EngineSmall, FieldsAnOpcodeDoesNotUseAreNotLookedAt) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(9, 0, 0, kCpl);
  Descriptor link = LinkTo(bench.NewArray({copy}), 1, kCpl);
  link.src = (uint64_t{1} << 48) - 1;
  Descriptor nop = Nop(kCpl);
  nop.src = nop.dst = kTop;

  EXPECT_EQ(ch.Run({link, nop}),
            (std::vector<Record>{{.bytes = 9, .slot = 0, .index = 0}, {.slot = 0}, {.slot = 1}}));
}

// A7: a wrap past 2^AddrWidth is a fault, ending there is not.
TEST(EngineSmall, TransferMayEndAtTheTopButNotPassIt) {
  for (const unsigned beyond : {0u, 1u}) {
    for (const bool source : {false, true}) {
      SCOPED_TRACE(std::to_string(beyond) + (source ? " source" : " destination"));
      EngineBench bench;
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      bench.memory.AddRam(kTop - 4096, 4096);
      const uint64_t at = kTop - 100 + beyond;
      Descriptor copy;
      if (beyond == 0) {
        copy = bench.CopyAt(source ? at : kSourceArea, source ? kDestinationArea : at, 100, kCpl);
      } else {
        copy = CopyOf(source ? at : kSourceArea, source ? kDestinationArea : at, 100, kCpl);
      }

      ch.Submit({copy});

      ASSERT_TRUE(ch.WaitRecords(1));
      EXPECT_EQ(ch.TakeRecords()[0].status, beyond == 0 ? Status::kOk : Status::kBadAddress);
      EXPECT_EQ(beyond == 0 ? bench.CheckCopy(copy) : "", "");
    }
  }
}

// A17 in bases: START refuses a ring that does not fit below 2^AddrWidth.
TEST(EngineSmall, RingsBeyondTheWidthRefuseStart) {
  for (const uint64_t base : {kTop, uint64_t{1} << 47, kTop - 64, kTop - 256}) {
    for (const bool completion : {false, true}) {
      SCOPED_TRACE(std::to_string(base) + (completion ? " completion" : " submission"));
      const bool good = base == kTop - 256;
      EngineBench bench;
      EngineChannel& ch = bench.channel(0);
      ch.SetRings(4, 4);
      const uint32_t offset = completion ? SGDMA_CH_CPL_BASE_LO : SGDMA_CH_SUB_BASE_LO;
      ch.Write(offset, static_cast<uint32_t>(base));
      ch.Write(offset + 4, static_cast<uint32_t>(base >> 32));

      ch.Give(Command::kStart);

      EXPECT_EQ(ch.TakeRefused(), !good);
      EXPECT_EQ(ch.state(), good ? State::kRun : State::kIdle);
    }
  }
}

TEST(EngineSmall, ManyCopiesOfAllAlignmentsAreExact) {
  for (const uint64_t seed : {0u, 1u, 2u}) {
    EngineBench bench(seed == 0 ? IdealPort(30) : StallingPort(seed));
    EngineChannel& ch = bench.channel(0);
    ch.Start(5, 3);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 150; ++i) {
      work.push_back(bench.NewCopy(1 + (i * i * 31) % 700, (i * 7) % 64, (i * 11) % 64, kCpl));
    }

    const std::vector<Record> records = ch.Run(work);

    ASSERT_EQ(records.size(), work.size());
    for (size_t i = 0; i < work.size(); ++i) {
      EXPECT_EQ(records[i], (Record{.bytes = work[i].len, .slot = static_cast<uint16_t>(i % 32)}));
      EXPECT_EQ(bench.CheckCopy(work[i]), "");
    }
  }
}

TEST(EngineSmallLong, GoodProgramsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("good programs, small engine", [] { PlayRandomPlan(false); }));
}

TEST(EngineSmallLong, ProgramsWithErrorsMatchTheReferenceModel) {
  EXPECT_TRUE(rc::check("programs with errors, small engine", [] { PlayRandomPlan(true); }));
}

}  // namespace
}  // namespace tb
