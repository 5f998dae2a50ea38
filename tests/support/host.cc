// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "support/host.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tb {

// ---- Buffer ----

Bytes Buffer::bytes(size_t offset, size_t count) const {
  if (mapping().cpu == nullptr) throw std::logic_error("the buffer is not mapped any more");
  state_->host->platform().SyncForCpu(mapping(), offset, count);
  const auto* cpu = static_cast<const uint8_t*>(mapping().cpu) + offset;
  return Bytes(cpu, cpu + count);
}

Bytes Buffer::PeekBytes() const {
  state_->host->platform().dma.CheckCpuMayRead(mapping(), 0, size());
  const auto* cpu = static_cast<const uint8_t*>(mapping().cpu);
  return Bytes(cpu, cpu + size());
}

Bytes Buffer::DeviceBytes() const {
  Bytes now(size());
  if (!state_->host->platform().dma.DeviceView(state_->device_id, iova(), now)) {
    throw std::logic_error("the buffer is not mapped any more");
  }
  return now;
}

void Buffer::Store(size_t offset, const Bytes& bytes) const {
  if (offset > size() || bytes.size() > size() - offset) {
    throw std::logic_error("a store past the end of the buffer");
  }
  std::memcpy(static_cast<uint8_t*>(mapping().cpu) + offset, bytes.data(), bytes.size());
}

void Buffer::GiveToDevice(size_t offset, size_t count) const {
  state_->host->platform().SyncForDevice(mapping(), offset, count);
}

Bytes Concat(std::initializer_list<Buffer> buffers) {
  Bytes all;
  for (const Buffer& buffer : buffers) {
    const Bytes bytes = buffer.bytes();
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

Bytes Concat(std::initializer_list<Bytes> pieces) {
  Bytes all;
  for (const Bytes& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

Bytes Repeat(uint32_t pattern, size_t bytes) {
  Bytes all(bytes);
  for (size_t i = 0; i < bytes; ++i) all[i] = static_cast<uint8_t>(pattern >> (8 * (i % 4)));
  return all;
}

// ---- Host ----

Host::Host(const HostConfig& config)
    : config_(config),
      dut_({.seed = config.platform.seed}),
      platform_(std::make_unique<Platform>(PinsOf(dut_), config.platform)),
      random_(Random(config.platform.seed).Fork(1000)) {
  platform_->Start();
}

Host::~Host() = default;

HostChannel& Host::channel(unsigned number) {
  HostChannel* open = platform_->channel(number);
  return open != nullptr ? *open : platform_->Open(number, config_.channel);
}

Bytes Host::RandomBytes(size_t bytes) {
  Bytes all(bytes);
  for (uint8_t& byte : all) byte = static_cast<uint8_t>(random_.Next());
  return all;
}

Buffer Host::MapBuffer(size_t bytes, Pattern pattern, const MapOptions& options,
                       sgdma_direction_t direction) {
  auto state = std::make_shared<Buffer::State>();
  const uint64_t offset = options.offset.value_or(static_cast<uint32_t>(random_.Below(4096)));
  state->host = this;
  state->device_id = platform_->device_id(options.channel);
  state->memory = CpuMemory(offset + bytes);
  uint8_t* cpu = state->memory.data() + offset;
  const bool random = pattern.kind_ == Pattern::Kind::kRandom;
  for (size_t i = 0; i < bytes; ++i) {
    cpu[i] = random ? static_cast<uint8_t>(random_.Next()) : pattern.value_;
  }
  const std::string name =
      options.name.empty() ? "buffer " + std::to_string(buffers_.size()) : options.name;
  state->mapping =
      platform_->Map(options.channel, name, cpu, bytes, options.direction.value_or(direction));
  buffers_.push_back(state);
  return Buffer(state);
}

Buffer Host::Map(size_t bytes, Pattern pattern, const MapOptions& options) {
  return MapBuffer(bytes, pattern, options, SGDMA_TO_DEVICE);
}

Buffer Host::Map(size_t bytes, const MapOptions& options) {
  return MapBuffer(bytes, Pattern::Fill(0xEE), options, SGDMA_FROM_DEVICE);
}

void Host::Unmap(Buffer& buffer) { platform_->Unmap(&buffer.mapping()); }

void Host::TakeInterrupts(unsigned number) {
  HostChannel& taken = channel(number);
  platform_->hal.SetHandler(number, [&taken] { sgdma_handle_irq(taken.chan()); });
}

bool Host::RunUntilIrq(Cycles limit, unsigned number) {
  return platform_->hal.RunUntil([&] { return (platform_->lines() >> number & 1) != 0; }, limit);
}

bool Host::RunUntilEnded(sgdma_cookie_t cookie, Cycles limit, unsigned number) {
  sgdma_chan_t* const chan = channel(number).chan();
  return platform_->hal.RunUntil(
      [&] {
        const sgdma_tx_status_t status = sgdma_status(chan, cookie);
        return status != SGDMA_IN_PROGRESS && status != SGDMA_PAUSED;
      },
      limit);
}

std::vector<std::string> Host::Finish() {
  finished_ = true;
  std::vector<std::string> problems;
  const auto step = [&](auto&& f) {
    try {
      const std::vector<std::string> found = f();
      problems.insert(problems.end(), found.begin(), found.end());
    } catch (const std::exception& e) {
      problems.emplace_back(e.what());
    }
  };
  step([&] {
    platform_->hal.Rethrow();  // what went wrong inside a driver call
    return std::vector<std::string>{};
  });
  step([&] { return platform_->Settle(); });
  for (const auto& buffer : buffers_) {
    if (buffer->mapping.cpu == nullptr || platform_->hal.failed()) continue;
    step([&] {
      platform_->Unmap(&buffer->mapping);
      return std::vector<std::string>{};
    });
  }
  step([&] { return platform_->Finish(); });
  if (platform_->iommu != nullptr && !iommu_faults_accepted_ &&
      platform_->iommu->total_faults() != 0) {
    problems.push_back("the translator refused " +
                       std::to_string(platform_->iommu->total_faults()) + " bursts");
  }
  return problems;
}

std::vector<std::string> Host::TakeViolations() {
  std::vector<std::string> taken;
  for (const Violation& violation : sim().violations().list()) {
    taken.push_back(violation.rule + " " + violation.text);
  }
  sim().violations().Clear();
  return taken;
}

}  // namespace tb
