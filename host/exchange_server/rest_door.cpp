#include "host/exchange_server/rest_door.hpp"

#include <algorithm>

namespace stratdock::exchange_server {

namespace {

Call call_of(Exchange& exchange, const HttpRequest& request) {
  Call call;
  call.number = ++exchange.calls;
  call.verb = request.method;
  call.target = request.target;
  const size_t question = request.target.find('?');
  call.path = percent_decoded(std::string_view(request.target).substr(0, question), false);
  const std::string_view query =
      question == std::string::npos ? std::string_view() : std::string_view(request.target).substr(question + 1);
  call.sent = parse_request(query, request.method == "GET" ? std::string_view() : request.body);
  call.connection = request.connection;
  call.peer = request.peer;
  call.api_key = std::string(find_header(request.headers, "x-mbx-apikey"));
  const std::string_view unit = find_header(request.headers, "x-mbx-time-unit");
  if (unit == "MICROSECOND" || unit == "microsecond") call.time_unit = 1000;
  else if (!unit.empty() && unit != "MILLISECOND" && unit != "millisecond") call.bad_time_unit = unit;
  call.route = find_route(call.verb, call.path);
  return call;
}

HttpAnswer answer_of(Exchange& exchange, const Call& call, const Reply& reply) {
  HttpAnswer answer;
  answer.status = reply.status;
  answer.body = reply.json;
  const int64_t now_ms = exchange.venue.now_ms();
  const std::string used = std::to_string(exchange.limits.used_weight(call.peer, now_ms));
  answer.headers = {{"Server", "stratdock-paper-exchange"}, {"x-mbx-used-weight", used}, {"x-mbx-used-weight-1m", used}};
  if (reply.is_order)
    for (const LimitWindow& window : exchange.limits.of_account(call.account->name(), now_ms))
      answer.headers.emplace_back("x-mbx-order-count-" + std::to_string(window.interval_number) +
                                      static_cast<char>(window.interval.front() + 32),
                                  std::to_string(window.count));
  if (reply.retry_after_ms > 0) {
    const int64_t seconds = (std::max<int64_t>(0, reply.retry_after_ms - now_ms) + 999) / 1000;
    answer.headers.emplace_back("Retry-After", std::to_string(std::max<int64_t>(1, seconds)));
  }
  return answer;
}

} // namespace

void carry_out(Exchange& exchange, Call call, Passage passage) {
  exchange.log.received(call);
  Arrival arrival = exchange.filter->arriving(call);
  const auto leave = [&exchange, send = std::move(passage.send)](const Call& done, HttpAnswer answer, std::string fault) {
    const std::string acted = exchange.filter->leaving(done, answer);
    if (!acted.empty()) fault += (fault.empty() ? "" : ",") + acted;
    exchange.log.answered(done, answer, fault);
    send(std::move(answer));
  };
  if (!arrival.is_executed) {
    const HttpAnswer instead = passage.make_answer(call, arrival.reply);
    return leave(call, instead, arrival.fault);
  }
  call.is_past_fence = arrival.is_past_fence;
  auto run = [&exchange, call, serve = std::move(passage.serve), make_answer = std::move(passage.make_answer), leave,
                    fault = arrival.fault]() mutable {
    exchange.log.set_call(call.number);
    const Reply reply = serve(call);
    exchange.log.set_call(0);
    exchange.log.executed(call, reply);
    leave(call, make_answer(call, reply), fault);
  };
  if (arrival.delay_ms > 0) return exchange.loop.after(arrival.delay_ms, run);
  run();
}

void RestDoor::on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) {
  Call call = call_of(exchange_, request);
  const bool wants_html = find_header(request.headers, "accept").find("text/html") != std::string_view::npos;
  Passage passage;
  passage.serve = [&api = exchange_.api](Call& arrived) { return api.serve(arrived); };
  passage.make_answer = [&exchange = exchange_, wants_html](const Call& done, const Reply& reply) {
    HttpAnswer made = answer_of(exchange, done, reply);
    if (!done.route && wants_html) {
      made.content_type = "text/html";
      made.body = "<html><body><h1>404 Not Found</h1></body></html>\n";
    }
    return made;
  };
  passage.send = std::move(answer);
  carry_out(exchange_, std::move(call), std::move(passage));
}

} // namespace stratdock::exchange_server
