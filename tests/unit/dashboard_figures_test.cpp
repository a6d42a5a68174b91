#include <catch2/catch.hpp>

#include "dashboard/figures.hpp"

using namespace stratdock;
using namespace stratdock::dashboard;

namespace {

Decimal dec(const char* text) { return *Decimal::parse(text); }

store::BotRow flat_bot() {
  store::BotRow row;
  row.id = 1;
  row.allotted = row.cash = dec("100");
  row.state = "running";
  return row;
}

}  // namespace

TEST_CASE("a flat bot's equity is its cash, whatever the price") {
  const PnlHistory history;
  auto row = flat_bot();
  row.cash = dec("112.5");
  row.realised = dec("12.5");
  const auto figures = compute_figures({row, std::nullopt, dec("0.001"), day_ms}, history);
  CHECK_FALSE(figures.open);
  CHECK(figures.equity == dec("112.5"));
  CHECK(figures.net_pnl == dec("12.5"));
  CHECK(figures.unrealised == dec("0"));
  CHECK(figures.net_pnl_fraction.value() == Approx(0.125));
  CHECK_FALSE(figures.at_stop);
  CHECK_FALSE(figures.unrealised_fraction);
}

TEST_CASE("what is not known stays unknown") {
  auto row = flat_bot();
  row.quantity = dec("0.5");
  row.entry_ms = 1;
  const auto figures = compute_figures({row, std::nullopt, dec("0.001"), day_ms}, {});
  CHECK(figures.open);
  CHECK_FALSE(figures.equity);
  CHECK_FALSE(figures.net_pnl);
  CHECK_FALSE(figures.today);
  row.allotted = {};
  CHECK_FALSE(compute_figures({row, dec("10"), dec("0.001"), day_ms}, {}).net_pnl_fraction);
}

TEST_CASE("profit and unrealised always add up to net P&L") {
  auto row = flat_bot();
  row.quantity = dec("0.30000001");
  row.cash = dec("9.99999999");
  row.entry_ms = 1;
  row.cost = dec("90.0000001");
  row.realised = dec("3.33333333");
  const auto figures = compute_figures({row, dec("299.99"), dec("0.001"), day_ms}, {});
  CHECK(*figures.unrealised + row.realised == *figures.net_pnl);
  CHECK(*figures.net_pnl + row.allotted == *figures.equity);
}

TEST_CASE("the result at the stop is positive once the stop is above the entry") {
  auto row = flat_bot();
  row.quantity = dec("2");
  row.cost = dec("100.1");
  row.entry_ms = 1;
  row.stop_price = dec("49");
  row.take_profit_price = dec("60");
  auto figures = compute_figures({row, dec("50"), dec("0.001"), day_ms}, {});
  CHECK(figures.at_stop == dec("-2.198"));  // 98 x 0.999 = 97.902; - 100.1
  CHECK(figures.at_take == dec("19.78"));   // 120 x 0.999 = 119.88; - 100.1
  row.stop_price = dec("55");
  figures = compute_figures({row, dec("58"), dec("0.001"), day_ms}, {});
  CHECK(figures.at_stop->is_positive());
}

