#include "host/plugin/backtest_json.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>

#include "host/plugin/decision_check.hpp"

namespace stratdock {
namespace {

using nlohmann::json;

// One list of fields serves both ways: `archive("name", value)` writes or reads.
struct Writer {
  json value = json::object();
  template <typename T> void operator()(const char* name, T& field) { value[name] = write(field); }
  template <typename T> static json write(T& field);
};
struct Reader {
  const json& value;
  template <typename T> void operator()(const char* name, T& field) { read(value.at(name), field); }
  template <typename T> static void read(const json& source, T& field);
};

template <typename Archive> void fields(Archive& archive, QuantityFilter& filter) {
  archive("min", filter.min), archive("max", filter.max), archive("step", filter.step);
}
template <typename Archive> void fields(Archive& archive, PriceFilter& filter) {
  archive("min", filter.min), archive("max", filter.max), archive("tick", filter.tick);
}
template <typename Archive> void fields(Archive& archive, PercentPriceFilter& filter) {
  archive("present", filter.present), archive("bid_up", filter.bid_up), archive("bid_down", filter.bid_down);
  archive("ask_up", filter.ask_up), archive("ask_down", filter.ask_down), archive("average_minutes", filter.average_minutes);
}
template <typename Archive> void fields(Archive& archive, NotionalFilter& filter) {
  archive("min", filter.min), archive("max", filter.max);
  archive("min_market", filter.min_applies_to_market), archive("max_market", filter.max_applies_to_market);
}
template <typename Archive> void fields(Archive& archive, Symbol& symbol) {
  archive("name", symbol.name), archive("base", symbol.base_asset), archive("quote", symbol.quote_asset);
  archive("status", symbol.status), archive("base_precision", symbol.base_precision), archive("quote_precision", symbol.quote_precision);
  archive("price", symbol.price), archive("lot", symbol.lot), archive("market_lot", symbol.market_lot);
  archive("percent_price", symbol.percent_price), archive("notional", symbol.notional), archive("max_orders", symbol.max_orders);
  archive("max_algo_orders", symbol.max_algo_orders), archive("max_order_lists", symbol.max_order_lists);
  archive("max_position", symbol.max_position), archive("order_types", symbol.order_types), archive("oco", symbol.oco_allowed);
  archive("oto", symbol.oto_allowed), archive("opo", symbol.opo_allowed), archive("quote_quantity", symbol.quote_order_quantity_allowed);
}
template <typename Archive> void fields(Archive& archive, BotSettings& bot) {
  archive("name", bot.name), archive("title", bot.title), archive("symbol", bot.symbol), archive("strategy", bot.strategy);
  archive("trade_amount", bot.trade_amount), archive("interval_ms", bot.interval_ms), archive("evaluate_every_ms", bot.evaluate_every_ms);
  archive("stop_loss", bot.stop_loss), archive("take_profit", bot.take_profit), archive("recommended_symbols", bot.recommended_symbols);
}
template <typename Archive> void fields(Archive& archive, PaperSettings& paper) {
  archive("maker", paper.fees.maker), archive("taker", paper.fees.taker), archive("pay_with_bnb", paper.fees.pay_with_bnb);
  archive("bnb_discount", paper.fees.bnb_discount), archive("slippage", paper.slippage);
  archive("max_volume_share", paper.max_volume_share), archive("seed", paper.seed);
}
template <typename Archive> void fields(Archive& archive, RiskLimits& limits) {
  archive("max_bot_exposure", limits.max_bot_exposure), archive("max_account_exposure", limits.max_account_exposure);
  archive("max_order_value", limits.max_order_value), archive("max_daily_loss", limits.max_daily_loss);
  archive("max_bot_daily_loss", limits.max_bot_daily_loss), archive("max_open_positions", limits.max_open_positions);
  archive("max_orders_per_minute", limits.max_orders_per_minute), archive("max_orders_per_day", limits.max_orders_per_day);
}
template <typename Archive> void fields(Archive& archive, BacktestSettings& settings) {
  archive("bot", settings.bot), archive("symbol", settings.symbol), archive("paper", settings.paper), archive("limits", settings.limits);
  archive("install_key", settings.install_key), archive("trade_from_ms", settings.trade_from_ms);
}
template <typename Archive> void fields(Archive& archive, Trade& trade) {
  archive("bot_id", trade.bot_id), archive("symbol", trade.symbol), archive("entry_ms", trade.entry_ms), archive("exit_ms", trade.exit_ms);
  archive("quantity", trade.quantity), archive("entry_price", trade.entry_price), archive("exit_price", trade.exit_price);
  archive("cost", trade.cost), archive("proceeds", trade.proceeds), archive("fees", trade.fees), archive("profit", trade.profit);
  archive("profit_fraction", trade.profit_fraction), archive("exit_reason", trade.exit_reason);
}
template <typename Archive> void fields(Archive& archive, Fill& fill) {
  archive("trade_id", fill.trade_id), archive("order_id", fill.order_id), archive("symbol", fill.symbol), archive("client_id", fill.client_id);
  archive("side", fill.side), archive("price", fill.price), archive("quantity", fill.quantity), archive("quote_quantity", fill.quote_quantity);
  archive("commission", fill.commission), archive("commission_asset", fill.commission_asset), archive("time_ms", fill.time_ms);
  archive("is_maker", fill.is_maker);
}
template <typename Archive> void fields(Archive& archive, BacktestResult& result) {
  archive("trades", result.trades), archive("fills", result.fills), archive("candles", result.candles);
  archive("evaluations", result.evaluations), archive("failed_evaluations", result.failed_evaluations), archive("blocked", result.blocked);
  archive("first_failure", result.first_failure), archive("start_cash", result.start_cash), archive("cash", result.cash);
  archive("equity", result.equity), archive("open_quantity", result.open_quantity), archive("fees", result.fees);
  archive("max_drawdown", result.max_drawdown), archive("buy_and_hold", result.buy_and_hold);
}

template <typename T> struct is_vector : std::false_type {};
template <typename T> struct is_vector<std::vector<T>> : std::true_type {};

template <typename T> json Writer::write(T& field) {
  if constexpr (std::is_same_v<T, Decimal>) {
    return field.text();
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<int>(field);
  } else if constexpr (std::is_same_v<T, std::optional<double>>) {
    return field ? json(*field) : json(nullptr);
  } else if constexpr (is_vector<T>::value) {
    json list = json::array();
    for (auto& item : field) list.push_back(write(item));
    return list;
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return field;
  } else {
    Writer inner;
    fields(inner, field);
    return std::move(inner.value);
  }
}

template <typename T> void Reader::read(const json& source, T& field) {
  if constexpr (std::is_same_v<T, Decimal>) {
    const auto parsed = Decimal::parse(source.template get<std::string>());
    if (!parsed) throw std::invalid_argument(parsed.error().message);
    field = *parsed;
  } else if constexpr (std::is_enum_v<T>) {
    field = static_cast<T>(source.template get<int>());
  } else if constexpr (std::is_same_v<T, std::optional<double>>) {
    if (!source.is_null()) field = source.template get<double>();
  } else if constexpr (is_vector<T>::value) {
    for (const auto& item : source) read(item, field.emplace_back());
  } else if constexpr (std::is_same_v<T, std::string>) {
    // A result comes from a plugin's process: nothing in it may steer a terminal.
    constexpr size_t limit_bytes = 16'384;
    field = clean_text(source.template get<std::string>(), limit_bytes);
  } else if constexpr (std::is_arithmetic_v<T>) {
    field = source.template get<T>();
  } else {
    Reader inner{source};
    fields(inner, field);
  }
}

template <typename T> std::string to_json(const T& value) {
  T copy = value;
  return Writer::write(copy).dump(-1, ' ', false, json::error_handler_t::replace);
}

template <typename T> Result<T> from_json(std::string_view text, const char* what) {
  try {
    T value;
    Reader::read(json::parse(text), value);
    return value;
  } catch (const std::exception& error) {
    return failure(std::string("reading ") + what + ": " + error.what());
  }
}

}  // namespace

std::string backtest_settings_to_json(const BacktestSettings& settings) { return to_json(settings); }
Result<BacktestSettings> backtest_settings_from_json(std::string_view text) { return from_json<BacktestSettings>(text, "a backtest's settings"); }
std::string backtest_result_to_json(const BacktestResult& result) { return to_json(result); }
Result<BacktestResult> backtest_result_from_json(std::string_view text) { return from_json<BacktestResult>(text, "a backtest's result"); }

}  // namespace stratdock
