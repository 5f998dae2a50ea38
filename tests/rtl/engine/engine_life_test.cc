// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Commands, doorbells and locked registers in every state: what is legal happens, what is not is
// refused and changes nothing (fault-cases E1, E6, E13, E14, E17; B10).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

// Situations: a state, and how it was reached where that matters.
enum class At : uint8_t {
  kIdle,
  kDisabled,  // IDLE with the channel not enabled
  kRunIdle,   // RUN with an empty ring
  kRunBusy,
  kRunInList,
  kPausing,
  kPaused,
  kPausedInList,
  kDrainingError,
  kDrainingAbort,
  kHaltedError,
  kHaltedInList,
  kHaltedAbort,
  kHaltedRecord,     // a record write failed
  kHaltedRewritten,  // after an error, a ring register was written
};
constexpr const char* kAtNames[] = {
    "Idle",        "Disabled",     "RunIdle",      "RunBusy",       "RunInList",
    "Pausing",     "Paused",       "PausedInList", "DrainingError", "DrainingAbort",
    "HaltedError", "HaltedInList", "HaltedAbort",  "HaltedRecord",  "HaltedRewritten"};
constexpr unsigned kAts = sizeof kAtNames / sizeof kAtNames[0];

State StateOf(At at) {
  switch (at) {
    case At::kIdle:
    case At::kDisabled:
      return State::kIdle;
    case At::kRunIdle:
    case At::kRunBusy:
    case At::kRunInList:
    case At::kPausing:
      return State::kRun;
    case At::kPaused:
    case At::kPausedInList:
      return State::kPaused;
    case At::kDrainingError:
    case At::kDrainingAbort:
      return State::kDraining;
    default:
      return State::kHalted;
  }
}

// The contract's list of legal commands.
bool IsLegal(At at, uint32_t command) {
  const State state = StateOf(at);
  const bool halted = state == State::kHalted;
  const bool after_error = at == At::kHaltedError || at == At::kHaltedInList;
  switch (command) {
    case 1:
      return at == At::kIdle || halted;
    case 2:
      return state == State::kRun;
    case 3:
      return state == State::kPaused || at == At::kPausing;
    case 4:
    case 5:
      return after_error;
    case 6:
      return state == State::kRun || state == State::kPaused || state == State::kDraining || halted;
    case 7:
      return at == At::kRunInList || at == At::kPausedInList || at == At::kHaltedInList;
    default:
      return false;
  }
}

class Stage {
 public:
  Stage() { ch.Start(4, 4); }

  // Brings a fresh bench there. Where the bus must be kept from answering, Release() lets it.
  void Reach(At at) {
    const Descriptor copy = bench.NewCopy(900, 1, 3, kCpl);
    const Descriptor list =
        LinkTo(bench.NewArray({bench.NewCopy(900, 3, 1, kCpl), Nop(kCpl)}), 2, kCpl);
    switch (at) {
      case At::kIdle:
        ch.Reset();
        ch.SetRings(4, 4);
        break;
      case At::kDisabled:
        ch.WriteGlobal(SGDMA_GLB_CH_CTRL, 0);
        ASSERT_TRUE(ch.WaitState(State::kIdle));
        ch.SetRings(4, 4);
        break;
      case At::kRunIdle:
        break;
      case At::kRunBusy:
      case At::kPausing:
        bench.port.SilenceReads(1);  // of data
        ch.Submit({copy});
        bench.sim.Step(30);
        if (at == At::kPausing) ch.Give(Command::kPause);
        break;
      case At::kRunInList:
        bench.port.SilenceReads(1);
        ch.Submit({list});
        bench.sim.Step(40);
        break;
      case At::kPaused:
      case At::kPausedInList:
        bench.port.SetReadLatency(Latency::Fixed(30));
        ch.Submit({at == At::kPaused ? copy : list});
        bench.sim.Step(70);
        ch.Give(Command::kPause);
        ASSERT_TRUE(ch.WaitState(State::kPaused));
        break;
      case At::kDrainingError:
        bench.port.AddError({copy.dst, 1, AxiResp::kSlvErr, false, true});
        bench.port.Arm({.on = PortFault::On::kWriteBurst,
                        .nth = 2,
                        .ids = 1,
                        .does = PortFault::Does::kSilence});
        ch.Submit({copy});
        bench.sim.Step(100);
        break;
      case At::kDrainingAbort:
        bench.port.SilenceReads(1);
        ch.Submit({copy});
        bench.sim.Step(30);
        ch.Give(Command::kAbort);
        break;
      case At::kHaltedError:
      case At::kHaltedAbort:
      case At::kHaltedRewritten:
        ch.Submit({Descriptor{}, copy});
        ASSERT_TRUE(ch.WaitState(State::kHalted));
        if (at == At::kHaltedAbort) ch.Give(Command::kAbort);
        if (at == At::kHaltedRewritten) ch.Write(SGDMA_CH_SUB_SIZE, 4);
        break;
      case At::kHaltedInList:
        bench.port.Arm({.on = PortFault::On::kReadBeat, .nth = 7, .ids = 1});
        ch.Submit({list});
        ASSERT_TRUE(ch.WaitState(State::kHalted));
        break;
      case At::kHaltedRecord:
        bench.port.Arm({.on = PortFault::On::kWriteBurst, .nth = 1, .ids = 2});
        ch.Submit({copy});
        ASSERT_TRUE(ch.WaitState(State::kHalted));
        bench.Reopen(copy);
        break;
    }
    ASSERT_EQ(ch.state(), StateOf(at));
    ch.TakeCauses();
  }

