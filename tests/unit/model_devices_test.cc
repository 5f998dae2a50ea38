// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

// The reference model's DIRECT, FIXED sides and streams, against expectations worked out by hand.

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "model/reference.h"
#include "model_fixture.h"

namespace tb {
namespace {

constexpr uint16_t kWithStreams = kAllOpcodes | OpcodeBit(Opcode::kSend) | OpcodeBit(Opcode::kRecv);
constexpr uint64_t kFifo = 0x9004;
constexpr uint64_t kOther = 0x9010;

using Packet = Reference::Packet;

// ---- DIRECT ----

class ModelDirect : public ModelReference {};

TEST_F(ModelDirect, HasARecordWhateverItsFlagsAndLeavesHead) {
  Run({Nop(kCpl)});

  model.Direct(CopyOf(kSrc, kDst, 3));
  Run({Nop(kCpl)});

  EXPECT_EQ(model.records(),
            (Records{{.slot = 0}, {.bytes = 3, .slot = 0, .direct = true}, {.slot = 1}}));
  EXPECT_EQ(At(kDst, 3), (Bytes{0, 1, 2}));
  EXPECT_EQ(model.head(), 2);
  EXPECT_EQ(model.interrupts(), 1u);
}

TEST_F(ModelDirect, RunsAListWhoseEntriesKeepTheirFlags) {
  model.Direct(ListOf({CopyOf(kSrc, kDst, 3, kCpl), Nop(), Nop(kIrq)}));

  EXPECT_EQ(model.records(), (Records{{.bytes = 3, .slot = 0, .index = 0, .direct = true},
                                      {.slot = 0, .direct = true}}));
  EXPECT_EQ(model.interrupts(), 2u);
}

TEST_F(ModelDirect, ABadOneNamesNoAddressAndIsRunAgainOrDropped) {
  for (const bool retry : {true, false}) {
    const Record bad = {
        .slot = 0, .status = Status::kBadStride, .where = Where::kDescriptor, .direct = true};
    model.Start(kRing, 2);
    pushed = 0;
    const size_t before = model.records().size();

    model.Direct(StrideOf(3, 0, 0));
    EXPECT_TRUE(model.halted());
    if (retry) {
      model.Retry();
      Run();
    }
    model.Skip();
    Run({FillOf(1, kDst, 1, kCpl)});

    Records expected(retry ? 2 : 1, bad);
    expected.push_back({.bytes = 1, .slot = 0});
    EXPECT_EQ(
        Records(model.records().begin() + static_cast<ptrdiff_t>(before), model.records().end()),
        expected)
        << "nothing is passed over";
  }
}

// ---- FIXED ----

class ModelFixed : public ModelReference {
 protected:
  ModelFixed() : ModelReference({.fixed = true, .opcodes = kWithStreams}) {
    model.SetFixed(4, 2);
    model.SetFifo(
        [this](uint64_t at, std::span<uint8_t> element) {
          if (asked++ == bad_give) return Status::kSlvErr;
          for (uint8_t& byte : element)
            byte = static_cast<uint8_t>((at == kFifo ? 0 : 0x80) | next++);
          return Status::kOk;
        },
        [this](uint64_t at, std::span<const uint8_t> element) {
          EXPECT_EQ(at, kOther);
          if (brought++ == bad_take) return Status::kDecErr;
          taken.insert(taken.end(), element.begin(), element.end());
          return Status::kOk;
        });
  }

