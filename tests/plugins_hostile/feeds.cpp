// Well-behaved: decides from candles of another symbol and of a longer interval, which it takes in one by one.
#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class Feeds {
 public:
  struct Settings {};
  static constexpr std::array<Parameter<Settings>, 0> parameters{};
  static constexpr About about{.id = "test.feeds", .alias = "feeds", .name = "Feeds", .version = "1.0.0", .vendor = "Test", .doc = "Looks at other candles."};

  explicit Feeds(const Settings&) {}
  Requirements requirements() const {
    return {.warm_up = 1, .window = 10, .feeds = {candle_feed("ETHUSDT", 0, 3, true), candle_feed(nullptr, 1'800'000, 2, false), candle_feed("NONEUSDT", 0, 1, false)}};
  }
  void update(const Candle& candle) { close_ = candle.close; }

  void decide(const Input& input, Decision& decision) const {
    const dock_candles* other = input.feed(0).candles();
    const dock_candles* longer = input.feed(1).candles();
    if (other == nullptr || longer == nullptr) {
      decision.because("absent: ", input.feed(0).fault(), " / ", input.feed(1).fault());
      return;
    }
    for (const auto& [feed, sum] : {std::pair{other, &other_sum_}, std::pair{longer, &longer_sum_}})
      for (std::uint32_t row = feed->count - feed->new_count; row < feed->count; ++row) {
        if (feed->open_time_ms[row] + feed->interval_ms > input.now_ms()) decision.because("LOOKED AHEAD");
        *sum = *sum * 0.99 + feed->close[row] + feed->high[row] * 0.001;  // a function of every row, once and in order
        ++seen_;
      }
    if (std::int64_t((other_sum_ + longer_sum_) * 1000) % 7 == 0) decision.buy(0.5);
    decision.because(seen_, " rows, sums ", other_sum_, " and ", longer_sum_, ", last ", other->count > 0 ? other->close[other->count - 1] : 0.0, ", behind ", other->count - other->new_count, ", longer ",
                     longer->count > 0 ? longer->open_time_ms[longer->count - 1] : 0, ", third: ", input.feed(2).fault());
  }

 private:
  double close_ = 0;
  mutable double other_sum_ = 0, longer_sum_ = 0;  // feeds come with decide() only
  mutable std::int64_t seen_ = 0;
};

STRATDOCK_EXPORT(Feeds)