  // Everything software can see of the channel, but CAUSE and the event counters.
  std::vector<uint32_t> Picture() {
    std::vector<uint32_t> words;
    for (uint32_t offset = 0; offset < SGDMA_CH_CNT_BYTES_LO; offset += 4) {
      if (offset != SGDMA_CH_CAUSE) words.push_back(ch.Read(offset));
    }
    for (uint32_t offset = 0; offset < SGDMA_GLB_CH_STRIDE; offset += 4)
      words.push_back(ch.ReadGlobal(offset));
    return words;
  }

  // Lets everything end, whatever was done to it.
  void Finish() {
    bench.AnswerAll();
    bench.port.ClearErrors();
    bench.sim.Step(200);
    ch.Reset();
  }

  EngineBench bench{IdealPort(2)};
  EngineChannel& ch = bench.channel(0);
};

class EngineCommand : public ::testing::TestWithParam<unsigned> {
 protected:
  At at() const { return static_cast<At>(GetParam()); }
};

TEST_P(EngineCommand, IsTakenWhereLegalAndElseRefusedWithoutEffect) {
  for (const uint32_t command : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 0x101u, 0x80000001u}) {
    SCOPED_TRACE("command " + std::to_string(command));
    Stage stage;
    ASSERT_NO_FATAL_FAILURE(stage.Reach(at()));
    const std::vector<uint32_t> before = stage.Picture();

    stage.ch.Write(SGDMA_CH_COMMAND, command);

    EXPECT_EQ(stage.ch.TakeRefused(), !IsLegal(at(), command));
    if (!IsLegal(at(), command)) {
      EXPECT_EQ(stage.Picture(), before);
    }
    stage.Finish();
  }
}

// A partial strobe is refused everywhere.
TEST_P(EngineCommand, WithPartialStrobesIsRefused) {
  for (const uint8_t strobe : {0x0, 0x1, 0x3, 0x7, 0xE, 0xD}) {
    for (const uint32_t door : {SGDMA_CH_COMMAND, SGDMA_CH_SUB_TAIL, SGDMA_CH_CPL_HEAD}) {
      SCOPED_TRACE(std::to_string(strobe) + " at " + std::to_string(door));
      Stage stage;
      ASSERT_NO_FATAL_FAILURE(stage.Reach(at()));
      const std::vector<uint32_t> before = stage.Picture();

      stage.ch.Write(door, 1, strobe);

      EXPECT_TRUE(stage.ch.TakeRefused());
      EXPECT_EQ(stage.Picture(), before);
      stage.Finish();
    }
  }
}

