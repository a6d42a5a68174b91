// Well-behaved: a threshold that may change while it runs, and a length that may not. Refuses 13.
#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class Live {
 public:
  struct Settings {
    double threshold = 100;
    std::int64_t length = 5;
  };
  static constexpr std::array parameters{
      parameter(&Settings::threshold, "threshold", "Threshold", "Buys while the average is above it.", "", 0, 1000).live(),
      parameter(&Settings::length, "length", "Length", "Of the average.", "candles", 1, 100)};
  static constexpr About about{.id = ID, .alias = ALIAS, .name = "Live", .version = "1.0.0", .vendor = "Test", .doc = "Takes a new threshold."};

  explicit Live(const Settings& settings) : threshold_(settings.threshold), average_(settings.length) {}
  void update(const Candle& candle) { average_.update(candle.close); }
  void decide(const Input&, Decision& decision) const {
    if (average_.value() > threshold_) decision.buy(0.5);
    decision.because("average ", average_.value(), ", threshold ", threshold_);
  }
#ifndef NO_CHANGE
  void change(const Settings& settings) {
    if (settings.threshold == 13) throw BadParameters("threshold: not thirteen");
    threshold_ = settings.threshold;
  }
#endif

 private:
  double threshold_;
  Ema average_;
};

STRATDOCK_EXPORT(Live)
