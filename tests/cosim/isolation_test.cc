// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Two channels in two contexts of the IOMMU: what one may reach is nothing to the other.

#include "support/sgdma_test.h"

namespace tb {
namespace {

class IsolationTest : public SgdmaTest {
 protected:
  sgdma_cookie_t Queue(unsigned number, sgdma_iova_t dst, sgdma_iova_t src, uint32_t bytes) {
    sgdma_cookie_t cookie = 0;
    EXPECT_EQ(sgdma_prep_memcpy(chan(number), dst, src, bytes, SGDMA_CPL, &cookie), SGDMA_OK);
    EXPECT_EQ(sgdma_issue_pending(chan(number)), SGDMA_OK);
    return cookie;
  }
  // Until no further one comes.
  void ServeIrqs(unsigned number) {
    while (sim().RunUntilIrq(Cycles{500}, number)) sgdma_handle_irq(chan(number));
  }
};

TEST_F(IsolationTest, TwoChannelsCopySideBySide) {
  const Buffer src0 = host().Map(20'000, Pattern::Random(), {.channel = 0});
  const Buffer dst0 = host().Map(20'000, {.channel = 0});
  const Buffer src1 = host().Map(20'000, Pattern::Random(), {.channel = 1});
  const Buffer dst1 = host().Map(20'000, {.channel = 1});
  ASSERT_NE(chan(0), nullptr);
  ASSERT_NE(chan(1), nullptr);

  const sgdma_cookie_t cookie0 = Queue(0, dst0.iova(), src0.iova(), 20'000);
  const sgdma_cookie_t cookie1 = Queue(1, dst1.iova(), src1.iova(), 20'000);
  ASSERT_EQ(sgdma_wait(chan(0), cookie0, 1000), SGDMA_OK);
  ASSERT_EQ(sgdma_wait(chan(1), cookie1, 1000), SGDMA_OK);

  EXPECT_EQ(dst0.bytes(), src0.bytes());
  EXPECT_EQ(dst1.bytes(), src1.bytes());
}

TEST_F(IsolationTest, AChannelCanNotReadWhatIsMappedForTheOther) {
  host().AcceptIommuFaults();
  platform().submits.Enable(false);  // on purpose
  const Buffer secret = host().Map(100, Pattern::Random(), {.channel = 1});
  const Buffer dst = host().Map(100, {.channel = 0});

  const sgdma_cookie_t cookie = Queue(0, dst.iova(), secret.iova(), 100);
  EXPECT_EQ(sgdma_wait(chan(0), cookie, 100), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(0), cookie), SGDMA_ERROR);
  ServeIrqs(0);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(0), &fault));
  EXPECT_EQ(fault.code, SGDMA_FAULT_SLVERR);
  EXPECT_EQ(fault.where, SGDMA_WHERE_READ);
  EXPECT_EQ(fault.iova, secret.iova());
  EXPECT_EQ(dst.bytes(), Bytes(100, 0xEE));
  const auto records = platform().TakeIommuFaults();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].device_id(), platform().device_id(0));
}

TEST_F(IsolationTest, AChannelCanNotWriteWhatIsMappedForTheOther) {
  host().AcceptIommuFaults();
  platform().submits.Enable(false);  // on purpose
  const Buffer src = host().Map(100, Pattern::Random(), {.channel = 0});
  const Buffer foreign = host().Map(100, {.channel = 1});

  const sgdma_cookie_t cookie = Queue(0, foreign.iova(), src.iova(), 100);
  EXPECT_EQ(sgdma_wait(chan(0), cookie, 100), SGDMA_OK);
  EXPECT_EQ(sgdma_status(chan(0), cookie), SGDMA_ERROR);
  ServeIrqs(0);

  sgdma_fault_t fault{};
  ASSERT_TRUE(sgdma_error(chan(0), &fault));
  EXPECT_EQ(fault.where, SGDMA_WHERE_WRITE);
  EXPECT_EQ(foreign.bytes(), Bytes(100, 0xEE));
}

TEST_F(IsolationTest, AHaltedChannelDoesNotHoldUpTheOther) {
  host().AcceptIommuFaults();
  const Buffer src0 = host().Map(4096, Pattern::Random(), {.channel = 0, .offset = 0});
  const Buffer dst0 = host().Map(4096, {.channel = 0});
  const Buffer src1 = host().Map(20'000, Pattern::Random(), {.channel = 1});
  const Buffer dst1 = host().Map(20'000, {.channel = 1});
  ASSERT_NE(chan(1), nullptr);
  platform().dma.PageOut(platform().device_id(0), src0.iova());

  const sgdma_cookie_t cookie0 = Queue(0, dst0.iova(), src0.iova(), 4096);
  const sgdma_cookie_t cookie1 = Queue(1, dst1.iova(), src1.iova(), 20'000);
  EXPECT_EQ(sgdma_wait(chan(0), cookie0, 1000), SGDMA_OK);
  EXPECT_EQ(sgdma_wait(chan(1), cookie1, 1000), SGDMA_OK);
  ServeIrqs(0);

  EXPECT_EQ(sgdma_chan_state(chan(0)), SGDMA_CHAN_HALTED);

  EXPECT_EQ(dst1.bytes(), src1.bytes());
  EXPECT_EQ(sgdma_chan_state(chan(1)), SGDMA_CHAN_RUNNING);
}

}  // namespace
}  // namespace tb
