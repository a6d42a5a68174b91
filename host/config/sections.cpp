#include "host/config/sections.hpp"

#include <algorithm>

namespace stratdock {
namespace {

constexpr const char* secrets_hint = "secrets belong in the environment or in .env, see .env.example";

Decimal percent(int64_t value) { return divide(Decimal::from_integer(value), Decimal::from_integer(100), Rounding::half_even); }

std::string list_text(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + yaml_scalar(item);
  return items.empty() ? text : "[" + text + "]";
}

std::string path_list_text(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> items;
  for (const auto& path : paths) items.push_back(path.string());
  return list_text(items);
}

std::string map_text(const std::map<std::string, std::string>& values) {
  std::string text;
  for (const auto& [key, value] : values) text += (text.empty() ? "" : ", ") + yaml_scalar(key) + ": " + yaml_scalar(value);
  return values.empty() ? text : "{" + text + "}";
}

// The items of a list; a single value counts as a list of one.
std::vector<const YamlNode*> items_of(ValueReader& reader, const YamlNode& node, const std::string& path) {
  std::vector<const YamlNode*> items;
  if (node.kind == YamlNode::Kind::scalar) items.push_back(&node);
  else if (node.kind == YamlNode::Kind::sequence)
    for (const YamlNode& item : node.items) items.push_back(&item);
  else reader.refuse(node, path, "found " + node.description() + ", expected a list");
  return items;
}

bool is_block(ValueReader& reader, const YamlNode& node, const std::string& path) {
  if (node.kind == YamlNode::Kind::map) return true;
  reader.refuse(node, path, "found " + node.description() + ", expected a block of keys");
  return false;
}

void read_paths(ValueReader& reader, const YamlNode& node, const std::string& path, bool must_exist, std::vector<std::filesystem::path>& paths) {
  paths.clear();
  for (const YamlNode* item : items_of(reader, node, path))
    if (const auto value = must_exist ? reader.existing_file(*item, path) : reader.path(*item, path)) paths.push_back(*value);
}

void read_parameters(ValueReader& reader, const YamlNode& node, const std::string& path, DeclaredBot& bot) {
  if (node.kind == YamlNode::Kind::null || !is_block(reader, node, path)) return;
  for (const YamlEntry& entry : node.entries) {
    const auto value = reader.text(entry.value, path + "." + entry.key, "a single value");
    if (!value) continue;
    bot.parameters[entry.key] = *value;
    bot.parameter_positions[entry.key] = reader.position(entry.value);
  }
}

void read_symbol_list(ValueReader& reader, const YamlNode& node, const std::string& path, DeclaredBot& bot) {
  bot.recommended_symbols.clear();
  for (const YamlNode* item : items_of(reader, node, path))
    if (const auto value = reader.symbol(*item, path)) bot.recommended_symbols.push_back(*value);
}

void read_balances(ValueReader& reader, const YamlNode& node, const std::string& path, PaperAccount& paper) {
  if (!is_block(reader, node, path)) return;
  paper.balances.clear();
  for (const YamlEntry& entry : node.entries) {
    const auto is_asset = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    if (!std::all_of(entry.key.begin(), entry.key.end(), is_asset))
      reader.refuse(entry.value, path + "." + entry.key, "an asset is written in capitals, such as USDT");
    else if (const auto value = reader.amount(entry.value, path + "." + entry.key, true))
      paper.balances[entry.key] = *value;
  }
}

// A fee, the slippage: a fraction that lives in PaperSettings.
Field<PaperAccount> paper_fraction(const char* key, std::function<Decimal&(PaperSettings&)> member) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, PaperAccount& paper) {
            if (const auto value = reader.fraction(node, path, percent(10), true)) member(paper.settings) = *value;
          },
          [=](const PaperAccount& paper) {
            PaperSettings settings = paper.settings;
            return fraction_text(member(settings));
          },
          false};
}

void read_pins(ValueReader& reader, const YamlNode& node, const std::string& path, PluginSettings& plugins) {
  if (node.kind == YamlNode::Kind::null || !is_block(reader, node, path)) return;
  for (const YamlEntry& entry : node.entries) {
    const auto value = reader.text(entry.value, path + "." + entry.key, "a sha256");
    if (!value) continue;
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (value->size() != 64 || !std::all_of(value->begin(), value->end(), is_hex))
      reader.refuse(entry.value, path + "." + entry.key, "expected the 64 lower-case hex digits of a sha256", "sha256sum " + entry.key + " prints them");
    else
      plugins.pins[entry.key] = *value;
  }
}

void read_time_zone(ValueReader& reader, const YamlNode& node, const std::string& path, LogSettings& logs) {
  const auto value = reader.text(node, path, "a time zone such as UTC");
  if (!value) return;
  std::error_code fault;
  const bool plain = !value->empty() && value->find("..") == std::string::npos && value->front() != '/';
  if (*value == "UTC" || *value == "local" || (plain && std::filesystem::is_regular_file("/usr/share/zoneinfo/" + *value, fault)))
    logs.time_zone = *value;
  else
    reader.refuse(node, path, "found " + node.description() + ", which is no time zone known here", "UTC, local or a name such as Europe/Berlin");
}

