#include "test_exchange.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <utility>

namespace test_exchange {

using nlohmann::json;
using test_peer::Connection;
using test_peer::HttpRequest;

namespace {

std::string hmac(const std::string& payload) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), api_secret.data(), static_cast<int>(api_secret.size()), reinterpret_cast<const unsigned char*>(payload.data()), payload.size(), digest, &size);
  std::string text;
  char two[3];
  for (unsigned i = 0; i < size; ++i) {
    std::snprintf(two, sizeof two, "%02x", digest[i]);
    text += two;
  }
  return text;
}

std::string decoded(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && i + 2 < text.size()) plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)), i += 2;
    else plain += text[i];
  return plain;
}

std::map<std::string, std::string> parameters_of(const std::string& query) {
  std::map<std::string, std::string> parameters;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    const std::string pair = query.substr(begin, end - begin);
    const size_t equals = pair.find('=');
    if (equals != std::string::npos) parameters[pair.substr(0, equals)] = decoded(pair.substr(equals + 1));
    begin = end + 1;
  }
  return parameters;
}

int64_t interval_of(const std::string& text) { return *stratdock::parse_interval(text); }
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.8f", value);
  return text;
}

json symbol_info(const std::string& name, const std::string& status) {
  return {{"symbol", name},
          {"status", status},
          {"baseAsset", name.substr(0, name.size() - 4)},
          {"quoteAsset", name.substr(name.size() - 4)},
          {"baseAssetPrecision", 8},
          {"quotePrecision", 8},
          {"quoteAssetPrecision", 8},
          {"orderTypes", {"LIMIT", "MARKET"}},
          {"isSpotTradingAllowed", true},
          {"filters", {{{"filterType", "PRICE_FILTER"}, {"minPrice", "0.01"}, {"maxPrice", "1000000"}, {"tickSize", "0.01"}}}},
          {"permissions", json::array()},
          {"permissionSets", json::array({json::array({"SPOT"})})}};
}



}  // namespace

int64_t Exchange::now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

