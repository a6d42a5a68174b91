#include "host/engine/recorder.hpp"

#include "host/engine/alarms.hpp"
#include "host/engine/codec.hpp"

namespace stratdock {
namespace {

std::string next_command_for(const AlarmKind& kind, const Bot* bot) {
  std::string command(kind.next_command);
  size_t at = command.find("{bot}");
  if (at != std::string::npos) command.replace(at, 5, bot == nullptr ? "BOT" : bot->settings.name);
  return command;
}

std::string purpose_of(const Intent& intent, const Order& order) {
  if (intent.purpose != IntentPurpose::protect) return intent.reason == "close" ? "close" : std::string(text(intent.purpose));
  return order.type == OrderType::stop_loss || order.type == OrderType::stop_loss_limit ? "stop_loss" : "take_profit";
}

}  // namespace

Status JournalRecorder::restore() {
  for (const store::AlarmRow& row : journal_.alarms(0, {.limit = 5000}))
    if (row.cleared_ms == 0) standing_[{row.bot_id, row.code}] = row;
  for (const auto& [id, facts] : facts_) {
    auto newest = journal_.decisions(id, {.limit = 1});
    if (!newest.empty()) last_decision_[id] = newest.front();
  }
  return {};
}

void JournalRecorder::intent_changed(const Bot& bot, const Intent& intent) {
  store::IntentRow row;
  row.id = intent.id;
  row.bot_id = bot.id;
  row.at_ms = intent.at_ms;
  row.purpose = text(intent.purpose);
  row.state = text(intent.state);
  row.client_id = intent.client_id;
  row.symbol = intent.symbol;
  row.request = request_text(intent);
  row.reason = intent.reason;
  row.answer = intent.answer;
  keep(journal_.put_intent(row));
  if (intent.state == IntentState::rejected) line(bot, error_line("API error: " + intent.answer));
}

void JournalRecorder::order_changed(const Bot& bot, const Intent& intent, const Order& order) {
  store::OrderRow row;
  row.symbol = order.symbol;
  row.order_id = order.order_id;
  row.bot_id = bot.id;
  row.intent_id = intent.id;
  row.list_id = order.list_id;
  row.client_id = order.client_id;
  row.side = text(order.side);
  row.type = text(order.type);
  row.status = text(order.status);
  row.purpose = purpose_of(intent, order);
  row.quantity = order.quantity;
  row.price = order.price;
  row.stop_price = order.stop_price;
  row.executed_quantity = order.executed_quantity;
  row.executed_quote_quantity = order.executed_quote_quantity;
  row.time_ms = order.time_ms;
  row.update_ms = order.update_ms;
  keep(journal_.put_order(row));
}

void JournalRecorder::filled(const Bot& bot, const Intent& intent, const Fill& fill) {
  store::FillRow row;
  row.symbol = fill.symbol;
  row.trade_id = fill.trade_id;
  row.bot_id = bot.id;
  row.order_id = fill.order_id;
  row.intent_id = intent.id;
  row.side = text(fill.side);
  row.purpose = text(intent.purpose);
  row.price = fill.price;
  row.quantity = fill.quantity;
  row.quote_quantity = fill.quote_quantity;
  row.commission = fill.commission;
  row.commission_asset = fill.commission_asset;
  row.time_ms = fill.time_ms;
  keep(journal_.add_fill(row));
  changed_.insert(bot.id);
}

void JournalRecorder::position_opened(const Bot& bot) {
  lines(bot, opened_lines(bot, account_->rules(bot)));
  for (const char* code : {"LOW_BALANCE", "ENTRY_BLOCKED", "WAITING_FOR_MONEY", "BUY_EXPIRED", "ORDER_REFUSED"}) clear_alarm(bot.id, code);
  equity(bot, bot.equity(account_->cash(bot), account_->price(bot.symbol)), account_->cash(bot));
}

void JournalRecorder::position_closed(const Bot& bot, const Trade& trade) {
  store::TradeRow row;
  row.bot_id = bot.id;
  row.symbol = trade.symbol;
  row.entry_ms = trade.entry_ms;
  row.exit_ms = trade.exit_ms;
  row.quantity = trade.quantity;
  row.entry_price = trade.entry_price;
  row.exit_price = trade.exit_price;
  row.cost = trade.cost;
  row.proceeds = trade.proceeds;
  row.fees = trade.fees;
  row.profit = trade.profit;
  row.profit_fraction = trade.profit_fraction;
  row.exit_reason = trade.exit_reason;
  keep(journal_.add_trade(row));
  lines(bot, closed_lines(bot, trade, account_->rules(bot)));
  for (const char* code : {"PROTECTION_WATCHED", "PROTECTION_REFUSED", "PROTECTION_CANCELLED", "EXIT_BLOCKED", "ORDER_REFUSED"}) clear_alarm(bot.id, code);
  equity(bot, bot.equity(account_->cash(bot), account_->price(bot.symbol)), account_->cash(bot));
}

void JournalRecorder::state_changed(const Bot& bot, BotState from, const std::string& reason, const std::string& actor) {
  store::StateChangeRow row;
  row.at_ms = now_ms();
  row.bot_id = bot.id;
  row.from = text(from);
  row.to = text(bot.state);
  row.reason = reason;
  row.actor = actor;
  keep(journal_.add_state_change(row));
  if (bot.state == BotState::running) {
    facts_[bot.id].started_ms = now_ms();
    line(bot, starting_line(bot));
    for (const char* code : {"BOT_QUARANTINED", "PLUGIN_QUARANTINED", "PROTECTION_CANCELLED_AGAIN"}) clear_alarm(bot.id, code);
  } else if (bot.state == BotState::stopped) {
    line(bot, stopped_line(bot));
  } else {
    line(bot, {"INFO", "Bot is " + std::string(text(bot.state)) + (reason.empty() ? "" : ": " + reason)});
  }
}

void JournalRecorder::noticed(const Bot& bot, const Notice& notice) {
  if (notice.level == Notice::Level::info) line(bot, {"INFO", notice.text});
  else line(bot, notice.level == Notice::Level::warning ? warning_line(notice.text) : error_line(notice.text));
  if (!notice.code.empty()) alarm(&bot, notice.code, notice.text);
}

void JournalRecorder::decided(const Bot& bot, const Decision& decision, const Outcome& outcome, const std::string& failure, Decimal price) {
  store::DecisionRow row;
  row.bot_id = bot.id;
  row.first_ms = row.last_ms = now_ms();
  row.symbol = bot.symbol;
  row.action = text(decision.action);
  row.confidence = decision.confidence;
  row.size_fraction = decision.size_fraction;
  row.stop_loss = decision.stop_loss;
  row.take_profit = decision.take_profit;
  row.price = price;
  row.reasons = decision.reasons;
  row.blocked_reason = failure.empty() ? outcome.blocked_reason : failure;
  row.intent_id = outcome.intent_id;
  row.outcome = !failure.empty()                           ? "failed"
                : outcome.kind == Outcome::Kind::intent    ? "intent"
                : outcome.kind == Outcome::Kind::blocked   ? "blocked"
                                                           : "hold";
  store::DecisionRow& last = last_decision_[bot.id];
  bool same = last.id != 0 && row.outcome == "hold" && last.outcome == "hold" && last.reasons == row.reasons && last.symbol == row.symbol;
  if (same) {
    last.last_ms = row.last_ms;
    last.price = row.price;
    last.confidence = row.confidence;
    ++last.count;
    keep(journal_.put_decision(last));
  } else {
    row.id = keep(journal_.put_decision(row));
    last = row;
  }
  const Symbol* symbol = account_->rules(bot);
  if (!failure.empty()) {
    line(bot, error_line(failure));
  } else if (outcome.kind == Outcome::Kind::intent) {
    line(bot, signal_line(row.action));
  } else {
    line(bot, bot.is_flat() ? waiting_line(bot, row.action, price, symbol) : position_line(bot, price, symbol));
  }
  equity(bot, bot.equity(account_->cash(bot), price), account_->cash(bot));
}

void JournalRecorder::came_late(const Bot& bot, int64_t close_ms, int64_t age_ms, int64_t limit_ms) {
  const store::DecisionRow& last = last_decision_[bot.id];
  Gap& gap = gaps_[bot.id];
  const bool grows = last.id != 0 && gap.row_id == last.id;
  if (!grows) gap.first_age_ms = age_ms;
  const auto seconds = [](int64_t ms) { return std::to_string(ms / 1'000); };
  const std::string what = grows ? "these candles were " + seconds(gap.first_age_ms) + " s (the first) to " + seconds(age_ms) + " s old when they arrived" : "the candle was " + seconds(age_ms) + " s old when it arrived";
  put_missed(bot, close_ms, what + "; on an exchange a decision needs one younger than " + seconds(limit_ms) + " s. The engine was away, or its line to the exchange", grows);
  gap.row_id = last.id;
}

void JournalRecorder::not_evaluated(const Bot& bot, int64_t close_ms, const std::string& why) {
  const store::DecisionRow& last = last_decision_[bot.id];
  put_missed(bot, close_ms, why, last.id != 0 && last.outcome == "failed" && last.blocked_reason == "not evaluated: " + why);
}

void JournalRecorder::put_missed(const Bot& bot, int64_t close_ms, const std::string& why, bool grows) {
  store::DecisionRow& last = last_decision_[bot.id];
  if (!grows) {
    last = store::DecisionRow();
    last.bot_id = bot.id;
    last.first_ms = close_ms;
    last.symbol = bot.symbol;
    last.action = text(Action::hold);
    last.price = account_->price(bot.symbol);
    last.outcome = "failed";
  }
  last.last_ms = close_ms;
  last.count = grows ? last.count + 1 : 1;
  last.blocked_reason = "not evaluated: " + why;
  if (grows) keep(journal_.put_decision(last));
  else last.id = keep(journal_.put_decision(last));
  if (!grows) line(bot, warning_line(last.blocked_reason));
}

void JournalRecorder::equity(const Bot& bot, Decimal equity, Decimal cash) {
  auto [last, is_new] = last_equity_.try_emplace(bot.id, equity);
  if (!is_new && last->second == equity) return;  // flat: nothing moves
  last->second = equity;
  keep(journal_.add_equity({bot.id, now_ms(), 0, equity, cash}));
}

void JournalRecorder::line(const Bot& bot, const LogLine& line) {
  keep(journal_.add_log({0, 0, now_ms(), bot.id, line.level, line.text}));
  pending_.push_back({bot.settings.name, now_ms(), line});
}

void JournalRecorder::lines(const Bot& bot, const LogLines& all) {
  for (const LogLine& one : all) line(bot, one);
}

void JournalRecorder::alarm(const Bot* bot, const std::string& code, const std::string& text) {
  int64_t bot_id = bot == nullptr ? 0 : bot->id;
  auto [at, is_new] = standing_.try_emplace({bot_id, code});
  if (!is_new && at->second.cause == text) return;
  const AlarmKind& kind = alarm_kind(code);
  store::AlarmRow& row = at->second;
  row.at_ms = now_ms();
  row.bot_id = bot_id;
  row.code = code;
  row.severity = kind.severity;
  row.cause = text;
  row.money_at_risk = bot == nullptr ? Decimal() : multiply(bot->quantity, account_->price(bot->symbol), Rounding::down);
  row.protection = bot != nullptr && bot->is_flat() ? "nothing is held" : std::string(kind.protection);
  row.next_command = next_command_for(kind, bot);
  row.id = keep(journal_.put_alarm(row));
}

void JournalRecorder::clear_alarm(int64_t bot_id, const std::string& code) {
  auto found = standing_.find({bot_id, code});
  if (found == standing_.end()) return;
  found->second.cleared_ms = now_ms();
  keep(journal_.put_alarm(found->second));
  standing_.erase(found);
}

void JournalRecorder::clear_alarms(int64_t bot_id) {
  std::vector<std::string> codes;
  for (const auto& [key, row] : standing_)
    if (key.first == bot_id) codes.push_back(key.second);
  for (const std::string& code : codes) clear_alarm(bot_id, code);
}

store::BotRow JournalRecorder::row_of(const Bot& bot) const {
  store::BotRow row;
  row.id = bot.id;
  row.settings = bot.settings;
  if (auto found = facts_.find(bot.id); found != facts_.end()) {
    row.origin = found->second.origin;
    row.declared_at = found->second.declared_at;
    row.wanted = found->second.wanted;
    row.created_ms = found->second.created_ms;
    row.started_ms = found->second.started_ms;
  }
  row.state = text(bot.state);
  row.reason = bot.reason;
  row.symbol = bot.symbol;
  row.anchor_ms = bot.anchor_ms;
  row.quantity = bot.quantity;
  row.cost = bot.cost;
  row.entry_price = bot.entry_price;
  row.entry_ms = bot.trip.entry_ms;
  row.stop_price = bot.stop_price;
  row.take_profit_price = bot.take_price;
  row.stop_source = bot.stop.source;
  row.take_profit_source = bot.take.source;
  row.protection = text(bot.protection);
  row.allotted = bot.allotted;
  row.cash = account_->cash(bot);
  row.realised = bot.realised;
  row.trade_count = bot.trade_count;
  row.win_count = bot.win_count;
  row.core_state = encode_bot(bot);
  return row;
}

void JournalRecorder::write_rest() {
  for (int64_t id : changed_) {
    const Bot* bot = account_->find_bot(id);
    if (bot == nullptr) continue;
    keep(journal_.put_bot(row_of(*bot)));
    if (bot->protection == Protection::resting) clear_alarm(id, "PROTECTION_REFUSED");
    if (!account_->has_unknown(id)) clear_alarm(id, "ORDER_UNKNOWN");
  }
  changed_.clear();
  for (const Posting& posting : account_->ledger().take_postings())
    keep(journal_.add_ledger({0, 0, now_ms(), posting.account, posting.asset, posting.amount, posting.balance_after, posting.reason, posting.reference}));
}

void JournalRecorder::flush_lines() {
  for (const PendingLine& pending : pending_) log_.write(pending.bot, pending.at_ms, pending.line.level, pending.line.text);
  pending_.clear();
}

void JournalRecorder::forget() {
  pending_.clear();
  changed_.clear();
}

}  // namespace stratdock
