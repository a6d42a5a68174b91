// A decision: what a strategy advises at the close of a candle. Advice only; the risk check makes an intent of it or blocks it.
// Thread rule: plain values. Invariant: fractions and confidence are finite and in range; whoever reads a plugin's answer
// checks that first (an answer out of range is a failure, not a decision).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stratdock {

enum class Action : uint8_t { hold, buy, sell };

constexpr std::string_view text(Action action) {
  switch (action) {
    case Action::buy: return "BUY";
    case Action::sell: return "SELL";
    case Action::hold: break;
  }
  return "HOLD";
}

struct Decision {
  Action action = Action::hold;
  double confidence = 0;              // 0..1; people see 0-100
  double size_fraction = 1;           // of the bot's cash a BUY should spend, 0 < x <= 1
  std::optional<double> stop_loss;    // fraction of the close below it, 0 < x < 1
  std::optional<double> take_profit;  // fraction of the close above it, 0 < x
  std::string recommended_symbol;     // empty: none
  std::string reasons;                // the strategy's words, for people
  friend bool operator==(const Decision&, const Decision&) = default;
};

// What a strategy may know of its bot's position.
struct PositionView {
  double fraction = 0;        // of the bot's equity that is held in the base asset; 0: flat
  double entry_price = 0;     // average fill price; 0: flat
  int64_t entry_time_ms = 0;  // 0: flat
};

}  // namespace stratdock
