// volatile: for coins that move a lot. Two filters, then a score for each side; wide stops from the ATR.
#include "common/score.hpp"

using namespace score;

class Volatile {
 public:
  struct Settings : IndicatorSettings {
    bool dynamic_sizing = false;
    std::int64_t ema_trend = 200;
    double bollinger_width = 2.5;
    std::int64_t needed_score = 70;
    double max_atr = 8, min_adx = 20;
    double rsi_buy_strong = 25, rsi_buy = 35, rsi_sell_strong = 75, rsi_sell = 65;
    std::int64_t rsi_strong_points = 20, rsi_points = 10;
    std::int64_t divergence_length = 10;
    double divergence_price = 1, divergence_rsi = 5;
    std::int64_t divergence_points = 25;
    std::int64_t macd_cross_points = 25, macd_points = 15, macd_against_points = -20;
    double stochastic_buy = 20, stochastic_sell = 80;
    std::int64_t stochastic_points = 20;
    double bollinger_buy = 0.15, bollinger_sell = 0.85;
    std::int64_t bollinger_points = 15;
    double volume_buy = 1.8, volume_sell = 2, volume_sell_momentum = 3, volume_low = 0.8;
    std::int64_t volume_points = 20, volume_low_points = -15;
    std::int64_t obv_cross_points = 20, obv_points = 10, obv_against_points = -10;
    std::int64_t trend_strong_points = 25, trend_points = 10, trend_against_points = -25;
    double adx_strong = 30, adx_medium = 25;
    std::int64_t adx_strong_points = 20, adx_medium_points = 10;
    double spike_volume = 3, spike_momentum = 15;
    std::int64_t pump_points = -30, dump_points = 30;
    double size_calm = 0.7, size_lively = 0.5, size_wild = 0.3;
    double lively_atr = 3, wild_atr = 5;
    double stop_atr = 3, target_atr = 6;
  };
  using S = Settings;
  static constexpr auto parameters = joined(indicator_parameters<S>(), live_but(std::array{
      parameter(&S::dynamic_sizing, "dynamic_sizing", "Dynamic sizing", "Spend less where the market is wild; off, a BUY spends all the bot's cash."),
      parameter(&S::ema_trend, "ema_trend", "Trend EMA", "Length of the slowest average, asked for a strong trend.", "candles", 1, 1000).advanced(),
      parameter(&S::bollinger_width, "bollinger_width", "Bollinger width", "Width of the bands in standard deviations.", "", 0.1, 10).advanced(),
      parameter(&S::needed_score, "needed_score", "Needed score", "Points a side needs, and more than the other.", "points", 1, 300),
      parameter(&S::max_atr, "max_atr", "Highest ATR", "Above this share of the price the market is too volatile: HOLD.", "%", 0.1, 100),
      parameter(&S::min_adx, "min_adx", "Lowest ADX", "Below this the trend is too weak: HOLD.", "", 0, 100),
      parameter(&S::rsi_buy_strong, "rsi_buy_strong", "RSI deeply oversold", "RSI below this counts strongly for a BUY.", "", 0, 100),
      parameter(&S::rsi_buy, "rsi_buy", "RSI oversold", "RSI below this counts for a BUY.", "", 0, 100),
      parameter(&S::rsi_sell_strong, "rsi_sell_strong", "RSI deeply overbought", "RSI above this counts strongly for a SELL.", "", 0, 100),
      parameter(&S::rsi_sell, "rsi_sell", "RSI overbought", "RSI above this counts for a SELL.", "", 0, 100),
      points(&S::rsi_strong_points, "rsi_strong_points", "Points: RSI, strong"),
      points(&S::rsi_points, "rsi_points", "Points: RSI"),
      parameter(&S::divergence_length, "divergence_length", "Divergence length", "Candles over which price and RSI are compared.", "candles", 2, 500).advanced(),
      parameter(&S::divergence_price, "divergence_price", "Divergence: price", "The close counts as the extreme of those candles within this distance.", "%", 0, 50).advanced(),
      parameter(&S::divergence_rsi, "divergence_rsi", "Divergence: RSI", "RSI must have moved the other way by more than this.", "", 0, 100).advanced(),
      points(&S::divergence_points, "divergence_points", "Points: divergence"),
      points(&S::macd_cross_points, "macd_cross_points", "Points: MACD crosses its signal"),
      points(&S::macd_points, "macd_points", "Points: MACD on the right side"),
      points(&S::macd_against_points, "macd_against_points", "Points: MACD below its signal, on a BUY"),
      parameter(&S::stochastic_buy, "stochastic_buy", "Stochastic oversold", "%K below this and above %D counts for a BUY.", "", 0, 100),
      parameter(&S::stochastic_sell, "stochastic_sell", "Stochastic overbought", "%K above this and below %D counts for a SELL.", "", 0, 100),
      points(&S::stochastic_points, "stochastic_points", "Points: stochastic"),
      parameter(&S::bollinger_buy, "bollinger_buy", "Bollinger low", "A close below this place in the bands (0 lower, 1 upper) counts for a BUY.", "", -5, 5),
      parameter(&S::bollinger_sell, "bollinger_sell", "Bollinger high", "A close above this place in the bands counts for a SELL.", "", -5, 5),
      points(&S::bollinger_points, "bollinger_points", "Points: Bollinger"),
      parameter(&S::volume_buy, "volume_buy", "Volume for a BUY", "Volume above so many times its mean counts for a BUY.", "x", 0, 100),
      parameter(&S::volume_sell, "volume_sell", "Volume for a SELL", "Volume above so many times its mean counts for a SELL when the price falls.", "x", 0, 100),
      parameter(&S::volume_sell_momentum, "volume_sell_momentum", "Fall for a SELL", "The fall that is asked along with the volume.", "%", 0, 100),
      parameter(&S::volume_low, "volume_low", "Low volume", "Volume below so many times its mean counts against a BUY.", "x", 0, 100),
      points(&S::volume_points, "volume_points", "Points: volume"),
      points(&S::volume_low_points, "volume_low_points", "Points: low volume, on a BUY"),
      points(&S::obv_cross_points, "obv_cross_points", "Points: OBV crosses its EMA"),
      points(&S::obv_points, "obv_points", "Points: OBV on the right side"),
      points(&S::obv_against_points, "obv_against_points", "Points: OBV below its EMA, on a BUY"),
      points(&S::trend_strong_points, "trend_strong_points", "Points: strong trend"),
      points(&S::trend_points, "trend_points", "Points: trend"),
      points(&S::trend_against_points, "trend_against_points", "Points: trend down, on a BUY"),
      parameter(&S::adx_strong, "adx_strong", "ADX strong", "ADX above this, with the direction, counts for that side.", "", 0, 100),
      parameter(&S::adx_medium, "adx_medium", "ADX medium", "ADX above this counts for a BUY.", "", 0, 100),
      points(&S::adx_strong_points, "adx_strong_points", "Points: ADX strong"),
      points(&S::adx_medium_points, "adx_medium_points", "Points: ADX medium, on a BUY"),
      parameter(&S::spike_volume, "spike_volume", "Volume spike", "Volume above so many times its mean is a spike.", "x", 0, 1000),
      parameter(&S::spike_momentum, "spike_momentum", "Pump and dump", "A spike with a move beyond this is a pump or a dump.", "%", 0, 1000),
      points(&S::pump_points, "pump_points", "Points: pump, on a BUY"),
      points(&S::dump_points, "dump_points", "Points: dump, on a SELL"),
      parameter(&S::size_calm, "size_calm", "Size, calm", "Share of the cash a BUY spends in a calm market.", "", 0.01, 1).advanced(),
      parameter(&S::size_lively, "size_lively", "Size, lively", "Share of the cash where the ATR is above lively_atr.", "", 0.01, 1).advanced(),
      parameter(&S::size_wild, "size_wild", "Size, wild", "Share of the cash where the ATR is above wild_atr.", "", 0.01, 1).advanced(),
      parameter(&S::lively_atr, "lively_atr", "Lively from", "ATR above this is lively.", "%", 0, 100).advanced(),
      parameter(&S::wild_atr, "wild_atr", "Wild from", "ATR above this is wild.", "%", 0, 100).advanced(),
      parameter(&S::stop_atr, "stop_atr", "Stop-loss", "Distance of the stop-loss below the entry.", "ATR", 0.1, 50),
      parameter(&S::target_atr, "target_atr", "Take-profit", "Distance of the take-profit above the entry.", "ATR", 0.1, 100),
  }, {"ema_trend", "bollinger_width", "divergence_length"}));
  static constexpr About about{
      .id = "stratdock.volatile", .alias = "volatile", .name = "Volatile", .version = "1.0.0", .vendor = "Stratdock",
      .doc = "For coins that move a lot. Holds where the market is too volatile or has no trend; otherwise scores RSI, "
             "divergence, MACD, stochastic, Bollinger bands, volume, on-balance volume, trend and ADX for both sides and "
             "acts on the higher one. Stop-loss and take-profit are multiples of the average true range."};

