// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/copy_job.h"
#include "cli/errors.h"
#include "cli/report.h"
#include "dut/dut.h"
#include "hal/platform.h"

namespace tb::cli {
namespace {

struct CopyOptions {
  std::string input;
  std::string output;
  uint64_t seed = 1;
  std::string fragments = "mix";
  std::string latency = "30";
  std::string stalls = "none";
  std::string ring = "1024";
  std::string order = "in-order";
  unsigned channel = 0;
  unsigned width = 8 * Dut::kDataBytes;
  bool no_iommu = false;
  std::string fault;
  std::string recover = "auto";
  std::string waves;
  uint64_t waves_from = 0;
  std::optional<uint64_t> waves_to;
  bool json = false;
  const volatile std::sig_atomic_t* stop = nullptr;
};

void AddOptions(CLI::App& command, CopyOptions& options) {
  command.add_option("IN", options.input, "File to read")->required();
  command
      .add_option("OUT", options.output, "File to write; replaced only when everything is right")
      ->required();
  command.add_option("--seed", options.seed, "Everything random comes from it")
      ->capture_default_str();
  command.add_option("--fragments", options.fragments, "Sizes: N, A-B, or mix; 1 to 64K bytes")
      ->capture_default_str();
  command.add_option("--latency", options.latency, "Of memory, in cycles: N or A-B")
      ->capture_default_str();
  command.add_option("--stalls", options.stalls, "none, bursts, or percent of stalled cycles")
      ->capture_default_str();
  command.add_option("--order", options.order, "Of answers: in-order, reordered, interleaved")
      ->capture_default_str();
  command.add_option("--ring", options.ring, "Slots of the rings: a power of two, 4 to 64K")
      ->capture_default_str();
  command.add_option("--channel", options.channel, "Channel of the engine")->capture_default_str();
  command.add_option("--width", options.width, "Data bus in bits: must be what was built")
      ->capture_default_str();
  command.add_flag("--no-iommu", options.no_iommu, "Bus addresses are physical addresses");
  command.add_option("--fault", options.fault,
                     "read:N, write:N, desc:N, record:N with =slverr, =decerr or =silence; "
                     "translate:N");
  command.add_option("--recover", options.recover, "From it: auto, retry, rest, skip, restart")
      ->capture_default_str();
  command.add_option("--waves", options.waves, "Write waves to FILE.vcd or FILE.fst");
  command.add_option("--waves-from", options.waves_from, "First cycle in the waves")
      ->capture_default_str();
  command.add_option("--waves-to", options.waves_to, "Last cycle in the waves");
  command.add_flag("--json", options.json, "Print JSON instead of a table");
}

Ordering ParseOrder(const std::string& spec) {
  if (spec == "in-order") return Ordering::kInOrder;
  if (spec == "reordered") return Ordering::kReordered;
  if (spec == "interleaved") return Ordering::kInterleaved;
  throw UsageError(fmt::format("--order {}: give in-order, reordered or interleaved.", spec));
}

void CheckWaves(const CopyOptions& options) {
  if (options.waves.empty()) return;
  const bool known = options.waves.ends_with(".vcd") || options.waves.ends_with(".fst");
  if (!known) {
    throw UsageError(fmt::format("--waves {}: the name must end in .vcd or .fst.", options.waves));
  }
  if (options.waves_to && *options.waves_to < options.waves_from) {
    throw UsageError("--waves-to is before --waves-from: give a later cycle.");
  }
  if (!Dut::HasWaves()) {
    throw UsageError(
        "This program was built without waves: build with `scripts/build.sh debug sgdma` and use "
        "build/debug/bin/sgdma.");
  }
}

void CheckBuild(const CopyOptions& options) {
  if (options.channel >= Dut::kChannels) {
    throw UsageError(fmt::format("--channel {}: this engine has channels 0 to {}.", options.channel,
                                 Dut::kChannels - 1));
  }
  if (options.width != 8 * Dut::kDataBytes) {
    throw UsageError(fmt::format(
        "--width {}: this program was built for {} bits; configure with -DSGDMA_DATA_WIDTH={}.",
        options.width, 8 * Dut::kDataBytes, options.width));
  }
}

PlatformConfig MakePlatformConfig(const CopyOptions& options) {
  const Stall stalls = ParseStalls(options.stalls);
  PlatformConfig config;
  config.seed = options.seed;
  config.iommu = !options.no_iommu;
  config.port.read_latency = config.port.write_latency = ParseLatency(options.latency);
  config.port.stall_ar = config.port.stall_r = config.port.stall_aw = config.port.stall_w =
      config.port.stall_b = stalls;
  config.port.ordering = ParseOrder(options.order);
  config.waves = options.waves;
  config.waves_from = Cycles{options.waves_from};
  if (options.waves_to) config.waves_to = Cycles{*options.waves_to};
  return config;
}

void CheckRules(Platform& platform, uint64_t seed) {
  const std::vector<std::string> problems = platform.Finish();
  std::string text;
  for (const std::string& problem : problems) text += "  " + problem + "\n";
  if (!platform.sim.violations().empty()) text += platform.sim.violations().Report();
  if (text.empty()) return;
  throw ViolationError(
      fmt::format("A rule was broken, the output was not written; run again with --seed {} and "
                  "waves to see why.\n{}",
                  seed, text));
}

CopyReport MakeReport(const CopyOptions& options, const Platform& platform, const CopyJob& job,
                      const CopyCounts& counts, double cpu_seconds) {
  CopyReport report;
  report.input = options.input;
  report.output = options.output;
  report.seed = options.seed;
  report.counts = counts;
  report.bus_bytes = Dut::kDataBytes;
  report.interrupts = platform.hal.handler_entries();
  report.iommu = platform.iommu != nullptr;
  if (report.iommu) {
    const IommuStatistics statistics = platform.iommu->statistics();
    report.iommu_hits = statistics.tlb_hits;
    report.iommu_walks = statistics.tlb_misses;
    report.iommu_faults = platform.iommu->total_faults();
  }
  report.read_bursts = platform.monitor.total().read_bursts();
  report.write_bursts = platform.monitor.total().write_bursts();
  report.simulated_cycles = platform.sim.now();
  report.cpu_seconds = cpu_seconds;
  report.fault_spec = options.fault;
  report.fault_happened = job.fault_happened();
  report.stories = job.stories();
  return report;
}

// A wave file that cannot be written is the user's to mend; everything else that fails here is not.
void Start(Platform& platform) {
  if (!platform.config.waves.empty()) {
    std::FILE* file = std::fopen(platform.config.waves.c_str(), "ab");
    if (file == nullptr) {
      throw UsageError(fmt::format("Cannot write '{}' ({}): choose another place for the waves.",
                                   platform.config.waves, std::strerror(errno)));
    }
    std::fclose(file);
  }
  platform.Start();
}

CopyJobConfig MakeJobConfig(const CopyOptions& options) {
  CopyJobConfig job;
  job.seed = options.seed;
  job.fragments = FragmentSizes::Parse(options.fragments);
  if (!options.fault.empty()) job.fault = FaultSpec::Parse(options.fault);
  job.recovery = ParseRecovery(options.recover);
  job.stop = options.stop;
  if (job.fault.where == FaultSpec::Where::kTranslate && options.no_iommu) {
    throw UsageError("--fault translate needs the IOMMU: leave out --no-iommu.");
  }
  return job;
}

int RunCopy(const CopyOptions& options) {
  CheckBuild(options);
  CheckWaves(options);
  const PlatformConfig platform_config = MakePlatformConfig(options);
  CopyJobConfig job_config = MakeJobConfig(options);
  const uint8_t ring_log2 = ParseRing(options.ring);
  const InputFile input(options.input);
  OutputFile output(options.output, input);

  const std::clock_t start = std::clock();
  Dut dut({.seed = options.seed});
  Platform platform(PinsOf(dut), platform_config);
  Start(platform);
  HostChannel& channel =
      platform.Open(options.channel, {.sub_log2 = ring_log2, .cpl_log2 = ring_log2});
  platform.hal.SetHandler(options.channel, [&channel] { sgdma_handle_irq(channel.chan()); });

  ProgressBar bar(input.size(), !options.json);
  job_config.progress = [&bar](uint64_t done) { bar.Show(done); };
  std::optional<CopyReport> report;
  {
    CopyJob job(platform, channel, input, output, std::move(job_config));
    const CopyCounts counts = job.Run();
    CheckRules(platform, options.seed);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    report = MakeReport(options, platform, job, counts, seconds);
  }
  const uint64_t same = output.Compare(input);
  if (same != input.size()) {
    throw ViolationError(fmt::format("Byte {} of the output differs: it was not written.", same));
  }
  output.Commit();
  fmt::print("{}", options.json ? report->Json() : report->Table());
  return kExitDone;
}

}  // namespace

std::function<int()> AddCopyCommand(CLI::App& app, const volatile std::sig_atomic_t* stop) {
  auto options = std::make_shared<CopyOptions>();
  options->stop = stop;
  CLI::App* command = app.add_subcommand(
      "copy", "Move a file through driver, engine, IOMMU and memory, and compare");
  AddOptions(*command, *options);
  return [options] { return RunCopy(*options); };
}

}  // namespace tb::cli
