#include "dashboard/http_server.hpp"

#include <arpa/inet.h>
#include <cpprest/http_listener.h>
#include <cpprest/producerconsumerstream.h>
#include <netinet/in.h>
#include <pplx/threadpool.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "dashboard/guard.hpp"

namespace stratdock::dashboard {

namespace {

namespace http = web::http;
using Buffer = concurrency::streams::producer_consumer_buffer<uint8_t>;

constexpr int thread_count = 4;  // more costs throughput: measured 2.7 times less with the library's own 40
constexpr size_t read_piece = 64 * 1024;

// The library's pool with threads of our own: what is thrown out of it ends a connection instead of the process.
class Pool {
public:
  static Pool& start(std::function<void(const std::string&)> contained) {
    static Pool pool;
    const std::lock_guard lock(pool.mutex_);
    pool.contained_ = std::move(contained);
    if (pool.threads_.empty()) {
      crossplat::threadpool::initialize_with_threads(0);
      for (int i = 0; i < thread_count; ++i) pool.threads_.emplace_back([] { Pool::run(pool); });
    }
    return pool;
  }
  ~Pool() { stop(); }
  void stop() {
    if (threads_.empty()) return;
    crossplat::threadpool::shared_instance().service().stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

private:
  static void run(Pool& pool) {
    auto& service = crossplat::threadpool::shared_instance().service();
    for (;;) {
      std::string thrown;
      try {
        service.run();
        return;
      } catch (const std::exception& error) {
        thrown = error.what();
      } catch (...) {
        thrown = "an unknown exception";
      }
      const std::lock_guard lock(pool.mutex_);
      if (pool.contained_) pool.contained_(thrown);
    }
  }
  std::mutex mutex_;
  std::function<void(const std::string&)> contained_;
  std::vector<std::thread> threads_;
};

// Fetches a task's outcome so that no exception stays unobserved.
template <typename T>
void forget(pplx::task<T> task) {
  task.then([](pplx::task<T> done) {
    try {
      done.get();
    } catch (...) {
      // The peer has left; whoever waits for it learns that by other means.
    }
  });
}

class BufferSink final : public EventSink {
public:
  void send(std::shared_ptr<const std::string> bytes) override {
    if (gone_) return;
    auto put = buffer_.putn_nocopy(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
    put.then([bytes](pplx::task<size_t> done) {
      try {
        done.get();
      } catch (...) {
      }
    });
    forget(buffer_.sync());
  }
  size_t backlog() const override { return buffer_.in_avail(); }
  bool gone() const override { return gone_; }
  void close() override {
    if (gone_.exchange(true)) return;
    forget(buffer_.close(std::ios::out));
  }
  void left() {
    gone_ = true;
    forget(buffer_.close(std::ios::in | std::ios::out));
  }
  concurrency::streams::istream stream() { return buffer_.create_istream(); }

private:
  mutable Buffer buffer_;
  std::atomic<bool> gone_{false};
};

Request read_head(const http::http_request& message) {
  Request request;
  request.method = message.method();
  const auto& uri = message.relative_uri();
  request.path = uri.path();
  request.query_text = uri.query();
  for (const auto& [name, value] : message.headers()) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers[lower] = value;
  }
  return request;
}

http::http_response to_message(const Response& response) {
  http::http_response message(static_cast<http::status_code>(response.status));
  for (const auto& [name, value] : response.headers) message.headers().add(name, header_safe(value));
  return message;
}

// One request on its way: its body is read piece by piece, kept up to the limit, and thrown away beyond it, because the
// library answers only after the whole body has come and would keep all of it otherwise.
struct Exchange {
  http::http_request message;
  Request request;
  std::optional<Response> refusal;
  concurrency::streams::streambuf<uint8_t> body;
  std::vector<uint8_t> piece;
};

}  // namespace

struct HttpServer::Implementation {
  Hooks hooks;
  http::experimental::listener::http_listener listener;

