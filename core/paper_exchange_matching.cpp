// How a candle executes orders. The price goes open -> low -> high -> close; on each stretch the order that acts
// nearest to where the price stands goes first, ties by id (price-time priority).
#include <algorithm>
#include <cmath>

#include "core/paper_exchange_impl.hpp"

namespace stratdock {

namespace {

// Where on the way from `from` to `to` a level is reached; `from` when it lies behind already.
std::optional<Decimal> reached(Decimal level, bool on_rise, Decimal from, Decimal to) {
  if (on_rise ? from >= level : from <= level) return from;
  if (on_rise ? to >= level : to <= level) return level;
  return std::nullopt;
}

bool is_immediate(const Order& order) {
  return order.time_in_force == TimeInForce::ioc || order.time_in_force == TimeInForce::fok;
}

} // namespace

void PaperExchange::Impl::begin(Market& market, const Candle& candle) {
  STRATDOCK_CHECK(!market.in_candle && (!market.has_candle || candle.open_time_ms > market.candle.open_time_ms));
  market.candle = candle;
  market.has_candle = market.in_candle = true;
  market.is_moved = false;
  market.price = candle.open;
  market.cursor_is_set = false;
  if (market.orders.empty() && !settings.fill_at_once) return;

  if (market.bounds_are_stale) refresh_bounds(market);
  if (settings.max_volume_share > 0)
    market.volume_left = Decimal::from_double(candle.volume * settings.max_volume_share);
  if (!market.needs_open && candle.open > market.falls_to && candle.open < market.rises_to) return;

  for (OpenOrder& open : market.orders)
    if (open.order.status != OrderStatus::pending_new) open.waits_for_open = false;
  const Decimal price = Decimal::from_double(candle.open);
  walk(market, price, price);
  for (OpenOrder& open : market.orders)
    if (!open.waits_for_open && !open.waits_for_trigger()) open.rested = true;
  market.cursor_is_set = false;
  sweep(market);
}

void PaperExchange::Impl::end(Market& market) {
  STRATDOCK_CHECK(market.in_candle);
  const Candle& candle = market.candle;
  if (!market.orders.empty()) {
    if (market.bounds_are_stale) refresh_bounds(market);
    if (candle.low <= market.falls_to || candle.high >= market.rises_to) {
      const Decimal open = Decimal::from_double(candle.open), low = Decimal::from_double(candle.low);
      const Decimal high = Decimal::from_double(candle.high), close = Decimal::from_double(candle.close);
      if (market.is_moved) {
        walk(market, market.last_price(), close);
      } else {
        walk(market, open, low);
        walk(market, low, high);
        walk(market, high, close);
      }
      sweep(market);
    }
  }
  market.in_candle = false;
  market.price = candle.close;
  market.cursor_is_set = false;
  keep_for_average(market);
}

void PaperExchange::Impl::move(Market& market, double price) {
  STRATDOCK_CHECK(market.in_candle);
  if (!market.orders.empty()) {
    walk(market, market.last_price(), Decimal::from_double(price));
    sweep(market);
  }
  market.is_moved = true;
  market.price = price;
  market.cursor_is_set = false;
}

bool PaperExchange::Impl::crosses(const Market& market, const OpenOrder& open) const {
  const Decimal price = market.last_price();
  return open.is_at_market() || (open.is_buy() ? price <= open.order.price : price >= open.order.price);
}

// The new orders of a market meet its last price. Nothing else can act: the price stands still.
void PaperExchange::Impl::match_at_once(Market& market) {
  const Decimal price = market.last_price();
  for (OpenOrder& open : market.orders)
    if (open.order.status != OrderStatus::pending_new) open.waits_for_open = false;
  if (!price.is_positive()) return;
  walk(market, price, price);
  for (OpenOrder& open : market.orders)
    if (!open.waits_for_open && !open.waits_for_trigger()) open.rested = true;
  market.cursor_is_set = false;
  sweep(market);
}

void PaperExchange::Impl::keep_for_average(Market& market) {
  const Candle& candle = market.candle;
  const int64_t oldest_ms = candle.open_time_ms - market.symbol.percent_price.average_minutes * minute_ms;
  const double quote_volume = candle.quote_volume > 0 ? candle.quote_volume : candle.volume * candle.close;
  const paper::FinishedCandle latest{candle.open_time_ms, candle.volume, quote_volume};
  std::vector<paper::FinishedCandle>& recent = market.recent;
  if (recent.size() == 1 && recent.front().open_time_ms <= oldest_ms) { // candles as long as the window: the usual case
    recent.front() = latest;
    return;
  }
  const auto kept = std::find_if(recent.begin(), recent.end(),
                                 [&](const paper::FinishedCandle& past) { return past.open_time_ms > oldest_ms; });
  recent.erase(recent.begin(), kept);
  recent.push_back(latest);
}

void PaperExchange::Impl::refresh_bounds(Market& market) const {
  market.falls_to = -std::numeric_limits<double>::infinity();
  market.rises_to = std::numeric_limits<double>::infinity();
  market.needs_open = false;
  for (const OpenOrder& open : market.orders) {
    if (open.order.status == OrderStatus::pending_new) continue;
    if (open.waits_for_open) {
      market.needs_open = true;
      continue;
    }
    const bool waits = open.waits_for_trigger();
    if (waits && open.is_trailing()) { // follows every move
      market.rises_to = -std::numeric_limits<double>::infinity();
      market.falls_to = -market.rises_to;
      continue;
    }
    const double level = (waits ? open.order.stop_price : open.order.price).to_double();
    const double margin = 2e-8 + level * 1e-12;
    const bool on_rise = waits ? OpenOrder::triggers_on_rise(open.order.type, open.order.side) : !open.is_buy();
    if (on_rise)
      market.rises_to = std::min(market.rises_to, level - margin);
    else
      market.falls_to = std::max(market.falls_to, level + margin);
  }
  market.bounds_are_stale = false;
}

// A trailing order fires when the price has come back from the best it saw by the delta.
// Source: Binance Spot FAQ "Trailing stop".
Decimal PaperExchange::Impl::trailing_level(const OpenOrder& open) const {
  const Decimal delta = Decimal::from_units(int128{open.order.trailing_delta_bips} * (Decimal::units_per_one / 10'000));
  const Decimal one = Decimal::from_integer(1);
  if (OpenOrder::triggers_on_rise(open.order.type, open.order.side))
    return multiply(open.best, one + delta, Rounding::up);
  return multiply(open.best, one - delta, Rounding::down);
}

void PaperExchange::Impl::follow(OpenOrder& open, Decimal price) {
  if (!open.waits_for_trigger() || !open.is_trailing() || open.waits_for_open ||
      open.order.status == OrderStatus::pending_new)
    return;
  if (open.best.is_zero()) {
    if (open.order.stop_price.is_positive()) return; // not active yet: act() begins it at the stop price
    open.best = price;
    open.order.trailing_ms = now_ms;
  } else if (OpenOrder::triggers_on_rise(open.order.type, open.order.side)) {
    open.best = std::min(open.best, price);
  } else {
    open.best = std::max(open.best, price);
  }
}

void PaperExchange::Impl::walk(Market& market, Decimal from, Decimal to) {
  market.cursor = from;
  market.cursor_is_set = true;
  for (OpenOrder& open : market.orders)
    follow(open, from);
  while (true) {
    OpenOrder* next = nullptr;
    Decimal next_price;
    for (OpenOrder& open : market.orders) {
      const std::optional<Decimal> price = acting_price(market, open, to);
      if (!price || (next && (*price - market.cursor).abs() >= (next_price - market.cursor).abs())) continue;
      next = &open;
      next_price = *price;
    }
    if (!next) break;
    market.cursor = next_price;
    act(market, *next);
  }
  market.cursor = to;
  for (OpenOrder& open : market.orders)
    follow(open, to);
}

std::optional<Decimal> PaperExchange::Impl::acting_price(const Market& market, const OpenOrder& open,
                                                         Decimal to) const {
  const Order& order = open.order;
  if (open.waits_for_open || order.status == OrderStatus::pending_new || is_terminal(order.status)) return std::nullopt;
  if (open.waits_for_trigger() && open.is_trailing() && (open.best.is_positive() || order.stop_price.is_zero())) {
    if (open.best.is_zero()) return std::nullopt; // set free inside this stretch: follows from its end on
    return reached(trailing_level(open), OpenOrder::triggers_on_rise(order.type, order.side), market.cursor, to);
  }
  if (open.waits_for_trigger())
    return reached(order.stop_price, OpenOrder::triggers_on_rise(order.type, order.side), market.cursor, to);
  if (open.is_at_market() || is_immediate(order)) return market.cursor;
  if (!available(market, open.remaining()).is_positive()) return std::nullopt;
  return reached(order.price, !open.is_buy(), market.cursor, to);
}

void PaperExchange::Impl::act(Market& market, OpenOrder& open) {
  if (open.waits_for_trigger())
    trigger(market, open);
  else if (open.is_at_market())
    execute_at_market(market, open);
  else
    execute_limit(market, open);
}

void PaperExchange::Impl::trigger(Market& market, OpenOrder& open) {
  if (open.is_trailing() && open.best.is_zero()) { // its stop price makes it follow, no more
    open.best = market.cursor;
    open.order.trailing_ms = open.order.update_ms = now_ms;
    market.bounds_are_stale = true;
    return;
  }
  start_leg(market, open);
  open.triggered = true;
  open.order.is_working = true;
  open.order.update_ms = now_ms;
  report_change(open.order);
  // A limit order that does not execute at the moment it is set free waits on the book, the maker of what follows.
  if (!open.is_at_market())
    open.rested = open.is_buy() ? market.cursor > open.order.price : market.cursor < open.order.price;
}

Decimal PaperExchange::Impl::slipped_price(const Market& market, Side side) const {
  const Decimal slippage = settings.slippage, last = market.last_price();
  if (slippage.is_zero()) return last;
  const Decimal one = Decimal::from_integer(1), tick = market.symbol.price.tick;
  if (side == Side::buy) return multiply(last, one + slippage, Rounding::up).ceil_to(tick);
  const Decimal price = multiply(last, one - slippage, Rounding::down).floor_to(tick);
  return price.is_positive() ? price : last;
}

Decimal PaperExchange::Impl::available(const Market& market, Decimal wanted) const {
  if (settings.max_volume_share <= 0) return wanted;
  return std::min(wanted, market.volume_left.floor_to(market.symbol.lot.step));
}

void PaperExchange::Impl::execute_at_market(Market& market, OpenOrder& open) {
  Order& order = open.order;
  const Decimal price = slipped_price(market, order.side);
  if (order.quantity.is_zero()) { // quoteOrderQty: the quantity follows from the price
    order.quantity =
        sellable_quantity(market.symbol, divide(order.requested_quote_quantity, price, Rounding::down), true);
    if (order.quantity.is_zero()) return expire(market, open, "INSUFFICIENT_LIQUIDITY");
  }
  const Decimal quantity = available(market, open.remaining());
  const Decimal cost = open.is_buy() ? multiply(price, quantity, Rounding::down) : quantity;
  if (cost > open.locked + balances[paying_asset(market, order.side)].free) return expire(market, open, "REJECTED");
  if (quantity.is_positive()) fill(market, open, price, quantity, false);
  if (!is_terminal(order.status)) expire(market, open, "INSUFFICIENT_LIQUIDITY");
}

void PaperExchange::Impl::execute_limit(Market& market, OpenOrder& open) {
  Order& order = open.order;
  const bool crosses = open.is_buy() ? market.cursor <= order.price : market.cursor >= order.price;
  const Decimal wanted = open.remaining(), quantity = crosses ? available(market, wanted) : Decimal();
  const bool is_maker = order.type == OrderType::limit_maker || open.rested;
  if (order.time_in_force == TimeInForce::fok && quantity < wanted)
    return expire(market, open, "UNFILLED_FOK_ORDER_EXPIRED");
  if (quantity.is_positive()) fill(market, open, market.cursor, quantity, is_maker);
  if (order.time_in_force == TimeInForce::ioc && !is_terminal(order.status))
    expire(market, open, "UNFILLED_IOC_QUANTITY_EXPIRED");
}

void PaperExchange::Impl::fill(Market& market, OpenOrder& open, Decimal price, Decimal quantity, bool is_maker) {
  const Decimal step = market.symbol.lot.step;
  if (open.fill_parts > 1 && step.is_positive()) {
    const Decimal share = divide(quantity, Decimal::from_integer(open.fill_parts), Rounding::down).floor_to(step);
    const Decimal part = std::max(share, step);
    for (int i = 1; i < open.fill_parts && quantity > part; ++i, quantity -= part)
      fill_part(market, open, price, part, is_maker);
  }
  fill_part(market, open, price, quantity, is_maker);
}

void PaperExchange::Impl::fill_part(Market& market, OpenOrder& open, Decimal price, Decimal quantity, bool is_maker) {
  start_leg(market, open);
  Order& order = open.order;
  Fill trade;
  trade.trade_id = next_trade_id++;
  trade.order_id = order.order_id;
  trade.symbol = order.symbol;
  trade.client_id = order.client_id;
  trade.side = order.side;
  trade.price = price;
  trade.quantity = quantity;
  trade.quote_quantity = multiply(price, quantity, Rounding::down);
  trade.time_ms = now_ms;
  trade.is_maker = is_maker;

  settle_money(market, open, trade);
  take_commission(market, open, trade);
  if (settings.max_volume_share > 0) market.volume_left -= quantity;
  order.executed_quantity += quantity;
  order.executed_quote_quantity += trade.quote_quantity;
  order.update_ms = now_ms;
  market.bounds_are_stale = true;

  const bool is_filled = open.remaining().is_zero();
  order.status = is_filled ? OrderStatus::filled : OrderStatus::partially_filled;
  if (is_filled) order.is_working = false;
  release_above(market, open, is_filled ? Decimal() : open.is_at_market() ? open.locked : funds_needed(market, open));
  events.push_back({ExchangeEvent::Kind::fill, order, trade});
  if (!is_filled) return;
  remember(order);
  settle_list(market, order);
}

void PaperExchange::Impl::settle_money(Market& market, OpenOrder& open, const Fill& trade) {
  const Decimal paid = open.is_buy() ? trade.quote_quantity : trade.quantity;
  const Decimal got = open.is_buy() ? trade.quantity : trade.quote_quantity;
  Balance& paying = balances[paying_asset(market, open.order.side)];
  const Decimal from_lock = std::min(open.locked, paid);
  open.locked -= from_lock;
  paying.locked -= from_lock;
  paying.free -= paid - from_lock;
  STRATDOCK_CHECK(!paying.free.is_negative() && !paying.locked.is_negative());

  Balance& receiving = balances[open.is_buy() ? market.symbol.base_asset : market.symbol.quote_asset];
  OrderList* list = list_of(open.order);
  if (list && list->pays_pending() && open.order.order_id == list->working_id) {
    list->received += got;
    receiving.locked += got;
  } else {
    receiving.free += got;
  }
}

std::optional<Decimal> PaperExchange::Impl::commission_in_bnb(const Market& market, const Fill& trade,
                                                              Decimal rate) const {
  const Decimal discounted = multiply(rate, settings.fees.bnb_discount, Rounding::half_even);
  if (market.symbol.quote_asset == "BNB") return multiply(trade.quote_quantity, discounted, Rounding::half_even);
  if (market.symbol.base_asset == "BNB" && trade.side == Side::buy)
    return multiply(trade.quantity, discounted, Rounding::half_even);
  const int index = index_of("BNB" + market.symbol.quote_asset);
  if (index < 0) return std::nullopt;
  const Decimal bnb_price = markets[static_cast<size_t>(index)].last_price();
  if (!bnb_price.is_positive()) return std::nullopt;
  return divide(multiply(trade.quote_quantity, discounted, Rounding::half_even), bnb_price, Rounding::half_even);
}

void PaperExchange::Impl::take_commission(Market& market, OpenOrder& open, Fill& trade) {
  const Decimal rate = trade.is_maker ? settings.fees.maker : settings.fees.taker;
  if (settings.fees.pay_with_bnb) {
    const std::optional<Decimal> in_bnb = commission_in_bnb(market, trade, rate);
    if (in_bnb && balances["BNB"].free >= *in_bnb) {
      balances["BNB"].free -= *in_bnb;
      trade.commission = *in_bnb;
      trade.commission_asset = "BNB";
      return;
    }
  }
  trade.commission_asset = open.is_buy() ? market.symbol.base_asset : market.symbol.quote_asset;
  trade.commission = multiply(open.is_buy() ? trade.quantity : trade.quote_quantity, rate, Rounding::half_even);
  Balance& wallet = balances[trade.commission_asset];
  OrderList* list = list_of(open.order);
  const bool is_kept = list && list->pays_pending() && open.order.order_id == list->working_id;
  if (is_kept && (wallet.free < trade.commission || trade.commission_asset == "BNB")) {
    list->received -= trade.commission;
    wallet.locked -= trade.commission;
  } else {
    wallet.free -= trade.commission;
  }
  STRATDOCK_CHECK(!wallet.free.is_negative() && !wallet.locked.is_negative());
}

} // namespace stratdock
