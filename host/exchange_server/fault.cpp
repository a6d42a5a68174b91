#include "host/exchange_server/fault.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/decimal.hpp"

namespace stratdock::exchange_server {

using Json = nlohmann::ordered_json;

namespace {

constexpr int64_t longest_ms = int64_t{400} * 24 * 60 * 60'000, most = 1'000'000'000;

// splitmix64 (Steele, Lea, Flood 2014), as a fraction of one.
double next_fraction(uint64_t& noise) {
  noise += 0x9e3779b97f4a7c15ULL;
  uint64_t value = (noise ^ (noise >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<double>((value ^ (value >> 31)) >> 11) * 0x1p-53;
}

bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  if (pattern.ends_with('*')) return text.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == text;
}

// The type letter of a setting in "name:n other:t"; 0 when the kind has none of that name.
char type_of(std::string_view settings, std::string_view name) {
  for (size_t from = 0; from < settings.size();) {
    const size_t end = std::min(settings.find(' ', from), settings.size());
    const std::string_view word = settings.substr(from, end - from);
    if (word.substr(0, word.find(':')) == name) return word.back();
    from = end + 1;
  }
  return 0;
}

tl::unexpected<Error> bad(const std::string& key, const std::string& what) {
  return failure("reading a fault: '" + key + "' " + what, "host/exchange_server/FAULTS.md lists the faults and their settings");
}

Result<int64_t> read_number(const std::string& key, const Json& value, int64_t least, int64_t greatest) {
  if (!value.is_number_integer() || value.get<double>() < static_cast<double>(least) ||
      value.get<double>() > static_cast<double>(greatest))
    return bad(key, "is " + value.dump() + ", no whole number from " + std::to_string(least) + " to " + std::to_string(greatest));
  return value.get<int64_t>();
}

Result<std::string> read_setting(const std::string& key, char type, const Json& value) {
  if (type == 'n') {
    const Result<int64_t> number = read_number(key, value, -longest_ms, longest_ms);
    if (!number) return tl::unexpected(number.error());
    return std::to_string(*number);
  }
  if (type == 'f') {
    if (!value.is_boolean()) return bad(key, "is " + value.dump() + ", neither true nor false");
    return std::string(value.get<bool>() ? "true" : "false");
  }
  if (!value.is_string()) return bad(key, "is " + value.dump() + ", no text");
  const std::string text = value.get<std::string>();
  if (type == 'd' && !Decimal::parse(text)) return bad(key, "is '" + text + "', no decimal");
  return text;
}

} // namespace

Result<Fault> Fault::parse(const Json& json, int64_t number) {
  if (!json.is_object()) return bad("fault", "is missing: a fault is an object such as {\"fault\": \"timeout_after\"}");
  const auto name = json.find("fault");
  if (name == json.end() || !name->is_string()) return bad("fault", "is missing: it names what happens");
  Fault fault;
  fault.kind_ = find_fault_kind(name->get<std::string>());
  if (!fault.kind_) return bad("fault", "is '" + name->get<std::string>() + "', which there is not");
  fault.number_ = number;
  fault.as_set_ = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (Status read = fault.read(json); !read) return tl::unexpected(read.error());
  return fault;
}

Status Fault::read(const Json& json) {
  const std::map<std::string_view, std::string*> texts = {
      {"method", &method_}, {"path", &path_},           {"via", &via_},       {"account", &account_},
      {"symbol", &symbol_}, {"client_id", &client_id_}, {"stream", &stream_}, {"contains", &contains_}};
  struct Number {
    int64_t* value;
    int64_t least, greatest;
  };
  int64_t seed = number_;
  const std::map<std::string_view, Number> numbers = {
      {"count", {&count_, 0, most}},           {"skip", {&skip_, 0, most}},           {"every", {&every_, 1, most}},
      {"from_ms", {&from_ms_, 0, longest_ms}}, {"to_ms", {&to_ms_, 0, longest_ms}},   {"lasts_ms", {&lasts_ms_, 0, longest_ms}},
      {"at_ms", {&at_ms_, 0, longest_ms}},     {"seed", {&seed, 0, longest_ms}}};
  for (const auto& [key, value] : json.items()) {
    if (key == "fault" || key == "note") continue;
    if (const auto target = texts.find(key); target != texts.end()) {
      if (!value.is_string()) return bad(key, "is " + value.dump() + ", no text");
      *target->second = value.get<std::string>();
    } else if (const auto range = numbers.find(key); range != numbers.end()) {
      const Result<int64_t> number = read_number(key, value, range->second.least, range->second.greatest);
      if (!number) return tl::unexpected(number.error());
      *range->second.value = *number;
    } else if (key == "probability") {
      if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1)) return bad(key, "is not between 0 and 1");
      probability_ = value.get<double>();
    } else if (key == "when") {
      if (value != "before" && value != "after") return bad(key, "is neither \"before\" nor \"after\"");
      acts_after_ = value == "after";
    } else if (const char type = type_of(kind_->settings, key); type != 0) {
      const Result<std::string> setting = read_setting(key, type, value);
      if (!setting) return tl::unexpected(setting.error());
      settings_[key] = *setting;
    } else {
      return bad(key, "is no setting of " + std::string(kind_->name));
    }
  }
  if (!via_.empty() && via_ != "rest" && via_ != "websocket") return bad("via", "is neither rest nor websocket");
  if (!stream_.empty() && stream_ != "market" && stream_ != "user") return bad("stream", "is neither market nor user");
  if (at_ms_ >= 0 && kind_->seam != FaultSeam::exchange) return bad("at_ms", "is for changes of the exchange alone");
  noise_ = static_cast<uint64_t>(seed) * 0x9e3779b97f4a7c15ULL;
  return {};
}

