// The WebSocket connection against a peer that speaks frames by hand.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>

#include "host/binance/http_transport.hpp"
#include "host/binance/web_socket.hpp"
#include "test_peer.hpp"

using namespace stratdock;
using namespace stratdock::binance;
using test_peer::Connection;
using test_peer::Frame;
using test_peer::Peer;

namespace {

struct Client {
  explicit Client(const std::string& address, WebSocketOptions options = {}, const std::string& certificate_file = "") : wakeup(std::make_shared<Wakeup>()) {
    options.certificate_file = certificate_file;
    if (options.target == "/") options.target = "/ws";
    socket = std::make_unique<WebSocket>(network, *Origin::parse(address), options, wakeup);
  }
  template <typename Condition>
  void wait_until(Condition condition) {
    for (;;) {
      wakeup->drain();
      for (std::string& message : socket->take_messages()) messages.push_back(std::move(message));
      if (condition()) return;
      REQUIRE(wakeup->wait(60'000));
    }
  }
  void wait_open() {
    wait_until([&] { return socket->state() != WebSocket::State::connecting; });
    INFO((socket->ended() ? socket->ended()->error.text() : ""));
    REQUIRE(socket->state() == WebSocket::State::open);
  }
  TransportFault wait_closed() {
    wait_until([&] { return socket->state() == WebSocket::State::closed; });
    return *socket->ended();
  }

  std::shared_ptr<Wakeup> wakeup;
  std::vector<std::string> messages;
  NetworkThread network;
  std::unique_ptr<WebSocket> socket;
};

}  // namespace

TEST_CASE("messages go both ways, whole and in order") {
  std::string target, host;
  Peer peer([&](Connection& connection) {
    const auto request = connection.accept_web_socket();
    if (!request) return;
    target = request->target;
    host = request->header("Host");
    while (const auto frame = connection.read_frame())
      if (frame->opcode == 1) connection.send_text("echo " + frame->payload);
  });
  WebSocketOptions options;
  options.target = "/stream?streams=";
  Client client(peer.address("ws"), options);
  CHECK_FALSE(client.socket->send("too early"));
  client.wait_open();
  for (int i = 0; i < 200; ++i) REQUIRE(client.socket->send(std::to_string(i) + std::string(static_cast<size_t>(i) * 700, 'x')));
  client.wait_until([&] { return client.messages.size() == 200; });
  size_t right = 0;
  for (size_t i = 0; i < 200; ++i) right += client.messages[i] == "echo " + std::to_string(i) + std::string(i * 700, 'x') ? 1 : 0;
  CHECK(right == 200);
  CHECK(target == "/stream?streams=");
  CHECK(host == "127.0.0.1:" + std::to_string(peer.port()));
}

TEST_CASE("a ping is answered with its payload") {
  std::atomic<bool> right{false};
  Peer peer([&](Connection& connection) {
    if (!connection.accept_web_socket()) return;
    connection.send_frame(9, "1764338400000");
    while (const auto frame = connection.read_frame())
      if (frame->opcode == 10) {
        right = frame->payload == "1764338400000";
        connection.send_text("seen");
      }
  });
  Client client(peer.address("ws"));
  client.wait_until([&] { return !client.messages.empty(); });
  CHECK(right);
}

TEST_CASE("a quiet peer is pinged and kept while it answers, a silent one is dead") {
  WebSocketOptions options;
  options.dead_after_ms = 400;
  SECTION("quiet, but alive") {
    std::atomic<int> pings{0};
    Peer peer([&](Connection& connection) {
      if (!connection.accept_web_socket()) return;
      while (const auto frame = connection.read_frame())
        if (frame->opcode == 9) {
          connection.send_frame(10, frame->payload);
          if (++pings == 6) connection.send_text("still here");
        }
    });
    Client client(peer.address("ws"), options);
    client.wait_until([&] { return !client.messages.empty() || client.socket->state() == WebSocket::State::closed; });
    CHECK(client.socket->state() == WebSocket::State::open);
    CHECK(pings >= 6);
  }
  SECTION("silent") {
    std::atomic<int> pings{0};
    Peer peer([&](Connection& connection) {
      if (!connection.accept_web_socket()) return;
      while (const auto frame = connection.read_frame()) pings += frame->opcode == 9 ? 1 : 0;
    });
    Client client(peer.address("ws"), options);
    const TransportFault fault = client.wait_closed();
    CHECK(fault.kind == FaultKind::silent);
    CHECK(fault.may_have_arrived);
    CHECK(pings >= 1);
  }
}

TEST_CASE("a handshake that is refused, stalls, or is none is told apart") {
  WebSocketOptions options;
  options.handshake_timeout_ms = 300;
  SECTION("nobody listens") {
    Client client("ws://127.0.0.1:" + std::to_string(test_peer::closed_port()));
    CHECK(client.wait_closed().kind == FaultKind::refused);
  }
  SECTION("never answered") {
    Peer peer([](Connection& connection) { connection.wait_for_end(); });
    Client client(peer.address("ws"), options);
    const TransportFault fault = client.wait_closed();
    CHECK(fault.kind == FaultKind::timeout);
    CHECK_FALSE(fault.may_have_arrived);
  }
  SECTION("declined") {
    Peer peer([](Connection& connection) {
      connection.read_request();
      connection.answer(429, "{\"code\":-1003}", "Retry-After: 3\r\n");
    });
    Client client(peer.address("ws"));
    const TransportFault fault = client.wait_closed();
    CHECK(fault.kind == FaultKind::declined);
    CHECK(fault.http_status == 429);
  }
  SECTION("garbage") {
    Peer peer([](Connection& connection) {
      connection.read_request();
      connection.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n");
    });
    Client client(peer.address("ws"));
    const TransportFault fault = client.wait_closed();
    CHECK((fault.kind == FaultKind::malformed || fault.kind == FaultKind::declined));
  }
}

TEST_CASE("a connection that ends says how, and sends nothing more") {
  FaultKind wanted = FaultKind::cut;
  Peer::Script script;
  SECTION("closed with a code") {
    script = [](Connection& connection) {
      connection.accept_web_socket();
      connection.send_text("last");
      connection.send_frame(8, std::string("\x0f\xa1", 2) + "later");
      connection.wait_for_end();
    };
  }
  SECTION("reset") {
    script = [](Connection& connection) {
      connection.accept_web_socket();
      connection.send_text("last");
      connection.read_frame();
      connection.reset();
    };
  }
  SECTION("cut in the middle of a frame") {
    script = [](Connection& connection) {
      connection.accept_web_socket();
      connection.send_text("last");
      connection.write(std::string("\x81\x7e\x10\x00half", 8));
    };
  }
  SECTION("frames that break the protocol") {
    wanted = FaultKind::malformed;
    script = [](Connection& connection) {
      connection.accept_web_socket();
      connection.send_text("last");
      connection.write(std::string(64, '\xff'));
      connection.wait_for_end();
    };
  }
  Peer peer(script);
  Client client(peer.address("ws"));
  client.wait_until([&] { return !client.messages.empty(); });
  (void)client.socket->send("hello");
  const TransportFault fault = client.wait_closed();
  INFO(fault.error.text());
  CHECK(fault.kind == wanted);
  CHECK(client.messages == std::vector<std::string>{"last"});
  CHECK_FALSE(client.socket->send("too late"));
}

TEST_CASE("a queue that nobody empties ends the connection instead of losing a message") {
  Peer peer([](Connection& connection) {
    connection.accept_web_socket();
    for (int i = 0; i < 1'000; ++i)
      if (!connection.send_text(std::to_string(i))) return;
    connection.wait_for_end();
  });
  WebSocketOptions options;
  options.max_queued_messages = 100;
  Client client(peer.address("ws"), options);
  while (client.socket->state() != WebSocket::State::closed) REQUIRE((client.wakeup->drain(), client.wakeup->wait(60'000)));
  CHECK(client.socket->ended()->kind == FaultKind::overflow);
  const auto messages = client.socket->take_messages();
  REQUIRE(messages.size() == 100);
  for (size_t i = 0; i < messages.size(); ++i) CHECK(messages[i] == std::to_string(i));
}

TEST_CASE("closing returns at once and ends within its bound, whatever the peer does") {
  std::atomic<bool> goodbye{false};
  const bool polite = GENERATE(true, false);
  Peer peer([&](Connection& connection) {
    connection.accept_web_socket();
    while (const auto frame = connection.read_frame())
      if (frame->opcode == 8) {
        goodbye = true;
        if (polite) connection.send_frame(8, frame->payload);
      }
  });
  WebSocketOptions options;
  options.close_timeout_ms = 200;
  Client client(peer.address("ws"), options);
  client.wait_open();
  client.socket->close();
  client.socket->close();
  const TransportFault fault = client.wait_closed();
  CHECK(fault.kind == FaultKind::closed);
  CHECK(goodbye);
  // Neither a connection that is not ready yet nor one that goes with its owner waits.
  Client early(peer.address("ws"));
  early.socket->close();
  CHECK(early.wait_closed().kind == FaultKind::closed);
}

TEST_CASE("wss: a certificate must be trusted and name the host") {
  const auto script = [](Connection& connection) {
    connection.accept_web_socket();
    connection.send_text("secret");
    connection.wait_for_end();
  };
  const test_peer::Certificate good("127.0.0.1"), other("example.org");
  Peer peer(script, &good), impostor(script, &other);
  Client trusted(peer.address("wss"), {}, good.certificate_file());
  trusted.wait_until([&] { return !trusted.messages.empty(); });
  CHECK(trusted.messages[0] == "secret");
  CHECK(Client(peer.address("wss")).wait_closed().kind == FaultKind::tls);
  CHECK(Client(impostor.address("wss"), {}, other.certificate_file()).wait_closed().kind == FaultKind::tls);
}