// E6: rings are writable in IDLE and HALTED, coalescing, enables and policy always; the rest of the
// page never.
TEST_P(EngineCommand, RingRegistersAreLockedOutsideIdleAndHalted) {
  Stage stage;
  ASSERT_NO_FATAL_FAILURE(stage.Reach(at()));
  const State state = StateOf(at());
  const bool open = state == State::kIdle || state == State::kHalted;
  const std::vector<std::pair<uint32_t, uint32_t>> ring_words = {
      {SGDMA_CH_SUB_BASE_LO, 0x1234'5640}, {SGDMA_CH_SUB_BASE_HI, 0x12}, {SGDMA_CH_SUB_SIZE, 7},
      {SGDMA_CH_CPL_BASE_LO, 0x2345'6740}, {SGDMA_CH_CPL_BASE_HI, 0x23}, {SGDMA_CH_CPL_SIZE, 9}};
  for (const auto& [offset, value] : ring_words) {
    SCOPED_TRACE("offset " + std::to_string(offset));
    const uint32_t before = stage.ch.Read(offset);
    stage.ch.Write(offset, value);
    EXPECT_EQ(stage.ch.TakeRefused(), !open);
    EXPECT_EQ(stage.ch.Read(offset), open ? value : before);
  }
  stage.ch.Write(SGDMA_CH_ENABLE, 0x15);
  EXPECT_EQ(stage.ch.Read(SGDMA_CH_ENABLE), 0x15u);
  stage.ch.Write(SGDMA_CH_POLICY, 1);
  EXPECT_EQ(stage.ch.Read(SGDMA_CH_POLICY), 1u);
  EXPECT_FALSE(stage.ch.TakeRefused());
  // Device id and attributes of the global page: only in IDLE.
  for (const uint32_t offset : {SGDMA_GLB_CH_DEVID, SGDMA_GLB_CH_ATTR}) {
    const uint32_t before = stage.ch.ReadGlobal(offset);
    stage.ch.WriteGlobal(offset, 0x17);
    EXPECT_EQ(stage.ch.TakeRefused(), state != State::kIdle);
    EXPECT_EQ(stage.ch.ReadGlobal(offset), state == State::kIdle ? 0x17 : before);
  }
  stage.Finish();
}

// E1: in RUN, PAUSED, DRAINING and HALTED the tail is taken (where it waits), in IDLE refused.
TEST_P(EngineCommand, DoorbellIsTakenEverywhereButInIdle) {
  Stage stage;
  ASSERT_NO_FATAL_FAILURE(stage.Reach(at()));
  const uint32_t tail = stage.ch.Read(SGDMA_CH_SUB_TAIL);
  const bool taken = StateOf(at()) != State::kIdle;
  stage.ch.Push(Nop());
  stage.ch.RingDoorbell();
  EXPECT_EQ(stage.ch.TakeRefused(), !taken);
  EXPECT_EQ(stage.ch.Read(SGDMA_CH_SUB_TAIL), taken ? (tail + 1) % 16 : tail);

  stage.ch.Write(SGDMA_CH_SUB_TAIL, stage.ch.Read(SGDMA_CH_SUB_TAIL));
  EXPECT_EQ(stage.ch.TakeRefused(), !taken) << "the same tail again";
  for (const uint32_t bad : {16u, 17u, 0x1'0000u, 0x8000'0000u}) {
    stage.ch.Write(SGDMA_CH_SUB_TAIL, bad);
    EXPECT_TRUE(stage.ch.TakeRefused()) << "out of range: " << bad;
  }
  stage.Finish();
}

INSTANTIATE_TEST_SUITE_P(All, EngineCommand, ::testing::Range(0u, kAts),
                         [](const auto& info) { return kAtNames[info.param]; });

// ---- Doorbells ----

TEST(EngineDoorbell, TailThatLeavesFewerDescriptorsIsRefused) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(3, 3);
  ch.Give(Command::kPause);
  ASSERT_TRUE(ch.WaitState(State::kPaused));
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 5; ++i) work.push_back(bench.NewCopy(5 + i, 0, 0, kCpl));
  ch.Submit(work);
  ASSERT_FALSE(ch.TakeRefused());

  for (const uint32_t back : {0u, 1u, 4u}) {
    ch.Write(SGDMA_CH_SUB_TAIL, back);
    EXPECT_TRUE(ch.TakeRefused()) << back;
    EXPECT_EQ(ch.Read(SGDMA_CH_SUB_TAIL), 5u);
  }
  ch.Write(SGDMA_CH_SUB_TAIL, 5);
  EXPECT_FALSE(ch.TakeRefused());

  ch.Give(Command::kResume);
  EXPECT_EQ(ch.Records(5).size(), 5u);
}

TEST(EngineDoorbell, CompletionHeadBeyondWhatWasWrittenIsRefused) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 3);
  ch.Submit({Nop(kCpl), Nop(kCpl), Nop(kCpl)});
  ASSERT_TRUE(ch.WaitRecords(3));

  for (const uint32_t bad : {4u, 7u, 8u, 0x1'0000u, 0x1'0003u}) {
    ch.Write(SGDMA_CH_CPL_HEAD, bad);
    EXPECT_TRUE(ch.TakeRefused()) << bad;
    EXPECT_EQ(ch.Read(SGDMA_CH_CPL_HEAD), 0u);
  }
  ch.Write(SGDMA_CH_CPL_HEAD, 2);
  EXPECT_FALSE(ch.TakeRefused());
  ch.Write(SGDMA_CH_CPL_HEAD, 1);
  EXPECT_TRUE(ch.TakeRefused()) << "backwards";
  ch.Write(SGDMA_CH_CPL_HEAD, 3);
  EXPECT_FALSE(ch.TakeRefused());
  EXPECT_EQ(ch.Read(SGDMA_CH_CPL_HEAD), 3u);
}

