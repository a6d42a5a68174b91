// The bridge between an author's class and the C ABI: makes instances, feeds them, guards the border.
//
// Owns: per instance the strategy, the texts of its settings and its feed requests. Thread rule: the ABI's [instance].
// Invariants: update() sees every candle exactly once and in order, and decide() comes after the last one, so a decision
// cannot depend on how many candles the host brings at a time; no exception leaves a function here.
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stratdock/sdk/chart.hpp>
#include <stratdock/sdk/decision.hpp>
#include <stratdock/sdk/input.hpp>
#include <stratdock/sdk/parameters.hpp>
#include <stratdock/sdk/state.hpp>

namespace stratdock::sdk {

// Thrown by a strategy's constructor when settings cannot go together; the text names the keys.
struct BadParameters : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a constructor may take beside its settings: Strategy(const Settings&, const Context&).
class Context {
 public:
  Context(const dock_host* host, std::uint64_t seed) : host_(host), seed_(seed) {}
  std::uint64_t seed() const { return seed_; }  // the only source of randomness allowed
  // One line for the bot's log, where the host keeps one. level: DOCK_LOG_*.
  void log(std::int32_t level, const char* text) const {
    if (host_ == nullptr || host_->get_extension == nullptr) return;
    const auto* log = static_cast<const dock_log*>(host_->get_extension(host_, DOCK_EXTENSION_LOG));
    if (log != nullptr) log->write(host_, level, text);
  }

 private:
  const dock_host* host_;
  std::uint64_t seed_;
};

namespace detail {

inline std::int32_t refuse(dock_buffer* error, std::int32_t status, std::string_view text) {
  if (error != nullptr) {
    error->length = 0;
    TextWriter(*error).append(text);
  }
  return status;
}

// Runs `work`, which returns a status, and turns whatever it throws into a status and a text.
template <class Work>
std::int32_t guard(dock_buffer* error, Work&& work) noexcept {
  try {
    return work();
  } catch (const BadParameters& problem) {
    return refuse(error, DOCK_BAD_PARAMETERS, problem.what());
  } catch (const BadState& problem) {
    return refuse(error, DOCK_BAD_STATE, problem.what());
  } catch (const std::bad_alloc&) {
    return refuse(error, DOCK_OUT_OF_MEMORY, "the strategy ran out of memory");
  } catch (const std::exception& problem) {
    return refuse(error, DOCK_FAILED, problem.what());
  } catch (...) {
    return refuse(error, DOCK_FAILED, "the strategy threw something that is not a std::exception");
  }
}

template <class Strategy>
class Instance {
 public:
  using Settings = typename Strategy::Settings;

  static std::int32_t create(const dock_host* host, const dock_config* config, dock_instance** out,
                             dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      if (config->value_count != Schema<Strategy>::count) {
        return refuse(error, DOCK_BAD_PARAMETERS, "the host gave another number of parameters than the schema has");
      }
      auto made = std::make_unique<Instance>(host, *config);
      *out = reinterpret_cast<dock_instance*>(made.release());
      return DOCK_OK;
    });
  }
  static void destroy(dock_instance* instance) noexcept { delete self(instance); }

