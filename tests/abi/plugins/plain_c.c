/* A strategy without the SDK, in C: buys when the last close is above the one before. */
#include <stratdock/strategy_abi.h>

#include <stdlib.h>
#include <string.h>

struct dock_instance {
  double last, before;
};

static void say(dock_buffer *buffer, const char *text) {
  uint64_t length = strlen(text);
  uint64_t fits = length < buffer->capacity ? length : buffer->capacity;
  if (fits > 0) memcpy(buffer->data, text, fits);
  buffer->length = length;
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host;
  (void)config;
  *out = calloc(1, sizeof **out);
  if (*out != NULL) return DOCK_OK;
  say(error, "no memory");
  return DOCK_OUT_OF_MEMORY;
}

static void destroy(dock_instance *instance) { free(instance); }

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance;
  (void)error;
  out->warm_up_candles = 2;
  out->window = 2;
  return DOCK_OK;
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  const dock_candles *candles = input->candles;
  (void)error;
  for (uint32_t i = candles->count - candles->new_count; i < candles->count; ++i) {
    instance->before = instance->last;
    instance->last = candles->close[i];
  }
  if (instance->before > 0 && instance->last > instance->before) {
    decision->action = DOCK_BUY;
    decision->confidence = 1;
    say(&decision->reasoning, "higher close");
  }
  return DOCK_OK;
}

static const dock_strategy strategy = {
    .struct_size = sizeof(dock_strategy), .id = "com.example.plain_c", .name = "Plain C", .version = "1.0.0",
    .vendor = "Example", .doc = "Buys after a higher close.", .create = create, .destroy = destroy,
    .requirements = requirements, .analyze = analyze};

static const dock_strategy *const strategies[] = {&strategy};

static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = DOCK_ABI_MAJOR,
                                     .built_minor = DOCK_ABI_MINOR, .strategy_count = 1, .strategies = strategies,
                                     .build_info = "plain C"};

const dock_library *stratdock_entry_v1(void) { return &library; }
