// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// LINK: lists of arrays, tail jumps, lists side by side, END_LIST, and what goes wrong in them
// (fault-cases A9, A16).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

Record Ok(uint32_t bytes, uint16_t slot, uint16_t index = kRingIndex) {
  return {.bytes = bytes, .slot = slot, .index = index};
}

Record Bad(Status status, uint64_t fault, uint16_t slot, uint16_t index) {
  return {
      .slot = slot, .index = index, .fault = fault, .status = status, .where = Where::kDescriptor};
}

Record Skipped(const EngineChannel& ch, uint16_t slot) {
  return {.slot = slot, .fault = ch.SlotAddress(slot), .status = Status::kSkipped};
}

class EngineLink : public ::testing::Test {
 protected:
  EngineLink() { ch.Start(4, 6); }

  Descriptor NewCopy(uint32_t len, uint16_t flags = kCpl) {
    copies.push_back(bench.NewCopy(len, len % 8, (3 * len) % 8, flags));
    return copies.back();
  }
  void ExpectAllCopied() {
    for (const Descriptor& d : copies) EXPECT_EQ(bench.CheckCopy(d), "");
  }

  EngineBench bench{IdealPort(12)};
  EngineChannel& ch = bench.channel(0);
  std::vector<Descriptor> copies;
};

TEST_F(EngineLink, EntriesCountFromZeroAndTheLinkEndsWithItsList) {
  const uint64_t array = bench.NewArray({NewCopy(40), NewCopy(200), Nop(kCpl), NewCopy(7)});

  EXPECT_EQ(ch.Run({LinkTo(array, 4, kCpl | kIrq), NewCopy(9)}),
            (std::vector<Record>{Ok(40, 0, 0), Ok(200, 0, 1), Ok(0, 0, 2), Ok(7, 0, 3), Ok(0, 0),
                                 Ok(9, 1)}));

  ExpectAllCopied();
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
  EXPECT_EQ(ch.HeadRegister(), 2);
}

TEST_F(EngineLink, WithoutCplTheListLeavesNoRecordOfItsOwn) {
  const uint64_t array = bench.NewArray({NewCopy(40, 0), NewCopy(20, 0)});

  EXPECT_EQ(ch.Run({LinkTo(array, 2), Nop(kCpl)}), (std::vector<Record>{Ok(0, 1)}));

  ExpectAllCopied();
  EXPECT_EQ(ch.TakeCauses(), 0u);
}

TEST_F(EngineLink, DoneOfAnEntryIsRaisedForTheEntry) {
  const uint64_t array = bench.NewArray({NewCopy(40, kIrq), Nop()});

  ch.Run({LinkTo(array, 2)});

  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
}

TEST_F(EngineLink, TailJumpGoesOnInTheNextArrayAndCounts) {
  const uint64_t third = bench.NewArray({NewCopy(3), NewCopy(4)});
  const uint64_t second = bench.NewArray({LinkTo(third, 2)});
  const uint64_t first = bench.NewArray({NewCopy(1), NewCopy(2), LinkTo(second, 1)});

  EXPECT_EQ(ch.Run({LinkTo(first, 3, kCpl)}),
            (std::vector<Record>{Ok(1, 0, 0), Ok(2, 0, 1), Ok(3, 0, 4), Ok(4, 0, 5), Ok(0, 0)}));

  ExpectAllCopied();
}

TEST_F(EngineLink, ListsSideBySideKeepTheirOrder) {
  std::vector<Descriptor> ring;
  std::vector<Record> expected;
  for (uint16_t slot = 0; slot < 9; ++slot) {
    std::vector<Descriptor> entries;
    const auto count = static_cast<uint16_t>(1 + slot % 4);
    for (uint16_t i = 0; i < count; ++i) {
      entries.push_back(NewCopy(10u + slot * 5u + i));
      expected.push_back(Ok(entries.back().len, slot, i));
    }
    ring.push_back(LinkTo(bench.NewArray(entries), count, kCpl));
    expected.push_back(Ok(0, slot));
  }

  EXPECT_EQ(ch.Run(ring), expected);

  ExpectAllCopied();
}

