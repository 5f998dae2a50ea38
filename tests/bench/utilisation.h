// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// How much of the bus carries payload, against the most any engine with 16-byte descriptors could
// reach; and how fast descriptors that move nothing are taken.

#ifndef SGDMA_TESTS_BENCH_UTILISATION_H_
#define SGDMA_TESTS_BENCH_UTILISATION_H_

#include <functional>
#include <vector>

#include "results.h"

namespace tb {

// Measured between the first and the last quarter of the payload, from the bus monitor. The builds
// with several channels also run with all of them busy.
std::vector<UtilisationRow> MeasureUtilisation(
    bool quick, const std::function<void(const UtilisationRow&)>& done);

DecodeRow MeasureDecode();

}  // namespace tb

#endif  // SGDMA_TESTS_BENCH_UTILISATION_H_
