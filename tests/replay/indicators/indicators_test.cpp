// The SDK's indicators against reference values of libraries and books that know nothing of us.
//
// Where a reference seeds an average in another way than we do, only rows are compared at which the seed has faded below
// the tolerance; each case says so. Ours: EMA seeded with its first value, Wilder's average with the mean of the first n,
// the first true range is high - low.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <stratdock/indicators.hpp>

using namespace stratdock::sdk;

namespace {

using Numbers = std::vector<double>;

std::string data_folder() {
  const char* given = std::getenv("STRATDOCK_SHARED_DATA");
  return std::string(given != nullptr ? given : STRATDOCK_DEFAULT_DATA) + "/indicators/";
}

// Ends the case where the recorded data is not there; says which folder it looked for.
#define NEED_DATA()                                                                                        \
  if (!std::filesystem::exists(data_folder())) {                                                           \
    WARN("skipped: no reference values at " << data_folder() << " (STRATDOCK_SHARED_DATA names another)"); \
    return;                                                                                                \
  }

double number(const std::string& text) { return text.empty() || text == "-" ? kNone : std::strtod(text.c_str(), nullptr); }

// Column of a CSV file by its place, without the header.
Numbers column(const std::string& file, std::size_t place) {
  std::ifstream in(data_folder() + file);
  REQUIRE(in);
  Numbers out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::istringstream cells(line);
    std::string cell;
    for (std::size_t i = 0; i <= place; ++i) {
      cell.clear();
      std::getline(cells, cell, ',');
    }
    out.push_back(number(cell));
  }
  return out;
}

Numbers standard(const std::string& name, const char* field) {
  std::ifstream in(data_folder() + "skender/" + name + ".standard.json");
  REQUIRE(in);
  Numbers out;
  for (const auto& row : nlohmann::json::parse(in)) out.push_back(row[field].is_null() ? kNone : row[field].get<double>());
  return out;
}

// A block of Achelis' tables: its inputs, then its outputs.
std::vector<Numbers> block(const std::string& name) {
  std::ifstream in(data_folder() + "tulip/atoz.txt");
  REQUIRE(in);
  std::vector<Numbers> out;
  std::string line;
  const auto next = [&] {
    if (!std::getline(in, line)) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
  };
  while (next() && line != name) {
  }
  while (next() && !line.empty()) {
    if (line[0] != '{') continue;
    std::istringstream cells(line.substr(1, line.find('}') - 1));
    Numbers values;
    for (std::string cell; std::getline(cells, cell, ',');) values.push_back(number(cell));
    out.push_back(values);
  }
  REQUIRE(out.size() >= 2);
  return out;
}

// Every value of `made` from row `from` on against the reference; reference rows without a value are left out.
void same(const Numbers& made, const Numbers& reference, std::size_t from, double tolerance) {
  REQUIRE(made.size() == reference.size());
  std::size_t compared = 0;
  for (std::size_t i = from; i < made.size(); ++i) {
    if (std::isnan(reference[i])) continue;
    INFO("row " << i << ": " << made[i] << ", reference " << reference[i]);
    REQUIRE(std::abs(made[i] - reference[i]) <= tolerance * std::max(1.0, std::abs(reference[i])));
    ++compared;
  }
  REQUIRE(compared > 0);
}

// A reference that lists only its defined values ends where the input ends.
Numbers padded(const Numbers& reference, std::size_t size) {
  Numbers out(size - reference.size(), kNone);
  out.insert(out.end(), reference.begin(), reference.end());
  return out;
}

template <class Indicator>
Numbers over(Indicator indicator, const Numbers& values, const std::function<double(const Indicator&)>& read) {
  Numbers out;
  for (const double value : values) {
    indicator.update(value);
    out.push_back(read(indicator));
  }
  return out;
}
template <class Indicator>
Numbers over(Indicator indicator, const Numbers& values) {
  return over<Indicator>(std::move(indicator), values, [](const Indicator& i) { return i.value(); });
}
template <class Indicator>
Numbers over_bars(Indicator indicator, const Numbers& high, const Numbers& low, const Numbers& close,
                  const std::function<double(const Indicator&)>& read) {
  Numbers out;
  for (std::size_t i = 0; i < close.size(); ++i) {
    indicator.update(high[i], low[i], close[i]);
    out.push_back(read(indicator));
  }
  return out;
}

