#include "dashboard/event_hub.hpp"

#include <algorithm>

namespace stratdock::dashboard {

std::string event_text(int64_t rev, const std::string& kind, const std::string& data) {
  return "id: " + std::to_string(rev) + "\nevent: " + kind + "\ndata: " + data + "\n\n";
}

int64_t EventHub::rev() const {
  const std::lock_guard lock(mutex_);
  return rev_;
}

size_t EventHub::streams() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(streams_.begin(), streams_.end(), [](const Stream& s) { return !s.sink->gone(); }));
}

bool EventHub::anybody_wants_logs() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(streams_.begin(), streams_.end(), [](const Stream& s) { return !s.logs.empty(); });
}

uint64_t EventHub::cut_off() const {
  const std::lock_guard lock(mutex_);
  return cut_off_;
}

bool EventHub::wants(const Stream& stream, int64_t log_bot) {
  return log_bot < 0 || stream.logs == "all" || (!stream.logs.empty() && stream.logs == std::to_string(log_bot));
}

void EventHub::send_to(Stream& stream, const std::shared_ptr<const std::string>& bytes) {
  if (stream.sink->gone()) return;
  if (stream.sink->backlog() > most_backlog) {
    ++cut_off_;
    stream.sink->close();
    return;
  }
  stream.sink->send(bytes);
}

void EventHub::trim(int64_t now_ms) {
  const auto too_old = [&] { return ring_.size() > ring_events && ring_.front().at_ms < now_ms - ring_ms; };
  while (!ring_.empty() && (ring_size_ > ring_bytes || too_old())) {
    ring_size_ -= ring_.front().bytes->size();
    ring_.pop_front();
  }
}

int64_t EventHub::publish(const std::string& kind, const std::string& data, int64_t now_ms, int64_t log_bot) {
  const std::lock_guard lock(mutex_);
  const auto bytes = std::make_shared<const std::string>(event_text(++rev_, kind, data));
  ring_.push_back({rev_, now_ms, log_bot, bytes});
  ring_size_ += bytes->size();
  trim(now_ms);
  for (auto& stream : streams_)
    if (wants(stream, log_bot)) send_to(stream, bytes);
  return rev_;
}

void EventHub::heartbeat(const std::string& data, const std::function<bool(const std::string&)>& alive) {
  const std::lock_guard lock(mutex_);
  const auto bytes = std::make_shared<const std::string>(event_text(rev_, "heartbeat", data));
  for (auto& stream : streams_) {
    if (!stream.session_key.empty() && !alive(stream.session_key)) stream.sink->close();
    else send_to(stream, bytes);
  }
  std::erase_if(streams_, [](const Stream& stream) { return stream.sink->gone(); });
}

bool EventHub::open(std::shared_ptr<EventSink> sink, const StreamWish& wish, const std::string& heartbeat_data) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const Stream& stream) { return stream.sink->gone(); });
  if (closed_ || streams_.size() >= most_streams) return false;
  Stream stream{std::move(sink), wish.logs, wish.session_key};
  stream.sink->send(std::make_shared<const std::string>(event_text(rev_, "heartbeat", heartbeat_data)));
  if (wish.since && *wish.since != rev_) {
    const int64_t since = *wish.since;
    const int64_t oldest_answerable = ring_.empty() ? rev_ : ring_.front().rev - 1;
    std::string missed;
    bool complete = since >= std::max(oldest_answerable, first_rev_) && since <= rev_;
    for (const auto& event : ring_) {
      if (!complete) break;
      if (event.rev > since && wants(stream, event.log_bot)) missed += *event.bytes;
      complete = missed.size() <= most_replay;
    }
    if (!complete) missed = event_text(rev_, "reset", "{\"reason\":\"There is more to catch up on than is kept.\"}");
    if (!missed.empty()) stream.sink->send(std::make_shared<const std::string>(std::move(missed)));
  }
  streams_.push_back(std::move(stream));
  return true;
}

void EventHub::end_session(const std::string& session_key) {
  const std::lock_guard lock(mutex_);
  for (auto& stream : streams_)
    if (stream.session_key == session_key) stream.sink->close();
}

void EventHub::close_all() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& stream : streams_) stream.sink->close();
  streams_.clear();
}

}  // namespace stratdock::dashboard
