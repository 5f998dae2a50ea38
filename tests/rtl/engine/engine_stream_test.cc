// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// SEND and RECV: packets out of memory and into it (fault-cases G1 to G4, G7, G8, F10).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {
namespace {

using Bytes = std::vector<uint8_t>;
using Records = std::vector<Record>;

Descriptor Send(uint64_t src, uint16_t len, uint16_t flags) {
  return {src, 0, len, static_cast<uint16_t>(static_cast<unsigned>(Opcode::kSend) | flags)};
}

Descriptor Recv(uint64_t dst, uint16_t len, uint16_t flags = kCpl) {
  return {0, dst, len, static_cast<uint16_t>(static_cast<unsigned>(Opcode::kRecv) | flags)};
}

Bytes Pattern(size_t size, unsigned seed) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(seed * 37 + i * 11 + i / 251);
  return bytes;
}

// Fresh memory for what is sent and what is received.
class StreamBench : public EngineBench {
 public:
  explicit StreamBench(const MemoryPortConfig& port = IdealPort(6)) : EngineBench(port) {}

  uint64_t Source(const Bytes& data, unsigned offset = 0) {
    const uint64_t at = next_src_ + offset;
    next_src_ += (data.size() + offset + 255) / 64 * 64;
    board.Declare("sent", at, data.size(), Permission::kRead);
    memory.Write(at, data);
    return at;
  }
  uint64_t Destination(size_t size, unsigned offset = 0) {
    const uint64_t at = next_dst_ + offset;
    next_dst_ += (size + offset + 255) / 64 * 64;
    board.Declare("received", at, size, Permission::kWrite);
    return at;
  }

 private:
  uint64_t next_src_ = kSourceArea + 0x10'0000;
  uint64_t next_dst_ = kDestinationArea + 0x10'0000;
};

TEST(EngineSend, OneDescriptorIsOnePacketOfAnyLengthAndAlignment) {
  for (const unsigned stall : {0u, 1u}) {
    StreamBench bench;
    StreamSink& sink = bench.AddSink(0, {.stall = stall ? Stall::Random(0.5) : Stall::Never()});
    EngineChannel& ch = bench.channel(0);
    ch.Start(10, 10);
    std::vector<Bytes> packets;
    std::vector<Descriptor> work;
    for (unsigned len = 1; len <= 3 * Dut::kDataBytes; ++len) {
      packets.push_back(Pattern(len, len));
      work.push_back(
          Send(bench.Source(packets.back(), len % 11), static_cast<uint16_t>(len), kEop | kCpl));
    }
    packets.push_back(Pattern(5000, 3));
    work.push_back(Send(bench.Source(packets.back(), 5), 5000, kEop | kCpl));

    const Records records = ch.Run(work);

    ASSERT_EQ(records.size(), work.size());
    bench.sim.Step(40);
    ASSERT_EQ(sink.packets().size(), packets.size());
    for (size_t i = 0; i < packets.size(); ++i) {
      EXPECT_EQ(records[i], (Record{.bytes = work[i].len, .slot = static_cast<uint16_t>(i)}));
      EXPECT_EQ(sink.packets()[i].bytes, packets[i]) << i;
      EXPECT_FALSE(sink.packets()[i].user);
    }
  }
}

// Bytes are packed across descriptors: only the beat with TLAST is partial (the checker sees it).
TEST(EngineSend, DescriptorsOfOnePacketFollowEachOtherWithoutHoles) {
  StreamBench bench;
  StreamSink& sink = bench.AddSink(0);
  EngineChannel& ch = bench.channel(0);
  ch.Start(10, 10);
  Bytes all;
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 60; ++i) {
    const Bytes part = Pattern(1 + i * 7 % 23, i);
    all.insert(all.end(), part.begin(), part.end());
    work.push_back(Send(bench.Source(part, i % 8), static_cast<uint16_t>(part.size()),
                        i == 59 ? kEop | kCpl : 0));
  }

  EXPECT_EQ(ch.Run(work).size(), 1u);

  bench.sim.Step(40);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_EQ(sink.packets()[0].bytes, all);
}

