// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The separate port: what goes where, that neither port waits for the other, and that what software
// sees keeps its order across the two.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

using Records = std::vector<Record>;

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint32_t kLimit = 400;  // of the watchdog
constexpr uint64_t kMailbox = kDestinationArea + 0x10'0000;

std::vector<Descriptor> SomeCopies(EngineBench& bench, unsigned count) {
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < count; ++i)
    work.push_back(bench.NewCopy(1 + i * 37 % 600, i % kBus, i * 3 % kBus, kCpl));
  return work;
}

void ExpectCopied(EngineBench& bench, const std::vector<Descriptor>& work) {
  for (const Descriptor& d : work) ASSERT_EQ(bench.CheckCopy(d), "");
}

void CatchMessage(EngineBench& bench, EngineChannel& ch) {
  bench.board.Declare("mailbox", kMailbox, 4, Permission::kWrite);
  ch.WriteGlobal(SGDMA_GLB_CH_MSG_ADDR_LO, static_cast<uint32_t>(kMailbox));
  ch.WriteGlobal(SGDMA_GLB_CH_MSG_DATA, 0xC0FFEE11);
}

TEST(EngineSgPort, CarriesDescriptorsRecordsAndMessagesAndTheOtherPortData) {
  EngineBench bench(StallingPort(3));
  EngineChannel& ch = bench.channel(Dut::kChannels - 1);
  CatchMessage(bench, ch);
  ch.Start(6, 6);
  std::vector<Descriptor> work = SomeCopies(bench, 40);
  const std::vector<Descriptor> entries = {bench.NewCopy(99), bench.NewCopy(5)};
  work.push_back(LinkTo(bench.NewArray(entries), 2, kCpl | kIrq));

  EXPECT_EQ(ch.Run(work).size(), 41u);

  EXPECT_TRUE(bench.sim.RunUntil(
      [&] { return bench.memory.Load<uint32_t>(kMailbox) == 0xC0FFEE11; }, Cycles{500}));
  ASSERT_TRUE(bench.Settle());
  ExpectCopied(bench, entries);
  const unsigned data = 2 * ch.number();
  const unsigned control = data + 1;
  EXPECT_EQ(bench.monitor.id(control).read_bursts + bench.monitor.id(control).write_bursts, 0u);
  EXPECT_EQ(bench.sg_monitor->id(data).read_bursts + bench.sg_monitor->id(data).write_bursts, 0u);
  EXPECT_GE(bench.sg_monitor->id(control).read_beats * kBus, 43u * 16u);
  EXPECT_GE(bench.sg_monitor->id(control).write_bursts, 41u + 1u);
  EXPECT_EQ(bench.sg_monitor->total().read_bursts(), bench.sg_monitor->id(control).read_bursts);
}

// The record leaves through the quick port, its data through a slow one: the bench sees a record
// that is visible before the answer to its data.
TEST(EngineSgPort, ARecordWaitsForTheLastAnswerToItsDataOnASlowPort) {
  EngineBench bench(IdealPort(1));
  EngineChannel& ch = bench.channel(0);
  ch.Start(6, 6);
  bench.port.SetWriteLatency(Latency::Uniform(100, 300));
  const std::vector<Descriptor> work = SomeCopies(bench, 30);

  EXPECT_EQ(ch.Run(work).size(), 30u);

  ExpectCopied(bench, work);
}

TEST(EngineSgPort, AnInterruptWaitsForTheAnswerToItsRecordOnASlowPort) {
  EngineBench bench(IdealPort(1));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  bench.sg_port->SetWriteLatency(Latency::Fixed(300));
  ch.Submit({bench.NewCopy(64, 0, 0, kCpl | kIrq)});
  ASSERT_TRUE(ch.WaitRecords(1));
  const uint64_t visible = bench.sim.now();
  EXPECT_EQ(ch.HeadRegister(), 0u);
  EXPECT_EQ(bench.dut.irq(), 0u);

  ASSERT_TRUE(bench.sim.RunUntil([&] { return bench.dut.irq() != 0; }, Cycles{1000}));

  EXPECT_GE(bench.sim.now() - visible, 295u);
  EXPECT_EQ(ch.HeadRegister(), 1u);
}

