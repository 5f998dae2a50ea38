// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Finding the engine, and believing only what can be true.

#include "internal.h"

static bool in_range(uint32_t value, uint32_t low, uint32_t high) {
  return low <= value && value <= high;
}

static bool hal_is_complete(const sgdma_hal_t *hal) {
  return hal->read32 != NULL && hal->write32 != NULL && hal->map != NULL && hal->unmap != NULL &&
         hal->sync_for_device != NULL && hal->sync_for_cpu != NULL && hal->wmb != NULL &&
         hal->rmb != NULL && hal->delay_us != NULL && hal->enter_critical != NULL &&
         hal->leave_critical != NULL;
}

static sgdma_result_t check_identity(sgdma_dev_t *dev) {
  if (sgdmai_glb_read(dev, SGDMA_GLB_ID) != SGDMA_GLB_ID_RESET) return SGDMA_WRONG_ID;
  dev->caps.version = sgdmai_glb_read(dev, SGDMA_GLB_VERSION);
  if (SGDMAI_FIELD(dev->caps.version, SGDMA_GLB_VERSION_MAJOR) >
      SGDMAI_FIELD(SGDMA_GLB_VERSION_RESET, SGDMA_GLB_VERSION_MAJOR)) {
    return SGDMA_NEWER_VERSION;
  }
  return SGDMA_OK;
}

static bool scratch_keeps(const sgdma_dev_t *dev, uint32_t value) {
  sgdmai_glb_write(dev, SGDMA_GLB_SCRATCH, value);
  return sgdmai_glb_read(dev, SGDMA_GLB_SCRATCH) == value;
}

static sgdma_result_t check_registers(const sgdma_dev_t *dev) {
  const bool alive = scratch_keeps(dev, UINT32_C(0x5AA5C33C)) &&
                     scratch_keeps(dev, UINT32_C(0xA55A3CC3)) && scratch_keeps(dev, 0);
  return alive ? SGDMA_OK : SGDMA_DEAD_REGISTERS;
}

static sgdma_result_t read_widths(sgdma_caps_t *caps, uint32_t cap0) {
  const uint32_t channels = SGDMAI_FIELD(cap0, SGDMA_GLB_CAP0_CHANNELS);
  const uint32_t bus_log2 = SGDMAI_FIELD(cap0, SGDMA_GLB_CAP0_BUS_LOG2);
  const uint32_t address_bits = SGDMAI_FIELD(cap0, SGDMA_GLB_CAP0_ADDR_WIDTH);
  const uint32_t stride = SGDMAI_FIELD(cap0, SGDMA_GLB_CAP0_STRIDE);

  if (channels == 0) return SGDMA_NO_CHANNELS;
  if (channels > SGDMA_CHANNELS_MAX || !in_range(bus_log2, 2, 6) ||
      !in_range(address_bits, 32, 48) || stride > 2) {
    return SGDMA_BAD_CAPABILITY;
  }
  caps->channels = (uint8_t)channels;
  caps->bus_bytes = (uint16_t)(1u << bus_log2);
  caps->address_bits = (uint8_t)address_bits;
  caps->page_bytes = SGDMA_PAGE_BYTES(stride);
  return SGDMA_OK;
}

