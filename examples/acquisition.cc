// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Acquisition without end: a converter sends samples for ever, as one packet that never ends.
//
//   converter ──► stream ──► | period | period | period | ...      an interrupt for each that is
//   full
//                               ▲                   │
//                               └─ give, refill ◄─ take
//
// As long as software is back before 8 periods are full, nothing waits. Then the engine has no
// place for a sample, and the stream stalls; for a converter, that can not wait, each cycle of the
// stall is an overrun. The engine counts them, and never overwrites what nobody has seen. (The
// converter here does wait, so all that arrives can be compared.)

#include "support/example.h"

using namespace tb;

constexpr uint32_t kBuffers = 8;
constexpr uint32_t kBytes = 512;
constexpr uint32_t kPeriods = 24;  // between two looks at the count

int Example() {
  Host host;
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
  host.sim().Step(200);  // the buffers are there before the first sample
  const Bytes signal = host.RandomBytes(5 * kPeriods * kBytes);
  host.source().SetGap(Stall::Random(0.8));  // a sample of 8 bytes in about 5 cycles
  host.source().Send({.bytes = signal, .last = false});

  uint32_t periods = 0, wrong = 0;
  sgdma_counters_t counters{}, before{};
  for (const uint64_t away : {0, 1000, 2000, 4000, 8000}) {
    Must(sgdma_read_counters(chan, &before));
    host.sim().Step(away);  // software does something else
    for (const uint32_t end = periods + kPeriods; periods < end;) {
      if (!host.RunUntilIrq(Cycles{20'000})) throw std::runtime_error("no interrupt came");
      sgdma_handle_irq(chan);
      for (sgdma_buffer_t* taken; sgdma_rx_take(&rx, &taken) == SGDMA_OK; ++periods) {
        const Bytes samples = Look(memory, taken->iova - memory.iova(), kBytes);
        wrong += !std::equal(samples.begin(), samples.end(), signal.begin() + periods * kBytes);
        Must(sgdma_rx_give(&rx));
      }
      Must(sgdma_rx_refill(&rx, nullptr));
    }
    Must(sgdma_read_counters(chan, &counters));
    std::printf("away for %4d cycles: %3u periods so far, %u wrong; the stream waited %u\n",
                static_cast<int>(away), periods, wrong,
                counters.stream_stall_cycles - before.stream_stall_cycles);
  }
  Must(sgdma_terminate(chan));
  return Finish(host, wrong == 0 && counters.stream_stall_cycles > before.stream_stall_cycles);
}

int main() { return Run(Example); }
