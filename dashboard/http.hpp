// A request and its answer as plain values, so that every route can be tested without a socket.
// Thread rule: plain values. Invariant: header names of a Request are lower case; nothing here knows the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/store/records.hpp"

namespace stratdock::dashboard {

// Who asks: decided by the guard before a handler runs.
enum class Caller { nobody, session, token };

struct Request {
  std::string method;                          // "GET"
  std::string path;                            // as sent, not decoded
  std::string query_text;                      // as sent
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
  // Filled while the request is let in.
  std::map<std::string, std::string> query;  // decoded
  std::vector<std::string> path_parts;       // what the pattern's :names stood for, in order
  Caller caller = Caller::nobody;
  std::string session_key;  // the session's hash; empty without one

  // Empty where absent.
  const std::string& header(const std::string& name) const;
  const std::string& parameter(const std::string& name) const;
};

struct Response;

// The answer is not known yet: it comes with the result of a command, or without one when `timeout_ms` is over.
struct CommandWait {
  int64_t command_id = 0;
  int64_t timeout_ms = 0;
  std::function<Response(const std::optional<store::CommandResultRow>&)> finish;  // may run on another thread
};

// The answer is an event stream.
struct StreamWish {
  std::optional<int64_t> since;  // events after this rev; none: from now on
  std::string logs;              // "", "all" or a bot's id
  std::string session_key;       // the stream ends with this session; empty for an API token
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // instead of body where many get the same bytes
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<CommandWait> wait;
  std::optional<StreamWish> stream;

  const std::string& bytes() const { return shared_body ? *shared_body : body; }
  Response& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

Response json_response(int status, std::string body);
// {"error":{"code","message","hint"}}; `extra` is a JSON object text whose keys join them, or empty.
Response error_response(int status, const std::string& code, const std::string& message, const std::string& hint = {},
                        const std::string& extra = {});

// "a=1&b=x%20y" decoded; nullopt on a bad escape or more than 64 pairs. A repeated key keeps its last value.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view text);
// Percent escapes and, for queries, '+'. nullopt on a bad escape or a zero byte.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace stratdock::dashboard
