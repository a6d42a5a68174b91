// Commands that look at bots.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <thread>

#include <nlohmann/json.hpp>

#include "host/cli/bot_commands.hpp"
#include "host/cli/engine_client.hpp"
#include "host/cli/output.hpp"
#include "host/cli/strategy_run.hpp"

namespace stratdock::cli {
namespace {

using Json = nlohmann::json;

struct Books {
  Place place;
  std::unique_ptr<store::JournalReader> journal;
  std::map<int64_t, store::BotLiveRow> live;  // empty while no engine runs: its figures would be stale
};

Result<Books> open_books(const options::variables_map& values) {
  auto place = find_place(values, Wanted::existing);
  if (!place) return tl::unexpected(place.error());
  auto journal = store::open_journal_reader(place->folder.string());
  if (!journal) return tl::unexpected(journal.error());
  Books books{std::move(*place), std::move(*journal), {}};
  if (!books.place.note) return books;
  if (auto live = store::open_live_reader(books.place.folder.string()))
    for (const store::BotLiveRow& row : (*live)->bots()) books.live[row.bot_id] = row;
  return books;
}


Json optional_text(const std::optional<Decimal>& value) { return value ? Json(value->text()) : Json(nullptr); }

Json bot_json(const Books& books, const store::BotRow& bot) {
  Json json{{"id", bot.id}, {"name", bot.settings.name}, {"title", bot.settings.title}, {"symbol", bot.symbol}, {"strategy", bot.settings.strategy},
            {"trade_amount", bot.settings.trade_amount.text()}, {"interval", interval_text(bot.settings.interval_ms)}, {"evaluate_every_ms", bot.settings.evaluate_every_ms},
            {"parameters", bot.settings.parameters}, {"origin", bot.origin}, {"declared_at", bot.declared_at}, {"state", bot.state}, {"wanted_state", bot.wanted},
            {"state_reason", bot.reason}, {"position", holds(bot) ? Json("LONG") : Json(nullptr)}, {"quantity", bot.quantity.text()}, {"entry_price", holds(bot) ? Json(bot.entry_price.text()) : Json(nullptr)},
            {"entry_ms", holds(bot) ? Json(bot.entry_ms) : Json(nullptr)}, {"stop_loss", optional_text(bot.stop_price)}, {"take_profit", optional_text(bot.take_profit_price)},
            {"stop_source", bot.stop_source}, {"take_source", bot.take_profit_source}, {"protection", bot.protection}, {"allotted", bot.allotted.text()}, {"cash", bot.cash.text()},
            {"profit", bot.realised.text()}, {"trades", bot.trade_count}, {"wins", bot.win_count}, {"price", nullptr}, {"equity", nullptr}, {"net_pnl", nullptr}, {"next_evaluation_ms", nullptr}};
  if (const auto live = books.live.find(bot.id); live != books.live.end()) {
    json["price"] = live->second.price.text();
    json["equity"] = live->second.equity.text();
    json["net_pnl"] = (live->second.equity - bot.allotted).text();
    if (live->second.next_evaluation_ms > 0) json["next_evaluation_ms"] = live->second.next_evaluation_ms;
  }
  return json;
}

std::vector<std::string> list_row(const Books& books, const store::BotRow& bot) {
  const auto live = books.live.find(bot.id);
  const bool known = live != books.live.end() && live->second.price.is_positive();
  return {std::to_string(bot.id), bot.settings.name, bot.symbol, bot.settings.strategy, bot.state, bot.settings.trade_amount.text(), known ? money_text(live->second.equity) : "-",
          known ? money_text(live->second.equity - bot.allotted) : "-", money_text(bot.realised), std::to_string(bot.trade_count), holds(bot) ? "LONG " + bot.quantity.text() + " @ " + bot.entry_price.text() : "flat",
          bot.reason};
}

std::string parameters_text(const store::BotRow& bot) {
  std::string text;
  for (const auto& [key, value] : bot.settings.parameters) text += (text.empty() ? "" : ", ") + key + "=" + value;
  return text.empty() ? "the strategy's defaults" : text;
}

std::string level_text(const std::optional<Decimal>& price, const std::string& source) { return price ? price->text() + " (by " + source + ")" : "-"; }

void print_bot(const Books& books, const store::BotRow& bot) {
  auto line = [](const std::string& name, const std::string& value) {
    if (!value.empty()) std::cout << "  " << name << std::string(16 - std::min<size_t>(name.size(), 15), ' ') << value << "\n";
  };
  std::cout << "bot " << bot.id << " " << bot.settings.name << (bot.settings.title.empty() ? "" : ": " + bot.settings.title) << "\n";
  line("state", bot.state + (bot.reason.empty() ? "" : ", " + bot.reason) + (bot.wanted == bot.state ? "" : " (wanted: " + bot.wanted + ")"));
  line("declared", bot.declared_at.empty() ? "no, made by " + bot.origin : bot.declared_at);
  line("strategy", bot.settings.strategy + " on " + bot.symbol + " " + interval_text(bot.settings.interval_ms) + ", evaluated every " + duration_text(bot.settings.evaluate_every_ms));
  line("parameters", parameters_text(bot));
  line("trade amount", bot.settings.trade_amount.text());
  line("cash", bot.cash.text() + " of " + bot.allotted.text() + " allotted");
  if (const auto live = books.live.find(bot.id); live != books.live.end() && live->second.price.is_positive()) {
    line("price", live->second.price.text());
    line("equity", live->second.equity.text() + ", net result " + (live->second.equity - bot.allotted).text());
    if (live->second.next_evaluation_ms > 0) line("next look", time_text(live->second.next_evaluation_ms) + " UTC, market time");
  }
  line("profit", bot.realised.text() + " in " + std::to_string(bot.trade_count) + " trades, " + std::to_string(bot.win_count) + " won");
  line("position", holds(bot) ? bot.quantity.text() + " @ " + bot.entry_price.text() + " since " + time_text(bot.entry_ms) + " UTC" : "flat");
  if (holds(bot)) {
    line("stop-loss", level_text(bot.stop_price, bot.stop_source));
    line("take-profit", level_text(bot.take_profit_price, bot.take_profit_source));
    line("protection", bot.protection);
  }
  for (const store::AlarmRow& alarm : books.journal->alarms(bot.id, {.limit = 20}))
    if (alarm.cleared_ms == 0) line("alarm", alarm.code + ": " + alarm.cause);
  std::vector<std::vector<std::string>> rows;
  for (const store::DecisionRow& row : books.journal->decisions(bot.id, {.limit = 5}))
    rows.push_back({time_text(row.last_ms), row.action, double_text(std::round(row.confidence * 100)), row.price.text(), row.outcome + (row.blocked_reason.empty() ? "" : ": " + row.blocked_reason)});
  if (!rows.empty()) std::cout << "\nlast decisions\n" << table_text({"TIME", "ACTION", "CONFIDENCE", "PRICE", "OUTCOME"}, rows);
  rows.clear();
  for (const store::TradeRow& row : books.journal->trades(bot.id, {.limit = 5}))
    rows.push_back({time_text(row.entry_ms), time_text(row.exit_ms), row.quantity.text(), row.entry_price.text(), row.exit_price.text(), row.profit.text(), percent_text(row.profit_fraction), row.exit_reason});
  if (!rows.empty()) std::cout << "\nlast trades\n" << table_text({"ENTRY", "EXIT", "QUANTITY", "ENTRY PRICE", "EXIT PRICE", "PROFIT", "OF COST", "BY"}, rows);
}

std::string log_text(const store::LogRow& row, const std::string& bot) { return time_text(row.at_ms) + " - " + row.level + " - " + (bot.empty() ? "" : "[" + bot + "] ") + row.text + "\n"; }

}  // namespace

int bot_list_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("json", "print as JSON");
  const Parsed parsed = parse(words, "bot list", "Lists the bots, what they are worth and what they hold.", "stratdock bot list", visible);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto books = open_books(parsed.values);
  if (!books) return fail(books.error());
  const std::vector<store::BotRow> bots = books->journal->bots();
  if (Status failed = books->journal->take_failure(); !failed) return fail(failed.error());
  if (parsed.values.count("json") != 0) {
    Json rows = Json::array();
    for (const store::BotRow& bot : bots) rows.push_back(bot_json(*books, bot));
    std::cout << Json{{"bots", rows}}.dump(2) << "\n";
    return exit_success;
  }
  std::vector<std::vector<std::string>> rows;
  for (const store::BotRow& bot : bots) rows.push_back(list_row(*books, bot));
  std::cout << table_text({"ID", "NAME", "SYMBOL", "STRATEGY", "STATE", "AMOUNT", "EQUITY", "NET", "REALISED", "TRADES", "POSITION", "NOTE"}, rows);
  if (bots.empty()) std::cout << "(none yet: `stratdock bot create`, or declare one in the configuration)\n";
  return exit_success;
}

