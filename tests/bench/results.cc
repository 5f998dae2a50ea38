// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "results.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

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

using Rows = std::vector<UtilisationRow>;

template <typename Wanted>
Rows Choose(const Rows& rows, Wanted&& wanted) {
  Rows some;
  std::ranges::copy_if(rows, std::back_inserter(some), wanted);
  return some;
}

// A table: names of the lines, names of the columns, cells by both.
class Grid {
 public:
  explicit Grid(std::string corner) : corner_(std::move(corner)) {}
  void Put(const std::string& line, const std::string& column, std::string cell) {
    Note(&lines_, line);
    Note(&columns_, column);
    cells_[{line, column}] = std::move(cell);
  }
  std::string Markdown(const std::string& title) const {
    std::string out = fmt::format("\n**{}**\n\n| {} |", title, corner_);
    for (const std::string& column : columns_) out += fmt::format(" {} |", column);
    out += "\n|---|";
    for (size_t i = 0; i < columns_.size(); ++i) out += "---|";
    for (const std::string& line : lines_) {
      out += fmt::format("\n| {} |", line);
      for (const std::string& column : columns_) {
        const auto cell = cells_.find({line, column});
        out += fmt::format(" {} |", cell == cells_.end() ? "" : cell->second);
      }
    }
    return out + "\n";
  }

 private:
  static void Note(std::vector<std::string>* names, const std::string& name) {
    if (std::ranges::find(*names, name) == names->end()) names->push_back(name);
  }
  std::string corner_;
  std::vector<std::string> lines_;
  std::vector<std::string> columns_;
  std::map<std::pair<std::string, std::string>, std::string> cells_;
};

template <typename Row>
std::string BuildOf(const Row& row) {
  return fmt::format("{} bits, {} channel{}{}", row.data_bits, row.built, row.built > 1 ? "s" : "",
                     row.sg_port ? ", descriptor port" : "");
}

// Every point, a table for each kind.
std::string KindTables(const Rows& rows) {
  std::map<std::string, Grid> grids;
  std::vector<std::string> order;
  for (const UtilisationRow& row : rows) {
    const std::string kind = Kind(row);
    if (grids.try_emplace(kind, "fragment").second) order.push_back(kind);
    Grid& grid = grids.at(kind);
    const std::string line = std::to_string(row.fragment);
    grid.Put(line, "limit", fmt::format("{:.3f}", row.limit));
    grid.Put(line, fmt::format("latency {}", row.latency), Cell(row));
  }
  std::string out;
  for (const std::string& kind : order) out += grids.at(kind).Markdown(kind);
  return out;
}

// The same width, more and more busy channels; and every width, one channel: aligned, no records.
std::string ScalingTables(const Rows& rows) {
  Grid widths("fragment");
  Grid channels("fragment");
  for (const UtilisationRow& row : rows) {
    if (!row.aligned || row.records || row.latency != 26 || row.sg_port) continue;
    const std::string line = std::to_string(row.fragment);
    if (row.channels == 1) widths.Put(line, fmt::format("{} bits", row.data_bits), Cell(row));
    if (row.data_bits == 64)
      channels.Put(line, fmt::format("{} busy of {}", row.channels, row.built), Cell(row));
  }
  return widths.Markdown("Bus widths, latency 26, aligned, no records") +
         channels.Markdown("Busy channels together, 64 bits, latency 26, aligned, no records");
}

// Of each build and latency the promised point that is farthest from its limit.
std::string LeastTable(const Rows& rows) {
  Grid grid("");
  std::map<std::pair<std::string, uint32_t>, UtilisationRow> least;
  for (const UtilisationRow& row : rows) {
    if (!row.promised) continue;
    const auto key = std::pair(BuildOf(row), row.latency);
    const auto [at, fresh] = least.try_emplace(key, row);
    if (!fresh && row.share() < at->second.share()) at->second = row;
  }
  for (const auto& row : rows) {
    const std::string build = BuildOf(row);
    const auto found = least.find({build, row.latency});
    if (found == least.end()) continue;
    grid.Put(build, fmt::format("latency {}", row.latency),
             fmt::format("{:.1f} %, n = {}", 100 * found->second.share(), found->second.fragment));
  }
  return grid.Markdown("Least share of the limit over all points promised, each build");
}

// Published or measured; formulas of what shares the read channel with the data.
std::string OthersTable(const Rows& rows) {
  Grid grid("fragment");
  for (const UtilisationRow& row : rows) {
    if (row.data_bits != 64 || row.channels != 1 || !row.aligned || row.records ||
        row.latency != 26 || row.sg_port)
      continue;
    const double n = row.fragment;
    const std::string line = std::to_string(row.fragment);
    grid.Put(line, "this engine, measured", fmt::format("{:.3f}", row.measured));
    grid.Put(line, "16-byte descriptors: n/(n+16)", fmt::format("{:.3f}", n / (n + 16)));
    grid.Put(line, "PULP iDMA, 32-byte: n/(n+32)", fmt::format("{:.3f}", n / (n + 32)));
    grid.Put(line, "ADI scatter-gather: n/(n+48)", fmt::format("{:.3f}", n / (n + 48)));
  }
  return grid.Markdown("Beside open engines: 64 bits, latency 26, aligned, no records");
}

std::string CycleTables(const Results& r) {
  Grid grid("");
  for (const LatencyRow& row : r.latency) {
    grid.Put(
        row.what, BuildOf(row),
        fmt::format("{} (at most {}{})", row.cycles, row.limit, row.missed() ? ", missed" : ""));
  }
  for (const DecodeRow& row : r.decode) {
    grid.Put("descriptors decoded a cycle", BuildOf(row),
             fmt::format("{:.3f} (limit {:.2f}{})", row.measured, row.limit,
                         row.missed() ? ", missed" : ""));
  }
  return grid.Markdown("Cycles from a handshake to VALID on an idle port, and decode");
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
  return fmt::format("{}: {:<44} {} cycles, at most {}  {}", BuildOf(row), row.what, row.cycles,
                     row.limit, Verdict(row.missed()));
}

std::string Line(const DecodeRow& row) {
  return fmt::format("{}: descriptors decoded a cycle: {:.3f} of {:.2f}  {}", BuildOf(row),
                     row.measured, row.limit, Verdict(row.missed()));
}

std::string Line(const SpeedRow& row) {
  return fmt::format("{:<52} {:>8.0f} thousand cycles per processor second, {:.0f} %", row.what,
                     row.cycles_per_second / 1000, 100 * row.share);
}

std::string Tables(const Results& r) {
  std::string out = "\n";
  const auto of_port = [](bool sg_port) {
    return [sg_port](const UtilisationRow& row) { return row.sg_port == sg_port; };
  };
  const Rows one_port = Choose(r.utilisation, of_port(false));
  const Rows usual = Choose(one_port, [](const UtilisationRow& row) {
    return row.data_bits == 64 && row.built <= 2 && row.channels == 1;
  });
  out += KindTables(usual);
  out += KindTables(Choose(r.utilisation, of_port(true)));
  out += ScalingTables(one_port);
  out += LeastTable(r.utilisation);
  out += OthersTable(usual);
  out += CycleTables(r);
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
