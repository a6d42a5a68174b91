// Faults on calls and their answers.
#include <nlohmann/json.hpp>

#include "host/exchange_server/fault_script.hpp"

namespace stratdock::exchange_server {

using Json = nlohmann::ordered_json;

namespace {

constexpr int64_t default_hold_ms = 60'000;
constexpr std::string_view forbidden_page = "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden"
                                            "</h1></center>\r\n</body>\r\n</html>\r\n";
constexpr std::string_view unavailable_page = "<html><head><title>503 Service Temporarily Unavailable</title></head><body>"
                                              "<h1>503 Service Temporarily Unavailable</h1></body></html>\n";
constexpr std::string_view others_body = "{\"symbol\":\"NEOBTC\",\"orderId\":1,\"clientOrderId\":\"somebody-else\",\"status\":\"FILLED\"}";

struct Refused {
  int status, code;
  std::string message;
};

// What a kind answers by itself.
Refused refusal_of(const Fault& fault) {
  const std::string_view name = fault.kind().name;
  const auto status = [&](int fallback) { return static_cast<int>(fault.number_setting("status", fallback)); };
  if (name == "too_many_requests")
    return {429, -1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for "
                        "live updates to avoid polling the API."};
  if (name == "too_many_orders") return {429, -1015, "Too many new orders; current limit is 100 orders per 10 SECOND."};
  if (name == "banned")
    return {418, -1003, "Way too much request weight used; IP banned. Please use WebSocket Streams for live updates to avoid bans."};
  if (name == "forbidden") return {403, 0, "Forbidden"};
  if (name == "restricted_location")
    return {451, 0, "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms."};
  if (name == "overloaded") return {status(503), -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."};
  if (name == "timestamp_refused") return {400, -1021, "Timestamp for this request is outside of the recvWindow."};
  if (name == "unexpected_response")
    return {500, -1006, "An unexpected response was received from the message bus. Execution status unknown."};
  if (name == "backend_timeout")
    return {504, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."};
  if (name == "maintenance") return {503, -1000, "The system is under maintenance."};
  if (name == "redirect") return {status(307), 0, "Moved"};
  return {status(503), static_cast<int>(fault.number_setting("code", -1001)),
          fault.text_setting("message", "Internal error; unable to process your request. Please try again.")};
}

int64_t default_retry_s(std::string_view name) {
  return name == "too_many_requests" ? 30 : name == "too_many_orders" ? 10 : name == "banned" ? 120 : 0;
}

bool keeps_from_executing(const Fault& fault) {
  if (fault.kind().name == "engine_delay") return false;
  return fault.kind().seam == FaultSeam::request || !fault.flag_setting("executed", true);
}

// Nothing is sent, and after `hold_ms` the connection closes. A WebSocket just stays silent.
void withhold(const Call& call, HttpAnswer& answer, int64_t hold_ms) {
  answer.delivery.how = call.is_socket ? Delivery::How::silent : Delivery::How::cut;
  answer.delivery.bytes = SIZE_MAX;
  answer.delivery.delay_ms = hold_ms;
}

void close_instead(HttpAnswer& answer) {
  answer.delivery.how = Delivery::How::cut;
  answer.delivery.bytes = SIZE_MAX;
}

} // namespace

void make_error(const Call& call, HttpAnswer& answer, int status, int code, const std::string& message) {
  answer.status = status;
  const std::string error = error_json(code, message);
  if (!call.is_socket) {
    answer.body = error;
    return;
  }
  const Json sent = Json::parse(answer.body, nullptr, false);
  const Json id = sent.is_object() ? sent.value("id", Json()) : Json();
  answer.body = "{\"id\":" + id.dump() + ",\"status\":" + std::to_string(status) + ",\"error\":" + error + "}";
}

bool hide_young_orders(const Call& call, HttpAnswer& answer, int64_t since_time, bool hides_lists) {
  static constexpr std::string_view lists[] = {"/api/v3/openOrders", "/api/v3/allOrders", "/api/v3/myTrades"};
  if (!call.route || call.route->verb != "GET" || answer.status != 200) return false;
  const bool is_one = call.route->path == "/api/v3/order";
  if (!is_one && (!hides_lists || std::find(std::begin(lists), std::end(lists), call.route->path) == std::end(lists))) return false;
  Json json = Json::parse(answer.body, nullptr, false);
  Json& result = call.is_socket ? json["result"] : json;
  const auto is_young = [&](const Json& row) { return row.is_object() && row.value("time", int64_t{0}) >= since_time; };
  if (is_one) {
    if (!is_young(result)) return false;
    make_error(call, answer, 400, -2013, "Order does not exist.");
    return true;
  }
  if (!result.is_array()) return false;
  Json kept = Json::array();
  for (const Json& row : result)
    if (!is_young(row)) kept.push_back(row);
  if (kept.size() == result.size()) return false;
  result = std::move(kept);
  answer.body = json.dump();
  return true;
}

Arrival FaultScript::arriving(const Call& call) {
  Arrival arrival;
  if (call.is_socket && dead_connections_.count(call.connection) != 0) {
    arrival.is_executed = false;
    arrival.fault = "half_open";
    unexecuted_[call.number] = nullptr;
    return arrival;
  }
  const std::string account = account_of(call);
  for (Entry& entry : entries_) {
    Fault& fault = entry.fault;
    if (entry.is_removed || !fault.matches(call, account)) continue;
    if (fault.kind().seam == FaultSeam::exchange) {
      if (!fault.acts_after() && fault.at_ms() < 0) change_exchange(entry, call);
      continue;
    }
    const bool is_delay = fault.kind().name == "engine_delay";
    if ((!is_delay && !keeps_from_executing(fault)) || !is_due(entry)) continue;
    if (is_delay) {
      delay(fault, call, arrival);
      continue;
    }
    refuse_instead(fault, call, arrival);
    unexecuted_[call.number] = &entry;
    break;
  }
  return arrival;
}

void FaultScript::delay(const Fault& fault, const Call& call, Arrival& arrival) {
  arrival.fault = fault.label();
  arrival.delay_ms = fault.number_setting("delay_ms", 10'000);
  note(fault, call, "executed " + std::to_string(arrival.delay_ms) + " ms later");
  if (fault.flag_setting("before_fence", false) || !call.route || call.route->access == Access::open) return;
  // Behind the fence nothing asks for the timestamp again; in front of it a refusal comes at once.
  Call copy = call;
  try {
    exchange_.api.admit(copy, call.route->access);
    arrival.is_past_fence = true;
  } catch (const Refusal&) {
    arrival.delay_ms = 0;
  }
}

void FaultScript::refuse_instead(Fault& fault, const Call& call, Arrival& arrival) {
  const std::string_view name = fault.kind().name;
  const Refused refused = refusal_of(fault);
  arrival.is_executed = false;
  arrival.fault = fault.label();
  arrival.reply.status = refused.status;
  arrival.reply.code = refused.code;
  arrival.reply.message = refused.message;
  arrival.reply.json = error_json(refused.code, refused.message);
  const int64_t retry_s = fault.number_setting("retry_after_s", default_retry_s(name));
  if (retry_s > 0) arrival.reply.retry_after_ms = exchange_.venue.now_ms() + retry_s * 1000;
  if (name == "half_open") dead_connections_.insert(call.connection);
  if (name == "maintenance" && fault.began_now()) begin_maintenance();
  if (name != "timeout_unread" && name != "half_open" && call.route) // it came as far as the counters
    exchange_.limits.charge(call.peer, weight_of(*call.route, call.parameters()), exchange_.venue.now_ms());
  note(fault, call, "not executed");
}

void FaultScript::begin_maintenance() {
  for (auto& [connection, socket] : sockets_)
    socket.socket->close(1001, "System maintenance");
}

void FaultScript::finish_unexecuted(const Fault& fault, const Call& call, HttpAnswer& answer) {
  const std::string_view name = fault.kind().name;
  if (name == "timeout_unread" || name == "timeout_before") withhold(call, answer, fault.number_setting("hold_ms", default_hold_ms));
  if (name == "reset_before") answer.delivery.how = Delivery::How::reset;
  if (name == "close_before") close_instead(answer);
  if (name == "half_open") answer.delivery.how = Delivery::How::silent;
  if (call.is_socket) return;
  const bool is_html = name == "forbidden" || fault.flag_setting("html", false);
  if (is_html) {
    answer.content_type = "text/html";
    answer.body = name == "forbidden" ? forbidden_page : unavailable_page;
  }
  if (name == "redirect") {
    answer.headers.emplace_back("Location", fault.text_setting("location", call.target));
    answer.body.clear();
  }
  if (name == "maintenance" && call.path == "/sapi/v1/system/status") { // the one that tells
    answer.status = 200;
    answer.body = "{\"status\":1,\"msg\":\"system_maintenance\"}";
  }
}

std::string FaultScript::leaving(const Call& call, HttpAnswer& answer) {
  std::string acted;
  if (const auto kept = unexecuted_.find(call.number); kept != unexecuted_.end()) {
    const Entry* entry = kept->second;
    unexecuted_.erase(kept);
    if (!entry) answer.delivery.how = Delivery::How::silent;
    else finish_unexecuted(entry->fault, call, answer);
    return acted; // its name stands already
  }
  const std::string account = account_of(call), body = answer.body;
  for (Entry& entry : entries_) {
    Fault& fault = entry.fault;
    if (entry.is_removed || !fault.matches(call, account)) continue;
    bool has_acted = false;
    if (fault.kind().seam == FaultSeam::exchange) {
      has_acted = fault.acts_after() && fault.at_ms() < 0 && change_exchange(entry, call);
    } else if (fault.kind().seam == FaultSeam::answer && !keeps_from_executing(fault)) {
      has_acted = can_disturb(fault, call, answer) && is_due(entry);
      if (has_acted) {
        disturb(fault, call, answer);
        note(fault, call, "after execution");
      }
    }
    if (has_acted) acted += (acted.empty() ? "" : ",") + fault.label();
  }
  last_body_ = body;
  return acted;
}

bool FaultScript::can_disturb(const Fault& fault, const Call& call, const HttpAnswer& answer) const {
  if (fault.kind().name != "order_unknown") return true;
  HttpAnswer probe;
  probe.status = answer.status;
  probe.body = answer.body;
  const int64_t since = (exchange_.venue.now_ms() - fault.number_setting("lag_ms", 60'000)) * call.time_unit;
  return hide_young_orders(call, probe, since, fault.flag_setting("hides_lists", true));
}

void FaultScript::disturb(const Fault& fault, const Call& call, HttpAnswer& answer) {
  const std::string_view name = fault.kind().name;
  Delivery& delivery = answer.delivery;
  if (name == "timeout_after") return withhold(call, answer, fault.number_setting("hold_ms", default_hold_ms));
  if (name == "reset_after") delivery.how = Delivery::How::reset;
  if (name == "close_after") close_instead(answer);
  if (name == "duplicate_answer") delivery.copies = 2;
  if (name == "cut_body") {
    delivery.how = Delivery::How::cut;
    delivery.bytes = static_cast<size_t>(fault.number_setting("missing_bytes", static_cast<int64_t>(answer.body.size() / 2 + 1)));
  }
  if (name == "slow_drip") {
    delivery.how = Delivery::How::drip;
    delivery.bytes = static_cast<size_t>(fault.number_setting("bytes", 16));
    delivery.drip_ms = fault.number_setting("drip_ms", 100);
  }
  if (name == "wrong_body") {
    answer.status = 200;
    answer.body = fault.text_setting("body", last_body_.empty() || last_body_ == answer.body ? others_body : std::string_view(last_body_));
  }
  if (name == "order_unknown")
    hide_young_orders(call, answer, (exchange_.venue.now_ms() - fault.number_setting("lag_ms", 60'000)) * call.time_unit,
                      fault.flag_setting("hides_lists", true));
  if (name != "error_after" && name != "unexpected_response" && name != "backend_timeout") return;
  const Refused refused = refusal_of(fault);
  make_error(call, answer, refused.status, refused.code, refused.message);
  if (fault.flag_setting("html", false) && !call.is_socket) {
    answer.content_type = "text/html";
    answer.body = unavailable_page;
  }
}

bool FaultScript::change_exchange(Entry& entry, const Call& call) {
  if (!actions_.can_perform(entry.fault, call) || !is_due(entry)) return false;
  const Result<std::string> done = actions_.perform(entry.fault, &call);
  note(entry.fault, call, done ? *done : "nothing: " + done.error().message);
  return done.has_value();
}

std::optional<HttpAnswer> FaultScript::upgrading(const HttpRequest& request) {
  for (Entry& entry : entries_) {
    if (entry.fault.kind().name != "maintenance" || !is_due(entry)) continue;
    if (entry.fault.began_now()) begin_maintenance();
    note(entry.fault, request.connection, "refused a WebSocket");
    HttpAnswer answer;
    answer.status = 503;
    answer.body = error_json(-1000, "The system is under maintenance.");
    return answer;
  }
  return std::nullopt;
}

} // namespace stratdock::exchange_server
