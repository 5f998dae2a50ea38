// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What is known about the channel's errors, and when the device is not believed any more.

#include "internal.h"

void sgdmai_note_fault(sgdma_chan_t *chan, const sgdma_fault_t *fault, bool halting) {
  const uint32_t count = chan->fault.count + 1;
  if (count == 1 || halting) chan->fault = *fault;
  chan->fault.count = count;
  chan->fault_news = true;
  if (halting) chan->state = SGDMA_CHAN_HALTED;
}

void sgdmai_forget_fault(sgdma_chan_t *chan) {
  chan->fault = (sgdma_fault_t){0};
  chan->fault_news = false;
}

void sgdmai_break(sgdma_chan_t *chan, sgdma_fault_code_t code, uint32_t slot, uint32_t index) {
  const uint8_t next =
      chan->state == SGDMA_CHAN_TERMINATING ? SGDMA_CHAN_TERMINATING : SGDMA_CHAN_BROKEN;
  sgdma_fault_t fault = {0};
  fault.code = code;
  fault.slot = (uint16_t)slot;
  fault.index = (uint16_t)index;
  sgdmai_note_fault(chan, &fault, true);
  chan->state = next;
  sgdmai_write(chan, SGDMA_CH_ENABLE, 0);  // it may raise interrupts without end
  sgdmai_log(chan->dev, chan->number, sgdma_fault_name(code), slot);
}

bool sgdmai_is_believed(const sgdma_chan_t *chan) {
  return chan->fault.code < SGDMA_FAULT_RECORD_STATUS;
}

// The error image has the layout of a record. Nothing in it is used as an index.
static sgdma_fault_t read_image(const sgdma_chan_t *chan) {
  const uint32_t index_slot = sgdmai_read(chan, SGDMA_CH_ERR_IMAGE1);
  const uint32_t tail = sgdmai_read(chan, SGDMA_CH_ERR_IMAGE3);
  const uint32_t status = (tail & SGDMA_REC_STATUS_MASK) >> SGDMA_REC_STATUS_SHIFT;
  sgdma_fault_t fault = {0};

  const uint32_t where = (tail & SGDMA_REC_WHERE_MASK) >> SGDMA_REC_WHERE_SHIFT;
  const bool known = status <= SGDMA_FAULT_STREAM_ERROR && where <= SGDMA_WHERE_WATCHDOG;
  fault.code = known ? (sgdma_fault_code_t)status : SGDMA_FAULT_RECORD_STATUS;
  fault.where = known ? (sgdma_where_t)where : SGDMA_WHERE_NONE;
  fault.slot = (uint16_t)(index_slot & SGDMA_REC_SLOT_MASK);
  fault.index = (uint16_t)(index_slot >> SGDMA_REC_INDEX_SHIFT);
  fault.bytes = sgdmai_read(chan, SGDMA_CH_ERR_IMAGE0);
  fault.iova =
      sgdmai_read(chan, SGDMA_CH_ERR_IMAGE2) | (sgdma_iova_t)(tail & SGDMA_REC_FAULT_HI_MASK) << 32;
  return fault;
}

// The engine stopped, and no record says why: a record could not be written, or the watchdog bit.
// A record that came since the last look is taken first.
static void note_halt(sgdma_chan_t *chan) {
  sgdmai_collect(chan, false);
  if (chan->state == SGDMA_CHAN_HALTED || !sgdmai_is_believed(chan)) return;
  sgdma_fault_t fault = {0};
  const uint32_t control = sgdmai_read(chan, SGDMA_CH_ERR_CTRL);
  const uint32_t stuck = SGDMAI_FIELD(control, SGDMA_CH_ERR_CTRL_STUCK);
  if ((control & SGDMA_CH_ERR_CTRL_VALID_MASK) != 0) fault = read_image(chan);
  if (stuck <= SGDMA_AXI_B) fault.stuck = (sgdma_axi_t)stuck;
  if (fault.code >= SGDMA_FAULT_RECORD_STATUS) {
    sgdmai_break(chan, fault.code, fault.slot, fault.index);
    return;
  }
  if (chan->tx_ended != chan->tx_tail) fault.cookie = sgdmai_tx(chan, chan->tx_ended)->cookie;
  sgdmai_note_fault(chan, &fault, true);
}

void sgdmai_check_life(sgdma_chan_t *chan) {
  const uint32_t word = sgdmai_read(chan, SGDMA_CH_STATE);
  if (word == SGDMAI_GONE) {
    sgdmai_break(chan, SGDMA_FAULT_GONE, 0, 0);
    return;
  }
  switch (SGDMAI_FIELD(word, SGDMA_CH_STATE_STATE)) {
    case SGDMA_CH_STATE_STATE_RUN:
    case SGDMA_CH_STATE_STATE_PAUSED:
    case SGDMA_CH_STATE_STATE_DRAINING:
      break;
    case SGDMA_CH_STATE_STATE_IDLE:
      sgdmai_break(chan, SGDMA_FAULT_LOST, 0, 0);
      break;
    case SGDMA_CH_STATE_STATE_HALTED:
    case SGDMA_CH_STATE_STATE_STUCK:
      if (chan->state != SGDMA_CHAN_HALTED) note_halt(chan);
      break;
    default:
      sgdmai_break(chan, SGDMA_FAULT_STATE, 0, 0);
      break;
  }
}

bool sgdma_error(const sgdma_chan_t *chan, sgdma_fault_t *fault) {
  if (chan == NULL || fault == NULL || chan->fault.count == 0) return false;
  *fault = chan->fault;
  return true;
}

void sgdma_clear_error(sgdma_chan_t *chan) {
  if (chan == NULL || chan->state != SGDMA_CHAN_RUNNING) return;
  const uint32_t lock = sgdmai_lock(chan->dev);
  sgdmai_forget_fault(chan);
  sgdmai_write(chan, SGDMA_CH_ERR_CTRL, SGDMA_CH_ERR_CTRL_VALID_MASK);
  sgdmai_unlock(chan->dev, lock);
}
