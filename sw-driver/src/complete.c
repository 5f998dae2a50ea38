// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What has ended: records and head in, statuses and callbacks out.
//
// Order of one look: head register (if it is needed), then records, then the head is applied. The
// engine moves the head only after the records before it have arrived, so every record the head
// owes is found; and a descriptor that owes a record and has none is a contradiction.

#include "internal.h"

enum { POLLS_PER_LOOK = 64 };  // at registers, for what leaves no record

bool sgdmai_runs_direct(const sgdma_chan_t *chan) {
  return chan->tx_ended != chan->tx_tail && sgdmai_tx(chan, chan->tx_ended)->direct;
}

void sgdmai_end_oldest(sgdma_chan_t *chan) {
  sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_ended++);
  if (!tx->wants_record) chan->silent--;
  tx->status = tx->failed ? SGDMA_ERROR : SGDMA_COMPLETE;
  sgdmai_close_buffers(tx, SGDMA_ERROR);
}

void sgdmai_advance(sgdma_chan_t *chan, uint32_t head) {
  if (head == chan->head) return;
  chan->head = head;
  chan->need_head = false;
  while (chan->tx_ended != chan->tx_tail) {
    const sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_ended);
    if (sgdmai_ahead(head, tx->end) < 0) break;
    if (tx->wants_record && !tx->got_record) {
      sgdmai_break(chan, SGDMA_FAULT_RECORD_MISSING, (tx->end - 1) & sgdmai_sub_mask(chan),
                   SGDMA_INDEX_RING);
      break;
    }
    sgdmai_end_oldest(chan);
  }
}

// A record can be seen before the engine has its B, and the head register moves with the B: until
// no record is open the register may be behind what the driver knows, and is not looked at.
static bool read_head(sgdma_chan_t *chan, uint32_t *head) {
  if (chan->head_lags) {
    const uint32_t open = sgdmai_read(chan, SGDMA_CH_OUT_CTL);
    if (SGDMAI_FIELD(open, SGDMA_CH_OUT_CTL_RECORDS) != 0) return false;
    chan->head_lags = false;
  }
  const uint32_t slot = sgdmai_read(chan, SGDMA_CH_SUB_HEAD);
  const uint32_t distance = (slot - chan->head) & sgdmai_sub_mask(chan);
  if (slot > sgdmai_sub_mask(chan) || distance > chan->issued - chan->head) {
    sgdmai_break(chan, slot == SGDMAI_GONE ? SGDMA_FAULT_GONE : SGDMA_FAULT_HEAD_RANGE, slot,
                 SGDMA_INDEX_RING);
    return false;
  }
  *head = chan->head + distance;
  return true;
}

void sgdmai_collect(sgdma_chan_t *chan, bool look) {
  if (!sgdmai_is_believed(chan)) return;
  uint32_t head = chan->head;
  const bool wanted = look || chan->silent != 0 || chan->need_head;
  const bool known = wanted && read_head(chan, &head);
  if (wanted) chan->dev->hal->rmb(chan->dev->hal->ctx);  // the register before the records

  const uint32_t before = chan->cpl;
  for (uint32_t left = sgdmai_cpl_mask(chan) + 1; left != 0; --left) {
    if (!sgdmai_is_believed(chan) || !sgdmai_take_record(chan)) break;
  }
  if (!sgdmai_is_believed(chan)) return;
  if (chan->cpl != before) {
    sgdmai_write(chan, SGDMA_CH_CPL_HEAD, chan->cpl & sgdmai_cpl_mask(chan));
  }
  if (known && sgdmai_ahead(head, chan->head) > 0) sgdmai_advance(chan, head);
  if (sgdmai_is_believed(chan)) sgdmai_cyclic_look(chan);
}

// An endless list, running or ended, has periods that were not told yet.
static bool has_period_news(const sgdma_chan_t *chan) {
  if (chan->tx_delivered == chan->tx_tail) return false;
  const sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_delivered);
  return tx->cyclic != NULL && tx->cyclic->told != tx->cyclic->periods;
}

