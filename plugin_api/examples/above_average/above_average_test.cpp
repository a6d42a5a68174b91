// Tests of the strategy beside this, without a test framework: the process fails when one of them does.
#include "above_average.cpp"

#include <stratdock/testing.hpp>

#include <cstdio>

using namespace stratdock::testing;

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  std::printf("%s: %s\n", holds ? "ok" : "FAILED", what);
  if (!holds) ++failures;
}

void buys_when_the_price_rises() {
  const Candles market = Candles(100).random_walk(60, 7, 0.002).trend(5, 0.004);
  Bot bot(strategy<AboveAverage>());
  const auto answers = bot.run(market);
  check(answers.back().action == DOCK_BUY && answers.back().stop_loss == 0.03, "a rise is bought, with the stop-loss of the settings");
  for (std::uint32_t i = 0; i + 1 < bot.warm_up(); ++i) check(answers[i].action == DOCK_HOLD, "nothing but HOLD below the warm-up");
}

void sells_what_it_holds_when_the_price_falls() {
  Candles market = Candles(100).random_walk(60, 7, 0.002);
  Bot bot(strategy<AboveAverage>(), {{"length", 10}, {"stop_loss", 1.5}});
  bot.run(market);
  bot.hold(market.close(59), market.end_ms(59));
  check(bot.run(market.trend(10, -0.004)).back().action == DOCK_SELL, "a fall is sold");
}

void survives_a_gap() {
  const Candles market = Candles(100).flat(40).gap(288).jump(0.5).random_walk(40, 1);
  for (const Answer& answer : Bot(strategy<AboveAverage>()).run(market)) check(answer.status == DOCK_OK && answer.confidence <= 1, "sane advice around a gap");
}

void reads_recorded_candles() {
  const Candles market = Candles::from_csv("open_time,open,high,low,close,volume\n1700000100000,100,101,99,100.5,12\n1700000400000,100.5,102,100,101,9\n");
  check(market.size() == 2 && Bot(strategy<AboveAverage>()).run(market).size() == 2, "a kline file's rows are fed");
}

// Written by STRATDOCK_WRITE_GOLDEN=1 and looked through once; afterwards no decision changes unseen.
void decides_as_before() {
  const Candles market = Candles(100).random_walk(300, 7);
  const std::string difference = compare_with_golden(GOLDEN_FOLDER "/above_average.csv", market, Bot(strategy<AboveAverage>()).run(market));
  check(difference.empty(), "golden decisions");
  std::fputs(difference.c_str(), stdout);
}

}  // namespace

int main() {
  buys_when_the_price_rises();
  sells_what_it_holds_when_the_price_falls();
  survives_a_gap();
  reads_recorded_candles();
  decides_as_before();
  return failures == 0 ? 0 : 1;
}
