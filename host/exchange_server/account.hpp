// One account of the server: its keys, its paper exchange, and the record of all it ever ordered and traded.
// Owns: the PaperExchange and the records. Thread rule: one thread. Invariant: after collect() the records say what the
// exchange says; every change was told to the listener exactly once, in order.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/paper_exchange.hpp"
#include "host/exchange_server/keys.hpp"

namespace stratdock::exchange_server {

// What a client may say of an order that the exchange only repeats.
struct OrderExtras {
  std::string self_trade_prevention = "EXPIRE_MAKER";
  std::optional<int64_t> strategy_id, strategy_type;
};

struct TradeRecord {
  int64_t trade_id = 0; // the symbol's, as its public trades carry it
  int64_t list_id = -1;
  Fill fill;
};

struct OrderRecord {
  Order order;
  OrderExtras extras;
  int64_t working_ms = -1; // since when it is on the book; -1: not yet
  std::vector<TradeRecord> trades;
};

struct ListRecord {
  int64_t list_id = 0;
  ListKind kind = ListKind::oco;
  std::string client_id, symbol;
  int64_t time_ms = 0;
  std::vector<std::pair<int64_t, std::string>> orders; // id and client id
  bool is_told = false, is_done = false;
};

// One change of an order, as an executionReport tells it.
struct ExecutionReport {
  std::string_view type; // "NEW", "TRADE", "CANCELED", "EXPIRED", "TRADE_PREVENTION"
  const OrderRecord& record;
  const TradeRecord* trade = nullptr; // of TRADE
  std::string cancel_id;              // of CANCELED: the id of the request that did it
  int64_t execution_id = 0;
  int64_t time_ms = 0;
};

struct AssetBalance {
  std::string asset;
  Balance balance;
};

class Account;

class AccountListener {
public:
  virtual ~AccountListener() = default;
  virtual void on_execution(Account& account, const ExecutionReport& report) = 0;
  virtual void on_list(Account& account, const ListRecord& list) = 0;
  // Balances that changed, absolute.
  virtual void on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t now_ms) = 0;
  virtual void on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t now_ms) = 0;
  // A fill joins the symbol's public trades and takes its number there.
  virtual int64_t on_trade(const Fill& fill) = 0;
};

class Account {
public:
  static constexpr size_t max_records = 200'000;

  Account(std::string name, int64_t uid, PaperSettings settings, AccountListener& listener);

  const std::string& name() const { return name_; }
  int64_t uid() const { return uid_; }
  const PaperSettings& settings() const { return settings_; }
  PaperExchange& exchange() { return exchange_; }
  const PaperExchange& exchange() const { return exchange_; }
  std::deque<ApiKey>& keys() { return keys_; } // references stay while keys are added behind

  // Order ids begin behind `first_id`, so that two accounts never share one. Before the first order.
  void set_first_ids(int64_t first_id);
  // Money from outside; negative takes away. Fails when the free balance does not suffice.
  Status deposit(const std::string& asset, Decimal amount, int64_t now_ms);
  int64_t update_ms() const { return update_ms_; }

  Result<Order> place(OrderRequest request, const OrderExtras& extras, int64_t now_ms);
  Result<ListRecord> place(OrderListRequest request, const OrderExtras& extras, int64_t now_ms);
  Result<Order> cancel(const std::string& symbol, int64_t order_id, const std::string& cancel_id, int64_t now_ms);
  Result<std::vector<Order>> cancel_list(int64_t list_id, const std::string& cancel_id, int64_t now_ms);
  // What only a fault or the control port does. Gives how many orders there were.
  size_t cancel_open(const std::string& symbol, int64_t now_ms);
  // As PaperExchange::execute_resting().
  Result<Order> execute_resting(const std::string& symbol, int64_t order_id, Decimal quantity, int64_t now_ms);
  void set_fees(const PaperFees& fees);
  // Books what happened since the last call and tells the listener.
  void collect(int64_t now_ms);

  const std::map<int64_t, OrderRecord>& orders() const { return orders_; } // by id
  const std::map<int64_t, ListRecord>& lists() const { return lists_; }    // by id
  const std::vector<TradeRecord>& trades() const { return trades_; }       // in time
  const OrderRecord* find(const std::string& symbol, int64_t order_id) const;
  // The open order that carries the id, else the newest one that did.
  const OrderRecord* find(const std::string& symbol, const std::string& client_id) const;
  const ListRecord* find_list(const std::string& client_id) const;
  std::string fresh_id(); // a client id as the exchange makes them: 22 letters and digits

private:
  void book(const ExchangeEvent& event, int64_t now_ms);
  void report_balances(int64_t now_ms);
  void report_lists();
  void forget_old();

  std::string name_;
  int64_t uid_;
  PaperSettings settings_;
  PaperExchange exchange_;
  AccountListener& listener_;
  std::deque<ApiKey> keys_;
  std::map<int64_t, OrderRecord> orders_;
  std::map<int64_t, ListRecord> lists_;
  std::vector<TradeRecord> trades_;
  std::map<std::string, Balance> told_balances_;
  std::map<int64_t, OrderExtras> extras_; // of orders whose first event is still to come
  std::string cancel_id_;                 // of the cancel under way
  int64_t next_execution_id_ = 1, update_ms_ = 0;
  uint64_t id_noise_;
};

bool operator==(const Balance& a, const Balance& b);

} // namespace stratdock::exchange_server
