// Orders: from advice to intents, and from the exchange's events to positions. Protection and bots' lives have files of their own.
#include "core/account.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"

namespace stratdock {

Submission PaperPort::submit(const Intent& intent) {
  const auto answer = [](Result<std::vector<Order>> orders) {
    return orders ? Submission{Submission::Kind::accepted, std::move(*orders), {}, {}} : Submission{Submission::Kind::refused, {}, std::move(orders.error()), {}};
  };
  switch (intent.purpose) {
    case IntentPurpose::protect: return answer(exchange_.place_list(intent.list));
    case IntentPurpose::cancel: return answer(exchange_.cancel_list(intent.cancel_list_id));
    case IntentPurpose::entry:
    case IntentPurpose::exit: break;
  }
  auto order = exchange_.place_order(intent.order);
  if (!order) return {Submission::Kind::refused, {}, order.error(), {}};
  return {Submission::Kind::accepted, {std::move(*order)}, {}, {}};
}

Account::Account(ExchangePort& port, Recorder& recorder, RiskLimits limits, std::string install_key)
    : port_(port), recorder_(recorder), risk_(limits), install_key_(std::move(install_key)) {}

Decimal Account::price(const std::string& symbol) const {
  auto found = prices_.find(symbol);
  return found == prices_.end() ? Decimal() : found->second;
}

Intent& Account::new_intent(const Bot& bot, IntentPurpose purpose, const std::string& reason) {
  int64_t id = next_intent_id_++;
  Intent& intent = intents_[id];
  intent.id = id;
  intent.bot_id = bot.id;
  intent.at_ms = now_ms_;
  intent.purpose = purpose;
  intent.symbol = bot.symbol;
  intent.reason = reason;
  intent.client_id = make_client_id(install_key_, bot.id, id);
  return intent;
}

void Account::track(const Intent& intent) {
  intent_by_client_id_[intent.client_id] = intent.id;
  if (intent.purpose != IntentPurpose::protect) return;
  intent_by_client_id_[intent.list.above.client_id] = intent.id;
  intent_by_client_id_[intent.list.below.client_id] = intent.id;
}

void Account::restore_intent(Intent intent) {
  track(intent);
  int64_t id = intent.id;
  intents_[id] = std::move(intent);
}

bool Account::has_unknown(int64_t bot_id) const {
  return std::any_of(intents_.begin(), intents_.end(), [&](const auto& entry) {
    const Intent& intent = entry.second;
    return (bot_id == 0 || intent.bot_id == bot_id) && (intent.state == IntentState::unknown || intent.state == IntentState::stuck);
  });
}

void Account::lose_unanswered() {
  for (auto& [id, intent] : intents_) {
    if (intent.state != IntentState::journaled && intent.state != IntentState::sent) continue;
    Bot& bot = bots_.at(intent.bot_id);
    intent.answer = "the engine ended before there was an answer";
    lose(bot, intent);
  }
  std::erase_if(intents_, [](const auto& entry) { return entry.second.purpose == IntentPurpose::cancel && is_terminal(entry.second.state); });
}

void Account::lose(Bot& bot, Intent& intent) {
  if (intent.purpose == IntentPurpose::cancel) {  // it may be repeated, so nothing has to be known: what it cancelled tells
    set_intent_state(bot, intent, IntentEvent::send);
    return set_intent_state(bot, intent, IntentEvent::refuse);
  }
  set_intent_state(bot, intent, IntentEvent::lose);
  notice(bot, Notice::Level::error, "ORDER_UNKNOWN",
         "nobody knows whether the exchange took the " + std::string(text(intent.purpose)) + " order " + intent.client_id + ": " + intent.answer + "; it is not sent again");
}

void Account::forget_if_done(int64_t intent_id) {
  auto found = intents_.find(intent_id);
  if (found == intents_.end() || !is_terminal(found->second.state)) return;
  const Intent& intent = found->second;
  // The legs of a list end one after the other, and the end of the second must still find its intent.
  const bool was_placed = intent.state != IntentState::rejected && intent.state != IntentState::never_existed;
  if (intent.purpose == IntentPurpose::protect && was_placed && !(intent.above_ended && intent.below_ended)) return;
  intent_by_client_id_.erase(intent.client_id);
  intent_by_client_id_.erase(intent.list.above.client_id);
  intent_by_client_id_.erase(intent.list.below.client_id);
  intents_.erase(found);
}

void Account::set_intent_state(Bot& bot, Intent& intent, IntentEvent event) {
  auto next = next_state(intent.state, event);
  if (!next || *next == intent.state) return;
  intent.state = *next;
  recorder_.intent_changed(bot, intent);
}

Submission Account::send(Bot& bot, Intent& intent) {
  recorder_.intent_changed(bot, intent);  // journaled before it leaves
  track(intent);
  set_intent_state(bot, intent, IntentEvent::send);
  if (intent.purpose == IntentPurpose::entry || intent.purpose == IntentPurpose::exit) risk_.count_order(now_ms_);
  recorder_.bot_changed(bot);
  Submission answer = port_.submit(intent);
  intent.answer = answer.error.message;
  switch (answer.kind) {
    case Submission::Kind::accepted:
      if (intent.purpose == IntentPurpose::protect) bot.protect_list_id = answer.orders.front().list_id;
      set_intent_state(bot, intent, IntentEvent::accept);
      break;
    case Submission::Kind::refused: set_intent_state(bot, intent, IntentEvent::refuse); break;
    case Submission::Kind::unknown: lose(bot, intent); break;
  }
  return answer;
}

void Account::found(Bot& bot, Intent& intent, const Order& order) {
  set_intent_state(bot, intent, IntentEvent::accept);
  notice(bot, Notice::Level::info, "", "The exchange has the " + std::string(text(intent.purpose)) + " order " + intent.client_id + " whose outcome was unknown");
  if (intent.purpose != IntentPurpose::protect || is_terminal(order.status)) return;
  bot.protect_list_id = order.list_id;
  if (bot.phase == Phase::open) bot.protection = Protection::resting;
  recorder_.bot_changed(bot);
}

Outcome Account::on_decision(int64_t bot_id, const Decision& decision) {
  Bot& bot = bots_.at(bot_id);
  if (decision.action == Action::hold) return {};
  auto blocked = [](std::string reason) { return Outcome{Outcome::Kind::blocked, std::move(reason), 0}; };
  BotRights may = rights(bot.state);
  if (decision.action == Action::sell) {
    if (bot.is_flat()) return blocked("nothing to sell: the bot holds no position");
    if (!may.exits) return blocked("the bot is " + std::string(text(bot.state)));
    return exit(bot, "signal");
  }
  if (bot.phase != Phase::flat) return blocked("the bot already holds a position");
  if (!may.enters) return blocked("entries are off: the bot is " + std::string(text(bot.state)));
  return enter(bot, decision);
}

Outcome Account::enter(Bot& bot, const Decision& decision) {
  auto blocked = [&](const Error& error, const char* code) {
    notice(bot, Notice::Level::warning, code, error.message);
    return Outcome{Outcome::Kind::blocked, error.message, 0};
  };
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr)
    return blocked({"no entry: the exchange does not know " + bot.symbol, "choose another symbol"}, "UNKNOWN_SYMBOL");
  fund(bot);
  if (!bot.funded) return blocked({bot.reason, ""}, "WAITING_FOR_MONEY");
  bot.choose_levels(decision);
  EntryQuestion question{bot.id,     now_ms_, symbol, price(bot.symbol), cash(bot), decision.size_fraction,
                         bot.stop.fraction};
  auto approved = risk_.approve_entry(question);
  if (!approved) return blocked(approved.error(), approved.error().message.starts_with("low balance") ? "LOW_BALANCE" : "ENTRY_BLOCKED");
  Intent& intent = new_intent(bot, IntentPurpose::entry, "signal");
  intent.order = approved->request();
  intent.order.client_id = intent.client_id;
  int64_t id = intent.id;
  bot.entry_intent = id;
  bot.phase = Phase::entering;
  update_exposure(bot);
  if (send(bot, intent).kind == Submission::Kind::refused) {
    Error error{"the exchange refused the BUY: " + intent.answer, ""};
    bot.phase = Phase::flat;
    update_exposure(bot);
    forget_if_done(id);
    recorder_.bot_changed(bot);  // what was durable before the send said that a BUY is in flight
    return blocked(error, "ORDER_REFUSED");
  }
  return {Outcome::Kind::intent, "", id};
}

