#include "core/candle.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.hpp"

namespace stratdock {
namespace {

struct NamedInterval {
  std::string_view name;
  int64_t interval_ms;
};

constexpr int64_t hour_ms = 60 * minute_ms;
constexpr int64_t week_ms = 7 * day_ms;

constexpr std::array<NamedInterval, 15> known_intervals{{{"1s", 1'000},
                                                         {"1m", minute_ms},
                                                         {"3m", 3 * minute_ms},
                                                         {"5m", 5 * minute_ms},
                                                         {"15m", 15 * minute_ms},
                                                         {"30m", 30 * minute_ms},
                                                         {"1h", hour_ms},
                                                         {"2h", 2 * hour_ms},
                                                         {"4h", 4 * hour_ms},
                                                         {"6h", 6 * hour_ms},
                                                         {"8h", 8 * hour_ms},
                                                         {"12h", 12 * hour_ms},
                                                         {"1d", day_ms},
                                                         {"3d", 3 * day_ms},
                                                         {"1w", week_ms}}};

bool is_on_grid(int64_t open_time_ms, int64_t interval_ms) {
  // The exchange's weeks begin on Monday, and 1970-01-01 was a Thursday.
  if (interval_ms == week_ms) return (open_time_ms - 4 * day_ms) % week_ms == 0;
  // Where its count of three-day bars begins is not documented; a bar of it opens at midnight at least.
  if (interval_ms == 3 * day_ms) return open_time_ms % day_ms == 0;
  return open_time_ms % interval_ms == 0;
}

bool is_amount(double value) {
  return std::isfinite(value) && value >= 0;
}
bool is_price(double value) {
  return std::isfinite(value) && value > 0;
}

} // namespace

Result<int64_t> parse_interval(std::string_view text) {
  for (const NamedInterval& known : known_intervals)
    if (known.name == text) return known.interval_ms;
  return failure("reading \"" + std::string(text.substr(0, 32)) + "\" as a candle interval: there is none of that name",
                 "use one of 1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w; case matters");
}

std::string interval_text(int64_t interval_ms) {
  const auto found = std::find_if(known_intervals.begin(), known_intervals.end(),
                                  [&](const NamedInterval& known) { return known.interval_ms == interval_ms; });
  STRATDOCK_CHECK(found != known_intervals.end());
  return std::string(found->name);
}

Status validate_candle(const Candle& candle, int64_t interval_ms) {
  STRATDOCK_CHECK(interval_ms > 0);
  const auto refuse = [&](const char* what) -> Status {
    return failure("checking the candle that opens at " + std::to_string(candle.open_time_ms) + " ms: " + what,
                   "the row is damaged; fetch that part of the file again");
  };
  if (candle.open_time_ms < 0) return refuse("its open time is negative");
  if (!is_on_grid(candle.open_time_ms, interval_ms)) return refuse("its open time is not on the interval's grid");
  if (!is_price(candle.open) || !is_price(candle.high) || !is_price(candle.low) || !is_price(candle.close))
    return refuse("a price is not a positive number");
  if (candle.low > std::min(candle.open, candle.close)) return refuse("its low is above its open or close");
  if (candle.high < std::max(candle.open, candle.close)) return refuse("its high is below its open or close");
  if (!is_amount(candle.volume) || !is_amount(candle.quote_volume) || !is_amount(candle.taker_buy_volume) ||
      candle.trade_count < 0)
    return refuse("a volume or the trade count is negative or not a number");
  return {};
}

void CandleSeries::reserve(size_t rows) {
  open_time_ms_.reserve(rows);
  trade_count_.reserve(rows);
  for (auto* column : {&open_, &high_, &low_, &close_, &volume_, &quote_volume_, &taker_buy_volume_})
    column->reserve(rows);
}

void CandleSeries::append(const Candle& candle) {
  STRATDOCK_CHECK(open_time_ms_.empty() || candle.open_time_ms > open_time_ms_.back());
  open_time_ms_.push_back(candle.open_time_ms);
  open_.push_back(candle.open);
  high_.push_back(candle.high);
  low_.push_back(candle.low);
  close_.push_back(candle.close);
  volume_.push_back(candle.volume);
  quote_volume_.push_back(candle.quote_volume);
  taker_buy_volume_.push_back(candle.taker_buy_volume);
  trade_count_.push_back(candle.trade_count);
}

void CandleSeries::append(const CandleSeries& other, size_t first, size_t count) {
  STRATDOCK_CHECK(&other != this && other.interval_ms_ == interval_ms_);
  STRATDOCK_CHECK(first <= other.size() && count <= other.size() - first);
  if (count == 0) return;
  STRATDOCK_CHECK(empty() || other.open_time_ms_[first] > open_time_ms_.back());
  const auto copy = [&](auto& to, const auto& from) {
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(first);
    to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  copy(open_time_ms_, other.open_time_ms_);
  copy(open_, other.open_);
  copy(high_, other.high_);
  copy(low_, other.low_);
  copy(close_, other.close_);
  copy(volume_, other.volume_);
  copy(quote_volume_, other.quote_volume_);
  copy(taker_buy_volume_, other.taker_buy_volume_);
  copy(trade_count_, other.trade_count_);
}

Candle CandleSeries::at(size_t row) const {
  STRATDOCK_CHECK(row < size());
  return {open_time_ms_[row], open_[row],   high_[row],         low_[row],
          close_[row],        volume_[row], quote_volume_[row], taker_buy_volume_[row],
          trade_count_[row]};
}

void CandleSeries::keep_last(size_t rows) {
  if (size() <= rows) return;
  const auto drop = static_cast<std::ptrdiff_t>(size() - rows);
  const auto erase = [&](auto& column) { column.erase(column.begin(), column.begin() + drop); };
  erase(open_time_ms_);
  erase(trade_count_);
  for (auto* column : {&open_, &high_, &low_, &close_, &volume_, &quote_volume_, &taker_buy_volume_})
    erase(*column);
}

void CandleSeries::clear() {
  keep_last(0);
}

size_t CandleSeries::lower_bound(int64_t time_ms) const {
  return static_cast<size_t>(std::lower_bound(open_time_ms_.begin(), open_time_ms_.end(), time_ms) -
                             open_time_ms_.begin());
}

bool can_aggregate(int64_t base_ms, int64_t interval_ms) {
  return base_ms > 0 && interval_ms >= base_ms && interval_ms % base_ms == 0 && day_ms % interval_ms == 0;
}

CandleSeries aggregate(const CandleSeries& base, int64_t interval_ms) {
  STRATDOCK_CHECK(can_aggregate(base.interval_ms(), interval_ms));
  CandleSeries longer(interval_ms);
  Candle whole;
  bool begun = false;
  for (size_t row = 0; row < base.size(); ++row) {
    const Candle part = base.at(row);
    const int64_t open_time_ms = part.open_time_ms - part.open_time_ms % interval_ms;
    if (begun && whole.open_time_ms != open_time_ms) longer.append(whole);
    if (!begun || whole.open_time_ms != open_time_ms) {
      whole = part;
      whole.open_time_ms = open_time_ms;
      begun = true;
      continue;
    }
    whole.high = std::max(whole.high, part.high);
    whole.low = std::min(whole.low, part.low);
    whole.close = part.close;
    whole.volume += part.volume;
    whole.quote_volume += part.quote_volume;
    whole.taker_buy_volume += part.taker_buy_volume;
    whole.trade_count += part.trade_count;
  }
  if (begun) longer.append(whole);
  return longer;
}

}  // namespace stratdock
