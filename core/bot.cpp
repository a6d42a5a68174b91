#include "core/bot.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/check.hpp"

namespace stratdock {
namespace {

constexpr std::string_view phase_names[] = {"flat", "entering", "open", "exiting"};
constexpr std::string_view protection_names[] = {"none", "resting", "watched", "failed", "placing"};

using Json = nlohmann::ordered_json;

Decimal decimal_at(const Json& json, const char* key) {
  auto parsed = Decimal::parse(json.at(key).get<std::string>());
  if (!parsed) throw std::runtime_error(std::string(key) + ": " + parsed.error().message);
  return *parsed;
}

}  // namespace

std::string_view text(Phase phase) { return phase_names[static_cast<size_t>(phase)]; }
std::string_view text(Protection protection) { return protection_names[static_cast<size_t>(protection)]; }

void Bot::apply_fill(const Fill& fill, const std::string& base, const std::string& quote) {
  Decimal base_fee = fill.commission_asset == base ? fill.commission : Decimal();
  Decimal quote_fee = fill.commission_asset == quote ? fill.commission : Decimal();
  trip.fees += quote_fee + multiply(base_fee, fill.price, Rounding::half_even);
  if (fill.side == Side::buy) {
    if (trip.bought_quantity.is_zero()) trip.entry_ms = fill.time_ms;
    quantity += fill.quantity - base_fee;
    cost += fill.quote_quantity + quote_fee;
    trip.bought_quantity += fill.quantity;
    trip.bought_quote += fill.quote_quantity;
    return;
  }
  // Of its commission in the coin that it has just sold whole, others pay; more than it holds cannot leave it.
  const Decimal leaving = std::min(fill.quantity + base_fee, quantity);
  const Decimal part = leaving == quantity ? cost : divide(multiply(cost, leaving, Rounding::half_even), quantity, Rounding::half_even);
  quantity -= leaving;
  cost -= part;
  trip.sold_quantity += fill.quantity;
  trip.sold_quote += fill.quote_quantity;
  trip.sold_cost += part;
  trip.proceeds += fill.quote_quantity - quote_fee;
  exit_ms = fill.time_ms;
}

Trade Bot::finish_trade() {
  Trade trade;
  trade.bot_id = id;
  trade.symbol = symbol;
  trade.entry_ms = trip.entry_ms;
  trade.exit_ms = exit_ms;
  trade.quantity = trip.sold_quantity;
  trade.entry_price = entry_price;
  if (trip.sold_quantity.is_positive()) trade.exit_price = divide(trip.sold_quote, trip.sold_quantity, Rounding::half_even);
  trade.cost = trip.sold_cost;
  trade.proceeds = trip.proceeds;
  trade.fees = trip.fees;
  trade.profit = trip.proceeds - trip.sold_cost;
  if (trip.sold_cost.is_positive()) trade.profit_fraction = trade.profit.to_double() / trip.sold_cost.to_double();
  trade.exit_reason = exit_reason;
  realised += trade.profit;
  ++trade_count;
  if (trade.profit.is_positive()) ++win_count;
  end_round_trip();
  return trade;
}

void Bot::end_round_trip() {
  trip = {};
  phase = Phase::flat;
  entry_price = {};
  exit_reason.clear();
  stop = take = {};
  stop_price.reset();
  take_price.reset();
  protection = Protection::none;
  protect_list_id = -1;
  restored_protection = 0;
  exchange_retry = {};
}

void Bot::choose_levels(const Decision& decision) {
  auto choose = [](std::optional<double> own, std::optional<double> advised, double otherwise) {
    if (own) return Level{*own, "bot"};
    if (advised) return Level{*advised, "strategy"};
    return Level{otherwise, "default"};
  };
  stop = choose(settings.stop_loss, decision.stop_loss, default_stop_loss);
  take = choose(settings.take_profit, decision.take_profit, default_take_profit);
}

void Bot::set_prices(const Symbol& rules) {
  STRATDOCK_CHECK(trip.bought_quantity.is_positive());
  entry_price = divide(trip.bought_quote, trip.bought_quantity, Rounding::half_even);
  stop_price = multiply(entry_price, Decimal::from_double(1 - stop.fraction), Rounding::up).ceil_to(rules.price.tick);
  take_price = multiply(entry_price, Decimal::from_double(1 + take.fraction), Rounding::down).floor_to(rules.price.tick);
}

void Bot::take_over(const Symbol& rules, Decimal bought, Decimal at_price, std::optional<Decimal> stop_at, std::optional<Decimal> take_at, int64_t now_ms) {
  const Decimal paid = multiply(bought, at_price, Rounding::half_even);
  phase = Phase::open;
  funded = true;  // the holding is its stake
  allotted += paid;
  quantity += bought;
  cost += paid;
  trip = {};
  trip.entry_ms = now_ms;
  trip.bought_quantity = bought;
  trip.bought_quote = paid;
  choose_levels({});
  if (stop_at) stop = {1 - stop_at->to_double() / at_price.to_double(), "bot"};
  if (take_at) take = {take_at->to_double() / at_price.to_double() - 1, "bot"};
  set_prices(rules);
  if (stop_at) stop_price = stop_at->ceil_to(rules.price.tick);
  if (take_at) take_price = take_at->floor_to(rules.price.tick);
}

std::string encode_bot(const Bot& bot) {
  Json json;
  json["phase"] = static_cast<int>(bot.phase);
  json["quantity"] = bot.quantity.text();
  json["cost"] = bot.cost.text();
  json["entry_price"] = bot.entry_price.text();
  json["trip"] = {{"entry_ms", bot.trip.entry_ms},
                  {"bought_quantity", bot.trip.bought_quantity.text()},
                  {"bought_quote", bot.trip.bought_quote.text()},
                  {"sold_quantity", bot.trip.sold_quantity.text()},
                  {"sold_quote", bot.trip.sold_quote.text()},
                  {"sold_cost", bot.trip.sold_cost.text()},
                  {"proceeds", bot.trip.proceeds.text()},
                  {"fees", bot.trip.fees.text()}};
  json["exit_reason"] = bot.exit_reason;
  json["exit_ms"] = bot.exit_ms;
  json["stop"] = {{"fraction", bot.stop.fraction}, {"source", bot.stop.source}};
  json["take"] = {{"fraction", bot.take.fraction}, {"source", bot.take.source}};
  if (bot.stop_price) json["stop_price"] = bot.stop_price->text();
  if (bot.take_price) json["take_price"] = bot.take_price->text();
  json["protection"] = static_cast<int>(bot.protection);
  json["protect_list_id"] = bot.protect_list_id;
  json["restored_protection"] = bot.restored_protection;
  json["exchange_retry"] = {bot.exchange_retry.failures, bot.exchange_retry.not_before_ms};
  json["funded"] = bot.funded;
  json["allotted"] = bot.allotted.text();
  json["realised"] = bot.realised.text();
  json["trades"] = {bot.trade_count, bot.win_count};
  json["intents"] = {bot.entry_intent, bot.exit_intent, bot.protect_intent};
  return json.dump();
}

Status decode_bot(std::string_view text, Bot& bot) {
  try {
    Json json = Json::parse(text);
    bot.phase = static_cast<Phase>(json.at("phase").get<int>());
    bot.quantity = decimal_at(json, "quantity");
    bot.cost = decimal_at(json, "cost");
    bot.entry_price = decimal_at(json, "entry_price");
    const Json& trip = json.at("trip");
    bot.trip.entry_ms = trip.at("entry_ms").get<int64_t>();
    bot.trip.bought_quantity = decimal_at(trip, "bought_quantity");
    bot.trip.bought_quote = decimal_at(trip, "bought_quote");
    bot.trip.sold_quantity = decimal_at(trip, "sold_quantity");
    bot.trip.sold_quote = decimal_at(trip, "sold_quote");
    bot.trip.sold_cost = decimal_at(trip, "sold_cost");
    bot.trip.proceeds = decimal_at(trip, "proceeds");
    bot.trip.fees = decimal_at(trip, "fees");
    bot.exit_reason = json.at("exit_reason").get<std::string>();
    bot.exit_ms = json.at("exit_ms").get<int64_t>();
    bot.stop = {json.at("stop").at("fraction").get<double>(), json.at("stop").at("source").get<std::string>()};
    bot.take = {json.at("take").at("fraction").get<double>(), json.at("take").at("source").get<std::string>()};
    bot.stop_price.reset();
    bot.take_price.reset();
    if (json.contains("stop_price")) bot.stop_price = decimal_at(json, "stop_price");
    if (json.contains("take_price")) bot.take_price = decimal_at(json, "take_price");
    bot.protection = static_cast<Protection>(json.at("protection").get<int>());
    bot.protect_list_id = json.at("protect_list_id").get<int64_t>();
    bot.restored_protection = json.at("restored_protection").get<int>();
    bot.exchange_retry = {};
    if (json.contains("exchange_retry")) bot.exchange_retry = {json["exchange_retry"].at(0).get<int>(), json["exchange_retry"].at(1).get<int64_t>()};
    bot.funded = json.at("funded").get<bool>();
    bot.allotted = decimal_at(json, "allotted");
    bot.realised = decimal_at(json, "realised");
    bot.trade_count = json.at("trades").at(0).get<int64_t>();
    bot.win_count = json.at("trades").at(1).get<int64_t>();
    const Json& intents = json.at("intents");
    bot.entry_intent = intents.at(0).get<int64_t>();
    bot.exit_intent = intents.at(1).get<int64_t>();
    bot.protect_intent = intents.at(2).get<int64_t>();
    return {};
  } catch (const std::exception& error) {
    return failure("reading the journaled state of bot '" + bot.settings.name + "': " + error.what(), "restore a backup of the journal");
  }
}

}  // namespace stratdock
