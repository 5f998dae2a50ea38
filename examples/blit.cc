// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Rectangles: a screen is cleared, a frame is drawn and a sprite put on it, turned upside down by a
// negative stride. Two descriptors each: STRIDE says how often and how far apart, the transfer
// behind it is one row.
//
//   ring: | FILL | STRIDE 12 x 64 | FILL 40 | STRIDE 6 x 64, -16 | COPY 16 |
//
// Writes of a channel reach memory in order, so the younger paints over the older: no fence.

#include "support/example.h"

using namespace tb;

constexpr uint32_t kWidth = 64;  // pixels of one byte
constexpr uint32_t kHeight = 16;

int Example() {
  Host host;
  sgdma_chan_t* const chan = host.chan();
  const std::string art =
      "    ___V___     "
      "   /       \\    "
      "  |  o   o  |   "
      "  |    ^    |   "
      "   \\  ---  /    "
      "    \\_____/     ";
  const Buffer sprite = host.Map(art.size(), Pattern::Fill(0));
  Change(sprite, 0, Bytes(art.begin(), art.end()));
  const Buffer screen = host.Map(kWidth * kHeight);
  const auto at = [&](uint32_t x, uint32_t y) { return screen.iova() + y * kWidth + x; };

  sgdma_cookie_t cookie = 0;
  const sgdma_rows_t frame = {.src = 0,
                              .dst = at(12, 2),
                              .src_stride = 0,
                              .dst_stride = kWidth,
                              .row_bytes = 40,
                              .rows = 12,
                              .fill = true,
                              .pattern = 0x3A3A3A3A};
  const sgdma_rows_t face = {.src = sprite.iova() + 5 * 16,
                             .dst = at(24, 5),
                             .src_stride = -16,
                             .dst_stride = kWidth,
                             .row_bytes = 16,
                             .rows = 6,
                             .fill = false,
                             .pattern = 0};
  Must(sgdma_prep_memset(chan, screen.iova(), 0x2E2E2E2E, kWidth * kHeight, 0, &cookie));
  Must(sgdma_prep_interleaved(chan, &frame, 0, &cookie));
  Must(sgdma_prep_interleaved(chan, &face, SGDMA_NOTIFY, &cookie));
  const uint64_t start = host.sim().now();
  Must(sgdma_issue_pending(chan));
  host.RunUntilIrq(Cycles{10'000});
  std::printf("3 transactions, 5 descriptors, %d cycles:\n",
              static_cast<int>(host.sim().now() - start));
  sgdma_handle_irq(chan);

  const Bytes picture = screen.bytes();
  for (uint32_t y = 0; y < kHeight; ++y) {
    std::printf("  %.*s\n", kWidth, reinterpret_cast<const char*>(&picture[y * kWidth]));
  }
  const std::string chin(picture.begin() + 5 * kWidth + 24, picture.begin() + 5 * kWidth + 40);
  return Finish(host, sgdma_status(chan, cookie) == SGDMA_COMPLETE && chin == art.substr(5 * 16));
}

int main() { return Run(Example); }
