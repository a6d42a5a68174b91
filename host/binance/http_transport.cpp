#include "host/binance/http_transport.hpp"

#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <ctime>
#include <mutex>
#include <thread>

#include "core/check.hpp"

namespace stratdock::binance {
namespace {

namespace http = web::http;
using http::client::http_client;
using http::client::http_client_config;

constexpr int thread_count = 2;
constexpr int largest_timeout_ms = 60'000;
constexpr int redirects_followed = 0;

// The library's pool on threads of our own: what is thrown out of it ends a connection instead of the process.
class Pool {
public:
  static void start() { static Pool pool; }

private:
  Pool() {
    try {
      crossplat::threadpool::initialize_with_threads(0);
    } catch (const std::exception&) {
      return;  // another part of the process has started it, with threads of its own
    }
    for (int i = 0; i < thread_count; ++i) threads_.emplace_back([] { run(); });
  }
  ~Pool() {
    if (threads_.empty()) return;
    crossplat::threadpool::shared_instance().service().stop();
    for (auto& thread : threads_) thread.join();
  }
  static void run() {
    auto& service = crossplat::threadpool::shared_instance().service();
    for (;;) {
      try {
        service.run();
        return;
      } catch (const std::exception& error) {
        std::fprintf(stderr, "stratdock: the HTTP library threw out of a connection: %s\n", error.what());
      } catch (...) {
        std::fputs("stratdock: the HTTP library threw out of a connection\n", stderr);
      }
    }
  }
  std::vector<std::thread> threads_;
};

const http::method& method_of(Verb verb) {
  switch (verb) {
  case Verb::get: return http::methods::GET;
  case Verb::post: return http::methods::POST;
  case Verb::put: return http::methods::PUT;
  case Verb::delete_: return http::methods::DEL;
  }
  invariant_broken("method_of", __FILE__, __LINE__);
}

FaultKind kind_of(int code, const std::string& what, bool& may_have_arrived) {
  // The library's categories all read "generic"; numbers and texts as measured on version 2.10.18. A connection that did
  // not come about is told by the text: its number can also come from reading.
  const auto says = [&](const char* part) { return what.find(part) != std::string::npos; };
  may_have_arrived = false;
  if (says("Failed to connect to any resolved endpoint")) return FaultKind::refused;
  if (says("Error resolving address")) return FaultKind::address;
  if (says("Error in SSL handshake")) return FaultKind::tls;
  may_have_arrived = true;
  if (code == ETIMEDOUT || code == ECANCELED) return FaultKind::timeout;
  if (code == 0) return FaultKind::malformed;
  return FaultKind::cut;
}

std::string_view found_text(FaultKind kind) {
  switch (kind) {
  case FaultKind::refused: return "no connection came about";
  case FaultKind::address: return "the host's name has no address";
  case FaultKind::timeout: return "no whole answer came in time";
  case FaultKind::cut: return "the connection was cut before the answer was whole";
  case FaultKind::tls: return "its certificate was not accepted";
  default: return "the answer is not HTTP";
  }
}

std::string_view hint_text(FaultKind kind) {
  switch (kind) {
  case FaultKind::refused: return "is the network up, and the exchange's server running?";
  case FaultKind::address: return "is the network up, and the name service?";
  case FaultKind::tls: return "is the clock of this machine right, and are its certificates current (package ca-certificates)?";
  default: return "";
  }
}

TransportFault fault_of(const std::string& doing, int code, const std::string& what) {
  TransportFault fault;
  fault.kind = kind_of(code, what, fault.may_have_arrived);
  // The library's own text may hold the target with its signature, so it stays out.
  fault.error.message = doing + ": " + std::string(found_text(fault.kind));
  if (fault.kind == FaultKind::cut || fault.kind == FaultKind::malformed) fault.error.message += " (code " + std::to_string(code) + ")";
  fault.error.hint = hint_text(fault.kind);
  return fault;
}

http_client_config make_config(const std::string& certificate_file, int64_t timeout_ms) {
  http_client_config config;
  config.set_timeout(std::chrono::milliseconds(timeout_ms));
  config.set_max_redirects(redirects_followed);
  config.set_request_compressed_response(true);
  config.set_validate_certificates(true);
  config.set_ssl_context_callback([certificate_file](boost::asio::ssl::context& context) {
    using Context = boost::asio::ssl::context;
    context.set_options(Context::default_workarounds | Context::no_sslv2 | Context::no_sslv3 | Context::no_tlsv1 | Context::no_tlsv1_1);
    if (!certificate_file.empty()) context.load_verify_file(certificate_file);
  });
  return config;
}

HttpResponse answer_of(const http::http_response& response, std::vector<unsigned char>&& body) {
  HttpResponse answer;
  answer.status = response.status_code();
  for (const auto& [name, value] : response.headers()) {
    std::string lower = name;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    answer.headers[lower] = value;
  }
  answer.body.assign(body.begin(), body.end());
  return answer;
}

}  // namespace

struct HttpTransport::State {
  State(const Origin& where, std::string certificate, std::shared_ptr<Wakeup> bell) : origin(where), certificate_file(std::move(certificate)), wakeup(std::move(bell)) {}

