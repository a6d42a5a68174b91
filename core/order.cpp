#include "core/order.hpp"

#include "core/check.hpp"

namespace stratdock {

std::string_view text(Side side) {
  return side == Side::buy ? "BUY" : "SELL";
}

std::string_view text(OrderType type) {
  switch (type) {
  case OrderType::limit:
    return "LIMIT";
  case OrderType::market:
    return "MARKET";
  case OrderType::stop_loss:
    return "STOP_LOSS";
  case OrderType::stop_loss_limit:
    return "STOP_LOSS_LIMIT";
  case OrderType::take_profit:
    return "TAKE_PROFIT";
  case OrderType::take_profit_limit:
    return "TAKE_PROFIT_LIMIT";
  case OrderType::limit_maker:
    return "LIMIT_MAKER";
  }
  invariant_broken("a known order type", __FILE__, __LINE__);
}

std::string_view text(TimeInForce tif) {
  switch (tif) {
  case TimeInForce::none:
    return "";
  case TimeInForce::gtc:
    return "GTC";
  case TimeInForce::ioc:
    return "IOC";
  case TimeInForce::fok:
    return "FOK";
  }
  invariant_broken("a known time in force", __FILE__, __LINE__);
}

std::string_view text(OrderStatus status) {
  switch (status) {
  case OrderStatus::pending_new:
    return "PENDING_NEW";
  case OrderStatus::new_:
    return "NEW";
  case OrderStatus::partially_filled:
    return "PARTIALLY_FILLED";
  case OrderStatus::filled:
    return "FILLED";
  case OrderStatus::canceled:
    return "CANCELED";
  case OrderStatus::rejected:
    return "REJECTED";
  case OrderStatus::expired:
    return "EXPIRED";
  case OrderStatus::expired_in_match:
    return "EXPIRED_IN_MATCH";
  }
  invariant_broken("a known order status", __FILE__, __LINE__);
}

bool is_terminal(OrderStatus status) {
  return status == OrderStatus::filled || status == OrderStatus::canceled || status == OrderStatus::rejected ||
         status == OrderStatus::expired || status == OrderStatus::expired_in_match;
}

} // namespace stratdock
