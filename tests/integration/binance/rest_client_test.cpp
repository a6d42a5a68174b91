// Calls over REST: read, judged, counted; and that nothing is sent while the exchange asked for a pause.
#include <catch2/catch.hpp>
#include <zlib.h>

#include <deque>
#include <fstream>
#include <functional>
#include <mutex>

#include "host/binance/rest_client.hpp"
#include "test_exchange.hpp"

using namespace stratdock;
using namespace stratdock::binance;
using test_exchange::Exchange;
using test_peer::Connection;
using test_peer::Peer;

namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// Tells the time, and answers everything else as the test says.
struct Scripted {
  struct Answer {
    int status;
    std::string body, headers;
  };
  explicit Scripted(const test_peer::Certificate* certificate = nullptr)
      : peer([this](Connection& connection) { serve(connection); }, certificate),
        session(*paper_endpoints(peer.address(certificate == nullptr ? "http" : "https"), certificate == nullptr ? "" : certificate->certificate_file()),
                *Signer::create(Secret(test_exchange::api_key), Secret(test_exchange::api_secret))),
        rest(session) {
    REQUIRE(poll_until(session, rest, 30'000, [&] { return session.clock.certain(steady_now_ms()) && rest.in_flight() == 0 && !session.clock.due(steady_now_ms()); }));
  }
  void serve(Connection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->target == "/api/v3/time") {
        ++times;
        connection.answer(200, "{\"serverTime\":" + std::to_string(Exchange::now_ms()) + "}");
        continue;
      }
      const std::lock_guard lock(mutex);
      arrived.push_back(request->method + " " + request->target.substr(0, request->target.find('?')));
      const Answer answer = answers.empty() ? Answer{200, "{}", ""} : answers.front();
      if (!answers.empty()) answers.pop_front();
      connection.answer(answer.status, answer.body, answer.headers);
    }
  }
  void next(Answer answer) {
    const std::lock_guard lock(mutex);
    answers.push_back(std::move(answer));
  }
  size_t arrivals() {
    const std::lock_guard lock(mutex);
    return arrived.size();
  }
  Reply<AccountReport> account() {
    std::optional<Reply<AccountReport>> reply;
    const Status asked = rest.account([&](const Reply<AccountReport>& came) { reply = came; });
    REQUIRE(asked);
    REQUIRE(poll_until(session, rest, 30'000, [&] { return reply.has_value(); }));
    return *reply;
  }

  std::mutex mutex;
  std::deque<Answer> answers;
  std::vector<std::string> arrived;
  std::atomic<int> times{0};
  Peer peer;
  Session session;
  RestClient rest;
};

const std::string account_body =
    R"({"makerCommission":10,"takerCommission":10,"buyerCommission":0,"sellerCommission":0,"commissionRates":{"maker":"0.001","taker":"0.001","buyer":"0","seller":"0"},"canTrade":true,"canWithdraw":false,"canDeposit":true,"updateTime":1,"accountType":"SPOT","balances":[{"asset":"BTC","free":"1.5","locked":"0.25"}],"permissions":["SPOT"]})";

}  // namespace

TEST_CASE("an answer is unpacked, read and counted") {
  Scripted exchange;
  exchange.next({200, gzip(account_body), "Content-Encoding: gzip\r\nX-MBX-USED-WEIGHT-1M: 1234\r\n"});
  const auto reply = exchange.account();
  REQUIRE(reply.ok());
  CHECK(reply.value->balances.at(0).free == *Decimal::parse("1.5"));
  CHECK(exchange.session.budget.used(0, exchange.session.now()) >= 1'234);
}

TEST_CASE("each kind of refusal is told apart, and a success that cannot be read is no success") {
  Scripted exchange;
  const auto judged = [&](Scripted::Answer answer) {
    exchange.next(std::move(answer));
    return exchange.account().verdict.kind;
  };
  CHECK(judged({200, "{\"balances\":17}", ""}) == AnswerKind::unknown_outcome);
  CHECK(judged({200, "<html>", ""}) == AnswerKind::unknown_outcome);
  CHECK(judged({400, R"({"code":-1121,"msg":"Invalid symbol."})", ""}) == AnswerKind::refused);
  CHECK(judged({401, R"({"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."})", ""}) == AnswerKind::bad_key);
  CHECK(judged({503, "<html>away</html>", ""}) == AnswerKind::unknown_outcome);
  CHECK(judged({307, "", "Location: http://127.0.0.1:1/\r\n"}) != AnswerKind::success);
  CHECK(exchange.arrivals() == 6);
}

TEST_CASE("a refused timestamp brings the clock again before anything is signed") {
  Scripted exchange;
  const int times = exchange.times;
  exchange.next({400, R"({"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."})", ""});
  CHECK(exchange.account().verdict.kind == AnswerKind::clock);
  CHECK_FALSE(exchange.rest.account([](const Reply<AccountReport>&) {}));
  REQUIRE(poll_until(exchange.session, exchange.rest, 30'000, [&] { return exchange.session.clock.certain(steady_now_ms()); }));
  CHECK(exchange.times >= times + 3);
  exchange.next({200, account_body, ""});
  CHECK(exchange.account().ok());
}

TEST_CASE("after a refusal nothing at all arrives before its time") {
  Scripted exchange;
  const auto [status, body, headers, least_ms] = GENERATE(table<int, std::string, std::string, int64_t>(
      {{429, R"({"code":-1003,"msg":"Too much request weight used."})", "Retry-After: 2\r\n", 2'000},
       {418, R"({"code":-1003,"msg":"Way too much request weight used; IP banned."})", "Retry-After: 3\r\n", 3'000},
       {429, R"({"code":-1015,"msg":"Too many new orders."})", "", 5'000},
       {403, "<html>blocked</html>", "", 20'000}}));
  exchange.next({status, body, headers});
  const int64_t asked_ms = steady_now_ms();
  CHECK_FALSE(exchange.account().ok());
  const size_t before = exchange.arrivals();
  const int times = exchange.times;
  CHECK(exchange.session.budget.blocked_until_steady_ms() >= asked_ms + least_ms);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(exchange.rest.account([](const Reply<AccountReport>&) {}));
    CHECK_FALSE(exchange.rest.start(call_cancel_all("BTCUSDT"), Purpose::protection, exchange.session.signing_time(), {}));
    exchange.rest.poll(steady_now_ms());
  }
  CHECK(exchange.arrivals() == before);
  CHECK(exchange.times == times);
}

TEST_CASE("everything works over TLS with a certificate that is named") {
  const test_peer::Certificate certificate("127.0.0.1");
  Scripted exchange(&certificate);
  exchange.next({200, account_body, ""});
  CHECK(exchange.account().ok());
}

TEST_CASE("there is no withdrawal in the program's library") {
  std::ifstream file(STRATDOCK_BINANCE_LIBRARY, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  // A compiler cuts a long text into pieces, but its first 16 letters stay together: all that moves money begins so.
  size_t wallet_paths = 0;
  for (size_t at = bytes.find("sapi/v1/"); at != std::string::npos; at = bytes.find("sapi/v1/", at + 1)) {
    CHECK(bytes.substr(at, 15) == "sapi/v1/account");
    ++wallet_paths;
  }
  CHECK(wallet_paths >= 1);  // the one that asks what a key may do
  for (const char* word : {"/withdraw", "withdraw/", "/wapi", "asset/transfer"}) {
    INFO(word);
    CHECK(bytes.find(word) == std::string::npos);
  }
}
