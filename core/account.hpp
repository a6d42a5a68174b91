// An account: its bots, its ledger and its risk book, driven by decisions, candles and the exchange's answers.
// The same class trades in paper mode, live, in the backtest and in simulation; only the neighbours differ:
// an ExchangePort that carries intents out and a Recorder that writes down what happened.
//
// Thread rule: one thread; no clock (times come in), no I/O of its own. Invariant: every order it sends passed the risk
// book and was recorded as an intent before; a bot has at most one entry, one exit and one protective list at the exchange.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/bot.hpp"
#include "core/intent.hpp"
#include "core/ledger.hpp"
#include "core/paper_exchange.hpp"
#include "core/risk.hpp"

namespace stratdock {

// What became of an intent that was carried to an exchange.
struct Submission {
  enum class Kind : uint8_t {
    accepted,
    refused,  // for certain: the exchange has nothing of it, `error` is its answer
    unknown   // it may have it or not; evidence comes as events, and until then it is never sent again
  };
  Kind kind = Kind::accepted;
  std::vector<Order> orders;  // of an accepted one, as they stood when it was answered
  Error error;                // of the other two
  std::vector<Fill> fills;    // trades that the answer brought along; a paper exchange tells them as events alone
  Decimal unbooked = {};      // of a cancel: what its orders have executed and no event has told yet
};

// Carries intents to an exchange. Bot and intent are as they must be found after a crash when submit() is called, so a
// port whose exchange outlives the process makes them durable before it sends.
class ExchangePort {
public:
  virtual ~ExchangePort() = default;
  virtual const Symbol* find_symbol(const std::string& name) const = 0;
  virtual Submission submit(const Intent& intent) = 0;
};

class PaperPort : public ExchangePort {
public:
  explicit PaperPort(PaperExchange& exchange) : exchange_(exchange) {}
  const Symbol* find_symbol(const std::string& name) const override { return exchange_.find_symbol(name); }
  Submission submit(const Intent& intent) override;

private:
  PaperExchange& exchange_;
};

// Things a person should know that are no row of their own: lines of the bot's log, and alarms.
struct Notice {
  enum class Level : uint8_t { info, warning, error } level = Level::info;
  std::string code;  // stable; empty for a plain log line, else an alarm's code
  std::string text;
};

// Told everything, in order, inside the transaction that makes it durable. Every method may be left out.
class Recorder {
public:
  virtual ~Recorder() = default;
  virtual void intent_changed(const Bot&, const Intent&) {}  // journaled first, then each change of state
  virtual void order_changed(const Bot&, const Intent&, const Order&) {}
  virtual void filled(const Bot&, const Intent&, const Fill&) {}
  virtual void position_opened(const Bot&) {}
  virtual void position_closed(const Bot&, const Trade&) {}
  virtual void bot_changed(const Bot&) {}
  virtual void state_changed(const Bot&, BotState from, const std::string& reason, const std::string& actor) {
    (void)from, (void)reason, (void)actor;
  }
  virtual void noticed(const Bot&, const Notice&) {}
};

// What became of a decision.
struct Outcome {
  enum class Kind : uint8_t { hold, intent, blocked } kind = Kind::hold;
  std::string blocked_reason;
  int64_t intent_id = 0;
};

// A holding that a bot is to take over: bought at `entry_price`, protected at `stop` and `take` where given, else by the
// bot's own levels.
struct Adoption {
  Decimal quantity, entry_price;
  std::optional<Decimal> stop, take;
};

class Account {
public:
  // All three must outlive the account.
  Account(ExchangePort& port, Recorder& recorder, RiskLimits limits, std::string install_key);

  // Bots. Ids come from the store, once, and are never reused.
  Bot& add_bot(Bot bot);
  void remove_bot(int64_t id);  // must be flat and own nothing (checked)
  Bot* find_bot(int64_t id);
  std::map<int64_t, Bot>& bots() { return bots_; }
  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  RiskBook& risk() { return risk_; }
  Decimal cash(const Bot& bot) const;
  // Symbol rules of a bot; null when the exchange does not have the symbol.
  const Symbol* rules(const Bot& bot) const { return port_.find_symbol(bot.symbol); }

  // The clock and the market, set before anything else of the same instant.
  void set_time(int64_t now_ms) { now_ms_ = now_ms; }
  int64_t now_ms() const { return now_ms_; }
  void set_price(const std::string& symbol, Decimal price) { prices_[symbol] = price; }
  Decimal price(const std::string& symbol) const;

