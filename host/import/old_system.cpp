#include "host/import/old_system.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

namespace stratdock {
namespace {

using Json = nlohmann::json;
using Fate = ImportedField::Fate;

constexpr uintmax_t largest_file_bytes = 1 << 20;
constexpr const char* bots_file = "active_bots.json";
constexpr const char* env_file = ".env";

class Reader {
public:
  explicit Reader(const std::filesystem::path& folder) : folder_(folder) {}
  Result<OldSystem> read();

private:
  void say(Fate fate, const std::string& file, const std::string& field, const std::string& text) { system_.fields.push_back({fate, file, field, text}); }
  Result<Json> json_of(const std::string& file) const;
  Status read_bots();
  void read_bot(const Json& bot, size_t index);
  Status read_position(OldBot& bot);
  Status read_env();
  void read_setting(const std::string& key, const std::string& value);
  void find_orphans();

  std::filesystem::path folder_;
  OldSystem system_;
  std::set<std::string> names_, position_files_;
};

// A JSON number or text as an exact decimal text: doubles of the old files came from short texts.
std::string figure_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_number() && std::isfinite(value.get<double>()) && std::abs(value.get<double>()) < 1e19) return Decimal::from_double(value.get<double>()).text();
  return {};
}

std::string shown(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 80 ? text : text.substr(0, 77) + "...";
}

bool is_secret(const std::string& key) {
  for (const char* part : {"KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "SID", "PHONE"})
    if (key.find(part) != std::string::npos) return true;
  return false;
}

Result<Json> Reader::json_of(const std::string& file) const {
  const std::filesystem::path path = folder_ / file;
  std::error_code code;
  const uintmax_t size = std::filesystem::file_size(path, code);
  if (code) return failure("reading " + path.string() + ": " + code.message());
  if (size > largest_file_bytes) return failure("reading " + path.string() + ": it is longer than 1 MiB", "is this the old system's folder?");
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open()) return failure("reading " + path.string() + ": it cannot be opened", "it must belong to the user who imports it");
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    return failure("reading " + path.string() + ": " + error.what(), "it must be the JSON that the old dashboard wrote");
  }
}

Status Reader::read_bots() {
  auto json = json_of(bots_file);
  if (!json) return tl::unexpected(json.error());
  // A list of bots, or {"bots": [...]}, or bots by their number.
  const Json* list = json->is_object() && json->contains("bots") ? &(*json)["bots"] : &*json;
  if (!list->is_array() && !list->is_object()) return failure("reading " + (folder_ / bots_file).string() + ": it holds no list of bots");
  size_t index = 0;
  for (const auto& item : list->items()) {
    Json bot = item.value();
    if (list->is_object() && bot.is_object() && !bot.contains("id")) bot["id"] = item.key();
    read_bot(bot, index++);
  }
  return {};
}

