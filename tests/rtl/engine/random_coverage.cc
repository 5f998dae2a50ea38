// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "random_coverage.h"

#include <algorithm>
#include <sstream>

#include "dut/dut.h"

namespace tb {
namespace {

constexpr unsigned kBus = Dut::kDataBytes;
constexpr uint32_t kBurst = 16 * kBus;

using Names = std::vector<std::string>;

const Names kPlainFlags = {"none", "IRQ", "CPL", "FENCE"};
const Names kSendFlags = {"none", "IRQ", "CPL", "FENCE", "EOP"};
const Names kAnyFlag = {"any"};
// Two sides, by their offsets in a bus word.
const Names kBothSides = {"both on a word", "source only",         "destination only",
                          "same offset",    "source offset lower", "source offset higher"};
const Names kOneSide = {"on a word", "inside a word"};
const Names kSizes = {"1 byte",        "less than a word", "a word",
                      "up to a burst", "bursts",           "more than a page"};
const Names kRowSizes = {"1 byte", "less than a word", "a word", "up to a burst", "bursts"};
const Names kFixedSizes = {"an element", "up to a burst", "bursts"};
const Names kPlaces = {"ring", "array", "DIRECT"};

std::string Both(uint64_t src, uint64_t dst) {
  const uint64_t s = src % kBus;
  const uint64_t d = dst % kBus;
  if (s == d) return s == 0 ? kBothSides[0] : kBothSides[3];
  if (d == 0) return kBothSides[2];
  if (s == 0) return kBothSides[1];
  return s < d ? kBothSides[4] : kBothSides[5];
}

std::string One(uint64_t at) { return kOneSide[at % kBus == 0 ? 0 : 1]; }

std::string Size(uint32_t bytes) {
  if (bytes == 1) return kSizes[0];
  if (bytes < kBus) return kSizes[1];
  if (bytes == kBus) return kSizes[2];
  if (bytes <= kBurst) return kSizes[3];
  return bytes <= 4096 ? kSizes[4] : kSizes[5];
}

Names FlagsOf(const Descriptor& d) {
  Names names;
  if (d.irq()) names.push_back("IRQ");
  if (d.cpl()) names.push_back("CPL");
  if ((d.ctl & kFence) != 0) names.push_back("FENCE");
  if ((d.ctl & kEop) != 0) names.push_back("EOP");
  if (names.empty()) names.push_back("none");
  return names;
}

const std::string& NameOf(Place place) { return kPlaces[static_cast<unsigned>(place)]; }

}  // namespace

std::vector<Coverage::Family> Coverage::Families() {
  return {
      {"COPY", kPlainFlags, kBothSides, kSizes},
      {"FILL", kPlainFlags, kOneSide, kSizes},
      {"STRIDE + COPY", kPlainFlags, kBothSides, kRowSizes},
      {"STRIDE + FILL", kPlainFlags, kOneSide, kRowSizes},
      {"SEND", kSendFlags, kOneSide, kSizes},
      {"RECV", kPlainFlags, kOneSide, kSizes},
      {"COPY, SRC_FIXED", kPlainFlags, kOneSide, kFixedSizes},
      {"COPY, DST_FIXED", kPlainFlags, kOneSide, kFixedSizes},
      {"COPY, both FIXED", kPlainFlags, {"-"}, kFixedSizes},
      {"FILL, DST_FIXED", kPlainFlags, {"-"}, kFixedSizes},
      {"SEND, SRC_FIXED", kSendFlags, {"-"}, kFixedSizes},
      {"RECV, DST_FIXED", kPlainFlags, {"-"}, kFixedSizes},
      {"NOP", kPlainFlags, kPlaces, {"-"}},
      {"LINK", kPlainFlags, {"ring"}, {"one entry", "more"}},
      {"LINK", kAnyFlag, {"array", "DIRECT"}, {"one entry", "more"}},
      {"a RECV ends", kAnyFlag, {"at its length", "at TLAST", "at TLAST without bytes"}, {"-"}},
      {"opcode in each place", kAnyFlag, kPlaces, {"COPY", "FILL", "SEND", "RECV", "FIXED"}},
      {"opcode in each place", kAnyFlag, {"ring", "array"}, {"STRIDE"}},
      {"way out of an error",
       kAnyFlag,
       {"RETRY", "SKIP", "CONTINUE"},
       {"SLVERR", "DECERR", "BAD_OPCODE", "BAD_LENGTH", "BAD_ADDRESS", "BAD_STRIDE"}},
      {"way out of an error", kAnyFlag, {"SKIP", "CONTINUE"}, {"STREAM_ERROR"}},
      {"pace", kAnyFlag, {"burst", "cycle stealing", "demand", "background"}, {"-"}},
  };
}

void Coverage::SetFixed(unsigned element_bytes, unsigned beats) {
  element_bytes_ = element_bytes;
  fixed_beats_ = beats;
}

std::string Coverage::FixedSize(uint32_t bytes) const {
  if (bytes <= element_bytes_) return kFixedSizes[0];
  return bytes <= element_bytes_ * fixed_beats_ ? kFixedSizes[1] : kFixedSizes[2];
}

void Coverage::Hit(const std::string& what, const Descriptor& d, const std::string& where,
                   const std::string& size) {
  for (const std::string& flag : FlagsOf(d)) ++counts_[{what, flag, where, size}];
}

void Coverage::CountTransfer(const Descriptor& d, const std::string& prefix) {
  const bool src = (d.ctl & kSrcFixed) != 0;
  const bool dst = (d.ctl & kDstFixed) != 0;
  const bool fill = d.opcode() == Opcode::kFill;
  if (fill && dst) return Hit("FILL, DST_FIXED", d, "-", FixedSize(d.len));
  if (fill) return Hit(prefix + "FILL", d, One(d.dst), Size(d.len));
  if (src && dst) return Hit("COPY, both FIXED", d, "-", FixedSize(d.len));
  if (src) return Hit("COPY, SRC_FIXED", d, One(d.dst), FixedSize(d.len));
  if (dst) return Hit("COPY, DST_FIXED", d, One(d.src), FixedSize(d.len));
  Hit(prefix + "COPY", d, Both(d.src, d.dst), Size(d.len));
}

void Coverage::Count(const Descriptor& d, Place place, const Descriptor* stride) {
  const bool fixed = (d.ctl & (kSrcFixed | kDstFixed)) != 0;
  std::string opcode = fixed ? "FIXED" : "";
  switch (d.opcode()) {
    case Opcode::kCopy:
    case Opcode::kFill:
      CountTransfer(d, stride != nullptr ? "STRIDE + " : "");
      if (!fixed) opcode = d.opcode() == Opcode::kCopy ? "COPY" : "FILL";
      if (stride != nullptr) opcode = "STRIDE";
      break;
    case Opcode::kSend:
      if (fixed) {
        Hit("SEND, SRC_FIXED", d, "-", FixedSize(d.len));
      } else {
        Hit("SEND", d, One(d.src), Size(d.len));
        opcode = "SEND";
      }
      break;
    case Opcode::kLink:
      if (place == Place::kRing) {
        Hit("LINK", d, NameOf(place), d.len == 1 ? "one entry" : "more");
      } else {
        ++counts_[{"LINK", "any", NameOf(place), d.len == 1 ? "one entry" : "more"}];
      }
      return;
    case Opcode::kNop:
      Hit("NOP", d, NameOf(place), "-");
      return;
    default:
      return;
  }
  ++counts_[{"opcode in each place", "any", NameOf(place), opcode}];
}

void Coverage::CountRecv(const Descriptor& d, Place place, uint32_t bytes, const std::string& end) {
  const bool fixed = (d.ctl & kDstFixed) != 0;
  if (fixed) {
    Hit("RECV, DST_FIXED", d, "-", FixedSize(bytes));
  } else {
    Hit("RECV", d, One(d.dst), Size(bytes));
  }
  ++counts_[{"a RECV ends", "any", end, "-"}];
  ++counts_[{"opcode in each place", "any", NameOf(place), fixed ? "FIXED" : "RECV"}];
}

void Coverage::CountWayOut(Status status, const std::string& way) {
  ++counts_[{"way out of an error", "any", way, Name(status)}];
}

void Coverage::CountPace(unsigned mode) {
  static const Names kModes = {"burst", "cycle stealing", "demand", "background"};
  ++counts_[{"pace", "any", kModes.at(mode), "-"}];
}

void Coverage::Add(const Coverage& more) {
  for (const auto& [key, count] : more.counts_) counts_[key] += count;
}

uint64_t Coverage::At(const Class& c) const {
  const auto found = counts_.find(c);
  return found == counts_.end() ? 0 : found->second;
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> missing;
  for (const Family& f : Families()) {
    for (const auto& flag : f.flags) {
      for (const auto& where : f.where) {
        for (const auto& size : f.sizes) {
          if (At({f.what, flag, where, size}) > 0) continue;
          std::string name = f.what;
          for (const std::string& part : {flag, where, size}) {
            if (part != "-" && part != "any") name += ", " + part;
          }
          missing.push_back(name);
        }
      }
    }
  }
  return missing;
}

size_t Coverage::goals() const {
  size_t all = 0;
  for (const Family& f : Families()) all += f.flags.size() * f.where.size() * f.sizes.size();
  return all;
}

std::string Coverage::Tables() const {
  std::ostringstream out;
  for (const Family& f : Families()) {
    out << "\n**" << f.what << "**";
    if (f.flags != kAnyFlag) {
      out << " (in each cell:";
      for (const auto& flag : f.flags) out << (flag == f.flags.front() ? " " : " · ") << flag;
      out << ")";
    }
    out << "\n\n| |";
    for (const auto& size : f.sizes) out << " " << (size == "-" ? "times" : size) << " |";
    out << "\n|---|";
    for (size_t i = 0; i < f.sizes.size(); ++i) out << "---|";
    out << "\n";
    for (const auto& where : f.where) {
      out << "| " << (where == "-" ? "" : where) << " |";
      for (const auto& size : f.sizes) {
        for (const auto& flag : f.flags)
          out << (flag == f.flags.front() ? " " : " · ") << At({f.what, flag, where, size});
        out << " |";
      }
      out << "\n";
    }
  }
  return out.str();
}

}  // namespace tb
