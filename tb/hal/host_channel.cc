// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "hal/host_channel.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace tb {
namespace {

void MustBeOk(sgdma_result_t result, const char* what) {
  if (result != SGDMA_OK) {
    throw std::runtime_error(std::string(what) + ": " + sgdma_result_name(result));
  }
}

}  // namespace

HostChannel::HostChannel(CosimHal& hal, DmaMemory& dma, sgdma_dev_t& dev, unsigned number,
                         const HostChannelConfig& config)
    : hal_(hal),
      dma_(dma),
      dev_(dev),
      number_(number),
      config_(config),
      table_(size_t{1} << config.tx_log2) {
  const std::string prefix = "channel " + std::to_string(number);
  hal_.UseContext(config.device_id);
  MapRing((prefix + " submission ring").c_str(), config.sub_log2, Permission::kRead, &sub_memory_,
          &sub_);
  MapRing((prefix + " completion ring").c_str(), config.cpl_log2, Permission::kWrite, &cpl_memory_,
          &cpl_);

  sgdma_chan_config_t request{};
  request.sub_ring = sub_;
  request.cpl_ring = cpl_;
  request.sub_log2 = config.sub_log2;
  request.cpl_log2 = config.cpl_log2;
  request.tx_log2 = config.tx_log2;
  request.interrupts = config.interrupts;
  request.tx = table_.data();
  request.device_id = config.device_id;
  request.policy = config.policy;
  request.coalescing = config.coalescing;
  request.tuning = config.tuning;
  request.qos = config.qos;
  request.message = config.message;
  request.on_error = [](void* arg, sgdma_chan_t*, const sgdma_fault_t* fault) {
    auto& self = *static_cast<HostChannel*>(arg);
    self.hal_.Guard([&] {
      if (self.error_hook_) self.error_hook_(*fault);
    });
  };
  request.on_error_arg = this;
  const sgdma_result_t result = sgdma_chan_request(&dev_, number, &request, &chan_);
  hal_.Rethrow();
  MustBeOk(result, "the channel did not start");
}

void HostChannel::MapRing(const char* name, uint8_t log2, Permission permission, CpuMemory* memory,
                          sgdma_mapping_t* mapping) {
  *memory = CpuMemory(size_t{SGDMA_ENTRY_BYTES} << log2);
  std::memset(memory->data(), 0, memory->size());
  dma_.NameNext(name);
  const sgdma_result_t result =
      sgdma_map(&dev_, memory->data(), memory->size(), SGDMA_SHARED, mapping);
  hal_.Rethrow();
  MustBeOk(result, name);
  dma_.Permit(*mapping, permission);
}

sgdma_result_t HostChannel::Release() {
  if (chan_.state != SGDMA_CHAN_FREE) {
    const sgdma_result_t result = sgdma_chan_release(&chan_);
    if (result != SGDMA_OK) return result;
  }
  released_ = true;
  for (sgdma_mapping_t* ring : {&sub_, &cpl_}) {
    if (ring->cpu == nullptr) continue;
    const sgdma_result_t result = sgdma_unmap(&dev_, ring);
    if (result != SGDMA_OK) return result;
  }
  return SGDMA_OK;
}

sgdma_result_t HostChannel::SetCallback(sgdma_cookie_t cookie, Callback callback) {
  const auto trampoline = [](void* arg, sgdma_cookie_t ended, sgdma_tx_status_t status) {
    auto& self = *static_cast<HostChannel*>(arg);
    self.hal_.Guard([&] {
      const auto node = self.callbacks_.extract(ended);
      if (!node.empty()) node.mapped()(ended, status);
    });
  };
  const sgdma_result_t result = sgdma_set_callback(&chan_, cookie, trampoline, this);
  if (result == SGDMA_OK) callbacks_[cookie] = std::move(callback);
  return result;
}

}  // namespace tb
