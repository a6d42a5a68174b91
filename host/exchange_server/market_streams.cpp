// Who is subscribed to what. What the streams say is in market_events.cpp.
#include "host/exchange_server/market_streams.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/client_json.hpp"

namespace stratdock::exchange_server {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(mark);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

using Json = nlohmann::ordered_json;

// Written twice: the documentation has code and message beside the id, the exchange itself puts them into `error`, and
// clients look for either.
std::string refusal_json(int code, const std::string& message, const Json& id) {
  const Json error = {{"code", code}, {"msg", message}};
  Json json = error;
  json["id"] = id;
  json["error"] = error;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

bool MarketStreams::serves(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path == "/ws" || path.starts_with("/ws/") || path == "/stream" || path == "/stream/";
}

void MarketStreams::opened(const HttpRequest& request, WebSocket& socket) {
  Peer& peer = peers_[socket.connection()];
  peer.socket = &socket;
  const size_t question = request.target.find('?');
  const std::string path = percent_decoded(std::string_view(request.target).substr(0, question), false);
  const Parameters parameters =
      parse_request(question == std::string::npos ? "" : std::string_view(request.target).substr(question + 1), "")
          .parameters;
  peer.is_combined = path.starts_with("/stream");
  const std::string* unit = parameters.find("timeUnit");
  if (unit && lower(*unit) == "microsecond") peer.unit = 1000;
  std::string names = peer.is_combined ? "" : path.substr(std::min<size_t>(4, path.size()));
  if (const std::string* streams = parameters.find("streams"); streams && peer.is_combined) names = *streams;
  for (const std::string& name : split(names, '/'))
    if (name.find('@') != std::string::npos) add(peer, name); // "/ws/0" names no stream: some clients connect so
}

void MarketStreams::closed(WebSocket& socket) {
  const auto found = peers_.find(socket.connection());
  if (found == peers_.end()) return;
  const std::set<std::string> streams = found->second.streams;
  for (const std::string& stream : streams)
    remove(found->second, stream);
  peers_.erase(found);
}

void MarketStreams::add(Peer& peer, const std::string& stream) {
  if (peer.streams.size() >= max_streams) return peer.socket->close(1008, "Too many streams");
  peer.streams.insert(stream);
  // Differences begin at what a client can ask for now.
  if (subscribers_.empty())
    for (const auto& tape : exchange_.venue.tapes())
      told_[lower(tape->symbol().name) + "@"] = state_of(*tape, tape->book(Tape::max_book_levels));
  subscribers_[stream].insert(peer.socket->connection());
  // The text is a client's own.
  exchange_.log.note("stream_subscribed", "\"connection\":" + std::to_string(peer.socket->connection()) + ",\"stream\":" +
                                              Json(stream).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void MarketStreams::remove(Peer& peer, const std::string& stream) {
  peer.streams.erase(stream);
  const auto found = subscribers_.find(stream);
  if (found == subscribers_.end()) return;
  found->second.erase(peer.socket->connection());
  if (found->second.empty()) subscribers_.erase(found);
}

bool MarketStreams::count_message(Peer& peer) {
  const int64_t second = ServerClock::wall_ms() / 1000;
  if (peer.second != second) peer.messages = 0;
  peer.second = second;
  if (++peer.messages <= max_messages_per_second) return true;
  peer.socket->close(1008, "Too many requests");
  return false;
}

void MarketStreams::controlled(WebSocket& socket) {
  const auto found = peers_.find(socket.connection());
  if (found != peers_.end()) count_message(found->second);
}

void MarketStreams::received(WebSocket& socket, const std::string& text) {
  const auto found = peers_.find(socket.connection());
  if (found == peers_.end() || !count_message(found->second)) return;
  socket.send(control(found->second, text));
}

std::string MarketStreams::control(Peer& peer, const std::string& text) {
  const Json request = is_too_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
  if (request.is_discarded()) return refusal_json(3, "Invalid JSON: expected value at line 1 column 1", {});
  const Json id = request.is_object() ? request.value("id", Json()) : Json();
  if (!is_request_id(id)) return refusal_json(2, "Invalid request: request ID must be an unsigned integer", {});
  const auto refused = [&id](int code, const std::string& message) { return refusal_json(code, message, id); };
  if (!request.is_object() || !request.contains("method"))
    return refused(2, "Invalid request: missing field `method` at line 1 column " + std::to_string(text.size()));
  const std::string method = request["method"].is_string() ? request["method"].get<std::string>() : "";
  const Json params = request.value("params", Json::array());
  Json result;
  if (method == "SUBSCRIBE" || method == "UNSUBSCRIBE") {
    const bool are_names = params.is_array() && std::all_of(params.begin(), params.end(), [](const Json& name) { return name.is_string(); });
    if (!are_names) return refused(2, "Invalid request: params must be an array of stream names");
    const auto is_new = [&peer](const Json& name) { return peer.streams.count(name.get<std::string>()) == 0; };
    const auto more = static_cast<size_t>(std::count_if(params.begin(), params.end(), is_new));
    if (method == "SUBSCRIBE" && peer.streams.size() + more > max_streams) return refused(4, "Too many subscriptions");
    for (const Json& name : params) {
      if (method == "SUBSCRIBE") add(peer, name.get<std::string>());
      else remove(peer, name.get<std::string>());
    }
  } else if (method == "LIST_SUBSCRIPTIONS") {
    result = peer.streams;
  } else if (method == "SET_PROPERTY" || method == "GET_PROPERTY") {
    if (!params.is_array() || params.empty() || !params[0].is_string())
      return refused(2, "Invalid request: property name must be a string");
    if (params[0] != "combined") return refused(0, "Unknown property");
    if (params.size() > (method == "GET_PROPERTY" ? 1 : 2)) return refused(2, "Invalid request: too many parameters");
    if (method == "GET_PROPERTY") {
      result = peer.is_combined;
    } else {
      if (params.size() < 2 || !params[1].is_boolean())
        return refused(1, "Invalid value type: expected Boolean");
      peer.is_combined = params[1].get<bool>();
    }
  } else {
    return refused(2, "Invalid request: unknown variant `" + method +
                               "`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
                               "`GET_PROPERTY` at line 1 column 2");
  }
  // Names of streams come from addresses as well, where any byte may stand.
  return Json{{"result", result}, {"id", id}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void MarketStreams::send(Peer& peer, const std::string& stream, const std::string& data) {
  std::string text = peer.is_combined ? "{\"stream\":\"" + stream + "\",\"data\":" + data + "}" : data;
  WebSocket* socket = peer.socket;
  const uint64_t connection = socket->connection();
  for (StreamMessage& message : exchange_.filter->stream_leaving(*socket, StreamKind::market, std::move(text))) {
    if (message.delay_ms <= 0) {
      socket->send(std::move(message.text));
      continue;
    }
    exchange_.loop.after(message.delay_ms, [this, connection, later = std::move(message.text)] {
      const auto found = peers_.find(connection);
      if (found != peers_.end()) found->second.socket->send(later);
    });
  }
}

void MarketStreams::shut_down() {
  for (auto& [connection, peer] : peers_) {
    send(peer, "!serverShutdown",
         "{\"e\":\"serverShutdown\",\"E\":" + std::to_string(exchange_.venue.clock().told_ms() * peer.unit) + "}");
    peer.socket->close(1001, "Server shutdown");
  }
}

void MarketStreams::on_price(const Tape& tape) {
  tell(tape, false);
}
void MarketStreams::on_candle_closed(const Tape& tape) {
  tell(tape, true);
}

MarketStreams::Told MarketStreams::state_of(const Tape& tape, Book book) {
  Told told;
  if (!tape.trades().empty()) told.trade_id = tape.trades().back().id;
  told.update_id = book.update_id;
  told.book = std::move(book);
  return told;
}

void MarketStreams::tell(const Tape& tape, bool is_closed) {
  if (subscribers_.empty()) return; // who comes later begins with what is then
  std::string& symbol = lower_names_[tape.symbol().name];
  if (symbol.empty()) symbol = lower(tape.symbol().name) + "@";
  Told& told = told_[symbol];
  Book book = tape.book(Tape::max_book_levels);
  const auto publish = [&](const std::string& stream, const std::set<uint64_t>& to, std::string_view kind) {
    for (const int64_t unit : {int64_t{1}, int64_t{1000}}) {
      const bool has_any = std::any_of(to.begin(), to.end(), [&](uint64_t one) { return peers_.at(one).unit == unit; });
      if (!has_any) continue;
      for (const std::string& event : events(tape, told, book, kind, is_closed, unit))
        for (const uint64_t connection : std::set<uint64_t>(to))
          if (const auto peer = peers_.find(connection); peer != peers_.end() && peer->second.unit == unit)
            send(peer->second, stream, event);
    }
  };
  // Streams of one symbol stand together; names of symbols come in any case.
  const auto first = subscribers_.lower_bound(symbol);
  for (auto entry = first; entry != subscribers_.end() && entry->first.starts_with(symbol); ++entry)
    publish(entry->first, entry->second, std::string_view(entry->first).substr(symbol.size()));
  for (const std::string_view kind : {"!miniTicker", "!ticker_1h", "!ticker_4h", "!ticker_1d"})
    if (const auto all = subscribers_.find(std::string(kind) + "@arr"); all != subscribers_.end() && !is_closed)
      publish(all->first, all->second, kind);
  if (!is_closed) told = state_of(tape, std::move(book));
}

} // namespace stratdock::exchange_server