TEST(EngineDoorbell, WorkGivenWhilePausedOrHaltedWaitsAndRunsThen) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  ch.Give(Command::kPause);
  ASSERT_TRUE(ch.WaitState(State::kPaused));
  const uint64_t reads = bench.monitor.total().read_bursts();
  const Descriptor first = bench.NewCopy(50, 0, 0, kCpl);
  ch.Submit({first, Descriptor{}});
  bench.sim.Step(200);
  EXPECT_EQ(bench.monitor.total().read_bursts(), reads) << "PAUSED opens nothing";
  ch.Give(Command::kResume);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  ASSERT_EQ(ch.TakeRecords().size(), 2u);
  const Descriptor second = bench.NewCopy(60, 0, 0, kCpl);
  ch.Submit({second});
  bench.sim.Step(200);
  EXPECT_TRUE(bench.Untouched(second));

  ch.Give(Command::kSkip);

  EXPECT_EQ(ch.Records(1), (std::vector<Record>{{.bytes = 60, .slot = 2}}));
  EXPECT_EQ(bench.CheckCopy(first), "");
  EXPECT_EQ(bench.CheckCopy(second), "");
}

TEST(EngineDoorbell, WithoutASubmissionRingTheTailIsRefused) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.SetRings(0, 4);
  ch.Restart();
  ASSERT_EQ(ch.state(), State::kRun);

  ch.Write(SGDMA_CH_SUB_TAIL, 0);
  EXPECT_TRUE(ch.TakeRefused());
  ch.Write(SGDMA_CH_SUB_TAIL, 1);
  EXPECT_TRUE(ch.TakeRefused());
}

// ---- START ----

TEST(EngineStart, RefusesBadBasesAndSizes) {
  struct Case {
    uint64_t base;
    uint32_t size;
    bool good;
  };
  constexpr uint64_t kTop = uint64_t{1} << 48;
  const std::vector<Case> cases = {
      {kRingArea, 2, true},       {kRingArea, 16, true},     {kRingArea, 1, false},
      {kRingArea, 17, false},     {kRingArea, 31, false},    {kRingArea + 16, 4, false},
      {kRingArea + 32, 4, false}, {kRingArea + 1, 4, false}, {kRingArea + 63, 4, false},
      {kTop - 256, 4, true},      {kTop - 192, 4, false},    {kTop - 64, 2, true},
      {kRingArea + 64, 4, true},  {kRingArea + 7, 0, true}};
  for (const Case& c : cases) {
    for (const bool completion : {false, true}) {
      SCOPED_TRACE((completion ? "completion " : "submission ") + std::to_string(c.base) +
                   " log2 " + std::to_string(c.size));
      EngineBench bench;
      EngineChannel& ch = bench.channel(0);
      ch.SetRings(4, 4);
      const uint32_t at = completion ? SGDMA_CH_CPL_BASE_LO : SGDMA_CH_SUB_BASE_LO;
      ch.Write(at, static_cast<uint32_t>(c.base));
      ch.Write(at + 4, static_cast<uint32_t>(c.base >> 32));
      ch.Write(at + 8, c.size);

      ch.Give(Command::kStart);

      EXPECT_EQ(ch.TakeRefused(), !c.good);
      EXPECT_EQ(ch.state(), c.good ? State::kRun : State::kIdle);
    }
  }
}

TEST(EngineStart, NeedsEngineAndChannelEnabled) {
  for (const bool engine : {false, true}) {
    for (const bool channel : {false, true}) {
      EngineBench bench;
      EngineChannel& ch = bench.channel(0);
      ch.SetRings(4, 4);
      bench.registers.Write(SGDMA_GLB_CONTROL, engine);
      ch.WriteGlobal(SGDMA_GLB_CH_CTRL, channel);
      bench.sim.Step(10);
      ch.SetRings(4, 4);
      ch.TakeCauses();

      ch.Give(Command::kStart);

      EXPECT_EQ(ch.TakeRefused(), !(engine && channel));
      EXPECT_EQ(ch.state(), engine && channel ? State::kRun : State::kIdle);
    }
  }
}

// E14: after ABORT with work left, START begins at slot 0 with PHASE 1 again, whatever lap the
// rings were in.
TEST(EngineStart, AfterAbortBeginsAnewInAnyLap) {
  for (unsigned run = 0; run < 12; ++run) {
    SCOPED_TRACE(run);
    EngineBench bench(IdealPort(20));
    EngineChannel& ch = bench.channel(0);
    ch.Start(2, 2);
    std::vector<Descriptor> some;
    for (unsigned i = 0; i < run; ++i) some.push_back(bench.NewCopy(8, 0, 0, kCpl));
    ch.Run(some);
    const Descriptor left = bench.NewCopy(3000, 0, 0, kCpl);
    ch.Submit({left, Nop(kCpl)});
    bench.sim.Step(60);
    ch.Give(Command::kAbort);
    ASSERT_TRUE(ch.WaitState(State::kHalted));

    ch.Restart();

    EXPECT_EQ(ch.Read(SGDMA_CH_SUB_HEAD), 0u);
    EXPECT_EQ(ch.Read(SGDMA_CH_SUB_TAIL), 0u);
    EXPECT_EQ(ch.Read(SGDMA_CH_CPL_INDEX), 0u);
    EXPECT_EQ(ch.Read(SGDMA_CH_CPL_HEAD), 0u);
    EXPECT_EQ(ch.Run({left, Nop(kCpl)}),
              (std::vector<Record>{{.bytes = 3000, .slot = 0}, {.slot = 1}}));
    EXPECT_EQ(bench.CheckCopy(left), "");
  }
}

