#include "host/validate/made_feeds.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace stratdock::validate {
namespace {

using Json = nlohmann::ordered_json;  // the schema's order is the columns' order

// A row every so many candles: some decisions see a new one, most do not.
constexpr uint32_t row_every = 6;
constexpr const char* news_text = "A headline\na made-up paper\nSomething happened.\n";
constexpr const char* reasoning_text = "made up for a test";

}  // namespace

void MadeFeeds::ask(std::span<const dock_feed* const> requests, uint64_t seed, bool with_optional) {
  seed_ = seed;
  for (const dock_feed* request : requests) {
    Feed& feed = feeds_.emplace_back();
    feed.request = request;
    feed.absent = request->required == 0 && !with_optional;
    name_columns(feed);
    pointers_.push_back(&feed.data);
  }
}

void MadeFeeds::name_columns(Feed& feed) {
  const auto add = [&](std::string name, double low, double high, bool whole) {
    feed.names.push_back(std::move(name));
    feed.lows.push_back(low), feed.highs.push_back(high), feed.whole.push_back(whole);
  };
  if (feed.request->kind == DOCK_FEED_NEWS) {
    add("published_at_ms", 0, 0, false);
    add("sentiment", -1, 1, false);
  }
  if (feed.request->kind == DOCK_FEED_ASSESSMENT && feed.request->answer_schema) {
    const Json schema = Json::parse(feed.request->answer_schema, nullptr, false);
    if (schema.is_object() && schema.contains("properties")) {
      for (const auto& [name, property] : schema["properties"].items()) {
        const std::string type = property.value("type", "");
        const double low = property.value("minimum", 0.0);
        if (property.contains("enum")) add(name, 0, static_cast<double>(property["enum"].size()) - 1, true);
        else if (type == "boolean") add(name, 0, 1, true);
        else if (type == "number" || type == "integer") add(name, low, property.value("maximum", low + 1), type == "integer");
      }
    }
  }
  for (const auto& name : feed.names) feed.name_pointers.push_back(name.c_str());
  feed.columns.resize(feed.names.size());
  feed.column_pointers.resize(feed.names.size());
}

void MadeFeeds::make_rows(Feed& feed, size_t place, const testing::Candles& market) {
  const uint64_t seed = seed_ * 1'000 + place;
  feed.known_at_ms.clear(), feed.texts.clear();
  for (auto& column : feed.columns) column.clear();
  if (feed.request->kind == DOCK_FEED_CANDLES) {
    const int64_t interval_ms = feed.request->interval_ms > 0 ? feed.request->interval_ms : market.interval_ms();
    const int64_t span_ms = market.size() == 0 ? 0 : market.end_ms(market.size() - 1) - market.open_time_ms(0);
    const int64_t before = static_cast<int64_t>(feed.request->min_rows) + 1;
    const int64_t rows = std::min<int64_t>(before + span_ms / interval_ms + 2, 20'000);
    const int64_t start_ms = market.size() == 0 ? 0 : market.open_time_ms(0) / interval_ms * interval_ms - before * interval_ms;
    feed.candles = testing::Candles(2'000, interval_ms, start_ms);
    feed.candles.random_walk(static_cast<uint32_t>(rows), seed);
    return;
  }
  testing::Chance chance(seed);
  for (uint32_t row = 0; row < market.size(); row += row_every) {
    feed.known_at_ms.push_back(market.open_time_ms(row) + market.interval_ms() / 2);
    feed.texts.push_back(feed.request->kind == DOCK_FEED_NEWS ? news_text : reasoning_text);
    for (size_t i = 0; i < feed.columns.size(); ++i) {
      const double share = chance.share();
      const double value = feed.lows[i] + share * (feed.highs[i] - feed.lows[i]);
      feed.columns[i].push_back(feed.whole[i] ? std::floor(feed.lows[i] + share * (feed.highs[i] - feed.lows[i] + 1)) : value);
    }
    if (feed.request->kind == DOCK_FEED_NEWS) feed.columns[0].back() = static_cast<double>(market.open_time_ms(row));
  }
}

void MadeFeeds::show(Feed& feed, int64_t now_ms, int64_t previous_now_ms) {
  dock_feed_data& data = feed.data;
  data = {};
  data.struct_size = sizeof data;
  data.kind = feed.request->kind;
  data.available = feed.absent ? 0 : 1;
  if (feed.absent) {
    data.fault = "absent for a test";
    return;
  }
  if (data.kind == DOCK_FEED_CANDLES) {
    uint32_t end = feed.candles.size();
    while (end > 0 && feed.candles.end_ms(end - 1) > now_ms) --end;
    uint32_t fresh = 0;
    while (fresh < end && feed.candles.end_ms(end - 1 - fresh) > previous_now_ms) ++fresh;
    const uint32_t rows = feed.request->max_rows > 0 ? std::min(end, feed.request->max_rows) : end;
    feed.shown = feed.candles.view(end - rows, rows, std::min(fresh, rows));
    data.row_count = rows;
    data.new_count = std::min(fresh, rows);
    data.candles = &feed.shown;
    return;
  }
  const auto begin = feed.known_at_ms.begin();
  const auto end = static_cast<size_t>(std::upper_bound(begin, feed.known_at_ms.end(), now_ms) - begin);
  const auto old = static_cast<size_t>(std::upper_bound(begin, feed.known_at_ms.end(), previous_now_ms) - begin);
  const size_t rows = feed.request->max_rows > 0 ? std::min<size_t>(end, feed.request->max_rows) : end;
  data.row_count = static_cast<uint32_t>(rows);
  data.new_count = static_cast<uint32_t>(std::min(rows, end - old));
  data.column_count = static_cast<uint32_t>(feed.columns.size());
  for (size_t i = 0; i < feed.columns.size(); ++i) feed.column_pointers[i] = feed.columns[i].data() + (end - rows);
  data.column_names = feed.name_pointers.data();
  data.columns = feed.column_pointers.data();
  data.text = feed.texts.data() + (end - rows);
  data.known_at_ms = feed.known_at_ms.data() + (end - rows);
}

std::span<const dock_feed_data* const> MadeFeeds::at(const testing::Candles& market, int64_t now_ms, int64_t previous_now_ms) {
  if (market_ != &market) {
    market_ = &market;
    for (size_t place = 0; place < feeds_.size(); ++place) make_rows(feeds_[place], place, market);
  }
  for (Feed& feed : feeds_) show(feed, now_ms, previous_now_ms);
  return pointers_;
}

}  // namespace stratdock::validate
