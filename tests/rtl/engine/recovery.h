// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The four ways out of HALTED after an error, each with what must be true behind it.

#ifndef SGDMA_TESTS_RTL_ENGINE_RECOVERY_H_
#define SGDMA_TESTS_RTL_ENGINE_RECOVERY_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/engine_bench.h"

namespace tb {

enum class Recovery : uint8_t { kRetry, kSkip, kAbortAndStart, kReset };

inline constexpr Recovery kRecoveries[] = {Recovery::kRetry, Recovery::kSkip,
                                           Recovery::kAbortAndStart, Recovery::kReset};

inline const char* Name(Recovery recovery) {
  static constexpr const char* kNames[] = {"Retry", "Skip", "AbortAndStart", "Reset"};
  return kNames[static_cast<unsigned>(recovery)];
}

inline void PrintTo(Recovery recovery, std::ostream* out) { *out << Name(recovery); }

// Takes the channel out of HALTED and runs what is left of `work`, whose first element is the
// failed descriptor (repaired in memory where it was wrong), to its end. After it, all of `work`
// (SKIP: all but the failed one) is exact.
inline void Recover(EngineBench& bench, EngineChannel& ch, Recovery recovery,
                    const std::vector<Descriptor>& work) {
  std::vector<Record> expected;
  std::vector<Record> records;
  ASSERT_EQ(ch.state(), State::kHalted);
  uint32_t slot = ch.HeadRegister();
  const bool from_ring = recovery == Recovery::kRetry || recovery == Recovery::kSkip;
  switch (recovery) {
    case Recovery::kRetry:
      ch.Give(Command::kRetry);
      break;
    case Recovery::kSkip:
      ch.Give(Command::kSkip);
      break;
    case Recovery::kAbortAndStart:
      ch.Give(Command::kAbort);
      EXPECT_EQ(ch.state(), State::kHalted);
      ch.Give(Command::kRetry);
      EXPECT_TRUE(ch.TakeRefused()) << "RETRY after ABORT";
      ch.Restart();
      break;
    case Recovery::kReset:
      ch.Reset();
      EXPECT_EQ(ch.state(), State::kIdle);
      EXPECT_EQ(ch.Read(SGDMA_CH_SUB_SIZE), 0u);
      ch.Start(4, 4);
      break;
  }
  ASSERT_FALSE(ch.TakeRefused());
  ASSERT_EQ(ch.state(), State::kRun);

  const size_t first = recovery == Recovery::kSkip ? 1 : 0;
  slot = from_ring ? slot + first : 0;
  for (size_t i = first; i < work.size(); ++i) {
    expected.push_back({.bytes = work[i].len, .slot = static_cast<uint16_t>(slot++ % ch.slots())});
  }
  records = ch.Run(from_ring ? std::vector<Descriptor>{} : work);
  EXPECT_EQ(records, expected);
  for (size_t i = first; i < work.size(); ++i) EXPECT_EQ(bench.CheckCopy(work[i]), "");

  // The next job is exact too.
  const Descriptor next = bench.NewCopy(77, 5, 2, kCpl);
  EXPECT_EQ(ch.Run({next}),
            (std::vector<Record>{{.bytes = 77, .slot = static_cast<uint16_t>(slot % ch.slots())}}));
  EXPECT_EQ(bench.CheckCopy(next), "");
}

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RECOVERY_H_
