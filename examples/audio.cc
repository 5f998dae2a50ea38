// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Sound without end: four periods are played round and round, while software fills those that were
// played. Pacing gives the beat: a burst of 8 words, then a gap of 100 cycles.
//
//   ring: | LINK ──► [ period 0, period 1, period 2, period 3, jump ]
//                      ▲                                       │      each period: interrupt,
//                      record └───────────────────────────────────────┘
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
  uint32_t filled = 0;
  uint32_t heard = 0;
  uint32_t wrong = 0;

  // The CPU owns just this period meanwhile.
  void FillOne() {
    const uint32_t at = filled % kPeriods * kBytes;
    static_cast<void>(samples.bytes(at, kBytes));
    samples.Store(at, Bytes(kBytes, static_cast<uint8_t>(filled++)));
    samples.GiveToDevice(at, kBytes);
  }
  void HearOne() {
    const uint32_t at = heard % kPeriods * kBytes;
    wrong += speaker.bytes(at, kBytes) != Bytes(kBytes, static_cast<uint8_t>(heard++));
    speaker.GiveToDevice(at, kBytes);
  }
  // In the interrupt: so many periods have ended in all.
  static void OnPeriod(void* arg, sgdma_cookie_t, uint32_t ended) {
    auto& sound = *static_cast<Sound*>(arg);
    while (sound.heard != ended) {
      sound.HearOne();
      sound.FillOne();
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
  for (uint32_t i = 0; i < kPeriods; ++i) sound.FillOne();
  host.TakeInterrupts();

  const Buffer memory = host.Map(80, Pattern::Fill(0), {.offset = 0, .direction = SGDMA_SHARED});
  sgdma_array_t array = {memory.mapping(), 0, 0};  // four periods and the jump
  sgdma_cyclic_t cyclic{};
  cyclic.arrays = &array;
  cyclic.n_arrays = 1;
  cyclic.on_period = Sound::OnPeriod;
  cyclic.arg = &sound;
  sgdma_segment_t periods[kPeriods];
  for (uint32_t i = 0; i < kPeriods; ++i) {
    periods[i] = {sound.samples.iova() + i * kBytes, sound.speaker.iova() + i * kBytes, kBytes};
  }
  sgdma_cookie_t cookie = 0;
  Must(sgdma_prep_cyclic(host.chan(), &cyclic, periods, kPeriods, SGDMA_NOTIFY, &cookie));
  Must(sgdma_issue_pending(host.chan()));

  host.platform().hal.RunUntil([&] { return sound.heard >= 18; }, Cycles{200'000});
  Must(sgdma_end_list(host.chan()));
  host.RunUntilEnded(cookie);

  std::printf("%u periods of %u bytes, %llu interrupts\n", sound.heard, kBytes,
              static_cast<unsigned long long>(host.platform().hal.handler_entries()));
  std::printf("whole laps: %s, wrong periods: %u\n", YesNo(sound.heard % kPeriods == 0),
              sound.wrong);
  return Finish(host, sound.heard >= 18 && sound.heard % kPeriods == 0 && sound.wrong == 0);
}

int main() { return Run(Example); }
