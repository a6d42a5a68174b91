// The tables: trades, decisions, orders, logs, alarms, audit. Newest first, paged by `before`, as JSON or CSV.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dashboard/csv.hpp"
#include "dashboard/read_helpers.hpp"
#include "dashboard/routes.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

constexpr int64_t most_rows = 1'000, most_log_lines = 2'000;
constexpr int scan_rows = 5'000;  // rows looked through for a filter before the answer ends with what was found

struct Page {
  int64_t bot_id = 0;  // 0: all bots
  store::Range range;
  size_t limit = 100;
};

// What to list, or the refusal.
tl::expected<Page, Response> page_of(App& app, const Request& request) {
  Page page;
  if (!request.path_parts.empty()) {
    const auto bot = find_bot(app, request.path_parts[0]);
    if (!bot) return tl::unexpected(app.board.ready() ? bot_not_found(request.path_parts[0]) : store_away("the engine has not made it yet"));
    page.bot_id = bot->row.id;
  }
  const auto limit = number_in(request, "limit", 100, 1, most_rows), before = number_in(request, "before", 0, 0, INT64_MAX), from = number_in(request, "from", 0, 0, INT64_MAX);
  if (!limit || !before || !from) return tl::unexpected(error_response(400, "BAD_REQUEST", "limit must be 1 to 1000, before a row's id, from a time in milliseconds."));
  page.limit = static_cast<size_t>(*limit);
  page.range.before_id = *before;
  page.range.from_ms = *from;
  page.range.limit = static_cast<int>(*limit);
  return page;
}

Response table_response(const Request& request, const json& rows, int64_t next_before, const std::string& name) {
  if (request.parameter("format") == "csv") return csv_response(csv_text(rows), name);
  return json_response(200, dump({{"rows", rows}, {"next_before", next_before == 0 ? json() : json(next_before)}}));
}

Response failed_read(store::JournalReader& journal) {
  const auto failed = journal.take_failure();
  return store_away(failed ? "no cause was given" : failed.error().text());
}

}  // namespace

Response read_trades(App& app, const Request& request) {
  auto page = page_of(app, request);
  if (!page) return page.error();
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  const auto trades = lease->journal().trades(page->bot_id, page->range);
  if (const auto failed = lease->journal().take_failure(); !failed) return store_away(failed.error().text());
  std::vector<std::string> reasons;
  for (const auto& row : trades) reasons.push_back(entry_reason_of(lease->journal(), row.bot_id, row.entry_ms));
  json rows = json::array();
  const bool with_open = request.parameter("open") == "1" && page->range.before_id == 0;
  app.board.with_world([&](const World& world) {
    for (const auto& [id, card] : world.bots) {
      if (!with_open || !card.figures.open || (page->bot_id != 0 && id != page->bot_id)) continue;
      rows.push_back(open_trade_json(card, world, entry_reason_of(lease->journal(), id, card.row.entry_ms)));
    }
    for (size_t i = 0; i < trades.size(); ++i) rows.push_back(trade_json(trades[i], world, reasons[i]));
  });
  return table_response(request, rows, trades.size() == page->limit ? trades.back().id : 0, "trades");
}

Response read_decisions(App& app, const Request& request) {
  auto page = page_of(app, request);
  if (!page) return page.error();
  const std::string action = request.parameter("action"), outcome = request.parameter("outcome");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  const bool filtered = !action.empty() || !outcome.empty();
  if (filtered) page->range.limit = scan_rows;
  const auto decisions = lease->journal().decisions(page->bot_id, page->range);
  if (const auto failed = lease->journal().take_failure(); !failed) return store_away(failed.error().text());
  json rows = json::array();
  int64_t next = 0;
  app.board.with_world([&](const World& world) {
    for (const auto& row : decisions) {
      const auto card = world.bots.find(row.bot_id);
      json decision = decision_json(row, card == world.bots.end() ? 0 : card->second.row.settings.interval_ms);
      if ((!action.empty() && row.action != action) || (!outcome.empty() && decision["outcome"] != outcome)) continue;
      rows.push_back(std::move(decision));
      if (rows.size() < page->limit) continue;
      next = row.id;
      break;
    }
  });
  if (next == 0 && filtered && decisions.size() == static_cast<size_t>(scan_rows)) next = decisions.back().id;
  return table_response(request, rows, next, "decisions");
}

Response read_orders(App& app, const Request& request) {
  auto page = page_of(app, request);
  if (!page) return page.error();
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  store::JournalReader& journal = lease->journal();
  const bool open_only = request.parameter("open") == "1";
  if (open_only) page->range.limit = scan_rows;
  // Orders have no id of their own: they are paged by rev, the latest change first.
  std::vector<OrderWithIntent> found;
  int64_t next = 0;
  for (auto& order : journal.orders(page->bot_id, page->range)) {
    if (open_only && !is_open_order(order.status)) continue;
    const int64_t rev = order.rev;
    found.push_back(with_intent(journal, std::move(order)));
    if (found.size() < page->limit) continue;
    next = rev;
    break;
  }
  if (page->range.before_id == 0 && !open_only) {
    // What never became an order: refused, or not sent yet.
    store::Range recent;
    recent.limit = static_cast<int>(page->limit);
    for (auto& intent : journal.intents(page->bot_id, recent)) {
      const bool ordered = std::any_of(found.begin(), found.end(), [&](const auto& row) { return row.first && row.first->id == intent.id; });
      if (!ordered && intent.purpose != "cancel" && (intent.state == "rejected" || intent.state == "journaled")) found.emplace_back(std::move(intent), std::nullopt);
    }
  }
  if (!journal.take_failure()) return failed_read(journal);
  const auto time_of = [](const OrderWithIntent& row) { return row.second ? row.second->update_ms : row.first->at_ms; };
  std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return time_of(a) > time_of(b); });
  json rows = json::array();
  app.board.with_world([&](const World& world) {
    for (const auto& [intent, order] : found) rows.push_back(order_json(intent ? &*intent : nullptr, order ? &*order : nullptr, world));
  });
  return table_response(request, rows, next, "orders");
}

