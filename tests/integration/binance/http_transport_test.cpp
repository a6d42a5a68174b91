// The HTTP transport against a peer that counts what arrives.
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>

#include "host/binance/http_transport.hpp"
#include "pooled_control.hpp"
#include "test_peer.hpp"

using namespace stratdock;
using namespace stratdock::binance;
using test_peer::Connection;
using test_peer::Peer;

namespace {

struct Client {
  explicit Client(const std::string& address, const std::string& certificate_file = "")
      : wakeup(std::make_shared<Wakeup>()), transport(*Origin::parse(address), certificate_file, wakeup) {}

  HttpOutcome call(const HttpCall& call) {
    const auto id = transport.start(call);
    REQUIRE(id);
    for (;;) {
      auto finished = transport.take_finished();
      if (!finished.empty()) {
        REQUIRE(finished.size() == 1);
        REQUIRE(finished[0].id == *id);
        return std::move(finished[0]);
      }
      REQUIRE(wakeup->wait(60'000));
      wakeup->drain();
    }
  }
  HttpOutcome get(const std::string& path) { return call({Verb::get, path, "", "", {}, 10'000}); }

  std::shared_ptr<Wakeup> wakeup;
  HttpTransport transport;
};

// What came to a peer, in order.
struct Arrivals {
  void add(const test_peer::HttpRequest& request) {
    const std::lock_guard lock(mutex);
    all.push_back(request);
  }
  size_t count(const std::string& target) {
    const std::lock_guard lock(mutex);
    return static_cast<size_t>(std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.target == target; }));
  }
  std::mutex mutex;
  std::deque<test_peer::HttpRequest> all;
};

}  // namespace

TEST_CASE("a changing call whose peer reads it and closes arrives exactly once") {
  Arrivals arrivals;
  Peer peer([&](Connection& connection) {
    while (const auto request = connection.read_request()) {
      arrivals.add(*request);
      if (request->target != "/warm-up") {
        if (connection.number() % 2 == 0) connection.reset();
        return;
      }
      connection.answer(200, "{}");
    }
  });
  Client client(peer.address("http"));
  size_t sent = 0;
  for (int round = 0; round < 5; ++round)
    for (const HttpCall& call : {HttpCall{Verb::post, "/order", "", "symbol=BTCUSDT&quantity=1", {}, 10'000}, HttpCall{Verb::post, "/order", "symbol=BTCUSDT", "", {}, 10'000},
                                 HttpCall{Verb::delete_, "/order", "symbol=BTCUSDT", "", {}, 10'000}, HttpCall{Verb::delete_, "/order", "", "", {}, 10'000}}) {
      REQUIRE(client.get("/warm-up").result);  // a connection is open that a careless client would use
      const HttpOutcome outcome = client.call(call);
      ++sent;
      REQUIRE_FALSE(outcome.result);
      CHECK(outcome.result.error().kind == FaultKind::cut);
      CHECK(outcome.result.error().may_have_arrived);
    }
  CHECK(arrivals.count("/order") + arrivals.count("/order?symbol=BTCUSDT") == sent);
  for (const auto& request : arrivals.all)
    if (request.target != "/warm-up") CHECK(request.header("Connection") == "close");
}

TEST_CASE("the control: one pooled client sends a POST twice, and the peer sees it") {
  Arrivals arrivals;
  Peer peer([&](Connection& connection) {
    bool answered = false;
    while (const auto request = connection.read_request()) {
      arrivals.add(*request);
      // A connection that has answered once reads the next request and closes; a fresh one answers.
      if (answered) return;
      connection.answer(200, "{}");
      answered = true;
    }
  });
  int twice = 0, rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const size_t before = arrivals.count("/second");
    post_twice_over_one_client(peer.address("http"));
    twice += arrivals.count("/second") - before == 2 ? 1 : 0;
  }
  std::printf("pooled connections sent %d of %d POSTs twice\n", twice, rounds);
  CHECK(twice > 0);
}

TEST_CASE("redirects are not followed and the key goes to nobody else") {
  Arrivals elsewhere;
  Peer other([&](Connection& connection) {
    while (const auto request = connection.read_request()) {
      elsewhere.add(*request);
      connection.answer(200, "{}");
    }
  });
  std::atomic<int> with_key{0};
  Peer peer([&](Connection& connection) {
    while (const auto request = connection.read_request()) {
      if (request->header("X-MBX-APIKEY") == "the key") ++with_key;
      connection.answer(307, "", "Location: " + other.address("http") + "/stolen\r\n");
    }
  });
  Client client(peer.address("http"));
  for (const Verb method : {Verb::get, Verb::post, Verb::delete_}) {
    const HttpOutcome outcome = client.call({method, "/api/v3/order", "", "", {{"X-MBX-APIKEY", "the key"}}, 10'000});
    REQUIRE(outcome.result);
    CHECK(outcome.result->status == 307);
  }
  CHECK(with_key == 3);
  CHECK(other.connections() == 0);
  CHECK(elsewhere.all.empty());
}

TEST_CASE("a host of public data gets neither a key nor anything that changes something") {
  HttpTransport transport(*Origin::parse("https://data.binance.vision"), {}, std::make_shared<Wakeup>());
  HttpCall with_key;
  with_key.path = "/data/x.zip";
  with_key.headers.emplace_back("X-MBX-APIKEY", "the-key");
  HttpCall changing;
  changing.verb = Verb::post;
  changing.path = "/api/v3/order";
  for (const HttpCall& call : {with_key, changing}) {
    const auto refused = transport.start(call);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("nothing was sent") != std::string::npos);
    CHECK(refused.error().text().find("the-key") == std::string::npos);
  }
  CHECK(transport.in_flight() == 0);
}

TEST_CASE("a target goes out byte for byte as it was signed") {
  Arrivals arrivals;
  Peer peer([&](Connection& connection) {
    while (const auto request = connection.read_request()) {
      arrivals.add(*request);
      connection.answer(200, "{}", "Retry-After: 7\r\nX-MBX-USED-WEIGHT-1M: 12\r\n");
    }
  });
  Client client(peer.address("http"));
  const std::string query = "symbol=%E8%BF%99%E6%98%AF456&symbols=%5B%22BTCUSDT%22%2C%22A%2BB%22%5D&signature=a%2Fb%3D%3D";
  const std::string body = "symbol=%E8%BF%99&price=0.10000000&signature=a%2Fb%3D";
  const HttpOutcome got = client.call({Verb::get, "/api/v3/klines", query, "", {}, 10'000});
  REQUIRE(got.result);
  CHECK(got.result->headers.at("retry-after") == "7");
  CHECK(got.result->headers.at("x-mbx-used-weight-1m") == "12");
  REQUIRE(client.call({Verb::delete_, "/api/v3/order", query, "", {}, 10'000}).result);
  REQUIRE(client.call({Verb::post, "/api/v3/order", "", body, {}, 10'000}).result);
  REQUIRE(arrivals.all.size() == 3);
  CHECK(arrivals.all[0].target == "/api/v3/klines?" + query);
  CHECK(arrivals.all[1].target == "/api/v3/order?" + query);
  CHECK(arrivals.all[2].body == body);
}

TEST_CASE("each way a call can fail is told apart, and none names what was signed") {
  enum class Kind { stall, cut, garbage };
  std::atomic<Kind> kind = Kind::stall;
  Peer peer([&](Connection& connection) {
    if (!connection.read_request()) return;
    if (kind == Kind::stall) connection.wait_for_end();
    if (kind == Kind::cut) connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"serv");
    if (kind == Kind::garbage) connection.write("this is no HTTP\r\n\r\n");
  });
  Client client(peer.address("http"));
  const auto fault = [](Client& with, Verb method, int64_t timeout_ms) {
    HttpOutcome outcome = with.call({method, "/api/v3/order", "signature=0123abcdef", "", {{"X-MBX-APIKEY", "the key"}}, timeout_ms});
    REQUIRE_FALSE(outcome.result);
    CHECK(outcome.result.error().error.text().find("0123abcdef") == std::string::npos);
    CHECK(outcome.result.error().error.text().find("the key") == std::string::npos);
    CHECK(outcome.result.error().error.text().find("/api/v3/order") != std::string::npos);
    return outcome.result.error();
  };
  const TransportFault late = fault(client, Verb::post, 200);
  CHECK(late.kind == FaultKind::timeout);
  CHECK(late.may_have_arrived);
  kind = Kind::cut;
  const TransportFault cut = fault(client, Verb::post, 10'000);
  CHECK(cut.kind == FaultKind::cut);
  CHECK(cut.may_have_arrived);
  kind = Kind::garbage;
  const TransportFault garbage = fault(client, Verb::post, 10'000);
  CHECK(garbage.kind == FaultKind::malformed);
  CHECK(garbage.may_have_arrived);
  Client nobody("http://127.0.0.1:" + std::to_string(test_peer::closed_port()));
  const TransportFault refused = fault(nobody, Verb::post, 10'000);
  CHECK(refused.kind == FaultKind::refused);
  CHECK_FALSE(refused.may_have_arrived);
}

TEST_CASE("TLS: a certificate must be trusted and name the host") {
  const auto script = [](Connection& connection) {
    while (connection.read_request()) connection.answer(200, "{}");
  };
  const test_peer::Certificate good("127.0.0.1"), other("example.org");
  Peer peer(script, &good), impostor(script, &other);
  CHECK(Client(peer.address("https"), good.certificate_file()).get("/").result);
  for (auto& [address, file] : {std::pair{peer.address("https"), std::string()}, std::pair{impostor.address("https"), other.certificate_file()}}) {
    const HttpOutcome outcome = Client(address, file).get("/");
    REQUIRE_FALSE(outcome.result);
    CHECK(outcome.result.error().kind == FaultKind::tls);
    CHECK_FALSE(outcome.result.error().may_have_arrived);
  }
}

TEST_CASE("there is a bound on calls in flight") {
  std::mutex mutex;
  std::condition_variable changed;
  bool go = false;
  Peer peer([&](Connection& connection) {
    while (connection.read_request()) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return go; });
      connection.answer(200, "{}");
    }
  });
  Client client(peer.address("http"));
  for (size_t i = 0; i < HttpTransport::max_in_flight; ++i) REQUIRE(client.transport.start({Verb::get, "/", "", "", {}, 60'000}));
  const auto refused = client.transport.start({Verb::get, "/", "", "", {}, 60'000});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("nothing was sent") != std::string::npos);
  {
    const std::lock_guard lock(mutex);
    go = true;
    changed.notify_all();
  }
  size_t finished = 0;
  while (finished < HttpTransport::max_in_flight) {
    for (const HttpOutcome& outcome : client.transport.take_finished()) {
      CHECK(outcome.result);
      ++finished;
    }
    if (finished < HttpTransport::max_in_flight) {
      REQUIRE(client.wakeup->wait(60'000));
      client.wakeup->drain();
    }
  }
}

TEST_CASE("reading calls share connections") {
  Peer peer([](Connection& connection) {
    while (connection.read_request()) connection.answer(200, "{}");
  });
  Client client(peer.address("http"));
  for (int i = 0; i < 10; ++i) REQUIRE(client.get("/").result);
  // The library gives a connection back only after it has shown the answer, so the next call may find none yet.
  CHECK(peer.connections() < 10);
}
