// The dashboard's parts, as the routes see them, and the one way through them: answer().
// Owns: nothing; main owns the parts. Thread rule: any thread; handlers must not block for longer than a read of the store.
// Invariant: a handler runs only for a caller its route lets in.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "dashboard/access.hpp"
#include "dashboard/assets.hpp"
#include "dashboard/board.hpp"
#include "dashboard/dashboard.hpp"
#include "dashboard/event_hub.hpp"
#include "dashboard/http.hpp"
#include "dashboard/store_pool.hpp"

namespace stratdock::dashboard {

struct Counters {
  std::atomic<uint64_t> requests{0}, refused{0}, failed{0}, contained{0};
};

struct App {
  const DashboardOptions& options;
  Access& access;
  const Assets& assets;
  StorePool& pool;
  Board& board;
  EventHub& hub;
  Counters& counters;
  std::function<void(int64_t)> announce_command;
  int64_t started_ms = 0;
};

// Who a route lets in. A change needs a session with its CSRF header, or an API token.
enum class Entry {
  anybody,        // carries no data
  read,           // session or token
  old_read,       // as in the system before: no session needed, Host and Origin checked like everywhere
  sign_in,        // makes the session
  change,         // session + X-Stratdock-CSRF, or token; and Idempotency-Key
  session_change, // the same without an Idempotency-Key
  old_change,     // session of the same Origin, or token
};

struct Route {
  const char* method;
  const char* pattern;  // ":name" stands for one part of the path
  Entry entry;
  Response (*handler)(App& app, const Request& request);
  const char* summary;
  const char* query;    // names of its query parameters, for the description; "" for none
};

// Every route there is, in the order of matching.
const std::vector<Route>& routes();

// The whole way of a request whose body is complete: guard, route, entry, handler. Adds the common headers.
Response answer(App& app, Request& request);

// An event stream's way in, taken apart because the server must keep the connection: the wish is in Response::stream.
constexpr const char* session_cookie = "stratdock_session";

// Shared by handlers.
Response store_away(const std::string& cause);
Response bot_not_found(const std::string& id);
// A whole number of at most 18 digits; nullopt otherwise.
std::optional<int64_t> parse_id(const std::string& text);

}  // namespace stratdock::dashboard
