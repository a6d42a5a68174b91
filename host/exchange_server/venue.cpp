#include "host/exchange_server/venue.hpp"

#include "core/check.hpp"

namespace stratdock::exchange_server {

namespace {
// Order ids are above 2^31 from the start, as the real ones: a client that keeps them in 32 bits shows at once.
constexpr int64_t first_order_id = 4'000'000'001, ids_per_account = 1'000'000'000, first_uid = 350'000'001;
} // namespace

void Venue::set_listeners(MarketListener* market, std::vector<AccountListener*> accounts) {
  market_listener_ = market;
  account_listeners_ = std::move(accounts);
}

Tape& Venue::add_symbol(const Symbol& symbol, int64_t interval_ms) {
  STRATDOCK_CHECK(accounts_.empty());
  return *tapes_.emplace_back(std::make_unique<Tape>(symbol, interval_ms));
}

Account& Venue::add_account(const AccountSettings& settings) {
  const auto number = static_cast<int64_t>(accounts_.size());
  Account& account =
      *accounts_.emplace_back(std::make_unique<Account>(settings.name, first_uid + number, settings.paper, *this));
  account.keys().assign(settings.keys.begin(), settings.keys.end());
  for (const auto& tape : tapes_)
    account.exchange().set_symbol(tape->symbol());
  account.set_first_ids(first_order_id + number * ids_per_account);
  for (const auto& [asset, amount] : settings.balances)
    account.exchange().deposit(asset, amount);
  account.collect(now_ms());
  return account;
}

void Venue::set_symbol(const Symbol& symbol) {
  Tape* tape = find_tape(symbol.name);
  STRATDOCK_CHECK(tape != nullptr);
  tape->set_symbol(symbol);
  for (const auto& account : accounts_)
    account->exchange().set_symbol(symbol);
}

Tape* Venue::find_tape(std::string_view symbol) {
  for (const auto& tape : tapes_)
    if (tape->symbol().name == symbol) return tape.get();
  return nullptr;
}

Account* Venue::find_account(std::string_view name) {
  for (const auto& account : accounts_)
    if (account->name() == name) return account.get();
  return nullptr;
}

Venue::KeyOwner Venue::find_key(std::string_view id) {
  for (const auto& account : accounts_)
    for (ApiKey& key : account->keys())
      if (key.id == id) return {account.get(), &key};
  return {};
}

Decimal Venue::average_price(const Tape& tape) const {
  if (accounts_.empty()) return tape.price();
  const Decimal average = accounts_.front()->exchange().average_price(tape.symbol().name);
  return average.is_positive() ? average : tape.price();
}

void Venue::begin_candle(Tape& tape, const Candle& candle) {
  const int64_t now = now_ms();
  tape.begin(candle, now);
  for (const auto& account : accounts_) {
    account->exchange().set_time(now);
    account->exchange().begin_candle(tape.symbol().name, candle);
    account->collect(now);
  }
  if (market_listener_) market_listener_->on_price(tape);
}

void Venue::move_price(Tape& tape, const Candle& whole, double price, double share) {
  const int64_t now = now_ms();
  tape.move(whole, price, share, now);
  for (const auto& account : accounts_) {
    account->exchange().set_time(now);
    account->exchange().move_price(account->exchange().symbol_index(tape.symbol().name), price);
    account->collect(now);
  }
  if (market_listener_) market_listener_->on_price(tape);
}

void Venue::end_candle(Tape& tape, const Candle& whole) {
  const int64_t now = now_ms();
  tape.end(whole, now);
  for (const auto& account : accounts_) {
    account->exchange().set_time(now);
    account->exchange().end_candle(tape.symbol().name);
    account->collect(now);
  }
  if (!market_listener_) return;
  market_listener_->on_price(tape);
  market_listener_->on_candle_closed(tape);
}

void Venue::on_execution(Account& account, const ExecutionReport& report) {
  for (AccountListener* listener : account_listeners_)
    listener->on_execution(account, report);
}
void Venue::on_list(Account& account, const ListRecord& list) {
  for (AccountListener* listener : account_listeners_)
    listener->on_list(account, list);
}
void Venue::on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t now) {
  for (AccountListener* listener : account_listeners_)
    listener->on_position(account, changed, now);
}
void Venue::on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t now) {
  for (AccountListener* listener : account_listeners_)
    listener->on_deposit(account, asset, amount, now);
}
int64_t Venue::on_trade(const Fill& fill) {
  Tape* tape = find_tape(fill.symbol);
  STRATDOCK_CHECK(tape != nullptr);
  return tape->add_trade(fill.price, fill.quantity, fill.is_maker == (fill.side == Side::buy), fill.time_ms);
}

} // namespace stratdock::exchange_server
