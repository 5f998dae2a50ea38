// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// Life of a channel object: request, start, release.

#include "internal.h"

static bool rings_overlap(const sgdma_chan_config_t *config) {
  const sgdma_iova_t sub = config->sub_ring.iova;
  const sgdma_iova_t cpl = config->cpl_ring.iova;
  const uint64_t sub_bytes = (uint64_t)SGDMA_ENTRY_BYTES << config->sub_log2;
  const uint64_t cpl_bytes = (uint64_t)SGDMA_ENTRY_BYTES << config->cpl_log2;
  return sub < cpl + cpl_bytes && cpl < sub + sub_bytes;
}

static sgdma_result_t check_ring(const sgdma_dev_t *dev, const sgdma_mapping_t *ring,
                                 uint8_t log2) {
  if (ring->cpu == NULL || log2 < SGDMA_LOG2_MIN || log2 > SGDMA_LOG2_MAX) {
    return SGDMA_BAD_ARGUMENT;
  }
  const uint32_t bytes = (uint32_t)SGDMA_ENTRY_BYTES << log2;
  if (ring->bytes < bytes || ring->iova % SGDMA_RING_ALIGN != 0 ||
      (uintptr_t)ring->cpu % sizeof(uint32_t) != 0 || !sgdmai_reachable(dev, ring->iova, bytes)) {
    return SGDMA_BAD_ADDRESS;
  }
  return SGDMA_OK;
}

static sgdma_result_t check_message(const sgdma_dev_t *dev, const sgdma_message_t *m) {
  if (m->iova == 0) return SGDMA_OK;
  if (m->device_id > SGDMA_GLB_CH_MSG_DEVID_VALUE_MASK) return SGDMA_BAD_ARGUMENT;
  if (m->iova % sizeof m->data != 0 || !sgdmai_reachable(dev, m->iova, sizeof m->data)) {
    return SGDMA_BAD_ADDRESS;
  }
  return sgdmai_has(dev, SGDMA_GLB_CAP3_MESSAGE_MASK) ? SGDMA_OK : SGDMA_UNSUPPORTED;
}

static sgdma_result_t check_config(const sgdma_dev_t *dev, const sgdma_chan_config_t *config) {
  if (config->tx == NULL || config->tx_log2 > SGDMA_LOG2_MAX ||
      config->device_id > SGDMA_GLB_CH_DEVID_VALUE_MASK ||
      (config->policy != SGDMA_HALT_ON_ERROR && config->policy != SGDMA_CONTINUE)) {
    return SGDMA_BAD_ARGUMENT;
  }
  sgdma_result_t result = check_ring(dev, &config->sub_ring, config->sub_log2);
  if (result == SGDMA_OK) result = check_ring(dev, &config->cpl_ring, config->cpl_log2);
  if (result == SGDMA_OK && rings_overlap(config)) result = SGDMA_BAD_ADDRESS;
  if (result == SGDMA_OK) result = check_message(dev, &config->message);
  if (result == SGDMA_OK && config->qos > SGDMA_GLB_CH_QOS_VALUE_MASK) result = SGDMA_BAD_ARGUMENT;
  if (result == SGDMA_OK && config->qos != 0 && !sgdmai_has(dev, SGDMA_GLB_CAP3_QOS_MASK)) {
    result = SGDMA_UNSUPPORTED;
  }
  if (result == SGDMA_OK) result = sgdmai_check_coalescing(dev, &config->coalescing);
  if (result == SGDMA_OK) result = sgdmai_check_tuning(dev, &config->tuning);
  if (result == SGDMA_OK && config->policy == SGDMA_CONTINUE &&
      !sgdmai_has(dev, SGDMA_GLB_CAP3_CONTINUE_MASK)) {
    result = SGDMA_UNSUPPORTED;
  }
  return result;
}

static void let_interrupt_through(const sgdma_chan_t *chan, bool through) {
  const uint32_t bit = UINT32_C(1) << chan->number;
  const uint32_t lock = sgdmai_lock(chan->dev);
  const uint32_t mask = sgdmai_glb_read(chan->dev, SGDMA_GLB_IRQ_MASK);
  sgdmai_glb_write(chan->dev, SGDMA_GLB_IRQ_MASK, through ? mask | bit : mask & ~bit);
  sgdmai_unlock(chan->dev, lock);
}

