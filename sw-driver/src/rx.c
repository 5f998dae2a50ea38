// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Receive ring: buffers go round in order, so three counts and two indices say where each is.

#include "internal.h"

static uint32_t behind(const sgdma_rx_t *rx, uint32_t index) {
  return index + 1 < rx->n ? index + 1 : 0;
}

sgdma_result_t sgdma_rx_open(sgdma_rx_t *rx, sgdma_chan_t *chan, sgdma_buffer_t *buffers,
                             uint32_t n, uint32_t flags, sgdma_callback_t notify, void *arg) {
  const uint32_t known = SGDMA_IRQ | SGDMA_DST_FIXED;
  if (rx == NULL || chan == NULL || buffers == NULL || n == 0 || (flags & ~known) != 0) {
    return SGDMA_BAD_ARGUMENT;
  }
  const sgdma_result_t result = sgdmai_check_takes_work(chan);
  if (result != SGDMA_OK) return result;
  if (!sgdmai_has(chan->dev, SGDMA_GLB_CAP3_STREAM_MASK)) return SGDMA_UNSUPPORTED;

  *rx = (sgdma_rx_t){0};
  rx->chan = chan;
  rx->buffers = buffers;
  rx->n = rx->n_free = n;
  rx->flags = flags;
  rx->notify = notify;
  rx->arg = arg;
  return SGDMA_OK;
}

static sgdma_result_t post_one(sgdma_rx_t *rx) {
  sgdma_cookie_t cookie = 0;
  sgdma_result_t result = sgdma_prep_slave_sg(rx->chan, SGDMA_FROM_STREAM,
                                              &rx->buffers[rx->next_post], 1, rx->flags, &cookie);
  if (result != SGDMA_OK) return result;
  rx->next_post = behind(rx, rx->next_post);
  rx->n_free--;
  rx->n_posted++;
  if (rx->notify != NULL) result = sgdma_set_callback(rx->chan, cookie, rx->notify, rx->arg);
  return result;
}

sgdma_result_t sgdma_rx_refill(sgdma_rx_t *rx, uint32_t *posted) {
  if (rx == NULL || rx->chan == NULL) return SGDMA_BAD_ARGUMENT;
  const uint32_t before = rx->n_free;
  sgdma_result_t result = SGDMA_OK;
  while (result == SGDMA_OK && rx->n_free != 0) result = post_one(rx);

  const uint32_t count = before - rx->n_free;
  if (posted != NULL) *posted = count;
  if (count != 0) {
    const sgdma_result_t issued = sgdma_issue_pending(rx->chan);
    if (issued != SGDMA_OK) return issued;
    if (result == SGDMA_AGAIN) result = SGDMA_OK;  // as many as there was room for
  }
  return result;
}

// Nothing is filled: is something coming?
static sgdma_result_t why_not(const sgdma_chan_t *chan) {
  if (chan->state == SGDMA_CHAN_HALTED) return SGDMA_HALTED;
  const sgdma_result_t result = sgdmai_check_takes_work(chan);
  return result == SGDMA_OK ? SGDMA_AGAIN : result;
}

sgdma_result_t sgdma_rx_take(sgdma_rx_t *rx, sgdma_buffer_t **buffer) {
  if (rx == NULL || rx->chan == NULL || buffer == NULL) return SGDMA_BAD_ARGUMENT;
  if (rx->chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;
  sgdma_buffer_t *oldest = &rx->buffers[rx->next_take];
  const uint32_t lock = sgdmai_lock(rx->chan->dev);
  const bool ready = rx->n_posted != 0 && oldest->status != SGDMA_IN_PROGRESS;
  sgdmai_unlock(rx->chan->dev, lock);
  if (!ready) return why_not(rx->chan);

  rx->next_take = behind(rx, rx->next_take);
  rx->n_posted--;
  rx->n_held++;
  *buffer = oldest;
  return SGDMA_OK;
}

sgdma_result_t sgdma_rx_give(sgdma_rx_t *rx) {
  if (rx == NULL) return SGDMA_BAD_ARGUMENT;
  if (rx->n_held == 0) return SGDMA_BAD_STATE;
  rx->n_held--;
  rx->n_free++;
  return SGDMA_OK;
}
