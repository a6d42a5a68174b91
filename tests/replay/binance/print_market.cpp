#include "host/binance/exchange_info.hpp"
#include "host/binance/market_messages.hpp"
#include "host/binance/stream_messages.hpp"
#include "print_messages.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace printing {
namespace {

std::string status_word(SymbolStatus status) {
  switch (status) {
  case SymbolStatus::trading:
    return "TRADING";
  case SymbolStatus::halt:
    return "HALT";
  case SymbolStatus::break_:
    return "BREAK";
  case SymbolStatus::cancel_only:
    return "CANCEL_ONLY";
  case SymbolStatus::end_of_day:
    return "END_OF_DAY";
  case SymbolStatus::unknown:
    break;
  }
  return "?";
}

Json optional_text(const std::optional<Decimal>& value) {
  return value ? Json(value->text()) : Json();
}

Json print_limit(const RateLimit& limit) {
  return {{"rateLimitType", limit.type}, {"interval", limit.interval}, {"intervalNum", limit.interval_count},
          {"limit", limit.limit},        {"count", limit.count},       {"window_ms", limit.window_ms()}};
}

Json print_filters(const ListedSymbol& listed) {
  const Symbol& s = listed.symbol;
  const auto quantity = [](const QuantityFilter& filter) {
    return Json{{"minQty", filter.min.text()}, {"maxQty", filter.max.text()}, {"stepSize", filter.step.text()}};
  };
  return {
      {"PRICE_FILTER",
       {{"minPrice", s.price.min.text()}, {"maxPrice", s.price.max.text()}, {"tickSize", s.price.tick.text()}}},
      {"LOT_SIZE", quantity(s.lot)},
      {"MARKET_LOT_SIZE", quantity(s.market_lot)},
      {"PERCENT_PRICE_BY_SIDE",
       {{"bidMultiplierUp", s.percent_price.bid_up.text()},
        {"bidMultiplierDown", s.percent_price.bid_down.text()},
        {"askMultiplierUp", s.percent_price.ask_up.text()},
        {"askMultiplierDown", s.percent_price.ask_down.text()},
        {"avgPriceMins", s.percent_price.average_minutes}}},
      {"NOTIONAL",
       {{"minNotional", s.notional.min.text()},
        {"maxNotional", s.notional.max.text()},
        {"applyMinToMarket", s.notional.min_applies_to_market},
        {"applyMaxToMarket", s.notional.max_applies_to_market}}},
      {"MAX_NUM_ORDERS", {{"maxNumOrders", s.max_orders}}},
      {"MAX_NUM_ALGO_ORDERS", {{"maxNumAlgoOrders", s.max_algo_orders}}},
      {"MAX_NUM_ORDER_LISTS", {{"maxNumOrderLists", s.max_order_lists}}},
      {"MAX_NUM_ICEBERG_ORDERS", {{"maxNumIcebergOrders", listed.max_iceberg_orders}}},
      {"MAX_NUM_ORDER_AMENDS", {{"maxNumOrderAmends", listed.max_order_amends}}},
      {"ICEBERG_PARTS", {{"limit", listed.iceberg_parts}}},
      {"MAX_POSITION", {{"maxPosition", s.max_position.text()}}},
      {"TRAILING_DELTA",
       {{"minTrailingAboveDelta", listed.trailing.min_above},
        {"maxTrailingAboveDelta", listed.trailing.max_above},
        {"minTrailingBelowDelta", listed.trailing.min_below},
        {"maxTrailingBelowDelta", listed.trailing.max_below}}},
  };
}

Json print_symbol(const ListedSymbol& listed) {
  const Symbol& s = listed.symbol;
  return {{"symbol", s.name},
          {"status", listed.status_text},
          {"status_meant", status_word(s.status)},
          {"baseAsset", s.base_asset},
          {"quoteAsset", s.quote_asset},
          {"baseAssetPrecision", s.base_precision},
          {"quoteAssetPrecision", s.quote_precision},
          {"orderTypes", s.order_types},
          {"ocoAllowed", s.oco_allowed},
          {"otoAllowed", s.oto_allowed},
          {"opoAllowed", s.opo_allowed},
          {"quoteOrderQtyMarketAllowed", s.quote_order_quantity_allowed},
          {"icebergAllowed", listed.iceberg_allowed},
          {"allowTrailingStop", listed.trailing_stop_allowed},
          {"cancelReplaceAllowed", listed.cancel_replace_allowed},
          {"amendAllowed", listed.amend_allowed},
          {"isSpotTradingAllowed", listed.spot_trading_allowed},
          {"permissionSets", listed.permission_sets},
          {"defaultSelfTradePreventionMode", listed.self_trade_prevention},
          {"allowedSelfTradePreventionModes", listed.self_trade_preventions},
          {"filters", print_filters(listed)},
          {"unknown_filters", listed.unknown_filters}};
}

Json print_info(const ExchangeInfo& info) {
  const ExchangeLimits& l = info.limits;
  return {{"serverTime", info.server_time_ms},
          {"limits", {l.max_orders, l.max_algo_orders, l.max_iceberg_orders, l.max_order_lists}},
          {"rateLimits", each(info.rate_limits, print_limit)},
          {"symbols", each(info.symbols, print_symbol)},
          {"unreadable", each(info.unreadable, [](const UnreadableSymbol& s) {
             return Json{{"symbol", s.name}, {"reason", s.reason}};
           })}};
}

Json print_kline(const Kline& kline) {
  const Candle& c = kline.candle;
  return Json::array({c.open_time_ms, c.open, c.high, c.low, c.close, c.volume, kline.close_time_ms, c.quote_volume,
                      c.trade_count, c.taker_buy_volume});
}

Json print_levels(const std::vector<BookLevel>& levels) {
  return each(levels, [](const BookLevel& level) { return Json::array({level.price.text(), level.quantity.text()}); });
}

Json print_ticker(const Ticker& t) {
  return {{"symbol", t.symbol},
          {"openPrice", t.open.text()},
          {"highPrice", t.high.text()},
          {"lowPrice", t.low.text()},
          {"lastPrice", t.last.text()},
          {"volume", t.volume.text()},
          {"quoteVolume", t.quote_volume.text()},
          {"priceChange", optional_text(t.change)},
          {"priceChangePercent", optional_text(t.change_percent)},
          {"weightedAvgPrice", optional_text(t.average)},
          {"prevClosePrice", optional_text(t.previous_close)},
          {"lastQty", optional_text(t.last_quantity)},
          {"bidPrice", optional_text(t.bid_price)},
          {"bidQty", optional_text(t.bid_quantity)},
          {"askPrice", optional_text(t.ask_price)},
          {"askQty", optional_text(t.ask_quantity)},
          {"openTime", t.open_time_ms},
          {"closeTime", t.close_time_ms},
          {"firstId", t.first_trade_id},
          {"lastId", t.last_trade_id},
          {"count", t.trade_count}};
}

Json print_depth(const Depth& depth) {
  return {
      {"lastUpdateId", depth.last_update_id}, {"bids", print_levels(depth.bids)}, {"asks", print_levels(depth.asks)}};
}

// ---- events, under the stream's own letters
Json print(const KlineEvent& e) {
  const Candle& c = e.kline.candle;
  return {{"e", "kline"},
          {"E", e.event_ms},
          {"s", e.symbol},
          {"k",
           {{"t", c.open_time_ms},
            {"T", e.kline.close_time_ms},
            {"i", e.interval},
            {"o", c.open},
            {"h", c.high},
            {"l", c.low},
            {"c", c.close},
            {"v", c.volume},
            {"q", c.quote_volume},
            {"V", c.taker_buy_volume},
            {"n", c.trade_count},
            {"x", e.closed}}}};
}
Json print(const TickerEvent& e) {
  const Ticker& t = e.ticker;
  return {{"e", e.type},
          {"E", e.event_ms},
          {"s", t.symbol},
          {"o", t.open.text()},
          {"h", t.high.text()},
          {"l", t.low.text()},
          {"c", t.last.text()},
          {"v", t.volume.text()},
          {"q", t.quote_volume.text()},
          {"p", optional_text(t.change)},
          {"P", optional_text(t.change_percent)},
          {"w", optional_text(t.average)},
          {"x", optional_text(t.previous_close)},
          {"Q", optional_text(t.last_quantity)},
          {"b", optional_text(t.bid_price)},
          {"B", optional_text(t.bid_quantity)},
          {"a", optional_text(t.ask_price)},
          {"A", optional_text(t.ask_quantity)},
          {"O", t.open_time_ms},
          {"C", t.close_time_ms},
          {"F", t.first_trade_id},
          {"L", t.last_trade_id},
          {"n", t.trade_count}};
}
Json print(const BookTickerEvent& e) {
  return {{"u", e.book.update_id},           {"s", e.book.symbol},           {"b", e.book.bid_price.text()},
          {"B", e.book.bid_quantity.text()}, {"a", e.book.ask_price.text()}, {"A", e.book.ask_quantity.text()}};
}
Json print(const TradeEvent& e) {
  return {{"e", "trade"},
          {"E", e.event_ms},
          {"s", e.symbol},
          {"t", e.trade.id},
          {"p", e.trade.price.text()},
          {"q", e.trade.quantity.text()},
          {"T", e.trade.time_ms},
          {"m", e.trade.buyer_is_maker}};
}
Json print(const AggregateTrade& t) {
  return {{"a", t.id},
          {"p", t.price.text()},
          {"q", t.quantity.text()},
          {"f", t.first_trade_id},
          {"l", t.last_trade_id},
          {"T", t.time_ms},
          {"m", t.buyer_is_maker}};
}
Json print(const AggregateTradeEvent& e) {
  Json printed = print(e.trade);
  printed.update({{"e", "aggTrade"}, {"E", e.event_ms}, {"s", e.symbol}});
  return printed;
}
Json print(const DepthEvent& e) {
  return {{"e", "depthUpdate"},       {"E", e.event_ms},       {"s", e.symbol},
          {"U", e.first_update_id},   {"u", e.last_update_id}, {"b", print_levels(e.bids)},
          {"a", print_levels(e.asks)}};
}
Json print(const PartialDepthEvent& e) {
  return print_depth(e.depth);
}
Json print(const AveragePriceEvent& e) {
  return {{"e", "avgPrice"}, {"E", e.event_ms},     {"s", e.symbol},
          {"i", e.interval}, {"w", e.price.text()}, {"T", e.last_trade_ms}};
}
Json print(const ReferencePriceEvent& e) {
  return {{"e", "referencePrice"}, {"s", e.price.symbol}, {"r", optional_text(e.price.price)}, {"t", e.price.time_ms}};
}
Json print(const ServerShutdownEvent& e) {
  return {{"e", "serverShutdown"}, {"E", e.event_ms}};
}
Json print(const UnknownEvent& e) {
  return {{"unknown", e.type}};
}
Json print(const StreamAnswer& e) {
  if (e.error) return {{"id", e.id}, {"code", e.error->code}, {"msg", e.error->message}};
  return {{"id", e.id}, {"result", Json::parse(e.result)}};
}

Json print_stream(const StreamMessage& message) {
  return {{"stream", message.stream}, {"events", each(message.events, [](const StreamEvent& event) {
                                         return std::visit([](const auto& e) { return print(e); }, event);
                                       })}};
}

} // namespace

