// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// sgdma_bench: measures, prints, writes JSON and the tables of docs/performance.md.
// Exit codes: 0 every promised point reached, 1 a point missed or a rule broken, 2 wrong use.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "latency.h"
#include "results.h"
#include "sgdma_build_info.h"
#include "speed.h"
#include "utilisation.h"

namespace {

constexpr const char* kBegin = "<!-- bench: begin -->";
constexpr const char* kEnd = "<!-- bench: end -->";

struct Options {
  bool quick = false;
  bool no_speed = false;
  bool alone = false;
  std::string json;
  std::string doc;
};

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

template <typename Row>
void Print(const Row& row) {
  fmt::print("{}\n", tb::Line(row));
  std::fflush(stdout);
}

tb::Results MeasureThisBuild(const Options& options) {
  tb::Results r;
  r.latency = tb::MeasureLatencies();
  for (const tb::LatencyRow& row : r.latency) Print(row);
  r.decode = {tb::MeasureDecode()};
  Print(r.decode[0]);
  r.utilisation = tb::MeasureUtilisation(options.quick, Print<tb::UtilisationRow>);
  if (!options.no_speed) {
    r.speed = options.quick ? tb::MeasureSpeed(60'000, 3) : tb::MeasureSpeed(400'000, 5);
    for (const tb::SpeedRow& row : r.speed) Print(row);
  }
  return r;
}

// The other builds lie beside this one, if they were built; they measure quickly.
tb::Results MeasureOtherBuilds() {
  namespace fs = std::filesystem;
  tb::Results all;
  const fs::path self = fs::read_symlink("/proc/self/exe");
  for (const char* build : {"sg", "w32", "w128", "w256", "w512", "c8"}) {
    const fs::path other = self.string() + "_" + build;
    if (!fs::exists(other)) {
      fmt::print("{} is not built: its rows are left out\n", other.filename().string());
      continue;
    }
    const fs::path json = other.string() + ".json";
    fs::remove(json);
    // Its exit status says whether a line misses; the rows say which.
    const std::string command =
        fmt::format("'{}' --quick --alone --no-speed --json '{}'", other.string(), json.string());
    const int status = std::system(command.c_str());
    std::ifstream in(json);
    if (!in) throw std::runtime_error(fmt::format("{} ended with status {}", command, status));
    all.Append(nlohmann::json::parse(in).get<tb::Results>());
  }
  return all;
}

int Run(const Options& options) {
  tb::Results results = MeasureThisBuild(options);
  if (!options.alone) results.Append(MeasureOtherBuilds());
  if (!options.json.empty()) {
    nlohmann::json out = results;
    out["version"] = SGDMA_VERSION;
    std::ofstream file(options.json);
    file << out.dump(1) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + options.json);
  }
  if (!options.doc.empty()) WriteDoc(options.doc, tb::Tables(results));
  const std::vector<std::string> misses = results.Misses();
  if (!misses.empty() && !options.alone) {
    fmt::print("\n{} lines miss their limit:\n", misses.size());
    for (const std::string& line : misses) fmt::print("  {}\n", line);
  }
  return misses.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures bus utilisation, latencies and simulation speed of the engine"};
  Options options;
  app.add_flag("--quick", options.quick, "fewer descriptors and cycles: seconds, not minutes");
  app.add_flag("--no-speed", options.no_speed, "leave the speed of the simulation out");
  app.add_flag("--alone", options.alone,
               "only this build, not those of other bus widths and channels");
  app.add_option("--json", options.json, "write the results as JSON");
  app.add_option("--doc", options.doc, "renew the tables in this Markdown file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return Run(options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "sgdma_bench: {}\n", e.what());
    return 1;
  }
}
