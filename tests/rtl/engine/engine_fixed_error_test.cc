// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Errors of jobs with a FIXED side: in each element and on the memory's side, bytes done in whole
// elements, and which ways out are legal (fault-cases B1, B2, B6, B14 for FIXED).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fixed_jobs.h"
#include "recovery.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

constexpr unsigned kElement = 4;
constexpr unsigned kBeats = 4;
constexpr unsigned kCount = 14;
constexpr uint32_t kLen = kElement * kCount;
constexpr uint32_t kBurst = kElement * kBeats;

// Channel 0 with a source and a sink of 4-byte elements, and memory for each.
struct Scene {
  explicit Scene(const MemoryPortConfig& port = IdealPort(4)) : bench(port) {
    source = &NewFifo(bench, FifoPeripheral::Kind::kSource, kElement, 0);
    sink = &NewFifo(bench, FifoPeripheral::Kind::kSink, kElement, 4, 1);
    ch().SetFixed(kElement, kBeats);
    ch().Start(4, 4);
    supply = Bytes(4 * kLen, 11);
    source->Stock(supply);
    const std::vector<uint8_t> first(supply.begin(), supply.begin() + kLen);
    dst = bench.NewTarget(first, 3);
    old = bench.memory.Bytes(dst, kLen);
    src = bench.NewSource(kLen, 1);
  }
  EngineChannel& ch() { return bench.channel(0); }

  Descriptor FromFifo(uint16_t flags = 0) const {
    return CopyOf(FifoAddress(0), dst, kLen, kSrcFixed | flags);
  }
  Descriptor ToFifo(uint16_t flags = 0) const {
    return CopyOf(src, FifoAddress(4, 1), kLen, kDstFixed | flags);
  }
  Descriptor Across(uint16_t flags = 0) const {
    return CopyOf(FifoAddress(0), FifoAddress(4, 1), kLen, kSrcFixed | kDstFixed | flags);
  }

  Record Halts(const Descriptor& d) {
    ch().Submit({d});
    EXPECT_TRUE(ch().WaitState(State::kHalted));
    const Records records = ch().TakeRecords();
    EXPECT_EQ(records.size(), 1u);
    if (records.empty()) return {};
    EXPECT_EQ(ch().error_image(), records[0]);
    return records[0];
  }
  std::vector<uint8_t> Taken() {
    bench.sim.Step(4 * kCount);
    return sink->taken();
  }
  uint32_t legal() {
    return ch().Read(SGDMA_CH_STATE) &
           (SGDMA_CH_STATE_RETRY_LEGAL_MASK | SGDMA_CH_STATE_SKIP_LEGAL_MASK);
  }
  // Once a burst has gone to the peripheral the job can only be left.
  void ExpectRetryRefused() {
    EXPECT_EQ(legal(), SGDMA_CH_STATE_SKIP_LEGAL_MASK);
    ch().Give(Command::kRetry);
    EXPECT_TRUE(ch().TakeRefused());
    EXPECT_EQ(ch().state(), State::kHalted);
  }
  // Leaves HALTED without RETRY; the next jobs, one of them to the sink, are exact.
  void GoOn(Recovery recovery = Recovery::kSkip) {
    switch (recovery) {
      case Recovery::kSkip:
        ch().Give(Command::kSkip);
        break;
      case Recovery::kAbortAndStart:
        ch().Give(Command::kAbort);
        ch().Restart();
        break;
      default:
        ch().Reset();
        ch().SetFixed(kElement, kBeats);
        ch().Start(4, 4);
        break;
    }
    const std::vector<uint8_t> before = Taken();
    const auto slot = static_cast<uint16_t>(recovery == Recovery::kSkip ? 1 : 0);
    const Descriptor copy = bench.NewCopy(77, 5, 2, kCpl);
    ASSERT_EQ(ch().Run({copy, FillOf(0x44332211, FifoAddress(4, 1), 24, kDstFixed | kCpl)}),
              (Records{{.bytes = 77, .slot = slot},
                       {.bytes = 24, .slot = static_cast<uint16_t>(slot + 1)}}));
    EXPECT_EQ(bench.CheckCopy(copy), "");
    const std::vector<uint8_t> now = Taken();
    ASSERT_EQ(now.size(), before.size() + 24);
    for (size_t i = 0; i < 24; ++i) EXPECT_EQ(now[before.size() + i], 0x11 * (1 + i % 4));
  }

