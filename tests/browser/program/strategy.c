/* The strategy that the walk drops into a running host: buys whenever it is flat, and says so. Built by the test as an author
 * would, against plugin_api/include alone. -DCRASHES: the same file, but its code reads through a null pointer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <stratdock/strategy_abi.h>

#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef ID
#define ID "test.dropped"
#endif
#ifndef ALIAS
#define ALIAS "dropped"
#endif

struct dock_instance {
  int64_t eagerness;
};

static const dock_param eagerness_param = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_INTEGER, .key = "eagerness",
                                     .name = "Eagerness", .doc = "How sure it says it is.", .unit = "",
                                     .default_value = {.type = DOCK_TYPE_INTEGER, .i64 = 80}, .min = 1, .max = 100};
static const dock_param *const params[] = {&eagerness_param};

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host, (void)error;
  *out = calloc(1, sizeof(struct dock_instance));
  if (!*out) return DOCK_OUT_OF_MEMORY;
  (*out)->eagerness = config->values[0].i64;
  return DOCK_OK;
}

static void destroy(dock_instance *instance) { free(instance); }

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->window = 1;
  return DOCK_OK;
}

static void say(dock_buffer *buffer, const char *text) {
  buffer->length = strlen(text);
  memcpy(buffer->data, text, buffer->length < buffer->capacity ? buffer->length : buffer->capacity);
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  (void)error;
#ifdef CRASHES
  if (input->candles->count > 0) *(volatile int *)(intptr_t)(input->candles->count >> 31) = 1;
#endif
  decision->confidence = (double)instance->eagerness / 100;
  if (input->position_fraction > 0) {
    say(&decision->reasoning, "it holds what it wanted");
    return DOCK_OK;
  }
  say(&decision->reasoning, "flat, so it buys");
  decision->action = DOCK_BUY;
  return DOCK_OK;
}

static const char *const aliases[] = {ALIAS};
static const dock_strategy strategy = {.struct_size = sizeof(dock_strategy), .id = ID, .aliases = aliases, .alias_count = 1,
                                       .param_count = 1, .name = "Dropped", .version = VERSION, .vendor = "tests",
                                       .doc = "Buys whenever it is flat.", .params = params, .create = create, .destroy = destroy,
                                       .requirements = requirements, .analyze = analyze};
static const dock_strategy *const strategies[] = {&strategy};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = DOCK_ABI_MAJOR, .min_host_minor = 0,
                                     .strategy_count = 1, .strategies = strategies, .build_info = "cc, by a test"};
DOCK_EXPORT const dock_library *stratdock_entry_v1(void) { return &library; }
