// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Properties over random work on random machines. RapidCheck prints how to run a failing case
// again.

#include <rapidcheck.h>

#include <functional>

#include "support/sgdma_test.h"

namespace tb {
namespace {

// A machine: memory, register port, IOMMU, rings.
HostConfig DrawMachine(bool needs_iommu) {
  HostConfig config;
  config.platform.seed = *rc::gen::inRange<uint64_t>(1, 1'000'000);
  config.platform.iommu = *rc::gen::weightedElement<bool>({{3, true}, {1, false}}) || needs_iommu;
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
  config.channel.messages = *rc::gen::arbitrary<bool>();
  config.platform.hal.posted_writes = *rc::gen::arbitrary<bool>();
  config.platform.translator.tlb_sets = *rc::gen::element(0u, 1u, 16u);
  config.channel.sub_log2 = *rc::gen::inRange<uint8_t>(2, 7);
  config.channel.cpl_log2 = *rc::gen::inRange<uint8_t>(2, 7);
  return config;
}

// One transaction, and what must be in its destination when it has completed.
struct Job {
  Buffer src;
  Buffer dst;
  Bytes want;
  sgdma_cookie_t cookie = 0;
};

// Queues it: a call of the driver.
using Prep = std::function<sgdma_result_t(sgdma_cookie_t*)>;

// Software on a drawn machine: queues random work, goes on after errors, checks the end.
class RandomRun {
 public:
  explicit RandomRun(bool pages = false) : host_(DrawMachine(pages)), pages_(pages) {
    if (*rc::gen::arbitrary<bool>()) host_.TakeInterrupts();
    RC_ASSERT(host_.chan() != nullptr);
    if (pages) host_.AcceptIommuFaults();
  }

