// strategy_name: in while the fast average leads, out when it falls behind.
#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class StrategyName {
 public:
  struct Settings {
    std::int64_t fast = 9;
    std::int64_t slow = 21;
    double stop_loss = 3;
  };
  static constexpr std::array parameters{
      parameter(&Settings::fast, "fast", "Fast EMA", "Length of the fast average.", "candles", 1, 500),
      parameter(&Settings::slow, "slow", "Slow EMA", "Length of the slow average.", "candles", 2, 1000),
      parameter(&Settings::stop_loss, "stop_loss", "Stop-loss", "Distance below the entry.", "%", 0.1, 50),
  };
  // The id is for ever: your own domain, reversed, keeps it apart from everybody else's.
  static constexpr About about{.id = "com.example.strategy_name", .alias = "strategy_name", .name = "StrategyName",
                               .version = "1.0.0", .vendor = "Me", .doc = "In while the fast EMA leads, out when it falls behind."};

  explicit StrategyName(const Settings& settings) : settings_(settings), fast_(settings.fast), slow_(settings.slow) {
    if (settings.fast >= settings.slow) throw BadParameters("fast must be below slow");
  }
  Requirements requirements() const { return {.warm_up = static_cast<std::uint32_t>(settings_.slow), .window = 200}; }

  void update(const Candle& candle) {
    fast_.update(candle.close);
    slow_.update(candle.close);
  }

  void decide(const Input& input, Decision& decision) const {
    const bool leads = fast_.value() > slow_.value();
    if (leads && input.flat()) {
      decision.buy(0.8);
      decision.stop_loss(settings_.stop_loss / 100);
    }
    if (!leads && !input.flat()) decision.sell(0.8);
    decision.because(leads ? "fast EMA above slow" : "fast EMA not above slow");
  }

  // Optional: what the dashboard draws on the bot's chart.
  void explain(Chart& chart) const {
    chart.line("fast", "Fast EMA", fast_.value());
    chart.line("slow", "Slow EMA", slow_.value());
  }

  // Optional: a snapshot, which makes a restart after months as quick as after a day.
  template <class State>
  void state(State& s) {
    s(fast_, slow_);
  }

 private:
  Settings settings_;
  Ema fast_, slow_;
};

STRATDOCK_EXPORT(StrategyName)