// A stale record would be taken for a new one: the engine writes PHASE 1 in the first lap.
static void clear_completion_ring(const sgdma_chan_t *chan) {
  volatile uint32_t *words = chan->config.cpl_ring.cpu;
  const size_t bytes = (size_t)SGDMA_ENTRY_BYTES << chan->config.cpl_log2;
  for (size_t i = 0; i < bytes / sizeof(uint32_t); ++i) words[i] = 0;
  chan->dev->hal->sync_for_device(chan->dev->hal->ctx, &chan->config.cpl_ring, 0, bytes);
}

static void write_configuration(const sgdma_chan_t *chan) {
  const sgdma_chan_config_t *config = &chan->config;
  sgdmai_write(chan, SGDMA_CH_SUB_BASE_LO, (uint32_t)config->sub_ring.iova);
  sgdmai_write(chan, SGDMA_CH_SUB_BASE_HI, (uint32_t)(config->sub_ring.iova >> 32));
  sgdmai_write(chan, SGDMA_CH_SUB_SIZE, config->sub_log2);
  sgdmai_write(chan, SGDMA_CH_CPL_BASE_LO, (uint32_t)config->cpl_ring.iova);
  sgdmai_write(chan, SGDMA_CH_CPL_BASE_HI, (uint32_t)(config->cpl_ring.iova >> 32));
  sgdmai_write(chan, SGDMA_CH_CPL_SIZE, config->cpl_log2);
  sgdmai_write(chan, SGDMA_CH_POLICY,
               config->policy == SGDMA_CONTINUE ? SGDMA_CH_POLICY_CONTINUE_MASK : 0);
  sgdmai_write_tuning(chan);
}

static bool was_refused(const sgdma_chan_t *chan) {
  return (sgdmai_read(chan, SGDMA_CH_CAUSE) & SGDMA_CH_CAUSE_REFUSED_MASK) != 0;
}

sgdma_result_t sgdmai_wait_state(sgdma_chan_t *chan, uint32_t states, bool drain, uint32_t *state) {
  for (uint32_t waited_us = 0;; ++waited_us) {
    *state = sgdmai_read(chan, SGDMA_CH_STATE);
    if (*state != SGDMAI_GONE && (states >> (*state & SGDMA_CH_STATE_STATE_MASK) & 1u) != 0) {
      return SGDMA_OK;
    }
    if (waited_us >= chan->dev->timeout_us) return SGDMA_BUSY;
    if (drain) {
      const uint32_t lock = sgdmai_lock(chan->dev);
      sgdmai_collect(chan, false);
      sgdmai_unlock(chan->dev, lock);
    }
    sgdmai_delay_us(chan->dev, 1);
  }
}

// RUN is waited for, unless the engine says at once that it refuses.
static sgdma_result_t command_start(const sgdma_chan_t *chan) {
  sgdmai_write(chan, SGDMA_CH_COMMAND, SGDMA_CH_COMMAND_CODE_START);
  for (uint32_t waited_us = 0;; ++waited_us) {
    const uint32_t state = sgdmai_read(chan, SGDMA_CH_STATE);
    if (SGDMAI_FIELD(state, SGDMA_CH_STATE_STATE) == SGDMA_CH_STATE_STATE_RUN) return SGDMA_OK;
    if (was_refused(chan)) return SGDMA_REFUSED;
    if (waited_us >= chan->dev->timeout_us) return SGDMA_BUSY;
    sgdmai_delay_us(chan->dev, 1);
  }
}

// RESET does not clear the global page: who had the channel before may have left an address in it.
static void write_message(const sgdma_chan_t *chan) {
  const sgdma_dev_t *dev = chan->dev;
  const sgdma_message_t *m = &chan->config.message;
  if (!sgdmai_has(dev, SGDMA_GLB_CAP3_MESSAGE_MASK)) return;
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_MSG_DEVID, m->device_id);
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_MSG_ADDR_LO, (uint32_t)m->iova);
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_MSG_ADDR_HI, (uint32_t)(m->iova >> 32));
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_MSG_DATA, m->data);
}

// Device id and attributes are writable in IDLE only.
static void write_global_block(const sgdma_chan_t *chan) {
  const sgdma_dev_t *dev = chan->dev;
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_DEVID, chan->config.device_id);
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_ATTR, SGDMA_GLB_CH_ATTR_RESET);
  if (sgdmai_has(dev, SGDMA_GLB_CAP3_QOS_MASK)) {
    sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_QOS, chan->config.qos);
  }
  write_message(chan);
  sgdmai_glb_write(
      dev, chan->glb_block + SGDMA_GLB_CH_POLICY,
      chan->config.policy == SGDMA_CONTINUE ? SGDMA_GLB_CH_POLICY_CONTINUE_PERMITTED_MASK : 0);
  sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_CTRL, SGDMA_GLB_CH_CTRL_ENABLE_MASK);
}

