// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The four latencies of the contract: from a handshake to the VALID that follows from it, on an
// idle port.

#ifndef SGDMA_TESTS_BENCH_LATENCY_H_
#define SGDMA_TESTS_BENCH_LATENCY_H_

#include <vector>

#include "results.h"

namespace tb {

// One descriptor at a time, over alignments, lengths and memory latencies; the worst of each.
std::vector<LatencyRow> MeasureLatencies();

}  // namespace tb

#endif  // SGDMA_TESTS_BENCH_LATENCY_H_
