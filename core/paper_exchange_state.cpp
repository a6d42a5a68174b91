// The paper exchange written down and read back. What State's plain fields do not say goes into `details`, as JSON:
// {"markets": {"BTCUSDT": {"in_candle", "volume_left", "recent": [[open_time_ms, volume, quote_volume]],
//    "price" (while a candle is moved by hand)}},
//  "orders": {"17": [locked, waits_for_open, triggered, rested, best (of a trailing order)]}, "lists": [{...}]}.
// Doubles are written so that they read back to the same bits; decimals as text.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/paper_exchange_impl.hpp"

namespace stratdock {

namespace {

using nlohmann::json;

// Thrown inside restore() alone, and caught there.
struct BadState {
  std::string what;
};

Decimal decimal(const json& value) {
  const Result<Decimal> parsed = Decimal::parse(value.get<std::string>());
  if (!parsed) throw BadState{parsed.error().message};
  return *parsed;
}

json list_json(const paper::OrderList& list, const std::string& symbol) {
  return {{"id", list.list_id},           {"kind", static_cast<int>(list.kind)},
          {"client_id", list.client_id},  {"symbol", symbol},
          {"working", list.working_id},   {"above", list.above_id},
          {"below", list.below_id},       {"is_pending", list.is_pending},
          {"locked", list.locked.text()}, {"received", list.received.text()}};
}

paper::OrderList read_list(const json& value, int market) {
  paper::OrderList list;
  list.list_id = value.at("id");
  const int kind = value.at("kind");
  if (kind < 0 || kind > static_cast<int>(ListKind::opoco))
    throw BadState{"an order list of unknown kind " + std::to_string(kind)};
  list.kind = static_cast<ListKind>(kind);
  list.client_id = value.at("client_id");
  list.market = market;
  list.working_id = value.at("working");
  list.above_id = value.at("above");
  list.below_id = value.at("below");
  list.is_pending = value.at("is_pending");
  list.locked = decimal(value.at("locked"));
  list.received = decimal(value.at("received"));
  return list;
}

void read_market(paper::Market& market, const json& value) {
  market.in_candle = value.at("in_candle");
  market.volume_left = decimal(value.at("volume_left"));
  market.is_moved = value.contains("price");
  if (market.is_moved) market.price = value.at("price");
  for (const json& candle : value.at("recent"))
    market.recent.push_back({candle.at(0), candle.at(1), candle.at(2)});
}

paper::OpenOrder read_order(const Order& order, const json& value) {
  paper::OpenOrder open;
  open.order = order;
  open.locked = decimal(value.at(0));
  open.waits_for_open = value.at(1);
  open.triggered = value.at(2);
  open.rested = value.at(3);
  if (value.size() > 4) { // of a trailing order
    open.best = decimal(value.at(4));
  }
  return open;
}

paper::Market empty_market(const Symbol& symbol) {
  paper::Market market;
  market.symbol = symbol;
  return market;
}

} // namespace

PaperExchange::State PaperExchange::state(bool with_finished_orders) const {
  const Impl& impl = *impl_;
  State state{
      impl.now_ms, impl.next_order_id, impl.next_trade_id, impl.next_list_id, impl.balances, {}, open_orders(), {}, {}};
  if (with_finished_orders) state.finished_orders.assign(impl.finished.begin(), impl.finished.end());
  json details = {{"markets", json::object()}, {"orders", json::object()}, {"lists", json::array()}};
  for (const paper::Market& market : impl.markets) {
    if (!market.has_candle && market.orders.empty()) continue;
    if (market.has_candle) state.last_candles[market.symbol.name] = market.candle;
    json recent = json::array();
    for (const paper::FinishedCandle& candle : market.recent)
      recent.push_back({candle.open_time_ms, candle.volume, candle.quote_volume});
    details["markets"][market.symbol.name] = {
        {"in_candle", market.in_candle}, {"volume_left", market.volume_left.text()}, {"recent", std::move(recent)}};
    if (market.is_moved && market.in_candle) details["markets"][market.symbol.name]["price"] = market.price;
    for (const paper::OpenOrder& open : market.orders) {
      json& row = details["orders"][std::to_string(open.order.order_id)];
      row = {open.locked.text(), open.waits_for_open, open.triggered, open.rested};
      if (open.is_trailing()) row.push_back(open.best.text());
    }
  }
  for (const auto& [id, list] : impl.lists)
    details["lists"].push_back(list_json(list, impl.markets[static_cast<size_t>(list.market)].symbol.name));
  state.details = details.dump();
  return state;
}

Status PaperExchange::restore(const State& state) {
  Impl next;
  next.settings = impl_->settings;
  next.market_by_name = impl_->market_by_name;
  for (const paper::Market& market : impl_->markets)
    next.markets.push_back(empty_market(market.symbol));
  next.now_ms = state.now_ms;
  next.next_order_id = state.next_order_id;
  next.next_trade_id = state.next_trade_id;
  next.next_list_id = state.next_list_id;
  next.balances = state.balances;
  const auto market_named = [&](const std::string& name) -> paper::Market& {
    const int index = next.index_of(name);
    if (index < 0) throw BadState{"symbol " + name + " is not set"};
    return next.markets[static_cast<size_t>(index)];
  };
  try {
    const json details = json::parse(state.details);
    for (const auto& [name, value] : details.at("markets").items())
      read_market(market_named(name), value);
    for (const auto& [name, candle] : state.last_candles) {
      paper::Market& market = market_named(name);
      market.candle = candle;
      market.has_candle = true;
      market.price = market.is_moved ? market.price : market.in_candle ? candle.open : candle.close;
    }
    for (const Order& order : state.open_orders)
      market_named(order.symbol)
          .orders.push_back(read_order(order, details.at("orders").at(std::to_string(order.order_id))));
    for (const json& value : details.at("lists")) {
      market_named(value.at("symbol"));
      const paper::OrderList list = read_list(value, next.index_of(value.at("symbol").get<std::string>()));
      next.lists.emplace(list.list_id, list);
    }
  } catch (const json::exception& error) {
    return failure(std::string("restoring the paper exchange: its details cannot be read: ") + error.what(),
                   "restore a backup of the store");
  } catch (const BadState& bad) {
    return failure("restoring the paper exchange: " + bad.what,
                   "restore a backup of the store, with the symbols it was made with");
  }
  next.finished.assign(state.finished_orders.begin(), state.finished_orders.end());
  if (Status status = next.check_books(); !status) return status;
  *impl_ = std::move(next);
  return {};
}

// Locked money must be what the open orders and lists hold: anything else would pay one order with another's money.
Status PaperExchange::Impl::check_books() const {
  std::map<std::string, Decimal> held;
  for (const Market& market : markets)
    for (const OpenOrder& open : market.orders)
      held[paying_asset(market, open.order.side)] += open.locked;
  for (const auto& entry : lists) { // no structured binding: clang 14 cannot capture one
    const OrderList& list = entry.second;
    const Market& market = markets[static_cast<size_t>(list.market)];
    held[market.symbol.base_asset] += list.received;
    const auto leg = std::find_if(market.orders.begin(), market.orders.end(),
                                  [&](const OpenOrder& open) { return open.order.list_id == list.list_id; });
    if (leg == market.orders.end())
      return failure("restoring the paper exchange: list " + std::to_string(list.list_id) + " has no open order",
                     "restore a backup of the store");
    if (list.locked.is_positive()) held[paying_asset(market, leg->order.side)] += list.locked;
  }
  for (const auto& [asset, balance] : balances) {
    if (balance.free.is_negative() || balance.locked != held[asset])
      return failure("restoring the paper exchange: " + asset + " has " + balance.locked.text() + " locked and " +
                         balance.free.text() + " free, while its open orders hold " + held[asset].text(),
                     "restore a backup of the store");
    held.erase(asset);
  }
  for (const auto& [asset, amount] : held)
    if (!amount.is_zero())
      return failure("restoring the paper exchange: open orders hold " + amount.text() + " " + asset +
                         ", which has no balance",
                     "restore a backup of the store");
  return {};
}

} // namespace stratdock