TEST_F(EngineLink, PhaseIsIgnoredInArrays) {
  Descriptor one = NewCopy(5);
  one.ctl |= kPhase;
  const uint64_t array = bench.NewArray({one, NewCopy(6), one});

  bench.Reopen(one);
  EXPECT_EQ(ch.Run({LinkTo(array, 2, kCpl)}),
            (std::vector<Record>{Ok(5, 0, 0), Ok(6, 0, 1), Ok(0, 0)}));
}

// Arrays of every length 1..9 from every 16-byte offset of a 64-byte line, also across 4 KiB.
TEST_F(EngineLink, ArraysBeginAtAnyEntryOfALine) {
  uint16_t slot = 0;
  for (const uint64_t line : {kArrayArea + 0x10000, kArrayArea + 0x20000 - 64}) {
    for (unsigned offset = 0; offset < 4; ++offset) {
      for (uint16_t count = 1; count <= 9; ++count) {
        const uint64_t array = line + 16 * offset;
        std::vector<Descriptor> entries;
        std::vector<Record> expected;
        for (uint16_t i = 0; i < count; ++i) {
          entries.push_back(NewCopy(8u + i));
          expected.push_back(Ok(8u + i, slot, i));
        }
        bench.WriteArray(array, entries);
        // Nothing behind the last entry may be fetched.
        const auto region = bench.board.Declare("array", array, 16ull * count, Permission::kRead);
        expected.push_back(Ok(0, slot));

        EXPECT_EQ(ch.Run({LinkTo(array, count, kCpl)}), expected);

        bench.board.Release(region);
        slot = static_cast<uint16_t>((slot + 1) % 16);
      }
    }
  }
  ExpectAllCopied();
}

// FENCE acts before the array is fetched: an array that an earlier COPY writes is read as written.
TEST_F(EngineLink, FencedLinkReadsTheArrayThatAnEarlierCopyWrote) {
  const uint64_t draft = bench.NewArray({NewCopy(33), NewCopy(44)});
  const uint64_t array = kArrayArea + 0x30000;
  bench.board.Declare("written array", array, 32, Permission::kBoth);

  EXPECT_EQ(ch.Run({CopyOf(draft, array, 32), LinkTo(array, 2, kFence | kCpl)}),
            (std::vector<Record>{Ok(33, 1, 0), Ok(44, 1, 1), Ok(0, 1)}));

  ExpectAllCopied();
}

