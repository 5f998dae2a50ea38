// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite manager: the CPU's side of the register port. Blocking calls advance simulated time
// until the answer is there; posted writes return at once and keep their order.
//
//   LiteManager registers(sim, dut.s_axil());
//   registers.Write(0x01C, 1);
//   const uint32_t id = registers.Read(0x000);
//
// Order: writes reach the engine in program order. Read() waits for the answers of all earlier
// writes first, as device memory on a CPU does; BeginRead() does not, so a read can meet a write in
// the same cycle. A call that is not answered within `timeout` cycles throws HangError.

#ifndef SGDMA_TB_AXI_LITE_MANAGER_H_
#define SGDMA_TB_AXI_LITE_MANAGER_H_

#include <array>
#include <cstdint>

#include "axi/pins.h"
#include "axi/stall.h"
#include "mem/bus_target.h"
#include "sim/simulation.h"

namespace tb {

// How AW and W of one write are offered to each other: `lag` cycles from the first VALID to the
// second.
struct LiteWriteOrder {
  enum class First : uint8_t { kTogether, kAddress, kData };
  First first = First::kTogether;
  uint32_t lag = 0;
};

struct LiteConfig {
  Cycles timeout{10'000};
  uint32_t writes_in_flight = 1;  // writes begun before earlier ones are answered, 1..kQueue
  uint8_t prot = 2;               // AxPROT: non-secure
  Stall stall_b = {};             // when BREADY and RREADY are held low
  Stall stall_r = {};
  uint64_t seed = 1;
};

class LiteManager final : public Model {
 public:
  static constexpr uint32_t kQueue =
      64;  // posted writes held; Post() advances time when it is full

  LiteManager(Simulation& sim, LitePins& pins, const LiteConfig& config = {});
  ~LiteManager() override;

  // ---- Blocking ----
  uint32_t Read(uint32_t address);
  void Write(uint32_t address, uint32_t data, uint8_t strobe = 0xF);

  // ---- Not blocking ----
  void Post(uint32_t address, uint32_t data, uint8_t strobe = 0xF);
  void Flush();  // until every posted write is answered
  // One read at a time: BeginRead() offers it from the next cycle on, FinishRead() waits for its
  // data.
  void BeginRead(uint32_t address);
  uint32_t FinishRead();

  void SetWriteOrder(LiteWriteOrder order) { order_ = order; }
  uint32_t open_writes() const { return write_count_; }
  bool read_open() const { return read_state_ != ReadState::kIdle; }
  bool read_done() const {
    return read_state_ == ReadState::kDone;
  }  // FinishRead() takes no time now

  // Response of the last finished write or read; the engine always answers OKAY.
  AxiResp last_write_resp() const { return last_write_resp_; }
  AxiResp last_read_resp() const { return last_read_resp_; }

  void Sample() override;
  void Drive() override;
  void Reset() override;
  void DescribeWaits(std::string* out) const override;

 private:
  struct WriteOp {
    uint32_t address = 0;
    uint32_t data = 0;
    uint8_t strobe = 0;
    uint32_t wait_aw = 0;  // cycles before AWVALID may rise, counted from when it is its turn
    uint32_t wait_w = 0;   // the same for WVALID
  };
  enum class ReadState : uint8_t { kIdle, kAddress, kData, kDone };

  WriteOp& At(uint32_t index) { return queue_[(head_ + index) % kQueue]; }
  void DriveWrites();
  template <typename Condition>
  void Wait(Condition&& done, const char* what, uint32_t address);

  Simulation& sim_;
  LitePins& pins_;
  LiteConfig config_;
  LiteWriteOrder order_;
  StallSource stall_b_;
  StallSource stall_r_;
  std::array<WriteOp, kQueue> queue_{};
  uint32_t head_ = 0;         // oldest write not answered
  uint32_t write_count_ = 0;  // writes not answered
  uint32_t next_aw_ = 0;  // first write, from head_, whose address is not taken; the same for data
  uint32_t next_w_ = 0;
  ReadState read_state_ = ReadState::kIdle;
  uint32_t read_address_ = 0;
  uint32_t read_data_ = 0;
  AxiResp last_write_resp_ = AxiResp::kOkay;
  AxiResp last_read_resp_ = AxiResp::kOkay;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_LITE_MANAGER_H_
