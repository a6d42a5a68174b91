/* A strategy built with the header of a minor to come (golden/next_minor.py) that asks for nothing newer: it writes and reads
 * what 1.0 does not have only where the host says that it knows it, so it runs on a host of 1.0. */
#include <stratdock/strategy_abi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dock_instance {
  double average;
  int64_t count;
};

static void say(dock_buffer *buffer, const char *text) {
  const uint64_t length = strlen(text);
  memcpy(buffer->data, text, length < buffer->capacity ? length : buffer->capacity);
  buffer->length = length;
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)config;
  *out = calloc(1, sizeof(struct dock_instance));
  if (DOCK_HAS(host, bot_name) && host->bot_name != NULL && strcmp(host->bot_name, "refuse") == 0) {
    free(*out);
    *out = NULL;
    say(error, "this bot is refused by its name");
    return DOCK_FAILED;
  }
  return *out != NULL ? DOCK_OK : DOCK_OUT_OF_MEMORY;
}

static void destroy(dock_instance *instance) { free(instance); }

static const dock_feed book = {.struct_size = sizeof(dock_feed), .kind = DOCK_FEED_BOOK, .depth = 20};
static const dock_feed *const feeds[] = {&book};

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->warm_up_candles = 3;
  out->window = 5;
  out->feed_count = 1;
  out->feeds = feeds;
  if (DOCK_HAS(out, cadence)) out->cadence = 4;
  return DOCK_OK;
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  const dock_candles *rows = input->candles;
  char text[100];
  if (input->feed_count != 1 || input->feeds[0]->kind != DOCK_FEED_BOOK || input->feeds[0]->available != 0 || input->feeds[0]->fault == NULL) {
    say(error, "a feed of a kind that this host cannot know is not given as absent");
    return DOCK_BAD_INPUT;
  }
  for (uint32_t i = rows->count - rows->new_count; i < rows->count; ++i, ++instance->count)
    instance->average += (rows->close[i] - instance->average) / (instance->count < 9 ? (double)instance->count + 1 : 10);
  if (instance->count < 3) return DOCK_OK;
  decision->action = rows->close[rows->count - 1] > instance->average ? DOCK_BUY : DOCK_SELL;
  decision->confidence = 0.5;
  if (DOCK_HAS(decision, urgency)) {
    decision->urgency = 0.25 + (DOCK_HAS(input, spread) ? input->spread : 0);
    decision->set |= DOCK_SET_URGENCY;
  }
  snprintf(text, sizeof text, "average %a of %lld", instance->average, (long long)instance->count);
  say(&decision->reasoning, text);
  return DOCK_OK;
}

static const dock_param unused = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_NUMBER, .key = "unused", .name = "Unused", .doc = "For its step.",
                                  .unit = "", .default_value = {.type = DOCK_TYPE_NUMBER, .f64 = 1}, .min = 0, .max = 2, .step = 0.5};
static const dock_param *const params[] = {&unused};
static const dock_strategy strategy = {
    .struct_size = sizeof(dock_strategy), .id = "golden.next_minor", .param_count = 1, .name = "Next minor", .version = "1.0.0", .vendor = "tests",
    .doc = "Built with a later minor.", .params = params, .create = create, .destroy = destroy, .requirements = requirements, .analyze = analyze};
static const dock_strategy *const strategies[] = {&strategy};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = DOCK_ABI_MAJOR, .built_minor = DOCK_ABI_MINOR, .strategy_count = 1,
                                     .strategies = strategies, .build_info = "plain C", .homepage = "none"};

const dock_library *stratdock_entry_v1(void) { return &library; }
