// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// When does a DMA engine pay? A block comes to memory in three ways, and the clock runs:
//
//   words    the CPU reads a register of a peripheral for each 4 bytes, and stores them
//   DIRECT   source, destination and count into registers, then polling the record
//   ring     a descriptor in memory and a doorbell, then polling the record
//
//   example_crossover [--json] [--latency N] [--register-cycles N]
//
// N: cycles of the memory; cycles that a bridge adds to each register access. Counted is what the
// CPU does at registers and memory, not what it does inside itself.

#include "sgdma/sgdma_regs.h"
#include "support/example.h"

using namespace tb;

enum Column { kBytes, kWords, kDirect, kRing };

std::vector<uint64_t> Measure(Host& host, uint32_t bytes) {
  const Buffer src = host.Map(bytes, Pattern::Random(), {.offset = 0});
  const Buffer dst = host.Map(bytes, {.offset = 0});
  sgdma_chan_t* const chan = host.chan();
  const sgdma_hal_t* const hal = host.platform().hal.table();
  const uint64_t words = CyclesOf(host, [&] {
    for (uint32_t i = 0; i < bytes; i += 4) {
      static_cast<void>(hal->read32(hal->ctx, SGDMA_GLB_SCRATCH));
      host.sim().Step(1);  // the store
    }
  });
  sgdma_cookie_t cookie = 0;
  const uint64_t direct = BestOfThree(host, [&] {
    Must(sgdma_direct_copy(chan, dst.iova(), src.iova(), bytes, 0, &cookie));
    while (sgdma_status(chan, cookie) == SGDMA_IN_PROGRESS) sgdma_poll(chan);
  });
  const uint64_t ring = BestOfThree(host, [&] {
    Must(sgdma_prep_memcpy(chan, dst.iova(), src.iova(), bytes, SGDMA_CPL, &cookie));
    Must(sgdma_issue_pending(chan));
    while (sgdma_status(chan, cookie) == SGDMA_IN_PROGRESS) sgdma_poll(chan);
  });
  sgdma_handle_irq(chan);
  if (dst.bytes() != src.bytes()) throw std::runtime_error("a byte is wrong");
  return {bytes, words, direct, ring};
}

// The first size from which on `way` is never slower than word by word; 0: there is none.
uint64_t PaysFrom(const Table& table, Column way) {
  uint64_t first = 0;
  for (const auto& row : table.rows) {
    if (row[way] > row[kWords])
      first = 0;
    else if (first == 0)
      first = row[kBytes];
  }
  return first;
}

int Example(int argc, char** argv) {
  const Latency latency = Latency::Fixed(NumberOption(argc, argv, "--latency", 30));
  const uint32_t bridge = NumberOption(argc, argv, "--register-cycles", 0);
  Host host({.platform = {.port = {.read_latency = latency, .write_latency = latency},
                          .hal = {.register_cycles = bridge}}});
  Table table{.columns = {"bytes", "words", "direct", "ring"}};
  for (uint32_t bytes = 4; bytes <= 32768; bytes *= 2) table.rows.push_back(Measure(host, bytes));
  table.facts = {{"direct_pays_from", PaysFrom(table, kDirect)},
                 {"ring_pays_from", PaysFrom(table, kRing)}};
  table.Print(HasOption(argc, argv, "--json"));
  return Finish(host, PaysFrom(table, kDirect) != 0 && PaysFrom(table, kRing) != 0);
}

int main(int argc, char** argv) {
  return Run([&] { return Example(argc, argv); });
}
