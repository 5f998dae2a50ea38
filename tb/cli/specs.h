// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The small languages of the options. Each Parse throws UsageError with a sentence that names the
// legal forms.

#ifndef SGDMA_TB_CLI_SPECS_H_
#define SGDMA_TB_CLI_SPECS_H_

#include <cstdint>
#include <string>

#include "axi/memory_port.h"
#include "axi/stall.h"
#include "sim/random.h"

namespace tb::cli {

// Sizes of fragments: "N", "A-B" (each equally likely), "mix" (tiny, unaligned, page-sized, long).
// 1 byte to 64 KiB; K means 1024.
class FragmentSizes {
 public:
  static constexpr uint32_t kLongest = 65536;

  static FragmentSizes Parse(const std::string& spec);
  uint32_t Draw(Random& random) const;

 private:
  bool mix_ = false;
  uint32_t shortest_ = 0;
  uint32_t longest_ = 0;
};

// "N" or "A-B" cycles, 1..100000.
Latency ParseLatency(const std::string& spec);

// "none", "bursts", or a percentage of stalled cycles, "1".."99".
Stall ParseStalls(const std::string& spec);

// Slots: a power of two, 4..65536. Returns log2.
uint8_t ParseRing(const std::string& spec);

// Where an error is to happen: "<where>:<n>=<what>", n counts from 1.
struct FaultSpec {
  enum class Where : uint8_t {
    kNone,
    kRead,       // n-th data read burst
    kWrite,      // n-th data write burst
    kDesc,       // n-th descriptor fetch
    kRecord,     // n-th completion record
    kTranslate,  // the page of the n-th source fragment is not mapped
  };
  Where where = Where::kNone;
  uint64_t nth = 1;
  AxiResp resp = AxiResp::kSlvErr;
  bool silence = false;  // never answered: a hang
  std::string text;      // as it was given

  static FaultSpec Parse(const std::string& spec);
};

enum class Recovery : uint8_t { kAuto, kRetry, kRetryRest, kSkip, kRestart };
Recovery ParseRecovery(const std::string& spec);

}  // namespace tb::cli

#endif  // SGDMA_TB_CLI_SPECS_H_
