// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// A model that lives in the clock of one Simulation: a bus port, a manager, a checker, a monitor.
//
// In each cycle every model gets Sample() before the rising edge, when all pins are settled, and
// after that every model gets Drive(), which writes the inputs the design sees after that edge. So
// no model depends on the order in which others were added, as long as Sample() writes no pin. No
// model evaluates the design.

#ifndef SGDMA_TB_SIM_MODEL_H_
#define SGDMA_TB_SIM_MODEL_H_

#include <string>

namespace tb {

class Model {
 public:
  virtual ~Model() = default;

  virtual void Sample() = 0;
  virtual void Drive() = 0;

  // Reset is being asserted: forget everything open and drive idle inputs. Neither Sample() nor
  // Drive() is called while reset is active; SampleReset() is, once for each cycle of it.
  virtual void Reset() {}
  virtual void SampleReset() {}

  // Appends, for the hang report, one line for each thing this model waits for. Nothing when it
  // waits for nothing.
  virtual void DescribeWaits(std::string* out) const { (void)out; }
};

}  // namespace tb

#endif  // SGDMA_TB_SIM_MODEL_H_
