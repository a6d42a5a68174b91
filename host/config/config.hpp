// The configuration: what a user's YAML file says, checked and typed.
// Owns: the values of one file and where each bot stands in it. Thread rule: plain values, immutable once loaded.
// Invariant: a Configuration that load_configuration() returned has passed every check that needs no plugin and no network;
// paths are absolute, times are milliseconds UTC, fractions are 0.02 for 2 %.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bot_settings.hpp"
#include "core/candle.hpp"
#include "core/decimal.hpp"
#include "core/paper_exchange.hpp"
#include "core/parameter.hpp"
#include "core/risk.hpp"

namespace stratdock {

// A place in a text file. Lines and columns count from 1; 0 means unknown.
struct TextPosition {
  std::string file;
  int line = 0, column = 0;
};

struct ConfigurationError {
  TextPosition position;
  std::string path;     // dotted: "bots.btc.trade_amount"; empty for the file as a whole
  std::string message;  // what was found and what is allowed
  std::string hint;     // what to do; may be empty
  // One line: "demo.yaml:12:5: bots.btc.trade_amont: unknown key (did you mean 'trade_amount'?)".
  std::string text() const;
};

enum class Mode { paper, testnet, demo, live };
std::string_view text(Mode mode);  // "paper"

struct DashboardSettings {
  bool enabled = true;
  int port = 5001;  // on 127.0.0.1 always; 0: any free port, printed at start
};

enum class MarketSource { synthetic, replay, exchange };
std::string_view text(MarketSource source);

// How fast a paper market's clock runs against the wall clock.
struct Speed {
  enum class Kind { factor, full } kind = Kind::factor;
  double factor = 1;  // 1 for "real"; 300 makes a 5-minute candle last a second
  friend bool operator==(const Speed&, const Speed&) = default;
};

struct SyntheticSymbol {
  std::string symbol;
  Decimal price;              // at the market's start, in the quote asset
  double volatility = 0.03;   // standard deviation of a day's log return, 0.001 .. 1
  double volume = 0;          // quote asset traded in a day; 0: a default by price and name
};

struct CandleFile {
  std::filesystem::path path;
  std::string symbol;
  int64_t interval_ms = 0;
  TextPosition position;
};

struct MarketSettings {
  MarketSource source = MarketSource::synthetic;
  int64_t interval_ms = 5 * minute_ms;
  Speed speed;
  int64_t start_ms = 0;  // synthetic: open time of the first candle traded on. replay: skip to here; 0: the first row
  int64_t end_ms = 0;    // no candle opens at or after this; 0: for ever, or the end of the files
  int64_t warmup = 0;     // candles handed out as history before the first that is traded on; synthetic: 500 unless set
  uint64_t seed = 1;
  std::vector<SyntheticSymbol> symbols;  // synthetic
  std::vector<CandleFile> files;         // replay
};

// Which exchange, where the mode alone does not say. All other addresses are compiled in.
struct ExchangeSettings {
  std::string url;                    // "http://127.0.0.1:5080" of a `stratdock paper-exchange`; empty: the mode's own exchange
  std::filesystem::path certificate;  // PEM of the authority that an https one is known by
  TextPosition position;              // of the url in the file
};

struct PaperAccount {
  std::map<std::string, Decimal> balances;  // at the account's first start
  PaperSettings settings;                   // fees, slippage, volume share
};

struct PluginSettings {
  enum class Trust { any, pinned };
  std::optional<Trust> trust;                  // as written
  Trust trust_in(Mode mode) const { return trust.value_or(mode == Mode::live ? Trust::pinned : Trust::any); }
  bool allow_incomplete_sandbox = false;       // plugins that are not ours, where the kernel lacks a part of their sandbox
  std::vector<std::filesystem::path> folders;  // empty: the host's own folder of plugins
  std::map<std::string, std::string> pins;     // file name -> sha256 in lower-case hex; with trust: pinned nothing else loads
};

struct LogSettings {
  std::filesystem::path folder;
  int64_t max_bytes = 10 * 1024 * 1024;  // of one file, then it rotates
  int keep = 5;                          // rotated files kept beside the current one
  std::string time_zone = "UTC";         // "UTC", "local" or an IANA name
};

// Recorded feeds for strategies that ask for them. Empty: no such feed.
struct FeedSettings {
  std::vector<std::filesystem::path> news, assessment;
};

// A bot as YAML declares it. Its parameters are texts: their types are known only with the plugin's schema.
struct DeclaredBot : BotSettings {
  bool start = true;                                        // wanted state when the bot is seen for the first time
  TextPosition position;                                    // of the bot's name in the file
  TextPosition strategy_position;                           // of what names its strategy, in the file's defaults perhaps
  std::map<std::string, TextPosition> parameter_positions;  // by key
};

struct Configuration {
  std::filesystem::path file;  // absolute
  std::string name;            // the file's name without its extension
  Mode mode = Mode::paper;
  std::filesystem::path data_folder;
  DashboardSettings dashboard;
  MarketSettings market;
  ExchangeSettings exchange;
  PaperAccount paper;
  RiskLimits risk;  // 60 orders a minute and 5,000 a day unless set; the other caps are off
  PluginSettings plugins;
  LogSettings logs;
  FeedSettings feeds;
  DeclaredBot bot_defaults;       // what a bot made in the dashboard starts from; name, symbol and strategy may be empty
  std::vector<DeclaredBot> bots;  // in the file's order