static sgdma_result_t read_depths(sgdma_caps_t *caps, uint32_t cap1, uint32_t cap2) {
  const uint32_t burst_log2 = SGDMAI_FIELD(cap1, SGDMA_GLB_CAP1_BURST_LOG2);
  const uint32_t burst_bytes = (uint32_t)caps->bus_bytes << burst_log2;

  caps->reads = (uint16_t)(SGDMAI_FIELD(cap1, SGDMA_GLB_CAP1_READS) + 1u);
  caps->writes = (uint16_t)(SGDMAI_FIELD(cap1, SGDMA_GLB_CAP1_WRITES) + 1u);
  caps->records = (uint16_t)(SGDMAI_FIELD(cap1, SGDMA_GLB_CAP1_RECORDS) + 1u);
  caps->max_burst_beats = (uint16_t)(1u << burst_log2);
  caps->buffer_bytes = 16u * SGDMAI_FIELD(cap2, SGDMA_GLB_CAP2_BUFFER);
  caps->prefetch = (uint16_t)(SGDMAI_FIELD(cap2, SGDMA_GLB_CAP2_PREFETCH) + 1u);
  caps->tracker = (uint16_t)(SGDMAI_FIELD(cap2, SGDMA_GLB_CAP2_TRACKER) + 1u);
  if (!in_range(burst_log2, 1, 8) || !in_range(burst_bytes, 16, 4096) || caps->reads < 4 ||
      caps->writes < 4 || caps->records < 4 || caps->prefetch < 4 || caps->tracker < 4 ||
      caps->buffer_bytes < 2 * burst_bytes) {
    return SGDMA_BAD_CAPABILITY;
  }
  return SGDMA_OK;
}

// A wrong page stride, or an address decoder that aliases, shows here.
static sgdma_result_t compare_pages(const sgdma_dev_t *dev) {
  for (uint32_t c = 0; c < dev->caps.channels; ++c) {
    const uint32_t page = (1 + c) * dev->caps.page_bytes;
    for (uint32_t word = 0; word < 4; ++word) {
      if (sgdmai_glb_read(dev, page + SGDMA_CH_CAP0 + 4 * word) !=
          sgdmai_glb_read(dev, SGDMA_GLB_CAP0 + 4 * word)) {
        return SGDMA_BAD_CAPABILITY;
      }
    }
  }
  return SGDMA_OK;
}

// Waits until a reset of the channel has ended.
static sgdma_result_t wait_idle(const sgdma_dev_t *dev, unsigned number) {
  const uint32_t block = SGDMA_GLB_CH_BASE + number * SGDMA_GLB_CH_STRIDE;
  const uint32_t page = (1 + (uint32_t)number) * dev->caps.page_bytes;
  for (uint32_t waited_us = 0;; ++waited_us) {
    const bool busy = sgdmai_glb_read(dev, block + SGDMA_GLB_CH_RESET) != 0;
    if (!busy && sgdmai_glb_read(dev, page + SGDMA_CH_STATE) == SGDMA_CH_STATE_STATE_IDLE &&
        sgdmai_glb_read(dev, page + SGDMA_CH_QUIESCED) == SGDMA_CH_QUIESCED_VALUE_MASK) {
      return SGDMA_OK;
    }
    if (waited_us >= dev->timeout_us) return SGDMA_BUSY;
    sgdmai_delay_us(dev, 1);
  }
}

sgdma_result_t sgdmai_reset(const sgdma_dev_t *dev, unsigned number) {
  const uint32_t block = SGDMA_GLB_CH_BASE + number * SGDMA_GLB_CH_STRIDE;
  sgdmai_glb_write(dev, block + SGDMA_GLB_CH_RESET, SGDMA_GLB_CH_RESET_GO_MASK);
  return wait_idle(dev, number);
}

// Whoever used the engine before may have left it running.
static sgdma_result_t quiet_engine(const sgdma_dev_t *dev) {
  sgdmai_glb_write(dev, SGDMA_GLB_IRQ_MASK, 0);
  for (uint32_t c = 0; c < dev->caps.channels; ++c) {
    const sgdma_result_t result = sgdmai_reset(dev, c);
    if (result != SGDMA_OK) {
      sgdmai_log(dev, (int)c, "channel does not become idle", 0);
      return result;
    }
    sgdmai_glb_write(dev, SGDMA_GLB_CH_BASE + c * SGDMA_GLB_CH_STRIDE + SGDMA_GLB_CH_CTRL, 0);
    sgdmai_clear_bounds(dev, c);
  }
  return SGDMA_OK;
}

