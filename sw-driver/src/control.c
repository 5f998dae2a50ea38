// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Pause, resume, terminate, and what to do about a halt.

#include "internal.h"

#define STATE_BIT(name) (UINT32_C(1) << SGDMA_CH_STATE_STATE_##name)

// ---- Pause and resume

sgdma_result_t sgdma_pause(sgdma_chan_t *chan) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  switch ((sgdma_chan_state_t)chan->state) {
    case SGDMA_CHAN_RUNNING:
      break;
    case SGDMA_CHAN_PAUSED:
      return SGDMA_OK;
    case SGDMA_CHAN_HALTED:
      return SGDMA_HALTED;
    case SGDMA_CHAN_TERMINATING:
      return SGDMA_BUSY;
    case SGDMA_CHAN_BROKEN:
      return SGDMA_DEVICE_FAULT;
    case SGDMA_CHAN_FREE:
      return SGDMA_BAD_STATE;
  }
  uint32_t state = sgdmai_read(chan, SGDMA_CH_STATE);
  if ((state & SGDMA_CH_STATE_PAUSING_MASK) == 0) {  // pending from a call that was BUSY
    sgdmai_write(chan, SGDMA_CH_COMMAND, SGDMA_CH_COMMAND_CODE_PAUSE);
  }
  sgdma_result_t result = sgdmai_wait_state(
      chan, STATE_BIT(PAUSED) | STATE_BIT(HALTED) | STATE_BIT(STUCK) | STATE_BIT(IDLE), false,
      &state);
  if (result != SGDMA_OK) return result;

  const uint32_t lock = sgdmai_lock(chan->dev);
  if (SGDMAI_FIELD(state, SGDMA_CH_STATE_STATE) != SGDMA_CH_STATE_STATE_PAUSED) {
    result = SGDMA_HALTED;
  } else if (chan->state == SGDMA_CHAN_RUNNING) {
    chan->state = SGDMA_CHAN_PAUSED;
  }
  sgdmai_unlock(chan->dev, lock);
  if (result == SGDMA_HALTED) sgdmai_service(chan, SGDMAI_LOOK_IF_NEEDED, true);
  return result;
}

sgdma_result_t sgdma_resume(sgdma_chan_t *chan) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_HALTED) return SGDMA_HALTED;
  if (chan->state != SGDMA_CHAN_PAUSED && chan->state != SGDMA_CHAN_RUNNING) {
    return SGDMA_BAD_STATE;
  }
  const uint32_t lock = sgdmai_lock(chan->dev);
  const uint32_t state = sgdmai_read(chan, SGDMA_CH_STATE);
  const bool paused = SGDMAI_FIELD(state, SGDMA_CH_STATE_STATE) == SGDMA_CH_STATE_STATE_PAUSED;
  const bool pausing = (state & SGDMA_CH_STATE_PAUSING_MASK) != 0;
  if (paused || pausing) {
    sgdmai_write(chan, SGDMA_CH_COMMAND, SGDMA_CH_COMMAND_CODE_RESUME);
    chan->state = SGDMA_CHAN_RUNNING;
  }
  sgdmai_unlock(chan->dev, lock);
  return paused || pausing ? SGDMA_OK : SGDMA_BAD_STATE;
}

// ---- Terminate

// Makes the engine leave memory alone: ABORT where it is in order, RESET where it is not.
static sgdma_result_t stop(sgdma_chan_t *chan) {
  uint32_t state = sgdmai_read(chan, SGDMA_CH_STATE);
  const uint32_t at_rest = STATE_BIT(IDLE) | STATE_BIT(HALTED);
  const uint32_t abortable = STATE_BIT(RUN) | STATE_BIT(PAUSED) | STATE_BIT(DRAINING);

  if (sgdmai_is_believed(chan) && state != SGDMAI_GONE) {
    const uint32_t bit = UINT32_C(1) << SGDMAI_FIELD(state, SGDMA_CH_STATE_STATE);
    if ((bit & abortable) != 0) {
      sgdmai_write(chan, SGDMA_CH_COMMAND, SGDMA_CH_COMMAND_CODE_ABORT);
    }
    // Records need room while ABORT waits, so they are taken.
    const sgdma_result_t result = sgdmai_wait_state(chan, at_rest | STATE_BIT(STUCK), true, &state);
    if (result != SGDMA_OK) return result;
    const uint32_t now = UINT32_C(1) << SGDMAI_FIELD(state, SGDMA_CH_STATE_STATE);
    if ((now & at_rest) != 0 && sgdmai_is_believed(chan)) return SGDMA_OK;
  }
  return sgdmai_reset(chan->dev, chan->number);
}

