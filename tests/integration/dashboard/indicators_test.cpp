// What strategies draw, as the page reads it; asking is what keeps the engine at it.
#include <catch2/catch.hpp>

#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Connection;
using dashboard_test::Fixture;

namespace {

store::IndicatorRow chart_of(const store::BotRow& bot, int64_t revision) {
  store::IndicatorRow row;
  row.mark = {bot.id, revision, 1'200'000, "ready", ""};
  row.symbol = bot.symbol;
  row.interval_ms = bot.settings.interval_ms;
  row.anchor_ms = bot.anchor_ms;
  row.chart = R"({"panes":[{"key":"rsi","name":"RSI <b>","min":0.0,"max":100.0}],"series":[{"key":"rsi","name":"RSI 14","unit":"","pane":"rsi","style":"line"}],"levels":[]})";
  row.rows = "[300000,null]\n[600000,51.25]\n[900000,0.1]\n[1200000,1e-7]\n";
  return row;
}

}  // namespace

TEST_CASE("a chart is asked for once, served when it is there, in part where only a part is wanted") {
  Fixture server;
  server.sign_in();
  const auto bot = server.make_bot("one");
  const std::string path = "/api/v1/bots/1/indicators";
  const auto first = server.get(path).json();
  CHECK(first["state"] == "computing");
  CHECK(first["rows"].empty());
  for (int i = 0; i < 5; ++i) server.get(path);
  auto asked = server.commands->after(0, 100);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].id == 1);  // a second one would have taken its place
  CHECK(asked[0].kind == "explain");
  CHECK(asked[0].bot == "one");
  CHECK(asked[0].arguments == "{\"rows\":1000}");
  server.get(path + "?limit=3000");
  asked = server.commands->after(0, 100);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].id == 2);
  CHECK(asked[0].arguments == "{\"rows\":3000}");

  server.live->put_indicators(chart_of(bot, 1));
  const auto all = server.get(path).json();
  CHECK(all["state"] == "ready");
  CHECK(all["reason"].is_null());
  CHECK(all["as_of_ms"] == 1'200'000);
  CHECK(all["columns"] == nlohmann::json({"open_ms", "rsi"}));
  CHECK(all["panes"][0]["name"] == "RSI <b>");
  CHECK(all["rows"] == nlohmann::json::parse("[[300000,null],[600000,51.25],[900000,0.1],[1200000,1e-7]]"));
  CHECK(server.get(path + "?limit=2").json()["rows"] == nlohmann::json::parse("[[900000,0.1],[1200000,1e-7]]"));
  CHECK(server.get(path + "?from=600000").json()["rows"].size() == 3);
  CHECK(server.get(path + "?from=600001").json()["rows"].size() == 2);
  CHECK(server.get(path + "?from=9000000").json()["rows"].empty());
  CHECK(server.get(path + "?limit=5001").status == 400);
  CHECK(server.get("/api/v1/bots/2/indicators").status == 404);
  CHECK(server.request("GET", path).status == 401);

  // Of another symbol: not this bot's any more.
  auto moved = chart_of(bot, 2);
  moved.symbol = "ETHUSDT";
  server.live->put_indicators(moved);
  CHECK(server.get(path).json()["state"] == "computing");
  auto failed = chart_of(bot, 3);
  failed.mark.state = "failed";
  failed.mark.reason = "the plugin ended while it was asked for its chart: a segmentation fault (SIGSEGV)";
  failed.chart = "{}", failed.rows = "";
  server.live->put_indicators(failed);
  CHECK(server.get(path).json()["state"] == "failed");
  CHECK(server.get(path).json()["reason"] == failed.mark.reason);
}

TEST_CASE("looking at charts is no entry of the audit log, and hides none") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  for (int i = 0; i < 90; ++i) {
    store::CommandRow row;
    row.at_ms = i;
    row.origin = "dashboard";
    row.kind = i % 30 == 10 ? "pause" : "explain";
    row.bot = "one";
    REQUIRE(server.commands->add(row));
  }
  const auto all = server.get("/api/v1/audit").json();
  REQUIRE(all["rows"].size() == 3);
  for (const auto& row : all["rows"]) CHECK(row["action"] == "pause");
  const auto newest = server.get("/api/v1/audit?limit=2").json();
  REQUIRE(newest["rows"].size() == 2);
  CHECK(newest["rows"][0]["id"] == 71);
  const auto rest = server.get("/api/v1/audit?limit=2&before=" + newest["next_before"].dump()).json();
  REQUIRE(rest["rows"].size() == 1);
  CHECK(rest["rows"][0]["id"] == 11);
}

TEST_CASE("the page is told when a chart is new") {
  Fixture server;
  server.sign_in();
  const auto bot = server.make_bot("one");
  Connection stream(server.port);
  stream.send("GET /api/v1/events HTTP/1.1\r\nHost: " + server.host() + "\r\nCookie: " + server.cookie + "\r\n\r\n");
  stream.read_until("heartbeat");
  for (const int64_t revision : {7, 8}) {
    auto row = chart_of(bot, revision);
    row.mark.as_of_ms = revision * 300'000;
    server.live->put_indicators(row);
    server.ring();
    const std::string wanted = "{\"as_of_ms\":" + std::to_string(revision * 300'000) + ",\"bot_id\":1,\"state\":\"ready\"}";
    CHECK(stream.read_until(wanted).find("event: indicators") != std::string::npos);
  }
}
