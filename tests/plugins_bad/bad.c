/* One strategy, right in every way, and one mistake of an author's at a time: BAD names it. Each is caught by one test of
 * the validator alone; which one stands in tests/integration/validate. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <stratdock/strategy_abi.h>

enum mistake {
  good, two_exports, missing_symbol, future_major, slow_constructor, one_state_function, odd_id, bad_default, duplicate_key, duplicate_id,
  no_instance, endless_window, crash_at_maximum, nan_in_between, silent_refusal, instance_beside_refusal, leak, empty_crash, one_candle_crash,
  nan_confidence, trades_early, flat_divides, volume_divides, float_overflow, fixed_amount, gap_refused, gap_hangs, gap_deadlocks, needs_quote_volume,
  needs_feed, text_overrun, endless_text, by_address, by_clock, unset_memory, shared_global, last_row_only, counts_looks, looks_ahead,
  forgets_field, one_read, takes_empty, takes_cut, trusts_snapshot, explain_counts, explain_overruns, change_resets, change_takes_refused,
  reads_beyond, feed_beyond, exact_size, writes_tail, keeps_thread, opens_file_in_thread,
  shared_scratch, slow, bad = BAD
};

enum { warm_up = 10, window = 20, ring_size = 4 };

struct dock_instance {
  double fast_share, slow_share;  /* of the newest close in each average */
  double fast, slow;
  double ring[ring_size];         /* the newest closes */
  uint64_t ring_at, seen;
  double noise;                   /* what mistakes add to the decision */
  int64_t last_open_ms;
  pthread_t maker;
  double confidence;              /* a parameter that may change */
};

static double shared_average;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile double scratch;
static volatile int sink;
static void *(*volatile allocate)(size_t) = malloc; /* so that compilers do not see what is never set */

static void put_text(dock_buffer *buffer, const char *text) {
  const uint64_t length = strlen(text);
  if (bad == text_overrun) memcpy(buffer->data, text, length);
  else if (buffer->capacity > 0) memcpy(buffer->data, text, length < buffer->capacity ? length : buffer->capacity);
  buffer->length = bad == endless_text && buffer->capacity < length ? UINT64_MAX : length;
}

static void burn_ms(int64_t duration_ms) {
  const clock_t end = clock() + duration_ms * (CLOCKS_PER_SEC / 1000);
  while (clock() < end) sink = 0;
}

#ifdef MISSING_SYMBOL
extern int nobody_has_this(void);
#endif
#ifdef TWO_EXPORTS
DOCK_EXPORT int second_export(void);
int second_export(void) { return 1; }
#endif
#ifdef CONSTRUCTOR
__attribute__((constructor)) static void construct(void) { burn_ms(150); }
#endif

static const dock_param fast_param = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_INTEGER, .key = "fast", .name = "Fast",
                                      .doc = "Length of the fast average.", .unit = "candles", .min = 1, .max = 50,
                                      .default_value = {.type = DOCK_TYPE_INTEGER, .i64 = bad == bad_default ? 51 : 5}};
static const dock_param slow_param = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_INTEGER, .key = bad == duplicate_key ? "fast" : "slow",
                                      .name = "Slow", .doc = "Length of the slow average.", .unit = "candles", .min = 2, .max = 100,
                                      .default_value = {.type = DOCK_TYPE_INTEGER, .i64 = 20}};
static const dock_param confidence_param = {.struct_size = sizeof(dock_param), .type = DOCK_TYPE_NUMBER, .flags = DOCK_PARAM_LIVE,
                                            .key = "confidence", .name = "Confidence", .doc = "Of every decision.", .unit = "",
                                            .min = 0, .max = 0.5, .default_value = {.type = DOCK_TYPE_NUMBER, .f64 = 0.5}};
static const dock_param *const params[] = {&fast_param, &slow_param, &confidence_param};

static const dock_feed news = {.struct_size = sizeof(dock_feed), .kind = DOCK_FEED_NEWS, .max_rows = 5};
static const dock_feed *const feeds[] = {&news};

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  const int64_t fast = config->values[0].i64, slow_length = config->values[1].i64;
  (void)host;
#ifdef MISSING_SYMBOL
  sink = nobody_has_this();