// Ends everything that has not ended. Statuses first, callbacks when the channel is ready again.
static void cut_all(sgdma_chan_t *chan) {
  for (; chan->tx_ended != chan->tx_tail; ++chan->tx_ended) {
    sgdma_tx_t *tx = sgdmai_tx(chan, chan->tx_ended);
    tx->status = SGDMA_TERMINATED;
    sgdmai_close_buffers(tx, SGDMA_TERMINATED);
  }
}

sgdma_result_t sgdma_terminate(sgdma_chan_t *chan) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;

  uint32_t lock = sgdmai_lock(chan->dev);
  chan->state = SGDMA_CHAN_TERMINATING;
  sgdmai_write(chan, SGDMA_CH_ENABLE, 0);
  sgdmai_unlock(chan->dev, lock);

  sgdma_result_t result = stop(chan);
  if (result != SGDMA_OK) return result;

  lock = sgdmai_lock(chan->dev);
  const uint32_t state = sgdmai_read(chan, SGDMA_CH_STATE);
  if (SGDMAI_FIELD(state, SGDMA_CH_STATE_STATE) == SGDMA_CH_STATE_STATE_HALTED) {
    sgdmai_collect(chan, false);  // what ended before the cut; a RESET leaves no head to look at
  }
  cut_all(chan);
  sgdmai_forget_fault(chan);
  sgdmai_unlock(chan->dev, lock);

  result = sgdmai_start(chan);
  if (result == SGDMA_OK) chan->state = SGDMA_CHAN_RUNNING;
  sgdmai_deliver(chan);
  return result;
}

// ---- Behind a halt

sgdma_result_t sgdmai_check_halt(sgdma_chan_t *chan, uint32_t legal, sgdma_tx_t **tx) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_BROKEN) return SGDMA_DEVICE_FAULT;
  if (chan->state != SGDMA_CHAN_HALTED) return SGDMA_BAD_STATE;

  // The record comes before the state.
  uint32_t state = 0;
  const sgdma_result_t result =
      sgdmai_wait_state(chan, STATE_BIT(HALTED) | STATE_BIT(STUCK), false, &state);
  if (result != SGDMA_OK) return result;
  *tx = sgdmai_tx(chan, chan->fault.cookie & ~SGDMAI_COOKIE_BIT);
  const bool known = chan->fault.cookie != 0 && (*tx)->cookie == chan->fault.cookie;
  return (state & legal) != 0 && known ? SGDMA_OK : SGDMA_REFUSED;
}

bool sgdmai_write_taken(const sgdma_chan_t *chan, uint32_t offset, uint32_t value) {
  sgdmai_write(chan, SGDMA_CH_CAUSE, SGDMA_CH_CAUSE_REFUSED_MASK);
  sgdmai_write(chan, offset, value);
  const bool refused = (sgdmai_read(chan, SGDMA_CH_CAUSE) & SGDMA_CH_CAUSE_REFUSED_MASK) != 0;
  if (refused) sgdmai_write(chan, SGDMA_CH_CAUSE, SGDMA_CH_CAUSE_REFUSED_MASK);
  return !refused;
}

