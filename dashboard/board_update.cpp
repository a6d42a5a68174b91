// How the board reads the store.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "dashboard/board.hpp"
#include "dashboard/read_helpers.hpp"

namespace stratdock::dashboard {

namespace {

constexpr int64_t symbols_every_ms = 60'000;

template <typename Row>
std::vector<Row> oldest_first(std::vector<Row> rows) {
  std::reverse(rows.begin(), rows.end());
  return rows;
}

store::Range changed_since(int64_t rev) {
  store::Range range;
  range.after_rev = rev;
  range.limit = page_rows;
  return range;
}

bool same_owner_view(const store::BotRow& a, const store::BotRow& b) {
  return a.state == b.state && a.wanted == b.wanted && a.reason == b.reason && a.quantity == b.quantity && a.protection == b.protection &&
         a.settings == b.settings && a.trade_count == b.trade_count && a.allotted == b.allotted;
}

}  // namespace

BoardChanges Board::update(StorePool& pool, bool want_logs, int64_t wall_ms) {
  BoardChanges changes;
  auto lease = pool.take();
  const std::lock_guard lock(mutex_);
  if (!lease) {
    changes.away = true;
    changes.away_text = lease.error().text();
    ready_ = shown_ = false;
    return changes;
  }
  const std::string engine_before = world_.engine.state;
  const int64_t rev = lease->journal().last_rev();
  if (rev < seen_rev_) {
    // Another journal than before: a restore.
    changes.replaced = true;
    world_ = {};
    seen_rev_ = 0;
    histories_loaded_ = false;
    ready_ = shown_ = false;
  }
  if (world_.mode.empty() || !ready_) {
    const std::string mode = lease->journal().meta(words::meta_mode);
    world_.mode = mode.empty() ? default_mode_ : mode;
    const auto fee = Decimal::parse(lease->journal().meta(words::meta_taker_fee));
    world_.taker_fee = fee ? *fee : Decimal::from_units(Decimal::units_per_one / 1000);
  }
  if (rev != seen_rev_ || !ready_) read_rows(*lease, changes, want_logs);
  if (lease->live()) read_live(*lease->live(), changes, wall_ms);
  if (const auto failed = lease->journal().take_failure(); !failed) {
    changes.away = true;
    changes.away_text = failed.error().text();
    ready_ = shown_ = false;
    return changes;
  }
  update_engine_state(world_.engine, wall_ms);
  changes.engine_changed = engine_before != world_.engine.state;
  seen_rev_ = rev;
  const bool anything = !changes.bots_changed.empty() || !changes.bots_removed.empty() || !changes.prices_moved.empty() ||
                        !changes.alarms.empty() || !changes.plugins.empty() || changes.replaced || !ready_ || changes.engine_changed;
  for (const int64_t id : changes.bots_changed) refresh(world_, world_.bots[id], wall_ms);
  for (const int64_t id : changes.prices_moved) refresh(world_, world_.bots[id], wall_ms);
  if (anything) ++state_number_;
  ready_ = shown_ = true;
  return changes;
}

void Board::read_rows(StorePool::Lease& lease, BoardChanges& changes, bool want_logs) {
  store::JournalReader& journal = lease.journal();
  const int64_t after = seen_rev_;
  for (auto& row : journal.bots(after, true)) {
    if (row.deleted_ms != 0) {
      if (world_.bots.erase(row.id) > 0) changes.bots_removed.insert(row.id);
      continue;
    }
    auto& card = world_.bots[row.id];
    // Money moved in or out: rows read together with it belong before or after it, which only the ledger tells.
    if (card.row.id != 0 && card.row.allotted != row.allotted) card.loaded = false;
    if (!card.loaded) histories_loaded_ = false;
    if (card.row.id == 0 || !same_owner_view(card.row, row)) changes.state_changed.insert(row.id);
    changes.bots_changed.insert(row.id);
    if (card.row.symbol != row.symbol) card.price.reset();
    card.row = std::move(row);
  }
  // At the first look the past is read bot by bot instead (load_histories).
  if (after > 0) add_delta(journal, after, changes);
  const auto alarms = oldest_first(journal.alarms(0, changed_since(after)));
  for (const auto& alarm : alarms) {
    std::erase_if(world_.alarms, [&](const auto& known) { return known.id == alarm.id; });
    if (alarm.cleared_ms == 0) world_.alarms.insert(world_.alarms.begin(), alarm);
    if (world_.bots.contains(alarm.bot_id)) changes.bots_changed.insert(alarm.bot_id);
    if (after > 0) changes.alarms.push_back(alarm);
  }
  if (after > 0 && want_logs) changes.logs = oldest_first(journal.logs(0, changed_since(after)));
  world_.accounts = journal.account_balances();
}

void Board::add_delta(store::JournalReader& journal, int64_t after, BoardChanges& changes) {
  const auto range = changed_since(after);
  changes.decisions = oldest_first(journal.decisions(0, range));
  for (const auto& row : changes.decisions) {
    const auto card = world_.bots.find(row.bot_id);
    if (card == world_.bots.end()) continue;
    if (!card->second.decision || card->second.decision->id <= row.id) card->second.decision = row;
    changes.bots_changed.insert(row.bot_id);
  }
  changes.trades = oldest_first(journal.trades(0, range));
  for (const auto& row : changes.trades) {
    const auto card = world_.bots.find(row.bot_id);
    if (card == world_.bots.end() || !card->second.loaded || row.id <= card->second.last_trade_id) continue;
    card->second.trades.add(row);
    card->second.last_trade_id = row.id;
    changes.bots_changed.insert(row.bot_id);
  }
  // Too many at once to be sure of every bot's: read these bots' pasts anew.
  const auto equity = oldest_first(journal.equity(0, range));
  for (const auto& row : equity) {
    const auto card = world_.bots.find(row.bot_id);
    if (card == world_.bots.end() || !card->second.loaded) continue;
    if (equity.size() == static_cast<size_t>(page_rows)) {
      card->second.loaded = histories_loaded_ = false;
      continue;
    }
    card->second.history.add(row.at_ms, row.equity, card->second.row.allotted);
    changes.bots_changed.insert(row.bot_id);
  }
  std::set<int64_t> filled;
  for (const auto& row : journal.fills(0, range)) filled.insert(row.bot_id);
  for (const int64_t id : filled) {
    const auto card = world_.bots.find(id);
    if (card != world_.bots.end()) load_open_fees(journal, card->second);
  }
  const auto intent_of = [&](int64_t id) -> std::optional<store::IntentRow> {
    if (id == 0) return std::nullopt;
    store::Range one;
    one.before_id = id + 1;
    one.limit = 1;
    auto rows = journal.intents(0, one);
    if (rows.empty() || rows[0].id != id) return std::nullopt;
    return std::move(rows[0]);
  };
  std::set<int64_t> with_order;
  for (auto& order : oldest_first(journal.orders(0, range))) {
    with_order.insert(order.intent_id);
    auto intent = intent_of(order.intent_id);
    changes.orders.emplace_back(std::move(intent), std::move(order));
  }
  for (auto& intent : oldest_first(journal.intents(0, range)))
    if (!with_order.contains(intent.id) && intent.purpose != "cancel" && (intent.state == "journaled" || intent.state == "rejected"))
      changes.orders.emplace_back(std::move(intent), std::nullopt);
}

void Board::load_open_fees(store::JournalReader& journal, BotCard& card) {
  card.open_fees = {};
  if (card.row.entry_ms == 0) return;
  store::Range range;
  range.from_ms = card.row.entry_ms;
  range.limit = page_rows;
  const auto* symbol = world_.symbol(card.row.symbol);
  for (const auto& fill : journal.fills(card.row.id, range)) {
    if (fill.time_ms <= card.trades.last_exit_ms) continue;
    // In the base asset a commission is worth the price it was paid at; in a third asset its worth is not known here.
    if (symbol && fill.commission_asset == symbol->base) card.open_fees += multiply(fill.commission, fill.price, Rounding::half_even);
    else if (!symbol || fill.commission_asset == symbol->quote) card.open_fees += fill.commission;
  }
}

void Board::load_history(store::JournalReader& journal, BotCard& card) {
  const int64_t id = card.row.id;
  card.history = {};
  card.trades = {};
  card.open_fees = {};
  card.last_trade_id = 0;
  store::Range range;
  range.limit = page_rows;
  std::vector<store::EquityRow> equity;
  for (;;) {
    auto rows = journal.equity(id, range);
    const bool more = rows.size() == static_cast<size_t>(page_rows);
    if (!rows.empty()) range.before_id = rows.back().at_ms;
    equity.insert(equity.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    if (!more) break;
  }
  const auto paid_in = allotments(journal, id);
  size_t next = 0;
  for (auto row = equity.rbegin(); row != equity.rend(); ++row) {
    while (next < paid_in.size() && paid_in[next].first <= row->at_ms) ++next;
    card.history.add(row->at_ms, row->equity, next == 0 ? (paid_in.empty() ? card.row.allotted : paid_in.front().second) : paid_in[next - 1].second);
  }
  range = {};
  range.limit = page_rows;
  for (;;) {
    const auto rows = journal.trades(id, range);
    for (const auto& trade : rows) {
      card.trades.add(trade);
      card.last_trade_id = std::max(card.last_trade_id, trade.id);
    }
    if (rows.size() < static_cast<size_t>(page_rows)) break;
    range.before_id = rows.back().id;
  }
  load_open_fees(journal, card);
  range = {};
  range.limit = 1;
  const auto decisions = journal.decisions(id, range);
  if (!decisions.empty()) card.decision = decisions.front();
  card.loaded = true;
}

bool Board::load_histories(StorePool& pool, int64_t budget_ms, int64_t wall_ms, BoardChanges& changes) {
  using clock = std::chrono::steady_clock;
  auto lease = pool.take();
  const std::lock_guard lock(mutex_);
  if (!lease || !ready_ || histories_loaded_) return true;
  const auto until = clock::now() + std::chrono::milliseconds(budget_ms);
  for (auto& [id, card] : world_.bots) {
    if (card.loaded) continue;
    if (clock::now() >= until) return false;
    load_history(lease->journal(), card);
    refresh(world_, card, wall_ms);
    changes.bots_changed.insert(id);
    ++state_number_;
  }
  histories_loaded_ = true;
  return true;
}

void Board::read_symbols(store::LiveReader& live, int64_t wall_ms) {
  const bool missing = std::any_of(world_.bots.begin(), world_.bots.end(), [&](const auto& bot) { return !world_.symbols.contains(bot.second.row.symbol); });
  const int64_t age = wall_ms - symbols_read_ms_;
  if (age < (missing ? 1'000 : symbols_every_ms) && symbols_read_ms_ != 0) return;
  symbols_read_ms_ = wall_ms;
  std::map<std::string, store::SymbolRow> symbols;
  for (auto& row : live.symbols("", 100'000)) symbols.emplace(row.symbol, std::move(row));
  if (symbols.empty()) return;
  world_.symbols = std::move(symbols);
  if (missing)
    for (auto& [id, card] : world_.bots) refresh(world_, card, wall_ms);
}

void Board::read_live(store::LiveReader& live, BoardChanges& changes, int64_t wall_ms) {
  read_health(world_, live.health());
  world_.balances = live.balances();
  auto plugins = live.plugins();
  auto strategies = live.strategies();
  const auto same_plugin = [](const store::PluginRow& a, const store::PluginRow& b) {
    return a.file == b.file && a.state == b.state && a.sha256 == b.sha256 && a.reason == b.reason && a.worker == b.worker;
  };
  for (const auto& plugin : plugins)
    if (std::none_of(world_.plugins.begin(), world_.plugins.end(), [&](const auto& known) { return same_plugin(known, plugin); }))
      changes.plugins.emplace_back(plugin.file, plugin.state);
  for (const auto& known : world_.plugins)
    if (std::none_of(plugins.begin(), plugins.end(), [&](const auto& plugin) { return plugin.file == known.file; }))
      changes.plugins.emplace_back(known.file, "gone");
  world_.plugins = std::move(plugins);
  if (!changes.plugins.empty() || strategies.size() != world_.strategies.size()) {
    world_.strategies.clear();
    world_.strategy_ids.clear();
    for (auto& row : strategies) {
      for (const auto& alias : strategy_aliases(row)) world_.strategy_ids.emplace(alias, row.id);
      world_.strategy_ids[row.id] = row.id;
      world_.strategies.emplace(row.id, row);
    }
    for (auto& [id, card] : world_.bots) card.json.reset();
  }
  read_symbols(live, wall_ms);
  std::map<std::string, store::PriceRow> prices;
  for (auto& row : live.prices()) prices.emplace(row.symbol, std::move(row));
  for (auto& [id, card] : world_.bots) {
    const auto price = prices.find(card.row.symbol);
    if (price == prices.end() || price->second.price.is_zero()) continue;
    if (card.price && *card.price == price->second.price && card.price_ms == price->second.at_ms) continue;
    card.price = price->second.price;
    card.price_ms = price->second.at_ms;
    changes.prices_moved.insert(id);
  }
  for (auto& row : live.bots()) {
    const auto card = world_.bots.find(row.bot_id);
    if (card == world_.bots.end()) continue;
    auto& known = card->second.live;
    if (known.next_evaluation_ms != row.next_evaluation_ms || known.last_evaluation_ms != row.last_evaluation_ms || known.waiting != row.waiting)
      changes.bots_changed.insert(row.bot_id);
    known = std::move(row);
    if (!card->second.price && known.price.is_positive()) {
      card->second.price = known.price;
      changes.prices_moved.insert(known.bot_id);
    }
  }
}

}  // namespace stratdock::dashboard
