// RSI, ATR, ADX with its directional indicators, stochastic, on-balance volume.
//
// Owns: a few numbers and fixed rings each. Thread rule: values, no sharing. Invariant: O(1), no allocation after
// construction; NaN before ready().
#pragma once

#include <algorithm>

#include "averages.hpp"

namespace stratdock::sdk {

// Relative strength index (Wilder 1978), 0..100: Wilder's average gain against average loss of n changes, each seeded with
// the mean of the first n. Only gains: 100; only losses: 0; no change at all: 50, neither strong nor weak.
class Rsi {
 public:
  explicit Rsi(std::int64_t length) : gain_(length), loss_(length) {}
  void update(double value) {
    const double change = value - before_;
    before_ = value;
    if (std::isnan(change)) return;
    gain_.update(change > 0 ? change : 0);
    loss_.update(change < 0 ? -change : 0);
    const double both = gain_.value() + loss_.value();
    value_ = both == 0 ? 50 : 100 * gain_.value() / both;
  }
  bool ready() const { return gain_.ready(); }
  double value() const { return ready() ? value_ : kNone; }
  template <class State>
  void state(State& s) {
    s(gain_, loss_, before_, value_);
  }

 private:
  WilderAverage gain_;
  WilderAverage loss_;
  double before_ = kNone;
  double value_ = kNone;
};

// True range: the largest of high - low, |high - previous close|, |low - previous close|.
inline double true_range(double high, double low, double previous_close) {
  return std::max({high - low, std::abs(high - previous_close), std::abs(low - previous_close)});
}

// Average true range (Wilder 1978): Wilder's average of the true range, seeded with the mean of the first n. The first
// candle has no previous close; its true range is high - low.
class Atr {
 public:
  explicit Atr(std::int64_t length) : average_(length) {}
  void update(double high, double low, double close) {
    average_.update(std::isnan(before_) ? high - low : true_range(high, low, before_));
    before_ = close;
  }
  bool ready() const { return average_.ready(); }
  double value() const { return average_.value(); }
  template <class State>
  void state(State& s) {
    s(average_, before_);
  }

 private:
  WilderAverage average_;
  double before_ = kNone;
};

// Directional movement (Wilder 1978). From the second candle on: +DM = the rise of the high if it is positive and larger
// than the fall of the low, else 0; -DM the reverse; both and the true range smoothed by Wilder's average of n.
// +DI, -DI = 100 * DM / TR; DX = 100 * |+DI - -DI| / (+DI + -DI); ADX = Wilder's average of n DX, first after 2n candles.
// A market without any range or movement has DI and DX of 0.
class Adx {
 public:
  explicit Adx(std::int64_t length) : plus_(length), minus_(length), range_(length), adx_(length) {}
  void update(double high, double low, double close) {
    if (!std::isnan(close_)) {
      const double rise = high - high_;
      const double fall = low_ - low;
      plus_.update(rise > fall && rise > 0 ? rise : 0);
      minus_.update(fall > rise && fall > 0 ? fall : 0);
      range_.update(true_range(high, low, close_));
      if (range_.ready()) {
        const double both = plus_.value() + minus_.value();
        adx_.update(both > 0 ? 100 * std::abs(plus_.value() - minus_.value()) / both : 0);
      }
    }
    high_ = high;
    low_ = low;
    close_ = close;
  }
  bool ready() const { return adx_.ready(); }
  double value() const { return adx_.value(); }
  double plus_di() const { return share(plus_.value()); }
  double minus_di() const { return share(minus_.value()); }
  template <class State>
  void state(State& s) {
    s(plus_, minus_, range_, adx_, high_, low_, close_);
  }

 private:
  double share(double movement) const { return range_.value() == 0 ? 0 : 100 * movement / range_.value(); }
  WilderAverage plus_;
  WilderAverage minus_;
  WilderAverage range_;
  WilderAverage adx_;
  double high_ = kNone;
  double low_ = kNone;
  double close_ = kNone;
};

// Fast stochastic (Lane): %K = 100 * (close - lowest low) / (highest high - lowest low) of n candles, %D = SMA(m) of %K.
// NaN where high and low of the whole window are equal, so that every comparison is false.
class Stochastic {
 public:
  Stochastic(std::int64_t length, std::int64_t smoothing) : high_(length), low_(length), d_(smoothing) {}
  void update(double high, double low, double close) {
    high_.update(high);
    low_.update(low);
    if (!high_.ready()) return;
    before_ = k_;
    const double span = high_.value() - low_.value();
    k_ = span > 0 ? 100 * (close - low_.value()) / span : kNone;
    d_.update(k_);
  }
  bool ready() const { return d_.ready(); }
  double k() const { return k_; }
  double previous_k() const { return before_; }
  double d() const { return d_.value(); }
  template <class State>
  void state(State& s) {
    s(high_, low_, d_, k_, before_);
  }

 private:
  RollingMax high_;
  RollingMin low_;
  RollingMean d_;
  double k_ = kNone;
  double before_ = kNone;
};

// On-balance volume (Granville 1963): running sum of volume, signed by the close-to-close move; an equal close adds
// nothing. 0 at the first candle, so only its changes and its place among its own averages mean something.
class Obv {
 public:
  void update(double close, double volume) {
    if (close > before_) value_ += volume;
    if (close < before_) value_ -= volume;
    before_ = close;
    seen_ = true;
  }
  bool ready() const { return seen_; }
  double value() const { return seen_ ? value_ : kNone; }
  template <class State>
  void state(State& s) {
    s(before_, value_, seen_);
  }

 private:
  double before_ = kNone;
  double value_ = 0;
  bool seen_ = false;
};

}  // namespace stratdock::sdk
