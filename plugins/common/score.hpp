// What the two score strategies share: their set of indicators with its parameters, and a score that remembers why.
//
// Owns: an instance's indicators. Thread rule: belongs to one instance. Invariant: O(1) per candle, no allocation after
// construction; a reading whose divisor is 0 is NaN, so that every condition on it is false.
#pragma once

#include <algorithm>
#include <cmath>

#include <stratdock/strategy.hpp>

namespace score {

using namespace stratdock::sdk;

struct IndicatorSettings {
  std::int64_t warm_up = 200;
  std::int64_t window = 500;
  std::int64_t rsi_length = 14;
  std::int64_t ema_fast = 9;
  std::int64_t ema_slow = 21;
  std::int64_t ema_long = 50;
  std::int64_t macd_fast = 12;
  std::int64_t macd_slow = 26;
  std::int64_t macd_signal = 9;
  std::int64_t stochastic_length = 14;
  std::int64_t stochastic_smoothing = 3;
  std::int64_t bollinger_length = 20;
  std::int64_t volume_length = 20;
  std::int64_t obv_length = 20;
  std::int64_t atr_length = 14;
  std::int64_t adx_length = 14;
  std::int64_t momentum_length = 10;
};

// Settings: a struct derived from IndicatorSettings.
template <class Settings>
constexpr auto indicator_parameters() {
  using S = Settings;
  const auto length = [](std::int64_t S::*member, const char* key, const char* name, const char* doc) {
    return parameter<S>(member, key, name, doc, "candles", 1, 1000).advanced();
  };
  return std::array{
      parameter<S>(&S::warm_up, "warm_up", "Warm-up", "Candles it has to see before it says anything but HOLD.", "candles", 30, 5000).advanced(),
      parameter<S>(&S::window, "window", "Window", "Candles of history it asks for at the start.", "candles", 100, 5000).advanced(),
      length(&S::rsi_length, "rsi_length", "RSI length", "Length of the relative strength index."),
      length(&S::ema_fast, "ema_fast", "Fast EMA", "Length of the fastest average of the trend."),
      length(&S::ema_slow, "ema_slow", "Slow EMA", "Length of the second average of the trend."),
      length(&S::ema_long, "ema_long", "Long EMA", "Length of the third average, asked for a strong trend."),
      length(&S::macd_fast, "macd_fast", "MACD fast", "Length of MACD's fast average."),
      length(&S::macd_slow, "macd_slow", "MACD slow", "Length of MACD's slow average."),
      length(&S::macd_signal, "macd_signal", "MACD signal", "Length of MACD's signal line."),
      length(&S::stochastic_length, "stochastic_length", "Stochastic length", "Candles %K looks back."),
      length(&S::stochastic_smoothing, "stochastic_smoothing", "Stochastic smoothing", "%D is the mean of so many %K."),
      length(&S::bollinger_length, "bollinger_length", "Bollinger length", "Length of the Bollinger bands."),
      length(&S::volume_length, "volume_length", "Volume length", "The volume is compared with its mean over so many candles."),
      length(&S::obv_length, "obv_length", "OBV length", "Length of the average of on-balance volume."),
      length(&S::atr_length, "atr_length", "ATR length", "Length of the average true range."),
      length(&S::adx_length, "adx_length", "ADX length", "Length of ADX and the directional indicators."),
      length(&S::momentum_length, "momentum_length", "Momentum length", "Momentum is the change over so many candles."),
  };
}

template <class Settings>
constexpr Parameter<Settings> points(std::int64_t Settings::*member, const char* key, const char* name) {
  return parameter<Settings>(member, key, name, "Points this rule adds to the score, or takes from it.", "points", -100, 100).advanced();
}

template <class T, std::size_t kFirst, std::size_t kSecond>
constexpr std::array<T, kFirst + kSecond> joined(const std::array<T, kFirst>& first, const std::array<T, kSecond>& second) {
  std::array<T, kFirst + kSecond> made{};
  std::copy(first.begin(), first.end(), made.begin());
  std::copy(second.begin(), second.end(), made.begin() + kFirst);
  return made;
}

inline void check(const IndicatorSettings& settings) {
  if (settings.macd_fast >= settings.macd_slow) throw BadParameters("macd_fast must be below macd_slow");
  if (settings.ema_fast >= settings.ema_slow) throw BadParameters("ema_fast must be below ema_slow");
  if (settings.ema_slow >= settings.ema_long) throw BadParameters("ema_slow must be below ema_long");
  if (settings.window < settings.warm_up) throw BadParameters("window must not be below warm_up");
}

inline Requirements requirements(const IndicatorSettings& settings) {
  return {.warm_up = static_cast<std::uint32_t>(settings.warm_up), .window = static_cast<std::uint32_t>(settings.window)};
}

struct Indicators {
  Indicators(const IndicatorSettings& s, double bollinger_width)
      : rsi(s.rsi_length), ema_fast(s.ema_fast), ema_slow(s.ema_slow), ema_long(s.ema_long),
        macd(s.macd_fast, s.macd_slow, s.macd_signal), stochastic(s.stochastic_length, s.stochastic_smoothing),
        bollinger(s.bollinger_length, bollinger_width), volume_mean(s.volume_length), obv_ema(s.obv_length),
        atr(s.atr_length), adx(s.adx_length), momentum(s.momentum_length), names(s) {}

