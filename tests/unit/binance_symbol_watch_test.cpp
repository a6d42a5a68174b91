// Asking whether silent symbols trade: seldom, together, and around one that is gone.
#include <catch2/catch.hpp>

#include <map>
#include <utility>

#include "host/binance/symbol_watch.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

struct Exchange {
  std::map<std::string, SymbolStatus> listed;
  std::vector<std::vector<std::string>> asked;
  std::vector<ReplyHandler<ExchangeInfo>> waiting;
  bool has_budget = true;

  SymbolWatch::Ask ask() {
    return [this](const std::vector<std::string>& names, ReplyHandler<ExchangeInfo> handler) {
      if (!has_budget) return false;
      asked.push_back(names);
      waiting.push_back(std::move(handler));
      return true;
    };
  }
  void answer() {
    Reply<ExchangeInfo> reply;
    reply.verdict.kind = binance::AnswerKind::success;
    reply.value.emplace();
    for (const std::string& name : asked.back()) {
      if (!listed.contains(name)) {
        reply.value.reset();
        reply.verdict = {};
        reply.verdict.kind = binance::AnswerKind::refused;
        reply.verdict.code = -1121;
        break;
      }
      ListedSymbol& one = reply.value->symbols.emplace_back();
      one.symbol.name = name;
      one.symbol.status = listed[name];
    }
    std::exchange(waiting, {}).at(0)(reply);
  }
};

struct Told {
  std::map<size_t, std::string> of;  // the last word about each symbol
  SymbolWatch::Tell tell() {
    return [this](size_t symbol, const Symbol* rules) { of[symbol] = rules == nullptr ? "not listed" : text(rules->status); };
  }
};

const std::vector<std::string> names{"BTCUSDT", "ETHUSDT", "GONEUSDT"};
void want_all(SymbolWatch& watch) {
  for (size_t i = 0; i < names.size(); ++i) watch.want(i, names[i]);
}

}  // namespace

TEST_CASE("silent symbols are asked about together, and again after a minute while somebody wants to know") {
  Exchange exchange{{{"BTCUSDT", SymbolStatus::halt}, {"ETHUSDT", SymbolStatus::trading}, {"GONEUSDT", SymbolStatus::break_}}, {}, {}, true};
  Told told;
  SymbolWatch watch(exchange.ask(), told.tell());
  watch.poll(1'000);
  CHECK(exchange.asked.empty());
  want_all(watch);
  watch.poll(1'000);
  REQUIRE(exchange.asked.size() == 1);
  CHECK(exchange.asked[0] == names);
  want_all(watch);
  watch.poll(100'000);  // the answer is under way
  CHECK(exchange.asked.size() == 1);
  exchange.answer();
  CHECK(told.of == std::map<size_t, std::string>{{0, "HALT"}, {1, "TRADING"}, {2, "BREAK"}});
  want_all(watch);
  watch.poll(1'000 + SymbolWatch::look_again_ms - 1);
  CHECK(exchange.asked.size() == 1);
  watch.want(0, names[0]);
  watch.poll(1'000 + SymbolWatch::look_again_ms);
  REQUIRE(exchange.asked.size() == 2);
  CHECK(exchange.asked[1] == std::vector<std::string>{"BTCUSDT"});
  exchange.answer();
  watch.want(0, names[0]);
  watch.due(0);
  watch.poll(1'000 + SymbolWatch::look_again_ms + 1);
  CHECK(exchange.asked.size() == 3);
}

TEST_CASE("one that the exchange does not list any more hides no other") {
  Exchange exchange{{{"BTCUSDT", SymbolStatus::halt}, {"ETHUSDT", SymbolStatus::trading}}, {}, {}, true};
  Told told;
  SymbolWatch watch(exchange.ask(), told.tell());
  for (int64_t now_ms = 1'000; now_ms < 10'000 && told.of.size() < 3; now_ms += 250) {
    want_all(watch);
    watch.poll(now_ms);
    if (!exchange.waiting.empty()) exchange.answer();
  }
  CHECK(told.of == std::map<size_t, std::string>{{0, "HALT"}, {1, "TRADING"}, {2, "not listed"}});
  CHECK(exchange.asked.size() == 4);
}

TEST_CASE("where the budget has nothing left, or no answer comes, it is tried again soon") {
  Exchange exchange{{{"BTCUSDT", SymbolStatus::halt}}, {}, {}, false};
  Told told;
  SymbolWatch watch(exchange.ask(), told.tell());
  watch.want(0, "BTCUSDT");
  watch.poll(1'000);
  exchange.has_budget = true;
  watch.want(0, "BTCUSDT");
  watch.poll(1'000 + SymbolWatch::retry_ms - 1);
  CHECK(exchange.asked.empty());
  watch.want(0, "BTCUSDT");
  watch.poll(1'000 + SymbolWatch::retry_ms);
  REQUIRE(exchange.asked.size() == 1);
  std::exchange(exchange.waiting, {}).at(0)(Reply<ExchangeInfo>{});  // silence
  CHECK(told.of.empty());
  watch.want(0, "BTCUSDT");
  watch.poll(1'000 + 2 * SymbolWatch::retry_ms);
  CHECK(exchange.asked.size() == 2);
}
