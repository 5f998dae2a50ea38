// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What a register does besides keeping a value: locks, doorbells, causes, interrupt level, RESET,
// latches, status.

#include "rtl/registers_bench.h"

namespace tb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint32_t kDone = SGDMA_CH_CAUSE_DONE_MASK;
constexpr uint32_t kRefused = SGDMA_CH_CAUSE_REFUSED_MASK;

template <typename Build>
class RegisterBehaviour : public RegistersTest<Build> {
 protected:
  void RaiseCauses(uint32_t causes) {
    this->pins().events[this->kLast] = causes & 0xF;
    this->pins().refused[this->kLast] = (causes & kRefused) != 0;
  }
  void RaiseForOneCycle(uint32_t causes) {
    RaiseCauses(causes);
    this->Tick();
    RaiseCauses(0);
  }
};
TYPED_TEST_SUITE(RegisterBehaviour, RegisterBuilds);

// ---- Causes and interrupt level
// --------------------------------------------------------------------------------------

TYPED_TEST(RegisterBehaviour, EachCauseIsSetByItsEventAndClearedByItsOwnOneAlone) {
  const int c = this->kLast;
  for (uint32_t bit = 1; bit <= kRefused; bit <<= 1) {
    this->RaiseForOneCycle(bit);
    ASSERT_EQ(this->Cause(c), bit);
    this->ExpectNoCauseButOf(c);
    this->Write(this->Channel(c, SGDMA_CH_CAUSE), ~bit);
    this->Write(this->Channel(c, SGDMA_CH_CAUSE), bit, 0xE);  // lane 0 without its strobe
    this->Write(this->Channel(c, SGDMA_CH_CAUSE), 0);
    ASSERT_EQ(this->Cause(c), bit);
    this->Write(this->Channel(c, SGDMA_CH_CAUSE), bit, 0x1);
    ASSERT_EQ(this->Cause(c), 0u);
  }
}

// The event is moved over every cycle around the write. Lost is never right; before the write's
// edge it is cleared.
TYPED_TEST(RegisterBehaviour, ACauseSetInTheCycleOfItsClearingWins) {
  auto& pins = this->pins();
  const int c = this->kLast;
  for (uint32_t bit = 1; bit <= kRefused; bit <<= 1) {
    for (int event_cycle = 0; event_cycle < 4; ++event_cycle) {
      pins.bready = 1;
      this->OfferWrite(this->Channel(c, SGDMA_CH_CAUSE), ~0u);
      int handshake = -1;
      for (int i = 0; i < 6; ++i) {
        this->RaiseCauses(i == event_cycle ? bit : 0);
        if (this->Step().aw) handshake = i;
      }
      ASSERT_EQ(handshake, 1);
      ASSERT_EQ(this->Cause(c), event_cycle >= handshake ? bit : 0u)
          << "event in cycle " << event_cycle;
      this->ClearCauses(c);
    }
  }
}

TYPED_TEST(RegisterBehaviour,
           TheLevelIsHighExactlyWhenAnEnabledCauseIsPendingAndTheMaskLetsItThrough) {
  auto& pins = this->pins();
  const int c = this->kLast;
  const uint32_t channel_bit = 1u << c;
  for (uint32_t bit = 1; bit <= kRefused; bit <<= 1) {
    for (uint32_t enable = 1; enable <= kRefused; enable <<= 1) {
      for (const uint32_t mask : {0u, channel_bit, ~channel_bit}) {
        this->Write(this->Channel(c, SGDMA_CH_ENABLE), enable);
        this->Write(this->Global(SGDMA_GLB_IRQ_MASK), mask);
        this->RaiseForOneCycle(bit);
        this->Tick();
        const bool pending = bit == enable;
        ASSERT_EQ(pins.irq, pending ? channel_bit & mask : 0u)
            << bit << " " << enable << " " << mask;
        ASSERT_EQ(this->Read(this->Global(SGDMA_GLB_IRQ_SUMMARY)), pending ? channel_bit : 0u);
        this->ClearCauses(c);
        ASSERT_EQ(pins.irq, 0) << "the level outlives its cause";
      }
    }
  }
}

