// Who gets in and who does not.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "dashboard/access.hpp"
#include "dashboard/app.hpp"
#include "tests/integration/dashboard/dashboard_fixture.hpp"

using namespace stratdock;
using dashboard_test::Fixture;

TEST_CASE("every route but the page and the old reads needs a session or a token") {
  Fixture server;
  const auto token = dashboard::create_api_token(server.folder, "test");
  REQUIRE(token);
  server.sign_in();
  server.make_bot("one");
  size_t checked = 0;
  for (const auto& route : dashboard::routes()) {
    std::string path = route.pattern;
    for (size_t at; (at = path.find("/:")) != std::string::npos;) {
      const size_t end = std::min(path.find('/', at + 1), path.size());
      path.replace(at, end - at, "/1");
    }
    INFO(route.method << ' ' << path);
    const bool get = std::string(route.method) == "GET";
    const auto json_type = std::string("Content-Type: application/json");
    const auto nobody = get ? server.request("GET", path) : server.request("POST", path, "{}", {json_type});
    if (route.entry == dashboard::Entry::anybody || route.entry == dashboard::Entry::old_read) {
      CHECK(nobody.status != 401);
    } else if (route.entry == dashboard::Entry::sign_in) {
      CHECK(nobody.status == 400);
    } else {
      CHECK(nobody.status == 401);
      CHECK(nobody.json()["error"]["code"] == "SESSION_REQUIRED");
    }
    CHECK(nobody.headers.at("content-security-policy").find("default-src 'none'") == 0);
    CHECK(nobody.headers.at("x-content-type-options") == "nosniff");
    CHECK(nobody.headers.count("access-control-allow-origin") == 0);
    if (path == "/api/v1/events" || path == "/api/v1/session/end") continue;
    if (get) {
      const auto in = server.get(path);
      CHECK(in.status != 401);
      CHECK(in.status != 500);
      if (route.entry == dashboard::Entry::read && path != "/api/v1/session") {
        const auto by_token = server.request("GET", path, {}, {"Authorization: Bearer " + *token});
        CHECK(by_token.status == in.status);
      }
    } else {
      // A session without the CSRF header changes nothing.
      const auto bare = server.request("POST", path, "{}", {json_type, "Cookie: " + server.cookie});
      if (route.entry == dashboard::Entry::change) CHECK(bare.json()["error"]["code"] == "CSRF");
      if (route.entry == dashboard::Entry::old_change) CHECK(bare.json()["error"]["code"] == "ORIGIN");
    }
    ++checked;
  }
  CHECK(checked > 50);
}

TEST_CASE("a set-up link is good once and only hashes are stored") {
  Fixture server;
  const auto link = dashboard::new_setup_link(server.folder, server.port);
  REQUIRE(link);
  const std::string token = link->substr(link->find("token=") + 6);
  CHECK(token.size() == 32);
  struct stat info {};
  REQUIRE(stat((server.folder + "/access.json").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const auto stored = [&] {
    std::ifstream file(server.folder + "/access.json");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  CHECK(stored().find(token) == std::string::npos);
  const std::string body = nlohmann::json{{"token", token}}.dump();
  const auto first = server.request("POST", "/api/v1/session", body, {"Content-Type: application/json"});
  REQUIRE(first.status == 200);
  const std::string set = first.headers.at("set-cookie");
  CHECK(set.find("HttpOnly") != std::string::npos);
  CHECK(set.find("SameSite=Strict") != std::string::npos);
  CHECK(stored().find(set.substr(18, 64)) == std::string::npos);
  const auto second = server.request("POST", "/api/v1/session", body, {"Content-Type: application/json"});
  CHECK(second.status == 401);
  CHECK(second.json()["error"]["code"] == "TOKEN_INVALID");
}

TEST_CASE("guessing is slowed down and does not lock the owner out") {
  Fixture server;
  const auto guess = [&] { return server.request("POST", "/api/v1/session", R"({"token":"00000000000000000000000000000000"})", {"Content-Type: application/json"}); };
  for (int i = 0; i < dashboard::tries_per_minute; ++i) CHECK(guess().status == 401);
  const auto refused = guess();
  CHECK(refused.status == 429);
  CHECK(refused.headers.count("retry-after") == 1);
  CHECK_NOTHROW(server.sign_in());
}

TEST_CASE("a session outlives a restart and ends when asked") {
  Fixture server;
  server.sign_in();
  CHECK(server.get("/api/v1/overview").status == 200);
  server.kill();
  server.start();
  CHECK(server.get("/api/v1/overview").status == 200);
  CHECK(server.get("/api/v1/session").json()["csrf"] == server.csrf);
  CHECK(server.post("/api/v1/session/end", nlohmann::json::object()).status == 200);
  CHECK(server.get("/api/v1/overview").status == 401);
}

TEST_CASE("foreign hosts, origins and sites are refused") {
  Fixture server;
  server.sign_in();
  const std::string cookie = "Cookie: " + server.cookie;
  // DNS rebinding: the browser believes it speaks to evil.example.
  const auto rebound = server.request("GET", "/api/v1/overview", {}, {"Host: evil.example:" + std::to_string(server.port), cookie});
  CHECK(rebound.status == 403);
  CHECK(rebound.json()["error"]["code"] == "HOST");
  CHECK(server.request("GET", "/", {}, {"Host: " + server.host() + ".evil.example"}).status == 403);
  CHECK(server.request("GET", "/", {}, {"Host: localhost:" + std::to_string(server.port)}).status == 200);
  const auto foreign = server.request("POST", "/api/v1/session", "{}", {"Content-Type: application/json", "Origin: http://evil.example"});
  CHECK(foreign.status == 403);
  CHECK(foreign.json()["error"]["code"] == "ORIGIN");
  CHECK(server.request("GET", "/api/overview", {}, {"Sec-Fetch-Site: cross-site"}).status == 403);
  CHECK(server.request("GET", "/api/overview", {}, {"Sec-Fetch-Site: same-site"}).status == 403);
  CHECK(server.request("GET", "/", {}, {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}).status == 200);
  CHECK(server.request("GET", "/api/overview", {}, {"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}).status == 403);
}

TEST_CASE("methods, types and lengths are checked") {
  Fixture server;
  server.sign_in();
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH", "BREW"}) CHECK(server.request(method, "/api/v1/overview").status == 405);
  CHECK(server.request("POST", "/api/v1/overview", "{}", {"Content-Type: application/json"}).status == 405);
  CHECK(server.request("GET", "/nothing/here").status == 404);
  CHECK(server.request("POST", "/api/v1/session", "token=1", {"Content-Type: application/x-www-form-urlencoded"}).status == 415);
  CHECK(server.request("POST", "/api/v1/session", "{", {"Content-Type: application/json"}).status == 400);
  CHECK(server.request("POST", "/api/v1/session", std::string(257 * 1024, ' '), {"Content-Type: application/json"}).status == 413);
  CHECK(server.request("GET", "/api/v1/bots?limit=%zz", {}, {"Cookie: " + server.cookie}).status == 400);
}

TEST_CASE("another address than loopback is refused") {
  dashboard::DashboardOptions options;
  options.address = "0.0.0.0";
  CHECK(dashboard::dashboard_main(options) == 1);
}
