// What every kind of answer means, as a table: the facts of the exchange on the left, what may be concluded on the
// right.
#include <catch2/catch.hpp>

#include "host/binance/answer.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

struct Row {
  const char* what;
  int status;
  std::string body;
  AnswerKind kind;
  bool not_executed;
};

std::string refusal(int code, const std::string& message) {
  return "{\"code\":" + std::to_string(code) + ",\"msg\":\"" + message + "\"}";
}

const std::string page = "<html><head><title>403 Forbidden</title></head><body></body></html>";

const std::vector<Row> rows = {
    {"an order", 200, R"({"symbol":"BTCUSDT","orderId":28})", AnswerKind::success, false},
    {"nothing to say", 200, "{}", AnswerKind::success, false},
    {"half a body", 200, R"({"symbol":"BTCUSDT","orde)", AnswerKind::unknown_outcome, false},
    {"an empty body", 200, "", AnswerKind::unknown_outcome, false},
    {"a page in the place of an answer", 200, page, AnswerKind::unknown_outcome, false},
    {"a redirect, which is not followed", 301, "", AnswerKind::unknown_outcome, false},
    {"filter", 400, refusal(-1013, "Filter failure: LOT_SIZE"), AnswerKind::refused, true},
    {"engine refused", 400, refusal(-2010, "Account has insufficient balance for requested action."),
     AnswerKind::refused, true},
    {"bad symbol", 400, refusal(-1121, "Invalid symbol."), AnswerKind::refused, true},
    {"a code that nobody knows", 400, refusal(-7777, "News."), AnswerKind::refused, true},
    {"400 without a code", 400, "Bad Request", AnswerKind::unknown_outcome, false},
    {"400 with an empty object", 400, "{}", AnswerKind::unknown_outcome, false},
    {"query of an order that is not there", 400, refusal(-2013, "Order does not exist."), AnswerKind::no_such_order,
     true},
    {"cancel of an order that is not open", 400, refusal(-2011, "Unknown order sent."), AnswerKind::no_such_order,
     true},
    {"clock", 400, refusal(-1021, "Timestamp for this request is outside of the recvWindow."), AnswerKind::clock, true},
    {"signature", 400, refusal(-1022, "Signature for this request is not valid."), AnswerKind::bad_signature, true},
    {"key format", 401, refusal(-2014, "API-key format invalid."), AnswerKind::bad_key, true},
    {"key rights", 401, refusal(-2015, "Invalid API-key, IP, or permissions for action."), AnswerKind::bad_key, true},
    {"401 without a code", 401, "", AnswerKind::bad_key, false},
    {"firewall", 403, page, AnswerKind::firewall, true},
    {"restricted location", 451, refusal(0, "Service unavailable from a restricted location"),
     AnswerKind::restricted_location, true},
    {"too slow for the front", 408, refusal(-1007, "Timeout"), AnswerKind::unknown_outcome, false},
    {"half replaced", 409, R"({"code":-2021,"msg":"Order cancel-replace partially failed.","data":{}})",
     AnswerKind::partly_done, false},
    {"not replaced at all", 400, R"({"code":-2022,"msg":"Order cancel-replace failed.","data":{}})",
     AnswerKind::refused, true},
    {"weight used up", 429, refusal(-1003, "Too much request weight used"), AnswerKind::rate_limited, true},
    {"orders used up", 429, refusal(-1015, "Too many new orders"), AnswerKind::order_rate_limited, true},
    {"429 of somebody else", 429, page, AnswerKind::rate_limited, false},
    {"429 whose code says otherwise", 429, refusal(-2010, "?"), AnswerKind::rate_limited, true},
    {"ban", 418, refusal(-1003, "Way too much request weight used; IP banned until 1659146400000."), AnswerKind::banned,
     true},
    {"ban told with 400", 400, refusal(-1003, "IP banned until 1659146400000."), AnswerKind::banned, true},
    {"timeout of the engine", 503, refusal(-1007, "Timeout waiting for response from backend server."),
     AnswerKind::unknown_outcome, false},
    {"timeout told with 400", 400, refusal(-1007, "Timeout"), AnswerKind::unknown_outcome, false},
    {"unknown error told with 400", 400, refusal(-1000, "An unknown error occurred"), AnswerKind::unknown_outcome,
     false},
    {"internal error", 500, refusal(-1001, "Internal error"), AnswerKind::unknown_outcome, false},
    {"a refusal under 5xx proves nothing", 502, refusal(-2010, "?"), AnswerKind::unknown_outcome, false},
    {"the same under 500", 500, refusal(-2010, "?"), AnswerKind::unknown_outcome, false},
    {"a refusal under 408", 408, refusal(-2010, "?"), AnswerKind::unknown_outcome, false},
    {"a refusal under 409", 409, refusal(-2010, "?"), AnswerKind::partly_done, false},
    {"a page under 5xx", 502, page, AnswerKind::unknown_outcome, false},
    {"unexpected response", 504, refusal(-1006, "?"), AnswerKind::unknown_outcome, false},
    {"overload", 503, refusal(-1008, "Server is currently overloaded"), AnswerKind::unknown_outcome, false},
    {"a refusal under 200", 200, refusal(-2010, "Order would trigger immediately."), AnswerKind::refused, true},
    {"an order of that id is there", 400, refusal(-2010, "Duplicate order sent."), AnswerKind::unknown_outcome, false},
    {"no status that there is", 0, "{}", AnswerKind::unknown_outcome, false},
};

