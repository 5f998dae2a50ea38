// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The event counters alone, against a model that adds up every cycle at once.

#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <memory>
#include <random>

#include "VCounters.h"

namespace tb {
namespace {

constexpr unsigned kEvents = 7;
constexpr uint32_t kMostBytes = (1u << 26);  // in a cycle: 64 cycles round a 32-bit word

class Counters : public ::testing::Test {
 protected:
  Counters() : model_(new VCounters(&context_)) {
    context_.randReset(2);  // the memory holds anything
    model_->rst_ni = 0;
    Tick();
    model_->rst_ni = 1;
  }
  ~Counters() override {
    Verilated::threadContextp(&context_);
    EXPECT_FALSE(context_.gotError()) << "an assertion of the model failed";
    model_->final();
    model_.reset();
  }

  VCounters& pins() { return *model_; }

  // A cycle in which `events` happen and `bytes` move.
  void Tick(uint32_t events = 0, uint32_t bytes = 0) {
    Verilated::threadContextp(&context_);
    context_.fatalOnError(false);
    model_->event_i = events;
    model_->bytes_i = bytes;
    model_->clk_i = 0;
    model_->eval();
    model_->clk_i = 1;
    model_->eval();
    model_->clk_i = 0;
    model_->re_i = 0;
    model_->clear_i = 0;
    model_->eval();
    if (model_->rst_ni == 0) return;
    bytes_ += bytes;
    for (unsigned i = 0; i < kEvents; ++i) counts_[i] += events >> i & 1;
  }

  // In the cycle that comes; what it must be is what happened before it.
  uint32_t Offer(unsigned word) {
    model_->re_i = 1;
    model_->word_i = word;
    model_->eval();
    return model_->value_o;
  }
  uint32_t Read(unsigned word) {
    const uint32_t value = Offer(word);
    Idle(3);
    return value;
  }
  // A 64-bit counter, while the events go on.
  uint64_t ReadPair(unsigned low, uint32_t events, uint32_t bytes) {
    const uint64_t value = Offer(low);
    Tick(events, bytes);
    EXPECT_EQ(model_->latch_o, 1);
    const uint64_t high = model_->high_o;
    Tick(events, bytes);
    Tick(events, bytes);
    return high << 32 | value;
  }
  void Idle(unsigned cycles) {
    for (unsigned i = 0; i < cycles; ++i) Tick();
  }

  // Words 4 to 9 count event 1 to 6.
  uint32_t Expected(unsigned word) const { return counts_[word - 3]; }

  VerilatedContext context_;
  std::unique_ptr<VCounters> model_;
  uint64_t bytes_ = 0;
  std::array<uint32_t, kEvents> counts_{};
};

TEST_F(Counters, ReadZeroAfterResetWhateverTheMemoryHeld) {
  for (unsigned word = 0; word < 10; ++word) EXPECT_EQ(Read(word), 0u) << word;
}

TEST_F(Counters, AreExactInTheCycleBehindAnEvent) {
  for (unsigned word = 4; word < 10; ++word) {
    Tick(1u << (word - 3));
    EXPECT_EQ(Read(word), 1u) << word;
    EXPECT_EQ(Read(word), 1u) << word;
  }
}

// Row E18. The carry falls into every cycle around the read of the low half.
TEST_F(Counters, A64BitCounterIsWholeWhereverItsCarryFalls) {
  for (unsigned step = 0; step < 600; ++step) {
    const uint32_t bytes = kMostBytes - step * 3;
    const uint64_t expected = bytes_;
    ASSERT_EQ(ReadPair(0, 0, bytes), expected) << "after read " << step;
  }
  EXPECT_GT(bytes_, uint64_t{20} << 32);
}

// A reader that asks again and again, always for the same word, takes no event from the others.
TEST_F(Counters, NothingIsLostWhileOneWordIsReadWithoutPause) {
  for (const unsigned word : {0u, 2u, 4u, 9u}) {
    for (unsigned i = 0; i < 500; ++i) {
      Offer(word);
      for (unsigned c = 0; c < 3; ++c) Tick((1u << kEvents) - 1, kMostBytes);
    }
  }
  Idle(1);
  for (unsigned word = 4; word < 10; ++word) EXPECT_EQ(Read(word), Expected(word)) << word;
  EXPECT_EQ(ReadPair(0, 0, 0), bytes_);
  EXPECT_EQ(ReadPair(2, 0, 0), counts_[0]);
}

TEST_F(Counters, ClearBeginsAnew) {
  for (unsigned i = 0; i < 300; ++i) Tick((1u << kEvents) - 1, kMostBytes);
  for (unsigned phase = 0; phase < 12; ++phase) {
    Idle(phase);
    pins().clear_i = 1;
    Tick();
    for (unsigned word = 0; word < 10; ++word) ASSERT_EQ(Read(word), 0u) << word << " " << phase;
    for (unsigned i = 0; i < 100; ++i) Tick((1u << kEvents) - 1, kMostBytes);
  }
}

TEST_F(Counters, MatchTheModelUnderRandomEventsAndReads) {
  std::mt19937 random(7);
  for (unsigned i = 0; i < 100'000; ++i) {
    const uint32_t events = random() & random() & ((1u << kEvents) - 1);
    const uint32_t bytes = random() % 4 == 0 ? random() % kMostBytes : 0;
    const unsigned word = random() % 11;
    if (word > 9 || word == 1 || word == 3) {  // nothing read
      Tick(events, bytes);
    } else if (word == 0 || word == 2) {
      const uint64_t expected = word == 0 ? bytes_ : counts_[0];
      ASSERT_EQ(ReadPair(word, events, bytes), expected) << i;
    } else {
      ASSERT_EQ(Offer(word), Expected(word)) << i << " " << word;
      for (unsigned c = 0; c < 3; ++c) Tick(events, bytes);
    }
  }
}

}  // namespace
}  // namespace tb
