// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Bad descriptors: which status, in which order, in which fields of the record, and each way out
// (fault-cases A1-A4, A7, A8, A11, A12, A14, A17, A18).

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "recovery.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr uint64_t kTop = uint64_t{1} << 48;

struct BadCase {
  std::string name;
  Status status;
  std::function<void(Descriptor&)> spoil;  // of a good COPY
};

void SetOpcode(Descriptor& d, unsigned opcode) {
  d.ctl = static_cast<uint16_t>((d.ctl & ~0xF) | opcode);
}

std::vector<BadCase> BadCases() {
  std::vector<BadCase> cases = {
      {"Zeroed", Status::kBadPhase, [](Descriptor& d) { d = {.ctl = kPhase}; }},
      {"ZeroedButPhase", Status::kBadOpcode, [](Descriptor& d) { d = {}; }},
      {"WrongPhase", Status::kBadPhase, [](Descriptor& d) { d.ctl ^= kPhase; }},
      {"LengthZero", Status::kBadLength, [](Descriptor& d) { d.len = 0; }},
      {"SourceEndsOneByteBeyond", Status::kBadAddress,
       [](Descriptor& d) { d.src = kTop - d.len + 1; }},
      {"DestinationEndsOneByteBeyond", Status::kBadAddress,
       [](Descriptor& d) { d.dst = kTop - d.len + 1; }},
      {"SourceIsTheLastByte", Status::kBadAddress, [](Descriptor& d) { d.src = kTop - 1; }},
      {"LinkUnaligned", Status::kBadAddress, [](Descriptor& d) { d = LinkTo(kArrayArea + 8, 2); }},
      {"LinkOfNoEntries", Status::kBadLink, [](Descriptor& d) { d = LinkTo(kArrayArea, 0); }},
      {"LinkBeyondTheTop", Status::kBadAddress, [](Descriptor& d) { d = LinkTo(kTop - 16, 2); }},
      // The first that fails is the status: PHASE, opcode, ctl, length, address, LINK.
      {"PhaseBeforeOpcode", Status::kBadPhase,
       [](Descriptor& d) { d = {.ctl = kPhase | kReserved | 15}; }},
      {"OpcodeBeforeCtl", Status::kBadOpcode, [](Descriptor& d) { d = {.ctl = kReserved | 9}; }},
      {"CtlBeforeLength", Status::kBadCtl,
       [](Descriptor& d) {
         d.len = 0;
         d.ctl |= 1 << 10;
       }},
      {"LengthBeforeAddress", Status::kBadLength,
       [](Descriptor& d) {
         d.len = 0;
         d.src = kTop - 1;
         d.dst = kTop - 1;
       }},
      {"AddressBeforeLink", Status::kBadAddress, [](Descriptor& d) { d = LinkTo(8, 0); }},
      {"CtlBeforeAddressOfLink", Status::kBadCtl, [](Descriptor& d) { d = LinkTo(8, 0, kEop); }},
  };
  // A2: every unknown opcode.
  for (const unsigned opcode : {0, 8, 9, 10, 11, 12, 13, 14, 15}) {
    cases.push_back({"Opcode" + std::to_string(opcode), Status::kBadOpcode,
                     [opcode](Descriptor& d) { SetOpcode(d, opcode); }});
  }
  // A3: every reserved bit; A18: each flag that the table does not give to the opcode.
  struct Kind {
    const char* name;
    unsigned opcode;
    unsigned flags;  // legal ones besides IRQ, CPL and FENCE
  };
  // (A bad STRIDE takes its transfer with it: engine_stride_test.cc.)
  for (const Kind kind :
       {Kind{"Copy", 1, kSrcFixed | kDstFixed}, Kind{"Fill", 2, kDstFixed}, Kind{"Link", 3, 0},
        Kind{"Send", 5, kEop | kSrcFixed}, Kind{"Recv", 6, kDstFixed}, Kind{"Nop", 7, 0}}) {
    for (unsigned bit = 7; bit < 15; ++bit) {
      if ((kind.flags >> bit & 1) != 0) continue;
      cases.push_back({kind.name + std::string("CtlBit") + std::to_string(bit), Status::kBadCtl,
                       [kind, bit](Descriptor& d) {
                         SetOpcode(d, kind.opcode);
                         if (kind.opcode == 3) d.dst = kArrayArea;
                         d.ctl = static_cast<uint16_t>(d.ctl | 1u << bit);
                       }});
    }
  }
  return cases;
}

