#include "core/paper_exchange.hpp"

#include <algorithm>

#include "core/paper_exchange_impl.hpp"

namespace stratdock {

using paper::refused;

PaperExchange::PaperExchange(PaperSettings settings) : impl_(std::make_unique<Impl>()) {
  impl_->settings = std::move(settings);
}
PaperExchange::~PaperExchange() = default;
PaperExchange::PaperExchange(PaperExchange&&) noexcept = default;
PaperExchange& PaperExchange::operator=(PaperExchange&&) noexcept = default;

// --- What is where ---

int PaperExchange::Impl::index_of(std::string_view symbol) const {
  const auto found = market_by_name.find(symbol);
  return found == market_by_name.end() ? -1 : found->second;
}

PaperExchange::Impl::OpenOrder* PaperExchange::Impl::find_open(Market& market, int64_t order_id) {
  for (OpenOrder& open : market.orders)
    if (open.order.order_id == order_id && !is_terminal(open.order.status)) return &open;
  return nullptr;
}

const PaperExchange::Impl::OpenOrder* PaperExchange::Impl::find_open(const Market& market,
                                                                     std::string_view client_id) const {
  for (const OpenOrder& open : market.orders)
    if (open.order.client_id == client_id && !is_terminal(open.order.status)) return &open;
  return nullptr;
}

PaperExchange::Impl::OrderList* PaperExchange::Impl::list_of(const Order& order) {
  if (order.list_id < 0) return nullptr;
  const auto found = lists.find(order.list_id);
  return found == lists.end() ? nullptr : &found->second;
}

Decimal PaperExchange::Impl::average_price(const Market& market) const {
  const int64_t window_ms = market.symbol.percent_price.average_minutes * minute_ms;
  double volume = 0, quote_volume = 0;
  for (const paper::FinishedCandle& candle : market.recent) {
    if (candle.open_time_ms <= market.recent.back().open_time_ms - window_ms) continue;
    volume += candle.volume;
    quote_volume += candle.quote_volume;
  }
  const double average = volume > 0 ? quote_volume / volume : 0;
  return average > 0 && average < 1e20 ? Decimal::from_double(average) : market.last_price();
}

std::string PaperExchange::Impl::fresh_client_id(const Market& market, int64_t order_id) const {
  std::string id = "paper-" + std::to_string(order_id);
  while (find_open(market, id))
    id += "x";
  return id;
}

// --- Money and the ends of orders ---

void PaperExchange::Impl::lock(const std::string& asset, Decimal amount) {
  Balance& balance = balances[asset];
  STRATDOCK_CHECK(!amount.is_negative() && balance.free >= amount);
  balance.free -= amount;
  balance.locked += amount;
}

void PaperExchange::Impl::unlock(const std::string& asset, Decimal amount) {
  Balance& balance = balances[asset];
  STRATDOCK_CHECK(!amount.is_negative() && balance.locked >= amount);
  balance.locked -= amount;
  balance.free += amount;
}

Decimal PaperExchange::Impl::funds_needed(const Market& market, const OpenOrder& open) const {
  const Order& order = open.order;
  const bool by_quote = order.requested_quote_quantity.is_positive() && order.quantity.is_zero();
  if (!open.is_buy()) {
    if (!by_quote) return open.remaining();
    return sellable_quantity(market.symbol, divide(order.requested_quote_quantity, market.last_price(), Rounding::down),
                             true);
  }
  if (by_quote) return order.requested_quote_quantity;
  const Decimal price = order.price.is_positive()        ? order.price
                        : order.stop_price.is_positive() ? order.stop_price
                                                         : market.last_price();
  return multiply(price, open.remaining(), Rounding::down);
}

void PaperExchange::Impl::release_above(Market& market, OpenOrder& open, Decimal amount) {
  if (open.locked <= amount) return;
  unlock(paying_asset(market, open.order.side), open.locked - amount);
  open.locked = amount;
}

void PaperExchange::Impl::report_change(const Order& order) {
  events.push_back({ExchangeEvent::Kind::order_changed, order, {}});
}

void PaperExchange::Impl::remember(const Order& order) {
  finished.push_back(order);
  if (finished.size() > remembered_orders) finished.pop_front();
}

void PaperExchange::Impl::close(Market& market, OpenOrder& open, OrderStatus status, std::string_view expiry_reason) {
  release_above(market, open, Decimal());
  open.order.status = status;
  open.order.is_working = false;
  open.order.update_ms = now_ms;
  open.order.expiry_reason = expiry_reason;
  market.bounds_are_stale = true;
  report_change(open.order);
  remember(open.order);
}

void PaperExchange::Impl::expire(Market& market, OpenOrder& open, std::string_view expiry_reason) {
  close(market, open, OrderStatus::expired, expiry_reason);
  settle_list(market, open.order);
}

void PaperExchange::Impl::sweep(Market& market) {
  std::erase_if(market.orders, [](const OpenOrder& open) { return is_terminal(open.order.status); });
  market.bounds_are_stale = true;
}

// --- The public side ---

void PaperExchange::set_symbol(const Symbol& symbol) {
  STRATDOCK_CHECK(!symbol.name.empty() && symbol.base_asset != symbol.quote_asset);
  const int index = impl_->index_of(symbol.name);
  if (index >= 0) {
    impl_->markets[static_cast<size_t>(index)].symbol = symbol;
    return;
  }
  impl_->market_by_name[symbol.name] = static_cast<int>(impl_->markets.size());
  impl_->markets.emplace_back().symbol = symbol;
}

int PaperExchange::symbol_index(std::string_view name) const {
  return impl_->index_of(name);
}

const Symbol* PaperExchange::find_symbol(std::string_view name) const {
  const int index = impl_->index_of(name);
  return index < 0 ? nullptr : &impl_->markets[static_cast<size_t>(index)].symbol;
}

void PaperExchange::deposit(const std::string& asset, Decimal amount) {
  Balance& balance = impl_->balances[asset];
  STRATDOCK_CHECK(!(balance.free + amount).is_negative());
  balance.free += amount;
}

Balance PaperExchange::balance(const std::string& asset) const {
  const auto found = impl_->balances.find(asset);
  return found == impl_->balances.end() ? Balance{} : found->second;
}

const std::map<std::string, Balance>& PaperExchange::balances() const {
  return impl_->balances;
}

void PaperExchange::set_time(int64_t now_ms) {
  STRATDOCK_CHECK(now_ms >= impl_->now_ms);
  impl_->now_ms = now_ms;
}

// The place of an index or name in `markets`; a symbol never set is a bug of the caller.
static size_t checked_index(int index) {
  STRATDOCK_CHECK(index >= 0);
  return static_cast<size_t>(index);
}

void PaperExchange::begin_candle(int index, const Candle& candle) {
  impl_->begin(impl_->markets[checked_index(index)], candle);
}
void PaperExchange::begin_candle(std::string_view symbol, const Candle& candle) {
  begin_candle(symbol_index(symbol), candle);
}
void PaperExchange::end_candle(int index) {
  impl_->end(impl_->markets[checked_index(index)]);
}
void PaperExchange::end_candle(std::string_view symbol) {
  end_candle(symbol_index(symbol));
}
void PaperExchange::move_price(int index, double price) {
  impl_->move(impl_->markets[checked_index(index)], price);
}

bool PaperExchange::is_idle(int index) const {
  return impl_->markets[checked_index(index)].orders.empty();
}
bool PaperExchange::is_idle(std::string_view symbol) const {
  return is_idle(symbol_index(symbol));
}

Decimal PaperExchange::last_price(int index) const {
  return impl_->markets[checked_index(index)].last_price();
}
Decimal PaperExchange::last_price(std::string_view symbol) const {
  return last_price(symbol_index(symbol));
}

Decimal PaperExchange::average_price(std::string_view symbol) const {
  return impl_->average_price(impl_->markets[checked_index(symbol_index(symbol))]);
}

Result<Order> PaperExchange::test_order(const OrderRequest& request) const {
  const int index = impl_->index_of(request.symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  const paper::Market& market = impl_->markets[static_cast<size_t>(index)];
  if (Status status = impl_->check_request(market, request, {}, false); !status) return tl::unexpected(status.error());
  if (Status status = impl_->check_accepting(market, request); !status) return tl::unexpected(status.error());
  if (Status status = impl_->check_filters(market, request, false); !status) return tl::unexpected(status.error());
  Order order;
  order.symbol = request.symbol;
  order.client_id = request.client_id;
  order.side = request.side;
  order.type = request.type;
  order.time_in_force = request.time_in_force;
  order.quantity = request.quantity;
  order.requested_quote_quantity = request.quote_quantity;
  order.price = request.price;
  order.stop_price = request.stop_price;
  order.iceberg_quantity = request.iceberg_quantity;
  order.trailing_delta_bips = request.trailing_delta_bips;
  order.time_ms = order.update_ms = impl_->now_ms;
  return order;
}

Result<Order> PaperExchange::place_order(const OrderRequest& request) {
  if (Result<Order> tested = test_order(request); !tested) return tested;
  paper::Market& market = impl_->markets[checked_index(impl_->index_of(request.symbol))];
  if (Status status = impl_->check_client_id(market, request.client_id); !status) return tl::unexpected(status.error());
  if (Status status = impl_->check_against_price(market, request.type, request.side, request.price, request.stop_price);
      !status)
    return tl::unexpected(status.error());
  if (Status status = impl_->check_counts(market, {&request}); !status) return tl::unexpected(status.error());

  paper::OpenOrder probe;
  probe.order.side = request.side;
  probe.order.quantity = request.quantity;
  probe.order.requested_quote_quantity = request.quote_quantity;
  probe.order.price = request.price;
  probe.order.stop_price = request.stop_price;
  Decimal funds = impl_->funds_needed(market, probe);
  if (impl_->settings.fill_at_once && request.type == OrderType::market && request.quantity.is_positive() &&
      request.side == Side::buy) // what it will cost is known here, so lacking money is a refusal
    funds = multiply(impl_->slipped_price(market, request.side), request.quantity, Rounding::down);
  const std::string& asset = impl_->paying_asset(market, request.side);
  if (balance(asset).free < funds) return refused(-2010, "Account has insufficient balance for requested action.");

  paper::OpenOrder open;
  open.order = impl_->make_order(request, market, -1);
  open.locked = funds;
  impl_->lock(asset, funds);
  market.orders.push_back(open);
  market.bounds_are_stale = true;
  market.orders.back().fill_parts = impl_->fill_parts;
  impl_->report_change(open.order);
  if (std::exchange(impl_->prevents_next, false)) {
    impl_->close(market, market.orders.back(), OrderStatus::expired_in_match, {});
    impl_->sweep(market);
    return find_order(request.symbol, open.order.order_id);
  }
  if (!impl_->settings.fill_at_once) return open.order;
  impl_->match_at_once(market);
  return find_order(request.symbol, open.order.order_id);
}

Result<Order> PaperExchange::cancel_order(const std::string& symbol, int64_t order_id) {
  const int index = impl_->index_of(symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  paper::Market& market = impl_->markets[static_cast<size_t>(index)];
  paper::OpenOrder* open = impl_->find_open(market, order_id);
  if (!open) return refused(-2011, "Unknown order sent.");
  if (paper::OrderList* list = impl_->list_of(open->order))
    impl_->cancel_whole_list(market, *list);
  else
    impl_->close(market, *open, OrderStatus::canceled, {});
  const Order canceled = open->order;
  impl_->sweep(market);
  return canceled;
}

Result<Order> PaperExchange::cancel_order(const std::string& symbol, const std::string& client_id) {
  const int index = impl_->index_of(symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  const paper::OpenOrder* open = impl_->find_open(impl_->markets[static_cast<size_t>(index)], client_id);
  if (!open) return refused(-2011, "Unknown order sent.");
  return cancel_order(symbol, open->order.order_id);
}

Result<Order> PaperExchange::find_order(const std::string& symbol, int64_t order_id) const {
  const int index = impl_->index_of(symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  if (const paper::OpenOrder* open = impl_->find_open(impl_->markets[static_cast<size_t>(index)], order_id))
    return open->order;
  for (auto order = impl_->finished.rbegin(); order != impl_->finished.rend(); ++order)
    if (order->order_id == order_id && order->symbol == symbol) return *order;
  return refused(-2013, "Order does not exist.");
}

Result<Order> PaperExchange::find_order(const std::string& symbol, const std::string& client_id) const {
  const int index = impl_->index_of(symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  const paper::Market& market = impl_->markets[static_cast<size_t>(index)];
  if (const paper::OpenOrder* open = impl_->find_open(market, client_id)) return open->order;
  for (auto order = impl_->finished.rbegin(); order != impl_->finished.rend(); ++order)
    if (order->client_id == client_id && order->symbol == symbol) return *order;
  return refused(-2013, "Order does not exist.");
}

std::vector<Order> PaperExchange::open_orders(std::string_view symbol) const {
  std::vector<Order> result;
  for (const paper::Market& market : impl_->markets)
    if (symbol.empty() || market.symbol.name == symbol)
      for (const paper::OpenOrder& open : market.orders)
        result.push_back(open.order);
  std::sort(result.begin(), result.end(), [](const Order& a, const Order& b) { return a.order_id < b.order_id; });
  return result;
}

// --- On request ---

void PaperExchange::set_fill_parts(int parts) {
  impl_->fill_parts = std::clamp(parts, 1, 1000);
}
void PaperExchange::prevent_next_match() {
  impl_->prevents_next = true;
}
void PaperExchange::set_fees(const PaperFees& fees) {
  impl_->settings.fees = fees;
}

Result<Order> PaperExchange::execute_resting(const std::string& symbol, int64_t order_id, Decimal quantity) {
  const int index = impl_->index_of(symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  paper::Market& market = impl_->markets[static_cast<size_t>(index)];
  paper::OpenOrder* open = impl_->find_open(market, order_id);
  const bool rests = open && open->order.price.is_positive() && open->order.status != OrderStatus::pending_new &&
                     !open->waits_for_trigger();
  if (!rests) return refused(-2011, "Unknown order sent.");
  if (quantity.is_zero()) quantity = open->remaining();
  if (quantity.is_negative() || quantity > open->remaining() || !quantity.is_multiple_of(market.symbol.lot.step))
    return refused(-1013, "Filter failure: LOT_SIZE");
  impl_->fill(market, *open, open->order.price, quantity, true);
  impl_->sweep(market);
  return find_order(symbol, order_id);
}

bool PaperExchange::has_events() const {
  return !impl_->events.empty();
}
std::vector<ExchangeEvent> PaperExchange::take_events() {
  return std::exchange(impl_->events, {});
}

} // namespace stratdock
