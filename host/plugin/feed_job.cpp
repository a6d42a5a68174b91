#include "host/plugin/feed_job.hpp"

#include <algorithm>

namespace stratdock {
namespace {

constexpr int64_t rows_per_step = 4'096;

}  // namespace

FeedJob::FeedJob(PluginRunner& runner, CandleHistory& history, SeriesBook& book, std::vector<Member*> members)
    : runner_(runner), history_(history), book_(book) {
  std::map<SeriesKey, Group> groups;
  for (Member* member : members) {
    const SeriesKey key = member->record->series();
    Group& group = groups[key];
    if (group.members.empty()) group.next_ms = member->record->spec.anchor_ms;
    group.key = key;
    group.members.push_back(member);
    group.next_ms = std::min(group.next_ms, member->record->spec.anchor_ms);
  }
  for (auto& [key, group] : groups) groups_.push_back(std::move(group));
}

FeedJob::Step FeedJob::run() {
  Step result;
  do result = step();
  while (!result.done && !result.fault && result.history_error.empty());
  return result;
}

FeedJob::Step FeedJob::step() {
  Step result;
  if (current_ == groups_.size()) return result.done = true, result;
  Group& group = groups_[current_];
  if (group.series_id == 0)
    if ((result.fault = open(group))) return result;
  BookedSeries& booked = book_.at(group.key);
  // Nothing was appended yet: what the history holds is the present.
  const bool unknown_end = booked.last_open_ms == never_ms;
  const int64_t end_ms = unknown_end ? INT64_MAX : booked.last_open_ms + 1;
  const int64_t to_ms = unknown_end ? end_ms : std::min(end_ms, group.next_ms + rows_per_step * group.key.second);
  if (group.next_ms < to_ms) {
    const auto status = history_.read(group.key.first, group.key.second, group.next_ms, to_ms, [&](const CandleSeries& rows) {
      if (!result.fault) result.fault = feed(group, rows);
    });
    if (!status) result.history_error = "reading the candles of " + group.key.first + " since the bot's first one: " + status.error().text();
    if (result.fault) return result;
    if (!status) {
      MessageWriter writer;
      writer.put(group.series_id);
      result.fault = runner_.send(MessageType::close_series, writer);
      return result;
    }
    group.next_ms = to_ms;
  }
  if (to_ms < end_ms) return result;
  if (unknown_end && group.last_ms != never_ms) booked.last_open_ms = group.last_ms;
  if ((result.fault = feed(group, booked.tail)) || (result.fault = finish(group))) return result;
  result.done = ++current_ == groups_.size();
  return result;
}

std::optional<Fault> FeedJob::open(Group& group) {
  size_t window = 1;
  for (const Member* member : group.members)
    window = std::max(window, static_cast<size_t>(member->record->requirements.window_candles));
  // Behind each of up to a chunk of new rows a whole window must lie; a second chunk for rows not yet evaluated.
  group.keep_rows = window + 2 * feed_chunk_rows;
  group.series_id = runner_.next_series_id_++;
  MessageWriter writer;
  writer.put(group.series_id);
  writer.put_text(group.key.first);
  writer.put(group.key.second);
  writer.put(static_cast<uint64_t>(group.keep_rows));
  if (auto fault = runner_.send(MessageType::open_series, writer)) return fault;
  for (const Member* member : group.members) {
    writer.clear();
    writer.put(member->handle);
    writer.put(group.series_id);
    if (auto fault = runner_.send(MessageType::bind_instance, writer)) return fault;
  }
  return std::nullopt;
}

std::optional<Fault> FeedJob::feed(Group& group, const CandleSeries& rows) {
  for (size_t row = group.last_ms == never_ms ? 0 : rows.lower_bound(group.last_ms + 1); row < rows.size();) {
    const size_t count = std::min(feed_chunk_rows, rows.size() - row);
    MessageWriter writer;
    writer.put(group.series_id);
    put_rows(writer, rows, row, count);
    if (auto fault = runner_.send(MessageType::append_rows, writer)) return fault;
    row += count;
    group.rows += count;
    group.last_ms = rows.open_time_ms()[row - 1];
    EvaluateRequest request;
    request.now_ms = group.last_ms + group.key.second;
    std::vector<PluginRunner::Call> calls;
    for (Member* member : group.members) {
      if (member->record->spec.anchor_ms > group.last_ms) continue;
      PluginRunner::read_candle_feeds(*member, history_, group.last_ms);  // the last row is left for the decision, and so is what closes with it
      calls.push_back({member, &request, true});
    }
    if (auto fault = runner_.run_batch(std::move(calls), "taking in its past candles", [](const auto&, const auto&) {})) return fault;
  }
  return std::nullopt;
}

std::optional<Fault> FeedJob::finish(Group& group) {
  auto& live = runner_.live_[group.key];
  if (live.id == 0) live.id = runner_.next_series_id_++, live.total_rows = group.rows;
  live.keep_rows = std::max(live.keep_rows, group.keep_rows);
  MessageWriter writer;
  writer.put(group.series_id);
  writer.put(live.id);
  if (auto fault = runner_.send(MessageType::merge_series, writer)) return fault;
  for (Member* member : group.members) member->fed = true, member->seen_rows = live.total_rows;
  return std::nullopt;
}

}  // namespace stratdock