Response read_logs(App& app, const Request& request) {
  auto page = page_of(app, request);
  if (!page) return page.error();
  const auto lines = number_in(request, "lines", 200, 1, most_log_lines), after = number_in(request, "after", 0, 0, INT64_MAX);
  if (!lines || !after) return error_response(400, "BAD_REQUEST", "lines must be 1 to 2000, after a line's seq.");
  static const std::vector<std::string> levels{"debug", "info", "warning", "error"};
  const auto least = std::find(levels.begin(), levels.end(), request.parameter("level").empty() ? "debug" : request.parameter("level"));
  if (least == levels.end()) return error_response(400, "BAD_REQUEST", "level must be debug, info, warning or error.");
  const std::string& text = request.parameter("q");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  page->range.limit = scan_rows;
  std::vector<json> newest;
  int64_t last_seq = *after;
  for (const auto& row : lease->journal().logs(page->bot_id, page->range)) {
    if (row.id <= *after) break;
    last_seq = std::max(last_seq, row.id);
    if (newest.size() == static_cast<size_t>(*lines)) break;
    json line = log_json(row);
    if (std::find(levels.begin(), levels.end(), line["level"].get<std::string>()) < least) continue;
    if (!text.empty() && row.text.find(text) == std::string::npos) continue;
    newest.push_back(std::move(line));
  }
  std::reverse(newest.begin(), newest.end());
  return json_response(200, dump({{"rows", newest}, {"last_seq", last_seq}, {"time_zone", app.options.time_zone}}));
}

Response read_alarms(App& app, const Request& request) {
  auto page = page_of(app, request);
  if (!page) return page.error();
  const std::string& state = request.parameter("state");
  if (!state.empty() && state != "open" && state != "all") return error_response(400, "BAD_REQUEST", "state must be open or all.");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  page->range.limit = scan_rows;
  const auto alarms = lease->journal().alarms(0, page->range);
  if (const auto failed = lease->journal().take_failure(); !failed) return store_away(failed.error().text());
  json rows = json::array();
  int64_t next = 0;
  app.board.with_world([&](const World& world) {
    for (const auto& alarm : alarms) {
      if (state != "all" && alarm.cleared_ms != 0) continue;
      rows.push_back(alarm_json(alarm, world));
      if (rows.size() < page->limit) continue;
      next = alarm.id;
      break;
    }
  });
  return table_response(request, rows, next, "alarms");
}

namespace {

constexpr int most_looks = 50;
constexpr int64_t rows_a_look = 1'000;

// The queue is read forwards only: its end is found in steps that double, then halve.
int64_t last_command(StorePool& pool) {
  int64_t low = 0, step = 1'024;
  while (!pool.commands_after(low + step, 1).empty()) {
    low += step;
    step *= 2;
  }
  for (; step >= 1; step /= 2)
    if (!pool.commands_after(low + step - 1, 1).empty()) low += step;
  return low;
}

}  // namespace

Response read_audit(App& app, const Request& request) {
  auto page = page_of(app, request);
  if (!page) return page.error();
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  const int64_t end = page->range.before_id != 0 ? page->range.before_id - 1 : last_command(app.pool);
  // Back through the queue until the page is full. Looking at a chart changes nothing and is no entry.
  int64_t start = end;
  std::vector<store::CommandRow> commands;
  for (int looks = 0; looks < most_looks && start > 0 && commands.size() < page->limit; ++looks) {
    const int64_t until = start;
    start = std::max<int64_t>(0, until - rows_a_look);
    auto found = app.pool.commands_after(start, static_cast<int>(until - start));
    for (auto command = found.rbegin(); command != found.rend() && commands.size() < page->limit; ++command) {
      if (command->id > until || command->kind == "explain" || command->kind == "prices") continue;
      commands.push_back(std::move(*command));
      if (commands.size() == page->limit) start = commands.back().id - 1;
    }
  }
  json rows = json::array();
  for (const auto& command : commands) {
    const auto result = lease->journal().command_result(command.id);
    const auto bot = command.bot.empty() ? std::nullopt : lease->journal().bot_named(command.bot);
    rows.push_back({{"id", command.id}, {"ms", command.at_ms}, {"who", command.origin}, {"action", command.kind}, {"bot_id", bot ? json(bot->id) : json()},
                    {"bot", text_json(command.bot)}, {"detail", command.arguments}, {"status", result ? result->status : "pending"},
                    {"message", result ? json(result->message) : json()}});
  }
  return table_response(request, rows, start > 0 ? start + 1 : 0, "audit");
}

}  // namespace stratdock::dashboard