  void update(const Candle& candle) {
    close = candle.close;
    volume = candle.volume;
    rsi.update(close);
    ema_fast.update(close);
    ema_slow.update(close);
    ema_long.update(close);
    macd.update(close);
    stochastic.update(candle.high, candle.low, close);
    bollinger.update(close);
    volume_mean.update(volume);
    obv_before = obv.value();
    obv_ema_before = obv_ema.value();
    obv.update(close, volume);
    obv_ema.update(obv.value());
    atr.update(candle.high, candle.low, close);
    adx.update(candle.high, candle.low, close);
    momentum.update(close);
  }

  template <class State>
  void state(State& s) {
    s(rsi, ema_fast, ema_slow, ema_long, macd, stochastic, bollinger, volume_mean, obv, obv_ema, atr, adx, momentum);
    s(close, volume, obv_before, obv_ema_before);
  }

  double volume_ratio() const { return volume_mean.value() > 0 ? volume / volume_mean.value() : kNone; }
  double atr_percent() const { return close > 0 ? 100 * atr.value() / close : kNone; }
  double bollinger_position() const { return bollinger.position(close); }
  bool trend_up() const { return ema_fast.value() > ema_slow.value(); }
  bool obv_crossed_above() const { return obv_before <= obv_ema_before && obv.value() > obv_ema.value(); }
  bool obv_crossed_below() const { return obv_before >= obv_ema_before && obv.value() < obv_ema.value(); }

  Rsi rsi;
  Ema ema_fast, ema_slow, ema_long;
  Macd macd;
  Stochastic stochastic;
  Bollinger bollinger;
  RollingMean volume_mean;
  Obv obv;
  Ema obv_ema;
  Atr atr;
  Adx adx;
  Momentum momentum;
  struct Names {
    explicit Names(const IndicatorSettings& s)
        : ema_fast("EMA", s.ema_fast), ema_slow("EMA", s.ema_slow), ema_long("EMA", s.ema_long), rsi("RSI", s.rsi_length),
          adx("ADX", s.adx_length), obv_ema("OBV EMA", s.obv_length), atr("ATR %", s.atr_length) {}
    Label ema_fast, ema_slow, ema_long, rsi, adx, obv_ema, atr;
  };
  Names names;
  double close = kNone;
  double volume = kNone;
  double obv_before = kNone;
  double obv_ema_before = kNone;
};

// Points for one side and the rules that gave them.
class Side {
 public:
  void add(std::int64_t points, const char* text) { add(points, text, kNone, "", kNone); }
  // "RSI", 23.1, "<", 25
  void add(std::int64_t points, const char* text, double value, const char* relation, double limit) {
    total_ += points;
    if (count_ < rules_.size()) rules_[count_++] = {text, value, relation, limit, points};
  }
  std::int64_t total() const { return total_; }
  // One reason a rule. A HOLD leaves the values out: the host keeps HOLDs with equal reasons as one row.
  void write(Decision& decision, const char* side, bool with_values) const {
    for (std::size_t i = 0; i < count_; ++i) {
      const Rule& rule = rules_[i];
      const char* sign = rule.points >= 0 ? " (+" : " (";
      if (std::isnan(rule.limit)) {
        decision.because(side, rule.text, sign, rule.points, ")");
      } else if (with_values) {
        decision.because(side, rule.text, " ", fixed(rule.value, 2), " ", rule.relation, " ", rule.limit, sign, rule.points, ")");
      } else {
        decision.because(side, rule.text, " ", rule.relation, " ", rule.limit, sign, rule.points, ")");
      }
    }
  }

