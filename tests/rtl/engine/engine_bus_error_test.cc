// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Bad answers on the bus: each R beat, each B, each fetch beat, records; what is reported, what is
// written, and each way out (fault-cases B1-B8, B10-B14).

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "recovery.h"
#include "support/engine_bench.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint64_t kBurstBytes = 16 * kBus;
constexpr uint64_t kDataReads = 1;  // id of channel 0
constexpr uint64_t kControlReads = 2;

Status StatusOf(AxiResp resp) {
  return resp == AxiResp::kDecErr ? Status::kDecErr : Status::kSlvErr;
}

// Offsets in a transfer to `dst` at which its write bursts begin: full bus words up to the burst
// length or 4 KiB.
std::vector<uint32_t> BurstOffsets(uint64_t dst, uint32_t len) {
  std::vector<uint32_t> offsets;
  for (uint32_t done = 0; done < len;) {
    offsets.push_back(done);
    const uint64_t to = dst + done;
    const uint64_t burst_end = to / kBus * kBus + kBurstBytes;
    const uint64_t page_end = (to / 4096 + 1) * 4096;
    done = static_cast<uint32_t>(std::min(burst_end, page_end) - dst);
  }
  return offsets;
}

// A victim between two neighbours, all with CPL and IRQ.
struct Scene {
  explicit Scene(EngineBench& bench)
      : work{bench.NewCopy(70, 1, 4, kCpl | kIrq),
             bench.CopyAt(kSourceArea + 0x10'0000 - 90, kDestinationArea + 0x10'0000 - 201, 330,
                          kCpl | kIrq),
             bench.NewCopy(50, 2, 2, kCpl | kIrq)} {}

  const Descriptor& victim() const { return work[1]; }
  std::vector<Descriptor> FromVictim() const { return {work.begin() + 1, work.end()}; }

  std::vector<Descriptor> work;
};

// The channel has halted on the victim: records, registers, causes, memory.
void ExpectHaltedOnVictim(EngineBench& bench, EngineChannel& ch, const Scene& scene,
                          const Record& error) {
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.bytes = 70, .slot = 0}, error}));
  EXPECT_EQ(ch.HeadRegister(), 1);
  EXPECT_EQ(ch.Read(SGDMA_CH_STATE) & SGDMA_CH_STATE_RETRY_LEGAL_MASK,
            SGDMA_CH_STATE_RETRY_LEGAL_MASK);
  EXPECT_TRUE(ch.error_valid());
  EXPECT_EQ(ch.error_image(), error);
  EXPECT_EQ(ch.error_count(), 1u);
  EXPECT_EQ(ch.TakeCauses(), kCauseDone | kCauseError | kCauseHalted);
  EXPECT_EQ(bench.CheckCopy(scene.work[0]), "");
  EXPECT_EQ(bench.CheckCopy(scene.victim(), error.bytes), "");
  EXPECT_EQ(bench.CheckCopy(scene.work[2], 0), "");
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
}

using ErrorParam = std::tuple<AxiResp, Recovery>;

std::string ErrorName(const ::testing::TestParamInfo<ErrorParam>& info) {
  static constexpr const char* kResps[] = {"Okay", "ExOkay", "SlvErr", "DecErr"};
  return std::string(kResps[static_cast<unsigned>(std::get<0>(info.param))]) +
         Name(std::get<1>(info.param));
}

class EngineBusError : public ::testing::TestWithParam<ErrorParam> {
 protected:
  AxiResp resp() const { return std::get<0>(GetParam()); }
  Recovery recovery() const { return std::get<1>(GetParam()); }
};

// Ports that let much and little be in flight when the error comes.
std::vector<MemoryPortConfig> SomePorts(uint64_t seed) {
  return {IdealPort(1), IdealPort(40), StallingPort(seed)};
}

void Prepare(EngineBench& bench, AxiResp resp) {
  if (resp == AxiResp::kExOkay) bench.checker.Ignore(Rule::kNoExOkay);
  bench.channel(0).Start(4, 4);
}