sgdma_result_t sgdmai_start(sgdma_chan_t *chan) {
  chan->head = chan->issued = chan->tail = chan->cpl = 0;
  chan->silent = 0;
  chan->need_head = chan->head_lags = false;
  chan->polls = 0;

  if (sgdmai_read(chan, SGDMA_CH_STATE) == SGDMA_CH_STATE_STATE_IDLE) write_global_block(chan);
  sgdmai_write(chan, SGDMA_CH_ENABLE, 0);  // so CAUSE is this function's alone
  sgdmai_write(chan, SGDMA_CH_CAUSE, SGDMAI_GONE);
  write_configuration(chan);
  if (was_refused(chan)) return SGDMA_REFUSED;
  sgdmai_write(chan, SGDMA_CH_ERR_CTRL, SGDMA_CH_ERR_CTRL_VALID_MASK);
  clear_completion_ring(chan);
  chan->dev->hal->wmb(chan->dev->hal->ctx);  // the cleared ring before START
  const sgdma_result_t result = command_start(chan);
  if (result == SGDMA_OK && chan->config.interrupts) {
    sgdmai_write(chan, SGDMA_CH_ENABLE,
                 SGDMA_CH_ENABLE_DONE_MASK | SGDMA_CH_ENABLE_ERROR_MASK |
                     SGDMA_CH_ENABLE_HALTED_MASK | SGDMA_CH_ENABLE_STUCK_MASK |
                     SGDMA_CH_ENABLE_REFUSED_MASK);
    let_interrupt_through(chan, true);
  }
  return result;
}

sgdma_result_t sgdma_chan_request(sgdma_dev_t *dev, unsigned number,
                                  const sgdma_chan_config_t *config, sgdma_chan_t *chan) {
  if (dev == NULL || dev->hal == NULL || config == NULL || chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (number >= dev->caps.channels) return SGDMA_BAD_ARGUMENT;
  if (dev->chans[number] != NULL || chan->state != SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;
  sgdma_result_t result = check_config(dev, config);
  if (result != SGDMA_OK) return result;

  *chan = (sgdma_chan_t){0};
  chan->dev = dev;
  chan->config = *config;
  chan->number = (uint8_t)number;
  chan->page = (1 + (uint32_t)number) * dev->caps.page_bytes;
  chan->glb_block = SGDMA_GLB_CH_BASE + (uint32_t)number * SGDMA_GLB_CH_STRIDE;
  for (uint32_t i = 0; i >> config->tx_log2 == 0; ++i) config->tx[i] = (sgdma_tx_t){0};

  result = sgdmai_reset(dev, number);
  if (result != SGDMA_OK) return result;
  result = sgdmai_start(chan);
  if (result != SGDMA_OK) {
    sgdmai_glb_write(dev, chan->glb_block + SGDMA_GLB_CH_CTRL, 0);  // acts as RESET
    return result;
  }
  dev->chans[number] = chan;
  chan->state = SGDMA_CHAN_RUNNING;
  return SGDMA_OK;
}

void sgdmai_silence(sgdma_chan_t *chan) {
  const uint32_t lock = sgdmai_lock(chan->dev);
  chan->state = SGDMA_CHAN_TERMINATING;
  if (chan->alive != NULL) *chan->alive = false;
  chan->alive = NULL;
  sgdmai_write(chan, SGDMA_CH_ENABLE, 0);
  sgdmai_unlock(chan->dev, lock);
  let_interrupt_through(chan, false);
}

void sgdmai_give_up(sgdma_chan_t *chan) {
  chan->dev->chans[chan->number] = NULL;
  chan->state = SGDMA_CHAN_FREE;
}

sgdma_result_t sgdma_chan_release(sgdma_chan_t *chan) {
  if (chan == NULL) return SGDMA_BAD_ARGUMENT;
  if (chan->state == SGDMA_CHAN_FREE) return SGDMA_BAD_STATE;
  sgdmai_silence(chan);

  // RESET and not ABORT: it needs no completion space and works in every state.
  const sgdma_result_t result = sgdmai_reset(chan->dev, chan->number);
  if (result != SGDMA_OK) return result;
  sgdmai_glb_write(chan->dev, chan->glb_block + SGDMA_GLB_CH_CTRL, 0);
  sgdmai_give_up(chan);
  return SGDMA_OK;
}

sgdma_chan_state_t sgdma_chan_state(const sgdma_chan_t *chan) {
  return chan == NULL ? SGDMA_CHAN_FREE : (sgdma_chan_state_t)chan->state;
}