  explicit Volatile(const Settings& settings)
      : s_(settings), now_(settings, settings.bollinger_width), ema_trend_(settings.ema_trend), ema_trend_name_("EMA", settings.ema_trend),
        lowest_(settings.divergence_length), highest_(settings.divergence_length), old_rsi_(settings.divergence_length - 1) {
    check(settings);
    if (settings.ema_long >= settings.ema_trend) throw BadParameters("ema_long must be below ema_trend");
    check_sizes(settings);
  }

  void change(const Settings& settings) {
    check_sizes(settings);
    s_ = settings;
  }

  Requirements requirements() const { return score::requirements(s_); }

  void update(const Candle& candle) {
    now_.update(candle);
    ema_trend_.update(candle.close);
    lowest_.update(candle.close);
    highest_.update(candle.close);
    old_rsi_.update(now_.rsi.value());
  }

  void decide(const Input&, Decision& decision) const {
    const double atr_percent = now_.atr_percent();
    if (atr_percent > s_.max_atr) return decision.because("too volatile: ATR > ", s_.max_atr, " %");
    if (now_.adx.value() < s_.min_adx) return decision.because("weak trend: ADX < ", s_.min_adx);
    if (judge(buy_side(), sell_side(), s_.needed_score, decision) != Verdict::buy) return;
    protect(decision, now_.atr.value(), now_.close, s_.stop_atr, s_.target_atr);
    if (!s_.dynamic_sizing) return;
    const bool wild = atr_percent > s_.wild_atr;
    const bool lively = atr_percent > s_.lively_atr;
    decision.size(wild ? s_.size_wild : lively ? s_.size_lively : s_.size_calm);
    decision.because("ATR ", fixed(atr_percent, 2), " %");
  }

