// Differences between two loads, a bot written back as YAML, and parameters against a strategy's schema.
#include <catch2/catch.hpp>

#include "host/config/config.hpp"

using namespace stratdock;

namespace {

Configuration load(const std::string& yaml) {
  auto result = parse_configuration(yaml, "/c/x.yaml", {});
  if (!result) FAIL(errors_text(result.error()));
  return *result;
}

std::vector<ParameterSchema> schema() {
  ParameterSchema period{"rsi_period", "RSI period", "", "candles", ParameterType::integer, int64_t{14}, 2, 200, {}, false, false};
  ParameterSchema stop{"stop", "Stop", "", "fraction", ParameterType::real, 0.02, 0.001, 0.5, {}, false, false};
  ParameterSchema percent{"level", "Level", "", "%", ParameterType::real, 30.0, {}, {}, {}, false, false};
  ParameterSchema sizing{"dynamic_sizing", "", "", "", ParameterType::boolean, false, {}, {}, {}, false, false};
  ParameterSchema confirm{"confirm", "", "", "", ParameterType::choice, std::string("either"), {}, {}, {"none", "either", "both"}, false, false};
  ParameterSchema word{"word", "", "", "", ParameterType::text, std::string(), {}, 5, {}, false, false};
  return {period, stop, percent, sizing, confirm, word};
}

}  // namespace

TEST_CASE("equal files have no difference") {
  const std::string yaml = "bots: {a: {symbol: BTCUSDT, strategy: s, trade_amount: 100}}\n";
  CHECK(compare(load(yaml), load("# moved\n\n" + yaml)).empty());
}

TEST_CASE("added, changed and removed bots and settings that need a restart") {
  const auto before = load("bots:\n  a: {symbol: BTCUSDT, strategy: s, trade_amount: 100, parameters: {x: 1}}\n  gone: {symbol: ETHUSDT, strategy: s, trade_amount: 5}\n");
  const auto after = load("dashboard: {port: 6000}\nrisk: {max_daily_loss: 10}\nbots:\n  a: {symbol: BTCUSDT, strategy: s, trade_amount: 150, stop_loss: 3%, parameters: {x: 2}}\n  new: {symbol: ETHUSDT, strategy: s, trade_amount: 5}\n");
  const auto difference = compare(before, after);
  REQUIRE(difference.bots.size() == 3);
  CHECK(difference.bots[0].kind == BotDifference::Kind::changed);
  CHECK(difference.bots[0].lines == std::vector<std::string>{"parameters: {x: 1} -> {x: 2}", "stop_loss: (not set) -> 3%", "trade_amount: 100 -> 150"});
  CHECK(difference.bots[1].name == "gone");
  CHECK(difference.bots[1].kind == BotDifference::Kind::removed);
  CHECK(difference.bots[2].kind == BotDifference::Kind::added);
  CHECK(difference.bots[2].lines[0] == "symbol: ETHUSDT");
  CHECK(difference.restart_needed == std::vector<std::string>{"dashboard.port: 5001 -> 6000", "risk.max_daily_loss: (not set) -> 10"});
}

TEST_CASE("a bot written as YAML reads back as itself") {
  DeclaredBot bot;
  bot.name = "x_1";
  bot.title = "a: \"quoted\" \\ title # not a comment";
  bot.symbol = "BTCUSDT";
  bot.strategy = "com.example.ema-cross";
  bot.trade_amount = *Decimal::parse("12.00000001");
  bot.stop_loss = 0.015;
  bot.take_profit = 0.1;
  bot.parameters = {{"a", "-5"}, {"b", "true"}, {"c", "two words"}, {"d", "null"}, {"e", ""}, {"f", "1e-7"}, {"g", "yes: no"}, {"h", "%x"}, {"i", "~"}, {"k", "a\nb"}};
  bot.recommended_symbols = {"ETHUSDT"};
  bot.start = false;
  const std::string yaml = "bots:\n" + bot_yaml(bot);
  INFO(yaml);
  const auto again = load(yaml).bots.at(0);
  CHECK(static_cast<const BotSettings&>(again) == static_cast<const BotSettings&>(bot));
  CHECK(again.start == bot.start);
}

TEST_CASE("parameters are checked against the schema, all faults at once with their places") {
  const auto bot = load("bots:\n  a:\n    symbol: BTCUSDT\n    strategy: s\n    trade_amount: 1\n    parameters:\n"
                        "      rsi_perod: 3\n      stop: 60%\n      dynamic_sizing: maybe\n      confirm: bth\n      word: toolong\n      level: nan\n")
                       .bots.at(0);
  const auto checked = check_parameters(schema(), bot);
  std::vector<std::string> lines;
  for (const auto& error : checked.errors) lines.push_back(error.text());
  CHECK(lines == std::vector<std::string>{
                     "/c/x.yaml:7:18: bots.a.parameters.rsi_perod: unknown parameter (did you mean 'rsi_period'?)",
                     "/c/x.yaml:8:13: bots.a.parameters.stop: found '60%', allowed is from 0.001 to 0.5",
                     "/c/x.yaml:9:23: bots.a.parameters.dynamic_sizing: found 'maybe', expected true or false",
                     "/c/x.yaml:10:16: bots.a.parameters.confirm: found 'bth', expected one of none, either, both (did you mean 'both'?)",
                     "/c/x.yaml:11:13: bots.a.parameters.word: a text of 7 bytes, allowed is 5 bytes or less",
                     "/c/x.yaml:12:14: bots.a.parameters.level: found 'nan', expected a number"});
}

TEST_CASE("good parameters come out typed, in schema order, with defaults") {
  const std::vector<std::pair<std::string, std::string>> given = {{"confirm", "both"}, {"stop", "5%"}, {"rsi_period", "9"}};
  const auto checked = check_parameter_texts(schema(), given);
  REQUIRE(checked.errors.empty());
  CHECK(checked.values == std::vector<ParameterValue>{int64_t{9}, 0.05, 30.0, false, std::string("both"), std::string()});
  for (const char* text : {"9.0", "1e1", "0x9", "", " 9", "201", "1"}) {
    const std::vector<std::pair<std::string, std::string>> one = {{"rsi_period", text}};
    CHECK(check_parameter_texts(schema(), one).errors.size() == 1);
  }
  const std::vector<std::pair<std::string, std::string>> twice = {{"word", "a"}, {"word", "b"}};
  CHECK(check_parameter_texts(schema(), twice).errors.at(0).message == "given twice");
  const std::vector<std::pair<std::string, std::string>> not_a_fraction = {{"level", "30%"}};
  CHECK(check_parameter_texts(schema(), not_a_fraction).errors.size() == 1);
  CHECK(parameter_text(0.1) == "0.1");
  CHECK(parameter_text(true) == "true");
}

TEST_CASE("the nearest name is near") {
  const std::vector<std::string> names = {"trade_amount", "stop_loss", "take_profit", "symbol"};
  CHECK(nearest_name("amount", names) == "trade_amount");
  CHECK(nearest_name("stop-loss", names) == "stop_loss");
  CHECK(nearest_name("sybmol", names) == "symbol");
  CHECK(nearest_name("SYMBOL", names) == "symbol");
  CHECK(nearest_name("colour", names).empty());
  CHECK(nearest_name("", names).empty());
}