  uint8_t next = 0;
  unsigned asked = 0;
  unsigned brought = 0;
  unsigned bad_give = ~0u;
  unsigned bad_take = ~0u;
  Bytes taken;
};

TEST_F(ModelFixed, MovesElementsFromAndToOneAddress) {
  Run({CopyOf(kFifo, kDst + 1, 8, kSrcFixed | kCpl), CopyOf(kSrc + 1, kOther, 12, kDstFixed | kCpl),
       FillOf(0x44332211, kOther, 4, kDstFixed | kCpl)});

  EXPECT_EQ(model.records(),
            (Records{{.bytes = 8, .slot = 0}, {.bytes = 12, .slot = 1}, {.bytes = 4, .slot = 2}}));
  EXPECT_EQ(At(kDst + 1, 8), (Bytes{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(taken, (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x11, 0x22, 0x33, 0x44}));
}

TEST_F(ModelFixed, ChecksFlagsThenLengthThenAddress) {
  struct Case {
    Descriptor d;
    Status status;
  };
  const uint16_t both = kSrcFixed | kDstFixed;
  for (const Case& c : {Case{CopyOf(kFifo + 1, kDst, 6, kSrcFixed), Status::kBadLength},
                        Case{CopyOf(kFifo + 2, kDst, 8, kSrcFixed), Status::kBadAddress},
                        Case{CopyOf(kSrc + 1, kOther + 1, 8, kDstFixed), Status::kBadAddress},
                        Case{CopyOf(kTop - 4, kOther, 8, both), Status::kOk},
                        Case{FillOf(1, kOther, 4, kSrcFixed), Status::kBadCtl},
                        Case{FillOf(1, kOther + 2, 4, kDstFixed), Status::kBadAddress},
                        Case{SendOf(kFifo, 4, kDstFixed), Status::kBadCtl},
                        Case{RecvOf(kOther, 6, kDstFixed), Status::kBadLength},
                        Case{Nop(kSrcFixed), Status::kBadCtl}}) {
    model.Start(kRing, 2);
    pushed = 0;
    Descriptor d = c.d;
    d.ctl |= kCpl;
    Run({d});
    EXPECT_EQ(model.records().back().status, c.status) << d;
    model.Skip();
  }
}

TEST_F(ModelFixed, NotBuiltIsBadCtl) {
  Reference bare([](uint64_t, std::span<uint8_t> out) { std::ranges::fill(out, 0); }, {});
  bare.Start(kRing, 2);
  bare.Direct(CopyOf(kFifo, kDst, 4, kSrcFixed));
  EXPECT_EQ(bare.records().at(0).status, Status::kBadCtl);
}

TEST_F(ModelFixed, AnErrorOfASourceElementProvesWholeElementsAndLosesTheRestOfItsBurst) {
  bad_give = 2;

  Run({CopyOf(kFifo, kDst, 24, kSrcFixed)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 8,
                                       .slot = 0,
                                       .fault = kFifo,
                                       .status = Status::kSlvErr,
                                       .where = Where::kRead}}));
  EXPECT_EQ(At(kDst, 8), (Bytes{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(At(kDst + 8, 16), OldAt(kDst + 8, 16));
  EXPECT_EQ(asked, 4u);
}

TEST_F(ModelFixed, AnErrorOfADestinationElementProvesTheBurstsBefore) {
  bad_take = 5;

  Run({CopyOf(kSrc, kOther, 32, kDstFixed)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 16,
                                       .slot = 0,
                                       .fault = kOther,
                                       .status = Status::kDecErr,
                                       .where = Where::kWrite}}));
  EXPECT_EQ(brought, 6u);
}

TEST_F(ModelFixed, AReadErrorInFrontOfAFifoIsCutToWholeElements) {
  bad_reads[kSrc + 8] = Status::kSlvErr;

  Run({CopyOf(kSrc + 2, kOther, 16, kDstFixed)});

  EXPECT_EQ(model.records().at(0).bytes, 4u);
  EXPECT_EQ(taken, (Bytes{2, 3, 4, 5}));
}

TEST_F(ModelFixed, BetweenTwoFifosABurstIsReadWhenTheLastOneIsWritten) {
  bad_take = 3;

  Run({CopyOf(kFifo, kOther, 40, kSrcFixed | kDstFixed)});

  EXPECT_EQ(model.records().at(0).bytes, 8u);
  EXPECT_EQ(asked, 4u);
}

// ---- Streams ----

class ModelStream : public ModelReference {
 protected:
  ModelStream() : ModelReference({.opcodes = kWithStreams}) {}
  static Bytes Counting(size_t size, uint8_t first = 0) {
    Bytes out;
    while (out.size() < size) out.push_back(first++);
    return out;
  }
};

TEST_F(ModelStream, SendPacksDescriptorsIntoOnePacketUpToEop) {
  Run({SendOf(kSrc, 3, kCpl), SendOf(kSrc + 9, 2, kEop | kCpl), SendOf(kSrc, 1, kCpl)});

  EXPECT_EQ(model.records(),
            (Records{{.bytes = 3, .slot = 0}, {.bytes = 2, .slot = 1}, {.bytes = 1, .slot = 2}}));
  EXPECT_EQ(model.sent(), (std::vector<Packet>{{.bytes = {0, 1, 2, 9, 10}}}));
  EXPECT_EQ(model.packet_begun(), (Bytes{0}));
}

TEST_F(ModelStream, RecvEndsAtItsLengthOrAtTlast) {
  model.Offer({.bytes = Counting(7)});
  model.Offer({.bytes = Counting(2, 50)});

  Run({RecvOf(kDst, 4, kCpl), RecvOf(kDst + 4, 10, kCpl), RecvOf(kDst + 20, 2, kCpl)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 4, .slot = 0},
                                      {.bytes = 3, .slot = 1, .eop = true},
                                      {.bytes = 2, .slot = 2, .eop = true}}));
  EXPECT_EQ(At(kDst, 7), Counting(7));
  EXPECT_EQ(At(kDst + 7, 13), OldAt(kDst + 7, 13));
  EXPECT_EQ(At(kDst + 20, 2), Counting(2, 50));
}

TEST_F(ModelStream, RecvWaitsForWhatIsMissing) {
  Run({RecvOf(kDst, 4, kCpl), Nop(kCpl)});
  model.Offer({.bytes = Counting(3), .last = false});
  Run();
  EXPECT_EQ(model.records(), Records{});
  EXPECT_EQ(model.head(), 0);

  model.Offer({.bytes = {3, 4}});
  Run();

  EXPECT_EQ(model.records(), (Records{{.bytes = 4, .slot = 0}, {.slot = 1}}));
}

TEST_F(ModelStream, TlastWithoutBytesEndsARecvOfItsOwn) {
  model.Offer({.bytes = Counting(4), .empty_end = true});
  model.Offer({});

  Run({RecvOf(kDst, 4, kCpl), RecvOf(kDst + 8, 4, kCpl), RecvOf(kDst + 8, 4, kCpl)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 4, .slot = 0},
                                      {.bytes = 0, .slot = 1, .eop = true},
                                      {.bytes = 0, .slot = 2, .eop = true}}));
}

