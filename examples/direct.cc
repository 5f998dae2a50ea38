// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The classic DMA controller: program source, destination and count, and go.
//
//   CPU ── source, destination, count, go ──► engine ── reads, writes ──► memory
//    ▲                                          │
//    └──────────── record, interrupt ◄──────────┘
//
// No descriptor in memory, no doorbell. The registers hold one transfer: while it runs, another
// one is refused. That is the price, and the reason for rings (sg_list.cc, doorbell.cc).

#include "support/example.h"

using namespace tb;

int Example() {
  Host host;  // engine, bus, IOMMU, memory, and the driver on its platform
  sgdma_chan_t* const chan = host.chan();
  const Buffer src = host.Map(1000, Pattern::Random());
  const Buffer dst = host.Map(1000);

  sgdma_cookie_t cookie = 0;
  const uint64_t accesses = host.platform().hal.register_accesses();
  const uint64_t start = host.sim().now();
  Must(sgdma_direct_copy(chan, dst.iova(), src.iova(), 1000, 0, &cookie));
  const uint64_t running = host.sim().now();
  std::printf("programmed: %d register accesses of the driver, %d cycles\n",
              static_cast<int>(host.platform().hal.register_accesses() - accesses),
              static_cast<int>(running - start));

  sgdma_cookie_t second = 0;
  const sgdma_result_t refused = sgdma_direct_copy(chan, dst.iova(), src.iova(), 8, 0, &second);
  std::printf("a second one meanwhile: %s\n", sgdma_result_name(refused));

  const bool interrupt = host.RunUntilIrq(Cycles{10'000});
  sgdma_handle_irq(chan);
  std::printf("interrupt: %s, %d cycles after the last register write\n", YesNo(interrupt),
              static_cast<int>(host.sim().now() - running));

  const bool right = sgdma_status(chan, cookie) == SGDMA_COMPLETE && dst.bytes() == src.bytes();
  std::printf("1000 bytes arrived: %s\n", YesNo(right));
  return Finish(host, right && interrupt && refused == SGDMA_AGAIN);
}

int main() { return Run(Example); }
