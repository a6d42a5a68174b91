// Every call that this client makes, as a value: one for both transports. Building one checks what the exchange would refuse.
// Thread rule: plain values. Invariant: a call carries no key, time or signature until it is signed; there is no call that moves
// money out of the account. Source: Binance Spot REST and WebSocket API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/order.hpp"
#include "core/result.hpp"
#include "host/binance/parameters.hpp"
#include "host/binance/signing.hpp"

namespace stratdock::binance {

enum class Verb : uint8_t { get, post, put, delete_ };
std::string_view text(Verb verb);  // "GET"

enum class Security : uint8_t { open, signed_ };

struct Call {
  Verb verb = Verb::get;
  std::string path;    // "/api/v3/order"
  std::string method;  // of the WebSocket API, "order.place"; empty: only over REST
  Parameters parameters;
  Security security = Security::open;
  int weight = 1;           // of REQUEST_WEIGHT, as the exchange charges it at most
  int unfilled_orders = 0;  // of ORDERS
  // GET asks; everything else changes something, goes out once and never over a connection that was used before.
  bool changes() const { return verb != Verb::get; }
};

// ---- Market --------------------------------------------------------------------------------------------------------
struct KlineRange {
  std::optional<int64_t> start_ms, end_ms;  // open times; none: the newest ones
  int limit = 500;                          // 1 to 1000
};
Call call_time();
Call call_exchange_info(const std::vector<std::string>& symbols);  // empty: all that may be traded on spot
Result<Call> call_klines(std::string_view symbol, std::string_view interval, const KlineRange& range);
Call call_prices(const std::vector<std::string>& symbols);        // empty: all
Call call_tickers(const std::vector<std::string>& symbols);       // 24 hours; empty: all
Call call_book_tickers(const std::vector<std::string>& symbols);  // empty: all
Call call_depth(std::string_view symbol, int limit);              // 1 to 5000 levels a side
Call call_average_price(std::string_view symbol);
Call call_aggregate_trades(std::string_view symbol, std::optional<int64_t> from_id, int limit);

// ---- Account -------------------------------------------------------------------------------------------------------
Call call_account();
Call call_commission(std::string_view symbol);
Call call_order_rate_limits();
Call call_key_permissions();  // only at the live exchange: the testnet has no /sapi
Call call_open_orders(std::string_view symbol);  // empty: of all symbols (weight 80)
Call call_open_order_lists();
struct TradeRange {
  std::optional<int64_t> order_id, from_id, start_ms, end_ms;  // as the exchange combines them; a range is 24 h at most
  int limit = 500;
};
Call call_account_trades(std::string_view symbol, const TradeRange& range);
Call call_all_orders(std::string_view symbol, const TradeRange& range);  // `from_id` is not used

// ---- Orders --------------------------------------------------------------------------------------------------------
enum class ResponseType : uint8_t { ack, result, full };

// Errors: a client id that the exchange would not take, quantities or prices that the type needs or forbids, a wrong time in
// force. Filters are not checked here: core's arithmetic does that before.
Result<Call> call_place_order(const OrderRequest& order, ResponseType response);
Result<Call> call_test_order(const OrderRequest& order);
Result<Call> call_place_list(const OrderListRequest& list, ResponseType response);

// An order or a list by the exchange's id or by ours; at least one (checked). With both, the exchange wants them to agree.
struct OrderKey {
  std::optional<int64_t> id;
  std::string client_id;
};
Call call_query_order(std::string_view symbol, const OrderKey& order);
Call call_query_list(const OrderKey& list);
// `cancel_id` becomes the client id of the cancel; empty: the exchange makes one.
Call call_cancel_order(std::string_view symbol, const OrderKey& order, std::string_view cancel_id);
Call call_cancel_list(std::string_view symbol, const OrderKey& list, std::string_view cancel_id);
Call call_cancel_all(std::string_view symbol);
// Cancels one order and places another in one request; stops where the cancel fails.
Result<Call> call_cancel_replace(const OrderKey& canceled, const OrderRequest& placed, ResponseType response);

// ---- User data stream (WebSocket API only) -------------------------------------------------------------------------
Call call_subscribe_user_data();    // with a signature; needs no logon, any kind of key
Call call_unsubscribe_user_data(int64_t subscription_id);

// ---- On the wire ---------------------------------------------------------------------------------------------------
struct SigningTime {
  int64_t timestamp_ms = 0;       // by the exchange's clock
  int64_t recv_window_ms = 2000;  // 1 to 60000 (checked): from then on the exchange refuses it
};

// A REST request without its host. The path of a GET or DELETE carries the parameters, the body that of the others. Both
// hold the signature: neither may be logged. The key goes into the header X-MBX-APIKEY.
struct RestRequest {
  Verb verb = Verb::get;
  std::string path_and_query;
  std::string body;  // application/x-www-form-urlencoded
};
RestRequest rest_request(const Call& call);  // of an open call (checked)
Result<RestRequest> rest_request(const Call& call, const Signer& signer, const SigningTime& time);

// {"id","method","params"} for the WebSocket API; a signed one holds key and signature and may not be logged.
std::string api_request(const Call& call, std::string_view id);  // of an open call (checked)
Result<std::string> api_request(const Call& call, std::string_view id, const Signer& signer, const SigningTime& time);

// ^[a-zA-Z0-9-_]{1,36}$
bool is_valid_client_id(std::string_view id);

}  // namespace stratdock::binance
