#include "host/binance/live_candle_source.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "host/binance/http_transport.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t longest_wait_ms = 1'000;

MarketSymbol market_symbol(const ListedSymbol& listed, int64_t interval_ms) {
  return {listed.symbol, listed.symbol.base_asset + " / " + listed.symbol.quote_asset, interval_ms};
}

KlineRange kline_range(const CandleRange& range) { return {range.from_ms, range.to_ms - 1, static_cast<int>(klines_limit)}; }

AskKlines ask_over(RestClient& rest) {
  return [&rest](const KlineQuestion& question, KlineHandler handler) {
    const auto hand_on = [handler = std::move(handler), symbol = question.symbol](const Reply<std::vector<Kline>>& reply) {
      if (reply.ok()) handler(*reply.value);
      else handler(tl::unexpected(to_error(reply.verdict, "asking for candles of " + symbol)));
    };
    return rest.klines(question.symbol, question.interval_ms, kline_range(question.range), hand_on).has_value();
  };
}

}  // namespace

LiveCandleSource::LiveCandleSource(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options)
    : session_(session), rest_(rest), history_kept_(std::max<size_t>(options.history_kept, static_cast<size_t>(std::max<int64_t>(1, options.warmup)))), streams_(network, session, options.streams, ask_over(rest)) {}

