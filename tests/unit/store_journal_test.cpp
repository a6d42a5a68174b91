// Rows come back from the store as they went in, transactions are whole, and readers see what was committed.
#include <catch2/catch.hpp>

#include <filesystem>

#include "host/store/store.hpp"
#include "tests/unit/store_random_rows.hpp"

using namespace stratdock;
using namespace stratdock::store;

namespace {

// Any row type's columns as texts, so that two rows can be compared and a difference be read.
template <typename T>
std::string fingerprint(const T& row) {
  return fields_text(row);
}

std::unique_ptr<Journal> journal_in(const std::string& folder) {
  Result<std::unique_ptr<Journal>> journal = open_journal(folder);
  if (!journal) FAIL(journal.error().text());
  return std::move(*journal);
}

std::unique_ptr<JournalReader> reader_of(const std::string& folder) {
  Result<std::unique_ptr<JournalReader>> reader = open_journal_reader(folder);
  if (!reader) FAIL(reader.error().text());
  return std::move(*reader);
}

template <typename T>
void require_ok(const Result<T>& result) {
  if (!result) FAIL(result.error().text());
}

int64_t add_bot(Journal& journal, const std::string& name) {
  BotRow row;
  row.settings.name = name;
  row.settings.symbol = row.symbol = "BTCUSDT";
  const Result<int64_t> id = journal.put_bot(row);
  require_ok(id);
  return *id;
}

}  // namespace

TEST_CASE("every kind of row comes back as it went in") {
  const uint64_t seed = GENERATE(take(20, random(uint64_t{1}, uint64_t{1} << 62)));
  INFO("seed " << seed);
  RandomRows random(seed);
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  require_ok(journal->begin());

  BotRow bot = random.row<BotRow>();
  bot.id = 0;
  bot.deleted_ms = 0;
  const Result<int64_t> bot_id = journal->put_bot(bot);
  require_ok(bot_id);
  bot.id = *bot_id;

  DecisionRow decision = random.row<DecisionRow>();
  IntentRow intent = random.row<IntentRow>();
  decision.id = intent.id = decision.intent_id = intent.decision_id = 0;
  decision.bot_id = intent.bot_id = bot.id;
  const Result<int64_t> decision_id = journal->put_decision(decision);
  require_ok(decision_id);
  decision.id = intent.decision_id = *decision_id;
  const Result<int64_t> intent_id = journal->put_intent(intent);
  require_ok(intent_id);
  intent.id = decision.intent_id = *intent_id;
  require_ok(journal->put_decision(decision));

  OrderRow order = random.row<OrderRow>();
  FillRow fill = random.row<FillRow>();
  TradeRow trade = random.row<TradeRow>();
  LedgerRow ledger = random.row<LedgerRow>();
  AlarmRow alarm = random.row<AlarmRow>();
  StateChangeRow change = random.row<StateChangeRow>();
  LogRow log = random.row<LogRow>();
  EquityRow equity = random.row<EquityRow>();
  CommandResultRow result = random.row<CommandResultRow>();
  order.bot_id = fill.bot_id = trade.bot_id = alarm.bot_id = change.bot_id = log.bot_id = equity.bot_id = bot.id;
  order.intent_id = fill.intent_id = intent.id;
  trade.id = ledger.id = alarm.id = change.id = log.id = 0;
  require_ok(journal->put_order(order));
  require_ok(journal->add_fill(fill));
  const Result<int64_t> trade_id = journal->add_trade(trade);
  require_ok(trade_id);
  require_ok(journal->add_ledger(ledger));
  const Result<int64_t> alarm_id = journal->put_alarm(alarm);
  require_ok(alarm_id);
  require_ok(journal->add_state_change(change));
  require_ok(journal->add_log(log));
  require_ok(journal->add_equity(equity));
  require_ok(journal->put_command_result(result));
  require_ok(journal->commit());

  const auto reader = reader_of(folder.path);
  const auto same = [&](auto expected, auto found) {
    REQUIRE(found.size() == 1);
    expected.rev = found[0].rev;
    if constexpr (requires { expected.id; }) expected.id = found[0].id;
    CHECK(fingerprint(expected) == fingerprint(found[0]));
    CHECK(found[0].rev > 0);
    CHECK(found[0].rev <= reader->last_rev());
  };
  same(bot, reader->bots());
  CHECK(reader->bot(bot.id)->settings == bot.settings);
  CHECK(reader->bot_named(bot.settings.name)->id == bot.id);
  same(decision, reader->decisions(bot.id, {}));
  same(intent, reader->intents(bot.id, {}));
  same(order, reader->orders(bot.id, {}));
  same(fill, reader->fills(bot.id, {}));
  same(trade, reader->trades(bot.id, {}));
  ledger.balance_after = ledger.amount;
  same(ledger, reader->ledger(ledger.account, {}));
  same(alarm, reader->alarms(bot.id, {}));
  same(change, reader->state_changes(bot.id, {}));
  same(log, reader->logs(bot.id, {}));
  same(equity, reader->equity(bot.id, {}));
  const auto found_result = reader->command_result(result.command_id);
  same(result, found_result ? std::vector<CommandResultRow>{*found_result} : std::vector<CommandResultRow>{});
  CHECK(reader->decisions(bot.id, {})[0].id == *decision_id);
  CHECK(reader->trades(0, {})[0].id == *trade_id);
  CHECK(reader->alarms(0, {})[0].id == *alarm_id);
  CHECK(reader->account_balances()[0].amount == ledger.amount);
  require_ok(reader->take_failure());
}

