// exchangeInfo: the symbols with their filters, and the limits.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

namespace {

Json quantity_filter(const char* type, const QuantityFilter& filter) {
  return {{"filterType", type},
          {"minQty", price_text(filter.min)},
          {"maxQty", price_text(filter.max)},
          {"stepSize", price_text(filter.step)}};
}

// Factors are printed short, as "5" and "0.2".
Json percent_filter(const PercentPriceFilter& filter) {
  return {{"filterType", "PERCENT_PRICE_BY_SIDE"},
          {"bidMultiplierUp", filter.bid_up.text()},
          {"bidMultiplierDown", filter.bid_down.text()},
          {"askMultiplierUp", filter.ask_up.text()},
          {"askMultiplierDown", filter.ask_down.text()},
          {"avgPriceMins", filter.average_minutes}};
}

Json filters_json(const Symbol& symbol) {
  Json filters = Json::array();
  filters.push_back({{"filterType", "PRICE_FILTER"},
                     {"minPrice", price_text(symbol.price.min)},
                     {"maxPrice", price_text(symbol.price.max)},
                     {"tickSize", price_text(symbol.price.tick)}});
  filters.push_back(quantity_filter("LOT_SIZE", symbol.lot));
  filters.push_back({{"filterType", "ICEBERG_PARTS"}, {"limit", symbol.max_iceberg_parts}});
  filters.push_back(quantity_filter("MARKET_LOT_SIZE", symbol.market_lot));
  filters.push_back({{"filterType", "TRAILING_DELTA"},
                     {"minTrailingAboveDelta", symbol.trailing_delta_min_bips},
                     {"maxTrailingAboveDelta", symbol.trailing_delta_max_bips},
                     {"minTrailingBelowDelta", symbol.trailing_delta_min_bips},
                     {"maxTrailingBelowDelta", symbol.trailing_delta_max_bips}});
  if (symbol.percent_price.present) filters.push_back(percent_filter(symbol.percent_price));
  filters.push_back({{"filterType", "NOTIONAL"},
                     {"minNotional", price_text(symbol.notional.min)},
                     {"applyMinToMarket", symbol.notional.min_applies_to_market},
                     {"maxNotional", price_text(symbol.notional.max)},
                     {"applyMaxToMarket", symbol.notional.max_applies_to_market},
                     {"avgPriceMins", symbol.percent_price.average_minutes}});
  if (symbol.max_position.is_positive())
    filters.push_back({{"filterType", "MAX_POSITION"}, {"maxPosition", price_text(symbol.max_position)}});
  filters.push_back({{"filterType", "MAX_NUM_ORDERS"}, {"maxNumOrders", symbol.max_orders}});
  filters.push_back({{"filterType", "MAX_NUM_ORDER_LISTS"}, {"maxNumOrderLists", symbol.max_order_lists}});
  filters.push_back({{"filterType", "MAX_NUM_ALGO_ORDERS"}, {"maxNumAlgoOrders", symbol.max_algo_orders}});
  return filters;
}

Json symbol_json(const Symbol& symbol, bool with_permissions) {
  Json json = {{"symbol", symbol.name},
               {"status", std::string(status_name(symbol.status))},
               {"baseAsset", symbol.base_asset},
               {"baseAssetPrecision", symbol.base_precision},
               {"quoteAsset", symbol.quote_asset},
               {"quotePrecision", symbol.quote_precision},
               {"quoteAssetPrecision", symbol.quote_precision},
               {"baseCommissionPrecision", 8},
               {"quoteCommissionPrecision", 8},
               {"orderTypes", symbol.order_types},
               {"icebergAllowed", symbol.max_iceberg_parts > 0},
               {"ocoAllowed", symbol.oco_allowed},
               {"otoAllowed", symbol.oto_allowed},
               {"opoAllowed", symbol.opo_allowed},
               {"quoteOrderQtyMarketAllowed", symbol.quote_order_quantity_allowed},
               {"allowTrailingStop", true},
               {"cancelReplaceAllowed", true},
               {"amendAllowed", false},
               {"pegInstructionsAllowed", false},
               {"isSpotTradingAllowed", true},
               {"isMarginTradingAllowed", false},
               {"filters", filters_json(symbol)},
               {"permissions", Json::array()}};
  if (with_permissions) json["permissionSets"] = Json::array({Json::array({"SPOT"})});
  json["defaultSelfTradePreventionMode"] = "EXPIRE_MAKER";
  json["allowedSelfTradePreventionModes"] = {"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"};
  return json;
}

std::vector<const Tape*> chosen_symbols(Api& api, const Call& call) {
  const Parameters& parameters = call.parameters();
  for (const char* name : {"symbol", "symbols", "permissions"})
    static_cast<void>(parameters.text_or(name, "")); // -1105: sent and empty is not left out
  const bool is_named = parameters.has("symbol") || parameters.has("symbols");
  const int ways = parameters.has("symbol") + parameters.has("symbols") + parameters.has("permissions");
  if (ways > 1 || (is_named && parameters.has("symbolStatus")))
    throw Refusal{400, -1128, "Combination of optional parameters invalid."};
  std::vector<const Tape*> tapes;
  if (is_named) {
    const std::vector<std::string> names =
        parameters.has("symbol") ? std::vector{parameters.symbol()} : parameters.symbols();
    for (const std::string& name : names) {
      const Tape* tape = api.venue().find_tape(name);
      if (!tape) throw Refusal{400, -1121, "Invalid symbol."};
      tapes.push_back(tape);
    }
    return tapes;
  }
  if (parameters.has("permissions")) {
    const std::vector<std::string> wanted = parameters.texts("permissions");
    if (std::find(wanted.begin(), wanted.end(), "SPOT") == wanted.end()) return tapes;
  }
  const std::string status = read_status(call);
  for (const auto& tape : api.venue().tapes())
    if (status.empty() || status_name(tape->symbol().status) == status) tapes.push_back(tape.get());
  return tapes;
}

} // namespace

namespace market_calls {

std::string exchange_info(Api& api, Call& call) {
  const int64_t now_ms = api.venue().now_ms();
  Json limits = Json::array();
  std::vector<LimitWindow> windows = api.limits().of_peer(call.peer, now_ms);
  const std::vector<LimitWindow> orders = api.limits().of_account("", now_ms);
  windows.insert(windows.begin() + 1, orders.begin(), orders.end());
  for (const LimitWindow& window : windows)
    limits.push_back({{"rateLimitType", std::string(window.kind)},
                      {"interval", std::string(window.interval)},
                      {"intervalNum", window.interval_number},
                      {"limit", window.limit}});
  const bool with_permissions = call.parameters().flag_or("showPermissionSets", true);
  Json symbols = Json::array();
  for (const Tape* tape : chosen_symbols(api, call))
    symbols.push_back(symbol_json(tape->symbol(), with_permissions));
  const Json json = {{"timezone", "UTC"},
                     {"serverTime", call.time(api.venue().clock().told_ms())},
                     {"rateLimits", std::move(limits)},
                     {"exchangeFilters", Json::array()},
                     {"symbols", std::move(symbols)}};
  return json.dump();
}

} // namespace market_calls

} // namespace stratdock::exchange_server