TEST(EngineSend, WaitsForOlderWrites) {
  StreamBench bench;
  StreamSink& sink = bench.AddSink(0);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Descriptor copy = bench.NewCopy(64, 0, 0, kCpl);
  const Bytes packet = Pattern(40, 1);
  bench.port.SilenceWrites(kDataIds);
  ch.Submit({copy, Send(bench.Source(packet), 40, kEop | kCpl)});
  bench.sim.Step(300);
  EXPECT_EQ(sink.bytes_taken(), 0u);

  bench.AnswerAll();

  EXPECT_EQ(ch.Records(2).size(), 2u);
  bench.sim.Step(20);
  ASSERT_EQ(sink.packets().size(), 1u);
  EXPECT_EQ(sink.packets()[0].bytes, packet);
}

// G7: a read error in mid-packet closes it with TUSER; the rest of the packet ends as SKIPPED.
TEST(EngineSend, CutByAnErrorThePacketIsClosedAndItsRestSkipped) {
  for (const bool carry_on : {false, true}) {
    SCOPED_TRACE(carry_on);
    StreamBench bench;
    StreamSink& sink = bench.AddSink(0);
    EngineChannel& ch = bench.channel(0);
    if (carry_on) {
      ch.WriteGlobal(SGDMA_GLB_CH_POLICY, 1);
      ch.Write(SGDMA_CH_POLICY, 1);
    }
    ch.Start(6, 6);
    const Bytes a = Pattern(13, 1), b = Pattern(64, 2), c = Pattern(9, 3), next = Pattern(21, 5);
    const uint64_t bad = bench.Source(b);
    bench.port.AddError({.base = bad + 24, .size = 8, .resp = AxiResp::kSlvErr});
    ch.Submit({Send(bench.Source(a), 13, kCpl), Send(bad, 64, kCpl), Send(bench.Source(c), 9, kCpl),
               Send(bench.Source(c), 9, kEop | kCpl), Send(bench.Source(next), 21, kEop | kCpl)});
    const Record error = {.bytes = 24,
                          .slot = 1,
                          .fault = bad + 24,
                          .status = Status::kSlvErr,
                          .where = Where::kRead};
    Records records;
    if (!carry_on) {
      ASSERT_TRUE(ch.WaitState(State::kHalted));
      records = ch.TakeRecords();
      EXPECT_EQ(records, (Records{{.bytes = 13, .slot = 0}, error}));
      ch.Give(Command::kRetry);
      EXPECT_TRUE(ch.TakeRefused()) << "bytes of the packet are out";
      ch.Give(Command::kSkip);
      EXPECT_FALSE(ch.TakeRefused());
      records = ch.Records(3);
    } else {
      records = ch.Records(5);
      ASSERT_EQ(records.size(), 5u);
      EXPECT_EQ(records[1], error);
      records.erase(records.begin(), records.begin() + 2);
    }
    EXPECT_EQ(records, (Records{{.slot = 2, .fault = ch.SlotAddress(2), .status = Status::kSkipped},
                                {.slot = 3, .fault = ch.SlotAddress(3), .status = Status::kSkipped},
                                {.bytes = 21, .slot = 4}}));
    bench.sim.Step(40);
    ASSERT_EQ(sink.packets().size(), 2u);
    Bytes first = a;
    first.insert(first.end(), b.begin(), b.begin() + 24);
    EXPECT_EQ(sink.packets()[0].bytes, first);
    EXPECT_TRUE(sink.packets()[0].user);
    EXPECT_EQ(sink.packets()[1].bytes, next);
    EXPECT_FALSE(sink.packets()[1].user);
  }
}

// G7: at every cycle, and with a sink that is never ready.
TEST(EngineSend, AbortAtEveryCycleClosesThePacket) {
  for (unsigned cycle = 0; cycle < 70; ++cycle) {
    for (const bool dead : {false, true}) {
      SCOPED_TRACE(std::to_string(cycle) + (dead ? " dead sink" : ""));
      StreamBench bench;
      StreamSink& sink = bench.AddSink(0);
      if (dead) sink.SetStall(Stall::Always());
      EngineChannel& ch = bench.channel(0);
      ch.Start(4, 4);
      const Bytes packet = Pattern(100, 1);
      ch.Submit({Send(bench.Source(packet), 100, kEop | kCpl)});
      bench.sim.Step(cycle);
      ch.Give(Command::kAbort);
      ASSERT_TRUE(ch.WaitState(State::kHalted));
      const Records records = ch.TakeRecords();
      sink.SetStall(Stall::Never());
      bench.sim.Step(40);

      const uint32_t done = records.empty() ? 0 : records[0].bytes;
      EXPECT_TRUE(sink.begun().empty());
      if (done == 0) {
        EXPECT_TRUE(sink.packets().empty());
      } else {
        ASSERT_EQ(sink.packets().size(), 1u);
        EXPECT_EQ(sink.packets()[0].bytes, Bytes(packet.begin(), packet.begin() + done));
        EXPECT_EQ(sink.packets()[0].user, done != 100);
      }
    }
  }
}

