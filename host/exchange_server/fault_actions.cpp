#include "host/exchange_server/fault_actions.hpp"

#include <algorithm>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr SymbolStatus statuses[] = {SymbolStatus::trading, SymbolStatus::halt, SymbolStatus::break_, SymbolStatus::cancel_only,
                                     SymbolStatus::end_of_day};

Decimal decimal_or(const Fault& fault, std::string_view name, Decimal fallback) {
  return fault.has_setting(name) ? Decimal::parse(fault.text_setting(name, "0")).value_or(fallback) : fallback;
}

// The quantity rules of LOT_SIZE change; MARKET_LOT_SIZE keeps its own.
void change_filters(const Fault& fault, Symbol& symbol) {
  symbol.price.tick = decimal_or(fault, "tick_size", symbol.price.tick);
  symbol.price.min = decimal_or(fault, "min_price", symbol.price.min);
  symbol.price.max = decimal_or(fault, "max_price", symbol.price.max);
  symbol.lot.step = decimal_or(fault, "step_size", symbol.lot.step);
  symbol.lot.min = decimal_or(fault, "min_quantity", symbol.lot.min);
  symbol.lot.max = decimal_or(fault, "max_quantity", symbol.lot.max);
  symbol.notional.min = decimal_or(fault, "min_notional", symbol.notional.min);
  symbol.notional.max = decimal_or(fault, "max_notional", symbol.notional.max);
  symbol.max_orders = static_cast<int>(fault.number_setting("max_orders", symbol.max_orders));
  symbol.max_algo_orders = static_cast<int>(fault.number_setting("max_algo_orders", symbol.max_algo_orders));
}

bool places_order(const Call& call) {
  return call.route && call.route->orders > 0;
}

} // namespace

Result<Account*> FaultActions::account_of(const Fault& fault, const Call* call) {
  Venue& venue = exchange_.venue;
  if (!fault.account().empty()) {
    Account* account = venue.find_account(fault.account());
    if (!account) return failure("acting on an account: there is none named '" + fault.account() + "'", "--accounts names them");
    return account;
  }
  if (call && call->account) return call->account;
  if (call && !call->api_key.empty())
    if (Account* owner = venue.find_key(call->api_key).account) return owner;
  return venue.accounts().front().get();
}

Result<Symbol> FaultActions::symbol_of(const Fault& fault, const Call* call) {
  std::string name = fault.symbol();
  if (name.empty() && call)
    if (const std::string* sent = call->parameters().find("symbol")) name = *sent;
  const Tape* tape = exchange_.venue.find_tape(name);
  if (!tape) return failure("acting on a symbol: there is none named '" + name + "'", "name one in 'symbol'");
  return tape->symbol();
}

const Order* FaultActions::order_to_cancel(const Call& call, Account& account) {
  if (!call.route || !call.route->path.starts_with("/api/v3/order")) return nullptr;
  const bool is_replace = call.route->path == "/api/v3/order/cancelReplace";
  if (!is_replace && call.route->verb != "DELETE") return nullptr;
  const std::string* symbol = call.parameters().find("symbol");
  if (!symbol) return nullptr;
  const std::string* id = call.parameters().find(is_replace ? "cancelOrderId" : "orderId");
  const std::string* client_id = call.parameters().find(is_replace ? "cancelOrigClientOrderId" : "origClientOrderId");
  for (const Order& order : account.exchange().open_orders(*symbol)) {
    if (id ? std::to_string(order.order_id) != *id : !client_id || order.client_id != *client_id) continue;
    if (!order.price.is_positive() || !order.is_working) return nullptr;
    found_ = order;
    return &found_;
  }
  return nullptr;
}

bool FaultActions::can_perform(const Fault& fault, const Call& call) {
  const std::string_view name = fault.kind().name;
  if (name == "cancel_race") {
    const Result<Account*> account = account_of(fault, &call);
    return account && order_to_cancel(call, **account);
  }
  if (name == "partial_fills" || name == "self_trade_expiry") return places_order(call);
  return true;
}

Result<std::string> FaultActions::perform(const Fault& fault, const Call* call) {
  const std::string_view name = fault.kind().name;
  if (name == "filters_changed" || name == "status_changed" || name == "delisted") return change_symbol(fault, call);
  if (name == "key_revoked") return revoke(fault, call);
  if (name == "foreign_cancel") return cancel(fault, call, fault.symbol());
  if (name == "cancel_race") return race(fault, call);
  if (name == "clock_step") {
    const int64_t step_ms = fault.number_setting("step_ms", 0);
    exchange_.venue.clock().set_step(step_ms);
    return "the clock is " + std::to_string(step_ms) + " ms off";
  }
  const Result<Account*> account = account_of(fault, call);
  if (!account) return tl::unexpected(account.error());
  return change_account(fault, **account);
}

