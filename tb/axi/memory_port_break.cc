// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AxiMemoryPort: breaking the protocol on purpose, once for each BreakOnce().

#include "axi/memory_port.h"

namespace tb {

void AxiMemoryPort::MisbehaviourDone() {
  misbehave_ = Misbehave::kNone;
  misbehave_done_ = true;
}

// The highest id with nothing open, within the 2 x 16 an engine may have.
uint8_t AxiMemoryPort::UnusedId() const {
  uint64_t used = 0;
  const auto mark = [&](const List& list) {
    for (uint32_t i = list.head; i != kNil; i = pool_[i].next)
      used |= Bit(pool_[i].ax.id % kMaxAxiIds);
  };
  for (const Answers* answers : {&reads_, &writes_}) {
    for (const List& list : answers->queues) mark(list);
    mark(answers->held);
  }
  mark(collecting_);
  for (uint8_t id = 31; id > 0; --id) {
    if ((used >> id & 1) == 0) return id;
  }
  return 0;
}

// Changes the R beat just presented. True: the burst stays queued (it has another beat).
bool AxiMemoryPort::BreakR(Burst& burst) {
  AxiReadPins& r = pins_.r;
  const bool last = burst.done == burst.beats;
  switch (misbehave_) {
    case Misbehave::kWrongRId:
      r.id = UnusedId();
      MisbehaviourDone();
      return false;
    case Misbehave::kMissingRLast:
      if (!last) return false;
      r.last = 0;
      MisbehaviourDone();
      return false;
    case Misbehave::kEarlyRLast:
      if (last || burst.done != 1) return false;
      r.last = 1;
      MisbehaviourDone();
      return false;
    case Misbehave::kExtraRBeat:
      if (!last) return false;
      --burst.done;  // the last beat once more
      MisbehaviourDone();
      return true;
    default:
      return false;
  }
}

void AxiMemoryPort::BreakWaitingR() {
  if (misbehave_ == Misbehave::kDropRValid) {
    pins_.r.valid = 0;
  } else if (misbehave_ == Misbehave::kChangeRData) {
    pins_.r.data[0] ^= 1;
  } else {
    return;
  }
  MisbehaviourDone();
}

void AxiMemoryPort::BreakWaitingB() {
  if (misbehave_ == Misbehave::kDropBValid) {
    pins_.b.valid = 0;
  } else if (misbehave_ == Misbehave::kChangeBResp) {
    pins_.b.resp ^= 2;
  } else {
    return;
  }
  MisbehaviourDone();
}

// A B that answers nothing, or answers the youngest write before its data is complete.
void AxiMemoryPort::BreakB() {
  AxiResponsePins& b = pins_.b;
  b.valid = 1;
  b.resp = 0;
  if (!early_b_) {
    b.id = UnusedId();
    MisbehaviourDone();
    return;
  }
  early_b_ = false;
  b.id = early_b_id_;
}

}  // namespace tb
