// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "sgdma_baremetal.h"

// ---- What depends on the CPU

#if defined(__ARM_ARCH)

// DMB orders normal memory against device memory; DSB would also wait.
static inline void fence_write(void) { __asm__ volatile("dmb" ::: "memory"); }
static inline void fence_read(void) { __asm__ volatile("dmb" ::: "memory"); }

static inline uint32_t interrupts_off(void) {
  uint32_t primask;
  __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
  return primask;
}

static inline void interrupts_restore(uint32_t primask) {
  __asm__ volatile("msr primask, %0" ::"r"(primask) : "memory");
}

#elif defined(__riscv)

// Memory before device output; device input before memory, and memory before memory.
static inline void fence_write(void) { __asm__ volatile("fence w, ow" ::: "memory"); }
static inline void fence_read(void) { __asm__ volatile("fence ir, ir" ::: "memory"); }

static inline uint32_t interrupts_off(void) {
  uintptr_t mstatus;
  __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(mstatus)::"memory");
  return (uint32_t)mstatus & 8u;  // MIE
}

static inline void interrupts_restore(uint32_t mie) {
  __asm__ volatile("csrs mstatus, %0" ::"r"((uintptr_t)mie) : "memory");
}

#else
#error "sgdma_baremetal: say here how this CPU orders memory and masks interrupts"
#endif

static inline void count_down(uint32_t loops) {
  for (; loops != 0; --loops) __asm__ volatile("");
}

// ---- The same everywhere

static volatile uint32_t *reg(void *ctx, uint32_t offset) {
  const sgdma_baremetal_t *board = ctx;
  return (volatile uint32_t *)(board->registers + offset);
}

static uint32_t read32(void *ctx, uint32_t offset) { return *reg(ctx, offset); }

static void write32(void *ctx, uint32_t offset, uint32_t value) { *reg(ctx, offset) = value; }

// Identity. Address 0 stays unmapped, as everywhere in the driver.
static bool map(void *ctx, sgdma_mapping_t *m) {
  (void)ctx;
  m->iova = (uintptr_t)m->cpu;
  return m->iova != 0;
}

static void unmap(void *ctx, const sgdma_mapping_t *m) {
  (void)ctx;
  (void)m;
  fence_read();
}

static void sync(void *ctx, const sgdma_mapping_t *m, size_t offset, size_t bytes) {
  (void)ctx;
  (void)m;
  (void)offset;
  (void)bytes;
  __asm__ volatile("" ::: "memory");  // the compiler has no copies in registers
}

static void wmb(void *ctx) {
  (void)ctx;
  fence_write();
}

static void rmb(void *ctx) {
  (void)ctx;
  fence_read();
}

static void delay_us(void *ctx, uint32_t us) {
  const sgdma_baremetal_t *board = ctx;
  for (; us != 0; --us) count_down(board->loops_per_us);
}

static uint32_t enter_critical(void *ctx) {
  (void)ctx;
  return interrupts_off();
}

static void leave_critical(void *ctx, uint32_t state) {
  (void)ctx;
  interrupts_restore(state);
}

void sgdma_baremetal_init(sgdma_baremetal_t *board, uintptr_t registers, uint32_t loops_per_us) {
  board->registers = registers;
  board->loops_per_us = loops_per_us;
  board->hal = (sgdma_hal_t){
      .ctx = board,
      .read32 = read32,
      .write32 = write32,
      .map = map,
      .unmap = unmap,
      .sync_for_device = sync,
      .sync_for_cpu = sync,
      .wmb = wmb,
      .rmb = rmb,
      .delay_us = delay_us,
      .enter_critical = enter_critical,
      .leave_critical = leave_critical,
      .log = NULL,
  };
}
