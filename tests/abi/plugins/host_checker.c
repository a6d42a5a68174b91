/* A strategy that watches its host: whatever strategy_abi.h promises to a library is checked at every call, and the first
 * promise that was broken is the error text. Otherwise it trades now and then, and says how much it has seen. */
#include <stratdock/strategy_abi.h>

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 32

enum { WHOLE, REAL, YES, TEXT, PICK, FIRST_OPEN_MS, GAPLESS, PARAM_COUNT };

typedef struct row {
  int64_t time_ms;
  double close, volume;
} row;

struct dock_instance {
  atomic_int busy; /* calls inside this instance now */
  int asked;       /* requirements, how often */
  int64_t first_open_ms, gapless, interval_ms, seen, calls, last_now_ms;
  row past[WINDOW]; /* row i of all that was fed lies at i % WINDOW */
  char symbol[32], words[64], broken[160]; /* the first promise that was broken; said again at every call */
};

/* Says what was broken and leaves the function. */
#define PROMISE(holds, ...)                                      \
  do {                                                           \
    if (!(holds)) return broken(error, __VA_ARGS__);             \
  } while (0)

static int32_t broken(dock_buffer *error, const char *promise) {
  if (error != NULL && error->data != NULL) {
    const uint64_t length = strlen(promise);
    memcpy(error->data, promise, length < error->capacity ? length : error->capacity);
    error->length = length;
  }
  return DOCK_BAD_INPUT;
}

static int is_zero(const void *from, size_t size) {
  const unsigned char *bytes = from;
  for (size_t i = 0; i < size; ++i)
    if (bytes[i] != 0) return 0;
  return 1;
}

static int is_fresh(const dock_buffer *buffer) { return buffer->length == 0 && (buffer->capacity == 0 || buffer->data != NULL); }

static const char *const choices[] = {"first", "second", "third"};
#define PARAM(name_, type_, default_, low, high, count, list)                                                                     \
  {.struct_size = sizeof(dock_param), .type = type_, .choice_count = count, .key = name_, .name = name_, .doc = "For the check.", \
   .unit = "", .default_value = default_, .min = low, .max = high, .choices = list}
#define INTEGER(value) {.type = DOCK_TYPE_INTEGER, .i64 = value}
static const dock_param whole = PARAM("whole", DOCK_TYPE_INTEGER, INTEGER(3), 1, 10, 0, NULL);
static const dock_param real = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_NUMBER, .key = "real", .name = "real", .doc = "Open above.", .unit = "%",
                                .default_value = {.type = DOCK_TYPE_NUMBER, .f64 = 1.5}, .min = 0.5, .max = INFINITY};
static const dock_param yes = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_BOOLEAN, .key = "yes", .name = "yes", .doc = "A switch.", .unit = "",
                               .default_value = {.type = DOCK_TYPE_BOOLEAN, .i64 = 1}};
static const dock_param words = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_TEXT, .key = "words", .name = "words", .doc = "A text.", .unit = "",
                                 .default_value = {.type = DOCK_TYPE_TEXT, .text = "some words"}};
static const dock_param pick = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_CHOICE, .choice_count = 3, .key = "pick", .name = "pick",
                                .doc = "One of three.", .unit = "", .default_value = {.type = DOCK_TYPE_CHOICE, .i64 = 1, .text = "second"}, .choices = choices};
static const dock_param first_open_ms = PARAM("first_open_ms", DOCK_TYPE_INTEGER, INTEGER(0), 0, 0, 0, NULL);
static const dock_param gapless = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_BOOLEAN, .key = "gapless", .name = "gapless",
                                   .doc = "The market has no gap.", .unit = "", .default_value = {.type = DOCK_TYPE_BOOLEAN, .i64 = 0}};
static const dock_param *const params[] = {&whole, &real, &yes, &words, &pick, &first_open_ms, &gapless};

