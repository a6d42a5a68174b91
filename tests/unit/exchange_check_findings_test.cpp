// What an exchange's answers mean for the bots: one good exchange, and what each change of it brings.
#include <catch2/catch.hpp>

#include "host/exchange_check/exchange_findings.hpp"

using namespace stratdock;
using namespace stratdock::exchange_check;
using binance::FindingKind;

namespace {

Decimal amount(const char* text) { return *Decimal::parse(text); }

binance::ListedSymbol listed(const std::string& base) {
  binance::ListedSymbol one;
  one.symbol.name = base + "USDT";
  one.symbol.base_asset = base;
  one.symbol.quote_asset = "USDT";
  one.symbol.order_types = {"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"};
  one.symbol.notional = {amount("5"), {}, true, false};
  one.status_text = "TRADING";
  one.permission_sets = {{"SPOT", "MARGIN"}};
  return one;
}

Answers good_answers() {
  Answers answers;
  answers.venue = binance::Venue::mainnet;
  answers.reached = {{"REST", "https://api.binance.com", {}, 120}, {"streams", "wss://data-stream.binance.vision", {}, 90}};
  answers.clock = ClockReading{12, 40};
  answers.server_ms = 1'760'000'000'000;
  answers.budget = BudgetReading{40, 6'000};
  binance::ExchangeInfo info;
  info.symbols = {listed("BTC"), listed("ETH")};
  answers.info = info;
  AccountAnswers account;
  binance::KeyPermissions rights;
  rights.reading = rights.spot_and_margin_trading = rights.ip_restricted = true;
  account.permissions = rights;
  binance::AccountReport report;
  report.can_trade = true;
  report.permissions = {"SPOT"};
  report.balances = {{"USDT", amount("1000"), amount("20")}, {"BTC", {}, {}}};
  account.account = report;
  answers.account = account;
  return answers;
}

BotSettings bot(const std::string& name, const std::string& symbol, const char* trade_amount) {
  BotSettings settings;
  settings.name = name;
  settings.symbol = symbol;
  settings.trade_amount = amount(trade_amount);
  return settings;
}

std::vector<BotSettings> good_bots() { return {bot("a", "BTCUSDT", "100"), bot("b", "ETHUSDT", "200")}; }

size_t count(const std::vector<Finding>& findings, FindingKind kind) {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.kind == kind; }));
}

struct Row {
  const char* name;
  void (*change)(Answers&, std::vector<BotSettings>&);
  FindingKind kind;
  const char *subject, *text;
};

binance::ExchangeInfo& info_of(Answers& answers) { return *answers.info; }
binance::AccountReport& account_of(Answers& answers) { return *answers.account->account; }

