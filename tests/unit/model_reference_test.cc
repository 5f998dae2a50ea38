// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// The reference model against expectations worked out by hand from the contract.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/reference.h"
#include "model_fixture.h"

namespace tb {
namespace {

// ---- What engine.md has said since the first step ----

TEST_F(ModelReference, CopyMovesBytesAndWritesARecordWithCpl) {
  Run({CopyOf(kSrc + 3, kDst + 5, 7, kCpl | kIrq), CopyOf(kSrc, kDst + 0x100, 2)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 7, .slot = 0}}));
  EXPECT_EQ(At(kDst + 4, 9), (Bytes{Old(kDst + 4), 3, 4, 5, 6, 7, 8, 9, Old(kDst + 12)}))
      << "kSrc + n holds n";
  EXPECT_EQ(At(kDst + 0x100, 2), (Bytes{0, 1}));
  EXPECT_EQ(model.head(), 2);
  EXPECT_EQ(model.interrupts(), 1u);
}

TEST_F(ModelReference, AFailedWriteBurstProvesWhatIsBeforeIt) {
  bad_writes[kDst + 130] = Status::kDecErr;  // second burst of 16 x 8 bytes

  Run({CopyOf(kSrc, kDst, 200)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 128,
                                       .slot = 0,
                                       .fault = kDst + 128,
                                       .status = Status::kDecErr,
                                       .where = Where::kWrite}}));
  EXPECT_TRUE(model.halted());
  EXPECT_EQ(model.head(), 0);
}

TEST_F(ModelReference, AnOpcodeNotBuiltIsBadOpcode) {
  Reference bare([](uint64_t, std::span<uint8_t> out) { std::ranges::fill(out, 0); }, {});
  Descriptor fill = FillOf(1, kDst, 4);
  fill.ctl |= kPhase;
  bare.Start(kRing, 2);
  bare.Store(kRing, fill.Encode());

  bare.Run(1);

  EXPECT_EQ(bare.records(), (Records{Bad(Status::kBadOpcode, kRing, 0)}));
}

TEST_F(ModelReference, SkipBehindABadLinkInMidArrayEndsTheList) {
  Run({ListOf({Nop(), LinkTo(kArray + 0x100, 1, kIrq), Nop(kCpl)}, kCpl), Nop(kCpl)});
  EXPECT_EQ(model.records(), (Records{Bad(Status::kBadCtl, kArray + 16, 0, 1)}));

  model.Skip();
  Run();

  EXPECT_EQ(model.records(),
            (Records{Bad(Status::kBadCtl, kArray + 16, 0, 1), Skipped(kRing, 0), {.slot = 1}}));
}

// ---- FILL ----

TEST_F(ModelReference, FillRepeatsItsPatternFromTheFirstByte) {
  Descriptor fill = FillOf(0xD4C3B2A1, kDst + 3, 6, kCpl);
  fill.src |= uint64_t{0xFFFF} << 32;  // not part of the pattern

  Run({fill});

  EXPECT_EQ(model.records(), (Records{{.bytes = 6, .slot = 0}}));
  EXPECT_EQ(At(kDst + 2, 8),
            (Bytes{Old(kDst + 2), 0xA1, 0xB2, 0xC3, 0xD4, 0xA1, 0xB2, Old(kDst + 9)}));
}

TEST_F(ModelReference, FillReportsAWriteErrorAndReadsNothing) {
  bad_reads[kSrc] = Status::kSlvErr;
  bad_writes[kDst + 255] = Status::kSlvErr;

  Run({FillOf(kSrc, kDst + 9, 300)});

  // A burst is 16 words from the one it starts in: bytes 9..135, then 136..263.
  EXPECT_EQ(model.records(), (Records{{.bytes = 127,
                                       .slot = 0,
                                       .fault = kDst + 136,
                                       .status = Status::kSlvErr,
                                       .where = Where::kWrite}}));
}

TEST_F(ModelReference, FillHasTheChecksOfATransfer) {
  Run({FillOf(0, kDst, 0)});
  Descriptor fixed = FillOf(0, kDst, 1);
  for (const uint16_t flag : {kSrcFixed, kDstFixed, kEop}) {
    model.Start(kRing, 2);
    pushed = 0;
    fixed.ctl = static_cast<uint16_t>(static_cast<uint16_t>(Opcode::kFill) | flag);
    Run({fixed});
  }
  model.Start(kRing, 2);
  pushed = 0;
  Run({FillOf(0, kTop - 4, 5)});

  EXPECT_EQ(model.records(),
            (Records{Bad(Status::kBadLength, kRing, 0), Bad(Status::kBadCtl, kRing, 0),
                     Bad(Status::kBadCtl, kRing, 0), Bad(Status::kBadCtl, kRing, 0),
                     Bad(Status::kBadAddress, kRing, 0)}));
}

