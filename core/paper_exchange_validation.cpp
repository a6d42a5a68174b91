// What the exchange checks before it takes an order, in its order: parameters and their precision (-11xx), the market's
// state and the filters (-1013), then the matching engine's own rules (-2010). Source: Binance Spot "Error codes",
// "Filters", REST "New order".
#include <algorithm>
#include <array>

#include "core/paper_exchange_impl.hpp"

namespace stratdock {

using paper::refused;

namespace {

enum class Need : uint8_t { required, forbidden };

struct TypeRule {
  Need time_in_force, price, stop_price;
};

TypeRule rule_of(OrderType type) {
  switch (type) {
  case OrderType::limit:
    return {Need::required, Need::required, Need::forbidden};
  case OrderType::limit_maker:
    return {Need::forbidden, Need::required, Need::forbidden};
  case OrderType::market:
    return {Need::forbidden, Need::forbidden, Need::forbidden};
  case OrderType::stop_loss:
  case OrderType::take_profit:
    return {Need::forbidden, Need::forbidden, Need::required};
  case OrderType::stop_loss_limit:
  case OrderType::take_profit_limit:
    return {Need::required, Need::required, Need::required};
  }
  invariant_broken("a known order type", __FILE__, __LINE__);
}

bool is_at_market(OrderType type) {
  return type == OrderType::market || type == OrderType::stop_loss || type == OrderType::take_profit;
}

// ("price", "above") -> "abovePrice", as the order-list endpoints spell their parameters.
std::string parameter(std::string_view name, std::string_view prefix) {
  std::string result(prefix);
  result += name;
  if (!prefix.empty() && name[0] >= 'a' && name[0] <= 'z')
    result[prefix.size()] = static_cast<char>(name[0] - 'a' + 'A');
  return result;
}

Status missing(const std::string& name) {
  return refused(-1102, "Mandatory parameter '" + name + "' was not sent, was empty/null, or malformed.");
}
Status not_required(const std::string& name) {
  return refused(-1106, "Parameter '" + name + "' sent when not required.");
}

Status check_need(Need need, bool is_sent, const std::string& name) {
  if (need == Need::required && !is_sent) return missing(name);
  if (need == Need::forbidden && is_sent) return not_required(name);
  return {};
}

Status check_number(Decimal value, int precision, const std::string& name) {
  if (value.is_negative())
    return refused(-1100, "Illegal characters found in parameter '" + name +
                              "'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.");
  int128 unit = 1;
  for (int i = std::clamp(precision, 0, Decimal::digits); i < Decimal::digits; ++i)
    unit *= 10;
  if (!value.is_multiple_of(Decimal::from_units(unit)))
    return refused(-1111, "Parameter '" + name + "' has too much precision.");
  return {};
}

Status check_quantities(const OrderRequest& request, std::string_view prefix, bool quantity_comes_later) {
  const std::string quantity = parameter("quantity", prefix), quote_quantity = parameter("quoteOrderQty", prefix);
  if (quantity_comes_later) {
    if (!request.quantity.is_zero()) return not_required(quantity);
    if (!request.quote_quantity.is_zero()) return not_required(quote_quantity);
    return {};
  }
  const bool may_be_quote = request.type == OrderType::market && prefix.empty();
  if (!may_be_quote && !request.quote_quantity.is_zero()) return not_required(quote_quantity);
  if (!request.quantity.is_zero() && !request.quote_quantity.is_zero())
    return refused(-1128, "Combination of optional parameters invalid.");
  if (!request.quantity.is_zero() || !request.quote_quantity.is_zero()) return {};
  if (may_be_quote)
    return refused(-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!");
  return missing(quantity);
}

std::string_view unsupported_text(OrderType type) {
  switch (type) {
  case OrderType::market:
    return "Market orders are not supported for this symbol.";
  case OrderType::stop_loss:
    return "Stop loss orders are not supported for this symbol.";
  case OrderType::stop_loss_limit:
    return "Stop loss limit orders are not supported for this symbol.";
  case OrderType::take_profit:
    return "Take profit orders are not supported for this symbol.";
  case OrderType::take_profit_limit:
    return "Take profit limit orders are not supported for this symbol.";
  default:
    return {};
  }
}

Status filter_failure(const std::string& filter, int code = -1013) {
  if (filter.empty()) return {};
  return refused(code, "Filter failure: " + filter);
}

bool is_client_id(std::string_view text) {
  return !text.empty() && text.size() <= 36 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

} // namespace

Status PaperExchange::Impl::check_id_text(const std::string& client_id, const std::string& parameter_name) const {
  if (client_id.empty() || is_client_id(client_id)) return {};
  return refused(-1100, "Illegal characters found in parameter '" + parameter_name +
                            "'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.");
}

Status PaperExchange::Impl::check_request(const Market& market, const OrderRequest& request, std::string_view prefix,
                                          bool quantity_comes_later) const {
  const std::string id_name = prefix.empty() ? "newClientOrderId" : parameter("clientOrderId", prefix);
  if (Status status = check_id_text(request.client_id, id_name); !status) return status;

  const TypeRule rule = rule_of(request.type);
  const std::string price = parameter("price", prefix), stop_price = parameter("stopPrice", prefix);
  const bool has_time_in_force = request.time_in_force != TimeInForce::none;
  if (Status status = check_need(rule.time_in_force, has_time_in_force, parameter("timeInForce", prefix)); !status)
    return status;
  if (Status status = check_need(rule.price, !request.price.is_zero(), price); !status) return status;
  const bool trails = request.trailing_delta_bips != 0;
  if (trails && rule.stop_price == Need::forbidden) return not_required(parameter("trailingDelta", prefix));
  if (rule.stop_price == Need::required && !trails && request.stop_price.is_zero())
    return missing(stop_price);
  if (rule.stop_price == Need::forbidden && !request.stop_price.is_zero()) return not_required(stop_price);
  if (!request.iceberg_quantity.is_zero()) {
    if (rule.price == Need::forbidden) return not_required(parameter("icebergQty", prefix));
    if (has_time_in_force && request.time_in_force != TimeInForce::gtc)
      return not_required(parameter("timeInForce", prefix)); // an iceberg is GTC
  }
  if (Status status = check_quantities(request, prefix, quantity_comes_later); !status) return status;

  const struct {
    Decimal value;
    int precision;
    std::string name;
  } numbers[] = {{request.quantity, market.symbol.base_precision, parameter("quantity", prefix)},
                 {request.quote_quantity, market.symbol.quote_precision, parameter("quoteOrderQty", prefix)},
                 {request.price, market.symbol.quote_precision, price},
                 {request.stop_price, market.symbol.quote_precision, stop_price},
                 {request.iceberg_quantity, market.symbol.base_precision, parameter("icebergQty", prefix)}};
  for (const auto& number : numbers)
    if (Status status = check_number(number.value, number.precision, number.name); !status) return status;
  return {};
}

Status PaperExchange::Impl::check_accepting(const Market& market, const OrderRequest& request) const {
  if (market.symbol.status != SymbolStatus::trading) return refused(-1013, "Market is closed.");
  const std::vector<std::string>& types = market.symbol.order_types;
  if (!types.empty() && std::find(types.begin(), types.end(), text(request.type)) == types.end()) {
    const std::string_view unsupported = unsupported_text(request.type);
    if (unsupported.empty()) return refused(-1014, "Unsupported order combination.");
    return refused(-2010, std::string(unsupported));
  }
  if (request.quote_quantity.is_positive() && !market.symbol.quote_order_quantity_allowed)
    return refused(-2010,
                   "Quote order qty market orders are not support for this symbol."); // the exchange's own spelling
  return {};
}

Status PaperExchange::Impl::check_filters(const Market& market, const OrderRequest& request,
                                          bool quantity_comes_later) const {
  const Symbol& symbol = market.symbol;
  const bool is_buy = request.side == Side::buy, at_market = is_at_market(request.type);
  if (request.price.is_positive()) {
    if (Status status = filter_failure(broken_price_filter(symbol, request.price)); !status) return status;
  }
  if (request.stop_price.is_positive()) {
    if (Status status = filter_failure(broken_price_filter(symbol, request.stop_price)); !status) return status;
  }
  const Decimal average = average_price(market);
  if (request.price.is_positive()) {
    if (Status status = filter_failure(broken_percent_price_filter(symbol, request.price, average, is_buy)); !status)
      return status;
  }
  if (request.trailing_delta_bips != 0 && (request.trailing_delta_bips < symbol.trailing_delta_min_bips ||
                                            request.trailing_delta_bips > symbol.trailing_delta_max_bips))
    return filter_failure("TRAILING_DELTA");
  if (quantity_comes_later) return {};
  if (request.iceberg_quantity.is_positive()) {
    if (Status status = filter_failure(broken_lot_filter(symbol, request.iceberg_quantity, false)); !status)
      return status;
    const Decimal limit = Decimal::from_integer(symbol.max_iceberg_parts);
    const bool too_many = symbol.max_iceberg_parts > 0 &&
                          divide(request.quantity, request.iceberg_quantity, Rounding::up) > limit;
    if (too_many) return filter_failure("ICEBERG_PARTS");
    if (request.iceberg_quantity > request.quantity) return refused(-2010, "IcebergQty exceeds QTY.");
  }

  if (request.quote_quantity.is_positive()) {
    // price * quantity is the amount itself here.
    if (Status status =
            filter_failure(broken_notional_filter(symbol, Decimal::from_integer(1), request.quote_quantity, true));
        !status)
      return status;
    const Decimal last = market.last_price();
    if (!last.is_positive()) return {};
    const Decimal quantity = divide(request.quote_quantity, last, Rounding::down);
    const bool in_lots = sellable_quantity(symbol, quantity, true).is_positive();
    const bool too_large = symbol.lot.max.is_positive() && quantity > symbol.lot.max;
    const bool too_large_at_market = symbol.market_lot.max.is_positive() && quantity > symbol.market_lot.max;
    if (!in_lots || too_large) return filter_failure("LOT_SIZE");
    return filter_failure(too_large_at_market ? "MARKET_LOT_SIZE" : "");
  }

  if (Status status = filter_failure(broken_lot_filter(symbol, request.quantity, at_market)); !status) return status;
  // A stop that fires at the market is measured by its stop price; for MARKET the documents name the average price.
  const Decimal price = request.price.is_positive()        ? request.price
                        : request.stop_price.is_positive() ? request.stop_price
                                                           : average;
  if (!price.is_positive()) return {};
  if (!multiply(price, request.quantity, Rounding::down).is_positive())
    return refused(-1013, "Price * QTY is zero or less.");
  return filter_failure(broken_notional_filter(symbol, price, request.quantity, at_market));
}

Status PaperExchange::Impl::check_client_id(const Market& market, const std::string& client_id) const {
  if (!client_id.empty() && find_open(market, client_id)) return refused(-2010, "Duplicate order sent.");
  return {};
}

Status PaperExchange::Impl::check_counts(const Market& market, const std::vector<const OrderRequest*>& orders) const {
  const Symbol& symbol = market.symbol;
  size_t algo_orders = 0;
  Decimal position;
  if (const auto found = balances.find(symbol.base_asset); found != balances.end())
    position = found->second.free + found->second.locked;
  for (const OpenOrder& open : market.orders) {
    algo_orders += OpenOrder::is_triggered_type(open.order.type);
    if (open.is_buy()) position += open.remaining();
  }
  bool buys = false;
  for (const OrderRequest* order : orders) {
    algo_orders += OpenOrder::is_triggered_type(order->type);
    if (order->side != Side::buy) continue;
    buys = true;
    position += order->quantity;
    if (order->quote_quantity.is_positive())
      position += divide(order->quote_quantity, market.last_price(), Rounding::down);
  }
  const bool has_algo = std::any_of(orders.begin(), orders.end(), [](const OrderRequest* order) {
    return OpenOrder::is_triggered_type(order->type);
  });

  if (symbol.max_orders > 0 && market.orders.size() + orders.size() > static_cast<size_t>(symbol.max_orders))
    return filter_failure("MAX_NUM_ORDERS", -2010);
  if (has_algo && symbol.max_algo_orders > 0 && algo_orders > static_cast<size_t>(symbol.max_algo_orders))
    return filter_failure("MAX_NUM_ALGO_ORDERS", -2010);
  if (buys && symbol.max_position.is_positive() && position > symbol.max_position)
    return filter_failure("MAX_POSITION", -2010);
  return {};
}

Status PaperExchange::Impl::check_against_price(const Market& market, OrderType type, Side side, Decimal price,
                                                Decimal stop_price) const {
  const Decimal last = market.last_price();
  const bool needs_price = type != OrderType::limit && type != OrderType::limit_maker;
  if (!last.is_positive()) {
    if (needs_price) return refused(-1112, "No orders on book for symbol.");
    return {};
  }
  if (OpenOrder::is_triggered_type(type) && stop_price.is_positive()) { // a trailing order may have none
    const bool triggers = OpenOrder::triggers_on_rise(type, side) ? last >= stop_price : last <= stop_price;
    if (triggers) return refused(-2010, "Order would trigger immediately.");
  }
  if (type == OrderType::limit_maker) {
    const bool takes = side == Side::buy ? price >= last : price <= last;
    if (takes) return refused(-2010, "Order would immediately match and take.");
  }
  return {};
}

Order PaperExchange::Impl::make_order(const OrderRequest& request, const Market& market, int64_t list_id) {
  Order order;
  order.order_id = next_order_id++;
  order.list_id = list_id;
  order.client_id = request.client_id.empty() ? fresh_client_id(market, order.order_id) : request.client_id;
  order.symbol = market.symbol.name;
  order.side = request.side;
  order.type = request.type;
  // The exchange reports GTC for types that have no time in force of their own.
  order.time_in_force = request.time_in_force == TimeInForce::none ? TimeInForce::gtc : request.time_in_force;
  order.quantity = request.quantity;
  order.requested_quote_quantity = request.quote_quantity;
  order.price = request.price;
  order.stop_price = request.stop_price;
  order.iceberg_quantity = request.iceberg_quantity;
  order.trailing_delta_bips = request.trailing_delta_bips;
  order.time_ms = order.update_ms = now_ms;
  order.is_working = !OpenOrder::is_triggered_type(request.type);
  return order;
}

} // namespace stratdock
