// Bots' lives: their states, their money, their settings.
#include "core/account.hpp"
#include "core/check.hpp"

namespace stratdock {

Bot& Account::add_bot(Bot bot) {
  int64_t id = bot.id;
  auto [at, is_new] = bots_.emplace(id, std::move(bot));
  STRATDOCK_CHECK(is_new);
  update_exposure(at->second);
  return at->second;
}

Bot* Account::find_bot(int64_t id) {
  auto found = bots_.find(id);
  return found == bots_.end() ? nullptr : &found->second;
}

void Account::remove_bot(int64_t id) {
  Bot& bot = bots_.at(id);
  STRATDOCK_CHECK(bot.is_flat());
  if (const Symbol* symbol = rules(bot)) {
    for (const std::string& asset : {symbol->quote_asset, symbol->base_asset}) {
      Status released = ledger_.release(id, asset, ledger_.bot_balance(id, asset));
      STRATDOCK_CHECK(released.has_value());
    }
  }
  risk_.set_exposure(id, {});
  bots_.erase(id);
}

Decimal Account::cash(const Bot& bot) const {
  const Symbol* symbol = rules(bot);
  return symbol == nullptr ? Decimal() : ledger_.bot_balance(bot.id, symbol->quote_asset);
}

void Account::set_state(Bot& bot, BotState state, const std::string& reason, const std::string& actor) {
  BotState from = bot.state;
  bot.state = state;
  // Why it runs again is in the journal; a running bot's reason is only what it waits for.
  bot.reason = state == BotState::running ? "" : reason;
  recorder_.state_changed(bot, from, reason, actor);
  recorder_.bot_changed(bot);
}

Status Account::apply(int64_t bot_id, BotEvent event, const std::string& reason, const std::string& actor) {
  Bot& bot = bots_.at(bot_id);
  auto next = next_state(bot.state, event);
  if (!next)
    return failure("bot '" + bot.settings.name + "' is " + std::string(text(bot.state)) + ": " + std::string(text(event)) + " does nothing there");
  set_state(bot, *next, reason, actor);
  if (*next == BotState::running) fund(bot);
  if (event != BotEvent::close) return {};
  if (bot.is_flat()) {
    set_state(bot, BotState::stopped, "closed: there was nothing to sell", actor);
    return {};
  }
  if (bot.phase == Phase::entering || bot.phase == Phase::exiting) return {};  // goes on when that order ends
  const int refusals_before = bot.exchange_retry.failures;
  Outcome outcome = exit(bot, "close");
  // What the exchange refused is tried again; what cannot be sold at all is not.
  const bool is_tried_again = bot.protection == Protection::resting || bot.exchange_retry.failures > refusals_before;
  if (outcome.kind == Outcome::Kind::blocked && bot.phase == Phase::open && !is_tried_again) {
    set_state(bot, BotState::stopped, "not sold: " + outcome.blocked_reason, actor);
    return failure("closing bot '" + bot.settings.name + "': " + outcome.blocked_reason);
  }
  return {};
}

void Account::fund(Bot& bot) {
  if (bot.funded) return;
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) return;
  if (ledger_.allot(bot.id, symbol->quote_asset, bot.settings.trade_amount)) {
    bot.funded = true;
    bot.allotted = bot.settings.trade_amount;
    bot.reason.clear();
    recorder_.bot_changed(bot);
    return;
  }
  std::string waiting = "waiting for money: needs " + bot.settings.trade_amount.text() + " " + symbol->quote_asset + ", unallocated are " +
                        ledger_.balance(Ledger::unallocated, symbol->quote_asset).text() + " " + symbol->quote_asset;
  if (bot.reason == waiting) return;
  bot.reason = waiting;
  notice(bot, Notice::Level::warning, "WAITING_FOR_MONEY", waiting);
  recorder_.bot_changed(bot);
}

Status Account::allot(int64_t bot_id, Decimal amount) {
  Bot& bot = bots_.at(bot_id);
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) return failure("allotting money to bot '" + bot.settings.name + "': the exchange does not know " + bot.symbol);
  if (!amount.is_positive()) return failure("allotting money to bot '" + bot.settings.name + "': " + amount.text() + " is not above zero");
  if (Status moved = ledger_.allot(bot_id, symbol->quote_asset, amount); !moved) return moved;
  bot.funded = true;
  bot.allotted += amount;
  recorder_.bot_changed(bot);
  return {};
}

Status Account::release(int64_t bot_id, Decimal amount) {
  Bot& bot = bots_.at(bot_id);
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) return failure("releasing money of bot '" + bot.settings.name + "': the exchange does not know " + bot.symbol);
  if (!amount.is_positive()) return failure("releasing money of bot '" + bot.settings.name + "': " + amount.text() + " is not above zero");
  if (bot.phase == Phase::entering) return failure("releasing money of bot '" + bot.settings.name + "': its BUY is in flight", "try again in a moment");
  if (Status moved = ledger_.release(bot_id, symbol->quote_asset, amount); !moved) return moved;
  bot.allotted -= amount;
  recorder_.bot_changed(bot);
  return {};
}

