// A bot with money on a paper exchange behind a wire that can be told to refuse and to lose: what the account's tests share.
#pragma once

#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "core/account.hpp"
#include "core/backtest.hpp"

namespace stratdock::test {

inline Decimal d(const char* text) { return Decimal::parse(text).value(); }

inline Symbol btc() {
  Symbol s;
  s.name = "BTCUSDT";
  s.base_asset = "BTC";
  s.quote_asset = "USDT";
  s.price = {d("0.01"), d("1000000"), d("0.01")};
  s.lot = {d("0.00001"), d("9000"), d("0.00001")};
  s.notional.min = d("5");
  s.notional.min_applies_to_market = true;
  return s;
}

struct Diary : Recorder {
  std::vector<Trade> trades;
  std::vector<Fill> fills;
  std::vector<std::string> notices, intents;
  std::map<std::string, OrderStatus> orders;  // client id -> its last status told
  void order_changed(const Bot&, const Intent&, const Order& order) override { orders[order.client_id] = order.status; }
  size_t open_orders() const {
    return static_cast<size_t>(std::count_if(orders.begin(), orders.end(), [](const auto& entry) { return !is_terminal(entry.second); }));
  }
  void position_closed(const Bot&, const Trade& trade) override { trades.push_back(trade); }
  void filled(const Bot&, const Intent&, const Fill& fill) override { fills.push_back(fill); }
  void noticed(const Bot&, const Notice& notice) override { notices.push_back(notice.code); }
  void intent_changed(const Bot&, const Intent& intent) override { intents.push_back(std::string(text(intent.purpose)) + ":" + std::string(text(intent.state))); }
};

// The paper exchange behind a wire that can be told to refuse, and to lose answers: of what the exchange then has, or of
// what never reached it.
struct UnreliablePort : PaperPort {
  using PaperPort::PaperPort;
  Submission submit(const Intent& intent) override {
    if (refused.contains(intent.purpose)) {
      asked.push_back(intent.at_ms);
      return {Submission::Kind::refused, {}, {"HTTP 503 from the exchange", ""}, {}};
    }
    if (!lost.contains(intent.purpose)) return PaperPort::submit(intent);
    asked.push_back(intent.at_ms);
    if (reaches_exchange) (void)PaperPort::submit(intent);
    return {Submission::Kind::unknown, {}, {"no answer within 5 s", ""}, {}};
  }
  std::set<IntentPurpose> refused, lost;
  bool reaches_exchange = true;
  std::vector<int64_t> asked;  // times of the refused and the lost
};

// One bot with 100 USDT of 1,000; candles of five minutes, one after the other.
struct Desk {
  explicit Desk(const char* fee = "0", const char* deposit = "1000", RiskLimits limits = {}, double share = 0) : exchange(settings(fee, share)), port(exchange), account(port, diary, limits, "key") {
    exchange.set_symbol(btc());
    exchange.deposit("USDT", d(deposit));
    account.ledger().deposit("USDT", d(deposit));
    Bot seed;
    seed.id = 1;
    seed.settings.name = "one";
    seed.settings.symbol = seed.symbol = "BTCUSDT";
    seed.settings.trade_amount = d("100");
    account.add_bot(seed);
    REQUIRE(account.apply(1, BotEvent::start, "", "test"));
    candle(100, 100, 100, 100);
  }
  static PaperSettings settings(const char* fee, double share) {
    PaperSettings s;
    s.max_volume_share = share;
    s.fees.maker = s.fees.taker = d(fee);
    return s;
  }
  Bot& bot() { return *account.find_bot(1); }
  Outcome advise(Action action) {
    Decision decision;
    decision.action = action;
    return account.on_decision(1, decision);
  }
  void candle(double open, double high, double low, double close) {
    Candle c;
    c.open_time_ms = next;
    c.open = open, c.high = high, c.low = low, c.close = close, c.volume = 1;
    const std::string symbol = "BTCUSDT";
    StepCandle step{&symbol, exchange.symbol_index(symbol), c, 300'000};
    next += 300'000;
    trade_step(exchange, account, {&step, 1}, next);
    // At every moment: the books agree.
    for (const char* asset : {"USDT", "BTC"}) {
      Balance b = exchange.balance(asset);
      CHECK((b.free + b.locked).text() == account.ledger().expected_exchange_balance(asset).text());
    }
  }

  int64_t next = 1'700'000'100'000;
  PaperExchange exchange;
  UnreliablePort port;
  Diary diary;
  Account account;
};

}  // namespace stratdock::test
