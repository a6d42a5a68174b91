// Faults on the messages of streams, market data and user data alike.
#include <algorithm>

#include "host/exchange_server/fault_script.hpp"

namespace stratdock::exchange_server {

namespace {
constexpr int64_t default_stream_hold_ms = 1000, look_at_lives_ms = 50, default_life_ms = int64_t{24} * 60 * 60'000;
constexpr int64_t most_copies = 10'000;
constexpr size_t told_bytes = 200; // of a message, in the log
} // namespace

void FaultScript::socket_opened(WebSocket& socket, StreamKind kind) {
  sockets_[socket.connection()] = {&socket, kind == StreamKind::user, exchange_.venue.now_ms(), {}, 0, false, 0, {}};
}

void FaultScript::socket_closed(WebSocket& socket) {
  sockets_.erase(socket.connection());
  dead_connections_.erase(socket.connection());
}

std::vector<StreamMessage> FaultScript::stream_leaving(WebSocket& web_socket, StreamKind kind, std::string text) {
  const uint64_t connection = web_socket.connection();
  const auto found = sockets_.find(connection);
  if (found == sockets_.end()) return {{std::move(text), 0}};
  if (dead_connections_.count(connection) != 0) return {};
  Socket& socket = found->second;
  if (socket.gap_left > 0) {
    --socket.gap_left;
    note(socket.gap_label, connection, text.substr(0, told_bytes));
    return {};
  }
  if (socket.is_stalled) {
    hold(socket, std::move(text), 0, true);
    return {};
  }
  std::vector<StreamMessage> messages;
  const bool waits = !socket.held.empty(); // for this message to pass
  Entry* acting = nullptr;
  for (Entry& entry : entries_)
    if (!acting && entry.fault.kind().seam == FaultSeam::stream && entry.fault.kind().name != "stream_end_of_life" &&
        entry.fault.matches_stream(kind == StreamKind::user, text) && is_due(entry))
      acting = &entry;
  if (acting) messages = disturb_stream(acting->fault, socket, std::move(text));
  else messages.push_back({std::move(text), 0});
  if (waits && !socket.is_stalled) {
    for (std::string& held : socket.held)
      messages.push_back({std::move(held), 0});
    socket.held.clear();
    socket.held_bytes = 0;
  }
  return messages;
}

std::vector<StreamMessage> FaultScript::disturb_stream(Fault& fault, Socket& socket, std::string text) {
  const std::string_view name = fault.kind().name;
  note(fault, socket.socket->connection(), text.substr(0, told_bytes));
  if (name == "stream_drop") return {};
  if (name == "stream_duplicate") return {{text, 0}, {text, 0}};
  if (name == "stream_gap") {
    socket.gap_label = fault.label();
    socket.gap_left = std::max<int64_t>(0, fault.number_setting("messages", 10) - 1);
    return {};
  }
  if (name == "stream_cut") {
    socket.socket->reset();
    return {};
  }
  if (name == "stream_garbage") return {{fault.text_setting("body", "{\"e\":\"kli\x01ne\",\"E\":12"), 0}};
  if (name == "stream_burst")
    return std::vector<StreamMessage>(static_cast<size_t>(std::clamp<int64_t>(fault.number_setting("copies", 100), 1, most_copies)),
                                      StreamMessage{text, 0});
  if (!socket.held.empty()) return {{std::move(text), 0}}; // one reordering at a time
  hold(socket, std::move(text), fault.number_setting("hold_ms", default_stream_hold_ms), name == "stream_stall");
  return {};
}

void FaultScript::hold(Socket& socket, std::string text, int64_t hold_ms, bool is_stall) {
  const bool is_first = socket.held.empty();
  socket.is_stalled = is_stall;
  socket.held_bytes += text.size();
  socket.held.push_back(std::move(text));
  const uint64_t connection = socket.socket->connection();
  if (socket.held_bytes > max_held_bytes) return release(connection);
  if (is_first) exchange_.loop.after(hold_ms, [this, connection] { release(connection); });
}

void FaultScript::release(uint64_t connection) {
  const auto found = sockets_.find(connection);
  if (found == sockets_.end()) return;
  Socket& socket = found->second;
  socket.is_stalled = false;
  socket.held_bytes = 0;
  for (std::string& text : std::exchange(socket.held, {}))
    socket.socket->send(std::move(text));
}

void FaultScript::watch_lives(int64_t number) {
  const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& one) { return one.fault.number() == number; });
  if (entry == entries_.end() || entry->is_removed) return;
  Fault& fault = entry->fault;
  const int64_t now_ms = exchange_.venue.now_ms(), life_ms = fault.number_setting("life_ms", default_life_ms);
  for (auto& [connection, socket] : sockets_) {
    if (now_ms - socket.opened_ms < life_ms || !fault.matches_stream(socket.is_user, "") || !is_due(*entry)) continue;
    note(fault, connection, "closed after " + std::to_string(now_ms - socket.opened_ms) + " ms");
    socket.socket->close(1001, "Connection life is over");
    socket.opened_ms = now_ms; // until it has gone
  }
  exchange_.loop.after(look_at_lives_ms, [this, number] { watch_lives(number); });
}

} // namespace stratdock::exchange_server
