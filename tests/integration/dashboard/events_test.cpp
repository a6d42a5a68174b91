// Server-sent events.
#include <catch2/catch.hpp>

#include "dashboard/event_hub.hpp"
#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Connection;
using dashboard_test::Fixture;

namespace {

void open_stream(Connection& connection, const Fixture& server, const std::string& query = {}, const std::string& header = {}) {
  connection.send("GET /api/v1/events" + query + " HTTP/1.1\r\nHost: " + server.host() + "\r\nCookie: " + server.cookie + "\r\n" + header + "\r\n");
}

int64_t rev_in(const std::string& text) {
  const size_t at = text.find("\"rev\":");
  return at == std::string::npos ? 0 : std::atoll(text.c_str() + at + 6);
}

}  // namespace

TEST_CASE("a stream opens with a heartbeat and tells of changes at once") {
  Fixture server;
  server.sign_in();
  Connection stream(server.port);
  open_stream(stream, server, "?logs=all");
  const std::string first = stream.read_until("\n\n");
  CHECK(first.find("text/event-stream") != std::string::npos);
  CHECK(first.find("no-store") != std::string::npos);
  CHECK(first.find("event: heartbeat") != std::string::npos);
  CHECK(rev_in(first) > 0);
  auto bot = server.make_bot("one");
  CHECK(stream.read_until("event: bot\n").find("event: bot\n") != std::string::npos);
  CHECK(stream.read_until("\n\n").find("\"name\":\"one\"") != std::string::npos);
  bot.state = bot.wanted = "running";
  server.write([&](store::Journal& store) {
    REQUIRE(store.put_bot(bot));
    REQUIRE(store.add_log({0, 0, 1'700'000'000'000, bot.id, "INFO", "started"}));
  });
  CHECK(stream.read_until("\"state\":\"running\"").find("\"state\":\"running\"") != std::string::npos);
  CHECK(stream.read_until("\"text\":\"started\"").find("event: log") != std::string::npos);
  bot.deleted_ms = 1;
  server.write([&](store::Journal& store) { REQUIRE(store.put_bot(bot)); });
  CHECK(stream.read_until("event: bot_removed").find("event: bot_removed") != std::string::npos);
}

TEST_CASE("what was missed is sent again, or a reset where that is not possible") {
  Fixture server;
  server.sign_in();
  server.make_bot("first");
  const int64_t rev = server.get("/api/v1/overview").json()["rev"];
  {
    // Somebody listens, so that there are events.
    Connection other(server.port);
    open_stream(other, server);
    other.read_until("heartbeat");
    server.make_bot("second");
    CHECK(other.read_until("\"name\":\"second\"").find("\"name\":\"second\"") != std::string::npos);
  }
  SECTION("since") {
    Connection stream(server.port);
    open_stream(stream, server, "?since=" + std::to_string(rev));
    CHECK(stream.read_until("\"name\":\"second\"").find("event: bot") != std::string::npos);
  }
  SECTION("Last-Event-ID beats since") {
    Connection stream(server.port);
    open_stream(stream, server, "?since=1", "Last-Event-ID: " + std::to_string(rev) + "\r\n");
    CHECK(stream.read_until("\"name\":\"second\"").find("event: reset") == std::string::npos);
  }
  SECTION("too long ago") {
    Connection stream(server.port);
    open_stream(stream, server, "?since=1");
    CHECK(stream.read_until("event: reset").find("event: reset") != std::string::npos);
  }
  SECTION("from another run") {
    server.kill();
    server.start();
    Connection stream(server.port);
    open_stream(stream, server, "?since=" + std::to_string(rev));
    CHECK(stream.read_until("event: reset").find("event: reset") != std::string::npos);
    CHECK(rev_in(server.get("/api/v1/overview").body) > rev);
  }
}

TEST_CASE("a reader that stalls is cut off, others go on") {
  Fixture server;
  server.sign_in();
  const auto bot = server.make_bot("one");
  Connection stalled(server.port, 4096), other(server.port);
  open_stream(stalled, server, "?logs=all");
  stalled.read_until("heartbeat");
  open_stream(other, server);
  other.read_until("heartbeat");
  // The kernel's buffers take the first megabytes.
  const std::string text(20'000, 'x');
  bool cut = false;
  for (int i = 0; i < 400 && !cut; ++i) {
    server.write([&](store::Journal& store) {
      for (int line = 0; line < 10; ++line) REQUIRE(store.add_log({0, 0, 1'700'000'000'000 + i, bot.id, "INFO", text}));
    });
    if (i % 5 == 4) cut = server.get("/api/v1/system").json()["streams"] == 1;
  }
  CHECK(cut);
  auto changed = bot;
  changed.state = "running";
  server.write([&](store::Journal& store) { REQUIRE(store.put_bot(changed)); });
  CHECK(other.read_until("\"state\":\"running\"").find("\"state\":\"running\"") != std::string::npos);
}

TEST_CASE("two hundred streams, and those that vanish are forgotten") {
  Fixture server;
  server.sign_in();
  auto bot = server.make_bot("one");
  std::vector<std::unique_ptr<Connection>> streams;
  for (int i = 0; i < 200; ++i) {
    streams.push_back(std::make_unique<Connection>(server.port));
    open_stream(*streams.back(), server);
    REQUIRE(streams.back()->read_until("event: heartbeat").find("event: heartbeat") != std::string::npos);
  }
  CHECK(server.get("/api/v1/system").json()["streams"] == 200);
  bot.state = "running";
  server.write([&](store::Journal& store) { REQUIRE(store.put_bot(bot)); });
  for (auto& stream : streams) CHECK(stream->read_until("\"state\":\"running\"").find("\"state\":\"running\"") != std::string::npos);
  for (auto& stream : streams) stream->reset();
  // A vanished listener is noticed at a write.
  int64_t left = 200;
  for (int i = 0; i < 100 && left > 0; ++i) {
    bot.state = i % 2 == 0 ? "paused" : "running";
    server.write([&](store::Journal& store) { REQUIRE(store.put_bot(bot)); });
    left = server.get("/api/v1/system").json()["streams"];
  }
  CHECK(left == 0);
}

TEST_CASE("a stream ends with its session") {
  Fixture server;
  server.sign_in();
  Connection stream(server.port);
  open_stream(stream, server);
  stream.read_until("heartbeat");
  CHECK(server.post("/api/v1/session/end", nlohmann::json::object()).status == 200);
  // The last piece of a chunked body.
  CHECK(stream.read_until("\r\n0\r\n\r\n").find("\r\n0\r\n\r\n") != std::string::npos);
  CHECK(server.get("/api/v1/events").status == 401);
}
