// The parameters of one call, in the order in which they go on the wire, and the two texts that are signed.
// Thread rule: plain values. Invariant: a name stands in the list once; what is signed is byte for byte what is sent.
// Source: Binance Spot REST "Request Security", WebSocket API "Request security".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"

namespace stratdock::binance {

// How a value is written in JSON. In a query every kind is its bare text.
enum class ParameterKind : uint8_t { text, integer, flag, json };

struct Parameter {
  std::string name;
  std::string value;  // UTF-8, not encoded
  ParameterKind kind = ParameterKind::text;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

class Parameters {
public:
  // The name must not be there yet (checked): the exchange answers a duplicate with -1101.
  Parameters& add(std::string_view name, std::string_view value);
  Parameters& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  Parameters& add(std::string_view name, const std::string& value) { return add(name, std::string_view(value)); }
  // As the exchange reads decimals: no exponent, no sign, no needless zeros.
  Parameters& add(std::string_view name, Decimal value);
  Parameters& add(std::string_view name, int64_t value);
  Parameters& add(std::string_view name, int value) { return add(name, int64_t{value}); }
  Parameters& add_flag(std::string_view name, bool value);
  // A JSON array of texts, such as `symbols`.
  Parameters& add_list(std::string_view name, const std::vector<std::string>& values);

  const std::vector<Parameter>& list() const { return list_; }
  bool empty() const { return list_.empty(); }
  const Parameter* find(std::string_view name) const;

  // "a=1&b=%5B2%5D", percent-encoded: a query or a form body, as it goes on the wire and as it is signed.
  std::string query() const;
  // What the WebSocket API signs: sorted by name, joined, not encoded.
  std::string sorted_payload() const;

  friend bool operator==(const Parameters&, const Parameters&) = default;

private:
  Parameters& insert(Parameter parameter);
  std::vector<Parameter> list_;
};

// RFC 3986: everything but letters, digits and "-._~" becomes %XX, byte by byte.
std::string percent_encode(std::string_view text);

}  // namespace stratdock::binance