 private:
  struct Rule {
    const char* text;
    double value;
    const char* relation;
    double limit;
    std::int64_t points;
  };
  std::array<Rule, 16> rules_;
  std::size_t count_ = 0;
  std::int64_t total_ = 0;
};

enum class Verdict { hold, buy, sell };

// BUY if buy > sell and buy >= needed, SELL the other way round, else HOLD; confidence is the score, 100 at most.
inline Verdict judge(const Side& buy, const Side& sell, std::int64_t needed, Decision& decision) {
  const auto confidence = [](std::int64_t points) { return static_cast<double>(std::clamp<std::int64_t>(points, 0, 100)) / 100; };
  Verdict verdict = Verdict::hold;
  if (buy.total() > sell.total() && buy.total() >= needed) verdict = Verdict::buy;
  if (sell.total() > buy.total() && sell.total() >= needed) verdict = Verdict::sell;
  if (verdict == Verdict::buy) decision.buy(confidence(buy.total()));
  if (verdict == Verdict::sell) decision.sell(confidence(sell.total()));
  if (!decision.explained()) return verdict;
  decision.because("buy score ", buy.total(), ", sell score ", sell.total(), ", needed ", needed);
  if (verdict != Verdict::sell) buy.write(decision, verdict == Verdict::buy ? "" : "buy: ", verdict == Verdict::buy);
  if (verdict != Verdict::buy) sell.write(decision, verdict == Verdict::sell ? "" : "sell: ", verdict == Verdict::sell);
  return verdict;
}

// Stop and target a multiple of the ATR away from the close, as fractions of it. A market without any range has no such
// distance and leaves both to the bot's settings; a stop can never lie below 1 % of the price.
inline void protect(Decision& decision, double atr, double close, double stop_atr, double target_atr) {
  const double range = atr / close;
  if (!(range > 0) || !std::isfinite(range)) return;
  decision.stop_loss(std::min(stop_atr * range, 0.99));
  decision.take_profit(target_atr * range);
}

// Where the rules of a strategy begin to count, for the levels of its panes.
struct Thresholds {
  double rsi_buy, rsi_sell, stochastic_buy, stochastic_sell, adx, volume;
};

inline void draw(Chart& chart, const Indicators& now, const Thresholds& at) {
  chart.line("ema_fast", now.names.ema_fast.text(), now.ema_fast.value());
  chart.line("ema_slow", now.names.ema_slow.text(), now.ema_slow.value());
  chart.line("ema_long", now.names.ema_long.text(), now.ema_long.value());
  chart.line("bollinger_upper", "Bollinger upper", now.bollinger.upper(), "price", DOCK_STYLE_DASHED);
  chart.line("bollinger_lower", "Bollinger lower", now.bollinger.lower(), "price", DOCK_STYLE_DASHED);
  chart.pane("rsi", "RSI", 0, 100);
  chart.line("rsi", now.names.rsi.text(), now.rsi.value(), "rsi");
  chart.level("rsi", "oversold", at.rsi_buy);
  chart.level("rsi", "overbought", at.rsi_sell);
  chart.pane("macd", "MACD", 0, 0);
  chart.line("macd_histogram", "Histogram", now.macd.histogram(), "macd", DOCK_STYLE_HISTOGRAM);
  chart.line("macd", "MACD", now.macd.macd(), "macd");
  chart.line("macd_signal", "Signal", now.macd.signal(), "macd");
  chart.pane("adx", "Trend strength", 0, 100);
  chart.line("adx", now.names.adx.text(), now.adx.value(), "adx");
  chart.line("plus_di", "+DI", now.adx.plus_di(), "adx");
  chart.line("minus_di", "-DI", now.adx.minus_di(), "adx");
  chart.level("adx", "trend", at.adx);
  chart.pane("stochastic", "Stochastic", 0, 100);
  chart.line("stochastic_k", "%K", now.stochastic.k(), "stochastic");
  chart.line("stochastic_d", "%D", now.stochastic.d(), "stochastic", DOCK_STYLE_DASHED);
  chart.level("stochastic", "oversold", at.stochastic_buy);
  chart.level("stochastic", "overbought", at.stochastic_sell);
  chart.pane("volume", "Volume / mean", 0, 0);
  chart.line("volume_ratio", "Volume / mean", now.volume_ratio(), "volume", DOCK_STYLE_HISTOGRAM);
  chart.level("volume", "high", at.volume);
  chart.pane("obv", "On-balance volume", 0, 0);
  chart.line("obv", "OBV", now.obv.value(), "obv");
  chart.line("obv_ema", now.names.obv_ema.text(), now.obv_ema.value(), "obv", DOCK_STYLE_DASHED);
  chart.pane("atr", "ATR, % of the price", 0, 0);
  chart.line("atr_percent", now.names.atr.text(), now.atr_percent(), "atr");
}

}  // namespace score
