// Well-behaved but talkative: writes to the bot's log as many lines as its parameter says.
#include <string>

#include <stratdock/strategy.hpp>

using namespace stratdock::sdk;

class Talks {
 public:
  struct Settings {
    std::int64_t lines = 1;
  };
  static constexpr std::array parameters{parameter(&Settings::lines, "lines", "Lines", "Written at each decision.", "", 0, 1000)};
  static constexpr About about{.id = "test.talks", .alias = "talks", .name = "Talks", .version = "1.0.0", .vendor = "Test", .doc = "Talks."};

  Talks(const Settings& settings, const Context& context) : lines_(settings.lines), context_(context) {}
  void update(const Candle& candle) { close_ = candle.close; }
  void decide(const Input&, Decision&) const {
    for (std::int64_t i = 0; i < lines_; ++i) context_.log(i == 0 ? DOCK_LOG_WARNING : DOCK_LOG_INFO, ("line " + std::to_string(i) + " \x1b[31m red \n next").c_str());
    if (lines_ == 2) context_.log(99, std::string(5'000, 'x').c_str());
  }

 private:
  std::int64_t lines_;
  Context context_;
  double close_ = 0;
};

STRATDOCK_EXPORT(Talks)
