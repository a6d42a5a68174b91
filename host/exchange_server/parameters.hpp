// A call's parameters: read from query and body or from a WebSocket message, and checked as the exchange checks them.
// Thread rule: plain values. Invariant: `signed_text` of a request is what its client signed, byte for byte.
// Source: Binance Spot REST "General information", "SIGNED endpoint examples"; WebSocket API "Request security".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.hpp"

namespace stratdock::exchange_server {

// What a call is refused with. Thrown by what serves a call and caught where calls are dispatched, nowhere else.
struct Refusal {
  int status = 400; // HTTP
  int code = 0;
  std::string message;
  std::string data = {}; // JSON text put beside code and message; empty: none
};

constexpr int64_t first_microseconds = 100'000'000'000'000;  // a time from here on is one in microseconds

class Parameters {
public:
  void add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }
  bool has(std::string_view name) const; // sent, and not empty
  const std::string* find(std::string_view name) const;

  // Each throws Refusal with the exchange's code and text: -1102 when a mandatory one is missing, -1100 on illegal
  // characters, -1105 when it is empty, -1130 when the value is none of the allowed ones.
  std::string text(std::string_view name) const;
  std::string text_or(std::string_view name, std::string_view fallback) const;
  Decimal decimal_or_zero(std::string_view name) const; // -1111 with more than eight digits after the point
  int64_t integer(std::string_view name) const;
  int64_t integer_or(std::string_view name, int64_t fallback) const;
  std::optional<int64_t> maybe_integer(std::string_view name) const;
  std::optional<int64_t> maybe_time_ms(std::string_view name) const; // milliseconds or microseconds, by size
  bool flag_or(std::string_view name, bool fallback) const;
  // `["A","B"]`, or one bare word.
  std::vector<std::string> texts(std::string_view name) const;
  // `["BTCUSDT","ETHUSDT"]` as the exchange wants it: no spaces, no lower-case letters, none twice.
  std::vector<std::string> symbols(std::string_view name = "symbols") const;
  // A name of a symbol as the exchange writes it: no lower-case letters.
  std::string symbol(std::string_view name = "symbol") const;

  // -1101 for a name sent twice and for more parameters than `allowed` has (words parted by spaces), -1104 for a name that
  // is not among them. `has_signature`: one was sent besides; it counts, as the exchange counts it.
  void check_names(std::string_view allowed, bool has_signature) const;

private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct ParsedParameters {
  Parameters parameters; // without the signature
  std::string signature; // decoded; empty when none was sent
  std::string signed_text;
};

std::string percent_decoded(std::string_view text, bool plus_is_space);
// Query and body as they came, without '?'. Where both carry a name, the query's value counts.
ParsedParameters parse_request(std::string_view query, std::string_view body);
// Sorted by name, joined by '&', not encoded: what a client of the WebSocket API signs. Without the signature.
std::string socket_signed_text(const Parameters& parameters);

Refusal missing_parameter(std::string_view name);
Refusal invalid_parameter(std::string_view name); // -1130

} // namespace stratdock::exchange_server
