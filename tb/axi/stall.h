// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// When a channel holds back: never, always, by independent coin flips, or in bursts (coin flips
// alone seldom build a queue). Asked once a cycle; "never" costs one compare.

#ifndef SGDMA_TB_AXI_STALL_H_
#define SGDMA_TB_AXI_STALL_H_

#include <cstdint>

#include "sim/random.h"

namespace tb {

struct Stall {
  enum class Kind : uint8_t { kNever, kAlways, kRandom, kBursts };
  Kind kind = Kind::kNever;
  double probability = 0;  // of a stalled cycle; of a burst beginning in a free cycle (kBursts)
  uint32_t shortest = 0;   // cycles of one burst of stalls
  uint32_t longest = 0;

  static Stall Never() { return {}; }
  static Stall Always() { return {Kind::kAlways}; }
  static Stall Random(double probability) { return {Kind::kRandom, probability}; }
  static Stall Bursts(double probability, uint32_t shortest, uint32_t longest) {
    return {Kind::kBursts, probability, shortest, longest};
  }
};

class StallSource {
 public:
  StallSource() = default;
  StallSource(const Stall& profile, tb::Random random) : profile_(profile), random_(random) {}

  // True: hold back in the next cycle.
  bool Next() { return profile_.kind != Stall::Kind::kNever && Draw(); }

  bool active() const { return profile_.kind != Stall::Kind::kNever; }
  void Set(const Stall& profile) {
    profile_ = profile;
    left_ = 0;
  }

 private:
  bool Draw() {
    switch (profile_.kind) {
      case Stall::Kind::kNever:
        return false;
      case Stall::Kind::kAlways:
        return true;
      case Stall::Kind::kRandom:
        return random_.Chance(profile_.probability);
      case Stall::Kind::kBursts:
        if (left_ == 0 && random_.Chance(profile_.probability)) {
          left_ = static_cast<uint32_t>(random_.Between(profile_.shortest, profile_.longest));
        }
        if (left_ == 0) return false;
        --left_;
        return true;
    }
    return false;
  }

  Stall profile_;
  tb::Random random_;
  uint32_t left_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_STALL_H_
