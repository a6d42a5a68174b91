// The C++ SDK for strategies. Include this, write one class, end with STRATDOCK_EXPORT(YourClass):
//
//   #include <stratdock/strategy.hpp>
//   using namespace stratdock::sdk;
//
//   class EmaCross {
//    public:
//     struct Settings { std::int64_t fast = 9; std::int64_t slow = 21; };
//     static constexpr std::array parameters{
//         parameter(&Settings::fast, "fast", "Fast EMA", "Length of the fast average.", "candles", 1, 500),
//         parameter(&Settings::slow, "slow", "Slow EMA", "Length of the slow average.", "candles", 2, 1000)};
//     static constexpr About about{.id = "com.example.ema_cross", .alias = "ema_cross", .name = "EMA cross",
//                                  .version = "1.0.0", .vendor = "Example", .doc = "Holds while the fast EMA leads."};
//
//     explicit EmaCross(const Settings& settings) : fast_(settings.fast), slow_(settings.slow) {
//       if (settings.fast >= settings.slow) throw BadParameters("fast must be below slow");
//     }
//     Requirements requirements() const { return {.warm_up = 100}; }
//     void update(const Candle& candle) { fast_.update(candle.close); slow_.update(candle.close); }
//     void decide(const Input& input, Decision& decision) const {
//       if (input.flat() && fast_.value() > slow_.value()) decision.buy(0.8);
//       if (!input.flat() && fast_.value() < slow_.value()) decision.sell(0.8);
//       decision.because("fast EMA ", fixed(fast_.value(), 2), ", slow EMA ", fixed(slow_.value(), 2));
//     }
//    private:
//     Ema fast_, slow_;
//   };
//   STRATDOCK_EXPORT(EmaCross)
//
// update() is called once per closed candle, oldest first; decide() after the last. decide() is const, so looking twice
// changes nothing. Optional: requirements(), change(const Settings&) for parameters marked live(), explain(Chart&) for
// the chart, and state(State&) for snapshots that shorten a restart. Read no clock, file or random source, and start no thread.
//
// Owns: nothing at run time; the descriptor of the library is constant data. Thread rule: the ABI's.
// Invariant: a library exports stratdock_entry_v1 and nothing else (see the CMake helper stratdock_add_strategy).
#pragma once

#include <cstring>

#include <stratdock/indicators.hpp>
#include <stratdock/sdk/instance.hpp>

namespace stratdock::sdk {

struct About {
  const char* id;               // reverse domain, for ever
  const char* alias = nullptr;  // short name for the YAML
  const char* name;
  const char* version;
  const char* vendor;
  const char* doc;
  std::uint32_t state_version = 1;  // raise it when snapshots of an older version no longer fit; see sdk/state.hpp
};

namespace detail {

template <class Strategy>
struct Descriptor {
  static constexpr dock_live_params live_params{sizeof(dock_live_params), 0, [] {
                                                  if constexpr (requires { &Strategy::change; }) {
                                                    return &Instance<Strategy>::change;
                                                  } else {
                                                    return nullptr;
                                                  }
                                                }()};
  static const void* get_extension(const char* id) noexcept {
    if constexpr (requires { &Strategy::change; }) {
      if (std::strcmp(id, DOCK_EXTENSION_PARAMS) == 0) return &live_params;
    }
    if constexpr (requires { &Strategy::explain; }) {
      if (std::strcmp(id, DOCK_EXTENSION_EXPLAIN) == 0) return &Explanation<Strategy>::extension;
    }
    static_cast<void>(id);
    return nullptr;
  }
  static constexpr auto save() -> decltype(dock_strategy::save_state) {
    if constexpr (has_state<Strategy>) return &Instance<Strategy>::save_state;
    return nullptr;
  }
  static constexpr auto load() -> decltype(dock_strategy::load_state) {
    if constexpr (has_state<Strategy>) return &Instance<Strategy>::load_state;
    return nullptr;
  }
  static constexpr std::array<const char*, 1> aliases{Strategy::about.alias};
  static constexpr dock_strategy value{
      .struct_size = sizeof(dock_strategy),
      .flags = 0,
      .id = Strategy::about.id,
      .aliases = aliases.data(),
      .alias_count = Strategy::about.alias != nullptr ? 1u : 0u,
      .param_count = Schema<Strategy>::count,
      .name = Strategy::about.name,
      .version = Strategy::about.version,
      .vendor = Strategy::about.vendor,
      .doc = Strategy::about.doc,
      .params = Schema<Strategy>::pointers.data(),
      .state_version = has_state<Strategy> ? Strategy::about.state_version : 0,
      .reserved = 0,
      .create = &Instance<Strategy>::create,
      .destroy = &Instance<Strategy>::destroy,
      .requirements = &Instance<Strategy>::requirements,
      .analyze = &Instance<Strategy>::analyze,
      .save_state = save(),
      .load_state = load(),
      .get_extension = &get_extension,
  };
};

template <class... Strategies>
struct Library {
  static constexpr std::array<const dock_strategy*, sizeof...(Strategies)> strategies{&Descriptor<Strategies>::value...};
  static constexpr dock_library value{sizeof(dock_library),
                                      DOCK_ABI_MAJOR,
                                      DOCK_ABI_MINOR,
                                      0,
                                      sizeof...(Strategies),
                                      0,
                                      strategies.data(),
                                      "Stratdock SDK 1.0, " __VERSION__};
};

}  // namespace detail
}  // namespace stratdock::sdk

// Exports one or more strategy classes from this library; once per library, at global scope.
#define STRATDOCK_EXPORT(...)                                                  \
  extern "C" DOCK_EXPORT const dock_library* stratdock_entry_v1(void) noexcept { \
    return &::stratdock::sdk::detail::Library<__VA_ARGS__>::value;            \
  }