Outcome Account::exit(Bot& bot, const std::string& reason) {
  auto blocked = [&](std::string why) { return Outcome{Outcome::Kind::blocked, std::move(why), 0}; };
  if (bot.phase == Phase::flat) return blocked("nothing to sell: the bot holds no position");
  if (bot.phase == Phase::entering) return blocked("its BUY is still in flight");
  if (bot.phase == Phase::exiting) return blocked("its SELL is already in flight");
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) return blocked("the exchange does not know " + bot.symbol);
  auto approved = risk_.approve_exit(*symbol, bot.quantity, price(bot.symbol));
  if (!approved) {
    notice(bot, Notice::Level::warning, "EXIT_BLOCKED", approved.error().message);
    return blocked(approved.error().message);
  }
  const std::optional<Decimal> unbooked = cancel_protection(bot);
  if (!unbooked) return blocked("its stop-loss or take-profit is being filled");
  if (unbooked->is_positive()) {  // sold already, as its trades will tell in a moment
    approved = risk_.approve_exit(*symbol, bot.quantity - *unbooked, price(bot.symbol));
    if (!approved) return blocked("its stop-loss or take-profit was just being filled: " + approved.error().message);
  }
  Intent& intent = new_intent(bot, IntentPurpose::exit, reason);
  intent.order = approved->request();
  intent.order.client_id = intent.client_id;
  int64_t id = intent.id;
  const Retry retry_before = std::exchange(bot.exchange_retry, {});
  const std::string reason_before = std::exchange(bot.exit_reason, reason);
  bot.exit_intent = id;
  bot.phase = Phase::exiting;
  if (send(bot, intent).kind == Submission::Kind::refused) {
    bot.phase = Phase::open;
    bot.exit_reason = reason_before;
    std::string why = "the exchange refused the SELL: " + intent.answer;
    forget_if_done(id);
    Retry retry = retry_before;  // protection that is placed again does not shorten the pauses of the sale
    retry.failed(now_ms_);
    place_protection(bot);
    bot.exchange_retry = retry;
    recorder_.bot_changed(bot);
    if (bot.state == BotState::closing || bot.protection != Protection::resting) why += "; the next try is in " + retry_text(bot);
    notice(bot, Notice::Level::error, "ORDER_REFUSED", why);
    return blocked(why);
  }
  return {Outcome::Kind::intent, "", id};
}

