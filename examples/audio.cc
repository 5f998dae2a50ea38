// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Sound without end: four periods are played round and round, while software fills those that were
// played. Pacing gives the beat: a burst of 8 words, then a gap of 100 cycles.
//
//   ring: | LINK ──► [ period 0, period 1, period 2, period 3, jump ]     each period: a record
//                      ▲                                       │          and an interrupt
//                      └───────────────────────────────────────┘
//
// Period n of this sound is a kilobyte of the number n, so what is lost, or played twice because it
// was filled too late, is noticed. END_LIST is the clean stop, behind a whole lap.

#include "support/example.h"

using namespace tb;

constexpr uint32_t kPeriods = 4;
constexpr uint32_t kBytes = 1024;

struct Sound {
  Buffer samples;  // filled by software, read by the engine
  Buffer speaker;  // written by the engine
  uint32_t filled = 0, heard = 0, wrong = 0;

  static Bytes Number(uint32_t n) { return Bytes(kBytes, static_cast<uint8_t>(n)); }
  void FillNext() {
    Change(samples, filled % kPeriods * kBytes, Number(filled));
    ++filled;
  }

  // In the interrupt: so many periods have ended in all.
  static void OnPeriod(void* arg, sgdma_cookie_t, uint32_t ended) {
    for (auto& sound = *static_cast<Sound*>(arg); sound.heard != ended; sound.FillNext()) {
      const Bytes period = Look(sound.speaker, sound.heard % kPeriods * kBytes, kBytes);
      sound.wrong += period != Number(sound.heard++);
    }
  }
};

int Example() {
  sgdma_tuning_t beat{};
  beat.mode = SGDMA_PACE_CYCLE_STEALING;
  beat.beats = 8;
  beat.gap_cycles = 100;
  Host host({.channel = {.tuning = beat}});
  Sound sound{host.Map(kPeriods * kBytes, Pattern::Fill(0)), host.Map(kPeriods * kBytes)};
  sgdma_array_t memory = ListMemory(host, kPeriods + 1);  // and the jump
  sgdma_cyclic_t cyclic{};
  cyclic.arrays = &memory;
  cyclic.n_arrays = 1;
  cyclic.on_period = Sound::OnPeriod;
  cyclic.arg = &sound;
  sgdma_segment_t periods[kPeriods];
  for (uint32_t i = 0; i < kPeriods; ++i) {
    periods[i] = {sound.samples.iova() + i * kBytes, sound.speaker.iova() + i * kBytes, kBytes};
    sound.FillNext();
  }
  host.TakeInterrupts();
  sgdma_cookie_t cookie = 0;
  Must(sgdma_prep_cyclic(host.chan(), &cyclic, periods, kPeriods, SGDMA_NOTIFY, &cookie));
  Must(sgdma_issue_pending(host.chan()));

  host.platform().hal.RunUntil([&] { return sound.heard >= 18; }, Cycles{200'000});
  Must(sgdma_end_list(host.chan()));
  host.RunUntilEnded(cookie);

  const bool whole = sound.heard >= 18 && sound.heard % kPeriods == 0;
  std::printf("%u periods of %u bytes, %u of them wrong; whole laps: %s\n", sound.heard, kBytes,
              sound.wrong, YesNo(whole));
  return Finish(host, whole && sound.wrong == 0);
}

int main() { return Run(Example); }
