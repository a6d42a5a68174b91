// The pure parts of the plugin host: who is charged, what passes as a decision, what survives the socket.
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>

#include "host/plugin/backtest_json.hpp"
#include "host/plugin/decision_check.hpp"
#include "host/plugin/description.hpp"
#include "host/plugin/fault_record.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/series_book.hpp"

using namespace stratdock;

TEST_CASE("The same instance three times is quarantined, forgiven it has three chances again") {
  FaultRecord faults;
  CHECK(faults.charge("a.so", 1, 0) == Verdict::hold);
  CHECK(faults.charge("a.so", 1, 1'000'000'000) == Verdict::hold);
  CHECK(faults.charge("a.so", 1, 2'000'000'000) == Verdict::quarantine_instance);
  faults.forgive_instance(1);
  CHECK(faults.charge("a.so", 1, 3'000'000'000) == Verdict::hold);
}

TEST_CASE("Two instances of one plugin within ten minutes quarantine it, later, or of two plugins, they do not") {
  FaultRecord faults;
  CHECK(faults.charge("a.so", 1, 0) == Verdict::hold);
  CHECK(faults.charge("b.so", 2, 1) == Verdict::hold);
  CHECK(faults.charge("a.so", 3, FaultRecord::plugin_window_ms) == Verdict::hold);
  CHECK(faults.charge("a.so", 4, 2 * FaultRecord::plugin_window_ms - 1) == Verdict::quarantine_plugin);
  faults.forgive_plugin("a.so");
  CHECK(faults.charge("a.so", 5, 2 * FaultRecord::plugin_window_ms) == Verdict::hold);
}

TEST_CASE("A decision out of range or not finite is refused") {
  Decision good;
  good.stop_loss = 0.02;
  good.take_profit = 1.5;
  REQUIRE(check_decision(good));
  const auto refused = [&](auto change) {
    Decision decision = good;
    change(decision);
    return !check_decision(decision);
  };
  const double nan = std::nan("");
  CHECK(refused([&](Decision& d) { d.confidence = nan; }));
  CHECK(refused([](Decision& d) { d.confidence = 1.01; }));
  CHECK(refused([](Decision& d) { d.size_fraction = 0; }));
  CHECK(refused([&](Decision& d) { d.size_fraction = nan; }));
  CHECK(refused([](Decision& d) { d.stop_loss = 1; }));
  CHECK(refused([&](Decision& d) { d.stop_loss = nan; }));
  CHECK(refused([](Decision& d) { d.take_profit = INFINITY; }));
  CHECK(refused([](Decision& d) { d.take_profit = 0; }));
  CHECK(refused([](Decision& d) { d.recommended_symbol = "A B"; }));
}

TEST_CASE("Texts of plugins become harmless") {
  CHECK(clean_text("plain", 100) == "plain");
  CHECK(clean_text("a\x1b[31m\x01", 100) == "a?[31m?");
  CHECK(clean_text("µ 📊 \xff\xc0\x80", 100) == "µ 📊 ???");
  CHECK(clean_text("ab📊", 4) == "ab");
  CHECK(clean_text("abcdef", 3) == "abc");
}

TEST_CASE("An answer comes back as it was sent, a cut one is refused") {
  WireAnswer answer;
  answer.handle = 7;
  answer.ok = true;
  answer.decision.action = Action::buy;
  answer.decision.confidence = 0.1;
  answer.decision.take_profit = 0.3;
  answer.decision.reasons = "because";
  MessageWriter writer;
  put_answer(writer, answer);
  MessageReader reader(writer.bytes());
  WireAnswer back;
  REQUIRE(get_answer(reader, back));
  CHECK(back.handle == 7);
  CHECK(back.decision == answer.decision);
  for (size_t size = 0; size < writer.bytes().size(); ++size) {
    MessageReader cut(writer.bytes().first(size));
    CHECK_FALSE(get_answer(cut, back));
  }
}

TEST_CASE("A message whose counts lie is refused without reading past it") {
  MessageWriter writer;
  writer.put(uint32_t{0xFFFFFFFF});
  MessageReader texts(writer.bytes()), rows(writer.bytes());
  CHECK(texts.get_text().empty());
  CHECK_FALSE(texts.ok());
  CandleSeries series(300'000);
  CHECK_FALSE(get_rows(rows, series));
}

TEST_CASE("Who begins a message and does not end it keeps nobody waiting, and what is too long or cut wrongly is refused") {
  int pair[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
  const std::vector<std::byte> full(sizeof(PartHeader) + message_part_bytes, std::byte{7});
  const auto send_part = [&](uint8_t more, size_t bytes) {
    std::vector<std::byte> part(full.begin(), full.begin() + static_cast<std::ptrdiff_t>(sizeof(PartHeader) + bytes));
    const PartHeader header{protocol_version, static_cast<uint8_t>(MessageType::answers), more, 0};
    std::memcpy(part.data(), &header, sizeof header);
    REQUIRE(send(pair[1], part.data(), part.size(), 0) == static_cast<ssize_t>(part.size()));
  };
  Message message;
  MessageReceiver receiver(2 * message_part_bytes);
  CHECK(receiver.receive(pair[0], message, false) == TransferResult::would_block);
  send_part(1, message_part_bytes);
  CHECK(receiver.receive(pair[0], message, false) == TransferResult::would_block);
  send_part(0, 5);
  REQUIRE(receiver.receive(pair[0], message, false) == TransferResult::done);
  CHECK(message.bytes.size() == message_part_bytes + 5);
  SECTION("a part that says more comes and is not full") { send_part(1, 5); }
  SECTION("longer than the limit") {
    send_part(1, message_part_bytes);
    send_part(1, message_part_bytes);
    send_part(0, 1);
  }
  CHECK(receiver.receive(pair[0], message, false) == TransferResult::broken);
  close(pair[0]);
  close(pair[1]);
}

TEST_CASE("A description that makes no sense is refused") {
  CHECK_FALSE(description_from_json("{"));
  CHECK_FALSE(description_from_json("[]"));
  LibraryDescription description;
  StrategyInfo& info = description.strategies.emplace_back();
  info.id = "test.one";
  info.aliases = {"one"};
  REQUIRE(description_from_json(description_to_json(description)));
  info.id = "One";
  CHECK_FALSE(description_from_json(description_to_json(description)));
  info.id = "test.one";
  description.strategies.push_back(info);
  CHECK_FALSE(description_from_json(description_to_json(description)));
}

TEST_CASE("Repeated rows are booked once and the tail ends at the last row") {
  BookedSeries booked(300'000);
  CandleSeries rows(300'000);
  for (int64_t i = 0; i < 300; ++i) rows.append({i * 300'000, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(SeriesBook::append(booked, rows) == 0);
  CHECK(SeriesBook::append(booked, rows) == rows.size());
  CHECK(booked.last_open_ms == 299 * 300'000);
  CHECK(booked.tail.size() == SeriesBook::tail_rows);
  CHECK(booked.tail.back() == rows.back());
}

TEST_CASE("A backtest's settings and result read back equal") {
  BacktestSettings settings;
  settings.bot.name = "one";
  settings.bot.stop_loss = 0.1 + 0.2;
  settings.bot.trade_amount = *Decimal::parse("123.45678901");
  settings.symbol.order_types = {"LIMIT", "MARKET"};
  const auto back = backtest_settings_from_json(backtest_settings_to_json(settings));
  REQUIRE(back);
  CHECK(back->bot == settings.bot);
  CHECK(back->symbol.order_types == settings.symbol.order_types);
  BacktestResult result;
  result.trades.emplace_back().profit = *Decimal::parse("-0.00000001");
  result.max_drawdown = 1.0 / 3;
  const auto read = backtest_result_from_json(backtest_result_to_json(result));
  REQUIRE(read);
  CHECK(read->trades == result.trades);
  CHECK(read->max_drawdown == result.max_drawdown);
  CHECK_FALSE(backtest_result_from_json("{\"trades\": 1}"));
}
