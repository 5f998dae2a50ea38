// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "sim/simulation.h"

#include <algorithm>

namespace tb {

Simulation::Simulation(Device& device, SimulationConfig config) : device_(device) {
  SetWatchdog(config.watchdog);
}

Simulation::~Simulation() { StopWaves(); }

void Simulation::Reset(uint64_t cycles) {
  // The level changes after an edge, like every input: what that edge still moves is sampled as
  // usual. At power-up there is nothing sensible to sample.
  if (now_ > 0) {
    for (Model* model : models_) model->Sample();
  }
  in_reset_ = true;
  for (Model* model : models_) model->Reset();
  device_.SetReset(true);
  CycleDevice();
  for (uint64_t left = cycles; left > 0; --left) {
    for (Model* model : models_) model->SampleReset();
    if (left == 1) device_.SetReset(false);
    CycleDevice();
  }
  in_reset_ = false;
  NoteProgress();
}

void Simulation::Remove(Model& model) {
  models_.erase(std::remove(models_.begin(), models_.end(), &model), models_.end());
}

void Simulation::CollectErrors() {
  for (; seen_errors_ < device_.error_count(); ++seen_errors_) {
    Report("assertion", device_.ErrorText(seen_errors_));
  }
}

std::string Simulation::HangReport() const {
  std::string out = "Nothing has moved for " + std::to_string(now_ - last_progress_) +
                    " cycles (cycle " + std::to_string(now_) + ").\n";
  for (const Model* model : models_) model->DescribeWaits(&out);
  for (const auto& reporter : reporters_) out += reporter();
  return out;
}

void Simulation::Hang() const { throw HangError(HangReport()); }

void Simulation::SetWaves(const std::string& path, Cycles first, Cycles last) {
  StopWaves();
  wave_path_ = path;
  wave_last_ = last.count;
  next_wave_event_ = std::max(first.count, now_);
  if (next_wave_event_ == now_) WaveEvent();  // so that a build without waves is told at once
}

// Called in the cycle a file is to be opened, and again in the one after its last.
void Simulation::WaveEvent() {
  if (waves_open_) {
    StopWaves();
    return;
  }
  std::string why;
  if (!device_.OpenWaves(wave_path_, &why)) {
    next_wave_event_ = ~uint64_t{0};
    throw std::runtime_error("No waves in '" + wave_path_ + "': " + why);
  }
  waves_open_ = true;
  next_wave_event_ = wave_last_ == ~uint64_t{0} ? wave_last_ : wave_last_ + 1;
}

void Simulation::StopWaves() {
  if (waves_open_) device_.CloseWaves();
  waves_open_ = false;
  next_wave_event_ = ~uint64_t{0};
}

}  // namespace tb
