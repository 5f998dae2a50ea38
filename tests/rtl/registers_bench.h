// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Bench of the register file alone: an AXI-Lite manager of a few lines, the channels' status as
// plain pins, and a log of the strobes the register file sent. Every response that is not OKAY is
// an error of the running test.
//
//   RegistersTest<TwoChannels> fixture: Write(address, data, strobes), Read(address),
//   pins().events[1] = 1, Tick()
//
// Time: Tick() is one clock cycle with the pins as they are; afterwards outputs show the next
// cycle.

#ifndef SGDMA_TESTS_RTL_REGISTERS_BENCH_H_
#define SGDMA_TESTS_RTL_REGISTERS_BENCH_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <verilated.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "VRegisters.h"
#include "VRegistersOne.h"
#include "rtl/registers_table.h"
#include "sgdma/sgdma_regs.h"

namespace tb {

// Two builds, and what their capability words must say: written down from the parameters in
// tests/rtl/CMakeLists.txt.
struct TwoChannels {
  using Model = VRegisters;
  static constexpr int kChannels = 2;
  static constexpr int kPageLog2 = 12;
  static constexpr uint32_t kCap[4] = {
      2 | (3 << 8) | (48 << 16) | (0 << 24),     // 64-bit bus: 2^3 bytes; 4 KiB pages
      31 | (31 << 8) | (31 << 16) | (4 << 24),   // 32 of each outstanding; bursts of 2^4 beats
      128 | (31 << 16) | (63u << 24), 0x3DFFF};  // 2048 bytes; 32 prefetched; 64 tracked
};
struct OneChannel {
  using Model = VRegistersOne;
  static constexpr int kChannels = 1;
  static constexpr int kPageLog2 = 16;
  static constexpr uint32_t kCap[4] = {
      1 | (6 << 8) | (32 << 16) | (2 << 24),      // 512-bit bus: 2^6 bytes; 64 KiB pages
      255 | (3 << 8) | (15 << 16) | (5 << 24),    // 256, 4, 16 outstanding; bursts of 2^5 beats
      1024 | (255 << 16) | (3u << 24), 0x3DFFF};  // 16384 bytes; 256 prefetched; 4 tracked
};

struct Strobe {
  std::string what;
  int channel;
  uint32_t data;  // of doorbells; 0 for the others
  bool operator==(const Strobe&) const = default;
};
inline void PrintTo(const Strobe& s, std::ostream* out) {
  *out << s.what << "[" << s.channel << "]=" << s.data;
}

template <typename Build>
class RegistersTest : public testing::Test {
 protected:
  static constexpr uint8_t kAll = 0xF;
  // The channel under test; channel 0, if there is another one, is its neighbour.
  static constexpr int kLast = Build::kChannels - 1;

  RegistersTest() : model_(new typename Build::Model(&context_)) { Reset(); }
  ~RegistersTest() override {
    Verilated::threadContextp(&context_);
    model_->final();
    model_.reset();
  }

  typename Build::Model& pins() { return *model_; }
  const std::vector<RegisterWord>& words() const { return words_; }

  void Reset() {
    pins().rst_ni = 0;
    Tick();
    Tick();
    pins().rst_ni = 1;
    strobes_.clear();
  }

  // Address of a word by its constant in the driver's header.
  static uint32_t Global(uint32_t offset) { return offset; }
  static uint32_t Block(int c, uint32_t offset) {
    return SGDMA_GLB_CH_BASE + static_cast<uint32_t>(c) * SGDMA_GLB_CH_STRIDE + offset;
  }
  static uint32_t Channel(int c, uint32_t offset) {
    return (static_cast<uint32_t>(c + 1) << Build::kPageLog2) + offset;
  }

  // One clock cycle; strobes are seen just before its edge.
  void Tick() {
    pins().clk_i = 0;
    pins().eval();
    for (int c = 0; c < Build::kChannels; ++c) LogStrobes(c);
    pins().clk_i = 1;
    pins().eval();
    pins().clk_i = 0;
    pins().eval();
    ++cycle_;
  }
  uint64_t cycle() const { return cycle_; }