template <typename Section>
Field<Configuration> block(const char* key, Section Configuration::*member, const Fields<Section>& (*table)()) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Configuration& configuration) {
            read_section(reader, node, path, table(), configuration.*member);
          },
          [](const Configuration&) { return std::string(); }, false};
}

}  // namespace

std::string yaml_scalar(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/' || c == '%';
  };
  const bool safe = !text.empty() && std::all_of(text.begin(), text.end(), plain) && text[0] != '-' && text[0] != '%' && text != "null" && text != ".";
  if (safe || (text.size() > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9' && std::all_of(text.begin(), text.end(), plain))) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') quoted += "\\n";
    else if (c == '\t') quoted += "\\t";
    else quoted += c;
  }
  return quoted + "\"";
}

std::string unknown_key_hint(const std::string& key, const std::vector<std::string>& known) {
  for (const char* word : {"api_key", "api_secret", "apikey", "secret", "password", "token"})
    if (key.find(word) != std::string::npos) return secrets_hint;
  if (const std::string near = nearest_name(key, known); !near.empty()) return "did you mean '" + near + "'?";
  std::string all;
  for (const std::string& one : known) all += (all.empty() ? "known here: " : ", ") + one;
  return all;
}

const Fields<DeclaredBot>& bot_fields() {
  using Bot = DeclaredBot;
  static const Fields<Bot> table = {
      fields::text<Bot>("title", &Bot::title, "a text"),
      {"symbol",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, Bot& bot) {
         if (const auto value = reader.symbol(node, path)) bot.symbol = *value;
       },
       [](const Bot& bot) { return bot.symbol; }, false},
      fields::text<Bot>("strategy", &Bot::strategy, "the name of a strategy"),
      fields::amount<Bot>("trade_amount", &Bot::trade_amount, false),
      fields::interval<Bot>("interval", &Bot::interval_ms),
      fields::interval<Bot>("evaluate_every", &Bot::evaluate_every_ms),
      fields::fraction<Bot>("stop_loss", &Bot::stop_loss, percent(99)),
      fields::fraction<Bot>("take_profit", &Bot::take_profit, percent(1000)),
      {"parameters", read_parameters, [](const Bot& bot) { return map_text(bot.parameters); }, false},
      {"recommended_symbols", read_symbol_list, [](const Bot& bot) { return list_text(bot.recommended_symbols); }, false},
      fields::boolean<Bot>("start", &Bot::start),
  };
  return table;
}

const Fields<DashboardSettings>& dashboard_fields() {
  static const Fields<DashboardSettings> table = {
      fields::boolean("enabled", &DashboardSettings::enabled),
      fields::integer("port", &DashboardSettings::port, 0, 65535),
  };
  return table;
}

const Fields<PaperAccount>& paper_fields() {
  static const Fields<PaperAccount> table = {
      {"balances", read_balances,
       [](const PaperAccount& paper) {
         std::map<std::string, std::string> texts;
         for (const auto& [asset, amount] : paper.balances) texts[asset] = amount.text();
         return map_text(texts);
       },
       false},
      paper_fraction("maker_fee", [](PaperSettings& settings) -> Decimal& { return settings.fees.maker; }),
      paper_fraction("taker_fee", [](PaperSettings& settings) -> Decimal& { return settings.fees.taker; }),
      paper_fraction("slippage", [](PaperSettings& settings) -> Decimal& { return settings.slippage; }),
      {"pay_fees_with_bnb",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, PaperAccount& paper) {
         if (const auto value = reader.boolean(node, path)) paper.settings.fees.pay_with_bnb = *value;
       },
       [](const PaperAccount& paper) { return std::string(paper.settings.fees.pay_with_bnb ? "true" : "false"); }, false},
      {"max_volume_share",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, PaperAccount& paper) {
         if (const auto value = reader.fraction(node, path, Decimal::from_integer(1), true)) paper.settings.max_volume_share = value->to_double();
       },
       [](const PaperAccount& paper) { return fraction_text(Decimal::from_double(paper.settings.max_volume_share)); }, false},
  };
  return table;
}

const Fields<ExchangeSettings>& exchange_fields() {
  using Exchange = ExchangeSettings;
  static const Fields<Exchange> table = {
      {"url",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, Exchange& exchange) {
         if (const auto value = reader.text(node, path, "the address of a paper exchange such as http://127.0.0.1:5080")) exchange.url = *value;
         exchange.position = reader.position(node);
       },
       [](const Exchange& exchange) { return exchange.url.empty() ? std::string() : yaml_scalar(exchange.url); }, false},
      {"certificate",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, Exchange& exchange) {
         if (const auto value = reader.existing_file(node, path, "`stratdock paper-exchange --tls` writes one")) exchange.certificate = *value;
       },
       [](const Exchange& exchange) { return exchange.certificate.empty() ? std::string() : yaml_scalar(exchange.certificate.string()); }, false},
  };
  return table;
}

