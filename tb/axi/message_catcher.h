// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Stands at the message addresses of the channels and keeps what is written there, in front of a
// BusTarget that gets every other access:
//
//   MessageCatcher messages(sim, board, [&] { return dut.irq(); });
//   messages.Watch(0, 0xFEE0'0000);
//   messages.NoteWrite(0);            // software has written CAUSE, ENABLE or the mask
//   messages.messages(0);
//   messages.Check();                 // at rest
//
// A message is due when a channel's level rises, and when software has written CAUSE, ENABLE or
// the mask and the level is still high. What is wrong is reported as "message": one that was not
// due, one that is not a 32-bit write of the channel's control id to the first byte of its address,
// and, by Check(), a level that is high with no message behind the last reason for one. A message
// that the bus answers with an error never gets here; such a test says Forgive(). The next event
// sends that one again.

#ifndef SGDMA_TB_AXI_MESSAGE_CATCHER_H_
#define SGDMA_TB_AXI_MESSAGE_CATCHER_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "axi/pins.h"
#include "mem/bus_target.h"
#include "sim/simulation.h"

namespace tb {

class MessageCatcher final : public BusTarget, public Model {
 public:
  static constexpr unsigned kMaxChannels = 16;

  struct Message {
    uint64_t cycle = 0;
    uint32_t data = 0;
    uint32_t device_id = 0;
  };

  // `levels`: bit c is the level of channel c. `slack`: a reason up to so many cycles before a
  // message's address is accepted may be one that it was too early for.
  MessageCatcher(Simulation& sim, BusTarget& next, std::function<uint32_t()> levels,
                 uint64_t slack = 16);
  ~MessageCatcher() override;

  // The message address of a channel, a multiple of 4; two channels may share one.
  void Watch(unsigned channel, uint64_t address);
  void NoteWrite(unsigned channel);
  void Forgive() { forgiven_ = true; }

  const std::vector<Message>& messages(unsigned channel) const { return seen_[channel].messages; }
  void Check();

  // ---- BusTarget ----
  BusRoute Begin(const BusAccess& burst) override;
  AxiResp ReadBeat(const BusAccess& burst, uint64_t address, std::span<uint8_t> out) override;
  AxiResp WriteBeat(const BusAccess& burst, uint64_t address, std::span<const uint8_t> data,
                    uint64_t strobe) override;

  // ---- Model ----
  void Sample() override;
  void Drive() override {}
  void Reset() override;

 private:
  static constexpr uint64_t kNowhere = ~uint64_t{0};
  struct Seen {
    uint64_t address = kNowhere;
    std::deque<uint64_t> reasons;  // cycles, oldest first, no message sent since
    uint64_t last_reason = 0;
    uint64_t last_message = 0;  // when its data came
    bool begun = false;         // an address whose data has not come
    std::vector<Message> messages;
  };

  bool Mine(const BusAccess& burst) const;
  void AddReason(unsigned channel);
  void Report(unsigned channel, const std::string& text);

  Simulation& sim_;
  BusTarget& next_;
  std::function<uint32_t()> levels_;
  uint64_t slack_;
  uint32_t before_ = 0;  // levels of the last cycle
  bool forgiven_ = false;
  std::array<Seen, kMaxChannels> seen_;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_MESSAGE_CATCHER_H_
