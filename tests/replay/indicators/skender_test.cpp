// The SDK's indicators against Skender's: its results on 502 days as whole doubles, and the spreadsheets it was checked with.
// Ours: an EMA begins with its first value, Wilder's average with the mean of the first n, the first true range is high - low.
#include "references.hpp"

using namespace references;

namespace {

struct Quotes {
  Sheet sheet{"skender/quotes/default.csv"};
  Bars bars{sheet[2], sheet[3], sheet[4]};
  Numbers volume = sheet[5];
};

Column standard(const std::string& name, const char* field) { return property("skender/" + name + ".standard.json", field); }
Facts facts(const std::string& name, const char* field, std::string seed, std::size_t from = 0, double noise = 1e-12) {
  return {"skender/" + name + ".standard " + field, std::move(seed), from, 0, noise};
}

// The hand calculations: their inputs stand beside them.
struct Calculation {
  Sheet sheet;
  Bars bars{sheet[3], sheet[4], sheet[5]};
};

constexpr const char* none = "none";
constexpr const char* mean = "mean of the first n";

}  // namespace

TEST_CASE("windows agree with Skender's from the first value: average, deviation, change, bands, extremes, volume") {
  NEED_DATA();
  const Quotes quotes;
  const Numbers& close = quotes.bars.close;
  same(over(Sma(20), close), standard("sma", "sma"), facts("sma", "sma", none));
  same(over(RollingDeviation(14), close), standard("stdev", "stdDev"), facts("stdev", "stdDev", none));
  same(over(Momentum(14), close), standard("roc", "roc"), facts("roc", "roc", none));
  same(over<Bollinger>(Bollinger(20, 2), close, [](auto& b) { return b.middle(); }), standard("bb", "sma"), facts("bb", "sma", none));
  same(over<Bollinger>(Bollinger(20, 2), close, [](auto& b) { return b.upper(); }), standard("bb", "upperBand"), facts("bb", "upperBand", none));
  same(over<Bollinger>(Bollinger(20, 2), close, [](auto& b) { return b.lower(); }), standard("bb", "lowerBand"), facts("bb", "lowerBand", none));
  Bollinger bands(20, 2);
  Numbers place;
  for (const double value : close) {
    bands.update(value);
    place.push_back(bands.position(value));
  }
  same(place, standard("bb", "percentB"), facts("bb", "percentB", none));
  same(true_ranges(quotes.bars), standard("tr", "tr"), facts("tr", "tr", "the first candle has none", 1));

  // Its Donchian channel ends one candle earlier.
  Numbers highest = over(RollingMax(20), quotes.bars.high), lowest = over(RollingMin(20), quotes.bars.low);
  highest.insert(highest.begin(), kNone), highest.pop_back();
  lowest.insert(lowest.begin(), kNone), lowest.pop_back();
  same(highest, standard("donchian", "upperBand"), facts("donchian", "upperBand", none, 0, 0));
  same(lowest, standard("donchian", "lowerBand"), facts("donchian", "lowerBand", none, 0, 0));

  Obv obv;
  Numbers volume;
  for (std::size_t i = 0; i < close.size(); ++i) {
    obv.update(close[i], quotes.volume[i]);
    volume.push_back(obv.value());
  }
  same(volume, standard("obv", "obv"), facts("obv", "obv", "0", 0, 0));
}

TEST_CASE("RSI and stochastic agree with Skender's from the first value") {
  NEED_DATA();
  const Quotes quotes;
  same(over(Rsi(14), quotes.bars.close), standard("rsi", "rsi"), facts("rsi", "rsi", "Wilder's mean, as ours"));
  const Numbers smoothed = over_bars<Stochastic>(Stochastic(14, 3), quotes.bars, [](auto& s) { return s.d(); });
  same(smoothed, standard("stoch", "oscillator"), facts("stoch", "oscillator", "none; its slow %K is our %D"));
  same(over(Sma(3), smoothed), standard("stoch", "signal"), facts("stoch", "signal", "none; the mean of our %D"));
}

