// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The machine itself: two of them, its hang report, and what becomes of a driver call that hangs.

#include "sgdma/sgdma_regs.h"
#include "support/sgdma_test.h"

namespace tb {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class PlatformTest : public SgdmaTest {};

sgdma_cookie_t Queue(Host& host, const Buffer& dst, const Buffer& src) {
  sgdma_cookie_t cookie = 0;
  EXPECT_EQ(
      sgdma_prep_memcpy(host.chan(), dst.iova(), src.iova(), src.size(), SGDMA_NOTIFY, &cookie),
      SGDMA_OK);
  EXPECT_EQ(sgdma_issue_pending(host.chan()), SGDMA_OK);
  return cookie;
}

TEST_F(PlatformTest, TwoMachinesInOneProcessKnowNothingOfEachOther) {
  Host one(Configure({.platform = {.seed = 3}}));
  Host two({.platform = {.seed = 2, .iommu = false}});
  const Buffer src1 = one.Map(5000, Pattern::Random());
  const Buffer dst1 = one.Map(5000);
  const Buffer src2 = two.Map(7000, Pattern::Random());
  const Buffer dst2 = two.Map(7000);
  const sgdma_cookie_t cookie1 = Queue(one, dst1, src1);
  const sgdma_cookie_t cookie2 = Queue(two, dst2, src2);

  // Turn by turn, while both engines are in the middle of their work.
  for (int i = 0; i < 300; ++i) {
    one.sim().Step(7);
    two.sim().Step(11);
  }
  one.TakeInterrupts();
  two.TakeInterrupts();
  EXPECT_TRUE(one.RunUntilEnded(cookie1));
  EXPECT_TRUE(two.RunUntilEnded(cookie2));

  EXPECT_EQ(dst1.bytes(), src1.bytes());
  EXPECT_EQ(dst2.bytes(), src2.bytes());
  EXPECT_THAT(one.Finish(), IsEmpty());
  EXPECT_THAT(two.Finish(), IsEmpty());
  EXPECT_THAT(one.TakeViolations(), IsEmpty());
  EXPECT_THAT(two.TakeViolations(), IsEmpty());
}

// The cycle at which everything has ended, of a run with this seed.
uint64_t LengthOfRun(uint64_t seed) {
  Host host({.platform = {.seed = seed,
                          .port = {.read_latency = Latency::Uniform(1, 50),
                                   .stall_w = Stall::Random(0.3)}}});
  host.TakeInterrupts();
  const Buffer src = host.Map(3000, Pattern::Random());
  const Buffer dst = host.Map(3000);
  EXPECT_TRUE(host.RunUntilEnded(Queue(host, dst, src)));
  EXPECT_THAT(host.Finish(), IsEmpty());
  return host.sim().now();
}

TEST_F(PlatformTest, ASeedDecidesEverything) {
  const uint64_t first = LengthOfRun(5);

  EXPECT_EQ(LengthOfRun(5), first);
  EXPECT_NE(LengthOfRun(6), first);
}

TEST_F(PlatformTest, AHangIsReportedWithTheStateOfEachChannel) {
  Host host(Configure({.platform = {.watchdog = Cycles{1000}}}));
  const Buffer src = host.Map(3000, Pattern::Random());
  const Buffer dst = host.Map(3000);
  host.platform().port.SilenceReads(kDataIds);
  Queue(host, dst, src);

  try {
    host.RunUntilIrq(Cycles{100'000});
    FAIL() << "the watchdog slept";
  } catch (const HangError& e) {
    EXPECT_THAT(e.what(), HasSubstr("channel 0: RUN, head 0, tail 1"));
    EXPECT_THAT(e.what(), HasSubstr("channel 1: IDLE"));
    EXPECT_THAT(e.what(), HasSubstr("withholds"));
  }

  host.platform().port.Release();
  ASSERT_TRUE(host.RunUntilIrq(Cycles{5000}));
  sgdma_handle_irq(host.chan());
  EXPECT_EQ(dst.bytes(), src.bytes());
  EXPECT_THAT(host.Finish(), IsEmpty());
}

// The register port itself is dead: the call must come back, the report must not hang either.
TEST_F(PlatformTest, ADriverCallOnADeadRegisterPortReturnsAndTheHangIsKept) {
  Host host(Configure());
  ASSERT_NE(host.chan(), nullptr);
  host.platform().registers.BeginRead(
      SGDMA_GLB_ID);  // a read nobody finishes: the next one is misuse

  EXPECT_EQ(sgdma_pause(host.chan()), SGDMA_BUSY);

  EXPECT_TRUE(host.platform().hal.failed());
  EXPECT_EQ(host.platform().hal.table()->read32(host.platform().hal.table()->ctx, 0), 0xFFFFFFFFu);
  EXPECT_THROW(host.platform().hal.Rethrow(), std::logic_error);
  EXPECT_FALSE(host.Finish().empty());
}

}  // namespace
}  // namespace tb
