#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "dashboard/access.hpp"
#include "dashboard/csv.hpp"
#include "dashboard/guard.hpp"

using namespace stratdock;
using namespace stratdock::dashboard;

namespace {

struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / ("stratdock-access-" + std::to_string(getpid()))) { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

Request get(const std::string& path) {
  Request request;
  request.method = "GET";
  request.path = path;
  request.headers["host"] = "127.0.0.1:5001";
  return request;
}

std::string token_of(const std::string& link) { return link.substr(link.find("token=") + 6); }

}  // namespace

TEST_CASE("a session ends after half an hour unused and after twelve hours in any case") {
  const Folder folder;
  // The link is dated by the wall clock, so the test's clock starts there.
  int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  Access access(folder.path.string(), [&] { return now; });
  const auto link = new_setup_link(folder.path.string(), 5001);
  REQUIRE(link);
  const auto in = access.sign_in(token_of(*link));
  REQUIRE(in);
  SECTION("idle") {
    now += session_idle_ms - 1;
    CHECK(access.session(in->cookie));
    now += session_idle_ms - 1;  // sliding
    CHECK(access.session(in->cookie));
    now += session_idle_ms;
    CHECK_FALSE(access.session(in->cookie));
  }
  SECTION("over") {
    const int64_t end = now + session_lifetime_ms;
    while (now < end - session_idle_ms) {
      now += session_idle_ms / 2;
      CHECK(access.session(in->cookie));
    }
    now = end;
    CHECK_FALSE(access.session(in->cookie));
  }
  SECTION("another process knows it too") {
    Access other(folder.path.string(), [&] { return now; });
    CHECK(other.session(in->cookie));
    CHECK_FALSE(other.session(std::string(64, '0')));
  }
}

TEST_CASE("a link is over after ten minutes, and used once") {
  const Folder folder;
  int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  Access access(folder.path.string(), [&] { return now; });
  const auto link = new_setup_link(folder.path.string(), 5001), late = new_setup_link(folder.path.string(), 5001);
  REQUIRE(link);
  REQUIRE(late);
  CHECK(access.sign_in(token_of(*link)));
  CHECK_FALSE(access.sign_in(token_of(*link)));
  now += link_lifetime_ms + 1'000;
  CHECK_FALSE(access.sign_in(token_of(*late)));
}

TEST_CASE("API tokens are told apart from anything else") {
  const Folder folder;
  Access access(folder.path.string());
  const auto token = create_api_token(folder.path.string(), "script");
  REQUIRE(token);
  CHECK(access.is_api_token(*token));
  CHECK_FALSE(access.is_api_token(*token + "0"));
  CHECK_FALSE(access.is_api_token(""));
  const auto newer = create_api_token(folder.path.string(), "script");
  REQUIRE(newer);
  CHECK(access.is_api_token(*newer));
  CHECK_FALSE(access.is_api_token(*token));
  CHECK_FALSE(create_api_token(folder.path.string(), ""));
  CHECK_FALSE(create_api_token(folder.path.string() + "/nowhere", "x"));
}

TEST_CASE("the door judges by host, origin, site, method and length") {
  CHECK_FALSE(check_request(get("/"), 5001));
  auto request = get("/");
  request.headers["host"] = "127.0.0.1:5002";
  CHECK(check_request(request, 5001)->status == 403);
  request.headers.erase("host");
  CHECK(check_request(request, 5001)->status == 403);
  request = get("/api/v1/overview");
  request.headers["origin"] = "null";
  CHECK(check_request(request, 5001)->status == 403);
  request = get("/");
  request.method = "POST";
  request.headers["content-length"] = "99999999999";
  CHECK(check_request(request, 5001)->status == 400);
  request.headers["content-length"] = "300000";
  CHECK(check_request(request, 5001)->status == 413);
  request.headers["content-length"] = "3";
  CHECK(check_request(request, 5001)->status == 415);
  request.headers["content-type"] = "Application/JSON; charset=utf-8";
  CHECK_FALSE(check_request(request, 5001));
}

TEST_CASE("header values cannot forge headers, cookies are told apart") {
  CHECK(header_safe("a\r\nSet-Cookie: x\x7f") == "aSet-Cookie: x");
  CHECK(cookie_value("a=1; stratdock_session=abc; b=2", "stratdock_session") == "abc");
  CHECK(cookie_value("xstratdock_session=abc", "stratdock_session").empty());
  CHECK(cookie_value("", "a").empty());
}

TEST_CASE("queries are decoded, bad ones refused") {
  const auto query = parse_query("q=a%20b+c&empty=&flag");
  REQUIRE(query);
  CHECK(query->at("q") == "a b c");
  CHECK(query->at("empty").empty());
  CHECK(query->contains("flag"));
  CHECK_FALSE(parse_query("q=%zz"));
  CHECK_FALSE(parse_query("q=%00"));
  CHECK_FALSE(parse_query("q=%4"));
}

TEST_CASE("CSV fields run nothing and keep their commas") {
  CHECK(csv_field("-4.5") == "-4.5");
  CHECK(csv_field("=1+1") == "'=1+1");
  CHECK(csv_field("@SUM(A1)") == "'@SUM(A1)");
  CHECK(csv_field("-cmd") == "'-cmd");
  CHECK(csv_field("a,\"b\"") == "\"a,\"\"b\"\"\"");
  const auto rows = nlohmann::json::parse(R"([{"a":1,"b":["x","y"],"c":{"n":1},"d":null},{"a":"2","b":[],"c":null,"d":"z"}])");
  CHECK(csv_text(rows) == "a,b,d\r\n1,x; y,\r\n2,,z\r\n");
}