TEST_CASE("drawdown is measured from the peak of P and money moved is none") {
  PnlHistory history;
  CHECK_FALSE(history.max_drawdown());
  history.add(1'000, dec("100"), dec("100"));
  CHECK(history.max_drawdown() == Approx(0.0));
  history.add(2'000, dec("120"), dec("100"));  // P 20, the peak
  history.add(3'000, dec("114"), dec("100"));  // P 14: -6 / 120
  CHECK(history.max_drawdown().value() == Approx(-0.05));
  history.add(4'000, dec("64"), dec("50"));    // 50 released: P still 14, base 70
  CHECK(history.max_drawdown().value() == Approx(-6.0 / 70));
  history.add(5'000, dec("75"), dec("50"));    // P 25, a new peak
  CHECK(history.drawdown(dec("25"), dec("50")).value() == Approx(0.0));
  CHECK(history.max_drawdown().value() == Approx(-6.0 / 70));
  CHECK(history.drawdown(dec("20"), dec("50")).value() == Approx(-5.0 / 75));
}

TEST_CASE("a loss from the start is a drawdown from zero") {
  PnlHistory history;
  history.add(1'000, dec("90"), dec("100"));
  CHECK(history.max_drawdown().value() == Approx(-0.1));
}

TEST_CASE("today is what was won since midnight") {
  PnlHistory history;
  history.add(day_ms - 1'000, dec("110"), dec("100"));  // yesterday: P 10
  history.add(day_ms + 1'000, dec("113"), dec("100"));
  auto row = flat_bot();
  row.cash = dec("115");
  row.realised = dec("15");
  auto figures = compute_figures({row, std::nullopt, dec("0.001"), day_ms + 5'000}, history);
  CHECK(figures.today == dec("5"));
  CHECK(figures.today_fraction.value() == Approx(5.0 / 110));
  // The next day starts at the last P known before it.
  figures = compute_figures({row, std::nullopt, dec("0.001"), 2 * day_ms + 1}, history);
  CHECK(figures.today == dec("2"));
  // Money allotted since midnight is no profit, and counts in the divisor.
  row.allotted = dec("150");
  row.cash = dec("165");
  figures = compute_figures({row, std::nullopt, dec("0.001"), day_ms + 5'000}, history);
  CHECK(figures.today == dec("5"));
  CHECK(figures.today_fraction.value() == Approx(5.0 / 160));
  // A bot younger than today started from nothing.
  PnlHistory young;
  young.add(day_ms + 10, dec("101"), dec("100"));
  auto fresh = flat_bot();
  fresh.cash = dec("101");
  figures = compute_figures({fresh, std::nullopt, dec("0.001"), day_ms + 20}, young);
  CHECK(figures.today == dec("1"));
  CHECK(figures.today_fraction.value() == Approx(0.01));
}

TEST_CASE("a total says what it does not know") {
  const PnlHistory history;
  auto row = flat_bot();
  auto figures = compute_figures({row, std::nullopt, dec("0.001"), day_ms}, history);
  Total total;
  total.add(row, figures, history, day_ms);
  CHECK(total.today_complete);
  CHECK(total.equity == dec("100"));
  figures.today.reset();  // its past is not read yet
  total.add(row, figures, history, day_ms);
  CHECK(total.complete);
  CHECK_FALSE(total.today_complete);
  CHECK(total.equity == dec("200"));
  row.quantity = dec("1");
  row.entry_ms = 1;
  total.add(row, compute_figures({row, std::nullopt, dec("0.001"), day_ms}, history), history, day_ms);
  CHECK_FALSE(total.complete);
  CHECK(total.open_positions == 1);
  CHECK(total.unprotected == 1);
}

TEST_CASE("win rate and profit factor") {
  TradeSums sums;
  CHECK_FALSE(win_rate(sums));
  CHECK_FALSE(profit_factor(sums));
  for (const char* profit : {"10", "-4", "0", "2"}) {
    store::TradeRow trade;
    trade.id = sums.count + 5;
    trade.profit = dec(profit);
    trade.cost = dec("100") + Decimal::from_integer(sums.count);
    trade.fees = dec("0.1");
    sums.add(trade);
  }
  CHECK(win_rate(sums).value() == Approx(0.5));  // a trade of exactly zero is no win
  CHECK(profit_factor(sums).value() == Approx(3.0));
  CHECK(sums.losses == 1);
  CHECK(sums.fees == dec("0.4"));
  CHECK(sums.first_cost == dec("100"));
}

TEST_CASE("the preview of a close names what is sold and what is left") {
  auto row = flat_bot();
  const store::SymbolRow symbol{"BTCUSDT", "BTC", "USDT", "TRADING", dec("0.01"), dec("0.001"), dec("5")};
  CHECK_FALSE(preview_close({row, dec("100"), dec("0.001"), 0}, symbol).possible);
  row.quantity = dec("1.0005");
  row.entry_ms = 1;
  row.cost = dec("100.05");
  auto preview = preview_close({row, dec("110"), dec("0.001"), 0}, symbol);
  CHECK(preview.possible);
  CHECK(preview.quantity == dec("1"));
  CHECK(preview.dust == dec("0.0005"));
  CHECK(preview.value == dec("110"));
  CHECK(preview.fee == dec("0.11"));
  CHECK(preview.result == dec("9.89"));  // 110 - 0.11 - 100; the dust keeps 0.05 of the cost
  row.quantity = dec("0.04");
  preview = preview_close({row, dec("110"), dec("0.001"), 0}, symbol);
  CHECK_FALSE(preview.possible);  // 4.4 USDT
  CHECK(preview.text.find("5 USDT") != std::string::npos);
  row.quantity = dec("0.0004");
  CHECK_FALSE(preview_close({row, dec("110"), dec("0.001"), 0}, symbol).possible);
}

TEST_CASE("a spark has at most sixty points and ends with the newest") {
  PnlHistory history;
  for (int i = 1; i <= 10'000; ++i) history.add(i, Decimal::from_integer(100 + i), dec("100"));
  const auto spark = history.spark();
  CHECK(spark.size() <= 60);
  CHECK(spark.size() >= 30);
  CHECK(spark.back() == 10'000);
  CHECK(std::is_sorted(spark.begin(), spark.end()));
}
