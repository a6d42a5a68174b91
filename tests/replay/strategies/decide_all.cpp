// decide_all PLUGIN: every decision of a library's first strategy, for tests. Flat, feeds absent, one instance anchored at
// the first row, a candle at a time. stdin: rows of six doubles (open time, open, high, low, close, volume).
// stdout: rows of five doubles (action, confidence, size, stop-loss, take-profit; NaN where not set).
#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

#include "tests/abi/plugin_harness.hpp"

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: decide_all PLUGIN < candles\n");
    return 2;
  }
  const dock_strategy& strategy = *plugin_harness::load(argv[1]).strategies[0];
  plugin_harness::Columns rows;
  double row[6];
  while (std::fread(row, sizeof row, 1, stdin) == 1) {
    rows.push(static_cast<std::int64_t>(row[0]), row[1], row[2], row[3], row[4], row[5]);
  }
  plugin_harness::Bot bot(strategy);
  std::vector<double> out;
  for (std::uint32_t count = 1; count <= rows.size(); ++count) {
    const plugin_harness::Answer answer = bot.analyze(rows, count, 1, 0);
    if (answer.status != DOCK_OK) {
      std::fprintf(stderr, "decide_all: row %u: %s\n", count, answer.error.c_str());
      return 1;
    }
    const dock_decision& decision = answer.decision;
    const auto value = [&](std::uint32_t bit, double fraction) { return decision.set & bit ? fraction : std::nan(""); };
    for (const double number : {static_cast<double>(decision.action), decision.confidence,
                                value(DOCK_SET_SIZE, decision.size_fraction),
                                value(DOCK_SET_STOP_LOSS, decision.stop_loss_fraction),
                                value(DOCK_SET_TAKE_PROFIT, decision.take_profit_fraction)}) {
      out.push_back(number);
    }
  }
  return std::fwrite(out.data(), sizeof(double), out.size(), stdout) == out.size() ? 0 : 1;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "decide_all: %s\n", problem.what());
  return 1;
}
