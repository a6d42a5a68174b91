// enhanced: a score for each side in ordinary markets, with the size of a BUY set by how lively the market is.
#include "common/score.hpp"

using namespace score;

class Enhanced {
 public:
  struct Settings : IndicatorSettings {
    bool dynamic_sizing = true;
    double bollinger_width = 2;
    std::int64_t needed_score = 50;
    double rsi_buy_strong = 30, rsi_buy = 40, rsi_sell = 70;
    std::int64_t rsi_strong_points = 15, rsi_points = 8;
    std::int64_t macd_cross_points = 20, macd_points = 10;
    double stochastic_buy = 20, stochastic_sell = 80;
    std::int64_t stochastic_points = 15;
    double bollinger_buy = 0.2, bollinger_sell = 0.8;
    std::int64_t bollinger_points = 10;
    double volume_high = 1.5;
    std::int64_t volume_points = 10;
    std::int64_t obv_points = 8;
    std::int64_t trend_strong_points = 15, trend_points = 8;
    double adx_strong = 25;
    std::int64_t adx_points = 10;
    double normal_atr = 1.5, lively_atr = 2.5, wild_atr = 4;
    double size_calm = 1, size_normal = 0.75, size_lively = 0.5, size_wild = 0.3;
    double stop_atr = 2, target_atr = 4;
  };
  using S = Settings;
  static constexpr auto parameters = joined(indicator_parameters<S>(), live_but(std::array{
      parameter(&S::dynamic_sizing, "dynamic_sizing", "Dynamic sizing", "Spend less where the market is wild; off, a BUY spends all the bot's cash."),
      parameter(&S::bollinger_width, "bollinger_width", "Bollinger width", "Width of the bands in standard deviations.", "", 0.1, 10).advanced(),
      parameter(&S::needed_score, "needed_score", "Needed score", "Points a side needs, and more than the other.", "points", 1, 300),
      parameter(&S::rsi_buy_strong, "rsi_buy_strong", "RSI deeply oversold", "RSI below this counts strongly for a BUY.", "", 0, 100),
      parameter(&S::rsi_buy, "rsi_buy", "RSI oversold", "RSI below this counts for a BUY.", "", 0, 100),
      parameter(&S::rsi_sell, "rsi_sell", "RSI overbought", "RSI above this counts for a SELL.", "", 0, 100),
      points(&S::rsi_strong_points, "rsi_strong_points", "Points: RSI, strong"),
      points(&S::rsi_points, "rsi_points", "Points: RSI"),
      points(&S::macd_cross_points, "macd_cross_points", "Points: MACD crosses its signal"),
      points(&S::macd_points, "macd_points", "Points: MACD on the right side"),
      parameter(&S::stochastic_buy, "stochastic_buy", "Stochastic oversold", "%K below this and rising counts for a BUY.", "", 0, 100),
      parameter(&S::stochastic_sell, "stochastic_sell", "Stochastic overbought", "%K above this and falling counts for a SELL.", "", 0, 100),
      points(&S::stochastic_points, "stochastic_points", "Points: stochastic"),
      parameter(&S::bollinger_buy, "bollinger_buy", "Bollinger low", "A close below this place in the bands (0 lower, 1 upper) counts for a BUY.", "", -5, 5),
      parameter(&S::bollinger_sell, "bollinger_sell", "Bollinger high", "A close above this place in the bands counts for a SELL.", "", -5, 5),
      points(&S::bollinger_points, "bollinger_points", "Points: Bollinger"),
      parameter(&S::volume_high, "volume_high", "High volume", "Volume above so many times its mean counts for both sides.", "x", 0, 100),
      points(&S::volume_points, "volume_points", "Points: volume"),
      points(&S::obv_points, "obv_points", "Points: OBV"),
      points(&S::trend_strong_points, "trend_strong_points", "Points: strong trend"),
      points(&S::trend_points, "trend_points", "Points: trend"),
      parameter(&S::adx_strong, "adx_strong", "ADX strong", "ADX above this, with the direction, counts for that side.", "", 0, 100),
      points(&S::adx_points, "adx_points", "Points: ADX"),
      parameter(&S::normal_atr, "normal_atr", "Normal from", "ATR below this is calm.", "%", 0, 100).advanced(),
      parameter(&S::lively_atr, "lively_atr", "Lively from", "ATR below this is normal.", "%", 0, 100).advanced(),
      parameter(&S::wild_atr, "wild_atr", "Wild from", "ATR below this is lively, from it on wild.", "%", 0, 100).advanced(),
      parameter(&S::size_calm, "size_calm", "Size, calm", "Share of the cash a BUY spends in a calm market.", "", 0.01, 1),
      parameter(&S::size_normal, "size_normal", "Size, normal", "Share of the cash in a normal market.", "", 0.01, 1),
      parameter(&S::size_lively, "size_lively", "Size, lively", "Share of the cash in a lively market.", "", 0.01, 1),
      parameter(&S::size_wild, "size_wild", "Size, wild", "Share of the cash in a wild market.", "", 0.01, 1),
      parameter(&S::stop_atr, "stop_atr", "Stop-loss", "Distance of the stop-loss below the entry.", "ATR", 0.1, 50),
      parameter(&S::target_atr, "target_atr", "Take-profit", "Distance of the take-profit above the entry.", "ATR", 0.1, 100),
  }, {"bollinger_width"}));
  static constexpr About about{
      .id = "stratdock.enhanced", .alias = "enhanced", .name = "Enhanced", .version = "1.0.0", .vendor = "Stratdock",
      .doc = "Scores RSI, MACD, stochastic, Bollinger bands, volume, on-balance volume, trend and ADX for both sides and "
             "acts on the higher one. A BUY is smaller the wilder the market is: calm, normal, lively or wild by the "
             "average true range, which also sets stop-loss and take-profit."};

