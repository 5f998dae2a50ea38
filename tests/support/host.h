// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// One engine with the machine around it, and the buffers of a test. The fixture SgdmaTest owns one;
// a test that needs two makes its own.
//
//   Host host({.platform = {.seed = 7}});
//   const Buffer src = host.Map(100, Pattern::Random());
//   const Buffer dst = host.Map(100);
//   sgdma_prep_memcpy(host.chan(), dst.iova(), src.iova(), 100, SGDMA_NOTIFY, &cookie);
//   ...
//   EXPECT_THAT(host.Finish(), IsEmpty());
//   EXPECT_THAT(host.TakeViolations(), IsEmpty());

#ifndef SGDMA_TESTS_SUPPORT_HOST_H_
#define SGDMA_TESTS_SUPPORT_HOST_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dut/dut.h"
#include "hal/platform.h"

namespace tb {

using Bytes = std::vector<uint8_t>;

// What a buffer holds before it is mapped.
class Pattern {
 public:
  // From the seed of the host, different in each buffer.
  static Pattern Random() { return Pattern(Kind::kRandom, 0); }
  static Pattern Fill(uint8_t value) { return Pattern(Kind::kFill, value); }

 private:
  friend class Host;
  enum class Kind : uint8_t { kRandom, kFill };
  Pattern(Kind kind, uint8_t value) : kind_(kind), value_(value) {}
  Kind kind_;
  uint8_t value_;
};

struct MapOptions {
  unsigned channel = 0;                 // whose context
  std::optional<uint32_t> offset = {};  // in its first page; otherwise at random
  std::string name = {};                // in reports; otherwise "buffer <n>"
  std::optional<sgdma_direction_t> direction = {};
};

class Host;

// A mapped piece of CPU memory, as the CPU sees it. A small handle; the host owns what it names.
class Buffer {
 public:
  sgdma_iova_t iova() const { return state_->mapping.iova; }
  uint32_t size() const { return static_cast<uint32_t>(state_->mapping.bytes); }
  const sgdma_mapping_t& mapping() const { return state_->mapping; }
  sgdma_mapping_t& mapping() { return state_->mapping; }

  // Takes the buffer, or a part of it, over from the device (sync_for_cpu) and reads it.
  Bytes bytes() const { return bytes(0, size()); }
  Bytes bytes(size_t offset, size_t count) const;
  // Reads it as it is, like a program that forgot the sync: LEDGER-4 and old bytes where the device
  // owns it.
  Bytes PeekBytes() const;
  // What is in memory now, a look of the laboratory: nobody's ownership changes.
  Bytes DeviceBytes() const;
  // Stores of the CPU, without a sync.
  void Store(size_t offset, const Bytes& bytes) const;
  // Hands it back to the device (sync_for_device).
  void GiveToDevice() const { GiveToDevice(0, size()); }
  void GiveToDevice(size_t offset, size_t count) const;

 private:
  friend class Host;
  struct State {
    Host* host;
    uint32_t device_id;
    CpuMemory memory;
    sgdma_mapping_t mapping;
  };
  explicit Buffer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

Bytes Concat(std::initializer_list<Buffer> buffers);
Bytes Concat(std::initializer_list<Bytes> pieces);
// What `pattern` makes of so many bytes, as FILL writes it: little-endian, from its first byte.
Bytes Repeat(uint32_t pattern, size_t bytes);

struct HostConfig {
  PlatformConfig platform = {};
  HostChannelConfig channel = {};  // of every channel; device ids come from the platform
};

class Host {
 public:
  // Reset, IOMMU, probe. Throws when the engine is not accepted.
  explicit Host(const HostConfig& config = {});
  ~Host();

  Platform& platform() { return *platform_; }
  Simulation& sim() { return platform_->sim; }
  sgdma_dev_t* dev() { return &platform_->dev; }

  // Opened when first asked for.
  HostChannel& channel(unsigned number = 0);
  sgdma_chan_t* chan(unsigned number = 0) { return channel(number).chan(); }

  // The other ends of the channel's streams; see Platform.
  StreamSink& sink(unsigned number = 0) { return platform_->sink(number); }
  StreamSource& source(unsigned number = 0) { return platform_->source(number); }
  // From the seed of the host, different each time.
  Bytes RandomBytes(size_t bytes);

  // A source, for the device to read.
  Buffer Map(size_t bytes, Pattern pattern, const MapOptions& options = {});
  // A destination, for the device to write; it holds 0xEE.
  Buffer Map(size_t bytes, const MapOptions& options = {});
  void Unmap(Buffer& buffer);

  // Lets the driver's interrupt handler run by itself, from inside HAL calls and waits.
  void TakeInterrupts(unsigned number = 0);
  // Waits until the level of the channel is high; nobody serves it. Throws HangError when nothing
  // moves.
  bool RunUntilIrq(Cycles limit, unsigned number = 0);
  // Waits, serving interrupts, until the transaction is not in progress any more.
  bool RunUntilEnded(sgdma_cookie_t cookie, Cycles limit = Cycles{100'000}, unsigned number = 0);

  // Faults of the translator are part of this test.
  void AcceptIommuFaults() { iommu_faults_accepted_ = true; }

  // The end, once: settles, unmaps the buffers, looks at everything. One sentence for each problem.
  std::vector<std::string> Finish();
  bool finished() const { return finished_; }
  // Rule violations so far, as "rule text"; forgotten afterwards.
  std::vector<std::string> TakeViolations();

 private:
  Buffer MapBuffer(size_t bytes, Pattern pattern, const MapOptions& options,
                   sgdma_direction_t direction);

  HostConfig config_;
  Dut dut_;
  std::unique_ptr<Platform> platform_;
  Random random_;
  std::vector<std::shared_ptr<Buffer::State>> buffers_;
  bool iommu_faults_accepted_ = false;
  bool finished_ = false;
};

}  // namespace tb

#endif  // SGDMA_TESTS_SUPPORT_HOST_H_
