/* A well-behaved strategy whose every decision depends, bit by bit, on every candle since the first: a recursive average.
 * Its reasons print the average's bits, so that equal decisions mean equal histories. THINKS_MS: how long each call takes,
 * asleep, so that a busy machine makes it no longer. */
#define _GNU_SOURCE
#include "test_plugin.h"

#ifdef THINKS_MS
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void think(void) {
  static const uint32_t word = 0;
  const struct timespec pause = {THINKS_MS / 1000, THINKS_MS % 1000 * 1000000L};
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &pause, NULL, 0);
}
#else
static void think(void) {}
#endif

#ifndef WARM_UP
#define WARM_UP 3
#endif
#define WINDOW 5

struct dock_instance {
  double alpha, average;
  int64_t count, last_open_ms;
};

INTEGER_PARAM(period, "period", 20, 1, 1000);
#ifdef EXTRA_PARAM
INTEGER_PARAM(extra, "extra", 7, 1, 10);
static const dock_param *const params[] = {&extra, &period};
enum { param_count = 2, period_at = 1 };
#else
static const dock_param *const params[] = {&period};
enum { param_count = 1, period_at = 0 };
#endif

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host;
  if (config->values[period_at].i64 == 13) {
    put_text(error, "period must not be 13");
    return DOCK_BAD_PARAMETERS;
  }
  *out = calloc(1, sizeof(struct dock_instance));
  (*out)->alpha = 2.0 / (1.0 + (double)config->values[period_at].i64);
  return DOCK_OK;
}

static void destroy(dock_instance *instance) { free(instance); }

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->warm_up_candles = WARM_UP;
  out->window = WINDOW;
  return DOCK_OK;
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  think();
  const dock_candles *candles = input->candles;
  const int64_t shown = (int64_t)candles->count - (candles->new_count ? candles->new_count - 1 : 0);
  if (shown > WINDOW || candles->new_count > candles->count || (shown < WINDOW && shown < instance->count)) {
    put_text(error, "the rows shown are not the window asked for");
    return DOCK_BAD_INPUT;
  }
  for (uint32_t i = candles->count - candles->new_count; i < candles->count; ++i) {
    if (candles->open_time_ms[i] <= instance->last_open_ms) {
      put_text(error, "a candle came twice");
      return DOCK_BAD_INPUT;
    }
    instance->last_open_ms = candles->open_time_ms[i];
    instance->average = instance->count == 0 ? candles->close[i] : instance->average + instance->alpha * (candles->close[i] - instance->average);
    ++instance->count;
  }
#ifdef FAIL_ALWAYS
  put_text(error, "this version never works");
  return DOCK_FAILED;
#endif
  if (instance->count < WARM_UP) {
    put_text(&decision->reasoning, "warming up");
    return DOCK_OK;
  }
  const double close = candles->close[candles->count - 1];
  char reasons[200];
  snprintf(reasons, sizeof reasons, "%s average %a of %lld candles, position %g", VERSION, instance->average,
           (long long)instance->count, input->position_fraction);
  put_text(&decision->reasoning, reasons);
  decision->action = close > instance->average ? DOCK_BUY : DOCK_SELL;
  decision->confidence = 0.5;
  decision->set = DOCK_SET_STOP_LOSS;
  decision->stop_loss_fraction = 0.02;
  return DOCK_OK;
}

LIBRARY(params, param_count, create, destroy, requirements, analyze)
