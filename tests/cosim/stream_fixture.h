// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Packets for tests: to send, to receive, and a look that the streams are whole afterwards.

#ifndef SGDMA_TESTS_COSIM_STREAM_FIXTURE_H_
#define SGDMA_TESTS_COSIM_STREAM_FIXTURE_H_

#include <vector>

#include "sgdma/sgdma_regs.h"
#include "support/sgdma_test.h"

namespace tb {

class StreamTest : public SgdmaTest {
 protected:
  using List = std::vector<sgdma_buffer_t>;

  static sgdma_buffer_t Piece(const Buffer& buffer, uint32_t at, uint32_t bytes) {
    return {buffer.iova() + at, bytes, 0, false, 0};
  }
  static sgdma_buffer_t Whole(const Buffer& buffer) { return Piece(buffer, 0, buffer.size()); }

  sgdma_cookie_t Send(List list, uint32_t flags = SGDMA_NOTIFY) {
    return Prep(SGDMA_TO_STREAM, &list, flags);
  }
  // *list is the driver's until the transaction has ended.
  sgdma_cookie_t Receive(List* list, uint32_t flags = SGDMA_NOTIFY) {
    return Prep(SGDMA_FROM_STREAM, list, flags);
  }
  sgdma_cookie_t Prep(sgdma_stream_t direction, List* list, uint32_t flags) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_slave_sg(chan(), direction, list->data(), list->size(), flags, &cookie),
              SGDMA_OK);
    return cookie;
  }

  // A packet, TLAST with its last byte.
  Bytes Arrive(size_t bytes) {
    Bytes packet = host().RandomBytes(bytes);
    host().source().Send({.bytes = packet});
    return packet;
  }
  // A packet is sent and one received, each byte of them right.
  void ExpectNextPacketsExact() {
    const size_t before = host().sink().packets().size();
    const Buffer src = host().Map(333, Pattern::Random());
    Send({Whole(src)}, 0);
    const Buffer dst = host().Map(500);
    List list = {Whole(dst)};
    const sgdma_cookie_t cookie = Receive(&list);
    const Bytes packet = Arrive(444);
    IssueAndServe();

    EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
    EXPECT_EQ(list[0].received, 444u);
    EXPECT_TRUE(list[0].eop);
    EXPECT_EQ(dst.bytes(0, 444), packet);
    ASSERT_EQ(host().sink().packets().size(), before + 1);
    EXPECT_EQ(host().sink().packets().back().bytes, src.bytes());
    EXPECT_FALSE(host().sink().packets().back().user);
  }

  uint32_t Counter(uint32_t offset) {
    return platform().registers.Read(SGDMA_PAGE_BYTES(0) + offset);
  }
  uint32_t Discarded() { return Counter(SGDMA_CH_CNT_STREAM_DISCARD); }
};

inline Bytes First(Bytes bytes, size_t count) {
  bytes.resize(count);
  return bytes;
}

}  // namespace tb

#endif  // SGDMA_TESTS_COSIM_STREAM_FIXTURE_H_