TYPED_TEST(RegisterBehaviour, TheLevelFollowsEnableAndMaskOfACauseThatIsPending) {
  auto& pins = this->pins();
  const int c = this->kLast;
  const uint32_t channel_bit = 1u << c;
  this->RaiseForOneCycle(kDone);
  EXPECT_EQ(pins.irq, 0);

  this->Write(this->Channel(c, SGDMA_CH_ENABLE), kDone);
  EXPECT_EQ(pins.irq, 0);
  this->Write(this->Global(SGDMA_GLB_IRQ_MASK), channel_bit);
  EXPECT_EQ(pins.irq, channel_bit);
  this->Write(this->Channel(c, SGDMA_CH_ENABLE), 0);
  EXPECT_EQ(pins.irq, 0);
}

// ---- Configuration and errors
// ------------------------------------------------------------------------------------------

TYPED_TEST(RegisterBehaviour, RingWordsReachTheChannel) {
  auto& pins = this->pins();
  const int c = this->kLast;
  this->Write(this->Channel(c, SGDMA_CH_SUB_BASE_LO), 0x89ABCDEF);
  this->Write(this->Channel(c, SGDMA_CH_SUB_BASE_HI), 0x4567);
  this->Write(this->Channel(c, SGDMA_CH_SUB_SIZE), 16);
  this->Write(this->Channel(c, SGDMA_CH_CPL_BASE_LO), 0x01234567);
  this->Write(this->Channel(c, SGDMA_CH_CPL_BASE_HI), 0xFEDC);
  this->Write(this->Channel(c, SGDMA_CH_CPL_SIZE), 2);
  this->Write(this->Block(c, SGDMA_GLB_CH_DEVID), 0xABCDEF);
  this->Write(this->Block(c, SGDMA_GLB_CH_ATTR), 0x5A);

  EXPECT_EQ(pins.sub_base[c], 0x456789ABCDEFu);
  EXPECT_EQ(pins.sub_log2[c], 16);
  EXPECT_EQ(pins.cpl_base[c], 0xFEDC01234567u);
  EXPECT_EQ(pins.cpl_log2[c], 2);
  EXPECT_EQ(pins.devid[c], 0xABCDEFu);
  EXPECT_EQ(pins.axcache[c], 0xA);
  EXPECT_EQ(pins.axprot[c], 5);
  EXPECT_EQ(pins.qos[c], 0);
}

TYPED_TEST(RegisterBehaviour, AChannelIsEnabledByEngineAndChannelTogether) {
  auto& pins = this->pins();
  const int c = this->kLast;
  for (const uint32_t engine : {0u, 1u}) {
    for (const uint32_t channel : {0u, 1u}) {
      this->Write(this->Global(SGDMA_GLB_CONTROL), engine);
      this->Write(this->Block(c, SGDMA_GLB_CH_CTRL), channel);
      EXPECT_EQ(pins.enable[c], engine & channel);
      if (c > 0) {
        EXPECT_EQ(pins.enable[0], 0);
      }
    }
  }
}

TYPED_TEST(RegisterBehaviour, ContinueNeedsChoiceAndPermission) {
  const int c = this->kLast;
  for (const uint32_t permitted : {0u, 1u}) {
    for (const uint32_t chosen : {0u, 1u}) {
      this->Write(this->Block(c, SGDMA_GLB_CH_POLICY), permitted);
      this->Write(this->Channel(c, SGDMA_CH_POLICY), chosen);
      EXPECT_EQ(this->pins().cont[c], permitted & chosen);
      if (c > 0) {
        EXPECT_EQ(this->pins().cont[0], 0);
      }
    }
  }
}

