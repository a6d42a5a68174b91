/* Whether strategy_name does what it says, on candles made for it. `stratdock strategy validate` looks for the rest. */
#include "../strategy_name.c"

#include <stdio.h>

enum { rows = 100 };

/* The advice after 50 candles at 100 and 50 that change by `step` each. */
static int32_t advice(double step) {
  static int64_t open_time_ms[rows];
  static double price[rows], volume[rows];
  for (int row = 0; row < rows; ++row) {
    open_time_ms[row] = row * INT64_C(300000);
    price[row] = row < 50 ? 100 : price[row - 1] * (1 + step);
    volume[row] = 1;
  }
  const dock_candles candles = {.struct_size = sizeof candles, .count = rows, .new_count = rows, .interval_ms = 300000,
                                .open_time_ms = open_time_ms, .open = price, .high = price, .low = price, .close = price, .volume = volume};
  const dock_value values[] = {fast_param.default_value, slow_param.default_value, stop_loss_param.default_value};
  const dock_config config = {.struct_size = sizeof config, .value_count = 3, .values = values};
  const dock_input input = {.struct_size = sizeof input, .symbol = "BTCUSDT", .candles = &candles};
  dock_decision decision = {.struct_size = sizeof decision};
  dock_buffer error = {0};
  dock_instance *instance = NULL;
  const dock_strategy *it = stratdock_entry_v1()->strategies[0];
  if (it->create(NULL, &config, &instance, &error) != DOCK_OK || it->analyze(instance, &input, &decision, &error) != DOCK_OK) return -1;
  it->destroy(instance);
  return decision.action;
}

int main(void) {
  int faults = 0;
  if (advice(0.002) != DOCK_BUY) ++faults, puts("not so: it buys in a rise");
  if (advice(-0.002) != DOCK_HOLD) ++faults, puts("not so: it does not buy in a fall");
  if (faults == 0) puts("strategy_name does what it says");
  return faults == 0 ? 0 : 1;
}
