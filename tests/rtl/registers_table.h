// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The register map as rtl/regs/sgdma_regs.json tells it, laid out for one build: every word of the
// global page, of the global block of each channel and of each channel page. What a test expects of
// a word comes from here.

#ifndef SGDMA_TESTS_RTL_REGISTERS_TABLE_H_
#define SGDMA_TESTS_RTL_REGISTERS_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tb {

struct RegisterWord {
  std::string name;    // GLB_ID, GLB_CH_CTRL[1], CH_STATE[0]
  std::string plain;   // without the channel: GLB_CH_CTRL
  uint32_t address;    // from the start of the map
  int channel;         // -1: of the whole engine
  uint32_t reset;      // meaningless when source is "param"
  uint32_t wmask;      // bits a write acts on
  uint32_t w1c;        // bits a 1 clears
  std::string source;  // const, param, page, status
  std::string lock;    // none, ring, stopped, idle
  bool doorbell;
  bool built;

  // A built word that keeps what is written.
  bool stored() const { return source == "page" && wmask != 0; }
  // Bits that may have any value; of the others some values are refused.
  uint32_t free_bits() const {
    if (plain == "CH_PACING") return 0xFFFF0F03;  // bursts of up to 15 beats
    if (plain == "CH_FIXED") return 0x00000F03;   // elements of up to 8 bytes
    return ~uint32_t{0};
  }
};

// All words of a build, by address. Throws std::runtime_error when the table cannot be read.
std::vector<RegisterWord> LoadRegisterTable(int channels, int page_log2);

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_REGISTERS_TABLE_H_