TYPED_TEST(RegisterBehaviour, TheErrorImageShowsOnlyWhileItIsValid) {
  auto& pins = this->pins();
  const int c = this->kLast;
  pins.err_low[c] = 0x1122334455667788;
  pins.err_high[c] = 0x99AABBCCDDEEFF00;
  pins.err_count[c] = 7;
  const uint32_t image[] = {0x55667788, 0x11223344, 0xDDEEFF00, 0x99AABBCC};

  for (const uint8_t valid : {0, 1}) {
    pins.err_valid[c] = valid;
    for (uint32_t i = 0; i < 4; ++i) {
      EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_ERR_IMAGE0 + 4 * i)), valid ? image[i] : 0u);
    }
    EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_ERR_CTRL)),
              valid ? SGDMA_CH_ERR_CTRL_VALID_MASK : 0u);
    EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_ERR_COUNT)), 7u);
  }
}

TYPED_TEST(RegisterBehaviour, OnlyAOneInValidClearsTheError) {
  const int c = this->kLast;
  this->Write(this->Channel(c, SGDMA_CH_ERR_CTRL), ~SGDMA_CH_ERR_CTRL_VALID_MASK);
  this->Write(this->Channel(c, SGDMA_CH_ERR_CTRL), SGDMA_CH_ERR_CTRL_VALID_MASK, 0xE);
  EXPECT_THAT(this->TakeStrobes(), IsEmpty());

  this->Write(this->Channel(c, SGDMA_CH_ERR_CTRL), SGDMA_CH_ERR_CTRL_VALID_MASK, 0x1);
  EXPECT_THAT(this->TakeStrobes(), ElementsAre(Strobe{"err_clear", c, 0}));
}

// ---- RESET
// -------------------------------------------------------------------------------------------------------------

TYPED_TEST(RegisterBehaviour, ResetIsOnePulseToOneChannel) {
  const int c = this->kLast;
  this->Write(this->Block(c, SGDMA_GLB_CH_RESET), ~SGDMA_GLB_CH_RESET_GO_MASK);
  this->Write(this->Block(c, SGDMA_GLB_CH_RESET), SGDMA_GLB_CH_RESET_GO_MASK, 0xE);
  EXPECT_THAT(this->TakeStrobes(), IsEmpty());

  this->Write(this->Block(c, SGDMA_GLB_CH_RESET), SGDMA_GLB_CH_RESET_GO_MASK, 0x1);
  EXPECT_THAT(this->TakeStrobes(), ElementsAre(Strobe{"reset", c, 0}));
}

TYPED_TEST(RegisterBehaviour, ResetClearsItsChannelPageAtItsEndAndNothingElse) {
  auto& pins = this->pins();
  const int c = this->kLast;
  for (const RegisterWord& word : this->words()) {
    if (word.stored()) this->Write(word.address, ~0u);
  }
  for (int i = 0; i < TypeParam::kChannels; ++i) pins.events[i] = kDone;
  this->Tick();
  for (int i = 0; i < TypeParam::kChannels; ++i) pins.events[i] = 0;
  const std::vector<uint32_t> before = this->Snapshot();

  pins.resetting[c] = 1;
  this->Tick();
  this->Tick();
  EXPECT_EQ(pins.sub_base[c], 0xFFFFFFFFFFFFu)
      << "the channel needs its configuration while it drains";
  EXPECT_EQ(this->Read(this->Block(c, SGDMA_GLB_CH_RESET)), SGDMA_GLB_CH_RESET_GO_MASK);
  pins.resetting[c] = 0;
  this->Tick();

  const std::vector<uint32_t> after = this->Snapshot();
  for (size_t i = 0; i < after.size(); ++i) {
    const RegisterWord& word = this->words()[i];
    const bool cleared =
        word.channel == c && word.plain.starts_with("CH_") && word.source == "page";
    const bool summary = word.plain == "GLB_IRQ_SUMMARY";
    const uint32_t expected = cleared ? word.reset : summary ? before[i] & ~(1u << c) : before[i];
    EXPECT_EQ(after[i], expected) << word.name;
  }
}

