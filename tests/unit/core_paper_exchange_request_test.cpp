// What the paper exchange does on request and no candle brings: fills in parts, a match that is prevented, an execution at
// an order's own price, other fees. Figures worked out by hand; commission is 0.1 %.
#include "tests/unit/core_random_trader.hpp"

using namespace stratdock;
using namespace stratdock::paper_test;

namespace {

PaperSettings at_once() {
  PaperSettings settings;
  settings.fill_at_once = true;
  return settings;
}

} // namespace

TEST_CASE("an order may fill in parts, and the parts add up") {
  Bench bench(at_once());
  bench.exchange.set_fill_parts(3);
  const Order order = bench.place(request(Side::buy, OrderType::market, "1"));
  CHECK(order.status == OrderStatus::filled);
  CHECK(order.executed_quantity == d("1"));
  CHECK(order.executed_quote_quantity == d("100"));
  const Fills fills = bench.fills();
  REQUIRE(fills.size() == 3);
  CHECK(bench.free("USDT") == "900");
  CHECK(bench.locked("USDT") == "0");
}

TEST_CASE("there are no more parts than LOT_SIZE allows") {
  Bench bench(at_once());
  bench.exchange.set_fill_parts(1000);
  const Decimal step = bench.exchange.find_symbol("BTCUSDT")->lot.step;
  REQUIRE(step.is_positive());
  OrderRequest small = request(Side::buy, OrderType::market, "1");
  small.quantity = step + step + step;
  while (multiply(small.quantity, d("100"), Rounding::down) < minimum_notional(*bench.exchange.find_symbol("BTCUSDT"), true))
    small.quantity += step;
  const Order order = bench.place(small);
  CHECK(order.status == OrderStatus::filled);
  const Decimal parts = divide(small.quantity, step, Rounding::down);
  CHECK(Decimal::from_integer(static_cast<int64_t>(bench.fills().size())) == std::min(parts, d("1000")));
}

TEST_CASE("only orders placed afterwards fill in parts") {
  Bench bench(at_once());
  bench.place(request(Side::buy, OrderType::limit, "1", "95"));
  bench.exchange.set_fill_parts(4);
  bench.candle(100, 90, 100, 100);
  CHECK(bench.fills() == Fills{"BUY 1 @ 95 -0.001 BTC maker"});
}

TEST_CASE("a prevented match ends the order and gives its money back") {
  Bench bench(at_once());
  bench.exchange.prevent_next_match();
  const Order order = bench.place(request(Side::buy, OrderType::market, "2"));
  CHECK(order.status == OrderStatus::expired_in_match);
  CHECK(is_terminal(order.status));
  CHECK(text(order.status) == "EXPIRED_IN_MATCH");
  CHECK(bench.fills().empty());
  CHECK(bench.free("USDT") == "1000");
  CHECK(bench.exchange.is_idle("BTCUSDT"));
  CHECK(bench.place(request(Side::buy, OrderType::market, "2")).status == OrderStatus::filled);
}

TEST_CASE("an order on the book executes at its own price on request, whole or in part") {
  Bench bench(at_once());
  const Order order = bench.place(request(Side::buy, OrderType::limit, "2", "95"));
  Result<Order> executed = bench.exchange.execute_resting("BTCUSDT", order.order_id, d("0.5"));
  REQUIRE(executed);
  CHECK(executed->status == OrderStatus::partially_filled);
  CHECK(bench.fills() == Fills{"BUY 0.5 @ 95 -0.0005 BTC maker"});
  CHECK(bench.locked("USDT") == "142.5");
  const auto refused = bench.exchange.execute_resting("BTCUSDT", order.order_id, d("1.6"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == -1013);
  executed = bench.exchange.execute_resting("BTCUSDT", order.order_id, Decimal());
  REQUIRE(executed);
  CHECK(executed->status == OrderStatus::filled);
  CHECK(bench.fills() == Fills{"BUY 1.5 @ 95 -0.0015 BTC maker"});
  CHECK(bench.free("USDT") == "810");
  CHECK(bench.exchange.execute_resting("BTCUSDT", order.order_id, Decimal()).error().code == -2011);
}

TEST_CASE("an order that waits for its trigger is not on the book") {
  Bench bench(at_once());
  bench.place(request(Side::buy, OrderType::market, "1"));
  const Order stop = bench.place(request(Side::sell, OrderType::stop_loss_limit, "0.5", "89", "90", TimeInForce::gtc));
  const auto refused = bench.exchange.execute_resting("BTCUSDT", stop.order_id, Decimal());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == -2011);
  CHECK(bench.exchange.execute_resting("BTCEUR", 1, Decimal()).error().code == -1121);
}

TEST_CASE("fees may change while orders rest") {
  Bench bench(at_once());
  bench.place(request(Side::buy, OrderType::limit, "1", "95"));
  PaperFees fees;
  fees.maker = d("0.01");
  bench.exchange.set_fees(fees);
  bench.candle(100, 90, 100, 100);
  CHECK(bench.fills() == Fills{"BUY 1 @ 95 -0.01 BTC maker"});
}
