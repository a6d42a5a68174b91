#include "tests/integration/dashboard/dashboard_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include "dashboard/access.hpp"
#include "dashboard/http_server.hpp"

namespace stratdock::dashboard_test {

namespace {

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}
void need(const Status& status) {
  if (!status) throw std::runtime_error(status.error().text());
}

}  // namespace

Connection::Connection(int port, int receive_buffer) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

void Connection::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd_);
  fd_ = -1;
}

bool Connection::send(const std::string& bytes) {
  size_t sent = 0;
  while (fd_ >= 0 && sent < bytes.size()) {
    const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return fd_ >= 0;
}

bool Connection::fill(int64_t until_ms) {
  pollfd waiting{fd_, POLLIN, 0};
  const int64_t left = until_ms - steady_ms();
  if (fd_ < 0 || left < 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
  char piece[65536];
  const ssize_t n = recv(fd_, piece, sizeof piece, 0);
  if (n <= 0) return false;
  buffer_.append(piece, static_cast<size_t>(n));
  return true;
}

std::string Connection::read_until(const std::string& mark, int timeout_ms) {
  const int64_t until = steady_ms() + timeout_ms;
  while (buffer_.find(mark) == std::string::npos)
    if (!fill(until)) break;
  const size_t at = buffer_.find(mark);
  const size_t end = at == std::string::npos ? buffer_.size() : at + mark.size();
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return text;
}

bool Connection::closed_within(int timeout_ms) {
  const int64_t until = steady_ms() + timeout_ms;
  for (;;) {
    pollfd waiting{fd_, POLLIN, 0};
    const int64_t left = until - steady_ms();
    if (left < 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
    char piece[65536];
    if (recv(fd_, piece, sizeof piece, 0) <= 0) return true;
  }
}

Answer Connection::read_answer(int timeout_ms, bool head) {
  Answer answer;
  const std::string top = read_until("\r\n\r\n", timeout_ms);
  if (top.rfind("HTTP/1.1 ", 0) != 0) return answer;
  answer.status = std::atoi(top.c_str() + 9);
  for (size_t at = top.find("\r\n") + 2; at < top.size();) {
    const size_t end = top.find("\r\n", at), colon = top.find(':', at);
    if (end == std::string::npos || end == at) break;
    std::string name = top.substr(at, colon - at);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.headers[name] = top.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  if (head || answer.status == 304) return answer;
  const auto length = answer.headers.find("content-length");
  const int64_t until = steady_ms() + timeout_ms;
  if (length != answer.headers.end()) {
    const size_t size = std::stoul(length->second);
    while (buffer_.size() < size && fill(until)) {
    }
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
  }
  return answer;
}

Fixture::Fixture(const std::string& web_root) : web_root_(web_root) {
  static std::atomic<int> number{0};
  folder = (std::filesystem::temp_directory_path() / ("stratdock-dashboard-" + std::to_string(getpid()) + "-" + std::to_string(++number))).string();
  std::filesystem::create_directories(folder);
  journal = need(store::open_journal(folder));
  commands = need(store::open_commands(folder));
  live = need(store::open_live(folder));
  need(live->begin());
  live->set_symbols({{"BTCUSDT", "BTC", "USDT", "TRADING", need(Decimal::parse("0.01")), need(Decimal::parse("0.00001")), Decimal::from_integer(5)},
                     {"ETHUSDT", "ETH", "USDT", "TRADING", need(Decimal::parse("0.01")), need(Decimal::parse("0.0001")), Decimal::from_integer(5)}});
  live->set_strategies({{"stratdock.volatile", "volatile", "Volatile coins", "1.0.0", "Stratdock", "Buys dips", "volatile.so",
                         R"([{"key":"rsi_low","name":"RSI low","doc":"","unit":"","type":"integer","default":30,"min":1,"max":99,"choices":[],"flags":["live"]}])"}});
  live->put_price({"BTCUSDT", Decimal::from_integer(50'000), 1'700'000'000'000, 0});
  need(live->commit());
  start();
}

Fixture::~Fixture() {
  if (pid > 0) kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

void Fixture::start() {
  if (port == 0) port = need(dashboard::find_free_port());
  pid = fork();
  if (pid == 0) {
    const std::string port_text = std::to_string(port);
    execl(DASHBOARD_UNDER_TEST, DASHBOARD_UNDER_TEST, folder.c_str(), port_text.c_str(), web_root_.empty() ? nullptr : web_root_.c_str(), nullptr);
    _exit(127);
  }
  const int64_t until = steady_ms() + 20'000;
  while (steady_ms() < until && alive()) {
    Connection probe(port);
    if (probe.send("GET /login HTTP/1.1\r\nHost: " + host() + "\r\n\r\n") && probe.read_answer(2'000).status == 200) return;
    poll(nullptr, 0, 5);
  }
  throw std::runtime_error("the dashboard did not start");
}

bool Fixture::alive() {
  if (pid <= 0) return false;
  int status = 0;
  if (waitpid(pid, &status, WNOHANG) != pid) return true;
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  pid = -1;
  return false;
}

void Fixture::kill() {
  ::kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  pid = -1;
}

void Fixture::stop() {
  ::kill(pid, SIGTERM);
  int status = 0;
  waitpid(pid, &status, 0);
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  pid = -1;
}

Answer Fixture::request(const std::string& method, const std::string& path, const std::string& body, std::vector<std::string> headers) {
  Connection connection(port);
  std::string text = method + " " + path + " HTTP/1.1\r\n";
  bool host_given = false;
  for (const auto& header : headers) {
    text += header + "\r\n";
    host_given = host_given || header.rfind("Host:", 0) == 0;
  }
  if (!host_given) text += "Host: " + host() + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  connection.send(text + "\r\n" + body);
  return connection.read_answer(10'000, method == "HEAD");
}

Answer Fixture::post(const std::string& path, const nlohmann::json& body, const std::string& key) {
  static std::atomic<int> number{0};
  return request("POST", path, body.dump(),
                 {"Cookie: " + cookie, "Origin: http://" + host(), "Sec-Fetch-Site: same-origin", "Content-Type: application/json", "X-Stratdock-CSRF: " + csrf,
                  "Idempotency-Key: " + (key.empty() ? "test-" + std::to_string(++number) : key)});
}

void Fixture::sign_in() {
  const std::string link = need(dashboard::new_setup_link(folder, port));
  const std::string token = link.substr(link.find("token=") + 6);
  const Answer answer = request("POST", "/api/v1/session", nlohmann::json{{"token", token}}.dump(), {"Content-Type: application/json"});
  if (answer.status != 200) throw std::runtime_error("signing in: " + answer.body);
  const std::string& set = answer.headers.at("set-cookie");
  cookie = set.substr(0, set.find(';'));
  csrf = answer.json()["csrf"];
}

store::BotRow Fixture::make_bot(const std::string& name, const std::string& symbol) {
  store::BotRow row;
  row.settings.name = name;
  row.settings.symbol = row.symbol = symbol;
  row.settings.strategy = "volatile";
  row.settings.trade_amount = row.allotted = row.cash = Decimal::from_integer(100);
  row.origin = "dashboard";
  row.wanted = row.state = "stopped";
  row.protection = "none";
  row.created_ms = 1'700'000'000'000;
  write([&](store::Journal& store) { row.id = need(store.put_bot(row)); });
  return row;
}

void Fixture::ring() { store::ring_doorbell(folder, "dashboard"); }

void Fixture::write(const std::function<void(store::Journal&)>& change, bool wait) {
  need(journal->begin());
  change(*journal);
  need(journal->commit());
  ring();
  if (wait) wait_until_seen();
}

void Fixture::wait_until_seen() {
  if (token_.empty()) token_ = need(dashboard::create_api_token(folder, "fixture"));
  const std::string name = "\nstratdock_journal_rev ";
  const int64_t until = steady_ms() + 10'000;
  while (steady_ms() < until) {
    const std::string metrics = request("GET", "/metrics", {}, {"Authorization: Bearer " + token_}).body;
    const size_t at = metrics.find(name);
    if (at != std::string::npos && std::atoll(metrics.c_str() + at + name.size()) >= journal->last_rev()) return;
    poll(nullptr, 0, 1);
  }
  throw std::runtime_error("the dashboard does not see what is in the journal");
}

int Fixture::answer_commands(const std::function<store::CommandResultRow(const store::CommandRow&)>& answer) {
  int answered = 0;
  for (const auto& command : commands->after(last_command_, 100)) {
    last_command_ = command.id;
    auto result = answer(command);
    result.command_id = command.id;
    write([&](store::Journal& store) { need(store.put_command_result(result)); }, false);
    ++answered;
  }
  return answered;
}

}  // namespace stratdock::dashboard_test
