#include "host/market/synthetic_source.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.hpp"
#include "host/market/symbol_rules.hpp"

namespace stratdock {
namespace {

constexpr uint64_t golden_gamma = 0x9e3779b97f4a7c15;  // splitmix64's increment

// splitmix64's finalizer (Steele, Lea, Flood 2014): a bijection that turns a counter into noise.
uint64_t mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// The random numbers of one candle: a stream that depends on key and index alone.
class Noise {
public:
  Noise(uint64_t key, uint64_t index) : state_(mix(key + index * golden_gamma)) {}
  uint64_t next() { return mix(state_ += golden_gamma); }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  // About normal: the sum of twelve uniforms (Irwin-Hall) has variance 1, and needs no logarithm.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 3; ++i) {
      const uint64_t bits = next();
      for (int shift = 0; shift < 64; shift += 16) sum += (static_cast<double>((bits >> shift) & 0xffff) + 0.5) * 0x1p-16;
    }
    return sum;
  }

private:
  uint64_t state_;
};

uint64_t key_of(uint64_t seed, std::string_view name) {
  uint64_t key = mix(seed + golden_gamma);
  for (const char c : name) key = mix(key ^ static_cast<unsigned char>(c)) + golden_gamma;
  return key;
}

// What a regime does to a candle, in units of the symbol's usual deviation.
struct Regime {
  double drift, noise, volume;
};
constexpr std::array<Regime, 6> regimes = {{{0.22, 0.9, 1.1}, {-0.20, 0.95, 1.1}, {0, 0.7, 0.8}, {0.12, 0.6, 0.9}, {-0.12, 0.65, 0.9}, {0.05, 1.9, 2.2}}};

constexpr double market_share = 0.6, own_share = 0.8;  // squares add up to one
constexpr double jump_chance = 1.0 / 300, jump_size = 4;
constexpr double pull = 0.0004;  // of the distance to the first price, per candle
constexpr double max_return = 0.25;
constexpr int steps_in_candle = 8;

}  // namespace

// The walk of one symbol. step() is the model.
class SyntheticSource::Walk {
public:
  Walk(const SyntheticSymbol& settings, const Symbol& rules, uint64_t seed, int64_t interval_ms)
      : own_key_(key_of(seed, settings.symbol)), market_key_(key_of(seed, "")), interval_ms_(interval_ms), tick_(rules.price.tick), step_(rules.lot.step),
        first_price_(settings.price.to_double()),
        deviation_(settings.volatility * std::sqrt(static_cast<double>(interval_ms) / static_cast<double>(day_ms))),
        volume_((settings.volume > 0 ? settings.volume : 2e8) * static_cast<double>(interval_ms) / static_cast<double>(day_ms)) {
    state_.price = to_ticks(first_price_);
    checkpoints_.push_back(state_);
  }

  // The candle of an index (0: the walk's first); cheap for the next one, at most 4,096 steps for any other already reached.
  Candle at(int64_t index, int64_t origin_ms) {
    if (index != state_.index) {
      const auto nearest = std::min<int64_t>(index / checkpoint_distance, static_cast<int64_t>(checkpoints_.size()) - 1);
      const State& checkpoint = checkpoints_[static_cast<size_t>(nearest)];
      if (state_.index > index || state_.index < checkpoint.index) state_ = checkpoint;
    }
    Candle candle;
    while (state_.index <= index) candle = step(origin_ms);
    return candle;
  }

private:
  static constexpr int64_t checkpoint_distance = 4096;
  struct State {
    int64_t index = 0;  // of the next candle
    int64_t price = 0;  // in ticks
    size_t regime = 2;
    int64_t regime_left = 0;  // candles
  };

  int64_t to_ticks(double price) const { return std::max<int64_t>(1, static_cast<int64_t>(price / tick_.to_double() + 0.5)); }
  // The nearest double to the exact decimal: one division of two exact integers.
  double from_ticks(int64_t ticks) const { return Decimal::from_units(tick_.units() * ticks).to_double(); }

  Candle step(int64_t origin_ms) {
    Noise own(own_key_, static_cast<uint64_t>(state_.index));
    Noise market(market_key_, static_cast<uint64_t>(state_.index));
    if (state_.regime_left == 0) {
      state_.regime = own.next() % regimes.size();
      state_.regime_left = 40 + static_cast<int64_t>(own.next() % 200);
    }
    --state_.regime_left;
    const Regime& regime = regimes[state_.regime];
    const double price = from_ticks(state_.price);
    const double distance = (first_price_ - price) / std::max(price, first_price_);
    const double jump = own.uniform() < jump_chance ? own.normal() * jump_size : 0;
    const double total = deviation_ * (regime.drift + regime.noise * (market_share * market.normal() + own_share * own.normal()) + jump) + pull * distance;
    const Candle candle = path(origin_ms, price, std::clamp(total, -max_return, max_return), regime, own);
    state_.price = to_ticks(candle.close);
    if (++state_.index % checkpoint_distance == 0 && state_.index / checkpoint_distance == static_cast<int64_t>(checkpoints_.size())) checkpoints_.push_back(state_);
    return candle;
  }

