// Collects an exchangeInfo answer from the events of a streaming JSON parser: the answer has four million characters, and a
// tree of all of it would cost twice the time. Private to exchange_info. Thread rule: one call's own.
// Invariant: what is not known is skipped whole, whatever it holds; a symbol's fault is that symbol's alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/binance/exchange_info.hpp"

namespace stratdock::binance {

// One plain value of the JSON, as text.
struct PlainValue {
  enum class Kind : uint8_t { text, integer, flag, other };
  Kind kind = Kind::other;
  std::string_view text;  // valid during the call
  int64_t integer = 0;    // also 0 or 1 of a flag
};

class ExchangeInfoReader {
public:
  // False: the nesting is deeper than any answer's.
  bool open();
  void close();
  void key(std::string_view name);
  void value(const PlainValue& value);

  // The server's time is there; else the message is another one. A refusal's code and text are kept for the error.
  bool complete() const { return has_time_ && has_symbols_; }
  int64_t refusal_code = 0;
  std::string refusal_text;
  ExchangeInfo take() { return std::move(info_); }

private:
  enum class Place : uint8_t {
    nothing, root, rate_limits, rate_limit, exchange_filters, exchange_filter, symbols, symbol, filters, filter, symbol_texts,
    permission_sets, permission_set, skipped
  };
  struct Field {
    std::string name, text;
    PlainValue::Kind kind;
    int64_t integer;
  };

  Place place() const { return places_.empty() ? Place::nothing : places_.back(); }
  Place inside() const;  // where an object or array that opens now belongs
  void root_value(const PlainValue& value);
  void symbol_value(const PlainValue& value);
  void rate_limit_value(const PlainValue& value);
  void end_symbol();
  void end_filter();
  void apply_symbol_filter(std::string_view type);
  bool apply_count_filter(std::string_view type);
  void apply_exchange_filter(std::string_view type);
  const Field* field(std::string_view name) const;
  Decimal decimal(std::string_view name);
  int64_t integer(std::string_view name);
  int limit(std::string_view name, int otherwise);
  bool flag(std::string_view name);
  std::vector<std::string>* texts();
  void symbol_fault(const std::string& reason);

  ExchangeInfo info_;
  std::vector<Place> places_;
  std::string key_, texts_key_;
  ListedSymbol current_;
  std::string fault_;  // of the current symbol; empty: none
  std::string filter_type_;
  std::vector<Field> fields_;
  size_t field_count_ = 0;  // of fields_, whose texts keep their memory from filter to filter
  bool has_time_ = false, has_symbols_ = false;
};

}  // namespace stratdock::binance
