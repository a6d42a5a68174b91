// Golden decisions: a file of what a strategy decided at each candle, kept beside its tests, so that a change of the code
// that changes a decision is seen. STRATDOCK_WRITE_GOLDEN=1 in the environment writes the file instead of comparing.
//
// Owns: nothing but the file while it is open. Thread rule: any. Invariant: numbers are the shortest that read back to the
// same bits, so equal files mean equal decisions.
#pragma once

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stratdock/testing/bot.hpp>

namespace stratdock::testing {

namespace detail {

inline std::string number_text(double value) {
  char text[32];
  const auto made = std::to_chars(text, text + sizeof text, value);
  return {text, made.ptr};
}
inline std::string number_text(const std::optional<double>& value) { return value ? number_text(*value) : ""; }

inline std::string_view next_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(rest.size() < line.size() + 1 ? rest.size() : line.size() + 1);
  return line;
}

}  // namespace detail

// A line per candle: open_time,action,confidence,size_fraction,stop_loss,take_profit,recommended_symbol,reasons. The answers
// are those to the last candles of the market.
inline std::string golden_text(const Candles& market, const std::vector<Answer>& answers) {
  const char* const actions[] = {"HOLD", "BUY", "SELL"};
  std::string text = "open_time,action,confidence,size_fraction,stop_loss,take_profit,recommended_symbol,reasons\n";
  const auto first = market.size() - static_cast<std::uint32_t>(answers.size());
  for (std::uint32_t row = first; row < market.size(); ++row) {
    const Answer& answer = answers[row - first];
    const bool known = answer.action >= 0 && answer.action <= 2;
    std::string reasons = answer.status == DOCK_OK ? answer.reasons : "failed: " + answer.error;
    for (char& c : reasons) c = c == '\n' ? ' ' : c;
    text += std::to_string(market.open_time_ms(row)) + "," + (known ? actions[answer.action] : "?") + "," +
            detail::number_text(answer.confidence) + "," + detail::number_text(answer.size_fraction) + "," +
            detail::number_text(answer.stop_loss) + "," + detail::number_text(answer.take_profit) + "," + answer.recommended_symbol +
            "," + reasons + "\n";
  }
  return text;
}

// Empty when the file at `path` has exactly these decisions; otherwise what differs first, for people. Where
// STRATDOCK_WRITE_GOLDEN is 1, writes the file and is empty unless that fails.
inline std::string compare_with_golden(const std::string& path, const Candles& market, const std::vector<Answer>& answers) {
  const std::string made = golden_text(market, answers);
  const char* const write = std::getenv("STRATDOCK_WRITE_GOLDEN");
  if (write != nullptr && std::string_view(write) == "1") {
    std::ofstream out(path, std::ios::binary);
    out << made;
    return out.flush() ? "" : "writing golden decisions to " + path + ": it cannot be written";
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return "reading golden decisions from " + path + ": there is no such file; STRATDOCK_WRITE_GOLDEN=1 makes it";
  const std::string kept{std::istreambuf_iterator<char>(in), {}};
  if (kept == made) return "";
  std::string_view old_rest = kept, new_rest = made;
  for (int line = 1;; ++line) {
    const std::string_view before = detail::next_line(old_rest), now = detail::next_line(new_rest);
    if (before == now && !(old_rest.empty() && new_rest.empty())) continue;
    return path + ":" + std::to_string(line) + ": decided otherwise\n  golden: " + std::string(before) + "\n  now:    " + std::string(now) +
           "\nSTRATDOCK_WRITE_GOLDEN=1 keeps the new ones, if they are meant";
  }
}

}  // namespace stratdock::testing
