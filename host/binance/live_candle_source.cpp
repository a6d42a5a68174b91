#include "host/binance/live_candle_source.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "host/binance/http_transport.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t longest_wait_ms = 1'000;
constexpr int64_t history_pause_ms = 2'000;  // after a question for history that brought nothing

MarketSymbol market_symbol(const Symbol& rules, int64_t interval_ms) { return {rules, rules.base_asset + " / " + rules.quote_asset, interval_ms}; }

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

// Backwards from the start, a thousand at a time. Shared with the handlers, which may come after the time is over.
struct LiveCandleSource::Loading {
  Loading(int64_t end, int64_t count) : end_ms(end), wanted(count), done(count <= 0) {}
  std::vector<Candle> candles;  // ascending
  int64_t end_ms;               // open times before this are wanted
  int64_t wanted;               // still
  bool asking = false, done;
  Status status;
};

LiveCandleSource::LiveCandleSource(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options)
    : session_(session), rest_(rest), history_kept_(std::max<size_t>(options.history_kept, static_cast<size_t>(std::max<int64_t>(1, options.warmup)))), warmup_(options.warmup),
      listed_(options.listed), told_(options.told), streams_(network, session, options.streams, ask_over(rest)),
      watch_([&rest](const std::vector<std::string>& names, ReplyHandler<ExchangeInfo> handler) { return rest.exchange_info(names, std::move(handler)).has_value(); },
             [this](size_t symbol, const Symbol* rules) { told_of(symbol, rules); }) {}

