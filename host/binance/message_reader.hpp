// Reads the exchange's JSON field by field, and says exactly which field of which message did not fit.
// Thread rule: a reader lives inside one call of read_message. Invariant: what was found is quoted short and never where it
// could be a key or a signature; text that is not JSON, nests deeply or is a page never gets further than an Error.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/result.hpp"

namespace stratdock::binance {

// The one way out of a reader for a field that does not fit; read_message makes an Error of it.
struct FieldFault {
  std::string field;  // "orders[2].price"
  std::string found;  // what was there, and what was expected
};

class MessageReader {
public:
  explicit MessageReader(const nlohmann::json& value) : value_(&value) {}

  bool is_object() const;
  bool is_array() const;
  bool is_text() const;
  // Members of an object. A member that is null counts as absent. Throw FieldFault where a needed one is absent or of another kind.
  bool has(const char* key) const;
  MessageReader at(const char* key) const;
  std::string text(const char* key) const;
  std::string text_or(const char* key, std::string_view otherwise) const;
  Decimal decimal(const char* key) const;
  Decimal decimal_or(const char* key, Decimal otherwise) const;
  double real(const char* key) const;  // a decimal text as the nearest double; for candles
  int64_t integer(const char* key) const;
  int64_t integer_or(const char* key, int64_t otherwise) const;
  bool flag(const char* key) const;
  bool flag_or(const char* key, bool otherwise) const;
  std::vector<std::string> texts_or_empty(const char* key) const;
  // Elements of an array; `size` is 0 for what is none.
  size_t size() const;
  MessageReader element(size_t index) const;
  std::string text_at(size_t index) const;
  Decimal decimal_at(size_t index) const;
  double real_at(size_t index) const;
  int64_t integer_at(size_t index) const;
  void each(const std::function<void(const MessageReader&)>& visit) const;  // of an array; anything else is a fault
  // An array's elements, or the one object that stands in its place.
  void each_or_one(const std::function<void(const MessageReader&)>& visit) const;

  // This value's own JSON text. Only for values of this message, whose depth is limited.
  std::string json_text() const;
  // An id: a text as it stands, an integer in digits, null as nothing.
  std::string id_text(const char* key) const;
  [[noreturn]] void fault(std::string_view expected) const;  // this very value does not fit

private:
  struct Step {
    const char* key = nullptr;
    size_t index = 0;
  };
  static constexpr size_t most_steps = 8;

  MessageReader member(const char* key) const;
  MessageReader child(const nlohmann::json& value, Step step) const;
  std::string path() const;
  std::string as_text() const;
  Decimal as_decimal() const;
  double as_real() const;
  int64_t as_integer() const;
  bool as_flag() const;

  const nlohmann::json* value_;
  std::array<Step, most_steps> steps_{};
  size_t step_count_ = 0;
};

// What a refusal ({"code":-1121,"msg":"..."}) in the place of the message is.
enum class RefusalIs : uint8_t { an_error, a_message };

// Parses `text` and hands it to `read`. Errors name `what` ("order"), and carry the exchange's code where it refused.
Status visit_message(std::string_view what, std::string_view text, RefusalIs refusal,
                     const std::function<void(const MessageReader&)>& read);

template <typename T>
Result<T> read_message(std::string_view what, std::string_view text, T (*read)(const MessageReader&),
                       RefusalIs refusal = RefusalIs::an_error) {
  std::optional<T> value;
  const Status status =
      visit_message(what, text, refusal, [&](const MessageReader& reader) { value.emplace(read(reader)); });
  if (!status) return tl::unexpected<Error>(status.error());
  return std::move(*value);
}

// The same for an array, or for one object in its place: the exchange answers `symbol=` with an object, `symbols=` with an array.
template <typename T>
Result<std::vector<T>> read_messages(std::string_view what, std::string_view text, T (*read)(const MessageReader&)) {
  std::vector<T> values;
  const Status status = visit_message(what, text, RefusalIs::an_error, [&](const MessageReader& reader) {
    reader.each_or_one([&](const MessageReader& element) { values.push_back(read(element)); });
  });
  if (!status) return tl::unexpected<Error>(status.error());
  return values;
}

// At most `most` characters on one line for an error message; a long run of letters and digits, which a key would be, is hidden.
std::string short_quote(std::string_view text, size_t most = 60);

}  // namespace stratdock::binance