Status Account::change_settings(int64_t bot_id, const BotSettings& settings) {
  Bot& bot = bots_.at(bot_id);
  if (settings.symbol != bot.settings.symbol && !bot.is_flat())
    return failure("changing the symbol of bot '" + bot.settings.name + "': it holds " + bot.quantity.text() + " of " + bot.symbol, "close the position first");
  Decimal more = settings.trade_amount - bot.settings.trade_amount;
  if (bot.funded && more.is_positive()) {
    if (Status moved = allot(bot_id, more); !moved) return moved;
  } else if (bot.funded && more.is_negative()) {
    if (Status moved = release(bot_id, -more); !moved) return moved;
  }
  if (settings.symbol != bot.settings.symbol) bot.symbol = settings.symbol;
  bot.settings = settings;
  recorder_.bot_changed(bot);
  return {};
}

Status Account::check_adoption(int64_t bot_id, const Adoption& adoption) const {
  const Bot& bot = bots_.at(bot_id);
  const auto& [quantity, entry_price, stop, take] = adoption;
  const std::string what = "giving bot '" + bot.settings.name + "' a holding of " + quantity.text() + " " + bot.symbol + " at " + entry_price.text() + ": ";
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) return failure(what + "the exchange does not know the symbol");
  if (!bot.is_flat()) return failure(what + "it holds a position already", "close that one first");
  if (!quantity.is_positive() || !entry_price.is_positive()) return failure(what + "quantity and entry price must be above 0");
  if (stop && !(stop->is_positive() && *stop < entry_price)) return failure(what + "the stop-loss " + stop->text() + " is not below the entry price");
  if (take && *take <= entry_price) return failure(what + "the take-profit " + take->text() + " is not above the entry price");
  const Decimal now = price(bot.symbol), sells = sellable_quantity(*symbol, quantity, true);
  if (sells.is_zero()) return failure(what + "less than the exchange sells, which is " + symbol->lot.min.text() + " " + symbol->base_asset + " at least");
  if (!now.is_positive()) return {};
  if (const Decimal worth = multiply(sells, now, Rounding::down), least = minimum_notional(*symbol, true); worth < least)
    return failure(what + "worth " + worth.text() + " " + symbol->quote_asset + " now, and the exchange sells nothing below " + least.text());
  Bot then = bot;
  then.take_over(*symbol, quantity, entry_price, stop, take, now_ms_);
  if (*then.stop_price >= now)
    return failure(what + "the price is " + now.text() + ", not above its stop-loss of " + then.stop_price->text() + ": it would be sold at once", "name a lower stop-loss, or another entry price");
  if (*then.take_price <= now)
    return failure(what + "the price is " + now.text() + ", not below its take-profit of " + then.take_price->text() + ": it would be sold at once", "name a higher take-profit, or another entry price");
  return {};
}

Status Account::adopt(int64_t bot_id, const Adoption& adoption) {
  if (Status fit = check_adoption(bot_id, adoption); !fit) return fit;
  Bot& bot = bots_.at(bot_id);
  const Symbol& symbol = *rules(bot);
  if (Status moved = ledger_.allot(bot_id, symbol.base_asset, adoption.quantity); !moved) return moved;
  bot.take_over(symbol, adoption.quantity, adoption.entry_price, adoption.stop, adoption.take, now_ms_);
  update_exposure(bot);
  recorder_.position_opened(bot);
  place_protection(bot);
  recorder_.bot_changed(bot);
  return {};
}

Status Account::release_holding(int64_t bot_id) {
  Bot& bot = bots_.at(bot_id);
  const std::string what = "releasing the holding of bot '" + bot.settings.name + "': ";
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) return failure(what + "the exchange does not know " + bot.symbol);
  if (bot.is_flat()) return failure(what + "it holds no position");
  if (bot.phase != Phase::open) return failure(what + "an order of it is in flight", "try again in a moment");
  if (const auto unbooked = cancel_protection(bot); !unbooked || unbooked->is_positive())
    return failure(what + "its stop-loss or take-profit is being filled", "try again in a moment");
  const Decimal held = ledger_.bot_balance(bot_id, symbol->base_asset);
  Status moved = ledger_.release(bot_id, symbol->base_asset, held);
  STRATDOCK_CHECK(moved.has_value());
  if (bot.trip.sold_quantity.is_positive()) {  // a part was sold before: that trade counts
    bot.exit_reason = "close";
    Trade trade = bot.finish_trade();
    risk_.add_realised(bot_id, trade.profit, now_ms_);
    recorder_.position_closed(bot, trade);
  }
  bot.end_round_trip();
  bot.allotted -= bot.cost;
  bot.quantity = bot.cost = {};
  update_exposure(bot);
  notice(bot, Notice::Level::info, "", "Released " + held.text() + " " + symbol->base_asset + " to unallocated, unsold; no stop-loss or take-profit watches it now");
  recorder_.bot_changed(bot);
  return {};
}

Status Account::change_symbol(int64_t bot_id, const std::string& symbol, const std::string& reason) {
  Bot& bot = bots_.at(bot_id);
  if (!bot.is_flat()) return failure("bot '" + bot.settings.name + "' holds a position in " + bot.symbol);
  const Symbol* before = rules(bot);
  const Symbol* after = port_.find_symbol(symbol);
  if (after == nullptr) return failure("bot '" + bot.settings.name + "' cannot follow to " + symbol + ": the exchange does not know it");
  if (before != nullptr && before->quote_asset != after->quote_asset)
    return failure("bot '" + bot.settings.name + "' cannot follow to " + symbol + ": its money is in " + before->quote_asset);
  bot.symbol = symbol;
  bot.anchor_ms = 0;
  notice(bot, Notice::Level::info, "", "Now trading " + symbol + ": " + reason);
  recorder_.bot_changed(bot);
  return {};
}

}  // namespace stratdock
