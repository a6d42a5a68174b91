// The exchange itself, without any network: its clock, its symbols' tapes and its accounts, which share the candles and
// nothing else.
// Owns: all of these. Thread rule: one thread. Invariant: every account's exchange has seen the same candles as the tapes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "host/exchange_server/account.hpp"
#include "host/exchange_server/clock.hpp"
#include "host/exchange_server/tape.hpp"

namespace stratdock::exchange_server {

struct AccountSettings {
  std::string name = "demo";
  std::map<std::string, Decimal> balances;
  PaperSettings paper;
  std::vector<ApiKey> keys;
};

// What the market does, told to the streams.
class MarketListener {
public:
  virtual ~MarketListener() = default;
  virtual void on_price(const Tape& tape) = 0; // a trade, or more: the newest one is the last of tape.trades()
  virtual void on_candle_closed(const Tape& tape) = 0;
};

class Venue : public AccountListener {
public:
  explicit Venue(bool is_market_time) : clock_(is_market_time) {}

  ServerClock& clock() { return clock_; }
  int64_t now_ms() const { return clock_.now_ms(); }
  void set_listeners(MarketListener* market, std::vector<AccountListener*> accounts);

  Tape& add_symbol(const Symbol& symbol, int64_t interval_ms);
  // After all symbols. The reference stays.
  Account& add_account(const AccountSettings& settings);
  // Replaces a symbol's rules, for every account.
  void set_symbol(const Symbol& symbol);

  const std::vector<std::unique_ptr<Tape>>& tapes() const { return tapes_; }
  Tape* find_tape(std::string_view symbol);
  std::vector<std::unique_ptr<Account>>& accounts() { return accounts_; }
  Account* find_account(std::string_view name);
  struct KeyOwner {
    Account* account = nullptr;
    ApiKey* key = nullptr;
  };
  KeyOwner find_key(std::string_view id);
  Decimal average_price(const Tape& tape) const; // of the last five minutes, as avgPrice tells it

  // A candle's life, as the driver leads it.
  void begin_candle(Tape& tape, const Candle& candle);
  // Moves the price; `share` of the candle's time is over.
  void move_price(Tape& tape, const Candle& whole, double price, double share);
  void end_candle(Tape& tape, const Candle& whole);

private:
  void on_execution(Account& account, const ExecutionReport& report) override;
  void on_list(Account& account, const ListRecord& list) override;
  void on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t now_ms) override;
  void on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t now_ms) override;
  int64_t on_trade(const Fill& fill) override;

  ServerClock clock_;
  std::vector<std::unique_ptr<Tape>> tapes_;
  std::vector<std::unique_ptr<Account>> accounts_;
  MarketListener* market_listener_ = nullptr;
  std::vector<AccountListener*> account_listeners_;
};

} // namespace stratdock::exchange_server