void Reader::read_bot(const Json& json, size_t index) {
  const std::string at = "bots[" + std::to_string(index) + "].";
  OldBot bot;
  if (!json.is_object()) return say(Fate::wrong, bots_file, at.substr(0, at.size() - 1), "is no bot: " + shown(json));
  auto refuse = [&](const std::string& key, const std::string& why) {
    bot.usable = false;
    say(Fate::wrong, bots_file, at + key, why);
  };
  for (const char* needed : {"name", "symbol", "strategy", "trade_amount"})
    if (!json.contains(needed)) refuse(needed, "is missing; the bot cannot be made");
  for (const auto& [key, value] : json.items()) {
    if (key == "id") {
      bot.number = value.is_string() ? value.get<std::string>() : value.dump();
      say(Fate::left, bots_file, at + key, "was " + shown(value) + "; the bot gets a new number, given once and never reused");
    } else if (key == "name" && value.is_string()) {
      bot.name = value.get<std::string>();
      bot.bot_name = bot_name_of(bot.name);
      if (bot.bot_name.empty()) bot.bot_name = "bot-" + std::to_string(index + 1);
      const std::string base = bot.bot_name.substr(0, 28);
      for (int n = 2; !names_.insert(bot.bot_name).second; ++n) bot.bot_name = base + "-" + std::to_string(n);
      say(Fate::taken, bots_file, at + key, "\"" + bot.name + "\" as the title; the bot's name is " + bot.bot_name);
    } else if (key == "symbol" && value.is_string() && !value.get<std::string>().empty()) {
      bot.symbol = value.get<std::string>();
      std::transform(bot.symbol.begin(), bot.symbol.end(), bot.symbol.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      say(Fate::taken, bots_file, at + key, "as symbol " + bot.symbol);
    } else if (key == "strategy" && value.is_string() && !value.get<std::string>().empty()) {
      bot.strategy = value.get<std::string>();
      say(Fate::taken, bots_file, at + key, "as strategy " + bot.strategy);
    } else if (key == "trade_amount") {
      const auto amount = Decimal::parse(figure_text(value));
      if (!amount || !amount->is_positive()) {
        refuse(key, "must be an amount above 0, found " + shown(value));
        continue;
      }
      bot.trade_amount = *amount;
      say(Fate::taken, bots_file, at + key, "as trade_amount " + amount->text() + ", the bot's whole stake");
    } else if (key == "name" || key == "symbol" || key == "strategy") {
      refuse(key, "must be text, found " + shown(value));
    } else if (key == "status") {
      say(Fate::left, bots_file, at + key, "was " + shown(value) + "; imported bots are stopped until you start them");
    } else if (key == "profit" || key == "trades") {
      say(Fate::left, bots_file, at + key, "was " + shown(value) + "; a paper bot counts its own, from 0");
    } else {
      say(Fate::left, bots_file, at + key, "is not known: " + (is_secret(key) ? "(hidden)" : shown(value)));
    }
  }
  system_.bots.push_back(std::move(bot));
}

Status Reader::read_position(OldBot& bot) {
  const std::string file = "bot_" + bot.number + "_position.json";
  if (bot.number.empty() || bot.number.find('/') != std::string::npos || !std::filesystem::exists(folder_ / file)) return {};
  position_files_.insert(file);
  auto json = json_of(file);
  if (!json) return tl::unexpected(json.error());
  if (!json->is_object()) return failure("reading " + (folder_ / file).string() + ": it holds no position");
  const bool is_long = json->contains("position") && (*json)["position"] == "LONG";
  OldPosition position;
  const std::map<std::string, std::string*> figures = {{"entry_price", &position.entry_price}, {"stop_loss", &position.stop_loss}, {"take_profit", &position.take_profit}, {"initial_investment", &position.initial_investment}};
  for (const auto& [key, value] : json->items()) {
    if (const auto figure = figures.find(key); figure != figures.end()) {
      *figure->second = value.is_null() ? "" : figure_text(value);
      const bool counts = key != "initial_investment";
      say(Fate::left, file, key, "was " + shown(value) + (!is_long ? "; nothing is held" : counts ? "; taken over only with the holding" : "; tells what the holding may be"));
    } else if (key == "position") {
      say(Fate::left, file, key, is_long ? "LONG: the holding is assigned to the bot only when you confirm it with --adopt" : "was " + shown(value) + ": nothing is held");
    } else if (key == "symbol") {
      position.symbol = value.is_string() ? value.get<std::string>() : "";
      say(Fate::left, file, key, "was " + shown(value) + (position.symbol.empty() || position.symbol == bot.symbol ? "" : ", another than the bot's " + bot.symbol));
    } else {
      say(Fate::left, file, key, "was " + shown(value) + (key == "has_traded" || key == "timestamp" ? "; the journal keeps this from now on" : "; is not known"));
    }
  }
  if (is_long) bot.position = position;
  return {};
}

// Position files of bots that active_bots.json does not name.
void Reader::find_orphans() {
  std::error_code code;
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("bot_") && name.ends_with("_position.json") && !position_files_.contains(name)) found.insert(name);
  }
  for (const std::string& name : found) say(Fate::wrong, name, "", std::string("belongs to no bot of ") + bots_file + "; look at it before you delete it");
}

Status Reader::read_env() {
  std::ifstream in(folder_ / env_file);
  if (!in.is_open()) return failure("reading " + (folder_ / env_file).string() + ": it cannot be opened", "it must belong to the user who imports it");
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    auto trim = [](std::string text) {
      const size_t first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
      return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
    };
    line = trim(line);
    if (line.starts_with("export ")) line = trim(line.substr(7));
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    if (equals == std::string::npos) {
      // The line itself is not shown: it may be a key that lost its name.
      say(Fate::wrong, env_file, "line " + std::to_string(number), "is no NAME=VALUE");
      continue;
    }
    std::string value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) value = value.substr(1, value.size() - 2);
    else if (const size_t comment = value.find(" #"); comment != std::string::npos) value = trim(value.substr(0, comment));
    read_setting(trim(line.substr(0, equals)), value);
  }
  return {};
}

// The old percentages: 2 and 0.02 both meant 2 %.
std::optional<double> old_fraction(std::string text) {
  const bool percent = !text.empty() && text.back() == '%';
  if (percent) text.pop_back();
  auto number = Decimal::parse(text);
  if (!number || number->is_zero()) return std::nullopt;
  Decimal size = number->abs();
  if (percent || size >= Decimal::from_units(Decimal::units_per_one / 2)) size = divide(size, Decimal::from_integer(100), Rounding::half_even);
  return size < Decimal::from_integer(1) ? std::optional(size.to_double()) : std::nullopt;
}

