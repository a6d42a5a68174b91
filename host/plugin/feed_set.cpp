#include "host/plugin/feed_set.hpp"

#include <algorithm>

namespace stratdock {

namespace {

enum class PartKind : uint8_t { absent, data, candles };

void put_data(MessageWriter& writer, const FeedData& feed) {
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

bool get_data(MessageReader& reader, FeedData& data) {
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
  return text_count == 0 || text_count == data.known_at_ms.size();
}

// Rows behind the new ones that a strategy may look at.
int64_t window_of(const FeedRequirement& asked) { return std::max<int64_t>(asked.min_rows, 1); }

// Drops what was shown and lies further back than the window, once a good deal has gathered.
void compact(FeedCandles& kept, int64_t window) {
  constexpr size_t slack_rows = 1'024;
  const size_t shown = kept.rows.candles.lower_bound(kept.next_ms), needed = kept.rows.candles.size() - shown + static_cast<size_t>(window);
  if (kept.rows.candles.size() <= needed + slack_rows) return;
  const size_t dropped = kept.rows.candles.size() - needed;
  kept.rows.candles.keep_last(needed);
  kept.rows.trade_counts.erase(kept.rows.trade_counts.begin(), kept.rows.trade_counts.begin() + static_cast<std::ptrdiff_t>(dropped));
}

}  // namespace

void show_from(std::vector<FeedCandles>& feeds, const InstanceRequirements& needs, int64_t anchor_ms) {
  for (size_t i = 0; i < feeds.size() && i < needs.feeds.size(); ++i)
    feeds[i].first_ms = feeds[i].next_ms = feed_start_ms(needs.feeds[i], feeds[i].rows.candles.interval_ms(), anchor_ms);
}

void put_feeds(MessageWriter& writer, std::span<const FeedPart> feeds) {
  for (const FeedPart& part : feeds) {
    if (part.data) {
      writer.put(PartKind::data);
      put_data(writer, *part.data);
    } else if (part.candles && part.fault.empty()) {
      writer.put(PartKind::candles);
      writer.put(part.candles->interval_ms());
      put_rows(writer, *part.candles, 0, part.candles->size());
    } else {
      writer.put(PartKind::absent);
      writer.put_text(part.fault.empty() ? "the feed is not connected" : part.fault);
    }
  }
}

bool FeedSet::read(MessageReader& reader, size_t feed_count) {
  feeds_.clear();
  for (size_t i = 0; i < feed_count; ++i) {
    Feed& feed = feeds_.emplace_back();
    switch (reader.get<PartKind>()) {
      case PartKind::data:
        if (!get_data(reader, feed.data)) return false;
        break;
      case PartKind::candles: {
        const auto interval_ms = reader.get<int64_t>();
        if (interval_ms <= 0) return false;
        feed.arrived = CandleSeries(interval_ms);
        feed.has_candles = true;
        if (!get_rows(reader, feed.arrived)) return false;
        break;
      }
      case PartKind::absent:
        feed.data.available = false;
        feed.data.fault = reader.get_text();
        break;
      default: return false;
    }
  }
  return reader.ok();
}

bool FeedSet::give_candles(const InstanceRequirements& requirements, std::vector<FeedCandles>& kept) {
  for (size_t i = 0; i < feeds_.size() && i < requirements.feeds.size(); ++i) {
    if (requirements.feeds[i].kind != FeedKind::candles) continue;
    const Feed& feed = feeds_[i];
    while (kept.size() <= i) kept.push_back({SharedSeries{{}, CandleSeries(1), {}, 0}});
    FeedCandles& own = kept[i];
    own.available = feed.has_candles;
    if (feed.arrived.empty()) continue;
    if (own.rows.candles.empty()) own.rows.candles = CandleSeries(feed.arrived.interval_ms());
    else if (feed.arrived.open_time_ms().front() <= own.rows.candles.open_time_ms().back()) return false;
    compact(own, window_of(requirements.feeds[i]));
    own.rows.candles.append(feed.arrived, 0, feed.arrived.size());
    for (const int64_t count : feed.arrived.trade_count()) own.rows.trade_counts.push_back(static_cast<double>(count));
  }
  return true;
}

std::span<const dock_feed_data* const> FeedSet::dock(const InstanceRequirements& requirements, int64_t previous_now_ms, int64_t now_ms, std::vector<FeedCandles>& kept) {
  pointers_.clear();
  if (feeds_.empty()) return {};
  feeds_.resize(requirements.feeds.size());
  for (size_t i = 0; i < feeds_.size(); ++i) {
    Feed& feed = feeds_[i];
    const FeedRequirement& asked = requirements.feeds[i];
    feed.names.clear(), feed.columns.clear(), feed.texts.clear();
    for (const auto& column : feed.data.columns) feed.names.push_back(column.name.c_str()), feed.columns.push_back(column.values.data());
    for (const auto& text : feed.data.texts) feed.texts.push_back(text.c_str());
    const auto& known = feed.data.known_at_ms;
    dock_feed_data& dock = feed.dock;
    dock = {};
    dock.struct_size = sizeof dock;
    dock.kind = asked.asked_kind;
    if (asked.kind == FeedKind::candles) {
      dock.available = i < kept.size() && kept[i].available;
      if (dock.available) {
        FeedCandles& own = kept[i];
        const CandleSeries& candles = own.rows.candles;
        const size_t end = candles.lower_bound(now_ms - candles.interval_ms() + 1);
        feed.view = dock_rows(own.rows, candles.lower_bound(own.first_ms), candles.lower_bound(own.next_ms), end, window_of(asked));
        if (end > 0 && candles.open_time_ms()[end - 1] >= own.next_ms) own.next_ms = candles.open_time_ms()[end - 1] + 1;
        dock.candles = &feed.view;
        dock.row_count = feed.view.count;
        dock.new_count = feed.view.new_count;
      }
    } else {
      dock.available = feed.data.available;
      dock.row_count = static_cast<uint32_t>(known.size());
      dock.new_count = static_cast<uint32_t>(known.end() - std::upper_bound(known.begin(), known.end(), previous_now_ms));
      dock.column_count = static_cast<uint32_t>(feed.columns.size());
      dock.column_names = feed.names.data();
      dock.columns = feed.columns.data();
      dock.text = feed.texts.empty() ? nullptr : feed.texts.data();
      dock.known_at_ms = known.data();
    }
    dock.fault = dock.available ? nullptr : feed.data.fault.c_str();
    pointers_.push_back(&dock);
  }
  return pointers_;
}

}  // namespace stratdock
