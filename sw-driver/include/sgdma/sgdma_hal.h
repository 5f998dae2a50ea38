// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What the driver needs from a platform: a dozen functions, filled in once per port and handed to
// sgdma_probe().
//
//   sgdma_*()  ──►  sgdma_hal_t  ──►  registers, memory, barriers, time
//
// The driver calls nothing else. It never blocks outside `delay_us`, and never calls `delay_us`,
// `map`, `unmap` or a callback of the client inside a critical section. Critical sections are short
// and never nested. In a co-simulation every function here may let time pass, and may enter the
// interrupt handler (sgdma_handle_irq) first, unless a critical section is open.
//
// `void *` is always a CPU address, `sgdma_iova_t` always a bus address as the engine puts it on
// AxADDR.

#ifndef SGDMA_SGDMA_HAL_H_
#define SGDMA_SGDMA_HAL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t sgdma_iova_t;

// Who writes a mapped buffer.
typedef enum sgdma_direction {
  SGDMA_TO_DEVICE = 1,      // the engine reads it
  SGDMA_FROM_DEVICE = 2,    // the engine writes it
  SGDMA_BIDIRECTIONAL = 3,  // both, in turns: ownership passes with sync calls
  SGDMA_SHARED =
      4,  // both at any time: rings and descriptor arrays. The driver syncs the bytes it means
} sgdma_direction_t;

// A piece of memory both sides can reach. Filled in by sgdma_map(), emptied by sgdma_unmap(); a
// board that has coherent memory at known addresses may fill it in by hand. The caller owns it.
typedef struct sgdma_mapping {
  void *cpu;          // NULL: not mapped
  sgdma_iova_t iova;  // contiguous for `bytes`; never 0
  size_t bytes;
  sgdma_direction_t direction;
} sgdma_mapping_t;

typedef struct sgdma_hal {
  void *ctx;  // handed back as the first argument

  // Engine registers. `offset` in bytes from the first page, a multiple of 4. One 32-bit access, in
  // program order.
  uint32_t (*read32)(void *ctx, uint32_t offset);
  void (*write32)(void *ctx, uint32_t offset, uint32_t value);

  // Gives [cpu, cpu + bytes) a bus address. Sets m->iova and returns true, or returns false and
  // changes nothing. The other fields of *m are set. The CPU's view is written back first where
  // caches need it.
  bool (*map)(void *ctx, sgdma_mapping_t *m);
  // Ends the engine's access. When it returns no access can reach the memory any more (IOTLB
  // fenced), and the CPU sees what the engine wrote.
  void (*unmap)(void *ctx, const sgdma_mapping_t *m);

  // Makes the CPU's stores to the range visible to the engine (clean), or the engine's to the CPU
  // (invalidate). Nothing to do on coherent systems. Called for rings too: four descriptors or
  // records share a cache line, and that is harmless because the engine never writes the submission
  // ring and the CPU never writes a running completion ring.
  void (*sync_for_device)(void *ctx, const sgdma_mapping_t *m, size_t offset, size_t bytes);
  void (*sync_for_cpu)(void *ctx, const sgdma_mapping_t *m, size_t offset, size_t bytes);

  // Stores to memory before it are visible to the engine before a register write behind it:
  // descriptors before the doorbell that makes them valid.
  void (*wmb)(void *ctx);
  // Loads behind it are not done before the loads in front of it: the record's PHASE before the
  // record's contents, a register's news before the memory it tells about.
  void (*rmb)(void *ctx);

  // Lets at least `us` microseconds pass. The only place where the driver waits.
  void (*delay_us)(void *ctx, uint32_t us);

  // Keeps the engine's interrupt handlers out (and other CPUs, where there are any). `leave` gets
  // what `enter` returned.
  uint32_t (*enter_critical)(void *ctx);
  void (*leave_critical)(void *ctx, uint32_t state);

  // Optional (NULL): one line for a human. `channel` is -1 for the engine.
  void (*log)(void *ctx, int channel, const char *what, uint32_t value);
} sgdma_hal_t;

#ifdef __cplusplus
}
#endif

#endif  // SGDMA_SGDMA_HAL_H_
