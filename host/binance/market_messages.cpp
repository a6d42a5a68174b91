#include "host/binance/market_messages.hpp"

#include "host/binance/message_parts.hpp"

namespace stratdock::binance {
namespace {

int64_t read_time(const MessageReader& message) {
  return message.integer("serverTime");
}

// [openTime, open, high, low, close, volume, closeTime, quoteVolume, trades, takerBase, takerQuote, "0"]
Kline read_kline(const MessageReader& tuple) {
  Kline kline;
  Candle& candle = kline.candle;
  candle.open_time_ms = tuple.integer_at(0);
  candle.open = tuple.real_at(1);
  candle.high = tuple.real_at(2);
  candle.low = tuple.real_at(3);
  candle.close = tuple.real_at(4);
  candle.volume = tuple.real_at(5);
  kline.close_time_ms = tuple.integer_at(6);
  candle.quote_volume = tuple.real_at(7);
  candle.trade_count = tuple.integer_at(8);
  candle.taker_buy_volume = tuple.real_at(9);
  return kline;
}

SymbolPrice read_price(const MessageReader& message) {
  return {message.text("symbol"), message.decimal("price")};
}

BookTicker read_book(const MessageReader& message) {
  return {message.text("symbol"),      message.decimal("bidPrice"), message.decimal("bidQty"),
          message.decimal("askPrice"), message.decimal("askQty"),   0};
}

Ticker read_ticker(const MessageReader& message) {
  Ticker ticker;
  ticker.symbol = message.text("symbol");
  ticker.open = message.decimal("openPrice");
  ticker.high = message.decimal("highPrice");
  ticker.low = message.decimal("lowPrice");
  ticker.last = message.decimal("lastPrice");
  ticker.volume = message.decimal("volume");
  ticker.quote_volume = message.decimal("quoteVolume");
  ticker.change = if_given(message, "priceChange");
  ticker.change_percent = if_given(message, "priceChangePercent");
  ticker.average = if_given(message, "weightedAvgPrice");
  ticker.previous_close = if_given(message, "prevClosePrice");
  ticker.last_quantity = if_given(message, "lastQty");
  ticker.bid_price = if_given(message, "bidPrice");
  ticker.bid_quantity = if_given(message, "bidQty");
  ticker.ask_price = if_given(message, "askPrice");
  ticker.ask_quantity = if_given(message, "askQty");
  ticker.open_time_ms = message.integer("openTime");
  ticker.close_time_ms = message.integer("closeTime");
  ticker.first_trade_id = message.integer_or("firstId", -1);
  ticker.last_trade_id = message.integer_or("lastId", -1);
  ticker.trade_count = message.integer_or("count", 0);
  return ticker;
}

Depth read_depth(const MessageReader& message) {
  return {message.integer("lastUpdateId"), read_levels(message.at("bids")), read_levels(message.at("asks"))};
}

AveragePrice read_average(const MessageReader& message) {
  return {message.integer("mins"), message.decimal("price"), message.integer_or("closeTime", 0)};
}

MarketTrade read_trade(const MessageReader& message) {
  MarketTrade trade;
  trade.id = message.integer("id");
  trade.price = message.decimal("price");
  trade.quantity = message.decimal("qty");
  trade.quote_quantity = message.decimal_or("quoteQty", {});
  trade.time_ms = message.integer("time");
  trade.buyer_is_maker = message.flag("isBuyerMaker");
  return trade;
}

AggregateTrade read_aggregate(const MessageReader& message) {
  AggregateTrade trade;
  trade.id = message.integer("a");
  trade.price = message.decimal("p");
  trade.quantity = message.decimal("q");
  trade.first_trade_id = message.integer("f");
  trade.last_trade_id = message.integer("l");
  trade.time_ms = message.integer("T");
  trade.buyer_is_maker = message.flag("m");
  return trade;
}

ReferencePrice read_reference(const MessageReader& message) {
  return {message.text("symbol"), if_given(message, "referencePrice"), message.integer_or("timestamp", 0)};
}

// An array whose elements are arrays or objects.
template <typename T>
Result<std::vector<T>> read_rows(std::string_view what, std::string_view text, T (*read)(const MessageReader&)) {
  std::vector<T> rows;
  const Status status = visit_message(what, text, RefusalIs::an_error, [&](const MessageReader& message) {
    rows.reserve(message.size());
    message.each([&](const MessageReader& row) { rows.push_back(read(row)); });
  });
  if (!status) return tl::unexpected<Error>(status.error());
  return rows;
}

} // namespace

std::optional<Decimal> if_given(const MessageReader& message, const char* key) {
  if (!message.has(key)) return {};
  return message.decimal(key);
}

Decimal read_product(const MessageReader& message, Decimal price, Decimal quantity) {
  // Far below where a product of decimals would overflow, far above any money there is.
  constexpr double largest = 1e24;
  if (price.abs().to_double() * quantity.abs().to_double() > largest) message.fault("a trade of possible size");
  return multiply(price, quantity, Rounding::down);
}

std::vector<BookLevel> read_levels(const MessageReader& levels) {
  std::vector<BookLevel> read;
  read.reserve(levels.size());
  levels.each([&](const MessageReader& level) { read.push_back({level.decimal_at(0), level.decimal_at(1)}); });
  return read;
}

Result<int64_t> parse_server_time(std::string_view text) {
  return read_message("time", text, read_time);
}

Result<std::vector<Kline>> parse_klines(std::string_view text) {
  return read_rows("klines", text, read_kline);
}

Result<std::vector<SymbolPrice>> parse_prices(std::string_view text) {
  return read_messages("ticker/price", text, read_price);
}

Result<std::vector<BookTicker>> parse_book_tickers(std::string_view text) {
  return read_messages("ticker/bookTicker", text, read_book);
}

Result<std::vector<Ticker>> parse_tickers(std::string_view text) {
  return read_messages("ticker", text, read_ticker);
}

Result<Depth> parse_depth(std::string_view text) {
  return read_message("depth", text, read_depth);
}

Result<AveragePrice> parse_average_price(std::string_view text) {
  return read_message("avgPrice", text, read_average);
}

Result<std::vector<MarketTrade>> parse_trades(std::string_view text) {
  return read_rows("trades", text, read_trade);
}

Result<std::vector<AggregateTrade>> parse_aggregate_trades(std::string_view text) {
  return read_rows("aggTrades", text, read_aggregate);
}

Result<ReferencePrice> parse_reference_price(std::string_view text) {
  return read_message("referencePrice", text, read_reference);
}

} // namespace stratdock::binance