TEST_P(EngineBusError, OnEachReadBeatProvesThePrefixAndRecovers) {
  const uint64_t src = kSourceArea + 0x10'0000 - 90;
  const uint64_t first_word = src / kBus * kBus;
  for (uint64_t word = first_word; word < src + 330; word += kBus) {
    for (const MemoryPortConfig& config : SomePorts(word)) {
      SCOPED_TRACE("beat " + std::to_string((word - first_word) / kBus) + ", latency " +
                   std::to_string(config.read_latency.high));
      EngineBench bench(config);
      Prepare(bench, resp());
      EngineChannel& ch = bench.channel(0);
      const Scene scene(bench);
      ASSERT_EQ(scene.victim().src, src);
      bench.port.AddError({word, kBus, resp(), true, false});

      ch.Submit(scene.work);

      const uint64_t fault = std::max(word, src);
      ExpectHaltedOnVictim(bench, ch, scene,
                           {.bytes = static_cast<uint32_t>(fault - src),
                            .slot = 1,
                            .fault = fault,
                            .status = StatusOf(resp()),
                            .where = Where::kRead});
      EXPECT_TRUE(bench.Untouched(scene.work[2])) << "a younger write after a read error";
      bench.port.ClearErrors();
      Recover(bench, ch, recovery(), scene.FromVictim());
      if (HasFailure()) return;
    }
  }
}

TEST_P(EngineBusError, OnEachWriteBurstProvesWhatIsBeforeItAndRecovers) {
  const uint64_t dst = kDestinationArea + 0x10'0000 - 201;
  for (const uint32_t offset : BurstOffsets(dst, 330)) {
    for (const MemoryPortConfig& config : SomePorts(offset)) {
      SCOPED_TRACE("burst at " + std::to_string(offset) + ", latency " +
                   std::to_string(config.write_latency.high));
      EngineBench bench(config);
      Prepare(bench, resp());
      EngineChannel& ch = bench.channel(0);
      const Scene scene(bench);
      ASSERT_EQ(scene.victim().dst, dst);
      bench.port.AddError({dst + offset, 1, resp(), false, true});

      ch.Submit(scene.work);

      ExpectHaltedOnVictim(bench, ch, scene,
                           {.bytes = offset,
                            .slot = 1,
                            .fault = dst + offset,
                            .status = StatusOf(resp()),
                            .where = Where::kWrite});
      bench.port.ClearErrors();
      Recover(bench, ch, recovery(), scene.FromVictim());
      if (HasFailure()) return;
    }
  }
}

