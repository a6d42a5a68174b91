#include "dashboard/app.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "dashboard/guard.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

namespace {

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  size_t at = 1;
  while (at <= path.size()) {
    const size_t end = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// The values of the pattern's names, or nullopt. "*" at the end takes the rest of the path.
std::optional<std::vector<std::string>> match(const std::string& pattern, const std::string& path) {
  const auto wanted = split_path(pattern), given = split_path(path);
  std::vector<std::string> values;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*") {
      std::string rest;
      for (size_t k = i; k < given.size(); ++k) rest += (k > i ? "/" : "") + given[k];
      values.push_back(rest);
      return values;
    }
    if (i >= given.size()) return std::nullopt;
    if (!wanted[i].empty() && wanted[i][0] == ':') {
      const auto value = percent_decode(given[i], false);
      if (!value || value->empty()) return std::nullopt;
      values.push_back(*value);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  if (wanted.size() != given.size()) return std::nullopt;
  return values;
}

void identify(App& app, Request& request) {
  const std::string& authorization = request.header("authorization");
  if (authorization.rfind("Bearer ", 0) == 0) {
    if (app.access.is_api_token(authorization.substr(7))) request.caller = Caller::token;
    return;
  }
  const std::string cookie = cookie_value(request.header("cookie"), session_cookie);
  if (cookie.empty()) return;
  const auto session = app.access.session(cookie);
  if (!session) return;
  request.caller = Caller::session;
  request.session_key = session->key;
}

bool is_idempotency_key(const std::string& key) {
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

std::optional<Response> check_entry(const Request& request, Entry entry) {
  if (entry == Entry::anybody || entry == Entry::old_read || entry == Entry::sign_in) return std::nullopt;
  if (request.caller == Caller::nobody)
    return error_response(401, "SESSION_REQUIRED", "Sign in first.", "Open the link that `stratdock token --link` prints, or send an API token.");
  if (entry == Entry::read) return std::nullopt;
  if (request.caller == Caller::session) {
    if (entry == Entry::old_change) {
      // SameSite keeps the cookie from other sites; a missing Origin means no browser that would tell us.
      if (request.header("origin").empty() && request.header("sec-fetch-site").empty())
        return error_response(403, "ORIGIN", "A change by session needs an Origin header.", "Programs send an API token instead.");
    } else {
      const std::string cookie = cookie_value(request.header("cookie"), session_cookie);
      if (!equal_in_constant_time(request.header("x-stratdock-csrf"), csrf_of(cookie)))
        return error_response(403, "CSRF", "The X-Stratdock-CSRF header is missing or wrong.", "Load the page again.");
    }
  }
  const std::string& key = request.header("idempotency-key");
  if (entry == Entry::change && key.empty()) return error_response(400, "IDEMPOTENCY_KEY_MISSING", "A change needs an Idempotency-Key header.");
  if (!key.empty() && !is_idempotency_key(key))
    return error_response(400, "BAD_REQUEST", "An Idempotency-Key has 1 to 64 of the characters A-Z a-z 0-9 _ and -.");
  return std::nullopt;
}

Response dispatch(App& app, Request& request) {
  if (auto refused = check_request(request, app.options.port)) return *refused;
  if (request.body.size() > largest_body) return error_response(413, "TOO_LARGE", "A body may have at most 256 KiB.");
  auto query = parse_query(request.query_text);
  if (!query) return error_response(400, "BAD_REQUEST", "The query cannot be read.");
  request.query = std::move(*query);
  bool path_known = false;
  for (const auto& route : routes()) {
    auto values = match(route.pattern, request.path);
    if (!values) continue;
    if (request.method != route.method) {
      path_known = true;
      continue;
    }
    request.path_parts = std::move(*values);
    identify(app, request);
    if (auto refused = check_entry(request, route.entry)) return *refused;
    return route.handler(app, request);
  }
  if (path_known) return error_response(405, "METHOD", request.method + " is not a method of " + request.path + ".");
  return error_response(404, "NOT_FOUND", "There is nothing at " + request.path + ".");
}

}  // namespace

Response answer(App& app, Request& request) {
  ++app.counters.requests;
  Response response;
  try {
    response = dispatch(app, request);
  } catch (const std::exception& error) {
    ++app.counters.failed;
    spdlog::error("dashboard: answering {} {}: {}", request.method, header_safe(request.path), error.what());
    response = error_response(500, "INTERNAL", "The dashboard failed to answer.", "Its log says more.");
  }
  if (response.status == 401 || response.status == 403) ++app.counters.refused;
  // The old routes promise a success flag, in errors too.
  const bool old_route = request.path.rfind("/api/", 0) == 0 && request.path.rfind("/api/v1/", 0) != 0;
  if (old_route && response.status >= 400 && response.body.rfind("{\"error\"", 0) == 0)
    response.body.insert(1, "\"success\":false,");
  add_common_headers(response);
  return response;
}

Response store_away(const std::string& cause) {
  return error_response(503, "STORE_AWAY", "The journal cannot be read: " + cause, "It is there once the engine has started; see `stratdock status`.");
}

Response bot_not_found(const std::string& id) {
  return error_response(404, "BOT_NOT_FOUND", "There is no bot " + id + ".", "See the list at /api/overview.");
}

std::optional<int64_t> parse_id(const std::string& text) {
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) return std::nullopt;
  return std::stoll(text);
}

}  // namespace stratdock::dashboard
