// Binance's methods as functions from a call to a reply, the same for REST and for the WebSocket API.
// Owns: the table of routes and the limits' counters. Thread rule: one thread. Invariant: a call is checked in Binance's
// order (route, limits, key, timestamp, signature, parameters, filters, engine) and has no effect unless all checks hold.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/exchange_server/limits.hpp"
#include "host/exchange_server/parameters.hpp"
#include "host/exchange_server/venue.hpp"

namespace stratdock::exchange_server {

enum class Access : uint8_t {
  open,   // no key
  read,   // signed; the key may read
  trade,  // signed; the key may trade
};

struct Call;
class Api;

// What serves a route: gives JSON text or throws a Refusal.
using Handler = std::string (*)(Api& api, Call& call);

struct Route {
  std::string_view verb, path;    // "GET", "/api/v3/time"; empty where REST has no such call
  std::string_view socket_method; // "time"; empty where the WebSocket API has none
  Access access = Access::open;
  int weight = 1;
  int orders = 0;                 // what it adds to the unfilled-order count
  bool is_free_on_success = false;
  std::string_view names;         // parameters it knows, parted by spaces
  Handler handler = nullptr;
};

struct Call {
  uint64_t number = 0;     // counts from 1, REST and WebSocket together
  bool is_socket = false;
  std::string verb, path;  // path: the method's name for the WebSocket API
  std::string target;      // of REST, as it came
  uint64_t connection = 0;
  std::string peer, api_key;
  ParsedParameters sent;
  int64_t time_unit = 1;   // 1000: answers carry microseconds
  std::string bad_time_unit;
  const Route* route = nullptr;
  Account* account = nullptr;
  ApiKey* key = nullptr;
  bool is_past_fence = false; // the timestamp was good when it came, and is not asked for again
  bool is_logged_on = false; // the WebSocket session vouches for `account`; no signature is asked for

  const Parameters& parameters() const { return sent.parameters; }
  int64_t time(int64_t time_ms) const { return time_ms * time_unit; }
};

struct Reply {
  int status = 200;
  std::string json;        // the result, or {"code":..,"msg":..[,"data":..]}
  int code = 0;            // the error's
  std::string message;     // the error's
  int64_t retry_after_ms = 0; // server time, of 429 and 418
  bool is_order = false;   // an accepted order: its counts are told
};

class Api {
public:
  Api(Venue& venue, Limits& limits) : venue_(venue), limits_(limits) {}

  Venue& venue() { return venue_; }
  Limits& limits() { return limits_; }
  const LimitSettings& limit_settings() const { return limits_.settings(); }

  // `call.route` may be null: no such path. `own` serves a route without a handler.
  Reply serve(Call& call, const std::function<std::string(Call&)>& own = {});
  // Key, timestamp and signature of a signed call; sets account and key. Throws Refusal.
  void admit(Call& call, Access access);

private:
  Venue& venue_;
  Limits& limits_;
};

const Route* find_route(std::string_view verb, std::string_view path);
const Route* find_socket_route(std::string_view method);
// The call's weight, where it depends on parameters.
int weight_of(const Route& route, const Parameters& parameters);
// {"code":..,"msg":..}
std::string error_json(int code, std::string_view message, const std::string& data = {});

// The handlers, by file.
namespace market_calls { // api_market.cpp, api_ticker.cpp, api_exchange_info.cpp
std::string ping(Api&, Call&);
std::string time(Api&, Call&);
std::string exchange_info(Api&, Call&);
std::string klines(Api&, Call&);
std::string depth(Api&, Call&);
std::string trades(Api&, Call&);
std::string aggregate_trades(Api&, Call&);
std::string block_trades(Api&, Call&);
std::string average_price(Api&, Call&);
std::string execution_rules(Api&, Call&);
std::string reference_price(Api&, Call&);
std::string ticker_price(Api&, Call&);
std::string ticker_book(Api&, Call&);
std::string ticker_day(Api&, Call&);
std::string ticker_trading_day(Api&, Call&);
std::string ticker_window(Api&, Call&);
} // namespace market_calls
namespace order_calls { // api_order.cpp, api_order_query.cpp
std::string place(Api&, Call&);
std::string test(Api&, Call&);
std::string cancel(Api&, Call&);
std::string cancel_replace(Api&, Call&);
std::string cancel_all(Api&, Call&);
std::string status(Api&, Call&);
std::string open_orders(Api&, Call&);
std::string all_orders(Api&, Call&);
std::string my_trades(Api&, Call&);
std::string prevented_matches(Api&, Call&);
std::string none_of_symbol(Api&, Call&);
std::string amend(Api&, Call&);
std::string route_smartly(Api&, Call&);
} // namespace order_calls
namespace list_calls { // api_list.cpp
std::string oco(Api&, Call&);
std::string old_oco(Api&, Call&);
std::string oto(Api&, Call&);
std::string otoco(Api&, Call&);
std::string opo(Api&, Call&);
std::string opoco(Api&, Call&);
std::string cancel(Api&, Call&);
std::string status(Api&, Call&);
std::string all(Api&, Call&);
std::string open(Api&, Call&);
} // namespace list_calls
namespace account_calls { // api_account.cpp
std::string account(Api&, Call&);
std::string commission(Api&, Call&);
std::string order_limits(Api&, Call&);
std::string my_filters(Api&, Call&);
std::string restrictions(Api&, Call&);
std::string trade_fee(Api&, Call&);
std::string system_status(Api&, Call&);
std::string account_status(Api&, Call&);
std::string empty_array(Api&, Call&);
std::string no_symbols(Api&, Call&);
} // namespace account_calls

} // namespace stratdock::exchange_server
