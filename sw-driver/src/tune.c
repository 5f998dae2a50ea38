// SPDX-FileCopyrightText: sgdma contributors
// SPDX-License-Identifier: Apache-2.0
//
// What a channel is told besides its rings: interrupt coalescing, which may change at any time, and
// pacing, FIXED side and watchdog, which are locked while it runs. And what the operating system
// lets it choose.

#include "internal.h"

enum {
  TIME_MAX_CYCLES = (1 << 24) - 1,
  FIXED_BEATS_MAX = 16,  // of an AXI FIXED burst
};

// ---- Coalescing

sgdma_result_t sgdmai_check_coalescing(const sgdma_dev_t *dev, const sgdma_coalescing_t *c) {
  const bool off = c->count <= 1 && c->time_cycles == 0 && !c->when_idle;
  if (c->time_cycles > TIME_MAX_CYCLES || (c->count > 1 && c->time_cycles == 0)) {
    return SGDMA_BAD_ARGUMENT;
  }
  return off || sgdmai_has(dev, SGDMA_GLB_CAP3_COALESCE_MASK) ? SGDMA_OK : SGDMA_UNSUPPORTED;
}

static uint32_t coalesce_word(const sgdma_coalescing_t *c) {
  return (uint32_t)c->count << SGDMA_CH_COALESCE_COUNT_SHIFT | c->time_cycles
                                                                   << SGDMA_CH_COALESCE_TIME_SHIFT;
}

static uint32_t coalesce_idle_word(const sgdma_coalescing_t *c) {
  return c->when_idle ? SGDMA_CH_COALESCE_CTRL_IDLE_MASK : 0;
}

sgdma_result_t sgdma_set_coalescing(sgdma_chan_t *chan, const sgdma_coalescing_t *coalescing) {
  if (chan == NULL || coalescing == NULL) return SGDMA_BAD_ARGUMENT;
  sgdma_result_t result = sgdmai_check_takes_work(chan);
  if (result == SGDMA_OK) result = sgdmai_check_coalescing(chan->dev, coalescing);
  if (result != SGDMA_OK || !sgdmai_has(chan->dev, SGDMA_GLB_CAP3_COALESCE_MASK)) return result;

  const uint32_t lock = sgdmai_lock(chan->dev);
  if (sgdmai_write_taken(chan, SGDMA_CH_COALESCE, coalesce_word(coalescing))) {
    sgdmai_write(chan, SGDMA_CH_COALESCE_CTRL, coalesce_idle_word(coalescing));
    chan->config.coalescing = *coalescing;
  } else {
    result = SGDMA_REFUSED;
  }
  sgdmai_unlock(chan->dev, lock);
  return result;
}

// ---- Pacing, FIXED side, watchdog

// A value that means nothing in its mode is a mistake of the caller's.
static bool pacing_is_sound(const sgdma_dev_t *dev, const sgdma_tuning_t *t) {
  switch (t->mode) {
    case SGDMA_PACE_BURST:
    case SGDMA_PACE_BACKGROUND:
      return t->beats == 0 && t->gap_cycles == 0;
    case SGDMA_PACE_CYCLE_STEALING:
      return t->beats <= dev->caps.max_burst_beats;
    case SGDMA_PACE_DEMAND:
      return t->gap_cycles == 0 && t->beats <= dev->caps.max_burst_beats;
  }
  return false;
}

static bool fixed_is_sound(const sgdma_dev_t *dev, const sgdma_tuning_t *t) {
  const bool power_of_two = (t->element_bytes & (t->element_bytes - 1u)) == 0;
  return power_of_two && t->element_bytes <= dev->caps.bus_bytes &&
         t->fixed_beats <= FIXED_BEATS_MAX && t->fixed_beats <= dev->caps.max_burst_beats;
}

sgdma_result_t sgdmai_check_tuning(const sgdma_dev_t *dev, const sgdma_tuning_t *t) {
  if (!pacing_is_sound(dev, t) || !fixed_is_sound(dev, t)) return SGDMA_BAD_ARGUMENT;
  uint32_t features = 0;
  if (t->mode != SGDMA_PACE_BURST) features |= SGDMA_GLB_CAP3_PACING_MASK;
  if (t->element_bytes > 1 || t->fixed_beats > 1) features |= SGDMA_GLB_CAP3_FIXED_MASK;
  if (t->watchdog_cycles != 0) features |= SGDMA_GLB_CAP3_WATCHDOG_MASK;
  return sgdmai_has(dev, features) ? SGDMA_OK : SGDMA_UNSUPPORTED;
}

static uint32_t pacing_word(const sgdma_tuning_t *t) {
  return (uint32_t)t->mode << SGDMA_CH_PACING_MODE_SHIFT |
         (uint32_t)t->beats << SGDMA_CH_PACING_BEATS_SHIFT |
         (uint32_t)t->gap_cycles << SGDMA_CH_PACING_GAP_SHIFT;
}

