// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "results.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace tb {
namespace {

const char* Verdict(bool missed, bool promised = true) {
  return missed ? "MISSED" : promised ? "ok" : "(not promised)";
}

std::string Build(unsigned bits, bool sg_port) {
  return fmt::format("{} bits{}", bits, sg_port ? " and a port for descriptors" : "");
}

std::string Kind(const UtilisationRow& row) {
  return fmt::format(
      "{}, {}, {}{}", Build(row.data_bits, row.sg_port),
      row.aligned ? "aligned" : "unaligned (source +3, destination +5)",
      row.records ? "a record each" : "no records",
      row.channels > 1 ? fmt::format(", {} busy channels", row.channels) : std::string());
}

std::string Cell(const UtilisationRow& row) {
  return fmt::format("{:.3f} ({:.0f} %{})", row.measured, 100 * row.share(),
                     row.missed() ? ", missed" : "");
}

// Rows of one kind and fragment make a line, each latency a column.
std::string UtilisationTables(const std::vector<UtilisationRow>& rows) {
  std::string out;
  std::string kind;
  std::set<uint32_t> latencies;
  for (const UtilisationRow& row : rows) latencies.insert(row.latency);
  uint32_t fragment = 0;
  for (const UtilisationRow& row : rows) {
    if (Kind(row) != kind) {
      kind = Kind(row);
      fragment = 0;
      out += fmt::format("{}\n**{}**\n\n| fragment | limit |", out.empty() ? "" : "\n", kind);
      for (const uint32_t latency : latencies) out += fmt::format(" latency {} |", latency);
      out += "\n|---|---|";
      for (size_t i = 0; i < latencies.size(); ++i) out += "---|";
    }
    if (row.fragment != fragment) {
      fragment = row.fragment;
      out += fmt::format("\n| {} | {:.3f} |", fragment, row.limit);
    }
    out += fmt::format(" {} |", Cell(row));
  }
  return out + "\n";
}

std::string WidthTables(const Results& r) {
  using Column = std::pair<unsigned, bool>;
  std::set<Column> builds;
  std::map<std::pair<std::string, Column>, std::string> cells;
  std::vector<std::string> names;
  const auto put = [&](const std::string& name, Column build, std::string cell) {
    builds.insert(build);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    cells[{name, build}] = std::move(cell);
  };
  for (const LatencyRow& row : r.latency) {
    put(row.what, {row.data_bits, row.sg_port},
        fmt::format("{} (at most {}{})", row.cycles, row.limit, row.missed() ? ", missed" : ""));
  }
  for (const DecodeRow& row : r.decode) {
    put("descriptors decoded a cycle", {row.data_bits, row.sg_port},
        fmt::format("{:.3f} (limit {:.2f}{})", row.measured, row.limit,
                    row.missed() ? ", missed" : ""));
  }
  std::string out = "\n**Cycles from a handshake to VALID on an idle port, and decode**\n\n| |";
  for (const auto& [bits, sg_port] : builds) out += fmt::format(" {} |", Build(bits, sg_port));
  out += "\n|---|";
  for (size_t i = 0; i < builds.size(); ++i) out += "---|";
  for (const std::string& name : names) {
    out += fmt::format("\n| {} |", name);
    for (const Column& build : builds) out += fmt::format(" {} |", cells[{name, build}]);
  }
  return out + "\n";
}

template <typename Row>
void AddMisses(const std::vector<Row>& rows, std::vector<std::string>* out) {
  for (const Row& row : rows) {
    if (row.missed()) out->push_back(Line(row));
  }
}

template <typename Row>
void AppendTo(std::vector<Row>* to, const std::vector<Row>& from) {
  to->insert(to->end(), from.begin(), from.end());
}

}  // namespace

void Results::Append(const Results& more) {
  AppendTo(&utilisation, more.utilisation);
  AppendTo(&latency, more.latency);
  AppendTo(&decode, more.decode);
  AppendTo(&speed, more.speed);
}

std::vector<std::string> Results::Misses() const {
  std::vector<std::string> out;
  AddMisses(utilisation, &out);
  AddMisses(latency, &out);
  AddMisses(decode, &out);
  return out;
}

std::string Line(const UtilisationRow& row) {
  return fmt::format("{:<62} n={:<5} latency {:<4} {:.4f} of {:.4f}  {}{}", Kind(row), row.fragment,
                     row.latency, row.measured, row.limit, Verdict(row.missed(), row.promised),
                     row.violation.empty() ? "" : "  rule broken: " + row.violation);
}

std::string Line(const LatencyRow& row) {
  return fmt::format("{}, {:<44} {} cycles, at most {}  {}", Build(row.data_bits, row.sg_port),
                     row.what, row.cycles, row.limit, Verdict(row.missed()));
}

std::string Line(const DecodeRow& row) {
  return fmt::format("{}, descriptors decoded a cycle: {:.3f} of {:.2f}  {}",
                     Build(row.data_bits, row.sg_port), row.measured, row.limit,
                     Verdict(row.missed()));
}

std::string Line(const SpeedRow& row) {
  return fmt::format("{:<52} {:>8.0f} thousand cycles per processor second, {:.0f} %", row.what,
                     row.cycles_per_second / 1000, 100 * row.share);
}

std::string Tables(const Results& r) {
  std::string out = "\n";
  out += UtilisationTables(r.utilisation);
  out += WidthTables(r);
  if (!r.speed.empty()) {
    out +=
        "\n**Speed of the simulation**\n\n| what | thousand cycles per processor second | share of "
        "the model alone |\n|---|---|---|\n";
    for (const SpeedRow& s : r.speed) {
      out += fmt::format("| {} | {:.0f} | {:.0f} % |\n", s.what, s.cycles_per_second / 1000,
                         100 * s.share);
    }
  }
  return out;
}

}  // namespace tb