Json print_market(std::string_view kind, std::string_view text) {
  const auto decimal_trade = [](const MarketTrade& t) {
    return Json{{"id", t.id},
                {"price", t.price.text()},
                {"qty", t.quantity.text()},
                {"quoteQty", t.quote_quantity.text()},
                {"time", t.time_ms},
                {"isBuyerMaker", t.buyer_is_maker}};
  };
  if (kind == "exchange_info") return outcome(parse_exchange_info(text), print_info);
  if (kind == "rate_limits")
    return outcome(parse_rate_limits(text), [](const auto& limits) { return each(limits, print_limit); });
  if (kind == "server_time")
    return outcome(parse_server_time(text), [](int64_t time) { return Json{{"serverTime", time}}; });
  if (kind == "klines")
    return outcome(parse_klines(text), [](const auto& klines) { return each(klines, print_kline); });
  if (kind == "prices")
    return outcome(parse_prices(text), [](const auto& prices) {
      return each(prices, [](const SymbolPrice& p) { return Json{{"symbol", p.symbol}, {"price", p.price.text()}}; });
    });
  if (kind == "book_tickers")
    return outcome(parse_book_tickers(text), [](const auto& books) {
      return each(books, [](const BookTicker& b) {
        return Json{{"symbol", b.symbol},
                    {"bidPrice", b.bid_price.text()},
                    {"bidQty", b.bid_quantity.text()},
                    {"askPrice", b.ask_price.text()},
                    {"askQty", b.ask_quantity.text()}};
      });
    });
  if (kind == "tickers")
    return outcome(parse_tickers(text), [](const auto& tickers) { return each(tickers, print_ticker); });
  if (kind == "depth") return outcome(parse_depth(text), print_depth);
  if (kind == "average_price")
    return outcome(parse_average_price(text), [](const AveragePrice& a) {
      return Json{{"mins", a.minutes}, {"price", a.price.text()}, {"closeTime", a.close_time_ms}};
    });
  if (kind == "trades")
    return outcome(parse_trades(text), [&](const auto& trades) { return each(trades, decimal_trade); });
  if (kind == "aggregate_trades")
    return outcome(parse_aggregate_trades(text),
                   [](const auto& trades) { return each(trades, [](const AggregateTrade& t) { return print(t); }); });
  if (kind == "reference_price")
    return outcome(parse_reference_price(text), [](const ReferencePrice& r) {
      return Json{{"symbol", r.symbol}, {"referencePrice", optional_text(r.price)}, {"timestamp", r.time_ms}};
    });
  if (kind == "stream") return outcome(parse_stream_message(text), print_stream);
  return {};
}

} // namespace printing
