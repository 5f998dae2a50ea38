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

#include <vector>

#include "sgdma/sgdma_regs.h"
#include "support/example.h"

using namespace tb;

struct Row {
  uint32_t bytes;
  uint64_t words, direct, ring;
};

uint64_t WordByWord(Host& host, uint32_t bytes) {
  const uint64_t start = host.sim().now();
  const sgdma_hal_t* hal = host.platform().hal.table();
  for (uint32_t i = 0; i < bytes; i += 4) {
    static_cast<void>(hal->read32(hal->ctx, SGDMA_GLB_SCRATCH));
    host.sim().Step(1);  // the store
  }
  return host.sim().now() - start;
}

// The best of three, from before the driver's call until its status says complete.
template <typename Submit>
uint64_t Best(Host& host, Submit&& submit) {
  uint64_t best = ~uint64_t{0};
  for (int i = 0; i < 3; ++i) {
    const uint64_t start = host.sim().now();
    const sgdma_cookie_t cookie = submit();
    while (sgdma_status(host.chan(), cookie) == SGDMA_IN_PROGRESS) sgdma_poll(host.chan());
    best = std::min(best, host.sim().now() - start);
  }
  return best;
}

Row Measure(Host& host, uint32_t bytes) {
  const Buffer src = host.Map(bytes, Pattern::Random(), {.offset = 0});
  const Buffer dst = host.Map(bytes, {.offset = 0});
  sgdma_cookie_t cookie = 0;
  const auto direct = [&] {
    Must(sgdma_direct_copy(host.chan(), dst.iova(), src.iova(), bytes, 0, &cookie));
    return cookie;
  };
  const auto ring = [&] {
    Must(sgdma_prep_memcpy(host.chan(), dst.iova(), src.iova(), bytes, SGDMA_CPL, &cookie));
    Must(sgdma_issue_pending(host.chan()));
    return cookie;
  };
  const Row row{bytes, WordByWord(host, bytes), Best(host, direct), Best(host, ring)};
  sgdma_handle_irq(host.chan());
  if (dst.bytes() != src.bytes()) throw std::runtime_error("a byte is wrong");
  return row;
}

// The first size from which on `way` is never slower than word by word.
uint32_t Crossover(const std::vector<Row>& rows, uint64_t Row::*way) {
  const auto slow = std::find_if(rows.rbegin(), rows.rend(),
                                 [&](const Row& row) { return row.*way > row.words; });
  return slow == rows.rbegin() ? 0 : slow.base()->bytes;
}

int Example(int argc, char** argv) {
  const bool json = HasOption(argc, argv, "--json");
  const Latency latency = Latency::Fixed(NumberOption(argc, argv, "--latency", 30));
  const uint32_t bridge = NumberOption(argc, argv, "--register-cycles", 0);
  Host host({.platform = {.port = {.read_latency = latency, .write_latency = latency},
                          .hal = {.register_cycles = bridge}}});
  std::vector<Row> rows;
  for (uint32_t bytes = 4; bytes <= 32768; bytes *= 2) rows.push_back(Measure(host, bytes));
  std::printf(json ? "{\"rows\": [\n" : "   bytes     words    DIRECT      ring   (cycles)\n");
  for (const Row& row : rows) {
    std::printf(json ? "{\"bytes\": %u, \"words\": %llu, \"direct\": %llu, \"ring\": %llu}%s\n"
                     : "%8u  %8llu  %8llu  %8llu%s\n",
                row.bytes, static_cast<unsigned long long>(row.words),
                static_cast<unsigned long long>(row.direct),
                static_cast<unsigned long long>(row.ring),
                json && row.bytes != rows.back().bytes ? "," : "");
  }
  const uint32_t direct = Crossover(rows, &Row::direct);
  const uint32_t ring = Crossover(rows, &Row::ring);
  std::printf(json ? "], \"direct_pays_from\": %u, \"ring_pays_from\": %u}\n"
                   : "DIRECT pays from %u bytes on, the ring from %u\n",
              direct, ring);
  return Finish(host, direct != 0 && ring != 0);
}

int main(int argc, char** argv) {
  return Run([&] { return Example(argc, argv); });
}
