// What ends a careless server must not end this one.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Connection;
using dashboard_test::Fixture;

namespace {

long resident_kib(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::atol(line.c_str() + 6);
  return 0;
}

}  // namespace

TEST_CASE("requests that kill the library's own threads are contained") {
  Fixture server;
  server.sign_in();
  const std::string head = "POST /api/v1/session HTTP/1.1\r\nHost: " + server.host() + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* size : {"-1", "-2", "7fffffffffffffff", "ffffffffffffffff"}) {
    Connection bomb(server.port);
    bomb.send(head + size + "\r\nxx\r\n");
    bomb.closed_within(300);
    CHECK(server.alive());
  }
  CHECK(server.request("HEAD", "/").status == 405);
  CHECK(server.request("HEAD", "/api/v1/overview").status == 405);
  for (const char* garbage : {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET\r\n\r\n", "\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                              "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n"}) {
    Connection connection(server.port);
    connection.send(garbage);
    connection.closed_within(100);
  }
  for (const char* body : {"{", "[1,2", "\xff\xfe", "nul", "{\"token\":1e999}"})
    CHECK(server.request("POST", "/api/v1/session", body, {"Content-Type: application/json"}).status == 400);
  CHECK(server.alive());
  CHECK(server.get("/api/v1/overview").status == 200);
}

TEST_CASE("a chunked body is read to its end and judged") {
  Fixture server;
  Connection connection(server.port);
  connection.send("POST /api/v1/session HTTP/1.1\r\nHost: " + server.host() + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  connection.send("b\r\n{\"token\":\"x\r\n2\r\n\"}\r\n0\r\n\r\n");
  CHECK(connection.read_answer().status == 401);
}

TEST_CASE("a body without end is thrown away, not kept") {
  Fixture server;
  const long before = resident_kib(server.pid);
  Connection connection(server.port);
  constexpr size_t size = 100 * 1024 * 1024;
  REQUIRE(connection.send("POST /api/v1/session HTTP/1.1\r\nHost: " + server.host() + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n"));
  const std::string piece(1024 * 1024, ' ');
  for (size_t sent = 0; sent < size; sent += piece.size()) REQUIRE(connection.send(piece));
  CHECK(connection.read_answer(20'000).status == 413);
  CHECK(resident_kib(server.pid) - before < 50 * 1024);
}

TEST_CASE("clients that leave in the middle do no harm") {
  Fixture server;
  server.sign_in();
  for (int i = 0; i < 100; ++i) {
    Connection connection(server.port);
    connection.send("GET /api/v1/overview HTTP/1.1\r\nHost: " + server.host() + "\r\nCookie: " + server.cookie + "\r\n\r\n");
    connection.reset();
  }
  CHECK(server.get("/api/v1/overview").status == 200);
}

TEST_CASE("it ends in good order, with open streams and after contained requests too") {
  Fixture server;
  server.sign_in();
  SECTION("idle") {}
  SECTION("streams") {
    Connection stream(server.port);
    stream.send("GET /api/v1/events HTTP/1.1\r\nHost: " + server.host() + "\r\nCookie: " + server.cookie + "\r\n\r\n");
    CHECK(stream.read_until("event: heartbeat").find("200") != std::string::npos);
    server.stop();
    CHECK(server.exit_code == 0);
    return;
  }
  SECTION("a contained bomb") {
    Connection bomb(server.port);
    bomb.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n");
    bomb.closed_within(300);
    server.stop();
    CHECK(server.exit_code == 0);
    return;
  }
  server.stop();
  CHECK(server.exit_code == 0);
}