class EngineBadDescriptor : public ::testing::TestWithParam<BadCase> {
 protected:
  // The bad one at `position` of three; the record names it, nothing behind it has moved.
  void Hurt(EngineBench& bench, EngineChannel& ch, unsigned position,
            std::vector<Descriptor>* work) {
    for (unsigned i = 0; i < 3; ++i) {
      work->push_back(bench.NewCopy(40 + i, 1 + i, 2 * i, kCpl | kIrq));
    }
    std::vector<Descriptor> spoiled = *work;
    GetParam().spoil(spoiled[position]);

    ch.Submit(spoiled);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    const auto slot = static_cast<uint16_t>(position);
    const Record error = {.slot = slot,
                          .fault = ch.SlotAddress(slot),
                          .status = GetParam().status,
                          .where = Where::kDescriptor};
    std::vector<Record> expected;
    for (unsigned i = 0; i < position; ++i) {
      expected.push_back({.bytes = (*work)[i].len, .slot = static_cast<uint16_t>(i)});
    }
    expected.push_back(error);
    EXPECT_EQ(ch.TakeRecords(), expected);
    EXPECT_EQ(ch.HeadRegister(), slot);
    EXPECT_EQ(ch.error_image(), error);
    EXPECT_EQ(ch.error_count(), 1u);
    EXPECT_EQ(ch.TakeCauses(), (position > 0 ? kCauseDone : 0) | kCauseError | kCauseHalted);
    for (unsigned i = position; i < 3; ++i) EXPECT_TRUE(bench.Untouched((*work)[i]));
    ch.Rewrite(slot, (*work)[position]);
  }
};

TEST_P(EngineBadDescriptor, HaltsAndEachWayOutIsExact) {
  for (const Recovery recovery : kRecoveries) {
    for (unsigned position = 0; position < 3; ++position) {
      SCOPED_TRACE(std::string(Name(recovery)) + ", position " + std::to_string(position));
      EngineBench bench(position == 1 ? StallingPort(position) : IdealPort(8));
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      std::vector<Descriptor> work;

      Hurt(bench, ch, position, &work);

      Recover(bench, ch, recovery, {work.begin() + position, work.end()});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineBadDescriptor, ::testing::ValuesIn(BadCases()),
                         [](const auto& info) { return info.param.name; });

// ---- What must not be a fault ----

TEST(EngineDescriptor, NopIgnoresLengthAndAddresses) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  Descriptor nop = Nop(kCpl | kIrq | kFence);
  nop.src = nop.dst = kTop - 1;
  nop.len = 65535;

  EXPECT_EQ(ch.Run({nop, Nop(kCpl)}), (std::vector<Record>{{.slot = 0}, {.slot = 1}}));
}

// Touching 2^48 with the end is no wrap: what is missing there is memory, so the answer is the
// bus's.
TEST(EngineDescriptor, TransferMayEndAtTheTopOfTheAddressSpace) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  bench.memory.AddRam(kTop - 8192, 8192);

  const Descriptor from = bench.CopyAt(kTop - 100, kDestinationArea + 3, 100, kCpl);
  EXPECT_EQ(ch.Run({from}), (std::vector<Record>{{.bytes = 100, .slot = 0}}));
  EXPECT_EQ(bench.CheckCopy(from), "");

  const Descriptor to = bench.CopyAt(kSourceArea + 1, kTop - 4096 - 100, 4196, kCpl);
  EXPECT_EQ(ch.Run({to}), (std::vector<Record>{{.bytes = 4196, .slot = 1}}));
  EXPECT_EQ(bench.CheckCopy(to), "");
}

