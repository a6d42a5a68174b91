// What a strategy is told: candles one by one, and at a decision the moment, the position and the feeds.
//
// Owns: nothing; views of what the host passed in. Thread rule: valid only during the call that hands them over.
// Invariant: nothing here knows the future; a feed holds rows known at the moment of the decision.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <vector>

#include <stratdock/strategy_abi.h>

namespace stratdock::sdk {

// One closed candle. The last three are NaN where the host does not know them.
struct Candle {
  std::int64_t open_time_ms;
  double open, high, low, close;
  double volume;            // base asset
  double quote_volume;      // quote asset
  double taker_buy_volume;  // base asset
  double trade_count;
};

// Rows of a feed, oldest first.
class Feed {
 public:
  explicit Feed(const dock_feed_data* data) : data_(data) {}

  bool available() const { return data_ != nullptr && data_->available != 0; }
  // Why it is not available, or what was wrong with the latest answer; "" if nothing is.
  std::string_view fault() const {
    if (data_ == nullptr) return "the host gave no such feed";
    return data_->fault != nullptr ? data_->fault : "";
  }
  std::uint32_t rows() const { return available() ? data_->row_count : 0; }
  std::int64_t known_at_ms(std::uint32_t row) const { return data_->known_at_ms[row]; }
  std::string_view text(std::uint32_t row) const {
    return data_->text != nullptr && data_->text[row] != nullptr ? data_->text[row] : "";
  }
  // A value by the name of its column; NaN when there is no such column.
  double value(std::string_view column, std::uint32_t row) const {
    for (std::uint32_t i = 0; i < data_->column_count; ++i) {
      if (column == data_->column_names[i]) return data_->columns[i][row];
    }
    return std::numeric_limits<double>::quiet_NaN();
  }
  // Candles of another symbol or interval, or nullptr.
  const dock_candles* candles() const { return available() ? data_->candles : nullptr; }

 private:
  const dock_feed_data* data_;
};

// Everything else a decision may know.
class Input {
 public:
  explicit Input(const dock_input& input) : input_(input) {}

  std::string_view symbol() const { return input_.symbol; }
  // The end of the last candle, the same in live, backtest and replay.
  std::int64_t now_ms() const { return input_.now_ms; }
  bool flat() const { return input_.position_fraction <= 0; }
  // Share of the bot's money that is held, 0..1.
  double position_fraction() const { return input_.position_fraction; }
  double entry_price() const { return input_.entry_price; }
  std::int64_t entry_time_ms() const { return input_.entry_time_ms; }
  // A feed by its place in Requirements::feeds.
  Feed feed(std::uint32_t index) const {
    return Feed(input_.feeds != nullptr && index < input_.feed_count ? input_.feeds[index] : nullptr);
  }
  const dock_input& raw() const { return input_; }

 private:
  const dock_input& input_;
};

// What an instance needs. Below `warm_up` candles the SDK answers HOLD, "warming up: n/200", without asking decide().
struct Requirements {
  std::uint32_t warm_up = 0;
  std::uint32_t window = 0;  // candles of history at the start; at least warm_up
  std::vector<dock_feed> feeds = {};
};

// Candles of another symbol (nullptr: the bot's own) or interval (0: the bot's own).
inline dock_feed candle_feed(const char* symbol, std::int64_t interval_ms, std::uint32_t min_rows, bool required) {
  return {sizeof(dock_feed), DOCK_FEED_CANDLES, required ? 1u : 0u, min_rows, 0, 0, symbol, interval_ms, 0, nullptr, nullptr};
}
// Up to max_rows articles on the bot's ticker, looked for every refresh_ms.
inline dock_feed news_feed(std::uint32_t max_rows, std::int64_t refresh_ms) {
  return {sizeof(dock_feed), DOCK_FEED_NEWS, 0, 0, max_rows, 0, nullptr, 0, refresh_ms, nullptr, nullptr};
}
// A language model's answer to the prompt over the same articles; both texts must outlive the instance.
inline dock_feed assessment_feed(const char* prompt, const char* answer_schema, std::int64_t refresh_ms) {
  return {sizeof(dock_feed), DOCK_FEED_ASSESSMENT, 0, 0, 1, 0, nullptr, 0, refresh_ms, prompt, answer_schema};
}

}  // namespace stratdock::sdk
