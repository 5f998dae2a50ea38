// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Random programs on all channels at once, over random memories, streams and peripherals, held
// against the reference model: records, interrupts, error counts, memory, packets, FIFOs.
//
// Inside rc::check a failing plan is shrunk, and RapidCheck prints it and the line that runs it
// again:
//
//   rc::check("good programs", [] { PlayRandomPlan(/*hurt=*/false); });
//
// By its seed a plan is always the same, and so is what the pins do (engine_random_test.cc):
//
//   const Played played = PlaySeed(7, /*hurt=*/true);

#ifndef SGDMA_TESTS_RTL_ENGINE_RANDOM_PLAN_H_
#define SGDMA_TESTS_RTL_ENGINE_RANDOM_PLAN_H_

#include <cstdint>

#include "random_coverage.h"

namespace tb {

// Draws a plan and plays it; throws std::exception when the engine and the model differ. With
// `hurt`, descriptors are bad and the bus errs at places, and the channels leave HALTED by RETRY
// and SKIP or go on (CONTINUE).
void PlayRandomPlan(bool hurt);

struct Played {
  uint64_t cycles = 0;
  uint64_t trace = 0;  // of every pin in every cycle
  bool operator==(const Played&) const = default;
};

// The plan that belongs to `seed`. Throws as above.
Played PlaySeed(uint64_t seed, bool hurt, Coverage* coverage = nullptr);

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RANDOM_PLAN_H_