TEST_CASE("EMA, MACD and ATR agree with Skender's: from its seed on, and ours once the seed has faded") {
  NEED_DATA();
  const Quotes quotes;
  const Numbers& close = quotes.bars.close;
  same(ema_from_mean(20, close), standard("ema", "ema"), facts("ema", "ema", mean));
  same(over(Ema(20), close), standard("ema", "ema"), facts("ema", "ema", "mean of the first n, faded in ours", faded(19, 2.0 / 21, 10, 1e-10)));

  const Numbers fast = ema_from_mean(12, close), slow = ema_from_mean(26, close);
  same(fast, standard("macd", "fastEma"), facts("macd", "fastEma", mean));
  same(slow, standard("macd", "slowEma"), facts("macd", "slowEma", mean));
  same(fast - slow, standard("macd", "macd"), facts("macd", "macd", mean));
  same(ema_from_mean(9, fast - slow), standard("macd", "signal"), facts("macd", "signal", mean));
  const std::size_t from = faded(33, 2.0 / 27, 10, 1e-12);
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.macd(); }), standard("macd", "macd"), facts("macd", "macd", "mean of the first n, faded in ours", from));
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.signal(); }), standard("macd", "signal"), facts("macd", "signal", "mean of the first n, faded in ours", from));
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.histogram(); }), standard("macd", "histogram"), facts("macd", "histogram", "mean of the first n, faded in ours", from));

  same(atr_without_first(14, quotes.bars), standard("atr", "atr"), facts("atr", "atr", "mean without the first candle's range"));
  same(over_bars<Atr>(Atr(14), quotes.bars, [](auto& a) { return a.value(); }), standard("atr", "atr"),
       facts("atr", "atr", "the same, faded in ours", faded(14, 1.0 / 14, 1, 1e-12)));
}

TEST_CASE("the spreadsheets Skender was checked with: the same seeds, counted by hand") {
  NEED_DATA();
  const Calculation atr{Sheet("skender/calc/Atr.ATR.csv.gz")}, macd{Sheet("skender/calc/Macd.MACD.csv.gz")}, bands{Sheet("skender/calc/BollingerBands.Bollinger_Bands.csv.gz")};
  same(true_ranges(atr.bars), atr.sheet.column(10), {"skender/calc/Atr TR", "the first candle has none", 1});
  same(atr_without_first(14, atr.bars), atr.sheet.column(11), {"skender/calc/Atr ATR", "mean without the first candle's range"});
  same(over<Bollinger>(Bollinger(20, 2), bands.bars.close, [](auto& b) { return b.deviation(); }), bands.sheet.column(7), {"skender/calc/Bollinger stdev", none});
  same(over(Sma(20), bands.bars.close), bands.sheet.column(8), {"skender/calc/Bollinger sma", none});
  same(over<Bollinger>(Bollinger(20, 2), bands.bars.close, [](auto& b) { return b.upper(); }), bands.sheet.column(9), {"skender/calc/Bollinger upper", none});
  same(over<Bollinger>(Bollinger(20, 2), bands.bars.close, [](auto& b) { return b.lower(); }), bands.sheet.column(10), {"skender/calc/Bollinger lower", none});

  const Sheet ema("skender/calc/Ema.EMA.csv.gz"), rsi("skender/calc/Rsi.RSI.csv.gz");
  same(ema_from_mean(20, ema[2]), ema.column(4), {"skender/calc/Ema of close", mean});
  same(ema_from_mean(20, ema[3]), ema.column(5), {"skender/calc/Ema of open", mean});
  const Numbers fast = ema_from_mean(12, macd.bars.close), slow = ema_from_mean(26, macd.bars.close);
  same(fast, macd.sheet.column(7), {"skender/calc/Macd EMA12", mean});
  same(slow, macd.sheet.column(8), {"skender/calc/Macd EMA26", mean});
  same(fast - slow, macd.sheet.column(9), {"skender/calc/Macd MACD", mean});
  same(ema_from_mean(9, fast - slow), macd.sheet.column(10), {"skender/calc/Macd Signal", mean});
  same(fast - slow - ema_from_mean(9, fast - slow), macd.sheet.column(11), {"skender/calc/Macd Histo", mean});
  same(over(WilderAverage(14), rsi[6]), rsi.column(8), {"skender/calc/Rsi AvgGain", "Wilder's mean, as ours"});
  same(over(WilderAverage(14), rsi[7]), rsi.column(9), {"skender/calc/Rsi AvgLoss", "Wilder's mean, as ours"});
  same(over(Rsi(14), rsi[5]), rsi.column(11), {"skender/calc/Rsi RSI(14)", "Wilder's mean, as ours"});
  same(ema_from_mean(20, rsi.column(11).values), rsi.column(12), {"skender/calc/Rsi EMA(20) of it", mean});
}
