// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// The test to read first: how a test of the whole path looks.

#include "support/sgdma_test.h"

namespace tb {
namespace {

TEST_F(SgdmaTest, GathersThreeFragmentsIntoOneBuffer) {
  const Buffer head = host().Map(64, Pattern::Random());
  const Buffer body = host().Map(4096, Pattern::Random());
  const Buffer tail = host().Map(7, Pattern::Random());
  const Buffer dst = host().Map(64 + 4096 + 7);
  const sgdma_segment_t list[] = {{head.iova(), dst.iova(), 64},
                                  {body.iova(), dst.iova() + 64, 4096},
                                  {tail.iova(), dst.iova() + 4160, 7}};
  sgdma_cookie_t cookie = 0;

  ASSERT_EQ(sgdma_prep_sg(chan(), list, 3, SGDMA_IRQ, &cookie), SGDMA_OK);
  ASSERT_EQ(sgdma_issue_pending(chan()), SGDMA_OK);
  ASSERT_TRUE(sim().RunUntilIrq(Cycles{2000}));
  sgdma_handle_irq(chan());

  EXPECT_EQ(sgdma_status(chan(), cookie), SGDMA_COMPLETE);
  EXPECT_EQ(dst.bytes(), Concat({head, body, tail}));
}

}  // namespace
}  // namespace tb
