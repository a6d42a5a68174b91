// The SDK's indicators against two books: Achelis, "Technical Analysis from A to Z", with its companion spreadsheet (through Tulip
// Indicators), and ChartSchool's sheets. Tables are printed with 2 to 10 digits, their inputs too.
#include "references.hpp"

using namespace references;

namespace {

// A block of Achelis' tables: its inputs, then its outputs, which end where the inputs end.
struct Block {
  std::vector<Column> columns;
  explicit Block(const std::string& name) {
    std::istringstream in(read("tulip/atoz.txt"));
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
      std::vector<std::string> values;
      for (std::string cell; std::getline(cells, cell, ',');) values.push_back(cell);
      columns.push_back(column_of(values));
    }
    if (columns.size() < 2) throw std::runtime_error("Achelis' tables have no block " + name);
  }
  const Numbers& in(std::size_t i) const { return columns[i].values; }
  Bars bars() const { return {in(0), in(1), in(2)}; }
  Column out(std::size_t i) const {
    Column padded = columns[i];
    const std::size_t missing = in(0).size() - padded.values.size();
    padded.values.insert(padded.values.begin(), missing, kNone);
    padded.half_units.insert(padded.half_units.begin(), missing, 0);
    return padded;
  }
};

// Achelis' directional movement: the first sums have n - 1 candles, and go on as Wilder's do. alpha = 1 / n is an EMA of 2n - 1.
struct Directional {
  Numbers plus, minus, plus_di, minus_di, dx, adx;
};
Directional achelis_directional(std::int64_t n, const Bars& bars) {
  Numbers rise{kNone}, fall{kNone}, range = true_ranges(bars);
  range[0] = kNone;
  for (std::size_t i = 1; i < bars.close.size(); ++i) {
    const double up = bars.high[i] - bars.high[i - 1], down = bars.low[i - 1] - bars.low[i];
    rise.push_back(up > down && up > 0 ? up : 0);
    fall.push_back(down > up && down > 0 ? down : 0);
  }
  const auto smoothed = [&](const Numbers& values) {
    Ema average(2 * n - 1);
    Numbers out;
    double sum = 0;
    std::int64_t seen = 0;
    for (const double value : values) {
      if (!std::isnan(value) && ++seen < n) sum += value;
      if (seen == n - 1) average.update(sum / static_cast<double>(n));
      if (seen >= n) average.update(value);
      out.push_back(average.value());
    }
    return out;
  };
  Directional made{smoothed(rise), smoothed(fall), {}, {}, {}, {}};
  const Numbers ranges = smoothed(range);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    made.plus_di.push_back(100 * made.plus[i] / ranges[i]);
    made.minus_di.push_back(100 * made.minus[i] / ranges[i]);
    made.dx.push_back(100 * std::abs(made.plus[i] - made.minus[i]) / (made.plus[i] + made.minus[i]));
    made.plus[i] *= static_cast<double>(n), made.minus[i] *= static_cast<double>(n);  // Achelis prints sums
  }
  made.adx = over(WilderAverage(n), made.dx);
  return made;
}

}  // namespace

TEST_CASE("Achelis' tables from the first value: averages, deviation, RSI, ATR, bands, stochastic, volume, change") {
  NEED_DATA();
  const auto one = [](const char* name, std::size_t output, const char* seed, const Numbers& made) {
    same(made, Block(name).out(output), {std::string("achelis ") + name, seed});
  };
  one("sma 5", 1, "none", over(Sma(5), Block("sma 5").in(0)));
  one("ema 5", 1, "the first value, as ours", over(Ema(5), Block("ema 5").in(0)));
  one("wilders 5", 1, "mean of the first n, as ours", over(WilderAverage(5), Block("wilders 5").in(0)));
  one("stddev 5", 1, "none", over(RollingDeviation(5), Block("stddev 5").in(0)));
  one("rsi 5", 1, "Wilder's mean, as ours", over(Rsi(5), Block("rsi 5").in(0)));
  one("tr", 3, "the first candle's high - low, as ours", true_ranges(Block("tr").bars()));
  one("atr 4", 3, "mean with the first candle's range, as ours", over_bars<Atr>(Atr(4), Block("atr 4").bars(), [](auto& a) { return a.value(); }));
  for (std::size_t output = 1; output <= 3; ++output)
    one("bbands 5 2", output, "none", over<Bollinger>(Bollinger(5, 2), Block("bbands 5 2").in(0), [&](auto& b) { return output == 1 ? b.lower() : output == 2 ? b.middle() : b.upper(); }));
  const Numbers slow = over_bars<Stochastic>(Stochastic(5, 3), Block("stoch 5 3 3").bars(), [](auto& s) { return s.d(); });
  one("stoch 5 3 3", 3, "none; its slow %K is our %D", slow);
  one("stoch 5 3 3", 4, "none; the mean of our %D", over(Sma(3), slow));
  Numbers ratio;
  for (const double change : over(Momentum(12), Block("rocr 12").in(0))) ratio.push_back(1 + change / 100);
  one("rocr 12", 1, "none; our change in percent as a ratio", ratio);
  const Block volume("obv");
  Obv obv;
  Numbers balance;
  for (std::size_t i = 0; i < volume.in(0).size(); ++i) {
    obv.update(volume.in(0)[i], volume.in(1)[i]);
    balance.push_back(obv.value());
  }
  one("obv", 2, "0, as ours", balance);
}

