#include "host/exchange_server/account.hpp"

#include <algorithm>
#include <utility>

namespace stratdock::exchange_server {

bool operator==(const Balance& a, const Balance& b) {
  return a.free == b.free && a.locked == b.locked;
}

Account::Account(std::string name, int64_t uid, PaperSettings settings, AccountListener& listener)
    : name_(std::move(name)), uid_(uid), settings_(std::move(settings)), exchange_(settings_), listener_(listener),
      id_noise_(static_cast<uint64_t>(uid) * 0x9e3779b97f4a7c15ULL) {}

void Account::set_first_ids(int64_t first_id) {
  PaperExchange::State state = exchange_.state();
  state.next_order_id = first_id;
  state.next_list_id = first_id / 1000 + 1;
  const Status restored = exchange_.restore(state);
  static_cast<void>(restored.has_value()); // a state just taken fits
}

std::string Account::fresh_id() {
  static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id;
  while (id.size() < 22) {
    id_noise_ += 0x9e3779b97f4a7c15ULL; // splitmix64 (Steele, Lea, Flood 2014)
    uint64_t value = (id_noise_ ^ (id_noise_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    id += letters[(value ^ (value >> 31)) % letters.size()];
  }
  return id;
}

Status Account::deposit(const std::string& asset, Decimal amount, int64_t now_ms) {
  if ((exchange_.balance(asset).free + amount).is_negative())
    return failure("taking " + amount.abs().text() + " " + asset + " from account " + name_ + ": only " +
                       exchange_.balance(asset).free.text() + " is free",
                   "cancel orders that hold it, or take less");
  exchange_.deposit(asset, amount);
  listener_.on_deposit(*this, asset, amount, now_ms);
  collect(now_ms);
  return {};
}

Result<Order> Account::place(OrderRequest request, const OrderExtras& extras, int64_t now_ms) {
  if (request.client_id.empty()) request.client_id = fresh_id();
  exchange_.set_time(now_ms);
  Result<Order> placed = exchange_.place_order(request);
  if (placed) extras_[placed->order_id] = extras;
  collect(now_ms);
  return placed;
}

Result<ListRecord> Account::place(OrderListRequest request, const OrderExtras& extras, int64_t now_ms) {
  for (std::string* id : {&request.list_client_id, &request.working.client_id, &request.above.client_id, &request.below.client_id})
    if (id->empty()) *id = fresh_id();
  exchange_.set_time(now_ms);
  const Result<std::vector<Order>> placed = exchange_.place_list(request);
  if (!placed) return tl::unexpected(placed.error());
  ListRecord& list = lists_[placed->front().list_id];
  list = {placed->front().list_id, request.kind, request.list_client_id, request.symbol, now_ms, {}, false, false};
  for (const Order& order : *placed) {
    list.orders.emplace_back(order.order_id, order.client_id);
    extras_[order.order_id] = extras;
  }
  ListRecord as_placed = list;
  collect(now_ms);
  return as_placed;
}

Result<Order> Account::cancel(const std::string& symbol, int64_t order_id, const std::string& cancel_id,
                              int64_t now_ms) {
  exchange_.set_time(now_ms);
  cancel_id_ = cancel_id;
  Result<Order> canceled = exchange_.cancel_order(symbol, order_id);
  collect(now_ms);
  return canceled;
}

Result<std::vector<Order>> Account::cancel_list(int64_t list_id, const std::string& cancel_id, int64_t now_ms) {
  exchange_.set_time(now_ms);
  cancel_id_ = cancel_id;
  Result<std::vector<Order>> canceled = exchange_.cancel_list(list_id);
  collect(now_ms);
  return canceled;
}

size_t Account::cancel_open(const std::string& symbol, int64_t now_ms) {
  size_t count = 0;
  for (const Order& order : exchange_.open_orders(symbol))
    if (cancel(symbol, order.order_id, "", now_ms)) ++count; // else it went with its list
  return count;
}

Result<Order> Account::execute_resting(const std::string& symbol, int64_t order_id, Decimal quantity, int64_t now_ms) {
  exchange_.set_time(now_ms);
  Result<Order> filled = exchange_.execute_resting(symbol, order_id, quantity);
  collect(now_ms);
  return filled;
}

void Account::set_fees(const PaperFees& fees) {
  settings_.fees = fees;
  exchange_.set_fees(fees);
}

void Account::collect(int64_t now_ms) {
  const std::vector<ExchangeEvent> events = exchange_.take_events();
  for (const ExchangeEvent& event : events)
    book(event, now_ms);
  cancel_id_.clear();
  if (!events.empty()) report_lists();
  report_balances(now_ms);
  if (!events.empty()) forget_old();
}

void Account::book(const ExchangeEvent& event, int64_t now_ms) {
  const auto [found, is_first] = orders_.try_emplace(event.order.order_id);
  OrderRecord& record = found->second;
  if (is_first) {
    if (const auto extras = extras_.find(event.order.order_id); extras != extras_.end()) {
      record.extras = extras->second;
      extras_.erase(extras);
    }
  }
  record.order = event.order;
  if (event.order.is_working && record.working_ms < 0) record.working_ms = event.order.update_ms;
  ExecutionReport report{"NEW", record, nullptr, {}, next_execution_id_++, now_ms};
  if (event.kind == ExchangeEvent::Kind::fill) {
    const TradeRecord trade{listener_.on_trade(event.fill), event.order.list_id, event.fill};
    record.trades.push_back(trade);
    trades_.push_back(trade);
    report.type = "TRADE";
    report.trade = &record.trades.back();
  } else if (event.order.status == OrderStatus::canceled) {
    report.type = "CANCELED";
    report.cancel_id = cancel_id_.empty() ? fresh_id() : cancel_id_;
  } else if (event.order.status == OrderStatus::expired) {
    report.type = "EXPIRED";
  } else if (event.order.status == OrderStatus::expired_in_match) {
    report.type = "TRADE_PREVENTION";
  }
  listener_.on_execution(*this, report);
}

void Account::report_balances(int64_t now_ms) {
  std::vector<AssetBalance> changed;
  for (const auto& [asset, balance] : exchange_.balances()) {
    const auto [told, is_new] = told_balances_.try_emplace(asset);
    if (!is_new && told->second == balance) continue;
    told->second = balance;
    changed.push_back({asset, balance});
  }
  if (changed.empty()) return;
  update_ms_ = now_ms;
  listener_.on_position(*this, changed, now_ms);
}

// A list is over when none of its orders can change any more.
void Account::report_lists() {
  for (auto& [id, list] : lists_) {
    if (list.is_done) continue;
    if (!std::exchange(list.is_told, true)) listener_.on_list(*this, list);
    const bool is_over = std::all_of(list.orders.begin(), list.orders.end(), [&](const auto& entry) {
      const auto order = orders_.find(entry.first);
      return order != orders_.end() && is_terminal(order->second.order.status);
    });
    if (!is_over) continue;
    list.is_done = true;
    listener_.on_list(*this, list);
  }
}

void Account::forget_old() {
  for (auto order = orders_.begin(); orders_.size() > max_records && order != orders_.end();)
    order = is_terminal(order->second.order.status) ? orders_.erase(order) : std::next(order);
  if (trades_.size() > max_records + max_records / 10)
    trades_.erase(trades_.begin(), trades_.end() - static_cast<std::ptrdiff_t>(max_records));
  for (auto list = lists_.begin(); lists_.size() > max_records && list != lists_.end();)
    list = list->second.is_done ? lists_.erase(list) : std::next(list);
}

const OrderRecord* Account::find(const std::string& symbol, int64_t order_id) const {
  const auto found = orders_.find(order_id);
  return found == orders_.end() || found->second.order.symbol != symbol ? nullptr : &found->second;
}

const OrderRecord* Account::find(const std::string& symbol, const std::string& client_id) const {
  const OrderRecord* newest = nullptr;
  for (auto entry = orders_.rbegin(); entry != orders_.rend(); ++entry) {
    const Order& order = entry->second.order;
    if (order.client_id != client_id || order.symbol != symbol) continue;
    if (!is_terminal(order.status)) return &entry->second;
    if (!newest) newest = &entry->second;
  }
  return newest;
}

const ListRecord* Account::find_list(const std::string& client_id) const {
  for (auto entry = lists_.rbegin(); entry != lists_.rend(); ++entry)
    if (entry->second.client_id == client_id) return &entry->second;
  return nullptr;
}

} // namespace stratdock::exchange_server