TEST_CASE("candles come back bit for bit, oldest first, and the first one stays") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  RandomRows random(7);
  CandleSeries written(300'000);
  require_ok(journal->begin());
  for (int64_t row = 0; row < 100; ++row) {
    const Candle candle{row * 300'000, random.real(), random.real(), random.real(), random.real(), random.real(), random.real(), random.real(), row};
    written.append(candle);
    require_ok(journal->add_candle("BTCUSDT", 300'000, candle));
    require_ok(journal->add_candle("BTCUSDT", 60'000, {row * 60'000, 1, 1, 1, 1, 1, 1, 1, 1}));
  }
  require_ok(journal->add_candle("BTCUSDT", 300'000, {0, 9, 9, 9, 9, 9, 9, 9, 9}));
  require_ok(journal->commit());
  const auto reader = reader_of(folder.path);
  const CandleSeries all = reader->candles("BTCUSDT", 300'000, 0, 0, 1'000);
  REQUIRE(all.size() == 100);
  for (size_t row = 0; row < all.size(); ++row) CHECK(all.at(row) == written.at(row));
  const CandleSeries some = reader->candles("BTCUSDT", 300'000, 300'000 * 10, 300'000 * 20, 3);
  REQUIRE(some.size() == 3);
  CHECK(some.at(0).open_time_ms == 300'000 * 17);
  CHECK(reader->candles("ETHUSDT", 300'000, 0, 0, 1'000).empty());
}

TEST_CASE("a run of holds grows in place and is seen again by its rev") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  require_ok(journal->begin());
  DecisionRow decision;
  decision.bot_id = add_bot(*journal, "a");
  decision.action = "HOLD";
  const Result<int64_t> id = journal->put_decision(decision);
  require_ok(id);
  require_ok(journal->commit());
  const auto reader = reader_of(folder.path);
  const int64_t seen = reader->last_rev();
  CHECK(reader->decisions(0, {.after_rev = seen}).empty());
  decision.id = *id;
  decision.count = 2;
  decision.last_ms = 900'000;
  require_ok(journal->begin());
  CHECK(journal->put_decision(decision).value() == *id);
  CHECK(journal->last_rev() == seen + 1);
  require_ok(journal->commit());
  const auto changed = reader->decisions(0, {.after_rev = seen});
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].count == 2);
  CHECK(changed[0].last_ms == 900'000);
  CHECK(changed[0].rev == seen + 1);
  CHECK(reader->decisions(decision.bot_id, {}).size() == 1);
}

TEST_CASE("lists are newest first and bounded by rev, time, id and number") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  require_ok(journal->begin());
  const int64_t first_bot = add_bot(*journal, "a"), second_bot = add_bot(*journal, "b");
  for (int64_t at_ms = 1; at_ms <= 10; ++at_ms) {
    StateChangeRow row;
    row.bot_id = at_ms % 2 == 0 ? second_bot : first_bot;
    row.at_ms = at_ms;
    require_ok(journal->add_state_change(row));
  }
  StateChangeRow of_nobody;
  of_nobody.at_ms = 11;
  require_ok(journal->add_state_change(of_nobody));
  require_ok(journal->commit());
  const auto times = [&](int64_t bot_id, const Range& range) {
    std::vector<int64_t> found;
    for (const StateChangeRow& row : journal->state_changes(bot_id, range)) found.push_back(row.at_ms);
    return found;
  };
  using Times = std::vector<int64_t>;
  CHECK(times(0, {.limit = 3}) == Times{11, 10, 9});
  CHECK(times(first_bot, {}) == Times{9, 7, 5, 3, 1});
  CHECK(times(second_bot, {.from_ms = 4, .until_ms = 8}) == Times{6, 4});
  CHECK(times(0, {.before_id = 3}) == Times{2, 1});
  CHECK(times(first_bot, {.after_rev = journal->last_rev() - 4}) == Times{9});
  CHECK(times(0, {.limit = -1}).empty());
}

TEST_CASE("a transaction in which something failed cannot be committed, and nothing of it stays") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  require_ok(journal->begin());
  const int64_t bot_id = add_bot(*journal, "a");
  FillRow fill;
  fill.symbol = "BTCUSDT";
  fill.trade_id = 17;
  fill.bot_id = bot_id;
  require_ok(journal->add_fill(fill));
  require_ok(journal->commit());
  const int64_t rev = journal->last_rev();

  require_ok(journal->begin());
  require_ok(journal->put_meta("cursor", "5"));
  const Status twice = journal->add_fill(fill);
  REQUIRE_FALSE(twice);
  CHECK_THAT(twice.error().text(), Catch::Contains("fill BTCUSDT 17"));
  CHECK_FALSE(journal->put_meta("cursor", "6"));
  CHECK_FALSE(journal->commit());
  CHECK(journal->meta("cursor").empty());
  CHECK(journal->last_rev() == rev);

  CHECK_FALSE(journal->put_meta("cursor", "7"));  // outside of a transaction
  require_ok(journal->begin());
  DecisionRow of_nobody;
  of_nobody.bot_id = 99;
  CHECK_FALSE(journal->put_decision(of_nobody));
  journal->rollback();
  require_ok(journal->begin());
  require_ok(journal->put_meta("cursor", "9"));
  CHECK_FALSE(journal->add_candle("BTCUSDT", 300'000, {0, std::nan(""), 1, 1, 1, 1, 1, 1, 1}));
  CHECK_FALSE(journal->commit());
  CHECK(journal->meta("cursor").empty());
  require_ok(journal->begin());
  require_ok(journal->put_meta("cursor", "8"));
  require_ok(journal->commit());
  CHECK(reader_of(folder.path)->meta("cursor") == "8");
}

TEST_CASE("a deleted bot keeps its id for ever and frees its name") {
  const TestFolder folder;
  auto journal = journal_in(folder.path);
  require_ok(journal->begin());
  const int64_t first = add_bot(*journal, "a");
  BotRow gone = *journal->bot(first);
  gone.deleted_ms = 5;
  require_ok(journal->put_bot(gone));
  const int64_t second = add_bot(*journal, "a");
  require_ok(journal->commit());
  CHECK(second > first);
  CHECK(journal->bots().size() == 1);
  CHECK(journal->bots(0, true).size() == 2);
  CHECK(journal->bot_named("a")->id == second);
  journal = nullptr;
  journal = journal_in(folder.path);
  require_ok(journal->begin());
  CHECK(add_bot(*journal, "b") > second);
  BotRow clash;
  clash.settings.name = "a";
  CHECK_FALSE(journal->put_bot(clash));
}

TEST_CASE("the ledger's balances are kept with it") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  const auto book = [&](const std::string& account, const std::string& amount) {
    LedgerRow row;
    row.account = account;
    row.asset = "USDT";
    row.amount = Decimal::parse(amount).value();
    require_ok(journal->add_ledger(row));
  };
  require_ok(journal->begin());
  book("exchange", "-100");
  book("unallocated", "100");
  book("unallocated", "-33.3");
  book("bot:1", "33.3");
  require_ok(journal->commit());
  Decimal sum;
  for (const auto& balance : journal->account_balances()) sum += balance.amount;
  CHECK(sum.is_zero());
  const auto rows = journal->ledger("unallocated", {});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].balance_after.text() == "66.7");
  CHECK(journal->ledger("", {}).size() == 4);
}

TEST_CASE("the newest 2,000 log lines of each bot stay") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  require_ok(journal->begin());
  LogRow line;
  line.text = "of nobody";
  require_ok(journal->add_log(line));
  line.bot_id = add_bot(*journal, "a");
  for (int number = 1; number <= 2'500; ++number) {
    line.at_ms = number;
    require_ok(journal->add_log(line));
  }
  require_ok(journal->commit());
  const auto kept = journal->logs(line.bot_id, {.limit = 5'000});
  CHECK(kept.size() >= 2'000);
  CHECK(kept.size() <= 2'100);
  CHECK(kept.front().at_ms == 2'500);
  CHECK(journal->logs(0, {.limit = 5'000}).back().text == "of nobody");
}

TEST_CASE("the paper exchange's values are put, replaced and removed") {
  const TestFolder folder;
  const auto journal = journal_in(folder.path);
  require_ok(journal->begin());
  require_ok(journal->put_paper("state", "1"));
  require_ok(journal->put_paper("order:17", "x"));
  require_ok(journal->put_paper("state", "2"));
  require_ok(journal->put_paper("order:17", ""));
  require_ok(journal->commit());
  CHECK(journal->paper_values() == std::vector<std::pair<std::string, std::string>>{{"state", "2"}});
}

TEST_CASE("commands keep their order, and a key used again gives the first id") {
  const TestFolder folder;
  const Result<std::unique_ptr<CommandQueue>> opened = open_commands(folder.path);
  require_ok(opened);
  CommandQueue& queue = **opened;
  RandomRows random(3);
  CommandRow row = random.row<CommandRow>();
  row.idempotency_key = "k";
  const int64_t first = queue.add(row).value();
  CHECK(queue.add(row).value() == first);
  row.origin = "cli";
  const int64_t second = queue.add(row).value();
  CHECK(second > first);
  row.idempotency_key.clear();
  const int64_t third = queue.add(row).value();
  CHECK(queue.add(row).value() > third);
  const auto rows = queue.after(first, 2);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == second);
  CHECK(rows[1].id == third);
  row.id = third;
  CHECK(fingerprint(*queue.find(third)) == fingerprint(row));
  CHECK_FALSE(queue.find(1'000));
}

TEST_CASE("the live view is made anew by each engine and its readers change over") {
  const TestFolder folder;
  CHECK_THAT(open_live_reader(folder.path).error().text(), Catch::Contains("no engine has run here yet"));
  auto live = open_live(folder.path);
  require_ok(live);
  RandomRows random(11);
  const PriceRow price = random.row<PriceRow>();
  const BotLiveRow bot = random.row<BotLiveRow>();
  const PluginRow plugin = random.row<PluginRow>();
  const StrategyRow strategy = random.row<StrategyRow>();
  const HealthRow health = random.row<HealthRow>();
  const BalanceRow balance = random.row<BalanceRow>();
  require_ok((*live)->begin());
  (*live)->put_price(price);
  (*live)->put_bot(bot);
  (*live)->put_health(health);
  (*live)->set_plugins({random.row<PluginRow>()});
  (*live)->set_plugins({plugin});
  (*live)->set_strategies({strategy});
  (*live)->set_balances({balance});
  require_ok((*live)->commit());
  const auto reader = open_live_reader(folder.path);
  require_ok(reader);
  CHECK(fingerprint((*reader)->prices().at(0)) == fingerprint(price));
  CHECK(fingerprint((*reader)->bots().at(0)) == fingerprint(bot));
  CHECK(fingerprint((*reader)->health().at(0)) == fingerprint(health));
  REQUIRE((*reader)->plugins().size() == 1);
  CHECK(fingerprint((*reader)->plugins()[0]) == fingerprint(plugin));
  CHECK(fingerprint((*reader)->strategies().at(0)) == fingerprint(strategy));
  CHECK(fingerprint((*reader)->balances().at(0)) == fingerprint(balance));

  live = open_live(folder.path);
  require_ok(live);
  CHECK((*reader)->prices().empty());
  (*live)->put_price(price);
  CHECK((*reader)->prices().size() == 1);
  require_ok((*reader)->take_failure());
}

TEST_CASE("charts are replaced, dropped, and gone with a new live view") {
  const TestFolder folder;
  auto live = open_live(folder.path);
  require_ok(live);
  RandomRows random(23);
  IndicatorRow one = random.row<IndicatorRow>(), other = random.row<IndicatorRow>();
  one.mark.bot_id = 1;
  other.mark.bot_id = 2;
  (*live)->put_indicators(random.row<IndicatorRow>());
  (*live)->drop_indicators((*live)->indicator_marks().at(0).bot_id);
  for (const IndicatorRow& row : {other, one}) (*live)->put_indicators(row);
  one.rows = "[1,2]\n";
  (*live)->put_indicators(one);
  const auto reader = open_live_reader(folder.path);
  require_ok(reader);
  REQUIRE((*reader)->indicator_marks().size() == 2);
  CHECK(fingerprint((*reader)->indicator_marks()[0]) == fingerprint(one.mark));
  CHECK(fingerprint(*(*reader)->indicators(1)) == fingerprint(one));
  CHECK(fingerprint(*(*reader)->indicators(2)) == fingerprint(other));
  CHECK_FALSE((*reader)->indicators(3));
  live = open_live(folder.path);
  require_ok(live);
  CHECK((*reader)->indicator_marks().empty());
  require_ok((*reader)->take_failure());
}

TEST_CASE("symbols are found by part of their name, the best first") {
  const TestFolder folder;
  const auto live = open_live(folder.path);
  require_ok(live);
  const auto symbol = [](const std::string& base, const std::string& quote, const std::string& status = "TRADING") {
    return SymbolRow{base + quote, base, quote, status, {}, {}, {}};
  };
  (*live)->set_symbols({symbol("BTC", "USDT"), symbol("BTC", "EUR"), symbol("ETH", "BTC"), symbol("WBTC", "USDT"),
                        symbol("BTCDOM", "USDT"), symbol("ETH", "USDT"), symbol("BTC", "BUSD", "BREAK")});
  const auto found = [&](const std::string& query, int limit = 10) {
    std::vector<std::string> names;
    for (const SymbolRow& row : (*live)->symbols(query, limit)) names.push_back(row.symbol);
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(found("btc") == Names{"BTCUSDT", "BTCEUR", "BTCBUSD", "BTCDOMUSDT", "ETHBTC", "WBTCUSDT"});
  CHECK(found("BTCEUR", 1) == Names{"BTCEUR"});
  CHECK(found("%") == Names{});
  CHECK(found("", 2).size() == 2);
}
