// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Table-driven: every word of every page against the register description, and every address that
// is no word.

#include <set>

#include "rtl/registers_bench.h"

namespace tb {
namespace {

template <typename Build>
class RegisterWords : public RegistersTest<Build> {
 protected:
  using Base = RegistersTest<Build>;

  uint32_t ResetValue(const RegisterWord& word) const {
    if (word.source != "param") return word.reset;
    return Build::kCap[word.plain.back() - '0'];
  }

  // Each word reads `expected`, in table order.
  void ExpectAll(const std::vector<uint32_t>& expected, const std::string& when) {
    const std::vector<uint32_t> found = this->Snapshot();
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i], expected[i]) << this->words()[i].name << " " << when;
    }
  }

  std::vector<uint32_t> ResetValues() const {
    std::vector<uint32_t> values;
    for (const RegisterWord& word : this->words()) values.push_back(ResetValue(word));
    return values;
  }
};
TYPED_TEST_SUITE(RegisterWords, RegisterBuilds);

TYPED_TEST(RegisterWords, HaveTheirResetValues) {
  ASSERT_EQ(this->words().size(), 11u + TypeParam::kChannels * (12u + 52u));

  this->ExpectAll(this->ResetValues(), "after reset");
}

// Whatever is written to any word, that word alone changes, and only in its writable bits.
TYPED_TEST(RegisterWords, TakeWhatTheirWriteMaskSaysAndNothingElse) {
  std::vector<uint32_t> expected = this->ResetValues();

  for (size_t i = 0; i < this->words().size(); ++i) {
    const RegisterWord& word = this->words()[i];
    if (word.doorbell && word.built) continue;  // refused: see RegisterDoorbells
    for (const uint32_t pattern : {0xFFFFFFFFu, 0x00000000u, 0xA5C3F069u, 0x5A3C0F96u}) {
      const uint32_t data = pattern & word.free_bits();
      this->Write(word.address, data);
      if (word.stored()) expected[i] = data & word.wmask;
      ASSERT_EQ(this->Read(word.address), expected[i])
          << word.name << " after " << std::hex << data;
    }
    this->ExpectAll(expected, "after writes to " + word.name);
    if (this->HasFailure()) return;
  }
}

TYPED_TEST(RegisterWords, HonourEachByteStrobe) {
  for (const RegisterWord& word : this->words()) {
    if (!word.stored() || word.doorbell) continue;  // doorbells take all strobes or none
    const uint32_t old_value = 0x96969696 & word.free_bits();
    const uint32_t new_value = 0x69696969 & word.free_bits();
    for (uint8_t strobes = 0; strobes <= this->kAll; ++strobes) {
      uint32_t lanes = 0;
      for (int b = 0; b < 4; ++b) lanes |= (strobes >> b & 1) ? 0xFFu << (8 * b) : 0;
      this->Write(word.address, old_value);
      this->Write(word.address, new_value, strobes);
      ASSERT_EQ(this->Read(word.address), ((old_value & ~lanes) | (new_value & lanes)) & word.wmask)
          << word.name << " with strobes " << int{strobes};
    }
  }
}

TYPED_TEST(RegisterWords, IgnoreTheTwoLowAddressBits) {
  for (uint32_t low = 0; low < 4; ++low) {
    this->Write(this->Global(SGDMA_GLB_SCRATCH) + low, 0x1000 + low);
    EXPECT_EQ(this->Read(this->Global(SGDMA_GLB_SCRATCH) + (3 - low)), 0x1000 + low);
  }
}

// Every word address of the whole range that is not in the table: 32 pages, those of absent
// channels too. Above the first 4 KiB of a page, where the pages are larger, a sample: each address
// bit alone and all of them.
TYPED_TEST(RegisterWords, HolesReadZeroAndIgnoreWrites) {
  std::set<uint32_t> known;
  for (const RegisterWord& word : this->words()) known.insert(word.address);
  std::vector<uint32_t> holes;
  for (uint32_t page = 0; page < 32; ++page) {
    std::vector<uint32_t> windows = {0};
    for (int bit = 12; bit < TypeParam::kPageLog2; ++bit) windows.push_back(1u << bit);
    if (TypeParam::kPageLog2 > 12) windows.push_back((1u << TypeParam::kPageLog2) - 0x1000);
    for (const uint32_t window : windows) {
      for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
        const uint32_t address = (page << TypeParam::kPageLog2) + window + offset;
        if (!known.count(address) && (window == 0 || offset < 0x200)) holes.push_back(address);
      }
    }
  }
  ASSERT_GT(holes.size(), 32u * 1024u - known.size() - 1);

  for (const uint32_t hole : holes) {
    this->Write(hole, 0xFFFFFFFF);
    ASSERT_EQ(this->Read(hole), 0u) << std::hex << hole;
  }

  EXPECT_THAT(this->TakeStrobes(), testing::IsEmpty());
  this->ExpectAll(this->ResetValues(), "after writes to all holes");
}

TYPED_TEST(RegisterWords, HaveTheirResetValuesAgainAfterPowerOnReset) {
  for (const RegisterWord& word : this->words())
    this->Write(word.address, word.free_bits() & word.wmask);
  this->Reset();

  this->ExpectAll(this->ResetValues(), "after a second reset");
}

TYPED_TEST(RegisterWords, OfWordsNotBuiltHaveNoWriteMask) {
  for (const RegisterWord& word : this->words()) {
    if (!word.built) {
      EXPECT_EQ(word.wmask | word.w1c | word.reset, 0u) << word.name;
    }
  }
}

}  // namespace
}  // namespace tb
