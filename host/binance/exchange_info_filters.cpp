// Filters: from their fields to the values that core reckons with.
#include <algorithm>

#include "host/binance/exchange_info_reader.hpp"
#include "host/binance/message_reader.hpp"

namespace stratdock::binance {

const ExchangeInfoReader::Field* ExchangeInfoReader::field(std::string_view name) const {
  for (size_t i = 0; i < field_count_; ++i)
    if (fields_[i].name == name) return &fields_[i];
  return nullptr;
}

// A field that a known filter needs; a fault of the symbol where it is not there or is no decimal.
Decimal ExchangeInfoReader::decimal(std::string_view name) {
  const Field* found = field(name);
  if (found != nullptr && found->kind == PlainValue::Kind::text) {
    if (const Result<Decimal> parsed = Decimal::parse(found->text); parsed && !parsed->is_negative()) return *parsed;
  }
  symbol_fault("field " + std::string(name) + " of filter " + filter_type_ + " is " +
               (found == nullptr ? "missing" : '"' + short_quote(found->text) + "\" where a decimal was expected"));
  return {};
}

int64_t ExchangeInfoReader::integer(std::string_view name) {
  const Field* found = field(name);
  if (found != nullptr && found->kind == PlainValue::Kind::integer && found->integer >= 0) return found->integer;
  symbol_fault("field " + std::string(name) + " of filter " + filter_type_ + " is " +
               (found == nullptr ? "missing" : "not an integer of 0 or more"));
  return 0;
}

// A count as core holds it. Beyond an int it is no limit that anybody reaches.
int ExchangeInfoReader::limit(std::string_view name, int otherwise) {
  if (field(name) == nullptr) return otherwise;
  return static_cast<int>(std::min<int64_t>(integer(name), INT32_MAX));
}

bool ExchangeInfoReader::flag(std::string_view name) {
  const Field* found = field(name);
  return found != nullptr && found->kind == PlainValue::Kind::flag && found->integer == 1;
}

void ExchangeInfoReader::end_filter() {
  if (place() == Place::exchange_filters)
    apply_exchange_filter(filter_type_);
  else
    apply_symbol_filter(filter_type_);
}

void ExchangeInfoReader::apply_exchange_filter(std::string_view type) {
  ExchangeLimits& limits = info_.limits;
  int64_t* into = nullptr;
  const Field* found = nullptr;
  if (type == "EXCHANGE_MAX_NUM_ORDERS") into = &limits.max_orders, found = field("maxNumOrders");
  if (type == "EXCHANGE_MAX_NUM_ALGO_ORDERS") into = &limits.max_algo_orders, found = field("maxNumAlgoOrders");
  if (type == "EXCHANGE_MAX_NUM_ICEBERG_ORDERS")
    into = &limits.max_iceberg_orders, found = field("maxNumIcebergOrders");
  if (type == "EXCHANGE_MAX_NUM_ORDER_LISTS") into = &limits.max_order_lists, found = field("maxNumOrderLists");
  if (into != nullptr && found != nullptr && found->kind == PlainValue::Kind::integer && found->integer >= 0)
    *into = found->integer;
  else
    info_.unknown_filters.emplace_back(type);
}

// Filters that hold one number. False: it is none of them.
bool ExchangeInfoReader::apply_count_filter(std::string_view type) {
  Symbol& symbol = current_.symbol;
  if (type == "MAX_NUM_ORDERS") {
    // The field was once called "limit".
    symbol.max_orders = limit(field("maxNumOrders") ? "maxNumOrders" : "limit", symbol.max_orders);
  } else if (type == "MAX_NUM_ALGO_ORDERS") {
    symbol.max_algo_orders = limit("maxNumAlgoOrders", symbol.max_algo_orders);
  } else if (type == "MAX_NUM_ORDER_LISTS") {
    symbol.max_order_lists = limit("maxNumOrderLists", symbol.max_order_lists);
  } else if (type == "MAX_NUM_ICEBERG_ORDERS") {
    current_.max_iceberg_orders = limit("maxNumIcebergOrders", 0);
  } else if (type == "MAX_NUM_ORDER_AMENDS") {
    current_.max_order_amends = limit("maxNumOrderAmends", 0);
  } else if (type == "ICEBERG_PARTS") {
    current_.iceberg_parts = limit("limit", 0);
  } else if (type == "MAX_POSITION") {
    symbol.max_position = decimal("maxPosition");
  } else {
    return false;
  }
  return true;
}

void ExchangeInfoReader::apply_symbol_filter(std::string_view type) {
  Symbol& symbol = current_.symbol;
  if (type == "PRICE_FILTER") {
    symbol.price = {decimal("minPrice"), decimal("maxPrice"), decimal("tickSize")};
  } else if (type == "LOT_SIZE") {
    symbol.lot = {decimal("minQty"), decimal("maxQty"), decimal("stepSize")};
  } else if (type == "MARKET_LOT_SIZE") {
    symbol.market_lot = {decimal("minQty"), decimal("maxQty"), decimal("stepSize")};
  } else if (type == "NOTIONAL") {
    symbol.notional = {decimal("minNotional"), decimal("maxNotional"), flag("applyMinToMarket"),
                       flag("applyMaxToMarket")};
  } else if (type == "MIN_NOTIONAL") {
    symbol.notional.min = decimal("minNotional");
    symbol.notional.min_applies_to_market = flag("applyToMarket");
  } else if (type == "PERCENT_PRICE_BY_SIDE") {
    symbol.percent_price = {true,
                            decimal("bidMultiplierUp"),
                            decimal("bidMultiplierDown"),
                            decimal("askMultiplierUp"),
                            decimal("askMultiplierDown"),
                            limit("avgPriceMins", 5)};
  } else if (type == "PERCENT_PRICE") {
    const Decimal up = decimal("multiplierUp"), down = decimal("multiplierDown");
    symbol.percent_price = {true, up, down, up, down, limit("avgPriceMins", 5)};
  } else if (type == "TRAILING_DELTA") {
    current_.trailing = {integer("minTrailingAboveDelta"), integer("maxTrailingAboveDelta"),
                         integer("minTrailingBelowDelta"), integer("maxTrailingBelowDelta")};
  } else if (!apply_count_filter(type)) {
    current_.unknown_filters.emplace_back(type);
  }
}

} // namespace stratdock::binance
