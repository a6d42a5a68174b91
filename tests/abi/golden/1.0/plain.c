/* A strategy of ABI 1.0 without the SDK that uses every part of the contract: parameters of all types, state, feeds,
 * the extensions of both sides, every field of a decision. C11 and C++20. Its reasons print the bits of what it counted,
 * so that equal decisions mean equal histories. Never changed: the libraries beside it were built from it. */
#include <stratdock/strategy_abi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD 0
#define THRESHOLD 1
#define USE_VOLUME 2
#define LABEL 3
#define SOURCE 4
#define PARAM_COUNT 5

typedef struct memory {
  double average, volume_average, taker_share;
  int64_t count, last_time_ms;
} memory;

struct dock_instance {
  memory seen;
  double threshold, alpha;
  int64_t period, use_volume, source;
  uint64_t seed;
  char label[32];
};

static void say(dock_buffer *buffer, const char *text) {
  const uint64_t length = strlen(text);
  const uint64_t fits = length < buffer->capacity ? length : buffer->capacity;
  if (fits > 0) memcpy(buffer->data, text, (size_t)fits);
  buffer->length = length;
}

static int32_t take_settings(dock_instance *instance, const dock_config *config, dock_buffer *error) DOCK_NOEXCEPT {
  const dock_value *values = config->values;
  if (config->value_count != PARAM_COUNT) {
    say(error, "five values expected");
    return DOCK_BAD_PARAMETERS;
  }
  if (values[USE_VOLUME].i64 != 0 && values[SOURCE].i64 == 2) {
    say(error, "use_volume cannot go with source: median");
    return DOCK_BAD_PARAMETERS;
  }
  instance->period = values[PERIOD].i64;
  instance->alpha = 2.0 / (1.0 + (double)instance->period);
  instance->threshold = values[THRESHOLD].f64;
  instance->use_volume = values[USE_VOLUME].i64;
  instance->source = values[SOURCE].i64;
  snprintf(instance->label, sizeof instance->label, "%s/%s", values[LABEL].text, values[SOURCE].text);
  return DOCK_OK;
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) DOCK_NOEXCEPT {
  const dock_log *log = (const dock_log *)host->get_extension(host, DOCK_EXTENSION_LOG);
  dock_instance *made = (dock_instance *)calloc(1, sizeof(struct dock_instance));
  if (made == NULL) return DOCK_OUT_OF_MEMORY;
  const int32_t status = take_settings(made, config, error);
  if (status != DOCK_OK) {
    free(made);
    return status;
  }
  made->seed = config->seed;
  if (log != NULL) log->write(host, DOCK_LOG_INFO, "golden.plain begins");
  *out = made;
  return DOCK_OK;
}

static void destroy(dock_instance *instance) DOCK_NOEXCEPT { free(instance); }

static const dock_feed candle_feed = {sizeof(dock_feed), DOCK_FEED_CANDLES, 0, 2, 10, 0, "ETHUSDT", 3600000, 0, NULL, NULL};
static const dock_feed news_feed = {sizeof(dock_feed), DOCK_FEED_NEWS, 0, 0, 3, 0, NULL, 0, 900000, NULL, NULL};
static const dock_feed assessment_feed = {
    sizeof(dock_feed), DOCK_FEED_ASSESSMENT, 0, 0, 1, 0, NULL, 0, 900000, "Judge {symbol} by: {articles}",
    "{\"type\":\"object\",\"properties\":{\"signal\":{\"enum\":[\"BUY\",\"SELL\",\"HOLD\"]},\"confidence\":{\"type\":\"number\"}},\"required\":[\"signal\",\"confidence\"]}"};
static const dock_feed *const feeds[] = {&candle_feed, &news_feed, &assessment_feed};

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) DOCK_NOEXCEPT {
  (void)error;
  out->warm_up_candles = (uint32_t)instance->period;
  out->window = (uint32_t)(2 * instance->period);
  out->feed_count = 3;
  out->feeds = feeds;
  return DOCK_OK;
}

static double price_of(const dock_instance *instance, const dock_candles *rows, uint32_t i) {
  if (instance->source == 0) return rows->close[i];
  if (instance->source == 1) return (rows->high[i] + rows->low[i] + rows->close[i]) / 3;
  return (rows->high[i] + rows->low[i]) / 2;
}

