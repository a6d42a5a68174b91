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

FeedJob::Step FeedJob::step() {
  Step result;
  if (in_flight_) {
    result.fault = runner_.pump([](const auto&, const auto&) {});
    if (result.fault) return result;
    in_flight_ = !runner_.batch_done();
    if (in_flight_) return result.waits = true, result;
  }
  if (current_ == groups_.size()) return result.done = true, result;
  result = advance(groups_[current_]);
  // A worker that was lost on the way says so when its batch is pumped.
  if (runner_.is_ending()) in_flight_ = true;
  return result;
}

FeedJob::Step FeedJob::advance(Group& group) {
  Step result;
  if (group.series_id == 0) open(group);
  if (row_ < rows_.size()) {
    send_chunk(group);
    return result.waits = !runner_.batch_done(), result;
  }
  BookedSeries& booked = book_.at(group.key);
  const bool is_end_known = booked.last_open_ms != never_ms;
  const int64_t end_ms = is_end_known ? booked.last_open_ms + 1 : INT64_MAX;
  if (is_end_known ? group.next_ms < end_ms : !group.at_end) {
    const int64_t to_ms = std::min(end_ms, group.next_ms + rows_per_step * group.key.second);
    Status status = read(group, to_ms);
    if (status && !is_end_known && rows_.size() == 0) {
      // Its end, or a gap: what the history holds is the present.
      status = read(group, INT64_MAX);
      group.at_end = rows_.size() == 0;
    }
    if (status) return result;
    result.history_error = "reading the candles of " + group.key.first + " since the bot's first one: " + status.error().text();
    MessageWriter writer;
    writer.put(group.series_id);
    runner_.send(MessageType::close_series, writer);
    return result;
  }
  if (!is_end_known && group.last_ms != never_ms) booked.last_open_ms = group.last_ms;
  // What the history does not have yet.
  rows_ = booked.tail;
  row_ = group.last_ms == never_ms ? 0 : rows_.lower_bound(group.last_ms + 1);
  if (row_ < rows_.size()) return result;
  finish(group);
  result.done = ++current_ == groups_.size() && !runner_.is_ending();
  rows_.clear();
  row_ = 0;
  return result;
}

// Rows from next_ms on, in place of those that were sent.
Status FeedJob::read(Group& group, int64_t to_ms) {
  rows_ = CandleSeries(group.key.second);
  row_ = 0;
  const Status status = history_.read(group.key.first, group.key.second, group.next_ms, to_ms, [&](const CandleSeries& rows) {
    const size_t first = group.last_ms == never_ms ? 0 : rows.lower_bound(group.last_ms + 1);
    rows_.append(rows, first, rows.size() - first);
  });
  if (status) group.next_ms = to_ms == INT64_MAX ? (rows_.size() == 0 ? group.next_ms : rows_.open_time_ms().back() + 1) : to_ms;
  return status;
}

void FeedJob::open(Group& group) {
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
  runner_.send(MessageType::open_series, writer);
  for (const Member* member : group.members) {
    writer.clear();
    writer.put(member->handle);
    writer.put(group.series_id);
    runner_.send(MessageType::bind_instance, writer);
  }
}

void FeedJob::send_chunk(Group& group) {
  const size_t count = std::min(feed_chunk_rows, rows_.size() - row_);
  MessageWriter writer;
  writer.put(group.series_id);
  put_rows(writer, rows_, row_, count);
  runner_.send(MessageType::append_rows, writer);
  row_ += count;
  group.rows += count;
  group.last_ms = rows_.open_time_ms()[row_ - 1];
  request_.now_ms = group.last_ms + group.key.second;
  std::vector<PluginRunner::Call> calls;
  for (Member* member : group.members) {
    if (member->record->spec.anchor_ms > group.last_ms) continue;
    PluginRunner::read_candle_feeds(*member, history_, group.last_ms);  // the last row is left for the decision, and so is what closes with it
    calls.push_back({member, &request_, true});
  }
  runner_.begin_batch(std::move(calls), "taking in its past candles");
  in_flight_ = true;
}

void FeedJob::finish(Group& group) {
  auto& live = runner_.live_[group.key];
  if (live.id == 0) live.id = runner_.next_series_id_++, live.total_rows = group.rows;
  live.keep_rows = std::max(live.keep_rows, group.keep_rows);
  MessageWriter writer;
  writer.put(group.series_id);
  writer.put(live.id);
  runner_.send(MessageType::merge_series, writer);
  for (Member* member : group.members) member->fed = true, member->seen_rows = live.total_rows;
}

}  // namespace stratdock