TEST_P(EngineBusError, OnEachFetchBeatNamesTheDescriptorAndRecovers) {
  constexpr unsigned kBeats = kBus >= 16 ? 1 : 16 / kBus;  // of a descriptor
  for (unsigned beat = 0; beat < 3 * kBeats; ++beat) {
    for (const MemoryPortConfig& config : SomePorts(beat)) {
      SCOPED_TRACE("beat " + std::to_string(beat));
      EngineBench bench(config);
      Prepare(bench, resp());
      EngineChannel& ch = bench.channel(0);
      const Scene scene(bench);
      const unsigned slot = beat / kBeats;
      const uint64_t at = ch.SlotAddress(static_cast<uint16_t>(slot));
      bench.port.AddError({at + beat % kBeats * kBus, kBus, resp(), true, false});

      ch.Submit(scene.work);

      ASSERT_TRUE(ch.WaitState(State::kHalted));
      const Record error = {.slot = static_cast<uint16_t>(slot),
                            .fault = at,
                            .status = StatusOf(resp()),
                            .where = Where::kDescriptor};
      std::vector<Record> expected;
      for (unsigned i = 0; i < slot; ++i) {
        expected.push_back({.bytes = scene.work[i].len, .slot = static_cast<uint16_t>(i)});
      }
      expected.push_back(error);
      EXPECT_EQ(ch.TakeRecords(), expected);
      EXPECT_EQ(ch.HeadRegister(), slot);
      EXPECT_EQ(ch.error_image(), error);
      for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(i < slot ? bench.CheckCopy(scene.work[i]) : "", "");
        EXPECT_TRUE(i < slot || bench.Untouched(scene.work[i]));
      }
      bench.port.ClearErrors();
      Recover(bench, ch, recovery(), {scene.work.begin() + slot, scene.work.end()});
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineBusError,
                         ::testing::Combine(::testing::Values(AxiResp::kSlvErr, AxiResp::kDecErr,
                                                              AxiResp::kExOkay),
                                            ::testing::ValuesIn(kRecoveries)),
                         ErrorName);

// ---- One error, told apart ----

class EngineBusErrorPort : public ::testing::TestWithParam<unsigned> {
 protected:
  MemoryPortConfig port() const { return SomePorts(GetParam())[GetParam()]; }
};
INSTANTIATE_TEST_SUITE_P(Ports, EngineBusErrorPort, ::testing::Range(0u, 3u));

// B6, B11: the data of the failed burst has reached memory all the same, and younger descriptors
// too.
TEST_P(EngineBusErrorPort, FailedWriteThatLandedIsNotReportedAsDone) {
  EngineBench bench(port());
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Scene scene(bench);
  bench.port.Arm({.on = PortFault::On::kWriteBurst,
                  .nth = 2,
                  .ids = kDataReads,
                  .resp = AxiResp::kDecErr,
                  .write_lands = true});

  ch.Submit(scene.work);

  ExpectHaltedOnVictim(bench, ch, scene,
                       {.bytes = 0,
                        .slot = 1,
                        .fault = scene.victim().dst,
                        .status = Status::kDecErr,
                        .where = Where::kWrite});
  Recover(bench, ch, Recovery::kRetry, scene.FromVictim());
}

// B7: of two errors in one descriptor the lower offset is reported, then the read.
TEST_P(EngineBusErrorPort, OfTwoErrorsTheLowerOffsetIsReported) {
  struct Case {
    uint32_t read;   // offset of the bad source byte
    uint32_t write;  // offset of the bad destination byte
  };
  for (const Case& c : {Case{100, 0}, Case{0, 0}, Case{5, 250}, Case{320, 201}, Case{329, 329},
                        Case{201, 201}, Case{150, 75}}) {
    SCOPED_TRACE("read at " + std::to_string(c.read) + ", write at " + std::to_string(c.write));
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const Scene scene(bench);
    const Descriptor& d = scene.victim();
    bench.port.AddError({d.src + c.read, 1, AxiResp::kSlvErr, true, false});
    bench.port.AddError({d.dst + c.write, 1, AxiResp::kDecErr, false, true});
    const uint64_t bad_read = std::max(d.src, (d.src + c.read) / kBus * kBus);
    const auto read = static_cast<uint32_t>(bad_read - d.src);
    uint32_t write = 0;
    for (const uint32_t offset : BurstOffsets(d.dst, d.len)) {
      if (offset <= c.write) write = offset;
    }
    // A burst that the read error cut before its bad byte does not fail... unless it reaches it.
    const bool write_fails = c.write < read;
    Record error = {.bytes = read,
                    .slot = 1,
                    .fault = bad_read,
                    .status = Status::kSlvErr,
                    .where = Where::kRead};
    if (write_fails) {
      error = {.bytes = write,
               .slot = 1,
               .fault = d.dst + write,
               .status = Status::kDecErr,
               .where = Where::kWrite};
    }

    ch.Submit(scene.work);

    ExpectHaltedOnVictim(bench, ch, scene, error);
    bench.port.ClearErrors();
    Recover(bench, ch, Recovery::kRetry, scene.FromVictim());
  }
}

// B12: a second error, of a younger descriptor, comes while the channel drains: it is not ended, so
// not reported.
TEST_P(EngineBusErrorPort, ErrorOfAYoungerDescriptorWhileDrainingIsNotReported) {
  EngineBench bench(port());
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Scene scene(bench);
  bench.port.AddError({scene.victim().dst, 1, AxiResp::kSlvErr, false, true});
  bench.port.AddError({scene.work[2].dst, 1, AxiResp::kDecErr, false, true});
  bench.port.AddError({scene.work[2].src, 1, AxiResp::kDecErr, true, false});

  ch.Submit(scene.work);

  ExpectHaltedOnVictim(
      bench, ch, scene,
      {.slot = 1, .fault = scene.victim().dst, .status = Status::kSlvErr, .where = Where::kWrite});
  bench.port.ClearErrors();
  Recover(bench, ch, Recovery::kRetry, scene.FromVictim());
}

// B10: descriptors behind the failing one were fetched badly, but nobody uses them.
TEST_P(EngineBusErrorPort, BadFetchOfADescriptorThatIsNeverUsedIsNotReported) {
  EngineBench bench(port());
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Scene scene(bench);
  bench.port.AddError({scene.victim().src, 1, AxiResp::kSlvErr, true, false});
  bench.port.AddError({ch.SlotAddress(2), 16, AxiResp::kDecErr, true, false});

  ch.Submit(scene.work);

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.error_count(), 1u);
  EXPECT_EQ(ch.error_image().slot, 1);
  ch.Give(Command::kAbort);
  bench.port.ClearErrors();
  ch.Restart();
  EXPECT_EQ(ch.error_count(), 1u);
  ch.Run({scene.work[1]});
  EXPECT_EQ(bench.CheckCopy(scene.work[1]), "");
}