// As far as their ends can wait: fewer bursts than the window of writes.
TEST(EngineSgPort, DataGoesOnWhileDescriptorsAndRecordsAreRefused) {
  constexpr uint32_t kBytes = 48 * kBus;
  EngineBench bench(IdealPort(2));
  EngineChannel& ch = bench.channel(0);
  ch.Start(5, 5);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 4; ++i) work.push_back(bench.NewCopy(kBytes, 0, 0, kCpl));
  ch.Submit(work);
  ASSERT_TRUE(bench.sim.RunUntil(
      [&] { return bench.sg_monitor->id(1).read_beats * kBus >= 4 * 16; }, Cycles{200}));

  bench.sg_port->SetStall(AxiChannel::kAr, Stall::Always());
  bench.sg_port->SetStall(AxiChannel::kAw, Stall::Always());
  bench.sg_port->SetStall(AxiChannel::kW, Stall::Always());
  bench.sim.Step(4 * kBytes / kBus + 500);

  EXPECT_EQ(bench.monitor.total().written_bytes, 4u * kBytes);
  EXPECT_EQ(bench.monitor.open_writes(), 0u);
  for (const AxiChannel c : {AxiChannel::kAr, AxiChannel::kAw, AxiChannel::kW})
    bench.sg_port->SetStall(c, Stall::Never());
  EXPECT_EQ(ch.Records(4).size(), 4u);
  ExpectCopied(bench, work);
}

// ---- Watchdog ----

struct Silence {
  const char* name;
  bool sg;  // at the separate port
  AxiChannel channel;
  uint32_t stuck;
};
void PrintTo(const Silence& s, std::ostream* out) { *out << s.name; }

class EngineSgPortWatchdog : public ::testing::TestWithParam<Silence> {};

TEST_P(EngineSgPortWatchdog, NamesTheChannelOfEitherPortAndLateAnswersLeadOut) {
  const Silence& s = GetParam();
  EngineBench bench(IdealPort(4));
  EngineChannel& ch = bench.channel(0);
  ch.Write(SGDMA_CH_WATCHDOG, kLimit);
  ch.Start(4, 4);
  AxiMemoryPort& port = s.sg ? *bench.sg_port : bench.port;
  const uint64_t ids = s.sg ? 0xAAAA'AAAA : 0x5555'5555;
  if (s.channel == AxiChannel::kR) {
    port.SilenceReads(ids);
  } else if (s.channel == AxiChannel::kB) {
    port.SilenceWrites(ids);
  } else {
    port.SetStall(s.channel, Stall::Always());
  }
  const std::vector<Descriptor> work = SomeCopies(bench, 3);
  const uint64_t begin = bench.sim.now();

  ch.Submit(work);
  ASSERT_TRUE(bench.sim.RunUntil([&] { return (bench.dut.irq() & 1) != 0; }, Cycles{3000}));

  EXPECT_GE(bench.sim.now() - begin, kLimit);
  EXPECT_LE(bench.sim.now() - begin, kLimit + kLimit / 8 + 200);
  EXPECT_EQ(ch.state(), State::kStuck);
  EXPECT_EQ(ch.Read(SGDMA_CH_ERR_CTRL) >> SGDMA_CH_ERR_CTRL_STUCK_SHIFT & 7, s.stuck);
  for (const AxiChannel c : {AxiChannel::kAr, AxiChannel::kAw, AxiChannel::kW})
    port.SetStall(c, Stall::Never());
  bench.AnswerAll();
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  ch.TakeCauses();
  for (const Descriptor& d : work) bench.Reopen(d);
  ch.Restart();
  EXPECT_EQ(ch.Run(work).size(), 3u);
  ExpectCopied(bench, work);
}