// ---- RECV ----

TEST(EngineRecv, EachPacketEndsItsDescriptor) {
  for (unsigned gaps = 0; gaps < 2; ++gaps) {
    StreamBench bench(gaps ? StallingPort(3) : IdealPort(6));
    StreamSource& source = bench.AddSource(0, {.gap = gaps ? Stall::Random(0.4) : Stall::Never()});
    EngineChannel& ch = bench.channel(0);
    ch.Start(10, 10);
    std::vector<Descriptor> work;
    std::vector<Bytes> packets;
    for (unsigned len = 0; len <= 3 * Dut::kDataBytes; ++len) {
      packets.push_back(Pattern(len, len));
      source.Send({.bytes = packets.back()});
      work.push_back(Recv(bench.Destination(300, len % 9), 300));
    }

    const Records records = ch.Run(work);

    ASSERT_EQ(records.size(), work.size());
    for (size_t i = 0; i < work.size(); ++i) {
      EXPECT_EQ(records[i], (Record{.bytes = static_cast<uint32_t>(packets[i].size()),
                                    .slot = static_cast<uint16_t>(i),
                                    .eop = true}));
      EXPECT_EQ(bench.memory.Bytes(work[i].dst, packets[i].size()), packets[i]) << i;
    }
  }
}

// G2: a packet longer than its buffers goes on in the next ones, bytes packed across them.
TEST(EngineRecv, LongPacketFillsBufferAfterBuffer) {
  StreamBench bench;
  StreamSource& source = bench.AddSource(0);
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 8);
  const Bytes packet = Pattern(1000, 4);
  source.Send({.bytes = packet});
  std::vector<Descriptor> work;
  Records expected;
  unsigned begin = 0;
  for (unsigned i = 0; begin < packet.size(); ++i) {
    const unsigned len = 1 + i * 13 % 61;
    const unsigned got = std::min<unsigned>(len, static_cast<unsigned>(packet.size()) - begin);
    work.push_back(Recv(bench.Destination(len, i % 8), static_cast<uint16_t>(len)));
    begin += got;
    expected.push_back(
        {.bytes = got, .slot = static_cast<uint16_t>(i), .eop = begin == packet.size()});
  }

  EXPECT_EQ(ch.Run(work), expected);

  begin = 0;
  for (size_t i = 0; i < work.size(); ++i) {
    const Bytes part(packet.begin() + begin, packet.begin() + begin + expected[i].bytes);
    EXPECT_EQ(bench.memory.Bytes(work[i].dst, part.size()), part) << i;
    begin += expected[i].bytes;
  }
}

TEST(EngineRecv, GoesAmongCopiesInOrder) {
  StreamBench bench(IdealPort(20));
  StreamSource& source = bench.AddSource(0);
  EngineChannel& ch = bench.channel(0);
  ch.Start(8, 8);
  std::vector<Descriptor> work;
  std::vector<Bytes> packets;
  for (unsigned i = 0; i < 20; ++i) {
    work.push_back(bench.NewCopy(30 + 9 * i, i % 8, 3, kCpl));
    packets.push_back(Pattern(20 + 5 * i, i));
    source.Send({.bytes = packets.back()});
    work.push_back(Recv(bench.Destination(200, i % 5), 200));
  }

  EXPECT_EQ(ch.Run(work).size(), 40u);

  for (unsigned i = 0; i < 20; ++i) {
    EXPECT_EQ(bench.CheckCopy(work[2 * i]), "");
    EXPECT_EQ(bench.memory.Bytes(work[2 * i + 1].dst, packets[i].size()), packets[i]);
  }
}