// B11: what younger descriptors wrote before the bad B came is written again, exactly.
TEST_P(EngineBusErrorPort, YoungerDescriptorsRunAgainAfterALateWriteError) {
  for (const Recovery recovery : kRecoveries) {
    SCOPED_TRACE(Name(recovery));
    EngineBench bench(port());
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 8; ++i) work.push_back(bench.NewCopy(30 + i, i, 7 - i, kCpl));
    bench.port.Arm({.on = PortFault::On::kWriteBurst, .nth = 1, .ids = kDataReads});
    bench.port.SetWriteLatency(Latency::Fixed(150));

    ch.Submit(work);

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(
        ch.TakeRecords(),
        (std::vector<Record>{
            {.slot = 0, .fault = work[0].dst, .status = Status::kSlvErr, .where = Where::kWrite}}));
    unsigned written = 0;
    for (unsigned i = 1; i < 8; ++i) {
      EXPECT_EQ(bench.CheckCopy(work[i], 0), "");
      written += bench.CheckCopy(work[i]).empty();
    }
    EXPECT_GE(written, 3u) << "the write latency should have let younger ones pass";
    Recover(bench, ch, recovery, work);
  }
}

// ---- Records ----

// B8, B13: reported in the error registers with the completion slot; only START or RESET leaves.
TEST_P(EngineBusErrorPort, FailedRecordHaltsAndOnlyStartOrResetLeaves) {
  for (const AxiResp resp : {AxiResp::kSlvErr, AxiResp::kDecErr}) {
    for (unsigned nth = 1; nth <= 3; ++nth) {
      for (const bool reset : {false, true}) {
        SCOPED_TRACE("record " + std::to_string(nth));
        EngineBench bench(port());
        EngineChannel& ch = bench.channel(0);
        ch.Start(4, 4);
        const Scene scene(bench);
        bench.port.Arm(
            {.on = PortFault::On::kWriteBurst, .nth = nth, .ids = kControlReads, .resp = resp});

        ch.Submit(scene.work);

        ASSERT_TRUE(ch.WaitState(State::kHalted));
        const auto slot = static_cast<uint16_t>(nth - 1);
        EXPECT_EQ(ch.error_image(), (Record{.slot = slot,
                                            .index = 0,
                                            .fault = ch.completion_ring() + 16u * slot,
                                            .status = StatusOf(resp),
                                            .where = Where::kRecord}));
        EXPECT_EQ(ch.error_count(), 1u);
        const uint32_t causes = ch.TakeCauses();
        EXPECT_EQ(causes & (kCauseError | kCauseHalted), kCauseError | kCauseHalted);
        EXPECT_EQ(ch.HeadRegister(), nth - 1) << "what is not reported has not ended";
        EXPECT_EQ(ch.Read(SGDMA_CH_CPL_INDEX), nth - 1);
        EXPECT_EQ(ch.Read(SGDMA_CH_STATE) & SGDMA_CH_STATE_RETRY_LEGAL_MASK, 0u);
        for (const Command command :
             {Command::kRetry, Command::kSkip, Command::kPause, Command::kResume}) {
          ch.Give(command);
          EXPECT_TRUE(ch.TakeRefused());
          EXPECT_EQ(ch.state(), State::kHalted);
        }
        for (const Descriptor& d : scene.work) bench.Reopen(d);
        Recover(bench, ch, reset ? Recovery::kReset : Recovery::kAbortAndStart, scene.work);
      }
    }
  }
}

