// Calls that ask: the market and the account.
#include "core/check.hpp"
#include "host/binance/requests.hpp"

namespace stratdock::binance {
namespace {

Call open_call(std::string path, std::string method, int weight) {
  Call call;
  call.path = "/api/v3/" + std::move(path);
  call.method = std::move(method);
  call.weight = weight;
  return call;
}

Call signed_call(std::string path, std::string method, int weight) {
  Call call = open_call(std::move(path), std::move(method), weight);
  call.security = Security::signed_;
  return call;
}

// `symbol=` for one would be answered with an object; `symbols=` always brings an array.
void add_symbols(Call& call, const std::vector<std::string>& symbols) {
  if (!symbols.empty()) call.parameters.add_list("symbols", symbols);
}

int ticker_weight(size_t symbols) {
  if (symbols == 0 || symbols > 100) return 80;
  return symbols > 20 ? 40 : 2;
}

int depth_weight(int limit) {
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

void add_if(Parameters& parameters, std::string_view name, const std::optional<int64_t>& value) {
  if (value) parameters.add(name, *value);
}

} // namespace

Call call_time() {
  return open_call("time", "time", 1);
}

Call call_exchange_info(const std::vector<std::string>& symbols) {
  Call call = open_call("exchangeInfo", "exchangeInfo", 20);
  if (symbols.empty()) call.parameters.add("permissions", "SPOT");
  add_symbols(call, symbols);
  return call;
}

Result<Call> call_klines(std::string_view symbol, std::string_view interval, const KlineRange& range) {
  constexpr int most_klines = 1000;
  if (range.limit < 1 || range.limit > most_klines)
    return failure("asking for klines of " + std::string(symbol) + ": " + std::to_string(range.limit) +
                   " at once, the exchange gives 1 to 1000");
  Call call = open_call("klines", "klines", 2);
  call.parameters.add("symbol", symbol).add("interval", interval);
  add_if(call.parameters, "startTime", range.start_ms);
  add_if(call.parameters, "endTime", range.end_ms);
  call.parameters.add("limit", range.limit);
  return call;
}

Call call_prices(const std::vector<std::string>& symbols) {
  Call call = open_call("ticker/price", "ticker.price", 4);
  add_symbols(call, symbols);
  return call;
}

Call call_tickers(const std::vector<std::string>& symbols) {
  Call call = open_call("ticker/24hr", "ticker.24hr", ticker_weight(symbols.size()));
  add_symbols(call, symbols);
  return call;
}

Call call_book_tickers(const std::vector<std::string>& symbols) {
  Call call = open_call("ticker/bookTicker", "ticker.book", 4);
  add_symbols(call, symbols);
  return call;
}

Call call_depth(std::string_view symbol, int limit) {
  Call call = open_call("depth", "depth", depth_weight(limit));
  call.parameters.add("symbol", symbol).add("limit", limit);
  return call;
}

Call call_average_price(std::string_view symbol) {
  Call call = open_call("avgPrice", "avgPrice", 2);
  call.parameters.add("symbol", symbol);
  return call;
}

Call call_aggregate_trades(std::string_view symbol, std::optional<int64_t> from_id, int limit) {
  Call call = open_call("aggTrades", "trades.aggregate", 4);
  call.parameters.add("symbol", symbol);
  add_if(call.parameters, "fromId", from_id);
  call.parameters.add("limit", limit);
  return call;
}

Call call_account() {
  Call call = signed_call("account", "account.status", 20);
  call.parameters.add_flag("omitZeroBalances", true);
  return call;
}

Call call_commission(std::string_view symbol) {
  Call call = signed_call("account/commission", "account.commission", 20);
  call.parameters.add("symbol", symbol);
  return call;
}

Call call_order_rate_limits() {
  return signed_call("rateLimit/order", "account.rateLimits.orders", 40);
}

Call call_key_permissions() {
  Call call = signed_call("", "", 1);
  call.path = "/sapi/v1/account/apiRestrictions";
  return call;
}

Call call_open_orders(std::string_view symbol) {
  Call call = signed_call("openOrders", "openOrders.status", symbol.empty() ? 80 : 6);
  if (!symbol.empty()) call.parameters.add("symbol", symbol);
  return call;
}

Call call_open_order_lists() {
  return signed_call("openOrderList", "openOrderLists.status", 6);
}

Call call_account_trades(std::string_view symbol, const TradeRange& range) {
  Call call = signed_call("myTrades", "myTrades", range.order_id ? 5 : 20);
  call.parameters.add("symbol", symbol);
  add_if(call.parameters, "orderId", range.order_id);
  add_if(call.parameters, "startTime", range.start_ms);
  add_if(call.parameters, "endTime", range.end_ms);
  add_if(call.parameters, "fromId", range.from_id);
  call.parameters.add("limit", range.limit);
  return call;
}

Call call_all_orders(std::string_view symbol, const TradeRange& range) {
  Call call = signed_call("allOrders", "allOrders", 20);
  call.parameters.add("symbol", symbol);
  add_if(call.parameters, "orderId", range.order_id);
  add_if(call.parameters, "startTime", range.start_ms);
  add_if(call.parameters, "endTime", range.end_ms);
  call.parameters.add("limit", range.limit);
  return call;
}

Call call_subscribe_user_data() {
  Call call = signed_call("", "userDataStream.subscribe.signature", 2);
  call.path.clear();
  return call;
}

Call call_unsubscribe_user_data(int64_t subscription_id) {
  Call call = open_call("", "userDataStream.unsubscribe", 2);
  call.path.clear();
  call.parameters.add("subscriptionId", subscription_id);
  return call;
}

} // namespace stratdock::binance