// A16, and the index modulo 65 535.
TEST_F(EngineLink, ListOfMoreThan100000EntriesCountsModulo65535) {
  std::vector<Descriptor> second(40'000, Nop());
  second[0].ctl |= kCpl;
  second[39'999].ctl |= kCpl;
  const uint64_t tail = bench.NewArray(second);
  std::vector<Descriptor> first(65'535, Nop());
  first[65'533].ctl |= kCpl;
  first[65'534] = LinkTo(tail, 40'000);
  const uint64_t head = bench.NewArray(first);
  // 65 535 + 40 000 entries; the second array begins with index 0 again.
  ch.Submit({LinkTo(head, 65'535, kCpl)});

  EXPECT_EQ(ch.Records(4, Cycles{600'000}),
            (std::vector<Record>{Ok(0, 0, 65'533), Ok(0, 0, 0), Ok(0, 0, 39'999), Ok(0, 0)}));
}

// ---- Endless lists ----

TEST_F(EngineLink, ListThatLinksToItselfRunsUntilAbort) {
  const uint64_t array = bench.NewArray({LinkTo(kArrayArea, 1)});
  ASSERT_EQ(array, kArrayArea);
  ch.Submit({LinkTo(array, 1, kCpl)});

  bench.sim.Step(3000);
  EXPECT_EQ(ch.state(), State::kRun);
  EXPECT_FALSE(ch.error_valid());
  ch.Give(Command::kAbort);

  EXPECT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_TRUE(ch.TakeRecords().empty());
  EXPECT_EQ(ch.HeadRegister(), 0);
  EXPECT_EQ(ch.TakeCauses(), kCauseHalted);
}

TEST_F(EngineLink, EndListStopsACyclicListAtTheEndOfItsArray) {
  const Descriptor copy = NewCopy(64, 0);
  const uint64_t array = bench.NewArray({copy, Nop(), LinkTo(kArrayArea, 3)});
  ASSERT_EQ(array, kArrayArea);
  const Descriptor behind = NewCopy(5);
  ch.Submit({LinkTo(array, 3, kCpl | kIrq), behind});
  bench.sim.Step(1500);
  EXPECT_EQ(ch.TakeCauses(), 0u);

  ch.Give(Command::kEndList);

  EXPECT_EQ(ch.Records(2), (std::vector<Record>{Ok(0, 0), Ok(5, 1)}));
  EXPECT_FALSE(ch.TakeRefused());
  EXPECT_TRUE(bench.Settle());
  EXPECT_EQ(ch.TakeCauses(), kCauseDone);
  ExpectAllCopied();
}

// It holds until that list has ended, and not for the next one. The array is longer than what is
// decoded ahead.
TEST_F(EngineLink, EndListCutsOneListOnly) {
  const uint64_t never = bench.NewArray({NewCopy(11)});
  const uint64_t first =
      bench.NewArray({NewCopy(5000), NewCopy(5001), NewCopy(5002), LinkTo(never, 1)});
  const uint64_t next = bench.NewArray({NewCopy(7)});
  const uint64_t second = bench.NewArray({NewCopy(6), LinkTo(next, 1)});
  ch.Submit({LinkTo(first, 4, kCpl), LinkTo(second, 2, kCpl)});
  bench.sim.Step(300);

  ch.Give(Command::kEndList);
  EXPECT_FALSE(ch.TakeRefused());

  EXPECT_EQ(ch.Records(7), (std::vector<Record>{Ok(5000, 0, 0), Ok(5001, 0, 1), Ok(5002, 0, 2),
                                                Ok(0, 0), Ok(6, 1, 0), Ok(7, 1, 2), Ok(0, 1)}));
  EXPECT_TRUE(bench.Untouched(copies[0]));
}

TEST_F(EngineLink, EndListIsTakenWhilePausedAndHalted) {
  for (const bool halted : {false, true}) {
    SCOPED_TRACE(halted);
    EngineBench other(IdealPort(5));
    EngineChannel& c = other.channel(0);
    c.Start(4, 6);
    const uint64_t never = other.NewArray({other.NewCopy(9)});
    const Descriptor copy = other.NewCopy(800, 0, 0, kCpl);
    const uint64_t array = other.NewArray({copy, Nop(), LinkTo(never, 1)});
    if (halted) other.port.Arm({.on = PortFault::On::kReadBeat, .nth = 50, .ids = 1});
    c.Submit({LinkTo(array, 3, kCpl)});
    if (halted) {
      ASSERT_TRUE(c.WaitState(State::kHalted));
      c.TakeRecords();
    } else {
      other.sim.Step(30);
      c.Give(Command::kPause);
      ASSERT_TRUE(c.WaitState(State::kPaused));
    }

    c.Give(Command::kEndList);
    EXPECT_FALSE(c.TakeRefused());
    c.Give(halted ? Command::kRetry : Command::kResume);

    EXPECT_EQ(c.Records(2), (std::vector<Record>{Ok(800, 0, 0), Ok(0, 0)}));
  }
}

TEST_F(EngineLink, EndListWithoutAListIsRefused) {
  ch.Submit({NewCopy(3000)});

  ch.Give(Command::kEndList);

  EXPECT_TRUE(ch.TakeRefused());
  EXPECT_EQ(ch.Records(1).size(), 1u);
  ch.Give(Command::kEndList);
  EXPECT_TRUE(ch.TakeRefused());
}

// ---- What goes wrong in an array ----

struct ArrayFault {
  std::string name;
  Status status;
  unsigned position;  // of three entries
  Descriptor entry;
  bool ends_list;  // behind it there is nothing SKIP could go on with
};

std::vector<ArrayFault> ArrayFaults() {
  return {
      {"LinkInTheMiddle", Status::kBadLink, 1, LinkTo(kArrayArea, 1), true},
      {"LinkFirst", Status::kBadLink, 0, LinkTo(kArrayArea, 1), true},
      {"LinkOfNoEntries", Status::kBadLink, 2, LinkTo(kArrayArea, 0), true},
      {"LinkUnaligned", Status::kBadAddress, 2, LinkTo(kArrayArea + 4, 1), true},
      {"LinkWithIrq", Status::kBadCtl, 2, LinkTo(kArrayArea, 1, kIrq), true},
      {"LinkWithCpl", Status::kBadCtl, 2, LinkTo(kArrayArea, 1, kCpl), true},
      {"LinkWithFence", Status::kBadCtl, 2, LinkTo(kArrayArea, 1, kFence), true},
      {"ZeroedFirst", Status::kBadOpcode, 0, {}, false},
      {"ZeroedMiddle", Status::kBadOpcode, 1, {}, false},
      {"ZeroedLast", Status::kBadOpcode, 2, {}, false},
      {"LengthZero", Status::kBadLength, 1, CopyOf(kSourceArea, kDestinationArea, 0), false},
  };
}

class EngineArrayFault : public ::testing::TestWithParam<ArrayFault> {};

TEST_P(EngineArrayFault, IsNamedByIndexAndRetryAndSkipGoOnRight) {
  const ArrayFault& fault = GetParam();
  for (const bool skip : {false, true}) {
    for (const uint32_t latency : {1u, 30u}) {
      SCOPED_TRACE(std::string(skip ? "skip" : "retry") + ", latency " + std::to_string(latency));
      EngineBench bench(IdealPort(latency));
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      bench.NewArray({Nop()});  // what the bad LINKs point at
      std::vector<Descriptor> good;
      for (unsigned i = 0; i < 3; ++i) good.push_back(bench.NewCopy(20 + i, i, i, kCpl));
      std::vector<Descriptor> entries = good;
      entries[fault.position] = fault.entry;
      const uint64_t array = bench.NewArray(entries);
      const Descriptor behind = bench.NewCopy(9, 0, 0, kCpl);
      const auto index = static_cast<uint16_t>(fault.position);
      const uint64_t at = array + 16ull * index;

      ch.Submit({Nop(kCpl), LinkTo(array, 3, kCpl), behind});

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      std::vector<Record> expected = {Ok(0, 0)};
      for (uint16_t i = 0; i < index; ++i) expected.push_back(Ok(20u + i, 1, i));
      expected.push_back(Bad(fault.status, at, 1, index));
      EXPECT_EQ(ch.TakeRecords(), expected);
      EXPECT_EQ(ch.HeadRegister(), 1);
      EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 1u | uint32_t{index} << 16);
      EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(at));

      expected.clear();
      if (skip) {
        ch.Give(Command::kSkip);
      } else {
        bench.WriteArray(at, {good[index]});
        ch.Give(Command::kRetry);
      }
      for (uint16_t i = skip ? index + 1 : index; i < 3 && !(skip && fault.ends_list); ++i) {
        expected.push_back(Ok(20u + i, 1, i));
      }
      expected.push_back(skip && fault.ends_list ? Skipped(ch, 1) : Ok(0, 1));
      expected.push_back(Ok(9, 2));
      EXPECT_EQ(ch.Run({}), expected);
      EXPECT_EQ(bench.CheckCopy(behind), "");
      EXPECT_EQ(ch.error_count(), 1u) << "SKIPPED is no error";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineArrayFault, ::testing::ValuesIn(ArrayFaults()),
                         [](const auto& info) { return info.param.name; });

class EngineArrayFetch : public ::testing::TestWithParam<unsigned> {};

// An entry that could not be fetched: SKIP ends the list.
TEST_P(EngineArrayFetch, ErrorNamesTheEntryAndSkipEndsTheList) {
  const unsigned position = GetParam();
  for (const bool skip : {false, true}) {
    SCOPED_TRACE(skip ? "skip" : "retry");
    EngineBench bench(IdealPort(10));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    std::vector<Descriptor> entries;
    for (unsigned i = 0; i < 7; ++i) entries.push_back(bench.NewCopy(20 + i, i, i, kCpl));
    const uint64_t array = bench.NewArray(entries);
    const Descriptor behind = bench.NewCopy(9, 0, 0, kCpl);
    const auto index = static_cast<uint16_t>(position / 2);
    const uint64_t at = array + 16ull * index;
    bench.port.AddError({array + 8ull * position, 8, AxiResp::kDecErr, true, false});

    ch.Submit({LinkTo(array, 7, kIrq), behind});

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    std::vector<Record> expected;
    for (uint16_t i = 0; i < index; ++i) expected.push_back(Ok(20u + i, 0, i));
    expected.push_back(Bad(Status::kDecErr, at, 0, index));
    EXPECT_EQ(ch.TakeRecords(), expected);

    bench.port.ClearErrors();
    ch.TakeCauses();
    ch.Give(skip ? Command::kSkip : Command::kRetry);
    expected.clear();
    for (uint16_t i = index; i < 7 && !skip; ++i) expected.push_back(Ok(20u + i, 0, i));
    if (skip) expected.push_back(Skipped(ch, 0));
    expected.push_back(Ok(9, 1));
    EXPECT_EQ(ch.Run({}), expected);
    EXPECT_EQ(ch.TakeCauses(), kCauseDone) << "the list has ended";
    EXPECT_EQ(bench.CheckCopy(behind), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Beats, EngineArrayFetch, ::testing::Range(0u, 14u));

TEST_F(EngineLink, IntoNoMemoryIsADecodeErrorOfEntryZero) {
  ch.Submit({LinkTo(kNoMemory, 5, kCpl), NewCopy(8)});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{Bad(Status::kDecErr, kNoMemory, 0, 0)}));
  ch.Give(Command::kSkip);
  EXPECT_EQ(ch.Run({}), (std::vector<Record>{Skipped(ch, 0), Ok(8, 1)}));
  ExpectAllCopied();
}

// A read or write error inside an array, at each entry: RETRY runs it again, SKIP goes on with the
// next one.
TEST(EngineLinkError, TransferErrorsInAnArrayRecoverAtTheEntry) {
  for (unsigned position = 0; position < 4; ++position) {
    for (const bool write : {false, true}) {
      for (const bool skip : {false, true}) {
        SCOPED_TRACE(std::to_string(position) + (write ? " write" : " read") +
                     (skip ? " skip" : " retry"));
        EngineBench bench(IdealPort(20));
        EngineChannel& ch = bench.channel(0);
        ch.Start(4, 4);
        std::vector<Descriptor> entries;
        for (unsigned i = 0; i < 4; ++i) entries.push_back(bench.NewCopy(40 + i, i, 2 * i, kCpl));
        // The third entry leads to a second array of one.
        const uint64_t second = bench.NewArray({entries[3]});
        const uint64_t first =
            bench.NewArray({entries[0], entries[1], entries[2], LinkTo(second, 1)});
        static constexpr uint16_t kIndex[] = {0, 1, 2, 4};
        const Descriptor& victim = entries[position];
        const uint64_t at = write ? victim.dst : victim.src;
        bench.port.AddError({at, 1, AxiResp::kSlvErr, !write, write});

        ch.Submit({LinkTo(first, 4, kCpl), Nop(kCpl)});

        ASSERT_TRUE(ch.WaitState(State::kHalted));
        std::vector<Record> expected;
        for (unsigned i = 0; i < position; ++i) expected.push_back(Ok(40 + i, 0, kIndex[i]));
        expected.push_back({.slot = 0,
                            .index = kIndex[position],
                            .fault = at,
                            .status = Status::kSlvErr,
                            .where = write ? Where::kWrite : Where::kRead});
        EXPECT_EQ(ch.TakeRecords(), expected);

        bench.port.ClearErrors();
        ch.Give(skip ? Command::kSkip : Command::kRetry);
        expected.clear();
        for (unsigned i = skip ? position + 1 : position; i < 4; ++i)
          expected.push_back(Ok(40 + i, 0, kIndex[i]));
        expected.push_back(Ok(0, 0));
        expected.push_back(Ok(0, 1));
        EXPECT_EQ(ch.Run({}), expected);
        for (unsigned i = 0; i < 4; ++i) {
          const bool skipped = skip && i == position;
          EXPECT_EQ(skipped ? "" : bench.CheckCopy(entries[i]), "");
        }
      }
    }
  }
}

}  // namespace
}  // namespace tb
