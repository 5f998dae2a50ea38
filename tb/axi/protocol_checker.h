// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The AXI4 and AXI4-Lite rules as a numbered list, checked on the pins in every cycle, for both
// sides of the port. What is found goes to Simulation::violations() under the rule's name; nothing
// stops.
//
//   ProtocolChecker checker(sim, dut.m_axi());
//   LiteChecker lite(sim, dut.s_axil());
//
// Streams have a checker of their own, by the same list (axi/stream.h).
//
// Rules AXI-xx are the standard's; ENG-xx are promises of this engine on its manager port (its
// contract, section 1) and can be switched off for other managers.

#ifndef SGDMA_TB_AXI_PROTOCOL_CHECKER_H_
#define SGDMA_TB_AXI_PROTOCOL_CHECKER_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "axi/pins.h"
#include "sim/simulation.h"

namespace tb {

enum class Rule : uint8_t {
#define SGDMA_RULE(name, id, text) name,
#include "axi/protocol_rules.inc"
#undef SGDMA_RULE
};

struct RuleText {
  const char* id;
  const char* text;
};
inline constexpr RuleText kRules[] = {
#define SGDMA_RULE(name, id, text) {id, text},
#include "axi/protocol_rules.inc"
#undef SGDMA_RULE
};
inline constexpr unsigned kRuleCount = sizeof(kRules) / sizeof(kRules[0]);

static_assert(kRuleCount <= 64, "rules are bits of one word");

inline const char* RuleId(Rule rule) { return kRules[static_cast<unsigned>(rule)].id; }
inline const char* RuleSentence(Rule rule) { return kRules[static_cast<unsigned>(rule)].text; }

struct CheckerConfig {
  bool engine_rules = true;    // the ENG-xx rules
  bool allow_fixed = false;    // ENG rules: FIXED bursts of elements too (SRC_FIXED, DST_FIXED)
  unsigned address_bits = 48;  // ENG rules: no address bit at or above this one
  unsigned id_count = kMaxAxiIds;
  uint32_t max_open_reads = 512;   // per id
  uint32_t max_open_writes = 512;  // per id
};

class ProtocolChecker final : public Model {
 public:
  ProtocolChecker(Simulation& sim, const AxiPins& pins, const CheckerConfig& config = {});
  ~ProtocolChecker() override;

  // A rule this test breaks on purpose is not reported.
  void Ignore(Rule rule) { ignored_ |= uint64_t{1} << static_cast<unsigned>(rule); }

  bool idle() const { return open_reads_ == 0 && open_writes_ == 0; }

  void Sample() override;
  void Drive() override {}
  void Reset() override;
  void SampleReset() override;

 private:
  static constexpr uint32_t kDepth = 1024;  // open bursts of one id the books can hold
  static constexpr uint32_t kWriteDepth =
      4096;  // writes between AW and last W; W beats ahead of their AW

  struct OpenRead {
    uint16_t beats = 0;
    bool exclusive = false;
  };
  struct ReadBook {
    std::array<OpenRead, kDepth> bursts;  // ring, oldest first
    uint32_t head = 0;
    uint32_t count = 0;
    uint32_t seen = 0;  // R beats of the oldest
  };
  struct WriteBook {
    uint32_t open = 0;            // AW taken, B not
    uint32_t answerable = 0;      // of these, last W taken too
    uint32_t answered_early = 0;  // B taken before the data was complete
    bool exclusive = false;       // an exclusive write was seen
  };
  struct EarlyBeat {
    uint64_t strb = 0;
    bool last = false;
  };

  void Break(Rule rule, const std::string& seen);
  void CheckQuiet();
  void CheckStable();
  void CheckAddress(const AxiAddress& a);
  void CheckOtherBurst(const AxiAddress& a, uint64_t size);
  void TakeAr();
  void OfferR();
  void TakeR();
  void TakeAw();
  void TakeW();
  void TakeWriteBeat(uint64_t strb, bool last);
  void CheckStrobes(const AxiAddress& a, uint64_t strb, uint64_t lanes);
  void OfferB();
  void TakeB();
  void Remember();

  Simulation& sim_;
  const AxiPins& pins_;
  CheckerConfig config_;
  uint64_t ignored_ = 0;

  // Last cycle's channels that were offered and not taken.
  uint8_t waiting_ = 0;  // bit per AxiChannel
  AxiAddressPins ar_;
  AxiAddressPins aw_;
  AxiReadPins r_;
  AxiWritePins w_;
  AxiResponsePins b_;
  bool quiet_ = false;  // VALIDs must be low: reset is active or has just ended
  uint32_t reset_cycles_ = 0;

  std::array<ReadBook, kMaxAxiIds> reads_{};
  std::array<WriteBook, kMaxAxiIds> writes_{};
  uint32_t open_reads_ = 0;
  uint32_t open_writes_ = 0;
  std::vector<AxiAddress> collecting_;  // ring: writes whose data is not complete, in AW order
  uint32_t collecting_head_ = 0;
  uint32_t collecting_count_ = 0;
  uint32_t write_beat_ = 0;       // of the oldest of these
  bool strobe_ended_ = false;     // an earlier beat did not write up to its top lane
  std::vector<EarlyBeat> early_;  // ring: W beats before their AW
  uint32_t early_head_ = 0;
  uint32_t early_count_ = 0;
};

// The same for the register port.
class LiteChecker final : public Model {
 public:
  LiteChecker(Simulation& sim, const LitePins& pins);
  ~LiteChecker() override;

  void Ignore(Rule rule) { ignored_ |= uint64_t{1} << static_cast<unsigned>(rule); }

  void Sample() override;
  void Drive() override {}
  void Reset() override;
  void SampleReset() override;

 private:
  void Break(Rule rule, const std::string& seen);
  void CheckQuiet();
  void CheckStable();
  void CheckAnswers();

  Simulation& sim_;
  const LitePins& pins_;
  uint64_t ignored_ = 0;
  LitePins last_;  // last cycle's pins, where a channel waited
  uint8_t waiting_ = 0;
  bool quiet_ = false;
  uint32_t reset_cycles_ = 0;
  uint32_t open_reads_ = 0;
  uint32_t addresses_ = 0;  // AW taken, B not given; the same for data
  uint32_t data_ = 0;
};

}  // namespace tb

#endif  // SGDMA_TB_AXI_PROTOCOL_CHECKER_H_
