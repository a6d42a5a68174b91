#include "host/exchange_server/client_json.hpp"

#include <cstddef>

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

} // namespace stratdock::exchange_server