  // The exchange's events, in order. Fills move positions and place protection.
  void on_exchange_events(const std::vector<ExchangeEvent>& events);
  // Whether on_candle() has anything to look at: an open position whose protection does not rest at the exchange, or one
  // that is being closed.
  bool watches_prices() const;
  // After a candle: exits that the engine watches itself, and what the exchange refused, with growing pauses.
  void on_candle(const std::string& symbol, Decimal low, Decimal high);
  // A strategy's advice at the close of a candle.
  Outcome on_decision(int64_t bot_id, const Decision& decision);
  // Before an evaluation: protection is where it should be, and money owed to the bot is allotted.
  void verify(int64_t bot_id);

  // Owner's wishes and the engine's own findings. An event the state does not know is refused and changes nothing.
  Status apply(int64_t bot_id, BotEvent event, const std::string& reason, const std::string& actor);
  Status allot(int64_t bot_id, Decimal amount);
  Status release(int64_t bot_id, Decimal amount);
  // A new trade amount: the difference is allotted or released.
  Status change_settings(int64_t bot_id, const BotSettings& settings);
  // A holding that lies unallocated becomes the bot's position, on its owner's word, and is protected. Refused where the bot is
  // not flat, the holding is too small to be sold, or the price is beyond its stop-loss or take-profit already.
  Status adopt(int64_t bot_id, const Adoption& adoption);
  // The refusals of adopt() that are not about the money being there; changes nothing.
  Status check_adoption(int64_t bot_id, const Adoption& adoption) const;
  // The other way: what the bot holds becomes unallocated, unsold; its protective orders are cancelled and nobody watches
  // it. The bot is flat afterwards. Refused while an order is in flight or its stop-loss or take-profit is being filled.
  Status release_holding(int64_t bot_id);
  // When flat: trades another symbol from now on.
  Status change_symbol(int64_t bot_id, const std::string& symbol, const std::string& reason);

  // Persistence of what is not a bot, a balance or an exchange's order.
  int64_t next_intent_id() const { return next_intent_id_; }
  void restore_next_intent_id(int64_t id) { next_intent_id_ = id; }
  // Intents that are not terminal, to be journaled whole and given back at start.
  const std::map<int64_t, Intent>& open_intents() const { return intents_; }
  void restore_intent(Intent intent);
  // Whether an order of the bot (0: of any) was sent whose outcome nobody knows.
  bool has_unknown(int64_t bot_id = 0) const;
  // After a crash: what was written down and perhaps sent, but never answered, has an unknown outcome.
  void lose_unanswered();
  // Whether an open intent has an order of this id.
  bool knows_client_id(const std::string& client_id) const { return intent_by_client_id_.contains(client_id); }

private:
  Intent& new_intent(const Bot& bot, IntentPurpose purpose, const std::string& reason);
  void track(const Intent& intent);
  void forget_if_done(int64_t intent_id);
  // Records, sends, records the answer.
  Submission send(Bot& bot, Intent& intent);
  void lose(Bot& bot, Intent& intent);
  // There is evidence at last of an intent whose outcome was unknown.
  void found(Bot& bot, Intent& intent, const Order& order);
  void set_intent_state(Bot& bot, Intent& intent, IntentEvent event);
  void on_order(Bot& bot, Intent& intent, const Order& order);
  void on_fill(Bot& bot, Intent& intent, const Fill& fill);
  void entry_ended(Bot& bot);
  void sale_ended(Bot& bot);
  void place_protection(Bot& bot);
  // Nothing where it still rests; else what of it was executed and is not booked yet.
  std::optional<Decimal> cancel_protection(Bot& bot);
  Outcome enter(Bot& bot, const Decision& decision);
  Outcome exit(Bot& bot, const std::string& reason);
  void on_protection_lost(Bot& bot);
  // A cancel of our own was carried out although nobody said so.
  void on_protection_gone(Bot& bot);
  void verify_protection(Bot& bot);
  std::string retry_text(const Bot& bot) const;  // "40 s": how long until the exchange is asked again
  void set_state(Bot& bot, BotState state, const std::string& reason, const std::string& actor);
  void fund(Bot& bot);
  void update_exposure(const Bot& bot);
  void notice(const Bot& bot, Notice::Level level, std::string code, std::string text);

  ExchangePort& port_;
  Recorder& recorder_;
  RiskBook risk_;
  Ledger ledger_;
  std::string install_key_;
  std::map<int64_t, Bot> bots_;
  std::map<int64_t, Intent> intents_;  // until it and all orders of it are terminal
  std::unordered_map<std::string, int64_t> intent_by_client_id_;  // every client id of those, legs included
  std::unordered_map<std::string, Decimal> prices_;
  int64_t now_ms_ = 0;
  int64_t next_intent_id_ = 1;
};

}  // namespace stratdock
