// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "axi/lite_manager.h"

#include <stdexcept>
#include <string>

namespace tb {

LiteManager::LiteManager(Simulation& sim, LitePins& pins, const LiteConfig& config)
    : sim_(sim), pins_(pins), config_(config) {
  if (config.writes_in_flight == 0 || config.writes_in_flight > kQueue) {
    throw std::invalid_argument("LiteManager: writes_in_flight must be 1.." +
                                std::to_string(kQueue));
  }
  const Random seed(config.seed);
  stall_b_ = StallSource(config.stall_b, seed.Fork(11));
  stall_r_ = StallSource(config.stall_r, seed.Fork(12));
  Reset();
  sim_.Add(*this);
}

LiteManager::~LiteManager() { sim_.Remove(*this); }

void LiteManager::Reset() {
  head_ = write_count_ = next_aw_ = next_w_ = 0;
  read_state_ = ReadState::kIdle;
  pins_.aw.valid = pins_.w.valid = pins_.ar.valid = 0;
  pins_.b.ready = pins_.r.ready = 0;
}

// ---- Calls ----

template <typename Condition>
void LiteManager::Wait(Condition&& done, const char* what, uint32_t address) {
  if (sim_.RunUntil(done, config_.timeout)) return;
  char text[96];
  std::snprintf(text, sizeof text, "No answer to the register %s at 0x%x within %llu cycles.\n",
                what, address, static_cast<unsigned long long>(config_.timeout.count));
  throw HangError(text + sim_.HangReport());
}

uint32_t LiteManager::Read(uint32_t address) {
  Flush();
  BeginRead(address);
  return FinishRead();
}

void LiteManager::Write(uint32_t address, uint32_t data, uint8_t strobe) {
  Post(address, data, strobe);
  Flush();
}

void LiteManager::Post(uint32_t address, uint32_t data, uint8_t strobe) {
  if (write_count_ == kQueue)
    Wait([this] { return write_count_ < kQueue; }, "write", At(0).address);
  const bool address_first = order_.first == LiteWriteOrder::First::kAddress;
  const bool data_first = order_.first == LiteWriteOrder::First::kData;
  At(write_count_) = {.address = address,
                      .data = data,
                      .strobe = strobe,
                      .wait_aw = data_first ? order_.lag : 0,
                      .wait_w = address_first ? order_.lag : 0};
  ++write_count_;
}

void LiteManager::Flush() {
  while (write_count_ != 0) {
    const uint32_t before = write_count_;
    Wait([this, before] { return write_count_ < before; }, "write", At(0).address);
  }
}

void LiteManager::BeginRead(uint32_t address) {
  if (read_state_ != ReadState::kIdle)
    throw std::logic_error("LiteManager: a read is open already");
  read_address_ = address;
  read_state_ = ReadState::kAddress;
}

uint32_t LiteManager::FinishRead() {
  if (read_state_ == ReadState::kIdle) throw std::logic_error("LiteManager: no read is open");
  Wait([this] { return read_state_ == ReadState::kDone; }, "read", read_address_);
  read_state_ = ReadState::kIdle;
  return read_data_;
}

// ---- Phases ----

void LiteManager::Sample() {
  const bool aw = pins_.aw.Fires();
  const bool w = pins_.w.Fires();
  const bool b = pins_.b.Fires();
  const bool ar = pins_.ar.Fires();
  const bool r = pins_.r.Fires();
  if (!(aw | w | b | ar | r)) return;
  sim_.NoteProgress();
  if (aw) ++next_aw_;
  if (w) ++next_w_;
  if (b && write_count_ > 0) {
    last_write_resp_ = static_cast<AxiResp>(pins_.b.resp);
    head_ = (head_ + 1) % kQueue;
    --write_count_;
    // A design may answer a write it has not taken; the checker says so, the books here stay sane.
    next_aw_ -= next_aw_ > 0;
    next_w_ -= next_w_ > 0;
  }
  if (ar && read_state_ == ReadState::kAddress) read_state_ = ReadState::kData;
  if (r && read_state_ == ReadState::kData) {
    read_data_ = pins_.r.data;
    last_read_resp_ = static_cast<AxiResp>(pins_.r.resp);
    read_state_ = ReadState::kDone;
  }
}

void LiteManager::Drive() {
  DriveWrites();
  pins_.ar.valid = read_state_ == ReadState::kAddress;
  pins_.ar.addr = read_address_;
  pins_.ar.prot = config_.prot;
  pins_.b.ready = !stall_b_.Next();
  pins_.r.ready = !stall_r_.Next();
}

// Offers the next address and the next data word, each when its turn and its lag have come.
void LiteManager::DriveWrites() {
  const uint32_t may_begin =
      write_count_ < config_.writes_in_flight ? write_count_ : config_.writes_in_flight;
  pins_.aw.valid = 0;
  pins_.w.valid = 0;
  if (next_aw_ < may_begin) {
    WriteOp& op = At(next_aw_);
    if (op.wait_aw > 0) {
      --op.wait_aw;
    } else {
      pins_.aw.valid = 1;
      pins_.aw.addr = op.address;
      pins_.aw.prot = config_.prot;
    }
  }
  if (next_w_ < may_begin) {
    WriteOp& op = At(next_w_);
    if (op.wait_w > 0) {
      --op.wait_w;
    } else {
      pins_.w.valid = 1;
      pins_.w.data = op.data;
      pins_.w.strb = op.strobe;
    }
  }
}

void LiteManager::DescribeWaits(std::string* out) const {
  const auto line = [&](const std::string& text) { *out += "  register port: " + text + "\n"; };
  if (write_count_ > 0) {
    const WriteOp& op = queue_[head_];
    char address[16];
    std::snprintf(address, sizeof address, "0x%x", op.address);
    line(std::string("write at ") + address + " waits for " +
         (next_aw_ == 0  ? "AWREADY"
          : next_w_ == 0 ? "WREADY"
                         : "BVALID"));
  }
  if (read_state_ == ReadState::kAddress) line("read waits for ARREADY");
  if (read_state_ == ReadState::kData) line("read waits for RVALID");
}

}  // namespace tb