const Fields<RiskLimits>& risk_fields() {
  using Risk = RiskLimits;
  static const Fields<Risk> table = {
      fields::amount("max_bot_exposure", &Risk::max_bot_exposure, true),
      fields::amount("max_account_exposure", &Risk::max_account_exposure, true),
      fields::amount("max_order_value", &Risk::max_order_value, true),
      fields::amount("max_daily_loss", &Risk::max_daily_loss, true),
      fields::amount("max_bot_daily_loss", &Risk::max_bot_daily_loss, true),
      fields::integer("max_open_positions", &Risk::max_open_positions, 0, 1'000'000),
      fields::integer("max_orders_per_minute", &Risk::max_orders_per_minute, 0, 1'000'000),
      fields::integer("max_orders_per_day", &Risk::max_orders_per_day, 0, 100'000'000),
  };
  return table;
}

const Fields<PluginSettings>& plugin_fields() {
  static const Fields<PluginSettings> table = {
      {"folders", [](ValueReader& reader, const YamlNode& node, const std::string& path,
                     PluginSettings& plugins) { read_paths(reader, node, path, false, plugins.folders); },
       [](const PluginSettings& plugins) { return path_list_text(plugins.folders); }, false},
      {"trust",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, PluginSettings& plugins) {
         if (const auto value = reader.choice(node, path, {"any", "pinned"}))
           plugins.trust = *value == 0 ? PluginSettings::Trust::any : PluginSettings::Trust::pinned;
       },
       [](const PluginSettings& plugins) {
         return std::string(!plugins.trust ? "" : *plugins.trust == PluginSettings::Trust::any ? "any" : "pinned");
       },
       false},
      {"incomplete_sandbox",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, PluginSettings& plugins) {
         if (const auto value = reader.choice(node, path, {"refuse", "allow"})) plugins.allow_incomplete_sandbox = *value == 1;
       },
       [](const PluginSettings& plugins) { return std::string(plugins.allow_incomplete_sandbox ? "allow" : "refuse"); }, false},
      {"pins", read_pins, [](const PluginSettings& plugins) { return map_text(plugins.pins); }, false},
  };
  return table;
}

const Fields<LogSettings>& log_fields() {
  static const Fields<LogSettings> table = {
      {"folder",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, LogSettings& logs) {
         if (const auto value = reader.path(node, path)) logs.folder = *value;
       },
       [](const LogSettings& logs) { return yaml_scalar(logs.folder.string()); }, false},
      {"max_size",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, LogSettings& logs) {
         if (const auto value = reader.bytes(node, path, 16 * 1024, int64_t{1024} * 1024 * 1024)) logs.max_bytes = *value;
       },
       [](const LogSettings& logs) { return std::to_string(logs.max_bytes); }, false},
      fields::integer("keep", &LogSettings::keep, 0, 1000),
      {"time_zone", read_time_zone, [](const LogSettings& logs) { return yaml_scalar(logs.time_zone); }, false},
  };
  return table;
}

const Fields<FeedSettings>& feed_fields() {
  using Feeds = FeedSettings;
  static const Fields<Feeds> table = {
      {"news", [](ValueReader& reader, const YamlNode& node, const std::string& path, Feeds& feeds) { read_paths(reader, node, path, true, feeds.news); },
       [](const Feeds& feeds) { return path_list_text(feeds.news); }, false},
      {"assessment", [](ValueReader& reader, const YamlNode& node, const std::string& path, Feeds& feeds) { read_paths(reader, node, path, true, feeds.assessment); },
       [](const Feeds& feeds) { return path_list_text(feeds.assessment); }, false},
  };
  return table;
}

const Fields<Configuration>& top_fields() {
  using Whole = Configuration;
  const auto read_later = [](ValueReader&, const YamlNode&, const std::string&, Whole&) {};
  const auto not_written = [](const Whole&) { return std::string(); };
  static const Fields<Whole> table = {
      {"mode",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, Whole& whole) {
         if (const auto value = reader.choice(node, path, {"paper", "testnet", "demo", "live"})) whole.mode = static_cast<Mode>(*value);
         if (whole.mode == Mode::live) reader.refuse(node, path, "live trading is not enabled yet; use paper, testnet or demo");
       },
       [](const Whole& whole) { return std::string(text(whole.mode)); }, false},
      {"data",
       [](ValueReader& reader, const YamlNode& node, const std::string& path, Whole& whole) {
         if (const auto value = reader.path(node, path)) whole.data_folder = *value;
       },
       [](const Whole& whole) { return yaml_scalar(whole.data_folder.string()); }, false},
      block("dashboard", &Whole::dashboard, dashboard_fields),
      block("market", &Whole::market, market_fields),
      block("exchange", &Whole::exchange, exchange_fields),
      block("paper", &Whole::paper, paper_fields),
      block("risk", &Whole::risk, risk_fields),
      block("plugins", &Whole::plugins, plugin_fields),
      block("logs", &Whole::logs, log_fields),
      block("feeds", &Whole::feeds, feed_fields),
      {"defaults", read_later, not_written, false},
      {"bots", read_later, not_written, false},
  };
  return table;
}

}  // namespace stratdock