static bool deliver_periods(sgdma_chan_t *chan, const sgdma_hal_t *hal, uint32_t *lock) {
  if (!has_period_news(chan)) return false;
  const sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_delivered);
  tx->cyclic->told = tx->cyclic->periods;
  const sgdma_cyclic_t cyclic = *tx->cyclic;
  const sgdma_cookie_t cookie = tx->cookie;
  hal->leave_critical(hal->ctx, *lock);
  if (cyclic.on_period != NULL) cyclic.on_period(cyclic.arg, cookie, cyclic.periods);
  *lock = hal->enter_critical(hal->ctx);
  return true;
}

// One thing that is due: calls it outside the critical section. False: nothing is.
static bool deliver_one(sgdma_chan_t *chan, const sgdma_hal_t *hal, uint32_t *lock) {
  if (deliver_periods(chan, hal, lock)) return true;
  if (chan->tx_delivered != chan->tx_ended) {
    const sgdma_tx_t tx = *sgdmai_tx(chan, chan->tx_delivered++);
    hal->leave_critical(hal->ctx, *lock);
    if (tx.callback != NULL) tx.callback(tx.arg, tx.cookie, (sgdma_tx_status_t)tx.status);
    *lock = hal->enter_critical(hal->ctx);
    return true;
  }
  if (chan->fault_news) {
    const sgdma_fault_t fault = chan->fault;
    const sgdma_error_hook_t hook = chan->config.on_error;
    chan->fault_news = false;
    hal->leave_critical(hal->ctx, *lock);
    if (hook != NULL) hook(chan->config.on_error_arg, chan, &fault);
    *lock = hal->enter_critical(hal->ctx);
    return true;
  }
  return false;
}

// A callback may call anything, release included: `alive` lives on this stack, and neither *chan
// nor *dev is touched once it is false. A look from a callback, or from an interrupt between two
// callbacks, leaves the delivery to this loop: callbacks are in order and never nested.
void sgdmai_deliver(sgdma_chan_t *chan) {
  const sgdma_hal_t *hal = chan->dev->hal;
  bool alive = true;
  uint32_t lock = hal->enter_critical(hal->ctx);
  if (chan->alive == NULL) {
    chan->alive = &alive;
    while (deliver_one(chan, hal, &lock) && alive) {
    }
    if (alive) chan->alive = NULL;
  }
  hal->leave_critical(hal->ctx, lock);
}

uint32_t sgdmai_service(sgdma_chan_t *chan, sgdmai_look_t look, bool check_life) {
  const uint32_t lock = sgdmai_lock(chan->dev);
  const uint32_t ended_before = chan->tx_ended;
  if (chan->state != SGDMA_CHAN_TERMINATING) {  // terminate collects itself
    const uint32_t taken_before = chan->cpl;
    sgdmai_collect(chan, look == SGDMAI_LOOK);
    if (look == SGDMAI_LOOK_IF_NOTHING && chan->cpl == taken_before &&
        chan->tx_ended == ended_before && !has_period_news(chan) && chan->head != chan->issued) {
      sgdmai_collect(chan, true);
    }
    if (check_life && sgdmai_is_believed(chan)) sgdmai_check_life(chan);
  }
  const uint32_t ended = chan->tx_ended - ended_before;
  sgdmai_unlock(chan->dev, lock);
  sgdmai_deliver(chan);
  return ended;
}

// Reads and clears the causes. Clearing comes first: what happens from here on raises it again.
static uint32_t take_causes(sgdma_chan_t *chan) {
  const uint32_t lock = sgdmai_lock(chan->dev);
  const uint32_t cause = sgdmai_read(chan, SGDMA_CH_CAUSE);
  if (cause == 0) {
    chan->spurious_irqs++;
  } else {
    sgdmai_write(chan, SGDMA_CH_CAUSE, cause);
  }
  if (cause != SGDMAI_GONE && (cause & SGDMA_CH_CAUSE_REFUSED_MASK) != 0) {
    chan->refusals++;
    sgdmai_log(chan->dev, chan->number, "a register write was refused", chan->refusals);
  }
  sgdmai_unlock(chan->dev, lock);
  return cause;
}

