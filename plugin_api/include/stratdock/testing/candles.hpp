// Candles made up for tests, or read from the text of a kline file. Built by appending: each part goes on at the last close.
//
//   Candles(100).flat(50).trend(200, 0.002).gap(12).random_walk(300, 7)
//
// Owns: the columns it shows to strategies. Thread rule: a plain value. Invariant: open times ascend, low <= open, close <=
// high, and the same calls give the same bits on every machine: chance is computed here, not by the standard library.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <stratdock/strategy_abi.h>

namespace stratdock::testing {

// Numbers that look random and depend on the seed alone. Source: splitmix64 (Steele, Lea, Flood 2014).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // 0 <= x < 1.
  double share() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // Mean 0, deviation 1, within -3.5..3.5: twelve shares summed are near enough to normal.
  double step() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += share();
    return std::clamp(sum, -3.5, 3.5);
  }

 private:
  std::uint64_t state_;
};

class Candles {
 public:
  // Starts at `price`, quote per base; the first candle opens at start_ms.
  explicit Candles(double price = 100, std::int64_t interval_ms = 300'000, std::int64_t start_ms = 1'700'000'100'000)
      : interval_ms_(interval_ms), next_ms_(start_ms), price_(price) {}

  // `count` candles at one price.
  Candles& flat(std::uint32_t count, double volume = 100) {
    for (std::uint32_t i = 0; i < count; ++i) add(price_, price_, price_, price_, volume);
    return *this;
  }
  // Each close is (1 + step) times the one before; step 0.002 is 0.2 % a candle.
  Candles& trend(std::uint32_t count, double step, double volume = 100) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const double open = price_, close = price_ * (1 + step);
      add(open, std::max(open, close), std::min(open, close), close, volume);
    }
    return *this;
  }
  // Closes that wander by `deviation` a candle, with wicks and uneven volume.
  Candles& random_walk(std::uint32_t count, std::uint64_t seed, double deviation = 0.01) {
    Chance chance(seed);
    for (std::uint32_t i = 0; i < count; ++i) {
      const double open = price_, close = price_ * std::max(1 + deviation * chance.step(), 0.01);
      const double high = std::max(open, close) * (1 + deviation * chance.share());
      const double low = std::min(open, close) / (1 + deviation * chance.share());
      add(open, high, low, close, 1'000 * chance.share() + 1);
    }
    return *this;
  }
  // So many candles are missing, as after an outage of the exchange.
  Candles& gap(std::int64_t missing) {
    next_ms_ += missing * interval_ms_;
    return *this;
  }
  // The price jumps before the next candle.
  Candles& jump(double factor) {
    price_ *= factor;
    return *this;
  }
  // One candle with everything said.
  Candles& add(double open, double high, double low, double close, double volume) {
    open_time_ms_.push_back(next_ms_);
    open_.push_back(open);
    high_.push_back(high);
    low_.push_back(low);
    close_.push_back(close);
    volume_.push_back(volume);
    quote_volume_.push_back(volume * close);
    taker_buy_volume_.push_back(volume * (close >= open ? 0.6 : 0.4));
    trade_count_.push_back(static_cast<double>(static_cast<std::int64_t>(volume)));
    next_ms_ += interval_ms_;
    price_ = close;
    return *this;
  }

  // Binance's kline files: open_time,open,high,low,close,volume[,...]; a line of words at the top is skipped. Throws
  // std::runtime_error, which names the line, where something is no number or a time does not ascend.
  static Candles from_csv(std::string_view text, std::int64_t interval_ms = 300'000) {
    Candles made(0, interval_ms, 0);
    for (std::size_t line = 1; !text.empty(); ++line) {
      const std::string_view row = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), row.size() + 1));
      if (row.empty() || row == "\r" || (line == 1 && !(row[0] >= '0' && row[0] <= '9'))) continue;
      double fields[6] = {};
      read_fields(row, line, fields);
      const auto at_ms = static_cast<std::int64_t>(fields[0]);
      if (made.size() > 0 && at_ms <= made.open_time_ms_.back())
        throw std::runtime_error("reading candles: line " + std::to_string(line) + ": its time is not after the one above");
      made.next_ms_ = at_ms;
      made.add(fields[1], fields[2], fields[3], fields[4], fields[5]);
    }
    return made;
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(close_.size()); }
  std::int64_t interval_ms() const { return interval_ms_; }
  std::int64_t open_time_ms(std::uint32_t row) const { return open_time_ms_[row]; }
  std::int64_t end_ms(std::uint32_t row) const { return open_time_ms_[row] + interval_ms_; }
  double close(std::uint32_t row) const { return close_[row]; }

  // Rows first..first+count of which the last new_count are new, as a strategy sees them; valid until the next change.
  dock_candles view(std::uint32_t first, std::uint32_t count, std::uint32_t new_count) const {
    dock_candles rows{};
    rows.struct_size = sizeof rows;
    rows.count = count;
    rows.new_count = new_count;
    rows.interval_ms = interval_ms_;
    rows.open_time_ms = open_time_ms_.data() + first;
    rows.open = open_.data() + first;
    rows.high = high_.data() + first;
    rows.low = low_.data() + first;
    rows.close = close_.data() + first;
    rows.volume = volume_.data() + first;
    rows.quote_volume = quote_volume_.data() + first;
    rows.taker_buy_volume = taker_buy_volume_.data() + first;
    rows.trade_count = trade_count_.data() + first;
    return rows;
  }

 private:
  static void read_fields(std::string_view row, std::size_t line, double (&fields)[6]) {
    const char* at = row.data();
    const char* const end = row.data() + row.size();
    for (int i = 0; i < 6; ++i) {
      const auto read = std::from_chars(at, end, fields[i]);
      if (read.ec != std::errc{} || (i < 5 && (read.ptr == end || *read.ptr != ',')))
        throw std::runtime_error("reading candles: line " + std::to_string(line) + ": field " + std::to_string(i + 1) + " is no number");
      at = read.ptr + (i < 5 ? 1 : 0);
    }
  }

  std::int64_t interval_ms_, next_ms_;
  double price_;
  std::vector<std::int64_t> open_time_ms_;
  std::vector<double> open_, high_, low_, close_, volume_, quote_volume_, taker_buy_volume_, trade_count_;
};

}  // namespace stratdock::testing