// ---- STRIDE: what a pair does ----

TEST_F(ModelReference, APairCopiesRowsAndLeavesTheTransfersRecord) {
  Run({StrideOf(3, 16, 4), CopyOf(kSrc, kDst, 3, kCpl | kIrq)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 9, .slot = 1}}));
  EXPECT_EQ(At(kDst, 12),
            (Bytes{0, 1, 2, Old(kDst + 3), 16, 17, 18, Old(kDst + 7), 32, 33, 34, Old(kDst + 11)}));
  EXPECT_EQ(model.head(), 2);
  EXPECT_EQ(model.interrupts(), 1u);
}

TEST_F(ModelReference, StridesAreSigned) {
  Run({StrideOf(2, -8, -4), CopyOf(kSrc + 8, kDst + 4, 2, kCpl)});

  EXPECT_EQ(At(kDst, 6), (Bytes{0, 1, Old(kDst + 2), Old(kDst + 3), 8, 9}));
}

TEST_F(ModelReference, WithStrideZeroTheLastRowWins) {
  Run({StrideOf(3, 5, 0), CopyOf(kSrc, kDst, 2)});

  EXPECT_EQ(At(kDst, 2), (Bytes{10, 11}));
}

TEST_F(ModelReference, EachRowOfAFillBeginsWithThePatternsFirstByte) {
  Run({StrideOf(2, -1, 4), FillOf(0xD4C3B2A1, kDst, 3, kCpl)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 6, .slot = 1}}));
  EXPECT_EQ(At(kDst, 7), (Bytes{0xA1, 0xB2, 0xC3, Old(kDst + 3), 0xA1, 0xB2, 0xC3}));
}

TEST_F(ModelReference, APairGoesOverTheRingsEnd) {
  Run({Nop(), Nop(), Nop(kCpl)});
  Run({StrideOf(2, 1, 1), FillOf(7, kDst, 1, kCpl), Nop(kCpl)});

  EXPECT_EQ(model.records(), (Records{{.slot = 2}, {.bytes = 2, .slot = 0}, {.slot = 1}}));
  EXPECT_EQ(model.head(), 2);
}

TEST_F(ModelReference, AtTheTailAPairWaitsForItsTransfer) {
  Run({Nop(), StrideOf(2, 1, 1)});
  EXPECT_EQ(model.head(), 1);
  EXPECT_EQ(model.records(), Records{});

  Run({FillOf(7, kDst, 1, kCpl)});

  EXPECT_EQ(model.head(), 3);
  EXPECT_EQ(model.records(), (Records{{.bytes = 2, .slot = 2}}));
}

TEST_F(ModelReference, InAnArrayBothEntriesOfAPairCount) {
  Run({ListOf({Nop(kCpl), StrideOf(2, 1, 1), FillOf(7, kDst, 1, kCpl)}, kCpl)});

  EXPECT_EQ(model.records(),
            (Records{{.slot = 0, .index = 0}, {.bytes = 2, .slot = 0, .index = 2}, {.slot = 0}}));
}

// ---- STRIDE: partner rules, in their order ----

TEST_F(ModelReference, APartnersFetchErrorFailsThePairAtThePartnersSlot) {
  bad_reads[kRing + 16 + 9] = Status::kDecErr;
  Run({StrideOf(2, 1, 1), FillOf(7, kDst, 1, kCpl), Nop(kCpl)});
  EXPECT_EQ(model.records(), (Records{Bad(Status::kDecErr, kRing + 16, 1)}));
  EXPECT_EQ(model.head(), 0);

  model.Skip();
  Run();

  EXPECT_EQ(model.records().back(), (Record{.slot = 2})) << "SKIP goes behind both";
}

TEST_F(ModelReference, APartnersWrongPhaseFailsThePairAtThePartnersSlot) {
  Descriptor stale = FillOf(7, kDst, 1, kCpl);
  stale.ctl |= kPhase;  // Push() turns it over

  Run({StrideOf(2, 1, 1), stale});

  EXPECT_EQ(model.records(), (Records{Bad(Status::kBadPhase, kRing + 16, 1)}));
  EXPECT_EQ(model.head(), 0);
}

