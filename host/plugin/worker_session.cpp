#include "host/plugin/worker_session.hpp"

#include <algorithm>

#include "host/plugin/backtest_hook.hpp"
#include "host/plugin/explain_hook.hpp"
#include "host/plugin/parameter_wire.hpp"

namespace stratdock {
namespace {

// Drops old rows once twice as many as needed have gathered, so that each row is moved about once.
void compact(SharedSeries& series) {
  if (series.keep_rows == 0 || series.candles.size() <= 2 * series.keep_rows) return;
  series.candles.keep_last(series.keep_rows);
  series.trade_counts.erase(series.trade_counts.begin(), series.trade_counts.end() - static_cast<std::ptrdiff_t>(series.keep_rows));
}

// The same by open times.
dock_candles visible_rows(const SharedSeries& series, int64_t anchor_ms, int64_t new_from_ms, size_t end_row, int64_t window) {
  return dock_rows(series, series.candles.lower_bound(anchor_ms), series.candles.lower_bound(new_from_ms), end_row, window);
}

PositionView position_of(const WireRequest& request) { return {request.position_fraction, request.entry_price, request.entry_time_ms}; }

}  // namespace

int WorkerSession::serve() {
  Message message;
  MessageReceiver receiver(message_limit_bytes);
  for (;;) {
    const auto received = receiver.receive(socket_fd_, message, true);
    if (received == TransferResult::ended) return 0;
    if (received != TransferResult::done || !handle(message)) return 1;
  }
}

bool WorkerSession::handle(const Message& message) {
  MessageReader reader(message.bytes);
  switch (message.type) {
    case MessageType::open_series: return open_series(reader);
    case MessageType::append_rows: return append_rows(reader);
    case MessageType::merge_series: return merge_series(reader);
    case MessageType::close_series: series_.erase(reader.get<uint32_t>()); return true;
    case MessageType::create_instance: return create_instance(reader);
    case MessageType::bind_instance: return bind_instance(reader);
    case MessageType::change_instance: return change_instance(reader);
    case MessageType::destroy_instance:
      instances_.erase(reader.get<uint32_t>());
      reply(MessageType::destroyed, MessageWriter());
      return true;
    case MessageType::evaluate: return evaluate(reader);
    case MessageType::run_backtest: return run_backtest(reader);
    case MessageType::run_explain: return run_explain(reader);
    default: return false;
  }
}

bool WorkerSession::open_series(MessageReader& reader) {
  const auto id = reader.get<uint32_t>();
  std::string symbol = reader.get_text();
  const auto interval_ms = reader.get<int64_t>();
  const auto keep_rows = reader.get<uint64_t>();
  // Known already: only how much is kept changes.
  const auto found = series_.find(id);
  if (found != series_.end()) return found->second.keep_rows = keep_rows, reader.ok();
  series_.emplace(id, SharedSeries{std::move(symbol), CandleSeries(interval_ms), {}, keep_rows});
  return reader.ok() && interval_ms > 0;
}

bool WorkerSession::append_rows(MessageReader& reader) {
  const auto found = series_.find(reader.get<uint32_t>());
  if (found == series_.end()) return false;
  SharedSeries& series = found->second;
  compact(series);
  const size_t before = series.candles.size();
  if (!get_rows(reader, series.candles)) return false;
  for (size_t row = before; row < series.candles.size(); ++row)
    series.trade_counts.push_back(static_cast<double>(series.candles.trade_count()[row]));
  return true;
}

bool WorkerSession::merge_series(MessageReader& reader) {
  const auto from_id = reader.get<uint32_t>();
  const auto into_id = reader.get<uint32_t>();
  const auto from = series_.find(from_id);
  if (from == series_.end() || from_id == into_id) return false;
  const auto into = series_.find(into_id);
  // Both end at the same row without holes, so the one with more rows holds all that either has.
  if (into != series_.end()) into->second.keep_rows = std::max(into->second.keep_rows, from->second.keep_rows);
  if (into == series_.end())
    series_.emplace(into_id, std::move(from->second));
  else if (from->second.candles.size() > into->second.candles.size())
    std::swap(from->second.candles, into->second.candles), std::swap(from->second.trade_counts, into->second.trade_counts);
  series_.erase(from_id);
  for (auto& [handle, held] : instances_)
    if (held.series_id == from_id) held.series_id = into_id;
  return reader.ok();
}

bool WorkerSession::create_instance(MessageReader& reader) {
  const auto handle = reader.get<uint32_t>();
  const std::string strategy_id = reader.get_text();
  HeldInstance held;
  held.seed = reader.get<uint64_t>();
  held.symbol = reader.get_text();
  held.anchor_ms = held.next_ms = reader.get<int64_t>();
  held.values = get_values(reader);
  if (!reader.ok()) return false;
  MessageWriter writer;
  const auto refuse = [&](const Error& error) {
    writer.put(uint8_t{0});
    writer.put_text(error.text());
    reply(MessageType::created, writer);
    return true;
  };
  held.strategy = library_.find(strategy_id);
  if (!held.strategy) return refuse({"the plugin has no strategy " + strategy_id, "", 0});
  auto created = StrategyInstance::create(*held.strategy, held.values, held.seed, held.symbol);
  if (!created) return refuse(created.error());
  held.instance = std::move(*created);
  const InstanceRequirements& needs = held.instance->requirements();
  writer.put(uint8_t{1});
  writer.put(needs.warmup_candles);
  writer.put(needs.window_candles);
  writer.put(static_cast<uint32_t>(needs.feeds.size()));
  for (const auto& feed : needs.feeds) {
    writer.put(static_cast<uint8_t>(feed.kind));
    writer.put(static_cast<uint8_t>(feed.required));
    writer.put_text(feed.symbol);
    for (int64_t number : {feed.interval_ms, feed.refresh_ms, feed.min_rows, feed.max_rows}) writer.put(number);
    writer.put_text(feed.prompt);
    writer.put_text(feed.answer_schema);
  }
  instances_.insert_or_assign(handle, std::move(held));
  reply(MessageType::created, writer);
  return true;
}

bool WorkerSession::bind_instance(MessageReader& reader) {
  const auto found = instances_.find(reader.get<uint32_t>());
  if (found == instances_.end()) return false;
  found->second.series_id = reader.get<uint32_t>();
  return reader.ok();
}

bool WorkerSession::change_instance(MessageReader& reader) {
  const auto found = instances_.find(reader.get<uint32_t>());
  std::vector<ParameterValue> values = get_values(reader);
  if (!reader.ok() || found == instances_.end()) return false;
  const Result<bool> changed = found->second.instance->change(values);
  if (changed && *changed) found->second.values = std::move(values);
  MessageWriter writer;
  writer.put(static_cast<uint8_t>(!changed ? 0 : *changed ? 1 : 2));
  writer.put_text(changed ? "" : changed.error().text());
  reply(MessageType::changed, writer);
  return true;
}

bool WorkerSession::evaluate(MessageReader& reader) {
  FeedSet feeds;
  last_sent_ = std::chrono::steady_clock::now();
  while (!reader.at_end()) {
    const auto request = reader.get<WireRequest>();
    if (!feeds.read(reader, request.feed_count) || !evaluate_one(request, feeds)) return false;
  }
  return send_answers();
}

bool WorkerSession::evaluate_one(const WireRequest& request, FeedSet& feeds) {
  const auto found = instances_.find(request.handle);
  if (found == instances_.end()) return answer(request.handle, failure("the worker does not know the instance"));
  HeldInstance& held = found->second;
  if (!feeds.give_candles(held.instance->requirements(), held.feed_candles)) return false;
  const auto series = series_.find(held.series_id);
  if (series == series_.end()) return answer(request.handle, failure("no candle since the bot's first one has arrived yet"));
  if (request.each_row) return evaluate_rows(held, request, feeds);
  const CandleSeries& candles = series->second.candles;
  const auto& needs = held.instance->requirements();
  const size_t end_row = candles.size() - (request.before_last && !candles.empty() ? 1 : 0);
  const dock_candles rows = visible_rows(series->second, held.anchor_ms, held.next_ms, end_row, needs.window_candles);
  if (request.before_last && rows.new_count == 0) return answer(request.handle, Decision{});
  if (rows.count == 0) return answer(request.handle, failure("no candle since the bot's first one has arrived yet"));
  const int64_t now_ms = request.before_last ? candles.open_time_ms()[end_row - 1] + candles.interval_ms() : request.now_ms;
  const auto given = feeds.dock(needs, held.last_now_ms, now_ms, held.feed_candles);
  held.next_ms = candles.open_time_ms()[end_row - 1] + 1;
  held.last_now_ms = now_ms;
  const Result<Decision> decision = held.instance->analyze({&rows, now_ms, position_of(request), given});
  std::vector<StrategyLine> lines = held.instance->take_lines();
  // What it says about the past was said then.
  if (request.before_last) lines.clear();
  return answer(request.handle, decision, std::move(lines));
}

bool WorkerSession::evaluate_rows(HeldInstance& held, const WireRequest& request, FeedSet& feeds) {
  const SharedSeries& series = series_.find(held.series_id)->second;
  const auto times = series.candles.open_time_ms();
  const auto& needs = held.instance->requirements();
  for (size_t row = series.candles.lower_bound(held.next_ms); row < times.size(); ++row) {
    const int64_t now_ms = times[row] + series.candles.interval_ms();
    std::unique_ptr<StrategyInstance> fresh;
    dock_candles rows{};
    if (request.window_rows != 0) {
      auto created = StrategyInstance::create(*held.strategy, held.values, held.seed, held.symbol);
      if (!created) {
        if (!answer(request.handle, tl::unexpected(created.error()))) return false;
        continue;
      }
      fresh = std::move(*created);
      const size_t first = row + 1 - std::min<size_t>(row + 1, request.window_rows);
      const int64_t anchor_ms = std::max(times[first], held.anchor_ms);
      rows = visible_rows(series, anchor_ms, anchor_ms, row + 1, needs.window_candles);
    } else {
      rows = visible_rows(series, held.anchor_ms, times[row], row + 1, needs.window_candles);
    }
    StrategyInstance& instance = fresh ? *fresh : *held.instance;
    if (fresh) show_from(held.feed_candles, needs, rows.open_time_ms[0]);
    const auto given = feeds.dock(needs, fresh ? 0 : held.last_now_ms, now_ms, held.feed_candles);
    held.last_now_ms = now_ms;
    if (!answer(request.handle, instance.analyze({&rows, now_ms, position_of(request), given}))) return false;
  }
  if (!times.empty()) held.next_ms = times.back() + 1;
  return true;
}

bool WorkerSession::answer(uint32_t handle, const Result<Decision>& decision, std::vector<StrategyLine> lines) {
  WireAnswer answer;
  answer.handle = handle;
  answer.lines = std::move(lines);
  answer.ok = decision.has_value();
  if (decision)
    answer.decision = *decision;
  else
    answer.error = decision.error().text();
  put_answer(answer_writer_, answer);
  // Whose answer is missing on this page tells the engine which call was in flight when this process ended.
  progress_.count_answer();
  // Together, since a message costs more than a decision; but not for long, since the engine's clock for a call starts anew
  // with each message.
  constexpr auto longest_wait = std::chrono::milliseconds(1);
  if (answer_writer_.bytes().size() < message_part_bytes / 2 && std::chrono::steady_clock::now() - last_sent_ < longest_wait) return true;
  return send_answers();
}

bool WorkerSession::send_answers() {
  if (answer_writer_.bytes().empty()) return true;
  const bool sent = send_message(socket_fd_, MessageType::answers, answer_writer_.bytes()) == TransferResult::done;
  answer_writer_.clear();
  last_sent_ = std::chrono::steady_clock::now();
  return sent;
}

bool WorkerSession::run_backtest(MessageReader& reader) {
  const auto series = series_.find(reader.get<uint32_t>());
  const std::string strategy_id = reader.get_text();
  const std::vector<ParameterValue> values = get_values(reader);
  const auto seed = reader.get<uint64_t>();
  const std::string symbol = reader.get_text();
  const std::string settings_json = reader.get_text();
  FeedSet feeds;
  if (!feeds.read(reader, reader.get<uint8_t>()) || series == series_.end()) return false;
  const dock_strategy* strategy = library_.find(strategy_id);
  const Result<std::string> result = strategy ? backtest_in_worker({*strategy, values, seed, symbol, series->second, feeds}, settings_json)
                                              : Result<std::string>(failure("the plugin has no strategy " + strategy_id));
  MessageWriter writer;
  writer.put(static_cast<uint8_t>(result.has_value()));
  writer.put_text(result ? *result : result.error().text());
  reply(MessageType::backtest_done, writer);
  return true;
}

bool WorkerSession::run_explain(MessageReader& reader) {
  const auto series = series_.find(reader.get<uint32_t>());
  const std::string strategy_id = reader.get_text();
  const std::vector<ParameterValue> values = get_values(reader);
  const auto seed = reader.get<uint64_t>();
  const std::string symbol = reader.get_text();
  const auto rows = reader.get<uint64_t>();
  if (!reader.ok() || series == series_.end()) return false;
  const dock_strategy* strategy = library_.find(strategy_id);
  const Result<Explanation> result = strategy ? explain_in_worker({*strategy, values, seed, symbol, rows, series->second})
                                              : Result<Explanation>(failure("the plugin has no strategy " + strategy_id));
  MessageWriter writer;
  writer.put(static_cast<uint8_t>(result.has_value()));
  if (result)
    put_explanation(writer, *result);
  else
    writer.put_text(result.error().text());
  reply(MessageType::explain_done, writer);
  return true;
}

void WorkerSession::reply(MessageType type, const MessageWriter& writer) { send_message(socket_fd_, type, writer.bytes()); }

}  // namespace stratdock
