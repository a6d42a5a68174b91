// A strategy as the SDK of 1.0 made it: parameters of all types, every indicator, state, chart, live parameters, feeds.
// Never changed: the libraries beside it were built from it, with the SDK of that day.
#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class GoldenSdk {
 public:
  struct Settings {
    std::int64_t length = 14;
    double width = 2;
    bool trend = true;
    const char* label = "golden";
    std::int64_t mode = 1;
  };
  static constexpr std::array parameters{
      parameter(&Settings::length, "length", "Length", "Length of the oscillators.", "candles", 2, 100),
      parameter(&Settings::width, "width", "Width", "Width of the bands.", "", 0.5, 5).live(),
      parameter(&Settings::trend, "trend", "Trend", "Looks at the trend."),
      parameter(&Settings::label, "label", "Label", "Stands before the reasons."),
      choice(&Settings::mode, "mode", "Mode", "How it decides.", {"bands", "score"}).advanced(),
  };
  static constexpr About about{.id = "golden.sdk", .alias = "golden_sdk", .name = "Golden SDK", .version = "1.0.0", .vendor = "Stratdock",
                               .doc = "Uses every part of the SDK of 1.0."};

  GoldenSdk(const Settings& settings, const Context& context)
      : settings_(settings), seed_(context.seed()), rsi_(settings.length), atr_(settings.length), adx_(settings.length),
        stochastic_(settings.length, 3), bands_(20, settings.width) {
    context.log(DOCK_LOG_INFO, "golden.sdk begins");
  }
  Requirements requirements() const { return {.warm_up = 40, .window = 60, .feeds = {news_feed(5, 900'000)}}; }
  void change(const Settings& settings) { settings_.trend = settings.trend; }

  void update(const Candle& candle) {
    rsi_.update(candle.close);
    macd_.update(candle.close);
    bands_.update(candle.close);
    atr_.update(candle.high, candle.low, candle.close);
    adx_.update(candle.high, candle.low, candle.close);
    stochastic_.update(candle.high, candle.low, candle.close);
    obv_.update(candle.close, candle.volume);
    close_ = candle.close;
  }

  void decide(const Input& input, Decision& decision) const {
    const double place = bands_.position(close_);
    double score = place < 0.3 ? 0.3 : place > 0.7 ? -0.3 : 0;
    if (settings_.mode == 1) score += (50 - rsi_.value()) / 100 + (macd_.histogram() > 0 ? 0.1 : -0.1) + (stochastic_.k() > stochastic_.d() ? 0.05 : -0.05);
    if (settings_.trend && adx_.value() > 20) score += adx_.plus_di() > adx_.minus_di() ? 0.1 : -0.1;
    if (score > 0.2) {
      decision.buy(score > 1 ? 1 : score);
      decision.size(score > 0.4 ? 1 : 0.5);
      decision.stop_loss(2 * atr_.value() / close_);
      decision.take_profit(4 * atr_.value() / close_);
    } else if (score < -0.2) {
      decision.sell(score < -1 ? 1 : -score);
    }
    decision.because(settings_.label, " RSI ", rsi_.value(), ", MACD ", macd_.macd(), " / ", macd_.signal(), ", ATR ", fixed(atr_.value(), 6));
    decision.because("ADX ", adx_.value(), ", %K ", stochastic_.k(), ", place ", place, ", OBV ", obv_.value(), ", seed ", seed_, ", news ", input.feed(0).rows());
  }

  void explain(Chart& chart) const {
    chart.line("upper", "Upper band", bands_.upper());
    chart.pane("rsi", "RSI", 0, 100);
    chart.line("rsi", "RSI", rsi_.value(), "rsi");
    chart.level("rsi", "oversold", 30);
  }
  template <class State>
  void state(State& s) {
    s(rsi_, macd_, bands_, atr_, adx_, stochastic_, obv_, close_);
  }

 private:
  Settings settings_;
  std::uint64_t seed_;
  Rsi rsi_;
  Macd macd_{12, 26, 9};
  Atr atr_;
  Adx adx_;
  Stochastic stochastic_;
  Bollinger bands_;
  Obv obv_;
  double close_ = 0;
};

STRATDOCK_EXPORT(GoldenSdk)