TEST_F(ModelStream, TuserEndsARecvWithStreamErrorBehindAllItsBytes) {
  model.Offer({.bytes = Counting(5), .user = true});
  model.Offer({.bytes = Counting(2)});

  Run({RecvOf(kDst, 9), RecvOf(kDst + 16, 9, kCpl)});
  model.Skip();
  Run();

  EXPECT_EQ(model.records(), (Records{{.bytes = 5,
                                       .slot = 0,
                                       .fault = kDst + 5,
                                       .status = Status::kStreamError,
                                       .where = Where::kStream,
                                       .eop = true},
                                      {.bytes = 2, .slot = 1, .eop = true}}));
  EXPECT_EQ(model.discarded(), 0u);
}

TEST_F(ModelStream, AHoleEndsARecvAndTheRestOfItsPacketIsDiscarded) {
  model.Offer({.bytes = Counting(5), .last = false});
  model.OfferHole(false);
  model.Offer({.bytes = Counting(6)});
  model.Offer({.bytes = {77}});

  Run({RecvOf(kDst, 20), RecvOf(kDst + 32, 9, kCpl)});
  model.Skip();
  Run();

  EXPECT_EQ(model.records().at(0).bytes, 5u);
  EXPECT_EQ(model.records().at(1), (Record{.bytes = 1, .slot = 1, .eop = true}));
  EXPECT_EQ(At(kDst + 32, 1), (Bytes{77}));
  EXPECT_EQ(model.discarded(), 6u);
}

TEST_F(ModelStream, AWriteErrorCutsTheRecvAndWhatComesLaterIsDiscardedToTlast) {
  bad_writes[kDst] = Status::kSlvErr;
  model.Offer({.bytes = Counting(9), .last = false});

  Run({RecvOf(kDst, 8), RecvOf(kDst + 32, 2, kCpl)});
  model.Skip();
  Run();
  EXPECT_EQ(model.discarded(), 1u);
  model.Offer({.bytes = Counting(3)});
  model.Offer({.bytes = {8, 9}});
  Run();

  EXPECT_EQ(
      model.records(),
      (Records{
          {.bytes = 0, .slot = 0, .fault = kDst, .status = Status::kSlvErr, .where = Where::kWrite},
          {.bytes = 2, .slot = 1, .eop = true}}));
  EXPECT_EQ(model.discarded(), 4u);
}

TEST_F(ModelStream, ACutPacketIsClosedWithTuserAndItsRestPassedOver) {
  bad_reads[kSrc + 0x108] = Status::kSlvErr;

  Run({SendOf(kSrc, 2), SendOf(kSrc + 0x100, 20, kCpl), SendOf(kSrc, 0, kEop)});
  model.Skip();
  Run();
  Run({SendOf(kSrc + 5, 1, kEop | kCpl)});

  EXPECT_EQ(model.records(), (Records{{.bytes = 8,
                                       .slot = 1,
                                       .fault = kSrc + 0x108,
                                       .status = Status::kSlvErr,
                                       .where = Where::kRead},
                                      Skipped(kRing + 32, 2),
                                      {.bytes = 1, .slot = 3}}));
  EXPECT_EQ(model.sent(),
            (std::vector<Packet>{{.bytes = {0, 1, 1, 2, 3, 4, 5, 6, 7, 8}, .user = true},
                                 {.bytes = {5}}}));
}

TEST_F(ModelStream, AFailedEndOfAPacketCutsNothingBehindIt) {
  bad_reads[kSrc + 8] = Status::kSlvErr;

  Run({SendOf(kSrc, 9, kEop), SendOf(kSrc, 1, kEop | kCpl)});
  model.Skip();
  Run();

  EXPECT_EQ(model.records().at(1), (Record{.bytes = 1, .slot = 1}));
  EXPECT_EQ(model.sent(), (std::vector<Packet>{{.bytes = {0, 1, 2, 3, 4, 5, 6, 7}, .user = true},
                                               {.bytes = {0}}}));
}

TEST_F(ModelStream, APacketOfWhichNothingWasSentIsNotCut) {
  bad_reads[kSrc] = Status::kSlvErr;
  Run({SendOf(kSrc, 9, kEop | kCpl)});
  bad_reads.clear();
  model.Retry();
  Run();

  EXPECT_EQ(model.sent(), (std::vector<Packet>{{.bytes = {0, 1, 2, 3, 4, 5, 6, 7, 8}}}));
}

}  // namespace
}  // namespace tb
