// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Rectangles for tests, and what each must make of its destination.

#ifndef SGDMA_TESTS_COSIM_ROWS_FIXTURE_H_
#define SGDMA_TESTS_COSIM_ROWS_FIXTURE_H_

#include <algorithm>

#include "support/sgdma_test.h"

namespace tb {

// A rectangle inside two buffers, in bytes from their beginnings. A fill has no source.
struct Rectangle {
  size_t src = 0;
  size_t dst = 0;
  int64_t src_stride = 0;
  int64_t dst_stride = 0;
  uint32_t row_bytes = 0;
  uint32_t rows = 0;
};

class RowsTest : public SgdmaTest {
 protected:
  static constexpr uint32_t kPattern = 0x4433'2211;

  static sgdma_rows_t CopyOf(const Rectangle& r, const Buffer& dst, const Buffer& src) {
    return {src.iova() + r.src,
            dst.iova() + r.dst,
            r.src_stride,
            r.dst_stride,
            r.row_bytes,
            r.rows,
            false,
            0};
  }
  static sgdma_rows_t FillOf(const Rectangle& r, const Buffer& dst) {
    return {0, dst.iova() + r.dst, 0, r.dst_stride, r.row_bytes, r.rows, true, kPattern};
  }

  // What the first `bytes` bytes of the rectangle, row by row, make of a destination of 0xEE.
  static Bytes Image(size_t size, const Rectangle& r, const Bytes& source, uint64_t bytes) {
    Bytes image(size, 0xEE);
    for (uint32_t row = 0; row < r.rows && bytes > 0; ++row) {
      const auto n = static_cast<ptrdiff_t>(std::min<uint64_t>(bytes, r.row_bytes));
      const Bytes fill = source.empty() ? Repeat(kPattern, r.row_bytes) : Bytes{};
      const auto from = source.empty()
                            ? fill.begin()
                            : source.begin() + static_cast<ptrdiff_t>(r.src) + row * r.src_stride;
      std::copy_n(from, n, image.begin() + static_cast<ptrdiff_t>(r.dst) + row * r.dst_stride);
      bytes -= static_cast<uint64_t>(n);
    }
    return image;
  }
  static Bytes Image(size_t size, const Rectangle& r, const Bytes& source) {
    return Image(size, r, source, uint64_t{r.rows} * r.row_bytes);
  }

  sgdma_cookie_t PrepRows(const sgdma_rows_t& rows, uint32_t flags = SGDMA_NOTIFY) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_interleaved(chan(), &rows, flags, &cookie), SGDMA_OK);
    return cookie;
  }
};

}  // namespace tb

#endif  // SGDMA_TESTS_COSIM_ROWS_FIXTURE_H_
