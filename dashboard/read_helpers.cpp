#include "dashboard/read_helpers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace stratdock::dashboard {

namespace {
}

std::optional<BotHandle> find_bot(App& app, const std::string& text) {
  const auto id = parse_id(text);
  std::optional<BotHandle> found;
  if (!id) return found;
  app.board.with_world([&](const World& world) {
    const auto card = world.bots.find(*id);
    if (card == world.bots.end()) return;
    const auto* symbol = world.symbol(card->second.row.symbol);
    found = BotHandle{card->second.row, symbol ? decimals_of(symbol->tick) : Decimal::digits};
  });
  return found;
}

std::optional<int64_t> number_in(const Request& request, const std::string& name, int64_t otherwise, int64_t least, int64_t most) {
  const std::string& text = request.parameter(name);
  if (text.empty()) return otherwise;
  const auto value = parse_id(text);
  if (!value || *value < least || *value > most) return std::nullopt;
  return value;
}

bool is_open_order(const std::string& status) { return status == "NEW" || status == "PARTIALLY_FILLED" || status == "PENDING_NEW"; }

OrderWithIntent with_intent(store::JournalReader& journal, store::OrderRow order) {
  std::optional<store::IntentRow> intent;
  if (order.intent_id != 0) {
    store::Range one;
    one.before_id = order.intent_id + 1;
    one.limit = 1;
    auto rows = journal.intents(order.bot_id, one);
    if (!rows.empty() && rows.front().id == order.intent_id) intent = std::move(rows.front());
  }
  return {std::move(intent), std::move(order)};
}

std::string entry_reason_of(store::JournalReader& journal, int64_t bot_id, int64_t entry_ms) {
  // The fill comes after the close that was decided on, at most one candle later; looking back a day covers all intervals.
  store::Range range;
  range.from_ms = entry_ms - 86'400'000;
  range.until_ms = entry_ms + 1;
  range.limit = 50;
  for (const auto& row : journal.decisions(bot_id, range)) {
    if (row.action != "BUY" || row.intent_id == 0) continue;
    std::string joined;
    for (const auto& part : split_reasons(row.reasons)) joined += (joined.empty() ? "" : "; ") + part;
    return joined;
  }
  return {};
}

std::vector<std::pair<int64_t, Decimal>> allotments(store::JournalReader& journal, int64_t bot_id) {
  std::vector<std::pair<int64_t, Decimal>> sums;
  store::Range range;
  range.limit = page_rows;
  for (;;) {
    const auto rows = journal.ledger("bot:" + std::to_string(bot_id), range);
    for (const auto& row : rows)
      if (row.reason == "allot" || row.reason == "release") sums.emplace_back(row.at_ms, row.amount);
    if (rows.size() < static_cast<size_t>(page_rows)) break;
    range.before_id = rows.back().id;
  }
  std::reverse(sums.begin(), sums.end());
  Decimal sum;
  for (auto& [at_ms, amount] : sums) amount = sum += amount;
  return sums;
}

std::vector<EquityPoint> equity_rows(store::JournalReader& journal, int64_t bot_id, int64_t from_ms, int64_t to_ms) {
  std::vector<store::EquityRow> rows;
  store::Range range;
  range.until_ms = to_ms;
  range.limit = page_rows;
  for (;;) {
    auto page = journal.equity(bot_id, range);
    const bool more = page.size() == static_cast<size_t>(page_rows);
    if (!page.empty()) range.before_id = page.back().at_ms;
    rows.insert(rows.end(), std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
    if (!more) break;
  }
  const auto paid_in = allotments(journal, bot_id);
  PnlHistory history;
  std::vector<EquityPoint> points;
  size_t next = 0;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    while (next < paid_in.size() && paid_in[next].first <= row->at_ms) ++next;
    // A row from before the first allotment cannot be; should the clocks differ by a moment, the first one counts.
    const Decimal allotted = next > 0 ? paid_in[next - 1].second : paid_in.empty() ? Decimal() : paid_in.front().second;
    history.add(row->at_ms, row->equity, allotted);
    const Decimal pnl = row->equity - allotted;
    if (row->at_ms >= from_ms) points.push_back({row->at_ms, row->equity, pnl, history.drawdown(pnl, allotted)});
  }
  return points;
}

Response csv_response(std::string text, const std::string& name) {
  Response response;
  response.content_type = "text/csv; charset=utf-8";
  response.body = std::move(text);
  return response.with("Content-Disposition", "attachment; filename=\"stratdock-" + name + ".csv\"");
}

}  // namespace stratdock::dashboard