TEST(EngineDescriptor, WithoutCplOnlyErrorsLeaveRecords) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const std::vector<Descriptor> work = {bench.NewCopy(9), bench.NewCopy(10, 1, 1, kIrq), Nop()};

  ch.Submit({work[0], work[1], work[2], Descriptor{}});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.slot = 3,
                                                    .fault = ch.SlotAddress(3),
                                                    .status = Status::kBadOpcode,
                                                    .where = Where::kDescriptor}}));
  EXPECT_EQ(ch.TakeCauses(), kCauseDone | kCauseError | kCauseHalted);
  EXPECT_EQ(bench.CheckCopy(work[0]), "");
  EXPECT_EQ(bench.CheckCopy(work[1]), "");
}

TEST(EngineDescriptor, FailedDescriptorWithIrqRaisesNoDone) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);

  ch.Submit({Descriptor{.ctl = kIrq | kCpl}});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeCauses(), kCauseError | kCauseHalted);
}

TEST(EngineDescriptor, WithoutACompletionRingErrorsAreInTheErrorRegisters) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 0);
  const Descriptor good = bench.NewCopy(60, 1, 2, kCpl | kIrq);

  ch.Submit({good, Descriptor{}});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.error_image(), (Record{.slot = 1,
                                      .fault = ch.SlotAddress(1),
                                      .status = Status::kBadOpcode,
                                      .where = Where::kDescriptor}));
  EXPECT_EQ(ch.TakeCauses(), kCauseDone | kCauseError | kCauseHalted);
  EXPECT_EQ(ch.HeadRegister(), 1);
  EXPECT_EQ(bench.CheckCopy(good), "");
  ch.Rewrite(1, Nop());
  ch.Give(Command::kRetry);
  EXPECT_TRUE(bench.Settle());
  EXPECT_EQ(ch.HeadRegister(), 2);
}

// "Software may first shorten it in place by the bytes done, or make it a NOP."
TEST(EngineDescriptor, RetryGoesOnWhereAShortenedTransferStopped) {
  EngineBench bench(IdealPort(5));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(1000, 3, 6, kCpl);
  const Descriptor next = bench.NewCopy(20, 3, 6, kCpl);
  bench.port.AddError({copy.src + 500, 1, AxiResp::kSlvErr, true, false});
  ch.Submit({copy, next});
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  const std::vector<Record> failed = ch.TakeRecords();
  ASSERT_EQ(failed.size(), 1u);
  const uint32_t done = failed[0].bytes;
  ASSERT_GT(done, 0u);

  bench.port.ClearErrors();
  const auto left = static_cast<uint16_t>(1000 - done);
  ch.Rewrite(0, CopyOf(copy.src + done, copy.dst + done, left, kCpl));
  ch.Give(Command::kRetry);

  EXPECT_EQ(ch.Records(2),
            (std::vector<Record>{{.bytes = left, .slot = 0}, {.bytes = 20, .slot = 1}}));
  EXPECT_EQ(bench.CheckCopy(copy), "");
  EXPECT_EQ(bench.CheckCopy(next), "");
}

TEST(EngineDescriptor, ErrorRegistersKeepTheFirstErrorAndCountTheOthers) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  ch.Submit({Descriptor{}, Descriptor{}, CopyOf(kSourceArea, kDestinationArea, 0), Descriptor{}});
  const auto error = [&](uint16_t slot, Status status) {
    return Record{
        .slot = slot, .fault = ch.SlotAddress(slot), .status = status, .where = Where::kDescriptor};
  };
  for (uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(ch.error_count(), i + 1);
    EXPECT_EQ(ch.error_image(), error(0, Status::kBadOpcode));
    ch.Give(Command::kSkip);
  }
  ASSERT_TRUE(ch.WaitState(State::kHalted));

  ch.Write(SGDMA_CH_ERR_CTRL, 1);
  EXPECT_FALSE(ch.error_valid());
  EXPECT_EQ(ch.error_count(), 0u);
  EXPECT_EQ(ch.error_image(), (Record{.index = 0}));
  ch.Give(Command::kRetry);

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.error_count(), 1u);
  EXPECT_EQ(ch.error_image(), error(3, Status::kBadOpcode));
  EXPECT_EQ(ch.Records(5).size(), 5u);
}

