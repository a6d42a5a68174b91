// The table of methods: path, WebSocket method, access, weight and parameters of each.
// Source: Binance Spot REST and WebSocket API, with the weights of 2026-04.
#include <algorithm>

#include "host/exchange_server/api.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr std::string_view order_names =
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice "
    "trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType";
constexpr std::string_view test_names =
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice "
    "trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType "
    "computeCommissionRates";
constexpr std::string_view replace_names =
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice "
    "trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType "
    "cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId cancelRestrictions "
    "orderRateLimitExceededMode";
constexpr std::string_view oco_names =
    "symbol listClientOrderId side quantity aboveType aboveClientOrderId aboveIcebergQty abovePrice aboveStopPrice "
    "aboveTrailingDelta aboveTimeInForce aboveStrategyId aboveStrategyType belowType belowClientOrderId belowIcebergQty "
    "belowPrice belowStopPrice belowTrailingDelta belowTimeInForce belowStrategyId belowStrategyType newOrderRespType "
    "selfTradePreventionMode";
constexpr std::string_view old_oco_names =
    "symbol listClientOrderId side quantity limitClientOrderId limitStrategyId limitStrategyType price limitIcebergQty "
    "trailingDelta stopClientOrderId stopPrice stopStrategyId stopStrategyType stopLimitPrice stopIcebergQty "
    "stopLimitTimeInForce newOrderRespType selfTradePreventionMode";
constexpr std::string_view oto_names =
    "symbol listClientOrderId newOrderRespType selfTradePreventionMode workingType workingSide workingClientOrderId "
    "workingPrice workingQuantity workingIcebergQty workingTimeInForce workingStrategyId workingStrategyType pendingType "
    "pendingSide pendingClientOrderId pendingPrice pendingStopPrice pendingTrailingDelta pendingQuantity "
    "pendingIcebergQty pendingTimeInForce pendingStrategyId pendingStrategyType";
constexpr std::string_view otoco_names =
    "symbol listClientOrderId newOrderRespType selfTradePreventionMode workingType workingSide workingClientOrderId "
    "workingPrice workingQuantity workingIcebergQty workingTimeInForce workingStrategyId workingStrategyType pendingSide "
    "pendingQuantity pendingAboveType pendingAboveClientOrderId pendingAbovePrice pendingAboveStopPrice "
    "pendingAboveTrailingDelta pendingAboveIcebergQty pendingAboveTimeInForce pendingAboveStrategyId "
    "pendingAboveStrategyType pendingBelowType pendingBelowClientOrderId pendingBelowPrice pendingBelowStopPrice "
    "pendingBelowTrailingDelta pendingBelowIcebergQty pendingBelowTimeInForce pendingBelowStrategyId "
    "pendingBelowStrategyType";
constexpr std::string_view symbols_names = "symbol symbols symbolStatus";
constexpr std::string_view window_names = "symbol symbols symbolStatus type windowSize";
constexpr std::string_view day_names = "symbol symbols symbolStatus type";
constexpr std::string_view trading_day_names = "symbol symbols symbolStatus type timeZone";
constexpr std::string_view kline_names = "symbol interval startTime endTime timeZone limit";