  // Some burst or other is answered with SLVERR.
  void DrawFault() {
    hurt_ = true;
    host_.platform().messages.Forgive();  // it may be one of them
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

  // Each job has completed exactly, or was cut off by a terminate.
  void CheckAll() {
    for (const Job& job : jobs_) {
      for (int waits = 0; Waits(job); ++waits) {
        RC_ASSERT(waits < 40);
        const sgdma_result_t waited = sgdma_wait(host_.chan(), job.cookie, 3000);
        RC_ASSERT(waited == SGDMA_OK || waited == SGDMA_HALTED);
        GoOn();
      }
      const sgdma_tx_status_t status = sgdma_status(host_.chan(), job.cookie);
      RC_ASSERT(status == SGDMA_COMPLETE || (status == SGDMA_TERMINATED && cut_off_));
      if (status == SGDMA_COMPLETE) RC_ASSERT(job.dst.bytes() == job.want);
    }
    while (host_.RunUntilIrq(Cycles{1000})) {
      host_.platform().TakeMessages(0);
      sgdma_handle_irq(host_.chan());
    }
    // One whose message the bus refused, and nobody was told of.
    if (hurt_ && (host_.platform().engine.irq() & 1) != 0) sgdma_handle_irq(host_.chan());
    for (const std::string& problem : host_.Finish()) RC_FAIL(problem);
    for (const std::string& violation : host_.TakeViolations()) RC_FAIL(violation);
  }

 private:
  bool Waits(const Job& job) {
    const sgdma_tx_status_t status = sgdma_status(host_.chan(), job.cookie);
    return status != SGDMA_COMPLETE && status != SGDMA_TERMINATED;
  }

  // Behind a halt: the page that was missing, then RETRY of all or of the rest; or a new start
  // where a record could not be written.
  void GoOn() {
    sgdma_chan_t* const chan = host_.chan();
    if (sgdma_chan_state(chan) != SGDMA_CHAN_HALTED) return;
    sgdma_fault_t fault{};
    RC_ASSERT(sgdma_error(chan, &fault));
    if (pages_) {
      RC_ASSERT(host_.platform().dma.PageIn(host_.platform().device_id(0), fault.iova));
      host_.platform().TakeIommuFaults();
    }
    if (rest_ && sgdma_retry_rest(chan) == SGDMA_OK) return;
    if (sgdma_retry(chan) == SGDMA_OK) return;
    RC_ASSERT(sgdma_terminate(chan) == SGDMA_OK);
    cut_off_ = true;
  }

  static uint32_t DrawFlags() {
    return *rc::gen::element<uint32_t>(0, SGDMA_IRQ, SGDMA_CPL, SGDMA_NOTIFY, SGDMA_CPL_EACH,
                                       SGDMA_NOTIFY | SGDMA_FENCE);
  }
  static uint32_t DrawBytes() {
    return *rc::gen::weightedOneOf<uint32_t>({{4, rc::gen::inRange(1u, 40u)},
                                              {3, rc::gen::inRange(40u, 600u)},
                                              {1, rc::gen::inRange(600u, 5000u)}});
  }
  Job Map(uint32_t src_bytes, uint32_t dst_bytes) {
    return {host_.Map(src_bytes, Pattern::Random()), host_.Map(dst_bytes), Bytes(dst_bytes, 0xEE)};
  }

  void QueueOne() {
    switch (*rc::gen::weightedElement<int>({{3, 0}, {1, 1}, {2, 2}, {1, 3}})) {
      case 0:
        return QueueList();
      case 1:
        return QueueMemset();
      case 2:
        return QueueRows();
      default:
        return QueueDirect();
    }
  }

  // A few segments between two buffers, its pieces in reverse order.
  void QueueList() {
    const auto pieces = static_cast<uint32_t>(*rc::gen::inRange(1, 4));
    const uint32_t each = DrawBytes();
    const uint32_t flags = DrawFlags();
    Job job = Map(each * pieces, each * pieces);
    job.want = job.src.PeekBytes();
    std::vector<sgdma_segment_t> list;
    for (uint32_t i = pieces; i > 0; --i) {
      const uint32_t at = (i - 1) * each;
      list.push_back({job.src.iova() + at, job.dst.iova() + at, each});
    }
    Queue(job, [&](sgdma_cookie_t* cookie) {
      return sgdma_prep_sg(host_.chan(), list.data(), list.size(), flags, cookie);
    });
  }

  void QueueMemset() {
    const uint32_t bytes = DrawBytes();
    const uint32_t flags = DrawFlags();
    const auto pattern = *rc::gen::arbitrary<uint32_t>();
    Job job = Map(1, bytes);
    job.want = Repeat(pattern, bytes);
    Queue(job, [&](sgdma_cookie_t* cookie) {
      return sgdma_prep_memset(host_.chan(), job.dst.iova(), pattern, bytes, flags, cookie);
    });
  }

  // Rows that do not touch each other, from the first or the last one on.
  void QueueRows() {
    const auto rows = *rc::gen::inRange(1u, 30u);
    const auto row_bytes = *rc::gen::inRange(1u, 200u);
    const uint32_t src_stride = row_bytes + *rc::gen::inRange(0u, 50u);
    const uint32_t dst_stride = row_bytes + *rc::gen::inRange(0u, 50u);
    const bool upwards = *rc::gen::arbitrary<bool>();
    const uint32_t flags = DrawFlags();
    const uint32_t last = rows - 1;
    Job job = Map(last * src_stride + row_bytes, last * dst_stride + row_bytes);
    sgdma_rows_t r = {.src = job.src.iova(),
                      .dst = job.dst.iova() + (upwards ? last * dst_stride : 0),
                      .src_stride = src_stride,
                      .dst_stride = upwards ? -int64_t{dst_stride} : int64_t{dst_stride},
                      .row_bytes = row_bytes,
                      .rows = rows,
                      .fill = *rc::gen::arbitrary<bool>(),
                      .pattern = 0x8765'4321};
    const Bytes from = r.fill ? Repeat(r.pattern, row_bytes) : job.src.PeekBytes();
    for (uint32_t row = 0; row < rows; ++row) {
      const uint32_t to = upwards ? last - row : row;
      std::copy_n(from.begin() + (r.fill ? 0 : row * src_stride), row_bytes,
                  job.want.begin() + to * dst_stride);
    }
    Queue(job, [&](sgdma_cookie_t* cookie) {
      return sgdma_prep_interleaved(host_.chan(), &r, flags, cookie);
    });
  }

  // By the registers where they are free, else by the ring.
  void QueueDirect() {
    const uint32_t bytes = DrawBytes();
    Job job = Map(bytes, bytes);
    job.want = job.src.PeekBytes();
    const sgdma_result_t result =
        sgdma_direct_copy(host_.chan(), job.dst.iova(), job.src.iova(), bytes, 0, &job.cookie);
    RC_ASSERT(result == SGDMA_OK || result == SGDMA_AGAIN || result == SGDMA_HALTED);
    Queue(job, [&](sgdma_cookie_t* cookie) {
      return sgdma_prep_memcpy(host_.chan(), job.dst.iova(), job.src.iova(), bytes, SGDMA_CPL,
                               cookie);
    });
  }

  // When the ring is full: let something end, then try again.
  void Queue(Job& job, const Prep& prep) {
    if (pages_) TakePagesAway(job);
    for (int tries = 0; job.cookie == 0; ++tries) {
      RC_ASSERT(tries < 2000);
      const sgdma_result_t result = prep(&job.cookie);
      RC_ASSERT(result == SGDMA_OK || result == SGDMA_AGAIN);
      if (result == SGDMA_OK) break;
      RC_ASSERT(sgdma_issue_pending(host_.chan()) == SGDMA_OK);
      sgdma_poll(host_.chan());
      GoOn();
      host_.sim().Step(50);
    }
    jobs_.push_back(job);
  }

  // Some pages of a job that was not given to the engine yet.
  void TakePagesAway(const Job& job) {
    if (job.cookie != 0) return;
    for (const Buffer* buffer : {&job.src, &job.dst}) {
      uint64_t at = buffer->iova();
      for (; at < buffer->iova() + buffer->size(); at = (at | 4095) + 1) {
        if (*rc::gen::arbitrary<bool>()) {
          host_.platform().dma.PageOut(host_.platform().device_id(0), at);
        }
      }
    }
  }

  Host host_;
  const bool pages_;
  const bool rest_ = *rc::gen::arbitrary<bool>();
  std::vector<Job> jobs_;
  bool hurt_ = false;
  bool cut_off_ = false;
};

TEST(RandomMachine, MovesEveryByteOfRandomWork) {
  EXPECT_TRUE(rc::check("every byte arrives and no rule is broken", [] {
    RandomRun run;
    run.QueueSome();
    run.CheckAll();
  }));
}

TEST(RandomMachine, MovesEveryByteOverPagesThatAreMissing) {
  EXPECT_TRUE(rc::check("every byte arrives when each page was brought in", [] {
    RandomRun run(true);
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
