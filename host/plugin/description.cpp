#include "host/plugin/description.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "host/plugin/decision_check.hpp"

namespace stratdock {
namespace {

using nlohmann::json;

constexpr std::pair<ParameterType, const char*> type_names[] = {{ParameterType::integer, "integer"},
                                                                {ParameterType::real, "real"},
                                                                {ParameterType::boolean, "boolean"},
                                                                {ParameterType::text, "text"},
                                                                {ParameterType::choice, "choice"}};

json parameter_to_json(const ParameterSchema& schema) {
  json result{{"key", schema.key},   {"name", schema.name},       {"doc", schema.doc},
              {"unit", schema.unit}, {"choices", schema.choices}, {"live", schema.live_changeable},
              {"advanced", schema.advanced}};
  for (const auto& [type, name] : type_names)
    if (type == schema.type) result["type"] = name;
  std::visit([&](const auto& value) { result["default"] = value; }, schema.default_value);
  if (schema.minimum) result["min"] = *schema.minimum;
  if (schema.maximum) result["max"] = *schema.maximum;
  return result;
}

// The worker cleaned its texts, but its memory is the plugin's.
std::string text_of(const json& value) {
  constexpr size_t limit_bytes = 16'384;
  return clean_text(value.get<std::string>(), limit_bytes);
}

ParameterSchema parameter_from_json(const json& source) {
  ParameterSchema schema;
  schema.key = source.at("key");
  schema.name = text_of(source.at("name"));
  schema.doc = text_of(source.at("doc"));
  schema.unit = text_of(source.at("unit"));
  for (const json& choice : source.at("choices")) schema.choices.push_back(text_of(choice));
  schema.live_changeable = source.at("live");
  schema.advanced = source.at("advanced");
  const std::string type_name = source.at("type");
  for (const auto& [type, name] : type_names)
    if (type_name == name) schema.type = type;
  const json& value = source.at("default");
  switch (schema.type) {
    case ParameterType::integer: schema.default_value = value.get<int64_t>(); break;
    case ParameterType::real: schema.default_value = value.get<double>(); break;
    case ParameterType::boolean: schema.default_value = value.get<bool>(); break;
    default: schema.default_value = text_of(value); break;
  }
  if (source.contains("min")) schema.minimum = source["min"].get<double>();
  if (source.contains("max")) schema.maximum = source["max"].get<double>();
  return schema;
}

json strategy_to_json(const StrategyInfo& info) {
  json parameters = json::array();
  for (const auto& schema : info.parameters) parameters.push_back(parameter_to_json(schema));
  return {{"id", info.id},         {"aliases", info.aliases},  {"name", info.name},
          {"version", info.version}, {"vendor", info.vendor},    {"doc", info.doc},
          {"parameters", parameters}, {"state_version", info.state_version}};
}

bool is_word(std::string_view text, bool with_digit_first) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), is_letter) &&
         (with_digit_first || (text[0] >= 'a' && text[0] <= 'z'));
}

bool is_strategy_id(std::string_view id) {
  size_t words = 0;
  for (;; ++words) {
    const size_t dot = id.find('.');
    if (!is_word(id.substr(0, dot), true)) return false;
    if (dot == std::string_view::npos) return words > 0;
    id.remove_prefix(dot + 1);
  }
}

Status check_parameter(const ParameterSchema& schema) {
  if (!is_word(schema.key, false)) return failure("the parameter key \"" + schema.key + "\" is not a lower-case word");
  const auto out_of_range = [&](double value) {
    return !std::isfinite(value) || (schema.minimum && value < *schema.minimum) || (schema.maximum && value > *schema.maximum);
  };
  const auto* real = std::get_if<double>(&schema.default_value);
  const auto* integer = std::get_if<int64_t>(&schema.default_value);
  if ((real && out_of_range(*real)) || (integer && out_of_range(static_cast<double>(*integer))))
    return failure("the default of parameter " + schema.key + " is outside its own range");
  if (schema.type == ParameterType::choice &&
      std::find(schema.choices.begin(), schema.choices.end(), std::get<std::string>(schema.default_value)) == schema.choices.end())
    return failure("the default of parameter " + schema.key + " is none of its choices");
  return {};
}

Status check_strategy(const StrategyInfo& info) {
  if (!is_strategy_id(info.id)) return failure("the strategy id \"" + info.id + "\" is not of the form vendor.name");
  for (const auto& alias : info.aliases)
    if (!is_word(alias, true)) return failure("the alias \"" + alias + "\" of strategy " + info.id + " is not a lower-case word");
  std::set<std::string> keys;
  for (const auto& schema : info.parameters) {
    if (auto checked = check_parameter(schema); !checked) return failure("strategy " + info.id + ": " + checked.error().message);
    if (!keys.insert(schema.key).second) return failure("strategy " + info.id + " has two parameters named " + schema.key);
  }
  return {};
}

}  // namespace

std::string description_to_json(const LibraryDescription& description) {
  json strategies = json::array();
  for (const auto& info : description.strategies) strategies.push_back(strategy_to_json(info));
  return json{{"build_info", description.build_info}, {"strategies", strategies}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<LibraryDescription> description_from_json(std::string_view text) {
  LibraryDescription description;
  try {
    const json source = json::parse(text);
    description.build_info = text_of(source.at("build_info"));
    for (const json& one : source.at("strategies")) {
      StrategyInfo& info = description.strategies.emplace_back();
      info.id = one.at("id");
      info.aliases = one.at("aliases").get<std::vector<std::string>>();
      info.name = text_of(one.at("name"));
      info.version = text_of(one.at("version"));
      info.vendor = text_of(one.at("vendor"));
      info.doc = text_of(one.at("doc"));
      info.state_version = one.at("state_version");
      for (const json& parameter : one.at("parameters")) info.parameters.push_back(parameter_from_json(parameter));
    }
  } catch (const json::exception&) {
    return failure("its description of itself makes no sense");
  }
  std::set<std::string> names;
  for (const auto& info : description.strategies) {
    if (auto checked = check_strategy(info); !checked) return tl::unexpected(checked.error());
    bool unique = names.insert(info.id).second;
    for (const auto& alias : info.aliases) unique = names.insert(alias).second && unique;
    if (!unique) return failure("it offers the name " + info.id + " or one of its aliases twice");
  }
  if (description.strategies.empty()) return failure("it offers no strategy");
  return description;
}

}  // namespace stratdock