  EngineBench bench;
  FifoPeripheral* source = nullptr;
  FifoPeripheral* sink = nullptr;
  std::vector<uint8_t> supply;
  std::vector<uint8_t> old;
  uint64_t dst = 0;
  uint64_t src = 0;
};

MemoryPortConfig Port(unsigned which) {
  return which == 0 ? IdealPort(1) : which == 1 ? IdealPort(30) : StallingPort(which);
}

class EngineFixedError : public ::testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Ports, EngineFixedError, ::testing::Range(0u, 3u));

TEST_P(EngineFixedError, InEachSourceElementProvesTheElementsBefore) {
  for (unsigned k = 0; k < kCount; ++k) {
    SCOPED_TRACE(k);
    Scene s(Port(GetParam()));
    const AxiResp resp = k % 2 == 0 ? AxiResp::kSlvErr : AxiResp::kDecErr;
    s.source->FailElement(k + 1, resp);

    const Record r = s.Halts(s.FromFifo());

    EXPECT_EQ(r, (Record{.bytes = k * kElement,
                         .slot = 0,
                         .fault = FifoAddress(0),
                         .status = k % 2 == 0 ? Status::kSlvErr : Status::kDecErr,
                         .where = Where::kRead}));
    std::vector<uint8_t> expected = s.old;
    std::copy_n(s.supply.begin(), k * kElement, expected.begin());
    EXPECT_EQ(s.bench.memory.Bytes(s.dst, kLen), expected) << "bad elements are never written";
    s.ExpectRetryRefused();
    s.GoOn();
  }
}

// The bursts before the failed one are proven; what arrived is in order and without the element
// that failed.
TEST_P(EngineFixedError, InEachDestinationElementProvesTheBurstsBefore) {
  for (unsigned k = 0; k < kCount; ++k) {
    SCOPED_TRACE(k);
    Scene s(Port(GetParam()));
    s.sink->FailElement(k + 1);

    const Record r = s.Halts(s.ToFifo());

    EXPECT_EQ(r, (Record{.bytes = k / kBeats * kBurst,
                         .slot = 0,
                         .fault = FifoAddress(4, 1),
                         .status = Status::kSlvErr,
                         .where = Where::kWrite}));
    std::vector<uint8_t> whole = s.bench.memory.Bytes(s.src, kLen);
    whole.erase(whole.begin() + k * kElement, whole.begin() + (k + 1) * kElement);
    const std::vector<uint8_t> taken = s.Taken();
    ASSERT_GE(taken.size(), r.bytes);
    ASSERT_LE(taken.size(), whole.size());
    EXPECT_TRUE(std::equal(taken.begin(), taken.end(), whole.begin()));
    s.ExpectRetryRefused();
    s.GoOn();
  }
}

TEST_P(EngineFixedError, BetweenTwoFifosAtMostOneBurstIsLost) {
  for (unsigned k = 0; k < kCount; ++k) {
    for (const bool write : {false, true}) {
      SCOPED_TRACE(std::to_string(k) + (write ? " write" : " read"));
      Scene s(Port(GetParam()));
      (write ? s.sink : s.source)->FailElement(k + 1);

      const Record r = s.Halts(s.Across());

      EXPECT_EQ(r, (Record{.bytes = write ? k / kBeats * kBurst : k * kElement,
                           .slot = 0,
                           .fault = write ? FifoAddress(4, 1) : FifoAddress(0),
                           .status = Status::kSlvErr,
                           .where = write ? Where::kWrite : Where::kRead}));
      // What was read and not brought to the other side: a burst at most.
      const uint64_t read = s.source->moved() + (write ? 0 : 1);
      const uint64_t written = s.sink->moved() + (write ? 1 : 0);
      EXPECT_LE(read, written + kBeats);
      EXPECT_LE(written, read);
      s.ExpectRetryRefused();
      s.GoOn();
    }
  }
}