static int32_t take_in(dock_instance *instance, const dock_candles *rows, dock_buffer *error) {
  memory *seen = &instance->seen;
  for (uint32_t i = rows->count - rows->new_count; i < rows->count; ++i) {
    const double price = price_of(instance, rows, i);
    const double before = seen->count == 0 ? price : seen->average;
    if (seen->count > 0 && rows->open_time_ms[i] <= seen->last_time_ms) {
      say(error, "a candle came twice, or too late");
      return DOCK_BAD_INPUT;
    }
    seen->average = before + instance->alpha * (price - before);
    seen->volume_average += (rows->volume[i] - seen->volume_average) / (double)instance->period;
    if (rows->taker_buy_volume != NULL && rows->volume[i] > 0) seen->taker_share += instance->alpha * (rows->taker_buy_volume[i] / rows->volume[i] - seen->taker_share);
    seen->last_time_ms = rows->open_time_ms[i];
    ++seen->count;
  }
  return DOCK_OK;
}

/* What feeds say, where a host has them: the other market's last close, the newest article's sentiment, the model's signal. */
static void describe_feeds(const dock_input *input, char *text, size_t size) {
  double other = 0, sentiment = 0, signal = 0;
  for (uint32_t i = 0; i < input->feed_count; ++i) {
    const dock_feed_data *feed = input->feeds[i];
    if (feed->available == 0) continue;
    if (feed->kind == DOCK_FEED_CANDLES && feed->candles != NULL && feed->candles->count > 0) other = feed->candles->close[feed->candles->count - 1];
    if (feed->kind == DOCK_FEED_NEWS && feed->row_count > 0 && feed->column_count > 1) sentiment = feed->columns[1][feed->row_count - 1];
    if (feed->kind == DOCK_FEED_ASSESSMENT && feed->row_count > 0 && feed->column_count > 0) signal = 1 + feed->columns[0][feed->row_count - 1];
  }
  snprintf(text, size, "feeds %u: %g %g %g", (unsigned)input->feed_count, other, sentiment, signal);
}

static void advise(const dock_instance *instance, const dock_input *input, double move, dock_decision *decision) {
  const memory *seen = &instance->seen;
  const dock_candles *rows = input->candles;
  char told[80], text[400];
  const int loud = instance->use_volume == 0 || rows->volume[rows->count - 1] > seen->volume_average;
  if (move < -instance->threshold && loud) {
    decision->action = DOCK_BUY;
    decision->set = DOCK_SET_SIZE | DOCK_SET_STOP_LOSS | DOCK_SET_TAKE_PROFIT;
    decision->size_fraction = 0.5 + 0.25 * (double)(seen->count % 3);
    decision->stop_loss_fraction = 0.0125;
    decision->take_profit_fraction = -move / 50;
  } else if (move > instance->threshold && loud) {
    decision->action = DOCK_SELL;
  }
  decision->confidence = move < 0 ? -move / (1 - move) : move / (1 + move);
  if (move < -2 * instance->threshold) say(&decision->recommended_symbol, "ETHUSDT");
  if (decision->reasoning.capacity == 0) return;
  describe_feeds(input, told, sizeof told);
  snprintf(text, sizeof text, "%s; average %a volume %a taker %a of %lld, seed %llu; %s; held %g at %g", instance->label, seen->average,
           seen->volume_average, seen->taker_share, (long long)seen->count, (unsigned long long)instance->seed, told,
           input->position_fraction, input->entry_price);
  say(&decision->reasoning, text);
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) DOCK_NOEXCEPT {
  const dock_candles *rows = input->candles;
  const int32_t status = take_in(instance, rows, error);
  if (status != DOCK_OK || rows->count == 0) return status;
  if (instance->seen.count < instance->period) {
    say(&decision->reasoning, "warming up");
    return DOCK_OK;
  }
  advise(instance, input, 100 * (rows->close[rows->count - 1] / instance->seen.average - 1), decision);
  return DOCK_OK;
}

static int32_t save_state(dock_instance *instance, const dock_writer *writer, dock_buffer *error) DOCK_NOEXCEPT {
  const char *bytes = (const char *)&instance->seen;
  for (uint64_t at = 0; at < sizeof(memory);) {
    const int64_t taken = writer->write(writer, bytes + at, sizeof(memory) - at);
    if (taken <= 0) {
      say(error, "the snapshot is not taken");
      return DOCK_FAILED;
    }
    at += (uint64_t)taken;
  }
  return DOCK_OK;
}

static int32_t load_state(dock_instance *instance, const dock_reader *reader, dock_buffer *error) DOCK_NOEXCEPT {
  char *bytes = (char *)&instance->seen;
  char more = 0;
  for (uint64_t at = 0; at < sizeof(memory);) {
    const int64_t given = reader->read(reader, bytes + at, sizeof(memory) - at);
    if (given <= 0) {
      say(error, "the snapshot ends early");
      return DOCK_BAD_STATE;
    }
    at += (uint64_t)given;
  }
  if (reader->read(reader, &more, 1) == 0) return DOCK_OK;
  say(error, "the snapshot is too long");
  return DOCK_BAD_STATE;
}

