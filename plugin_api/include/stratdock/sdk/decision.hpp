// What a strategy answers: advice in fractions, and the reasons for it.
//
// Owns: nothing; it writes into the host's decision and text buffers. Thread rule: valid only during decide().
// Invariant: untouched, it is HOLD. Numbers in reasons are written without regard to the locale, so texts are the same
// on every machine.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <stratdock/strategy_abi.h>

namespace stratdock::sdk {

// A number with a fixed count of decimals, for texts.
struct Fixed {
  double value;
  int decimals;
};
inline Fixed fixed(double value, int decimals) { return {value, decimals}; }

// Appends text to a host buffer; what does not fit is counted in its length, so that truncation shows.
class TextWriter {
 public:
  explicit TextWriter(dock_buffer& buffer) : buffer_(buffer) {}

  bool wanted() const { return buffer_.capacity > 0; }
  bool empty() const { return buffer_.length == 0; }
  void append(std::string_view text) {
    if (buffer_.length < buffer_.capacity) {
      const std::uint64_t room = buffer_.capacity - buffer_.length;
      std::memcpy(buffer_.data + buffer_.length, text.data(), std::min<std::uint64_t>(room, text.size()));
    }
    buffer_.length += text.size();
  }
  void append(Fixed number) {
    char text[64];
    const auto made = std::to_chars(text, text + sizeof text, number.value, std::chars_format::fixed, number.decimals);
    append(made.ec == std::errc{} ? std::string_view(text, static_cast<std::size_t>(made.ptr - text)) : "?");
  }
  // Shortest form that reads back as the same number.
  void append(double number) {
    char text[64];
    const auto made = std::to_chars(text, text + sizeof text, number);
    append(std::string_view(text, static_cast<std::size_t>(made.ptr - text)));
  }
  void append(std::int64_t number) {
    char text[24];
    const auto made = std::to_chars(text, text + sizeof text, number);
    append(std::string_view(text, static_cast<std::size_t>(made.ptr - text)));
  }
  void append(std::uint64_t number) { append(static_cast<std::int64_t>(number)); }
  void append(std::uint32_t number) { append(static_cast<std::int64_t>(number)); }
  void append(int number) { append(static_cast<std::int64_t>(number)); }

 private:
  dock_buffer& buffer_;
};

class Decision {
 public:
  explicit Decision(dock_decision& decision) : decision_(decision) {}

  // confidence: 0..1.
  void buy(double confidence) { advise(DOCK_BUY, confidence); }
  void sell(double confidence) { advise(DOCK_SELL, confidence); }
  void hold(double confidence = 0) { advise(DOCK_HOLD, confidence); }

  // Share of the bot's cash to spend, > 0 and <= 1; all of it where not called.
  void size(double fraction) {
    decision_.size_fraction = fraction;
    decision_.set |= DOCK_SET_SIZE;
  }
  // Distance below the entry at which to get out, a fraction > 0 and < 1.
  void stop_loss(double fraction) {
    decision_.stop_loss_fraction = fraction;
    decision_.set |= DOCK_SET_STOP_LOSS;
  }
  // Distance above the entry at which to take the profit, a fraction > 0.
  void take_profit(double fraction) {
    decision_.take_profit_fraction = fraction;
    decision_.set |= DOCK_SET_TAKE_PROFIT;
  }
  void recommend_symbol(std::string_view symbol) {
    decision_.recommended_symbol.length = 0;
    TextWriter(decision_.recommended_symbol).append(symbol);
  }
  // Adds a reason from pieces: because("RSI ", fixed(rsi, 1), " < ", 30). Costs nothing when the host wants no text.
  template <class... Pieces>
  void because(const Pieces&... pieces) {
    TextWriter writer(decision_.reasoning);
    if (!writer.wanted()) return;
    if (!writer.empty()) writer.append(std::string_view("; "));
    (writer.append(pieces), ...);
  }
  bool explained() const { return decision_.reasoning.capacity > 0; }
  const dock_decision& raw() const { return decision_; }

 private:
  void advise(std::int32_t action, double confidence) {
    decision_.action = action;
    decision_.confidence = confidence;
  }
  dock_decision& decision_;
};

}  // namespace stratdock::sdk