std::string api_text(const Row& row) {
  return R"({"id":"1","status":)" + std::to_string(row.status) + ",\"error\":" + row.body + "}";
}

} // namespace

TEST_CASE("each REST answer means what the exchange's rules say") {
  for (const Row& row : rows) {
    INFO(row.what << ": " << row.status << ' ' << row.body);
    const Verdict verdict = judge(HttpAnswer{row.status, row.body, {}});
    CHECK(text(verdict.kind) == text(row.kind));
    CHECK(verdict.not_executed == row.not_executed);
    CHECK(verdict.ok() == (row.kind == AnswerKind::success));
    CHECK(verdict.status == row.status);
  }
}

TEST_CASE("the same refusals over the WebSocket API mean the same") {
  for (const Row& row : rows) {
    if (row.body.find("\"code\":-") == std::string::npos || row.status == 200) continue;
    INFO(row.what << ": " << api_text(row));
    const Result<ApiMessage> message = parse_api_message(api_text(row));
    REQUIRE(message);
    const Verdict verdict = judge(std::get<ApiAnswer>(*message));
    CHECK(text(verdict.kind) == text(row.kind));
    CHECK(verdict.not_executed == row.not_executed);
  }
}

TEST_CASE("waits are taken from wherever the exchange puts them") {
  CHECK(judge(HttpAnswer{429, refusal(-1003, "x"), 7}).wait_ms == 7000);
  CHECK_FALSE(judge(HttpAnswer{429, refusal(-1003, "x"), {}}).wait_ms);
  CHECK_FALSE(judge(HttpAnswer{429, refusal(-1003, "x"), -7}).wait_ms);
  CHECK(judge(HttpAnswer{418, refusal(-1003, "IP banned until 1659146400000."), INT64_MAX}).wait_ms == 604'800'000);
  CHECK(judge(HttpAnswer{418, refusal(-1003, "IP banned until 1659146400000. Please"), {}}).until_ms == 1659146400000);
  const auto banned =
      parse_api_message(R"({"id":"fc93a61a-a192-4cf4-bb2a-a8f0f0c51e06","status":418,"error":{"code":-1003,
    "msg":"Way too much request weight used; IP banned until 1659146400000.","data":{"serverTime":1659142907531,"retryAfter":1659146400001}}})");
  const Verdict verdict = judge(std::get<ApiAnswer>(*banned));
  CHECK(verdict.kind == AnswerKind::banned);
  CHECK(verdict.until_ms == 1659146400001);
}

TEST_CASE("reasons are read from the exchange's words") {
  const auto reason = [](int code, const std::string& words) {
    return judge(HttpAnswer{400, refusal(code, words), {}});
  };
  CHECK(reason(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE").filter == "PERCENT_PRICE_BY_SIDE");
  CHECK(reason(-2010, "Filter failure: MAX_NUM_ALGO_ORDERS").filter == "MAX_NUM_ALGO_ORDERS");
  CHECK(reason(-1013, "Filter failure: NOTIONAL").reason == RefusalReason::filter);
  CHECK(reason(-2010, "Account has insufficient balance for requested action.").reason ==
        RefusalReason::insufficient_balance);
  CHECK(reason(-2010, "Duplicate order sent.").reason == RefusalReason::duplicate_id);
  CHECK(reason(-2010, "Order would immediately match and take.").reason == RefusalReason::would_match);
  CHECK(reason(-2010, "Order would trigger immediately.").reason == RefusalReason::would_trigger);
  CHECK(reason(-1013, "Market is closed.").reason == RefusalReason::market_closed);
  CHECK(reason(-2010, "This symbol is not permitted for this account.").reason == RefusalReason::not_permitted);
  CHECK(reason(-1111, "Parameter 'quantity' has too much precision.").reason == RefusalReason::precision);
  CHECK(reason(-1121, "Invalid symbol.").reason == RefusalReason::bad_symbol);
  CHECK(reason(-1130, "Data sent for parameter '%s' is not valid.").reason == RefusalReason::other);
}

TEST_CASE("silence is an unknown outcome unless nothing can have left") {
  CHECK(judge_silence(true, "the connection broke").kind == AnswerKind::unknown_outcome);
  CHECK_FALSE(judge_silence(true, "the connection broke").not_executed);
  CHECK(judge_silence(false, "connection refused").not_executed);
  CHECK(to_error(judge_silence(true, "the connection broke"), "placing a BUY of BTCUSDT").text() ==
        "placing a BUY of BTCUSDT: no answer: the connection broke (whether it was carried out is found out by asking, "
        "it is not sent again)");
}

TEST_CASE("an error for a user says what was done, what was found and what to do") {
  const Error limited =
      to_error(judge(HttpAnswer{429, refusal(-1015, "Too many new orders."), 5}), "placing a BUY of BTCUSDT");
  CHECK(limited.message ==
        "placing a BUY of BTCUSDT: order rate limited, status 429, code -1015: Too many new orders.; wait 5 s");
  CHECK(limited.code == -1015);
  CHECK_FALSE(limited.hint.empty());
  const Error blocked = to_error(judge(HttpAnswer{403, page, {}}), "reading the account");
  CHECK(blocked.message.find("403 Forbidden") != std::string::npos);
  CHECK(blocked.message.find("<html>") == std::string::npos);
  // A page that repeats what was sent to it must not bring a key into a log.
  const std::string key(64, 'K');
  const Error echo = to_error(judge(HttpAnswer{502, "X-MBX-APIKEY: " + key, {}}), "reading the account");
  CHECK(echo.message.find(key.substr(0, 20)) == std::string::npos);
}
