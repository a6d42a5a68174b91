#include "host/binance/message_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

namespace stratdock::binance {
namespace {

using nlohmann::json;

// The exchange nests six deep at most; a text that nests thousands deep is an attack on the stack.
constexpr int deepest = 32;
// The list of all symbols is the largest, of about twenty megabytes; in memory a message grows to many times its size.
constexpr size_t largest_message = 48 << 20;
// Client ids have up to 36 letters, keys and signatures 64 and more.
constexpr size_t longest_shown_run = 40;
// Fields whose value is never shown, whatever it is.
constexpr std::array<std::string_view, 4> hidden_fields = {"apiKey", "signature", "listenKey", "secretKey"};

bool nests_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

bool is_hidden(const char* key) {
  return key != nullptr && std::find(hidden_fields.begin(), hidden_fields.end(), key) != hidden_fields.end();
}

std::string found_text(const json& value, const char* key) {
  if (is_hidden(key)) return "a value that is not shown";
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  if (value.is_string()) return '"' + short_quote(value.get_ref<const std::string&>()) + '"';
  return short_quote(value.dump());
}

std::string first_line_of_page(std::string_view text) {
  const size_t begin = text.find("<title>");
  if (begin == std::string_view::npos) return short_quote(text);
  const std::string_view title = text.substr(begin + 7);
  return short_quote(title.substr(0, title.find("</title>")));
}

Error not_json(const std::string& doing, std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {doing + "it is empty", {}, 0};
  if (text[begin] == '<')
    return {doing + "it is a web page, not JSON: \"" + first_line_of_page(text) + '"',
            "something between here and the exchange answered in its place", 0};
  return {doing + "its " + std::to_string(text.size()) + " bytes are not JSON: \"" + short_quote(text.substr(begin)) +
              '"',
          {},
          0};
}

// {"code":-1121,"msg":"Invalid symbol."} and nothing that a message would have.
const json* refusal_code(const json& value) {
  if (!value.is_object() || !value.contains("msg")) return nullptr;
  const auto code = value.find("code");
  return code != value.end() && code->is_number_integer() && code->get<int64_t>() < 0 ? &*code : nullptr;
}

} // namespace

std::string short_quote(std::string_view text, size_t most) {
  std::string quote;
  size_t run = 0;
  for (const char c : text) {
    const bool in_key = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("+/=_-", c) != nullptr;
    run = in_key && c != '\0' ? run + 1 : 0;
    quote += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
    if (run >= longest_shown_run) {
      quote.resize(quote.size() - run);
      return quote + "(hidden)...";
    }
    if (quote.size() > most + longest_shown_run) break;
  }
  if (quote.size() > most) {
    // Never half a character.
    size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(quote[end]) & 0xC0) == 0x80)
      --end;
    quote.resize(end);
    quote += "...";
  }
  return quote;
}

std::string MessageReader::path() const {
  std::string text;
  for (size_t i = 0; i < step_count_; ++i) {
    const Step& step = steps_[i];
    if (step.key == nullptr)
      text += '[' + std::to_string(step.index) + ']';
    else
      text += (text.empty() ? "" : ".") + std::string(step.key);
  }
  return text;
}

MessageReader MessageReader::child(const json& value, Step step) const {
  MessageReader reader = *this;
  reader.value_ = &value;
  if (reader.step_count_ < most_steps) reader.steps_[reader.step_count_++] = step;
  return reader;
}

void MessageReader::fault(std::string_view expected) const {
  const char* key = step_count_ > 0 ? steps_[step_count_ - 1].key : nullptr;
  throw FieldFault{path(), found_text(*value_, key) + " where " + std::string(expected) + " was expected"};
}

bool MessageReader::is_object() const {
  return value_->is_object();
}
bool MessageReader::is_array() const {
  return value_->is_array();
}
bool MessageReader::is_text() const {
  return value_->is_string();
}

