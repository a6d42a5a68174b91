// A strategy to start from: in while the price is above its average, and not overbought.
#include <algorithm>

#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class AboveAverage {
 public:
  struct Settings {
    std::int64_t length = 20;
    std::int64_t rsi_length = 14;
    double overbought = 75;
    double stop_loss = 3;
  };
  static constexpr std::array parameters{
      parameter(&Settings::length, "length", "Length", "Length of the average that the price is compared with.", "candles", 1, 500),
      parameter(&Settings::rsi_length, "rsi_length", "RSI length", "Length of the relative strength index.", "candles", 2, 200),
      parameter(&Settings::overbought, "overbought", "Overbought", "No entry while the RSI is above this.", "", 50, 100),
      parameter(&Settings::stop_loss, "stop_loss", "Stop-loss", "Distance below the entry.", "%", 0.1, 50),
  };
  static constexpr About about{.id = "com.example.above_average", .alias = "above_average", .name = "Above average", .version = "1.0.0",
                               .vendor = "Example", .doc = "In while the price is above its average, unless overbought."};

  explicit AboveAverage(const Settings& settings)
      : settings_(settings), average_(settings.length), rsi_(settings.rsi_length) {}

  Requirements requirements() const {
    const auto longest = std::max(settings_.length, settings_.rsi_length) + 1;
    return {.warm_up = static_cast<std::uint32_t>(longest)};
  }
  void update(const Candle& candle) {
    close_ = candle.close;
    average_.update(candle.close);
    rsi_.update(candle.close);
  }
  void decide(const Input& input, Decision& decision) const {
    const bool rising = close_ > average_.value();
    if (input.flat() && rising && rsi_.value() < settings_.overbought) {
      decision.buy(0.7);
      decision.stop_loss(settings_.stop_loss / 100);
    }
    if (!input.flat() && !rising) decision.sell(0.7);
    decision.because("price ", rising ? "above" : "not above", " its average, RSI ", fixed(rsi_.value(), 1));
  }
  // Names all that update() changes: a restart then needs no history.
  template <class State>
  void state(State& s) {
    s(close_, average_, rsi_);
  }

 private:
  Settings settings_;
  double close_ = 0;
  RollingMean average_;
  Rsi rsi_;
};

STRATDOCK_EXPORT(AboveAverage)
