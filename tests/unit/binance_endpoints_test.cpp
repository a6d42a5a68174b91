// Where this program speaks to, and where never.
#include <catch2/catch.hpp>

#include "host/binance/endpoints.hpp"

using namespace stratdock::binance;

TEST_CASE("Binance's own hosts, with TLS only") {
  for (const auto venue : {Venue::mainnet, Venue::testnet, Venue::demo}) {
    const Endpoints endpoints = endpoints_of(venue);
    for (const Origin& origin : {endpoints.rest, endpoints.market_rest, endpoints.web_socket_api, endpoints.streams}) {
      CHECK(origin.tls());
      CHECK(origin.venue() == venue);
      CHECK(Origin::parse(origin.text()) == origin);
    }
    CHECK_FALSE(endpoints.rest.web_socket());
    CHECK(endpoints.streams.web_socket());
  }
  CHECK(endpoints_of(Venue::mainnet).market_rest.host() == "data-api.binance.vision");
  CHECK(Origin::parse("wss://stream.binance.com:9443")->text() == "wss://stream.binance.com:9443");
  CHECK(Origin::parse("https://API.Binance.com/")->host() == "api.binance.com");
}

TEST_CASE("a paper exchange is on this machine") {
  const auto plain = paper_endpoints("http://127.0.0.1:9080");
  REQUIRE(plain);
  CHECK(plain->rest.text() == "http://127.0.0.1:9080");
  CHECK(plain->streams.text() == "ws://127.0.0.1:9080");
  CHECK(plain->web_socket_api.text() == "ws://127.0.0.1:9080");
  CHECK(plain->venue == Venue::paper);
  const auto encrypted = paper_endpoints("https://127.0.0.1:9443", "certificate.pem");
  REQUIRE(encrypted);
  CHECK(encrypted->streams.text() == "wss://127.0.0.1:9443");
  const auto six = Origin::parse("wss://[::1]:9443");
  REQUIRE(six);
  CHECK(six->host() == "::1");
  CHECK(six->text() == "wss://[::1]:9443");
  CHECK_FALSE(paper_endpoints("http://[::1]:9080"));
  CHECK(paper_endpoints("http://localhost:9080"));
  CHECK_FALSE(paper_endpoints("https://api.binance.com"));
  CHECK_FALSE(paper_endpoints("http://127.0.0.1:9080", "certificate.pem"));
}

TEST_CASE("everything else is refused, with the host in the error") {
  const auto address = GENERATE(as<std::string>{}, "http://api.binance.com", "ws://stream.binance.com", "https://stream.binance.com", "wss://api.binance.com", "https://api.binance.com:8443",
                                "https://api.binance.com.evil.example", "https://evil.example", "https://fapi.binance.com", "http://192.168.1.1", "http://127.0.0.2", "http://0.0.0.0",
                                "https://user@127.0.0.1", "http://127.0.0.1@evil.example", "http://127.0.0.1:0", "http://127.0.0.1:99999", "http://127.0.0.1/api", "http://127.0.0.1?x",
                                "http://127.0.0.1\\@evil.example", "ftp://127.0.0.1", "127.0.0.1:9080", "http://", "http://[::1", "http://[::1]x", "http://127.0.0.1:90 80", "");
  const auto refused = Origin::parse(address);
  INFO(address);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("\"" + address + "\"") != std::string::npos);
  CHECK_FALSE(refused.error().hint.empty());
}

TEST_CASE("hosts of public data are known as such, and no signed call is compiled to go there") {
  for (const char* host : {"https://data.binance.vision", "https://data-api.binance.vision", "wss://data-stream.binance.vision"}) CHECK(Origin::parse(host)->keyless());
  CHECK(archive_origin(endpoints_of(Venue::mainnet)).text() == "https://data.binance.vision");
  CHECK(archive_origin(*paper_endpoints("http://127.0.0.1:9080")).text() == "http://127.0.0.1:9080");
  CHECK_FALSE(Origin::parse("http://data.binance.vision"));
  for (const auto venue : {Venue::mainnet, Venue::testnet, Venue::demo}) {
    CHECK_FALSE(endpoints_of(venue).rest.keyless());
    CHECK_FALSE(endpoints_of(venue).web_socket_api.keyless());
    CHECK(keyless(endpoints_of(venue)).rest == endpoints_of(venue).market_rest);
  }
}

TEST_CASE("no order goes to mainnet") {
  const auto refused = orders_allowed(Venue::mainnet);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text().find("live trading is not enabled yet") != std::string::npos);
  CHECK(refused.error().text().find("use paper, testnet or demo") != std::string::npos);
  for (const auto venue : {Venue::testnet, Venue::demo, Venue::paper}) CHECK(orders_allowed(venue));
}