Result<std::string> FaultActions::change_account(const Fault& fault, Account& account) {
  const std::string_view name = fault.kind().name;
  if (name == "partial_fills") {
    const auto parts = static_cast<int>(std::clamp<int64_t>(fault.number_setting("parts", 3), 1, 1000));
    account.exchange().set_fill_parts(parts);
    return "orders of " + account.name() + " fill in up to " + std::to_string(parts) + " parts";
  }
  if (name == "self_trade_expiry") {
    account.exchange().prevent_next_match();
    return "the next order of " + account.name() + " meets its own";
  }
  if (name == "commission_asset") {
    PaperFees fees = account.settings().fees;
    fees.pay_with_bnb = fault.flag_setting("bnb", true);
    account.set_fees(fees);
    return account.name() + (fees.pay_with_bnb ? " pays commission in BNB" : " pays commission in what it receives");
  }
  const std::string asset = fault.text_setting("asset", ""), amount = fault.text_setting("amount", "");
  const Result<Decimal> value = Decimal::parse(amount);
  if (asset.empty() || !value) return failure("changing a balance: 'asset' or 'amount' is missing", "give both, {\"asset\": \"USDT\", \"amount\": \"-5\"}");
  if (Status done = account.deposit(asset, *value, exchange_.venue.now_ms()); !done) return tl::unexpected(done.error());
  return amount + " " + asset + " for " + account.name();
}

Result<std::string> FaultActions::change_symbol(const Fault& fault, const Call* call) {
  Result<Symbol> symbol = symbol_of(fault, call);
  if (!symbol) return tl::unexpected(symbol.error());
  if (fault.kind().name == "filters_changed") {
    change_filters(fault, *symbol);
    exchange_.venue.set_symbol(*symbol);
    return "the filters of " + symbol->name + " changed";
  }
  const bool is_delisting = fault.kind().name == "delisted";
  const std::string wanted = is_delisting ? "BREAK" : fault.text_setting("status", "HALT");
  const auto status = std::find_if(std::begin(statuses), std::end(statuses), [&](SymbolStatus one) { return status_name(one) == wanted; });
  if (status == std::end(statuses))
    return failure("changing the status of " + symbol->name + ": '" + wanted + "' is none", "TRADING, HALT, BREAK, CANCEL_ONLY or END_OF_DAY");
  symbol->status = *status;
  exchange_.venue.set_symbol(*symbol);
  if (!is_delisting) return symbol->name + " is " + wanted;
  size_t cancelled = 0;
  for (const auto& account : exchange_.venue.accounts())
    cancelled += account->cancel_open(symbol->name, exchange_.venue.now_ms());
  return symbol->name + " is delisted; cancelled " + std::to_string(cancelled) + " orders";
}

Result<std::string> FaultActions::cancel(const Fault& fault, const Call* call, const std::string& symbol) {
  const Result<Account*> account = account_of(fault, call);
  if (!account) return tl::unexpected(account.error());
  const int64_t order_id = fault.number_setting("order_id", 0), now_ms = exchange_.venue.now_ms();
  size_t cancelled = 0;
  for (const Order& order : (*account)->exchange().open_orders(symbol)) {
    if (order_id != 0 && order.order_id != order_id) continue;
    if (!fault.means_order(order.client_id)) continue;
    if ((*account)->cancel(order.symbol, order.order_id, "", now_ms)) ++cancelled; // else it went with its list
  }
  if (cancelled == 0) return failure("cancelling as the user: no open order is meant", "GET /api/v3/openOrders shows them");
  return "the user cancelled " + std::to_string(cancelled) + " orders of " + (*account)->name();
}

Result<std::string> FaultActions::race(const Fault& fault, const Call* call) {
  const Result<Account*> account = account_of(fault, call);
  if (!account) return tl::unexpected(account.error());
  const Order* order = call ? order_to_cancel(*call, **account) : nullptr;
  if (!order) return failure("filling an order before its cancel: the call cancels none on the book", "it acts on cancels of limit orders");
  const Decimal rest = order->quantity - order->executed_quantity, share = decimal_or(fault, "share", Decimal::from_integer(1));
  Decimal quantity;
  if (share < Decimal::from_integer(1)) {
    const Tape* tape = exchange_.venue.find_tape(order->symbol);
    quantity = multiply(rest, share, Rounding::down).floor_to(tape->symbol().lot.step);
  }
  const Result<Order> filled = (*account)->execute_resting(order->symbol, order->order_id, quantity, exchange_.venue.now_ms());
  if (!filled) return tl::unexpected(filled.error());
  return "order " + std::to_string(filled->order_id) + " is " + std::string(text(filled->status)) + " before its cancel";
}

Result<std::string> FaultActions::revoke(const Fault& fault, const Call* call) {
  const std::string id = fault.text_setting("key", call ? call->api_key : "");
  ApiKey* key = exchange_.venue.find_key(id).key;
  if (!key && call && call->key) key = call->key; // of a session
  if (!key) return failure("revoking a key: there is none of that id", "name it in 'key'");
  key->is_revoked = true;
  sockets_.key_revoked(*key);
  return "revoked key " + key->id.substr(0, 8) + "...";
}

} // namespace stratdock::exchange_server
