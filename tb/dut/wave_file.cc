// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "dut/wave_file.h"

#if VM_TRACE

#include <verilated_fst_c.h>

#include <cstdio>
#include <fstream>

#if __has_include(<gtkwave/fstapi.h>)
#include <gtkwave/fstapi.h>
#define SGDMA_FST_READER 1
#else
#define SGDMA_FST_READER 0
#endif

namespace tb {
namespace {

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void ConvertToVcd(const std::string& fst, const std::string& vcd) {
#if SGDMA_FST_READER
  auto* reader = fstReaderOpen(fst.c_str());
  std::FILE* out = std::fopen(vcd.c_str(), "w");
  if (reader != nullptr && out != nullptr && fstReaderProcessHier(reader, out) != 0) {
    fstReaderSetFacProcessMaskAll(reader);
    fstReaderIterBlocks(reader, nullptr, nullptr, out);
  }
  if (out != nullptr) std::fclose(out);
  if (reader != nullptr) fstReaderClose(reader);
#else
  (void)fst;
  (void)vcd;
#endif
}

}  // namespace

WaveFile::WaveFile() : file_(std::make_unique<VerilatedFstC>()) {}

std::unique_ptr<WaveFile> WaveFile::Open(const std::string& path, std::string* why,
                                         const std::function<void(VerilatedFstC*)>& attach) {
  const bool vcd = EndsWith(path, ".vcd");
  if (!vcd && !EndsWith(path, ".fst")) {
    *why = "the name must end in .vcd or .fst";
    return nullptr;
  }
  if (vcd && SGDMA_FST_READER == 0) {
    *why = "this Verilator writes .fst only; name the file .fst, or convert it with fst2vcd";
    return nullptr;
  }
  if (!std::ofstream(path)) {
    *why = "the file cannot be written";
    return nullptr;
  }
  std::unique_ptr<WaveFile> waves(new WaveFile);
  waves->fst_path_ = vcd ? path + ".fst" : path;
  if (vcd) waves->vcd_path_ = path;
  attach(waves->file_.get());
  waves->file_->open(waves->fst_path_.c_str());
  if (waves->file_->isOpen()) return waves;
  *why = "'" + waves->fst_path_ + "' cannot be written";
  return nullptr;
}

WaveFile::~WaveFile() {
  if (!file_->isOpen()) return;
  file_->close();
  if (vcd_path_.empty()) return;
  ConvertToVcd(fst_path_, vcd_path_);
  std::remove(fst_path_.c_str());
}

void WaveFile::Dump(uint64_t cycle, bool falling_edge) {
  file_->dump(cycle * kUnitsPerCycle + (falling_edge ? kUnitsPerCycle / 2 : 0));
}

}  // namespace tb

#else

class VerilatedFstC {};

namespace tb {

WaveFile::WaveFile() = default;
WaveFile::~WaveFile() = default;
void WaveFile::Dump(uint64_t, bool) {}

}  // namespace tb

#endif