stratdock::Candle Exchange::candle(const std::string& symbol, int64_t open_ms, int64_t interval_ms) {
  const double base = 100 + static_cast<double>(open_ms / interval_ms % 1'000) + static_cast<double>(symbol[0] % 7) * 1'000;
  return {open_ms, base, base + 1.25, base - 0.75, base + 0.5, 12.5, 1250, 6.25, 17};
}

Exchange::Exchange(uint64_t seed, const test_peer::Certificate* certificate) : random_(seed) {
  peer_ = std::make_unique<test_peer::Peer>([this](Connection& connection) { serve(connection); }, certificate);
}

void Exchange::halt(const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  halts_[symbol].emplace_back(now_ms(), INT64_MAX);
}

void Exchange::resume(const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  halts_[symbol].back().second = now_ms();
}

bool Exchange::has_candle(const std::string& symbol, int64_t open_ms, int64_t interval_ms) {
  const std::lock_guard lock(mutex_);
  for (const auto& [from_ms, to_ms] : halts_[symbol])
    if (open_ms >= from_ms && open_ms + interval_ms <= to_ms) return false;
  return true;
}

int Exchange::chance() {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(random_() % 100);
}

void Exchange::note(Arrival arrival) {
  const std::lock_guard lock(mutex_);
  arrivals_.push_back(std::move(arrival));
}

std::vector<Exchange::Arrival> Exchange::arrivals() {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

size_t Exchange::count(const std::string& what) {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(arrivals_.begin(), arrivals_.end(), [&](const Arrival& one) { return one.what == what; }));
}

void Exchange::tell_streams(const std::string& text) {
  const std::lock_guard lock(mutex_);
  for_streams_.push_back(text);
}

void Exchange::tell_users(const std::string& event) {
  const std::lock_guard lock(mutex_);
  for_users_.push_back(event);
}

void Exchange::serve(Connection& connection) {
  while (auto request = connection.read_request()) {
    if (!request->header("Upgrade").empty()) {
      const bool api = request->target.rfind("/ws-api/v3", 0) == 0;
      if (api && api_declined) {
        connection.answer(503, "{}");
        return;
      }
      connection.upgrade(*request);
      return api ? serve_api(connection) : serve_streams(connection);
    }
    if (!answer_rest(connection, *request)) return;
  }
}

bool Exchange::answer_rest(Connection& connection, const HttpRequest& request) {
  const size_t question = request.target.find('?');
  const std::string path = request.target.substr(0, question);
  const std::string query = question == std::string::npos ? "" : request.target.substr(question + 1);
  const std::string payload = query + request.body;
  auto parameters = parameters_of(query + (query.empty() || request.body.empty() ? "" : "&") + request.body);
  const std::string weight = "X-MBX-USED-WEIGHT-1M: 7\r\nContent-Type: application/json\r\n";
  if (path == "/api/v3/time") return connection.answer(200, json{{"serverTime", now_ms()}}.dump(), weight);
  if (path == "/api/v3/klines") return faults.rest_away ? connection.answer(503, "<html>away</html>") : connection.answer(200, klines(parameters), weight);
  if (path == "/api/v3/exchangeInfo") {
    json symbols = json::array();
    const json wanted = parameters.contains("symbols") ? json::parse(parameters["symbols"]) : json::array({parameters["symbol"]});
    ++info_requests_;
    for (const std::string name : wanted) {
      const std::lock_guard lock(mutex_);
      symbols.push_back(symbol_info(name, halts_.contains(name) && halts_[name].back().second == INT64_MAX ? "HALT" : "TRADING"));
    }
    const json limits = {{{"rateLimitType", "REQUEST_WEIGHT"}, {"interval", "MINUTE"}, {"intervalNum", 1}, {"limit", 6000}}};
    return connection.answer(200, json{{"timezone", "UTC"}, {"serverTime", now_ms()}, {"rateLimits", limits}, {"exchangeFilters", json::array()}, {"symbols", symbols}}.dump(), weight);
  }
  const size_t signature = payload.rfind("&signature=");
  note({"rest " + request.method + " " + path, parameters, signature != std::string::npos && hmac(payload.substr(0, signature)) == payload.substr(signature + 11) && request.header("X-MBX-APIKEY") == api_key});
  if (path != "/api/v3/order") return connection.answer(404, R"({"code":-1000,"msg":"no such path"})");
  switch (order_fault.load()) {
  case OrderFault::stall: connection.wait_for_end(); return false;
  case OrderFault::cut: return false;
  case OrderFault::http_503: return connection.answer(503, R"({"code":-1007,"msg":"Timeout waiting for response from backend server."})");
  default: return connection.answer(200, order_answer(parameters, order_fault == OrderFault::other_order).dump(), weight);
  }
}

int Exchange::kline_requests(const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  return kline_requests_[symbol];
}

std::string Exchange::klines(const std::map<std::string, std::string>& parameters) {
  {
    const std::lock_guard lock(mutex_);
    ++kline_requests_[parameters.at("symbol")];
  }
  const int64_t interval_ms = interval_of(parameters.at("interval")), now = now_ms();
  const int64_t limit = parameters.contains("limit") ? std::stoll(parameters.at("limit")) : 500;
  const int64_t last_ms = std::min<int64_t>(parameters.contains("endTime") ? std::stoll(parameters.at("endTime")) : now, now) / interval_ms * interval_ms;
  int64_t first_ms = last_ms - (limit - 1) * interval_ms;
  if (parameters.contains("startTime")) first_ms = (std::stoll(parameters.at("startTime")) + interval_ms - 1) / interval_ms * interval_ms;
  json rows = json::array();
  for (int64_t open_ms = first_ms; open_ms <= last_ms && static_cast<int64_t>(rows.size()) < limit; open_ms += interval_ms) {
    if (!has_candle(parameters.at("symbol"), open_ms, interval_ms)) continue;
    auto c = candle(parameters.at("symbol"), open_ms, interval_ms);
    // The last one is still forming: figures that must not be taken for closed ones.
    if (open_ms + interval_ms > now) c.close = c.low, c.volume = 0.5;
    rows.push_back({open_ms, number(c.open), number(c.high), number(c.low), number(c.close), number(c.volume), open_ms + interval_ms - 1, number(c.quote_volume), c.trade_count,
                    number(c.taker_buy_volume), "0", "0"});
  }
  return rows.dump();
}

void Exchange::serve_streams(Connection& connection) {
  ++stream_connections_;
  struct Stream {
    std::string symbol, interval;
    int64_t next_close_ms;
  };
  std::vector<Stream> streams;
  std::deque<std::string> late;
  const int cut_when = cut_streams_;
  size_t told = 0;
  {
    const std::lock_guard lock(mutex_);
    told = for_streams_.size();
  }
  int64_t second = 0;
  int messages = 0;
  const auto event = [](const Stream& one, int64_t open_ms, bool closed, int64_t at_ms) {
    const int64_t interval_ms = interval_of(one.interval);
    auto c = candle(one.symbol, open_ms, interval_ms);
    if (!closed) c.close = c.low;
    std::string lower = one.symbol;
    for (char& letter : lower) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    const json kline = {{"t", open_ms}, {"T", open_ms + interval_ms - 1}, {"s", one.symbol}, {"i", one.interval}, {"f", 1}, {"L", 17}, {"o", number(c.open)}, {"c", number(c.close)},
                        {"h", number(c.high)}, {"l", number(c.low)}, {"v", number(c.volume)}, {"n", c.trade_count}, {"x", closed}, {"q", number(c.quote_volume)},
                        {"V", number(c.taker_buy_volume)}, {"Q", "0"}, {"B", "0"}};
    return json{{"stream", lower + "@kline_" + one.interval}, {"data", {{"e", "kline"}, {"E", at_ms}, {"s", one.symbol}, {"k", kline}}}}.dump();
  };
  while (cut_streams_ == cut_when) {
    if (connection.readable(10)) {
      const auto frame = connection.read_frame();
      if (!frame || frame->opcode == 8) return;
      const int64_t this_second = now_ms() / 1'000;
      messages = this_second == second ? messages + 1 : 1;
      second = this_second;
      most_messages_a_second_ = std::max(most_messages_a_second_.load(), messages);
      if (frame->opcode == 9) connection.send_frame(10, frame->payload);
      if (frame->opcode != 1) continue;
      const json request = json::parse(frame->payload);
      if (request["method"] != "SUBSCRIBE") continue;
      for (const std::string name : request["params"]) {
        const size_t at = name.find("@kline_");
        std::string symbol = name.substr(0, at);
        for (char& letter : symbol) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
        const std::string interval = name.substr(at + 7);
        streams.push_back({symbol, interval, (now_ms() / interval_of(interval) + 1) * interval_of(interval)});
      }
      connection.send_text(json{{"result", nullptr}, {"id", request["id"]}}.dump());
    }
    {
      std::vector<std::string> texts;
      {
        const std::lock_guard lock(mutex_);
        for (; told < for_streams_.size(); ++told) texts.push_back(for_streams_[told]);
      }
      for (const auto& text : texts) connection.send_text(text);
    }
    for (Stream& one : streams) {
      const int64_t now = now_ms(), interval_ms = interval_of(one.interval);
      if (now < one.next_close_ms) continue;
      const int64_t open_ms = one.next_close_ms - interval_ms;
      one.next_close_ms += interval_ms;
      if (faults.stall || !has_candle(one.symbol, open_ms, interval_ms) || chance() < faults.lose) continue;
      if (chance() < faults.cut) {
        if (chance() < 50) connection.reset();
        return;
      }
      const std::string text = event(one, open_ms, true, now);
      connection.send_text(event(one, open_ms, false, now - 1));
      if (chance() < faults.garble) {
        std::string bad = text;
        switch (chance() % 4) {
        case 0: bad.resize(bad.size() / 2); break;
        case 1: bad.replace(bad.find("\"h\":\""), 6, "\"h\":\"-"); break;
        case 2: bad = "{\"e\":\"kline\",\"k\":{\"x\":true}}"; break;
        case 3: bad.replace(bad.find("\"t\":"), 4, "\"t\":9"); break;
        }
        connection.send_text(bad);
      }
      if (chance() < faults.delay) late.push_back(text);
      else connection.send_text(text);
      if (chance() < faults.repeat) connection.send_text(text);
    }
    while (!late.empty() && chance() < 5) {
      connection.send_text(late.back());
      late.pop_back();
    }
  }
}

json Exchange::order_answer(const std::map<std::string, std::string>& parameters, bool other) {
  const auto value = [&](const char* name) { return parameters.contains(name) ? parameters.at(name) : std::string(); };
  std::string id = value("newClientOrderId");
  if (id.empty()) id = value("origClientOrderId");
  if (other) id = "somebody-else";
  return {{"symbol", value("symbol")},   {"orderId", ++last_order_id_},   {"orderListId", -1},   {"clientOrderId", id}, {"origClientOrderId", id}, {"transactTime", now_ms()}, {"price", "0.00000000"},
          {"origQty", value("quantity").empty() ? "1" : value("quantity")}, {"executedQty", "0.00000000"}, {"origQuoteOrderQty", "0.000000"}, {"cummulativeQuoteQty", "0.00000000"},
          {"status", "NEW"}, {"timeInForce", "GTC"}, {"type", "LIMIT"}, {"side", "BUY"}, {"fills", json::array()}};
}

void Exchange::serve_api(Connection& connection) {
  ++api_connections_;
  const int cut_when = cut_api_;
  bool subscribed = false;
  size_t told = 0;
  std::vector<std::string> held;
  while (cut_api_ == cut_when) {
    if (connection.readable(10)) {
      const auto frame = connection.read_frame();
      if (!frame || frame->opcode == 8) return;
      if (frame->opcode == 9) connection.send_frame(10, frame->payload);
      if (!subscribed) {
        // There is no replay; taken before the answer, so that what a test tells after it is heard.
        const std::lock_guard lock(mutex_);
        told = for_users_.size();
      }
      if (frame->opcode == 1 && !answer_api(connection, frame->payload, subscribed, held)) return;
    }
    if (order_fault == OrderFault::none)
      for (const std::string& text : std::exchange(held, {})) connection.send_text(text);
    if (!subscribed) continue;
    std::vector<std::string> events;
    {
      const std::lock_guard lock(mutex_);
      for (; told < for_users_.size(); ++told) events.push_back(for_users_[told]);
    }
    for (const std::string& event : events) connection.send_text(event);
  }
}

bool Exchange::answer_api(Connection& connection, const std::string& text, bool& subscribed, std::vector<std::string>& held) {
  const json request = json::parse(text);
  std::map<std::string, std::string> parameters;
  std::string payload;
  for (const auto& [name, value] : request["params"].items()) {
    parameters[name] = value.is_string() ? value.get<std::string>() : value.dump();
    if (name != "signature") payload += (payload.empty() ? "" : "&") + name + "=" + parameters[name];
  }
  const std::string method = request["method"];
  note({"ws " + method, parameters, hmac(payload) == parameters["signature"] && parameters["apiKey"] == api_key});
  const auto answer = [&](const json& result) { return json{{"id", request["id"]}, {"status", 200}, {"result", result}, {"rateLimits", json::array()}}.dump(); };
  if (method == "userDataStream.subscribe.signature") {
    subscribed = true;
    return connection.send_text(answer({{"subscriptionId", 0}}));
  }
  const std::string ours = answer(order_answer(parameters, order_fault == OrderFault::other_order));
  switch (order_fault.load()) {
  case OrderFault::stall: return true;
  case OrderFault::cut: return false;
  case OrderFault::late: held.push_back(ours); return true;
  case OrderFault::http_503:
    return connection.send_text(json{{"id", request["id"]}, {"status", 503}, {"error", {{"code", -1007}, {"msg", "Timeout waiting for response from backend server."}}}}.dump());
  case OrderFault::repeat: return connection.send_text(ours) && connection.send_text(ours) && connection.send_text(answer(json::object()).replace(6, 1, "9"));
  default: return connection.send_text(ours);
  }
}

}  // namespace test_exchange