int64_t Fault::number_setting(std::string_view name, int64_t fallback) const {
  const auto found = settings_.find(std::string(name));
  if (found == settings_.end()) return fallback;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), fallback);
  return fallback;
}

std::string Fault::text_setting(std::string_view name, std::string_view fallback) const {
  const auto found = settings_.find(std::string(name));
  return found == settings_.end() ? std::string(fallback) : found->second;
}

bool Fault::flag_setting(std::string_view name, bool fallback) const {
  const auto found = settings_.find(std::string(name));
  return found == settings_.end() ? fallback : found->second == "true";
}

bool Fault::matches(const Call& call, std::string_view account) const {
  if (!via_.empty() && (via_ == "websocket") != call.is_socket) return false;
  // A call has two names, one for each door; either will do.
  const std::string_view verb = call.route && !call.route->verb.empty() ? call.route->verb : std::string_view(call.verb);
  if (!method_.empty() && method_ != verb) return false;
  const bool has_path = fits(path_, call.path) ||
                        (call.route && (fits(path_, call.route->path) || fits(path_, call.route->socket_method)));
  if (!has_path) return false;
  if (!account_.empty() && account_ != account) return false;
  const auto carries = [&](std::string_view name, const std::string& wanted) {
    const std::string* sent = call.parameters().find(name);
    return sent && fits(wanted, *sent);
  };
  if (!symbol_.empty() && !carries("symbol", symbol_)) return false;
  if (client_id_.empty()) return true;
  return carries("newClientOrderId", client_id_) || carries("origClientOrderId", client_id_) ||
         carries("listClientOrderId", client_id_);
}

bool Fault::means_order(const std::string& client_id) const {
  return fits(client_id_, client_id);
}

bool Fault::matches_stream(bool is_user, std::string_view message) const {
  if (!stream_.empty() && (stream_ == "user") != is_user) return false;
  return contains_.empty() || message.find(contains_) != std::string_view::npos;
}

bool Fault::is_under_way(int64_t since_ms) const {
  return is_in_time(since_ms) && since_ms < lasts_until_ms_;
}

bool Fault::is_due(int64_t since_ms) {
  began_now_ = false;
  if (!is_in_time(since_ms)) return false;
  ++matched_;
  if (is_under_way(since_ms)) return ++acted_, true;
  const auto behind = static_cast<int64_t>(matched_) - skip_;
  if (behind < 1 || (behind - 1) % every_ != 0) return false;
  if (count_ > 0 && begun_ >= count_) return false;
  if (probability_ < 1 && next_fraction(noise_) >= probability_) return false;
  ++begun_;
  ++acted_;
  began_now_ = true;
  if (lasts_ms_ > 0) lasts_until_ms_ = since_ms + lasts_ms_;
  return true;
}

Json Fault::json() const {
  Json json = {{"id", number_}, {"acted", acted_}, {"matched", matched_}};
  json.update(Json::parse(as_set_, nullptr, false));
  return json;
}

} // namespace stratdock::exchange_server
