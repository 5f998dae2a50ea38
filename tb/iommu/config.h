// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Knobs of the translator. All times are clock cycles as counted by Iommu::Tick().

#ifndef SGDMA_TB_IOMMU_CONFIG_H_
#define SGDMA_TB_IOMMU_CONFIG_H_

#include <cstdint>

namespace tb {

struct IommuConfig {
  // capabilities.PAS. 48 as the engine's addresses: with 56, the widest a page-table entry can
  // name, no table could ever lie beyond the physical width. 32..56.
  unsigned physical_bits = 48;

  // IOTLB; sets a power of two. sets * ways == 0: nothing is cached.
  unsigned tlb_sets = 16;
  unsigned tlb_ways = 4;
  unsigned directory_entries = 8;  // fully associative, 0: nothing is cached

  // Added to a burst's latency.
  uint32_t hit_cycles = 1;          // every translated burst
  uint32_t table_read_cycles = 20;  // for each read of directory or page table, one after the other

  // 0: any number of walks at once. Else a walk waits until one of so many walkers is free; this
  // and hit_under_miss need Tick() to be called for every cycle.
  unsigned walkers = 0;
  bool hit_under_miss = true;  // false: a hit waits until the walks begun before it are over

  uint32_t command_cycles = 10;  // fetch and execution of one command
  uint32_t csr_busy_cycles = 4;  // cqcsr and fqcsr busy after the enable bit changed
  uint32_t ddtp_busy_cycles = 4;
  uint32_t debug_cycles = 30;  // tr_req_ctl busy

  // An IOFENCE.C with PR or PW waits for the bursts translated before it. False makes a translator
  // that breaks its promise, to see that a checker notices.
  bool fence_waits_for_bursts = true;
  // It gives up after so many cycles and takes the bursts for lost: a port that answers an error of
  // its own may never move their last beat (see Iommu::End). 0: waits for ever.
  uint32_t fence_limit_cycles = 20'000;
};

}  // namespace tb

#endif  // SGDMA_TB_IOMMU_CONFIG_H_