void Reader::read_setting(const std::string& key, const std::string& value) {
  const std::string was = "was \"" + (value.size() <= 60 ? value : value.substr(0, 57) + "...") + "\"";
  if (is_secret(key)) {
    const bool known = key.starts_with("BINANCE_") || key == "OPENAI_API_KEY" || key == "CRYPTONEWS_API_KEY";
    return say(Fate::left, env_file, key, value.empty() ? "is empty" : std::string("a secret, not read; ") + (known ? "put it into a .env of mode 0600 beside your configuration if you need it" : "nothing asks for it"));
  }
  if (key.starts_with("STOP_LOSS") || key.starts_with("TAKE_PROFIT")) {
    const bool stop = key.starts_with("STOP_LOSS");
    const auto fraction = old_fraction(value);
    if (!fraction) return say(Fate::wrong, env_file, key, was + ", which is no percentage");
    (stop ? system_.stop_loss : system_.take_profit) = *fraction;
    char text[32];
    std::snprintf(text, sizeof text, "%g%%", *fraction * 100);
    return say(Fate::taken, env_file, key, std::string("as ") + (stop ? "stop_loss " : "take_profit ") + text + " of every bot made");
  }
  if (key == "CHECK_INTERVAL" || key == "TRADING_INTERVAL_SECONDS") {
    const auto seconds = Decimal::parse(value);
    constexpr int64_t candle_s = 300;
    if (!seconds || !seconds->is_positive() || *seconds > Decimal::from_integer(604'800)) return say(Fate::wrong, env_file, key, was + ", which is no number of seconds");
    const int64_t whole = static_cast<int64_t>(seconds->to_double());
    if (whole % candle_s != 0) return say(Fate::left, env_file, key, was + "; evaluations fall on closes of 5-minute candles, so every 15 minutes stays");
    system_.evaluate_every_ms = whole * 1'000;
    return say(Fate::taken, env_file, key, "as evaluate_every " + std::to_string(whole / 60) + "m of every bot made");
  }
  static const std::pair<const char*, const char*> elsewhere[] = {
      {"SYMBOL", "each bot has its own symbol"}, {"DEFAULT_SYMBOL", "each bot has its own symbol"}, {"TRADING_SYMBOL", "each bot has its own symbol"},
      {"TRADE_AMOUNT", "each bot has its own trade_amount"}, {"DEFAULT_TRADE_AMOUNT", "each bot has its own trade_amount"}, {"STRATEGY", "each bot has its own strategy"},
      {"INTERVAL", "candles are those of the market in your configuration"}, {"USE_TESTNET", "imported bots trade on paper; `mode` of your configuration decides"},
      {"TESTNET", "imported bots trade on paper; `mode` of your configuration decides"}, {"PORT", "`dashboard: {port: ...}` of your configuration says it"},
      {"FLASK_PORT", "`dashboard: {port: ...}` of your configuration says it"}, {"DASHBOARD_PORT", "`dashboard: {port: ...}` of your configuration says it"}};
  for (const auto& [name, why] : elsewhere)
    if (key == name) return say(Fate::left, env_file, key, was + "; " + why);
  for (const char* prefix : {"RSI", "MACD", "EMA", "SMA", "BB_", "BOLLINGER", "ATR", "ADX", "VOLUME"})
    if (key.starts_with(prefix)) return say(Fate::left, env_file, key, was + "; a parameter of the strategy: `stratdock strategy show ID` names it, `stratdock bot update BOT --param KEY=VALUE` sets it");
  for (const char* prefix : {"MAX_", "RISK"})
    if (key.starts_with(prefix)) return say(Fate::left, env_file, key, was + "; limits stand under `risk` of your configuration");
  for (const char* prefix : {"LOG", "DEBUG"})
    if (key.starts_with(prefix)) return say(Fate::left, env_file, key, was + "; logs stand under `logs` of your configuration");
  say(Fate::left, env_file, key, "is not known; it has no counterpart");
}

Result<OldSystem> Reader::read() {
  std::error_code code;
  if (!std::filesystem::is_directory(folder_, code)) return failure("importing from " + folder_.string() + ": it is no folder", "name the folder of the old system, the one with active_bots.json");
  const bool has_env = std::filesystem::exists(folder_ / env_file), has_bots = std::filesystem::exists(folder_ / bots_file);
  if (!has_env && !has_bots) return failure("importing from " + folder_.string() + ": it holds neither active_bots.json nor .env", "name the folder of the old system");
  if (has_env)
    if (Status done = read_env(); !done) return tl::unexpected(done.error());
  if (has_bots)
    if (Status done = read_bots(); !done) return tl::unexpected(done.error());
  for (OldBot& bot : system_.bots)
    if (Status done = read_position(bot); !done) return tl::unexpected(done.error());
  find_orphans();
  return std::move(system_);
}

}  // namespace

std::string bot_name_of(const std::string& name) {
  constexpr size_t longest = 32;
  std::string made;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || (c == '_' && !made.empty())) made += c;
    else if (!made.empty() && made.back() != '-') made += '-';
  }
  made = made.substr(0, longest);
  while (!made.empty() && made.back() == '-') made.pop_back();
  return made;
}

std::optional<Decimal> OldPosition::estimated_quantity() const {
  const auto paid = Decimal::parse(initial_investment), price = Decimal::parse(entry_price);
  if (!paid || !price || !paid->is_positive() || !price->is_positive()) return std::nullopt;
  return divide(*paid, *price, Rounding::down);
}

Result<OldSystem> read_old_system(const std::filesystem::path& folder) { return Reader(folder).read(); }

}  // namespace stratdock
