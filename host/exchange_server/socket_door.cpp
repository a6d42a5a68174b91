#include "host/exchange_server/socket_door.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/client_json.hpp"
#include "host/exchange_server/order_json.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr int connect_weight = 2;

// Methods about the connection itself; SocketDoor::serve_session() has them.
constexpr Route session_routes[] = {
    {"", "", "session.logon", Access::read, 2, 0, false, "", nullptr},
    {"", "", "session.status", Access::open, 2, 0, false, "", nullptr},
    {"", "", "session.logout", Access::open, 2, 0, false, "", nullptr},
    {"", "", "session.subscriptions", Access::open, 2, 0, false, "", nullptr},
    {"", "", "userDataStream.subscribe", Access::open, 2, 0, false, "", nullptr},
    {"", "", "userDataStream.subscribe.signature", Access::read, 2, 0, false, "", nullptr},
    {"", "", "userDataStream.unsubscribe", Access::open, 2, 0, false, "subscriptionId", nullptr},
};

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view text_of(KeyKind kind) {
  return kind == KeyKind::rsa ? "RSA" : "HMAC_SHA256";
}

} // namespace

bool SocketDoor::serves(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path == "/ws-api/v3" || path == "/ws-api/v3/";
}

void SocketDoor::opened(const HttpRequest& request, WebSocket& socket) {
  Peer& peer = peers_[socket.connection()];
  peer.socket = &socket;
  peer.address = request.peer;
  peer.connected_ms = exchange_.venue.now_ms();
  const size_t question = request.target.find('?');
  const Parameters parameters =
      parse_request(question == std::string::npos ? "" : std::string_view(request.target).substr(question + 1), "")
          .parameters;
  const std::string* unit = parameters.find("timeUnit");
  if (unit && (*unit == "MICROSECOND" || *unit == "microsecond")) peer.unit = 1000;
  else if (unit && *unit != "MILLISECOND" && *unit != "millisecond") peer.bad_unit = *unit;
  const std::string* limits = parameters.find("returnRateLimits");
  peer.tells_limits = !limits || *limits != "false";
  exchange_.limits.charge(request.peer, connect_weight, exchange_.venue.now_ms());
}

void SocketDoor::closed(WebSocket& socket) {
  peers_.erase(socket.connection());
}

void SocketDoor::received(WebSocket& socket, const std::string& text) {
  Peer& peer = peers_.at(socket.connection());
  const Json request = is_too_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
  const Json id = request.is_object() ? request.value("id", Json()) : Json();
  Call call;
  call.number = ++exchange_.calls;
  call.is_socket = true;
  call.connection = socket.connection();
  call.peer = peer.address;
  call.time_unit = peer.unit;
  call.bad_time_unit = peer.bad_unit;
  call.verb = "WS";
  // Some clients send `null` for what they have nothing to say about.
  Json params = request.is_object() && request.contains("params") ? request["params"] : Json();
  if (params.is_null()) params = Json::object();
  const bool is_request = request.is_object() && request.contains("method") && request["method"].is_string() &&
                          is_request_id(id) && params.is_object();
  bool tells_limits = peer.tells_limits;
  if (is_request) {
    call.path = request["method"].get<std::string>();
    const auto fractions = written_fractions(text);
    for (const auto& [name, value] : params.items()) {
      const auto written = fractions.find(name);
      if (name == "signature") call.sent.signature = value_text(value);
      else if (name == "returnRateLimits") tells_limits = value != false;
      else if (!value.is_null()) call.sent.parameters.add(name, written != fractions.end() ? written->second : value_text(value));
    }
    if (params.contains("returnRateLimits")) {
      Parameters all = call.sent.parameters;
      all.add("returnRateLimits", value_text(params["returnRateLimits"]));
      call.sent.signed_text = socket_signed_text(all);
    } else {
      call.sent.signed_text = socket_signed_text(call.sent.parameters);
    }
    call.route = find_socket_route(call.path);
    for (const Route& route : session_routes)
      if (route.socket_method == call.path) call.route = &route;
  }
  const std::string* key = call.parameters().find("apiKey");
  if (key) call.api_key = *key;
  if (!key && peer.account) {
    call.is_logged_on = true;
    call.account = peer.account;
    call.key = peer.key;
  }
  Passage passage;
  passage.serve = [this, is_request](Call& arrived) {
    if (!is_request) {
      Reply reply;
      reply.status = 400;
      reply.code = -1135;
      reply.message = "Invalid JSON Request";
      reply.json = error_json(reply.code, reply.message);
      return reply;
    }
    return exchange_.api.serve(arrived, [this](Call& own) { return serve_session(own); });
  };
  passage.make_answer = [this, id = id.dump(), tells_limits](const Call& done, const Reply& reply) {
    HttpAnswer answer;
    answer.status = reply.status;
    std::string result = reply.json;
    if (reply.retry_after_ms > 0) {
      const int64_t wait_ms = std::max<int64_t>(1, reply.retry_after_ms - exchange_.venue.now_ms());
      answer.headers.emplace_back("Retry-After", std::to_string((wait_ms + 999) / 1000)); // for the log: the body has it for the client
      const Json data = {{"serverTime", exchange_.venue.now_ms()}, {"retryAfter", reply.retry_after_ms}};
      result = error_json(reply.code, reply.message, data.dump());
    }
    answer.body = "{\"id\":" + id + ",\"status\":" + std::to_string(reply.status) +
                  (reply.status == 200 ? ",\"result\":" : ",\"error\":") + result;
    if (tells_limits) answer.body += ",\"rateLimits\":" + limits_json(done, reply);
    answer.body += "}";
    return answer;
  };
  passage.send = [this, connection = socket.connection()](HttpAnswer answer) { send_answer(connection, std::move(answer)); };
  carry_out(exchange_, std::move(call), std::move(passage));
}