const Row rows[] = {
    {"no stream", [](Answers& a, auto&) { a.reached[1].status = failure("no connection came about"); }, FindingKind::wrong, "connection, streams", "no connection"},
    {"clock off", [](Answers& a, auto&) { a.clock->offset_ms = -5'000; }, FindingKind::warning, "clock", "5000 ms behind the exchange's"},
    {"slow way", [](Answers& a, auto&) { a.clock->uncertainty_ms = 800; }, FindingKind::warning, "clock", "known to 800 ms"},
    {"budget", [](Answers& a, auto&) { a.budget->used = 3'001; }, FindingKind::warning, "request budget", "3001 of 6000"},
    {"key may withdraw", [](Answers& a, auto&) { a.account->permissions->withdrawals = true; }, FindingKind::wrong, "key", "may withdraw"},
    {"rights unreadable", [](Answers& a, auto&) { a.account->permissions = failure("no answer"); }, FindingKind::wrong, "key", "could not be read"},
    {"account cannot trade", [](Answers& a, auto&) { account_of(a).can_trade = false; }, FindingKind::wrong, "account", "does not let it trade"},
    {"no money", [](Answers& a, auto&) { account_of(a).balances[0].free = amount("299"); }, FindingKind::warning, "money", "ask for 300 USDT, free are 299"},
    {"not listed", [](Answers&, auto& b) { b[0].symbol = "XUSDT"; }, FindingKind::wrong, "bot a", "does not list XUSDT"},
    {"unreadable", [](Answers& a, auto& b) { info_of(a).unreadable = {{"XUSDT", "filters[2]"}}; b[0].symbol = "XUSDT"; }, FindingKind::wrong, "bot a", "cannot be read: filters[2]"},
    {"halted", [](Answers& a, auto&) { info_of(a).symbols[0].symbol.status = SymbolStatus::halt; info_of(a).symbols[0].status_text = "HALT"; }, FindingKind::warning, "bot a", "not trading at the moment (HALT)"},
    {"no spot", [](Answers& a, auto&) { info_of(a).symbols[0].spot_trading_allowed = false; }, FindingKind::wrong, "bot a", "may not trade BTCUSDT"},
    {"another permission", [](Answers& a, auto&) { info_of(a).symbols[0].permission_sets = {{"SPOT"}, {"TRD_GRP_256"}}; }, FindingKind::wrong, "bot a", "may not trade BTCUSDT"},
    {"no list of two", [](Answers& a, auto&) { info_of(a).symbols[0].symbol.oco_allowed = false; }, FindingKind::wrong, "bot a", "take-profit (OCO)"},
    {"no stop orders", [](Answers& a, auto&) { info_of(a).symbols[0].symbol.order_types = {"LIMIT", "LIMIT_MAKER", "MARKET"}; }, FindingKind::wrong, "bot a", "take-profit (OCO)"},
    {"no market orders", [](Answers& a, auto&) { info_of(a).symbols[1].symbol.order_types.erase(info_of(a).symbols[1].symbol.order_types.begin() + 2); }, FindingKind::wrong, "bot b", "MARKET orders"},
    {"too small", [](Answers&, auto& b) { b[0].trade_amount = amount("4.99"); }, FindingKind::wrong, "bot a", "less than the smallest order"},
    {"too small at the stop", [](Answers&, auto& b) { b[0].trade_amount = amount("5.1"); }, FindingKind::warning, "bot a", "at the stop-loss"},
    {"its own stop", [](Answers&, auto& b) { b[0].trade_amount = amount("9"); b[0].stop_loss = 0.5; }, FindingKind::warning, "bot a", "at the stop-loss"},
    {"more bots than stops", [](Answers& a, auto&) { info_of(a).symbols[0].symbol.max_algo_orders = 1; }, FindingKind::good, "bot a", "BTCUSDT trades"},
};

}  // namespace

TEST_CASE("an exchange on which all is well") {
  const auto findings = judge_exchange(good_answers(), good_bots());
  for (const Finding& one : findings) {
    INFO(one.subject << ": " << one.text);
    CHECK(one.kind == FindingKind::good);
  }
  CHECK(std::any_of(findings.begin(), findings.end(), [](const Finding& one) { return one.subject == "balances" && one.text == "1000 USDT and 20 in orders"; }));
}

TEST_CASE("each thing that is not well is found, alone, and says what to do") {
  for (const Row& row : rows) {
    INFO(row.name);
    Answers answers = good_answers();
    auto bots = good_bots();
    row.change(answers, bots);
    const auto findings = judge_exchange(answers, bots);
    const auto is_it = [&](const Finding& one) { return one.kind == row.kind && one.subject == row.subject && one.text.find(row.text) != std::string::npos; };
    CHECK(std::count_if(findings.begin(), findings.end(), is_it) == 1);
    CHECK(count(findings, FindingKind::wrong) == (row.kind == FindingKind::wrong ? 1 : 0));
    CHECK(count(findings, FindingKind::warning) == (row.kind == FindingKind::warning ? 1 : 0));
    for (const Finding& one : findings) CHECK((one.kind == FindingKind::good || !one.hint.empty()));
  }
}

TEST_CASE("bots of one symbol share its stop orders") {
  Answers answers = good_answers();
  answers.info->symbols[0].symbol.max_algo_orders = 5;
  std::vector<BotSettings> bots;
  for (int i = 0; i < 5; ++i) bots.push_back(bot("b" + std::to_string(i), "BTCUSDT", "20"));
  CHECK(count(judge_exchange(answers, bots), FindingKind::warning) == 0);
  bots.push_back(bot("b5", "BTCUSDT", "20"));
  const auto findings = judge_exchange(answers, bots);
  REQUIRE(count(findings, FindingKind::warning) == 1);
  CHECK(std::any_of(findings.begin(), findings.end(), [](const Finding& one) { return one.subject == "symbol BTCUSDT" && one.text.find("6 bots") == 0 && one.text.find("only 5 stop orders") != std::string::npos; }));
}

TEST_CASE("without an account nothing is said of it, and without symbols all bots are told once") {
  Answers answers = good_answers();
  answers.account.reset();
  for (const Finding& one : judge_exchange(answers, good_bots())) CHECK((one.subject != "account" && one.subject != "key" && one.subject != "money"));
  answers.info = failure("asking for the symbols' rules: no answer came in time", "is the network up?");
  CHECK(count(judge_exchange(answers, good_bots()), FindingKind::wrong) == 1);
}
