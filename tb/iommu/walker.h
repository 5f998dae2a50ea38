// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// First-stage page-table walk, Sv39 and Sv48. Pure: no cache, no time, no fault queue; A and D are
// its only stores.
//
// Order of the checks, which is observable:
//   IOVA canonical -> each entry: load (access error, then poison), V, W without R, reserved bits,
//   N above level 0
//   -> pointer: A, D, U clear, not at level 0 -> leaf: R or W as asked, U, superpage alignment,
//   NAPOT shape, A and D.

#ifndef SGDMA_TB_IOMMU_WALKER_H_
#define SGDMA_TB_IOMMU_WALKER_H_

#include <cstdint>

#include "iommu/directory.h"
#include "iommu/formats.h"
#include "iommu/table_memory.h"
#include "iommu/tlb.h"

namespace tb::iommu {

struct WalkResult {
  Cause cause = Cause::kNone;
  TlbEntry page;       // meaningful without a cause; pscid filled in
  uint32_t reads = 0;  // entries read; the atomic update of A and D counts as one more
};

// All bits above the mode's highest equal that one. IOVAs come 48 bits wide from the bus and are
// taken as unsigned, so in practice: below 2^38 (Sv39) or 2^47 (Sv48).
constexpr bool IsCanonical(FirstStageMode mode, uint64_t iova) {
  const unsigned top = mode == FirstStageMode::kSv39 ? 38 : 47;
  const uint64_t upper = iova >> top;
  return upper == 0 || upper == (~uint64_t{0} >> top);
}

// The context's mode is Sv39 or Sv48.
WalkResult WalkPageTable(TableMemory* memory, const DeviceContext& context, uint64_t iova,
                         bool write);

}  // namespace tb::iommu

#endif  // SGDMA_TB_IOMMU_WALKER_H_