struct Quotes {
  Numbers high = column("skender/quotes/default.csv", 2);
  Numbers low = column("skender/quotes/default.csv", 3);
  Numbers close = column("skender/quotes/default.csv", 4);
  Numbers volume = column("skender/quotes/default.csv", 5);
};

}  // namespace

TEST_CASE("simple average, deviation and change agree with Skender's from the first value") {
  NEED_DATA();
  const Quotes quotes;
  same(over(Sma(20), quotes.close), standard("sma", "sma"), 0, 1e-12);
  same(over(RollingDeviation(14), quotes.close), standard("stdev", "stdDev"), 0, 1e-11);
  same(over(Momentum(14), quotes.close), standard("roc", "roc"), 0, 1e-11);
}

TEST_CASE("Bollinger bands agree with Skender's from the first value") {
  NEED_DATA();
  const Quotes quotes;
  same(over<Bollinger>(Bollinger(20, 2), quotes.close, [](auto& b) { return b.upper(); }), standard("bb", "upperBand"), 0, 1e-12);
  same(over<Bollinger>(Bollinger(20, 2), quotes.close, [](auto& b) { return b.lower(); }), standard("bb", "lowerBand"), 0, 1e-12);
  Bollinger bands(20, 2);
  Numbers place;
  for (const double close : quotes.close) {
    bands.update(close);
    place.push_back(bands.position(close));
  }
  same(place, standard("bb", "percentB"), 0, 1e-10);
}

TEST_CASE("RSI agrees with Skender's from the first value: the same Wilder seed") {
  NEED_DATA();
  same(over(Rsi(14), Quotes().close), standard("rsi", "rsi"), 0, 1e-12);
}

TEST_CASE("EMA and MACD agree with Skender's once its seed, a simple average, has faded") {
  NEED_DATA();
  const Quotes quotes;
  same(over(Ema(20), quotes.close), standard("ema", "ema"), 300, 1e-10);
  same(over<Macd>(Macd(12, 26, 9), quotes.close, [](auto& m) { return m.macd(); }), standard("macd", "macd"), 400, 1e-10);
  same(over<Macd>(Macd(12, 26, 9), quotes.close, [](auto& m) { return m.signal(); }), standard("macd", "signal"), 400, 1e-10);
}

TEST_CASE("ATR agrees with Skender's, which leaves out the first range, once that has faded") {
  NEED_DATA();
  const Quotes quotes;
  same(over_bars<Atr>(Atr(14), quotes.high, quotes.low, quotes.close, [](auto& a) { return a.value(); }), standard("atr", "atr"), 400, 1e-11);
}

TEST_CASE("stochastic: Skender's slow %K is our %D") {
  NEED_DATA();
  const Quotes quotes;
  same(over_bars<Stochastic>(Stochastic(14, 3), quotes.high, quotes.low, quotes.close, [](auto& s) { return s.d(); }),
       standard("stoch", "oscillator"), 0, 1e-11);
}

TEST_CASE("rolling extremes agree with Skender's Donchian channel, which ends one candle earlier") {
  NEED_DATA();
  const Quotes quotes;
  Numbers highest = over(RollingMax(20), quotes.high), lowest = over(RollingMin(20), quotes.low);
  highest.insert(highest.begin(), kNone);
  lowest.insert(lowest.begin(), kNone);
  highest.pop_back();
  lowest.pop_back();
  same(highest, standard("donchian", "upperBand"), 0, 0);
  same(lowest, standard("donchian", "lowerBand"), 0, 0);
}