// Stale records are software's to clear; the engine begins at slot 0 with PHASE 1 over whatever is
// there.
TEST(EngineStart, StaleRecordsAreOverwrittenFromSlotZero) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 2);
  ch.Run(std::vector<Descriptor>(6, Nop(kCpl)));
  ch.Give(Command::kAbort);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  ch.TakeCauses();
  const std::vector<uint8_t> stale = bench.memory.Bytes(ch.completion_ring(), 64);
  ch.Restart();
  bench.memory.Write(ch.completion_ring(), stale);
  const Descriptor copy = bench.NewCopy(21, 0, 0, kCpl | kIrq);

  ch.Submit({copy});
  ASSERT_TRUE(bench.sim.RunUntil([&] { return (bench.dut.irq() & 1) != 0; }, Cycles{1000}));

  Entry raw;
  bench.memory.Read(ch.completion_ring(), raw);
  EXPECT_EQ(Record::Decode(raw), (Record{.bytes = 21, .slot = 0}));
  EXPECT_EQ(raw[15] >> 7, 1);
  std::vector<uint8_t> rest = bench.memory.Bytes(ch.completion_ring() + 16, 48);
  EXPECT_TRUE(std::equal(rest.begin(), rest.end(), stale.begin() + 16));
}

// E17: a ring where there is no memory, and two rings on top of each other.
TEST(EngineStart, RingsInForeignMemoryFailAndLeaveTheOtherChannelAlone) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  EngineChannel& other = bench.channel(Dut::kChannels - 1);
  ch.SetRings(4, 4);
  ch.Write(SGDMA_CH_SUB_BASE_LO, static_cast<uint32_t>(kNoMemory));
  ch.Restart();
  std::vector<Descriptor> work;
  if (&other != &ch) {
    other.Start(4, 4);
    for (unsigned i = 0; i < 8; ++i) work.push_back(bench.NewCopy(100, 0, 0, kCpl));
    other.Submit(work);
  }

  ch.Write(SGDMA_CH_SUB_TAIL, 5);

  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), (std::vector<Record>{{.slot = 0,
                                                    .fault = kNoMemory,
                                                    .status = Status::kDecErr,
                                                    .where = Where::kDescriptor}}));
  if (&other == &ch) return;
  EXPECT_EQ(other.Records(8).size(), 8u);
  for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
}

TEST(EngineStart, CompletionRingOnTopOfTheSubmissionRingEndsInAFaultAtMost) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.SetRings(4, 4);
  ch.Write(SGDMA_CH_CPL_BASE_LO, static_cast<uint32_t>(ch.ring()));
  ch.Restart();
  const Descriptor copy = bench.NewCopy(40, 0, 0, kCpl);
  for (unsigned i = 0; i < 6; ++i) ch.Push(i == 0 ? copy : Nop(kCpl));
  bench.board.Declare("both rings", ch.ring(), 256, Permission::kBoth);
  ch.Write(SGDMA_CH_SUB_TAIL, ch.tail());
  bench.sim.Step(1000);

  const State state = ch.state();
  EXPECT_TRUE(state == State::kRun || state == State::kHalted);
  EXPECT_EQ(bench.CheckCopy(copy), "");
  ch.Reset();
  ch.Start(4, 4);
  bench.Reopen(copy);
  EXPECT_EQ(ch.Run({copy}), (std::vector<Record>{{.bytes = 40, .slot = 0}}));
}

TEST(EngineReset, ClearingAnEnableActsAsReset) {
  for (const bool engine : {false, true}) {
    EngineBench bench(IdealPort(30));
    EngineChannel& ch = bench.channel(0);
    EngineChannel& other = bench.channel(Dut::kChannels - 1);
    ch.Start(4, 4);
    if (&other != &ch) other.Start(4, 4);
    const Descriptor cut = bench.NewCopy(3000, 0, 0, kCpl);
    ch.Submit({cut});
    bench.sim.Step(120);

    if (engine) {
      bench.registers.Write(SGDMA_GLB_CONTROL, 0);
    } else {
      ch.WriteGlobal(SGDMA_GLB_CH_CTRL, 0);
    }

    EXPECT_TRUE(ch.WaitState(State::kIdle));
    EXPECT_EQ(ch.Read(SGDMA_CH_SUB_SIZE), 0u);
    EXPECT_FALSE(ch.RecordThere());
    EXPECT_EQ(bench.CheckCopy(cut, 0), "");
    if (&other != &ch) {
      EXPECT_EQ(other.state(), engine ? State::kIdle : State::kRun);
    }
  }
}

// ---- Interrupt level ----

