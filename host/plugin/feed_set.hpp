// The feeds of one evaluate request: written by the engine, rebuilt by the worker as the ABI's structs. News and assessments
// come whole each time; candles come once and stay with the instance.
// Thread rule: one thread. Invariant: every pointer of dock() points into this object or the instance's candles, and stays
// until the next read().
#pragma once

#include <stratdock/strategy_abi.h>

#include <deque>
#include <span>
#include <vector>

#include "host/plugin/plugin_host.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/shared_series.hpp"

namespace stratdock {

// What one feed of a request is written from; all empty: the feed is absent.
struct FeedPart {
  const FeedData* data = nullptr;         // news, assessment
  const CandleSeries* candles = nullptr;  // those that the instance has not been sent; their times ascend from request to request
  std::string_view fault;                 // of candles that cannot be had
};
void put_feeds(MessageWriter& writer, std::span<const FeedPart> feeds);

// The candles of one feed in the worker, kept per instance.
struct FeedCandles {
  SharedSeries rows;
  int64_t first_ms = INT64_MIN;  // nothing that opens before is ever shown
  int64_t next_ms = INT64_MIN;   // the first open time not yet shown
  bool available = false;
};
// Candles of feeds begin so far before the instance's own first one that at that one the rows asked for are there.
constexpr int64_t feed_start_ms(const FeedRequirement& feed, int64_t interval_ms, int64_t anchor_ms) { return anchor_ms - feed.min_rows * interval_ms; }
// As for an instance that begins at `anchor_ms`.
void show_from(std::vector<FeedCandles>& feeds, const InstanceRequirements& needs, int64_t anchor_ms);

class FeedSet {
public:
  // False when the bytes make no sense.
  bool read(MessageReader& reader, size_t feed_count);
  // Moves the candles that came into the instance's own. False when they do not follow on those it has.
  bool give_candles(const InstanceRequirements& requirements, std::vector<FeedCandles>& kept);
  // One struct per requirement, in its order. Rows known at or before `previous_now_ms` do not count as new; candles are
  // those that closed by `now_ms`, of which the ones not shown before are new.
  std::span<const dock_feed_data* const> dock(const InstanceRequirements& requirements, int64_t previous_now_ms, int64_t now_ms, std::vector<FeedCandles>& kept);

private:
  struct Feed {
    FeedData data;
    CandleSeries arrived{1};
    bool has_candles = false;
    dock_candles view{};
    std::vector<const char*> names, texts;
    std::vector<const double*> columns;
    dock_feed_data dock{};
  };
  std::deque<Feed> feeds_;
  std::vector<const dock_feed_data*> pointers_;
};

}  // namespace stratdock
