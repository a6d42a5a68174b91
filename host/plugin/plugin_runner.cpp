#include "host/plugin/plugin_runner.hpp"

#include <poll.h>

#include <algorithm>

#include "host/plugin/decision_check.hpp"
#include "host/plugin/feed_set.hpp"
#include "host/plugin/parameter_wire.hpp"
#include "host/plugin/plugin_file.hpp"
#include "host/plugin/worker_session.hpp"

namespace stratdock {
Result<InstanceRequirements> read_created(const Message& message) {
  MessageReader reader(message.bytes);
  if (reader.get<uint8_t>() == 0) return failure(clean_text(reader.get_text(), 1'024));
  InstanceRequirements needs;
  needs.warmup_candles = reader.get<int64_t>();
  needs.window_candles = reader.get<int64_t>();
  const auto feeds = reader.get<uint32_t>();
  for (uint32_t i = 0; i < feeds && i < 32 && reader.ok(); ++i) {
    FeedRequirement& feed = needs.feeds.emplace_back();
    feed.kind = static_cast<FeedKind>(std::min<uint8_t>(reader.get<uint8_t>(), 3));
    feed.required = reader.get<uint8_t>() != 0;
    feed.symbol = clean_text(reader.get_text(), 64);
    for (int64_t* number : {&feed.interval_ms, &feed.refresh_ms, &feed.min_rows, &feed.max_rows}) *number = reader.get<int64_t>();
    feed.prompt = clean_text(reader.get_text(), 65'536);
    feed.answer_schema = clean_text(reader.get_text(), 65'536);
  }
  constexpr int64_t window_limit = 100'000;
  if (!reader.ok() || needs.window_candles < 0 || needs.window_candles > window_limit || needs.warmup_candles < 0)
    return failure("the plugin's requirements make no sense");
  return needs;
}

const StrategyInfo* PluginVersion::find(std::string_view strategy_id) const {
  for (const auto& strategy : strategies)
    if (strategy.id == strategy_id) return &strategy;
  return nullptr;
}

int PluginRunner::wait_fd() const {
  const WorkerProcess* awaited = starting_ ? starting_.get() : worker_.get();
  return awaited == nullptr || awaited->is_ending() ? -1 : awaited->fd();
}

int PluginRunner::wait_ms() const {
  const WorkerProcess* awaited = starting_ ? starting_.get() : worker_.get();
  if (awaited == nullptr || awaited->is_ending()) return 1;
  const int64_t look_ms = WorkerProcess::next_look_ms(call_start_ms_, starting_ ? options_.load_deadline_ms : options_.call_deadline_ms);
  // At least 5 ms: from the first look on a call is looked at again and again until it is judged (see is_overdue).
  return static_cast<int>(std::max<int64_t>(look_ms - steady_now_ms(), 5));
}

void PluginRunner::wait() const {
  pollfd waited{wait_fd(), POLLIN, 0};
  poll(&waited, 1, wait_ms());
}

Status PluginRunner::start() {
  for (;;) {
    if (auto started = try_start()) return *started;
    wait();
  }
}

Status PluginRunner::spawn() {
  ++start_tries_;
  auto worker = WorkerProcess::spawn(options_);
  if (!worker) return tl::unexpected(worker.error());
  starting_ = std::move(*worker);
  call_start_ms_ = steady_now_ms();
  (void)starting_->begin_load(version_->library_path, version_->needs_complete_sandbox);  // the look notices
  return {};
}

std::optional<Status> PluginRunner::try_start() {
  if (worker_) return Status();
  const std::string what = "starting the worker of " + version_->file + ": ";
  if (!starting_) {
    failed_to_load_ = false;
    // What is trusted is these bytes, so they are looked at each time that they are loaded.
    if (const auto sha256 = hash_of_file(version_->library_path); !sha256 || *sha256 != version_->sha256)
      return failure(what + "its private copy " + version_->library_path.string() + " was changed", "copy the plugin file to its place again");
    start_tries_ = 0;
    if (Status spawned = spawn(); !spawned) return spawned;
  }
  const auto look = starting_->look(message_, call_start_ms_, options_.load_deadline_ms);
  if (look == WorkerProcess::Look::not_yet) return std::nullopt;
  std::string why;
  if (look == WorkerProcess::Look::arrived) {
    if (auto loaded = starting_->read_loaded(message_)) {
      worker_ = std::move(starting_);
      received_ = 0;
      sandbox_report_ = worker_->sandbox_report();
      return Status();
    } else {
      why = loaded.error().text();
    }
  } else {
    const auto death = starting_->try_end(starting_->pending_end());
    if (!death) return std::nullopt;
    // A kill from outside says nothing about the plugin: whoever waits for a decision must not notice.
    constexpr int most_tries = 5;
    if (starting_->was_killed_outside() && start_tries_ < most_tries) {
      if (Status spawned = spawn(); !spawned) return spawned;
      return std::nullopt;
    }
    why = "loading it ended its process: " + death->cause;
  }
  starting_.reset();
  failed_to_load_ = true;
  return failure(what + why);
}

Member& PluginRunner::enroll(InstanceRecord& record) {
  Member& member = members_[record.spec.instance_id];
  member.record = &record;
  member.handle = next_handle_++;
  return member;
}

Result<InstanceRequirements> PluginRunner::create(Member& member, std::optional<Fault>& fault) {
  for (;;) {
    if (auto created = try_create(member, fault)) return *created;
    wait();
  }
}

std::optional<Result<InstanceRequirements>> PluginRunner::try_create(Member& member, std::optional<Fault>& fault) {
  const InstanceSpec& spec = member.record->spec;
  const std::string call = "creating its instance";
  if (!ending_ && !creating_) {
    writer_.clear();
    writer_.put(member.handle);
    writer_.put_text(spec.strategy_id);
    writer_.put(spec.seed);
    writer_.put_text(spec.symbol);
    writer_.put(spec.anchor_ms);
    put_values(writer_, spec.values);
    creating_ = true;
    call_start_ms_ = steady_now_ms();
    (void)worker_->send(MessageType::create_instance, writer_);  // the look notices
  }
  if (!ending_) {
    const auto look = worker_->look(message_, call_start_ms_, options_.call_deadline_ms);
    if (look == WorkerProcess::Look::not_yet) return std::nullopt;
    creating_ = false;
    if (look == WorkerProcess::Look::failed)
      lose(spec.instance_id, call, worker_->pending_end());
    else if (message_.type != MessageType::created)
      lose(spec.instance_id, call, WorkerEnd::broken_protocol);
    else
      return take_created(member);
  }
  fault = try_bury();
  if (!fault) return std::nullopt;
  return failure(call + ": " + fault->death.cause);
}

Result<InstanceRequirements> PluginRunner::take_created(Member& member) {
  const InstanceSpec& spec = member.record->spec;
  auto needs = read_created(message_);
  member.candle_feeds.clear();
  for (size_t i = 0; needs && i < needs->feeds.size(); ++i) {
    const FeedRequirement& feed = needs->feeds[i];
    if (feed.kind != FeedKind::candles) continue;
    const int64_t interval_ms = feed.interval_ms == 0 ? spec.interval_ms : feed.interval_ms;
    member.candle_feeds.push_back({i, {feed.symbol, interval_ms}, feed_start_ms(feed, interval_ms, spec.anchor_ms), CandleSeries(interval_ms), {}});
  }
  member.created = needs.has_value();
  member.fed = false;
  member.refusal = needs ? "" : needs.error().text();
  return needs;
}

Result<bool> PluginRunner::change(Member& member, std::span<const ParameterValue> values, std::optional<Fault>& fault) {
  const int64_t instance_id = member.record->spec.instance_id;
  writer_.clear();
  writer_.put(member.handle);
  put_values(writer_, values);
  const int64_t start_ms = steady_now_ms();
  if (!worker_->send(MessageType::change_instance, writer_) || !worker_->wait_message(message_, start_ms, options_.call_deadline_ms)) {
    fault = fail(instance_id, "changing its parameters", worker_->pending_end());
    return failure("changing its parameters: " + fault->death.cause);
  }
  MessageReader reader(message_.bytes);
  const auto answer = reader.get<uint8_t>();
  const std::string why = clean_text(reader.get_text(), 1'024);
  if (message_.type != MessageType::changed || !reader.ok() || answer > 2) {
    fault = fail(instance_id, "changing its parameters", WorkerEnd::broken_protocol);
    return failure("changing its parameters: " + fault->death.cause);
  }
  if (answer == 0) return failure(why);
  return answer == 1;
}

std::optional<Fault> PluginRunner::remove(int64_t instance_id) {
  const auto found = members_.find(instance_id);
  if (found == members_.end()) return std::nullopt;
  const bool created = found->second.created;
  writer_.clear();
  writer_.put(found->second.handle);
  members_.erase(found);
  if (!worker_ || !created) return std::nullopt;
  // Waited for, so that a crash in it is not charged to the call after it.
  const int64_t start_ms = steady_now_ms();
  if (worker_->send(MessageType::destroy_instance, writer_) && worker_->wait_message(message_, start_ms, options_.call_deadline_ms))
    return std::nullopt;
  return fail(instance_id, "destroying its instance", worker_->pending_end());
}

Member* PluginRunner::find(int64_t instance_id) {
  const auto found = members_.find(instance_id);
  return found == members_.end() ? nullptr : &found->second;
}

bool PluginRunner::needs_feeding(const Member& member) const {
  if (!member.fed) return true;
  const auto live = live_.find(member.record->series());
  return live == live_.end() || live->second.total_rows - member.seen_rows > feed_chunk_rows;
}

void PluginRunner::append(const SeriesKey& key, const CandleSeries& rows, size_t first) {
  const auto live = live_.find(key);
  if (!worker_ || live == live_.end()) return;
  for (size_t row = first; row < rows.size(); row += feed_chunk_rows) {
    const size_t count = std::min(feed_chunk_rows, rows.size() - row);
    writer_.clear();
    writer_.put(live->second.id);
    put_rows(writer_, rows, row, count);
    // A worker found dead here is buried, and charged to nobody, at the next evaluate().
    if (!worker_->send(MessageType::append_rows, writer_)) return;
    live->second.total_rows += count;
  }
}

bool PluginRunner::send(MessageType type, const MessageWriter& writer) {
  if (!ending_ && !worker_->send(type, writer)) lose(0, "receiving candles", worker_->pending_end());
  return !ending_;
}

void PluginRunner::lose(int64_t instance_id, std::string call, WorkerEnd reason) {
  if (!ending_) ending_ = Ending{instance_id, std::move(call), reason};
}

std::optional<Fault> PluginRunner::try_bury() {
  const auto death = worker_->try_end(ending_->reason);
  if (!death) return std::nullopt;
  Fault fault{ending_->instance_id, *death, std::move(ending_->call)};
  ending_.reset();
  worker_.reset();
  creating_ = false;
  live_.clear();
  in_flight_.clear();
  waiting_.clear();
  for (auto& [id, member] : members_) member.created = member.fed = false;
  return fault;
}

Fault PluginRunner::fail(int64_t instance_id, std::string call, WorkerEnd reason) {
  lose(instance_id, std::move(call), reason);
  for (;;) {
    if (auto fault = try_bury()) return *fault;
    wait();
  }
}

void PluginRunner::begin_batch(std::vector<Call> calls, std::string call_name) {
  waiting_.assign(calls.begin(), calls.end());
  call_name_ = std::move(call_name);
  if (!ending_) send_batch();
}

void PluginRunner::send_batch() {
  // One message at a time: the worker never blocks on answers that nobody reads while we block on sending.
  writer_.clear();
  while (!waiting_.empty() && in_flight_.size() < evaluate_batch_limit && writer_.bytes().size() < message_part_bytes / 2) {
    const Call call = waiting_.front();
    waiting_.pop_front();
    put_request(call);
    in_flight_.push_back(call);
  }
  call_start_ms_ = steady_now_ms();
  // Where it was gone before it could read, none of these calls has begun.
  if (!in_flight_.empty() && !worker_->send(MessageType::evaluate, writer_)) lose(0, call_name_, worker_->pending_end());
}

void PluginRunner::put_request(const Call& call) {
  const EvaluateRequest& request = *call.request;
  std::vector<FeedPart> feeds;
  for (const FeedData* data : request.feeds) feeds.push_back({data, nullptr, {}});
  for (const CandleFeed& feed : call.member->candle_feeds) {
    if (feeds.size() <= feed.place) feeds.resize(feed.place + 1);
    feeds[feed.place] = {nullptr, &feed.unsent, feed.fault};
  }
  WireRequest wire;
  wire.handle = call.member->handle;
  wire.before_last = call.before_last;
  wire.feed_count = static_cast<uint8_t>(std::min<size_t>(feeds.size(), 32));
  wire.now_ms = request.now_ms;
  wire.position_fraction = request.position.fraction;
  wire.entry_price = request.position.entry_price;
  wire.entry_time_ms = request.position.entry_time_ms;
  writer_.put(wire);
  put_feeds(writer_, std::span(feeds).first(wire.feed_count));
  for (CandleFeed& feed : call.member->candle_feeds) feed.unsent.clear();
}

void PluginRunner::read_candle_feeds(Member& member, CandleHistory& history, int64_t now_ms) {
  for (CandleFeed& feed : member.candle_feeds) {
    const int64_t end_ms = now_ms - feed.key.second + 1;  // what opens before this is closed
    if (feed.next_ms >= end_ms) continue;
    const Status read = history.read(feed.key.first, feed.key.second, feed.next_ms, end_ms, [&](const CandleSeries& rows) {
      const size_t first = rows.lower_bound(feed.next_ms);
      if (first == rows.size()) return;
      feed.unsent.append(rows, first, rows.size() - first);
      feed.next_ms = rows.open_time_ms().back() + 1;
    });
    feed.fault = read ? "" : read.error().text();
  }
}

std::optional<Fault> PluginRunner::pump(const AnswerHandler& on_answer) {
  while (!ending_ && !in_flight_.empty()) {
    const auto received = worker_->poll_message(message_);
    if (received == TransferResult::would_block) {
      if (!worker_->is_overdue(call_start_ms_, options_.call_deadline_ms)) return std::nullopt;
      lose(instance_in_flight(), call_name_, WorkerEnd::timed_out);
    } else if (received == TransferResult::ended) {
      lose(instance_in_flight(), call_name_, WorkerEnd::crashed);
    } else if (received != TransferResult::done || message_.type != MessageType::answers) {
      lose(instance_in_flight(), call_name_, WorkerEnd::broken_protocol);
    } else {
      take_answers(on_answer);
      if (!ending_ && in_flight_.empty() && !waiting_.empty()) send_batch();
    }
  }
  return ending_ ? try_bury() : std::nullopt;
}

// Answers that were worked out and not sent are lost with the worker and worked out again; the call after them is to blame.
int64_t PluginRunner::instance_in_flight() const {
  const uint64_t ahead = worker_->answered() - std::min(worker_->answered(), received_);
  return in_flight_[std::min<uint64_t>(ahead, in_flight_.size() - 1)].member->record->spec.instance_id;
}

void PluginRunner::take_answers(const AnswerHandler& on_answer) {
  MessageReader reader(message_.bytes);
  do {
    if (in_flight_.empty()) return lose(0, call_name_, WorkerEnd::broken_protocol);
    WireAnswer answer;
    const Call call = in_flight_.front();
    if (!get_answer(reader, answer) || answer.handle != call.member->handle)
      return lose(call.member->record->spec.instance_id, call_name_, WorkerEnd::broken_protocol);
    in_flight_.pop_front();
    ++received_;
    // The worker's memory is the plugin's, so its own checks prove nothing.
    if (answer.ok) {
      if (auto checked = check_decision(answer.decision); !checked) answer.ok = false, answer.error = checked.error().text();
      answer.decision.reasons = clean_text(answer.decision.reasons, 8'192);
    }
    if (!answer.ok) answer.error = clean_text(answer.error, 2'048);
    for (StrategyLine& line : answer.lines) {
      line.text = clean_text(line.text, strategy_line_bytes);
      std::replace(line.text.begin(), line.text.end(), '\n', ' ');  // a line of a log is one line
    }
    call.member->last_error = answer.error;
    if (const auto live = live_.find(call.member->record->series()); live != live_.end()) call.member->seen_rows = live->second.total_rows;
    on_answer(call, answer);
  } while (!reader.at_end());
  call_start_ms_ = steady_now_ms();
}

}  // namespace stratdock
