// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// AxiMemoryPort: the bursts it holds, which of them answers next, and those whose answer is
// withheld.

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "axi/memory_port.h"

namespace tb {

// ---- Lists of bursts ----

uint32_t AxiMemoryPort::Allocate() {
  const uint32_t index = free_;
  free_ = pool_[index].next;
  return index;
}

void AxiMemoryPort::Free(uint32_t index) {
  pool_[index].next = free_;
  free_ = index;
}

void AxiMemoryPort::Append(List& list, uint32_t index) {
  pool_[index].next = kNil;
  if (list.head == kNil) {
    list.head = index;
  } else {
    pool_[list.tail].next = index;
  }
  list.tail = index;
}

uint32_t AxiMemoryPort::PopFront(List& list) {
  const uint32_t index = list.head;
  list.head = pool_[index].next;
  return index;
}

void AxiMemoryPort::Enqueue(Answers& answers, uint32_t index) {
  const uint32_t queue =
      config_.ordering == Ordering::kInOrder ? 0 : pool_[index].ax.id % kMaxAxiIds;
  Append(answers.queues[queue], index);
  answers.pending |= Bit(queue);
}

// Takes the oldest burst out of `queue`; the caller owns it then.
void AxiMemoryPort::DropFront(Answers& answers, uint32_t queue) {
  List& list = answers.queues[queue];
  PopFront(list);
  if (list.head == kNil) answers.pending &= ~Bit(queue);
  if (answers.locked == queue) answers.locked = kNil;
}

// Withholds the oldest burst of `queue`, and so all younger ones of its id.
void AxiMemoryPort::Hold(Answers& answers, uint32_t queue) {
  const uint32_t index = answers.queues[queue].head;
  DropFront(answers, queue);
  answers.held_ids |= Bit(pool_[index].ax.id % kMaxAxiIds);
  Append(answers.held, index);
  ++answers.held_count;
}

// Puts what was withheld back in front of what is queued.
void AxiMemoryPort::ReleaseHeld(Answers& answers) {
  if (answers.held.head == kNil) {
    answers.held_ids = 0;
    return;
  }
  std::array<List, kMaxAxiIds> younger = answers.queues;
  answers.queues.fill(List{});
  while (answers.held.head != kNil) Enqueue(answers, PopFront(answers.held));
  for (List& list : younger) {
    while (list.head != kNil) Enqueue(answers, PopFront(list));
  }
  answers.held = List{};
  answers.held_count = 0;
  answers.held_ids = 0;
  // A burst that has begun goes on before others begin.
  answers.locked = kNil;
}

void AxiMemoryPort::Release() {
  silent_reads_ = silent_writes_ = 0;
  // Also bursts that stood behind a withheld one, or whose data is not complete yet.
  for (Burst& burst : pool_) {
    if (burst.event == PortFault::Does::kSilence) burst.event = PortFault::Does::kRespond;
  }
  ReleaseHeld(reads_);
  ReleaseHeld(writes_);
}

// Whether the oldest burst of `queue` may answer in the next cycle. Carries out what was planned
// for its next beat.
bool AxiMemoryPort::Eligible(Answers& answers, uint32_t queue) {
  for (;;) {
    const uint32_t index = answers.queues[queue].head;
    if (index == kNil) return false;
    Burst& burst = pool_[index];
    if (Has(answers.held_ids, burst.ax.id)) {
      Hold(answers, queue);
      continue;
    }
    if (burst.event != PortFault::Does::kRespond && burst.done == burst.event_beat) {
      const bool silence = burst.event == PortFault::Does::kSilence;
      burst.event = PortFault::Does::kRespond;
      if (silence) {
        Hold(answers, queue);
        continue;
      }
      burst.ready = std::max(burst.ready, sim_.now() + 1) + burst.event_delay;
    }
    return burst.ready <= sim_.now() + 1;
  }
}

// The queue whose oldest burst answers in the next cycle, or kNil.
uint32_t AxiMemoryPort::Select(Answers& answers, Random& random, bool interleave) {
  if (config_.ordering == Ordering::kInOrder) {
    return answers.pending != 0 && Eligible(answers, 0) ? 0 : kNil;
  }
  if (answers.locked != kNil) {
    const uint32_t queue = answers.locked;
    if (Eligible(answers, queue)) {
      if (!interleave) answers.locked = queue;
      return queue;
    }
    if (answers.locked != kNil) return kNil;  // in mid-burst, not yet ready
  }
  uint64_t candidates = 0;
  for (uint64_t left = answers.pending; left != 0; left &= left - 1) {
    const auto queue = static_cast<uint32_t>(std::countr_zero(left));
    if (Eligible(answers, queue)) candidates |= Bit(queue);
  }
  if (candidates == 0) return kNil;
  for (uint64_t skip = random.Below(std::popcount(candidates)); skip > 0; --skip)
    candidates &= candidates - 1;
  const auto queue = static_cast<uint32_t>(std::countr_zero(candidates));
  if (!interleave) answers.locked = queue;
  return queue;
}

// ---- Own books ----

void AxiMemoryPort::CheckSelf() const {
  const auto length = [&](const List& list) {
    uint32_t n = 0;
    for (uint32_t i = list.head; i != kNil && n <= pool_.size(); i = pool_[i].next) ++n;
    return n;
  };
  const auto total = [&](const Answers& answers) {
    uint32_t n = length(answers.held);
    if (n != answers.held_count)
      throw std::logic_error("AxiMemoryPort: withheld bursts miscounted");
    for (uint32_t q = 0; q < kMaxAxiIds; ++q) {
      const uint32_t here = length(answers.queues[q]);
      if ((here != 0) != ((answers.pending & Bit(q)) != 0))
        throw std::logic_error("AxiMemoryPort: pending mask wrong");
      n += here;
    }
    return n;
  };
  if (total(reads_) != open_reads_)
    throw std::logic_error("AxiMemoryPort: reads lost or duplicated");
  if (total(writes_) + length(collecting_) != open_writes_) {
    throw std::logic_error("AxiMemoryPort: writes lost or duplicated");
  }
  if (length({free_, kNil}) + open_reads_ + open_writes_ != pool_.size()) {
    throw std::logic_error("AxiMemoryPort: burst pool leaks");
  }
}

}  // namespace tb
