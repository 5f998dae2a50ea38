// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Properties over random work on random machines. RapidCheck prints how to run a failing case
// again.

#include <rapidcheck.h>

#include "support/sgdma_test.h"

namespace tb {
namespace {

// A machine: memory, register port, IOMMU, rings.
HostConfig DrawMachine() {
  HostConfig config;
  config.platform.seed = *rc::gen::inRange<uint64_t>(1, 1'000'000);
  config.platform.iommu = *rc::gen::weightedElement<bool>({{3, true}, {1, false}});
  MemoryPortConfig& port = config.platform.port;
  const auto latency = *rc::gen::element(1u, 5u, 30u, 120u);
  port.read_latency = Latency::Uniform(1, latency);
  port.write_latency = Latency::Uniform(1, latency);
  port.ordering =
      *rc::gen::element(Ordering::kInOrder, Ordering::kReordered, Ordering::kInterleaved);
  port.coupling = *rc::gen::element(WriteCoupling::kFree, WriteCoupling::kAwAfterWValid,
                                    WriteCoupling::kAwAfterLastW, WriteCoupling::kWAfterAw);
  for (Stall* stall :
       {&port.stall_ar, &port.stall_r, &port.stall_aw, &port.stall_w, &port.stall_b}) {
    *stall = *rc::gen::element(Stall::Never(), Stall::Never(), Stall::Random(0.4),
                               Stall::Bursts(0.05, 1, 50));
  }
  config.platform.hal.posted_writes = *rc::gen::arbitrary<bool>();
  config.platform.translator.tlb_sets = *rc::gen::element(0u, 1u, 16u);
  config.channel.sub_log2 = *rc::gen::inRange<uint8_t>(2, 7);
  config.channel.cpl_log2 = *rc::gen::inRange<uint8_t>(2, 7);
  return config;
}

struct Copy {
  Buffer src;
  Buffer dst;
  sgdma_cookie_t cookie = 0;
};

// Software on a drawn machine: queues random copies, goes on after errors, checks the end.
class RandomRun {
 public:
  RandomRun() : host_(DrawMachine()) {
    if (*rc::gen::arbitrary<bool>()) host_.TakeInterrupts();
    RC_ASSERT(host_.chan() != nullptr);
  }

  // Some burst or other is answered with SLVERR.
  void DrawFault() {
    const bool read = *rc::gen::arbitrary<bool>();
    const bool data = *rc::gen::arbitrary<bool>();
    host_.platform().port.Arm({.on = read ? PortFault::On::kReadBurst : PortFault::On::kWriteBurst,
                               .nth = *rc::gen::inRange<uint64_t>(1, 8),
                               .ids = data ? kDataIds : kControlIds});
  }

  void QueueSome() {
    const auto wanted = *rc::gen::inRange(1, 9);
    for (int i = 0; i < wanted; ++i) {
      QueueOne();
      if (*rc::gen::arbitrary<bool>()) RC_ASSERT(sgdma_issue_pending(host_.chan()) == SGDMA_OK);
      host_.sim().Step(*rc::gen::inRange<uint64_t>(1, 300));
    }
    RC_ASSERT(sgdma_issue_pending(host_.chan()) == SGDMA_OK);
  }

  // Each copy has completed exactly, or was cut off by a terminate.
  void CheckAll() {
    for (const Copy& copy : copies_) {
      for (int waits = 0; Waits(copy); ++waits) {
        RC_ASSERT(waits < 4);
        const sgdma_result_t waited = sgdma_wait(host_.chan(), copy.cookie, 3000);
        RC_ASSERT(waited == SGDMA_OK || waited == SGDMA_HALTED);
        GoOn();
      }
      const sgdma_tx_status_t status = sgdma_status(host_.chan(), copy.cookie);
      RC_ASSERT(status == SGDMA_COMPLETE || (status == SGDMA_TERMINATED && cut_off_));
      if (status == SGDMA_COMPLETE) RC_ASSERT(copy.dst.bytes() == copy.src.bytes());
    }
    while (host_.RunUntilIrq(Cycles{1000})) sgdma_handle_irq(host_.chan());
    for (const std::string& problem : host_.Finish()) RC_FAIL(problem);
    for (const std::string& violation : host_.TakeViolations()) RC_FAIL(violation);
  }

 private:
  bool Waits(const Copy& copy) {
    const sgdma_tx_status_t status = sgdma_status(host_.chan(), copy.cookie);
    return status != SGDMA_COMPLETE && status != SGDMA_TERMINATED;
  }

  // Behind a halt: RETRY, or a new start where a record could not be written.
  void GoOn() {
    if (sgdma_chan_state(host_.chan()) != SGDMA_CHAN_HALTED) return;
    if (sgdma_retry(host_.chan()) == SGDMA_OK) return;
    RC_ASSERT(sgdma_terminate(host_.chan()) == SGDMA_OK);
    cut_off_ = true;
  }

  // One transaction of a few segments between two buffers, its pieces in reverse order.
  void QueueOne() {
    const auto pieces = static_cast<uint32_t>(*rc::gen::inRange(1, 4));
    const auto each = *rc::gen::weightedOneOf<uint32_t>({{4, rc::gen::inRange(1u, 40u)},
                                                         {3, rc::gen::inRange(40u, 600u)},
                                                         {1, rc::gen::inRange(600u, 5000u)}});
    const uint32_t flags = *rc::gen::element<uint32_t>(0, SGDMA_IRQ, SGDMA_CPL, SGDMA_NOTIFY,
                                                       SGDMA_CPL_EACH, SGDMA_NOTIFY | SGDMA_FENCE);
    Copy copy{host_.Map(each * pieces, Pattern::Random()), host_.Map(each * pieces)};
    std::vector<sgdma_segment_t> list;
    for (uint32_t i = pieces; i > 0; --i) {
      const uint32_t at = (i - 1) * each;
      list.push_back({copy.src.iova() + at, copy.dst.iova() + at, each});
    }
    // When the ring is full: let something end, then try again.
    for (int tries = 0; copy.cookie == 0; ++tries) {
      RC_ASSERT(tries < 2000);
      const sgdma_result_t result =
          sgdma_prep_sg(host_.chan(), list.data(), list.size(), flags, &copy.cookie);
      RC_ASSERT(result == SGDMA_OK || result == SGDMA_AGAIN);
      if (result == SGDMA_OK) break;
      RC_ASSERT(sgdma_issue_pending(host_.chan()) == SGDMA_OK);
      sgdma_poll(host_.chan());
      GoOn();
      host_.sim().Step(50);
    }
    copies_.push_back(copy);
  }

  Host host_;
  std::vector<Copy> copies_;
  bool cut_off_ = false;
};

TEST(RandomMachine, MovesEveryByteOfRandomWork) {
  EXPECT_TRUE(rc::check("every byte arrives and no rule is broken", [] {
    RandomRun run;
    run.QueueSome();
    run.CheckAll();
  }));
}

TEST(RandomMachine, MovesEveryByteAfterARandomFaultAndRetry) {
  EXPECT_TRUE(rc::check("every byte arrives after a retry", [] {
    RandomRun run;
    run.DrawFault();
    run.QueueSome();
    run.CheckAll();
  }));
}

}  // namespace
}  // namespace tb