// An error of the memory in front of a FIFO: whole elements below it are delivered, no other; and
// when there is none, the job has not begun for the FIFO and may be run again.
TEST_P(EngineFixedError, OfASourceInMemoryDeliversWholeElements) {
  for (uint32_t at = 0; at < kLen; at += 3) {
    SCOPED_TRACE(at);
    Scene s(Port(GetParam()));
    const uint64_t bad = s.src + at;
    s.bench.port.AddError({.base = bad, .size = 1, .writes = false});
    const uint64_t bus = Dut::kDataBytes;
    const uint64_t word = std::max(bad & ~(bus - 1), s.src);
    const auto good = static_cast<uint32_t>(word - s.src) / kElement * kElement;

    const Record r = s.Halts(s.ToFifo(kCpl));

    EXPECT_EQ(r, (Record{.bytes = good,
                         .slot = 0,
                         .fault = s.src + good,
                         .status = Status::kSlvErr,
                         .where = Where::kRead}));
    std::vector<uint8_t> expected = s.bench.memory.Bytes(s.src, kLen);
    expected.resize(good);
    EXPECT_EQ(s.Taken(), expected);
    if (good > 0) {
      s.ExpectRetryRefused();
      s.GoOn();
      continue;
    }
    EXPECT_EQ(s.sink->bursts(), 0u);
    EXPECT_EQ(s.legal(), SGDMA_CH_STATE_RETRY_LEGAL_MASK | SGDMA_CH_STATE_SKIP_LEGAL_MASK);
    s.bench.port.ClearErrors();
    s.ch().Give(Command::kRetry);
    EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = kLen, .slot = 0}}));
    EXPECT_EQ(s.Taken(), s.bench.memory.Bytes(s.src, kLen));
  }
}

TEST_P(EngineFixedError, OfADestinationInMemoryProvesWholeElements) {
  for (uint32_t at = 0; at < kLen; at += 5) {
    SCOPED_TRACE(at);
    Scene s(Port(GetParam()));
    s.bench.port.AddError({.base = s.dst + at, .size = 1, .reads = false});

    const Record r = s.Halts(s.FromFifo());

    EXPECT_EQ(r.status, Status::kSlvErr);
    EXPECT_EQ(r.where, Where::kWrite);
    EXPECT_EQ(r.bytes % kElement, 0u);
    EXPECT_LE(r.bytes, at);
    EXPECT_EQ(s.bench.CheckTarget(s.dst, kLen, r.bytes), "");
    s.ExpectRetryRefused();
    s.GoOn();
  }
}

TEST(EngineFixedErrors, LongJobToMemoryNamesTheFailedBurst) {
  constexpr uint32_t kLong = 640;
  for (const unsigned nth : {1u, 2u, 3u}) {
    Scene s;
    s.bench.port.Arm({.on = PortFault::On::kWriteBurst, .nth = nth, .ids = kDataIds});
    s.source->Stock(Bytes(1000, 3));
    std::vector<uint8_t> data = s.supply;
    const std::vector<uint8_t> more = Bytes(1000, 3);
    data.insert(data.end(), more.begin(), more.end());
    data.resize(kLong);
    const uint64_t dst = s.bench.NewTarget(data, 4);

    const Record r = s.Halts(CopyOf(FifoAddress(0), dst, kLong, kSrcFixed));

    // The first burst ends where the sixteenth bus word does.
    const uint32_t first = 16 * Dut::kDataBytes - 4;
    const uint32_t done = nth == 1 ? 0 : first + (nth - 2) * 16 * Dut::kDataBytes;
    EXPECT_EQ(r, (Record{.bytes = done,
                         .slot = 0,
                         .fault = dst + done,
                         .status = Status::kSlvErr,
                         .where = Where::kWrite}));
    s.GoOn();
  }
}

