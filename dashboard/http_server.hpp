// The HTTP listener. All of the HTTP library is behind this header.
// Owns: the library's threads and the listener. Thread rule: one object a process, made and closed by one thread; `handle`
// runs on the library's threads. Invariant: no body is kept beyond guard.hpp's limit, whatever was announced; a malformed
// request costs a connection, never the process.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "dashboard/event_hub.hpp"
#include "dashboard/http.hpp"

namespace stratdock::dashboard {

class HttpServer {
public:
  struct Hooks {
    // Judges a request before its body is read; nullopt lets it in.
    std::function<std::optional<Response>(const Request&)> check;
    std::function<Response(Request&)> handle;
    // Registers a stream; false: too many.
    std::function<bool(std::shared_ptr<EventSink>, const StreamWish&)> open_stream;
    std::function<void(CommandWait, std::function<void(Response)>)> await;
    std::function<void(const std::string&)> contained;  // something was thrown out of the library
  };
  // Listens on 127.0.0.1:port.
  static Result<std::unique_ptr<HttpServer>> open(int port, Hooks hooks);
  ~HttpServer();
  // Stops listening; close all streams before. False when the library does not let go in time: then end the process.
  bool close(int timeout_ms);
  // Requests whose answer has not been handed over yet.
  struct Implementation;

private:
  explicit HttpServer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

// A port that is free on 127.0.0.1 now.
Result<int> find_free_port();

}  // namespace stratdock::dashboard