TYPED_TEST(RegisterBehaviour, DoorbellsAndRingWordsAreRefusedWhileResetIsInProgress) {
  const int c = this->kLast;
  this->Write(this->Channel(c, SGDMA_CH_SUB_SIZE), 5);
  this->TakeStrobes();
  this->pins().resetting[c] = 1;
  this->Tick();

  for (const uint32_t offset :
       {SGDMA_CH_COMMAND, SGDMA_CH_SUB_TAIL, SGDMA_CH_CPL_HEAD, SGDMA_CH_SUB_SIZE}) {
    this->ClearCauses(c);
    this->Write(this->Channel(c, offset), 1);
    EXPECT_EQ(this->Cause(c), kRefused) << offset;
  }
  EXPECT_THAT(this->TakeStrobes(), IsEmpty());
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_SUB_SIZE)), 5u);
}

TYPED_TEST(RegisterBehaviour, ResetCountsFromItsFirstCycle) {
  const int c = this->kLast;
  this->OfferWrite(this->Channel(c, SGDMA_CH_SUB_SIZE), 7);
  this->OfferRead(this->Block(c, SGDMA_GLB_CH_RESET));
  this->Step();
  this->pins().resetting[c] =
      1;  // rises in the cycle of the write, the one before the read's access
  this->Step();
  this->pins().bready = this->pins().rready = 1;
  for (int i = 0; i < 4; ++i) this->Step();

  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_SUB_SIZE)), 0u);
  EXPECT_EQ(this->Cause(c), kRefused);

  this->pins().resetting[c] = 0;
  this->Tick();
  this->Tick();
  this->OfferRead(this->Block(c, SGDMA_GLB_CH_RESET));
  this->Step();
  this->pins().resetting[c] = 1;  // rises in the cycle of the read's access
  this->Step();
  EXPECT_EQ(this->pins().rdata, SGDMA_GLB_CH_RESET_GO_MASK);
}

// ---- Status and POSITION
// ---------------------------------------------------------------------------------------------------

TYPED_TEST(RegisterBehaviour, StatusWordsShowWhatTheChannelShows) {
  auto& pins = this->pins();
  const int c = this->kLast;
  pins.quiesced[c] = 1;
  pins.sub_head[c] = 0x1234;
  pins.sub_tail[c] = 0x5678;
  pins.cpl_head[c] = 0x9ABC;
  pins.cpl_index[c] = 0xDEF0;
  pins.out_reads[c] = 0x101;
  pins.out_writes[c] = 0x1FE;
  pins.out_records[c] = 0x0AA;
  pins.out_fetches[c] = 0x155;

  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_QUIESCED)), 1u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_SUB_HEAD)), 0x1234u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_SUB_TAIL)), 0x5678u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_CPL_HEAD)), 0x9ABCu);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_CPL_INDEX)), 0xDEF0u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_OUT_DATA)), 0x01FE0101u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_OUT_CTL)), 0x015500AAu);
  if (c > 0) {
    EXPECT_EQ(this->Read(this->Channel(0, SGDMA_CH_SUB_HEAD)), 0u);
  }
}

TYPED_TEST(RegisterBehaviour, StateShowsStatePausingAndRetryLegal) {
  auto& pins = this->pins();
  const int c = this->kLast;
  for (uint8_t state = 0; state < 8; ++state) {
    pins.state[c] = state;
    pins.pausing[c] = state & 1;
    pins.retry_legal[c] = ~state & 1;
    EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_STATE)), state | (state & 1u ? 0x10u : 0x20u));
  }
}

