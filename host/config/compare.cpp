// What the tables can write: the difference between two configurations, a bot as YAML, and the check of its parameters.
#include <algorithm>

#include "host/config/sections.hpp"

namespace stratdock {
namespace {

std::pair<std::string, std::string> split_line(const std::string& line) {
  const size_t colon = line.find(": ");
  return {line.substr(0, colon), line.substr(colon + 2)};
}

// "key: before -> after" for every key whose text differs; an absent text shows as "(not set)".
std::vector<std::string> changed_lines(const std::vector<std::string>& before, const std::vector<std::string>& after, const std::string& prefix) {
  std::map<std::string, std::pair<std::string, std::string>> texts;
  for (const std::string& line : before) texts[split_line(line).first].first = split_line(line).second;
  for (const std::string& line : after) texts[split_line(line).first].second = split_line(line).second;
  std::vector<std::string> changes;
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("(not set)") : text; };
  for (const auto& [key, pair] : texts)
    if (pair.first != pair.second) changes.push_back(prefix + key + ": " + shown(pair.first) + " -> " + shown(pair.second));
  return changes;
}

template <typename Section>
void compare_section(const char* name, const Fields<Section>& fields, const Section& before, const Section& after, std::vector<std::string>& changes) {
  for (std::string& line : changed_lines(section_lines(fields, before), section_lines(fields, after), std::string(name) + (*name ? "." : "")))
    changes.push_back(std::move(line));
}

}  // namespace

ConfigurationDifference compare(const Configuration& before, const Configuration& after) {
  ConfigurationDifference difference;
  std::map<std::string, std::pair<const DeclaredBot*, const DeclaredBot*>> bots;
  for (const DeclaredBot& bot : before.bots) bots[bot.name].first = &bot;
  for (const DeclaredBot& bot : after.bots) bots[bot.name].second = &bot;
  using Kind = BotDifference::Kind;
  for (const auto& [name, pair] : bots) {
    const auto& [old_bot, new_bot] = pair;
    if (old_bot == nullptr) {
      difference.bots.push_back({name, Kind::added, section_lines(bot_fields(), *new_bot)});
    } else if (new_bot == nullptr) {
      difference.bots.push_back({name, Kind::removed, section_lines(bot_fields(), *old_bot)});
    } else if (auto lines = changed_lines(section_lines(bot_fields(), *old_bot), section_lines(bot_fields(), *new_bot), ""); !lines.empty()) {
      difference.bots.push_back({name, Kind::changed, std::move(lines)});
    }
  }
  std::vector<std::string>& changes = difference.restart_needed;
  compare_section("", top_fields(), before, after, changes);
  compare_section("dashboard", dashboard_fields(), before.dashboard, after.dashboard, changes);
  compare_section("market", market_fields(), before.market, after.market, changes);
  compare_section("exchange", exchange_fields(), before.exchange, after.exchange, changes);
  compare_section("paper", paper_fields(), before.paper, after.paper, changes);
  compare_section("risk", risk_fields(), before.risk, after.risk, changes);
  compare_section("plugins", plugin_fields(), before.plugins, after.plugins, changes);
  compare_section("logs", log_fields(), before.logs, after.logs, changes);
  compare_section("feeds", feed_fields(), before.feeds, after.feeds, changes);
  return difference;
}

std::string bot_yaml(const DeclaredBot& bot) {
  std::string yaml = "  " + bot.name + ":\n";
  for (const std::string& line : section_lines(bot_fields(), bot)) yaml += "    " + line + "\n";
  return yaml;
}

CheckedBotParameters check_parameters(std::span<const ParameterSchema> schema, const DeclaredBot& bot) {
  const std::vector<std::pair<std::string, std::string>> given(bot.parameters.begin(), bot.parameters.end());
  CheckedParameters checked = check_parameter_texts(schema, given);
  CheckedBotParameters result{std::move(checked.values), {}};
  for (ParameterError& error : checked.errors) {
    const auto position = bot.parameter_positions.find(error.key);
    result.errors.push_back({position == bot.parameter_positions.end() ? bot.position : position->second,
                             "bots." + bot.name + ".parameters." + error.key, std::move(error.message), std::move(error.hint)});
  }
  sort_by_place(result.errors);
  return result;
}

}  // namespace stratdock