INSTANTIATE_TEST_SUITE_P(All, EngineSgPortWatchdog,
                         ::testing::Values(Silence{"DataAr", false, AxiChannel::kAr, 1},
                                           Silence{"DataR", false, AxiChannel::kR, 2},
                                           Silence{"DataAw", false, AxiChannel::kAw, 3},
                                           Silence{"DataW", false, AxiChannel::kW, 4},
                                           Silence{"DataB", false, AxiChannel::kB, 5},
                                           Silence{"SgAr", true, AxiChannel::kAr, 1},
                                           Silence{"SgR", true, AxiChannel::kR, 2},
                                           Silence{"SgAw", true, AxiChannel::kAw, 3},
                                           Silence{"SgW", true, AxiChannel::kW, 4},
                                           Silence{"SgB", true, AxiChannel::kB, 5}),
                         [](const auto& info) { return std::string(info.param.name); });

// Each port is refused for less than the limit, one behind the other, for ever: nobody is stuck.
TEST(EngineSgPort, TheWatchdogDoesNotAddTheWaitsOfTwoPorts) {
  EngineBench bench(IdealPort(2));
  EngineChannel& ch = bench.channel(0);
  ch.Write(SGDMA_CH_WATCHDOG, kLimit);
  ch.Start(8, 8);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 200; ++i) work.push_back(bench.NewCopy(512, 0, 0, kCpl));
  ch.Submit(work);
  for (unsigned i = 0; i < 12; ++i) {
    const bool sg = i % 2 == 0;
    AxiMemoryPort& refused = sg ? *bench.sg_port : bench.port;
    AxiMemoryPort& free = sg ? bench.port : *bench.sg_port;
    for (const AxiChannel c : {AxiChannel::kAr, AxiChannel::kAw, AxiChannel::kW})
      refused.SetStall(c, Stall::Always());
    bench.sim.Step(5);
    for (const AxiChannel c : {AxiChannel::kAr, AxiChannel::kAw, AxiChannel::kW})
      free.SetStall(c, Stall::Never());
    bench.sim.Step(kLimit / 2);
  }
  for (const AxiChannel c : {AxiChannel::kAr, AxiChannel::kAw, AxiChannel::kW})
    bench.port.SetStall(c, Stall::Never());

  EXPECT_EQ(ch.state(), State::kRun);
  EXPECT_EQ(ch.Records(200).size(), 200u);
}

// ---- Life ----

TEST(EngineSgPort, ResetInAnyCycleLeavesBothPortsQuietAndTheNextStartIsExact) {
  for (unsigned cycle = 1; cycle < 160; cycle += 3) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    EngineBench bench(StallingPort(cycle));
    EngineChannel& ch = bench.channel(0);
    ch.Start(5, 5);
    ch.Submit(SomeCopies(bench, 12));
    bench.sim.Step(cycle);

    ch.Reset();

    ch.Start(5, 5);
    const std::vector<Descriptor> work = SomeCopies(bench, 6);
    EXPECT_EQ(ch.Run(work).size(), 6u);
    ExpectCopied(bench, work);
    ASSERT_EQ(bench.Problems(), "");
  }
}

TEST(EngineSgPort, PauseIsShownWhenBothPortsAreQuiet) {
  for (unsigned cycle = 5; cycle < 120; cycle += 5) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    EngineBench bench(StallingPort(cycle));
    EngineChannel& ch = bench.channel(0);
    ch.Start(5, 5);
    const std::vector<Descriptor> work = SomeCopies(bench, 20);
    ch.Submit(work);
    bench.sim.Step(cycle);

    ch.Give(Command::kPause);
    ASSERT_TRUE(ch.WaitState(State::kPaused));
    EXPECT_TRUE(bench.port.idle() && bench.sg_port->idle());
    const auto beats = [&] {
      return bench.monitor.total().read_bursts() + bench.monitor.total().write_bursts() +
             bench.sg_monitor->total().read_bursts() + bench.sg_monitor->total().write_bursts();
    };
    const uint64_t before = beats();
    bench.sim.Step(100);
    EXPECT_EQ(beats(), before);

    ch.Give(Command::kResume);
    EXPECT_EQ(ch.Records(20).size(), 20u);
    ExpectCopied(bench, work);
  }
}

}  // namespace
}  // namespace tb
