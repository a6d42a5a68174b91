#include <catch2/catch.hpp>

#include "dashboard/event_hub.hpp"

using namespace stratdock::dashboard;

namespace {

class Listener final : public EventSink {
public:
  void send(std::shared_ptr<const std::string> bytes) override { text += *bytes; }
  size_t backlog() const override { return owed; }
  bool gone() const override { return closed; }
  void close() override { closed = true; }
  std::string text;
  size_t owed = 0;
  bool closed = false;
};

bool has(const std::shared_ptr<Listener>& listener, const std::string& text) { return listener->text.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("events reach all, log lines only who asked for them") {
  EventHub hub(100);
  const auto plain = std::make_shared<Listener>(), logs = std::make_shared<Listener>();
  StreamWish wish;
  REQUIRE(hub.open(plain, wish, "{}"));
  wish.logs = "7";
  REQUIRE(hub.open(logs, wish, "{}"));
  CHECK(plain->text == "id: 100\nevent: heartbeat\ndata: {}\n\n");
  CHECK(hub.publish("bot", "{\"id\":1}", 0) == 101);
  hub.publish("log", "{\"seq\":1}", 0, 7);
  hub.publish("log", "{\"seq\":2}", 0, 8);
  CHECK(has(plain, "id: 101\nevent: bot\ndata: {\"id\":1}\n\n"));
  CHECK_FALSE(has(plain, "seq"));
  CHECK(has(logs, "\"seq\":1"));
  CHECK_FALSE(has(logs, "\"seq\":2"));
}

TEST_CASE("who comes back gets what he missed, or a reset") {
  EventHub hub(100);
  for (int i = 1; i <= 10; ++i) hub.publish("bot", std::to_string(i), 0);
  const auto back = [&](int64_t since) {
    const auto listener = std::make_shared<Listener>();
    StreamWish wish;
    wish.since = since;
    REQUIRE(hub.open(listener, wish, "{}"));
    return listener;
  };
  const auto missed = back(107);
  CHECK_FALSE(has(missed, "id: 107\n"));
  CHECK(has(missed, "id: 108\n"));
  CHECK(has(missed, "id: 110\n"));
  CHECK_FALSE(has(missed, "reset"));
  CHECK_FALSE(has(back(110), "reset"));
  CHECK_FALSE(has(back(100), "reset"));
  CHECK(has(back(99), "event: reset"));   // before this run
  CHECK(has(back(111), "event: reset"));  // from the future
  for (int i = 0; i < 100; ++i) hub.publish("bot", std::string(1'000, 'x'), 0);
  CHECK(has(back(105), "event: reset"));  // more than a fresh look costs
  for (int i = 0; i < 2'000; ++i) hub.publish("price", "1", ring_ms + 1);
  CHECK(has(back(150), "event: reset"));  // no longer kept
}

TEST_CASE("who owes too much is cut off") {
  EventHub hub(1);
  const auto slow = std::make_shared<Listener>(), quick = std::make_shared<Listener>();
  REQUIRE(hub.open(slow, {}, "{}"));
  REQUIRE(hub.open(quick, {}, "{}"));
  slow->owed = most_backlog + 1;
  hub.publish("bot", "1", 0);
  CHECK(slow->closed);
  CHECK_FALSE(has(slow, "event: bot"));
  CHECK(has(quick, "event: bot"));
  CHECK(hub.streams() == 1);
  CHECK(hub.cut_off() == 1);
}

TEST_CASE("streams end with their session and are limited in number") {
  EventHub hub(1);
  const auto first = std::make_shared<Listener>(), second = std::make_shared<Listener>();
  StreamWish wish;
  wish.session_key = "a";
  REQUIRE(hub.open(first, wish, "{}"));
  wish.session_key = "b";
  REQUIRE(hub.open(second, wish, "{}"));
  hub.heartbeat("{}", [](const std::string& key) { return key == "a"; });
  CHECK_FALSE(first->closed);
  CHECK(second->closed);
  for (size_t i = 1; i < most_streams; ++i) REQUIRE(hub.open(std::make_shared<Listener>(), {}, "{}"));
  CHECK_FALSE(hub.open(std::make_shared<Listener>(), {}, "{}"));
  hub.close_all();
  CHECK(first->closed);
  CHECK_FALSE(hub.open(std::make_shared<Listener>(), {}, "{}"));
}