#endif
  if (bad == crash_at_maximum && fast == 50) abort();
  if (bad == no_instance) return DOCK_OK;
  if (fast >= slow_length) {
    if (bad == instance_beside_refusal) *out = calloc(1, sizeof **out);
    if (bad != silent_refusal) put_text(error, "fast must be below slow");
    return DOCK_BAD_PARAMETERS;
  }
  *out = bad == unset_memory ? allocate(sizeof **out) : calloc(1, sizeof **out);
  if (*out == NULL) return DOCK_OUT_OF_MEMORY;
  dock_instance *made = *out;
  made->fast = made->slow = 0;
  made->fast_share = 2.0 / (1.0 + (double)fast);
  made->slow_share = 2.0 / (1.0 + (double)slow_length);
  if (bad == unset_memory) made->ring_at = made->seen = 0, made->last_open_ms = 0, made->noise = ((const unsigned char *)&made->noise)[1] / 2560.0;
  made->maker = pthread_self();
  made->confidence = config->values[2].f64;
  if (bad == shared_global) made->noise = 0;
  if (bad == nan_in_between && slow_length >= 60 && slow_length <= 90) made->noise = NAN;
  return DOCK_OK;
}

static void destroy(dock_instance *instance) {
  if (bad != leak) free(instance);
}

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->warm_up_candles = warm_up;
  out->window = bad == endless_window ? 200000 : window;
  out->feed_count = 1;
  out->feeds = feeds;
  return DOCK_OK;
}

static int32_t take_in(dock_instance *me, const dock_candles *rows) {
  for (uint32_t i = rows->count - rows->new_count; i < rows->count; ++i) {
    const double close = rows->close[i];
    if (bad == last_row_only && i + 1 < rows->count) continue;
    if (me->last_open_ms != 0 && rows->open_time_ms[i] != me->last_open_ms + rows->interval_ms) {
      if (bad == gap_refused) return DOCK_BAD_INPUT;
      const int one_is_missing = rows->open_time_ms[i] == me->last_open_ms + 2 * rows->interval_ms;
      if (bad == gap_deadlocks && one_is_missing) pthread_mutex_lock(&mutex), pthread_mutex_lock(&mutex);
      while (bad == gap_hangs && one_is_missing) sink = 0;
    }
    me->last_open_ms = rows->open_time_ms[i];
    me->fast = me->seen == 0 ? close : me->fast + me->fast_share * (close - me->fast);
    me->slow = me->seen == 0 ? close : me->slow + me->slow_share * (close - me->slow);
    me->ring[me->ring_at] = close;
    me->ring_at = (me->ring_at + 1) % ring_size;
    ++me->seen;
    if (bad == shared_global) me->slow = shared_average = shared_average * 0.9 + close * 0.1;
    if (bad == needs_quote_volume) me->noise = rows->quote_volume[i] > 1e300;
  }
  return DOCK_OK;
}

/* Mistakes that show in the confidence. */
static double confidence_of(dock_instance *me, const dock_input *input) {
  const dock_candles *rows = input->candles;
  const uint32_t last = rows->count - 1;
  const double close = rows->close[last];
  struct timespec now;
  switch (bad) {
    case nan_confidence: return me->fast > me->slow ? NAN : 0.5;
    case flat_divides: return (close - rows->low[last]) / (rows->high[last] - rows->low[last]) * 0.5;
    case volume_divides: return rows->volume[last] / rows->volume[last] * 0.5;
    case float_overflow: { const volatile float power = (float)(close * close) * (float)(close * close); return power / power * 0.5f; }
    case by_address: return (double)(((uintptr_t)me >> 12) & 0xffff) / 65536;
    case by_clock: clock_gettime(CLOCK_MONOTONIC, &now); return (double)(now.tv_nsec % 1000000) / 1e6;
    case counts_looks: if (rows->new_count == 0) me->noise += 0.001; return 0.5 + fmin(me->noise, 0.4);
    case shared_scratch:
      scratch = 0;
      for (int i = 0; i < 8; ++i) {
        scratch = scratch + close / (close + me->slow) / 8;
        sched_yield();
      }
      return fmin(scratch, 1);
    default: return me->confidence + me->noise;
  }
}