TEST_F(ModelReference, APartnerThatIsNoTransferIsBadStrideAndRunsAsUsual) {
  for (const Descriptor& other : {Nop(kCpl), LinkTo(kArray, 0), StrideOf(1, 0, 0)}) {
    SCOPED_TRACE(static_cast<int>(other.opcode()));
    model.Start(kRing, 2);
    pushed = 0;
    const size_t before = model.records().size();
    Run({StrideOf(2, 1, 1), other, FillOf(7, kDst, 1, kCpl)});
    ASSERT_EQ(model.records().size(), before + 1);
    EXPECT_EQ(model.records().back(), Bad(Status::kBadStride, kRing, 0));
    EXPECT_EQ(model.head(), 0);

    model.Skip();
    Run();

    const Record next = other.opcode() == Opcode::kNop    ? Record{.slot = 1}
                        : other.opcode() == Opcode::kLink ? Bad(Status::kBadLink, kRing + 16, 1)
                                                          : Record{.bytes = 1, .slot = 2};
    ASSERT_GT(model.records().size(), before + 1);
    EXPECT_EQ(model.records()[before + 1], next);
  }
}

TEST_F(ModelReference, AFixedPartnerIsBadStrideAndIsPassedOver) {
  Run({StrideOf(2, 1, 1), CopyOf(kSrc, kDst, 1, kSrcFixed | kIrq), Nop(kCpl)});
  EXPECT_EQ(model.records(), (Records{Bad(Status::kBadStride, kRing, 0)}));

  model.Skip();
  Run();

  EXPECT_EQ(model.records(),
            (Records{Bad(Status::kBadStride, kRing, 0), Skipped(kRing + 16, 1), {.slot = 2}}));
  EXPECT_EQ(model.errors(), 1u) << "SKIPPED is none";
  EXPECT_EQ(model.interrupts(), 1u) << "of the SKIPPED one";
}

TEST_F(ModelReference, ABadPartnerFailsThePairAtThePartnersSlot) {
  struct Case {
    Descriptor partner;
    Status status;
  };
  for (const Case& c : {Case{CopyOf(kSrc, kDst, 0, kEop), Status::kBadCtl},
                        Case{CopyOf(kTop, kDst, 0), Status::kBadLength},
                        Case{CopyOf(kSrc, kTop - 1, 2), Status::kBadAddress}}) {
    model.Start(kRing, 2);
    pushed = 0;
    Run({StrideOf(2, 1, 1), c.partner, Nop(kCpl)});
    EXPECT_EQ(model.records().back(), Bad(c.status, kRing + 16, 1));
    EXPECT_EQ(model.head(), 0);

    model.Skip();
    Run();

    EXPECT_EQ(model.records().back(), (Record{.slot = 2}));
  }
}

TEST_F(ModelReference, ABadStrideFailsAtItsOwnSlotAndItsTransferIsPassedOver) {
  for (const Descriptor& stride : {StrideOf(0, 1, 1), StrideOf(2, 1, 1, kCpl)}) {
    const Status status = stride.len == 0 ? Status::kBadStride : Status::kBadCtl;
    model.Start(kRing, 2);
    pushed = 0;
    const size_t before = model.records().size();
    Run({stride, FillOf(7, kDst, 1, kEop), Nop(kCpl)});

    model.Skip();
    Run();

    const Records some(model.records().begin() + static_cast<ptrdiff_t>(before),
                       model.records().end());
    EXPECT_EQ(some, (Records{Bad(status, kRing, 0), Skipped(kRing + 16, 1), {.slot = 2}}));
  }
  EXPECT_EQ(At(kDst, 1), OldAt(kDst, 1));
}

TEST_F(ModelReference, TheTransferOfABadStrideMayComeLater) {
  Run({StrideOf(1, 1, 1, kIrq)});
  model.Skip();
  Run();
  EXPECT_EQ(model.head(), 1);

  Run({FillOf(7, kDst, 1), FillOf(8, kDst, 1, kCpl)});

  EXPECT_EQ(
      model.records(),
      (Records{Bad(Status::kBadCtl, kRing, 0), Skipped(kRing + 16, 1), {.bytes = 1, .slot = 2}}));
}

TEST_F(ModelReference, TheNumberOfRowsIsLookedAtBeforeThePartner) {
  bad_reads[kRing + 16] = Status::kDecErr;

  Run({StrideOf(0, 1, 1), FillOf(7, kDst, 1)});

  EXPECT_EQ(model.records(), (Records{Bad(Status::kBadStride, kRing, 0)}));
}

// SKIP has passed the STRIDE, so its transfer must not run alone, whenever it can be fetched.
TEST_F(ModelReference, ATransferToBePassedOverIsStillSoBehindAFetchError) {
  Run({StrideOf(0, 1, 1), FillOf(7, kDst, 1, kCpl), Nop(kCpl)});
  bad_reads[kRing + 16] = Status::kDecErr;
  model.Skip();
  Run();
  bad_reads.clear();
  model.Retry();
  Run();

  EXPECT_EQ(model.records(), (Records{Bad(Status::kBadStride, kRing, 0),
                                      Bad(Status::kDecErr, kRing + 16, 1),
                                      Skipped(kRing + 16, 1),
                                      {.slot = 2}}));
}

