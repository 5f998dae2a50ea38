// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "cli/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tb::cli {
namespace {

constexpr double kDescriptorBytes = 16;

// 1234567 as 1,234,567.
std::string Grouped(uint64_t value) {
  std::string text = std::to_string(value);
  for (auto at = static_cast<ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

double Ratio(double a, double b) { return b == 0 ? 0 : a / b; }

}  // namespace

double CopyReport::BytesPerCycle() const {
  return Ratio(static_cast<double>(counts.bytes), static_cast<double>(counts.cycles));
}

double CopyReport::ShareOfLimit() const {
  const double n =
      Ratio(static_cast<double>(counts.bytes), static_cast<double>(counts.descriptors));
  return n == 0 ? 0 : BytesPerCycle() / (bus_bytes * n / (n + kDescriptorBytes));
}

double CopyReport::CyclesPerSecond() const {
  return Ratio(static_cast<double>(simulated_cycles), cpu_seconds);
}

std::string CopyReport::Table() const {
  std::string out;
  const auto row = [&](const char* name, const std::string& value) {
    out += fmt::format("  {:<30}{:>16}\n", name, value);
  };
  row("bytes", Grouped(counts.bytes));
  row("descriptors", Grouped(counts.descriptors));
  row("cycles", Grouped(counts.cycles));
  row("bytes per cycle", fmt::format("{:.3f}", BytesPerCycle()));
  row("share of the limit n/(n+16)", fmt::format("{:.1f} %", 100 * ShareOfLimit()));
  row("interrupts", Grouped(interrupts));
  if (iommu) {
    row("IOMMU hits", Grouped(iommu_hits));
    row("IOMMU walks", Grouped(iommu_walks));
  } else {
    row("IOMMU", "off");
  }
  row("simulated cycles per second", Grouped(static_cast<uint64_t>(CyclesPerSecond())));
  if (!fault_spec.empty() && !fault_happened) {
    out += fmt::format(
        "Fault {} never happened: there was less to do. A larger file, or a smaller number.\n",
        fault_spec);
  }
  for (const FaultStory& story : stories) {
    out += "Fault: ";
    for (const std::string& line : story.Lines()) out += line + "\n";
  }
  return out;
}

std::string CopyReport::Json() const {
  nlohmann::ordered_json json = {
      {"input", input},
      {"output", output},
      {"seed", seed},
      {"bytes", counts.bytes},
      {"fragments", counts.fragments},
      {"descriptors", counts.descriptors},
      {"batches", counts.batches},
      {"repeated_batches", counts.repeated_batches},
      {"cycles", counts.cycles},
      {"bytes_per_cycle", BytesPerCycle()},
      {"bus_bytes", bus_bytes},
      {"share_of_limit", ShareOfLimit()},
      {"interrupts", interrupts},
      {"read_bursts", read_bursts},
      {"write_bursts", write_bursts},
      {"iommu", iommu},
      {"iommu_hits", iommu_hits},
      {"iommu_walks", iommu_walks},
      {"iommu_faults", iommu_faults},
      {"simulated_cycles", simulated_cycles},
      {"cpu_seconds", cpu_seconds},
      {"simulated_cycles_per_second", CyclesPerSecond()},
  };
  if (!fault_spec.empty()) {
    json["fault"] = fault_spec;
    json["fault_happened"] = fault_happened;
  }
  json["errors"] = nlohmann::ordered_json::array();
  for (const FaultStory& story : stories) {
    nlohmann::ordered_json one = {
        {"cycle", story.cycle},
        {"code", sgdma_fault_name(story.fault.code)},
        {"where", sgdma_where_name(story.fault.where)},
        {"slot", story.fault.slot},
        {"index", story.fault.index},
        {"bytes_proven", story.fault.bytes},
        {"transaction_bytes_proven", story.fault.tx_bytes},
        {"iova", story.fault.iova},
        {"place", story.place},
        {"recovery", story.recovery},
    };
    one["iommu"] = nlohmann::ordered_json::array();
    for (const iommu::FaultRecord& record : story.translator) {
      one["iommu"].push_back({{"cause", static_cast<unsigned>(record.cause())},
                              {"device", record.device_id()},
                              {"iova", record.iova()},
                              {"text", DescribeTranslatorFault(record)}});
    }
    json["errors"].push_back(one);
  }
  // A file name need not be UTF-8.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

ProgressBar::ProgressBar(uint64_t total, bool wanted)
    : total_(total), on_(wanted && total > 0 && ::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (on_ && last_permille_ >= 0) fmt::print(stderr, "\r\033[K");
}

void ProgressBar::Show(uint64_t done) {
  if (!on_) return;
  const auto permille = static_cast<int>(done * 1000 / total_);
  if (permille == last_permille_) return;
  last_permille_ = permille;
  constexpr int kWidth = 40;
  const int filled = permille * kWidth / 1000;
  fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {:3d} %", "", filled, "", kWidth - filled, permille / 10);
  std::fflush(stderr);
}

}  // namespace tb::cli
