#include "host/engine/codec.hpp"

#include <nlohmann/json.hpp>

namespace stratdock {

using OrderedJson = nlohmann::ordered_json;

// nlohmann finds these by argument-dependent lookup.
static void to_json(OrderedJson& json, const Decimal& value) { json = value.text(); }
static void from_json(const OrderedJson& json, Decimal& value) {
  auto parsed = Decimal::parse(json.get<std::string>());
  if (!parsed) throw std::runtime_error(parsed.error().message);
  value = *parsed;
}

template <typename T>
static int number(T value) { return static_cast<int>(value); }

static void to_json(OrderedJson& json, const OrderRequest& r) {
  json = {{"symbol", r.symbol}, {"side", number(r.side)}, {"type", number(r.type)}, {"time_in_force", number(r.time_in_force)},
          {"quantity", r.quantity}, {"quote_quantity", r.quote_quantity}, {"price", r.price}, {"stop_price", r.stop_price}, {"client_id", r.client_id}};
}
static void from_json(const OrderedJson& json, OrderRequest& r) {
  json.at("symbol").get_to(r.symbol);
  r.side = static_cast<Side>(json.at("side").get<int>());
  r.type = static_cast<OrderType>(json.at("type").get<int>());
  r.time_in_force = static_cast<TimeInForce>(json.at("time_in_force").get<int>());
  json.at("quantity").get_to(r.quantity);
  json.at("quote_quantity").get_to(r.quote_quantity);
  json.at("price").get_to(r.price);
  json.at("stop_price").get_to(r.stop_price);
  json.at("client_id").get_to(r.client_id);
}

static void to_json(OrderedJson& json, const Order& o) {
  json = {{"order_id", o.order_id}, {"list_id", o.list_id}, {"client_id", o.client_id}, {"symbol", o.symbol}, {"side", number(o.side)},
          {"type", number(o.type)}, {"time_in_force", number(o.time_in_force)}, {"status", number(o.status)}, {"quantity", o.quantity},
          {"requested_quote_quantity", o.requested_quote_quantity}, {"price", o.price}, {"stop_price", o.stop_price},
          {"executed_quantity", o.executed_quantity}, {"executed_quote_quantity", o.executed_quote_quantity}, {"time_ms", o.time_ms},
          {"update_ms", o.update_ms}, {"is_working", o.is_working}, {"expiry_reason", o.expiry_reason}};
}
static void from_json(const OrderedJson& json, Order& o) {
  json.at("order_id").get_to(o.order_id);
  json.at("list_id").get_to(o.list_id);
  json.at("client_id").get_to(o.client_id);
  json.at("symbol").get_to(o.symbol);
  o.side = static_cast<Side>(json.at("side").get<int>());
  o.type = static_cast<OrderType>(json.at("type").get<int>());
  o.time_in_force = static_cast<TimeInForce>(json.at("time_in_force").get<int>());
  o.status = static_cast<OrderStatus>(json.at("status").get<int>());
  json.at("quantity").get_to(o.quantity);
  json.at("requested_quote_quantity").get_to(o.requested_quote_quantity);
  json.at("price").get_to(o.price);
  json.at("stop_price").get_to(o.stop_price);
  json.at("executed_quantity").get_to(o.executed_quantity);
  json.at("executed_quote_quantity").get_to(o.executed_quote_quantity);
  json.at("time_ms").get_to(o.time_ms);
  json.at("update_ms").get_to(o.update_ms);
  json.at("is_working").get_to(o.is_working);
  json.at("expiry_reason").get_to(o.expiry_reason);
}

static void to_json(OrderedJson& json, const Candle& c) {
  json = {c.open_time_ms, c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.taker_buy_volume, c.trade_count};
}
static void from_json(const OrderedJson& json, Candle& c) {
  json.at(0).get_to(c.open_time_ms);
  double* const fields[] = {&c.open, &c.high, &c.low, &c.close, &c.volume, &c.quote_volume, &c.taker_buy_volume};
  for (size_t i = 0; i < std::size(fields); ++i) json.at(i + 1).get_to(*fields[i]);
  json.at(8).get_to(c.trade_count);
}

static void to_json(OrderedJson& json, const Intent& i) {
  json = {{"id", i.id}, {"bot_id", i.bot_id}, {"at_ms", i.at_ms}, {"purpose", number(i.purpose)}, {"state", number(i.state)},
          {"symbol", i.symbol}, {"client_id", i.client_id}, {"reason", i.reason}, {"answer", i.answer},
          {"ended", {i.above_ended, i.below_ended}}, {"cancel_list_id", i.cancel_list_id}, {"cancel_order_id", i.cancel_order_id}};
  if (i.purpose == IntentPurpose::protect)
    json["list"] = {{"kind", number(i.list.kind)}, {"symbol", i.list.symbol}, {"list_client_id", i.list.list_client_id},
                    {"above", i.list.above}, {"below", i.list.below}};
  else if (i.purpose != IntentPurpose::cancel) json["order"] = i.order;
}
static void from_json(const OrderedJson& json, Intent& i) {
  json.at("id").get_to(i.id);
  json.at("bot_id").get_to(i.bot_id);
  json.at("at_ms").get_to(i.at_ms);
  i.purpose = static_cast<IntentPurpose>(json.at("purpose").get<int>());
  i.state = static_cast<IntentState>(json.at("state").get<int>());
  json.at("symbol").get_to(i.symbol);
  json.at("client_id").get_to(i.client_id);
  json.at("reason").get_to(i.reason);
  json.at("answer").get_to(i.answer);
  if (json.contains("ended")) {
    json.at("ended").at(0).get_to(i.above_ended);
    json.at("ended").at(1).get_to(i.below_ended);
  }
  json.at("cancel_list_id").get_to(i.cancel_list_id);
  json.at("cancel_order_id").get_to(i.cancel_order_id);
  if (json.contains("order")) json.at("order").get_to(i.order);
  if (!json.contains("list")) return;
  const OrderedJson& list = json.at("list");
  i.list.kind = static_cast<ListKind>(list.at("kind").get<int>());
  list.at("symbol").get_to(i.list.symbol);
  list.at("list_client_id").get_to(i.list.list_client_id);
  list.at("above").get_to(i.list.above);
  list.at("below").get_to(i.list.below);
}

namespace {

template <typename T, typename Read>
Result<T> decode(std::string_view text, const char* what, Read read) {
  try {
    T value;
    read(OrderedJson::parse(text), value);
    return value;
  } catch (const std::exception& error) {
    return failure(std::string("reading the journaled ") + what + ": " + error.what(), "restore a backup of the journal");
  }
}

}  // namespace

std::string encode_exchange(const PaperExchange::State& state) {
  OrderedJson json;
  json["now_ms"] = state.now_ms;
  json["next"] = {state.next_order_id, state.next_trade_id, state.next_list_id};
  json["balances"] = OrderedJson::object();
  for (const auto& [asset, balance] : state.balances) json["balances"][asset] = {balance.free, balance.locked};
  json["last_candles"] = OrderedJson::object();
  for (const auto& [symbol, candle] : state.last_candles) json["last_candles"][symbol] = candle;
  json["open_orders"] = state.open_orders;
  json["details"] = state.details;
  return json.dump();
}

Result<PaperExchange::State> decode_exchange(std::string_view text) {
  return decode<PaperExchange::State>(text, "state of the paper exchange", [](const OrderedJson& json, PaperExchange::State& state) {
    json.at("now_ms").get_to(state.now_ms);
    json.at("next").at(0).get_to(state.next_order_id);
    json.at("next").at(1).get_to(state.next_trade_id);
    json.at("next").at(2).get_to(state.next_list_id);
    for (const auto& [asset, pair] : json.at("balances").items())
      state.balances[asset] = {pair.at(0).get<Decimal>(), pair.at(1).get<Decimal>()};
    for (const auto& [symbol, candle] : json.at("last_candles").items()) state.last_candles[symbol] = candle.get<Candle>();
    json.at("open_orders").get_to(state.open_orders);
    json.at("details").get_to(state.details);
  });
}

AccountMemory remember(Account& account) {
  AccountMemory memory{account.next_intent_id(), {}, account.risk().state()};
  for (const auto& [id, intent] : account.open_intents()) memory.open_intents.push_back(intent);
  return memory;
}

std::string encode_memory(const AccountMemory& memory) {
  OrderedJson json;
  json["next_intent_id"] = memory.next_intent_id;
  json["open_intents"] = memory.open_intents;
  json["risk"] = {{"day", memory.risk.day}, {"account_realised", memory.risk.account_realised}, {"orders_ms", memory.risk.orders_ms},
                  {"orders_today", memory.risk.orders_today}, {"bot_realised", OrderedJson::array()}};
  for (const auto& [bot, amount] : memory.risk.bot_realised) json["risk"]["bot_realised"].push_back({bot, amount});
  return json.dump();
}

Result<AccountMemory> decode_memory(std::string_view text) {
  return decode<AccountMemory>(text, "state of the account", [](const OrderedJson& json, AccountMemory& memory) {
    json.at("next_intent_id").get_to(memory.next_intent_id);
    json.at("open_intents").get_to(memory.open_intents);
    const OrderedJson& risk = json.at("risk");
    risk.at("day").get_to(memory.risk.day);
    risk.at("account_realised").get_to(memory.risk.account_realised);
    risk.at("orders_ms").get_to(memory.risk.orders_ms);
    risk.at("orders_today").get_to(memory.risk.orders_today);
    for (const OrderedJson& row : risk.at("bot_realised")) memory.risk.bot_realised[row.at(0).get<int64_t>()] = row.at(1).get<Decimal>();
  });
}

static OrderedJson readable(const OrderRequest& r) {
  OrderedJson json{{"symbol", r.symbol}, {"side", text(r.side)}, {"type", text(r.type)}};
  if (r.time_in_force != TimeInForce::none) json["timeInForce"] = text(r.time_in_force);
  if (r.quantity.is_positive()) json["quantity"] = r.quantity;
  if (r.quote_quantity.is_positive()) json["quoteOrderQty"] = r.quote_quantity;
  if (r.price.is_positive()) json["price"] = r.price;
  if (r.stop_price.is_positive()) json["stopPrice"] = r.stop_price;
  json["newClientOrderId"] = r.client_id;
  return json;
}

std::string request_text(const Intent& intent) {
  switch (intent.purpose) {
    case IntentPurpose::protect:
      return OrderedJson{{"list", "OCO"}, {"listClientOrderId", intent.list.list_client_id}, {"above", readable(intent.list.above)}, {"below", readable(intent.list.below)}}.dump();
    case IntentPurpose::cancel: return OrderedJson{{"cancel_list", intent.cancel_list_id}}.dump();
    case IntentPurpose::entry:
    case IntentPurpose::exit: break;
  }
  return readable(intent.order).dump();
}

std::string encode_commands(const std::vector<store::CommandRow>& commands) {
  if (commands.empty()) return "";
  OrderedJson rows = OrderedJson::array();
  for (const store::CommandRow& c : commands)
    rows.push_back({{"id", c.id}, {"at_ms", c.at_ms}, {"origin", c.origin}, {"kind", c.kind}, {"bot", c.bot}, {"arguments", c.arguments}});
  return rows.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<std::vector<store::CommandRow>> decode_commands(std::string_view text) {
  std::vector<store::CommandRow> commands;
  if (text.empty()) return commands;
  try {
    for (const OrderedJson& row : OrderedJson::parse(text))
      commands.push_back({row.at("id").get<int64_t>(), row.at("at_ms").get<int64_t>(), row.at("origin").get<std::string>(), row.at("kind").get<std::string>(),
                          row.at("bot").get<std::string>(), row.at("arguments").get<std::string>(), ""});
  } catch (const std::exception& error) {
    return failure(std::string("reading the commands that wait from the journal: ") + error.what());
  }
  return commands;
}

}  // namespace stratdock