  void finish(HttpOutcome outcome) {
    {
      const std::lock_guard lock(mutex);
      --in_flight;
      finished.push_back(std::move(outcome));
    }
    wakeup->ring();
  }

  std::shared_ptr<http_client> client_for(const HttpCall& call) {
    const auto fresh = [&] { return std::make_shared<http_client>(origin.text(), make_config(certificate_file, call.timeout_ms)); };
    if (call.verb != Verb::get) return fresh();
    auto& client = pooled[call.timeout_ms];
    if (!client) client = fresh();
    return client;
  }

  const Origin origin;
  const std::string certificate_file;
  const std::shared_ptr<Wakeup> wakeup;
  std::map<int64_t, std::shared_ptr<http_client>> pooled;  // by timeout, which the library keeps per client; few differ
  std::mutex mutex;
  uint64_t last_id = 0;
  size_t in_flight = 0;
  std::vector<HttpOutcome> finished;
};

HttpTransport::HttpTransport(const Origin& origin, const std::string& certificate_file, std::shared_ptr<Wakeup> wakeup)
    : origin_(origin), state_(std::make_shared<State>(origin, certificate_file, std::move(wakeup))) {
  STRATDOCK_CHECK(!origin.web_socket());
  STRATDOCK_CHECK(certificate_file.empty() || origin.venue() == Venue::paper);
  Pool::start();
}

HttpTransport::~HttpTransport() = default;

size_t HttpTransport::in_flight() const {
  const std::lock_guard lock(state_->mutex);
  return state_->in_flight;
}

std::vector<HttpOutcome> HttpTransport::take_finished() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->finished, {});
}

Result<uint64_t> HttpTransport::start(const HttpCall& call) {
  const std::string what = std::string(text(call.verb)) + " " + call.path + " at " + origin_.authority();
  if (call.path.empty() || call.path.front() != '/') return failure(what + ": the path does not begin with a slash");
  if (origin_.keyless() && (call.verb != Verb::get || !call.headers.empty())) return failure(what + ": this host has public data only; nothing was sent", "signed calls go to another host");
  if (call.timeout_ms < 1 || call.timeout_ms > largest_timeout_ms) return failure(what + ": a timeout of " + std::to_string(call.timeout_ms) + " ms", "1 to 60000 ms are allowed");
  uint64_t id = 0;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->in_flight + state_->finished.size() >= max_in_flight)
      return failure(what + ": " + std::to_string(max_in_flight) + " calls are on their way already; nothing was sent", "ask again when one has ended");
    ++state_->in_flight;
    id = ++state_->last_id;
  }
  const auto end = [state = state_, id, sent_ms = steady_now_ms()](tl::expected<HttpResponse, TransportFault> result) {
    state->finish({id, std::move(result), sent_ms, steady_now_ms()});
  };
  bool may_have_left = false;
  try {
    const auto client = state_->client_for(call);
    http::http_request request(method_of(call.verb));
    request.set_request_uri(web::uri(call.query.empty() ? call.path : call.path + "?" + call.query));
    for (const auto& [name, value] : call.headers) request.headers().add(name, value);
    if (call.verb == Verb::post || call.verb == Verb::put) request.set_body(call.body, "application/x-www-form-urlencoded");
    if (call.verb != Verb::get) request.headers().add("Connection", "close");
    may_have_left = true;
    client->request(request)
        .then([](const http::http_response& response) {
          return response.extract_vector().then([response](std::vector<unsigned char> body) { return answer_of(response, std::move(body)); });
        })
        .then([client, what, end](pplx::task<HttpResponse> done) {
          try {
            end(done.get());
          } catch (const http::http_exception& error) {
            end(tl::unexpected(fault_of(what, error.error_code().value(), error.what())));
          } catch (const std::exception& error) {
            end(tl::unexpected(fault_of(what, 0, error.what())));
          }
        });
  } catch (const std::exception&) {
    // An address or a target that the library cannot read, or no memory.
    TransportFault fault;
    fault.kind = FaultKind::malformed;
    fault.may_have_arrived = may_have_left;
    fault.error = {what + ": the library could not read the call", "", 0};
    end(tl::unexpected(std::move(fault)));
  }
  return id;
}

int64_t steady_now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::string_view text(FaultKind kind) {
  switch (kind) {
  case FaultKind::refused: return "refused";
  case FaultKind::address: return "address";
  case FaultKind::timeout: return "timeout";
  case FaultKind::cut: return "cut";
  case FaultKind::tls: return "tls";
  case FaultKind::malformed: return "malformed";
  case FaultKind::overflow: return "overflow";
  case FaultKind::silent: return "silent";
  case FaultKind::declined: return "declined";
  case FaultKind::closed: return "closed";
  }
  return "";
}

}  // namespace stratdock::binance
