// `paper-exchange`: reads the options, starts the server, says how to reach it.
#include "host/cli/paper_exchange.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "host/cli/command.hpp"
#include "host/cli/output.hpp"
#include "host/exchange_server/server.hpp"
#include "host/market/symbol_rules.hpp"

namespace stratdock::cli {
namespace {

using exchange_server::AccountSettings;
using exchange_server::DriverSettings;
using exchange_server::Server;
using exchange_server::ServerSettings;

constexpr uint16_t default_port = 5011;

options::options_description described() {
  options::options_description visible("options");
  auto add = visible.add_options();
  add("port", options::value<uint16_t>()->default_value(default_port), "on 127.0.0.1; 0: any free one");
  add("symbols", options::value<std::string>()->default_value("BTCUSDT,ETHUSDT,BNBUSDT"), "of the made-up market");
  add("interval", options::value<std::string>()->default_value("1m"), "the length of a candle of the made-up market");
  add("seed", options::value<uint64_t>()->default_value(1), "of the made-up market: the same seed, the same candles");
  add("config", options::value<std::string>(), "take market, balances and fees from this configuration of bots instead, such as configs/demo.yaml");
  add("candles", options::value<std::vector<std::string>>()->composing(), "play a recorded file instead (SYMBOL-INTERVAL-....csv, .gz, .zip); any number of times");
  add("speed", options::value<std::string>()->default_value("real"), "real, 60x, full, or manual: a candle when the control port says so");
  add("market-time", "the exchange's clock is the candles' own (else the wall's clock, and candles are moved to now)");
  add("fill", options::value<std::string>()->default_value("immediate"), "immediate: at the last price, as clients expect; next-open: at the next candle's open, as paper mode and backtest do");
  add("balance", options::value<std::vector<std::string>>()->composing(), "ASSET=AMOUNT of the demo account (else 10000 of each quote asset)");
  add("fee", options::value<std::string>()->default_value("0.1%"), "of the demo account, for maker and taker");
  add("slippage", options::value<std::string>()->default_value("0"), "what a market order pays on top of the price, 0.05%");
  add("volume-share", options::value<double>()->default_value(0), "of a candle's volume that orders may take together, 0..1; 0: no limit, so no partial fills");
  add("accounts", options::value<std::string>(), "a JSON file with accounts and keys, in place of the demo account");
  add("log", options::value<std::string>(), "write what happens to this file, a JSON object a line");
  add("faults", options::value<std::string>(), "a file of faults to act, a JSON object a line; host/exchange_server/FAULTS.md lists them");
  add("control", options::value<uint16_t>()->implicit_value(0), "open a control port as well (=PORT, or any free one)");
  add("tls", "https and wss, with a certificate made for localhost");
  add("certificate", options::value<std::string>(), "a PEM file for --tls, with --key");
  add("key", options::value<std::string>(), "the PEM file of the certificate's private key");
  add("ca-file", options::value<std::string>(), "write the certificate here, for clients to trust");
  add("limit-weight", options::value<int>()->default_value(6000), "request weight a minute");
  add("limit-raw", options::value<int>()->default_value(300000), "requests in five minutes");
  add("limit-orders", options::value<int>()->default_value(100), "orders in ten seconds");
  add("limit-orders-day", options::value<int>()->default_value(200000), "orders in a day");
  return visible;
}

std::vector<std::string> texts_of(const options::variables_map& values, const char* option) {
  return values.count(option) == 0 ? std::vector<std::string>{} : values[option].as<std::vector<std::string>>();
}

Result<std::string> read_text(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream || text.str().empty()) return failure("reading " + file + ": it cannot be read or is empty", "check the path and its rights");
  return text.str();
}

std::vector<std::string> split(const std::string& text, char mark) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, mark);)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

Status read_speed(const std::string& text, DriverSettings& driver) {
  using Pace = DriverSettings::Pace;
  if (text == "manual" || text == "full") {
    driver.pace = text == "full" ? Pace::full : Pace::manual;
    return {};
  }
  std::string_view digits = text;
  if (text == "real") digits = "1";
  if (digits.ends_with('x')) digits.remove_suffix(1);
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), driver.factor);
  if (fault == std::errc() && end == digits.data() + digits.size() && driver.factor >= 0.01 && driver.factor <= 1e6) return {};
  return failure("reading --speed: found '" + text + "'", "say real, full, manual or a factor such as 60x");
}

// "BTCUSDT-5m-20220801_20230927.csv.gz" names its symbol and interval.
Result<CandleFile> candle_file(const std::string& path) {
  CandleFile file;
  file.path = path;
  const std::vector<std::string> parts = split(file.path.filename().string(), '-');
  const std::string interval = parts.size() < 2 ? "" : parts[1].substr(0, parts[1].find('.'));
  const Result<int64_t> length = parse_interval(interval);
  if (!length) return failure("reading the name of " + path + ": it does not begin with symbol and interval", "name it such as BTCUSDT-5m-2024-01.csv");
  file.symbol = parts[0];
  file.interval_ms = *length;
  return file;
}

