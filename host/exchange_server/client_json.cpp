#include "host/exchange_server/client_json.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace stratdock::exchange_server {

namespace {

// Walks through a request without building it.
class FractionReader : public nlohmann::json_sax<nlohmann::json> {
public:
  std::map<std::string, std::string> found;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t& written) override {
    if (levels_ == 2 && is_in_params_) found[name_] = written;
    return true;
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return ++levels_ > 0; }
  bool key(string_t& name) override {
    if (levels_ == 1) is_in_params_ = name == "params";
    name_ = name;
    return true;
  }
  bool end_object() override { return --levels_ >= 0; }
  bool start_array(size_t) override { return ++levels_ > 0; }
  bool end_array() override { return --levels_ >= 0; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
  int levels_ = 0;
  bool is_in_params_ = false;
  std::string name_;
};

} // namespace

std::map<std::string, std::string> written_fractions(const std::string& request) {
  FractionReader reader;
  return nlohmann::json::sax_parse(request, &reader) ? std::move(reader.found) : std::map<std::string, std::string>();
}

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