  void OfferWrite(uint32_t address, uint32_t data, uint8_t strobes = kAll) {
    OfferAw(address);
    OfferW(data, strobes);
  }
  void OfferAw(uint32_t address) {
    pins().awaddr = address;
    pins().awvalid = 1;
  }
  void OfferW(uint32_t data, uint8_t strobes = kAll) {
    pins().wdata = data;
    pins().wstrb = strobes;
    pins().wvalid = 1;
  }
  void OfferRead(uint32_t address) {
    pins().araddr = address;
    pins().arvalid = 1;
  }

  // A clock cycle of a manager that takes handshakes as they come. Returns what ended in it.
  struct Ended {
    bool aw, w, b, ar, r;
  };
  Ended Step() {
    const Ended ended{pins().awvalid && pins().awready, pins().wvalid && pins().wready,
                      pins().bvalid && pins().bready, pins().arvalid && pins().arready,
                      pins().rvalid && pins().rready};
    if (pins().bvalid) {
      EXPECT_EQ(pins().bresp, 0) << "a write was not answered OKAY";
    }
    if (pins().rvalid) {
      EXPECT_EQ(pins().rresp, 0) << "a read was not answered OKAY";
    }
    if (ended.r) read_data_ = pins().rdata;
    Tick();
    if (ended.aw) pins().awvalid = 0;
    if (ended.w) pins().wvalid = 0;
    if (ended.ar) pins().arvalid = 0;
    return ended;
  }

  void Write(uint32_t address, uint32_t data, uint8_t strobes = kAll) {
    OfferWrite(address, data, strobes);
    FinishWrite();
  }
  void FinishWrite() {
    pins().bready = 1;
    for (int i = 0; i < kPatience; ++i) {
      if (Step().b) {
        pins().bready = 0;
        return;
      }
    }
    FAIL() << "no write response within " << kPatience << " cycles";
  }
  uint32_t Read(uint32_t address) {
    OfferRead(address);
    pins().rready = 1;
    for (int i = 0; i < kPatience; ++i) {
      if (Step().r) {
        pins().rready = 0;
        return read_data_;
      }
    }
    ADD_FAILURE() << "no read response within " << kPatience << " cycles";
    return 0;
  }
  uint32_t read_data() const { return read_data_; }

  std::vector<uint32_t> Snapshot() {
    std::vector<uint32_t> values;
    for (const RegisterWord& word : words_) values.push_back(Read(word.address));
    return values;
  }

  // What the register file told the channels since the last call.
  std::vector<Strobe> TakeStrobes() { return std::exchange(strobes_, {}); }

  uint32_t Cause(int c) { return Read(Channel(c, SGDMA_CH_CAUSE)); }
  void ClearCauses(int c) { Write(Channel(c, SGDMA_CH_CAUSE), ~0u); }

  // No other channel saw anything.
  void ExpectNoCauseButOf(int channel) {
    for (int c = 0; c < Build::kChannels; ++c) {
      if (c != channel) {
        EXPECT_EQ(Cause(c), 0u) << "channel " << c;
      }
    }
  }

 private:
  static constexpr int kPatience = 20;  // cycles; an access with both sides willing takes four

  void LogStrobes(int c) {
    auto& p = pins();
    if (p.reset[c]) strobes_.push_back({"reset", c, 0});
    if (p.cmd_we[c]) strobes_.push_back({"command", c, p.cfg_wdata[c]});
    if (p.tail_we[c]) strobes_.push_back({"tail", c, p.cfg_wdata[c]});
    if (p.cpl_head_we[c]) strobes_.push_back({"cpl_head", c, p.cfg_wdata[c]});
    if (p.ring_we[c]) strobes_.push_back({"ring", c, 0});
    if (p.err_clear[c]) strobes_.push_back({"err_clear", c, 0});
  }

  VerilatedContext context_;
  std::unique_ptr<typename Build::Model> model_;
  std::vector<RegisterWord> words_ = LoadRegisterTable(Build::kChannels, Build::kPageLog2);
  std::vector<Strobe> strobes_;
  uint64_t cycle_ = 0;
  uint32_t read_data_ = 0;
};

using RegisterBuilds = testing::Types<TwoChannels, OneChannel>;

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_REGISTERS_BENCH_H_
