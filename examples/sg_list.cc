// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Scatter-gather: a packet that lies in pieces becomes whole, in one transaction.
//
//   header ──┐
//   payload ─┼──► packet          ring: | COPY | COPY | COPY, IRQ and record |
//   trailer ─┘
//
// Then a list of 500 pieces, far longer than the ring: the descriptors go into an array in memory,
// and the ring holds one LINK to it.
//
//   ring: | LINK ──► [ COPY, COPY, ... 500 ]

#include "support/example.h"

using namespace tb;

// Issues what was prepared, and waits for its interrupt.
void RunToTheEnd(Host& host, const char* what) {
  const uint64_t start = host.sim().now();
  Must(sgdma_issue_pending(host.chan()));
  if (!host.RunUntilIrq(Cycles{100'000})) throw std::runtime_error("no interrupt came");
  std::printf("%s: %llu cycles from doorbell to interrupt\n", what,
              static_cast<unsigned long long>(host.sim().now() - start));
  sgdma_handle_irq(host.chan());
}

int Example() {
  Host host;
  sgdma_cookie_t cookie = 0;

  const Buffer header = host.Map(14, Pattern::Random());
  const Buffer payload = host.Map(1460, Pattern::Random());
  const Buffer trailer = host.Map(4, Pattern::Random());
  const Buffer packet = host.Map(14 + 1460 + 4);
  const sgdma_segment_t pieces[] = {{header.iova(), packet.iova(), 14},
                                    {payload.iova(), packet.iova() + 14, 1460},
                                    {trailer.iova(), packet.iova() + 1474, 4}};
  Must(sgdma_prep_sg(host.chan(), pieces, 3, SGDMA_NOTIFY, &cookie));
  RunToTheEnd(host, "3 pieces, 3 slots of the ring");
  bool right = packet.bytes() == Concat({header, payload, trailer});

  // Every second 64 bytes of one buffer, packed.
  const Buffer table = host.Map(500 * 128, Pattern::Random());
  const Buffer packed = host.Map(500 * 64);
  sgdma_array_t array = ListMemory(host, 500);
  std::vector<sgdma_segment_t> list;
  Bytes want;
  const Bytes all = table.PeekBytes();
  for (uint32_t i = 0; i < 500; ++i) {
    list.push_back({table.iova() + 128 * i, packed.iova() + 64 * i, 64});
    want.insert(want.end(), all.begin() + 128 * i, all.begin() + 128 * i + 64);
  }
  Must(sgdma_prep_list(host.chan(), &array, 1, list.data(), list.size(), SGDMA_NOTIFY, &cookie));
  RunToTheEnd(host, "500 pieces, 1 slot of the ring");
  right = right && packed.bytes() == want;

  std::printf("every byte is right: %s\n", YesNo(right));
  return Finish(host, right);
}

int main() { return Run(Example); }
