// The news and assessment rows of one evaluate request: written by the engine, rebuilt by the worker as the ABI's structs.
// Thread rule: one thread. Invariant: every pointer of dock() points into this object and stays until the next read().
#pragma once

#include <stratdock/strategy_abi.h>

#include <deque>
#include <span>
#include <vector>

#include "host/plugin/plugin_host.hpp"
#include "host/plugin/protocol.hpp"

namespace stratdock {

// Null pointers are written as absent feeds.
void put_feeds(MessageWriter& writer, std::span<const FeedData* const> feeds);

class FeedSet {
public:
  // False when the bytes make no sense.
  bool read(MessageReader& reader, size_t feed_count);
  // One struct per requirement, in its order; rows known at or before `previous_now_ms` do not count as new.
  std::span<const dock_feed_data* const> dock(const InstanceRequirements& requirements, int64_t previous_now_ms);

private:
  struct Feed {
    FeedData data;
    std::vector<const char*> names, texts;
    std::vector<const double*> columns;
    dock_feed_data dock{};
  };
  std::deque<Feed> feeds_;
  std::vector<const dock_feed_data*> pointers_;
};

}  // namespace stratdock