TEST_CASE("Achelis' directional movement: his first sums have one candle less than Wilder's") {
  NEED_DATA();
  const char* seed = "sums of n - 1 candles";
  const Block dm("dm 14"), di("di 14"), dx("dx 14"), adx("adx 14");
  const auto bars_of = [](const Block& block, std::size_t outputs) { return block.columns.size() - outputs == 3 ? block.bars() : Bars{block.in(0), block.in(1), block.in(1)}; };
  same(achelis_directional(14, bars_of(dm, 2)).plus, dm.out(dm.columns.size() - 2), {"achelis dm 14 +DM", seed});
  same(achelis_directional(14, bars_of(dm, 2)).minus, dm.out(dm.columns.size() - 1), {"achelis dm 14 -DM", seed});
  same(achelis_directional(14, bars_of(di, 2)).plus_di, di.out(3), {"achelis di 14 +DI", seed});
  same(achelis_directional(14, bars_of(di, 2)).minus_di, di.out(4), {"achelis di 14 -DI", seed});
  same(achelis_directional(14, bars_of(dx, 1)).dx, dx.out(dx.columns.size() - 1), {"achelis dx 14", "sums of n - 1 candles; one input was cut", 0, 0.00005});
  same(achelis_directional(14, bars_of(adx, 1)).adx, adx.out(adx.columns.size() - 1), {"achelis adx 14", "sums of n - 1 candles; one input was cut", 0, 0.000005});

  // His tables are too short for his seed to fade. On 502 days it does, and then his counting is ours.
  const Sheet quotes("skender/quotes/default.csv");
  const Bars bars{quotes[2], quotes[3], quotes[4]};
  const Directional his = achelis_directional(14, bars);
  const auto ours = [&](auto&& field) { return over_bars<Adx>(Adx(14), bars, field); };
  same(ours([](const Adx& a) { return a.plus_di(); }), {his.plus_di, {}}, {"+DI as Achelis counts it, 502 days", "faded", faded(14, 1.0 / 14, 100, 1e-11), 0, 1e-11});
  same(ours([](const Adx& a) { return a.minus_di(); }), {his.minus_di, {}}, {"-DI as Achelis counts it, 502 days", "faded", faded(14, 1.0 / 14, 100, 1e-11), 0, 1e-11});
  same(ours([](const Adx& a) { return a.value(); }), {his.adx, {}}, {"ADX as Achelis counts it, 502 days", "faded", faded(28, 1.0 / 14, 10'000, 1e-10), 0, 1e-10});
}

TEST_CASE("ChartSchool's sheets: ATR, bands, MACD, stochastic, volume, change, channel") {
  NEED_DATA();
  const Sheet atr("ta-stockcharts/cs-atr.csv"), bands("ta-stockcharts/cs-bbands.csv"), macd("ta-stockcharts/cs-macd.csv"), soo("ta-stockcharts/cs-soo.csv");
  const Bars bars{atr[1], atr[2], atr[3]};
  same(true_ranges(bars), atr.column(4), {"chartschool cs-atr TR", "the first candle's high - low, as ours"});
  same(over_bars<Atr>(Atr(14), bars, [](auto& a) { return a.value(); }), atr.column(5), {"chartschool cs-atr ATR", "mean with the first range, as ours; 0 is printed before", 13});

  const auto band = [&](std::size_t place, const char* name, auto&& field) {
    same(over<Bollinger>(Bollinger(20, 2), bands[1], field), bands.column(place), {std::string("chartschool cs-bbands ") + name, "none"});
  };
  band(2, "MiddleBand", [](auto& b) { return b.middle(); });
  band(3, "deviation", [](auto& b) { return b.deviation(); });
  band(4, "HighBand", [](auto& b) { return b.upper(); });
  band(5, "LowBand", [](auto& b) { return b.lower(); });
  band(6, "WidthBand", [](auto& b) { return 100 * (b.upper() - b.lower()) / b.middle(); });

  same(over(Ema(12), macd[1]), macd.column(2), {"chartschool cs-macd short_ema", "the first value, as ours"});
  same(over(Ema(26), macd[1]), macd.column(3), {"chartschool cs-macd long_ema", "the first value, as ours"});
  same(over<Macd>(Macd(12, 26, 9), macd[1], [](auto& m) { return m.macd(); }), macd.column(4), {"chartschool cs-macd MACD_line", "the first value, as ours"});
  same(over<Macd>(Macd(12, 26, 9), macd[1], [](auto& m) { return m.signal(); }), macd.column(5),
       {"chartschool cs-macd MACD_signal", "-0.129 at row 2, from nowhere in the sheet; faded", faded(2, 0.2, 0.13, 1e-12)});

  const Bars prices{soo[1], soo[2], soo[5]};
  same(over_bars<Stochastic>(Stochastic(14, 3), prices, [](auto& s) { return s.k(); }), soo.column(6), {"chartschool cs-soo SO", "none"});
  same(over_bars<Stochastic>(Stochastic(14, 3), prices, [](auto& s) { return s.d(); }), soo.column(7), {"chartschool cs-soo SO_SIG", "none; the mean of the printed SO", 0, 0.0000005});

  const Sheet volume("ta-stockcharts/cs-obv.csv"), change("ta-stockcharts/cs-roc.csv"), channel("ta-stockcharts/cs-dc.csv");
  Obv obv;
  Numbers balance;
  for (std::size_t i = 0; i < volume[1].size(); ++i) {
    obv.update(volume[1][i], volume[2][i]);
    balance.push_back(obv.value());
  }
  same(balance, volume.column(5), {"chartschool cs-obv OBV", "0, as ours"});
  same(over(Momentum(12), change[1]), change.column(2), {"chartschool cs-roc ROC", "none"});
  same(over(RollingMax(20), channel[1]), channel.column(5), {"chartschool cs-dc upper_band", "none"});
  same(over(RollingMin(20), channel[2]), channel.column(6), {"chartschool cs-dc lower_band", "none"});
}

TEST_CASE("ChartSchool's RSI sheet is not Wilder's: its averages begin with 0, not with a mean") {
  NEED_DATA();
  const Sheet sheet("ta-stockcharts/cs-rsi.csv");
  const auto from_zero = [](const Numbers& values) {
    Ema average(27);  // alpha = 1 / 14
    average.update(0);
    Numbers out{0};
    for (std::size_t i = 1; i < values.size(); ++i) {
      average.update(values[i]);
      out.push_back(average.value());
    }
    return out;
  };
  const Numbers gain = from_zero(sheet[3]), loss = from_zero(sheet[4]);
  Numbers strength;
  for (std::size_t i = 0; i < gain.size(); ++i) strength.push_back(100 * gain[i] / (gain[i] + loss[i]));
  const char* seed = "0: not Wilder's, so not our Rsi";
  same(gain, sheet.column(5), {"chartschool cs-rsi Avg Gain", seed});
  same(loss, sheet.column(6), {"chartschool cs-rsi Avg Loss", seed});
  same(strength, sheet.column(8), {"chartschool cs-rsi RSI", seed});

  // On 502 days the seed fades, and then this is our Rsi.
  const Numbers close = Sheet("skender/quotes/default.csv")[4];
  Numbers gains{kNone}, losses{kNone};
  for (std::size_t i = 1; i < close.size(); ++i) {
    gains.push_back(std::max(close[i] - close[i - 1], 0.0));
    losses.push_back(std::max(close[i - 1] - close[i], 0.0));
  }
  const Numbers up = from_zero(gains), down = from_zero(losses);
  Numbers counted;
  for (std::size_t i = 0; i < close.size(); ++i) counted.push_back(100 * up[i] / (up[i] + down[i]));
  same(over(Rsi(14), close), {counted, {}}, {"RSI as cs-rsi counts it, 502 days", "0, faded", faded(1, 1.0 / 14, 100, 1e-11), 0, 1e-11});
}
