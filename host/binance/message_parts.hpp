// Pieces of messages that several kinds share. Private to this folder. Thread rule: free functions inside read_message.
#pragma once

#include "host/binance/account_messages.hpp"
#include "host/binance/exchange_info.hpp"
#include "host/binance/market_messages.hpp"
#include "host/binance/message_reader.hpp"
#include "host/binance/order_messages.hpp"
#include "host/binance/user_messages.hpp"

namespace stratdock::binance {

std::optional<Decimal> if_given(const MessageReader& message, const char* key);
// price * quantity, rounded down; a fault where no exchange could have sent such figures.
Decimal read_product(const MessageReader& message, Decimal price, Decimal quantity);
std::vector<BookLevel> read_levels(const MessageReader& levels);
RateLimit read_rate_limit(const MessageReader& limit);
OrderReport read_order(const MessageReader& order);
// The words for side, type, time in force and status into `report`, each with what it means where that is known.
void read_order_words(OrderReport& report, const std::string& side, const std::string& type, const std::string& time_in_force,
                      const std::string& status);
// What its quantities say of an order whose word for the status is not known; both have been read before.
void deduce_status(OrderReport& report);
ListLeg read_leg(const MessageReader& leg, const char* symbol, const char* order_id, const char* client_id);
UserMessage read_user_message(const MessageReader& message);
std::optional<Error> read_refusal(const MessageReader& value);  // {"code","msg"}; nothing where it is none

}  // namespace stratdock::binance
