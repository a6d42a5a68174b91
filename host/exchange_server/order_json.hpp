// Orders, lists and trades in Binance's JSON, field for field in its order.
// Thread rule: pure functions. `unit` is 1 for times in milliseconds, 1000 for microseconds.
// Source: Binance Spot REST "New order", "Query order", "Order lists", "User data stream".
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "host/exchange_server/account.hpp"

namespace stratdock::exchange_server {

enum class ResponseType : uint8_t { ack, result, full };

using Json = nlohmann::ordered_json;

std::string price_text(Decimal value); // eight digits after the point

Json placed_json(const OrderRecord& record, ResponseType type, int64_t transact_ms, int64_t unit);
Json queried_json(const OrderRecord& record, int64_t unit);
// `cancel_id`: the id of the cancel request.
Json canceled_json(const OrderRecord& record, const std::string& cancel_id, int64_t transact_ms, int64_t unit);
Json trade_json(const TradeRecord& trade, int64_t unit);
// A list with neither its orders' reports nor anything else of them.
Json list_json(const ListRecord& list, int64_t unit);

Json execution_report_json(const ExecutionReport& report, int64_t unit);
Json list_status_json(const ListRecord& list, int64_t now_ms, int64_t unit);
Json account_position_json(const std::vector<AssetBalance>& changed, int64_t now_ms, int64_t unit);
Json balance_update_json(const std::string& asset, Decimal amount, int64_t now_ms, int64_t unit);

} // namespace stratdock::exchange_server
