// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/iommu_host.h"

#include <stdexcept>

namespace tb {

uint64_t IommuHost::Load(uint64_t address) const {
  uint64_t value = 0;
  if (memory->Read64(address, &value) != MemoryOutcome::kOk) {
    throw std::runtime_error("memory of the IOMMU driver cannot be read");
  }
  return value;
}

void IommuHost::Store(uint64_t address, uint64_t value) const {
  if (memory->Write64(address, value) != MemoryOutcome::kOk) {
    throw std::runtime_error("memory of the IOMMU driver cannot be written");
  }
}

uint64_t IommuHost::AllocateZeroedPage() const {
  const uint64_t page = allocate_page();
  for (uint64_t offset = 0; offset < 4096; offset += 8) Store(page + offset, 0);
  return page;
}

}  // namespace tb