TYPED_TEST(RegisterBehaviour, ReadingThePositionsFirstWordHoldsTheOthers) {
  auto& pins = this->pins();
  const int c = this->kLast;
  const auto show = [&](uint32_t seed) {
    pins.pos_slot[c] = static_cast<uint16_t>(seed);
    pins.pos_index[c] = static_cast<uint16_t>(seed + 1);
    pins.pos_addr[c] = 0x100000002u * seed;
    pins.pos_bytes[c] = seed * 3;
  };
  show(0x1111);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_BYTES)), 0u) << "nothing was latched yet";
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_SLOT_INDEX)), 0x11121111u);
  show(0x2222);

  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_ADDR_LO)), 0x2222u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_ADDR_HI)), 0x1111u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_BYTES)), 0x3333u);
  if (c > 0) {
    this->Read(this->Channel(0, SGDMA_CH_POS_SLOT_INDEX));
    EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_BYTES)), 0x3333u) << "one latch a page";
  }
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_SLOT_INDEX)), 0x22232222u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_ADDR_LO)), 0x4444u);
}

// ---- Event counters

// Each event counts in its own word; busy and bytes in the low halves.
TYPED_TEST(RegisterBehaviour, EachEventHasItsCounter) {
  const auto c = this->kLast;
  const uint32_t words[] = {SGDMA_CH_CNT_BUSY_LO,  SGDMA_CH_CNT_DESCS,   SGDMA_CH_CNT_RD_STALL,
                            SGDMA_CH_CNT_WR_STALL, SGDMA_CH_CNT_STARVE,  SGDMA_CH_CNT_STREAM_STALL,
                            SGDMA_CH_CNT_ERRORS,   SGDMA_CH_CNT_BYTES_LO};
  for (unsigned i = 0; i < 8; ++i) {
    if (i < 6) this->pins().cnt_events[c] = 1u << i;
    if (i == 6) this->pins().events[c] = 2;
    if (i == 7) this->pins().cnt_bytes[c] = 1;
    for (unsigned n = 0; n < 100 + i; ++n) this->Tick();
    this->pins().cnt_events[c] = this->pins().events[c] = this->pins().cnt_bytes[c] = 0;
    for (unsigned w = 0; w < 8; ++w)
      EXPECT_EQ(this->Read(this->Channel(c, words[w])), w <= i ? 100 + w : 0) << i << " " << w;
  }
  if (c > 0) {
    for (const uint32_t word : words) EXPECT_EQ(this->Read(this->Channel(0, word)), 0u);
  }
}

TYPED_TEST(RegisterBehaviour, ResetClearsTheCounters) {
  const auto c = this->kLast;
  this->pins().cnt_events[c] = 0x3F;
  this->pins().cnt_bytes[c] = 128;
  for (unsigned n = 0; n < 50; ++n) this->Tick();
  this->pins().cnt_events[c] = this->pins().cnt_bytes[c] = 0;
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_CNT_DESCS)), 50u);

  this->pins().resetting[c] = 1;
  this->Tick();
  this->pins().resetting[c] = 0;
  this->Tick();
  this->Tick();

  for (uint32_t word = SGDMA_CH_CNT_BYTES_LO; word <= SGDMA_CH_CNT_ERRORS; word += 4)
    EXPECT_EQ(this->Read(this->Channel(c, word)), 0u) << std::hex << word;
}

// The latch is that of POSITION.
TYPED_TEST(RegisterBehaviour, ReadingALowHalfHoldsTheHighOne) {
  const auto c = this->kLast;
  this->pins().pos_bytes[c] = 0x5555;
  this->Read(this->Channel(c, SGDMA_CH_POS_SLOT_INDEX));
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_CNT_BYTES_HI)), 0x5555u) << "nothing else yet";

  this->Read(this->Channel(c, SGDMA_CH_CNT_BYTES_LO));

  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_CNT_BYTES_HI)), 0u);
  EXPECT_EQ(this->Read(this->Channel(c, SGDMA_CH_POS_BYTES)), 0u) << "one latch a page";
}

}  // namespace
}  // namespace tb
