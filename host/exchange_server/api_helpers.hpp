// What the handlers share: reading common parameters, and small pieces of answers.
// Thread rule: pure functions; those that read parameters throw Refusal, as Parameters does.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "host/exchange_server/api.hpp"
#include "host/exchange_server/order_json.hpp"

namespace stratdock::exchange_server {

Tape& tape_of(Api& api, const Call& call); // of `symbol`; -1121 when unknown
size_t limit_of(const Call& call, int64_t fallback, int64_t most);
int64_t zone_of(const Call& call); // `timeZone` as milliseconds
std::string double_text(double value); // eight digits
Json levels_json(const std::vector<BookLevel>& levels);
Json ticker_day_json(Api& api, const Tape& tape, bool is_mini, int64_t unit);
Json ticker_window_json(Api& api, const Tape& tape, int64_t length_ms, int64_t unit); // over `length_ms`, in full
std::string_view status_name(SymbolStatus status);
std::string read_status(const Call& call);                    // `symbolStatus`, or empty; -1122
void check_status(const Call& call, const Symbol& symbol); // -1220 when it is not the one asked for
// Those of symbol or symbols, or all; -1121 when one is unknown, -1220 when its status is not the one asked for.
struct ChosenTapes {
  std::vector<const Tape*> tapes;
  bool is_one = false; // `symbol` was sent: answer with an object
};
ChosenTapes choose_tapes(Api& api, const Call& call, bool may_be_all);

// One order's parameters: "price" for prefix "", "abovePrice" for "above". Side and quantity of a list's order are given
// by its caller.
OrderRequest read_order(const Call& call, std::string_view prefix);
OrderExtras read_extras(const Call& call, std::string_view prefix, const Symbol& symbol);
Side read_side(const Call& call, std::string_view name);
ResponseType read_response_type(const Call& call, ResponseType fallback);
std::string prefixed(std::string_view prefix, std::string_view name); // ("above", "price") -> "abovePrice"
// A list with the reports of its cancelled orders.
Json list_reports_json(const Account& account, const ListRecord& list, const std::string& cancel_id, int64_t now_ms,
                       int64_t unit);
Json test_commission_json(const Account& account); // what order/test tells on request
// A new client id as sent, or a fresh one; -1100 when it has other characters than the exchange allows.
std::string read_new_id(const Call& call, const char* name);
[[noreturn]] void refuse(const Error& error); // an exchange's error as it is

} // namespace stratdock::exchange_server
