// Today's host, compiled against the header of a minor to come, with the libraries of 1.0: what the host asks of a library
// must be what 1.0 has, not what its own header has by then.
#include <catch2/catch.hpp>

#include "host/plugin/library.hpp"

using namespace stratdock;

namespace {

std::string run(const std::string& path) {
  auto library = StrategyLibrary::load(path);
  REQUIRE(library);
  const Status opened = library->open();
  INFO((opened ? "" : opened.error().text()));
  REQUIRE(opened);
  const dock_strategy& strategy = *library->strategies()[0];
  const std::vector<StrategyInfo> described = library->describe();
  REQUIRE(described.size() == 1);
  REQUIRE(described[0].parameters.size() == strategy.param_count);
  std::vector<ParameterValue> values;
  for (const auto& parameter : described[0].parameters) values.push_back(parameter.default_value);
  auto made = StrategyInstance::create(strategy, values, 1, "BTCUSDT");
  INFO((made ? "" : made.error().text()));
  REQUIRE(made);
  StrategyInstance& instance = **made;
  std::vector<int64_t> times;
  std::vector<double> close, high, low, volume;
  std::string all;
  for (int i = 0; i < 150; ++i) {
    times.push_back(1'700'000'000'000 + i * 300'000);
    close.push_back(100 + i % 17 - 0.5 * (i % 7));
    high.push_back(close.back() + 1), low.push_back(close.back() - 1), volume.push_back(5 + i % 4);
    dock_candles rows{};
    rows.struct_size = sizeof rows;
    rows.count = static_cast<uint32_t>(times.size());
    rows.new_count = 1;
    rows.interval_ms = 300'000;
    rows.open_time_ms = times.data();
    rows.open = rows.close = close.data();
    rows.high = high.data(), rows.low = low.data(), rows.volume = volume.data();
    const auto decision = instance.analyze({&rows, times.back() + 300'000, {}, {}});
    INFO((decision ? "" : decision.error().text()));
    REQUIRE(decision);
    all += decision->reasons + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("a host of a later minor loads and runs the libraries of 1.0, and its own") {
  REQUIRE(DOCK_ABI_MINOR > 0);
  REQUIRE(run(STRATDOCK_NEXT_MINOR).find("of 150") != std::string::npos);
#if defined(__x86_64__)
  const std::string folder = STRATDOCK_GOLDEN;
  REQUIRE(run(folder + "/plain_gcc.so") == run(folder + "/plain_clang.so"));
  REQUIRE(run(folder + "/sdk_gcc.so") == run(folder + "/sdk_clang.so"));
#else
  WARN("skipped: the released libraries are for x86_64");
#endif
}