TEST(EngineInterrupt, LevelIsEnabledCausesAndTheGlobalMask) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  ch.Write(SGDMA_CH_ENABLE, 0);
  ch.Submit({Nop(kIrq)});
  ASSERT_TRUE(bench.Settle());
  bench.sim.Step(4);
  EXPECT_EQ(bench.dut.irq(), 0u);
  EXPECT_EQ(bench.registers.Read(SGDMA_GLB_IRQ_SUMMARY), 0u);

  ch.Write(SGDMA_CH_ENABLE, kCauseDone);  // F1: the event was before
  bench.sim.Step(4);
  EXPECT_EQ(bench.dut.irq(), 1u);
  bench.registers.Write(SGDMA_GLB_IRQ_MASK, 2);
  bench.sim.Step(4);
  EXPECT_EQ(bench.dut.irq(), 0u);
  EXPECT_EQ(bench.registers.Read(SGDMA_GLB_IRQ_SUMMARY), 1u) << "before the mask";
  bench.registers.Write(SGDMA_GLB_IRQ_MASK, 3);
  bench.sim.Step(4);
  EXPECT_EQ(bench.dut.irq(), 1u);
  ch.Write(SGDMA_CH_CAUSE, kCauseDone);
  bench.sim.Step(4);
  EXPECT_EQ(bench.dut.irq(), 0u);
}

// F2: software clears CAUSE first, then looks at records: an event in between raises the level
// again.
TEST(EngineInterrupt, EventBetweenReadAndClearIsNotLost) {
  for (unsigned delay = 0; delay < 60; ++delay) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    ch.Submit({Nop(kIrq | kCpl)});
    ASSERT_TRUE(bench.sim.RunUntil([&] { return (bench.dut.irq() & 1) != 0; }, Cycles{1000}));
    ch.Submit({Nop(kIrq | kCpl)});
    bench.sim.Step(delay);

    ch.Write(SGDMA_CH_CAUSE, kCauseDone);
    const size_t seen = ch.TakeRecords().size();

    // Either the second record was there to be seen, or the level is high or will be.
    ASSERT_TRUE(seen == 2 ||
                bench.sim.RunUntil([&] { return (bench.dut.irq() & 1) != 0; }, Cycles{200}))
        << "delay " << delay;
  }
}

TEST(EngineInterrupt, ChannelsHaveLevelsOfTheirOwn) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  EngineBench bench;
  for (unsigned c = 0; c < 2; ++c) bench.channel(c).Start(4, 4);
  bench.channel(1).Run({Nop(kIrq)});
  EXPECT_EQ(bench.dut.irq(), 2u);
  bench.channel(0).Run({Nop(kIrq)});
  EXPECT_EQ(bench.dut.irq(), 3u);
  EXPECT_EQ(bench.registers.Read(SGDMA_GLB_IRQ_SUMMARY), 3u);
  bench.channel(1).TakeCauses();
  bench.sim.Step(4);
  EXPECT_EQ(bench.dut.irq(), 1u);
}

// IRQ with CPL: only after the B of the record. IRQ alone: only after the B of the data.
TEST(EngineInterrupt, IsRaisedAfterTheLastAnswerOfWhatItReports) {
  for (const uint16_t flags : {kIrq, static_cast<uint16_t>(kIrq | kCpl)}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    bench.port.SilenceWrites(flags == kIrq ? kDataIds : kControlIds);
    ch.Submit({bench.NewCopy(20, 0, 0, flags)});
    bench.sim.Step(200);
    EXPECT_EQ(bench.dut.irq(), 0u);
    EXPECT_EQ(ch.HeadRegister(), 0);

    bench.AnswerAll();

    EXPECT_TRUE(bench.sim.RunUntil([&] { return bench.dut.irq() == 1; }, Cycles{20}));
    EXPECT_EQ(ch.HeadRegister(), 1);
  }
}

// ---- Records and their ring ----

// F6: nothing is dropped, the channel stalls and goes on.
TEST(EngineCompletionRing, FullAndDrainedLateLosesNothing) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 2);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 12; ++i) work.push_back(bench.NewCopy(10 + i, 1, 1, kCpl | kIrq));
  ch.Submit(work);
  bench.sim.Step(2000);
  EXPECT_EQ(ch.HeadRegister(), 3) << "a ring of 4 holds 3 records";
  EXPECT_EQ(ch.Read(SGDMA_CH_CPL_INDEX), 3u);
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 0u);

  // One at a time.
  std::vector<Record> records;
  for (unsigned i = 0; i < 12; ++i) {
    ASSERT_TRUE(ch.WaitRecords(1));
    for (const Record& r : ch.TakeRecords(false)) records.push_back(r);
    ch.Acknowledge();
    bench.sim.Step(100);
    if (records.size() == 12) break;
  }
  ASSERT_EQ(records.size(), 12u);
  for (unsigned i = 0; i < 12; ++i) {
    EXPECT_EQ(records[i], (Record{.bytes = 10 + i, .slot = static_cast<uint16_t>(i)}));
    EXPECT_EQ(bench.CheckCopy(work[i]), "");
  }
}

