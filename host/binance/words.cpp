#include "host/binance/words.hpp"

namespace stratdock::binance {
namespace {

// The value of `values` whose text is `word`.
template <typename T, size_t N>
std::optional<T> find_word(const T (&values)[N], std::string_view word) {
  for (const T value : values)
    if (text(value) == word) return value;
  return {};
}

} // namespace

std::optional<Side> read_side(std::string_view word) {
  return find_word({Side::buy, Side::sell}, word);
}

std::optional<OrderType> read_order_type(std::string_view word) {
  return find_word({OrderType::limit, OrderType::market, OrderType::stop_loss, OrderType::stop_loss_limit,
                    OrderType::take_profit, OrderType::take_profit_limit, OrderType::limit_maker},
                   word);
}

std::optional<TimeInForce> read_time_in_force(std::string_view word) {
  return find_word({TimeInForce::gtc, TimeInForce::ioc, TimeInForce::fok}, word);
}

std::optional<OrderStatus> read_order_status(std::string_view word) {
  if (word == "EXPIRED_IN_MATCH") return OrderStatus::expired;
  if (word == "PENDING_CANCEL") return OrderStatus::new_;
  return find_word({OrderStatus::pending_new, OrderStatus::new_, OrderStatus::partially_filled, OrderStatus::filled,
                    OrderStatus::canceled, OrderStatus::rejected, OrderStatus::expired},
                   word);
}

SymbolStatus read_symbol_status(std::string_view word) {
  if (word == "TRADING") return SymbolStatus::trading;
  if (word == "HALT") return SymbolStatus::halt;
  if (word == "BREAK") return SymbolStatus::break_;
  if (word == "CANCEL_ONLY") return SymbolStatus::cancel_only;
  if (word == "END_OF_DAY") return SymbolStatus::end_of_day;
  return SymbolStatus::unknown;
}

} // namespace stratdock::binance
