// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "cli/specs.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <optional>
#include <string_view>

#include "cli/errors.h"

namespace tb::cli {
namespace {

// A whole decimal number, with K for 1024 where allowed; nothing else around it.
std::optional<uint64_t> ParseNumber(std::string_view text, bool kilo = false) {
  uint64_t unit = 1;
  if (kilo && !text.empty() && (text.back() == 'K' || text.back() == 'k')) {
    unit = 1024;
    text.remove_suffix(1);
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > UINT64_MAX / unit) {
    return std::nullopt;
  }
  return value * unit;
}

struct Range {
  uint64_t low;
  uint64_t high;
};

// "N" or "A-B" with least <= A <= B <= most.
std::optional<Range> ParseRange(std::string_view text, uint64_t least, uint64_t most, bool kilo) {
  const size_t dash = text.find('-');
  const auto low = ParseNumber(text.substr(0, dash), kilo);
  const auto high = dash == std::string_view::npos ? low : ParseNumber(text.substr(dash + 1), kilo);
  if (!low || !high || *low < least || *low > *high || *high > most) return std::nullopt;
  return Range{*low, *high};
}

}  // namespace

FragmentSizes FragmentSizes::Parse(const std::string& spec) {
  FragmentSizes sizes;
  if (spec == "mix") {
    sizes.mix_ = true;
    return sizes;
  }
  const auto range = ParseRange(spec, 1, kLongest, true);
  if (!range) {
    throw UsageError(fmt::format(
        "--fragments {}: give a size (700), a range (1-4096) or mix; sizes are 1 to 64K bytes.",
        spec));
  }
  sizes.shortest_ = static_cast<uint32_t>(range->low);
  sizes.longest_ = static_cast<uint32_t>(range->high);
  return sizes;
}

uint32_t FragmentSizes::Draw(Random& random) const {
  if (!mix_) return static_cast<uint32_t>(random.Between(shortest_, longest_));
  const auto between = [&](uint64_t low, uint64_t high) {
    return static_cast<uint32_t>(random.Between(low, high));
  };
  const uint64_t kind = random.Below(100);
  if (kind < 25) return between(1, 16);
  if (kind < 50) return between(17, 256);
  if (kind < 70) return between(257, 4095);
  if (kind < 90) return 4096;
  if (kind < 97) return between(4097, 16384);
  return between(16385, kLongest);
}

Latency ParseLatency(const std::string& spec) {
  // A memory that answers at once still answers in the next cycle.
  if (spec == "0") return Latency::Fixed(1);
  const auto range = ParseRange(spec, 1, 100'000, false);
  if (!range) {
    throw UsageError(
        fmt::format("--latency {}: give cycles (30) or a range (20-200), from 0 to 100000.", spec));
  }
  const auto low = static_cast<uint32_t>(range->low);
  const auto high = static_cast<uint32_t>(range->high);
  return low == high ? Latency::Fixed(low) : Latency::Uniform(low, high);
}

Stall ParseStalls(const std::string& spec) {
  if (spec == "none") return Stall::Never();
  if (spec == "bursts") return Stall::Bursts(0.02, 1, 60);
  const auto percent = ParseNumber(spec);
  if (!percent || *percent < 1 || *percent > 99) {
    throw UsageError(fmt::format(
        "--stalls {}: give none, bursts, or the percentage of stalled cycles, 1 to 99.", spec));
  }
  return Stall::Random(static_cast<double>(*percent) / 100);
}

uint8_t ParseRing(const std::string& spec) {
  const auto slots = ParseNumber(spec, true);
  if (!slots || *slots < 4 || *slots > 65536 || !std::has_single_bit(*slots)) {
    throw UsageError(fmt::format("--ring {}: give a power of two from 4 to 64K.", spec));
  }
  return static_cast<uint8_t>(std::countr_zero(*slots));
}

FaultSpec FaultSpec::Parse(const std::string& spec) {
  using enum Where;
  struct Name {
    std::string_view text;
    Where where;
  };
  static constexpr Name kNames[] = {{"read", kRead},
                                    {"write", kWrite},
                                    {"desc", kDesc},
                                    {"record", kRecord},
                                    {"translate", kTranslate}};
  const UsageError bad(
      fmt::format("--fault {}: give read:N, write:N, desc:N or record:N with =slverr, =decerr or "
                  "=silence, or translate:N; N "
                  "counts from 1.",
                  spec));

  const std::string_view text = spec;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) throw bad;
  const size_t equals = text.find('=', colon);
  FaultSpec fault;
  fault.text = spec;
  for (const Name& name : kNames) {
    if (text.substr(0, colon) == name.text) fault.where = name.where;
  }
  const auto nth = ParseNumber(
      text.substr(colon + 1, equals == std::string_view::npos ? equals : equals - colon - 1));
  if (fault.where == kNone || !nth || *nth == 0) throw bad;
  fault.nth = *nth;

  const bool has_answer = equals != std::string_view::npos;
  if (has_answer == (fault.where == kTranslate)) throw bad;
  if (!has_answer) return fault;
  const std::string_view answer = text.substr(equals + 1);
  if (answer == "decerr") {
    fault.resp = AxiResp::kDecErr;
  } else if (answer == "silence") {
    fault.silence = true;
  } else if (answer != "slverr") {
    throw bad;
  }
  return fault;
}

Recovery ParseRecovery(const std::string& spec) {
  if (spec == "auto") return Recovery::kAuto;
  if (spec == "retry") return Recovery::kRetry;
  if (spec == "rest") return Recovery::kRetryRest;
  if (spec == "skip") return Recovery::kSkip;
  if (spec == "restart") return Recovery::kRestart;
  throw UsageError(fmt::format("--recover {}: give auto, retry, rest, skip or restart.", spec));
}

}  // namespace tb::cli