TEST(EngineCompletionRing, FullOneHoldsPauseAbortAndErrorsWithoutLoss) {
  enum class Way { kPause, kAbort, kError };
  for (const Way way : {Way::kPause, Way::kAbort, Way::kError}) {
    SCOPED_TRACE(static_cast<int>(way));
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 2);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 5; ++i) work.push_back(bench.NewCopy(10 + i, 1, 1, kCpl));
    if (way == Way::kError) work.push_back(Descriptor{});
    ch.Submit(work);
    bench.sim.Step(1000);
    if (way == Way::kPause) {
      ch.Give(Command::kPause);
      ASSERT_TRUE(ch.WaitState(State::kPaused)) << "a record without space stays inside";
      EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 1u);
      ch.Give(Command::kResume);
    } else {
      if (way == Way::kAbort) ch.Give(Command::kAbort);
      bench.sim.Step(500);
      // The error stands behind ends that have no space yet, so it has not been found.
      EXPECT_EQ(ch.state(), way == Way::kAbort ? State::kDraining : State::kRun);
    }

    const std::vector<Record> records = ch.Records(static_cast<unsigned>(work.size()));
    ASSERT_EQ(records.size(), work.size());
    for (unsigned i = 0; i < 5; ++i) {
      EXPECT_EQ(records[i], (Record{.bytes = 10 + i, .slot = static_cast<uint16_t>(i)}));
    }
    EXPECT_TRUE(ch.WaitState(way == Way::kPause ? State::kRun : State::kHalted));
  }
}

// E19: whoever should drain it is gone. RESET needs no completion space.
TEST(EngineCompletionRing, FullOneIsLeftByReset) {
  for (const bool abort_first : {false, true}) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 2);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 8; ++i) work.push_back(bench.NewCopy(10 + i, 1, 1, kCpl));
    ch.Submit(work);
    bench.sim.Step(1000);
    if (abort_first) {
      ch.Give(Command::kAbort);
      bench.sim.Step(100);
      ASSERT_EQ(ch.state(), State::kDraining);
    }

    ch.Reset();

    EXPECT_EQ(ch.state(), State::kIdle);
    for (const Descriptor& d : work) {
      EXPECT_EQ(bench.CheckCopy(d, 0), "");
      bench.Reopen(d);
    }
    ch.Start(4, 4);
    EXPECT_EQ(ch.Run(work).size(), 8u);
    for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
  }
}

// C10: software answers a record between its last W beat and its B, in the smallest rings. No
// answer is refused.
TEST(EngineCompletionRing, RecordMayBeAnsweredBeforeItsB) {
  for (const uint32_t latency : {1u, 2u, 7u, 200u}) {
    SCOPED_TRACE(latency);
    EngineBench bench;
    bench.port.SetWriteLatency(Latency::Fixed(latency));
    EngineChannel& ch = bench.channel(0);
    ch.Start(2, 2);
    std::vector<Descriptor> work;
    for (unsigned i = 0; i < 60; ++i)
      work.push_back(bench.NewCopy(1 + i % 30, i % 8, (i * 3) % 8, kCpl | kIrq));
    std::vector<Record> records;
    unsigned given = 0;
    while (records.size() < work.size()) {
      const auto in_ring = static_cast<unsigned>(given - records.size());
      for (unsigned i = in_ring; i < 3 && given < work.size(); ++i) ch.Push(work[given++]);
      ch.RingDoorbell();
      EXPECT_FALSE(ch.TakeRefused());
      ASSERT_TRUE(bench.sim.RunUntil([&] { return ch.RecordThere(); }, Cycles{5000}));
      const std::vector<Record> some = ch.TakeRecords();
      EXPECT_FALSE(ch.TakeRefused());
      ch.NoteEnded(static_cast<unsigned>(some.size()));
      records.insert(records.end(), some.begin(), some.end());
    }
    for (unsigned i = 0; i < work.size(); ++i) {
      EXPECT_EQ(records[i], (Record{.bytes = work[i].len, .slot = static_cast<uint16_t>(i % 4)}));
      EXPECT_EQ(bench.CheckCopy(work[i]), "");
    }
  }
}

// C9: a record is polled between its beats: PHASE, in its very last bit, is right only when all of
// it is there.
TEST(EngineCompletionRing, PhaseIsTheLastBitOfARecordToBecomeVisible) {
  EngineBench bench;
  bench.port.SetStall(AxiChannel::kW, Stall::Bursts(0.5, 3, 9));
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 2);
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 15; ++i) work.push_back(bench.NewCopy(40 + i, i % 8, 2, kCpl));
  ch.Submit(work);
  for (unsigned i = 0; i < 15; ++i) {
    ASSERT_TRUE(bench.sim.RunUntil([&] { return ch.RecordThere(); }, Cycles{2000}));
    EXPECT_EQ(ch.TakeRecords(),
              (std::vector<Record>{{.bytes = 40 + i, .slot = static_cast<uint16_t>(i)}}));
  }
}