TEST(EngineRecordError, RingInNoMemoryIsReportedAsDecodeError) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.SetRings(4, 4);
  ch.Write(SGDMA_CH_CPL_BASE_LO, static_cast<uint32_t>(kNoMemory));
  ch.Restart();

  ch.Submit({bench.NewCopy(10, 0, 0, kCpl)});

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.error_image(), (Record{.slot = 0,
                                      .index = 0,
                                      .fault = kNoMemory,
                                      .status = Status::kDecErr,
                                      .where = Where::kRecord}));
}

// ---- CONTINUE ----

class EngineContinue : public ::testing::TestWithParam<unsigned> {
 protected:
  // Permitted by the global page and chosen by the channel's.
  static void Choose(EngineChannel& ch) {
    ch.WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
    ch.Write(SGDMA_CH_POLICY, 1);
  }
};
INSTANTIATE_TEST_SUITE_P(Ports, EngineContinue, ::testing::Range(0u, 3u));

TEST_P(EngineContinue, ErrorsLeaveRecordsAndThePipeGoesOn) {
  EngineBench bench(SomePorts(7)[GetParam()]);
  EngineChannel& ch = bench.channel(0);
  Choose(ch);
  ch.Start(5, 5);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 12; ++i)
    work.push_back(bench.NewCopy(150 + 11 * i, i % 8, (3 * i) % 8, kCpl));
  work[2].len = 0;
  work[9].ctl |= 1 << 12;
  bench.port.AddError({work[1].src + 40, 1, AxiResp::kSlvErr, true, false});
  bench.port.AddError({work[4].dst + 140, 1, AxiResp::kDecErr, false, true});
  bench.port.AddError({work[5].src, 1, AxiResp::kDecErr, true, false});
  bench.port.AddError({work[6].src + 100, 1, AxiResp::kSlvErr, true, false});
  bench.port.AddError({work[6].dst + 2, 1, AxiResp::kSlvErr, false, true});
  bench.port.AddError({work[11].src + work[11].len - 1, 1, AxiResp::kSlvErr, true, false});
  std::vector<Record> expected;
  for (unsigned i = 0; i < 12; ++i)
    expected.push_back({.bytes = work[i].len, .slot = static_cast<uint16_t>(i)});
  const auto fails = [&](unsigned i, uint32_t bytes, uint64_t fault, Status status, Where where) {
    expected[i] = {.bytes = bytes,
                   .slot = static_cast<uint16_t>(i),
                   .fault = fault,
                   .status = status,
                   .where = where};
  };
  const auto read_at = [&](unsigned i, uint32_t offset) {
    const uint64_t word = std::max(work[i].src, (work[i].src + offset) / kBus * kBus);
    return static_cast<uint32_t>(word - work[i].src);
  };
  fails(1, read_at(1, 40), work[1].src + read_at(1, 40), Status::kSlvErr, Where::kRead);
  fails(2, 0, ch.SlotAddress(2), Status::kBadLength, Where::kDescriptor);
  const uint32_t burst = BurstOffsets(work[4].dst, work[4].len)[1];
  ASSERT_LE(burst, 140u);
  fails(4, burst, work[4].dst + burst, Status::kDecErr, Where::kWrite);
  fails(5, 0, work[5].src, Status::kDecErr, Where::kRead);
  fails(6, 0, work[6].dst, Status::kSlvErr, Where::kWrite);
  fails(9, 0, ch.SlotAddress(9), Status::kBadCtl, Where::kDescriptor);
  const uint32_t last = read_at(11, work[11].len - 1);
  fails(11, last, work[11].src + last, Status::kSlvErr, Where::kRead);

  EXPECT_EQ(ch.Run(work), expected);

  EXPECT_EQ(ch.state(), State::kRun);
  EXPECT_EQ(ch.error_count(), 7u);
  EXPECT_EQ(ch.error_image(), expected[1]);
  EXPECT_EQ(ch.TakeCauses(), kCauseError);
  for (const unsigned i : {0u, 3u, 7u, 8u, 10u}) EXPECT_EQ(bench.CheckCopy(work[i]), "");
  for (const unsigned i : {1u, 4u, 6u, 11u})
    EXPECT_EQ(bench.CheckCopy(work[i], expected[i].bytes), "");
  bench.port.ClearErrors();
  const Descriptor next = bench.NewCopy(99, 1, 2, kCpl);
  EXPECT_EQ(ch.Run({next}), (std::vector<Record>{{.bytes = 99, .slot = 12}}));
  EXPECT_EQ(bench.CheckCopy(next), "");
}