static int32_t check_host(const dock_host *host, dock_buffer *error) {
  PROMISE(host != NULL && host->struct_size >= 40, "host: struct_size is less than in 1.0");
  PROMISE(host->name != NULL && host->version != NULL, "host: no name or no version");
  PROMISE(host->get_extension != NULL, "host: no get_extension");
  PROMISE(host->get_extension(host, "nobody.has_this/1") == NULL, "host: an unknown extension is not NULL");
  const dock_log *log = host->get_extension(host, DOCK_EXTENSION_LOG);
  PROMISE(log == NULL || (log->struct_size >= 16 && log->write != NULL), "host: stratdock.log/1 is not whole");
  return DOCK_OK;
}

static int32_t check_config(const dock_config *config, dock_buffer *error) {
  PROMISE(config != NULL && config->struct_size >= 24, "config: struct_size is less than in 1.0");
  PROMISE(config->value_count == PARAM_COUNT && config->values != NULL, "config: not one value per parameter");
  const dock_value *values = config->values;
  for (int i = 0; i < PARAM_COUNT; ++i) PROMISE(values[i].type == params[i]->type, "config: a value has another type than its parameter: the order is not the schema's");
  PROMISE(values[WHOLE].i64 >= 1 && values[WHOLE].i64 <= 10, "config: whole is out of its range");
  PROMISE(isfinite(values[REAL].f64) && values[REAL].f64 >= 0.5, "config: real is out of its range");
  PROMISE(values[YES].i64 == 0 || values[YES].i64 == 1, "config: a boolean is neither 0 nor 1");
  PROMISE(values[TEXT].text != NULL, "config: a text is NULL");
  PROMISE(values[PICK].i64 >= 0 && values[PICK].i64 < 3 && values[PICK].text != NULL && strcmp(values[PICK].text, choices[values[PICK].i64]) == 0,
          "config: a choice's index and text are not the same choice");
  return DOCK_OK;
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  PROMISE(error != NULL && is_fresh(error), "error: not a fresh buffer");
  PROMISE(out != NULL && *out == NULL, "create: *out is not NULL");
  int32_t status = check_host(host, error);
  if (status == DOCK_OK) status = check_config(config, error);
  if (status != DOCK_OK) return status;
  dock_instance *made = calloc(1, sizeof *made);
  if (made == NULL) return DOCK_OUT_OF_MEMORY;
  made->first_open_ms = config->values[FIRST_OPEN_MS].i64;
  made->gapless = config->values[GAPLESS].i64;
  snprintf(made->words, sizeof made->words, "%s %s", config->values[TEXT].text, config->values[PICK].text);
  *out = made;
  return DOCK_OK;
}

static void destroy(dock_instance *instance) { free(instance); }

static const dock_feed other = {.struct_size = sizeof(dock_feed), .kind = DOCK_FEED_CANDLES, .min_rows = 5, .symbol = "ETHUSDT"};
static const dock_feed news = {.struct_size = sizeof(dock_feed), .kind = DOCK_FEED_NEWS, .max_rows = 3};
static const dock_feed *const feeds[] = {&other, &news};

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  PROMISE(++instance->asked == 1 && instance->calls == 0, "requirements: not asked once, right after create");
  PROMISE(out->struct_size >= 24, "requirements: struct_size is less than in 1.0");
  PROMISE(is_zero((const char *)out + 4, out->struct_size - 4), "requirements: not zeroed");
  out->warm_up_candles = 3;
  out->window = WINDOW;
  out->feed_count = 2;
  out->feeds = feeds;
  return DOCK_OK;
}

static int32_t check_decision(const dock_decision *decision, dock_buffer *error) {
  PROMISE(decision->struct_size >= 96, "decision: struct_size is less than in 1.0");
  PROMISE(is_zero((const char *)decision + 4, offsetof(dock_decision, recommended_symbol) - 4), "decision: not zeroed");
  PROMISE(is_zero((const char *)decision + 96, decision->struct_size - 96), "decision: a field behind those of 1.0 is not zeroed");
  PROMISE(is_fresh(&decision->reasoning) && is_fresh(&decision->recommended_symbol), "decision: not a fresh buffer");
  return DOCK_OK;
}

