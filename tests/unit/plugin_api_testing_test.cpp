// The authors' test kit: candles that are what their names say, a bot that keeps a host's promises, golden files.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <stratdock/testing.hpp>

using namespace stratdock::testing;

namespace {

// Says what it was told, so that tests can look at it.
class Witness {
 public:
  struct Settings {
    std::int64_t whole = 3;
    double number = 1.5;
    bool yes = false;
    const char* text = "words";
    std::int64_t mode = 0;
  };
  static constexpr std::array parameters{
      stratdock::sdk::parameter(&Settings::whole, "whole", "Whole", "A whole number.", "", 1, 10),
      stratdock::sdk::parameter(&Settings::number, "number", "Number", "A number.", "", 0, 10),
      stratdock::sdk::parameter(&Settings::yes, "yes", "Yes", "A switch."),
      stratdock::sdk::parameter(&Settings::text, "text", "Text", "Some text."),
      stratdock::sdk::choice(&Settings::mode, "mode", "Mode", "A choice.", {"calm", "wild"})};
  static constexpr stratdock::sdk::About about{.id = "test.witness", .name = "Witness", .version = "1.0.0", .vendor = "tests", .doc = "Tells."};

  explicit Witness(const Settings& settings) : settings_(settings) {
    if (settings.whole == 7) throw stratdock::sdk::BadParameters("whole: never seven");
  }
  stratdock::sdk::Requirements requirements() const { return {.warm_up = 2, .window = 5}; }
  void update(const stratdock::sdk::Candle&) { ++seen_; }
  void decide(const stratdock::sdk::Input& input, stratdock::sdk::Decision& decision) const {
    if (input.flat()) decision.buy(0.25);
    else decision.sell(1);
    decision.stop_loss(0.02);
    decision.because(settings_.whole, " ", settings_.number, " ", settings_.yes ? "yes" : "no", " ", settings_.text, " ", settings_.mode);
    decision.because("seen ", seen_, ", shown ", input.raw().candles->count, ", entry ", input.entry_price(), ", now ", input.now_ms());
  }

 private:
  Settings settings_;
  std::uint64_t seen_ = 0;
};

std::string bits(const Candles& market) {
  std::string text;
  for (std::uint32_t row = 0; row < market.size(); ++row) text += std::to_string(market.open_time_ms(row)) + " " + std::to_string(market.close(row)) + "\n";
  return text;
}

}  // namespace

TEST_CASE("made candles are whole, and the same for the same seed") {
  const Candles market = Candles(100).flat(3).trend(4, 0.01).gap(2).jump(0.5).random_walk(500, 7);
  REQUIRE(market.size() == 507);
  const dock_candles rows = market.view(0, market.size(), market.size());
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    REQUIRE(rows.low[i] <= std::min(rows.open[i], rows.close[i]));
    REQUIRE(rows.high[i] >= std::max(rows.open[i], rows.close[i]));
    REQUIRE((rows.low[i] > 0 && rows.volume[i] >= 0 && std::isfinite(rows.quote_volume[i])));
    if (i > 0) REQUIRE(rows.open_time_ms[i] - rows.open_time_ms[i - 1] == 300'000 * (i == 7 ? 3 : 1));
  }
  REQUIRE(market.close(2) == 100);
  REQUIRE(market.close(6) == Approx(100 * std::pow(1.01, 4)));
  REQUIRE(rows.open[7] == Approx(market.close(6) / 2));
  REQUIRE(bits(Candles(100).random_walk(50, 3)) == bits(Candles(100).random_walk(50, 3)));
  REQUIRE(bits(Candles(100).random_walk(50, 3)) != bits(Candles(100).random_walk(50, 4)));
}