// Locked. Sends RETRY or SKIP. The image is cleared first: behind the command there may be a new
// one.
static sgdma_result_t go_on(sgdma_chan_t *chan, uint32_t command) {
  sgdmai_write(chan, SGDMA_CH_ERR_CTRL, SGDMA_CH_ERR_CTRL_VALID_MASK);
  if (!sgdmai_write_taken(chan, SGDMA_CH_COMMAND, command)) return SGDMA_REFUSED;
  sgdmai_forget_fault(chan);
  chan->state = SGDMA_CHAN_RUNNING;
  return SGDMA_OK;
}

sgdma_result_t sgdmai_retry(sgdma_chan_t *chan, sgdma_tx_t *tx) {
  const uint32_t lock = sgdmai_lock(chan->dev);
  const sgdma_result_t result = go_on(chan, SGDMA_CH_COMMAND_CODE_RETRY);
  if (result == SGDMA_OK) tx->got_record = false;  // a retried descriptor writes a further one
  sgdmai_unlock(chan->dev, lock);
  return result;
}

sgdma_result_t sgdma_retry(sgdma_chan_t *chan) {
  sgdma_tx_t *tx = NULL;
  const sgdma_result_t result = sgdmai_check_halt(chan, SGDMA_CH_STATE_RETRY_LEGAL_MASK, &tx);
  return result == SGDMA_OK ? sgdmai_retry(chan, tx) : result;
}

// Locked. What the driver knows of a descriptor that was left out.
static void note_skip(sgdma_chan_t *chan, sgdma_tx_t *tx, bool ring) {
  tx->failed = true;
  const uint32_t buffer = chan->head - tx->first;
  if (tx->buffers != NULL && buffer < tx->end - tx->first) tx->buffers[buffer].status = SGDMA_ERROR;
  if (tx->direct) {
    sgdmai_end_oldest(chan);  // dropped: it leaves nothing
  } else if (ring) {
    chan->need_head = true;
  } else if (tx->cyclic != NULL) {
    sgdmai_cyclic_pass(tx, 1);
  }
}

sgdma_result_t sgdma_skip(sgdma_chan_t *chan) {
  sgdma_tx_t *tx = NULL;
  sgdma_result_t result = sgdmai_check_halt(chan, SGDMA_CH_STATE_SKIP_LEGAL_MASK, &tx);
  if (result != SGDMA_OK) return result;

  const uint32_t lock = sgdmai_lock(chan->dev);
  const bool ring = chan->fault.index == SGDMA_INDEX_RING;
  sgdma_desc_t transfer;
  const bool dropped = sgdmai_drop_transfer(chan, tx, &transfer);
  result = go_on(chan, SGDMA_CH_COMMAND_CODE_SKIP);
  if (result == SGDMA_OK) {
    note_skip(chan, tx, ring);
  } else if (dropped) {
    sgdmai_restore_transfer(chan, &transfer);
  }
  sgdmai_unlock(chan->dev, lock);
  if (result != SGDMA_OK) return result;

  // A skipped slot leaves no further record and no interrupt: its end is looked for here.
  for (uint32_t waited_us = 0; waited_us < chan->dev->timeout_us; ++waited_us) {
    sgdmai_service(chan, SGDMAI_LOOK_IF_NEEDED, false);
    if (!chan->need_head || chan->state != SGDMA_CHAN_RUNNING) break;
    sgdmai_delay_us(chan->dev, 1);
  }
  return SGDMA_OK;
}

sgdma_result_t sgdma_end_list(sgdma_chan_t *chan) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state != SGDMA_CHAN_RUNNING && chan->state != SGDMA_CHAN_PAUSED &&
      chan->state != SGDMA_CHAN_HALTED) {
    return SGDMA_BAD_STATE;
  }
  if ((chan->dev->caps.features & SGDMA_GLB_CAP3_END_LIST_MASK) == 0) return SGDMA_UNSUPPORTED;

  const uint32_t lock = sgdmai_lock(chan->dev);
  const bool taken = sgdmai_write_taken(chan, SGDMA_CH_COMMAND, SGDMA_CH_COMMAND_CODE_END_LIST);
  sgdmai_unlock(chan->dev, lock);
  return taken ? SGDMA_OK : SGDMA_REFUSED;
}
