// Orders over the WebSocket API and the account's events, with everything that can happen to a request.
#include <catch2/catch.hpp>

#include "host/binance/order_channel.hpp"
#include "host/binance/user_stream.hpp"
#include "test_exchange.hpp"

using namespace stratdock;
using namespace stratdock::binance;
using test_exchange::Exchange;
using test_exchange::OrderFault;

namespace {

struct Client {
  explicit Client(const Exchange& exchange, Venue venue = Venue::paper)
      : session(venue == Venue::paper ? *paper_endpoints(exchange.address()) : endpoints_of(venue), *Signer::create(Secret(test_exchange::api_key), Secret(test_exchange::api_secret))), rest(session) {
    options.first_pause_ms = 50;
    channel = std::make_unique<OrderChannel>(network, session, rest, options);
  }
  void poll(int64_t ahead_ms = 0) {
    session.wakeup->drain();
    const int64_t now_ms = steady_now_ms();
    rest.poll(now_ms);
    if (channel) channel->poll(now_ms + ahead_ms);
    if (stream) stream->poll(now_ms);
  }
  template <typename Condition>
  void wait_until(Condition condition) {
    for (const int64_t end_ms = steady_now_ms() + 60'000;;) {
      poll();
      if (condition()) return;
      REQUIRE(steady_now_ms() < end_ms);
      session.wakeup->wait(50);
    }
  }
  void connect() {
    wait_until([&] { return session.clock.certain(steady_now_ms()) && channel->state().connected; });
  }
  OrderRequest order(const std::string& id) const {
    OrderRequest request;
    request.symbol = "BTCUSDT";
    request.type = OrderType::limit;
    request.time_in_force = TimeInForce::gtc;
    request.quantity = *Decimal::parse("0.5");
    request.price = *Decimal::parse("100.25");
    request.client_id = id;
    return request;
  }
  Status place(const std::string& id) {
    replies.clear();
    return channel->place(order(id), Purpose::entry, session.signing_time(), [this](const Reply<OrderReport>& reply) { replies.push_back(reply); });
  }

  NetworkThread network;
  Session session;
  RestClient rest;
  LastingConnectionOptions options;
  std::unique_ptr<OrderChannel> channel;
  std::unique_ptr<UserStream> stream;
  std::vector<Reply<OrderReport>> replies;
};

}  // namespace

TEST_CASE("an order goes out once over the WebSocket API, signed with the time it was written down with") {
  Exchange exchange(1);
  Client client(exchange);
  client.connect();
  const SigningTime time = client.session.signing_time();
  REQUIRE(client.channel->place(client.order("one"), Purpose::entry, time, [&](const Reply<OrderReport>& reply) { client.replies.push_back(reply); }));
  client.wait_until([&] { return !client.replies.empty(); });
  REQUIRE(client.replies[0].ok());
  CHECK(client.replies[0].value->order.client_id == "one");
  CHECK(client.replies[0].value->order.status == OrderStatus::new_);
  const auto arrivals = exchange.arrivals();
  REQUIRE(arrivals.size() == 1);
  CHECK(arrivals[0].what == "ws order.place");
  CHECK(arrivals[0].signature_right);
  CHECK(arrivals[0].parameters.at("timestamp") == std::to_string(time.timestamp_ms));
  CHECK(arrivals[0].parameters.at("recvWindow") == "2000");
  CHECK(arrivals[0].parameters.at("price") == "100.25");

  const Status again = client.place("one");
  REQUIRE_FALSE(again);
  CHECK(again.error().text().find("sent before") != std::string::npos);
  CHECK(exchange.count("ws order.place") == 1);
}

TEST_CASE("while the WebSocket API is away, orders go over REST, on connections of their own") {
  Exchange exchange(1);
  exchange.api_declined = true;
  Client client(exchange);
  client.wait_until([&] { return client.session.clock.certain(steady_now_ms()); });
  REQUIRE(client.place("two"));
  client.wait_until([&] { return !client.replies.empty(); });
  REQUIRE(client.replies[0].ok());
  const auto arrivals = exchange.arrivals();
  REQUIRE(arrivals.size() == 1);
  CHECK(arrivals[0].what == "rest POST /api/v3/order");
  CHECK(arrivals[0].signature_right);
  bool canceled = false;
  REQUIRE(client.channel->cancel("BTCUSDT", {std::nullopt, "two"}, "two-c", client.session.signing_time(), [&](const Reply<OrdersAndLists>&) { canceled = true; }));
  client.wait_until([&] { return canceled; });
  CHECK(exchange.count("rest DELETE /api/v3/order") == 1);
  CHECK(exchange.arrivals()[1].signature_right);
  exchange.api_declined = false;
  client.wait_until([&] { return client.channel->state().connected; });
}

