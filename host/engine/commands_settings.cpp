// Commands that make bots and change what is set for them.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/engine/commands.hpp"

namespace stratdock {

using Json = nlohmann::json;

std::string as_bot_name(const std::string& text) {
  std::string name;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (plain) name += c;
    else if (!name.empty() && name.back() != '-') name += '-';
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.substr(0, 32);
}

namespace {

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return parameter_text(value.get<double>());
  return value.dump();
}

}  // namespace

BotSettings CommandRunner::changed(BotSettings settings, const Json& arguments, Json& fields) const {
  auto text_field = [&](const char* key, std::string& into) {
    if (!arguments.contains(key) || arguments[key].is_null()) return;
    if (arguments[key].is_string()) into = arguments[key].get<std::string>();
    else fields[key] = "must be text";
  };
  std::string name = settings.name;
  text_field("name", name);
  if (name != settings.name) {
    settings.name = as_bot_name(name);
    settings.title = settings.name == name ? "" : name;
  }
  text_field("symbol", settings.symbol);
  text_field("strategy", settings.strategy);
  std::transform(settings.symbol.begin(), settings.symbol.end(), settings.symbol.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (arguments.contains("trade_amount") && !arguments["trade_amount"].is_null()) {
    auto amount = Decimal::parse(text_of(arguments["trade_amount"]));
    if (amount) settings.trade_amount = *amount;
    else fields["trade_amount"] = "must be a number such as 100, found " + text_of(arguments["trade_amount"]);
  }
  if (arguments.contains("interval") && arguments["interval"].is_string()) {
    auto interval = parse_interval(arguments["interval"].get<std::string>());
    if (interval) settings.interval_ms = *interval;
    else fields["interval"] = interval.error().text();
  }
  if (arguments.contains("evaluate_every_ms") && arguments["evaluate_every_ms"].is_number_integer()) settings.evaluate_every_ms = arguments["evaluate_every_ms"].get<int64_t>();
  auto fraction = [&](const char* key, std::optional<double>& into) {
    if (!arguments.contains(key)) return;
    if (arguments[key].is_null()) into.reset();
    else if (arguments[key].is_number()) into = arguments[key].get<double>();
    else fields[key] = "must be a fraction such as 0.02";
  };
  fraction("stop_loss", settings.stop_loss);
  fraction("take_profit", settings.take_profit);
  for (const char* key : {"symbols", "recommended_symbols"})
    if (arguments.contains(key) && arguments[key].is_array()) settings.recommended_symbols = arguments[key].get<std::vector<std::string>>();
  if (arguments.contains("parameters") && arguments["parameters"].is_object())
    for (const auto& [key, value] : arguments["parameters"].items()) {
      if (value.is_null()) settings.parameters.erase(key);
      else settings.parameters[key] = text_of(value);
    }
  return settings;
}

void CommandRunner::check(const BotSettings& settings, Json& fields) const {
  auto set = [&](const std::string& key, const std::string& what) {
    if (!fields.contains(key)) fields[key] = what;
  };
  if (!is_bot_name(settings.name)) set("name", "must be 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit");
  if (!settings.trade_amount.is_positive()) set("trade_amount", "must be above 0");
  auto interval = engine_.interval_by_symbol_.find(settings.symbol);
  if (settings.symbol.empty()) {
    set("symbol", "is missing");
  } else if (interval == engine_.interval_by_symbol_.end()) {
    if (Status can = engine_.can_follow(settings.symbol, settings.interval_ms); !can) set("symbol", can.error().text());
  } else if (interval->second != settings.interval_ms) {
    set("interval", "the market's candles of " + settings.symbol + " are " + interval_text(interval->second));
  }
  if (settings.evaluate_every_ms <= 0 || settings.evaluate_every_ms % settings.interval_ms != 0)
    set("evaluate_every_ms", "must be a multiple of the candle's length of " + std::to_string(settings.interval_ms) + " ms");
  if (settings.stop_loss && !(*settings.stop_loss > 0 && *settings.stop_loss < 1)) set("stop_loss", "must lie between 0 and 1, both excluded");
  if (settings.take_profit && !(*settings.take_profit > 0 && *settings.take_profit <= 100)) set("take_profit", "must be above 0 and at most 100");
  for (const std::string& symbol : settings.recommended_symbols)
    if (!engine_.interval_by_symbol_.contains(symbol))
      if (Status can = engine_.can_follow(symbol, settings.interval_ms); !can) set("symbols", can.error().text());
  auto strategy = engine_.plugins_->find_strategy(settings.strategy);
  if (!strategy) {
    std::vector<std::string> names;
    for (const StrategyInfo& one : engine_.plugins_->strategies()) {
      names.push_back(one.id);
      names.insert(names.end(), one.aliases.begin(), one.aliases.end());
    }
    std::string nearest = nearest_name(settings.strategy, names);
    set("strategy", settings.strategy.empty() ? "is missing" : "no loaded plugin offers '" + settings.strategy + "'" + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    return;
  }
  std::vector<std::pair<std::string, std::string>> given(settings.parameters.begin(), settings.parameters.end());
  for (const ParameterError& error : check_parameter_texts(strategy->parameters, given).errors)
    set("parameters." + error.key, error.message + (error.hint.empty() ? "" : " (did you mean '" + error.hint + "'?)"));
  // What only the strategy knows: which of them cannot go together.
  if (!fields.empty()) return;
  if (const std::string why = engine_.refusal_of(settings, *strategy); !why.empty()) set("parameters", why);
}

namespace {

std::string fields_text(const Json& fields) {
  std::string text;
  for (const auto& [key, value] : fields.items()) text += (text.empty() ? "" : "; ") + key + " " + value.get<std::string>();
  return text;
}

}  // namespace

store::CommandResultRow CommandRunner::create(const Json& arguments) {
  Json fields = Json::object();
  BotSettings settings = changed(engine_.configuration_.bot_defaults, arguments, fields);
  if (!arguments.contains("interval"))
    if (auto interval = engine_.interval_by_symbol_.find(settings.symbol); interval != engine_.interval_by_symbol_.end()) settings.interval_ms = interval->second;
  check(settings, fields);
  if (find(settings.name) != nullptr || engine_.configuration_.find_bot(settings.name) != nullptr) fields["name"] = "there is a bot '" + settings.name + "' already";
  if (!fields.empty()) return refused("INVALID", "the bot was not made: " + fields_text(fields), Json{{"fields", fields}}.dump());
  Json warnings = Json::array();
  Decimal free = engine_.account_->ledger().balance(Ledger::unallocated, engine_.rules_of(settings.symbol)->quote_asset);
  if (free < settings.trade_amount)
    warnings.push_back("the trade amount of " + settings.trade_amount.text() + " exceeds the unallocated " + free.text() + ": the bot will wait for money");
  if (arguments.value("dry_run", false)) return done("the bot can be made", Json{{"warnings", warnings}}.dump());
  const bool is_new = !engine_.interval_by_symbol_.contains(settings.symbol);
  if (Status followed = engine_.follow(settings); !followed) return refused("REFUSED", followed.error().text());
  auto made = engine_.make_bot(settings, {arguments.value("origin", "dashboard"), "", "stopped", wall_clock_ms(), 0});
  if (!made) return refused("REFUSED", made.error().text());
  engine_.recorder_->line(**made, {"INFO", "Bot created: " + settings.strategy + " on " + settings.symbol + " with " + settings.trade_amount.text()});
  const std::string fetched = is_new ? "; the candles of " + settings.symbol + " are being fetched" : "";
  return done("bot '" + settings.name + "' is made; it is stopped" + fetched, Json{{"bot_id", (*made)->id}, {"warnings", warnings}}.dump());
}

store::CommandResultRow CommandRunner::update(Bot& bot, const Json& arguments) {
  if (engine_.configuration_.find_bot(bot.settings.name) != nullptr) return refused_declared(bot);
  Json fields = Json::object();
  BotSettings settings = changed(bot.settings, arguments, fields);
  check(settings, fields);
  if (settings.name != bot.settings.name && find(settings.name) != nullptr) fields["name"] = "there is a bot '" + settings.name + "' already";
  if (!fields.empty()) return refused("INVALID", "the bot was not changed: " + fields_text(fields), Json{{"fields", fields}}.dump());
  const Engine::Change change = engine_.change_of(bot.settings, settings);
  const std::string effect = change == Engine::Change::begins_anew        ? "its strategy begins anew with this market's history"
                             : change == Engine::Change::takes_parameters ? "its strategy goes on with the new parameters"
                                                                          : "it goes on as it is";
  if (arguments.value("dry_run", false)) return done("the change is possible: " + effect, R"({"warnings":[]})");
  if (Status applied = engine_.change_bot(bot, settings); !applied) return refused("REFUSED", applied.error().text());
  engine_.recorder_->line(bot, {"INFO", "Settings changed: " + effect});
  return done("bot '" + settings.name + "' is changed: " + effect);
}

}  // namespace stratdock
