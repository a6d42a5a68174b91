// The exchange's market as a CandleSource: closed candles, live, as if they came out of a file.
//
// A step is complete when every symbol has given its candle of that time, or it is proven that the exchange has none
// (CandleSequencer). What closed while this program was away is handed out first, step by step, so that a bot cannot tell
// streams, REST and a replay apart.
// Owns: the streams and a bounded history of each symbol. Thread rule and invariant: those of CandleSource; next() waits
// for its step, so a loop asks ready() first and polls fd(). The descriptor is the session's: whoever polls it drains the
// session's Wakeup before the clients that share it are polled.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "host/binance/market_streams.hpp"
#include "host/binance/rest_client.hpp"
#include "host/market/candle_source.hpp"

namespace stratdock::binance {

struct LiveMarketSymbol {
  std::string name;
  int64_t interval_ms = 0;
};

struct LiveCandleOptions {
  std::vector<LiveMarketSymbol> symbols;
  int64_t warmup = 500;       // closed candles of each symbol before the start
  size_t history_kept = 2'000;  // of each symbol, in memory; older ones are the journal's
  int64_t timeout_ms = 30'000;  // for everything open() asks
  MarketStreamsOptions streams;
};

class LiveCandleSource final : public CandleSource {
public:
  // Asks the exchange for the symbols' rules and their latest candles; blocks while it does, as a start may. Fails on what
  // the exchange does not list or does not answer. All references must outlive the source.
  static Result<std::unique_ptr<LiveCandleSource>> open(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options);

  const std::vector<MarketSymbol>& symbols() const override { return symbols_; }
  int64_t start_ms() const override { return start_ms_; }
  // Waits until there is one; never at an end.
  Result<bool> next(MarketStep& step) override;
  int64_t position_ms() const override { return position_ms_; }
  Status seek(int64_t position_ms) override;
  // Out of what is kept: at least the last history_kept candles.
  Result<CandleSeries> candles(size_t symbol, int64_t from_ms, int64_t to_ms) const override;
  bool ready() override;
  int fd() const override { return session_.wakeup->fd(); }

  // Looks after REST and the streams; ready() does it too.
  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const;
  // The newest price the stream showed of a symbol, for stops that the engine watches itself.
  StreamPrice price(size_t symbol) const { return streams_.price(subscriptions_.at(symbol)); }
  const MarketStreams& streams() const { return streams_; }

private:
  LiveCandleSource(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options);
  struct Loading;
  void ask_history(const std::shared_ptr<Loading>& loading, const MarketSymbol& symbol);
  Status load_rules(const LiveCandleOptions& options);
  Status load_history(const LiveCandleOptions& options);
  int64_t first_open_after(size_t symbol, int64_t close_ms) const;
  int64_t next_close_ms(size_t symbol) const;

  Session& session_;
  RestClient& rest_;
  const size_t history_kept_;
  MarketStreams streams_;
  std::vector<MarketSymbol> symbols_;
  std::vector<size_t> subscriptions_;       // by symbol
  std::vector<CandleSeries> history_;       // by symbol; what was handed out, and the warm-up
  std::vector<std::deque<Candle>> pending_; // by symbol; closed, not handed out yet
  int64_t start_ms_ = 0, position_ms_ = 0;
};

}  // namespace stratdock::binance
