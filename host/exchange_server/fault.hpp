// One fault of a script: what it does, to which calls or messages, how often and when; and how often it acted.
// Owns: its counters and its random numbers. Thread rule: one thread. Invariant: the same traffic and seed give the same
// faults; `acted` counts what really happened to somebody.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "host/exchange_server/api.hpp"

namespace stratdock::exchange_server {

enum class FaultSeam : uint8_t {
  request,  // acts before a call is carried out, mostly instead of it
  answer,   // acts on an answer after the call had its effect
  stream,   // acts on a stream's message
  exchange, // changes the exchange itself
};
std::string_view text(FaultSeam seam);

struct FaultKind {
  std::string_view name;
  FaultSeam seam;
  // Its own settings, parted by spaces, as name:type with n number, t text, f true or false, d decimal text.
  std::string_view settings;
  std::string_view effect; // one line for people
};
std::span<const FaultKind> fault_kinds();
const FaultKind* find_fault_kind(std::string_view name);

class Fault {
public:
  // From one object of a script: {"fault": "timeout_after", "method": "POST", ...}. FAULTS.md lists the keys. Fails on an
  // unknown key, a wrong type or a value out of range, naming it.
  static Result<Fault> parse(const nlohmann::ordered_json& json, int64_t number);

  const FaultKind& kind() const { return *kind_; }
  int64_t number() const { return number_; }
  std::string label() const { return std::string(kind_->name) + "#" + std::to_string(number_); }
  bool acts_after() const { return acts_after_; } // of the exchange's kinds: after the call that it matches
  int64_t at_ms() const { return at_ms_; }        // >= 0: acts once, so long after it was set, whatever comes
  uint64_t acted() const { return acted_; }
  void count_act() { ++acted_; }

  int64_t number_setting(std::string_view name, int64_t fallback) const;
  std::string text_setting(std::string_view name, std::string_view fallback) const;
  bool flag_setting(std::string_view name, bool fallback) const;
  bool has_setting(std::string_view name) const { return settings_.count(std::string(name)) != 0; }

  // What it is about: empty matches all. `account` is the name of the account whose key came.
  bool matches(const Call& call, std::string_view account) const;
  bool matches_stream(bool is_user, std::string_view message) const;
  const std::string& account() const { return account_; }
  const std::string& symbol() const { return symbol_; }
  bool means_order(const std::string& client_id) const; // by the fault's `client_id`; true when it names none

  // Something matched, `since_ms` after the fault was set: true when it acts now. Counts both.
  bool is_due(int64_t since_ms);
  // Within `lasts_ms` of an act, or for ever when it has no limit of acts.
  bool is_under_way(int64_t since_ms) const;
  bool began_now() const { return began_now_; } // the last is_due() began a stretch of `lasts_ms`

  nlohmann::ordered_json json() const; // as set, with its counters

private:
  Status read(const nlohmann::ordered_json& json);
  bool is_in_time(int64_t since_ms) const { return since_ms >= from_ms_ && (to_ms_ < 0 || since_ms < to_ms_); }

  const FaultKind* kind_ = nullptr;
  int64_t number_ = 0;
  std::string as_set_; // JSON text
  std::map<std::string, std::string> settings_;
  std::string method_, path_, via_, account_, symbol_, client_id_, stream_, contains_;
  int64_t count_ = 1, skip_ = 0, every_ = 1, from_ms_ = 0, to_ms_ = -1, lasts_ms_ = 0, at_ms_ = -1;
  double probability_ = 1;
  uint64_t noise_ = 1;
  bool acts_after_ = false, began_now_ = false;
  uint64_t matched_ = 0, acted_ = 0;
  int64_t begun_ = 0, lasts_until_ms_ = -1;
};

} // namespace stratdock::exchange_server
