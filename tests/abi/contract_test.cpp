// What a host may rely on when it loads a library built with the SDK, and what an author may rely on at its border.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <random>
#include <set>
#include <string>

#include "tests/abi/plugin_harness.hpp"

using namespace plugin_harness;

namespace {

const std::string shipped_folder = STRATDOCK_PLUGINS;
const std::string own_folder = STRATDOCK_TEST_PLUGINS;
const char* const shipped[] = {"volatile", "enhanced", "simple_profitable", "ticker_news"};

const dock_strategy& strategy_of(const std::string& name) { return *load(shipped_folder + "/" + name + ".so").strategies[0]; }

Columns random_market(std::uint32_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> step(0, 0.01);
  std::uniform_real_distribution<double> share(0, 1);
  Columns rows;
  double close = 100;
  for (std::uint32_t i = 0; i < count; ++i) {
    const double open = close;
    close *= std::exp(step(random));
    const double high = std::max(open, close) * (1 + 0.01 * share(random));
    const double low = std::min(open, close) * (1 - 0.01 * share(random));
    rows.push(1'600'000'000'000 + 300'000LL * i, open, high, low, close, share(random) < 0.05 ? 0 : 1000 * share(random));
  }
  return rows;
}

bool same(const Answer& a, const Answer& b) {
  const auto bits = [](const Answer& answer) {
    const dock_decision& d = answer.decision;
    const double numbers[] = {d.confidence, d.size_fraction, d.stop_loss_fraction, d.take_profit_fraction};
    std::string out(reinterpret_cast<const char*>(numbers), sizeof numbers);
    return out + std::to_string(d.action) + "/" + std::to_string(d.set) + "/" + answer.reasoning;
  };
  return a.status == b.status && bits(a) == bits(b);
}

void in_range(const Answer& answer) {
  REQUIRE(answer.status == DOCK_OK);
  const dock_decision& d = answer.decision;
  REQUIRE((d.action == DOCK_HOLD || d.action == DOCK_BUY || d.action == DOCK_SELL));
  REQUIRE((d.confidence >= 0 && d.confidence <= 1));
  if (d.set & DOCK_SET_SIZE) REQUIRE((d.size_fraction > 0 && d.size_fraction <= 1));
  if (d.set & DOCK_SET_STOP_LOSS) REQUIRE((d.stop_loss_fraction > 0 && d.stop_loss_fraction < 1));
  if (d.set & DOCK_SET_TAKE_PROFIT) REQUIRE((d.take_profit_fraction > 0 && std::isfinite(d.take_profit_fraction)));
}

}  // namespace

TEST_CASE("the shipped libraries describe themselves completely") {
  std::set<std::string> ids;
  for (const char* name : shipped) {
    INFO(name);
    const dock_library& library = load(shipped_folder + "/" + name + ".so");
    REQUIRE(library.struct_size == sizeof(dock_library));
    REQUIRE(library.abi_major == 1);
    REQUIRE(library.min_host_minor == 0);
    REQUIRE(library.strategy_count == 1);
    const dock_strategy& strategy = *library.strategies[0];
    REQUIRE(strategy.id == std::string("stratdock.") + name);
    REQUIRE(strategy.alias_count == 1);
    REQUIRE(strategy.aliases[0] == std::string(name));
    REQUIRE(ids.insert(strategy.id).second);
    std::set<std::string> keys;
    for (std::uint32_t i = 0; i < strategy.param_count; ++i) {
      const dock_param& parameter = *strategy.params[i];
      INFO(parameter.key);
      REQUIRE(parameter.struct_size == sizeof(dock_param));
      REQUIRE(keys.insert(parameter.key).second);
      REQUIRE(std::strlen(parameter.name) > 0);
      REQUIRE(std::strlen(parameter.doc) > 0);
      REQUIRE(parameter.default_value.type == parameter.type);
      if (parameter.type == DOCK_TYPE_NUMBER) REQUIRE((parameter.default_value.f64 >= parameter.min && parameter.default_value.f64 <= parameter.max));
      if (parameter.type == DOCK_TYPE_INTEGER) {
        const double value = static_cast<double>(parameter.default_value.i64);
        REQUIRE((value >= parameter.min && value <= parameter.max));
      }
    }
    Bot bot(strategy);
    REQUIRE(bot.status() == DOCK_OK);
    REQUIRE(bot.needs().window == 500);
    REQUIRE(bot.needs().warm_up_candles == 200);
    REQUIRE(keys.count("dynamic_sizing") == (std::string(name) == "ticker_news" ? 0 : 1));
  }
}

TEST_CASE("a decision does not depend on how many candles come at a time") {
  const std::uint64_t seed = 4711;
  INFO("seed " << seed);
  const std::uint32_t count = 1201;
  const Columns rows = random_market(count, seed);
  for (const char* name : shipped) {
    INFO(name);
    Bot one(strategy_of(name)), all(strategy_of(name));
    Answer last;
    for (std::uint32_t i = 1; i <= count; ++i) in_range(last = one.analyze(rows, i, 1));
    REQUIRE(same(last, all.analyze(rows, count, count)));
    REQUIRE(same(last, all.analyze(rows, count, 0)));  // asked again about the same candle
    for (const std::uint32_t chunk : {2u, 7u}) {
      Bot chunked(strategy_of(name));
      Answer answer;
      for (std::uint32_t fed = 0; fed < count;) {
        const std::uint32_t more = std::min(chunk, count - fed);
        fed += more;
        answer = chunked.analyze(rows, fed, more);
      }
      REQUIRE(same(last, answer));
    }
  }
}

TEST_CASE("below the warm-up a strategy holds and counts") {
  const Columns rows = random_market(200, 1);
  for (const char* name : shipped) {
    INFO(name);
    Bot bot(strategy_of(name));
    const Answer none = bot.analyze(rows, 0, 0);
    REQUIRE((none.status == DOCK_OK && none.decision.action == DOCK_HOLD));
    const Answer early = bot.analyze(rows, 199, 199);
    REQUIRE(early.decision.action == DOCK_HOLD);
    REQUIRE(early.reasoning == "warming up: 199/200");
    REQUIRE(bot.analyze(rows, 200, 1).reasoning.find("warming up") == std::string::npos);
  }
}

TEST_CASE("odd markets give finite advice: flat, without volume, tiny, huge, with jumps") {
  const auto check = [](const Columns& rows) {
    for (const char* name : shipped) {
      INFO(name);
      Bot bot(strategy_of(name));
      for (std::uint32_t i = 1; i <= rows.size(); ++i) in_range(bot.analyze(rows, i, 1));
    }
  };
  for (const double price : {0.1, 1e-8, 1e8}) {
    Columns flat;
    for (int i = 0; i < 300; ++i) flat.push(300'000LL * i, price, price, price, price, 0);
    check(flat);
    for (int i = 300; i < 600; ++i) {
      const double jump = i % 3 == 0 ? price * 50 : price;
      flat.push(300'000LL * i + 3'600'000, price, price * 50, price / 50, jump, 1e9 * (i % 2));
    }
    check(flat);
  }
  Columns still;
  for (int i = 0; i < 300; ++i) still.push(300'000LL * i, 5, 5, 5, 5, 0);
  for (const char* name : {"volatile", "enhanced", "simple_profitable"}) {
    INFO(name);
    Bot bot(strategy_of(name));
    REQUIRE(bot.analyze(still, 300, 300).decision.action == DOCK_HOLD);  // nothing moves: nothing to do
  }
}

TEST_CASE("a combination that cannot be is refused by name") {
  const Bot bot(strategy_of("volatile"), {{"macd_fast", 30}});
  REQUIRE(bot.status() == DOCK_BAD_PARAMETERS);
  REQUIRE(bot.problem() == "macd_fast must be below macd_slow");
}

TEST_CASE("dynamic sizing is on in enhanced and off elsewhere, and can be turned") {
  const Columns rows = random_market(3000, 99);
  const auto sizes = [&](const char* name, std::vector<std::pair<std::string, double>> changes) {
    Bot bot(strategy_of(name), changes);
    std::set<double> found;
    for (std::uint32_t i = 1; i <= rows.size(); ++i) {
      const dock_decision decision = bot.analyze(rows, i, 1).decision;
      if (decision.action == DOCK_BUY) found.insert(decision.set & DOCK_SET_SIZE ? decision.size_fraction : 0);
    }
    return found;
  };
  REQUIRE(sizes("volatile", {}) == std::set<double>{0});
  REQUIRE(sizes("enhanced", {{"dynamic_sizing", 0}}) == std::set<double>{0});
  REQUIRE(sizes("enhanced", {}).count(0) == 0);
  REQUIRE(sizes("simple_profitable", {{"dynamic_sizing", 1}}) == std::set<double>{0.5});
}

TEST_CASE("a text that does not fit shows by its length, none is made where none is wanted") {
  const Columns rows = random_market(300, 5);
  Bot bot(strategy_of("enhanced"));
  const Answer whole = bot.analyze(rows, 300, 300);
  const Answer cut = bot.analyze(rows, 300, 0, 10);
  REQUIRE(cut.reasoning == whole.reasoning.substr(0, 10));
  REQUIRE(cut.decision.reasoning.length == whole.reasoning.size());
  REQUIRE(bot.analyze(rows, 300, 0, 0).decision.reasoning.length == 0);
}

TEST_CASE("ticker_news asks for news and an assessment, and acts on it only when confirmed") {
  const dock_strategy& strategy = strategy_of("ticker_news");
  // Falling then rising: MACD rises on the last candles.
  Columns rows;
  for (int i = 0; i < 260; ++i) {
    const double price = i < 240 ? 500 - i : 260 + 2 * (i - 240);
    rows.push(1'600'000'000'000 + 300'000LL * i, price, price + 1, price - 1, price, 10);
  }
  dock_feed_data news{};
  news.struct_size = sizeof news;
  news.kind = DOCK_FEED_NEWS;
  news.available = 1;
  news.row_count = 1;
  const char* const names[] = {"signal", "confidence", "sentiment", "urgency", "risk_level"};
  double signal = 0, confidence = 80, sentiment = 0.5, urgency = 1, risk = 1;
  const double* const columns[] = {&signal, &confidence, &sentiment, &urgency, &risk};
  const char* const text[] = {"An exchange lists it."};
  const std::int64_t known[] = {1'600'000'000'000};
  dock_feed_data assessment{sizeof(dock_feed_data), DOCK_FEED_ASSESSMENT, 1, 1, 0, 5, names, columns, text, known, nullptr, nullptr};

  const auto ask = [&](std::vector<std::pair<std::string, double>> changes, std::int64_t entry_time = 0) {
    Bot bot(strategy, changes);
    REQUIRE(bot.needs().feed_count == 2);
    REQUIRE(bot.needs().feeds[0]->kind == DOCK_FEED_NEWS);
    REQUIRE(bot.needs().feeds[0]->max_rows == 10);
    REQUIRE(bot.needs().feeds[1]->kind == DOCK_FEED_ASSESSMENT);
    REQUIRE(bot.needs().feeds[1]->refresh_ms == 900'000);
    REQUIRE(std::string(bot.needs().feeds[1]->prompt).find("{articles}") != std::string::npos);
    bot.feeds({&news, &assessment});
    if (entry_time > 0) bot.hold(260, entry_time);
    return bot.analyze(rows, rows.size(), rows.size());
  };
  const std::int64_t now = rows.open_time_ms.back() + rows.interval_ms;

  SECTION("BUY, flat, MACD rising") {
    const Answer answer = ask({});
    REQUIRE(answer.decision.action == DOCK_BUY);
    REQUIRE(answer.decision.confidence == Approx(0.8));
    REQUIRE(answer.decision.stop_loss_fraction == Approx(0.03));
    REQUIRE(answer.decision.take_profit_fraction == Approx(0.05));
    REQUIRE(answer.reasoning.find("An exchange lists it.") != std::string::npos);
  }
  SECTION("RSI is high, so both cannot agree") { REQUIRE(ask({{"confirm", 2}}).decision.action == DOCK_HOLD); }
  SECTION("not confident enough") {
    confidence = 69;
    REQUIRE(ask({}).decision.action == DOCK_HOLD);
  }
  SECTION("already long") { REQUIRE(ask({}, now - 1).decision.action == DOCK_HOLD); }
  SECTION("SELL when long, RSI above 60") {
    signal = 1;
    REQUIRE(ask({}, now - 1).decision.action == DOCK_SELL);
    REQUIRE(ask({}).decision.action == DOCK_HOLD);  // nothing to sell
    REQUIRE(ask({{"confirm", 2}}, now - 1).decision.action == DOCK_HOLD);
    REQUIRE(ask({{"confirm", 0}}, now - 1).decision.action == DOCK_SELL);
  }
  SECTION("held for 48 h it sells, with or without news") {
    assessment.available = 0;
    REQUIRE(ask({}, now - 48 * 3'600'000LL).decision.action == DOCK_SELL);
    REQUIRE(ask({}, now - 48 * 3'600'000LL + 1).decision.action == DOCK_HOLD);
  }
  SECTION("without an answer it says why") {
    assessment.row_count = 0;
    assessment.fault = "the answer's signal is not in the schema";
    REQUIRE(ask({}).reasoning == "no assessment yet: the answer's signal is not in the schema");
    news.available = 0;
    news.fault = "no news key set";
    REQUIRE(ask({}).reasoning == "no news: no news key set");
  }
}

TEST_CASE("the SDK hands settings over, keeps exceptions in, and offers its extensions") {
  const dock_library& library = load(own_folder + "/every_feature.so");
  REQUIRE(library.strategy_count == 2);
  const dock_strategy& echo = *library.strategies[0];
  const Columns rows = random_market(5, 3);
  REQUIRE(echo.alias_count == 0);
  REQUIRE(echo.params[0]->flags == DOCK_PARAM_LIVE);
  REQUIRE(echo.params[3]->flags == DOCK_PARAM_ADVANCED);
  REQUIRE(echo.params[4]->choice_count == 4);
  REQUIRE(echo.params[4]->default_value.text == std::string("echo"));

  SECTION("settings, feeds, texts") {
    Bot bot(echo, {{"whole", 7}});
    REQUIRE(bot.needs().feed_count == 1);
    REQUIRE(bot.needs().feeds[0]->symbol == std::string("ETHUSDT"));
    REQUIRE(bot.needs().feeds[0]->required == 1);
    const Answer answer = bot.analyze(rows, 3, 3);
    REQUIRE(answer.reasoning == "whole 7, number 1.5, yes on; text default text, seed 1, seen 3");
    REQUIRE(answer.decision.recommended_symbol.length == 7);
    REQUIRE(answer.decision.set == DOCK_SET_SIZE);
  }
  SECTION("exceptions become a status and a text") {
    REQUIRE(Bot(echo, {{"number", 13}}).problem() == "number: 13 brings bad luck");
    Bot thrower(echo, {{"mode", 2}});
    const Answer answer = thrower.analyze(rows, 3, 3);
    REQUIRE(answer.status == DOCK_FAILED);
    REQUIRE(answer.error == "thrown on demand");
    Bot odd(echo, {{"mode", 3}});
    REQUIRE(odd.analyze(rows, 3, 3).status == DOCK_FAILED);
    REQUIRE(Bot(echo).analyze(rows, 2, 3).status == DOCK_BAD_INPUT);
  }
  SECTION("the chart and live parameters") {
    Bot bot(echo);
    bot.analyze(rows, 4, 4);
    const auto* explain = static_cast<const dock_explain*>(echo.get_extension(DOCK_EXTENSION_EXPLAIN));
    REQUIRE(explain != nullptr);
    dock_chart chart{};
    chart.struct_size = sizeof chart;
    char text[100];
    dock_buffer error{text, sizeof text, 0};
    REQUIRE(explain->describe(bot.instance(), &chart, &error) == DOCK_OK);
    REQUIRE((chart.pane_count == 1 && chart.series_count == 1 && chart.level_count == 1));
    REQUIRE(chart.series[0]->pane == std::string("count"));
    double value = 0;
    REQUIRE(explain->values(bot.instance(), &value, 1, &error) == DOCK_OK);
    REQUIRE(value == 4);

    const auto* live = static_cast<const dock_live_params*>(echo.get_extension(DOCK_EXTENSION_PARAMS));
    REQUIRE(live != nullptr);
    std::vector<dock_value> values;
    for (std::uint32_t i = 0; i < echo.param_count; ++i) values.push_back(echo.params[i]->default_value);
    values[0].i64 = 9;
    const dock_config config{sizeof(dock_config), echo.param_count, values.data(), 1};
    REQUIRE(live->change(bot.instance(), &config, &error) == DOCK_OK);
    REQUIRE(bot.analyze(rows, 4, 0).reasoning.find("whole 9") == 0);
    REQUIRE(echo.get_extension("stratdock.unknown/1") == nullptr);
  }
  SECTION("a strategy without anything holds") {
    const Answer answer = Bot(*library.strategies[1]).analyze(rows, 5, 5);
    REQUIRE((answer.status == DOCK_OK && answer.decision.action == DOCK_HOLD && answer.decision.set == 0));
  }
}

TEST_CASE("a snapshot gives the same bits as feeding everything, however it is cut into reads, a damaged one is refused") {
  struct Blob {
    std::string bytes;
    std::size_t at = 0;
    static std::int64_t write(const dock_writer* writer, const void* bytes, std::uint64_t size) noexcept {
      const std::uint64_t taken = std::min<std::uint64_t>(size, 7);
      static_cast<Blob*>(writer->data)->bytes.append(static_cast<const char*>(bytes), taken);
      return static_cast<std::int64_t>(taken);
    }
    static std::int64_t read(const dock_reader* reader, void* bytes, std::uint64_t size) noexcept {
      Blob& blob = *static_cast<Blob*>(reader->data);
      const std::size_t given = std::min<std::size_t>({static_cast<std::size_t>(size), 7, blob.bytes.size() - blob.at});
      std::memcpy(bytes, blob.bytes.data() + blob.at, given);
      blob.at += given;
      return static_cast<std::int64_t>(given);
    }
  };
  const auto load_into = [](const dock_strategy& strategy, Bot& bot, std::string bytes) {
    Blob blob{std::move(bytes)};
    const dock_reader reader{sizeof(dock_reader), 0, &blob, &Blob::read};
    return strategy.load_state(bot.instance(), &reader, nullptr);
  };
  const std::uint64_t seed = 815;
  INFO("seed " << seed);
  const Columns rows = random_market(900, seed);
  std::mt19937_64 random(seed);
  for (const char* name : shipped) {
    INFO(name);
    const dock_strategy& strategy = strategy_of(name);
    REQUIRE(strategy.state_version == 1);
    for (const std::uint32_t fed : {0u, 1u, 13u, 300u, 640u}) {
      Bot whole(strategy), resumed(strategy);
      whole.analyze(rows, fed, fed);
      Blob blob;
      const dock_writer writer{sizeof(dock_writer), 0, &blob, &Blob::write};
      REQUIRE(strategy.save_state(whole.instance(), &writer, nullptr) == DOCK_OK);
      REQUIRE(load_into(strategy, resumed, blob.bytes) == DOCK_OK);
      bool equal = true;
      for (std::uint32_t i = fed + 1; i <= rows.size(); ++i) equal = equal && same(whole.analyze(rows, i, 1), resumed.analyze(rows, i, 1));
      REQUIRE(equal);
      for (const std::size_t cut : {std::size_t{0}, std::size_t{5}, blob.bytes.size() / 2, blob.bytes.size() - 1}) {
        Bot other(strategy);
        REQUIRE(load_into(strategy, other, blob.bytes.substr(0, cut)) == DOCK_BAD_STATE);
      }
      Bot other(strategy);
      REQUIRE(load_into(strategy, other, blob.bytes + "x") == DOCK_BAD_STATE);
      // Noise may be refused or believed, but never reaches outside the rings.
      for (int round = 0; round < 50; ++round) {
        std::string noisy = blob.bytes;
        for (int i = 0; i < 5; ++i) noisy[8 + random() % (noisy.size() - 16)] = static_cast<char>(random());
        Bot damaged(strategy);
        if (load_into(strategy, damaged, noisy) == DOCK_OK) damaged.analyze(rows, 100, 100);
      }
    }
  }
  Bot longer(strategy_of("enhanced"), {{"rsi_length", 14}, {"bollinger_length", 30}});
  Bot standard(strategy_of("enhanced"));
  Blob blob;
  const dock_writer writer{sizeof(dock_writer), 0, &blob, &Blob::write};
  REQUIRE(strategy_of("enhanced").save_state(standard.instance(), &writer, nullptr) == DOCK_OK);
  REQUIRE(load_into(strategy_of("enhanced"), longer, blob.bytes) == DOCK_BAD_STATE);  // made with other parameters
}

TEST_CASE("a library in plain C is a library like any other") {
  const Columns rows = random_market(300, 8);
  Bot bot(*load(own_folder + "/plain_c.so").strategies[0]);
  int buys = 0;
  for (std::uint32_t i = 1; i <= rows.size(); ++i) {
    const Answer answer = bot.analyze(rows, i, 1);
    in_range(answer);
    const bool higher = i > 1 && rows.close[i - 1] > rows.close[i - 2];
    REQUIRE((answer.decision.action == DOCK_BUY) == higher);
    buys += higher;
  }
  REQUIRE(buys > 0);
}
