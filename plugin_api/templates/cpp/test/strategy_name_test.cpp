// Whether strategy_name does what it says, on candles made for it. `stratdock strategy validate` looks for the rest.
#include <cstdio>

#include <stratdock/testing.hpp>

#include "../strategy_name.cpp"

using namespace stratdock::testing;

namespace {

int faults = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  ++faults;
}

}  // namespace

int main() {
  const Candles rise = Candles(100).flat(50).trend(50, 0.002);
  expect(Bot(strategy<StrategyName>()).run(rise).back().action == DOCK_BUY, "it buys in a rise");
  const Candles fall = Candles(100).flat(50).trend(50, -0.002);
  expect(Bot(strategy<StrategyName>()).run(fall).back().action == DOCK_HOLD, "it does not buy in a fall");
  expect(Bot(strategy<StrategyName>()).run(Candles(100).flat(5)).back().action == DOCK_HOLD, "it holds while it warms up");
  bool refused = false;
  try {
    Bot(strategy<StrategyName>(), {{"fast", 30}, {"slow", 20}});
  } catch (const std::exception&) {
    refused = true;
  }
  expect(refused, "fast above slow is refused");
  if (faults == 0) std::puts("strategy_name does what it says");
  return faults == 0 ? 0 : 1;
}
