/* loader LIBRARY STRATEGY CANDLES: a host as of ABI 1.0, small and whole: loads a library, feeds it a kline CSV a candle at
 * a time with default parameters, seed 1, flat, feeds absent, and prints its decisions:
 * open_time,action,confidence,size_fraction,stop_loss,take_profit,reasons. Knows nothing but the frozen header beside it.
 * Every struct it hands out ends at a guarded edge as 1.0 has it: a library that writes behind it is caught. Never changed. */
#include <stratdock/strategy_abi.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 100000
#define GUARD 0xA5

static int64_t times[MAX_ROWS];
static double open_[MAX_ROWS], high[MAX_ROWS], low[MAX_ROWS], close_[MAX_ROWS], volume[MAX_ROWS];
static double quote_volume[MAX_ROWS], taker_buy_volume[MAX_ROWS], trade_count[MAX_ROWS];

static int fail(const char *what, const char *why) {
  fprintf(stderr, "loader 1.0: %s: %s\n", what, why);
  return 1;
}

static uint32_t read_candles(const char *path) {
  char line[512];
  uint32_t rows = 0;
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  while (rows < MAX_ROWS && fgets(line, sizeof line, file) != NULL) {
    char *at = line;
    double cells[11] = {0};
    times[rows] = strtoll(at, &at, 10);
    for (int i = 1; i < 11 && *at == ','; ++i) cells[i] = strtod(at + 1, &at);
    open_[rows] = cells[1], high[rows] = cells[2], low[rows] = cells[3], close_[rows] = cells[4], volume[rows] = cells[5];
    quote_volume[rows] = cells[7], trade_count[rows] = cells[8], taker_buy_volume[rows] = cells[9];
    ++rows;
  }
  fclose(file);
  return rows;
}

static const void *no_extension(const dock_host *host, const char *id) {
  (void)host, (void)id;
  return NULL;
}

/* Memory for a struct of `size` bytes with a guard behind it. */
typedef struct guarded {
  unsigned char bytes[256];
} guarded;
static void *fresh(guarded *memory, size_t size) {
  memset(memory->bytes, GUARD, sizeof memory->bytes);
  memset(memory->bytes, 0, size);
  const uint32_t struct_size = (uint32_t)size;
  memcpy(memory->bytes, &struct_size, sizeof struct_size);
  return memory->bytes;
}
static int crossed(const guarded *memory, size_t size) {
  for (size_t i = size; i < sizeof memory->bytes; ++i)
    if (memory->bytes[i] != GUARD) return 1;
  return 0;
}

typedef struct bot {
  const dock_strategy *strategy;
  dock_instance *instance;
  dock_host host;
  uint32_t window, feed_count;
  dock_feed_data absent[32];
  const dock_feed_data *feeds[32];
} bot;

static int begin(bot *made) {
  static dock_value values[256];
  static char text[1024];
  dock_buffer error = {text, sizeof text - 1, 0};
  guarded memory;
  const dock_strategy *strategy = made->strategy;
  if (strategy->param_count > 256) return fail(strategy->id, "more than 256 parameters");
  for (uint32_t i = 0; i < strategy->param_count; ++i) {
    values[i] = strategy->params[i]->default_value;
    if (values[i].type == DOCK_TYPE_CHOICE) values[i].text = strategy->params[i]->choices[values[i].i64];
  }
  const dock_config config = {sizeof config, strategy->param_count, values, 1};
  made->host = (dock_host){sizeof(dock_host), 0, "loader 1.0", "1.0", NULL, no_extension};
  if (strategy->create(&made->host, &config, &made->instance, &error) != DOCK_OK) return fail("create", text);
  dock_requirements *needs = fresh(&memory, sizeof *needs);
  if (strategy->requirements(made->instance, needs, &error) != DOCK_OK) return fail("requirements", text);
  if (crossed(&memory, sizeof *needs)) return fail("requirements", "wrote behind the struct of 1.0");
  made->window = needs->window > needs->warm_up_candles ? needs->window : needs->warm_up_candles;
  if (made->window == 0) made->window = 1;
  made->feed_count = needs->feed_count;
  if (made->feed_count > 32) return fail("requirements", "more than 32 feeds");
  for (uint32_t i = 0; i < made->feed_count; ++i) {
    made->absent[i] = (dock_feed_data){.struct_size = sizeof(dock_feed_data), .kind = needs->feeds[i]->kind, .fault = "absent"};
    made->feeds[i] = &made->absent[i];
  }
  return 0;
}

