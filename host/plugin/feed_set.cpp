#include "host/plugin/feed_set.hpp"

#include <algorithm>

namespace stratdock {

void put_feeds(MessageWriter& writer, std::span<const FeedData* const> feeds) {
  static const FeedData absent{{}, {}, {}, false, "the feed is not connected"};
  for (const FeedData* given : feeds) {
    const FeedData& feed = given ? *given : absent;
    writer.put(static_cast<uint8_t>(feed.available));
    writer.put_text(feed.fault);
    writer.put_array(std::span<const int64_t>(feed.known_at_ms));
    writer.put(static_cast<uint32_t>(feed.columns.size()));
    for (const FeedColumn& column : feed.columns) {
      writer.put_text(column.name);
      writer.put_array(std::span<const double>(column.values));
    }
    writer.put(static_cast<uint32_t>(feed.texts.size()));
    for (const auto& text : feed.texts) writer.put_text(text);
  }
}

bool FeedSet::read(MessageReader& reader, size_t feed_count) {
  feeds_.clear();
  for (size_t i = 0; i < feed_count; ++i) {
    FeedData& data = feeds_.emplace_back().data;
    data.available = reader.get<uint8_t>() != 0;
    data.fault = reader.get_text();
    data.known_at_ms = reader.get_array<int64_t>();
    const auto column_count = reader.get<uint32_t>();
    for (uint32_t c = 0; c < column_count && reader.ok(); ++c) {
      auto& column = data.columns.emplace_back();
      column.name = reader.get_text();
      column.values = reader.get_array<double>();
      if (column.values.size() != data.known_at_ms.size()) return false;
    }
    const auto text_count = reader.get<uint32_t>();
    for (uint32_t t = 0; t < text_count && reader.ok(); ++t) data.texts.push_back(reader.get_text());
    if (text_count != 0 && text_count != data.known_at_ms.size()) return false;
  }
  return reader.ok();
}

std::span<const dock_feed_data* const> FeedSet::dock(const InstanceRequirements& requirements, int64_t previous_now_ms) {
  pointers_.clear();
  if (feeds_.empty()) return {};
  feeds_.resize(requirements.feeds.size());
  for (size_t i = 0; i < feeds_.size(); ++i) {
    Feed& feed = feeds_[i];
    const FeedKind kind = requirements.feeds[i].kind;
    feed.names.clear(), feed.columns.clear(), feed.texts.clear();
    for (const auto& column : feed.data.columns) feed.names.push_back(column.name.c_str()), feed.columns.push_back(column.values.data());
    for (const auto& text : feed.data.texts) feed.texts.push_back(text.c_str());
    const auto& known = feed.data.known_at_ms;
    dock_feed_data& dock = feed.dock;
    dock = {};
    dock.struct_size = sizeof dock;
    dock.kind = requirements.feeds[i].asked_kind;
    dock.available = feed.data.available && kind != FeedKind::candles;
    dock.row_count = static_cast<uint32_t>(known.size());
    dock.new_count = static_cast<uint32_t>(known.end() - std::upper_bound(known.begin(), known.end(), previous_now_ms));
    dock.column_count = static_cast<uint32_t>(feed.columns.size());
    dock.column_names = feed.names.data();
    dock.columns = feed.columns.data();
    dock.text = feed.texts.empty() ? nullptr : feed.texts.data();
    dock.known_at_ms = known.data();
    dock.fault = dock.available ? nullptr : feed.data.fault.c_str();
    pointers_.push_back(&dock);
  }
  return pointers_;
}

}  // namespace stratdock
