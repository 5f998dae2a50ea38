// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A peripheral with a FIFO: it says when it wants data, and every word goes to the same address.
//
//   memory ──► engine ── FIXED bursts of 8 words ──► register ► FIFO ► loudspeaker
//                 ▲ └──────── DACK: that was the burst ──────────┤
//                 └───────── DRQ: there is room for a burst ─────┘
//
// The pace is the peripheral's: one word each 50 cycles. Without DRQ the engine would drown it.

#include "support/example.h"

using namespace tb;

int Example() {
  sgdma_tuning_t tuning{};
  tuning.mode = SGDMA_PACE_DEMAND;
  tuning.element_bytes = 4;  // a word of the peripheral
  tuning.fixed_beats = 8;    // of each burst
  Host host({.channel = {.tuning = tuning}});
  sgdma_chan_t* const chan = host.chan();
  const auto fifo = host.platform().AddFifo(FifoPeripheral::Kind::kSink,
                                            {.depth = 32, .threshold = 8, .period = 50});
  const Buffer samples = host.Map(1024, Pattern::Random());

  sgdma_cookie_t cookie = 0;
  Must(sgdma_prep_memcpy(chan, fifo.iova, samples.iova(), 1024, SGDMA_NOTIFY | SGDMA_DST_FIXED,
                         &cookie));
  Must(sgdma_issue_pending(chan));
  const uint64_t start = host.sim().now();
  for (uint32_t words = 0; words < 256; words += 64) {
    host.platform().hal.RunUntil([&] { return fifo.device.taken().size() >= 4 * words; },
                                 Cycles{20'000});
    std::printf("cycle %5llu: %3u words played, %2u in the FIFO, %2llu bursts asked for and sent\n",
                static_cast<unsigned long long>(host.sim().now() - start), words,
                fifo.device.fill(), static_cast<unsigned long long>(fifo.device.dacks()));
  }
  host.RunUntilIrq(Cycles{20'000});
  sgdma_handle_irq(chan);
  host.platform().hal.RunUntil([&] { return fifo.device.drained(); }, Cycles{20'000});

  const bool right =
      sgdma_status(chan, cookie) == SGDMA_COMPLETE && fifo.device.taken() == samples.bytes();
  std::printf("256 words, each once and in order: %s\n", YesNo(right));
  return Finish(host, right);
}

int main() { return Run(Example); }
