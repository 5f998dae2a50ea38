// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Reference port for a CPU without operating system: registers at a fixed address, bus address =
// CPU address, one core. Cortex-M and RISC-V machine mode; other CPUs fill in the six inline
// functions at the head of sgdma_baremetal.c.
//
//   static sgdma_baremetal_t board;
//   sgdma_baremetal_init(&board, 0x40010000, 80000000 / 1000000 / 4);
//   sgdma_probe(&dev, &board.hal, 0);
//
// Caches: none, or the engine's memory is not cached. Otherwise replace hal.sync_for_device (clean)
// and hal.sync_for_cpu (invalidate) after init; buffers then start and end on cache lines.

#ifndef SGDMA_BAREMETAL_H_
#define SGDMA_BAREMETAL_H_

#include "sgdma/sgdma_hal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sgdma_baremetal {
  sgdma_hal_t hal;
  uintptr_t registers;    // CPU address of the engine's first page
  uint32_t loops_per_us;  // of a counting loop; too many only makes time-outs longer
} sgdma_baremetal_t;

// Fills in board->hal. *board must live as long as the device that is probed with it.
void sgdma_baremetal_init(sgdma_baremetal_t *board, uintptr_t registers, uint32_t loops_per_us);

#ifdef __cplusplus
}
#endif

#endif  // SGDMA_BAREMETAL_H_
