// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Driver on a FakeEngine: one probed device, one requested channel, two mapped buffers.
//
//   TEST_F(DriverTest, CopiesBytes) {
//     const sgdma_cookie_t cookie = Copy(0, 0, 100, SGDMA_NOTIFY);
//     Issue();
//     engine.Run(1);
//     sgdma_poll(&chan);
//     EXPECT_EQ(sgdma_status(&chan, cookie), SGDMA_COMPLETE);
//   }

#ifndef SGDMA_TESTS_DRIVER_FIXTURE_H_
#define SGDMA_TESTS_DRIVER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "fake_engine.h"

namespace driver_test {

// A callback that writes down what it was told.
struct Heard {
  std::vector<std::pair<sgdma_cookie_t, sgdma_tx_status_t>> ends;
  static void Callback(void* arg, sgdma_cookie_t cookie, sgdma_tx_status_t status) {
    static_cast<Heard*>(arg)->ends.emplace_back(cookie, status);
  }
};

class DriverTest : public testing::Test {
 protected:
  static constexpr uint32_t kBufferBytes = 1 << 18;

  void SetUp() override {
    for (uint32_t i = 0; i < kBufferBytes; ++i)
      src_bytes[i] = static_cast<uint8_t>(i * 7 + i / 251);
    ASSERT_EQ(sgdma_probe(&dev, engine.hal(), 200), SGDMA_OK);
    Map(src_bytes, SGDMA_TO_DEVICE, &src);
    Map(dst_bytes, SGDMA_FROM_DEVICE, &dst);
  }

  void TearDown() override {
    if (chan.state != SGDMA_CHAN_FREE && !engine.gone && !engine.unfinished) {
      EXPECT_EQ(sgdma_chan_release(&chan), SGDMA_OK);
    }
    EXPECT_EQ(engine.misuse, 0) << "the driver broke a rule of its HAL";
  }

  void Map(std::vector<uint8_t>& bytes, sgdma_direction_t direction, sgdma_mapping_t* m) {
    ASSERT_EQ(sgdma_map(&dev, bytes.data(), bytes.size(), direction, m), SGDMA_OK);
  }

  // Rings of 2^sub and 2^cpl slots, mapped; every other setting as a test left it in `config`.
  void Rings(uint8_t sub, uint8_t cpl, uint8_t tx = 6) {
    sub_bytes.assign(size_t{16} << sub, 0);
    cpl_bytes.assign(size_t{16} << cpl, 0);
    table.assign(size_t{1} << tx, sgdma_tx_t{});
    config.sub_log2 = sub;
    config.cpl_log2 = cpl;
    config.tx_log2 = tx;
    config.tx = table.data();
    Map(sub_bytes, SGDMA_SHARED, &config.sub_ring);
    Map(cpl_bytes, SGDMA_SHARED, &config.cpl_ring);
  }

  void Open(uint8_t sub = 4, uint8_t cpl = 4, uint8_t tx = 6) {
    // The engine's IOVAs are 4 KiB apart and 64-byte aligned (map_base).
    Rings(sub, cpl, tx);
    ASSERT_EQ(sgdma_chan_request(&dev, 0, &config, &chan), SGDMA_OK);
    engine.on_irq = [this](unsigned c) {
      if (c == 0) sgdma_handle_irq(&chan);
    };
  }

  // Queues one copy; 0 when refused.
  sgdma_cookie_t Copy(uint32_t from, uint32_t to, uint32_t bytes, uint32_t flags = SGDMA_NOTIFY) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_memcpy(&chan, dst.iova + to, src.iova + from, bytes, flags, &cookie),
              SGDMA_OK);
    return cookie;
  }

  void Issue() { ASSERT_EQ(sgdma_issue_pending(&chan), SGDMA_OK); }

  void Listen(sgdma_cookie_t cookie) {
    ASSERT_EQ(sgdma_set_callback(&chan, cookie, Heard::Callback, &heard), SGDMA_OK);
  }

  // The destination as the CPU sees it after taking it back.
  std::vector<uint8_t> Destination(uint32_t at, uint32_t bytes) {
    EXPECT_EQ(sgdma_sync_for_cpu(&dev, &dst, at, bytes), SGDMA_OK);
    return {dst_bytes.begin() + at, dst_bytes.begin() + at + bytes};
  }
  std::vector<uint8_t> Source(uint32_t at, uint32_t bytes) const {
    return {src_bytes.begin() + at, src_bytes.begin() + at + bytes};
  }

  sgdma_fault_t Fault() const {
    sgdma_fault_t fault = {};
    EXPECT_TRUE(sgdma_error(&chan, &fault));
    return fault;
  }

  FakeEngine engine;
  sgdma_dev_t dev = {};
  sgdma_chan_t chan = {};
  sgdma_chan_config_t config = {};
  std::vector<uint8_t> src_bytes = std::vector<uint8_t>(kBufferBytes);
  std::vector<uint8_t> dst_bytes = std::vector<uint8_t>(kBufferBytes);
  std::vector<uint8_t> sub_bytes, cpl_bytes;
  std::vector<sgdma_tx_t> table;
  sgdma_mapping_t src = {}, dst = {};
  Heard heard;
};

}  // namespace driver_test

#endif  // SGDMA_TESTS_DRIVER_FIXTURE_H_