void Account::on_exchange_events(const std::vector<ExchangeEvent>& events) {
  for (const ExchangeEvent& event : events) {
    auto known = intent_by_client_id_.find(event.order.client_id);
    if (known == intent_by_client_id_.end()) continue;  // not ours, or of a list that is done
    Intent& intent = intents_.at(known->second);
    Bot& bot = bots_.at(intent.bot_id);
    if (intent.state == IntentState::unknown || intent.state == IntentState::stuck) found(bot, intent, event.order);
    if (event.kind == ExchangeEvent::Kind::fill) on_fill(bot, intent, event.fill);
    on_order(bot, intent, event.order);
  }
  for (const ExchangeEvent& event : events)
    if (auto known = intent_by_client_id_.find(event.order.client_id); known != intent_by_client_id_.end()) forget_if_done(known->second);
}

void Account::on_fill(Bot& bot, Intent& intent, const Fill& fill) {
  const Symbol* symbol = rules(bot);
  STRATDOCK_CHECK(symbol != nullptr);
  for (const Ledger::Shortage& shortage : ledger_.apply_fill(bot.id, fill, symbol->base_asset, symbol->quote_asset)) {
    const std::string trade = "trade " + std::to_string(fill.trade_id) + " of " + fill.symbol;
    if (shortage.found.is_positive())
      notice(bot, Notice::Level::info, "ACCOUNT_CHANGED", trade + " took " + shortage.found.text() + " " + shortage.asset + " which the exchange's account held and the ledger did not know of");
    if (shortage.beyond_bot.is_positive())
      notice(bot, Notice::Level::error, "BOOKS_DISAGREE", trade + " took " + shortage.beyond_bot.text() + " " + shortage.asset + " more than the bot has; it came from unallocated money");
  }
  bot.apply_fill(fill, symbol->base_asset, symbol->quote_asset);
  recorder_.filled(bot, intent, fill);
  update_exposure(bot);
}