bool MessageReader::has(const char* key) const {
  if (!value_->is_object()) return false;
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

MessageReader MessageReader::member(const char* key) const {
  if (!value_->is_object()) fault("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) throw FieldFault{child(*value_, {key, 0}).path(), "nothing"};
  return child(*found, {key, 0});
}

MessageReader MessageReader::at(const char* key) const {
  return member(key);
}

std::string MessageReader::as_text() const {
  if (!value_->is_string()) fault("a text");
  return value_->get<std::string>();
}

Decimal MessageReader::as_decimal() const {
  if (value_->is_number_integer() && !value_->is_number_unsigned())
    return Decimal::from_integer(value_->get<int64_t>());
  if (value_->is_number_unsigned() && value_->get<uint64_t>() <= uint64_t{INT64_MAX})
    return Decimal::from_integer(value_->get<int64_t>());
  if (!value_->is_string()) fault("a decimal as text");
  const Result<Decimal> parsed = Decimal::parse(value_->get_ref<const std::string&>());
  if (!parsed) fault("a decimal of at most eight digits after the point");
  return *parsed;
}

double MessageReader::as_real() const {
  if (value_->is_number()) return value_->get<double>();
  if (!value_->is_string()) fault("a decimal as text");
  const std::string& text = value_->get_ref<const std::string&>();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) fault("a decimal");
  return number;
}

int64_t MessageReader::as_integer() const {
  if (!value_->is_number_integer() || (value_->is_number_unsigned() && value_->get<uint64_t>() > uint64_t{INT64_MAX}))
    fault("an integer of at most 63 bits");
  return value_->get<int64_t>();
}

bool MessageReader::as_flag() const {
  if (!value_->is_boolean()) fault("true or false");
  return value_->get<bool>();
}

std::string MessageReader::text(const char* key) const {
  return member(key).as_text();
}
Decimal MessageReader::decimal(const char* key) const {
  return member(key).as_decimal();
}
double MessageReader::real(const char* key) const {
  return member(key).as_real();
}
int64_t MessageReader::integer(const char* key) const {
  return member(key).as_integer();
}
bool MessageReader::flag(const char* key) const {
  return member(key).as_flag();
}

std::string MessageReader::text_or(const char* key, std::string_view otherwise) const {
  return has(key) ? text(key) : std::string(otherwise);
}
Decimal MessageReader::decimal_or(const char* key, Decimal otherwise) const {
  return has(key) ? decimal(key) : otherwise;
}
int64_t MessageReader::integer_or(const char* key, int64_t otherwise) const {
  return has(key) ? integer(key) : otherwise;
}
bool MessageReader::flag_or(const char* key, bool otherwise) const {
  return has(key) ? flag(key) : otherwise;
}

std::vector<std::string> MessageReader::texts_or_empty(const char* key) const {
  std::vector<std::string> texts;
  if (has(key)) at(key).each([&](const MessageReader& element) { texts.push_back(element.as_text()); });
  return texts;
}

size_t MessageReader::size() const {
  return value_->is_array() ? value_->size() : 0;
}

MessageReader MessageReader::element(size_t index) const {
  if (!value_->is_array()) fault("an array");
  if (index >= value_->size()) fault("an array of more than " + std::to_string(index) + " elements");
  return child((*value_)[index], {nullptr, index});
}

std::string MessageReader::text_at(size_t index) const {
  return element(index).as_text();
}
Decimal MessageReader::decimal_at(size_t index) const {
  return element(index).as_decimal();
}
double MessageReader::real_at(size_t index) const {
  return element(index).as_real();
}
int64_t MessageReader::integer_at(size_t index) const {
  return element(index).as_integer();
}

void MessageReader::each(const std::function<void(const MessageReader&)>& visit) const {
  if (!value_->is_array()) fault("an array");
  for (size_t i = 0; i < value_->size(); ++i)
    visit(child((*value_)[i], {nullptr, i}));
}

void MessageReader::each_or_one(const std::function<void(const MessageReader&)>& visit) const {
  if (value_->is_object())
    visit(*this);
  else
    each(visit);
}

std::string MessageReader::json_text() const {
  return value_->dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string MessageReader::id_text(const char* key) const {
  if (!has(key)) return {};
  const MessageReader value = member(key);
  if (value.value_->is_string()) return value.as_text();
  if (value.value_->is_number_integer()) return value.value_->dump();
  value.fault("an id (a text or an integer)");
}

Status visit_message(std::string_view what, std::string_view text, RefusalIs refusal,
                     const std::function<void(const MessageReader&)>& read) {
  const std::string doing = "reading Binance's message \"" + std::string(what) + "\": ";
  if (text.size() > largest_message) return failure(doing + "its " + std::to_string(text.size()) + " bytes are more than any message has");
  if (nests_too_deep(text)) return failure(doing + "it nests more than " + std::to_string(deepest) + " deep");
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return tl::unexpected<Error>(not_json(doing, text));
  if (const json* code = refusal == RefusalIs::an_error ? refusal_code(value) : nullptr) {
    const json& msg = value["msg"];
    const std::string words = msg.is_string() ? short_quote(msg.get_ref<const std::string&>(), 200) : "no text";
    const int64_t number = std::max<int64_t>(code->get<int64_t>(), INT32_MIN);
    return failure(doing + "the exchange refused: " + std::to_string(number) + " \"" + words + '"', {},
                   static_cast<int>(number));
  }
  try {
    read(MessageReader(value));
    return {};
  } catch (const FieldFault& fault) {
    const std::string where = fault.field.empty() ? "the whole of it is " : "field " + fault.field + " is ";
    return failure(doing + where + fault.found, "a message of another kind, or the exchange has changed it");
  }
}

} // namespace stratdock::binance
