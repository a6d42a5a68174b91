// Feeds made up for a test: candles of other symbols, news and assessments as an instance asked for them, from a seed.
// Thread rule: one thread. Invariant: what is shown at a moment depends on the seed, the market and that moment alone, and
// nothing is shown before it is known.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include <stratdock/strategy_abi.h>
#include <stratdock/testing/candles.hpp>

namespace stratdock::validate {

class MadeFeeds {
public:
  // The requests must live as long as this object, as the ABI promises. An optional feed is absent unless `with_optional`.
  void ask(std::span<const dock_feed* const> requests, uint64_t seed, bool with_optional);
  // What there is at now_ms; rows known at or before previous_now_ms do not count as new.
  std::span<const dock_feed_data* const> at(const testing::Candles& market, int64_t now_ms, int64_t previous_now_ms);

private:
  struct Feed {
    const dock_feed* request = nullptr;
    bool absent = false;
    std::vector<std::string> names;
    std::vector<const char*> name_pointers;
    std::vector<std::vector<double>> columns;
    std::vector<const double*> column_pointers;
    std::vector<double> lows, highs;  // of each column
    std::vector<bool> whole;
    std::vector<const char*> texts;
    std::vector<int64_t> known_at_ms;
    testing::Candles candles;
    dock_candles shown{};
    dock_feed_data data{};
  };
  void name_columns(Feed& feed);
  void make_rows(Feed& feed, size_t place, const testing::Candles& market);
  void show(Feed& feed, int64_t now_ms, int64_t previous_now_ms);

  std::deque<Feed> feeds_;
  std::vector<const dock_feed_data*> pointers_;
  const testing::Candles* market_ = nullptr;
  uint64_t seed_ = 1;
};

}  // namespace stratdock::validate
