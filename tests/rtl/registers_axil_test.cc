// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The AXI4-Lite side of the register file: every order of AW and W, slow managers, both directions
// at once, latency.

#include <random>

#include "rtl/registers_bench.h"

namespace tb {
namespace {

using testing::ElementsAre;

template <typename Build>
class RegisterPort : public RegistersTest<Build> {
 protected:
  uint32_t Scratch() const { return this->Global(SGDMA_GLB_SCRATCH); }

  // Steps until `done` of what ended; the number of cycles it took, the last one included.
  template <typename Done>
  int StepsUntil(Done done) {
    for (int i = 1; i <= 30; ++i) {
      if (done(this->Step())) return i;
    }
    ADD_FAILURE() << "nothing within 30 cycles";
    return -1;
  }

  struct Outputs {
    uint32_t awready, wready, bvalid, arready, rvalid, rdata, irq;
    bool operator==(const Outputs&) const = default;
  };
  Outputs SeeOutputs() {
    auto& p = this->pins();
    return {p.awready, p.wready, p.bvalid, p.arready, p.rvalid, p.rdata, p.irq};
  }
};
TYPED_TEST_SUITE(RegisterPort, RegisterBuilds);

TYPED_TEST(RegisterPort, TakesAddressBeforeDataAndDataBeforeAddress) {
  for (int lead = 0; lead < 6; ++lead) {
    for (const bool address_first : {true, false}) {
      const uint32_t value = 0xC0DE0000u + static_cast<uint32_t>(lead * 2 + address_first);
      address_first ? this->OfferAw(this->Scratch()) : this->OfferW(value);
      for (int i = 0; i < lead; ++i) {
        const auto ended = this->Step();
        ASSERT_FALSE(ended.aw || ended.w || ended.b);
      }
      address_first ? this->OfferW(value) : this->OfferAw(this->Scratch());
      this->FinishWrite();
      ASSERT_EQ(this->Read(this->Scratch()), value) << "lead " << lead;
    }
  }
}

TYPED_TEST(RegisterPort, HoldsAResponseUntilItIsTakenAndSendsItOnce) {
  this->OfferWrite(this->Scratch(), 1);
  this->StepsUntil([](const auto& ended) { return ended.aw; });
  this->OfferWrite(this->Scratch(), 2);  // waits: one write at a time
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(this->pins().bvalid, 1);
    ASSERT_FALSE(this->Step().aw);
  }
  EXPECT_EQ(this->Read(this->Scratch()), 1u);
  this->pins().bready = 1;
  int responses = 0;
  for (int i = 0; i < 20; ++i) responses += this->Step().b;

  EXPECT_EQ(responses, 2);
  EXPECT_EQ(this->Read(this->Scratch()), 2u);
}

TYPED_TEST(RegisterPort, HoldsReadDataUntilItIsTaken) {
  this->Write(this->Scratch(), 0xFEEDF00D);
  this->OfferRead(this->Scratch());
  this->StepsUntil([&](const auto&) { return this->pins().rvalid; });
  this->OfferRead(this->Global(SGDMA_GLB_ID));
  this->Write(this->Scratch(), 0);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(this->pins().rvalid, 1);
    ASSERT_EQ(this->pins().rdata, 0xFEEDF00Du);
    ASSERT_FALSE(this->Step().ar);
  }
  this->pins().rready = 1;
  ASSERT_TRUE(this->Step().r);
  this->StepsUntil([](const auto& ended) { return ended.r; });

  EXPECT_EQ(this->read_data(), SGDMA_GLB_ID_RESET);
}

// Both directions in one cycle, at every distance, on one word: the read sees the old or the new
// value, both end.
TYPED_TEST(RegisterPort, ServesAReadAndAWriteOfOneWordAtOnce) {
  for (int write_at = 0; write_at < 6; ++write_at) {
    for (int read_at = 0; read_at < 6; ++read_at) {
      this->Write(this->Scratch(), 0x0DD);
      this->pins().bready = this->pins().rready = 1;
      bool wrote = false, read = false;
      uint32_t seen = 0;
      for (int i = 0; i < 16; ++i) {
        if (i == write_at) this->OfferWrite(this->Scratch(), 0xAE3);
        if (i == read_at) this->OfferRead(this->Scratch());
        const auto ended = this->Step();
        wrote |= ended.b;
        if (ended.r) read = true, seen = this->read_data();
      }
      this->pins().bready = this->pins().rready = 0;
      ASSERT_TRUE(wrote && read) << write_at << " " << read_at;
      ASSERT_TRUE(seen == 0x0DD || seen == 0xAE3) << std::hex << seen;
      if (read_at > write_at) {
        ASSERT_EQ(seen, 0xAE3u) << "a read offered after the write saw the old value";
      }
      ASSERT_EQ(this->Read(this->Scratch()), 0xAE3u);
    }
  }
}