TEST_CASE("a kline file's text becomes candles, and a wrong line is named") {
  const Candles market = Candles::from_csv("open_time,open,high,low,close,volume\r\n1000,1,4,0.5,2,10,more,fields\r\n2000,2,3,1,2.5,11\n", 1'000);
  REQUIRE(market.size() == 2);
  REQUIRE((market.open_time_ms(1) == 2'000 && market.end_ms(1) == 3'000 && market.close(1) == 2.5));
  REQUIRE_THROWS_WITH(Candles::from_csv("1000,1,4,0.5,2,10\n2000,1,x,1,1,1\n"), Catch::Contains("line 2") && Catch::Contains("field 3"));
  REQUIRE_THROWS_WITH(Candles::from_csv("1000,1,4,0.5\n"), Catch::Contains("line 1") && Catch::Contains("field 4"));
  REQUIRE_THROWS_WITH(Candles::from_csv("2000,1,4,0.5,2,10\n2000,1,4,0.5,2,10\n"), Catch::Contains("line 2") && Catch::Contains("not after"));
}

TEST_CASE("a bot is told its parameters, its window and its position") {
  const Candles market = Candles(100).flat(12);
  Bot bot(strategy<Witness>(), {{"whole", 5}, {"number", 2}, {"yes", true}, {"text", "spoken"}, {"mode", "wild"}});
  const auto answers = bot.run(market);
  REQUIRE(answers.size() == 12);
  REQUIRE((answers[0].action == DOCK_HOLD && answers[1].action == DOCK_BUY));
  REQUIRE(answers[11].reasons == "5 2 yes spoken 1; seen 12, shown 5, entry 0, now " + std::to_string(market.end_ms(11)));
  REQUIRE((answers[11].confidence == 0.25 && answers[11].stop_loss == 0.02 && !answers[11].size_fraction));
  bot.hold(99.5, market.end_ms(3));
  REQUIRE(bot.analyze(market, 12, 0).action == DOCK_SELL);
  REQUIRE(bot.run(market).empty());
  // All at once is shown whole: nothing of what is new may be cut.
  REQUIRE(Bot(strategy<Witness>()).analyze(market, 12, 12).reasons.find("seen 12, shown 12") != std::string::npos);
}

TEST_CASE("what a strategy refuses, and what it does not have, is told apart") {
  REQUIRE_THROWS_WITH(Bot(strategy<Witness>(), {{"whole", 7}}), "whole: never seven");
  REQUIRE_THROWS_AS(Bot(strategy<Witness>(), {{"whole", 7}}), Refused);
  REQUIRE_THROWS_AS(Bot(strategy<Witness>(), {{"hole", 1}}), std::invalid_argument);
  REQUIRE_THROWS_AS(Bot(strategy<Witness>(), {{"whole", 1.5}}), std::invalid_argument);
  REQUIRE_THROWS_AS(Bot(strategy<Witness>(), {{"mode", "odd"}}), std::invalid_argument);
}

TEST_CASE("golden decisions are written when asked for, and a changed one is shown") {
  const std::string path = (std::filesystem::temp_directory_path() / ("stratdock-golden-" + std::to_string(::getpid()) + ".csv")).string();
  const Candles market = Candles(100).random_walk(20, 1);
  const auto answers = Bot(strategy<Witness>()).run(market);
  REQUIRE(compare_with_golden(path, market, answers).find("there is no such file") != std::string::npos);
  setenv("STRATDOCK_WRITE_GOLDEN", "1", 1);
  REQUIRE(compare_with_golden(path, market, answers).empty());
  unsetenv("STRATDOCK_WRITE_GOLDEN");
  REQUIRE(compare_with_golden(path, market, answers).empty());
  const auto others = Bot(strategy<Witness>(), {{"whole", 4}}).run(market);
  const std::string difference = compare_with_golden(path, market, others);
  CHECK(difference.find(path + ":3: decided otherwise") == 0);
  CHECK(difference.find("4 1.5 no") != std::string::npos);
  auto shorter = answers;
  shorter.erase(shorter.begin());
  CHECK_FALSE(compare_with_golden(path, market, shorter).empty());
  std::filesystem::remove(path);
}
