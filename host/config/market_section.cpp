// The section "market:": which candles a paper market is made of and how fast its clock runs.
#include <charconv>
#include <cmath>

#include "host/config/sections.hpp"

namespace stratdock {
namespace {

constexpr const char* candle_file_hint = "name candle files of your own; a path starts at the folder of the configuration";

void read_speed(ValueReader& reader, const YamlNode& node, const std::string& path, MarketSettings& market) {
  constexpr const char* expected = "real, full or a factor such as 60x";
  const auto given = reader.text(node, path, expected);
  if (!given) return;
  if (*given == "real") {
    market.speed = {Speed::Kind::factor, 1};
  } else if (*given == "full") {
    market.speed = {Speed::Kind::full, 1};
  } else {
    std::string_view digits = *given;
    if (digits.ends_with('x')) digits.remove_suffix(1);
    double factor = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), factor);
    if (fault != std::errc() || end != digits.data() + digits.size() || !(factor >= 0.01 && factor <= 1'000'000))
      return reader.refuse(node, path, "found " + node.description() + ", expected " + expected, "a factor is from 0.01x to 1000000x");
    market.speed = {Speed::Kind::factor, factor};
  }
}

void read_source(ValueReader& reader, const YamlNode& node, const std::string& path, MarketSettings& market) {
  if (const auto value = reader.choice(node, path, {"synthetic", "replay", "exchange"})) market.source = static_cast<MarketSource>(*value);
}

const Fields<SyntheticSymbol>& synthetic_fields() {
  using Synthetic = SyntheticSymbol;
  const auto real = [](const char* key, double Synthetic::*member, double minimum, double maximum) {
    return Field<Synthetic>{key,
                            [=](ValueReader& reader, const YamlNode& node, const std::string& path, Synthetic& symbol) {
                              if (const auto value = reader.real(node, path, minimum, maximum)) symbol.*member = *value;
                            },
                            [=](const Synthetic& symbol) { return number_text(symbol.*member); }, false};
  };
  static const Fields<Synthetic> table = {
      fields::amount("price", &Synthetic::price, false),
      real("volatility", &Synthetic::volatility, 0.001, 1),
      real("volume", &Synthetic::volume, 0, 1e15),
  };
  return table;
}

void read_symbols(ValueReader& reader, const YamlNode& node, const std::string& path, MarketSettings& market) {
  market.symbols.clear();
  if (node.kind != YamlNode::Kind::map || node.entries.empty())
    return reader.refuse(node, path, "found " + node.description() + ", expected symbols such as BTCUSDT: {price: 50000, volatility: 0.03}");
  for (const YamlEntry& entry : node.entries) {
    YamlNode name;
    name.kind = YamlNode::Kind::scalar;
    name.text = entry.key;
    name.line = entry.line;
    name.column = entry.column;
    const auto symbol = reader.symbol(name, path + "." + entry.key);
    if (!symbol) continue;
    SyntheticSymbol& added = market.symbols.emplace_back();
    added.symbol = *symbol;
    read_section(reader, entry.value, path + "." + entry.key, synthetic_fields(), added);
  }
}

// Binance's own file names say what is inside: BTCUSDT-5m-2024-01.zip.
void fill_from_name(CandleFile& file) {
  const std::string name = file.path.filename().string();
  const size_t first = name.find('-');
  if (first == std::string::npos || first == 0) return;
  const size_t second = name.find_first_of("-.", first + 1);
  const auto interval = parse_interval(std::string_view(name).substr(first + 1, second == std::string::npos ? second : second - first - 1));
  if (!interval) return;
  if (file.symbol.empty()) file.symbol = name.substr(0, first);
  if (file.interval_ms == 0) file.interval_ms = *interval;
}

const Fields<CandleFile>& candle_file_fields() {
  static const Fields<CandleFile> table = {
      {"path", [](ValueReader& reader, const YamlNode& node, const std::string& path, CandleFile& file) {
         if (const auto value = reader.existing_file(node, path, candle_file_hint)) file.path = *value;
       },
       [](const CandleFile& file) { return yaml_scalar(file.path.string()); }, true},
      {"symbol", [](ValueReader& reader, const YamlNode& node, const std::string& path, CandleFile& file) {
         if (const auto value = reader.symbol(node, path)) file.symbol = *value;
       },
       [](const CandleFile& file) { return file.symbol; }, false},
      fields::interval("interval", &CandleFile::interval_ms),
  };
  return table;
}

void read_files(ValueReader& reader, const YamlNode& node, const std::string& path, MarketSettings& market) {
  market.files.clear();
  if (node.kind != YamlNode::Kind::sequence || node.items.empty())
    return reader.refuse(node, path, "found " + node.description() + ", expected a list of candle files");
  for (size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& item = node.items[i];
    const std::string at = path + "[" + std::to_string(i) + "]";
    CandleFile file;
    file.position = reader.position(item);
    if (item.kind == YamlNode::Kind::map) read_section(reader, item, at, candle_file_fields(), file);
    else if (const auto found = reader.existing_file(item, at, candle_file_hint)) file.path = *found;
    if (file.path.empty()) continue;
    fill_from_name(file);
    if (file.symbol.empty() || file.interval_ms == 0) {
      reader.refuse(item, at, "the name of the file does not tell its symbol and interval", "write {path: FILE, symbol: BTCUSDT, interval: 5m}");
      continue;
    }
    for (const CandleFile& other : market.files)
      if (other.symbol == file.symbol && other.interval_ms != file.interval_ms)
        reader.refuse(item, at, file.symbol + " has candles of " + interval_text(file.interval_ms) + " here and of " + interval_text(other.interval_ms) +
                                    " on line " + std::to_string(other.position.line), "one interval for each symbol");
    market.files.push_back(std::move(file));
  }
}

std::string files_text(const MarketSettings& market) {
  std::string text;
  for (const CandleFile& file : market.files)
    text += (text.empty() ? "{path: " : ", {path: ") + yaml_scalar(file.path.string()) + ", symbol: " + file.symbol + ", interval: " + interval_text(file.interval_ms) + "}";
  return text.empty() ? text : "[" + text + "]";
}

std::string symbols_text(const MarketSettings& market) {
  std::string text;
  for (const SyntheticSymbol& symbol : market.symbols) {
    text += (text.empty() ? "" : ", ") + symbol.symbol + ": {";
    bool first = true;
    for (const std::string& line : section_lines(synthetic_fields(), symbol)) {
      text += (first ? "" : ", ") + line;
      first = false;
    }
    text += "}";
  }
  return text.empty() ? text : "{" + text + "}";
}

}  // namespace

std::string speed_text(const Speed& speed) {
  if (speed.kind == Speed::Kind::full) return "full";
  return speed.factor == 1 ? "real" : number_text(speed.factor) + "x";
}

const Fields<MarketSettings>& market_fields() {
  using Market = MarketSettings;
  static const Fields<Market> table = {
      {"source", read_source, [](const Market& market) { return std::string(text(market.source)); }, false},
      fields::interval("interval", &Market::interval_ms),
      {"speed", read_speed, [](const Market& market) { return speed_text(market.speed); }, false},
      fields::integer("seed", &Market::seed, 0, INT64_MAX),
      fields::time("start", &Market::start_ms),
      fields::time("end", &Market::end_ms),
      fields::integer("warmup", &Market::warmup, 0, 1'000'000),
      {"symbols", read_symbols, symbols_text, false},
      {"files", read_files, files_text, false},
  };
  return table;
}

}  // namespace stratdock
