#include "host/exchange_server/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace stratdock::exchange_server {

namespace {

constexpr std::string_view decimal_range = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
constexpr std::string_view integer_range = "^[0-9]{1,20}$";
constexpr std::string_view symbols_range = "^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$";
constexpr std::string_view symbol_range = "^[\\w\\-._&&[^a-z]]{1,50}$";

Refusal illegal(std::string_view name, std::string_view range) {
  return {400, -1100,
          "Illegal characters found in parameter '" + std::string(name) + "'; legal range is '" + std::string(range) +
              "'."};
}

bool is_symbol(std::string_view text) {
  return !text.empty() && text.size() <= 50 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || (c & 0x80) != 0;
  });
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Adds the pairs of one part and gives back the part without its signature.
std::string read_part(std::string_view part, ParsedParameters& parsed) {
  std::string rest;
  while (!part.empty()) {
    const size_t end = part.find('&');
    const std::string_view pair = part.substr(0, end);
    part = end == std::string_view::npos ? std::string_view() : part.substr(end + 1);
    const size_t equals = pair.find('=');
    const std::string name = percent_decoded(pair.substr(0, equals), true);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (name == "signature") {
      // A bare '+' in an unencoded base64 signature is no space.
      parsed.signature = percent_decoded(value, false);
      continue;
    }
    if (!rest.empty()) rest += '&';
    rest += pair;
    if (!name.empty()) parsed.parameters.add(name, percent_decoded(value, true));
  }
  return rest;
}

} // namespace

Refusal missing_parameter(std::string_view name) {
  return {400, -1102,
          "Mandatory parameter '" + std::string(name) + "' was not sent, was empty/null, or malformed."};
}
Refusal invalid_parameter(std::string_view name) {
  return {400, -1130, "Data sent for parameter '" + std::string(name) + "' is not valid."};
}

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return result;
}

ParsedParameters parse_request(std::string_view query, std::string_view body) {
  ParsedParameters parsed;
  parsed.signed_text = read_part(query, parsed);
  const size_t in_query = parsed.parameters.all().size();
  ParsedParameters from_body;
  parsed.signed_text += read_part(body, from_body);
  if (parsed.signature.empty()) parsed.signature = from_body.signature;
  const auto query_pairs = std::vector(parsed.parameters.all().begin(),
                                       parsed.parameters.all().begin() + static_cast<std::ptrdiff_t>(in_query));
  for (const auto& [name, value] : from_body.parameters.all()) {
    const bool is_in_query =
        std::any_of(query_pairs.begin(), query_pairs.end(), [&n = name](const auto& pair) { return pair.first == n; });
    if (!is_in_query) parsed.parameters.add(name, value);
  }
  return parsed;
}

std::string socket_signed_text(const Parameters& parameters) {
  auto pairs = parameters.all();
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs)
    text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

const std::string* Parameters::find(std::string_view name) const {
  for (const auto& [key, value] : all_)
    if (key == name) return &value;
  return nullptr;
}

bool Parameters::has(std::string_view name) const {
  const std::string* value = find(name);
  return value && !value->empty();
}

std::string Parameters::text(std::string_view name) const {
  const std::string* value = find(name);
  if (!value || value->empty()) throw missing_parameter(name);
  return *value;
}

std::string Parameters::text_or(std::string_view name, std::string_view fallback) const {
  const std::string* value = find(name);
  if (!value) return std::string(fallback);
  if (value->empty()) throw Refusal{400, -1105, "Parameter '" + std::string(name) + "' was empty."};
  return *value;
}

Decimal Parameters::decimal_or_zero(std::string_view name) const {
  const std::string value = text_or(name, "0");
  const size_t point = value.find('.');
  const std::string_view whole = std::string_view(value).substr(0, point);
  const bool is_legal = is_digits(whole) && (point == std::string::npos || is_digits(std::string_view(value).substr(point + 1)));
  if (!is_legal) throw illegal(name, decimal_range);
  const Result<Decimal> decimal = Decimal::parse(value);
  if (!decimal) throw Refusal{400, -1111, "Parameter '" + std::string(name) + "' has too much precision."};
  return *decimal;
}