  // A walk from open to close in a few steps; its extremes are the candle's.
  Candle path(int64_t origin_ms, double open, double total, const Regime& regime, Noise& own) const {
    // e^x up to the third order: close enough for |x| <= 0.25, and the same everywhere.
    const double close = open * (1 + total * (1 + total * (0.5 + total / 6)));
    const int64_t open_ticks = to_ticks(open), close_ticks = to_ticks(close);
    int64_t high = std::max(open_ticks, close_ticks), low = std::min(open_ticks, close_ticks);
    double wander = 0;
    for (int i = 1; i < steps_in_candle; ++i) {
      const double share = static_cast<double>(i) / steps_in_candle;
      // A bridge: noise that fades towards the close.
      wander += own.normal() * deviation_ * regime.noise * 0.35;
      const double between = open + (close - open) * share + open * wander * (1 - share);
      const int64_t ticks = to_ticks(between);
      high = std::max(high, ticks);
      low = std::min(low, ticks);
    }
    const double size = deviation_ > 0 ? std::fabs(total) / deviation_ : 0;
    const double burst = own.uniform() < 0.02 ? 2 + 3 * own.uniform() : 1;
    const double quote = volume_ * regime.volume * burst * (0.35 + own.uniform() * 0.5 + 0.45 * size);
    Candle candle;
    candle.open_time_ms = origin_ms + state_.index * interval_ms_;
    candle.open = from_ticks(open_ticks);
    candle.high = from_ticks(high);
    candle.low = from_ticks(low);
    candle.close = from_ticks(close_ticks);
    candle.volume = on_step(quote / candle.close);
    candle.quote_volume = std::floor(candle.volume * (candle.open + candle.close) / 2 * 100) / 100;
    candle.taker_buy_volume = on_step(candle.volume * std::clamp(0.5 + total / deviation_ * 0.08, 0.1, 0.9));
    candle.trade_count = 1 + static_cast<int64_t>(quote / 2000);
    return candle;
  }

  double on_step(double quantity) const {
    const auto steps = static_cast<int64_t>(quantity / step_.to_double());
    return Decimal::from_units(step_.units() * steps).to_double();
  }

  const uint64_t own_key_, market_key_;
  const int64_t interval_ms_;
  const Decimal tick_, step_;
  const double first_price_, deviation_, volume_;
  State state_;
  std::vector<State> checkpoints_;  // [i]: before candle i * checkpoint_distance
};

SyntheticSource::SyntheticSource() = default;
SyntheticSource::~SyntheticSource() = default;

Result<std::unique_ptr<CandleSource>> SyntheticSource::open(const MarketSettings& settings) {
  if (settings.symbols.empty()) return failure("making up a market: it has no symbols", "name them under market.symbols");
  std::unique_ptr<SyntheticSource> source(new SyntheticSource);
  source->interval_ms_ = settings.interval_ms;
  source->start_ms_ = settings.start_ms - settings.start_ms % settings.interval_ms;
  source->origin_ms_ = source->start_ms_ - settings.warmup * settings.interval_ms;
  source->end_ms_ = settings.end_ms > 0 ? settings.end_ms : INT64_MAX;
  source->position_ms_ = source->start_ms_;
  for (SyntheticSymbol symbol : settings.symbols) {
    if (symbol.price.is_zero()) symbol.price = default_price(symbol.symbol);
    const MarketSymbol& added = source->symbols_.emplace_back(paper_market_symbol(symbol.symbol, symbol.price.to_double(), settings.interval_ms));
    source->walks_.push_back(std::make_unique<Walk>(symbol, added.rules, settings.seed, settings.interval_ms));
  }
  return std::unique_ptr<CandleSource>(std::move(source));
}

Result<bool> SyntheticSource::next(MarketStep& step) {
  step.candles.clear();
  const int64_t index = (position_ms_ - origin_ms_) / interval_ms_;
  const int64_t open_ms = origin_ms_ + index * interval_ms_;
  if (open_ms >= end_ms_) return false;
  step.close_time_ms = open_ms + interval_ms_;
  for (size_t i = 0; i < walks_.size(); ++i) step.candles.push_back({i, walks_[i]->at(index, origin_ms_)});
  position_ms_ = step.close_time_ms;
  return true;
}

Status SyntheticSource::seek(int64_t position_ms) {
  if (position_ms < origin_ms_)
    return failure("resuming a synthetic market at " + std::to_string(position_ms) + " ms: it begins later, at " + std::to_string(origin_ms_) + " ms",
                   "market.start, interval or warmup were changed; keep them, or use another data folder");
  position_ms_ = position_ms;
  return {};
}

Result<CandleSeries> SyntheticSource::candles(size_t symbol, int64_t from_ms, int64_t to_ms) const {
  CandleSeries series(interval_ms_);
  const int64_t first = std::max<int64_t>(0, (from_ms - origin_ms_ + interval_ms_ - 1) / interval_ms_);
  Walk& walk = *walks_.at(symbol);
  for (int64_t index = first; origin_ms_ + index * interval_ms_ < std::min(to_ms, end_ms_); ++index) series.append(walk.at(index, origin_ms_));
  return series;
}

}  // namespace stratdock
