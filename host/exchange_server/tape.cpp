#include "host/exchange_server/tape.hpp"

#include <algorithm>
#include <chrono>

#include "core/check.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr int64_t week_ms = 7 * day_ms;
constexpr int64_t first_monday_ms = 4 * day_ms; // 1970-01-05

int64_t floor_to(int64_t value, int64_t step) {
  const int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

int64_t month_open(int64_t time_ms, int months_later) {
  using namespace std::chrono;
  const year_month_day date{sys_days{days{floor_to(time_ms, day_ms) / day_ms}}};
  const year_month month = year_month{date.year(), date.month()} + months{months_later};
  return sys_days{month / 1}.time_since_epoch().count() * day_ms;
}

} // namespace

int64_t CandleInterval::open_of(int64_t time_ms, int64_t zone_ms) const {
  const int64_t local_ms = time_ms + zone_ms;
  if (length_ms == 0) return month_open(local_ms, 0) - zone_ms;
  const int64_t anchor_ms = length_ms == week_ms ? first_monday_ms : 0;
  return floor_to(local_ms - anchor_ms, length_ms) + anchor_ms - zone_ms;
}

int64_t CandleInterval::end_of(int64_t open_ms, int64_t zone_ms) const {
  return length_ms == 0 ? month_open(open_ms + zone_ms, 1) - zone_ms : open_ms + length_ms;
}

std::optional<CandleInterval> find_interval(std::string_view text) {
  if (text == "1M") return CandleInterval{};
  const Result<int64_t> length = parse_interval(text);
  if (!length) return std::nullopt;
  return CandleInterval{*length};
}

void Tape::add_history(const CandleSeries& candles) {
  if (candles.empty()) return;
  played_.append(candles, 0, candles.size());
  trade_ids_.assign(played_.size(), {-1, -1});
  price_ = Decimal::from_double(played_.close().back());
}

void Tape::begin(const Candle& whole, int64_t now_ms) {
  forming_ = Candle{};
  forming_->open_time_ms = whole.open_time_ms;
  forming_->open = forming_->high = forming_->low = forming_->close = whole.open;
  forming_first_id_ = next_trade_id_;
  make_trade(whole.open, 0, now_ms);
}

void Tape::move(const Candle& whole, double price, double share, int64_t now_ms) {
  STRATDOCK_CHECK(forming_.has_value());
  Candle& candle = *forming_;
  const Decimal step = symbol_.lot.step;
  const auto part = [&](double amount) { return Decimal::from_double(amount * share).floor_to(step).to_double(); };
  const double volume = part(whole.volume) - candle.volume;
  candle.high = std::max(candle.high, price);
  candle.low = std::min(candle.low, price);
  candle.close = price;
  candle.volume = part(whole.volume);
  candle.quote_volume = whole.quote_volume * share;
  candle.taker_buy_volume = part(whole.taker_buy_volume);
  candle.trade_count = static_cast<int64_t>(static_cast<double>(whole.trade_count) * share);
  make_trade(price, std::max(0.0, volume), now_ms);
}

void Tape::end(const Candle& whole, int64_t now_ms) {
  const double left = std::max(0.0, whole.volume - forming_->volume);
  if (whole.low < forming_->low) make_trade(whole.low, left / 3, now_ms); // nobody watched on the way
  if (whole.high > forming_->high) make_trade(whole.high, left / 3, now_ms);
  make_trade(whole.close, left / 3, now_ms);
  forming_.reset();
  played_.append(whole);
  trade_ids_.emplace_back(forming_first_id_, next_trade_id_ - 1);
  if (played_.size() > max_candles + max_candles / 10) {
    played_.keep_last(max_candles);
    while (trade_ids_.size() > max_candles)
      trade_ids_.pop_front();
  }
}

void Tape::make_trade(double price, double volume, int64_t now_ms) {
  const Decimal next = Decimal::from_double(price);
  const bool fell = next < price_;
  const Decimal step = symbol_.lot.step.is_positive() ? symbol_.lot.step : Decimal::from_units(1);
  const Decimal quantity = std::max(step, Decimal::from_double(volume).floor_to(step));
  add_trade(next, quantity, fell, now_ms);
  price_ = next;
}

int64_t Tape::add_trade(Decimal price, Decimal quantity, bool buyer_is_maker, int64_t now_ms) {
  trades_.push_back({next_trade_id_++, price, quantity, now_ms, buyer_is_maker});
  if (trades_.size() > max_trades) trades_.pop_front();
  ++update_id_;
  return trades_.back().id;
}

Candle Tape::candle_at(size_t row) const {
  return row < played_.size() ? played_.at(row) : *forming_;
}

int64_t Tape::first_id_at(size_t row) const {
  if (row >= played_.size()) return forming_first_id_;
  const size_t back = played_.size() - row;
  return back <= trade_ids_.size() ? trade_ids_[trade_ids_.size() - back].first : -1;
}

bool Tape::can_serve(const CandleInterval& interval) const {
  return interval.length_ms == 0 || (interval.length_ms >= interval_ms() && interval.length_ms % interval_ms() == 0);
}

