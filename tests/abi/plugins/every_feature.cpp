// Two strategies in one library that use every corner of the SDK, for tests of the border.
#include <string>

#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

// Echoes its settings, throws on demand, changes live.
class Echo {
 public:
  struct Settings {
    std::int64_t whole = 3;
    double number = 1.5;
    bool yes = true;
    const char* text = "default text";
    std::int64_t mode = 1;
  };
  static constexpr std::array parameters{
      parameter(&Settings::whole, "whole", "Whole", "A whole number.", "candles", 1, 10).live(),
      parameter(&Settings::number, "number", "Number", "A number; 13 throws in the constructor.", "%", 0, 100),
      parameter(&Settings::yes, "yes", "Yes", "A switch."),
      parameter(&Settings::text, "text", "Text", "Some text.").advanced(),
      choice(&Settings::mode, "mode", "Mode", "A choice.", {"quiet", "echo", "throw", "throw oddly"}),
  };
  static constexpr About about{.id = "test.echo", .name = "Echo", .version = "1.0.0", .vendor = "Test", .doc = "Echoes its settings."};

  Echo(const Settings& settings, const Context& context) : settings_(settings), seed_(context.seed()) {
    if (settings.number == 13) throw BadParameters("number: 13 brings bad luck");
  }
  Requirements requirements() const { return {.feeds = {candle_feed("ETHUSDT", 60'000, 10, true)}}; }
  void change(const Settings& settings) { settings_ = settings; }
  void update(const Candle&) { ++seen_; }
  void decide(const Input&, Decision& decision) const {
    if (settings_.mode == 2) throw std::runtime_error("thrown on demand");
    if (settings_.mode == 3) throw 42;
    decision.buy(0.25);
    decision.size(0.5);
    decision.recommend_symbol("SOLUSDT");
    decision.because("whole ", settings_.whole, ", number ", settings_.number, ", yes ", settings_.yes ? "on" : "off");
    decision.because("text ", settings_.text, ", seed ", seed_, ", seen ", seen_);
  }
  void explain(Chart& chart) const {
    chart.pane("count", "Count", 0, 0);
    chart.line("seen", "Seen", static_cast<double>(seen_), "count");
    chart.level("count", "ten", 10);
  }

 private:
  Settings settings_;
  std::uint64_t seed_;
  std::uint64_t seen_ = 0;
};

// Needs nothing, has no parameters.
class Silent {
 public:
  struct Settings {};
  static constexpr std::array<Parameter<Settings>, 0> parameters{};
  static constexpr About about{.id = "test.silent", .name = "Silent", .version = "1.0.0", .vendor = "Test", .doc = "Says nothing."};
  explicit Silent(const Settings&) {}
  void update(const Candle&) {}
  void decide(const Input&, Decision&) const {}
};

STRATDOCK_EXPORT(Echo, Silent)
