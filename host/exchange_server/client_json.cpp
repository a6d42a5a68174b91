#include "host/exchange_server/client_json.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace stratdock::exchange_server {

bool is_too_deep(std::string_view json) {
  int levels = 0;
  bool is_in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (is_in_text) {
      if (c == '\\') ++i; // what is escaped ends no text
      else if (c == '"') is_in_text = false;
    } else if (c == '"') {
      is_in_text = true;
    } else if (c == '[' || c == '{') {
      if (++levels > most_levels_of_json) return true;
    } else if (c == ']' || c == '}') {
      --levels;
    }
  }
  return false;
}

bool is_request_id(const nlohmann::ordered_json& id) {
  return id.is_null() || id.is_number_integer() || (id.is_string() && id.get<std::string>().size() <= 36);
}

} // namespace stratdock::exchange_server