TEST_F(ModelReference, RetryOfABadStrideRunsThePair) {
  Run({StrideOf(0, 1, 1), FillOf(7, kDst, 1, kCpl)});
  pushed = 0;
  Push({StrideOf(2, 1, 1)});
  pushed = 2;

  model.Retry();
  Run();

  EXPECT_EQ(model.records(), (Records{Bad(Status::kBadStride, kRing, 0), {.bytes = 2, .slot = 1}}));
}

TEST_F(ModelReference, StrideLastInAnArrayIsBadStrideAndNothingIsPassedOver) {
  Run({ListOf({Nop(kCpl), StrideOf(2, 1, 1)}, kCpl), FillOf(7, kDst, 1, kCpl)});
  EXPECT_EQ(model.records().back(), Bad(Status::kBadStride, kArray + 16, 0, 1));

  model.Skip();
  Run();

  EXPECT_EQ(model.records(), (Records{{.slot = 0, .index = 0},
                                      Bad(Status::kBadStride, kArray + 16, 0, 1),
                                      {.slot = 0},
                                      {.bytes = 1, .slot = 1}}));
}

// ---- STRIDE: errors in a row ----

TEST_F(ModelReference, ARowThatWrapsIsBadAddressWhenItIsReached) {
  struct Case {
    int64_t src_stride;
    int64_t dst_stride;
    unsigned rows;  // that end before it
  };
  const int64_t up = static_cast<int64_t>(kTop / 2 - 1);
  for (const Case& c : {Case{0, -static_cast<int64_t>(kDst / 2), 3}, Case{up, 4, 2},
                        Case{-static_cast<int64_t>(kSrc) - 1, 4, 1}}) {
    SCOPED_TRACE(c.rows);
    model.Start(kRing, 2);
    pushed = 0;
    Run({StrideOf(9, c.src_stride, c.dst_stride), CopyOf(kSrc, kDst, 4), Nop(kCpl)});

    EXPECT_EQ(model.records().back(), (Record{.bytes = 4 * c.rows,
                                              .slot = 1,
                                              .fault = kRing + 16,
                                              .status = Status::kBadAddress,
                                              .where = Where::kDescriptor}));
    EXPECT_EQ(At(kDst, 2), (Bytes{0, 1})) << "earlier rows stay";
    EXPECT_EQ(model.head(), 0);
  }
}

TEST_F(ModelReference, AReadErrorNamesTheByteOfItsRow) {
  bad_reads[kSrc + 0x105] = Status::kSlvErr;

  Run({StrideOf(3, 0x100, 0x20), CopyOf(kSrc + 3, kDst, 9)});

  // Row 1 reads 0x103..0x10B: the bad word is its first one.
  EXPECT_EQ(model.records(), (Records{{.bytes = 9,
                                       .slot = 1,
                                       .fault = kSrc + 0x103,
                                       .status = Status::kSlvErr,
                                       .where = Where::kRead}}));
  EXPECT_EQ(model.head(), 0);
  EXPECT_EQ(At(kDst + 0x40, 9), OldAt(kDst + 0x40, 9));
}

TEST_F(ModelReference, AWriteErrorNamesTheBurstOfItsRow) {
  bad_writes[kDst + 0x1000 + 130] = Status::kDecErr;

  Run({StrideOf(3, 0, 0x1000), CopyOf(kSrc, kDst, 200)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 328,
                                       .slot = 1,
                                       .fault = kDst + 0x1000 + 128,
                                       .status = Status::kDecErr,
                                       .where = Where::kWrite}}));
}

class ModelReferenceContinue : public ModelReference {
 protected:
  ModelReferenceContinue() : ModelReference({.carry_on = true, .opcodes = kAllOpcodes}) {}
};

TEST_F(ModelReferenceContinue, GoesOnBehindAPairAndPassesTheTransferOfABadStrideOver) {
  bad_writes[kDst] = Status::kSlvErr;
  Run({StrideOf(2, 1, 0x100), FillOf(7, kDst, 1), StrideOf(0, 1, 1)});
  Run({FillOf(7, kDst, 1), Nop(kCpl)});

  EXPECT_EQ(
      model.records(),
      (Records{
          {.bytes = 0, .slot = 1, .fault = kDst, .status = Status::kSlvErr, .where = Where::kWrite},
          Bad(Status::kBadStride, kRing + 32, 2),
          Skipped(kRing + 48, 3),
          {.slot = 0}}));
  EXPECT_FALSE(model.halted());
}

TEST_F(ModelReferenceContinue, HaltsAtAPartnersWrongPhase) {
  Descriptor stale = FillOf(7, kDst, 1);
  stale.ctl |= kPhase;

  Run({StrideOf(2, 1, 1), stale});

  EXPECT_TRUE(model.halted());
}

}  // namespace
}  // namespace tb
