// What has to be known of JSON that a client sent before it is read.
// Owns: nothing. Thread rule: any. Invariant: whatever passes can be copied and printed, which recurse, without care.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace stratdock::exchange_server {

constexpr int most_levels_of_json = 32; // no request of Binance's has more than four

// True when arrays and objects lie in one another deeper than that. `json` may be malformed.
bool is_too_deep(std::string_view json);

// The fractions among the members of `params`, by name, each as its client wrote it: a signature covers those characters,
// and 0.00005 read and printed again is 5e-05. Call it for what is_too_deep() lets pass.
std::map<std::string, std::string> written_fractions(const std::string& request);

// What a request over a WebSocket may be numbered with.
bool is_request_id(const nlohmann::ordered_json& id);

} // namespace stratdock::exchange_server