static int32_t check_rows(const dock_instance *instance, const dock_candles *rows, dock_buffer *error) {
  PROMISE(rows != NULL && rows->struct_size >= 96, "candles: struct_size is less than in 1.0");
  PROMISE(rows->new_count <= rows->count, "candles: more new rows than rows");
  PROMISE(rows->interval_ms > 0 && (instance->interval_ms == 0 || rows->interval_ms == instance->interval_ms), "candles: the interval changed");
  PROMISE(instance->seen > 0 || rows->new_count == rows->count, "candles: the first call does not bring every row as new");
  const int64_t behind = (int64_t)rows->count - rows->new_count;
  const int64_t room = rows->new_count > 0 ? WINDOW - 1 : WINDOW;
  PROMISE(behind == (instance->seen < room ? instance->seen : room), "candles: the rows in front of the new ones are not the window asked for");
  for (uint32_t i = 1; i < rows->count; ++i) PROMISE(rows->open_time_ms[i] > rows->open_time_ms[i - 1], "candles: open times do not ascend");
  for (uint32_t i = 0; i < rows->count; ++i) {
    PROMISE(rows->low[i] <= rows->close[i] && rows->close[i] <= rows->high[i] && rows->low[i] <= rows->open[i] && rows->open[i] <= rows->high[i], "candles: a price is outside low..high");
    PROMISE(isfinite(rows->volume[i]), "candles: a volume is not finite");
    if (rows->quote_volume != NULL && rows->taker_buy_volume != NULL && rows->trade_count != NULL)
      PROMISE(isfinite(rows->quote_volume[i] + rows->taker_buy_volume[i] + rows->trade_count[i]), "candles: an optional column is not finite");
  }
  for (int64_t i = 0; i < behind; ++i) {
    const row *before = &instance->past[(instance->seen - behind + i) % WINDOW];
    PROMISE(before->time_ms == rows->open_time_ms[i] && before->close == rows->close[i] && before->volume == rows->volume[i],
            "candles: a row that was fed before is another one now, or one was left out");
  }
  return DOCK_OK;
}

static int32_t take_rows(dock_instance *instance, const dock_candles *rows, dock_buffer *error) {
  for (uint32_t i = rows->count - rows->new_count; i < rows->count; ++i) {
    const int64_t time_ms = rows->open_time_ms[i];
    const int64_t last_ms = instance->past[(instance->seen + WINDOW - 1) % WINDOW].time_ms;
    PROMISE(instance->seen > 0 || instance->first_open_ms == 0 || time_ms == instance->first_open_ms, "candles: the first row is not the bot's first one");
    PROMISE(instance->seen == 0 || time_ms > last_ms, "candles: a row came as new a second time");
    PROMISE(instance->seen == 0 || instance->gapless == 0 || time_ms == last_ms + rows->interval_ms, "candles: a row was left out");
    instance->past[instance->seen % WINDOW] = (row){time_ms, rows->close[i], rows->volume[i]};
    ++instance->seen;
  }
  return DOCK_OK;
}

static int32_t check_feeds(const dock_input *input, dock_buffer *error) {
  PROMISE(input->feed_count == 2 && input->feeds != NULL, "feeds: not one for each that was asked");
  for (uint32_t i = 0; i < 2; ++i) {
    const dock_feed_data *feed = input->feeds[i];
    PROMISE(feed != NULL && feed->struct_size >= 72, "feeds: struct_size is less than in 1.0");
    PROMISE(feed->kind == feeds[i]->kind, "feeds: not in the order asked");
    PROMISE(feed->available == 1 || (feed->available == 0 && feed->fault != NULL), "feeds: absent without a fault");
    PROMISE(feed->new_count <= feed->row_count, "feeds: more new rows than rows");
    if (feed->kind == DOCK_FEED_NEWS && feed->available == 1) PROMISE(feed->row_count <= 3, "feeds: more rows than asked for");
    for (uint32_t r = 0; feed->known_at_ms != NULL && r < feed->row_count; ++r)
      PROMISE(feed->known_at_ms[r] <= input->now_ms && (r == 0 || feed->known_at_ms[r] >= feed->known_at_ms[r - 1]), "feeds: a row from the future, or out of order");
  }
  return DOCK_OK;
}

