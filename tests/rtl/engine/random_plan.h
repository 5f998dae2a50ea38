// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Random programs on all channels at once, over random memories, held against the reference model:
// records, interrupts, error counts and memory. For use inside rc::check: a failing plan is shrunk,
// and RapidCheck prints it and the line that runs it again.
//
//   rc::check("good programs", [] { PlayRandomPlan(/*hurt=*/false); });

#ifndef SGDMA_TESTS_RTL_ENGINE_RANDOM_PLAN_H_
#define SGDMA_TESTS_RTL_ENGINE_RANDOM_PLAN_H_

namespace tb {

// Draws a plan and plays it; throws what RC_ASSERT throws. With `hurt`, descriptors are bad and the
// bus errs at places, and the channels leave HALTED by RETRY and SKIP or go on (CONTINUE).
void PlayRandomPlan(bool hurt);

}  // namespace tb

#endif  // SGDMA_TESTS_RTL_ENGINE_RANDOM_PLAN_H_
