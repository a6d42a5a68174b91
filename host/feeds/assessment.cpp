#include "host/feeds/assessment.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/feeds/article.hpp"

namespace stratdock {
namespace {

using OrderedJson = nlohmann::ordered_json;  // the schema's order is the order of the columns

Result<OrderedJson> properties_of(const std::string& schema) {
  OrderedJson json = OrderedJson::parse(schema, nullptr, false);
  if (!json.is_object() || !json.contains("properties") || !json["properties"].is_object()) return failure("the strategy's answer schema has no properties");
  return json;
}

}  // namespace

Result<std::vector<RecordedAnswer>> load_answers(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text) return tl::unexpected(text.error());
  std::vector<RecordedAnswer> answers;
  int64_t number = 0;
  for (size_t at = 0; at < text->size();) {
    size_t end = std::min(text->find('\n', at), text->size());
    std::string line = text->substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    OrderedJson json = OrderedJson::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("known_at_ms") || !json["known_at_ms"].is_number_integer() || !json.contains("ticker") || !json["ticker"].is_string())
      return failure("reading assessments from " + file.string() + ": line " + std::to_string(number) + " is no object with known_at_ms (a whole number) and ticker");
    RecordedAnswer answer{json["known_at_ms"].get<int64_t>(), json["ticker"].get<std::string>(), {}};
    json.erase("known_at_ms");
    json.erase("ticker");
    answer.answer = json.dump();
    answers.push_back(std::move(answer));
  }
  std::stable_sort(answers.begin(), answers.end(), [](const auto& a, const auto& b) { return a.known_at_ms < b.known_at_ms; });
  return answers;
}

Result<std::vector<AnswerColumn>> answer_columns(const std::string& schema) {
  auto json = properties_of(schema);
  if (!json) return tl::unexpected(json.error());
  std::vector<AnswerColumn> columns;
  for (const auto& [name, property] : (*json)["properties"].items()) {
    AnswerColumn column;
    column.name = name;
    if (property.contains("enum")) {
      for (const OrderedJson& choice : property["enum"]) column.choices.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
    } else {
      const std::string type = property.value("type", "");
      if (type != "number" && type != "integer" && type != "boolean") continue;
      column.has_range = property.contains("minimum") && property.contains("maximum");
      if (column.has_range) {
        column.minimum = property["minimum"].get<double>();
        column.maximum = property["maximum"].get<double>();
      }
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<CheckedAnswer> check_answer(const std::string& answer, const std::string& schema) {
  auto rules = properties_of(schema);
  if (!rules) return tl::unexpected(rules.error());
  auto columns = answer_columns(schema);
  if (!columns) return tl::unexpected(columns.error());
  OrderedJson json = OrderedJson::parse(answer, nullptr, false);
  if (!json.is_object()) return failure("the answer is no JSON object");
  for (const auto& [key, value] : json.items())
    if (!(*rules)["properties"].contains(key)) return failure("the answer has the key '" + key + "', which the schema does not know");
  for (const OrderedJson& key : rules->value("required", OrderedJson::array()))
    if (!json.contains(key.get<std::string>())) return failure("the answer lacks '" + key.get<std::string>() + "'");
  CheckedAnswer checked;
  for (const AnswerColumn& column : *columns) {
    if (!json.contains(column.name)) {
      checked.values.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const OrderedJson& value = json[column.name];
    if (!column.choices.empty()) {
      auto found = std::find(column.choices.begin(), column.choices.end(), value.is_string() ? value.get<std::string>() : value.dump());
      if (found == column.choices.end()) return failure("the answer's " + column.name + " is " + value.dump() + ", which is none of the schema's choices");
      checked.values.push_back(static_cast<double>(found - column.choices.begin()));
    } else if (value.is_boolean()) {
      checked.values.push_back(value.get<bool>() ? 1 : 0);
    } else if (value.is_number()) {
      double number = value.get<double>();
      if (column.has_range && !(number >= column.minimum && number <= column.maximum)) return failure("the answer's " + column.name + " is " + value.dump() + ", out of its range");
      checked.values.push_back(number);
    } else {
      return failure("the answer's " + column.name + " is " + value.dump() + ", not a number");
    }
  }
  if (json.contains("reasoning") && json["reasoning"].is_string()) checked.reasoning = json["reasoning"].get<std::string>();
  return checked;
}

}  // namespace stratdock
