// Hosts and libraries of different minors: a released library on a host whose structs have grown, and a library of a later
// minor on a host of 1.0. This file knows the frozen header of 1.0 and nothing else of ours.
#include <catch2/catch.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <stratdock/strategy_abi.h>

namespace {

constexpr std::size_t tail_bytes = 64;

// What the host says of its structs: as 1.0 has them, with a canary behind; or longer, with fields that the library of 1.0
// cannot know (anything may stand in them), or that are zero.
enum class Tail { canary, unknown, zero };

template <class T>
class Sized {
 public:
  explicit Sized(Tail tail) : fill_(tail == Tail::zero ? 0 : 0xA5) {
    std::memset(bytes_.data(), 0, sizeof(T));
    std::memset(bytes_.data() + sizeof(T), fill_, tail_bytes);
    const auto size = static_cast<std::uint32_t>(sizeof(T) + (tail == Tail::canary ? 0 : tail_bytes));
    std::memcpy(bytes_.data(), &size, sizeof size);
  }
  T* operator->() { return reinterpret_cast<T*>(bytes_.data()); }
  T* get() { return reinterpret_cast<T*>(bytes_.data()); }
  // The first field that a later minor appended.
  double appended() const {
    double value = 0;
    std::memcpy(&value, bytes_.data() + sizeof(T), sizeof value);
    return value;
  }
  void append(double value) { std::memcpy(bytes_.data() + sizeof(T), &value, sizeof value); }
  bool tail_untouched() const {
    for (std::size_t i = sizeof(T); i < bytes_.size(); ++i)
      if (bytes_[i] != fill_) return false;
    return true;
  }

