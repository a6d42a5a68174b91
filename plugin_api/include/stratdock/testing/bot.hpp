// A strategy at work in a test: makes an instance as a host would, feeds it candles, and gives its answers as plain values.
//
// Owns: the instance, and destroys it. Thread rule: one thread. Invariant: the strategy sees every candle as new exactly
// once and in order, behind it no more rows than the window it asked for, and a decision that was zeroed before the call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <stratdock/strategy.hpp>
#include <stratdock/testing/candles.hpp>

namespace stratdock::testing {

// The descriptor of a class written with the SDK; strategies of a library: stratdock_entry_v1()->strategies[i].
template <class Strategy>
const dock_strategy& strategy() {
  return sdk::detail::Descriptor<Strategy>::value;
}

struct Answer {
  std::int32_t status = DOCK_OK;     // below zero: `error` says why, and a host would hold
  std::int32_t action = DOCK_HOLD;
  double confidence = 0;             // 0..1
  std::optional<double> size_fraction, stop_loss, take_profit;
  std::string reasons, recommended_symbol, error;

  friend bool operator==(const Answer&, const Answer&) = default;
};

// create refused: the text is the strategy's own.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Value = std::variant<std::int64_t, double, bool, std::string>;
using Settings = std::vector<std::pair<std::string, Value>>;

class Bot {
 public:
  // `changes` are parameters that differ from their defaults. Throws Refused where the strategy refuses them, and
  // std::invalid_argument for a key or a type that its schema does not have.
  explicit Bot(const dock_strategy& strategy, const Settings& changes = {}, std::uint64_t seed = 1) : strategy_(strategy) {
    std::vector<dock_value> values;
    for (std::uint32_t i = 0; i < strategy.param_count; ++i) values.push_back(strategy.params[i]->default_value);
    for (const auto& [key, value] : changes) set(values, key, value);
    const dock_config config{sizeof(dock_config), strategy.param_count, values.data(), seed};
    dock_buffer error = buffer(error_);
    if (strategy.create(&host_, &config, &instance_, &error) != DOCK_OK || instance_ == nullptr) throw Refused(text(error));
    needs_.struct_size = sizeof needs_;
    error = buffer(error_);
    if (strategy.requirements(instance_, &needs_, &error) != DOCK_OK) {
      strategy.destroy(instance_);
      throw Refused(text(error));
    }
    absent_.struct_size = sizeof absent_;
    absent_.fault = "the test gives no such feed";
    feeds_.assign(needs_.feed_count, &absent_);
  }
  ~Bot() { strategy_.destroy(instance_); }
  Bot(const Bot&) = delete;
  Bot& operator=(const Bot&) = delete;

  std::uint32_t warm_up() const { return needs_.warm_up_candles; }
  std::uint32_t window() const { return std::max(needs_.window, needs_.warm_up_candles); }
  const dock_requirements& requirements() const { return needs_; }

  // What the next calls say of the position; flat until told otherwise.
  void hold(double entry_price, std::int64_t entry_time_ms, double fraction = 1) {
    entry_price_ = entry_price;
    entry_time_ms_ = entry_time_ms;
    position_fraction_ = fraction;
  }
  void flat() { hold(0, 0, 0); }
  void symbol(std::string name) { symbol_ = std::move(name); }
  // Rows of the feed at this place of the requirements, from the next call on; they stay the caller's.
  void feed(std::uint32_t index, const dock_feed_data* rows) { feeds_.at(index) = rows; }

