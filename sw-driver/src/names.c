// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Sentences for humans. A switch without default: the compiler names the enumerator that has none.

#include "internal.h"

const char *sgdma_result_name(sgdma_result_t result) {
  switch (result) {
    case SGDMA_OK:
      return "done";
    case SGDMA_AGAIN:
      return "ring or transaction table full; retry after a completion";
    case SGDMA_BUSY:
      return "the hardware has not finished; its memory must not be touched";
    case SGDMA_TIMEOUT:
      return "the transaction has not ended in time";
    case SGDMA_BAD_ARGUMENT:
      return "null pointer, unknown flag or value out of range";
    case SGDMA_BAD_LENGTH:
      return "empty list or segment of 0 bytes";
    case SGDMA_BAD_ADDRESS:
      return "address null, misaligned, overlapping or beyond the engine";
    case SGDMA_TOO_LONG:
      return "does not fit even into empty rings and arrays; split the list";
    case SGDMA_BAD_STATE:
      return "not legal in this state";
    case SGDMA_HALTED:
      return "the channel is halted by an error; retry, skip or terminate";
    case SGDMA_REFUSED:
      return "the engine refused the command; terminate";
    case SGDMA_UNSUPPORTED:
      return "not built into this engine";
    case SGDMA_NO_MAPPING:
      return "the platform could not map the memory";
    case SGDMA_DEVICE_FAULT:
      return "the device contradicts itself; terminate";
    case SGDMA_WRONG_ID:
      return "no sgdma engine answers at this address";
    case SGDMA_NEWER_VERSION:
      return "the engine is newer than this driver; update the driver";
    case SGDMA_NO_CHANNELS:
      return "the engine says it has no channels";
    case SGDMA_BAD_CAPABILITY:
      return "the engine's capability words can not be true";
    case SGDMA_DEAD_REGISTERS:
      return "the engine's registers do not keep what is written";
  }
  return "unknown result";
}

const char *sgdma_fault_name(sgdma_fault_code_t code) {
  switch (code) {
    case SGDMA_FAULT_NONE:
      return "none";
    case SGDMA_FAULT_SLVERR:
      return "SLVERR: a subordinate or the IOMMU answered with an error";
    case SGDMA_FAULT_DECERR:
      return "DECERR: nothing answers at this address";
    case SGDMA_FAULT_BAD_OPCODE:
      return "opcode unknown or not built";
    case SGDMA_FAULT_BAD_CTL:
      return "control bits not allowed for this opcode";
    case SGDMA_FAULT_BAD_LENGTH:
      return "length 0 or not a multiple of the element";
    case SGDMA_FAULT_BAD_ADDRESS:
      return "address beyond the engine's width, or misaligned";
    case SGDMA_FAULT_BAD_PHASE:
      return "stale slot: its PHASE is of another lap";
    case SGDMA_FAULT_BAD_LINK:
      return "LINK of 0 entries or in mid-array";
    case SGDMA_FAULT_BAD_STRIDE:
      return "STRIDE without a legal partner";
    case SGDMA_FAULT_ABORTED:
      return "cut by ABORT";
    case SGDMA_FAULT_SKIPPED:
      return "skipped";
    case SGDMA_FAULT_TIMEOUT:
      return "the watchdog gave up on the bus";
    case SGDMA_FAULT_STREAM_ERROR:
      return "the stream was cut or malformed";
    case SGDMA_FAULT_RECORD_STATUS:
      return "device fault: record with unknown status or place";
    case SGDMA_FAULT_RECORD_FLAGS:
      return "device fault: record with flags that can not be set";
    case SGDMA_FAULT_RECORD_SLOT:
      return "device fault: record for a slot not in flight";
    case SGDMA_FAULT_RECORD_INDEX:
      return "device fault: record for a list entry that is not there";
    case SGDMA_FAULT_RECORD_BYTES:
      return "device fault: record with an impossible byte count";
    case SGDMA_FAULT_RECORD_MISSING:
      return "device fault: a record is missing or stale";
    case SGDMA_FAULT_HEAD_RANGE:
      return "device fault: head register out of range";
    case SGDMA_FAULT_POSITION_RANGE:
      return "device fault: position register out of range";
    case SGDMA_FAULT_STATE:
      return "device fault: unknown channel state";
    case SGDMA_FAULT_LOST:
      return "device fault: the channel was reset behind the driver's back";
    case SGDMA_FAULT_GONE:
      return "device fault: the device does not answer any more";
  }
  return "unknown fault";
}

const char *sgdma_where_name(sgdma_where_t where) {
  switch (where) {
    case SGDMA_WHERE_NONE:
      return "nowhere";
    case SGDMA_WHERE_DESC:
      return "descriptor";
    case SGDMA_WHERE_READ:
      return "read";
    case SGDMA_WHERE_WRITE:
      return "write";
    case SGDMA_WHERE_RECORD:
      return "record";
    case SGDMA_WHERE_MESSAGE:
      return "message";
    case SGDMA_WHERE_STREAM:
      return "stream";
    case SGDMA_WHERE_WATCHDOG:
      return "watchdog";
  }
  return "unknown place";
}

const char *sgdma_axi_name(sgdma_axi_t axi) {
  switch (axi) {
    case SGDMA_AXI_NONE:
      return "none";
    case SGDMA_AXI_AR:
      return "AR: a read address is refused";
    case SGDMA_AXI_R:
      return "R: read data is missing";
    case SGDMA_AXI_AW:
      return "AW: a write address is refused";
    case SGDMA_AXI_W:
      return "W: write data is refused";
    case SGDMA_AXI_B:
      return "B: a write response is missing";
  }
  return "unknown AXI channel";
}
