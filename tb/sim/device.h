// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What Simulation needs of a design under test. tb/dut implements it for the Verilated engine; unit
// tests implement it in a few lines of C++. One virtual call a clock cycle.
//
// Cycle() is one clock period:
//   rising edge with the inputs as they settled last  ->  take over the input pins  ->  falling
//   edge, settle
//   ->  publish the output pins.
// So after Cycle() the pins hold what both sides see before the next rising edge, combinational
// paths included.

#ifndef SGDMA_TB_SIM_DEVICE_H_
#define SGDMA_TB_SIM_DEVICE_H_

#include <cstdint>
#include <string>

namespace tb {

class Device {
 public:
  virtual ~Device() = default;

  virtual void Cycle() = 0;

  // Level of the reset input, taken over like every other input (true: in reset).
  virtual void SetReset(bool asserted) = 0;

  // Waves. OpenWaves starts a new file (.vcd or .fst); false with a sentence in `why` when this
  // build has none.
  virtual bool OpenWaves(const std::string& path, std::string* why) {
    (void)path;
    *why = "this design was built without waves";
    return false;
  }
  virtual void CloseWaves() {}

  // Number of assertion failures so far: a plain load, asked each cycle.
  uint64_t error_count() const { return error_count_; }

  // Text of failure `index`, for as many as were kept.
  virtual std::string ErrorText(uint64_t index) const {
    (void)index;
    return {};
  }

 protected:
  uint64_t error_count_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_DEVICE_H_
