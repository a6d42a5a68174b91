// The budget of one IP address: what it gives, to whom, and that under any storm nobody is banned.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <deque>
#include <random>

#include "host/binance/algo_slots.hpp"
#include "host/binance/request_budget.hpp"

using namespace stratdock::binance;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t offset_ms = 1'764'288'000'000;  // server time - steady time

Instant at(int64_t steady_ms) { return {steady_ms, steady_ms + offset_ms}; }

uint64_t seed_of_this_run() {
  const char* set = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = set != nullptr ? std::strtoull(set, nullptr, 10) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

RequestBudget small_budget() {
  RequestBudget budget;
  budget.set_limits({{LimitKind::request_weight, minute, 100}, {LimitKind::raw_requests, 5 * minute, 10'000}, {LimitKind::orders, 10'000, 10}, {LimitKind::orders, 24 * 60 * minute, 10'000}});
  return budget;
}

int64_t granted(RequestBudget& budget, Purpose purpose, const RequestCost& cost, const Instant& now) {
  int64_t count = 0;
  while (const auto permit = budget.ask(purpose, cost, now)) {
    budget.finish(permit.ticket, {}, now);
    ++count;
    REQUIRE(count < 10'000);
  }
  return count;
}

}  // namespace

TEST_CASE("entries are shed first, and a fifth stays for what protects") {
  RequestBudget budget = small_budget();
  const Instant now = at(30'000);
  CHECK(granted(budget, Purpose::entry, {1, 0, false}, now) == 80);
  CHECK(granted(budget, Purpose::market_data, {1, 0, false}, now) == 10);
  CHECK(granted(budget, Purpose::protection, {1, 0, false}, now) == 10);
  const auto refused = budget.ask(Purpose::cancel, {1, 0, false}, now);
  CHECK_FALSE(refused);
  CHECK(refused.reason.find("100 request weight in 60 s") != std::string::npos);
  CHECK_FALSE(budget.ask(Purpose::cancel, {1, 0, false}, at(refused.not_before_steady_ms - 1)));
  CHECK(budget.ask(Purpose::cancel, {1, 0, false}, at(refused.not_before_steady_ms)));
}

TEST_CASE("orders are counted on their own, in both windows") {
  RequestBudget budget = small_budget();
  CHECK(granted(budget, Purpose::entry, {1, 1, false}, at(1'000)) == 8);
  CHECK(granted(budget, Purpose::protection, {1, 2, false}, at(1'000)) == 1);
  CHECK(granted(budget, Purpose::query, {1, 0, false}, at(1'000)) == 91);
  CHECK(granted(budget, Purpose::entry, {1, 1, false}, at(10'000 + minute)) == 8);
}

TEST_CASE("what the exchange reports counts, and a request on its way counts where it may arrive") {
  RequestBudget budget = small_budget();
  const Instant now = at(30'000);
  const auto permit = budget.ask(Purpose::query, {5, 0, false}, now);
  budget.finish(permit.ticket, {{LimitKind::request_weight, minute, 60}}, now);  // another program took 55
  CHECK(budget.used(0, now) == 60);
  const auto late = budget.ask(Purpose::query, {10, 0, false}, at(59'900));
  CHECK(budget.used(0, at(59'900)) == 70);
  CHECK(budget.used(0, at(minute + 1'000)) >= 10);
  budget.finish(late.ticket, {{LimitKind::request_weight, minute, 70}}, at(minute + 1'000));
  CHECK(budget.used(0, at(minute + 1'000)) >= 10);
  CHECK(budget.used(0, at(3 * minute)) == 0);
}

TEST_CASE("a clock that is corrected backwards neither frees nor locks the budget") {
  RequestBudget budget = small_budget();
  constexpr int64_t day = 24 * 60 * minute;
  CHECK(granted(budget, Purpose::query, {1, 0, false}, {30'000, 5 * day + 30'000}) == 100);
  CHECK_FALSE(budget.ask(Purpose::query, {1, 0, false}, {31'000, 31'000}));
  CHECK(granted(budget, Purpose::query, {1, 0, false}, {91'000, 91'000}) == 100);
}

TEST_CASE("headers are read, in both cases, and rubbish is ignored") {
  const auto uses = reported_in_headers({{"x-mbx-used-weight-1m", "57"}, {"x-mbx-order-count-10s", "3"}, {"x-mbx-order-count-1D", "4"}, {"x-mbx-used-weight", "9"},
                                         {"x-mbx-used-weight-xm", "9"}, {"x-mbx-used-weight-1q", "9"}, {"x-mbx-used-weight-2m", "nine"}, {"content-length", "1"}});
  REQUIRE(uses.size() == 3);
  for (const auto& use : uses) {
    if (use.kind == LimitKind::request_weight) CHECK((use.interval_ms == minute && use.used == 57));
    else CHECK(((use.interval_ms == 10'000 && use.used == 3) || (use.interval_ms == 24 * 60 * minute && use.used == 4)));
  }
}

TEST_CASE("a refusal stops everything until its time, with a pause that grows where none is named") {
  RequestBudget budget = small_budget();
  const auto refuse = [&](int64_t now_ms, RefusalKind kind, int64_t retry_after_ms) {
    const auto permit = budget.ask(Purpose::query, {1, 0, false}, at(now_ms));
    REQUIRE(permit);
    budget.refused(permit.ticket, kind, retry_after_ms, at(now_ms));
    return budget.blocked_until_steady_ms() - now_ms;
  };
  CHECK(refuse(0, RefusalKind::too_many, 7'000) >= 7'000);
  CHECK_FALSE(budget.ask(Purpose::protection, {1, 0, false}, at(7'000)));
  int64_t now_ms = budget.blocked_until_steady_ms(), last = 0;
  for (int i = 0; i < 5; ++i) {
    const int64_t pause = refuse(now_ms, RefusalKind::firewall, -1);
    CHECK(pause > last);
    last = pause;
    now_ms = budget.blocked_until_steady_ms();
  }
  CHECK(refuse(now_ms, RefusalKind::banned, -1) >= 2 * minute);
  now_ms = budget.blocked_until_steady_ms();
  const auto fine = budget.ask(Purpose::query, {1, 0, false}, at(now_ms));
  budget.finish(fine.ticket, {}, at(now_ms));
  CHECK(refuse(now_ms, RefusalKind::firewall, -1) == 30'000);
}

TEST_CASE("a refused request counts beside what the report of an earlier one says") {
  RequestBudget budget;
  budget.set_limits({{LimitKind::orders, 10'000, 100}});
  const auto first = budget.ask(Purpose::protection, {1, 2, false}, at(1'000)), second = budget.ask(Purpose::protection, {1, 2, false}, at(1'000));
  // The exchange counted the first, then the second; the refusal of the second was here before the first one's answer.
  budget.refused(second.ticket, RefusalKind::too_many, 0, at(1'100));
  budget.finish(first.ticket, {{LimitKind::orders, 10'000, 2}}, at(1'200));
  const auto& limits = budget.limits();
  const auto orders = std::find_if(limits.begin(), limits.end(), [](const RequestLimit& limit) { return limit.kind == LimitKind::orders; });
  CHECK(budget.used(static_cast<size_t>(orders - limits.begin()), at(1'200)) == 4);
}

namespace {

// The exchange, as an independent judge: counts in its own windows, refuses at random, and bans who sends too early.
struct Judge {
  struct Answer {
    int status = 200;
    int64_t retry_after_s = -1, weight = 0, orders = 0;
  };

  std::mt19937_64& random;
  bool storms;
  int64_t weight_window = -1, weight = 0, order_window = -1, orders = 0, most_weight = 0, most_orders = 0;
  int64_t refused_until_ms = 0, told_ms = 0;  // told: when the client first heard of it, with a time
  int64_t refusals = 0, too_early = 0, over_limit = 0;

  Answer receive(int64_t sent_ms, int64_t now_ms, int64_t back_ms, const RequestCost& cost) {
    const int64_t server_ms = now_ms + offset_ms;
    if (server_ms / minute != weight_window) weight_window = server_ms / minute, weight = 0;
    if (server_ms / 10'000 != order_window) order_window = server_ms / 10'000, orders = 0;
    weight += cost.weight;
    orders += cost.orders;
    most_weight = std::max(most_weight, weight);
    most_orders = std::max(most_orders, orders);
    if (weight > 6'000 || orders > 100) ++over_limit;
    Answer answer{200, -1, weight, orders};
    if (now_ms >= refused_until_ms && storms && random() % 500 == 0) {
      refused_until_ms = now_ms + 1'000 + static_cast<int64_t>(random() % 60'000);
      told_ms = INT64_MAX;
      ++refusals;
    }
    if (now_ms >= refused_until_ms) return answer;
    answer.status = 429;
    if (random() % 10 != 0) {  // now and then the header is missing
      answer.retry_after_s = (refused_until_ms - now_ms) / 1'000;
      told_ms = std::min(told_ms, now_ms + back_ms);
    }
    // What was on its way before the client could know is not its fault.
    if (sent_ms > told_ms) ++too_early;
    return answer;
  }
};

struct Running {
  uint64_t ticket = 0;
  int64_t bot = 0, sent_ms = 0, arrives_ms = 0, back_ms = 0;  // back: on top of arriving
  RequestCost cost;
  bool arrived = false;
  Judge::Answer answer;
};

void simulate(bool storms) {
  const uint64_t seed = seed_of_this_run();
  std::mt19937_64 random(seed);
  Judge judge{random, storms};
  RequestBudget budget;
  budget.set_limits({{LimitKind::request_weight, minute, 6'000}, {LimitKind::raw_requests, 5 * minute, 300'000}, {LimitKind::orders, 10'000, 100}, {LimitKind::orders, 24 * 60 * minute, 200'000}});
  AlgoSlots slots;
  std::map<std::string, int> stops;  // the judge's: stop orders resting at the exchange
  constexpr int bots = 500, symbols = 100;
  for (int i = 0; i < symbols; ++i) slots.set_limit("S" + std::to_string(i), 5), slots.set_foreign("S" + std::to_string(i), i % 3);
  struct Bot {
    enum class Step { idle, query, enter, protect, cancel } step = Step::idle;
    int64_t next_ms = 0;
    bool holds = false, in_flight = false;
  };
  std::vector<Bot> all(bots);
  std::deque<Running> running;
  int64_t entries = 0, protections = 0, shed = 0, no_slot = 0;
  for (int64_t now_ms = 1; now_ms < 60 * minute; now_ms += 100) {
    std::sort(running.begin(), running.end(), [](const Running& a, const Running& b) { return a.arrives_ms < b.arrives_ms; });
    for (Running& one : running)
      if (!one.arrived && one.arrives_ms <= now_ms) one.answer = judge.receive(one.sent_ms, one.arrives_ms, one.back_ms, one.cost), one.arrived = true;
    for (size_t i = 0; i < running.size();) {
      if (running[i].arrives_ms + running[i].back_ms > now_ms) {
        ++i;
        continue;
      }
      const Running done = running[i];
      running[i] = running.back();
      running.pop_back();
      Bot& bot = all[static_cast<size_t>(done.bot)];
      const std::string symbol = "S" + std::to_string(done.bot % symbols);
      bot.in_flight = false;
      if (done.answer.status == 429) {
        budget.refused(done.ticket, RefusalKind::too_many, done.answer.retry_after_s < 0 ? -1 : done.answer.retry_after_s * 1'000, at(now_ms));
        continue;  // the step is tried again
      }
      budget.finish(done.ticket, {{LimitKind::request_weight, minute, done.answer.weight}, {LimitKind::orders, 10'000, done.answer.orders}}, at(now_ms));
      if (bot.step == Bot::Step::query) {
        bot.step = bot.holds ? Bot::Step::cancel : Bot::Step::enter;
      } else if (bot.step == Bot::Step::enter) {
        ++entries;
        bot.step = Bot::Step::protect;
      } else if (bot.step == Bot::Step::protect) {
        ++protections;
        ++stops[symbol];
        REQUIRE(stops[symbol] + (done.bot % symbols) % 3 <= 5);
        bot = {Bot::Step::idle, bot.next_ms, true, false};
      } else {
        --stops[symbol];
        slots.release(symbol, done.bot);
        bot = {Bot::Step::idle, bot.next_ms, false, false};
      }
    }
    for (int64_t id = 0; id < bots; ++id) {
      Bot& bot = all[static_cast<size_t>(id)];
      if (bot.in_flight) continue;
      const std::string symbol = "S" + std::to_string(id % symbols);
      if (bot.step == Bot::Step::idle) {
        if (now_ms < bot.next_ms) continue;
        // All at once, as candles close.
        bot.next_ms = (now_ms / minute + 1) * minute;
        if (!bot.holds && !slots.take(symbol, id)) {
          ++no_slot;
          continue;
        }
        bot.step = Bot::Step::query;
      }
      RequestCost cost{4, 0, false};
      Purpose purpose = Purpose::query;
      if (bot.step == Bot::Step::enter) cost = {1, 1, false}, purpose = Purpose::entry;
      if (bot.step == Bot::Step::protect) cost = {1, 2, false}, purpose = Purpose::protection;
      if (bot.step == Bot::Step::cancel) cost = {1, 0, false}, purpose = Purpose::cancel;
      const auto permit = budget.ask(purpose, cost, at(now_ms));
      if (!permit) {
        if (purpose == Purpose::entry) ++shed;
        continue;
      }
      const int64_t there_ms = 5 + static_cast<int64_t>(random() % 200), back_ms = 5 + static_cast<int64_t>(random() % 200);
      running.push_back({permit.ticket, id, now_ms, now_ms + there_ms, back_ms, cost, false, {}});
      bot.in_flight = true;
    }
  }
  std::printf("an hour of %d bots on %d symbols: %lld entries, %lld protections, most weight a minute %lld, most orders in 10 s %lld, %lld times an entry waited, %lld found no slot, %lld refusals\n", bots,
              symbols, static_cast<long long>(entries), static_cast<long long>(protections), static_cast<long long>(judge.most_weight), static_cast<long long>(judge.most_orders),
              static_cast<long long>(shed), static_cast<long long>(no_slot), static_cast<long long>(judge.refusals));
  INFO("seed " << seed);
  CHECK(judge.over_limit == 0);
  CHECK(judge.too_early == 0);
  CHECK(entries > 1'000);
  CHECK(protections > 1'000);
  CHECK(no_slot > 0);
  CHECK((judge.refusals > 0) == storms);
}

}  // namespace

TEST_CASE("500 bots on 100 symbols stay within one address's budget for an hour") { simulate(false); }
TEST_CASE("500 bots in a storm of refusals send nothing before its time") { simulate(true); }