  static std::int32_t requirements(dock_instance* instance, dock_requirements* out, dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      Instance& me = *self(instance);
      out->warm_up_candles = me.needs_.warm_up;
      out->window = me.needs_.window < me.needs_.warm_up ? me.needs_.warm_up : me.needs_.window;
      out->feed_count = static_cast<std::uint32_t>(me.feeds_.size());
      out->feeds = me.feeds_.empty() ? nullptr : me.feeds_.data();
      return DOCK_OK;
    });
  }

  static std::int32_t analyze(dock_instance* instance, const dock_input* input, dock_decision* decision,
                              dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      Instance& me = *self(instance);
      const dock_candles& rows = *input->candles;
      if (rows.new_count > rows.count) return refuse(error, DOCK_BAD_INPUT, "more new candles than candles");
      me.feed(rows);
      Decision answer(*decision);
      if (me.seen_ == 0 || me.seen_ < me.needs_.warm_up) {
        answer.because("warming up: ", me.seen_, "/", me.needs_.warm_up);
        return DOCK_OK;
      }
      std::as_const(me.strategy_).decide(Input(*input), answer);
      return DOCK_OK;
    });
  }

  static std::int32_t change(dock_instance* instance, const dock_config* config, dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      Instance& me = *self(instance);
      Texts texts;
      const Settings changed = settings_from(*config, texts);
      me.strategy_.change(changed);
      me.texts_ = std::move(texts);
      return DOCK_OK;
    });
  }

  static std::int32_t save_state(dock_instance* instance, const dock_writer* writer, dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      State<SavingStream> saving(SavingStream{writer});
      self(instance)->whole_state(saving);
      return DOCK_OK;
    });
  }
  static std::int32_t load_state(dock_instance* instance, const dock_reader* reader, dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      State<LoadingStream> loading(LoadingStream{reader});
      self(instance)->whole_state(loading);
      loading.require(LoadingStream{reader}.at_end());
      return DOCK_OK;
    });
  }

  Instance(const dock_host* host, const dock_config& config)
      : strategy_(make(settings_from(config, texts_), Context(host, config.seed))) {
    if constexpr (requires { strategy_.requirements(); }) needs_ = strategy_.requirements();
    for (const dock_feed& feed : needs_.feeds) feeds_.push_back(&feed);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  static Instance* self(dock_instance* instance) { return reinterpret_cast<Instance*>(instance); }
  const Strategy& strategy() const { return strategy_; }

  // What describe() of the explain extension handed out; made when first asked for.
  std::unique_ptr<ChartDescription> chart;

 private:
  // unique_ptr keeps a text where it is while the others are moved.
  using Texts = std::vector<std::unique_ptr<std::string>>;

  template <class Any>
  void whole_state(Any& state) {
    std::uint64_t mark = state_mark;
    state(mark);
    state.require(mark == state_mark);
    state(seen_);
    strategy_.state(state);
    state(mark);
    state.require(mark == state_mark);
  }
  static constexpr std::uint64_t state_mark = 0x316574617453536b;  // "kSState1": says that the bytes are ours, and all there

  static Strategy make(const Settings& settings, const Context& context) {
    if constexpr (requires { Strategy(settings, context); }) {
      return Strategy(settings, context);
    } else {
      return Strategy(settings);
    }
  }

  static Settings settings_from(const dock_config& config, Texts& texts) {
    Settings settings{};
    for (std::size_t i = 0; i < Schema<Strategy>::count; ++i) {
      const auto& to = Strategy::parameters[i];
      const dock_value& value = config.values[i];
      if (value.type != type_of(to)) throw BadParameters(std::string(to.key) + ": not of the type the schema gives it");
      if (to.integer) settings.*to.integer = value.i64;
      if (to.number) settings.*to.number = value.f64;
      if (to.boolean) settings.*to.boolean = value.i64 != 0;
      if (to.text) {
        texts.push_back(std::make_unique<std::string>(value.text != nullptr ? value.text : ""));
        settings.*to.text = texts.back()->c_str();
      }
    }
    return settings;
  }

  void feed(const dock_candles& rows) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    for (std::uint32_t i = rows.count - rows.new_count; i < rows.count; ++i) {
      strategy_.update(Candle{rows.open_time_ms[i], rows.open[i], rows.high[i], rows.low[i], rows.close[i], rows.volume[i],
                              rows.quote_volume != nullptr ? rows.quote_volume[i] : none,
                              rows.taker_buy_volume != nullptr ? rows.taker_buy_volume[i] : none,
                              rows.trade_count != nullptr ? rows.trade_count[i] : none});
      ++seen_;
    }
  }

  Texts texts_;
  Strategy strategy_;
  Requirements needs_;
  std::vector<const dock_feed*> feeds_;
  std::uint64_t seen_ = 0;
};

// stratdock.explain/1 for a strategy that has explain(Chart&).
template <class Strategy>
struct Explanation {
  static std::int32_t describe(dock_instance* instance, dock_chart* out, dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      auto& me = *Instance<Strategy>::self(instance);
      if (!me.chart) {
        me.chart = std::make_unique<ChartDescription>();
        me.strategy().explain(*me.chart);
      }
      me.chart->give(*out);
      return DOCK_OK;
    });
  }
  static std::int32_t values(dock_instance* instance, double* values, std::uint32_t count, dock_buffer* error) noexcept {
    return guard(error, [&]() -> std::int32_t {
      ChartValues collector(values, count);
      Instance<Strategy>::self(instance)->strategy().explain(collector);
      return DOCK_OK;
    });
  }
  static constexpr dock_explain extension{sizeof(dock_explain), 0, &describe, &values};
};

}  // namespace detail
}  // namespace stratdock::sdk