  explicit Enhanced(const Settings& settings) : s_(settings), now_(settings, settings.bollinger_width) {
    check(settings);
    check_sizes(settings);
  }

  void change(const Settings& settings) {
    check_sizes(settings);
    s_ = settings;
  }

  Requirements requirements() const { return score::requirements(s_); }
  void update(const Candle& candle) { now_.update(candle); }

  void decide(const Input&, Decision& decision) const {
    const Verdict verdict = judge(buy_side(), sell_side(), s_.needed_score, decision);
    const double atr_percent = now_.atr_percent();
    double size = s_.size_wild;
    const char* regime = "wild";
    if (atr_percent < s_.normal_atr) size = s_.size_calm, regime = "calm";
    else if (atr_percent < s_.lively_atr) size = s_.size_normal, regime = "normal";
    else if (atr_percent < s_.wild_atr) size = s_.size_lively, regime = "lively";
    decision.because("market ", regime);
    if (verdict != Verdict::buy) return;
    protect(decision, now_.atr.value(), now_.close, s_.stop_atr, s_.target_atr);
    if (s_.dynamic_sizing) decision.size(size);
  }

  template <class State>
  void state(State& s) {
    s(now_);
  }

  void explain(Chart& chart) const {
    draw(chart, now_, {s_.rsi_buy, s_.rsi_sell, s_.stochastic_buy, s_.stochastic_sell, s_.adx_strong, s_.volume_high});
    chart.level("rsi", "deeply oversold", s_.rsi_buy_strong);
    chart.level("atr", "normal", s_.normal_atr);
    chart.level("atr", "lively", s_.lively_atr);
    chart.level("atr", "wild", s_.wild_atr);
  }

 private:
  static void check_sizes(const Settings& settings) {
    if (settings.normal_atr > settings.lively_atr || settings.lively_atr > settings.wild_atr)
      throw BadParameters("normal_atr, lively_atr and wild_atr must ascend");
  }

  Side buy_side() const {
    Side buy;
    const double rsi = now_.rsi.value();
    if (rsi < s_.rsi_buy_strong) buy.add(s_.rsi_strong_points, "RSI", rsi, "<", s_.rsi_buy_strong);
    else if (rsi < s_.rsi_buy) buy.add(s_.rsi_points, "RSI", rsi, "<", s_.rsi_buy);
    if (now_.macd.crossed_above()) buy.add(s_.macd_cross_points, "MACD crossed above its signal");
    else if (now_.macd.macd() > now_.macd.signal()) buy.add(s_.macd_points, "MACD above its signal");
    const double k = now_.stochastic.k();
    if (k < s_.stochastic_buy && k > now_.stochastic.previous_k()) buy.add(s_.stochastic_points, "%K rising and", k, "<", s_.stochastic_buy);
    const double place = now_.bollinger_position();
    if (place < s_.bollinger_buy) buy.add(s_.bollinger_points, "place in the Bollinger bands", place, "<", s_.bollinger_buy);
    const double ratio = now_.volume_ratio();
    if (ratio > s_.volume_high) buy.add(s_.volume_points, "volume ratio", ratio, ">", s_.volume_high);
    if (now_.obv.value() > now_.obv_ema.value()) buy.add(s_.obv_points, "OBV above its EMA");
    if (now_.trend_up() && now_.ema_slow.value() > now_.ema_long.value()) buy.add(s_.trend_strong_points, "strong trend up");
    else if (now_.trend_up()) buy.add(s_.trend_points, "trend up");
    if (now_.adx.value() > s_.adx_strong && now_.adx.plus_di() > now_.adx.minus_di()) buy.add(s_.adx_points, "+DI above -DI and ADX", now_.adx.value(), ">", s_.adx_strong);
    return buy;
  }

  Side sell_side() const {
    Side sell;
    const double rsi = now_.rsi.value();
    if (rsi > s_.rsi_sell) sell.add(s_.rsi_strong_points, "RSI", rsi, ">", s_.rsi_sell);
    if (now_.macd.crossed_below()) sell.add(s_.macd_cross_points, "MACD crossed below its signal");
    else if (now_.macd.macd() < now_.macd.signal()) sell.add(s_.macd_points, "MACD below its signal");
    const double k = now_.stochastic.k();
    if (k > s_.stochastic_sell && k < now_.stochastic.previous_k()) sell.add(s_.stochastic_points, "%K falling and", k, ">", s_.stochastic_sell);
    const double place = now_.bollinger_position();
    if (place > s_.bollinger_sell) sell.add(s_.bollinger_points, "place in the Bollinger bands", place, ">", s_.bollinger_sell);
    const double ratio = now_.volume_ratio();
    if (ratio > s_.volume_high) sell.add(s_.volume_points, "volume ratio", ratio, ">", s_.volume_high);
    if (now_.obv.value() < now_.obv_ema.value()) sell.add(s_.obv_points, "OBV below its EMA");
    const bool falling = now_.ema_fast.value() < now_.ema_slow.value();
    if (falling && now_.ema_slow.value() < now_.ema_long.value()) sell.add(s_.trend_strong_points, "strong trend down");
    else if (!now_.trend_up()) sell.add(s_.trend_points, "trend down");
    if (now_.adx.value() > s_.adx_strong && now_.adx.minus_di() > now_.adx.plus_di()) sell.add(s_.adx_points, "-DI above +DI and ADX", now_.adx.value(), ">", s_.adx_strong);
    return sell;
  }

  Settings s_;
  Indicators now_;
};

STRATDOCK_EXPORT(Enhanced)