constexpr Route table[] = {
    {"GET", "/api/v3/ping", "ping", Access::open, 1, 0, false, "", market_calls::ping},
    {"GET", "/api/v3/time", "time", Access::open, 1, 0, false, "", market_calls::time},
    {"GET", "/api/v3/exchangeInfo", "exchangeInfo", Access::open, 20, 0, false,
     "symbol symbols permissions showPermissionSets symbolStatus", market_calls::exchange_info},
    {"GET", "/api/v3/depth", "depth", Access::open, 5, 0, false, "symbol limit symbolStatus", market_calls::depth},
    {"GET", "/api/v3/trades", "trades.recent", Access::open, 25, 0, false, "symbol limit", market_calls::trades},
    {"GET", "/api/v3/historicalTrades", "trades.historical", Access::open, 25, 0, false, "symbol limit fromId",
     market_calls::trades},
    {"GET", "/api/v3/aggTrades", "trades.aggregate", Access::open, 4, 0, false,
     "symbol fromId startTime endTime limit", market_calls::aggregate_trades},
    {"GET", "/api/v3/klines", "klines", Access::open, 2, 0, false, kline_names, market_calls::klines},
    {"GET", "/api/v3/uiKlines", "uiKlines", Access::open, 2, 0, false, kline_names, market_calls::klines},
    {"GET", "/api/v3/avgPrice", "avgPrice", Access::open, 2, 0, false, "symbol", market_calls::average_price},
    {"GET", "/api/v3/ticker/24hr", "ticker.24hr", Access::open, 2, 0, false, day_names, market_calls::ticker_day},
    {"GET", "/api/v3/ticker/tradingDay", "ticker.tradingDay", Access::open, 4, 0, false, trading_day_names,
     market_calls::ticker_trading_day},
    {"GET", "/api/v3/ticker", "ticker", Access::open, 4, 0, false, window_names, market_calls::ticker_window},
    {"GET", "/api/v3/ticker/price", "ticker.price", Access::open, 2, 0, false, symbols_names,
     market_calls::ticker_price},
    {"GET", "/api/v3/ticker/bookTicker", "ticker.book", Access::open, 2, 0, false, symbols_names,
     market_calls::ticker_book},

    {"GET", "/api/v3/executionRules", "executionRules", Access::open, 2, 0, false, "symbol symbols symbolStatus",
     market_calls::execution_rules},
    {"GET", "/api/v3/referencePrice", "referencePrice", Access::open, 2, 0, false, "symbol",
     market_calls::reference_price},
    {"GET", "/api/v3/referencePrice/calculation", "referencePrice.calculation", Access::open, 2, 0, false,
     "symbol symbolStatus", market_calls::reference_price},
    {"GET", "/api/v3/historicalBlockTrades", "blockTrades.historical", Access::open, 25, 0, false,
     "symbol limit fromId", market_calls::block_trades},

    {"POST", "/api/v3/order", "order.place", Access::trade, 1, 1, true, order_names, order_calls::place},
    {"POST", "/api/v3/order/test", "order.test", Access::trade, 1, 0, false, test_names, order_calls::test},
    {"GET", "/api/v3/order", "order.status", Access::read, 4, 0, false, "symbol orderId origClientOrderId",
     order_calls::status},
    {"DELETE", "/api/v3/order", "order.cancel", Access::trade, 1, 0, true,
     "symbol orderId origClientOrderId newClientOrderId cancelRestrictions", order_calls::cancel},
    {"POST", "/api/v3/order/cancelReplace", "order.cancelReplace", Access::trade, 1, 1, true, replace_names,
     order_calls::cancel_replace},
    {"GET", "/api/v3/openOrders", "openOrders.status", Access::read, 6, 0, false, "symbol", order_calls::open_orders},
    {"DELETE", "/api/v3/openOrders", "openOrders.cancelAll", Access::trade, 1, 0, true, "symbol",
     order_calls::cancel_all},
    {"GET", "/api/v3/allOrders", "allOrders", Access::read, 20, 0, false, "symbol orderId startTime endTime limit",
     order_calls::all_orders},
    {"GET", "/api/v3/myTrades", "myTrades", Access::read, 20, 0, false,
     "symbol orderId startTime endTime fromId limit", order_calls::my_trades},

    {"POST", "/api/v3/orderList/oco", "orderList.place.oco", Access::trade, 1, 2, true, oco_names, list_calls::oco},
    {"POST", "/api/v3/order/oco", "orderList.place", Access::trade, 1, 2, true, old_oco_names, list_calls::old_oco},
    {"POST", "/api/v3/orderList/oto", "orderList.place.oto", Access::trade, 1, 2, true, oto_names, list_calls::oto},
    {"POST", "/api/v3/orderList/otoco", "orderList.place.otoco", Access::trade, 1, 3, true, otoco_names,
     list_calls::otoco},
    {"POST", "/api/v3/orderList/opo", "orderList.place.opo", Access::trade, 1, 2, true, oto_names, list_calls::opo},
    {"POST", "/api/v3/orderList/opoco", "orderList.place.opoco", Access::trade, 1, 3, true, otoco_names,
     list_calls::opoco},
    {"DELETE", "/api/v3/orderList", "orderList.cancel", Access::trade, 1, 0, true,
     "symbol orderListId listClientOrderId newClientOrderId", list_calls::cancel},
    {"GET", "/api/v3/orderList", "orderList.status", Access::read, 4, 0, false, "orderListId origClientOrderId",
     list_calls::status},
    {"GET", "/api/v3/allOrderList", "allOrderLists", Access::read, 20, 0, false, "fromId startTime endTime limit",
     list_calls::all},
    {"GET", "/api/v3/openOrderList", "openOrderLists.status", Access::read, 6, 0, false, "", list_calls::open},

    {"GET", "/api/v3/account", "account.status", Access::read, 20, 0, false, "omitZeroBalances",
     account_calls::account},
    {"GET", "/api/v3/account/commission", "account.commission", Access::read, 20, 0, false, "symbol",
     account_calls::commission},
    {"GET", "/api/v3/rateLimit/order", "account.rateLimits.orders", Access::read, 40, 0, false, "",
     account_calls::order_limits},
    {"GET", "/api/v3/myFilters", "myFilters", Access::read, 40, 0, false, "symbol", account_calls::my_filters},
    {"GET", "/api/v3/myPreventedMatches", "myPreventedMatches", Access::read, 2, 0, false,
     "symbol preventedMatchId orderId fromPreventedMatchId limit", order_calls::prevented_matches},
    {"GET", "/api/v3/myAllocations", "myAllocations", Access::read, 20, 0, false,
     "symbol startTime endTime fromAllocationId limit orderId", order_calls::none_of_symbol},

    // What the paper exchange does not do says so; what would tell of it is empty.
    {"PUT", "/api/v3/order/amend/keepPriority", "order.amend.keepPriority", Access::trade, 4, 0, false,
     "symbol orderId origClientOrderId newClientOrderId newQty", order_calls::amend},
    {"GET", "/api/v3/order/amendments", "order.amendments", Access::read, 4, 0, false, "symbol orderId fromExecutionId limit",
     order_calls::none_of_symbol},
    {"POST", "/api/v3/sor/order", "sor.order.place", Access::trade, 1, 0, false, order_names, order_calls::route_smartly},
    {"POST", "/api/v3/sor/order/test", "sor.order.test", Access::trade, 1, 0, false, test_names, order_calls::route_smartly},

    // What clients ask besides when they load everything that Binance has.
    {"GET", "/sapi/v1/account/apiRestrictions", "", Access::read, 1, 0, false, "", account_calls::restrictions},
    {"GET", "/sapi/v1/account/status", "", Access::read, 1, 0, false, "", account_calls::account_status},
    {"GET", "/sapi/v1/system/status", "", Access::open, 1, 0, false, "", account_calls::system_status},
    {"GET", "/sapi/v1/asset/tradeFee", "", Access::read, 1, 0, false, "symbol", account_calls::trade_fee},
    {"GET", "/sapi/v1/capital/config/getall", "", Access::read, 1, 0, false, "", account_calls::empty_array},
    {"GET", "/sapi/v1/margin/allPairs", "", Access::read, 1, 0, false, "", account_calls::empty_array},
    {"GET", "/sapi/v1/margin/isolated/allPairs", "", Access::read, 1, 0, false, "symbol", account_calls::empty_array},
    {"GET", "/fapi/v1/exchangeInfo", "", Access::open, 1, 0, false, "", account_calls::no_symbols},
    {"GET", "/dapi/v1/exchangeInfo", "", Access::open, 1, 0, false, "", account_calls::no_symbols},
};

