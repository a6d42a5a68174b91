// The exchange's words for sides, types and states. Thread rule: free functions.
// Invariant: a word that is not known is no error: it comes back as nothing, and whoever reads it keeps the text.
// Source: Binance Spot "Enums".
#pragma once

#include <optional>
#include <string_view>

#include "core/order.hpp"
#include "core/symbol.hpp"

namespace stratdock::binance {

std::optional<Side> read_side(std::string_view word);
std::optional<OrderType> read_order_type(std::string_view word);
std::optional<TimeInForce> read_time_in_force(std::string_view word);
// EXPIRED_IN_MATCH (self-trade prevention) is `expired`, PENDING_CANCEL (unused by the exchange) is `new_`.
std::optional<OrderStatus> read_order_status(std::string_view word);
SymbolStatus read_symbol_status(std::string_view word);

}  // namespace stratdock::binance