  // Rows up to `end`, the last new_count of them not seen before; the answer is about the last.
  Answer analyze(const Candles& market, std::uint32_t end, std::uint32_t new_count) {
    const std::uint32_t behind = std::max(window(), 1u) - (new_count > 0 ? 1 : 0);
    const std::uint32_t first_new = end - new_count;
    const std::uint32_t first = first_new - std::min(first_new, behind);
    const dock_candles rows = market.view(first, end - first, new_count);
    const dock_input input{sizeof(dock_input), needs_.feed_count, end == 0 ? 0 : market.end_ms(end - 1), symbol_.c_str(), &rows,
                           feeds_.empty() ? nullptr : feeds_.data(), position_fraction_, entry_price_, entry_time_ms_};
    dock_decision decision{};
    decision.struct_size = sizeof decision;
    decision.reasoning = buffer(reasoning_);
    decision.recommended_symbol = buffer(recommended_symbol_);
    dock_buffer error = buffer(error_);
    fed_ = std::max(fed_, end);
    Answer answer;
    answer.status = strategy_.analyze(instance_, &input, &decision, &error);
    answer.error = text(error);
    if (answer.status != DOCK_OK) return answer;
    answer.action = decision.action;
    answer.confidence = decision.confidence;
    if (decision.set & DOCK_SET_SIZE) answer.size_fraction = decision.size_fraction;
    if (decision.set & DOCK_SET_STOP_LOSS) answer.stop_loss = decision.stop_loss_fraction;
    if (decision.set & DOCK_SET_TAKE_PROFIT) answer.take_profit = decision.take_profit_fraction;
    answer.reasons = text(decision.reasoning);
    answer.recommended_symbol = text(decision.recommended_symbol);
    return answer;
  }
  // Every candle that was not fed yet, one at a time.
  std::vector<Answer> run(const Candles& market) {
    std::vector<Answer> answers;
    while (fed_ < market.size()) answers.push_back(analyze(market, fed_ + 1, 1));
    return answers;
  }

 private:
  void set(std::vector<dock_value>& values, std::string_view key, const Value& given) const {
    for (std::uint32_t i = 0; i < strategy_.param_count; ++i) {
      const dock_param& parameter = *strategy_.params[i];
      if (key != parameter.key) continue;
      if (!put(values[i], parameter, given)) throw std::invalid_argument("parameter " + std::string(key) + ": the value is not of its type");
      return;
    }
    throw std::invalid_argument("the strategy has no parameter " + std::string(key));
  }
  static bool put(dock_value& value, const dock_param& parameter, const Value& given) {
    const auto* integer = std::get_if<std::int64_t>(&given);
    const auto* number = std::get_if<double>(&given);
    const auto* boolean = std::get_if<bool>(&given);
    const auto* words = std::get_if<std::string>(&given);
    if (parameter.type == DOCK_TYPE_INTEGER && integer != nullptr) return value.i64 = *integer, true;
    if (parameter.type == DOCK_TYPE_NUMBER && number != nullptr) return value.f64 = *number, true;
    if (parameter.type == DOCK_TYPE_NUMBER && integer != nullptr) return value.f64 = static_cast<double>(*integer), true;
    if (parameter.type == DOCK_TYPE_BOOLEAN && boolean != nullptr) return value.i64 = *boolean ? 1 : 0, true;
    if (parameter.type == DOCK_TYPE_TEXT && words != nullptr) return value.text = words->c_str(), true;
    for (std::uint32_t i = 0; parameter.type == DOCK_TYPE_CHOICE && words != nullptr && i < parameter.choice_count; ++i)
      if (*words == parameter.choices[i]) return value.i64 = i, value.text = parameter.choices[i], true;
    return false;
  }
  template <std::size_t size>
  static dock_buffer buffer(char (&room)[size]) {
    return {room, size, 0};
  }
  static std::string text(const dock_buffer& written) {
    return {written.data, static_cast<std::size_t>(std::min(written.length, written.capacity))};
  }
  static const void* no_extension(const dock_host*, const char*) noexcept { return nullptr; }

  const dock_strategy& strategy_;
  dock_host host_{sizeof(dock_host), DOCK_ABI_MINOR, "test", "0", nullptr, &no_extension};
  dock_instance* instance_ = nullptr;
  dock_requirements needs_{};
  dock_feed_data absent_{};
  std::vector<const dock_feed_data*> feeds_;
  std::string symbol_ = "BTCUSDT";
  double position_fraction_ = 0, entry_price_ = 0;
  std::int64_t entry_time_ms_ = 0;
  std::uint32_t fed_ = 0;
  char error_[1024] = {}, reasoning_[4096] = {}, recommended_symbol_[64] = {};
};

}  // namespace stratdock::testing