// Each R beat and each burst, with neighbours that must not notice.
TEST_P(EngineContinue, AnyReadBeatMayFailWithoutHurtingNeighbours) {
  for (unsigned word = 0; word < 43; ++word) {
    SCOPED_TRACE("word " + std::to_string(word));
    EngineBench bench(SomePorts(word)[GetParam()]);
    EngineChannel& ch = bench.channel(0);
    Choose(ch);
    ch.Start(4, 4);
    const Scene scene(bench);
    const Descriptor& d = scene.victim();
    const uint64_t at = d.src / kBus * kBus + word * kBus;
    if (at >= d.src + d.len) break;
    bench.port.AddError({at, kBus, AxiResp::kSlvErr, true, false});

    const std::vector<Record> records = ch.Run(scene.work);

    const uint64_t fault = std::max(at, d.src);
    EXPECT_EQ(records, (std::vector<Record>{{.bytes = 70, .slot = 0},
                                            {.bytes = static_cast<uint32_t>(fault - d.src),
                                             .slot = 1,
                                             .fault = fault,
                                             .status = Status::kSlvErr,
                                             .where = Where::kRead},
                                            {.bytes = 50, .slot = 2}}));
    EXPECT_EQ(bench.CheckCopy(scene.work[0]), "");
    EXPECT_EQ(bench.CheckCopy(d, static_cast<uint32_t>(fault - d.src)), "");
    EXPECT_EQ(bench.CheckCopy(scene.work[2]), "");
    if (HasFailure()) return;
  }
}

TEST_P(EngineContinue, FetchErrorPhaseAndLinkStillHalt) {
  for (unsigned kind = 0; kind < 3; ++kind) {
    SCOPED_TRACE(kind);
    EngineBench bench(SomePorts(kind)[GetParam()]);
    EngineChannel& ch = bench.channel(0);
    Choose(ch);
    ch.Start(4, 4);
    const Descriptor good = bench.NewCopy(20, 0, 0, kCpl);
    Descriptor bad = kind == 2 ? LinkTo(kArrayArea, 0) : good;
    if (kind == 1) bad.ctl |= kPhase;
    if (kind == 0) bench.port.AddError({ch.SlotAddress(1), 16, AxiResp::kSlvErr, true, false});
    static constexpr Status kStatus[] = {Status::kSlvErr, Status::kBadPhase, Status::kBadLink};

    ch.Submit({good, bad, good});

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.bytes = 20, .slot = 0},
                                                     {.slot = 1,
                                                      .fault = ch.SlotAddress(1),
                                                      .status = kStatus[kind],
                                                      .where = Where::kDescriptor}}));
  }
}

TEST(EngineContinueChoice, IsOnlyTakenWhenTheGlobalPagePermitsIt) {
  for (unsigned choice = 0; choice < 4; ++choice) {
    SCOPED_TRACE(choice);
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.WriteGlobal(SGDMA_GLB_CH_POLICY, choice & 1);
    ch.Write(SGDMA_CH_POLICY, choice >> 1);
    ch.Start(4, 4);

    ch.Submit({Descriptor{}, Nop(kCpl)});

    ASSERT_TRUE(ch.WaitRecords(choice == 3 ? 2 : 1));
    EXPECT_TRUE(ch.WaitState(choice == 3 ? State::kRun : State::kHalted));
  }
}

}  // namespace
}  // namespace tb
