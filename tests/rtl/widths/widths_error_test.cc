// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Bad answers, in every build: each read beat, each write burst, each descriptor of a line, the
// record. What is proven depends on the width of a beat and the length of a burst.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rtl/engine/recovery.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint64_t kBurst = SGDMA_WIDTHS_BURST * kBus;
constexpr uint32_t kLength = 3 * kBus + 77;
constexpr uint64_t kVictimSource = kSourceArea + 0x10'0000 - 90;
constexpr uint64_t kVictimDestination = kDestinationArea + 0x10'0000 - 201;

// A victim between two neighbours, on either side across a page.
struct Scene {
  explicit Scene(EngineBench& bench, uint32_t length = kLength)
      : work{bench.NewCopy(70, 1, 3, kCpl),
             bench.CopyAt(kVictimSource, kVictimDestination, length, kCpl),
             bench.NewCopy(50, 2, 2, kCpl)} {}

  const Descriptor& victim() const { return work[1]; }
  std::vector<Descriptor> work;
};

void ExpectHalted(EngineBench& bench, EngineChannel& ch, const Scene& scene, const Record& error) {
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (Records{{.bytes = 70, .slot = 0}, error}));
  EXPECT_EQ(ch.HeadRegister(), 1);
  EXPECT_EQ(ch.error_image(), error);
  EXPECT_EQ(bench.CheckCopy(scene.work[0]), "");
  EXPECT_EQ(bench.CheckCopy(scene.victim(), error.bytes), "");
}

// Ways out take turns, so that each is used behind each kind of error.
class EngineWidthsError : public ::testing::TestWithParam<unsigned> {
 protected:
  Recovery NextWay() { return kRecoveries[way_++ % 4]; }
  MemoryPortConfig port() const { return IdealPort(GetParam()); }

 private:
  unsigned way_ = 0;
};

TEST_P(EngineWidthsError, OnEachReadBeatProvesThePrefixAndRecovers) {
  for (uint64_t word = kVictimSource / kBus * kBus; word < kVictimSource + kLength; word += kBus) {
    SCOPED_TRACE("word " + std::to_string((word - kVictimSource / kBus * kBus) / kBus));
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const Scene scene(bench);
    bench.AddError({word, kBus, AxiResp::kSlvErr, true, false});

    ch.Submit(scene.work);

    const uint64_t fault = std::max(word, kVictimSource);
    ExpectHalted(bench, ch, scene,
                 {.bytes = static_cast<uint32_t>(fault - kVictimSource),
                  .slot = 1,
                  .fault = fault,
                  .status = Status::kSlvErr,
                  .where = Where::kRead});
    EXPECT_TRUE(bench.Untouched(scene.work[2])) << "a younger write after a read error";
    bench.ClearErrors();
    Recover(bench, ch, NextWay(), {scene.work.begin() + 1, scene.work.end()});
    if (HasFailure()) return;
  }
}

TEST_P(EngineWidthsError, OnEachWriteBurstProvesWhatIsBeforeItAndRecovers) {
  // At least three bursts, but on a build whose bursts are pages two of them.
  const uint32_t length = static_cast<uint32_t>(std::min<uint64_t>(2 * kBurst + 300, 5000));
  for (uint32_t offset = 0; offset < length;) {
    SCOPED_TRACE("burst at " + std::to_string(offset));
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const Scene scene(bench, length);
    const uint64_t at = kVictimDestination + offset;
    bench.AddError({at, 1, AxiResp::kDecErr, false, true});

    ch.Submit(scene.work);

    ExpectHalted(bench, ch, scene,
                 {.bytes = offset,
                  .slot = 1,
                  .fault = at,
                  .status = Status::kDecErr,
                  .where = Where::kWrite});
    bench.ClearErrors();
    Recover(bench, ch, NextWay(), {scene.work.begin() + 1, scene.work.end()});
    if (HasFailure()) return;
    // Whole bus words up to the burst's length, or to the page's end.
    offset = static_cast<uint32_t>(std::min(at / kBus * kBus + kBurst, (at / 4096 + 1) * 4096) -
                                   kVictimDestination);
  }
}

// A bus word may hold four descriptors: all of them are bad with it, and the first is reported.
TEST_P(EngineWidthsError, OnEachWordOfAFetchNamesItsFirstDescriptorAndRecovers) {
  constexpr unsigned kWords = 64 / kBus;  // of a 64-byte line
  for (unsigned word = 0; word < kWords; ++word) {
    SCOPED_TRACE("word " + std::to_string(word));
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 4; ++i) work.push_back(bench.NewCopy(40 + i, i, 3 - i, kCpl));
    const unsigned slot = word * kBus / 16;
    bench.AddError({ch.SlotAddress(0) + word * kBus, kBus, AxiResp::kSlvErr, true, false});

    ch.Submit(work);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    Records expected;
    for (unsigned i = 0; i < slot; ++i)
      expected.push_back({.bytes = work[i].len, .slot = static_cast<uint16_t>(i)});
    expected.push_back({.slot = static_cast<uint16_t>(slot),
                        .fault = ch.SlotAddress(static_cast<uint16_t>(slot)),
                        .status = Status::kSlvErr,
                        .where = Where::kDescriptor});
    EXPECT_EQ(ch.TakeRecords(), expected);
    EXPECT_EQ(ch.HeadRegister(), slot);
    for (unsigned i = slot; i < 4; ++i) EXPECT_TRUE(bench.Untouched(work[i]));
    bench.ClearErrors();
    Recover(bench, ch, NextWay(), {work.begin() + slot, work.end()});
    if (HasFailure()) return;
  }
}

// Records go to each lane of a wide bus; a failed one is reported with its completion slot. The
// error is one of a bus word, which may be the place of four records: then the first of them fails.
TEST_P(EngineWidthsError, OnAnyRecordHaltsAndNamesItsPlace) {
  for (unsigned n = 0; n < 5; ++n) {
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const unsigned failed = kBus <= 16 ? n : n / (kBus / 16) * (kBus / 16);
    const uint64_t at = ch.completion_ring() + 16 * n;
    bench.AddError({at, 16, AxiResp::kSlvErr, false, true});
    std::vector<Descriptor> work;
    for (unsigned i = 0; i <= n; ++i) work.push_back(bench.NewCopy(10 + i, i, i, kCpl));

    ch.Submit(work);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(ch.error_image(), (Record{.slot = static_cast<uint16_t>(failed),
                                        .index = 0,
                                        .fault = ch.completion_ring() + 16 * failed,
                                        .status = Status::kSlvErr,
                                        .where = Where::kRecord}));
    EXPECT_EQ(ch.HeadRegister(), failed);
    ch.Give(Command::kRetry);
    EXPECT_TRUE(ch.TakeRefused());
    bench.ClearErrors();
    for (const Descriptor& d : work) bench.Reopen(d);
    ch.Restart();
    EXPECT_EQ(ch.Run(work).size(), work.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Latency, EngineWidthsError, ::testing::Values(1, 40));

}  // namespace
}  // namespace tb