// G3, G8: TKEEP with holes, and TUSER at TLAST.
TEST(EngineRecv, BadPacketsEndAsStreamErrors) {
  for (const bool hole : {false, true}) {
    StreamBench bench;
    StreamSource& source = bench.AddSource(0);
    EngineChannel& ch = bench.channel(0);
    ch.Start(4, 4);
    const Bytes packet = Pattern(20, 1), next = Pattern(30, 2);
    const uint64_t dst = bench.Destination(100);
    const uint64_t dst2 = bench.Destination(100);
    if (hole) source.BreakOnce(StreamBreak::kHole);
    source.Send({.bytes = packet, .user = !hole});
    source.Send({.bytes = next});
    ch.Submit({Recv(dst, 100), Recv(dst2, 100)});

    ASSERT_TRUE(ch.WaitState(State::kHalted));
    const Records records = ch.TakeRecords();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].status, Status::kStreamError);
    EXPECT_EQ(records[0].where, Where::kStream);
    EXPECT_EQ(records[0].bytes, hole ? 0u : 20u);
    EXPECT_EQ(records[0].fault, dst + records[0].bytes);
    ch.Give(Command::kSkip);
    EXPECT_EQ(ch.Records(1), (Records{{.bytes = 30, .slot = 1, .eop = true}}));
    EXPECT_EQ(bench.memory.Bytes(dst2, 30), next);
    if (hole) bench.Forgive();  // the checker saw it too
  }
}

// G4: nothing is taken and the wait is counted; then not a byte is missing.
TEST(EngineRecv, WithoutADescriptorTheStreamWaitsAndIsCounted) {
  StreamBench bench;
  StreamSource& source = bench.AddSource(0);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Bytes packet = Pattern(50, 1);
  source.Send({.bytes = packet});
  bench.sim.Step(500);
  EXPECT_FALSE(source.idle());
  EXPECT_GE(ch.Read(SGDMA_CH_CNT_STREAM_STALL), 450u);
  const uint64_t dst = bench.Destination(64);

  EXPECT_EQ(ch.Run({Recv(dst, 64)}), (Records{{.bytes = 50, .slot = 0, .eop = true}}));

  EXPECT_EQ(bench.memory.Bytes(dst, 50), packet);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_STREAM_DISCARD), 0u);
}

// F10: a RECV that waits for ever holds back nobody's ABORT; what was taken is thrown away to
// TLAST.
TEST(EngineRecv, AbortInMidPacketDiscardsItsRest) {
  StreamBench bench;
  StreamSource& source = bench.AddSource(0);
  EngineChannel& ch = bench.channel(0);
  ch.Start(4, 4);
  const Bytes head = Pattern(40, 1), rest = Pattern(30, 2), next = Pattern(25, 3);
  source.Send({.bytes = head, .last = false});
  ch.Submit({Recv(bench.Destination(4000), 4000)});
  bench.sim.Step(500);
  ch.Give(Command::kAbort);
  ASSERT_TRUE(ch.WaitState(State::kHalted));
  EXPECT_EQ(ch.TakeRecords(), Records{}) << "nothing was written yet";

  source.Send({.bytes = rest});
  source.Send({.bytes = next});
  bench.sim.Step(200);
  ch.Restart();
  const uint64_t dst = bench.Destination(64);
  EXPECT_EQ(ch.Run({Recv(dst, 64)}), (Records{{.bytes = 25, .slot = 0, .eop = true}}));
  EXPECT_EQ(bench.memory.Bytes(dst, 25), next);
  EXPECT_EQ(ch.Read(SGDMA_CH_CNT_STREAM_DISCARD), 70u);
}

// A stalled sink takes nothing from another channel.
TEST(EngineStreams, StalledSinkLeavesTheOtherChannelAlone) {
  if (Dut::kChannels < 2) GTEST_SKIP() << "one channel";
  StreamBench bench;
  StreamSink& sink = bench.AddSink(0, {.stall = Stall::Always()});
  EngineChannel& ch = bench.channel(0);
  EngineChannel& other = bench.channel(1);
  ch.Start(4, 4);
  other.Start(6, 6);
  const Bytes packet = Pattern(3000, 1);
  ch.Submit({Send(bench.Source(packet), 3000, kEop | kCpl)});
  std::vector<Descriptor> work;
  for (unsigned i = 0; i < 20; ++i) work.push_back(bench.NewCopy(500, i % 8, 0, kCpl));

  EXPECT_EQ(other.Run(work).size(), 20u);

  for (const Descriptor& d : work) EXPECT_EQ(bench.CheckCopy(d), "");
  sink.SetStall(Stall::Never());
  EXPECT_EQ(ch.Records(1), (Records{{.bytes = 3000, .slot = 0}}));
}

}  // namespace
}  // namespace tb