 private:
  alignas(16) std::array<unsigned char, sizeof(T) + tail_bytes> bytes_;
  unsigned char fill_;
};

const dock_strategy& load(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  INFO(path << ": " << (handle == nullptr ? dlerror() : "loaded"));
  REQUIRE(handle != nullptr);
  const auto entry = reinterpret_cast<dock_entry_function>(dlsym(handle, DOCK_ENTRY_NAME));
  REQUIRE(entry != nullptr);
  return *entry()->strategies[0];
}

struct Row {
  double close, volume, taker;
};
Row row_at(std::uint32_t i) {
  return {100 + 5 * std::sin(0.3 * i) + 0.01 * (i % 13), 10.0 + (i * 7) % 23, 3.0 + (i * 5) % 7};
}

int logged_lines = 0;
const void* find_extension(const dock_host*, const char* id) noexcept {
  static Sized<dock_log> log(Tail::unknown);
  log->write = [](const dock_host* host, std::int32_t, const char*) noexcept { logged_lines += host != nullptr; };
  return std::strcmp(id, DOCK_EXTENSION_LOG) == 0 ? log.get() : nullptr;
}

// A host whose every struct has the same kind of tail.
class Host {
 public:
  Host(const dock_strategy& strategy, Tail tail) : strategy_(strategy), tail_(tail), host_(tail), config_(tail), needs_(tail) {
    for (std::uint32_t i = 0; i < strategy.param_count; ++i) values_.push_back(strategy.params[i]->default_value);
    host_->abi_minor = tail == Tail::canary ? 0 : 7;
    host_->name = "sizes";
    host_->version = "1";
    host_->get_extension = &find_extension;
    config_->value_count = strategy.param_count;
    config_->values = values_.data();
    config_->seed = 1;
    dock_buffer error{problem_, sizeof problem_, 0};
    REQUIRE(strategy.create(host_.get(), config_.get(), &instance_, &error) == DOCK_OK);
    REQUIRE(strategy.requirements(instance_, needs_.get(), &error) == DOCK_OK);
  }
  ~Host() { strategy_.destroy(instance_); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // One more candle; the decision as text, to the bit.
  std::string step(double spread = 0) {
    const Row row = row_at(static_cast<std::uint32_t>(close_.size()));
    times_.push_back(1'700'000'000'000 + 300'000 * static_cast<std::int64_t>(times_.size()));
    close_.push_back(row.close), high_.push_back(row.close + 1), low_.push_back(row.close - 1), volume_.push_back(row.volume), taker_.push_back(row.taker);
    Sized<dock_candles> candles(tail_);
    candles->count = static_cast<std::uint32_t>(close_.size());
    candles->new_count = 1;
    candles->interval_ms = 300'000;
    candles->open_time_ms = times_.data();
    candles->open = candles->close = close_.data();
    candles->high = high_.data();
    candles->low = low_.data();
    candles->volume = volume_.data();
    candles->taker_buy_volume = taker_.data();
    std::vector<std::unique_ptr<Sized<dock_feed_data>>> feeds;
    std::vector<const dock_feed_data*> given;
    const double sentiment[] = {0.25}, published[] = {1};
    const double* const columns[] = {published, sentiment};
    const char* const names[] = {"published_at_ms", "sentiment"};
    for (std::uint32_t i = 0; i < needs_->feed_count; ++i) {
      auto& feed = *feeds.emplace_back(std::make_unique<Sized<dock_feed_data>>(tail_));
      feed->kind = needs_->feeds[i]->kind;
      feed->available = feed->kind == DOCK_FEED_NEWS;
      feed->fault = feed->available ? nullptr : "absent";
      if (feed->available) feed->row_count = 1, feed->column_count = 2, feed->columns = columns, feed->column_names = names, feed->known_at_ms = times_.data();
      given.push_back(feed.get());
    }
    Sized<dock_input> input(tail_);
    input->feed_count = needs_->feed_count;
    input->now_ms = times_.back() + 300'000;
    input->symbol = "BTCUSDT";
    input->candles = candles.get();
    input->feeds = given.data();
    if (tail_ == Tail::zero) input.append(spread);
    Sized<dock_decision> decision(tail_);
    char text[2'000], symbol[64];
    decision->reasoning = {text, sizeof text, 0};
    decision->recommended_symbol = {symbol, sizeof symbol, 0};
    dock_buffer error{problem_, sizeof problem_, 0};
    const std::int32_t status = strategy_.analyze(instance_, input.get(), decision.get(), &error);
    INFO(std::string(problem_, std::min<std::size_t>(error.length, sizeof problem_)));
    REQUIRE(status == DOCK_OK);
    untouched_ = untouched_ && decision.tail_untouched() && input.tail_untouched() && candles.tail_untouched();
    urgency_ = decision.appended();
    const double numbers[] = {decision->confidence, decision->size_fraction, decision->stop_loss_fraction, decision->take_profit_fraction};
    return std::string(reinterpret_cast<const char*>(numbers), sizeof numbers) + std::to_string(decision->action) + "/" +
           std::to_string(decision->set & 7u) + "/" + std::string(text, decision->reasoning.length) + "/" + std::string(symbol, decision->recommended_symbol.length);
  }
  std::string run(std::uint32_t rows) {
    std::string all;
    for (std::uint32_t i = 0; i < rows; ++i) all += step() + "\n";
    return all;
  }
  bool untouched() const { return untouched_ && host_.tail_untouched() && config_.tail_untouched() && needs_.tail_untouched(); }
  double urgency() const { return urgency_; }
  std::uint32_t cadence() const {
    std::uint32_t value = 0;
    const double appended = needs_.appended();
    std::memcpy(&value, &appended, sizeof value);
    return value;
  }
  dock_instance* instance() { return instance_; }
  dock_requirements& needs() { return *needs_.get(); }

 private:
  const dock_strategy& strategy_;
  Tail tail_;
  Sized<dock_host> host_;
  Sized<dock_config> config_;
  Sized<dock_requirements> needs_;
  std::vector<dock_value> values_;
  dock_instance* instance_ = nullptr;
  std::vector<std::int64_t> times_;
  std::vector<double> close_, high_, low_, volume_, taker_;
  bool untouched_ = true;
  double urgency_ = 0;
  char problem_[500] = {};
};

const std::string golden_folder = STRATDOCK_GOLDEN;
const char* const released[] = {"plain_gcc", "plain_clang", "sdk_gcc", "sdk_clang"};

#if defined(__x86_64__)
#define NEED_THIS_MACHINE()
#else
#define NEED_THIS_MACHINE() \
  WARN("skipped: the released libraries are for x86_64"); \
  return
#endif

}  // namespace

TEST_CASE("a library of 1.0 on a newer host, whose structs have grown, decides as before and leaves the new fields alone") {
  NEED_THIS_MACHINE();
  for (const char* name : released) {
    INFO(name);
    const dock_strategy& strategy = load(golden_folder + "/" + name + ".so");
    Host old(strategy, Tail::canary), unknown(strategy, Tail::unknown), zero(strategy, Tail::zero);
    const std::string decisions = old.run(200);
    REQUIRE(decisions == unknown.run(200));
    REQUIRE(decisions == zero.run(200));
    REQUIRE((old.untouched() && unknown.untouched() && zero.untouched()));
    REQUIRE(decisions.find(std::strncmp(name, "plain", 5) == 0 ? "feeds 3: 0 0.25 0" : "news 1") != std::string::npos);
  }
  REQUIRE(logged_lines == 3 * 4);  // the host's extension was found, and every instance said that it begins
}

TEST_CASE("a library of 1.0 on a newer host: chart, live parameters and snapshots through grown structs") {
  NEED_THIS_MACHINE();
  for (const char* name : released) {
    INFO(name);
    const dock_strategy& strategy = load(golden_folder + "/" + name + ".so");
    Host first(strategy, Tail::unknown);
    first.run(100);
    char text[500];
    dock_buffer error{text, sizeof text, 0};

    const auto* explain = static_cast<const dock_explain*>(strategy.get_extension(DOCK_EXTENSION_EXPLAIN));
    REQUIRE(explain != nullptr);
    Sized<dock_chart> chart(Tail::unknown);
    REQUIRE(explain->describe(first.instance(), chart.get(), &error) == DOCK_OK);
    REQUIRE((chart->series_count == 2 && chart->pane_count == 1 && chart->level_count == 1 && chart.tail_untouched()));
    double values[2] = {};
    REQUIRE(explain->values(first.instance(), values, 2, &error) == DOCK_OK);
    REQUIRE(values[0] > 0);

    std::string blob;
    Sized<dock_writer> writer(Tail::unknown);
    writer->data = &blob;
    writer->write = [](const dock_writer* me, const void* bytes, std::uint64_t size) noexcept -> std::int64_t {
      const std::uint64_t taken = size < 7 ? size : 7;
      static_cast<std::string*>(me->data)->append(static_cast<const char*>(bytes), taken);
      return static_cast<std::int64_t>(taken);
    };
    REQUIRE(strategy.save_state(first.instance(), writer.get(), &error) == DOCK_OK);
    struct Reading {
      const std::string& bytes;
      std::size_t at;
    } reading{blob, 0};
    Sized<dock_reader> reader(Tail::unknown);
    reader->data = &reading;
    reader->read = [](const dock_reader* me, void* bytes, std::uint64_t size) noexcept -> std::int64_t {
      auto& from = *static_cast<Reading*>(me->data);
      const std::size_t given = std::min<std::size_t>({size, 5, from.bytes.size() - from.at});
      std::memcpy(bytes, from.bytes.data() + from.at, given);
      from.at += given;
      return static_cast<std::int64_t>(given);
    };
    Host second(strategy, Tail::unknown), third(strategy, Tail::unknown);
    REQUIRE(strategy.load_state(second.instance(), reader.get(), &error) == DOCK_OK);
    third.run(100);
    double restored[2] = {};
    REQUIRE(explain->values(second.instance(), restored, 2, &error) == DOCK_OK);
    REQUIRE(std::memcmp(values, restored, sizeof values) == 0);

    const auto* live = static_cast<const dock_live_params*>(strategy.get_extension(DOCK_EXTENSION_PARAMS));
    REQUIRE(live != nullptr);
    std::vector<dock_value> changed;
    for (std::uint32_t i = 0; i < strategy.param_count; ++i) changed.push_back(strategy.params[i]->default_value);
    Sized<dock_config> config(Tail::unknown);
    config->value_count = strategy.param_count;
    config->values = changed.data();
    REQUIRE(live->change(third.instance(), config.get(), &error) == DOCK_OK);
    REQUIRE(config.tail_untouched());
  }
}

TEST_CASE("a library of a later minor on a host of 1.0 writes nothing behind its structs, and on its own host uses the new fields") {
  const dock_strategy& strategy = load(STRATDOCK_NEXT_MINOR);
  REQUIRE(strategy.struct_size > sizeof(dock_strategy));
  Host old(strategy, Tail::canary), newer(strategy, Tail::zero);
  const std::string decisions = old.run(100);
  REQUIRE(old.untouched());
  REQUIRE(decisions == newer.run(100));
  REQUIRE_FALSE(newer.untouched());
  REQUIRE(newer.cadence() == 4);
  REQUIRE(newer.urgency() == 0.25);
  newer.step(0.5);
  REQUIRE(newer.urgency() == 0.75);
}