void SocketDoor::send_answer(uint64_t connection, HttpAnswer answer) {
  const auto found = peers_.find(connection);
  if (found == peers_.end()) return;
  if (answer.delivery.delay_ms > 0) {
    const int64_t delay_ms = std::exchange(answer.delivery.delay_ms, 0);
    exchange_.loop.after(delay_ms, [this, connection, answer = std::move(answer)] { send_answer(connection, answer); });
    return;
  }
  WebSocket& socket = *found->second.socket;
  using How = Delivery::How;
  if (answer.delivery.how == How::silent) return;
  if (answer.delivery.how == How::reset) return socket.reset();
  if (answer.delivery.how == How::cut) {
    answer.body.resize(answer.body.size() - std::min(answer.body.size(), answer.delivery.bytes));
    if (answer.body.empty()) return socket.close(1001, "");
  }
  for (int i = 0; i < std::max(1, answer.delivery.copies); ++i)
    socket.send(answer.body);
}

std::string SocketDoor::limits_json(const Call& call, const Reply& reply) const {
  const int64_t now_ms = exchange_.venue.now_ms();
  std::vector<LimitWindow> windows;
  if ((reply.is_order || reply.code == -1015) && call.account) windows = exchange_.limits.of_account(call.account->name(), now_ms);
  windows.push_back(exchange_.limits.of_peer(call.peer, now_ms).front());
  Json rows = Json::array();
  for (const LimitWindow& window : windows)
    rows.push_back({{"rateLimitType", std::string(window.kind)},
                    {"interval", std::string(window.interval)},
                    {"intervalNum", window.interval_number},
                    {"limit", window.limit},
                    {"count", window.count}});
  return rows.dump();
}

std::string SocketDoor::session_json(const Peer& peer) const {
  const bool is_on = peer.account != nullptr;
  const bool has_stream = std::any_of(peer.subscriptions.begin(), peer.subscriptions.end(),
                                      [](const auto& entry) { return entry.second.by_logon; });
  const Json json = {{"apiKey", is_on ? Json(peer.key->id) : Json()},
                     {"authorizedSince", is_on ? Json(peer.logged_on_ms * peer.unit) : Json()},
                     {"connectedSince", peer.connected_ms * peer.unit},
                     {"returnRateLimits", peer.tells_limits},
                     {"serverTime", exchange_.venue.clock().told_ms() * peer.unit},
                     {"userDataStream", has_stream}};
  return json.dump();
}