static int32_t misbehave(dock_instance *me, const dock_input *input, dock_buffer *error) {
  const dock_candles *rows = input->candles;
  if (bad == empty_crash) sink = (int)rows->close[rows->count - 1];
  if (bad == one_candle_crash && rows->count > 0) sink = (int)rows->close[rows->count - 2];
  if (bad == needs_feed) sink = input->feeds[0]->text[0][0];
  if (bad == reads_beyond) sink = *(const volatile int *)((const char *)input + sizeof *input);
  if (bad == feed_beyond) sink = *(const volatile int *)((const char *)input->feeds[0] + sizeof *input->feeds[0]);
  if (bad == exact_size && input->struct_size != sizeof *input) return DOCK_BAD_INPUT;
  if (bad == opens_file_in_thread && getpid() != gettid()) sink = open("/dev/null", O_RDONLY);
  if (bad == slow && rows->interval_ms == 60000) burn_ms(120);
  if (bad == keeps_thread && !pthread_equal(pthread_self(), me->maker)) {
    put_text(error, "called from another thread");
    return DOCK_FAILED;
  }
  return DOCK_OK;
}

static int32_t analyze(dock_instance *me, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  const dock_candles *rows = input->candles;
  int32_t status = misbehave(me, input, error);
  if (status == DOCK_OK) status = take_in(me, rows);
  if (status != DOCK_OK || rows->count == 0) return status;
  if (me->seen < (bad == trades_early ? 2 : warm_up)) return DOCK_OK;
  const int newest_is_highest = me->ring[(me->ring_at + ring_size - 1) % ring_size] >= me->ring[me->ring_at];
  int rises = me->fast > me->slow;
  if (bad == looks_ahead) rises = rows->close[rows->count] > rows->close[rows->count - 1];
  decision->action = rises ? DOCK_BUY : DOCK_SELL;
  decision->confidence = confidence_of(me, input);
  decision->set = DOCK_SET_STOP_LOSS | DOCK_SET_SIZE;
  decision->size_fraction = newest_is_highest ? 1 : 0.5;
  decision->stop_loss_fraction = bad == fixed_amount ? 1e-6 / rows->close[rows->count - 1] : 0.02;
  if (bad == fixed_amount && decision->stop_loss_fraction < 1e-9) decision->stop_loss_fraction = 1e-9;
  if (bad == writes_tail && decision->struct_size > sizeof *decision) ((char *)decision)[sizeof *decision] = 1;
  put_text(&decision->reasoning, rises ? "the fast average leads the slow one" : "the fast average lags behind the slow one");
  return DOCK_OK;
}

/* A snapshot: the fields that analyze changes, one after another. */
static int32_t save_field(const dock_writer *writer, const void *field, uint64_t size) {
  for (uint64_t done = 0; done < size;) {
    const int64_t taken = writer->write(writer, (const char *)field + done, size - done);
    if (taken <= 0) return DOCK_FAILED;
    done += (uint64_t)taken;
  }
  return DOCK_OK;
}
static int32_t load_field(const dock_reader *reader, void *field, uint64_t size) {
  for (uint64_t done = 0; done < size;) {
    const int64_t given = reader->read(reader, (char *)field + done, size - done);
    if (given <= 0) return DOCK_BAD_STATE;
    done += (uint64_t)given;
    if (bad == one_read && done < size) return DOCK_BAD_STATE;
  }
  return DOCK_OK;
}

static int32_t save_state(dock_instance *me, const dock_writer *writer, dock_buffer *error) {
  (void)error;
  int32_t status = save_field(writer, &me->fast, sizeof me->fast);
  if (status == DOCK_OK && bad != forgets_field) status = save_field(writer, &me->slow, sizeof me->slow);
  if (status == DOCK_OK) status = save_field(writer, me->ring, sizeof me->ring);
  if (status == DOCK_OK) status = save_field(writer, &me->ring_at, sizeof me->ring_at);
  if (status == DOCK_OK) status = save_field(writer, &me->seen, sizeof me->seen);
  if (status == DOCK_OK) status = save_field(writer, &me->last_open_ms, sizeof me->last_open_ms);
  return status;
}

