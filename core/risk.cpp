#include "core/risk.hpp"

#include <algorithm>

#include "core/candle.hpp"
#include "core/check.hpp"

namespace stratdock {
namespace {

constexpr double entry_margin = 1.01;
constexpr size_t remembered_orders = 100'000;

}  // namespace

Decimal minimum_entry(const Symbol& symbol, double stop_fraction) {
  Decimal minimum = minimum_notional(symbol, true);
  if (minimum.is_zero()) return minimum;
  return multiply(minimum, Decimal::from_double(entry_margin / (1 - stop_fraction)), Rounding::up);
}

Result<ApprovedOrder> RiskBook::approve_entry(const EntryQuestion& q) const {
  const Symbol& symbol = *q.symbol;
  const std::string& quote = symbol.quote_asset;
  if (symbol.status != SymbolStatus::trading)
    return failure("no entry: " + symbol.name + " is not trading at the exchange now", "it is tried again at the next evaluation");
  if (!q.price.is_positive()) return failure("no entry: no price of " + symbol.name + " is known yet");
  Decimal value = multiply(q.cash, Decimal::from_double(q.size_fraction), Rounding::down);
  if (!limits_.max_order_value.is_zero()) value = std::min(value, limits_.max_order_value);
  Decimal precision = Decimal::from_integer(1);
  for (int digit = 0; digit < symbol.quote_precision; ++digit) precision = divide(precision, Decimal::from_integer(10), Rounding::down);
  value = value.floor_to(precision);
  Decimal needed = minimum_entry(symbol, q.stop_fraction);
  if (value < needed || !value.is_positive())
    return failure("low balance: the BUY would spend " + value.text() + " " + quote + ", the exchange needs at least " + needed.text() +
                       " " + quote + " for " + symbol.name,
                   "allot more money to the bot; it is tried again at the next evaluation");
  if (Status caps = check_caps(q, value); !caps) return tl::unexpected(caps.error());

  OrderRequest request;
  request.symbol = symbol.name;
  request.side = Side::buy;
  request.type = OrderType::market;
  if (symbol.quote_order_quantity_allowed) {
    request.quote_quantity = value;
  } else {
    request.quantity = sellable_quantity(symbol, divide(value, q.price, Rounding::down), true);
    if (request.quantity.is_zero())
      return failure("no entry: " + value.text() + " " + quote + " buys less than one lot of " + symbol.name);
  }
  return ApprovedOrder(std::move(request));
}

Status RiskBook::check_caps(const EntryQuestion& q, Decimal value) const {
  const std::string& quote = q.symbol->quote_asset;
  auto over = [&](const char* what, Decimal would_be, Decimal cap) {
    return failure(std::string("risk limit: ") + what + " would be " + would_be.text() + " " + quote + ", allowed are " + cap.text() + " " + quote);
  };
  auto own = exposure_.find(q.bot_id);
  Decimal held = own == exposure_.end() ? Decimal() : own->second;
  if (!limits_.max_bot_exposure.is_zero() && held + value > limits_.max_bot_exposure)
    return over("the bot's exposure", held + value, limits_.max_bot_exposure);
  if (!limits_.max_account_exposure.is_zero() && total_exposure() + value > limits_.max_account_exposure)
    return over("the account's exposure", total_exposure() + value, limits_.max_account_exposure);
  bool same_day = state_.day == q.now_ms / day_ms;
  if (same_day && !limits_.max_daily_loss.is_zero() && -state_.account_realised >= limits_.max_daily_loss)
    return failure("risk limit: the account lost " + (-state_.account_realised).text() + " " + quote + " today, allowed are " +
                   limits_.max_daily_loss.text() + " " + quote, "entries go on after 00:00 UTC");
  auto lost = state_.bot_realised.find(q.bot_id);
  if (same_day && lost != state_.bot_realised.end() && !limits_.max_bot_daily_loss.is_zero() && -lost->second >= limits_.max_bot_daily_loss)
    return failure("risk limit: the bot lost " + (-lost->second).text() + " " + quote + " today, allowed are " +
                   limits_.max_bot_daily_loss.text() + " " + quote, "entries go on after 00:00 UTC");
  auto open = std::count_if(exposure_.begin(), exposure_.end(), [](const auto& e) { return e.second.is_positive(); });
  if (limits_.max_open_positions > 0 && open >= limits_.max_open_positions)
    return failure("risk limit: " + std::to_string(open) + " positions are open, allowed are " + std::to_string(limits_.max_open_positions));
  auto recent = std::count_if(state_.orders_ms.begin(), state_.orders_ms.end(), [&](int64_t at) { return at > q.now_ms - 60'000; });
  if (limits_.max_orders_per_minute > 0 && recent >= limits_.max_orders_per_minute)
    return failure("risk limit: " + std::to_string(recent) + " orders in the last minute, allowed are " + std::to_string(limits_.max_orders_per_minute));
  if (same_day && limits_.max_orders_per_day > 0 && state_.orders_today >= limits_.max_orders_per_day)
    return failure("risk limit: " + std::to_string(state_.orders_today) + " orders today, allowed are " + std::to_string(limits_.max_orders_per_day));
  return {};
}

Result<ApprovedOrder> RiskBook::approve_exit(const Symbol& symbol, Decimal quantity, Decimal price) const {
  OrderRequest request;
  request.symbol = symbol.name;
  request.side = Side::sell;
  request.type = OrderType::market;
  request.quantity = sellable_quantity(symbol, quantity, true);
  if (request.quantity.is_zero())
    return failure("nothing to sell: " + quantity.text() + " " + symbol.base_asset + " is less than one lot of " + symbol.name);
  if (!broken_notional_filter(symbol, price, request.quantity, true).empty())
    return failure("nothing to sell: " + request.quantity.text() + " " + symbol.base_asset + " at " + price.text() + " is below the exchange's minimum of " +
                   minimum_notional(symbol, true).text() + " " + symbol.quote_asset, "it stays with the bot as dust and is swept into its next buy");
  return ApprovedOrder(std::move(request));
}

void RiskBook::begin_day(int64_t day) {
  if (state_.day == day) return;
  state_.day = day;
  state_.orders_today = 0;
  state_.account_realised = {};
  state_.bot_realised.clear();
}

void RiskBook::count_order(int64_t now_ms) {
  begin_day(now_ms / day_ms);
  ++state_.orders_today;
  state_.orders_ms.push_back(now_ms);
  while (state_.orders_ms.size() > remembered_orders || (!state_.orders_ms.empty() && state_.orders_ms.front() <= now_ms - 60'000))
    state_.orders_ms.pop_front();
}

void RiskBook::set_exposure(int64_t bot_id, Decimal cost) {
  if (cost.is_zero()) exposure_.erase(bot_id);
  else exposure_[bot_id] = cost;
}

void RiskBook::add_realised(int64_t bot_id, Decimal profit, int64_t now_ms) {
  begin_day(now_ms / day_ms);
  state_.account_realised += profit;
  state_.bot_realised[bot_id] += profit;
}

Decimal RiskBook::total_exposure() const {
  Decimal total;
  for (const auto& [bot, cost] : exposure_) total += cost;
  return total;
}

}  // namespace stratdock
