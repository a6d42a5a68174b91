// The SDK's indicators against LEAN's tables of SPY. Their EMAs begin with the mean of the first n values; ours once that has faded.
#include "references.hpp"

using namespace references;

namespace {

constexpr const char* mean = "mean of the first n";
constexpr double single = 1.2e-7;  // two roundings of a float: what some of these tables were counted with

}  // namespace

TEST_CASE("LEAN's average true range, from the first value: our seed") {
  NEED_DATA();
  const Sheet sheet("lean/spy_atr_wilder.txt.gz");
  const Bars bars{sheet[2], sheet[3], sheet[4]};
  same(over_bars<Atr>(Atr(14), bars, [](auto& a) { return a.value(); }), sheet.column(5), {"lean/spy_atr_wilder ATR14", "mean with the first candle's range, as ours"});
}

TEST_CASE("LEAN's Bollinger bands, from the first value") {
  NEED_DATA();
  const Sheet sheet("lean/spy_bollinger_bands.txt.gz");
  const Numbers close = sheet[4];
  Bollinger bands(20, 2);
  Numbers middle, upper, lower, width, place;
  for (const double value : close) {
    bands.update(value);
    middle.push_back(bands.middle()), upper.push_back(bands.upper()), lower.push_back(bands.lower());
    width.push_back(100 * (bands.upper() - bands.lower()) / bands.middle());
    place.push_back(bands.position(value));
  }
  same(middle, sheet.column(5), {"lean/spy_bollinger_bands middle", "none"});
  same(upper, sheet.column(6), {"lean/spy_bollinger_bands upper", "none; single precision", 0, 0, single});
  same(lower, sheet.column(7), {"lean/spy_bollinger_bands lower", "none; single precision", 0, 0, single});
  same(width, sheet.column(8), {"lean/spy_bollinger_bands BandWidth", "none; of the printed bands", 0, 100 * 2 * 0.00005 / 148});
  same(place, sheet.column(9), {"lean/spy_bollinger_bands %B", "none; of the printed bands", 0, 0.0001});
}

TEST_CASE("LEAN's EMA, whole doubles") {
  NEED_DATA();
  const Sheet sheet("lean/spy_ema.csv.gz");
  same(ema_from_mean(14, sheet[1]), sheet.column(2), {"lean/spy_ema EMA14", mean});
  same(over(Ema(14), sheet[1]), sheet.column(2), {"lean/spy_ema EMA14", "mean of the first n, faded in ours", faded(13, 2.0 / 15, 10, 1e-11)});
}

TEST_CASE("LEAN's sheet of six indicators: SMA, EMA, MACD, both RSI") {
  NEED_DATA();
  const Sheet sheet("lean/spy_with_indicators.txt.gz");
  const Numbers close = sheet[7];
  same(over(Sma(14), close), sheet.column(1), {"lean/spy_with_indicators SMA14", "none; single precision", 0, 0, single});
  same(ema_from_mean(14, close), sheet.column(2), {"lean/spy_with_indicators EMA14", "mean of the first n; single precision", 0, 0, single});
  same(over(Ema(14), close), sheet.column(2), {"lean/spy_with_indicators EMA14", "mean of the first n, faded in ours", faded(13, 2.0 / 15, 1000, 1e-5), 0, single});
  same(ema_from_mean(12, close) - ema_from_mean(26, close), sheet.column(3), {"lean/spy_with_indicators MACD 12 26", "mean of the first n; single precision", 0, 3e-4});
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.macd(); }), sheet.column(3),
       {"lean/spy_with_indicators MACD 12 26", "mean of the first n, faded in ours", faded(25, 2.0 / 27, 1000, 1e-6), 3e-4});
  same(over(Rsi(14), close), sheet.column(5), {"lean/spy_with_indicators RSI 14 Wilder", "Wilder's mean, as ours"});
  // Cutler's RSI has means of 14 changes where Wilder's has his average: not one of ours, but made of our means.
  RollingMean gains(14), losses(14);
  Numbers cutler{kNone};
  for (std::size_t i = 1; i < close.size(); ++i) {
    gains.update(std::max(close[i] - close[i - 1], 0.0));
    losses.update(std::max(close[i - 1] - close[i], 0.0));
    cutler.push_back(100 * gains.value() / (gains.value() + losses.value()));
  }
  same(cutler, sheet.column(4), {"lean/spy_with_indicators RSI 14", "none: means of 14, not Wilder's; single precision", 0, 3e-4});
}

TEST_CASE("LEAN's MACD over thirty years of months, printed when its seeds have faded") {
  NEED_DATA();
  const Sheet sheet("lean/spy_with_macd.txt.gz");
  const Numbers close = sheet[4];
  const std::size_t from = faded(33, 2.0 / 27, 10, 1e-7);
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.macd(); }), sheet.column(5), {"lean/spy_with_macd MACD", "unknown, faded; single precision", from, 6e-6});
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.signal(); }), sheet.column(6), {"lean/spy_with_macd Signal", "unknown, faded; single precision", from, 6e-6});
  same(over<Macd>(Macd(12, 26, 9), close, [](auto& m) { return m.histogram(); }), sheet.column(7), {"lean/spy_with_macd Histogram", "unknown, faded; single precision", from, 6e-6});
}
