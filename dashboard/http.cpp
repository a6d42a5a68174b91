#include "dashboard/http.hpp"

#include <nlohmann/json.hpp>

namespace stratdock::dashboard {

namespace {

const std::string& lookup(const std::map<std::string, std::string>& map, const std::string& name) {
  static const std::string empty;
  const auto found = map.find(name);
  return found == map.end() ? empty : found->second;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

const std::string& Request::header(const std::string& name) const { return lookup(headers, name); }
const std::string& Request::parameter(const std::string& name) const { return lookup(query, name); }

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response error_response(int status, const std::string& code, const std::string& message, const std::string& hint,
                        const std::string& extra) {
  nlohmann::json error = {{"code", code}, {"message", message}, {"hint", hint}};
  if (!extra.empty()) {
    const auto more = nlohmann::json::parse(extra, nullptr, false);
    if (more.is_object()) error.update(more);
  }
  return json_response(status, nlohmann::json{{"error", std::move(error)}}.dump(-1, ' ', false,
                                                                               nlohmann::json::error_handler_t::replace));
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
      if (c == '\0') return std::nullopt;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out += c;
  }
  return out;
}

std::optional<std::map<std::string, std::string>> parse_query(std::string_view text) {
  constexpr size_t most_pairs = 64;
  std::map<std::string, std::string> pairs;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const auto key = percent_decode(pair.substr(0, equals), true);
    const auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                        : percent_decode(pair.substr(equals + 1), true);
    if (!key || !value || pairs.size() >= most_pairs) return std::nullopt;
    pairs[*key] = *value;
  }
  return pairs;
}

}  // namespace stratdock::dashboard
