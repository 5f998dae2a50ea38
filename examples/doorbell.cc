// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// One doorbell for many: to prepare a transfer is to write 16 bytes of memory; the doorbell, a
// register write, hands everything prepared over. With one record and one interrupt for the whole
// batch besides, that is what makes small transfers cheap.
//
//   prep, prep, prep, ... ──► issue_pending ──► one interrupt
//
// 512 copies of 64 bytes, where a bridge makes each register access 20 cycles longer.

#include "support/example.h"

using namespace tb;

constexpr uint32_t kCopies = 512;
constexpr uint32_t kBytes = 64;

void CopyAll(Host& host, const Buffer& dst, const Buffer& src, uint32_t batch) {
  sgdma_chan_t* const chan = host.chan();
  sgdma_cookie_t cookie = 0;
  for (uint32_t i = 0; i < kCopies; ++i) {
    const bool last_of_batch = (i + 1) % batch == 0;
    host.platform().hal.RunUntil([&] { return sgdma_room(chan) > 0; }, Cycles{10'000});
    Must(sgdma_prep_memcpy(chan, dst.iova() + i * kBytes, src.iova() + i * kBytes, kBytes,
                           last_of_batch ? SGDMA_NOTIFY : 0, &cookie));
    if (last_of_batch) Must(sgdma_issue_pending(chan));
  }
  host.RunUntilEnded(cookie);
}

int Example() {
  std::printf("batch   cycles  register accesses  interrupts     for each copy\n");
  bool right = true;
  uint64_t one_by_one = 0;
  uint64_t cycles = 0;
  for (uint32_t batch = 1; batch <= 64; batch *= 2) {
    Host host({.platform = {.hal = {.register_cycles = 20}},
               .channel = {.sub_log2 = 8, .cpl_log2 = 8, .tx_log2 = 9}});
    const CosimHal& hal = host.platform().hal;
    host.TakeInterrupts();
    const Buffer src = host.Map(kCopies * kBytes, Pattern::Random());
    const Buffer dst = host.Map(kCopies * kBytes);
    const uint64_t accesses = hal.register_accesses();
    const uint64_t start = host.sim().now();

    CopyAll(host, dst, src, batch);

    cycles = host.sim().now() - start;
    if (batch == 1) one_by_one = cycles;
    std::printf("%5u  %7.1f  %17.2f  %10.3f\n", batch, static_cast<double>(cycles) / kCopies,
                static_cast<double>(hal.register_accesses() - accesses) / kCopies,
                static_cast<double>(hal.handler_entries()) / kCopies);
    right = dst.bytes() == src.bytes() && Finish(host) == 0 && right;
  }
  std::printf("the largest batch is %.1f times as fast as one by one; every byte is right: %s\n",
              static_cast<double>(one_by_one) / static_cast<double>(cycles), YesNo(right));
  return right && cycles < one_by_one ? 0 : 1;
}

int main() { return Run(Example); }