std::vector<TapeCandle> Tape::candles(const CandleInterval& interval, std::optional<int64_t> start_ms,
                                      std::optional<int64_t> end_ms, size_t limit, int64_t zone_ms) const {
  std::vector<TapeCandle> result;
  if (candle_count() == 0 || limit == 0) return result;
  const bool from_start = start_ms.has_value();
  // A candle is named by its opening, so a start inside one begins with the next.
  int64_t from_ms = INT64_MIN;
  if (from_start) {
    from_ms = interval.open_of(*start_ms, zone_ms);
    if (from_ms < *start_ms) from_ms = interval.end_of(from_ms, zone_ms);
  }
  const int64_t last_ms = end_ms.value_or(INT64_MAX);
  size_t row = from_start ? played_.lower_bound(from_ms) : 0;
  if (!from_start) {
    // Look back far enough for `limit` candles, gaps left out; months take the longest.
    const size_t end_row = end_ms ? played_.lower_bound(*end_ms + 1) : played_.size();
    const int64_t length_ms = interval.length_ms == 0 ? 31 * day_ms : interval.length_ms;
    const size_t per_candle = static_cast<size_t>(length_ms / interval_ms());
    const size_t wanted = (limit + 1) * per_candle;
    row = end_row > wanted ? played_.lower_bound(interval.open_of(played_.at(end_row - wanted).open_time_ms, zone_ms)) : 0;
  }
  for (; row < candle_count(); ++row) {
    const Candle candle = candle_at(row);
    const int64_t open_ms = interval.open_of(candle.open_time_ms, zone_ms);
    if (open_ms < from_ms) continue;
    if (open_ms > last_ms) break;
    if (result.empty() || result.back().candle.open_time_ms != open_ms) {
      if (from_start && result.size() == limit) break;
      TapeCandle& next = result.emplace_back();
      next.candle = candle;
      next.candle.open_time_ms = open_ms;
      next.close_time_ms = interval.end_of(open_ms, zone_ms) - 1;
      next.first_trade_id = first_id_at(row);
    } else {
      Candle& sum = result.back().candle;
      sum.high = std::max(sum.high, candle.high);
      sum.low = std::min(sum.low, candle.low);
      sum.close = candle.close;
      sum.volume += candle.volume;
      sum.quote_volume += candle.quote_volume;
      sum.taker_buy_volume += candle.taker_buy_volume;
      sum.trade_count += candle.trade_count;
    }
    TapeCandle& last = result.back();
    const bool is_played = row < played_.size();
    const size_t back = is_played ? played_.size() - row : 0;
    if (!is_played) last.last_trade_id = next_trade_id_ - 1;
    else if (back <= trade_ids_.size()) last.last_trade_id = trade_ids_[trade_ids_.size() - back].second;
    last.is_closed = is_played && candle.open_time_ms + interval_ms() > last.close_time_ms;
  }
  if (result.size() > limit) result.erase(result.begin(), result.end() - static_cast<std::ptrdiff_t>(limit));
  return result;
}

std::optional<TapeCandle> Tape::last_candle(const CandleInterval& interval, int64_t zone_ms) const {
  auto found = candles(interval, std::nullopt, std::nullopt, 1, zone_ms);
  if (found.empty()) return std::nullopt;
  return found.back();
}

int64_t Tape::market_end_ms() const {
  if (candle_count() == 0) return 0;
  return candle_at(candle_count() - 1).open_time_ms + interval_ms();
}

std::optional<TapeWindow> Tape::window(int64_t from_ms) const {
  const size_t first = played_.lower_bound(from_ms);
  if (first >= candle_count()) return std::nullopt;
  TapeWindow window;
  Candle candle = candle_at(first);
  window.open = candle.open;
  window.high = candle.high;
  window.low = candle.low;
  window.open_time_ms = candle.open_time_ms;
  window.previous_close = first > 0 ? played_.close()[first - 1] : candle.open;
  for (size_t row = first; row < candle_count(); ++row) {
    candle = candle_at(row);
    window.high = std::max(window.high, candle.high);
    window.low = std::min(window.low, candle.low);
    window.volume += candle.volume;
    window.quote_volume += candle.quote_volume > 0 ? candle.quote_volume : candle.volume * candle.close;
    window.trade_count += candle.trade_count;
    if (window.first_trade_id < 0) window.first_trade_id = first_id_at(row);
  }
  window.close = candle.close;
  window.close_time_ms = candle.open_time_ms + interval_ms() - 1;
  window.last_trade_id = trades_.empty() ? -1 : trades_.back().id;
  return window;
}

Book Tape::book(size_t levels) const {
  Book book;
  book.update_id = update_id_;
  if (!has_price()) return book;
  const Decimal tick = symbol_.price.tick.is_positive() ? symbol_.price.tick : Decimal::from_units(1);
  const Decimal step = symbol_.lot.step.is_positive() ? symbol_.lot.step : Decimal::from_units(1);
  const int128 base = std::max<int128>(1, divide(Decimal::from_integer(2'000), price_, Rounding::down).units() / step.units());
  uint64_t noise = static_cast<uint64_t>(update_id_) * 0x9e3779b97f4a7c15ULL;
  const auto quantity = [&] {
    noise = (noise ^ (noise >> 30)) * 0xbf58476d1ce4e5b9ULL;
    return Decimal::from_units(step.units() * (base + static_cast<int128>(noise % 1000) * base / 250));
  };
  for (size_t i = 1; i <= levels; ++i) {
    const Decimal away = Decimal::from_units(tick.units() * static_cast<int128>(i));
    book.asks.push_back({price_ + away, quantity()});
    if (price_ > away) book.bids.push_back({price_ - away, quantity()});
  }
  return book;
}

} // namespace stratdock::exchange_server
