// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Memory both sides reach: guards around the platform's mapping calls.

#include "internal.h"

static bool direction_is_known(sgdma_direction_t direction) {
  return direction == SGDMA_TO_DEVICE || direction == SGDMA_FROM_DEVICE ||
         direction == SGDMA_BIDIRECTIONAL || direction == SGDMA_SHARED;
}

bool sgdmai_reachable(const sgdma_dev_t *dev, sgdma_iova_t iova, uint64_t bytes) {
  const uint64_t limit = UINT64_C(1) << dev->caps.address_bits;
  return iova != 0 && iova < limit && bytes <= limit - iova;
}

sgdma_result_t sgdma_map(const sgdma_dev_t *dev, void *cpu, size_t bytes,
                         sgdma_direction_t direction, sgdma_mapping_t *m) {
  if (dev == NULL || dev->hal == NULL || cpu == NULL || m == NULL || bytes == 0 ||
      bytes - 1 > UINTPTR_MAX - (uintptr_t)cpu || !direction_is_known(direction)) {
    return SGDMA_BAD_ARGUMENT;
  }

  sgdma_mapping_t mapping = {cpu, 0, bytes, direction};
  if (!dev->hal->map(dev->hal->ctx, &mapping)) return SGDMA_NO_MAPPING;
  if (!sgdmai_reachable(dev, mapping.iova, bytes)) {
    dev->hal->unmap(dev->hal->ctx, &mapping);
    return SGDMA_BAD_ADDRESS;
  }
  *m = mapping;
  return SGDMA_OK;
}

sgdma_result_t sgdma_unmap(const sgdma_dev_t *dev, sgdma_mapping_t *m) {
  if (dev == NULL || dev->hal == NULL || m == NULL) return SGDMA_BAD_ARGUMENT;
  if (m->cpu == NULL) return SGDMA_BAD_STATE;

  dev->hal->unmap(dev->hal->ctx, m);
  *m = (sgdma_mapping_t){0};
  return SGDMA_OK;
}

static sgdma_result_t check_range(const sgdma_dev_t *dev, const sgdma_mapping_t *m, size_t offset,
                                  size_t bytes) {
  if (dev == NULL || dev->hal == NULL || m == NULL || bytes == 0) return SGDMA_BAD_ARGUMENT;
  if (m->cpu == NULL) return SGDMA_BAD_STATE;
  if (offset >= m->bytes || bytes > m->bytes - offset) return SGDMA_BAD_ARGUMENT;
  return SGDMA_OK;
}

sgdma_result_t sgdma_sync_for_device(const sgdma_dev_t *dev, const sgdma_mapping_t *m,
                                     size_t offset, size_t bytes) {
  const sgdma_result_t result = check_range(dev, m, offset, bytes);
  if (result == SGDMA_OK) dev->hal->sync_for_device(dev->hal->ctx, m, offset, bytes);
  return result;
}

sgdma_result_t sgdma_sync_for_cpu(const sgdma_dev_t *dev, const sgdma_mapping_t *m, size_t offset,
                                  size_t bytes) {
  const sgdma_result_t result = check_range(dev, m, offset, bytes);
  if (result == SGDMA_OK) dev->hal->sync_for_cpu(dev->hal->ctx, m, offset, bytes);
  return result;
}
