// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Reference: SEND and RECV, and what a cut packet leaves behind.

#include <utility>

#include "model/reference.h"

namespace tb {

// ---- The outside ----

void Reference::SetFifo(Give give, Take take) {
  give_ = std::move(give);
  take_ = std::move(take);
}

void Reference::SetFixed(unsigned element_bytes, unsigned beats) {
  element_bytes_ = element_bytes;
  fixed_beats_ = beats;
}

void Reference::Offer(const Packet& packet) {
  const bool own_beat = packet.last && (packet.empty_end || packet.bytes.empty());
  for (size_t i = 0; i < packet.bytes.size(); ++i) {
    const bool last = packet.last && !own_beat && i + 1 == packet.bytes.size();
    stream_.push_back({Item::Kind::kByte, packet.bytes[i], last, last && packet.user});
  }
  if (own_beat) stream_.push_back({Item::Kind::kEmpty, 0, true, packet.user});
  Discard();
}

void Reference::OfferHole(bool last) {
  stream_.push_back({Item::Kind::kHole, 0, last, false});
  Discard();
}

// Up to and with the next TLAST, as far as it has come.
void Reference::Discard() {
  while (discarding_ && !stream_.empty()) {
    if (stream_.front().kind == Item::Kind::kByte) ++discarded_;
    discarding_ = !stream_.front().last;
    stream_.pop_front();
  }
}

// ---- RECV ----

// Whether what has come ends a RECV of `len` bytes.
bool Reference::EndsNow(uint64_t len) const {
  if (stream_.size() >= len) return true;
  for (const Item& item : stream_) {
    if (item.last || item.kind == Item::Kind::kHole) return true;
  }
  return false;
}

Reference::End Reference::Receive(const Descriptor& d) {
  std::vector<uint8_t> data;
  End stream;
  Item item;
  while (data.size() < d.len && !item.last && stream.good()) {
    item = stream_.front();
    stream_.pop_front();
    if (item.kind == Item::Kind::kByte) data.push_back(item.byte);
    const bool bad = item.kind == Item::Kind::kHole || item.user;
    if (bad) stream = {.status = Status::kStreamError, .where = Where::kStream};
  }
  const End write = Deliver(d, data);
  End end = write.good() ? stream : write;
  end.bytes = write.bytes;
  if (end.where == Where::kStream) end.fault = d.dst + ((d.ctl & kDstFixed) != 0 ? 0 : end.bytes);
  end.eop = write.good() && item.last && item.kind != Item::Kind::kHole;  // D-56
  discarding_ = !end.good() && !item.last;
  Discard();
  return end;
}

// ---- SEND ----

// Good bytes before the first bad one are sent.
Reference::End Reference::Send(const Descriptor& d) {
  std::vector<uint8_t> data;
  End end = Gather(d, &data);
  begun_.insert(begun_.end(), data.begin(), data.end());
  end.bytes = static_cast<uint32_t>(data.size());
  if (end.good() && (d.ctl & kEop) != 0) sent_.push_back({std::exchange(begun_, {})});
  return end;
}

// A packet whose SEND failed is not gone on with (D-50); what was sent of it gets one TLAST beat
// more.
void Reference::CutPacket(Outcome* out) {
  const bool failed = !out->end.good() && out->end.status != Status::kSkipped &&
                      out->end.status != Status::kBadPhase && out->of.fetch == Status::kOk;
  if (!failed || out->of.d.opcode() != Opcode::kSend) return;
  if (!begun_.empty()) sent_.push_back({std::exchange(begun_, {}), true});
  out->cuts = (out->of.d.ctl & kEop) == 0;
}

}  // namespace tb