// The market that bots of a configuration trade on inside their own process, and the account they would have there.
Result<Configuration> read_bots_market(const options::variables_map& values) {
  const std::string file = values["config"].as<std::string>();
  for (const char* own : {"symbols", "interval", "seed", "candles", "fee", "slippage", "volume-share", "accounts"})
    if (values.count(own) != 0 && !values[own].defaulted())
      return failure("reading the options: --config " + file + " brings its own market and account, and --" + own + " another", "leave one of the two out");
  const ConfigurationResult found = load_configuration(file, process_environment());
  if (!found) return failure(errors_text(found.error()));
  if (found->market.source == MarketSource::exchange)
    return failure("reading --config " + file + ": its candles come from an exchange, so it has no market of its own", "name one whose `market: source:` is synthetic or replay");
  return *found;
}

Status read_market(const options::variables_map& values, ServerSettings& settings) {
  MarketSettings& market = settings.market;
  if (values.count("config") != 0) {
    const auto configuration = read_bots_market(values);
    if (!configuration) return tl::unexpected(configuration.error());
    market = configuration->market;
    AccountSettings& account = settings.accounts.emplace_back(exchange_server::demo_account({}));
    account.paper = configuration->paper.settings;
    account.balances = configuration->paper.balances;
    return {};
  }
  market.warmup = settings.driver.history;
  if (values.count("candles") != 0) {
    market.source = MarketSource::replay;
    market.warmup = 100; // what clients can ask for before the first candle played
    for (const std::string& path : texts_of(values, "candles")) {
      const Result<CandleFile> file = candle_file(path);
      if (!file) return tl::unexpected(file.error());
      market.files.push_back(*file);
    }
    market.interval_ms = market.files.front().interval_ms;
    return {};
  }
  const Result<int64_t> interval = parse_interval(values["interval"].as<std::string>());
  if (!interval) return tl::unexpected(interval.error());
  market.source = MarketSource::synthetic;
  market.interval_ms = *interval;
  market.seed = values["seed"].as<uint64_t>();
  market.start_ms = exchange_server::ServerClock::wall_ms();
  for (const std::string& name : split(values["symbols"].as<std::string>(), ',')) {
    if (split_symbol(name).second.empty() || split_symbol(name).first.empty())
      return failure("reading --symbols: '" + name + "' does not end in a quote asset", "name symbols such as BTCUSDT,ETHBTC");
    SyntheticSymbol& symbol = market.symbols.emplace_back();
    symbol.symbol = name;
  }
  if (market.symbols.empty()) return failure("reading --symbols: there is none", "name symbols such as BTCUSDT,ETHUSDT");
  return {};
}

std::vector<std::string> quote_assets(const MarketSettings& market) {
  std::set<std::string> assets;
  for (const SyntheticSymbol& symbol : market.symbols) assets.insert(split_symbol(symbol.symbol).second);
  for (const CandleFile& file : market.files) assets.insert(split_symbol(file.symbol).second);
  return {assets.begin(), assets.end()};
}

Status read_balances(const options::variables_map& values, AccountSettings& account) {
  for (const std::string& word : texts_of(values, "balance")) {
    const size_t equals = word.find('=');
    const auto amount = parse_amount(equals == std::string::npos ? "" : word.substr(equals + 1), "--balance");
    if (!amount || equals == 0) return failure("reading --balance: found '" + word + "'", "say ASSET=AMOUNT, such as USDT=5000");
    account.balances[word.substr(0, equals)] = *amount;
  }
  return {};
}

Status read_accounts(const options::variables_map& values, ServerSettings& settings) {
  const std::string fill = values["fill"].as<std::string>();
  if (fill != "immediate" && fill != "next-open") return failure("reading --fill: found '" + fill + "'", "say immediate or next-open");
  if (!settings.accounts.empty()) {  // of a configuration
    settings.accounts.front().paper.fill_at_once = fill == "immediate";
    return read_balances(values, settings.accounts.front());
  }
  PaperSettings paper;
  paper.fill_at_once = fill == "immediate";
  paper.max_volume_share = values["volume-share"].as<double>();
  if (!(paper.max_volume_share >= 0 && paper.max_volume_share <= 1)) return failure("reading --volume-share: it is not between 0 and 1", "0.1 lets orders take a tenth");
  const auto fee = parse_fraction(values["fee"].as<std::string>(), "--fee", true), slippage = parse_fraction(values["slippage"].as<std::string>(), "--slippage", true);
  if (!fee) return tl::unexpected(fee.error());
  if (!slippage) return tl::unexpected(slippage.error());
  paper.fees.maker = paper.fees.taker = Decimal::from_double(*fee);
  paper.slippage = Decimal::from_double(*slippage);
  if (values.count("accounts") != 0) {
    auto accounts = exchange_server::load_accounts(values["accounts"].as<std::string>(), paper);
    if (!accounts) return tl::unexpected(accounts.error());
    settings.accounts = std::move(*accounts);
    return {};
  }
  AccountSettings account = exchange_server::demo_account(quote_assets(settings.market));
  account.paper = paper;
  if (Status read = read_balances(values, account); !read) return read;
  settings.accounts = {account};
  return {};
}