static sgdma_result_t read_capabilities(sgdma_dev_t *dev) {
  const uint32_t cap0 = sgdmai_glb_read(dev, SGDMA_GLB_CAP0);
  const uint32_t cap1 = sgdmai_glb_read(dev, SGDMA_GLB_CAP1);
  const uint32_t cap2 = sgdmai_glb_read(dev, SGDMA_GLB_CAP2);

  dev->caps.features = sgdmai_glb_read(dev, SGDMA_GLB_CAP3);
  sgdma_result_t result = read_widths(&dev->caps, cap0);
  if (result == SGDMA_OK) result = read_depths(&dev->caps, cap1, cap2);
  if (result == SGDMA_OK) result = compare_pages(dev);
  return result;
}

sgdma_result_t sgdma_probe(sgdma_dev_t *dev, const sgdma_hal_t *hal, uint32_t timeout_us) {
  if (dev == NULL || hal == NULL || !hal_is_complete(hal)) return SGDMA_BAD_ARGUMENT;

  dev->hal = hal;
  dev->timeout_us = timeout_us != 0 ? timeout_us : SGDMA_DEFAULT_TIMEOUT_US;
  for (uint32_t c = 0; c < SGDMA_CHANNELS_MAX; ++c) dev->chans[c] = NULL;
  sgdma_result_t result = check_identity(dev);
  if (result == SGDMA_OK) result = check_registers(dev);
  if (result == SGDMA_OK) result = read_capabilities(dev);
  if (result == SGDMA_OK) result = quiet_engine(dev);
  if (result != SGDMA_OK) {
    dev->hal = NULL;  // what uses this device is refused from here on
    return result;
  }
  sgdmai_glb_write(dev, SGDMA_GLB_CONTROL, SGDMA_GLB_CONTROL_ENABLE_MASK);
  return SGDMA_OK;
}

static bool any_requested(const sgdma_dev_t *dev) {
  for (uint32_t c = 0; c < SGDMA_CHANNELS_MAX; ++c) {
    if (dev->chans[c] != NULL) return true;
  }
  return false;
}

sgdma_result_t sgdma_remove(sgdma_dev_t *dev) {
  if (dev == NULL) return SGDMA_BAD_ARGUMENT;
  if (dev->hal == NULL || any_requested(dev)) return SGDMA_BAD_STATE;

  sgdmai_glb_write(dev, SGDMA_GLB_IRQ_MASK, 0);
  sgdmai_glb_write(dev, SGDMA_GLB_CONTROL, 0);
  dev->hal = NULL;
  return SGDMA_OK;
}

sgdma_result_t sgdma_force_reset(sgdma_dev_t *dev) {
  if (dev == NULL) return SGDMA_BAD_ARGUMENT;
  if (dev->hal == NULL) return SGDMA_BAD_STATE;
  if (!sgdmai_has(dev, SGDMA_GLB_CAP3_FORCE_RESET_MASK)) return SGDMA_UNSUPPORTED;

  // First, so that no handler takes the reset for a fault and starts a channel anew.
  for (uint32_t c = 0; c < dev->caps.channels; ++c) {
    if (dev->chans[c] != NULL) sgdmai_silence(dev->chans[c]);
  }
  sgdmai_glb_write(dev, SGDMA_GLB_FORCE_RESET, SGDMA_GLB_FORCE_RESET_KEY_GO);
  for (uint32_t c = 0; c < dev->caps.channels; ++c) {
    const sgdma_result_t result = wait_idle(dev, c);
    if (result != SGDMA_OK) return result;
  }
  for (uint32_t c = 0; c < dev->caps.channels; ++c) {
    if (dev->chans[c] != NULL) sgdmai_give_up(dev->chans[c]);
  }
  dev->hal = NULL;  // the engine is not enabled any more
  return SGDMA_OK;
}

uint32_t sgdma_irq_summary(const sgdma_dev_t *dev) {
  if (dev == NULL || dev->hal == NULL) return 0;
  return sgdmai_glb_read(dev, SGDMA_GLB_IRQ_SUMMARY) & SGDMA_GLB_IRQ_SUMMARY_VALUE_MASK;
}