static int decide(bot *asked, uint32_t row) {
  static const char *const actions[] = {"HOLD", "BUY", "SELL"};
  static char text[4097], symbol[65], problem[1025];
  const uint32_t first = row + 1 > asked->window ? row + 1 - asked->window : 0;
  const dock_candles candles = {sizeof candles, row + 1 - first, 1, 0, 300000, times + first, open_ + first, high + first, low + first,
                                close_ + first, volume + first, quote_volume + first, taker_buy_volume + first, trade_count + first};
  const dock_input input = {sizeof input, asked->feed_count, times[row] + 300000, "BTCUSDT", &candles,
                            asked->feed_count > 0 ? asked->feeds : NULL, 0, 0, 0};
  guarded memory;
  dock_buffer error = {problem, sizeof problem - 1, 0};
  dock_decision *decision = fresh(&memory, sizeof *decision);
  memset(text, 0, sizeof text);
  decision->reasoning = (dock_buffer){text, sizeof text - 1, 0};
  decision->recommended_symbol = (dock_buffer){symbol, sizeof symbol - 1, 0};
  if (asked->strategy->analyze(asked->instance, &input, decision, &error) != DOCK_OK) return fail("analyze", problem);
  if (crossed(&memory, sizeof *decision)) return fail("analyze", "wrote behind the struct of 1.0");
  if (decision->action < DOCK_HOLD || decision->action > DOCK_SELL) return fail("analyze", "an action that 1.0 does not know");
  printf("%lld,%s,%.17g,%.17g,", (long long)times[row], actions[decision->action], decision->confidence,
         decision->set & DOCK_SET_SIZE ? decision->size_fraction : 1.0);
  if (decision->set & DOCK_SET_STOP_LOSS) printf("%.17g", decision->stop_loss_fraction);
  printf(",");
  if (decision->set & DOCK_SET_TAKE_PROFIT) printf("%.17g", decision->take_profit_fraction);
  text[decision->reasoning.length < sizeof text ? decision->reasoning.length : sizeof text - 1] = 0;
  printf(",%s\n", text);
  return 0;
}

int main(int argc, char **argv) {
  static bot asked;
  if (argc != 4) return fail("usage", "loader LIBRARY STRATEGY CANDLES");
  const uint32_t rows = read_candles(argv[3]);
  if (rows == 0) return fail(argv[3], "no candles");
  void *handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return fail(argv[1], dlerror());
  dock_entry_function entry = NULL;
  void *found = dlsym(handle, DOCK_ENTRY_NAME);
  memcpy(&entry, &found, sizeof entry);
  if (entry == NULL) return fail(argv[1], "not a plugin");
  const dock_library *library = entry();
  if (library->abi_major != DOCK_ABI_MAJOR || library->min_host_minor > DOCK_ABI_MINOR) return fail(argv[1], "needs a newer host");
  for (uint32_t i = 0; i < library->strategy_count; ++i)
    if (strcmp(library->strategies[i]->id, argv[2]) == 0) asked.strategy = library->strategies[i];
  if (asked.strategy == NULL) return fail(argv[2], "the library has no such strategy");
  if (begin(&asked) != 0) return 1;
  for (uint32_t row = 0; row < rows; ++row)
    if (decide(&asked, row) != 0) return 1;
  asked.strategy->destroy(asked.instance);
  return 0;
}