  const DeclaredBot* find_bot(std::string_view bot_name) const;
  // Whether orders leave this process.
  bool trades_remotely() const { return mode != Mode::paper; }
};

using ConfigurationErrors = std::vector<ConfigurationError>;
using ConfigurationResult = tl::expected<Configuration, ConfigurationErrors>;
// In a file's order: by line and column.
void sort_by_place(ConfigurationErrors& errors);

// As much of a file as could be read, beside everything that is wrong with it: for those who go on looking for faults.
struct ReadConfiguration {
  Configuration configuration;  // what was refused has its default
  ConfigurationErrors errors;   // empty: the configuration is whole
};

// Variables by name; load_configuration reads HOME and XDG_DATA_HOME, load_secrets the keys.
using Environment = std::map<std::string, std::string>;
Environment process_environment();

// Reads and checks a file. Either a whole configuration or every error found, in the file's order.
ReadConfiguration read_configuration(const std::filesystem::path& file, const Environment& environment);
ConfigurationResult load_configuration(const std::filesystem::path& file, const Environment& environment);
// The same for a text; `file` names it in errors and anchors relative paths. Files it names are not looked for.
ConfigurationResult parse_configuration(std::string_view yaml, const std::filesystem::path& file, const Environment& environment);
// All errors as lines for a terminal, with a closing line that counts them.
std::string errors_text(const ConfigurationErrors& errors);

// A bot's parameters against its strategy's schema; errors carry the position of the parameter in the file.
struct CheckedBotParameters {
  std::vector<ParameterValue> values;  // in schema order; to be used only when errors is empty
  ConfigurationErrors errors;
};
CheckedBotParameters check_parameters(std::span<const ParameterSchema> schema, const DeclaredBot& bot);

// What changed between two loads of a file, for the journal and for picking up edits while running.
struct BotDifference {
  std::string name;
  enum class Kind { added, changed, removed } kind = Kind::changed;
  std::vector<std::string> lines;  // "trade_amount: 100 -> 150"
};
struct ConfigurationDifference {
  std::vector<BotDifference> bots;           // in the order of names
  std::vector<std::string> restart_needed;   // lines of settings that only a restart picks up
  bool empty() const { return bots.empty() && restart_needed.empty(); }
};
ConfigurationDifference compare(const Configuration& before, const Configuration& after);

// A bot as the YAML that would declare it, indented to stand under "bots:".
std::string bot_yaml(const DeclaredBot& bot);

bool is_bot_name(std::string_view name);

}  // namespace stratdock