static const dock_pane pane = {sizeof(dock_pane), 0, "share", "Taker share", 0, 1};
static const dock_pane *const panes[] = {&pane};
static const dock_series average_series = {sizeof(dock_series), DOCK_STYLE_LINE, "average", "Average", "", "price"};
static const dock_series share_series = {sizeof(dock_series), DOCK_STYLE_HISTOGRAM, "taker", "Taker share", "", "share"};
static const dock_series *const series[] = {&average_series, &share_series};
static const dock_level level = {sizeof(dock_level), DOCK_STYLE_DASHED, "share", "half", 0.5};
static const dock_level *const levels[] = {&level};

static int32_t describe(dock_instance *instance, dock_chart *out, dock_buffer *error) DOCK_NOEXCEPT {
  (void)instance, (void)error;
  out->pane_count = 1, out->series_count = 2, out->level_count = 1;
  out->panes = panes, out->series = series, out->levels = levels;
  return DOCK_OK;
}

static int32_t chart_values(dock_instance *instance, double *values, uint32_t count, dock_buffer *error) DOCK_NOEXCEPT {
  if (count < 2) {
    say(error, "two values are needed");
    return DOCK_FAILED;
  }
  values[0] = instance->seen.average;
  values[1] = instance->seen.taker_share;
  return DOCK_OK;
}

static int32_t change(dock_instance *instance, const dock_config *config, dock_buffer *error) DOCK_NOEXCEPT { return take_settings(instance, config, error); }

static const dock_explain explain = {sizeof(dock_explain), 0, describe, chart_values};
static const dock_live_params live_params = {sizeof(dock_live_params), 0, change};

static const void *get_extension(const char *id) DOCK_NOEXCEPT {
  if (strcmp(id, DOCK_EXTENSION_EXPLAIN) == 0) return &explain;
  if (strcmp(id, DOCK_EXTENSION_PARAMS) == 0) return &live_params;
  return NULL;
}

static const char *const sources[] = {"close", "typical", "median"};
static const dock_param period = {sizeof(dock_param), DOCK_TYPE_INTEGER, DOCK_PARAM_LIVE, 0, "period", "Period", "Length of the average.", "candles",
                                  {DOCK_TYPE_INTEGER, 0, 12, 0, NULL}, 2, 200, NULL};
static const dock_param threshold = {sizeof(dock_param), DOCK_TYPE_NUMBER, 0, 0, "threshold", "Threshold", "Distance from the average.", "%",
                                     {DOCK_TYPE_NUMBER, 0, 0, 0.4, NULL}, 0, 50, NULL};
static const dock_param use_volume = {sizeof(dock_param), DOCK_TYPE_BOOLEAN, 0, 0, "use_volume", "Use volume", "Only when it is loud.", "",
                                      {DOCK_TYPE_BOOLEAN, 0, 0, 0, NULL}, 0, 0, NULL};
static const dock_param label = {sizeof(dock_param), DOCK_TYPE_TEXT, 0, 0, "label", "Label", "Stands before the reasons.", "",
                                 {DOCK_TYPE_TEXT, 0, 0, 0, "golden"}, 0, 0, NULL};
static const dock_param source = {sizeof(dock_param), DOCK_TYPE_CHOICE, DOCK_PARAM_ADVANCED, 3, "source", "Source", "The price that is averaged.", "",
                                  {DOCK_TYPE_CHOICE, 0, 1, 0, "typical"}, 0, 0, sources};
static const dock_param *const params[] = {&period, &threshold, &use_volume, &label, &source};

static const char *const aliases[] = {"golden_plain"};
static const dock_strategy strategy = {sizeof(dock_strategy), 0, "golden.plain", aliases, 1, PARAM_COUNT, "Golden plain", "1.0.0", "Stratdock",
                                       "Uses every part of the strategy ABI 1.0.", params, 1, 0, create, destroy, requirements, analyze,
                                       save_state, load_state, get_extension};
static const dock_strategy *const strategies[] = {&strategy};
static const dock_library library = {sizeof(dock_library), DOCK_ABI_MAJOR, DOCK_ABI_MINOR, 0, 1, 0, strategies, "plain C, ABI 1.0"};

const dock_library *stratdock_entry_v1(void) DOCK_NOEXCEPT { return &library; }
