// What market streams send, raw or combined: events, and answers to SUBSCRIBE and the like.
// Thread rule: plain values. Invariant: an event that is not known is no error but an UnknownEvent.
// Source: Binance "WebSocket Streams".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "host/binance/market_messages.hpp"

namespace stratdock::binance {

struct KlineEvent {
  std::string symbol, interval;
  Kline kline;
  bool closed = false;  // only a closed candle is one to act on
  int64_t event_ms = 0;
};

struct TickerEvent {
  std::string type;  // "24hrTicker", "24hrMiniTicker", "1hTicker", ...
  Ticker ticker;
  int64_t event_ms = 0;
};

struct BookTickerEvent {
  BookTicker book;
};

struct TradeEvent {
  std::string symbol;
  MarketTrade trade;  // quote_quantity is not sent: zero
  int64_t event_ms = 0;
};

struct AggregateTradeEvent {
  std::string symbol;
  AggregateTrade trade;
  int64_t event_ms = 0;
};

struct DepthEvent {
  std::string symbol;
  int64_t first_update_id = 0, last_update_id = 0;
  std::vector<BookLevel> bids, asks;
  int64_t event_ms = 0;
};

// The best levels; it names no symbol: the stream's name does.
struct PartialDepthEvent {
  Depth depth;
};

struct AveragePriceEvent {
  std::string symbol, interval;
  Decimal price;
  int64_t event_ms = 0, last_trade_ms = 0;
};

struct ReferencePriceEvent {
  ReferencePrice price;
};

// The connection will be closed by the exchange: open another at once.
struct ServerShutdownEvent {
  int64_t event_ms = 0;
};

struct UnknownEvent {
  std::string type;  // empty where it names none
};

// The answer to a request of ours on the connection.
struct StreamAnswer {
  std::string id;               // empty: null
  std::string result;           // JSON: "null", an array of stream names, true
  std::optional<Error> error;   // with the exchange's code
};

using StreamEvent = std::variant<KlineEvent, TickerEvent, BookTickerEvent, TradeEvent, AggregateTradeEvent, DepthEvent, PartialDepthEvent,
                                 AveragePriceEvent, ReferencePriceEvent, ServerShutdownEvent, UnknownEvent, StreamAnswer>;

struct StreamMessage {
  std::string stream;               // "btcusdt@kline_1m"; empty on a raw connection
  std::vector<StreamEvent> events;  // one, or as many as an array stream such as !miniTicker@arr carries
};

Result<StreamMessage> parse_stream_message(std::string_view text);

// {"method":"SUBSCRIBE","params":[...],"id":1}; method SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS (no streams).
std::string stream_request(std::string_view method, const std::vector<std::string>& streams, int64_t id);

}  // namespace stratdock::binance
