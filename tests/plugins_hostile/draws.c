/* A strategy that draws: how many candles it saw and the sum of their closes, or, as its parameter says, something terrible. */
#include "test_plugin.h"

#include <math.h>
#include <stratdock/strategy_extensions.h>

enum behaviour {
  draws, crashes_describing, crashes_giving_values, loops_describing, loops_giving_values, counts_without_end, names_no_pane, names_a_series_twice,
  gives_no_numbers, gives_bad_texts, gives_null_parts, refuses_to_describe, refuses_values, has_no_extension, writes_past_its_room, loops_taking_in
};

struct dock_instance {
  int64_t behaviour;
  double count, sum;
};

INTEGER_PARAM(behaviour_param, "behaviour", 0, 0, 100);
static const dock_param *const params[] = {&behaviour_param};

static volatile int sink;
static void crash(void) { *(volatile int *)(intptr_t)sink = 1; }
static void loop(void) {
  for (;;) ++sink;
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host, (void)error;
  *out = calloc(1, sizeof(struct dock_instance));
  (*out)->behaviour = config->values[0].i64;
  return DOCK_OK;
}
static void destroy(dock_instance *instance) { free(instance); }
static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->window = 1;
  return DOCK_OK;
}
/* Its decisions fail: what it draws must not depend on that. */
static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  (void)decision;
  if (instance->behaviour == loops_taking_in) loop();
  const dock_candles *candles = input->candles;
  for (uint32_t i = candles->count - candles->new_count; i < candles->count; ++i) ++instance->count, instance->sum += candles->close[i];
  put_text(error, "it never decides");
  return DOCK_FAILED;
}

#define SERIES(series_key, series_name, series_pane)                                                                   \
  {.struct_size = sizeof(dock_series), .style = DOCK_STYLE_LINE, .key = series_key, .name = series_name, .unit = "", .pane = series_pane}
static const dock_pane counts_pane = {.struct_size = sizeof(dock_pane), .key = "counts", .name = "Counts"};
static const dock_pane odd_pane = {.struct_size = sizeof(dock_pane), .key = "counts", .name = "A\x01" "B\xff", .min = 5, .max = -5};
static const dock_series count_series = SERIES("count", "Count", "counts"), sum_series = SERIES("sum", "Sum", "price"),
                         lost_series = SERIES("lost", "Lost", "nowhere"),
                         odd_series = SERIES("odd", "\xc3\x28<b>\n&", "counts");
static const dock_level level = {.struct_size = sizeof(dock_level), .style = DOCK_STYLE_DASHED, .pane = "counts", .name = "ten", .value = 10};
static const dock_level odd_level = {.struct_size = sizeof(dock_level), .style = 77, .pane = "counts", .name = "nothing", .value = NAN};
static const dock_pane *const panes[] = {&counts_pane}, *const odd_panes[] = {&odd_pane};
static const dock_series *const series[] = {&count_series, &sum_series}, *const lost[] = {&count_series, &lost_series},
                         *const twice[] = {&count_series, &count_series}, *const odd[] = {&count_series, &odd_series}, *const nulls[] = {&count_series, NULL};
static const dock_level *const levels[] = {&level}, *const odd_levels[] = {&odd_level};

static int32_t describe(dock_instance *instance, dock_chart *out, dock_buffer *error) {
  if (instance->behaviour == crashes_describing) crash();
  if (instance->behaviour == loops_describing) loop();
  if (instance->behaviour == refuses_to_describe) return put_text(error, "it is shy"), DOCK_FAILED;
  *out = (dock_chart){.struct_size = out->struct_size, .pane_count = 1, .series_count = 2, .level_count = 1, .panes = panes, .series = series, .levels = levels};
  switch (instance->behaviour) {
    case counts_without_end: {
      static const dock_series *many[1000];
      for (int i = 0; i < 1000; ++i) many[i] = &count_series;
      out->series = many;
      out->series_count = UINT32_MAX;
      break;
    }
    case names_no_pane: out->series = lost; break;
    case names_a_series_twice: out->series = twice; break;
    case gives_bad_texts: out->panes = odd_panes, out->series = odd, out->levels = odd_levels; break;
    case gives_null_parts: out->series = nulls; break;
    default: break;
  }
  return DOCK_OK;
}

static int32_t values(dock_instance *instance, double *out, uint32_t count, dock_buffer *error) {
  (void)error;
  if (instance->behaviour == crashes_giving_values && instance->count > 5) crash();
  if (instance->behaviour == loops_giving_values) loop();
  if (instance->behaviour == refuses_values) return DOCK_FAILED;
  if (instance->behaviour == writes_past_its_room)
    for (uint32_t i = 0; i < 1u << 20; ++i) out[i] = i;
  if (count < 2) return DOCK_FAILED;
  out[0] = instance->behaviour == gives_no_numbers ? INFINITY : instance->count;
  out[1] = instance->behaviour == gives_no_numbers ? NAN : instance->sum;
  return DOCK_OK;
}

static const dock_explain explain = {.struct_size = sizeof(dock_explain), .describe = describe, .values = values};
static const void *get_extension(const char *id) { return strcmp(id, DOCK_EXTENSION_EXPLAIN) == 0 ? &explain : NULL; }

static const char *const aliases[] = {ALIAS}, *const other_aliases[] = {"draws_nothing"};
#define STRATEGY(strategy_id, alias_list, extension)                                                                   \
  {.struct_size = sizeof(dock_strategy), .id = strategy_id, .aliases = alias_list, .alias_count = 1, .param_count = 1, \
   .name = "Draws", .version = VERSION, .vendor = "tests", .doc = "For tests.", .params = params, .create = create,    \
   .destroy = destroy, .requirements = requirements, .analyze = analyze, .get_extension = extension}
static const dock_strategy strategy = STRATEGY(ID, aliases, get_extension), other = STRATEGY("test.draws_nothing", other_aliases, NULL);
static const dock_strategy *const strategies[] = {&strategy, &other};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = ABI_MAJOR, .min_host_minor = MIN_HOST_MINOR,
                                     .strategy_count = 2, .strategies = strategies, .build_info = "test"};
DOCK_EXPORT const dock_library *stratdock_entry_v1(void) { return &library; }
