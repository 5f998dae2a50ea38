// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What driver and engine share in memory: descriptors and completion records, 16 bytes each,
// little-endian, 16-byte aligned; rings are 64-byte aligned. Registers are in sgdma_regs.h
// (generated).

#ifndef SGDMA_SGDMA_HW_H_
#define SGDMA_SGDMA_HW_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "descriptors and records are little-endian; this driver is written for little-endian CPUs"
#endif

#ifdef __cplusplus
extern "C" {
#define SGDMA_STATIC_ASSERT static_assert
#else
#define SGDMA_STATIC_ASSERT _Static_assert
#endif

//           31          16 15           0
//   +0     |          src 31:0           |
//   +4     |     len      |  src 47:32   |
//   +8     |          dst 31:0           |
//   +12    |     ctl      |  dst 47:32   |
typedef struct sgdma_desc {
  uint32_t src_lo;
  uint32_t src_hi_len;
  uint32_t dst_lo;
  uint32_t dst_hi_ctl;
} sgdma_desc_t;

SGDMA_STATIC_ASSERT(sizeof(sgdma_desc_t) == 16, "a descriptor is 16 bytes");
SGDMA_STATIC_ASSERT(offsetof(sgdma_desc_t, src_hi_len) == 4, "src 47:32 and len");
SGDMA_STATIC_ASSERT(offsetof(sgdma_desc_t, dst_lo) == 8, "dst 31:0");
SGDMA_STATIC_ASSERT(offsetof(sgdma_desc_t, dst_hi_ctl) == 12, "dst 47:32 and ctl");

// ctl, as a 16-bit value.
#define SGDMA_CTL_OPCODE_MASK 0x000Fu
#define SGDMA_CTL_IRQ 0x0010u
#define SGDMA_CTL_CPL 0x0020u
#define SGDMA_CTL_FENCE 0x0040u
#define SGDMA_CTL_EOP 0x0080u
#define SGDMA_CTL_SRC_FIXED 0x0100u
#define SGDMA_CTL_DST_FIXED 0x0200u
#define SGDMA_CTL_PHASE 0x8000u  // toggles each lap of the ring, 1 in the first

enum {
  SGDMA_OP_INVALID = 0,
  SGDMA_OP_COPY = 1,
  SGDMA_OP_FILL = 2,
  SGDMA_OP_LINK = 3,
  SGDMA_OP_STRIDE = 4,
  SGDMA_OP_SEND = 5,
  SGDMA_OP_RECV = 6,
  SGDMA_OP_NOP = 7,
};

//           31          16 15           0
//   +0     |            bytes            |
//   +4     |    index     |     slot     |
//   +8     |       fault address 31:0    |
//   +12    |P|0|D|E| where| status | fault address 47:32 |     the word to poll: its last bit is
//   written last
typedef struct sgdma_record {
  uint32_t bytes;
  uint32_t index_slot;
  uint32_t fault_lo;
  uint32_t tail;
} sgdma_record_t;

SGDMA_STATIC_ASSERT(sizeof(sgdma_record_t) == 16, "a record is 16 bytes");
SGDMA_STATIC_ASSERT(offsetof(sgdma_record_t, index_slot) == 4, "slot and index");
SGDMA_STATIC_ASSERT(offsetof(sgdma_record_t, fault_lo) == 8, "fault address 31:0");
SGDMA_STATIC_ASSERT(offsetof(sgdma_record_t, tail) == 12, "status, where, flags and PHASE");

#define SGDMA_REC_SLOT_MASK UINT32_C(0x0000FFFF)
#define SGDMA_REC_INDEX_SHIFT 16u
#define SGDMA_REC_FAULT_HI_MASK UINT32_C(0x0000FFFF)
#define SGDMA_REC_STATUS_SHIFT 16u
#define SGDMA_REC_STATUS_MASK UINT32_C(0x00FF0000)
#define SGDMA_REC_WHERE_SHIFT 24u
#define SGDMA_REC_WHERE_MASK UINT32_C(0x0F000000)
#define SGDMA_REC_EOP UINT32_C(0x10000000)
#define SGDMA_REC_DIRECT UINT32_C(0x20000000)
#define SGDMA_REC_ZERO UINT32_C(0x40000000)
#define SGDMA_REC_PHASE \
  UINT32_C(0x80000000)  // toggles each lap of the completion ring, 1 in the first

#define SGDMA_INDEX_RING 0xFFFFu  // index of the ring's own slots

enum {
  SGDMA_ENTRY_BYTES = 16,        // descriptor or record
  SGDMA_RING_ALIGN = 64,         // bases of rings
  SGDMA_LOG2_MIN = 2,            // 4 slots
  SGDMA_LOG2_MAX = 16,           // 65,536 slots
  SGDMA_DESC_MAX_BYTES = 65535,  // longest transfer of one descriptor
  SGDMA_ARRAY_MAX = 65535,       // descriptors of one array
};

#ifdef __cplusplus
}
#endif

#endif  // SGDMA_SGDMA_HW_H_