int bot_show_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("json", "print as JSON");
  const Parsed parsed = parse(words, "bot show BOT", "Shows one bot: its settings, state, money, position, last decisions and trades.", "stratdock bot show btc_enhanced", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("bot") == 0) return fail({"reading the command line: no bot is named", "stratdock bot show BOT", 0}), exit_usage;
  auto books = open_books(parsed.values);
  if (!books) return fail(books.error());
  auto bot = find_bot(*books->journal, words_of(parsed.values, "bot").front());
  if (!bot) return fail(bot.error());
  if (parsed.values.count("json") != 0) std::cout << bot_json(*books, *bot).dump(2) << "\n";
  else print_bot(*books, *bot);
  return exit_success;
}

int bot_logs_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("follow,f", "go on printing what comes (Ctrl-C ends it)")("lines,n", options::value<int>()->default_value(50), "so many of the newest lines");
  const Parsed parsed = parse(words, "bot logs [BOT] [-f] [--lines N]", "Prints a bot's log, or that of all bots, oldest line first.", "stratdock bot logs btc_enhanced -f", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto books = open_books(parsed.values);
  if (!books) return fail(books.error());
  int64_t bot_id = 0;
  if (parsed.values.count("bot") != 0) {
    auto bot = find_bot(*books->journal, words_of(parsed.values, "bot").front());
    if (!bot) return fail(bot.error());
    bot_id = bot->id;
  }
  std::map<int64_t, std::string> names;
  constexpr int most_rows = 5'000;
  constexpr std::chrono::milliseconds look_again{100};
  store::Range range;
  range.limit = std::clamp(parsed.values["lines"].as<int>(), 1, most_rows);
  for (;;) {
    auto rows = books->journal->logs(bot_id, range);
    if (Status failed = books->journal->take_failure(); !failed) return fail(failed.error());
    std::reverse(rows.begin(), rows.end());
    if (bot_id == 0 && !rows.empty())
      for (const store::BotRow& bot : books->journal->bots(0, true)) names[bot.id] = bot.settings.name;
    for (const store::LogRow& row : rows) {
      std::cout << log_text(row, bot_id == 0 ? names[row.bot_id] : "");
      range.after_rev = std::max(range.after_rev, row.rev);
    }
    std::cout.flush();
    if (parsed.values.count("follow") == 0) return exit_success;
    if (!std::cout) return exit_failure;  // whoever read it is gone
    range.limit = most_rows;
    std::this_thread::sleep_for(look_again);
  }
}

int bot_export_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  const Parsed parsed = parse(words, "bot export [BOT]...", "Prints bots as the YAML that would declare them in a configuration.", "stratdock bot export eth_swings >> configs/mine.yaml", visible, {{"bot", -1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto books = open_books(parsed.values);
  if (!books) return fail(books.error());
  std::vector<store::BotRow> bots;
  for (const std::string& name : words_of(parsed.values, "bot")) {
    auto bot = find_bot(*books->journal, name);
    if (!bot) return fail(bot.error());
    bots.push_back(std::move(*bot));
  }
  if (bots.empty()) bots = books->journal->bots();
  std::cout << "bots:\n";
  for (const store::BotRow& row : bots) {
    DeclaredBot bot;
    static_cast<BotSettings&>(bot) = row.settings;
    bot.start = row.wanted == "running";
    std::cout << bot_yaml(bot);
  }
  return exit_success;
}

}  // namespace stratdock::cli
