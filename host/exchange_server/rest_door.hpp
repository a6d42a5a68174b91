// REST: an HTTP request becomes a call, its reply an answer with Binance's headers.
// Owns: nothing but the counter of calls. Thread rule: one thread. Invariant: every request is answered exactly once, and
// passes the traffic filter and the judge's log on its way in and out.
#pragma once

#include <functional>

#include "host/exchange_server/api.hpp"
#include "host/exchange_server/judge_log.hpp"
#include "host/exchange_server/traffic.hpp"

namespace stratdock::exchange_server {

// What the doors share.
struct Exchange {
  EventLoop& loop;
  Venue& venue;
  Limits& limits;
  Api& api;
  JudgeLog& log;
  TrafficFilter* filter; // never null
  uint64_t calls = 0;    // numbers the calls
};

// Carries a call through filter, rules and log. `serve` has its effect, `make_answer` turns the reply into what is sent,
// `send` sends it.
struct Passage {
  std::function<Reply(Call&)> serve;
  std::function<HttpAnswer(const Call&, const Reply&)> make_answer;
  std::function<void(HttpAnswer)> send;
};
void carry_out(Exchange& exchange, Call call, Passage passage);

class RestDoor {
public:
  explicit RestDoor(Exchange& exchange) : exchange_(exchange) {}
  void on_request(HttpRequest request, std::function<void(HttpAnswer)> answer);

private:
  Exchange& exchange_;
};

} // namespace stratdock::exchange_server
