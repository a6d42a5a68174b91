// Rows with random contents and a folder of one's own, for the store's tests. The fields come from the store's own lists,
// so a field that is added there is tested at once.
#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "host/store/fields.hpp"
#include "host/store/settings_json.hpp"

namespace stratdock::store {

struct TestFolder {
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "stratdock-store-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

class RandomRows {
public:
  explicit RandomRows(uint64_t seed) : random_(seed) {}

  template <typename Row>
  Row row() {
    Row made;
    Fields<Row>::each(made, *this);
    return made;
  }
  double real() { return std::ldexp(static_cast<double>(static_cast<int64_t>(random_())), static_cast<int>(random_() % 80) - 90); }

  // As a visitor of fields.
  void operator()(const char*, int64_t& value) { value = static_cast<int64_t>(random_()); }
  void operator()(const char*, double& value) { value = real(); }
  void operator()(const char*, std::string& value) {
    value.clear();
    const char* const parts[] = {"a", "Z", "'", "\"", ";", "é", "📊", "\n", " ", "%", "0"};
    for (size_t count = random_() % 12; count > 0; --count) value += parts[random_() % std::size(parts)];
  }
  void operator()(const char*, Decimal& value) {
    value = Decimal::from_units(int128{static_cast<int64_t>(random_())} * static_cast<int64_t>(random_() % 1'000 + 1));
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& value) {
    value.reset();
    if (random_() % 2 == 0) (*this)(name, value.emplace());
  }
  template <typename T>
  void key(const char* name, T& value) {
    (*this)(name, value);
  }
  void id(const char*, int64_t& value) { value = 0; }
  void reference(const char*, int64_t& value) { value = 0; }
  void rev(int64_t& value) { value = 0; }
  void settings(const char*, BotSettings& value) {
    (*this)("", value.title), (*this)("", value.symbol), (*this)("", value.strategy), (*this)("", value.trade_amount);
    (*this)("", value.interval_ms), (*this)("", value.evaluate_every_ms), (*this)("", value.stop_loss), (*this)("", value.take_profit);
    (*this)("", value.parameters["one"]), (*this)("", value.parameters["two"]);
    (*this)("", value.recommended_symbols.emplace_back());
  }

private:
  std::mt19937_64 random_;
};

// A row as text, field by field, every bit of it.
struct FieldsText {
  std::string text;
  void operator()(const char* name, int64_t value) { add(name, std::to_string(value)); }
  void operator()(const char* name, double value) {
    char hex[64];
    std::snprintf(hex, sizeof hex, "%a", value);
    add(name, hex);
  }
  void operator()(const char* name, const std::string& value) { add(name, "'" + value + "'"); }
  void operator()(const char* name, Decimal value) { add(name, value.text()); }
  template <typename T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) return (*this)(name, *value);
    add(name, "none");
  }
  template <typename T>
  void key(const char* name, const T& value) {
    (*this)(name, value);
  }
  void id(const char* name, int64_t value) { (*this)(name, value); }
  void reference(const char* name, int64_t value) { (*this)(name, value); }
  void rev(int64_t value) { (*this)("rev", value); }
  void settings(const char* name, const BotSettings& value) { add(name, settings_json(value)); }

private:
  void add(const char* name, const std::string& value) { text += std::string(name) + "=" + value + "\n"; }
};

template <typename Row>
std::string fields_text(const Row& row) {
  FieldsText fields;
  Fields<Row>::each(row, fields);
  return fields.text;
}

}  // namespace stratdock::store
