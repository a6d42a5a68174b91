// The exchange's market as a CandleSource: closed candles, live, as if they came out of a file.
//
// A step is complete when every symbol has given its candle of that time, or it is proven that the exchange has none
// (CandleSequencer). What closed while this program was away is handed out first, step by step, so that a bot cannot tell
// streams, REST and a replay apart.
// A symbol may be added while it runs: its history is fetched and its stream begun beside the others' steps, which it joins
// at the position that they have reached. A symbol that gives no candle in time is asked about (SymbolWatch); while the
// exchange says that it does not trade, steps go on without it, until a candle, a stream's word or the exchange says otherwise.
// Owns: the streams and a bounded history of each symbol. Thread rule and invariant: those of CandleSource; next() waits
// for its step, so a loop asks ready() first and polls fd(). The descriptor is the session's: whoever polls it drains the
// session's Wakeup before the clients that share it are polled.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/binance/market_streams.hpp"
#include "host/binance/rest_client.hpp"
#include "host/binance/symbol_watch.hpp"
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
  // The rules of a symbol as last known, null where the exchange does not list it; without it nothing can be added.
  std::function<const Symbol*(std::string_view)> listed;
  std::function<void(const Symbol&)> told;  // newer rules of one symbol, status included
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
  // Fails on what the exchange does not list or does not trade now, and on a second interval.
  Result<size_t> add_symbol(const std::string& name, int64_t interval_ms) override;
  std::string joining(size_t symbol) const override;
  bool stands_still(size_t symbol) const override { return followed_.at(symbol).still; }
  // Out of what is kept: at least the last history_kept candles.
  Result<CandleSeries> candles(size_t symbol, int64_t from_ms, int64_t to_ms) const override;
  bool ready() override;
  int fd() const override { return session_.wakeup->fd(); }

  // Looks after REST and the streams; ready() does it too.
  void poll(int64_t steady_ms);
  int64_t next_poll_ms() const;
  // The newest price the stream showed of a symbol, for stops that the engine watches itself.
  StreamPrice price(size_t symbol) const { return followed_.at(symbol).subscription ? streams_.price(*followed_.at(symbol).subscription) : StreamPrice{}; }
  const MarketStreams& streams() const { return streams_; }

private:
  struct Loading;
  struct Followed {
    CandleSeries history;            // what was handed out, and the warm-up
    std::deque<Candle> pending;      // closed, not handed out yet
    std::optional<size_t> subscription;  // none while the history is awaited
    std::shared_ptr<Loading> loading;    // of one that was added
    bool joined = false;             // steps hold its candles
    bool still = false;              // halted: steps do not wait for it
    int64_t still_event_ms = 0;      // the newest word of the stream then
    int64_t ask_not_before_ms = 0;
  };

  LiveCandleSource(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options);
  void add(const Symbol& rules, int64_t interval_ms);
  Status take_history(size_t symbol, const Loading& loading);
  void bring_in(size_t symbol, int64_t steady_ms);
  void watch(size_t symbol);
  void told_of(size_t symbol, const Symbol* rules);
  bool is_awaited(size_t symbol) const { return followed_[symbol].joined && !followed_[symbol].still; }
  void ask_history(const std::shared_ptr<Loading>& loading, const MarketSymbol& symbol);
  Status load_rules(const LiveCandleOptions& options);
  Status load_history(const LiveCandleOptions& options);
  int64_t first_open_after(size_t symbol, int64_t close_ms) const;
  int64_t next_close_ms(size_t symbol) const;

  Session& session_;
  RestClient& rest_;
  const size_t history_kept_;
  const int64_t warmup_;
  const std::function<const Symbol*(std::string_view)> listed_;
  const std::function<void(const Symbol&)> told_;
  MarketStreams streams_;
  SymbolWatch watch_;
  std::vector<MarketSymbol> symbols_;
  std::vector<Followed> followed_;  // by symbol
  int64_t start_ms_ = 0, position_ms_ = 0;
};

}  // namespace stratdock::binance
