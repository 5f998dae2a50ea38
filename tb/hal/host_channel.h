// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// One channel of the driver with the memory it needs: rings, table of transactions, sgdma_chan_t.

#ifndef SGDMA_TB_HAL_HOST_CHANNEL_H_
#define SGDMA_TB_HAL_HOST_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "hal/cosim_hal.h"
#include "hal/dma_memory.h"
#include "sgdma/sgdma.h"

namespace tb {

// Page-aligned CPU memory. The contents never move.
class CpuMemory {
 public:
  CpuMemory() = default;
  explicit CpuMemory(size_t bytes)
      : bytes_(bytes),
        data_(static_cast<uint8_t*>(::operator new (bytes, std::align_val_t{4096}))) {}

  uint8_t* data() const { return data_.get(); }
  size_t size() const { return bytes_; }

 private:
  struct Free {
    void operator()(uint8_t* p) const { ::operator delete (p, std::align_val_t{4096}); }
  };
  size_t bytes_ = 0;
  std::unique_ptr<uint8_t, Free> data_;
};

struct HostChannelConfig {
  uint8_t sub_log2 = 6;
  uint8_t cpl_log2 = 6;
  uint8_t tx_log2 = 7;
  bool interrupts = true;
  sgdma_policy_t policy = SGDMA_HALT_ON_ERROR;
  uint32_t device_id = 0;  // its context; rings are mapped into it
  sgdma_coalescing_t coalescing = {};
  sgdma_tuning_t tuning = {};
  uint8_t qos = 0;
  bool messages = false;         // interrupts are messages: the platform fills in the next one
  sgdma_message_t message = {};  // iova 0: none
};

class HostChannel {
 public:
  using Callback = std::function<void(sgdma_cookie_t, sgdma_tx_status_t)>;
  using ErrorHook = std::function<void(const sgdma_fault_t&)>;

  // Maps the rings and requests the channel. Throws std::runtime_error with the driver's sentence
  // if it refuses.
  HostChannel(CosimHal& hal, DmaMemory& dma, sgdma_dev_t& dev, unsigned number,
              const HostChannelConfig& config);
  // Does not release the channel: either that was done, or the whole machine goes.
  ~HostChannel() = default;
  HostChannel(const HostChannel&) = delete;
  HostChannel& operator=(const HostChannel&) = delete;

  // Releases the channel and unmaps the rings. SGDMA_BUSY: the engine still has something open;
  // nothing was unmapped.
  sgdma_result_t Release();
  bool released() const { return released_; }

  sgdma_chan_t* chan() { return &chan_; }
  unsigned number() const { return number_; }
  uint32_t device_id() const { return config_.device_id; }
  const HostChannelConfig& config() const { return config_; }
  const sgdma_mapping_t& sub_ring() const { return sub_; }
  const sgdma_mapping_t& cpl_ring() const { return cpl_; }

  // Between prep and issue_pending: a callback that may be any function.
  sgdma_result_t SetCallback(sgdma_cookie_t cookie, Callback callback);
  void SetErrorHook(ErrorHook hook) { error_hook_ = std::move(hook); }

 private:
  void MapRing(const char* name, uint8_t log2, Permission permission, CpuMemory* memory,
               sgdma_mapping_t* mapping);

  CosimHal& hal_;
  DmaMemory& dma_;
  sgdma_dev_t& dev_;
  unsigned number_;
  HostChannelConfig config_;
  CpuMemory sub_memory_;
  CpuMemory cpl_memory_;
  sgdma_mapping_t sub_{};
  sgdma_mapping_t cpl_{};
  std::vector<sgdma_tx_t> table_;
  sgdma_chan_t chan_{};
  std::map<sgdma_cookie_t, Callback> callbacks_;
  ErrorHook error_hook_;
  bool released_ = false;
};

}  // namespace tb

#endif  // SGDMA_TB_HAL_HOST_CHANNEL_H_
