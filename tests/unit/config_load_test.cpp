// What a configuration says, and every way in which it may be wrong.
#include <catch2/catch.hpp>
#include <algorithm>
#include <fstream>
#include <random>

#include "host/config/config.hpp"

using namespace stratdock;

namespace {

const Environment home{{"HOME", "/home/anna"}};

Configuration good(const std::string& yaml) {
  auto result = parse_configuration(yaml, "/etc/trading/demo.yaml", home);
  if (!result) FAIL(errors_text(result.error()));
  return *result;
}

ConfigurationErrors bad(const std::string& yaml) {
  auto result = parse_configuration(yaml, "/etc/trading/demo.yaml", home);
  if (result) FAIL("accepted:\n" << yaml);
  return result.error();
}

// The one error of a text, as a line without the folder.
std::string only_error(const std::string& yaml) {
  const ConfigurationErrors errors = bad(yaml);
  INFO(errors_text(errors));
  CHECK(errors.size() == 1);
  return errors[0].text().substr(std::string("/etc/trading/").size());
}

const std::string bot = "bots:\n  btc:\n    symbol: BTCUSDT\n    strategy: volatile\n    trade_amount: 100\n";

}  // namespace

TEST_CASE("a bot of three lines is a whole configuration") {
  const Configuration configuration = good(bot);
  CHECK(configuration.mode == Mode::paper);
  CHECK(configuration.name == "demo");
  CHECK(configuration.data_folder == "/home/anna/.local/share/stratdock/demo");
  CHECK(configuration.logs.folder == "/home/anna/.local/share/stratdock/demo/logs");
  CHECK(configuration.dashboard.port == 5001);
  CHECK(configuration.market.source == MarketSource::synthetic);
  CHECK(configuration.market.warmup == 500);
  CHECK(configuration.paper.balances.at("USDT") == Decimal::from_integer(10'000));
  REQUIRE(configuration.bots.size() == 1);
  const DeclaredBot& only = configuration.bots[0];
  CHECK(only.trade_amount == Decimal::from_integer(100));
  CHECK(only.interval_ms == 5 * minute_ms);
  CHECK(only.evaluate_every_ms == 15 * minute_ms);
  CHECK_FALSE(only.stop_loss.has_value());
  CHECK(only.start);
  CHECK(only.position.line == 2);
  CHECK(only.position.column == 3);
  CHECK(only.position.file == "/etc/trading/demo.yaml");
}

TEST_CASE("every setting arrives") {
  const Configuration c = good(R"(
mode: paper
data: runs/one
dashboard: {port: 0, enabled: no}
market:
  source: replay
  speed: 12.5x
  start: 2024-01-31T09:30
  end: 2024-02-01
  warmup: 20
  seed: 7
  files:
    - candles/BTCUSDT-1h-2024-01.csv
    - {path: ~/odd.csv.gz, symbol: ETHUSDT, interval: 1h}
paper: {balances: {USDT: 250.5, BNB: 1}, maker_fee: 0.075%, taker_fee: 0.001, slippage: 0.05%, pay_fees_with_bnb: true, max_volume_share: 10%}
risk: {max_bot_exposure: 200, max_account_exposure: 1000, max_order_value: 150, max_daily_loss: 50, max_bot_daily_loss: 20, max_open_positions: 3, max_orders_per_minute: 5, max_orders_per_day: 100}
plugins: {folders: [mine, /opt/strategies], trust: pinned, pins: {a.so: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}, incomplete_sandbox: allow}
logs: {folder: ../logs, max_size: 2MB, keep: 3, time_zone: UTC}
defaults: {stop_loss: 3%, evaluate_every: 4h, parameters: {rsi: 14}}
bots:
  b-1: {title: "My: bot", symbol: BTCUSDT, strategy: enhanced, trade_amount: 0.5, take_profit: 0.08, parameters: {rsi: 9, fast: true}, recommended_symbols: [ETHUSDT], start: false}
)");
  CHECK(c.data_folder == "/etc/trading/runs/one");
  CHECK(c.dashboard.port == 0);
  CHECK_FALSE(c.dashboard.enabled);
  CHECK(c.market.speed == Speed{Speed::Kind::factor, 12.5});
  CHECK(c.market.start_ms == 1'706'693'400'000);
  CHECK(c.market.interval_ms == 60 * minute_ms);
  REQUIRE(c.market.files.size() == 2);
  CHECK(c.market.files[0].path == "/etc/trading/candles/BTCUSDT-1h-2024-01.csv");
  CHECK(c.market.files[0].symbol == "BTCUSDT");
  CHECK(c.market.files[1].path == "/home/anna/odd.csv.gz");
  CHECK(c.paper.balances.size() == 2);
  CHECK(c.paper.settings.fees.maker == *Decimal::parse("0.00075"));
  CHECK(c.paper.settings.fees.pay_with_bnb);
  CHECK(c.paper.settings.max_volume_share == 0.1);
  CHECK(c.paper.settings.seed == 7);
  CHECK(c.risk.max_orders_per_day == 100);
  CHECK(c.risk.max_bot_daily_loss == Decimal::from_integer(20));
  CHECK(c.plugins.folders[0] == "/etc/trading/mine");
  CHECK(c.plugins.pins.size() == 1);
  CHECK(c.plugins.trust_in(c.mode) == PluginSettings::Trust::pinned);
  CHECK(c.plugins.allow_incomplete_sandbox);
  CHECK(c.logs.folder == "/etc/logs");
  CHECK(c.logs.max_bytes == 2 * 1024 * 1024);
  const DeclaredBot& b = c.bots.at(0);
  CHECK(b.title == "My: bot");
  CHECK(b.stop_loss == 0.03);
  CHECK(b.take_profit == 0.08);
  CHECK(b.evaluate_every_ms == 240 * minute_ms);
  CHECK(b.interval_ms == 60 * minute_ms);
  CHECK(b.parameters == std::map<std::string, std::string>{{"rsi", "9"}, {"fast", "true"}});
  CHECK(b.parameter_positions.at("rsi").line == 21);
  CHECK_FALSE(b.start);
  CHECK(c.find_bot("b-1") == &c.bots[0]);
  CHECK(c.find_bot("nobody") == nullptr);
}

TEST_CASE("all errors come at once, in the file's order, with place and nearest name") {
  const ConfigurationErrors errors = bad(R"(mode: papr
dashboard: {port: 99999}
bots:
  btc:
    symbol: BTCUSTD
    strategy: volatile
    trade_amont: 100
    stop_loss: 2
  Btc: {symbol: btcusdt, strategy: [a], trade_amount: -5}
  btc: {}
risk: 5
)");
  std::vector<std::string> lines;
  for (const auto& error : errors) lines.push_back(error.text().substr(13));
  const std::vector<std::string> expected = {
      "demo.yaml:1:7: mode: found 'papr', expected one of paper, testnet, demo, live (did you mean 'paper'?)",
      "demo.yaml:2:19: dashboard.port: found 99999, allowed is 0 to 65535",
      "demo.yaml:4:3: bots.btc.trade_amount: is missing",
      "demo.yaml:5:13: bots.btc.symbol: this market has no symbol BTCUSTD (did you mean 'BTCUSDT'?)",
      "demo.yaml:7:5: bots.btc.trade_amont: unknown key (did you mean 'trade_amount'?)",
      "demo.yaml:8:16: bots.btc.stop_loss: found 2, allowed is more than 0, up to 99% (did you mean 2%?)",
      "demo.yaml:9:3: bots.Btc: not a name for a bot (1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit; free text goes into title:)",
      "demo.yaml:9:17: bots.Btc.symbol: found 'btcusdt', expected a symbol as the exchange writes it: capitals and digits (did you mean 'BTCUSDT'?)",
      "demo.yaml:9:36: bots.Btc.strategy: found a list, expected the name of a strategy",
      "demo.yaml:9:55: bots.Btc.trade_amount: found -5, it must be more than 0",
      "demo.yaml:10:3: the key 'btc' is here a second time, first on line 4 (keep one of them)",
      "demo.yaml:11:7: risk: found '5', expected a block of keys"};
  CHECK(lines == expected);
  CHECK(errors_text(errors).ends_with("12 errors; nothing was started.\n"));
}

TEST_CASE("unless it is written, any plugin is trusted where the money is not real, and pinned ones where it is") {
  const PluginSettings plugins = good(bot).plugins;
  CHECK(plugins.trust_in(Mode::paper) == PluginSettings::Trust::any);
  CHECK(plugins.trust_in(Mode::demo) == PluginSettings::Trust::any);
  CHECK(plugins.trust_in(Mode::live) == PluginSettings::Trust::pinned);
  CHECK_FALSE(plugins.allow_incomplete_sandbox);
  CHECK(good("plugins: {trust: any}\n" + bot).plugins.trust_in(Mode::live) == PluginSettings::Trust::any);
}

TEST_CASE("live trading is refused by name") {
  CHECK(only_error("mode: live\n") == "demo.yaml:1:7: mode: live trading is not enabled yet; use paper, testnet or demo");
}

TEST_CASE("what several values say together is checked") {
  CHECK(only_error("mode: testnet\nmarket: {source: replay, files: [BTCUSDT-5m-a.csv]}\n").find("mode testnet trades on the exchange's own candles") != std::string::npos);
  CHECK(only_error("market: {source: exchange, seed: 3}\n").find("market.seed: an exchange has its own clock and candles") != std::string::npos);
  CHECK(only_error("exchange: {url: 'http://127.0.0.1:5080'}\n").find("made-up candles: no exchange is asked") != std::string::npos);
  CHECK(only_error("market: {source: replay}\n").find("market.files: is missing") != std::string::npos);
  CHECK(only_error("plugins: {trust: pinned}\n").find("plugins.pins: is missing") != std::string::npos);
  CHECK(only_error(bot + "    evaluate_every: 1m\n") == "demo.yaml:6:21: bots.btc.evaluate_every: found 1m, which is no multiple of the candles' interval 5m");
  CHECK(only_error(bot + "    interval: 1h\n").find("this market's candles of BTCUSDT are of 5m") != std::string::npos);
  CHECK(only_error("market: {files: [a.csv]}\n").find("does not tell its symbol and interval") != std::string::npos);
  CHECK(only_error("market: {files: [BTCUSDT-5m-a.csv, BTCUSDT-1h-b.csv]}\n").find("one interval for each symbol") != std::string::npos);
  CHECK(good("market: {source: exchange}\n" + bot).mode == Mode::paper);
  CHECK(good("mode: testnet\n" + bot).market.source == MarketSource::exchange);
  CHECK(good("mode: testnet\n" + bot).data_folder.filename() == "demo-testnet");
  CHECK(good("mode: demo\n" + bot).data_folder.filename() == "demo");  // the file's name says it
  CHECK(good("mode: testnet\ndata: /tmp/mine\n" + bot).data_folder == "/tmp/mine");
  CHECK(good("mode: demo\nexchange: {url: 'http://127.0.0.1:5080'}\n" + bot).exchange.url == "http://127.0.0.1:5080");
  CHECK(only_error("mode: testnet\n" + bot + "  other: {symbol: BTCUSDT, strategy: volatile, trade_amount: 100, interval: 1h}\n").find("found 1h, but bot 'btc' trades BTCUSDT on candles of 5m") != std::string::npos);
  CHECK(good("market: {files: [BTCUSDT-1d-a.csv]}\n" + bot).bots[0].evaluate_every_ms == 24 * 60 * minute_ms);
}

TEST_CASE("numbers mean what they look like") {
  for (const char* port : {"010", "0x10", "5001.0", "1e3", "+5", "five", "''", "[]", "~", "99999999999999999999"}) {
    INFO(port);
    only_error("dashboard: {port: " + std::string(port) + "}\n");
  }
  for (const char* amount : {"1e3", "0", "-1", "100 USDT", "1,000", "007", "nan", "0.000000001", "''"}) {
    INFO(amount);
    only_error("defaults: {trade_amount: " + std::string(amount[1] == ',' ? "'1,000'" : amount) + "}\n");
  }
  CHECK(good("defaults: {trade_amount: '0.00000001'}\n").bot_defaults.trade_amount == Decimal::from_units(1));
  for (const char* speed : {"fast", "0x", "-3x", "nanx", "infx", "10 x"}) {
    INFO(speed);
    only_error("market: {speed: '" + std::string(speed) + "'}\n");
  }
  CHECK(good("market: {speed: 300}\n").market.speed.factor == 300);
  for (const char* time : {"2024-13-01", "2024-02-30", "yesterday", "2024-1-1", "2024-01-01T25:00", "1969-01-01"}) {
    INFO(time);
    only_error("market: {start: " + std::string(time) + "}\n");
  }
}

TEST_CASE("secrets in the YAML are sent where they belong and not repeated") {
  const std::string error = only_error("binance_api_key: abcdefghij\n");
  CHECK(error.find("secrets belong in the environment or in .env") != std::string::npos);
  CHECK(error.find("abcdefghij") == std::string::npos);
}

TEST_CASE("aliases, anchors, merge keys, tags and second documents are refused") {
  CHECK(bad("defaults: &all {stop_loss: 2%}\nbots:\n  a:\n    <<: *all\n").size() >= 3);
  CHECK(only_error("paper: {balances: {USDT: &x 5}}\n").find("anchors (&name) are not allowed here (repeat the value; what all bots share goes under 'defaults:')") != std::string::npos);
  CHECK(only_error("mode: !!str paper\n").find("tags") != std::string::npos);
  CHECK(only_error("mode: paper\n---\nmode: demo\n") == "demo.yaml:3:1: the file holds several YAML documents (--- begins one) (keep one document to a file)");
  CHECK(good("---\nmode: paper\n...\n").mode == Mode::paper);
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += std::string(i ? "," : "") + "*" + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  CHECK(bad(bomb).size() > 200);
  bad("self: &x [*x]\n");
}

TEST_CASE("depth and length have limits") {
  std::string deep = "mode: ";
  for (int i = 0; i < 40; ++i) deep += "[";
  CHECK(only_error(deep + std::string(40, ']') + "\n").find("nested deeper than 32 levels") != std::string::npos);
  bad("mode: " + std::string(100'000, '[') + "\n");
  bad("mode: " + std::string(100'000, '{') + "\n");
  std::string blocks;
  for (int i = 0; i < 600; ++i) blocks += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  bad(blocks);
  CHECK(only_error("# " + std::string(300 * 1024, 'x') + "\n").find("at most 262144") != std::string::npos);
}

TEST_CASE("an unclosed quote is found where it begins") {
  const ConfigurationErrors errors = bad("dashboard:\n  port: 5001\nbots:\n  a:\n    title: \"my bot\n    symbol: BTCUSDT\n");
  CHECK(errors[0].position.line == 5);
  CHECK(bad("data: 'abc\nmode: paper\n")[0].position.line == 1);
  CHECK(only_error("data: \"a\n  b\"\n").find("is not closed on its line") != std::string::npos);
  CHECK(good("bots: {a: {title: \"gr\xc3\xbc\xc3\x9f \\\" gott\", symbol: BTCUSDT, strategy: s, trade_amount: 1}}\n").bots[0].title == "gr\xc3\xbc\xc3\x9f \" gott");
}

TEST_CASE("what editors leave behind: tabs, byte order marks, carriage returns, NULs, nothing at all") {
  CHECK(bad("dashboard:\n\tport: 5\n")[0].position.line >= 1);
  CHECK(good("\xef\xbb\xbfmode: paper\n" + bot).bots.size() == 1);
  std::string crlf;
  for (const char c : bot) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(good(crlf).bots[0].trade_amount == Decimal::from_integer(100));
  CHECK(only_error(std::string("mode: pa\0per\n", 13)).find("not a text file") != std::string::npos);
  CHECK(only_error("") == "demo.yaml: the file says nothing (see configs/demo.yaml for a start)");
  CHECK(only_error("# only a comment\n").find("says nothing") != std::string::npos);
  CHECK(only_error("- a\n- b\n").find("expected a block of keys") != std::string::npos);
  CHECK(only_error("just words\n").find("expected a block of keys") != std::string::npos);
}

TEST_CASE("keys may be null, lists and other things that nobody expects") {
  CHECK(good("bots:\n").bots.empty());
  CHECK(good("market:\nrisk: ~\n").bots.empty());
  bad("? [a, b]\n: c\n");
  bad("bots: [a]\n");
  bad("bots: {a: }\n");
  bad("market: {symbols: {}}\n");
  CHECK(only_error("bots: {a: {symbol: BTCUSDT, strategy: s, trade_amount: 1, parameters: {x: [1]}}}\n").find("bots.a.parameters.x: found a list, expected a single value") != std::string::npos);
}

TEST_CASE("damaged files never crash and always give an error or a configuration") {
  const std::string whole = "mode: paper\nmarket: {seed: 7, symbols: {BTCUSDT: {price: 50000}}}\ndefaults: {stop_loss: 2%}\n" + bot + "    parameters: {rsi: 14, 'x': \"y\"}\n";
  const unsigned seed = 20'250'101;
  std::mt19937 random(seed);
  INFO("seed " << seed);
  const std::string spice = "{}[]:,&*!|>'\"%@`#-?\t\n\r <~0aA\\\xff\xc3";
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
      const size_t at = random() % damaged.size();
      if (random() % 3 == 0) damaged.erase(at, 1 + random() % 5);
      else if (random() % 2 == 0) damaged.insert(at, 1, spice[random() % spice.size()]);
      else damaged[at] = spice[random() % spice.size()];
      if (damaged.empty()) damaged = "x";
    }
    const auto result = parse_configuration(damaged, "/etc/trading/demo.yaml", home);
    accepted += result.has_value();
    if (!result) {
      REQUIRE_FALSE(result.error().empty());
      for (const auto& error : result.error()) REQUIRE_FALSE(error.message.empty());
    }
  }
  CHECK(accepted > 0);
}

TEST_CASE("the configurations that are shipped are good") {
  const char* source = std::getenv("STRATDOCK_SOURCE_DIR");
  const auto folder = std::filesystem::path(source == nullptr ? "." : source) / "configs";
  const auto demo = load_configuration(folder / "demo.yaml", home);
  if (!demo) FAIL(errors_text(demo.error()));
  CHECK(demo->market.symbols.size() == 6);
  Decimal stakes;
  for (const DeclaredBot& one : demo->bots) stakes += one.trade_amount;
  CHECK(stakes <= demo->paper.balances.at("USDT"));
  std::ifstream stream(folder / "replay.yaml");
  const std::string replay((std::istreambuf_iterator<char>(stream)), {});
  CHECK(parse_configuration(replay, folder / "replay.yaml", home).has_value());
  // Its candles are the user's own: until they are there, that is its one error.
  const auto without_files = load_configuration(folder / "replay.yaml", home);
  if (!without_files) CHECK(errors_text(without_files.error()).find("name candle files of your own") != std::string::npos);
  CHECK_FALSE(load_configuration(folder, home).has_value());
  CHECK(load_configuration(folder / "none.yaml", home).error().at(0).message == "there is no such file");
}
