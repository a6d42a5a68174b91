/* A strategy that holds until the candle that opens at FROM_MS, and from then on does what BEHAVIOUR says, each time. */
#include <math.h>
#include <unistd.h>

#include "test_plugin.h"

enum { holds, segfaults, loops, allocates, answers_nan, fails };

struct dock_instance {
  int unused;
};

INTEGER_PARAM(period, "period", 20, 1, 1000);
static const dock_param *const params[] = {&period};

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host, (void)config, (void)error;
  *out = calloc(1, sizeof(struct dock_instance));
  return DOCK_OK;
}

static void destroy(dock_instance *instance) { free(instance); }

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->window = 1;
  return DOCK_OK;
}

static volatile int sink;

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  (void)instance;
  put_text(&decision->reasoning, VERSION " holds");
  if (input->candles->open_time_ms[input->candles->count - 1] < FROM_MS) return DOCK_OK;
  switch (BEHAVIOUR) {
    case segfaults: *(volatile int *)(intptr_t)sink = 1; break;
    case loops:
      for (;;) sink = 0;
    case allocates:
      for (char *block; (block = malloc(1 << 20)) != NULL;) block[0] = 1;
      put_text(error, "no memory is left");
      return DOCK_OUT_OF_MEMORY;
    case answers_nan:
      decision->action = DOCK_BUY;
      decision->confidence = NAN;
      break;
    case fails: put_text(error, "out of ideas"); return DOCK_FAILED;
    default: break;
  }
  return DOCK_OK;
}

LIBRARY(params, 1, create, destroy, requirements, analyze)