TEST(EngineFixedErrors, AFetchErrorMayBeRetried) {
  Scene s;
  const std::vector<uint8_t> data(s.supply.begin(), s.supply.begin() + kLen);
  s.bench.port.Arm({.on = PortFault::On::kReadBurst, .ids = kControlIds});

  const Record r = s.Halts(s.FromFifo(kCpl));

  EXPECT_EQ(r.where, Where::kDescriptor);
  EXPECT_EQ(s.source->bursts(), 0u);
  s.ch().Give(Command::kRetry);
  EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = kLen, .slot = 0}}));
  EXPECT_EQ(s.bench.CheckTarget(s.dst, kLen), "");
}

// What a failed FIXED job did does not forbid the RETRY of a later failure.
TEST(EngineFixedErrors, AnotherJobsFailureMayBeRetriedBehindAFixedOne) {
  for (const bool first_fails : {false, true}) {
    Scene s;
    if (first_fails) s.source->FailElement(3);
    uint16_t slot = 1;
    if (first_fails) {
      s.Halts(s.FromFifo());
      s.ch().Give(Command::kSkip);
      s.ch().Write(SGDMA_CH_ERR_CTRL, 1);
    } else {
      EXPECT_EQ(s.ch().Run({s.FromFifo(kCpl)}), (Records{{.bytes = kLen, .slot = 0}}));
    }
    const Descriptor copy = s.bench.NewCopy(200, 1, 2, kCpl);
    s.bench.port.Arm({.on = PortFault::On::kWriteBurst, .ids = kDataIds});

    const Record r = s.Halts(copy);

    EXPECT_EQ(r.slot, slot);
    EXPECT_NE(s.legal() & SGDMA_CH_STATE_RETRY_LEGAL_MASK, 0u);
    s.ch().Give(Command::kRetry);
    EXPECT_EQ(s.ch().Records(1), (Records{{.bytes = 200, .slot = slot}}));
    EXPECT_EQ(s.bench.CheckCopy(copy), "");
  }
}

TEST(EngineFixedErrors, EachWayOutLeadsToAnExactNextJob) {
  for (const Recovery way : {Recovery::kSkip, Recovery::kAbortAndStart, Recovery::kReset}) {
    for (unsigned job = 0; job < 3; ++job) {
      SCOPED_TRACE(std::string(Name(way)) + std::to_string(job));
      Scene s;
      (job == 0 ? s.source : s.sink)->FailElement(6);
      s.Halts(job == 0 ? s.FromFifo() : job == 1 ? s.ToFifo() : s.Across());
      s.GoOn(way);
    }
  }
}

TEST(EngineFixedErrors, ContinueGoesOnBehindThem) {
  for (unsigned job = 0; job < 3; ++job) {
    SCOPED_TRACE(job);
    Scene s;
    s.ch().WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
    s.ch().Write(SGDMA_CH_POLICY, 1);
    (job == 0 ? s.source : s.sink)->FailElement(6);
    const Descriptor copy = s.bench.NewCopy(90, 3, 1, kCpl);

    const Records records = s.ch().Run({job == 0   ? s.FromFifo()
                                        : job == 1 ? s.ToFifo()
                                                   : s.Across(),
                                        copy, FillOf(9, FifoAddress(4, 1), 40, kDstFixed | kCpl)});

    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].bytes, job == 0 ? 5 * kElement : kBurst);
    EXPECT_EQ(records[0].status, Status::kSlvErr);
    EXPECT_EQ(records[1], (Record{.bytes = 90, .slot = 1}));
    EXPECT_EQ(records[2], (Record{.bytes = 40, .slot = 2}));
    EXPECT_EQ(s.bench.CheckCopy(copy), "");
    const std::vector<uint8_t> taken = s.Taken();
    ASSERT_GE(taken.size(), 40u);
    for (size_t i = 0; i < 40; ++i) EXPECT_EQ(taken[taken.size() - 40 + i], i % 4 == 0 ? 9 : 0);
  }
}

}  // namespace
}  // namespace tb