// A13: the destination is the channel's own completion ring: the channel lives, later work is
// exact.
TEST(EngineCompletionRing, CopyIntoItDoesNotStopTheChannel) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  bench.board.Declare("source", kSourceArea, 256, Permission::kRead);
  ch.Submit({CopyOf(kSourceArea, ch.completion_ring(), 256, kIrq)});
  ASSERT_TRUE(bench.sim.RunUntil([&] { return bench.dut.irq() == 1; }, Cycles{2000}));
  EXPECT_EQ(bench.memory.Bytes(ch.completion_ring(), 256), bench.memory.Bytes(kSourceArea, 256));

  const Descriptor next = bench.NewCopy(50, 1, 2, kCpl | kIrq);
  ch.TakeCauses();
  ch.Submit({next});
  ASSERT_TRUE(bench.sim.RunUntil([&] { return bench.dut.irq() == 1; }, Cycles{2000}));
  EXPECT_EQ(bench.CheckCopy(next), "");
  EXPECT_EQ(bench.memory.Bytes(ch.completion_ring(), 16).back() >> 7, 1);
}

// ---- QUIESCED and POSITION ----

TEST(EnginePosition, NamesTheOldestDescriptorAndItsProvenBytes) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(1000, 0, 0, kCpl);
  ch.Run({Nop()});
  bench.port.Arm(
      {.on = PortFault::On::kWriteBurst, .nth = 4, .ids = 1, .does = PortFault::Does::kSilence});
  ch.Submit({copy, Nop(kCpl)});
  bench.sim.Step(400);

  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 1u | 0xFFFF'0000u);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(ch.SlotAddress(1)));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_HI), 0u);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 3u * 16 * Dut::kDataBytes) << "three bursts are answered";
  EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 0u);
  EXPECT_NE(ch.Read(SGDMA_CH_OUT_DATA), 0u);

  bench.AnswerAll();
  EXPECT_EQ(ch.Records(2).size(), 2u);
  // The other words hold what the first one latched.
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 3u * 16 * Dut::kDataBytes);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 3u | 0xFFFF'0000u);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 0u);
}

TEST(EnginePosition, NamesTheEntryOfAnArray) {
  EngineBench bench;
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const uint64_t array = bench.NewArray({Nop(), bench.NewCopy(64), bench.NewCopy(200)});
  bench.port.Arm(
      {.on = PortFault::On::kWriteBurst, .nth = 3, .ids = 1, .does = PortFault::Does::kSilence});
  ch.Submit({Nop(), LinkTo(array, 3, kCpl)});
  bench.sim.Step(400);

  EXPECT_EQ(ch.Read(SGDMA_CH_POS_SLOT_INDEX), 1u | 2u << 16);
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_ADDR_LO), static_cast<uint32_t>(array + 32));
  EXPECT_EQ(ch.Read(SGDMA_CH_POS_BYTES), 16u * Dut::kDataBytes);
  bench.AnswerAll();
  EXPECT_EQ(ch.Records(1).size(), 1u);
}

TEST(EngineOutstanding, CountersNameWhatIsOpen) {
  struct Case {
    bool reads;
    uint64_t ids;
    uint32_t data;
    uint32_t control;
  };
  const Case cases[] = {
      {true, kControlIds, 0, 1u << SGDMA_CH_OUT_CTL_FETCHES_SHIFT},
      {true, kDataIds, 4, 0},  // 300 bytes are 3 bursts, 20 are one
      {false, kDataIds, 4u << SGDMA_CH_OUT_DATA_WRITES_SHIFT, 0},
      {false, kControlIds, 0, 2u << SGDMA_CH_OUT_CTL_RECORDS_SHIFT},
  };
  for (const Case& c : cases) {
    EngineBench bench;
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    if (c.reads) {
      bench.port.SilenceReads(c.ids);
    } else {
      bench.port.SilenceWrites(c.ids);
    }
    ch.Submit({bench.NewCopy(300, 0, 0, kCpl), bench.NewCopy(20, 0, 0, kCpl)});
    bench.sim.Step(200);

    EXPECT_EQ(ch.Read(SGDMA_CH_OUT_DATA), c.data);
    EXPECT_EQ(ch.Read(SGDMA_CH_OUT_CTL), c.control);
    EXPECT_EQ(ch.Read(SGDMA_CH_QUIESCED), 0u);

    bench.AnswerAll();
    EXPECT_EQ(ch.Records(2).size(), 2u);
  }
}

}  // namespace
}  // namespace tb
