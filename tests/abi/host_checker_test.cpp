// The host checker itself: a host that breaks one promise at a time, and what the checker says of it.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/abi/plugin_harness.hpp"

using plugin_harness::Columns;

namespace {

// Everything of the call that a host may get wrong.
struct Call {
  dock_candles candles;
  dock_input input;
  dock_decision decision{};
  dock_feed_data feeds[2] = {};
  const dock_feed_data* given[2] = {&feeds[0], &feeds[1]};
  dock_buffer error{};
  char text[300] = {}, symbol[64] = {}, problem[300] = {};
};

const dock_strategy& checker() { return *plugin_harness::load(std::string(STRATDOCK_TEST_PLUGINS) + "/host_checker.so").strategies[0]; }

Columns market() {
  Columns rows;
  for (int i = 0; i < 60; ++i) rows.push(300'000LL * (i + 1), 100 + i, 103 + i, 99 + i, 101 + i, i);
  return rows;
}

void prepare(Call& call, const Columns& rows, std::uint32_t first, std::uint32_t end, std::uint32_t new_count) {
  call.candles = rows.view(end, new_count);
  call.candles.count -= first;
  for (const double** column : {&call.candles.open, &call.candles.high, &call.candles.low, &call.candles.close, &call.candles.volume}) *column += first;
  call.candles.open_time_ms += first;
  for (std::uint32_t i = 0; i < 2; ++i) {
    call.feeds[i].struct_size = sizeof(dock_feed_data);
    call.feeds[i].kind = i == 0 ? DOCK_FEED_CANDLES : DOCK_FEED_NEWS;
    call.feeds[i].fault = "absent";
  }
  call.input = {sizeof(dock_input), 2, rows.open_time_ms[end - 1] + rows.interval_ms, "BTCUSDT", &call.candles, call.given, 0, 0, 0};
  call.decision.struct_size = sizeof(dock_decision);
  call.decision.reasoning = {call.text, sizeof call.text, 0};
  call.decision.recommended_symbol = {call.symbol, sizeof call.symbol, 0};
  call.error = {call.problem, sizeof call.problem, 0};
}

// A good first call with 40 rows, then one with a fault; what the checker says to the second.
std::string second_call(const Columns& rows, const std::function<void(Call&)>& spoil) {
  plugin_harness::Bot bot(checker());
  REQUIRE(bot.status() == DOCK_OK);
  Call first, second;
  prepare(first, rows, 0, 40, 40);
  REQUIRE(checker().analyze(bot.instance(), &first.input, &first.decision, &first.error) == DOCK_OK);
  prepare(second, rows, 41 - 32, 41, 1);
  spoil(second);
  if (checker().analyze(bot.instance(), &second.input, &second.decision, &second.error) == DOCK_OK) return "";
  return second.problem;
}

}  // namespace

TEST_CASE("the host checker finds each broken promise, and nothing at a host that keeps them") {
  const Columns rows = market();
  CHECK(second_call(rows, [](Call&) {}).empty());
  Columns other = rows;
  other.close[38] += 0.25;
  Columns unsorted = rows;
  std::swap(unsorted.open_time_ms[20], unsorted.open_time_ms[21]);
  const std::vector<std::pair<const char*, std::function<void(Call&)>>> faults = {
      {"decision: not zeroed", [](Call& c) { c.decision.action = DOCK_SELL; }},
      {"decision: not zeroed", [](Call& c) { c.decision.take_profit_fraction = 1; }},
      {"decision: not a fresh buffer", [](Call& c) { c.decision.reasoning.length = 3; }},
      {"decision: struct_size", [](Call& c) { c.decision.struct_size = 0; }},
      {"error: not a fresh buffer", [](Call& c) { c.error.length = 1; }},
      {"input: struct_size", [](Call& c) { c.input.struct_size = 8; }},
      {"input: the symbol changed", [](Call& c) { c.input.symbol = "ETHUSDT"; }},
      {"input: now_ms is not the end", [](Call& c) { c.input.now_ms += 1; }},
      {"input: an entry without a position", [](Call& c) { c.input.entry_price = 5; }},
      {"input: a position without an entry", [](Call& c) { c.input.position_fraction = 0.5; }},
      {"input: position_fraction is not 0..1", [](Call& c) { c.input.position_fraction = 1.5; }},
      {"candles: struct_size", [](Call& c) { c.candles.struct_size = 0; }},
      {"candles: more new rows than rows", [](Call& c) { c.candles.new_count = 33; }},
      {"candles: the interval changed", [](Call& c) { c.candles.interval_ms = 60'000; }},
      {"candles: the rows in front of the new ones are not the window", [](Call& c) { c.candles.new_count = 2; }},
      {"candles: the rows in front of the new ones are not the window", [](Call& c) { c.candles.count -= 1; }},
      {"candles: open times do not ascend", [&](Call& c) { c.candles.open_time_ms = unsorted.open_time_ms.data() + 9; }},
      {"candles: a price is outside", [](Call& c) { c.candles.close = c.candles.high + 5; }},
      {"candles: a volume is not finite", [](Call& c) { static const std::vector<double> none(32, std::nan("")); c.candles.volume = none.data(); }},
      {"candles: a row that was fed before is another one now", [&](Call& c) { c.candles.close = other.close.data() + 9; }},
      {"candles: open times do not ascend", [&](Call& c) {
         // Row 39, which was fed, once more at the end of the window.
         static Columns twice;
         twice = Columns();
         for (std::size_t r = 9; r < 40; ++r) twice.push(rows.open_time_ms[r], rows.open[r], rows.high[r], rows.low[r], rows.close[r], rows.volume[r]);
         twice.push(rows.open_time_ms[39], 140, 142, 138, 140, 1);
         c.candles.open_time_ms = twice.open_time_ms.data();
       }},
      {"feeds: not one for each", [](Call& c) { c.input.feed_count = 1; }},
      {"feeds: not in the order asked", [](Call& c) { std::swap(c.given[0], c.given[1]); }},
      {"feeds: absent without a fault", [](Call& c) { c.feeds[1].fault = nullptr; }},
      {"feeds: more new rows than rows", [](Call& c) { c.feeds[1].new_count = 1; }},
      {"feeds: a row from the future", [](Call& c) {
         static const std::int64_t later[] = {std::numeric_limits<std::int64_t>::max()};
         c.feeds[1].available = 1, c.feeds[1].row_count = 1, c.feeds[1].known_at_ms = later;
       }},
  };
  for (const auto& [promise, spoil] : faults) {
    INFO(promise);
    const std::string said = second_call(rows, spoil);
    CHECK(said.rfind(promise, 0) == 0);
    if (said.rfind(promise, 0) != 0) WARN("it said: " << said);
  }
}

TEST_CASE("the host checker wants the first call to bring every row as new, and values in the order of the schema") {
  const Columns rows = market();
  plugin_harness::Bot bot(checker());
  Call call;
  prepare(call, rows, 0, 40, 39);
  CHECK(checker().analyze(bot.instance(), &call.input, &call.decision, &call.error) == DOCK_BAD_INPUT);
  CHECK(std::string(call.problem) == "candles: the first call does not bring every row as new");

  const auto no_extension = [](const dock_host*, const char*) noexcept -> const void* { return nullptr; };
  const dock_host host{sizeof(dock_host), 0, "test", "0", nullptr, no_extension};
  std::vector<dock_value> values;
  for (std::uint32_t i = 0; i < checker().param_count; ++i) values.push_back(checker().params[i]->default_value);
  const auto create = [&] {
    const dock_config config{sizeof(dock_config), static_cast<std::uint32_t>(values.size()), values.data(), 1};
    dock_instance* made = nullptr;
    dock_buffer error{call.problem, sizeof call.problem, 0};
    std::memset(call.problem, 0, sizeof call.problem);
    if (checker().create(&host, &config, &made, &error) == DOCK_OK) checker().destroy(made);
    return std::string(call.problem);
  };
  CHECK(create().empty());
  std::swap(values[0], values[1]);
  CHECK(create().find("the order is not the schema's") != std::string::npos);
  std::swap(values[0], values[1]);
  values[4].i64 = 2;
  CHECK(create() == "config: a choice's index and text are not the same choice");
}
