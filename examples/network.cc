// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A network card: packets come when they like, so buffers wait for them.
//
//   wire ──► engine ──► | buffer | buffer | buffer | ...      a packet ends its buffer
//                          ▲                        │         (longer ones would take several)
//                          └── give, refill ◄─ take ┘
//
// The client takes the filled buffers in order, looks at `received`, and gives them back; a refill
// posts all of them with one doorbell. Interrupts are coalesced: one for 8 packets, or 20 us after
// the first.

#include "support/example.h"

using namespace tb;

constexpr uint32_t kBuffers = 16;
constexpr uint32_t kBytes = 1536;
constexpr uint32_t kPackets = 100;

int Example() {
  sgdma_coalescing_t coalescing{};
  coalescing.count = 8;
  coalescing.time_cycles = 2000;
  Host host({.channel = {.coalescing = coalescing}});
  sgdma_chan_t* const chan = host.chan();
  const Buffer memory = host.Map(kBuffers * kBytes);
  std::vector<sgdma_buffer_t> buffers(kBuffers);
  for (uint32_t i = 0; i < kBuffers; ++i) {
    buffers[i].iova = memory.iova() + i * kBytes;
    buffers[i].len = kBytes;
  }
  sgdma_rx_t rx;
  Must(sgdma_rx_open(&rx, chan, buffers.data(), kBuffers, SGDMA_IRQ, nullptr, nullptr));
  Must(sgdma_rx_refill(&rx, nullptr));

  std::vector<Bytes> sent;
  host.source().SetGap(Stall::Random(0.5));  // a wire half as fast as the bus
  for (uint32_t i = 0; i < kPackets; ++i) {
    sent.push_back(host.RandomBytes(60 + i * 37 % 1455));
    host.source().Send({.bytes = sent.back()});
  }
  uint32_t got = 0, right = 0, interrupts = 0;
  uint64_t bytes = 0;
  while (got < kPackets && host.RunUntilIrq(Cycles{20'000})) {
    sgdma_handle_irq(chan);
    ++interrupts;
    for (sgdma_buffer_t* taken; sgdma_rx_take(&rx, &taken) == SGDMA_OK;) {
      const Bytes packet = Look(memory, taken->iova - memory.iova(), taken->received);
      right += taken->eop && packet == sent[got];
      bytes += taken->received;
      ++got;
      Must(sgdma_rx_give(&rx));
    }
    Must(sgdma_rx_refill(&rx, nullptr));
  }
  Must(sgdma_terminate(chan));  // the posted buffers come back

  std::printf("%u packets, %llu bytes: %u interrupts and as many doorbells, %.1f packets each\n",
              got, static_cast<unsigned long long>(bytes), interrupts,
              double{kPackets} / interrupts);
  std::printf("each once, in order, every byte right: %s\n", YesNo(right == kPackets));
  return Finish(host, right == kPackets && interrupts < kPackets);
}

int main() { return Run(Example); }
