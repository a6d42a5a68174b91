// Stop-loss and take-profit: placed upon the fill, verified at evaluations, watched where they cannot rest.
#include <algorithm>

#include "core/account.hpp"

#include "core/check.hpp"

namespace stratdock {
namespace {

constexpr int restore_once = 1;

// The stop leg of a symbol that takes no STOP_LOSS at market: a limit this much below the stop, so that it fills in a fall.
constexpr double stop_limit_gap = 0.01;

bool takes(const Symbol& symbol, std::string_view type) {
  if (symbol.order_types.empty()) return true;
  for (const std::string& allowed : symbol.order_types)
    if (allowed == type) return true;
  return false;
}

OrderListRequest protective_list(const Bot& bot, const Symbol& symbol, const std::string& client_id, Decimal quantity) {
  OrderListRequest list;
  list.kind = ListKind::oco;
  list.symbol = symbol.name;
  list.list_client_id = client_id;
  list.above.symbol = list.below.symbol = symbol.name;
  list.above.side = list.below.side = Side::sell;
  list.above.quantity = list.below.quantity = quantity;
  list.above.type = OrderType::limit_maker;
  list.above.price = *bot.take_price;
  list.above.client_id = client_id + "-T";
  list.below.type = OrderType::stop_loss;
  list.below.stop_price = *bot.stop_price;
  list.below.client_id = client_id + "-S";
  if (!takes(symbol, "STOP_LOSS")) {
    list.below.type = OrderType::stop_loss_limit;
    list.below.time_in_force = TimeInForce::gtc;
    list.below.price = multiply(*bot.stop_price, Decimal::from_double(1 - stop_limit_gap), Rounding::down).floor_to(symbol.price.tick);
  }
  return list;
}

}  // namespace

void Account::place_protection(Bot& bot) {
  if (bot.phase != Phase::open || bot.protection == Protection::resting || bot.protection == Protection::placing) return;
  const Symbol* symbol = rules(bot);
  if (symbol == nullptr) {
    bot.exchange_retry.failed(now_ms_);
    bot.protection = Protection::failed;
    return notice(bot, Notice::Level::error, "PROTECTION_REFUSED", "the exchange does not know " + bot.symbol + ": stop-loss and take-profit are placed when it does");
  }
  STRATDOCK_CHECK(bot.stop_price && bot.take_price);
  Decimal quantity = sellable_quantity(*symbol, bot.quantity, false);
  bool too_small = quantity.is_zero() || !broken_notional_filter(*symbol, *bot.stop_price, quantity, false).empty();
  if (too_small || !symbol->oco_allowed) {
    if (bot.protection != Protection::watched)
      notice(bot, Notice::Level::warning, "PROTECTION_WATCHED",
             std::string(too_small ? "the position is too small for resting orders" : "the symbol takes no OCO orders") +
                 ": the engine watches stop-loss and take-profit itself");
    bot.protection = Protection::watched;
    return;
  }
  Intent& intent = new_intent(bot, IntentPurpose::protect, "stop_loss and take_profit");
  intent.list = protective_list(bot, *symbol, intent.client_id, quantity);
  bot.protect_intent = intent.id;
  int64_t id = intent.id;
  bot.protection = Protection::placing;
  const Submission::Kind sent = send(bot, intent).kind;
  if (sent == Submission::Kind::accepted) {
    bot.protection = Protection::resting;
    bot.exchange_retry = {};
  }
  if (sent != Submission::Kind::refused) return;
  bot.exchange_retry.failed(now_ms_);
  notice(bot, Notice::Level::error, "PROTECTION_REFUSED",
         "the exchange refused stop-loss and take-profit: " + intent.answer + "; the engine watches the prices itself and tries again in " + retry_text(bot));
  bot.protection = Protection::failed;
  bot.protect_list_id = -1;
  forget_if_done(id);
}

std::optional<Decimal> Account::cancel_protection(Bot& bot) {
  if (bot.protection != Protection::resting) return Decimal();
  auto resting = intents_.find(bot.protect_intent);
  STRATDOCK_CHECK(resting != intents_.end());
  set_intent_state(bot, resting->second, IntentEvent::ask_cancel);
  Intent& intent = new_intent(bot, IntentPurpose::cancel, "to sell");
  intent.cancel_list_id = bot.protect_list_id;
  int64_t id = intent.id;
  const Submission answer = send(bot, intent);
  const bool cancelled = answer.kind == Submission::Kind::accepted;
  if (cancelled) {
    set_intent_state(bot, intent, IntentEvent::end_canceled);
    bot.protection = Protection::none;
    bot.protect_list_id = -1;
  }
  forget_if_done(id);
  return cancelled ? std::optional(answer.unbooked) : std::nullopt;
}

void Account::on_protection_gone(Bot& bot) {
  if (bot.phase != Phase::open) return;
  const Symbol* symbol = rules(bot);
  if (bot.trip.sold_quantity.is_positive() && symbol != nullptr && !risk_.approve_exit(*symbol, bot.quantity, price(bot.symbol))) {
    bot.exit_reason = "take_profit";  // what it had sold before it was cancelled leaves too little to be sold
    return sale_ended(bot);
  }
  if (bot.protection != Protection::resting) return;  // the cancel was answered, and what it was for follows
  bot.protection = Protection::none;
  bot.protect_list_id = -1;
  notice(bot, Notice::Level::info, "", "Stop-loss and take-profit were cancelled, although the exchange did not answer so; they are placed again");
  if (bot.state == BotState::closing) exit(bot, "close");
  else place_protection(bot);
  recorder_.bot_changed(bot);
}

void Account::on_protection_lost(Bot& bot) {
  if (bot.phase != Phase::open) return;
  bot.protection = Protection::none;
  bot.protect_list_id = -1;
  const Symbol* symbol = rules(bot);
  if (bot.trip.sold_quantity.is_positive() && symbol != nullptr && !risk_.approve_exit(*symbol, bot.quantity, price(bot.symbol))) {
    bot.exit_reason = "take_profit";
    return sale_ended(bot);
  }
  if (bot.restored_protection < restore_once) {
    ++bot.restored_protection;
    notice(bot, Notice::Level::warning, "PROTECTION_CANCELLED", "stop-loss and take-profit were cancelled by somebody else; they are placed again, once");
    place_protection(bot);
  } else {
    bot.protection = Protection::watched;
    notice(bot, Notice::Level::error, "PROTECTION_CANCELLED_AGAIN",
           "stop-loss and take-profit were cancelled by somebody else again; the engine watches the prices itself and the bot is paused");
    if (next_state(bot.state, BotEvent::pause)) set_state(bot, BotState::paused, "its protective orders were cancelled twice", "engine");
  }
  recorder_.bot_changed(bot);
}

bool Account::watches_prices() const {
  return std::any_of(bots_.begin(), bots_.end(), [](const auto& entry) {
    const Bot& bot = entry.second;
    return bot.phase == Phase::open && (bot.protection != Protection::resting || bot.state == BotState::closing);
  });
}

void Account::on_candle(const std::string& symbol, Decimal low, Decimal high) {
  for (auto& [id, bot] : bots_) {
    if (bot.phase != Phase::open || bot.symbol != symbol || !bot.exchange_retry.due(now_ms_)) continue;
    if (bot.state == BotState::closing) exit(bot, "close");
    else if (bot.protection == Protection::resting) continue;
    else if (low <= *bot.stop_price) exit(bot, "stop_loss");
    else if (high >= *bot.take_price) exit(bot, "take_profit");
    else verify_protection(bot);
  }
}

void Account::verify(int64_t bot_id) {
  Bot& bot = bots_.at(bot_id);
  if (!bot.funded) fund(bot);
  verify_protection(bot);
}

void Account::verify_protection(Bot& bot) {
  if (bot.phase != Phase::open || bot.protection == Protection::resting || bot.protection == Protection::placing || bot.protection == Protection::watched) return;
  if (!bot.exchange_retry.due(now_ms_)) return;
  place_protection(bot);
  recorder_.bot_changed(bot);
}

std::string Account::retry_text(const Bot& bot) const {
  const int64_t seconds = (bot.exchange_retry.pause_ms(now_ms_) + 999) / 1'000;
  return seconds < 120 ? std::to_string(seconds) + " s" : std::to_string(seconds / 60) + " min";
}

}  // namespace stratdock
