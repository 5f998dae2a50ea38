// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Writes that are refused: words locked in a state, doorbells without all strobes or with a bit too
// many.

#include "rtl/registers_bench.h"

namespace tb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint32_t kRefused = SGDMA_CH_CAUSE_REFUSED_MASK;

template <typename Build>
class RegisterRefusals : public RegistersTest<Build> {};
TYPED_TEST_SUITE(RegisterRefusals, RegisterBuilds);

// ---- Locks
// -----------------------------------------------------------------------------------------------------

TYPED_TEST(RegisterRefusals, LockedWordsAreRefusedWholeInEachStateThatLocksThem) {
  for (const RegisterWord& word : this->words()) {
    if (word.lock == "none" || !word.built) continue;
    auto& state = this->pins().state[word.channel];
    for (uint32_t s = SGDMA_CH_STATE_STATE_IDLE; s <= SGDMA_CH_STATE_STATE_STUCK; ++s) {
      const bool open = s == SGDMA_CH_STATE_STATE_IDLE ||
                        (word.lock != "idle" && s == SGDMA_CH_STATE_STATE_HALTED);
      state = SGDMA_CH_STATE_STATE_IDLE;
      this->Write(word.address, 0x11111111 & word.free_bits());
      const uint32_t before = this->Read(word.address);
      this->TakeStrobes();

      state = static_cast<uint8_t>(s);
      this->Write(word.address, 0xEEEEEEEE & word.free_bits());

      const auto strobes = this->TakeStrobes();
      ASSERT_EQ(this->Read(word.address),
                open ? 0xEEEEEEEE & word.free_bits() & word.wmask : before)
          << word.name << " state " << s;
      ASSERT_EQ(this->Cause(word.channel), open ? 0u : kRefused) << word.name << " state " << s;
      this->ExpectNoCauseButOf(word.channel);
      if (open && word.lock == "ring") {
        ASSERT_THAT(strobes, ElementsAre(Strobe{"ring", word.channel, 0})) << word.name;
      } else {
        ASSERT_THAT(strobes, IsEmpty()) << word.name;
      }
      this->ClearCauses(word.channel);
    }
    state = SGDMA_CH_STATE_STATE_IDLE;
  }
}

TYPED_TEST(RegisterRefusals, UnlockedWordsAreWritableInEveryState) {
  for (uint32_t s = SGDMA_CH_STATE_STATE_IDLE; s <= SGDMA_CH_STATE_STATE_STUCK; ++s) {
    for (int c = 0; c < TypeParam::kChannels; ++c) this->pins().state[c] = static_cast<uint8_t>(s);
    for (const RegisterWord& word : this->words()) {
      if (word.lock != "none" || !word.stored()) continue;
      for (const uint32_t data : {0xFFFFFFFFu, 0u}) {
        this->Write(word.address, data);
        ASSERT_EQ(this->Read(word.address), data & word.wmask) << word.name << " state " << s;
      }
    }
    for (int c = 0; c < TypeParam::kChannels; ++c) EXPECT_EQ(this->Cause(c), 0u);
  }
}

TYPED_TEST(RegisterRefusals, ValuesThisBuildCanNotDoAreRefusedWhole) {
  struct Value {
    uint32_t offset, good, bad;
  };
  const uint32_t most = 1u << (TypeParam::kCap[1] >> SGDMA_GLB_CAP1_BURST_LOG2_SHIFT & 0xF);
  std::vector<Value> values = {
      {SGDMA_CH_FIXED, 2 | 1u << SGDMA_CH_FIXED_BEATS_SHIFT, 7},
      {SGDMA_CH_COALESCE, 9 | 1u << SGDMA_CH_COALESCE_TIME_SHIFT, 2},
  };
  if (most < 255) {  // the field has 8 bits
    values.push_back({SGDMA_CH_PACING, 1 | most << SGDMA_CH_PACING_BEATS_SHIFT,
                      2 | (most + 1) << SGDMA_CH_PACING_BEATS_SHIFT});
  }
  for (const Value& value : values) {
    const uint32_t address = this->Channel(0, value.offset);
    this->Write(address, value.good);
    EXPECT_EQ(this->Cause(0), 0u);
    this->Write(address, value.bad);
    EXPECT_EQ(this->Read(address), value.good);
    EXPECT_EQ(this->Cause(0), kRefused);
    this->ClearCauses(0);
  }
}

// ---- Doorbells
// ---------------------------------------------------------------------------------------------------

struct Doorbell {
  const char* name;
  uint32_t offset;
  int bits;
};
constexpr Doorbell kDoorbells[] = {{"command", SGDMA_CH_COMMAND, 3},
                                   {"tail", SGDMA_CH_SUB_TAIL, 16},
                                   {"cpl_head", SGDMA_CH_CPL_HEAD, 16}};

TYPED_TEST(RegisterRefusals, DoorbellsReachTheirChannelWithTheValueWritten) {
  const int c = this->kLast;
  for (const Doorbell& door : kDoorbells) {
    for (uint32_t value = 1; value >> door.bits == 0; value <<= 1) {
      this->Write(this->Channel(c, door.offset), value);
      ASSERT_THAT(this->TakeStrobes(), ElementsAre(Strobe{door.name, c, value}));
    }
  }
  EXPECT_EQ(this->Cause(c), 0u);
}

TYPED_TEST(RegisterRefusals, DoorbellsAreRefusedWithoutAllStrobesOrWithABitTooMany) {
  const int c = this->kLast;
  for (const Doorbell& door : kDoorbells) {
    const auto expect_refused = [&](uint32_t data, uint8_t strobes) {
      this->Write(this->Channel(c, door.offset), data, strobes);
      ASSERT_THAT(this->TakeStrobes(), IsEmpty())
          << door.name << " " << data << " strobes " << int{strobes};
      ASSERT_EQ(this->Cause(c), kRefused)
          << door.name << " " << data << " strobes " << int{strobes};
      this->ExpectNoCauseButOf(c);
      this->ClearCauses(c);
    };
    for (uint8_t strobes = 0; strobes < this->kAll; ++strobes) expect_refused(1, strobes);
    for (int bit = door.bits; bit < 32; ++bit) expect_refused(1u | 1u << bit, this->kAll);
  }
}

TYPED_TEST(RegisterRefusals, RefusalByTheChannelSetsTheCause) {
  const int c = this->kLast;
  this->OfferWrite(this->Channel(c, SGDMA_CH_COMMAND), SGDMA_CH_COMMAND_CODE_RESUME);
  this->Step();  // taken into registers; the strobe is in the next cycle, and the answer with it
  this->pins().refused[c] = 1;
  this->Step();
  this->pins().refused[c] = 0;
  this->FinishWrite();

  EXPECT_THAT(this->TakeStrobes(), ElementsAre(Strobe{"command", c, SGDMA_CH_COMMAND_CODE_RESUME}));
  EXPECT_EQ(this->Cause(c), kRefused);
  this->ExpectNoCauseButOf(c);
}

}  // namespace
}  // namespace tb