Status read_tls(const options::variables_map& values, ServerSettings& settings) {
  const bool is_given = values.count("certificate") != 0 || values.count("key") != 0;
  if (values.count("tls") == 0 && !is_given) return {};
  if (is_given) {
    if (values.count("certificate") == 0 || values.count("key") == 0) return failure("reading the options: --certificate and --key go together", "give both, or --tls alone");
    const auto certificate = read_text(values["certificate"].as<std::string>()), key = read_text(values["key"].as<std::string>());
    if (!certificate) return tl::unexpected(certificate.error());
    if (!key) return tl::unexpected(key.error());
    settings.listener.certificate = *certificate;
    settings.listener.private_key = *key;
  } else {
    const auto made = exchange_server::make_self_signed();
    if (!made) return tl::unexpected(made.error());
    settings.listener.certificate = made->certificate;
    settings.listener.private_key = made->private_key;
  }
  if (values.count("ca-file") == 0) return {};
  const std::string file = values["ca-file"].as<std::string>();
  std::ofstream stream(file, std::ios::binary);
  stream << settings.listener.certificate;
  stream.flush();
  if (!stream) return failure("writing the certificate to " + file + ": the file cannot be written", "check the folder and its rights");
  return {};
}

Result<ServerSettings> read_settings(const options::variables_map& values) {
  ServerSettings settings;
  for (const Status& status : {read_speed(values["speed"].as<std::string>(), settings.driver), read_market(values, settings), read_accounts(values, settings), read_tls(values, settings)})
    if (!status) return tl::unexpected(status.error());
  settings.is_market_time = values.count("market-time") != 0;
  settings.limits.weight_per_minute = values["limit-weight"].as<int>();
  settings.limits.raw_per_5_minutes = values["limit-raw"].as<int>();
  settings.limits.orders_per_10_seconds = values["limit-orders"].as<int>();
  settings.limits.orders_per_day = values["limit-orders-day"].as<int>();
  settings.listener.port = values["port"].as<uint16_t>();
  settings.has_control = values.count("control") != 0;
  if (settings.has_control) settings.control_port = values["control"].as<uint16_t>();
  if (values.count("faults") != 0) settings.faults_file = values["faults"].as<std::string>();
  if (values.count("log") != 0) settings.log_file = values["log"].as<std::string>();
  return settings;
}

void print_start(Server& server, const ServerSettings& settings, bool shows_key) {
  const bool is_tls = !settings.listener.certificate.empty();
  const std::string place = "://127.0.0.1:" + std::to_string(server.port());
  const std::string http = (is_tls ? "https" : "http") + place, ws = (is_tls ? "wss" : "ws") + place;
  std::cout << "paper exchange: ready\n  REST           " << http << "/api/v3\n  streams        " << ws << "/ws and " << ws << "/stream\n  WebSocket API  " << ws << "/ws-api/v3\n";
  if (server.control_port() != 0) std::cout << "  control        http://127.0.0.1:" << server.control_port() << "\n";
  std::cout << "  symbols       ";
  for (const auto& tape : server.venue().tapes()) std::cout << " " << tape->symbol().name;
  std::cout << ", candles of " << interval_text(server.driver().interval_ms()) << "\n";
  if (shows_key) {
    const exchange_server::ApiKey& key = server.venue().accounts().front()->keys().front();
    std::cout << "  API key        " << key.id << "\n  secret         " << key.secret << "  (of this practice account; always the same)\n";
  }
  std::cout << "Point a Binance client at these addresses; nothing here is real money. Try: curl " << http << "/api/v3/ticker/price" << (is_tls ? " --cacert FILE (see --ca-file)" : "")
            << "\nStop with Ctrl-C." << std::endl;
}

}  // namespace

int paper_exchange_command(const std::vector<std::string>& words) {
  const Parsed parsed = parse(words, "paper-exchange [OPTIONS]",
                              "Runs a simulated Binance Spot exchange on this machine: REST, market streams and WebSocket API. Any Binance client can trade on it\n"
                              "with play money; host/exchange_server/CLIENTS.md shows how for some.",
                              "stratdock paper-exchange --symbols BTCUSDT,ETHUSDT --balance USDT=5000", described());
  if (parsed.exit_code >= 0) return parsed.exit_code;
  const auto settings = read_settings(parsed.values);
  if (!settings) return fail(settings.error());
  auto server = Server::open(*settings);
  if (!server) return fail(server.error());
  print_start(**server, *settings, parsed.values.count("accounts") == 0);
  (*server)->run();
  std::cout << "paper exchange: stopped" << std::endl;
  return exit_success;
}

}  // namespace stratdock::cli
