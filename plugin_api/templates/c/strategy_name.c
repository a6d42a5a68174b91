/* strategy_name: in while the fast average leads, out when it falls behind. Plain C on the bare ABI. */
#include <stratdock/strategy_abi.h>

#include <stdlib.h>
#include <string.h>

/* Exponential moving average: alpha = 2 / (n + 1), seeded with the first value. */
struct ema {
  double alpha, value;
  uint64_t count;
};

static void ema_update(struct ema *ema, double value) {
  ema->value = ema->count == 0 ? value : ema->value + ema->alpha * (value - ema->value);
  ++ema->count;
}

struct dock_instance {
  struct ema fast, slow;
  double stop_loss_fraction;
  uint32_t warm_up;
};

static const dock_param fast_param = {
    .struct_size = sizeof(dock_param), .type = DOCK_TYPE_INTEGER, .key = "fast", .name = "Fast EMA",
    .doc = "Length of the fast average.", .unit = "candles",
    .default_value = {.type = DOCK_TYPE_INTEGER, .i64 = 9}, .min = 1, .max = 500};
static const dock_param slow_param = {
    .struct_size = sizeof(dock_param), .type = DOCK_TYPE_INTEGER, .key = "slow", .name = "Slow EMA",
    .doc = "Length of the slow average.", .unit = "candles",
    .default_value = {.type = DOCK_TYPE_INTEGER, .i64 = 21}, .min = 2, .max = 1000};
static const dock_param stop_loss_param = {
    .struct_size = sizeof(dock_param), .type = DOCK_TYPE_NUMBER, .key = "stop_loss", .name = "Stop-loss",
    .doc = "Distance below the entry.", .unit = "%",
    .default_value = {.type = DOCK_TYPE_NUMBER, .f64 = 3}, .min = 0.1, .max = 50};
static const dock_param *const params[] = {&fast_param, &slow_param, &stop_loss_param};

/* What does not fit is counted in the length, so that truncation shows. */
static void say(dock_buffer *buffer, const char *text) {
  const uint64_t length = strlen(text);
  const uint64_t fits = length < buffer->capacity ? length : buffer->capacity;
  if (fits > 0) memcpy(buffer->data, text, fits);
  buffer->length = length;
}

static void say_warming_up(dock_buffer *buffer, uint64_t seen, uint64_t needed) {
  char text[64] = "warming up: ", digits[24];
  for (int part = 0; part < 2; ++part) {
    uint64_t rest = part == 0 ? seen : needed;
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    strncat(text, digits + at, sizeof digits - at);
    if (part == 0) strcat(text, "/");
  }
  say(buffer, text);
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  const int64_t fast = config->values[0].i64, slow = config->values[1].i64;
  (void)host;
  if (fast >= slow) {
    say(error, "fast must be below slow");
    return DOCK_BAD_PARAMETERS;
  }
  *out = calloc(1, sizeof **out);
  if (*out == NULL) {
    say(error, "no memory");
    return DOCK_OUT_OF_MEMORY;
  }
  (*out)->fast.alpha = 2.0 / (double)(fast + 1);
  (*out)->slow.alpha = 2.0 / (double)(slow + 1);
  (*out)->stop_loss_fraction = config->values[2].f64 / 100;
  (*out)->warm_up = (uint32_t)slow;
  return DOCK_OK;
}

static void destroy(dock_instance *instance) { free(instance); }

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)error;
  out->warm_up_candles = instance->warm_up;
  out->window = instance->warm_up > 200 ? instance->warm_up : 200;
  return DOCK_OK;
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  const dock_candles *candles = input->candles;
  (void)error;
  for (uint32_t row = candles->count - candles->new_count; row < candles->count; ++row) {
    ema_update(&instance->fast, candles->close[row]);
    ema_update(&instance->slow, candles->close[row]);
  }
  if (instance->slow.count < instance->warm_up) {
    say_warming_up(&decision->reasoning, instance->slow.count, instance->warm_up);
    return DOCK_OK; /* the host zeroed the decision: untouched, it is HOLD */
  }
  const int leads = instance->fast.value > instance->slow.value, flat = input->position_fraction <= 0;
  if (leads && flat) {
    decision->action = DOCK_BUY;
    decision->confidence = 0.8;
    decision->stop_loss_fraction = instance->stop_loss_fraction;
    decision->set |= DOCK_SET_STOP_LOSS;
  } else if (!leads && !flat) {
    decision->action = DOCK_SELL;
    decision->confidence = 0.8;
  }
  say(&decision->reasoning, leads ? "fast EMA above slow" : "fast EMA not above slow");
  return DOCK_OK;
}

/* The id is for ever: your own domain, reversed, keeps it apart from everybody else's. */
static const char *const aliases[] = {"strategy_name"};
static const dock_strategy strategy = {
    .struct_size = sizeof(dock_strategy), .id = "com.example.strategy_name", .aliases = aliases, .alias_count = 1,
    .param_count = sizeof params / sizeof params[0], .name = "StrategyName", .version = "1.0.0", .vendor = "Me",
    .doc = "In while the fast EMA leads, out when it falls behind.", .params = params,
    .create = create, .destroy = destroy, .requirements = requirements, .analyze = analyze};
static const dock_strategy *const strategies[] = {&strategy};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = DOCK_ABI_MAJOR,
                                     .built_minor = DOCK_ABI_MINOR, .strategy_count = 1, .strategies = strategies,
                                     .build_info = "C"};

DOCK_EXPORT const dock_library *stratdock_entry_v1(void) { return &library; }