void Account::on_order(Bot& bot, Intent& intent, const Order& order) {
  recorder_.order_changed(bot, intent, order);
  if (!is_terminal(order.status)) return;
  if (intent.purpose == IntentPurpose::protect) {
    (order.client_id == intent.list.above.client_id ? intent.above_ended : intent.below_ended) = true;
    const bool ran_dry = order.status == OrderStatus::expired && order.executed_quantity.is_positive();  // the market had no more to give
    if (order.status == OrderStatus::filled || ran_dry) {
      bot.exit_reason = order.type == OrderType::stop_loss || order.type == OrderType::stop_loss_limit ? "stop_loss" : "take_profit";
      set_intent_state(bot, intent, ran_dry ? IntentEvent::end_expired : IntentEvent::end_filled);
      sale_ended(bot);
    } else if (intent.state == IntentState::cancelling) {
      set_intent_state(bot, intent, IntentEvent::end_canceled);
      if (intent.id == bot.protect_intent) on_protection_gone(bot);
    } else if (!is_terminal(intent.state) && (order.status == OrderStatus::canceled || order.executed_quantity < order.quantity)) {
      // A leg that expires loses to the other one, which has triggered: how that one ends decides. Not every message says so.
      const bool loses = order.status == OrderStatus::expired && (order.expiry_reason.empty() || order.expiry_reason == "OCO_TRIGGER");
      if (loses && !(intent.above_ended && intent.below_ended)) return;
      set_intent_state(bot, intent, IntentEvent::end_canceled);
      on_protection_lost(bot);
    }
    return;
  }
  IntentEvent end = order.status == OrderStatus::filled     ? IntentEvent::end_filled
                    : order.status == OrderStatus::canceled ? IntentEvent::end_canceled
                                                            : IntentEvent::end_expired;
  set_intent_state(bot, intent, end);
  if (intent.purpose == IntentPurpose::entry) entry_ended(bot);
  if (intent.purpose == IntentPurpose::exit) sale_ended(bot);
}

void Account::entry_ended(Bot& bot) {
  const Symbol* symbol = rules(bot);
  if (bot.trip.bought_quantity.is_zero()) {  // nothing was bought
    bot.phase = Phase::flat;
    bot.stop = bot.take = {};
    update_exposure(bot);
    notice(bot, Notice::Level::warning, "BUY_EXPIRED", "the BUY ended without a fill; it is tried again at the next evaluation");
    recorder_.bot_changed(bot);
    return;
  }
  if (!risk_.approve_exit(*symbol, bot.quantity, price(bot.symbol))) {  // dust: kept, and swept with the next BUY
    notice(bot, Notice::Level::warning, "BUY_EXPIRED",
           "the BUY ended with " + bot.trip.bought_quantity.text() + " " + symbol->base_asset + ", too little to be sold again: it is kept for the next one");
    bot.end_round_trip();
    update_exposure(bot);
    recorder_.bot_changed(bot);
    if (bot.state == BotState::closing) set_state(bot, BotState::stopped, "closed: what it bought is too little to be sold", "engine");
    return;
  }
  bot.phase = Phase::open;
  bot.set_prices(*symbol);
  recorder_.position_opened(bot);
  place_protection(bot);
  recorder_.bot_changed(bot);
  if (bot.state == BotState::closing) exit(bot, "close");
}

void Account::sale_ended(Bot& bot) {
  const Symbol* symbol = rules(bot);
  bool more = risk_.approve_exit(*symbol, bot.quantity, price(bot.symbol)).has_value();
  if (more) {  // the SELL ended early: what is left is a position still
    bot.phase = Phase::open;
    bot.protection = Protection::none;
    bot.protect_list_id = -1;
    place_protection(bot);
    recorder_.bot_changed(bot);
    return;
  }
  Trade trade = bot.finish_trade();
  risk_.add_realised(bot.id, trade.profit, now_ms_);
  update_exposure(bot);
  recorder_.position_closed(bot, trade);
  recorder_.bot_changed(bot);
  if (bot.state == BotState::closing) set_state(bot, BotState::stopped, "closed", "engine");
}

void Account::update_exposure(const Bot& bot) {
  Decimal held = bot.cost;
  if (bot.phase == Phase::entering) {
    auto intent = intents_.find(bot.entry_intent);
    if (intent != intents_.end()) held += intent->second.order.quote_quantity;
  }
  risk_.set_exposure(bot.id, bot.is_flat() ? Decimal() : held);
}

void Account::notice(const Bot& bot, Notice::Level level, std::string code, std::string text) {
  recorder_.noticed(bot, {level, std::move(code), std::move(text)});
}

}  // namespace stratdock