// How many symbols a ticker call names; 0: all.
int symbol_count(const Parameters& parameters) {
  if (parameters.has("symbol")) return 1;
  const std::string* list = parameters.find("symbols");
  if (!list) return 0;
  int count = 1;
  for (const char c : *list)
    count += c == ',';
  return count;
}

int limit_of(const Parameters& parameters, int fallback) {
  const std::string* limit = parameters.find("limit");
  int value = 0;
  if (!limit || limit->empty()) return fallback;
  for (const char c : *limit) {
    if (c < '0' || c > '9' || value > 100'000) return fallback;
    value = value * 10 + (c - '0');
  }
  return value;
}

} // namespace

const Route* find_route(std::string_view verb, std::string_view path) {
  for (const Route& route : table)
    if (route.path == path && route.verb == verb) return &route;
  return nullptr;
}

const Route* find_socket_route(std::string_view method) {
  for (const Route& route : table)
    if (!route.socket_method.empty() && route.socket_method == method) return &route;
  return nullptr;
}

int weight_of(const Route& route, const Parameters& parameters) {
  const std::string_view path = route.path;
  if (path == "/api/v3/depth") {
    const int limit = limit_of(parameters, 100);
    return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
  }
  if (path == "/api/v3/ticker/24hr") {
    const int count = symbol_count(parameters);
    return count == 0 || count > 100 ? 80 : count > 20 ? 40 : 2;
  }
  if (path == "/api/v3/ticker" || path == "/api/v3/ticker/tradingDay")
    return std::min(200, 4 * std::max(1, symbol_count(parameters)));
  if (path == "/api/v3/ticker/price" || path == "/api/v3/ticker/bookTicker") return parameters.has("symbol") ? 2 : 4;
  if (path == "/api/v3/openOrders" && route.verb == "GET") return parameters.has("symbol") ? 6 : 80;
  if (path == "/api/v3/myTrades") return parameters.has("orderId") ? 5 : 20;
  if (path == "/api/v3/myPreventedMatches") return parameters.has("orderId") ? 20 : 2;
  if (path == "/api/v3/order/test" || path == "/api/v3/sor/order/test") {
    const std::string* wanted = parameters.find("computeCommissionRates");
    return wanted && *wanted == "true" ? 20 : 1;
  }
  if (path == "/api/v3/executionRules") {
    const int count = symbol_count(parameters);
    return count == 0 ? 40 : std::min(40, 2 * count);
  }
  return route.weight;
}

} // namespace stratdock::exchange_server