TEST_CASE("on-balance volume agrees with Skender's, and ChartSchool's sheet") {
  NEED_DATA();
  const auto run = [](const Numbers& close, const Numbers& volume) {
    Obv obv;
    Numbers out;
    for (std::size_t i = 0; i < close.size(); ++i) {
      obv.update(close[i], volume[i]);
      out.push_back(obv.value());
    }
    return out;
  };
  const Quotes quotes;
  same(run(quotes.close, quotes.volume), standard("obv", "obv"), 0, 0);
  same(run(column("ta-stockcharts/cs-obv.csv", 1), column("ta-stockcharts/cs-obv.csv", 2)), column("ta-stockcharts/cs-obv.csv", 5), 0, 0);
}

TEST_CASE("ChartSchool's sheets: MACD, Bollinger, ATR and stochastic from the first value") {
  NEED_DATA();
  const std::string folder = "ta-stockcharts/";
  const Numbers macd_close = column(folder + "cs-macd.csv", 1);
  same(over<Macd>(Macd(12, 26, 9), macd_close, [](auto& m) { return m.macd(); }), column(folder + "cs-macd.csv", 4), 0, 1e-8);
  const Numbers band_close = column(folder + "cs-bbands.csv", 1);
  same(over<Bollinger>(Bollinger(20, 2), band_close, [](auto& b) { return b.upper(); }), column(folder + "cs-bbands.csv", 4), 0, 1e-7);
  same(over_bars<Atr>(Atr(14), column(folder + "cs-atr.csv", 1), column(folder + "cs-atr.csv", 2), column(folder + "cs-atr.csv", 3),
                      [](auto& a) { return a.value(); }),
       column(folder + "cs-atr.csv", 5), 13, 1e-8);  // the sheet writes 0 before its first average
  const std::string soo = folder + "cs-soo.csv";
  same(over_bars<Stochastic>(Stochastic(14, 3), column(soo, 1), column(soo, 2), column(soo, 5), [](auto& s) { return s.k(); }), column(soo, 6), 0, 1e-7);
  same(over_bars<Stochastic>(Stochastic(14, 3), column(soo, 1), column(soo, 2), column(soo, 5), [](auto& s) { return s.d(); }), column(soo, 7), 0, 1e-7);
}

TEST_CASE("Achelis' tables, rounded to four digits: RSI, Wilder's average, ATR, EMA, bands, deviation") {
  NEED_DATA();
  const auto check = [](const std::string& name, std::size_t output, auto&& run, double tolerance) {
    INFO(name);
    const auto table = block(name);
    same(run(table), padded(table[output], table[0].size()), 0, tolerance);
  };
  check("rsi 5", 1, [](auto& t) { return over(Rsi(5), t[0]); }, 1e-4);
  check("wilders 5", 1, [](auto& t) { return over(WilderAverage(5), t[0]); }, 1e-4);
  check("ema 5", 1, [](auto& t) { return over(Ema(5), t[0]); }, 1e-4);
  check("sma 5", 1, [](auto& t) { return over(Sma(5), t[0]); }, 1e-4);
  check("stddev 5", 1, [](auto& t) { return over(RollingDeviation(5), t[0]); }, 1e-4);
  check("atr 4", 3, [](auto& t) { return over_bars<Atr>(Atr(4), t[0], t[1], t[2], [](auto& a) { return a.value(); }); }, 1e-4);
  check("bbands 5 2", 3, [](auto& t) { return over<Bollinger>(Bollinger(5, 2), t[0], [](auto& b) { return b.upper(); }); }, 1e-4);
}

TEST_CASE("directional movement approaches Achelis' table, whose first sum has one candle less than Wilder's") {
  NEED_DATA();
  const auto table = block("di 14");
  const auto run = [&](auto&& read) { return over_bars<Adx>(Adx(14), table[0], table[1], table[2], read); };
  same(run([](const Adx& a) { return a.plus_di(); }), padded(table[3], table[0].size()), 40, 0.02);
  same(run([](const Adx& a) { return a.minus_di(); }), padded(table[4], table[0].size()), 40, 0.02);
}