  template <class State>
  void state(State& s) {
    s(now_, ema_trend_, lowest_, highest_, old_rsi_);
  }

  void explain(Chart& chart) const {
    draw(chart, now_, {s_.rsi_buy, s_.rsi_sell, s_.stochastic_buy, s_.stochastic_sell, s_.min_adx, s_.volume_buy});
    chart.line("ema_trend", ema_trend_name_.text(), ema_trend_.value());
    chart.level("rsi", "deeply oversold", s_.rsi_buy_strong);
    chart.level("rsi", "deeply overbought", s_.rsi_sell_strong);
    chart.level("adx", "strong trend", s_.adx_strong);
    chart.level("volume", "low", s_.volume_low);
    chart.level("atr", "too volatile", s_.max_atr);
  }

 private:
  static void check_sizes(const Settings& settings) {
    if (settings.lively_atr > settings.wild_atr) throw BadParameters("lively_atr must not be above wild_atr");
  }

  bool strong_up() const {
    return now_.trend_up() && now_.ema_slow.value() > now_.ema_long.value() && now_.ema_long.value() > ema_trend_.value();
  }
  bool strong_down() const {
    return now_.ema_fast.value() < now_.ema_slow.value() && now_.ema_slow.value() < now_.ema_long.value() &&
           now_.ema_long.value() < ema_trend_.value();
  }