Result<std::unique_ptr<LiveCandleSource>> LiveCandleSource::open(NetworkThread& network, Session& session, RestClient& rest, const LiveCandleOptions& options) {
  const std::string doing = "opening the market at " + session.endpoints.market_rest.text();
  if (options.symbols.empty() && !options.listed) return failure(doing + ": no symbol is asked for");
  if (!poll_until(session, rest, options.timeout_ms, [&] { return session.clock.known(); }))
    return failure(doing + ": the exchange did not tell its time in " + std::to_string(options.timeout_ms / 1'000) + " s", "is the network up? `stratdock check` shows more");
  std::unique_ptr<LiveCandleSource> source(new LiveCandleSource(network, session, rest, options));
  if (Status loaded = source->load_rules(options); !loaded) return tl::unexpected(loaded.error());
  if (Status loaded = source->load_history(options); !loaded) return tl::unexpected(loaded.error());
  return source;
}

void LiveCandleSource::add(const Symbol& rules, int64_t interval_ms) {
  symbols_.push_back(market_symbol(rules, interval_ms));
  followed_.push_back({CandleSeries(interval_ms), {}, {}, {}, false, false, 0, 0});
}

Status LiveCandleSource::load_rules(const LiveCandleOptions& options) {
  if (options.symbols.empty()) return {};
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
    add(listed->symbol, wanted.interval_ms);
  }
  return {};
}

void LiveCandleSource::ask_history(const std::shared_ptr<Loading>& loading, const MarketSymbol& symbol) {
  if (loading->done || loading->asking) return;
  const int limit = static_cast<int>(std::min(loading->wanted, klines_limit));
  const auto came = [loading, limit, name = symbol.rules.name](const Reply<std::vector<Kline>>& reply) {
    loading->asking = false;
    if (!reply.ok()) {
      loading->status = tl::unexpected(to_error(reply.verdict, "asking for candles of " + name));
      return;
    }
    loading->status = {};
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

Status LiveCandleSource::take_history(size_t symbol, const Loading& loading) {
  CandleSeries& history = followed_[symbol].history;
  for (const Candle& candle : loading.candles) {
    if (Status valid = validate_candle(candle, history.interval_ms()); !valid) return valid;
    if (history.empty() || candle.open_time_ms > history.back().open_time_ms) history.append(candle);
  }
  return {};
}

Status LiveCandleSource::load_history(const LiveCandleOptions& options) {
  int64_t shortest_ms = symbols_.empty() ? minute_ms : INT64_MAX;
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
    if (Status taken = take_history(i, *loading[i]); !taken) return taken;
    followed_[i].subscription = streams_.subscribe({symbols_[i].rules.name, symbols_[i].interval_ms, first_open_after(i, start_ms_)});
    followed_[i].joined = true;
  }
  return {};
}

Result<size_t> LiveCandleSource::add_symbol(const std::string& name, int64_t interval_ms) {
  if (find_symbol(name) != symbols_.size()) return CandleSource::add_symbol(name, interval_ms);
  const Symbol* rules = listed_ ? listed_(name) : nullptr;
  if (rules == nullptr) return failure("the exchange does not list " + name, "is it spelled as there? a symbol listed just now is known within 15 minutes");
  if (rules->status != SymbolStatus::trading) return failure(name + " is not traded at the exchange now: it says " + std::string(text(rules->status)), "try again when it trades");
  // Where nothing is followed the market stood: it goes on from now.
  if (symbols_.empty()) position_ms_ = std::max(position_ms_, (session_.now().server_ms - CandleSequencer::settling_ms) / interval_ms * interval_ms);
  add(*rules, interval_ms);
  followed_.back().loading = std::make_shared<Loading>(position_ms_ - interval_ms + 1, warmup_);
  return symbols_.size() - 1;
}

std::string LiveCandleSource::joining(size_t symbol) const {
  const Followed& one = followed_.at(symbol);
  if (one.joined) return {};
  const std::string what = "the candles of " + symbols_[symbol].rules.name + " are being fetched";
  return one.loading && !one.loading->status ? what + "; the last attempt failed: " + one.loading->status.error().text() : what;
}

// The next thing on the way into the steps of one that was added: history, then its stream, then all that closed meanwhile.
void LiveCandleSource::bring_in(size_t symbol, int64_t steady_ms) {
  Followed& one = followed_[symbol];
  const MarketSymbol& market = symbols_[symbol];
  if (!one.subscription) {
    if (!one.loading->done) {
      if (one.loading->asking || steady_ms < one.ask_not_before_ms) return;
      // The last failure stays told until an answer comes.
      one.ask_not_before_ms = steady_ms + (one.loading->status ? 0 : history_pause_ms);
      return ask_history(one.loading, market);
    }
    one.loading->status = take_history(symbol, *one.loading);
    if (!one.loading->status) {
      one.history.clear();
      one.loading = std::make_shared<Loading>(position_ms_ - market.interval_ms + 1, warmup_);
      one.ask_not_before_ms = steady_ms + history_pause_ms;
      return;
    }
    const int64_t first_ms = one.history.empty() ? first_open_after(symbol, position_ms_) : one.history.back().open_time_ms + market.interval_ms;
    one.subscription = streams_.subscribe({market.rules.name, market.interval_ms, first_ms});
    one.loading.reset();
  }
  for (; !one.pending.empty() && one.pending.front().open_time_ms + market.interval_ms <= position_ms_; one.pending.pop_front()) one.history.append(one.pending.front());
  if (one.still) streams_.skip_to(*one.subscription, first_open_after(symbol, position_ms_));
  one.joined = next_close_ms(symbol) > position_ms_;
}

// The open time of the first candle that closes after `close_ms`. The grid of weeks and of three days is the exchange's.
int64_t LiveCandleSource::first_open_after(size_t symbol, int64_t close_ms) const {
  const int64_t interval_ms = symbols_[symbol].interval_ms;
  const CandleSeries& history = followed_[symbol].history;
  const int64_t on_grid_ms = history.empty() ? 0 : history.back().open_time_ms % interval_ms;
  return on_grid_ms + (close_ms - on_grid_ms) / interval_ms * interval_ms;
}

void LiveCandleSource::poll(int64_t steady_ms) {
  rest_.poll(steady_ms);
  streams_.poll(steady_ms);
  for (const StreamCandle& candle : streams_.take()) {
    const auto of = std::find_if(followed_.begin(), followed_.end(), [&](const Followed& one) { return one.subscription == candle.subscription; });
    if (of != followed_.end()) of->pending.push_back(candle.candle);
  }
  for (size_t i = 0; i < followed_.size(); ++i) {
    if (!followed_[i].joined) bring_in(i, steady_ms);
    if (followed_[i].subscription) watch(i);
  }
  watch_.poll(steady_ms);
}

// Whether a symbol trades: asked where it gave no candle in time, and until the exchange says so where it did not.
void LiveCandleSource::watch(size_t symbol) {
  Followed& one = followed_[symbol];
  const bool heard = !one.pending.empty() || streams_.has_later(*one.subscription) || streams_.price(*one.subscription).event_ms > one.still_event_ms;
  if (one.still && heard) {
    one.still = false;
    watch_.due(symbol);
  }
  const bool silent = one.pending.empty() && streams_.doubts(*one.subscription);
  const bool trades = symbols_[symbol].rules.status == SymbolStatus::trading;
  if (silent || !trades) watch_.want(symbol, symbols_[symbol].rules.name);
  if (!silent || trades || one.still) return;
  one.still = true;
  one.still_event_ms = streams_.price(*one.subscription).event_ms;
}

void LiveCandleSource::told_of(size_t symbol, const Symbol* rules) {
  Symbol& known = symbols_[symbol].rules;
  if (rules != nullptr) known = *rules;
  else known.status = SymbolStatus::unknown;
  if (known.status == SymbolStatus::trading) followed_[symbol].still = false;
  if (told_) told_(known);
}

int64_t LiveCandleSource::next_poll_ms() const { return std::min(rest_.next_poll_ms(), streams_.next_poll_ms()); }

// When the symbol's next candle closes, handed out or still awaited.
int64_t LiveCandleSource::next_close_ms(size_t symbol) const {
  const Followed& one = followed_[symbol];
  const int64_t open_ms = one.pending.empty() ? streams_.next_open_ms(*one.subscription) : one.pending.front().open_time_ms;
  return open_ms + symbols_[symbol].interval_ms;
}

bool LiveCandleSource::ready() {
  poll(steady_now_ms());
  int64_t earliest_ms = INT64_MAX;
  for (size_t i = 0; i < symbols_.size(); ++i)
    if (is_awaited(i)) earliest_ms = std::min(earliest_ms, next_close_ms(i));
  for (size_t i = 0; i < symbols_.size(); ++i)
    if (is_awaited(i) && next_close_ms(i) == earliest_ms && followed_[i].pending.empty()) return false;
  return earliest_ms != INT64_MAX;
}

Result<bool> LiveCandleSource::next(MarketStep& step) {
  while (!ready()) {
    const int64_t wait_ms = std::clamp<int64_t>(next_poll_ms() - steady_now_ms(), 0, longest_wait_ms);
    session_.wakeup->wait(static_cast<int>(wait_ms));
    session_.wakeup->drain();
  }
  step.candles.clear();
  step.close_time_ms = INT64_MAX;
  for (size_t i = 0; i < symbols_.size(); ++i)
    if (is_awaited(i)) step.close_time_ms = std::min(step.close_time_ms, next_close_ms(i));
  for (size_t i = 0; i < symbols_.size(); ++i) {
    Followed& one = followed_[i];
    // What it does not trade now it will not have traded later.
    if (one.joined && one.still) streams_.skip_to(*one.subscription, first_open_after(i, step.close_time_ms));
    if (!is_awaited(i) || one.pending.empty() || next_close_ms(i) != step.close_time_ms) continue;
    const Candle candle = one.pending.front();
    one.pending.pop_front();
    step.candles.push_back({i, candle});
    one.history.append(candle);
    if (one.history.size() >= 2 * history_kept_) one.history.keep_last(history_kept_);
  }
  position_ms_ = step.close_time_ms;
  return true;
}

Status LiveCandleSource::seek(int64_t position_ms) {
  position_ms_ = position_ms;
  for (size_t i = 0; i < symbols_.size(); ++i) {
    Followed& one = followed_[i];
    if (!one.subscription) continue;
    CandleSeries kept(symbols_[i].interval_ms);
    kept.append(one.history, 0, one.history.lower_bound(position_ms - symbols_[i].interval_ms + 1));
    const int64_t first_open_ms = first_open_after(i, position_ms);
    one.history = std::move(kept);
    one.pending.clear();
    streams_.restart(*one.subscription, first_open_ms);
  }
  return {};
}

Result<CandleSeries> LiveCandleSource::candles(size_t symbol, int64_t from_ms, int64_t to_ms) const {
  const CandleSeries& kept = followed_.at(symbol).history;
  const size_t first = kept.lower_bound(from_ms), last = kept.lower_bound(to_ms);
  CandleSeries found(kept.interval_ms());
  if (last > first) found.append(kept, first, last - first);
  return found;
}

}  // namespace stratdock::binance