bool sgdma_handle_irq(sgdma_chan_t *chan) {
  if (chan == NULL || chan->state == SGDMA_CHAN_FREE) return false;
  const uint32_t cause = take_causes(chan);
  if (cause == 0) return false;
  // An end was signalled and shows nowhere: then the head says whether a record is missing.
  sgdmai_service(
      chan,
      (cause & SGDMA_CH_CAUSE_DONE_MASK) != 0 ? SGDMAI_LOOK_IF_NOTHING : SGDMAI_LOOK_IF_NEEDED,
      (cause & ~SGDMA_CH_CAUSE_DONE_MASK) != 0);
  return true;
}

uint32_t sgdma_poll(sgdma_chan_t *chan) {
  if (chan == NULL || chan->state == SGDMA_CHAN_FREE) return 0;
  const bool look = ++chan->polls % POLLS_PER_LOOK == 0;
  return sgdmai_service(chan, look ? SGDMAI_LOOK : SGDMAI_LOOK_IF_NEEDED, look);
}

sgdma_tx_status_t sgdma_status(const sgdma_chan_t *chan, sgdma_cookie_t cookie) {
  if (chan == NULL || chan->state == SGDMA_CHAN_FREE || cookie == 0) return SGDMA_UNKNOWN;
  const sgdma_tx_t *tx = sgdmai_tx(chan, cookie & ~SGDMAI_COOKIE_BIT);
  if (tx->cookie != cookie) return SGDMA_UNKNOWN;
  if (tx->status != SGDMA_IN_PROGRESS) return (sgdma_tx_status_t)tx->status;
  if (chan->state == SGDMA_CHAN_BROKEN) return SGDMA_ERROR;
  if (chan->state == SGDMA_CHAN_HALTED && chan->fault.cookie == cookie) return SGDMA_ERROR;
  if (chan->state == SGDMA_CHAN_PAUSED) return SGDMA_PAUSED;
  return SGDMA_IN_PROGRESS;
}

// What a waiter can say about a transaction that has not ended.
static sgdma_result_t wait_result(const sgdma_chan_t *chan) {
  switch ((sgdma_chan_state_t)chan->state) {
    case SGDMA_CHAN_HALTED:
      return SGDMA_HALTED;
    case SGDMA_CHAN_BROKEN:
      return SGDMA_DEVICE_FAULT;
    case SGDMA_CHAN_TERMINATING:
      return SGDMA_BUSY;
    case SGDMA_CHAN_FREE:
      return SGDMA_BAD_STATE;
    case SGDMA_CHAN_RUNNING:
    case SGDMA_CHAN_PAUSED:
      break;
  }
  return SGDMA_TIMEOUT;
}

sgdma_result_t sgdma_wait(sgdma_chan_t *chan, sgdma_cookie_t cookie, uint32_t timeout_us) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;
  const sgdma_dev_t *dev = chan->dev;
  for (uint32_t waited_us = 0;; ++waited_us) {
    sgdma_poll(chan);
    if (chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;  // a callback released it
    const sgdma_tx_status_t status = sgdma_status(chan, cookie);
    if (status == SGDMA_UNKNOWN) return SGDMA_BAD_ARGUMENT;
    if (status != SGDMA_IN_PROGRESS && status != SGDMA_PAUSED) return SGDMA_OK;
    const sgdma_result_t result = wait_result(chan);
    if (result != SGDMA_TIMEOUT || waited_us >= timeout_us) return result;
    sgdmai_delay_us(dev, 1);
  }
}