std::string SocketDoor::serve_session(Call& call) {
  const auto found = peers_.find(call.connection);
  if (found == peers_.end()) throw Refusal{400, -1001, "The connection has gone."};
  Peer& peer = found->second;
  if (call.path == "session.logon") {
    if (call.key->kind != KeyKind::ed25519)
      throw Refusal{400, -4056, std::string(text_of(call.key->kind)) + " API key is not supported."};
    peer.account = call.account;
    peer.key = call.key;
    peer.logged_on_ms = exchange_.venue.now_ms();
    return session_json(peer);
  }
  if (call.path == "session.status") return session_json(peer);
  if (call.path == "session.logout") {
    log_out(peer);
    return session_json(peer);
  }
  if (call.path == "session.subscriptions") {
    Json rows = Json::array();
    for (const auto& [id, subscription] : peer.subscriptions)
      rows.push_back({{"subscriptionId", id}});
    return rows.dump();
  }
  if (call.path == "userDataStream.unsubscribe") {
    const auto id = call.parameters().maybe_integer("subscriptionId");
    if (id && peer.subscriptions.count(static_cast<int>(*id)) == 0)
      throw Refusal{400, -2036, "User Data Stream subscription not active."};
    std::vector<int> ids;
    for (const auto& entry : peer.subscriptions)
      if (!id || entry.first == *id) ids.push_back(entry.first);
    for (const int one : ids)
      end_subscription(peer, one);
    return "{}";
  }
  const bool by_logon = call.path == "userDataStream.subscribe";
  if (by_logon && !peer.account) throw Refusal{401, -2015, "Invalid API-key, IP, or permissions for action."};
  const int id = subscribe(peer, by_logon ? *peer.account : *call.account, by_logon ? *peer.key : *call.key, by_logon);
  return Json{{"subscriptionId", id}}.dump();
}

int SocketDoor::subscribe(Peer& peer, Account& account, const ApiKey& key, bool by_logon) {
  for (const auto& [id, subscription] : peer.subscriptions)
    if (subscription.account == &account) throw Refusal{400, -2035, "User Data Stream subscription already active."};
  peer.subscriptions[peer.next_subscription] = {&account, &key, by_logon};
  return peer.next_subscription++;
}

void SocketDoor::end_subscription(Peer& peer, int id) {
  const Json event = {{"e", "eventStreamTerminated"}, {"E", exchange_.venue.clock().told_ms() * peer.unit}};
  send(peer, Json{{"subscriptionId", id}, {"event", event}}.dump());
  peer.subscriptions.erase(id);
}

void SocketDoor::log_out(Peer& peer) {
  peer.account = nullptr;
  peer.key = nullptr;
  std::vector<int> ids;
  for (const auto& [id, subscription] : peer.subscriptions)
    if (subscription.by_logon) ids.push_back(id);
  for (const int id : ids)
    end_subscription(peer, id);
}

void SocketDoor::key_revoked(const ApiKey& key) {
  for (auto& [connection, peer] : peers_) {
    if (peer.key == &key) {
      peer.socket->send("{\"id\":null,\"status\":401,\"error\":" +
                        error_json(-2015, "Invalid API-key, IP, or permissions for action.") + "}");
      log_out(peer);
    }
    std::vector<int> ids;
    for (const auto& [id, subscription] : peer.subscriptions)
      if (subscription.key == &key) ids.push_back(id);
    for (const int id : ids)
      end_subscription(peer, id);
  }
}

void SocketDoor::shut_down() {
  for (auto& [connection, peer] : peers_) {
    peer.socket->send("{\"event\":{\"e\":\"serverShutdown\",\"E\":" +
                      std::to_string(exchange_.venue.clock().told_ms() * peer.unit) + "}}");
    peer.socket->close(1001, "Server shutdown");
  }
}

void SocketDoor::send(Peer& peer, std::string text) {
  const uint64_t connection = peer.socket->connection();
  for (StreamMessage& message : exchange_.filter->stream_leaving(*peer.socket, StreamKind::user, std::move(text))) {
    if (message.delay_ms <= 0) {
      peer.socket->send(std::move(message.text));
      continue;
    }
    exchange_.loop.after(message.delay_ms, [this, connection, later = std::move(message.text)] {
      const auto found = peers_.find(connection);
      if (found != peers_.end()) found->second.socket->send(later);
    });
  }
}

void SocketDoor::tell(const Account& account, const std::function<std::string(int64_t unit)>& make) {
  for (auto& [connection, peer] : peers_)
    for (const auto& [id, subscription] : peer.subscriptions)
      if (subscription.account == &account)
        send(peer, "{\"subscriptionId\":" + std::to_string(id) + ",\"event\":" + make(peer.unit) + "}");
}

void SocketDoor::on_execution(Account& account, const ExecutionReport& report) {
  tell(account, [&](int64_t unit) { return execution_report_json(report, unit).dump(); });
}
void SocketDoor::on_list(Account& account, const ListRecord& list) {
  tell(account, [&](int64_t unit) { return list_status_json(list, exchange_.venue.now_ms(), unit).dump(); });
}
void SocketDoor::on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t now_ms) {
  tell(account, [&](int64_t unit) { return account_position_json(changed, now_ms, unit).dump(); });
}
void SocketDoor::on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t now_ms) {
  tell(account, [&](int64_t unit) { return balance_update_json(asset, amount, now_ms, unit).dump(); });
}

} // namespace stratdock::exchange_server