std::optional<int64_t> Parameters::maybe_integer(std::string_view name) const {
  const std::string* value = find(name);
  if (!value) return std::nullopt;
  if (value->empty()) throw Refusal{400, -1105, "Parameter '" + std::string(name) + "' was empty."};
  if (!is_digits(*value)) throw illegal(name, integer_range);
  int64_t number = 0;
  if (std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc())
    throw Refusal{400, -1108, "Parameter '" + std::string(name) + "' has overflowed."};
  return number;
}

int64_t Parameters::integer(std::string_view name) const {
  if (!has(name)) throw missing_parameter(name);
  return *maybe_integer(name);
}
int64_t Parameters::integer_or(std::string_view name, int64_t fallback) const {
  return maybe_integer(name).value_or(fallback);
}

std::optional<int64_t> Parameters::maybe_time_ms(std::string_view name) const {
  std::optional<int64_t> time = maybe_integer(name);
  if (time && *time >= first_microseconds) *time /= 1000;
  return time;
}

bool Parameters::flag_or(std::string_view name, bool fallback) const {
  const std::string value = text_or(name, fallback ? "true" : "false");
  if (value == "true" || value == "TRUE") return true;
  if (value == "false" || value == "FALSE") return false;
  throw illegal(name, "^(true|false)$");
}

std::vector<std::string> Parameters::texts(std::string_view name) const {
  const std::string value = text(name);
  if (value.front() != '[') return {value};
  const auto json = nlohmann::json::parse(value, nullptr, false);
  if (!json.is_array() || json.empty()) throw illegal(name, symbols_range);
  std::vector<std::string> result;
  for (const auto& word : json) {
    if (!word.is_string()) throw invalid_parameter(name);
    result.push_back(word.get<std::string>());
  }
  auto sorted = result;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    throw Refusal{400, -1151, "Symbol is present multiple times in the list."};
  return result;
}

std::vector<std::string> Parameters::symbols(std::string_view name) const {
  const std::string value = text(name);
  if (value.front() != '[' || value.find_first_of(" \t\r\n") != std::string::npos) throw illegal(name, symbols_range);
  std::vector<std::string> result = texts(name);
  if (!std::all_of(result.begin(), result.end(), is_symbol)) throw illegal(name, symbols_range);
  return result;
}

std::string Parameters::symbol(std::string_view name) const {
  const std::string value = text(name);
  if (!is_symbol(value)) throw illegal(name, symbol_range);
  return value;
}

void Parameters::check_names(std::string_view allowed, bool has_signature) const {
  const auto is_allowed = [&](std::string_view name) {
    for (size_t at = allowed.find(name); at != std::string_view::npos; at = allowed.find(name, at + 1)) {
      const size_t end = at + name.size();
      if ((at == 0 || allowed[at - 1] == ' ') && (end == allowed.size() || allowed[end] == ' ')) return true;
    }
    return false;
  };
  size_t known = has_signature && is_allowed("signature") ? 1 : 0;
  for (size_t i = 0; i < all_.size(); ++i) {
    for (size_t j = 0; j < i; ++j)
      if (all_[j].first == all_[i].first) throw Refusal{400, -1101, "Duplicate values for a parameter detected."};
    known += is_allowed(all_[i].first);
  }
  const size_t sent = all_.size() + (has_signature ? 1 : 0);
  if (known == sent) return;
  size_t most = 0; // words
  for (size_t i = 0; i < allowed.size(); ++i)
    most += allowed[i] != ' ' && (i == 0 || allowed[i - 1] == ' ');
  if (sent > most)
    throw Refusal{400, -1101,
                  "Too many parameters; expected '" + std::to_string(most) + "' and received '" + std::to_string(sent) + "'."};
  throw Refusal{400, -1104,
                "Not all sent parameters were read; read '" + std::to_string(known) + "' parameter(s) but was sent '" +
                    std::to_string(sent) + "'."};
}

} // namespace stratdock::exchange_server
