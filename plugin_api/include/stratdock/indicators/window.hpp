// Rolling figures over the last n values: mean, deviation, minimum, maximum, and the value n steps ago.
//
// Owns: a fixed ring each, allocated by the constructor and never after.
// Thread rule: values, no sharing; one instance's indicators belong to that instance.
// Invariant: a figure comes from the values in the window alone. Nothing is ever subtracted from a running sum, so there
// is no drift after millions of candles, and one NaN is gone as soon as it leaves the window. How, in amortised O(1):
// the stream is cut into blocks of n; a window is the tail of one block and the head of the next, so its sum is a suffix
// sum of the old block (made once per block) plus a prefix sum of the new (van Herk 1992, Gil and Werman 1993). The order of
// additions therefore depends on where the stream began, which moves the last bits only: a recomputation from scratch
// agrees within 1e-12 relative.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace stratdock::sdk {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// A length as authors keep it in their settings (int64) turned into one that can size a ring.
inline std::size_t window_length(std::int64_t length) {
  if (length < 1 || length > 1'000'000) throw std::invalid_argument("an indicator's length must be 1 to 1000000");
  return static_cast<std::size_t>(length);
}

// Arithmetic mean of the last n values; the simple moving average. NaN until n values were seen.
class RollingMean {
 public:
  explicit RollingMean(std::int64_t length) : cells_(window_length(length)) {}

  void update(double value) {
    // Cells before position_ hold values of this block, those from it on suffix sums of the block before.
    prefix_ += value;
    cells_[position_] = value;
    if (++position_ < cells_.size()) {
      sum_ = prefix_ + cells_[position_];
      return;
    }
    sum_ = prefix_;
    for (std::size_t i = cells_.size() - 1; i > 0; --i) cells_[i - 1] += cells_[i];
    prefix_ = 0;
    position_ = 0;
    full_ = true;
  }
  bool ready() const { return full_; }
  double sum() const { return full_ ? sum_ : kNone; }
  double value() const { return full_ ? sum_ / static_cast<double>(cells_.size()) : kNone; }
  template <class State>
  void state(State& s) {
    s(cells_, position_, prefix_, sum_, full_);
    s.require(position_ < cells_.size());
  }

 private:
  std::vector<double> cells_;
  std::size_t position_ = 0;
  double prefix_ = 0;
  double sum_ = 0;
  bool full_ = false;
};

using Sma = RollingMean;

// Mean and population standard deviation (divided by n) of the last n values. The two parts of a window are joined by
// the formula of Chan, Golub and LeVeque (1979); squares of large prices are never subtracted from each other, and equal
// values give a deviation of exactly 0.
class RollingDeviation {
 public:
  explicit RollingDeviation(std::int64_t length) : values_(window_length(length)), tail_(values_.size() + 1) {}

  void update(double value) {
    values_[position_++] = value;
    head_.add(value);
    const Part joined = Part::join(tail_[position_], head_);
    mean_ = joined.mean;
    squares_ = joined.squares;
    if (position_ < values_.size()) return;
    tail_.back() = Part{};
    for (std::size_t i = values_.size(); i > 0; --i) {
      tail_[i - 1] = tail_[i];
      tail_[i - 1].add(values_[i - 1]);
    }
    head_ = Part{};
    position_ = 0;
    full_ = true;
  }
  bool ready() const { return full_; }
  double mean() const { return full_ ? mean_ : kNone; }
  double value() const { return full_ ? std::sqrt(squares_ / static_cast<double>(values_.size())) : kNone; }
  template <class State>
  void state(State& s) {
    s(values_, tail_, head_, position_, mean_, squares_, full_);
    s.require(position_ < values_.size());
  }

 private:
  struct Part {
    double count = 0;
    double mean = 0;
    double squares = 0;  // sum of squared distances from the mean

    template <class State>
    void state(State& s) {
      s(count, mean, squares);
    }

    void add(double value) {  // Welford 1962
      count += 1;
      const double distance = value - mean;
      mean += distance / count;
      squares += distance * (value - mean);
    }
    static Part join(const Part& a, const Part& b) {
      if (a.count == 0) return b;
      const double count = a.count + b.count;
      const double distance = b.mean - a.mean;
      return {count, a.mean + distance * b.count / count,
              a.squares + b.squares + distance * distance * a.count * b.count / count};
    }
  };
  std::vector<double> values_;
  std::vector<Part> tail_;
  Part head_;
  std::size_t position_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  bool full_ = false;
};

// Extreme of the last n values: a queue of candidates, each better than those after it, in a fixed ring.
template <bool kMaximum>
class RollingExtreme {
 public:
  explicit RollingExtreme(std::int64_t length) : queue_(window_length(length)) {}

  void update(double value) {
    const std::uint64_t length = queue_.size();
    if (size_ > 0 && queue_[first_].index + length <= count_) drop_first();
    while (size_ > 0 && !beats(queue_[slot(size_ - 1)].value, value)) --size_;
    queue_[slot(size_++)] = {value, count_++};
  }
  bool ready() const { return count_ >= queue_.size(); }
  double value() const { return ready() ? queue_[first_].value : kNone; }
  template <class State>
  void state(State& s) {
    s(queue_, first_, size_, count_);
    s.require(first_ < queue_.size() && size_ <= queue_.size() && size_ <= count_);
    // Ascending places, the last of them the latest: what keeps the queue within its ring.
    for (std::size_t i = 0; i < size_; ++i) {
      const std::uint64_t place = queue_[slot(i)].index;
      s.require(place < count_ && count_ - place <= queue_.size() && (i == 0 || queue_[slot(i - 1)].index < place));
    }
    s.require(count_ == 0 || (size_ > 0 && queue_[slot(size_ - 1)].index == count_ - 1));
  }

 private:
  struct Candidate {
    double value = 0;
    std::uint64_t index = 0;

    template <class State>
    void state(State& s) {
      s(value, index);
    }
  };
  static bool beats(double a, double b) { return kMaximum ? a > b : a < b; }
  std::size_t slot(std::size_t offset) const {
    const std::size_t i = first_ + offset;
    return i < queue_.size() ? i : i - queue_.size();
  }
  void drop_first() {
    first_ = slot(1);
    --size_;
  }
  std::vector<Candidate> queue_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::uint64_t count_ = 0;
};

using RollingMin = RollingExtreme<false>;
using RollingMax = RollingExtreme<true>;

// The value of n updates before the latest; Lag(1) is the previous one. NaN until there is one.
class Lag {
 public:
  explicit Lag(std::int64_t length) : ring_(window_length(length) + 1, kNone) {}
  void update(double value) {
    ring_[position_] = value;
    position_ = position_ + 1 == ring_.size() ? 0 : position_ + 1;
  }
  bool ready() const { return !std::isnan(value()); }
  double value() const { return ring_[position_]; }
  template <class State>
  void state(State& s) {
    s(ring_, position_);
    s.require(position_ < ring_.size());
  }

 private:
  std::vector<double> ring_;
  std::size_t position_ = 0;
};

// Change in percent over n values: 100 * (value / value[n ago] - 1); NaN where the old value is 0.
class Momentum {
 public:
  explicit Momentum(std::int64_t length) : old_(length) {}
  void update(double value) {
    old_.update(value);
    const double before = old_.value();
    value_ = before == 0 ? kNone : 100 * (value / before - 1);
  }
  bool ready() const { return old_.ready(); }
  double value() const { return value_; }
  template <class State>
  void state(State& s) {
    s(old_, value_);
  }

 private:
  Lag old_;
  double value_ = kNone;
};

}  // namespace stratdock::sdk