Result<std::unique_ptr<LiveCandleSource>> LiveCandleSource::open(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options) {
  const std::string doing = "opening the market at " + session.endpoints.market_rest.text();
  if (options.symbols.empty()) return failure(doing + ": no symbol is asked for");
  if (!poll_until(session, rest, options.timeout_ms, [&] { return session.clock.known(); }))
    return failure(doing + ": the exchange did not tell its time in " + std::to_string(options.timeout_ms / 1'000) + " s", "is the network up? `stratdock check` shows more");
  std::unique_ptr<LiveCandleSource> source(new LiveCandleSource(network, session, rest, options));
  if (Status loaded = source->load_rules(options); !loaded) return tl::unexpected(loaded.error());
  if (Status loaded = source->load_history(options); !loaded) return tl::unexpected(loaded.error());
  return source;
}

Status LiveCandleSource::load_rules(const LiveCandleOptions& options) {
  std::vector<std::string> names;
  for (const LiveMarketSymbol& symbol : options.symbols) names.push_back(symbol.name);
  // Shared with the handler, which may come after the time is over.
  const auto place = std::make_shared<std::optional<Reply<ExchangeInfo>>>();
  if (Status asked = rest_.exchange_info(names, [place](const Reply<ExchangeInfo>& came) { *place = came; }); !asked) return asked;
  poll_until(session_, rest_, options.timeout_ms, [&] { return place->has_value(); });
  const auto& reply = *place;
  if (!reply) return failure("asking the exchange for its symbols: no answer came");
  if (!reply->ok()) return tl::unexpected(to_error(reply->verdict, "asking the exchange for the symbols of the configuration"));
  for (const LiveMarketSymbol& wanted : options.symbols) {
    const ListedSymbol* listed = reply->value->find(wanted.name);
    if (listed == nullptr) return failure("opening the market: the exchange does not list " + wanted.name, "correct the symbol, or leave it away");
    symbols_.push_back(market_symbol(*listed, wanted.interval_ms));
    history_.emplace_back(wanted.interval_ms);
    pending_.emplace_back();
  }
  return {};
}

// Backwards from the start, a thousand at a time. Shared with the handlers, which may come after the time is over.
struct LiveCandleSource::Loading {
  Loading(int64_t end, int64_t count) : end_ms(end), wanted(count), done(count <= 0) {}
  std::vector<Candle> candles;  // ascending
  int64_t end_ms;               // open times before this are wanted
  int64_t wanted;               // still
  bool asking = false, done;
  Status status;
};

void LiveCandleSource::ask_history(const std::shared_ptr<Loading>& loading, const MarketSymbol& symbol) {
  if (loading->done || loading->asking) return;
  const int limit = static_cast<int>(std::min(loading->wanted, klines_limit));
  const auto came = [loading, limit, name = symbol.rules.name](const Reply<std::vector<Kline>>& reply) {
    loading->asking = false;
    if (!reply.ok()) {
      loading->status = tl::unexpected(to_error(reply.verdict, "asking for candles of " + name));
      return;
    }
    std::vector<Candle> part;
    for (const Kline& row : *reply.value)
      if (row.candle.open_time_ms < loading->end_ms) part.push_back(row.candle);
    loading->wanted -= static_cast<int64_t>(part.size());
    loading->done = loading->wanted <= 0 || part.empty() || static_cast<int>(reply.value->size()) < limit;
    if (!part.empty()) loading->end_ms = part.front().open_time_ms;
    part.insert(part.end(), loading->candles.begin(), loading->candles.end());
    loading->candles = std::move(part);
  };
  // Where the budget has nothing left it is tried again later.
  loading->asking = rest_.klines(symbol.rules.name, symbol.interval_ms, {std::nullopt, loading->end_ms - 1, limit}, came).has_value();
}

Status LiveCandleSource::load_history(const LiveCandleOptions& options) {
  int64_t shortest_ms = INT64_MAX;
  for (const MarketSymbol& symbol : symbols_) shortest_ms = std::min(shortest_ms, symbol.interval_ms);
  const int64_t server_ms = session_.now().server_ms - CandleSequencer::settling_ms;
  start_ms_ = position_ms_ = server_ms / shortest_ms * shortest_ms;
  std::vector<std::shared_ptr<Loading>> loading;
  for (const MarketSymbol& symbol : symbols_) loading.push_back(std::make_shared<Loading>(start_ms_ - symbol.interval_ms + 1, options.warmup));
  const auto failed = [&] { return std::find_if(loading.begin(), loading.end(), [](const auto& one) { return !one->status; }); };
  const auto advance = [&] {
    for (size_t i = 0; i < symbols_.size(); ++i) ask_history(loading[i], symbols_[i]);
    return failed() != loading.end() || std::all_of(loading.begin(), loading.end(), [](const auto& one) { return one->done; });
  };
  const bool done = poll_until(session_, rest_, options.timeout_ms, advance);
  if (failed() != loading.end()) return (*failed())->status;
  if (!done) return failure("asking for the market's history: it was not complete after " + std::to_string(options.timeout_ms / 1'000) + " s");
  for (size_t i = 0; i < symbols_.size(); ++i) {
    for (const Candle& candle : loading[i]->candles) {
      if (Status valid = validate_candle(candle, symbols_[i].interval_ms); !valid) return valid;
      if (history_[i].empty() || candle.open_time_ms > history_[i].back().open_time_ms) history_[i].append(candle);
    }
    subscriptions_.push_back(streams_.subscribe({symbols_[i].rules.name, symbols_[i].interval_ms, first_open_after(i, start_ms_)}));
  }
  return {};
}

// The open time of the first candle that closes after `close_ms`. The grid of weeks and of three days is the exchange's.
int64_t LiveCandleSource::first_open_after(size_t symbol, int64_t close_ms) const {
  const int64_t interval_ms = symbols_[symbol].interval_ms;
  const int64_t on_grid_ms = history_[symbol].empty() ? 0 : history_[symbol].back().open_time_ms % interval_ms;
  return on_grid_ms + (close_ms - on_grid_ms) / interval_ms * interval_ms;
}

void LiveCandleSource::poll(int64_t steady_ms) {
  rest_.poll(steady_ms);
  streams_.poll(steady_ms);
  for (const StreamCandle& one : streams_.take()) {
    const auto symbol = std::find(subscriptions_.begin(), subscriptions_.end(), one.subscription);
    if (symbol != subscriptions_.end()) pending_[static_cast<size_t>(symbol - subscriptions_.begin())].push_back(one.candle);
  }
}

int64_t LiveCandleSource::next_poll_ms() const { return std::min(rest_.next_poll_ms(), streams_.next_poll_ms()); }

// When the symbol's next candle closes, handed out or still awaited.
int64_t LiveCandleSource::next_close_ms(size_t symbol) const {
  const int64_t open_ms = pending_[symbol].empty() ? streams_.next_open_ms(subscriptions_[symbol]) : pending_[symbol].front().open_time_ms;
  return open_ms + symbols_[symbol].interval_ms;
}

bool LiveCandleSource::ready() {
  poll(steady_now_ms());
  int64_t earliest_ms = INT64_MAX;
  for (size_t i = 0; i < symbols_.size(); ++i) earliest_ms = std::min(earliest_ms, next_close_ms(i));
  for (size_t i = 0; i < symbols_.size(); ++i)
    if (next_close_ms(i) == earliest_ms && pending_[i].empty()) return false;
  return true;
}

Result<bool> LiveCandleSource::next(MarketStep& step) {
  while (!ready()) {
    const int64_t wait_ms = std::clamp<int64_t>(next_poll_ms() - steady_now_ms(), 0, longest_wait_ms);
    session_.wakeup->wait(static_cast<int>(wait_ms));
    session_.wakeup->drain();
  }
  step.candles.clear();
  step.close_time_ms = INT64_MAX;
  for (size_t i = 0; i < symbols_.size(); ++i) step.close_time_ms = std::min(step.close_time_ms, next_close_ms(i));
  for (size_t i = 0; i < symbols_.size(); ++i) {
    if (pending_[i].empty() || next_close_ms(i) != step.close_time_ms) continue;
    const Candle candle = pending_[i].front();
    pending_[i].pop_front();
    step.candles.push_back({i, candle});
    history_[i].append(candle);
    if (history_[i].size() >= 2 * history_kept_) history_[i].keep_last(history_kept_);
  }
  position_ms_ = step.close_time_ms;
  return true;
}

Status LiveCandleSource::seek(int64_t position_ms) {
  for (size_t i = 0; i < symbols_.size(); ++i) {
    CandleSeries kept(symbols_[i].interval_ms);
    kept.append(history_[i], 0, history_[i].lower_bound(position_ms - symbols_[i].interval_ms + 1));
    const int64_t first_open_ms = first_open_after(i, position_ms);
    history_[i] = std::move(kept);
    pending_[i].clear();
    streams_.restart(subscriptions_[i], first_open_ms);
  }
  position_ms_ = position_ms;
  return {};
}

Result<CandleSeries> LiveCandleSource::candles(size_t symbol, int64_t from_ms, int64_t to_ms) const {
  const CandleSeries& kept = history_.at(symbol);
  const size_t first = kept.lower_bound(from_ms), last = kept.lower_bound(to_ms);
  CandleSeries found(kept.interval_ms());
  if (last > first) found.append(kept, first, last - first);
  return found;
}

}  // namespace stratdock::binance
