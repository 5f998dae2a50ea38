// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// sgdma_bench: measures, prints, writes JSON and the tables of docs/performance.md.
// Exit codes: 0 every promised point reached, 1 a point missed or a rule broken, 2 wrong use.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "dut/dut.h"
#include "sgdma_build_info.h"
#include "speed.h"
#include "utilisation.h"

namespace {

constexpr const char* kBegin = "<!-- bench: begin -->";
constexpr const char* kEnd = "<!-- bench: end -->";

std::string Kind(const tb::UtilisationRow& row) {
  return fmt::format("{}, {}", row.aligned ? "aligned" : "unaligned (source +3, destination +5)",
                     row.records ? "a record each" : "no records");
}

std::string Cell(const tb::UtilisationRow& row) {
  if (!row.promised) return fmt::format("{:.3f} ({:.0f} %)", row.measured, 100 * row.share());
  return fmt::format("{:.3f} ({:.0f} %{})", row.measured, 100 * row.share(),
                     row.missed() ? ", missed" : "");
}

std::string Tables(const std::vector<tb::UtilisationRow>& rows,
                   const std::vector<tb::SpeedRow>& speeds) {
  std::string out;
  std::string kind;
  for (size_t i = 0; i + 2 < rows.size(); i += 3) {  // three latencies a line
    if (Kind(rows[i]) != kind) {
      kind = Kind(rows[i]);
      out += fmt::format(
          "\n**{}**\n\n| fragment | limit | latency 1 | latency 26 | latency 200 "
          "|\n|---|---|---|---|---|\n",
          kind);
    }
    out += fmt::format("| {} | {:.3f} | {} | {} | {} |\n", rows[i].fragment, rows[i].limit,
                       Cell(rows[i]), Cell(rows[i + 1]), Cell(rows[i + 2]));
  }
  if (!speeds.empty()) {
    out +=
        "\n**Speed of the simulation**\n\n| what | thousand cycles per processor second | share of "
        "the model alone |\n|---|---|---|\n";
    for (const tb::SpeedRow& s : speeds) {
      out += fmt::format("| {} | {:.0f} | {:.0f} % |\n", s.what, s.cycles_per_second / 1000,
                         100 * s.share);
    }
  }
  return out;
}

nlohmann::json Json(const std::vector<tb::UtilisationRow>& rows,
                    const std::vector<tb::SpeedRow>& speeds) {
  nlohmann::json out = {{"version", SGDMA_VERSION},
                        {"channels", tb::Dut::kChannels},
                        {"data_bits", 8 * tb::Dut::kDataBytes},
                        {"utilisation", nlohmann::json::array()},
                        {"speed", nlohmann::json::array()}};
  for (const tb::UtilisationRow& r : rows) {
    out["utilisation"].push_back({{"fragment", r.fragment},
                                  {"latency", r.latency},
                                  {"aligned", r.aligned},
                                  {"records", r.records},
                                  {"measured", r.measured},
                                  {"limit", r.limit},
                                  {"share", r.share()},
                                  {"promised", r.promised},
                                  {"missed", r.missed()}});
  }
  for (const tb::SpeedRow& s : speeds) {
    out["speed"].push_back(
        {{"what", s.what}, {"cycles_per_second", s.cycles_per_second}, {"share", s.share}});
  }
  return out;
}

// Replaces what stands between the two marks.
void WriteDoc(const std::string& path, const std::string& tables) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  std::string doc = text.str();
  const size_t begin = doc.find(kBegin);
  const size_t end = doc.find(kEnd);
  if (!in || begin == std::string::npos || end == std::string::npos || end < begin) {
    throw std::runtime_error(path + " has no place for the tables: it needs the marks " + kBegin +
                             " and " + kEnd);
  }
  const size_t from = begin + std::string(kBegin).size();
  doc.replace(from, end - from, "\n" + tables + "\n");
  std::ofstream out(path);
  out << doc;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

int Run(bool quick, bool no_speed, const std::string& json, const std::string& doc) {
  bool good = true;
  const auto rows = tb::MeasureUtilisation(quick, [&](const tb::UtilisationRow& row) {
    good = good && !row.missed() && row.violation.empty();
    fmt::print("{:<52} n={:<5} latency {:<4} {:.4f} of {:.4f}  {}{}\n", Kind(row), row.fragment,
               row.latency, row.measured, row.limit,
               row.missed()   ? "MISSED"
               : row.promised ? "ok"
                              : "(not promised)",
               row.violation.empty() ? "" : "  rule broken: " + row.violation);
    std::fflush(stdout);
  });
  std::vector<tb::SpeedRow> speeds;
  if (!no_speed) {
    speeds = quick ? tb::MeasureSpeed(60'000, 3) : tb::MeasureSpeed(400'000, 5);
    for (const tb::SpeedRow& s : speeds) {
      fmt::print("{:<52} {:>8.0f} thousand cycles per processor second, {:.0f} %\n", s.what,
                 s.cycles_per_second / 1000, 100 * s.share);
    }
  }
  if (!json.empty()) {
    std::ofstream out(json);
    out << Json(rows, speeds).dump(1) << '\n';
    if (!out.flush()) throw std::runtime_error("cannot write " + json);
  }
  if (!doc.empty()) WriteDoc(doc, Tables(rows, speeds));
  if (!good) fmt::print("\nSome points missed 0.97 of the limit, or broke a rule: see above.\n");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures bus utilisation and simulation speed of the engine"};
  bool quick = false;
  bool no_speed = false;
  std::string json;
  std::string doc;
  app.add_flag("--quick", quick, "fewer descriptors and cycles: seconds instead of minutes");
  app.add_flag("--no-speed", no_speed, "leave the speed of the simulation out");
  app.add_option("--json", json, "write the results as JSON");
  app.add_option("--doc", doc, "renew the tables in this Markdown file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return Run(quick, no_speed, json, doc);
  } catch (const std::exception& e) {
    fmt::print(stderr, "sgdma_bench: {}\n", e.what());
    return 1;
  }
}
