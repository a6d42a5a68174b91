// simple_profitable: five plain conditions, four of which must hold for a BUY; any of three makes a SELL.
#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class SimpleProfitable {
 public:
  struct Settings {
    bool dynamic_sizing = false;
    std::int64_t warm_up = 200, window = 500;
    std::int64_t rsi_length = 14, ema_length = 50, adx_length = 14, volume_length = 20, obv_length = 20;
    std::int64_t needed_conditions = 4;
    double rsi_buy = 45, min_adx = 20, volume_buy = 1;
    double rsi_sell = 60, volume_sell = 2;
    double confidence_all = 85, confidence_buy = 70, confidence_sell = 80;
    double size = 0.5;
    double stop_loss = 5, take_profit = 10;
  };
  using S = Settings;
  static constexpr auto parameters = live_but(std::array{
      parameter(&S::dynamic_sizing, "dynamic_sizing", "Dynamic sizing", "Spend the share given by size; off, a BUY spends all the bot's cash."),
      parameter(&S::warm_up, "warm_up", "Warm-up", "Candles it has to see before it says anything but HOLD.", "candles", 30, 5000).advanced(),
      parameter(&S::window, "window", "Window", "Candles of history it asks for at the start.", "candles", 100, 5000).advanced(),
      parameter(&S::rsi_length, "rsi_length", "RSI length", "Length of the relative strength index.", "candles", 1, 1000).advanced(),
      parameter(&S::ema_length, "ema_length", "EMA length", "Length of the average the close is compared with.", "candles", 1, 1000).advanced(),
      parameter(&S::adx_length, "adx_length", "ADX length", "Length of ADX.", "candles", 1, 1000).advanced(),
      parameter(&S::volume_length, "volume_length", "Volume length", "The volume is compared with its mean over so many candles.", "candles", 1, 1000).advanced(),
      parameter(&S::obv_length, "obv_length", "OBV length", "On-balance volume is compared with its mean over so many candles.", "candles", 1, 1000).advanced(),
      parameter(&S::needed_conditions, "needed_conditions", "Needed conditions", "How many of the five conditions a BUY needs.", "", 1, 5),
      parameter(&S::rsi_buy, "rsi_buy", "RSI for a BUY", "Condition 1: RSI below this.", "", 0, 100),
      parameter(&S::min_adx, "min_adx", "ADX for a BUY", "Condition 3: ADX above this.", "", 0, 100),
      parameter(&S::volume_buy, "volume_buy", "Volume for a BUY", "Condition 4: volume above so many times its mean.", "x", 0, 100),
      parameter(&S::rsi_sell, "rsi_sell", "RSI for a SELL", "RSI above this makes a SELL.", "", 0, 100),
      parameter(&S::volume_sell, "volume_sell", "Volume for a SELL", "A lower close on more than so many times the mean volume makes a SELL.", "x", 0, 100),
      parameter(&S::confidence_all, "confidence_all", "Confidence, all five", "Confidence of a BUY on which all five agree.", "%", 0, 100).advanced(),
      parameter(&S::confidence_buy, "confidence_buy", "Confidence, BUY", "Confidence of any other BUY.", "%", 0, 100).advanced(),
      parameter(&S::confidence_sell, "confidence_sell", "Confidence, SELL", "Confidence of a SELL.", "%", 0, 100).advanced(),
      parameter(&S::size, "size", "Size", "Share of the cash a BUY spends where dynamic sizing is on.", "", 0.01, 1),
      parameter(&S::stop_loss, "stop_loss", "Stop-loss", "Distance below the entry.", "%", 0.1, 99),
      parameter(&S::take_profit, "take_profit", "Take-profit", "Distance above the entry.", "%", 0.1, 1000),
  }, {"warm_up", "window", "rsi_length", "ema_length", "adx_length", "volume_length", "obv_length"});
  static constexpr About about{
      .id = "stratdock.simple_profitable", .alias = "simple_profitable", .name = "Simple profitable", .version = "1.0.0",
      .vendor = "Stratdock",
      .doc = "Buys when at least four of five plain conditions hold: RSI low, close above its EMA, ADX shows a trend, volume "
             "above its mean, on-balance volume above its mean. Sells when RSI is high, the close falls below its EMA, or "
             "the close falls on high volume."};

  explicit SimpleProfitable(const Settings& settings)
      : s_(settings), rsi_(settings.rsi_length), ema_(settings.ema_length), adx_(settings.adx_length),
        volume_mean_(settings.volume_length), obv_mean_(settings.obv_length),
        rsi_name_("RSI", settings.rsi_length), ema_name_("EMA", settings.ema_length), adx_name_("ADX", settings.adx_length) {
    if (settings.window < settings.warm_up) throw BadParameters("window must not be below warm_up");
  }

  void change(const Settings& settings) { s_ = settings; }

  Requirements requirements() const {
    return {.warm_up = static_cast<std::uint32_t>(s_.warm_up), .window = static_cast<std::uint32_t>(s_.window)};
  }

  void update(const Candle& candle) {
    previous_close_ = close_;
    close_ = candle.close;
    volume_ = candle.volume;
    rsi_.update(close_);
    ema_.update(close_);
    adx_.update(candle.high, candle.low, close_);
    volume_mean_.update(volume_);
    obv_.update(close_, volume_);
    obv_mean_.update(obv_.value());
  }

  void decide(const Input&, Decision& decision) const {
    const double rsi = rsi_.value();
    const double ratio = volume_ratio();
    const bool fell_on_volume = ratio > s_.volume_sell && close_ < previous_close_;
    if (rsi > s_.rsi_sell || close_ < ema_.value() || fell_on_volume) {
      decision.sell(s_.confidence_sell / 100);
      if (rsi > s_.rsi_sell) decision.because("RSI ", fixed(rsi, 1), " > ", s_.rsi_sell);
      if (close_ < ema_.value()) decision.because("close below EMA ", s_.ema_length);
      if (fell_on_volume) decision.because("lower close on volume ratio ", fixed(ratio, 2), " > ", s_.volume_sell);
      return;
    }
    const bool low_rsi = rsi < s_.rsi_buy, above = close_ > ema_.value(), trend = adx_.value() > s_.min_adx;
    const bool volume = ratio > s_.volume_buy, flow = obv_.value() > obv_mean_.value();
    const std::int64_t count = low_rsi + above + trend + volume + flow;
    if (count >= s_.needed_conditions) {
      decision.buy((count == 5 ? s_.confidence_all : s_.confidence_buy) / 100);
      decision.stop_loss(s_.stop_loss / 100);
      decision.take_profit(s_.take_profit / 100);
      if (s_.dynamic_sizing) decision.size(s_.size);
    }
    decision.because(count, " of 5 conditions, needed ", s_.needed_conditions);
    if (low_rsi) decision.because("RSI < ", s_.rsi_buy);
    if (above) decision.because("close above EMA ", s_.ema_length);
    if (trend) decision.because("ADX > ", s_.min_adx);
    if (volume) decision.because("volume ratio > ", s_.volume_buy);
    if (flow) decision.because("OBV above its mean");
  }

  template <class State>
  void state(State& s) {
    s(rsi_, ema_, adx_, volume_mean_, obv_, obv_mean_, close_, previous_close_, volume_);
  }

  void explain(Chart& chart) const {
    chart.line("ema", ema_name_.text(), ema_.value());
    chart.pane("rsi", "RSI", 0, 100);
    chart.line("rsi", rsi_name_.text(), rsi_.value(), "rsi");
    chart.level("rsi", "buy below", s_.rsi_buy);
    chart.level("rsi", "sell above", s_.rsi_sell);
    chart.pane("adx", "Trend strength", 0, 100);
    chart.line("adx", adx_name_.text(), adx_.value(), "adx");
    chart.level("adx", "trend", s_.min_adx);
    chart.pane("volume", "Volume / mean", 0, 0);
    chart.line("volume_ratio", "Volume / mean", volume_ratio(), "volume", DOCK_STYLE_HISTOGRAM);
    chart.level("volume", "buy above", s_.volume_buy);
    chart.level("volume", "sell above", s_.volume_sell);
    chart.pane("obv", "On-balance volume", 0, 0);
    chart.line("obv", "OBV", obv_.value(), "obv");
    chart.line("obv_mean", "OBV mean", obv_mean_.value(), "obv", DOCK_STYLE_DASHED);
  }

 private:
  double volume_ratio() const { return volume_mean_.value() > 0 ? volume_ / volume_mean_.value() : kNone; }

  Settings s_;
  Rsi rsi_;
  Ema ema_;
  Adx adx_;
  RollingMean volume_mean_;
  Obv obv_;
  RollingMean obv_mean_;
  Label rsi_name_, ema_name_, adx_name_;
  double close_ = kNone;
  double previous_close_ = kNone;
  double volume_ = kNone;
};

STRATDOCK_EXPORT(SimpleProfitable)