  Side buy_side() const {
    Side buy;
    const double rsi = now_.rsi.value();
    if (rsi < s_.rsi_buy_strong) buy.add(s_.rsi_strong_points, "RSI", rsi, "<", s_.rsi_buy_strong);
    else if (rsi < s_.rsi_buy) buy.add(s_.rsi_points, "RSI", rsi, "<", s_.rsi_buy);
    if (now_.close <= (1 + s_.divergence_price / 100) * lowest_.value() && rsi - old_rsi_.value() > s_.divergence_rsi)
      buy.add(s_.divergence_points, "low price but RSI rose", rsi - old_rsi_.value(), ">", s_.divergence_rsi);

    const double macd = now_.macd.macd();
    if (now_.macd.crossed_above()) buy.add(s_.macd_cross_points, "MACD crossed above its signal");
    else if (macd > now_.macd.signal() && macd > 0) buy.add(s_.macd_points, "MACD above its signal and above 0");
    else if (macd <= now_.macd.signal()) buy.add(s_.macd_against_points, "MACD not above its signal");

    const double k = now_.stochastic.k();
    if (k < s_.stochastic_buy && k > now_.stochastic.d()) buy.add(s_.stochastic_points, "%K above %D and", k, "<", s_.stochastic_buy);
    const double place = now_.bollinger_position();
    if (place < s_.bollinger_buy) buy.add(s_.bollinger_points, "place in the Bollinger bands", place, "<", s_.bollinger_buy);

    const double ratio = now_.volume_ratio();
    if (ratio > s_.volume_buy) buy.add(s_.volume_points, "volume ratio", ratio, ">", s_.volume_buy);
    if (ratio < s_.volume_low) buy.add(s_.volume_low_points, "volume ratio", ratio, "<", s_.volume_low);
    if (now_.obv_crossed_above()) buy.add(s_.obv_cross_points, "OBV crossed above its EMA");
    else if (now_.obv.value() > now_.obv_ema.value()) buy.add(s_.obv_points, "OBV above its EMA");
    else if (now_.obv.value() < now_.obv_ema.value()) buy.add(s_.obv_against_points, "OBV below its EMA");

    if (strong_up()) buy.add(s_.trend_strong_points, "strong trend up");
    else if (now_.trend_up()) buy.add(s_.trend_points, "trend up");
    else buy.add(s_.trend_against_points, "trend down");
    const double adx = now_.adx.value();
    if (adx > s_.adx_strong && now_.adx.plus_di() > now_.adx.minus_di()) buy.add(s_.adx_strong_points, "+DI above -DI and ADX", adx, ">", s_.adx_strong);
    else if (adx > s_.adx_medium) buy.add(s_.adx_medium_points, "ADX", adx, ">", s_.adx_medium);
    if (ratio > s_.spike_volume && now_.momentum.value() > s_.spike_momentum) buy.add(s_.pump_points, "pump: momentum", now_.momentum.value(), ">", s_.spike_momentum);
    return buy;
  }

  Side sell_side() const {
    Side sell;
    const double rsi = now_.rsi.value();
    if (rsi > s_.rsi_sell_strong) sell.add(s_.rsi_strong_points, "RSI", rsi, ">", s_.rsi_sell_strong);
    else if (rsi > s_.rsi_sell) sell.add(s_.rsi_points, "RSI", rsi, ">", s_.rsi_sell);
    if (now_.close >= (1 - s_.divergence_price / 100) * highest_.value() && old_rsi_.value() - rsi > s_.divergence_rsi)
      sell.add(s_.divergence_points, "high price but RSI fell", old_rsi_.value() - rsi, ">", s_.divergence_rsi);

    if (now_.macd.crossed_below()) sell.add(s_.macd_cross_points, "MACD crossed below its signal");
    else if (now_.macd.macd() < now_.macd.signal()) sell.add(s_.macd_points, "MACD below its signal");

    const double k = now_.stochastic.k();
    if (k > s_.stochastic_sell && k < now_.stochastic.d()) sell.add(s_.stochastic_points, "%K below %D and", k, ">", s_.stochastic_sell);
    const double place = now_.bollinger_position();
    if (place > s_.bollinger_sell) sell.add(s_.bollinger_points, "place in the Bollinger bands", place, ">", s_.bollinger_sell);

    const double ratio = now_.volume_ratio();
    const double momentum = now_.momentum.value();
    if (ratio > s_.volume_sell && momentum < -s_.volume_sell_momentum) sell.add(s_.volume_points, "falling with volume ratio", ratio, ">", s_.volume_sell);
    if (now_.obv_crossed_below()) sell.add(s_.obv_cross_points, "OBV crossed below its EMA");
    else if (now_.obv.value() < now_.obv_ema.value()) sell.add(s_.obv_points, "OBV below its EMA");

    if (strong_down()) sell.add(s_.trend_strong_points, "strong trend down");
    else if (!now_.trend_up()) sell.add(s_.trend_points, "trend down");
    const double adx = now_.adx.value();
    if (adx > s_.adx_strong && now_.adx.minus_di() > now_.adx.plus_di()) sell.add(s_.adx_strong_points, "-DI above +DI and ADX", adx, ">", s_.adx_strong);
    if (ratio > s_.spike_volume && momentum < -s_.spike_momentum) sell.add(s_.dump_points, "dump: momentum", momentum, "<", -s_.spike_momentum);
    return sell;
  }

  Settings s_;
  Indicators now_;
  Ema ema_trend_;
  Label ema_trend_name_;
  RollingMin lowest_;
  RollingMax highest_;
  Lag old_rsi_;
};

STRATDOCK_EXPORT(Volatile)