static int32_t check_input(dock_instance *instance, const dock_input *input, dock_buffer *error) {
  const dock_candles *rows = input->candles;
  PROMISE(input->struct_size >= 64, "input: struct_size is less than in 1.0");
  PROMISE(instance->asked == 1, "input: analyze before requirements");
  PROMISE(input->symbol != NULL && input->symbol[0] != 0, "input: no symbol");
  PROMISE(instance->calls == 0 || strcmp(input->symbol, instance->symbol) == 0, "input: the symbol changed");
  const int32_t status = check_rows(instance, rows, error);
  if (status != DOCK_OK) return status;
  PROMISE(rows->count == 0 || input->now_ms == rows->open_time_ms[rows->count - 1] + rows->interval_ms, "input: now_ms is not the end of the last candle");
  PROMISE(input->now_ms >= instance->last_now_ms, "input: time went back");
  PROMISE(input->position_fraction >= 0 && input->position_fraction <= 1, "input: position_fraction is not 0..1");
  if (input->position_fraction == 0)
    PROMISE(input->entry_price == 0 && input->entry_time_ms == 0, "input: an entry without a position");
  else
    PROMISE(input->entry_price > 0 && isfinite(input->entry_price) && input->entry_time_ms > 0 && input->entry_time_ms <= input->now_ms, "input: a position without an entry");
  return check_feeds(input, error);
}

static void advise(const dock_instance *instance, const dock_input *input, dock_decision *decision) {
  if (instance->seen < 3) return;
  decision->confidence = 0.5;
  if (input->position_fraction == 0 && instance->seen % 101 < 3) decision->action = DOCK_BUY;
  if (input->position_fraction > 0 && instance->seen % 7 == 0) decision->action = DOCK_SELL;
  char text[160];
  snprintf(text, sizeof text, "seen %lld, %s, %s", (long long)instance->seen, input->position_fraction > 0 ? "long" : "flat", instance->words);
  const uint64_t length = strlen(text);
  memcpy(decision->reasoning.data, text, length < decision->reasoning.capacity ? length : decision->reasoning.capacity);
  decision->reasoning.length = length;
}

static int32_t checked_analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  PROMISE(error != NULL && is_fresh(error), "error: not a fresh buffer");
  int32_t status = check_decision(decision, error);
  if (status == DOCK_OK) status = check_input(instance, input, error);
  if (status == DOCK_OK) status = take_rows(instance, input->candles, error);
  if (status != DOCK_OK) return status;
  snprintf(instance->symbol, sizeof instance->symbol, "%s", input->symbol);
  instance->interval_ms = input->candles->interval_ms;
  instance->last_now_ms = input->now_ms;
  ++instance->calls;
  advise(instance, input, decision);
  return DOCK_OK;
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  if (atomic_fetch_add(&instance->busy, 1) != 0) return broken(error, "threads: two calls at once on one instance");
  int32_t status = DOCK_OK;
  if (instance->broken[0] != 0) {
    status = broken(error, instance->broken);
  } else {
    status = checked_analyze(instance, input, decision, error);
    /* Calls that only bring past candles have nobody who reads their error: the next one tells. */
    if (status != DOCK_OK && error != NULL && error->data != NULL)
      snprintf(instance->broken, sizeof instance->broken, "%.*s", (int)error->length, error->data);
  }
  atomic_fetch_sub(&instance->busy, 1);
  return status;
}

static const char *const aliases[] = {"host_checker"};
static const dock_strategy strategy = {
    .struct_size = sizeof(dock_strategy), .id = "test.host_checker", .aliases = aliases, .alias_count = 1, .param_count = PARAM_COUNT,
    .name = "Host checker", .version = "1.0.0", .vendor = "tests", .doc = "Watches its host.", .params = params, .create = create,
    .destroy = destroy, .requirements = requirements, .analyze = analyze};
static const dock_strategy *const strategies[] = {&strategy};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = DOCK_ABI_MAJOR, .built_minor = DOCK_ABI_MINOR,
                                     .strategy_count = 1, .strategies = strategies, .build_info = "plain C"};

const dock_library *stratdock_entry_v1(void) { return &library; }
