// The script itself: which faults there are.
#include "host/exchange_server/fault_script.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace stratdock::exchange_server {

using Json = nlohmann::ordered_json;

Status FaultScript::load(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return failure("reading the faults of " + file + ": it cannot be read", "check the path and its rights");
  std::vector<Json> faults;
  std::string line;
  for (int64_t number = 1; std::getline(stream, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos || line.front() == '#') continue;
    const Json json = Json::parse(line, nullptr, false);
    const Result<Fault> fault = Fault::parse(json, 0);
    if (!fault)
      return failure("reading the faults of " + file + ", line " + std::to_string(number) + ": " + fault.error().message,
                     fault.error().hint);
    faults.push_back(json);
  }
  for (const Json& json : faults)
    if (const Result<int64_t> added = add(json); !added) return tl::unexpected(added.error());
  return {};
}

Result<int64_t> FaultScript::add(const Json& json) {
  if (entries_.size() >= max_faults)
    return failure("adding a fault: there are " + std::to_string(max_faults) + " already", "clear some");
  Result<Fault> fault = Fault::parse(json, next_number_);
  if (!fault) return tl::unexpected(fault.error());
  Entry& entry = entries_.emplace_back(Entry{std::move(*fault), exchange_.venue.now_ms(), false});
  const int64_t number = next_number_++;
  exchange_.log.note("fault_set", "\"fault\":" + entry.fault.json().dump());
  if (entry.fault.kind().name == "stream_end_of_life") watch_lives(number);
  if (entry.fault.at_ms() >= 0)
    exchange_.loop.after(entry.fault.at_ms(), [this, number] {
      for (Entry& one : entries_)
        if (one.fault.number() == number && !one.is_removed) {
          const Result<std::string> done = actions_.perform(one.fault, nullptr);
          if (done) one.fault.count_act();
          note(one.fault, uint64_t{0}, done ? *done : "nothing: " + done.error().message);
        }
    });
  return number;
}

bool FaultScript::remove(int64_t number) {
  for (Entry& entry : entries_)
    if (entry.fault.number() == number && !entry.is_removed) {
      entry.is_removed = true; // calls under way may still refer to it
      exchange_.log.note("fault_removed", "\"id\":" + std::to_string(number));
      return true;
    }
  return false;
}

void FaultScript::clear() {
  for (Entry& entry : entries_)
    entry.is_removed = true;
  if (unexecuted_.empty()) entries_.clear();
  dead_connections_.clear();
  std::vector<uint64_t> connections;
  for (const auto& [connection, socket] : sockets_)
    connections.push_back(connection);
  for (const uint64_t connection : connections)
    release(connection);
  exchange_.log.note("faults_cleared", "");
}

Json FaultScript::json() const {
  Json faults = Json::array();
  for (const Entry& entry : entries_)
    if (!entry.is_removed) faults.push_back(entry.fault.json());
  return {{"faults", std::move(faults)}};
}

Result<std::string> FaultScript::act(const Json& json) {
  Result<Fault> fault = Fault::parse(json, 0);
  if (!fault) return tl::unexpected(fault.error());
  if (fault->kind().seam == FaultSeam::exchange) {
    Result<std::string> done = actions_.perform(*fault, nullptr);
    if (done) note(*fault, uint64_t{0}, *done);
    return done;
  }
  if (fault->kind().name != "stream_cut")
    return failure("acting at once: " + std::string(fault->kind().name) + " needs a call or message to act on",
                   "set it as a fault instead");
  size_t cut = 0;
  for (auto& [connection, socket] : sockets_)
    if (fault->matches_stream(socket.is_user, "")) {
      note(*fault, connection, "cut");
      socket.socket->reset();
      ++cut;
    }
  return "cut " + std::to_string(cut) + " connections";
}

std::string FaultScript::account_of(const Call& call) const {
  if (call.account) return call.account->name();
  const Venue::KeyOwner owner = exchange_.venue.find_key(call.api_key);
  return owner.account ? owner.account->name() : "";
}

void FaultScript::note(const Fault& fault, const Call& call, const std::string& what) {
  const Json json = {{"fault", fault.label()}, {"call", call.number}, {"what", what}};
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  exchange_.log.note("fault", text.substr(1, text.size() - 2));
}

void FaultScript::note(const std::string& label, uint64_t connection, const std::string& what) {
  Json json = {{"fault", label}, {"what", what}};
  if (connection != 0) json["connection"] = connection;
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  exchange_.log.note("fault", text.substr(1, text.size() - 2));
}

} // namespace stratdock::exchange_server