TEST_CASE("a request that may have been sent is never sent again, whatever became of it") {
  Exchange exchange(1);
  const bool over_web_socket = GENERATE(true, false);
  exchange.api_declined = !over_web_socket;
  Client client(exchange);
  if (over_web_socket) client.connect();
  else client.wait_until([&] { return client.session.clock.certain(steady_now_ms()); });
  const std::string what = over_web_socket ? "ws order.place" : "rest POST /api/v3/order";
  int sent = 0;
  for (const OrderFault fault : {OrderFault::cut, OrderFault::http_503, OrderFault::other_order}) {
    exchange.order_fault = fault;
    if (over_web_socket) client.wait_until([&] { return client.channel->state().connected; });
    const std::string id = "unknown-" + std::to_string(++sent);
    REQUIRE(client.place(id));
    client.wait_until([&] { return !client.replies.empty(); });
    CHECK(client.replies[0].verdict.kind == AnswerKind::unknown_outcome);
    CHECK_FALSE(client.replies[0].verdict.not_executed);
    CHECK_FALSE(client.place(id));
  }
  client.wait_until([&] { return client.channel->state().connected == over_web_socket; });
  exchange.order_fault = OrderFault::none;
  REQUIRE(client.place("known"));
  client.wait_until([&] { return !client.replies.empty(); });
  CHECK(client.replies[0].ok());
  CHECK(exchange.count(what) == static_cast<size_t>(sent) + 1);
  CHECK(exchange.arrivals().size() == static_cast<size_t>(sent) + 1);
}

TEST_CASE("no answer in time is an unknown outcome, and an answer after that is evidence") {
  Exchange exchange(1);
  Client client(exchange);
  client.connect();
  std::vector<std::string> late;
  client.channel->on_late([&](const std::string& id, const Verdict& verdict, const std::string& result) {
    CHECK(verdict.ok());
    CHECK(parse_order(result)->order.client_id == id);
    late.push_back(id);
  });
  exchange.order_fault = OrderFault::late;
  REQUIRE(client.place("slow"));
  client.wait_until([&] { return exchange.count("ws order.place") == 1; });
  CHECK(client.replies.empty());
  client.poll(20'000);  // the time that was given is over
  REQUIRE(client.replies.size() == 1);
  CHECK(client.replies[0].verdict.kind == AnswerKind::unknown_outcome);
  exchange.order_fault = OrderFault::none;
  client.wait_until([&] { return !late.empty(); });
  CHECK(late == std::vector<std::string>{"slow"});
  CHECK(client.replies.size() == 1);
  CHECK(client.channel->state().late == 1);
}

TEST_CASE("answers that repeat or belong to nobody change nothing") {
  Exchange exchange(1);
  Client client(exchange);
  client.connect();
  exchange.order_fault = OrderFault::repeat;
  for (const char* id : {"a", "b", "c"}) {
    REQUIRE(client.place(id));
    client.wait_until([&] { return !client.replies.empty(); });
    CHECK(client.replies[0].ok());
  }
  client.wait_until([&] { return client.channel->state().nobodys >= 6; });
  CHECK(client.replies.size() == 1);
}

TEST_CASE("no order goes to mainnet, and nothing signed goes without a clock") {
  Exchange exchange(1);
  Client live(exchange, Venue::mainnet);
  live.session.clock.sample(1, 2, Exchange::now_ms());
  const Status refused = live.channel->place(live.order("x"), Purpose::entry, {Exchange::now_ms(), 2'000}, [](const Reply<OrderReport>&) {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text().find("live trading is not enabled yet") != std::string::npos);
  CHECK_FALSE(live.rest.start(call_cancel_all("BTCUSDT"), Purpose::cancel, SigningTime{Exchange::now_ms(), 2'000}, {}));
  Client client(exchange);
  const Status early = client.channel->place(client.order("y"), Purpose::entry, {Exchange::now_ms(), 2'000}, [](const Reply<OrderReport>&) {});
  REQUIRE_FALSE(early);
  CHECK(early.error().text().find("clock is not known") != std::string::npos);
  CHECK(exchange.arrivals().empty());
}

TEST_CASE("the account's events come in order, and each new beginning is a gap") {
  Exchange exchange(1);
  Client client(exchange);
  std::vector<std::string> heard;
  int gaps = 0;
  client.stream = std::make_unique<UserStream>(
      client.network, client.session,
      [&](const UserEvent& event) {
        if (const auto* update = std::get_if<BalanceUpdate>(&event)) heard.push_back(update->asset);
      },
      [&](const std::string&) {
        heard.push_back("gap");
        ++gaps;
      },
      client.options);
  const auto tell = [&](const std::string& asset) {
    exchange.tell_users(R"({"subscriptionId":0,"event":{"e":"balanceUpdate","E":1764288000000,"a":")" + asset + R"(","d":"1.5","T":1764288000000}})");
  };
  client.wait_until([&] { return client.stream->live(); });
  CHECK(heard == std::vector<std::string>{"gap"});
  std::vector<std::string> wanted{"gap"};
  for (int i = 0; i < 50; ++i) {
    tell("A" + std::to_string(i));
    wanted.push_back("A" + std::to_string(i));
  }
  client.wait_until([&] { return heard.size() == wanted.size(); });
  CHECK(heard == wanted);
  const auto begins_again = [&](const std::string& because) {
    INFO(because);
    const int before = gaps;
    client.wait_until([&] { return gaps > before && client.stream->live(); });
    CHECK(heard.back() == "gap");
  };
  exchange.cut_api();
  begins_again("the connection was cut");
  exchange.tell_users(R"({"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1764288000000}})");
  begins_again("the exchange ended the subscription");
  exchange.tell_users("{\"subscriptionId\":0,\"event\":{\"e\":\"executionReport\"");
  begins_again("a message could not be read");
  exchange.tell_users(R"({"event":{"e":"serverShutdown","E":1764288000000}})");
  begins_again("the exchange announced its end");
  tell("LAST");
  client.wait_until([&] { return heard.back() == "LAST"; });
  CHECK(client.stream->state().gaps == gaps);
  for (const auto& arrival : exchange.arrivals()) CHECK(arrival.signature_right);
}
