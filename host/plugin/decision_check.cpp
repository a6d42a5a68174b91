#include "host/plugin/decision_check.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace stratdock {
namespace {

Status refuse(const char* what, double value, const char* allowed) {
  std::ostringstream text;
  text << "the strategy's " << what << " is " << value << "; it must be " << allowed;
  return failure(text.str());
}

// Length of the UTF-8 sequence at the start of `text`, or 0 when it is broken. Source: RFC 3629, section 4.
size_t sequence_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  if (length > 2) {
    const auto second = static_cast<unsigned char>(text[1]);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F))
      return 0;
  }
  return length;
}

}  // namespace

Status check_decision(const Decision& decision) {
  // Written so that NaN fails each of them.
  if (!(decision.confidence >= 0 && decision.confidence <= 1)) return refuse("confidence", decision.confidence, "between 0 and 1");
  if (!(decision.size_fraction > 0 && decision.size_fraction <= 1))
    return refuse("size_fraction", decision.size_fraction, "above 0 and at most 1");
  if (decision.stop_loss && !(*decision.stop_loss > 0 && *decision.stop_loss < 1))
    return refuse("stop_loss_fraction", *decision.stop_loss, "above 0 and below 1");
  if (decision.take_profit && !(*decision.take_profit > 0 && std::isfinite(*decision.take_profit)))
    return refuse("take_profit_fraction", *decision.take_profit, "above 0 and finite");
  // Which symbols exist is the engine's to know; here it only has to be one word that is safe to show.
  if (decision.recommended_symbol.size() > 32 || decision.recommended_symbol.find_first_of(" \n\t\"'<>&/") != std::string::npos ||
      clean_text(decision.recommended_symbol, 32) != decision.recommended_symbol)
    return failure("the strategy's recommended_symbol is not a symbol's name: \"" + clean_text(decision.recommended_symbol, 40) + "\"");
  return {};
}

std::string clean_text(std::string_view text, size_t limit_bytes) {
  // Most texts are plain, and this runs for every decision.
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  if (text.size() <= limit_bytes && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string clean;
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    if (clean.size() + std::max<size_t>(length, 1) > limit_bytes) break;
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 0 || (length == 1 && ((first < 0x20 && first != '\n' && first != '\t') || first == 0x7F)))
      clean += '?';
    else
      clean += text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return clean;
}

}  // namespace stratdock