static uint32_t fixed_word(const sgdma_tuning_t *t) {
  uint32_t element_log2 = 0;
  while (t->element_bytes >> element_log2 > 1) ++element_log2;
  const uint32_t beats = t->fixed_beats != 0 ? t->fixed_beats - 1u : 0;
  return element_log2 << SGDMA_CH_FIXED_ELEMENT_LOG2_SHIFT | beats << SGDMA_CH_FIXED_BEATS_SHIFT;
}

void sgdmai_write_tuning(const sgdma_chan_t *chan) {
  const sgdma_chan_config_t *config = &chan->config;
  if (sgdmai_has(chan->dev, SGDMA_GLB_CAP3_COALESCE_MASK)) {
    sgdmai_write(chan, SGDMA_CH_COALESCE, coalesce_word(&config->coalescing));
    sgdmai_write(chan, SGDMA_CH_COALESCE_CTRL, coalesce_idle_word(&config->coalescing));
  }
  if (sgdmai_has(chan->dev, SGDMA_GLB_CAP3_PACING_MASK)) {
    sgdmai_write(chan, SGDMA_CH_PACING, pacing_word(&config->tuning));
  }
  if (sgdmai_has(chan->dev, SGDMA_GLB_CAP3_FIXED_MASK)) {
    sgdmai_write(chan, SGDMA_CH_FIXED, fixed_word(&config->tuning));
  }
  if (sgdmai_has(chan->dev, SGDMA_GLB_CAP3_WATCHDOG_MASK)) {
    sgdmai_write(chan, SGDMA_CH_WATCHDOG, config->tuning.watchdog_cycles);
  }
}

sgdma_result_t sgdma_set_tuning(sgdma_chan_t *chan, const sgdma_tuning_t *tuning) {
  if (chan == NULL || tuning == NULL) return SGDMA_BAD_ARGUMENT;
  sgdma_result_t result = sgdmai_check_takes_work(chan);
  if (result == SGDMA_OK) result = sgdmai_check_tuning(chan->dev, tuning);
  if (result != SGDMA_OK) return result;
  if (chan->tx_ended != chan->tx_tail) return SGDMA_BAD_STATE;

  const sgdma_tuning_t old = chan->config.tuning;
  chan->config.tuning = *tuning;
  result = sgdma_terminate(chan);
  if (result == SGDMA_REFUSED) {
    chan->config.tuning = old;
    const sgdma_result_t back = sgdma_terminate(chan);
    if (back != SGDMA_OK) return back;
  }
  return result;
}

// ---- Bounds

static void write_bounds(const sgdma_dev_t *dev, unsigned number, const sgdma_bounds_t *b) {
  const uint32_t block = SGDMA_GLB_CH_BASE + number * SGDMA_GLB_CH_STRIDE;
  if (sgdmai_has(dev, SGDMA_GLB_CAP3_WATCHDOG_MASK)) {
    sgdmai_glb_write(dev, block + SGDMA_GLB_CH_WDOG_MIN, b->watchdog_min_cycles);
  }
  if (sgdmai_has(dev, SGDMA_GLB_CAP3_PACING_MASK)) {
    sgdmai_glb_write(dev, block + SGDMA_GLB_CH_PACE_BOUNDS,
                     (uint32_t)b->beats_max << SGDMA_GLB_CH_PACE_BOUNDS_BEATS_MAX_SHIFT |
                         (uint32_t)b->gap_min_cycles << SGDMA_GLB_CH_PACE_BOUNDS_GAP_MIN_SHIFT);
  }
}

void sgdmai_clear_bounds(const sgdma_dev_t *dev, unsigned number) {
  const sgdma_bounds_t none = {0};
  write_bounds(dev, number, &none);
}

sgdma_result_t sgdma_set_bounds(const sgdma_dev_t *dev, unsigned number,
                                const sgdma_bounds_t *bounds) {
  if (dev == NULL || bounds == NULL) return SGDMA_BAD_ARGUMENT;
  if (dev->hal == NULL) return SGDMA_BAD_STATE;
  if (number >= dev->caps.channels) return SGDMA_BAD_ARGUMENT;
  uint32_t features = 0;
  if (bounds->watchdog_min_cycles != 0) features |= SGDMA_GLB_CAP3_WATCHDOG_MASK;
  if (bounds->beats_max != 0 || bounds->gap_min_cycles != 0) features |= SGDMA_GLB_CAP3_PACING_MASK;
  if (!sgdmai_has(dev, features)) return SGDMA_UNSUPPORTED;
  write_bounds(dev, number, bounds);
  return SGDMA_OK;
}
