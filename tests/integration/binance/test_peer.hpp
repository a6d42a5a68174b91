// A server for tests: what it does with a connection is a script, a function that gets the connection and runs on a thread
// of its own. It shares no code with the client under test.
// Thread rule: the peer belongs to the test's thread; scripts share with it only what is atomic or locked. Invariant: the
// destructor ends every connection and joins every thread, whatever the scripts wait for.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace test_peer {

// A certificate for `name` (a host name, or an address such as 127.0.0.1), signed by itself, in files of a folder of their own.
class Certificate {
public:
  explicit Certificate(const std::string& name);
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  std::string certificate_file() const { return folder_ + "/certificate.pem"; }
  SSL_CTX* context() const { return context_; }

private:
  std::string folder_;
  SSL_CTX* context_ = nullptr;
};

struct HttpRequest {
  std::string method, target, head, body;
  std::string header(const std::string& name) const;  // "" when there is none
};

struct Frame {
  int opcode = 0;  // 1 text, 8 close, 9 ping, 10 pong
  std::string payload;
};

class Connection {
public:
  // Nothing when the client has left or the peer ends.
  std::optional<HttpRequest> read_request();
  std::optional<Frame> read_frame();
  bool write(const std::string& bytes);
  // "HTTP/1.1 200 OK" with a body, the connection kept.
  bool answer(int status, const std::string& body, const std::string& headers = "");
  // Reads the upgrade request, answers it; the request, or nothing.
  std::optional<HttpRequest> accept_web_socket();
  // The second half of it, for a request that was read already.
  bool upgrade(const HttpRequest& request);
  bool send_frame(int opcode, const std::string& payload);
  bool send_text(const std::string& text) { return send_frame(1, text); }
  // Whether there is something to read, at most `wait_ms` from now; true as well when the client has left.
  bool readable(int wait_ms) const;
  void reset();  // RST instead of a goodbye
  // Until the client leaves or the peer ends; what comes is thrown away.
  void wait_for_end();
  int number() const { return number_; }  // from 1, in the order of arrival

private:
  friend class Peer;
  long read_some(char* into, size_t size);
  int fd_ = -1;
  int number_ = 0;
  SSL* tls_ = nullptr;
  std::string unread_;
};

class Peer {
public:
  using Script = std::function<void(Connection&)>;
  explicit Peer(Script script, const Certificate* certificate = nullptr);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  int port() const { return port_; }
  std::string address(const std::string& scheme) const { return scheme + "://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

private:
  void listen();
  void serve(int fd, int number);
  Script script_;
  const Certificate* certificate_;
  int listening_ = -1, port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A port of 127.0.0.1 at which nobody listens.
int closed_port();

}  // namespace test_peer
