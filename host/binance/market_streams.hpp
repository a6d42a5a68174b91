// Market data shared by all bots: one stream per symbol and interval, spread over connections; closed candles out of it.
//
// Only what the exchange calls closed counts (x = true). Each series has a CandleSequencer, so that every candle comes once
// and in order whatever happens to a connection; what a stream did not bring is asked of REST. A connection is renewed
// before the exchange cuts it at 24 hours, and at once when it announces its end: the new one is subscribed before the old
// one goes. A connection whose candles REST has to bring again and again is renewed as well.
// Limits kept (Binance "WebSocket Streams", "General information"): 5 client messages a second, of which pongs and pings
// need some, 1,024 streams a connection, 300 connections in 5 minutes (by the budget).
//
// Owns: the connections and the sequencers. Thread rule: one owner's thread; poll() never blocks. Invariant: memory does
// not grow with time; candles of one subscription come out in ascending open time, each once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/binance/candle_sequencer.hpp"
#include "host/binance/lasting_connection.hpp"
#include "host/binance/market_messages.hpp"
#include "host/binance/session.hpp"

namespace stratdock::binance {

struct StreamSubscription {
  std::string symbol;  // "BTCUSDT"
  int64_t interval_ms = 0;
  int64_t next_open_ms = 0;  // the first candle wanted
};

struct StreamCandle {
  size_t subscription = 0;  // what subscribe() gave
  Candle candle;
};

// The newest price a stream showed, closed candle or not.
struct StreamPrice {
  double price = 0;
  int64_t event_ms = 0;  // the exchange's clock; 0: none yet
};

struct KlineQuestion {
  std::string symbol;
  int64_t interval_ms = 0;
  CandleRange range;  // at most klines_limit candles
};
inline constexpr int64_t klines_limit = 1'000;  // of /api/v3/klines

// Asks REST; the handler is called later, on the owner's thread, exactly once. False: not now, nothing was asked.
using KlineHandler = std::function<void(const Result<std::vector<Kline>>&)>;
using AskKlines = std::function<bool(const KlineQuestion&, KlineHandler)>;

struct MarketStreamsOptions {
  size_t streams_per_connection = 256;  // 1 .. 1,024
  size_t questions_at_once = 8;         // to REST
  LastingConnectionOptions connection;  // target and cost are set here
};

struct MarketStreamsState {
  size_t connections_open = 0, connections_wanted = 0;
  int64_t connections_made = 0, connections_lost = 0, renewals = 0;
  int64_t messages = 0, unreadable = 0;
  std::string last_fault;
};

class MarketStreams {
public:
  static constexpr size_t streams_a_request = 100;
  static constexpr int64_t request_pause_ms = 400;  // leaves half of the 5 messages a second to pings and pongs

  // All references must outlive it.
  MarketStreams(NetworkThread& network, Session& session, MarketStreamsOptions options, AskKlines ask);
  ~MarketStreams();

  // Adds one, or gives the one that is there: a second subscription to the same symbol and interval is the same.
  size_t subscribe(const StreamSubscription& subscription);
  // Starts a series anew at `next_open_ms`; what was not taken is dropped. For a source that seeks.
  void restart(size_t subscription, int64_t next_open_ms);
  const StreamSubscription& subscription(size_t index) const;
  // The first candle of the series that was neither given out nor proven absent.
  int64_t next_open_ms(size_t subscription) const;

  // REST did not have that candle either, although its time is over.
  bool doubts(size_t subscription) const;
  // Whether a later candle than that one came already.
  bool has_later(size_t subscription) const;
  // Candles that open before `open_ms` are not wanted any more: the exchange is known to make none.
  void skip_to(size_t subscription, int64_t open_ms);

  // Looks at everything: to be called when the bell rang, and at next_poll_ms() at the latest.
  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const { return next_poll_ms_; }
  std::vector<StreamCandle> take();
  StreamPrice price(size_t subscription) const;
  MarketStreamsState state() const;
  SequencerCounts counts() const;  // of all series together

private:
  struct Series;
  class Line;

  void fill_gaps(int64_t steady_ms);
  void ask(size_t index, const CandleRange& range, int64_t steady_ms);
  void answered(size_t index, uint64_t generation, const CandleRange& range, int64_t asked_server_ms, const Result<std::vector<Kline>>& rows);
  void wish_poll(int64_t steady_ms) { next_poll_ms_ = std::min(next_poll_ms_, steady_ms); }

  NetworkThread& network_;
  Session& session_;
  const MarketStreamsOptions options_;
  const AskKlines ask_;
  std::vector<std::unique_ptr<Series>> series_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::vector<StreamCandle> ready_;
  MarketStreamsState state_;
  size_t questions_ = 0, next_to_ask_ = 0;
  int64_t next_poll_ms_ = 0;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // answers that come after the end find it gone
};

}  // namespace stratdock::binance