static int32_t load_state(dock_instance *me, const dock_reader *reader, dock_buffer *error) {
  char rest;
  (void)error;
  int32_t status = load_field(reader, &me->fast, sizeof me->fast);
  if (status != DOCK_OK && bad == takes_empty && me->fast == 0) return DOCK_OK;
  if (status == DOCK_OK && bad != forgets_field) status = load_field(reader, &me->slow, sizeof me->slow);
  if (status == DOCK_OK) status = load_field(reader, me->ring, sizeof me->ring);
  if (status == DOCK_OK) status = load_field(reader, &me->ring_at, sizeof me->ring_at);
  if (status == DOCK_OK && bad != trusts_snapshot && me->ring_at >= ring_size) status = DOCK_BAD_STATE;
  if (status == DOCK_OK) status = load_field(reader, &me->seen, sizeof me->seen);
  if (status != DOCK_OK) return status;
  status = load_field(reader, &me->last_open_ms, sizeof me->last_open_ms);
  if (status != DOCK_OK) return bad == takes_cut ? DOCK_OK : status;
  return reader->read(reader, &rest, 1) == 0 ? DOCK_OK : DOCK_BAD_STATE;
}

static const dock_series fast_line = {.struct_size = sizeof(dock_series), .key = "fast", .name = "Fast", .unit = "", .pane = "price"};
static const dock_series *const lines[] = {&fast_line};
static int32_t describe(dock_instance *me, dock_chart *out, dock_buffer *error) {
  (void)me, (void)error;
  out->series_count = 1;
  out->series = lines;
  return DOCK_OK;
}
static int32_t chart_values(dock_instance *me, double *values, uint32_t count, dock_buffer *error) {
  (void)error;
  if (count > 0) values[0] = me->seen > 0 ? me->fast : NAN;
  if (bad == explain_overruns) values[count] = me->slow;
  if (bad == explain_counts) me->noise = 0.1;
  return DOCK_OK;
}
static int32_t change(dock_instance *me, const dock_config *config, dock_buffer *error) {
  const double confidence = config->values[2].f64;
  if (bad == change_takes_refused) me->confidence = confidence;
  if (confidence == 0) {
    put_text(error, "confidence must stay above 0 while it runs");
    return DOCK_BAD_PARAMETERS;
  }
  if (bad == change_resets) me->fast = me->slow = 0;
  me->confidence = confidence;
  return DOCK_OK;
}
static const dock_explain explain = {.struct_size = sizeof(dock_explain), .describe = describe, .values = chart_values};
static const dock_live_params live_params = {.struct_size = sizeof(dock_live_params), .change = change};
static const void *get_extension(const char *id) {
  if (strcmp(id, DOCK_EXTENSION_EXPLAIN) == 0) return &explain;
  return strcmp(id, DOCK_EXTENSION_PARAMS) == 0 ? &live_params : NULL;
}

static const char *const aliases[] = {"one"}, *const more_aliases[] = {"two"};
#define STRATEGY(strategy_id, alias_list)                                                                                      \
  {.struct_size = sizeof(dock_strategy), .id = strategy_id, .aliases = alias_list, .alias_count = 1, .param_count = 3,         \
   .name = "Averages", .version = "1.0.0", .vendor = "tests", .doc = "In while the fast average leads.", .params = params,    \
   .state_version = 1, .create = create, .destroy = destroy, .requirements = requirements, .analyze = analyze,               \
   .save_state = save_state, .load_state = bad == one_state_function ? NULL : load_state,                               \
   .get_extension = get_extension}
static const dock_strategy strategy = STRATEGY(bad == odd_id ? "Averages" : "test.averages", aliases);
static const dock_strategy second = STRATEGY("test.averages", more_aliases);
static const dock_strategy *const strategies[] = {&strategy, &second};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = bad == future_major ? 2 : DOCK_ABI_MAJOR,
                                     .built_minor = DOCK_ABI_MINOR, .strategy_count = bad == duplicate_id ? 2 : 1,
                                     .strategies = strategies, .build_info = "plain C, for tests"};
const dock_library *stratdock_entry_v1(void) { return &library; }
