// The gate in front of every route: who may send what, from where, and the headers that every answer carries.
// Thread rule: free functions, any thread. Invariant: no handler runs for a request that check_request() refused.
#pragma once

#include <optional>

#include "dashboard/http.hpp"

namespace stratdock::dashboard {

constexpr size_t largest_body = 256 * 1024;  // bytes of a POST

// What can be judged before the body is read: method, Host (DNS rebinding), Origin and Sec-Fetch-Site (foreign pages),
// content type and announced length. The refusal, or nullopt to go on.
std::optional<Response> check_request(const Request& request, int port);

// Adds the security headers, and no-store where nothing else was said about caching.
void add_common_headers(Response& response);

// Header values come from rows and files: control characters would let them forge further headers.
std::string header_safe(const std::string& value);

// The value of one cookie of a Cookie header, or empty.
std::string cookie_value(const std::string& header, const std::string& name);

}  // namespace stratdock::dashboard
