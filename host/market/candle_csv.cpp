// The rows of a candle file. The inner loop of every load: no allocation a row, no locale, no exception.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "host/market/candle_file.hpp"

namespace stratdock {
namespace {

constexpr int64_t first_microsecond_time = 100'000'000'000'000;  // 10^14: year 5138 in ms, 1973 in us

// Powers of ten that a double holds exactly.
constexpr std::array<double, 16> powers_of_ten = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Eight digits at once, as one word: pairs, then fours, then all eight. False when one of them is no digit.
bool read_eight_digits(const char* text, uint64_t& value) {
  uint64_t word;
  std::memcpy(&word, text, sizeof word);
  if constexpr (std::endian::native != std::endian::little) return false;
  if (((word & 0xf0f0f0f0f0f0f0f0) | (((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) != 0x3333333333333333) return false;
  word = (word & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
  word = (word & 0x00ff00ff00ff00ff) * 6553601 >> 16;
  value = (word & 0x0000ffff0000ffff) * 42949672960001 >> 32;
  return true;
}

class RowReader {
public:
  RowReader(std::string_view text, const std::string& name, int64_t interval_ms, CandleFileReport& report)
      : position_(text.data()), end_(text.data() + text.size()), name_(name), report_(report), candles_(interval_ms) {
    if (text.substr(0, 3) == "\xef\xbb\xbf") position_ += 3;
    // The length of the first rows tells the number of rows well enough.
    const size_t sample = std::min<size_t>(text.size(), 4096);
    const auto lines = static_cast<size_t>(std::count(text.data(), text.data() + sample, '\n'));
    if (lines > 0) candles_.reserve(text.size() / (sample / lines) + text.size() / (sample / lines) / 16 + 1);
  }

  Result<CandleSeries> read() {
    for (int64_t line = 1; position_ != end_; ++line) {
      if (is_at_line_end()) {
        next_line();
        continue;
      }
      if (line == 1 && !is_digit(*position_)) {
        report_.has_header = true;
        next_line();
        continue;
      }
      Candle candle;
      if (const char* fault = read_row(candle)) return refuse(line, fault);
      if (is_blank_) ++report_.blank_rows;
      else if (const Status added = add(candle); !added) return refuse(line, added.error().message);
      next_line();
    }
    report_.rows += candles_.size();
    return std::move(candles_);
  }

private:
  bool is_at_line_end() const { return position_ == end_ || *position_ == '\n' || *position_ == '\r'; }
  void next_line() {
    while (position_ != end_ && *position_ != '\n') ++position_;
    if (position_ != end_) ++position_;
  }
  bool skip_comma() {
    if (position_ == end_ || *position_ != ',') return false;
    ++position_;
    return true;
  }
  bool read_time(int64_t& value) {
    const auto [after, fault] = std::from_chars(position_, end_, value);
    position_ = after;
    return fault == std::errc();
  }

  // Nothing, or what is wrong with the row.
  const char* read_row(Candle& candle) {
    is_blank_ = false;
    if (!read_time(candle.open_time_ms)) return "the open time is not a whole number";
    if (candle.open_time_ms > first_microsecond_time) candle.open_time_ms /= 1000;
    if (is_rest_blank()) {
      is_blank_ = true;
      return nullptr;
    }
    for (double* figure : {&candle.open, &candle.high, &candle.low, &candle.close, &candle.volume})
      if (!skip_comma() || !parse_figure(position_, end_, *figure)) return "one of open, high, low, close, volume is missing or not a number";
    if (is_at_line_end()) return nullptr;  // six columns are enough
    if (!skip_comma()) return "a column does not end where its number ends";
    while (position_ != end_ && *position_ != ',' && *position_ != '\n') ++position_;  // close time: open time + interval says the same
    if (is_at_line_end()) return nullptr;
    double trades = 0;
    if (!skip_comma() || !parse_figure(position_, end_, candle.quote_volume)) return "the quote volume is not a number";
    if (skip_comma()) {
      if (!parse_figure(position_, end_, trades) || trades < 0 || trades > 1e15) return "the number of trades is not a number";
      candle.trade_count = static_cast<int64_t>(trades);
    }
    if (skip_comma() && !parse_figure(position_, end_, candle.taker_buy_volume)) return "the taker's volume is not a number";
    if (!is_at_line_end() && *position_ != ',') return "a column does not end where its number ends";
    return nullptr;
  }

  bool is_rest_blank() const {
    const char* rest = position_;
    while (rest != end_ && (*rest == ',' || *rest == ' ')) ++rest;
    return rest == end_ || *rest == '\n' || *rest == '\r';
  }

  Status add(const Candle& candle) {
    if (!candles_.empty() && candle.open_time_ms <= last_.open_time_ms) {
      if (candle == last_) {
        ++report_.duplicates;
        return {};
      }
      return failure(candle.open_time_ms == last_.open_time_ms ? "the row before has the same open time and other figures" : "the open time lies before the row above");
    }
    if (Status valid = validate_candle(candle, candles_.interval_ms()); !valid) return valid;
    if (!candles_.empty() && candle.open_time_ms - last_.open_time_ms > candles_.interval_ms()) {
      ++report_.gaps;
      report_.missing_candles += (candle.open_time_ms - last_.open_time_ms) / candles_.interval_ms() - 1;
    }
    candles_.append(candle);
    last_ = candle;
    return {};
  }

  Result<CandleSeries> refuse(int64_t line, const std::string& what) const {
    return failure("reading candles, " + name_ + ":" + std::to_string(line) + ": " + what, "expected Binance's kline CSV with candles of " + interval_text(candles_.interval_ms()));
  }

  const char* position_;
  const char* end_;
  const std::string& name_;
  CandleFileReport& report_;
  CandleSeries candles_;
  Candle last_;
  bool is_blank_ = false;
};

}  // namespace

bool parse_figure(const char*& position, const char* end, double& value) {
  // Exact while the digits fit 53 bits: a quotient of two exact doubles is rounded once (Clinger's fast path).
  // Longer figures overflow `digits` harmlessly: their length sends them to from_chars.
  const char* at = position;
  uint64_t digits = 0;
  while (at != end && is_digit(*at)) digits = digits * 10 + static_cast<uint64_t>(*at++ - '0');
  size_t places = 0;
  if (at != position && at != end && *at == '.') {
    const char* const point = ++at;
    uint64_t eight = 0;
    if (end - at >= 8 && read_eight_digits(at, eight)) {  // the exchange always writes eight
      digits = digits * 100'000'000 + eight;
      at += 8;
    }
    while (at != end && is_digit(*at)) digits = digits * 10 + static_cast<uint64_t>(*at++ - '0');
    places = static_cast<size_t>(at - point);
    if (places == 0) at = position;
  }
  const bool ends_here = at == end || *at == ',' || *at == '\n' || *at == '\r';
  if (at != position && ends_here && at - position <= 18 && digits <= (uint64_t{1} << 53) && places < powers_of_ten.size()) {
    value = static_cast<double>(digits) / powers_of_ten[places];
    position = at;
    return true;
  }
  const auto [after, fault] = std::from_chars(position, end, value);
  position = after;
  return fault == std::errc();
}

Result<CandleSeries> parse_candle_csv(std::string_view text, const std::string& name, int64_t interval_ms, CandleFileReport* report) {
  CandleFileReport own;
  return RowReader(text, name, interval_ms, report == nullptr ? own : *report).read();
}

}  // namespace stratdock
