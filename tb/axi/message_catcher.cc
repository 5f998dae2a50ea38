// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "axi/message_catcher.h"

#include <stdexcept>
#include <utility>

namespace tb {

MessageCatcher::MessageCatcher(Simulation& sim, BusTarget& next, std::function<uint32_t()> levels,
                               uint64_t slack)
    : sim_(sim), next_(next), levels_(std::move(levels)), slack_(slack) {
  sim_.Add(*this);
}

MessageCatcher::~MessageCatcher() { sim_.Remove(*this); }

void MessageCatcher::Watch(unsigned channel, uint64_t address) {
  if (channel >= kMaxChannels || address % 4 != 0)
    throw std::invalid_argument("MessageCatcher: channel or address");
  seen_[channel].address = address;
}

void MessageCatcher::Report(unsigned channel, const std::string& text) {
  sim_.Report("message", "channel " + std::to_string(channel) + ": " + text);
}

// ---- Reasons ----

void MessageCatcher::AddReason(unsigned channel) {
  seen_[channel].reasons.push_back(sim_.now());
  seen_[channel].last_reason = sim_.now();
}

void MessageCatcher::NoteWrite(unsigned channel) {
  if ((levels_() >> channel & 1) != 0) AddReason(channel);
}

void MessageCatcher::Sample() {
  const uint32_t levels = levels_();
  for (uint32_t rose = levels & ~before_, c = 0; rose != 0; rose >>= 1, ++c) {
    if ((rose & 1) != 0) AddReason(c);
  }
  before_ = levels;
}

void MessageCatcher::Reset() {
  before_ = 0;
  for (Seen& seen : seen_) seen.reasons.clear();
}

void MessageCatcher::Check() {
  if (forgiven_) return;
  for (unsigned c = 0; c < kMaxChannels; ++c) {
    const Seen& seen = seen_[c];
    if (seen.address == kNowhere || (levels_() >> c & 1) == 0) continue;
    if (seen.messages.empty() || seen.last_message < seen.last_reason)
      Report(c, "the level is high, and no message came behind the last reason for one");
  }
}

// ---- Bus ----

bool MessageCatcher::Mine(const BusAccess& burst) const {
  if (!burst.write) return false;
  for (const Seen& seen : seen_) {
    if (seen.address == kNowhere) continue;
    if (burst.address < seen.address + 4 && seen.address < burst.address + burst.bytes) return true;
  }
  return false;
}

BusRoute MessageCatcher::Begin(const BusAccess& burst) {
  if (!Mine(burst)) return next_.Begin(burst);
  const unsigned channel = burst.id / 2 % kMaxChannels;
  Seen& seen = seen_[channel];
  if (seen.address != burst.address || (burst.id & 1) == 0) {
    Report(channel, "a write to a message address that is no message of this channel");
    return {.resp = AxiResp::kOkay, .address = burst.address};
  }
  const bool again = std::exchange(seen.begun, true);  // the last one never came
  if (seen.reasons.empty()) {
    if (!again) Report(channel, "a message without a reason since the last one");
  } else {
    // It stands for the oldest reason, and for all that it can not have missed.
    seen.reasons.pop_front();
    while (!seen.reasons.empty() && seen.reasons.front() + slack_ < sim_.now())
      seen.reasons.pop_front();
  }
  return {.resp = AxiResp::kOkay, .address = burst.address};
}

AxiResp MessageCatcher::ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) {
  return next_.ReadBeat(burst, address, out);
}

AxiResp MessageCatcher::WriteBeat(const BusAccess& burst, uint64_t address,
                                  std::span<const uint8_t> data, uint64_t strobe) {
  if (!Mine(burst)) return next_.WriteBeat(burst, address, data, strobe);
  const unsigned channel = burst.id / 2 % kMaxChannels;
  Seen& seen = seen_[channel];
  if (seen.address != burst.address || (burst.id & 1) == 0) return AxiResp::kOkay;
  if (data.size() < 4 || address != seen.address || strobe != 0xF || burst.beats != 1) {
    Report(channel, "a message that is no 32-bit write");
    return AxiResp::kOkay;
  }
  uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= uint32_t{data[i]} << (8 * i);
  seen.begun = false;
  seen.messages.push_back({sim_.now(), value, burst.device_id});
  seen.last_message = sim_.now();
  return AxiResp::kOkay;
}

}  // namespace tb
