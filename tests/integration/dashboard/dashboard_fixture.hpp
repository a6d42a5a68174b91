// A dashboard process with a store of its own in a temporary folder, and clients that speak HTTP to it byte by byte.
// Owns: the process and the folder; both end with it. Thread rule: one thread an object; clients may be used by others.
#pragma once

#include <sys/types.h>

#include <map>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/store/store.hpp"

namespace stratdock::dashboard_test {

struct Answer {
  int status = 0;  // 0: no answer
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

// A connection to 127.0.0.1:port.
class Connection {
public:
  explicit Connection(int port, int receive_buffer = 0);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  bool send(const std::string& bytes);
  // What comes within the time, until `enough` says so (of all that came on this connection so far).
  std::string read_until(const std::string& mark, int timeout_ms = 5'000);
  Answer read_answer(int timeout_ms = 10'000, bool head = false);
  // True when the other side has closed within the time.
  bool closed_within(int timeout_ms);
  void reset();  // leaves without a word
  const std::string& buffered() const { return buffer_; }

private:
  bool fill(int64_t until_ms);
  int fd_ = -1;
  std::string buffer_;
};

class Fixture {
public:
  explicit Fixture(const std::string& web_root = {});
  ~Fixture();

  void start();
  void stop();         // SIGTERM and wait; the exit code is in exit_code
  void kill();         // SIGKILL and wait
  bool alive();
  int exit_code = -1;

  // Headers are lines without their ends. Host, Connection: close and Content-Length are added.
  Answer request(const std::string& method, const std::string& path, const std::string& body = {}, std::vector<std::string> headers = {});
  Answer get(const std::string& path) { return request("GET", path, {}, {"Cookie: " + cookie}); }
  // As the page does it.
  Answer post(const std::string& path, const nlohmann::json& body, const std::string& key = {});
  void sign_in();
  std::string host() const { return "127.0.0.1:" + std::to_string(port); }

  store::BotRow make_bot(const std::string& name, const std::string& symbol = "BTCUSDT");
  // Carries out commands as the engine would: `answer` turns one into its result. One look at the queue.
  int answer_commands(const std::function<store::CommandResultRow(const store::CommandRow&)>& answer);
  void ring();
  // Writes through `change` in one transaction, rings, and waits until the dashboard has seen it (if told to).
  void write(const std::function<void(store::Journal&)>& change, bool wait = true);
  void wait_until_seen();

  std::string folder;
  int port = 0;
  std::string cookie, csrf;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<store::Live> live;
  std::unique_ptr<store::CommandQueue> commands;
  pid_t pid = -1;

private:
  int64_t last_command_ = 0;
  std::string token_;
  std::string web_root_;
};

}  // namespace stratdock::dashboard_test