TYPED_TEST(RegisterPort, NeverMixesTheAddressesOfAReadAndAWrite) {
  for (int read_at = 0; read_at < 4; ++read_at) {
    const uint32_t value = 0x5EED0000u + static_cast<uint32_t>(read_at);
    this->pins().bready = this->pins().rready = 1;
    this->OfferWrite(this->Scratch(), value);
    bool read = false;
    for (int i = 0; i < 12; ++i) {
      if (i == read_at) this->OfferRead(this->Global(SGDMA_GLB_ID));
      read |= this->Step().r;
    }
    ASSERT_TRUE(read);
    ASSERT_EQ(this->read_data(), SGDMA_GLB_ID_RESET) << read_at;
    ASSERT_EQ(this->Read(this->Scratch()), value) << read_at;
  }
}

TYPED_TEST(RegisterPort, ADirectionThatIsNotAnsweredDoesNotHoldTheOther) {
  this->OfferWrite(this->Scratch(), 5);
  this->StepsUntil([&](const auto&) { return this->pins().bvalid; });  // never taken until the end
  for (int i = 0; i < 5; ++i) ASSERT_EQ(this->Read(this->Scratch()), 5u);
  this->FinishWrite();

  this->OfferRead(this->Scratch());
  this->StepsUntil([&](const auto&) { return this->pins().rvalid; });
  for (uint32_t i = 0; i < 5; ++i) this->Write(this->Scratch(), i);
  this->pins().rready = 1;
  ASSERT_TRUE(this->Step().r);
  EXPECT_EQ(this->read_data(), 5u);
}

// From VALIDs to handshake one cycle; in the handshake's cycle the strobe is up, after it the
// register is new.
TYPED_TEST(RegisterPort, ADoorbellRingsInTheCycleOfItsHandshake) {
  this->OfferWrite(this->Channel(0, SGDMA_CH_SUB_TAIL), 3);
  EXPECT_EQ(this->pins().awready, 0);
  this->Step();
  this->TakeStrobes();
  EXPECT_TRUE(this->Step().aw);

  EXPECT_THAT(this->TakeStrobes(), ElementsAre(Strobe{"tail", 0, 3}));
}

TYPED_TEST(RegisterPort, AReadTakesThreeCyclesAndAWriteToo) {
  this->pins().bready = this->pins().rready = 1;
  this->OfferWrite(this->Scratch(), 1);
  EXPECT_EQ(this->StepsUntil([](const auto& ended) { return ended.b; }), 3);
  this->OfferRead(this->Scratch());
  EXPECT_EQ(this->StepsUntil([](const auto& ended) { return ended.r; }), 3);
}

// Random managers against a model of one word; protocol stability is looked at in every cycle.
TYPED_TEST(RegisterPort, KeepsEveryWriteOfARandomManager) {
  std::mt19937 random(1);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  uint32_t model = 0, next = 1, offered = 0;
  int writes = 0, reads = 0;
  for (int i = 0; i < 20000; ++i) {
    auto& p = this->pins();
    if (!p.awvalid && !p.wvalid && offered == model) {
      offered = next++;
      chance(50) ? this->OfferAw(this->Scratch()) : this->OfferW(offered);
    } else if (offered != model && chance(40)) {
      this->OfferAw(this->Scratch());
      this->OfferW(offered);
    }
    if (!p.arvalid && chance(30)) this->OfferRead(this->Scratch());
    p.bready = chance(60);
    p.rready = chance(60);
    const bool b_waits = p.bvalid && !p.bready, r_waits = p.rvalid && !p.rready;
    const uint32_t data = p.rdata, before = model;
    const auto ended = this->Step();
    ASSERT_EQ(ended.aw, ended.w);
    if (ended.aw) model = offered, ++writes;
    if (ended.r) {
      ++reads;
      ASSERT_LE(this->read_data(), before);
      ASSERT_GE(this->read_data() + 8, before) << "an old value";
    }
    if (b_waits) {
      ASSERT_EQ(p.bvalid, 1);
    }
    if (r_waits) {
      ASSERT_TRUE(p.rvalid && p.rdata == data);
    }
  }

  EXPECT_GT(writes, 2000);
  EXPECT_GT(reads, 2000);
}

// Between two clock edges no input, whatever it does, moves an output of the port.
TYPED_TEST(RegisterPort, HasNoPathFromAnInputPinToAnOutputPin) {
  std::mt19937 random(2);
  auto& p = this->pins();
  for (int c = 0; c < TypeParam::kChannels; ++c)
    this->Write(this->Channel(c, SGDMA_CH_ENABLE), 0x1F);
  this->Write(this->Global(SGDMA_GLB_IRQ_MASK), 0xFFFF);
  for (int i = 0; i < 2000; ++i) {
    const auto outputs = this->SeeOutputs();
    p.awaddr = random() & 0xFFFC, p.araddr = random() & 0xFFFC, p.wdata = random(),
    p.wstrb = random() & 0xF;
    p.awvalid = random() & 1, p.wvalid = random() & 1, p.bready = random() & 1;
    p.arvalid = random() & 1, p.rready = random() & 1;
    for (int c = 0; c < TypeParam::kChannels; ++c) {
      p.events[c] = random() & 0xF, p.refused[c] = random() & 1, p.state[c] = random() & 7;
    }
    p.eval();
    ASSERT_EQ(this->SeeOutputs(), outputs) << "cycle " << i;
    this->Tick();
  }
}

}  // namespace
}  // namespace tb
