#include "host/exchange_server/api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace stratdock::exchange_server {

namespace {

constexpr int64_t earliest_ms = 1'483'228'800'000; // 2017-01-01: older timestamps are refused outright
constexpr int64_t default_window_us = 5'000'000, longest_window_us = 60'000'000;

// recvWindow is in milliseconds with up to three decimals.
int64_t window_us(const Parameters& parameters) {
  if (!parameters.find("recvWindow")) return default_window_us;
  const Decimal window = parameters.decimal_or_zero("recvWindow");
  const int64_t microseconds = static_cast<int64_t>(window.units() / (Decimal::units_per_one / 1000));
  if (microseconds > longest_window_us)
    throw Refusal{400, -1131, "recvWindow must be less than 60000."};
  if (!window.is_multiple_of(Decimal::from_units(Decimal::units_per_one / 1000))) throw invalid_parameter("recvWindow");
  return microseconds;
}

void check_timestamp(const ServerClock& clock, const Parameters& parameters) {
  int64_t timestamp = parameters.integer("timestamp");
  if (timestamp < first_microseconds) timestamp *= 1000;
  if (timestamp < earliest_ms * 1000 || clock.is_ahead(timestamp)) {
    if (timestamp >= earliest_ms * 1000)
      throw Refusal{400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."};
    throw Refusal{400, -1021, "Timestamp for this request is outside of the recvWindow."};
  }
  if (clock.is_outside(timestamp, window_us(parameters)))
    throw Refusal{400, -1021, "Timestamp for this request is outside of the recvWindow."};
}

Refusal unknown_call(const Call& call) {
  if (call.is_socket) return {400, -1020, "This operation is not supported."};
  if (call.path.starts_with("/api/v3/userDataStream") || call.path.starts_with("/api/v1/"))
    return {410, -1016, "This service is no longer available."}; // listen keys: since 2026-02-20
  return {404, -1000, "There is no such path: " + call.verb + " " + call.path};
}

// What the method knows, with what signing adds.
std::string known_names(const Call& call) {
  std::string names(call.route->names);
  if (call.route->access != Access::open) names += " timestamp recvWindow signature";
  if (call.is_socket) names += " apiKey";
  return names;
}

Reply refused_with(const Refusal& refusal) {
  Reply reply;
  reply.status = refusal.status;
  reply.code = refusal.code;
  reply.message = refusal.message;
  reply.json = error_json(refusal.code, refusal.message, refusal.data);
  return reply;
}

std::string limit_text(int64_t length_ms) {
  if (length_ms % 86'400'000 == 0) return std::to_string(length_ms / 86'400'000) + " DAY";
  return length_ms % 60'000 == 0 ? std::to_string(length_ms / 60'000) + " MINUTE" : std::to_string(length_ms / 1000) + " SECOND";
}

} // namespace

std::string error_json(int code, std::string_view message, const std::string& data) {
  const nlohmann::ordered_json text = std::string(message);
  std::string json = "{\"code\":" + std::to_string(code) +
                     ",\"msg\":" + text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (!data.empty()) json += ",\"data\":" + data;
  return json + "}";
}

void Api::admit(Call& call, Access access) {
  if (!call.is_logged_on) {
    if (!is_key_id(call.api_key)) throw Refusal{401, -2014, "API-key format invalid."};
    const Venue::KeyOwner owner = venue_.find_key(call.api_key);
    call.account = owner.account;
    call.key = owner.key;
  }
  const bool may = call.key && !call.key->is_revoked && (access == Access::trade ? call.key->may_trade : call.key->may_read);
  if (!may) throw Refusal{401, -2015, "Invalid API-key, IP, or permissions for action."};
  if (!call.parameters().has("timestamp")) throw missing_parameter("timestamp");
  if (!call.is_logged_on && call.sent.signature.empty()) throw missing_parameter("signature");
  if (!call.is_past_fence) check_timestamp(venue_.clock(), call.parameters());
  if (!call.is_logged_on && !signature_is_valid(*call.key, call.sent.signed_text, call.sent.signature))
    throw Refusal{400, -1022, "Signature for this request is not valid."};
}

Reply Api::serve(Call& call, const std::function<std::string(Call&)>& own) {
  const int64_t now_ms = venue_.now_ms();
  const int weight = call.route ? weight_of(*call.route, call.parameters()) : 1;
  const Limits::Verdict verdict = limits_.charge(call.peer, weight, now_ms);
  if (verdict.status != 200) {
    const std::string text =
        verdict.status == 418
            ? "Way too much request weight used; IP banned until " + std::to_string(verdict.retry_at_ms) +
                  ". Please use WebSocket Streams for live updates to avoid bans."
            : "Too much request weight used; current limit is " + std::to_string(limit_settings().weight_per_minute) +
                  " request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.";
    Reply reply = refused_with({verdict.status, -1003, text});
    reply.retry_after_ms = verdict.retry_at_ms;
    return reply;
  }
  try {
    if (!call.route) throw unknown_call(call);
    if (!call.bad_time_unit.empty())
      throw Refusal{400, -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."};
    const Route& route = *call.route;
    if (route.access != Access::open) admit(call, route.access);
    call.parameters().check_names(known_names(call), !call.sent.signature.empty());
    if (route.orders > 0) {
      const LimitWindow full = limits_.exceeded(call.account->name(), route.orders, now_ms);
      if (full.limit > 0) {
        Reply reply = refused_with({429, -1015, "Too many new orders; current limit is " + std::to_string(full.limit) +
                                                    " orders per " + limit_text(full.length_ms) + "."});
        reply.retry_after_ms = Limits::window_end(now_ms, full.length_ms);
        return reply;
      }
    }
    Reply reply;
    reply.json = route.handler ? route.handler(*this, call) : own(call);
    if (route.is_free_on_success) limits_.give_back(call.peer, weight, now_ms);
    if (route.orders > 0) {
      limits_.add_orders(call.account->name(), route.orders, now_ms);
      reply.is_order = true;
    }
    return reply;
  } catch (const Refusal& refusal) {
    return refused_with(refusal);
  } catch (const std::exception&) { // a library's, such as text that is no UTF-8
    return refused_with({500, -1000, "An unknown error occurred while processing the request."});
  }
}

} // namespace stratdock::exchange_server
