// HTTP to one origin, over cpprestsdk.
//
// Reading calls (GET) share one pooled client. A changing call (POST, DELETE) gets a client and a connection of its own with
// `Connection: close`: on a reused connection whose peer reads the request and closes, the library sends it a second time
// and shows one answer (measured: 9 of 10), so an order could be placed twice. Redirects are never followed: the library
// would carry the API key to another host. Nothing is repeated here: who asks decides whether to ask again.
//
// Owns: the pooled client and the calls in flight. Thread rule: one owner's thread calls everything; the library's threads
// put what has finished aside and ring the owner's bell. Invariant: every call that start() took ends in exactly one
// outcome, within its timeout; never more than max_in_flight are on their way.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "host/binance/endpoints.hpp"
#include "host/binance/requests.hpp"
#include "host/binance/transport_fault.hpp"
#include "host/binance/wakeup.hpp"

namespace stratdock::binance {

struct HttpCall {
  Verb verb = Verb::get;
  std::string path;   // "/api/v3/order"; it stands in errors
  std::string query;  // percent-encoded, without "?"; goes out byte for byte as it was signed, and never into an error
  std::string body;   // application/x-www-form-urlencoded; POST and PUT
  std::vector<std::pair<std::string, std::string>> headers;
  int64_t timeout_ms = 10'000;  // for the whole call, 1 .. 60'000
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // unpacked
};

struct HttpOutcome {
  uint64_t id = 0;  // what start() gave
  tl::expected<HttpResponse, TransportFault> result;
  int64_t sent_steady_ms = 0, received_steady_ms = 0;  // CLOCK_BOOTTIME
};

class HttpTransport {
public:
  static constexpr size_t max_in_flight = 64;

  // `origin` must be an HTTP one (checked). `certificate_file` is trusted besides the system's certificates; only for
  // loopback (checked).
  HttpTransport(const Origin& origin, const std::string& certificate_file, std::shared_ptr<Wakeup> wakeup);
  ~HttpTransport();  // calls in flight end unseen
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  const Origin& origin() const { return origin_; }
  // Sends the call; its outcome comes from take_finished() under the id given. Fails, with nothing sent, when too many
  // calls are in flight or the call is not well formed, or is more than a plain GET to a host of public data.
  Result<uint64_t> start(const HttpCall& call);
  size_t in_flight() const;
  std::vector<HttpOutcome> take_finished();

private:
  struct State;
  Origin origin_;
  std::shared_ptr<State> state_;
};

// Milliseconds of CLOCK_BOOTTIME: durations that go on while the machine sleeps and that nobody sets.
int64_t steady_now_ms();

}  // namespace stratdock::binance
