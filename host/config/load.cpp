// Reads a whole configuration: the tree, the sections by their tables, then what only several values together can tell.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "host/config/sections.hpp"

namespace stratdock {
namespace {

constexpr int64_t default_warmup_candles = 500;  // what the shipped strategies ask for
constexpr int default_orders_per_minute = 60, default_orders_per_day = 5000;
constexpr int64_t default_start_ms = 1'735'689'600'000;  // 2025-01-01T00:00:00Z

std::filesystem::path default_data_folder(const ValueReader& reader, const std::string& name) {
  const Environment& environment = reader.environment();
  const auto data_home = environment.find("XDG_DATA_HOME");
  if (data_home != environment.end() && data_home->second.starts_with('/')) return std::filesystem::path(data_home->second) / "stratdock" / name;
  const auto home = environment.find("HOME");
  if (home != environment.end() && !home->second.empty()) return std::filesystem::path(home->second) / ".local/share/stratdock" / name;
  return reader.absolute("data");
}

// The symbols that the market is made of when the file names none.
std::vector<SyntheticSymbol> default_symbols() {
  return {{"BTCUSDT", Decimal::from_integer(50'000), 0.03, 0}, {"ETHUSDT", Decimal::from_integer(2'500), 0.04, 0}};
}

// What a key of the file says, as the place of an error: the value if it is there, else its block.
const YamlNode& place(const YamlNode& block, std::string_view key) {
  const YamlNode* node = block.find(key);
  return node == nullptr ? block : *node;
}

// The interval that a symbol's candles have in a paper market; 0 where the market does not have the symbol.
int64_t market_interval_ms(const MarketSettings& market, const std::string& symbol) {
  if (market.source == MarketSource::replay) {
    for (const CandleFile& file : market.files)
      if (file.symbol == symbol) return file.interval_ms;
    return 0;
  }
  const auto has_name = [&](const SyntheticSymbol& one) { return one.symbol == symbol; };
  return std::any_of(market.symbols.begin(), market.symbols.end(), has_name) ? market.interval_ms : 0;
}

std::vector<std::string> market_symbols(const MarketSettings& market) {
  std::vector<std::string> names;
  for (const SyntheticSymbol& symbol : market.symbols) names.push_back(symbol.symbol);
  for (const CandleFile& file : market.files)
    if (std::find(names.begin(), names.end(), file.symbol) == names.end()) names.push_back(file.symbol);
  return names;
}

void refuse_unknown_symbol(ValueReader& reader, const YamlNode& node, const std::string& path, const std::string& symbol, const MarketSettings& market) {
  const std::vector<std::string> names = market_symbols(market);
  const std::string near = nearest_name(symbol, names);
  std::string all;
  for (size_t i = 0; i < names.size() && i < 10; ++i) all += (i == 0 ? "it has " : ", ") + names[i];
  reader.refuse(node, path, "this market has no symbol " + symbol, near.empty() ? all : "did you mean '" + near + "'?");
}

void finish_market(ValueReader& reader, const YamlNode& root, Configuration& configuration) {
  MarketSettings& market = configuration.market;
  const YamlNode absent;
  const YamlNode* found = root.find("market");
  const YamlNode& block = found == nullptr ? absent : *found;
  const YamlNode& source_place = found == nullptr ? root : place(block, "source");
  const bool remote = configuration.mode != Mode::paper;
  if (block.find("source") == nullptr)
    market.source = remote ? MarketSource::exchange : block.find("files") == nullptr ? MarketSource::synthetic : MarketSource::replay;
  if (remote && market.source != MarketSource::exchange)
    return reader.refuse(source_place, "market.source", "mode " + std::string(text(configuration.mode)) + " trades on the exchange's own candles, found " + std::string(text(market.source)), "leave the source out, or use mode: paper");
  if (market.source == MarketSource::exchange) {
    for (const char* key : {"speed", "seed", "start", "end"})
      if (block.find(key) != nullptr) reader.refuse(place(block, key), std::string("market.") + key, "an exchange has its own clock and candles", "leave it out, or use source: synthetic or replay");
  } else if (const YamlNode* exchange = root.find("exchange")) {
    reader.refuse(*exchange, "exchange", "this market is made of " + std::string(market.source == MarketSource::replay ? "recorded" : "made-up") + " candles: no exchange is asked", "add market: {source: exchange}, or leave the block out");
  }
  if (market.source == MarketSource::replay && block.find("files") == nullptr) reader.refuse(source_place, "market.files", "is missing: a replay needs candle files");
  if (market.source != MarketSource::replay && block.find("files") != nullptr) reader.refuse(place(block, "files"), "market.files", "only source: replay reads files");
  if (market.source != MarketSource::synthetic && block.find("symbols") != nullptr) reader.refuse(place(block, "symbols"), "market.symbols", "only source: synthetic makes up symbols");
  if (market.source != MarketSource::replay && block.find("warmup") == nullptr) market.warmup = default_warmup_candles;
  if (market.source == MarketSource::synthetic) {
    if (block.find("symbols") == nullptr) market.symbols = default_symbols();
    if (market.start_ms == 0) market.start_ms = default_start_ms;
    market.start_ms -= market.start_ms % market.interval_ms;
  }
  if (market.source == MarketSource::replay && block.find("interval") == nullptr && !market.files.empty()) {
    const auto shorter = [](const CandleFile& a, const CandleFile& b) { return a.interval_ms < b.interval_ms; };
    market.interval_ms = std::min_element(market.files.begin(), market.files.end(), shorter)->interval_ms;
  }
  if (market.end_ms != 0 && market.end_ms <= market.start_ms) reader.refuse(place(block, "end"), "market.end", "lies before the market's start, " + utc_time_text(market.start_ms));
}

// An exchange's stream has one clock for each symbol here, as recorded files have.
void refuse_second_interval(ValueReader& reader, const YamlNode& node, const std::string& path, const Configuration& configuration, const DeclaredBot& bot) {
  for (const DeclaredBot& other : configuration.bots)
    if (other.symbol == bot.symbol && other.interval_ms != bot.interval_ms)
      return reader.refuse(node, path, "found " + interval_text(bot.interval_ms) + ", but bot '" + other.name + "' trades " + bot.symbol + " on candles of " + interval_text(other.interval_ms), "one interval for each symbol");
}

// Intervals that were left out, then the rules between them and the market.
void finish_bot(ValueReader& reader, const YamlNode& node, const std::string& path, const Configuration& configuration, DeclaredBot& bot) {
  const MarketSettings& market = configuration.market;
  const bool paper = market.source != MarketSource::exchange;
  const int64_t candles_ms = paper ? market_interval_ms(market, bot.symbol) : 0;
  const bool has_symbols = !market_symbols(market).empty();  // else its own error says so already
  if (paper && has_symbols && !bot.symbol.empty() && candles_ms == 0) refuse_unknown_symbol(reader, place(node, "symbol"), path + ".symbol", bot.symbol, market);
  for (const std::string& symbol : bot.recommended_symbols)
    if (paper && has_symbols && market_interval_ms(market, symbol) == 0) refuse_unknown_symbol(reader, place(node, "recommended_symbols"), path + ".recommended_symbols", symbol, market);
  if (bot.interval_ms == 0) bot.interval_ms = candles_ms != 0 ? candles_ms : market.interval_ms;
  if (!paper) refuse_second_interval(reader, place(node, "interval"), path + ".interval", configuration, bot);
  if (candles_ms != 0 && bot.interval_ms != candles_ms)
    reader.refuse(place(node, "interval"), path + ".interval", "found " + interval_text(bot.interval_ms) + ", but this market's candles of " + bot.symbol + " are of " + interval_text(candles_ms), "leave interval out to take the market's");
  constexpr int64_t quarter_hour_ms = 15 * minute_ms;
  if (bot.evaluate_every_ms == 0) bot.evaluate_every_ms = quarter_hour_ms % bot.interval_ms == 0 ? quarter_hour_ms : bot.interval_ms;
  if (bot.evaluate_every_ms % bot.interval_ms != 0)
    reader.refuse(place(node, "evaluate_every"), path + ".evaluate_every", "found " + interval_text(bot.evaluate_every_ms) + ", which is no multiple of the candles' interval " + interval_text(bot.interval_ms));
}

void read_bot(ValueReader& reader, const YamlEntry& entry, Configuration& configuration) {
  const std::string path = "bots." + entry.key;
  YamlNode name_place;
  name_place.line = entry.line;
  name_place.column = entry.column;
  DeclaredBot bot = configuration.bot_defaults;
  bot.name = entry.key;
  bot.position = reader.position(name_place);
  if (!is_bot_name(entry.key))
    reader.refuse(name_place, path, "not a name for a bot", "1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit; free text goes into title:");
  if (entry.value.kind != YamlNode::Kind::map)
    return reader.refuse(entry.value, path, "found " + entry.value.description() + ", expected the bot's settings", "at least symbol, strategy and trade_amount");
  read_section(reader, entry.value, path, bot_fields(), bot);
  // Whether they were given at all: a value that was refused has its own error.
  const auto require = [&](const char* key, bool has_default) {
    if (!has_default && entry.value.find(key) == nullptr) reader.refuse(name_place, path + "." + key, "is missing");
  };
  require("symbol", !configuration.bot_defaults.symbol.empty());
  require("strategy", !configuration.bot_defaults.strategy.empty());
  require("trade_amount", configuration.bot_defaults.trade_amount.is_positive());
  if (const YamlNode* strategy = entry.value.find("strategy")) bot.strategy_position = reader.position(*strategy);
  finish_bot(reader, entry.value, path, configuration, bot);
  configuration.bots.push_back(std::move(bot));
}

void read_bots(ValueReader& reader, const YamlNode& root, Configuration& configuration) {
  DeclaredBot& defaults = configuration.bot_defaults;
  defaults.interval_ms = 0;  // not set, until finish_bot() knows the market
  defaults.evaluate_every_ms = 0;
  if (const YamlNode* block = root.find("defaults")) {
    read_section(reader, *block, "defaults", bot_fields(), defaults);
    if (const YamlNode* strategy = block->find("strategy")) defaults.strategy_position = reader.position(*strategy);
  }
  const YamlNode* bots = root.find("bots");
  if (bots != nullptr && bots->kind != YamlNode::Kind::null) {
    if (bots->kind == YamlNode::Kind::map)
      for (const YamlEntry& entry : bots->entries) read_bot(reader, entry, configuration);
    else
      reader.refuse(*bots, "bots", "found " + bots->description() + ", expected bots by name", "bots: {btc: {symbol: BTCUSDT, strategy: volatile, trade_amount: 100}}");
  }
  if (defaults.interval_ms == 0) defaults.interval_ms = configuration.market.interval_ms;
  if (defaults.evaluate_every_ms == 0) defaults.evaluate_every_ms = std::max(defaults.interval_ms, 15 * minute_ms);
}

ReadConfiguration parse(std::string_view yaml, const std::filesystem::path& file, const Environment& environment, bool look_for_files) {
  ReadConfiguration read;
  ConfigurationErrors& errors = read.errors;
  const auto root = parse_yaml_tree(yaml, file.string(), errors);
  if (!root) return read;
  ValueReader reader(file, environment, look_for_files, errors);
  Configuration& configuration = read.configuration;
  configuration.file = file;
  configuration.name = file.stem().string();
  configuration.data_folder = default_data_folder(reader, configuration.name);
  configuration.risk.max_orders_per_minute = default_orders_per_minute;
  configuration.risk.max_orders_per_day = default_orders_per_day;
  configuration.paper.balances["USDT"] = Decimal::from_integer(10'000);
  if (root->kind == YamlNode::Kind::null) {
    reader.refuse({}, "", "the file says nothing", "see configs/demo.yaml for a start");
  } else {
    read_section(reader, *root, "", top_fields(), configuration);
    // Each mode has its own store: what was bought on a testnet is no holding elsewhere.
    const std::string mode(text(configuration.mode));
    const bool is_in_name = configuration.name.find(mode) != std::string::npos;
    if (configuration.trades_remotely() && root->find("data") == nullptr && !is_in_name)
      configuration.data_folder = default_data_folder(reader, configuration.name + "-" + mode);
    finish_market(reader, *root, configuration);
    read_bots(reader, *root, configuration);
  }
  if (configuration.logs.folder.empty()) configuration.logs.folder = configuration.data_folder / "logs";
  if (configuration.plugins.trust == PluginSettings::Trust::pinned && configuration.plugins.pins.empty())
    reader.refuse(place(*root, "plugins"), "plugins.pins", "is missing: with trust: pinned no plugin loads without its sha256");
  configuration.paper.settings.seed = configuration.market.seed;
  sort_by_place(errors);
  return read;
}

ConfigurationResult whole(ReadConfiguration read) {
  if (!read.errors.empty()) return tl::unexpected(std::move(read.errors));
  return std::move(read.configuration);
}

}  // namespace

ConfigurationResult parse_configuration(std::string_view yaml, const std::filesystem::path& file, const Environment& environment) {
  return whole(parse(yaml, std::filesystem::absolute(file).lexically_normal(), environment, false));
}

ConfigurationResult load_configuration(const std::filesystem::path& file, const Environment& environment) {
  return whole(read_configuration(file, environment));
}

ReadConfiguration read_configuration(const std::filesystem::path& file, const Environment& environment) {
  const auto absolute = std::filesystem::absolute(file).lexically_normal();
  const auto fail = [&](std::string message, std::string hint) {
    return ReadConfiguration{{}, {{{absolute.string(), 0, 0}, {}, std::move(message), std::move(hint)}}};
  };
  std::error_code fault;
  if (!std::filesystem::exists(absolute, fault)) return fail("there is no such file", "give the path of a configuration, such as configs/demo.yaml");
  if (!std::filesystem::is_regular_file(absolute, fault)) return fail("this is not a file", "give the path of a configuration, such as configs/demo.yaml");
  std::ifstream stream(absolute, std::ios::binary);
  std::string yaml(max_yaml_bytes + 1, '\0');  // one more than is allowed tells a file that is too long
  stream.read(yaml.data(), static_cast<std::streamsize>(yaml.size()));
  yaml.resize(static_cast<size_t>(stream.gcount()));
  if (!stream && !stream.eof()) return fail("the file cannot be read", "look at its permissions");
  if (yaml.size() > max_yaml_bytes) return fail("the file is longer than " + std::to_string(max_yaml_bytes) + " bytes", "a configuration is far shorter; is this the right file?");
  return parse(yaml, absolute, environment, true);
}

}  // namespace stratdock
