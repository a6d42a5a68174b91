// Changes are commands: asked for here, decided by the engine.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "dashboard/access.hpp"
#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Answer;
using dashboard_test::Fixture;
using nlohmann::json;

namespace {

// Plays the engine while `ask` waits for its answer.
Answer with_engine(Fixture& server, const std::function<store::CommandResultRow(const store::CommandRow&)>& engine, const std::function<Answer()>& ask) {
  auto bell = store::Doorbell::listen(server.folder, "engine");
  REQUIRE(bell);
  Answer answer;
  std::atomic<bool> answered{false};
  std::thread asking([&] {
    answer = ask();
    answered = true;
  });
  while (!answered) {
    server.answer_commands(engine);
    std::this_thread::yield();
  }
  asking.join();
  return answer;
}

store::CommandResultRow done(const std::string& message, const std::string& data = "{}") { return {0, 0, 0, "done", "", message, data}; }
store::CommandResultRow refused(const std::string& code, const std::string& message, const std::string& data = "{}") { return {0, 0, 0, "refused", code, message, data}; }

}  // namespace

TEST_CASE("a change is answered when the engine has carried it out") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  store::CommandRow seen;
  const auto answer = with_engine(
      server, [&](const store::CommandRow& command) { seen = command; return done("one runs"); }, [&] { return server.post("/api/v1/bots/1/start", json::object()); });
  CHECK(answer.status == 200);
  CHECK(answer.json()["status"] == "done");
  CHECK(answer.json()["bot_id"] == 1);
  CHECK(seen.kind == "start");
  CHECK(seen.bot == "one");
  CHECK(seen.origin == "dashboard");
  const auto audit = server.get("/api/v1/audit").json();
  CHECK(audit["rows"][0]["action"] == "start");
  CHECK(audit["rows"][0]["status"] == "done");
}

TEST_CASE("without an engine a change is pending, and told of later") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  const auto pending = server.post("/api/v1/bots/1/pause", json::object());
  CHECK(pending.status == 202);
  CHECK(pending.json()["status"] == "pending");
  const std::string id = pending.json()["command_id"];
  CHECK(server.get("/api/v1/commands/" + id).json()["status"] == "pending");
  server.answer_commands([](const auto&) { return done("paused"); });
  CHECK(server.get("/api/v1/commands/" + id).json()["status"] == "done");
  CHECK(server.post("/api/v1/bots/99/pause", json::object()).status == 404);
}

TEST_CASE("refusals keep the engine's code") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  const auto changed = with_engine(server, [](const auto&) { return refused("QUANTITY_CHANGED", "It holds 0.1 by now."); },
                                   [&] { return server.post("/api/v1/bots/1/close", {{"quantity", "0.085"}}); });
  CHECK(changed.status == 409);
  CHECK(changed.json()["error"]["code"] == "QUANTITY_CHANGED");
  const auto invalid = with_engine(server, [](const auto&) { return refused("INVALID", "no", R"({"fields":{"parameters.rsi_low":"must be below 70"}})"); },
                                   [&] { return server.post("/api/v1/bots/1/update", {{"parameters", {{"rsi_low", 80}}}}); });
  CHECK(invalid.status == 422);
  CHECK(invalid.json()["error"]["fields"]["parameters.rsi_low"] == "must be below 70");
}

TEST_CASE("the same key does nothing twice, another body is refused") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  int carried_out = 0;
  const auto engine = [&](const auto&) { ++carried_out; return done("ok"); };
  const auto funds = [&](const char* amount) { return server.post("/api/v1/bots/1/funds", {{"action", "allot"}, {"amount", amount}}, "same-key"); };
  const auto first = with_engine(server, engine, [&] { return funds("50"); });
  const auto second = with_engine(server, engine, [&] { return funds("50"); });
  CHECK(first.json()["command_id"] == second.json()["command_id"]);
  CHECK(carried_out == 1);
  CHECK(funds("51").json()["error"]["code"] == "IDEMPOTENCY_REUSED");
}

TEST_CASE("forms are checked before anything is asked") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  const auto bad = server.post("/api/v1/bots", {{"name", "Not Good"}, {"symbol", "BTCUSDT"}, {"strategy", "nonesuch"}, {"trade_amount", "-1"}, {"colour", "red"}});
  CHECK(bad.status == 422);
  const auto fields = bad.json()["error"]["fields"];
  for (const char* field : {"name", "strategy", "trade_amount", "colour"}) CHECK(fields.contains(field));
  CHECK(server.post("/api/v1/bots/1/close", json::object()).status == 422);
  CHECK(server.post("/api/v1/bots/1/funds", {{"action", "steal"}, {"amount", "1"}}).status == 422);
  const auto no_key = server.request("POST", "/api/v1/bots/1/start", "{}",
                                     {"Cookie: " + server.cookie, "Content-Type: application/json", "X-Stratdock-CSRF: " + server.csrf});
  CHECK(no_key.json()["error"]["code"] == "IDEMPOTENCY_KEY_MISSING");
  CHECK(server.commands->after(0, 10).empty());
}

TEST_CASE("a declared bot names its file and line") {
  Fixture server;
  server.sign_in();
  auto bot = server.make_bot("declared");
  bot.origin = "yaml";
  bot.declared_at = "/home/me/demo.yaml:12";
  server.write([&](store::Journal& store) { REQUIRE(store.put_bot(bot)); });
  const Answer answer = server.post("/api/v1/bots/1/update", {{"trade_amount", "200"}});
  CHECK(answer.status == 409);
  CHECK(answer.json()["error"]["code"] == "DECLARED");
  CHECK(answer.json()["error"]["file"] == "/home/me/demo.yaml");
  CHECK(answer.json()["error"]["line"] == 12);
}

TEST_CASE("the old changes work with a session of the same origin or a token") {
  Fixture server;
  server.sign_in();
  server.make_bot("one");
  const auto token = dashboard::create_api_token(server.folder, "script");
  REQUIRE(token);
  const std::vector<std::string> browser{"Cookie: " + server.cookie, "Origin: http://" + server.host(), "Content-Type: application/json"};
  const std::vector<std::string> script{"Authorization: Bearer " + *token};
  const auto started = with_engine(server, [](const auto&) { return done("one runs"); }, [&] { return server.request("POST", "/api/bot/1/start", {}, browser); });
  CHECK(started.json()["success"] == true);
  const auto stopped = with_engine(server, [](const auto& command) { CHECK(command.origin == "token"); return done("one stopped"); },
                                   [&] { return server.request("POST", "/api/bot/1/stop", {}, script); });
  CHECK(stopped.json()["status"] == "done");
  json sent;
  const auto created = with_engine(
      server, [&](const auto& command) { sent = json::parse(command.arguments); return done("made", R"({"bot_id":1})"); },
      [&] { return server.request("POST", "/api/create-bot", R"({"name":"BTC Bot","symbol":"BTCUSDT","strategy":"volatile","trade_amount":100})", browser); });
  CHECK(created.json()["success"] == true);
  CHECK(created.json()["bot"]["trade_amount"] == 100.0);
  CHECK(sent["name"] == "btc-bot");
  CHECK(sent["trade_amount"] == "100");
  const auto alert = with_engine(server, [](const auto&) { return refused("NO_CHANNEL", "No channel is configured."); },
                                 [&] { return server.request("POST", "/api/send_alert", R"({"message":"hello"})", browser); });
  CHECK(alert.status == 503);
  CHECK(alert.json()["success"] == false);
}
