// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/errors.h"
#include "dut/dut.h"
#include "hal/platform.h"
#include "sgdma/sgdma_regs.h"
#include "sgdma_build_info.h"

namespace tb::cli {
namespace {

struct Feature {
  const char* name;
  uint32_t mask;
};
constexpr Feature kFeatures[] = {
    {"FILL", SGDMA_GLB_CAP3_FILL_MASK},
    {"LINK", SGDMA_GLB_CAP3_LINK_MASK},
    {"STRIDE", SGDMA_GLB_CAP3_STRIDE_MASK},
    {"STREAM", SGDMA_GLB_CAP3_STREAM_MASK},
    {"FIXED", SGDMA_GLB_CAP3_FIXED_MASK},
    {"DIRECT", SGDMA_GLB_CAP3_DIRECT_MASK},
    {"COALESCE", SGDMA_GLB_CAP3_COALESCE_MASK},
    {"MESSAGE", SGDMA_GLB_CAP3_MESSAGE_MASK},
    {"PACING", SGDMA_GLB_CAP3_PACING_MASK},
    {"WATCHDOG", SGDMA_GLB_CAP3_WATCHDOG_MASK},
    {"FORCE_RESET", SGDMA_GLB_CAP3_FORCE_RESET_MASK},
    {"END_LIST", SGDMA_GLB_CAP3_END_LIST_MASK},
    {"CONTINUE", SGDMA_GLB_CAP3_CONTINUE_MASK},
    {"SG_PORT", SGDMA_GLB_CAP3_SG_PORT_MASK},
    {"QOS", SGDMA_GLB_CAP3_QOS_MASK},
    {"COUNTERS", SGDMA_GLB_CAP3_COUNTERS_MASK},
    {"POSITION", SGDMA_GLB_CAP3_POSITION_MASK},
    {"CACHE", SGDMA_GLB_CAP3_CACHE_MASK},
};

std::string Version(uint32_t version) {
  return fmt::format("{}.{}.{}", version >> 24, version >> 16 & 0xFF, version & 0xFFFF);
}

std::vector<std::pair<std::string, uint64_t>> Numbers(const sgdma_caps_t& caps) {
  return {{"channels", caps.channels},
          {"bus_bits", 8u * caps.bus_bytes},
          {"address_bits", caps.address_bits},
          {"max_burst_beats", caps.max_burst_beats},
          {"outstanding_reads", caps.reads},
          {"outstanding_writes", caps.writes},
          {"outstanding_records", caps.records},
          {"buffer_bytes", caps.buffer_bytes},
          {"prefetched_descriptors", caps.prefetch},
          {"tracked_descriptors", caps.tracker},
          {"register_page_bytes", caps.page_bytes}};
}

std::string Json(const sgdma_caps_t& caps) {
  nlohmann::ordered_json json = {{"engine_version", Version(caps.version)},
                                 {"program_version", SGDMA_VERSION}};
  for (const auto& [name, value] : Numbers(caps)) json[name] = value;
  json["features"] = nlohmann::ordered_json::object();
  for (const Feature& feature : kFeatures) {
    json["features"][feature.name] = (caps.features & feature.mask) != 0;
  }
  json["build"] = {{"type", SGDMA_BUILD_TYPE},
                   {"compiler", SGDMA_COMPILER},
                   {"waves", Dut::HasWaves()},
                   {"assertions", Dut::HasAssertions()}};
  return json.dump(2) + "\n";
}

std::string Table(const sgdma_caps_t& caps) {
  std::string out =
      fmt::format("Engine {}, read by the driver through its registers:\n", Version(caps.version));
  for (auto [name, value] : Numbers(caps)) {
    for (char& c : name) c = c == '_' ? ' ' : c;
    out += fmt::format("  {:<24}{:>8}\n", name, value);
  }
  std::string built;
  std::string missing;
  for (const Feature& feature : kFeatures) {
    std::string& list = (caps.features & feature.mask) != 0 ? built : missing;
    list += std::string(list.empty() ? "" : " ") + feature.name;
  }
  out += "  features: " + built + "\n  not built: " + missing + "\n";
  return out + fmt::format("Program {} ({}, {}), waves {}, assertions {}\n", SGDMA_VERSION,
                           SGDMA_BUILD_TYPE, SGDMA_COMPILER, Dut::HasWaves() ? "on" : "off",
                           Dut::HasAssertions() ? "on" : "off");
}

int RunInfo(bool json) {
  Dut dut;
  Platform platform(PinsOf(dut));
  platform.Start();
  fmt::print("{}", json ? Json(platform.dev.caps) : Table(platform.dev.caps));
  if (platform.sim.violations().empty()) return kExitDone;
  throw ViolationError("A rule was broken while probing:\n" + platform.sim.violations().Report());
}

}  // namespace

std::function<int()> AddInfoCommand(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("info", "Show the capabilities the driver read from the engine");
  command->add_flag("--json", *json, "Print JSON");
  return [json] { return RunInfo(*json); };
}

}  // namespace tb::cli
