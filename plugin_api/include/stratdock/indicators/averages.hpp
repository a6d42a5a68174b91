// Exponential averages, and what is made of them alone: EMA, Wilder's average, MACD, Bollinger bands.
//
// Owns: a few numbers each. Thread rule: values, no sharing. Invariant: O(1), no allocation after construction.
// value() of an exponential average counts from the first value; ready() says when it has seen its length.
#pragma once

#include "window.hpp"

namespace stratdock::sdk {

// Exponential moving average: alpha = 2 / (n + 1), seeded with the first value.
class Ema {
 public:
  explicit Ema(std::int64_t length) : length_(window_length(length)), alpha_(2.0 / static_cast<double>(length + 1)) {}
  void update(double value) {
    value_ = count_ == 0 ? value : value_ + alpha_ * (value - value_);
    ++count_;
  }
  bool ready() const { return count_ >= length_; }
  double value() const { return count_ > 0 ? value_ : kNone; }
  template <class State>
  void state(State& s) {
    s(value_, count_);
  }

 private:
  std::uint64_t length_;
  double alpha_;
  double value_ = 0;
  std::uint64_t count_ = 0;
};

// Wilder's average (New Concepts in Technical Trading Systems, 1978): alpha = 1 / n, seeded with the mean of the first
// n values. NaN until then.
class WilderAverage {
 public:
  explicit WilderAverage(std::int64_t length) : length_(window_length(length)), n_(static_cast<double>(length)) {}
  void update(double value) {
    if (count_ >= length_) {
      value_ += (value - value_) / n_;
      return;
    }
    value_ += value;
    if (++count_ == length_) value_ /= n_;
  }
  bool ready() const { return count_ >= length_; }
  double value() const { return ready() ? value_ : kNone; }
  template <class State>
  void state(State& s) {
    s(value_, count_);
  }

 private:
  std::uint64_t length_;
  double n_;
  double value_ = 0;
  std::uint64_t count_ = 0;
};

// MACD (Appel): EMA(fast) - EMA(slow); signal = EMA(signal) of it, seeded with the first MACD, which is 0.
class Macd {
 public:
  Macd(std::int64_t fast, std::int64_t slow, std::int64_t signal)
      : fast_(fast), slow_(slow), signal_(signal), needed_(window_length(slow) + window_length(signal) - 1) {}
  void update(double value) {
    fast_.update(value);
    slow_.update(value);
    before_ = macd();
    before_signal_ = signal();
    macd_ = fast_.value() - slow_.value();
    signal_.update(macd_);
    ++count_;
  }
  bool ready() const { return count_ >= needed_; }
  double macd() const { return count_ > 0 ? macd_ : kNone; }
  double signal() const { return signal_.value(); }
  double histogram() const { return macd() - signal(); }
  double previous_macd() const { return before_; }
  bool crossed_above() const { return before_ <= before_signal_ && macd_ > signal_.value(); }
  bool crossed_below() const { return before_ >= before_signal_ && macd_ < signal_.value(); }
  template <class State>
  void state(State& s) {
    s(fast_, slow_, signal_, count_, macd_, before_, before_signal_);
  }

 private:
  Ema fast_;
  Ema slow_;
  Ema signal_;
  std::uint64_t needed_;
  std::uint64_t count_ = 0;
  double macd_ = 0;
  double before_ = kNone;
  double before_signal_ = kNone;
};

// Bollinger bands: SMA(n) -/+ width times the population standard deviation of the same n values.
class Bollinger {
 public:
  Bollinger(std::int64_t length, double width) : window_(length), width_(width) {}
  void update(double value) { window_.update(value); }
  bool ready() const { return window_.ready(); }
  double middle() const { return window_.mean(); }
  double upper() const { return window_.mean() + width_ * window_.value(); }
  double lower() const { return window_.mean() - width_ * window_.value(); }
  double deviation() const { return window_.value(); }
  // Where a price lies between the bands: 0 lower, 1 upper. NaN when they coincide, so that every comparison is false.
  double position(double price) const {
    const double span = upper() - lower();
    return span > 0 ? (price - lower()) / span : kNone;
  }
  template <class State>
  void state(State& s) {
    s(window_);
  }

 private:
  RollingDeviation window_;
  double width_;
};

}  // namespace stratdock::sdk