// ---- Overlap and order ----

// A11: with dst <= src it behaves as memmove.
TEST(EngineOverlap, BackwardCopyBehavesAsMemmove) {
  for (const unsigned distance : {0u, 1u, 3u, 8u, 9u, 64u, 127u, 128u, 200u}) {
    for (unsigned offset = 0; offset < 8; offset += 3) {
      SCOPED_TRACE("distance " + std::to_string(distance) + ", offset " + std::to_string(offset));
      EngineBench bench(distance % 2 == 0 ? IdealPort(9) : StallingPort(distance));
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      const uint64_t dst = kDestinationArea + 256 + offset;
      const uint64_t src = dst + distance;
      bench.board.Declare("both", dst, 1000 + distance, Permission::kBoth);
      const std::vector<uint8_t> source = bench.memory.Bytes(src, 1000);

      EXPECT_EQ(ch.Run({CopyOf(src, dst, 1000, kCpl)}).size(), 1u);

      EXPECT_EQ(bench.memory.Bytes(dst, 1000), source);
    }
  }
}

// "Otherwise each overlapped byte is some value the source held."
TEST(EngineOverlap, ForwardCopyLeavesValuesTheSourceHeld) {
  for (const unsigned distance : {1u, 8u, 100u}) {
    EngineBench bench(IdealPort(3));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const uint64_t src = kDestinationArea + 256;
    bench.board.Declare("both", src, 600 + distance, Permission::kBoth);
    bench.memory.FillBytes(src, 600, 0xA5);
    bench.memory.Store<uint8_t>(src + 5, 0x3C);

    EXPECT_EQ(ch.Run({CopyOf(src, src + distance, 600, kCpl)}).size(), 1u);

    for (const uint8_t byte : bench.memory.Bytes(src + distance, 600)) {
      EXPECT_TRUE(byte == 0xA5 || byte == 0x3C) << unsigned{byte};
    }
  }
}

// A14: writes of a channel reach one memory in order.
TEST(EngineOrder, OfTwoDescriptorsWithOneDestinationTheYoungerWins) {
  EngineBench bench(StallingPort(5));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const uint64_t dst = kDestinationArea + 3;
  bench.board.Declare("source", kSourceArea, 4096, Permission::kRead);
  bench.board.Declare("destination", dst, 300, Permission::kWrite);
  const std::vector<uint8_t> first = bench.memory.Bytes(kSourceArea, 300);
  const std::vector<uint8_t> second = bench.memory.Bytes(kSourceArea + 1000, 200);

  ch.Run({CopyOf(kSourceArea, dst, 300), CopyOf(kSourceArea + 1000, dst + 40, 200, kCpl)});

  std::vector<uint8_t> expected = first;
  std::copy(second.begin(), second.end(), expected.begin() + 40);
  EXPECT_EQ(bench.memory.Bytes(dst, 300), expected);
}

// A COPY that reads what an earlier one writes carries FENCE.
TEST(EngineOrder, FenceWaitsForEveryEarlierWrite) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    EngineBench bench(seed < 4 ? IdealPort(30 * static_cast<uint32_t>(seed)) : StallingPort(seed));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    bench.board.Declare("source", kSourceArea, 4096, Permission::kRead);
    bench.board.Declare("chain", kDestinationArea, 8192, Permission::kBoth);
    std::vector<Descriptor> work = {CopyOf(kSourceArea + 1, kDestinationArea + 2, 700)};
    for (unsigned i = 1; i < 7; ++i) {
      work.push_back(CopyOf(kDestinationArea + 1000 * (i - 1) + 2, kDestinationArea + 1000 * i + 2,
                            700, kFence | kCpl));
    }

    ch.Run(work);

    EXPECT_EQ(bench.memory.Bytes(kDestinationArea + 6002, 700),
              bench.memory.Bytes(kSourceArea + 1, 700));
  }
}

