// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0

#include "rtl/registers_table.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tb {
namespace {

RegisterWord MakeWord(const nlohmann::json& json, uint32_t base, int channel, int channels) {
  RegisterWord word;
  word.plain = json.at("name");
  word.name = word.plain;
  if (channel >= 0) word.name.append("[").append(std::to_string(channel)).append("]");
  word.address = base + json.at("offset").get<uint32_t>();
  word.channel = channel;
  word.reset = json.at("reset");
  word.wmask = json.at("wmask");
  word.w1c = json.at("w1c");
  word.source = json.at("source");
  word.lock = json.at("lock");
  word.doorbell = json.at("doorbell");
  word.built = json.at("built");
  if (json.at("per_channel").get<bool>()) word.wmask &= (1u << channels) - 1;
  return word;
}

}  // namespace

std::vector<RegisterWord> LoadRegisterTable(int channels, int page_log2) {
  std::ifstream file(SGDMA_REGISTERS_JSON);
  if (!file) throw std::runtime_error("cannot read " SGDMA_REGISTERS_JSON);
  const nlohmann::json table = nlohmann::json::parse(file);
  std::vector<RegisterWord> words;
  for (const nlohmann::json& block : table.at("blocks")) {
    const std::string name = block.at("name");
    for (int c = 0; c < (name == "GLB" ? 1 : channels); ++c) {
      // A channel page is a page further; a channel's block lies in the global page.
      const uint32_t base = name == "CH"
                                ? static_cast<uint32_t>(c + 1) << page_log2
                                : block.at("base").get<uint32_t>() +
                                      static_cast<uint32_t>(c) * block.at("stride").get<uint32_t>();
      for (const nlohmann::json& word : block.at("words")) {
        words.push_back(MakeWord(word, base, name == "GLB" ? -1 : c, channels));
      }
    }
  }
  if (words.empty()) throw std::runtime_error("no word in " SGDMA_REGISTERS_JSON);
  std::sort(words.begin(), words.end(),
            [](const RegisterWord& a, const RegisterWord& b) { return a.address < b.address; });
  return words;
}

}  // namespace tb
