// What has to be known of JSON that a client sent before it is read.
// Owns: nothing. Thread rule: any. Invariant: whatever passes can be copied and printed, which recurse, without care.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace stratdock::exchange_server {

constexpr int most_levels_of_json = 32; // no request of Binance's has more than four

// True when arrays and objects lie in one another deeper than that. `json` may be malformed.
bool is_too_deep(std::string_view json);

// What a request over a WebSocket may be numbered with.
bool is_request_id(const nlohmann::ordered_json& id);

} // namespace stratdock::exchange_server