  void accept(const http::http_request& message);
  void read_body(const std::shared_ptr<Exchange>& exchange);
  void finish(const std::shared_ptr<Exchange>& exchange);
  void reply(const http::http_request& message, Response response);
  void reply_stream(const http::http_request& message, const Response& response);
};

void HttpServer::Implementation::reply(const http::http_request& message, Response response) {
  if (response.wait) {
    CommandWait wait = std::move(*response.wait);
    hooks.await(std::move(wait), [this, message](Response late) {
      add_common_headers(late);
      reply(message, std::move(late));
    });
    return;
  }
  if (response.stream) {
    reply_stream(message, response);
    return;
  }
  auto answer = to_message(response);
  // A body, or a length of our own, would put a HEAD's connection out of step or end the process.
  if (message.method() == http::methods::HEAD) answer.headers().add("Connection", "close");
  else if (response.status != 304 && response.status != 204) answer.set_body(response.bytes(), response.content_type);
  forget(message.reply(answer));
}

void HttpServer::Implementation::reply_stream(const http::http_request& message, const Response& response) {
  const auto sink = std::make_shared<BufferSink>();
  if (!hooks.open_stream(sink, *response.stream)) {
    Response refused = error_response(503, "TOO_MANY_STREAMS", "Too many event streams are open.", "Close some of the dashboard's tabs.");
    add_common_headers(refused);
    reply(message, std::move(refused));
    return;
  }
  auto answer = to_message(response);
  answer.headers().set_content_type("text/event-stream");
  answer.set_body(sink->stream());
  message.reply(answer).then([sink](pplx::task<void> done) {
    try {
      done.get();
    } catch (...) {
      // The listener has left: noticed at the first write that fails.
    }
    sink->left();
  });
}

void HttpServer::Implementation::finish(const std::shared_ptr<Exchange>& exchange) {
  Response response = exchange->refusal ? std::move(*exchange->refusal) : hooks.handle(exchange->request);
  reply(exchange->message, std::move(response));
}

void HttpServer::Implementation::read_body(const std::shared_ptr<Exchange>& exchange) {
  // Not one task chained to the next: a long body would make a chain of thousands.
  exchange->body.getn(exchange->piece.data(), exchange->piece.size()).then([this, exchange](pplx::task<size_t> read) {
    size_t size = 0;
    try {
      size = read.get();
    } catch (...) {
      size = 0;
      if (!exchange->refusal) exchange->refusal = error_response(400, "BAD_REQUEST", "The body could not be read.");
    }
    try {
      if (size == 0) {
        finish(exchange);
        return;
      }
      if (!exchange->refusal && exchange->request.body.size() + size > largest_body) {
        exchange->refusal = error_response(413, "TOO_LARGE", "A body may have at most 256 KiB.");
        add_common_headers(*exchange->refusal);
        exchange->request.body = {};
      }
      if (!exchange->refusal) exchange->request.body.append(reinterpret_cast<const char*>(exchange->piece.data()), size);
      read_body(exchange);
    } catch (const std::exception& error) {
      hooks.contained(error.what());
    }
  });
}

void HttpServer::Implementation::accept(const http::http_request& message) {
  const auto exchange = std::make_shared<Exchange>();
  exchange->message = message;
  exchange->request = read_head(message);
  exchange->refusal = hooks.check(exchange->request);
  if (exchange->refusal) add_common_headers(*exchange->refusal);
  const auto& headers = exchange->request.headers;
  const auto length = headers.find("content-length");
  if (!headers.contains("transfer-encoding") && (length == headers.end() || length->second == "0")) {
    finish(exchange);
    return;
  }
  exchange->piece.resize(read_piece);
  exchange->body = message.body().streambuf();
  read_body(exchange);
}

HttpServer::HttpServer(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(int port, Hooks hooks) {
  const std::string address = "http://127.0.0.1:" + std::to_string(port);
  try {
    Pool::start(hooks.contained);
    auto implementation = std::make_unique<Implementation>();
    implementation->hooks = std::move(hooks);
    implementation->listener = http::experimental::listener::http_listener(address);
    const auto accept = [raw = implementation.get()](const http::http_request& message) { raw->accept(message); };
    implementation->listener.support(accept);
    // Left to itself the library answers these two, past our door.
    implementation->listener.support(http::methods::OPTIONS, accept);
    implementation->listener.support(http::methods::TRCE, accept);
    implementation->listener.open().wait();
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(implementation)));
  } catch (const std::exception& error) {
    return failure("listening on " + address + ": " + error.what(), "another program may have the port; `ss -ltnp` names it, or set another one");
  }
}

bool HttpServer::close(int timeout_ms) {
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
  };
  const auto gate = std::make_shared<Gate>();
  try {
    implementation_->listener.close().then([gate](pplx::task<void> done) {
      try {
        done.get();
      } catch (...) {
      }
      const std::lock_guard lock(gate->mutex);
      gate->open = true;
      gate->changed.notify_all();
    });
  } catch (...) {
    return false;
  }
  std::unique_lock lock(gate->mutex);
  return gate->changed.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return gate->open; });
}

Result<int> find_free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (fd >= 0) ::close(fd);
  if (!found) return failure("looking for a free port on 127.0.0.1: none was given", "name one with the configuration's dashboard.port");
  return ntohs(address.sin_port);
}

}  // namespace stratdock::dashboard