// A12: a COPY writes the slot of a later descriptor, not yet fetched, and perhaps fetched already.
TEST(EngineOrder, DestinationMayBeALaterSlotOfTheRing) {
  EngineBench bench(IdealPort(4));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor old_copy = bench.NewCopy(16, 0, 0, kCpl);
  const Descriptor new_copy = bench.NewCopy(16, 0, 0, kCpl);
  const uint64_t image = kSourceArea + 0x1000;
  Descriptor as_stored = new_copy;
  as_stored.ctl |= kPhase;
  bench.memory.Write(image, as_stored.Encode());
  bench.board.Declare("image", image, 16, Permission::kRead);

  // The first doorbell runs the writer alone, so the slot is not fetched; the second one runs what
  // was written.
  bench.board.Declare("slot 2", ch.SlotAddress(2), 16, Permission::kWrite);
  ch.Push(CopyOf(image, ch.SlotAddress(2), 16, kCpl));
  ch.Push(Nop(kCpl));
  ch.RingDoorbell();
  ASSERT_EQ(ch.Records(2).size(), 2u);
  ch.Push(old_copy);
  bench.memory.Write(ch.SlotAddress(2), as_stored.Encode());
  bench.board.Declare("slot 2", ch.SlotAddress(2), 16, Permission::kRead);
  ch.RingDoorbell();
  ASSERT_EQ(ch.Records(1).size(), 1u);
  EXPECT_EQ(bench.CheckCopy(new_copy), "");
  EXPECT_TRUE(bench.Untouched(old_copy));

  // In one batch the slot may have been fetched before: it runs as it was or as it became.
  const Descriptor was = bench.NewCopy(16, 1, 1, kCpl);
  const Descriptor became = bench.NewCopy(16, 2, 2, kCpl);
  as_stored = became;
  as_stored.ctl |= kPhase;
  bench.memory.Write(image, as_stored.Encode());
  const uint64_t target = ch.SlotAddress(5);
  ch.Push(Nop());
  ch.Push(CopyOf(image, target, 16));
  ch.Push(was);
  bench.board.Declare("slot 5", target, 16, Permission::kBoth);
  ch.Write(SGDMA_CH_SUB_TAIL, ch.tail());
  bench.board.Declare("slots 3, 4", ch.SlotAddress(3), 32, Permission::kRead);
  ASSERT_TRUE(ch.WaitRecords(1));
  EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.bytes = 16, .slot = 5}}));
  EXPECT_EQ(bench.CheckCopy(was, 0), "");
  EXPECT_EQ(bench.CheckCopy(became, 0), "");
  EXPECT_TRUE(bench.CheckCopy(was).empty() != bench.CheckCopy(became).empty());
}

// A15: software breaks the rules and rewrites a slot it has given away. Each word is old or new;
// the engine runs what it got or reports a fault, and stays sane.
TEST(EngineOrder, DescriptorRewrittenWhileItIsFetchedIsOldOrNewOrAFault) {
  for (unsigned cycle = 0; cycle < 40; ++cycle) {
    SCOPED_TRACE(cycle);
    EngineBench bench(IdealPort(4));
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const Descriptor was = bench.NewCopy(40, 0, 0, kCpl);
    const Descriptor becomes = bench.NewCopy(40, 8, 8, kCpl);
    // A mix of the two is a copy between the four places.
    bench.board.Forget(bench.board.Declare("either", was.dst, 40, Permission::kWrite));
    bench.board.Forget(bench.board.Declare("or", becomes.dst, 40, Permission::kWrite));
    ch.Submit({Nop(kCpl), was});
    bench.sim.Step(cycle);
    ch.Rewrite(1, becomes);

    const std::vector<Record> records = ch.Records(2);

    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[1], (Record{.bytes = 40, .slot = 1}));
    const std::vector<uint8_t> sources[] = {bench.memory.Bytes(was.src, 40),
                                            bench.memory.Bytes(becomes.src, 40)};
    const uint64_t places[] = {was.dst, becomes.dst};
    unsigned exact = 0;
    for (const auto& source : sources) {
      for (const uint64_t place : places) exact += bench.memory.Bytes(place, 40) == source;
    }
    EXPECT_EQ(exact, 1u);
  }
}

}  // namespace
}  // namespace tb
