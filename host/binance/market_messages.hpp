// Answers of the market endpoints, over REST or as results of the WebSocket API.
// Thread rule: plain values. Invariant: prices and quantities are exact decimals, but for candles, which are doubles.
// Every parser gives an Error that names the field; one for many also takes the single object that `symbol=` brings.
// Source: Binance Spot "Market Data endpoints".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/candle.hpp"
#include "core/decimal.hpp"
#include "core/result.hpp"

namespace stratdock::binance {

struct Kline {
  Candle candle;
  int64_t close_time_ms = 0;  // the last millisecond of the candle
  // The newest one of an answer is still forming. Judge by the exchange's clock, never by the local one.
  bool is_closed(int64_t server_time_ms) const { return close_time_ms < server_time_ms; }
};

struct SymbolPrice {
  std::string symbol;
  Decimal price;
};

struct BookTicker {
  std::string symbol;
  Decimal bid_price, bid_quantity, ask_price, ask_quantity;
  int64_t update_id = 0;  // of the stream; 0 over REST
};

// 24 hours, a trading day or a rolling window. Fields that MINI and the other kinds lack are absent.
struct Ticker {
  std::string symbol;
  Decimal open, high, low, last, volume, quote_volume;
  std::optional<Decimal> change, change_percent, average, previous_close, last_quantity;
  std::optional<Decimal> bid_price, bid_quantity, ask_price, ask_quantity;
  int64_t open_time_ms = 0, close_time_ms = 0;
  int64_t first_trade_id = -1, last_trade_id = -1, trade_count = 0;
};

struct BookLevel {
  Decimal price, quantity;  // quantity 0 in a stream: the level is gone
};

struct Depth {
  int64_t last_update_id = 0;
  std::vector<BookLevel> bids, asks;  // best first
};

struct AveragePrice {
  int64_t minutes = 0;
  Decimal price;
  int64_t close_time_ms = 0;  // of its last trade; 0 where not given
};

struct MarketTrade {
  int64_t id = 0;
  Decimal price, quantity, quote_quantity;
  int64_t time_ms = 0;
  bool buyer_is_maker = false;  // true: the seller took
};

struct AggregateTrade {
  int64_t id = 0, first_trade_id = -1, last_trade_id = -1;
  Decimal price, quantity;
  int64_t time_ms = 0;
  bool buyer_is_maker = false;
};

struct ReferencePrice {
  std::string symbol;
  std::optional<Decimal> price;  // absent: the exchange has none at the moment
  int64_t time_ms = 0;
};

Result<int64_t> parse_server_time(std::string_view text);  // ms
Result<std::vector<Kline>> parse_klines(std::string_view text);
Result<std::vector<SymbolPrice>> parse_prices(std::string_view text);
Result<std::vector<BookTicker>> parse_book_tickers(std::string_view text);
Result<std::vector<Ticker>> parse_tickers(std::string_view text);
Result<Depth> parse_depth(std::string_view text);
Result<AveragePrice> parse_average_price(std::string_view text);
Result<std::vector<MarketTrade>> parse_trades(std::string_view text);
Result<std::vector<AggregateTrade>> parse_aggregate_trades(std::string_view text);
Result<ReferencePrice> parse_reference_price(std::string_view text);

}  // namespace stratdock::binance
